// Whether a guard lets anything through: what `rulec check` cannot decide by
// ranges and bits, the solver can. One claim a rule, over all its expansions,
// each with names of its own; the wanted answer is "sat". What a guard or a
// `let` makes nothing of does not fire either.
#include "rulec/verify/fires.h"
#include "rulec/verify/parts.h"
#include "rulec/verify/rule.h"

static void bind_pattern(Smt *m, SmtEnv *env, const Node *n, u32 which) {
  if (n->kind == N_VAR && !smt_lookup(env, n->var)) {
    const char *name = arena_printf(m->arena, "%s#%u", n->var->name, which);
    SmtVal x = smt_input(m, name, n->var->sort);
    smt_bind(m, env, n->var, x);
  }
  for (u32 i = 0; i < n->nkids; i++)
    bind_pattern(m, env, n->kids[i], which);
}

// `v @ (...)` in a pattern of lowering.
static void bind_names(Smt *m, SmtEnv *env, const Node *n) {
  if (n->var && !smt_lookup(env, n->var))
    smt_bind(m, env, n->var, smt_sorry(m, n->var->sort));
  for (u32 i = 0; i < n->nkids; i++)
    bind_names(m, env, n->kids[i]);
}

// The left is asked only where it tells of names or of accesses: the meanings
// of the rest (floats) would be in the way.
static bool says_more(const Node *n) {
  bool more = n->sort.kind == SORT_MEMARG || (n->kind == N_OP && n->var);
  for (u32 i = 0; i < n->nkids && !more; i++)
    more = says_more(n->kids[i]);
  return more;
}

SmtTerm fires_left(Smt *m, SmtEnv *env, const RuleX *x, u32 which) {
  const bool lower = x->rule->decl->kind == DECL_LOWER;
  SmtRun left;
  smt_run_init(m, &left, smt_memory(m, "memory"), true);
  bind_pattern(m, env, x->lhs, which);
  if (lower || !says_more(x->lhs))
    bind_names(m, env, x->lhs);
  else
    (void)smt_expr(m, env, &left, x->lhs);
  return left.valid;
}

static SmtTerm lets_through(Smt *m, const RuleX *x, u32 which) {
  SmtEnv env = {0};
  SmtTerm left = fires_left(m, &env, x, which);
  return smt_and(m, left, rule_guards(m, &env, NULL, x));
}

// False where it fires: sat is the answer that is wanted.
static SmtTerm claim_fires(Smt *m, const Obligation *o) {
  const Rule *r = o->more;
  const RuleX *all = rulexs_of(m->s, r);
  SmtTerm some = smt_bool(false);
  u32 last = ~0u;
  for (u32 i = r->first; i < r->first + r->count; i++) {
    if (all[i].expansion != last) // variants ask the same
      some = smt_or(m, some, lets_through(m, &all[i], i - r->first));
    last = all[i].expansion;
  }
  return smt_not(m, some);
}

static void add(Obligations *out, const Rule *r, const RuleX *all) {
  u32 asked = 0;
  for (u32 i = r->first; i < r->first + r->count; i++)
    asked += all[i].nclauses > 0;
  if (asked && asked == r->count)
    obligation_add(out, (Obligation){.kind = "fires",
                                     .name = r->decl->name.s,
                                     .at = "",
                                     .decl = r->decl,
                                     .claim = claim_fires,
                                     .wants_sat = true,
                                     .finds = E_GUARD_FALSE,
                                     .more = r});
}

void obligations_fires(const Sema *s, Obligations *out) {
  for (u32 i = 0; i < sema_nrules(s); i++)
    if (!sema_rule(s, i)->is_remat)
      add(out, sema_rule(s, i), i < s->nrules ? s->rulexs : s->lowerxs);
}
