// Rules at work on a small acyclic e-graph, with no limit but fuel: what law
// 3(d) measures. It inserts as mid/egraph does (operands in order, constants
// folded, one node per operation, rules at once, results eagerly made too), but
// cuts nothing: no match, member or depth limit, no places, no memory.
//
// Rules of kind `rule` take part, with their variants, and those of kind
// `skeleton` that give one value or one op without memory or targets: such an
// op is a node as others are, what the first rule gives takes its place. Guards
// and constants are evaluated by rulec/eval/eval.h; facts of a value that is no
// constant say nothing.
#ifndef RULEC_CHECK_SIM_H
#define RULEC_CHECK_SIM_H

#include "rulec/sema/sema.h"

typedef struct Sim Sim;
// Leaves out the rules in skip (a bit set by Rule.index).
Sim *sim_new(Arena *a, const Sema *s, const u64 *skip);
void sim_free(Sim *m);
// An empty graph and `nodes` nodes and `steps` steps of matching as fuel.
void sim_start(Sim *m, u32 nodes, u32 steps);

// Classes; 0 after the fuel ran out.
u32 sim_leaf(Sim *m, VType type);
u32 sim_const(Sim *m, u32 op, u128 num);
// kids: the value operands; imm: the immediate of an op that has one.
u32 sim_op(Sim *m, u32 op, const u32 *kids, u128 imm);

u32 sim_made(const Sim *m);   // nodes so far, leaves and constants apart
u32 sim_left(const Sim *m);   // steps of fuel left
bool sim_tired(const Sim *m); // the fuel ran out
// Makes n, a pattern, of values: variables by Var.index in value (0: a leaf is
// made for it), immediates in imm. 0 if it cannot.
u32 sim_term(Sim *m, const Node *n, u32 *value, const u128 *imm);
// Whether x's guards hold for these immediates, values unknown.
bool sim_guards(Sim *m, const RuleX *x, const u128 *imm);
// The rule that made most nodes since the start, of those that did something;
// one of an author's beside built-in ones before any of these. Or null.
const Rule *sim_busiest(const Sim *m);
// Whether the rule has a place in the graph at all.
bool sim_takes(const Sim *m, const RuleX *x);

#endif
