// Rules applied to a graph, slowly and obviously: what `rulec test` runs, and
// what the generated matchers are held against (tests/rulec/translation.c).
//
// Nothing is shared with the generators but the typed rules: a left side is
// laid against a node place by place, every member of every class tried;
// guards are evaluated by eval.c. The graph is whatever the caller says it is.
#ifndef RULEC_TEST_MATCH_H
#define RULEC_TEST_MATCH_H

#include "rulec/eval/eval.h"

enum {
  MATCH_PLACES = 24,  // ops and literals of a pattern; larger ones never match
  MATCH_ARGS = 8,     // operands of an op that is made
  MATCH_FUEL = 50000, // nodes evaluated for one guard
};

typedef struct MatchGraph MatchGraph;
typedef union MatchArg { // an operand, as its OperandInfo says
  u32 cls;
  EvVal imm;
} MatchArg;

// Classes and nodes are numbers, 0 is none. Operands are counted as declared.
struct MatchGraph {
  const Sema *s;
  Arena *arena;
  Eval eval; // matched immediates are bound in it
  u32 (*member)(MatchGraph *g, u32 cls, u32 i); // the i-th node, or 0
  u32 (*op)(MatchGraph *g, u32 node);
  u32 (*value)(MatchGraph *g, u32 node, u32 k);
  EvVal (*imm)(MatchGraph *g, u32 node, u32 k);
  u32 (*cls)(MatchGraph *g, u32 node); // the class it is in
  bool (*same)(MatchGraph *g, u32 x, u32 y);
  EvVal (*fact)(MatchGraph *g, const Node *fact, u32 cls);
  // Lowering, else null: a value used once; a load that may become part of its
  // user, `once` if all between it and the root is used once.
  bool (*once)(MatchGraph *g, u32 node);
  bool (*sink)(MatchGraph *g, u32 node, bool once);
  u32 (*make)(MatchGraph *g, u32 op, const MatchArg *args); // a class, or 0
};

// A rule's left side found at a node.
typedef struct RuleMatch {
  const RuleX *x;
  u64 members; // 4 bits for each place below the root: which member it was;
               // places in the order of depth, then of operands
  u32 *cls;    // by Var.index: what value variables are bound to
  EvVal *imm;  // by Var.index: immediates, and lets of them
} RuleMatch;
typedef VEC(RuleMatch) RuleMatches;

// Appends all matches of x at the node, in the order of members, guards tried.
// Says why in eval.why if a guard could not be evaluated (then: no match).
void match_find(MatchGraph *g, const RuleX *x, u32 node, RuleMatches *out);

// Whether the clauses hold for what the match binds; binds the lets.
bool match_clauses(MatchGraph *g, RuleMatch *m);

// Right sides. A term as a class; 0 if it is nothing.
u32 match_term(MatchGraph *g, RuleMatch *m, const Node *n);
// The lets of terms, in order; false if one is nothing. Before any match_term.
bool match_lets(MatchGraph *g, RuleMatch *m);
// An op with its operands, not made: false if one of them is nothing.
bool match_op(MatchGraph *g, RuleMatch *m, const Node *n, MatchArg *args);
// An expression, with what the match binds.
EvVal match_expr(MatchGraph *g, RuleMatch *m, const Node *n);

#endif
