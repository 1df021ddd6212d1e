// `rulec fuzz SEED COUNT FILE...`: reads mutated rules and must not crash, hang
// or eat memory. A round takes the types and codes of the files and a handful of
// their other declarations, damages that text, and resolves it; without errors
// it also generates. Run it in a build with sanitizers (ninja fuzz-rules).
#include "rulec/cgen.h"
#include "rulec/fuzz.h"
#include "rulec/parse.h"

#include <stdio.h>

typedef struct Piece { // a declaration's text
  const char *at;
  u32 n;
  u8 need; // 0 in every text, 1 with the ops, 2 with the instructions, 3 by chance
} Piece;

typedef struct Fuzz {
  Arena *keep; // sources
  Arena round;
  u64 state;
  VEC(Piece) pieces;
} Fuzz;

static u32 draw(Fuzz *f, u32 below) { // xorshift64*
  f->state ^= f->state >> 12;
  f->state ^= f->state << 25;
  f->state ^= f->state >> 27;
  return (u32)((f->state * UINT64_C(2685821657736338717)) >> 33) % below;
}

static u8 piece_need(const char *p) {
  static const char *const words[] = {"types", "code", "op ", "fn", "def", "term",
                                      "data", "inst", "seq"};
  static const u8 need[] = {0, 0, 1, 1, 1, 1, 1, 2, 2};
  for (u32 i = 0; i < sizeof need; i++)
    if (!strncmp(p, words[i], strlen(words[i])))
      return need[i];
  return 3;
}

// Cuts at lines that start with a letter.
static void cut(Fuzz *f, const char *text, u32 size) {
  u32 from = 0;
  for (u32 i = 1; i <= size; i++) {
    bool starts = i == size || (text[i - 1] == '\n' && text[i] >= 'a' && text[i] <= 'z');
    if (!starts)
      continue;
    const char *p = text + from;
    vec_push(f->keep, &f->pieces, ((Piece){p, i - from, piece_need(p)}));
    from = i;
  }
}

static void compose(Fuzz *f, Text *t) {
  u32 want = 4 + draw(f, 24), n = f->pieces.n;
  u32 all = draw(f, 4); // what rules need to be typed to their end
  for (u32 i = 0; i < n; i++) {
    u8 need = f->pieces.at[i].need;
    if (need < all || need == 0 || draw(f, n) < want)
      text_put(t, f->pieces.at[i].at, f->pieces.at[i].n);
  }
}

// One damage: a byte, a stretch dropped, doubled or moved, a word of another place.
static void damage(Fuzz *f, Text *t) {
  static const char bytes[] = "(){}[]=>|@.:;,?!~+-*0123456789abcTCx_ \n\"";
  Text out = {.arena = &f->round};
  u32 at = draw(f, t->n), len = 1 + draw(f, 12), other = draw(f, t->n);
  if (at + len > t->n)
    len = t->n - at;
  text_put(&out, t->at, at);
  switch (draw(f, 6)) {
  case 0: text_put(&out, &bytes[draw(f, sizeof bytes - 1)], 1); at++; break;
  case 1: at += len; break;
  case 2: text_put(&out, t->at + at, len); break;
  case 3: text_put(&out, t->at + other, t->n - other < len ? t->n - other : len); break;
  case 4: text_put(&out, &bytes[draw(f, sizeof bytes - 1)], 1); break;
  default: {
    char c = (char)draw(f, 256);
    text_put(&out, &c, 1);
    at++;
  }
  }
  if (at < t->n)
    text_put(&out, t->at + at, t->n - at);
  *t = out;
}

// Deep nesting, long chains: what a recursive walk would drown in.
static void extreme(Fuzz *f, Text *t) {
  static const char *const parts[] = {"(", "x + ", "(iadd x ", "~", "a | ", "let x = ",
                                      "c ? ", "f(", "x@", "[", "{c: "};
  u32 k = draw(f, sizeof parts / sizeof parts[0]), n = 100 + draw(f, 3000);
  text_add(t, "\nrule deep: ");
  for (u32 i = 0; i < n; i++)
    text_add(t, "%s", parts[k]);
  text_add(t, "x\n");
}

static u32 one(Fuzz *f, u64 number) {
  Arena *a = &f->round;
  Text t = {.arena = a};
  compose(f, &t);
  for (u32 k = draw(f, 6); k > 0 && t.n; k--)
    damage(f, &t);
  if (draw(f, 50) == 0)
    extreme(f, &t);
  u32 size = t.n;
  Source src = {"fuzz.rules", text_str(&t), size, 0};
  Diags d = {.arena = a, .limit = 20};
  Names names = {.arena = a};
  Parser p = {.arena = a, .names = &names, .diags = &d};
  parse_source(&p, &src);
  Ast ast = {p.decls.n, p.decls.at};
  const Sema *s = sema_run(a, &names, &ast, &d);
  Text out = {.arena = a};
  if (!d.errors) {
    gen_ops_h(s, &out);
    gen_ops_c(s, &out);
    gen_fold(s, &out);
    gen_interp(s, &out);
  }
  diag_print(&d, &out);
  (void)number;
  return d.errors;
}

int fuzz_rules(Arena *a, u64 seed, u64 count, u32 nfiles, const char **files) {
  Fuzz f = {.keep = a, .state = seed * 2 + 1};
  for (u32 i = 0; i < nfiles; i++) {
    u8 *bytes;
    size_t size;
    int err = file_read(a, files[i], &bytes, &size);
    if (err) {
      fprintf(stderr, "rulec: %s: %s\n", files[i], strerror(err));
      return 3;
    }
    cut(&f, (const char *)bytes, (u32)size);
  }
  u64 refused = 0;
  for (u64 i = 0; i < count; i++) {
    refused += one(&f, i) > 0;
    arena_reset(&f.round);
  }
  arena_free(&f.round);
  printf("%llu texts: %llu refused, the others resolved\n", (unsigned long long)count,
         (unsigned long long)refused);
  return 0;
}
