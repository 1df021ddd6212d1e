// A module's sections, in order: types, imports, functions, tables, memories,
// globals, exports, start, segments; bodies are only located. Nothing here is
// recursive and nothing is allocated that the bytes do not pay for: a count is
// believed only if the section has at least a byte left for each item.
//
// The order of checks follows the specification's binary format; its words
// ("unexpected end", "malformed section id") stand in the messages.
#include "mid/wasm/decode.h"

// --- types -------------------------------------------------------------------

// Reads `n` value types into bytes and types, which have room.
static void value_types(Decoder *d, u32 n, u8 *bytes, u8 *types) {
  for (u32 k = 0; k < n && !d->failed; k++) {
    bytes[k] = decode_value_type(d);
    types[k] = (u8)wasm_type(bytes[k]);
  }
}

// Results are counted after the parameters were read: they go to a fresh array
// with a copy of them, so that both stand in one.
static void func_type(Decoder *d, u32 index) {
  u32 np = decode_count(d, "parameters", MAX_PARAMS);
  u8 bytes[MAX_PARAMS + MAX_RESULTS], types[MAX_PARAMS + MAX_RESULTS];
  value_types(d, np, bytes, types);
  u32 nr = decode_count(d, "results", MAX_RESULTS);
  value_types(d, nr, bytes + np, types + np);
  if (d->failed)
    return;
  u8 *keep = arena_array(d->arena, u8, 2 * (np + nr) + 1);
  memcpy(keep, types, np + nr);
  memcpy(keep + np + nr, bytes, np + nr);
  d->m->types[index] =
      (Sig){.nparams = (u16)np, .nresults = (u16)nr, .types = keep};
  d->m->type_refs[index] = keep + np + nr;
}

static void type_section(Decoder *d) {
  WasmModule *m = d->m;
  u32 n = decode_count(d, "types", MAX_ITEMS);
  m->types = arena_array0(d->arena, Sig, n);
  m->type_refs = arena_array0(d->arena, const u8 *, n);
  for (; m->ntypes < n && !d->failed; m->ntypes++) {
    u8 form = decode_byte(d);
    if (d->failed)
      return;
    if (form != 0x60) {
      d->at--;
      if ((form >= 0x4d && form <= 0x50) || form == 0x5e || form == 0x5f)
        decode_unsupported(d, "a recursive, sub-, struct or array type");
      else
        decode_fail(d,
                    "malformed type form 0x%02x, expected 0x60 (integer "
                    "representation too long)",
                    form);
      return;
    }
    func_type(d, m->ntypes);
  }
}

// Reads minimum and maximum of a table or memory.
static WasmLimits limits(Decoder *d, u32 most, const char *too_many) {
  const u8 *at = d->at;
  u8 flags = decode_byte(d);
  WasmLimits lim = {0, UINT32_MAX};
  if (flags > 1) {
    d->at = at;
    if (flags < 16)
      decode_fail(d,
                  "malformed limits flags 0x%02x (shared and 64-bit "
                  "memories and tables, custom page sizes are not "
                  "supported)",
                  flags);
    else
      decode_fail(d, "malformed limits flags 0x%02x (integer too large)",
                  flags);
    return lim;
  }
  const u8 *min_at = d->at;
  lim.min = decode_u32(d);
  if (flags)
    lim.max = decode_u32(d);
  if (!d->failed && (lim.min > most || (flags && lim.max > most)))
    decode_fail_at(d, min_at, "%s", too_many);
  if (!d->failed && flags && lim.min > lim.max)
    decode_fail_at(d, min_at,
                   "size minimum must not be greater than maximum: "
                   "%u > %u",
                   lim.min, lim.max);
  return lim;
}

static WasmTable table_type(Decoder *d) {
  WasmTable t = {.elem = 0};
  if (d->at < d->end && *d->at == 0x40)
    decode_unsupported(d, "a table initializer");
  t.elem = decode_ref_type(d);
  t.lim = limits(d, UINT32_MAX, "table size");
  return t;
}

static WasmLimits memory_type(Decoder *d) {
  return limits(d, 65536, "memory size must be at most 65536 pages (4GiB)");
}

static WasmGlobal global_type(Decoder *d) {
  WasmGlobal g = {0};
  u8 type = decode_value_type(d);
  g.type = (u8)wasm_type(type);
  g.ref = g.type == TY_REF ? type : 0;
  u8 mut = decode_byte(d);
  if (!d->failed && mut > 1) {
    d->at--;
    decode_fail(d, "malformed mutability 0x%02x", mut);
  }
  g.mut = mut == 1;
  return g;
}

// --- imports -----------------------------------------------------------------

// Imports come first in each index space; how many there are of each kind is
// known only afterwards, so they are read into growing arrays.
typedef struct Imported {
  VEC(u32) funcs;
  VEC(WasmTable) tables;
  VEC(WasmLimits) mems;
  VEC(WasmGlobal) globals;
} Imported;

static void import(Decoder *d, WasmImport *i, Imported *got) {
  i->off = (u32)(d->at - d->base);
  i->module = decode_name(d);
  i->name = decode_name(d);
  u8 kind = decode_byte(d);
  if (d->failed)
    return;
  i->kind = (ExternKind)kind;
  switch (kind) {
  case EXTERN_FUNC:
    i->index = got->funcs.n;
    vec_push(d->arena, &got->funcs, decode_index(d, d->m->ntypes, "type"));
    return;
  case EXTERN_TABLE:
    i->index = got->tables.n;
    vec_push(d->arena, &got->tables, table_type(d));
    return;
  case EXTERN_MEM:
    i->index = got->mems.n;
    vec_push(d->arena, &got->mems, memory_type(d));
    return;
  case EXTERN_GLOBAL:
    i->index = got->globals.n;
    vec_push(d->arena, &got->globals, global_type(d));
    return;
  }
  d->at--;
  if (kind == 4)
    decode_unsupported(d, "malformed import kind 4: an exception tag");
  else
    decode_fail(d, "malformed import kind 0x%02x", kind);
}

static void import_section(Decoder *d) {
  WasmModule *m = d->m;
  u32 n = decode_count(d, "imports", MAX_ITEMS);
  Imported got = {0};
  m->imports = arena_array0(d->arena, WasmImport, n);
  for (; m->nimports < n && !d->failed; m->nimports++)
    import(d, &m->imports[m->nimports], &got);
  m->func_types = got.funcs.at, m->nfuncs = m->nimported_funcs = got.funcs.n;
  m->tables = got.tables.at, m->ntables = m->nimported_tables = got.tables.n;
  m->mems = got.mems.at, m->nmems = m->nimported_mems = got.mems.n;
  m->globals = got.globals.at;
  m->nglobals = m->nimported_globals = got.globals.n;
}

// --- own functions, tables, memories, globals --------------------------------

// Returns room for `more` items behind the `n` old ones.
static void *extend(Decoder *d, const void *old, u32 n, u32 more, size_t size) {
  u8 *at = arena_zero(d->arena, (size_t)(n + more) * size, 8);
  if (n)
    memcpy(at, old, n * size);
  return at;
}

static void function_section(Decoder *d) {
  WasmModule *m = d->m;
  u32 n = decode_count(d, "functions", MAX_ITEMS);
  m->func_types = extend(d, m->func_types, m->nfuncs, n, sizeof(u32));
  d->func_count = n;
  for (u32 k = 0; k < n && !d->failed; k++)
    m->func_types[m->nfuncs++] = decode_index(d, m->ntypes, "type");
}

static void table_section(Decoder *d) {
  WasmModule *m = d->m;
  u32 n = decode_count(d, "tables", MAX_TABLES);
  m->tables = extend(d, m->tables, m->ntables, n, sizeof(WasmTable));
  for (u32 k = 0; k < n && !d->failed; k++)
    m->tables[m->ntables++] = table_type(d);
}

static void memory_section(Decoder *d) {
  WasmModule *m = d->m;
  u32 n = decode_count(d, "memories", MAX_ITEMS);
  m->mems = extend(d, m->mems, m->nmems, n, sizeof(WasmLimits));
  for (u32 k = 0; k < n && !d->failed; k++)
    m->mems[m->nmems++] = memory_type(d);
}

static void one_memory(Decoder *d) {
  if (!d->failed && d->m->nmems > 1)
    decode_fail(d,
                "multiple memories (%u) are not supported (beyond "
                "WebAssembly 2.0)",
                d->m->nmems);
}

static u8 global_byte(const WasmGlobal *g) {
  static const u8 bytes[TY_COUNT] = {0,      WT_I32, WT_I64,
                                     WT_F32, WT_F64, WT_V128};
  return g->type == TY_REF ? g->ref : bytes[g->type];
}

static void global_section(Decoder *d) {
  WasmModule *m = d->m;
  u32 n = decode_count(d, "globals", MAX_ITEMS);
  m->globals = extend(d, m->globals, m->nglobals, n, sizeof(WasmGlobal));
  for (u32 k = 0; k < n && !d->failed; k++) {
    WasmGlobal g = global_type(d);
    g.init = decode_const(d, global_byte(&g));
    m->globals[m->nglobals++] = g;
  }
}

// --- exports, start ----------------------------------------------------------

// An open hash set of export names, by index + 1.
static bool export_is_new(const WasmModule *m, u32 *set, u32 cap, u32 index) {
  WasmStr s = m->exports[index].name;
  u32 at = (u32)hash_bytes(s.at, s.n) & (cap - 1);
  for (; set[at]; at = (at + 1) & (cap - 1)) {
    WasmStr o = m->exports[set[at] - 1].name;
    if (o.n == s.n && !memcmp(o.at, s.at, s.n))
      return false;
  }
  set[at] = index + 1;
  return true;
}

static void export(Decoder *d, WasmExport *e) {
  static const char *const what[] = {"function", "table", "memory", "global"};
  WasmModule *m = d->m;
  const u32 limit[] = {m->nfuncs, m->ntables, m->nmems, m->nglobals};
  e->name = decode_name(d);
  u8 kind = decode_byte(d);
  if (d->failed)
    return;
  if (kind > EXTERN_GLOBAL) {
    d->at--;
    decode_fail(d, "malformed export kind 0x%02x", kind);
    return;
  }
  e->kind = (ExternKind)kind;
  e->index = decode_index(d, limit[kind], what[kind]);
  if (e->kind == EXTERN_FUNC && !d->failed)
    bit_add(m->declared_refs, e->index);
}

static void export_section(Decoder *d) {
  WasmModule *m = d->m;
  u32 n = decode_count(d, "exports", MAX_ITEMS), cap = 8;
  while (cap < 2 * n)
    cap *= 2;
  u32 *set = arena_array0(d->arena, u32, cap);
  m->exports = arena_array0(d->arena, WasmExport, n);
  for (; m->nexports < n && !d->failed; m->nexports++) {
    const u8 *at = d->at;
    export(d, &m->exports[m->nexports]);
    if (!d->failed && !export_is_new(m, set, cap, m->nexports))
      decode_fail_at(d, at, "duplicate export name \"%.*s\"",
                     (int)(m->exports[m->nexports].name.n < 100
                               ? m->exports[m->nexports].name.n
                               : 100),
                     m->exports[m->nexports].name.at);
  }
}

static void start_section(Decoder *d) {
  WasmModule *m = d->m;
  const u8 *at = d->at;
  m->start = decode_index(d, m->nfuncs, "function");
  if (d->failed)
    return;
  const Sig *sig = &m->types[m->func_types[m->start]];
  if (sig->nparams || sig->nresults)
    decode_fail_at(d, at,
                   "start function must have no parameters and no "
                   "results, it has %u and %u",
                   sig->nparams, sig->nresults);
}

// --- code --------------------------------------------------------------------

static void body(Decoder *d, WasmBody *b) {
  u32 size = decode_u32(d);
  if (d->failed)
    return;
  if (size > (size_t)(d->end - d->at))
    decode_fail(d,
                "unexpected end of section or function: a body of %u "
                "bytes, %zu are left",
                size, (size_t)(d->end - d->at));
  else if (size > MAX_BODY_BYTES)
    decode_fail(d, "a body of %u bytes, at most %u are supported", size,
                MAX_BODY_BYTES);
  *b = (WasmBody){(u32)(d->at - d->base), size};
  d->at += d->failed ? 0 : size;
}

static void code_section(Decoder *d) {
  u32 n = decode_u32(d);
  if (d->failed)
    return;
  if (n != d->func_count) {
    decode_fail(d,
                "function and code section have inconsistent lengths: %u "
                "and %u",
                d->func_count, n);
    return;
  }
  d->m->bodies = arena_array0(d->arena, WasmBody, n);
  for (u32 k = 0; k < n && !d->failed; k++)
    body(d, &d->m->bodies[k]);
}

static void data_count_section(Decoder *d) {
  d->data_count = decode_u32(d);
  d->m->has_data_count = true;
}

// --- the section loop --------------------------------------------------------

typedef struct Section {
  const char *name;
  u8 rank; // sections come in order of rank
  void (*decode)(Decoder *d);
} Section;

static const Section sections[] = {
    [1] = {"type", 1, type_section},
    [2] = {"import", 2, import_section},
    [3] = {"function", 3, function_section},
    [4] = {"table", 4, table_section},
    [5] = {"memory", 5, memory_section},
    [6] = {"global", 6, global_section},
    [7] = {"export", 7, export_section},
    [8] = {"start", 8, start_section},
    [9] = {"element", 9, decode_elems},
    [12] = {"data count", 10, data_count_section},
    [10] = {"code", 11, code_section},
    [11] = {"data", 12, decode_datas},
};

// The functions are known before anything refers to them: the bit set of
// declared references is made as soon as the function section has passed.
static void before_section(Decoder *d, u8 id) {
  if (id != 0 && sections[id].rank > 3 && !d->m->declared_refs)
    d->m->declared_refs =
        arena_array0(d->arena, u64, bit_words(d->m->nfuncs) + 1);
}

static void section_body(Decoder *d, u8 id) {
  if (id == 0) {
    decode_name(d);
    d->at = d->failed ? d->at : d->end;
    return;
  }
  before_section(d, id);
  sections[id].decode(d);
  if (id == 2 || id == 5)
    one_memory(d);
  if (!d->failed && d->at != d->end)
    decode_fail(d, "section size mismatch: %zu bytes left in the %s section",
                (size_t)(d->end - d->at), sections[id].name);
}

static void section(Decoder *d, u8 *rank) {
  const u8 *start = d->at, *file_end = d->end;
  u8 id = decode_byte(d);
  if (id == 13)
    decode_fail_at(d, start,
                   "malformed section id 13: exception tags are not "
                   "supported (beyond WebAssembly 2.0)");
  else if (id > 13)
    decode_fail_at(d, start, "malformed section id %u", id);
  u32 size = decode_u32(d);
  if (d->failed)
    return;
  if (size > (size_t)(d->end - d->at)) {
    decode_fail(d,
                "length out of bounds: a section of %u bytes, %zu are left "
                "(unexpected end)",
                size, (size_t)(d->end - d->at));
    return;
  }
  if (id != 0 && sections[id].rank <= *rank) {
    decode_fail_at(d, start,
                   "unexpected content after last section: a second "
                   "or late %s section",
                   sections[id].name);
    return;
  }
  *rank = id ? sections[id].rank : *rank;
  d->end = d->at + size;
  section_body(d, id);
  d->end = file_end;
}

static void header(Decoder *d) {
  static const u8 magic[4] = {0, 'a', 's', 'm'}, version[4] = {1, 0, 0, 0};
  size_t n = (size_t)(d->end - d->at);
  if (n < 4 || memcmp(d->at, magic, 4)) {
    decode_fail(d, "%smagic header not detected: not a WebAssembly module",
                n < 4 ? "unexpected end, " : "");
    return;
  }
  d->at += 4;
  if (n < 8 || memcmp(d->at, version, 4)) {
    decode_fail(d, "%sunknown binary version, expected 1",
                n < 8 ? "unexpected end, " : "");
    return;
  }
  d->at += 4;
}

static void check_counts(Decoder *d, bool has_code) {
  WasmModule *m = d->m;
  if (!has_code && d->func_count)
    decode_fail(d,
                "function and code section have inconsistent lengths: %u "
                "and 0",
                d->func_count);
  if (m->has_data_count && m->ndatas != d->data_count)
    decode_fail(d,
                "data count and data section have inconsistent lengths: %u "
                "and %u",
                d->data_count, m->ndatas);
}

static VMLayout layout(const WasmModule *m) {
  VMLayout l = {.globals = VM_TRAILING};
  l.tables = l.globals + 16 * m->nglobals;
  l.imports = l.tables + 8 * m->ntables;
  l.funcs = l.imports + 8 * m->nimported_funcs;
  l.size = l.funcs + VMFUNC_SIZE * (m->nfuncs - m->nimported_funcs);
  return l;
}

bool wasm_decode(Arena *a, const u8 *bytes, size_t size, WasmModule *m,
                 WasmError *err) {
  *m = (WasmModule){
      .arena = a, .bytes = bytes, .size = size, .start = UINT32_MAX};
  *err = (WasmError){0};
  Decoder d = {.arena = a,
               .m = m,
               .base = bytes,
               .at = bytes,
               .end = bytes + size,
               .err = err};
  u8 rank = 0;
  if (size > UINT32_MAX / 2)
    return decode_fail(&d, "a file of %zu bytes is too large", size);
  header(&d);
  while (!d.failed && d.at < d.end)
    section(&d, &rank);
  if (!d.failed)
    check_counts(&d, m->bodies != NULL);
  if (!m->declared_refs)
    m->declared_refs = arena_array0(a, u64, bit_words(m->nfuncs) + 1);
  m->layout = layout(m);
  return !d.failed;
}
