// Writes a file anew: lines as fmt_lines.c says, then columns of comments and
// of type sets, then the proof: what was written is read again and compared.
#include "rulec/desk/fmt.h"
#include "rule_gram.h"

typedef struct OutLine {
  u32 from, end;   // bytes of the text
  u32 comment;     // byte where a comment after code starts, 0 if none
  u32 equals;      // `types`: byte of the `=`, 0 if none
  u32 width, lead; // characters before the comment; before the `=`
} OutLine;

typedef struct Writer {
  Arena *arena;
  FmtItems items;
  FmtState st;
  Text text;
  VEC(OutLine) lines;
} Writer;

static void put_blanks(Text *t, u32 n) {
  while (n--)
    text_put(t, " ", 1);
}

static u32 chars(const char *s, u32 n) {
  u32 k = 0;
  for (u32 i = 0; i < n; i++)
    k += ((u8)s[i] & 0xc0) != 0x80;
  return k;
}

// `RM( d,b )` as `RM(d, b)`.
static void put_enc_form(Text *t, const FmtItem *it) {
  for (u32 i = 0; i < it->n; i++) {
    char c = it->at[i];
    if (c == ' ' || c == '\t' || c == '\r')
      continue;
    text_put(t, &c, 1);
    if (c == ',')
      text_put(t, " ", 1);
  }
}

static void put_item(Text *t, const FmtItem *it) {
  if (it->kind == TK_ENCFORM && !it->comment)
    put_enc_form(t, it);
  else
    text_put(t, it->at, it->n);
}

// Items from..to on one line.
static void put_line(Writer *w, u32 from, u32 to) {
  const FmtItem *at = w->items.at;
  u32 col = fmt_indent(&w->st, from);
  OutLine line = {.from = w->text.n};
  if (at[from].decl == from || from == 0)
    fmt_begin(&w->st);
  fmt_newline(&w->st, col);
  put_blanks(&w->text, col);
  for (u32 i = from; i < to; i++) {
    u32 blanks =
        i > from ? fmt_gap_at(&w->items, i, col, w->st.line || w->st.clauses)
                 : 0;
    put_blanks(&w->text, blanks);
    col += blanks;
    if (at[i].comment && i > from) {
      line.comment = w->text.n;
      line.width = col - blanks;
    }
    if (at[i].kind == TK_EQ && at[at[i].decl].kind == TK_TYPES) {
      line.equals = w->text.n;
      line.lead = col;
    }
    fmt_place(&w->st, i, col);
    u32 before = w->text.n;
    put_item(&w->text, &at[i]);
    col += chars(w->text.at + before, w->text.n - before);
  }
  line.end = w->text.n;
  vec_push(w->arena, &w->lines, line);
}

static void put_lines(Writer *w) {
  const FmtItem *at = w->items.at;
  for (u32 i = 0, to; i < w->items.n; i = to) {
    for (to = i + 1; to < w->items.n && !at[to].newlines; to++)
      if (at[to].decl == to && !at[to].comment)
        break;
    if (at[i].newlines > 1 && i > 0)
      vec_push(w->arena, &w->lines,
               ((OutLine){w->text.n, w->text.n, 0, 0, 0, 0}));
    u32 cut = fmt_break(&w->items, i, to, fmt_indent(&w->st, i));
    to = cut ? cut : to;
    put_line(w, i, to);
  }
}

// --- columns ------------------------------------------------------------

// Neighbouring lines that have a comment have it in one column; neighbouring
// sets of types their `=`. This is that column for the run that starts at i.
static u32 column_of(const Writer *w, u32 i, bool equals) {
  u32 most = 0;
  for (; i < w->lines.n; i++) {
    const OutLine *l = &w->lines.at[i];
    if (!(equals ? l->equals : l->comment))
      break;
    u32 mine = equals ? l->lead : l->width;
    most = most < mine ? mine : most;
  }
  return most;
}

typedef struct Column {
  bool equals, running;
  u32 at;
} Column;

static void put_until(const Writer *w, Text *out, u32 *at, u32 end,
                      u32 blanks) {
  text_put(out, w->text.at + *at, end - *at);
  put_blanks(out, blanks);
  *at = end;
}

static void align_at(const Writer *w, Text *out, u32 i, Column *c, u32 *at) {
  const OutLine *l = &w->lines.at[i];
  u32 byte = c->equals ? l->equals : l->comment;
  if (byte && !c->running)
    c->at = column_of(w, i, c->equals);
  c->running = byte != 0;
  if (byte)
    put_until(w, out, at, byte, c->at - (c->equals ? l->lead : l->width));
}

static void align(const Writer *w, Text *out) {
  Column equals = {.equals = true}, comments = {0};
  for (u32 i = 0; i < w->lines.n; i++) {
    u32 at = w->lines.at[i].from;
    align_at(w, out, i, &equals, &at);
    align_at(w, out, i, &comments, &at);
    put_until(w, out, &at, w->lines.at[i].end, 0);
    text_put(out, "\n", 1);
  }
}

// --- the proof ----------------------------------------------------------

static bool same_text(const FmtItem *x, const FmtItem *y) {
  if (x->kind != TK_ENCFORM || x->comment)
    return x->n == y->n && memcmp(x->at, y->at, x->n) == 0;
  u32 i = 0, j = 0;
  for (;; i++, j++) {
    while (i < x->n && strchr(" \t\r", x->at[i]))
      i++;
    while (j < y->n && strchr(" \t\r", y->at[j]))
      j++;
    if (i == x->n || j == y->n)
      return i == x->n && j == y->n;
    if (x->at[i] != y->at[j])
      return false;
  }
}

// Comments belong to what stands below them if no blank line comes between.
static bool same_item(const FmtItem *x, const FmtItem *y) {
  return x->kind == y->kind && x->comment == y->comment && same_text(x, y) &&
         (!x->comment || x->column1 == y->column1) &&
         (x->newlines > 1) == (y->newlines > 1);
}

static bool same_items(const FmtItems *x, const FmtItems *y) {
  if (x->n != y->n)
    return false;
  for (u32 i = 0; i < x->n; i++)
    if (!same_item(&x->at[i], &y->at[i]) && i > 0)
      return false;
  return true;
}

static bool proved(Arena *a, const Source *src, const FmtItems *old,
                   const Text *out) {
  Diags quiet = {.arena = a, .limit = 50};
  Source again = {
      .path = src->path, .text = out->at, .size = out->n, .index = src->index};
  FmtItems new = fmt_items(a, &quiet, &again);
  return !quiet.errors && same_items(old, &new);
}

static bool parses(Arena *a, Diags *d, const Source *src) {
  Names names = {.arena = a};
  Parser p = {.arena = a, .names = &names, .diags = d};
  u32 before = d->errors;
  parse_source(&p, src);
  return d->errors == before;
}

FmtResult fmt_source(Arena *a, Diags *d, const Source *src, Text *out) {
  if (!parses(a, d, src))
    return FMT_SYNTAX;
  Writer w = {.arena = a, .text = {.arena = a}};
  w.items = fmt_items(a, d, src);
  fmt_roles(a, &w.items);
  w.st = (FmtState){.items = &w.items, .arena = a};
  put_lines(&w);
  *out = (Text){.arena = a};
  align(&w, out);
  (void)text_str(out);
  return proved(a, src, &w.items, out) ? FMT_DONE : FMT_BUG;
}
