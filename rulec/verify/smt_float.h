// What the files on floats share.
#ifndef RULEC_VERIFY_SMT_FLOAT_H
#define RULEC_VERIFY_SMT_FLOAT_H

#include "rulec/verify/smt.h"

// IEEE's formats of 16, 32 and 64 bits, and one of 8 with 3 bits of exponent.
// Rules have floats of 32 and 64; the others are for proofs of the formulas,
// which are the same for every format (floats.c).
static inline u32 smt_fraction(u32 bits) {
  return bits == 8 ? 4 : bits == 16 ? 10 : bits == 32 ? 23 : 52;
}
static inline u32 smt_exponent(u32 bits) {
  return bits - 1 - smt_fraction(bits);
}
static inline u32 smt_bias(u32 bits) {
  return (1u << (smt_exponent(bits) - 1)) - 1;
}
// A float of 2^n, or of -2^n.
SmtTerm smt_power(Smt *m, u32 n, bool negative, u32 bits);

SmtTerm smt_to_fp(Smt *m, SmtTerm x); // bits -> the theory's float
// "(_ to_fp 8 24) RNE": rounds to the nearest float of so many bits.
const char *smt_rounding(u32 bits);
SmtTerm smt_magnitude(Smt *m, SmtTerm x); // without the sign bit
SmtTerm smt_is_negative(Smt *m, SmtTerm x);
SmtTerm smt_count_leading(Smt *m, SmtTerm x);

SmtTerm smt_round(Smt *m, Builtin b, SmtTerm x); // ceil floor trunc nearest
// Truncated toward zero, where it fits n bits.
SmtTerm smt_int_of_float(Smt *m, SmtTerm x, u32 n);
SmtTerm smt_float_of_int(Smt *m, SmtTerm x, u32 bits, bool sign);
// As a wider float: exact.
SmtTerm smt_promote(Smt *m, SmtTerm x, u32 bits);

#endif
