// What the files that decode sections share: a reader that fails once and then
// stays failed (every read gives 0 and consumes nothing more), and the module
// under construction. read.c holds the readers, decode.c the section loop,
// segments.c the constant expressions and what is made of them.
#ifndef MID_WASM_DECODE_H
#define MID_WASM_DECODE_H

#include "mid/wasm/leb.h"
#include "mid/wasm/module.h"

enum { // value types as bytes
  WT_I32 = 0x7f,
  WT_I64 = 0x7e,
  WT_F32 = 0x7d,
  WT_F64 = 0x7c,
  WT_V128 = 0x7b,
  WT_FUNCREF = 0x70,
  WT_EXTERNREF = 0x6f,
};

enum { // limits of this implementation, those of the web's engines
  MAX_PARAMS = 1000,
  MAX_RESULTS = 1000,
  MAX_LOCALS = 50000,
  MAX_BODY_BYTES = 7654321,
  MAX_ITEMS = 1000000, // types, functions, imports, exports, globals
  MAX_TABLES = 100000,
  MAX_SEGMENTS = 100000,
};

typedef struct Decoder {
  Arena *arena;
  WasmModule *m;
  const u8 *base;     // of the file
  const u8 *at, *end; // what is left of the current section
  WasmError *err;
  bool failed;
  u32 func_count; // declared by the function section
  u32 data_count; // declared by the data count section
} Decoder;

// --- read.c
// The first failure is kept. Returns false. At d->at, or at a given place.
bool decode_fail(Decoder *d, const char *fmt, ...) BASE_PRINTF(2, 3);
bool decode_fail_at(Decoder *d, const u8 *at, const char *fmt, ...)
    BASE_PRINTF(3, 4);
bool decode_unsupported(Decoder *d, const char *what); // beyond WebAssembly 2.0

u8 decode_byte(Decoder *d);
u32 decode_u32(Decoder *d);
// A count of things that take at least one byte each, and at most `max`.
u32 decode_count(Decoder *d, const char *what, u32 max);
WasmStr decode_name(Decoder *d);
u8 decode_value_type(Decoder *d); // the wasm byte; 0 after failing
u8 decode_ref_type(Decoder *d);
u32 decode_index(Decoder *d, u32 limit, const char *what); // "unknown WHAT N"
bool utf8_valid(const u8 *s, size_t n);
Type wasm_type(u8 byte); // TY_NONE if it is no value type
const char *wasm_type_name(u8 byte);

// --- segments.c
WasmConst decode_const(Decoder *d, u8 type); // an expression of that type
void decode_elems(Decoder *d);
void decode_datas(Decoder *d);

#endif
