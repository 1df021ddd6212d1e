// Helpers of all generators: writing C, and expressions as C.
//
// A generated expression computes bit vectors in u64 (width <= 64, upper bits
// zero) or u128 (<= 128), booleans in bool, codes and ids in u32, memargs in
// `MemArg`. Partial operations (division, index, log2) may give *nothing*: then
// the statement in CGen.fail runs ("return 0;", "goto next;").
//
// Generated files include "mid/ir/eval.h", which has the helper functions.
#ifndef RULEC_GEN_CGEN_H
#define RULEC_GEN_CGEN_H

#include "rulec/sema/sema.h"

typedef struct CGen {
  const Sema *sema;
  Text *out;        // statements are appended here
  u32 indent;       // spaces before each line
  u32 temps;        // next number of a temporary `t0`, `t1`...
  const char *fail; // what to do for nothing, with its semicolon
  bool nan_fails;   // a NaN is nothing too (folding)
  // How facts, features, target lists and further machine things are spelled;
  // a generator that may meet one sets the hook. Returns a C expression.
  const char *(*call)(struct CGen *g, const Node *n);
  void *user;
} CGen;

// Writes one line: indentation, text, newline.
void cline(CGen *g, const char *fmt, ...) BASE_PRINTF(2, 3);

// Appends the statements that compute e and returns a C expression (a literal,
// a variable, or one side-effect-free expression, parenthesized if needed).
// Every N_VAR in e must have Var.c set.
const char *cexpr(CGen *g, const Node *e);
// Same without parentheses around the whole: for a condition, an initializer.
const char *cexpr_bare(CGen *g, const Node *e);
// C type that holds a value of that sort: "u64", "u128", "bool", "u32",
// "MemArg".
const char *csort(Sort s);
// A literal of a bit vector: "0x1fu", "UINT64_C(..)", or the u128 form.
const char *cliteral(CGen *g, u128 num, u32 bits);

// "// Written by rulec from rules/. Do not edit." and what follows it.
// Prototypes of the extern fns that rules call.
void cexterns(const Sema *s, Text *t);
void cheader(Text *t, const char *what);

// What only a generator finds wrong with the rules, limits above all: reports
// E-GEN at loc and ends the generator that gen_run runs.
BASE_NORETURN void gen_stop(const Sema *s, Loc loc, const char *fmt, ...)
    BASE_PRINTF(3, 4);
#define gen_must(s, loc, cond, ...)                                            \
  do {                                                                         \
    if (!(cond))                                                               \
      gen_stop((s), (loc), __VA_ARGS__);                                       \
  } while (0)
typedef void GenFn(const Sema *s, Text *out);
// False if there were errors: then out is worth nothing.
bool gen_run(const Sema *s, GenFn *gen, Text *out);

// All of them, in this order. They find errors of their own (encodings, flags):
// each runs, whatever the one before found.
typedef struct OutFile {
  const char *name; // "mid.c"
  GenFn *gen;
} OutFile;
enum { GEN_NFILES = 12 };
extern const OutFile gen_files[GEN_NFILES]; // all.c
void gen_all(const Sema *s, Text *texts);   // GEN_NFILES texts

// The generators: each appends a whole file to out.
void gen_ops_h(const Sema *s, Text *out);
void gen_ops_c(const Sema *s, Text *out);
u64 ops_hash(const Sema *s);                // of all opcodes: OPS_HASH in ops.h
void gen_builtin(const Sema *s, Text *out); // builtin.c
void gen_known(const Sema *s, Text *out);   // known.c
void gen_fold(const Sema *s, Text *out);
void gen_interp(const Sema *s, Text *out);
void gen_mid(const Sema *s, Text *out);           // mid.c
void gen_mid_library(const Sema *s, Text *out);   // the same for wb --rules
void gen_lower(const Sema *s, Text *out);         // lower.c
void gen_lower_library(const Sema *s, Text *out); // the same for wb --rules
u64 insts_hash(const Sema *s); // of all instructions: INSTS_HASH in inst.h
void gen_inst_h(const Sema *s, Text *out);  // inst.c
void gen_inst_c(const Sema *s, Text *out);  // inst.c
void gen_meaning(const Sema *s, Text *out); // meaning.c
void gen_encode(const Sema *s, Text *out);  // inst.c or its own file

#endif
