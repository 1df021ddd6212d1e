// One op of the interpreter, generated from the ops' meanings (out/gen/interp.c).
#ifndef MID_IR_INTERP_H
#define MID_IR_INTERP_H

#include "mid/ir/ir.h"

// What loads and stores touch. The caller refreshes it when memory grows and
// when it enters another function.
typedef struct InterpMem {
  u8 *heap;           // linear memory 0; addresses of REGION_HEAP are offsets
  u64 heap_size;      // bytes; a heap access beyond traps
  const MemArg *mems; // Func.mems.at of the running function
} InterpMem;

enum { INTERP_NOT_MINE = TRAP_COUNT };

// Executes op with the value operands in args (declared order) and immediates
// taken from *i. 32-bit values are zero-extended, floats are their bits; a v128
// takes two words of args and result, low half first. Returns the first trap
// that applies (nothing is written then), TRAP_NONE, or INTERP_NOT_MINE for
// ops whose meaning is control, a call or extern: the interpreter has those.
// A NaN is what SSE makes: the first NaN operand made quiet, else the default
// NaN with its sign set.
TrapCode interp_op(InterpMem *m, u16 op, const Inst *i, const u64 *args,
                   u64 *result);

#endif
