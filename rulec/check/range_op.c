// Ranges through the operations of the language.
#include "rulec/check/range.h"

static Range bits_known(u32 bits, u128 zeros, u128 ones) {
  Range r = range_any(bits);
  r.zeros = zeros & range_mask(bits);
  r.ones = ones & range_mask(bits);
  return range_tight(r);
}

static u32 trailing(u128 x) { // ones at the low end
  u32 n = 0;
  for (; n < 128 && (x >> n & 1); n++)
    ;
  return n;
}

static u32 width_of(u128 x) { // bits up to the highest one
  u32 n = 0;
  for (; x; x >>= 1)
    n++;
  return n;
}

static u32 ones_in(u128 x) {
  return (u32)__builtin_popcountll((u64)x) +
         (u32)__builtin_popcountll((u64)(x >> 64));
}

// Low bits of both that are known make as many low bits of a sum or product.
static Range low_bits(BinOp op, const Range *a, const Range *b, u32 bits) {
  u32 ka = trailing(a->zeros | a->ones), kb = trailing(b->zeros | b->ones);
  u32 k = ka < kb ? ka : kb;
  u128 x = a->ones, y = b->ones;
  u128 v = op == BIN_ADD ? x + y : op == BIN_SUB ? x - y : x * y;
  if (op == BIN_MUL) { // factors of two add up
    u32 t = trailing(a->zeros) + trailing(b->zeros);
    if (t > k) {
      k = t;
      v = 0;
    }
  }
  u128 known = range_mask(k > bits ? bits : k) * (k != 0);
  return bits_known(bits, ~v & known, v & known);
}

static Range add_unsigned(const Range *a, const Range *b, u32 bits) {
  u128 lo, hi, mask = range_mask(bits);
  bool o1 = __builtin_add_overflow(a->umin, b->umin, &lo);
  bool o2 = __builtin_add_overflow(a->umax, b->umax, &hi);
  o1 = o1 || lo > mask;
  o2 = o2 || hi > mask;
  return o1 != o2 ? range_any(bits)
                  : range_unsigned(bits, lo & mask, hi & mask);
}

static Range sub_unsigned(const Range *a, const Range *b, u32 bits) {
  bool o1 = a->umin < b->umax, o2 = a->umax < b->umin;
  u128 mask = range_mask(bits);
  return o1 != o2 ? range_any(bits)
                  : range_unsigned(bits, (a->umin - b->umax) & mask,
                                   (a->umax - b->umin) & mask);
}

static Range sum_signed(bool sub, const Range *a, const Range *b, u32 bits) {
  s128 lo, hi;
  bool low = sub ? __builtin_sub_overflow(a->smin, b->smax, &lo)
                 : __builtin_add_overflow(a->smin, b->smin, &lo);
  bool high = sub ? __builtin_sub_overflow(a->smax, b->smin, &hi)
                  : __builtin_add_overflow(a->smax, b->smax, &hi);
  Range any = range_any(bits);
  return low || high || lo < any.smin || hi > any.smax
             ? any
             : range_signed_of(bits, lo, hi);
}

static Range sum(BinOp op, Range a, Range b, u32 bits) {
  bool sub = op == BIN_SUB;
  Range r = sub ? sub_unsigned(&a, &b, bits) : add_unsigned(&a, &b, bits);
  r = range_meet(r, sum_signed(sub, &a, &b, bits));
  return range_meet(r, low_bits(op, &a, &b, bits));
}

static Range product(Range a, Range b, u32 bits) {
  u128 lo = a.umin * b.umin, hi;
  Range r = low_bits(BIN_MUL, &a, &b, bits);
  if (!__builtin_mul_overflow(a.umax, b.umax, &hi) && hi <= range_mask(bits))
    r = range_meet(r, range_unsigned(bits, lo, hi));
  return r;
}

static Range divide(Range a, Range b, u32 bits) {
  u128 least = b.umin ? b.umin : 1;
  return range_unsigned(bits, b.umax ? a.umin / b.umax : 0, a.umax / least);
}

static Range remainder_of(Range a, Range b, u32 bits) {
  u128 y;
  if (a.umax < b.umin)
    return a;
  Range r = range_unsigned(bits, 0,
                           b.umax && b.umax - 1 < a.umax ? b.umax - 1 : a.umax);
  if (range_is(&b, &y) && y && !(y & (y - 1))) {
    r.zeros |= a.zeros & (y - 1);
    r.ones |= a.ones & (y - 1);
  }
  return range_tight(r);
}

static Range divide_signed(BinOp op, Range a, Range b, u32 bits) {
  u128 x, y;
  if (a.smin >= 0 && b.smin >= 0)
    return op == BIN_SDIV ? divide(a, b, bits) : remainder_of(a, b, bits);
  if (range_is(&a, &x) && range_is(&b, &y) && y) {
    s128 sx = a.smin, sy = b.smin;
    if (sy == -1)
      return range_const(bits, op == BIN_SDIV ? 0 - x : 0);
    return range_const(bits, (u128)(op == BIN_SDIV ? sx / sy : sx % sy));
  }
  if (op == BIN_SREM && range_is(&b, &y) && b.smin != range_any(bits).smin) {
    s128 m = (b.smin < 0 ? -b.smin : b.smin) - 1;
    return range_signed_of(bits, a.smin >= 0 ? 0 : -m, a.smax <= 0 ? 0 : m);
  }
  return range_any(bits);
}

static Range bitwise(BinOp op, Range a, Range b, u32 bits) {
  if (op == BIN_AND) {
    Range r = bits_known(bits, a.zeros | b.zeros, a.ones & b.ones);
    return range_meet(
        r, range_unsigned(bits, 0, a.umax < b.umax ? a.umax : b.umax));
  }
  if (op == BIN_OR) {
    Range r = bits_known(bits, a.zeros & b.zeros, a.ones | b.ones);
    return range_meet(r, range_unsigned(bits, a.umin > b.umin ? a.umin : b.umin,
                                        range_mask(bits)));
  }
  return bits_known(bits, (a.zeros & b.zeros) | (a.ones & b.ones),
                    (a.zeros & b.ones) | (a.ones & b.zeros));
}

static Range shift_left(Range a, Range n, u32 bits) {
  u128 k, mask = range_mask(bits);
  if (!range_is(&n, &k)) { // at least as many zeros below
    u32 z = n.umin < bits ? (u32)n.umin : bits - 1;
    z += trailing(a.zeros);
    return bits_known(bits, z >= bits ? mask : range_mask(z) * (z != 0), 0);
  }
  if (k >= bits)
    return range_any(bits);
  u32 s = (u32)k;
  Range r =
      bits_known(bits, (a.zeros << s) | (s ? range_mask(s) : 0), a.ones << s);
  if (a.umax <= mask >> s)
    r = range_meet(r, range_unsigned(bits, a.umin << s, a.umax << s));
  return r;
}

static u32 amount(u128 n, u32 bits) { return n < bits ? (u32)n : bits - 1; }

static Range shift_right(Range a, Range n, u32 bits) {
  u32 lo = amount(n.umin, bits), hi = amount(n.umax, bits);
  Range r = range_unsigned(bits, a.umin >> hi, a.umax >> lo);
  if (lo == hi) {
    u128 upper = ~(range_mask(bits) >> lo);
    r = range_meet(r, bits_known(bits, (a.zeros >> lo) | upper, a.ones >> lo));
  }
  return r;
}

static Range shift_signed(Range a, Range n, u32 bits) {
  u32 lo = amount(n.umin, bits), hi = amount(n.umax, bits);
  Range r = range_signed_of(bits, a.smin >> (a.smin < 0 ? lo : hi),
                            a.smax >> (a.smax < 0 ? hi : lo));
  if (lo == hi) {
    u128 z = (u128)(range_signed(a.zeros, bits) >> lo);
    u128 o = (u128)(range_signed(a.ones, bits) >> lo);
    r = range_meet(r, bits_known(bits, z, o));
  }
  return r;
}

Range range_binary(BinOp op, Range a, Range b, u32 bits) {
  if (!a.bits || !b.bits || !bits || bits > 128)
    return range_any(bits);
  switch (op) {
  case BIN_ADD:
  case BIN_SUB: return sum(op, a, b, bits);
  case BIN_MUL: return product(a, b, bits);
  case BIN_UDIV: return divide(a, b, bits);
  case BIN_UREM: return remainder_of(a, b, bits);
  case BIN_SDIV:
  case BIN_SREM: return divide_signed(op, a, b, bits);
  case BIN_AND:
  case BIN_OR:
  case BIN_XOR: return bitwise(op, a, b, bits);
  case BIN_SHL: return shift_left(a, b, bits);
  case BIN_USHR: return shift_right(a, b, bits);
  case BIN_SSHR: return shift_signed(a, b, bits);
  case BIN_CONCAT: return range_concat(a, b);
  default: return range_any(bits);
  }
}

Range range_invert(Range a) {
  if (!a.bits)
    return a;
  u128 m = range_mask(a.bits);
  Range r = range_unsigned(a.bits, ~a.umax & m, ~a.umin & m);
  r = range_meet(r, range_signed_of(a.bits, ~a.smax, ~a.smin));
  return range_meet(r, bits_known(a.bits, a.ones, a.zeros));
}

Range range_zext(Range a, u32 bits) {
  if (!a.bits || bits > 128)
    return range_any(bits);
  Range r = range_unsigned(bits, a.umin, a.umax);
  return range_meet(r, bits_known(bits, a.zeros | ~range_mask(a.bits), a.ones));
}

Range range_sext(Range a, u32 bits) {
  if (!a.bits || bits > 128)
    return range_any(bits);
  Range r = range_signed_of(bits, a.smin, a.smax);
  u128 z = (u128)range_signed(a.zeros, a.bits);
  u128 o = (u128)range_signed(a.ones, a.bits);
  r = range_meet(r, bits_known(bits, z, o));
  if (a.umin && !r.umin) // not zero
    r.umin = 1;
  return range_tight(r);
}

Range range_trunc(Range a, u32 bits) {
  if (!a.bits || !bits || bits > 128)
    return range_any(bits);
  Range r = bits_known(bits, a.zeros, a.ones), any = range_any(bits);
  if (a.umax <= any.umax)
    r = range_meet(r, range_unsigned(bits, a.umin, a.umax));
  if (a.smin >= any.smin && a.smax <= any.smax)
    r = range_meet(r, range_signed_of(bits, a.smin, a.smax));
  return r;
}

Range range_concat(Range a, Range b) {
  u32 bits = a.bits + b.bits;
  if (!a.bits || !b.bits || bits > 128)
    return range_any(bits);
  Range hi = shift_left(range_zext(a, bits), range_const(bits, b.bits), bits);
  return bitwise(BIN_OR, hi, range_zext(b, bits), bits);
}

Range range_clz(Range a) {
  return range_unsigned(a.bits, a.bits - width_of(a.umax),
                        a.bits - width_of(a.umin));
}

Range range_ctz(Range a) {
  u32 lo = trailing(a.zeros), hi = a.umin ? a.bits - 1 : a.bits;
  u32 one = a.ones ? trailing(~a.ones) : hi;
  return range_unsigned(a.bits, lo < hi ? lo : hi, one < hi ? one : hi);
}

Range range_popcnt(Range a) {
  u32 lo = ones_in(a.ones), hi = a.bits - ones_in(a.zeros);
  return range_unsigned(a.bits, lo || !a.umin ? lo : 1, hi);
}

Range range_bswap(Range a) {
  u128 z = 0, o = 0;
  if (!a.bits || a.bits % 8)
    return range_any(a.bits);
  for (u32 i = 0; i < a.bits; i += 8) {
    z |= (a.zeros >> i & 0xff) << (a.bits - 8 - i);
    o |= (a.ones >> i & 0xff) << (a.bits - 8 - i);
  }
  return bits_known(a.bits, z, o);
}

Range range_log2(Range a) {
  u32 lo = width_of(a.umin), hi = width_of(a.umax);
  return range_unsigned(a.bits, lo ? lo - 1 : 0, hi ? hi - 1 : 0);
}
