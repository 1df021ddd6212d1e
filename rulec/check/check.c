// The table of checks.
#include "rulec/check/check.h"

typedef struct Phase {
  const char *name;
  CheckFn *run;
  bool set; // looks at all rules together
} Phase;

static const Phase phases[] = {
    {"laws", check_laws, true},
    {"guards", check_guards, false},
    {"totality", check_totality, false},
    {"fires", check_fires, true},
    {"unused", check_unused, false},
    {"constants", check_constants, false},
    {"truth", check_truth, false},
    {"instructions", check_insts, false},
    {"sequences", check_seqs, false},
    {"lower", check_lower, false},
    {0},
};

void check_rules(const Sema *all, const Sema *own, Diags *d) {
  for (const Phase *p = phases; p->name; p++)
    p->run(p->set ? all : own, d);
}
