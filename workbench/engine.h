// From command-line options to a store that runs things: what `run`, `wast` and
// the differential tests share.
#ifndef WORKBENCH_ENGINE_H
#define WORKBENCH_ENGINE_H

#include "back/compile.h"
#include "back/run/run.h"
#include "workbench/cmd.h"

// What options_parse cannot know: compiles and loads the rules of --rules, sees
// that globs of rules match one and that there is as much stack. `watched`: the
// command counts per rule. EXIT_GOOD, or a complaint is printed.
int engine_check(Arena *a, const char *cmd, Options *o, bool watched);

// The pipeline's options for these command-line options.
CompileOptions engine_compile(Arena *a, const Options *o);

// The CPU_* of `f` that the options leave.
u32 engine_features(u32 f, const Options *o);

// A store for these options; free it with store_free. Lives apart from `a`,
// which holds the options' derived tables and must outlive it.
Store *engine_store(Arena *a, const Options *o);

// Prints a trap as `wb run` does: which, where, and a wasm backtrace.
void engine_print_trap(const RunTrap *trap);

#endif
