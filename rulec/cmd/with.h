// `--with FILE`: what its declarations say is known, but it has no rules.
#ifndef RULEC_CMD_WITH_H
#define RULEC_CMD_WITH_H

#include "rulec/syntax/ast.h"

// The declarations of all files but, of the first nwith, those that rewrite or
// lower, and each `fn` and `def` whose name a later file declares again: a copy
// of a file can then be read with the original.
Ast ast_with(Arena *a, const Ast *all, u32 nwith);
// Each declaration's index is its position in here.
void ast_number(Ast *x);

#endif
