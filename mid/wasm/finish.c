// After the last instruction of a body: predecessors, loops, dominator numbers,
// and the removal of loop and join parameters that are not needed.
//
// A parameter goes if all its arguments are itself or one other value (then it
// is that value), or if nothing reads it but such parameters. Both are found by
// walks over the edges' arguments only, a fixed number of times, so the cost is
// linear; what is left then is correct, only not minimal. If anything goes, one
// walk over the instructions renames, counts uses and closes the gaps in place:
// operands are always older than their users.
#include "mid/wasm/ssa.h"

enum { MAX_ROUNDS = 4 };

typedef struct Finish {
  Build *b;
  Func *f;
  Block *with; // blocks with parameters, the entry left out, ascending
  u32 nwith;
  u32 *in;        // target of each incoming edge, parallel to f->preds
  Val *alias;     // per value: parameters only; itself, or what it is
  u8 *live;       // per value: parameters only
  u32 *remap;     // per value: new id
  u8 *uses;       // per new value, saturating: becomes Func.uses
  u32 *old_first; // per block: where its parameters stood
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
    block_at(f, block_at(f, k)->idom)->dom_size += block_at(f, k)->dom_size + 1;
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

static inline bool is_param(const Inst *insts, Val v) {
  return (u32)insts[v].op - OP_param_i32 <= OP_param_ref - OP_param_i32;
}

// What a value is, as far as known; shortens the way for the next one.
static inline Val find(const Inst *insts, Val *alias, Val v) {
  while (is_param(insts, v) && alias[v] != v) {
    Val up = alias[v];
    if (is_param(insts, up))
      alias[v] = alias[up];
    v = up;
  }
  return v;
}

// The one value that a parameter can have, or itself.
static Val only_value(const Finish *s, const BlockInfo *k, u32 param) {
  const Inst *insts = s->f->insts.at;
  const u32 *pool = s->f->pool.at, *in = s->in + k->preds;
  Val self = k->first + param, one = 0;
  for (u32 e = 0; e < k->npreds; e++) {
    Val v = find(insts, s->alias, pool[in[e] + 2 + param]);
    if (v == self || v == one)
      continue;
    if (one)
      return self;
    one = v;
  }
  return one ? one : self;
}

static bool simplify_block(Finish *s, const BlockInfo *k) {
  bool changed = false;
  for (Val self = k->first; self < k->first + k->nparams; self++) {
    if (s->alias[self] != self)
      continue;
    Val v = only_value(s, k, self - k->first);
    if (v == self)
      continue;
    s->alias[self] = v;
    s->b->used[v] |= s->b->used[self];
    changed = true;
  }
  return changed;
}

// Where edges from the front meet, values differ or there would be no
// parameter: only after something changed can that be worth another look.
static bool simplify_headers(Finish *s) {
  bool changed = false;
  for (u32 n = s->nwith; n-- > 0;) {
    const BlockInfo *k = block_at(s->f, s->with[n]);
    if (k->loop_end || k->npreds == 1)
      changed |= simplify_block(s, k);
  }
  return changed;
}

// Inner loops first, then outer ones, back and forth until nothing changes.
static void simplify(Finish *s) {
  bool changed = simplify_headers(s);
  for (u32 round = 1; changed && round < MAX_ROUNDS; round++) {
    changed = false;
    for (u32 n = 0; n < s->nwith; n++) {
      Block k = s->with[round % 2 ? n : s->nwith - 1 - n];
      changed |= simplify_block(s, block_at(s->f, k));
    }
  }
}

// --- liveness of parameters --------------------------------------------------

static inline void make_live(Finish *s, Val *work, u32 *n, Val v) {
  v = find(s->f->insts.at, s->alias, v);
  if (!is_param(s->f->insts.at, v) || s->live[v])
    return;
  s->live[v] = 1;
  work[(*n)++] = v;
}

// Marks what is read, and what reaches that through edges. A value is put on
// the list once.
static void find_live(Finish *s, u32 nparams) {
  const Func *f = s->f;
  u32 n = 0;
  Val *work = arena_array(f->arena, Val, nparams);
  for (u32 i = 0; i < s->nwith; i++) {
    const BlockInfo *k = block_at(f, s->with[i]);
    for (Val v = k->first; v < k->first + k->nparams; v++)
      if (s->b->used[v])
        make_live(s, work, &n, v);
  }
  while (n > 0) {
    const Inst *i = inst_at(f, work[--n]);
    const BlockInfo *k = block_at(f, i->a);
    const u32 *in = s->in + k->preds;
    for (u32 e = 0; e < k->npreds; e++)
      make_live(s, work, &n, f->pool.at[in[e] + 2 + i->b]);
  }
}

// Parameters that stay are those that are live and nothing else. Says so in
// `live` for good: `find` reads instructions, which will move. Returns how many
// leave.
static u32 decide(Finish *s) {
  const Func *f = s->f;
  u32 gone = 0;
  for (u32 i = 0; i < s->nwith; i++) {
    const BlockInfo *k = block_at(f, s->with[i]);
    for (Val v = k->first; v < k->first + k->nparams; v++) {
      s->alias[v] = find(f->insts.at, s->alias, v);
      s->live[v] = s->live[v] && s->alias[v] == v;
      gone += !s->live[v];
    }
  }
  return gone;
}

// --- renaming and closing gaps -----------------------------------------------

// The new id of an operand, whose use is counted.
static inline Val rename_use(const u32 *remap, u8 *uses, Val v) {
  v = remap[v];
  uses[v] = (u8)(uses[v] + (uses[v] != 255));
  return v;
}

static void rename_list(Finish *s, u32 at) {
  u32 *list = &s->f->pool.at[at];
  for (u32 k = 1; k <= list[0]; k++)
    list[k] = rename_use(s->remap, s->uses, list[k]);
}

// Parameters of later blocks still stand where they were, those of earlier
// ones have moved: `live` is asked by the old position.
static void rename_target(Finish *s, u32 at) {
  u32 *t = &s->f->pool.at[at], n = 0;
  const u8 *live = s->live + s->old_first[t[0]];
  for (u32 k = 0; k < t[1]; k++)
    if (live[k])
      t[2 + n++] = rename_use(s->remap, s->uses, t[2 + k]);
  t[1] = n;
}

static void rename_end(Finish *s, const Inst *i) {
  const u32 *list;
  switch (i->op) {
  case OP_jump:
    rename_target(s, i->a);
    return;
  case OP_brif:
    rename_target(s, i->b);
    rename_target(s, i->c);
    return;
  case OP_br_table:
    list = &s->f->pool.at[i->b];
    for (u32 k = 1; k <= list[0]; k++)
      rename_target(s, list[k]);
    rename_target(s, i->c);
    return;
  case OP_return:
    rename_list(s, i->c);
    return;
  }
}

// Moves the parameters that stay to `at`; returns the first free place.
static u32 move_params(Finish *s, BlockInfo *k, u32 at) {
  Func *f = s->f;
  u32 n = 0;
  for (Val v = k->first; v < k->first + k->nparams; v++) {
    if (!s->live[v]) {
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

static u32 move_block(Finish *s, BlockInfo *k, u32 at) {
  Inst *insts = s->f->insts.at;
  u32 *pos = s->f->pos.at, *remap = s->remap;
  u8 *uses = s->uses;
  u32 v = k->first + k->nparams, end = k->end, first = at;
  at = move_params(s, k, at);
  k->first = first;
  for (; v < end; v++, at++) {
    Inst i = insts[v];
    const OpInfo *o = &op_info[i.op];
    remap[v] = at;
    pos[at] = pos[v];
    u32 n = o->nvals;
    if (n > 0)
      i.a = rename_use(remap, uses, i.a);
    if (n > 1)
      i.b = rename_use(remap, uses, i.b);
    if (unlikely(n > 2))
      i.c = rename_use(remap, uses, i.c);
    insts[at] = i;
    if (o->flags & OPF_ENDS)
      rename_end(s, &i);
    else if (unlikely(o->flags & OPF_LIST))
      rename_list(s, i.c);
  }
  k->end = at;
  return at;
}

static void close_gaps(Finish *s) {
  Func *f = s->f;
  u32 at = 1;
  s->old_first = arena_array(f->arena, u32, f->blocks.n);
  s->remap = arena_array(f->arena, u32, f->insts.n);
  s->remap[0] = 0;
  f->uses = s->uses = arena_array0(f->arena, u8, f->insts.n);
  for (Block k = 1; k < f->blocks.n; k++)
    s->old_first[k] = block_at(f, k)->first;
  for (Block k = 1; k < f->blocks.n; k++)
    at = move_block(s, block_at(f, k), at);
  f->insts.n = at;
}

static void begin_param(Finish *s, Val v, u8 live) {
  s->alias[v] = v;
  s->live[v] = live;
}

static void remove_params(Finish *s, u32 nparams) {
  const Func *f = s->f;
  const BlockInfo *entry = block_at(f, 1);
  s->alias = arena_array(f->arena, Val, f->insts.n);
  s->live = arena_array(f->arena, u8, f->insts.n);
  for (Val v = entry->first; v < entry->first + entry->nparams; v++)
    begin_param(s, v, 1);
  for (u32 i = 0; i < s->nwith; i++) {
    const BlockInfo *k = block_at(f, s->with[i]);
    for (Val v = k->first; v < k->first + k->nparams; v++)
      begin_param(s, v, 0);
  }
  simplify(s);
  find_live(s, nparams);
  if (decide(s))
    close_gaps(s);
}

// Returns how many parameters there are beside the function's own.
static u32 find_params(Finish *s) {
  const Func *f = s->f;
  u32 n = 0;
  s->with = arena_array(f->arena, Block, f->blocks.n);
  for (Block k = 2; k < f->blocks.n; k++)
    if (block_at(f, k)->nparams) {
      n += block_at(f, k)->nparams;
      s->with[s->nwith++] = k;
    }
  return n;
}

void build_finish(Build *b) {
  Func *f = b->f;
  Finish s = {.b = b, .f = f};
  make_preds(&s);
  make_loops(f);
  number_dominators(f);
  u32 nparams = find_params(&s);
  if (nparams)
    remove_params(&s, nparams);
  f->pos.n = f->key.n = f->insts.n;
  memset(f->key.at, 0, f->insts.n * sizeof(u32));
  f->next_key = f->insts.n;
}
