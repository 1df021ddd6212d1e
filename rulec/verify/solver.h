// A solver as a process: SMT-LIB 2 in, answers out.
//
// One process serves many queries, `(reset)` between them. It may hang, crash
// or be missing: every wait has a deadline, and what does not answer is killed
// and started again by the caller. Answers end with a line that solver_send
// asks for, so that any output in between belongs to the query.
#ifndef RULEC_VERIFY_SOLVER_H
#define RULEC_VERIFY_SOLVER_H

#include "mid/base/base.h"

#include <sys/types.h>

typedef struct SolverKind { // what to run
  const char **argv;        // null-terminated
  const char *version;      // first line of `CMD --version`
  bool is_z3, is_cvc5;
} SolverKind;

typedef struct Solver {
  const SolverKind *kind;
  pid_t pid; // 0: does not run
  int in, out;
  Text reply; // of the query under way
} Solver;

typedef enum Answer { ANSWER_SAT, ANSWER_UNSAT, ANSWER_UNKNOWN } Answer;

// Splits a command line at blanks; "" or null is `z3 -in`. False (and why) if
// it cannot be run at all.
bool solver_find(Arena *a, const char *cmd, SolverKind *out, const char **why);

// What goes before a script: nothing of the last one, the time, models.
const char *solver_head(Arena *a, const SolverKind *k, u32 ms);
bool solver_start(Solver *s, const SolverKind *k, Arena *a);
void solver_stop(Solver *s); // kills it
// Sends a text and asks for the end mark. False: the process is gone.
bool solver_send(Solver *s, const char *text, size_t n);
// Reads what there is without waiting. 1: the answer is whole, 0: not yet, -1:
// the process is gone. Call after poll says that s->out can be read.
int solver_read(Solver *s);
// The whole answer (without the mark) within ms, or null: too late, or gone.
const char *solver_wait(Solver *s, u32 ms);
// Send and wait.
const char *solver_ask(Solver *s, const char *text, u32 ms);
Answer solver_answer(const char *reply);

u64 now_ms(void);

#endif
