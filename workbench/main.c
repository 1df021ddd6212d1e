// wb: the table of commands, `wb help`, and the way into each.
#include "workbench/cmd.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>

#define LATER "not in this version: see README.md, \"What does not work\""

const Cmd commands[] = {
    {"run", cmd_run, OPT_COMPILE | OPT_RUN, "[OPTIONS] FILE.wasm [ARGS...]",
     "run a module",
     "Runs a WASI program with the arguments behind FILE and the guest's exit\n"
     "status, or, with --invoke, calls an export and prints its results. A trap\n"
     "is told with where it happened and gives status 134."},
    {"wast", cmd_wast, OPT_COMPILE | OPT_WAST, "[OPTIONS] FILE.json...",
     "run spec scripts",
     "Runs scripts as `wasm-tools json-from-wast` writes them. Status 0 only if\n"
     "nothing failed and nothing in scope was skipped; malformed modules in the\n"
     "text format are counted as not applicable."},
    {"validate", cmd_validate, 0, "FILE.wasm...", "decode and validate",
     "Says of each file whether it is a valid module, or where and why not."},
    {"dump", cmd_dump, OPT_COMPILE | OPT_DUMP,
     "FILE.wasm [-F FN] --emit=KIND [OPTIONS]", "show a function at a stage",
     "Prints a function after a stage: ir, egraph, cfg, dom, vcode, ranges, asm\n"
     "or map. --format=dot and svg where a graph is meant."},
    {"stats", cmd_stats, OPT_COMPILE | OPT_STATS,
     "FILE... [--json] [--diff BASE.json]", "counters, and their difference",
     "Compiles each file and counts what every pass did. --diff prints what\n"
     "changed against a recorded run and nothing else."},
    {"passes", cmd_passes, 0, "", "the passes, from the table itself", ""},
    {"flags", cmd_flags, 0, "", "switches and limits with their defaults", ""},
    {"counters", cmd_counters, 0, "", "the counters, from the registry", ""},
    {"help", cmd_help, 0, "[COMMAND]", "this, or a command's options", ""},
    {"top", NULL, 0, "FILE... COUNTER", "functions that stand out", LATER},
    {"explore", NULL, 0, "FILE", "one HTML page of all stages", LATER},
    {"why", NULL, 0, "FILE -F FN VALUE", "rules behind a value", LATER},
    {"why-not", NULL, 0, "FILE -F FN VALUE RULE", "the test that failed",
     LATER},
    {"rules", NULL, 0, "coverage|blame|bisect FILE...", "what rules do", LATER},
    {"ablate", NULL, 0, "FILE...", "each optimization switched off", LATER},
    {"bench", NULL, 0, "FILE...", "times with intervals", LATER},
    {"doctor", NULL, 0, "", "what this machine has", LATER},
    {"completion", NULL, 0, "SHELL", "completion for a shell", LATER},
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
  const char *near = nearest(word, names, n);
  if (near)
    return fail(EXIT_USAGE, "unknown command %s (did you mean %s?)", word,
                near);
  return fail(EXIT_USAGE, "unknown command %s; see wb help", word);
}

static void print_commands(void) {
  puts("usage: wb COMMAND [OPTIONS] [FILES]\n");
  for (const Cmd *c = commands; c->name; c++)
    printf("  %-11s %s%s\n", c->name, c->what,
           c->run ? "" : " (not in this version)");
  puts("\nwb help COMMAND shows its options.");
}

static void print_command(const Cmd *c) {
  printf("usage: wb %s %s\n\n%s%s\n", c->name, c->synopsis,
         *c->help ? c->help : c->what, c->groups ? "\n\noptions:" : "");
  options_print(c->groups);
}

int cmd_help(Arena *a, Options *o) {
  (void)a;
  if (!o->args.s.n) {
    print_commands();
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
  json_error_t e;
  FILE *f = fopen(path, "rb");
  if (!f) {
    fail(EXIT_INPUT, "%s: %s", path, strerror(errno));
    return NULL;
  }
  json_t *doc = json_loadf(f, flags, &e);
  if (!doc)
    fail(EXIT_INPUT, "%s:%d:%d: %s", path, e.line, e.column, e.text);
  fclose(f);
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
  if (!help)
    return c->run(a, &o);
  print_command(c);
  return EXIT_GOOD;
}

int main(int argc, char **argv) {
  if (argc < 2) {
    print_commands();
    return EXIT_USAGE;
  }
  const char *word = argv[1];
  if (!strcmp(word, "--help") || !strcmp(word, "-h"))
    word = "help";
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
