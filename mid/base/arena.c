// Arenas: the one gate to memory. A chunk is mapped with mmap, so that pages
// nobody touches cost nothing and giving a chunk back really gives it back.
//
// The first chunk (1 MiB) of an arena is kept across arena_reset for ever: a
// function that fits costs no system call once the arena is warm. Later chunks
// double up to 16 MiB; a request larger than that gets a chunk of its own.
//
// The bytes mapped in the whole process, and their peak, are counted with
// relaxed atomics: the one piece of state at file scope.
//
// A program that fills tens of MiB and ends (rulec) asks for large pages: the
// faults of small ones were a sixth of its time.
#include "mid/base/base.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#ifdef RW_ASAN
#include <sanitizer/asan_interface.h>
#define poison(p, n) __asan_poison_memory_region((p), (n))
#define unpoison(p, n) __asan_unpoison_memory_region((p), (n))
#else
#define poison(p, n) ((void)(p))
#define unpoison(p, n) ((void)(p))
#endif

struct ArenaChunk {
  ArenaChunk *prev; // the chunk before, null in the first
  size_t size;      // mapped bytes, this header included
};

enum { HEADER = 64, FIRST_CHUNK = 1 << 20, MOST_CHUNK = 16 << 20 };

static _Atomic u64 mapped_now, mapped_peak, mapped_calls;

static void count_mapped(size_t size) {
  u64 now = atomic_fetch_add_explicit(&mapped_now, size, memory_order_relaxed);
  u64 peak = atomic_load_explicit(&mapped_peak, memory_order_relaxed);
  now += size;
  while (now > peak && !atomic_compare_exchange_weak_explicit(
                           &mapped_peak, &peak, now, memory_order_relaxed,
                           memory_order_relaxed))
    continue;
  atomic_fetch_add_explicit(&mapped_calls, 1, memory_order_relaxed);
}

BaseMemory base_memory(void) {
  return (BaseMemory){
      .now = atomic_load_explicit(&mapped_now, memory_order_relaxed),
      .peak = atomic_load_explicit(&mapped_peak, memory_order_relaxed),
      .calls = atomic_load_explicit(&mapped_calls, memory_order_relaxed)};
}

static ArenaChunk *chunk_map(size_t size, bool large) {
  void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) {
    fprintf(stderr, "%s: out of memory: %zu bytes wanted\n",
            program_invocation_short_name, size);
    _Exit(71);
  }
  if (large)
    (void)madvise(p, size, MADV_HUGEPAGE); // a wish
  count_mapped(size);
  ArenaChunk *c = p;
  c->size = size;
  return c;
}

static void chunk_unmap(ArenaChunk *c) {
  size_t size = c->size;
  unpoison(c, size);
  munmap(c, size);
  atomic_fetch_sub_explicit(&mapped_now, size, memory_order_relaxed);
}

static size_t next_size(const Arena *a, size_t want) {
  size_t size = a->large ? MOST_CHUNK : FIRST_CHUNK;
  if (a->chunk)
    size = a->chunk->size < MOST_CHUNK / 2 ? a->chunk->size * 2 : MOST_CHUNK;
  return want > size ? (want + 0xffff) & ~(size_t)0xffff : size;
}

static void note_peak(Arena *a) {
  if (a->used > a->peak)
    a->peak = a->used;
}

static void enter_chunk(Arena *a, ArenaChunk *c) {
  a->chunk = c;
  a->at = (u8 *)c + HEADER;
  a->end = (u8 *)c + c->size;
  poison(a->at, (size_t)(a->end - a->at));
}

// Keeps the first chunk at its size even when the first request is huge, or
// arena_reset would hold on to that forever.
static void make_room(Arena *a, size_t room) {
  must(room < (size_t)1 << 46, "arena asked for %zu bytes", room);
  do {
    size_t want = a->chunk ? HEADER + room : 0;
    ArenaChunk *c = chunk_map(next_size(a, want), a->large);
    c->prev = a->chunk;
    enter_chunk(a, c);
  } while (room > (size_t)(a->end - a->at));
}

void *arena_grow(Arena *a, size_t size, size_t align) {
  must(align <= 4096, "alignment of %zu", align);
  make_room(a, size + align);
  return arena_alloc(a, size, align);
}

#ifdef RW_ASAN
enum { GUARD = 16 };

static u8 *place(const Arena *a, size_t align) {
  return (u8 *)(((uintptr_t)a->at + align - 1) & ~(uintptr_t)(align - 1));
}

// Shadow memory counts in eights, so allocations start at multiples of eight.
void *arena_alloc_guarded(Arena *a, size_t size, size_t align) {
  align = align < 8 ? 8 : align;
  u8 *p = place(a, align);
  if (!a->at || p > a->end || size + GUARD > (size_t)(a->end - p)) {
    make_room(a, size + GUARD + align);
    p = place(a, align);
  }
  unpoison(p, size);
  a->at = p + size + GUARD;
  a->used += size;
  return p;
}
#endif

static void drop_chunks(Arena *a, bool keep_first) {
  while (a->chunk && (a->chunk->prev || !keep_first)) {
    ArenaChunk *prev = a->chunk->prev;
    chunk_unmap(a->chunk);
    a->chunk = prev;
  }
}

void arena_reset(Arena *a) {
  note_peak(a);
  drop_chunks(a, true);
  if (a->chunk)
    enter_chunk(a, a->chunk);
  a->used = 0;
}

void arena_free(Arena *a) {
  note_peak(a);
  drop_chunks(a, false);
  a->at = a->end = NULL;
  a->used = 0;
}

char *arena_strndup(Arena *a, const char *s, size_t n) {
  char *copy = arena_alloc(a, n + 1, 1);
  if (n)
    memcpy(copy, s, n);
  copy[n] = 0;
  return copy;
}

// Most are short: formatted once, and copied.
char *arena_vprintf(Arena *a, const char *fmt, va_list ap) {
  char small[200];
  va_list again;
  must(fmt, "no format"); // or gcc 12 with UBSan warns that it may be null
  va_copy(again, ap);
  int n = vsnprintf(small, sizeof small, fmt, ap);
  must(n >= 0, "bad format %s", fmt);
  char *s = arena_alloc(a, (size_t)n + 1, 1);
  if ((size_t)n < sizeof small)
    memcpy(s, small, (size_t)n + 1);
  else
    vsnprintf(s, (size_t)n + 1, fmt, again);
  va_end(again);
  return s;
}

char *arena_printf(Arena *a, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  char *s = arena_vprintf(a, fmt, ap);
  va_end(ap);
  return s;
}
