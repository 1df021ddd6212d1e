// Random code through the fast allocator, judged twice: by the symbolic checker
// and by running the allocation beside the code's meaning. Also: the same input
// gives the same answer; the text form reads back; allocation with a used arena
// is the same as with a fresh one.
//
//   fuzz [FIRST_SEED [COUNT]]
#include <stdio.h>
#include <stdlib.h>

#include "back/ra/test.h"

typedef struct Totals {
  RaCounters c;
  RaRun run;
  u64 insts;
} Totals;

static RaGen options(u64 seed) {
  static const u32 sizes[] = {20, 60, 200, 800};
  static const u32 lives[] = {4, 10, 16, 30};
  RaGen g = {.seed = seed,
             .insts = sizes[seed % 4],
             .live = lives[seed / 4 % 4],
             .max_depth = 1 + (u32)(seed / 16 % 6),
             .calls = (u32)(seed % 5) * 20,
             .fixed = (u32)(seed % 7) * 30,
             .odd = (u32)(seed % 3) * 60,
             .max_params = (u32)(seed % 6)};
  return g;
}

// Few registers now and then, so that small code has pressure too.
static RaEnv environment(u64 seed) {
  RaEnv env = ra_test_env();
  env.options.effort = seed / 2 % 2;
  env.options.flat = seed % 5 == 2;
  if (seed % 3 == 1)
    env.caller_saved[RC_XMM] = 0x000f0000;
  if (seed % 8 == 3)
    env.callee_saved[RC_GPR] = 0x0008;
  return env;
}

static bool same_bytes(const void *a, const void *b, size_t n) {
  return !n || !memcmp(a, b, n);
}

static bool same(const RaResult *a, const RaResult *b, u32 operands) {
  return a->nmoves == b->nmoves && a->nedge_moves == b->nedge_moves &&
         a->nslots == b->nslots &&
         a->used_callee_saved == b->used_callee_saved &&
         same_bytes(a->locs, b->locs, operands * sizeof(Loc)) &&
         same_bytes(a->moves, b->moves, a->nmoves * sizeof(RaMove)) &&
         same_bytes(a->edge_moves, b->edge_moves,
                    a->nedge_moves * sizeof(RaMove));
}

static bool reads_back(Arena *a, const VCode *v, const RaEnv *env, Text *err) {
  Text once = {.arena = a}, twice = {.arena = a};
  VCode back;
  RaEnv env2;
  ra_print_code(v, env, &once);
  if (!ra_parse(a, once.at, once.n, &back, &env2, err))
    return false;
  ra_print_code(&back, &env2, &twice);
  if (once.n == twice.n && !memcmp(once.at, twice.at, once.n))
    return true;
  text_add(err, "the text form does not read back\n");
  return false;
}

static bool one(Arena *a, u64 seed, Totals *t, Text *err) {
  RaGen g = options(seed);
  RaEnv env = environment(seed);
  VCode code;
  RaResult r, again;
  RaCounters ignored = {0};
  ra_generate(a, &g, &env, &code);
  ra_fast(a, &code, &env, &r, &t->c);
  bool ok = ra_check(a, &code, &env, &r, err);
  ok &= ra_simulate(a, &code, &env, &r, seed, 4000, &t->run, err);
  RaRanges ranges = {0};
  env.options.ranges = &ranges; // watching changes nothing
  ra_fast(a, &code, &env, &again, &ignored);
  if (!same(&r, &again, code.noperands)) {
    text_add(err, "twice the same code, two answers\n");
    ok = false;
  }
  t->insts += code.ninsts;
  return reads_back(a, &code, &env, err) && ok;
}

int main(int argc, char **argv) {
  u64 first = argc > 1 ? strtoull(argv[1], NULL, 0) : 0;
  u64 count = argc > 2 ? strtoull(argv[2], NULL, 0) : 3000;
  Arena a = {0};
  Totals t = {0};
  u64 bad = 0;
  for (u64 seed = first; seed < first + count; seed++) {
    Text err = {.arena = &a};
    if (!one(&a, seed, &t, &err)) {
      printf("not ok seed %llu\n%s", (unsigned long long)seed, text_str(&err));
      if (++bad == 5)
        break;
    }
    arena_reset(&a);
  }
  printf("instructions %llu, run %llu, moves %llu, spills %llu, reloads %llu, "
         "swaps %llu, edge blocks %llu\n",
         (unsigned long long)t.insts, (unsigned long long)t.run.insts,
         (unsigned long long)t.run.moves, (unsigned long long)t.run.spills,
         (unsigned long long)t.run.reloads, (unsigned long long)t.run.swaps,
         (unsigned long long)t.run.edge_blocks);
#define X(name, better, what) printf("%s %u  ", #name, t.c.name);
  RA_COUNTERS(X)
#undef X
  printf("\n%s fuzz\n", bad ? "not ok" : "ok");
  arena_free(&a);
  return bad != 0;
}
