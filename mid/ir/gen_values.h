// Inside of the random programs: chance, and values at the corners of types.
#ifndef MID_IR_GEN_VALUES_H
#define MID_IR_GEN_VALUES_H

#include "mid/ir/gen.h"

u64 gen_next(u64 *state); // 64 random bits
u64 gen_corner(u64 *rng, u8 type);

static inline bool is_float(u8 type) {
  return type == TY_F32 || type == TY_F64;
}

#endif
