// The loop: rules that were not built in, from a file to the running e-graph.
//
// kit.c finds what it takes (rulec, the ops, headers, a C compiler), library.c
// makes a shared library of the rules unless the cache has it, loop.c loads it
// and joins it to the built-in rules. See docs/workbench.md, "The loop".
#ifndef WORKBENCH_LOOP_LOOP_H
#define WORKBENCH_LOOP_LOOP_H

#include "workbench/cmd.h"

// Compiles and loads what --rules says and sets o->lowering and o->ruleset (to
// the built-in rules if it says nothing). EXIT_GOOD, or a complaint is printed.
// `watched`: the matchers that count.
int loop_load(Arena *a, Options *o, bool watched);

// Where the pieces are: beside wb in the build tree, or installed.
typedef struct Kit {
  const char *rulec;
  const char *cc;      // command and its first arguments, blanks between
  const char *builtin; // the rules that wb was built with (rulec/cmd/beside.h)
  StrList includes;    // folders
} Kit;
int kit_find(Arena *a, Kit *kit);

typedef struct LoopTimes { // milliseconds; 0 where a step was not needed
  double rulec, cc, load;
} LoopTimes;

// The path of the library for these files, made if the cache has it not.
int library_get(Arena *a, const Kit *kit, const Options *o, bool watched,
                const char **path, LoopTimes *t);
double loop_clock(void); // milliseconds

#endif
