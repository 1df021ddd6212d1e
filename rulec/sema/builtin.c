// Types calls of what the language has built in: each has a form that says what
// it takes and gives.
#include "rulec/sema/expr.h"

// --- builtins -------------------------------------------------------

// A type given as argument: T, i32, a shape, or a variable's own.
static bool type_argument(Typer *t, const Expr *e, u32 *bits, u32 *lanes) {
  ParamArg a;
  *lanes = 1;
  if (type_written(t->env, e, &a)) {
    *lanes = arg_lanes(a);
    *bits = arg_bits(t->s, a);
    return true;
  }
  Node *n = type_expr(t, e, sort_of(SORT_NONE));
  if (!n)
    return false;
  *bits = n->sort.bits;
  if (*bits)
    return true;
  expr_fail(t, e->loc, E_TYPE, "wanted a type, or something that has a width");
  return false;
}

static Node *type_number(Typer *t, const Expr *e) {
  u32 bits, lanes;
  const char *f = e->name.s;
  if (!expr_count(t, e, 1) || !type_argument(t, e->kids.at[0], &bits, &lanes))
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
  if (!expr_count(t, e, 2))
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
    return expr_fail(t, e->loc, E_WIDTH, "%s of %u bits to %u", f, from, bits);
  if (bits == from && expr_is_bv(x))
    return x;
  return node_fold(t->s,
                   node_kids(t->s, expr_make(t, k, sort_bv(bits), e), 1, x));
}

typedef enum BuiltinForm { // arguments -> result
  BF_SAME,                 // x -> width of x
  BF_TEST,                 // x -> bool
  BF_FITS,                 // x, number -> bool
  BF_LIST,                 // list -> 32 bits
  BF_EXTEND,
  BF_INSIDE,
  BF_HAS,
  BF_FACT, // value -> its width
  BF_FACT_BOOL,
  BF_TARGET_BOOL,
  BF_TARGET_TRAP,
  BF_F1,
  BF_F2,
  BF_F1_BOOL,
  BF_F2_BOOL, // floats of one width
  BF_TO64,
  BF_TO32,   // 32 -> 64, 64 -> 32
  BF_T_ANY,  // type, x -> width of the type
  BF_T_BOOL, // type, x -> bool
  BF_NONE,   // not called by a name of the language
} BuiltinForm;

static const u8 builtin_forms[BI_COUNT] = {
    [BI_CLZ] = BF_SAME,
    [BI_CTZ] = BF_SAME,
    [BI_POPCNT] = BF_SAME,
    [BI_BSWAP] = BF_SAME,
    [BI_LOG2] = BF_SAME,
    [BI_IS_POW2] = BF_TEST,
    [BI_MSB] = BF_TEST,
    [BI_PARITY] = BF_TEST,
    [BI_FITS_S] = BF_FITS,
    [BI_FITS_U] = BF_FITS,
    [BI_LEN] = BF_LIST,
    [BI_EXTEND] = BF_EXTEND,
    [BI_INSIDE] = BF_INSIDE,
    [BI_HAS] = BF_HAS,
    [BI_ZEROS] = BF_FACT,
    [BI_ONES] = BF_FACT,
    [BI_UMIN] = BF_FACT,
    [BI_UMAX] = BF_FACT,
    [BI_SMIN] = BF_FACT,
    [BI_SMAX] = BF_FACT,
    [BI_ISCONST] = BF_FACT_BOOL,
    [BI_TRAPS] = BF_TARGET_BOOL,
    [BI_TRAPCODE] = BF_TARGET_TRAP,
    [BI_EXTERN] = BF_NONE,
    [BI_FP_ADD] = BF_F2,
    [BI_FP_SUB] = BF_F2,
    [BI_FP_MUL] = BF_F2,
    [BI_FP_DIV] = BF_F2,
    [BI_FP_MIN] = BF_F2,
    [BI_FP_MAX] = BF_F2,
    [BI_FP_SQRT] = BF_F1,
    [BI_FP_CEIL] = BF_F1,
    [BI_FP_FLOOR] = BF_F1,
    [BI_FP_TRUNC] = BF_F1,
    [BI_FP_NEAREST] = BF_F1,
    [BI_FP_EQ] = BF_F2_BOOL,
    [BI_FP_LT] = BF_F2_BOOL,
    [BI_FP_LE] = BF_F2_BOOL,
    [BI_FP_ISNAN] = BF_F1_BOOL,
    [BI_FP_PROMOTE] = BF_TO64,
    [BI_FP_DEMOTE] = BF_TO32,
    [BI_FP_WIDEN] = BF_TO64,
    [BI_FP_NARROW] = BF_TO32,
    [BI_FP_FROM_S] = BF_T_ANY,
    [BI_FP_FROM_U] = BF_T_ANY,
    [BI_FP_TO_S] = BF_T_ANY,
    [BI_FP_TO_U] = BF_T_ANY,
    [BI_FP_TO_SAT_S] = BF_T_ANY,
    [BI_FP_TO_SAT_U] = BF_T_ANY,
    [BI_FP_FITS_S] = BF_T_BOOL,
    [BI_FP_FITS_U] = BF_T_BOOL,
};

static Node *builtin_node(Typer *t, const Expr *e, Builtin b, Sort sort,
                          Node *x, Node *y) {
  Node *n = expr_make(t, N_CALL, sort, e);
  n->fn = (u8)b;
  return node_kids(t->s, n, y ? 2 : x ? 1 : 0, x, y);
}

bool expr_float_width(Typer *t, const Node *n) {
  if (n->sort.bits == 32 || n->sort.bits == 64)
    return true;
  expr_fail(t, n->src->loc, E_TYPE, "wanted a float of 32 or 64 bits");
  return false;
}

Node *expr_bv_arg(Typer *t, const Expr *e, u32 i, Sort want) {
  return expr_need_bv(t, type_expr(t, e->kids.at[i], want));
}

// One or two operands of a width that the operation keeps.
static Node *same_builtin(Typer *t, const Expr *e, Builtin b, Sort want, u32 n,
                          bool test, bool is_float) {
  if (!expr_count(t, e, n))
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
    return expr_fail(t, e->loc, E_WIDTH, "operands of unknown width");
  if (is_float && !expr_float_width(t, x))
    return NULL;
  if (x->sort.bits > 64)
    return expr_fail(t, e->loc, E_WIDTH, "`%s` of more than 64 bits",
                     e->name.s);
  return builtin_node(t, e, b, test ? sort_of(SORT_BOOL) : x->sort, x, y);
}

static Node *fits(Typer *t, const Expr *e, Builtin b) {
  u32 bits;
  if (!expr_count(t, e, 2))
    return NULL;
  Node *x = expr_bv_arg(t, e, 0, sort_of(SORT_NONE));
  if (!x || !expr_known(t, e->kids.at[1], 1, MOST_BITS, &bits))
    return NULL;
  if (expr_is_number(x))
    return expr_fail(t, e->loc, E_WIDTH, "a number of unknown width");
  if (bits >= x->sort.bits)
    return node_const(t->s, sort_of(SORT_BOOL), 1, e);
  return builtin_node(t, e, b, sort_of(SORT_BOOL), x,
                      node_const(t->s, sort_bv(32), bits, e));
}

static Node *resized(Typer *t, const Expr *e, Builtin b, u32 from, u32 to) {
  if (!expr_count(t, e, 1))
    return NULL;
  Node *x = type_as(t, e->kids.at[0], sort_bv(from));
  return x ? builtin_node(t, e, b, sort_bv(to), x, NULL) : NULL;
}

static Node *typed_builtin(Typer *t, const Expr *e, Builtin b, bool test) {
  u32 bits, lanes;
  if (!expr_count(t, e, 2) || !type_argument(t, e->kids.at[0], &bits, &lanes))
    return NULL;
  Node *x = expr_bv_arg(t, e, 1, sort_of(SORT_NONE));
  if (!x || !expr_float_width(t, x))
    return NULL;
  Node *n =
      builtin_node(t, e, b, test ? sort_of(SORT_BOOL) : sort_bv(bits), x, NULL);
  n->field = (u16)bits;
  return n;
}

static Node *fact(Typer *t, const Expr *e, Builtin b, bool test) {
  if (!expr_count(t, e, 1))
    return NULL;
  Node *x = type_expr(t, e->kids.at[0], sort_of(SORT_NONE));
  if (!x)
    return NULL;
  if (x->sort.kind != SORT_VALUE || x->kind != N_VAR)
    return expr_mismatch(t, x->src->loc, x->sort, sort_value(t->s, VT_NONE));
  if (test && t->in_fact)
    return expr_fail(t, e->loc, E_FACT,
                     "`isconst` in a fact, wanted umin(x) == umax(x)");
  if (!test && x->sort.type != VT_I32 && x->sort.type != VT_I64)
    return expr_fail(t, e->loc, E_FACT, "`%s` of a value that is no integer",
                     e->name.s);
  return builtin_node(
      t, e, b, test ? sort_of(SORT_BOOL) : sort_bv(x->sort.bits), x, NULL);
}

static Node *of_sort(Typer *t, const Expr *e, Builtin b, SortKind from,
                     Sort to) {
  if (!expr_count(t, e, 1))
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
  if (!expr_count(t, e, 1))
    return NULL;
  if (e->kids.at[0]->kind != EX_NAME)
    return expr_fail(t, e->loc, E_FEATURE, "wanted the name of a feature");
  Node *n = builtin_node(t, e, BI_HAS, sort_of(SORT_BOOL), NULL, NULL);
  n->text = e->kids.at[0]->name.s;
  if (!feature_known(n->text))
    return expr_fail(t, e->kids.at[0]->loc, E_FEATURE,
                     "unknown feature `%s` (back/x64/cpu.h has their names)",
                     n->text);
  n->field = (u16)feature_use(t->s, n->text);
  return n;
}

static Node *extend(Typer *t, const Expr *e) {
  u32 bits;
  if (!expr_count(t, e, 3))
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
  if (!expr_count(t, e, 3))
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
  case BF_NONE: break;
  }
  return NULL;
}

static Node *limit_call(Typer *t, const Expr *e) {
  u32 bits;
  if (!expr_count(t, e, 1) || !expr_known(t, e->kids.at[0], 1, 128, &bits))
    return NULL;
  return expr_limit(t, e->name.s, bits, e);
}

static bool is_word(const char *name, const char *const *words) {
  return expr_word(words, name) >= 0;
}

bool expr_builtin(Typer *t, const Expr *e, Sort want, Node **out) {
  static const char *const numbers[] = {"bits", "bytes", "lanes", "lane_bits",
                                        NULL};
  static const char *const widths[] = {"zext", "sext", "trunc", NULL};
  const char *f = e->name.s;
  u32 b = 0;
  while (b < BI_COUNT && strcmp(builtin_names[b], f) != 0)
    b++;
  if (b < BI_COUNT)
    *out = builtin(t, e, (Builtin)b, want);
  else if (is_word(f, numbers))
    *out = type_number(t, e);
  else if (is_word(f, widths))
    *out = extension(t, e);
  else if (expr_is_limit(f))
    *out = limit_call(t, e);
  else
    return false;
  return true;
}
