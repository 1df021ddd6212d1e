// From command-line options to stores and pipelines; traps as text.
#include "workbench/engine.h"
#include "back/compile.h"
#include "back/x64/cpu.h"
#include "workbench/loop/loop.h"

#include <fnmatch.h>
#include <stdio.h>

// The set of rules that --disable-rule and --only-rules leave, null for all.
static const u64 *rule_set(Arena *a, const Options *o) {
  const MidRules *all = o->ruleset;
  if (!o->disable_rule.s.n && !o->only_rules.s.n)
    return NULL;
  u64 *set = arena_array0(a, u64, bit_words(all->nrules) + 1);
  for (u32 r = 0; r < all->nrules; r++) {
    const char *name = all->rules[r].name;
    bool in = !o->only_rules.s.n;
    for (u32 k = 0; k < o->only_rules.s.n; k++)
      in |= !fnmatch(o->only_rules.s.at[k], name, 0);
    for (u32 k = 0; k < o->disable_rule.s.n; k++)
      in &= fnmatch(o->disable_rule.s.at[k], name, 0) != 0;
    if (in && !all->rules[r].replaced)
      bit_add(set, r);
  }
  return set;
}

// The set of lowering rules that --disable-rule leaves out, null for none: all,
// or those that it names without a wildcard.
static const u64 *lowering_off(Arena *a, const Options *o, bool named) {
  const u32 n = low_nrules(o->lowering);
  u64 *set = NULL;
  for (u32 r = 0; r < n; r++)
    for (u32 k = 0; k < o->disable_rule.s.n; k++) {
      const char *glob = o->disable_rule.s.at[k];
      if (fnmatch(glob, low_rule(o->lowering, r), 0) ||
          (named && glob[strcspn(glob, "*?[")]))
        continue;
      set = set ? set : arena_array0(a, u64, bit_words(n) + 1);
      bit_add(set, r);
    }
  return set;
}

static bool names_one(const char *glob, const char **names, u32 n) {
  for (u32 k = 0; k < n; k++)
    if (!fnmatch(glob, names[k], 0))
      return true;
  return false;
}

// Each glob names a rule: a rewrite, or one of lowering if those count.
static int check_globs(Arena *a, const char *cmd, const Options *o,
                       const StrList *globs, bool lowering) {
  const MidRules *mid = o->ruleset;
  const u32 nlow = low_nrules(o->lowering), all = mid->nrules + nlow;
  const char **names = arena_array(a, const char *, all + 1);
  for (u32 r = 0; r < all; r++)
    names[r] = r < mid->nrules ? mid->rules[r].name
                               : low_rule(o->lowering, r - mid->nrules);
  for (u32 k = 0; k < globs->s.n; k++) {
    const char *glob = globs->s.at[k];
    if (names_one(glob, names, lowering ? all : mid->nrules))
      continue;
    if (!lowering && names_one(glob, names + mid->nrules, nlow))
      return fail(EXIT_USAGE,
                  "%s: --only-rules=%s names lowering rules alone, which it "
                  "leaves all on; --disable-rule leaves them out",
                  cmd, glob);
    return fail(EXIT_USAGE, "%s: no rule is called %s%s", cmd, glob,
                did_you_mean(a, word_nearest(glob, names,
                                             lowering ? all : mid->nrules)));
  }
  return EXIT_GOOD;
}

int engine_check(Arena *a, const char *cmd, Options *o, bool watched) {
  u64 room = run_stack_room() / 1024;
  if (!o->interp && o->stack_kib > room)
    return fail(EXIT_USAGE,
                "%s: --stack=%llu is more than ulimit -s leaves: %llu", cmd,
                (unsigned long long)o->stack_kib, (unsigned long long)room);
  int status = loop_load(a, o, watched);
  if (!status)
    status = check_globs(a, cmd, o, &o->disable_rule, true);
  return status ? status : check_globs(a, cmd, o, &o->only_rules, false);
}

u32 engine_features(u32 f, const Options *o) {
  f &= o->no_sse41 ? ~(u32)(CPU_SSE41 | CPU_SSE42 | CPU_AVX | CPU_AVX2) : ~0u;
  f &= o->no_avx ? ~(u32)(CPU_AVX | CPU_AVX2 | CPU_FMA) : ~0u;
  f &= o->no_bmi1 ? ~(u32)CPU_BMI1 : ~0u;
  f &= o->no_bmi2 ? ~(u32)CPU_BMI2 : ~0u;
  f &= o->no_lzcnt ? ~(u32)CPU_LZCNT : ~0u;
  f &= o->no_popcnt ? ~(u32)CPU_POPCNT : ~0u;
  return f;
}

CompileOptions engine_compile(Arena *a, const Options *o) {
  int level = o->level >= 0 ? o->level : o->interp ? 0 : 1;
  CompileOptions c = compile_options(level);
  c.check = o->check;
  c.explicit_bounds = o->explicit_bounds;
  c.join_limit = o->join_limit;
  c.no_egraph = o->no_egraph;
  c.jobs = o->jobs;
  c.timings = o->timings;
  c.features = engine_features(cpu_detect(), o);
  if (o->matches_limit)
    c.egraph.matches_limit = o->matches_limit;
  if (o->eclass_limit)
    c.egraph.eclass_limit = o->eclass_limit;
  if (o->rewrite_depth)
    c.egraph.rewrite_depth = o->rewrite_depth;
  if (o->match_fuel)
    c.egraph.fuel = o->match_fuel;
  if (o->rule_fuel != UINT64_MAX)
    c.egraph.rule_fuel = o->rule_fuel;
  c.egraph.set = o->ruleset;
  c.lowering = o->lowering;
  c.lowering_off = lowering_off(a, o, false);
  c.lowering_named = lowering_off(a, o, true);
  c.egraph.rules = rule_set(a, o);
  c.egraph.no_rules = o->no_rules;
  c.egraph.subsume_all = o->subsume_all;
  c.egraph.no_gvn = o->no_gvn;
  c.egraph.no_alias = o->no_alias;
  c.egraph.no_licm = o->no_licm;
  c.egraph.no_remat = o->no_remat;
  c.egraph.no_branch = o->no_branch;
  c.egraph.no_schedule = o->no_schedule;
  c.emit.shrink &= !o->no_shrink;
  c.emit.align &= !o->no_align;
  return c;
}

Store *engine_store(Arena *a, const Options *o) {
  CompileOptions *c = arena_new(a, CompileOptions);
  *c = engine_compile(a, o);
  RunOptions r = {.interp = o->interp,
                  .explicit_bounds = o->explicit_bounds,
                  .count_ops = o->ops_run,
                  .stack_bytes = o->stack_kib * 1024,
                  .compile = c};
  return store_new(&r);
}

// --- traps
// ----------------------------------------------------------------------

static const char *trap_text(Arena *a, const RunTrap *t) {
  if (t->code == TRAP_HOST)
    return t->host_message;
  return arena_printf(a, "%s%s%s", trap_messages[t->code],
                      *t->host_message ? ": " : "", t->host_message);
}

static void print_frame(Arena *a, const RunFrame *f, u32 k) {
  const char *name = wasm_func_name(f->instance->module, a, f->func);
  fprintf(stderr, "  %2u: %s (func %u", k, name, f->func);
  if (f->off)
    fprintf(stderr, ", offset 0x%x", f->off);
  fprintf(stderr, ")\n");
}

void engine_print_trap(const RunTrap *t) {
  Arena a = {0};
  fprintf(stderr, "wb: trap: %s\n", trap_text(&a, t));
  for (u32 k = 0; k < t->nframes; k++)
    print_frame(&a, &t->frames[k], k);
  if (t->depth > t->nframes)
    fprintf(stderr, "  ... and %u more\n", t->depth - t->nframes);
  arena_free(&a);
}
