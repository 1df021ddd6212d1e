// A claim on values, by the evaluator: what a solver calls unsat is believed
// only if no value says otherwise.
#ifndef RULEC_VERIFY_FALSIFY_H
#define RULEC_VERIFY_FALSIFY_H

#include "rulec/eval/eval.h"
#include "rulec/verify/verify.h"

// True: there are inputs for which the claim of j is false; then it is refuted
// and says so. Else j->evaluated counts the inputs that agreed; 0: the
// evaluator has nothing to say of such a claim.
bool falsify(Verify *v, Job *j);

// Whether a fact f (zeros, umax, ...) is true of x, a number of w bits.
bool fact_holds(Builtin b, Wide f, Wide x, u32 w);

#endif
