// `rulec check`: every check that needs no solver.
#include "rulec/cmd/beside.h"
#include "rulec/gen/cgen.h"
#include "rulec/cmd/command.h"
#include "rulec/diag/json.h"

#include <stdio.h>

typedef struct CheckOptions {
  bool json, allowed;
  Beside beside;
} CheckOptions;

static int print_json(const RuleSet *r) {
  json_t *doc = diag_json(&r->diags);
  json_dumpf(doc, stdout, JSON_INDENT(1));
  putchar('\n');
  json_decref(doc);
  return r->diags.errors ? EXIT_BAD : EXIT_GOOD;
}

// "rules/mid/div.rules:12: E-COST of udiv-pow2: why".
static void print_allowed(const RuleSet *r) {
  for (u32 i = 0; i < r->ast.n; i++) {
    const Decl *d = r->ast.at[i];
    if (d->loc.src->index < r->first_own)
      continue;
    for (u32 k = 0; k < d->nallows; k++) {
      const AllowDecl *x = &d->allows[k];
      u32 line, col;
      loc_line_col(x->loc, &line, &col);
      printf("%s:%u: %s of %s: %s\n", x->loc.src->path, line, x->code.s,
             d->name.s, x->reason ? x->reason : "no reason");
    }
  }
}

static int run(Arena *a, const void *options, const Words *files) {
  const CheckOptions *o = options;
  RuleSet r;
  rules_begin(&r, a);
  int status = rules_read_beside(&r, &o->beside, files);
  if (status)
    return status;
  rules_resolve(&r);
  rules_check(&r);
  rules_generate(&r, arena_array(a, Text, GEN_NFILES));
  rules_finish(&r);
  if (o->allowed)
    print_allowed(&r);
  return o->json ? print_json(&r) : rules_report(&r);
}

static const Option options[] = {
    {"--json", NULL, OPTION_FLAG, offsetof(CheckOptions, json),
     "one JSON document (rulec.check/1) on stdout"},
    {"--allowed", NULL, OPTION_FLAG, offsetof(CheckOptions, allowed),
     "list every allow(CODE) with its reason"},
    BESIDE_OPTIONS(CheckOptions, beside),
    {0},
};

const Command cmd_check = {
    .name = "check",
    .args = "[--json] [--allowed] FILE...",
    .what = "read, resolve, type and check; write nothing",
    .help = "Everything that can be said of rules without a solver, over all "
            "files\n"
            "at once: names and types, the four laws, guards, lowering, "
            "encodings.\n"
            "rulec explain CODE says more of a message.",
    .options = options,
    .size = sizeof(CheckOptions),
    .least = 1,
    .run = run,
};
