// The file as tokens and comments. The lexer drops comments and blanks, but
// every token knows where it stands: what lies between two of them is looked at
// here again.
#include "rulec/desk/fmt.h"

typedef struct Gap { // between two tokens
  const char *at, *end;
  u32 newlines, blanks;
} Gap;

static u32 trimmed(const char *at, const char *end) {
  while (end > at && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
    end--;
  return (u32)(end - at);
}

// Adds the comments of a gap and leaves in it what lies before the token.
static void comments(Arena *a, FmtItems *out, const char *text, Gap *g) {
  for (; g->at < g->end; g->at++) {
    if (*g->at == '\n') {
      g->newlines++;
      g->blanks = 0;
    } else if (*g->at == ';') {
      const char *from = g->at;
      while (g->at < g->end && *g->at != '\n')
        g->at++;
      FmtItem c = {.comment = true,
                   .column1 = from == text || from[-1] == '\n',
                   .newlines = g->newlines,
                   .blanks = g->blanks,
                   .at = from,
                   .n = trimmed(from, g->at)};
      vec_push(a, out, c);
      g->newlines = g->blanks = 0;
      g->at--;
    } else {
      g->blanks++;
    }
  }
}

FmtItems fmt_items(Arena *a, Diags *d, const Source *src) {
  FmtItems out = {0};
  Names names = {.arena = a};
  Parser p = {.arena = a, .names = &names, .diags = d};
  Lexer l;
  lex_init(&l, &p, src);
  const char *end = src->text;
  for (;;) {
    Token t = lex_next(&l);
    Gap g = {.at = end, .end = src->text + (t.kind ? t.loc.at : src->size)};
    comments(a, &out, src->text, &g);
    if (!t.kind)
      return out;
    FmtItem it = {.kind = t.kind,
                  .column1 = g.blanks == 0 && (g.newlines || !t.loc.at),
                  .newlines = g.newlines,
                  .blanks = g.blanks,
                  .at = src->text + t.loc.at,
                  .n = t.loc.len};
    vec_push(a, &out, it);
    end = it.at + it.n;
  }
}
