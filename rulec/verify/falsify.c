// Solvers are trusted, and so is the translation of meanings to terms, but
// neither alone: what is called unsat is evaluated as well, on corners and on
// random values (eval.h, which shares no code with the terms). A solver that is
// broken, or a meaning that is said wrongly to it, proves nothing that a value
// contradicts.
//
// Rules, skeletons and lowerings are run on both sides (rounds.h), sequences
// against what they mean; ops, their symmetries and facts, and the maps of
// codes, on operands. The draws depend on the claim alone. Claims about
// the formulas of floats (floats.c) are about terms: there is nothing to
// evaluate.
#include "rulec/verify/falsify.h"
#include "rulec/verify/lower.h"
#include "rulec/verify/rounds.h"

enum { CORNERS = 300, SAMPLES = 400, COMBINATIONS = 1000 };

// --- rules ------------------------------------------------------------

static void try_rule(Verify *v, Job *j) {
  const Obligation *o = j->o;
  const Var *code = strcmp(o->kind, "lower") == 0 ? lower_code(o->x) : NULL;
  Rounds r;
  rounds_begin(&r, j->sema, o->x);
  if (code)
    rounds_fix(&r, code, o->member);
  bool good = rounds_corners(&r, CORNERS);
  j->evaluated = r.agreed;
  good = good && rounds_random(&r, SAMPLES);
  j->evaluated += good ? r.agreed : 0;
  if (r.worst == ROUND_WRONG)
    refute_values(v, j, &r.r, &r.left, &r.right);
  rounds_end(&r);
}

static void try_seq(Verify *v, Job *j) {
  Arena scratch = {0};
  SeqRounds r = seq_rounds(j->sema, j->o->more, SAMPLES, &scratch);
  j->evaluated = r.agreed;
  if (r.worst == ROUND_WRONG)
    refute_seq(v, j, r.args, &r.left, &r.right);
  arena_free(&scratch);
}

// --- operands -----------------------------------------------------------

typedef struct Draw { // of operands that are not a rule's
  Verify *v;
  Job *j;
  Eval e;
  EvSampler sampler;
  Arena scratch;
  u32 n;
  Var *const *vars;
  EvVal args[EV_MAX_ARGS];
} Draw;

static bool is_number(Sort s) {
  return (s.kind == SORT_VALUE || s.kind == SORT_BV) && s.bits;
}

static bool draw_begin(Draw *d, Verify *v, Job *j, u32 n, Var *const *vars) {
  bool good = n <= EV_MAX_ARGS;
  *d = (Draw){.v = v, .j = j, .n = n, .vars = vars};
  for (u32 i = 0; i < n && good; i++)
    good = eval_can_draw(vars[i]->sort);
  d->sampler.state = 1;
  eval_init(&d->e, j->sema, &d->scratch, 1);
  return good;
}

// All combinations of corners, if they are few.
static u32 combinations(const Draw *d) {
  u32 total = 1;
  for (u32 i = 0; i < d->n && total <= COMBINATIONS; i++)
    total *=
        is_number(d->vars[i]->sort) ? corner_count(d->vars[i]->sort.bits) : 1;
  return total <= COMBINATIONS ? total : 0;
}

static void draw(Draw *d, u32 i, u32 ncorners) {
  u32 rest = i;
  eval_reset(&d->e, sample_draw(&d->sampler));
  d->e.fact = eval_fact_some;
  d->e.policy = (u8)(d->e.seed % 3);
  d->e.heap_size = d->e.seed & 4 ? 1 << 16 : ~(u64)0;
  d->e.why = NULL;
  for (u32 k = 0; k < d->n; k++) {
    const Sort sort = d->vars[k]->sort;
    u32 n = is_number(sort) ? corner_count(sort.bits) : 0;
    d->args[k] = n && i < ncorners
                     ? ev_bits(sort, corner_at(sort.bits, rest % n))
                     : sample_val(&d->sampler, d->e.arena, sort);
    rest /= n ? n : 1;
    if (sort.kind == SORT_MEMARG && d->j->o->op)
      eval_make_access(d->j->sema, d->j->o->op, d->args[k].mem);
    eval_bind(&d->e, d->vars[k], d->args[k]);
  }
}

// What a round of a claim came to: null is good, else what is wrong.
typedef const char *RoundFn(Draw *d, bool *counts);

static void try_args(Verify *v, Job *j, u32 n, Var *const *vars, RoundFn *f) {
  Draw d;
  bool good = draw_begin(&d, v, j, n, vars);
  u32 ncorners = good ? combinations(&d) : 0;
  for (u32 i = 0; i < ncorners + SAMPLES && good; i++) {
    bool counts = false;
    draw(&d, i, ncorners);
    const char *why = f(&d, &counts);
    j->evaluated += counts;
    good = !why && !d.e.why;
    if (why)
      refute_args(v, j, n, vars, d.args, why);
  }
  arena_free(&d.scratch);
}

// --- ops, symmetries, facts ---------------------------------------------

static EvVal result_of(Draw *d) {
  return eval_op(&d->e, (u32)(d->j->o->op - d->j->sema->ops), d->args);
}

static const char *round_op(Draw *d, bool *counts) {
  const Sema *s = d->j->sema;
  EvOutcome r = eval_run_op(&d->e, (u32)(d->j->o->op - s->ops), d->args);
  *counts = r.what != EO_NO && r.what != EO_NOTHING;
  return r.what == EO_NOTHING ? "it gives nothing" : NULL;
}

static const char *round_sym(Draw *d, bool *counts) {
  const OpInst *op = d->j->o->op;
  EvVal turned[EV_MAX_ARGS];
  for (u32 i = 0; i < op->nvars; i++)
    turned[i] = d->args[op->sym_perm[i]];
  EvOutcome left = outcome_of(result_of(d));
  EvOutcome right = outcome_of(eval_op(&d->e, op->sym_op, turned));
  EvVerdict is = eval_allows(&left, &right);
  *counts = is == EV_AGREE;
  if (is != EV_DIFFER)
    return NULL;
  Text t = {.arena = d->v->arena};
  outcome_print(&t, d->j->sema, &left);
  text_add(&t, ", turned round ");
  outcome_print(&t, d->j->sema, &right);
  text_add(&t, ": they differ");
  return text_str(&t);
}

bool fact_holds(Builtin b, Wide f, Wide x, u32 w) {
  switch (b) {
  case BI_ZEROS: return wide_zero(wide_and(f, x));
  case BI_ONES: return wide_equal(wide_and(f, x), f);
  case BI_UMIN: return !wide_ult(x, f);
  case BI_UMAX: return !wide_ult(f, x);
  case BI_SMIN: return !wide_slt(x, f, w);
  default: return !wide_slt(f, x, w);
  }
}

static const char *round_fact(Draw *d, bool *counts) {
  const FactInfo *f = &d->j->o->op->facts[d->j->o->fact];
  EvVal x = eval_node(&d->e, f->e), r = result_of(d);
  *counts = ev_ok(&x) && ev_ok(&r) && !ev_is_choice(&r);
  if (!*counts || fact_holds((Builtin)f->fact, x.bits, r.bits, f->e->sort.bits))
    return NULL;
  Text t = {.arena = d->v->arena};
  text_add(&t, "%s = ", builtin_names[f->fact]);
  ev_print(&t, d->j->sema, &x);
  text_add(&t, " of ");
  ev_print(&t, d->j->sema, &r);
  text_add(&t, ": it is false");
  return text_str(&t);
}

static void try_op(Verify *v, Job *j) {
  const OpInst *op = j->o->op;
  RoundFn *f = strcmp(j->o->kind, "op") == 0     ? round_op
               : strcmp(j->o->kind, "fact") == 0 ? round_fact
                                                 : round_sym;
  try_args(v, j, op->nvars, op->vars, f);
}

// --- maps of codes --------------------------------------------------------

// Of member k; `turned`: the operands in turn.
static bool holds(Draw *d, u32 k, bool turned) {
  const Obligation *o = d->j->o;
  const Node *n =
      code_predicate(d->j->sema, o->code, k, (Var **)(uintptr_t)d->vars, d->n);
  u32 mark = d->e.env.n;
  for (u32 i = 0; i < d->n && turned; i++)
    eval_bind(&d->e, d->vars[d->n - 1 - i], d->args[i]);
  EvVal r = n ? eval_node(&d->e, n) : (EvVal){.state = EV_NO};
  d->e.env.n = mark;
  if (!n)
    d->e.why = "a predicate that has no type here";
  return ev_true(&r);
}

static const char *round_code(Draw *d, bool *counts) {
  const Obligation *o = d->j->o;
  const CodeInfo *c = &d->j->sema->codes[o->code];
  bool swap = strcmp(o->kind, "swap") == 0;
  const s32 *map = swap ? c->swap : c->invert;
  bool x = holds(d, o->member, false), y = holds(d, (u32)map[o->member], swap);
  *counts = !d->e.why;
  return d->e.why || x == (swap ? y : !y) ? NULL
         : swap                           ? "turned round, it differs"
                : "it and what is called its opposite say the same";
}

static void try_code(Verify *v, Job *j) {
  CodeArgs a;
  code_args(&a, j->sema, j->o);
  try_args(v, j, a.n, a.at, round_code);
}

// --- all ------------------------------------------------------------------

bool falsify(Verify *v, Job *j) {
  const Obligation *o = j->o;
  if (o->x && o->x->lhs)
    try_rule(v, j);
  else if (o->op)
    try_op(v, j);
  else if (strcmp(o->kind, "seq") == 0)
    try_seq(v, j);
  else if (strcmp(o->kind, "swap") == 0 || strcmp(o->kind, "not") == 0)
    try_code(v, j);
  if (j->verdict != VERDICT_REFUTED)
    return false;
  j->evaluated = 0;
  j->how =
      arena_printf(v->arena, "solver %s says unsat, but these inputs differ",
                   v->solver.argv ? v->solver.argv[0] : "");
  return true;
}
