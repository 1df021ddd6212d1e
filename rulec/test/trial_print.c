// Trial as examples write them.
#include "rulec/test/trial.h"

#include <stdio.h>

// The op's name with those parameters that its result's type does not imply.
static void print_head(const Trial *t, Text *out, const OpInst *op, bool root) {
  const OpDecl *d = op->base;
  u32 alike = 0, keep = d->nparams;
  for (u32 k = d->first; k < d->first + d->count && !root; k++) {
    const OpInst *o = &t->g.s->ops[k];
    bool codes = true; // that codes are said, types not
    for (u32 p = 0; p < d->nparams; p++)
      codes &= op->args[p].kind != ARG_CODE ||
               o->args[p].value == op->args[p].value;
    alike += codes && o->type == op->type;
  }
  if (alike == 1)
    while (keep && op->args[keep - 1].kind != ARG_CODE)
      keep--;
  const char *p = op->text + strlen(d->name);
  size_t n = strlen(d->name);
  for (; keep; keep--) {
    size_t more = 1 + strcspn(p + 1, ".");
    n += more;
    p += more;
  }
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

static void print_number(Text *out, u64 bits, u32 width) {
  u64 top = (u64)1 << (width - 1);
  s64 x = (s64)((bits ^ top) - top);
  if (x > -1000 && x < 100000)
    text_add(out, "%lld", (long long)x);
  else
    text_add(out, "0x%llx", (unsigned long long)bits);
}

static void print_const(const Trial *t, Text *out, u32 node) {
  const TrialNode *n = &t->nodes.at[node];
  const OpInst *op = &t->g.s->ops[n->op];
  if (!op->noperands)
    text_add(out, "(%s)", op->base->name);
  else if (op->type == VT_F32 || op->type == VT_F64)
    print_float(out, &n->args[0].imm, op->type);
  else
    print_number(out, ev_u64(&n->args[0].imm), vtype_bits[op->type]);
}

static void print_memarg(Text *out, const EvVal *v) {
  static const char *const ext[] = {"none", "zero", "sign"};
  text_add(out, "m{off = %u, bytes = %u", v->mem[MF_OFF], v->mem[MF_BYTES]);
  if (v->mem[MF_EXT])
    text_add(out, ", ext = %s", ext[v->mem[MF_EXT] % 3]);
  for (u32 f = MF_REGION; f < MF_COUNT; f++)
    if (v->mem[f])
      text_add(out, ", %s = %u", memfield_names[f], v->mem[f]);
  text_add(out, "}");
}

static void print_imm(const Trial *t, Text *out, const EvVal *v) {
  u32 k = (u32)ev_u64(v);
  switch ((SortKind)v->sort.kind) {
  case SORT_MEMARG: print_memarg(out, v); return;
  case SORT_TARGET:
    text_add(out, "%s", k < t->targets.n ? t->targets.at[k].name : "?");
    return;
  case SORT_TARGETS: text_add(out, "ts{len = %u}", v->list.n); return;
  case SORT_TRAP: text_add(out, "%s", eval_trap_name(k)); return;
  case SORT_BV: print_number(out, ev_u64(v), v->sort.bits); return;
  default: text_add(out, "#%u", k);
  }
}

static void print_op(const Trial *t, Text *out, u32 op, const MatchArg *args,
                     bool root);

static void print_value(const Trial *t, Text *out, u32 node, bool root) {
  const TrialNode *n = &t->nodes.at[node];
  if (!n->op)
    text_add(out, "%s", n->name);
  else if (trial_is_const(t, node))
    print_const(t, out, node);
  else
    print_op(t, out, n->op, n->args, root);
}

static void print_op(const Trial *t, Text *out, u32 op, const MatchArg *args,
                     bool root) {
  const OpInst *o = &t->g.s->ops[op];
  text_add(out, "(");
  print_head(t, out, o, root);
  for (u32 k = 0; k < o->noperands; k++) {
    text_add(out, " ");
    if (o->operands[k].is_value)
      print_value(t, out, args[k].cls, false);
    else
      print_imm(t, out, &args[k].imm);
  }
  text_add(out, ")");
}

void trial_print(const Trial *t, Text *out, u32 node) {
  print_value(t, out, node, true);
}

void trial_print_result(const Trial *t, Text *out, const TrialResult *r) {
  if (r->kind == RHS_REMOVE)
    text_add(out, "remove");
  if (r->kind == RHS_TRAP)
    text_add(out, "trap %s", eval_trap_name(r->trap));
  if (r->kind == RHS_VALUES)
    text_add(out, "value ");
  if (r->kind == RHS_STMTS)
    text_add(out, "{ ");
  for (u32 k = 0; k < r->n; k++) {
    text_add(out, k ? "; " : "");
    if (r->op[k])
      print_op(t, out, r->op[k], r->args[k], true);
    else
      print_value(t, out, r->cls[k], true);
  }
  if (r->kind == RHS_STMTS)
    text_add(out, " }");
}
