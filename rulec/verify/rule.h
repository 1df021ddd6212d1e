// The claim of a rule: where left and guard hold, each outcome of the right is
// one that the left allows.
#ifndef RULEC_VERIFY_RULE_H
#define RULEC_VERIFY_RULE_H

#include "rulec/verify/obligation.h"

void rule_obligations(const Sema *s, Obligations *out);

// Whether what b did is what a did: same trap or none, same memory, same
// target, and a result that a allows (a null: no result).
SmtTerm rule_refines(Smt *m, const SmtRun *left, const SmtRun *right,
                     const SmtVal *a, const SmtVal *b);
// What the clauses of a rule ask for; what they bind goes to env. Terms that
// are bound are made in `right`, or, if that is null, left out.
SmtTerm rule_guards(Smt *m, SmtEnv *env, SmtRun *right, const RuleX *x);
// How long the pattern's lists of targets are, for a model: its program has as
// many.
void rule_note_lists(Smt *m, const SmtEnv *env, const Node *pattern);
// What the two sides came to, for a model.
void rule_note_outcome(Smt *m, const SmtRun *a, const SmtRun *b,
                       const SmtVal *x, const SmtVal *y);

#endif
