// rulec fmt on all our rules and on damaged layouts of them: what comes out
// says the same as what went in, and formatting it again changes nothing.
//
//   rulec_fmt [COUNT]     damaged layouts per file (default 40)
//
// A damaged layout has blanks doubled or dropped, lines cut and comments put in
// at random places; where that no longer parses the formatter must leave it.
#include "rulec/desk/fmt.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct Damage {
  Arena *arena;
  u64 state;
} Damage;

static u32 draw(Damage *d, u32 below) { // xorshift64*
  d->state ^= d->state >> 12;
  d->state ^= d->state << 25;
  d->state ^= d->state >> 27;
  return (u32)((d->state * UINT64_C(2685821657736338717)) >> 33) % below;
}

// The first ones hardly ever break a declaration.
static const char *const specks[] = {
    " ",     "  ",         "\t",   "\n  ",   "\n\n\n  ", " ; x\n    ",
    "\r\n ", "\n; y\n   ", "    ", "\n",     " ; x",     ")",
    " \n",   "(",          "; ",   "\n  ; z"};
enum { NSPECKS = sizeof specks / sizeof specks[0], NTAME = 9 };

// About one blank in `rare` becomes something else.
static Source damaged(Damage *d, const Source *src, u32 rare) {
  bool tame = draw(d, 4);
  Text t = {.arena = d->arena};
  for (u32 i = 0; i < src->size; i++) {
    bool blank = src->text[i] == ' ';
    if (!blank || draw(d, rare))
      text_put(&t, src->text + i, 1);
    else if (tame || draw(d, 4)) {
      const char *s = specks[draw(d, tame ? NTAME : NSPECKS)];
      text_put(&t, s, strlen(s));
    }
  }
  (void)text_str(&t);
  return (Source){src->path, t.at, t.n, 0};
}

static const char *tree_of(Arena *a, const Source *src) {
  Diags d = {.arena = a, .limit = 50};
  Names names = {.arena = a};
  Parser p = {.arena = a, .names = &names, .diags = &d};
  parse_source(&p, src);
  Text t = {.arena = a};
  for (u32 i = 0; i < p.decls.n; i++) {
    ast_print_decl(&t, p.decls.at[i]);
    text_add(&t, "%s", p.decls.at[i]->doc ? p.decls.at[i]->doc : "");
  }
  return text_str(&t);
}

static void fail(const Source *in, const char *what) {
  fwrite(in->text, 1, in->size, stdout);
  printf("--- %s: %s\n", in->path, what);
  exit(1);
}

// True if it parses.
static bool check(Arena *a, const Source *src) {
  Diags d = {.arena = a, .limit = 50};
  Text once, twice;
  FmtResult r = fmt_source(a, &d, src, &once);
  if (r == FMT_BUG)
    fail(src, "layout was not all that changed");
  if (r == FMT_SYNTAX)
    return false;
  Source out = {src->path, once.at, once.n, 0};
  if (fmt_source(a, &d, &out, &twice) != FMT_DONE)
    fail(&out, "what was written does not parse");
  if (once.n != twice.n || memcmp(once.at, twice.at, once.n) != 0)
    fail(src, "formatting twice is not formatting once");
  return true;
}

static u32 check_file(Damage *d, const char *path, u32 count) {
  Arena keep = {0};
  u8 *bytes;
  size_t size;
  must(file_read(&keep, path, &bytes, &size) == 0, "%s cannot be read", path);
  Source src = {path, arena_strndup(&keep, (char *)bytes, size), (u32)size, 0};
  d->arena = &keep;
  u32 parsed = check(&keep, &src);
  if (!parsed)
    fail(&src, "does not parse");
  Diags none = {.arena = &keep, .limit = 50};
  Text out;
  (void)fmt_source(&keep, &none, &src, &out);
  Source again = {path, out.at, out.n, 0};
  if (strcmp(tree_of(&keep, &src), tree_of(&keep, &again)) != 0)
    fail(&src, "means something else when formatted");
  for (u32 i = 0; i < count; i++) {
    Arena round = {0};
    d->arena = &round;
    Source bad = damaged(d, &src, 5u << draw(d, 10));
    parsed += check(&round, &bad);
    arena_free(&round);
  }
  arena_free(&keep);
  return parsed;
}

int main(int argc, char **argv) {
  static const char *const files[] = {
      "rules/ops.rules",       "rules/mid/arith.rules",
      "rules/mid/bits.rules",  "rules/mid/branch.rules",
      "rules/mid/cmp.rules",   "rules/mid/div.rules",
      "rules/mid/mem.rules",   "rules/x64/inst.rules",
      "rules/x64/lower.rules", "tests/rulec/parse.rules"};
  enum { NFILES = sizeof files / sizeof files[0] };
  u32 count = argc > 1 ? (u32)strtoul(argv[1], NULL, 10) : 40, parsed = 0;
  Damage d = {.state = 88172645463325252u};
  for (u32 i = 0; i < NFILES; i++)
    parsed += check_file(&d, files[i], count);
  printf("%u of %u layouts parsed and were formatted\n", parsed,
         NFILES * (count + 1));
  return parsed < NFILES * count / 4; // else the damage tests nothing
}
