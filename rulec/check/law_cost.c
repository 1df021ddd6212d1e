// Law 1: the right side costs no more than the left, at every type; at equal
// cost it must be smaller in the measure of law 3.
//
// Both sides are charged by the cost table, each distinct term once, variables
// nothing: a variable is a value that exists. One after `@` is its pattern, on
// either side, so that keeping it is charged to the right as it was to the
// left.
#include "rulec/check/laws.h"

static const char *bill(Laws *l, const LawRule *r, bool right) {
  Text t = {.arena = l->arena};
  Side side = right ? side_right(&r->t, &t) : side_left(&r->t, &t);
  const char *sum = text_str(&t);
  return arena_printf(l->arena, "%u%s%s", side.cost, *sum ? " = " : "", sum);
}

static void say_dearer(Laws *l, const LawRule *r) {
  u32 i = diag_add(l->d, E_COST, law_right_place(r),
                   "`%s`: the right side costs more than the left%s: %s",
                   law_name(r), law_at(l, r), bill(l, r, true));
  diag_note(l->d, i, law_place(law_decl(r), r->x->lhs->src),
            "the left costs %s", bill(l, r, false));
  diag_help(l->d, i,
            "turn the rule round, restrict it to the types where it pays, or "
            "set a `cost` that tells the truth");
}

// The engine puts one op of the skeleton in another's place only if that costs
// less (mid/egraph/skeleton.c).
static bool needs_cheaper(const LawRule *r) {
  return r->x->rule->is_skeleton && r->x->rhs_kind == RHS_TERM;
}

static void say_equal(Laws *l, const LawRule *r) {
  const bool cheaper = needs_cheaper(r);
  u32 i = diag_add(
      l->d, E_ORDER, law_right_place(r), "`%s`%s: both sides cost %u%s, and %s",
      law_name(r), cheaper ? " never fires" : "", r->right.cost, law_at(l, r),
      cheaper ? "an op of the skeleton gives way to a cheaper one only"
              : "the right is no smaller: ops, then codes, count by their "
                "order of declaration");
  diag_note(l->d, i, law_place(law_decl(r), r->x->lhs->src),
            "the left costs %s", bill(l, r, false));
  diag_help(l->d, i, "%s",
            cheaper ? "leave it out, or set a `cost` of the ops that tells the "
                      "truth"
                    : "turn the rule round, so that every rule prefers the "
                      "same form");
}

// Whether this expansion obeys; says what is wrong otherwise.
static bool obeys(Laws *l, LawRule *r) {
  if (r->right.cost > r->left.cost) {
    r->refused = !law_allows(r, "E-COST");
    say_dearer(l, r);
    return false;
  }
  if (r->right.cost == r->left.cost &&
      (needs_cheaper(r) || measure_compare(l->s, &r->left, &r->right) >= 0)) {
    r->refused = !law_allows(r, "E-ORDER");
    say_equal(l, r);
    return false;
  }
  return true;
}

void law_cost(Laws *l) {
  for (u32 i = 0, n; i < l->n; i += n) {
    n = law_group(l, i);
    bool done = l->at[i].x->rule->is_remat || l->at[i].refused;
    for (u32 k = i; k < i + n && !done; k++)
      done = !obeys(l, &l->at[k]);
    for (u32 k = i; k < i + n && done; k++)
      l->at[k].refused |= l->at[i].refused;
  }
}
