// wb: the table of commands, `wb help`, and the way into each.
#include "workbench/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>


const Cmd commands[] = {
    {"run", cmd_run, OPT_COMPILE | OPT_RUN, -1, "[OPTIONS] FILE.wasm [ARGS...]",
     "run a module",
     "Runs a WASI program with the arguments behind FILE and the guest's exit\n"
     "status, or, with --invoke, calls an export and prints its results. A trap\n"
     "is told with where it happened and gives status 134."},
    {"wast", cmd_wast, OPT_COMPILE | OPT_WAST, -1, "[OPTIONS] FILE.json...",
     "run spec scripts",
     "Runs scripts as `wasm-tools json-from-wast` writes them. Status 0 only if\n"
     "nothing failed and nothing in scope was skipped; malformed modules in the\n"
     "text format are counted as not applicable."},
    {"validate", cmd_validate, 0, -1, "FILE.wasm...", "decode and validate",
     "Says of each file whether it is a valid module, or where and why not."},
    {"dump", cmd_dump, OPT_COMPILE | OPT_DUMP, -1,
     "FILE.wasm [-F FN] --emit=KIND [OPTIONS]", "show a function at a stage",
     "Prints a function after a stage: ir, egraph, cfg, dom, vcode, ranges, asm\n"
     "or map. --format=dot and svg where a graph is meant."},
    {"stats", cmd_stats, OPT_COMPILE | OPT_STATS, -1,
     "FILE... [--json] [--diff BASE.json]", "counters, and their difference",
     "Compiles each file and counts what every pass did. --diff prints what\n"
     "changed against a recorded run and nothing else."},
    {"passes", cmd_passes, 0, 0, "", "the passes, from the table itself", ""},
    {"flags", cmd_flags, 0, 0, "", "switches and limits with their defaults", ""},
    {"counters", cmd_counters, 0, 0, "", "the counters, from the registry", ""},
    {"help", cmd_help, 0, 1, "[COMMAND]", "this, or a command's options", ""},
    {"top", NULL, 0, -1, "FILE... COUNTER", "functions that stand out", LATER},
    {"explore", NULL, 0, -1, "FILE", "one HTML page of all stages", LATER},
    {"why", NULL, 0, -1, "FILE -F FN VALUE", "rules behind a value", LATER},
    {"why-not", NULL, 0, -1, "FILE -F FN VALUE RULE", "the test that failed",
     LATER},
    {"rules", NULL, 0, -1, "coverage|blame|bisect FILE...", "what rules do", LATER},
    {"ablate", NULL, 0, -1, "FILE...", "each optimization switched off", LATER},
    {"bench", NULL, 0, -1, "FILE...", "times with intervals", LATER},
    {"doctor", NULL, 0, -1, "", "what this machine has", LATER},
    {"completion", NULL, 0, -1, "SHELL", "completion for a shell", LATER},
    {0},
};

static const Cmd *find_command(const char *name) {
  for (const Cmd *c = commands; c->name; c++)
    if (!strcmp(c->name, name))
      return c;
  return NULL;
}

static int unknown_command(const char *word) {
  const char *names[32];
  u32 n = 0;
  for (const Cmd *c = commands; c->name; c++)
    names[n++] = c->name;
  const char *near = word_nearest(word, names, n);
  if (near)
    return fail(EXIT_USAGE, "unknown command %s (did you mean %s?)", word,
                near);
  return fail(EXIT_USAGE, "unknown command %s; see wb help", word);
}

static void print_commands(FILE *out) {
  fputs("usage: wb COMMAND [OPTIONS] [FILES]\n\n", out);
  for (const Cmd *c = commands; c->name; c++)
    fprintf(out, "  %-11s %s%s\n", c->name, c->what,
            c->run ? "" : " (not in this version)");
  fputs("\nwb help COMMAND shows its options; wb --version says which wb.\n",
        out);
}

static void print_command(const Cmd *c) {
  printf("usage: wb %s%s%s\n\n%s%s\n", c->name, *c->synopsis ? " " : "",
         c->synopsis, *c->help ? c->help : c->what, c->groups ? "\n\noptions:" : "");
  options_print(c->groups);
}

int cmd_help(Arena *a, Options *o) {
  (void)a;
  if (!o->args.s.n) {
    print_commands(stdout);
    return EXIT_GOOD;
  }
  const Cmd *c = find_command(o->args.s.at[0]);
  if (!c)
    return unknown_command(o->args.s.at[0]);
  print_command(c);
  return EXIT_GOOD;
}

int cmd_flags(Arena *a, Options *o) {
  (void)a, (void)o;
  options_print(OPT_COMPILE);
  return EXIT_GOOD;
}

bool input_read(Arena *a, const char *path, u8 **bytes, size_t *size) {
  int e = file_read(a, path, bytes, size);
  if (e)
    fail(EXIT_INPUT, "%s: %s", path, strerror(e));
  return !e;
}

json_t *input_json(const char *path, size_t flags) {
  Arena a = {0};
  u8 *bytes;
  size_t size;
  json_error_t e;
  json_t *doc = NULL;
  if (input_read(&a, path, &bytes, &size)) {
    doc = json_loadb((const char *)bytes, size, flags, &e);
    if (!doc)
      fail(EXIT_INPUT, "%s:%d:%d: %s", path, e.line, e.column, e.text);
  }
  arena_free(&a);
  return doc;
}

static int run_command(Arena *a, const Cmd *c, int argc, char **argv) {
  Options o;
  bool help = false;
  if (!c->run)
    return fail(EXIT_USAGE, "%s: %s", c->name, c->help);
  int status = options_parse(a, c, argc, argv, &o, &help);
  if (status)
    return status;
  if (help) {
    print_command(c);
    return EXIT_GOOD;
  }
  if (c->most >= 0 && o.args.s.n > (u32)c->most)
    return fail(EXIT_USAGE, "%s: what is '%s' for? see wb help %s", c->name,
                o.args.s.at[c->most], c->name);
  if (c->groups & OPT_COMPILE)
    status = engine_check(a, c->name, &o, c->groups & OPT_STATS);
  return status ? status : c->run(a, &o);
}

// Where stdin, stdout or stderr is closed, the next file opened would take its
// place and be read or written as if it were. These fail as closed ones do.
static void hold_standard_files(void) {
  for (int fd = 0; fd < 3; fd++)
    if (fcntl(fd, F_GETFD) < 0 &&
        open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
      return;
}

int main(int argc, char **argv) {
  hold_standard_files();
#ifndef RW_ASAN // which tells more
  must_catch_signals();
#endif
  if (argc < 2) {
    print_commands(stderr);
    return EXIT_USAGE;
  }
  const char *word = argv[1];
  if (!strcmp(word, "--help") || !strcmp(word, "-h"))
    word = "help";
  if (!strcmp(word, "--version") || !strcmp(word, "-V")) {
    puts(WB_VERSION);
    return fflush(stdout) ? EXIT_INPUT : EXIT_GOOD;
  }
  const Cmd *c = find_command(word);
  if (!c)
    return unknown_command(word);
  Arena a = {0};
  int status = run_command(&a, c, argc, argv);
  if (fflush(stdout) || ferror(stdout))
    status = fail(EXIT_INPUT, "stdout: %s", strerror(errno));
  arena_free(&a);
  return status;
}
