// Expressions as C. Total operations become one C expression; those that may
// give nothing are guarded by a statement before, and arms of `&&`, `||` and
// `?:` that need statements become `if`s, so that what is not asked for is not
// evaluated.
#include "rulec/gen/cgen.h"
#include "rulec/sema/priv.h"

#include <setjmp.h>
#include <stdio.h>

void gen_stop(const Sema *s, Loc loc, const char *fmt, ...) {
  char buf[512];
  va_list args;
  va_start(args, fmt);
  vsnprintf(buf, sizeof buf, fmt, args);
  va_end(args);
  diag_add(s->diags, E_GEN, loc, "%s", buf);
  must(s->priv->stop, "no generator runs");
  longjmp(*(jmp_buf *)s->priv->stop, 1);
}

bool gen_run(const Sema *s, GenFn *gen, Text *out) {
  jmp_buf stop;
  s->priv->stop = &stop;
  if (setjmp(stop) == 0)
    gen(s, out);
  s->priv->stop = NULL;
  return s->diags->errors == 0;
}

static Arena *arena_of(const CGen *g) { return g->sema->arena; }

BASE_PRINTF(2, 3) static const char *say(CGen *g, const char *fmt, ...);
static const char *say(CGen *g, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  const char *text = arena_vprintf(arena_of(g), fmt, args);
  va_end(args);
  return text;
}

const char *csort(Sort s) {
  switch ((SortKind)s.kind) {
  case SORT_BV:
  case SORT_VALUE: return s.bits > 64 ? "u128" : "u64";
  case SORT_BOOL: return "bool";
  case SORT_MEMARG: return "MemArg";
  case SORT_DYN: return "u128";
  default: return "u32";
  }
}

const char *cliteral(CGen *g, u128 num, u32 bits) {
  if (bits <= 64)
    return say(g, num < 10 ? "UINT64_C(%llu)" : "UINT64_C(0x%llx)",
               (unsigned long long)num);
  u64 hi = (u64)(num >> 64), lo = (u64)num;
  if (!hi)
    return say(g, "(u128)UINT64_C(0x%llx)", (unsigned long long)lo);
  return say(g, "((u128)UINT64_C(0x%llx) << 64 | UINT64_C(0x%llx))",
             (unsigned long long)hi, (unsigned long long)lo);
}

static const char *masked(CGen *g, const char *e, u32 bits) {
  if (bits == 64 || bits == 128)
    return say(g, "(%s)", e);
  return say(g, "((%s) & %s)", e, cliteral(g, bits_mask(bits), bits));
}

// --- what needs statements ------------------------------------------

static bool below_width(const Node *n, u32 bits) {
  u128 v;
  if (node_is_const(n, &v))
    return v < bits;
  return n->kind == N_BINARY && n->fn == BIN_UREM &&
         node_is_const(n->kids[1], &v) && v >= 1 && v <= bits;
}

static bool not_zero(const Node *n) {
  u128 v;
  return node_is_const(n, &v) && v != 0;
}

// The node itself (not its kids) may give nothing.
static bool is_partial(const Node *n) {
  if (n->kind == N_BINARY)
    switch ((BinOp)n->fn) {
    case BIN_SHL:
    case BIN_USHR:
    case BIN_SSHR: return !below_width(n->kids[1], n->sort.bits);
    case BIN_UDIV:
    case BIN_SDIV:
    case BIN_UREM:
    case BIN_SREM: return !not_zero(n->kids[1]);
    default: return false;
    }
  return n->kind == N_INDEX || (n->kind == N_CALL && n->fn == BI_LOG2);
}

static bool needs_statements(const Node *n) {
  if (is_partial(n) || n->kind == N_LET || n->kind == N_UPDATE ||
      n->kind == N_NAN)
    return true;
  for (u32 i = 0; i < n->nkids; i++)
    if (needs_statements(n->kids[i]))
      return true;
  return false;
}

static const char *temp(CGen *g) { return say(g, "t%u", g->temps++); }

static bool is_name(const char *e) {
  return strspn(e, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
                   "0123456789") == strlen(e);
}

// A name for e, so that it is written once.
static const char *named(CGen *g, const char *e, Sort sort) {
  if (is_name(e))
    return e;
  const char *t = temp(g);
  cline(g, "const %s %s = %s;", csort(sort), t, e);
  return t;
}

static void fail_if(CGen *g, const char *cond) {
  cline(g, "if (%s)", cond);
  cline(g, "  %s", g->fail);
}

// --- operators ------------------------------------------------------

static const char *signed_of(CGen *g, const char *x, u32 bits) {
  return say(g, bits > 64 ? "ev_s128(%s, %u)" : "ev_s(%s, %u)", x, bits);
}

static const char *c_compare(CGen *g, const Node *n, const char *x,
                             const char *y) {
  static const char *const ops[BIN_COUNT] = {
      [BIN_EQ] = "==", [BIN_NE] = "!=",  [BIN_ULT] = "<", [BIN_ULE] = "<=",
      [BIN_UGT] = ">", [BIN_UGE] = ">=", [BIN_SLT] = "<", [BIN_SLE] = "<=",
      [BIN_SGT] = ">", [BIN_SGE] = ">="};
  u32 bits = n->kids[0]->sort.bits;
  if (n->kids[0]->sort.kind == SORT_MEMARG)
    return say(g, "(%smemarg_equal(%s, %s))", n->fn == BIN_NE ? "!" : "", x, y);
  if (n->fn >= BIN_SLT) {
    x = signed_of(g, x, bits);
    y = signed_of(g, y, bits);
  }
  return say(g, "(%s %s %s)", x, ops[n->fn], y);
}

static const char *c_shift(CGen *g, const Node *n, const char *x,
                           const char *y) {
  u32 bits = n->sort.bits;
  if (is_partial(n)) {
    y = named(g, y, n->kids[1]->sort);
    fail_if(g, say(g, "%s >= %u", y, bits));
  }
  if (n->fn == BIN_SSHR)
    return masked(
        g, say(g, "(%s)(%s >> %s)", csort(n->sort), signed_of(g, x, bits), y),
        bits);
  if (n->fn == BIN_USHR)
    return say(g, "(%s >> %s)", x, y);
  return masked(g, say(g, "%s << %s", x, y), bits);
}

static const char *c_divide(CGen *g, const Node *n, const char *x,
                            const char *y) {
  u32 bits = n->sort.bits;
  bool quotient = n->fn == BIN_UDIV || n->fn == BIN_SDIV;
  if (is_partial(n)) {
    y = named(g, y, n->kids[1]->sort);
    fail_if(g, say(g, "%s == 0", y));
  }
  if (n->fn == BIN_UDIV || n->fn == BIN_UREM)
    return say(g, "(%s %s %s)", x, quotient ? "/" : "%", y);
  return say(g, "ev_%s%s(%s, %s, %u)", quotient ? "sdiv" : "srem",
             bits > 64 ? "128" : "", x, y, bits);
}

static const char *c_concat(CGen *g, const Node *n, const char *x,
                            const char *y) {
  const char *type = csort(n->sort);
  return say(g, "((%s)%s << %u | (%s)%s)", type, x, n->kids[1]->sort.bits, type,
             y);
}

static const char *c_arith(CGen *g, const Node *n, const char *x,
                           const char *y) {
  static const char *const ops[BIN_COUNT] = {
      [BIN_OR] = "|",  [BIN_XOR] = "^", [BIN_AND] = "&",
      [BIN_ADD] = "+", [BIN_SUB] = "-", [BIN_MUL] = "*"};
  const char *e = say(g, "%s %s %s", x, ops[n->fn], y);
  if (n->fn == BIN_OR || n->fn == BIN_XOR || n->fn == BIN_AND)
    return say(g, "(%s)", e);
  return masked(g, e, n->sort.bits);
}

// The right operand is asked for only if the left has not decided.
static const char *c_logic(CGen *g, const Node *n) {
  const char *x = cexpr(g, n->kids[0]);
  bool both = n->fn == BIN_ANDAND;
  if (!needs_statements(n->kids[1]))
    return say(g, "(%s %s %s)", x, both ? "&&" : "||", cexpr(g, n->kids[1]));
  const char *t = temp(g);
  cline(g, "bool %s = %s;", t, x);
  cline(g, "if (%s%s) {", both ? "" : "!", t);
  g->indent += 2;
  cline(g, "%s = %s;", t, cexpr_bare(g, n->kids[1]));
  g->indent -= 2;
  cline(g, "}");
  return t;
}

static const char *c_binary(CGen *g, const Node *n) {
  if (n->fn == BIN_ANDAND || n->fn == BIN_OROR)
    return c_logic(g, n);
  const char *x = cexpr(g, n->kids[0]), *y = cexpr(g, n->kids[1]);
  switch ((BinOp)n->fn) {
  case BIN_EQ:
  case BIN_NE:
  case BIN_ULT:
  case BIN_ULE:
  case BIN_UGT:
  case BIN_UGE:
  case BIN_SLT:
  case BIN_SLE:
  case BIN_SGT:
  case BIN_SGE: return c_compare(g, n, x, y);
  case BIN_SHL:
  case BIN_USHR:
  case BIN_SSHR: return c_shift(g, n, x, y);
  case BIN_UDIV:
  case BIN_SDIV:
  case BIN_UREM:
  case BIN_SREM: return c_divide(g, n, x, y);
  case BIN_CONCAT: return c_concat(g, n, x, y);
  default: return c_arith(g, n, x, y);
  }
}

static const char *c_cond(CGen *g, const Node *n) {
  if (!needs_statements(n->kids[1]) && !needs_statements(n->kids[2]))
    return say(g, "(%s ? %s : %s)", cexpr(g, n->kids[0]), cexpr(g, n->kids[1]),
               cexpr(g, n->kids[2]));
  const char *c = cexpr_bare(g, n->kids[0]);
  const char *t = temp(g);
  cline(g, "%s %s;", csort(n->sort), t);
  cline(g, "if (%s) {", c);
  g->indent += 2;
  cline(g, "%s = %s;", t, cexpr_bare(g, n->kids[1]));
  g->indent -= 2;
  cline(g, "} else {");
  g->indent += 2;
  cline(g, "%s = %s;", t, cexpr_bare(g, n->kids[2]));
  g->indent -= 2;
  cline(g, "}");
  return t;
}

static const char *c_let(CGen *g, const Node *n) {
  const char *v = cexpr_bare(g, n->kids[0]);
  n->var->c = say(g, "%s_%u", n->var->name, g->temps++);
  cline(g, "const %s %s = %s;", csort(n->var->sort), n->var->c, v);
  return cexpr(g, n->kids[1]);
}

static const char *c_resize(CGen *g, const Node *n) {
  const char *x = cexpr(g, n->kids[0]);
  u32 to = n->sort.bits;
  u32 from = n->kids[0]->sort.kind == SORT_BOOL ? 1 : n->kids[0]->sort.bits;
  const char *type = csort(n->sort);
  if (n->sort.kind == SORT_DYN)
    return x;
  if (n->kind == N_ZEXT)
    return say(g, "(%s)%s", type, x);
  if (n->kind == N_TRUNC)
    return masked(g, say(g, "(%s)%s", type, x), to);
  return say(g, "ev_sext%s(%s, %u, %u)", to > 64 ? "128" : "", x, from, to);
}

// --- builtins -------------------------------------------------------

static const char *c_float(CGen *g, const Node *n, const char *name) {
  u32 w = n->kids[0]->sort.bits;
  const char *x = cexpr(g, n->kids[0]);
  if (n->nkids == 1)
    return say(g, "ev_%s%u(%s)", name, w, x);
  return say(g, "ev_%s%u(%s, %s)", name, w, x, cexpr(g, n->kids[1]));
}

static const char *c_convert(CGen *g, const Node *n, const char *name) {
  const char *x = cexpr(g, n->kids[0]);
  u32 from = n->kids[0]->sort.bits;
  if (n->fn == BI_FP_FROM_U)
    return say(g, "ev_from_u(%s, %u)", x, n->field);
  return say(g, "ev_%s(%s, %u, %u)", name, x, from, n->field);
}

static const char *c_log2(CGen *g, const Node *n) {
  const char *x = named(g, cexpr_bare(g, n->kids[0]), n->kids[0]->sort);
  fail_if(g, say(g, "!ev_is_pow2(%s)", x));
  return say(g, "ev_log2(%s)", x);
}

// Counts of 128 bits are not in eval.h: no rule of scalar code has them.
static const char *c_count(CGen *g, const Node *n) {
  const char *x = cexpr(g, n->kids[0]);
  u32 w = n->kids[0]->sort.bits;
  if (w > 64 && n->fn == BI_FITS_S)
    return say(g, "ev_fits_s128(%s, %u, %u)", x, w, (u32)n->kids[1]->num);
  if (w > 64 && n->fn == BI_FITS_U)
    return say(g, "ev_fits_u128(%s, %u)", x, (u32)n->kids[1]->num);
  gen_must(g->sema, n->src->loc, w <= 64, "%s of more than 64 bits",
           builtin_names[n->fn]);
  switch ((Builtin)n->fn) {
  case BI_POPCNT: return say(g, "ev_popcnt(%s)", x);
  case BI_IS_POW2: return say(g, "ev_is_pow2(%s)", x);
  case BI_PARITY: return say(g, "ev_parity(%s)", x);
  case BI_MSB: return say(g, "((%s >> %u & 1) != 0)", x, w - 1);
  case BI_FITS_S:
    return say(g, "ev_fits_s(%s, %u, %u)", x, w, (u32)n->kids[1]->num);
  case BI_FITS_U: return say(g, "ev_fits_u(%s, %u)", x, (u32)n->kids[1]->num);
  default: return say(g, "ev_%s(%s, %u)", builtin_names[n->fn], x, w);
  }
}

static const char *c_hook(CGen *g, const Node *n) {
  const char *e = g->call ? g->call(g, n) : NULL;
  Text t = {.arena = arena_of(g)};
  if (!e)
    node_print(&t, g->sema, n);
  gen_must(g->sema, n->src->loc, e, "cannot be computed here: %s",
           text_str(&t));
  return e;
}

// Its result may have more bits set than its width allows.
static const char *c_extern(CGen *g, const Node *n) {
  Text t = {.arena = arena_of(g)};
  text_add(&t, "%s(", n->text);
  for (u32 i = 0; i < n->nkids; i++)
    text_add(&t, "%s%s", i ? ", " : "", cexpr_bare(g, n->kids[i]));
  text_add(&t, ")");
  const char *e = text_str(&t);
  return n->sort.kind == SORT_BOOL ? e : masked(g, e, n->sort.bits);
}

static const char *c_call(CGen *g, const Node *n) {
  const char *name = builtin_names[n->fn];
  switch ((Builtin)n->fn) {
  case BI_CLZ:
  case BI_CTZ:
  case BI_POPCNT:
  case BI_BSWAP:
  case BI_IS_POW2:
  case BI_MSB:
  case BI_PARITY:
  case BI_FITS_S:
  case BI_FITS_U: return c_count(g, n);
  case BI_LOG2: return c_log2(g, n);
  case BI_EXTERN: return c_extern(g, n);
  case BI_FP_PROMOTE:
  case BI_FP_DEMOTE:
  case BI_FP_WIDEN:
  case BI_FP_NARROW: return say(g, "ev_%s(%s)", name + 3, cexpr(g, n->kids[0]));
  case BI_FP_FROM_S:
  case BI_FP_FROM_U:
  case BI_FP_TO_S:
  case BI_FP_TO_U:
  case BI_FP_TO_SAT_S:
  case BI_FP_TO_SAT_U: return c_convert(g, n, name + 3);
  case BI_FP_FITS_S: return c_convert(g, n, "fp_fits_s");
  case BI_FP_FITS_U: return c_convert(g, n, "fp_fits_u");
  case BI_FP_ADD:
  case BI_FP_SUB:
  case BI_FP_MUL:
  case BI_FP_DIV:
  case BI_FP_MIN:
  case BI_FP_MAX:
  case BI_FP_SQRT:
  case BI_FP_CEIL:
  case BI_FP_FLOOR:
  case BI_FP_TRUNC:
  case BI_FP_NEAREST:
  case BI_FP_EQ:
  case BI_FP_LT:
  case BI_FP_LE:
  case BI_FP_ISNAN: return c_float(g, n, name + 3);
  case BI_LEN:
  case BI_EXTEND:
  case BI_INSIDE:
  case BI_HAS:
  case BI_ZEROS:
  case BI_ONES:
  case BI_UMIN:
  case BI_UMAX:
  case BI_SMIN:
  case BI_SMAX:
  case BI_ISCONST:
  case BI_TRAPS:
  case BI_TRAPCODE:
  case BI_COUNT: return c_hook(g, n);
  }
  return NULL;
}

// Which NaN; a folder gives up instead (CGen.nan_fails).
static const char *c_nan(CGen *g, const Node *n) {
  u32 w = n->sort.bits;
  const char *r = named(g, cexpr_bare(g, n->kids[n->nkids - 1]), n->sort);
  if (g->nan_fails) {
    fail_if(g, say(g, "ev_isnan%u(%s)", w, r));
    return r;
  }
  const char *x = n->nkids > 1 ? cexpr(g, n->kids[0]) : "0";
  const char *y = n->nkids > 2 ? cexpr(g, n->kids[1]) : x;
  return say(g, "(ev_isnan%u(%s) ? ev_nan%u(%s, %s) : %s)", w, r, w, x, y, r);
}

// --- records --------------------------------------------------------

static const char *const mem_flags[MF_COUNT] = {[MF_READONLY] = "MEM_READONLY",
                                                [MF_NOTRAP] = "MEM_NOTRAP",
                                                [MF_MOVABLE] = "MEM_MOVABLE"};

static const char *c_field(CGen *g, const Node *n) {
  if (n->kids[0]->sort.kind != SORT_MEMARG)
    return c_hook(g, n);
  const char *m = cexpr(g, n->kids[0]);
  if (mem_flags[n->field])
    return say(g, "((%s).flags & %s) != 0", m, mem_flags[n->field]);
  return say(g, "(%s)(%s).%s", csort(n->sort), m, memfield_names[n->field]);
}

static const char *c_update(CGen *g, const Node *n) {
  const char *t = temp(g);
  cline(g, "MemArg %s = %s;", t, cexpr(g, n->kids[0]));
  for (u32 i = 1; i < n->nkids; i++) {
    u16 f = n->fields[i - 1];
    const char *v = cexpr(g, n->kids[i]);
    if (mem_flags[f])
      cline(g, "%s.flags = (u8)(%s ? %s.flags | %s : %s.flags & ~%s);", t, v, t,
            mem_flags[f], t, mem_flags[f]);
    else
      cline(g, "%s.%s = (%s)%s;", t, memfield_names[f],
            f == MF_OFF ? "u32" : "u8", v);
  }
  return t;
}

static const char *c_const(CGen *g, const Node *n) {
  if (n->sort.kind == SORT_BOOL)
    return n->num ? "true" : "false";
  if (n->sort.kind == SORT_BV)
    return cliteral(g, n->num, n->sort.bits);
  return say(g, "%uu", (u32)n->num);
}

// Whether the first parenthesis closes with the last character.
static bool enclosed(const char *e, size_t n) {
  u32 depth = 0;
  for (size_t i = 0; i < n; i++) {
    depth += e[i] == '(';
    depth -= e[i] == ')';
    if (!depth && i + 1 < n)
      return false;
  }
  return n >= 2 && e[0] == '(';
}

const char *cexpr_bare(CGen *g, const Node *n) {
  const char *e = cexpr(g, n);
  size_t len = strlen(e);
  return enclosed(e, len) ? arena_strndup(arena_of(g), e + 1, len - 2) : e;
}

const char *cexpr(CGen *g, const Node *n) {
  gen_must(g->sema, n->src->loc, n->sort.kind != SORT_BV || n->sort.bits <= 128,
           "more than 128 bits");
  switch ((NodeKind)n->kind) {
  case N_CONST: return c_const(g, n);
  case N_VAR:
    must(n->var->c, "variable %s has no C expression", n->var->name);
    return n->var->c;
  case N_UNARY: {
    const char *x = cexpr(g, n->kids[0]);
    if (n->fn == UN_NOT)
      return say(g, "(!%s)", x);
    return masked(g, say(g, "~%s", x), n->sort.bits);
  }
  case N_BINARY: return c_binary(g, n);
  case N_COND: return c_cond(g, n);
  case N_LET: return c_let(g, n);
  case N_ZEXT:
  case N_SEXT:
  case N_TRUNC: return c_resize(g, n);
  case N_CALL: return c_call(g, n);
  case N_FIELD: return c_field(g, n);
  case N_UPDATE: return c_update(g, n);
  case N_NAN: return c_nan(g, n);
  case N_WILD:
  case N_OP:
  case N_VALCONST:
  case N_SINK:
  case N_ONCE:
  case N_SHARED:
  case N_INST:
  case N_RESULT:
  case N_TERM:
  case N_CTOR:
  case N_AMODE:
  case N_AS:
  case N_REG:
  case N_POOL:
  case N_RECORD:
  case N_INDEX:
  case N_MEM:
  case N_STORE:
  case N_GOTO:
  case N_RETURN:
  case N_EXTERN:
  case N_UNSPEC:
  case N_OPMEANING:
  case N_PRED: return c_hook(g, n);
  }
  return NULL;
}
