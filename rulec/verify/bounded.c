// What no solver settles is tried on values, by the evaluator: every pair of
// small numbers (from -128 to 127, in the full width) for the first two inputs,
// then corners, powers of two, the rule's own numbers and random ones. All that
// agree make it `bounded`, never `proved`; one that differs refutes it.
#include "rulec/eval.h"
#include "rulec/verify/verify.h"

enum { SMALL = 256, SAMPLES = 20000 };

typedef struct Inputs {
  u32 n;
  const Var *at[2];
} Inputs;

static void find_inputs(Inputs *in, const Node *n) {
  bool bits = n->kind == N_VAR && n->sort.bits &&
              (n->sort.kind == SORT_VALUE || n->sort.kind == SORT_BV);
  bool known = in->n && in->at[0] == n->var;
  if (bits && in->n < 2 && !known)
    in->at[in->n++] = n->var;
  for (u32 i = 0; i < n->nkids; i++)
    find_inputs(in, n->kids[i]);
}

static EvVal small(const Var *v, u32 i) {
  s64 x = (s64)i - SMALL / 2;
  u64 all = v->sort.bits >= 64 ? ~(u64)0 : ((u64)1 << v->sort.bits) - 1;
  return ev_bits(v->sort, wide((u64)x & all));
}

static RuleRound small_pairs(EvRule *r, const Inputs *in, u32 *agreed,
                             EvOutcome *left, EvOutcome *right) {
  u32 second = in->n == 2 ? SMALL : 1;
  for (u32 i = 0; i < SMALL && in->n; i++)
    for (u32 k = 0; k < second; k++) {
      EvBind given[2] = {{in->at[0], small(in->at[0], i)}};
      if (in->n == 2)
        given[1] = (EvBind){in->at[1], small(in->at[1], k)};
      RuleRound o = rule_round(r, given, in->n, left, right);
      *agreed += o == ROUND_AGREED;
      if (o == ROUND_WRONG || o == ROUND_LEFT_OUT)
        return o;
    }
  return ROUND_AGREED;
}

// A sequence: its steps against what it means.
static bool bounded_seq(Verify *v, Job *j) {
  Arena scratch = {0};
  Eval e;
  EvSampler m = {.state = 1};
  EvOutcome left, right;
  RuleRound o = ROUND_AGREED;
  u32 agreed = 0;
  eval_init(&e, v->sema, &scratch, 1);
  for (u32 i = 0; i < SAMPLES && o != ROUND_WRONG && o != ROUND_LEFT_OUT; i++) {
    o = seq_round(&e, &m, j->o->more, NULL, &left, &right);
    agreed += o == ROUND_AGREED;
  }
  if (o == ROUND_WRONG) {
    Text t = {.arena = v->arena};
    text_add(&t, "  it means ");
    outcome_print(&t, v->sema, &left);
    text_add(&t, ", its steps give ");
    outcome_print(&t, v->sema, &right);
    text_add(&t, "\n");
    j->note = text_str(&t);
    j->verdict = VERDICT_REFUTED;
    j->how = "by the evaluator";
  } else if (agreed) {
    j->verdict = VERDICT_BOUNDED;
    j->how = arena_printf(v->arena, "%u samples agree", agreed);
  }
  arena_free(&scratch);
  return j->verdict != VERDICT_NONE;
}

// --- that something passes the guards ---------------------------------

static bool passes(const Sema *s, const RuleX *x) {
  Arena scratch = {0};
  EvRule r;
  EvOutcome left, right;
  Inputs in = {0};
  RuleRound o = ROUND_MISSED;
  find_inputs(&in, x->lhs);
  rule_begin(&r, s, x, &scratch, 1);
  const u32 pairs = !in.n ? 0 : in.n == 1 ? SMALL : SMALL * SMALL;
  for (u32 i = 0; i < pairs + SAMPLES && o == ROUND_MISSED; i++) {
    EvBind given[2] = {{0}};
    for (u32 k = 0; k < in.n && i < pairs; k++)
      given[k] = (EvBind){in.at[k], small(in.at[k], k ? i / SMALL : i % SMALL)};
    o = rule_round(&r, given, i < pairs ? in.n : 0, &left, &right);
  }
  arena_free(&scratch);
  return o != ROUND_MISSED && o != ROUND_LEFT_OUT;
}

static bool rule_passes(const Sema *s, const Rule *r) {
  const RuleX *all = r->decl->kind == DECL_LOWER ? s->lowerxs : s->rulexs;
  for (u32 i = r->first; i < r->first + r->count; i++)
    if (passes(s, &all[i]))
      return true;
  return false;
}

bool bounded_try(Verify *v, Job *j) {
  if (j->o->wants_sat && rule_passes(v->sema, j->o->more)) {
    job_settle(j, ANSWER_SAT, "a sample");
    return true;
  }
  if (strcmp(j->o->kind, "seq") == 0 && j->o->more)
    return bounded_seq(v, j);
  if (!j->o->x || !j->o->x->lhs)
    return false;
  Arena scratch = {0};
  EvRule r;
  EvOutcome left, right;
  Inputs in = {0};
  u32 agreed = 0, more = 0;
  find_inputs(&in, j->o->x->lhs);
  rule_begin(&r, v->sema, j->o->x, &scratch, 1);
  RuleRound o = small_pairs(&r, &in, &agreed, &left, &right);
  if (o == ROUND_AGREED)
    o = rule_sample(&r, SAMPLES, &more, &left, &right);
  if (o == ROUND_WRONG)
    refute_values(v, j, &r, &left, &right);
  if (o == ROUND_AGREED) {
    j->verdict = VERDICT_BOUNDED;
    j->how =
        arena_printf(v->arena, "%u pairs of small numbers and %u samples agree",
                     agreed, more);
  }
  arena_free(&scratch);
  return j->verdict != VERDICT_NONE;
}
