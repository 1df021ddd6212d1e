// Claims about the formulas that stand for floats.
#ifndef RULEC_VERIFY_FLOATS_H
#define RULEC_VERIFY_FLOATS_H

#include "rulec/verify/obligation.h"

// One for each formula and format: f8 (3 bits of exponent), f16, f32, f64.
void obligations_floats(Obligations *out);

#endif
