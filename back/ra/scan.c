// First walk: everything about vregs that needs no sets. One forward pass over
// the operands in numbering order (definitions come before uses) chains each
// vreg's uses, finds which vregs cross block ends, extends their ends to the
// end of the outermost loop that contains a use and not the definition, weighs
// them by loop depth, and notes hints and the instructions that need certain
// registers. Numbering order is reverse postorder with loops as intervals.
#include "back/ra/ra.h"

u32 ra_freq(const VBlock *b) {
  static const u32 by_depth[] = {8, 64, 512, 4096, 32768, 262144};
  if (b->cold)
    return 1;
  return by_depth[b->depth > 5 ? 5 : b->depth];
}

// Jump pointers (Myers' skew-binary ancestors): the outermost loop around b
// that does not contain `def` in O(log depth).
static void open_loop(Ra *s, u32 header) {
  u32 parent = header ? s->v->blocks[header - 1].loop : 0;
  while (parent && s->v->blocks[parent].loop_end <= header)
    parent = s->loops[parent].parent;
  Loop *l = &s->loops[header], *p = &s->loops[parent];
  l->parent = parent;
  l->level = p->level + 1;
  const Loop *j = &s->loops[p->jump];
  bool far = p->level - j->level == j->level - s->loops[j->jump].level;
  l->jump = parent && far ? j->jump : parent;
}

static u32 outermost_without(const Ra *s, u32 b, u32 def) {
  u32 l = s->v->blocks[b].loop;
  if (l <= def)
    return 0;
  while (s->loops[l].parent > def)
    l = s->loops[l].jump > def ? s->loops[l].jump : s->loops[l].parent;
  return l;
}

static inline void define(VInfo *x, u32 point, u32 b, u32 flags, u32 freq) {
  x->def = x->end = point;
  x->def_block = b;
  x->weight = freq;
  x->flags = (u8)flags;
}

// The slow part of a use: v was defined in another block.
static void cross(Ra *s, VReg v, VInfo *x, u32 b) {
  if (x->cross == NEVER) {
    x->cross = s->crossing.n;
    vec_push(s->a, &s->crossing, v);
  }
  if (x->group == b)
    return; // noted for this block already
  x->group = b;
  vec_reserve(s->a, &s->exposed, 2);
  s->exposed.at[s->exposed.n++] = b;
  s->exposed.at[s->exposed.n++] = v;
  u32 l = outermost_without(s, b, x->def_block);
  if (l) {
    u32 end = block_to(&s->v->blocks[s->v->blocks[l].loop_end - 1]);
    if (end > x->end)
      x->end = end, x->flags |= V_AROUND;
  }
}

static inline void use(Ra *s, VInfo *x, VReg v, u32 point, u32 index, u32 b,
                       u32 freq) {
  u32 *next = s->next;
  next[index] = NEVER;
  *(x->last == NEVER ? &x->next : &next[x->last]) = point;
  x->last = index;
  if (x->end < point)
    x->end = point, x->flags &= (u8)~V_AROUND;
  u32 w = x->weight + freq;
  x->weight = w < freq ? NEVER : w;
  if (x->def_block != b)
    cross(s, v, x, b);
}

static void scan_inst(Ra *s, u32 i, u32 b, u32 freq) {
  const VInst *in = &s->v->insts[i];
  VInfo *vi = s->vi;
  u32 early = 0, clobbers = s->env->clobbers(in), taken = clobbers,
      n = in->nops;
  const Operand *ops = &s->v->operands[in->ops];
  for (u32 k = 0; k < n; k++) {
    Operand o = ops[k];
    VReg v = op_vreg(o);
    u32 con = op_con(o), late = op_is_late(o);
    if (con == CON_NONE || v < VREG_FIRST)
      continue;
    VInfo *x = &vi[v];
    if (op_is_def(o)) {
      define(x, 2 * i + late, b, 0, freq);
      if (con >= CON_REUSE && con < CON_FIXED) {
        VReg u = op_vreg(ops[con - CON_REUSE]);
        if (u >= VREG_FIRST)
          vi[u].like = v;
      }
    } else {
      use(s, x, v, 2 * i + late, in->ops + k, b, freq);
      if (con >= CON_FIXED && x->want == NOREG)
        x->want = (u8)(con - CON_FIXED);
    }
    if (con < CON_FIXED)
      continue;
    if (late)
      taken |= bit(con - CON_FIXED);
    if (!late || !op_is_def(o))
      early |= bit(con - CON_FIXED);
  }
  if (early | taken) {
    Event e = {i, early, taken, clobbers, freq == 1};
    vec_push(s->a, &s->events, e);
  }
}

static void scan_edges(Ra *s, u32 b, u32 freq) {
  const VCode *c = s->v;
  const VBlock *blk = &c->blocks[b];
  for (u32 e = blk->edges; e < blk->edges + blk->nedges; e++) {
    const VEdge *edge = &c->edges[e];
    const VBlock *to = &c->blocks[edge->to];
    must(edge->nargs == to->nparams,
         "edge %u passes %u values, block %u has %u", e, edge->nargs, edge->to,
         to->nparams);
    for (u32 k = 0; k < edge->nargs; k++) {
      VReg v = c->args[edge->args + k];
      if (v < VREG_FIRST)
        continue;
      use(s, &s->vi[v], v, block_to(blk), c->noperands + edge->args + k, b,
          freq);
      if (edge->to <= b || !s->vi[v].like)
        s->vi[v].like = c->args[to->params + k];
    }
  }
}

void ra_scan(Ra *s) {
  const VCode *c = s->v;
  s->vi = arena_array(s->a, VInfo, c->nvregs);
  static const VInfo fresh = {.next = NEVER,
                              .last = NEVER,
                              .cross = NEVER,
                              .def_block = NEVER,
                              .group = NEVER,
                              .reg = NOREG,
                              .def_reg = NOREG,
                              .last_reg = NOREG,
                              .want = NOREG};
  for (u32 v = VREG_FIRST; v < c->nvregs; v++) {
    s->vi[v] = fresh;
    s->vi[v].cls = c->vreg_class[v];
    s->vi[v].bytes = c->vreg_bytes[v];
  }
  s->count->vregs += c->nvregs - VREG_FIRST;
  s->next = arena_array(s->a, u32, c->noperands + c->nargs);
  vec_reserve(s->a, &s->events, c->ninsts / 8 + 8);
  vec_reserve(s->a, &s->exposed, c->ninsts / 4 + 16);
  vec_reserve(s->a, &s->crossing, c->ninsts / 8 + 8);
  s->loops = arena_array0(s->a, Loop, c->nblocks);
  for (u32 b = 0; b < c->nblocks; b++) {
    const VBlock *blk = &c->blocks[b];
    u32 freq = ra_freq(blk);
    if (b && blk->loop == b)
      open_loop(s, b);
    for (u32 k = 0; k < blk->nparams; k++)
      define(&s->vi[c->args[blk->params + k]], block_from(blk), b, V_PARAM,
             freq);
    for (u32 i = blk->first; i < blk->end; i++)
      scan_inst(s, i, b, freq);
    scan_edges(s, b, freq);
  }
  s->count->crossing += s->crossing.n;
}
