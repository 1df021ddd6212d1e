// The proving of obligations: jobs, workers, plans.
#ifndef RULEC_VERIFY_VERIFY_H
#define RULEC_VERIFY_VERIFY_H

#include "rulec/verify/small.h"
#include "rulec/verify/solver.h"

typedef enum Verdict {
  VERDICT_NONE, // not tried
  VERDICT_PROVED,
  VERDICT_BOUNDED,
  VERDICT_UNKNOWN,
  VERDICT_ALLOWED, // refuted, and the rule says why that is as it should be
  VERDICT_WARNED,  // refuted, which is a warning
  VERDICT_REFUTED,
  VERDICT_COUNT
} Verdict;
extern const char *const verdict_names[VERDICT_COUNT];

typedef struct ModelValue { // of a term in a counterexample
  const char *what, *side;  // as in SmtTrace
  Sort sort;
  const Var *var;
  const Node *node;
  u32 shape; // Shape + 1, of a vector; 0: none
  bool known;
  u128 at[MF_COUNT]; // one, or a record's fields
} ModelValue;
typedef struct Model {
  u32 n;
  ModelValue *at;
} Model;
void model_print(Text *out, const Model *m);
struct EvVal;
struct EvVal model_evaluated(const ModelValue *v); // for the evaluator (recheck.c)

typedef struct Job {
  const Obligation *o;
  const Sema *sema; // that it was read with
  u64 key;          // of the script and the solver
  Verdict verdict;
  bool cached;
  bool sight;    // its script folds to unsat: no solver is asked
  u32 evaluated; // inputs on which the evaluator agreed; 0: it was not asked
  u32 ms;
  const char *how;         // "as a whole", "by cases", ... or why it is unknown
  const Model *model;      // refuted: inputs and values; else null
  DiagCode code;           // of what there is no wanted model; DIAG_NCODES: of
                           // none, there is one
  const char *note;        // more lines about it, or null
  const char *test;        // refuted: the program that shows it, or null
  const char *no_test;     // and why there is none
  struct Bounded *bounded; // what was done instead (bounded.h), or null
} Job;

typedef struct CacheLine { // a verdict, as its line says
  u64 key;
  Verdict verdict;
  const char *text;
} CacheLine;
typedef VEC(CacheLine) CacheLines;

typedef struct Verify Verify;
struct Verify {
  Arena *arena;
  const Sema *sema;
  SolverKind solver;
  u32 timeout; // ms per query
  u32 workers;
  u32 njobs;
  Job *jobs;
  bool quiet;      // no progress line
  bool bare;       // refuted is enough: no models
  const char *dir; // for programs that show refutations; null: none
  void (*tell)(Verify *v, const Job *j); // of each, in order; or null
  const char *cache;                     // written now and then; null: no
  CacheLines others;                     // read there, of other claims
  const char *stopped;                   // why it was given up; null
  Readings readings;                     // with smaller numbers
  struct RuleSet *set; // that it is about, to be checked if need be; or null
};

// What an answer says of a claim that is to have a model (wanted.c). Where it
// has none, values are looked for that say otherwise.
void job_settle(Verify *v, Job *j, Answer answer, const char *how);
// The same by values alone, about n of them; false: none was found.
bool job_sample(Verify *v, Job *j, u32 n);
// A question whose answer is a warning at most.
static inline bool job_is_question(const Job *j) {
  return j->o->wants_sat && code_is_warning(j->o->finds);
}
enum { SAMPLES_MANY = 20000, SAMPLES_FEW = 2000 };
// Why the rule may have what the code says; null: it may not.
const char *allowed(const Decl *d, DiagCode code);
// Warnings about guards, and `allow`s that allow nothing: after verify_run.
void verify_warn(const Verify *v, Diags *out);

// Script of a job's claim, negated: unsat is proved. The trace stays in m.
void job_script(Smt *m, const Obligation *o);

// Runs what has no verdict yet.
void verify_run(Verify *v);

// One way to try, and within it one query after another (plan.c).
typedef struct Attempt {
  u32 way, which, query; // which: of a way's splits
  u32 ms;                // for this query
  const char *script;
  Smt smt;         // as the script was made
  SmtSplit split;  // by cases: of what
  char name[64];   // its term
  char body[256];  // and what that is defined as
  u32 parts;       // lane by lane: how many lanes
  u32 width;       // by lemmas: of which width
  bool only_unsat; // an answer "sat" says nothing
  bool products;   // shifts by constants are products
} Attempt;
// Makes the next query of a job; the arena is emptied. False: no way left.
bool attempt_next(Verify *v, const Job *j, Attempt *a, Arena *scratch,
                  bool next_way);
const char *attempt_name(const Attempt *a);
// All queries of the way were unsat.
bool attempt_done(const Attempt *a);

// Rules that no solver settles (bounded.c). First, again and again: the claim
// at a smaller width that is to be proved next; null: no more. Then all is
// tried on values at the full width; false: no rule, or nothing to compare.
Job *bounded_next(Verify *v, Job *j);
bool bounded_try(Verify *v, Job *j);

// A round of the evaluator's that was wrong: j is refuted by it (values.c).
struct EvRule;
struct EvOutcome;
void refute_values(Verify *v, Job *j, struct EvRule *r,
                   const struct EvOutcome *left, const struct EvOutcome *right);
// The same of a sequence, and of anything on operands (why: what it is).
struct EvVal;
void refute_seq(Verify *v, Job *j, const struct EvVal *args,
                const struct EvOutcome *left, const struct EvOutcome *right);
void refute_args(Verify *v, Job *j, u32 n, Var *const *vars,
                 const struct EvVal *args, const char *why);
// One line of a model; false: such a value has none.
bool model_value(ModelValue *out, const char *what, const char *side,
                 const struct EvVal *x);

// A refuted rule, said again by the evaluator (a line for j->note), and as a
// program for `wb run` in v->dir (recheck.c, witness.c).
void witness_check(Verify *v, Job *j);
void witness_write(Verify *v, Job *j);

// A model, made small: fills j->model (refute.c).
void refute(Verify *v, Job *j, Solver *s, Attempt *a);

// The file of verdicts (cache.c): false, and why, if it is there and cannot be
// read or is something else.
bool cache_read(Verify *v, const char *path, const char **why);
bool cache_write(Verify *v, const char *path);

#endif
