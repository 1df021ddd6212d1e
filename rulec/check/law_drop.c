// Law 2: a rule that forgets a value of its left side says `subsume`.
//
// All members of a class are available in the same places (docs/egraph.md): a
// right side that needs less than the left would be available earlier, and
// nothing would hold it below what the left waits for. With `subsume` the value
// is replaced, not joined.
//
// Values are leaves: variables and `_`; what stands after `@` counts as its
// pattern. Constants of the pattern are no values. A skeleton rule places its
// result at its op, so the law is silent there, but for an op that is pure at
// some immediates (`pure when`): its rules are used in the e-graph too.
#include "rulec/check/laws.h"

static bool is_subject(const Laws *l, const LawRule *r) {
  const RuleX *x = r->x;
  if (x->rule->is_remat || x->subsume)
    return false;
  if (!x->rule->is_skeleton)
    return true;
  return l->s->ops[x->lhs->op].pure_when &&
         (x->rhs_kind == RHS_TERM || x->rhs_kind == RHS_VALUES);
}

static const Expr *where_var(const Node *n, const Var *v) {
  if (n->kind == N_VAR && n->var == v)
    return n->src;
  for (u32 i = 0; i < n->nkids; i++) {
    const Expr *e = where_var(n->kids[i], v);
    if (e)
      return e;
  }
  return NULL;
}

static void say(Laws *l, const LawRule *r, const Expr *e, const char *what) {
  u32 i = diag_add(l->d, E_DROP, law_place(law_decl(r), e),
                   "`%s`: the right side does without %s of the left%s",
                   law_name(r), what, law_at(l, r));
  diag_note(l->d, i, law_right_place(r), "this needs less than the left does");
  diag_help(l->d, i, "=> subsume ..., or say the value on the right too");
}

static bool is_kept(const LawRule *r, u32 var) {
  return !r->left.vars[var] || r->right.vars[var] || r->t.def[var];
}

static bool obeys(Laws *l, const LawRule *r) {
  const RuleX *x = r->x;
  for (u32 i = 0; i < x->nvars; i++) {
    const Var *v = x->vars[i];
    if (!v || v->kind != VAR_VALUE || is_kept(r, i))
      continue;
    say(l, r, where_var(x->lhs, v), arena_printf(l->arena, "`%s`", v->name));
    return false;
  }
  for (u32 i = 0; i < r->t.wilds.n; i++) {
    const Node *n = r->t.wilds.at[i].node;
    bool value = n->sort.kind == SORT_VALUE || n->sort.kind == SORT_VALUES;
    if (!value || r->right.wilds[i])
      continue;
    say(l, r, n->src, "a value (`_`)");
    return false;
  }
  return true;
}

void law_drop(Laws *l) {
  for (u32 i = 0, n; i < l->n; i += n) {
    n = law_group(l, i);
    bool ok = true;
    for (u32 k = i; k < i + n && ok; k++)
      ok = !is_subject(l, &l->at[k]) || obeys(l, &l->at[k]);
  }
}
