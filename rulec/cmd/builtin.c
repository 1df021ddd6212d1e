#include "rulec/cmd/builtin.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const char *builtin_path(Arena *a) {
  static const char *const places[] = {"gen/builtin.rules",
                                       "../share/rulewright/builtin.rules"};
  char own[4096];
  ssize_t n = readlink("/proc/self/exe", own, sizeof own - 1);
  while (n > 0 && own[n - 1] != '/')
    n--;
  for (u32 i = 0; n > 0 && i < sizeof places / sizeof *places; i++) {
    const char *path = arena_printf(a, "%.*s%s", (int)n, own, places[i]);
    char *real = access(path, R_OK) ? NULL : realpath(path, NULL);
    if (!real)
      continue;
    path = arena_strndup(a, real, strlen(real)); // as an editor names it
    free(real);
    return path;
  }
  return NULL;
}

void builtin_head(Text *out, bool target, u32 size, const char *name) {
  text_add(out, ";; %s %u %s\n", target ? "TARGET" : "FILE", size, name);
}

// ";; FILE 1234 rules/ops.rules", a line, and so many bytes; TARGET for FILE
// where machine things are in it. Moves *at behind it.
static bool read_piece(Arena *a, const BuiltinRules *b, u32 *at,
                       BuiltinPiece *out) {
  const char *line = b->text + *at, *stop = strchr(line, '\n');
  char word[8], *name;
  if (!stop || sscanf(line, ";; %7[A-Z] ", word) != 1)
    return false;
  size_t size = strtoul(line + 4 + strlen(word), &name, 10);
  u32 from = (u32)(stop + 1 - b->text);
  if (*name != ' ' || size > b->size - from)
    return false;
  *out = (BuiltinPiece){
      .src = {.path = arena_strndup(a, name + 1, (size_t)(stop - name - 1)),
              .text = arena_strndup(a, stop + 1, size),
              .size = (u32)size},
      .at = from,
      .target = !strcmp(word, "TARGET")};
  *at = from + (u32)size;
  return true;
}

bool builtin_read(Arena *a, const char *path, BuiltinRules *out) {
  u8 *bytes;
  size_t size;
  if (file_read(a, path, &bytes, &size) || size > 1u << 28)
    return false;
  *out = (BuiltinRules){.path = path,
                        .text = arena_strndup(a, (const char *)bytes, size),
                        .size = (u32)size};
  VEC(BuiltinPiece) v = {0};
  for (u32 at = 0; at < out->size;) {
    BuiltinPiece p;
    if (!read_piece(a, out, &at, &p))
      return false;
    p.src.index = v.n;
    vec_push(a, &v, p);
  }
  out->at = v.at;
  out->n = v.n;
  return true;
}

const BuiltinPiece *builtin_piece(const BuiltinRules *b, const Source *src) {
  for (u32 i = 0; b && i < b->n; i++)
    if (&b->at[i].src == src)
      return &b->at[i];
  return NULL;
}
