// The control-flow facts: predecessors, dominators, loops as intervals.
//
// ir_facts takes the block numbers as they are and succeeds if they are in
// reverse postorder with every loop an interval entered only at its header:
//   1. predecessors, one per edge;
//   2. immediate dominators: in a reducible graph in this order one forward
//      pass over forward edges is enough (Cooper, Harvey and Kennedy), and the
//      nearest common ancestor is found in O(log n) by jump pointers (Myers'
//      skew-binary lists), so that no shape of graph is slow;
//   3. preorder numbers and subtree sizes of the dominator tree, by two sweeps;
//   4. loops: from a header to its last back edge, widened until they nest.
// ir_analyse renumbers until that holds: first by a depth-first search, then,
// if loops came out in pieces, by nesting natural loops (union-find from inner
// to outer) and keeping each together. Nothing recurses; all is O(n log n).
#include "mid/ir/facts.h"

typedef struct DomTree { // while it is built
  const u32 *idom;
  u32 *depth, *jump;
} DomTree;

static const Inst *terminator(const Func *f, Block b) {
  return inst_at(f, block_at(f, b)->end - 1);
}

static u32 *scratch(Func *f) {
  return arena_array0(f->arena, u32, f->blocks.n);
}

// --- predecessors

static void count_preds(Func *f) {
  u32 total = 0;
  for (Block b = 1; b < f->blocks.n; b++)
    block_at(f, b)->npreds = 0;
  for (Block b = 1; b < f->blocks.n; b++) {
    const Inst *t = terminator(f, b);
    u32 n = ir_ntargets(f, t);
    total += n;
    for (u32 k = 0; k < n; k++)
      block_at(f, f->pool.at[ir_target_at(f, t, k)])->npreds++;
  }
  f->preds.n = 0;
  vec_reserve(f->arena, &f->preds, total);
  f->preds.n = total;
}

static void find_preds(Func *f) {
  u32 at = 0;
  count_preds(f);
  for (Block b = 1; b < f->blocks.n; b++) {
    block_at(f, b)->preds = at;
    at += block_at(f, b)->npreds;
    block_at(f, b)->npreds = 0;
  }
  for (Block b = 1; b < f->blocks.n; b++) {
    const Inst *t = terminator(f, b);
    for (u32 k = 0, n = ir_ntargets(f, t); k < n; k++) {
      BlockInfo *to = block_at(f, f->pool.at[ir_target_at(f, t, k)]);
      f->preds.at[to->preds + to->npreds++] = b;
    }
  }
}

// --- dominators

static Block common_dominator(const Func *f, const DomTree *t, Block a,
                              Block b) {
  while (t->depth[a] != t->depth[b]) {
    if (t->depth[a] < t->depth[b]) {
      Block swap = a;
      a = b;
      b = swap;
    }
    a = t->depth[t->jump[a]] >= t->depth[b] ? t->jump[a] : block_at(f, a)->idom;
  }
  while (a != b) {
    bool far = t->jump[a] != t->jump[b];
    a = far ? t->jump[a] : block_at(f, a)->idom;
    b = far ? t->jump[b] : block_at(f, b)->idom;
  }
  return a;
}

static void hang_below(DomTree *t, Block b, Block p) {
  u32 j = t->jump[p];
  bool even = t->depth[p] - t->depth[j] == t->depth[j] - t->depth[t->jump[j]];
  t->depth[b] = t->depth[p] + 1;
  t->jump[b] = even ? t->jump[j] : p;
}

static Facts find_idoms(Func *f, Block *at) {
  DomTree t = {.depth = scratch(f), .jump = scratch(f)};
  block_at(f, 1)->idom = 0;
  t.jump[1] = 1;
  for (Block b = 2; b < f->blocks.n; b++) {
    const BlockInfo *k = block_at(f, b);
    Block d = 0;
    for (u32 p = 0; p < k->npreds; p++) {
      Block from = f->preds.at[k->preds + p];
      if (from < b)
        d = d ? common_dominator(f, &t, d, from) : from;
    }
    *at = b;
    if (!d)
      return FACTS_ORDER;
    block_at(f, b)->idom = d;
    hang_below(&t, b, d);
  }
  return FACTS_GOOD;
}

// Children have larger numbers than their parent: sizes backward, then each
// takes the next free place of its parent.
static void number_dom_tree(Func *f) {
  u32 n = f->blocks.n, *next = scratch(f);
  for (Block b = 1; b < n; b++)
    block_at(f, b)->dom_size = 0;
  for (Block b = n - 1; b > 1; b--)
    block_at(f, block_at(f, b)->idom)->dom_size += block_at(f, b)->dom_size + 1;
  for (Block b = 1; b < n; b++) {
    BlockInfo *k = block_at(f, b);
    k->dom_pre = b == 1 ? 1 : next[k->idom];
    next[k->idom] += k->dom_size + 1;
    next[b] = k->dom_pre + 1;
  }
}

// --- loops

static Facts find_loop_ends(Func *f, Block *at) {
  for (Block b = 1; b < f->blocks.n; b++) {
    BlockInfo *k = block_at(f, b);
    k->loop_end = 0;
    for (u32 p = 0; p < k->npreds; p++) {
      Block from = f->preds.at[k->preds + p];
      if (from < b)
        continue;
      *at = b;
      if (!block_dominates(f, b, from))
        return FACTS_BACK_EDGE;
      if (from >= k->loop_end)
        k->loop_end = from + 1;
    }
  }
  return FACTS_GOOD;
}

// From the last header to the first; the stack holds the outermost intervals
// found so far, the nearest on top.
static void make_loops_nest(Func *f) {
  u32 *stack = scratch(f), n = 0;
  for (Block h = f->blocks.n - 1; h > 0; h--) {
    u32 *end = &block_at(f, h)->loop_end;
    if (!*end)
      continue;
    for (; n && stack[n - 1] < *end; n--)
      if (block_at(f, stack[n - 1])->loop_end > *end)
        *end = block_at(f, stack[n - 1])->loop_end;
    stack[n++] = h;
  }
}

static Facts assign_loops(Func *f, Block *at) {
  u32 *stack = scratch(f), n = 0;
  for (Block b = 1; b < f->blocks.n; b++) {
    BlockInfo *k = block_at(f, b);
    while (n && block_at(f, stack[n - 1])->loop_end <= b)
      n--;
    *at = b;
    if (n && !block_dominates(f, stack[n - 1], b))
      return FACTS_LOOPS;
    if (k->loop_end)
      stack[n++] = b;
    k->loop = n ? stack[n - 1] : 0;
    k->depth = (u16)(n < 0xffff ? n : 0xffff);
  }
  return FACTS_GOOD;
}

Facts ir_facts(Func *f, Block *at) {
  find_preds(f);
  Facts bad = find_idoms(f, at);
  if (bad)
    return bad;
  number_dom_tree(f);
  if ((bad = find_loop_ends(f, at)))
    return bad;
  make_loops_nest(f);
  return assign_loops(f, at);
}

// --- renumbering

// Gives block b the number num[b]; 0 drops it. Numbers are dense from 1.
static void permute(Func *f, const u32 *num) {
  u32 kept = 0, n = f->blocks.n;
  BlockInfo *blocks = arena_array(f->arena, BlockInfo, n);
  for (Block b = 1; b < n; b++) {
    if (!num[b])
      continue;
    const BlockInfo *k = block_at(f, b);
    const Inst *t = terminator(f, b);
    for (u32 i = 0, nt = ir_ntargets(f, t); i < nt; i++) {
      u32 *to = &f->pool.at[ir_target_at(f, t, i)];
      *to = num[*to];
    }
    for (u32 i = 0; i < k->nparams; i++)
      inst_at(f, k->first + i)->a = num[b];
    blocks[num[b]] = *k;
    kept++;
  }
  blocks[0] = (BlockInfo){0};
  f->blocks.at = blocks;
  f->blocks.cap = n;
  f->blocks.n = kept + 1;
}

// Reverse postorder of a depth-first search that takes the last target first,
// so that the first target follows its source where it can.
static u32 *search_order(Func *f) {
  u32 *num = scratch(f), *left = scratch(f), *stack = scratch(f);
  u32 *post = scratch(f), n = 0, done = 0;
  bool *seen = arena_array0(f->arena, bool, f->blocks.n);
  stack[n++] = 1;
  seen[1] = true;
  left[1] = ir_ntargets(f, terminator(f, 1));
  while (n) {
    Block b = stack[n - 1];
    if (!left[b]) {
      post[done++] = b;
      n--;
      continue;
    }
    Block to = f->pool.at[ir_target_at(f, terminator(f, b), --left[b])];
    if (seen[to])
      continue;
    seen[to] = true;
    left[to] = ir_ntargets(f, terminator(f, to));
    stack[n++] = to;
  }
  for (u32 k = 0; k < done; k++)
    num[post[k]] = done - k;
  return num;
}

static Block find_root(u32 *root, Block b) {
  while (root[b] != b)
    b = root[b] = root[root[b]];
  return b;
}

// Collects the natural loop of h: everything that reaches a back edge, with
// inner loops already shrunk to their headers.
static void collect_loop(const Func *f, Block h, u32 *root, u32 *parent,
                         u32 *work) {
  u32 n = 0;
  work[n++] = h;
  while (n) {
    Block x = work[--n];
    const BlockInfo *k = block_at(f, x);
    for (u32 p = 0; p < k->npreds; p++) {
      Block from = f->preds.at[k->preds + p];
      if ((x == h) != (from >= x))
        continue;
      Block y = find_root(root, from);
      if (y == h)
        continue;
      root[y] = parent[y] = h;
      work[n++] = y;
    }
  }
}

// Keeps each natural loop together: blocks and inner loops of a loop (or of
// the function) in the old order, a whole loop at the place of its header.
static u32 *nest_order(Func *f) {
  u32 n = f->blocks.n;
  u32 *root = scratch(f), *parent = scratch(f), *work = scratch(f);
  u32 *size = scratch(f), *next = scratch(f), *num = scratch(f);
  for (Block b = 1; b < n; b++)
    root[b] = b;
  for (Block h = n - 1; h > 0; h--)
    if (block_at(f, h)->loop_end)
      collect_loop(f, h, root, parent, work);
  for (Block b = n - 1; b > 0; b--)
    size[parent[b]] += ++size[b];
  next[0] = 1;
  for (Block b = 1; b < n; b++) {
    num[b] = next[parent[b]];
    next[parent[b]] += size[b];
    next[b] = num[b] + 1;
  }
  return num;
}

bool ir_analyse(Func *f) {
  Block at;
  if (ir_facts(f, &at) == FACTS_GOOD)
    return true;
  permute(f, search_order(f));
  Facts facts = ir_facts(f, &at);
  if (facts == FACTS_LOOPS) {
    permute(f, nest_order(f));
    facts = ir_facts(f, &at);
  }
  must(facts != FACTS_ORDER && facts != FACTS_LOOPS, "b%u: order", at);
  return facts == FACTS_GOOD;
}

Block ir_loop_parent(const Func *f, Block h) {
  Block p = block_at(f, h)->idom;
  for (p = p ? block_at(f, p)->loop : 0; p;
       p = block_at(f, p)->idom, p = p ? block_at(f, p)->loop : 0)
    if (block_at(f, p)->loop_end > h)
      return p;
  return 0;
}
