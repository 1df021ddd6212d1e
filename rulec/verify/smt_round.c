// Rounding to integral, and integers to floats and back, on the bits of floats.
//
// Below the point of a float with exponent e stand s = bias + fraction - e
// bits. Truncation clears them; the other ways add something first, and a carry
// runs from the fraction into the exponent as it should.
#include "rulec/verify/smt_float.h"

static SmtTerm number(Smt *m, u128 v, SmtTerm like) {
  return smt_num(m, v, like.bits);
}

// The exponent field, as wide as the float.
static SmtTerm exponent(Smt *m, SmtTerm x) {
  return smt_bin(m, "bvlshr", smt_magnitude(m, x),
                 number(m, smt_fraction(x.bits), x));
}

static u128 one_bits(u32 bits) {
  return (u128)smt_bias(bits) << smt_fraction(bits);
}

// Magnitude g below 1: 0 or 1.
static SmtTerm round_small(Smt *m, Builtin b, SmtTerm g, SmtTerm negative) {
  SmtTerm zero = number(m, 0, g), one = number(m, one_bits(g.bits), g);
  SmtTerm some = smt_not(m, smt_eq(m, g, zero));
  u128 half = (u128)(smt_bias(g.bits) - 1u) << smt_fraction(g.bits);
  SmtTerm up = smt_bool(false);
  if (b == BI_FP_CEIL)
    up = smt_and(m, some, smt_not(m, negative));
  if (b == BI_FP_FLOOR)
    up = smt_and(m, some, negative);
  if (b == BI_FP_NEAREST)
    up = smt_cmp(m, "bvugt", g, number(m, half, g));
  return smt_ite(m, up, one, zero);
}

// Magnitude g from 1 on, with s bits below the point.
static SmtTerm round_large(Smt *m, Builtin b, SmtTerm g, SmtTerm s,
                           SmtTerm negative) {
  SmtTerm one = number(m, 1, g), zero = number(m, 0, g);
  SmtTerm unit = smt_bin(m, "bvshl", one, s);
  SmtTerm below = smt_bin(m, "bvsub", unit, one);
  SmtTerm add = zero;
  if (b == BI_FP_CEIL)
    add = smt_ite(m, negative, zero, below);
  if (b == BI_FP_FLOOR)
    add = smt_ite(m, negative, below, zero);
  if (b == BI_FP_NEAREST) {
    SmtTerm odd = smt_bin(m, "bvand", smt_bin(m, "bvlshr", g, s), one);
    SmtTerm half = smt_bin(m, "bvlshr", unit, one);
    add = smt_bin(m, "bvadd", smt_bin(m, "bvsub", half, one), odd);
  }
  SmtTerm mask = smt_app(m, SMT_BV, g.bits, "bvnot", 1, below);
  return smt_bin(m, "bvand", smt_bin(m, "bvadd", g, add), mask);
}

SmtTerm smt_round(Smt *m, Builtin b, SmtTerm x) {
  u32 bias = smt_bias(x.bits), last = bias + smt_fraction(x.bits);
  SmtTerm e = exponent(m, x), g = smt_magnitude(m, x);
  SmtTerm negative = smt_is_negative(m, x);
  SmtTerm sign = smt_bin(m, "bvxor", x, g);
  SmtTerm small = smt_cmp(m, "bvult", e, number(m, bias, x));
  SmtTerm whole = smt_cmp(m, "bvuge", e, number(m, last, x));
  SmtTerm s = smt_bin(m, "bvsub", number(m, last, x), e);
  SmtTerm large = round_large(m, b, g, s, negative);
  SmtTerm r = smt_ite(m, small, round_small(m, b, g, negative), large);
  return smt_ite(m, whole, x, smt_bin(m, "bvor", r, sign));
}

SmtTerm smt_int_of_float(Smt *m, SmtTerm x, u32 n) {
  u32 f = smt_fraction(x.bits), bias = smt_bias(x.bits);
  SmtTerm e = smt_resize(m, exponent(m, x), 128, false);
  SmtTerm part = smt_bin(m, "bvand", x, number(m, ((u128)1 << f) - 1, x));
  SmtTerm digits = smt_bin(m, "bvor", part, number(m, (u128)1 << f, x));
  SmtTerm wide = smt_resize(m, digits, 128, false);
  SmtTerm power = smt_bin(m, "bvsub", e, smt_num(m, bias, 128));
  SmtTerm whole = smt_bin(m, "bvlshr", smt_bin(m, "bvshl", wide, power),
                          smt_num(m, f, 128));
  SmtTerm small = smt_cmp(m, "bvult", e, smt_num(m, bias, 128));
  SmtTerm r =
      smt_ite(m, small, smt_num(m, 0, n), smt_resize(m, whole, n, false));
  SmtTerm minus = smt_app(m, SMT_BV, n, "bvneg", 1, r);
  return smt_ite(m, smt_is_negative(m, x), minus, r);
}

// The leading one moved to the top; what the fraction cannot hold is rounded to
// the nearest, to even of two.
SmtTerm smt_float_of_int(Smt *m, SmtTerm x, u32 bits, bool sign) {
  u32 w = x.bits, f = smt_fraction(bits);
  SmtTerm negative =
      sign ? smt_eq(m, smt_extract(m, w - 1, w - 1, x), smt_num(m, 1, 1))
           : smt_bool(false);
  SmtTerm size = smt_ite(m, negative, smt_app(m, SMT_BV, w, "bvneg", 1, x), x);
  SmtTerm lead = smt_count_leading(m, size);
  smt_note_split(m, lead, w + 1, SPLIT_SMALL);
  SmtTerm top = smt_resize(m, smt_bin(m, "bvshl", size, lead), 128, false);
  top = smt_bin(m, "bvshl", top, smt_num(m, 64 - w, 128)); // one at bit 63
  u32 cut = 63 - f;
  SmtTerm kept = smt_bin(m, "bvlshr", top, smt_num(m, cut, 128));
  SmtTerm odd = smt_bin(m, "bvand", kept, smt_num(m, 1, 128));
  SmtTerm half = smt_num(m, ((u128)1 << (cut - 1)) - 1, 128);
  SmtTerm sum = smt_bin(m, "bvadd", top, smt_bin(m, "bvadd", half, odd));
  SmtTerm digits = smt_bin(m, "bvlshr", sum, smt_num(m, cut, 128));
  // digits holds the leading one: one less in the exponent
  SmtTerm e = smt_bin(m, "bvsub", smt_num(m, smt_bias(bits) + w - 2u, 128),
                      smt_resize(m, lead, 128, false));
  SmtTerm all =
      smt_bin(m, "bvadd", smt_bin(m, "bvshl", e, smt_num(m, f, 128)), digits);
  SmtTerm r = smt_resize(m, all, bits, false);
  SmtTerm minus = smt_num(m, (u128)1 << (bits - 1), bits);
  r = smt_ite(m, negative, smt_bin(m, "bvor", r, minus), r);
  return smt_ite(m, smt_eq(m, x, smt_num(m, 0, w)), smt_num(m, 0, bits), r);
}

// A normal number's exponent gets the other bias; a subnormal one becomes
// normal, its leading one moved to where the hidden one stands.
SmtTerm smt_promote(Smt *m, SmtTerm x, u32 bits) {
  u32 f = smt_fraction(bits), more = f - smt_fraction(x.bits);
  u32 rebias = smt_bias(bits) - smt_bias(x.bits), field = smt_exponent(x.bits);
  u64 most = (1u << field) - 1, top = (1u << smt_exponent(bits)) - 1;
  SmtTerm g = smt_magnitude(m, x), wide = smt_resize(m, g, bits, false);
  SmtTerm sign = smt_resize(m, smt_bin(m, "bvxor", x, g), bits, false);
  sign = smt_bin(m, "bvshl", sign, number(m, bits - x.bits, sign));
  SmtTerm moved = smt_bin(m, "bvshl", wide, number(m, more, wide));
  SmtTerm normal =
      smt_bin(m, "bvadd", moved, number(m, (u128)rebias << f, wide));
  SmtTerm special = smt_bin(m, "bvor", moved, number(m, (u128)top << f, wide));
  // the hidden one has as many zeros before it as the field has bits
  SmtTerm lead = smt_resize(m, smt_count_leading(m, g), bits, false);
  SmtTerm up = smt_bin(m, "bvsub", lead, number(m, field, wide));
  // the leading one, where the hidden one stands now, adds one to the exponent
  SmtTerm e = smt_bin(m, "bvsub", number(m, rebias, wide), up);
  SmtTerm high_part = smt_bin(m, "bvshl", e, number(m, f, wide));
  SmtTerm tiny = smt_bin(m, "bvadd", smt_bin(m, "bvshl", moved, up), high_part);
  SmtTerm power = exponent(m, x);
  SmtTerm low =
      smt_ite(m, smt_eq(m, g, number(m, 0, g)), number(m, 0, wide), tiny);
  SmtTerm high =
      smt_ite(m, smt_eq(m, power, number(m, most, x)), special, normal);
  SmtTerm r = smt_ite(m, smt_eq(m, power, number(m, 0, x)), low, high);
  return smt_bin(m, "bvor", r, sign);
}
