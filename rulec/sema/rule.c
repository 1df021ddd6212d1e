// Rules of the mid-end at their parameters: rule, skeleton, remat. Typed by
// replay (rule.h), then multiplied by the symmetries of the ops on the
// left; what is the same up to renaming stays once.
#include "rulec/sema/rule.h"

// --- one run --------------------------------------------------------

u32 choose(RuleTyper *r, u32 n) {
  if (n <= 1)
    return 0;
  if (r->at < r->nchoices)
    return r->pick[r->at++];
  if (r->nchoices == MOST_CHOICES) {
    rule_error(r, r->d->loc, E_SIZE, "more than %d choices on the left",
               MOST_CHOICES);
    return 0;
  }
  r->pick[r->nchoices] = 0;
  r->domain[r->nchoices++] = n;
  r->at = r->nchoices;
  return 0;
}

bool rule_next_path(RuleTyper *r) {
  while (r->nchoices &&
         ++r->pick[r->nchoices - 1] == r->domain[r->nchoices - 1])
    r->nchoices--;
  return r->nchoices > 0;
}

Node *rule_error(RuleTyper *r, Loc loc, DiagCode code, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  const char *text = arena_vprintf(r->s->arena, fmt, args);
  va_end(args);
  r->said = ~0u;
  if (!r->t.failed && !r->t.quiet)
    r->said = diag_add(r->s->diags, code, loc, "%s", text);
  r->t.failed = true;
  return NULL;
}

void rule_help(RuleTyper *r, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  const char *text = arena_vprintf(r->s->arena, fmt, args);
  va_end(args);
  diag_help(r->s->diags, r->said, "%s", text);
}

Node *rule_dead(RuleTyper *r, Loc loc, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  if (!r->dead_text) {
    r->dead_text = arena_vprintf(r->s->arena, fmt, args);
    r->dead_loc = loc;
  }
  va_end(args);
  r->dead = true;
  return NULL;
}

static void scope_put(RuleTyper *r, const char *name, Var *v, Node *n) {
  Scope *c = arena_new(r->s->arena, Scope);
  *c = (Scope){.up = r->t.scope, .name = name, .var = v, .node = n};
  r->t.scope = c;
}

Var *rule_var(RuleTyper *r, VarKind k, Name name, Sort sort) {
  Var *v = var_new(&r->t, k, name.s, sort, name.loc);
  scope_put(r, name.s, v, NULL);
  return v;
}

Var *rule_find_var(const RuleTyper *r, const char *name) {
  for (const Scope *c = r->t.scope; c; c = c->up)
    if (c->name == name)
      return c->var;
  return NULL;
}

void rule_bind_const(RuleTyper *r, const char *name, Node *n) {
  scope_put(r, name, NULL, n);
}

void rule_reset(RuleTyper *r) {
  r->env.n = 0;
  r->nvars = r->at = 0;
  r->dead = false;
  r->t =
      (Typer){.s = r->s, .env = &r->env, .nvars = &r->nvars, .in_rule = true};
}

// --- clauses and right sides ----------------------------------------

typedef VEC(ClauseInfo) ClauseVec;

static void let_clause(RuleTyper *r, const Clause *c, ClauseVec *v) {
  bool term = is_op_term(r->s, c->e);
  Node *n = term ? rule_term(r, c->e, sort_value(r->s, VT_NONE))
                 : type_expr(&r->t, c->e, sort_of(SORT_NONE));
  if (!n)
    return;
  if (n->kind == N_CONST) {
    rule_bind_const(r, c->name.s, n);
    return;
  }
  if (n->sort.kind == SORT_BV && !n->sort.bits) {
    rule_error(r, c->e->loc, E_WIDTH,
               "a number of unknown width, wanted zext(.., n)");
    return;
  }
  ClauseInfo x = {
      rule_var(r, term ? VAR_LET_TERM : VAR_LET_IMM, c->name, n->sort), n,
      c->e};
  vec_push(r->s->arena, v, x);
}

// A guard that is true here is left out; one that is false ends the path.
static void guard_clause(RuleTyper *r, const Clause *c, ClauseVec *v) {
  r->t.log = &r->log;
  Node *n = type_as(&r->t, c->e, sort_of(SORT_BOOL));
  r->t.log = NULL;
  u128 known;
  if (!n)
    return;
  fold_note(r->s->arena, &r->log, c->e, n);
  if (!node_is_const(n, &known))
    vec_push(r->s->arena, v, ((ClauseInfo){NULL, n, c->e}));
  else if (!known)
    rule_dead(r, c->e->loc, "this guard is false at every parameter");
}

static void clauses(RuleTyper *r, RuleX *x) {
  ClauseVec v = {0};
  for (u32 i = 0; i < r->d->nclauses && !r->t.failed && !r->dead; i++) {
    const Clause *c = &r->d->clauses[i];
    if (c->is_let)
      let_clause(r, c, &v);
    else
      guard_clause(r, c, &v);
  }
  x->nclauses = v.n;
  x->clauses = v.at;
}

static void rhs_terms(RuleTyper *r, RuleX *x, Sort want) {
  x->nrhs = r->d->rhs.n;
  x->rhs = arena_array0(r->s->arena, Node *, x->nrhs + 1);
  for (u32 i = 0; i < x->nrhs && !r->t.failed; i++)
    x->rhs[i] = rule_term(r, r->d->rhs.at[i], want);
}

static Sort stmt_want(const RuleTyper *r, const Expr *e) {
  const char *rest;
  u32 k = e->kind == EX_TERM
              ? prefix_find(r->s, &r->s->priv->ops, e->name.s, &rest)
              : 0;
  const OpDecl *op = k ? &r->s->opdecls[k - 1] : NULL;
  bool result = op && op->count && r->s->ops[op->first].type != VT_NONE;
  return result ? sort_value(r->s, VT_NONE) : sort_of(SORT_NONE);
}

// `{ op; op }`: effects in order, `v = (op ..)` between them.
static void rhs_stmts(RuleTyper *r, RuleX *x) {
  const StmtList *l = &r->d->rhs_stmts;
  x->nstmts = l->n;
  x->stmts = arena_array0(r->s->arena, StmtX, l->n + 1);
  for (u32 i = 0; i < l->n && !r->t.failed; i++) {
    const Stmt *s = &l->at[i];
    StmtX *o = &x->stmts[i];
    bool binds = s->kind == ST_BIND && s->targets.n == 1;
    if ((s->kind != ST_VALUE && !binds) || s->nrenames) {
      rule_error(r, s->loc, E_STMT,
                 "wanted `op` or `v = op` in a skeleton's braces");
      return;
    }
    o->kind = binds ? SX_BIND : SX_EFFECT;
    o->e =
        rule_term(r, s->value,
                  binds ? sort_value(r->s, VT_NONE) : stmt_want(r, s->value));
    if (!o->e || !binds)
      continue;
    o->nvars = 1;
    o->vars = arena_array(r->s->arena, Var *, 1);
    o->vars[0] = rule_var(r, VAR_LET_TERM, s->targets.at[0], o->e->sort);
  }
}

static void rhs_trap(RuleTyper *r, RuleX *x) {
  const Expr *e = r->d->rhs.at[0];
  Var *v = rule_find_var(r, e->name.s);
  x->trap = v ? NULL : e->name.s;
  x->trap_var = v;
  Node *n = type_as(&r->t, e, sort_of(SORT_TRAP));
  if (n && n->kind == N_VAR)
    x->trap_var = n->var;
}

static void right_side(RuleTyper *r, RuleX *x) {
  Sort want = x->lhs->sort;
  x->subsume = r->d->subsume;
  x->rhs_kind = (u8)r->d->rhs_kind;
  if (r->d->kind == DECL_REMAT)
    return;
  switch (r->d->rhs_kind) {
  case RHS_REMOVE: return;
  case RHS_TERM: rhs_terms(r, x, want); return;
  case RHS_VALUES: rhs_terms(r, x, want); return;
  case RHS_STMTS: rhs_stmts(r, x); return;
  case RHS_TRAP: rhs_trap(r, x); return;
  }
}

static bool root_fits(RuleTyper *r, const Node *lhs) {
  const OpInst *op = &r->s->ops[lhs->op];
  if (r->d->kind == DECL_SKELETON || (op->flags & (OF_PURE | OF_PURE_IF)))
    return true;
  rule_error(r, r->d->lhs->loc, E_PURE, "op %s is not pure, wanted `skeleton`",
             op->base->name);
  return false;
}

static const char *at_text(RuleTyper *r) {
  Text t = {.arena = r->s->arena};
  for (u32 i = 0; i < r->env.n; i++)
    text_add(&t, " %s=%s", r->env.at[i].name,
             param_text(r->s, r->env.at[i].arg));
  return text_str(&t);
}

static void note_vars(RuleTyper *r, RuleX *x) {
  x->nvars = r->nvars;
  x->vars = arena_array0(r->s->arena, Var *, r->nvars + 1);
  for (const Scope *c = r->t.scope; c; c = c->up)
    if (c->var)
      x->vars[c->var->index] = c->var;
}

bool rule_path(RuleTyper *r, RuleX *x) {
  rule_reset(r);
  x->lhs = pattern_root(r, r->d->lhs);
  if (!x->lhs || r->dead || !root_fits(r, x->lhs))
    return false;
  clauses(r, x);
  if (r->dead || r->t.failed)
    return false;
  right_side(r, x);
  if (r->t.failed)
    return false;
  if (r->nvars > MOST_VARS) {
    rule_error(r, r->d->loc, E_SIZE, "more than %d variables in a rule",
               MOST_VARS);
    return false;
  }
  x->at = at_text(r);
  note_vars(r, x);
  return true;
}

// --- unused variables -----------------------------------------------

static u32 count_uses(const Node *n, const Var *v) {
  u32 k = n->var == v && n->kind != N_LET;
  for (u32 i = 0; i < n->nkids; i++)
    k += count_uses(n->kids[i], v);
  return k;
}

static u32 uses_in_rule(const RuleX *x, const Var *v) {
  u32 n = count_uses(x->lhs, v) + (x->trap_var == v);
  for (u32 i = 0; i < x->nclauses; i++)
    n += count_uses(x->clauses[i].e, v) + (x->clauses[i].let == v);
  for (u32 i = 0; i < x->nrhs; i++)
    n += count_uses(x->rhs[i], v);
  for (u32 i = 0; i < x->nstmts; i++) {
    n += count_uses(x->stmts[i].e, v);
    for (u32 k = 0; k < x->stmts[i].nvars; k++)
      n += x->stmts[i].vars[k] == v;
  }
  return n;
}

// `x @ pattern` is the pattern alone, `x` by itself anything.
static void say_unused(RuleTyper *r, const Var *v) {
  const char *next = v->loc.src->text + v->loc.at + v->loc.len;
  next += strspn(next, " ");
  if (*next != '@') {
    diag_add(r->s->diags, W_UNUSED, v->loc, "`%s` is not used, wanted `_`",
             v->name);
    return;
  }
  u32 i = diag_add(r->s->diags, W_UNUSED, v->loc, "`%s` is not used", v->name);
  diag_help(r->s->diags, i, "leave `%s @` out", v->name);
}

// Used in some expansion is used: guards fold away at some types.
static void warn_unused(RuleTyper *r, const RuleXVec *v, u32 from) {
  const RuleX *x = from < v->n ? &v->at[from] : NULL;
  for (u32 i = 0; x && i < x->nvars; i++) {
    const Var *var = x->vars[i];
    if (!var || var->name[0] == '_')
      continue;
    bool used = false;
    for (u32 k = from; k < v->n && !used; k++)
      for (u32 j = 0; j < v->at[k].nvars && !used; j++) {
        const Var *o = v->at[k].vars[j];
        used = o && o->name == var->name && uses_in_rule(&v->at[k], o) > 1;
      }
    if (!used && var->kind != VAR_LET_IMM && var->kind != VAR_LET_TERM)
      say_unused(r, var);
  }
}

// --- all rules ------------------------------------------------------

static ExprList expand_list(RuleTyper *r, const ExprList *l) {
  ExprList c = {l->n, arena_array(r->s->arena, Expr *, l->n + 1)};
  for (u32 i = 0; i < l->n; i++)
    c.at[i] = def_expand(r, l->at[i]);
  return c;
}

const Decl *rule_expand_defs(RuleTyper *r, const Decl *d) {
  Arena *a = r->s->arena;
  Decl *c = arena_new(a, Decl);
  *c = *d;
  c->lhs = def_expand(r, d->lhs);
  c->clauses = arena_array(a, Clause, d->nclauses + 1);
  for (u32 i = 0; i < d->nclauses; i++) {
    c->clauses[i] = d->clauses[i];
    c->clauses[i].e = def_expand(r, d->clauses[i].e);
  }
  c->rhs = expand_list(r, &d->rhs);
  c->rhs_stmts.at = arena_array(a, Stmt, d->rhs_stmts.n + 1);
  for (u32 i = 0; i < d->rhs_stmts.n; i++) {
    Stmt *s = &c->rhs_stmts.at[i];
    *s = d->rhs_stmts.at[i];
    s->value = s->value ? def_expand(r, s->value) : NULL;
  }
  return c;
}

static void expand(RuleTyper *r, RuleXVec *v, const Rule *rule) {
  u32 from = v->n, runs = 0, expansion = 0;
  bool more = true;
  while (more) {
    RuleX x = {.rule = rule, .expansion = expansion};
    bool fits = rule_path(r, &x);
    if (fits) {
      expansion++;
      rule_variants(r, v, from, &x);
    }
    if (r->t.failed)
      return;
    more = rule_next_path(r);
    if (++runs > MOST_RUNS || v->n - from > MOST_RULEXS) {
      rule_error(r, r->d->loc, E_SIZE,
                 "more than %d ways to type the left, or more "
                 "than %d of them fit",
                 MOST_RUNS, MOST_RULEXS);
      return;
    }
  }
  if (v->n == from)
    diag_add(r->s->diags, r->dead_width ? E_WIDTH : E_NEVER,
             r->dead_text ? r->dead_loc : r->d->loc, "%s",
             r->dead_text ? r->dead_text : "no parameters fit");
  warn_unused(r, v, from);
}

static bool is_rule(const Decl *d) {
  return d->kind == DECL_RULE || d->kind == DECL_SKELETON ||
         d->kind == DECL_REMAT;
}

static void check_name(Sema *s, const Decl *d, NameMap *names) {
  u32 k = map_get(names, d->name.s);
  if (k)
    diag_note(s->diags,
              diag_add(s->diags, E_DUP, d->loc,
                       "a second rule of the name `%s`", d->name.s),
              s->ast->at[k - 1]->loc, "the first is here");
  else
    map_put(s->arena, names, d->name.s, d->index + 1);
}

void sema_rules(Sema *s) {
  NameMap names = {0};
  RuleXVec v = {0};
  u32 n = 0;
  for (u32 i = 0; i < s->ast->n; i++)
    n += is_rule(s->ast->at[i]);
  s->rules = arena_array0(s->arena, Rule, n + 1);
  for (u32 i = 0; i < s->ast->n; i++) {
    const Decl *d = s->ast->at[i];
    if (d->lhs)
      check_name(s, d, &names);
    if (!is_rule(d))
      continue;
    Rule *rule = &s->rules[s->nrules];
    *rule = (Rule){.decl = d,
                   .index = s->nrules++,
                   .first = v.n,
                   .is_skeleton = d->kind == DECL_SKELETON,
                   .is_remat = d->kind == DECL_REMAT};
    RuleTyper r = {.s = s, .d = d, .log = {.rule = d}};
    rule_reset(&r);
    r.d = rule_expand_defs(&r, d);
    if (!r.t.failed)
      expand(&r, &v, rule);
    fold_take(s, &r.log);
    rule->count = v.n - rule->first;
  }
  s->nrulexs = v.n;
  s->rulexs = v.at;
  sema_examples(s, s->rules, s->nrules);
}
