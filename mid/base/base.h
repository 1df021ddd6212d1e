// The floor of the house: fixed-width names, must(), arenas, growable arrays,
// bit sets. The only code that calls malloc or mmap for memory (arena.c), so
// that bytes per pass are a counter and a test can hook them.
#ifndef MID_BASE_BASE_H
#define MID_BASE_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;
__extension__ typedef unsigned __int128 u128;
__extension__ typedef __int128 s128;

#if defined(__GNUC__)
#define BASE_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define BASE_NORETURN __attribute__((noreturn))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#endif

// Holds in every build: prints "wb: bug: PASS: FUNCTION: message" and the
// command that repeats it, then exits with status 70.
#define must(cond, ...)                                                        \
  do {                                                                         \
    if (unlikely(!(cond)))                                                     \
      must_fail(__FILE__, __LINE__, #cond, __VA_ARGS__);                       \
  } while (0)
BASE_NORETURN void must_fail(const char *file, int line, const char *cond,
                             const char *fmt, ...) BASE_PRINTF(4, 5);

// What must_fail names; set by the pass loop, per thread. Either may be null.
typedef struct {
  const char *pass;
  const char *function;
} MustWhere;
MustWhere *must_where(void);
// A signal that would kill: says so as must_fail does. must_catch_signals makes
// it the handler of those that mean a bug (programs only, not the fuzzers).
BASE_NORETURN void must_signal(int sig);
void must_catch_signals(void);

// --- arena.c -------------------------------------------------------------
// A bump allocator with a lifetime. Memory is not cleared. The first chunk is
// kept across arena_reset for ever; others go back. Pointers are stable.
typedef struct ArenaChunk ArenaChunk;
typedef struct Arena {
  u8 *at, *end;      // free part of the current chunk
  ArenaChunk *chunk; // current chunk, linked to the earlier ones
  size_t used;       // bytes handed out since the last reset
  size_t peak;       // most bytes ever in use
  bool large;        // chunks of 16 MiB in large pages: to be set when empty
} Arena;

void *arena_grow(Arena *a, size_t size, size_t align); // slow path
void arena_reset(Arena *a);                            // forget all, keep one chunk
void arena_free(Arena *a);                             // give everything back
char *arena_printf(Arena *a, const char *fmt, ...) BASE_PRINTF(2, 3);
char *arena_vprintf(Arena *a, const char *fmt, va_list ap) BASE_PRINTF(2, 0);
char *arena_strndup(Arena *a, const char *s, size_t n);

// All arenas of the process together: bytes mapped, their peak, and how often
// memory was mapped (a warm pass adds nothing to it).
typedef struct BaseMemory {
  u64 now, peak, calls;
} BaseMemory;
BaseMemory base_memory(void);

#ifdef RW_ASAN // each allocation with poison behind it, to see overruns
void *arena_alloc_guarded(Arena *a, size_t size, size_t align);
#endif
static inline void *arena_alloc(Arena *a, size_t size, size_t align) {
#ifdef RW_ASAN
  return arena_alloc_guarded(a, size, align);
#else
  uintptr_t p = ((uintptr_t)a->at + (align - 1)) & ~(uintptr_t)(align - 1);
  if (unlikely(p + size > (uintptr_t)a->end || !a->at))
    return arena_grow(a, size, align);
  a->used += (size_t)(p + size - (uintptr_t)a->at);
  a->at = (u8 *)p + size;
  return (void *)p;
#endif
}
static inline void *arena_zero(Arena *a, size_t size, size_t align) {
  return memset(arena_alloc(a, size, align), 0, size);
}
#define arena_new(a, T) ((T *)arena_zero((a), sizeof(T), _Alignof(T)))
#define arena_array(a, T, n)                                                   \
  ((T *)arena_alloc((a), sizeof(T) * (size_t)(n), _Alignof(T)))
#define arena_array0(a, T, n)                                                  \
  ((T *)arena_zero((a), sizeof(T) * (size_t)(n), _Alignof(T)))

// --- growable arrays in an arena ----------------------------------------
// VEC(T) declares a struct type; growth doubles and leaves the old array to
// the arena. vec_push evaluates to nothing.
#define VEC(T)                                                                 \
  struct {                                                                     \
    T *at;                                                                     \
    u32 n, cap;                                                                \
  }
#define vec_reserve(arena, v, more)                                            \
  do {                                                                         \
    if ((v)->n + (u32)(more) > (v)->cap)                                       \
      (v)->at = vec_grow((arena), (v)->at, &(v)->cap, (v)->n + (u32)(more),    \
                         sizeof *(v)->at);                                     \
  } while (0)
#define vec_push(arena, v, x)                                                  \
  do {                                                                         \
    vec_reserve(arena, v, 1);                                                  \
    (v)->at[(v)->n++] = (x);                                                   \
  } while (0)
// Returns an array of at least `want` items of `size` bytes with the *cap old
// items copied, and the new capacity in *cap.
void *vec_grow(Arena *a, void *at, u32 *cap, u32 want, size_t size);

// --- bit sets: arrays of u64 words ---------------------------------------
static inline bool bit_has(const u64 *set, u32 i) {
  return set[i >> 6] >> (i & 63) & 1;
}
static inline void bit_add(u64 *set, u32 i) {
  set[i >> 6] |= (u64)1 << (i & 63);
}
static inline void bit_del(u64 *set, u32 i) {
  set[i >> 6] &= ~((u64)1 << (i & 63));
}
static inline u32 bit_words(u32 n) { return (n + 63) / 64; }

// --- output --------------------------------------------------------------
// A growable byte string in an arena; what printers write to.
typedef struct Text {
  Arena *arena;
  char *at; // not terminated until text_str
  u32 n, cap;
} Text;
void text_add(Text *t, const char *fmt, ...) BASE_PRINTF(2, 3);
void text_put(Text *t, const char *s, size_t n);
char *text_str(Text *t); // terminates and returns at

// Whole file into memory of the arena. Returns 0, or an errno value.
int file_read(Arena *a, const char *path, u8 **bytes, size_t *size);

u64 hash_bytes(const void *p, size_t n); // 64 bits, the same on every run

// The word most like this one, for "did you mean"; null if none is alike.
const char *word_nearest(const char *word, const char *const *words, u32 n);

#endif
