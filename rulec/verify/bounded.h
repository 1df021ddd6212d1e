// What is done with a rule that no solver settles.
#ifndef RULEC_VERIFY_BOUNDED_H
#define RULEC_VERIFY_BOUNDED_H

#include "rulec/verify/small.h"
#include "rulec/verify/verify.h"

typedef enum SmallResult {
  SMALL_OPEN,    // the solver gave up
  SMALL_PROVED,  // by the solver
  SMALL_TRIED,   // all values, by the evaluator
  SMALL_DIFFERS, // which says nothing of the full width
  SMALL_UNREAD,  // no such reading
  SMALL_RESULTS
} SmallResult;

struct Bounded { // of a job
  u32 next;      // which width comes next
  struct BoundedSmall {
    SmallResult result;
    const char *why; // unread
    Job job;
  } small[SMALL_WIDTHS];
};

#endif
