// `rulec build`: writes the generated C (docs/generated.md).
#include "rulec/cgen.h"
#include "rulec/command.h"

#include <errno.h>
#include <stdio.h>

typedef struct BuildOptions {
  const char *dir;
} BuildOptions;

// Leaves a file alone that already says the same, so that what depends on it
// is not built again.
static bool write_file(Arena *a, const char *path, const Text *t) {
  u8 *old;
  size_t size;
  if (file_read(a, path, &old, &size) == 0 && size == t->n &&
      memcmp(old, t->at, size) == 0)
    return true;
  FILE *f = fopen(path, "w");
  bool ok = f && fwrite(t->at, 1, t->n, f) == t->n;
  if (f && fclose(f) != 0)
    ok = false;
  if (!ok)
    fail(EXIT_INPUT, "%s: %s", path, strerror(errno));
  return ok;
}

static int write_all(const BuildOptions *o, const Sema *s, const Text *t) {
  for (size_t i = 0; i < GEN_NFILES; i++) {
    const char *path =
        arena_printf(s->arena, "%s/%s", o->dir, gen_files[i].name);
    if (!write_file(s->arena, path, &t[i]))
      return EXIT_INPUT;
  }
  return EXIT_GOOD;
}

static int run(Arena *a, const void *options, const Words *files) {
  const BuildOptions *o = options;
  RuleSet r;
  Text texts[GEN_NFILES];
  if (!o->dir)
    return fail(EXIT_USAGE, "build: wanted -o DIR; see rulec help build");
  rules_begin(&r, a);
  int status = rules_read(&r, files);
  if (status)
    return status;
  rules_resolve(&r);
  rules_check(&r);
  rules_generate(&r, texts);
  rules_finish(&r);
  status = rules_report(&r);
  return status ? status : write_all(o, r.sema, texts);
}

static const Option options[] = {
    {"-o", "DIR", OPTION_WORD, offsetof(BuildOptions, dir),
     "the folder to write to"},
    {0},
};

const Command cmd_build = {
    .name = "build",
    .args = "-o DIR FILE...",
    .what = "write the generated C",
    .help =
        "Checks the rules as `rulec check` does, and writes the C files of\n"
        "docs/generated.md. Those that would not change are left alone.",
    .options = options,
    .size = sizeof(BuildOptions),
    .least = 1,
    .run = run,
};
