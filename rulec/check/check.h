// The checks on a whole rule set, after typing: a table of phases in check.c.
// Each looks at the Sema, which is sound, and adds diagnostics; none changes
// anything, none depends on another having run. They run in `rulec check` and
// in every `rulec build`, so all together stay under 100 ms for 1,000 rules.
#ifndef RULEC_CHECK_CHECK_H
#define RULEC_CHECK_CHECK_H

#include "rulec/diag/diag.h"
#include "rulec/sema/sema.h"

typedef void CheckFn(const Sema *s, Diags *d);

// Runs every phase: on own those that look at one rule at a time, on all those
// that look at the set (the same, or own is a part of it).
void check_rules(const Sema *all, const Sema *own, Diags *d);

// The phases, by the file they live in. Add yours here and a row in check.c.
CheckFn check_laws;      // laws.c: the four laws, rules that others make idle
CheckFn check_guards;    // guards.c
CheckFn check_totality;  // total.c
CheckFn check_truth;     // truth.c
CheckFn check_constants; // consts.c
CheckFn check_fires;     // fires.c
CheckFn check_unused;    // unused.c
CheckFn check_insts;     // inst.c
CheckFn check_seqs;      // seq_flags.c
CheckFn check_lower;     // lower.c: order, gaps, memory, features

#endif
