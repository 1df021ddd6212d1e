// How a claim is tried: as a whole; with the solver's bit-blasting tactic; by
// cases. Cases are the values of a term that has few: a shift amount, a power
// of two. The first query of such a plan shows that there are no others.
#include "rulec/verify/verify.h"

enum { PLAN_WHOLE, PLAN_THEORY, PLAN_TACTIC, PLAN_CASES };

void job_script(Smt *m, const Obligation *o) {
  SmtTerm claim = o->claim(m, o);
  smt_assert(m, smt_not(m, claim));
  if (smt_is_true(claim))
    text_add(&m->out, "(assert false)\n");
}

static void make(Verify *v, const Job *j, Attempt *a, Arena *scratch) {
  arena_reset(scratch);
  struct SmtReplace keep[2];
  u32 n = a->smt.nreplace;
  memcpy(keep, a->smt.replace, sizeof keep);
  smt_init(&a->smt, v->sema, scratch);
  a->smt.nreplace = n;
  a->smt.shl_is_mul = a->products && a->query;
  a->smt.theory = a->plan == PLAN_THEORY;
  memcpy(a->smt.replace, keep, sizeof keep);
  job_script(&a->smt, j->o);
}

static void finish(Verify *v, Attempt *a, const char *check) {
  Arena *m = a->smt.arena;
  const char *limit = v->solver.is_z3
                          ? arena_printf(m, "(set-option :timeout %u)\n", a->ms)
                          : "(set-logic ALL)\n";
  a->script =
      arena_printf(m, "(reset)\n%s%s%s\n", limit, smt_script(&a->smt), check);
}

// No value but the split's.
static void others(Smt *m, const SmtSplit *s) {
  u32 w = s->t.bits;
  if (!s->pow2 && w < 32 && (u64)1 << w <= s->n)
    text_add(&m->out, "(assert false)\n");
  else if (!s->pow2)
    smt_assert(m, smt_cmp(m, "bvuge", s->t, smt_num(m, s->n, w)));
  for (u32 i = 0; s->pow2 && i < s->n; i++)
    smt_assert(m, smt_not(m, smt_eq(m, s->t, smt_num(m, (u128)1 << i, w))));
}

// Query 0 says that there are no other values; then one for each.
static bool make_case(Verify *v, const Job *j, Attempt *a, Arena *scratch) {
  if (a->query) {
    u32 at = a->query - 1;
    a->smt.nreplace = 1;
    a->smt.replace[0] =
        (struct SmtReplace){a->name, a->split.pow2 ? (u128)1 << at : at};
    make(v, j, a, scratch);
    return true;
  }
  u32 which = a->plan - PLAN_CASES;
  a->smt.nreplace = 0;
  make(v, j, a, scratch);
  if (which >= a->smt.splits.n ||
      strlen(a->smt.splits.at[which].t.s) >= sizeof a->name)
    return false;
  a->split = a->smt.splits.at[which];
  strcpy(a->name, a->split.t.s);
  a->products = strstr(smt_script(&a->smt), "(bvmul ") != NULL;
  others(&a->smt, &a->split);
  return true;
}

static const char tactic[] =
    "(check-sat-using (then simplify propagate-values solve-eqs elim-uncnstr "
    "simplify bit-blast sat))";

bool attempt_next(Verify *v, const Job *j, Attempt *a, Arena *scratch,
                  bool next_plan) {
  if (next_plan) {
    a->plan++;
    a->query = 0;
  }
  const char *check = "(check-sat)";
  a->ms = v->timeout;
  if (a->plan < PLAN_CASES) {
    a->smt.nreplace = 0;
    make(v, j, a, scratch);
    if (a->plan == PLAN_TACTIC &&
        (a->smt.uses_mem || a->smt.uses_fp || !v->solver.is_z3))
      a->plan = PLAN_CASES;
    else if (a->plan == PLAN_TACTIC)
      check = tactic;
    if (a->plan == PLAN_WHOLE && v->timeout > 3000)
      a->ms = 3000; // what is easy is easy at once
  }
  if (a->plan >= PLAN_CASES && !make_case(v, j, a, scratch))
    return false;
  finish(v, a, check);
  return true;
}

bool attempt_done(const Attempt *a) {
  return a->plan < PLAN_CASES || a->query == a->split.n;
}

const char *attempt_name(const Attempt *a) {
  return a->plan == PLAN_WHOLE    ? "whole"
         : a->plan == PLAN_THEORY ? "theory"
         : a->plan == PLAN_TACTIC ? "bits"
                                  : "cases";
}
