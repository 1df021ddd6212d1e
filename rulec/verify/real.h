// Scripts over bit vectors said again over the reals.
#ifndef RULEC_VERIFY_REAL_H
#define RULEC_VERIFY_REAL_H

#include "mid/base/base.h"

// A script (as smt_script gives it) whose models include those of the given
// one, or null if it holds what cannot be read: if the result has no model, the
// given script has none either. A model of the result says nothing.
const char *real_script(Arena *a, const char *script);

#endif
