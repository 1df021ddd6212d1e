// Compresses texts by LZ77 (Ziv and Lempel 1977) with hash chains and one step
// of lazy matching as in zlib's deflate, into bytes of literal runs and matches
// like LZ4's (Collet), and expands them again. A second coder codes bit by bit
// with adaptive chances after the last byte, by binary arithmetic coding in the
// manner of fpaq0 (Mahoney). Both must give back what they got.
// Stresses: byte loads and stores, chains through memory, branches that are
// hard to predict, copies that overlap themselves.
#include "common.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
  text_size = 120000,
  packed_size = text_size + text_size / 8 + 64,
  hash_bits = 13,
  window = 1 << 15,
  shortest = 4,
  longest_chain = 32,
  bits_size = 30000, // what the slower bit coder gets
};

typedef struct {
  const uint8_t *text;
  int length;
  int32_t head[1 << hash_bits]; // latest position with this hash, or -1
  int32_t previous[window];     // the one before, by position modulo window
} Finder;

typedef struct {
  int length;
  int distance;
} Match;

static uint32_t hash_at(const uint8_t *text) {
  uint32_t word;
  memcpy(&word, text, sizeof word);
  return word * 2654435761u >> (32 - hash_bits);
}

static void insert_position(Finder *finder, int at) {
  if (at + shortest > finder->length)
    return;
  uint32_t hash = hash_at(finder->text + at);
  finder->previous[at % window] = finder->head[hash];
  finder->head[hash] = at;
}

static int common_length(const uint8_t *a, const uint8_t *b, int limit) {
  int length = 0;
  while (length < limit && a[length] == b[length])
    length++;
  return length;
}

static Match find_match(const Finder *finder, int at) {
  Match best = {.length = shortest - 1};
  if (at + shortest > finder->length)
    return best;
  int candidate = finder->head[hash_at(finder->text + at)];
  for (int tries = longest_chain; candidate >= 0 && tries; tries--) {
    int distance = at - candidate;
    if (distance >= window)
      break;
    int length = common_length(finder->text + candidate, finder->text + at,
                               finder->length - at);
    if (length > best.length)
      best = (Match){length, distance};
    candidate = finder->previous[candidate % window];
  }
  return best;
}

// Writes what does not fit in a nibble as bytes of 255 and a last one.
static uint8_t *put_length(uint8_t *out, int length) {
  for (length -= 15; length >= 255; length -= 255)
    *out++ = 255;
  *out++ = (uint8_t)length;
  return out;
}

// A token: nibbles of literal and match length, the literals, the distance.
// A match of length 0 ends the text.
static uint8_t *put_token(uint8_t *out, const uint8_t *literals, int count,
                          Match match) {
  int extra = match.length ? match.length - shortest : 0;
  *out++ =
      (uint8_t)((count < 15 ? count : 15) << 4 | (extra < 15 ? extra : 15));
  if (count >= 15)
    out = put_length(out, count);
  memcpy(out, literals, (size_t)count);
  out += count;
  if (!match.length)
    return out;
  *out++ = (uint8_t)match.distance;
  *out++ = (uint8_t)(match.distance >> 8);
  return extra >= 15 ? put_length(out, extra) : out;
}

static int lz_pack(const uint8_t *text, int length, uint8_t *packed) {
  Finder *finder = malloc(sizeof *finder);
  finder->text = text;
  finder->length = length;
  memset(finder->head, -1, sizeof finder->head);
  uint8_t *out = packed;
  int start = 0, at = 0;
  while (at < length) {
    Match match = find_match(finder, at);
    insert_position(finder, at);
    if (match.length < shortest ||
        find_match(finder, at + 1).length > match.length) {
      at++;
      continue;
    }
    out = put_token(out, text + start, at - start, match);
    for (int end = at + match.length; ++at < end;)
      insert_position(finder, at);
    start = at;
  }
  out = put_token(out, text + start, length - start, (Match){0});
  free(finder);
  return (int)(out - packed);
}

static int get_length(const uint8_t **in, int length) {
  if (length < 15)
    return length;
  int byte;
  do
    length += byte = *(*in)++;
  while (byte == 255);
  return length;
}

static int lz_unpack(const uint8_t *in, int packed, uint8_t *text) {
  const uint8_t *end = in + packed;
  uint8_t *out = text;
  for (;;) {
    int token = *in++, count = get_length(&in, token >> 4);
    memcpy(out, in, (size_t)count);
    out += count;
    in += count;
    if (in >= end)
      return (int)(out - text);
    int distance = in[0] | in[1] << 8;
    in += 2;
    int length = get_length(&in, token & 15) + shortest;
    for (const uint8_t *from = out - distance; length; length--)
      *out++ = *from++;
  }
}

typedef struct {
  uint32_t low, high; // the interval left
  uint32_t code;      // when decoding: where in it we are
  const uint8_t *in;
  uint8_t *out;
  uint16_t chance[256 * 256]; // of a 1, of 65536, by last byte and bits so far
} Coder;

static void coder_init(Coder *coder, const uint8_t *in, uint8_t *out) {
  coder->low = 0;
  coder->high = 0xffffffff;
  coder->code = 0;
  coder->in = in;
  coder->out = out;
  for (int i = 0; in && i < 4; i++)
    coder->code = coder->code << 8 | *coder->in++;
  for (int i = 0; i < 256 * 256; i++)
    coder->chance[i] = 1 << 15;
}

// Narrows the interval to the part for `bit` and moves the chance towards it.
static void take_bit(Coder *coder, uint16_t *chance, uint32_t split, int bit) {
  if (bit) {
    coder->high = split;
    *chance = (uint16_t)(*chance + ((65535 - *chance) >> 4));
  } else {
    coder->low = split + 1;
    *chance = (uint16_t)(*chance - (*chance >> 4));
  }
}

static uint32_t split_of(const Coder *coder, uint16_t chance) {
  return coder->low +
         (uint32_t)((uint64_t)(coder->high - coder->low) * chance >> 16);
}

static void encode_bit(Coder *coder, uint16_t *chance, int bit) {
  take_bit(coder, chance, split_of(coder, *chance), bit);
  for (; !((coder->low ^ coder->high) >> 24); coder->low <<= 8) {
    *coder->out++ = (uint8_t)(coder->high >> 24);
    coder->high = coder->high << 8 | 255;
  }
}

static int decode_bit(Coder *coder, uint16_t *chance) {
  uint32_t split = split_of(coder, *chance);
  int bit = coder->code <= split;
  take_bit(coder, chance, split, bit);
  for (; !((coder->low ^ coder->high) >> 24); coder->low <<= 8) {
    coder->high = coder->high << 8 | 255;
    coder->code = coder->code << 8 | *coder->in++;
  }
  return bit;
}

static int bits_pack(const uint8_t *text, int length, uint8_t *packed) {
  Coder *coder = malloc(sizeof *coder);
  coder_init(coder, NULL, packed);
  for (int i = 0; i < length; i++) {
    uint16_t *chances = coder->chance + 256 * (i ? text[i - 1] : 0);
    for (int node = 1, bit = 7; bit >= 0; bit--) {
      int one = text[i] >> bit & 1;
      encode_bit(coder, &chances[node], one);
      node = 2 * node + one;
    }
  }
  for (int i = 0; i < 4; i++, coder->high <<= 8)
    *coder->out++ = (uint8_t)(coder->high >> 24);
  int size = (int)(coder->out - packed);
  free(coder);
  return size;
}

static void bits_unpack(const uint8_t *packed, uint8_t *text, int length) {
  Coder *coder = malloc(sizeof *coder);
  coder_init(coder, packed, NULL);
  for (int i = 0; i < length; i++) {
    uint16_t *chances = coder->chance + 256 * (i ? text[i - 1] : 0);
    int node = 1;
    while (node < 256)
      node = 2 * node + decode_bit(coder, &chances[node]);
    text[i] = (uint8_t)node;
  }
  free(coder);
}

// Something like prose: words of a small vocabulary, the frequent ones first.
static void make_prose(uint8_t *text) {
  static const char vocabulary[16][12] = {
      "the ",       "rule ",      "and ",   "value ", "of ",      "block ",
      "dominates ", "a ",         "loop ",  "is ",    "spilled ", "register ",
      "when ",      "rewritten ", "again ", "into "};
  Random random = {31};
  for (int at = 0; at < text_size;) {
    uint32_t i = random_below(&random, 16) * random_below(&random, 16) / 15;
    for (const char *c = vocabulary[i]; *c && at < text_size; c++)
      text[at++] = (uint8_t)*c;
    if (random_below(&random, 12) == 0 && at < text_size)
      text[at++] = '\n';
  }
}

// Records of four bytes: a slow counter, a sawtooth and noise.
static void make_table(uint8_t *text) {
  Random random = {32};
  for (int i = 0; i < text_size; i += 4) {
    text[i] = (uint8_t)(i >> 10);
    text[i + 1] = (uint8_t)(i >> 4);
    text[i + 2] = (uint8_t)random_below(&random, 3);
    text[i + 3] = 0;
  }
}

static void make_noise(uint8_t *text) {
  Random random = {33};
  for (int i = 0; i < text_size; i++)
    text[i] = (uint8_t)random_next(&random);
}

static void make_zeros(uint8_t *text) {
  memset(text, 0, text_size);
}

static void run(const char *name, void (*make)(uint8_t *)) {
  static uint8_t text[text_size], packed[packed_size], back[text_size];
  make(text);
  int size = lz_pack(text, text_size, packed);
  int restored = lz_unpack(packed, size, back);
  int same = restored == text_size && !memcmp(text, back, text_size);
  printf("%-6s lz %6d %s %016" PRIx64, name, size, same ? "same" : "DIFFERENT",
         checksum(checksum_start, packed, (size_t)size));
  size = bits_pack(text, bits_size, packed);
  memset(back, 0, bits_size);
  bits_unpack(packed, back, bits_size);
  same = !memcmp(text, back, bits_size);
  printf("  bits %5d %s %016" PRIx64 "\n", size, same ? "same" : "DIFFERENT",
         checksum(checksum_start, packed, (size_t)size));
}

int main(void) {
  run("prose", make_prose);
  run("table", make_table);
  run("noise", make_noise);
  run("zeros", make_zeros);
  return 0;
}
