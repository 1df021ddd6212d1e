// A refuted rule as a program in IR text: the left side on the model's inputs,
// as f0 with what can be an argument for arguments. The interpreter gives one
// thing, and where the rule is on, something else comes out.
//
// 1. Values are arguments i32 and i64; floats are made of their bits, a v128 is
//    read from memory, a reference is null, f0 or a function of no use.
// 2. A load of the left side finds what it gave in the model: f0 stores it
//    first, at the address that the model says.
// 3. Host memory is the linear memory by its host address: one variable of the
//    address has that added (its `base`).
// 4. Whether an access is inside is unknown to the solver. Where the two sides
//    trap differently, base is moved so that the access ends at the end of
//    memory, or one byte behind.
// 5. What a rule knows of a variable (`zeros(x)`, `umax(x)`) is made known by
// an
//    op that changes nothing: x & ~zeros(x), the lesser of x and umax(x).
// 6. Memory that is read only, or of a region of its own, is written before the
//    function that reads it is called: f0 does that, and calls f1. So it does
//    with references, which are no arguments.
// 7. Each target is a block of its own that returns its number, or, if the rule
//    asks whether it traps, a trap.
#ifndef RULEC_VERIFY_PROGRAM_H
#define RULEC_VERIFY_PROGRAM_H

#include "rulec/verify/verify.h"

enum { PROGRAM_HEAP = 1 << 16, PROGRAM_MOST = 64, PROGRAM_NULL = 9 };

typedef struct Program {
  Verify *v;
  const Job *job;
  const RuleX *x;
  const Model *m;
  Text params, args, body; // "v1: i32", " 5", lines
  bool wrapped;            // f0 calls f1, which is the left side
  Text fill, inner;        // then: lines of f0, parameters of f1
  bool helped;             // there is a function behind, of no arguments
  u64 refs[2];             // the model's references that are f0 and that one
  Text rules;              // that the program needs beside the wrong one
  struct {
    const void *key; // Var or Node: a value or a target that has a number
    u32 number;
  } known[PROGRAM_MOST];
  u32 nknown, next;
  u32 blocks;         // of targets: b2 ... b(blocks + 1)
  const char *traps[PROGRAM_MOST]; // by block: how it traps, or null
  const Var *base;    // variable that addresses are moved by, or null
  u64 delta;          // by so much
  bool host;          // and by the host address of linear memory
  bool lowers;        // it is about lowering
  bool vectors;       // v128: interpreted only
  const InstX *seq;   // what is claimed is this sequence; or null
  const char *how;    // options of wb, for what has to be built in; or null
  const char *why;    // first reason why there is no program, or null
  const char *result; // type of f0's result, or ""
} Program;

// The text, or null with p->why (program_whole.c). p->rules, if not empty, is to
// be written to the file `rules`.
const char *program_write(Program *p, Verify *v, const Job *j,
                          const char *rules);

// --- program.c ------------------------------------------------------
void program_fail(Program *p, const char *fmt, ...) BASE_PRINTF(2, 3);
// Of an input, a node of the left side, a constant; false: the model is silent.
bool program_model(const Program *p, const Node *n, u128 *value);
const ModelValue *program_input(const Program *p, const void *key);
u32 program_value(Program *p, const Node *n);      // its number
u32 program_operation(Program *p, const Node *op); // the same; 0: it has none
u32 program_target(Program *p, const void *key);   // a block's number
u32 program_argument(Program *p, const char *type, u64 bits); // a new one
// The number of a function that shows that it is called, or just is another.
u32 program_helper(Program *p);
u32 program_line(Program *p, const char *fmt, ...) BASE_PRINTF(2, 3); // defines
// `[heap v1 + 8 : 4 zero]`; bytes: 0 as the model says, else so many.
void program_access(Program *p, Text *t, const Node *memarg, u32 address,
                    u32 bytes);
// Returns v, so that all bits of its register show (program_whole.c).
void program_return(Program *p, u32 v, u8 type);

// --- program_claim.c: what is no rule. True: it has become one, p->x on p->m,
// whose left side is the program.
bool program_claim(Program *p);

// --- program_lower.c: roots that are helper terms -------------------
void program_term(Program *p, const Node *lhs);

// --- program_cond.c: a value that is lowered to a constructor `one(f, c)` ----
u32 program_condition(Program *p, const Node *n);

// --- program_off.c: " --disable-rule=..." of rules that would go first ---------
const char *program_off(Program *p);

// --- program_memory.c: where accesses go, what loads find ------------
void program_memory(Program *p, const Node *lhs);

#endif
