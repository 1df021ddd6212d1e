// Time and memory of allocation and check against the size of the code, for the
// shapes that hurt allocators. Four times the size may cost at most nine times
// the time (n log n, and noise; a square costs sixteen) and five the memory.
//
//   growth [SHAPE]     prints cycles of thread time per instruction
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "back/ra/test.h"

typedef struct Build {
  Arena *a;
  VEC(VInst) insts;
  VEC(Operand) operands;
  VEC(VBlock) blocks;
  VEC(VEdge) edges;
  VEC(u32) from;
  VEC(VReg) args;
  u32 nvregs;
} Build;

static VReg fresh(Build *b) {
  return b->nvregs++;
}

static void inst(Build *b, VReg def, VReg use, VReg use2) {
  VInst i = {.inst = 0, .ops = b->operands.n};
  if (use)
    vec_push(b->a, &b->operands, operand(use, false, false, CON_REG));
  if (use2)
    vec_push(b->a, &b->operands, operand(use2, false, false, CON_ANY));
  if (def)
    vec_push(b->a, &b->operands, operand(def, true, true, CON_REG));
  i.nops = (u8)(b->operands.n - i.ops);
  vec_push(b->a, &b->insts, i);
}

static VReg value(Build *b, VReg use, VReg use2) {
  VReg v = fresh(b);
  inst(b, v, use, use2);
  return v;
}

static u32 block(Build *b, u32 nparams) {
  VBlock blk = {.first = b->insts.n, .params = b->args.n, .nparams = nparams};
  for (u32 k = 0; k < nparams; k++) {
    VReg v = fresh(b);
    vec_push(b->a, &b->args, v);
  }
  vec_push(b->a, &b->blocks, blk);
  return b->blocks.n - 1;
}
static VReg param(const Build *b, u32 blk, u32 k) {
  return b->args.at[b->blocks.at[blk].params + k];
}

static void branch(Build *b, VReg use) { // then edges
  VBlock *blk = &b->blocks.at[b->blocks.n - 1];
  blk->branch = b->insts.n;
  inst(b, 0, use, 0);
  blk->end = b->insts.n;
  blk->edges = b->edges.n;
}
static void edge(Build *b, u32 to, const VReg *args, u32 n) {
  VEdge e = {to, b->args.n, n};
  for (u32 k = 0; k < n; k++)
    vec_push(b->a, &b->args, args[k]);
  vec_push(b->a, &b->edges, e);
  vec_push(b->a, &b->from, b->blocks.n - 1);
  b->blocks.at[b->blocks.n - 1].nedges++;
}

static void finish(Build *b, VCode *out) {
  VCode c = {.arena = b->a,
             .insts = b->insts.at,
             .ninsts = b->insts.n,
             .operands = b->operands.at,
             .noperands = b->operands.n,
             .blocks = b->blocks.at,
             .nblocks = b->blocks.n,
             .edges = b->edges.at,
             .nedges = b->edges.n,
             .edge_from = b->from.at,
             .args = b->args.at,
             .nargs = b->args.n,
             .nvregs = b->nvregs};
  c.vreg_class = arena_array0(b->a, u8, c.nvregs);
  c.vreg_bytes = arena_array(b->a, u8, c.nvregs);
  memset(c.vreg_bytes, 8, c.nvregs);
  c.preds = arena_array(b->a, u32, c.nedges + 1);
  for (u32 e = 0; e < c.nedges; e++)
    c.blocks[c.edges[e].to].npreds++;
  u32 at = 0;
  for (u32 k = 0; k < c.nblocks; k++) {
    c.blocks[k].preds = at;
    at += c.blocks[k].npreds;
    c.blocks[k].npreds = 0;
  }
  for (u32 e = 0; e < c.nedges; e++) {
    VBlock *to = &c.blocks[c.edges[e].to];
    c.preds[to->preds + to->npreds++] = e;
  }
  *out = c;
}

// --- shapes -----------------------------------------------------------------

static void straight(Build *b, u32 n) { // one block, short lives
  block(b, 0);
  VReg x = value(b, 0, 0), y = value(b, 0, 0);
  for (u32 k = 0; k < n; k++) {
    VReg z = value(b, x, y);
    x = y, y = z;
  }
  branch(b, y);
}

static void all_live(Build *b, u32 n) { // a tenth of the code lives through it
  block(b, 0);
  u32 live = n / 10, first = b->nvregs;
  for (u32 k = 0; k < live; k++)
    value(b, 0, 0);
  for (u32 k = 0; k < n / 10; k++) { // through blocks, a few uses in each
    VReg x = value(b, first + k * 7919 % live, first + k * 104729 % live);
    branch(b, x);
    edge(b, b->blocks.n + 1, NULL, 0);
    edge(b, b->blocks.n, NULL, 0);
    block(b, 0);
    branch(b, 0);
    edge(b, b->blocks.n, NULL, 0);
    block(b, 0);
  }
  for (u32 k = 0; k < live; k++)
    inst(b, 0, first + k, 0);
  branch(b, 0);
}

static void one_switch(Build *b, u32 n) { // n / 8 targets that meet again
  block(b, 0);
  VReg x = value(b, 0, 0), y = value(b, 0, 0);
  u32 arms = n / 8;
  branch(b, x);
  for (u32 k = 0; k < arms; k++)
    edge(b, 1 + k, NULL, 0);
  for (u32 k = 0; k < arms; k++) {
    block(b, 0);
    VReg z[2] = {value(b, x, y), value(b, y, x)};
    branch(b, 0);
    edge(b, 1 + arms, z, 2);
  }
  u32 join = block(b, 2);
  inst(b, 0, param(b, join, 0), param(b, join, 1));
  branch(b, y);
}

static void critical_switch(Build *b, u32 n) { // all edges of it to two blocks
  block(b, 0);
  VReg x = value(b, 0, 0), y = value(b, 0, 0), xy[2] = {x, y}, yx[2] = {y, x};
  branch(b, x);
  for (u32 k = 0; k < n / 4; k++)
    edge(b, 1 + k % 2, k % 3 ? xy : yx, 2);
  u32 one = block(b, 2);
  branch(b, 0);
  VReg p[2] = {param(b, one, 0), param(b, one, 1)};
  edge(b, 2, p, 2);
  u32 two = block(b, 2);
  branch(b, param(b, two, 0));
}

static void deep_loops(Build *b, u32 n) { // n / 16 loops in each other
  u32 depth = n / 16;
  block(b, 0);
  VReg x = value(b, 0, 0), y = value(b, 0, 0);
  branch(b, 0);
  edge(b, 1, &x, 1);
  for (u32 k = 0; k < depth; k++) {
    u32 h = block(b, 1);
    VBlock *blk = &b->blocks.at[h];
    blk->loop = h, blk->loop_end = 2 * depth + 1 - k;
    blk->depth = (u16)(k < 65535 ? k + 1 : 65535);
    VReg z = value(b, param(b, h, 0), y);
    branch(b, 0);
    edge(b, h + 1, &z, 1);
  }
  for (u32 k = depth; k-- > 0;) { // latches, inner first
    u32 l = block(b, k == depth - 1), h = 1 + k;
    VBlock *blk = &b->blocks.at[l];
    blk->loop = h, blk->depth = (u16)(k < 65535 ? k + 1 : 65535);
    VReg z = value(b, x, y);
    branch(b, z);
    edge(b, h, &z, 1);
    edge(b, l + 1, NULL, 0);
  }
  block(b, 0);
  branch(b, y);
}

static void many_params(Build *b, u32 n) { // that change places in a loop
  u32 np = n / 4;
  VReg *v = arena_array(b->a, VReg, np);
  block(b, 0);
  for (u32 k = 0; k < np; k++)
    v[k] = value(b, 0, 0);
  branch(b, 0);
  edge(b, 1, v, np);
  u32 h = block(b, np);
  b->blocks.at[h].loop = h, b->blocks.at[h].loop_end = h + 1;
  b->blocks.at[h].depth = 1;
  for (u32 k = 0; k < np; k++)
    v[k] = param(b, h, (k + 1) % np);
  for (u32 k = 0; k < np; k++)
    inst(b, 0, param(b, h, k), 0);
  branch(b, param(b, h, 0));
  edge(b, h, v, np);
  edge(b, h + 1, NULL, 0);
  block(b, 0);
  branch(b, param(b, h, np / 2));
}

static void generated(Build *b, u32 n) {
  (void)b, (void)n;
}

static const struct {
  const char *name;
  void (*make)(Build *b, u32 n);
  u32 size;
} shapes[] = {
    {"straight", straight, 250000},
    {"all_live", all_live, 100000},
    {"one_switch", one_switch, 80000},
    {"critical_switch", critical_switch, 40000},
    {"deep_loops", deep_loops, 40000},
    {"many_params", many_params, 40000},
    {"generated", generated, 20000},
};

typedef struct Cost {
  double cycles, check; // per instruction
  double bytes;
  u32 insts;
} Cost;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static bool measure(u32 shape, u32 size, Cost *out) {
  Arena code = {0}, pass = {0}, check = {0};
  Build b = {.a = &code, .nvregs = VREG_FIRST};
  RaEnv env = ra_test_env();
  env.options.effort = 1;
  VCode v;
  if (shapes[shape].make == generated) {
    RaGen g = {.seed = 7,
               .insts = size,
               .live = 10,
               .max_depth = 4,
               .calls = 25,
               .fixed = 40,
               .odd = 10,
               .max_params = 2};
    ra_generate(&code, &g, &env, &v);
  } else {
    shapes[shape].make(&b, size);
    finish(&b, &v);
  }
  Cost best = {1e30, 1e30, 0, v.ninsts};
  bool ok = true;
  for (u32 k = 0; k < 3 && ok; k++) {
    RaResult r;
    RaCounters n = {0};
    Text err = {.arena = &check};
    arena_reset(&pass);
    arena_reset(&check);
    double t = now();
    ra_fast(&pass, &v, &env, &r, &n);
    double t2 = now();
    ok = ra_check(&check, &v, &env, &r, &err);
    double t3 = now();
    if (!ok)
      printf("not ok %s: %s", shapes[shape].name, text_str(&err));
    if (t2 - t < best.cycles)
      best.cycles = t2 - t;
    if (t3 - t2 < best.check)
      best.check = t3 - t2;
    best.bytes = (double)pass.used;
  }
  *out = best;
  arena_free(&code);
  arena_free(&pass);
  arena_free(&check);
  return ok;
}

int main(int argc, char **argv) {
  u32 bad = 0;
  for (u32 k = 0; k < sizeof shapes / sizeof *shapes; k++) {
    if (argc > 1 && strcmp(argv[1], shapes[k].name))
      continue;
    Cost one, four;
    if (!measure(k, shapes[k].size, &one) ||
        !measure(k, 4 * shapes[k].size, &four)) {
      bad++;
      continue;
    }
    double time = four.cycles / one.cycles, check = four.check / one.check;
    double bytes = four.bytes / one.bytes;
    bool fine = time < 9 && check < 9 && bytes < 5.5;
    printf(
        "%s %s: %u instructions, %.0f ns each (check %.0f), %.0f bytes; four "
        "times: time %.1f, check %.1f, bytes %.1f\n",
        fine ? "ok" : "not ok", shapes[k].name, one.insts,
        one.cycles / one.insts * 1e9, one.check / one.insts * 1e9,
        one.bytes / one.insts, time, check, bytes);
    bad += !fine;
  }
  return bad != 0;
}
