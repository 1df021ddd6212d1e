// wb validate: whether files are valid modules, and if not, where and why.
#include "mid/wasm/module.h"
#include "workbench/cmd.h"

#include <stdio.h>

static int validate_file(const char *path) {
  Arena a = {0};
  u8 *bytes;
  size_t size;
  WasmError err = {0};
  int status = EXIT_INPUT;
  if (input_read(&a, path, &bytes, &size)) {
    if (wasm_validate(&a, bytes, size, &err)) {
      printf("%s: valid\n", path);
      status = EXIT_GOOD;
    } else {
      printf("%s: offset 0x%zx: %s\n", path, err.off, err.what);
    }
  }
  arena_free(&a);
  return status;
}

int cmd_validate(Arena *a, Options *o) {
  int status = EXIT_GOOD;
  (void)a;
  if (!o->args.s.n)
    return fail(EXIT_USAGE, "validate: no file given");
  for (u32 k = 0; k < o->args.s.n; k++)
    if (validate_file(o->args.s.at[k]))
      status = o->args.s.n > 1 ? EXIT_INCOMPLETE : EXIT_INPUT;
  return status;
}
