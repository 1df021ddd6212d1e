// The loop: workers, each with a solver of its own, take jobs in order; one
// poll waits for all; what is unsat is evaluated (falsify.h). A solver that is
// late or dies is started again, and the job tried the next way.
#include "rulec/verify/falsify.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
  MOST_WORKERS = 64,
  MOST_DEATHS = 20,
  GRACE = 1500,
  BUDGET = 8,
  SMALL_BUDGET = 2,
  SAVE_MS = 20000
};

const char *const verdict_names[VERDICT_COUNT] = {
    [VERDICT_NONE] = "open",       [VERDICT_PROVED] = "proved",
    [VERDICT_BOUNDED] = "bounded", [VERDICT_UNKNOWN] = "unknown",
    [VERDICT_ALLOWED] = "allowed", [VERDICT_WARNED] = "warned",
    [VERDICT_REFUTED] = "refuted",
};

typedef struct Worker {
  Solver solver;
  Job *job; // null: idle
  Job *now; // what is tried: the job, or its claim at a smaller width
  Attempt attempt;
  Arena scratch, replies;
  u64 start, begun, deadline; // of the job, of what is tried
} Worker;

typedef struct Loop {
  Verify *v;
  u32 next, done, todo, deaths, told;
  u32 nworkers;
  Worker workers[MOST_WORKERS];
  u64 start, shown, saved;
  int signals; // SIGINT and its like can be read here; -1: they kill
  sigset_t before;
} Loop;

// --- progress -------------------------------------------------------

static void progress(Loop *l) {
  u64 now = now_ms(), spent = now - l->start;
  if (l->v->quiet || spent < 500 || now - l->shown < 200)
    return;
  l->shown = now;
  u64 left = l->done ? spent * (l->todo - l->done) / l->done / 1000 : 0;
  fprintf(stderr, "\rverify: %u of %u, %llu s, about %llu s left  ", l->done,
          l->todo, (unsigned long long)(spent / 1000),
          (unsigned long long)left);
}

static void progress_end(const Loop *l) {
  if (l->shown)
    fprintf(stderr, "\r%60s\r", "");
}

// --- one job --------------------------------------------------------

static bool restart(Loop *l, Worker *w) {
  solver_stop(&w->solver);
  if (solver_start(&w->solver, &l->v->solver, &w->replies))
    return true;
  l->v->stopped = "the solver cannot be started";
  return false;
}

static void ask(Loop *l, Worker *w, bool next_way);
static void give_up(Loop *l, Worker *w);

static void try_claim(Loop *l, Worker *w, Job *j) {
  w->now = j;
  w->begun = now_ms();
  w->attempt = (Attempt){0};
  ask(l, w, false);
}

static void settle(Loop *l, Worker *w, Verdict verdict, const char *how) {
  if (w->now != w->job) { // at a smaller width
    w->now->verdict = verdict;
    give_up(l, w);
    return;
  }
  bool only = verdict == VERDICT_PROVED && w->job->o->only;
  w->job->verdict = only ? VERDICT_BOUNDED : verdict;
  w->job->how = only ? w->job->o->only : how;
  w->job->ms = (u32)(now_ms() - w->start);
  w->job = NULL;
  l->done++;
}

// "unsat": believed where values do not say otherwise.
static void proved(Loop *l, Worker *w, const char *how) {
  if (falsify(l->v, w->now))
    settle(l, w, VERDICT_REFUTED, w->now->how);
  else
    settle(l, w, VERDICT_PROVED, how);
}

// No way is left, or no time: smaller widths, then values.
static void give_up(Loop *l, Worker *w) {
  Job *j = w->job, *small = bounded_next(l->v, j);
  if (small) {
    try_claim(l, w, small);
    return;
  }
  w->now = j;
  if (!bounded_try(l->v, j)) {
    j->verdict = VERDICT_UNKNOWN;
    j->how = "the solver gave up";
  }
  settle(l, w, j->verdict, j->how);
}

static void ask(Loop *l, Worker *w, bool next_way) {
  Attempt *a = &w->attempt;
  u64 budget = (u64)l->v->timeout * (w->now == w->job ? BUDGET : SMALL_BUDGET);
  bool late = now_ms() - w->begun > budget;
  if (late || !attempt_next(l->v, w->now, a, &w->scratch, next_way)) {
    give_up(l, w);
    return;
  }
  w->deadline = now_ms() + a->ms + GRACE;
  if (!w->solver.pid && !restart(l, w))
    return;
  if (!solver_send(&w->solver, a->script, strlen(a->script)))
    w->deadline = 0; // gone: taken for late
}

static void begin(Loop *l, Worker *w) {
  Verify *v = l->v;
  while (l->next < v->njobs && v->jobs[l->next].verdict != VERDICT_NONE)
    l->next++;
  if (l->next == v->njobs)
    return;
  w->job = &v->jobs[l->next++];
  w->start = now_ms();
  w->now = w->job;
  if (w->job->sight)
    proved(l, w, "sight");
  else if (w->job->o->wants_sat && job_sample(v, w->job, SAMPLES_FEW))
    settle(l, w, VERDICT_PROVED, w->job->how);
  else
    try_claim(l, w, w->job);
}

static void answered(Loop *l, Worker *w) {
  const char *reply = text_str(&w->solver.reply);
  if (strstr(reply, "(error") && !l->v->solver.is_z3) {
    ask(l, w, true);
    return;
  }
  const Answer answer = solver_answer(reply);
  if (w->job->o->wants_sat && answer != ANSWER_UNKNOWN) {
    job_settle(l->v, w->job, answer, attempt_name(&w->attempt));
    settle(l, w, w->job->verdict, w->job->how);
    return;
  }
  switch (answer) {
  case ANSWER_UNSAT:
    if (attempt_done(&w->attempt)) {
      proved(l, w, attempt_name(&w->attempt));
      return;
    }
    w->attempt.query++;
    ask(l, w, false);
    return;
  case ANSWER_SAT:
    if (w->attempt.only_unsat) {
      ask(l, w, true);
      return;
    }
    if (!l->v->bare) {
      refute(l->v, w->now, &w->solver, &w->attempt);
      if (w->now == w->job) {
        witness_check(l->v, w->job);
        witness_write(l->v, w->job);
      }
    }
    settle(l, w, VERDICT_REFUTED, attempt_name(&w->attempt));
    return;
  case ANSWER_UNKNOWN:
    if (strstr(reply, "(error"))
      l->v->stopped = arena_printf(l->v->arena, "%s%s: the solver says %s",
                                   w->job->o->name, w->job->o->at, reply);
    ask(l, w, true);
  }
}

// --- the loop -------------------------------------------------------

// Who stops the run keeps what is proved: signals are read, not taken.
static void signals_begin(Loop *l) {
  sigset_t s;
  sigemptyset(&s);
  sigaddset(&s, SIGINT);
  sigaddset(&s, SIGTERM);
  sigaddset(&s, SIGHUP);
  sigprocmask(SIG_BLOCK, &s, &l->before);
  l->signals = signalfd(-1, &s, SFD_NONBLOCK | SFD_CLOEXEC);
  if (l->signals < 0)
    sigprocmask(SIG_SETMASK, &l->before, NULL);
}

static void signals_look(Loop *l) {
  struct signalfd_siginfo info;
  if (l->signals >= 0 && read(l->signals, &info, sizeof info) == sizeof info)
    l->v->stopped =
        l->v->cache ? "interrupted; what is proved is kept" : "interrupted";
}

static void signals_end(Loop *l) {
  if (l->signals < 0)
    return;
  signals_look(l);
  close(l->signals);
  sigprocmask(SIG_SETMASK, &l->before, NULL);
}

static void wait_all(Loop *l) {
  struct pollfd p[MOST_WORKERS + 1];
  Worker *of[MOST_WORKERS];
  u32 n = 0;
  u64 now = now_ms(), soon = now + 200;
  for (u32 i = 0; i < l->nworkers; i++) {
    Worker *w = &l->workers[i];
    if (!w->job)
      continue;
    soon = w->deadline < soon ? w->deadline : soon;
    of[n] = w;
    p[n++] = (struct pollfd){.fd = w->solver.out, .events = POLLIN};
  }
  p[n] = (struct pollfd){.fd = l->signals, .events = POLLIN};
  (void)poll(p, n + 1, soon > now ? (int)(soon - now) : 0);
  signals_look(l);
  for (u32 i = 0; i < n && !l->v->stopped; i++) {
    int r = p[i].revents ? solver_read(&of[i]->solver) : 0;
    if (r > 0) {
      answered(l, of[i]);
    } else if (r < 0 || now_ms() >= of[i]->deadline) {
      l->deaths += r < 0;
      if (restart(l, of[i]))
        ask(l, of[i], true);
    }
  }
}

static bool busy(const Loop *l) {
  for (u32 i = 0; i < l->nworkers; i++)
    if (l->workers[i].job)
      return true;
  return false;
}

// What is known so far outlives a run that is stopped.
static void save(Loop *l) {
  u64 now = now_ms();
  if (l->v->cache && now - l->saved > SAVE_MS && now - l->start > SAVE_MS) {
    (void)cache_write(l->v, l->v->cache);
    l->saved = now;
  }
}

static void tell(Loop *l) {
  const Verify *v = l->v;
  for (; l->told < v->njobs && v->jobs[l->told].verdict; l->told++)
    if (v->tell)
      v->tell(l->v, &v->jobs[l->told]);
}

void verify_run(Verify *v) {
  Loop *l = arena_new(v->arena, Loop);
  l->v = v;
  l->start = now_ms();
  l->nworkers = v->workers < 1              ? 1
                : v->workers > MOST_WORKERS ? MOST_WORKERS
                                            : v->workers;
  for (u32 i = 0; i < v->njobs; i++)
    l->todo += v->jobs[i].verdict == VERDICT_NONE;
  signals_begin(l);
  for (;;) {
    for (u32 i = 0; i < l->nworkers && !v->stopped; i++)
      while (!l->workers[i].job && l->next < v->njobs && !v->stopped)
        begin(l, &l->workers[i]);
    tell(l);
    save(l);
    if (!busy(l) || v->stopped)
      break;
    wait_all(l);
    progress(l);
    if (l->deaths > MOST_DEATHS)
      v->stopped = "the solver keeps dying";
  }
  progress_end(l);
  signals_end(l);
  for (u32 i = 0; i < l->nworkers; i++) {
    solver_stop(&l->workers[i].solver);
    arena_free(&l->workers[i].scratch);
    arena_free(&l->workers[i].replies);
  }
}
