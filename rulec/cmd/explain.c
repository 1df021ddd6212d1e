// `rulec explain`: the codes, and the page of each.
#include "rulec/cmd/command.h"

#include <ctype.h>
#include <stdio.h>

static int list_codes(void) {
  for (u32 i = 0; i < DIAG_NCODES; i++)
    printf("%-12s %s\n", code_rows[i].name, code_rows[i].title);
  return EXIT_GOOD;
}

static void print_example(const char *head, const char *text) {
  printf("\n%s:\n\n", head);
  for (const char *s = text; *s; s += strcspn(s, "\n") + 1)
    printf("    %.*s\n", (int)strcspn(s, "\n"), s);
}

// Breaks lines at 78 columns.
static void print_wrapped(const char *s) {
  u32 col = 0;
  while (*s) {
    const u32 n = (u32)strcspn(s, " \n");
    if (col && col + 1 + n > 78) {
      putchar('\n');
      col = 0;
    }
    col += (u32)printf("%s%.*s", col ? " " : "", (int)n, s);
    s += n;
    if (*s == '\n') {
      fputs(s[1] ? "\n\n" : "", stdout);
      col = 0;
    }
    s += *s != '\0';
  }
  putchar('\n');
}

static int print_page(DiagCode c) {
  const CodeRow *row = &code_rows[c];
  printf("%s: %s (%s%s)\n\n", row->name, row->title,
         code_is_warning(c) ? "warning" : "error",
         row->force == SOFT ? ", can be allowed" : "");
  print_wrapped(row->why);
  print_example("Wrong", row->bad);
  print_example("Right", row->good);
  return EXIT_GOOD;
}

static int unknown_code(const char *word) {
  const char *names[DIAG_NCODES];
  for (u32 i = 0; i < DIAG_NCODES; i++)
    names[i] = code_rows[i].name;
  const char *near = word_nearest(word, names, DIAG_NCODES);
  return near ? fail(EXIT_USAGE, "no code %s (did you mean %s?)", word, near)
              : fail(EXIT_USAGE, "no code %s; rulec explain lists them", word);
}

static int run(Arena *a, const void *options, const Words *words) {
  (void)options;
  if (!words->n)
    return list_codes();
  char *word = arena_printf(a, "%s", words->at[0]);
  for (char *s = word; *s; s++)
    *s = (char)toupper((u8)*s);
  DiagCode c = diag_code(word);
  return c == DIAG_NCODES ? unknown_code(word) : print_page(c);
}

const Command cmd_explain = {
    .name = "explain",
    .args = "[CODE]",
    .what = "what a code means: why, a bad and a good example",
    .help = "Without a code: all of them. The examples are read behind\n"
            "rules/ops.rules and rules/x64/inst.rules.",
    .most = 1,
    .run = run,
};
