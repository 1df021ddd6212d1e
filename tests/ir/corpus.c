// Every function of the corpus: translation leaves it well-formed, its text
// comes back the same, and the facts computed anew are good as well.
#include "mid/wasm/module.h"

#include <dirent.h>
#include <stdio.h>

static u32 functions, failures;

static void failed(const char *path, u32 func, const char *why) {
  printf("FAILED %s f%u: %s\n", path, func, why);
  failures++;
}

static bool same_text(Arena *a, const Func *f) {
  Text once = {.arena = a}, again = {.arena = a}, err = {.arena = a};
  IrModule m;
  ir_print(f, &once);
  if (!ir_parse(a, once.at, once.n, &m, &err))
    return printf("%s", text_str(&err)), false;
  ir_print(m.funcs[f->index], &again);
  return once.n == again.n && !memcmp(once.at, again.at, once.n);
}

static void check(Arena *a, const char *path, Func *f) {
  Text err = {.arena = a};
  functions++;
  if (!ir_verify(f, &err))
    failed(path, f->index, text_str(&err));
  else if (!same_text(a, f))
    failed(path, f->index, "text differs");
  else if (!ir_analyse(f) || !ir_verify(f, &err))
    failed(path, f->index, text_str(&err));
}

static void check_file(const char *path) {
  static const TranslateOptions options[2] = {{.fold = true, .gvn = true},
                                              {.explicit_bounds = true}};
  Arena a = {0}, scratch = {0};
  WasmModule m;
  WasmError err = {0};
  u8 *bytes;
  size_t size;
  if (file_read(&a, path, &bytes, &size) ||
      !wasm_decode(&a, bytes, size, &m, &err)) {
    failed(path, 0, err.what);
    return;
  }
  for (u32 k = m.nimported_funcs; k < m.nfuncs; k++)
    for (u32 o = 0; o < 2; o++) {
      Func *f = wasm_translate(&scratch, &m, k, &options[o], &err);
      if (f)
        check(&scratch, path, f);
      else
        failed(path, k, err.what);
      arena_reset(&scratch);
    }
  arena_free(&scratch);
  arena_free(&a);
}

int main(void) {
  DIR *d = opendir("corpus");
  must(d, "no folder corpus: run it from the source folder");
  for (struct dirent *e; (e = readdir(d));) {
    const char *dot = strrchr(e->d_name, '.');
    char path[300];
    if (!dot || strcmp(dot, ".wasm"))
      continue;
    snprintf(path, sizeof path, "corpus/%s", e->d_name);
    check_file(path);
  }
  closedir(d);
  printf("%u functions, %u failed\n", functions, failures);
  return failures || functions < 1000;
}
