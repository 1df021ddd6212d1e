// `rulec parse` and `rulec dump`: the declarations as read, the rules at each
// of their parameters.
#include "rulec/cmd/beside.h"

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

typedef struct DumpOptions {
  Beside beside;
} DumpOptions;

static const Option dump_options[] = {BUILTIN_OPTION(DumpOptions, beside), {0}};

static int run_dump(Arena *a, const void *options, const Words *files) {
  const DumpOptions *o = options;
  RuleSet r;
  rules_begin(&r, a);
  int status = rules_read_beside(&r, &o->beside, files);
  if (status)
    return status;
  rules_resolve(&r);
  Text t = {.arena = a};
  for (u32 i = 0; i < r.own->nrulexs; i++)
    rulex_print(&t, r.own, &r.own->rulexs[i]);
  for (u32 i = 0; i < r.own->nlowerxs; i++)
    rulex_print(&t, r.own, &r.own->lowerxs[i]);
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
    .options = dump_options,
    .size = sizeof(DumpOptions),
    .least = 1,
    .run = run_dump,
};
