// `rulec check`: every check that needs no solver.
#include "rulec/command.h"

static int run(Arena *a, const void *options, const Words *files) {
  (void)options;
  RuleSet r;
  return rules_load(&r, a, files);
}

const Command cmd_check = {
    .name = "check",
    .args = "FILE...",
    .what = "read, resolve, type and check; write nothing",
    .least = 1,
    .run = run,
};
