// What the files on floats share.
#ifndef RULEC_VERIFY_SMT_FLOAT_H
#define RULEC_VERIFY_SMT_FLOAT_H

#include "rulec/verify/smt.h"

static inline u32 smt_fraction(u32 bits) { return bits == 32 ? 23 : 52; }
static inline u32 smt_bias(u32 bits) { return bits == 32 ? 127 : 1023; }

SmtTerm smt_to_fp(Smt *m, SmtTerm x);     // bits -> the theory's float
SmtTerm smt_magnitude(Smt *m, SmtTerm x); // without the sign bit
SmtTerm smt_is_negative(Smt *m, SmtTerm x);
SmtTerm smt_count_leading(Smt *m, SmtTerm x);

SmtTerm smt_round(Smt *m, Builtin b, SmtTerm x); // ceil floor trunc nearest
// Truncated toward zero, where it fits n bits.
SmtTerm smt_int_of_float(Smt *m, SmtTerm x, u32 n);
SmtTerm smt_float_of_int(Smt *m, SmtTerm x, u32 bits, bool sign);
// 32 bits as 64: exact.
SmtTerm smt_promote(Smt *m, SmtTerm x);

#endif
