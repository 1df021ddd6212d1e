// Values for random programs: constants, arguments, memory; mostly near the
// corners of their types, where implementations differ.
#include "mid/ir/gen_values.h"

u64 gen_next(u64 *state) { // splitmix64
  u64 z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

static u64 corner_int(u64 *rng) {
  static const u64 corners[] = {0,
                                1,
                                2,
                                3,
                                5,
                                7,
                                8,
                                10,
                                31,
                                32,
                                63,
                                64,
                                100,
                                127,
                                128,
                                255,
                                256,
                                1000,
                                0x7fff,
                                0x8000,
                                0xffff,
                                0x7fffffff,
                                0x80000000u,
                                0xffffffffu,
                                1u << 16,
                                UINT64_C(1) << 32,
                                UINT64_C(1) << 63,
                                INT64_MAX};
  u64 r = gen_next(rng);
  u64 k = corners[(r >> 8) % (sizeof corners / sizeof *corners)];
  switch (r & 15) {
  case 0:
    return gen_next(rng);
  case 1:
    return gen_next(rng) & 0xffff;
  case 2:
    return UINT64_C(1) << (r >> 16 & 63);
  case 3:
    return ~(UINT64_C(1) << (r >> 16 & 63));
  case 4:
  case 5:
  case 6:
    return 0 - k;
  case 7:
    return k - 1;
  default:
    return k;
  }
}

static u64 double_bits(double d) {
  u64 bits;
  return memcpy(&bits, &d, 8), bits;
}

static u64 float_bits(float s) {
  u32 bits;
  return memcpy(&bits, &s, 4), bits;
}

static u64 corner_float(u64 *rng, u8 type) {
  static const double corners[] = {0.0,
                                   -0.0,
                                   1.0,
                                   -1.0,
                                   0.5,
                                   -0.5,
                                   1.5,
                                   2.5,
                                   -1.5,
                                   3.0,
                                   10.0,
                                   1e10,
                                   1e-10,
                                   2147483647.0,
                                   2147483648.0,
                                   -2147483649.0,
                                   4294967295.0,
                                   4294967296.0,
                                   9223372036854775808.0,
                                   18446744073709551616.0,
                                   1e300,
                                   5e-324,
                                   1e38,
                                   1e-45};
  u64 r = gen_next(rng);
  bool wide = type == TY_F64;
  switch (r & 15) {
  case 0:
    return wide ? gen_next(rng) : (u32)gen_next(rng);
  case 1:
    return wide ? 0x7ff0000000000000u : 0x7f800000u;
  case 2:
    return wide ? 0xfff0000000000000u : 0xff800000u;
  case 3:
    return wide ? 0x7ff8000000000000u : 0x7fc00000u;
  case 4:
  case 5: {
    double d = (double)(s64)corner_int(rng);
    return wide ? double_bits(d) : float_bits((float)d);
  }
  default:
    break;
  }
  double d = corners[(r >> 8) % (sizeof corners / sizeof *corners)];
  if (wide)
    return double_bits(d);
  return d > 3e38 ? 0x7f7fffffu : float_bits((float)d);
}

u64 gen_corner(u64 *rng, u8 type) {
  if (is_float(type))
    return corner_float(rng, type);
  u64 k = corner_int(rng);
  return type == TY_I32 ? (u32)k : k;
}

void gen_args(u64 seed, const Sig *s, u64 *args) {
  u64 rng = seed ^ 0x5851f42d4c957f2du;
  for (u32 k = 0; k < s->nparams; k++)
    args[k] = gen_corner(&rng, s->types[k]);
}

void gen_heap(u64 seed, u8 *heap, u32 bytes) {
  u64 rng = seed ^ 0x14057b7ef767814fu;
  for (u32 k = 0; k < bytes; k++)
    heap[k] = (u8)(k & 64 ? gen_next(&rng) >> 40 : 0);
}

u64 gen_comparable(u8 type, u64 bits) {
  u64 low = (u32)bits;
  if (type == TY_F32)
    return (low & 0x7fffffffu) > 0x7f800000u ? 0x7fc00000u : low;
  if (type == TY_F64 && (bits & INT64_MAX) > 0x7ff0000000000000u)
    return 0x7ff8000000000000u;
  return type == TY_I32 ? low : bits;
}
