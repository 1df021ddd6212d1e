// Reads the words of a command line by the command's table of options.
#include "rulec/cmd/command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int fail(int status, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  fputs("rulec: ", stderr);
  vfprintf(stderr, fmt, ap);
  fputc('\n', stderr);
  va_end(ap);
  return status;
}

// Dashes do not make words more alike.
static int unknown_option(const Command *c, const char *word) {
  const u32 dashes = word[1] == '-' ? 2 : 1;
  const char *names[32];
  u32 n = 0;
  for (const Option *o = c->options; o && o->name; o++)
    if ((o->name[1] == '-') == (dashes == 2))
      names[n++] = o->name + dashes;
  const char *near = word_nearest(word + dashes, names, n);
  return near ? fail(EXIT_USAGE, "%s: unknown option %s (did you mean %s?)",
                     c->name, word, near - dashes)
              : fail(EXIT_USAGE, "%s: unknown option %s; see rulec help %s",
                     c->name, word, c->name);
}

// The row of a word, and its value if it stands in the same word:
// --name=VALUE, -jVALUE.
static const Option *match(const Command *c, const char *word,
                           const char **value) {
  size_t n = word[1] == '-' ? strcspn(word, "=") : 2;
  *value = word[1] == '-' ? (word[n] ? word + n + 1 : NULL)
                          : (word[n] ? word + n : NULL);
  for (const Option *o = c->options; o && o->name; o++)
    if (strlen(o->name) == n && !memcmp(o->name, word, n))
      return o;
  return NULL;
}

static int set(Arena *a, const Command *c, const Option *o, void *options,
               const char *value) {
  void *at = (u8 *)options + o->at;
  char *end;
  switch (o->kind) {
  case OPTION_FLAG: *(bool *)at = true; break;
  case OPTION_WORD: *(const char **)at = value; break;
  case OPTION_LIST: vec_push(a, (Words *)at, value); break;
  case OPTION_NUMBER:
    errno = 0;
    *(u32 *)at = (u32)strtoul(value, &end, 10);
    if (*value < '0' || *value > '9' || *end || errno || strlen(value) > 6 ||
        !*(u32 *)at)
      return fail(EXIT_USAGE, "%s: %s wants a number from 1 on, not '%s'",
                  c->name, o->name, value);
    break;
  }
  return EXIT_GOOD;
}

static int take(Arena *a, const Command *c, int argc, char **argv, int *k,
                void *options) {
  const char *value;
  const Option *o = match(c, argv[*k], &value);
  if (!o)
    return unknown_option(c, argv[*k]);
  if (!o->arg && value)
    return fail(EXIT_USAGE, "%s: %s takes no value", c->name, o->name);
  if (o->arg && !value && *k + 1 < argc)
    value = argv[++*k];
  if (o->arg && !value)
    return fail(EXIT_USAGE, "%s: %s wants %s", c->name, o->name, o->arg);
  return set(a, c, o, options, value);
}

static int count_words(const Command *c, const Words *words) {
  if (words->n < c->least)
    return fail(EXIT_USAGE, "too few words: rulec %s %s; see rulec help %s",
                c->name, c->args, c->name);
  if (c->most && words->n > c->most)
    return fail(EXIT_USAGE, "%s: '%s' is one word too many; see rulec help %s",
                c->name, words->at[c->most], c->name);
  return EXIT_GOOD;
}

int options_read(Arena *a, const Command *c, int argc, char **argv,
                 void *options, Words *words) {
  bool words_only = false;
  for (int k = 2; k < argc; k++) {
    const char *w = argv[k];
    if (words_only || w[0] != '-' || !w[1]) {
      vec_push(a, words, w);
    } else if (!strcmp(w, "--")) {
      words_only = true;
    } else {
      int status = take(a, c, argc, argv, &k, options);
      if (status)
        return status;
    }
  }
  return count_words(c, words);
}

void options_print(const Option *rows) {
  for (const Option *o = rows; o && o->name; o++) {
    char left[64];
    const char *sign = !o->arg ? "" : o->name[1] == '-' ? "=" : " ";
    snprintf(left, sizeof left, "%s%s%s", o->name, sign, o->arg ? o->arg : "");
    printf("  %-22s %s\n", left, o->help);
  }
}
