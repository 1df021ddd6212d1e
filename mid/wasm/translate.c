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

Func *wasm_translate(Arena *a, const WasmModule *m, u32 func,
                     const TranslateOptions *o, WasmError *err) {
  Body s;
  if (!body_begin(&s, a, m, func, err))
    return NULL;
  Build *b = arena_alloc(a, sizeof *b, _Alignof(Build));
  if (!build_begin(b, &s, func, o))
    return refuse_simd(a, m, func, s.p, err);
  s.build = b;
  s.scans = &b->scans;
  if (!body_run(&s, 0))
    return s.simd ? refuse_simd(a, m, func, b->at, err) : NULL;
  b->f->wasm_insts = s.ninsts;
  build_finish(b);
  return b->f;
}
