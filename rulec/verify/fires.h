// Claims that rules with guards fire at all (fires.c).
#ifndef RULEC_VERIFY_FIRES_H
#define RULEC_VERIFY_FIRES_H

#include "rulec/verify/obligation.h"

void obligations_fires(const Sema *s, Obligations *out);

#endif
