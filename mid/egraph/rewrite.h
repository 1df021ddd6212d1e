// What generated matchers are written against (out/gen/mid.c), and what the
// engine asks of them.
//
// Matching only reads: an arm that holds records a match (rule, order, what
// its variables stand for). The engine sorts matches by rule, variant and
// member, then asks for right sides in that order, so that no shape of the
// decision tree decides anything and right sides beyond the limit are never
// built. Building inserts nodes, operands left to right, and gives 0 where the
// right side is nothing.
#ifndef MID_EGRAPH_REWRITE_H
#define MID_EGRAPH_REWRITE_H

#include "mid/egraph/graph.h"

enum { MATCH_VARS = 12, MATCH_MAX = 24 };
typedef struct Match {
  u64 order; // rule << 32 | variant << 24 | members, 4 bits a loop
  u64 v[MATCH_VARS]; // opcodes that tell the expansion, then variables
} Match;
typedef struct Matches {
  u32 n;
  u32 root; // the node matched
  Match at[MATCH_MAX];
} Matches;
static inline u32 match_rule(const Match *m) { return (u32)(m->order >> 32); }
static inline u32 match_variant(const Match *m) {
  return (u32)(m->order >> 24) & 0xff;
}

// What a skeleton rule makes of its operation.
typedef struct Rewritten {
  enum { RW_NONE, RW_REMOVE, RW_VALUE, RW_OPS, RW_TRAP } kind;
  u32 n;       // RW_OPS: how many
  Inst op[2];  // RW_OPS: operands are classes, targets are old pool indices
  u32 value;   // RW_VALUE: class
  u32 trap;    // RW_TRAP
} Rewritten;

// Guards and right sides are called from few places and seldom: inlined they
// would crowd the matchers.
#if defined(__GNUC__)
#define RW_APART __attribute__((noinline))
#else
#define RW_APART
#endif

// --- for generated code ------------------------------------------------------
// Records a match with its n words, if it gets a slot.
void rw_found(Egraph *g, Matches *ms, u32 rule, u32 variant, u32 members,
              const u64 *v, u32 n);
typedef u32 RwMake(Egraph *g, const u64 *v);
typedef bool RwChange(Egraph *g, const u64 *v, Rewritten *r);
static inline void rw_tried(Egraph *g, u32 rule) {
#if WATCH
  if (g->rules)
    g->rules[rule].tried++;
#else
  (void)g, (void)rule;
#endif
}
// Loops over class members take fuel; 0 ends the loop.
static inline u32 rw_take(Egraph *g, u32 member) {
  if (!g->fuel) {
    g->watch_fuel = true;
    return 0;
  }
  g->fuel--;
  return member;
}
static inline u32 rw_first(Egraph *g, u32 operand) {
  return rw_take(g, operand);
}
static inline u32 rw_next(Egraph *g, u32 member) {
  u32 next = g->info[member].next;
  return next ? rw_take(g, next) : 0;
}
// A constant's value, sign-extended from its type.
static inline s64 rw_number(const Inst *n) {
  return n->type == TY_I32 || n->type == TY_F32 ? (s32)n->b
                                                : (s64)inst_imm64(n);
}
static inline u32 rw_make(Egraph *g, u16 op, u32 a, u32 b, u32 c) {
  return eg_insert(g, (Inst){op, op_info[op].type, 0, a, b, c});
}
static inline u32 rw_const(Egraph *g, Type t, u64 bits) {
  return eg_const(g, t, bits);
}
// An operation with effects, not inserted.
static inline Inst rw_inst(u16 op, u32 a, u32 b, u32 c) {
  return (Inst){op, op_info[op].type, 0, a, b, c};
}
u32 rw_memarg(Egraph *g, MemArg m); // its index, old or new
// Targets are records of the old function's pool.
static inline u32 rw_len(const Egraph *g, u32 targets) {
  return g->f->pool.at[targets];
}
static inline u32 rw_target(const Egraph *g, u32 targets, u64 k) {
  return g->f->pool.at[targets + 1 + (u32)k];
}
u32 rw_trapcode(const Egraph *g, u32 target); // 0: does more than trap

// --- generated ---------------------------------------------------------------
// Records all matches of node `x` and its class's operands.
void mid_match(Egraph *g, u32 x, Matches *ms);
u32 mid_build(Egraph *g, const Match *m); // class, or 0
void mid_match_skeleton(Egraph *g, const Inst *in, Matches *ms);
void mid_build_skeleton(Egraph *g, const Match *m, Rewritten *r);
// Whether some rule has this op at its root: 1 pure, 2 skeleton. By BaseOp.
extern const u8 mid_roots[];
// By BaseOp of the root, then operand: base ops of it that some rule tests.
extern const u64 mid_wanted[][3][2];
// By BaseOp of the root: 1 if some rule tests nothing but equal operands.
extern const u8 mid_always[];
// The opcode after its two operands trade places; 0 if there is none.
extern const u16 mid_commuted[];
bool mid_remat(const Egraph *g, const Inst *in); // marked `remat`

#endif
