// The four laws and their kin, on all rules of the mid-end at once.
#include "rulec/check/laws.h"

u32 law_group(const Laws *l, u32 i) {
  u32 n = 1;
  while (i + n < l->n && l->at[i + n].x->rule == l->at[i].x->rule)
    n++;
  return n;
}

const Decl *law_decl(const LawRule *r) { return r->x->rule->decl; }

bool law_is_own(const Laws *l, const Rule *r) {
  return r->decl->loc.src->index >= l->s->first_own;
}

const char *law_name(const LawRule *r) { return law_decl(r)->name.s; }

const char *law_at(const Laws *l, const LawRule *r) {
  return *r->x->at ? arena_printf(l->arena, " at%s", r->x->at) : "";
}

Loc law_place(const Decl *d, const Expr *e) {
  if (!e || e->loc.src != d->whole.src || e->loc.at < d->whole.at ||
      e->loc.at >= d->whole.at + d->whole.len)
    return d->loc;
  return e->loc;
}

Loc law_right_place(const LawRule *r) {
  const RuleX *x = r->x;
  const Node *n = x->nrhs ? x->rhs[0] : x->nstmts ? x->stmts[0].e : NULL;
  return law_place(law_decl(r), n ? n->src : NULL);
}

bool law_allows(const LawRule *r, const char *code) {
  const Decl *d = law_decl(r);
  for (u32 i = 0; i < d->nallows; i++)
    if (strcmp(d->allows[i].code.s, code) == 0)
      return true;
  return false;
}

static bool is_same_expansion(const RuleX *a, const RuleX *b) {
  return a->rule == b->rule && a->expansion == b->expansion;
}

static void prepare(Laws *l) {
  const Sema *s = l->s;
  l->at = arena_array0(l->arena, LawRule, s->nrulexs + 1);
  for (u32 i = 0; i < s->nrulexs; i++) {
    const RuleX *x = &s->rulexs[i];
    if (l->n && is_same_expansion(l->at[l->n - 1].x, x))
      continue; // a variant
    LawRule *r = &l->at[l->n++];
    r->x = x;
    terms_init(&r->t, l->arena, s, x);
    r->left = side_left(&r->t, NULL);
    r->right = side_right(&r->t, NULL);
    r->falls = x->rule->is_remat || rule_falls(&r->t, &r->left, &r->right);
  }
}

void check_laws(const Sema *s, Diags *d) {
  Arena a = {0};
  Laws l = {.s = s, .d = d, .arena = &a};
  prepare(&l);
  l.lefts = left_index(&a, s);
  law_mirror(&l);
  law_cost(&l);
  law_drop(&l);
  law_twice(&l);
  law_cycle(&l);
  law_same(&l);
  law_parts(&l);
  law_grow(&l);
  left_index_free(l.lefts);
  arena_free(&a);
}
