// gen/builtin.rules: the texts of all rule files as they were when wb was built
// (rulec/gen/builtin.c writes it). Each is a piece, a source of its own that
// keeps the name it had; where it stands in the file is known, so that an
// editor can go there.
#ifndef RULEC_CMD_BUILTIN_H
#define RULEC_CMD_BUILTIN_H

#include "rulec/syntax/ast.h"

typedef struct BuiltinPiece {
  Source src;  // index: its position
  u32 at;      // byte of the file where its text starts
  bool target; // machine things are in it: read only if an author lowers
} BuiltinPiece;

typedef struct BuiltinRules {
  const char *path, *text; // of the file; NUL-terminated
  u32 size;
  BuiltinPiece *at;
  u32 n;
} BuiltinRules;

// The file beside rulec, or where it was installed; null if there is none.
const char *builtin_path(Arena *a);
// False if it cannot be read or is broken.
bool builtin_read(Arena *a, const char *path, BuiltinRules *out);
// The piece that is that source, or null.
const BuiltinPiece *builtin_piece(const BuiltinRules *b, const Source *src);
// Of the pieces' texts: the line before each, as builtin_read wants it.
void builtin_head(Text *out, bool target, u32 size, const char *name);

#endif
