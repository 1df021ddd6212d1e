// Constant expressions, and the element and data segments made of them. A
// constant expression of WebAssembly 2.0 is one instruction and `end`.
#include "mid/wasm/decode.h"

static u64 fixed_bytes(Decoder *d, u32 n) {
  u64 v = 0;
  if (d->failed)
    return 0;
  if ((size_t)(d->end - d->at) < n) {
    decode_fail(d, "unexpected end of section or function");
    return 0;
  }
  memcpy(&v, d->at, n);
  d->at += n;
  return v;
}

static WasmConst const_i32(Decoder *d) {
  s32 k = 0;
  if (!leb_s32(&d->at, d->end, &k))
    decode_fail(d, "%s", leb_why(d->at, d->end, 32));
  return (WasmConst){.kind = CONST_I32, .value = (u32)k};
}

static WasmConst const_i64(Decoder *d) {
  s64 k = 0;
  if (!leb_s64(&d->at, d->end, &k))
    decode_fail(d, "%s", leb_why(d->at, d->end, 64));
  return (WasmConst){.kind = CONST_I64, .value = (u64)k};
}

static WasmConst const_v128(Decoder *d, const u8 *at) {
  u32 sub = decode_u32(d);
  if (!d->failed && sub != 12) // v128.const
    decode_fail_at(d, at, "constant expression required, found SIMD opcode %u",
                   sub);
  u64 low = fixed_bytes(d, 8), high = fixed_bytes(d, 8);
  d->m->uses_simd = true;
  return (WasmConst){.kind = CONST_V128, .value = low, .high = high};
}

static u8 byte_of(const WasmGlobal *g) {
  static const u8 bytes[TY_COUNT] = {0,      WT_I32, WT_I64,
                                     WT_F32, WT_F64, WT_V128};
  return g->type == TY_REF ? g->ref : bytes[g->type];
}

// Only imported immutable globals may be named here.
static WasmConst const_global(Decoder *d, u8 *type) {
  WasmModule *m = d->m;
  const u8 *at = d->at;
  u32 k = decode_index(d, m->nimported_globals, "global");
  if (d->failed)
    return (WasmConst){.kind = CONST_NONE};
  if (m->globals[k].mut)
    decode_fail_at(d, at, "constant expression required, global %u is mutable",
                   k);
  *type = byte_of(&m->globals[k]);
  return (WasmConst){.kind = CONST_GLOBAL, .value = k};
}

static WasmConst const_func(Decoder *d) {
  u32 k = decode_index(d, d->m->nfuncs, "function");
  if (!d->failed)
    bit_add(d->m->declared_refs, k);
  return (WasmConst){.kind = CONST_FUNC, .value = k};
}

// Reads one constant instruction; *type becomes what it leaves.
static WasmConst const_inst(Decoder *d, u8 *type) {
  const u8 *at = d->at;
  u8 op = decode_byte(d);
  if (d->failed)
    return (WasmConst){.kind = CONST_NONE};
  switch (op) {
  case 0x41:
    *type = WT_I32;
    return const_i32(d);
  case 0x42:
    *type = WT_I64;
    return const_i64(d);
  case 0x43:
    *type = WT_F32;
    return (WasmConst){.kind = CONST_F32, .value = fixed_bytes(d, 4)};
  case 0x44:
    *type = WT_F64;
    return (WasmConst){.kind = CONST_F64, .value = fixed_bytes(d, 8)};
  case 0x23:
    return const_global(d, type);
  case 0xd0:
    *type = decode_ref_type(d);
    return (WasmConst){.kind = CONST_NULL};
  case 0xd2:
    *type = WT_FUNCREF;
    return const_func(d);
  case 0xfd:
    *type = WT_V128;
    return const_v128(d, at);
  case 0x0b:
    decode_fail_at(d, at, "type mismatch: an empty constant expression");
    break;
  case 0xff:
    decode_fail_at(d, at, "illegal opcode ff");
    break;
  default:
    decode_fail_at(d, at,
                   "constant expression required, found opcode 0x%02x "
                   "(or illegal opcode)",
                   op);
  }
  return (WasmConst){.kind = CONST_NONE};
}

WasmConst decode_const(Decoder *d, u8 want) {
  u8 got = 0;
  const u8 *at = d->at;
  WasmConst c = const_inst(d, &got);
  u8 end = decode_byte(d);
  if (!d->failed && end != 0x0b)
    decode_fail(d,
                "constant expression required: END opcode expected, found "
                "0x%02x (type mismatch; extended constant expressions are "
                "not supported)",
                end);
  if (!d->failed && got != want)
    decode_fail_at(d, at,
                   "type mismatch: constant expression of %s, expected "
                   "%s",
                   wasm_type_name(got), wasm_type_name(want));
  return c;
}

// --- elements ----------------------------------------------------------------

static u8 elem_kind(Decoder *d) {
  u8 kind = decode_byte(d);
  if (!d->failed && kind != 0) {
    d->at--;
    decode_fail(d, "malformed element kind 0x%02x", kind);
  }
  return WT_FUNCREF;
}

static void active_table(Decoder *d, WasmElem *e, bool indexed) {
  const u8 *at = d->at;
  e->table = indexed ? decode_u32(d) : 0;
  if (!d->failed && e->table >= d->m->ntables)
    decode_fail_at(d, at, "unknown table %u", e->table);
  e->offset = decode_const(d, WT_I32);
}

// Flags: bit 0 passive or declarative, bit 1 explicit table (or declarative),
// bit 2 expressions instead of function indices.
static void elem(Decoder *d, WasmElem *e) {
  const u8 *at = d->at;
  u32 flags = decode_u32(d);
  if (!d->failed && flags > 7)
    decode_fail_at(d, at, "malformed elements segment kind %u", flags);
  if (d->failed)
    return;
  bool exprs = flags & 4;
  e->mode = flags & 1 ? flags & 2 ? 2 : 1 : 0;
  if (e->mode == 0)
    active_table(d, e, flags & 2);
  if (flags & 3)
    e->type = exprs ? decode_ref_type(d) : elem_kind(d);
  else
    e->type = WT_FUNCREF;
  if (!d->failed && e->mode == 0 && d->m->tables[e->table].elem != e->type)
    decode_fail_at(d, at, "type mismatch: %s elements for a table of %s",
                   wasm_type_name(e->type),
                   wasm_type_name(d->m->tables[e->table].elem));
  u32 n = decode_count(d, "elements", UINT32_MAX);
  e->items = arena_array0(d->arena, WasmConst, n);
  for (; e->n < n && !d->failed; e->n++)
    e->items[e->n] = exprs ? decode_const(d, e->type) : const_func(d);
}

void decode_elems(Decoder *d) {
  WasmModule *m = d->m;
  u32 n = decode_count(d, "element segments", MAX_SEGMENTS);
  m->elems = arena_array0(d->arena, WasmElem, n);
  for (; m->nelems < n && !d->failed; m->nelems++)
    elem(d, &m->elems[m->nelems]);
}

// --- data --------------------------------------------------------------------

static void data(Decoder *d, WasmData *s) {
  const u8 *at = d->at;
  u32 flags = decode_u32(d);
  if (!d->failed && flags > 2)
    decode_fail_at(d, at, "malformed data segment kind %u", flags);
  s->mode = flags == 1;
  if (flags == 2)
    s->mem = decode_u32(d);
  if (!d->failed && s->mode == 0 && s->mem >= d->m->nmems)
    decode_fail_at(d, at, "unknown memory %u", s->mem);
  if (s->mode == 0 && !d->failed)
    s->offset = decode_const(d, WT_I32);
  s->n = decode_u32(d);
  if (d->failed)
    return;
  if (s->n > (size_t)(d->end - d->at)) {
    decode_fail(d,
                "unexpected end of section or function: data of %u bytes, "
                "%zu are left",
                s->n, (size_t)(d->end - d->at));
    return;
  }
  s->bytes = d->at;
  d->at += s->n;
}

void decode_datas(Decoder *d) {
  WasmModule *m = d->m;
  u32 n = decode_count(d, "data segments", MAX_SEGMENTS);
  m->datas = arena_array0(d->arena, WasmData, n);
  for (; m->ndatas < n && !d->failed; m->ndatas++)
    data(d, &m->datas[m->ndatas]);
}
