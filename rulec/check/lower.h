// What the checks of `lower` rules share.
#ifndef RULEC_CHECK_LOWER_H
#define RULEC_CHECK_LOWER_H

#include "rulec/check/known.h"
#include "rulec/gen/lower.h"

typedef struct LowerCheck {
  const Sema *s;
  Diags *d;
  LowerGen lg; // arms of the op or term that is looked at
} LowerCheck;

// --- lower_gap.c: is everything taken? lg holds the arms.
void lower_gap_op(LowerCheck *c, u32 opcode);
void lower_gap_term(LowerCheck *c, u32 term);

// --- lower_meet.c: both never hold at once
bool lower_contradict(LowerCheck *c, const Arm *a, const Arm *b);
// Where b holds, a holds.
bool lower_implies(LowerCheck *c, const Arm *b, const Arm *a);

// --- lower_mem.c and lower_inst.c: one expansion
void lower_check_mem(LowerCheck *c, const RuleX *x);
void lower_check_insts(LowerCheck *c, const RuleX *x);

// What the guards and lets of an expansion say.
typedef struct LowerKnown {
  Known k;
  Lets lets;
  u32 fuel;
} LowerKnown;
void lower_nothing_known(LowerKnown *lk, const Sema *s);
// The node m.FIELD.
Node *lower_field(const Sema *s, Node *m, MemField f);

// --- lower_terms.c: terms that use each other without end
void lower_check_terms(LowerCheck *c);

typedef void LowerVisit(void *to, const Node *n);
// Every node of the right side, addresses and codes included.
void lower_visit_right(const RuleX *x, void *to, LowerVisit *v);

#endif
