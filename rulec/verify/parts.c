// The question is asked over all expansions of a rule, and the wanted answer is
// "sat": somewhere the parts before it hold, it does not, and no part after it
// fails (one that gives nothing there may be what it keeps away). A side of a
// `||` decides where it holds, those left of it do not, and all parts hold.
//
// Nothing is asked of what the typing folds to false at some parameters: that
// is how one writes a rule for several types.
#include "rulec/verify/parts.h"
#include "rulec/verify/fires.h"
#include "rulec/verify/rule.h"

// --- cutting ----------------------------------------------------------

static void cut(const Expr *clause, const Node *n, Item *out, u32 *k) {
  if (*k == MOST_ITEMS)
    return;
  if (n->kind == N_LET) {
    out[(*k)++] = (Item){clause, n->kids[0], n->var};
    cut(clause, n->kids[1], out, k);
  } else if (n->kind == N_BINARY && n->fn == BIN_ANDAND) {
    cut(clause, n->kids[0], out, k);
    cut(clause, n->kids[1], out, k);
  } else {
    out[(*k)++] = (Item){clause, n, NULL};
  }
}

u32 parts_of(const RuleX *x, Item *out) {
  u32 k = 0;
  for (u32 i = 0; i < x->nclauses; i++) {
    const ClauseInfo *c = &x->clauses[i];
    if (!c->let)
      cut(c->src, c->e, out, &k);
    else if (c->let->kind != VAR_LET_TERM && k < MOST_ITEMS)
      out[k++] = (Item){c->src, c->e, c->let};
  }
  return k;
}

static void cut_sides(const Node *n, const Node **out, u32 *k) {
  bool is = n->kind == N_BINARY && n->fn == BIN_OROR;
  for (u32 i = 0; is && i < 2; i++)
    cut_sides(n->kids[i], out, k);
  if (!is && *k < MOST_ITEMS)
    out[(*k)++] = n;
}

u32 sides_of(const Node *n, const Node **out) {
  u32 k = 0;
  cut_sides(n, out, &k);
  return k;
}

// --- the claim ----------------------------------------------------------

static SmtTerm holds(Smt *m, const Item *i, const SmtVal *v) {
  return i->bind ? v->ok : smt_and(m, v->ok, v->v);
}

// What stands behind the k-th does not fail.
static SmtTerm after(Smt *m, const Item *at, const SmtVal *v, u32 k, u32 n) {
  SmtTerm all = smt_bool(true);
  for (u32 i = k + 1; i < n; i++)
    if (!at[i].bind)
      all = smt_and(m, all, smt_implies(m, v[i].ok, v[i].v));
  return all;
}

static SmtTerm all_hold(Smt *m, const Item *at, const SmtVal *v, u32 n) {
  SmtTerm all = smt_bool(true);
  for (u32 i = 0; i < n; i++)
    all = smt_and(m, all, holds(m, &at[i], &v[i]));
  return all;
}

// Some side called so, which stands behind sides that do not hold, does.
static SmtTerm side_decides(Smt *m, SmtEnv *env, const Part *p, const Node *n) {
  const Node *at[MOST_ITEMS];
  u32 k = sides_of(n, at);
  SmtTerm some = smt_bool(false), before = smt_bool(true);
  for (u32 i = 0; i < k; i++) {
    SmtVal v = smt_expr(m, env, NULL, at[i]);
    if (at[i]->src == p->src)
      some = smt_or(m, some, smt_and(m, before, smt_and(m, v.ok, v.v)));
    before = smt_and(m, before, smt_and(m, v.ok, smt_not(m, v.v)));
  }
  return some;
}

static SmtTerm decides(Smt *m, const RuleX *x, u32 which, const Part *p) {
  SmtEnv env = {0};
  Item at[MOST_ITEMS];
  SmtVal v[MOST_ITEMS];
  SmtTerm side[MOST_ITEMS], some = smt_bool(false);
  SmtTerm left = fires_left(m, &env, x, which);
  u32 n = parts_of(x, at);
  for (u32 i = 0; i < n; i++) {
    bool asked = !at[i].bind && at[i].clause == p->clause;
    side[i] =
        asked && p->side ? side_decides(m, &env, p, at[i].n) : smt_bool(false);
    v[i] = smt_expr(m, &env, NULL, at[i].n);
    if (at[i].bind)
      smt_bind(m, &env, at[i].bind, v[i]);
  }
  for (u32 i = 0; i < n; i++) {
    SmtTerm here = smt_and(m, side[i], all_hold(m, at, v, n));
    if (!p->side && !at[i].bind && at[i].clause == p->clause &&
        at[i].n->src == p->src)
      here = smt_and(m, all_hold(m, at, v, i),
                     smt_and(m, smt_not(m, holds(m, &at[i], &v[i])),
                             after(m, at, v, i, n)));
    some = smt_or(m, some, here);
  }
  return smt_and(m, left, some);
}

static SmtTerm claim_part(Smt *m, const Obligation *o) {
  const Part *p = o->more;
  const Rule *r = p->rule;
  const RuleX *all = rulexs_of(m->s, r);
  SmtTerm some = smt_bool(false);
  u32 last = ~0u;
  m->side = NULL;
  for (u32 i = r->first; i < r->first + r->count; i++) {
    if (all[i].expansion != last) // variants ask the same
      some = smt_or(m, some, decides(m, &all[i], i - r->first, p));
    last = all[i].expansion;
  }
  return smt_not(m, some);
}

// --- the list -------------------------------------------------------------

typedef VEC(Part) Parts;

static void add_part(Arena *a, Parts *v, Part p) {
  for (u32 i = 0; i < v->n; i++)
    if (v->at[i].clause == p.clause && v->at[i].src == p.src &&
        v->at[i].side == p.side)
      return;
  vec_push(a, v, p);
}

static void gather(Arena *a, Parts *v, const Rule *r, const RuleX *x) {
  Item at[MOST_ITEMS];
  const Node *sides[MOST_ITEMS];
  u32 n = parts_of(x, at);
  for (u32 i = 0; i < n; i++) {
    if (at[i].bind)
      continue;
    add_part(a, v, (Part){r, at[i].clause, at[i].n->src, false});
    u32 k = sides_of(at[i].n, sides);
    for (u32 j = 0; k > 1 && j < k; j++)
      add_part(a, v, (Part){r, at[i].clause, sides[j]->src, true});
  }
}

// A part that is false at some parameters decides there; a side that is true
// at some as well.
static bool folds(const Sema *s, const Part *p) {
  u8 seen = 0;
  for (u32 i = 0; i < s->nfolds; i++)
    if (s->folds[i].rule == p->rule->decl && s->folds[i].e == p->src)
      seen |= s->folds[i].seen;
  return seen & (p->side ? FOLD_TRUE : FOLD_FALSE);
}

static void add(const Sema *s, Obligations *out, const Rule *r) {
  Parts v = {0};
  const RuleX *all = rulexs_of(s, r);
  for (u32 i = r->first; i < r->first + r->count; i++)
    gather(out->arena, &v, r, &all[i]);
  for (u32 i = 0; i < v.n; i++) {
    Part *p = arena_new(out->arena, Part);
    *p = v.at[i];
    if (!p->src || !p->clause || folds(s, p))
      continue;
    obligation_add(
        out, (Obligation){.kind = "guard",
                          .name = r->decl->name.s,
                          .at = arena_printf(out->arena, " #%u", i + 1),
                          .decl = r->decl,
                          .claim = claim_part,
                          .wants_sat = true,
                          .finds = p->side ? W_GUARD_DEAD : W_GUARD_IMPLIED,
                          .more = p});
  }
}

void obligations_parts(const Sema *s, Obligations *out) {
  for (u32 i = 0; i < s->nrules; i++)
    if (!s->rules[i].is_remat)
      add(s, out, &s->rules[i]);
  for (u32 i = 0; i < s->nlowers; i++)
    add(s, out, &s->lowers[i]);
}
