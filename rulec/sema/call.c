// Types what puts other text in line: let, functions, predicates of codes; and
// calls of what the language has built in.
#include "rulec/sema/expr.h"

// --- binding: let, fn, code predicates ------------------------------

// What may stand in place of a name wherever it is used.
static bool is_atom(const Node *n) {
  return n->kind == N_CONST || n->kind == N_VAR;
}

static bool bind(Typer *t, Scope *c, const char *name, Node *n) {
  *c = (Scope){.up = t->scope, .name = name};
  if (is_atom(n)) {
    c->node = n;
    return true;
  }
  if (expr_is_number(n)) {
    expr_fail(t, n->src->loc, E_WIDTH,
              "a number of unknown width, wanted zext(.., n)");
    return false;
  }
  c->var = var_new(t, VAR_LET_IMM, name, n->sort, n->src->loc);
  return true;
}

static Node *let_node(Typer *t, const Scope *c, Node *value, Node *body,
                      const Expr *src) {
  if (!c->var || !body)
    return body;
  if (expr_is_number(body)) {
    Node *n = expr_make(t, N_LET, body->sort, src);
    n->var = c->var;
    return node_kids(t->s, n, 2, value, body);
  }
  Node *n = expr_make(t, N_LET, body->sort, src);
  n->var = c->var;
  return node_kids(t->s, n, 2, value, body);
}

Node *expr_let(Typer *t, const Expr *e, Sort want) {
  Node *v = type_expr(t, e->kids.at[0], sort_of(SORT_NONE));
  Scope c;
  if (!v || !bind(t, &c, e->name.s, v))
    return NULL;
  const Scope *old = t->scope;
  t->scope = &c;
  Node *body = type_expr(t, e->kids.at[1], want);
  t->scope = old;
  return let_node(t, &c, v, body, e);
}

// Types body with names bound to the arguments, in nothing but that scope.
static Node *inline_body(Typer *t, const Expr *e, const OperandList *names,
                         Node **args, const Expr *body, Sort want) {
  Scope scopes[16];
  const Scope *old = t->scope;
  if (t->fn_depth >= MOST_NESTING)
    return expr_fail(
        t, e->loc, E_RECURSION,
        "functions that call each other more than 32 deep: no recursion");
  t->scope = NULL;
  t->fn_depth++;
  bool ok = true;
  for (u32 i = 0; i < names->n && ok; i++) {
    ok = bind(t, &scopes[i], names->at[i].name.s, args[i]);
    t->scope = &scopes[i];
  }
  Node *n = ok ? type_expr(t, body, want) : NULL;
  for (u32 i = names->n; n && i-- > 0;)
    n = let_node(t, &scopes[i], args[i], n, e);
  t->fn_depth--;
  t->scope = old;
  return n;
}

bool expr_count(Typer *t, const Expr *e, u32 wanted) {
  if (e->kids.n == wanted)
    return true;
  expr_fail(t, e->loc, E_ARITY, "`%s` with %u arguments, wanted %u", e->name.s,
            e->kids.n, wanted);
  return false;
}

// A variable of the left that stands for a value: only facts look into it.
static bool needs_value(const Typer *t, const Expr *e) {
  const Scope *c = e->kind == EX_NAME ? expr_scope(t, e->name.s) : NULL;
  const Sort *sort = !c ? NULL : c->var ? &c->var->sort : &c->node->sort;
  return sort && sort->kind == SORT_VALUE;
}

static bool fn_args(Typer *t, const Expr *e, const OperandList *names,
                    Node **args) {
  if (!expr_count(t, e, names->n))
    return false;
  if (names->n > 16) {
    expr_fail(t, e->loc, E_ARITY, "more than 16 parameters");
    return false;
  }
  for (u32 i = 0; i < names->n; i++) {
    Sort want = sort_of(SORT_NONE);
    const OperandDecl *o = &names->at[i];
    if (o->nkinds && !sort_of_kind(t->s, &o->kinds[0], t->env, &want)) {
      t->failed = true;
      return false;
    }
    bool value = needs_value(t, e->kids.at[i]);
    if (want.kind == SORT_VALUE && !value)
      want = sort_bv(want.bits);
    args[i] = o->nkinds ? type_as(t, e->kids.at[i], want)
                        : type_expr(t, e->kids.at[i], want);
    if (!args[i])
      return false;
  }
  return true;
}

// --- functions of C --------------------------------------------------

// What passes between rules and C: numbers to 64 bits and booleans.
static bool extern_sort(Typer *t, const KindDecl *kinds, u32 n, Sort *out) {
  Env none = {0};
  if (n != 1 || !sort_of_kind(t->s, &kinds[0], &none, out))
    return false;
  *out = meaning_sort(*out);
  return out->kind == SORT_BOOL || (out->kind == SORT_BV && out->bits <= 64);
}

static bool extern_info(Typer *t, const Decl *d, ExternInfo *x) {
  const OperandList *o = &d->operands, *r = &d->results;
  *x = (ExternInfo){.decl = d, .name = d->name.s, .nargs = o->n};
  bool fine = o->n <= MOST_EXTERN_ARGS && r->n == 1 &&
              extern_sort(t, r->at[0].kinds, r->at[0].nkinds, &x->result);
  for (u32 i = 0; i < o->n && fine; i++)
    fine = extern_sort(t, o->at[i].kinds, o->at[i].nkinds, &x->args[i]);
  return fine;
}

// A function that only C knows: to rules any function, the same everywhere.
static Node *call_extern(Typer *t, const Expr *e, const Decl *d) {
  struct SemaPriv *p = t->s->priv;
  ExternInfo x;
  if (!extern_info(t, d, &x))
    return expr_fail(t, d->loc, E_EXTERN,
                     "`%s` has no meaning, and its arguments or result are not "
                     "all numbers of known width or booleans",
                     d->name.s);
  if (!map_get(&p->externs, x.name)) {
    vec_push(t->s->arena, &p->extern_list, x);
    map_put(t->s->arena, &p->externs, x.name, p->extern_list.n);
  }
  if (!expr_count(t, e, x.nargs))
    return NULL;
  Node *n = expr_make(t, N_CALL, x.result, e);
  n->fn = BI_EXTERN;
  n->text = x.name;
  n->nkids = x.nargs;
  n->kids = arena_array(t->s->arena, Node *, x.nargs + 1);
  for (u32 i = 0; i < x.nargs; i++)
    if (!(n->kids[i] = type_as(t, e->kids.at[i], x.args[i])))
      return NULL;
  return n;
}

static Node *call_fn(Typer *t, const Expr *e, const Decl *d, Sort want) {
  Node *args[16];
  if (!d->body)
    return call_extern(t, e, d);
  if (d->kind == DECL_DEF)
    return expr_fail(t, e->loc, E_TYPE,
                     "a def stands for a term, not for an expression");
  if (!fn_args(t, e, &d->operands, args))
    return NULL;
  if (d->results.n) {
    if (!sort_of_kind(t->s, &d->results.at[0].kinds[0], t->env, &want))
      return t->failed = true, NULL;
    if (want.kind == SORT_VALUE)
      want = sort_bv(want.bits);
    Node *n = inline_body(t, e, &d->operands, args, d->body, want);
    if (n && want.kind == SORT_BV)
      n = type_width(t, n, want.bits);
    if (n && (n->sort.kind != want.kind ||
              (want.kind == SORT_BV && n->sort.bits != want.bits)))
      return expr_mismatch(t, d->body->loc, n->sort, want);
    return n;
  }
  return inline_body(t, e, &d->operands, args, d->body, want);
}

// --- codes ----------------------------------------------------------

static Node *pred_node(Typer *t, const Expr *e, Node *code, Node **args,
                       u32 n) {
  Node *p = expr_make(t, N_PRED, sort_of(SORT_BOOL), e);
  p->nkids = n + 1;
  p->kids = arena_array(t->s->arena, Node *, n + 1);
  p->kids[0] = code;
  for (u32 i = 0; i < n; i++)
    p->kids[i + 1] = args[i];
  return p;
}

// A code applied to operands: its member's predicate.
static Node *apply_code(Typer *t, const Expr *e, Node *code) {
  const CodeInfo *c = &t->s->codes[code->sort.decl];
  Node *args[16];
  if (!fn_args(t, e, &c->decl->operands, args))
    return NULL;
  u128 m;
  bool machine =
      e->kids.n == 1 && args[0]->sort.kind == SORT_FLAGS && t->in_rule;
  if (!node_is_const(code, &m) || machine)
    return pred_node(t, e, code, args, e->kids.n);
  for (u32 i = 0; i + 1 < e->kids.n; i++)
    if (expr_is_bv(args[i]) && expr_is_bv(args[i + 1]) &&
        !expr_same_width(t, &args[i], &args[i + 1]))
      return NULL;
  return inline_body(t, e, &c->decl->operands, args,
                     c->decl->members[(u32)m].pred, sort_of(SORT_BOOL));
}

static Node *code_map(Typer *t, const Expr *e, Sort want) {
  Node *x = type_expr(t, e->kids.at[0], want);
  u128 m;
  if (!x)
    return NULL;
  if (x->sort.kind != SORT_CODE || !node_is_const(x, &m))
    return expr_fail(t, e->loc, E_CODE, "wanted a code known here");
  const CodeInfo *c = &t->s->codes[x->sort.decl];
  if (strcmp(e->name.s, "enc") == 0)
    return node_const(t->s, sort_bv(0), c->enc[(u32)m], e);
  const s32 *map = strcmp(e->name.s, "swap") == 0 ? c->swap : c->invert;
  if (!map || map[(u32)m] < 0)
    return expr_fail(t, e->loc, E_CODE, "%s of code %s has no `%s`",
                     c->members[(u32)m], c->name, e->name.s);
  return node_const(t->s, x->sort, (u128)map[(u32)m], e);
}

// `e(f)`: a member's name used as a function of flags.
static Node *member_of_flags(Typer *t, const Expr *e) {
  for (u32 i = 0; i < t->s->ncodes; i++) {
    const CodeInfo *c = &t->s->codes[i];
    s32 m = code_member(c, e->name.s);
    const OperandList *o = &c->decl->operands;
    if (m >= 0 && o->n == 1 && o->at[0].nkinds == 1 &&
        strcmp(o->at[0].kinds[0].name.s, "flags") == 0)
      return node_const(t->s, (Sort){.kind = SORT_CODE, .decl = i}, (u128)m, e);
  }
  return NULL;
}

// --- an op's name used as a function --------------------------------

// Leading arguments that are types fill the op's parameters: `trunc_s(T, x)`.
static u32 type_args(Typer *t, const Expr *e, const OpDecl *op, ParamArg *out) {
  u32 n = 0;
  while (n < e->kids.n && n < op->nparams && e->kids.at[n]->kind == EX_NAME) {
    const char *name = e->kids.at[n]->name.s;
    const ParamArg *p = env_find(t->env, name);
    s32 v = vtype_find(name);
    if (p)
      out[n] = *p;
    else if (v > 0)
      out[n] = (ParamArg){.kind = ARG_TYPE, .value = (u8)v};
    else
      break;
    n++;
  }
  return n;
}

static bool meaning_fits(const OpInst *op, const ParamArg *given, u32 ngiven,
                         Node **args, u32 nargs) {
  bool fits = op->noperands == nargs;
  for (u32 i = 0; i < ngiven && fits; i++)
    fits = param_arg_equal(op->args[i], given[i]);
  for (u32 i = 0; i < nargs && fits; i++)
    fits = sort_equal(meaning_sort(op->operands[i].sort), args[i]->sort);
  return fits;
}

static Node *op_meaning(Typer *t, const Expr *e, const OpDecl *op) {
  ParamArg given[MAX_PARAMS];
  Node *args[16];
  u32 ngiven = type_args(t, e, op, given), nargs = e->kids.n - ngiven;
  if (op->unsound || nargs > 16)
    return t->failed = true, NULL;
  for (u32 i = 0; i < nargs; i++) {
    args[i] = type_expr(t, e->kids.at[ngiven + i], sort_of(SORT_NONE));
    if (!args[i])
      return NULL;
  }
  for (u32 k = 0; k < op->count; k++) {
    const OpInst *x = &t->s->ops[op->first + k];
    if (!meaning_fits(x, given, ngiven, args, nargs))
      continue;
    Sort sort = x->type ? sort_bv(t->s->bits[x->type]) : sort_of(SORT_NONE);
    Node *n = expr_make(t, N_OPMEANING, sort, e);
    n->op = op->first + k;
    n->nkids = nargs;
    n->kids = arena_array(t->s->arena, Node *, nargs + 1);
    memcpy(n->kids, args, sizeof(Node *) * nargs);
    return n;
  }
  return expr_fail(t, e->loc, E_TYPE, "op %s has no such operands", op->name);
}

// A name that the rule binds, applied: a code.
static Node *call_bound(Typer *t, const Expr *e) {
  Expr *head = arena_new(t->s->arena, Expr);
  *head = (Expr){.kind = EX_NAME, .name = e->name, .loc = e->name.loc};
  Node *code = expr_name(t, head, sort_of(SORT_NONE));
  if (!code)
    return NULL;
  if (code->sort.kind == SORT_CODE)
    return apply_code(t, e, code);
  return expr_fail(t, e->loc, E_TYPE, "only codes and functions are applied");
}

// Order: what the rule binds, then what the language has, then fns.
Node *expr_call(Typer *t, const Expr *e, Sort want) {
  static const char *const maps[] = {"swap", "not", "enc", NULL};
  const char *f = e->name.s;
  const ParamArg *p = env_find(t->env, f);
  if (expr_scope(t, f) || (p && p->kind == ARG_CODE))
    return call_bound(t, e);
  Node *n;
  if (expr_builtin(t, e, want, &n))
    return n;
  u32 fn = map_get(&t->s->priv->fns, f), op = map_get(&t->s->priv->ops, f);
  if (fn)
    return call_fn(t, e, t->s->ast->at[fn - 1], want);
  if (expr_word(maps, f) >= 0 && e->kids.n == 1)
    return code_map(t, e, want);
  Node *member = e->kids.n == 1 ? member_of_flags(t, e) : NULL;
  if (member)
    return apply_code(t, e, member);
  if (op && !t->in_rule)
    return op_meaning(t, e, &t->s->opdecls[op - 1]);
  return expr_fail(t, e->loc, E_NAME, "unknown function `%s`", f);
}
