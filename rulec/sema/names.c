// Names within one declaration: parameters differ, and so do operands and
// results together, and the fields of a constructor. Of two that are called
// alike, one could not be spoken of.
#include "rulec/sema/priv.h"

static void differ(Sema *s, const Name *names, u32 n) {
  for (u32 i = 0; i < n; i++)
    for (u32 j = 0; j < i; j++) {
      if (names[i].s != names[j].s || !*names[i].s || !strcmp(names[i].s, "_"))
        continue;
      u32 k = diag_add(s->diags, E_DUP, names[i].loc,
                       "two are called `%s` in one declaration", names[i].s);
      diag_note(s->diags, k, names[j].loc, "the other");
      diag_help(s->diags, k, "another name for one of them");
      break;
    }
}

// The declaration of that name before d, of its kind if there is one.
static const Decl *before(const Sema *s, const Decl *d) {
  const Decl *found = NULL;
  for (u32 i = 0; i < s->ast->n && s->ast->at[i] != d; i++) {
    const Decl *o = s->ast->at[i];
    bool rule = o->kind == DECL_RULE || o->kind == DECL_SKELETON ||
                o->kind == DECL_REMAT || o->kind == DECL_LOWER;
    if (o->name.s == d->name.s && !rule &&
        (!found || (o->kind == d->kind && found->kind != d->kind)))
      found = o;
  }
  return found;
}

void sema_twice(Sema *s, const Decl *d, const char *what) {
  u32 i = diag_add(s->diags, E_DUP, d->loc, "%s`%s` is declared twice", what,
                   d->name.s);
  const Decl *first = before(s, d);
  if (first)
    diag_note(s->diags, i, first->loc, "the first is here");
}

static void add(Name *names, u32 *n, const OperandList *l) {
  for (u32 i = 0; i < l->n; i++)
    names[(*n)++] = l->at[i].name;
}

static void operands_differ(Sema *s, const OperandList *a,
                            const OperandList *b) {
  Name *names = arena_array(s->arena, Name, a->n + b->n + 1);
  u32 n = 0;
  add(names, &n, a);
  add(names, &n, b);
  differ(s, names, n);
}

void sema_names(Sema *s) {
  static const OperandList none = {0};
  for (u32 i = 0; i < s->ast->n; i++) {
    const Decl *d = s->ast->at[i];
    Name *names = arena_array(s->arena, Name, d->params.n + 1);
    for (u32 k = 0; k < d->params.n; k++)
      names[k] = d->params.at[k].name;
    differ(s, names, d->params.n);
    operands_differ(s, &d->operands, &d->results);
    for (u32 k = 0; k < d->nctors; k++)
      operands_differ(s, &d->ctors[k].fields, &none);
    differ(s, d->lhs_results.at, d->lhs_results.n);
  }
}
