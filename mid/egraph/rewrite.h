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
#include "mid/ir/known.h"

enum { MATCH_VARS = 12, MATCH_MAX = 24 };
typedef struct RwArm RwArm;
typedef struct Match {
  u64 order;         // rank << 32 | variant << 24 | members, 4 bits a loop
  const RwArm *arm;  // the rule in one shape
  u64 v[MATCH_VARS]; // opcodes that tell the expansion, then variables
} Match;
typedef struct Matches {
  u32 n;
  u32 root; // the node matched
  Match at[MATCH_MAX];
} Matches;
// What a skeleton rule makes of its operation.
typedef struct Rewritten {
  enum { RW_NONE, RW_REMOVE, RW_VALUE, RW_OPS, RW_TRAP } kind;
  u32 n;      // RW_OPS: how many
  Inst op[2]; // RW_OPS: operands are classes, targets are old pool indices
  u32 value;  // RW_VALUE: class
  u32 trap;   // RW_TRAP
} Rewritten;

// Guards and right sides are called from few places and seldom: inlined they
// would crowd the matchers.
#if defined(__GNUC__)
#define RW_APART __attribute__((noinline))
#else
#define RW_APART
#endif

// --- for generated code ------------------------------------------------------
// A rule's shape in the match tree. Called where its ops and constants are
// there, with the words of the match; the guard decides. Then the right side
// is built: a class, or 0; of a skeleton rule what it changes, or false.
typedef bool RwGuard(Egraph *g, const u64 *v);
typedef u32 RwMake(Egraph *g, const u64 *v);
typedef bool RwChange(Egraph *g, const u64 *v, Rewritten *r);
struct RwArm {
  RwGuard *guard; // null: always
  RwMake *make;
  RwChange *change;
  u16 rule; // its number in the rule set
  u16 rank; // its place in the order of results
  u8 variant;
  u8 words;
  u8 subsume;
};
static inline u32 match_rule(const Match *m) { return m->arm->rule; }
void rw_arm(Egraph *g, Matches *ms, const RwArm *arm, u32 members,
            const u64 *v);
void rw_arm3(Egraph *g, Matches *ms, const RwArm *arm, u32 members, u64 a,
             u64 b, u64 c);
void rw_arm6(Egraph *g, Matches *ms, const RwArm *arm, u32 members, u64 a,
             u64 b, u64 c, u64 d, u64 e, u64 f);
// Loops over class members: what comes after the first takes fuel; 0 ends.
u32 rw_more(Egraph *g, u32 member);
static inline u32 rw_next(Egraph *g, u32 member) {
  u32 next = g->info[member].next;
  return likely(!next) ? 0 : rw_more(g, next);
}
// A constant's value, sign-extended from its type.
static inline s64 rw_number(const Inst *n) {
  return n->type == TY_I32 || n->type == TY_F32 ? (s32)n->b
                                                : (s64)inst_imm64(n);
}
// The class of an operation; 0 where it would contain itself.
u32 rw_make(Egraph *g, u16 op, u32 a, u32 b, u32 c);
// The opcode as far from `to` as op is from `from`: the same parameters.
static inline u16 rw_like(u64 op, u16 from, u16 to) {
  return (u16)(op - from + to);
}
// The class of a number, by its constant's opcode.
u32 rw_number_of(Egraph *g, u16 op, u64 bits);
// An operation with effects, not inserted.
static inline Inst rw_inst(u16 op, u32 a, u32 b, u32 c) {
  return (Inst){op, op_info[op].type, 0, a, b, c};
}
u32 rw_memarg(Egraph *g, MemArg m); // its index, old or new
// 128-bit immediates, by their index in the new function's vecs.
u32 rw_vec_of(Egraph *g, u128 v);
static inline u128 rw_vec(const Egraph *g, u32 at) {
  return (u128)g->out->vecs.at[at].hi << 64 | g->out->vecs.at[at].lo;
}
static inline bool rw_vec_is(const Egraph *g, u32 at, u64 hi, u64 lo) {
  return g->out->vecs.at[at].hi == hi && g->out->vecs.at[at].lo == lo;
}
// Targets are records of the old function's pool.
static inline u32 rw_len(const Egraph *g, u32 targets) {
  return g->f->pool.at[targets];
}
static inline u32 rw_target(const Egraph *g, u32 targets, u64 k) {
  return g->f->pool.at[targets + 1 + (u32)k];
}
// One fact of class x, an integer: offsetof(Known, ...). facts.c says how much
// it looks at.
u64 rw_fact(Egraph *g, u32 x, size_t field);
u32 rw_trapcode(const Egraph *g, u32 target); // 0: does more than trap

// --- generated ---------------------------------------------------------------
// What has to be the same where a set of rules was compiled and where it runs.
#define RW_LAYOUT                                                              \
  (sizeof(Egraph) | sizeof(Match) << 16 | sizeof(RwArm) << 32 |                \
   sizeof(EgraphOptions) << 40 | sizeof(Rewritten) << 52)

// One compiled set of rules: built in, or a library that wb loaded.
typedef struct RwRules {
  u64 layout;    // RW_LAYOUT
  u64 ops;       // OPS_HASH of ops.h
  u32 nrules;
  const RuleInfo *rules;
  u32 narms, neffects; // of a library only: it is numbered when it is loaded
  RwArm *arms, *effects;
  // Records all matches of node `x` and its class's operands.
  void (*match)(Egraph *g, u32 x, Matches *ms);
  void (*match_skeleton)(Egraph *g, const Inst *in, Matches *ms);
  bool (*remat)(const Egraph *g, const Inst *in); // marked `remat`
  const u8 *roots, *always;                       // as in MidRules
  const u64 (*wanted)[3][2];
} RwRules;
extern const RwRules mid_matchers;
// The opcode after its two operands trade places; 0 if there is none.
extern const u16 mid_commuted[];

// Joins loaded rules to those built in, or stands them alone. `parts` are plain
// or watched matchers of one library each; their arms are numbered here, once.
// Null, and why in *err, if a library was made for another wb.
const MidRules *midrules_join(Arena *a, bool builtin, const RwRules *part,
                            bool watched, const char **err);

#endif
