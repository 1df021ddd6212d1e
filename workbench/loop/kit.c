// What the loop needs and where it is. configure writes rules.kit beside wb;
// `ninja install` writes one to share/rulewright/. A line is a key and a path,
// relative to the file's own folder:
//
//     cc gcc              the C compiler that configure found
//     rules FILE          the rules that wb was built with: gen/builtin.rules
//     include DIR         headers for generated code (several)
//
// $CC goes before cc. rulec is the one beside wb.
#include "workbench/loop/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static const char *own_folder(Arena *a) {
  char path[4096];
  ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
  while (n > 0 && path[n - 1] != '/')
    n--;
  return n > 1 ? arena_strndup(a, path, (size_t)n - 1) : ".";
}

static const char *absolute(Arena *a, const char *folder, const char *path) {
  return *path == '/' ? path : arena_printf(a, "%s/%s", folder, path);
}

static void read_line(Arena *a, Kit *kit, const char *folder, char *line) {
  char *value = strchr(line, ' ');
  if (!value)
    return;
  *value++ = 0;
  if (!strcmp(line, "cc"))
    kit->cc = value;
  if (!strcmp(line, "include"))
    vec_push(a, &kit->includes.s, absolute(a, folder, value));
  if (!strcmp(line, "rules"))
    kit->builtin = absolute(a, folder, value);
}

static void read_kit(Arena *a, Kit *kit, const char *folder, const u8 *bytes,
                    size_t size) {
  char *text = arena_strndup(a, (const char *)bytes, size), *next;
  for (char *line = text; line; line = next) {
    next = strchr(line, '\n');
    if (next)
      *next++ = 0;
    read_line(a, kit, folder, line);
  }
}

int kit_find(Arena *a, Kit *kit) {
  const char *own = own_folder(a), *folder = own;
  u8 *bytes;
  size_t size;
  *kit = (Kit){.rulec = arena_printf(a, "%s/rulec", own), .cc = "cc"};
  if (file_read(a, arena_printf(a, "%s/rules.kit", own), &bytes, &size)) {
    folder = arena_printf(a, "%s/../share/rulewright", own);
    const char *path = arena_printf(a, "%s/rules.kit", folder);
    int e = file_read(a, path, &bytes, &size);
    if (e)
      return fail(EXIT_INPUT, "--rules: %s: %s", path, strerror(e));
  }
  read_kit(a, kit, folder, bytes, size);
  if (getenv("CC") && *getenv("CC"))
    kit->cc = getenv("CC");
  return kit->builtin ? EXIT_GOOD
                      : fail(EXIT_INPUT, "--rules: rules.kit names no rules");
}
