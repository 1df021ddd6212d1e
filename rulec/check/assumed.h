// What the guards and lets of one expansion say of an immediate.
#ifndef RULEC_CHECK_ASSUMED_H
#define RULEC_CHECK_ASSUMED_H

#include "rulec/check/known.h"

// Bits 0: not tracked.
static inline Range assumed_range(const Sema *s, const RuleX *x,
                                  const Node *n) {
  u32 fuel = 2000;
  Lets lets;
  Known k;
  lets.n = lets.depth = 0;
  known_init(&k, s, &lets, &fuel);
  for (u32 i = 0; i < x->nclauses; i++) {
    const ClauseInfo *c = &x->clauses[i];
    if (c->let && c->let->kind == VAR_LET_IMM)
      known_let(&k, c->let, c->e);
    else if (!c->let)
      known_assume(&k, c->e, true);
  }
  return k.never ? (Range){0} : known_eval(&k, n).r;
}

#endif
