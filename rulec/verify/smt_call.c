// Builtin functions as terms. Counting is written out in bit-vector operations:
// leading zeros by halves, population as one flat sum of bits (which makes
// counts of rotated values equal by sorting the sum).
#include "rulec/verify/smt_float.h"

#include <stdio.h>

static SmtTerm number(Smt *m, u128 v, u32 bits) { return smt_num(m, v, bits); }

static bool power_of_two(u32 w) { return !(w & (w - 1)); }

// Zeros on one side: halves, then quarters, each moved away where all zero.
static SmtTerm count_zeros(Smt *m, SmtTerm x, bool leading) {
  u32 w = x.bits;
  SmtTerm n = number(m, 0, w), rest = x;
  for (u32 k = w / 2; k; k /= 2) {
    SmtTerm half = leading ? smt_extract(m, w - 1, w - k, rest)
                           : smt_extract(m, k - 1, 0, rest);
    SmtTerm none = smt_eq(m, half, number(m, 0, k));
    rest = smt_ite(
        m, none,
        smt_bin(m, leading ? "bvshl" : "bvlshr", rest, number(m, k, w)), rest);
    n = smt_ite(m, none, smt_bin(m, "bvadd", n, number(m, k, w)), n);
  }
  SmtTerm zero = smt_eq(m, x, number(m, 0, w));
  return smt_ite(m, zero, number(m, w, w), n);
}

SmtTerm smt_count_leading(Smt *m, SmtTerm x) { return count_zeros(m, x, true); }

static SmtTerm popcnt(Smt *m, SmtTerm x) {
  Text sum = {.arena = m->arena};
  u32 w = x.bits, narrow = 8;
  text_add(&sum, "bvadd");
  for (u32 i = 0; i < w; i++) {
    SmtTerm bit = smt_resize(m, smt_extract(m, i, i, x), narrow, false);
    text_add(&sum, " %s", bit.s);
  }
  SmtTerm n = smt_app(m, SMT_BV, narrow, text_str(&sum), 0);
  return smt_resize(m, n, w, false);
}

static SmtTerm bswap(Smt *m, SmtTerm x) {
  SmtTerm r = smt_extract(m, 7, 0, x);
  for (u32 i = 8; i < x.bits; i += 8)
    r = smt_app(m, SMT_BV, i + 8, "concat", 2, r, smt_extract(m, i + 7, i, x));
  return r;
}

static SmtTerm is_pow2(Smt *m, SmtTerm x) {
  u32 w = x.bits;
  smt_note_split(m, x, w, SPLIT_POW2);
  SmtTerm less = smt_bin(m, "bvsub", x, number(m, 1, w));
  SmtTerm one = smt_eq(m, smt_bin(m, "bvand", x, less), number(m, 0, w));
  return smt_and(m, smt_not(m, smt_eq(m, x, number(m, 0, w))), one);
}

static SmtTerm parity(Smt *m, SmtTerm x) {
  SmtTerm odd = smt_extract(m, 0, 0, x);
  for (u32 i = 1; i < 8 && i < x.bits; i++)
    odd = smt_bin(m, "bvxor", odd, smt_extract(m, i, i, x));
  return smt_eq(m, odd, number(m, 0, 1));
}

static SmtTerm fits(Smt *m, SmtTerm x, u32 n, bool sign) {
  if (n >= x.bits)
    return smt_bool(true);
  if (!sign)
    return smt_eq(m, smt_extract(m, x.bits - 1u, n, x),
                  number(m, 0, x.bits - n));
  return smt_eq(m, x, smt_resize(m, smt_extract(m, n - 1, 0, x), x.bits, true));
}

// Bytes read from memory, as the memarg's extension says.
static SmtTerm extend(Smt *m, const SmtVal *x, SmtTerm ext, u32 bits) {
  SmtTerm plain = smt_resize(m, x->v, bits, false), sign = plain;
  if (!x->n.s) {
    sign = smt_resize(m, x->v, bits, true);
  } else {
    for (u32 n = 1; n * 8 < bits; n *= 2) {
      SmtTerm low = smt_extract(m, n * 8 - 1, 0, x->v);
      SmtTerm wide = smt_resize(m, low, bits, true);
      sign = smt_ite(m, smt_eq(m, x->n, number(m, n, 64)), wide, sign);
    }
  }
  return smt_ite(m, smt_eq(m, ext, number(m, 2, 8)), sign, plain);
}

// --- facts: anything true of the value ------------------------------

SmtTerm smt_fact_holds(Smt *m, Builtin b, SmtTerm f, SmtTerm x) {
  SmtTerm zero = number(m, 0, x.bits);
  switch (b) {
  case BI_ZEROS: return smt_eq(m, smt_bin(m, "bvand", f, x), zero);
  case BI_ONES: return smt_eq(m, smt_bin(m, "bvand", f, x), f);
  case BI_UMIN: return smt_cmp(m, "bvule", f, x);
  case BI_UMAX: return smt_cmp(m, "bvule", x, f);
  case BI_SMIN: return smt_cmp(m, "bvsle", f, x);
  case BI_SMAX: return smt_cmp(m, "bvsle", x, f);
  default: return smt_bool(true);
  }
}

// One per value and kind, however often it is asked.
static SmtTerm fact(Smt *m, const Node *n, SmtTerm x) {
  Builtin b = (Builtin)n->fn;
  const Node *of = n->kids[0];
  u32 len = (u32)strlen(x.s), bar = x.s[0] == '|';
  const char *name = arena_printf(m->arena, "|%s of %.*s|", builtin_names[b],
                                  (int)(len - 2 * bar), x.s + bar);
  u32 before = m->out.n;
  SmtTerm f = b == BI_ISCONST ? smt_const(m, name, SMT_BOOL, 0)
                              : smt_const(m, name, SMT_BV, n->sort.bits);
  if (m->out.n != before) {
    const char *what = arena_printf(m->arena, "%s(%s)", builtin_names[b],
                                    of->var ? of->var->name : "?");
    vec_push(m->arena, &m->trace,
             ((SmtTrace){what, "input", smt_val(n->sort, f), NULL, n}));
  }
  if (b != BI_ISCONST)
    smt_assert(m, smt_fact_holds(m, b, f, x));
  return f;
}

// --- all ------------------------------------------------------------

static SmtTerm feature(Smt *m, const Node *n) {
  return smt_const(m, arena_printf(m->arena, "|has %s|", n->text), SMT_BOOL, 0);
}

// Any function of its arguments.
static SmtTerm extern_fn(Smt *m, const Node *n, const SmtVal *args) {
  SmtTerm x[MOST_EXTERN_ARGS];
  for (u32 i = 0; i < n->nkids; i++)
    x[i] = args[i].v;
  const char *name = arena_printf(m->arena, "extern %s", n->text);
  return n->sort.kind == SORT_BOOL
             ? smt_fun(m, SMT_BOOL, 0, name, n->nkids, x)
             : smt_fun(m, SMT_BV, n->sort.bits, name, n->nkids, x);
}

// k zeros lead x - 1: then x may be a power of two at one place alone.
static void power_apart(Smt *m, u32 w, u32 k) {
  for (u32 i = 0; i < m->splits.n && k; i++) {
    SmtSplit s = m->splits.at[i];
    if (s.kind != SPLIT_POW2 || s.t.bits != w)
      continue;
    SmtTerm at = smt_eq(m, s.t, number(m, (u128)1 << (w - k), w));
    smt_assert(m, smt_implies(m, at, is_pow2(m, s.t)));
  }
}

// Where a case split says how many, x's bounds are said as well: proofs over
// the reals see nothing else of it.
static SmtTerm leading(Smt *m, SmtTerm x) {
  u128 k;
  u32 w = x.bits;
  SmtTerm n = count_zeros(m, x, true);
  smt_note_split(m, n, w + 1, SPLIT_COUNT);
  bool given = m->nreplace && smt_literal(n, &k) && w < 128;
  if (given && k == w)
    smt_assert(m, smt_eq(m, x, number(m, 0, w)));
  if (given && k < w) {
    power_apart(m, w, (u32)k);
    smt_assert(m, smt_cmp(m, "bvuge", x, number(m, (u128)1 << (w - 1 - k), w)));
    smt_assert(
        m, smt_cmp(m, "bvule", x, number(m, ((u128)2 << (w - 1 - k)) - 1, w)));
  }
  return n;
}

static SmtTerm builtin(Smt *m, const Node *n, const SmtVal *args, SmtTerm *ok) {
  SmtTerm x = n->nkids ? args[0].v : smt_bool(true);
  Builtin b = (Builtin)n->fn;
  switch (b) {
  case BI_CLZ: return leading(m, x);
  case BI_CTZ: return count_zeros(m, x, false);
  case BI_POPCNT: return popcnt(m, x);
  case BI_BSWAP: return bswap(m, x);
  case BI_LOG2: *ok = is_pow2(m, x); return count_zeros(m, x, false);
  case BI_IS_POW2: return is_pow2(m, x);
  case BI_MSB:
    return smt_eq(m, smt_extract(m, x.bits - 1u, x.bits - 1u, x),
                  number(m, 1, 1));
  case BI_PARITY: return parity(m, x);
  case BI_FITS_S:
  case BI_FITS_U: return fits(m, x, (u32)n->kids[1]->num, b == BI_FITS_S);
  case BI_LEN: return smt_fun(m, SMT_BV, 32, "len", 1, &x);
  case BI_EXTEND: return extend(m, &args[0], args[1].v, n->sort.bits);
  case BI_INSIDE: {
    SmtTerm a[3] = {x, args[1].v, args[2].v};
    return smt_fun(m, SMT_BOOL, 0, "inside", 3, a);
  }
  case BI_EXTERN: return extern_fn(m, n, args);
  case BI_HAS: return feature(m, n);
  case BI_ZEROS:
  case BI_ONES:
  case BI_UMIN:
  case BI_UMAX:
  case BI_SMIN:
  case BI_SMAX:
  case BI_ISCONST: return fact(m, n, x);
  case BI_TRAPS: return smt_fun(m, SMT_BOOL, 0, "traps", 1, &x);
  case BI_TRAPCODE: return smt_fun(m, SMT_BV, 32, "trapcode", 1, &x);
  default: break;
  }
  u32 bits = n->field ? n->field : n->sort.bits;
  return smt_builtin_fp(m, b, x, n->nkids > 1 ? args[1].v : x, bits);
}

SmtVal smt_builtin(Smt *m, const Node *n, const SmtVal *args) {
  SmtTerm own = smt_bool(true);
  for (u32 i = 0; i < n->nkids; i++) {
    bool counts = n->fn <= BI_LOG2 && n->fn != BI_BSWAP;
    if (args[i].sort.kind == SORT_BV && counts && !power_of_two(args[i].v.bits))
      smt_fail(m, "%s of %u bits", builtin_names[n->fn], args[i].v.bits);
  }
  SmtVal x = {.sort = n->sort};
  x.v = builtin(m, n, args, &own);
  x.ok = own;
  for (u32 i = 0; i < n->nkids; i++)
    x.ok = smt_and(m, x.ok, args[i].ok);
  return x;
}
