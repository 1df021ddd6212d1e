// Outcomes: what a node comes to in a memory of its own, and whether one
// outcome is what another allows.
#include "rulec/eval/priv.h"

static int by_address(const EvByte *a, const EvByte *b) {
  return a->at < b->at ? -1 : a->at > b->at;
}

// Insertion sort: there are few, and the last write of a byte must stay last.
static void sort_writes(EvByte *w, u32 n) {
  for (u32 i = 1; i < n; i++)
    for (u32 k = i; k > 0 && by_address(&w[k], &w[k - 1]) < 0; k--) {
      EvByte t = w[k];
      w[k] = w[k - 1];
      w[k - 1] = t;
    }
}

// What has changed since `mark`; a byte written as it was has not.
static void take_writes(Eval *e, u32 mark, EvOutcome *o) {
  u32 n = e->mem.n - mark, k = 0;
  EvByte *w = arena_array0(e->arena, EvByte, n + 1);
  if (n)
    memcpy(w, e->mem.at + mark, n * sizeof *w);
  e->mem.n = mark;
  sort_writes(w, n);
  for (u32 i = 0; i < n; i++) {
    bool last = i + 1 == n || w[i + 1].at != w[i].at;
    if (last && eval_byte(e, w[i].at) != w[i].byte)
      w[k++] = w[i];
  }
  o->writes = w;
  o->nwrites = k;
}

static EvOutcome in_own_memory(Eval *e, u32 mark, EvOutcome o) {
  if (o.what == EO_VALUE && o.value.sort.kind == SORT_DATA)
    o.value = eval_data_meaning(e, &o.value);
  take_writes(e, mark, &o);
  if (o.what == EO_TRAP) // before any effect
    o.nwrites = 0;
  return o;
}

EvOutcome eval_outcome(Eval *e, const Node *n) {
  u32 mark = e->mem.n;
  return in_own_memory(e, mark, eval_run(e, n));
}

EvOutcome eval_outcome_of_rule(Eval *e, const RuleX *x,
                               EvOutcome (*run)(Eval *e, const RuleX *x)) {
  u32 mark = e->mem.n;
  return in_own_memory(e, mark, run(e, x));
}

static bool bits_sort(const EvVal *v) {
  return v->sort.kind != SORT_MEMARG && v->sort.kind != SORT_FLAGS &&
         v->sort.kind != SORT_TARGETS && v->sort.kind != SORT_VALUES &&
         v->sort.kind != SORT_DATA && v->sort.kind != SORT_NONE;
}

EvVerdict ev_allows(const EvVal *l, const EvVal *r) {
  if (l->sort.kind == SORT_NONE || l->any)
    return EV_AGREE;
  bool loose = l->loose || r->loose;
  if (!bits_sort(l) || !bits_sort(r))
    return ev_equal(l, r) ? EV_AGREE : loose ? EV_UNSURE : EV_DIFFER;
  if (r->any || (l->sort.kind == SORT_AMODE && l->trap != r->trap))
    return EV_DIFFER;
  if (ev_by_lanes(l, r))
    return ev_lanes_allow(l, r);
  if (l->nan && ev_is_nan(r)) {
    u32 w = eval_width(l->sort);
    u64 quiet = (u64)1 << (w == 32 ? 22 : 51), x = ev_u64(r);
    u8 set = r->nan                           ? r->nan
             : (x & (quiet * 2 - 1)) == quiet ? EV_NAN_CANONICAL
             : x & quiet                      ? EV_NAN_ARITHMETIC
                                              : 3; // signalling
    return set <= l->nan ? EV_AGREE : loose ? EV_UNSURE : EV_DIFFER;
  }
  if (!wide_equal(l->bits, r->bits) || r->nan > l->nan)
    return loose ? EV_UNSURE : EV_DIFFER;
  return EV_AGREE;
}

static bool writes_equal(const EvOutcome *l, const EvOutcome *r) {
  if (l->nwrites != r->nwrites)
    return false;
  for (u32 i = 0; i < l->nwrites; i++)
    if (l->writes[i].at != r->writes[i].at ||
        l->writes[i].byte != r->writes[i].byte)
      return false;
  return true;
}

EvVerdict eval_allows(const EvOutcome *l, const EvOutcome *r) {
  if (l->what == EO_NO || r->what == EO_NO || l->what == EO_NOTHING)
    return EV_UNSURE;
  if (l->what != r->what)
    return r->what == EO_NOTHING ? EV_AGREE : EV_DIFFER; // no match then
  if (l->what == EO_TRAP)
    return l->trap == r->trap ? EV_AGREE : EV_DIFFER;
  if (l->what == EO_GOTO && l->target != r->target)
    return EV_DIFFER;
  if (!writes_equal(l, r))
    return EV_DIFFER;
  return l->what == EO_GOTO ? EV_AGREE : ev_allows(&l->value, &r->value);
}

// --- printing ---------------------------------------------------------

static void print_list(Text *t, const Sema *s, const EvVal *at, u32 n) {
  for (u32 i = 0; i < n; i++) {
    text_add(t, "%s", i ? ", " : "");
    ev_print(t, s, &at[i]);
  }
}

static void print_mem(Text *t, const EvVal *v) {
  static const char *const exts[] = {"none", "zero", "sign"};
  text_add(t, "{off %u, %u bytes, ext %s, region %u", v->mem[MF_OFF],
           v->mem[MF_BYTES], v->mem[MF_EXT] < 3 ? exts[v->mem[MF_EXT]] : "?",
           v->mem[MF_REGION]);
  for (u32 i = MF_READONLY; i < MF_COUNT; i++)
    text_add(t, "%s%s", v->mem[i] ? ", " : "",
             v->mem[i] ? memfield_names[i] : "");
  text_add(t, "}");
}

static void print_flags(Text *t, const EvVal *v) {
  static const char names[] = "oczsp";
  for (u32 i = 0; i < FF_COUNT; i++)
    text_add(t, "%s%c=%c", i ? " " : "", names[i], "01?"[v->flags[i]]);
}

static void print_value(Text *t, const Sema *s, const EvVal *v) {
  switch ((SortKind)v->sort.kind) {
  case SORT_NONE: text_add(t, "done"); return;
  case SORT_MEMARG: print_mem(t, v); return;
  case SORT_FLAGS: print_flags(t, v); return;
  case SORT_TARGETS:
  case SORT_VALUES:
    text_add(t, "(");
    print_list(t, s, v->list.at, v->list.n);
    text_add(t, ")");
    return;
  case SORT_DATA:
    text_add(t, "%s(", s->datas[v->data.data].ctors[v->data.ctor].name);
    print_list(t, s, v->data.at, v->data.n);
    text_add(t, ")");
    return;
  case SORT_BOOL: text_add(t, "%s", ev_true(v) ? "true" : "false"); return;
  case SORT_CODE:
    text_add(t, "%s", s->codes[v->sort.decl].members[ev_u64(v)]);
    return;
  case SORT_TRAP: text_add(t, "%s", eval_trap_name((u32)ev_u64(v))); return;
  default: break;
  }
  bool is_vector = v->sort.kind == SORT_VALUE && v->sort.type == VT_V128;
  if (is_vector || (v->shape && eval_width(v->sort) == 128))
    vector_print(t, wide_low(v->bits), v->shape);
  else
    wide_print(t, v->bits);
}

void ev_print(Text *t, const Sema *s, const EvVal *v) {
  switch ((EvState)v->state) {
  case EV_NOTHING: text_add(t, "nothing"); return;
  case EV_TRAP: text_add(t, "trap %s", eval_trap_name(v->trap)); return;
  case EV_NO: text_add(t, "not evaluated"); return;
  case EV_VALUE: break;
  }
  print_value(t, s, v);
  if (v->any)
    text_add(t, " or anything");
  else if (v->nan)
    text_add(t, " or any %s NaN",
             v->nan == EV_NAN_CANONICAL ? "canonical" : "quiet");
  ev_print_lane_nans(t, v);
}

void outcome_print(Text *t, const Sema *s, const EvOutcome *o) {
  switch ((EvWhat)o->what) {
  case EO_TRAP: text_add(t, "trap %s", eval_trap_name(o->trap)); return;
  case EO_GOTO: text_add(t, "goto block %u", o->target); break;
  case EO_RETURN: text_add(t, "return "); break;
  case EO_NOTHING: text_add(t, "nothing"); return;
  case EO_INVALID: text_add(t, "an access that the IR does not take"); return;
  case EO_NO: text_add(t, "not evaluated"); return;
  case EO_VALUE: break;
  }
  if (o->what != EO_GOTO)
    ev_print(t, s, &o->value);
  for (u32 i = 0; i < o->nwrites; i++)
    text_add(t, "%s[0x%llx] = 0x%02x", i ? ", " : "; ",
             (unsigned long long)o->writes[i].at, o->writes[i].byte);
}
