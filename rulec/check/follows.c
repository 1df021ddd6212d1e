// Whether the guard of one rule follows from the guard of another that it is
// laid upon: each of its conjuncts is among the other's, holds for the
// constants that the other's left has in place of variables, or follows by
// ranges and known bits (known.h). Where it takes more to see that: no.
#include "rulec/check/known.h"
#include "rulec/check/laws.h"

static bool holds(const ConjunctVec *v, u64 h) {
  for (u32 i = 0; i < v->n; i++)
    if (v->at[i].hash == h)
      return true;
  return h == hash_true();
}

static void assume(Known *k, const RuleX *x) {
  for (u32 i = 0; i < x->nclauses; i++) {
    const ClauseInfo *c = &x->clauses[i];
    if (!c->let) {
      known_assume(k, c->e, true);
    } else if (c->let->kind == VAR_LET_IMM) {
      known_defined(k, c->e);
      known_let(k, c->let, c->e);
    }
  }
}

// b's variables are what they lie upon.
static void identify(const Known *k, const RuleTerms *b) {
  for (u32 i = 0; i < b->x->nvars; i++)
    if (b->on[i] && b->x->vars[i])
      known_let(k, b->x->vars[i], b->on[i]);
  for (u32 i = 0; i < b->x->nclauses; i++)
    if (b->x->clauses[i].let && b->x->clauses[i].let->kind == VAR_LET_IMM)
      known_let(k, b->x->clauses[i].let, b->x->clauses[i].e);
}

bool guard_among(const ConjunctVec *have, const ConjunctVec *want) {
  for (u32 i = 0; i < want->n; i++)
    if (!holds(have, want->at[i].hash))
      return false;
  return true;
}

static bool asks_facts(const Node *n) {
  bool asks = n->kind == N_CALL && n->fn >= BI_ZEROS && n->fn <= BI_ISCONST;
  for (u32 i = 0; i < n->nkids && !asks; i++)
    asks = asks_facts(n->kids[i]);
  return asks;
}

// A rule that must ask for facts of a value does not stand for one that sees a
// constant: it is found later and costs more.
bool guard_follows(const Laws *l, const LawRule *a, const ConjunctVec *have,
                   const RuleTerms *b, const ConjunctVec *want) {
  Known k;
  Lets lets = {0};
  u32 fuel = 2000;
  known_init(&k, l->s, &lets, &fuel);
  assume(&k, a->x);
  identify(&k, b);
  for (u32 i = 0; i < want->n; i++) {
    u128 one = 0;
    if (holds(have, want->at[i].hash))
      continue;
    if (asks_facts(want->at[i].n))
      return false;
    Val v = known_eval(&k, want->at[i].n);
    if (v.none != NONE_NO || !range_is(&v.r, &one) || !one)
      return false;
  }
  return true;
}
