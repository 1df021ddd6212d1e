// Joins: what reaches the end of a construct meets in a block, with parameters
// for what differs. See ssa.h.
#include "mid/wasm/ssa.h"

enum {
  TREE_EDGES = 16,      // edges that join at once in a tree of joins
  TREE_WORTH = 1 << 12, // arguments from which a tree is tried
};

typedef struct Join {
  Pending *e; // edges in code order
  u32 n;
  const Frame *fr;
  bool locals;  // they matter: not at the end of the function
  u32 nresults; // results that differ; the locals are in b->differ
} Join;

static Val result_value(const Build *b, const Join *j, u32 edge, u32 r) {
  u32 vals = j->e[edge].vals;
  return j->fr->nresults == 1 ? vals : b->vals.at[vals + r];
}

static bool result_differs(const Build *b, const Join *j, u32 r) {
  Val v = result_value(b, j, 0, r);
  for (u32 k = 1; k < j->n; k++)
    if (result_value(b, j, k, r) != v)
      return true;
  return false;
}

static void local_differs(void *build, u32 local) {
  Build *b = build;
  if (b->mark[local] == b->stamp)
    return;
  b->mark[local] = b->stamp;
  vec_push(b->arena, &b->differ, local);
}

// Finds what differs between the edges, comparing neighbours.
static void measure(Build *b, Join *j) {
  b->differ.n = 0;
  b->stamp++;
  j->nresults = 0;
  for (u32 r = 0; r < j->fr->nresults; r++) {
    b->result_differs[r] = j->n > 1 && result_differs(b, j, r);
    j->nresults += b->result_differs[r];
  }
  for (u32 k = 1; j->locals && k < j->n; k++)
    states_diff(&b->locals, j->e[k - 1].state, j->e[k].state, local_differs, b);
}

static void write_target(Build *b, const Join *j, const Pending *e, Block to) {
  u32 target = build_new_target(b, to, j->nresults + b->differ.n);
  u32 *arg = &b->f->pool.at[target + 2];
  if (j->nresults)
    for (u32 r = 0; r < j->fr->nresults; r++)
      if (b->result_differs[r])
        *arg++ = result_value(b, j, (u32)(e - j->e), r);
  for (u32 k = 0; k < b->differ.n; k++)
    *arg++ = states_get(&b->locals, e->state, b->differ.at[k]);
  build_patch(b, e->where, target);
  build_add_edge(b, e->block, to, target);
}

// Parameters for what differs; the state becomes that of any edge, with them.
static void make_params(Build *b, const Join *j, Slot *out) {
  for (u32 r = 0; r < j->fr->nresults; r++)
    out[r].val =
        b->result_differs[r]
            ? build_block_param(b, (u8)wasm_type(j->fr->results[r]), true)
            : result_value(b, j, 0, r);
  if (!j->locals)
    return;
  b->locals.root = j->e[j->n - 1].state;
  for (u32 k = 0; k < b->differ.n; k++) {
    u32 local = b->differ.at[k];
    build_set(b, local, build_block_param(b, b->local_type[local], false));
  }
}

// Makes the block in which the measured edges meet, and enters it.
static bool place(Build *b, const Join *j, Slot *out) {
  if (!build_spend(b, (u64)(j->n + 1) * (j->nresults + b->differ.n)))
    return false;
  Block idom = j->e[0].block;
  for (u32 k = 1; k < j->n; k++)
    idom = build_common_dominator(b, idom, j->e[k].block);
  Block to = build_start_block(b, idom);
  make_params(b, j, out);
  for (u32 k = 0; k < j->n; k++)
    write_target(b, j, &j->e[k], to);
  return true;
}

// The values that were kept last are these.
static bool kept_last(const Build *b, const Slot *at, u32 n) {
  if (b->vals.n < n)
    return false;
  const u32 *last = b->vals.at + b->vals.n - n;
  for (u32 k = 0; k < n; k++)
    if (last[k] != at[k].val)
      return false;
  return true;
}

// Stores n result values for a pending edge. They count as work, which the
// branch looks at.
u32 build_keep_vals(Build *b, const Slot *at, u32 n) {
  if (n == 0)
    return 0;
  if (n == 1)
    return at->val;
  if (kept_last(b, at, n))
    return b->vals.n - n;
  b->work += n;
  u32 first = b->vals.n;
  vec_reserve(b->arena, &b->vals, n);
  for (u32 k = 0; k < n; k++)
    b->vals.at[first + k] = at[k].val;
  b->vals.n = first + n;
  return first;
}

// Joins n edges in a block of their own; returns the edge that leaves it.
static bool merge(Build *b, Join whole, u32 first, u32 n, Pending *out) {
  Join j = {
      .e = whole.e + first, .n = n, .fr = whole.fr, .locals = whole.locals};
  Slot one, *vals = &one;
  if (j.fr->nresults > 1)
    vals = arena_array(b->arena, Slot, j.fr->nresults);
  measure(b, &j);
  if (!place(b, &j, vals))
    return false;
  Val jump = emit(b, OP_jump, TY_NONE, 0, 0, 0);
  *out = (Pending){.block = b->cur,
                   .state = states_freeze(&b->locals),
                   .where = build_where(jump, 0),
                   .vals = build_keep_vals(b, vals, j.fr->nresults)};
  build_seal(b);
  return true;
}

// Replaces runs of edges by their merges: runs from the same terminator (of a
// br_table; their states are equal), or of TREE_EDGES each.
static bool combine(Build *b, Join *j, bool tree) {
  u32 out = 0;
  for (u32 i = 0, n; i < j->n; i += n) {
    for (n = 1; i + n < j->n; n++)
      if (tree ? n == TREE_EDGES : j->e[i + n].block != j->e[i].block)
        break;
    Pending e = j->e[i];
    if (n > 1 && !merge(b, *j, i, n, &e))
      return false;
    j->e[out++] = e;
  }
  j->n = out;
  return true;
}

static bool has_runs(const Join *j) {
  for (u32 k = 1; k < j->n; k++)
    if (j->e[k].block == j->e[k - 1].block)
      return true;
  return false;
}

static bool join_edges(Build *b, Join *j, Slot *out) {
  measure(b, j);
  if (b->differ.n + j->nresults && has_runs(j)) {
    if (!combine(b, j, false))
      return false;
    measure(b, j);
  }
  while (j->n > TREE_EDGES &&
         (u64)j->n * (b->differ.n + j->nresults) > TREE_WORTH) {
    if (!combine(b, j, true))
      return false;
    measure(b, j);
  }
  return place(b, j, out);
}

// One edge, a jump that is the last thing built: goes on behind it instead.
static bool continue_block(Build *b, const Pending *e) {
  Val last = b->f->insts.n - 1;
  if (e->where != build_where(last, 0) || e->block != b->f->blocks.n - 1 ||
      b->f->insts.at[last].op != OP_jump)
    return false;
  b->f->insts.n = last;
  b->cur = e->block;
  b->cur_first = block_at(b->f, b->cur)->first;
  return true;
}

// Copies the frame's edges to b->join.
static u32 collect(Build *b, const Frame *fr) {
  b->join.n = 0;
  for (u32 k = fr->x.first_edge; k; k = b->pending.at[k].next)
    vec_push(b->arena, &b->join, b->pending.at[k]);
  return b->join.n;
}

bool build_join_frame(Build *b, Frame *fr, Slot *out) {
  Join j = {.fr = fr, .locals = fr->kind != FRAME_FUNC};
  j.n = collect(b, fr);
  j.e = b->join.at;
  if (j.n == 0)
    return true; // nothing gets here
  if (j.n > 1 || !continue_block(b, &j.e[0]))
    return join_edges(b, &j, out);
  if (j.locals)
    b->locals.root = j.e[0].state;
  for (u32 r = 0; r < fr->nresults; r++)
    out[r].val = result_value(b, &j, 0, r);
  return true;
}
