// Loops. One walk over each loop's own blocks (inner loops left out, so all
// loops together cost one walk over the code) counts how often each value from
// outside is used, the most values of the loop's own that live at once, the
// registers its instructions take, and whether every round makes a call. With
// effort this is done for all loops beforehand, inner ones first, so that a
// loop knows how many registers the loops inside would like to have.
//
// Entering a loop, that decides who keeps a register for all of it and which,
// so that the back edge finds everybody in place. In an innermost loop, as many
// of the values it uses as there is room for, by use count times frequency; if
// every round makes a call, only in registers that calls keep. Values that it
// does not use stay only where nobody wants the register. All others are in
// their slots at the header and are reloaded before their uses: no more loads
// than before, and none on the back edge, which would cost a jump more.
#include "back/ra/ra.h"

typedef struct Outer { // a value from outside that the loop uses
  VReg v;
  u32 weight;
} Outer;

struct Body {   // what the walk finds
  u32 from, to; // blocks
  u32 freq;
  bool calls; // in every round
  u32 reach;  // furthest block inside that was jumped to over others
  u32 live[RC_COUNT], peak[RC_COUNT];
  u32 taken; // registers that hot instructions take, inside too
  u32 ev;
  VEC(Outer) outer; // heaviest first
};

static void outer_use(Ra *s, Body *l, VReg v, u32 freq) {
  VInfo *x = &s->vi[v];
  if (x->group != s->group_id) {
    x->group = s->group_id;
    x->origin = l->outer.n;
    Outer fresh = {v, 0};
    vec_push(s->a, &l->outer, fresh);
  }
  u32 *w = &l->outer.at[x->origin].weight;
  *w = *w + freq < freq ? NEVER : *w + freq;
}

static void body_use(Ra *s, Body *l, VReg v, u32 index, u32 freq) {
  if (v < VREG_FIRST)
    return;
  VInfo *x = &s->vi[v];
  if (x->def_block < l->from)
    outer_use(s, l, v, freq);
  else if (s->next[index] == NEVER && l->live[x->cls])
    l->live[x->cls]--;
}

static void body_def(Ra *s, Body *l, VReg v) {
  if (v < VREG_FIRST)
    return;
  VInfo *x = &s->vi[v];
  if (x->next == NEVER)
    return;
  l->live[x->cls]++;
  if (l->live[x->cls] > l->peak[x->cls])
    l->peak[x->cls] = l->live[x->cls];
}

static void body_inst(Ra *s, Body *l, u32 i, u32 freq) {
  const VInst *in = &s->v->insts[i];
  const Operand *ops = &s->v->operands[in->ops];
  for (u32 k = 0; k < in->nops; k++)
    if (op_con(ops[k]) != CON_NONE && !op_is_def(ops[k]))
      body_use(s, l, op_vreg(ops[k]), in->ops + k, freq);
  for (u32 k = 0; k < in->nops; k++)
    if (op_is_def(ops[k]))
      body_def(s, l, op_vreg(ops[k]));
}

static void body_events(Ra *s, Body *l, u32 b) {
  const VBlock *blk = &s->v->blocks[b];
  while (l->ev < s->events.n && s->events.at[l->ev].inst < blk->first)
    l->ev++;
  for (; l->ev < s->events.n && s->events.at[l->ev].inst < blk->end; l->ev++) {
    const Event *e = &s->events.at[l->ev];
    if (e->cold)
      continue;
    l->taken |= e->early | e->late;
    u32 lost = e->clobbers & s->env->caller_saved[RC_GPR];
    if (lost == s->env->caller_saved[RC_GPR] && l->reach <= b)
      l->calls = true;
  }
}

static void body_block(Ra *s, Body *l, u32 b) {
  const VCode *c = s->v;
  const VBlock *blk = &c->blocks[b];
  u32 freq = ra_freq(blk);
  for (u32 k = 0; k < blk->nparams; k++)
    body_def(s, l, c->args[blk->params + k]);
  for (u32 i = blk->first; i < blk->end; i++)
    body_inst(s, l, i, freq);
  for (u32 e = blk->edges; e < blk->edges + blk->nedges; e++) {
    const VEdge *edge = &c->edges[e];
    for (u32 k = 0; k < edge->nargs; k++)
      body_use(s, l, c->args[edge->args + k], c->noperands + edge->args + k,
               freq);
    if (edge->to < l->to && edge->to > l->reach)
      l->reach = edge->to;
  }
  body_events(s, l, b);
}

static u32 first_event(const Ra *s, u32 inst) {
  u32 lo = 0, hi = s->events.n;
  while (lo < hi) {
    u32 mid = lo + (hi - lo) / 2;
    if (s->events.at[mid].inst < inst)
      lo = mid + 1;
    else
      hi = mid;
  }
  return lo;
}

// Heaviest first; ties by order of appearance. Only the first PREG_COUNT count.
static void heaviest(Body *l) {
  u32 n = 0;
  for (u32 k = 0; k < l->outer.n; k++) {
    Outer o = l->outer.at[k];
    if (n == PREG_COUNT && o.weight <= l->outer.at[n - 1].weight)
      continue;
    u32 at = n < PREG_COUNT ? n++ : n - 1;
    for (; at && l->outer.at[at - 1].weight < o.weight; at--)
      l->outer.at[at] = l->outer.at[at - 1];
    l->outer.at[at] = o;
  }
  l->outer.n = n;
}

// An inner loop, already looked at: what it wants counts as this loop's, beside
// the values of this loop that live across it.
static void body_inner(Ra *s, Body *l, const Body *in) {
  u32 end = block_to(&s->v->blocks[in->to - 1]);
  for (u32 cls = 0; cls < RC_COUNT; cls++)
    if (l->live[cls] + in->peak[cls] > l->peak[cls])
      l->peak[cls] = l->live[cls] + in->peak[cls];
  for (u32 k = 0; k < in->outer.n; k++) {
    VReg v = in->outer.at[k].v;
    const VInfo *x = &s->vi[v];
    if (x->def_block < l->from)
      outer_use(s, l, v, in->outer.at[k].weight);
    else if (x->end <= end && l->live[x->cls])
      l->live[x->cls]--;
  }
  l->taken |= in->taken;
}

static void walk_body(Ra *s, Body *l) {
  s->group_id++;
  l->ev = first_event(s, s->v->blocks[l->from].first);
  for (u32 b = l->from; b < l->to;) {
    const VBlock *blk = &s->v->blocks[b];
    if (b != l->from && blk->loop == b) {
      body_inner(s, l, s->bodies[b]);
      b = blk->loop_end;
      continue;
    }
    body_block(s, l, b++);
  }
  heaviest(l);
}

static Body *new_body(Ra *s, u32 header) {
  const VBlock *blk = &s->v->blocks[header];
  Body *l = arena_new(s->a, Body);
  l->from = l->reach = header;
  l->to = blk->loop_end;
  l->freq = ra_freq(blk);
  return l;
}

void ra_loops(Ra *s) {
  if (!s->effort)
    return;
  s->bodies = arena_array0(s->a, Body *, s->v->nblocks);
  for (u32 b = s->v->nblocks; b-- > 1;) {
    if (s->v->blocks[b].loop != b)
      continue;
    s->bodies[b] = new_body(s, b);
    walk_body(s, s->bodies[b]);
  }
}

// --- entering ---------------------------------------------------------------

// How many values from outside that it uses a loop can keep in registers.
static u32 capacity(const Ra *s, const Body *l, u32 cls) {
  u32 all = (u32)__builtin_popcount(s->alloc[cls]);
  u32 cap = all > l->peak[cls] ? all - l->peak[cls] : 0;
  u32 quiet = (u32)__builtin_popcount(s->alloc[cls] & ~l->taken);
  return l->calls && quiet < cap ? quiet : cap;
}

static void leave_out(Ra *s, VReg v, u32 point) {
  ra_spilled(s, v);
  ra_drop(s, v, point);
  s->changed = true;
  s->count->evictions++;
}

// A chosen value gets, or changes to, a register that the loop leaves alone.
static void settle(Ra *s, const Body *l, VReg v, u32 point) {
  VInfo *x = &s->vi[v];
  u32 free = s->alloc[x->cls] & ~s->occ, quiet = free & ~l->taken;
  bool saved = true;
  if (x->reg != NOREG) {
    if (!(l->taken & bit(x->reg)) || !quiet)
      return;
    saved = s->saved & bit(x->reg);
    ra_drop(s, v, point);
  } else if (!free) {
    return;
  }
  s->changed = true;
  ra_put(s, v, ra_choose(s, v, quiet ? quiet : free), point);
  if (saved)
    s->saved |= bit(x->reg);
}

// Values that the loop does not use: those in registers that it takes leave,
// then the farthest as long as they are more than there is room for.
static void drop_unused(Ra *s, const Body *l, u32 cls, u32 room, u32 point) {
  u32 unused = 0;
  for (u32 m = s->occ & s->alloc[cls]; m; m &= m - 1) {
    VReg v = s->reg_v[low(m)];
    if (s->vi[v].next <= s->loop_to)
      continue;
    if (l->taken & m & -m)
      settle(s, l, v, point);
    if (l->taken & bit(s->vi[v].reg))
      leave_out(s, v, point);
    else
      unused |= bit(s->vi[v].reg);
  }
  while ((u32)__builtin_popcount(unused) > room) {
    u32 worst = low(unused);
    for (u32 m = unused; m; m &= m - 1)
      if (s->vi[s->reg_v[low(m)]].next > s->vi[s->reg_v[worst]].next)
        worst = low(m);
    unused &= ~bit(worst);
    leave_out(s, s->reg_v[worst], point);
  }
}

static void choose_class(Ra *s, const Body *l, u32 cls, u32 point) {
  u32 cap = capacity(s, l, cls), n = 0;
  u64 chosen = 0;
  for (u32 k = 0; k < l->outer.n; k++) {
    const Outer *o = &l->outer.at[k];
    VInfo *x = &s->vi[o->v];
    if (x->cls != cls)
      continue;
    if (n < cap && (o->weight >= l->freq || x->reg != NOREG)) {
      chosen |= (u64)1 << k;
      n++;
    } else if (x->reg != NOREG) {
      leave_out(s, o->v, point);
    }
  }
  drop_unused(s, l, cls, cap - n, point);
  for (; chosen; chosen &= chosen - 1) {
    VReg v = l->outer.at[__builtin_ctzll(chosen)].v;
    settle(s, l, v, point);
    s->count->pinned += s->vi[v].reg != NOREG;
  }
}

// Without effort only loops that may want something: innermost ones of code
// that has spilled before.
static bool worth_a_look(const Ra *s, u32 header) {
  if (s->effort)
    return true;
  if (!s->spilled.n)
    return false;
  for (u32 b = header + 1; b < s->v->blocks[header].loop_end; b++)
    if (s->v->blocks[b].loop != header)
      return false;
  return true;
}

void ra_enter_loop(Ra *s, u32 header) {
  if (!worth_a_look(s, header))
    return;
  Body *l = s->effort ? s->bodies[header] : new_body(s, header);
  if (!s->effort)
    walk_body(s, l);
  for (u32 cls = 0; cls < RC_COUNT; cls++)
    choose_class(s, l, cls, block_from(&s->v->blocks[header]));
}
