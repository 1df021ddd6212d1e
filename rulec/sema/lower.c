// Lowering resolved: the `lower` rules at their parameters.
//
// A rule ranges over the parameters its left side names or leaves out; each
// choice that types is an expansion. Then, for every op of the pattern with a
// `sym`, the pattern with that involution applied: variants. Right side and
// guards are typed once per expansion and shared by its variants.
#include "rulec/sema/lower.h"

static Var *named_var(Sema *s, VarKind k, Name name, Sort sort, u32 index) {
  Var *v = arena_new(s->arena, Var);
  *v = (Var){.kind = (u8)k,
             .name = name.s,
             .sort = sort,
             .index = index,
             .loc = name.loc,
             .wild = name.s[0] == '_'};
  return v;
}

// --- parameters of a rule
// ---------------------------------------------------------

typedef struct RuleParams {
  u32 n;
  ParamInfo at[12];
} RuleParams;

static const char *next_part(Sema *s, const char **rest) {
  const char *dot = strchr(*rest, '.');
  const size_t n = dot ? (size_t)(dot - *rest) : strlen(*rest);
  const char *part = intern_n(s, *rest, n);
  *rest = dot ? dot + 1 : *rest + n;
  return part;
}

static s32 member_of(const Sema *s, const ParamInfo *p, const char *text) {
  for (u32 k = 0; k < p->n; k++)
    if (!strcmp(param_text(s, p->at[k]), text))
      return (s32)k;
  return -1;
}

// Meets what a parameter ranges over with one more place it stands at.
static void add_param(Sema *s, RuleParams *r, const char *name, Loc loc,
                      const ParamInfo *set) {
  for (u32 i = 0; i < r->n; i++) {
    ParamInfo *p = &r->at[i];
    if (p->name != name)
      continue;
    ParamArg *both = arena_array(s->arena, ParamArg, p->n + 1);
    u32 n = 0;
    for (u32 k = 0; k < p->n; k++) {
      u32 j = 0; // a set may name a member twice: once is enough
      while (j < set->n && !param_arg_equal(p->at[k], set->at[j]))
        j++;
      if (j < set->n)
        both[n++] = p->at[k];
    }
    p->at = both;
    p->n = n;
    return;
  }
  if (r->n >= 12) {
    diag_add(s->diags, E_PARAM, loc, "more than 12 parameters in a rule");
    return;
  }
  r->at[r->n++] = (ParamInfo){.name = name, .n = set->n, .at = set->at};
}

// The name by which a left-out parameter is known: by the term's place.
static const char *hidden_param(Sema *s, const Expr *e, u32 k) {
  return intern(s, arena_printf(s->arena, "?%u.%u", e->loc.at, k));
}

static const OpDecl *op_head(const Sema *s, const Expr *e, const char **rest) {
  const u32 base = prefix_find(s, &s->priv->ops, e->name.s, rest);
  return base ? &s->opdecls[base - 1] : NULL;
}

// A type that the op does not have there is no name for one, nor is a member
// that is misspelt.
static bool is_wrong(Sema *s, const Expr *e, const OpDecl *op, u32 k,
                     const char *part) {
  bool misspelt = param_misspelt(part, &op->params[k]);
  if (vtype_find(part) < 0 && !misspelt)
    return false;
  u32 i = diag_add(s->diags, E_PARAM, e->loc,
                   "`%s` is nothing that op %s has here, wanted %s", part,
                   op->name, param_choices(s, &op->params[k]));
  if (misspelt && vtype_find(part) < 0)
    diag_help(s->diags, i, PARAM_HELP);
  return true;
}

static void collect_params(Sema *s, const Expr *e, RuleParams *r) {
  const char *rest = "";
  const OpDecl *op = e->kind == EX_TERM ? op_head(s, e, &rest) : NULL;
  for (u32 k = 0; op && k < op->nparams; k++) {
    const char *part = *rest ? next_part(s, &rest) : "_";
    if (!strcmp(part, "_"))
      add_param(s, r, hidden_param(s, e, k), e->loc, &op->params[k]);
    else if (member_of(s, &op->params[k], part) < 0 &&
             !is_wrong(s, e, op, k, part))
      add_param(s, r, part, e->loc, &op->params[k]);
  }
  for (u32 k = 0; k < e->kids.n; k++)
    collect_params(s, e->kids.at[k], r);
}

// A parameter of the left side that an instruction of the right takes too
// ranges over what both admit.
static void narrow(Sema *s, const Expr *e, RuleParams *r);

static void narrow_head(Sema *s, const Expr *e, RuleParams *r) {
  const char *rest = "";
  const u32 k = prefix_find(s, &s->priv->insts, e->name.s, &rest);
  const InstDecl *d = k ? &s->instdecls[k - 1] : NULL;
  for (u32 i = 0; d && i < d->nparams && *rest; i++) {
    const char *part = next_part(s, &rest);
    for (u32 j = 0; j < r->n; j++)
      if (r->at[j].name == part)
        add_param(s, r, part, e->loc, &d->params[i]);
  }
}

static void narrow(Sema *s, const Expr *e, RuleParams *r) {
  if (!e)
    return;
  if (e->kind == EX_TERM)
    narrow_head(s, e, r);
  for (u32 k = 0; k < e->kids.n; k++)
    narrow(s, e->kids.at[k], r);
}

static void narrow_all(Sema *s, const Decl *d, RuleParams *r) {
  for (u32 k = 0; k < d->rhs.n; k++)
    narrow(s, d->rhs.at[k], r);
  for (u32 k = 0; k < d->rhs_stmts.n; k++)
    narrow(s, d->rhs_stmts.at[k].value, r);
}

// --- patterns
// ---------------------------------------------------------------------

static Node *refuse(LowTyper *t, const Expr *e, DiagCode code,
                    const char *what) {
  if (!t->quiet && !t->failed)
    diag_add(t->s->diags, code, e->loc, "%s", what);
  t->failed = true;
  return NULL;
}

static Var *lookup(const LowTyper *t, const char *name) {
  for (u32 k = 0; k < t->nvars; k++)
    if (t->vars[k]->name == name)
      return t->vars[k];
  return NULL;
}

Var *low_new_var(LowTyper *t, VarKind kind, Name name, Sort sort) {
  Var *v = named_var(t->s, kind, name, sort, t->nvars);
  if (t->nvars == LOW_MAX_VARS) {
    if (!t->failed)
      diag_add(t->s->diags, E_SIZE, name.loc,
               "more than %d variables in a rule", LOW_MAX_VARS);
    t->failed = true;
    return v;
  }
  t->vars[t->nvars++] = v;
  return v;
}

static Node *pattern(LowTyper *t, const Expr *e, Sort want);

// In an example a name is a value or a leaf; a code is one of its members.
static Node *example_name(LowTyper *t, const Expr *e, Sort want) {
  const s32 m = want.kind == SORT_CODE
                    ? code_member(&t->s->codes[want.decl], e->name.s)
                    : -1;
  if (m >= 0)
    return node_const(t->s, want, (u128)m, e);
  return refuse(t, e, E_PATTERN,
                want.kind == SORT_CODE
                    ? "a member of the code was wanted"
                    : "a number was wanted: an example has no variables for "
                      "numbers");
}

static Node *pattern_name(LowTyper *t, const Expr *e, Sort want) {
  if (!strcmp(e->name.s, "_"))
    return node_new(t->s, N_WILD, want, e);
  if (t->example && (want.kind == SORT_CODE || want.kind == SORT_BV))
    return example_name(t, e, want);
  Var *v = lookup(t, e->name.s);
  if (v && (v->sort.kind != want.kind || v->sort.type != want.type ||
            v->sort.bits != want.bits)) {
    if (!t->quiet) // else it is a rule at other parameters
      return refuse(t, e, E_TYPE, "a variable of two types");
    t->failed = true;
    return NULL;
  }
  if (!v)
    v = low_new_var(t, want.kind == SORT_VALUE ? VAR_VALUE : VAR_IMM, e->name,
                    want);
  return node_var(t->s, v, e);
}

static u64 float_bits(double d, u32 bits) {
  u64 u = 0;
  const float f = (float)d;
  if (bits == 32)
    memcpy(&u, &f, 4);
  else
    memcpy(&u, &d, 8);
  return u;
}

static Node *pattern_number(LowTyper *t, const Expr *e, Sort want) {
  const bool value = want.kind == SORT_VALUE;
  if (!value && want.kind != SORT_BV)
    return refuse(t, e, E_TYPE, "a number cannot stand here");
  const u32 bits = value ? vtype_bits[want.type] : want.bits;
  u128 num = (u128)e->num;
  if (want.type == VT_F32 || want.type == VT_F64)
    num = float_bits(e->kind == EX_FLOAT ? e->fnum : (double)e->num, bits);
  else if (e->kind == EX_FLOAT)
    return refuse(t, e, E_TYPE, "a float cannot stand here");
  const s128 top = bits < 128 ? (s128)1 << (bits - 1) : 0;
  if (e->kind == EX_INT && bits < 128 && (e->num >= 2 * top || e->num < -top)) {
    if (!t->quiet) // else it may fit at other parameters
      return refuse(t, e, E_TYPE, "a constant wider than its type");
    t->failed = true;
    return NULL;
  }
  Node *n = node_new(t->s, value ? N_VALCONST : N_CONST, want, e);
  n->num = num & bits_mask(bits);
  return n;
}

// The opcode a head names under the parameters chosen, or 0.
static u32 head_opcode(LowTyper *t, const Expr *e, const OpDecl *op,
                       const char *rest) {
  u32 k = 0;
  for (u32 i = 0; i < op->nparams; i++) {
    const char *part = *rest ? next_part(t->s, &rest) : "_";
    s32 m;
    if (!strcmp(part, "_"))
      part = hidden_param(t->s, e, i);
    const ParamArg *p = env_find(t->env, part);
    m = p ? member_of(t->s, &op->params[i], param_text(t->s, *p))
          : member_of(t->s, &op->params[i], part);
    if (m < 0)
      return 0;
    k = k * op->params[i].n + (u32)m;
  }
  return op->first + k;
}

static Node *pattern_kids(LowTyper *t, Node *n, const Expr *e,
                          const OpInst *op) {
  if (e->kids.n != op->noperands)
    return refuse(t, e, E_ARITY,
                  arena_printf(t->s->arena, "%s has %u operands, found %u",
                               op->base->name, op->noperands, e->kids.n));
  n->nkids = e->kids.n;
  n->kids = arena_array0(t->s->arena, Node *, n->nkids + 1);
  for (u32 k = 0; k < n->nkids; k++) {
    n->kids[k] = pattern(t, e->kids.at[k], op->operands[k].sort);
    if (!n->kids[k])
      return NULL;
  }
  return n;
}

static Node *pattern_op(LowTyper *t, const Expr *e, Sort want) {
  const char *rest = "";
  const OpDecl *op = op_head(t->s, e, &rest);
  if (!op)
    return refuse(t, e, E_NAME,
                  arena_printf(t->s->arena, "unknown op `%s`", e->name.s));
  const u32 code = head_opcode(t, e, op, rest);
  if (!code)
    return refuse(
        t, e, E_PARAM,
        arena_printf(t->s->arena, "`%s` has no such parameters", op->name));
  const OpInst *o = &t->s->ops[code];
  if (want.kind == SORT_VALUE && want.type && o->type != want.type) {
    if (!t->quiet)
      return refuse(t, e, E_TYPE,
                    arena_printf(t->s->arena, "`%s` gives %s, wanted %s",
                                 o->text, vtype_names[o->type],
                                 vtype_names[want.type]));
    t->failed = true;
    return NULL;
  }
  if (want.kind != SORT_VALUE && want.kind != SORT_NONE)
    return refuse(t, e, E_TYPE, "an immediate stands here, not an op");
  Node *n = node_new(t->s, N_OP, sort_value(t->s, (VType)o->type), e);
  n->op = code;
  return pattern_kids(t, n, e, o);
}

static Node *pattern_ctor(LowTyper *t, const Expr *e, Sort want) {
  const u32 k = map_get(&t->s->priv->ctors, e->name.s);
  if (!k || want.kind != SORT_DATA || (k - 1) >> 8 != want.decl)
    return refuse(t, e, E_NAME,
                  "not a constructor of the data that stands here");
  const CtorInfo *c = &t->s->datas[want.decl].ctors[(k - 1) & 255];
  if (e->kids.n != c->nfields)
    return refuse(t, e, E_ARITY, "a constructor wants all its fields");
  Node *n = node_new(t->s, N_CTOR, want, e);
  n->ref = want.decl;
  n->ctor = (k - 1) & 255;
  n->nkids = c->nfields;
  n->kids = arena_array0(t->s->arena, Node *, n->nkids + 1);
  for (u32 i = 0; i < n->nkids; i++) {
    n->kids[i] = pattern(t, e->kids.at[i], c->fields[i]->sort);
    if (!n->kids[i])
      return NULL;
  }
  return n;
}

static Node *pattern_wrap(LowTyper *t, const Expr *e, Sort want, NodeKind k) {
  if (e->kids.n != 1)
    return refuse(t, e, E_ARITY, "`sink` and `once` take one pattern");
  Node *inner = pattern(t, e->kids.at[0], want);
  if (!inner)
    return NULL;
  if (inner->kind != N_OP)
    return refuse(t, e, E_TYPE, "`sink` and `once` speak of an op");
  return node_kids(t->s, node_new(t->s, k, want, e), 1, inner);
}

static Node *pattern_at(LowTyper *t, const Expr *e, Sort want) {
  Node *n = pattern(t, e->kids.at[0], want);
  if (!n)
    return NULL;
  if (n->kind != N_OP)
    return refuse(t, e, E_TYPE, "`@` names what an op gives");
  n->var = low_new_var(t, VAR_VALUE, e->name, n->sort);
  return n;
}

static Node *pattern_term(LowTyper *t, const Expr *e, Sort want) {
  const bool sink = !strcmp(e->name.s, "sink");
  if (t->example && !strcmp(e->name.s, "shared"))
    return pattern_wrap(t, e, want, N_SHARED);
  if (!sink && strcmp(e->name.s, "once"))
    return pattern_op(t, e, want);
  if (t->example)
    return refuse(t, e, E_PATTERN,
                  "an example says only what is not so: (shared x) has other "
                  "uses");
  return pattern_wrap(t, e, want, sink ? N_SINK : N_ONCE);
}

static Node *pattern(LowTyper *t, const Expr *e, Sort want) {
  if (t->failed)
    return NULL;
  switch ((int)e->kind) {
  case EX_NAME: return pattern_name(t, e, want);
  case EX_INT:
  case EX_FLOAT: return pattern_number(t, e, want);
  case EX_AT: return pattern_at(t, e, want);
  case EX_CALL: return pattern_ctor(t, e, want);
  case EX_BINARY:
    if (e->op != BIN_OR)
      return refuse(t, e, E_TYPE, "an expression cannot stand in a pattern");
    const u32 side = t->alts & 1;
    t->alts >>= 1;
    return pattern(t, e->kids.at[side], want);
  case EX_TERM: return pattern_term(t, e, want);
  default:
    return refuse(t, e, E_TYPE, "this cannot stand in a pattern of `lower`");
  }
}

static Node *pattern_root(LowTyper *t, const Expr *e) {
  if (e->kind == EX_AT || e->kind != EX_TERM)
    return pattern(t, e, sort_of(SORT_NONE));
  const u32 k = map_get(&t->s->priv->terms, e->name.s);
  if (!k)
    return pattern(t, e, sort_of(SORT_NONE));
  const TermInfo *term = &t->s->terms[k - 1];
  if (e->kids.n != term->nargs)
    return refuse(t, e, E_ARITY, "a term wants all its arguments");
  Node *n = node_new(t->s, N_TERM, term->result, e);
  n->ref = k - 1;
  n->nkids = e->kids.n;
  n->kids = arena_array0(t->s->arena, Node *, n->nkids + 1);
  for (u32 i = 0; i < n->nkids; i++) {
    n->kids[i] = pattern(t, e->kids.at[i], term->args[i]->sort);
    if (!n->kids[i])
      return NULL;
  }
  return n;
}

// --- variants
// ---------------------------------------------------------------------

// Copies a pattern; bit k of mask: the k-th op with a symmetry is exchanged.
static Node *permute(Sema *s, const Node *n, u32 mask, u32 *seen) {
  Node *c = arena_new(s->arena, Node);
  *c = *n;
  if (!n->nkids)
    return c;
  c->kids = arena_array(s->arena, Node *, n->nkids);
  const OpInst *op = n->kind == N_OP ? &s->ops[n->op] : NULL;
  const bool turn = op && op->sym_op && mask >> (*seen)++ & 1;
  for (u32 k = 0; k < n->nkids; k++)
    c->kids[k] = permute(s, n->kids[k], mask, seen);
  if (!turn)
    return c;
  Node **kids = arena_array(s->arena, Node *, n->nkids);
  for (u32 k = 0; k < n->nkids; k++)
    kids[k] = c->kids[op->sym_perm[k]];
  c->kids = kids;
  c->op = op->sym_op;
  return c;
}

static u32 count_sym(const Sema *s, const Node *n) {
  u32 k = n->kind == N_OP && s->ops[n->op].sym_op;
  for (u32 i = 0; i < n->nkids; i++)
    k += count_sym(s, n->kids[i]);
  return k;
}

// --- rules
// ------------------------------------------------------------------------

// A `let` stands in line wherever its name does; instructions are named by
// statements instead.
static bool let_clause(LowTyper *t, const Clause *c) {
  if (t->nlets == LOW_MAX_LETS)
    return refuse(t, c->e, E_SIZE, "too many `let`s in a rule");
  if (c->e->kind == EX_TERM && c->e->kids.n)
    return refuse(t, c->e, E_LOWER,
                  "`let` of a term: name it by a statement, { x = (..) .. }");
  t->lets[t->nlets] = low_type_expr(t, c->e, sort_of(SORT_NONE));
  t->let_names[t->nlets] = c->name.s;
  return t->lets[t->nlets++] != NULL;
}

static bool clauses(LowTyper *t, const Decl *d, RuleX *x) {
  x->clauses = arena_array0(t->s->arena, ClauseInfo, d->nclauses + 1);
  for (u32 k = 0; k < d->nclauses; k++) {
    if (d->clauses[k].is_let) {
      if (!let_clause(t, &d->clauses[k]))
        return false;
      continue;
    }
    Node *g = low_type_expr(t, d->clauses[k].e, sort_of(SORT_BOOL));
    u128 num;
    if (!g)
      return false;
    fold_note(t->s->arena, t->log, d->clauses[k].e, g);
    if (node_is_const(g, &num)) {
      if (!num)
        return false; // no rule at these parameters
      continue;
    }
    x->clauses[x->nclauses++] = (ClauseInfo){.e = g, .src = d->clauses[k].e};
  }
  return true;
}

static const char *at_text(Sema *s, const Env *env) {
  const char *c = "";
  for (u32 k = 0; k < env->n; k++)
    if (env->at[k].name[0] != '?')
      c = arena_printf(s->arena, "%s %s=%s", c, env->at[k].name,
                       param_text(s, env->at[k].arg));
  return c;
}

typedef struct Out {
  VEC(RuleX) rules;
  FoldLog log; // of the rule at hand
  bool example;
} Out;

static u32 count_alts(const Expr *e) {
  u32 n = e->kind == EX_BINARY && e->op == BIN_OR;
  for (u32 k = 0; k < e->kids.n; k++)
    n += count_alts(e->kids.at[k]);
  return n;
}

// `_ = (op ..)`: only where nobody wants the result.
static bool results(LowTyper *t, const Decl *d, RuleX *x) {
  if (!d->has_targets)
    return true;
  if (d->lhs_results.n != 1 || strcmp(d->lhs_results.at[0].s, "_")) {
    refuse(t, d->lhs, E_LOWER,
           "left of `=`, only `_` is supported: the result "
           "has no use");
    return false;
  }
  x->nresults = 1;
  return true;
}

static void expand(Sema *s, const Rule *rule, const Env *env, u32 expansion,
                   u32 alts, bool quiet, Out *out) {
  const Decl *d = rule->decl;
  LowTyper t = {.s = s,
                .env = env,
                .log = &out->log,
                .alts = alts,
                .example = out->example};
  RuleX x = {.rule = rule, .expansion = expansion, .at = at_text(s, env)};
  t.quiet = quiet;
  x.lhs = pattern_root(&t, d->lhs);
  if (!x.lhs || t.failed)
    return;
  t.quiet = false;
  if (!results(&t, d, &x) || !clauses(&t, d, &x) || t.failed)
    return;
  t.root = x.lhs;
  if (d->rhs_kind != RHS_REMOVE && !low_right_side(&t, d, &x))
    return;
  x.nvars = t.nvars;
  x.vars = arena_array(s->arena, Var *, t.nvars + 1);
  memcpy(x.vars, t.vars, t.nvars * sizeof *t.vars);
  const u32 syms = out->example ? 0 : count_sym(s, x.lhs);
  const u32 variants = syms > 6 ? 64 : 1u << syms;
  const Node *lhs = x.lhs;
  for (u32 m = 0; m < variants; m++) {
    u32 seen = 0;
    x.variant = m;
    x.lhs = permute(s, lhs, m, &seen);
    vec_push(s->arena, &out->rules, x);
  }
}

// An instruction with an error: what uses it is not blamed.
static bool any_unsound(const Sema *s) {
  for (u32 i = 0; i < s->ninstdecls; i++)
    if (s->instdecls[i].unsound)
      return true;
  return false;
}

static void rule_expansions(Sema *s, Rule *rule, Out *out) {
  RuleParams params = {0};
  ParamArg args[12];
  Env env;
  const u32 before_params = s->diags->errors;
  collect_params(s, rule->decl->lhs, &params);
  if (s->diags->errors != before_params)
    return;
  narrow_all(s, rule->decl, &params);
  const u32 n = params_count(params.n, params.at), before = out->rules.n;
  const u32 errors = s->diags->errors, nalts = count_alts(rule->decl->lhs);
  if (n > 4096 || nalts > LOW_MAX_ALTS) {
    diag_add(s->diags, E_PARAM, rule->decl->loc, "more than 4096 expansions");
    return;
  }
  for (u32 k = 0; k < n && s->diags->errors == errors; k++) {
    params_at(params.n, params.at, k, args, &env);
    for (u32 alts = 0; alts < 1u << nalts; alts++)
      expand(s, rule, &env, k, alts, true, out);
  }
  if (out->rules.n > before || s->diags->errors != errors)
    return;
  if (n) { // say why
    params_at(params.n, params.at, 0, args, &env);
    expand(s, rule, &env, 0, 0, false, out);
  }
  if (out->rules.n == before && s->diags->errors == errors && !any_unsound(s))
    diag_add(s->diags, E_NEVER, rule->decl->name.loc,
             "lower %s fits no parameters", rule->decl->name.s);
}

void sema_lower(Sema *s) {
  u32 n = 0;
  for (u32 i = 0; i < s->ast->n; i++)
    n += s->ast->at[i]->kind == DECL_LOWER;
  s->lowers = arena_array0(s->arena, Rule, n + 1);
  Out out = {0};
  for (u32 i = 0; i < s->ast->n; i++) {
    const Decl *d = s->ast->at[i];
    if (d->kind != DECL_LOWER)
      continue;
    Rule *r = &s->lowers[s->nlowers];
    *r = (Rule){.decl = d, .index = s->nlowers, .first = out.rules.n};
    s->nlowers++;
    out.log = (FoldLog){.rule = d};
    rule_expansions(s, r, &out);
    fold_take(s, &out.log);
    r->count = out.rules.n - r->first;
  }
  s->lowerxs = out.rules.at;
  s->nlowerxs = out.rules.n;
  sema_examples(s, s->lowers, s->nlowers);
}

RuleX *low_example_xs(Sema *s, Rule *as_rule, u32 *n) {
  Out out = {.log = {.rule = as_rule->decl}, .example = true};
  rule_expansions(s, as_rule, &out);
  *n = out.rules.n;
  return out.rules.at;
}
