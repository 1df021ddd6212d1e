// Placing what is needed: for every operation of the skeleton, in order, the
// cheapest members of its operands' classes and of theirs.
//
// A node is placed as late as possible, in the block of the use that asks
// first, but out of every loop in which it does not change. A class that is
// placed already is used where its place dominates. If it stands in a sibling
// and the source computed it above both, it moves up to where both see it;
// otherwise the source computed it twice and so do we. A node marked `remat`
// is copied into each block that uses it and does not pull its users into the
// loop it stands in.
//
// Depth is kept on an explicit stack. A budget bounds how often classes are
// placed anew: beyond it they go as high as they can, once.
#include "mid/egraph/rewrite.h"

typedef struct Frame {
  u32 cls;
  Block block; // where it is wanted
} Frame;
typedef VEC(Frame) Stack;

static u32 new_entry(Egraph *g, Inst in, u32 node, u32 cls) {
  vec_push(g->scratch, &g->entries, ((Entry){in, 0, node, cls, 0}));
#if WATCH
  u32 rule = g->info[node].rule;
  if (rule && g->rules)
    g->rules[rule - 1].extracted++;
#endif
  g->info[node].flags |= NODE_PLACED;
  return g->entries.n - 1;
}

static void append_entry(Egraph *g, Block b, u32 e) {
  BlockState *s = &g->blocks[b];
  if (s->tail)
    g->entries.at[s->tail].next = e;
  else
    s->head = e;
  s->tail = e;
}

// The entry that serves class c in block b, or 0.
static u32 have(const Egraph *g, u32 c, Block b) {
  const Memo *m = &g->memo[c];
  if (!m->entry || !block_dominates(g->f, m->block, b))
    return 0;
  if (m->block != b && eg_is_remat(g, c))
    return 0;
  return m->entry;
}

static void place_constant(Egraph *g, u32 c) {
  u32 m = g->info[c].best;
  u32 e = new_entry(g, *eg_node(g, m), m, c);
  vec_push(g->scratch, &g->consts, e);
  g->memo[c] = (Memo){e, 1};
}

// --- where
// ---------------------------------------------------------------------

static Block common_dominator(const Egraph *g, Block x, Block y, Block above) {
  for (u32 k = 0; k < 64; k++) {
    if (block_dominates(g->f, x, y))
      return x;
    x = block_at(g->f, x)->idom;
  }
  return above; // far away: as high as it can be
}

// A class placed in a sibling block moves up, if the source had it there.
static Block place_for_both(Egraph *g, u32 c, Block b) {
  const Memo *m = &g->memo[c];
  if (!m->entry || block_dominates(g->f, m->block, b) || eg_is_remat(g, c))
    return b;
  const NodeInfo *i = &g->info[c];
  if (g->entries.n > g->entry_budget)
    return i->avail;
  Block both = common_dominator(g, b, m->block, i->avail);
  return block_dominates(g->f, i->home, both) ? both : b;
}

// The outermost place before the loops around b in which nothing that the node
// needs changes; `needs` is the deepest block among those.
static Block hoist(const Egraph *g, Block b, Block needs) {
  if (g->o->no_licm)
    return b;
  for (;;) {
    Block loop = block_at(g->f, b)->loop;
    if (!loop || needs >= loop)
      return b;
    b = block_at(g->f, loop)->idom;
  }
}

static void deeper(const Egraph *g, u32 c, Block *needs) {
  Block b = g->memo[c].block;
  if (b > *needs)
    *needs = b;
}

// Pushes the classes that node `in` still wants in block b; those marked remat
// are made later, but what they need must be there. True if there were any.
static bool push_operands(Egraph *g, Stack *s, const Inst *in, Block b,
                          bool copies) {
  u32 before = s->n;
  for (u32 k = 0; k < op_info[in->op].nvals; k++) {
    u32 c = eg_class(g, inst_val(in, k));
    if (have(g, c, b))
      continue;
    if (copies || !eg_is_remat(g, c))
      vec_push(g->scratch, s, ((Frame){c, b}));
    else
      push_operands(g, s, eg_node(g, g->info[c].best), b, true);
  }
  return s->n > before;
}

// The deepest block among the places of what node `in` needs in b.
static Block needs_of(const Egraph *g, const Inst *in, Block b) {
  Block needs = 1;
  for (u32 k = 0; k < op_info[in->op].nvals; k++) {
    u32 c = eg_class(g, inst_val(in, k));
    const Inst *best = eg_node(g, g->info[c].best);
    if (have(g, c, b) && !eg_is_remat(g, c)) {
      deeper(g, c, &needs);
      continue;
    }
    for (u32 j = 0; j < op_info[best->op].nvals; j++)
      deeper(g, eg_class(g, inst_val(best, j)), &needs);
  }
  return needs;
}

// --- placing
// -------------------------------------------------------------------

static void place(Egraph *g, u32 c, Block b) {
  u32 m = g->info[c].best;
  Inst in = *eg_node(g, m);
  for (u32 k = 0; k < op_info[in.op].nvals; k++) {
    u32 operand = eg_class(g, inst_val(&in, k));
    u32 e = have(g, operand, b);
    must(e, "class %u does not reach block %u", operand, b);
    *inst_field(&in, k) = e;
  }
  u32 e = new_entry(g, in, m, c);
  append_entry(g, b, e);
  Memo *memo = &g->memo[c];
  if (memo->entry && memo->block != b && !eg_is_remat(g, c)) {
    if (block_dominates(g->f, b, memo->block)) { // moved up
      COUNT(g, elab_moved);
      Entry *old = &g->entries.at[memo->entry];
      old->in.op = OP_none;
      old->value = e;
    } else {
      COUNT(g, elab_duplicated);
    }
  } else if (memo->entry) {
    COUNT(g, elab_remat);
  }
  *memo = (Memo){e, b};
}

// One visit to the class on top of the stack; it is popped when it has a place.
static void visit(Egraph *g, Stack *s) {
  u32 top = s->n - 1, c = s->at[top].cls;
  Block b = s->at[top].block;
  WATCHED(g, elab_visits);
  if (have(g, c, b)) {
    s->n--;
    return;
  }
  const Inst *in = eg_node(g, g->info[c].best);
  if (op_info[in->op].flags & OPF_FLOATS) {
    place_constant(g, c);
    s->n--;
    return;
  }
  must(!eg_is_leaf(g, c), "class %u (%s) is not available in block %u", c,
       op_info[in->op].name, b);
  s->at[top].block = b = place_for_both(g, c, b);
  if (push_operands(g, s, in, b, eg_is_remat(g, c)))
    return;
  Block up = eg_is_remat(g, c) ? b : hoist(g, b, needs_of(g, in, b));
  if (push_operands(g, s, in, up, true)) { // copies go where it goes
    s->at[top].block = up;
    return;
  }
  if (up != b)
    COUNT(g, elab_hoisted);
  place(g, c, up);
  s->n--;
}

static u32 demand(Egraph *g, Stack *s, u32 c, Block b) {
  c = eg_class(g, c);
  u32 e = have(g, c, b);
  if (e)
    return e;
  vec_push(g->scratch, s, ((Frame){c, b}));
  while (s->n)
    visit(g, s);
  e = have(g, c, b);
  must(e, "class %u was not placed for block %u", c, b);
  return e;
}

// --- the skeleton
// -----------------------------------------------------------------

static u32 new_list(Egraph *g, Stack *s, u32 at, Block b, bool word_before) {
  Func *f = g->out;
  const u32 *old = &g->f->pool.at[at];
  u32 n = old[0];
  vec_reserve(f->arena, &f->pool, n + 2);
  if (word_before)
    f->pool.at[f->pool.n++] = old[-1];
  u32 list = f->pool.n;
  f->pool.at[f->pool.n++] = n;
  for (u32 k = 1; k <= n; k++)
    f->pool.at[f->pool.n++] = demand(g, s, eg_resolve(g, old[k]), b);
  return list;
}

// Copies a target; arguments of parameters that are gone are left out. The
// block is renumbered when all is emitted.
static u32 new_target(Egraph *g, Stack *s, u32 at, Block b) {
  Func *f = g->out;
  const u32 *old = &g->f->pool.at[at];
  u32 n = old[1], kept = 0, params = g->blocks[old[0]].params;
  vec_reserve(f->arena, &f->pool, n + 2);
  u32 target = f->pool.n;
  f->pool.n += n + 2;
  for (u32 k = 0; k < n; k++) {
    u32 p = g->params.at[params + k];
    if (!p || !(g->info[p].flags & NODE_LIVE))
      continue;
    u32 e = demand(g, s, eg_resolve(g, old[2 + k]), b);
    f->pool.at[target + 2 + kept++] = e;
  }
  f->pool.at[target] = old[0];
  f->pool.at[target + 1] = kept;
  f->pool.n = target + 2 + kept;
  return target;
}

static u32 new_targets(Egraph *g, Stack *s, u32 at, Block b) {
  Func *f = g->out;
  u32 n = g->f->pool.at[at];
  vec_reserve(f->arena, &f->pool, n + 1);
  u32 list = f->pool.n;
  f->pool.n += n + 1;
  f->pool.at[list] = n;
  for (u32 k = 1; k <= n; k++) {
    u32 t = new_target(g, s, g->f->pool.at[at + k], b);
    f->pool.at[list + k] = t;
  }
  return list;
}

static void place_skeleton(Egraph *g, Stack *s, u32 id, Block b) {
  Inst in = *eg_node(g, id);
  const OpInfo *o = &op_info[in.op];
  for (u32 k = 0; k < o->nvals; k++)
    *inst_field(&in, k) = demand(g, s, inst_val(&in, k), b);
  bool before = false;
  for (u32 k = 0; k < o->nimms; k++) {
    before |= o->imm_field[k] == 5;
    if (o->imm[k] == IMM_TARGET || o->imm[k] == IMM_TARGETS) {
      u32 *at = inst_field(&in, o->imm_field[k]);
      *at = o->imm[k] == IMM_TARGET ? new_target(g, s, *at, b)
                                    : new_targets(g, s, *at, b);
    }
  }
  if (o->flags & OPF_LIST)
    in.c = new_list(g, s, in.c, b, before);
  u32 e = new_entry(g, in, id, id);
  g->memo[id] = (Memo){e, b};
  if (o->flags & OPF_ENDS)
    g->blocks[b].term = e;
  else
    append_entry(g, b, e);
}

static void place_params(Egraph *g, Block b) {
  u32 at = g->blocks[b].params, n = block_at(g->f, b)->nparams, kept = 0;
  for (u32 k = 0; k < n; k++) {
    u32 id = g->params.at[at + k];
    if (!id)
      continue;
    if (!(g->info[id].flags & NODE_LIVE)) {
      if (b != 1) { // the function's own stay
        COUNT(g, params_removed);
        continue;
      }
      g->info[id].flags |= NODE_LIVE;
    }
    Inst in = *eg_node(g, id);
    in.b = kept++;
    u32 e = new_entry(g, in, id, id);
    append_entry(g, b, e);
    g->memo[id] = (Memo){e, b};
  }
}

static void elaborate_block(Egraph *g, Stack *s, Block b) {
  const BlockState *state = &g->blocks[b];
  place_params(g, b);
  for (u32 k = state->skel; k < state->skel_end; k++) {
    u32 id = g->skel.at[k];
    if (g->info[id].flags & NODE_LIVE)
      place_skeleton(g, s, id, b);
    else
      COUNT(g, dead_skeleton);
  }
}

void eg_elaborate(Egraph *g) {
  Stack s = {0};
  g->memo = arena_array0(g->scratch, Memo, g->n.n + g->f->insts.n);
  g->entry_budget = 4 * (g->n.n + g->f->insts.n) + 1000;
  vec_reserve(g->scratch, &g->entries, g->n.n + 1);
  vec_push(g->scratch, &g->entries, (Entry){0});
  for (Block b = 1; b < g->f->blocks.n; b++)
    if (g->blocks[b].reached)
      elaborate_block(g, &s, b);
}
