// The validator: the pass over bodies compiled without the builder, and the
// validation of a whole module.
#include "mid/wasm/ssa.h"

#define BUILD 0
#include "mid/wasm/body.inc"

bool body_validate(Body *s, u32 stop) {
  return body_run(s, stop);
}

bool wasm_validate_body(Arena *scratch, const WasmModule *m, u32 func,
                        WasmError *err) {
  Body s;
  return body_begin(&s, scratch, m, func, err) && body_run(&s, 0);
}

bool wasm_validate(Arena *a, const u8 *bytes, size_t size, WasmError *err) {
  WasmModule m;
  Arena scratch = {0};
  if (!wasm_decode(a, bytes, size, &m, err))
    return false;
  bool ok = true;
  for (u32 k = m.nimported_funcs; ok && k < m.nfuncs; k++) {
    ok = wasm_validate_body(&scratch, &m, k, err);
    arena_reset(&scratch);
  }
  arena_free(&scratch);
  return ok;
}
