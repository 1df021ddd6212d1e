// Mutated rules: none may crash or hang rulec; each is refused with errors or
// goes through all checks and generators; its diagnostics are valid JSON, and
// fmt changes nothing but its layout. One in BESIDE is cut in two, a built-in
// set and an author's file beside it, as `check --builtin` and `wb --rules`
// have them.
//
//   fuzz_rules [COUNT [SEED]]      default: 1000 mutants, CI's share
//   fuzz_rules --print NUMBER      the text of a mutant, to look at
#include "rulec/cmd/beside.h"
#include "rulec/gen/cgen.h"
#include "rulec/check/check.h"
#include "rulec/desk/fmt.h"
#include "rulec/desk/symbols.h"
#include "rulec/diag/json.h"
#include "rulec/syntax/parse.h"
#include "rulec/test/example.h"
#include "tests/fuzz/mutant_rules.h"

#include <stdlib.h>

enum { BESIDE = 8 };

// What parses can be formatted, only its layout changes, and once is enough.
static bool format(Arena *a, const Source *src) {
  Diags d = {.arena = a};
  Text once, twice;
  const FmtResult r = fmt_source(a, &d, src, &once);
  must(r != FMT_BUG, "fmt would change more than layout");
  if (r != FMT_DONE)
    return false;
  (void)text_str(&once);
  const Source again = {.path = src->path, .text = once.at, .size = once.n};
  must(fmt_source(a, &d, &again, &twice) == FMT_DONE && once.n == twice.n &&
           !memcmp(once.at, twice.at, once.n),
       "formatting twice is not formatting once");
  return true;
}

static void as_json(const Diags *d) {
  json_t *doc = diag_json(d);
  char *text = doc ? json_dumps(doc, 0) : NULL;
  must(text, "diagnostics that are no JSON");
  free(text);
  json_decref(doc);
}

// The declarations that are not as they stand in our files: the others the
// formatter knows.
static Source unsound(Arena *a, const Source *src) {
  Pieces all = {0};
  Text t = {.arena = a};
  cut(a, &all, src->text, src->size);
  for (u32 i = 0; i < all.n; i++)
    if (!is_sound(&all.at[i]))
      text_put(&t, all.at[i].at, all.at[i].n);
  u32 n = t.n;
  return (Source){.path = "unsound", .text = text_str(&t), .size = n};
}

// What parsed of what does not parse as a whole.
static Source parsed(Arena *a, const Source *src) {
  Diags d = {.arena = a, .limit = 20};
  Names names = {.arena = a};
  Parser p = {.arena = a, .names = &names, .diags = &d};
  Text t = {.arena = a};
  parse_source(&p, src);
  for (u32 i = 0; i < p.decls.n; i++) {
    Loc w = p.decls.at[i]->whole;
    text_put(&t, w.src->text + w.at, w.len);
    text_put(&t, "\n", 1);
  }
  u32 n = t.n;
  return (Source){.path = "parsed", .text = text_str(&t), .size = n};
}

// One in WHOLE is formatted as it is, of the others only what was changed.
static void desk(Fuzz *f, Names *names, const Ast *ast, const Source *whole) {
  enum { WHOLE = 16 };
  Arena *a = &f->round;
  Symbols symbols;
  symbols_build(&symbols, a, names, ast);
  Source src = draw(f, WHOLE) ? unsound(a, whole) : *whole;
  if (format(a, &src))
    return;
  src = parsed(a, &src);
  format(a, &src);
}

// --- beside a built-in set ------------------------------------------------

static Beside draw_options(Fuzz *f) {
  static const char *const globs[] = {"*", "a*", "*-zero", "[", "nothing"};
  enum { NGLOBS = sizeof globs / sizeof *globs };
  Beside b = {.builtin = true, .alone = draw(f, 8) == 0};
  if (draw(f, 4) == 0)
    vec_push(&f->round, &b.disable, globs[draw(f, NGLOBS)]);
  if (draw(f, 8) == 0)
    vec_push(&f->round, &b.only, globs[draw(f, NGLOBS)]);
  return b;
}

static BuiltinPiece piece(const char *name, Text *t, u32 index) {
  u32 n = t->n;
  return (BuiltinPiece){
      .src = {.path = name, .text = text_str(t), .size = n, .index = index},
      .target = index > 0};
}

static void try_beside(Fuzz *f, const Text *t) {
  Arena *a = &f->round;
  Halves h = halves(a, t);
  BuiltinPiece pieces[] = {piece("files", &h.files, 0),
                           piece("targets", &h.targets, 1)};
  const BuiltinRules builtin = {.at = pieces, .n = 2};
  u32 n = h.own.n;
  const Source src = {
      .path = "own", .text = text_str(&h.own), .size = n, .index = 2};
  const Source *own = &src;
  const Beside beside = draw_options(f);
  RuleSet r;
  rules_begin(&r, a);
  r.diags.limit = 20;
  rules_beside(&r, &beside, &builtin, &own, 1);
  rules_clash(&r);
  Symbols symbols;
  symbols_build(&symbols, a, &r.names, &r.ast);
  rules_resolve(&r);
  rules_check(&r);
  rules_generate(&r, arena_array(a, Text, GEN_NFILES));
  rules_finish(&r);
  Text out = {.arena = a};
  diag_print(&r.diags, &out);
  must(!r.diags.errors || out.n, "errors without a word");
  beside_notes(&r, &out);
  as_json(&r.diags);
}

static void try_rules(const u8 *bytes, size_t size) {
  Fuzz f = start(bytes, size);
  Arena *a = &f.round;
  Text t = make_text(&f, bytes, size);
  if (draw(&f, BESIDE) == 0) {
    try_beside(&f, &t);
    arena_free(a);
    return;
  }
  u32 n = t.n;
  Source src = {.path = "mutant", .text = text_str(&t), .size = n};
  Diags d = {.arena = a, .limit = 20};
  Names names = {.arena = a};
  Parser p = {.arena = a, .names = &names, .diags = &d};
  parse_source(&p, &src);
  Ast ast = {p.decls.n, p.decls.at};
  desk(&f, &names, &ast, &src);
  const Sema *s = sema_run(a, &names, &ast, &d);
  if (!d.errors) {
    check_rules(s, s, &d);
    examples_check(s, s);
  }
  if (!diag_stops(&d))
    gen_all(s, arena_array(a, Text, GEN_NFILES));
  Text out = {.arena = a};
  diag_finish(&d, &ast, &ast, true);
  diag_print(&d, &out);
  as_json(&d);
  must(!d.errors || out.n, "errors without a word");
  arena_free(a);
}

int main(int argc, char **argv) {
  return fuzz_rules_main(argc, argv, try_rules, 1000);
}
