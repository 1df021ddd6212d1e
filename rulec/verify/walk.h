// A sequence being followed: registers as places, paths as states. Shared by
// seq.c, which takes the steps, and walk.c, which keeps the states.
#ifndef RULEC_VERIFY_WALK_H
#define RULEC_VERIFY_WALK_H

#include "rulec/gen/seq.h"
#include "rulec/verify/machine.h"

enum { MOST_PLACES = 32, MOST_WAITING = 32 };

typedef struct Place {
  const char *name;  // of the operand or result; or null
  const char *fixed; // register, or null
  Sort sort;         // SORT_GPR, SORT_XMM
  u32 same;          // index of the place that it is
} Place;

typedef struct Cell { // what a register holds
  SmtTerm all;        // of it; s null: no such register
  SmtTerm low;        // what was written last, the low part of all; or s null
} Cell;

typedef struct State { // of the machine on one path
  SmtTerm active;      // whether control is here
  Cell at[MOST_PLACES];
  SmtVal flags;
  SmtRun run;
} State;

typedef struct Waiting { // for a label; label null: control has left
  const char *label;
  State state;
} Waiting;

typedef struct Walk {
  Smt *m;
  const InstX *x;
  Seq q; // for constants and names
  u32 nplaces;
  Place places[MOST_PLACES];
  State now;
  u32 nwaiting;
  Waiting waiting[MOST_WAITING];
  u32 nseen;
  const char *seen[MOST_WAITING]; // labels behind us
  SmtTerm excused;                // a jump back
} Walk;

void walk_places(Walk *w); // place k is operand k, then results
s32 walk_find(const Walk *w, const char *name);      // or -1
const KindInfo *walk_register(const InstOperand *o); // its register kind
u32 walk_fixed(Walk *w, const char *reg, Sort sort); // the place at a register
void walk_write(Walk *w, u32 k, SmtVal v);
SmtTerm walk_read(Walk *w, u32 k, u32 bits); // the low bits
u32 walk_bits(const Place *p);

// Where cond holds: to a label ahead, to a target of the block, or back.
void walk_jump(Walk *w, const Name *to, SmtTerm cond);
void walk_label(Walk *w, const Name *n); // who waits for it goes on here
void walk_end(Walk *w); // who has left joins: now is the state at the end

#endif
