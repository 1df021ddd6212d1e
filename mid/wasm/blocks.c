// The ground under ssa.c and join.c: room in the arrays, blocks with their
// dominators, parameters, edges and their target records.
#include "mid/wasm/ssa.h"

// --- arrays ------------------------------------------------------------------

// Makes room in everything parallel to the instructions; no more positions are
// made than instructions.
void build_grow(Build *b) {
  Func *f = b->f;
  u32 n = f->insts.n, more = n < 64 ? 64 : n;
  f->pos.n = f->key.n = n;
  vec_reserve(b->arena, &f->insts, more);
  vec_reserve(b->arena, &f->pos, more);
  vec_reserve(b->arena, &f->key, more);
  vec_reserve(b->arena, &f->poses, f->insts.cap - f->poses.n);
  u32 cap = f->insts.cap < f->pos.cap ? f->insts.cap : f->pos.cap;
  cap = cap < f->key.cap ? cap : f->key.cap;
  u8 *used = arena_array(b->arena, u8, cap);
  if (b->cap)
    memcpy(used, b->used, n);
  b->used = used;
  b->cap = cap;
}

// --- blocks and dominators ---------------------------------------------------

static u32 level_of(const Build *b, Block k) {
  return b->doms.at[k].level;
}

Block build_common_dominator(const Build *b, Block x, Block y) {
  while (x != y) {
    if (level_of(b, x) < level_of(b, y)) {
      Block t = x;
      x = y, y = t;
    }
    Block jump = b->doms.at[x].jump;
    if (level_of(b, x) > level_of(b, y)) {
      x = level_of(b, jump) >= level_of(b, y) ? jump : block_at(b->f, x)->idom;
    } else if (jump != b->doms.at[y].jump) { // equal levels jump equally far
      x = jump, y = b->doms.at[y].jump;
    } else {
      x = block_at(b->f, x)->idom, y = block_at(b->f, y)->idom;
    }
  }
  return x;
}

static DomNode dom_node(const Build *b, Block idom) {
  if (!idom)
    return (DomNode){0, 0};
  DomNode up = b->doms.at[idom], far = b->doms.at[up.jump];
  bool same = up.level - far.level == far.level - b->doms.at[far.jump].level;
  return (DomNode){up.level + 1, idom == up.jump || !same ? idom : far.jump};
}

Block build_start_block(Build *b, Block idom) {
  Block k = ir_block(b->f);
  ir_begin(b->f, k);
  block_at(b->f, k)->idom = idom;
  DomNode node = dom_node(b, idom);
  vec_push(b->arena, &b->doms, node);
  if (!idom)
    b->doms.at[k].jump = k;
  b->cur = k;
  b->cur_first = b->f->insts.n;
  return k;
}

void build_seal(Build *b) {
  ir_end(b->f, b->cur);
  b->cur = 0;
}

Val build_block_param(Build *b, u8 type, bool used) {
  _Static_assert(OP_param_ref - OP_param_i32 == TY_REF - TY_I32,
                 "parameters stand in the order of types");
  Val v = emit(b, OP_param_i32 + type - TY_I32, type, b->cur,
               block_at(b->f, b->cur)->nparams++, 0);
  b->used[v] = used;
  return v;
}

void build_add_edge(Build *b, Block from, Block to, u32 target) {
  vec_push(b->arena, &b->edges, ((BuildEdge){from, to, target}));
}

void build_patch(Build *b, u32 at, u32 target) {
  if (at & WHERE_POOL) {
    b->f->pool.at[at & ~WHERE_POOL] = target;
    return;
  }
  Inst *i = &b->f->insts.at[at / 4];
  *(at % 4 == 0 ? &i->a : at % 4 == 1 ? &i->b : &i->c) = target;
}

// A target record with room for n arguments.
u32 build_new_target(Build *b, Block to, u32 n) {
  Func *f = b->f;
  vec_reserve(f->arena, &f->pool, n + 2);
  u32 at = f->pool.n;
  f->pool.at[at] = to;
  f->pool.at[at + 1] = n;
  f->pool.n = at + 2 + n;
  return at;
}

bool build_too_complex(Build *b) {
  body_fail(b->body, b->at,
            "the values carried to labels of this function need more than %llu "
            "block arguments, which is not supported",
            (unsigned long long)b->work_limit);
  b->body->err->unsupported = true;
  b->too_complex = true;
  return false;
}

bool build_spend(Build *b, u64 n) {
  b->work += n;
  return b->work <= b->work_limit || build_too_complex(b);
}
