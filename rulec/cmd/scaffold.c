// `rulec scaffold`: writes examples for rules.
#include "rulec/test/scaffold.h"
#include "rulec/cmd/beside.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct ScaffoldOptions {
  Words with;
  bool brief, write;
  Beside beside;
} ScaffoldOptions;

typedef struct Insert { // into a file, behind a declaration
  const Source *src;
  u32 at;
  const char *text;
} Insert;

typedef struct Writing {
  RuleSet r;
  const ScaffoldOptions *o;
  VEC(Insert) inserts; // by file and place
  u32 rules, bare;
} Writing;

static void print_lines(const Rule *rule, const Scaffold *s) {
  printf("; %s\n", rule->decl->name.s);
  if (s->why)
    printf(";   %s\n", s->why);
  for (u32 i = 0; i < s->lines.n; i++)
    printf("  %s%*s; %s\n", s->lines.at[i].text,
           strlen(s->lines.at[i].text) < 70
               ? (int)(70 - strlen(s->lines.at[i].text))
               : 1,
           "", s->lines.at[i].what);
}

static void note_lines(Writing *w, const Rule *rule, const Scaffold *s) {
  Text t = {.arena = w->r.arena};
  for (u32 i = 0; i < s->lines.n; i++)
    text_add(&t, "\n  %s", s->lines.at[i].text);
  Loc whole = rule->decl->whole;
  Insert x = {whole.src, whole.at + whole.len, text_str(&t)};
  vec_push(w->r.arena, &w->inserts, x);
}

static void scaffold(Writing *w, const char *glob) {
  const Sema *s = w->r.own;
  for (u32 i = 0; i < sema_nrules(s); i++) {
    const Rule *rule = sema_rule(s, i);
    if (rule->is_remat || fnmatch(glob, rule->decl->name.s, 0))
      continue;
    w->rules++;
    Scaffold lines = scaffold_rule(&w->r, rule, w->o->brief);
    w->bare += !lines.lines.n;
    if (w->o->write && !rule->decl->nexamples)
      note_lines(w, rule, &lines);
    else
      print_lines(rule, &lines);
  }
}

// Rewrites come in the order of their files, then lowerings: inserts of a file
// are brought together, from top to bottom.
static int by_place(const void *x, const void *y) {
  const Insert *a = x, *b = y;
  const int paths = strcmp(a->src->path, b->src->path);
  return paths ? paths : a->at < b->at ? -1 : a->at > b->at;
}

static int write_file(Writing *w, u32 from, u32 to) {
  const Source *src = w->inserts.at[from].src;
  FILE *f = fopen(src->path, "w");
  u32 at = 0;
  if (f && src->mark)
    fputs(BYTE_ORDER_MARK, f);
  for (u32 i = from; f && i < to; i++) {
    const Insert *x = &w->inserts.at[i];
    fwrite(src->text + at, 1, x->at - at, f);
    fputs(x->text, f);
    at = x->at;
  }
  if (f)
    fwrite(src->text + at, 1, src->size - at, f);
  if (!f || fclose(f))
    return fail(EXIT_INPUT, "%s: %s", src->path, strerror(errno));
  return EXIT_GOOD;
}

static int write_all(Writing *w) {
  int status = EXIT_GOOD;
  if (w->inserts.n)
    qsort(w->inserts.at, w->inserts.n, sizeof *w->inserts.at, by_place);
  for (u32 i = 0, k; i < w->inserts.n && !status; i = k) {
    for (k = i;
         k < w->inserts.n && w->inserts.at[k].src == w->inserts.at[i].src;)
      k++;
    status = write_file(w, i, k);
  }
  return status;
}

static int run(Arena *a, const void *options, const Words *words) {
  Writing w = {.o = options};
  const ScaffoldOptions *o = options;
  Words files = {.at = words->at + 1, .n = words->n - 1};
  rules_begin(&w.r, a);
  int status = o->beside.builtin ? rules_read_beside(&w.r, &o->beside, &files)
                                 : rules_read_with(&w.r, &o->with, &files);
  if (status)
    return status;
  rules_resolve(&w.r);
  w.r.sema = w.r.own;
  if (!w.r.diags.errors)
    scaffold(&w, words->at[0]);
  rules_finish(&w.r);
  status = rules_report(&w.r);
  if (!status && !w.rules)
    return fail(EXIT_USAGE, "scaffold: no rule is called %s", words->at[0]);
  status = status ? status : write_all(&w);
  return status ? status : w.bare ? EXIT_BAD : EXIT_GOOD;
}

static const Option options[] = {
    {"--brief", NULL, OPTION_FLAG, offsetof(ScaffoldOptions, brief),
     "one that fires, and one that does not if there is a guard"},
    {"--write", NULL, OPTION_FLAG, offsetof(ScaffoldOptions, write),
     "into the files, below those of the rules that have none"},
    {"--with", "FILE", OPTION_LIST, offsetof(ScaffoldOptions, with),
     "its declarations are known, it has no rules (repeatable)"},
    BUILTIN_OPTION(ScaffoldOptions, beside),
    {0},
};

const Command cmd_scaffold = {
    .name = "scaffold",
    .args = "RULE FILE...",
    .what = "write examples for a rule",
    .help =
        "RULE is a name or a glob. Writes examples that pass: one that fires,\n"
        "one for each part of the guard that keeps it from firing, each order\n"
        "of operands, all leaves one value, each type; of a `lower` rule that\n"
        "sinks a load, one where the load has another use. Read them before "
        "you\n"
        "keep them: they say what the rule does, not what it should do.",
    .options = options,
    .size = sizeof(ScaffoldOptions),
    .least = 2,
    .run = run,
};
