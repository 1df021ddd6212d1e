// What happens when something impossible happens: one line that names pass and
// function, one that repeats the command, exit status 70.
#include "mid/base/base.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

MustWhere *must_where(void) {
  static _Thread_local MustWhere where;
  return &where;
}

// The command line as the kernel kept it; needs no state of ours.
static void print_command(FILE *out) {
  char buf[4096];
  int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return;
  ssize_t n = read(fd, buf, sizeof buf - 1);
  close(fd);
  if (n <= 0)
    return;
  buf[n] = 0;
  fputs("wb: to repeat:", out);
  for (const char *s = buf; s < buf + n; s += strlen(s) + 1)
    fprintf(out, " %s", s);
  fputc('\n', out);
}

void must_fail(const char *file, int line, const char *cond, const char *fmt,
               ...) {
  const MustWhere *w = must_where();
  va_list ap;
  fflush(stdout);
  fprintf(stderr, "wb: bug: %s: %s: ", w->pass ? w->pass : "-",
          w->function ? w->function : "-");
  va_start(ap, fmt);
  vfprintf(stderr, fmt, ap);
  va_end(ap);
  fprintf(stderr, " (%s:%d: %s)\n", file, line, cond);
  print_command(stderr);
  _Exit(70);
}
