// Mutated rules: none may crash or hang rulec; each is refused with errors or
// goes through all checks and generators; its diagnostics are valid JSON, and
// fmt changes nothing but its layout.
//
//   fuzz_rules [COUNT [SEED]]      default: 1000 mutants, CI's share
//
// A mutant is a text of the types and codes of all files and a handful of their
// other declarations, sometimes with all ops, functions and instructions so
// that rules are typed to their end; then it is damaged. The mutated file that
// mutate.h makes gives its randomness and some of its declarations.
#include "rulec/cgen.h"
#include "rulec/check/check.h"
#include "rulec/desk/fmt.h"
#include "rulec/desk/symbols.h"
#include "rulec/diag_json.h"
#include "rulec/parse.h"
#include "rulec/test/example.h"
#include "tests/fuzz/mutate.h"

#include <stdlib.h>

typedef struct Piece { // a declaration's text
  const char *at;
  u32 n;
  u8 need; // 0 in every text, 1 with the ops, 2 with the instructions, 3 by
           // chance
} Piece;

typedef VEC(Piece) Pieces;
static Pieces sound; // of the files as they are: filled once by main

typedef struct Fuzz {
  Arena round;
  u64 state;
} Fuzz;

static u32 draw(Fuzz *f, u32 below) { // xorshift64*
  f->state ^= f->state >> 12;
  f->state ^= f->state << 25;
  f->state ^= f->state >> 27;
  return (u32)((f->state * UINT64_C(2685821657736338717)) >> 33) % below;
}

static u8 piece_need(const char *p) {
  static const char *const words[] = {"types", "code", "op ",  "fn", "def",
                                      "term",  "data", "inst", "seq"};
  static const u8 need[] = {0, 0, 1, 1, 1, 1, 1, 2, 2};
  for (u32 i = 0; i < sizeof need; i++)
    if (!strncmp(p, words[i], strlen(words[i])))
      return need[i];
  return 3;
}

// Cuts at lines that start with a letter.
static void cut(Arena *a, Pieces *out, const char *text, u32 size) {
  u32 from = 0;
  for (u32 i = 1; i <= size; i++) {
    bool starts =
        i == size || (text[i - 1] == '\n' && text[i] >= 'a' && text[i] <= 'z');
    if (!starts)
      continue;
    const char *p = text + from;
    vec_push(a, out, ((Piece){p, i - from, piece_need(p)}));
    from = i;
  }
}

static void compose(Fuzz *f, const Pieces *mutated, Text *t) {
  u32 want = 4 + draw(f, 24), n = sound.n;
  u32 all = draw(f, 4); // what rules need to be typed to their end
  for (u32 i = 0; i < n; i++) {
    u8 need = sound.at[i].need;
    if (need < all || need == 0 || draw(f, n) < want)
      text_put(t, sound.at[i].at, sound.at[i].n);
  }
  for (u32 i = 0; i < mutated->n; i++)
    if (draw(f, mutated->n) < 4)
      text_put(t, mutated->at[i].at, mutated->at[i].n);
}

// One damage: a byte, a stretch dropped, doubled or moved, a word of another
// place.
static void damage(Fuzz *f, Text *t) {
  static const char bytes[] = "(){}[]=>|@.:;,?!~+-*0123456789abcTCx_ \n\"";
  Text out = {.arena = &f->round};
  u32 at = draw(f, t->n), len = 1 + draw(f, 12), other = draw(f, t->n);
  if (at + len > t->n)
    len = t->n - at;
  text_put(&out, t->at, at);
  switch (draw(f, 6)) {
  case 0:
    text_put(&out, &bytes[draw(f, sizeof bytes - 1)], 1);
    at++;
    break;
  case 1: at += len; break;
  case 2: text_put(&out, t->at + at, len); break;
  case 3:
    text_put(&out, t->at + other, t->n - other < len ? t->n - other : len);
    break;
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
  static const char *const parts[] = {"(",    "x + ",     "(iadd x ", "~",
                                      "a | ", "let x = ", "c ? ",     "f(",
                                      "x@",   "[",        "{c: "};
  u32 k = draw(f, sizeof parts / sizeof parts[0]), n = 100 + draw(f, 3000);
  text_add(t, "\nrule deep: ");
  for (u32 i = 0; i < n; i++)
    text_add(t, "%s", parts[k]);
  text_add(t, "x\n");
}

// What parses can be formatted, only its layout changes, and once is enough.
static void format(Arena *a, const Source *src) {
  Diags d = {.arena = a};
  Text once, twice;
  const FmtResult r = fmt_source(a, &d, src, &once);
  must(r != FMT_BUG, "fmt would change more than layout");
  if (r != FMT_DONE)
    return;
  (void)text_str(&once);
  const Source again = {src->path, once.at, once.n, 0};
  must(fmt_source(a, &d, &again, &twice) == FMT_DONE && once.n == twice.n &&
           !memcmp(once.at, twice.at, once.n),
       "formatting twice is not formatting once");
}

static void as_json(const Diags *d) {
  json_t *doc = diag_json(d);
  char *text = doc ? json_dumps(doc, 0) : NULL;
  must(text, "diagnostics that are no JSON");
  free(text);
  json_decref(doc);
}

// What parsed of the mutant goes through the formatter by itself: the whole
// is hardly ever without errors. Names are looked up for editors.
static void desk(Arena *a, Names *names, const Ast *ast) {
  Text t = {.arena = a};
  for (u32 i = 0; i < ast->n; i++) {
    Loc w = ast->at[i]->whole;
    text_put(&t, w.src->text + w.at, w.len);
    text_put(&t, "\n", 1);
  }
  u32 n = t.n;
  Source src = {"parsed", text_str(&t), n, 0};
  format(a, &src);
  Symbols symbols;
  symbols_build(&symbols, a, names, ast);
}

static void try_rules(const u8 *bytes, size_t size) {
  Fuzz f = {.state = hash_bytes(bytes, size) | 1};
  Arena *a = &f.round;
  Pieces mutated = {0};
  Text t = {.arena = a};
  cut(a, &mutated, (const char *)bytes, (u32)size);
  compose(&f, &mutated, &t);
  for (u32 k = draw(&f, 6); k > 0 && t.n; k--)
    damage(&f, &t);
  if (draw(&f, 50) == 0)
    extreme(&f, &t);
  u32 n = t.n;
  Source src = {"mutant", text_str(&t), n, 0};
  Diags d = {.arena = a, .limit = 20};
  Names names = {.arena = a};
  Parser p = {.arena = a, .names = &names, .diags = &d};
  parse_source(&p, &src);
  Ast ast = {p.decls.n, p.decls.at};
  desk(a, &names, &ast);
  const Sema *s = sema_run(a, &names, &ast, &d);
  if (!d.errors) {
    check_rules(s, &d);
    examples_check(s);
  }
  if (!diag_stops(&d))
    gen_all(s, arena_array(a, Text, GEN_NFILES));
  Text out = {.arena = a};
  diag_finish(&d, &ast, true);
  diag_print(&d, &out);
  as_json(&d);
  format(a, &src);
  must(!d.errors || out.n, "errors without a word");
  arena_free(a);
}

int main(int argc, char **argv) {
  static const char odd[] = "()[]{}|:;,.=<>?@_*&~^+-0 1\n\t\"xTk\x80\xff";
  static const char *const folders[] = {"rules", "rules/mid", "rules/x64",
                                        "tests/rulec", "tests/rulec/bad",
                                        "tests/rulec/design",
                                        "tests/rulec/cases"};
  Arena a = {0};
  Seeds s = {.odd = (const u8 *)odd, .nodd = sizeof odd, .try_one = try_rules};
  for (u32 k = 0; k < sizeof folders / sizeof *folders; k++)
    add_folder(&a, &s, folders[k], ".rules", 1 << 16);
  for (u32 i = 0; i < s.n; i++)
    if (!strncmp(s.at[i].path, "rules/", 6))
      cut(&a, &sound, (const char *)s.at[i].bytes, (u32)s.at[i].size);
  int status = run_mutants(&s, argc, argv, 1000);
  arena_free(&a);
  return status;
}
