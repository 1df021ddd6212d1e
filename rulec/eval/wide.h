// Unsigned numbers of 256 bits: what the rule language's expressions compute
// in. A bit vector of w bits is a Wide whose bits from w on are zero; functions
// that may set them say so by taking the width.
#ifndef RULEC_EVAL_WIDE_H
#define RULEC_EVAL_WIDE_H

#include "mid/base/base.h"

enum { WIDE_WORDS = 4, WIDE_BITS = 256 };
typedef struct Wide {
  u64 w[WIDE_WORDS]; // low word first
} Wide;

Wide wide(u128 v);
u128 wide_low(Wide x); // the low 128 bits
Wide wide_ones(u32 bits);
Wide wide_keep(Wide x, u32 bits); // without the bits from `bits` on
bool wide_zero(Wide x);
bool wide_equal(Wide x, Wide y);
bool wide_ult(Wide x, Wide y);
bool wide_slt(Wide x, Wide y, u32 bits);
bool wide_bit(Wide x, u32 i);

Wide wide_and(Wide x, Wide y);
Wide wide_or(Wide x, Wide y);
Wide wide_xor(Wide x, Wide y);
Wide wide_add(Wide x, Wide y, u32 bits);
Wide wide_sub(Wide x, Wide y, u32 bits);
Wide wide_mul(Wide x, Wide y, u32 bits);
// y is not zero; toward zero when signed, the lowest number by -1 wraps.
Wide wide_udiv(Wide x, Wide y, Wide *rest);
Wide wide_sdiv(Wide x, Wide y, u32 bits, Wide *rest);
// n may be anything: bits that leave are lost.
Wide wide_shl(Wide x, u32 n, u32 bits);
Wide wide_shr(Wide x, u32 n);
Wide wide_sar(Wide x, u32 n, u32 bits);
Wide wide_sext(Wide x, u32 from, u32 to);
u32 wide_clz(Wide x, u32 bits);
u32 wide_ctz(Wide x, u32 bits);
u32 wide_popcnt(Wide x);

void wide_print(Text *t, Wide x); // 12, 0x1f000
#endif
