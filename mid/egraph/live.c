// What has to be placed: from the operations that stay, through the cheapest
// members of classes, to parameters and what their edges pass. Block parameters
// that only feed themselves, loads nothing reads and projections nothing uses
// are never reached and so never placed.
#include "mid/egraph/rewrite.h"

typedef struct Work {
  Egraph *g;
  u32 *stack, n;
} Work;

// Marks a class; its needs follow when it is taken from the stack.
static void mark(Work *w, u32 c) {
  c = eg_class(w->g, c);
  NodeInfo *i = &w->g->info[c];
  if (i->flags & NODE_LIVE)
    return;
  i->flags |= NODE_LIVE;
  w->stack[w->n++] = c;
}

// Operations that may go when nothing uses them.
static bool is_removable(const Egraph *g, const Inst *in) {
  const OpInfo *o = &op_info[in->op];
  if (o->flags & (OPF_ENDS | OPF_CALL | OPF_WRITES))
    return false;
  if (o->flags & OPF_READS)
    return g->mems.at[in->b].flags & MEM_NOTRAP;
  return !(o->flags & OPF_TRAPS);
}

static void mark_operands(Work *w, const Inst *in) {
  const OpInfo *o = &op_info[in->op];
  for (u32 k = 0; k < o->nvals; k++)
    mark(w, inst_val(in, k));
  if (!(o->flags & OPF_LIST))
    return;
  const u32 *list = &w->g->f->pool.at[in->c];
  for (u32 k = 1; k <= list[0]; k++)
    mark(w, eg_resolve(w->g, list[k]));
}

static void mark_param(Work *w, const Inst *in) {
  Egraph *g = w->g;
  for (u32 e = g->blocks[in->a].edges; e; e = g->edges.at[e].next) {
    const u32 *args = &g->f->pool.at[g->edges.at[e].target + 2];
    mark(w, eg_resolve(g, args[in->b]));
  }
}

static bool is_remat(const Egraph *g, const Inst *in) {
  bool is = false;
  if (!(g->roots[op_info[in->op].base] & 4))
    return false;
  for (u32 k = 0; k < g->nparts && !is; k++)
    is = g->parts[k]->remat(g, in);
  return is;
}

static void drain(Work *w) {
  Egraph *g = w->g;
  while (w->n) {
    u32 c = w->stack[--w->n];
    const Inst *in = eg_node(g, g->info[c].best);
    if (op_info[in->op].base == BASE_param)
      mark_param(w, in);
    else
      mark_operands(w, in);
    if (!g->o->no_remat && is_remat(g, in))
      g->info[c].flags |= NODE_REMAT;
  }
}

void eg_live(Egraph *g) {
  // constants met late, as arguments of back edges, make at most one node a
  // value of the old function
  u32 room = g->n.n + g->f->insts.n;
  Work w = {g, arena_array(g->scratch, u32, room), 0};
  for (Block b = 1; b < g->f->blocks.n; b++) {
    const BlockState *s = &g->blocks[b];
    if (!s->reached)
      continue;
    for (u32 k = s->skel; k < s->skel_end; k++) {
      u32 id = g->skel.at[k];
      if (is_removable(g, eg_node(g, id)))
        continue;
      mark(&w, id);
      drain(&w);
    }
  }
}
