// `rulec tags`: where everything is declared, in the format of ctags, which vim
// and others read. An instruction is found with and without its `x64.`.
#include "rulec/cmd/beside.h"
#include "rulec/desk/symbols.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct TagsOptions {
  const char *out;
  Beside beside;
} TagsOptions;

typedef struct Tag {
  const char *name, *line; // line: as it stands in the tag file
} Tag;

static const char kind_letters[SY_COUNT] = {
    [SY_TYPES] = 't', [SY_CODE] = 'c', [SY_MEMBER] = 'e', [SY_OP] = 'o',
    [SY_RULE] = 'r',  [SY_FN] = 'f',   [SY_DEF] = 'd',    [SY_INST] = 'i',
    [SY_TERM] = 'm',  [SY_DATA] = 'u', [SY_CTOR] = 'k'};

// `/^the line$/;"`: survives edits elsewhere in the file.
static void add_pattern(Text *t, Loc loc) {
  const char *text = loc.src->text;
  u32 from = loc.at, to = loc.at;
  while (from > 0 && text[from - 1] != '\n')
    from--;
  while (to < loc.src->size && text[to] != '\n' && to - from < 200)
    to++;
  bool whole = to == loc.src->size || text[to] == '\n';
  to -= whole && to > from && text[to - 1] == '\r'; // editors do not show it
  text_add(t, "/^");
  for (u32 i = from; i < to; i++) {
    if (text[i] == '/' || text[i] == '\\')
      text_put(t, "\\", 1);
    text_put(t, text + i, 1);
  }
  text_add(t, "%s/;\"", whole ? "$" : "");
}

// Line of a place; places of a file come in order.
typedef struct Count {
  const Source *src;
  u32 at, line;
} Count;

static u32 line_of(Count *c, Loc loc) {
  if (c->src != loc.src || loc.at < c->at)
    *c = (Count){loc.src, 0, 1};
  for (; c->at < loc.at && c->at < loc.src->size; c->at++)
    c->line += loc.src->text[c->at] == '\n';
  return c->line;
}

// The lines of builtin.rules before a piece of it.
static u32 lines_before(const BuiltinRules *b, const BuiltinPiece *piece) {
  u32 n = 0;
  for (u32 i = 0; i < piece->at; i++)
    n += b->text[i] == '\n';
  return n;
}

// What is built in stands in builtin.rules.
static void add_tag(const RuleSet *r, Text *t, const Symbol *y,
                    const char *name, u32 line) {
  const BuiltinPiece *piece = builtin_piece(r->builtin, y->loc.src);
  *t = (Text){.arena = r->arena};
  text_add(t, "%s\t%s\t", name, piece ? r->builtin->path : y->loc.src->path);
  line += piece ? lines_before(r->builtin, piece) : 0;
  add_pattern(t, y->loc);
  text_add(t, "\t%c\tline:%u", kind_letters[y->kind], line);
  if (y->kind == SY_MEMBER)
    text_add(t, "\tcode:%s", y->decl->name.s);
  if (y->kind == SY_CTOR)
    text_add(t, "\tdata:%s", y->decl->name.s);
  text_add(t, "\n");
}

static int by_line(const void *x, const void *y) {
  return strcmp(((const Tag *)x)->line, ((const Tag *)y)->line);
}

static void print_tags(const RuleSet *r, const Symbols *s, FILE *f) {
  VEC(Tag) tags = {0};
  Text t;
  Count count = {0};
  for (u32 i = 0; i < s->n; i++) {
    const Symbol *y = &s->at[i];
    if (symbol_is_local(y))
      break;
    u32 line = line_of(&count, y->loc);
    const char *names[2] = {y->name, NULL};
    if (y->kind == SY_INST && strchr(y->name, '.'))
      names[1] = strchr(y->name, '.') + 1;
    for (u32 k = 0; k < 2 && names[k]; k++) {
      add_tag(r, &t, y, names[k], line);
      vec_push(s->arena, &tags, ((Tag){names[k], text_str(&t)}));
    }
  }
  if (tags.n)
    qsort(tags.at, tags.n, sizeof *tags.at, by_line);
  fputs("!_TAG_FILE_FORMAT\t2\t/extended format/\n"
        "!_TAG_FILE_SORTED\t1\t/0=unsorted, 1=sorted, 2=foldcase/\n"
        "!_TAG_PROGRAM_NAME\trulec\t//\n",
        f);
  for (u32 i = 0; i < tags.n; i++)
    fputs(tags.at[i].line, f);
}

static int run(Arena *a, const void *options, const Words *files) {
  const TagsOptions *o = options;
  const char *path = o->out ? o->out : "tags";
  RuleSet r;
  rules_begin(&r, a);
  int status = rules_read_beside(&r, &o->beside, files);
  if (status)
    return status;
  Symbols s;
  symbols_build(&s, a, &r.names, &r.ast);
  bool is_stdout = !strcmp(path, "-");
  FILE *f = is_stdout ? stdout : fopen(path, "w");
  if (!f)
    return fail(EXIT_INPUT, "%s: %s", path, strerror(errno));
  print_tags(&r, &s, f);
  if (!is_stdout && (ferror(f) | fclose(f)))
    return fail(EXIT_INPUT, "%s: %s", path, strerror(errno));
  rules_finish(&r);
  return rules_report(&r); // what does not parse has no tags
}

static const Option options[] = {
    {"-o", "FILE", OPTION_WORD, offsetof(TagsOptions, out),
     "where to write (default: tags; - is stdout)"},
    BUILTIN_OPTION(TagsOptions, beside),
    {0},
};

const Command cmd_tags = {
    .name = "tags",
    .args = "[-o FILE] FILE...",
    .what = "a tag file for editors",
    .options = options,
    .size = sizeof(TagsOptions),
    .least = 1,
    .run = run,
};
