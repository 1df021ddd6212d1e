// rulec: turns `.rules` into C.
//
//   rulec build -o DIR FILES   writes the generated C (docs/generated.md)
//   rulec check FILES          reads, resolves and types; writes nothing
//   rulec parse FILES          reads only, and prints the declarations
//   rulec dump FILES           prints the rules at their parameters
//
// Exit status: 0 fine, 1 errors in the rules, 2 wrong use, 3 a file that
// cannot be read or written.
#include "rulec/cgen.h"
#include "rulec/parse.h"

#include <errno.h>
#include <stdio.h>

typedef enum Command { CMD_BUILD, CMD_CHECK, CMD_PARSE, CMD_DUMP } Command;

typedef struct Options {
  Command command;
  const char *dir;
  u32 nfiles;
  const char **files;
} Options;

static const char usage[] = "usage: rulec build -o DIR FILE...\n"
                            "       rulec check FILE...\n"
                            "       rulec parse FILE...\n"
                            "       rulec dump FILE...\n";

typedef struct OutFile {
  const char *name;
  GenFn *gen;
} OutFile;

static const OutFile out_files[] = {
    {"ops.h", gen_ops_h},     {"ops.c", gen_ops_c},
    {"fold.c", gen_fold},     {"interp.c", gen_interp},
    {"mid.c", gen_mid},       {"lower.c", gen_lower},
    {"inst.h", gen_inst_h},   {"inst.c", gen_inst_c},
    {"encode.c", gen_encode}, {"meaning.c", gen_meaning},
};

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
    fprintf(stderr, "rulec: %s: %s\n", path, strerror(errno));
  return ok;
}

enum { NFILES = sizeof out_files / sizeof out_files[0] };

// Generators find errors of their own (overlaps, gaps): all run, and nothing
// is written if there is one.
static void generate(const Sema *s, Text *t) {
  for (size_t i = 0; i < NFILES; i++) {
    t[i] = (Text){.arena = s->arena};
    (void)gen_run(s, out_files[i].gen, &t[i]);
  }
}

static int build(const Options *o, const Sema *s, const Text *t) {
  for (size_t i = 0; i < NFILES; i++) {
    const char *path =
        arena_printf(s->arena, "%s/%s", o->dir, out_files[i].name);
    if (!write_file(s->arena, path, &t[i]))
      return 3;
  }
  return 0;
}

static int report(Arena *a, const Diags *d) {
  Text t = {.arena = a};
  diag_print(d, &t);
  if (d->errors)
    text_add(&t, "%u error%s\n", d->errors, d->errors == 1 ? "" : "s");
  if (t.n)
    fwrite(t.at, 1, t.n, stderr);
  return d->errors ? 1 : 0;
}

static void print_decls(Arena *a, const Ast *ast) {
  Text t = {.arena = a};
  for (u32 i = 0; i < ast->n; i++)
    ast_print_decl(&t, ast->at[i]);
  if (t.n)
    fwrite(t.at, 1, t.n, stdout);
}

static void print_rules(Arena *a, const Sema *s) {
  Text t = {.arena = a};
  for (u32 i = 0; i < s->nrulexs; i++)
    rulex_print(&t, s, &s->rulexs[i]);
  for (u32 i = 0; i < s->nlowerxs; i++)
    rulex_print(&t, s, &s->lowerxs[i]);
  if (t.n)
    fwrite(t.at, 1, t.n, stdout);
}

static int run(Arena *a, const Options *o) {
  Diags d = {.arena = a, .limit = 50};
  Names names = {.arena = a};
  Parser p = {.arena = a, .names = &names, .diags = &d};
  for (u32 i = 0; i < o->nfiles; i++)
    if (!parse_file(&p, o->files[i]))
      return 3;
  Ast ast = {p.decls.n, p.decls.at};
  if (o->command == CMD_PARSE) {
    print_decls(a, &ast);
    return report(a, &d);
  }
  const Sema *s = sema_run(a, &names, &ast, &d);
  if (o->command == CMD_DUMP)
    print_rules(a, s);
  Text files[NFILES];
  if (!d.errors && o->command == CMD_BUILD)
    generate(s, files);
  int status = report(a, &d);
  if (status == 0 && o->command == CMD_BUILD)
    status = build(o, s, files);
  return status;
}

static int wrong_use(const char *what, const char *arg) {
  fprintf(stderr, "rulec: %s%s (rulec help lists the commands)\n", what, arg);
  return 2;
}

int main(int argc, char **argv) {
  if (argc < 2)
    return wrong_use("no command", "");
  Arena a = {0};
  Options o = {.files = arena_array(&a, const char *, argc)};
  if (strcmp(argv[1], "build") == 0)
    o.command = CMD_BUILD;
  else if (strcmp(argv[1], "check") == 0)
    o.command = CMD_CHECK;
  else if (strcmp(argv[1], "parse") == 0)
    o.command = CMD_PARSE;
  else if (strcmp(argv[1], "dump") == 0)
    o.command = CMD_DUMP;
  else if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
    fputs(usage, stdout);
    return 0;
  } else
    return wrong_use("unknown command ", argv[1]);
  for (int i = 2; i < argc; i++) {
    if (strcmp(argv[i], "-o") == 0 && i + 1 < argc)
      o.dir = argv[++i];
    else if (argv[i][0] == '-')
      return wrong_use("unknown option ", argv[i]);
    else
      o.files[o.nfiles++] = argv[i];
  }
  if (!o.nfiles)
    return wrong_use("no files", "");
  if ((o.command == CMD_BUILD) != (o.dir != NULL))
    return wrong_use("-o DIR goes with build, and build needs it", "");
  int status = run(&a, &o);
  arena_free(&a);
  return status;
}
