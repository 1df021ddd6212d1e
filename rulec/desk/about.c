// What hover and the page say of a declaration beyond its text: costs as law 1
// counts them, what a variable is at each expansion, an op's traits. Sorts and
// costs that repeat over the expansions are said once.
#include "rulec/desk/about.h"
#include "rulec/check/measure.h"

bool about_cost(const Sema *s, const RuleX *x, u32 *left, u32 *right) {
  if (x->rule->decl->kind == DECL_LOWER || x->rule->is_remat)
    return false;
  RuleTerms t;
  terms_init(&t, s->arena, s, x);
  *left = side_left(&t, NULL).cost;
  *right = side_right(&t, NULL).cost;
  return true;
}

void about_costs(Text *t, const Sema *s, const Rule *r) {
  u32 last_left = ~0u, last_right = ~0u;
  bool any = false;
  if (r->decl->kind == DECL_LOWER) // its expansions are others
    return;
  for (u32 i = r->first; i < r->first + r->count; i++) {
    const RuleX *x = &s->rulexs[i];
    u32 left, right;
    if (x->variant || !about_cost(s, x, &left, &right))
      continue;
    if (left == last_left && right == last_right) {
      if (*x->at)
        text_add(t, ",%s", x->at);
      continue;
    }
    text_add(t, "%s%u \xe2\x86\x92 %u", any ? "; " : "", left, right);
    if (*x->at)
      text_add(t, " at%s", x->at);
    last_left = left;
    last_right = right;
    any = true;
  }
}

const Rule *about_rule(const Sema *s, const Decl *d) {
  bool lower = d->kind == DECL_LOWER;
  u32 n = lower ? s->nlowers : s->nrules;
  for (u32 i = 0; i < n; i++)
    if ((lower ? s->lowers : s->rules)[i].decl == d)
      return &(lower ? s->lowers : s->rules)[i];
  return NULL;
}

const OpDecl *about_op(const Sema *s, const Decl *d) {
  for (u32 i = 0; i < s->nopdecls; i++)
    if (s->opdecls[i].decl == d)
      return &s->opdecls[i];
  return NULL;
}

const InstDecl *about_inst(const Sema *s, const Decl *d) {
  for (u32 i = 0; i < s->ninstdecls; i++)
    if (s->instdecls[i].decl == d)
      return &s->instdecls[i];
  return NULL;
}

// --- variables ----------------------------------------------------------

typedef struct Sorts { // distinct ones, as text
  const char *at[8];
  u32 n;
  bool more;
} Sorts;

static void add_sort(Sorts *v, const Sema *s, const Var *x) {
  Text t = {.arena = s->arena};
  sort_print(&t, s, x->sort);
  if (x->kind == VAR_LET_TERM)
    text_add(&t, " (made once)");
  const char *text = text_str(&t);
  for (u32 i = 0; i < v->n; i++)
    if (!strcmp(v->at[i], text))
      return;
  if (v->n < 8)
    v->at[v->n++] = text;
  else
    v->more = true;
}

static void add_vars(Sorts *v, const Sema *s, Var **vars, u32 n,
                     const char *name) {
  for (u32 i = 0; i < n; i++)
    if (vars[i] && vars[i]->name && !strcmp(vars[i]->name, name))
      add_sort(v, s, vars[i]);
}

static void rule_vars(Sorts *v, const Sema *s, const Rule *r,
                      const char *name) {
  const RuleX *all = r->decl->kind == DECL_LOWER ? s->lowerxs : s->rulexs;
  for (u32 i = r->first; i < r->first + r->count; i++)
    add_vars(v, s, all[i].vars, all[i].nvars, name);
}

void about_var(Text *t, const Sema *s, const Decl *d, const char *name) {
  Sorts v = {.n = 0};
  const Rule *r = about_rule(s, d);
  const OpDecl *op = about_op(s, d);
  const InstDecl *inst = about_inst(s, d);
  if (r)
    rule_vars(&v, s, r, name);
  for (u32 i = 0; op && !op->unsound && i < op->count; i++)
    add_vars(&v, s, s->ops[op->first + i].vars, s->ops[op->first + i].nvars,
             name);
  for (u32 i = 0; inst && !inst->unsound && i < inst->count; i++) {
    const InstX *x = &s->insts[inst->first + i];
    if (x->vars)
      add_vars(&v, s, x->vars, x->noperands + x->nresults, name);
  }
  for (u32 i = 0; i < v.n; i++)
    text_add(t, "%s%s", i ? ", " : "", v.at[i]);
  if (v.more)
    text_add(t, ", ...");
}

void about_source(Text *t, const Decl *d) {
  text_put(t, d->whole.src->text + d->whole.at, d->whole.len);
}

void about_traits(Text *t, const Sema *s, const OpDecl *op) {
  const Decl *d = op->decl;
  static const char *const words[] = {"pure",      "constant", "ends a block",
                                      "structure", "effects",  "front"};
  bool has[] = {d->pure && !d->pure_when, d->floats, d->ends, d->structure,
                d->effects_all,           d->front};
  bool any = false;
  for (u32 i = 0; i < 6; i++)
    if (has[i]) {
      text_add(t, "%s%s", any ? ", " : "", words[i]);
      any = true;
    }
  text_add(t, "%scost %u", any ? ", " : "", d->cost);
  if (op->count > 1 && !op->unsound)
    text_add(t, ", %u opcodes: %s \xe2\x80\xa6 %s", op->count,
             s->ops[op->first].text, s->ops[op->first + op->count - 1].text);
}
