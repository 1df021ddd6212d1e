// What follows from conditions that hold: ranges of terms, and which of two
// terms is smaller. From it, what a further expression can be, and whether it
// can give nothing (docs/checks.md).
//
// A term is any expression that cannot be looked into further (a variable, a
// field of a memarg, a fact of a class), or any other one that a condition
// spoke of. Everything here errs to the side of "unknown": when tables are full
// or fuel is out, nothing more is concluded.
#ifndef RULEC_CHECK_KNOWN_H
#define RULEC_CHECK_KNOWN_H

#include "rulec/check/range.h"

typedef enum None { // does an expression give nothing?
  NONE_NO,
  NONE_PERHAPS,
  NONE_ALWAYS
} None;
typedef struct Val {
  Range r; // of its value where it has one
  u8 none; // None
} Val;

enum { MOST_FACTS = 40, MOST_RELS = 24, MOST_LET_DEFS = 128, MOST_DEEP = 200 };
enum { REL_LT = 1, REL_EQ = 2, REL_GT = 4, REL_ANY = 7 };

typedef struct Lets { // variables that stand for expressions
  u32 n, depth;       // depth: of the evaluation that runs
  const Var *var[MOST_LET_DEFS];
  const Node *def[MOST_LET_DEFS];
} Lets;
typedef struct Rel { // a against b: as unsigned u, as signed s
  const Node *a, *b;
  u8 u, s;
} Rel;
typedef struct Fact {
  const Node *n;
  Range r;
} Fact;
typedef struct Known {
  const Sema *s;
  Lets *lets; // shared by copies: a variable is bound once
  u32 *fuel;  // shared: nodes that may still be looked at
  bool never; // what was assumed contradicts itself
  u32 n;
  Fact at[MOST_FACTS];
  u32 nrels;
  Rel rel[MOST_RELS];
} Known;

void known_init(Known *k, const Sema *s, Lets *lets, u32 *fuel);
// What n is, given what is known.
Val known_eval(const Known *k, const Node *n);
// Takes into account that n is `want`, which implies that it is defined.
void known_assume(Known *k, const Node *n, bool want);
// That n gives something.
void known_defined(Known *k, const Node *n);
// That n lies in r.
void known_refine(Known *k, const Node *n, Range r);
void known_let(const Known *k, const Var *var, const Node *def);
// The expression behind variables of `let`.
const Node *known_canon(const Known *k, const Node *n);
u32 known_width(const Sema *s, const Node *n); // 0: not tracked
// How two terms stand to each other.
void known_rel(const Known *k, const Node *a, const Node *b, u8 *u, u8 *s);
// What the comparison n gives by relations alone: -1 unknown, else 0 or 1.
int known_compare(const Known *k, const Node *n);
void known_add_rel(Known *k, const Node *a, const Node *b, u8 u, u8 s);
bool node_is_partial(const Node *n); // may itself give nothing
// Takes into account what an expansion's guards and lets of immediates say.
void known_rule(Known *k, const RuleX *x);
// What they say of n; bits 0: it is not tracked, or they contradict each
// other.
Range known_in_rule(const Sema *s, const RuleX *x, const Node *n);

#endif
