// Errors and warnings: `file:line:col: error[CODE]: found, wanted`, the source
// line, a caret. Collected, printed in order of position, several per run.
#ifndef RULEC_DIAG_H
#define RULEC_DIAG_H

#include "rulec/ast.h"

typedef struct Diag {
  Loc loc;
  const char *code; // "E-TYPE"
  bool warning;
  const char *text; // may have several lines; the first is the headline
  Loc other;        // a second position; src null if none
  const char *other_text;
} Diag;

typedef struct Diags {
  Arena *arena;
  VEC(Diag) list;
  u32 errors;
  u32 limit; // errors after which no more are collected (default 50)
} Diags;

// Returns the index of the diagnostic, or ~0u when the limit is reached.
u32 diag_error(Diags *d, Loc loc, const char *code, const char *fmt, ...)
    BASE_PRINTF(4, 5);
u32 diag_warn(Diags *d, Loc loc, const char *code, const char *fmt, ...)
    BASE_PRINTF(4, 5);
// Adds "path:line:col: note: text" to diagnostic i (ignored for ~0u).
void diag_note(Diags *d, u32 i, Loc loc, const char *fmt, ...)
    BASE_PRINTF(4, 5);
void diag_print(const Diags *d, Text *out);
void loc_line_col(Loc loc, u32 *line, u32 *col); // both from 1

#endif
