// The fast allocator, in the order of its phases: scan (operands, forward),
// liveness (blocks, backward), allocation (instructions, forward), slots,
// moves. Each is linear, but for sorting spilled vregs and groups of moves.
//
// Between blocks every value that has a register keeps it; within, the register
// state is exact at every instruction. See docs/ra.md for why this and not
// linear scan over intervals.
#include "back/ra/ra.h"

static void setup(Ra *s) {
  const RaEnv *env = s->env;
  for (u32 cls = 0; cls < RC_COUNT; cls++) {
    s->alloc[cls] = env->caller_saved[cls] | env->callee_saved[cls];
    s->callee |= env->callee_saved[cls];
  }
  s->effort = env->options.effort;
  s->group_id = s->v->nblocks; // smaller ones are stamps of scan.c
  s->locs = arena_array(s->a, Loc, s->v->noperands + 1);
  s->exit = arena_array0(s->a, State *, s->v->nblocks);
  s->entry = arena_array0(s->a, State *, s->v->nblocks);
  vec_reserve(s->a, &s->moves, s->v->ninsts / 2 + 16); // growing copies
  vec_reserve(s->a, &s->groups, s->v->ninsts / 4 + 8);
  if (env->options.ranges)
    s->open = arena_array0(s->a, u32, PREG_COUNT);
}

static void slot_ranges(Ra *s) {
  for (u32 k = 0; k < s->spilled.n; k++) {
    VReg v = s->spilled.at[k];
    RaRange r = {v, LOC_SLOT + s->slot[v], s->vi[v].def, s->vi[v].end};
    vec_push(s->a, &s->env->options.ranges->at, r);
  }
}

void ra_fast(Arena *a, const VCode *v, const RaEnv *env, RaResult *out,
             RaCounters *count) {
  Ra *s = arena_new(a, Ra);
  s->a = a, s->v = v, s->env = env, s->count = count;
  setup(s);
  ra_scan(s);
  ra_live(s);
  ra_loops(s);
  for (u32 b = 0; b < v->nblocks; b++) {
    ra_enter(s, b);
    for (u32 i = v->blocks[b].first; i < v->blocks[b].end; i++)
      ra_inst(s, i);
    ra_leave(s, b);
  }
  while (s->occ)
    ra_drop(s, s->reg_v[low(s->occ)], s->block_end);
  ra_slots(s);
  if (s->open)
    slot_ranges(s);
  ra_resolve(s, out);
  for (u32 k = 0; k < s->slot_ops.n; k++) {
    Loc *l = &s->locs[s->slot_ops.at[k]];
    *l = LOC_SLOT + s->slot[*l & ~SLOT_OF];
  }
  out->locs = s->locs;
  out->nslots = s->nslots;
  out->used_callee_saved = s->used_callee;
  count->slots += s->nslots;
}
