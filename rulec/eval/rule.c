// A rule on values: its variables drawn, its clauses asked, both sides run and
// compared.
#include "rulec/eval/priv.h"

static void note_numbers(EvSampler *m, const Node *n) {
  if (!n)
    return;
  if ((n->kind == N_CONST || n->kind == N_VALCONST) &&
      n->sort.kind != SORT_CODE && m->nnumbers < EV_MAX_NUMBERS)
    m->numbers[m->nnumbers++] = (u64)n->num;
  for (u32 i = 0; i < n->nkids; i++)
    note_numbers(m, n->kids[i]);
}

void rule_begin(EvRule *r, const Sema *s, const RuleX *x, Arena *a, u64 seed) {
  *r = (EvRule){.x = x, .sampler.state = eval_hash(seed, 0x72756c65)};
  eval_init(&r->e, s, a, seed);
  note_numbers(&r->sampler, x->lhs);
  for (u32 i = 0; i < x->nclauses; i++)
    note_numbers(&r->sampler, x->clauses[i].e);
}

// --- the left side's variables ----------------------------------------

// A data constructor in a pattern: its fields are flags and codes.
bool eval_can_draw(Sort s) {
  switch ((SortKind)s.kind) {
  case SORT_NONE:
  case SORT_AMODE:
  case SORT_SYMBOL:
  case SORT_SLOT:
  case SORT_LABEL:
  case SORT_DATA: return false;
  case SORT_VALUE: return s.bits != 0;
  default: return true;
  }
}

static EvVal draw_code(EvRule *r, Sort sort) {
  u32 n = r->e.s->codes[sort.decl].nmembers;
  return ev_bits(sort, wide(sample_draw(&r->sampler) % (n ? n : 1)));
}

static bool bind_fresh(EvRule *r, const Node *n) {
  const void *key = node_key(n);
  if (eval_key(&r->e, key))
    return true;
  if (n->sort.kind == SORT_CODE) {
    eval_bind_key(&r->e, key, draw_code(r, n->sort));
    return true;
  }
  if (!eval_can_draw(n->sort)) {
    eval_no(&r->e, "a variable of a sort that cannot be drawn");
    return false;
  }
  eval_bind_key(&r->e, key, sample_val(&r->sampler, r->e.arena, n->sort));
  return true;
}

static void draw_accesses(EvRule *r, const Node *n) {
  const OpInst *op = &r->e.s->ops[n->op];
  for (u32 i = 0; i < n->nkids && i < op->noperands; i++) {
    const Node *m = n->kids[i];
    bool drawn = m->kind == N_VAR || m->kind == N_WILD;
    if (op->operands[i].sort.kind != SORT_MEMARG || !drawn ||
        eval_key(&r->e, node_key(m)))
      continue;
    EvVal v = sample_val(&r->sampler, r->e.arena, m->sort);
    eval_make_access(r->e.s, op, v.mem);
    eval_bind_key(&r->e, node_key(m), v);
  }
}

// --- all of the left ----------------------------------------------------

static bool assign(EvRule *r, const Node *n, bool root) {
  if (n->kind == N_OP)
    draw_accesses(r, n);
  for (u32 i = 0; i < n->nkids; i++)
    if (!assign(r, n->kids[i], false))
      return false;
  if (n->kind == N_VAR || n->kind == N_WILD)
    return bind_fresh(r, n);
  bool named = n->var && (n->kind == N_OP || n->kind == N_VALCONST);
  if (!named || (root && n->sort.kind != SORT_VALUE))
    return true;
  EvVal v = eval_node(&r->e, n);
  if (!ev_ok(&v))
    return false;
  eval_bind(&r->e, n->var, v);
  return true;
}

bool rule_assign(EvRule *r, const EvBind *given, u32 ngiven) {
  u64 seed = sample_draw(&r->sampler);
  eval_reset(&r->e, seed);
  r->e.features = eval_hash(seed, 1);
  r->e.policy = (u8)(eval_hash(seed, 2) % 3);
  r->e.heap_size = eval_hash(seed, 3) & 1 ? 1 << 16 : ~(u64)0;
  r->e.fact = eval_fact_some;
  for (u32 i = 0; i < ngiven; i++)
    eval_bind_key(&r->e, given[i].key, given[i].val);
  return assign(r, r->x->lhs, true) && eval_accesses_valid(&r->e, r->x->lhs);
}

EvState rule_clauses(EvRule *r, bool *hold) {
  *hold = false;
  for (u32 i = 0; i < r->x->nclauses; i++) {
    const ClauseInfo *c = &r->x->clauses[i];
    EvVal v = eval_node(&r->e, c->e);
    if (v.state == EV_NO)
      return EV_NO;
    if (!ev_ok(&v) || (!c->let && !ev_true(&v)))
      return EV_VALUE;
    if (c->let)
      eval_bind(&r->e, c->let, v);
  }
  *hold = true;
  return EV_VALUE;
}

// --- both sides -------------------------------------------------------

// `_ = (op ..)` on the left: nobody wants a value of either side.
static EvOutcome wanted(const EvRule *r, EvOutcome o) {
  if (r->x->nresults && o.what == EO_VALUE)
    o.value = ev_none();
  return o;
}

EvOutcome rule_left(EvRule *r) {
  return wanted(r, eval_outcome(&r->e, r->x->lhs));
}

static EvOutcome trap_outcome(Eval *e, const char *name, const Var *v) {
  const EvVal *k = v ? eval_var(e, v) : NULL;
  if (!name && !k)
    return (EvOutcome){.what = EO_NO};
  return (EvOutcome){.what = EO_TRAP,
                     .trap = name ? eval_trap_code(name) : (u32)ev_u64(k)};
}

static EvOutcome values_outcome(Eval *e, const RuleX *x) {
  if (x->nrhs == 1)
    return eval_outcome(e, x->rhs[0]);
  EvVal *at = arena_array0(e->arena, EvVal, x->nrhs + 1);
  for (u32 i = 0; i < x->nrhs; i++) {
    at[i] = eval_node(e, x->rhs[i]);
    if (!ev_ok(&at[i]))
      return outcome_of(at[i]);
  }
  return outcome_of(ev_list(at, x->nrhs, (Sort){.kind = SORT_VALUES}));
}

static void rename_trap(const StmtX *st, EvOutcome *o) {
  for (u32 i = 0; i < st->nrenames && o->what == EO_TRAP; i++)
    if (eval_trap_code(st->renames[i].from) == o->trap) {
      o->trap = eval_trap_code(st->renames[i].to);
      return;
    }
}

static EvOutcome bind_results(Eval *e, const StmtX *st) {
  const Node *n = st->e;
  if (n->kind != N_INST || st->nvars < 2) {
    EvOutcome o = outcome_of(eval_node(e, n));
    if (o.what == EO_VALUE && st->nvars)
      eval_bind(e, st->vars[0], o.value);
    return o;
  }
  EvOutcome o = outcome_of(eval_inst_node(e, n));
  for (u32 i = 0; i < st->nvars && o.what == EO_VALUE; i++)
    eval_bind(e, st->vars[i], o.value.list.at[i]);
  return o;
}

static EvOutcome run_stmt(Eval *e, const StmtX *st) {
  EvVal c;
  EvOutcome o;
  switch ((StmtXKind)st->kind) {
  case SX_BIND: o = bind_results(e, st); break;
  case SX_EFFECT:
  case SX_VALUE: o = eval_run(e, st->e); break;
  case SX_TRAP:
    c = st->e ? eval_node(e, st->e) : ev_bool(true);
    o = !ev_ok(&c)    ? outcome_of(c)
        : ev_true(&c) ? trap_outcome(e, st->trap, st->trap_var)
                      : outcome_of(ev_none());
    break;
  }
  rename_trap(st, &o);
  return o;
}

static EvOutcome run_stmts(Eval *e, const RuleX *x) {
  EvOutcome o = outcome_of(ev_none());
  for (u32 i = 0; i < x->nstmts; i++) {
    o = run_stmt(e, &x->stmts[i]);
    if (o.what != EO_VALUE)
      return o;
    if (x->stmts[i].kind != SX_VALUE)
      o.value = ev_none();
  }
  return o;
}

static EvOutcome right_side(EvRule *r) {
  const RuleX *x = r->x;
  Eval *e = &r->e;
  switch ((RhsKind)x->rhs_kind) {
  case RHS_TERM:
  case RHS_VALUES: return values_outcome(e, x);
  case RHS_REMOVE: return outcome_of(ev_none());
  case RHS_TRAP: return trap_outcome(e, x->trap, x->trap_var);
  case RHS_STMTS: return eval_outcome_of_rule(e, x, run_stmts);
  }
  return (EvOutcome){.what = EO_NO};
}

static bool right_valid(EvRule *r) {
  const RuleX *x = r->x;
  bool valid = true;
  for (u32 i = 0; i < x->nclauses && valid; i++)
    if (x->clauses[i].let && x->clauses[i].let->kind == VAR_LET_TERM)
      valid = eval_accesses_valid(&r->e, x->clauses[i].e);
  for (u32 i = 0; i < x->nrhs && valid; i++)
    valid = eval_accesses_valid(&r->e, x->rhs[i]);
  for (u32 i = 0; i < x->nstmts && valid; i++)
    valid = !x->stmts[i].e || eval_accesses_valid(&r->e, x->stmts[i].e);
  return valid;
}

EvOutcome rule_right(EvRule *r) {
  EvOutcome o = wanted(r, right_side(r));
  bool made = o.what != EO_NO && o.what != EO_NOTHING;
  return made && !right_valid(r) ? (EvOutcome){.what = EO_INVALID} : o;
}

// --- rounds -----------------------------------------------------------

RuleRound rule_round(EvRule *r, const EvBind *given, u32 ngiven,
                     EvOutcome *left, EvOutcome *right) {
  bool hold;
  if (!rule_assign(r, given, ngiven))
    return r->e.why ? ROUND_LEFT_OUT : ROUND_MISSED;
  if (rule_clauses(r, &hold) == EV_NO)
    return ROUND_LEFT_OUT;
  if (!hold)
    return ROUND_MISSED;
  *left = rule_left(r);
  *right = rule_right(r);
  if (left->what == EO_NO || right->what == EO_NO)
    return ROUND_LEFT_OUT;
  if (left->what == EO_NOTHING || right->what == EO_NOTHING)
    return ROUND_MISSED;
  EvVerdict v = eval_allows(left, right);
  return v == EV_AGREE    ? ROUND_AGREED
         : v == EV_DIFFER ? ROUND_WRONG
                          : ROUND_UNSURE;
}

RuleRound rule_sample(EvRule *r, u32 want, u32 *agreed, EvOutcome *left,
                      EvOutcome *right) {
  RuleRound worst = ROUND_MISSED;
  *agreed = 0;
  for (u32 i = 0; i < want * 20 && *agreed < want; i++) {
    RuleRound o = rule_round(r, NULL, 0, left, right);
    *agreed += o == ROUND_AGREED;
    if (o == ROUND_WRONG || o == ROUND_LEFT_OUT)
      return o;
    if (o == ROUND_UNSURE && worst != ROUND_AGREED)
      worst = o;
    if (o == ROUND_AGREED)
      worst = o;
  }
  return worst;
}

// --- printing ---------------------------------------------------------

void rule_print_vars(Text *t, const EvRule *r) {
  u32 n = 0;
  for (u32 i = 0; i < r->x->nvars; i++) {
    const Var *v = r->x->vars[i];
    const EvVal *x = v && !v->wild ? eval_var(&r->e, v) : NULL;
    if (!x)
      continue;
    text_add(t, "%s%s=", n++ ? " " : "", v->name);
    ev_print(t, r->e.s, x);
  }
}

static void print_values(Text *t, EvRule *r, const Node *n) {
  for (u32 i = 0; i < n->nkids; i++)
    print_values(t, r, n->kids[i]);
  if (n->kind != N_OP && n->kind != N_INST && n->kind != N_RESULT &&
      n->kind != N_TERM && n->kind != N_AMODE && n->kind != N_CTOR)
    return;
  text_add(t, "    ");
  node_print(t, r->e.s, n);
  text_add(t, " = ");
  EvOutcome o = eval_outcome(&r->e, n);
  outcome_print(t, r->e.s, &o);
  text_add(t, "\n");
}

void rule_print_values(Text *t, EvRule *r) {
  text_add(t, "  left:\n");
  print_values(t, r, r->x->lhs);
  text_add(t, "  right:\n");
  for (u32 i = 0; i < r->x->nrhs; i++)
    print_values(t, r, r->x->rhs[i]);
  for (u32 i = 0; i < r->x->nstmts; i++)
    if (r->x->stmts[i].e)
      print_values(t, r, r->x->stmts[i].e);
}
