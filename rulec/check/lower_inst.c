// Features: an instruction that needs some is reached only under a guard that
// asks for them. One that has a form for every processor needs none.
#include "rulec/check/lower.h"

typedef struct Asked { // features of the guards
  u32 n;
  const char *at[16];
} Asked;

static void ask(Asked *a, const Node *n) {
  if (n->kind == N_BINARY && n->fn == BIN_ANDAND) {
    ask(a, n->kids[0]);
    ask(a, n->kids[1]);
  } else if (n->kind == N_LET) {
    ask(a, n->kids[1]);
  } else if (n->kind == N_CALL && n->fn == BI_HAS && a->n < 16) {
    a->at[a->n++] = n->text;
  }
}

static bool asked(const Asked *a, const char *feature) {
  for (u32 k = 0; k < a->n; k++)
    if (!strcmp(a->at[k], feature))
      return true;
  return false;
}

// The first of a list that is not asked for, or null.
static const char *lacks(const Asked *a, u32 n, const char *const *needs) {
  for (u32 k = 0; k < n; k++)
    if (!asked(a, needs[k]))
      return needs[k];
  return NULL;
}

// What the form that wants least lacks; null if one form can be had.
static const char *missing(const Asked *a, const InstX *x) {
  const char *first = lacks(a, x->nneeds, x->needs);
  for (u32 k = 0; k < x->nforms; k++) {
    const FormInfo *f = &x->forms[k];
    const char *lack = lacks(a, f->nneeds, f->needs);
    if (!lack)
      return lacks(a, x->nneeds, x->needs);
    first = lack; // the last form is the plainest
  }
  return first;
}

typedef struct InstCheck {
  LowerCheck *c;
  const RuleX *x;
  Asked asked;
} InstCheck;

static void judge(void *to, const Node *n) {
  const InstCheck *ic = to;
  if (n->kind != N_INST)
    return;
  const InstX *x = &ic->c->s->insts[n->ref];
  const char *lack = missing(&ic->asked, x);
  if (!lack)
    return;
  const Decl *rule = ic->x->rule->decl;
  const u32 d =
      diag_add(ic->c->d, E_NEEDS, n->src ? n->src->loc : rule->name.loc,
               "%s needs %s, and no guard of `%s` asks for it", x->text, lack,
               rule->name.s);
  diag_note(ic->c->d, d, x->base->decl->name.loc, "the instruction");
  diag_help(ic->c->d, d, "if has(%s)", lack);
}

void lower_check_insts(LowerCheck *c, const RuleX *x) {
  InstCheck ic = {.c = c, .x = x};
  for (u32 k = 0; k < x->nclauses; k++)
    if (!x->clauses[k].let)
      ask(&ic.asked, x->clauses[k].e);
  lower_visit_right(x, &ic, judge);
}
