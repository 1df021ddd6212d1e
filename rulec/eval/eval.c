// Expressions on values: operators, builtins, records, lists. Values are in
// value.c, ops and memory in op.c, instructions in inst.c,
// floats in float.c.
#include "rulec/eval/priv.h"

// --- operators --------------------------------------------------------

static EvVal compare(const Node *n, const EvVal *x, const EvVal *y) {
  u32 w = eval_width(x->sort);
  Wide a = x->bits, b = y->bits;
  switch ((BinOp)n->fn) {
  case BIN_EQ: return ev_bool(ev_equal(x, y));
  case BIN_NE: return ev_bool(!ev_equal(x, y));
  case BIN_ULT: return ev_bool(wide_ult(a, b));
  case BIN_ULE: return ev_bool(!wide_ult(b, a));
  case BIN_UGT: return ev_bool(wide_ult(b, a));
  case BIN_UGE: return ev_bool(!wide_ult(a, b));
  case BIN_SLT: return ev_bool(wide_slt(a, b, w));
  case BIN_SLE: return ev_bool(!wide_slt(b, a, w));
  case BIN_SGT: return ev_bool(wide_slt(b, a, w));
  default: return ev_bool(!wide_slt(a, b, w));
  }
}

static EvVal shift(const Node *n, Wide x, Wide y) {
  u32 w = eval_width(n->sort);
  if (!wide_ult(y, wide(w)))
    return ev_state(EV_NOTHING);
  u32 k = (u32)y.w[0];
  return ev_bits(n->sort, n->fn == BIN_SHL    ? wide_shl(x, k, w)
                          : n->fn == BIN_USHR ? wide_shr(x, k)
                                              : wide_sar(x, k, w));
}

static EvVal divide(const Node *n, Wide x, Wide y) {
  u32 w = eval_width(n->sort);
  bool is_signed = n->fn == BIN_SDIV || n->fn == BIN_SREM;
  if (wide_zero(y))
    return ev_state(EV_NOTHING);
  Wide rest, q = is_signed ? wide_sdiv(x, y, w, &rest) : wide_udiv(x, y, &rest);
  return ev_bits(n->sort, n->fn == BIN_UDIV || n->fn == BIN_SDIV ? q : rest);
}

static EvVal arithmetic(const Node *n, const EvVal *x, const EvVal *y) {
  Wide a = x->bits, b = y->bits;
  u32 w = eval_width(n->sort);
  switch ((BinOp)n->fn) {
  case BIN_OR: return ev_bits(n->sort, wide_or(a, b));
  case BIN_XOR: return ev_bits(n->sort, wide_xor(a, b));
  case BIN_AND: return ev_bits(n->sort, wide_and(a, b));
  case BIN_ADD: return ev_bits(n->sort, wide_add(a, b, w));
  case BIN_SUB: return ev_bits(n->sort, wide_sub(a, b, w));
  case BIN_MUL: return ev_bits(n->sort, wide_mul(a, b, w));
  case BIN_SHL:
  case BIN_USHR:
  case BIN_SSHR: return shift(n, a, b);
  case BIN_UDIV:
  case BIN_SDIV:
  case BIN_UREM:
  case BIN_SREM: return divide(n, a, b);
  default: return compare(n, x, y);
  }
}

static EvVal binary(Eval *e, const Node *n) {
  EvVal x = eval_node(e, n->kids[0]);
  if (!ev_ok(&x))
    return x;
  if ((n->fn == BIN_ANDAND || n->fn == BIN_OROR) &&
      ev_true(&x) == (n->fn == BIN_OROR))
    return x;
  EvVal y = eval_node(e, n->kids[1]);
  if (!ev_ok(&y))
    return y;
  if (n->fn == BIN_ANDAND || n->fn == BIN_OROR) {
    ev_taint(&y, &x);
    return y;
  }
  if (n->fn == BIN_CONCAT)
    return ev_concat(n->sort, &x, &y);
  if (n->fn == BIN_USHR && n->sort.bits == 128 && !ev_is_choice(&y) &&
      wide_ult(y.bits, wide(128)))
    return ev_slice(n->sort, &x, (u32)y.bits.w[0]);
  EvVal r = arithmetic(n, &x, &y);
  ev_taint(&r, &x);
  ev_taint(&r, &y);
  // A NaN of either sign with its sign flipped is one of either sign.
  Wide sign = wide_shl(wide(1), eval_width(n->sort) - 1, eval_width(n->sort));
  if (n->fn == BIN_XOR && x.nan && wide_equal(y.bits, sign) && !x.loose)
    r.nan = x.nan, r.loose = y.loose;
  return r;
}

static EvVal unary(Eval *e, const Node *n) {
  EvVal x = eval_node(e, n->kids[0]);
  if (!ev_ok(&x))
    return x;
  EvVal r = n->fn == UN_NOT
                ? ev_bool(!ev_true(&x))
                : ev_bits(n->sort, wide_xor(x.bits, wide_ones(WIDE_BITS)));
  ev_taint(&r, &x);
  return r;
}

static EvVal resize(Eval *e, const Node *n) {
  EvVal x = eval_node(e, n->kids[0]);
  if (!ev_ok(&x))
    return x;
  EvVal r = {.sort = n->sort};
  if (n->kind == N_TRUNC && n->sort.kind == SORT_BV && ev_is_choice(&x))
    return ev_slice(n->sort, &x, 0);
  if (n->sort.kind == SORT_DYN) // the store that it is for takes as many bytes
    r = ev_bits(x.sort, x.bits);
  else if (n->kind == N_SEXT)
    r = ev_bits(n->sort, wide_sext(x.bits, eval_width(x.sort), n->sort.bits));
  else
    r = ev_bits(n->sort, x.bits);
  ev_taint(&r, &x);
  return r;
}

// --- builtins ---------------------------------------------------------

static EvVal extend(const Node *n, const EvVal *x, const EvVal *ext) {
  u32 from = eval_width(x->sort);
  if (from > n->sort.bits)
    return ev_state(EV_NOTHING); // wider than what it gives: no IR has it
  return ev_bits(n->sort, ev_u64(ext) == 2
                              ? wide_sext(x->bits, from, n->sort.bits)
                              : x->bits);
}

static EvVal counted(const Node *n, Wide x, Wide y, u32 w) {
  switch ((Builtin)n->fn) {
  case BI_CLZ: return ev_bits(n->sort, wide(wide_clz(x, w)));
  case BI_CTZ: return ev_bits(n->sort, wide(wide_ctz(x, w)));
  case BI_POPCNT: return ev_bits(n->sort, wide(wide_popcnt(x)));
  case BI_IS_POW2: return ev_bool(wide_popcnt(x) == 1);
  case BI_MSB: return ev_bool(wide_bit(x, w - 1));
  case BI_PARITY: return ev_bool(wide_popcnt(wide_keep(x, 8)) % 2 == 0);
  case BI_FITS_S:
    return ev_bool(
        wide_equal(x, wide_sext(wide_keep(x, (u32)y.w[0]), (u32)y.w[0], w)));
  case BI_FITS_U: return ev_bool(wide_equal(x, wide_keep(x, (u32)y.w[0])));
  case BI_LOG2:
    return wide_popcnt(x) == 1 ? ev_bits(n->sort, wide(wide_ctz(x, w)))
                               : ev_state(EV_NOTHING);
  default: break;
  }
  Wide r = {{0}}; // bswap
  for (u32 i = 0; i < w / 8; i++)
    r = wide_or(r,
                wide_shl(wide_keep(wide_shr(x, 8 * i), 8), w - 8 - 8 * i, w));
  return ev_bits(n->sort, r);
}

static EvVal inside(const Eval *e, const EvVal *a) {
  u64 p = ev_u64(&a[0]), bytes = ev_u64(&a[1]);
  return ev_bool(ev_u64(&a[2]) != 0 ||
                 (p <= e->heap_size && bytes <= e->heap_size - p));
}

static bool target_traps(Eval *e, const EvVal *t, u32 *code) {
  u32 target = (u32)ev_u64(t);
  return e->target ? e->target(e, target, code)
                   : eval_target_traps(target, code);
}

static EvVal builtin(Eval *e, const Node *n, const EvVal *a) {
  u32 code;
  u64 f;
  switch ((Builtin)n->fn) {
  case BI_LEN: return ev_bits(n->sort, wide(a[0].list.n));
  case BI_EXTEND: return extend(n, &a[0], &a[1]);
  case BI_INSIDE: return inside(e, a);
  case BI_EXTERN: {
    u64 h = eval_hash(e->seed, n->nkids);
    for (const char *c = n->text; *c; c++)
      h = eval_hash(h, (u8)*c);
    h = eval_hash_list(h, a, n->nkids);
    return n->sort.kind == SORT_BOOL
               ? ev_bool(h & 1)
               : ev_bits(n->sort, wide_keep(wide(h), n->sort.bits));
  }
  case BI_HAS: return ev_bool(e->features >> (n->field & 63) & 1);
  case BI_ZEROS:
  case BI_ONES:
  case BI_UMIN:
  case BI_UMAX:
  case BI_SMIN:
  case BI_SMAX:
  case BI_ISCONST: return (e->fact ? e->fact : eval_fact_exact)(e, n, &a[0]);
  case BI_TRAPS: return ev_bool(target_traps(e, &a[0], &code));
  case BI_TRAPCODE:
    (void)target_traps(e, &a[0], &code);
    return ev_bits(n->sort, wide(code));
  default: break;
  }
  if (n->fn < BI_LEN)
    return counted(n, a[0].bits, n->nkids > 1 ? a[1].bits : wide(0),
                   eval_width(a[0].sort));
  if (!eval_float(n, ev_u64(&a[0]), n->nkids > 1 ? ev_u64(&a[1]) : 0,
                  eval_width(a[0].sort), &f))
    return eval_no(e, builtin_names[n->fn]);
  return ev_bits(n->sort, wide(f));
}

enum { MOST_KIDS = 16 };

// All kids in order; false if one has no value, which is then *bad.
static bool kids_of(Eval *e, const Node *n, EvVal *a, EvVal *bad) {
  if (n->nkids > MOST_KIDS)
    return *bad = eval_no(e, "too many operands"), false;
  for (u32 i = 0; i < n->nkids; i++) {
    a[i] = eval_node(e, n->kids[i]);
    if (!ev_ok(&a[i]))
      return *bad = a[i], false;
  }
  return true;
}

static EvVal call(Eval *e, const Node *n) {
  EvVal a[MOST_KIDS], bad;
  if (!kids_of(e, n, a, &bad))
    return bad;
  EvVal r = builtin(e, n, a);
  for (u32 i = 0; i < n->nkids; i++)
    ev_taint(&r, &a[i]);
  return r;
}

// --- records, lists ---------------------------------------------------

static EvVal unspecified(Eval *e, Sort sort) {
  u64 h = eval_hash(eval_hash(e->seed, 0x3f), e->choices++);
  EvVal r = {.sort = sort, .any = true};
  if (sort.kind == SORT_FLAGS)
    memset(r.flags, EV_FLAG_ANY, sizeof r.flags);
  else
    r.bits = wide_keep(wide((u128)h << 64 | eval_hash(h, 1)), eval_width(sort));
  return r;
}

static EvVal field(Eval *e, const Node *n) {
  EvVal x = eval_node(e, n->kids[0]);
  if (!ev_ok(&x))
    return x;
  if (x.sort.kind == SORT_MEMARG)
    return ev_bits(n->sort, wide(x.mem[n->field]));
  if (x.flags[n->field] != EV_FLAG_ANY) {
    EvVal r = ev_bool(x.flags[n->field]);
    r.loose = x.loose;
    return r;
  }
  return unspecified(e, n->sort);
}

static EvVal update(Eval *e, const Node *n) {
  EvVal r = eval_node(e, n->kids[0]);
  for (u32 i = 1; i < n->nkids && ev_ok(&r); i++) {
    EvVal v = eval_node(e, n->kids[i]);
    if (!ev_ok(&v))
      return v;
    r.mem[n->fields[i - 1]] = (u32)ev_u64(&v);
  }
  return r;
}

static EvVal record(Eval *e, const Node *n) {
  EvVal r = {.sort = n->sort};
  memset(r.flags, EV_FLAG_ANY, sizeof r.flags);
  for (u32 i = 0; i < n->nkids; i++) {
    EvVal v = eval_node(e, n->kids[i]);
    if (!ev_ok(&v))
      return v;
    r.flags[n->fields[i]] = v.any ? EV_FLAG_ANY : ev_true(&v);
    r.loose |= v.loose || v.nan;
  }
  return r;
}

static EvVal index_of(Eval *e, const Node *n) {
  EvVal a[MOST_KIDS], bad;
  if (!kids_of(e, n, a, &bad))
    return bad;
  bool list = a[0].sort.kind == SORT_TARGETS || a[0].sort.kind == SORT_VALUES;
  u32 most = list ? a[0].list.n : eval_width(a[0].sort) / 8;
  if (!wide_ult(a[1].bits, wide(most)))
    return ev_state(EV_NOTHING);
  u32 k = (u32)ev_u64(&a[1]);
  return list ? a[0].list.at[k]
              : ev_bits(n->sort, wide_keep(wide_shr(a[0].bits, 8 * k), 8));
}

static EvVal nan_of(Eval *e, const Node *n) {
  EvVal a[MOST_KIDS], bad;
  return kids_of(e, n, a, &bad) ? eval_nan(e, a, n->nkids - 1, a[n->nkids - 1])
                                : bad;
}

static EvVal pred(Eval *e, const Node *n) {
  EvVal a[MOST_KIDS], bad;
  return kids_of(e, n, a, &bad) ? eval_pred(e, &a[0], a + 1, n->nkids - 1)
                                : bad;
}

static EvVal op_node(Eval *e, const Node *n) {
  EvVal a[MOST_KIDS], bad;
  if (!kids_of(e, n, a, &bad))
    return bad;
  EvVal r = eval_op(e, n->op, a);
  if (ev_ok(&r) && n->sort.kind)
    r.sort = n->sort;
  return r;
}

static EvVal let(Eval *e, const Node *n) {
  EvVal x = eval_node(e, n->kids[0]);
  if (!ev_ok(&x))
    return x;
  u32 mark = e->env.n;
  eval_bind(e, n->var, x);
  EvVal r = eval_node(e, n->kids[1]);
  e->env.n = mark;
  return r;
}

static EvVal cond(Eval *e, const Node *n) {
  EvVal c = eval_node(e, n->kids[0]);
  if (!ev_ok(&c))
    return c;
  EvVal r = eval_node(e, n->kids[ev_true(&c) ? 1 : 2]);
  ev_taint(&r, &c);
  return r;
}

static EvVal memory(Eval *e, const Node *n) {
  EvVal a[MOST_KIDS], bad;
  if (!kids_of(e, n, a, &bad))
    return bad;
  u64 bytes = ev_u64(&a[1]);
  if (!bytes || bytes > 32)
    return ev_state(EV_NOTHING);
  return eval_access(e, &a[0], (u32)bytes);
}

static EvVal store(Eval *e, const Node *n) {
  const Node *m = n->kids[0];
  EvVal p = eval_node(e, m->kids[0]);
  EvVal bytes = ev_ok(&p) ? eval_node(e, m->kids[1]) : p;
  EvVal x = ev_ok(&bytes) ? eval_node(e, n->kids[1]) : bytes;
  if (!ev_ok(&x))
    return x;
  if (!ev_u64(&bytes) || ev_u64(&bytes) * 8 > eval_width(x.sort))
    return ev_state(EV_NOTHING); // wider than its value: no IR has it
  EvVal old = eval_access(e, &p, (u32)ev_u64(&bytes));
  if (!ev_ok(&old))
    return old;
  eval_store(e, ev_u64(&p), (u32)ev_u64(&bytes), x.bits);
  return ev_none();
}

static EvVal bound(Eval *e, const void *key, const char *name) {
  const EvVal *v = eval_key(e, key);
  return v ? *v : eval_no(e, name);
}

EvVal eval_node(Eval *e, const Node *n) {
  if (++e->fuel > 1000000)
    return eval_no(e, "too much to evaluate");
  switch ((NodeKind)n->kind) {
  case N_CONST:
  case N_VALCONST: return ev_bits(n->sort, wide(n->num));
  case N_VAR: return bound(e, n->var, n->var->name);
  case N_WILD: return bound(e, n, "_");
  case N_OP:
  case N_OPMEANING: return op_node(e, n);
  case N_UNARY: return unary(e, n);
  case N_BINARY: return binary(e, n);
  case N_COND: return cond(e, n);
  case N_LET: return let(e, n);
  case N_ZEXT:
  case N_SEXT:
  case N_TRUNC: return resize(e, n);
  case N_CALL: return call(e, n);
  case N_FIELD: return field(e, n);
  case N_UPDATE: return update(e, n);
  case N_RECORD: return record(e, n);
  case N_INDEX: return index_of(e, n);
  case N_MEM: return memory(e, n);
  case N_NAN: return nan_of(e, n);
  case N_STORE: return store(e, n);
  case N_UNSPEC: return unspecified(e, n->sort);
  case N_PRED: return pred(e, n);
  case N_GOTO:
  case N_RETURN:
  case N_EXTERN: return eval_no(e, "control or extern inside an expression");
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
  case N_POOL: return eval_lower_node(e, n);
  }
  return eval_no(e, "unknown node");
}
