// What is known of an integer value: bits that are 0 or 1, and its range, read
// without and with sign. How an op's result follows from its operands stands in
// rules/ops.rules (`fact`), from which out/gen/known.c comes, and so does what
// the facts of a value tell of each other. All of it is proved.
//
// All numbers are of the value's width, upper bits zero; smin and smax are read
// with sign. Known may only be added: each function leaves what was true true.
#ifndef MID_IR_KNOWN_H
#define MID_IR_KNOWN_H

#include "mid/ir/ir.h"

typedef struct Known {
  u64 zeros, ones; // bits known to be 0, to be 1
  u64 umin, umax;
  u64 smin, smax;
} Known;

// What the type alone says: w is 32 or 64.
static inline Known known_none(u32 w) {
  u64 top = (u64)1 << (w - 1);
  return (Known){.umax = top | (top - 1), .smin = top, .smax = top - 1};
}

// What one fact tells about the others; once after the last is added.
void known_close(Known *f, u32 w);

// Narrows by one more fact of the same value.
static inline s64 known_signed(u64 x, u32 w) {
  return (s64)(x << (64 - w)) >> (64 - w);
}
static inline void known_add_zeros(Known *f, u64 x, u32 w) {
  (void)w;
  f->zeros |= x;
}
static inline void known_add_ones(Known *f, u64 x, u32 w) {
  (void)w;
  f->ones |= x;
}
static inline void known_add_umin(Known *f, u64 x, u32 w) {
  (void)w;
  f->umin = x > f->umin ? x : f->umin;
}
static inline void known_add_umax(Known *f, u64 x, u32 w) {
  (void)w;
  f->umax = x < f->umax ? x : f->umax;
}
static inline void known_add_smin(Known *f, u64 x, u32 w) {
  f->smin = known_signed(x, w) > known_signed(f->smin, w) ? x : f->smin;
}
static inline void known_add_smax(Known *f, u64 x, u32 w) {
  f->smax = known_signed(x, w) < known_signed(f->smax, w) ? x : f->smax;
}
// Narrows r by what op i gives, where x are the facts of its value operands. r
// may be among them (known_close).
typedef void KnownFn(const Inst *i, const MemArg *mems, const Known *x,
                     Known *r);
typedef struct KnownRow {
  KnownFn *fn;  // null: the op says nothing
  u32 operands; // bit k: x[k] is read
} KnownRow;
extern const KnownRow op_known[];

#endif
