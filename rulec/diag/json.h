// Diagnostics as JSON; the caller decrefs. Message bytes that are no UTF-8
// become '?'.
#ifndef RULEC_DIAG_JSON_H
#define RULEC_DIAG_JSON_H

#include "rulec/diag/diag.h"

#include <jansson.h>

json_t *diag_json(const Diags *d); // after diag_finish

#endif
