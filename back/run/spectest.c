// The host modules of test programs: `spectest`, which the official scripts
// import (its prints go nowhere, as scripts compare results only), and `bench`
// of Sightglass: `start` and `end` around what is to be timed.
#include "back/run/run.h"

#include <time.h>

static void host_ignore(VMCtx *caller, void *env, u64 *args) {
  (void)caller, (void)env, (void)args;
}

static void define_global(Store *s, const char *name, u8 type, u64 bits) {
  VMGlobal *g = arena_new(store_arena(s), VMGlobal);
  g->cell = arena_zero(store_arena(s), 16, 16);
  *g->cell = bits;
  g->type = type;
  store_define(s, "spectest", name,
               (Extern){.kind = EXTERN_GLOBAL, .global = g});
}

void host_spectest(Store *s) {
  static const char *const prints[][2] = {
      {"print", ":"},           {"print_i32", "i32:"},
      {"print_i64", "i64:"},    {"print_f32", "f32:"},
      {"print_f64", "f64:"},    {"print_i32_f32", "i32 f32:"},
      {"print_f64_f64", "f64 f64:"},
  };
  for (u32 k = 0; k < sizeof prints / sizeof *prints; k++) {
    Extern e;
    store_host_func(s, prints[k][1], host_ignore, NULL, &e);
    store_define(s, "spectest", prints[k][0], e);
  }
  define_global(s, "global_i32", TY_I32, 666);
  define_global(s, "global_i64", TY_I64, 666);
  define_global(s, "global_f32", TY_F32, 0x4426a666); // 666.6
  define_global(s, "global_f64", TY_F64, 0x4084d4cccccccccd);
  Extern table = {.kind = EXTERN_TABLE, .table = store_table(s, 10, 20, 0x70, 0)};
  store_define(s, "spectest", "table", table);
  Extern mem = {.kind = EXTERN_MEM, .mem = store_memory(s, 1, 2)};
  must(table.table && mem.mem, "no memory for spectest");
  store_define(s, "spectest", "memory", mem);
}

static u64 now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (u64)t.tv_sec * 1000000000u + (u64)t.tv_nsec;
}

static void bench_start(VMCtx *caller, void *env, u64 *args) {
  (void)caller, (void)args;
  BenchClock *c = env;
  if (c)
    c->start_ns = now_ns();
}

static void bench_end(VMCtx *caller, void *env, u64 *args) {
  (void)caller, (void)args;
  BenchClock *c = env;
  if (c) {
    c->total_ns += now_ns() - c->start_ns;
    c->laps++;
  }
}

void host_bench(Store *s, BenchClock *clock) {
  Extern start, end;
  store_host_func(s, ":", bench_start, clock, &start);
  store_host_func(s, ":", bench_end, clock, &end);
  store_define(s, "bench", "start", start);
  store_define(s, "bench", "end", end);
}
