// Conditions decided by trying every value that their terms can still have,
// where those are at most 2^16 together.
#ifndef RULEC_CHECK_POINTS_H
#define RULEC_CHECK_POINTS_H

#include "rulec/check/known.h"

enum { MOST_POINTS = 1 << 16 };

typedef struct Verdict { // over all points where the conditions before hold
  bool known;            // else nothing is said
  bool can_hold, can_fail, can_be_nothing;
} Verdict;

// n under `given`, which was already assumed in k. steps: how many operations
// may still be computed, over all calls; deterministic.
Verdict points_decide(const Known *k, const Node *const *given, u32 ngiven,
                      const Node *n, u64 *steps);

#endif
