// rulec: reads `.rules`, checks them, and makes C of them. The table of its
// commands, `rulec help`, and the way into each.
#include "rulec/cmd/command.h"

#include <errno.h>
#include <stdio.h>

extern const Command cmd_build, cmd_check, cmd_parse, cmd_dump, cmd_explain,
    cmd_fmt, cmd_verify, cmd_tags, cmd_lsp, cmd_grammar, cmd_doc, cmd_test,
    cmd_scaffold;

static const Command *const commands[] = {
    &cmd_build, &cmd_check,  &cmd_parse,    &cmd_dump, &cmd_explain,
    &cmd_fmt,   &cmd_verify, &cmd_tags,     &cmd_lsp,  &cmd_grammar,
    &cmd_doc,   &cmd_test,   &cmd_scaffold,
};
enum { NCOMMANDS = sizeof commands / sizeof *commands };

static const Command *find_command(const char *name) {
  for (size_t i = 0; i < NCOMMANDS; i++)
    if (!strcmp(commands[i]->name, name))
      return commands[i];
  return NULL;
}

static int unknown_command(const char *word) {
  const char *names[NCOMMANDS];
  for (size_t i = 0; i < NCOMMANDS; i++)
    names[i] = commands[i]->name;
  const char *near = word_nearest(word, names, NCOMMANDS);
  return near ? fail(EXIT_USAGE, "unknown command %s (did you mean %s?)", word,
                     near)
              : fail(EXIT_USAGE, "unknown command %s; see rulec help", word);
}

static int print_commands(void) {
  puts("usage: rulec COMMAND [OPTIONS] FILE...\n");
  for (size_t i = 0; i < NCOMMANDS; i++)
    printf("  %-9s %s\n", commands[i]->name, commands[i]->what);
  puts(
      "  help      this, or a command's options\n\n"
      "The order of the files is the order of their declarations. Status: 0\n"
      "good, 1 the rules are wrong, 2 wrong use, 3 a file that cannot be read\n"
      "or written, 4 incomplete, 70 a bug, 71 out of memory.");
  return EXIT_GOOD;
}

static int print_command(const Command *c) {
  printf("usage: rulec %s %s\n\n%s\n", c->name, c->args,
         c->help ? c->help : c->what);
  if (c->options)
    puts("\noptions:");
  options_print(c->options);
  return EXIT_GOOD;
}

static int print_help(const char *name) {
  const Command *c = name ? find_command(name) : NULL;
  return !name ? print_commands()
         : c   ? print_command(c)
               : unknown_command(name);
}

static bool asks_help(const char *word) {
  return !strcmp(word, "--help") || !strcmp(word, "-h");
}

static int run_command(Arena *a, int argc, char **argv) {
  if (!strcmp(argv[1], "help") || asks_help(argv[1]))
    return print_help(argc > 2 ? argv[2] : NULL);
  const Command *c = find_command(argv[1]);
  if (!c)
    return unknown_command(argv[1]);
  for (int i = 2; i < argc; i++)
    if (asks_help(argv[i]))
      return print_command(c);
  Words words = {0};
  void *options = arena_zero(a, c->size + 1, _Alignof(max_align_t));
  int status = options_read(a, c, argc, argv, options, &words);
  return status ? status : c->run(a, options, &words);
}

int main(int argc, char **argv) {
  if (argc < 2)
    return fail(EXIT_USAGE, "no command; see rulec help");
#ifndef RW_ASAN // which tells more
  must_catch_signals();
#endif
  Arena a = {.large = true};
  int status = run_command(&a, argc, argv);
  if (fflush(stdout) || ferror(stdout))
    status = fail(EXIT_INPUT, "stdout: %s", strerror(errno));
  arena_free(&a);
  return status;
}
