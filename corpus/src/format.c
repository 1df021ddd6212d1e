// Text and numbers put through the library and through routines of our own, and
// compared: integers in all bases, doubles printed exactly digit by digit with
// a decimal fraction of many words and read back, the printf of the library
// with each flag and width, UTF-8 coded and decoded, words wrapped, strings
// searched by the methods of Knuth, Morris and Pratt (1977) and of Horspool
// (1980), and the distance of Levenshtein (1965).
// Stresses: the library's printf, strtod and string functions, bytes, varargs,
// conversions between floats and integers of every width.
#include "common.h"
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { text_size = 1 << 15 };

// Text that grows and keeps a checksum once it is full.
typedef struct {
  char bytes[4096];
  size_t length;
  uint64_t sum;
  uint64_t total;
} Sink;

static void flush(Sink *sink) {
  sink->sum = checksum(sink->sum, sink->bytes, sink->length);
  sink->total += sink->length;
  sink->length = 0;
}

static void print_to(Sink *sink, const char *format, ...) {
  if (sink->length + 512 > sizeof sink->bytes)
    flush(sink);
  va_list arguments;
  va_start(arguments, format);
  int written = vsnprintf(sink->bytes + sink->length, 512, format, arguments);
  va_end(arguments);
  sink->length += (size_t)(written < 512 ? written : 511);
}

static void report(const char *name, Sink *sink, int wrong) {
  flush(sink);
  printf("%-9s %7" PRIu64 " bytes, %d wrong, %016" PRIx64 "\n", name,
         sink->total, wrong, sink->sum);
}

static char *print_base(uint64_t number, unsigned base, char *end) {
  *--end = 0;
  do {
    unsigned digit = (unsigned)(number % base);
    *--end = (char)(digit < 10 ? '0' + digit : 'a' + digit - 10);
  } while (number /= base);
  return end;
}

static void run_integers(void) {
  Sink sink = {.sum = checksum_start};
  Random random = {1};
  int wrong = 0;
  for (int i = 0; i < 12000; i++) {
    char digits[72];
    uint64_t number = random_word(&random) >> (i & 63);
    unsigned base = 2 + (unsigned)i % 35;
    char *text = print_base(number, base, digits + sizeof digits);
    wrong += strtoull(text, NULL, (int)base) != number;
    print_to(&sink, "%s %" PRId64 " %+08" PRId64 " %#" PRIx64 " %-12" PRIo64,
             text, (int64_t)number, (int64_t)number >> 40, number,
             number & 0xffffff);
    print_to(&sink, "%5d|%-5d|%05d|%hhd|%hu|%c\n", (int)(number & 0xfff), i, -i,
             (signed char)number, (unsigned short)number, 'a' + i % 26);
  }
  report("integers", &sink, wrong);
}

// A number below 2^64 and its fraction, in words of nine decimal digits; the
// fraction of a double above 2^-200 takes at most 252 digits.
enum { fraction_words = 28 };

typedef struct {
  uint64_t whole;
  uint32_t words[fraction_words];
} Decimal;

static void halve(Decimal *decimal) {
  uint32_t carry = decimal->whole & 1;
  decimal->whole >>= 1;
  for (int i = 0; i < fraction_words; i++) {
    uint32_t word = decimal->words[i] + carry * 1000000000;
    carry = word & 1;
    decimal->words[i] = word >> 1;
  }
}

static void double_up(Decimal *decimal) {
  uint32_t carry = 0;
  for (int i = fraction_words; i-- > 0;) {
    uint32_t word = 2 * decimal->words[i] + carry;
    carry = word >= 1000000000;
    decimal->words[i] = carry ? word - 1000000000 : word;
  }
  decimal->whole = 2 * decimal->whole + carry;
}

// Takes the bits of a positive double apart; no digit is lost.
static Decimal decimal_of(double number) {
  uint64_t bits;
  memcpy(&bits, &number, sizeof bits);
  int exponent = (int)(bits >> 52 & 2047) - 1075;
  Decimal decimal = {.whole = (bits & (((uint64_t)1 << 52) - 1)) | (uint64_t)1
                                                                       << 52};
  for (; exponent < 0; exponent++)
    halve(&decimal);
  for (; exponent > 0; exponent--)
    double_up(&decimal);
  return decimal;
}

static size_t print_decimal(const Decimal *decimal, int words, char *text) {
  char digits[24];
  char *whole = print_base(decimal->whole, 10, digits + sizeof digits);
  size_t length = (size_t)sprintf(text, "%s.", whole);
  for (int i = 0; i < words; i++) {
    uint32_t word = decimal->words[i];
    for (int j = 8; j >= 0; j--, word /= 10)
      text[length + (size_t)j] = (char)('0' + word % 10);
    length += 9;
  }
  text[length] = 0;
  return length;
}

static void run_doubles(void) {
  Sink sink = {.sum = checksum_start};
  Random random = {2};
  int wrong = 0;
  for (int i = 0; i < 1500; i++) {
    char ours[320], theirs[320];
    double number = ldexp(1 + random_unit(&random), i % 250 - 190);
    Decimal decimal = decimal_of(number);
    print_decimal(&decimal, fraction_words, ours);
    snprintf(theirs, sizeof theirs, "%.252f", number);
    wrong += strcmp(ours, theirs) != 0;
    wrong += strtod(ours, NULL) != number;
    snprintf(theirs, sizeof theirs, "%.17g", number);
    wrong += strtod(theirs, NULL) != number;
    print_to(&sink, "%s %.3e %12.6f %-10.2f| %+g %a\n", theirs, number, number,
             fmod(number, 1000), -number, number);
  }
  report("doubles", &sink, wrong);
}

static void run_conversions(void) {
  Sink sink = {.sum = checksum_start};
  Random random = {3};
  int wrong = 0;
  for (int i = 0; i < 20000; i++) {
    int64_t number =
        (int64_t)(random_word(&random) >> (i & 31)) - i * INT64_C(1048576);
    double real = (double)number;
    float small = (float)number;
    if (fabs(real) < 0x1p62)
      wrong += llabs((int64_t)real - number) > 1024;
    double share = real / 0x1p64;
    int32_t whole = (int32_t)(share * 2e9);
    uint32_t natural = (uint32_t)(fabs(share) * 4e9);
    float nearest = rintf((float)share * 1000);
    sink.sum = checksum_word(sink.sum, (uint64_t)(int64_t)floor(share * 1e9));
    sink.sum = checksum_word(sink.sum, (uint64_t)(int64_t)ceil(share * 1e9));
    sink.sum = checksum_word(sink.sum, (uint64_t)(int64_t)trunc(share * 1e9));
    if (i % 16 == 0)
      print_to(&sink, "%.1f %.1f %d %u %.1f %d\n", real, (double)small,
               (int)whole, (unsigned)natural, (double)nearest,
               signbit(copysign(share, -real)) != 0);
  }
  report("converted", &sink, wrong);
}

static int put_utf8(char *out, uint32_t point) {
  if (point < 0x80) {
    out[0] = (char)point;
    return 1;
  }
  int length = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  for (int i = length - 1; i > 0; i--, point >>= 6)
    out[i] = (char)(0x80 | (point & 63));
  out[0] = (char)(0xf00 >> length | point);
  return length;
}

// Reads one code point and returns its bytes, or 0 if it is not well formed.
static int get_utf8(const char *text, uint32_t *point) {
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  uint8_t head = (uint8_t)text[0];
  if (head < 0x80) {
    *point = head;
    return 1;
  }
  int length = head >= 0xf0 ? 4 : head >= 0xe0 ? 3 : 2;
  if (head < 0xc2 || head > 0xf4)
    return 0;
  *point = head & (0x7f >> length);
  for (int i = 1; i < length; i++) {
    if (((uint8_t)text[i] & 0xc0) != 0x80)
      return 0;
    *point = *point << 6 | ((uint8_t)text[i] & 63);
  }
  int surrogate = *point >= 0xd800 && *point < 0xe000;
  return *point < least[length] || *point > 0x10ffff || surrogate ? 0 : length;
}

static void run_utf8(void) {
  Sink sink = {.sum = checksum_start};
  int wrong = 0, accepted = 0;
  for (uint32_t point = 1; point < 0x110000; point += 1 + point / 300) {
    char text[5] = {0};
    uint32_t back = 0;
    int length = put_utf8(text, point), read = get_utf8(text, &back);
    int surrogate = point >= 0xd800 && point < 0xe000;
    wrong += surrogate ? read != 0 : read != length || back != point;
    print_to(&sink, "%s", text);
  }
  Random random = {4};
  for (int i = 0; i < 60000; i++) {
    char text[5] = {0};
    uint32_t point, word = random_next(&random) | 0x80;
    memcpy(text, &word, sizeof word);
    accepted += get_utf8(text, &point) != 0;
  }
  report("utf8", &sink, wrong);
  printf("          %d of 60000 random texts accepted\n", accepted);
}

static void make_text(char *text, uint64_t seed, uint32_t letters) {
  Random random = {seed};
  for (int i = 0; i < text_size - 1; i++)
    text[i] = (char)('a' + random_below(&random, letters) *
                               random_below(&random, letters) / letters);
  text[text_size - 1] = 0;
}

static int count_library(const char *text, const char *word) {
  int count = 0;
  for (; (text = strstr(text, word)); text++)
    count++;
  return count;
}

static int count_by_borders(const char *text, const char *word) {
  int border[32] = {-1}, count = 0;
  for (int i = 0, j = -1; word[i]; border[++i] = ++j)
    while (j >= 0 && word[i] != word[j])
      j = border[j];
  for (int j = 0; *text; text++) {
    while (j >= 0 && (!word[j] || word[j] != *text))
      j = border[j];
    j++;
    count += !word[j];
  }
  return count;
}

static int count_by_skips(const char *text, const char *word) {
  int length = (int)strlen(word), count = 0;
  uint8_t skips[256];
  memset(skips, length, sizeof skips);
  for (int i = 0; i < length - 1; i++)
    skips[(uint8_t)word[i]] = (uint8_t)(length - 1 - i);
  for (int at = 0; at + length < text_size;) {
    count += !memcmp(text + at, word, (size_t)length);
    at += skips[(uint8_t)text[at + length - 1]];
  }
  return count;
}

static void run_search(void) {
  static char text[text_size];
  static const char *const words[] = {"a",    "ab",   "aaaa",    "abab",
                                      "caba", "bcab", "abacaba", "dead"};
  for (uint64_t seed = 5; seed < 8; seed++) {
    make_text(text, seed, (uint32_t)seed - 1);
    printf("search    ");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
      int count = count_library(text, words[i]);
      int same = count == count_by_borders(text, words[i]) &&
                 count == count_by_skips(text, words[i]);
      printf("%s %d%s", words[i], count, same ? " " : " WRONG ");
    }
    putchar('\n');
  }
}

static int distance(const char *a, const char *b) {
  int row[300];
  int length = (int)strlen(b);
  for (int j = 0; j <= length; j++)
    row[j] = j;
  for (int i = 1; a[i - 1]; i++) {
    int diagonal = row[0];
    row[0] = i;
    for (int j = 1; j <= length; j++) {
      int best = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      best = best < row[j] + 1 ? best : row[j] + 1;
      row[j] = best < row[j - 1] + 1 ? best : row[j - 1] + 1;
    }
  }
  return row[length];
}

static void run_distance(void) {
  static char text[text_size];
  make_text(text, 9, 8);
  int sum = 0;
  for (int i = 0; i < 60; i++) {
    char a[260], b[260];
    snprintf(a, sizeof a, "%.*s", 200 + i % 50, text + 100 * i);
    snprintf(b, sizeof b, "%.*s", 250 - i % 50, text + 150 * i + 7);
    sum += distance(a, b);
  }
  printf("distance  %d, %d, %d\n", distance("kitten", "sitting"),
         distance("", "rules"), sum);
}

// Breaks text into lines of at most `width` and fills them with spaces.
static void print_justified(Sink *sink, char *text, int width) {
  char *words[80];
  int count = 0, letters = 0;
  for (char *word = strtok(text, " ");; word = strtok(NULL, " ")) {
    int length = word ? (int)strlen(word) : 0;
    if (!word || letters + length + count > width) {
      int gaps = count - 1, spaces = word ? width - letters : gaps;
      for (int i = 0; i < count; i++) {
        int share = i < gaps ? spaces / (gaps - i) : 0;
        print_to(sink, "%s%*s", words[i], share, "");
        spaces -= share;
      }
      print_to(sink, "\n");
      count = letters = 0;
    }
    if (!word)
      return;
    words[count++] = word;
    letters += length;
  }
}

static void run_justify(void) {
  static const char source[] =
      "a rule says what to look for and what to put in its place and the less "
      "it says the more the machine that reads it may do on its own which is "
      "why a compiler made of rules can be read checked counted and changed";
  Sink sink = {.sum = checksum_start};
  char text[sizeof source];
  for (int width = 30; width < 230; width++) {
    memcpy(text, source, sizeof source);
    print_justified(&sink, text, 30 + width % 70);
    if (width == 30)
      printf("%.*s", (int)sink.length, sink.bytes);
  }
  report("justified", &sink, 0);
}

int main(void) {
  run_integers();
  run_doubles();
  run_conversions();
  run_utf8();
  run_search();
  run_distance();
  run_justify();
  return 0;
}
