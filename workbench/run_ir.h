// A program in IR text, run by `wb run FILE.ir`.
#ifndef WORKBENCH_RUN_IR_H
#define WORKBENCH_RUN_IR_H

#include "workbench/cmd.h"

bool is_ir_path(const char *path);
// Calls f0 (--invoke=fN: that one) on the arguments, as `wb run` does an export
// of a module: compiled, or with --interp interpreted; optimized as the level
// says. Prints results, or the trap; then a hash of the heap if something wrote
// to it.
int run_ir(Arena *a, const Options *o, const u8 *text, size_t size);

#endif
