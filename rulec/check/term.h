// A rule's two sides as the laws see them: names, `let`, `@`, the order of
// commutative operands and mirrored codes do not matter, only what is said.
//
// Everything is a 64-bit hash of its structure: two terms are the same if their
// hashes are. (A chance meeting among a million different ones is less likely
// than one in ten million, and would show as a message, not as wrong code.)
// Hashing instead of building keeps a chain of `let`s that doubles at each step
// as cheap as any.
//
// A variable is what it stands for: one after `@` its pattern, a `let` its
// expression or term. What the left binds otherwise is a number, by order of
// first occurrence; or, when a rule is laid upon another, the hash of what it
// is laid upon (same.c).
#ifndef RULEC_CHECK_TERM_H
#define RULEC_CHECK_TERM_H

#include "rulec/eval/eval.h"

typedef struct Wild { // each `_` is a value of its own
  const Node *node;
  u64 hash;
} Wild;

typedef struct RuleTerms {
  const Sema *s;
  const RuleX *x;
  Arena *arena;
  u64 *var;         // by Var.index: what it stands for; 0: not known
  const Node **def; // by Var.index: its pattern or term; null: a leaf
  u64 *flat;        // by Var.index: term_flat of its def, 0 until asked
  VEC(u32) defined; // Var.index of those with a def, each after what it uses
  const Node **on;  // by Var.index: the immediate it is laid upon, or, when a
                    // guard says `k == 8`, that number; or null
  bool *known;      // by Var.index: a number, bound in eval; or null
  Eval *eval;       // expressions of known variables alone are their value
  VEC(Wild) wilds;
  u32 next; // number of the next leaf
} RuleTerms;

// Numbers the variables of x's left side and gives its lets their meaning.
void terms_init(RuleTerms *t, Arena *a, const Sema *s, const RuleX *x);
// The same for the clauses only, when the left's variables are known already.
void terms_lets(RuleTerms *t);

// A value term, pattern or expression. Equal up to commutation, `sym`, and the
// direction in which a comparison of a guard is written.
u64 term_hash(const RuleTerms *t, const Node *n);
// The same after flattening every op on two operands of its own type: equal if
// one side is the other associated and commuted.
u64 term_flat(const RuleTerms *t, const Node *n);
// What the rule makes, all kinds of right sides; flat or not.
u64 terms_right(const RuleTerms *t, bool flat);

typedef VEC(u64) HashVec;
// The guards' conjuncts, `let`s in place.
typedef struct Conjunct {
  u64 hash;
  const Node *n;
} Conjunct;
typedef VEC(Conjunct) ConjunctVec;
u64 hash_true(void); // of a conjunct that is known to hold
void terms_guards(const RuleTerms *t, ConjunctVec *out);

// Calls fn for every term on x's right side, as written (statements too).
typedef void NodeFn(void *user, const Node *n);
void right_terms(const RuleX *x, NodeFn *fn, void *user);

// --- shape of a node --------------------------------------------------
// `(iconst k)`, `0`: an op that makes a constant of an immediate, or nullref.
bool is_const_term(const Sema *s, const Node *n);
// The immediate of one: N_CONST, N_VAR, ...; null for a literal (num has it).
const Node *const_imm(const Node *n);
// The least opcode of the op and its mirror image.
u32 op_least(const Sema *s, u32 op);
u16 op_cost(const Sema *s, u32 op);
static inline u64 hash_mix(u64 h, u64 x) {
  h = (h ^ x) * 0x9e3779b97f4a7c15u;
  h = (h ^ h >> 29) * 0xbf58476d1ce4e5b9u;
  return h ^ h >> 32;
}

#endif
