// Runs an allocation beside the meaning of its code: definitions make fresh
// numbers, uses must find in their location the number their vreg has, branches
// go at random. What it executed is counted, so it also measures an allocator.
#include "back/ra/test.h"

typedef struct Sim {
  const VCode *v;
  const RaEnv *env;
  const RaResult *r;
  u64 *value;   // by vreg: by the meaning of the code
  u64 *machine; // by location: what is there
  u64 random, fresh;
  u32 *first_edge_move;
  u32 nlocs;
  RaRun *run;
  Text *err;
} Sim;

static u64 mix(u64 x) {
  x ^= x >> 30, x *= 0xbf58476d1ce4e5b9u;
  x ^= x >> 27, x *= 0x94d049bb133111ebu;
  return x ^ x >> 31;
}

static u64 next_random(Sim *s) {
  return mix(s->random += 0x9e3779b97f4a7c15u);
}

static u32 place(Loc l) {
  return loc_is_reg(l) ? l : l - LOC_SLOT + PREG_COUNT;
}

// The upper half of 16 bytes in slots is the number's complement.
static void store(Sim *s, Loc l, u32 bytes, u64 x) {
  s->machine[place(l)] = x;
  if (!loc_is_reg(l) && bytes > 8)
    s->machine[place(l) + 1] = ~x;
}

static u64 load(Sim *s, Loc l, u32 bytes) {
  u64 x = s->machine[place(l)];
  if (loc_is_reg(l) || bytes <= 8)
    return x;
  return s->machine[place(l) + 1] == ~x ? x : 0;
}

static u32 bytes_of(const Sim *s, VReg v) {
  return v < VREG_FIRST ? 8 : s->v->vreg_bytes[v];
}

static void do_move(Sim *s, const RaMove *m) {
  s->run->moves += m->kind == RA_MOVE_REG || m->kind == RA_MOVE_EDGE;
  s->run->spills += m->kind == RA_MOVE_SPILL;
  s->run->reloads += m->kind == RA_MOVE_RELOAD;
  s->run->swaps += m->swap;
  u64 x = load(s, m->from, m->bytes);
  if (m->swap)
    store(s, m->from, 8, s->machine[place(m->to)]);
  store(s, m->to, m->bytes, x);
}

static u32 first_move(const RaResult *r, u32 point) {
  u32 lo = 0, hi = r->nmoves;
  while (lo < hi) {
    u32 mid = lo + (hi - lo) / 2;
    if (r->moves[mid].point < point)
      lo = mid + 1;
    else
      hi = mid;
  }
  return lo;
}

static bool check_uses(Sim *s, u32 b, u32 i, bool late) {
  const VInst *in = &s->v->insts[i];
  for (u32 k = 0; k < in->nops; k++) {
    Operand o = s->v->operands[in->ops + k];
    VReg v = op_vreg(o);
    if (op_con(o) == CON_NONE || op_is_def(o) || op_is_late(o) != late)
      continue;
    if (load(s, s->r->locs[in->ops + k], bytes_of(s, v)) == s->value[v])
      continue;
    text_add(s->err, "run: b%u inst %u operand %u does not find v%u\n", b, i, k,
             v);
    return false;
  }
  return true;
}

static void make_defs(Sim *s, u32 i, bool late) {
  const VInst *in = &s->v->insts[i];
  for (u32 k = 0; k < in->nops; k++) {
    Operand o = s->v->operands[in->ops + k];
    if (op_con(o) == CON_NONE || !op_is_def(o) || op_is_late(o) != late)
      continue;
    VReg v = op_vreg(o);
    s->value[v] = mix(++s->fresh);
    store(s, s->r->locs[in->ops + k], bytes_of(s, v), s->value[v]);
  }
}

static bool do_inst(Sim *s, u32 b, u32 i) {
  make_defs(s, i, false);
  if (!check_uses(s, b, i, false))
    return false;
  for (u32 m = s->env->clobbers(&s->v->insts[i]); m; m &= m - 1)
    s->machine[__builtin_ctz(m)] = mix(++s->fresh);
  make_defs(s, i, true);
  s->run->insts++;
  return check_uses(s, b, i, true);
}

static void do_edge(Sim *s, u32 e, u64 *temp) {
  const VEdge *edge = &s->v->edges[e];
  const RaResult *r = s->r;
  u32 k = s->first_edge_move[e];
  s->run->edge_blocks += k < r->nedge_moves && r->edge_moves[k].point == e;
  for (; k < r->nedge_moves && r->edge_moves[k].point == e; k++)
    do_move(s, &r->edge_moves[k]);
  for (u32 p = 0; p < edge->nargs; p++)
    temp[p] = s->value[s->v->args[edge->args + p]];
  for (u32 p = 0; p < edge->nargs; p++)
    s->value[s->v->args[s->v->blocks[edge->to].params + p]] = temp[p];
}

static void set_up(Sim *s, Arena *a) {
  const VCode *v = s->v;
  s->value = arena_array(a, u64, v->nvregs + 1);
  s->nlocs = PREG_COUNT + s->r->nslots + 2;
  s->machine = arena_array(a, u64, s->nlocs);
  for (u32 k = 0; k < v->nvregs; k++)
    s->value[k] = mix(++s->fresh);
  for (u32 k = 0; k < s->nlocs; k++)
    s->machine[k] = mix(++s->fresh);
  for (u32 k = 0; k < PREG_COUNT; k++)
    s->value[k] = s->machine[k]; // pinned
  s->first_edge_move = arena_array(a, u32, v->nedges + 1);
  for (u32 e = 0, k = 0; e <= v->nedges; e++) {
    while (k < s->r->nedge_moves && s->r->edge_moves[k].point < e)
      k++;
    s->first_edge_move[e] = k;
  }
}

bool ra_simulate(Arena *a, const VCode *v, const RaEnv *env, const RaResult *r,
                 u64 seed, u64 steps, RaRun *run, Text *err) {
  Sim s = {.v = v,
           .env = env,
           .r = r,
           .random = seed,
           .fresh = seed << 32,
           .run = run,
           .err = err};
  set_up(&s, a);
  u32 most = 1;
  for (u32 e = 0; e < v->nedges; e++)
    if (v->edges[e].nargs > most)
      most = v->edges[e].nargs;
  u64 *temp = arena_array(a, u64, most);
  u64 stop = run->insts + steps;
  for (u32 b = 0; run->insts < stop;) {
    const VBlock *blk = &v->blocks[b];
    run->blocks++;
    u32 at = first_move(r, 2 * blk->first);
    for (u32 i = blk->first; i < blk->end; i++) {
      while (at < r->nmoves && r->moves[at].point <= 2 * i)
        do_move(&s, &r->moves[at++]);
      if (!do_inst(&s, b, i))
        return false;
      while (at < r->nmoves && r->moves[at].point <= 2 * i + 1)
        do_move(&s, &r->moves[at++]);
    }
    if (!blk->nedges) {
      b = 0;
      continue;
    }
    u32 e = blk->edges + (u32)(next_random(&s) % blk->nedges);
    do_edge(&s, e, temp);
    b = v->edges[e].to;
  }
  return true;
}
