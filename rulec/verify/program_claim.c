// Programs of claims that are about no rule. They show what they show in a wb
// that is built with what is claimed, as ops and sequences cannot be loaded.
//
// A sequence: the left side of a rule of lowering that comes to it, on the
// sequence's operands. A symmetry: a rule that is tried with operands in turn
// by it, and is not true so. A fact of an op: a rule of ours asks for just what
// is not so (rules/mid/facts.rules).
#include "rulec/eval/eval.h"
#include "rulec/verify/program.h"
#include "rulec/verify/rounds.h"

static Model *copy_model(const Program *p, u32 more) {
  const Model *from = p->job->model;
  Model *m = arena_new(p->v->arena, Model);
  m->at = arena_array0(p->v->arena, ModelValue, from->n + more + 1);
  memcpy(m->at, from->at, from->n * sizeof *m->at);
  m->n = from->n;
  return m;
}

static Node *new_node(Program *p, u8 kind, Sort sort, u32 nkids) {
  Node *n = arena_new(p->v->arena, Node);
  *n = (Node){.kind = kind, .sort = sort, .nkids = nkids};
  n->kids = arena_array0(p->v->arena, Node *, nkids + 1);
  return n;
}

// --- ops ------------------------------------------------------------

// (op x y)
static Node *applied(Program *p, const OpInst *o) {
  Sort sort = {.kind = SORT_VALUE, .type = o->type};
  sort.bits = (u16)vtype_bits[o->type];
  Node *n = new_node(p, N_OP, sort, o->nvars);
  n->op = (u32)(o - p->v->sema->ops);
  for (u32 i = 0; i < o->nvars; i++) {
    n->kids[i] = new_node(p, N_VAR, o->operands[i].sort, 0);
    n->kids[i]->var = o->vars[i];
  }
  return n;
}

static void take_op(Program *p, const OpInst *op) {
  RuleX *x = arena_new(p->v->arena, RuleX);
  *x = (RuleX){.lhs = applied(p, op)};
  p->x = x;
}

static const ModelValue *outcome(const Program *p, const char *what) {
  for (u32 i = 0; i < p->m->n; i++)
    if (p->m->at[i].known && !strcmp(p->m->at[i].side, "outcome") &&
        !strcmp(p->m->at[i].what, what))
      return &p->m->at[i];
  return NULL;
}

// What is asked of the result v, so that a fact f answers it wrongly, and the
// rule that asks.
static u32 asked(Program *p, u32 v, u8 type, u8 fact, u64 f, u64 is) {
  static const struct {
    u8 fact;
    const char *op, *rule;
  } ways[] = {
      {BI_ZEROS, "band", "and-nothing"},  {BI_ONES, "bor", "or-idle"},
      {BI_UMIN, "icmp.uge", "icmp-sure"}, {BI_UMAX, "icmp.ule", "icmp-sure"},
      {BI_SMIN, "icmp.sge", "icmp-sure"}, {BI_SMAX, "icmp.sle", "icmp-sure"}};
  u64 k = fact == BI_ZEROS ? f & is : fact == BI_ONES ? f & ~is : f;
  for (u32 i = 0; i < sizeof ways / sizeof *ways; i++) {
    if (ways[i].fact != fact)
      continue;
    p->how = arena_printf(p->v->arena, "-O1 --only-rules=%s", ways[i].rule);
    u32 c = program_line(p, "iconst.%s %lld", vtype_names[type],
                         type == VT_I32 ? (long long)(s32)k : (long long)k);
    return program_line(p, "%s.%s v%u v%u", ways[i].op, vtype_names[type], v,
                        c);
  }
  return v;
}

static void fact(Program *p) {
  const OpInst *op = p->job->o->op;
  u8 kind = op->facts[p->job->o->fact].fact;
  const ModelValue *f = outcome(p, builtin_names[kind]);
  const ModelValue *is = outcome(p, "result");
  if (!f || !is || (op->type != VT_I32 && op->type != VT_I64) ||
      !strcmp(op->base->name, "union")) {
    program_fail(p, "a fact of %s, which programs do not ask for", op->text);
    return;
  }
  take_op(p, op);
  Model *m = copy_model(p, 1); // what a load gives
  m->at[m->n] = *is;
  m->at[m->n].side = "left";
  m->at[m->n++].node = p->x->lhs;
  p->m = m;
  program_memory(p, p->x->lhs);
  u32 v = program_operation(p, p->x->lhs);
  v = asked(p, v, op->type, kind, (u64)f->at[0], (u64)is->at[0]);
  program_return(p, v, kind == BI_ZEROS || kind == BI_ONES ? op->type : VT_I32);
}

// --- symmetries -----------------------------------------------------

static bool has_op(const Node *n, u32 op, u32 other) {
  bool is = n->kind == N_OP && (n->op == op || n->op == other);
  for (u32 i = 0; i < n->nkids && !is; i++)
    is = has_op(n->kids[i], op, other);
  return is;
}

// A variant of a rule, made by symmetries, that values refute.
static const Model *refuted(Program *p, const RuleX *x, bool lowers) {
  Verify v = {.arena = p->v->arena, .sema = p->v->sema};
  Obligation o = {.kind = lowers ? "lower" : "rule",
                  .name = x->rule->decl->name.s,
                  .at = x->at,
                  .decl = x->rule->decl,
                  .x = x};
  Job j = {.o = &o, .sema = v.sema};
  Rounds rounds;
  rounds_begin(&rounds, v.sema, x);
  if (rounds_corners(&rounds, 4096))
    (void)rounds_random(&rounds, 1000);
  if (rounds.worst == ROUND_WRONG)
    refute_values(&v, &j, &rounds.r, &rounds.left, &rounds.right);
  rounds_end(&rounds);
  return j.model;
}

static bool variant(Program *p, const RuleX *xs, u32 n, bool lowers) {
  const OpInst *op = p->job->o->op;
  const u32 k = (u32)(op - p->v->sema->ops);
  for (u32 i = 1; i < n && !p->x; i++) {
    const RuleX *x = &xs[i], *last = &xs[i - 1];
    if (last->rule != x->rule || last->expansion != x->expansion ||
        !has_op(x->lhs, k, op->sym_op))
      continue;
    p->m = refuted(p, x, lowers);
    if (p->m)
      p->x = x;
  }
  p->lowers = lowers;
  return p->x;
}

static void sym(Program *p) {
  const Sema *s = p->v->sema;
  if (variant(p, s->lowerxs, s->nlowerxs, true))
    return;
  if (!variant(p, s->rulexs, s->nrulexs, false))
    program_fail(p, "no rule at hand is wrong with the operands in turn");
  else
    p->how = arena_printf(p->v->arena, "-O1 --subsume-all --only-rules=%s",
                          p->x->rule->decl->name.s);
}

// --- sequences ------------------------------------------------------

static const Node *bare(const Node *n) {
  while (n->kind == N_AS || n->kind == N_RESULT || n->kind == N_REG)
    n = n->kids[0];
  return n;
}

// Whether n is the sequence q at its parameters; those that are a code of the
// pattern become values of the model.
static bool is_call(Program *p, const Node *n, const InstX *q, Model *m) {
  const InstX *x = n->kind == N_INST ? &p->v->sema->insts[n->ref] : NULL;
  if (!x || x->base != q->base)
    return false;
  for (u32 k = 0; k < q->base->nparams; k++) {
    const Node *d = n->dyn ? n->dyn[k] : NULL;
    if (!d && x->args[k].value != q->args[k].value)
      return false;
    if (d && d->kind != N_VAR)
      return false;
    if (d)
      m->at[m->n++] = (ModelValue){.what = d->var->name,
                                   .side = "input",
                                   .sort = d->var->sort,
                                   .var = d->var,
                                   .known = true,
                                   .at = {q->args[k].value}};
  }
  return true;
}

static const Node *find_call(Program *p, const Node *n, const InstX *q,
                             Model *m) {
  const Node *found = is_call(p, n, q, m) ? n : NULL;
  for (u32 i = 0; i < n->nkids && !found; i++)
    found = find_call(p, n->kids[i], q, m);
  return found;
}

static const Node *call_of(Program *p, const RuleX *x, const InstX *q,
                           Model *m) {
  const Node *found = NULL;
  for (u32 i = 0; i < x->nrhs && !found; i++)
    found = find_call(p, x->rhs[i], q, m);
  for (u32 i = 0; i < x->nstmts && !found; i++)
    found = x->stmts[i].e ? find_call(p, x->stmts[i].e, q, m) : NULL;
  return found;
}

static bool in_pattern(const Node *n, const Var *v) {
  bool is = n->var == v;
  for (u32 i = 0; i < n->nkids && !is; i++)
    is = in_pattern(n->kids[i], v);
  return is;
}

// The rule's variables are what the model says of the operands.
static bool take_operands(Program *p, const RuleX *x, const Node *call,
                          const InstX *q, Model *m) {
  for (u32 i = 0; i < q->noperands; i++) {
    if (q->operands[i].tmp)
      continue;
    const Node *n = i < call->nkids ? bare(call->kids[i]) : NULL;
    const ModelValue *is = program_input(p, q->vars[i]);
    if (!n || n->kind != N_VAR || !is || !in_pattern(x->lhs, n->var))
      return false;
    m->at[m->n] = *is;
    m->at[m->n].sort = n->var->sort;
    m->at[m->n++].var = n->var;
  }
  return true;
}

static bool guards_hold(Program *p, const RuleX *x, const Model *m) {
  EvBind *given = arena_array(p->v->arena, EvBind, m->n + 1);
  EvRule r;
  u32 n = 0;
  bool hold = false;
  for (u32 i = p->job->model->n; i < m->n; i++)
    given[n++] = (EvBind){m->at[i].var, model_evaluated(&m->at[i])};
  rule_begin(&r, p->v->sema, x, p->v->arena, 1);
  return !x->nclauses || (rule_assign(&r, given, n) &&
                          rule_clauses(&r, &hold) != EV_NO && hold);
}

static void sequence(Program *p) {
  const Sema *s = p->v->sema;
  const InstX *q = p->job->o->more;
  for (u32 i = 0; i < s->nlowerxs; i++) {
    const RuleX *x = &s->lowerxs[i];
    Model *m = copy_model(p, q->noperands + MAX_PARAMS);
    const Node *call = call_of(p, x, q, m);
    if (!call || !take_operands(p, x, call, q, m) || !guards_hold(p, x, m))
      continue;
    p->x = x;
    p->m = m;
    p->seq = q;
    p->lowers = true;
    return;
  }
  program_fail(p, "no rule of lowering makes this sequence of its operands");
}

// --- all --------------------------------------------------------------

bool program_claim(Program *p) {
  const char *kind = p->job->o->kind;
  p->m = p->job->model;
  if (!strcmp(kind, "seq"))
    sequence(p);
  else if (!strcmp(kind, "fact"))
    fact(p);
  else if (!strcmp(kind, "op"))
    program_fail(p, "the meaning gives nothing, so nothing can differ from it");
  else if (!strcmp(kind, "sym"))
    sym(p);
  else
    program_fail(p,
                 "a map of a code: the claims of what uses it have programs");
  return (p->seq || !strcmp(kind, "sym")) && !p->why;
}
