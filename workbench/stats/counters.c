// The registry of counters, and `wb counters`.
#include "workbench/stats/counters.h"
#include "workbench/cmd.h"

#include <stdio.h>

#define ROW(pass_, field, T, name_, better_, what_)                            \
  {.name = pass_ "." #name_,                                                   \
   .pass = pass_,                                                              \
   .better = better_,                                                          \
   .what = what_,                                                              \
   .offset = offsetof(FuncCounters, field) + offsetof(T, name_),               \
   .size = sizeof(((T *)0)->name_)},

const CounterInfo counter_info[] = {
#define X(n, b, w) ROW("translate", translate, FrontCounters, n, b, w)
    FRONT_COUNTERS(X)
#undef X
#define X(n, b, w) ROW("egraph", egraph, EgraphCounters, n, b, w)
    EGRAPH_COUNTERS(X)
#undef X
#define X(n, b, w) ROW("lower", lower, IselCounters, n, b, w)
    ISEL_COUNTERS(X)
#undef X
#define X(n, b, w) ROW("ra", ra, RaCounters, n, b, w)
    RA_COUNTERS(X)
#undef X
#define X(n, b, w) ROW("emit", emit, EmitCounters, n, b, w)
    EMIT_COUNTERS(X)
#undef X
};
const u32 counter_count = sizeof counter_info / sizeof *counter_info;

const char *const rule_fact_names[RULE_FACTS] = {
    "tried", "matched", "inserted", "truncated", "subsumed", "extracted"};

const char *counter_better(int better) {
  return better < 0 ? "lower" : better > 0 ? "higher" : "neither";
}

const char *counter_unit(const CounterInfo *c) {
  size_t n = strlen(c->name);
  return n > 5 && !strcmp(c->name + n - 5, "bytes") ? "bytes" : "count";
}

int cmd_counters(Arena *a, Options *o) {
  (void)a, (void)o;
  printf("# Counters\n\nWritten by `wb counters`: key, unit, which way is "
         "better, what it counts. A star:\ncounted only where something "
         "watches (`wb stats`).\n");
  const char *pass = "";
  for (u32 k = 0; k < counter_count; k++) {
    const CounterInfo *c = &counter_info[k];
    if (strcmp(pass, c->pass))
      printf("\n## %s\n\n| key | unit | better | what |\n|---|---|---|---|\n",
             c->pass);
    pass = c->pass;
    printf("| `%s` | %s | %s | %s |\n", c->name, counter_unit(c),
           counter_better(c->better), c->what);
  }
  printf("\n## rules\n\nPer rule, for inputs and functions: ");
  for (u32 k = 0; k < RULE_FACTS; k++)
    printf("%s%s", k ? ", " : "", rule_fact_names[k]);
  puts(".");
  return EXIT_GOOD;
}
