// The state of one pass over a function body, shared by the validator and the
// translator. Both are body.inc, compiled with BUILD 0 and 1.
//
// The operand stack holds a wasm type byte and, when building, a value per
// slot; type 0 is the bottom type of unreachable code. The innermost frame is
// frames[depth - 1]; frames[0] is the function.
#ifndef MID_WASM_BODY_H
#define MID_WASM_BODY_H

#include "mid/wasm/decode.h"
#include "mid/wasm/opcodes.h"

typedef struct Slot {
  Val val;
  u32 type;
} Slot;

typedef enum FrameKind {
  FRAME_FUNC,
  FRAME_BLOCK,
  FRAME_LOOP,
  FRAME_IF,
  FRAME_ELSE,
} FrameKind;

typedef struct FrameBuild {  // the builder's part, see ssa.h
  u32 first_edge, last_edge; // pending forward edges to the end, in code order
  u32 else_edge;             // if: pending edge of the false case
  Block header;              // loop: 0 if nothing branches to it
  u32 locals, nlocals;       // loop: parameters, a run of Build.scan_locals
  u32 parent_loop; // index of the enclosing frame that is a loop with header
  Block last_back; // last block of the loop known so far
  u32 reach;       // outermost loop frame that something inside branches to
} FrameBuild;

typedef struct Frame {
  const u8 *params, *results; // wasm type bytes
  u16 nparams, nresults;
  u8 kind;    // enum FrameKind
  bool dead;  // the stack is polymorphic
  u32 height; // slots below the frame's own
  u32 off;    // where it began, for messages
  FrameBuild x;
} Frame;

enum { MAX_DEPTH = 1000000, MAX_STACK = 4000000 }; // nesting, operand stack

typedef struct Body {
  const WasmModule *m;
  Arena *arena;
  WasmError *err;
  const u8 *p, *end;                // next byte, end of the body
  Slot *stack, *sp, *limit, *floor; // floor: of the innermost frame
  Frame *frames;
  u32 depth, cap;
  u8 *local_types; // wasm type bytes
  u32 nlocals;
  u32 ninsts;              // instructions seen
  struct Build *build;     // null when only validating
  struct LoopScans *scans; // the translator's pre-scan, or null
  bool simd;               // stopped because of a v128 that cannot be built
} Body;

// --- body.c: what does not depend on BUILD -----------------------------------
// Reads the locals and opens the function's frame.
bool body_begin(Body *s, Arena *a, const WasmModule *m, u32 func,
                WasmError *err);
// Always false, with the first error kept.
bool body_fail(Body *s, const u8 *at, const char *fmt, ...) BASE_PRINTF(3, 4);
bool body_leb_fail(Body *s, const u8 *at, unsigned bits);
// Pops in the cases the inline path does not have; false if it may not.
bool body_pop_slow(Body *s, const u8 *at, u8 want);
bool body_grow_stack(Body *s, u32 more);
bool body_grow_frames(Body *s);
// The slots on top must have these types; missing ones are fine if dead.
bool body_check_top(Body *s, const u8 *at, const u8 *types, u32 n);
// Leaves exactly these types on top, after body_check_top.
bool body_set_top(Body *s, const u8 *types, u32 n);
// The frame's results and nothing else must be on its stack.
bool body_check_results(Body *s, const u8 *at, const Frame *fr);
bool body_block_type(Body *s, Frame *fr);
bool body_simd(Body *s, const u8 *at); // validates one instruction behind 0xfd

static inline Frame *body_top(const Body *s) {
  return &s->frames[s->depth - 1];
}
static inline const u8 *label_types(const Frame *fr, u32 *n) {
  bool loop = fr->kind == FRAME_LOOP;
  *n = loop ? fr->nparams : fr->nresults;
  return loop ? fr->params : fr->results;
}

// --- validate.c
// Validates up to the `else` or `end` of frame number `stop` (the depth when it
// is innermost), which is left unread; with stop 0 to the end of the body.
bool body_validate(Body *s, u32 stop);

#endif
