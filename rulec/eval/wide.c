// Numbers of 256 bits, by the school's methods on 64-bit words.
#include "rulec/eval/wide.h"

Wide wide(u128 v) { return (Wide){{(u64)v, (u64)(v >> 64), 0, 0}}; }

u128 wide_low(Wide x) { return (u128)x.w[1] << 64 | x.w[0]; }

Wide wide_ones(u32 bits) {
  Wide r = {{0}};
  for (u32 i = 0; i < WIDE_WORDS && i * 64 < bits; i++)
    r.w[i] = bits - i * 64 >= 64 ? ~(u64)0 : ((u64)1 << (bits - i * 64)) - 1;
  return r;
}

Wide wide_and(Wide x, Wide y) {
  for (u32 i = 0; i < WIDE_WORDS; i++)
    x.w[i] &= y.w[i];
  return x;
}

Wide wide_or(Wide x, Wide y) {
  for (u32 i = 0; i < WIDE_WORDS; i++)
    x.w[i] |= y.w[i];
  return x;
}

Wide wide_xor(Wide x, Wide y) {
  for (u32 i = 0; i < WIDE_WORDS; i++)
    x.w[i] ^= y.w[i];
  return x;
}

Wide wide_keep(Wide x, u32 bits) { return wide_and(x, wide_ones(bits)); }

bool wide_zero(Wide x) { return !(x.w[0] | x.w[1] | x.w[2] | x.w[3]); }

bool wide_equal(Wide x, Wide y) { return wide_zero(wide_xor(x, y)); }

bool wide_ult(Wide x, Wide y) {
  for (u32 i = WIDE_WORDS; i-- > 0;)
    if (x.w[i] != y.w[i])
      return x.w[i] < y.w[i];
  return false;
}

bool wide_bit(Wide x, u32 i) {
  return i < WIDE_BITS && (x.w[i / 64] >> (i % 64) & 1);
}

bool wide_slt(Wide x, Wide y, u32 bits) {
  bool a = wide_bit(x, bits - 1), b = wide_bit(y, bits - 1);
  return a != b ? a : wide_ult(x, y);
}

Wide wide_add(Wide x, Wide y, u32 bits) {
  u128 carry = 0;
  for (u32 i = 0; i < WIDE_WORDS; i++) {
    carry += (u128)x.w[i] + y.w[i];
    x.w[i] = (u64)carry;
    carry >>= 64;
  }
  return wide_keep(x, bits);
}

static Wide complement(Wide x) { return wide_xor(x, wide_ones(WIDE_BITS)); }

Wide wide_sub(Wide x, Wide y, u32 bits) {
  Wide minus = wide_add(complement(y), wide(1), WIDE_BITS);
  return wide_add(x, minus, bits);
}

Wide wide_mul(Wide x, Wide y, u32 bits) {
  Wide r = {{0}};
  for (u32 i = 0; i < WIDE_WORDS; i++) {
    u128 carry = 0;
    for (u32 j = 0; i + j < WIDE_WORDS; j++) {
      carry += (u128)x.w[i] * y.w[j] + r.w[i + j];
      r.w[i + j] = (u64)carry;
      carry >>= 64;
    }
  }
  return wide_keep(r, bits);
}

Wide wide_shl(Wide x, u32 n, u32 bits) {
  Wide r = {{0}};
  for (u32 i = n / 64; n < WIDE_BITS && i < WIDE_WORDS; i++) {
    r.w[i] = x.w[i - n / 64] << (n % 64);
    if (n % 64 && i > n / 64)
      r.w[i] |= x.w[i - n / 64 - 1] >> (64 - n % 64);
  }
  return wide_keep(r, bits);
}

Wide wide_shr(Wide x, u32 n) {
  Wide r = {{0}};
  for (u32 i = n / 64; n < WIDE_BITS && i < WIDE_WORDS; i++) {
    r.w[i - n / 64] = x.w[i] >> (n % 64);
    if (n % 64 && i + 1 < WIDE_WORDS)
      r.w[i - n / 64] |= x.w[i + 1] << (64 - n % 64);
  }
  return r;
}

Wide wide_sext(Wide x, u32 from, u32 to) {
  if (wide_bit(x, from - 1))
    x = wide_or(x, complement(wide_ones(from)));
  return wide_keep(x, to);
}

Wide wide_sar(Wide x, u32 n, u32 bits) {
  Wide all = wide_sext(x, bits, WIDE_BITS);
  bool minus = wide_bit(x, bits - 1);
  if (n >= bits)
    return minus ? wide_ones(bits) : wide(0);
  Wide r = wide_shr(all, n);
  return wide_keep(r, bits);
}

static Wide small_div(u128 x, u128 y, Wide *rest) {
  *rest = wide(x % y);
  return wide(x / y);
}

Wide wide_udiv(Wide x, Wide y, Wide *rest) {
  if (!(x.w[2] | x.w[3] | y.w[2] | y.w[3]))
    return small_div(wide_low(x), wide_low(y), rest);
  Wide q = {{0}}, r = {{0}};
  for (u32 i = WIDE_BITS - wide_clz(x, WIDE_BITS); i-- > 0;) {
    bool over = wide_bit(r, WIDE_BITS - 1);
    r = wide_shl(r, 1, WIDE_BITS);
    r.w[0] |= wide_bit(x, i);
    if (over || !wide_ult(r, y)) {
      r = wide_sub(r, y, WIDE_BITS);
      q.w[i / 64] |= (u64)1 << (i % 64);
    }
  }
  *rest = r;
  return q;
}

Wide wide_sdiv(Wide x, Wide y, u32 bits, Wide *rest) {
  bool a = wide_bit(x, bits - 1), b = wide_bit(y, bits - 1);
  Wide zero = {{0}};
  Wide q = wide_udiv(a ? wide_sub(zero, x, bits) : x,
                     b ? wide_sub(zero, y, bits) : y, rest);
  if (a)
    *rest = wide_sub(zero, *rest, bits);
  return a != b ? wide_sub(zero, q, bits) : wide_keep(q, bits);
}

u32 wide_clz(Wide x, u32 bits) {
  for (u32 i = WIDE_WORDS; i-- > 0;)
    if (x.w[i])
      return bits - 1 - (i * 64 + 63 - (u32)__builtin_clzll(x.w[i]));
  return bits;
}

u32 wide_ctz(Wide x, u32 bits) {
  for (u32 i = 0; i < WIDE_WORDS; i++)
    if (x.w[i])
      return i * 64 + (u32)__builtin_ctzll(x.w[i]);
  return bits;
}

u32 wide_popcnt(Wide x) {
  u32 n = 0;
  for (u32 i = 0; i < WIDE_WORDS; i++)
    n += (u32)__builtin_popcountll(x.w[i]);
  return n;
}

void wide_print(Text *t, Wide x) {
  u32 top = WIDE_WORDS - 1;
  while (top && !x.w[top])
    top--;
  if (!top && x.w[0] < 10000) {
    text_add(t, "%u", (u32)x.w[0]);
    return;
  }
  text_add(t, "0x%llx", (unsigned long long)x.w[top]);
  while (top-- > 0)
    text_add(t, "%016llx", (unsigned long long)x.w[top]);
}
