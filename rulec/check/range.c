// Ranges: making, meeting, joining, and what one kind of knowledge says to the
// others.
#include "rulec/check/range.h"

u128 range_mask(u32 bits) {
  return bits >= 128 ? ~(u128)0 : ((u128)1 << bits) - 1;
}

s128 range_signed(u128 x, u32 bits) {
  u32 up = 128 - bits;
  return (s128)(x << up) >> up;
}

static s128 least(u32 bits) {
  return range_signed((u128)1 << (bits - 1), bits);
}
static s128 most(u32 bits) { return (s128)(range_mask(bits) >> 1); }
static u128 umin2(u128 a, u128 b) { return a < b ? a : b; }
static u128 umax2(u128 a, u128 b) { return a > b ? a : b; }
static s128 smin2(s128 a, s128 b) { return a < b ? a : b; }
static s128 smax2(s128 a, s128 b) { return a > b ? a : b; }

Range range_any(u32 bits) {
  if (!bits || bits > 128)
    return (Range){.umax = ~(u128)0, .smax = most(128), .smin = least(128)};
  return (Range){.bits = bits,
                 .umax = range_mask(bits),
                 .smin = least(bits),
                 .smax = most(bits)};
}

bool range_empty(const Range *r) {
  return r->umin > r->umax || r->smin > r->smax || (r->zeros & r->ones);
}

bool range_is(const Range *r, u128 *x) {
  *x = r->umin;
  return r->bits && r->umin == r->umax;
}

bool range_same(const Range *a, const Range *b) {
  return a->umin == b->umin && a->umax == b->umax && a->smin == b->smin &&
         a->smax == b->smax && a->zeros == b->zeros && a->ones == b->ones;
}

bool range_holds(const Range *r, u128 x) {
  if (!r->bits)
    return true;
  s128 s = range_signed(x, r->bits);
  return x >= r->umin && x <= r->umax && s >= r->smin && s <= r->smax &&
         !(x & r->zeros) && !(~x & r->ones);
}

// Bits above the highest one in which the bounds differ are known.
static void bits_of_bounds(Range *r) {
  const u128 differ = r->umin ^ r->umax;
  const u64 hi = (u64)(differ >> 64), lo = (u64)differ;
  const u32 n = hi   ? 128 - (u32)__builtin_clzll(hi)
                : lo ? 64 - (u32)__builtin_clzll(lo)
                     : 0; // bits below the highest that differs, and it
  const u128 below = n == 128 ? ~(u128)0 : ((u128)1 << n) - 1;
  const u128 known = ~below & range_mask(r->bits);
  r->ones |= r->umin & known;
  r->zeros |= ~r->umin & known;
}

static void bounds_of_bits(Range *r) {
  r->umin = umax2(r->umin, r->ones);
  r->umax = umin2(r->umax, range_mask(r->bits) & ~r->zeros);
}

static void signed_and_unsigned(Range *r) {
  u128 top = (u128)1 << (r->bits - 1);
  if (r->umax < top || r->umin >= top) { // one side of the sign
    r->smin = smax2(r->smin, range_signed(r->umin, r->bits));
    r->smax = smin2(r->smax, range_signed(r->umax, r->bits));
  }
  if (r->smin >= 0 || r->smax < 0) {
    r->umin = umax2(r->umin, (u128)r->smin & range_mask(r->bits));
    r->umax = umin2(r->umax, (u128)r->smax & range_mask(r->bits));
  }
}

Range range_tight(Range r) {
  if (!r.bits)
    return r;
  for (u32 i = 0; i < 3 && !range_empty(&r); i++) {
    const Range before = r;
    bounds_of_bits(&r);
    signed_and_unsigned(&r);
    if (!range_empty(&r))
      bits_of_bounds(&r);
    if (range_same(&before, &r))
      break;
  }
  return r;
}

Range range_const(u32 bits, u128 x) {
  if (!bits || bits > 128)
    return range_any(bits);
  x &= range_mask(bits);
  s128 s = range_signed(x, bits);
  return (Range){bits, x, x, s, s, ~x & range_mask(bits), x};
}

Range range_unsigned(u32 bits, u128 lo, u128 hi) {
  Range r = range_any(bits);
  if (!r.bits)
    return r;
  r.umin = lo;
  r.umax = umin2(hi, r.umax);
  return range_tight(r);
}

Range range_signed_of(u32 bits, s128 lo, s128 hi) {
  Range r = range_any(bits);
  if (!r.bits)
    return r;
  r.smin = smax2(lo, r.smin);
  r.smax = smin2(hi, r.smax);
  return range_tight(r);
}

Range range_meet(Range a, Range b) {
  if (!a.bits || a.bits != b.bits)
    return a.bits ? a : b;
  a.umin = umax2(a.umin, b.umin);
  a.umax = umin2(a.umax, b.umax);
  a.smin = smax2(a.smin, b.smin);
  a.smax = smin2(a.smax, b.smax);
  a.zeros |= b.zeros;
  a.ones |= b.ones;
  return range_tight(a);
}

Range range_join(Range a, Range b) {
  if (!a.bits || a.bits != b.bits)
    return range_any(0);
  if (range_empty(&a) || range_empty(&b))
    return range_empty(&a) ? b : a;
  a.umin = umin2(a.umin, b.umin);
  a.umax = umax2(a.umax, b.umax);
  a.smin = smin2(a.smin, b.smin);
  a.smax = smax2(a.smax, b.smax);
  a.zeros &= b.zeros;
  a.ones &= b.ones;
  return a;
}

u128 range_count(const Range *r, u128 limit) {
  if (!r->bits || range_empty(r))
    return r->bits ? 0 : limit;
  u32 unknown = 0;
  u128 open = range_mask(r->bits) & ~(r->zeros | r->ones);
  for (; open; open &= open - 1)
    unknown++;
  u128 span = r->umax - r->umin;
  u128 n = span >= limit ? limit : span + 1;
  if (unknown < 64)
    n = umin2(n, (u128)1 << unknown);
  return umin2(n, limit);
}

// --- yes, no, unknown -----------------------------------------------

static int mirror(int v) { return v < 0 ? v : !v; }

static int less(const Range *a, const Range *b, bool equal) {
  if (equal ? a->umax <= b->umin : a->umax < b->umin)
    return 1;
  if (equal ? a->umin > b->umax : a->umin >= b->umax)
    return 0;
  return -1;
}

static int less_signed(const Range *a, const Range *b, bool equal) {
  if (equal ? a->smax <= b->smin : a->smax < b->smin)
    return 1;
  if (equal ? a->smin > b->smax : a->smin >= b->smax)
    return 0;
  return -1;
}

static int same(const Range *a, const Range *b) {
  u128 x, y;
  if (range_is(a, &x) && range_is(b, &y))
    return x == y;
  Range both = range_meet(*a, *b);
  return range_empty(&both) ? 0 : -1;
}

int range_compare(BinOp op, const Range *a, const Range *b) {
  if (!a->bits || a->bits != b->bits)
    return -1;
  switch (op) {
  case BIN_EQ: return same(a, b);
  case BIN_NE: return mirror(same(a, b));
  case BIN_ULT: return less(a, b, false);
  case BIN_ULE: return less(a, b, true);
  case BIN_UGT: return less(b, a, false);
  case BIN_UGE: return less(b, a, true);
  case BIN_SLT: return less_signed(a, b, false);
  case BIN_SLE: return less_signed(a, b, true);
  case BIN_SGT: return less_signed(b, a, false);
  case BIN_SGE: return less_signed(b, a, true);
  default: return -1;
  }
}

int range_is_pow2(const Range *a) {
  u128 x;
  if (range_is(a, &x))
    return x && !(x & (x - 1));
  if (a->ones & (a->ones - (a->ones != 0)))
    return 0;                       // two bits at least
  for (u32 i = 0; i < a->bits; i++) // is one possible?
    if (range_holds(a, (u128)1 << i))
      return -1;
  return a->bits ? 0 : -1;
}

int range_fits_u(const Range *a, u32 bits) {
  u128 m = range_mask(bits);
  return !a->bits ? -1 : a->umax <= m ? 1 : a->umin > m ? 0 : -1;
}

int range_fits_s(const Range *a, u32 bits) {
  s128 lo = least(bits), hi = most(bits);
  if (!a->bits)
    return -1;
  return a->smin >= lo && a->smax <= hi ? 1
         : a->smax < lo || a->smin > hi ? 0
                                        : -1;
}
