// Reads IR text: words, then the module's `sig`, `decl` and `func` lines. All
// `sig` and `decl` may come before or after their use. Bounded by the text:
// indices beyond MOST_INDEX are refused, nothing recurses.
#include "mid/ir/parse.h"
#include "ops.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_INDEX = 1 << 20, MOST_TEXT = 1 << 30 };

// --- words

void parse_fail(Parser *p, const char *at, const char *fmt, ...) {
  u32 line = 1, col = 1;
  char what[256];
  va_list ap;
  if (p->failed)
    return;
  for (const char *s = p->text; s < at; s++, col++)
    if (*s == '\n')
      line++, col = 0;
  va_start(ap, fmt);
  vsnprintf(what, sizeof what, fmt, ap);
  va_end(ap);
  text_add(p->err, "%u:%u: %s\n", line, col, what);
  p->failed = true;
  p->at = p->end;
}

void parse_space(Parser *p) {
  for (; p->at < p->end; p->at++) {
    if (*p->at == ';')
      while (p->at + 1 < p->end && p->at[1] != '\n')
        p->at++;
    else if (*p->at != ' ' && *p->at != '\n' && *p->at != '\t' &&
             *p->at != '\r')
      return;
  }
}

char parse_peek(Parser *p) {
  parse_space(p);
  return p->at < p->end ? *p->at : 0;
}

bool parse_char(Parser *p, char c) {
  if (parse_peek(p) != c || !c)
    return false;
  p->at++;
  return true;
}

void parse_want(Parser *p, char c) {
  if (parse_char(p, c))
    return;
  if (p->at < p->end)
    parse_fail(p, p->at, "found '%c', wanted '%c'",
               *p->at >= ' ' && *p->at <= '~' ? *p->at : '?', c);
  else
    parse_fail(p, p->at, "found the end of the text, wanted '%c'", c);
}

static bool word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         (c >= 'A' && c <= 'Z') || c == '_' || c == '.';
}

Word parse_word(Parser *p) {
  parse_space(p);
  Word w = {.at = p->at};
  while (p->at < p->end && word_char(*p->at))
    p->at++;
  w.n = (u32)(p->at - w.at);
  return w;
}

bool word_is(Word w, const char *s) {
  return strlen(s) == w.n && !memcmp(w.at, s, w.n);
}

static int digit_of(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

// All n characters are digits and the number fits in 32 bits.
static bool digits(const char *s, u32 n, u32 base, u32 *number) {
  u64 x = 0;
  for (u32 k = 0; k < n; k++) {
    if (digit_of(s[k]) >= (int)base)
      return false;
    x = x * base + (u64)digit_of(s[k]);
    if (x > UINT32_MAX)
      return false;
  }
  *number = (u32)x;
  return n > 0;
}

static u32 want_digits(Parser *p, u32 base, const char *what) {
  Word w = parse_word(p);
  u32 x = 0;
  if (!digits(w.at, w.n, base, &x))
    parse_fail(p, w.at, "found '%.*s', wanted %s", (int)(w.n < 40 ? w.n : 40),
               w.at, what);
  return x;
}

u32 parse_u32(Parser *p) {
  return want_digits(p, 10, "a number");
}
u32 parse_hex(Parser *p) {
  return want_digits(p, 16, "a hex number");
}

bool word_numbered(Word w, char letter, u32 *number) {
  return w.n > 1 && *w.at == letter && digits(w.at + 1, w.n - 1, 10, number);
}

u32 parse_numbered(Parser *p, char letter) {
  Word w = parse_word(p);
  u32 x = 0;
  if (!word_numbered(w, letter, &x))
    parse_fail(p, w.at, "found '%.*s', wanted %c and a number",
               (int)(w.n < 40 ? w.n : 40), w.at, letter);
  return x;
}

u8 parse_type(Parser *p) {
  Word w = parse_word(p);
  for (u8 t = 1; t < TY_COUNT; t++)
    if (word_is(w, type_names[t]))
      return t;
  parse_fail(p, w.at, "found '%.*s', wanted a type", (int)(w.n < 40 ? w.n : 40),
             w.at);
  return TY_NONE;
}

// --- names of ops

static void hash_ops(Parser *p) {
  p->ops_cap = 64;
  while (p->ops_cap < 2u * op_count)
    p->ops_cap *= 2;
  p->ops = arena_array0(p->arena, u16, p->ops_cap);
  for (u32 op = 1; op < op_count; op++) {
    const char *s = op_info[op].name;
    u32 at = (u32)hash_bytes(s, strlen(s)) & (p->ops_cap - 1);
    while (p->ops[at])
      at = (at + 1) & (p->ops_cap - 1);
    p->ops[at] = (u16)op;
  }
}

u16 parse_op_named(const Parser *p, Word w) {
  u32 at = (u32)hash_bytes(w.at, w.n) & (p->ops_cap - 1);
  for (; p->ops[at]; at = (at + 1) & (p->ops_cap - 1))
    if (word_is(w, op_info[p->ops[at]].name))
      return p->ops[at];
  return OP_none;
}

// --- the module

static u32 parse_index(Parser *p, char letter) {
  parse_space(p);
  const char *at = p->at;
  u32 k = parse_numbered(p, letter);
  if (k >= MOST_INDEX)
    parse_fail(p, at, "%c%u is beyond the most, %c%u", letter, k, letter,
               MOST_INDEX - 1);
  return p->failed ? 0 : k;
}

typedef VEC(u8) Types;

static u32 parse_types(Parser *p, Types *types) {
  u32 before = types->n;
  parse_want(p, '(');
  if (parse_char(p, ')'))
    return 0;
  do
    vec_push(p->arena, types, parse_type(p));
  while (parse_char(p, ','));
  parse_want(p, ')');
  return types->n - before;
}

static void parse_sig(Parser *p) {
  const char *at = p->at;
  u32 k = parse_index(p, 's');
  Types types = {0};
  while (p->sigs.n <= k)
    vec_push(p->arena, &p->sigs, (Sig){0});
  u32 nparams = parse_types(p, &types);
  parse_want(p, '-');
  parse_want(p, '>');
  u32 nresults = parse_types(p, &types);
  if (types.n > 0xffff)
    parse_fail(p, at, "signature with %u types", types.n);
  if (p->sigs.at[k].types)
    parse_fail(p, at, "s%u is there twice", k);
  static const u8 empty = 0;
  p->sigs.at[k] = (Sig){.nparams = (u16)nparams,
                        .nresults = (u16)nresults,
                        .types = types.at ? types.at : &empty};
}

// "f3 s1" of decl and func.
static u32 parse_decl(Parser *p) {
  parse_space(p);
  const char *at = p->at;
  u32 k = parse_index(p, 'f');
  while (p->func_sigs.n <= k) {
    vec_push(p->arena, &p->func_sigs, UINT32_MAX);
    vec_push(p->arena, &p->bodies, NULL);
  }
  u32 sig = parse_index(p, 's');
  if (p->func_sigs.at[k] != UINT32_MAX)
    parse_fail(p, at, "f%u is there twice", k);
  p->func_sigs.at[k] = sig;
  return k;
}

static char *parse_name(Parser *p) {
  VEC(char) name = {0};
  while (p->at < p->end && *p->at != '"' && *p->at != '\n') {
    u32 c = (u8)*p->at++;
    if (c == '\\') {
      bool fits = p->end - p->at >= 2 && digits(p->at, 2, 16, &c) && c;
      if (!fits)
        parse_fail(p, p->at, "wanted two hex digits, not 00");
      p->at += fits ? 2 : 0;
    }
    vec_push(p->arena, &name, (char)c);
  }
  vec_push(p->arena, &name, 0);
  parse_want(p, '"');
  return name.at;
}

static void parse_func(Parser *p) {
  u32 k = parse_decl(p);
  if (p->failed)
    return;
  Body *body = arena_new(p->arena, Body);
  // Signatures come at the end: some may stand behind this function.
  body->f = ir_new(p->arena, NULL, 0, NULL, 0, k);
  body->f->sig = p->func_sigs.at[k];
  if (parse_char(p, '"'))
    body->f->name = parse_name(p);
  p->bodies.at[k] = body;
  parse_body(p, body);
}

static void parse_items(Parser *p) {
  while (parse_peek(p)) {
    Word w = parse_word(p);
    if (word_is(w, "sig"))
      parse_sig(p);
    else if (word_is(w, "decl"))
      parse_decl(p);
    else if (word_is(w, "func"))
      parse_func(p);
    else
      parse_fail(p, w.at, "wanted sig, decl or func");
  }
  if (p->at < p->end)
    parse_fail(p, p->at, "found a byte 0");
}

static void check_sigs(Parser *p) {
  static const u8 empty = 0;
  for (u32 k = 0; k < p->sigs.n; k++)
    if (!p->sigs.at[k].types)
      p->sigs.at[k].types = &empty;
  for (u32 k = 0; k < p->func_sigs.n; k++) {
    if (p->func_sigs.at[k] == UINT32_MAX)
      p->func_sigs.at[k] = 0; // never mentioned
    else if (p->func_sigs.at[k] >= p->sigs.n)
      parse_fail(p, p->end, "f%u has signature s%u, which is not there", k,
                 p->func_sigs.at[k]);
  }
}

static void link_all(Parser *p, IrModule *out) {
  for (u32 k = 0; k < out->nfuncs && !p->failed; k++) {
    Body *body = p->bodies.at[k];
    if (!body)
      continue;
    body->f->sigs = out->sigs;
    body->f->nsigs = out->nsigs;
    body->f->func_sigs = out->func_sigs;
    body->f->nfuncs = out->nfuncs;
    parse_link(p, body);
    out->funcs[k] = body->f;
  }
}

bool ir_parse(Arena *a, const char *text, size_t n, IrModule *out, Text *err) {
  Parser p = {
      .arena = a, .text = text, .at = text, .end = text + n, .err = err};
  *out = (IrModule){0};
  if (n > MOST_TEXT)
    parse_fail(&p, text, "text of %zu bytes", n);
  hash_ops(&p);
  parse_items(&p);
  check_sigs(&p);
  if (p.failed)
    return false;
  *out = (IrModule){.sigs = p.sigs.at,
                    .nsigs = p.sigs.n,
                    .func_sigs = p.func_sigs.at,
                    .nfuncs = p.func_sigs.n,
                    .funcs = arena_array0(a, Func *, p.func_sigs.n + 1)};
  link_all(&p, out);
  return !p.failed;
}
