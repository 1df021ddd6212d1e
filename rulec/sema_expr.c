// Types expressions: widths from the types, booleans, codes, records. Every fn
// and code predicate is put in line; what is constant is folded.
//
// A literal, bits(T) and what is computed from them alone is a whole number
// without width (SORT_BV, 0 bits) until something with a width meets it.
#include "rulec/sema_priv.h"

enum {
  MOST_NODES = 20000,
  MOST_NESTING = 32,
  MOST_LEVELS = 800,
  MOST_BITS = 128 // what generated C computes with
};

static Node *fail(Typer *t, Loc loc, const char *code, const char *text) {
  if (!t->failed && !t->quiet)
    diag_error(t->s->diags, loc, code, "%s", text);
  t->failed = true;
  return NULL;
}

static const char *sort_text(Typer *t, Sort sort) {
  Text x = {.arena = t->s->arena};
  sort_print(&x, t->s, sort);
  return text_str(&x);
}

static Node *mismatch(Typer *t, Loc loc, Sort found, Sort wanted) {
  return fail(t, loc, "E-TYPE",
              arena_printf(t->s->arena, "found %s, wanted %s",
                           sort_text(t, found), sort_text(t, wanted)));
}

Var *var_new(Typer *t, VarKind k, const char *name, Sort sort, Loc loc) {
  Var *v = arena_new(t->s->arena, Var);
  *v = (Var){.kind = (u8)k, .name = name, .index = (*t->nvars)++, .sort = sort,
             .loc = loc, .wild = strcmp(name, "_") == 0};
  return v;
}

static Node *make(Typer *t, NodeKind k, Sort sort, const Expr *src) {
  if (++t->nodes > MOST_NODES)
    fail(t, src->loc, "E-SIZE", "an expression of more than 20000 nodes once its "
                                "functions stand in line");
  return node_new(t->s, k, sort, src);
}

static bool is_bv(const Node *n) { return n->sort.kind == SORT_BV; }
static bool is_number(const Node *n) { return is_bv(n) && !n->sort.bits; }

// --- widths -------------------------------------------------------------------------

static u128 float_bits(double d, u32 bits) {
  if (bits == 32) {
    float f = (float)d;
    u32 u;
    memcpy(&u, &f, 4);
    return u;
  }
  u64 u;
  memcpy(&u, &d, 8);
  return u;
}

static Node *const_width(Typer *t, Node *n, u32 bits) {
  Node *c = node_new(t->s, N_CONST, sort_bv(bits), n->src);
  if (n->field) { // a float literal
    if (bits != 32 && bits != 64)
      return mismatch(t, n->src->loc, n->sort, sort_bv(bits));
    u64 u = (u64)n->num;
    double d;
    memcpy(&d, &u, 8);
    c->num = float_bits(d, bits);
    return c;
  }
  s128 v = (s128)n->num;
  if (bits < 127 && (v >= (s128)1 << bits || v < -((s128)1 << (bits - 1))))
    return fail(t, n->src->loc, "E-WIDTH",
                arena_printf(t->s->arena, "a constant wider than its %u bits", bits));
  c->num = n->num & bits_mask(bits);
  return c;
}

Node *type_width(Typer *t, Node *n, u32 bits) {
  if (!n || !is_number(n) || !bits)
    return n;
  if (n->kind == N_CONST)
    return const_width(t, n, bits);
  u32 from = n->kind == N_COND || n->kind == N_LET ? 1 : 0;
  bool shift = n->kind == N_BINARY && (n->fn == BIN_SHL || n->fn == BIN_USHR ||
                                       n->fn == BIN_SSHR);
  for (u32 i = from; i < (shift ? 1 : n->nkids); i++) {
    Node *k = type_width(t, n->kids[i], bits);
    if (!k)
      return NULL;
    n->kids[i] = k;
  }
  n->sort.bits = (u16)bits;
  return node_fold(t->s, n);
}

// Gives two bit vectors the same width, or says that they have not.
static bool same_width(Typer *t, Node **x, Node **y) {
  if (is_number(*x))
    *x = type_width(t, *x, (*y)->sort.bits);
  else if (is_number(*y))
    *y = type_width(t, *y, (*x)->sort.bits);
  if (!*x || !*y)
    return false;
  if ((*x)->sort.bits != (*y)->sort.bits)
    mismatch(t, (*y)->src->loc, (*y)->sort, (*x)->sort);
  return (*x)->sort.bits == (*y)->sort.bits;
}

// A number known now that needs no width: `bits(T)`, `8`. n: e, typed.
static bool known_node(Typer *t, const Node *n, const Expr *e, s64 least, s64 most,
                       u32 *out) {
  if (!n)
    return false;
  u128 v;
  s128 sv = 0;
  bool known = is_bv(n) && node_is_const(n, &v);
  if (known)
    sv = (s128)v;
  if (!known || sv < least || sv > most) {
    fail(t, e->loc, "E-WIDTH",
         arena_printf(t->s->arena, "wanted a number known here, %lld to %lld",
                      (long long)least, (long long)most));
    return false;
  }
  *out = (u32)sv;
  return true;
}

static bool known_number(Typer *t, const Expr *e, s64 least, s64 most, u32 *out) {
  return known_node(t, type_expr(t, e, sort_of(SORT_NONE)), e, least, most, out);
}

// --- names ---------------------------------------------------------------------------

static const Scope *scope_find(const Typer *t, const char *name) {
  for (const Scope *c = t->scope; c; c = c->up)
    if (c->name == name)
      return c;
  return NULL;
}

static Node *scope_node(Typer *t, const Scope *c, const Expr *src) {
  if (c->var)
    return node_var(t->s, c->var, src);
  Node *n = node_new(t->s, N_CONST, c->node->sort, src);
  *n = *c->node;
  return n;
}

static Node *field_of(Typer *t, Node *x, const char *name, const Expr *src) {
  static const char *const flag_names[] = {"o", "c", "z", "s", "p"};
  if (x->sort.kind == SORT_FLAGS)
    for (u16 i = 0; i < FF_COUNT; i++)
      if (strcmp(flag_names[i], name) == 0) {
        Node *n = make(t, N_FIELD, sort_of(SORT_BOOL), src);
        n->field = i;
        return node_kids(t->s, n, 1, x);
      }
  static const Sort sorts[MF_COUNT] = {
      [MF_OFF] = {SORT_BV, 0, 32, 0},   [MF_BYTES] = {SORT_BV, 0, 8, 0},
      [MF_EXT] = {SORT_EXT, 0, 0, 0},   [MF_REGION] = {SORT_REGION, 0, 0, 0},
      [MF_ALIGN] = {SORT_BV, 0, 8, 0},  [MF_MEM] = {SORT_BV, 0, 8, 0},
      [MF_READONLY] = {SORT_BOOL, 0, 0, 0}, [MF_NOTRAP] = {SORT_BOOL, 0, 0, 0},
      [MF_MOVABLE] = {SORT_BOOL, 0, 0, 0}};
  if (x->sort.kind == SORT_MEMARG)
    for (u16 i = 0; i < MF_COUNT; i++)
      if (strcmp(memfield_names[i], name) == 0) {
        Node *n = make(t, N_FIELD, sorts[i], src);
        n->field = i;
        return node_kids(t->s, n, 1, x);
      }
  return fail(t, src->loc, "E-FIELD",
              arena_printf(t->s->arena, "%s has no field `%s`",
                           sort_text(t, x->sort), name));
}

static s32 find_word(const char *const *words, const char *name) {
  for (s32 i = 0; words[i]; i++)
    if (strcmp(words[i], name) == 0)
      return i;
  return -1;
}

// A name that only what is wanted gives a meaning: members of codes.
static Node *wanted_name(Typer *t, const Expr *e, Sort want) {
  static const char *const regions[] = {"heap", "host", "table", "global",
                                        "vmctx", NULL};
  static const char *const exts[] = {"none", "zero", "sign", NULL};
  static const char *const traps[] = {
      "none",      "unreachable", "div0",    "overflow", "invalid", "heap_oob",
      "table_oob", "null_func",   "bad_sig", "stack",    "host",    NULL};
  s32 k = -1;
  if (want.kind == SORT_TRAP)
    k = find_word(traps, e->name.s);
  if (want.kind == SORT_CODE)
    k = code_member(&t->s->codes[want.decl], e->name.s);
  else if (want.kind == SORT_REGION)
    k = find_word(regions, e->name.s);
  else if (want.kind == SORT_EXT)
    k = find_word(exts, e->name.s);
  return k < 0 ? NULL : node_const(t->s, want, (u128)k, e);
}

static Node *limit(Typer *t, const char *name, u32 bits, const Expr *src) {
  u128 top = (u128)1 << (bits - 1);
  u128 v = strcmp(name, "min_s") == 0 ? top : strcmp(name, "max_s") == 0 ? top - 1
                                                                         : bits_mask(bits);
  return node_const(t->s, sort_bv(bits), v, src);
}

static bool is_limit(const char *name) {
  return strcmp(name, "min_s") == 0 || strcmp(name, "max_s") == 0 ||
         strcmp(name, "max_u") == 0;
}

static Node *plain_name(Typer *t, const Expr *e, Sort want) {
  const char *name = e->name.s;
  const ParamArg *p = env_find(t->env, name);
  if (p && p->kind == ARG_CODE)
    return node_const(t->s, (Sort){.kind = SORT_CODE, .decl = p->code}, p->value, e);
  Node *n = wanted_name(t, e, want);
  if (n)
    return n;
  if (strcmp(name, "true") == 0 || strcmp(name, "false") == 0)
    return node_const(t->s, sort_of(SORT_BOOL), name[0] == 't', e);
  if (is_limit(name) && want.kind == SORT_BV && want.bits && want.bits <= 128)
    return limit(t, name, want.bits, e);
  if (p)
    return fail(t, e->loc, "E-TYPE",
                arena_printf(t->s->arena, "`%s` is a type, wanted a value", name));
  return fail(t, e->loc, "E-NAME", arena_printf(t->s->arena, "`%s` is not bound", name));
}

static Node *type_name(Typer *t, const Expr *e, Sort want) {
  const char *name = e->name.s;
  const Scope *c = scope_find(t, name);
  if (c)
    return scope_node(t, c, e);
  const char *dot = strchr(name, '.');
  if (!dot)
    return plain_name(t, e, want);
  c = scope_find(t, intern_n(t->s, name, (size_t)(dot - name)));
  if (!c)
    return fail(t, e->loc, "E-NAME", arena_printf(t->s->arena, "`%s` is not bound", name));
  return field_of(t, scope_node(t, c, e), dot + 1, e);
}

// Could only be understood with a sort wanted.
static bool needs_want(const Typer *t, const Expr *e) {
  return e->kind == EX_NAME && !strchr(e->name.s, '.') &&
         !scope_find(t, e->name.s) && !env_find(t->env, e->name.s) &&
         strcmp(e->name.s, "true") != 0 && strcmp(e->name.s, "false") != 0;
}

// --- operators ------------------------------------------------------------------------

static bool two(Typer *t, const Expr *e, Sort want, Node **x, Node **y) {
  const Expr *a = e->kids.at[0], *b = e->kids.at[1];
  if (needs_want(t, a)) {
    *y = type_expr(t, b, want);
    *x = *y ? type_expr(t, a, (*y)->sort) : NULL;
  } else {
    *x = type_expr(t, a, want);
    *y = *x ? type_expr(t, b, (*x)->sort) : NULL;
  }
  return *x && *y;
}

static Node *finish(Typer *t, Node *n) { return node_fold(t->s, n); }

static Node *need_bv(Typer *t, Node *n) {
  if (n && !is_bv(n)) {
    if (n->sort.kind == SORT_VALUE && t->in_rule)
      return fail(t, n->src->loc, "E-VALUE",
                  "a value known at run time only, wanted an immediate: guards "
                  "see values by facts");
    return mismatch(t, n->src->loc, n->sort, sort_bv(0));
  }
  return n;
}

static Node *compare(Typer *t, const Expr *e) {
  Node *x, *y;
  if (!two(t, e, sort_of(SORT_NONE), &x, &y))
    return NULL;
  bool equality = e->op == BIN_EQ || e->op == BIN_NE;
  if (is_bv(x) || is_bv(y) || !equality) {
    if (!need_bv(t, x) || !need_bv(t, y) || !same_width(t, &x, &y))
      return NULL;
  } else if (!sort_equal(x->sort, y->sort)) {
    return mismatch(t, y->src->loc, y->sort, x->sort);
  } else if (x->sort.kind == SORT_VALUE && t->in_rule) {
    return need_bv(t, x);
  }
  Node *n = make(t, N_BINARY, sort_of(SORT_BOOL), e);
  n->fn = e->op;
  return finish(t, node_kids(t->s, n, 2, x, y));
}

static Node *logic(Typer *t, const Expr *e) {
  Node *x = type_as(t, e->kids.at[0], sort_of(SORT_BOOL));
  u128 v;
  if (!x)
    return NULL;
  // What the left decides is not even typed: `fits(T) && x << 40 ...`.
  if (node_is_const(x, &v) && (v != 0) == (e->op == BIN_OROR))
    return x;
  Node *y = type_as(t, e->kids.at[1], sort_of(SORT_BOOL));
  if (!y)
    return NULL;
  Node *n = make(t, N_BINARY, sort_of(SORT_BOOL), e);
  n->fn = e->op;
  return finish(t, node_kids(t->s, n, 2, x, y));
}

static Node *shift(Typer *t, const Expr *e, Sort want) {
  Node *x = need_bv(t, type_expr(t, e->kids.at[0], want));
  Node *y = x ? need_bv(t, type_expr(t, e->kids.at[1], sort_of(SORT_NONE))) : NULL;
  if (!y)
    return NULL;
  if (!is_number(x) || y->kind != N_CONST)
    y = type_width(t, y, 32);
  if (!y)
    return NULL;
  Node *n = make(t, N_BINARY, x->sort, e);
  n->fn = e->op;
  return finish(t, node_kids(t->s, n, 2, x, y));
}

static Node *concat(Typer *t, const Expr *e) {
  Node *x = need_bv(t, type_expr(t, e->kids.at[0], sort_of(SORT_NONE)));
  Node *y = x ? need_bv(t, type_expr(t, e->kids.at[1], sort_of(SORT_NONE))) : NULL;
  if (!y)
    return NULL;
  if (is_number(x) || is_number(y) || x->sort.bits + y->sort.bits > MOST_BITS)
    return fail(t, e->loc, "E-WIDTH", "wanted two bit vectors of known width, 128 "
                                      "bits together at most");
  Node *n = make(t, N_BINARY, sort_bv(x->sort.bits + y->sort.bits), e);
  n->fn = e->op;
  return node_kids(t->s, n, 2, x, y);
}

static Node *arith(Typer *t, const Expr *e, Sort want) {
  Node *x, *y;
  if (!two(t, e, want, &x, &y) || !need_bv(t, x) || !need_bv(t, y) ||
      !same_width(t, &x, &y))
    return NULL;
  Node *n = make(t, N_BINARY, x->sort, e);
  n->fn = e->op;
  return finish(t, node_kids(t->s, n, 2, x, y));
}

static Node *binary(Typer *t, const Expr *e, Sort want) {
  Sort bv = want.kind == SORT_BV ? want : sort_of(SORT_NONE);
  switch ((BinOp)e->op) {
  case BIN_OROR: case BIN_ANDAND: return logic(t, e);
  case BIN_EQ: case BIN_NE:
  case BIN_ULT: case BIN_ULE: case BIN_UGT: case BIN_UGE:
  case BIN_SLT: case BIN_SLE: case BIN_SGT: case BIN_SGE:
    return compare(t, e);
  case BIN_SHL: case BIN_USHR: case BIN_SSHR: return shift(t, e, bv);
  case BIN_CONCAT: return concat(t, e);
  case BIN_OR: case BIN_XOR: case BIN_AND: case BIN_ADD: case BIN_SUB:
  case BIN_MUL: case BIN_UDIV: case BIN_SDIV: case BIN_UREM: case BIN_SREM:
  case BIN_COUNT:
    return arith(t, e, bv);
  }
  return NULL;
}

static Node *unary(Typer *t, const Expr *e, Sort want) {
  bool no = e->op == UN_NOT;
  Node *x = no ? type_as(t, e->kids.at[0], sort_of(SORT_BOOL))
               : need_bv(t, type_expr(t, e->kids.at[0], want));
  if (!x)
    return NULL;
  Node *n = make(t, N_UNARY, x->sort, e);
  n->fn = e->op;
  return finish(t, node_kids(t->s, n, 1, x));
}

static Node *cond(Typer *t, const Expr *e, Sort want) {
  Node *c = type_as(t, e->kids.at[0], sort_of(SORT_BOOL)), *x, *y;
  u128 v;
  if (!c)
    return NULL;
  if (node_is_const(c, &v)) // the other arm need not even have a type
    return type_expr(t, e->kids.at[v ? 1 : 2], want);
  ExprList arms = {2, e->kids.at + 1};
  Expr pair = {.kind = EX_BINARY, .kids = arms, .loc = e->loc};
  if (e->kids.at[1]->kind == EX_ANY || e->kids.at[2]->kind == EX_ANY) {
    u32 any = e->kids.at[1]->kind == EX_ANY ? 1 : 2;
    Node *other = type_expr(t, e->kids.at[3 - any], want);
    if (!other)
      return NULL;
    if (want.kind == SORT_BV)
      other = type_width(t, other, want.bits);
    Node *u = make(t, N_UNSPEC, other->sort, e);
    x = any == 1 ? u : other;
    y = any == 1 ? other : u;
  } else if (!two(t, &pair, want, &x, &y)) {
    return NULL;
  }
  if (is_bv(x) && is_bv(y)) {
    if (!same_width(t, &x, &y))
      return NULL;
  } else if (!sort_equal(x->sort, y->sort)) {
    return mismatch(t, y->src->loc, y->sort, x->sort);
  }
  Node *n = make(t, N_COND, x->sort, e);
  return finish(t, node_kids(t->s, n, 3, c, x, y));
}

// --- binding: let, fn, code predicates -----------------------------------------------------

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
  if (is_number(n)) {
    fail(t, n->src->loc, "E-WIDTH", "a number of unknown width, wanted zext(.., n)");
    return false;
  }
  c->var = var_new(t, VAR_LET_IMM, name, n->sort, n->src->loc);
  return true;
}

static Node *let_node(Typer *t, const Scope *c, Node *value, Node *body,
                      const Expr *src) {
  if (!c->var || !body)
    return body;
  if (is_number(body)) {
    Node *n = make(t, N_LET, body->sort, src);
    n->var = c->var;
    return node_kids(t->s, n, 2, value, body);
  }
  Node *n = make(t, N_LET, body->sort, src);
  n->var = c->var;
  return node_kids(t->s, n, 2, value, body);
}

static Node *let(Typer *t, const Expr *e, Sort want) {
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
    return fail(t, e->loc, "E-RECURSION",
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

static bool right_count(Typer *t, const Expr *e, u32 wanted) {
  if (e->kids.n == wanted)
    return true;
  fail(t, e->loc, "E-ARITY",
       arena_printf(t->s->arena, "`%s` with %u arguments, wanted %u", e->name.s,
                    e->kids.n, wanted));
  return false;
}

// A variable of the left that stands for a value: only facts look into it.
static bool needs_value(const Typer *t, const Expr *e) {
  const Scope *c = e->kind == EX_NAME ? scope_find(t, e->name.s) : NULL;
  return c && c->var && c->var->sort.kind == SORT_VALUE;
}

static bool fn_args(Typer *t, const Expr *e, const OperandList *names, Node **args) {
  if (!right_count(t, e, names->n))
    return false;
  if (names->n > 16) {
    fail(t, e->loc, "E-ARITY", "more than 16 parameters");
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

static Node *call_fn(Typer *t, const Expr *e, const Decl *d, Sort want) {
  Node *args[16];
  if (!d->body)
    return fail(t, e->loc, "E-EXTERN", "extern functions without a meaning are not "
                                       "supported yet");
  if (d->kind == DECL_DEF)
    return fail(t, e->loc, "E-TYPE", "a def stands for a term, not for an expression");
  if (!fn_args(t, e, &d->operands, args))
    return NULL;
  if (d->results.n) {
    if (!sort_of_kind(t->s, &d->results.at[0].kinds[0], t->env, &want))
      return t->failed = true, NULL;
    if (want.kind == SORT_VALUE)
      want = sort_bv(want.bits);
    Node *n = inline_body(t, e, &d->operands, args, d->body, want);
    return n && want.kind == SORT_BV ? type_width(t, n, want.bits) : n;
  }
  return inline_body(t, e, &d->operands, args, d->body, want);
}

// --- codes ------------------------------------------------------------------------------------

static Node *pred_node(Typer *t, const Expr *e, Node *code, Node **args, u32 n) {
  Node *p = make(t, N_PRED, sort_of(SORT_BOOL), e);
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
  bool machine = e->kids.n == 1 && args[0]->sort.kind == SORT_FLAGS && t->in_rule;
  if (!node_is_const(code, &m) || machine)
    return pred_node(t, e, code, args, e->kids.n);
  for (u32 i = 0; i + 1 < e->kids.n; i++)
    if (is_bv(args[i]) && is_bv(args[i + 1]) &&
        !same_width(t, &args[i], &args[i + 1]))
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
    return fail(t, e->loc, "E-CODE", "wanted a code known here");
  const CodeInfo *c = &t->s->codes[x->sort.decl];
  if (strcmp(e->name.s, "enc") == 0)
    return node_const(t->s, sort_bv(0), c->enc[(u32)m], e);
  const s32 *map = strcmp(e->name.s, "swap") == 0 ? c->swap : c->invert;
  if (!map || map[(u32)m] < 0)
    return fail(t, e->loc, "E-CODE",
                arena_printf(t->s->arena, "%s of code %s has no `%s`",
                             c->members[(u32)m], c->name, e->name.s));
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

// --- builtins -------------------------------------------------------------------------------------

// A type given as argument: T, i32, a shape, or a variable's own.
static bool type_argument(Typer *t, const Expr *e, u32 *bits, u32 *lanes) {
  static const u8 shape_lanes[SH_COUNT] = {16, 8, 4, 2, 4, 2};
  const ParamArg *p = e->kind == EX_NAME ? env_find(t->env, e->name.s) : NULL;
  s32 v = e->kind == EX_NAME ? vtype_find(e->name.s) : -1;
  s32 h = e->kind == EX_NAME ? shape_find(e->name.s) : -1;
  if (p && p->kind == ARG_TYPE)
    v = p->value;
  if (p && p->kind == ARG_SHAPE)
    h = p->value;
  *lanes = h >= 0 ? shape_lanes[h] : 1;
  *bits = h >= 0 ? 128u : v >= 0 ? vtype_bits[v] : 0;
  if (*bits)
    return true;
  Node *n = type_expr(t, e, sort_of(SORT_NONE));
  if (!n)
    return false;
  *bits = n->sort.bits;
  if (*bits)
    return true;
  fail(t, e->loc, "E-TYPE", "wanted a type, or something that has a width");
  return false;
}

static Node *type_number(Typer *t, const Expr *e) {
  u32 bits, lanes;
  const char *f = e->name.s;
  if (!right_count(t, e, 1) || !type_argument(t, e->kids.at[0], &bits, &lanes))
    return NULL;
  u32 v = strcmp(f, "bits") == 0    ? bits
          : strcmp(f, "bytes") == 0 ? bits / 8
          : strcmp(f, "lanes") == 0 ? lanes
                                    : bits / lanes;
  return node_const(t->s, sort_bv(0), v, e);
}

static Node *extension(Typer *t, const Expr *e) {
  const char *f = e->name.s;
  NodeKind k = f[0] == 'z' ? N_ZEXT : f[0] == 's' ? N_SEXT : N_TRUNC;
  if (!right_count(t, e, 2))
    return NULL;
  Node *x = type_expr(t, e->kids.at[0], sort_of(SORT_NONE));
  if (!x || (x->sort.kind != SORT_BOOL && !need_bv(t, x)))
    return NULL;
  Node *w = type_expr(t, e->kids.at[1], sort_of(SORT_NONE));
  if (w && k == N_TRUNC && w->kind != N_CONST) {
    Node *n = make(t, N_TRUNC, sort_of(SORT_DYN), e);
    return node_kids(t->s, n, 2, x, w);
  }
  u32 bits;
  if (!known_node(t, w, e->kids.at[1], 1, MOST_BITS, &bits))
    return NULL;
  u32 from = x->sort.kind == SORT_BOOL ? 1 : x->sort.bits;
  if (!from)
    return type_width(t, x, bits);
  if (k == N_TRUNC ? bits > from : bits < from)
    return fail(t, e->loc, "E-WIDTH",
                arena_printf(t->s->arena, "%s of %u bits to %u", f, from, bits));
  if (bits == from && is_bv(x))
    return x;
  return finish(t, node_kids(t->s, make(t, k, sort_bv(bits), e), 1, x));
}

typedef enum BuiltinForm { // arguments -> result
  BF_SAME,   // x -> width of x
  BF_TEST,   // x -> bool
  BF_FITS,   // x, number -> bool
  BF_LIST,   // list -> 32 bits
  BF_EXTEND, BF_INSIDE, BF_HAS,
  BF_FACT,   // value -> its width
  BF_FACT_BOOL,
  BF_TARGET_BOOL, BF_TARGET_TRAP,
  BF_F1, BF_F2, BF_F1_BOOL, BF_F2_BOOL, // floats of one width
  BF_TO64, BF_TO32,     // 32 -> 64, 64 -> 32
  BF_T_ANY,  // type, x -> width of the type
  BF_T_BOOL, // type, x -> bool
} BuiltinForm;

static const u8 builtin_forms[BI_COUNT] = {
    [BI_CLZ] = BF_SAME, [BI_CTZ] = BF_SAME, [BI_POPCNT] = BF_SAME,
    [BI_BSWAP] = BF_SAME, [BI_LOG2] = BF_SAME, [BI_IS_POW2] = BF_TEST,
    [BI_MSB] = BF_TEST, [BI_PARITY] = BF_TEST, [BI_FITS_S] = BF_FITS,
    [BI_FITS_U] = BF_FITS, [BI_LEN] = BF_LIST, [BI_EXTEND] = BF_EXTEND,
    [BI_INSIDE] = BF_INSIDE, [BI_HAS] = BF_HAS, [BI_ZEROS] = BF_FACT,
    [BI_ONES] = BF_FACT, [BI_UMIN] = BF_FACT, [BI_UMAX] = BF_FACT,
    [BI_SMIN] = BF_FACT, [BI_SMAX] = BF_FACT, [BI_ISCONST] = BF_FACT_BOOL,
    [BI_TRAPS] = BF_TARGET_BOOL, [BI_TRAPCODE] = BF_TARGET_TRAP,
    [BI_FP_ADD] = BF_F2, [BI_FP_SUB] = BF_F2, [BI_FP_MUL] = BF_F2,
    [BI_FP_DIV] = BF_F2, [BI_FP_MIN] = BF_F2, [BI_FP_MAX] = BF_F2,
    [BI_FP_SQRT] = BF_F1, [BI_FP_CEIL] = BF_F1, [BI_FP_FLOOR] = BF_F1,
    [BI_FP_TRUNC] = BF_F1, [BI_FP_NEAREST] = BF_F1, [BI_FP_EQ] = BF_F2_BOOL,
    [BI_FP_LT] = BF_F2_BOOL, [BI_FP_LE] = BF_F2_BOOL,
    [BI_FP_ISNAN] = BF_F1_BOOL, [BI_FP_PROMOTE] = BF_TO64,
    [BI_FP_DEMOTE] = BF_TO32, [BI_FP_WIDEN] = BF_TO64, [BI_FP_NARROW] = BF_TO32,
    [BI_FP_FROM_S] = BF_T_ANY, [BI_FP_FROM_U] = BF_T_ANY, [BI_FP_TO_S] = BF_T_ANY,
    [BI_FP_TO_U] = BF_T_ANY, [BI_FP_TO_SAT_S] = BF_T_ANY,
    [BI_FP_TO_SAT_U] = BF_T_ANY, [BI_FP_FITS_S] = BF_T_BOOL,
    [BI_FP_FITS_U] = BF_T_BOOL,
};

static Node *builtin_node(Typer *t, const Expr *e, Builtin b, Sort sort, Node *x,
                          Node *y) {
  Node *n = make(t, N_CALL, sort, e);
  n->fn = (u8)b;
  return node_kids(t->s, n, y ? 2 : x ? 1 : 0, x, y);
}

static bool float_width(Typer *t, const Node *n) {
  if (n->sort.bits == 32 || n->sort.bits == 64)
    return true;
  fail(t, n->src->loc, "E-TYPE", "wanted a float of 32 or 64 bits");
  return false;
}

static Node *bv_arg(Typer *t, const Expr *e, u32 i, Sort want) {
  return need_bv(t, type_expr(t, e->kids.at[i], want));
}

// One or two operands of a width that the operation keeps.
static Node *same_builtin(Typer *t, const Expr *e, Builtin b, Sort want, u32 n,
                          bool test, bool is_float) {
  if (!right_count(t, e, n))
    return NULL;
  if (test || want.kind != SORT_BV)
    want = sort_of(SORT_NONE);
  Node *x = bv_arg(t, e, 0, want), *y = NULL;
  if (x && n == 2) {
    y = bv_arg(t, e, 1, x->sort);
    if (!y || !same_width(t, &x, &y))
      return NULL;
  }
  if (x && is_number(x) && want.bits)
    x = type_width(t, x, want.bits);
  if (!x)
    return NULL;
  if (is_number(x))
    return fail(t, e->loc, "E-WIDTH", "operands of unknown width");
  if (is_float && !float_width(t, x))
    return NULL;
  if (x->sort.bits > 64)
    return fail(t, e->loc, "E-WIDTH",
                arena_printf(t->s->arena, "`%s` of more than 64 bits", e->name.s));
  return builtin_node(t, e, b, test ? sort_of(SORT_BOOL) : x->sort, x, y);
}

static Node *fits(Typer *t, const Expr *e, Builtin b) {
  u32 bits;
  if (!right_count(t, e, 2))
    return NULL;
  Node *x = bv_arg(t, e, 0, sort_of(SORT_NONE));
  if (!x || !known_number(t, e->kids.at[1], 1, MOST_BITS, &bits))
    return NULL;
  if (is_number(x))
    return fail(t, e->loc, "E-WIDTH", "a number of unknown width");
  if (bits >= x->sort.bits)
    return node_const(t->s, sort_of(SORT_BOOL), 1, e);
  return builtin_node(t, e, b, sort_of(SORT_BOOL), x,
                      node_const(t->s, sort_bv(32), bits, e));
}

static Node *resized(Typer *t, const Expr *e, Builtin b, u32 from, u32 to) {
  if (!right_count(t, e, 1))
    return NULL;
  Node *x = type_as(t, e->kids.at[0], sort_bv(from));
  return x ? builtin_node(t, e, b, sort_bv(to), x, NULL) : NULL;
}

static Node *typed_builtin(Typer *t, const Expr *e, Builtin b, bool test) {
  u32 bits, lanes;
  if (!right_count(t, e, 2) || !type_argument(t, e->kids.at[0], &bits, &lanes))
    return NULL;
  Node *x = bv_arg(t, e, 1, sort_of(SORT_NONE));
  if (!x || !float_width(t, x))
    return NULL;
  Node *n = builtin_node(t, e, b, test ? sort_of(SORT_BOOL) : sort_bv(bits), x, NULL);
  n->field = (u16)bits;
  return n;
}

static Node *fact(Typer *t, const Expr *e, Builtin b, bool test) {
  if (!right_count(t, e, 1))
    return NULL;
  Node *x = type_expr(t, e->kids.at[0], sort_of(SORT_NONE));
  if (!x)
    return NULL;
  if (x->sort.kind != SORT_VALUE || x->kind != N_VAR)
    return mismatch(t, x->src->loc, x->sort, sort_value(VT_NONE));
  return builtin_node(t, e, b, test ? sort_of(SORT_BOOL) : sort_bv(x->sort.bits), x,
                      NULL);
}

static Node *of_sort(Typer *t, const Expr *e, Builtin b, SortKind from, Sort to) {
  if (!right_count(t, e, 1))
    return NULL;
  Node *x = type_expr(t, e->kids.at[0], sort_of(SORT_NONE));
  if (!x)
    return NULL;
  bool list = from == SORT_TARGETS && x->sort.kind == SORT_VALUES;
  if (x->sort.kind != from && !list)
    return mismatch(t, x->src->loc, x->sort, sort_of(from));
  return builtin_node(t, e, b, to, x, NULL);
}

static Node *has(Typer *t, const Expr *e) {
  if (!right_count(t, e, 1))
    return NULL;
  if (e->kids.at[0]->kind != EX_NAME)
    return fail(t, e->loc, "E-FEATURE", "wanted the name of a feature");
  Node *n = builtin_node(t, e, BI_HAS, sort_of(SORT_BOOL), NULL, NULL);
  n->text = e->kids.at[0]->name.s;
  n->field = (u16)feature_use(t->s, n->text);
  return n;
}

static Node *extend(Typer *t, const Expr *e) {
  u32 bits;
  if (!right_count(t, e, 3))
    return NULL;
  Node *x = type_expr(t, e->kids.at[0], sort_of(SORT_NONE));
  Node *y = x ? type_as(t, e->kids.at[1], sort_of(SORT_EXT)) : NULL;
  if (!y || !known_number(t, e->kids.at[2], 1, 128, &bits))
    return NULL;
  if (x->sort.kind != SORT_DYN && !need_bv(t, x))
    return NULL;
  return builtin_node(t, e, BI_EXTEND, sort_bv(bits), x, y);
}

static Node *inside(Typer *t, const Expr *e) {
  if (!right_count(t, e, 3))
    return NULL;
  Node *p = type_as(t, e->kids.at[0], sort_bv(64));
  Node *n = p ? bv_arg(t, e, 1, sort_of(SORT_NONE)) : NULL;
  Node *r = n ? type_as(t, e->kids.at[2], sort_of(SORT_REGION)) : NULL;
  if (!r)
    return NULL;
  Node *c = make(t, N_CALL, sort_of(SORT_BOOL), e);
  c->fn = BI_INSIDE;
  return node_kids(t->s, c, 3, p, type_width(t, n, 64), r);
}

static Node *builtin(Typer *t, const Expr *e, Builtin b, Sort want) {
  switch ((BuiltinForm)builtin_forms[b]) {
  case BF_SAME: return same_builtin(t, e, b, want, 1, false, false);
  case BF_TEST: return same_builtin(t, e, b, want, 1, true, false);
  case BF_F1: return same_builtin(t, e, b, want, 1, false, true);
  case BF_F2: return same_builtin(t, e, b, want, 2, false, true);
  case BF_F1_BOOL: return same_builtin(t, e, b, want, 1, true, true);
  case BF_F2_BOOL: return same_builtin(t, e, b, want, 2, true, true);
  case BF_FITS: return fits(t, e, b);
  case BF_LIST: return of_sort(t, e, b, SORT_TARGETS, sort_bv(32));
  case BF_EXTEND: return extend(t, e);
  case BF_INSIDE: return inside(t, e);
  case BF_HAS: return has(t, e);
  case BF_FACT: return fact(t, e, b, false);
  case BF_FACT_BOOL: return fact(t, e, b, true);
  case BF_TARGET_BOOL: return of_sort(t, e, b, SORT_TARGET, sort_of(SORT_BOOL));
  case BF_TARGET_TRAP: return of_sort(t, e, b, SORT_TARGET, sort_of(SORT_TRAP));
  case BF_TO64: return resized(t, e, b, 32, 64);
  case BF_TO32: return resized(t, e, b, 64, 32);
  case BF_T_ANY: return typed_builtin(t, e, b, false);
  case BF_T_BOOL: return typed_builtin(t, e, b, true);
  }
  return NULL;
}

static Node *limit_call(Typer *t, const Expr *e) {
  u32 bits;
  if (!right_count(t, e, 1) || !known_number(t, e->kids.at[0], 1, 128, &bits))
    return NULL;
  return limit(t, e->name.s, bits, e);
}

static bool is_word(const char *name, const char *const *words) {
  return find_word(words, name) >= 0;
}

// Order: what the rule binds, then what the language has, then fns.
static Node *call(Typer *t, const Expr *e, Sort want) {
  static const char *const numbers[] = {"bits", "bytes", "lanes", "lane_bits", NULL};
  static const char *const widths[] = {"zext", "sext", "trunc", NULL};
  static const char *const maps[] = {"swap", "not", "enc", NULL};
  const char *f = e->name.s;
  const Scope *c = scope_find(t, f);
  const ParamArg *p = env_find(t->env, f);
  if (c || (p && p->kind == ARG_CODE)) {
    Expr head = {.kind = EX_NAME, .name = e->name, .loc = e->name.loc};
    Expr *copy = arena_new(t->s->arena, Expr);
    *copy = head;
    Node *code = type_name(t, copy, sort_of(SORT_NONE));
    if (code && code->sort.kind == SORT_CODE)
      return apply_code(t, e, code);
    return code ? fail(t, e->loc, "E-TYPE", "only codes and functions are applied") : NULL;
  }
  if (is_word(f, numbers))
    return type_number(t, e);
  if (is_word(f, widths))
    return extension(t, e);
  if (is_limit(f))
    return limit_call(t, e);
  for (u32 b = 0; b < BI_COUNT; b++)
    if (strcmp(builtin_names[b], f) == 0)
      return builtin(t, e, (Builtin)b, want);
  u32 fn = map_get(&t->s->priv->fns, f);
  if (fn)
    return call_fn(t, e, t->s->ast->at[fn - 1], want);
  if (is_word(f, maps) && e->kids.n == 1)
    return code_map(t, e, want);
  Node *member = e->kids.n == 1 ? member_of_flags(t, e) : NULL;
  if (member)
    return apply_code(t, e, member);
  return fail(t, e->loc, "E-NAME",
              arena_printf(t->s->arena, "unknown function `%s`", f));
}

// --- the rest ----------------------------------------------------------------------------------------

static Node *quantifier(Typer *t, const Expr *e, Sort want) {
  u32 lo, hi;
  if (!known_number(t, e->kids.at[0], 0, 255, &lo) ||
      !known_number(t, e->kids.at[1], 0, 255, &hi))
    return NULL;
  bool sum = e->name.s[0] == 's', all = strcmp(e->name.s, "all") == 0;
  Sort sort = sum ? want : sort_of(SORT_BOOL);
  Node *acc = NULL;
  for (u32 i = lo; i < hi; i++) {
    Scope c = {.up = t->scope, .name = e->binds.at[0].s,
               .node = node_const(t->s, sort_bv(0), i, e)};
    const Scope *old = t->scope;
    t->scope = &c;
    Node *x = sum ? type_expr(t, e->kids.at[2], sort) : type_as(t, e->kids.at[2], sort);
    t->scope = old;
    if (!x || (acc && sum && !same_width(t, &acc, &x)))
      return NULL;
    if (!acc) {
      acc = x;
      continue;
    }
    Node *n = make(t, N_BINARY, x->sort, e);
    n->fn = sum ? BIN_ADD : all ? BIN_ANDAND : BIN_OROR;
    acc = finish(t, node_kids(t->s, n, 2, acc, x));
    if (t->failed)
      return NULL;
  }
  return acc ? acc : node_const(t->s, sum ? sort_bv(0) : sort, all, e);
}

static Node *index_of(Typer *t, const Expr *e) {
  Node *x = type_expr(t, e->kids.at[0], sort_of(SORT_NONE));
  Node *i = x ? bv_arg(t, e, 1, sort_of(SORT_NONE)) : NULL;
  if (!i)
    return NULL;
  if (x->sort.kind != SORT_TARGETS)
    return mismatch(t, e->loc, x->sort, sort_of(SORT_TARGETS));
  Node *n = make(t, N_INDEX, sort_of(SORT_TARGET), e);
  return node_kids(t->s, n, 2, x, type_width(t, i, 32));
}

static Node *memory(Typer *t, const Expr *e) {
  Node *p = type_as(t, e->kids.at[0], sort_bv(64));
  Node *n = p ? bv_arg(t, e, 1, sort_of(SORT_NONE)) : NULL;
  if (!n)
    return NULL;
  u128 bytes;
  Sort sort = sort_of(SORT_DYN);
  if (node_is_const(n, &bytes)) {
    if (bytes < 1 || bytes > MOST_BITS / 8)
      return fail(t, e->loc, "E-WIDTH", "wanted 1 to 16 bytes of memory");
    sort = sort_bv((u32)bytes * 8);
  }
  return node_kids(t->s, make(t, N_MEM, sort, e), 2, p, type_width(t, n, 64));
}

static Node *store(Typer *t, const Expr *e) {
  if (e->kids.at[0]->kind != EX_MEM)
    return fail(t, e->loc, "E-TYPE", "only memory is written, wanted mem[p : n] := x");
  Node *m = memory(t, e->kids.at[0]);
  Node *x = m ? type_expr(t, e->kids.at[1], m->sort) : NULL;
  if (!x)
    return NULL;
  if (m->sort.kind == SORT_BV)
    x = type_width(t, x, m->sort.bits);
  if (!x || !sort_equal(x->sort, m->sort))
    return x ? mismatch(t, x->src->loc, x->sort, m->sort) : NULL;
  Node *n = make(t, N_STORE, sort_of(SORT_NONE), e);
  return node_kids(t->s, n, 2, m, x);
}

static Node *nan_of(Typer *t, const Expr *e, Sort want) {
  Node *x = type_expr(t, e->kids.at[e->kids.n - 1], want);
  if (!x || !need_bv(t, x) || !float_width(t, x))
    return NULL;
  Node *n = make(t, N_NAN, x->sort, e);
  n->nkids = e->kids.n;
  n->kids = arena_array(t->s->arena, Node *, e->kids.n);
  n->kids[e->kids.n - 1] = x;
  for (u32 i = 0; i + 1 < e->kids.n; i++) {
    n->kids[i] = type_as(t, e->kids.at[i], x->sort);
    if (!n->kids[i])
      return NULL;
  }
  return n;
}

static Node *update(Typer *t, const Expr *e) {
  Node *m = type_as(t, e->kids.at[0], sort_of(SORT_MEMARG));
  if (!m)
    return NULL;
  Node *n = make(t, N_UPDATE, m->sort, e);
  n->nkids = e->fields.n + 1;
  n->kids = arena_array(t->s->arena, Node *, n->nkids);
  n->fields = arena_array(t->s->arena, u16, n->nkids);
  n->kids[0] = m;
  for (u32 i = 0; i < e->fields.n; i++) {
    const Field *f = &e->fields.at[i];
    Node *like = field_of(t, m, f->name.s, e);
    n->kids[i + 1] = like ? type_as(t, f->e, like->sort) : NULL;
    if (!n->kids[i + 1])
      return NULL;
    n->fields[i] = like->field;
  }
  return n;
}

static Node *record(Typer *t, const Expr *e) {
  static const char *const names[] = {"o", "c", "z", "s", "p", NULL};
  Node *n = make(t, N_RECORD, sort_of(SORT_FLAGS), e);
  n->nkids = e->fields.n;
  n->kids = arena_array(t->s->arena, Node *, n->nkids);
  n->fields = arena_array(t->s->arena, u16, n->nkids);
  for (u32 i = 0; i < n->nkids; i++) {
    const Field *f = &e->fields.at[i];
    s32 k = find_word(names, f->name.s);
    if (k < 0)
      return fail(t, f->name.loc, "E-FIELD", "flags have the fields o c z s p");
    n->fields[i] = (u16)k;
    n->kids[i] = f->e->kind == EX_ANY
                     ? make(t, N_UNSPEC, sort_of(SORT_BOOL), f->e)
                     : type_as(t, f->e, sort_of(SORT_BOOL));
    if (!n->kids[i])
      return NULL;
  }
  return n;
}

static Node *one_kid(Typer *t, const Expr *e, NodeKind k) {
  Node *x = type_expr(t, e->kids.at[0], sort_of(SORT_NONE));
  return x ? node_kids(t->s, make(t, k, sort_of(SORT_NONE), e), 1, x) : NULL;
}

static Node *number(Typer *t, const Expr *e) {
  if (e->kind == EX_INT)
    return node_const(t->s, sort_bv(0), (u128)e->num, e);
  u64 bits;
  memcpy(&bits, &e->fnum, 8);
  Node *n = node_const(t->s, sort_bv(0), bits, e);
  n->field = 1;
  return n;
}

// `(x)` comes as a term without operands.
static Node *lone_name(Typer *t, const Expr *e, Sort want) {
  if (e->kids.n || e->nparams)
    return fail(t, e->loc, "E-TYPE", "a term, wanted an expression");
  Expr *name = arena_new(t->s->arena, Expr);
  *name = (Expr){.kind = EX_NAME, .name = e->name, .loc = e->loc};
  return type_name(t, name, want);
}

static Node *type_any(Typer *t, const Expr *e, Sort want) {
  switch (e->kind) {
  case EX_NAME: return type_name(t, e, want);
  case EX_INT:
  case EX_FLOAT: return number(t, e);
  case EX_TERM: return lone_name(t, e, want);
  case EX_CALL: return call(t, e, want);
  case EX_NAN: return nan_of(t, e, want);
  case EX_UNARY: return unary(t, e, want);
  case EX_BINARY: return binary(t, e, want);
  case EX_COND: return cond(t, e, want);
  case EX_LET: return let(t, e, want);
  case EX_INDEX: return index_of(t, e);
  case EX_MEM: return memory(t, e);
  case EX_FIELD: {
    Node *x = type_expr(t, e->kids.at[0], sort_of(SORT_NONE));
    return x ? field_of(t, x, e->name.s, e) : NULL;
  }
  case EX_RECORD: return record(t, e);
  case EX_UPDATE: return update(t, e);
  case EX_QUANT: return quantifier(t, e, want);
  case EX_ANY: return make(t, N_UNSPEC, want, e);
  case EX_STORE: return store(t, e);
  case EX_GOTO: return one_kid(t, e, N_GOTO);
  case EX_RETURN: return one_kid(t, e, N_RETURN);
  case EX_MAP:
    return fail(t, e->loc, "E-LANES", "lanes are not supported yet: `map` has no "
                                      "meaning in this version");
  case EX_AT:
  case EX_ADDR: return fail(t, e->loc, "E-TYPE", "wanted an expression");
  }
  return NULL;
}

Node *type_expr(Typer *t, const Expr *e, Sort want) {
  if (t->failed)
    return NULL;
  if (t->depth >= MOST_LEVELS)
    return fail(t, e->loc, "E-DEPTH", "an expression nested too deeply once its "
                                      "functions stand in line");
  t->depth++;
  Node *n = type_any(t, e, want);
  t->depth--;
  return n;
}

Node *type_as(Typer *t, const Expr *e, Sort want) {
  Node *n = type_expr(t, e, want);
  if (n && want.kind == SORT_BV && is_bv(n))
    n = type_width(t, n, want.bits);
  if (!n)
    return NULL;
  if (!sort_equal(n->sort, want))
    return n->sort.kind == SORT_VALUE && want.kind == SORT_BV
               ? need_bv(t, n)
               : mismatch(t, e->loc, n->sort, want);
  return n;
}
