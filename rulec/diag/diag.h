// Errors and warnings: `file:line:col: error[CODE]: found, wanted`, the source
// line, a caret; then other positions with theirs, and what to write instead.
// Collected, put in order of position, several per run, none twice.
//
// A code is a row of rulec/codes/*.def, and the enum is made of the rows: there
// is no way to report a code that `rulec explain` does not know. To add one,
// write its row, then
//
//     u32 i = diag_add(d, E_LOOP, loc, "%s gives back its left side", name);
//     diag_note(d, i, other, "by way of this rule");
//     diag_help(d, i, "keep one direction");
#ifndef RULEC_DIAG_DIAG_H
#define RULEC_DIAG_DIAG_H

#include "rulec/syntax/ast.h"

typedef enum DiagCode {
#define DIAG(code, ...) code,
#include "rulec/codes/all.def"
#undef DIAG
  DIAG_NCODES
} DiagCode;

// HARD: what is generated from such rules would be wrong, or could not be
// generated; SOFT: `allow(CODE) "reason"` beside the rule takes it away.
typedef enum DiagForce { HARD, SOFT } DiagForce;

typedef struct CodeRow {
  const char *name; // "E-TYPE", "W-UNUSED": W codes are warnings
  u8 force;         // DiagForce
  const char *title;
  const char *why;  // a paragraph or two
  const char *bad;  // rules that get this code; see codes/all.def
  const char *good; // the same, repaired: no error and no warning
} CodeRow;
extern const CodeRow code_rows[DIAG_NCODES];

// DIAG_NCODES if no code is called so.
DiagCode diag_code(const char *name);
static inline bool code_is_warning(DiagCode c) {
  return code_rows[c].name[0] == 'W';
}

// What `rulec verify` finds as well, or alone: that `check` finds none says
// nothing of an `allow`.
static inline bool code_of_solver(DiagCode c) {
  return c == E_BOUNDED || c == E_GUARD_FALSE || c == W_GUARD_TRUE ||
         c == W_GUARD_IMPLIED || c == W_GUARD_DEAD;
}

typedef struct DiagNote {
  Loc loc;
  const char *text;
} DiagNote;

typedef struct Diag {
  DiagCode code;
  bool warning;
  Loc loc;
  const char *text;
  VEC(DiagNote) notes;      // further positions
  const char *help;         // what to write instead, or null
  const AllowDecl *allowed; // what takes it away, set by diag_finish
} Diag;

typedef struct Diags {
  Arena *arena;
  VEC(Diag) list;
  u32 errors, warnings; // while collecting: added; after diag_finish: to show
  u32 limit;            // of each that are printed; 0 means 50
  VEC(const char *) broken; // names of declarations that did not parse
  u32 nseen, cap;
  u32 *seen; // hash set of list positions + 1
} Diags;

// Returns the index of the diagnostic, or ~0u: it was said already, or the
// limit is reached. The others ignore ~0u.
u32 diag_add(Diags *d, DiagCode code, Loc loc, const char *fmt, ...)
    BASE_PRINTF(4, 5);
void diag_note(Diags *d, u32 i, Loc loc, const char *fmt, ...)
    BASE_PRINTF(4, 5);
void diag_help(Diags *d, u32 i, const char *fmt, ...) BASE_PRINTF(3, 4);

// That a name is unknown is no second cause where its declaration is broken.
void diag_broken(Diags *d, const char *name);
// So many errors that reading on helps nobody.
bool diag_full(const Diags *d);

// There is an error that no `allow` takes away: nothing may be generated.
bool diag_stops(const Diags *d);

// Puts all in order of files and positions, keeps one of those with the same
// code, position and second position, takes away what the rules allow, and says
// what is wrong with the `allow`s themselves. Once, at the end.
// checked: all checks ran, so an `allow` that takes nothing away is idle.
// allows: the declarations whose `allow`s count, in order of position.
void diag_finish(Diags *d, const Ast *ast, const Ast *allows, bool checked);
// W-ALLOW: no such thing is here.
void diag_idle(Diags *d, const AllowDecl *x);
// help.c, called by diag_finish: help for those that have none; one of the
// unknown ops where no op is known.
void diag_default_help(Diags *d, const Ast *ast);
// After diag_finish; what is not allowed, then how many errors.
void diag_print(const Diags *d, Text *out);
void loc_line_col(Loc loc, u32 *line, u32 *col); // both from 1

#endif
