// Typing of rules: what rule.c, pattern.c and term.c share.
//
// A left side admits several parameters, alternatives and types. They are found
// by replay: the typing runs again and again from the start and asks `choose`
// wherever there is more than one way; the answers of one run are a path in the
// tree of choices, and the next run takes the next path. A path that does not
// fit is dead, which is no error unless all are.
#ifndef RULEC_SEMA_RULE_H
#define RULEC_SEMA_RULE_H

#include "rulec/sema/priv.h"

enum { MOST_CHOICES = 64, MOST_RUNS = 20000, MOST_RULEXS = 1024 };

typedef struct RuleTyper {
  Typer t;
  Env env; // parameters that the left has bound so far
  Sema *s;
  const Decl *d;
  FoldLog log;
  u32 said; // diagnostic that rule_error added last, ~0u if none
  VEC(Var *) vars;
  u32 nvars;
  u32 pick[MOST_CHOICES], domain[MOST_CHOICES];
  u32 nchoices, at;
  bool dead; // this path does not fit; why is in dead_*
  Loc dead_loc;
  const char *dead_text;
  bool dead_width; // because of a constant wider than its type
} RuleTyper;

u32 choose(RuleTyper *r, u32 n);
Node *rule_error(RuleTyper *r, Loc loc, DiagCode code, const char *fmt, ...)
    BASE_PRINTF(4, 5);
// What to write instead of what rule_error has just said.
void rule_help(RuleTyper *r, const char *fmt, ...) BASE_PRINTF(2, 3);
Node *rule_dead(RuleTyper *r, Loc loc, const char *fmt, ...) BASE_PRINTF(3, 4);
Var *rule_var(RuleTyper *r, VarKind k, Name name, Sort sort);
Var *rule_find_var(const RuleTyper *r, const char *name);
void rule_bind_const(RuleTyper *r, const char *name, Node *n);

// --- rule.c: one rule's paths ----------------------------------
void rule_reset(RuleTyper *r);
const Decl *rule_expand_defs(RuleTyper *r, const Decl *d); // without defs
// One path into x, variants apart. False if it is dead or wrong.
bool rule_path(RuleTyper *r, RuleX *x);
bool rule_next_path(RuleTyper *r); // false after the last

// --- variant.c -------------------------------------------------
typedef VEC(RuleX) RuleXVec;
// Adds x and what the symmetries of its ops make of it to v, leaving out what
// is there from `from` on up to renaming.
void rule_variants(RuleTyper *r, RuleXVec *v, u32 from, const RuleX *x);

// --- pattern.c -------------------------------------------------
typedef struct Head { // `icmp.C.swap(D)`: the op and the parameters given
  const OpDecl *op;
  u32 n;
  HeadParam given[MAX_PARAMS];
} Head;
// False (with an error) if the term's head names no op or too many parameters.
bool rule_head(RuleTyper *r, const Expr *e, Head *h);
// Whether a given parameter (null: left out) admits arg in this environment.
// 2 if it would bind a new name.
int head_admits(RuleTyper *r, const Head *h, u32 i, ParamArg arg);
bool is_op_term(const Sema *s, const Expr *e);
// A copy of e with the bodies of the defs that it calls in place.
Expr *def_expand(RuleTyper *r, const Expr *e);
bool is_int_for_float(const Expr *e, Sort want);
Node *pattern_root(RuleTyper *r, const Expr *e);

// --- term.c ----------------------------------------------------
// A term of the right side; want is SORT_VALUE (type VT_NONE: any), or
// SORT_NONE for an op without a result.
Node *rule_term(RuleTyper *r, const Expr *e, Sort want);

#endif
