// `rulec grammar`: highlighting for editors (rulec/desk/grammar.h).
#include "rulec/cmd/command.h"
#include "rulec/desk/grammar.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

typedef struct GrammarOptions {
  const char *dir;
} GrammarOptions;

// The folders on the way to a file.
static void make_folders(char *path) {
  for (char *s = path + 1; *s; s++)
    if (*s == '/') {
      *s = '\0';
      mkdir(path, 0777);
      *s = '/';
    }
}

static int write_one(Arena *a, const char *dir, const GrammarFile *g) {
  Text t = {.arena = a};
  g->write(&t);
  char *path = arena_printf(a, "%s/%s", dir, g->path);
  make_folders(path);
  FILE *f = fopen(path, "w");
  bool ok = f && fwrite(t.at, 1, t.n, f) == t.n;
  if (f && fclose(f) != 0)
    ok = false;
  return ok ? EXIT_GOOD : fail(EXIT_INPUT, "%s: %s", path, strerror(errno));
}

static int run(Arena *a, const void *options, const Words *words) {
  const GrammarOptions *o = options;
  const GrammarKind *k = grammar_kinds;
  while (k->name && strcmp(k->name, words->at[0]) != 0)
    k++;
  if (!k->name)
    return fail(EXIT_USAGE, "grammar: vim, textmate or tree-sitter, not %s",
                words->at[0]);
  int status = EXIT_GOOD;
  for (const GrammarFile *g = k->files; o->dir && g->path && !status; g++)
    status = write_one(a, o->dir, g);
  if (o->dir)
    return status;
  Text t = {.arena = a};
  k->files->write(&t);
  fwrite(t.at, 1, t.n, stdout);
  return EXIT_GOOD;
}

static const Option options[] = {
    {"-o", "DIR", OPTION_WORD, offsetof(GrammarOptions, dir),
     "write all files of the editor below DIR; without it the grammar alone, "
     "to "
     "stdout"},
    {0},
};

const Command cmd_grammar = {
    .name = "grammar",
    .args = "[-o DIR] vim|textmate|tree-sitter",
    .what = "highlighting for editors",
    .options = options,
    .size = sizeof(GrammarOptions),
    .least = 1,
    .most = 1,
    .run = run,
};
