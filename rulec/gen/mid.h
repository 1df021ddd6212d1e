// Between the three files that write out/gen/mid.c: mid.c (tables),
// mid_match.c (matching) and mid_side.c (guards and right sides).
#ifndef RULEC_GEN_MID_H
#define RULEC_GEN_MID_H

#include "rulec/gen/cgen.h"
#include "rulec/gen/tree.h"

typedef struct GenMid {
  const Sema *s;
  Text *out;
  bool skeleton;       // writing skeleton rules
  bool library;        // to be loaded by wb, not built in
  const char **guards; // by row: its function, or null if it always holds
  const char **sides;  // by row
  VEC(const char *)
  bodies; // written functions' texts and names, in pairs;
          // only those of the current rule
  const Rule *bodies_of;
  Arena *pieces; // for the function being written
  u32 nrules;    // rules that rewrite
} GenMid;

// Writes the functions of a row, or finds that an earlier one of the rule is
// the same, and notes their names.
void mid_row_functions(GenMid *m, const Row *r);

// Writes the function that matches what has this root, and those it needs.
void mid_match(GenMid *m, const char *base, const Tree *t);

// A C identifier from a rule's or variable's name.
const char *mid_ident(GenMid *m, const char *name);

#endif
