// Types the left sides of rules.
#include "rulec/sema/rule.h"

enum {
  MOST_DEFS = 32,       // defs within defs
  MOST_DEPTH = 500,     // levels of the term they make
  MOST_EXPANDED = 20000 // its nodes
};

// --- heads ----------------------------------------------------------

static bool head_add(RuleTyper *r, const Expr *e, Head *h, HeadParam p) {
  if (h->n >= h->op->nparams) {
    rule_error(r, e->loc, E_PARAM, "op %s has %u parameter%s", h->op->name,
               h->op->nparams, h->op->nparams == 1 ? "" : "s");
    return false;
  }
  h->given[h->n++] = p;
  return true;
}

bool rule_head(RuleTyper *r, const Expr *e, Head *h) {
  const char *rest = "";
  u32 k = prefix_find(r->s, &r->s->priv->ops, e->name.s, &rest);
  *h = (Head){0};
  if (!k) {
    rule_error(r, e->name.loc, E_NAME, "unknown op `%s`", e->name.s);
    return false;
  }
  h->op = &r->s->opdecls[k - 1];
  if (h->op->unsound || !h->op->count) {
    r->t.failed = true; // an error was said where it is declared
    return false;
  }
  while (*rest) {
    size_t n = strcspn(rest, ".");
    HeadParam p = {{intern_n(r->s, rest, n), e->name.loc}, NULL};
    if (!head_add(r, e, h, p))
      return false;
    rest += n + (rest[n] == '.');
  }
  for (u32 i = 0; i < e->nparams; i++)
    if (!head_add(r, e, h, e->params[i]))
      return false;
  return true;
}

bool is_op_term(const Sema *s, const Expr *e) {
  const char *rest;
  return e->kind == EX_TERM &&
         (e->kids.n || e->nparams ||
          prefix_find(s, &s->priv->ops, e->name.s, &rest));
}

// A concrete type, shape or member spelled out.
static bool spelled(const Sema *s, const char *name, ParamArg like,
                    ParamArg *out) {
  s32 v = -1;
  *out = like;
  if (like.kind == ARG_CODE)
    v = code_member(&s->codes[like.code], name);
  else if (like.kind == ARG_TYPE)
    v = vtype_find(name);
  else if (like.kind == ARG_SHAPE)
    v = shape_find(name);
  out->value = (u8)v;
  return v >= 0;
}

static int mapped(RuleTyper *r, const HeadParam *p, ParamArg arg) {
  const Expr *e = p->arg;
  if (is_type_map(p->name.s)) {
    ParamArg from, to;
    if (type_written(&r->env, e, &from))
      return type_map(p->name.s, from, &to) && param_arg_equal(to, arg);
    rule_error(r, p->name.loc, E_PARAM, "wanted `%s(T)` with T a bound type",
               p->name.s);
    return 0;
  }
  const ParamArg *c = e->kind == EX_NAME ? env_find(&r->env, e->name.s) : NULL;
  ParamArg lit;
  if (!c && e->kind == EX_NAME && spelled(r->s, e->name.s, arg, &lit))
    c = &lit;
  if (!c || c->kind != ARG_CODE || c->code != arg.code) {
    rule_error(r, p->name.loc, E_CODE, "wanted `%s(C)` with C a bound code",
               p->name.s);
    return 0;
  }
  const CodeInfo *code = &r->s->codes[c->code];
  const s32 *map = strcmp(p->name.s, "swap") == 0  ? code->swap
                   : strcmp(p->name.s, "not") == 0 ? code->invert
                                                   : NULL;
  if (!map) {
    rule_error(r, p->name.loc, E_CODE, "code %s has no map `%s`", code->name,
               p->name.s);
    return 0;
  }
  return map[c->value] == arg.value;
}

int head_admits(RuleTyper *r, const Head *h, u32 i, ParamArg arg) {
  if (i >= h->n || strcmp(h->given[i].name.s, "_") == 0)
    return 1;
  const HeadParam *p = &h->given[i];
  if (p->arg)
    return mapped(r, p, arg);
  const ParamArg *bound = env_find(&r->env, p->name.s);
  ParamArg lit;
  if (bound)
    return param_arg_equal(*bound, arg);
  if (spelled(r->s, p->name.s, arg, &lit))
    return lit.value == arg.value;
  // A type that this set does not hold is a type all the same.
  if (arg.kind != ARG_CODE &&
      (vtype_find(p->name.s) >= 0 || shape_find(p->name.s) >= 0))
    return 0;
  return 2;
}

// --- def ------------------------------------------------------------

static Expr *copy(RuleTyper *r, const Expr *e) {
  Expr *c = arena_new(r->s->arena, Expr);
  *c = *e;
  return c;
}

static Expr *substitute(RuleTyper *r, const Expr *e, const OperandList *names,
                        const ExprList *args) {
  if (e->kind == EX_NAME || (e->kind == EX_TERM && !e->kids.n && !e->nparams))
    for (u32 i = 0; i < names->n; i++)
      if (names->at[i].name.s == e->name.s)
        return copy(r, args->at[i]);
  Expr *c = copy(r, e);
  c->kids.at = arena_array(r->s->arena, Expr *, e->kids.n + 1);
  for (u32 i = 0; i < e->kids.n; i++)
    c->kids.at[i] = substitute(r, e->kids.at[i], names, args);
  return c;
}

// The body of a def with the arguments in place; e itself if it calls none.
static const Expr *def_body(RuleTyper *r, const Expr *e) {
  u32 k = e->kind == EX_CALL ? map_get(&r->s->priv->fns, e->name.s) : 0;
  const Decl *d = k ? r->s->ast->at[k - 1] : NULL;
  if (!d || d->kind != DECL_DEF)
    return e;
  if (d->operands.n == e->kids.n)
    return substitute(r, d->body, &d->operands, &e->kids);
  rule_error(r, e->loc, E_ARITY, "`%s` with %u arguments, wanted %u", e->name.s,
             e->kids.n, d->operands.n);
  return e;
}

static Expr *expand_at(RuleTyper *r, const Expr *e, u32 defs, u32 depth) {
  const Expr *body = def_body(r, e);
  if (defs > MOST_DEFS || depth > MOST_DEPTH || ++r->t.nodes > MOST_EXPANDED)
    rule_error(r, e->loc, E_RECURSION,
               "defs that use each other without end, or too large a term");
  if (r->t.failed)
    return copy(r, e);
  if (body != e)
    return expand_at(r, body, defs + 1, depth);
  Expr *c = copy(r, e);
  c->kids.at = arena_array(r->s->arena, Expr *, e->kids.n + 1);
  for (u32 i = 0; i < e->kids.n; i++)
    c->kids.at[i] = expand_at(r, e->kids.at[i], defs, depth + 1);
  return c;
}

Expr *def_expand(RuleTyper *r, const Expr *e) { return expand_at(r, e, 0, 0); }

// --- patterns -------------------------------------------------------

static Node *pattern(RuleTyper *r, const Expr *e, Sort want);

static bool fits_type(Sort a, Sort b) {
  return a.kind == b.kind && (a.type == b.type || !a.type || !b.type);
}

static Node *bound_again(RuleTyper *r, Var *v, const Expr *e, Sort want) {
  bool same = want.kind == SORT_VALUE ? fits_type(v->sort, want)
                                      : sort_equal(v->sort, want);
  if (!same)
    return rule_dead(r, e->loc, "`%s` at two types", v->name);
  return node_var(r->s, v, e);
}

static Node *pattern_name(RuleTyper *r, const Expr *e, Sort want) {
  if (strcmp(e->name.s, "_") == 0)
    return node_new(r->s, N_WILD, want, e);
  if (strchr(e->name.s, '.'))
    return rule_error(
        r, e->loc, E_PATTERN,
        "`%s` in a pattern, wanted a variable, a literal or a term", e->name.s);
  Var *v = rule_find_var(r, e->name.s);
  if (v)
    return bound_again(r, v, e, want);
  bool value = want.kind == SORT_VALUE || want.kind == SORT_VALUES;
  v = rule_var(r, value ? VAR_VALUE : VAR_IMM, e->name, want);
  return node_var(r->s, v, e);
}

// Bits and number of a float differ: only what has a point is its number.
bool is_int_for_float(const Expr *e, Sort want) {
  bool is_float = want.type == VT_F32 || want.type == VT_F64;
  return want.kind == SORT_VALUE && is_float && e->kind != EX_FLOAT;
}

static Node *pattern_literal(RuleTyper *r, const Expr *e, Sort want) {
  bool value = want.kind == SORT_VALUE;
  if (value && !want.type)
    return rule_error(r, e->loc, E_TYPE, "a literal where any type may stand");
  if (!value && want.kind != SORT_BV)
    return rule_error(r, e->loc, E_TYPE, "a number where none can be");
  if (value && is_int_for_float(e, want))
    return rule_dead(r, e->loc,
                     "a whole number for an %s, wanted 1.0 or (fconst bits)",
                     vtype_names[want.type]);
  // A constant too wide for one type may fit another: that path is dead.
  r->t.quiet = true;
  Node *n = type_as(&r->t, e, sort_bv(want.bits));
  r->t.quiet = false;
  if (!n || n->kind != N_CONST) {
    r->t.failed = false;
    r->dead_width |= !r->dead_text;
    return rule_dead(r, e->loc, "a constant that does not fit %u bits",
                     want.bits);
  }
  if (!value)
    return n;
  Node *c = node_new(r->s, N_VALCONST, want, e);
  c->num = n->num;
  return c;
}

static Node *pattern_at(RuleTyper *r, const Expr *e, Sort want) {
  if (want.kind != SORT_VALUE)
    return rule_error(r, e->loc, E_PATTERN, "`@` names a value");
  if (rule_find_var(r, e->name.s))
    return rule_error(r, e->loc, E_TWICE,
                      "`%s` is bound already, and a value is looked at once: "
                      "put `@` at its first place, and nowhere else",
                      e->name.s);
  Node *n = pattern(r, e->kids.at[0], want);
  if (!n)
    return NULL;
  if ((n->kind != N_OP && n->kind != N_VALCONST) || n->var)
    return rule_error(r, e->loc, E_PATTERN,
                      "wanted an op or a literal after `@`");
  n->var = rule_var(r, VAR_VALUE, e->name, n->sort);
  return n;
}

typedef VEC(const Expr *) AltVec;

static void alternatives(RuleTyper *r, const Expr *e, AltVec *v) {
  if (e->kind == EX_BINARY && e->op == BIN_OR) {
    alternatives(r, e->kids.at[0], v);
    alternatives(r, e->kids.at[1], v);
  } else {
    vec_push(r->s->arena, v, e);
  }
}

static Node *pattern_or(RuleTyper *r, const Expr *e, Sort want) {
  AltVec v = {0};
  alternatives(r, e, &v);
  u32 k = choose(r, v.n);
  return r->dead ? NULL : pattern(r, v.at[k], want);
}

static bool op_fits(RuleTyper *r, const Head *h, const OpInst *op, Sort want) {
  if (want.kind == SORT_VALUE && want.type && op->type != want.type)
    return false;
  for (u32 i = 0; i < h->op->nparams; i++) {
    if (!head_admits(r, h, i, op->args[i]))
      return false;
    for (u32 k = 0; k < i && i < h->n; k++) // the same new name twice
      if (h->given[i].name.s == h->given[k].name.s && !h->given[i].arg &&
          strcmp(h->given[i].name.s, "_") != 0 &&
          !param_arg_equal(op->args[i], op->args[k]))
        return false;
  }
  return true;
}

static void bind_params(RuleTyper *r, const Head *h, const OpInst *op) {
  for (u32 i = 0; i < h->n; i++)
    if (head_admits(r, h, i, op->args[i]) == 2) {
      if (r->env.n >= 12) {
        rule_error(r, h->given[i].name.loc, E_PARAM, "more than 12 parameters");
        return;
      }
      const ParamInfo *p = &h->op->params[i];
      if (param_misspelt(h->given[i].name.s, p)) {
        rule_error(r, h->given[i].name.loc, E_PARAM,
                   "`%s` is nothing that op %s has here, wanted %s",
                   h->given[i].name.s, h->op->name, param_choices(r->s, p));
        rule_help(r, PARAM_HELP);
        return;
      }
      env_put(&r->env, h->given[i].name.s, op->args[i]);
    }
}

// An op of one result type is told by that.
static void say_no_opcode(RuleTyper *r, const Expr *e, const Head *h,
                          Sort want) {
  const u8 type = r->s->ops[h->op->first].type;
  bool one = want.kind == SORT_VALUE && want.type && type != want.type;
  for (u32 i = 0; i < h->op->count; i++)
    one &= r->s->ops[h->op->first + i].type == type;
  if (one)
    rule_dead(r, e->loc, "op %s gives %s, wanted %s", h->op->name,
              type ? vtype_names[type] : "nothing", vtype_names[want.type]);
  else
    rule_dead(r, e->loc, "no parameters of op %s fit here", h->op->name);
}

// Which opcode this run takes.
static const OpInst *pick_opcode(RuleTyper *r, const Expr *e, const Head *h,
                                 Sort want) {
  u32 n = 0;
  for (u32 i = 0; i < h->op->count; i++)
    n += op_fits(r, h, &r->s->ops[h->op->first + i], want);
  if (r->t.failed)
    return NULL;
  if (!n) {
    say_no_opcode(r, e, h, want);
    return NULL;
  }
  u32 k = choose(r, n);
  for (u32 i = 0; i < h->op->count; i++) {
    const OpInst *op = &r->s->ops[h->op->first + i];
    if (op_fits(r, h, op, want) && k-- == 0) {
      bind_params(r, h, op);
      return op;
    }
  }
  return NULL;
}

static Node *pattern_op(RuleTyper *r, const Expr *e, Sort want, bool root) {
  Head h;
  if (!rule_head(r, e, &h))
    return NULL;
  const OpInst *op = pick_opcode(r, e, &h, want);
  if (!op)
    return NULL;
  if (e->kids.n != op->noperands)
    return rule_error(r, e->loc, E_ARITY, "op %s with %u operands, wanted %u",
                      h.op->name, e->kids.n, op->noperands);
  if (!root && !(op->flags & (OF_PURE | OF_PURE_IF)))
    return rule_error(
        r, e->loc, E_PURE,
        "op %s is not pure: patterns below the root see pure ops only",
        h.op->name);
  Node *n = node_new(
      r->s, N_OP,
      op->type ? sort_value(r->s, (VType)op->type) : sort_of(SORT_NONE), e);
  n->op = (u32)(op - r->s->ops);
  n->nkids = e->kids.n;
  n->kids = arena_array(r->s->arena, Node *, n->nkids + 1);
  for (u32 i = 0; i < n->nkids; i++) {
    n->kids[i] = pattern(r, e->kids.at[i], op->operands[i].sort);
    if (!n->kids[i])
      return NULL;
  }
  return n;
}

static Node *pattern(RuleTyper *r, const Expr *e, Sort want) {
  if (r->t.failed || r->dead)
    return NULL;
  if (e->kind == EX_TERM && !is_op_term(r->s, e)) // `(x)`
    return pattern_name(r, e, want);
  switch (e->kind) {
  case EX_NAME: return pattern_name(r, e, want);
  case EX_INT:
  case EX_FLOAT:
  case EX_UNARY: return pattern_literal(r, e, want);
  case EX_AT: return pattern_at(r, e, want);
  case EX_BINARY:
    if (e->op == BIN_OR)
      return pattern_or(r, e, want);
    break;
  case EX_TERM:
    if (want.kind == SORT_VALUE)
      return pattern_op(r, e, want, false);
    break;
  default: break;
  }
  return rule_error(r, e->loc, E_PATTERN,
                    "no pattern: wanted an op, a variable, "
                    "`_`, a literal or (a | b)");
}

Node *pattern_root(RuleTyper *r, const Expr *e) {
  if (e->kind == EX_BINARY && e->op == BIN_OR) {
    AltVec v = {0};
    alternatives(r, e, &v);
    u32 k = choose(r, v.n);
    if (r->dead)
      return NULL;
    e = v.at[k];
  }
  Name at = {0};
  if (e->kind == EX_AT) {
    at = e->name;
    e = e->kids.at[0];
  }
  if (!is_op_term(r->s, e))
    return rule_error(r, e->loc, E_PATTERN, "wanted an op on the left");
  Node *n = pattern_op(r, e, sort_of(SORT_NONE), true);
  if (n && at.s)
    n->var = rule_var(r, VAR_VALUE, at, n->sort);
  return n;
}
