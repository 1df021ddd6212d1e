// Parses JSON (RFC 8259) into a tree in an arena, prints it back compactly and
// indented, and asks both for the same tree. Makes a large document first, with
// nested arrays and objects, numbers of all kinds, and strings with escapes
// from one to four bytes of UTF-8; then feeds it broken texts, whose errors it
// reports by position.
// Stresses: recursive descent, switch on characters, strings, a bump allocator
// and pointer chasing, conversions between text and numbers.
#include "common.h"
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { text_capacity = 1 << 18, deepest = 60, arena_block = 1 << 15 };

typedef enum {
  json_null,
  json_false,
  json_true,
  json_integer,
  json_decimal,
  json_string,
  json_array,
  json_object,
} Kind;

typedef struct Value Value;
struct Value {
  Kind kind;
  int count;         // bytes of a string, items of the others
  const char *name;  // if it is a member of an object
  const char *bytes; // of a string
  union {
    int64_t integer;
    double decimal;
    Value *first; // item or member
  };
  Value *next; // item or member of the same parent
};

typedef struct Block {
  struct Block *next;
  size_t used;
  char memory[arena_block];
} Block;

typedef struct {
  const char *start, *at;
  const char *error; // what was wanted, or NULL
  Block *arena;
  int depth;
} Parser;

static void *allocate(Parser *parser, size_t size) {
  size = (size + 7) & ~(size_t)7;
  Block *block = parser->arena;
  if (!block || block->used + size > sizeof block->memory) {
    block = malloc(sizeof *block);
    block->next = parser->arena;
    block->used = 0;
    parser->arena = block;
  }
  block->used += size;
  return block->memory + block->used - size;
}

static void free_arena(Parser *parser) {
  for (Block *block = parser->arena, *next; block; block = next) {
    next = block->next;
    free(block);
  }
}

static Value *fail(Parser *parser, const char *wanted) {
  if (!parser->error)
    parser->error = wanted;
  return NULL;
}

static void skip_space(Parser *parser) {
  while (*parser->at == ' ' || *parser->at == '\n' || *parser->at == '\t' ||
         *parser->at == '\r')
    parser->at++;
}

// Skips space, then `c` if it is next.
static bool accept(Parser *parser, char c) {
  skip_space(parser);
  if (*parser->at != c)
    return false;
  parser->at++;
  return true;
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

// Reads four hexadecimal digits; -1 if they are not all there.
static int parse_unit(Parser *parser) {
  int unit = 0;
  for (int i = 0; i < 4; i++) {
    int digit = hex_digit(*parser->at);
    if (digit < 0)
      return -1;
    unit = unit << 4 | digit;
    parser->at++;
  }
  return unit;
}

static char *put_utf8(char *out, uint32_t point) {
  if (point < 0x80) {
    *out++ = (char)point;
    return out;
  }
  int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  static const uint8_t heads[] = {0, 0xc0, 0xe0, 0xf0};
  *out++ = (char)(heads[more] | point >> (6 * more));
  while (more-- > 0)
    *out++ = (char)(0x80 | (point >> (6 * more) & 63));
  return out;
}

// Reads what follows \u, a pair of surrogates if need be.
static char *parse_point(Parser *parser, char *out) {
  int unit = parse_unit(parser);
  if (unit >= 0xd800 && unit < 0xdc00) {
    if (parser->at[0] != '\\' || parser->at[1] != 'u')
      unit = -1;
    else {
      parser->at += 2;
      int low = parse_unit(parser);
      unit = low >= 0xdc00 && low < 0xe000
                 ? 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)
                 : -1;
    }
  }
  if (unit < 0) {
    fail(parser, "a code point");
    return NULL;
  }
  return put_utf8(out, (uint32_t)unit);
}

static char *parse_escape(Parser *parser, char *out) {
  static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
  char c = *parser->at++;
  if (c == 'u')
    return parse_point(parser, out);
  const char *found = c ? strchr(from, c) : NULL;
  if (!found) {
    parser->at--;
    fail(parser, "an escape");
    return NULL;
  }
  *out++ = to[found - from];
  return out;
}

static size_t raw_length(const char *text) {
  size_t length = 0;
  for (; text[length] && text[length] != '"'; length++)
    if (text[length] == '\\' && text[length + 1])
      length++;
  return length;
}

// Reads up to the closing quote; the opening one is read already.
static const char *parse_string(Parser *parser, int *length) {
  char *bytes = allocate(parser, raw_length(parser->at) + 1), *out = bytes;
  while (*parser->at != '"') {
    if ((uint8_t)*parser->at < ' ') {
      fail(parser, "a character or a quote");
      return NULL;
    }
    char c = *parser->at++;
    if (c != '\\')
      *out++ = c;
    else if (!(out = parse_escape(parser, out)))
      return NULL;
  }
  parser->at++;
  *out = 0;
  *length = (int)(out - bytes);
  return bytes;
}

static const char *skip_digits(const char *at) {
  while (*at >= '0' && *at <= '9')
    at++;
  return at;
}

static Value *parse_number(Parser *parser, Value *value) {
  const char *start = parser->at, *digits = start + (*start == '-');
  const char *at = skip_digits(digits);
  if (at == digits || (*digits == '0' && at > digits + 1))
    return fail(parser, "a value");
  const char *whole = at;
  if (*at == '.')
    at = skip_digits(at + 1);
  if (*at == 'e' || *at == 'E') {
    at += 1 + (at[1] == '-' || at[1] == '+');
    at = skip_digits(at);
  }
  parser->at = at;
  if (at == whole && at - digits < 19) {
    value->kind = json_integer;
    value->integer = strtoll(start, NULL, 10);
  } else {
    value->kind = json_decimal;
    value->decimal = strtod(start, NULL);
  }
  return value;
}

static Value *parse_value(Parser *parser);

static const char *parse_name(Parser *parser) {
  int length;
  if (!accept(parser, '"')) {
    fail(parser, "a name");
    return NULL;
  }
  const char *name = parse_string(parser, &length);
  if (name && !accept(parser, ':')) {
    fail(parser, "a colon");
    return NULL;
  }
  return name;
}

static Value *parse_items(Parser *parser, Value *value, char closing) {
  Value **link = &value->first;
  *link = NULL;
  if (accept(parser, closing))
    return value;
  if (++parser->depth > deepest)
    return fail(parser, "less nesting");
  do {
    const char *name = NULL;
    if (closing == '}' && !(name = parse_name(parser)))
      return NULL;
    Value *item = parse_value(parser);
    if (!item)
      return NULL;
    item->name = name;
    *link = item;
    link = &item->next;
    value->count++;
  } while (accept(parser, ','));
  parser->depth--;
  if (!accept(parser, closing))
    return fail(parser, "a comma or the end");
  return value;
}

static Value *parse_word(Parser *parser, Value *value, const char *word,
                         Kind kind) {
  size_t length = strlen(word);
  if (strncmp(parser->at, word, length))
    return fail(parser, "a value");
  parser->at += length;
  value->kind = kind;
  return value;
}

static Value *parse_value(Parser *parser) {
  skip_space(parser);
  Value *value = allocate(parser, sizeof *value);
  memset(value, 0, sizeof *value);
  switch (*parser->at) {
  case '{':
    parser->at++;
    value->kind = json_object;
    return parse_items(parser, value, '}');
  case '[':
    parser->at++;
    value->kind = json_array;
    return parse_items(parser, value, ']');
  case '"':
    parser->at++;
    value->kind = json_string;
    value->bytes = parse_string(parser, &value->count);
    return value->bytes ? value : NULL;
  case 't':
    return parse_word(parser, value, "true", json_true);
  case 'f':
    return parse_word(parser, value, "false", json_false);
  case 'n':
    return parse_word(parser, value, "null", json_null);
  default:
    return parse_number(parser, value);
  }
}

static Value *parse(Parser *parser, const char *text) {
  *parser = (Parser){.start = text, .at = text};
  Value *value = parse_value(parser);
  if (!value)
    return NULL;
  skip_space(parser);
  return *parser->at ? fail(parser, "the end") : value;
}

typedef struct {
  char *out;
  bool indent;
  int depth;
} Printer;

static void put(Printer *printer, char c) {
  *printer->out++ = c;
}

static void put_line(Printer *printer) {
  if (!printer->indent)
    return;
  put(printer, '\n');
  for (int i = 0; i < printer->depth; i++)
    put(printer, ' ');
}

static void print_string(Printer *printer, const char *bytes, int count) {
  static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
  put(printer, '"');
  for (int i = 0; i < count; i++) {
    const char *found = bytes[i] ? strchr(from, bytes[i]) : NULL;
    if (found) {
      put(printer, '\\');
      put(printer, to[found - from]);
    } else if ((uint8_t)bytes[i] < ' ') {
      printer->out += sprintf(printer->out, "\\u%04x", bytes[i]);
    } else {
      put(printer, bytes[i]);
    }
  }
  put(printer, '"');
}

static void print_value(Printer *printer, const Value *value);

static void print_items(Printer *printer, const Value *value, char opening,
                        char closing) {
  put(printer, opening);
  printer->depth++;
  for (const Value *item = value->first; item; item = item->next) {
    put_line(printer);
    if (item->name) {
      print_string(printer, item->name, (int)strlen(item->name));
      put(printer, ':');
    }
    print_value(printer, item);
    if (item->next)
      put(printer, ',');
  }
  printer->depth--;
  if (value->count)
    put_line(printer);
  put(printer, closing);
}

static void print_value(Printer *printer, const Value *value) {
  switch (value->kind) {
  case json_null:
    printer->out += sprintf(printer->out, "null");
    break;
  case json_false:
    printer->out += sprintf(printer->out, "false");
    break;
  case json_true:
    printer->out += sprintf(printer->out, "true");
    break;
  case json_integer:
    printer->out += sprintf(printer->out, "%" PRId64, value->integer);
    break;
  case json_decimal:
    printer->out += sprintf(printer->out, "%.17g", value->decimal);
    break;
  case json_string:
    print_string(printer, value->bytes, value->count);
    break;
  case json_array:
    print_items(printer, value, '[', ']');
    break;
  case json_object:
    print_items(printer, value, '{', '}');
    break;
  }
}

static size_t print(const Value *value, bool indent, char *text) {
  Printer printer = {.out = text, .indent = indent};
  print_value(&printer, value);
  put(&printer, 0);
  return (size_t)(printer.out - text) - 1;
}

static bool same_value(const Value *a, const Value *b) {
  if (a->kind != b->kind || a->count != b->count || !a->name != !b->name ||
      (a->name && strcmp(a->name, b->name)))
    return false;
  if (a->kind == json_integer)
    return a->integer == b->integer;
  if (a->kind == json_decimal)
    return a->decimal == b->decimal;
  if (a->kind == json_string)
    return !memcmp(a->bytes, b->bytes, (size_t)a->count);
  if (a->kind < json_array)
    return true;
  const Value *x = a->first, *y = b->first;
  for (; x && y; x = x->next, y = y->next)
    if (!same_value(x, y))
      return false;
  return x == y;
}

static void count_kinds(const Value *value, int *counts) {
  counts[value->kind]++;
  if (value->kind >= json_array)
    for (const Value *item = value->first; item; item = item->next)
      count_kinds(item, counts);
}

static char *make_string(Random *random, char *out) {
  static const char *const pieces[] = {
      "a",       "rule", " ",       "\\n",      "\\\"",           "\\u00e4",
      "\\u20ac", "x",    "\\\\",    "\\t",      "\\ud83d\\ude00", "z",
      "value",   "0",    "\\u0001", "\303\274",
  };
  *out++ = '"';
  for (uint32_t n = random_below(random, 8); n; n--) {
    const char *piece = pieces[random_below(random, 16)];
    size_t length = strlen(piece);
    memcpy(out, piece, length);
    out += length;
  }
  *out++ = '"';
  return out;
}

static char *make_value(Random *random, char *out, int depth);

static char *make_items(Random *random, char *out, int depth, bool object) {
  *out++ = object ? '{' : '[';
  uint32_t count = random_below(random, 3) + (uint32_t)depth;
  for (uint32_t i = 0; i < count; i++) {
    if (i)
      out += sprintf(out, i % 2 ? "," : " ,\n ");
    if (object)
      out += sprintf(out, "\"key%u\": ", (unsigned)i);
    out = make_value(random, out, depth - 1);
  }
  *out++ = object ? '}' : ']';
  return out;
}

static char *make_value(Random *random, char *out, int depth) {
  static const char *const words[] = {"null", "true", "false", "-0", "1e-7"};
  if (depth > 0)
    return make_items(random, out, depth, random_below(random, 2));
  switch (random_below(random, 4)) {
  case 0:
    return make_string(random, out);
  case 1:
    return out + sprintf(out, "%d", (int)random_next(random));
  case 2:
    return out + sprintf(out, "%.10g", random_unit(random) * 2000 - 1000);
  default:
    return out + sprintf(out, "%s", words[random_below(random, 5)]);
  }
}

static void run_document(uint64_t seed) {
  static char text[text_capacity], compact[text_capacity],
      wide[2 * text_capacity];
  Random random = {seed};
  *make_value(&random, text, 6) = 0;
  Parser first, second, third;
  Value *a = parse(&first, text);
  size_t compact_length = print(a, false, compact);
  size_t wide_length = print(a, true, wide);
  Value *b = parse(&second, compact), *c = parse(&third, wide);
  int counts[8] = {0};
  count_kinds(a, counts);
  printf("%6u bytes, compact %6u, wide %6u, %s, %016" PRIx64 "\n ",
         (unsigned)strlen(text), (unsigned)compact_length,
         (unsigned)wide_length,
         same_value(a, b) && same_value(a, c) ? "same" : "DIFFERENT",
         checksum(checksum_start, wide, wide_length));
  for (int i = 0; i < 8; i++)
    printf(" %d", counts[i]);
  putchar('\n');
  free_arena(&first);
  free_arena(&second);
  free_arena(&third);
}

static void run_broken(const char *text) {
  Parser parser;
  if (parse(&parser, text))
    printf("accepted: %.30s\n", text);
  else
    printf("at %d wanted %s: %.30s\n", (int)(parser.at - parser.start),
           parser.error, text);
  free_arena(&parser);
}

int main(void) {
  for (uint64_t seed = 1; seed <= 6; seed++)
    run_document(seed);
  static const char *const broken[] = {
      "",
      "[1,2",
      "{\"a\":1,}",
      "[1 2]",
      "\"ab",
      "\"\\x\"",
      "\"\\ud800\"",
      "[01]",
      "tru",
      "{\"a\" 1}",
      "{a:1}",
      "[] []",
      "-",
      "[\"tab\there\"]",
      "[[[[[]]]]]",
  };
  for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
    run_broken(broken[i]);
  char deep[200];
  memset(deep, '[', 100);
  memset(deep + 100, ']', 99);
  deep[199] = 0;
  run_broken(deep);
  return 0;
}
