// Expressions that are said otherwise in claims about machines, because solvers
// do not find it: each is an equation that holds of all numbers.
#include "rulec/verify/machine.h"

// `not(c)` of a code that the pattern binds: each claim has one member of it.
static bool code_xor(Smt *m, SmtEnv *env, SmtRun *run, const Node *n,
                     SmtVal *out) {
  u128 a, b;
  SmtVal x = smt_expr(m, env, run, n->kids[0]);
  SmtVal y = smt_expr(m, env, run, n->kids[1]);
  if (!smt_literal(x.v, &a) || !smt_literal(y.v, &b))
    return false;
  *out = smt_val(n->sort, smt_num(m, a ^ b, 8));
  return true;
}

// --- wide divisions ---------------------------------------------------
// Of a number of twice the width that is a narrow one extended. Such a
// quotient is the narrow quotient extended; signed, the lowest by -1 alone does
// not fit. Solvers do not find that in two dividers;
// tests/rulec/wide.c tries all numbers of 8 bits.

static SmtTerm wide_udiv(Smt *m, BinOp op, SmtTerm x, SmtTerm y) {
  SmtTerm r = smt_bin(m, op == BIN_UDIV ? "bvudiv" : "bvurem", x, y);
  return smt_resize(m, r, 2u * x.bits, false);
}

static SmtTerm wide_sdiv(Smt *m, BinOp op, SmtTerm x, SmtTerm y) {
  u32 w = x.bits;
  SmtTerm r = smt_bin(m, op == BIN_SDIV ? "bvsdiv" : "bvsrem", x, y);
  SmtTerm wide = smt_resize(m, r, 2 * w, true);
  if (op == BIN_SREM)
    return wide;
  SmtTerm least = smt_num(m, (u128)1 << (w - 1), w);
  SmtTerm ones = smt_num(m, w >= 128 ? ~(u128)0 : ((u128)1 << w) - 1, w);
  SmtTerm minus_one = smt_eq(m, y, ones);
  SmtTerm over = smt_and(m, smt_eq(m, x, least), minus_one);
  return smt_ite(m, over, smt_resize(m, least, 2 * w, false), wide);
}

static bool wide_division(Smt *m, SmtEnv *env, SmtRun *run, const Node *n,
                          SmtVal *out) {
  const Node *x = n->kids[0], *y = n->kids[1];
  bool is_signed = n->fn == BIN_SDIV || n->fn == BIN_SREM;
  if (x->kind != N_BINARY || x->fn != BIN_CONCAT ||
      y->kind != (is_signed ? N_SEXT : N_ZEXT))
    return false;
  SmtVal hi = smt_expr(m, env, run, x->kids[0]);
  SmtVal lo = smt_expr(m, env, run, x->kids[1]);
  SmtVal by = smt_expr(m, env, run, y->kids[0]);
  u32 w = lo.v.bits;
  if (hi.v.bits != w || by.v.bits != w)
    return false;
  SmtTerm want = is_signed ? smt_bin(m, "bvashr", lo.v, smt_num(m, w - 1, w))
                           : smt_num(m, 0, w);
  if (hi.v.s != want.s)
    return false;
  *out = smt_val(n->sort, is_signed ? wide_sdiv(m, (BinOp)n->fn, lo.v, by.v)
                                    : wide_udiv(m, (BinOp)n->fn, lo.v, by.v));
  out->ok = smt_and(m, smt_and(m, hi.ok, lo.ok), by.ok);
  SmtTerm zero = smt_eq(m, by.v, smt_num(m, 0, w));
  out->ok = smt_and(m, out->ok, smt_not(m, zero));
  return true;
}

// --- counting ones ------------------------------------------------------
// By pairs, nibbles, bytes, as programs do it: the same partial sums on both
// sides are what the solver needs.

static SmtTerm ones(Smt *m, SmtTerm x) {
  SmtTerm part[64];
  u32 n = x.bits;
  for (u32 i = 0; i < n; i++)
    part[i] = smt_extract(m, i, i, x);
  for (u32 bits = 2; n > 1; n /= 2, bits *= 2)
    for (u32 i = 0; i < n / 2; i++) {
      u32 w = bits < 8 ? bits : 8;
      SmtTerm odd = smt_resize(m, part[2 * i + 1], w, false);
      SmtTerm even = smt_resize(m, part[2 * i], w, false);
      part[i] = smt_bin(m, "bvadd", even, odd);
    }
  return smt_resize(m, part[0], x.bits, false);
}

static bool popcnt(Smt *m, SmtEnv *env, SmtRun *run, const Node *n,
                   SmtVal *out) {
  if (n->fn != BI_POPCNT)
    return false;
  *out = smt_expr(m, env, run, n->kids[0]);
  if (out->v.bits != 32 && out->v.bits != 64)
    return false;
  out->v = ones(m, out->v);
  out->sort = n->sort;
  return true;
}

static bool subtraction(Smt *m, SmtEnv *env, SmtRun *run, const Node *n,
                        SmtVal *out) {
  if (n->fn != BI_FP_SUB)
    return false;
  SmtVal x = smt_expr(m, env, run, n->kids[0]);
  SmtVal y = smt_expr(m, env, run, n->kids[1]);
  *out = smt_val(n->sort, x.v);
  out->ok = smt_and(m, x.ok, y.ok);
  return machine_subtract(m, x.v, y.v, &out->v);
}

static bool binary(Smt *m, SmtEnv *env, SmtRun *run, const Node *n,
                   SmtVal *out) {
  if (n->sort.kind == SORT_CODE && n->fn == BIN_XOR)
    return code_xor(m, env, run, n, out);
  if (n->fn >= BIN_UDIV && n->fn <= BIN_SREM)
    return wide_division(m, env, run, n, out);
  return false;
}

bool machine_algebra(Smt *m, SmtEnv *env, SmtRun *run, const Node *n,
                     SmtVal *out) {
  if (n->kind == N_BINARY)
    return binary(m, env, run, n, out);
  return popcnt(m, env, run, n, out) || subtraction(m, env, run, n, out);
}
