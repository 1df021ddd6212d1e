// For tests of allocators: a text form of VCode, a generator of random code,
// and a simulation that runs an allocation beside the meaning of the code.
// The instructions are made up; VInst.imm holds their clobbers.
//
//   env caller rax rcx rdx callee rbx r12   ; optional; default: wasm's on x64
//   b0:
//     entry def v32 =rdi, def v33 =rsi
//     jump -> b1(v32, v33)
//   b1(v34, v35): loop b3                   ; header, the loop is b1 and b2
//     add def v36 @0, use v34, use v35 any  ; @0: takes the register of operand
//     0
//     ...
//   b3: cold
//     call use v36 =rdi, late use v35, early def v40, - clobbers all
//     ret use v36 =rax
//
// A vreg's letter is its class and width: v w general 8 4, d s q xmm 8 4 16. An
// operand is `[early|late] def|use NAME [any|slot|=REG|@K]`, a pinned register
// by its name, or - for none.
#ifndef BACK_RA_TEST_H
#define BACK_RA_TEST_H

#include "back/vcode.h"

RaEnv ra_test_env(void); // registers of wasm's convention, imm as clobbers
// False with "line:col: ..." in err.
bool ra_parse(Arena *a, const char *text, size_t n, VCode *out, RaEnv *env,
              Text *err);
// Text form of the code that ra_parse reads back.
void ra_print_code(const VCode *v, const RaEnv *env, Text *t);

typedef struct RaGen { // what random code is like
  u64 seed;
  u32 insts;     // about how many
  u32 live;      // about how many values live at once
  u32 max_depth; // of nesting
  u32 calls;     // per 1000 instructions
  u32 fixed;     // other fixed constraints, per 1000
  u32 odd;       // early, late, slot, pinned and other rare ones, per 1000
  u32 max_params;
} RaGen;
void ra_generate(Arena *a, const RaGen *g, const RaEnv *env, VCode *out);

typedef struct RaRun { // what the simulation executed
  u64 insts, blocks, moves, spills, reloads, swaps, edge_blocks;
} RaRun;
// Walks at random for so many instructions. False with a message when a use
// does not find its value.
bool ra_simulate(Arena *a, const VCode *v, const RaEnv *env, const RaResult *r,
                 u64 seed, u64 steps, RaRun *run, Text *err);

#endif
