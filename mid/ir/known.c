// Known bits and ranges tell about each other: the `fact` lines of `union` in
// rules/ops.rules, each of which `rulec verify` proves of any value and any
// true facts of it.
//
// Operand and result are the same facts here, so a line sees what those before
// it added; as each leaves true what was true, so do all of them. A second pass
// would find something now and then, and nothing that matters.
#include "mid/ir/known.h"
#include "ops.h"

void known_close(Known *f, u32 w) {
  op_known[w == 64 ? OP_union_i64 : OP_union_i32].fn(NULL, NULL, f, f);
}
