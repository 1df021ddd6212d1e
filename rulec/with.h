// `--with FILE`: what its declarations say is known, but it has no rules.
// `--target FILE`: instructions and lowering, wanted whole once a file lowers.
#ifndef RULEC_WITH_H
#define RULEC_WITH_H

#include "rulec/ast.h"

// The declarations of all files but
// - of the first nwith, those that rewrite or lower;
// - of the ntarget that follow, all, unless a file behind them lowers;
// - of both, each `fn`, `def`, `term`, `data` and `lower` whose name a file
//   behind them declares again: a copy of a file can be read with the original.
Ast ast_with(Arena *a, const Ast *all, u32 nwith, u32 ntarget);

// Whether a source from this index on has to do with lowering.
bool ast_lowers(const Ast *all, u32 from);

#endif
