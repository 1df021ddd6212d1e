// Lowering, slowly and obviously: what the `lower` rules make of the left side
// of an example, as a tree of instructions.
//
// The rules of an op or term are tried in the order in which the generator
// tries them (rulec/gen/lower_match.c), by a matcher of its own; terms on right
// sides are followed to the rule that takes them. A value given to an operand
// of several kinds becomes what low_arg of back/isel makes of it: an immediate,
// memory that is sunk, a register.
#ifndef RULEC_TEST_MACHINE_H
#define RULEC_TEST_MACHINE_H

#include "rulec/gen/lower.h"
#include "rulec/test/trial.h"

typedef enum MKind {
  M_NONE,
  M_VALUE,  // an IR value in a register: node
  M_IMM,    // imm: a number, code, memarg, target, ...; flags by name
  M_RESULT, // of an instruction: inst, result
  M_ADDR,   // at: n parts, scale; disp; imm: memarg, or no value
  M_POOL,   // imm, in memory
  M_DATA,   // a constructor: data, ctor, n fields at `at`
} MKind;
typedef struct MInst MInst;
typedef struct MVal MVal;
struct MVal {
  u8 kind;        // MKind
  bool is_signed; // M_IMM: a number that is read so
  u8 scale[2];
  u32 n, node, result, data, ctor;
  s64 disp;
  EvVal imm;
  MInst *inst;
  MVal *at;
};
struct MInst {
  const InstX *x;
  const StmtX *stmt; // with its renames, or null
  u32 n;
  MVal *args;
  // by machine_text
  u32 uses, number;
  u64 wanted; // results that are used
  bool walked, written;
};

typedef struct MStep { // of a right side, in order
  u8 kind;             // StmtXKind
  MVal v;              // SX_TRAP: flags, M_NONE if it always traps
  const char *cc;      // SX_TRAP
  EvVal code;          // SX_TRAP
} MStep;

typedef struct Lowered {
  bool ok;
  const RuleX *by; // the rule that took the root, null: none
  VEC(MStep) steps;
  MVal value; // M_NONE: none
} Lowered;

typedef struct LowArms { // rules of one op or term, the first to be tried first
  bool made;
  u32 n;
  const RuleX **at;
} LowArms;
typedef struct LowChoice { // of a rule set; begun once
  const Sema *s;
  Arena *arena;
  LowArms *ops, *terms;
} LowChoice;
void choice_begin(LowChoice *c, const Sema *s, Arena *a);
const LowArms *choice_op(LowChoice *c, u32 op);
const LowArms *choice_term(LowChoice *c, u32 term);

typedef struct LowTrial {
  Trial t;
  LowChoice *choice;
  const ExampleX *example;
  RuleMatch bound; // the example's own variables
  u32 root;        // node, or 0: a term
  u32 term;
  MVal *args;       // of the term
  bool unused;      // nobody wants the root's result
  u32 *uses, *user; // by node; user: of what is used once
  bool *sunk;       // by node
  u32 fuel;
} LowTrial;

// Builds the left side. features: by Node.field of BI_HAS.
bool machine_left(LowTrial *l, LowChoice *c, Arena *a, const ExampleX *x,
                  u64 features, bool unused);
// What lowering makes of it.
Lowered machine_lower(LowTrial *l);
// The example's own right side: names are registers.
Lowered machine_wanted(LowTrial *l);

// As an example writes it. `by_name`: values by the example's names; else by
// number, for comparing.
const char *machine_text(LowTrial *l, Lowered *r, bool by_name);
void machine_print_left(LowTrial *l, Text *out);

#endif
