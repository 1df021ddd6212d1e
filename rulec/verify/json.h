// The verdicts as JSON, on stdout.
#ifndef RULEC_VERIFY_JSON_H
#define RULEC_VERIFY_JSON_H

#include "rulec/verify/verify.h"

void verify_json(const Verify *v);

#endif
