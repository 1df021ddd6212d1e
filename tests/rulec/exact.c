// What rulec/verify/exact.c says of subtracting 2^63 from a float, on the
// processor: corners, neighbours of the bounds, random numbers.
#include "rulec/eval/eval.h"

#include "mid/ir/eval.h"

#include <stdio.h>

static const u64 two63[2] = {0x5f000000, UINT64_C(0x43e0000000000000)};
static const u64 two64[2] = {0x5f800000, UINT64_C(0x43f0000000000000)};

static bool le(u32 w, u64 x, u64 y) {
  return w == 32 ? ev_le32(x, y) : ev_le64(x, y);
}

static bool holds(u32 w, u64 x) {
  u64 low = two63[w == 64], high = two64[w == 64], sign = (u64)1 << (w - 1);
  u64 r = w == 32 ? ev_sub32(x, low) : ev_sub64(x, low);
  bool nan = w == 32 ? ev_isnan32(x) : ev_isnan64(x);
  bool gives_nan = w == 32 ? ev_isnan32(r) : ev_isnan64(r);
  if (nan != gives_nan)
    return false;
  if (le(w, high, x))
    return le(w, low, r);
  if (le(w, x, 0))
    return le(w, r, low | sign);
  u32 fraction = w == 32 ? 23 : 52;
  u64 n = (x & ev_mask(fraction)) << (63 - fraction);
  return !le(w, low, x) || r == ev_from_u(n, w);
}

static u32 check(u32 w, u64 x) {
  if (holds(w, x & ev_mask(w)))
    return 0;
  printf("not ok %u bits %llx\n", w, (unsigned long long)x);
  return 1;
}

int main(void) {
  EvSampler m = {.state = 9};
  u32 failed = 0;
  for (u32 w = 32; w <= 64; w += 32)
    for (u32 i = 0; i < 200000; i++) {
      u64 at = i & 1 ? two63[w == 64] : two64[w == 64];
      u64 sign = (u64)(i >> 1 & 1) << (w - 1);
      failed += check(w, sample_bits(&m, w).w[0]);
      failed += check(w, (at | sign) + sample_draw(&m) % 64 - 32);
      u64 r = sample_draw(&m); // between the bounds
      failed += check(w, two63[w == 64] | (r & ev_mask(w == 32 ? 23 : 52)));
    }
  printf("%s %u wrong\n", failed ? "not ok" : "ok", failed);
  return failed != 0;
}
