// Jumps, layout, tables: random graphs of thousands of blocks, emitted with and
// without short jumps and alignment. Every block begins with `mov eax, its
// number`; every way out of it is then walked through the bytes, jump by jump,
// and must come to the right number, over the right moves.
#include "back/emit/emit.h"
#include "inst.h"

#include <stdio.h>

typedef struct Graph { // a VCode in the making
  Arena arena;
  VCode v;
  RaResult ra;
  VEC(VInst) insts;
  VEC(Operand) ops;
  VEC(Loc) locs;
  VEC(VEdge) edges;
  VEC(RaMove) edge_moves;
  u32 seed;
} Graph;

static u32 draw(Graph *g, u32 n) {
  g->seed = g->seed * 1664525 + 1013904223;
  return (g->seed >> 8) % n;
}

static void add(Graph *g, u32 inst, u32 form, u32 imm, u32 n, const Loc *locs) {
  VInst i = {.inst = (u16)inst,
             .form = (u8)form,
             .nops = (u8)n,
             .ops = g->ops.n,
             .imm = imm,
             .origin = g->insts.n};
  vec_push(&g->arena, &g->insts, i);
  for (u32 k = 0; k < n; k++) {
    vec_push(&g->arena, &g->ops, operand(VREG_FIRST, false, false, CON_REG));
    vec_push(&g->arena, &g->locs, locs[k]);
  }
}

enum { TRAP_EVERY = 5, RBX = 3, RCX = 1 };

static void edge(Graph *g, u32 to) {
  vec_push(&g->arena, &g->edges, ((VEdge){.to = to}));
}

static u32 target(Graph *g, u32 b, u32 n) {
  if (draw(g, 3) && b + 1 < n) { // near and forward
    u32 far = n - b - 1 < 12 ? n - b - 1 : 12;
    return b + 1 + draw(g, far);
  }
  return 1 + draw(g, n - 1);
}

static void terminator(Graph *g, u32 b, u32 n) {
  const Loc rax[] = {0};
  u32 kind = draw(g, 20);
  if (b == n - 1 || kind == 0) {
    add(g, X64_ret, 0, 0, 0, NULL);
  } else if (kind == 1) {
    add(g, X64_trap, 0, TRAP_UNREACHABLE, 0, NULL);
  } else if (kind == 2) {
    add(g, X64_table, 0, 0, 1, rax);
    add(g, X64_jump_table, 0, 0, 1, rax);
    for (u32 k = 2 + draw(g, 6); k; k--)
      edge(g, target(g, b, n));
  } else if (kind < 8) {
    add(g, X64_jmp, 0, 0, 0, NULL);
    edge(g, draw(g, 2) ? b + 1 : target(g, b, n));
  } else {
    u32 inst = kind == 8   ? X64_jcc_oeq
               : kind == 9 ? X64_jcc_une
                           : X64_jcc_o + draw(g, 16);
    add(g, inst, 0, 0, 0, NULL);
    edge(g, target(g, b, n));
    edge(g, draw(g, 2) ? b + 1 : target(g, b, n));
  }
}

static void body(Graph *g, u32 b) {
  const Loc rax[] = {0}, load[] = {0, LOC_NONE, 2};
  if (draw(g, 6) == 0 && b)
    return; // nothing but its terminator
  add(g, X64_imm_i32, 0, b, 1, rax);
  for (u32 k = draw(g, 12); k; k--)
    add(g, X64_load_i64, 0, draw(g, 3), 3, load);
  if (draw(g, TRAP_EVERY) == 0)
    add(g, X64_trap_if_o + draw(g, 16), 0, TRAP_DIV0 + draw(g, 3), 0, NULL);
}

static void edge_moves(Graph *g, const VBlock *b) {
  const VInst *last = &g->insts.at[b->end - 1];
  bool two = b->nedges == 2 && last->inst != X64_jump_table;
  for (u32 e = b->edges; e < b->edges + b->nedges; e++)
    if (b->nedges > 1 && draw(g, 4) == 0 && (two || draw(g, 2))) {
      RaMove m = {
          .point = e, .from = RCX, .to = RBX, .bytes = 8, .kind = RA_MOVE_EDGE};
      for (u32 k = 1 + draw(g, 2); k; k--)
        vec_push(&g->arena, &g->edge_moves, m);
    }
}

static void build(Graph *g, u32 n) {
  static AMode amodes[3] = {
      {.kind = AM_REG, .disp = 8},
      {.kind = AM_REG, .disp = 0x1000, .trap = TRAP_HEAP_OOB},
      {.kind = AM_POOL, .disp = 0}};
  static PoolConst pool[1] = {{.lo = 0x1122334455667788, .size = 8}};
  VBlock *blocks = arena_array0(&g->arena, VBlock, n);
  for (u32 b = 0; b < n; b++) {
    VBlock *x = &blocks[b];
    x->first = g->insts.n;
    x->edges = g->edges.n;
    x->cold = draw(g, 10) == 0;
    x->loop_end = draw(g, 8) == 0 ? b + 1 : 0;
    x->depth = (u16)draw(g, 3);
    body(g, b);
    x->branch = g->insts.n;
    terminator(g, b, n);
    x->end = g->insts.n;
    x->nedges = g->edges.n - x->edges;
    edge_moves(g, x);
  }
  g->v = (VCode){.arena = &g->arena,
                 .insts = g->insts.at,
                 .ninsts = g->insts.n,
                 .operands = g->ops.at,
                 .noperands = g->ops.n,
                 .blocks = blocks,
                 .nblocks = n,
                 .edges = g->edges.at,
                 .nedges = g->edges.n,
                 .amodes = amodes,
                 .namodes = 3,
                 .pool = pool,
                 .npool = 1};
  g->ra = (RaResult){.locs = g->locs.at,
                     .edge_moves = g->edge_moves.at,
                     .nedge_moves = g->edge_moves.n};
}

// --- walking
// ------------------------------------------------------------------------

typedef struct Walk {
  Graph *g;
  const CodeBlob *b;
  u32 at;    // offset of the next instruction
  bool z, p; // flags after ucomis; or
  s32 cc;    // the condition that holds (-1: use z and p)
  u32 moves; // seen on the way
} Walk;

static bool holds(const Walk *w, u32 cc) {
  if (w->cc >= 0) { // only this one and its contrary are asked for
    must((cc ^ (u32)w->cc) <= 1, "asks for condition %u, not %d", cc, w->cc);
    return cc == (u32)w->cc;
  }
  switch (cc) {
  case 4: return w->z;
  case 5: return !w->z;
  case 10: return w->p;
  case 11: return !w->p;
  default: must(false, "condition %u after ucomis", cc);
  }
}

static s32 read32(const Walk *w, u32 at) {
  s32 x;
  memcpy(&x, w->b->bytes + at, 4);
  return x;
}

// One jump or move, if that is what stands there.
static bool step(Walk *w) {
  const u8 *p = w->b->bytes + w->at;
  if (p[0] == 0xeb)
    w->at += 2 + (u32)(int8_t)p[1];
  else if (p[0] == 0xe9)
    w->at += 5 + (u32)read32(w, w->at + 1);
  else if ((p[0] & 0xf0) == 0x70)
    w->at += 2 + (holds(w, p[0] & 15) ? (u32)(int8_t)p[1] : 0);
  else if (p[0] == 0x0f && (p[1] & 0xf0) == 0x80)
    w->at += 6 + (holds(w, p[1] & 15) ? (u32)read32(w, w->at + 2) : 0);
  else if (p[0] == 0x48 && p[1] == 0x8b && p[2] == 0xd9)
    w->moves++, w->at += 3; // mov rbx, rcx
  else if (p[0] == 0x90 || (p[0] == 0x0f && p[1] == 0x1f) ||
           (p[0] == 0x66 && (p[1] == 0x0f || p[1] == 0x90))) {
    Text t = {.arena = &w->g->arena};
    u32 n = list_inst(&t, p, w->b->bytes + w->b->code_size, 0);
    w->at += n ? n : 2;
  } else
    return false;
  return true;
}

// Where a graph walk ends that starts at block b: over blocks that are only a
// jump, whose own condition is not known, it stops.
static u32 expect(const Graph *g, u32 b) {
  for (u32 n = 0; n < g->v.nblocks; n++) {
    const VBlock *x = &g->v.blocks[b];
    if (x->end - x->first > 1 || g->v.insts[x->first].inst != X64_jmp)
      return b;
    b = g->edges.at[x->edges].to;
  }
  return ~0u; // round and round
}

static bool marked(const Graph *g, u32 b) {
  return g->v.insts[g->v.blocks[b].first].inst == X64_imm_i32;
}

static u32 moves_on(const Graph *g, u32 edge) {
  u32 n = 0;
  for (u32 k = 0; k < g->edge_moves.n; k++)
    n += g->edge_moves.at[k].point == edge;
  return n;
}

// From just before a terminator to the next mark.
static void check_way(Walk w, u32 edge, const char *what) {
  u32 to = expect(w.g, w.g->edges.at[edge].to);
  if (to == ~0u || !marked(w.g, to))
    return;
  for (u32 n = 0; step(&w); n++)
    must(n < 3 * w.g->v.nblocks, "%s: never ends", what);
  must(w.at < w.b->code_size && w.b->bytes[w.at] == (to ? 0xb8 : 0x31),
       "%s: edge %u comes to %x, not to block %u", what, edge, w.at, to);
  must(!to || read32(&w, w.at + 1) == (s32)to,
       "%s: edge %u comes to block %d, not to %u", what, edge,
       read32(&w, w.at + 1), to);
  must(w.moves == moves_on(w.g, edge), "%s: %u moves on edge %u, not %u", what,
       w.moves, edge, moves_on(w.g, edge));
}

// The distances of a table, which the k-th jump by table jumps through. Tables
// stand behind the constant, in order of emission.
static void check_table(Walk w, const VBlock *x, u32 table) {
  for (u32 k = 0; k < x->nedges; k++) {
    w.at = table + (u32)read32(&w, table + 4 * k);
    check_way(w, x->edges + k, "jump_table");
  }
}

static void check_block(Graph *g, const CodeBlob *b, u32 block, u32 at) {
  const VBlock *x = &g->v.blocks[block];
  u32 inst = g->v.insts[x->end - 1].inst;
  Walk w = {.g = g, .b = b, .at = at, .cc = -1};
  const InstInfo *info = &inst_info[inst];
  if (inst == X64_jmp) {
    check_way(w, x->edges, info->name);
  } else if (inst == X64_jcc_oeq || inst == X64_jcc_une) {
    for (u32 k = 0; k < 4; k++) {
      w.z = k & 1, w.p = k >> 1;
      bool oeq = w.z && !w.p;
      check_way(w, x->edges + (oeq != (inst == X64_jcc_oeq)), info->name);
    }
  } else if (info->cc < 16 && x->nedges == 2) {
    w.cc = info->cc;
    check_way(w, x->edges, info->name);
    w.cc ^= 1;
    check_way(w, x->edges + 1, info->name);
  }
}

static void check_traps(const Graph *g, const CodeBlob *b) {
  for (u32 k = 0; k < b->ntraps; k++) {
    must(!k || b->traps[k - 1].at < b->traps[k].at, "traps out of order");
    const u8 *p = b->bytes + b->traps[k].at;
    const VInst *i = &g->v.insts[b->traps[k].pos.off];
    u32 code = b->traps[k].code;
    if (code == TRAP_HEAP_OOB) {
      must(p[0] == 0x48 && p[1] == 0x8b, "trap %u: no load", k);
    } else {
      must(p[0] == 0x0f && p[1] == 0x0b, "trap %u: no ud2", k);
      must(code == i->imm, "trap %u has code %u, not %u", k, code, i->imm);
    }
  }
}

static void check_graph(u32 n, u32 seed, EmitCounters *count) {
  Graph g = {.seed = seed};
  build(&g, n);
  u32 size[4];
  for (u32 k = 0; k < 4; k++) {
    EmitOptions o = {.shrink = k & 1, .align = k >> 1, .lines = true};
    Arena out = {0}, pass = {0};
    EmitCounters c = {0};
    CodeBlob *b = emit_func(&out, &pass, &g.v, &g.ra, &o, &c);
    u32 *at = arena_array(&pass, u32, g.v.ninsts);
    memset(at, 0xff, sizeof(u32) * g.v.ninsts);
    for (u32 j = 0; j < b->nlines; j++)
      if (b->lines[j].inst < g.v.ninsts)
        at[b->lines[j].inst] = b->lines[j].at;
    for (u32 j = 0; j < n; j++) {
      const VBlock *x = &g.v.blocks[j];
      u32 end = at[x->end - 1];
      if (end == ~0u) // threaded
        continue;
      check_block(&g, b, j, end);
      Walk w = {.g = &g, .b = b, .cc = -1};
      if (g.v.insts[x->end - 1].inst == X64_jump_table) // lea before it
        check_table(w, x, end + (u32)read32(&w, end - 4));
    }
    check_traps(&g, b);
    size[k] = b->code_size;
    must(c.traps == b->ntraps, "traps are miscounted");
    *count = c;
    arena_free(&out);
    arena_free(&pass);
  }
  must(n < 20 || size[1] < size[0], "short jumps are not shorter");
  arena_free(&g.arena);
}

int main(void) {
  EmitCounters c = {0};
  for (u32 seed = 1; seed <= 300; seed++)
    check_graph(2 + seed % 30, seed, &c);
  printf("ok 300 small graphs\n");
  for (u32 seed = 1; seed <= 4; seed++)
    check_graph(5000, seed, &c);
  printf("ok 4 graphs of 5000 blocks: %u jumps, %u short, %u elided, %u "
         "threaded\n",
         c.jumps, c.jumps_short, c.jumps_elided, c.threaded);
  return 0;
}
