// No malloc in a function's path: every function of some corpus programs is
// compiled twice in the same arenas; the second time nothing may call malloc,
// calloc or realloc, and the arenas may not ask the system for more.
#include "back/compile.h"

#include <stdio.h>

#ifdef RW_ASAN
int main(void) {
  puts("the sanitizers have a malloc of their own");
  return 77;
}
#else

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t m);
void *__libc_realloc(void *p, size_t n);
void *malloc(size_t n);
void *calloc(size_t n, size_t m);
void *realloc(void *p, size_t n);

static u64 calls;
void *malloc(size_t n) {
  calls++;
  return __libc_malloc(n);
}
void *calloc(size_t n, size_t m) {
  calls++;
  return __libc_calloc(n, m);
}
void *realloc(void *p, size_t n) {
  calls++;
  return __libc_realloc(p, n);
}

// Compiles all functions in the given arenas.
static void compile_all(const WasmModule *m, const CompileOptions *o,
                        Arena arenas[4]) {
  for (u32 f = m->nimported_funcs; f < m->nfuncs; f++) {
    Unit u = {.module = m, .o = o, .func = f, .ir = &arenas[0],
              .opt = &arenas[1], .scratch = &arenas[2], .out = &arenas[3]};
    must(compile_unit(&u, PASS_EMIT), "function %u does not compile", f);
    for (u32 k = 0; k < 4; k++)
      arena_reset(&arenas[k]);
  }
}

static bool test_file(const char *path, int level) {
  Arena a = {0}, arenas[4] = {{0}};
  u8 *bytes;
  size_t size;
  WasmError err = {0};
  WasmModule *m = arena_new(&a, WasmModule);
  CompileOptions o = compile_options(level);
  must(!file_read(&a, path, &bytes, &size), "%s", path);
  must(wasm_decode(&a, bytes, size, m, &err), "%s: %s", path, err.what);
  compile_all(m, &o, arenas);
  u64 before = calls;
  compile_all(m, &o, arenas);
  u64 during = calls - before;
  printf("%s %s -O%d: %llu calls\n", during ? "FAIL" : "ok", path, level,
         (unsigned long long)during);
  for (u32 k = 0; k < 4; k++)
    arena_free(&arenas[k]);
  arena_free(&a);
  return !during;
}

int main(void) {
  static const char *const files[] = {"corpus/sort.wasm", "corpus/json.wasm",
                                      "corpus/codelets.wasm"};
  void *p = malloc(1); // the hook is in place
  must(calls, "malloc is not hooked");
  bool ok = p;
  for (u32 k = 0; k < sizeof files / sizeof *files; k++)
    for (int level = 0; level <= 2; level++)
      ok &= test_file(files[k], level);
  return !ok;
}
#endif
