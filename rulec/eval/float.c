// Floats of eval.c: bits in, bits out, through the functions that generated
// code calls too (mid/ir/eval.h).
#include "rulec/eval/priv.h"

#include "mid/ir/eval.h"

static u64 arithmetic32(u32 fn, u64 x, u64 y) {
  switch ((Builtin)fn) {
  case BI_FP_ADD: return ev_add32(x, y);
  case BI_FP_SUB: return ev_sub32(x, y);
  case BI_FP_MUL: return ev_mul32(x, y);
  case BI_FP_DIV: return ev_div32(x, y);
  case BI_FP_MIN: return ev_min32(x, y);
  case BI_FP_MAX: return ev_max32(x, y);
  case BI_FP_SQRT: return ev_sqrt32(x);
  case BI_FP_CEIL: return ev_ceil32(x);
  case BI_FP_FLOOR: return ev_floor32(x);
  case BI_FP_TRUNC: return ev_trunc32(x);
  case BI_FP_NEAREST: return ev_nearest32(x);
  case BI_FP_EQ: return ev_eq32(x, y);
  case BI_FP_LT: return ev_lt32(x, y);
  case BI_FP_LE: return ev_le32(x, y);
  default: return ev_isnan32(x);
  }
}

static u64 arithmetic64(u32 fn, u64 x, u64 y) {
  switch ((Builtin)fn) {
  case BI_FP_ADD: return ev_add64(x, y);
  case BI_FP_SUB: return ev_sub64(x, y);
  case BI_FP_MUL: return ev_mul64(x, y);
  case BI_FP_DIV: return ev_div64(x, y);
  case BI_FP_MIN: return ev_min64(x, y);
  case BI_FP_MAX: return ev_max64(x, y);
  case BI_FP_SQRT: return ev_sqrt64(x);
  case BI_FP_CEIL: return ev_ceil64(x);
  case BI_FP_FLOOR: return ev_floor64(x);
  case BI_FP_TRUNC: return ev_trunc64(x);
  case BI_FP_NEAREST: return ev_nearest64(x);
  case BI_FP_EQ: return ev_eq64(x, y);
  case BI_FP_LT: return ev_lt64(x, y);
  case BI_FP_LE: return ev_le64(x, y);
  default: return ev_isnan64(x);
  }
}

bool eval_float(const Node *n, u64 x, u64 y, u32 w, u64 *out) {
  u32 to = n->field;
  if (w != 32 && w != 64)
    return false;
  switch ((Builtin)n->fn) {
  case BI_FP_PROMOTE: *out = ev_promote(x); return true;
  case BI_FP_DEMOTE: *out = ev_demote(x); return true;
  case BI_FP_WIDEN: *out = ev_widen(x); return true;
  case BI_FP_NARROW: *out = ev_narrow(x); return true;
  case BI_FP_FROM_S: *out = ev_from_s(x, w, to); return true;
  case BI_FP_FROM_U: *out = ev_from_u(x, to); return true;
  case BI_FP_TO_S: *out = ev_to_s(x, w, to); return true;
  case BI_FP_TO_U: *out = ev_to_u(x, w, to); return true;
  case BI_FP_TO_SAT_S: *out = ev_to_sat_s(x, w, to); return true;
  case BI_FP_TO_SAT_U: *out = ev_to_sat_u(x, w, to); return true;
  case BI_FP_FITS_S: *out = ev_fp_fits_s(x, w, to); return true;
  case BI_FP_FITS_U: *out = ev_fp_fits_u(x, w, to); return true;
  default: break;
  }
  if (n->fn < BI_FP_ADD || n->fn > BI_FP_ISNAN)
    return false;
  *out = w == 32 ? arithmetic32(n->fn, x, y) : arithmetic64(n->fn, x, y);
  return true;
}

// --- which NaN --------------------------------------------------------

static u64 quiet_bit(u32 w) { return (u64)1 << (w == 32 ? 22 : 51); }

static bool is_canonical(const EvVal *v, u32 w) {
  u64 below = quiet_bit(w) * 2 - 1;
  return v->nan == EV_NAN_CANONICAL ||
         (v->nan == EV_NAN_EXACT && (v->bits.w[0] & below) == quiet_bit(w));
}

static u64 sse_nan(const EvVal *in, u32 n, u32 w) {
  u64 x = n ? in[0].bits.w[0] : 0, y = n > 1 ? in[1].bits.w[0] : x;
  return w == 32 ? ev_nan32(x, y) : ev_nan64(x, y);
}

// Equal inputs get the same NaN in the same world, in whatever order.
static u64 some_nan(Eval *e, const EvVal *in, u32 n, u32 w, u8 set) {
  u64 h = 0, q = quiet_bit(w);
  for (u32 i = 0; i < n; i++)
    h += eval_hash_val(0, &in[i]);
  h = eval_hash(eval_hash(e->seed, h), w);
  u64 sign = (h & 1) << (w - 1), rest = h >> 1 & (q - 1);
  u64 ones = w == 32 ? 0x7fc00000 : UINT64_C(0x7ff8000000000000);
  return sign | ones | (set == EV_NAN_CANONICAL || h & 2 ? 0 : rest);
}

EvVal eval_nan(Eval *e, const EvVal *in, u32 n, EvVal r) {
  u32 w = eval_width(r.sort);
  if (!ev_is_nan(&r))
    return r;
  r.nan = EV_NAN_CANONICAL;
  r.loose = false; // which NaN an input was does not matter, beyond the set
  for (u32 i = 0; i < n; i++)
    r.loose |= in[i].any || in[i].loose;
  for (u32 i = 0; i < n; i++)
    if (ev_is_nan(&in[i]) && !is_canonical(&in[i], w))
      r.nan = EV_NAN_ARITHMETIC;
  u64 canonical = w == 32 ? 0x7fc00000 : UINT64_C(0x7ff8000000000000);
  u64 bits = e->policy == EV_POLICY_SSE         ? sse_nan(in, n, w)
             : e->policy == EV_POLICY_CANONICAL ? canonical
                                                : some_nan(e, in, n, w, r.nan);
  r.bits = wide(bits);
  return r;
}
