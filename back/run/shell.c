#include "back/run/shell.h"

static void leb(Text *t, u32 x) {
  do {
    char byte = (char)((x & 127) | (x > 127 ? 128 : 0));
    text_put(t, &byte, 1);
  } while (x >>= 7);
}

static void section(Text *out, u32 id, const Text *body) {
  leb(out, id);
  leb(out, body->n);
  text_put(out, body->at, body->n);
}

static void type_list(Text *t, const u8 *types, u32 n) {
  static const u8 bytes[TY_COUNT] = {0, 0x7f, 0x7e, 0x7d, 0x7c, 0x7b, 0x70};
  leb(t, n);
  for (u32 k = 0; k < n; k++)
    leb(t, bytes[types[k]]);
}

static void type_section(Text *out, Arena *a, const IrModule *m) {
  Text types = {.arena = a};
  leb(&types, m->nsigs);
  for (u32 k = 0; k < m->nsigs; k++) {
    const Sig *s = &m->sigs[k];
    leb(&types, 0x60);
    type_list(&types, s->types, s->nparams);
    type_list(&types, s->types + s->nparams, s->nresults);
  }
  section(out, 1, &types);
}

Text shell_module(Arena *a, const IrModule *m, u32 main) {
  Text funcs = {.arena = a}, mem = {.arena = a}, exports = {.arena = a};
  Text code = {.arena = a}, out = {.arena = a};
  leb(&funcs, m->nfuncs);
  leb(&code, m->nfuncs);
  for (u32 k = 0; k < m->nfuncs; k++) {
    leb(&funcs, m->func_sigs[k]);
    text_put(&code, "\3\0\0\x0b", 4); // unreachable
  }
  text_put(&mem, "\1\1\1\1", 4);
  text_put(&exports, "\1\4main\0", 7);
  leb(&exports, main);
  text_put(&out, "\0asm\1\0\0\0", 8);
  type_section(&out, a, m);
  section(&out, 3, &funcs);
  section(&out, 5, &mem);
  section(&out, 7, &exports);
  section(&out, 10, &code);
  return out;
}

Func *shell_source(void *env, Arena *a, u32 func) {
  const IrModule *m = env;
  (void)a;
  return m->funcs[func];
}
