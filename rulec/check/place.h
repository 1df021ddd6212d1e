// Where to point: what a rule says itself, and of what stands in a function or
// a `def` that it uses, at the rule.
#ifndef RULEC_CHECK_PLACE_H
#define RULEC_CHECK_PLACE_H

#include "rulec/sema/sema.h"

static inline bool place_inside(const Decl *d, Loc loc) {
  return loc.src == d->whole.src && loc.at >= d->whole.at &&
         loc.at < d->whole.at + d->whole.len;
}

static inline Loc place_of(const Decl *d, const Node *n) {
  return n->src && place_inside(d, n->src->loc) ? n->src->loc : d->loc;
}

// The constant that a pattern or a right side has written out, or null.
static inline const Node *literal_of(const Sema *s, const Node *n, u128 *v) {
  const Node *k = n->kind == N_OP && s->ops[n->op].base->decl->floats &&
                          n->nkids == 1 && n->kids[0]->kind == N_CONST
                      ? n->kids[0]
                      : n;
  *v = k->num;
  return k->kind == N_CONST || k->kind == N_VALCONST ? k : NULL;
}

#endif
