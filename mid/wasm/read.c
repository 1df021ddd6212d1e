// What all sections are read with: bytes, LEB128, names, indices, types, and
// the one failure that is kept.
#include "mid/wasm/decode.h"

#include <stdarg.h>
#include <stdio.h>

// --- failing -----------------------------------------------------------------

static void fail_v(Decoder *d, const u8 *at, const char *fmt, va_list args) {
  if (d->failed)
    return;
  d->failed = true;
  d->err->off = (size_t)(at - d->base);
  d->err->unsupported = false;
  vsnprintf(d->err->what, sizeof d->err->what, fmt, args);
}

bool decode_fail(Decoder *d, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  fail_v(d, d->at, fmt, args);
  va_end(args);
  return false;
}

bool decode_fail_at(Decoder *d, const u8 *at, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  fail_v(d, at, fmt, args);
  va_end(args);
  return false;
}

bool decode_unsupported(Decoder *d, const char *what) {
  return decode_fail(d, "%s is not supported (beyond WebAssembly 2.0)", what);
}

// --- reading -----------------------------------------------------------------

u8 decode_byte(Decoder *d) {
  if (d->failed)
    return 0;
  if (d->at < d->end)
    return *d->at++;
  decode_fail(d, "unexpected end of section or function");
  return 0;
}

u32 decode_u32(Decoder *d) {
  u32 v = 0;
  if (d->failed)
    return 0;
  if (leb_u32(&d->at, d->end, &v))
    return v;
  decode_fail(d, "%s", leb_why(d->at, d->end, 32));
  return 0;
}

u32 decode_count(Decoder *d, const char *what, u32 max) {
  const u8 *at = d->at;
  u32 n = decode_u32(d);
  if (n > (size_t)(d->end - d->at)) {
    decode_fail_at(d, at,
                   "length out of bounds: %u %s in %zu bytes (unexpected end)",
                   n, what, (size_t)(d->end - d->at));
    return 0;
  }
  if (n > max) {
    decode_fail_at(d, at, "too many %s: %u, at most %u", what, n, max);
    return 0;
  }
  return n;
}

u32 decode_index(Decoder *d, u32 limit, const char *what) {
  const u8 *at = d->at;
  u32 k = decode_u32(d);
  if (d->failed || k < limit)
    return k;
  decode_fail_at(d, at, "unknown %s %u (there are %u)", what, k, limit);
  return 0;
}

// The length of the well-formed sequence that starts at s, or 0.
static size_t utf8_sequence(const u8 *s, size_t n) {
  u8 a = s[0];
  size_t len = a < 0x80   ? 1
               : a < 0xc2 ? 0
               : a < 0xe0 ? 2
               : a < 0xf0 ? 3
               : a < 0xf5 ? 4
                          : 0;
  if (len == 0 || len > n)
    return 0;
  u8 low = a == 0xe0 ? 0xa0 : a == 0xf0 ? 0x90 : 0x80;  // no overlong forms
  u8 high = a == 0xed ? 0x9f : a == 0xf4 ? 0x8f : 0xbf; // no surrogates
  if (len > 1 && (s[1] < low || s[1] > high))
    return 0;
  for (size_t k = 2; k < len; k++)
    if ((s[k] & 0xc0) != 0x80)
      return 0;
  return len;
}

bool utf8_valid(const u8 *s, size_t n) {
  for (size_t k = 0; k < n;) {
    size_t len = utf8_sequence(s + k, n - k);
    if (len == 0)
      return false;
    k += len;
  }
  return true;
}

WasmStr decode_name(Decoder *d) {
  u32 n = decode_u32(d);
  WasmStr s = {(const char *)d->at, n};
  if (d->failed)
    return (WasmStr){"", 0};
  if (n > (size_t)(d->end - d->at)) {
    decode_fail(d,
                "length out of bounds: a name of %u bytes, %zu are left "
                "(unexpected end)",
                n, (size_t)(d->end - d->at));
    return (WasmStr){"", 0};
  }
  if (!utf8_valid(d->at, n))
    decode_fail(d, "malformed UTF-8 encoding");
  d->at += n;
  return s;
}

// --- types -------------------------------------------------------------------

Type wasm_type(u8 byte) {
  switch (byte) {
  case WT_I32:
    return TY_I32;
  case WT_I64:
    return TY_I64;
  case WT_F32:
    return TY_F32;
  case WT_F64:
    return TY_F64;
  case WT_V128:
    return TY_V128;
  case WT_FUNCREF:
  case WT_EXTERNREF:
    return TY_REF;
  }
  return TY_NONE;
}

const char *wasm_type_name(u8 byte) {
  switch (byte) {
  case WT_I32:
    return "i32";
  case WT_I64:
    return "i64";
  case WT_F32:
    return "f32";
  case WT_F64:
    return "f64";
  case WT_V128:
    return "v128";
  case WT_FUNCREF:
    return "funcref";
  case WT_EXTERNREF:
    return "externref";
  case 0:
    return "any type";
  }
  return "no type";
}

u8 decode_value_type(Decoder *d) {
  u8 byte = decode_byte(d);
  if (d->failed || wasm_type(byte) != TY_NONE) {
    d->m->uses_simd |= byte == WT_V128;
    return byte;
  }
  d->at--;
  if (byte >= 0x63 && byte <= 0x74)
    decode_unsupported(d, "a typed, heap or exception reference");
  else
    decode_fail(d, "malformed value type 0x%02x", byte);
  return 0;
}

u8 decode_ref_type(Decoder *d) {
  u8 byte = decode_byte(d);
  if (d->failed || byte == WT_FUNCREF || byte == WT_EXTERNREF)
    return byte;
  d->at--;
  if (byte >= 0x63 && byte <= 0x74)
    decode_unsupported(d, "a typed, heap or exception reference");
  else
    decode_fail(d,
                "malformed reference type 0x%02x, expected funcref or "
                "externref",
                byte);
  return 0;
}
