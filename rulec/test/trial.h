// The graph in which rules are tried: one node a class, equal operations one
// node, constants folded and operands put in order as mid/egraph/insert.c does,
// leaves of which nothing is known but what is said.
#ifndef RULEC_TEST_TRIAL_H
#define RULEC_TEST_TRIAL_H

#include "rulec/test/match.h"

enum { TRIAL_ARGS = MATCH_ARGS, FIRST_OTHER = 1000 };
typedef struct TrialNode {
  u32 op;               // 0: a leaf
  Sort sort;            // of the leaf
  const char *name;     // of the leaf
  const Setting *facts; // of the leaf: those of x->settings that name it
  u32 nfacts;
  u8 known; // or one more: BI_ZEROS to BI_SMAX, 0 none
  u64 number;
  bool shared; // something outside the example uses it too
  MatchArg args[TRIAL_ARGS];
} TrialNode;

typedef struct TrialTarget { // a block that a branch may name
  const char *name;
  u32 trap; // its only operation is this trap; 0: it is not
} TrialTarget;

typedef struct Trial {
  MatchGraph g;             // first
  VEC(TrialNode) nodes;     // [0] none
  VEC(TrialTarget) targets; // [0] none
  u32 constant[VT_COUNT];   // opcode of a type's constant
  VEC(const char *) others; // functions, signatures, ...: names by number
  const char *memarg_name;  // the left side's memarg
  EvVal memarg;
  bool as_written; // lowering: nothing folds, operands stay in their order
} Trial;

void trial_begin(Trial *t, const Sema *s, Arena *a);

// The left side of an example: leaves made, what is said of them noted, and
// variables bound in m (for its right side). The root is the operation itself.
// 0 if an operand is nothing, or if the root folds to a constant.
u32 trial_left(Trial *t, const ExampleX *x, RuleMatch *m);

// One operand of a left side: a value; an immediate of an op, or (op null) of a
// term of lowering.
u32 trial_value(Trial *t, const ExampleX *x, RuleMatch *m, const Node *n);
EvVal trial_imm(Trial *t, const ExampleX *x, RuleMatch *m, const OpInst *op,
                Sort sort, const Node *n);

// What a rule makes of an operation.
typedef struct TrialResult {
  u8 kind; // RhsKind
  u32 n;   // operations (RHS_TERM of a skeleton rule, RHS_STMTS), or values
  u32 op[4];
  MatchArg args[4][TRIAL_ARGS];
  u32 cls[4]; // RHS_TERM of a rule, RHS_VALUES
  u32 trap;   // RHS_TRAP
} TrialResult;
// False if it is nothing.
bool trial_right(Trial *t, RuleMatch *m, TrialResult *r);
bool trial_equal(const Trial *t, const TrialResult *x, const TrialResult *y);

bool trial_is_const(const Trial *t, u32 node);
// As an example writes it; ops without the parameters that follow. `typed`: the
// root has them all.
void trial_print(const Trial *t, Text *out, u32 node, bool typed);
void trial_print_result(const Trial *t, Text *out, const TrialResult *r,
                        bool typed);
// Pieces of it: the head of a term, a number of a type or of so many bits.
void trial_print_head(const Sema *s, Text *out, const OpInst *op, bool typed);
void trial_print_const(Text *out, u32 type, EvVal v);
void trial_print_number(Text *out, u64 bits, u32 width);
// `{off = 8}`: in what a memarg differs from the plain one.
void trial_print_fields(Text *out, const EvVal *m, const EvVal *plain);
void trial_print_imm(const Trial *t, Text *out, const EvVal *v);
// The memarg of an access when nothing is said of it (op null: of 4 bytes).
EvVal trial_memarg(const OpInst *op);

#endif
