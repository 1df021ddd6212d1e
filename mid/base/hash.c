// One 64-bit hash for everything that is interned or fingerprinted: multiply
// to 128 bits and fold, eight bytes at a time (the step of wyhash). No seed:
// the same on every run and machine of one byte order.
#include "mid/base/base.h"

static u64 mix(u64 a, u64 b) {
  u128 p = (u128)a * b;
  return (u64)p ^ (u64)(p >> 64);
}

u64 hash_bytes(const void *p, size_t n) {
  const u8 *at = p;
  u64 h = mix(n ^ 0x9e3779b97f4a7c15u, 0xd6e8feb86659fd93u);
  for (; n >= 8; n -= 8, at += 8) {
    u64 w;
    memcpy(&w, at, 8);
    h = mix(h ^ w, 0xa0761d6478bd642fu);
  }
  u64 tail = 0;
  if (n)
    memcpy(&tail, at, n);
  return mix(h ^ tail, 0xe7037ed1a0b428dbu);
}
