// What the two halves of the right side's writer share: the rule being written
// and the instructions written so far.
#ifndef RULEC_GEN_LOWER_WRITE_H
#define RULEC_GEN_LOWER_WRITE_H

#include "rulec/gen/lower.h"

typedef struct Event { // one instruction, in the order written (backward)
  const InstX *x;
  const Node *at;    // where it stands in the rule, or null
  const void *needs; // Node or Var that makes its flags; or null
  const void *makes; // what later readers call the flags it makes
} Event;

typedef struct Writer {
  LowerGen *lg;
  Arm *a;
  VEC(Event) events;
  u32 vars;              // next number of a C variable
  const Var *plan;       // the flags of a data argument, or null
  const char *plan_c;    // the plan's C name
  const char *plan_term; // the term that made it
  u32 plan_left;         // users of them not yet written
  bool failed;
} Writer;

#define P(...) arena_printf(w->lg->arena, __VA_ARGS__)
#define LINE(...) cline(&w->lg->g, __VA_ARGS__)

void lower_fail(Writer *w, const Node *n, const char *what);
const Node *lower_strip(const Node *n);   // without as.T and reg
const Node *lower_inst_of(const Node *n); // its instruction, or null
u32 lower_result_of(const Node *n);       // which result of it
const char *lower_expr(Writer *w, const Node *n);
const char *lower_type(u8 type);                       // "TY_I32"
const char *lower_trap(Writer *w, const char *code);   // "TRAP_DIV0"
u32 lower_occurrences(const RuleX *x, const Var *v);   // on the right side
const char *lower_address(Writer *w, const Amode *am); // [a + b << s | m] as C
// Writes an instruction, its flags, its operands. dest: registers of its
// results, null where none is named; makes: what later readers call its flags.
void lower_write_inst(Writer *w, const Node *n, const char **dest,
                      const StmtX *st, const void *makes);
void lower_write_flags(Writer *w, const Node *n);
const void *lower_flags_key(const Node *n);

#endif
