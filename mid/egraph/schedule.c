// The order within a block: what the source computed in this block stands where
// the source had it. Elaboration places a node when its first use asks, which
// lets everything that one store sums up pile up before that store, all of it
// alive; the source's order has been through a compiler that knew better.
//
// An entry's key is the source instruction it was made for, but never less than
// its operands' keys. What came from another block (sunk, copied, rewritten to
// something older) takes the key of its first user here; what nobody here uses
// (hoisted) goes last. Sorting by key, stable, keeps operands before users and
// effects in their order.
#include "mid/egraph/graph.h"

enum { LAST = INT32_MAX }; // instructions are fewer

typedef struct Order {
  Egraph *g;
  Block block;
  u32 n;
  u32 *item;  // entries of the block
  u32 *other; // room for merging
  u32 *key;   // by entry
  u32 *user;  // by entry: least key of a user in its block
  u32 *where; // by entry: its block
  u32 effect; // key of the last operation with effects
} Order;

// --- keys
// ----------------------------------------------------------------------------

static bool is_effect(const Egraph *g, const Entry *e) {
  return eg_is_leaf(g, e->node);
}

static bool is_late(const Order *o, const Entry *e) {
  const NodeInfo *i = &o->g->info[e->cls];
  return i->home != o->block || eg_is_remat(o->g, e->cls);
}

static void after(Order *o, u32 operand, u32 *key) {
  u32 e = eg_real_entry(o->g, operand);
  if (o->where[e] == o->block && o->key[e] > *key)
    *key = o->key[e];
}

static void after_operands(Order *o, const Inst *in, u32 *key) {
  const OpInfo *info = &op_info[in->op];
  if (info->base == BASE_param)
    return;
  for (u32 k = 0; k < info->nvals; k++)
    after(o, inst_val(in, k), key);
  if (!(info->flags & OPF_LIST))
    return;
  const u32 *list = &o->g->out->pool.at[in->c];
  for (u32 k = 1; k <= list[0]; k++)
    after(o, list[k], key);
}

static void set_key(Order *o, u32 id) {
  const Entry *e = &o->g->entries.at[id];
  bool effect = is_effect(o->g, e);
  u32 key = effect || !is_late(o, e) ? o->g->info[e->cls].origin : 0;
  after_operands(o, &e->in, &key);
  if (effect) {
    if (key < o->effect)
      key = o->effect;
    o->effect = key;
  }
  o->key[id] = key;
  o->user[id] = LAST;
  o->where[id] = o->block;
}

static void used_at(Order *o, u32 operand, u32 key) {
  u32 e = eg_real_entry(o->g, operand);
  if (o->where[e] == o->block && key < o->user[e])
    o->user[e] = key;
}

// Last first: users before what they use.
static void settle(Order *o, u32 id) {
  const Entry *e = &o->g->entries.at[id];
  const OpInfo *info = &op_info[e->in.op];
  if (!is_effect(o->g, e) && is_late(o, e) && o->user[id] > o->key[id])
    o->key[id] = o->user[id];
  if (info->base == BASE_param)
    return;
  for (u32 k = 0; k < info->nvals; k++)
    used_at(o, inst_val(&e->in, k), o->key[id]);
  if (!(info->flags & OPF_LIST))
    return;
  const u32 *list = &o->g->out->pool.at[e->in.c];
  for (u32 k = 1; k <= list[0]; k++)
    used_at(o, list[k], o->key[id]);
}

// --- sorting
// -------------------------------------------------------------------------

static bool is_sorted(const Order *o) {
  for (u32 k = 1; k < o->n; k++)
    if (o->key[o->item[k - 1]] > o->key[o->item[k]])
      return false;
  return true;
}

static void merge(Order *o, u32 from, u32 mid, u32 to) {
  u32 i = from, j = mid, k = from;
  while (i < mid && j < to)
    o->other[k++] =
        o->key[o->item[j]] < o->key[o->item[i]] ? o->item[j++] : o->item[i++];
  while (i < mid)
    o->other[k++] = o->item[i++];
  while (j < to)
    o->other[k++] = o->item[j++];
}

static void sort(Order *o) {
  for (u32 width = 1; width < o->n; width *= 2) {
    for (u32 from = 0; from < o->n; from += 2 * width) {
      u32 mid = from + width < o->n ? from + width : o->n;
      u32 to = from + 2 * width < o->n ? from + 2 * width : o->n;
      merge(o, from, mid, to);
    }
    u32 *t = o->item;
    o->item = o->other;
    o->other = t;
  }
}

static void relink(Order *o) {
  BlockState *s = &o->g->blocks[o->block];
  Entry *entries = o->g->entries.at;
  s->head = o->item[0];
  s->tail = o->item[o->n - 1];
  for (u32 k = 0; k + 1 < o->n; k++)
    entries[o->item[k]].next = o->item[k + 1];
  entries[s->tail].next = 0;
}

static void schedule_block(Order *o, Block b) {
  Egraph *g = o->g;
  o->block = b;
  o->n = o->effect = 0;
  for (u32 e = g->blocks[b].head; e; e = g->entries.at[e].next)
    if (g->entries.at[e].in.op != OP_none) {
      o->item[o->n++] = e;
      set_key(o, e);
    }
  for (u32 k = o->n; k--;)
    settle(o, o->item[k]);
  if (o->n < 2 || is_sorted(o))
    return;
  COUNT(g, blocks_reordered);
  sort(o);
  relink(o);
}

void eg_schedule(Egraph *g) {
  u32 n = g->entries.n;
  Order o = {.g = g};
  o.item = arena_array(g->scratch, u32, n);
  o.other = arena_array(g->scratch, u32, n);
  o.key = arena_array(g->scratch, u32, n);
  o.user = arena_array(g->scratch, u32, n);
  o.where = arena_array0(g->scratch, u32, n);
  for (Block b = 1; b < g->f->blocks.n; b++)
    if (g->blocks[b].reached)
      schedule_block(&o, b);
}
