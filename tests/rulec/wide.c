// Numbers of 256 bits against the compiler's of 128, and the two facts about
// divisions of extended numbers that rulec/verify/algebra.c states without
// asking a solver: all numbers of 8 bits, random ones of 64.
#include "rulec/eval/eval.h"

#include <stdio.h>

typedef struct Count {
  u32 run, failed;
} Count;

static void check(Count *c, bool ok, const char *what, u128 x, u128 y) {
  c->run++;
  if (!ok && c->failed++ < 20)
    printf("not ok %s of %llx %llx\n", what, (unsigned long long)x,
           (unsigned long long)y);
}

static bool is(Wide w, u128 v) { return wide_equal(w, wide(v)); }

static u128 cut(u128 x, u32 bits) {
  return bits >= 128 ? x : x & (((u128)1 << bits) - 1);
}

static s128 sign(u128 x, u32 bits) {
  return (s128)(x << (128 - bits)) >> (128 - bits);
}

static void arithmetic(Count *c, u128 x, u128 y, u32 w) {
  Wide a = wide(x), b = wide(y), rest;
  check(c, is(wide_add(a, b, w), cut(x + y, w)), "add", x, y);
  check(c, is(wide_sub(a, b, w), cut(x - y, w)), "sub", x, y);
  check(c, is(wide_mul(a, b, w), cut(x * y, w)), "mul", x, y);
  check(c, wide_ult(a, b) == (x < y), "ult", x, y);
  check(c, wide_slt(a, b, w) == (sign(x, w) < sign(y, w)), "slt", x, y);
  u32 n = (u32)y % w;
  check(c, is(wide_shl(a, n, w), cut(x << n, w)), "shl", x, y);
  check(c, is(wide_shr(a, n), x >> n), "shr", x, y);
  check(c, is(wide_sar(a, n, w), cut((u128)(sign(x, w) >> n), w)), "sar", x, y);
  check(c, is(wide_sext(a, w, 128), (u128)sign(x, w)), "sext", x, y);
  if (!y)
    return;
  check(c, is(wide_udiv(a, b, &rest), x / y) && is(rest, x % y), "udiv", x, y);
  s128 p = sign(x, w), q = sign(y, w);
  if (q == -1) // the lowest by -1 wraps
    check(c, is(wide_sdiv(a, b, w, &rest), cut(0 - x, w)), "sdiv", x, y);
  else
    check(c,
          is(wide_sdiv(a, b, w, &rest), cut((u128)(p / q), w)) &&
              is(rest, cut((u128)(p % q), w)),
          "sdiv", x, y);
}

// Products and quotients beyond 128 bits: (x * y + r) / y and % y.
static void beyond(Count *c, u128 x, u128 y, u128 r) {
  Wide rest, p = wide_mul(wide(x), wide(y), WIDE_BITS);
  if (!y)
    return;
  p = wide_add(p, wide(r % y), WIDE_BITS);
  Wide q = wide_udiv(p, wide(y), &rest);
  check(c, is(q, x) && is(rest, r % y), "udiv of 256 bits", x, y);
}

// --- divisions of extended numbers ----------------------------------------

static void extended(Count *c, u128 x, u128 y, u32 w) {
  Wide r1, r2, a = wide(x), b = wide(y);
  if (!y)
    return;
  Wide q1 = wide_udiv(a, b, &r1); // the same digits, zeros above
  check(c, wide_equal(q1, wide_keep(q1, w)), "udiv extended", x, y);
  Wide sa = wide_sext(a, w, 2 * w), sb = wide_sext(b, w, 2 * w);
  Wide wide_q = wide_sdiv(sa, sb, 2 * w, &r1), q = wide_sdiv(a, b, w, &r2);
  bool over = x == (u128)1 << (w - 1) && y == cut(~(u128)0, w);
  check(c, wide_equal(wide_q, over ? a : wide_sext(q, w, 2 * w)),
        "sdiv extended", x, y);
  check(c, wide_equal(r1, wide_sext(r2, w, 2 * w)), "srem extended", x, y);
}

static u128 draw(EvSampler *m, u32 bits) {
  return wide_low(sample_bits(m, bits));
}

int main(void) {
  static const u32 widths[] = {8, 13, 32, 63, 64, 65, 100, 127, 128};
  Count c = {0};
  EvSampler m = {.state = 5};
  for (u32 x = 0; x < 256; x++)
    for (u32 y = 0; y < 256; y++)
      extended(&c, x, y, 8);
  for (u32 k = 0; k < sizeof widths / sizeof *widths; k++)
    for (u32 i = 0; i < 4000; i++)
      arithmetic(&c, draw(&m, widths[k]), draw(&m, widths[k]), widths[k]);
  for (u32 i = 0; i < 4000; i++) {
    beyond(&c, draw(&m, 128), draw(&m, 128), draw(&m, 128));
    extended(&c, draw(&m, 64), draw(&m, 64), 64);
  }
  printf("%s %u checks, %u wrong\n", c.failed ? "not ok" : "ok", c.run,
         c.failed);
  return c.failed != 0;
}
