// Variants of a rule by the symmetries of its ops; what is the same up to
// renaming stays once.
#include "rulec/sema/rule.h"

enum { MOST_SYMS = 6 };

// --- the same up to renaming ----------------------------------------

typedef struct Renaming {
  const Sema *s;
  const RuleX *a, *b;
  Var **to; // by Var.index of a
} Renaming;

static bool var_same(Renaming *m, Var *a, Var *b) {
  if (!a || !b)
    return a == b;
  if (!m->to[a->index]) {
    for (u32 i = 0; i < m->a->nvars; i++)
      if (m->to[i] == b)
        return false;
    m->to[a->index] = b;
  }
  return m->to[a->index] == b;
}

static bool same(Renaming *m, const Node *a, const Node *b, bool right);

static bool kids_same(Renaming *m, const Node *a, const Node *b, bool right) {
  for (u32 i = 0; i < a->nkids; i++)
    if (!same(m, a->kids[i], b->kids[i], right))
      return false;
  return true;
}

// On the right, an op and its mirror image are the same.
static bool mirrored(Renaming *m, const Node *a, const Node *b) {
  const OpInst *op = &m->s->ops[a->op];
  if (!op->sym_op || b->op != op->sym_op)
    return false;
  for (u32 i = 0; i < a->nkids; i++)
    if (!same(m, a->kids[op->sym_perm[i]], b->kids[i], true))
      return false;
  return true;
}

static bool same(Renaming *m, const Node *a, const Node *b, bool right) {
  if (a->kind != b->kind || a->nkids != b->nkids || a->fn != b->fn ||
      a->field != b->field || a->num != b->num || a->text != b->text ||
      !sort_equal(a->sort, b->sort) || !var_same(m, a->var, b->var))
    return false;
  for (u32 i = 0; a->fields && i + 1 < a->nkids; i++)
    if (a->fields[i] != b->fields[i])
      return false;
  if (a->op == b->op && kids_same(m, a, b, right))
    return true;
  return right && a->kind == N_OP && mirrored(m, a, b);
}

static bool rulex_same(const Sema *s, const RuleX *a, const RuleX *b) {
  if (a->lhs->op != b->lhs->op || a->nclauses != b->nclauses ||
      a->nvars != b->nvars)
    return false;
  Renaming m = {s, a, b, arena_array0(s->arena, Var *, a->nvars + 1)};
  if (!same(&m, a->lhs, b->lhs, false))
    return false;
  for (u32 i = 0; i < a->nclauses; i++)
    if (!var_same(&m, a->clauses[i].let, b->clauses[i].let) ||
        !same(&m, a->clauses[i].e, b->clauses[i].e, true))
      return false;
  for (u32 i = 0; i < a->nrhs; i++)
    if (!same(&m, a->rhs[i], b->rhs[i], true))
      return false;
  for (u32 i = 0; i < a->nstmts; i++)
    if (!same(&m, a->stmts[i].e, b->stmts[i].e, true))
      return false;
  return var_same(&m, a->trap_var, b->trap_var);
}

// --- symmetry -------------------------------------------------------

static u32 count_syms(const Sema *s, const Node *n) {
  u32 k = n->kind == N_OP && s->ops[n->op].sym_op;
  for (u32 i = 0; i < n->nkids; i++)
    k += count_syms(s, n->kids[i]);
  return k;
}

// A copy with the ops whose bit is set in *mask mirrored; takes a bit an op.
static Node *mirror(Sema *s, const Node *n, u32 *mask) {
  Node *c = arena_new(s->arena, Node);
  *c = *n;
  const OpInst *op = n->kind == N_OP ? &s->ops[n->op] : NULL;
  bool flip = false;
  if (op && op->sym_op) {
    flip = *mask & 1;
    *mask >>= 1;
  }
  c->kids = arena_array(s->arena, Node *, n->nkids + 1);
  for (u32 i = 0; i < n->nkids; i++)
    c->kids[i] = mirror(s, n->kids[i], mask);
  if (!flip)
    return c;
  Node **kids = arena_array(s->arena, Node *, n->nkids + 1);
  for (u32 i = 0; i < n->nkids; i++)
    kids[i] = c->kids[op->sym_perm[i]];
  c->kids = kids;
  c->op = op->sym_op;
  return c;
}

static void add_unless_known(Sema *s, RuleXVec *v, u32 from, const RuleX *x) {
  for (u32 i = from; i < v->n; i++)
    if (rulex_same(s, &v->at[i], x))
      return;
  vec_push(s->arena, v, *x);
}

void rule_variants(RuleTyper *r, RuleXVec *v, u32 from, const RuleX *x) {
  u32 k = count_syms(r->s, x->lhs);
  if (k > MOST_SYMS) {
    rule_error(r, r->d->lhs->loc, E_VARIANTS,
               "more than 64 variants: %u ops on the "
               "left have symmetries",
               k);
    return;
  }
  for (u32 mask = 0; mask < 1u << k; mask++) {
    RuleX y = *x;
    u32 m = mask;
    y.lhs = mask ? mirror(r->s, x->lhs, &m) : x->lhs;
    y.variant = mask;
    add_unless_known(r->s, v, from, &y);
  }
}
