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

typedef struct CommandRow {
  const char *name;
  Command command;
  const char *args, *what;
} CommandRow;

static const CommandRow commands[] = {
    {"build", CMD_BUILD, "-o DIR FILE...", "write the generated C"},
    {"check", CMD_CHECK, "FILE...", "read, resolve and type; write nothing"},
    {"parse", CMD_PARSE, "FILE...", "print the declarations as read"},
    {"dump", CMD_DUMP, "FILE...", "print each rule at each of its types"},
};
enum { NCOMMANDS = sizeof commands / sizeof commands[0] };

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

static const CommandRow *find_command(const char *name) {
  for (size_t i = 0; i < NCOMMANDS; i++)
    if (strcmp(commands[i].name, name) == 0)
      return &commands[i];
  return NULL;
}

static int print_usage(void) {
  for (size_t i = 0; i < NCOMMANDS; i++)
    printf("%s rulec %-5s %-16s%s\n", i ? "      " : "usage:",
           commands[i].name, commands[i].args, commands[i].what);
  return 0;
}

// Words that belong to the project's plan and not to this version.
static bool is_later(const char *name) {
  static const char *const later[] = {"verify", "explain", "test", "scaffold",
                                      "fmt",    "tags",    "lsp"};
  for (size_t i = 0; i < sizeof later / sizeof later[0]; i++)
    if (strcmp(later[i], name) == 0)
      return true;
  return false;
}

// Fills o from argv[2..]; 0, or what wrong_use said.
static int read_options(Options *o, int argc, char **argv) {
  for (int i = 2; i < argc; i++) {
    if (strcmp(argv[i], "-o") == 0) {
      if (++i == argc)
        return wrong_use("-o wants a folder", "");
      o->dir = argv[i];
    } else if (argv[i][0] == '-') {
      return wrong_use("unknown option ", argv[i]);
    } else {
      o->files[o->nfiles++] = argv[i];
    }
  }
  if (!o->nfiles)
    return wrong_use("no files", "");
  if ((o->command == CMD_BUILD) != (o->dir != NULL))
    return wrong_use("-o DIR goes with build, and build needs it", "");
  return 0;
}

static bool wants_help(int argc, char **argv) {
  if (strcmp(argv[1], "help") == 0)
    return true;
  for (int i = 1; i < argc; i++)
    if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
      return true;
  return false;
}

static int run_command(Arena *a, int argc, char **argv) {
  Options o = {.files = arena_array(a, const char *, argc)};
  if (wants_help(argc, argv))
    return print_usage();
  const CommandRow *c = find_command(argv[1]);
  if (!c && is_later(argv[1]))
    return wrong_use(argv[1], " is not in this version: see README.md");
  if (!c)
    return wrong_use("unknown command ", argv[1]);
  o.command = c->command;
  int status = read_options(&o, argc, argv);
  return status ? status : run(a, &o);
}

int main(int argc, char **argv) {
  if (argc < 2)
    return wrong_use("no command", "");
#ifndef RW_ASAN // which tells more
  must_catch_signals();
#endif
  Arena a = {0};
  int status = run_command(&a, argc, argv);
  if (fflush(stdout) || ferror(stdout)) {
    fprintf(stderr, "rulec: stdout: %s\n", strerror(errno));
    status = 3;
  }
  arena_free(&a);
  return status;
}
