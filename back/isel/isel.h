// Lowering: an IR function becomes machine instructions over virtual registers.
//
// One walk, backward over blocks and their instructions. An instruction is
// lowered when something demanded its value or it has an effect; what nobody
// demanded is dead. The rules (rules/x64/lower.rules) choose instructions; what
// rules cannot say (calls, returns, edges) is in back/x64/abi.c and value.c.
// The rules' matchers are written by rulec into out/gen/lower.c.
#ifndef BACK_ISEL_ISEL_H
#define BACK_ISEL_ISEL_H

#include "back/vcode.h"
#include "mid/wasm/vmctx.h"

// A compiled set of lowering rules (lower.h).
typedef struct LowRules LowRules;
// Rules that were loaded: null if they go with this program, else why not.
const char *low_refused(const LowRules *r);
// The rules of a set (null: built in), by number.
u32 low_nrules(const LowRules *r);
const char *low_rule(const LowRules *r, u32 k);

typedef struct IselOptions {
  u32 features;           // mask of CPU_*, back/x64/cpu.h
  const VMLayout *layout; // of the module's VMCtx
  u32 nimported;          // functions below this index are imports
  const LowRules *rules;  // null: those built in
  const u64 *off;         // a set of rules: not taken if another one does
  const u64 *off_named;   // those of them that are never taken; null: none
  u32 *fired;             // how often a rule was chosen, by number; or null
} IselOptions;

typedef struct IselCounters {
#define ISEL_COUNTERS(X)                                                       \
  X(insts, -1, "machine instructions written")                                 \
  X(operands, -1, "their operands")                                            \
  X(vregs, -1, "virtual registers")                                            \
  X(roots, 0, "IR instructions lowered")                                       \
  X(dead, 0, "IR instructions nobody demanded, or folded into users")          \
  X(constants, -1, "constants brought into a register")                        \
  X(imms, 1, "operands that became immediates")                                \
  X(pooled, 0, "operands read from the constant pool")                         \
  X(sunk, 1, "loads merged into their user")                                   \
  X(amodes, 0, "memory operands made")                                         \
  X(folded, 1, "of them, with two registers of the code or a scale")           \
  X(fused, 1, "comparisons fused with a branch, a select or a trap")           \
  X(calls, 0, "calls of functions and of the runtime")
#define X(name, better, what) u32 name;
  ISEL_COUNTERS(X)
#undef X
} IselCounters;

// Lowers f. Everything made lives in a. What cannot be lowered (an op no rule
// takes) is a null result with a line in err. f stays the same program, but
// operands of commutative operations may have changed places.
VCode *isel_lower(Arena *a, Func *f, const IselOptions *o, IselCounters *count,
                  Text *err);

// Checks lowered code (verify.c). False with one line per violation in err.
bool vcode_verify(Arena *scratch, const VCode *v, Text *err);

// Text of lowered code, one line per instruction (dumps, golden tests).
void vcode_print(const VCode *v, Text *t);

#endif
