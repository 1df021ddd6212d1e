// Reads files and cuts them into declarations: the tokens from one keyword in
// column 1 to the next. Each is parsed by itself, so that an error in one hides
// none in another.
#include "rulec/syntax/build.h"

#include <errno.h>
#include <stdio.h>

// --- interned names -------------------------------------------------

static const char **names_slot(const Names *t, const char *s, size_t n) {
  u64 h = hash_bytes(s, n);
  for (;; h++) {
    const char **slot = &t->slot[h & (t->cap - 1)];
    if (!*slot || (strncmp(*slot, s, n) == 0 && !(*slot)[n]))
      return slot;
  }
}

static void names_grow(Names *t) {
  Names old = *t;
  t->cap = old.cap ? old.cap * 2 : 1024;
  t->slot = arena_array0(t->arena, const char *, t->cap);
  for (u32 i = 0; i < old.cap; i++)
    if (old.slot[i])
      *names_slot(t, old.slot[i], strlen(old.slot[i])) = old.slot[i];
}

const char *names_intern(Names *t, const char *s, size_t n) {
  if (t->n * 2 >= t->cap)
    names_grow(t);
  const char **slot = names_slot(t, s, n);
  if (!*slot) {
    *slot = arena_strndup(t->arena, s, n);
    t->n++;
  }
  return *slot;
}

// --- declarations ---------------------------------------------------

typedef VEC(Token) TokenVec;

static const char *line_before(const char *text, const char *line) {
  if (line == text)
    return NULL;
  for (line--; line > text && line[-1] != '\n';)
    line--;
  return line;
}

// The comment lines directly above, without their `;`.
static const char *doc_above(Parser *p, Loc loc) {
  const char *text = loc.src->text, *end = text + loc.at, *from = end;
  for (const char *l = end; (l = line_before(text, l)) && *l == ';';)
    from = l;
  if (from == end)
    return NULL;
  Text t = {.arena = p->arena};
  while (from < end) {
    size_t n = strcspn(from, "\n");
    size_t skip = n > 1 && from[1] == ' ' ? 2 : 1;
    size_t stop = n - (n > skip && from[n - 1] == '\r');
    text_put(&t, from + skip, stop > skip ? stop - skip : 0);
    text_put(&t, "\n", 1);
    from += n + 1;
  }
  return text_str(&t);
}

static Loc whole_of(const TokenVec *v) {
  Loc loc = v->at[0].loc;
  const Token *last = &v->at[v->n > 1 ? v->n - 2 : 0];
  loc.len = last->loc.at + last->loc.len - loc.at;
  return loc;
}

// `extern fn`: a keyword inside a declaration starts none.
static bool at_column_1(Loc loc) {
  return loc.at == 0 || loc.src->text[loc.at - 1] == '\n';
}

// The line of loc, counted on from the last that was asked for.
static u32 line_of(Parser *p, Loc loc) {
  if (p->counted.src != loc.src || p->counted.at > loc.at) {
    p->counted = (Loc){loc.src, 0, 1};
    p->line = 1;
  }
  for (; p->counted.at < loc.at; p->counted.at++)
    p->line += loc.src->text[p->counted.at] == '\n';
  return p->line;
}

// v: the tokens of one declaration, closed by one of kind 0.
static void parse_decl(Parser *p, const TokenVec *v) {
  Builder b = {.p = p, .arena = p->arena, .start = v->at[0].loc};
  b.d = arena_new(p->arena, Decl);
  b.d->whole = whole_of(v);
  b.d->loc = b.start;
  rule_gram_run(&b, v->at, v->n);
  if (b.failed) {
    for (u32 i = 1; i < v->n && i < 3; i++) // behind the keyword, or two
      if (v->at[i].s)
        diag_broken(p->diags, v->at[i].s);
    return;
  }
  b.d->line = line_of(p, b.d->loc);
  b.d->doc = doc_above(p, b.start);
  b.d->index = p->decls.n;
  vec_push(p->arena, &p->decls, b.d);
}

// A line that starts in column 1 with anything else: the lexer has complained.
static bool is_junk_line(const Lexer *l, Loc loc) {
  return l->broken && (loc.at == 0 || loc.src->text[loc.at - 1] == '\n');
}

static Token skip_to_decl(Lexer *l) {
  Token t = lex_next(l);
  while (t.kind && !(at_column_1(t.loc) && token_starts_decl(t.kind)))
    t = lex_next(l);
  return t;
}

void parse_source(Parser *p, const Source *src) {
  Lexer l;
  lex_init(&l, p, src);
  TokenVec v = {0};
  Token t = lex_next(&l);
  for (;;) {
    bool junk = is_junk_line(&l, t.loc);
    bool starts = at_column_1(t.loc) && token_starts_decl(t.kind);
    if ((starts || junk || !t.kind) && v.n) {
      vec_push(p->arena, &v, ((Token){.loc = t.loc}));
      parse_decl(p, &v);
      v.n = 0;
    }
    if (!t.kind || diag_full(p->diags))
      return;
    if (!v.n && !starts) {
      if (!l.broken)
        diag_add(p->diags, E_SYNTAX, t.loc,
                 "text outside any declaration, wanted a keyword in column 1");
      t = skip_to_decl(&l);
      continue;
    }
    vec_push(p->arena, &v, t);
    t = lex_next(&l);
  }
}

// A byte order mark, which some editors put before a text: no part of it.
u32 mark_size(const char *text, size_t size) {
  return size >= 3 && !memcmp(text, BYTE_ORDER_MARK, 3) ? 3 : 0;
}

Source *source_read(Arena *a, const char *path, u32 index) {
  u8 *bytes;
  size_t size;
  int err = file_read(a, path, &bytes, &size);
  if (!err && size > 1u << 28)
    err = EFBIG;
  if (err) {
    fprintf(stderr, "rulec: %s: %s\n", path, strerror(err));
    return NULL;
  }
  const char *text = (const char *)bytes;
  u32 mark = mark_size(text, size);
  Source *src = arena_new(a, Source);
  *src = (Source){path, arena_strndup(a, text + mark, size - mark),
                  (u32)(size - mark), index, mark};
  return src;
}

bool source_declares(const Source *src, const char *word) {
  size_t n = strlen(word);
  for (const char *at = src->text; (at = strstr(at, word)); at++)
    if ((at == src->text || at[-1] == '\n') && (at[n] == ' ' || at[n] == '\t'))
      return true;
  return false;
}

bool parse_file(Parser *p, const char *path) {
  const Source *src = source_read(p->arena, path, p->nsources);
  if (!src)
    return false;
  p->nsources++;
  parse_source(p, src);
  return true;
}
