// `rulec build`: writes the generated C (docs/generated.md).
#include "rulec/cmd/beside.h"
#include "rulec/gen/cgen.h"
#include "rulec/cmd/command.h"

#include <errno.h>
#include <stdio.h>

typedef struct BuildOptions {
  const char *dir;
  bool library;
  Beside beside;
} BuildOptions;

// The second one is written if a file lowers.
static const OutFile library_files[] = {{"mid.c", gen_mid_library},
                                        {"lower.c", gen_lower_library}};

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

static int write_all(const BuildOptions *o, const OutFile *files, u32 n,
                     const Sema *s, const Text *t) {
  for (u32 i = 0; i < n; i++) {
    const char *path = arena_printf(s->arena, "%s/%s", o->dir, files[i].name);
    if (!write_file(s->arena, path, &t[i]))
      return EXIT_INPUT;
  }
  return EXIT_GOOD;
}

// Opcodes and instructions are in every table of the program that loads it.
static void refuse_ops(RuleSet *r) {
  for (u32 i = 0; i < r->ast.n; i++) {
    const Decl *d = r->ast.at[i];
    bool built = d->kind == DECL_OP || d->kind == DECL_CODE ||
                 d->kind == DECL_INST || d->kind == DECL_SEQ ||
                 d->kind == DECL_REP;
    if (!built || d->loc.src->index < r->first_own)
      continue;
    u32 k = diag_add(&r->diags, E_GEN, d->loc,
                     "rules that are loaded cannot declare the %s %s: it has "
                     "to be built in",
                     decl_words[d->kind], d->name.s);
    diag_help(&r->diags, k, "add it to %s and build wb anew",
              d->kind == DECL_OP || d->kind == DECL_CODE
                  ? "rules/ops.rules"
                  : "rules/x64/inst.rules");
  }
}

static int build_library(const BuildOptions *o, RuleSet *r) {
  Text texts[2] = {{.arena = r->arena}, {.arena = r->arena}};
  u32 n = r->lowers ? 2 : 1;
  refuse_ops(r);
  rules_resolve(r);
  rules_check(r);
  for (u32 k = 0; k < n && !diag_stops(&r->diags); k++)
    (void)gen_run(r->built, library_files[k].gen, &texts[k]);
  rules_finish(r);
  int status = rules_report(r);
  return status ? status : write_all(o, library_files, n, r->sema, texts);
}

static int run(Arena *a, const void *options, const Words *files) {
  const BuildOptions *o = options;
  RuleSet r;
  Text texts[GEN_NFILES];
  if (!o->dir)
    return fail(EXIT_USAGE, "build: wanted -o DIR; see rulec help build");
  rules_begin(&r, a);
  int status = o->library ? rules_read_beside(&r, &o->beside, files)
                          : rules_read(&r, files);
  if (status)
    return status;
  if (o->library)
    return build_library(o, &r);
  rules_resolve(&r);
  rules_check(&r);
  rules_generate(&r, texts);
  rules_finish(&r);
  status = rules_report(&r);
  return status ? status : write_all(o, gen_files, GEN_NFILES, r.sema, texts);
}

static const Option options[] = {
    {"-o", "DIR", OPTION_WORD, offsetof(BuildOptions, dir),
     "the folder to write to"},
    {"--library", NULL, OPTION_FLAG, offsetof(BuildOptions, library),
     "only mid.c (and lower.c, if a file lowers), as a library that wb --rules "
     "loads"},
    BESIDE_OPTIONS(BuildOptions, beside),
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
