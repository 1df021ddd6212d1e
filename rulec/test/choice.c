// The order in which the rules of an op or a term of lowering are tried: that
// of the generator's arms.
#include "rulec/test/machine.h"

typedef struct Job { // what gen_run hands on
  Text out;          // first
  LowChoice *c;
  LowArms *arms;
  u32 index;
  bool term;
} Job;

static void make(const Sema *s, Text *out) {
  Job *j = (Job *)(void *)out;
  LowerGen lg = lower_gen(s, out);
  if (j->term)
    lower_term_arms(&lg, j->index);
  else
    lower_op_arms(&lg, j->index);
  j->arms->at = arena_array0(j->c->arena, const RuleX *, lg.arms.n + 1);
  for (u32 k = 0; k < lg.arms.n; k++)
    if (!lg.arms.at[k].dropped)
      j->arms->at[j->arms->n++] = lg.arms.at[k].x;
}

// What the generator cannot hold has no arms; it says so itself.
static const LowArms *made(LowChoice *c, LowArms *arms, u32 index, bool term) {
  Job j = {{.arena = c->arena}, c, arms, index, term};
  if (!arms->made)
    (void)gen_run(c->s, make, &j.out);
  arms->made = true;
  return arms;
}

void choice_begin(LowChoice *c, const Sema *s, Arena *a) {
  *c = (LowChoice){.s = s, .arena = a};
  c->ops = arena_array0(a, LowArms, s->nops + 1);
  c->terms = arena_array0(a, LowArms, s->nterms + 1);
}
const LowArms *choice_op(LowChoice *c, u32 op) {
  return made(c, &c->ops[op], op, false);
}
const LowArms *choice_term(LowChoice *c, u32 term) {
  return made(c, &c->terms[term], term, true);
}
