// Examples for a rule, found by search: what `rulec scaffold` writes.
#ifndef RULEC_TEST_SCAFFOLD_H
#define RULEC_TEST_SCAFFOLD_H

#include "rulec/cmd/command.h"
#include "rulec/test/example.h"

typedef struct ScaffoldLine {
  const char *what; // "fires", "a guard does not hold", "commuted", ...
  const char *text; // "example (imul x 8) => (ishl x 3)"
} ScaffoldLine;
typedef struct Scaffold {
  VEC(ScaffoldLine) lines;
  const char *why; // none fires: why not, or null
} Scaffold;

// One that fires; one for each part of the guard that keeps the rule from
// firing; each order of commutative operands; all leaves one value; each type.
// Every line has passed as `rulec test` would try it. `brief`: one that fires,
// and one that does not if there is a guard.
Scaffold scaffold_rule(RuleSet *r, const Rule *rule, bool brief);

#endif
