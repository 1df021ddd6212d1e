// Machine things as terms: registers, flags, addresses, instructions, the
// nodes of lowering's right sides. It is the hook of smt.h (Smt.hook).
//
// A register is what its type's `rep` says: of an i32 in a general register the
// lower half is the value and the rest is zero. A term of the type's own width
// stands for a register that keeps the promise; `(as.i32 x)` of a 64-bit value
// is one of type i32 that is 64 bits wide: nothing was promised. Who reads only
// the low half takes it; who counts on the promise (a sequence, a helper, the
// rule's result) makes an obligation of it, gathered in Machine.obliged.
//
// An address carries its memarg's region: an access beyond the heap traps as
// the op's does. A constant of the pool is its value. `?` is a fresh unknown at
// each place, so the claim holds for all of them.
#ifndef RULEC_VERIFY_MACHINE_H
#define RULEC_VERIFY_MACHINE_H

#include "rulec/verify/smt.h"

enum { MACHINE_MAX = 16 };

typedef struct MachineIndex { // `[base + i << 2]`: an entry of a table
  SmtTerm base, index;
} MachineIndex;

typedef struct Machine { // Smt.user
  const StmtX *stmt;     // whose `with de as overflow` holds; or null
  SmtTerm obliged;       // promises that must be kept
  VEC(MachineIndex) indexed;
} Machine;

void machine_begin(Smt *m, Machine *x); // sets hook and user
void machine_end(Smt *m); // unsets them; whether memory is in it is known

// The whole register (64 bits of a general one) that holds x.
SmtTerm machine_whole(Smt *m, SmtVal x);
// x as wide as its type, and the promise of its type's rep obliged.
SmtVal machine_promised(Smt *m, SmtVal x);
// What the rep of a type promises of a whole register.
SmtTerm machine_promise(Smt *m, u8 type, SmtTerm whole);

// An instruction (not a seq) on what it sees of its operands: results, traps,
// memory, control. results has x->nresults places.
void machine_inst(Smt *m, SmtRun *run, const InstX *x, const SmtVal *args,
                  SmtVal *results);
// All results of n, an instruction, bound to names.
void machine_results(Smt *m, SmtEnv *env, SmtRun *run, const Node *n, u32 nvars,
                     Var *const *vars);
// What operand i of x sees of v: memory is read, an immediate extended.
SmtVal machine_operand(Smt *m, SmtRun *run, const InstX *x, u32 i, SmtVal v);
// A condition code (8 bits) asked of flags.
SmtTerm machine_condition(Smt *m, u32 code_decl, SmtTerm code, SmtVal flags);
u32 machine_trap(Smt *m, const char *code); // its number, renamed
// An expression said otherwise (algebra.c); false: as it stands.
bool machine_algebra(Smt *m, SmtEnv *env, SmtRun *run, const Node *n,
                     SmtVal *out);
// x - y of floats by what is known of it (exact.c); false: nothing is.
bool machine_subtract(Smt *m, SmtTerm x, SmtTerm y, SmtTerm *out);

#endif
