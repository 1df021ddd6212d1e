// Trial as examples write them.
#include "rulec/test/trial.h"

#include <stdio.h>

// How many opcodes of the base give that type, codes the same.
static u32 alike(const Sema *s, const OpInst *op) {
  const OpDecl *d = op->base;
  u32 n = 0;
  for (u32 k = d->first; k < d->first + d->count; k++) {
    const OpInst *o = &s->ops[k];
    bool codes = true;
    for (u32 p = 0; p < d->nparams; p++)
      codes &=
          op->args[p].kind != ARG_CODE || o->args[p].value == op->args[p].value;
    n += codes && o->type == op->type;
  }
  return n;
}

void trial_print_head(const Sema *s, Text *out, const OpInst *op, bool typed) {
  u32 keep = op->base->nparams;
  if (!typed && alike(s, op) == 1)
    while (keep && op->args[keep - 1].kind != ARG_CODE)
      keep--;
  size_t n = strlen(op->base->name);
  for (; keep; keep--)
    n += 1 + strcspn(op->text + n + 1, ".");
  text_put(out, op->text, n);
}

static void print_float(Text *out, const EvVal *v, u32 type) {
  double d;
  float f;
  u64 bits = ev_u64(v);
  u32 low = (u32)bits;
  memcpy(&d, &bits, 8);
  memcpy(&f, &low, 4);
  if (type == VT_F32)
    d = (double)f;
  char text[64];
  snprintf(text, sizeof text, "%.17g", d);
  if (ev_is_nan(v) || d - d != 0 || strchr(text, 'e'))
    text_add(out, "(fconst 0x%llx)", (unsigned long long)bits);
  else
    text_add(out, strchr(text, '.') ? "%s" : "%s.0", text);
}

void trial_print_number(Text *out, u64 bits, u32 width) {
  width = width && width < 64 ? width : 64;
  u64 top = (u64)1 << (width - 1);
  s64 x = (s64)((bits ^ top) - top);
  if (x > -1000 && x < 100000)
    text_add(out, "%lld", (long long)x);
  else
    text_add(out, "0x%llx", (unsigned long long)bits);
}

void trial_print_const(Text *out, u32 type, EvVal v) {
  if (type == VT_F32 || type == VT_F64)
    print_float(out, &v, type);
  else
    trial_print_number(out, ev_u64(&v), vtype_bits[type]);
}

static void print_const(const Trial *t, Text *out, u32 node) {
  const TrialNode *n = &t->nodes.at[node];
  const OpInst *op = &t->g.s->ops[n->op];
  if (op->noperands)
    trial_print_const(out, op->type, n->args[0].imm);
  else
    text_add(out, "(%s)", op->base->name);
}

void trial_print_fields(Text *out, const EvVal *m, const EvVal *plain) {
  const char *sep = "{";
  for (u32 f = 0; f < MF_COUNT; f++) {
    if (m->mem[f] == plain->mem[f])
      continue;
    text_add(out, "%s%s = ", sep, memfield_names[f]);
    if (f == MF_EXT)
      text_add(out, "%s", ext_words[m->mem[f] % 3]);
    else if (f == MF_REGION)
      text_add(out, "%s", region_words[m->mem[f] % 5]);
    else if (f >= MF_READONLY)
      text_add(out, "%s", m->mem[f] ? "true" : "false");
    else
      text_add(out, "%u", m->mem[f]);
    sep = ", ";
  }
  text_add(out, *sep == ',' ? "}" : "");
}

void trial_print_imm(const Trial *t, Text *out, const EvVal *v) {
  u32 k = (u32)ev_u64(v);
  switch ((SortKind)v->sort.kind) {
  case SORT_MEMARG: // against the left side's
    text_add(out, "%s", t->memarg_name);
    trial_print_fields(out, v, &t->memarg);
    return;
  case SORT_TARGET:
    text_add(out, "%s", k < t->targets.n ? t->targets.at[k].name : "?");
    return;
  case SORT_TARGETS: text_add(out, "ts{len = %u}", v->list.n); return;
  case SORT_TRAP:
    if (k < FIRST_OTHER) {
      text_add(out, "%s", eval_trap_name(k));
      return;
    }
    break;
  case SORT_BV: trial_print_number(out, ev_u64(v), v->sort.bits); return;
  default: break;
  }
  if (k - FIRST_OTHER < t->others.n)
    text_add(out, "%s", t->others.at[k - FIRST_OTHER]);
  else
    text_add(out, "#%u", k);
}

static void print_op(const Trial *t, Text *out, u32 op, const MatchArg *args,
                     bool root);

static void print_value(const Trial *t, Text *out, u32 node, bool root) {
  const TrialNode *n = &t->nodes.at[node];
  text_add(out, "%s", n->shared ? "(shared " : "");
  if (!n->op)
    text_add(out, "%s", n->name);
  else if (trial_is_const(t, node))
    print_const(t, out, node);
  else
    print_op(t, out, n->op, n->args, root);
  text_add(out, "%s", n->shared ? ")" : "");
}

static void print_op(const Trial *t, Text *out, u32 op, const MatchArg *args,
                     bool root) {
  const OpInst *o = &t->g.s->ops[op];
  text_add(out, "(");
  trial_print_head(t->g.s, out, o, root);
  for (u32 k = 0; k < o->noperands; k++) {
    text_add(out, " ");
    if (o->operands[k].is_value)
      print_value(t, out, args[k].cls, false);
    else
      trial_print_imm(t, out, &args[k].imm);
  }
  text_add(out, ")");
}

void trial_print(const Trial *t, Text *out, u32 node, bool typed) {
  print_value(t, out, node, typed);
}

void trial_print_result(const Trial *t, Text *out, const TrialResult *r,
                        bool typed) {
  if (r->kind == RHS_REMOVE)
    text_add(out, "remove");
  if (r->kind == RHS_TRAP)
    text_add(out, "trap %s",
             r->trap - FIRST_OTHER < t->others.n
                 ? t->others.at[r->trap - FIRST_OTHER]
                 : eval_trap_name(r->trap));
  if (r->kind == RHS_VALUES)
    text_add(out, "value ");
  if (r->kind == RHS_STMTS)
    text_add(out, "{ ");
  for (u32 k = 0; k < r->n; k++) {
    text_add(out, k ? "; " : "");
    if (r->op[k])
      print_op(t, out, r->op[k], r->args[k], typed);
    else
      print_value(t, out, r->cls[k], typed);
  }
  if (r->kind == RHS_STMTS)
    text_add(out, " }");
}
