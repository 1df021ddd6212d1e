// `rulec parse` and `rulec dump`: the declarations as read, the rules at each
// of their parameters.
#include "rulec/command.h"

#include <stdio.h>

static void put(const Text *t) {
  if (t->n)
    fwrite(t->at, 1, t->n, stdout);
}

static int run_parse(Arena *a, const void *options, const Words *files) {
  (void)options;
  RuleSet r;
  rules_begin(&r, a);
  int status = rules_read(&r, files);
  if (status)
    return status;
  Text t = {.arena = a};
  for (u32 i = 0; i < r.ast.n; i++)
    ast_print_decl(&t, r.ast.at[i]);
  put(&t);
  rules_finish(&r);
  return rules_report(&r);
}

static int run_dump(Arena *a, const void *options, const Words *files) {
  (void)options;
  RuleSet r;
  rules_begin(&r, a);
  int status = rules_read(&r, files);
  if (status)
    return status;
  rules_resolve(&r);
  Text t = {.arena = a};
  for (u32 i = 0; i < r.sema->nrulexs; i++)
    rulex_print(&t, r.sema, &r.sema->rulexs[i]);
  for (u32 i = 0; i < r.sema->nlowerxs; i++)
    rulex_print(&t, r.sema, &r.sema->lowerxs[i]);
  put(&t);
  rules_finish(&r);
  return rules_report(&r);
}

const Command cmd_parse = {
    .name = "parse",
    .args = "FILE...",
    .what = "print the declarations as read",
    .least = 1,
    .run = run_parse,
};

const Command cmd_dump = {
    .name = "dump",
    .args = "FILE...",
    .what = "print each rule at each of its types",
    .least = 1,
    .run = run_dump,
};
