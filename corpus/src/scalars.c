// Applies every scalar operation of WebAssembly on numbers to pairs of values
// from both ends of each type: zeros of both signs, the smallest and the
// largest, infinities, numbers that round to even, one beyond each limit. Each
// line has a checksum of all results of one operation, so that a wrong line
// names its culprit. NaNs count as one value, since their bits may differ.
// Stresses: each operation by itself, in a loop that a compiler cannot fold;
// chiefly those which the other programs never use.
#include "common.h"
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

enum { value_count = 40, rounds = 3000 };

typedef struct {
  uint32_t i32[value_count];
  uint64_t i64[value_count];
  float f32[value_count];
  double f64[value_count];
} Values;

static uint64_t add_i32(uint64_t sum, uint32_t x) {
  return (sum ^ x) * 0x100000001b3u;
}

static uint64_t add_i64(uint64_t sum, uint64_t x) {
  return (sum ^ x ^ x >> 29) * 0x100000001b3u;
}

static uint64_t add_f32(uint64_t sum, float x) {
  uint32_t bits = 0x7fc00000;
  if (x == x)
    memcpy(&bits, &x, sizeof bits);
  return add_i32(sum, bits);
}

static uint64_t add_f64(uint64_t sum, double x) {
  uint64_t bits = (uint64_t)0x7ff8 << 48;
  if (x == x)
    memcpy(&bits, &x, sizeof bits);
  return add_i64(sum, bits);
}

static uint32_t rotl32(uint32_t x, uint32_t y) {
  return x << (y & 31) | x >> (-y & 31);
}

static uint32_t rotr32(uint32_t x, uint32_t y) {
  return x >> (y & 31) | x << (-y & 31);
}

static uint64_t rotl64(uint64_t x, uint64_t y) {
  return x << (y & 63) | x >> (-y & 63);
}

static uint64_t rotr64(uint64_t x, uint64_t y) {
  return x >> (y & 63) | x << (-y & 63);
}

// Division that traps in WebAssembly and is undefined in C gives 0 here.
static bool divides(int64_t x, int64_t y, int64_t least) {
  return y && !(x == least && y == -1);
}

// Does the number, cut to a whole, lie from `low` to just below `high`?
static bool fits(double x, double low, double high) {
  return trunc(x) >= low && x < high;
}

// What C cannot ask for is asked for by the compiler's own functions, and done
// step by step where there are none.
#ifdef __wasm__
#define CUT(name, x, type) __builtin_wasm_trunc_##name(x)
#define SATURATE(name, x, type, low, high)                                     \
  __builtin_wasm_trunc_saturate_##name(x)
#define LESSER(name, x, y) __builtin_wasm_min_##name(x, y)
#define GREATER(name, x, y) __builtin_wasm_max_##name(x, y)
#else
#define CUT(name, x, type) (type)(x)
#define SATURATE(name, x, type, low, high)                                     \
  ((x) != (x)           ? 0                                                    \
   : (x) < low          ? (type)low                                            \
   : (x) >= high + 1.0f ? (type)high                                           \
                        : (type)(x))
#define LESSER(name, x, y)                                                     \
  ((x) != (x) || (y) != (y)                  ? NAN                             \
   : (x) < (y) || ((x) == (y) && signbit(x)) ? (x)                             \
                                             : (y))
#define GREATER(name, x, y)                                                    \
  ((x) != (x) || (y) != (y)                   ? NAN                            \
   : (x) > (y) || ((x) == (y) && !signbit(x)) ? (x)                            \
                                              : (y))
#endif

static float bits_to_f32(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static double bits_to_f64(uint64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static uint32_t f32_to_bits(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

static uint64_t f64_to_bits(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

// name, type of x and y, type of the result, expression
#define OPERATIONS(X)                                                          \
  X(i32_add, i32, i32, x + y)                                                  \
  X(i32_sub, i32, i32, x - y)                                                  \
  X(i32_mul, i32, i32, x *y)                                                   \
  X(i32_div_s, i32, i32,                                                       \
    divides((int32_t)x, (int32_t)y, INT32_MIN)                                 \
        ? (uint32_t)((int32_t)x / (int32_t)y)                                  \
        : 0)                                                                   \
  X(i32_div_u, i32, i32, y ? x / y : 0)                                        \
  X(i32_rem_s, i32, i32,                                                       \
    divides((int32_t)x, (int32_t)y, INT32_MIN)                                 \
        ? (uint32_t)((int32_t)x % (int32_t)y)                                  \
        : 0)                                                                   \
  X(i32_rem_u, i32, i32, y ? x % y : 0)                                        \
  X(i32_logic, i32, i32, (x & y) + (x | y) * 3 + (x ^ ~y) * 5)                 \
  X(i32_shl, i32, i32, x << (y & 31))                                          \
  X(i32_shr_s, i32, i32, (uint32_t)((int32_t)x >> (y & 31)))                   \
  X(i32_shr_u, i32, i32, x >> (y & 31))                                        \
  X(i32_rotl, i32, i32, rotl32(x, y))                                          \
  X(i32_rotr, i32, i32, rotr32(x, y))                                          \
  X(i32_clz, i32, i32, x ? (uint32_t)__builtin_clz(x) : 32)                    \
  X(i32_ctz, i32, i32, x ? (uint32_t)__builtin_ctz(x) : 32)                    \
  X(i32_popcnt, i32, i32, (uint32_t)__builtin_popcount(x))                     \
  X(i32_extend8, i32, i32, (uint32_t)(int8_t)(x ^ y))                          \
  X(i32_extend16, i32, i32, (uint32_t)(int16_t)(x ^ y))                        \
  X(i32_less, i32, i32, (uint32_t)(x < y) + 2 * ((int32_t)x < (int32_t)y))     \
  X(i32_equal, i32, i32,                                                       \
    (uint32_t)(x <= y) + 2 * ((int32_t)x <= (int32_t)y) + 4 * (x == y))        \
  X(i64_add, i64, i64, x + y)                                                  \
  X(i64_sub, i64, i64, x - y)                                                  \
  X(i64_mul, i64, i64, x *y)                                                   \
  X(i64_div_s, i64, i64,                                                       \
    divides((int64_t)x, (int64_t)y, INT64_MIN)                                 \
        ? (uint64_t)((int64_t)x / (int64_t)y)                                  \
        : 0)                                                                   \
  X(i64_div_u, i64, i64, y ? x / y : 0)                                        \
  X(i64_rem_s, i64, i64,                                                       \
    divides((int64_t)x, (int64_t)y, INT64_MIN)                                 \
        ? (uint64_t)((int64_t)x % (int64_t)y)                                  \
        : 0)                                                                   \
  X(i64_rem_u, i64, i64, y ? x % y : 0)                                        \
  X(i64_logic, i64, i64, (x & y) + (x | y) * 3 + (x ^ ~y) * 5)                 \
  X(i64_shl, i64, i64, x << (y & 63))                                          \
  X(i64_shr_s, i64, i64, (uint64_t)((int64_t)x >> (y & 63)))                   \
  X(i64_shr_u, i64, i64, x >> (y & 63))                                        \
  X(i64_rotl, i64, i64, rotl64(x, y))                                          \
  X(i64_rotr, i64, i64, rotr64(x, y))                                          \
  X(i64_clz, i64, i64, x ? (uint64_t)__builtin_clzll(x) : 64)                  \
  X(i64_ctz, i64, i64, x ? (uint64_t)__builtin_ctzll(x) : 64)                  \
  X(i64_popcnt, i64, i64, (uint64_t)__builtin_popcountll(x))                   \
  X(i64_extend8, i64, i64, (uint64_t)(int8_t)(x ^ y))                          \
  X(i64_extend16, i64, i64, (uint64_t)(int16_t)(x ^ y))                        \
  X(i64_extend32, i64, i64, (uint64_t)(int32_t)(x ^ y))                        \
  X(i64_less, i64, i32, (uint32_t)(x < y) + 2 * ((int64_t)x < (int64_t)y))     \
  X(i64_equal, i64, i32,                                                       \
    (uint32_t)(x <= y) + 2 * ((int64_t)x <= (int64_t)y) + 4 * (x == y))        \
  X(i32_wrap, i64, i32, (uint32_t)x + (uint32_t)y)                             \
  X(i64_widen, i32, i64, (uint64_t)x - (uint64_t)(int64_t)(int32_t)y)          \
  X(f32_add, f32, f32, x + y)                                                  \
  X(f32_sub, f32, f32, x - y)                                                  \
  X(f32_mul, f32, f32, x *y)                                                   \
  X(f32_div, f32, f32, x / y)                                                  \
  X(f32_sqrt, f32, f32, sqrtf(x))                                              \
  X(f32_abs, f32, f32, fabsf(x) + y)                                           \
  X(f32_neg, f32, f32, sqrtf(-x))                                              \
  X(f32_copysign, f32, f32, copysignf(x, y))                                   \
  X(f32_ceil, f32, f32, ceilf(x))                                              \
  X(f32_floor, f32, f32, floorf(x))                                            \
  X(f32_trunc, f32, f32, truncf(x))                                            \
  X(f32_nearest, f32, f32, rintf(x))                                           \
  X(f32_select, f32, f32, x < y ? x : y)                                       \
  X(f32_min, f32, f32, LESSER(f32, x, y))                                      \
  X(f32_max, f32, f32, GREATER(f32, x, y))                                     \
  X(f32_less, f32, i32, (uint32_t)(x < y) + 2 * (x <= y) + 4 * (x == y))       \
  X(f32_greater, f32, i32, (uint32_t)(x > y) + 2 * (x >= y) + 4 * (x != y))    \
  X(f32_bits, f32, i32, f32_to_bits(x * 3) & 0x7f800000)                       \
  X(f64_add, f64, f64, x + y)                                                  \
  X(f64_sub, f64, f64, x - y)                                                  \
  X(f64_mul, f64, f64, x *y)                                                   \
  X(f64_div, f64, f64, x / y)                                                  \
  X(f64_sqrt, f64, f64, sqrt(x))                                               \
  X(f64_abs, f64, f64, fabs(x) + y)                                            \
  X(f64_neg, f64, f64, sqrt(-x))                                               \
  X(f64_copysign, f64, f64, copysign(x, y))                                    \
  X(f64_ceil, f64, f64, ceil(x))                                               \
  X(f64_floor, f64, f64, floor(x))                                             \
  X(f64_trunc, f64, f64, trunc(x))                                             \
  X(f64_nearest, f64, f64, rint(x))                                            \
  X(f64_select, f64, f64, x < y ? x : y)                                       \
  X(f64_min, f64, f64, LESSER(f64, x, y))                                      \
  X(f64_max, f64, f64, GREATER(f64, x, y))                                     \
  X(f64_less, f64, i32, (uint32_t)(x < y) + 2 * (x <= y) + 4 * (x == y))       \
  X(f64_greater, f64, i32, (uint32_t)(x > y) + 2 * (x >= y) + 4 * (x != y))    \
  X(f64_bits, f64, i64, f64_to_bits(x * 3) >> 52 & 2047)                       \
  X(i32_trunc_f32_s, f32, i32,                                                 \
    fits((double)x, -0x1p31, 0x1p31) ? (uint32_t)CUT(s_i32_f32, x, int32_t)    \
                                     : 7)                                      \
  X(i32_sat_f32_s, f32, i32,                                                   \
    (uint32_t)SATURATE(s_i32_f32, x, int32_t, INT32_MIN, INT32_MAX))           \
  X(i32_trunc_f32_u, f32, i32,                                                 \
    fits((double)x, 0, 0x1p32) ? CUT(u_i32_f32, x, uint32_t) : 7)              \
  X(i32_sat_f32_u, f32, i32, SATURATE(u_i32_f32, x, uint32_t, 0, UINT32_MAX))  \
  X(i32_trunc_f64_s, f64, i32,                                                 \
    fits(x, -0x1p31, 0x1p31) ? (uint32_t)CUT(s_i32_f64, x, int32_t) : 7)       \
  X(i32_sat_f64_s, f64, i32,                                                   \
    (uint32_t)SATURATE(s_i32_f64, x, int32_t, INT32_MIN, INT32_MAX))           \
  X(i32_trunc_f64_u, f64, i32,                                                 \
    fits(x, 0, 0x1p32) ? CUT(u_i32_f64, x, uint32_t) : 7)                      \
  X(i32_sat_f64_u, f64, i32, SATURATE(u_i32_f64, x, uint32_t, 0, UINT32_MAX))  \
  X(i64_trunc_f32_s, f32, i64,                                                 \
    fits((double)x, -0x1p63, 0x1p63) ? (uint64_t)CUT(s_i64_f32, x, int64_t)    \
                                     : 7)                                      \
  X(i64_sat_f32_s, f32, i64,                                                   \
    (uint64_t)SATURATE(s_i64_f32, x, int64_t, INT64_MIN, INT64_MAX))           \
  X(i64_trunc_f32_u, f32, i64,                                                 \
    fits((double)x, 0, 0x1p64) ? CUT(u_i64_f32, x, uint64_t) : 7)              \
  X(i64_sat_f32_u, f32, i64, SATURATE(u_i64_f32, x, uint64_t, 0, UINT64_MAX))  \
  X(i64_trunc_f64_s, f64, i64,                                                 \
    fits(x, -0x1p63, 0x1p63) ? (uint64_t)CUT(s_i64_f64, x, int64_t) : 7)       \
  X(i64_sat_f64_s, f64, i64,                                                   \
    (uint64_t)SATURATE(s_i64_f64, x, int64_t, INT64_MIN, INT64_MAX))           \
  X(i64_trunc_f64_u, f64, i64,                                                 \
    fits(x, 0, 0x1p64) ? CUT(u_i64_f64, x, uint64_t) : 7)                      \
  X(i64_sat_f64_u, f64, i64, SATURATE(u_i64_f64, x, uint64_t, 0, UINT64_MAX))  \
  X(f32_convert_i32_s, i32, f32, (float)(int32_t)x)                            \
  X(f32_convert_i32_u, i32, f32, (float)x)                                     \
  X(f32_convert_i64_s, i64, f32, (float)(int64_t)x)                            \
  X(f32_convert_i64_u, i64, f32, (float)x)                                     \
  X(f64_convert_i32_s, i32, f64, (double)(int32_t)x)                           \
  X(f64_convert_i32_u, i32, f64, (double)x)                                    \
  X(f64_convert_i64_s, i64, f64, (double)(int64_t)x)                           \
  X(f64_convert_i64_u, i64, f64, (double)x)                                    \
  X(f32_demote, f64, f32, (float)(x + y))                                      \
  X(f64_promote, f32, f64, (double)(x * y))                                    \
  X(f32_reinterpret, i32, f32, bits_to_f32(x + y))                             \
  X(f64_reinterpret, i64, f64, bits_to_f64(x + y))

typedef uint32_t type_i32;
typedef uint64_t type_i64;
typedef float type_f32;
typedef double type_f64;

// One function for each operation: all pairs of values, some at a distance.
#define FUNCTION(name, from, to, expression)                                   \
  static uint64_t run_##name(const Values *values, uint64_t sum, int round) {  \
    for (int i = 0; i < value_count; i++) {                                    \
      type_##from x = values->from[i];                                         \
      type_##from y = values->from[(i + round) % value_count];                 \
      (void)y;                                                                 \
      sum = add_##to(sum, expression);                                         \
    }                                                                          \
    return sum;                                                                \
  }
OPERATIONS(FUNCTION)

static const struct {
  const char *name;
  uint64_t (*run)(const Values *values, uint64_t sum, int round);
} operations[] = {
#define ROW(name, from, to, expression) {#name, run_##name},
    OPERATIONS(ROW)
#undef ROW
};

// Returns the nearest float, but the largest for what is too large, and one NaN
// for all, since the sign of a converted one is not defined.
static float narrow(double x) {
  if (x != x)
    return NAN;
  return fabs(x) > 0x1p127 && !isinf(x) ? 0x1.fffffep127f : (float)x;
}

// Integers around powers of two and floats around where they stop being exact;
// the rest is random.
static void fill(Values *values) {
  static const double floats[] = {
      0.0,           -0.0,         0.5,    -0.5,     1.5,       -1.5,
      2.5,           -2.5,         0x1p31, -0x1p31,  0x1p32,    0x1p63,
      -0x1p63,       0x1p64,       -0.99,  0x1p-149, 0x1p-1074, 0x1p24,
      0x1p53,        1e30,         -1e300, HUGE_VAL, -HUGE_VAL, 2147483646.5,
      -2147483648.5, 4294967295.5, NAN};
  enum { float_count = sizeof floats / sizeof *floats };
  Random random = {86};
  for (int i = 0; i < value_count; i++) {
    values->i32[i] =
        i < 20 ? (uint32_t)(1u << (i / 4 * 31 / 4)) + (uint32_t)(i & 3) - 2
               : random_next(&random) >> (i & 7);
    values->i64[i] =
        i < 20 ? ((uint64_t)1 << (i / 4 * 63 / 4)) + (uint64_t)(i & 3) - 2
               : random_word(&random) >> (i & 31);
    double number =
        i < float_count ? floats[i] : random_unit(&random) * (1 << i / 2);
    values->f64[i] = number;
    values->f32[i] = narrow(number);
  }
}

int main(void) {
  static Values values;
  fill(&values);
  enum { count = sizeof operations / sizeof *operations };
  for (int i = 0; i < count; i++) {
    uint64_t sum = checksum_start;
    for (int round = 0; round < rounds; round++)
      sum = operations[i].run(&values, sum, round);
    printf("%-18s %016" PRIx64 "\n", operations[i].name, sum);
  }
  return 0;
}
