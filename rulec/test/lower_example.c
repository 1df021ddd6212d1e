// Examples of lowering, run: the left side is lowered by all rules, on a
// processor that has what this rule asks for and nothing else. Its result is
// wanted unless the rule says `_ =`.
#include "rulec/test/example.h"

// Features that the guards ask for; not those they want absent.
static u64 features_of(const Node *n) {
  u64 bits = 0;
  if (n->kind == N_CALL && n->fn == BI_HAS)
    bits = (u64)1 << (n->field & 63);
  for (u32 k = 0; k < n->nkids && !(n->kind == N_UNARY && n->fn == UN_NOT); k++)
    bits |= features_of(n->kids[k]);
  return bits;
}

static u64 rule_features(const Sema *s, const Rule *rule) {
  u64 bits = 0;
  for (u32 i = 0; i < rule->count; i++) {
    const RuleX *x = &s->lowerxs[rule->first + i];
    for (u32 k = 0; k < x->nclauses; k++)
      bits |= features_of(x->clauses[k].e);
  }
  return bits;
}

static bool is_unused(const Sema *s, const Rule *rule) {
  return rule->count && s->lowerxs[rule->first].nresults;
}

static const char *other(const Examples *e, const RuleX *by) {
  return by ? arena_printf(e->a, "is taken by `%s`", by->rule->decl->name.s)
            : "is taken by no rule";
}

static void judge(Examples *e, LowTrial *l, const ExampleInfo *info,
                  Lowered *got, ExampleRun *run) {
  const char *left = run->left;
  run->passed = false;
  if (info->example->stays) {
    run->passed = !run->fired;
    run->why = arena_printf(e->a, "%s gives %s, wanted that it stays", left,
                            run->result);
    return;
  }
  Lowered want = machine_wanted(l);
  if (!want.ok) {
    run->why = arena_printf(
        e->a, "%s has a right side that no rules make instructions of", left);
    return;
  }
  const char *text = machine_text(l, &want, true);
  if (!run->fired)
    run->why =
        arena_printf(e->a, "%s %s, wanted %s", left, other(e, got->by), text);
  else if (!got->ok)
    run->why =
        arena_printf(e->a, "%s gives what no rules make instructions of", left);
  else if (strcmp(machine_text(l, got, false), machine_text(l, &want, false)))
    run->why =
        arena_printf(e->a, "%s gives %s, wanted %s", left, run->result, text);
  else
    run->passed = true;
}

ExampleRun lower_example_run(Examples *e, const Rule *rule,
                             const ExampleInfo *info, u32 k) {
  LowTrial l;
  Text left = {.arena = e->a};
  ExampleRun run = {0};
  if (!machine_left(&l, &e->choice, e->a, &info->xs[k],
                    rule_features(e->s, rule), is_unused(e->s, rule)))
    return (ExampleRun){.why = "its left side cannot be built"};
  machine_print_left(&l, &left);
  run.left = text_str(&left);
  Lowered got = machine_lower(&l);
  run.fired = got.by && got.by->rule->decl == rule->decl; // of another set
  if (run.fired)
    run.result = machine_text(&l, &got, true);
  judge(e, &l, info, &got, &run);
  return run;
}
