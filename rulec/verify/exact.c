// Subtraction of 2^63 from a float, as sequences of conversions do it: facts of
// IEEE arithmetic in place of the theory, which takes a solver a minute.
//
// From 2^63 to below 2^64 the difference is exact: the fraction's bits as an
// integer. From 2^64 on it is 2^63 at least, of no positive number it is -2^63
// at most (rounding is monotone), a NaN gives a NaN; elsewhere it is some
// number. tests/rulec/exact.c tries them on the processor.
#include "rulec/verify/machine.h"

static SmtTerm power(Smt *m, u32 n, bool minus, u32 w) {
  u32 fraction = w == 32 ? 23 : 52, bias = w == 32 ? 127 : 1023;
  u128 b = (u128)(n + bias) << fraction;
  return smt_num(m, minus ? b | (u128)1 << (w - 1) : b, w);
}

static SmtTerm le(Smt *m, SmtTerm x, SmtTerm y) {
  return smt_builtin_fp(m, BI_FP_LE, x, y, 0);
}

// The difference where it is exact: the fraction, 63 bits wide.
static SmtTerm difference(Smt *m, SmtTerm x) {
  u32 w = x.bits, fraction = w == 32 ? 23 : 52;
  SmtTerm f = smt_resize(m, smt_extract(m, fraction - 1, 0, x), 64, false);
  f = smt_bin(m, "bvshl", f, smt_num(m, 63 - fraction, 64));
  return smt_builtin_fp(m, BI_FP_FROM_U, f, f, w);
}

bool machine_subtract(Smt *m, SmtTerm x, SmtTerm y, SmtTerm *out) {
  u32 w = x.bits;
  u128 by, want;
  if (!smt_literal(y, &by) || !smt_literal(power(m, 63, false, w), &want) ||
      by != want)
    return false;
  SmtTerm r =
      smt_fun(m, SMT_BV, w, w == 32 ? "less 2^63 32" : "less 2^63 64", 1, &x);
  SmtTerm nan = smt_isnan(m, x), low = power(m, 63, false, w);
  SmtTerm high = power(m, 64, false, w);
  SmtTerm above = le(m, high, x);
  SmtTerm below = le(m, x, smt_num(m, 0, w));
  SmtTerm not_above = smt_not(m, above);
  SmtTerm middle = smt_and(m, le(m, low, x), not_above);
  smt_assert(m, smt_eq(m, smt_isnan(m, r), nan));
  smt_assert(m, smt_implies(m, above, le(m, low, r)));
  smt_assert(m, smt_implies(m, below, le(m, r, power(m, 63, true, w))));
  *out = smt_ite(m, middle, difference(m, x), r);
  return true;
}
