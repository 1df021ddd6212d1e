// After the last instruction of a body: predecessors, loops, dominator numbers,
// and the removal of loop and join parameters that are not needed.
//
// A parameter goes if all its arguments are itself or one other value (then it
// is that value), or if nothing reads it but such parameters. Both are found by
// walks over the edges' arguments only, a fixed number of times, so the cost is
// linear; what is left then is correct, only not minimal. If anything goes, one
// walk over the instructions renames and closes the gaps in place: operands are
// always older than their users.
#include "mid/wasm/ssa.h"

enum { MAX_ROUNDS = 4 };

typedef struct Finish {
  Build *b;
  Func *f;
  u32 *in;    // target of each incoming edge, parallel to f->preds
  Val *alias; // per value: parameters only; itself, or what it is
  u8 *live;   // per value: parameters only
  u32 *remap; // per value: new id
  u32 gone;   // parameters that leave
} Finish;

// --- predecessors ------------------------------------------------------------

static void make_preds(Finish *s) {
  Func *f = s->f;
  u32 n = s->b->edges.n, at = 0;
  const BuildEdge *e = s->b->edges.at;
  vec_reserve(f->arena, &f->preds, n + 1);
  s->in = arena_array(f->arena, u32, n + 1);
  for (u32 k = 0; k < n; k++)
    block_at(f, e[k].to)->npreds++;
  for (Block k = 1; k < f->blocks.n; k++) {
    BlockInfo *i = block_at(f, k);
    i->preds = at;
    at += i->npreds;
    i->npreds = 0;
  }
  for (u32 k = 0; k < n; k++) {
    BlockInfo *i = block_at(f, e[k].to);
    f->preds.at[i->preds + i->npreds] = e[k].from;
    s->in[i->preds + i->npreds++] = e[k].target;
  }
  f->preds.n = n;
}

// --- loops, dominator numbers ------------------------------------------------

static void make_loops(Func *f) {
  u32 depth = 0;
  Block top = 0; // innermost open loop; its parent waits in its `dom_pre`
  for (Block k = 1; k < f->blocks.n; k++) {
    BlockInfo *i = block_at(f, k);
    while (top && k >= block_at(f, top)->loop_end) {
      top = block_at(f, top)->dom_pre;
      depth--;
    }
    if (i->loop_end) {
      i->dom_pre = top;
      top = k;
      depth++;
    }
    i->loop = top;
    i->depth = (u16)(depth < UINT16_MAX ? depth : UINT16_MAX);
  }
}

// Sizes bottom up, then preorder numbers top down: a block's children take
// consecutive intervals, of which `next` is the first free number.
static void number_dominators(Func *f) {
  u32 n = f->blocks.n;
  u32 *next = arena_array(f->arena, u32, n);
  for (Block k = 1; k < n; k++)
    block_at(f, k)->dom_size = 0;
  for (Block k = n - 1; k > 1; k--)
    block_at(f, block_at(f, k)->idom)->dom_size +=
        block_at(f, k)->dom_size + 1;
  block_at(f, 1)->dom_pre = 1;
  next[1] = 2;
  for (Block k = 2; k < n; k++) {
    BlockInfo *i = block_at(f, k);
    i->dom_pre = next[i->idom];
    next[i->idom] += i->dom_size + 1;
    next[k] = i->dom_pre + 1;
  }
}

// --- parameters --------------------------------------------------------------

static bool is_param(const Finish *s, Val v) {
  return (u32)s->f->insts.at[v].op - OP_param_i32 <=
         OP_param_ref - OP_param_i32;
}

// What a value is, as far as known; shortens the way for the next one.
static Val find(const Finish *s, Val v) {
  if (!is_param(s, v))
    return v;
  while (s->alias[v] != v) {
    Val up = s->alias[v];
    if (!is_param(s, up))
      return up;
    s->alias[v] = s->alias[up];
    v = s->alias[v];
    if (!is_param(s, v))
      return v;
  }
  return v;
}

static Val argument(const Finish *s, const BlockInfo *k, u32 edge, u32 param) {
  return s->f->pool.at[s->in[k->preds + edge] + 2 + param];
}

// The one value that a parameter can have, or itself.
static Val only_value(const Finish *s, const BlockInfo *k, u32 param) {
  Val self = k->first + param, one = 0;
  for (u32 e = 0; e < k->npreds; e++) {
    Val v = find(s, argument(s, k, e, param));
    if (v == self || v == one)
      continue;
    if (one)
      return self;
    one = v;
  }
  return one ? one : self;
}

static bool simplify_block(Finish *s, Block block) {
  const BlockInfo *k = block_at(s->f, block);
  bool changed = false;
  for (u32 p = 0; p < k->nparams; p++) {
    Val self = k->first + p;
    if (s->alias[self] != self)
      continue;
    Val v = only_value(s, k, p);
    if (v == self)
      continue;
    s->alias[self] = v;
    s->gone++;
    changed = true;
  }
  return changed;
}

// Inner loops first, then outer ones, back and forth until nothing changes.
static void simplify(Finish *s) {
  u32 n = s->f->blocks.n;
  for (Block k = 1; k < n; k++)
    for (u32 p = 0; p < block_at(s->f, k)->nparams; p++)
      s->alias[block_at(s->f, k)->first + p] = block_at(s->f, k)->first + p;
  bool changed = true;
  for (u32 round = 0; changed && round < MAX_ROUNDS; round++) {
    changed = false;
    for (Block k = 2; k < n; k++)
      changed |= simplify_block(s, round % 2 ? k : n + 1 - k);
  }
}

// --- liveness of parameters --------------------------------------------------

typedef VEC(Val) Work;

static void make_live(Finish *s, Work *work, Val v) {
  v = find(s, v);
  if (!is_param(s, v) || s->live[v])
    return;
  s->live[v] = 1;
  vec_push(s->f->arena, work, v);
}

static void find_live(Finish *s) {
  Func *f = s->f;
  Work work = {0};
  for (Block k = 1; k < f->blocks.n; k++)
    for (u32 p = 0; p < block_at(f, k)->nparams; p++)
      s->live[block_at(f, k)->first + p] = 0;
  for (Block k = 1; k < f->blocks.n; k++)
    for (u32 p = 0; p < block_at(f, k)->nparams; p++)
      if (k == 1 || s->b->used[block_at(f, k)->first + p])
        make_live(s, &work, block_at(f, k)->first + p);
  while (work.n > 0) {
    const Inst *i = inst_at(f, work.at[--work.n]);
    const BlockInfo *k = block_at(f, i->a);
    for (u32 e = 0; e < k->npreds; e++)
      make_live(s, &work, argument(s, k, e, i->b));
  }
}

static bool stays(const Finish *s, Val param) {
  return s->alias[param] == param && s->live[param];
}

static u32 count_gone(const Finish *s) {
  u32 n = 0;
  for (Block k = 2; k < s->f->blocks.n; k++)
    for (u32 p = 0; p < block_at(s->f, k)->nparams; p++)
      n += !stays(s, block_at(s->f, k)->first + p);
  return n;
}

// --- renaming and closing gaps -----------------------------------------------

static void rename_list(Finish *s, u32 at) {
  u32 *list = &s->f->pool.at[at];
  for (u32 k = 1; k <= list[0]; k++)
    list[k] = s->remap[list[k]];
}

// Parameters of later blocks still stand where they were, those of earlier
// ones have moved: `stays` is asked by the old position.
static void rename_target(Finish *s, u32 at, const u32 *old_first) {
  u32 *t = &s->f->pool.at[at], n = 0;
  u32 first = old_first[t[0]];
  for (u32 k = 0; k < t[1]; k++)
    if (stays(s, first + k))
      t[2 + n++] = s->remap[t[2 + k]];
  t[1] = n;
}

static void rename_end(Finish *s, const Inst *i, const u32 *old_first) {
  const u32 *list;
  switch (i->op) {
  case OP_jump: rename_target(s, i->a, old_first); return;
  case OP_brif:
    rename_target(s, i->b, old_first);
    rename_target(s, i->c, old_first);
    return;
  case OP_br_table:
    list = &s->f->pool.at[i->b];
    for (u32 k = 1; k <= list[0]; k++)
      rename_target(s, list[k], old_first);
    rename_target(s, i->c, old_first);
    return;
  case OP_return: rename_list(s, i->c); return;
  }
}

static void rename_operands(Finish *s, Inst *i) {
  const OpInfo *o = &op_info[i->op];
  const u32 *remap = s->remap;
  if (o->nvals > 0)
    i->a = remap[i->a];
  if (o->nvals > 1)
    i->b = remap[i->b];
  if (o->nvals > 2)
    i->c = remap[i->c];
}

// Moves the parameters that stay to `at`; returns the first free place.
static u32 move_params(Finish *s, BlockInfo *k, u32 at) {
  Func *f = s->f;
  u32 n = 0;
  for (u32 p = 0; p < k->nparams; p++) {
    Val v = k->first + p;
    if (!stays(s, v)) {
      s->remap[v] = s->alias[v] == v ? 0 : s->remap[s->alias[v]];
      continue;
    }
    f->insts.at[at] = f->insts.at[v];
    f->insts.at[at].b = n++;
    f->pos.at[at] = f->pos.at[v];
    s->remap[v] = at++;
  }
  k->nparams = n;
  return at;
}

static u32 move_block(Finish *s, BlockInfo *k, u32 at, const u32 *old_first) {
  Func *f = s->f;
  u32 v = k->first + k->nparams, end = k->end;
  u32 first = at;
  at = move_params(s, k, at);
  for (; v < end; v++, at++) {
    Inst i = f->insts.at[v];
    s->remap[v] = at;
    rename_operands(s, &i);
    u16 flags = op_info[i.op].flags;
    if (unlikely(flags & OPF_ENDS))
      rename_end(s, &i, old_first);
    else if (unlikely(flags & OPF_LIST))
      rename_list(s, i.c);
    f->insts.at[at] = i;
    f->pos.at[at] = f->pos.at[v];
  }
  k->first = first;
  k->end = at;
  return at;
}

static void close_gaps(Finish *s) {
  Func *f = s->f;
  u32 *old_first = arena_array(f->arena, u32, f->blocks.n);
  u32 at = 1;
  s->remap = arena_array(f->arena, u32, f->insts.n);
  s->remap[0] = 0;
  for (Block k = 1; k < f->blocks.n; k++)
    old_first[k] = block_at(f, k)->first;
  for (Block k = 1; k < f->blocks.n; k++)
    at = move_block(s, block_at(f, k), at, old_first);
  f->insts.n = at;
}

// `stays` reads alias by old ids; is_param in find reads instructions, which
// move: aliases are resolved to their ends before anything does.
static void resolve_aliases(Finish *s) {
  Func *f = s->f;
  for (Block k = 2; k < f->blocks.n; k++)
    for (u32 p = 0; p < block_at(f, k)->nparams; p++) {
      Val v = block_at(f, k)->first + p;
      s->alias[v] = find(s, v);
    }
}

static void remove_params(Finish *s) {
  Func *f = s->f;
  s->alias = arena_array(f->arena, Val, f->insts.n);
  s->live = arena_array(f->arena, u8, f->insts.n);
  simplify(s);
  if (s->gone)
    for (Block k = 2; k < f->blocks.n; k++)
      for (u32 p = 0; p < block_at(f, k)->nparams; p++) {
        Val v = block_at(f, k)->first + p;
        s->b->used[find(s, v)] |= s->b->used[v];
      }
  find_live(s);
  if (!count_gone(s))
    return;
  resolve_aliases(s);
  close_gaps(s);
}

static bool has_params(const Func *f) {
  for (Block k = 2; k < f->blocks.n; k++)
    if (block_at(f, k)->nparams)
      return true;
  return false;
}

void build_finish(Build *b) {
  Func *f = b->f;
  Finish s = {.b = b, .f = f};
  make_preds(&s);
  make_loops(f);
  number_dominators(f);
  if (has_params(f))
    remove_params(&s);
  f->pos.n = f->key.n = f->insts.n;
  memset(f->key.at, 0, f->insts.n * sizeof(u32));
  f->next_key = f->insts.n;
}
