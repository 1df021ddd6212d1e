// The name section, read when somebody wants to see a name. It is a custom
// section: whatever is wrong with it is not an error, only fewer names.
#include "mid/wasm/decode.h"

// Reads a length and steps over that many bytes; an empty run after the end.
static bool take(const u8 **p, const u8 *end, const u8 **from, u32 *n) {
  if (!leb_u32(p, end, n) || *n > (size_t)(end - *p))
    return false;
  *from = *p;
  *p += *n;
  return true;
}

static void function_names(WasmModule *m, const u8 *p, const u8 *end) {
  u32 n = 0, index = 0, len = 0;
  const u8 *s = NULL;
  if (!leb_u32(&p, end, &n))
    return;
  while (n-- && leb_u32(&p, end, &index) && take(&p, end, &s, &len))
    if (index < m->nfuncs && len && utf8_valid(s, len))
      m->func_names[index] = (WasmStr){(const char *)s, len};
}

static void name_section(WasmModule *m, const u8 *p, const u8 *end) {
  while (p < end) {
    u8 id = *p++;
    const u8 *sub = NULL;
    u32 n = 0;
    if (!take(&p, end, &sub, &n))
      return;
    if (id == 1)
      function_names(m, sub, sub + n);
  }
}

// Functions without a name take that of an export.
static void export_names(WasmModule *m) {
  for (u32 k = 0; k < m->nexports; k++) {
    const WasmExport *e = &m->exports[k];
    if (e->kind == EXTERN_FUNC && !m->func_names[e->index].n)
      m->func_names[e->index] = e->name;
  }
}

static void custom_sections(WasmModule *m) {
  const u8 *p = m->bytes + 8, *end = m->bytes + m->size;
  while (p < end) {
    u8 id = *p++;
    const u8 *from = NULL, *name = NULL;
    u32 size = 0, n = 0;
    if (!take(&p, end, &from, &size))
      return;
    const u8 *q = from;
    if (id == 0 && take(&q, from + size, &name, &n) && n == 4 &&
        !memcmp(name, "name", 4))
      name_section(m, q, from + size);
  }
}

void wasm_names(WasmModule *m) {
  if (m->func_names)
    return;
  m->func_names = arena_array0(m->arena, WasmStr, m->nfuncs + 1);
  custom_sections(m);
  export_names(m);
}

const char *wasm_printable(Arena *a, WasmStr s) {
  char *copy = arena_strndup(a, s.at, s.n);
  for (u32 k = 0; k < s.n; k++)
    if ((u8)copy[k] < ' ' || copy[k] == 127)
      copy[k] = '.';
  return copy;
}

const char *wasm_func_name(WasmModule *m, Arena *a, u32 func) {
  wasm_names(m);
  if (func < m->nfuncs && m->func_names[func].n)
    return wasm_printable(a, m->func_names[func]);
  return arena_printf(a, "func[%u]", func);
}
