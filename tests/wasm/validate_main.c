// Decodes and validates modules, or translates every function of them:
//   wasm_validate_main [-t | -b] FILE...
// Prints "FILE: ok" or "FILE: OFFSET: message" for each, and exits 1 if any was
// refused. -t also builds SSA (with folding and sharing) and checks it with the
// IR verifier; -b builds with explicit bounds checks. v128 code is reported as
// "unsupported". `tests/wasm/spec.py` drives it over the specification's scripts.
#include <stdio.h>

#include "mid/wasm/module.h"

typedef enum { VALIDATE, TRANSLATE, TRANSLATE_BOUNDS } Mode;

static bool check_ir(const Func *f, u32 index) {
  Arena a = {0};
  Text t = {.arena = &a};
  bool ok = ir_verify(f, &t);
  if (!ok)
    printf("function %u: %s", index, text_str(&t));
  arena_free(&a);
  return ok;
}

static bool translate(Arena *a, WasmModule *m, u32 func, Mode mode,
                      WasmError *err) {
  TranslateOptions o = {.explicit_bounds = mode == TRANSLATE_BOUNDS,
                        .fold = true, .gvn = true};
  Func *f = wasm_translate(a, m, func, &o, err);
  return (f && check_ir(f, func)) || err->unsupported;
}

static bool bodies(WasmModule *m, Mode mode, WasmError *err) {
  Arena a = {0};
  bool ok = true;
  for (u32 k = m->nimported_funcs; ok && k < m->nfuncs; k++) {
    ok = wasm_validate_body(&a, m, k, err);
    arena_reset(&a);
    if (ok && mode != VALIDATE)
      ok = translate(&a, m, k, mode, err);
    arena_reset(&a);
  }
  arena_free(&a);
  return ok;
}

static bool check(const char *path, Mode mode) {
  Arena a = {0};
  u8 *bytes;
  size_t size;
  WasmModule m;
  WasmError err = {0};
  if (file_read(&a, path, &bytes, &size)) {
    printf("%s: cannot be read\n", path);
    return false;
  }
  bool ok = wasm_decode(&a, bytes, size, &m, &err) && bodies(&m, mode, &err);
  if (ok)
    printf("%s: ok\n", path);
  else
    printf("%s: %zu: %s\n", path, err.off, err.what);
  arena_free(&a);
  return ok;
}

int main(int argc, char **argv) {
  Mode mode = VALIDATE;
  bool ok = true;
  for (int k = 1; k < argc; k++)
    if (!strcmp(argv[k], "-t"))
      mode = TRANSLATE;
    else if (!strcmp(argv[k], "-b"))
      mode = TRANSLATE_BOUNDS;
    else
      ok &= check(argv[k], mode);
  return ok ? 0 : 1;
}
