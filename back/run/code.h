// How the code of instances is reached: the one place that knows whether a
// store interprets or compiles. Implemented by code.c.
#ifndef BACK_RUN_CODE_H
#define BACK_RUN_CODE_H

#include "back/run/run.h"

typedef struct CodePlace { // what a pc in published code means
  Instance *instance;
  u32 func;
  u32 off;       // wasm byte offset, 0 if unknown
  u32 frame;     // bytes from rsp at this pc to the return address
  TrapCode trap; // of the instruction at pc, TRAP_NONE if it has none
} CodePlace;

// False if pc is in no published wasm code of the store.
bool vm_code_find(Store *s, uintptr_t pc, CodePlace *out);

// Calls a wasm function; arguments and results in words.
void code_enter(Store *s, VMFunc *f, const Sig *sig, u64 *words);

// After an early end of code_enter: adds what the interpreter knows of the
// frames to the trap, and makes it ready for the next call.
void code_left(Store *s, RunTrap *trap);

// --- interp.c: the same, interpreting ----------------------------------------
RunStatus interp_prepare(Instance *i, Text *err);
void interp_enter(Store *s, VMFunc *f, const Sig *sig, u64 *words);
void interp_left(Store *s, RunTrap *trap);
void interp_release(Store *s);

#endif
