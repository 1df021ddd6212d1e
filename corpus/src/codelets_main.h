// Drives the functions of codelets.c, which codelets_gen.c writes, and compares
// each with a short and slow rival: the definition of the Fourier transform (by
// its inverse, so that no cosine is needed here), insertion sort, the machine's
// own multiplication and division lane by lane, and strncmp at every position.
#ifndef CODELETS_MAIN_H
#define CODELETS_MAIN_H

#include "common.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

// A function that keeps its own body and name in the module.
#define APART static __attribute__((noinline))

// One comparator of a sorting network, in registers.
#define ORDER(a, b)                                                            \
  {                                                                            \
    int32_t low = a < b ? a : b, high = a < b ? b : a;                         \
    a = low;                                                                   \
    b = high;                                                                  \
  }

enum { points = 256, lanes = 64, items = 64 };

static const uint64_t none = 0; // a wire without signal

// Twice transformed is the input backwards, times the number of points.
static void run_fft(void (*fft)(const double *, double *)) {
  static double in[2 * points], once[2 * points], twice[2 * points];
  Random random = {256};
  double worst = 0, energy[2] = {0};
  uint64_t sum = checksum_start;
  for (int round = 0; round < 600; round++) {
    for (int i = 0; i < 2 * points; i++)
      in[i] = random_unit(&random) - 0.5;
    fft(in, once);
    fft(once, twice);
    for (int i = 0; i < 2 * points; i++) {
      int back = (2 * points - i + 2 * (i & 1)) % (2 * points);
      worst = fmax(worst, fabs(twice[i] / points - in[back]));
      energy[0] += in[i] * in[i];
      energy[1] += once[i] * once[i] / points;
    }
    sum = checksum_double(sum, once[round % (2 * points)]);
  }
  printf("fft:      energy %.6f and %.6f, %s, %016" PRIx64 "\n", energy[0],
         energy[1], worst < 1e-12 ? "right" : "WRONG", sum);
}

static void insertion_sort(int32_t *v) {
  for (int i = 1; i < items; i++)
    for (int j = i; j > 0 && v[j - 1] > v[j]; j--) {
      int32_t kept = v[j];
      v[j] = v[j - 1];
      v[j - 1] = kept;
    }
}

static void run_sort(void (*sort)(int32_t *)) {
  Random random = {64};
  int wrong = 0;
  uint64_t sum = checksum_start;
  for (int round = 0; round < 4000; round++) {
    int32_t v[items], w[items];
    for (int i = 0; i < items; i++)
      w[i] = v[i] = (int32_t)random_next(&random) >> (round & 31);
    sort(v);
    if (round < 400) {
      insertion_sort(w);
      wrong += memcmp(v, w, sizeof v) != 0;
    }
    sum = checksum_word(sum, (uint64_t)v[round % items]);
  }
  printf("sort:     %d wrong, %016" PRIx64 "\n", wrong, sum);
}

// Turns the numbers of all lanes into one word for each bit.
static void to_slices(const uint64_t *numbers, int bits, uint64_t *slices) {
  for (int i = 0; i < bits; i++) {
    slices[i] = 0;
    for (int lane = 0; lane < lanes; lane++)
      slices[i] |= (numbers[lane] >> i & 1) << lane;
  }
}

static uint64_t from_slices(const uint64_t *slices, int bits, int lane) {
  uint64_t number = 0;
  for (int i = 0; i < bits; i++)
    number |= (slices[i] >> lane & 1) << i;
  return number;
}

typedef void Circuit(const uint64_t *a, const uint64_t *b, uint64_t *out);

static void run_multiply(Circuit *multiply) {
  Random random = {32};
  int wrong = 0;
  uint64_t sum = checksum_start;
  for (int round = 0; round < 300; round++) {
    uint64_t a[lanes], b[lanes], x[32], y[32], out[64];
    for (int i = 0; i < lanes; i++) {
      a[i] = random_next(&random);
      b[i] = random_next(&random) >> (round & 31);
    }
    to_slices(a, 32, x);
    to_slices(b, 32, y);
    multiply(x, y, out);
    for (int i = 0; i < lanes; i++) {
      uint64_t product = from_slices(out, 64, i);
      wrong += product != a[i] * b[i];
      sum = checksum_word(sum, product);
    }
  }
  printf("multiply: %d wrong, %016" PRIx64 "\n", wrong, sum);
}

static void run_divide(Circuit *divide) {
  enum { bits = 24 };
  Random random = {24};
  int wrong = 0;
  uint64_t sum = checksum_start;
  for (int round = 0; round < 300; round++) {
    uint64_t a[lanes], b[lanes], x[bits], y[bits], out[2 * bits];
    for (int i = 0; i < lanes; i++) {
      a[i] = random_next(&random) >> 8;
      b[i] = 1 + (random_next(&random) >> (9 + round % 23));
    }
    to_slices(a, bits, x);
    to_slices(b, bits, y);
    divide(x, y, out);
    for (int i = 0; i < lanes; i++) {
      uint64_t quotient = from_slices(out, bits, i);
      uint64_t rest = from_slices(out + bits, bits, i);
      wrong += quotient != a[i] / b[i] || rest != a[i] % b[i];
      sum = checksum_word(sum, quotient << 32 | rest);
    }
  }
  printf("divide:   %d wrong, %016" PRIx64 "\n", wrong, sum);
}

// Counts the longest word, or end of one, that ends at each letter.
static void count_slowly(const char *text, const char *const *words, int count,
                         int *counts) {
  for (const char *end = text + 1; end[-1]; end++) {
    int best = -1;
    size_t best_length = 0;
    for (int i = 0; i < count; i++) {
      size_t length = strlen(words[i]);
      if (length > best_length && length <= (size_t)(end - text) &&
          !strncmp(end - length, words[i], length)) {
        best = i;
        best_length = length;
      }
    }
    if (best >= 0)
      counts[best]++;
  }
}

// Words of the list, sometimes cut short so that they run into each other.
static void make_text(char *text, size_t size, const char *const *words,
                      int count) {
  Random random = {40};
  size_t at = 0;
  while (at + 16 < size) {
    const char *word = words[random_below(&random, (uint32_t)count)];
    size_t length = strlen(word);
    if (random_below(&random, 3))
      length -= random_below(&random, 3);
    memcpy(text + at, word, length);
    at += length;
    if (!random_below(&random, 4))
      text[at++] = ' ';
  }
  text[at] = 0;
}

static void run_scan(void (*scan)(const char *, int *),
                     const char *const *words, int count) {
  static char text[20000];
  int fast[64] = {0}, slow[64] = {0}, wrong = 0, total = 0;
  make_text(text, sizeof text, words, count);
  count_slowly(text, words, count, slow);
  for (int round = 0; round < 30; round++)
    scan(text, fast);
  for (int i = 0; i < count; i++) {
    wrong += fast[i] != 30 * slow[i];
    total += slow[i];
  }
  printf("scan:     %d words found, %d wrong, %016" PRIx64 "\n", total, wrong,
         checksum(checksum_start, slow, sizeof slow));
}

static void run_mix(uint64_t (*const *table)(uint32_t *, uint32_t, double),
                    int count) {
  static uint32_t memory[256];
  for (int i = 0; i < count; i++) {
    uint64_t sum = 0;
    for (uint32_t round = 0; round < 400; round++)
      sum = checksum_word(sum, table[i](memory, round, 1 / (round + 1.0)));
    printf("%016" PRIx64 "%c", sum, i % 4 == 3 ? '\n' : ' ');
  }
  printf("memory:   %016" PRIx64 "\n",
         checksum(checksum_start, memory, sizeof memory));
}

#endif
