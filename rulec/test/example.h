// Examples of rules, run.
#ifndef RULEC_TEST_EXAMPLE_H
#define RULEC_TEST_EXAMPLE_H

#include "rulec/test/machine.h"

typedef struct ExampleRun {
  bool passed;
  bool fired;      // the rule made something of it
  const char *why; // if it did not pass: "(..) gives (..), wanted (..)"
  const char *left, *result; // as text; result null: it stays
} ExampleRun;

// The examples of a rule set, to be run in any order.
typedef struct Examples {
  const Sema *s;
  Arena *a; // of the graphs and texts of a run
  LowChoice choice;
} Examples;
// Of all `lower` rules of `all` the first that fits takes a term; s is all, or
// a part of it.
void examples_begin(Examples *e, const Sema *s, const Sema *all, Arena *a);

// What a run says lives in e->a, which may be reset after it.
//
// Tries the rule on the left side of an example, at one of its types. Every
// match counts: the example passes if one of them gives what is wanted. Text is
// `typed` if ops are to have all their parameters. Of a `lower` rule: lowers
// the left side by all rules (lower_example.c); the example passes if this rule
// takes it, and gives those instructions.
ExampleRun example_run(Examples *e, const Rule *rule, const ExampleInfo *info,
                       u32 k, bool typed);
ExampleRun lower_example_run(Examples *e, const Rule *rule,
                             const ExampleInfo *info, u32 k);

// Says W-EXAMPLE of one that did not pass.
void example_report(const Sema *s, const Rule *rule, const ExampleInfo *info,
                    u32 k, const ExampleRun *run);
// All those of s, each reported once; for `rulec check`.
void examples_check(const Sema *s, const Sema *all);

#endif
