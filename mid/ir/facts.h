// What analyse.c computes without changing the function, for the verifier.
#ifndef MID_IR_FACTS_H
#define MID_IR_FACTS_H

#include "mid/ir/ir.h"

typedef enum Facts {
  FACTS_GOOD,
  FACTS_ORDER,     // a block without a predecessor of smaller number
  FACTS_BACK_EDGE, // an edge back to a block that does not dominate its source
  FACTS_LOOPS,     // a loop's interval has a second entry
} Facts;
// Writes blocks (but runs, params and cold) and preds of *f, scratch in its
// arena. *at is the block where it failed; the facts are then unusable.
Facts ir_facts(Func *f, Block *at);

#endif
