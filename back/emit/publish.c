// Blobs into one mapping: laid out by function index, calls between them
// resolved, one mmap, one copy, one mprotect. Writable until then, executable
// after. Lookups are binary searches over what emission left in order.
#include "back/emit/emit.h"

#include <errno.h>
#include <sys/mman.h>

enum { BLOB_ALIGN = 16, TRAP_FILL = 0xcc };

static u32 place_blobs(CodeBlob **blobs, u32 n, CodeImage *im) {
  u64 at = 0;
  for (u32 i = 0; i < n; i++)
    if (blobs[i]) {
      im->blobs[im->nblobs] = blobs[i];
      im->start[im->nblobs++] = (u32)at;
      at += (blobs[i]->size + BLOB_ALIGN - 1) & ~(u64)(BLOB_ALIGN - 1);
      must(at <= INT32_MAX, "more than 2 GiB of code");
    }
  return (u32)at;
}

static u32 find_func(const CodeImage *im, u32 func) {
  u32 lo = 0, hi = im->nblobs;
  while (lo < hi) {
    u32 mid = (lo + hi) / 2;
    if (im->blobs[mid]->func < func)
      lo = mid + 1;
    else
      hi = mid;
  }
  return lo < im->nblobs && im->blobs[lo]->func == func ? lo : ~0u;
}

static void resolve(const CodeImage *im, u32 k) {
  const CodeBlob *b = im->blobs[k];
  for (u32 i = 0; i < b->nrelocs; i++) {
    u32 callee = find_func(im, b->relocs[i].func);
    must(callee != ~0u, "function %u calls %u, which has no code", b->func,
         b->relocs[i].func);
    u32 at = im->start[k] + b->relocs[i].at;
    u32 rel = im->start[callee] + im->blobs[callee]->direct - (at + 4);
    memcpy(im->base + at, &rel, 4);
  }
}

static void copy_blob(const CodeImage *im, u32 k) {
  const CodeBlob *b = im->blobs[k];
  u8 *to = im->base + im->start[k];
  u32 room = (b->size + BLOB_ALIGN - 1) & ~(u32)(BLOB_ALIGN - 1);
  memcpy(to, b->bytes, b->size);
  memset(to + b->size, TRAP_FILL, room - b->size);
}

int code_publish(Arena *a, CodeBlob **blobs, u32 n, CodeImage *im) {
  *im = (CodeImage){.blobs = arena_array(a, CodeBlob *, n),
                    .start = arena_array(a, u32, n)};
  im->size = place_blobs(blobs, n, im);
  if (!im->size)
    return 0;
  im->mapped = (im->size + 4095u) & ~(size_t)4095;
  void *p = mmap(NULL, im->mapped, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) {
    int err = errno;
    *im = (CodeImage){0};
    return err;
  }
  im->base = p;
  for (u32 k = 0; k < im->nblobs; k++)
    copy_blob(im, k);
  for (u32 k = 0; k < im->nblobs; k++)
    resolve(im, k);
  if (mprotect(im->base, im->mapped, PROT_READ | PROT_EXEC) == 0)
    return 0;
  int err = errno;
  code_unmap(im);
  return err;
}

void code_unmap(CodeImage *im) {
  if (im->base)
    munmap(im->base, im->mapped);
  *im = (CodeImage){0};
}

const void *code_entry(const CodeImage *im, u32 func) {
  u32 k = find_func(im, func);
  return k == ~0u ? NULL : im->base + im->start[k];
}

const CodeBlob *code_find(const CodeImage *im, const void *pc, u32 *off) {
  uintptr_t p = (uintptr_t)pc, base = (uintptr_t)im->base;
  if (p < base || p >= base + im->size)
    return NULL;
  u32 at = (u32)(p - base), lo = 0, hi = im->nblobs;
  while (hi - lo > 1) { // start[lo] <= at < start[hi]
    u32 mid = (lo + hi) / 2;
    if (im->start[mid] <= at)
      lo = mid;
    else
      hi = mid;
  }
  *off = at - im->start[lo];
  return *off < im->blobs[lo]->size ? im->blobs[lo] : NULL;
}

const CodeTrap *code_trap(const CodeBlob *b, u32 off) {
  u32 lo = 0, hi = b->ntraps;
  while (lo < hi) {
    u32 mid = (lo + hi) / 2;
    if (b->traps[mid].at < off)
      lo = mid + 1;
    else
      hi = mid;
  }
  return lo < b->ntraps && b->traps[lo].at == off ? &b->traps[lo] : NULL;
}

const CodePos *code_pos(const CodeBlob *b, u32 off) {
  u32 lo = 0, hi = b->nposes;
  while (lo < hi) {
    u32 mid = (lo + hi) / 2;
    if (b->poses[mid].at < off)
      lo = mid + 1;
    else
      hi = mid;
  }
  return lo < b->nposes && b->poses[lo].at == off ? &b->poses[lo] : NULL;
}
