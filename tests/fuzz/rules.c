// Mutated rules: none may crash or hang rulec; each is refused with errors or
// goes through all checks and generators; its diagnostics are valid JSON, and
// fmt changes nothing but its layout.
//
//   fuzz_rules [COUNT [SEED]]      default: 1000 mutants, CI's share
//   fuzz_rules --print NUMBER      the text of a mutant, to look at
#include "rulec/cgen.h"
#include "rulec/check/check.h"
#include "rulec/desk/fmt.h"
#include "rulec/desk/symbols.h"
#include "rulec/diag_json.h"
#include "rulec/parse.h"
#include "rulec/test/example.h"
#include "tests/fuzz/mutant_rules.h"

#include <stdlib.h>

// What parses can be formatted, only its layout changes, and once is enough.
static bool format(Arena *a, const Source *src) {
  Diags d = {.arena = a};
  Text once, twice;
  const FmtResult r = fmt_source(a, &d, src, &once);
  must(r != FMT_BUG, "fmt would change more than layout");
  if (r != FMT_DONE)
    return false;
  (void)text_str(&once);
  const Source again = {src->path, once.at, once.n, 0};
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
  return (Source){"unsound", text_str(&t), n, 0};
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
  return (Source){"parsed", text_str(&t), n, 0};
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

static void try_rules(const u8 *bytes, size_t size) {
  Fuzz f = start(bytes, size);
  Arena *a = &f.round;
  Text t = make_text(&f, bytes, size);
  u32 n = t.n;
  Source src = {"mutant", text_str(&t), n, 0};
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
