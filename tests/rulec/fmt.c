// rulec fmt on all our rules and on damaged layouts of them: what comes out
// says the same as what went in, and formatting it again changes nothing.
//
//   rulec_fmt [COUNT]     damaged layouts per file of rules/ (default 30)
//
// A damaged layout has blanks doubled or dropped, lines cut and comments put in
// at random places; where that no longer parses the formatter must leave it.
#include "rulec/desk/fmt.h"

#include <dirent.h>
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
  return (Source){.path = src->path, .text = t.at, .size = t.n};
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
  Source out = {.path = src->path, .text = once.at, .size = once.n};
  if (fmt_source(a, &d, &out, &twice) != FMT_DONE)
    fail(&out, "what was written does not parse");
  if (once.n != twice.n || memcmp(once.at, twice.at, once.n) != 0)
    fail(src, "formatting twice is not formatting once");
  return true;
}

typedef struct Tally {
  u32 files, layouts, parsed;
} Tally;

static bool same_tree(Arena *a, const Source *src) {
  Diags none = {.arena = a};
  Text out;
  (void)fmt_source(a, &none, src, &out);
  Source again = {.path = src->path, .text = out.at, .size = out.n};
  return !strcmp(tree_of(a, src), tree_of(a, &again));
}

// must_parse: a file of ours; else one that may be wrong on purpose.
static void check_file(Damage *d, const char *path, u32 count, bool must_parse,
                       Tally *tally) {
  Arena keep = {0};
  u8 *bytes;
  size_t size;
  must(file_read(&keep, path, &bytes, &size) == 0, "%s cannot be read", path);
  Source src = {.path = path,
                .text = arena_strndup(&keep, (char *)bytes, size),
                .size = (u32)size};
  bool parses = check(&keep, &src);
  if (!parses && must_parse)
    fail(&src, "does not parse");
  if (parses && !same_tree(&keep, &src))
    fail(&src, "means something else when formatted");
  for (u32 i = 0; parses && i < count; i++) {
    Arena round = {0};
    d->arena = &round;
    Source bad = damaged(d, &src, 5u << draw(d, 10));
    tally->parsed += check(&round, &bad);
    tally->layouts++;
    arena_free(&round);
  }
  tally->files += parses;
  arena_free(&keep);
}

static int by_name(const void *x, const void *y) {
  return strcmp(*(char *const *)x, *(char *const *)y);
}

static void check_folder(Damage *d, const char *folder, u32 count,
                         bool must_parse, Tally *tally) {
  Arena a = {0};
  VEC(char *) paths = {0};
  DIR *dir = opendir(folder);
  must(dir, "%s cannot be read", folder);
  for (struct dirent *e; (e = readdir(dir));) {
    const char *dot = strrchr(e->d_name, '.');
    if (dot && !strcmp(dot, ".rules"))
      vec_push(&a, &paths, arena_printf(&a, "%s/%s", folder, e->d_name));
  }
  closedir(dir);
  qsort(paths.at, paths.n, sizeof *paths.at, by_name);
  for (u32 i = 0; i < paths.n; i++)
    check_file(d, paths.at[i], count, must_parse, tally);
  arena_free(&a);
}

int main(int argc, char **argv) {
  u32 count = argc > 1 ? (u32)strtoul(argv[1], NULL, 10) : 30;
  Tally t = {0};
  Damage d = {.state = 88172645463325252u};
  check_folder(&d, "rules", count, true, &t);
  check_folder(&d, "rules/mid", count, true, &t);
  check_folder(&d, "rules/x64", count, true, &t);
  u32 ours = t.files;
  check_folder(&d, "tests/rulec", count / 10, false, &t);
  check_folder(&d, "tests/rulec/bad", count / 10, false, &t);
  printf("%u files; %u of %u damaged layouts parsed and were formatted\n",
         t.files, t.parsed, t.layouts);
  return ours < 14 || t.parsed < t.layouts / 4; // else it tests nothing
}
