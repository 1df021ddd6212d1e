// Terms that use each other without end.
//
// A rule of a term may use terms on its right. If these lead back to it, each
// such use must take proper parts of what the rule took: value by value the
// same or an operand of it, and one an operand. Operands are defined before
// what uses them, so that ends. What the right side makes is no part.
#include "rulec/check/lower.h"

typedef struct TermUse {
  const RuleX *x;
  const Node *call;
  u32 from, to;
} TermUse;
typedef struct TermUses {
  LowerCheck *c;
  const RuleX *x;
  VEC(TermUse) all;
} TermUses;

static void note_use(void *to, const Node *n) {
  TermUses *u = to;
  if (n->kind == N_TERM)
    vec_push(u->c->s->arena, &u->all,
             ((TermUse){u->x, n, u->x->lhs->ref, n->ref}));
}

// --- which terms lead to which --------------------------------------

// reach[a * n + b]: a's rules lead to b.
static u8 *closure(const TermUses *u) {
  const u32 n = u->c->s->nterms;
  u8 *reach = arena_array0(u->c->s->arena, u8, n * n + 1);
  for (u32 i = 0; i < u->all.n; i++)
    reach[u->all.at[i].from * n + u->all.at[i].to] = 1;
  for (u32 k = 0; k < n; k++)
    for (u32 a = 0; a < n; a++)
      for (u32 b = 0; b < n && reach[a * n + k]; b++)
        reach[a * n + b] |= reach[k * n + b];
  return reach;
}

// --- parts ----------------------------------------------------------

static bool binds(const Node *n, const Var *v) {
  bool found = n->var == v;
  for (u32 i = 0; i < n->nkids && !found; i++)
    found = binds(n->kids[i], v);
  return found;
}

typedef enum Part { PART_NONE, PART_SAME, PART_PROPER } Part;

// What a value of a use is of the value that the rule took.
static Part part_of(const Node *arg, const Node *taken) {
  if (arg->kind != N_VAR || !binds(taken, arg->var))
    return PART_NONE;
  while (taken->kind == N_SINK || taken->kind == N_ONCE)
    taken = taken->kids[0];
  return taken->var == arg->var ? PART_SAME : PART_PROPER;
}

static const Node *value_of(const Node *term, u32 k) {
  for (u32 i = 0; i < term->nkids; i++)
    if (term->kids[i]->sort.kind == SORT_VALUE && k-- == 0)
      return term->kids[i];
  return NULL;
}

static bool gets_smaller(const TermUse *u) {
  bool proper = false;
  const Node *arg;
  for (u32 k = 0; (arg = value_of(u->call, k)); k++) {
    const Node *taken = value_of(u->x->lhs, k);
    const Part p = taken ? part_of(arg, taken) : PART_NONE;
    if (p == PART_NONE)
      return false;
    proper |= p == PART_PROPER;
  }
  return proper;
}

// --- all of them ----------------------------------------------------

static void say(const TermUses *u, const TermUse *t) {
  const Sema *s = u->c->s;
  const Name *rule = &t->x->rule->decl->name;
  const u32 i = diag_add(
      u->c->d, E_RECURSION, t->call->src ? t->call->src->loc : rule->loc,
      "`%s` may never end: %s leads back to %s with nothing smaller", rule->s,
      s->terms[t->to].name, s->terms[t->from].name);
  diag_note(u->c->d, i, s->terms[t->from].decl->name.loc, "the term");
  diag_help(u->c->d, i,
            "operands of what the pattern matched, in the same place; or a "
            "term that does not lead back");
}

void lower_check_terms(LowerCheck *c) {
  TermUses u = {.c = c};
  const u32 n = c->s->nterms;
  for (u32 k = 0; k < c->s->nlowerxs; k++) {
    u.x = &c->s->lowerxs[k];
    if (u.x->lhs->kind == N_TERM)
      lower_visit_right(u.x, &u, note_use);
  }
  const u8 *reach = closure(&u);
  for (u32 i = 0; i < u.all.n; i++) {
    const TermUse *t = &u.all.at[i];
    if (reach[t->to * n + t->from] && !gets_smaller(t))
      say(&u, t);
  }
}
