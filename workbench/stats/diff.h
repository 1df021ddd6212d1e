// What changed between two wb.stats/1 documents.
#ifndef WORKBENCH_STATS_DIFF_H
#define WORKBENCH_STATS_DIFF_H

#include "mid/base/base.h"

#include <jansson.h>

// Null if the documents can be compared, else why not.
const char *diff_refuses(Arena *a, const json_t *base, const json_t *now);
// Prints the difference to stdout; returns how many counters moved.
u32 diff_print(Arena *a, const json_t *base, const json_t *now);

#endif
