// The page as data: each file's comments and declarations in their order (a
// comment directly above a declaration is its own, `; --- title ---` is a
// heading), then what other commands found out: the counts of `wb stats --json`
// by rule, the verdicts of verify's cache by kind and name. Clauses are cut
// from the formatter's items, so that the page shows them as they are written.
#include "rulec/desk/doc.h"
#include "rule_gram.h"

#include <jansson.h>
#include <stdlib.h>

const char *const doc_verdicts[DV_COUNT] = {[DV_NONE] = "",
                                            [DV_PROVED] = "proved",
                                            [DV_BOUNDED] = "bounded",
                                            [DV_UNKNOWN] = "unknown",
                                            [DV_REFUTED] = "refuted"};

// --- files in order -----------------------------------------------------

// `; --- integers ----`: the title, or null.
static const char *heading(Arena *a, const FmtItem *c) {
  const char *s = c->at + 1, *end = c->at + c->n;
  while (s < end && *s == ' ')
    s++;
  if (end - s < 5 || memcmp(s, "---", 3) != 0)
    return NULL;
  while (s < end && (*s == '-' || *s == ' '))
    s++;
  while (end > s && (end[-1] == '-' || end[-1] == ' '))
    end--;
  return arena_strndup(a, s, (size_t)(end - s));
}

static void add_line(Text *t, const FmtItem *c) {
  u32 skip = c->n > 1 && c->at[1] == ' ' ? 2 : 1;
  text_put(t, c->at + skip, c->n > skip ? c->n - skip : 0);
  text_put(t, "\n", 1);
}

// Comments from i on that belong together; returns the item behind them.
static u32 comment_block(Arena *a, const FmtItems *s, u32 i, DocEntry *e) {
  Text t = {.arena = a};
  *e = (DocEntry){.title = heading(a, &s->at[i])};
  if (!e->title)
    add_line(&t, &s->at[i]);
  for (i++; i < s->n && s->at[i].comment && s->at[i].newlines == 1; i++)
    add_line(&t, &s->at[i]);
  e->text = t.n ? text_str(&t) : NULL;
  return i;
}

static const Decl *decl_at(const DocPage *p, const Source *src, u32 at) {
  Decl *const *decls = p->rules.parser.decls.at;
  u32 lo = 0, hi = p->rules.parser.decls.n;
  while (lo < hi) { // as they were read: in order of files and positions
    u32 mid = (lo + hi) / 2;
    Loc l = decls[mid]->whole;
    if (l.src == src && l.at == at)
      return decls[mid];
    bool before = l.src != src ? l.src->index < src->index : l.at < at;
    lo = before ? mid + 1 : lo;
    hi = before ? hi : mid;
  }
  return NULL;
}

static void fill_file(DocPage *p, DocFile *f) {
  Arena *a = p->arena;
  Diags quiet = {.arena = a};
  f->items = fmt_items(a, &quiet, f->src);
  fmt_roles(a, &f->items);
  for (u32 i = 0; i < f->items.n;) {
    const FmtItem *t = &f->items.at[i];
    DocEntry e;
    if (!t->comment) {
      const Decl *d =
          t->decl == i ? decl_at(p, f->src, (u32)(t->at - f->src->text)) : NULL;
      e = (DocEntry){.decl = d, .text = d ? d->doc : NULL};
      if (d)
        vec_push(a, f, e);
      i++;
      continue;
    }
    if (!t->column1) { // belongs to the declaration
      i++;
      continue;
    }
    u32 next = comment_block(a, &f->items, i, &e);
    bool above = next < f->items.n && f->items.at[next].newlines == 1;
    if (!above || e.title) // else it is the next declaration's own
      vec_push(a, f, e);
    i = next;
  }
}

// From the folder of the rules on: the page says the same wherever it is made.
static const char *short_path(const char *path) {
  const char *at = strstr(path, "rules/");
  return at && (at == path || at[-1] == '/') ? at : path;
}

int doc_load(DocPage *p, Arena *a, const Beside *b, const Words *files) {
  *p = (DocPage){.arena = a};
  int status = rules_load_beside(&p->rules, a, b, files);
  if (status)
    return status;
  symbols_build(&p->symbols, a, &p->rules.names, &p->rules.ast);
  u32 n = p->rules.parser.decls.n;
  p->files = arena_array0(a, DocFile, n + 1);
  for (u32 i = 0; i < n; i++) {
    const Source *src = p->rules.parser.decls.at[i]->whole.src;
    if ((p->nfiles && p->files[p->nfiles - 1].src == src) ||
        src->index < p->rules.first_own)
      continue;
    p->files[p->nfiles].src = src;
    p->files[p->nfiles++].path = short_path(src->path);
  }
  for (u32 i = 0; i < p->nfiles; i++)
    fill_file(p, &p->files[i]);
  return EXIT_GOOD;
}

static bool is_rule(const Decl *d) {
  return d && (d->kind == DECL_RULE || d->kind == DECL_SKELETON ||
               d->kind == DECL_REMAT || d->kind == DECL_LOWER);
}

// --- counts ---------------------------------------------------------------

static u64 count_at(const json_t *row, size_t i) {
  json_int_t v = json_integer_value(json_array_get(row, i));
  return v > 0 ? (u64)v : 0;
}

static void add_counts(DocEntry *e, const json_t *row) {
  DocCounts *c = &e->counts;
  c->tried += count_at(row, 0);
  c->matched += count_at(row, 1);
  c->inserted += count_at(row, 2);
  c->subsumed += count_at(row, 4);
  c->extracted += count_at(row, 5);
  c->programs += count_at(row, 1) > 0;
}

static void add_lowered(DocEntry *e, const json_t *times) {
  const json_int_t v = json_integer_value(times);
  e->counts.matched += v > 0 ? (u64)v : 0;
  e->counts.programs += v > 0;
}

bool doc_stats(DocPage *p, const char *path) {
  json_error_t err;
  json_t *doc = json_load_file(path, 0, &err);
  const json_t *inputs = json_object_get(doc, "inputs");
  const char *schema = json_string_value(json_object_get(doc, "schema"));
  bool good =
      json_is_array(inputs) && schema && strncmp(schema, "wb.stats/", 9) == 0;
  for (size_t i = 0; good && i < json_array_size(inputs); i++) {
    const json_t *input = json_array_get(inputs, i);
    const json_t *rules = json_object_get(input, "rules");
    const json_t *lowered = json_object_get(input, "lowered");
    p->programs += json_is_object(rules);
    for (u32 k = 0; k < p->nfiles; k++)
      for (u32 j = 0; j < p->files[k].n; j++) {
        DocEntry *e = &p->files[k].at[j];
        if (!is_rule(e->decl) || (e->decl->kind == DECL_LOWER && !lowered))
          continue;
        e->counted = true;
        if (e->decl->kind == DECL_LOWER)
          add_lowered(e, json_object_get(lowered, e->decl->name.s));
        else
          add_counts(e, json_object_get(rules, e->decl->name.s));
      }
  }
  json_decref(doc);
  return good;
}

// --- verdicts ---------------------------------------------------------------

static DocVerdict verdict_of(const char *s, size_t n) {
  for (u32 i = 1; i < DV_COUNT; i++)
    if (strlen(doc_verdicts[i]) == n && !memcmp(doc_verdicts[i], s, n))
      return (DocVerdict)i;
  return DV_NONE;
}

static bool same_word(const char *a, const char *s, size_t n) {
  return strlen(a) == n && memcmp(a, s, n) == 0;
}

// A claim about one declaration, by kind and name.
static void take_verdict(DocPage *p, DocVerdict v, const char *name, size_t n,
                         bool about_op) {
  for (u32 k = 0; k < p->nfiles; k++)
    for (u32 j = 0; j < p->files[k].n; j++) {
      DocEntry *e = &p->files[k].at[j];
      if (!e->decl || is_rule(e->decl) == about_op ||
          !same_word(e->decl->name.s, name, n))
        continue;
      e->claims++;
      e->proved += v == DV_PROVED;
      e->verdict = v > e->verdict ? v : e->verdict;
    }
}

// `KEY VERDICT KIND NAME AT`, one claim a line.
static void read_claim(DocPage *p, const char *line) {
  const char *word[4];
  size_t len[4];
  for (u32 i = 0; i < 4; i++) {
    word[i] = line;
    len[i] = strcspn(line, " \n");
    line += len[i];
    if (i < 3 && *line != ' ')
      return;
    line += *line == ' ';
  }
  DocVerdict v = verdict_of(word[1], len[1]);
  bool rule = same_word("rule", word[2], len[2]) ||
              same_word("skeleton", word[2], len[2]) ||
              same_word("remat", word[2], len[2]) ||
              same_word("lower", word[2], len[2]);
  if (v != DV_NONE)
    take_verdict(p, v, word[3], len[3], !rule);
}

void doc_verdicts_read(DocPage *p, const char *path) {
  u8 *bytes;
  size_t size;
  if (file_read(p->arena, path, &bytes, &size))
    return;
  const char *at = arena_strndup(p->arena, (const char *)bytes, size);
  for (; *at; at += strcspn(at, "\n"), at += *at == '\n')
    read_claim(p, at);
}

// --- clauses
// ------------------------------------------------------------------

u32 doc_item(const DocFile *f, const Decl *d) {
  u32 lo = 0, hi = f->items.n;
  while (lo < hi) {
    u32 mid = (lo + hi) / 2;
    bool before = f->items.at[mid].at < f->src->text + d->whole.at;
    lo = before ? mid + 1 : lo;
    hi = before ? hi : mid;
  }
  return lo;
}

// Items from..to on one line.
static const char *one_line(Arena *a, const FmtItems *s, u32 from, u32 to) {
  Text t = {.arena = a};
  bool first = true;
  for (u32 i = from; i < to; i++) {
    if (s->at[i].comment)
      continue;
    if (!first && (s->at[i - 1].comment || fmt_gap(s, i)))
      text_put(&t, " ", 1);
    text_put(&t, s->at[i].at, s->at[i].n);
    first = false;
  }
  return text_str(&t);
}

static bool starts_clause(const FmtItem *t) {
  return t->starts && t->level == 0 && t->kind != TK_ARROW &&
         t->kind != TK_ENCKIND && t->kind != TK_ENCFORM;
}

DocClauses doc_clauses(Arena *a, const DocFile *f, const Decl *d,
                       const char **head) {
  const FmtItems *s = &f->items;
  DocClauses out = {0};
  u32 first = doc_item(f, d), from = first + 1, end = first + 1;
  while (end < s->n && s->at[end].decl == first)
    end++;
  *head = NULL;
  for (u32 i = first + 1; i <= end; i++) {
    if (i < end && !starts_clause(&s->at[i]))
      continue;
    if (!*head)
      *head = one_line(a, s, from, i);
    else
      vec_push(a, &out,
               ((DocClause){one_line(a, s, from, from + 1),
                            one_line(a, s, from + 1, i)}));
    from = i;
  }
  return out;
}
