// What is known of a bit vector: bounds as an unsigned and as a signed number,
// and bits that are certainly 0 or 1. Every operation gives a range that holds
// whatever the operands' ranges admit; it may hold more. A boolean is one bit.
#ifndef RULEC_CHECK_RANGE_H
#define RULEC_CHECK_RANGE_H

#include "rulec/sema/sema.h"

typedef struct Range {
  u32 bits; // 1..128; 0: nothing is tracked (wider, or no bit vector)
  u128 umin, umax;
  s128 smin, smax;
  u128 zeros, ones;
} Range;

u128 range_mask(u32 bits);
s128 range_signed(u128 x, u32 bits);
Range range_any(u32 bits);
Range range_const(u32 bits, u128 x);
Range range_unsigned(u32 bits, u128 lo, u128 hi);
Range range_signed_of(u32 bits, s128 lo, s128 hi);
bool range_empty(const Range *r);
bool range_is(const Range *r, u128 *x); // exactly one value
bool range_same(const Range *a, const Range *b);
bool range_holds(const Range *r, u128 x);
Range range_meet(Range a, Range b);
Range range_join(Range a, Range b);
Range range_tight(Range r); // each kind of knowledge tells the others
// How many values there are, as far as the bounds and bits say; `most` if more.
u128 range_count(const Range *r, u128 most);

// Arithmetic; a division by zero or an over-wide shift is what the caller has
// ruled out, the result holds for the other inputs.
Range range_binary(BinOp op, Range a, Range b, u32 bits);
Range range_invert(Range a);
Range range_zext(Range a, u32 bits);
Range range_sext(Range a, u32 bits);
Range range_trunc(Range a, u32 bits);
Range range_concat(Range a, Range b);
Range range_clz(Range a);
Range range_ctz(Range a);
Range range_popcnt(Range a);
Range range_bswap(Range a);
Range range_log2(Range a);
// -1 unknown, else 0 or 1.
int range_compare(BinOp op, const Range *a, const Range *b);
int range_is_pow2(const Range *a);
int range_fits_u(const Range *a, u32 bits);
int range_fits_s(const Range *a, u32 bits);

#endif
