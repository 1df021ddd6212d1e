// The claim of a `lower` rule: on the left an op (with its traps, memory,
// control) or a helper term by its contract; on the right instructions. Where
// left and guard hold, what the right does is what the left allows, and the
// registers that it leaves keep their promise.
//
// Variants (commuted patterns) follow from the symmetries. A rule over a code
// that is known only when lowering (`one(f, c)`) is one claim for each member.
#include "rulec/verify/lower.h"
#include "rulec/verify/rule.h"

// --- the left side ------------------------------------------------------

// `fits_s(k, n)` among the conjuncts of the guards: there, k is its low n bits
// extended, and the solver need not find that.
static const Node *fits(const Node *n, const Var *v) {
  if (n->kind == N_BINARY && n->fn == BIN_ANDAND) {
    const Node *x = fits(n->kids[0], v);
    return x ? x : fits(n->kids[1], v);
  }
  bool is = n->kind == N_CALL && (n->fn == BI_FITS_S || n->fn == BI_FITS_U) &&
            n->kids[0]->kind == N_VAR && n->kids[0]->var == v;
  return is ? n : NULL;
}

static SmtVal narrowed(Smt *m, const RuleX *x, const Var *v, SmtVal k) {
  for (u32 i = 0; i < x->nclauses && v->sort.kind == SORT_BV; i++) {
    const Node *f = x->clauses[i].let ? NULL : fits(x->clauses[i].e, v);
    u32 n = f ? (u32)f->kids[1]->num : 0;
    if (n && n < k.v.bits)
      k.v = smt_resize(m, smt_extract(m, n - 1, 0, k.v), k.v.bits,
                       f->fn == BI_FITS_S);
  }
  return k;
}

static void bind_pattern(Smt *m, SmtEnv *env, const Obligation *o,
                         const Node *n) {
  if (n->kind == N_VAR && !smt_lookup(env, n->var)) {
    const Var *v = n->var;
    SmtVal x = v->sort.kind == SORT_CODE
                   ? smt_val(v->sort, smt_num(m, o->member, 8))
                   : smt_input(m, v->name, v->sort);
    x = narrowed(m, o->x, v, x);
    SmtTrace line = {v->name, "input", x, v, NULL};
    vec_push(m->arena, &m->trace, line);
    smt_bind(m, env, v, x);
  }
  for (u32 i = 0; i < n->nkids; i++)
    bind_pattern(m, env, o, n->kids[i]);
}

// --- the right side -----------------------------------------------------

static void trap_stmt(Smt *m, SmtEnv *env, SmtRun *run, const StmtX *st) {
  SmtVal c = smt_val((Sort){.kind = SORT_BOOL}, smt_bool(true));
  if (st->e)
    c = smt_expr(m, env, run, st->e);
  SmtTerm code = st->trap ? smt_num(m, smt_trap_number(st->trap), 32)
                          : smt_lookup(env, st->trap_var)->v;
  smt_trap(m, run, c.v, code);
}

static void bind_stmt(Smt *m, SmtEnv *env, SmtRun *run, const StmtX *st) {
  if (st->e->kind == N_INST) {
    machine_results(m, env, run, st->e, st->nvars, st->vars);
    return;
  }
  SmtVal v = smt_expr(m, env, run, st->e);
  if (st->nvars)
    smt_bind(m, env, st->vars[0], v);
}

static SmtTerm statements(Smt *m, SmtEnv *env, SmtRun *run, const RuleX *x,
                          SmtVal *result) {
  Machine *k = m->user;
  SmtTerm ok = smt_bool(true);
  for (u32 i = 0; i < x->nstmts; i++) {
    const StmtX *st = &x->stmts[i];
    k->stmt = st;
    if (st->kind == SX_BIND) {
      bind_stmt(m, env, run, st);
    } else if (st->kind == SX_TRAP) {
      trap_stmt(m, env, run, st);
    } else {
      *result = smt_expr(m, env, run, st->e);
      ok = smt_and(m, ok, result->ok);
    }
    k->stmt = NULL;
  }
  return ok;
}

static SmtTerm right_side(Smt *m, SmtEnv *env, SmtRun *run, const RuleX *x,
                          SmtVal *result) {
  m->side = "right";
  *result = (SmtVal){.ok = smt_bool(true)};
  if (x->rhs_kind == RHS_STMTS)
    return statements(m, env, run, x, result);
  if (x->rhs_kind != RHS_TERM || x->nrhs != 1) {
    smt_fail(m, "a right side that is no term");
    return result->ok;
  }
  *result = smt_expr(m, env, run, x->rhs[0]);
  return result->ok;
}

// --- both -------------------------------------------------------------------

// Of `_ = (op ..)` nobody wants the result: what it traps and writes is left.
static bool gives(const Smt *m, const RuleX *x) {
  if (x->nresults)
    return false;
  return x->lhs->kind == N_TERM ? x->lhs->sort.kind != SORT_NONE
                                : m->s->ops[x->lhs->op].type != VT_NONE;
}

// The result as the left speaks of it; its register's promise is kept.
static SmtTerm result_holds(Smt *m, SmtVal *a, SmtVal *b) {
  Machine *k = m->user;
  SmtTerm same = smt_bool(true);
  if (a->sort.kind == SORT_AMODE) {
    SmtTerm host = smt_num(m, 1, 8);
    same =
        smt_eq(m, a->f ? a->f[MF_REGION] : host, b->f ? b->f[MF_REGION] : host);
    a->f = b->f = NULL;
    return same;
  }
  if (a->f || !b->v.s || a->v.kind == SMT_BOOL)
    return same;
  *b = machine_promised(m, *b);
  if (b->v.bits > a->v.bits)
    b->v = smt_resize(m, b->v, a->v.bits, false);
  else if (b->v.bits < a->v.bits)
    smt_fail(m, "a result narrower than what is asked for");
  return smt_and(m, same, k->obliged);
}

// What registers promise, an address's region.
static void note_also(Smt *m, SmtTerm also) {
  SmtTrace line = {"register and region are as promised", "outcome",
                   smt_val((Sort){.kind = SORT_BOOL}, also), NULL, NULL};
  if (!smt_is_true(also))
    vec_push(m->arena, &m->trace, line);
}

SmtTerm claim_lower(Smt *m, const Obligation *o) {
  const RuleX *x = o->x;
  Machine machine;
  SmtEnv env = {0};
  SmtRun left, right;
  SmtTerm mem = smt_memory(m, "memory");
  machine_begin(m, &machine);
  smt_run_init(m, &left, mem, true);
  smt_run_init(m, &right, mem, false);
  bind_pattern(m, &env, o, x->lhs);
  m->side = "left";
  SmtVal a = smt_expr(m, &env, &left, x->lhs), b;
  SmtTerm when = smt_and(m, rule_guards(m, &env, &right, x), a.ok);
  machine.obliged = smt_bool(true);
  when = smt_and(m, when, right_side(m, &env, &right, x, &b));
  m->user = &machine;
  bool value = gives(m, x);
  SmtTerm also = machine.obliged;
  if (value && !b.v.s && !b.f) {
    smt_fail(m, "the right gives no result");
    return smt_bool(false);
  }
  if (value)
    also = smt_and(m, also, result_holds(m, &a, &b));
  rule_note_lists(m, &env, x->lhs);
  rule_note_outcome(m, &left, &right, value ? &a : NULL, &b);
  note_also(m, also);
  SmtTerm claim = rule_refines(m, &left, &right, value ? &a : NULL, &b);
  SmtTerm excused = smt_or(m, left.trapped, smt_not(m, left.ok));
  excused = smt_or(m, excused, smt_not(m, left.valid));
  machine_end(m);
  return smt_implies(m, when, smt_and(m, claim, smt_or(m, excused, also)));
}

// --- the list -----------------------------------------------------------

static const Var *code_var(const Node *n) {
  if (n->kind == N_VAR && n->var->sort.kind == SORT_CODE)
    return n->var;
  for (u32 i = 0; i < n->nkids; i++) {
    const Var *v = code_var(n->kids[i]);
    if (v)
      return v;
  }
  return NULL;
}

const Var *lower_code(const RuleX *x) { return code_var(x->lhs); }

static void add_rule(const Sema *s, Obligations *out, Obligation o) {
  const Var *c = lower_code(o.x);
  const CodeInfo *code = c ? &s->codes[c->sort.decl] : NULL;
  const char *at = o.at;
  if (!c)
    obligation_add(out, o);
  for (u32 i = 0; c && i < code->nmembers; i++) {
    o.member = i;
    o.at = arena_printf(out->arena, "%s %s=%s", at, c->name, code->members[i]);
    obligation_add(out, o);
  }
}

static void rules(const Sema *s, Obligations *out) {
  const RuleX *last = NULL;
  u32 same = 0;
  for (u32 i = 0; i < s->nlowerxs; i++) {
    const RuleX *x = &s->lowerxs[i];
    if (last && last->rule == x->rule && last->expansion == x->expansion)
      continue;
    same = last && last->rule == x->rule && strcmp(last->at, x->at) == 0
               ? same + 1
               : 0;
    Obligation o = {.kind = "lower",
                    .name = x->rule->decl->name.s,
                    .at = x->at,
                    .decl = x->rule->decl,
                    .claim = claim_lower,
                    .x = x};
    if (same)
      o.at = arena_printf(out->arena, "%s #%u", x->at, same + 1);
    add_rule(s, out, o);
    last = x;
  }
}

static void seqs(const Sema *s, Obligations *out) {
  for (u32 i = 1; i < s->ninsts; i++) {
    const InstX *x = &s->insts[i];
    if (!x->base || x->base->unsound || !x->is_seq || !x->means)
      continue;
    Obligation o = {.kind = "seq",
                    .name = x->base->name,
                    .at = x->text + strlen(x->base->name),
                    .decl = x->base->decl,
                    .claim = claim_seq,
                    .more = x};
    if (seq_jumps_back(s, x))
      o.only = o.reason = "a jump back: one round, the rest by its contract";
    obligation_add(out, o);
  }
}

void obligations_lower(const Sema *s, Obligations *out) {
  seqs(s, out);
  rules(s, out);
}
