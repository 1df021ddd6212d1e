#include "rulec/test/example.h"

typedef struct Runner {
  Trial t;
  const Rule *rule;
  const ExampleInfo *info;
  RuleMatch bound; // the example's own variables
  bool typed;
  ExampleRun run;
} Runner;

static const char *result_text(const Runner *r, const TrialResult *x) {
  Text t = {.arena = r->t.g.arena};
  trial_print_result(&r->t, &t, x, r->typed);
  return text_str(&t);
}

static void fail_run(Runner *r, const char *got, const char *wanted) {
  r->run.passed = false;
  r->run.why =
      arena_printf(r->t.g.arena, "%s %s, wanted %s", r->run.left, got, wanted);
}

// All that the rule makes of the root: the first that is wanted, or the first.
static bool try_rule(Runner *r, u32 root, const TrialResult *want,
                     TrialResult *got) {
  const Sema *s = r->t.g.s;
  RuleMatches found = {0};
  bool any = false;
  for (u32 i = 0; i < r->rule->count; i++)
    match_find(&r->t.g, &s->rulexs[r->rule->first + i], root, &found);
  for (u32 i = 0; i < found.n; i++) {
    TrialResult x;
    if (!trial_right(&r->t, &found.at[i], &x))
      continue;
    if (!any || (want && trial_equal(&r->t, &x, want)))
      *got = x;
    any = true;
    if (want && trial_equal(&r->t, &x, want))
      break;
  }
  return any;
}

static void judge(Runner *r, u32 root) {
  TrialResult want, got;
  bool stays = r->info->example->stays;
  if (!stays && !trial_right(&r->t, &r->bound, &want)) {
    fail_run(r, "has a right side that is nothing", "one that can be made");
    return;
  }
  r->run.fired = try_rule(r, root, stays ? NULL : &want, &got);
  if (r->run.fired)
    r->run.result = result_text(r, &got);
  if (stays && r->run.fired)
    fail_run(r, arena_printf(r->t.g.arena, "gives %s", r->run.result),
             "that it stays");
  else if (!stays && !r->run.fired)
    fail_run(r, "stays", result_text(r, &want));
  else if (!stays && !trial_equal(&r->t, &want, &got))
    fail_run(r, arena_printf(r->t.g.arena, "gives %s", r->run.result),
             result_text(r, &want));
}

void examples_begin(Examples *e, const Sema *s, const Sema *all, Arena *a) {
  *e = (Examples){.s = s, .a = a};
  choice_begin(&e->choice, all, s->arena);
}

static ExampleRun mid_example_run(const Sema *s, Arena *a, const Rule *rule,
                                  const ExampleInfo *info, u32 k, bool typed) {
  Runner r = {
      .rule = rule, .info = info, .typed = typed, .run = {.passed = true}};
  trial_begin(&r.t, s, a);
  u32 root = trial_left(&r.t, &info->xs[k], &r.bound);
  r.run.left = "what folds before any rule is asked";
  if (!root) {
    if (!info->example->stays)
      r.run =
          (ExampleRun){.why = "its left side folds before any rule is asked"};
    return r.run;
  }
  Text t = {.arena = a};
  trial_print(&r.t, &t, root, typed);
  r.run.left = text_str(&t);
  judge(&r, root);
  return r.run;
}

ExampleRun example_run(Examples *e, const Rule *rule, const ExampleInfo *info,
                       u32 k, bool typed) {
  return rule->decl->kind == DECL_LOWER
             ? lower_example_run(e, rule, info, k)
             : mid_example_run(e->s, e->a, rule, info, k, typed);
}

void example_report(const Sema *s, const Rule *rule, const ExampleInfo *info,
                    u32 k, const ExampleRun *run) {
  u32 i = diag_add(s->diags, W_EXAMPLE, info->example->loc, "%s%s: %s",
                   rule->decl->name.s, info->xs[k].x->at, run->why);
  diag_note(s->diags, i, rule->decl->loc, "the rule");
}

static void check_rule(Examples *e, const Rule *rule) {
  for (u32 i = 0; i < rule->decl->nexamples; i++) {
    const ExampleInfo *info = &rule->examples[i];
    bool passed = true;
    for (u32 k = 0; k < info->nxs && passed; k++) {
      ExampleRun run = example_run(e, rule, info, k, true);
      passed = run.passed;
      if (!passed)
        example_report(e->s, rule, info, k, &run);
      arena_reset(e->a);
    }
  }
}

void examples_check(const Sema *s, const Sema *all) {
  Arena scratch = {0};
  Examples e;
  examples_begin(&e, s, all, &scratch);
  for (u32 r = 0; r < s->nrules; r++)
    check_rule(&e, &s->rules[r]);
  for (u32 r = 0; r < s->nlowers; r++)
    check_rule(&e, &s->lowers[r]);
  arena_free(&scratch);
}
