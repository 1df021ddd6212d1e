// Known bits and ranges tell about each other.
//
// 1. Known bits bound the value from both sides, without and with sign.
// 2. A range whose ends have the same sign bit is the same range in the other
//    reading.
// 3. The bits above the highest one in which the ends of a range differ are
//    those of the ends.
//
// One pass in that order: a second finds something now and then, and nothing
// that matters. tests/rulec/known.c holds it to values.
#include "mid/ir/known.h"

static u64 mask(u32 w) { return ~(u64)0 >> (64 - w); }

void known_add(Known *f, const Known *g, u32 w) {
  known_add_zeros(f, g->zeros, w);
  known_add_ones(f, g->ones, w);
  known_add_umin(f, g->umin, w);
  known_add_umax(f, g->umax, w);
  known_add_smin(f, g->smin, w);
  known_add_smax(f, g->smax, w);
}

static void range_of_bits(Known *f, u32 w) {
  u64 top = (u64)1 << (w - 1), most = ~f->zeros & mask(w);
  known_add_umin(f, f->ones, w);
  known_add_umax(f, most, w);
  known_add_smin(f, f->zeros & top ? f->ones : f->ones | top, w);
  known_add_smax(f, f->ones & top ? most : most & ~top, w);
}

static void other_reading(Known *f, u32 w) {
  u64 top = (u64)1 << (w - 1);
  if (!((f->umin ^ f->umax) & top)) {
    known_add_smin(f, f->umin, w);
    known_add_smax(f, f->umax, w);
  }
  if (!((f->smin ^ f->smax) & top)) {
    known_add_umin(f, f->smin, w);
    known_add_umax(f, f->smax, w);
  }
}

static void bits_of_range(Known *f, u32 w) {
  u64 differ = f->umin ^ f->umax;
  u64 same = differ ? ~(~(u64)0 >> __builtin_clzll(differ)) : ~(u64)0;
  known_add_zeros(f, ~f->umin & same & mask(w), w);
  known_add_ones(f, f->umin & same & mask(w), w);
}

void known_close(Known *f, u32 w) {
  range_of_bits(f, w);
  other_reading(f, w);
  bits_of_range(f, w);
}
