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
  u32 bad = 0;
  (void)a;
  if (!o->args.s.n)
    return fail(EXIT_USAGE, "validate: no file given; see wb help validate");
  for (u32 k = 0; k < o->args.s.n; k++)
    bad += validate_file(o->args.s.at[k]) != EXIT_GOOD;
  return inputs_status(bad, o->args.s.n);
}
