// What is to be proved: one claim per rule and parameters, per symmetry, per
// pair of a code's maps, per op. A claim is a Bool term that must hold whatever
// the unknowns are, under the assertions that the script makes.
#ifndef RULEC_VERIFY_OBLIGATION_H
#define RULEC_VERIFY_OBLIGATION_H

#include "rulec/verify/smt.h"

typedef struct Obligation Obligation;
struct Obligation {
  const char *kind; // "rule", "skeleton", "sym", "code", "op", ...
  const char *name; // of the declaration: what --rule GLOB is matched with
  const char *at;   // " T=i64", "" if there are no parameters
  const Decl *decl;
  SmtTerm (*claim)(Smt *m, const Obligation *o);
  const RuleX *x;   // rules
  const OpInst *op; // ops, symmetries
  u32 code, member; // maps of codes
  u32 width;
  u32 fact;           // index into op->facts
  const char *reason; // `bounded` is allowed, and why; null: it is not
  const char *only;   // all that a proof of it proves: then it is `bounded`
  bool wants_sat;     // the claim is that its negation has a model
  DiagCode finds;     // then: what it is called if that has none
  const void *more;   // of whoever made it
};
typedef struct Obligations {
  Arena *arena;
  u32 n, cap;
  Obligation *at;
} Obligations;
void obligation_add(Obligations *v, Obligation o);

// Everything that can be proved, in order of declaration.
void obligations_mid(const Sema *s, Obligations *out);

// A member's predicate over arguments of these sorts; null if it cannot be
// typed so.
const Node *code_predicate(const Sema *s, u32 code, u32 member, Var **args,
                           u32 nargs);

// The operands of a code's predicates, in a claim about its maps.
typedef struct CodeArgs {
  Var vars[4], *at[4];
  u32 n;
} CodeArgs;
void code_args(CodeArgs *a, const Sema *s, const Obligation *o);

#endif
