// Text form: hand-written and generated functions print, parse and print to
// the same text and are well-formed; broken text is refused with its place and
// never crashes the parser, whatever the bytes.
#include "mid/ir/gen.h"
#include "ops.h"

#include <stdio.h>
#include <stdlib.h>

static int tests, failures;

static void report(bool good, const char *what) {
  printf("%s %d %s\n", good ? "ok" : "FAILED", ++tests, what);
  failures += !good;
}

static bool parse(Arena *a, const char *s, IrModule *m, Text *err) {
  *err = (Text){.arena = a};
  bool good = ir_parse(a, s, strlen(s), m, err);
  text_str(err);
  return good;
}

static char *print_module(Arena *a, const IrModule *m) {
  Text t = {.arena = a};
  ir_print_module(m, &t);
  return text_str(&t);
}

static char *print_func(Arena *a, const Func *f) {
  Text t = {.arena = a};
  ir_print(f, &t);
  return text_str(&t);
}

static bool all_verify(Arena *a, const IrModule *m) {
  Text err = {.arena = a};
  bool good = true;
  for (u32 k = 0; k < m->nfuncs; k++)
    if (m->funcs[k])
      good &= ir_verify(m->funcs[k], &err);
  if (!good)
    printf("%s", text_str(&err));
  return good;
}

// --- what comes back the same

static const char everything[] =
    "sig s0 (i32, i64) -> (i32)\n"
    "sig s1 () -> (i32, f64)\n"
    "sig s2 (ref) -> ()\n"
    "decl f1 s1\n"
    "decl f2 s2\n"
    "func f0 s0 \"fib \\22\\c3\\a9\\5c\" {\n"
    "  site 1 in 0 @1a3 calls f1\n"
    "  site 2 in 1 @0 calls f2\n"
    "  v1 = iconst.i32 -1\n"
    "b1(v2: i32 @1, v3: i64 @10/2 #77):\n"
    "  v4 = iconst.i64 0x123456789abcdef0\n"
    "  v5 = fconst.f64 1.5\n"
    "  v6 = fconst.f32 nan:0x7fc00001\n"
    "  v7 = load.i32 [heap v3 + 16 : 1 zero] @12/1 #5\n"
    "  v8 = call f1 ()\n"
    "  v9 = proj.f64 v8 1\n"
    "  store.f64 [heap v4 : 8] v9\n"
    "  brif v8 b5(v7) b2\n"
    "b2:\n"
    "  jump b3\n"
    "b3:\n"
    "  v13 = nullref\n"
    "  call f2 (v13)\n"
    "  v15 = call_ref v13 s1 ()\n"
    "  trapnz v15 div0\n"
    "  br_table v15 [b4, b5(v2)] b3\n"
    "b4:\n"
    "  trap unreachable\n"
    "b5(v19: i32) cold:\n"
    "  v20 = libcall memory_grow (v19)\n"
    "  v21 = icmp.slt.i32 v20 v1\n"
    "  v22 = select.f64 v21 v5 v9\n"
    "  v23 = vmctx\n"
    "  v24 = load.ref [global v23 + 4294967295 : 8 readonly notrap movable "
    "align 3]\n"
    "  v30: store.ref [table v23 : 8 big mem 1] v24\n"
    "  return (v20)\n"
    "}\n";

static void same_back(const char *what, const char *text) {
  Arena a = {0};
  IrModule m;
  Text err;
  bool good = parse(&a, text, &m, &err);
  if (!good)
    printf("%s", err.at);
  const char *back = good ? print_module(&a, &m) : "";
  good = good && !strcmp(back, text) && all_verify(&a, &m);
  if (good)
    good = !strcmp(print_func(&a, m.funcs[0]), text);
  else
    printf("%s", back);
  report(good, what);
  arena_free(&a);
}

static const char *const constants[] = {"iconst.i32 0",
                                        "iconst.i32 0x80000000",
                                        "iconst.i32 999999",
                                        "iconst.i32 -65535",
                                        "iconst.i32 0xffff0000",
                                        "iconst.i64 -1",
                                        "iconst.i64 0x8000000000000000",
                                        "fconst.f32 0.1",
                                        "fconst.f32 -0",
                                        "fconst.f32 1e-45",
                                        "fconst.f32 3.4028235e+38",
                                        "fconst.f32 -inf",
                                        "fconst.f32 nan:0xffffffff",
                                        "fconst.f64 5e-324",
                                        "fconst.f64 0.1",
                                        "fconst.f64 0.30000000000000004",
                                        "fconst.f64 inf",
                                        "fconst.f64 nan:0x7ff0000000000001"};

static void constants_back(void) {
  Arena a = {0};
  for (u32 k = 0; k < sizeof constants / sizeof *constants; k++) {
    const char *text = arena_printf(
        &a, "sig s0 () -> ()\nfunc f0 s0 {\nb1:\n  v1 = %s\n  return ()\n}\n",
        constants[k]);
    same_back(constants[k], text);
  }
  arena_free(&a);
}

// Numbers of values and blocks are the author's choice.
static void renumbered(void) {
  Arena a = {0};
  IrModule m;
  Text err;
  bool good = parse(&a,
                    "func f0 s0 { b9(v4: i32): jump b3 "
                    "b7: v2 = iadd.i32 v1 v1 jump b3 b3: v1 = iadd.i32 v4 v4 "
                    "brif v1 b7 b1 b1: return (v1) } sig s0 (i32) -> (i32)",
                    &m, &err);
  const char *want = "sig s0 (i32) -> (i32)\n"
                     "func f0 s0 {\n"
                     "b1(v1: i32):\n"
                     "  jump b2\n"
                     "b2:\n"
                     "  v5 = iadd.i32 v1 v1\n"
                     "  brif v5 b3 b4\n"
                     "b3:\n"
                     "  v3 = iadd.i32 v5 v5\n"
                     "  jump b2\n"
                     "b4:\n"
                     "  v7: return (v5)\n"
                     "}\n";
  const char *got = good ? print_module(&a, &m) : err.at;
  if (strcmp(got, want))
    printf("%s", got);
  report(!strcmp(got, want) && all_verify(&a, &m), "blocks in another order");
  arena_free(&a);
}

// Every opcode on numbers alone that has no immediate must have been made.
static bool all_made(const bool *made) {
  bool all = true;
  for (u32 op = 1; op < op_count; op++) {
    const OpInfo *o = &op_info[op];
    bool plain = o->flags & (OPF_PURE | OPF_TRAPS) && o->nvals && !o->nimms &&
                 o->type >= TY_I32 && o->type <= TY_F64;
    for (u32 k = 0; k < o->nvals; k++)
      plain &= o->val_types[k] >= TY_I32 && o->val_types[k] <= TY_F64;
    if (plain && !made[op])
      printf("%s is never made\n", o->name);
    all &= !plain || made[op];
  }
  return all;
}

static void generated(void) {
  static bool made[op_count];
  Arena a = {0};
  bool good = true;
  for (u64 seed = 1; seed <= 300 && good; seed++) {
    GenOptions o = gen_options(seed);
    o.size = (u32)(20 + seed * 3);
    IrModule m = ir_generate(&a, &o), back;
    Text err;
    const char *text = print_module(&a, &m);
    good = all_verify(&a, &m) && parse(&a, text, &back, &err) &&
           all_verify(&a, &back) && !strcmp(text, print_module(&a, &back));
    for (u32 k = 0; k < m.nfuncs && good; k++) {
      good = m.funcs[k]->insts.n >= back.funcs[k]->insts.n;
      for (Val v = 1; v < m.funcs[k]->insts.n; v++)
        made[inst_at(m.funcs[k], v)->op] = true;
    }
    if (!good)
      printf("seed %llu\n%s%s", (unsigned long long)seed, text, err.at);
    arena_reset(&a);
  }
  report(good, "300 generated modules");
  report(all_made(made), "every plain op is generated");
  arena_free(&a);
}

// --- what is refused

#define FUNC "sig s0 (i32) -> (i32)\nfunc f0 s0 {\n"
static const struct {
  const char *text, *error;
} refused[] = {
    {"x", "1:1: wanted sig, decl or func"},
    {"sig s0 (i31) -> ()", "1:9: found 'i31', wanted a type"},
    {"sig s0 () - ()", "1:13: found '(', wanted '>'"},
    {"sig s0 () -> ()\nsig s0 () -> ()", "2:4: s0 is there twice"},
    {"sig s9999999 () -> ()", "1:5: s9999999 is beyond the most, s1048575"},
    {"decl f0 s1", "1:11: f0 has signature s1, which is not there"},
    {FUNC "}", "3:1: function without a block"},
    {FUNC "b1(v1: i32):\n  return (v1)", "4:14: wanted } before the end"},
    {FUNC "b1(v1: i32):\n  v2 = iadd.i32 v1 v9\n  return (v2)\n}",
     "4:20: v9 is not defined"},
    {FUNC "b1(v1: i32):\n  v1 = iadd.i32 v1 v1\n  return (v1)\n}",
     "4:8: v1 is defined twice"},
    {FUNC "b1(v1: i32):\n  v2 = iadd.i31 v1 v1\n",
     "4:8: found 'iadd.i31', wanted an op"},
    {FUNC "b1(v1: i32):\n  iadd.i32 v1 v1\n",
     "4:3: iadd.i32 makes a value: wanted `vN =` before it"},
    {FUNC "b1(v1: i32):\n  v2 = trap div0\n", "4:8: trap makes no value"},
    {FUNC "b1(v1: i32):\n  trap div1\n", "4:8: found 'div1', wanted a trap"},
    {FUNC "b1(v1: i32):\n  jump b7\n}", "4:3: b7 is not there"},
    {FUNC "b1(v1: i32):\n  trap div0\n  trap div0\n}",
     "5:3: instruction after the block's end"},
    {FUNC "b1(v1: i32):\n  v2 = iadd.i32 v1 v1\nb2:\n  trap div0\n}",
     "5:1: the block before has no terminator"},
    {FUNC "  jump b1\n", "3:3: jump outside of a block"},
    {FUNC "b0:\n", "3:1: blocks are numbered from 1"},
    {FUNC "b1(v1: i32):\n  v2 = iconst.i32 4294967296\n",
     "4:19: wanted an integer of type i32"},
    {FUNC "b1(v1: i32):\n  v2 = iconst.i32 -2147483649\n",
     "4:19: wanted an integer of type i32"},
    {FUNC "b1(v1: i32):\n  v2 = fconst.f32 1.0.0\n",
     "4:19: wanted a number of type f32"},
    {FUNC "b1(v1: i32):\n  v2 = fconst.f64 nan:0x7ff0000000000000\n",
     "4:19: not the bits of a NaN of type f64"},
    {FUNC "b1(v1: i32):\n  v2 = load.i32 [hep v1 : 4]\n",
     "4:18: found 'hep', wanted a region"},
    {FUNC "b1(v1: i32):\n  v2 = load.i32 [heap v1 : 4 large]\n",
     "4:30: found 'large', wanted a property of the access"},
    {FUNC "b1(v1: i32):\n  v2 = call f1 ()\n  return (v1)\n}",
     "4:8: the callee is not declared"},
    {FUNC "b1(v1: i32):\n  call f0 (v1)\n  return (v1)\n}",
     "4:3: the callee has a result: wanted `vN =`"},
    {FUNC "b1(v1: i32 @1/1):\n", "3:14: site 1 is not there"},
    {FUNC "b1(v1: i32):\n  brif v1 b2 b3\nb2:\n  jump b3\nb3:\n  jump b2\n}",
     "3:4: f0: a loop with two entries"},
    {"func f0 s0 \"a\\00\" {", "1:15: wanted two hex digits, not 00"},
    {"func f0 s0 \"a", "1:14: found the end of the text, wanted '\"'"},
};

static void refusals(void) {
  Arena a = {0};
  for (u32 k = 0; k < sizeof refused / sizeof *refused; k++) {
    IrModule m;
    Text err;
    bool good = !parse(&a, refused[k].text, &m, &err);
    size_t n = strlen(err.at);
    good = good && n && n - 1 == strlen(refused[k].error) &&
           !memcmp(err.at, refused[k].error, n - 1);
    if (!good)
      printf("%s\nsays %s", refused[k].text, err.at);
    report(good, refused[k].error);
  }
  arena_free(&a);
}

// --- bytes gone bad

static u32 any(u32 *rng, u32 n) {
  *rng = *rng * 1664525u + 1013904223u;
  return (u32)((u64)(*rng >> 8) * n >> 24);
}

static const char *const bits_of_text[] = {
    "v1",         "b1",       "b2(v2)",   "(",         ")",    "[",
    "]",          "@1",       "#1",       "f0",        "s1",   ":",
    "=",          "iadd.i32", "jump",     "return ()", "func", "sig",
    "4294967295", "{",        "}",        "call",      "site", "\"",
    "v99999",     "br_table", "proj.i32", "cold",      ";",    "union.i32"};

static void mutate(char *s, u32 *n, u32 *rng) {
  for (u32 k = 1 + any(rng, 2); k; k--) {
    const char *word =
        bits_of_text[any(rng, sizeof bits_of_text / sizeof *bits_of_text)];
    u32 at = any(rng, *n), len = (u32)strlen(word);
    switch (any(rng, 4)) {
    case 0:
      s[at] = (char)any(rng, 256);
      break;
    case 1:
      s[at] = s[any(rng, *n)];
      break;
    case 2:
      memmove(s + at, s + at + 1, *n - at - 1);
      *n -= *n > 1;
      break;
    default:
      if (at + len <= *n)
        memcpy(s + at, word, len);
      break;
    }
  }
}

// Whatever parses can be verified and printed; what is well-formed comes back.
static bool survives(Arena *a, const char *s, u32 n, u32 *good) {
  IrModule m, back;
  Text err = {.arena = a};
  bool fine = true;
  if (!ir_parse(a, s, n, &m, &err))
    return err.n > 0;
  for (u32 k = 0; k < m.nfuncs; k++)
    fine &= !m.funcs[k] || ir_verify(m.funcs[k], &err);
  char *text = print_module(a, &m);
  if (!fine)
    return true;
  ++*good;
  return ir_parse(a, text, strlen(text), &back, &err) &&
         !strcmp(text, print_module(a, &back));
}

static void mutations(void) {
  Arena a = {0}, kept = {0};
  u32 rng = 12345, parsed = 0;
  bool good = true;
  GenOptions o = gen_options(7);
  o.size = 25;
  IrModule m = ir_generate(&kept, &o);
  const char *texts[2] = {everything, print_module(&kept, &m)};
  char *s = arena_array(&kept, char, 1 << 16);
  for (u32 k = 0; k < 6000 && good; k++) {
    u32 n = (u32)strlen(texts[k & 1]);
    memcpy(s, texts[k & 1], n);
    mutate(s, &n, &rng);
    good = survives(&a, s, n, &parsed);
    if (!good)
      printf("%.*s\n", (int)n, s);
    arena_reset(&a);
  }
  printf("# %u of 6000 are still well-formed\n", parsed);
  report(good && parsed > 100 && parsed < 5900, "6000 mutations");
  arena_free(&a);
  arena_free(&kept);
}

int main(void) {
  same_back("every kind of operand", everything);
  constants_back();
  renumbered();
  generated();
  refusals();
  mutations();
  printf("%d tests, %d failed\n", tests, failures);
  return failures ? 1 : 0;
}
