// How the lanes of a vector in a counterexample are to be read: a value has no
// shape, the ops that make and use it do.
#include "rulec/verify/lanes.h"

static bool makes(const Node *n, const SmtTrace *t) {
  if (t->node && (n == t->node || n->kind == N_WILD))
    return n == t->node;
  return t->var && n->var == t->var && (n->kind == N_VAR || n->kind == N_OP);
}

// Of the op that gives the value, else of the nearest that takes it.
static u32 shape_in(const Sema *s, const Node *n, const SmtTrace *t) {
  u32 own = n->kind == N_OP ? op_shape(&s->ops[n->op]) : 0;
  if (own && makes(n, t))
    return own;
  for (u32 i = 0; i < n->nkids; i++) {
    u32 below = shape_in(s, n->kids[i], t);
    if (below)
      return below;
  }
  for (u32 i = 0; i < n->nkids; i++)
    if (own && makes(n->kids[i], t))
      return own;
  return 0;
}

static u32 any_shape(const Sema *s, const Node *n) {
  u32 shape = n->kind == N_OP ? op_shape(&s->ops[n->op]) : 0;
  for (u32 i = 0; i < n->nkids && !shape; i++)
    shape = any_shape(s, n->kids[i]);
  return shape;
}

u32 lanes_shape(const Sema *s, const Obligation *o, const SmtTrace *t) {
  if (t->val.sort.kind == SORT_NONE || t->val.v.bits != 128)
    return 0;
  if (!o->x || !o->x->lhs)
    return o->op ? op_shape(o->op) : 0;
  const RuleX *x = o->x;
  u32 shape = shape_in(s, x->lhs, t);
  for (u32 i = 0; i < x->nrhs && !shape; i++)
    shape = shape_in(s, x->rhs[i], t);
  if (!shape)
    shape = any_shape(s, x->lhs);
  for (u32 i = 0; i < x->nrhs && !shape; i++)
    shape = any_shape(s, x->rhs[i]);
  return shape;
}

u32 lanes_parts(const Sema *s, const Obligation *o) {
  u32 shape = o->op ? op_shape(o->op) : 0;
  if (o->x && o->x->lhs)
    shape = any_shape(s, o->x->lhs);
  return shape ? 128 / lanes_bits(shape) : 16;
}

u32 lanes_bits(u32 shape) {
  ParamArg a = {.kind = ARG_SHAPE, .value = (u8)(shape - 1)};
  return shape ? 128 / arg_lanes(a) : 128;
}
