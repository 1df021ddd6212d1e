// `rulec fmt`: puts files in the house's layout, or says which are not in it.
#include "rulec/cmd/command.h"
#include "rulec/desk/fmt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct FmtOptions {
  bool check;
} FmtOptions;

static int bad_file(const char *path) {
  return fail(EXIT_INPUT, "%s: %s", path, strerror(errno));
}

static bool read_stdin(Arena *a, Text *t) {
  char buf[4096];
  *t = (Text){.arena = a};
  for (size_t n; (n = fread(buf, 1, sizeof buf, stdin)) > 0;)
    text_put(t, buf, n);
  (void)text_str(t);
  return !ferror(stdin) && t->n <= 1u << 28;
}

static bool read_text(Arena *a, const char *path, Text *t) {
  u8 *bytes;
  size_t size;
  if (!strcmp(path, "-"))
    return read_stdin(a, t);
  int err = file_read(a, path, &bytes, &size);
  if (!err && size > 1u << 28)
    err = EFBIG;
  errno = err;
  if (err)
    return false;
  *t = (Text){.arena = a};
  text_put(t, (const char *)bytes, size);
  (void)text_str(t);
  return true;
}

// Beside the file and then in its place: an author's text is never half there.
static bool replace_file(Arena *a, const char *path, const Text *t) {
  struct stat old;
  char *real = realpath(path, NULL);
  if (!real || stat(real, &old) != 0) {
    free(real);
    return false;
  }
  const char *to = arena_strndup(a, real, strlen(real));
  free(real);
  char *beside = arena_printf(a, "%s.XXXXXX", to);
  int fd = mkstemp(beside);
  FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
  bool ok = f && fwrite(t->at, 1, t->n, f) == t->n &&
            fchmod(fd, old.st_mode & 07777) == 0;
  if (f && fclose(f) != 0)
    ok = false;
  ok = ok && rename(beside, to) == 0;
  if (!ok && fd >= 0)
    unlink(beside);
  return ok;
}

// The first line that differs, from 1.
static u32 first_line(const Text *x, const Text *y) {
  u32 line = 1;
  for (u32 i = 0; i < x->n && i < y->n && x->at[i] == y->at[i]; i++)
    line += x->at[i] == '\n';
  return line;
}

static int finish(Arena *a, const FmtOptions *o, const char *path,
                  const Text *in, const Text *out) {
  bool same = in->n == out->n && memcmp(in->at, out->at, in->n) == 0;
  if (o->check) {
    if (!same)
      printf("%s:%u: not formatted\n", path, first_line(in, out));
    return same ? EXIT_GOOD : EXIT_BAD;
  }
  if (!strcmp(path, "-"))
    fwrite(out->at, 1, out->n, stdout);
  else if (!same && !replace_file(a, path, out))
    return bad_file(path);
  return EXIT_GOOD;
}

static int format(Arena *a, const FmtOptions *o, const char *path) {
  Text in, out;
  if (!read_text(a, path, &in))
    return bad_file(path);
  RuleSet r;
  rules_begin(&r, a);
  u32 mark = mark_size(in.at, in.n);
  Source src = {strcmp(path, "-") ? path : "(stdin)", in.at + mark, in.n - mark,
                0, mark};
  FmtResult result = fmt_source(a, &r.diags, &src, &out);
  if (result == FMT_SYNTAX) {
    rules_finish(&r);
    return rules_report(&r);
  }
  if (result == FMT_BUG)
    return fail(EXIT_BUG,
                "%s: formatting would change more than layout; the "
                "file is as it was",
                src.path);
  Text whole = {.arena = a}; // the mark stays
  text_put(&whole, in.at, mark);
  text_put(&whole, out.at, out.n);
  return finish(a, o, path, &in, &whole);
}

static int run(Arena *a, const void *options, const Words *files) {
  (void)a;
  int worst = EXIT_GOOD;
  for (u32 i = 0; i < files->n; i++) {
    Arena mine = {0};
    int status = format(&mine, options, files->at[i]);
    worst = worst < status ? status : worst;
    arena_free(&mine);
  }
  return worst;
}

static const Option options[] = {
    {"--check", NULL, OPTION_FLAG, offsetof(FmtOptions, check),
     "write nothing; name the files that are not formatted, status 1"},
    {0},
};

const Command cmd_fmt = {
    .name = "fmt",
    .args = "[--check] FILE... | -",
    .what = "put files in the house's layout",
    .help =
        "Files are changed in place, - reads stdin and writes stdout. Line\n"
        "breaks, comments and blank lines stay; blanks, indents and columns\n"
        "are set; a rule of more than 100 columns breaks before its =>. A\n"
        "file with syntax errors is left alone.",
    .options = options,
    .size = sizeof(FmtOptions),
    .least = 1,
    .run = run,
};
