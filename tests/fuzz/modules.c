// Mutated modules: none may crash, hang or exhaust memory; each is refused with
// a message, or compiles at -O0 and -O1 with every checker on.
//
//   fuzz_modules [COUNT [SEED]]      default: 3000 mutants, CI's share
//
// Seeds are the corpus and the small modules beside the tests. A failure is
// repeated by `fuzz_modules 1 NUMBER`.
#include "back/compile.h"
#include "tests/fuzz/mutate.h"

static void compile_all(const u8 *bytes, size_t size) {
  for (int level = 0; level <= 1; level++) {
    Arena a = {0};
    WasmModule *m = arena_new(&a, WasmModule);
    WasmError err = {0};
    CompileOptions o = compile_options(level);
    o.check = true;
    CompileJob job = {.module = m, .o = &o};
    if (wasm_decode(&a, bytes, size, m, &err)) {
      if (!compile_module(&a, &job))
        must(*job.error.what, "refused without a message");
      compile_free(&job);
    } else {
      must(*err.what, "refused without a message");
    }
    arena_free(&a);
  }
}

static void try_module(const u8 *bytes, size_t size) {
  Arena a = {0};
  WasmError err = {0};
  if (wasm_validate(&a, bytes, size, &err))
    compile_all(bytes, size);
  else
    must(*err.what, "refused without a message");
  arena_free(&a);
}

int main(int argc, char **argv) {
  static const u8 odd[] = {0x00, 0x01, 0x7f, 0x80, 0xff, 0x0b, 0x05, 0x40,
                           0xfc, 0xfd, 0x7e, 0x70, 0x6f, 0x41, 0x20, 0x10};
  static const char *const folders[] = {"corpus", "tests/dump", "tests/wasm",
                                        "tests/wasi"};
  Arena a = {0};
  Seeds s = {.odd = odd, .nodd = sizeof odd, .try_one = try_module};
  for (u32 k = 0; k < sizeof folders / sizeof *folders; k++)
    add_folder(&a, &s, folders[k], ".wasm", 1 << 16);
  int status = run_mutants(&s, argc, argv, 3000);
  arena_free(&a);
  return status;
}
