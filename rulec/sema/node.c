// Typed nodes: making, comparing, printing, and constants folded as they are
// made.
#include "rulec/sema/priv.h"

#include <stdarg.h>

const char *const builtin_names[BI_COUNT] = {
    [BI_CLZ] = "clz",
    [BI_CTZ] = "ctz",
    [BI_POPCNT] = "popcnt",
    [BI_BSWAP] = "bswap",
    [BI_LOG2] = "log2",
    [BI_IS_POW2] = "is_pow2",
    [BI_MSB] = "msb",
    [BI_PARITY] = "parity",
    [BI_FITS_S] = "fits_s",
    [BI_FITS_U] = "fits_u",
    [BI_LEN] = "len",
    [BI_EXTEND] = "extend",
    [BI_INSIDE] = "inside",
    [BI_HAS] = "has",
    [BI_ZEROS] = "zeros",
    [BI_ONES] = "ones",
    [BI_UMIN] = "umin",
    [BI_UMAX] = "umax",
    [BI_SMIN] = "smin",
    [BI_SMAX] = "smax",
    [BI_ISCONST] = "isconst",
    [BI_TRAPS] = "traps",
    [BI_TRAPCODE] = "trapcode",
    [BI_EXTERN] = "extern fn",
    [BI_FP_ADD] = "fp.add",
    [BI_FP_SUB] = "fp.sub",
    [BI_FP_MUL] = "fp.mul",
    [BI_FP_DIV] = "fp.div",
    [BI_FP_MIN] = "fp.min",
    [BI_FP_MAX] = "fp.max",
    [BI_FP_SQRT] = "fp.sqrt",
    [BI_FP_CEIL] = "fp.ceil",
    [BI_FP_FLOOR] = "fp.floor",
    [BI_FP_TRUNC] = "fp.trunc",
    [BI_FP_NEAREST] = "fp.nearest",
    [BI_FP_EQ] = "fp.eq",
    [BI_FP_LT] = "fp.lt",
    [BI_FP_LE] = "fp.le",
    [BI_FP_ISNAN] = "fp.isnan",
    [BI_FP_PROMOTE] = "fp.promote",
    [BI_FP_DEMOTE] = "fp.demote",
    [BI_FP_WIDEN] = "fp.widen",
    [BI_FP_NARROW] = "fp.narrow",
    [BI_FP_FROM_S] = "fp.from_s",
    [BI_FP_FROM_U] = "fp.from_u",
    [BI_FP_TO_S] = "fp.to_s",
    [BI_FP_TO_U] = "fp.to_u",
    [BI_FP_TO_SAT_S] = "fp.to_sat_s",
    [BI_FP_TO_SAT_U] = "fp.to_sat_u",
    [BI_FP_FITS_S] = "fp.fits_s",
    [BI_FP_FITS_U] = "fp.fits_u",
};

const char *const memfield_names[MF_COUNT] = {
    [MF_OFF] = "off",           [MF_BYTES] = "bytes",
    [MF_EXT] = "ext",           [MF_REGION] = "region",
    [MF_ALIGN] = "align",       [MF_MEM] = "mem",
    [MF_READONLY] = "readonly", [MF_NOTRAP] = "notrap",
    [MF_MOVABLE] = "movable",
};

Node *node_new(Sema *s, NodeKind k, Sort sort, const Expr *src) {
  Node *n = arena_new(s->arena, Node);
  n->kind = (u8)k;
  n->sort = sort;
  n->src = src;
  return n;
}

Node *node_kids(Sema *s, Node *n, u32 count, ...) {
  va_list args;
  va_start(args, count);
  n->nkids = count;
  n->kids = arena_array(s->arena, Node *, count ? count : 1);
  for (u32 i = 0; i < count; i++)
    n->kids[i] = va_arg(args, Node *);
  va_end(args);
  return n;
}

Node *node_var(Sema *s, Var *v, const Expr *src) {
  Node *n = node_new(s, N_VAR, v->sort, src);
  n->var = v;
  return n;
}

Node *node_const(Sema *s, Sort sort, u128 num, const Expr *src) {
  Node *n = node_new(s, N_CONST, sort, src);
  n->num = num;
  return n;
}

bool node_is_const(const Node *n, u128 *num) {
  if (n->kind != N_CONST)
    return false;
  *num = n->num;
  return true;
}

u128 bits_mask(u32 bits) {
  return bits >= 128 ? ~(u128)0 : ((u128)1 << bits) - 1;
}

static s128 bits_signed(u128 x, u32 bits) {
  u32 up = 128 - bits;
  return bits >= 128 ? (s128)x : (s128)(x << up) >> up;
}

// --- folding --------------------------------------------------------
// Width 0 is a whole number of no width yet, kept as s128.

static bool fold_shift(BinOp op, u128 x, u128 y, u32 bits, u128 *r) {
  u32 w = bits ? bits : 127;
  if (y >= w)
    return false;
  u32 n = (u32)y;
  *r = op == BIN_SHL    ? x << n
       : op == BIN_USHR ? x >> n
                        : (u128)(bits_signed(x, w == 127 ? 128 : w) >> n);
  return true;
}

static bool fold_divide(BinOp op, u128 x, u128 y, u32 bits, u128 *r) {
  u32 w = bits ? bits : 128;
  s128 sx = bits_signed(x, w), sy = bits_signed(y, w);
  if (!y || (op == BIN_SDIV && sy == -1) || (op == BIN_SREM && sy == -1))
    return false;
  *r = op == BIN_UDIV   ? x / y
       : op == BIN_UREM ? x % y
       : op == BIN_SDIV ? (u128)(sx / sy)
                        : (u128)(sx % sy);
  return true;
}

static bool fold_compare(BinOp op, u128 x, u128 y, u32 bits) {
  u32 w = bits ? bits : 128;
  s128 sx = bits_signed(x, w), sy = bits_signed(y, w);
  switch (op) {
  case BIN_EQ: return x == y;
  case BIN_NE: return x != y;
  case BIN_ULT: return x < y;
  case BIN_ULE: return x <= y;
  case BIN_UGT: return x > y;
  case BIN_UGE: return x >= y;
  case BIN_SLT: return sx < sy;
  case BIN_SLE: return sx <= sy;
  case BIN_SGT: return sx > sy;
  default: return sx >= sy;
  }
}

static bool is_compare(BinOp op) { return op >= BIN_EQ && op <= BIN_SGE; }

static bool fold_arith(BinOp op, u128 x, u128 y, u32 bits, u128 *r) {
  switch (op) {
  case BIN_OR: *r = x | y; return true;
  case BIN_XOR: *r = x ^ y; return true;
  case BIN_AND: *r = x & y; return true;
  case BIN_ADD: *r = x + y; return true;
  case BIN_SUB: *r = x - y; return true;
  case BIN_MUL: *r = x * y; return true;
  case BIN_SHL:
  case BIN_USHR:
  case BIN_SSHR: return fold_shift(op, x, y, bits, r);
  case BIN_UDIV:
  case BIN_SDIV:
  case BIN_UREM:
  case BIN_SREM: return fold_divide(op, x, y, bits, r);
  default: return false;
  }
}

// n if it cannot be folded. Operands wider than 128 bits never are.
Node *node_fold(Sema *s, Node *n) {
  u128 x, y, r;
  if (n->kind == N_BINARY && n->kids[0]->sort.bits <= 128 &&
      node_is_const(n->kids[0], &x) && node_is_const(n->kids[1], &y)) {
    BinOp op = (BinOp)n->fn;
    u32 bits = n->kids[0]->sort.bits;
    if (n->kids[0]->field || n->kids[1]->field)
      return n; // float literals
    if (is_compare(op))
      return node_const(s, n->sort, fold_compare(op, x, y, bits), n->src);
    if (op == BIN_CONCAT && n->sort.bits <= 128)
      return node_const(s, n->sort, x << n->kids[1]->sort.bits | y, n->src);
    if (n->sort.kind == SORT_BV && fold_arith(op, x, y, bits, &r))
      return node_const(s, n->sort,
                        n->sort.bits ? r & bits_mask(n->sort.bits) : r, n->src);
  }
  if (n->kind == N_BINARY && (n->fn == BIN_ANDAND || n->fn == BIN_OROR) &&
      node_is_const(n->kids[0], &x))
    return (x != 0) == (n->fn == BIN_ANDAND) ? n->kids[1] : n->kids[0];
  if (n->kind == N_UNARY && n->sort.bits <= 128 &&
      node_is_const(n->kids[0], &x)) {
    u32 bits = n->sort.bits;
    r = n->fn == UN_NOT ? !x : bits ? ~x & bits_mask(bits) : ~x;
    return node_const(s, n->sort, r, n->src);
  }
  if (n->kind == N_COND && node_is_const(n->kids[0], &x))
    return x ? n->kids[1] : n->kids[2];
  if (n->sort.bits <= 128 &&
      (n->kind == N_ZEXT || n->kind == N_SEXT || n->kind == N_TRUNC) &&
      node_is_const(n->kids[0], &x)) {
    u32 from = n->kids[0]->sort.kind == SORT_BOOL ? 1 : n->kids[0]->sort.bits;
    r = n->kind == N_SEXT ? (u128)bits_signed(x, from) : x;
    return node_const(s, n->sort, r & bits_mask(n->sort.bits), n->src);
  }
  return n;
}

// --- parts of guards ------------------------------------------------

void fold_note(Arena *a, FoldLog *log, const Expr *e, const Node *n) {
  if (!log || !n)
    return;
  u32 k = map_get(&log->index, (const char *)e);
  if (!k) {
    GuardFold f = {log->rule, e, 0};
    vec_push(a, &log->list, f);
    k = log->list.n;
    map_put(a, &log->index, (const char *)e, k);
  }
  u128 v;
  log->list.at[k - 1].seen |= !node_is_const(n, &v) ? FOLD_OPEN
                              : v                   ? FOLD_TRUE
                                                    : FOLD_FALSE;
}

void fold_take(Sema *s, FoldLog *log) {
  for (u32 i = 0; i < log->list.n; i++)
    vec_push(s->arena, &s->priv->folds, log->list.at[i]);
}

// --- comparing ------------------------------------------------------

static bool amode_equal(const Amode *a, const Amode *b) {
  if (!a || !b)
    return a == b;
  if (a->nparts != b->nparts || !a->mem != !b->mem)
    return false;
  for (u32 i = 0; i < a->nparts; i++) {
    const AmodePart *x = &a->parts[i], *y = &b->parts[i];
    if (!node_equal(x->e, y->e) || !x->scale != !y->scale ||
        (x->scale && !node_equal(x->scale, y->scale)))
      return false;
  }
  return !a->mem || node_equal(a->mem, b->mem);
}

bool node_reads(const Node *n, const Var *v) {
  bool found = n->kind == N_VAR && n->var == v;
  for (u32 i = 0; i < n->nkids && !found; i++)
    found = node_reads(n->kids[i], v);
  return found;
}

bool node_equal(const Node *a, const Node *b) {
  if (a->kind != b->kind || a->fn != b->fn || a->field != b->field ||
      a->op != b->op || a->ref != b->ref || a->ctor != b->ctor ||
      a->var != b->var || a->nkids != b->nkids || a->num != b->num ||
      a->text != b->text || !sort_equal(a->sort, b->sort))
    return false;
  for (u32 i = 0; i < a->nkids; i++)
    if (!node_equal(a->kids[i], b->kids[i]))
      return false;
  return amode_equal(a->amode, b->amode);
}
