// What is known of a value in a Trial: facts of ops (`fact` in ops.rules), of
// leaves what an example says, and what one kind of fact says of the others.
#ifndef RULEC_TEST_KNOWN_H
#define RULEC_TEST_KNOWN_H

#include "rulec/test/trial.h"

typedef struct Facts { // of a value of w bits; smin and smax read with sign
  u32 w;
  u64 zeros, ones, umin, umax, smin, smax;
} Facts;

Facts facts_none(u32 w);
void facts_add(Facts *f, Builtin fact, u64 x); // BI_ZEROS to BI_SMAX
void facts_close(Facts *f);
u64 facts_get(const Facts *f, Builtin fact);
Facts facts_of(Trial *t, u32 node);

#endif
