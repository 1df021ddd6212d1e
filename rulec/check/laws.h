// What the files of the four laws share: every rule's expansions with their
// terms and sides, made once.
#ifndef RULEC_CHECK_LAWS_H
#define RULEC_CHECK_LAWS_H

#include "rulec/check/check.h"
#include "rulec/check/lay.h"
#include "rulec/check/measure.h"

typedef struct LawRule { // a rule at its parameters, as written (no variant)
  const RuleX *x;
  RuleTerms t;
  Side left, right;
  bool falls;   // law 3(b): cannot take part in an endless rewriting
  bool refused; // said so already: by law 1, or as its own mirror image
} LawRule;

typedef struct Laws {
  const Sema *s;
  Diags *d;
  Arena *arena; // gone when the checks are done
  u32 n;
  LawRule *at; // grouped by rule, in order of the files
  LeftIndex *lefts;
} Laws;

// The expansions of the rule that starts at l->at[i]: how many.
u32 law_group(const Laws *l, u32 i);

const Decl *law_decl(const LawRule *r);
// Not built in beside an author's (Sema.first_own): what is wrong with several
// rules is said of such a one.
bool law_is_own(const Laws *l, const Rule *r);
const char *law_name(const LawRule *r);
// " at T=i32", or "" for a rule without parameters.
const char *law_at(const Laws *l, const LawRule *r);
// Where e stands, if that is inside d (not in a def or fn); else d's name.
Loc law_place(const Decl *d, const Expr *e);
// Where the right side begins, as far as it has a place.
Loc law_right_place(const LawRule *r);
bool law_allows(const LawRule *r, const char *code);

// The laws, in the order in which they run; each says what it finds in d.
void law_mirror(Laws *l); // 3(a): E-LOOP
void law_cost(Laws *l);   // 1: E-COST, E-ORDER
void law_drop(Laws *l);   // 2: E-DROP
void law_twice(Laws *l);  // 4: E-TWICE
void law_cycle(Laws *l);  // 3(c): E-CYCLE
void law_grow(Laws *l);   // 3(d): E-GROW
void law_same(Laws *l);   // E-SAME, E-INSTANCE, E-SHADOW
void law_parts(Laws *l);  // W-PART

// Of b, laid upon a term of a's left (lay.h): are b's conjuncts, `want`, among
// those of a, `have`; do they follow from them (follows.c)?
bool guard_among(const ConjunctVec *have, const ConjunctVec *want);
bool guard_follows(const Laws *l, const LawRule *a, const ConjunctVec *have,
                   const RuleTerms *b, const ConjunctVec *want);

#endif
