// The long forms of LEB128 integers: see leb.h.
#include "mid/wasm/leb.h"

// The bits a last byte may not have set (or, signed, must repeat the sign in).
static u32 spare_bits(unsigned bits, bool is_signed) {
  unsigned used = bits % 7 - (is_signed ? 1 : 0);
  return 0x7fu & ~((1u << used) - 1);
}

bool leb_unsigned(const u8 **p, const u8 *end, unsigned bits, u64 *out) {
  u64 v = 0;
  const u8 *at = *p;
  for (unsigned shift = 0; at < end; shift += 7) {
    u32 byte = *at++;
    v |= (u64)(byte & 0x7f) << shift;
    if (shift + 7 >= bits) {
      if (byte >= 0x80 || byte & spare_bits(bits, false))
        return false;
      byte = 0;
    }
    if (byte < 0x80) {
      *p = at;
      *out = v;
      return true;
    }
  }
  return false;
}

bool leb_signed(const u8 **p, const u8 *end, unsigned bits, s64 *out) {
  u64 v = 0;
  const u8 *at = *p;
  for (unsigned shift = 0; at < end; shift += 7) {
    u32 byte = *at++;
    v |= (u64)(byte & 0x7f) << shift;
    bool last = shift + 7 >= bits;
    if (last) {
      u32 spare = spare_bits(bits, true);
      if (byte >= 0x80 || ((byte & spare) && (byte & spare) != spare))
        return false;
    }
    if (byte < 0x80) {
      if (shift + 7 < 64 && byte & 0x40)
        v |= ~(u64)0 << (shift + 7);
      *p = at;
      *out = (s64)v;
      return true;
    }
  }
  return false;
}

const char *leb_why(const u8 *p, const u8 *end, unsigned bits) {
  for (unsigned shift = 0; p < end; shift += 7)
    if (*p++ < 0x80)
      return "integer too large";
    else if (shift + 7 >= bits)
      return "integer representation too long";
  return "unexpected end";
}
