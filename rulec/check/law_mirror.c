// Law 3(a): a rule whose right side is its left, commuted or bracketed
// otherwise, however it is dressed up. Both sides are flattened (every op on
// two operands of the type it gives, whether or not it is associative) and
// sorted, `sym`, `@`, `let` and `def` resolved; if they are the same then, the
// rule would give its own left back.
#include "rulec/check/laws.h"

static bool is_mirror(const LawRule *r) {
  const RuleX *x = r->x;
  return !x->rule->is_remat && x->rhs_kind == RHS_TERM && x->nrhs == 1 &&
         term_flat(&r->t, x->lhs) == terms_right(&r->t, true);
}

static void say(Laws *l, const LawRule *r) {
  bool same = term_hash(&r->t, r->x->lhs) == terms_right(&r->t, false);
  u32 i = diag_add(l->d, E_LOOP, law_right_place(r),
                   "`%s`: the right side is the left %s%s", law_name(r),
                   same ? "itself, up to `sym`"
                        : "with its operands in another order, or bracketed "
                          "otherwise",
                   law_at(l, r));
  diag_note(l->d, i, law_place(law_decl(r), r->x->lhs->src),
            "the same ops on the same operands");
  diag_help(l->d, i,
            "leave it out: `sym` in an op's declaration commutes, rules that "
            "gather constants or cancel terms look through both orders");
}

void law_mirror(Laws *l) {
  for (u32 i = 0, n; i < l->n; i += n) {
    n = law_group(l, i);
    u32 k = i;
    while (k < i + n && !is_mirror(&l->at[k]))
      k++;
    if (k == i + n)
      continue;
    say(l, &l->at[k]);
    for (k = i; k < i + n; k++)
      l->at[k].refused = true;
  }
}
