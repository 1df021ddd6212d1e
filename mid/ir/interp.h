// The interpreter of the IR, the oracle of everything: one op, generated from
// the ops' meanings (out/gen/interp.c), and the machine around it (interp.c):
// frames, blocks, calls, traps with their backtrace. It runs on the structures
// of back/run (VMCtx, VMFunc, ...) as machine code does, or on an IrModule
// alone.
#ifndef MID_IR_INTERP_H
#define MID_IR_INTERP_H

#include "mid/ir/ir.h"
#include "mid/wasm/vmctx.h"

// What loads and stores touch. The caller refreshes it when memory grows and
// when it enters another function.
typedef struct InterpMem {
  u8 *heap;           // linear memory 0; addresses of REGION_HEAP are offsets
  u64 heap_size;      // bytes; a heap access beyond traps
  const MemArg *mems; // Func.mems.at of the running function
  const V128 *vecs;   // Func.vecs.at of it
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
// The case of one op, for who runs it often; null where interp_op would say
// INTERP_NOT_MINE.
typedef TrapCode InterpFn(InterpMem *m, const Inst *i, const u64 *args,
                          u64 *result);
InterpFn *interp_case(u16 op);

// --- interp_code.c: a function made ready to run: operands are frame slots,
// block arguments are lists of moves, results of calls are where proj finds
// them. f must be well-formed (ir_verify) and stay as it is.
typedef struct InterpCode InterpCode;
InterpCode *interp_code(Arena *a, const Func *f);
const Func *interp_func(const InterpCode *c);
// From now on counts how often each block is entered; by block number.
u64 *interp_count_blocks(Arena *a, InterpCode *c);

// --- interp.c -------------------------------------------------------
typedef struct Interp Interp;

typedef struct InterpTarget { // what a call reaches
  const InterpCode *code;     // or, if null, a host function:
  VMCtx *ctx;                 // instance of code; null in an IrModule
  const VMFunc *host;
} InterpTarget;

typedef struct InterpFrame { // one wasm call
  const InterpCode *code;
  VMCtx *ctx;
  Val inst; // where it is: the call it waits for, or what trapped
  u32 at;   // next instruction of code
  u32 base; // first slot
} InterpFrame;

struct Interp {
  // Whose calls these are; interp_use_module fills them for an IrModule.
  void *env;
  // Function `func` of the instance ctx. False: nothing there (TRAP_HOST).
  bool (*resolve)(Interp *in, VMCtx *ctx, u32 func, InterpTarget *out);
  const VMFunc *(*funcref)(Interp *in, VMCtx *ctx, u32 func);
  // Arguments by word; may return a trap or leave by longjmp to who called
  // interp_call, who then looks at the frames and calls interp_unwind.
  TrapCode (*libcall)(Interp *in, VMCtx *ctx, u32 libcall, const u64 *args,
                      u64 *result);
  u8 *heap; // memory 0 where ctx is null
  u64 heap_bytes;
  u64 fuel;         // instructions left
  u32 max_depth;    // calls inside of calls
  u32 max_slots;    // words of all frames together
  bool out_of_fuel; // why a call gave TRAP_HOST

  // State. After a trap the frames are still there: the backtrace, innermost
  // last.
  Arena arena;
  InterpFrame *frames;
  u32 nframes;
  u64 *slots;
  u32 top;       // slots in use
  u32 reentered; // interp_call inside of host functions
};

typedef struct InterpMark {
  u32 nframes, top, reentered;
} InterpMark;

void interp_init(Interp *in); // default limits, no fuel limit, no functions
void interp_free(Interp *in);
// Runs target on args[] (words, as many as the parameters take) and writes the
// results, unless it traps. May be called from host functions.
TrapCode interp_call(Interp *in, InterpTarget target, const u64 *args,
                     u64 *results);
// After a trap, and once its frames have been read: back to the state before
// the call.
InterpMark interp_mark(const Interp *in);
void interp_unwind(Interp *in, InterpMark m);
Pos interp_frame_pos(const InterpFrame *f); // zero if unknown

// Runs the functions of m: calls reach its bodies, references are made up,
// host memory is not there (TRAP_HOST), libcalls are what needs no instance.
void interp_use_module(Interp *in, const IrModule *m);

#endif
