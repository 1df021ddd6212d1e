// SHA-256 and SHA-512 (FIPS 180-4), with the constants computed instead of
// copied: the first bits of the fractions of square and cube roots of primes,
// found by bisection on integers. Prints the standard's own test vectors, then
// a long message hashed in uneven pieces and a chain of hashes of hashes.
// Stresses: i32 and i64 rotates, xors and adds in long dependent chains, byte
// order, many values live at once.
#include "common.h"
#include <inttypes.h>
#include <stdio.h>

enum { rounds_256 = 64, rounds_512 = 80 };

typedef unsigned __int128 Wide;

static uint64_t cube_constants[rounds_512]; // 64 bits after the point
static uint64_t square_constants[8];

typedef struct {
  uint32_t state[8];
  uint64_t length; // in bytes
  uint8_t pending[64];
} Sha256;

typedef struct {
  uint64_t state[8];
  uint64_t length;
  uint8_t pending[128];
} Sha512;

// A number of 256 bits, lowest word first: room for a cube of 68 bits.
typedef struct {
  uint64_t word[4];
} Huge;

static Huge multiply_huge(Huge x, Wide y) {
  Huge product = {{0}};
  uint64_t parts[2] = {(uint64_t)y, (uint64_t)(y >> 64)};
  for (int i = 0; i < 2; i++) {
    uint64_t carry = 0;
    for (int j = 0; i + j < 4; j++) {
      Wide sum = (Wide)x.word[j] * parts[i] + product.word[i + j] + carry;
      product.word[i + j] = (uint64_t)sum;
      carry = (uint64_t)(sum >> 64);
    }
  }
  return product;
}

// Is root^degree at most prime * 2^(64 * degree)?
static int root_is_low(Wide root, int degree, uint64_t prime) {
  Huge power = {{1}};
  for (int i = 0; i < degree; i++)
    power = multiply_huge(power, root);
  for (int i = 3; i > degree; i--)
    if (power.word[i])
      return 0;
  return power.word[degree] < prime;
}

// Returns 64 bits after the point of the square or cube root of a prime.
static uint64_t root_fraction(int degree, uint64_t prime) {
  Wide root = 0;
  for (int bit = 69; bit >= 0; bit--) {
    Wide candidate = root | (Wide)1 << bit;
    if (root_is_low(candidate, degree, prime))
      root = candidate;
  }
  return (uint64_t)root;
}

static int is_prime(unsigned n) {
  for (unsigned d = 2; d * d <= n; d++)
    if (n % d == 0)
      return 0;
  return 1;
}

static void make_constants(void) {
  int found = 0;
  for (unsigned n = 2; found < rounds_512; n++) {
    if (!is_prime(n))
      continue;
    cube_constants[found] = root_fraction(3, n);
    if (found < 8)
      square_constants[found] = root_fraction(2, n);
    found++;
  }
}

static uint32_t turn32(uint32_t x, int by) {
  return x >> by | x << (32 - by);
}

static uint64_t turn64(uint64_t x, int by) {
  return x >> by | x << (64 - by);
}

static void expand_256(const uint8_t *bytes, uint32_t *w) {
  for (int i = 0; i < 16; i++, bytes += 4)
    w[i] = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
           (uint32_t)bytes[2] << 8 | bytes[3];
  for (int i = 16; i < rounds_256; i++) {
    uint32_t x = w[i - 15], y = w[i - 2];
    w[i] = w[i - 16] + w[i - 7] + (turn32(x, 7) ^ turn32(x, 18) ^ x >> 3) +
           (turn32(y, 17) ^ turn32(y, 19) ^ y >> 10);
  }
}

static void compress_256(uint32_t *state, const uint8_t *bytes) {
  uint32_t w[rounds_256];
  expand_256(bytes, w);
  uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4],
           f = state[5], g = state[6], h = state[7];
  for (int i = 0; i < rounds_256; i++) {
    uint32_t sum1 = turn32(e, 6) ^ turn32(e, 11) ^ turn32(e, 25);
    uint32_t t1 = h + sum1 + ((e & f) ^ (~e & g)) +
                  (uint32_t)(cube_constants[i] >> 32) + w[i];
    uint32_t sum0 = turn32(a, 2) ^ turn32(a, 13) ^ turn32(a, 22);
    uint32_t t2 = sum0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g, g = f, f = e, e = d + t1;
    d = c, c = b, b = a, a = t1 + t2;
  }
  uint32_t next[8] = {a, b, c, d, e, f, g, h};
  for (int i = 0; i < 8; i++)
    state[i] += next[i];
}

static void expand_512(const uint8_t *bytes, uint64_t *w) {
  for (int i = 0; i < 16; i++) {
    w[i] = 0;
    for (int j = 0; j < 8; j++)
      w[i] = w[i] << 8 | *bytes++;
  }
  for (int i = 16; i < rounds_512; i++) {
    uint64_t x = w[i - 15], y = w[i - 2];
    w[i] = w[i - 16] + w[i - 7] + (turn64(x, 1) ^ turn64(x, 8) ^ x >> 7) +
           (turn64(y, 19) ^ turn64(y, 61) ^ y >> 6);
  }
}

static void compress_512(uint64_t *state, const uint8_t *bytes) {
  uint64_t w[rounds_512];
  expand_512(bytes, w);
  uint64_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4],
           f = state[5], g = state[6], h = state[7];
  for (int i = 0; i < rounds_512; i++) {
    uint64_t sum1 = turn64(e, 14) ^ turn64(e, 18) ^ turn64(e, 41);
    uint64_t t1 = h + sum1 + ((e & f) ^ (~e & g)) + cube_constants[i] + w[i];
    uint64_t sum0 = turn64(a, 28) ^ turn64(a, 34) ^ turn64(a, 39);
    uint64_t t2 = sum0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g, g = f, f = e, e = d + t1;
    d = c, c = b, b = a, a = t1 + t2;
  }
  uint64_t next[8] = {a, b, c, d, e, f, g, h};
  for (int i = 0; i < 8; i++)
    state[i] += next[i];
}

static void sha256_start(Sha256 *hash) {
  hash->length = 0;
  for (int i = 0; i < 8; i++)
    hash->state[i] = (uint32_t)(square_constants[i] >> 32);
}

static void sha512_start(Sha512 *hash) {
  hash->length = 0;
  memcpy(hash->state, square_constants, sizeof hash->state);
}

static void sha256_add(Sha256 *hash, const uint8_t *bytes, size_t length) {
  for (size_t i = 0; i < length; i++) {
    hash->pending[hash->length++ % 64] = bytes[i];
    if (hash->length % 64 == 0)
      compress_256(hash->state, hash->pending);
  }
}

static void sha512_add(Sha512 *hash, const uint8_t *bytes, size_t length) {
  for (size_t i = 0; i < length; i++) {
    hash->pending[hash->length++ % 128] = bytes[i];
    if (hash->length % 128 == 0)
      compress_512(hash->state, hash->pending);
  }
}

// Pads with one bit, zeros and the length; writes 32 bytes.
static void sha256_end(Sha256 *hash, uint8_t *digest) {
  static const uint8_t padding[64] = {128};
  uint64_t bits = hash->length * 8;
  sha256_add(hash, padding, 1 + (119 - hash->length % 64) % 64);
  uint8_t tail[8];
  for (int i = 0; i < 8; i++)
    tail[i] = (uint8_t)(bits >> (56 - 8 * i));
  sha256_add(hash, tail, sizeof tail);
  for (int i = 0; i < 32; i++)
    digest[i] = (uint8_t)(hash->state[i / 4] >> (24 - i % 4 * 8));
}

// The same with a length of 128 bits; writes 64 bytes.
static void sha512_end(Sha512 *hash, uint8_t *digest) {
  static const uint8_t padding[128] = {128};
  uint64_t bits = hash->length * 8;
  sha512_add(hash, padding, 1 + (239 - hash->length % 128) % 128);
  uint8_t tail[16] = {0};
  for (int i = 0; i < 8; i++)
    tail[8 + i] = (uint8_t)(bits >> (56 - 8 * i));
  sha512_add(hash, tail, sizeof tail);
  for (int i = 0; i < 64; i++)
    digest[i] = (uint8_t)(hash->state[i / 8] >> (56 - i % 8 * 8));
}

static void print_digest(const char *name, const uint8_t *digest, int length) {
  printf("%-12s ", name);
  for (int i = 0; i < length; i++)
    printf("%02x%s", digest[i],
           i == 31 && length > 32 ? "\n             " : "");
  putchar('\n');
}

static void show_both(const char *name, const char *text) {
  uint8_t digest[64];
  Sha256 small;
  sha256_start(&small);
  sha256_add(&small, (const uint8_t *)text, strlen(text));
  sha256_end(&small, digest);
  print_digest(name, digest, 32);
  Sha512 large;
  sha512_start(&large);
  sha512_add(&large, (const uint8_t *)text, strlen(text));
  sha512_end(&large, digest);
  print_digest(name, digest, 64);
}

// Adds a message in pieces of 0 to 999 bytes to both hashes.
static void show_pieces(void) {
  uint8_t piece[1000], digest[64];
  Random random = {8};
  Sha256 small;
  Sha512 large;
  sha256_start(&small);
  sha512_start(&large);
  for (int i = 0; i < 3600; i++) {
    size_t length = random_below(&random, sizeof piece);
    for (size_t j = 0; j < length; j++)
      piece[j] = (uint8_t)(i * 7 + (int)j);
    sha256_add(&small, piece, length);
    sha512_add(&large, piece, length);
  }
  sha256_end(&small, digest);
  print_digest("pieces", digest, 32);
  sha512_end(&large, digest);
  print_digest("pieces", digest, 64);
}

static void show_chain(void) {
  uint8_t digest[32] = {0};
  for (int i = 0; i < 10000; i++) {
    Sha256 hash;
    sha256_start(&hash);
    sha256_add(&hash, digest, sizeof digest);
    sha256_end(&hash, digest);
  }
  print_digest("chain", digest, 32);
}

int main(void) {
  make_constants();
  show_both("empty", "");
  show_both("abc", "abc");
  show_both("two blocks",
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq");
  show_pieces();
  show_chain();
  return 0;
}
