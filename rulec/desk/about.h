// What can be said of a declaration: for hover and for the documentation.
#ifndef RULEC_DESK_ABOUT_H
#define RULEC_DESK_ABOUT_H

#include "rulec/sema/sema.h"

// Cost of the left side and of the right as law 1 counts them; the rules have
// no errors. False if the right is not a term of ops (lowering, remove, trap).
bool about_cost(const Sema *s, const RuleX *x, u32 *left, u32 *right);
// "iadd.i32 6 -> 3, iadd.i64 6 -> 3": variant 0 at each parameter, equal ones
// together. Nothing for lowering.
void about_costs(Text *t, const Sema *s, const Rule *r);
const Rule *about_rule(const Sema *s, const Decl *d); // null if unsound
const OpDecl *about_op(const Sema *s, const Decl *d);
const InstDecl *about_inst(const Sema *s, const Decl *d);
// What a variable is, at each of the declaration's expansions: "a value of i32,
// a value of i64".
void about_var(Text *t, const Sema *s, const Decl *d, const char *name);
// The declaration's text as written, without the blank lines around it.
void about_source(Text *t, const Decl *d);
// One line: traits, cost, opcodes.
void about_traits(Text *t, const Sema *s, const OpDecl *op);

#endif
