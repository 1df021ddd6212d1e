// The operations of meanings in C: what generated code calls for the parts of
// the rule language that C has no operator for.
//
// A bit vector of w bits is a u64 (w <= 64) or u128 whose upper bits are zero;
// a float is its bits. Which NaN: ev_nan picks what SSE would.
#ifndef MID_IR_EVAL_H
#define MID_IR_EVAL_H

#include <math.h>

#include "mid/ir/interp.h"

// --- integers -------------------------------------------------------
static inline s64 ev_s(u64 x, u32 w) {
  return (s64)(x << (64 - w)) >> (64 - w);
}
static inline s128 ev_s128(u128 x, u32 w) {
  return (s128)(x << (128 - w)) >> (128 - w);
}
static inline u64 ev_mask(u32 w) {
  return w >= 64 ? ~(u64)0 : ((u64)1 << w) - 1;
}
static inline u128 ev_mask128(u32 w) {
  return w >= 128 ? ~(u128)0 : ((u128)1 << w) - 1;
}
static inline u64 ev_sext(u64 x, u32 from, u32 to) {
  return (u64)ev_s(x, from) & ev_mask(to);
}
static inline u128 ev_sext128(u128 x, u32 from, u32 to) {
  return (u128)ev_s128(x, from) & ev_mask128(to);
}
// Division: the divisor is not zero; the lowest number by -1 wraps.
static inline u64 ev_sdiv(u64 x, u64 y, u32 w) {
  s64 d = ev_s(y, w);
  return (d == -1 ? 0 - x : (u64)(ev_s(x, w) / d)) & ev_mask(w);
}
static inline u64 ev_srem(u64 x, u64 y, u32 w) {
  s64 d = ev_s(y, w);
  return (d == -1 ? 0 : (u64)(ev_s(x, w) % d)) & ev_mask(w);
}
static inline u128 ev_sdiv128(u128 x, u128 y, u32 w) {
  s128 d = ev_s128(y, w);
  return (d == -1 ? 0 - x : (u128)(ev_s128(x, w) / d)) & ev_mask128(w);
}
static inline u128 ev_srem128(u128 x, u128 y, u32 w) {
  s128 d = ev_s128(y, w);
  return (d == -1 ? 0 : (u128)(ev_s128(x, w) % d)) & ev_mask128(w);
}
static inline u64 ev_clz(u64 x, u32 w) {
  return x ? (u64)__builtin_clzll(x) - (64 - w) : w;
}
static inline u64 ev_ctz(u64 x, u32 w) {
  return x ? (u64)__builtin_ctzll(x) : w;
}
static inline u64 ev_popcnt(u64 x) { return (u64)__builtin_popcountll(x); }
static inline u64 ev_bswap(u64 x, u32 w) {
  return __builtin_bswap64(x) >> (64 - w);
}
static inline u64 ev_log2(u64 x) { return 63 - (u64)__builtin_clzll(x | 1); }
static inline bool ev_is_pow2(u64 x) { return x && !(x & (x - 1)); }
static inline bool ev_parity(u64 x) { return !__builtin_parityll(x & 0xff); }
static inline bool ev_fits_s(u64 x, u32 w, u32 n) {
  return ev_sext(x & ev_mask(n), n, w) == x;
}
static inline bool ev_fits_u(u64 x, u32 n) { return (x & ~ev_mask(n)) == 0; }
static inline bool ev_fits_s128(u128 x, u32 w, u32 n) {
  return ev_sext128(x & ev_mask128(n), n, w) == x;
}
static inline bool ev_fits_u128(u128 x, u32 n) {
  return (x & ~ev_mask128(n)) == 0;
}

static inline u128 ev_vec(const V128 *v) { return (u128)v->hi << 64 | v->lo; }

// --- floats: one function for 32 bits, one for 64 -------------------
static inline float ev_float(u64 x) {
  u32 u = (u32)x;
  float f;
  memcpy(&f, &u, 4);
  return f;
}
static inline double ev_double(u64 x) {
  double d;
  memcpy(&d, &x, 8);
  return d;
}
static inline u64 ev_bits32(float f) {
  u32 u;
  memcpy(&u, &f, 4);
  return u;
}
static inline u64 ev_bits64(double d) {
  u64 u;
  memcpy(&u, &d, 8);
  return u;
}
static inline bool ev_isnan32(u64 x) { return (x & 0x7fffffff) > 0x7f800000; }
static inline bool ev_isnan64(u64 x) {
  return (x & INT64_MAX) > UINT64_C(0x7ff0000000000000);
}

#define EV_BINARY(name, expr32, expr64)                                        \
  static inline u64 ev_##name##32(u64 x, u64 y) {                              \
    float a = ev_float(x), b = ev_float(y);                                    \
    return ev_bits32(expr32);                                                  \
  }                                                                            \
  static inline u64 ev_##name##64(u64 x, u64 y) {                              \
    double a = ev_double(x), b = ev_double(y);                                 \
    return ev_bits64(expr64);                                                  \
  }
EV_BINARY(add, a + b, a + b)
EV_BINARY(sub, a - b, a - b)
EV_BINARY(mul, a *b, a *b)
EV_BINARY(div, a / b, a / b)
#undef EV_BINARY

// The lesser; -0 below +0; a NaN if either is one.
#define EV_PICK(name, w, type, less)                                           \
  static inline u64 ev_##name##w(u64 x, u64 y) {                               \
    type;                                                                      \
    if (ev_isnan##w(x) || ev_isnan##w(y))                                      \
      return ev_isnan##w(x) ? x : y;                                           \
    return less;                                                               \
  }
#define EV_F float a = ev_float(x), b = ev_float(y)
#define EV_D double a = ev_double(x), b = ev_double(y)
EV_PICK(min, 32, EV_F, a < b ? x : b < a ? y : x | y)
EV_PICK(min, 64, EV_D, a < b ? x : b < a ? y : x | y)
EV_PICK(max, 32, EV_F, a > b ? x : b > a ? y : x & y)
EV_PICK(max, 64, EV_D, a > b ? x : b > a ? y : x & y)
#undef EV_PICK

#define EV_COMPARE(name, op)                                                   \
  static inline bool ev_##name##32(u64 x, u64 y) {                             \
    EV_F;                                                                      \
    return a op b;                                                             \
  }                                                                            \
  static inline bool ev_##name##64(u64 x, u64 y) {                             \
    EV_D;                                                                      \
    return a op b;                                                             \
  }
EV_COMPARE(eq, ==)
EV_COMPARE(lt, <)
EV_COMPARE(le, <=)
#undef EV_COMPARE
#undef EV_F
#undef EV_D

#define EV_UNARY(name, fn)                                                     \
  static inline u64 ev_##name##32(u64 x) {                                     \
    return ev_bits32(fn##f(ev_float(x)));                                      \
  }                                                                            \
  static inline u64 ev_##name##64(u64 x) { return ev_bits64(fn(ev_double(x))); }
EV_UNARY(sqrt, sqrt)
EV_UNARY(ceil, ceil)
EV_UNARY(floor, floor)
EV_UNARY(trunc, trunc)
EV_UNARY(nearest, rint)
#undef EV_UNARY

// The NaN that SSE makes of operands x, y (y may repeat x).
static inline u64 ev_nan32(u64 x, u64 y) {
  return ev_isnan32(x)   ? x | 0x400000
         : ev_isnan32(y) ? y | 0x400000
                         : 0xffc00000;
}
static inline u64 ev_nan64(u64 x, u64 y) {
  u64 quiet = UINT64_C(1) << 51;
  return ev_isnan64(x)   ? x | quiet
         : ev_isnan64(y) ? y | quiet
                         : UINT64_C(0xfff8000000000000);
}

// Of a NaN: its sign and the upper part of its payload; else 0.
static inline u64 ev_widen(u64 x) {
  return ev_isnan32(x) ? (x >> 31) << 63 | UINT64_C(0x7ff0000000000000) |
                             (x & 0x7fffff) << 29
                       : 0;
}
// Quiet at once: the payload's upper part may be zero.
static inline u64 ev_narrow(u64 x) {
  return ev_isnan64(x) ? (x >> 63) << 31 | 0x7fc00000 | ((x >> 29) & 0x7fffff)
                       : 0;
}
static inline u64 ev_promote(u64 x) { return ev_bits64((double)ev_float(x)); }
static inline u64 ev_demote(u64 x) { return ev_bits32((float)ev_double(x)); }

static inline u64 ev_from_s(u64 x, u32 from, u32 to) {
  s64 v = ev_s(x, from);
  return to == 32 ? ev_bits32((float)v) : ev_bits64((double)v);
}
static inline u64 ev_from_u(u64 x, u32 to) {
  return to == 32 ? ev_bits32((float)x) : ev_bits64((double)x);
}
static inline double ev_number(u64 x, u32 w) {
  return w == 32 ? (double)ev_float(x) : ev_double(x);
}
// Truncated toward zero, is it an integer of n bits? False of a NaN.
static inline bool ev_fp_fits_s(u64 x, u32 w, u32 n) {
  double d = ev_number(x, w);
  return n == 32 ? d > -2147483649.0 && d < 2147483648.0
                 : d >= -9223372036854775808.0 && d < 9223372036854775808.0;
}
static inline bool ev_fp_fits_u(u64 x, u32 w, u32 n) {
  double d = ev_number(x, w);
  return d > -1.0 && d < (n == 32 ? 4294967296.0 : 18446744073709551616.0);
}
// What does not fit is 0 (meanings ask before).
static inline u64 ev_to_s(u64 x, u32 w, u32 n) {
  return ev_fp_fits_s(x, w, n) ? (u64)(s64)ev_number(x, w) & ev_mask(n) : 0;
}
static inline u64 ev_to_u(u64 x, u32 w, u32 n) {
  return ev_fp_fits_u(x, w, n) ? (u64)ev_number(x, w) : 0;
}
static inline u64 ev_to_sat_s(u64 x, u32 w, u32 n) {
  double d = ev_number(x, w);
  if (d != d || ev_fp_fits_s(x, w, n))
    return ev_to_s(x, w, n);
  return d < 0 ? (u64)1 << (n - 1) : ev_mask(n) >> 1;
}
static inline u64 ev_to_sat_u(u64 x, u32 w, u32 n) {
  double d = ev_number(x, w);
  if (d != d || ev_fp_fits_u(x, w, n))
    return ev_to_u(x, w, n);
  return d < 0 ? 0 : ev_mask(n);
}

// --- memory ---------------------------------------------------------
static inline bool ev_inside(const InterpMem *m, u64 p, u64 bytes, u32 region) {
  return region != REGION_HEAP ||
         (p <= m->heap_size && bytes <= m->heap_size - p);
}
static inline u8 *ev_at(const InterpMem *m, u64 p, u32 region) {
  return region == REGION_HEAP ? m->heap + p : (u8 *)(uintptr_t)p;
}
static inline u128 ev_load(const u8 *p, u64 bytes) {
  u128 v = 0; // the host is little-endian
  memcpy(&v, p, bytes <= 16 ? bytes : 16);
  return v;
}
static inline void ev_store(u8 *p, u64 bytes, u128 v) {
  memcpy(p, &v, bytes <= 16 ? bytes : 16);
}
static inline u128 ev_extend(u128 v, u64 bytes, u32 ext, u32 to) {
  u32 w = (u32)bytes * 8;
  return ext == EXT_SIGN ? ev_sext128(v, w, to) : v & ev_mask128(to);
}

#endif
