// The walk over the old function, in reverse postorder: dominators come first,
// and so do all forward predecessors.
//
// On entering a block the kept edges into it are known, but for back edges.
// No edge: the block is gone, with all it dominates. A parameter that has the
// same class on every edge is that class, if it is available in the block by
// the dominator tree of the old function (edges removed on the way leave that
// tree true, only shyer than it could be). A loop's parameters wait for their
// back edges, which are read as they stood in the source.
#include "mid/egraph/rewrite.h"

// Constants may stand after their first use: they are met on the way.
static u32 late_constant(Egraph *g, Val old) {
  const Inst *in = inst_at(g->f, old);
  must(op_info[in->op].flags & OPF_FLOATS, "v%u is used before it is made",
       old);
  g->origin = old;
  g->rule = 0;
  u32 c = eg_insert(g, *in);
  g->map[old] = c;
  return c;
}

u32 eg_resolve(Egraph *g, Val old) {
  u32 c = g->map[old];
  return likely(c) ? eg_class(g, c) : late_constant(g, old);
}

// --- entering a block
// ------------------------------------------------------------

static u32 target_arg(Egraph *g, u32 target, u32 k) {
  return g->f->pool.at[target + 2 + k];
}

// What every kept edge passes for parameter k, or 0.
static u32 same_on_edges(Egraph *g, Block b, u32 k) {
  u32 same = 0;
  for (u32 e = g->blocks[b].edges; e; e = g->edges.at[e].next) {
    u32 c = eg_resolve(g, target_arg(g, g->edges.at[e].target, k));
    if (same && c != same)
      return 0;
    same = c;
  }
  return same;
}

// Whether the back edges of header b pass parameter k on unchanged, or the
// constant `c`.
static bool back_edges_keep(Egraph *g, Block b, u32 k, u32 c) {
  const Func *f = g->f;
  const BlockInfo *info = block_at(f, b);
  for (u32 p = 0; p < info->npreds; p++) {
    Block from = f->preds.at[info->preds + p];
    if (from < b)
      continue;
    const Inst *term = inst_at(f, block_at(f, from)->end - 1);
    for (u32 t = 0, n = ir_ntargets(f, term); t < n; t++) {
      u32 at = ir_target_at(f, term, t);
      if (f->pool.at[at] != b)
        continue;
      Val v = target_arg(g, at, k);
      bool same = v == info->first + k ||
                  ((op_info[inst_at(f, v)->op].flags & OPF_FLOATS) &&
                   eg_resolve(g, v) == c);
      if (!same)
        return false;
    }
  }
  return true;
}

static bool is_header(const Func *f, Block b) {
  return block_at(f, b)->loop == b;
}

static void enter_param(Egraph *g, Block b, u32 k, bool header) {
  Val old = block_at(g->f, b)->first + k;
  u32 c = same_on_edges(g, b, k);
  if (c && block_dominates(g->f, g->info[c].avail, b) &&
      (!header || back_edges_keep(g, b, k, c))) {
    COUNT(g, params_removed);
    g->map[old] = c;
    vec_push(g->scratch, &g->params, 0);
    return;
  }
  Inst in = *inst_at(g->f, old);
  g->map[old] = eg_leaf(g, in, old);
  vec_push(g->scratch, &g->params, g->map[old]);
}

static void enter_block(Egraph *g, Block b) {
  const BlockInfo *info = block_at(g->f, b);
  g->block = b;
  g->blocks[b].skel = g->skel.n;
  g->blocks[b].params = g->params.n;
  bool header = is_header(g->f, b);
  for (u32 k = 0; k < info->nparams; k++) {
    if (b == 1) { // the function's parameters
      Val old = info->first + k;
      g->map[old] = eg_leaf(g, *inst_at(g->f, old), old);
      vec_push(g->scratch, &g->params, g->map[old]);
    } else {
      enter_param(g, b, k, header);
    }
  }
  if (!g->o->no_alias)
    eg_memory_enter(g, b);
}

// --- leaving it
// --------------------------------------------------------------------

static void keep_edge(Egraph *g, Block from, u32 target) {
  Block to = g->f->pool.at[target];
  BlockState *s = &g->blocks[to];
  s->reached = 1;
  vec_push(g->scratch, &g->edges, ((Edge){from, target, s->edges}));
  s->edges = g->edges.n - 1;
}

static void leave_block(Egraph *g, Block b) {
  BlockState *s = &g->blocks[b];
  s->skel_end = g->skel.n;
  const Inst *term = eg_node(g, g->skel.at[s->skel_end - 1]);
  for (u32 k = 0, n = ir_ntargets(g->f, term); k < n; k++)
    keep_edge(g, b, ir_target_at(g->f, term, k));
  if (!g->o->no_alias)
    g->mem[b] = g->now;
}

// --- the walk
// ------------------------------------------------------------------------

static bool is_pure(const Egraph *g, const Inst *in, u32 flags) {
  if (flags & OPF_PURE)
    return true;
  enum { NEED = MEM_READONLY | MEM_NOTRAP | MEM_MOVABLE };
  // the one op with a `pure when` is load, its memarg is the first immediate
  return (flags & OPF_PURE_IF) && (g->mems.at[in->b].flags & NEED) == NEED;
}

static void walk_block(Egraph *g, Block b) {
  const BlockInfo *info = block_at(g->f, b);
  enter_block(g, b);
  for (Val v = info->first + info->nparams; v < info->end; v++) {
    Inst in = *inst_at(g->f, v);
    const OpInfo *o = &op_info[in.op];
    if (o->flags & OPF_FLOATS) {
      if (!g->map[v])
        late_constant(g, v);
      continue;
    }
    for (u32 k = 0; k < o->nvals; k++)
      *inst_field(&in, k) = eg_resolve(g, inst_val(&in, k));
    if (is_pure(g, &in, o->flags))
      g->map[v] = eg_value(g, in, v);
    else if (eg_skeleton(g, in, v))
      break;
  }
  leave_block(g, b);
}

void eg_walk(Egraph *g) {
  u32 nblocks = g->f->blocks.n;
  if (!g->o->no_alias)
    eg_memory_loops(g);
  g->blocks[1].reached = 1;
  for (Block b = 1; b < nblocks; b++) {
    if (g->blocks[b].reached)
      walk_block(g, b);
    else
      COUNT(g, blocks_removed);
  }
}
