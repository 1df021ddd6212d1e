// What the parts of the lowering generator share: arms (a rule at its
// parameters, flattened into tests) and the function being written.
//
// A path is a place in the left side: an argument, or operand k of the op that
// stands at another path. Two rules that look at the same place have the same
// path, so equal tests are equal texts, and
//   r is more specific than s  iff  every test of s is a test of r.
#ifndef RULEC_GEN_LOWER_H
#define RULEC_GEN_LOWER_H

#include "rulec/gen/cgen.h"
#include "rulec/gen/inst_table.h"

typedef struct Path {
  s32 parent;       // -1: argument of the function
  const OpInst *op; // at the parent
  u32 operand;
  Sort sort;
  const char *c;    // C name of what is there: "x", "x_y"
  const char *inst; // C name of its instruction: "i_x"
} Path;

typedef enum TestKind {
  T_OP,
  T_CTOR,
  T_SINK,
  T_ONCE,
  T_EQ,
  T_COND,
  T_LET
} TestKind;
typedef struct Test {
  TestKind kind;
  u32 path;          // T_OP, T_CTOR, T_SINK, T_ONCE
  u32 op;            // T_OP: opcode; T_CTOR: constructor
  const char *key;   // equal keys: equal tests
  u64 hash;          // of the key
  const char *pre;   // T_COND, T_LET: statements before the test
  const char *cond;  // the C condition
  const Node *guard; // T_COND: for exclusiveness
} Test;

typedef struct Arm {
  const RuleX *x;
  u32 ntests;
  Test *tests;
  u64 *used;     // paths whose C variable the arm reads
  u64 *rhs_used; // of them, those its right side reads
  s32 *var_path; // by Var.index: where it stands first, -1: nowhere
  u32 body;      // terms giving data: number of its right side
  bool dropped;  // an earlier variant is the same
} Arm;

typedef struct LowerGen {
  CGen g;
  struct LowerCache *cache;
  Arena *arena;
  const Sema *sema;
  Diags *diags;
  // the function being written
  const char *fn;       // its name
  const TermInfo *term; // or null
  VEC(Path) paths;
  VEC(Arm) arms;
  u64 *declared; // paths in scope, then (from MAX_PATHS on) their instructions
} LowerGen;
enum { MAX_PATHS = 2048 };

// --- lower.c
// Everything of one op or term, ready to be written; out takes what the C of
// tests needs. Made once for a rule set: the checks, the examples and the
// generator look at the same arms.
LowerGen lower_gen(const Sema *s, Text *out);
void lower_op_arms(LowerGen *lg, u32 opcode);
void lower_term_arms(LowerGen *lg, u32 term);
bool lower_by_hand(const OpInst *op); // the calling convention decides

// --- lower_match.c
// --------------------------------------------------------- Flattens the rules
// into arms, sorts them, reports overlaps.
void lower_arms(LowerGen *lg, const RuleX *const *rules, u32 n);
bool lower_has_test(const Arm *a, const Test *t);          // an equal one
bool lower_covers(const Arm *special, const Arm *general); // its tests and more
bool lower_can_meet(LowerGen *lg, const Arm *a, const Arm *b); // if unsure
s64 lower_prio(const Arm *a);
// Paths of a function's arguments: to be made before lower_arms.
u32 lower_path(LowerGen *lg, s32 parent, const OpInst *op, u32 operand,
               Sort sort, const char *name);
// C condition that everything above a path has one use: "true", or a chain.
const char *lower_once(LowerGen *lg, s32 path);
s32 lower_var_path(LowerGen *lg, const Arm *a, const Var *v); // -1: a `let`
// Binds the variables of an arm to their C names (Var.c).
void lower_bind(LowerGen *lg, Arm *a);

// --- lower_tree.c
// ------------------------------------------------------------
typedef void ArmFn(LowerGen *lg, Arm *a); // writes what follows when all holds
void lower_tree(LowerGen *lg, ArmFn *leaf);
// The same in pieces, one for each op that the first argument may be: the ops
// (0: the arms do not all begin so), the arms of one, the arm without tests.
u32 lower_tree_ops(LowerGen *lg, u32 *ops);
void lower_tree_op(LowerGen *lg, u32 op, ArmFn *leaf);
void lower_tree_rest(LowerGen *lg, ArmFn *leaf);
// Declares every path the arm reads, without tests.
void lower_declare_all(LowerGen *lg, const Arm *a);

// --- lower_write.c
// ----------------------------------------------------------- Writes the right
// side, backward. An op's function returns true.
void lower_write(LowerGen *lg, Arm *a);
// The constructor and codes of a data term's right side: "one, CC_l".
void lower_plan(LowerGen *lg, Arm *a);
// The flags' producers of a data term's right side.
void lower_plan_write(LowerGen *lg, Arm *a);
// `return low_addr(..)` of an amode term's rule.
void lower_amode_literal(LowerGen *lg, Arm *a);
bool lower_is_alias(const RuleX *x); // `(op x) => (as.T x)`, no guard

#endif
