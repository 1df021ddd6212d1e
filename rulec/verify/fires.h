// Claims that rules with guards fire at all (fires.c).
#ifndef RULEC_VERIFY_FIRES_H
#define RULEC_VERIFY_FIRES_H

#include "rulec/verify/obligation.h"

// What the left side of a rule says of the variables in its guards, which are
// bound; `which` is in their names.
SmtTerm fires_left(Smt *m, SmtEnv *env, const RuleX *x, u32 which);
void obligations_fires(const Sema *s, Obligations *out);

#endif
