// What the files of the simulator share: sim.c (graph), sim_rules.c (which
// rules, and where to look for them), sim_match.c (matching and guards).
#ifndef RULEC_CHECK_SIM_PRIV_H
#define RULEC_CHECK_SIM_PRIV_H

#include "rulec/check/sim.h"
#include "rulec/check/term.h"
#include "rulec/eval/eval.h"

enum { MOST_KIDS = 4 };

typedef struct SimNode {
  u32 op;              // 0: a leaf
  u32 kids[MOST_KIDS]; // classes of the value operands
  u128 imm;
  u32 cls;  // leader, or what leads there
  u32 next; // next member
  u32 last; // leader: its last member
  u32 cost; // leader: of the cheapest member
  bool open;
} SimNode;

// Rules are found by root opcode and the first operand that must be an op or a
// constant, with what it must be.
enum { ANY_CONST = 0xffff, NO_OPERAND = 0xf };
typedef struct Entry {
  u64 key;  // root, operand, its opcode or ANY_CONST
  u32 rank; // order among matches: those that subsume first, then by index
  u32 rulex;
} Entry;

struct Sim {
  const Sema *s;
  Arena *arena; // rules
  Arena graph;
  Eval eval;
  u32 nrules;
  Entry *rules; // sorted by key, then rank
  u32 *value;   // by Var.index: the match at hand
  u128 *imm;
  bool *bound;
  u32 *by_rule; // nodes made, by Rule.index
  u32 *fired;   // how often, by Rule.index
  VEC(SimNode) node;
  u32 *table, mask, used;
  u32 made, fuel, steps, level, leaves;
  const Rule *rule; // whose right side is being made
  bool tired;
};

typedef struct Found {
  const RuleX *x;
  u32 rank;
  u32 *value; // by Var.index
  u128 *imm;
} Found;
typedef VEC(Found) FoundVec;

// --- sim.c ------------------------------------------------------------
u32 sim_find(const Sim *m, u32 c); // the class that c is now
bool sim_is_const(const Sim *m, u32 c);
bool sim_const_op(const Sim *m, u32 op);
u32 sim_count_values(const OpInst *op);

// What the rule makes takes the place of what it matched.
static inline bool sim_replaces(const RuleX *x) {
  return x->subsume || x->rule->is_skeleton;
}

// --- sim_rules.c ------------------------------------------------------
void sim_index(Sim *m, const u64 *skip);
u64 sim_key(u32 root, u32 operand, u32 op);
// The first entry with a key not below this one.
u32 sim_lookup(const Sim *m, u64 key);

// --- sim_match.c ------------------------------------------------------
// Every match at a node, in the order in which they are applied.
void sim_match(Sim *m, u32 node, FoundVec *out);
// Binds x's variables for the evaluator; value may be null: none is known.
void sim_bind(Sim *m, const RuleX *x, const u32 *value, const u128 *imm);
// Before and after an evaluation, which costs steps too.
void sim_eval_begin(Sim *m);
void sim_eval_end(Sim *m);

#endif
