// Claims about products and quotients by lemmas: what bits do not show and
// reals do not know.
#ifndef RULEC_VERIFY_LEMMA_H
#define RULEC_VERIFY_LEMMA_H

#include "mid/base/base.h"

// The width at which a script (as smt_script gives it) both multiplies and
// divides, of 64 bits at most; 0: none, lemmas say nothing of it.
u32 lemma_width(Arena *a, const char *script);
// The lemmas of that width, each a script without a model if it is true, from 0
// on; null: no more. A solver needs milliseconds for each.
const char *lemma_query(Arena *a, u32 bits, u32 i);
u32 lemma_count(u32 bits);
// The script with products and quotients that nobody knows anything of, but
// for the lemmas and what division is. No model here means none there.
const char *lemma_script(Arena *a, const char *script, u32 bits);

// A remainder by a quotient: the script claims (when `when`) something of the
// remainder of x by y, and multiplies `factor` by n. That factor is the
// quotient of x by n is the cut: proved first, then used.
typedef struct Cut {
  const char *when, *claim; // names: the guards; the assertion
  const char *x, *n, *factor;
  bool is_signed;
} Cut;
bool cut_find(Arena *a, const char *script, Cut *out);
// The script without the claim: what is there when `when`.
const char *cut_when(Arena *a, const char *script, const Cut *c);
// And is n ever 0 or (if signed) below?
const char *cut_positive(Arena *a, const char *script, const Cut *c);
// And with n above 0, is factor ever not the quotient?
const char *cut_quotient(Arena *a, const char *script, const Cut *c);
// By lemmas: the claim, given that factor is the quotient and x is negative (or
// not). How the factor comes about is forgotten.
const char *cut_given(Arena *a, const char *script, const Cut *c, u32 bits,
                      bool negative);

#endif
