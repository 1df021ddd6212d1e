// LEB128 integers as WebAssembly wants them: at most ceil(bits / 7) bytes, and
// no set bit beyond the width. The one-byte case is inline; most are that.
//
// Each reader takes the position and the end, advances the position and
// returns true, or leaves it and returns false; leb_why then says why.
#ifndef MID_WASM_LEB_H
#define MID_WASM_LEB_H

#include "mid/base/base.h"

bool leb_unsigned(const u8 **p, const u8 *end, unsigned bits, u64 *out);
bool leb_signed(const u8 **p, const u8 *end, unsigned bits, s64 *out);
// "unexpected end", "integer representation too long" or "integer too large",
// of the integer at p that could not be read.
const char *leb_why(const u8 *p, const u8 *end, unsigned bits);

static inline bool leb_u32(const u8 **p, const u8 *end, u32 *out) {
  if (likely(*p < end && **p < 0x80)) {
    *out = *(*p)++;
    return true;
  }
  if (end - *p >= 2 && (*p)[1] < 0x80) {
    *out = ((*p)[0] & 0x7fu) | (u32)(*p)[1] << 7;
    *p += 2;
    return true;
  }
  u64 wide = 0;
  bool ok = leb_unsigned(p, end, 32, &wide);
  *out = (u32)wide;
  return ok;
}

static inline bool leb_s32(const u8 **p, const u8 *end, s32 *out) {
  if (likely(*p < end && **p < 0x80)) {
    u32 byte = *(*p)++;
    *out = (s32)(byte ^ 0x40) - 0x40;
    return true;
  }
  s64 wide = 0;
  bool ok = leb_signed(p, end, 32, &wide);
  *out = (s32)wide;
  return ok;
}

static inline bool leb_s64(const u8 **p, const u8 *end, s64 *out) {
  if (likely(*p < end && **p < 0x80)) {
    u32 byte = *(*p)++;
    *out = (s32)(byte ^ 0x40) - 0x40;
    return true;
  }
  return leb_signed(p, end, 64, out);
}

#endif
