// The interpreter: values at the corners of their types, traps and which comes
// first, block arguments in parallel, calls with several results, recursion to
// the limit, backtraces, fuel, block counts.
#include "mid/ir/gen.h"
#include "mid/ir/interp.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

static int tests, failures;

static void report(bool good, const char *what) {
  printf("%s %d %s\n", good ? "ok" : "FAILED", ++tests, what);
  failures += !good;
}

typedef struct World {
  Arena arena;
  IrModule m;
  Interp in;
  u8 heap[64];
} World;

static void world(World *w, const char *text) {
  Text err = {.arena = &w->arena};
  bool good = ir_parse(&w->arena, text, strlen(text), &w->m, &err);
  for (u32 k = 0; good && k < w->m.nfuncs; k++)
    good = !w->m.funcs[k] || ir_verify(w->m.funcs[k], &err);
  must(good, "%s", text_str(&err));
  interp_init(&w->in);
  interp_use_module(&w->in, &w->m);
  w->in.heap = w->heap;
  w->in.heap_bytes = sizeof w->heap;
  for (u32 k = 0; k < sizeof w->heap; k++)
    w->heap[k] = (u8)(0x80 + k);
}

static TrapCode call(World *w, const u64 *args, u64 *results) {
  InterpTarget t = {0};
  must(w->in.resolve(&w->in, NULL, 0, &t), "no f0");
  return interp_call(&w->in, t, args, results);
}

static void destroy(World *w) {
  interp_free(&w->in);
  arena_free(&w->arena);
}

// --- one op

// `op` with values a, b, c; types as letters: i I f F for i32 i64 f32 f64.
typedef struct OpCase {
  const char *op, *args; // args: letters of the operands
  char result;
  u64 a, b, c, want;
  TrapCode trap;
} OpCase;

static const char *type_of(char letter) {
  return letter == 'i'   ? "i32"
         : letter == 'I' ? "i64"
         : letter == 'f' ? "f32"
                         : "f64";
}

static void op_case(const OpCase *o) {
  World w = {0};
  Text t = {.arena = &w.arena};
  u32 n = (u32)strlen(o->args);
  text_add(&t, "sig s0 (");
  for (u32 k = 0; k < n; k++)
    text_add(&t, k ? ", %s" : "%s", type_of(o->args[k]));
  text_add(&t, ") -> (%s)\nfunc f0 s0 {\nb1", type_of(o->result));
  for (u32 k = 0; k < n; k++)
    text_add(&t, k ? ", v%u: %s" : "(v%u: %s", k + 1, type_of(o->args[k]));
  text_add(&t, "):\n  v9 = %s", o->op);
  for (u32 k = 0; k < n && !strchr(o->op, '['); k++)
    text_add(&t, " v%u", k + 1);
  text_add(&t, "\n  return (v9)\n}\n");
  world(&w, text_str(&t));
  u64 args[3] = {o->a, o->b, o->c}, result = 0;
  TrapCode trap = call(&w, args, &result);
  bool good = trap == o->trap && (trap || result == o->want);
  report(good,
         arena_printf(&w.arena, "%s %" PRIx64 " %" PRIx64, o->op, o->a, o->b));
  if (!good)
    printf("gives %" PRIx64 " (%s), wanted %" PRIx64 " (%s)\n", result,
           trap_names[trap], o->want, trap_names[o->trap]);
  destroy(&w);
}

#define MIN32 0x80000000u
#define MIN64 0x8000000000000000u
#define ONES64 0xffffffffffffffffu
#define NAN32 0x7fc00000u
#define NAN64 0x7ff8000000000000u
#define TRAPS(code) 0, code

static const OpCase op_cases[] = {
    {"iadd.i32", "ii", 'i', 0xffffffff, 1, 0, 0, 0},
    {"isub.i32", "ii", 'i', 0, 1, 0, 0xffffffff, 0},
    {"imul.i64", "II", 'I', ONES64, ONES64, 0, 1, 0},
    {"umulhi.i32", "ii", 'i', 0xffffffff, 0xffffffff, 0, 0xfffffffe, 0},
    {"smulhi.i64", "II", 'I', MIN64, MIN64, 0, 0x4000000000000000, 0},
    {"umulhi.i64", "II", 'I', ONES64, ONES64, 0, ONES64 - 1, 0},
    {"ineg.i32", "i", 'i', MIN32, 0, 0, MIN32, 0},
    {"ishl.i32", "ii", 'i', 1, 33, 0, 2, 0},
    {"ushr.i32", "ii", 'i', MIN32, 31, 0, 1, 0},
    {"sshr.i32", "ii", 'i', MIN32, 31, 0, 0xffffffff, 0},
    {"sshr.i64", "II", 'I', MIN64, 64, 0, MIN64, 0},
    {"rotl.i32", "ii", 'i', 0x80000001, 32, 0, 0x80000001, 0},
    {"rotl.i32", "ii", 'i', 0x80000001, 1, 0, 3, 0},
    {"rotr.i64", "II", 'I', 1, 1, 0, MIN64, 0},
    {"rotr.i64", "II", 'I', 1, 64, 0, 1, 0},
    {"clz.i32", "i", 'i', 0, 0, 0, 32, 0},
    {"clz.i64", "I", 'I', 1, 0, 0, 63, 0},
    {"ctz.i32", "i", 'i', 0, 0, 0, 32, 0},
    {"ctz.i64", "I", 'I', MIN64, 0, 0, 63, 0},
    {"popcnt.i64", "I", 'I', ONES64, 0, 0, 64, 0},
    {"smin.i32", "ii", 'i', MIN32, 1, 0, MIN32, 0},
    {"umax.i32", "ii", 'i', MIN32, 1, 0, MIN32, 0},
    {"udiv.i32", "ii", 'i', 7, 0, 0, TRAPS(TRAP_DIV0)},
    {"udiv.i32", "ii", 'i', MIN32, 0xffffffff, 0, 0, 0},
    {"sdiv.i32", "ii", 'i', MIN32, 0xffffffff, 0, TRAPS(TRAP_OVERFLOW)},
    {"sdiv.i32", "ii", 'i', MIN32, 0, 0, TRAPS(TRAP_DIV0)},
    {"sdiv.i32", "ii", 'i', 0xfffffff9, 2, 0, 0xfffffffd, 0},
    {"sdiv.i64", "II", 'I', MIN64, ONES64, 0, TRAPS(TRAP_OVERFLOW)},
    {"srem.i32", "ii", 'i', MIN32, 0xffffffff, 0, 0, 0},
    {"srem.i32", "ii", 'i', 0xfffffff9, 2, 0, 0xffffffff, 0},
    {"srem.i64", "II", 'I', 1, 0, 0, TRAPS(TRAP_DIV0)},
    {"urem.i64", "II", 'I', 7, 4, 0, 3, 0},
    {"icmp.slt.i32", "ii", 'i', MIN32, 0, 0, 1, 0},
    {"icmp.ult.i32", "ii", 'i', MIN32, 0, 0, 0, 0},
    {"icmp.sge.i64", "II", 'i', MIN64, 0, 0, 0, 0},
    {"select.i64", "iII", 'I', 2, 5, 6, 5, 0},
    {"select.f32", "iff", 'f', 0, 5, 6, 6, 0},
    {"uextend", "i", 'I', 0xffffffff, 0, 0, 0xffffffff, 0},
    {"sextend", "i", 'I', MIN32, 0, 0, 0xffffffff80000000, 0},
    {"ireduce", "I", 'i', 0x1234567890abcdef, 0, 0, 0x90abcdef, 0},
    {"sext8.i32", "i", 'i', 0x180, 0, 0, 0xffffff80, 0},
    {"sext16.i64", "I", 'I', 0x8000, 0, 0, 0xffffffffffff8000, 0},
    {"fadd.f64", "FF", 'F', 0x3ff0000000000000, 0x4000000000000000, 0,
     0x4008000000000000, 0},
    {"fmin.f32", "ff", 'f', 0, MIN32, 0, MIN32, 0},
    {"fmax.f32", "ff", 'f', MIN32, 0, 0, 0, 0},
    {"fmin.f64", "FF", 'F', NAN64, 0, 0, NAN64, 0},
    {"fabs.f32", "f", 'f', 0xffc00001, 0, 0, 0x7fc00001, 0},
    {"fneg.f64", "F", 'F', NAN64, 0, 0, 0xfff8000000000000, 0},
    {"fcopysign.f32", "ff", 'f', 0x3f800000, MIN32, 0, 0xbf800000, 0},
    {"fnearest.f64", "F", 'F', 0x4004000000000000, 0, 0, 0x4000000000000000, 0},
    {"fnearest.f32", "f", 'f', 0xbf000000, 0, 0, MIN32, 0},
    {"fceil.f32", "f", 'f', 0xbf000000, 0, 0, MIN32, 0},
    {"fcmp.eq.f32", "ff", 'i', NAN32, NAN32, 0, 0, 0},
    {"fcmp.ne.f32", "ff", 'i', NAN32, NAN32, 0, 1, 0},
    {"fcmp.eq.f64", "FF", 'i', 0, MIN64, 0, 1, 0},
    {"fcmp.ge.f64", "FF", 'i', NAN64, 0, 0, 0, 0},
    {"fpromote", "f", 'F', 1, 0, 0, 0x36a0000000000000, 0},
    {"fdemote", "F", 'f', 0x47efffffffffffff, 0, 0, 0x7f800000, 0},
    {"from_u.f64.i64", "I", 'F', ONES64, 0, 0, 0x43f0000000000000, 0},
    {"from_s.f32.i32", "i", 'f', MIN32, 0, 0, 0xcf000000, 0},
    {"from_u.f32.i64", "I", 'f', 0x8000008000000001, 0, 0, 0x5f000001, 0},
    {"trunc_s.i32.f64", "F", 'i', NAN64, 0, 0, TRAPS(TRAP_INVALID)},
    {"trunc_s.i32.f64", "F", 'i', 0x41e0000000000000, 0, 0,
     TRAPS(TRAP_OVERFLOW)},
    {"trunc_s.i32.f64", "F", 'i', 0xc1e00000001fffff, 0, 0, MIN32, 0},
    {"trunc_s.i64.f32", "f", 'I', 0xdf000000, 0, 0, MIN64, 0},
    {"trunc_u.i32.f32", "f", 'i', 0xbf7fffff, 0, 0, 0, 0},
    {"trunc_u.i32.f32", "f", 'i', 0xbf800000, 0, 0, TRAPS(TRAP_OVERFLOW)},
    {"trunc_u.i64.f64", "F", 'I', 0x43efffffffffffff, 0, 0, 0xfffffffffffff800,
     0},
    {"trunc_sat_s.i32.f32", "f", 'i', NAN32, 0, 0, 0, 0},
    {"trunc_sat_s.i32.f32", "f", 'i', 0xff800000, 0, 0, MIN32, 0},
    {"trunc_sat_u.i64.f64", "F", 'I', 0x7ff0000000000000, 0, 0, ONES64, 0},
    {"bitcast.f32", "i", 'f', 0x7f800001, 0, 0, 0x7f800001, 0},
    {"load.i32 [heap v1 : 1 zero]", "I", 'i', 1, 0, 0, 0x81, 0},
    {"load.i32 [heap v1 : 1 sign]", "I", 'i', 1, 0, 0, 0xffffff81, 0},
    {"load.i64 [heap v1 + 2 : 2 sign]", "I", 'I', 0, 0, 0, 0xffffffffffff8382,
     0},
    {"load.i64 [heap v1 : 4 zero]", "I", 'I', 60, 0, 0, 0xbfbebdbc, 0},
    {"load.i64 [heap v1 : 4 zero]", "I", 'I', 61, 0, 0, TRAPS(TRAP_HEAP_OOB)},
    {"load.f64 [heap v1 + 56 : 8]", "I", 'F', 0, 0, 0, 0xbfbebdbcbbbab9b8, 0},
    {"load.i32 [heap v1 + 4294967295 : 1 zero]", "I", 'i', 0xffffffff, 0, 0,
     TRAPS(TRAP_HEAP_OOB)},
    {"load.i32 [host v1 : 4]", "I", 'i', 0, 0, 0, TRAPS(TRAP_HOST)},
};

// --- programs

typedef struct Program {
  const char *what, *text;
  u64 args[3], want[3];
  u32 nwant;
  TrapCode trap;
} Program;

static const Program programs[] = {
    {"arguments of a block move at once",
     "sig s0 (i32, i32, i32) -> (i32, i32)\n"
     "func f0 s0 {\n"
     "b1(v1: i32, v2: i32, v3: i32):\n"
     "  v4 = iconst.i32 1\n"
     "  jump b2(v1, v2, v3)\n"
     "b2(v6: i32, v7: i32, v8: i32):\n"
     "  v9 = isub.i32 v8 v4\n"
     "  brif v9 b2(v7, v6, v9) b3\n"
     "b3:\n"
     "  return (v6, v7)\n}\n",
     {10, 20, 4},
     {20, 10},
     2,
     TRAP_NONE},
    {"a rotation of three",
     "sig s0 (i32, i32, i32) -> (i32, i32, i32)\n"
     "func f0 s0 {\n"
     "b1(v1: i32, v2: i32, v3: i32):\n"
     "  jump b2(v3, v1, v2)\n"
     "b2(v6: i32, v7: i32, v8: i32):\n"
     "  jump b3(v8, v6, v7)\n"
     "b3(v11: i32, v12: i32, v13: i32):\n"
     "  return (v11, v12, v13)\n}\n",
     {1, 2, 3},
     {2, 3, 1},
     3,
     TRAP_NONE},
    {"br_table inside",
     "sig s0 (i32) -> (i32)\n"
     "func f0 s0 {\n"
     "b1(v1: i32):\n"
     "  v2 = iconst.i32 7\n"
     "  v3 = iconst.i32 8\n"
     "  v4 = iconst.i32 9\n"
     "  br_table v1 [b2(v2), b2(v3)] b2(v4)\n"
     "b2(v6: i32):\n"
     "  return (v6)\n}\n",
     {1},
     {8},
     1,
     TRAP_NONE},
    {"br_table beyond",
     "sig s0 (i32) -> (i32)\n"
     "func f0 s0 {\n"
     "b1(v1: i32):\n"
     "  v2 = iconst.i32 7\n"
     "  v4 = iconst.i32 9\n"
     "  br_table v1 [b2(v2), b2(v2)] b2(v4)\n"
     "b2(v6: i32):\n"
     "  return (v6)\n}\n",
     {0xffffffff},
     {9},
     1,
     TRAP_NONE},
    {"several results and proj",
     "sig s0 (i32, i64) -> (i64, i32, i64)\n"
     "sig s1 (i32, i64) -> (i32, i64, i32)\n"
     "func f0 s0 {\n"
     "b1(v1: i32, v2: i64):\n"
     "  v3 = call f1 (v1, v2)\n"
     "  v4 = proj.i64 v3 1\n"
     "  v5 = proj.i32 v3 2\n"
     "  v6 = uextend v5\n"
     "  return (v4, v3, v6)\n}\n"
     "func f1 s1 {\n"
     "b1(v1: i32, v2: i64):\n"
     "  v3 = iadd.i32 v1 v1\n"
     "  v4 = iadd.i64 v2 v2\n"
     "  return (v1, v4, v3)\n}\n",
     {5, 6},
     {12, 5, 10},
     3,
     TRAP_NONE},
    {"a call through a reference",
     "sig s0 (i32) -> (i32)\n"
     "func f0 s0 {\n"
     "b1(v1: i32):\n"
     "  v2 = funcref f1\n"
     "  v3 = call_ref v2 s0 (v1)\n"
     "  return (v3)\n}\n"
     "func f1 s0 {\n"
     "b1(v1: i32):\n"
     "  v2 = imul.i32 v1 v1\n"
     "  return (v2)\n}\n",
     {9},
     {81},
     1,
     TRAP_NONE},
    {"a call through null",
     "sig s0 (i32) -> (i32)\n"
     "func f0 s0 {\n"
     "b1(v1: i32):\n"
     "  v2 = nullref\n"
     "  v3 = call_ref v2 s0 (v1)\n"
     "  return (v3)\n}\n",
     {9},
     {0},
     0,
     TRAP_NULL_FUNC},
    {"a store that traps writes nothing",
     "sig s0 (i64) -> (i64)\n"
     "func f0 s0 {\n"
     "b1(v1: i64):\n"
     "  v2 = iconst.i64 60\n"
     "  store.i64 [heap v2 : 8] v1\n"
     "  return (v1)\n}\n",
     {0},
     {0},
     0,
     TRAP_HEAP_OOB},
    {"stores of all widths",
     "sig s0 (i64) -> (i64)\n"
     "func f0 s0 {\n"
     "b1(v1: i64):\n"
     "  v2 = iconst.i64 8\n"
     "  v3 = iconst.i64 0\n"
     "  store.i64 [heap v2 : 8] v3\n"
     "  store.i64 [heap v2 : 1] v1\n"
     "  store.i64 [heap v2 + 2 : 2] v1\n"
     "  store.i64 [heap v2 + 4 : 4] v1\n"
     "  v7 = load.i64 [heap v2 : 8]\n"
     "  return (v7)\n}\n",
     {0x1122334455667788},
     {0x5566778877880088},
     1,
     TRAP_NONE},
    {"the first of two traps",
     "sig s0 (i32) -> ()\n"
     "func f0 s0 {\n"
     "b1(v1: i32):\n"
     "  v2 = iconst.i64 1000\n"
     "  v3 = load.i32 [heap v2 : 4]\n"
     "  v4 = udiv.i32 v1 v1\n"
     "  return ()\n}\n",
     {0},
     {0},
     0,
     TRAP_HEAP_OOB},
    {"trapz and trapnz let the others pass",
     "sig s0 (i32) -> (i32)\n"
     "func f0 s0 {\n"
     "b1(v1: i32):\n"
     "  v2 = iconst.i32 0\n"
     "  trapz v1 div0\n"
     "  trapnz v2 overflow\n"
     "  trapnz v1 table_oob\n"
     "  return (v1)\n}\n",
     {4},
     {0},
     0,
     TRAP_TABLE_OOB},
    {"endless recursion",
     "sig s0 (i32) -> (i32)\n"
     "func f0 s0 {\n"
     "b1(v1: i32):\n"
     "  v2 = call f0 (v1)\n"
     "  return (v2)\n}\n",
     {0},
     {0},
     0,
     TRAP_STACK},
    {"a call to what has no body",
     "sig s0 (i32) -> (i32)\n"
     "decl f1 s0\n"
     "func f0 s0 {\n"
     "b1(v1: i32):\n"
     "  v2 = call f1 (v1)\n"
     "  return (v2)\n}\n",
     {0},
     {0},
     0,
     TRAP_HOST},
    {"vectors through memory, blocks and calls",
     "sig s0 (i64) -> (i64, i64)\n"
     "sig s1 (i32, v128, v128) -> (i32, v128, i32)\n"
     "func f0 s0 {\n"
     "b1(v1: i64):\n"
     "  v2 = load.v128 [heap v1 : 16]\n"
     "  v3 = load.v128 [heap v1 + 16 : 16]\n"
     "  v4 = iconst.i32 0\n"
     "  v5 = call f1 (v4, v2, v3)\n"
     "  v6 = proj.v128 v5 1\n"
     "  v7 = proj.i32 v5 2\n"
     "  jump b2(v7, v6)\n"
     "b2(v9: i32, v10: v128):\n"
     "  store.v128 [heap v1 + 32 : 16] v10\n"
     "  v12 = load.i64 [heap v1 + 40 : 8]\n"
     "  v13 = uextend v9\n"
     "  return (v12, v13)\n}\n"
     "func f1 s1 {\n"
     "b1(v1: i32, v2: v128, v3: v128):\n"
     "  v4 = iconst.i32 77\n"
     "  v5 = select.v128 v1 v2 v3\n"
     "  return (v1, v5, v4)\n}\n",
     {0},
     {0x9f9e9d9c9b9a9998, 77},
     2,
     TRAP_NONE},
    {"libcalls that need no instance",
     "sig s0 (f64) -> (f64, i32)\n"
     "func f0 s0 {\n"
     "b1(v1: f64):\n"
     "  v2 = libcall ceil64 (v1)\n"
     "  v3 = iconst.i32 3\n"
     "  libcall memory_fill (v3, v3, v3)\n"
     "  v5 = iconst.i64 2\n"
     "  v6 = load.i32 [heap v5 : 4]\n"
     "  return (v2, v6)\n}\n",
     {0x3ff8000000000000},
     {0x4000000000000000, 0x03030382},
     2,
     TRAP_NONE},
};

static void program(const Program *p) {
  World w = {0};
  u64 results[4] = {0};
  world(&w, p->text);
  TrapCode trap = call(&w, p->args, results);
  bool good = trap == p->trap;
  for (u32 k = 0; k < p->nwant; k++)
    good &= results[k] == p->want[k];
  report(good, p->what);
  if (!good)
    printf("trap %s, results %" PRIx64 " %" PRIx64 " %" PRIx64 "\n",
           trap_names[trap], results[0], results[1], results[2]);
  destroy(&w);
}

// --- what is around

static const char deep[] = "sig s0 (i32) -> (i32)\n"
                           "func f0 s0 {\n"
                           "b1(v1: i32):\n"
                           "  v2 = call f1 (v1) @10\n"
                           "  return (v2)\n}\n"
                           "func f1 s0 {\n"
                           "  site 1 in 0 @7 calls f0\n"
                           "b1(v1: i32):\n"
                           "  v2 = iconst.i32 1\n"
                           "  v3 = isub.i32 v1 v2\n"
                           "  brif v3 b2 b3\n"
                           "b2:\n"
                           "  v5 = call f1 (v3) @20\n"
                           "  return (v5)\n"
                           "b3:\n"
                           "  v7 = udiv.i32 v1 v3 @30/1\n"
                           "  return (v7)\n}\n";

static void backtrace(void) {
  World w = {0};
  u64 arg = 3, result;
  world(&w, deep);
  InterpMark before = interp_mark(&w.in);
  bool good = call(&w, &arg, &result) == TRAP_DIV0 && w.in.nframes == 4;
  static const u32 offs[] = {0x10, 0x20, 0x20, 0x30}, funcs[] = {0, 1, 1, 1};
  for (u32 k = 0; good && k < 4; k++)
    good = interp_frame_pos(&w.in.frames[k]).off == offs[k] &&
           interp_func(w.in.frames[k].code)->index == funcs[k];
  good = good && interp_frame_pos(&w.in.frames[3]).site == 1;
  interp_unwind(&w.in, before);
  report(good && w.in.nframes == 0 && call(&w, &arg, &result) == TRAP_DIV0,
         "frames of a trap, then again");
  destroy(&w);
}

static const char counting[] = "sig s0 (i32) -> (i32)\n"
                               "func f0 s0 {\n"
                               "b1(v1: i32):\n"
                               "  v2 = iconst.i32 1\n"
                               "  v3 = iconst.i32 0\n"
                               "  jump b2(v1, v3)\n"
                               "b2(v5: i32, v6: i32):\n"
                               "  v7 = isub.i32 v5 v2\n"
                               "  v8 = iadd.i32 v6 v5\n"
                               "  v9 = bxor.i32 v8 v7\n"
                               "  brif v7 b2(v7, v9) b3\n"
                               "b3:\n"
                               "  return (v9)\n}\n";

static void fuel(void) {
  World w = {0};
  u64 arg = 1000000, result;
  world(&w, counting);
  w.in.fuel = 1000;
  InterpMark before = interp_mark(&w.in);
  bool good = call(&w, &arg, &result) == TRAP_HOST && w.in.out_of_fuel;
  interp_unwind(&w.in, before);
  w.in.fuel = 1000;
  w.in.out_of_fuel = false;
  arg = 3;
  good = good && call(&w, &arg, &result) == TRAP_NONE && !w.in.out_of_fuel;
  report(good, "fuel");
  destroy(&w);
}

static void block_counts(void) {
  World w = {0};
  u64 arg = 12, result;
  world(&w, counting);
  InterpCode *code = interp_code(&w.arena, w.m.funcs[0]);
  u64 *counts = interp_count_blocks(&w.arena, code);
  InterpTarget t = {.code = code};
  bool good = interp_call(&w.in, t, &arg, &result) == TRAP_NONE;
  report(good && counts[1] == 1 && counts[2] == 12 && counts[3] == 1,
         "block counts");
  destroy(&w);
}

static void speed(void) {
  World w = {0};
  u64 arg = 3000000, result;
  world(&w, counting);
  clock_t begin = clock();
  TrapCode trap = call(&w, &arg, &result);
  double ns = (double)(clock() - begin) * 1e9 / CLOCKS_PER_SEC;
  printf("# %.1f ns per instruction\n", ns / (4.0 * (double)arg));
  report(trap == TRAP_NONE, "three million turns");
  destroy(&w);
}

// A host function that calls back into the function that called it.
typedef struct Back {
  World *w;
  VMFunc func;
  u32 deepest;
} Back;

static void call_back(VMCtx *caller, void *env, u64 *args) {
  Back *b = env;
  (void)caller;
  u64 arg = args[0], result = 0;
  if (b->w->in.reentered > b->deepest)
    b->deepest = b->w->in.reentered;
  if (call(b->w, &arg, &result) == TRAP_STACK)
    result = 1000;
  args[0] = result + 1;
}

static const VMFunc *host_ref(Interp *in, VMCtx *ctx, u32 func) {
  (void)ctx;
  (void)func;
  return in->env;
}

static bool self(Interp *in, VMCtx *ctx, u32 func, InterpTarget *out) {
  Back *b = (Back *)(void *)((u8 *)in->env - offsetof(Back, func));
  (void)ctx;
  out->code = interp_code(&b->w->arena, b->w->m.funcs[func]);
  return true;
}

static void host_calls_back(void) {
  static const char text[] = "sig s0 (i32) -> (i32)\n"
                             "func f0 s0 {\n"
                             "b1(v1: i32):\n"
                             "  v2 = iconst.i32 1\n"
                             "  v3 = isub.i32 v1 v2\n"
                             "  brif v1 b2 b3\n"
                             "b2:\n"
                             "  v5 = funcref f0\n"
                             "  v6 = call_ref v5 s0 (v3)\n"
                             "  v7 = iadd.i32 v6 v2\n"
                             "  return (v7)\n"
                             "b3:\n"
                             "  return (v1)\n}\n";
  World w = {0};
  Back b = {.w = &w, .func = {.host = call_back}};
  b.func.env = &b;
  world(&w, text);
  w.in.env = &b.func;
  w.in.funcref = host_ref;
  w.in.resolve = self;
  u64 arg = 10, result = 0;
  bool good = call(&w, &arg, &result) == TRAP_NONE && result == 20 &&
              w.in.nframes == 0 && w.in.reentered == 0;
  report(good && b.deepest == 10, "a host function calls back");
  arg = 100000;
  InterpMark before = interp_mark(&w.in);
  good = call(&w, &arg, &result) == TRAP_NONE && result >= 1000;
  interp_unwind(&w.in, before);
  report(good && b.deepest < 1000, "and back again, up to a limit");
  destroy(&w);
}

// Generated programs end, and the same way each time.
static void generated(void) {
  Arena a = {0};
  static u8 heap[65536];
  u32 trapped = 0, ended = 0, endless = 0;
  bool good = true;
  for (u64 seed = 1; seed <= 400 && good; seed++) {
    u64 sums[2];
    GenOptions o = gen_options(seed);
    IrModule m = ir_generate(&a, &o);
    for (u32 round = 0; round < 2; round++) {
      Interp in;
      u64 args[8], results[8] = {0};
      InterpTarget t = {0};
      interp_init(&in);
      interp_use_module(&in, &m);
      gen_heap(seed, heap, sizeof heap);
      gen_args(seed, &m.sigs[0], args);
      in.heap = heap;
      in.heap_bytes = sizeof heap;
      in.fuel = 3000000;
      in.resolve(&in, NULL, 0, &t);
      TrapCode trap = interp_call(&in, t, args, results);
      sums[round] = hash_bytes(heap, sizeof heap) ^
                    hash_bytes(results, sizeof results) ^ trap;
      trapped += trap && !in.out_of_fuel;
      ended += !trap;
      endless += in.out_of_fuel;
      interp_free(&in);
    }
    good = sums[0] == sums[1];
    if (!good)
      printf("seed %" PRIu64 "\n", seed);
    arena_reset(&a);
  }
  printf("# %u ended, %u trapped, %u out of fuel\n", ended, trapped, endless);
  report(good && ended > 300 && trapped > 20 && !endless,
         "400 generated programs, twice each");
  arena_free(&a);
}

int main(void) {
  for (u32 k = 0; k < sizeof op_cases / sizeof *op_cases; k++)
    op_case(&op_cases[k]);
  for (u32 k = 0; k < sizeof programs / sizeof *programs; k++)
    program(&programs[k]);
  backtrace();
  fuel();
  block_counts();
  host_calls_back();
  generated();
  speed();
  printf("%d tests, %d failed\n", tests, failures);
  return failures ? 1 : 0;
}
