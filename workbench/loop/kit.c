// What the loop needs and where it is. configure writes rules.kit beside wb;
// `ninja install` writes one to share/rulewright/. A line is a key and a path,
// relative to the file's own folder:
//
//     cc gcc              the C compiler that configure found
//     rules DIR           ops.rules, mid/ and x64/ are there
//     include DIR         headers for generated code (several)
//
// $CC goes before cc. rulec is the one beside wb.
#include "workbench/loop/loop.h"

#include <dirent.h>
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

static int by_name(const void *x, const void *y) {
  return strcmp(*(const char *const *)x, *(const char *const *)y);
}

// All rule files of a folder, by name.
static int find_folder(Arena *a, StrList *to, const char *folder) {
  StrList files = {0};
  DIR *d = opendir(folder);
  if (!d)
    return fail(EXIT_INPUT, "--rules: %s: %s", folder, strerror(errno));
  for (struct dirent *e; (e = readdir(d));) {
    size_t n = strlen(e->d_name);
    if (n > 6 && !strcmp(e->d_name + n - 6, ".rules"))
      vec_push(a, &files.s, arena_printf(a, "%s/%s", folder, e->d_name));
  }
  closedir(d);
  if (files.s.n)
    qsort(files.s.at, files.s.n, sizeof *files.s.at, by_name);
  for (u32 k = 0; k < files.s.n; k++)
    vec_push(a, &to->s, files.s.at[k]);
  return EXIT_GOOD;
}

// The ops, and the rules that are built in: their `fn`, `def` and `types` can
// be used in files that are loaded.
static int find_rules(Arena *a, Kit *kit, const char *folder) {
  vec_push(a, &kit->with.s, arena_printf(a, "%s/ops.rules", folder));
  int status = find_folder(a, &kit->with, arena_printf(a, "%s/mid", folder));
  return status
             ? status
             : find_folder(a, &kit->target, arena_printf(a, "%s/x64", folder));
}

static int read_line(Arena *a, Kit *kit, const char *folder, char *line) {
  char *value = strchr(line, ' ');
  if (!value)
    return EXIT_GOOD;
  *value++ = 0;
  if (!strcmp(line, "cc"))
    kit->cc = value;
  if (!strcmp(line, "include"))
    vec_push(a, &kit->includes.s, absolute(a, folder, value));
  if (!strcmp(line, "rules"))
    return find_rules(a, kit, absolute(a, folder, value));
  return EXIT_GOOD;
}

static int read_kit(Arena *a, Kit *kit, const char *folder, const u8 *bytes,
                    size_t size) {
  char *text = arena_strndup(a, (const char *)bytes, size), *next;
  int status = EXIT_GOOD;
  for (char *line = text; line && !status; line = next) {
    next = strchr(line, '\n');
    if (next)
      *next++ = 0;
    status = read_line(a, kit, folder, line);
  }
  return status;
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
  int status = read_kit(a, kit, folder, bytes, size);
  if (getenv("CC") && *getenv("CC"))
    kit->cc = getenv("CC");
  return status;
}
