// The new function's arrays: constants first, then block after block, numbers
// in that order. Entries that moved up are aliases of what took their place;
// copies that lost their last user are left out, so use counts are right.
//
// Blocks that are gone leave no hole: the others are renumbered in order, which
// keeps reverse postorder and loops as intervals. Dominators and loops are
// those of the old function, true for the new one if shyer where edges went.
#include "mid/egraph/graph.h"

// --- uses
// --------------------------------------------------------------------------

static void use(Egraph *g, u8 *uses, u32 *operand) {
  *operand = eg_real_entry(g, *operand);
  u8 *n = &uses[*operand];
  *n = (u8)(*n + (*n != 255));
}

static void use_list(Egraph *g, u8 *uses, u32 at) {
  u32 *list = &g->out->pool.at[at];
  for (u32 k = 1; k <= list[0]; k++)
    use(g, uses, &list[k]);
}

static void use_operands(Egraph *g, u8 *uses, Inst *in) {
  const OpInfo *o = &op_info[in->op];
  for (u32 k = 0; k < o->nvals; k++)
    use(g, uses, inst_field(in, k));
  if (o->flags & OPF_LIST)
    use_list(g, uses, in->c);
  if (o->flags & OPF_ENDS)
    for (u32 k = 0, n = ir_ntargets(g->out, in); k < n; k++)
      use_list(g, uses, ir_target_at(g->out, in, k) + 1);
}

// --- numbers
// -------------------------------------------------------------------------

static u32 key_of(Egraph *g, const Entry *e) {
  const NodeInfo *i = &g->info[e->cls];
  if ((i->flags & NODE_FRESH) || !i->origin)
    return g->out->next_key++;
  return value_key(g->f, i->origin);
}

static void emit_entry(Egraph *g, u32 id) {
  Func *f = g->out;
  Entry *e = &g->entries.at[id];
  Val v = f->insts.n++;
  f->insts.at[v] = e->in;
  f->pos.at[v] = g->f->pos.at[g->info[e->cls].origin];
  f->key.at[v] = key_of(g, e);
  e->value = v;
  if (g->log) {
    g->log->node_of[v] = e->node;
    g->log->value_of[e->node] = v;
  }
}

static void emit_block(Egraph *g, Block b) {
  const BlockState *s = &g->blocks[b];
  BlockInfo *info = block_at(g->out, s->new_id);
  info->first = g->out->insts.n;
  u32 nparams = 0;
  for (u32 e = s->head; e; e = g->entries.at[e].next) {
    Entry *entry = &g->entries.at[e];
    if (entry->in.op == OP_none)
      continue;
    if (op_info[entry->in.op].base == BASE_param) {
      entry->in.a = s->new_id;
      nparams++;
    }
    emit_entry(g, e);
  }
  emit_entry(g, s->term);
  info->nparams = nparams;
  info->end = g->out->insts.n;
}

static void renumber_list(Egraph *g, u32 at) {
  u32 *list = &g->out->pool.at[at];
  for (u32 k = 1; k <= list[0]; k++)
    list[k] = g->entries.at[list[k]].value;
}

static void renumber(Egraph *g, Inst *in) {
  const OpInfo *o = &op_info[in->op];
  Func *f = g->out;
  for (u32 k = 0; k < o->nvals; k++)
    *inst_field(in, k) = g->entries.at[inst_val(in, k)].value;
  if (o->flags & OPF_LIST)
    renumber_list(g, in->c);
  if (!(o->flags & OPF_ENDS))
    return;
  for (u32 k = 0, n = ir_ntargets(f, in); k < n; k++) {
    u32 t = ir_target_at(f, in, k);
    f->pool.at[t] = g->blocks[f->pool.at[t]].new_id;
    renumber_list(g, t + 1);
  }
}

// --- blocks
// --------------------------------------------------------------------------

static u32 number_blocks(Egraph *g) {
  u32 n = 1;
  for (Block b = 1; b < g->f->blocks.n; b++) {
    g->blocks[b].new_id = n; // of a block that is gone: the next one that stays
    n += g->blocks[b].reached;
  }
  return n;
}

static void copy_block(Egraph *g, Block b, u32 nblocks) {
  BlockInfo info = *block_at(g->f, b);
  Func *f = g->out;
  info.idom = info.idom ? g->blocks[info.idom].new_id : 0;
  info.loop = info.loop ? g->blocks[info.loop].new_id : 0;
  if (info.loop_end)
    info.loop_end = info.loop_end < g->f->blocks.n
                        ? g->blocks[info.loop_end].new_id
                        : nblocks;
  info.preds = f->preds.n;
  info.npreds = 0;
  for (u32 e = g->blocks[b].edges; e; e = g->edges.at[e].next)
    info.npreds++;
  vec_reserve(f->arena, &f->preds, info.npreds);
  u32 at = info.preds + info.npreds; // edges are listed last first
  for (u32 e = g->blocks[b].edges; e; e = g->edges.at[e].next)
    f->preds.at[--at] = g->blocks[g->edges.at[e].from].new_id;
  f->preds.n += info.npreds;
  *block_at(f, g->blocks[b].new_id) = info;
}

// Numbers the dominator tree without the blocks that are gone. Parents come
// before children, so one walk each way does.
static void renumber_dominators(Egraph *g) {
  Func *f = g->out;
  u32 n = f->blocks.n;
  u32 *next = arena_array(g->scratch, u32, n);
  for (Block b = 1; b < n; b++)
    block_at(f, b)->dom_size = 0;
  for (Block b = n - 1; b > 1; b--)
    block_at(f, block_at(f, b)->idom)->dom_size += block_at(f, b)->dom_size + 1;
  next[1] = block_at(f, 1)->dom_pre + 1;
  for (Block b = 2; b < n; b++) {
    BlockInfo *info = block_at(f, b);
    info->dom_pre = next[info->idom];
    next[info->idom] += info->dom_size + 1;
    next[b] = info->dom_pre + 1;
  }
}

static void copy_blocks(Egraph *g) {
  u32 nblocks = number_blocks(g);
  Func *f = g->out;
  vec_reserve(f->arena, &f->blocks, nblocks);
  f->blocks.n = nblocks;
  for (Block b = 1; b < g->f->blocks.n; b++)
    if (g->blocks[b].reached)
      copy_block(g, b, nblocks);
  if (nblocks < g->f->blocks.n)
    renumber_dominators(g);
}

// --- all of it
// -------------------------------------------------------------------------

static u8 *count_uses(Egraph *g) {
  u8 *uses = arena_array0(g->scratch, u8, g->entries.n);
  for (u32 e = 1; e < g->entries.n; e++) {
    Inst *in = &g->entries.at[e].in;
    if (in->op != OP_none)
      use_operands(g, uses, in);
  }
  return uses;
}

static void reserve(Func *f, u32 n) {
  vec_reserve(f->arena, &f->insts, n);
  vec_reserve(f->arena, &f->pos, n);
  vec_reserve(f->arena, &f->key, n);
}

void eg_emit(Egraph *g) {
  Func *f = g->out;
  u8 *uses = count_uses(g);
  reserve(f, g->entries.n);
  if (g->log) {
    g->log->node_of = arena_array0(g->scratch, u32, g->entries.n + 1);
    g->log->value_of = arena_array0(g->scratch, u32, g->n.n + 1);
  }
  for (u32 k = 0; k < g->consts.n; k++)
    emit_entry(g, g->consts.at[k]);
  copy_blocks(g);
  for (Block b = 1; b < g->f->blocks.n; b++)
    if (g->blocks[b].reached)
      emit_block(g, b);
  f->pos.n = f->key.n = f->insts.n;
  f->uses = arena_array0(f->arena, u8, f->insts.n);
  for (u32 e = 1; e < g->entries.n; e++)
    if (g->entries.at[e].in.op != OP_none)
      f->uses[g->entries.at[e].value] = uses[e];
  for (Val v = 1; v < f->insts.n; v++)
    renumber(g, inst_at(f, v));
  if (g->log)
    g->log->nvalues = f->insts.n;
}
