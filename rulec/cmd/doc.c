// `rulec doc`: one page of all rules (rulec/desk/doc.h).
#include "rulec/cmd/command.h"
#include "rulec/desk/doc.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

typedef struct DocOptions {
  bool html, md, ops;
  const char *stats, *verdicts, *out;
  Beside beside;
} DocOptions;

static const char *next_to(Arena *a, const char *file, const char *name) {
  const char *slash = strrchr(file, '/');
  return arena_printf(a, "%.*s%s", (int)(slash ? slash + 1 - file : 0), file,
                      name);
}

static int write_page(const char *path, const Text *t) {
  bool is_stdout = !path || !strcmp(path, "-");
  FILE *f = is_stdout ? stdout : fopen(path, "w");
  bool ok = f && fwrite(t->at, 1, t->n, f) == t->n;
  if (f && !is_stdout && fclose(f) != 0)
    ok = false;
  return ok ? EXIT_GOOD : fail(EXIT_INPUT, "%s: %s", path, strerror(errno));
}

static int run(Arena *a, const void *options, const Words *files) {
  const DocOptions *o = options;
  DocPage p;
  if (o->html && (o->md || o->ops))
    return fail(EXIT_USAGE,
                "doc: --html or --md (or --ops, which is Markdown)");
  int status = doc_load(&p, a, &o->beside, files);
  if (status)
    return status;
  doc_verdicts_read(&p, o->verdicts ? o->verdicts
                                    : next_to(a, files->at[0], "verify.cache"));
  if (o->stats && access(o->stats, R_OK))
    return fail(EXIT_INPUT, "%s: %s", o->stats, strerror(errno));
  if (o->stats && !doc_stats(&p, o->stats))
    return fail(EXIT_INPUT, "%s: not what wb stats --json writes", o->stats);
  Text t = {.arena = a};
  if (o->md || o->ops)
    doc_md(&p, &t, o->ops);
  else
    doc_html(&p, &t);
  return write_page(o->out, &t);
}

static const Option rows[] = {
    {"--html", NULL, OPTION_FLAG, offsetof(DocOptions, html),
     "a page for a browser (the default)"},
    {"--md", NULL, OPTION_FLAG, offsetof(DocOptions, md), "Markdown"},
    {"--ops", NULL, OPTION_FLAG, offsetof(DocOptions, ops),
     "the semantics of the ops alone, as Markdown (docs/ops.md)"},
    {"--stats", "FILE", OPTION_WORD, offsetof(DocOptions, stats),
     "what wb stats --json counted: which rules fire, where"},
    {"--verdicts", "FILE", OPTION_WORD, offsetof(DocOptions, verdicts),
     "the cache of rulec verify (default: verify.cache beside the first file)"},
    {"-o", "FILE", OPTION_WORD, offsetof(DocOptions, out),
     "where to write (default: stdout)"},
    BUILTIN_OPTION(DocOptions, beside),
    {0},
};

const Command cmd_doc = {
    .name = "doc",
    .args = "[--html|--md|--ops] [--stats FILE] [-o FILE] FILE...",
    .what = "one page of all rules",
    .help = "Every declaration with its comment, its verdict, its cost before "
            "and\n"
            "after, and what wb stats counted. With --builtin the page is of "
            "the\n"
            "given files alone.",
    .options = rows,
    .size = sizeof(DocOptions),
    .least = 1,
    .run = run,
};
