// Whether each part of a guard decides something: `&&` is cut through functions
// and `let`s, each part judged among all the others, each side of a `||` among
// all parts and the sides left of it.
#ifndef RULEC_VERIFY_PARTS_H
#define RULEC_VERIFY_PARTS_H

#include "rulec/verify/verify.h"

enum { MOST_ITEMS = 64 };

typedef struct Item { // a step of asking a rule's guards, in order
  const Expr *clause; // as written
  const Node *n;
  const Var *bind; // a `let`, of the rule or of a function; or null: a part
} Item;
// Those of x, at most MOST_ITEMS; terms that a `let` makes are left out.
u32 parts_of(const RuleX *x, Item *out);
// The sides of a part, at most MOST_ITEMS; 1: it is no `||`.
u32 sides_of(const Node *n, const Node **out);

typedef struct Part { // Obligation.more of a "guard"
  const Rule *rule;
  const Expr *clause, *src; // of the clause, of the part (or side)
  bool side;
} Part;

void obligations_parts(const Sema *s, Obligations *out);
static inline const RuleX *rulexs_of(const Sema *s, const Rule *r) {
  return r->decl->kind == DECL_LOWER ? s->lowerxs : s->rulexs;
}

// Values for which the part decides, found by the evaluator in about n rounds;
// null: none was found (parts_try.c).
const char *part_decides(const Sema *s, const Part *p, u32 n, Arena *a);
// Values for which it fails, whatever the others say. False: none was found.
bool part_fails(const Sema *s, const Part *p, u32 n);

#endif
