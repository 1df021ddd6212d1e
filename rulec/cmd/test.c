// `rulec test`: the examples beside the rules, and which rules nothing fires.
#include "rulec/cmd/beside.h"
#include "rulec/test/example.h"

#include <errno.h>
#include <fnmatch.h>
#include <jansson.h>
#include <stdio.h>

typedef struct TestOptions {
  Words rules, coverage, with;
  bool verbose;
  Beside beside;
} TestOptions;

typedef struct Tester {
  Examples e;
  const TestOptions *o;
  const Sema *s;
  bool *by_example, *by_program; // by rule, `lower` rules behind the others
  u32 rules, examples, runs, failed;
} Tester;

static bool wanted(const TestOptions *o, const Rule *rule) {
  for (u32 i = 0; i < o->rules.n; i++)
    if (!fnmatch(o->rules.at[i], rule->decl->name.s, 0))
      return true;
  return !o->rules.n;
}

// --- examples ---------------------------------------------------------

static void show(Tester *t, const Rule *rule, const ExampleInfo *info, u32 k,
                 const ExampleRun *run) {
  if (!run->passed) {
    t->failed++;
    example_report(t->s, rule, info, k, run);
  } else if (t->o->verbose) {
    printf("%s: %s%s%s\n", rule->decl->name.s, run->left,
           run->result ? " => " : " stays", run->result ? run->result : "");
  }
}

static void test_rule(Tester *t, u32 r) {
  const Rule *rule = sema_rule(t->s, r);
  t->rules++;
  for (u32 i = 0; i < rule->decl->nexamples; i++) {
    const ExampleInfo *info = &rule->examples[i];
    t->examples++;
    u32 failed = t->failed;
    for (u32 k = 0; k < info->nxs && failed == t->failed; k++) {
      ExampleRun run = example_run(&t->e, rule, info, k, true);
      t->by_example[r] |= run.fired && run.passed;
      t->runs++;
      show(t, rule, info, k, &run);
    }
  }
}

// --- coverage ---------------------------------------------------------

static void mark_program(Tester *t, const char *name) {
  for (u32 i = 0; i < sema_nrules(t->s); i++)
    if (!strcmp(sema_rule(t->s, i)->decl->name.s, name))
      t->by_program[i] = true;
}

// What a rewrite made became a member, or took the place of the value: one that
// matched and was dearer than what is there, or came too late, did nothing.
static void note_program(Tester *t, const char *name, json_t *facts) {
  enum { INSERTED = 2, SUBSUMED = 4 };
  if (json_integer_value(json_array_get(facts, INSERTED)) ||
      json_integer_value(json_array_get(facts, SUBSUMED)))
    mark_program(t, name);
}

static int read_stats(Tester *t, const char *path) {
  json_error_t e;
  json_t *doc = json_load_file(path, 0, &e), *input;
  size_t k;
  if (!doc && e.line < 0)
    return fail(EXIT_INPUT, "%s: %s", path, strerror(errno));
  if (!doc)
    return fail(EXIT_INPUT, "%s:%d:%d: %s", path, e.line, e.column, e.text);
  if (!json_is_array(json_object_get(doc, "inputs"))) {
    json_decref(doc);
    return fail(EXIT_INPUT, "%s: not what wb stats --json writes", path);
  }
  json_array_foreach(json_object_get(doc, "inputs"), k, input) {
    const char *name;
    json_t *facts;
    json_object_foreach(json_object_get(input, "rules"), name, facts)
        note_program(t, name, facts);
    json_object_foreach(json_object_get(input, "lowered"), name, facts)
        mark_program(t, name);
  }
  json_decref(doc);
  return EXIT_GOOD;
}

// Rules that neither an example nor a program fires; returns how many.
static u32 print_coverage(const Tester *t) {
  u32 n = 0, examples = 0, programs = 0, neither = 0;
  for (u32 i = 0; i < sema_nrules(t->s); i++) {
    const Rule *rule = sema_rule(t->s, i);
    if (rule->is_remat || !wanted(t->o, rule))
      continue;
    n++;
    examples += t->by_example[i];
    programs += t->by_program[i];
    if (t->by_example[i] || t->by_program[i])
      continue;
    neither++;
    printf("%s: %s: fired by no example and no program\n",
           decl_where(t->s, rule->decl), rule->decl->name.s);
  }
  printf("%u rules: %u fired by an example, %u by a program, %u by neither\n",
         n, examples, programs, neither);
  return neither;
}

// --- all of it --------------------------------------------------------

static int test(Tester *t) {
  for (u32 i = 0; i < sema_nrules(t->s); i++)
    if (wanted(t->o, sema_rule(t->s, i)))
      test_rule(t, i);
  if (t->o->rules.n && !t->rules)
    return fail(EXIT_USAGE, "test: no rule is called %s", t->o->rules.at[0]);
  for (u32 i = 0; i < t->o->coverage.n; i++) {
    int status = read_stats(t, t->o->coverage.at[i]);
    if (status)
      return status;
  }
  u32 neither = t->o->coverage.n ? print_coverage(t) : 0;
  printf("%u example%s of %u rule%s, tried %u time%s: %u failed\n", t->examples,
         t->examples == 1 ? "" : "s", t->rules, t->rules == 1 ? "" : "s",
         t->runs, t->runs == 1 ? "" : "s", t->failed);
  return t->failed || neither ? EXIT_BAD : EXIT_GOOD;
}

static int run(Arena *a, const void *options, const Words *files) {
  const TestOptions *o = options;
  RuleSet r;
  rules_begin(&r, a);
  int status = o->beside.builtin ? rules_read_beside(&r, &o->beside, files)
                                 : rules_read_with(&r, &o->with, files);
  if (status)
    return status;
  rules_resolve(&r);
  if (r.diags.errors) {
    rules_finish(&r);
    return rules_report(&r);
  }
  Tester t = {.o = o, .s = r.own};
  examples_begin(&t.e, r.own, r.built, a);
  t.by_example = arena_array0(a, bool, sema_nrules(r.own) + 1);
  t.by_program = arena_array0(a, bool, sema_nrules(r.own) + 1);
  status = test(&t);
  rules_finish(&r);
  int said = rules_report(&r);
  return status ? status : said;
}

static const Option options[] = {
    {"--rule", "GLOB", OPTION_LIST, offsetof(TestOptions, rules),
     "only these rules (repeatable)"},
    {"--coverage", "STATS", OPTION_LIST, offsetof(TestOptions, coverage),
     "name the rules that no example fires and no program of\n"
     "                         this `wb stats --json` (repeatable)"},
    {"--with", "FILE", OPTION_LIST, offsetof(TestOptions, with),
     "its declarations are known, its rules are not tested (repeatable)"},
    BUILTIN_OPTION(TestOptions, beside),
    {"--verbose", NULL, OPTION_FLAG, offsetof(TestOptions, verbose),
     "print what each example gives"},
    {0},
};

const Command cmd_test = {
    .name = "test",
    .args = "[--rule GLOB] [--coverage STATS] FILE...",
    .what = "run the examples beside the rules",
    .help =
        "`example (imul x 8) => (ishl x 3)` below a rule is tried at every\n"
        "type that fits; `example (imul x 6) stays` says that the rule leaves\n"
        "it alone. See docs/testing-rules.md. Status 1 if one fails, or if\n"
        "--coverage finds a rule that nothing fires.",
    .options = options,
    .size = sizeof(TestOptions),
    .least = 1,
    .run = run,
};
