// Processes, pipes and deadlines of solvers.
#include "rulec/verify/solver.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE = 5000 }; // ms

static const char mark[] = "<end>";
static const char ask_mark[] = "\n(echo \"<end>\")\n";

u64 now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (u64)t.tv_sec * 1000 + (u64)t.tv_nsec / 1000000;
}

// --- starting -------------------------------------------------------

static void child(const char *const *argv, int in, int out) {
  sigset_t none;
  sigemptyset(&none); // what the loop holds back is for the loop
  sigprocmask(SIG_SETMASK, &none, NULL);
  dup2(in, 0);
  dup2(out, 1);
  dup2(out, 2);
  union {
    const char *const *from;
    char *const *to;
  } args = {.from = argv}; // execvp changes nothing
  execvp(args.to[0], args.to);
  _exit(127);
}

// Runs argv with a pipe to its input and one from its output.
static bool spawn(const char *const *argv, pid_t *pid, int *in, int *out) {
  int to[2], from[2];
  if (pipe(to))
    return false;
  if (pipe(from)) {
    close(to[0]);
    close(to[1]);
    return false;
  }
  fcntl(to[1], F_SETFD, FD_CLOEXEC);
  fcntl(from[0], F_SETFD, FD_CLOEXEC);
  *pid = fork();
  if (*pid == 0)
    child(argv, to[0], from[1]);
  close(to[0]);
  close(from[1]);
  *in = to[1];
  *out = from[0];
  if (*pid > 0)
    return true;
  close(*in);
  close(*out);
  return false;
}

static const char **split(Arena *a, const char *cmd) {
  u32 n = 0;
  const char **argv = arena_array0(a, const char *, strlen(cmd) / 2 + 3);
  for (const char *c = cmd; *c;) {
    size_t len = strcspn(c, " ");
    if (len)
      argv[n++] = arena_strndup(a, c, len);
    c += len;
    c += strspn(c, " ");
  }
  return argv;
}

// Can be read, or written, before the time is over.
static bool ready(int fd, short what, u64 end) {
  for (u64 now = now_ms(); now < end; now = now_ms()) {
    struct pollfd p = {.fd = fd, .events = what};
    int n = poll(&p, 1, (int)(end - now));
    if (n > 0 || (n < 0 && errno != EINTR))
      return n > 0;
  }
  return false;
}

static const char *first_line(Arena *a, const char *const *argv) {
  char buf[512];
  size_t n = 0;
  pid_t pid;
  int in, out, status = 0;
  if (!spawn(argv, &pid, &in, &out))
    return NULL;
  close(in);
  const u64 late = now_ms() + PATIENCE;
  for (ssize_t k = 1; k > 0 && n < sizeof buf;) {
    if (!ready(out, POLLIN, late))
      kill(pid, SIGKILL);
    k = read(out, buf + n, sizeof buf - n);
    n += k > 0 ? (size_t)k : 0;
  }
  close(out);
  waitpid(pid, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) == 127)
    return NULL;
  const char *end = memchr(buf, '\n', n);
  return arena_strndup(a, buf, end ? (size_t)(end - buf) : n);
}

bool solver_find(Arena *a, const char *cmd, SolverKind *out, const char **why) {
  bool standard = !cmd || !*cmd;
  *out = (SolverKind){.argv = split(a, standard ? "z3 -in" : cmd)};
  if (!out->argv[0]) {
    *why = "no solver named";
    return false;
  }
  const char *ask[] = {out->argv[0], "--version", NULL};
  out->version = first_line(a, ask);
  if (!out->version) {
    *why = arena_printf(a, "%s cannot be run", out->argv[0]);
    return false;
  }
  out->is_z3 = strncmp(out->version, "Z3", 2) == 0;
  out->is_cvc5 = strstr(out->version, "cvc5") != NULL;
  return true;
}

const char *solver_head(Arena *a, const SolverKind *k, u32 ms) {
  if (k->is_z3)
    return arena_printf(a, "(reset)\n(set-option :timeout %u)\n", ms);
  if (k->is_cvc5)
    return arena_printf(a,
                        "(reset)\n(set-option :incremental true)\n"
                        "(set-option :produce-models true)\n"
                        "(set-option :tlimit-per %u)\n(set-logic ALL)\n",
                        ms);
  return "(reset)\n(set-option :produce-models true)\n(set-logic ALL)\n";
}

bool solver_start(Solver *s, const SolverKind *k, Arena *a) {
  signal(SIGPIPE, SIG_IGN); // a write to one that is gone says so
  *s = (Solver){.kind = k, .reply = {.arena = a}};
  if (!spawn(k->argv, &s->pid, &s->in, &s->out)) {
    s->pid = 0;
    return false;
  }
  fcntl(s->in, F_SETFL, O_NONBLOCK);
  fcntl(s->out, F_SETFL, O_NONBLOCK);
  return true;
}

void solver_stop(Solver *s) {
  if (!s->pid)
    return;
  kill(s->pid, SIGKILL);
  close(s->in);
  close(s->out);
  waitpid(s->pid, NULL, 0);
  s->pid = 0;
}

// --- asking ---------------------------------------------------------

// One that does not read for so long is gone.
static bool write_all(int fd, const char *at, size_t n) {
  const u64 end = now_ms() + PATIENCE;
  while (n) {
    ssize_t k = write(fd, at, n);
    if (k < 0 &&
        (errno == EINTR || (errno == EAGAIN && ready(fd, POLLOUT, end))))
      continue;
    if (k <= 0)
      return false;
    at += k;
    n -= (size_t)k;
  }
  return true;
}

bool solver_send(Solver *s, const char *text, size_t n) {
  s->reply.n = 0;
  return s->pid && write_all(s->in, text, n) &&
         write_all(s->in, ask_mark, sizeof ask_mark - 1);
}

// Some solvers print what they echo in quotes.
static bool is_whole(Solver *s) {
  char *text = text_str(&s->reply), *end = strstr(text, mark);
  if (!end)
    return false;
  if (end > text && end[-1] == '"')
    end--;
  *end = 0;
  s->reply.n = (u32)(end - text);
  return true;
}

int solver_read(Solver *s) {
  char buf[4096];
  for (;;) {
    ssize_t k = read(s->out, buf, sizeof buf);
    if (k < 0 && errno == EINTR)
      continue;
    if (k < 0 && errno == EAGAIN)
      return is_whole(s) ? 1 : 0;
    if (k <= 0)
      return is_whole(s) ? 1 : -1;
    text_put(&s->reply, buf, (size_t)k);
  }
}

const char *solver_wait(Solver *s, u32 ms) {
  u64 end = now_ms() + ms;
  for (;;) {
    u64 now = now_ms();
    struct pollfd p = {.fd = s->out, .events = POLLIN};
    if (now >= end || (poll(&p, 1, (int)(end - now)) < 0 && errno != EINTR))
      return NULL;
    int r = p.revents ? solver_read(s) : 0;
    if (r)
      return r > 0 ? text_str(&s->reply) : NULL;
  }
}

const char *solver_ask(Solver *s, const char *text, u32 ms) {
  return solver_send(s, text, strlen(text)) ? solver_wait(s, ms) : NULL;
}

Answer solver_answer(const char *reply) {
  const char *at = reply + strspn(reply, " \n");
  return strncmp(at, "unsat", 5) == 0 ? ANSWER_UNSAT
         : strncmp(at, "sat", 3) == 0 ? ANSWER_SAT
                                      : ANSWER_UNKNOWN;
}
