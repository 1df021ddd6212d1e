// Bounds: chains, combs, diamonds and ladders of 100,000 nodes go through in
// time and memory proportional to their size, without recursion; many blocks
// that want the same chain do not copy it each.
//
//   egraph_shapes                      the tests
//   egraph_shapes FILE.ir [FLAG...]    prints the functions of FILE optimized:
//     what the golden tests run. Flags: --no-rules --no-licm --no-remat
//     --no-alias --no-gvn --no-branch --matches-limit=N --eclass-limit=N
//     --rewrite-depth=N --match-fuel=N --rule-fuel=N --only-rule=NAME
//     --counters
#include "mid/egraph/egraph.h"
#include "ops.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

// --- golden tests ------------------------------------------------------------

static bool number(const char *arg, const char *name, u64 *n) {
  size_t len = strlen(name);
  if (strncmp(arg, name, len) || arg[len] != '=')
    return false;
  *n = strtoull(arg + len + 1, NULL, 0);
  return true;
}

static void only_rule(Arena *a, EgraphOptions *o, const char *name) {
  u64 *on = (u64 *)(uintptr_t)o->rules;
  if (!on)
    o->rules = on = arena_array0(a, u64, mid_builtin.nrules / 64 + 1);
  for (u32 k = 0; k < mid_builtin.nrules; k++)
    if (!strcmp(mid_builtin.rules[k].name, name)) {
      bit_add(on, k);
      return;
    }
  fprintf(stderr, "egraph_shapes: no rule %s\n", name);
  exit(2);
}

static void set_flag(Arena *a, EgraphOptions *o, const char *arg,
                     bool *counters) {
  u64 n;
  if (!strcmp(arg, "--no-rules"))
    o->no_rules = true;
  else if (!strcmp(arg, "--no-licm"))
    o->no_licm = true;
  else if (!strcmp(arg, "--no-remat"))
    o->no_remat = true;
  else if (!strcmp(arg, "--no-alias"))
    o->no_alias = true;
  else if (!strcmp(arg, "--no-gvn"))
    o->no_gvn = true;
  else if (!strcmp(arg, "--no-branch"))
    o->no_branch = true;
  else if (!strcmp(arg, "--counters"))
    *counters = o->watch = true;
  else if (number(arg, "--matches-limit", &n))
    o->matches_limit = (u32)n;
  else if (number(arg, "--eclass-limit", &n))
    o->eclass_limit = (u32)n;
  else if (number(arg, "--rewrite-depth", &n))
    o->rewrite_depth = (u32)n;
  else if (number(arg, "--match-fuel", &n))
    o->fuel = (u32)n;
  else if (number(arg, "--rule-fuel", &n))
    o->rule_fuel = n;
  else if (!strncmp(arg, "--only-rule=", 12))
    only_rule(a, o, arg + 12);
  else {
    fprintf(stderr, "egraph_shapes: unknown flag %s\n", arg);
    exit(2);
  }
}

static void print_counters(const EgraphCounters *c, const RuleCounters *rules) {
  const u64 *value = (const u64 *)c;
  for (u32 k = 0; k < egraph_counter_count; k++)
    if (value[k] && strcmp(egraph_counter_info[k].name, "scratch_bytes"))
      printf("; %s %" PRIu64 "\n", egraph_counter_info[k].name, value[k]);
  for (u32 k = 0; k < mid_builtin.nrules; k++) {
    const RuleCounters *r = &rules[k];
    if (r->matched)
      printf("; rule %s: matched %" PRIu64 ", inserted %" PRIu64
             ", truncated %" PRIu64 ", subsumed %" PRIu64 ", extracted %" PRIu64
             "\n",
             mid_builtin.rules[k].name, r->matched, r->inserted, r->truncated,
             r->subsumed, r->extracted);
  }
}

static int print_file(const char *path, char **flags, int nflags) {
  Arena a = {0}, scratch = {0};
  EgraphOptions o = egraph_options();
  EgraphCounters c = {0};
  RuleCounters *rules = arena_array0(&a, RuleCounters, mid_builtin.nrules + 1);
  bool counters = false;
  u8 *bytes;
  size_t size;
  for (int k = 0; k < nflags; k++)
    set_flag(&a, &o, flags[k], &counters);
  int e = file_read(&a, path, &bytes, &size);
  if (e) {
    fprintf(stderr, "%s: %s\n", path, strerror(e));
    return 3;
  }
  IrModule m;
  Text err = {.arena = &a}, out = {.arena = &a};
  if (!ir_parse(&a, (const char *)bytes, size, &m, &err)) {
    fprintf(stderr, "%s:%s\n", path, text_str(&err));
    return 3;
  }
  for (u32 k = 0; k < m.nfuncs; k++) {
    if (!m.funcs[k])
      continue;
    Func *f = egraph_run(&a, &scratch, m.funcs[k], &o, &c, rules, NULL);
    if (!ir_verify(m.funcs[k], &err) || !ir_verify(f, &err)) {
      fprintf(stderr, "%s: %s", path, text_str(&err));
      return 1;
    }
    ir_print(f, &out);
  }
  fputs(text_str(&out), stdout);
  if (counters)
    print_counters(&c, rules);
  arena_free(&a);
  arena_free(&scratch);
  return 0;
}

// --- shapes ------------------------------------------------------------------

static int tests, failures;

static void report(bool good, const char *what, double time, u64 bytes) {
  printf("%s %d %s (%.0f ms, %.1f MiB)\n", good ? "ok" : "FAILED", ++tests,
         what, time * 1e3, (double)bytes / (1 << 20));
  failures += !good;
}

// i64 (i64, i64)
static Func *begin(Arena *a, Val *x, Val *y) {
  static const u8 types[] = {TY_I64, TY_I64, TY_I64};
  static const Sig sig = {2, 1, types};
  static const u32 func_sigs[] = {0};
  Func *f = ir_new(a, &sig, 1, func_sigs, 1, 0);
  Block b = ir_block(f);
  ir_begin(f, b);
  *x = ir_param(f, b, TY_I64, 0);
  *y = ir_param(f, b, TY_I64, 0);
  return f;
}

static Func *finish(Func *f, Block b, Val v) {
  ir_emit(f, OP_return, TY_NONE, 0, 0, ir_list(f, &v, 1), 0);
  ir_end(f, b);
  must(ir_analyse(f), "irreducible");
  f->next_key = f->insts.n;
  return f;
}

static Val op2(Func *f, u16 op, Val x, Val y) {
  return ir_emit(f, op, (Type)op_info[op].type, x, y, 0, 0);
}

enum Shape { CHAIN, COMB, DIAMOND, SAME, LEAVES };

// n nodes of `op` in the shape.
static Func *shape(Arena *a, enum Shape s, u16 op, u32 n) {
  Val x, y;
  Func *f = begin(a, &x, &y);
  Val v = x;
  for (u32 k = 0; k < n; k++) {
    if (s == CHAIN)
      v = op2(f, op, v, y);
    else if (s == COMB)
      v = op2(f, op, y, v);
    else if (s == DIAMOND)
      v = op2(f, op, v, v);
    else if (s == SAME)
      v = op2(f, op, v, k & 1 ? x : y);
    else
      v = op2(f, op, v, ir_iconst(f, TY_I64, k * 77 + 1));
  }
  return finish(f, 1, v);
}

typedef struct Cost {
  double time;
  u64 nodes, bytes;
  u32 insts;
} Cost;

static Cost measure(Arena *a, const Func *f) {
  Arena scratch = {0};
  EgraphOptions o = egraph_options();
  EgraphCounters c = {0};
  double t = seconds();
  Func *n = egraph_run(a, &scratch, f, &o, &c, NULL, NULL);
  Text err = {.arena = a};
  Cost cost = {seconds() - t, c.enodes, scratch.used, n->insts.n};
  must(ir_verify(n, &err), "%s", text_str(&err));
  arena_free(&scratch);
  return cost;
}

static const struct ShapeName {
  const char *name;
  enum Shape shape;
} shapes[] = {{"chain", CHAIN},
              {"comb", COMB},
              {"diamond", DIAMOND},
              {"same leaves", SAME},
              {"constants", LEAVES}};
static const u16 ops[] = {OP_iadd_i64, OP_isub_i64, OP_imul_i64, OP_band_i64,
                          OP_bor_i64,  OP_bxor_i64, OP_ishl_i64, OP_ushr_i64,
                          OP_sshr_i64, OP_rotl_i64, OP_smax_i64, OP_umin_i64};

// Nodes made per node given must not grow with the size.
static void test_shape(const struct ShapeName *s, u16 op) {
  Arena a = {0};
  Cost small = measure(&a, shape(&a, s->shape, op, 1000));
  Cost large = measure(&a, shape(&a, s->shape, op, 100000));
  char what[100];
  snprintf(what, sizeof what, "%s of 100,000 %s: %" PRIu64 " e-nodes", s->name,
           op_info[op].base_name, large.nodes);
  bool good = large.nodes <= small.nodes * 125 + 1000 && large.time < 3 &&
              large.bytes < (u64)192 << 20;
  report(good, what, large.time, large.bytes);
  arena_free(&a);
}

// n diamonds of control, one after the other; a chain of `len` nodes computed
// in the entry is wanted in every arm.
static Func *ladder(Arena *a, u32 n, u32 len) {
  Val x, y;
  Func *f = begin(a, &x, &y);
  Val chain = x, v = y;
  for (u32 k = 0; k < len; k++)
    chain = op2(f, k & 1 ? OP_rotl_i64 : OP_bxor_i64, chain, y);
  Block here = 1;
  for (u32 k = 0; k < n; k++) {
    Block yes = ir_block(f), no = ir_block(f), join = ir_block(f);
    Val c = ir_emit(f, OP_ireduce, TY_I32, v, 0, 0, 0);
    ir_emit(f, OP_brif, TY_NONE, c, ir_target(f, yes, NULL, 0),
            ir_target(f, no, NULL, 0), 0);
    ir_end(f, here);
    ir_begin(f, yes);
    Val p = op2(f, OP_imul_i64, chain, v);
    ir_emit(f, OP_jump, TY_NONE, ir_target(f, join, &p, 1), 0, 0, 0);
    ir_end(f, yes);
    ir_begin(f, no);
    Val q = op2(f, OP_isub_i64, v, chain);
    ir_emit(f, OP_jump, TY_NONE, ir_target(f, join, &q, 1), 0, 0, 0);
    ir_end(f, no);
    ir_begin(f, join);
    v = ir_param(f, join, TY_I64, 0);
    here = join;
  }
  return finish(f, here, v);
}

static void test_ladder(u32 n, u32 len) {
  Arena a = {0};
  Func *f = ladder(&a, n, len);
  u32 before = f->insts.n;
  Cost c = measure(&a, f);
  char what[100];
  snprintf(what, sizeof what,
           "%u diamonds want a chain of %u: %u before, %u after", n, len,
           before, c.insts);
  report(c.insts <= before + 10 && c.time < 3, what, c.time, c.bytes);
  arena_free(&a);
}

// Blocks nested n deep by dominance, each side arm wanting the same chain: it
// may not be moved up one step at a time.
static Func *nest(Arena *a, u32 n, u32 len) {
  Val x, y;
  Func *f = begin(a, &x, &y);
  Val chain = x;
  for (u32 k = 0; k < len; k++)
    chain = op2(f, k & 1 ? OP_rotl_i64 : OP_bxor_i64, chain, y);
  Block *side = arena_array(a, Block, n), here = 1;
  Val c = ir_emit(f, OP_icmp_ne_i64, TY_I32, x, y, 0, 0);
  for (u32 k = 0; k < n; k++) {
    Block deep = ir_block(f);
    side[k] = 0;
    u32 t = ir_target(f, deep, NULL, 0);
    u32 e = ir_target(f, deep, NULL, 0); // led to the side arm below
    ir_emit(f, OP_brif, TY_NONE, c, t, e, 0);
    side[k] = e;
    ir_end(f, here);
    ir_begin(f, deep);
    here = deep;
  }
  ir_emit(f, OP_return, TY_NONE, 0, 0, ir_list(f, &chain, 1), 0);
  ir_end(f, here);
  for (u32 k = n; k--;) { // innermost first: reverse postorder stays
    Block arm = ir_block(f);
    f->pool.at[side[k]] = arm;
    ir_begin(f, arm);
    Val v = op2(f, OP_iadd_i64, chain, ir_iconst(f, TY_I64, k));
    ir_emit(f, OP_return, TY_NONE, 0, 0, ir_list(f, &v, 1), 0);
    ir_end(f, arm);
  }
  must(ir_analyse(f), "irreducible");
  f->next_key = f->insts.n;
  return f;
}

static void test_nest(u32 n, u32 len) {
  Arena a = {0};
  Func *f = nest(&a, n, len);
  Cost c = measure(&a, f);
  char what[100];
  snprintf(what, sizeof what,
           "%u nested arms want a chain of %u: %u before, %u after", n, len,
           f->insts.n, c.insts);
  report(c.insts <= f->insts.n + 10 && c.time < 3, what, c.time, c.bytes);
  arena_free(&a);
}

int main(int argc, char **argv) {
  if (argc > 1)
    return print_file(argv[1], argv + 2, argc - 2);
  for (u32 s = 0; s < sizeof shapes / sizeof *shapes; s++)
    for (u32 k = 0; k < sizeof ops / sizeof *ops; k++)
      test_shape(&shapes[s], ops[k]);
  test_ladder(20000, 3);
  test_ladder(1000, 1000);
  test_nest(1000, 1000);
  printf("%d tests, %d failed\n", tests, failures);
  return failures != 0;
}
