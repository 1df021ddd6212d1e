// Claims about lowering: every `lower` rule at its parameters, of ops and of
// helper terms, and every sequence against what it `means`.
#ifndef RULEC_VERIFY_LOWER_H
#define RULEC_VERIFY_LOWER_H

#include "rulec/verify/machine.h"
#include "rulec/verify/obligation.h"

void obligations_lower(const Sema *s, Obligations *out);
// The code that its left side leaves open (`one(f, c)`), or null.
const Var *lower_code(const RuleX *x);
SmtTerm claim_lower(Smt *m, const Obligation *o); // o->x, o->member
SmtTerm claim_seq(Smt *m, const Obligation *o);   // o->more: InstX
bool seq_jumps_back(const Sema *s, const InstX *x);

#endif
