// The pipeline: from a function's wasm bytes to a blob of machine code.
//
// Passes are one table; one loop runs them, times them, checks them, and stops
// where a dump wants to look. A Unit is one function on its way through. Units
// share nothing, so any number of threads compile a module; what they make is
// the same bytes. Which function failed first is by index, not by time.
#ifndef BACK_COMPILE_H
#define BACK_COMPILE_H

#include "back/emit/emit.h"
#include "back/isel/isel.h"
#include "back/vcode.h"
#include "mid/egraph/egraph.h"
#include "mid/wasm/module.h"

typedef struct CompileOptions {
  int level;  // 0, 1, 2
  bool check; // verify the IR after each pass, check each allocation
  bool explicit_bounds;
  u32 join_limit; // TranslateOptions
  bool no_egraph; // as if the level were 0 in the middle
  bool watch;     // count inside loops and per rule (`wb stats`)
  bool timings;   // fill Unit.cycles
  u32 jobs;       // threads; 0 and 1 are the same
  u32 features;   // CPU_* mask
  EgraphOptions egraph;
  const LowRules *lowering;  // null: the rules built in
  const u64 *lowering_off;   // of them, those not taken if another one does
  const u64 *lowering_named; // of those, the ones never taken; null: none
  EmitOptions emit;
  // Where functions come from if not from wasm bytes (tests); in arena a.
  Func *(*source)(void *env, Arena *a, u32 func);
  void *source_env;
} CompileOptions;
// What a level means, on this machine's processor.
CompileOptions compile_options(int level);

// What translation did; the other passes have counters of their own.
#define FRONT_COUNTERS(X)                                                      \
  X(wasm_bytes, 0, "bytes of the body")                                        \
  X(wasm_insts, 0, "wasm instructions in it")                                  \
  X(insts, -1, "IR instructions made")                                         \
  X(blocks, 0, "blocks made")                                                  \
  X(params, -1, "block parameters made")                                       \
  X(loops, 0, "loops")                                                         \
  X(locals_in_memory, -1, "locals kept in memory: joins too large")            \
  X(bytes, -1, "bytes of the function's arena")
typedef struct FrontCounters {
#define X(name, better, what) u32 name;
  FRONT_COUNTERS(X)
#undef X
} FrontCounters;

typedef struct FuncCounters { // of one function; fields in pass order
  FrontCounters translate;
  EgraphCounters egraph;
  IselCounters lower;
  RaCounters ra;
  EmitCounters emit;
} FuncCounters;

enum {
  PASS_TRANSLATE,
  PASS_EGRAPH,
  PASS_LOWER,
  PASS_ALLOCATE,
  PASS_EMIT,
  PASS_COUNT
};

typedef struct Unit {
  const WasmModule *module;
  const CompileOptions *o;
  u32 func;
  Arena *ir, *opt, *scratch; // of this thread; reset by compile_unit's caller
  Arena *out;                // where the blob goes
  // what has been made so far
  Func *f;
  VCode *v;
  RaResult ra;
  CodeBlob *blob;
  // what is known of it
  FuncCounters counters;
  RuleCounters *rules; // or null
  u32 *lowered;        // with rules: how often each one of lowering
  EgraphLog *log;      // or null: record firings and keep the graph
  RaRanges *ranges;    // or null
  u64 cycles[PASS_COUNT];
  WasmError error; // of translation
  Text err;        // of everything else, in scratch
} Unit;

typedef struct Pass {
  const char *name;
  const char *what;                  // one line
  int level;                         // runs from this level on
  const char *flag;                  // what switches it off, or null
  bool (*run)(Unit *u);              // false: Unit.error or Unit.err says why
  bool (*check)(Unit *u, Text *err); // or null
  const char *checker;               // its name
} Pass;
extern const Pass compile_passes[PASS_COUNT];
bool pass_enabled(const Pass *p, const CompileOptions *o);

// Runs the passes up to and including `last`. False if one failed. A failed
// check is our bug: it must() not return.
bool compile_unit(Unit *u, int last);

// Compiles all functions of a decoded module into blobs[0 .. nfuncs), null for
// imports, in arenas that live until compile_free.
typedef struct CompileJob {
  const WasmModule *module;
  const CompileOptions *o;
  CodeBlob **blobs;       // result
  FuncCounters *counters; // or null: by function index
  // Called for each function, on its thread, when its counters are final; may
  // be null. Must touch only what belongs to that function.
  void (*done)(void *ctx, Unit *u);
  void *ctx;
  u64 cycles[PASS_COUNT]; // if timings, summed over functions
  u32 failed;             // lowest function that failed, or UINT32_MAX
  WasmError error;        // why
  Arena *arenas;          // of the threads' outputs
  u32 narenas;
  size_t peak_bytes; // largest arenas of one thread
} CompileJob;
bool compile_module(Arena *a, CompileJob *job);
void compile_free(CompileJob *job);

#endif
