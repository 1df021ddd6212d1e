// Lanes against plain C: the ops of tests/rulec/design/ops.rules that work by
// lanes, evaluated on drawn vectors, must give what loops over arrays give.
// Which NaNs a lane may be. And the rules of tests/rulec/verify/lanes.rules,
// which the solver proves, on drawn values.
#include "rulec/cmd/command.h"
#include "rulec/eval/eval.h"

#include <stdio.h>

typedef union Vec {
  u8 b[16];
  u16 h[8];
  u32 w[4];
  u64 d[2];
  float f[4];
  double g[2];
} Vec;

typedef struct Test {
  const Sema *s;
  Arena *arena;
  u64 state;
  u32 done, bad;
} Test;

static u64 draw(Test *t) { // splitmix64
  u64 z = t->state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

static Vec draw_vec(Test *t) {
  Vec v = {.d = {draw(t), draw(t)}};
  for (u32 i = 0; i < 16; i++) // corners
    if (draw(t) % 3 == 0)
      v.b[i] = (u8)(0x80ff0100u >> 8 * (draw(t) & 3));
  return v;
}

static EvVal val(u32 bits, const void *p) {
  u64 w[2] = {0};
  memcpy(w, p, bits / 8);
  return ev_num(bits, (u128)w[1] << 64 | w[0]);
}

static Vec eval(Test *t, const char *op, const EvVal *args) {
  Eval e;
  eval_init(&e, t->s, t->arena, 1);
  u32 code = sema_opcode(t->s, op);
  must(code, "no op %s", op);
  EvVal r = eval_op(&e, code, args);
  must(r.state == EV_VALUE, "%s gives nothing: %s", op, e.why ? e.why : "");
  return (Vec){.d = {r.bits.w[0], r.bits.w[1]}};
}

static void expect(Test *t, const char *op, Vec got, Vec want, u32 bytes) {
  t->done++;
  if (!memcmp(&got, &want, bytes))
    return;
  t->bad++;
  printf("not ok: %s: %016llx%016llx, wanted %016llx%016llx\n", op,
         (unsigned long long)got.d[1], (unsigned long long)got.d[0],
         (unsigned long long)want.d[1], (unsigned long long)want.d[0]);
}

// want.field[i] = e over all lanes, for drawn x and y.
#define BY_LANES(name, field, lanes, e)                                        \
  do {                                                                         \
    Vec x = draw_vec(t), y = draw_vec(t), want;                                \
    for (u32 i = 0; i < lanes; i++)                                            \
      want.field[i] = (e);                                                     \
    const EvVal args[] = {val(128, &x), val(128, &y)};                         \
    expect(t, name, eval(t, name, args), want, 16);                            \
  } while (0)

static void integers(Test *t) {
  BY_LANES("vadd.i8x16", b, 16, (u8)(x.b[i] + y.b[i]));
  BY_LANES("vadd.i16x8", h, 8, (u16)(x.h[i] + y.h[i]));
  BY_LANES("vadd.i32x4", w, 4, x.w[i] + y.w[i]);
  BY_LANES("vadd.i64x2", d, 2, x.d[i] + y.d[i]);
  BY_LANES("vicmp.slt.i8x16", b, 16,
           (int8_t)x.b[i] < (int8_t)y.b[i] ? 0xff : 0);
  BY_LANES("vicmp.uge.i16x8", h, 8, x.h[i] >= y.h[i] ? 0xffff : 0);
  BY_LANES("vicmp.eq.i32x4", w, 4, x.w[i] == y.w[i] ? ~0u : 0);
  BY_LANES("vicmp.sgt.i64x2", d, 2, (s64)x.d[i] > (s64)y.d[i] ? ~(u64)0 : 0);
  BY_LANES("vabs.i8x16", b, 16, (u8)((int8_t)x.b[i] < 0 ? 0 - x.b[i] : x.b[i]));
  BY_LANES("vabs.i64x2", d, 2, (s64)x.d[i] < 0 ? 0 - x.d[i] : x.d[i]);
}

static void floats(Test *t) {
  Vec x, y, want;
  for (u32 i = 0; i < 4; i++) {
    x.f[i] = (float)(s32)draw(t) / 8;
    y.f[i] = (float)(s32)draw(t) / 8;
    want.f[i] = x.f[i] < y.f[i] ? x.f[i] : y.f[i];
  }
  const EvVal args[] = {val(128, &x), val(128, &y)};
  expect(t, "vfmin.f32x4", eval(t, "vfmin.f32x4", args), want, 16);
}

static void across(Test *t) {
  Vec x = draw_vec(t), y = draw_vec(t), k = draw_vec(t), want = {.d = {0}};
  for (u32 i = 0; i < 16; i++) {
    k.b[i] = draw(t) % 8 ? k.b[i] & 31 : k.b[i];
    want.b[i] = k.b[i] < 16 ? x.b[k.b[i]] : k.b[i] < 32 ? y.b[k.b[i] - 16] : 0;
  }
  const EvVal args[] = {val(128, &k), val(128, &x), val(128, &y)};
  expect(t, "shuffle", eval(t, "shuffle", args), want, 16);
  u32 bits = 0, all = 1;
  for (u32 i = 0; i < 8; i++) {
    bits |= (u32)(x.h[i] >> 15) << i;
    all &= x.h[i] != 0;
  }
  const EvVal one[] = {val(128, &x)};
  expect(t, "vbits", eval(t, "vbits.i16x8", one), (Vec){.w = {bits}}, 4);
  expect(t, "all_true", eval(t, "all_true.i16x8", one), (Vec){.w = {all}}, 4);
  u32 any = x.d[0] != 0 || x.d[1] != 0;
  expect(t, "any_true", eval(t, "any_true", one), (Vec){.w = {any}}, 4);
}

static void lanes_and_scalars(Test *t) {
  Vec x = draw_vec(t), want;
  u32 n = (u32)(draw(t) % 8), s = (u32)draw(t);
  EvVal lane = ev_num(3, n);
  const EvVal args[] = {lane, val(128, &x)};
  expect(t, "vextract", eval(t, "vextract.i16x8", args), (Vec){.w = {x.h[n]}},
         4);
  for (u32 i = 0; i < 8; i++)
    want.h[i] = (u16)s;
  const EvVal scalar[] = {val(32, &s)};
  expect(t, "splat", eval(t, "splat.i16x8", scalar), want, 16);
}

// --- NaNs -------------------------------------------------------------

static EvVal vector(u32 a, u32 b, u32 c, u32 d) {
  Vec v = {.w = {a, b, c, d}};
  EvVal x = val(128, &v);
  x.sort = (Sort){.kind = SORT_VALUE, .type = VT_V128, .bits = 128};
  return x;
}

static const u32 QUIET = 0x7fc00001, CANONICAL = 0xffc00000,
                 SIGNALLING = 0x7fa00000;

// What vfmin of x and itself allows as lane 1, the others being themselves.
static void lane_may_be(Test *t, u32 x, u32 lane, EvVerdict want) {
  Eval e;
  eval_init(&e, t->s, t->arena, 1);
  const EvVal in[] = {vector(1, x, 3, 4), vector(1, x, 3, 4)};
  EvVal l = eval_op(&e, sema_opcode(t->s, "vfmin.f32x4"), in);
  EvOutcome left = {.what = EO_VALUE, .value = l};
  EvOutcome right = {.what = EO_VALUE, .value = vector(1, lane, 3, 4)};
  EvOutcome moved = {.what = EO_VALUE, .value = vector(lane, 1, 3, 4)};
  t->done += 2;
  if (eval_allows(&left, &right) == want &&
      eval_allows(&left, &moved) == EV_DIFFER)
    return;
  t->bad++;
  printf("not ok: a lane of %x is allowed to be %x, or not\n", x, lane);
}

static void nans(Test *t) {
  lane_may_be(t, QUIET, QUIET, EV_AGREE);
  lane_may_be(t, QUIET, CANONICAL, EV_AGREE);
  lane_may_be(t, QUIET, SIGNALLING, EV_DIFFER);
  lane_may_be(t, CANONICAL, CANONICAL, EV_AGREE);
  lane_may_be(t, CANONICAL, QUIET, EV_DIFFER);
  lane_may_be(t, SIGNALLING, QUIET, EV_AGREE);
  lane_may_be(t, 7, 7, EV_AGREE);
  lane_may_be(t, 7, CANONICAL, EV_DIFFER);
}

// --- rules ------------------------------------------------------------

static void sample_rules(Test *t) {
  for (u32 i = 0; i < t->s->nrulexs; i++) {
    Arena a = {0};
    EvRule r;
    EvOutcome left, right;
    u32 agreed;
    rule_begin(&r, t->s, &t->s->rulexs[i], &a, i);
    RuleRound o = rule_sample(&r, 30, &agreed, &left, &right);
    t->done++;
    if (o == ROUND_WRONG || o == ROUND_LEFT_OUT) {
      Text text = {.arena = &a};
      rulex_print(&text, t->s, r.x);
      rule_print_vars(&text, &r);
      printf("not ok: %s\n", text_str(&text));
      t->bad++;
    }
    arena_free(&a);
  }
}

static const Sema *load(Arena *a, const char **files, u32 n) {
  RuleSet *r = arena_new(a, RuleSet);
  const Words words = {.at = files, .n = n};
  rules_begin(r, a);
  if (rules_read(r, &words))
    return NULL;
  rules_resolve(r);
  must(!r->diags.errors, "the rules have errors");
  return r->sema;
}

int main(void) {
  const char *design[] = {"tests/rulec/design/ops.rules"};
  const char *proved[] = {"tests/rulec/verify/lane-base.rules",
                          "tests/rulec/verify/lane-ops.rules",
                          "tests/rulec/verify/lanes.rules"};
  Arena a = {0};
  Test t = {.s = load(&a, design, 1), .arena = &a, .state = 1};
  if (!t.s) {
    puts("no rules: run it from the project's folder");
    return 77;
  }
  for (u32 i = 0; i < 200; i++) {
    integers(&t);
    floats(&t);
    across(&t);
    lanes_and_scalars(&t);
  }
  nans(&t);
  t.s = load(&a, proved, 3);
  sample_rules(&t);
  printf("%s %u results by lanes, %u wrong\n", t.bad ? "not ok" : "ok", t.done,
         t.bad);
  arena_free(&a);
  return t.bad != 0;
}
