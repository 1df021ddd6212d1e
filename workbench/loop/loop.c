// --rules: from files to the rules of this run.
#include "workbench/loop/loop.h"
#include "back/isel/isel.h"
#include "mid/egraph/rewrite.h"

#include <dlfcn.h>
#include <stdio.h>

static int load(Arena *a, Options *o, const char *path, bool watched) {
  const char *why = NULL;
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL); // until the process ends
  const RwRules *rules = library ? dlsym(library, "rulewright_rules") : NULL;
  if (!rules)
    return fail(EXIT_INPUT, "--rules: %s", dlerror());
  o->ruleset = midrules_join(a, !o->no_builtin_rules, rules, watched, &why);
  o->lowering = dlsym(library, "rulewright_lowering"); // if a file lowers
  if (o->lowering && !why)
    why = low_refused(o->lowering);
  return !why ? EXIT_GOOD : fail(EXIT_INPUT, "--rules: %s", why);
}

int loop_load(Arena *a, Options *o, bool watched) {
  Kit kit;
  LoopTimes t = {0};
  const char *path;
  o->ruleset = &mid_builtin;
  if (!o->rules.s.n)
    return o->no_builtin_rules
               ? fail(EXIT_USAGE, "--no-builtin-rules wants --rules FILE; "
                                  "--no-rules leaves all out")
               : EXIT_GOOD;
  int status = kit_find(a, &kit);
  if (!status)
    status = library_get(a, &kit, o, watched, &path, &t);
  double begin = loop_clock();
  if (!status)
    status = load(a, o, path, watched);
  t.load = loop_clock() - begin;
  if (!status && o->timings)
    fprintf(stderr, "rules: rulec %.0f ms, cc %.0f ms, load %.1f ms\n", t.rulec,
            t.cc, t.load);
  return status;
}
