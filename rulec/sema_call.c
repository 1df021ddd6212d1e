// Types what puts other text in line: let, functions, predicates of codes; and
// calls of what the language has built in.
#include "rulec/sema_expr.h"

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
  if (expr_is_number(n)) {
    expr_fail(t, n->src->loc, "E-WIDTH", "a number of unknown width, wanted zext(.., n)");
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
    return expr_fail(t, e->loc, "E-RECURSION",
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
  expr_fail(t, e->loc, "E-ARITY",
       arena_printf(t->s->arena, "`%s` with %u arguments, wanted %u", e->name.s,
                    e->kids.n, wanted));
  return false;
}

// A variable of the left that stands for a value: only facts look into it.
static bool needs_value(const Typer *t, const Expr *e) {
  const Scope *c = e->kind == EX_NAME ? expr_scope(t, e->name.s) : NULL;
  return c && c->var && c->var->sort.kind == SORT_VALUE;
}

static bool fn_args(Typer *t, const Expr *e, const OperandList *names, Node **args) {
  if (!right_count(t, e, names->n))
    return false;
  if (names->n > 16) {
    expr_fail(t, e->loc, "E-ARITY", "more than 16 parameters");
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
    return expr_fail(t, e->loc, "E-EXTERN", "extern functions without a meaning are not "
                                       "supported yet");
  if (d->kind == DECL_DEF)
    return expr_fail(t, e->loc, "E-TYPE", "a def stands for a term, not for an expression");
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
  bool machine = e->kids.n == 1 && args[0]->sort.kind == SORT_FLAGS && t->in_rule;
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
    return expr_fail(t, e->loc, "E-CODE", "wanted a code known here");
  const CodeInfo *c = &t->s->codes[x->sort.decl];
  if (strcmp(e->name.s, "enc") == 0)
    return node_const(t->s, sort_bv(0), c->enc[(u32)m], e);
  const s32 *map = strcmp(e->name.s, "swap") == 0 ? c->swap : c->invert;
  if (!map || map[(u32)m] < 0)
    return expr_fail(t, e->loc, "E-CODE",
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
  expr_fail(t, e->loc, "E-TYPE", "wanted a type, or something that has a width");
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
  if (!x || (x->sort.kind != SORT_BOOL && !expr_need_bv(t, x)))
    return NULL;
  Node *w = type_expr(t, e->kids.at[1], sort_of(SORT_NONE));
  if (w && k == N_TRUNC && w->kind != N_CONST) {
    Node *n = expr_make(t, N_TRUNC, sort_of(SORT_DYN), e);
    return node_kids(t->s, n, 2, x, w);
  }
  u32 bits;
  if (!expr_known_node(t, w, e->kids.at[1], 1, MOST_BITS, &bits))
    return NULL;
  u32 from = x->sort.kind == SORT_BOOL ? 1 : x->sort.bits;
  if (!from)
    return type_width(t, x, bits);
  if (k == N_TRUNC ? bits > from : bits < from)
    return expr_fail(t, e->loc, "E-WIDTH",
                arena_printf(t->s->arena, "%s of %u bits to %u", f, from, bits));
  if (bits == from && expr_is_bv(x))
    return x;
  return node_fold(t->s, node_kids(t->s, expr_make(t, k, sort_bv(bits), e), 1, x));
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
  Node *n = expr_make(t, N_CALL, sort, e);
  n->fn = (u8)b;
  return node_kids(t->s, n, y ? 2 : x ? 1 : 0, x, y);
}

bool expr_float_width(Typer *t, const Node *n) {
  if (n->sort.bits == 32 || n->sort.bits == 64)
    return true;
  expr_fail(t, n->src->loc, "E-TYPE", "wanted a float of 32 or 64 bits");
  return false;
}

Node *expr_bv_arg(Typer *t, const Expr *e, u32 i, Sort want) {
  return expr_need_bv(t, type_expr(t, e->kids.at[i], want));
}

// One or two operands of a width that the operation keeps.
static Node *same_builtin(Typer *t, const Expr *e, Builtin b, Sort want, u32 n,
                          bool test, bool is_float) {
  if (!right_count(t, e, n))
    return NULL;
  if (test || want.kind != SORT_BV)
    want = sort_of(SORT_NONE);
  Node *x = expr_bv_arg(t, e, 0, want), *y = NULL;
  if (x && n == 2) {
    y = expr_bv_arg(t, e, 1, x->sort);
    if (!y || !expr_same_width(t, &x, &y))
      return NULL;
  }
  if (x && expr_is_number(x) && want.bits)
    x = type_width(t, x, want.bits);
  if (!x)
    return NULL;
  if (expr_is_number(x))
    return expr_fail(t, e->loc, "E-WIDTH", "operands of unknown width");
  if (is_float && !expr_float_width(t, x))
    return NULL;
  if (x->sort.bits > 64)
    return expr_fail(t, e->loc, "E-WIDTH",
                arena_printf(t->s->arena, "`%s` of more than 64 bits", e->name.s));
  return builtin_node(t, e, b, test ? sort_of(SORT_BOOL) : x->sort, x, y);
}

static Node *fits(Typer *t, const Expr *e, Builtin b) {
  u32 bits;
  if (!right_count(t, e, 2))
    return NULL;
  Node *x = expr_bv_arg(t, e, 0, sort_of(SORT_NONE));
  if (!x || !expr_known(t, e->kids.at[1], 1, MOST_BITS, &bits))
    return NULL;
  if (expr_is_number(x))
    return expr_fail(t, e->loc, "E-WIDTH", "a number of unknown width");
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
  Node *x = expr_bv_arg(t, e, 1, sort_of(SORT_NONE));
  if (!x || !expr_float_width(t, x))
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
    return expr_mismatch(t, x->src->loc, x->sort, sort_value(VT_NONE));
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
    return expr_mismatch(t, x->src->loc, x->sort, sort_of(from));
  return builtin_node(t, e, b, to, x, NULL);
}

static Node *has(Typer *t, const Expr *e) {
  if (!right_count(t, e, 1))
    return NULL;
  if (e->kids.at[0]->kind != EX_NAME)
    return expr_fail(t, e->loc, "E-FEATURE", "wanted the name of a feature");
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
  if (!y || !expr_known(t, e->kids.at[2], 1, 128, &bits))
    return NULL;
  if (x->sort.kind != SORT_DYN && !expr_need_bv(t, x))
    return NULL;
  return builtin_node(t, e, BI_EXTEND, sort_bv(bits), x, y);
}

static Node *inside(Typer *t, const Expr *e) {
  if (!right_count(t, e, 3))
    return NULL;
  Node *p = type_as(t, e->kids.at[0], sort_bv(64));
  Node *n = p ? expr_bv_arg(t, e, 1, sort_of(SORT_NONE)) : NULL;
  Node *r = n ? type_as(t, e->kids.at[2], sort_of(SORT_REGION)) : NULL;
  if (!r)
    return NULL;
  Node *c = expr_make(t, N_CALL, sort_of(SORT_BOOL), e);
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
  if (!right_count(t, e, 1) || !expr_known(t, e->kids.at[0], 1, 128, &bits))
    return NULL;
  return expr_limit(t, e->name.s, bits, e);
}

static bool is_word(const char *name, const char *const *words) {
  return expr_word(words, name) >= 0;
}

// --- an op's name used as a function -------------------------------------------------

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
    Sort sort = x->type ? sort_bv(vtype_bits[x->type]) : sort_of(SORT_NONE);
    Node *n = expr_make(t, N_OPMEANING, sort, e);
    n->op = op->first + k;
    n->nkids = nargs;
    n->kids = arena_array(t->s->arena, Node *, nargs + 1);
    memcpy(n->kids, args, sizeof(Node *) * nargs);
    return n;
  }
  return expr_fail(t, e->loc, "E-TYPE",
                   arena_printf(t->s->arena, "op %s has no such operands", op->name));
}

// Order: what the rule binds, then what the language has, then fns.
Node *expr_call(Typer *t, const Expr *e, Sort want) {
  static const char *const numbers[] = {"bits", "bytes", "lanes", "lane_bits", NULL};
  static const char *const widths[] = {"zext", "sext", "trunc", NULL};
  static const char *const maps[] = {"swap", "not", "enc", NULL};
  const char *f = e->name.s;
  const Scope *c = expr_scope(t, f);
  const ParamArg *p = env_find(t->env, f);
  if (c || (p && p->kind == ARG_CODE)) {
    Expr head = {.kind = EX_NAME, .name = e->name, .loc = e->name.loc};
    Expr *copy = arena_new(t->s->arena, Expr);
    *copy = head;
    Node *code = expr_name(t, copy, sort_of(SORT_NONE));
    if (code && code->sort.kind == SORT_CODE)
      return apply_code(t, e, code);
    return code ? expr_fail(t, e->loc, "E-TYPE", "only codes and functions are applied") : NULL;
  }
  if (is_word(f, numbers))
    return type_number(t, e);
  if (is_word(f, widths))
    return extension(t, e);
  if (expr_is_limit(f))
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
  u32 op = map_get(&t->s->priv->ops, f);
  if (op && !t->in_rule)
    return op_meaning(t, e, &t->s->opdecls[op - 1]);
  return expr_fail(t, e->loc, "E-NAME",
              arena_printf(t->s->arena, "unknown function `%s`", f));
}
