// Growth of arrays in an arena: doubling, in place when the array is the last
// thing its arena handed out and there is room behind it. Otherwise the old
// array stays with the arena until that is reset.
#include "mid/base/base.h"

// Never with RW_ASAN: what is behind an array there is poison.
static bool grows_in_place(Arena *a, u8 *at, size_t old, size_t bytes) {
#ifdef RW_ASAN
  at = NULL;
#endif
  if (!at || at + old != a->at || bytes - old > (size_t)(a->end - a->at))
    return false;
  a->at += bytes - old;
  a->used += bytes - old;
  return true;
}

void *vec_grow(Arena *a, void *at, u32 *cap, u32 want, size_t size) {
  must(want >= *cap && want < (u32)1 << 31, "array of %u items", want);
  u32 n = *cap < 8 ? 16 : *cap * 2;
  if (n < want)
    n = want;
  size_t old = *cap * size, bytes = n * size;
  *cap = n;
  if (grows_in_place(a, at, old, bytes))
    return at;
  void *fresh = arena_alloc(a, bytes, 16);
  if (old)
    memcpy(fresh, at, old);
  return fresh;
}
