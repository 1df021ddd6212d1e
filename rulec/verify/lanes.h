// The shape (Shape + 1, 0: none) in which a vector of a counterexample prints.
#ifndef RULEC_VERIFY_LANES_H
#define RULEC_VERIFY_LANES_H

#include "rulec/verify/obligation.h"

u32 lanes_shape(const Sema *s, const Obligation *o, const SmtTrace *t);
u32 lanes_bits(u32 shape); // of a lane; 128 where there is no shape
// Into how many parts a claim about vectors falls: lanes, else bytes.
u32 lanes_parts(const Sema *s, const Obligation *o);

#endif
