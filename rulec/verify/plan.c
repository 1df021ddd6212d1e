// How a claim is tried, one way after the other: with writes to memory that are
// the same instead of memories that are; as a whole; conversions of
// floats by the theory; by lemmas on products; vectors lane by lane; over the
// reals, as a whole and by the number of leading zeros (division by
// multiplication is true for another reason at each), before that remainders by
// their quotient; by cases; as a whole with all the time there is; by the
// solver's bit-blasting tactic. Cases are the values of a term that has few: a
// shift amount, a power of two. The first query of such a way shows that there
// are no others.
#include "rulec/verify/lanes.h"
#include "rulec/verify/lemma.h"
#include "rulec/verify/real.h"
#include "rulec/verify/verify.h"

typedef enum Way {
  WAY_ALIKE,
  WAY_WHOLE,
  WAY_THEORY,
  WAY_PARTS,
  WAY_LEMMA,
  WAY_REAL,
  WAY_CUT,
  WAY_REAL_CASES,
  WAY_CASES,
  WAY_LONG,
  WAY_BITS,
  WAY_COUNT
} Way;

// What is easy is easy at once; and a case is to be easier than the whole.
enum { EASY_MS = 3000, CASE_MS = 6000, REAL_MS = 10000 };

void job_script(Smt *m, const Obligation *o) {
  SmtTerm claim = o->claim(m, o);
  smt_assert(m, smt_not(m, claim));
  if (smt_is_true(claim))
    text_add(&m->out, "(assert false)\n");
}

static void make(const Job *j, Attempt *a, Arena *scratch) {
  arena_reset(scratch);
  struct SmtReplace keep[2];
  u32 n = a->smt.nreplace;
  memcpy(keep, a->smt.replace, sizeof keep);
  smt_init(&a->smt, j->sema, scratch);
  a->smt.nreplace = n;
  a->smt.shl_is_mul = a->way == WAY_CASES && a->products && a->query;
  a->smt.alike = a->way == WAY_ALIKE;
  a->smt.theory = a->way == WAY_THEORY;
  if (a->way == WAY_PARTS) {
    a->smt.parts = a->parts = lanes_parts(j->sema, j->o);
    a->smt.part = a->query;
  }
  memcpy(a->smt.replace, keep, sizeof keep);
  job_script(&a->smt, j->o);
}

static bool mentions(Attempt *a, const char *what) {
  return strstr(smt_script(&a->smt), what) != NULL;
}

static bool multiplies(Attempt *a) {
  return mentions(a, "(bvmul ") || mentions(a, "(bvudiv ") ||
         mentions(a, "(bvsdiv ") || mentions(a, "(bvurem ") ||
         mentions(a, "(bvsrem ");
}

static bool by_cases(const Attempt *a) {
  return a->way == WAY_CASES || a->way == WAY_REAL_CASES || a->way == WAY_CUT;
}

static bool by_reals(const Attempt *a) {
  return a->way == WAY_REAL || a->way == WAY_REAL_CASES ||
         (a->way == WAY_CUT && a->query <= a->split.n);
}

// --- cases ----------------------------------------------------------

// No value but the split's.
static void others(Smt *m, const SmtSplit *s) {
  u32 w = s->t.bits;
  if (s->kind != SPLIT_POW2 && w < 32 && (u64)1 << w <= s->n)
    text_add(&m->out, "(assert false)\n");
  else if (s->kind != SPLIT_POW2)
    smt_assert(m, smt_cmp(m, "bvuge", s->t, smt_num(m, s->n, w)));
  for (u32 i = 0; s->kind == SPLIT_POW2 && i < s->n; i++)
    smt_assert(m, smt_not(m, smt_eq(m, s->t, smt_num(m, (u128)1 << i, w))));
}

// The a->which-th split that this way takes; null: no more.
static const SmtSplit *split_of(const Attempt *a) {
  u32 k = 0;
  for (u32 i = 0; i < a->smt.splits.n; i++) {
    const SmtSplit *s = &a->smt.splits.at[i];
    if ((a->way == WAY_CASES || s->kind == SPLIT_COUNT) &&
        strlen(s->t.s) < sizeof a->name &&
        strlen(smt_body(&a->smt, s->t)) < sizeof a->body && k++ == a->which)
      return s;
  }
  return NULL;
}

// Query 0 says that there are no other values; then one for each.
static bool make_case(const Job *j, Attempt *a, Arena *scratch) {
  if (a->query) {
    u32 at = a->query - 1;
    a->smt.nreplace = 1;
    a->smt.replace[0] = (struct SmtReplace){
        a->name, a->body, a->split.kind == SPLIT_POW2 ? (u128)1 << at : at};
    make(j, a, scratch);
    return !a->smt.fail;
  }
  a->smt.nreplace = 0;
  make(j, a, scratch);
  const SmtSplit *s = split_of(a);
  if (!s || (a->way == WAY_REAL_CASES && !multiplies(a)))
    return false;
  a->split = *s;
  strcpy(a->name, s->t.s);
  strcpy(a->body, smt_body(&a->smt, s->t));
  a->products = mentions(a, "(bvmul ");
  others(&a->smt, &a->split);
  return true;
}

// --- lemmas ---------------------------------------------------------

// Cases that show the quotient, that n is above 0, the lemmas, the claim where
// x is negative and where it is not.
static bool make_cut(const Job *j, Attempt *a, Arena *scratch) {
  Cut c;
  bool cases = !a->query || a->query <= a->split.n;
  if (!cases) {
    a->smt.nreplace = 0;
    make(j, a, scratch);
  } else if (!make_case(j, a, scratch)) {
    return false;
  }
  const char *script = smt_script(&a->smt);
  if (!cut_find(scratch, script, &c))
    return a->query != 0; // folded away in a case: then it has no answer
  a->width = lemma_width(scratch, script);
  return a->width != 0;
}

static const char *cut_text(const Attempt *a, Arena *m, const char *script) {
  Cut c;
  u32 first = a->split.n + 1; // that is no case
  if (!cut_find(m, script, &c))
    return NULL;
  if (!a->query)
    return cut_when(m, script, &c);
  if (a->query < first)
    return cut_quotient(m, script, &c);
  if (a->query == first)
    return cut_positive(m, script, &c);
  u32 i = a->query - first - 1;
  const char *lemma = lemma_query(m, a->width, i);
  bool negative = i == lemma_count(a->width);
  return lemma ? lemma : cut_given(m, script, &c, a->width, negative);
}

static const char *lemma_text(const Attempt *a, Arena *m, const char *script) {
  const char *lemma = lemma_query(m, a->width, a->query);
  return lemma ? lemma : lemma_script(m, script, a->width);
}

// --- queries --------------------------------------------------------

static bool has_memory(Attempt *a) {
  return mentions(a, "(select ") || mentions(a, "(store ");
}

// Makes the script of this way, if it is one for this claim.
static bool make_query(Verify *v, const Job *j, Attempt *a, Arena *scratch) {
  if (j->o->wants_sat && a->way != WAY_WHOLE)
    return false; // what that leaves open is tried on values
  if (a->way == WAY_CUT)
    return make_cut(j, a, scratch);
  if (by_cases(a))
    return make_case(j, a, scratch);
  if (a->which)
    return false;
  a->smt.nreplace = 0;
  make(j, a, scratch);
  if (a->way == WAY_LEMMA)
    return (a->width = lemma_width(scratch, smt_script(&a->smt))) != 0;
  return a->way == WAY_WHOLE || a->way == WAY_LONG ||
         (a->way == WAY_ALIKE && mentions(a, "(store ")) ||
         (a->way == WAY_THEORY && a->smt.uses_ints) ||
         (a->way == WAY_PARTS && a->smt.has_vector) ||
         (a->way == WAY_REAL && multiplies(a)) ||
         (a->way == WAY_BITS && v->solver.is_z3 && !a->smt.uses_fp &&
          !has_memory(a));
}

static void finish(Verify *v, Attempt *a) {
  static const char bits[] =
      "(check-sat-using (then simplify propagate-values solve-eqs "
      "elim-uncnstr simplify bit-blast sat))";
  Arena *m = a->smt.arena;
  const char *script = smt_script(&a->smt), *check = "(check-sat)";
  bool z3 = v->solver.is_z3;
  // That there are no other cases is a question about bits.
  bool reals = by_reals(a) && (a->query || a->way == WAY_REAL);
  bool lemmas = a->way == WAY_LEMMA || a->way == WAY_CUT;
  a->only_unsat = reals || lemmas || a->way == WAY_ALIKE;
  a->ms = v->timeout;
  if (a->way <= WAY_WHOLE && a->ms > EASY_MS)
    a->ms = EASY_MS;
  if ((a->way == WAY_CASES || a->way == WAY_PARTS) && a->ms > CASE_MS)
    a->ms = CASE_MS;
  if (lemmas)
    script =
        a->way == WAY_CUT ? cut_text(a, m, script) : lemma_text(a, m, script);
  if (reals && script) {
    a->ms = a->ms > REAL_MS ? REAL_MS : a->ms;
    script = real_script(m, script);
    check = z3 ? "(check-sat-using qfnra-nlsat)" : check;
  }
  if (a->way == WAY_BITS)
    check = bits;
  a->script = arena_printf(m, "%s%s%s\n", solver_head(m, &v->solver, a->ms),
                           script ? script : "", check);
}

bool attempt_next(Verify *v, const Job *j, Attempt *a, Arena *scratch,
                  bool next_way) {
  if (next_way) {
    a->which++;
    a->query = 0;
  }
  for (; a->way < WAY_COUNT; a->way++, a->which = 0)
    if (make_query(v, j, a, scratch)) {
      finish(v, a);
      return true;
    }
  return false;
}

bool attempt_done(const Attempt *a) {
  if (a->way == WAY_PARTS)
    return a->query + 1 == a->parts;
  if (a->way == WAY_LEMMA)
    return a->query == lemma_count(a->width);
  if (a->way == WAY_CUT)
    return a->query == a->split.n + 3 + lemma_count(a->width);
  return !by_cases(a) || a->query == a->split.n;
}

const char *attempt_name(const Attempt *a) {
  static const char *const names[WAY_COUNT] = {
      [WAY_ALIKE] = "writes",
      [WAY_WHOLE] = "whole",
      [WAY_THEORY] = "theory",
      [WAY_PARTS] = "lane by lane",
      [WAY_LONG] = "whole, long",
      [WAY_LEMMA] = "lemmas",
      [WAY_REAL] = "reals",
      [WAY_CUT] = "quotient, reals, cases",
      [WAY_REAL_CASES] = "reals, cases",
      [WAY_BITS] = "bits",
      [WAY_CASES] = "cases",
  };
  return names[a->way];
}
