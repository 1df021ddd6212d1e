// wb.stats/1: what was counted, as one JSON document.
#ifndef WORKBENCH_STATS_JSON_H
#define WORKBENCH_STATS_JSON_H

#include "workbench/stats/collect.h"

#include <jansson.h>

// The head: schema, tool, target, flags, rules hash, counter registry, no
// inputs yet. `flags` is the text of what differs from the defaults.
json_t *stats_head(const MidRules *set, const char *flags);
// One input, appended to doc["inputs"], with its path as the command line has it.
void stats_add(json_t *doc, const InputStats *s);
// Sums over the inputs that compiled, as doc["total"]; call once at the end.
void stats_total(json_t *doc);
// One line per function; keys sorted; returns 0 or an errno value.
int stats_write(const json_t *doc, FILE *out);

#endif
