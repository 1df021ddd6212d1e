// The AES cipher (FIPS 197; Daemen and Rijmen's Rijndael) with 128- and 256-bit
// keys, its S-box and tables computed from the field's arithmetic. Encrypts by
// table lookups as in Rijmen's optimized code and by the plain byte steps of
// the standard, compares both, and runs counter and CBC modes over a buffer.
// Stresses: byte loads, table lookups with computed addresses, xor chains, i32.
#include "common.h"
#include <inttypes.h>
#include <stdio.h>

enum { buffer_size = 1 << 18, repeats = 6, slow_size = 1 << 13 };

static uint8_t forward_box[256], inverse_box[256];
static uint32_t round_table[4][256]; // S-box and MixColumns, by byte position

typedef struct {
  uint32_t word[60]; // four per round and four more
  int rounds;
} Key;

static uint8_t times_two(uint8_t x) {
  return (uint8_t)(x << 1 ^ (x & 128 ? 0x1b : 0));
}

static uint8_t multiply(uint8_t x, uint8_t y) {
  uint8_t product = 0;
  for (; y; y >>= 1, x = times_two(x))
    if (y & 1)
      product ^= x;
  return product;
}

static uint8_t turn_byte(uint8_t x, int by) {
  return (uint8_t)(x << by | x >> (8 - by));
}

static uint32_t turn(uint32_t x, int by) {
  return x << by | x >> (32 - by);
}

// Walks through the field by powers of 3 upward and of its inverse downward,
// so that each element meets its reciprocal.
static void make_tables(void) {
  uint8_t power = 1, inverse = 1;
  forward_box[0] = 0x63;
  do {
    power ^= times_two(power);
    inverse = multiply(inverse, 0xf6);
    forward_box[power] =
        (uint8_t)(0x63 ^ inverse ^ turn_byte(inverse, 1) ^
                  turn_byte(inverse, 2) ^ turn_byte(inverse, 3) ^
                  turn_byte(inverse, 4));
  } while (power != 1);
  for (int i = 0; i < 256; i++) {
    uint8_t s = forward_box[i], s2 = times_two(s);
    inverse_box[s] = (uint8_t)i;
    uint32_t column = (uint32_t)s2 << 24 | (uint32_t)s << 16 |
                      (uint32_t)s << 8 | (uint32_t)(s2 ^ s);
    for (int j = 0; j < 4; j++)
      round_table[j][i] = j ? turn(column, 32 - 8 * j) : column;
  }
}

static uint32_t load_word(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
         (uint32_t)bytes[2] << 8 | bytes[3];
}

static void store_word(uint8_t *bytes, uint32_t word) {
  for (int i = 0; i < 4; i++)
    bytes[i] = (uint8_t)(word >> (24 - 8 * i));
}

static uint32_t substitute_word(uint32_t word) {
  return (uint32_t)forward_box[word >> 24] << 24 |
         (uint32_t)forward_box[word >> 16 & 255] << 16 |
         (uint32_t)forward_box[word >> 8 & 255] << 8 | forward_box[word & 255];
}

static void expand_key(Key *key, const uint8_t *bytes, int words) {
  uint8_t constant = 1;
  key->rounds = words + 6;
  for (int i = 0; i < words; i++)
    key->word[i] = load_word(bytes + 4 * i);
  for (int i = words; i < 4 * (key->rounds + 1); i++) {
    uint32_t word = key->word[i - 1];
    if (i % words == 0) {
      word = substitute_word(turn(word, 8)) ^ (uint32_t)constant << 24;
      constant = times_two(constant);
    } else if (words > 6 && i % words == 4) {
      word = substitute_word(word);
    }
    key->word[i] = key->word[i - words] ^ word;
  }
}

static uint32_t mix_fast(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  return round_table[0][a >> 24] ^ round_table[1][b >> 16 & 255] ^
         round_table[2][c >> 8 & 255] ^ round_table[3][d & 255];
}

static uint32_t mix_last(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  return substitute_word((a & 0xff000000) | (b & 0xff0000) | (c & 0xff00) |
                         (d & 0xff));
}

static void encrypt_fast(const Key *key, const uint8_t *in, uint8_t *out) {
  const uint32_t *k = key->word;
  uint32_t a = load_word(in) ^ k[0], b = load_word(in + 4) ^ k[1],
           c = load_word(in + 8) ^ k[2], d = load_word(in + 12) ^ k[3];
  for (int round = 1; round < key->rounds; round++) {
    k += 4;
    uint32_t w = mix_fast(a, b, c, d) ^ k[0], x = mix_fast(b, c, d, a) ^ k[1],
             y = mix_fast(c, d, a, b) ^ k[2], z = mix_fast(d, a, b, c) ^ k[3];
    a = w, b = x, c = y, d = z;
  }
  k += 4;
  store_word(out, mix_last(a, b, c, d) ^ k[0]);
  store_word(out + 4, mix_last(b, c, d, a) ^ k[1]);
  store_word(out + 8, mix_last(c, d, a, b) ^ k[2]);
  store_word(out + 12, mix_last(d, a, b, c) ^ k[3]);
}

static void add_round_key(const Key *key, int round, uint8_t *state) {
  for (int i = 0; i < 16; i++)
    state[i] ^= (uint8_t)(key->word[4 * round + i / 4] >> (24 - i % 4 * 8));
}

// Multiplies each column by a circulant matrix whose first row is given.
static void mix_columns(uint8_t *state, const uint8_t *row) {
  for (int column = 0; column < 16; column += 4) {
    uint8_t mixed[4] = {0};
    for (int i = 0; i < 4; i++)
      for (int j = 0; j < 4; j++)
        mixed[i] ^= multiply(state[column + j], row[(j - i) & 3]);
    memcpy(state + column, mixed, 4);
  }
}

// Substitutes bytes and moves row r by r columns, to the left if `by` is 1.
static void substitute_and_shift(uint8_t *state, const uint8_t *box, int by) {
  uint8_t moved[16];
  for (int i = 0; i < 16; i++)
    moved[i] = box[state[(i + 4 * by * (i % 4)) & 15]];
  memcpy(state, moved, 16);
}

static void encrypt_plain(const Key *key, const uint8_t *in, uint8_t *out) {
  static const uint8_t row[4] = {2, 3, 1, 1};
  memmove(out, in, 16);
  add_round_key(key, 0, out);
  for (int round = 1; round <= key->rounds; round++) {
    substitute_and_shift(out, forward_box, 1);
    if (round < key->rounds)
      mix_columns(out, row);
    add_round_key(key, round, out);
  }
}

static void decrypt_plain(const Key *key, const uint8_t *in, uint8_t *out) {
  static const uint8_t row[4] = {14, 11, 13, 9};
  memmove(out, in, 16);
  for (int round = key->rounds; round > 0; round--) {
    add_round_key(key, round, out);
    if (round < key->rounds)
      mix_columns(out, row);
    substitute_and_shift(out, inverse_box, -1);
  }
  add_round_key(key, 0, out);
}

static void count_mode(const Key *key, uint8_t *data, size_t length) {
  uint8_t counter[16] = {0xca, 0xfe}, stream[16];
  for (size_t i = 0; i < length; i += 16) {
    encrypt_fast(key, counter, stream);
    for (int j = 0; j < 16; j++)
      data[i + (size_t)j] ^= stream[j];
    for (int j = 15; ++counter[j] == 0;)
      j--;
  }
}

static void chain_mode(const Key *key, uint8_t *data, size_t length) {
  uint8_t previous[16] = {0};
  for (size_t i = 0; i < length; i += 16) {
    for (int j = 0; j < 16; j++)
      previous[j] ^= data[i + (size_t)j];
    encrypt_fast(key, previous, previous);
    memcpy(data + i, previous, 16);
  }
}

static void print_block(const char *name, const uint8_t *block) {
  printf("%-10s ", name);
  for (int i = 0; i < 16; i++)
    printf("%02x", block[i]);
  putchar('\n');
}

// The standard's example: key 00 01 02 ..., text 00 11 22 ....
static void show_example(int words) {
  uint8_t bytes[32], text[16], fast[16], plain[16], back[16];
  for (int i = 0; i < 32; i++)
    bytes[i] = (uint8_t)i;
  for (int i = 0; i < 16; i++)
    text[i] = (uint8_t)(0x11 * i);
  Key key;
  expand_key(&key, bytes, words);
  encrypt_fast(&key, text, fast);
  encrypt_plain(&key, text, plain);
  decrypt_plain(&key, plain, back);
  print_block(words == 4 ? "aes128" : "aes256", fast);
  print_block("  plain", plain);
  print_block("  back", back);
}

static int count_wrong(const Key *key) {
  uint8_t text[16], fast[16], plain[16], back[16];
  Random random = {21};
  int wrong = 0;
  for (int i = 0; i < slow_size; i += 16) {
    for (int j = 0; j < 16; j++)
      text[j] = (uint8_t)random_next(&random);
    encrypt_fast(key, text, fast);
    encrypt_plain(key, text, plain);
    decrypt_plain(key, fast, back);
    wrong += memcmp(fast, plain, 16) != 0 || memcmp(back, text, 16) != 0;
  }
  return wrong;
}

int main(void) {
  static uint8_t data[buffer_size];
  make_tables();
  show_example(4);
  show_example(8);
  Key key;
  expand_key(&key, (const uint8_t *)"rulewright says hello to all of you", 8);
  printf("blocks wrong: %d\n", count_wrong(&key));
  for (int i = 0; i < repeats; i++)
    count_mode(&key, data + 16 * i, sizeof data - 16 * (size_t)i);
  printf("counter: %016" PRIx64 "\n",
         checksum(checksum_start, data, sizeof data));
  expand_key(&key, (const uint8_t *)"sixteen letters!", 4);
  for (int i = 0; i < repeats; i++)
    chain_mode(&key, data, sizeof data);
  print_block("chain", data + sizeof data - 16);
  printf("chain:   %016" PRIx64 "\n",
         checksum(checksum_start, data, sizeof data));
  return 0;
}
