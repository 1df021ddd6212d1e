// What the corpus programs share: one reproducible random sequence and one
// checksum, so that every run on every machine prints the same text.
// The generator is xorshift64* (Marsaglia 2003, Vigna 2016); bounds use the
// multiply-and-shift of Lemire 2019; the checksum is FNV-1a (Fowler, Noll, Vo).
#ifndef CORPUS_COMMON_H
#define CORPUS_COMMON_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct {
  uint64_t state; // never zero
} Random;

static const uint64_t checksum_start = 0xcbf29ce484222325u;

static inline uint64_t random_word(Random *random) {
  uint64_t x = random->state;
  x ^= x >> 12;
  x ^= x << 25;
  x ^= x >> 27;
  random->state = x;
  return x * 0x2545f4914f6cdd1du;
}

static inline uint32_t random_next(Random *random) {
  return (uint32_t)(random_word(random) >> 32);
}

// Returns a number from 0 to bound - 1.
static inline uint32_t random_below(Random *random, uint32_t bound) {
  return (uint32_t)(((uint64_t)random_next(random) * bound) >> 32);
}

// Returns a number from 0 up to but not including 1, with 53 random bits.
static inline double random_unit(Random *random) {
  return (double)(random_word(random) >> 11) * 0x1p-53;
}

static inline uint64_t checksum(uint64_t sum, const void *data, size_t length) {
  const uint8_t *bytes = data;
  for (size_t i = 0; i < length; i++)
    sum = (sum ^ bytes[i]) * 0x100000001b3u;
  return sum;
}

static inline uint64_t checksum_word(uint64_t sum, uint64_t word) {
  for (int i = 0; i < 8; i++)
    sum = (sum ^ (word >> (8 * i) & 255)) * 0x100000001b3u;
  return sum;
}

// Adds the exact bits of a float, so that one wrong rounding shows.
static inline uint64_t checksum_double(uint64_t sum, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return checksum_word(sum, bits);
}

#endif
