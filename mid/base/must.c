// What happens when something impossible happens: one line that names pass and
// function, one that repeats the command, exit status 70. A signal that kills is
// told the same way, from a stack of its own: the other may be used up.
#include "mid/base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
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
  fprintf(out, "%s: to repeat:", program_invocation_short_name);
  for (const char *s = buf; s < buf + n; s += strlen(s) + 1)
    fprintf(out, " %s", s);
  fputc('\n', out);
}

static void print_where(void) {
  const MustWhere *w = must_where();
  fprintf(stderr, "%s: bug: %s: %s: ", program_invocation_short_name,
          w->pass ? w->pass : "-", w->function ? w->function : "-");
}

void must_signal(int sig) {
  print_where();
  fprintf(stderr, "%s\n", strsignal(sig));
  print_command(stderr);
  _Exit(70);
}

void must_catch_signals(void) {
  enum { STACK = 64 * 1024 };
  static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
  void *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (stack == MAP_FAILED)
    return;
  stack_t ss = {.ss_sp = stack, .ss_size = STACK};
  sigaltstack(&ss, NULL);
  struct sigaction sa = {.sa_handler = must_signal,
                         .sa_flags = SA_ONSTACK | (int)SA_RESETHAND};
  for (u32 k = 0; k < sizeof signals / sizeof *signals; k++)
    sigaction(signals[k], &sa, NULL);
}

void must_fail(const char *file, int line, const char *cond, const char *fmt,
               ...) {
  va_list ap;
  fflush(stdout);
  print_where();
  va_start(ap, fmt);
  vfprintf(stderr, fmt, ap);
  va_end(ap);
  fprintf(stderr, " (%s:%d: %s)\n", file, line, cond);
  print_command(stderr);
  _Exit(70);
}
