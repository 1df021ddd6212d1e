// Claims with smaller numbers. The files are read again with i32 and i64 4 and
// 8, 8 and 16, or 16 and 32 bits wide, so everything that speaks of a width
// (`bits(T)`, `min_s`, masks and magic numbers that are computed) follows, and
// the claim of the same kind, name and parameters is taken from there. A
// number that is written out stays as it is: one that does not fit, or an op
// whose meaning says 32 or 64, makes a rule that cannot be read so.
#ifndef RULEC_VERIFY_SMALL_H
#define RULEC_VERIFY_SMALL_H

#include "rulec/verify/obligation.h"

enum { SMALL_WIDTHS = 2 };
extern const u16 small_widths[SMALL_WIDTHS]; // 8, 16

typedef struct Reading Reading; // of all files

typedef struct Readings { // made when first wanted
  Arena *arena;
  const Sema *full;
  Obligations claims; // at full width
  Reading *at[SMALL_WIDTHS + 1];
} Readings;

typedef struct Small {
  const Sema *sema;
  const Obligation *o; // null: it cannot be read so
  const char *why;     // then: why not
} Small;

// The integer type that a claim is about (of its root op's operands, or of what
// that gives); VT_NONE if there is none.
VType small_type(const Sema *s, const Obligation *o);
// The claim where that type has so many bits: one of small_widths.
Small small_read(Readings *r, const Obligation *o, u32 bits);

#endif
