// What the mutation tests share: seeds from folders, mutants made from a number
// alone, batches in child processes, so that a crash is seen as a signal, a
// hang as an alarm (2 s a mutant, 20 s under sanitizers), memory by a limit.
#ifndef TESTS_FUZZ_MUTATE_H
#define TESTS_FUZZ_MUTATE_H

#include "mid/base/base.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_SEEDS = 2048, BATCH = 500 };

typedef struct SeedFile {
  const char *path;
  u8 *bytes;
  size_t size;
} SeedFile;

typedef struct Seeds {
  SeedFile at[MOST_SEEDS];
  u32 n;
  const u8 *odd; // bytes that mutants like
  u32 nodd;
  void (*try_one)(const u8 *bytes, size_t size); // must() on what is wrong
} Seeds;

static inline void add_folder(Arena *a, Seeds *s, const char *folder,
                              const char *ending, size_t most) {
  DIR *d = opendir(folder);
  struct dirent *e;
  while (d && (e = readdir(d)) && s->n < MOST_SEEDS) {
    const char *dot = strrchr(e->d_name, '.');
    SeedFile f = {.path = arena_printf(a, "%s/%s", folder, e->d_name)};
    if (dot && !strcmp(dot, ending) &&
        !file_read(a, f.path, &f.bytes, &f.size) && f.size <= most)
      s->at[s->n++] = f;
  }
  if (d)
    closedir(d);
}

static inline int by_path(const void *x, const void *y) {
  return strcmp(((const SeedFile *)x)->path, ((const SeedFile *)y)->path);
}

static inline void sort_seeds(Seeds *s) { // folders come in any order
  qsort(s->at, s->n, sizeof *s->at, by_path);
}

// --- mutation
// -------------------------------------------------------------------------

typedef struct Random {
  u64 s;
} Random;
static inline u32 next(Random *r, u32 n) { // splitmix64
  u64 z = r->s += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return (u32)((z ^ z >> 31) >> 11) % n;
}

// Changes one thing; `odd` are bytes worth trying. Returns the new size.
static inline size_t mutate_once(Random *r, const Seeds *s, u8 *p, size_t n,
                                 size_t cap) {
  u32 at = next(r, (u32)n);
  u32 len = 1 + next(r, 16);
  switch (next(r, 6)) {
  case 0: p[at] ^= (u8)(1u << next(r, 8)); break;
  case 1: p[at] = s->odd[next(r, s->nodd)]; break;
  case 2: p[at] = (u8)next(r, 256); break;
  case 3: // cut out
    len = at + len > n ? (u32)n - at : len;
    memmove(p + at, p + at + len, n - at - len);
    return n - len ? n - len : 1;
  case 4: // copy from elsewhere over it
    if (at + len <= n)
      memmove(p + at, p + next(r, (u32)(n - len + 1)), len);
    break;
  default: // insert
    if (n + len <= cap) {
      memmove(p + at + len, p + at, n - at);
      return n + len;
    }
  }
  return n;
}

static inline u8 *mutant(Arena *a, const Seeds *s, u64 number, size_t *size) {
  Random r = {number};
  const SeedFile *f = &s->at[next(&r, s->n)];
  size_t cap = f->size + 64;
  u8 *p = arena_array(a, u8, cap);
  memcpy(p, f->bytes, f->size);
  *size = f->size;
  for (u32 k = 1 + next(&r, 4); k > 0; k--)
    *size = mutate_once(&r, s, p, *size, cap);
  return p;
}

// --- batches in children
// ------------------------------------------------------------------

static inline void limit_memory(void) {
#ifndef RW_ASAN
  struct rlimit rl = {(rlim_t)8 << 30, (rlim_t)8 << 30};
  setrlimit(RLIMIT_AS, &rl);
#endif
}

#ifdef RW_ASAN
enum { SECONDS = 20 };
#else
enum { SECONDS = 2 };
#endif

// The child says by a pipe which mutant it is at.
static inline void child(const Seeds *s, u64 from, u32 n, int out) {
  limit_memory();
  for (u64 k = from; k < from + n; k++) {
    if (write(out, &k, sizeof k) != sizeof k)
      _exit(3);
    alarm(SECONDS);
    Arena a = {0};
    size_t size;
    const u8 *bytes = mutant(&a, s, k, &size);
    s->try_one(bytes, size);
    arena_free(&a);
  }
  _exit(0);
}

// Returns how many failed: at most one, after which the batch goes on behind
// it.
static inline u32 batch(const Seeds *s, u64 from, u32 n) {
  int fds[2], status;
  u64 at = from;
  if (pipe(fds))
    return 1;
  fflush(stdout); // or the child says it again
  pid_t pid = fork();
  if (!pid)
    child(s, from, n, fds[1]);
  close(fds[1]);
  for (u64 k; read(fds[0], &k, sizeof k) == sizeof k;)
    at = k;
  close(fds[0]);
  waitpid(pid, &status, 0);
  if (WIFEXITED(status) && !WEXITSTATUS(status))
    return 0;
  printf("mutant %llu: %s %d\n", (unsigned long long)at,
         WIFSIGNALED(status) ? "signal" : "exit",
         WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
  return 1 +
         (at + 1 < from + n ? batch(s, at + 1, (u32)(from + n - at - 1)) : 0);
}

// COUNT and SEED from the command line; returns the exit status.
static inline int run_mutants(Seeds *s, int argc, char **argv, u64 share) {
  u64 count = argc > 1 ? strtoull(argv[1], NULL, 10) : share;
  u64 seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
  u32 failed = 0;
  if (!s->n) {
    puts("no seeds: run it from the project's folder");
    return 77;
  }
  sort_seeds(s);
  for (u64 k = 0; k < count; k += BATCH) {
    u64 left = count - k;
    failed += batch(s, seed + k, (u32)(left < BATCH ? left : BATCH));
    fflush(stdout);
  }
  printf("%llu mutants of %u seeds, %u failed\n", (unsigned long long)count,
         s->n, failed);
  return failed != 0;
}

#endif
