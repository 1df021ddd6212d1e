// A seq being written: what its steps' arguments are. Shared by encode.c,
// which writes the steps, and seq.c, which reads the arguments.
#ifndef RULEC_GEN_SEQ_H
#define RULEC_GEN_SEQ_H

#include "rulec/gen/enc_table.h"

typedef enum SeqArgKind {
  SA_REG,
  SA_CONST,
  SA_POOL,
  SA_ADDR,
  SA_OPERAND, // what VInst.imm holds; or flags
} SeqArgKind;
typedef struct SeqArg {
  SeqArgKind kind;
  const char *c;    // SA_REG: C expression of the register's number
  s128 num;         // SA_CONST, SA_POOL
  const Expr *addr; // SA_ADDR
} SeqArg;

typedef struct Seq { // being written
  const Sema *s;
  const InstX *x;
  const FormX *f;       // its operands
  const u32 *first_enc; // by instruction
  Text *out;
  u32 nlabels;
  struct {
    const char *name;
    u32 njumps, jumps[8];
  } labels[8];
  u32 jumps;
  bool failed;
} Seq;

// An error at loc; nothing more of this seq is written.
void seq_bad(Seq *q, Loc loc, const char *what, const char *name);
// An argument of a step: register, constant, pool(k), address.
SeqArg seq_arg(Seq *q, const Expr *e);
// The register that a name of the seq (or of the processor) is in; *kind
// becomes SA_OPERAND if it is in none.
const char *seq_reg(Seq *q, const char *name, SeqArgKind *kind);
// "x64.cvtsi2f.F.i64" with the seq's parameters filled in.
const char *seq_step_name(Seq *q, const Expr *e);
s128 seq_const(Seq *q, const Expr *e);
// Number of the condition `ne`, `C`, `not(C)`.
u32 seq_condition(Seq *q, const Expr *e);

#endif
