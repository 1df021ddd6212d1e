// The translator: the pass over bodies compiled with the builder.
#include "mid/wasm/ssa.h"

#define BUILD 1
#include "mid/wasm/body.inc"

// A body that uses v128 is validated to its end; if that goes well, it is
// refused all the same, with another kind of error.
static Func *refuse_simd(Arena *a, const WasmModule *m, u32 func, const u8 *at,
                         WasmError *err) {
  if (!wasm_validate_body(a, m, func, err))
    return NULL;
  Body s = {.m = m, .err = err};
  body_fail(&s, at,
            "v128 values (SIMD) are validated but cannot be executed "
            "yet");
  err->unsupported = true;
  return NULL;
}

static Func *translate(Build *b, u32 func, const TranslateOptions *o,
                       bool in_memory, Arena *a, const WasmModule *m,
                       WasmError *err) {
  Body s;
  if (!body_begin(&s, a, m, func, err))
    return NULL;
  if (!build_begin(b, &s, func, o, in_memory))
    return refuse_simd(a, m, func, s.p, err);
  s.build = b;
  s.scans = &b->scans;
  if (!body_run(&s, 0))
    return s.simd ? refuse_simd(a, m, func, b->at, err) : NULL;
  b->f->wasm_insts = s.ninsts;
  build_finish(b);
  return b->f;
}

// Joins that would need too many arguments are the exception: the locals then
// lie in memory.
Func *wasm_translate(Arena *a, const WasmModule *m, u32 func,
                     const TranslateOptions *o, WasmError *err) {
  Build *b = arena_alloc(a, sizeof *b, _Alignof(Build));
  Func *f = translate(b, func, o, false, a, m, err);
  if (f || !b->too_complex)
    return f;
  *err = (WasmError){0};
  return translate(b, func, o, true, a, m, err);
}
