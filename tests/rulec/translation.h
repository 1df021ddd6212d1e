// The e-graph of a run as rulec/test/match.h wants a graph: for translation.c.
#ifndef TESTS_RULEC_TRANSLATION_H
#define TESTS_RULEC_TRANSLATION_H

#include "mid/egraph/rewrite.h"
#include "rulec/test/match.h"

#define ROOT UINT32_MAX // an operation that is no node yet

typedef struct Slow {
  MatchGraph m; // first
  Egraph *g;
  const Inst *root;
} Slow;

static inline Slow *slow_of(MatchGraph *m) { return (Slow *)(void *)m; }
static inline const Inst *slow_inst(const Slow *s, u32 node) {
  return node == ROOT ? s->root : eg_node(s->g, node);
}

static inline u32 slow_field(const Inst *i, u8 where) {
  return where == 0 ? i->a : where == 1 ? i->b : where == 2 ? i->c : i->n;
}

// --- immediates: between fields and values ------------------------------

static inline EvVal slow_memarg(const MemArg *m) {
  EvVal v = {.sort = {.kind = SORT_MEMARG}};
  v.mem[MF_OFF] = m->off;
  v.mem[MF_BYTES] = m->bytes;
  v.mem[MF_EXT] = m->ext;
  v.mem[MF_REGION] = m->region;
  v.mem[MF_ALIGN] = m->align;
  v.mem[MF_MEM] = m->mem;
  v.mem[MF_READONLY] = (m->flags & MEM_READONLY) != 0;
  v.mem[MF_NOTRAP] = (m->flags & MEM_NOTRAP) != 0;
  v.mem[MF_MOVABLE] = (m->flags & MEM_MOVABLE) != 0;
  return v;
}

// What a field (or word of a match) means, by its sort.
static inline EvVal slow_word(Slow *s, Sort sort, u64 word) {
  if (sort.kind == SORT_MEMARG)
    return slow_memarg(&s->g->mems.at[word]);
  if (sort.kind != SORT_TARGETS)
    return ev_bits(sort, wide(word));
  const u32 *list = &s->g->f->pool.at[word];
  EvVal *at = arena_array0(s->m.arena, EvVal, list[0] + 1);
  for (u32 k = 0; k < list[0]; k++)
    at[k] = ev_bits((Sort){.kind = SORT_TARGET}, wide(list[k + 1]));
  return (EvVal){.sort = sort, .list = {list[0], at}};
}

static inline EvVal slow_imm_of(Slow *s, const Inst *i, const OperandInfo *o) {
  return slow_word(s, o->sort,
                   o->where == 3 ? inst_imm64(i) : slow_field(i, o->where));
}

// --- the graph ------------------------------------------------------------

// Operands are as they were when the node was made; their members follow.
static u32 slow_member(MatchGraph *m, u32 cls, u32 i) {
  Slow *s = slow_of(m);
  for (; cls && i; i--)
    cls = s->g->info[cls].next;
  return cls;
}
static u32 slow_op(MatchGraph *m, u32 node) {
  return slow_inst(slow_of(m), node)->op;
}
static u32 slow_value(MatchGraph *m, u32 node, u32 k) {
  const Inst *i = slow_inst(slow_of(m), node);
  return slow_field(i, m->s->ops[i->op].operands[k].where);
}
static EvVal slow_imm(MatchGraph *m, u32 node, u32 k) {
  Slow *s = slow_of(m);
  const Inst *i = slow_inst(s, node);
  return slow_imm_of(s, i, &m->s->ops[i->op].operands[k]);
}
static u32 slow_cls(MatchGraph *m, u32 node) {
  (void)m;
  return node;
}
static bool slow_same(MatchGraph *m, u32 x, u32 y) {
  return eg_same(slow_of(m)->g, x, y);
}

static EvVal slow_fact(MatchGraph *m, const Node *fact, u32 cls) {
  static const size_t fields[] = {
      [BI_ZEROS] = offsetof(Known, zeros), [BI_ONES] = offsetof(Known, ones),
      [BI_UMIN] = offsetof(Known, umin),   [BI_UMAX] = offsetof(Known, umax),
      [BI_SMIN] = offsetof(Known, smin),   [BI_SMAX] = offsetof(Known, smax)};
  Slow *s = slow_of(m);
  if (fact->fn == BI_ISCONST)
    return ev_bool(eg_is_const(s->g, cls));
  return ev_bits(fact->sort, wide(rw_fact(s->g, cls, fields[fact->fn])));
}

static bool slow_target(Eval *e, u32 target, u32 *code) {
  const Slow *s =
      (const Slow *)(const void *)((const u8 *)e - offsetof(MatchGraph, eval));
  *code = rw_trapcode(s->g, target);
  return *code != 0;
}

// The fields of an op from its operands; memargs are entered.
static inline Inst slow_build(Slow *s, u32 op, const MatchArg *args) {
  const OpInst *o = &s->m.s->ops[op];
  u32 f[3] = {0};
  for (u32 k = 0; k < o->noperands; k++) {
    const EvVal *v = &args[k].imm;
    u8 where = o->operands[k].where;
    if (o->operands[k].is_value) {
      f[where] = args[k].cls;
    } else if (v->sort.kind == SORT_MEMARG) {
      MemArg m = {.off = v->mem[MF_OFF],
                  .bytes = (u8)v->mem[MF_BYTES],
                  .ext = (u8)v->mem[MF_EXT],
                  .region = (u8)v->mem[MF_REGION],
                  .align = (u8)v->mem[MF_ALIGN],
                  .mem = (u8)v->mem[MF_MEM]};
      m.flags = (u8)((v->mem[MF_READONLY] ? MEM_READONLY : 0) |
                     (v->mem[MF_NOTRAP] ? MEM_NOTRAP : 0) |
                     (v->mem[MF_MOVABLE] ? MEM_MOVABLE : 0));
      f[where] = rw_memarg(s->g, m);
    } else if (where == 3) {
      f[1] = (u32)ev_u64(v);
      f[2] = (u32)(ev_u64(v) >> 32);
    } else {
      f[where] = (u32)ev_u64(v);
    }
  }
  return rw_inst((u16)op, f[0], f[1], f[2]);
}

static u32 slow_make(MatchGraph *m, u32 op, const MatchArg *args) {
  Slow *s = slow_of(m);
  Inst i = slow_build(s, op, args);
  if (m->s->ops[op].flags & OPF_FLOATS)
    return rw_number_of(s->g, i.op, inst_imm64(&i));
  return rw_make(s->g, i.op, i.a, i.b, i.c);
}

static inline void slow_begin(Slow *s, const Sema *sema, Arena *a) {
  *s = (Slow){.m = {.s = sema,
                    .arena = a,
                    .member = slow_member,
                    .op = slow_op,
                    .value = slow_value,
                    .imm = slow_imm,
                    .cls = slow_cls,
                    .same = slow_same,
                    .fact = slow_fact,
                    .make = slow_make}};
  eval_init(&s->m.eval, sema, a, 1);
  s->m.eval.target = slow_target;
}

#endif
