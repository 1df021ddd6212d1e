// The registry of counters: one row for each number a pass counts, made from
// the passes' own X-lists. JSON key, `wb counters`, docs/counters.md and the
// diff read it.
#ifndef WORKBENCH_STATS_COUNTERS_H
#define WORKBENCH_STATS_COUNTERS_H

#include "back/compile.h"

typedef struct CounterInfo {
  const char *name; // "egraph.unions": the JSON key
  const char *pass; // "egraph"
  int better;       // -1 lower, 1 higher, 0 neither
  const char *what;
  u32 offset, size; // in FuncCounters
} CounterInfo;
extern const CounterInfo counter_info[];
extern const u32 counter_count;

static inline u64 counter_get(const FuncCounters *c, u32 k) {
  const u8 *p = (const u8 *)c + counter_info[k].offset;
  u64 wide;
  u32 narrow;
  if (counter_info[k].size == 8)
    return memcpy(&wide, p, 8), wide;
  return memcpy(&narrow, p, 4), narrow;
}
const char *counter_unit(const CounterInfo *c); // "bytes" or "count"
const char *counter_better(int better); // "lower", "higher", "neither"

// What a rule did, in the order of RuleCounters.
enum { RULE_FACTS = 6 };
extern const char *const rule_fact_names[RULE_FACTS];

#endif
