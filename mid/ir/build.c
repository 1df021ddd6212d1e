// Making functions: an instruction is appended and its index is its value.
//
// Constants and memargs are interned in open hash tables of indices. An entry
// is believed only if the array still holds an equal item at that index, so a
// pass may change or replace the arrays without telling: what went stale is a
// miss, never a wrong hit.
#include "mid/ir/ir.h"
#include "ops.h"

typedef struct IdSet { // open addressing, linear; 0 is free
  u32 *slot;
  u32 n, cap; // cap is a power of two, or 0
} IdSet;

struct IrTables {
  IdSet consts, mems, vecs;
};

// Every array starts with an entry that means none, but the sites: site 0 is
// the function itself. Few functions have vecs: these begin with the first.
Func *ir_new(Arena *a, const Sig *sigs, u32 nsigs, const u32 *func_sigs,
             u32 nfuncs, u32 index) {
  Func *f = arena_new(a, Func);
  f->arena = a;
  f->index = index;
  f->sigs = sigs;
  f->nsigs = nsigs;
  f->func_sigs = func_sigs;
  f->nfuncs = nfuncs;
  f->sig = index < nfuncs ? func_sigs[index] : 0;
  f->tables = arena_new(a, struct IrTables);
  vec_push(a, &f->insts, (Inst){0});
  vec_push(a, &f->pos, 0);
  vec_push(a, &f->key, 0);
  vec_push(a, &f->blocks, (BlockInfo){0});
  vec_push(a, &f->pool, 0);
  vec_push(a, &f->mems, (MemArg){0});
  vec_push(a, &f->poses, (Pos){0});
  vec_push(a, &f->sites, ((InlineSite){.func = index}));
  return f;
}

static void grow_insts(Func *f) {
  u32 want = f->insts.n + 1;
  f->pos.n = f->key.n = f->insts.n;
  vec_reserve(f->arena, &f->insts, want - f->insts.n);
  vec_reserve(f->arena, &f->pos, want - f->pos.n);
  vec_reserve(f->arena, &f->key, want - f->key.n);
}

Val ir_emit(Func *f, u16 op, Type type, u32 a, u32 b, u32 c, u32 pos) {
  Val v = f->insts.n;
  if (unlikely(v >= f->insts.cap || v >= f->pos.cap || v >= f->key.cap))
    grow_insts(f);
  f->insts.at[v] = (Inst){.op = op, .type = (u8)type, .a = a, .b = b, .c = c};
  f->pos.at[v] = pos;
  f->key.at[v] = 0;
  f->insts.n = f->pos.n = f->key.n = v + 1;
  return v;
}

// --- interning

// Two rounds: one leaves runs of constants clustered in large tables.
static u32 slot_of(u64 hash, u32 cap) {
  u64 h = hash * 0x9e3779b97f4a7c15u;
  h = (h ^ h >> 32) * 0xd6e8feb86659fd93u;
  return (u32)(h >> 32) & (cap - 1);
}

static u64 const_hash(u16 op, u64 k) {
  return k * 31 + op;
}

static u64 inst_hash(const Inst *i) {
  return const_hash(i->op, inst_imm64(i));
}

static u64 mem_hash(const MemArg *m) {
  u64 head;
  memcpy(&head, m, sizeof head);
  return head * 31 + m->align + (u32)m->mem * 7;
}

static u64 vec_hash(const V128 *v) { return v->hi * 31 + v->lo; }

static u64 hash_of(const Func *f, const IdSet *s, u32 id) {
  return s == &f->tables->consts ? inst_hash(&f->insts.at[id])
         : s == &f->tables->mems ? mem_hash(&f->mems.at[id])
                                 : vec_hash(&f->vecs.at[id]);
}

// Doubles the table; entries beyond the arrays' ends are forgotten.
static void grow_set(Func *f, IdSet *s) {
  IdSet old = *s;
  u32 limit = s == &f->tables->consts ? f->insts.n
              : s == &f->tables->mems ? f->mems.n
                                      : f->vecs.n;
  s->cap = old.cap ? old.cap * 2 : 64;
  s->slot = arena_array0(f->arena, u32, s->cap);
  s->n = 0;
  for (u32 k = 0; k < old.cap; k++) {
    u32 id = old.slot[k];
    if (!id || id >= limit)
      continue;
    u32 at = slot_of(hash_of(f, s, id), s->cap);
    while (s->slot[at])
      at = (at + 1) & (s->cap - 1);
    s->slot[at] = id;
    s->n++;
  }
}

static void room_for_one(Func *f, IdSet *s) {
  if (s->n * 4 >= s->cap * 3)
    grow_set(f, s);
}

static Val intern_const(Func *f, u16 op, Type t, u64 k) {
  IdSet *s = &f->tables->consts;
  room_for_one(f, s);
  u32 at = slot_of(const_hash(op, k), s->cap);
  for (u32 v; (v = s->slot[at]); at = (at + 1) & (s->cap - 1)) {
    if (v < f->insts.n && f->insts.at[v].op == op &&
        inst_imm64(&f->insts.at[v]) == k)
      return v;
  }
  s->n++;
  return s->slot[at] = ir_emit(f, op, t, 0, (u32)k, (u32)(k >> 32), 0);
}

Val ir_iconst(Func *f, Type t, u64 k) {
  must(t == TY_I32 || t == TY_I64, "iconst of type %d", (int)t);
  return t == TY_I32 ? intern_const(f, OP_iconst_i32, t, (u32)k)
                     : intern_const(f, OP_iconst_i64, t, k);
}

Val ir_fconst(Func *f, Type t, u64 bits) {
  must(t == TY_F32 || t == TY_F64, "fconst of type %d", (int)t);
  return t == TY_F32 ? intern_const(f, OP_fconst_f32, t, (u32)bits)
                     : intern_const(f, OP_fconst_f64, t, bits);
}

Val ir_nullref(Func *f) {
  return intern_const(f, OP_nullref, TY_REF, 0);
}

u32 ir_memarg(Func *f, MemArg m) {
  IdSet *s = &f->tables->mems;
  room_for_one(f, s);
  u32 at = slot_of(mem_hash(&m), s->cap);
  for (u32 k; (k = s->slot[at]); at = (at + 1) & (s->cap - 1))
    if (k < f->mems.n && !memcmp(&f->mems.at[k], &m, sizeof m))
      return k;
  s->n++;
  vec_push(f->arena, &f->mems, m);
  return s->slot[at] = f->mems.n - 1;
}

u32 ir_vec(Func *f, V128 v) {
  IdSet *s = &f->tables->vecs;
  if (!f->vecs.n)
    vec_push(f->arena, &f->vecs, (V128){0});
  room_for_one(f, s);
  u32 at = slot_of(vec_hash(&v), s->cap);
  for (u32 k; (k = s->slot[at]); at = (at + 1) & (s->cap - 1))
    if (k < f->vecs.n && f->vecs.at[k].lo == v.lo && f->vecs.at[k].hi == v.hi)
      return k;
  s->n++;
  vec_push(f->arena, &f->vecs, v);
  return s->slot[at] = f->vecs.n - 1;
}

// --- pool records and positions

static void put_words(Func *f, const Val *v, u32 n) {
  u32 *at = f->pool.at + f->pool.n;
  *at = n;
  if (n)
    memcpy(at + 1, v, n * sizeof *v);
  f->pool.n += n + 1;
}

u32 ir_list(Func *f, const Val *v, u32 n) {
  vec_reserve(f->arena, &f->pool, n + 1);
  u32 at = f->pool.n;
  put_words(f, v, n);
  return at;
}

u32 ir_target(Func *f, Block b, const Val *v, u32 n) {
  vec_reserve(f->arena, &f->pool, n + 2);
  u32 at = f->pool.n;
  f->pool.at[f->pool.n++] = b;
  put_words(f, v, n);
  return at;
}

// Runs of equal positions share an entry; it is not looked for further back.
u32 ir_pos(Func *f, u32 site, u32 wasm_off) {
  const Pos *last = &f->poses.at[f->poses.n - 1];
  if (f->poses.n > 1 && last->site == site && last->off == wasm_off)
    return f->poses.n - 1;
  vec_push(f->arena, &f->poses, ((Pos){site, wasm_off}));
  return f->poses.n - 1;
}

// --- blocks

Block ir_block(Func *f) {
  vec_push(f->arena, &f->blocks, (BlockInfo){0});
  return f->blocks.n - 1;
}

void ir_begin(Func *f, Block b) {
  BlockInfo *k = block_at(f, b);
  k->first = k->end = f->insts.n;
  k->nparams = 0;
}

Val ir_param(Func *f, Block b, Type t, u32 pos) {
  BlockInfo *k = block_at(f, b);
  must(f->insts.n == k->first + k->nparams, "b%u: parameter after code", b);
  return ir_emit(f, op_param(t), t, b, k->nparams++, 0, pos);
}

void ir_end(Func *f, Block b) {
  block_at(f, b)->end = f->insts.n;
}
