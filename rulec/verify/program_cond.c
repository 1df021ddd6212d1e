// Conditions of a program: a value that is lowered to the flags and the code of
// the processor that a refutation speaks of.
//
// 1. The flags are those of a comparison of two numbers. Of a list of pairs the
//    first is taken whose flags refute the rule, as the evaluator says; it need
//    not be the flags of the model.
// 2. Codes that comparisons of the IR ask for come from such a comparison. For
//    the others (o s p and their opposites) no rule of ours makes a condition,
//    but one may be written: the program gets a file of its own with a true
//    rule that does, which is loaded beside the wrong one.
#include "rulec/eval/eval.h"
#include "rulec/verify/program.h"

// What compares so that a code of the processor asks for it.
static const struct {
  const char *code, *op;
} compares[] = {
    {"e", "icmp.eq.i32"},   {"ne", "icmp.ne.i32"},  {"l", "icmp.slt.i32"},
    {"ge", "icmp.sge.i32"}, {"g", "icmp.sgt.i32"},  {"le", "icmp.sle.i32"},
    {"b", "icmp.ult.i32"},  {"ae", "icmp.uge.i32"}, {"a", "icmp.ugt.i32"},
    {"be", "icmp.ule.i32"},
};

// What else may be asked of the flags of x - y, as a comparison with 0.
static const struct {
  const char *code, *op, *pattern;
} others[] = {
    {"o", "icmp.slt.i32",
     "(band.i32 (bxor.i32 x y) (bxor.i32 x (isub.i32 x y)))"},
    {"no", "icmp.sge.i32",
     "(band.i32 (bxor.i32 x y) (bxor.i32 x (isub.i32 x y)))"},
    {"s", "icmp.slt.i32", "(isub.i32 x y)"},
    {"ns", "icmp.sge.i32", "(isub.i32 x y)"},
    {"p", "icmp.eq.i32",
     "(band.i32 (popcnt.i32 (band.i32 (isub.i32 x y) 0xff)) 1)"},
    {"np", "icmp.ne.i32",
     "(band.i32 (popcnt.i32 (band.i32 (isub.i32 x y) 0xff)) 1)"},
};

typedef struct Pair { // of numbers, or of the bits of two floats
  u64 x, y;
  u8 flags[FF_COUNT];
} Pair;

static Pair integers(u32 x, u32 y) {
  u32 d = x - y;
  Pair p = {.x = x, .y = y};
  p.flags[FF_C] = x < y;
  p.flags[FF_Z] = d == 0;
  p.flags[FF_S] = (u8)(d >> 31);
  p.flags[FF_O] = (u8)(((x ^ y) & (x ^ d)) >> 31);
  p.flags[FF_P] = !(__builtin_popcount(d & 0xff) & 1);
  return p;
}

static const u32 some[][2] = {
    {1, 1},          {1, 2},          {2, 1},          {4, 1},
    {1, 4},          {0x80000000, 1}, {1, 0x80000000}, {~0u, 1},
    {1, ~0u},        {~0u, 2},        {2, ~0u},        {0x7fffffff, ~0u},
    {0x80000000, 3}, {3, 0x80000000},
};
enum { SOME = sizeof some / sizeof *some, FLOATS = 4 };

// Equal, greater, less, not to be compared: the flags of ucomisd.
static Pair floats(u32 i) {
  static const u64 y[FLOATS] = {
      UINT64_C(0x3ff0000000000000), UINT64_C(0x3fe0000000000000),
      UINT64_C(0x4000000000000000), UINT64_C(0x7ff8000000000000)};
  Pair p = {.x = y[0], .y = y[i]};
  p.flags[FF_Z] = i == 0 || i == 3;
  p.flags[FF_C] = i == 2 || i == 3;
  p.flags[FF_P] = i == 3;
  return p;
}

// Whether the sequence is, on its operands of the model.
static bool refutes_seq(const Program *p, const Pair *q) {
  const InstX *x = p->seq;
  EvVal args[EV_MAX_ARGS];
  EvOutcome left, right;
  Eval e;
  EvSampler drawn = {.state = 1};
  for (u32 i = 0; i < x->noperands && i < EV_MAX_ARGS; i++) {
    const ModelValue *v = program_input(p, x->vars[i]);
    args[i] = v ? model_evaluated(v) : (EvVal){.state = EV_VALUE};
    args[i].sort = x->vars[i]->sort;
    for (u32 k = 0; args[i].sort.kind == SORT_FLAGS && k < FF_COUNT; k++)
      args[i].flags[k] = q->flags[k];
  }
  eval_init(&e, p->v->sema, p->v->arena, 1);
  return seq_round(&e, &drawn, x, args, &left, &right) == ROUND_WRONG;
}

// Whether the rule is wrong on the model's inputs, but for the flags.
static bool refutes(const Program *p, const ModelValue *flags, const Pair *q) {
  const Model *m = p->m;
  if (p->seq)
    return refutes_seq(p, q);
  EvBind *given = arena_array(p->v->arena, EvBind, m->n + 1);
  EvRule r;
  EvOutcome left, right;
  u32 n = 0;
  for (u32 i = 0; i < m->n; i++) {
    const ModelValue *v = &m->at[i];
    if (strcmp(v->side, "input") != 0 || !v->known)
      continue;
    given[n].key = v->var ? (const void *)v->var : v->node;
    given[n].val = model_evaluated(v);
    for (u32 k = 0; v == flags && k < FF_COUNT; k++)
      given[n].val.flags[k] = q->flags[k];
    n++;
  }
  rule_begin(&r, p->v->sema, p->x, p->v->arena, 1);
  return rule_round(&r, given, n, &left, &right) == ROUND_WRONG;
}

static bool choose_pair(Program *p, const ModelValue *flags, bool is_float,
                        Pair *out) {
  for (u32 i = 0; i < (is_float ? FLOATS : SOME); i++) {
    *out = is_float ? floats(i) : integers(some[i][0], some[i][1]);
    if (refutes(p, flags, out))
      return true;
  }
  program_fail(p, "no comparison has flags that show it");
  return false;
}

// --- codes ------------------------------------------------------------

// The term that such conditions come from: (cond v).
static const TermInfo *term_of(const Program *p, u32 data) {
  const Sema *s = p->v->sema;
  for (u32 k = 0; k < s->nterms; k++)
    if (s->terms[k].result.kind == SORT_DATA && s->terms[k].result.decl == data)
      return &s->terms[k];
  return NULL;
}

// (x ^ y) & (x ^ (x - y)); x - y; the parity of the low byte of x - y.
static u32 other_value(Program *p, const char *code, u32 x, u32 y) {
  u32 d = program_line(p, "isub.i32 v%u v%u", x, y);
  if (strchr(code, 'o')) {
    u32 a = program_line(p, "bxor.i32 v%u v%u", x, y);
    u32 b = program_line(p, "bxor.i32 v%u v%u", x, d);
    return program_line(p, "band.i32 v%u v%u", a, b);
  }
  if (strchr(code, 's'))
    return d;
  u32 byte = program_line(p, "iconst.i32 255");
  u32 low = program_line(p, "band.i32 v%u v%u", d, byte);
  u32 ones = program_line(p, "popcnt.i32 v%u", low);
  u32 one = program_line(p, "iconst.i32 1");
  return program_line(p, "band.i32 v%u v%u", ones, one);
}

static u32 other_code(Program *p, const Node *n, const char *code, u32 x,
                      u32 y) {
  const TermInfo *t = term_of(p, n->ref);
  const char *ctor = p->v->sema->datas[n->ref].ctors[n->ctor].name;
  for (u32 i = 0; i < sizeof others / sizeof *others && t; i++) {
    if (strcmp(others[i].code, code) != 0)
      continue;
    text_add(&p->rules,
             "; True, and the only one that asks for the condition %s.\n"
             "lower shows-%s: (%s (%s %s 0))\n  prio 99 => %s((x64.cmp.i32 x "
             "y).f, %s)\n",
             code, code, t->name, others[i].op, others[i].pattern, ctor, code);
    u32 v = other_value(p, code, x, y);
    return program_line(p, "%s v%u v%u", others[i].op, v,
                        program_line(p, "iconst.i32 0"));
  }
  program_fail(p, "no op of the IR asks for the condition %s", code);
  return 0;
}

static u32 compare(Program *p, const Node *n, const ModelValue *code,
                   const ModelValue *flags) {
  const CodeInfo *c = &p->v->sema->codes[code->var->sort.decl];
  const char *name = c->members[(u32)code->at[0]];
  Pair q;
  if (!choose_pair(p, flags, false, &q))
    return 0;
  u32 x = program_argument(p, "i32", q.x), y = program_argument(p, "i32", q.y);
  for (u32 i = 0; i < sizeof compares / sizeof *compares; i++)
    if (strcmp(compares[i].code, name) == 0)
      return program_line(p, "%s v%u v%u", compares[i].op, x, y);
  return other_code(p, n, name, x, y);
}

static u32 compare_floats(Program *p, const char *op, const ModelValue *flags) {
  Pair q;
  if (!choose_pair(p, flags, true, &q))
    return 0;
  u32 a = program_argument(p, "i64", q.x), b = program_argument(p, "i64", q.y);
  u32 v = program_line(p, "bitcast.f64 v%u", a);
  u32 w = program_line(p, "bitcast.f64 v%u", b);
  return program_line(p, "%s v%u v%u", op, v, w);
}

static const ModelValue *field(const Program *p, const Node *ctor, u8 sort) {
  for (u32 i = 0; i < ctor->nkids; i++)
    if (ctor->kids[i]->kind == N_VAR && ctor->kids[i]->sort.kind == sort)
      return program_input(p, ctor->kids[i]->var);
  return NULL;
}

u32 program_condition(Program *p, const Node *n) {
  const ModelValue *code = field(p, n, SORT_CODE);
  const ModelValue *flags = field(p, n, SORT_FLAGS);
  if (n->kind != N_CTOR || !flags) {
    program_fail(p, "a condition that is not taken apart");
    return 0;
  }
  const char *name = p->v->sema->datas[n->ref].ctors[n->ctor].name;
  if (code)
    return compare(p, n, code, flags);
  if (strcmp(name, "oeq") == 0)
    return compare_floats(p, "fcmp.eq.f64", flags);
  if (strcmp(name, "une") == 0)
    return compare_floats(p, "fcmp.ne.f64", flags);
  program_fail(p, "no op of the IR makes the condition %s", name);
  return 0;
}
