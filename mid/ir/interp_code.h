// The interpreter's form of a function; shared by its two files only.
#ifndef MID_IR_INTERP_CODE_H
#define MID_IR_INTERP_CODE_H

#include "mid/ir/interp.h"

typedef enum StepKind {
  STEP_OP1,     // fn on slot a
  STEP_OP2,     // slots a, b
  STEP_OP3,     // slots a, b, c; also what has no operands
  STEP_WIDE,    // fn on the `n` words of list b
  STEP_HOSTMEM, // load or store outside of the heap: needs a VMCtx
  STEP_VMCTX,
  STEP_FUNCREF, // function a
  STEP_TRAPZ,   // slot a, trap b
  STEP_TRAPNZ,
  STEP_TRAP,     // trap a
  STEP_JUMP,     // edge a
  STEP_BRIF,     // slot a, edges b and c
  STEP_TABLE,    // slot a, n + 1 edges from b, the last is the default
  STEP_RETURN,   // n words of list b
  STEP_CALL,     // function a, n words of list b; results from dst
  STEP_CALL_REF, // slot a
  STEP_LIBCALL,  // libcall a
} StepKind;

typedef struct Step { // one instruction
  u16 op;
  u8 kind;
  u8 words; // of the result
  u32 dst;  // first slot of the result; without one, a slot nobody reads
  u32 a, b, c;
  u32 n;
  Val inst;
  InterpFn *fn; // of STEP_OP1 .. STEP_WIDE and STEP_HOSTMEM
} Step;

typedef struct Edge {
  u32 to;   // step
  u32 cost; // instructions of the target block
  Block block;
  u32 moves; // index into words: n pairs (to slot, from slot)
  u32 n;
  bool overlap; // a move reads what an earlier one wrote: copy aside first
} Edge;

struct InterpCode {
  const Func *f;
  VEC(Step) steps;
  VEC(Edge) edges;
  VEC(u32) words;    // lists of slots, pairs of moves
  const u64 *consts; // slots [0, nconsts) of a fresh frame
  u32 nconsts;
  u32 nparams;  // words, in slots from nconsts
  u32 nresults; // words
  u32 nslots;   // of a frame
  u32 nmost;    // longest list of words
  u32 entry_cost;
  u64 *counts; // by block, or null
};

static inline u32 type_words(u32 type) {
  return type == TY_V128 ? 2 : 1;
}

#endif
