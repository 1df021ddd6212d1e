// The checks of `lower` rules: which of two rules goes first, rules that never
// get a turn, ops that nothing takes (lower_gap.c), what right sides do with
// memory (lower_mem.c) and with instructions (lower_inst.c).
//
// Left sides are the arms of rulec/gen/lower_match.c, as the generator tries
// them: a rule at its parameters as a set of tests. Of two rules the one goes
// first whose tests contain the other's; where neither's do and both can hold,
// `prio` must say.
#include "rulec/check/lower.h"
#include "rulec/check/check.h"

// --- rules that never get a turn ------------------------------------

typedef struct Pair { // expansions that overlap
  const RuleX *a, *b;
  const char *fn; // the op or term that both take
} Pair;

typedef struct Turns { // by rule: arms, arms that an earlier one takes
  u32 *all, *hidden;
  const RuleX **by; // the last that hid one
  VEC(Pair) pairs;
} Turns;

static bool is_hidden(const Turns *t, const Rule *r) {
  return t->all[r->index] && t->hidden[r->index] == t->all[r->index];
}

static void count_turns(LowerCheck *c, Turns *t) {
  for (u32 j = 0; j < c->lg.arms.n; j++) {
    const Arm *b = &c->lg.arms.at[j];
    const u32 r = b->x->rule->index;
    if (b->dropped)
      continue;
    t->all[r]++;
    for (u32 i = 0; i < j; i++) {
      const Arm *a = &c->lg.arms.at[i];
      if (a->x->rule == b->x->rule || a->dropped ||
          (!lower_covers(b, a) &&
           (lower_prio(a) == lower_prio(b) || !lower_implies(c, b, a))))
        continue;
      t->hidden[r]++;
      t->by[r] = a->x;
      break;
    }
  }
}

static void judge_turns(LowerCheck *c, const Turns *t) {
  for (u32 k = 0; k < c->s->nlowers; k++) {
    const Rule *r = &c->s->lowers[k];
    if (!is_hidden(t, r))
      continue;
    const Decl *by = t->by[k]->rule->decl;
    const u32 i =
        diag_add(c->d, E_HIDDEN, r->decl->name.loc,
                 "`%s` never fires: `%s` goes first and takes all of it",
                 r->decl->name.s, by->name.s);
    diag_note(c->d, i, by->name.loc, "this one%s",
              by->has_prio ? ", by its prio" : "");
    diag_help(c->d, i,
              by->has_prio ? "a higher `prio` here, or leave it out"
                           : "leave one of them out");
  }
}

// --- overlap --------------------------------------------------------

static void note_overlaps(LowerCheck *c, Turns *t) {
  for (u32 i = 0; i < c->lg.arms.n; i++)
    for (u32 j = i + 1; j < c->lg.arms.n; j++) {
      const Arm *a = &c->lg.arms.at[i], *b = &c->lg.arms.at[j];
      if (a->x->rule == b->x->rule || lower_prio(a) != lower_prio(b) ||
          lower_covers(a, b) || lower_covers(b, a) ||
          !lower_can_meet(&c->lg, a, b) || lower_contradict(c, a, b))
        continue;
      vec_push(c->s->arena, &t->pairs, ((Pair){a->x, b->x, c->lg.fn}));
    }
}

static void judge_overlaps(LowerCheck *c, const Turns *t) {
  for (u32 k = 0; k < t->pairs.n; k++) {
    const RuleX *a = t->pairs.at[k].a, *b = t->pairs.at[k].b;
    if (is_hidden(t, a->rule) || is_hidden(t, b->rule))
      continue; // which is the greater trouble
    const Decl *da = a->rule->decl, *db = b->rule->decl;
    const u32 i = diag_add(
        c->d, E_OVERLAP, db->name.loc,
        "`%s`%s and `%s`%s both take some %s, and neither is more specific",
        db->name.s, b->at, da->name.s, a->at, t->pairs.at[k].fn);
    diag_note(c->d, i, da->name.loc, "the other");
    diag_help(c->d, i, "`prio 1` on the one that is to go first");
  }
}

// --- all of it ------------------------------------------------------

static void judge_arms(LowerCheck *c, Turns *t) {
  if (!c->lg.arms.n)
    return;
  note_overlaps(c, t);
  count_turns(c, t);
}

static void judge_all(const Sema *s, Text *out) {
  LowerCheck c = {.s = s, .d = s->diags, .lg = lower_gen(s, out)};
  Turns t = {arena_array0(s->arena, u32, s->nlowers + 1),
             arena_array0(s->arena, u32, s->nlowers + 1),
             arena_array0(s->arena, const RuleX *, s->nlowers + 1),
             {0}};
  for (u32 k = 0; k < s->nterms; k++) {
    lower_term_arms(&c.lg, k);
    judge_arms(&c, &t);
    lower_gap_term(&c, k);
  }
  for (u32 k = 1; k < s->nops; k++) {
    lower_op_arms(&c.lg, k);
    judge_arms(&c, &t);
    lower_gap_op(&c, k);
  }
  lower_check_terms(&c);
  judge_turns(&c, &t);
  judge_overlaps(&c, &t);
  for (u32 k = 0; k < s->nlowerxs; k++) {
    lower_check_mem(&c, &s->lowerxs[k]);
    lower_check_insts(&c, &s->lowerxs[k]);
  }
}

// What rulec/gen/lower_match.c cannot hold ends this as it ends the generator.
void check_lower(const Sema *s, Diags *d) {
  Text scratch = {.arena = s->arena};
  (void)d;
  if (s->nlowerxs)
    (void)gen_run(s, judge_all, &scratch);
}
