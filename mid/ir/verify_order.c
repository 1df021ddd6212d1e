// The verifier's third layer: what depends on the order of blocks. The true
// facts are computed anew (ir_facts) and compared with the recorded ones, which
// may be weaker (a dominator further up, a longer loop), never stronger.
#include "mid/ir/verify.h"
#include "mid/ir/facts.h"

typedef struct Use {
  Verify *c;
  const Func *g; // with the true facts
  Val user;
} Use;

static void check_use(void *ctx, u32 *operand) {
  const Use *u = ctx;
  const Verify *c = u->c;
  Block def = c->owner[*operand], use = c->owner[u->user];
  if (verify_constant(c->f, *operand))
    return;
  if (def == use ? *operand < u->user : block_dominates(u->g, def, use))
    return;
  verify_wrong(u->c,
               "v%u: operand v%u of b%u does not dominate this use in b%u",
               u->user, *operand, def, use);
}

static bool same_preds(Verify *c, const Func *g, Block b, u32 *count) {
  const BlockInfo *k = block_at(c->f, b), *t = block_at(g, b);
  bool same = k->npreds == t->npreds && k->preds <= c->f->preds.n &&
              k->npreds <= c->f->preds.n - k->preds;
  for (u32 p = 0; same && p < k->npreds; p++)
    same = c->f->preds.at[k->preds + p] < c->f->blocks.n;
  if (!same)
    return false;
  for (u32 p = 0; p < k->npreds; p++) {
    count[c->f->preds.at[k->preds + p]]++;
    count[g->preds.at[t->preds + p]]--;
  }
  for (u32 p = 0; p < k->npreds; p++) {
    same &= !count[c->f->preds.at[k->preds + p]];
    count[c->f->preds.at[k->preds + p]] = 0;
    count[g->preds.at[t->preds + p]] = 0;
  }
  return same;
}

// The recorded dominator must be one, and the numbering must be its tree's.
static void check_dominator(Verify *c, const Func *g, Block b) {
  const Func *f = c->f;
  const BlockInfo *k = block_at(f, b);
  if (b == 1 ? k->idom != 0 : !k->idom || k->idom >= b) {
    verify_wrong(c, "b%u: dominator b%u", b, k->idom);
    return;
  }
  if (b > 1 && !block_dominates(g, k->idom, b))
    verify_wrong(c, "b%u: b%u does not dominate it", b, k->idom);
  if (b > 1 && (k->dom_pre <= block_at(f, k->idom)->dom_pre ||
                !block_dominates(f, k->idom, b) ||
                k->dom_size >= block_at(f, k->idom)->dom_size))
    verify_wrong(c, "b%u: its place in the dominator tree is not under b%u", b,
                 k->idom);
}

// Subtrees must not overlap: each preorder number once, sizes as counted.
static void check_dom_tree(Verify *c) {
  const Func *f = c->f;
  u32 n = f->blocks.n;
  u32 *size = arena_array0(&c->arena, u32, n);
  VEC(u32) used = {0};
  for (Block b = n - 1; b > 0; b--) {
    if (size[b] != block_at(f, b)->dom_size)
      verify_wrong(c, "b%u: dominates %u blocks, %u are recorded", b, size[b],
                   block_at(f, b)->dom_size);
    if (block_at(f, b)->idom < b)
      size[block_at(f, b)->idom] += size[b] + 1;
  }
  u32 base = block_at(f, 1)->dom_pre;
  vec_reserve(&c->arena, &used, n);
  memset(used.at, 0, n * sizeof *used.at);
  for (Block b = 1; b < n; b++) {
    u32 at = block_at(f, b)->dom_pre - base;
    if (at >= n - 1 || used.at[at])
      verify_wrong(c, "b%u: dominator number %u is taken or too large", b,
                   block_at(f, b)->dom_pre);
    else
      used.at[at] = b;
  }
}

static void check_loop(Verify *c, Block b, const u32 *stack, u32 n) {
  const Func *f = c->f;
  const BlockInfo *k = block_at(f, b);
  Block inner = n ? stack[n - 1] : 0;
  if (k->loop != inner || k->depth != (n < 0xffff ? n : 0xffff))
    verify_wrong(c, "b%u: loop b%u of depth %u, but the intervals say b%u, %u",
                 b, k->loop, k->depth, inner, n);
  for (u32 p = 0; p < k->npreds; p++) {
    Block from = f->preds.at[k->preds + p];
    if (from >= b && k->loop_end <= from)
      verify_wrong(c, "b%u: the loop's interval ends before the edge from b%u",
                   b, from);
  }
}

// Intervals nest, and are entered only at the header: b's innermost header
// dominates b. A header's own outer loop is checked before it is pushed.
static void check_loops(Verify *c, const Func *g) {
  const Func *f = c->f;
  u32 n = 0, *stack = arena_array(&c->arena, u32, f->blocks.n);
  for (Block b = 1; b < f->blocks.n; b++) {
    const BlockInfo *k = block_at(f, b);
    while (n && block_at(f, stack[n - 1])->loop_end <= b)
      n--;
    if (n && !block_dominates(g, stack[n - 1], b))
      verify_wrong(c, "b%u: in the loop of b%u, which does not dominate it", b,
                   stack[n - 1]);
    if (k->loop_end &&
        (k->loop_end <= b || k->loop_end > f->blocks.n ||
         (n && k->loop_end > block_at(f, stack[n - 1])->loop_end)))
      verify_wrong(c, "b%u: loop to b%u does not nest", b, k->loop_end);
    if (k->loop_end)
      stack[n++] = b;
    check_loop(c, b, stack, n);
  }
}

static const char *const facts_words[] = {
    [FACTS_GOOD] = "",
    [FACTS_ORDER] = "has no predecessor of smaller number",
    [FACTS_BACK_EDGE] = "has a back edge from where it does not dominate",
    [FACTS_LOOPS] = "is in the interval of a loop entered elsewhere"};

void verify_order(Verify *c) {
  Func g = *c->f;
  Block at = 0;
  g.arena = &c->arena;
  g.blocks.at = arena_array(&c->arena, BlockInfo, g.blocks.n);
  memcpy(g.blocks.at, c->f->blocks.at, g.blocks.n * sizeof(BlockInfo));
  memset(&g.preds, 0, sizeof g.preds);
  Facts facts = ir_facts(&g, &at);
  if (facts) {
    verify_wrong(c, "b%u: %s", at, facts_words[facts]);
    return;
  }
  if (block_at(&g, 1)->npreds)
    verify_wrong(c, "b1: the entry has predecessors");
  Use use = {.c = c, .g = &g};
  for (use.user = 1; use.user < g.insts.n; use.user++)
    if (c->owner[use.user])
      ir_each_operand(&g, inst_at(&g, use.user), check_use, &use);
  u32 *count = arena_array0(&c->arena, u32, g.blocks.n), before = c->wrong;
  for (Block b = 1; b < g.blocks.n; b++) {
    if (!same_preds(c, &g, b, count))
      verify_wrong(c, "b%u: predecessors differ from the edges", b);
    check_dominator(c, &g, b);
  }
  if (c->wrong != before)
    return;
  check_dom_tree(c);
  check_loops(c, &g);
}
