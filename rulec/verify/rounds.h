// A rule tried on values by the evaluator: all there are, corners in all
// combinations, random ones.
#ifndef RULEC_VERIFY_ROUNDS_H
#define RULEC_VERIFY_ROUNDS_H

#include "rulec/eval/eval.h"
#include "rulec/verify/verify.h"

enum { MOST_INPUTS = 6, MOST_CORNERS = 400 };

typedef struct Inputs { // of the left side
  u32 n;
  struct Input {
    const void *key; // Var, or the Node of a `_`
    const char *name;
    Sort sort;
  } at[MOST_INPUTS];
  bool only; // the left has no others, and no fact is asked for
} Inputs;
void inputs_find(Inputs *in, const RuleX *x);

typedef struct Rounds { // of a rule on many values
  EvRule r;
  Arena scratch; // emptied now and then
  const Sema *s;
  const RuleX *x;
  Inputs in;
  EvBind fixed; // key null: nothing is
  u32 agreed;
  bool met, until_met; // a round whose guards hold; stop at it
  RuleRound worst;     // WRONG, LEFT_OUT end it
  EvOutcome left, right;
  u64 corner[MOST_INPUTS][MOST_CORNERS]; // rounds_corners: of each input
} Rounds;
void rounds_begin(Rounds *o, const Sema *s, const RuleX *x);
// A code that is one of its members throughout.
void rounds_fix(Rounds *o, const Var *code, u32 member);
void rounds_end(Rounds *o);
// Both false if a value was wrong, or it cannot be evaluated; else .agreed are
// how many matched and agreed.
// Every value of every input. False as well if these are too many.
bool rounds_all(Rounds *o);
// The inputs at 0, 1, -1, least, greatest, powers of two, neighbours of these:
// as many of each as make no more than `most` together.
bool rounds_corners(Rounds *o, u32 most);
// From -128 to 127 for the first two inputs.
bool rounds_small(Rounds *o);
bool rounds_random(Rounds *o, u32 n);
// Whether some value passes the guards: n corners, then n random ones.
bool rounds_passes(Rounds *o, u32 n);
// Values that differ at a smaller width, widened in several ways.
bool rounds_model(Rounds *o, const Model *m);

// The steps of a sequence against what it means, n times or until they differ.
typedef struct SeqRounds {
  RuleRound worst;
  u32 agreed;
  EvVal args[EV_MAX_ARGS]; // of the last round
  EvOutcome left, right;
} SeqRounds;
SeqRounds seq_rounds(const Sema *s, const InstX *x, u32 n, Arena *scratch);

#endif
