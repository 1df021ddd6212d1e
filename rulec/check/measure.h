// What a side of a rule costs, counts and mentions; and the measure of law 3.
//
// Two costs. The *shared* cost counts each distinct term once: what law 1
// compares, since both sides are made of values that exist once. The *tree*
// cost counts a term as often as it is used: what the measure compares, since
// only sums over trees are certain to fall wherever a rule is applied.
#ifndef RULEC_CHECK_MEASURE_H
#define RULEC_CHECK_MEASURE_H

#include "rulec/check/term.h"

typedef struct OpCount {
  u32 op; // the least of its sym orbit
  s64 n;  // uses in the tree
} OpCount;

typedef struct Side {
  u32 cost; // shared
  s64 tree; // sum over the tree
  VEC(OpCount) ops;
  s64 *vars;  // by Var.index: leaves that are values, uses in the tree
  s64 *wilds; // by position in RuleTerms.wilds: the same for each `_`
} Side;

// `where` receives "imul.i32 10 + iconst.i32 1", what the shared cost is the
// sum of; or null.
Side side_left(const RuleTerms *t, Text *where);
Side side_right(const RuleTerms *t, Text *where);

// Below 0 if the right is less in (tree cost, ops, codes, types), each a
// multiset compared by its greatest members in order of declaration; 0 if they
// are the same in all.
int measure_compare(const Sema *s, const Side *left, const Side *right);
// A value that the right has more often than the left; null: none.
const Var *more_often(const RuleTerms *t, const Side *left, const Side *right);
// The measure falls and nothing is more often: such rules end, together.
bool rule_falls(const RuleTerms *t, const Side *left, const Side *right);

#endif
