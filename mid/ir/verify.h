// Inside of the verifier: verify.c has indices and types, verify_order.c
// dominance and the control-flow facts.
#ifndef MID_IR_VERIFY_H
#define MID_IR_VERIFY_H

#include "mid/ir/ir.h"

typedef struct Verify {
  const Func *f;
  Text *err;
  u32 wrong;   // violations found
  u32 *owner;  // block of each instruction, 0 = none
  Arena arena; // scratch
} Verify;

void verify_wrong(Verify *c, const char *fmt, ...) BASE_PRINTF(2, 3);
bool verify_constant(const Func *f, Val v); // belongs to no block
// Definitions dominate uses and the recorded facts follow from the edges. Needs
// indices and types to be right.
void verify_order(Verify *c);

#endif
