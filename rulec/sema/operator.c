// Types operators: both sides get one width, what is constant is folded.
#include "rulec/sema/expr.h"

// --- operators ------------------------------------------------------

static bool two(Typer *t, const Expr *e, Sort want, Node **x, Node **y) {
  const Expr *a = e->kids.at[0], *b = e->kids.at[1];
  if (expr_needs_want(t, a)) {
    *y = type_expr(t, b, want);
    *x = *y ? type_expr(t, a, (*y)->sort) : NULL;
  } else {
    *x = type_expr(t, a, want);
    *y = *x ? type_expr(t, b, (*x)->sort) : NULL;
  }
  return *x && *y;
}

Node *expr_need_bv(Typer *t, Node *n) {
  if (n && !expr_is_bv(n)) {
    if (n->sort.kind == SORT_VALUE && t->in_rule)
      return expr_fail(
          t, n->src->loc, E_VALUE,
          "a value known at run time only, wanted an immediate: guards "
          "see values by facts");
    return expr_mismatch(t, n->src->loc, n->sort, sort_bv(0));
  }
  return n;
}

static Node *compare(Typer *t, const Expr *e) {
  Node *x, *y;
  if (!two(t, e, sort_of(SORT_NONE), &x, &y))
    return NULL;
  bool equality = e->op == BIN_EQ || e->op == BIN_NE;
  if (expr_is_bv(x) || expr_is_bv(y) || !equality) {
    if (!expr_need_bv(t, x) || !expr_need_bv(t, y) ||
        !expr_same_width(t, &x, &y))
      return NULL;
  } else if (!sort_equal(x->sort, y->sort)) {
    return expr_mismatch(t, y->src->loc, y->sort, x->sort);
  } else if (x->sort.kind == SORT_VALUE && t->in_rule) {
    return expr_need_bv(t, x);
  }
  Node *n = expr_make(t, N_BINARY, sort_of(SORT_BOOL), e);
  n->fn = e->op;
  return node_fold(t->s, node_kids(t->s, n, 2, x, y));
}

static Node *logic(Typer *t, const Expr *e) {
  Node *x = type_as(t, e->kids.at[0], sort_of(SORT_BOOL));
  u128 v;
  if (!x)
    return NULL;
  fold_note(t->s->arena, t->log, e->kids.at[0], x);
  // What the left decides is not even typed: `fits(T) && x << 40 ...`.
  if (node_is_const(x, &v) && (v != 0) == (e->op == BIN_OROR))
    return x;
  Node *y = type_as(t, e->kids.at[1], sort_of(SORT_BOOL));
  if (!y)
    return NULL;
  fold_note(t->s->arena, t->log, e->kids.at[1], y);
  Node *n = expr_make(t, N_BINARY, sort_of(SORT_BOOL), e);
  n->fn = e->op;
  return node_fold(t->s, node_kids(t->s, n, 2, x, y));
}

static Node *shift(Typer *t, const Expr *e, Sort want) {
  Node *x = expr_need_bv(t, type_expr(t, e->kids.at[0], want));
  Node *y = x ? expr_need_bv(t, type_expr(t, e->kids.at[1], sort_of(SORT_NONE)))
              : NULL;
  if (!y)
    return NULL;
  if (!expr_is_number(x) || y->kind != N_CONST)
    y = type_width(t, y, 32);
  if (!y)
    return NULL;
  Node *n = expr_make(t, N_BINARY, x->sort, e);
  n->fn = e->op;
  return node_fold(t->s, node_kids(t->s, n, 2, x, y));
}

static Node *concat(Typer *t, const Expr *e) {
  Node *x = expr_need_bv(t, type_expr(t, e->kids.at[0], sort_of(SORT_NONE)));
  Node *y = x ? expr_need_bv(t, type_expr(t, e->kids.at[1], sort_of(SORT_NONE)))
              : NULL;
  if (!y)
    return NULL;
  if (expr_is_number(x) || expr_is_number(y) ||
      x->sort.bits + y->sort.bits > MOST_BITS)
    return expr_fail(t, e->loc, E_WIDTH,
                     "wanted two bit vectors of known width, 256 "
                     "bits together at most");
  Node *n = expr_make(t, N_BINARY, sort_bv(x->sort.bits + y->sort.bits), e);
  n->fn = e->op;
  return node_kids(t->s, n, 2, x, y);
}

static Node *arith(Typer *t, const Expr *e, Sort want) {
  Node *x, *y;
  if (!two(t, e, want, &x, &y) || !expr_need_bv(t, x) || !expr_need_bv(t, y) ||
      !expr_same_width(t, &x, &y))
    return NULL;
  Node *n = expr_make(t, N_BINARY, x->sort, e);
  n->fn = e->op;
  return node_fold(t->s, node_kids(t->s, n, 2, x, y));
}

Node *expr_binary(Typer *t, const Expr *e, Sort want) {
  Sort bv = want.kind == SORT_BV ? want : sort_of(SORT_NONE);
  switch ((BinOp)e->op) {
  case BIN_OROR:
  case BIN_ANDAND: return logic(t, e);
  case BIN_EQ:
  case BIN_NE:
  case BIN_ULT:
  case BIN_ULE:
  case BIN_UGT:
  case BIN_UGE:
  case BIN_SLT:
  case BIN_SLE:
  case BIN_SGT:
  case BIN_SGE: return compare(t, e);
  case BIN_SHL:
  case BIN_USHR:
  case BIN_SSHR: return shift(t, e, bv);
  case BIN_CONCAT: return concat(t, e);
  case BIN_OR:
  case BIN_XOR:
  case BIN_AND:
  case BIN_ADD:
  case BIN_SUB:
  case BIN_MUL:
  case BIN_UDIV:
  case BIN_SDIV:
  case BIN_UREM:
  case BIN_SREM:
  case BIN_COUNT: return arith(t, e, bv);
  }
  return NULL;
}

Node *expr_unary(Typer *t, const Expr *e, Sort want) {
  bool no = e->op == UN_NOT;
  Node *x = no ? type_as(t, e->kids.at[0], sort_of(SORT_BOOL))
               : expr_need_bv(t, type_expr(t, e->kids.at[0], want));
  if (!x)
    return NULL;
  Node *n = expr_make(t, N_UNARY, x->sort, e);
  n->fn = e->op;
  return node_fold(t->s, node_kids(t->s, n, 1, x));
}

Node *expr_cond(Typer *t, const Expr *e, Sort want) {
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
    Node *u = expr_make(t, N_UNSPEC, other->sort, e);
    x = any == 1 ? u : other;
    y = any == 1 ? other : u;
  } else if (!two(t, &pair, want, &x, &y)) {
    return NULL;
  }
  if (expr_is_bv(x) && expr_is_bv(y)) {
    if (!expr_same_width(t, &x, &y))
      return NULL;
  } else if (!sort_equal(x->sort, y->sort)) {
    return expr_mismatch(t, y->src->loc, y->sort, x->sort);
  }
  Node *n = expr_make(t, N_COND, x->sort, e);
  return node_fold(t->s, node_kids(t->s, n, 3, c, x, y));
}
