// Mutated modules: none may crash, hang or exhaust memory; each is refused with
// a message, or compiles at each level, or runs.
//
//   fuzz_modules [COUNT [SEED]]      default: 3000 mutants, CI's share
//
// Seeds are the corpus and the small modules beside the tests. A mutant is made
// from (seed number) alone, so a failure is repeated by `fuzz_modules 1 SEED`.
// Children do the work in batches: the parent sees a crash as a signal, a hang
// as an alarm (2 s a mutant, 10 s under sanitizers), memory by a limit.
#include "back/compile.h"
#include "back/run/run.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_SEEDS = 256, BATCH = 500 };

typedef struct SeedFile {
  const char *path;
  u8 *bytes;
  size_t size;
} SeedFile;

typedef struct Seeds {
  SeedFile at[MOST_SEEDS];
  u32 n;
} Seeds;

static void add_folder(Arena *a, Seeds *s, const char *folder, size_t most) {
  DIR *d = opendir(folder);
  struct dirent *e;
  while (d && (e = readdir(d)) && s->n < MOST_SEEDS) {
    const char *dot = strrchr(e->d_name, '.');
    SeedFile f = {.path = arena_printf(a, "%s/%s", folder, e->d_name)};
    if (dot && !strcmp(dot, ".wasm") &&
        !file_read(a, f.path, &f.bytes, &f.size) && f.size <= most)
      s->at[s->n++] = f;
  }
  if (d)
    closedir(d);
}

static int by_path(const void *x, const void *y) {
  return strcmp(((const SeedFile *)x)->path, ((const SeedFile *)y)->path);
}

// --- mutation -------------------------------------------------------------------------

typedef struct Random {
  u64 s;
} Random;
static u32 next(Random *r, u32 n) { // splitmix64
  u64 z = r->s += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return (u32)((z ^ z >> 31) >> 11) % n;
}

static size_t mutate_once(Random *r, u8 *p, size_t n, size_t cap) {
  static const u8 odd[] = {0x00, 0x01, 0x7f, 0x80, 0xff, 0x0b, 0x05, 0x40,
                           0xfc, 0xfd, 0x7e, 0x70, 0x6f, 0x41, 0x20, 0x10};
  u32 at = next(r, (u32)n);
  u32 len = 1 + next(r, 16);
  switch (next(r, 6)) {
  case 0: p[at] ^= (u8)(1u << next(r, 8)); break;
  case 1: p[at] = odd[next(r, sizeof odd)]; break;
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

static u8 *mutant(Arena *a, const Seeds *s, u64 number, size_t *size) {
  Random r = {number};
  const SeedFile *f = &s->at[next(&r, s->n)];
  size_t cap = f->size + 64;
  u8 *p = arena_array(a, u8, cap);
  memcpy(p, f->bytes, f->size);
  *size = f->size;
  for (u32 k = 1 + next(&r, 4); k > 0; k--)
    *size = mutate_once(&r, p, *size, cap);
  return p;
}

// --- what is done with one --------------------------------------------------------------

static void compile_all(const u8 *bytes, size_t size) {
  for (int level = 0; level <= 1; level++) {
    Arena a = {0};
    WasmModule *m = arena_new(&a, WasmModule);
    WasmError err = {0};
    CompileOptions o = compile_options(level);
    o.check = true;
    CompileJob job = {.module = m, .o = &o};
    if (wasm_decode(&a, bytes, size, m, &err)) {
      if (!compile_module(&a, &job))
        must(*job.error.what, "refused without a message");
      compile_free(&job);
    } else {
      must(*err.what, "refused without a message");
    }
    arena_free(&a);
  }
}

static void try_one(const Seeds *s, u64 number) {
  Arena a = {0};
  size_t size;
  WasmError err = {0};
  u8 *bytes = mutant(&a, s, number, &size);
  if (wasm_validate(&a, bytes, size, &err))
    compile_all(bytes, size);
  else
    must(*err.what || err.unsupported, "refused without a message");
  arena_free(&a);
}

// --- batches in children ------------------------------------------------------------------

static void limit_memory(void) {
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
static void child(const Seeds *s, u64 from, u32 n, int out) {
  limit_memory();
  for (u64 k = from; k < from + n; k++) {
    if (write(out, &k, sizeof k) != sizeof k)
      _exit(3);
    alarm(SECONDS);
    try_one(s, k);
  }
  _exit(0);
}

// Returns how many failed: at most one, after which the batch goes on behind it.
static u32 batch(const Seeds *s, u64 from, u32 n) {
  int fds[2], status;
  u64 at = from;
  if (pipe(fds))
    return 1;
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
  return 1 + (at + 1 < from + n ? batch(s, at + 1, (u32)(from + n - at - 1))
                                : 0);
}

int main(int argc, char **argv) {
  Arena a = {0};
  Seeds s = {.n = 0};
  u64 count = argc > 1 ? strtoull(argv[1], NULL, 10) : 3000;
  u64 seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
  static const char *const folders[] = {"corpus", "tests/dump", "tests/wasm",
                                        "tests/fuzz"};
  for (u32 k = 0; k < sizeof folders / sizeof *folders; k++)
    add_folder(&a, &s, folders[k], 1 << 16);
  if (!s.n) {
    puts("no seeds: run it from the project's folder");
    return 77;
  }
  qsort(s.at, s.n, sizeof *s.at, by_path);
  u32 failed = 0;
  for (u64 k = 0; k < count; k += BATCH) {
    u64 left = count - k;
    failed += batch(&s, seed + k, (u32)(left < BATCH ? left : BATCH));
    fflush(stdout);
  }
  printf("%llu mutants of %u seeds, %u failed\n", (unsigned long long)count,
         s.n, failed);
  arena_free(&a);
  return failed != 0;
}
