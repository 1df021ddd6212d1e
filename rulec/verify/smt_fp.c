// Floats. A float is its bits: comparisons and the choice of minimum and
// maximum are formulas on them, and so are rounding and integers (smt_round.c):
// solvers take these apart faster than the theory of floats. `rulec verify
// --floats` proves that they say the same (floats.c). Arithmetic goes through
// the theory; its result comes back as unknown bits whose float is equal (a
// NaN's bits stay unknown: `nan` says which it may be).
#include "rulec/verify/smt_float.h"

#include <stdio.h>

static u128 sign_mask(u32 bits) { return (u128)1 << (bits - 1); }
static u128 infinity(u32 bits) {
  u128 field = ((u128)1 << smt_exponent(bits)) - 1;
  return field << smt_fraction(bits);
}
static u128 quiet_bit(u32 bits) { return (u128)1 << (smt_fraction(bits) - 1); }

SmtTerm smt_magnitude(Smt *m, SmtTerm x) {
  return smt_bin(m, "bvand", x, smt_num(m, sign_mask(x.bits) - 1, x.bits));
}

SmtTerm smt_is_negative(Smt *m, SmtTerm x) {
  return smt_eq(m, smt_extract(m, x.bits - 1u, x.bits - 1u, x),
                smt_num(m, 1, 1));
}

SmtTerm smt_isnan(Smt *m, SmtTerm x) {
  return smt_cmp(m, "bvugt", smt_magnitude(m, x),
                 smt_num(m, infinity(x.bits), x.bits));
}

static SmtTerm is_zero(Smt *m, SmtTerm x) {
  return smt_eq(m, smt_magnitude(m, x), smt_num(m, 0, x.bits));
}

static SmtTerm neither_nan(Smt *m, SmtTerm x, SmtTerm y) {
  SmtTerm ny = smt_isnan(m, y), nx = smt_isnan(m, x);
  return smt_not(m, smt_or(m, nx, ny));
}

static SmtTerm both_zero(Smt *m, SmtTerm x, SmtTerm y) {
  SmtTerm zy = is_zero(m, y), zx = is_zero(m, x);
  return smt_and(m, zx, zy);
}

static SmtTerm fp_eq(Smt *m, SmtTerm x, SmtTerm y) {
  SmtTerm zeros = both_zero(m, x, y);
  SmtTerm same = smt_or(m, smt_eq(m, x, y), zeros);
  return smt_and(m, neither_nan(m, x, y), same);
}

static SmtTerm fp_lt(Smt *m, SmtTerm x, SmtTerm y) {
  SmtTerm nx = smt_is_negative(m, x), ny = smt_is_negative(m, y);
  SmtTerm smaller = smt_cmp(m, "bvult", x, y), positive = smt_not(m, ny);
  SmtTerm both = smt_and(m, positive, smaller);
  SmtTerm larger = smt_cmp(m, "bvult", y, x);
  SmtTerm below = smt_ite(m, nx, smt_or(m, positive, larger), both);
  below = smt_and(m, smt_not(m, both_zero(m, x, y)), below);
  return smt_and(m, neither_nan(m, x, y), below);
}

static SmtTerm fp_le(Smt *m, SmtTerm x, SmtTerm y) {
  SmtTerm same = fp_eq(m, x, y), below = fp_lt(m, x, y);
  return smt_or(m, below, same);
}

// --- the theory -----------------------------------------------------

static const char *format(u32 bits) {
  return bits == 8    ? "3 5"
         : bits == 16 ? "5 11"
         : bits == 32 ? "8 24"
                      : "11 53";
}

const char *smt_rounding(u32 bits) {
  return bits == 8    ? "(_ to_fp 3 5) RNE"
         : bits == 16 ? "(_ to_fp 5 11) RNE"
         : bits == 32 ? "(_ to_fp 8 24) RNE"
                      : "(_ to_fp 11 53) RNE";
}

SmtTerm smt_to_fp(Smt *m, SmtTerm x) {
  char op[40];
  snprintf(op, sizeof op, "(_ to_fp %s)", format(x.bits));
  m->uses_fp = true;
  return smt_app(m, SMT_FP, x.bits, op, 1, x);
}

// The bits of a float; of a NaN any bits that are one.
static SmtTerm from_fp(Smt *m, SmtTerm f) {
  SmtTerm r =
      smt_const(m, arena_printf(m->arena, "|bits of %s|", f.s), SMT_BV, f.bits);
  smt_assert(m, smt_app(m, SMT_BOOL, 0, "=", 2, smt_to_fp(m, r), f));
  return r;
}

static SmtTerm fp_binary(Smt *m, const char *name, SmtTerm x, SmtTerm y,
                         bool commutes) {
  char op[40];
  snprintf(op, sizeof op, "%s RNE", name);
  SmtTerm b = smt_to_fp(m, y), a = smt_to_fp(m, x);
  return from_fp(m, commutes ? smt_app_any_order(m, SMT_FP, x.bits, op, a, b)
                             : smt_app(m, SMT_FP, x.bits, op, 2, a, b));
}

static SmtTerm fp_convert(Smt *m, const char *how, SmtTerm x, u32 bits) {
  char op[60];
  snprintf(op, sizeof op, "(_ %s %s) RNE", how, format(bits));
  m->uses_fp = true;
  return from_fp(m, smt_app(m, SMT_FP, bits, op, 1, x));
}

// --- minimum, NaNs, conversions -------------------------------------

static SmtTerm fp_pick(Smt *m, SmtTerm x, SmtTerm y, bool min) {
  SmtTerm less = min ? fp_lt(m, x, y) : fp_lt(m, y, x);
  SmtTerm more = min ? fp_lt(m, y, x) : fp_lt(m, x, y);
  SmtTerm equal = smt_bin(m, min ? "bvor" : "bvand", x, y);
  SmtTerm number = smt_ite(m, less, x, smt_ite(m, more, y, equal));
  number = smt_ite(m, smt_isnan(m, y), y, number);
  return smt_ite(m, smt_isnan(m, x), x, number);
}

// A NaN of 32 bits as the same of 64; else 0.
static SmtTerm fp_widen(Smt *m, SmtTerm x) {
  SmtTerm sign = smt_resize(m, smt_extract(m, 31, 31, x), 64, false);
  sign = smt_bin(m, "bvshl", sign, smt_num(m, 63, 64));
  SmtTerm part = smt_resize(m, smt_extract(m, 22, 0, x), 64, false);
  part = smt_bin(m, "bvshl", part, smt_num(m, 29, 64));
  SmtTerm all = smt_bin(m, "bvor", smt_bin(m, "bvor", sign, part),
                        smt_num(m, infinity(64), 64));
  return smt_ite(m, smt_isnan(m, x), all, smt_num(m, 0, 64));
}

static SmtTerm fp_narrow(Smt *m, SmtTerm x) {
  SmtTerm sign = smt_resize(m, smt_extract(m, 63, 63, x), 32, false);
  sign = smt_bin(m, "bvshl", sign, smt_num(m, 31, 32));
  SmtTerm part = smt_resize(m, smt_extract(m, 51, 29, x), 32, false);
  SmtTerm all = smt_bin(m, "bvor", smt_bin(m, "bvor", sign, part),
                        smt_num(m, 0x7fc00000, 32));
  return smt_ite(m, smt_isnan(m, x), all, smt_num(m, 0, 32));
}

SmtTerm smt_power(Smt *m, u32 n, bool negative, u32 bits) {
  u128 b = (u128)(n + smt_bias(bits)) << smt_fraction(bits);
  return smt_num(m, negative ? b | sign_mask(bits) : b, bits);
}

// Of -2^n - 1, where the fraction has room for it.
static SmtTerm below_power(Smt *m, u32 n, u32 bits) {
  u32 f = smt_fraction(bits);
  u128 b = (u128)(n + smt_bias(bits)) << f | (u128)1 << (f - n);
  return smt_num(m, b | sign_mask(bits), bits);
}

// Truncated toward zero, is it an integer of n bits?
static SmtTerm fits(Smt *m, SmtTerm x, u32 n, bool sign) {
  SmtTerm below = fp_lt(m, x, smt_power(m, sign ? n - 1 : n, false, x.bits));
  if (!sign)
    return smt_and(m, fp_lt(m, smt_power(m, 0, true, x.bits), x), below);
  if (n - 1 <= smt_fraction(x.bits))
    return smt_and(m, fp_lt(m, below_power(m, n - 1, x.bits), x), below);
  return smt_and(m, fp_le(m, smt_power(m, n - 1, true, x.bits), x), below);
}

static SmtTerm to_int(Smt *m, SmtTerm x, u32 n, bool sign) {
  SmtTerm r;
  m->uses_ints = true;
  if (m->theory) {
    char op[40];
    snprintf(op, sizeof op, "(_ fp.to_%cbv %u) RTZ", sign ? 's' : 'u', n);
    r = smt_app(m, SMT_BV, n, op, 1, smt_to_fp(m, x));
  } else {
    r = smt_int_of_float(m, x, n);
  }
  return smt_ite(m, fits(m, x, n, sign), r, smt_num(m, 0, n));
}

static SmtTerm to_int_sat(Smt *m, SmtTerm x, u32 n, bool sign) {
  u128 top = (u128)1 << (n - 1);
  SmtTerm low = smt_num(m, sign ? top : 0, n);
  SmtTerm high = smt_num(m, sign ? top - 1 : top | (top - 1), n);
  SmtTerm out = smt_ite(m, smt_is_negative(m, x), low, high);
  SmtTerm nan = smt_isnan(m, x);
  SmtTerm in = smt_or(m, fits(m, x, n, sign), nan);
  return smt_ite(m, in, to_int(m, x, n, sign), out);
}

// bits: of the result. For predicates the result is a Bool.
SmtTerm smt_builtin_fp(Smt *m, Builtin b, SmtTerm x, SmtTerm y, u32 bits) {
  switch (b) {
  case BI_FP_ADD: return fp_binary(m, "fp.add", x, y, true);
  case BI_FP_SUB: return fp_binary(m, "fp.sub", x, y, false);
  case BI_FP_MUL: return fp_binary(m, "fp.mul", x, y, true);
  case BI_FP_DIV: return fp_binary(m, "fp.div", x, y, false);
  case BI_FP_MIN: return fp_pick(m, x, y, true);
  case BI_FP_MAX: return fp_pick(m, x, y, false);
  case BI_FP_SQRT:
    return from_fp(
        m, smt_app(m, SMT_FP, x.bits, "fp.sqrt RNE", 1, smt_to_fp(m, x)));
  case BI_FP_CEIL:
  case BI_FP_FLOOR:
  case BI_FP_TRUNC:
  case BI_FP_NEAREST: return smt_round(m, b, x);
  case BI_FP_EQ: return fp_eq(m, x, y);
  case BI_FP_LT: return fp_lt(m, x, y);
  case BI_FP_LE: return fp_le(m, x, y);
  case BI_FP_ISNAN: return smt_isnan(m, x);
  case BI_FP_PROMOTE: return smt_promote(m, x, bits);
  case BI_FP_DEMOTE: return fp_convert(m, "to_fp", smt_to_fp(m, x), 32);
  case BI_FP_WIDEN: return fp_widen(m, x);
  case BI_FP_NARROW: return fp_narrow(m, x);
  case BI_FP_FROM_S:
  case BI_FP_FROM_U:
    m->uses_ints = true;
    return m->theory
               ? fp_convert(m, b == BI_FP_FROM_S ? "to_fp" : "to_fp_unsigned",
                            x, bits)
               : smt_float_of_int(m, x, bits, b == BI_FP_FROM_S);
  case BI_FP_TO_S: return to_int(m, x, bits, true);
  case BI_FP_TO_U: return to_int(m, x, bits, false);
  case BI_FP_TO_SAT_S: return to_int_sat(m, x, bits, true);
  case BI_FP_TO_SAT_U: return to_int_sat(m, x, bits, false);
  case BI_FP_FITS_S: return fits(m, x, bits, true);
  case BI_FP_FITS_U: return fits(m, x, bits, false);
  default: smt_fail(m, "builtin %s", builtin_names[b]); return smt_bool(true);
  }
}

// --- nan(inputs: e) -------------------------------------------------

// Not a NaN, or the one with the quiet bit alone.
static SmtTerm plain_or_canonical(Smt *m, SmtTerm x) {
  SmtTerm c = smt_eq(m, smt_magnitude(m, x),
                     smt_num(m, infinity(x.bits) | quiet_bit(x.bits), x.bits));
  return smt_or(m, smt_not(m, smt_isnan(m, x)), c);
}

static SmtTerm in_set(Smt *m, const SmtNan *s, SmtTerm r) {
  SmtTerm quiet =
      smt_cmp(m, "bvuge", smt_magnitude(m, r),
              smt_num(m, infinity(r.bits) | quiet_bit(r.bits), r.bits));
  SmtTerm canonical = plain_or_canonical(m, r);
  return smt_and(m, quiet, smt_implies(m, s->only_canonical, canonical));
}

SmtVal smt_nan(Smt *m, const SmtVal *inputs, u32 n, SmtVal e) {
  SmtNan *s = arena_new(m->arena, SmtNan);
  *s = (SmtNan){
      .is_nan = smt_isnan(m, e.v), .only_canonical = smt_bool(true), .e = e.v};
  SmtTerm args[4];
  for (u32 i = 0; i < n && i < 4; i++) {
    args[i] = inputs[i].v;
    s->only_canonical =
        smt_and(m, s->only_canonical, plain_or_canonical(m, args[i]));
    e.ok = smt_and(m, e.ok, inputs[i].ok);
  }
  SmtTerm some =
      smt_fun(m, SMT_BV, e.v.bits,
              arena_printf(m->arena, "nan of %s %u", m->who, e.v.bits),
              n < 4 ? n : 4, args);
  smt_assert(m, smt_implies(m, s->is_nan, in_set(m, s, some)));
  e.v = smt_ite(m, s->is_nan, some, e.v);
  e.nan = s;
  return e;
}

const SmtNan *smt_concat_nans(Smt *m, const SmtNan *hi, const SmtNan *lo,
                              u32 low_bits) {
  if (!lo && !hi)
    return NULL;
  SmtNan *s = arena_new(m->arena, SmtNan);
  *s = lo ? *lo : *hi;
  if (!lo)
    s->at += low_bits;
  s->next = lo ? smt_concat_nans(m, hi, lo->next, low_bits)
               : smt_concat_nans(m, hi->next, NULL, low_bits);
  return s;
}

static SmtTerm one_allows(Smt *m, const SmtNan *s, SmtTerm r) {
  SmtTerm same = smt_eq(m, s->e, r);
  return smt_ite(m, s->is_nan, in_set(m, s, r), same);
}

typedef struct Asked { // bits [from, to)
  u32 from, to;
} Asked;

// Bits [from, to), as far as they are asked for, are the same.
static SmtTerm same_bits(Smt *m, Asked q, SmtTerm x, SmtTerm y, u32 from,
                         u32 to) {
  from = from > q.from ? from : q.from;
  to = to < q.to ? to : q.to;
  if (from >= to)
    return smt_bool(true);
  SmtTerm of_y = smt_extract(m, to - 1, from, y);
  return smt_eq(m, smt_extract(m, to - 1, from, x), of_y);
}

// Of a vector perhaps one part: a lane that may be a NaN counts as its lowest.
SmtTerm smt_allows(Smt *m, SmtVal v, SmtTerm r) {
  SmtTerm all = smt_bool(true);
  Asked q = {0, v.v.kind == SMT_BV ? v.v.bits : 0};
  u32 at = 0;
  if (!q.to)
    return smt_eq(m, v.v, r);
  m->has_vector |= q.to == 128;
  if (q.to == 128 && m->parts)
    q = (Asked){128 / m->parts * m->part, 128 / m->parts * (m->part + 1)};
  for (const SmtNan *s = v.nan; s; s = s->next) {
    u32 end = s->at + s->e.bits;
    all = smt_and(m, all, same_bits(m, q, v.v, r, at, s->at));
    if (s->at >= q.from && s->at < q.to)
      all =
          smt_and(m, all, one_allows(m, s, smt_extract(m, end - 1, s->at, r)));
    at = end;
  }
  return smt_and(m, all, same_bits(m, q, v.v, r, at, v.v.bits));
}
