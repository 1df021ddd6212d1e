// Decodes, validates and translates modules:
//   wasm_validate_main [-t | -b | -i | -ib] FILE...
// Prints "FILE: ok" or "FILE: OFFSET: message" for each, and exits 1 if any was
// refused. -t also builds SSA (with folding and sharing) and checks it with the
// IR verifier; -b builds with explicit bounds checks; -i and -ib print the IR
// too. v128 code counts as ok. A file that ends in .hex is text: bytes as hex,
// comments from ; to the end of the line. Without arguments: the corpus, both
// ways of bounds. tests/wasm/spec.py drives it over the specification's
// scripts.
#include <ctype.h>
#include <glob.h>
#include <stdio.h>

#include "mid/wasm/module.h"

typedef struct Mode {
  bool build, print, bounds;
} Mode;

static bool check_ir(const Func *f, Mode mode) {
  Arena a = {0};
  Text t = {.arena = &a};
  bool ok = ir_verify(f, &t);
  if (!ok)
    printf("function %u: %s", f->index, text_str(&t));
  if (mode.print) {
    Text ir = {.arena = &a};
    ir_print(f, &ir);
    printf("%s", text_str(&ir));
  }
  arena_free(&a);
  return ok;
}

static bool translate(Arena *a, WasmModule *m, u32 func, Mode mode,
                      WasmError *err) {
  TranslateOptions o = {
      .explicit_bounds = mode.bounds, .fold = true, .gvn = true};
  Func *f = wasm_translate(a, m, func, &o, err);
  return f ? check_ir(f, mode) : err->unsupported;
}

static bool bodies(WasmModule *m, Mode mode, WasmError *err) {
  Arena a = {0};
  bool ok = true;
  for (u32 k = m->nimported_funcs; ok && k < m->nfuncs; k++) {
    ok = wasm_validate_body(&a, m, k, err);
    arena_reset(&a);
    if (ok && mode.build)
      ok = translate(&a, m, k, mode, err);
    arena_reset(&a);
  }
  arena_free(&a);
  return ok;
}

static u32 digit(u8 c) {
  return isdigit(c) ? c - (u32)'0' : (u32)(tolower(c) - 'a' + 10);
}

// Turns the text of a .hex file into bytes, in place.
static size_t from_hex(u8 *text, size_t n) {
  size_t out = 0;
  for (size_t k = 0; k < n; k++)
    if (text[k] == ';')
      while (k < n && text[k] != '\n')
        k++;
    else if (isxdigit(text[k]) && k + 1 < n && isxdigit(text[k + 1])) {
      text[out++] = (u8)(digit(text[k]) << 4 | digit(text[k + 1]));
      k++;
    }
  return out;
}

static bool check(const char *path, Mode mode) {
  Arena a = {0};
  u8 *bytes;
  size_t size, len = strlen(path);
  WasmModule m;
  WasmError err = {0};
  if (file_read(&a, path, &bytes, &size)) {
    printf("%s: cannot be read\n", path);
    return false;
  }
  if (len > 4 && !strcmp(path + len - 4, ".hex"))
    size = from_hex(bytes, size);
  bool ok = wasm_decode(&a, bytes, size, &m, &err) && bodies(&m, mode, &err);
  if (ok)
    printf("%s: ok\n", path);
  else
    printf("%s: %zu: %s\n", path, err.off, err.what);
  arena_free(&a);
  return ok;
}

static bool corpus(void) {
  glob_t files;
  bool ok = glob("corpus/*.wasm", 0, NULL, &files) == 0;
  for (size_t k = 0; ok && k < files.gl_pathc; k++)
    ok = check(files.gl_pathv[k], (Mode){.build = true}) &&
         check(files.gl_pathv[k], (Mode){.build = true, .bounds = true});
  globfree(&files);
  return ok;
}

int main(int argc, char **argv) {
  Mode mode = {0};
  bool ok = argc > 1 || corpus();
  for (int k = 1; k < argc; k++)
    if (argv[k][0] == '-') {
      mode.build = true;
      mode.print = strchr(argv[k], 'i');
      mode.bounds = strchr(argv[k], 'b');
    } else {
      ok &= check(argv[k], mode);
    }
  return ok ? 0 : 1;
}
