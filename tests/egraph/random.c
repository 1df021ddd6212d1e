// Random programs through the mid-end, under every switch and limit: the result
// verifies, and interpreted it does what the program did: results, traps, heap.
// The watched copy makes the same code as the plain one, rules alone and
// together, and a second run the same bytes as the first.
//
//   egraph_random [FIRST-SEED COUNT]
#include "mid/egraph/egraph.h"
#include "mid/ir/gen.h"
#include "mid/ir/interp.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { HEAP = 1 << 16, CALLS = 4, FUEL = 1 << 20 };

typedef struct Outcome {
  TrapCode trap;
  bool out_of_fuel;
  u64 results[16];
  u64 heap;
} Outcome;

static Outcome outcome(const IrModule *m, u32 func, u64 seed, u8 *heap) {
  Interp in;
  Outcome o = {0};
  u64 args[64];
  interp_init(&in);
  interp_use_module(&in, m);
  gen_heap(seed, heap, HEAP);
  in.heap = heap;
  in.heap_bytes = HEAP;
  in.fuel = FUEL;
  in.max_depth = 50;
  const Sig *sig = &m->sigs[m->func_sigs[func]];
  gen_args(seed, sig, args);
  InterpTarget t = {0};
  must(in.resolve(&in, NULL, func, &t), "no f%u", func);
  o.trap = interp_call(&in, t, args, o.results);
  o.out_of_fuel = in.out_of_fuel;
  for (u32 k = 0; k < sig->nresults && !o.trap; k++)
    o.results[k] = gen_comparable(sig->types[sig->nparams + k], o.results[k]);
  if (o.trap)
    memset(o.results, 0, sizeof o.results);
  o.heap = hash_bytes(heap, HEAP);
  interp_free(&in);
  return o;
}

// A program that takes long may be told to stop at another place.
static bool same(const Outcome *x, const Outcome *y) {
  if (x->out_of_fuel || y->out_of_fuel)
    return true;
  return x->trap == y->trap && x->heap == y->heap &&
         !memcmp(x->results, y->results, sizeof x->results);
}

// --- variants ----------------------------------------------------------------

typedef struct Variant {
  const char *name;
  void (*set)(EgraphOptions *o);
} Variant;

static void set_none(EgraphOptions *o) {
  (void)o;
}
static void set_no_rules(EgraphOptions *o) {
  o->no_rules = true;
}
static void set_no_gvn(EgraphOptions *o) {
  o->no_gvn = true;
}
static void set_no_alias(EgraphOptions *o) {
  o->no_alias = true;
}
static void set_no_licm(EgraphOptions *o) {
  o->no_licm = true;
}
static void set_no_remat(EgraphOptions *o) {
  o->no_remat = true;
}
static void set_no_branch(EgraphOptions *o) {
  o->no_branch = true;
}
static void set_no_schedule(EgraphOptions *o) {
  o->no_schedule = true;
}
static void set_matches_1(EgraphOptions *o) {
  o->matches_limit = 1;
}
static void set_matches_16(EgraphOptions *o) {
  o->matches_limit = 16;
}
static void set_eclass_1(EgraphOptions *o) {
  o->eclass_limit = 1;
}
static void set_eclass_16(EgraphOptions *o) {
  o->eclass_limit = 16;
}
static void set_depth_0(EgraphOptions *o) {
  o->rewrite_depth = 0;
}
static void set_depth_1(EgraphOptions *o) {
  o->rewrite_depth = 1;
}
static void set_depth_9(EgraphOptions *o) {
  o->rewrite_depth = 9;
}
static void set_fuel_3(EgraphOptions *o) {
  o->fuel = 3;
}
static void set_rule_fuel_7(EgraphOptions *o) {
  o->rule_fuel = 7;
}
static void set_watch(EgraphOptions *o) {
  o->watch = true;
}

static const Variant variants[] = {
    {"defaults", set_none},
    {"no-rules", set_no_rules},
    {"no-gvn", set_no_gvn},
    {"no-alias", set_no_alias},
    {"no-licm", set_no_licm},
    {"no-remat", set_no_remat},
    {"no-branch", set_no_branch},
    {"no-schedule", set_no_schedule},
    {"matches-limit=1", set_matches_1},
    {"matches-limit=16", set_matches_16},
    {"eclass-limit=1", set_eclass_1},
    {"eclass-limit=16", set_eclass_16},
    {"rewrite-depth=0", set_depth_0},
    {"rewrite-depth=1", set_depth_1},
    {"rewrite-depth=9", set_depth_9},
    {"match-fuel=3", set_fuel_3},
    {"rule-fuel=7", set_rule_fuel_7},
    {"watch", set_watch},
};
enum { VARIANTS = sizeof variants / sizeof *variants };

static IrModule optimize(Arena *a, Arena *scratch, const IrModule *m,
                         const EgraphOptions *o, EgraphCounters *c,
                         RuleCounters *rules) {
  IrModule n = *m;
  n.funcs = arena_array0(a, Func *, m->nfuncs);
  for (u32 k = 0; k < m->nfuncs; k++)
    if (m->funcs[k])
      n.funcs[k] = egraph_run(a, scratch, m->funcs[k], o, c, rules, NULL);
  return n;
}

static const char *module_text(Arena *a, const IrModule *m) {
  Text t = {.arena = a};
  ir_print_module(m, &t);
  return text_str(&t);
}

// --- one program -------------------------------------------------------------

typedef struct Run {
  Arena arena, scratch;
  u8 *heap;
  u64 calls, failures;
  EgraphCounters counters;
  RuleCounters *rules;
} Run;

static void complain(Run *r, u64 seed, const char *variant, const char *what) {
  r->failures++;
  printf("FAILED seed %" PRIu64 " --%s: %s\n", seed, variant, what);
}

static bool verifies(Run *r, const IrModule *m, u64 seed, const char *variant) {
  Text err = {.arena = &r->arena};
  for (u32 k = 0; k < m->nfuncs; k++)
    if (m->funcs[k] && !ir_verify(m->funcs[k], &err)) {
      complain(r, seed, variant, text_str(&err));
      return false;
    }
  return true;
}

static void compare(Run *r, const IrModule *m, const IrModule *n, u64 seed,
                    const char *variant) {
  for (u32 k = 0; k < CALLS; k++) {
    Outcome x = outcome(m, 0, seed + k, r->heap);
    Outcome y = outcome(n, 0, seed + k, r->heap);
    r->calls++;
    if (same(&x, &y))
      continue;
    char what[200];
    snprintf(what, sizeof what,
             "call %u: trap %s, result %" PRIx64 ", heap %" PRIx64
             "; now %s, %" PRIx64 ", %" PRIx64,
             k, trap_names[x.trap], x.results[0], x.heap, trap_names[y.trap],
             y.results[0], y.heap);
    complain(r, seed, variant, what);
    return;
  }
}

static void program(Run *r, u64 seed) {
  GenOptions g = gen_options(seed);
  g.heap_bytes = HEAP;
  g.size = 20 + (u32)(seed % 7) * 30;
  IrModule m = ir_generate(&r->arena, &g);
  const char *plain = NULL;
  for (u32 k = 0; k < VARIANTS; k++) {
    EgraphOptions o = egraph_options();
    variants[k].set(&o);
    IrModule n = optimize(&r->arena, &r->scratch, &m, &o, &r->counters,
                          o.watch ? r->rules : NULL);
    if (!verifies(r, &n, seed, variants[k].name))
      continue;
    compare(r, &m, &n, seed, variants[k].name);
    if (k == 0)
      plain = module_text(&r->arena, &n);
    if (o.watch && strcmp(plain, module_text(&r->arena, &n)))
      complain(r, seed, variants[k].name, "not the code of the plain copy");
    arena_reset(&r->scratch);
  }
  // what is optimized already must survive it once more
  EgraphOptions o = egraph_options();
  IrModule once = optimize(&r->arena, &r->scratch, &m, &o, NULL, NULL);
  IrModule twice = optimize(&r->arena, &r->scratch, &once, &o, NULL, NULL);
  if (verifies(r, &twice, seed, "twice"))
    compare(r, &m, &twice, seed, "twice");
  arena_reset(&r->scratch);
  arena_reset(&r->arena);
}

int main(int argc, char **argv) {
  u64 first = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
  u64 count = argc > 2 ? strtoull(argv[2], NULL, 0) : 150;
  Run r = {0};
  Arena keep = {0};
  r.heap = arena_array(&keep, u8, HEAP);
  r.rules = arena_array0(&keep, RuleCounters, mid_builtin.nrules + 1);
  for (u64 k = 0; k < count; k++)
    program(&r, first + k);
  u32 fired = 0;
  for (u32 k = 0; k < mid_builtin.nrules; k++)
    fired += r.rules[k].inserted + r.rules[k].subsumed > 0;
  printf("%s 1 %" PRIu64 " programs, %" PRIu64 " calls, %u of %u rules fired\n",
         r.failures ? "FAILED" : "ok", count, r.calls, fired, mid_builtin.nrules);
  arena_free(&r.arena);
  arena_free(&r.scratch);
  arena_free(&keep);
  return r.failures != 0;
}
