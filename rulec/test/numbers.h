// Numbers that make clauses hold or fail, for `rulec scaffold`.
#ifndef RULEC_TEST_NUMBERS_H
#define RULEC_TEST_NUMBERS_H

#include "rulec/test/trial.h"

enum { MOST_PARTS = 32 };

// What an example's left side would say: immediates by Var.index.
typedef struct Numbers {
  Trial t;
  RuleMatch m; // of x, with immediates filled in
  u32 nparts;  // sides of && of all guards, in order
  const Node *parts[MOST_PARTS];
  u32 skip; // so many that would do are passed by
} Numbers;

void numbers_begin(Numbers *n, const Sema *s, Arena *a, const RuleX *x);
// Looks for values of the immediates, small ones first: all parts of the guard
// hold, or (fails < nparts) those before part `fails` hold and it does not.
bool numbers_find(Numbers *n, u32 fails);

#endif
