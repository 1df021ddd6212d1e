// Can two arms hold at once? rulec/gen/lower_match.c compares tests one by one;
// here the guards of both are taken together, over the same places, and the
// literals of one meet the variables of the other: `k <u 8` and `k >=u 8`
// cannot both be.
#include "rulec/check/lower.h"

// What the left side of an arm has at a path, null if it says nothing of it.
static const Node *node_at(const LowerGen *lg, const Arm *a, s32 path) {
  const Path *p = &lg->paths.at[path];
  const Node *lhs = a->x->lhs;
  if (p->parent < 0)
    return lhs->kind == N_TERM ? lhs->kids[p->operand] : lhs;
  const Node *n = node_at(lg, a, p->parent);
  while (n && (n->kind == N_SINK || n->kind == N_ONCE))
    n = n->kids[0];
  if (n && n->kind == N_VALCONST)
    return n;
  const void *op = !n                ? NULL
                   : n->kind == N_OP ? (const void *)&lg->sema->ops[n->op]
                   : n->kind == N_CTOR
                       ? (const void *)&lg->sema->datas[n->ref].ctors[n->ctor]
                       : NULL;
  return op && op == (const void *)p->op ? n->kids[p->operand] : NULL;
}

typedef struct Meet {
  LowerCheck *c;
  const Arm *a, *b;
} Meet;

// Variable v of b as a calls it; v itself if a has none there.
static Var *as_a_calls(const Meet *m, Var *v) {
  const s32 path = lower_var_path(&m->c->lg, m->b, v);
  const Node *n = path < 0 ? NULL : node_at(&m->c->lg, m->a, path);
  return n && (n->kind == N_VAR || n->kind == N_OP) && n->var ? n->var : v;
}

static Node *renamed(const Meet *m, const Node *n) {
  Arena *arena = m->c->s->arena;
  Node *r = arena_new(arena, Node);
  *r = *n;
  if (n->kind == N_VAR)
    r->var = as_a_calls(m, n->var);
  r->kids = arena_array(arena, Node *, n->nkids + 1);
  for (u32 k = 0; k < n->nkids; k++)
    r->kids[k] = renamed(m, n->kids[k]);
  return r;
}

// Where x has an immediate variable and y a literal, they are equal.
static void meet_literals(LowerKnown *lk, LowerCheck *c, const Arm *x,
                          const Arm *y) {
  for (u32 i = 0; i < x->x->nvars; i++) {
    Var *v = x->x->vars[i];
    if (!v || v->sort.kind != SORT_BV || v->sort.bits > 128)
      continue;
    const s32 path = lower_var_path(&c->lg, x, v);
    const Node *n = path < 0 ? NULL : node_at(&c->lg, y, path);
    if (!n || (n->kind != N_CONST && n->kind != N_VALCONST))
      continue;
    Node *var = arena_new(c->s->arena, Node); // it stays in what is known
    *var = (Node){.kind = N_VAR, .var = v, .sort = v->sort};
    known_refine(&lk->k, var, range_const(v->sort.bits, n->num));
  }
}

static void assume_renamed(LowerKnown *lk, const Meet *m) {
  for (u32 k = 0; k < m->b->x->nclauses; k++) {
    const ClauseInfo *g = &m->b->x->clauses[k];
    if (g->let && g->let->kind == VAR_LET_IMM)
      known_let(&lk->k, g->let, renamed(m, g->e));
    else if (!g->let)
      known_assume(&lk->k, renamed(m, g->e), true);
  }
}

bool lower_contradict(LowerCheck *c, const Arm *a, const Arm *b) {
  const Meet m = {c, a, b};
  LowerKnown lk;
  lower_nothing_known(&lk, c->s);
  meet_literals(&lk, c, a, b);
  known_rule(&lk.k, a->x);
  assume_renamed(&lk, &m);
  if (lk.k.never)
    return true;
  lower_nothing_known(&lk, c->s); // b's own variables against a's literals
  meet_literals(&lk, c, b, a);
  known_rule(&lk.k, b->x);
  return lk.k.never;
}

static bool is_true(const Val *v) {
  u128 x;
  return v->none == NONE_NO && range_is(&v->r, &x) && x;
}

bool lower_implies(LowerCheck *c, const Arm *b, const Arm *a) {
  const Meet m = {c, a, b};
  LowerKnown lk;
  for (u32 k = 0; k < a->ntests; k++)
    if (a->tests[k].kind != T_COND && !lower_has_test(b, &a->tests[k]))
      return false;
  lower_nothing_known(&lk, c->s);
  meet_literals(&lk, c, a, b);
  assume_renamed(&lk, &m);
  for (u32 k = 0; k < a->x->nclauses; k++) {
    const ClauseInfo *g = &a->x->clauses[k];
    if (g->let && g->let->kind == VAR_LET_IMM)
      known_let(&lk.k, g->let, g->e);
    const Val v = g->let ? (Val){0} : known_eval(&lk.k, g->e);
    if (!g->let && !is_true(&v))
      return false;
  }
  return !lk.k.never;
}
