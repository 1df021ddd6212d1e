// Lanes of values: which NaNs may stand in each, and how vectors print.
//
// `map` is written out as shifts, truncations and `++`, so which NaN a lane may
// be goes through these three: a choice stays with its 32 bits (or 64), and
// what else is done to a vector makes it loose.
#include "rulec/eval/priv.h"

enum { LANE_WIDE = 4 }; // in EvVal.lane_nan: it is of 64 bits

static bool has_lanes(const EvVal *v) {
  bool some = false;
  for (u32 i = 0; i < EV_LANES; i++)
    some |= v->lane_nan[i] != 0;
  return some;
}

bool ev_is_choice(const EvVal *v) {
  return v->loose || v->any || v->nan != EV_NAN_EXACT || has_lanes(v);
}

// Where the choices of x lie once it stands at bit `at` of a vector.
static void place(EvVal *r, const EvVal *x, u32 at) {
  u8 from[EV_LANES];
  memcpy(from, x->lane_nan, sizeof from);
  if (x->nan)
    from[0] = (u8)(x->nan | (eval_width(x->sort) == 64 ? LANE_WIDE : 0));
  for (u32 i = 0; i < EV_LANES; i++)
    if (from[i] && at % 32 == 0 && at / 32 + i < EV_LANES)
      r->lane_nan[at / 32 + i] = from[i];
    else if (from[i])
      r->loose = true;
  r->loose |= x->loose || x->any;
}

EvVal ev_concat(Sort sort, const EvVal *hi, const EvVal *lo) {
  u32 w = eval_width(sort), at = eval_width(lo->sort);
  EvVal r = ev_bits(sort, wide_or(wide_shl(hi->bits, at, w), lo->bits));
  place(&r, lo, 0);
  place(&r, hi, at);
  return r;
}

// x without its low `shift` bits, as wide as sort says.
EvVal ev_slice(Sort sort, const EvVal *x, u32 shift) {
  EvVal r = ev_bits(sort, wide_shr(x->bits, shift));
  u32 w = eval_width(sort), first = shift / 32;
  r.loose = x->loose || x->any;
  for (u32 i = 0; i < EV_LANES; i++) {
    u8 nan = x->lane_nan[i];
    u32 end = 32 * i + (nan & LANE_WIDE ? 64 : 32);
    if (!nan || end <= shift || 32 * i >= shift + w)
      continue;
    if (shift % 32 || i < first || end > shift + w)
      r.loose = true; // cut through
    else if (32 * i == shift && end == shift + w)
      r.nan = (u8)(nan & 3);
    else
      r.lane_nan[i - first] = nan;
  }
  if (x->nan && w != eval_width(x->sort))
    r.loose = true;
  else if (x->nan && !shift)
    r.nan = x->nan;
  return r;
}

// --- which values are allowed -----------------------------------------

static EvVal lane_of(const EvVal *v, u32 i, u32 bits) {
  Sort sort = {.kind = SORT_BV, .bits = (u16)bits};
  return ev_slice(sort, v, i * bits);
}

EvVerdict ev_lanes_allow(const EvVal *l, const EvVal *r) {
  EvVerdict worst = EV_AGREE;
  u32 bits = 32;
  for (u32 i = 0; i < EV_LANES; i++)
    if ((l->lane_nan[i] | r->lane_nan[i]) & LANE_WIDE)
      bits = 64;
  for (u32 i = 0; i < eval_width(l->sort) / bits; i++) {
    EvVal a = lane_of(l, i, bits), b = lane_of(r, i, bits);
    EvVerdict v = ev_allows(&a, &b);
    if (v == EV_DIFFER)
      return v;
    worst = v == EV_UNSURE ? v : worst;
  }
  return worst;
}

bool ev_by_lanes(const EvVal *l, const EvVal *r) {
  return has_lanes(l) || has_lanes(r);
}

// --- printing -----------------------------------------------------------

static void print_float(Text *t, u64 x, u32 bits) {
  u32 low = (u32)x;
  float f;
  double d;
  memcpy(&f, &low, 4);
  memcpy(&d, &x, 8);
  d = bits == 32 ? (double)f : d;
  if (d != d)
    text_add(t, "nan:0x%llx", (unsigned long long)x);
  else
    text_add(t, bits == 32 ? "%.9g" : "%.17g", d);
}

static void print_lane(Text *t, u64 lane, u32 bits, bool is_float) {
  if (is_float)
    print_float(t, lane, bits);
  else
    text_add(t, "%lld", (long long)((s64)(lane << (64 - bits)) >> (64 - bits)));
}

void vector_print(Text *t, u128 v, u32 shape) {
  if (!shape) {
    text_add(t, "0x%016llx%016llx", (unsigned long long)(v >> 64),
             (unsigned long long)v);
    return;
  }
  ParamArg a = {.kind = ARG_SHAPE, .value = (u8)(shape - 1)};
  u32 n = arg_lanes(a), bits = 128 / n;
  u64 first = (u64)v << (64 - bits) >> (64 - bits);
  bool same = true;
  for (u32 i = 1; i < n; i++)
    same &= (u64)(v >> i * bits) << (64 - bits) >> (64 - bits) == first;
  text_add(t, "%s [%s", shape_names[shape - 1], same ? "all " : "");
  for (u32 i = 0; i < (same ? 1 : n); i++) {
    text_add(t, "%s", i ? " " : "");
    print_lane(t, (u64)(v >> i * bits) << (64 - bits) >> (64 - bits), bits,
               shape - 1 >= SH_F32X4);
  }
  text_add(t, "]");
}

void ev_print_lane_nans(Text *t, const EvVal *v) {
  for (u32 i = 0; i < EV_LANES; i++)
    if (v->lane_nan[i])
      text_add(
          t, ", lane %u any %s NaN", v->lane_nan[i] & LANE_WIDE ? i / 2 : i,
          (v->lane_nan[i] & 3) == EV_NAN_CANONICAL ? "canonical" : "quiet");
}
