// Registers over block ends. A block begins in the state of its most frequent
// predecessor among those already done, less what is not live into it; a loop
// header then says who stays for the whole loop (loop.c). Parameters take their
// argument's register where it is free. Every other edge is made to agree by
// moves, at most one per register: a value that is in its slot at the block's
// begin needs no move, unless its register was never stored on that way.
// Moves of a single-successor block go before its jump if that reads nothing, of
// a single-predecessor block to its begin, of critical edges to their own list.
#include "back/ra/ra.h"

static State *save(Ra *s, State *st) {
  st->occ = s->occ;
  st->saved = s->saved;
  for (u32 m = s->occ; m; m &= m - 1)
    st->reg_v[low(m)] = s->reg_v[low(m)];
  return st;
}

// Where v is in a state that `note` has gone over.
static void note(Ra *s, const State *st) {
  for (u32 m = st->occ; m; m &= m - 1)
    s->vi[st->reg_v[low(m)]].at = (u8)low(m);
}
static u32 reg_in(const Ra *s, const State *st, VReg v) {
  u32 r = s->vi[v].at & 31;
  return st->occ & bit(r) && st->reg_v[r] == v ? r : NOREG;
}

// --- moves of an edge -------------------------------------------------------

static void edge_move(Ra *s, Loc to, Loc from, VReg v) {
  if (to == from)
    return;
  Move m = {to, from, v};
  vec_push(s->a, &s->moves, m);
}

static void edge_params(Ra *s, u32 e, const State *from) {
  const VEdge *edge = &s->v->edges[e];
  const VBlock *to = &s->v->blocks[edge->to];
  for (u32 k = 0; k < edge->nargs; k++) {
    VReg q = s->v->args[to->params + k], a = s->v->args[edge->args + k];
    VInfo *x = &s->vi[q];
    Loc dest = x->def_reg;
    if (x->def_reg == NOREG) {
      if (!(x->flags & V_SPILLED))
        continue; // never used
      dest = slot_of(q);
    }
    u32 r = a < VREG_FIRST ? a : reg_in(s, from, a);
    if (r == NOREG)
      ra_spilled(s, a);
    edge_move(s, dest, r == NOREG ? slot_of(a) : r, q);
  }
}

// Appends the moves from a block's end state to a block's begin state; `from`
// has been noted.
static void edge_moves(Ra *s, u32 e, const State *from, const State *to) {
  u32 b = s->v->edges[e].to, kept = 0;
  for (u32 m = to->occ; m; m &= m - 1) {
    VReg v = to->reg_v[low(m)];
    if (from->occ & bit(low(m)) && from->reg_v[low(m)] == v) {
      kept |= bit(low(m));
      continue;
    }
    if (s->vi[v].flags & V_PARAM && s->vi[v].def_block == b)
      continue;
    u32 r = reg_in(s, from, v);
    if (r != NOREG)
      kept |= bit(r);
    edge_move(s, low(m), r == NOREG ? slot_of(v) : r, v);
    if (r == NOREG)
      ra_spilled(s, v);
  }
  for (u32 m = from->occ & ~from->saved & ~kept; m; m &= m - 1) {
    VReg v = from->reg_v[low(m)];
    if (ra_live_in(s, v) && ra_store_here(s, v, s->v->edge_from[e]))
      edge_move(s, slot_of(v), low(m), v);
  }
}

// `alike`: the states differ by parameters and what is not live only.
static void connect(Ra *s, u32 e, const State *from, const State *to,
                    bool alike) {
  if (alike && !s->v->edges[e].nargs)
    return;
  const VCode *c = s->v;
  const VBlock *p = &c->blocks[c->edge_from[e]],
               *b = &c->blocks[c->edges[e].to];
  Group g = {.first = s->moves.n, .free = ~(from->occ | to->occ)};
  note(s, from);
  if (!alike)
    edge_moves(s, e, from, to);
  edge_params(s, e, from);
  g.n = s->moves.n - g.first;
  if (!g.n)
    return;
  if (vedge_is_critical(c, e)) {
    g.key = e;
    vec_push(s->a, &s->edge_groups, g);
    s->count->edge_blocks++;
  } else if (p->nedges > 1 || vbranch_reads(c, p)) {
    g.key = 4 * block_from(b) + SUB_IN;
    vec_push(s->a, &s->groups, g);
  } else {
    g.key = 4 * (2 * p->branch) + SUB_OUT;
    vec_push(s->a, &s->late_groups, g);
  }
}

// --- entering ---------------------------------------------------------------

static u32 pred_edge(const Ra *s, u32 b, u32 k) {
  return s->v->preds[s->v->blocks[b].preds + k];
}

// The edge from the most frequent predecessor that is done; NEVER if none is.
static u32 base_edge(const Ra *s, u32 b) {
  u32 best = NEVER, best_freq = 0;
  for (u32 k = 0; k < s->v->blocks[b].npreds; k++) {
    u32 e = pred_edge(s, b, k), p = s->v->edge_from[e];
    if (p >= b)
      continue;
    u32 freq = ra_freq(&s->v->blocks[p]);
    if (freq < best_freq)
      continue;
    best = e, best_freq = freq;
  }
  return best;
}

static void forget(Ra *s, u32 point) { // all registers
  for (u32 m = s->occ; m; m &= m - 1)
    ra_drop(s, s->reg_v[low(m)], point);
}

// The base's end state without what is not live. When the base is the block
// just left its state is still there.
static void inherit(Ra *s, u32 b, u32 base) {
  u32 point = block_from(&s->v->blocks[b]);
  if (base + 1 == b) {
    for (u32 m = s->occ; m; m &= m - 1)
      if (!ra_live_in(s, s->reg_v[low(m)]))
        ra_drop(s, s->reg_v[low(m)], point - 1);
    return;
  }
  const State *st = s->exit[base];
  forget(s, point - 1);
  for (u32 m = st->occ; m; m &= m - 1) {
    u32 r = low(m);
    VReg v = st->reg_v[r];
    if (ra_live_in(s, v))
      ra_put(s, v, r, point);
  }
  s->saved = st->saved & s->occ;
}

// A register counts as stored only if it is on every way that leads here.
static void agree(Ra *s, u32 b, u32 base) {
  u32 point = block_from(&s->v->blocks[b]);
  for (u32 k = 0; k < s->v->blocks[b].npreds; k++) {
    u32 e = pred_edge(s, b, k), p = s->v->edge_from[e];
    if (e == base || p >= b)
      continue;
    const State *st = s->exit[p];
    if (st == s->exit[s->v->edge_from[base]])
      continue;
    note(s, st);
    for (u32 m = s->occ; m; m &= m - 1) {
      VReg v = s->reg_v[low(m)];
      u32 r = reg_in(s, st, v);
      if (r != NOREG && !(st->saved & bit(r)))
        s->saved &= ~bit(low(m));
      if (r == NOREG && !s->live_in && !(s->vi[v].flags & V_SPILLED)) {
        ra_drop(s, v, point); // flat liveness: it may not exist on that way
        s->changed = true;
      }
    }
  }
}

static u32 find_in(const State *st, VReg v) {
  for (u32 m = st->occ; m; m &= m - 1)
    if (st->reg_v[low(m)] == v)
      return low(m);
  return NOREG;
}

// The register of `free` in which most ways, by frequency, bring the argument
// of the block's parameter k. Registers of values that live on are not free.
static u32 arg_reg(Ra *s, u32 b, u32 base, u32 k, u32 free) {
  if (!s->effort && base != NEVER) { // the base decides
    u32 r = find_in(s->exit[s->v->edge_from[base]],
                    s->v->args[s->v->edges[base].args + k]);
    return r != NOREG && free & bit(r) ? r : NOREG;
  }
  u32 votes[PREG_COUNT], voted = 0, best = NOREG;
  const VBlock *blk = &s->v->blocks[b];
  for (u32 i = 0; i < blk->npreds; i++) {
    u32 e = pred_edge(s, b, i), p = s->v->edge_from[e];
    VReg a = s->v->args[s->v->edges[e].args + k];
    if (p >= b || a < VREG_FIRST)
      continue;
    u32 r = find_in(s->exit[p], a);
    if (r == NOREG || !(free & bit(r)))
      continue;
    if (!(voted & bit(r)))
      votes[r] = 0, voted |= bit(r);
    votes[r] += ra_freq(&s->v->blocks[p]);
    if (best == NOREG || votes[r] > votes[best])
      best = r;
  }
  return best;
}

// Makes room for parameter q: who is wanted last goes, maybe q itself.
static u32 make_room(Ra *s, VReg q, u32 point) {
  VInfo *x = &s->vi[q];
  u32 best = NOREG, key = ra_next_key(s, q);
  for (u32 m = s->occ & s->alloc[x->cls]; m; m &= m - 1) {
    VReg v = s->reg_v[low(m)];
    if (s->vi[v].flags & V_PARAM && s->vi[v].def == x->def)
      continue;
    u32 k = ra_next_key(s, v);
    if (k > key)
      key = k, best = low(m);
  }
  if (best == NOREG)
    return NOREG;
  ra_spilled(s, s->reg_v[best]);
  ra_drop(s, s->reg_v[best], point);
  s->changed = true;
  s->count->evictions++;
  return best;
}

static void place_param(Ra *s, u32 b, u32 base, u32 k, u32 point) {
  VReg q = s->v->args[s->v->blocks[b].params + k];
  VInfo *x = &s->vi[q];
  x->last = point;
  if (x->flags & V_FOLLOW)
    x->want = NOREG; // the votes know better
  if (x->next == NEVER)
    return;
  u32 free = s->alloc[x->cls] & ~s->occ;
  u32 same = ra_becomes(s, q), r; // a back edge has no room for moves, this has
  if (same == NOREG || !(free & bit(same)))
    same = arg_reg(s, b, base, k, free);
  if (same != NOREG && free & bit(same)) {
    u8 wish = x->want;
    x->want = (u8)same;
    r = ra_choose(s, q, free);
    x->want = wish;
  } else {
    r = free ? ra_choose(s, q, free) : make_room(s, q, point);
  }
  if (r == NOREG) { // lives in its slot; edges write it
    x->flags |= V_EAGER;
    ra_spilled(s, q);
    s->count->stack_params++;
    return;
  }
  ra_put(s, q, r, point);
  x->def_reg = (u8)r;
}

void ra_enter(Ra *s, u32 b) {
  const VBlock *blk = &s->v->blocks[b];
  u32 from = block_from(blk);
  s->block = b;
  s->block_end = block_to(blk);
  s->loop_from = blk->loop ? block_from(&s->v->blocks[blk->loop]) : 0;
  s->loop_to = 0;
  if (blk->loop)
    s->loop_to = block_to(&s->v->blocks[s->v->blocks[blk->loop].loop_end - 1]);
  ra_live_out(s, b);
  ra_live_now(s, b);
  s->changed = false;
  u32 base = base_edge(s, b);
  if (base != NEVER) {
    inherit(s, b, s->v->edge_from[base]);
    if (blk->npreds > 1)
      agree(s, b, base);
  } else if (s->occ) {
    forget(s, from - 1);
  }
  bool header = blk->loop == b && b;
  if (header)
    ra_enter_loop(s, b);
  for (u32 k = 0; k < blk->nparams; k++)
    place_param(s, b, base, k, from);
  if (blk->npreds == 1 && !blk->nparams && !header && !s->changed)
    return;
  State now, *here = &now;
  if (header)
    here = s->entry[b] = arena_alloc(s->a, sizeof(State), _Alignof(State));
  save(s, here);
  for (u32 k = 0; k < blk->npreds; k++) {
    u32 e = pred_edge(s, b, k), p = s->v->edge_from[e];
    if (p < b)
      connect(s, e, s->exit[p], here, e == base && !s->changed);
  }
}

void ra_leave(Ra *s, u32 b) {
  const VCode *c = s->v;
  const VBlock *blk = &c->blocks[b];
  for (u32 e = blk->edges; e < blk->edges + blk->nedges; e++)
    for (u32 k = 0; k < c->edges[e].nargs; k++) {
      VReg v = c->args[c->edges[e].args + k];
      if (v < VREG_FIRST)
        continue;
      s->vi[v].next = s->next[c->noperands + c->edges[e].args + k];
      s->vi[v].last = s->block_end;
    }
  State *st = save(s, arena_alloc(s->a, sizeof(State), _Alignof(State)));
  s->exit[b] = st;
  for (u32 e = blk->edges; e < blk->edges + blk->nedges; e++)
    if (c->edges[e].to <= b) {
      ra_live_now(s, c->edges[e].to);
      connect(s, e, st, s->entry[c->edges[e].to], false);
    }
}
