// Compiling inputs and keeping what was counted.
#ifndef WORKBENCH_STATS_COLLECT_H
#define WORKBENCH_STATS_COLLECT_H

#include "workbench/cmd.h"
#include "workbench/stats/counters.h"

typedef struct RuleCount { // of one function: rules that matched
  u32 rule;
  RuleCounters n;
} RuleCount;

typedef struct FuncStats {
  u32 index;
  const char *name;
  u64 hash; // of the body's bytes
  FuncCounters counters;
  RuleCount *rules;
  u32 nrules;
  const u32 *lowered; // by rule of lowering: how often it was chosen
} FuncStats;

typedef struct InputStats {
  const char *path;
  const char *error; // null if compiled
  u64 hash;
  size_t size;
  FuncStats *funcs; // by own function number
  u32 nfuncs;
  const MidRules *set;  // what they were compiled by
  RuleCounters *rules; // sums, by rule
  const LowRules *lowering;
  u32 *lowered; // sums, by rule of lowering
  u64 cycles[PASS_COUNT];
  size_t peak_bytes;
  Arena arena; // owns the above
} InputStats;

// Compiles one file; what goes wrong is in ->error. Free with stats_free.
void stats_collect(const char *path, const CompileOptions *o, InputStats *out);
void stats_free(InputStats *s);

#endif
