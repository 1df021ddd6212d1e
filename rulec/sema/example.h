// What examples of rewrites and of lowering share in typing.
#ifndef RULEC_SEMA_EXAMPLE_H
#define RULEC_SEMA_EXAMPLE_H

#include "rulec/sema/priv.h"

typedef struct Said { // `name{field = e}` on the left
  const Expr *name;
  FieldList fields;
} Said;
typedef VEC(Said) SaidVec;

// A copy of e with names in place of `name{...}`.
Expr *example_strip(Arena *a, const Expr *e, SaidVec *said);
// The example as a rule of its own. What stays gives RHS_REMOVE.
Decl *example_as_rule(Arena *a, const Decl *rule, const Example *x);
// What may be said of a leaf of that sort; SORT_NONE: nothing of this name.
Sort example_setting(Sort leaf, const char *field);

// --- lower_example.c
void low_example(Sema *s, const Rule *rule, ExampleInfo *out);

#endif
