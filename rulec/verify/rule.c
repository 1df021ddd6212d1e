// Mid-end rules, skeleton rules. The left side is the op of the program, with
// its traps and its memory; the right side runs from the same memory. A value's
// pattern is evaluated in place, so `x @ pat` is what the pattern gives.
//
// Where a guard, a `let` or an immediate of the right gives nothing, there is
// no match and nothing to prove. Where an op's meaning would (after its traps),
// the claim fails: `op` obligations show that it cannot.
#include "rulec/verify/rule.h"

// --- refinement -----------------------------------------------------

static SmtTerm byte_of(Smt *m, SmtTerm x, u32 i) {
  return i * 8 + 8 <= x.bits ? smt_extract(m, i * 8 + 7, i * 8, x)
                             : smt_num(m, 0, 8);
}

// Equal memories. One write each of the same bytes to the same place is enough:
// said as well, so that the solver need not look into arrays.
static SmtTerm same_memory(Smt *m, const SmtRun *a, const SmtRun *b) {
  SmtTerm equal = smt_eq(m, a->mem, b->mem);
  const SmtWrite *x = &a->write, *y = &b->write;
  if (a->nwrites != 1 || b->nwrites != 1 || x->before.s != y->before.s ||
      x->most != y->most || smt_is_true(equal))
    return equal;
  SmtTerm same = smt_eq(m, x->stopped, y->stopped);
  same = smt_and(m, same, smt_eq(m, x->region, y->region));
  same = smt_and(m, same, smt_eq(m, x->p, y->p));
  same = smt_and(m, same, smt_eq(m, x->n, y->n));
  for (u32 i = 0; i < x->most; i++) {
    SmtTerm written = smt_cmp(m, "bvult", smt_num(m, i, 64), x->n);
    SmtTerm his = byte_of(m, y->x, i), mine = byte_of(m, x->x, i);
    SmtTerm byte = smt_eq(m, mine, his);
    same = smt_and(m, same, smt_implies(m, written, byte));
  }
  return m->alike ? same : smt_or(m, same, equal);
}

SmtTerm rule_refines(Smt *m, const SmtRun *left, const SmtRun *right,
                     const SmtVal *a, const SmtVal *b) {
  SmtTerm same = smt_eq(m, left->trapped, right->trapped);
  same = smt_and(m, same, same_memory(m, left, right));
  SmtTerm code = smt_eq(m, left->code, right->code);
  same = smt_and(m, same, smt_implies(m, left->trapped, code));
  SmtTerm goes = smt_eq(m, left->ended, right->ended);
  SmtTerm where = smt_eq(m, left->target, right->target);
  goes = smt_and(m, goes, smt_implies(m, left->ended, where));
  if (a)
    goes =
        smt_and(m, goes,
                smt_or(m, left->ended,
                       a->f ? smt_same(m, *a, *b) : smt_allows(m, *a, b->v)));
  same = smt_and(m, same, smt_or(m, left->trapped, goes));
  same = smt_and(m, same, smt_and(m, right->ok, right->valid));
  return smt_implies(m, smt_and(m, left->ok, left->valid), same);
}

// --- sides ----------------------------------------------------------

// Unknown values for what the pattern binds to something outside it.
static void bind_pattern(Smt *m, SmtEnv *env, const Node *n) {
  if (n->kind == N_VAR && !smt_lookup(env, n->var)) {
    SmtVal x = smt_input(m, n->var->name, n->var->sort);
    smt_bind(m, env, n->var, x);
    vec_push(m->arena, &m->trace,
             ((SmtTrace){n->var->name, "input", x, n->var, NULL}));
  }
  for (u32 i = 0; i < n->nkids; i++)
    bind_pattern(m, env, n->kids[i]);
}

void rule_note_lists(Smt *m, const SmtEnv *env, const Node *n) {
  const SmtVal *x = n->kind == N_VAR ? smt_lookup(env, n->var) : NULL;
  if (x && n->sort.kind == SORT_TARGETS) {
    Sort sort = {.kind = SORT_BV, .bits = 32};
    SmtVal len = smt_val(sort, smt_fun(m, SMT_BV, 32, "len", 1, &x->v));
    const char *what = arena_printf(m->arena, "len(%s)", n->var->name);
    vec_push(m->arena, &m->trace, ((SmtTrace){what, "input", len, NULL, n}));
  }
  for (u32 i = 0; i < n->nkids; i++)
    rule_note_lists(m, env, n->kids[i]);
}

SmtTerm rule_guards(Smt *m, SmtEnv *env, SmtRun *right, const RuleX *x) {
  SmtTerm all = smt_bool(true);
  for (u32 i = 0; i < x->nclauses; i++) {
    const ClauseInfo *c = &x->clauses[i];
    bool term = c->let && c->let->kind == VAR_LET_TERM;
    if (term && !right)
      continue;
    m->side = term ? "right" : NULL;
    SmtVal v = smt_expr(m, env, right, c->e);
    all = smt_and(m, all, v.ok);
    if (!c->let) {
      all = smt_and(m, all, v.v);
      continue;
    }
    smt_bind(m, env, c->let, v);
    if (!term)
      vec_push(m->arena, &m->trace,
               ((SmtTrace){c->let->name, "guard", v, c->let, NULL}));
  }
  return all;
}

// What must be for the right side to be made: false is no match.
static SmtTerm right_side(Smt *m, SmtEnv *env, SmtRun *run, const RuleX *x,
                          SmtVal *result) {
  SmtTerm ok = smt_bool(true);
  *result = (SmtVal){.ok = ok};
  m->side = "right";
  switch ((RhsKind)x->rhs_kind) {
  case RHS_TERM:
  case RHS_VALUES:
    for (u32 i = 0; i < x->nrhs; i++) {
      *result = smt_expr(m, env, run, x->rhs[i]);
      ok = smt_and(m, ok, result->ok);
    }
    if (x->nrhs > 1)
      smt_fail(m, "several results");
    return ok;
  case RHS_REMOVE: return ok;
  case RHS_STMTS:
    for (u32 i = 0; i < x->nstmts; i++) {
      if (x->stmts[i].kind != SX_EFFECT)
        smt_fail(m, "a statement that is no op");
      ok = smt_and(m, ok, smt_expr(m, env, run, x->stmts[i].e).ok);
    }
    return ok;
  case RHS_TRAP: {
    SmtTerm code = x->trap ? smt_num(m, smt_trap_number(x->trap), 32)
                           : smt_lookup(env, x->trap_var)->v;
    smt_trap(m, run, ok, code);
    return ok;
  }
  }
  return ok;
}

static void note(Smt *m, const char *what, Sort sort, SmtTerm v) {
  vec_push(m->arena, &m->trace,
           ((SmtTrace){what, "outcome", smt_val(sort, v), NULL, NULL}));
}

// What the two sides came to, for a model.
void rule_note_outcome(Smt *m, const SmtRun *a, const SmtRun *b,
                       const SmtVal *x, const SmtVal *y) {
  Sort truth = {.kind = SORT_BOOL}, code = {.kind = SORT_TRAP};
  Sort target = {.kind = SORT_TARGET};
  if (!smt_is_false(a->trapped) || !smt_is_false(b->trapped)) {
    note(m, "left traps", truth, a->trapped);
    note(m, "left trap code", code, a->code);
    note(m, "right traps", truth, b->trapped);
    note(m, "right trap code", code, b->code);
  }
  if (!smt_is_false(a->ended) || !smt_is_false(b->ended)) {
    note(m, "left goes to", target, a->target);
    note(m, "right goes to", target, b->target);
  }
  if (a->mem.s != b->mem.s)
    note(m, "same memory", truth, smt_eq(m, a->mem, b->mem));
  if (!smt_is_true(b->valid))
    note(m, "right is well-formed", truth, b->valid);
  if (x) {
    note(m, "left", x->sort, x->v);
    note(m, "right", y->sort, y->v);
  }
}

static SmtTerm claim_rule(Smt *m, const Obligation *o) {
  const RuleX *x = o->x;
  SmtEnv env = {0};
  SmtRun left, right;
  SmtTerm mem = smt_memory(m, "memory");
  smt_run_init(m, &left, mem, true);
  smt_run_init(m, &right, mem, false);
  bind_pattern(m, &env, x->lhs);
  m->side = "left";
  SmtVal a = smt_expr(m, &env, &left, x->lhs), b;
  SmtTerm when = rule_guards(m, &env, &right, x);
  when = smt_and(m, when, right_side(m, &env, &right, x, &b));
  when = smt_and(m, when, a.ok);
  bool gives = m->s->ops[x->lhs->op].type != VT_NONE;
  if (gives && x->rhs_kind == RHS_TRAP)
    b = smt_sorry(m, a.sort);
  if (gives && !b.v.s && !b.f) {
    smt_fail(m, "the right gives no result");
    return smt_bool(false);
  }
  rule_note_lists(m, &env, x->lhs);
  rule_note_outcome(m, &left, &right, gives ? &a : NULL, &b);
  return smt_implies(m, when,
                     rule_refines(m, &left, &right, gives ? &a : NULL, &b));
}

void rule_obligations(const Sema *s, Obligations *out) {
  const RuleX *last = NULL;
  u32 same = 0;
  for (u32 i = 0; i < s->nrulexs; i++) {
    const RuleX *x = &s->rulexs[i];
    if (x->rule->is_remat ||
        (last && last->rule == x->rule && last->expansion == x->expansion))
      continue; // variants follow from the symmetries
    same = last && last->rule == x->rule && strcmp(last->at, x->at) == 0
               ? same + 1
               : 0;
    Obligation o = {.kind = x->rule->is_skeleton ? "skeleton" : "rule",
                    .name = x->rule->decl->name.s,
                    .at = x->at,
                    .decl = x->rule->decl,
                    .claim = claim_rule,
                    .x = x};
    if (same)
      o.at = arena_printf(out->arena, "%s #%u", x->at, same + 1);
    obligation_add(out, o);
    last = x;
  }
}
