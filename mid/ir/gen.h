// Random IR programs, the same for the same options: what differential tests
// run interpreted and at each level. Valid, terminating (loops have bounded
// trips, calls go to higher function indices), using every scalar op, biased to
// the corners of its types; sometimes trapping.
#ifndef MID_IR_GEN_H
#define MID_IR_GEN_H

#include "mid/ir/ir.h"

typedef struct GenOptions {
  u64 seed;
  u32 nfuncs;     // functions, all with bodies; calls only where > 1
  u32 size;       // aim, instructions per function
  u32 heap_bytes; // memory 0; accesses are mostly inside. 0 = no accesses
  bool floats;    // use f32 and f64
  bool traps;     // divisions, conversions, traps that may happen
  bool nan_bits;  // let the bits of NaNs reach integers, memory and results:
                  // only where sign and payload are promised
} GenOptions;

GenOptions gen_options(u64 seed); // 3 functions of about 60, everything on
                                  // but nan_bits, 64 KiB
IrModule ir_generate(Arena *a, const GenOptions *o);
// Arguments for a call, biased in the same way; one word each.
void gen_args(u64 seed, const Sig *s, u64 *args);
// Fills a heap, deterministically.
void gen_heap(u64 seed, u8 *heap, u32 bytes);
// A result as a test should compare it: NaNs made equal.
u64 gen_comparable(u8 type, u64 bits);

#endif
