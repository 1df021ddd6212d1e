// The table of checks.
#include "rulec/check/check.h"

typedef struct Phase {
  const char *name;
  CheckFn *run;
} Phase;

static const Phase phases[] = {
    {"laws", check_laws},
    {"guards", check_guards},
    {"totality", check_totality},
    {"fires", check_fires},
    {"constants", check_constants},
    {"truth", check_truth},
    {"sequences", check_seqs},
    {"lower", check_lower},
    {0},
};

void check_rules(const Sema *s, Diags *d) {
  for (const Phase *p = phases; p->name; p++)
    p->run(s, d);
}
