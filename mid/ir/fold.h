// The constant folder, generated from the ops' meanings (out/gen/fold.c).
#ifndef MID_IR_FOLD_H
#define MID_IR_FOLD_H

#include "mid/ir/ir.h"

// Value of `op` when its operands are constants: args are its values in declared
// order, then its immediates (a code is a parameter, not an operand). 32-bit
// values are zero-extended, floats are their bits; what is wider than 64 bits
// takes two words of args and of result, low half first. False, and *result
// untouched, when it would trap, make a NaN, touch memory, or has no constant
// meaning (extern, control).
bool fold_op(u16 op, const u64 *args, u64 *result);

#endif
