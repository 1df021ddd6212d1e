// Examples of rules, run.
#ifndef RULEC_TEST_EXAMPLE_H
#define RULEC_TEST_EXAMPLE_H

#include "rulec/test/trial.h"

typedef struct ExampleRun {
  bool passed;
  bool fired;      // the rule made something of it
  const char *why; // if it did not pass: "(..) gives (..), wanted (..)"
  const char *left, *result; // as text; result null: it stays
} ExampleRun;

// Tries the rule on the left side of an example, at one of its types. Every
// match counts: the example passes if one of them gives what is wanted. Text is
// `typed` if ops are to have all their parameters.
ExampleRun example_run(const Sema *s, Arena *a, const Rule *rule,
                       const ExampleInfo *info, u32 k, bool typed);

// Says W-EXAMPLE of one that did not pass.
void example_report(const Sema *s, const Rule *rule, const ExampleInfo *info,
                    u32 k, const ExampleRun *run);
// All of them, each reported once; for `rulec check`.
void examples_check(const Sema *s);

#endif
