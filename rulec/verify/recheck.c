// A counterexample outside of the solver: what the evaluator says of its
// inputs. It shares no code with the terms, so that both are wrong the same way
// only where the rules themselves are.
#include "rulec/verify/falsify.h"

enum { EV_MOST_ARGS = 16 };

// --- the evaluator --------------------------------------------------

EvVal model_evaluated(const ModelValue *v) {
  EvVal x = {.state = EV_VALUE, .sort = v->var ? v->var->sort : v->sort};
  if (v->sort.kind == SORT_MEMARG)
    for (u32 i = 0; i < MF_COUNT; i++)
      x.mem[i] = (u32)v->at[i];
  else
    x.bits = wide(v->at[0]);
  return x;
}

// Facts as the model has them.
static EvVal model_fact(Eval *e, const Node *fact, const EvVal *x) {
  const Model *m = e->user;
  for (u32 i = 0; i < m->n; i++)
    if (m->at[i].node == fact && m->at[i].known)
      return model_evaluated(&m->at[i]);
  return eval_fact_none(e, fact, x);
}

// --- claims about ops: the symmetry, facts ---------------------------

static const ModelValue *input_of(const Model *m, const Var *v) {
  for (u32 i = 0; i < m->n; i++)
    if (m->at[i].known && m->at[i].var == v &&
        strcmp(m->at[i].side, "input") == 0)
      return &m->at[i];
  return NULL;
}

static void check_fact(Text *t, Eval *e, const Obligation *o, const EvVal *r) {
  const FactInfo *f = &o->op->facts[o->fact];
  EvVal x = eval_node(e, f->e);
  text_add(t, "%s = ", builtin_names[f->fact]);
  ev_print(t, e->s, &x);
  text_add(t, " of ");
  ev_print(t, e->s, r);
  bool says = ev_ok(&x) && ev_ok(r) && !ev_is_choice(r);
  text_add(t, ": %s\n",
           !says ? "not settled"
           : fact_holds((Builtin)f->fact, x.bits, r->bits, f->e->sort.bits)
               ? "it is true"
               : "it is false");
}

static void check_sym(Text *t, Eval *e, const Obligation *o, const EvVal *args,
                      EvOutcome left) {
  EvVal turned[EV_MOST_ARGS];
  const OpInst *op = o->op;
  for (u32 i = 0; i < op->nvars; i++)
    turned[i] = args[op->sym_perm[i]];
  EvVal v = eval_op(e, op->sym_op, turned);
  EvOutcome right = {.what = ev_ok(&v)            ? EO_VALUE
                             : v.state == EV_TRAP ? EO_TRAP
                                                  : EO_NOTHING,
                     .value = v,
                     .trap = v.trap};
  outcome_print(t, e->s, &left);
  text_add(t, ", turned round ");
  outcome_print(t, e->s, &right);
  text_add(t, ": %s\n",
           eval_allows(&left, &right) == EV_DIFFER ? "they differ"
                                                   : "not settled");
}

static void check_op(Verify *v, Job *j) {
  const OpInst *op = j->o->op;
  EvVal args[EV_MOST_ARGS];
  Eval e;
  Text t = {.arena = v->arena};
  union {
    const Model *from;
    void *to;
  } user = {.from = j->model};
  eval_init(&e, v->sema, v->arena, 1);
  e.fact = model_fact;
  e.user = user.to;
  e.heap_size = ~(u64)0;
  bool all = op->nvars <= EV_MOST_ARGS;
  for (u32 i = 0; i < op->nvars && all; i++) {
    const ModelValue *m = input_of(j->model, op->vars[i]);
    all = m != NULL;
    if (all)
      args[i] = model_evaluated(m);
    if (all)
      eval_bind(&e, op->vars[i], args[i]);
  }
  if (!all)
    return;
  EvVal r = eval_op(&e, (u32)(op - v->sema->ops), args);
  text_add(&t, "  evaluator: ");
  if (strcmp(j->o->kind, "fact") == 0)
    check_fact(&t, &e, j->o, &r);
  else if (strcmp(j->o->kind, "sym") == 0 && ev_ok(&r))
    check_sym(&t, &e, j->o, args, (EvOutcome){.what = EO_VALUE, .value = r});
  else {
    ev_print(&t, v->sema, &r);
    text_add(&t, "\n");
  }
  j->note = text_str(&t);
}

// --- rules -------------------------------------------------------------

void witness_check(Verify *v, Job *j) {
  const Model *m = j->model;
  if (m && j->o->op && !j->o->x)
    check_op(v, j);
  if (!m || !j->o->x || !j->o->x->lhs)
    return;
  EvRule r;
  Text t = {.arena = v->arena};
  union {
    const Model *from;
    void *to;
  } user = {.from = m};
  EvBind *given = arena_array(v->arena, EvBind, m->n + 1);
  u32 n = 0;
  for (u32 i = 0; i < m->n; i++)
    if (strcmp(m->at[i].side, "input") == 0 && m->at[i].known)
      given[n++] = (EvBind){m->at[i].var ? (const void *)m->at[i].var
                                         : (const void *)m->at[i].node,
                            model_evaluated(&m->at[i])};
  rule_begin(&r, v->sema, j->o->x, v->arena, 1);
  bool hold = false;
  text_add(&t, "  evaluator: ");
  bool assigned = rule_assign(&r, given, n);
  r.e.fact = model_fact;
  r.e.user = user.to;
  r.e.heap_size = ~(u64)0;
  if (!assigned || rule_clauses(&r, &hold) == EV_NO || !hold) {
    text_add(&t, "cannot say (%s)\n", r.e.why ? r.e.why : "no match");
  } else {
    EvOutcome left = rule_left(&r), right = rule_right(&r);
    for (u32 i = 0; i < m->n; i++) // as the model prints them
      if (m->at[i].shape && strcmp(m->at[i].side, "outcome") == 0)
        left.value.shape = right.value.shape = (u8)m->at[i].shape;
    outcome_print(&t, v->sema, &left);
    text_add(&t, " on the left, ");
    outcome_print(&t, v->sema, &right);
    text_add(&t, " on the right: %s\n",
             eval_allows(&left, &right) == EV_DIFFER ? "they differ"
                                                     : "not settled");
  }
  j->note = text_str(&t);
}
