// IR functions as an instance: a wasm module that has their signatures, a page
// of memory and no code of its own. What runs comes from CompileOptions.source,
// so calls, faults, traps and calling conventions are the real ones.
#ifndef BACK_RUN_SHELL_H
#define BACK_RUN_SHELL_H

#include "mid/ir/ir.h"

enum { SHELL_HEAP = 1 << 16 }; // bytes of its memory, which cannot grow

// The module's bytes, in a. `main` is what it exports of functions.
Text shell_module(Arena *a, const IrModule *m, u32 main);

// A CompileOptions.source: env is the IrModule, whose functions all have
// bodies. Each is handed out as it is, so one instance may use them.
Func *shell_source(void *env, Arena *a, u32 func);

#endif
