// wb passes: the pipeline, from its own table.
#include "back/compile.h"
#include "workbench/cmd.h"

#include <stdio.h>

int cmd_passes(Arena *a, Options *o) {
  (void)a, (void)o;
  puts("pass       level  switch       checker                 what");
  for (int k = 0; k < PASS_COUNT; k++) {
    const Pass *p = &compile_passes[k];
    printf("%-10s -O%d    %-12s %-23s %s\n", p->name, p->level,
           p->flag ? p->flag : "-", p->checker ? p->checker : "-", p->what);
  }
  return EXIT_GOOD;
}
