// That the formulas for floats say what the solver's theory says: one claim for
// each formula and format, made by `rulec verify --floats`. The formulas are
// written for any format (smt_float.h), so what is shown of small ones is shown
// of the same text as what rules use; the wide ones are tried too.
#include "rulec/verify/floats.h"
#include "rulec/verify/smt_float.h"

#include <stdio.h>

typedef struct Row {
  u8 fn;          // Builtin
  u8 arity;       // floats taken; 0: an integer
  bool to_int;    // it has a width of integers
  const char *op; // of the theory
} Row;

static const Row rows[] = {
    {BI_FP_ISNAN, 1, false, "fp.isNaN"},
    {BI_FP_EQ, 2, false, "fp.eq"},
    {BI_FP_LT, 2, false, "fp.lt"},
    {BI_FP_LE, 2, false, "fp.leq"},
    {BI_FP_MIN, 2, false, "fp.min"},
    {BI_FP_MAX, 2, false, "fp.max"},
    {BI_FP_CEIL, 1, false, "fp.roundToIntegral RTP"},
    {BI_FP_FLOOR, 1, false, "fp.roundToIntegral RTN"},
    {BI_FP_TRUNC, 1, false, "fp.roundToIntegral RTZ"},
    {BI_FP_NEAREST, 1, false, "fp.roundToIntegral RNE"},
    {BI_FP_PROMOTE, 1, false, NULL},
    {BI_FP_FITS_S, 1, true, NULL},
    {BI_FP_FITS_U, 1, true, NULL},
    {BI_FP_TO_S, 1, true, NULL},
    {BI_FP_TO_U, 1, true, NULL},
    {BI_FP_TO_SAT_S, 1, true, NULL},
    {BI_FP_TO_SAT_U, 1, true, NULL},
    {BI_FP_FROM_S, 0, true, NULL},
    {BI_FP_FROM_U, 0, true, NULL},
};
enum { NROWS = sizeof rows / sizeof *rows };

// --- terms of the theory ----------------------------------------------

static SmtTerm theory(Smt *m, const char *op, SmtTerm f) {
  return smt_app(m, SMT_FP, f.bits, op, 1, f);
}

static SmtTerm truth(Smt *m, const char *op, SmtTerm f, SmtTerm g) {
  return g.s ? smt_app(m, SMT_BOOL, 0, op, 2, f, g)
             : smt_app(m, SMT_BOOL, 0, op, 1, f);
}

// The number 2^n or -2^n, said as a decimal. One too great is infinite.
static SmtTerm decimal(Smt *m, u32 n, bool negative, u32 bits) {
  double size = (double)((u64)1 << (n / 2)) * (double)((u64)1 << (n - n / 2));
  char op[80];
  snprintf(op, sizeof op, negative ? "%s (- %.1f)" : "%s %.1f",
           smt_rounding(bits), size);
  return smt_app(m, SMT_FP, bits, op, 0);
}

// Truncated, f is an integer of n bits.
static SmtTerm in_range(Smt *m, SmtTerm f, u32 n, bool sign) {
  SmtTerm t = theory(m, "fp.roundToIntegral RTZ", f);
  SmtTerm low = sign ? truth(m, "fp.geq", t, decimal(m, n - 1, true, f.bits))
                     : smt_not(m, truth(m, "fp.lt", t,
                                        smt_to_fp(m, smt_num(m, 0, f.bits))));
  SmtTerm high =
      truth(m, "fp.lt", t, decimal(m, sign ? n - 1 : n, false, f.bits));
  SmtTerm nan = truth(m, "fp.isNaN", f, (SmtTerm){0});
  return smt_and(m, smt_not(m, nan), smt_and(m, low, high));
}

static SmtTerm integer(Smt *m, SmtTerm f, u32 n, bool sign) {
  char op[40];
  snprintf(op, sizeof op, "(_ fp.to_%cbv %u) RTZ", sign ? 's' : 'u', n);
  return smt_app(m, SMT_BV, n, op, 1, f);
}

// What the saturating conversions give outside of the range.
static SmtTerm clamped(Smt *m, SmtTerm f, u32 n, bool sign) {
  SmtTerm zero = smt_num(m, 0, n);
  u128 top = (u128)1 << (n - 1);
  SmtTerm low = sign ? smt_num(m, top, n) : zero;
  SmtTerm high = smt_num(m, sign ? top - 1 : top | (top - 1), n);
  SmtTerm minus = truth(m, "fp.isNegative", f, (SmtTerm){0});
  SmtTerm nan = truth(m, "fp.isNaN", f, (SmtTerm){0});
  return smt_ite(m, nan, zero, smt_ite(m, minus, low, high));
}

// --- claims -----------------------------------------------------------

static bool is_signed(u8 fn) {
  return fn == BI_FP_FITS_S || fn == BI_FP_TO_S || fn == BI_FP_TO_SAT_S ||
         fn == BI_FP_FROM_S;
}

static SmtTerm input(Smt *m, const char *name, u32 bits) {
  SmtVal x = smt_input(m, name, (Sort){.kind = SORT_BV, .bits = (u16)bits});
  vec_push(m->arena, &m->trace, ((SmtTrace){name, "input", x, NULL, NULL}));
  return x.v;
}

// WebAssembly's minimum and maximum: a NaN of a NaN, and -0 is below 0.
static SmtTerm is_least(Smt *m, const Row *r, SmtTerm x, SmtTerm y,
                        SmtTerm got) {
  SmtTerm f = smt_to_fp(m, x), g = smt_to_fp(m, y), h = smt_to_fp(m, got);
  SmtTerm none = {0};
  SmtTerm nan =
      smt_or(m, truth(m, "fp.isNaN", f, none), truth(m, "fp.isNaN", g, none));
  SmtTerm zeros = smt_and(m, truth(m, "fp.isZero", f, none),
                          truth(m, "fp.isZero", g, none));
  SmtTerm a = truth(m, "fp.isNegative", f, none);
  SmtTerm b = truth(m, "fp.isNegative", g, none);
  SmtTerm minus = r->fn == BI_FP_MIN ? smt_or(m, a, b) : smt_and(m, a, b);
  SmtTerm zero = smt_and(m, truth(m, "fp.isZero", h, none),
                         smt_eq(m, minus, truth(m, "fp.isNegative", h, none)));
  SmtTerm other = smt_eq(m, h, smt_app(m, SMT_FP, f.bits, r->op, 2, f, g));
  return smt_ite(m, nan, truth(m, "fp.isNaN", h, none),
                 smt_ite(m, zeros, zero, other));
}

// Where the point stands: in a case of its own for each exponent that matters.
static void note_cases(Smt *m, SmtTerm x) {
  u32 f = smt_fraction(x.bits), first = smt_bias(x.bits) - 1u;
  SmtTerm e = smt_bin(m, "bvlshr", smt_magnitude(m, x), smt_num(m, f, x.bits));
  SmtTerm low = smt_num(m, first, x.bits), most = smt_num(m, 66, x.bits);
  SmtTerm k = smt_bin(m, "bvsub", e, low);
  k = smt_ite(m, smt_cmp(m, "bvult", k, most), k, most);
  k = smt_ite(m, smt_cmp(m, "bvult", e, low), smt_num(m, 67, x.bits), k);
  smt_note_split(m, k, 68, SPLIT_SMALL);
}

static SmtTerm of_floats(Smt *m, const Row *r, u32 bits) {
  SmtTerm x = input(m, "x", bits);
  SmtTerm y = r->arity > 1 ? input(m, "y", bits) : x, none = {0};
  u32 to = r->fn == BI_FP_PROMOTE ? 2 * bits : bits;
  SmtTerm got = smt_builtin_fp(m, (Builtin)r->fn, x, y, to);
  SmtTerm f = smt_to_fp(m, x), g = r->arity > 1 ? smt_to_fp(m, y) : none;
  if (bits == 64 && got.kind == SMT_BV && r->arity == 1)
    note_cases(m, x);
  if (r->fn == BI_FP_MIN || r->fn == BI_FP_MAX)
    return is_least(m, r, x, y, got);
  if (got.kind == SMT_BOOL)
    return smt_eq(m, got, truth(m, r->op, f, g));
  SmtTerm want = r->fn == BI_FP_PROMOTE
                     ? smt_app(m, SMT_FP, to, smt_rounding(to), 1, f)
                     : theory(m, r->op, f);
  return smt_eq(m, smt_to_fp(m, got), want);
}

static SmtTerm to_integer(Smt *m, const Row *r, u32 bits, u32 n) {
  bool sign = is_signed(r->fn);
  SmtTerm x = input(m, "x", bits), f = smt_to_fp(m, x);
  SmtTerm got = smt_builtin_fp(m, (Builtin)r->fn, x, x, n);
  SmtTerm in = in_range(m, f, n, sign);
  if (bits == 64)
    note_cases(m, x);
  if (got.kind == SMT_BOOL)
    return smt_eq(m, got, in);
  SmtTerm same = smt_eq(m, got, integer(m, f, n, sign));
  if (r->fn == BI_FP_TO_S || r->fn == BI_FP_TO_U)
    return smt_implies(m, in, same);
  return smt_ite(m, in, same, smt_eq(m, got, clamped(m, f, n, sign)));
}

static SmtTerm from_integer(Smt *m, const Row *r, u32 bits, u32 n) {
  SmtTerm x = input(m, "x", n);
  SmtTerm got = smt_builtin_fp(m, (Builtin)r->fn, x, x, bits);
  char op[60];
  snprintf(op, sizeof op, "%s", smt_rounding(bits));
  if (!is_signed(r->fn)) // (_ to_fp_unsigned 8 24) RNE
    snprintf(op, sizeof op, "(_ to_fp_unsigned%s", smt_rounding(bits) + 8);
  return smt_eq(m, smt_to_fp(m, got), smt_app(m, SMT_FP, bits, op, 1, x));
}

static SmtTerm claim_float(Smt *m, const Obligation *o) {
  const Row *r = &rows[o->member];
  m->theory = false; // or a formula would be compared with itself
  SmtTerm claim = !r->to_int ? of_floats(m, r, o->width)
                  : r->arity ? to_integer(m, r, o->width, o->code)
                             : from_integer(m, r, o->width, o->code);
  m->uses_ints = false;
  return claim;
}

void obligations_floats(Obligations *out) {
  static const u16 formats[] = {8, 16, 32, 64};
  static const u16 integers[][2] = {{2, 4}, {8, 16}, {32, 64}, {32, 64}};
  static const Source none = {.path = "floats", .text = ""};
  static const Decl nowhere = {.kind = DECL_OP, .loc = {&none, 0, 1}};
  for (u32 i = 0; i < NROWS; i++)
    for (u32 k = 0; k < 4; k++) {
      bool promotes = rows[i].fn == BI_FP_PROMOTE;
      for (u32 n = 0; n < (rows[i].to_int ? 2 : 1); n++) {
        Obligation o = {.kind = "float", .name = builtin_names[rows[i].fn]};
        o.decl = &nowhere;
        o.claim = claim_float;
        o.member = i;
        o.width = formats[k];
        o.code = integers[k][n];
        o.at = rows[i].to_int
                   ? arena_printf(out->arena, " f%u i%u", o.width, o.code)
                   : arena_printf(out->arena, " f%u", o.width);
        if (!promotes || k < 3)
          obligation_add(out, o);
      }
    }
}
