// What the two files of lowering's resolution share.
#ifndef RULEC_SEMA_LOWER_H
#define RULEC_SEMA_LOWER_H

#include "rulec/sema/priv.h"

enum { LOW_MAX_VARS = 128, LOW_MAX_LETS = 16, LOW_MAX_ALTS = 6 };
typedef struct LowTyper { // one rule at one choice of parameters
  Sema *s;
  const Env *env;
  const Node *root;        // the left side
  Var *vars[LOW_MAX_VARS]; // in sight, by index
  u32 nvars;
  const char *let_names[LOW_MAX_LETS]; // `let` of expressions: stand in line
  Node *lets[LOW_MAX_LETS];
  u32 nlets;
  FoldLog *log;
  u32 alts;     // which side of each `(a | b)`, a bit each, in order
  bool quiet;   // say nothing: the next parameters may do
  bool example; // numbers have to be said, `(shared x)` may be
  bool failed;
} LowTyper;

void sema_lower(Sema *s); // after instructions
// An example written as a rule (no clauses; RHS_REMOVE: no right side), at its
// parameters. Without variants.
RuleX *low_example_xs(Sema *s, Rule *as_rule, u32 *n);

Var *low_new_var(LowTyper *t, VarKind kind, Name name, Sort sort);
// --- lower_rhs.c
Node *low_type_expr(LowTyper *t, const Expr *e, Sort want); // plain expressions
bool low_right_side(LowTyper *t, const Decl *d, RuleX *x);

#endif
