// A part of a left side that another rule always replaces: when the value above
// it is made, its operand is what that rule gave, so the pattern never sees it.
//
//   W-PART      a rule that subsumes fits a part of the left, its guard implied
//
// A warning: at the depth limit, with that rule switched off, or where what it
// gives costs more than what stood there, the part may be seen after all. The
// lowering rules are not asked: they see functions that no rule has touched.
#include "rulec/check/laws.h"

typedef struct Search {
  Laws *l;
  const LawRule *a; // the rule whose left is looked through
  ConjunctVec guards;
  const Rule *by;
} Search;

static bool note_laid(void *user, const RuleTerms *b) {
  Search *m = user;
  ConjunctVec guards = {0};
  if (!b->x->subsume || b->x->rule->is_skeleton || b->x->rule->is_remat)
    return true;
  terms_guards(b, &guards);
  if (guard_among(&m->guards, &guards) ||
      guard_follows(m->l, m->a, &m->guards, b, &guards))
    m->by = b->x->rule;
  return !m->by;
}

// The innermost such part of n, n itself included; null if there is none.
static const Node *find_part(Search *m, const Node *n) {
  for (u32 i = 0; i < n->nkids; i++) {
    const Node *part = find_part(m, n->kids[i]);
    if (part)
      return part;
  }
  if (n->kind != N_OP || is_const_term(m->l->s, n))
    return NULL;
  (void)left_lookup(m->l->lefts, &m->a->t, n, note_laid, m);
  return m->by ? n : NULL;
}

static const Node *find(Search *m, const LawRule *a) {
  const Node *left = a->x->lhs, *part = NULL;
  m->a = a;
  m->by = NULL;
  m->guards.n = 0;
  terms_guards(&a->t, &m->guards);
  for (u32 i = 0; i < left->nkids && !part; i++)
    part = find_part(m, left->kids[i]);
  return part;
}

static void say(Laws *l, const LawRule *a, const Node *part, const Rule *by) {
  u32 i = diag_add(l->d, W_PART, law_place(law_decl(a), part->src),
                   "`%s` hardly ever fires: `%s` replaces this part of its "
                   "left side as soon as it is made",
                   law_name(a), by->decl->name.s);
  diag_note(l->d, i, by->decl->loc, "this one subsumes");
  if (law_is_own(l, a->x->rule))
    diag_help(l->d, i, "write the pattern with what `%s` makes of it",
              by->decl->name.s);
  else
    diag_help(l->d, i,
              "it is built in; when yours is too, it can go: --disable-rule=%s "
              "leaves it out now",
              a->x->rule->decl->name.s);
}

// Said of a rule if it holds at every type it admits.
void law_parts(Laws *l) {
  Search m = {.l = l};
  for (u32 i = 0, n; i < l->n; i += n) {
    n = law_group(l, i);
    const Node *first = find(&m, &l->at[i]), *part = first;
    const Rule *by = m.by;
    for (u32 k = i + 1; k < i + n && part; k++)
      part = find(&m, &l->at[k]);
    if (part)
      say(l, &l->at[i], first, by);
  }
}
