// Typed nodes: making, comparing, printing, and constants folded as they are
// made.
#include "rulec/sema_priv.h"

#include <stdarg.h>

const char *const builtin_names[BI_COUNT] = {
    [BI_CLZ] = "clz", [BI_CTZ] = "ctz", [BI_POPCNT] = "popcnt",
    [BI_BSWAP] = "bswap", [BI_LOG2] = "log2", [BI_IS_POW2] = "is_pow2",
    [BI_MSB] = "msb", [BI_PARITY] = "parity", [BI_FITS_S] = "fits_s",
    [BI_FITS_U] = "fits_u", [BI_LEN] = "len", [BI_EXTEND] = "extend",
    [BI_INSIDE] = "inside", [BI_HAS] = "has", [BI_ZEROS] = "zeros",
    [BI_ONES] = "ones", [BI_UMIN] = "umin", [BI_UMAX] = "umax",
    [BI_SMIN] = "smin", [BI_SMAX] = "smax", [BI_ISCONST] = "isconst",
    [BI_TRAPS] = "traps", [BI_TRAPCODE] = "trapcode",
    [BI_FP_ADD] = "fp.add", [BI_FP_SUB] = "fp.sub", [BI_FP_MUL] = "fp.mul",
    [BI_FP_DIV] = "fp.div", [BI_FP_MIN] = "fp.min", [BI_FP_MAX] = "fp.max",
    [BI_FP_SQRT] = "fp.sqrt", [BI_FP_CEIL] = "fp.ceil",
    [BI_FP_FLOOR] = "fp.floor", [BI_FP_TRUNC] = "fp.trunc",
    [BI_FP_NEAREST] = "fp.nearest", [BI_FP_EQ] = "fp.eq",
    [BI_FP_LT] = "fp.lt", [BI_FP_LE] = "fp.le", [BI_FP_ISNAN] = "fp.isnan",
    [BI_FP_PROMOTE] = "fp.promote", [BI_FP_DEMOTE] = "fp.demote",
    [BI_FP_WIDEN] = "fp.widen", [BI_FP_NARROW] = "fp.narrow",
    [BI_FP_FROM_S] = "fp.from_s", [BI_FP_FROM_U] = "fp.from_u",
    [BI_FP_TO_S] = "fp.to_s", [BI_FP_TO_U] = "fp.to_u",
    [BI_FP_TO_SAT_S] = "fp.to_sat_s", [BI_FP_TO_SAT_U] = "fp.to_sat_u",
    [BI_FP_FITS_S] = "fp.fits_s", [BI_FP_FITS_U] = "fp.fits_u",
};

const char *const memfield_names[MF_COUNT] = {
    [MF_OFF] = "off", [MF_BYTES] = "bytes", [MF_EXT] = "ext",
    [MF_REGION] = "region", [MF_ALIGN] = "align", [MF_MEM] = "mem",
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

// --- folding -----------------------------------------------------------------------
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
  case BIN_SHL: case BIN_USHR: case BIN_SSHR:
    return fold_shift(op, x, y, bits, r);
  case BIN_UDIV: case BIN_SDIV: case BIN_UREM: case BIN_SREM:
    return fold_divide(op, x, y, bits, r);
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
    if (n->sort.kind == SORT_BV && fold_arith(op, x, y, bits, &r))
      return node_const(s, n->sort, n->sort.bits ? r & bits_mask(n->sort.bits) : r,
                        n->src);
  }
  if (n->kind == N_BINARY && (n->fn == BIN_ANDAND || n->fn == BIN_OROR) &&
      node_is_const(n->kids[0], &x))
    return (x != 0) == (n->fn == BIN_ANDAND) ? n->kids[1] : n->kids[0];
  if (n->kind == N_UNARY && node_is_const(n->kids[0], &x)) {
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

// --- comparing -------------------------------------------------------------------------

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

// --- printing ----------------------------------------------------------------------------

void sort_print(Text *t, const Sema *s, Sort sort) {
  static const char *const words[] = {
      [SORT_NONE] = "nothing", [SORT_BOOL] = "a boolean",
      [SORT_MEMARG] = "memarg", [SORT_TRAP] = "trap", [SORT_FUNC] = "func",
      [SORT_SIG] = "sig", [SORT_BLOCK] = "block", [SORT_LIBCALL] = "libcall",
      [SORT_TARGET] = "target", [SORT_TARGETS] = "target*",
      [SORT_VALUES] = "any*", [SORT_REGION] = "region", [SORT_EXT] = "ext",
      [SORT_DYN] = "bytes of memory", [SORT_FLAGS] = "flags",
      [SORT_AMODE] = "amode", [SORT_SYMBOL] = "symbol", [SORT_SLOT] = "slot",
      [SORT_LABEL] = "label"};
  switch ((SortKind)sort.kind) {
  case SORT_VALUE:
    text_add(t, "a value of %s", sort.type ? vtype_names[sort.type] : "any type");
    return;
  case SORT_BV:
    if (sort.bits)
      text_add(t, "%u bits", sort.bits);
    else
      text_add(t, "a number");
    return;
  case SORT_CODE: text_add(t, "code %s", s->codes[sort.decl].name); return;
  case SORT_DATA: text_add(t, "data %s", s->datas[sort.decl].name); return;
  case SORT_GPR:
  case SORT_XMM:
    text_add(t, "%s.%s", sort.kind == SORT_GPR ? "gpr" : "xmm",
             sort.type ? vtype_names[sort.type] : "any");
    return;
  default: text_add(t, "%s", words[sort.kind]); return;
  }
}

static void print_u128(Text *t, u128 v) {
  if (v >> 64)
    text_add(t, "0x%llx%016llx", (unsigned long long)(v >> 64),
             (unsigned long long)v);
  else if (v > 9999)
    text_add(t, "0x%llx", (unsigned long long)v);
  else
    text_add(t, "%llu", (unsigned long long)v);
}

static void print_kids(Text *t, const Sema *s, const Node *n, const char *open,
                       const char *between, const char *close) {
  text_add(t, "%s", open);
  for (u32 i = 0; i < n->nkids; i++) {
    text_add(t, "%s", i ? between : "");
    node_print(t, s, n->kids[i]);
  }
  text_add(t, "%s", close);
}

static void print_head(Text *t, const Sema *s, const Node *n) {
  switch ((NodeKind)n->kind) {
  case N_OP: text_add(t, "%s", s->ops[n->op].text); return;
  case N_INST: text_add(t, "%s", s->insts[n->ref].text); return;
  case N_TERM: text_add(t, "%s", s->terms[n->ref].name); return;
  case N_CTOR: text_add(t, "%s", s->datas[n->ref].ctors[n->ctor].name); return;
  case N_SINK: text_add(t, "sink"); return;
  case N_ONCE: text_add(t, "once"); return;
  case N_AS: text_add(t, "as.%s", vtype_names[n->sort.type]); return;
  case N_REG: text_add(t, "reg"); return;
  case N_POOL: text_add(t, "pool"); return;
  case N_ZEXT: text_add(t, "zext%u", n->sort.bits); return;
  case N_SEXT: text_add(t, "sext%u", n->sort.bits); return;
  case N_TRUNC: text_add(t, "trunc%u", n->sort.bits); return;
  case N_CALL: text_add(t, "%s", builtin_names[n->fn]); return;
  case N_OPMEANING: text_add(t, "%s", s->ops[n->op].text); return;
  case N_INDEX: text_add(t, "index"); return;
  case N_MEM: text_add(t, "mem"); return;
  case N_NAN: text_add(t, "nan"); return;
  case N_STORE: text_add(t, "store"); return;
  case N_GOTO: text_add(t, "goto"); return;
  case N_RETURN: text_add(t, "return"); return;
  case N_PRED: text_add(t, "pred"); return;
  case N_UPDATE: text_add(t, "update"); return;
  case N_RECORD: text_add(t, "record"); return;
  default: text_add(t, "?"); return;
  }
}

static void print_const(Text *t, const Sema *s, const Node *n) {
  if (n->sort.kind == SORT_CODE)
    text_add(t, "%s", s->codes[n->sort.decl].members[(u32)n->num]);
  else if (n->sort.kind == SORT_BOOL)
    text_add(t, "%s", n->num ? "true" : "false");
  else
    print_u128(t, n->num);
}

static void print_amode(Text *t, const Sema *s, const Amode *a) {
  text_add(t, "[");
  for (u32 i = 0; i < a->nparts; i++) {
    text_add(t, "%s", i ? " + " : "");
    node_print(t, s, a->parts[i].e);
    if (!a->parts[i].scale)
      continue;
    text_add(t, " << ");
    node_print(t, s, a->parts[i].scale);
  }
  if (a->mem) {
    text_add(t, " | ");
    node_print(t, s, a->mem);
  }
  text_add(t, "]");
}

void node_print(Text *t, const Sema *s, const Node *n) {
  if (n->var && n->kind != N_VAR && n->kind != N_LET)
    text_add(t, "%s@", n->var->name);
  switch ((NodeKind)n->kind) {
  case N_CONST: print_const(t, s, n); return;
  case N_VALCONST:
    print_u128(t, n->num);
    text_add(t, ":%s", vtype_names[n->sort.type]);
    return;
  case N_VAR: text_add(t, "%s", n->var->name); return;
  case N_WILD: text_add(t, "_"); return;
  case N_UNSPEC: text_add(t, "?"); return;
  case N_EXTERN: text_add(t, "extern"); return;
  case N_UNARY:
    text_add(t, "%s", n->fn == UN_NOT ? "!" : "~");
    node_print(t, s, n->kids[0]);
    return;
  case N_BINARY:
    text_add(t, "(");
    node_print(t, s, n->kids[0]);
    text_add(t, " %s ", bin_text[n->fn]);
    node_print(t, s, n->kids[1]);
    text_add(t, ")");
    return;
  case N_COND:
    text_add(t, "(");
    node_print(t, s, n->kids[0]);
    text_add(t, " ? ");
    node_print(t, s, n->kids[1]);
    text_add(t, " : ");
    node_print(t, s, n->kids[2]);
    text_add(t, ")");
    return;
  case N_LET:
    text_add(t, "(let %s = ", n->var->name);
    print_kids(t, s, n, "", "; ", ")");
    return;
  case N_FIELD:
    node_print(t, s, n->kids[0]);
    text_add(t, ".%s", n->kids[0]->sort.kind == SORT_FLAGS
                           ? (const char *const[]){"o", "c", "z", "s", "p"}[n->field]
                           : memfield_names[n->field]);
    return;
  case N_RESULT:
    node_print(t, s, n->kids[0]);
    text_add(t, ".%u", n->field);
    return;
  case N_AMODE: print_amode(t, s, n->amode); return;
  default:
    text_add(t, "(");
    print_head(t, s, n);
    print_kids(t, s, n, n->nkids ? " " : "", " ", ")");
    return;
  }
}

static void print_vars(Text *t, Var **vars, u32 n) {
  for (u32 i = 0; i < n; i++)
    text_add(t, "%s%s", i ? ", " : "(", vars[i]->name);
  text_add(t, "%s", n ? ") = " : "");
}

static void print_stmt(Text *t, const Sema *s, const StmtX *x) {
  print_vars(t, x->vars, x->nvars);
  if (x->kind == SX_TRAP)
    text_add(t, "trap %s%s", x->trap ? x->trap : x->trap_var->name, x->e ? " if " : "");
  if (x->cc) {
    node_print(t, s, x->cc);
    text_add(t, " of ");
  }
  if (x->e)
    node_print(t, s, x->e);
  for (u32 i = 0; i < x->nrenames; i++)
    text_add(t, " with %s as %s", x->renames[i].from, x->renames[i].to);
}

static void print_right(Text *t, const Sema *s, const RuleX *x) {
  static const char *const words[] = {"", " remove", " value", " {", " trap "};
  text_add(t, " =>%s%s", x->subsume ? " subsume" : "", words[x->rhs_kind]);
  for (u32 i = 0; i < x->nrhs; i++) {
    text_add(t, " ");
    node_print(t, s, x->rhs[i]);
  }
  for (u32 i = 0; i < x->nstmts; i++) {
    text_add(t, "%s", i ? "; " : " ");
    print_stmt(t, s, &x->stmts[i]);
  }
  if (x->rhs_kind == RHS_TRAP)
    text_add(t, "%s", x->trap_var ? x->trap_var->name : x->trap);
  text_add(t, "%s", x->rhs_kind == RHS_STMTS ? " }" : "");
}

void rulex_print(Text *t, const Sema *s, const RuleX *x) {
  text_add(t, "%s%s #%u.%u: ", x->rule->decl->name.s, x->at, x->expansion, x->variant);
  print_vars(t, x->results, x->nresults);
  node_print(t, s, x->lhs);
  for (u32 i = 0; i < x->nclauses; i++) {
    const ClauseInfo *c = &x->clauses[i];
    text_add(t, c->let ? " let %s = " : " if %s", c->let ? c->let->name : "");
    node_print(t, s, c->e);
  }
  if (!x->rule->is_remat)
    print_right(t, s, x);
  text_add(t, "\n");
}
