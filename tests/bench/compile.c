// Compiles a module again and again, and says how long each pass took.
//
//   bench_compile [FILE [LEVEL [ROUNDS]]]
//
// One JSON line: ns of each round (decoding, every function, publication),
// least cycles of each pass over the rounds, wasm instructions, code bytes, page
// faults of the first and the last round. Checkers are off. Without arguments
// it compiles one corpus program twice, which is a test that it runs.
#include "back/compile.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

static u64 now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (u64)t.tv_sec * 1000000000u + (u64)t.tv_nsec;
}

static long faults(void) {
  struct rusage r;
  getrusage(RUSAGE_SELF, &r);
  return r.ru_minflt;
}

typedef struct Round {
  u64 ns, cycles[PASS_COUNT], wasm_insts, code_bytes;
  size_t peak;
  long faults;
} Round;

typedef struct Sums { // one thread compiles
  u64 wasm_insts;
} Sums;
static void add(void *ctx, Unit *u) {
  ((Sums *)ctx)->wasm_insts += u->counters.translate.wasm_insts;
}

// Compiles the module once; false if it is refused.
static bool compile_once(const u8 *bytes, size_t size, const CompileOptions *o,
                         Round *r) {
  Arena a = {0};
  WasmModule *m = arena_new(&a, WasmModule);
  WasmError err = {0};
  Sums sums = {0};
  CompileJob job = {.module = m, .o = o, .done = add, .ctx = &sums};
  CodeImage image;
  long before = faults();
  u64 begin = now_ns();
  bool ok = wasm_decode(&a, bytes, size, m, &err);
  if (ok && compile_module(&a, &job) &&
      !code_publish(&a, job.blobs, m->nfuncs, &image)) {
    r->ns = now_ns() - begin;
    r->code_bytes = image.size;
    code_unmap(&image);
  } else {
    fprintf(stderr, "bench_compile: offset 0x%zx: %s\n",
            ok ? job.error.off : err.off, ok ? job.error.what : err.what);
    ok = false;
  }
  r->faults = faults() - before;
  r->wasm_insts = sums.wasm_insts;
  r->peak = job.peak_bytes;
  memcpy(r->cycles, job.cycles, sizeof r->cycles);
  compile_free(&job);
  arena_free(&a);
  return ok;
}

int main(int argc, char **argv) {
  Arena a = {0};
  const char *path = argc > 1 ? argv[1] : "corpus/sort.wasm";
  int level = argc > 2 ? atoi(argv[2]) : 1;
  u32 rounds = argc > 3 ? (u32)atoi(argv[3]) : 2;
  u8 *bytes;
  size_t size;
  int e = file_read(&a, path, &bytes, &size);
  if (e) {
    fprintf(stderr, "bench_compile: %s: %s\n", path, strerror(e));
    return argc > 1 ? 3 : 77;
  }
  CompileOptions o = compile_options(level);
  o.timings = !getenv("RW_NO_CYCLES");
  Round *r = arena_array0(&a, Round, rounds + 1);
  for (u32 k = 0; k < rounds; k++)
    if (!compile_once(bytes, size, &o, &r[k]))
      return 3;
  Round *last = &r[rounds - 1];
  for (u32 k = 0; k + 1 < rounds; k++) // the least disturbed of each pass
    for (u32 p = 0; p < PASS_COUNT; p++)
      if (r[k].cycles[p] < last->cycles[p])
        last->cycles[p] = r[k].cycles[p];
  printf("{\"file\": \"%s\", \"level\": %d, \"wasm_insts\": %llu, "
         "\"code_bytes\": %llu, \"arena_bytes\": %zu, \"faults\": [%ld, %ld], "
         "\"ns\": [",
         path, level, (unsigned long long)last->wasm_insts,
         (unsigned long long)last->code_bytes, last->peak, r[0].faults,
         last->faults);
  for (u32 k = 0; k < rounds; k++)
    printf("%s%llu", k ? ", " : "", (unsigned long long)r[k].ns);
  printf("], \"cycles\": {");
  for (u32 k = 0; k < PASS_COUNT; k++)
    printf("%s\"%s\": %llu", k ? ", " : "", compile_passes[k].name,
           (unsigned long long)last->cycles[k]);
  puts("}}");
  arena_free(&a);
  return 0;
}
