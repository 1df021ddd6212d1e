// wb stats: what every pass did with each input, as a table, as JSON, or as a
// difference against a recorded run. Code is made for a fixed target, so that
// the numbers are the same on every machine.
#include "back/x64/cpu.h"
#include "workbench/cmd.h"
#include "workbench/engine.h"
#include "workbench/stats/diff.h"
#include "workbench/stats/json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

// --- flags --------------------------------------------------------------------------

static void flag(Text *t, bool on, const char *name) {
  if (on)
    text_add(t, " %s", name);
}

// What makes two runs comparable: everything that can change the code.
static const char *flags_text(Arena *a, const Options *o,
                              const CompileOptions *c) {
  Text t = {.arena = a};
  const EgraphOptions *e = &c->egraph;
  text_add(&t, "-O%d", c->level);
  text_add(&t, " matches=%u eclass=%u depth=%u fuel=%u", e->matches_limit,
           e->eclass_limit, e->rewrite_depth, e->fuel);
  flag(&t, c->explicit_bounds, "bounds=explicit");
  if (c->join_limit)
    text_add(&t, " joins=%u", c->join_limit);
  flag(&t, c->no_egraph, "no-egraph");
  flag(&t, e->no_rules, "no-rules");
  flag(&t, e->subsume_all, "subsume-all");
  flag(&t, e->no_gvn, "no-gvn");
  flag(&t, e->no_alias, "no-alias");
  flag(&t, e->no_licm, "no-licm");
  flag(&t, e->no_remat, "no-remat");
  flag(&t, e->no_branch, "no-branch");
  flag(&t, e->no_schedule, "no-schedule");
  flag(&t, o->no_shrink, "no-shrink");
  flag(&t, o->no_align, "no-align");
  for (u32 k = 0; k < CPU_BIT_COUNT; k++)
    if (!(c->features >> k & 1))
      text_add(&t, " no-%s", cpu_names[k]);
  if (o->no_builtin_rules)
    text_add(&t, " no-builtin-rules");
  for (u32 k = 0; k < o->rules.s.n; k++)
    text_add(&t, " rules=%s", o->rules.s.at[k]);
  for (u32 k = 0; k < o->disable_rule.s.n; k++)
    text_add(&t, " disable-rule=%s", o->disable_rule.s.at[k]);
  for (u32 k = 0; k < o->only_rules.s.n; k++)
    text_add(&t, " only-rules=%s", o->only_rules.s.at[k]);
  if (e->rule_fuel != UINT64_MAX)
    text_add(&t, " rule-fuel=%llu", (unsigned long long)e->rule_fuel);
  return text_str(&t);
}

// --- the table ------------------------------------------------------------------------

static void print_table(const json_t *doc) {
  json_t *total = json_object_get(doc, "total");
  size_t inputs = json_array_size(json_object_get(doc, "inputs"));
  printf("%zu input%s, %lld functions, %s\n\n", inputs, inputs == 1 ? "" : "s",
         (long long)json_integer_value(json_object_get(total, "functions")),
         json_string_value(json_object_get(doc, "flags")));
  for (u32 k = 0; k < counter_count; k++) {
    json_t *n = json_object_get(total, counter_info[k].name);
    if (n)
      printf("%-30s %14lld  %s\n", counter_info[k].name,
             (long long)json_integer_value(n), counter_info[k].what);
  }
}

static void print_cycles(const u64 *cycles, u64 wasm_insts, size_t peak) {
  fprintf(stderr, "pass            Mcycles  cycles per wasm instruction\n");
  for (int k = 0; k < PASS_COUNT; k++)
    fprintf(stderr, "%-12s %10.1f  %10.1f\n", compile_passes[k].name,
            (double)cycles[k] / 1e6,
            (double)cycles[k] / (double)(wasm_insts ? wasm_insts : 1));
  fprintf(stderr, "arenas of one thread at most: %zu KiB\n", peak / 1024);
}

// --- inputs -----------------------------------------------------------------------------

static int by_path(const void *x, const void *y) {
  return strcmp(*(const char *const *)x, *(const char *const *)y);
}

// Compiles all inputs into doc; returns how many failed.
static u32 collect_all(Options *o, const CompileOptions *c, json_t *doc) {
  u64 cycles[PASS_COUNT] = {0}, insts = 0;
  size_t peak = 0;
  u32 failed = 0;
  qsort(o->args.s.at, o->args.s.n, sizeof *o->args.s.at, by_path);
  for (u32 k = 0; k < o->args.s.n; k++) {
    InputStats s;
    stats_collect(o->args.s.at[k], c, &s);
    if (s.error) {
      fail(EXIT_INPUT, "%s: %s", s.path, s.error);
      failed++;
    }
    stats_add(doc, &s);
    for (u32 p = 0; p < PASS_COUNT; p++)
      cycles[p] += s.cycles[p];
    for (u32 f = 0; f < s.nfuncs; f++)
      insts += s.funcs[f].counters.translate.wasm_insts;
    peak = s.peak_bytes > peak ? s.peak_bytes : peak;
    stats_free(&s);
  }
  stats_total(doc);
  if (o->timings)
    print_cycles(cycles, insts, peak);
  return failed;
}

static int write_baseline(const json_t *doc, const char *path) {
  FILE *f = fopen(path, "w");
  if (!f)
    return fail(EXIT_INPUT, "%s: %s", path, strerror(errno));
  int e = stats_write(doc, f);
  if (fclose(f) || e)
    return fail(EXIT_INPUT, "%s: could not be written", path);
  printf("\nwritten: %s\n", path);
  return EXIT_GOOD;
}

// A baseline stands for all of its inputs; one is only written over another.
static int print_diff(Arena *a, const Options *o, const json_t *doc,
                      u32 failed) {
  bool fresh = o->update_baseline && access(o->diff, F_OK);
  json_t *base = fresh ? NULL : input_json(o->diff, 0);
  if (!base && !fresh)
    return EXIT_INPUT;
  const char *why = base ? diff_refuses(a, base, doc) : NULL;
  if (why && !o->update_baseline) {
    json_decref(base);
    return fail(EXIT_INPUT, "%s cannot be compared: %s", o->diff, why);
  }
  if ((why || !base) && !failed)
    printf("a new baseline%s%s\n", why ? ": " : "", why ? why : "");
  else if (base && !why)
    diff_print(a, base, doc);
  json_decref(base);
  if (o->update_baseline && failed)
    return fail(inputs_status(failed, o->args.s.n),
                "%s is not written, because %u of %u inputs failed", o->diff,
                failed, o->args.s.n);
  return o->update_baseline ? write_baseline(doc, o->diff) : EXIT_GOOD;
}

int cmd_stats(Arena *a, Options *o) {
  if (!o->args.s.n)
    return fail(EXIT_USAGE, "stats: no file given; see wb help stats");
  if (o->update_baseline && !o->diff)
    return fail(EXIT_USAGE, "stats: --update-baseline wants --diff FILE");
  if (o->json && o->diff)
    return fail(EXIT_USAGE, "stats: --json or --diff, not both");
  CompileOptions c = engine_compile(a, o);
  c.features = engine_features(CPU_ALL, o);
  c.watch = true;
  json_t *doc = stats_head(egraph_rules(&c.egraph), flags_text(a, o, &c));
  u32 failed = collect_all(o, &c, doc);
  int status = EXIT_GOOD;
  if (o->json)
    stats_write(doc, stdout);
  else if (o->diff)
    status = print_diff(a, o, doc, failed);
  else if (failed < o->args.s.n)
    print_table(doc);
  json_decref(doc);
  return status ? status : inputs_status(failed, o->args.s.n);
}
