// Control-flow facts against brute force on small random graphs, then shapes
// that are deep or wide enough to break what recurses or is quadratic.
#include "mid/ir/ir.h"
#include "ops.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MOST = 12 };

static int tests, failures;

static void report(bool good, const char *what) {
  printf("%s %d %s\n", good ? "ok" : "FAILED", ++tests, what);
  failures += !good;
}

static const u8 entry_types[1] = {TY_I32};
static const Sig entry_sig = {1, 0, entry_types};
static const u32 entry_func = 0;

static Func *new_func(Arena *a, u32 nblocks) {
  Func *f = ir_new(a, &entry_sig, 1, &entry_func, 1, 0);
  for (u32 b = 1; b <= nblocks; b++)
    ir_block(f);
  ir_begin(f, 1);
  ir_param(f, 1, TY_I32, 0);
  return f;
}

// Ends block b with n targets; value 1 is the condition.
static void end_block(Func *f, Block b, const u32 *to, u32 n) {
  u32 targets[3];
  for (u32 k = 0; k < n; k++)
    targets[k] = ir_target(f, to[k], NULL, 0);
  if (n == 0)
    ir_emit(f, OP_return, TY_NONE, 0, 0, ir_list(f, NULL, 0), 0);
  else if (n == 1)
    ir_emit(f, OP_jump, TY_NONE, targets[0], 0, 0, 0);
  else
    ir_emit(f, OP_brif, TY_NONE, 1, targets[0], targets[1], 0);
  ir_end(f, b);
}

// --- brute force

typedef struct Graph {
  u32 n;
  u32 to[MOST + 1][2], degree[MOST + 1];
} Graph;

// What is reached from block 1 without passing through `without`.
static u32 reach(const Graph *g, u32 without) {
  u32 seen = without == 1 ? 0 : 2, before = 0;
  while (seen != before) {
    before = seen;
    for (u32 b = 1; b <= g->n; b++)
      for (u32 k = 0; k < g->degree[b] && seen >> b & 1; k++)
        if (g->to[b][k] != without)
          seen |= 1u << g->to[b][k];
  }
  return seen;
}

static bool dominates(const Graph *g, u32 a, u32 b) {
  return a == b || !(reach(g, a) >> b & 1);
}

// Without the edges back to a dominator nothing may go round.
static bool reducible(const Graph *g) {
  u32 live = reach(g, 0), gone = 0, before = 1;
  while (gone != before) {
    before = gone;
    for (u32 b = 1; b <= g->n; b++) {
      bool last = true;
      for (u32 k = 0; k < g->degree[b]; k++)
        last &= gone >> g->to[b][k] & 1 || dominates(g, g->to[b][k], b);
      if (last)
        gone |= 1u << b;
    }
  }
  return (live & ~gone) == 0;
}

static Graph random_graph(u32 *rng) {
  Graph g = {0};
  *rng = *rng * 1664525u + 1013904223u;
  g.n = 2 + (*rng >> 8) % (MOST - 1);
  for (u32 b = 1; b <= g.n; b++) {
    *rng = *rng * 1664525u + 1013904223u;
    g.degree[b] = (*rng >> 8) % 8 < 2 ? (*rng >> 16) % 2 : 1 + (*rng >> 16) % 2;
    for (u32 k = 0; k < 2; k++) {
      *rng = *rng * 1664525u + 1013904223u;
      g.to[b][k] = 2 + (*rng >> 8) % (g.n - 1);
    }
  }
  return g;
}

// The graph after ir_analyse, read back from the function.
static Graph graph_of(const Func *f) {
  Graph g = {.n = f->blocks.n - 1};
  for (u32 b = 1; b <= g.n; b++) {
    const Inst *t = inst_at(f, block_at(f, b)->end - 1);
    g.degree[b] = ir_ntargets(f, t);
    for (u32 k = 0; k < g.degree[b]; k++)
      g.to[b][k] = f->pool.at[ir_target_at(f, t, k)];
  }
  return g;
}

static bool facts_are_true(const Func *f) {
  Graph g = graph_of(f);
  bool good = true;
  for (u32 b = 1; b <= g.n; b++) {
    Block idom = block_at(f, b)->idom;
    for (u32 c = 1; c <= g.n; c++) {
      good &= block_dominates(f, b, c) == dominates(&g, b, c);
      // The immediate one is dominated by all others.
      if (c != b && dominates(&g, c, b))
        good &= dominates(&g, c, idom);
    }
  }
  return good;
}

static u32 popcount(u32 x) {
  u32 n = 0;
  for (; x; x &= x - 1)
    n++;
  return n;
}

static bool one_graph(Arena *a, u32 *rng, u32 *kinds) {
  Graph g = random_graph(rng);
  Func *f = new_func(a, g.n);
  for (u32 b = 1; b <= g.n; b++) {
    if (b > 1)
      ir_begin(f, b);
    end_block(f, b, g.to[b], g.degree[b]);
  }
  bool good = ir_analyse(f);
  kinds[good]++;
  if (good != reducible(&g))
    return false;
  if (!good)
    return true;
  Text err = {.arena = a};
  good = f->blocks.n - 1 == popcount(reach(&g, 0)) && facts_are_true(f) &&
         ir_verify(f, &err);
  if (!good)
    printf("%s", text_str(&err));
  return good;
}

static void random_graphs(void) {
  Arena a = {0};
  u32 rng = 1, kinds[2] = {0};
  bool good = true;
  for (u32 k = 0; k < 20000 && good; k++) {
    good = one_graph(&a, &rng, kinds);
    arena_reset(&a);
  }
  printf("# %u reducible, %u not\n", kinds[1], kinds[0]);
  report(good && kinds[0] > 500 && kinds[1] > 500, "20000 random graphs");
  arena_free(&a);
}

// --- large shapes

typedef u32 Shape(u32 b, u32 n, u32 *to); // targets of block b of n

static u32 chain(u32 b, u32 n, u32 *to) {
  to[0] = b + 1;
  return b < n;
}

// Each of the first half may leave for its place in the second half: joins
// whose predecessors are far apart in the dominator tree.
static u32 ladder(u32 b, u32 n, u32 *to) {
  to[0] = b + 1;
  to[1] = n / 2 + b;
  return b == n ? 0 : b < n / 2 ? 2 : 1;
}

// Loop in loop in loop: n / 2 headers, then n / 2 latches, inside out.
static u32 nest(u32 b, u32 n, u32 *to) {
  to[0] = b + 1;
  to[1] = n - b;
  return b == n ? 0 : b > n / 2 && n - b > 1 ? 2 : 1;
}

// A long chain, then joins each reached from its end and from its start.
static u32 far_joins(u32 b, u32 n, u32 *to) {
  u32 third = n / 3;
  to[0] = b + 1;
  to[1] = 2 * third + (b - third);
  if (b <= third)
    to[1] = 2 * third + b;
  return b >= 2 * third ? b < n : 2;
}

static void large(const char *what, Shape *shape, u32 n) {
  Arena a = {0};
  Func *f = new_func(&a, n);
  Text err = {.arena = &a};
  for (u32 b = 1; b <= n; b++) {
    u32 to[3] = {0}, k = shape(b, n, to);
    if (b > 1)
      ir_begin(f, b);
    end_block(f, b, to, k);
  }
  clock_t begin = clock();
  bool good = ir_analyse(f);
  double ms = (double)(clock() - begin) * 1e3 / CLOCKS_PER_SEC;
  good = good && ir_verify(f, &err);
  printf("# %u blocks: %.1f ms\n%s", n, ms, text_str(&err));
  report(good && ms < 2000, what);
  arena_free(&a);
}

// --- the order of blocks

// In depth-first order b5, after the loop, would come before b3, inside of it.
static void keeps_loops_together(void) {
  static const u32 to[][2] = {{0, 0}, {2, 0}, {3, 4}, {2, 0}, {5, 2}, {0, 0}};
  static const u32 degree[] = {0, 1, 2, 1, 2, 0};
  Arena a = {0};
  Func *f = new_func(&a, 5);
  for (u32 b = 1; b <= 5; b++) {
    if (b > 1)
      ir_begin(f, b);
    end_block(f, b, to[b], degree[b]);
  }
  bool good = ir_analyse(f) && block_at(f, 2)->loop_end == 5 &&
              block_at(f, 5)->loop == 0 && block_at(f, 4)->loop == 2 &&
              ir_loop_parent(f, 2) == 0;
  report(good, "a loop is an interval");
  arena_free(&a);
}

static void drops_unreachable(void) {
  static const u32 on[1] = {3};
  Arena a = {0};
  Func *f = new_func(&a, 3);
  end_block(f, 1, on, 1);
  ir_begin(f, 2);
  end_block(f, 2, on, 1);
  ir_begin(f, 3);
  end_block(f, 3, NULL, 0);
  bool good = ir_analyse(f) && f->blocks.n == 3 && block_at(f, 2)->npreds == 1;
  report(good, "unreachable blocks go away");
  arena_free(&a);
}

static void counts_uses(void) {
  Arena a = {0};
  Func *f = new_func(&a, 1);
  Val args[300];
  for (u32 k = 0; k < 300; k++)
    args[k] = 1;
  Val twice = ir_emit(f, OP_iadd_i32, TY_I32, 1, 1, 0, 0);
  ir_emit(f, OP_trapz, TY_NONE, twice, TRAP_DIV0, 0, 0);
  end_block(f, 1, NULL, 0);
  ir_count_uses(f);
  bool good = f->uses[1] == 2 && f->uses[twice] == 1;
  ir_emit(f, OP_return, TY_NONE, 0, 0, ir_list(f, args, 300), 0);
  ir_end(f, 1);
  ir_count_uses(f);
  report(good && f->uses[1] == 255, "uses, up to 255");
  arena_free(&a);
}

int main(void) {
  random_graphs();
  keeps_loops_together();
  drops_unreachable();
  counts_uses();
  large("a chain", chain, 200000);
  large("a ladder", ladder, 200000);
  large("loops in loops", nest, 200000);
  large("far joins", far_joins, 200001);
  printf("%d tests, %d failed\n", tests, failures);
  return failures ? 1 : 0;
}
