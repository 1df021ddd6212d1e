// Which rules of lowering take the program's left side before the refuted one
// does: the program is run with these off. A rule goes before it if its arms do
// (rulec/test/choice.c), and matches if its pattern does, node by node, and its
// guards do not fail on the model's values.
#include "rulec/eval/eval.h"
#include "rulec/test/machine.h"
#include "rulec/verify/program.h"

enum { MOST = 32 };

typedef struct Match { // of another rule's left side with ours
  const Program *p;
  u32 n;
  const Var *vars[MOST]; // of that rule
  const Node *are[MOST]; // what they are here
} Match;

static const Node *bare(const Node *n) {
  while (n->kind == N_SINK || n->kind == N_ONCE)
    n = n->kids[0];
  return n;
}

static bool same(const Match *m, const Node *a, const Node *b) {
  u128 x, y;
  if (a == b || (a->kind == N_VAR && b->kind == N_VAR && a->var == b->var))
    return true;
  return a->kind != N_VAR && b->kind != N_VAR && program_model(m->p, a, &x) &&
         program_model(m->p, b, &y) && x == y;
}

static bool bind(Match *m, const Var *v, const Node *is) {
  for (u32 i = 0; i < m->n; i++)
    if (m->vars[i] == v)
      return same(m, m->are[i], is);
  if (m->n == MOST)
    return false;
  m->vars[m->n] = v;
  m->are[m->n++] = is;
  return true;
}

static bool is_constant(const Match *m, const Node *op) {
  const OpInst *o = &m->p->v->sema->ops[op->op];
  return op->nkids == 1 && !o->operands[0].is_value;
}

static bool matches(Match *m, const Node *other, const Node *ours) {
  u128 x, y;
  other = bare(other);
  ours = bare(ours);
  if (other->kind == N_VAR)
    return bind(m, other->var, ours);
  if (other->kind == N_WILD)
    return true;
  if (other->kind == N_CONST || other->kind == N_VALCONST ||
      (other->kind == N_OP && ours->kind == N_VALCONST)) {
    if (other->kind == N_OP) // (iconst k) of a literal
      return is_constant(m, other) && matches(m, other->kids[0], ours);
    return program_model(m->p, other, &x) && program_model(m->p, ours, &y) &&
           ours->kind != N_VAR && x == y;
  }
  if (other->kind != ours->kind || other->nkids != ours->nkids ||
      (other->kind == N_OP && other->op != ours->op) ||
      (other->kind == N_TERM && other->ref != ours->ref) ||
      (other->kind == N_CTOR && other->ctor != ours->ctor))
    return false;
  for (u32 i = 0; i < other->nkids; i++)
    if (!matches(m, other->kids[i], ours->kids[i]))
      return false;
  return !other->var || bind(m, other->var, ours);
}

static bool mentions_has(const Node *n) {
  bool is = n->kind == N_CALL && n->fn == BI_HAS;
  for (u32 i = 0; i < n->nkids && !is; i++)
    is = mentions_has(n->kids[i]);
  return is;
}

// False only if the guards of x are known to fail.
static bool may_hold(const Match *m, const RuleX *x) {
  const Program *p = m->p;
  EvBind *given = arena_array(p->v->arena, EvBind, m->n + 1);
  u32 n = 0;
  EvRule r;
  bool hold = true;
  for (u32 i = 0; i < x->nclauses; i++)
    if (mentions_has(x->clauses[i].e)) // --no-... of the head sees to it
      return false;
  for (u32 i = 0; i < m->n; i++) {
    const Node *is = m->are[i];
    const ModelValue *v = program_input(
        p, is->kind == N_VAR ? (const void *)is->var : (const void *)is);
    u128 num;
    if (v)
      given[n].val = model_evaluated(v);
    else if (program_model(p, is, &num))
      given[n].val = (EvVal){
          .state = EV_VALUE, .sort = m->vars[i]->sort, .bits = wide(num)};
    else
      continue;
    given[n].val.sort = m->vars[i]->sort;
    given[n++].key = m->vars[i];
  }
  rule_begin(&r, p->v->sema, x, p->v->arena, 1);
  return !rule_assign(&r, given, n) || rule_clauses(&r, &hold) == EV_NO || hold;
}

static void off(Text *t, const RuleX *x) {
  const char *name = x->rule->decl->name.s;
  char *word = arena_printf(t->arena, " --disable-rule=%s", name);
  const char *at = t->n ? strstr(text_str(t), word) : NULL;
  if (!at || (at[strlen(word)] != ' ' && at[strlen(word)]))
    text_add(t, "%s", word);
}

const char *program_off(Program *p) {
  const Node *lhs = p->x->lhs;
  Text t = {.arena = p->v->arena};
  LowChoice *c = arena_new(p->v->arena, LowChoice);
  choice_begin(c, p->v->sema, p->v->arena);
  const LowArms *arms =
      lhs->kind == N_OP ? choice_op(c, lhs->op) : choice_term(c, lhs->ref);
  for (u32 k = 0; k < arms->n && arms->at[k]->rule != p->x->rule; k++) {
    Match m = {.p = p};
    if (matches(&m, arms->at[k]->lhs, lhs) && may_hold(&m, arms->at[k]))
      off(&t, arms->at[k]);
  }
  return t.n ? text_str(&t) : "";
}
