// Reading an author's files beside the built-in ones (beside.h).
#include "rulec/beside.h"
#include "rulec/with.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool is_rewrite(const Decl *d) {
  return d->kind == DECL_RULE || d->kind == DECL_SKELETON ||
         d->kind == DECL_REMAT;
}

static bool is_lowering(const Decl *d) {
  return d->kind == DECL_LOWER || d->kind == DECL_TERM || d->kind == DECL_DATA;
}

static bool is_own(const RuleSet *r, const Decl *d) {
  return d->loc.src->index >= r->first_own;
}

static bool matches_one(const Words *globs, const char *name) {
  for (u32 i = 0; i < globs->n; i++)
    if (!fnmatch(globs->at[i], name, 0))
      return true;
  return false;
}

bool beside_is_on(const Beside *b, const char *name) {
  return (!b->only.n || matches_one(&b->only, name)) &&
         !matches_one(&b->disable, name);
}

// --- reading ----------------------------------------------------------

// ";; FILE 1234 rules/ops.rules", a line, and so many bytes; TARGET for FILE
// where machine things are in it (gen_builtin.c).
static bool read_piece(RuleSet *r, const char **at, const char *end) {
  const char *line = *at, *stop = memchr(line, '\n', (size_t)(end - line));
  char word[8], *name;
  if (!stop || sscanf(line, ";; %7[A-Z] ", word) != 1)
    return false;
  bool target = !strcmp(word, "TARGET");
  size_t size = strtoul(line + 4 + strlen(word), &name, 10);
  if (*name != ' ' || size > (size_t)(end - stop - 1))
    return false;
  name = arena_strndup(r->arena, name + 1, (size_t)(stop - name - 1));
  if (!target || r->lowers)
    parse_text(&r->parser, name, stop + 1, size);
  *at = stop + 1 + size;
  return true;
}

// gen/builtin.rules beside rulec, or where it was installed.
static int builtin_file(Arena *a, u8 **bytes, size_t *size) {
  static const char *const places[] = {"gen/builtin.rules",
                                       "../share/rulewright/builtin.rules"};
  char own[4096];
  ssize_t n = readlink("/proc/self/exe", own, sizeof own - 1);
  while (n > 0 && own[n - 1] != '/')
    n--;
  for (u32 i = 0; i < 2; i++)
    if (!file_read(a, arena_printf(a, "%.*s%s", (int)n, own, places[i]), bytes,
                   size))
      return EXIT_GOOD;
  return fail(EXIT_INPUT, "--builtin: no %s beside rulec", places[0]);
}

static int read_builtin(RuleSet *r) {
  u8 *bytes;
  size_t size;
  int status = builtin_file(r->arena, &bytes, &size);
  if (status)
    return status;
  char *text = arena_strndup(r->arena, (const char *)bytes, size);
  for (const char *at = text, *end = text + size; at < end;)
    if (!read_piece(r, &at, end))
      return fail(EXIT_INPUT, "--builtin: builtin.rules is broken");
  return EXIT_GOOD;
}

static int read_all(RuleSet *r, const Words *files) {
  int status = read_builtin(r);
  r->first_own = r->parser.nsources;
  r->parser.renamed.n = 0;
  for (u32 i = 0; i < files->n && !status; i++)
    status = parse_file(&r->parser, files->at[i]) ? EXIT_GOOD : EXIT_INPUT;
  return status;
}

// --- what is declared twice -------------------------------------------

typedef enum Group { NOT_REPLACED, REWRITE, LOWER, HELPER } Group;

// Names of one group stand for each other.
static Group group_of(const Decl *d) {
  switch (d->kind) {
  case DECL_RULE:
  case DECL_SKELETON:
  case DECL_REMAT: return REWRITE;
  case DECL_LOWER: return LOWER;
  case DECL_FN:
  case DECL_EXTERN_FN:
  case DECL_DEF:
  case DECL_TERM:
  case DECL_DATA: return HELPER;
  default: return NOT_REPLACED;
  }
}

// The author's declaration of that name, or null.
static Decl *own_namesake(const RuleSet *r, const Decl *d) {
  Group g = group_of(d);
  for (u32 i = r->parser.decls.n; g && i-- > 0;) {
    Decl *o = r->parser.decls.at[i];
    if (!is_own(r, o))
      return NULL;
    if (o->name.s == d->name.s && group_of(o) == g)
      return o;
  }
  return NULL;
}

// Whether all that uses d is made anew: what a file with machine things
// declares, once the author lowers.
static bool is_made_anew(const RuleSet *r, const Decl *d) {
  for (u32 i = 0; i < r->parser.decls.n; i++) {
    const Decl *o = r->parser.decls.at[i];
    if (o->loc.src == d->loc.src &&
        (is_lowering(o) || o->kind == DECL_INST || o->kind == DECL_SEQ))
      return true;
  }
  return false;
}

// Each helper of built-in rewrites that is declared anew, and its other name.
static void find_renamed(RuleSet *r) {
  for (u32 i = 0; i < r->parser.decls.n; i++) {
    const Decl *d = r->parser.decls.at[i];
    if (is_own(r, d) || group_of(d) != HELPER || !own_namesake(r, d) ||
        is_made_anew(r, d))
      continue;
    const char *other = arena_printf(r->arena, "%s'", d->name.s);
    vec_push(r->arena, &r->parser.renamed, d->name.s);
    vec_push(r->arena, &r->parser.renamed,
             names_intern(&r->names, other, strlen(other)));
  }
}

static bool finds_lowering(const RuleSet *r) {
  for (u32 i = 0; i < r->parser.decls.n; i++)
    if (is_own(r, r->parser.decls.at[i]) && is_lowering(r->parser.decls.at[i]))
      return true;
  return false;
}

static int read_again(RuleSet *r, const Words *files) {
  r->diags = (Diags){.arena = r->arena};
  r->parser.decls.n = r->parser.nsources = 0;
  r->parser.counted = (Loc){0};
  return read_all(r, files);
}

// What has to be known before, is known after: whether the author lowers, so
// that machine things are wanted, and which names of his meet those of built-in
// rewrites, which go on using their own.
static int read_known(RuleSet *r, const Words *files) {
  int status = read_all(r, files);
  if (status)
    return status;
  r->lowers = finds_lowering(r);
  if (r->lowers)
    status = read_again(r, files);
  find_renamed(r);
  if (!status && r->parser.renamed.n)
    status = read_again(r, files);
  return status;
}

static Decl *without_examples(Arena *a, const Decl *d) {
  Decl *copy = arena_new(a, Decl);
  *copy = *d;
  copy->nexamples = 0;
  return copy;
}

// What stands at the place of the built-in declaration d: itself, the author's
// of that name, or nothing.
static Decl *at_its_place(const RuleSet *r, const Beside *b, Decl *d) {
  Decl *o = own_namesake(r, d);
  if (b->alone && is_rewrite(d))
    return NULL;
  if (o || (!is_rewrite(d) && d->kind != DECL_LOWER))
    return o ? o : d;
  return !is_rewrite(d) || beside_is_on(b, d->name.s)
             ? without_examples(r->arena, d)
             : NULL;
}

static void compose(RuleSet *r, const Beside *b) {
  u32 n = r->parser.decls.n;
  bool *placed = arena_array0(r->arena, bool, n + 1);
  r->ast = (Ast){0, arena_array(r->arena, Decl *, n + 1)};
  for (u32 i = 0; i < n; i++) {
    Decl *d = r->parser.decls.at[i];
    if (!is_own(r, d))
      d = at_its_place(r, b, d);
    if (!d || (is_own(r, d) && placed[d->index]))
      continue;
    placed[is_own(r, d) ? d->index : i] = true;
    r->ast.at[r->ast.n++] = d;
  }
  ast_number(&r->ast);
}

int rules_read_beside(RuleSet *r, const Beside *b, const Words *files) {
  if (!b->builtin)
    return rules_read(r, files);
  int status = read_known(r, files);
  r->beside = b;
  if (!status)
    compose(r, b);
  return status;
}

// --- what is said -----------------------------------------------------

static bool is_own_place(const RuleSet *r, Loc loc) {
  return loc.src->index >= r->first_own;
}

void beside_diags(RuleSet *r) {
  Diags *d = &r->diags;
  u32 n = 0;
  for (u32 i = 0; i < d->list.n; i++) {
    Diag x = d->list.at[i];
    bool here = is_own_place(r, x.loc), part = here;
    for (u32 k = 0; k < x.notes.n; k++)
      part |= is_own_place(r, x.notes.at[k].loc);
    part |= r->lowers && x.code == E_GAP; // nothing of his stands there
    x.warning |= !here && x.code != E_GAP;
    if (part)
      d->list.at[n++] = x;
  }
  d->list.n = n;
}

typedef struct Copy { // an author's file beside one of the built-in ones
  u32 both, lacks;
  Text in_both, lacked; // names, the first of them
} Copy;

static void name_one(Text *t, u32 k, const char *name) {
  if (k <= 6)
    text_add(t, k < 6 ? " %s" : " ...", name);
}

static Copy compare(const RuleSet *r, u32 own, const Source *builtin) {
  Copy c = {.in_both = {.arena = r->arena}, .lacked = {.arena = r->arena}};
  for (u32 i = 0; i < r->parser.decls.n; i++) {
    const Decl *d = r->parser.decls.at[i], *o;
    if (d->loc.src != builtin || d->kind == DECL_REMAT ||
        (group_of(d) != REWRITE && group_of(d) != LOWER))
      continue;
    o = own_namesake(r, d);
    if (o && o->loc.src->index == own)
      name_one(&c.in_both, c.both++, d->name.s);
    else if (!o && beside_is_on(r->beside, d->name.s))
      name_one(&c.lacked, c.lacks++, d->name.s);
  }
  return c;
}

// Half of the rules, or more, are in both files: one is a copy of the other.
// Else a name that both have may be chance.
static void note_copy(const RuleSet *r, const Source *own,
                      const Source *builtin, Text *out) {
  Copy c = compare(r, own->index, builtin);
  if (c.both >= c.lacks && c.lacks)
    text_add(out,
             "%s: note: a copy of %s, but for:%s\n"
             "    help: %s on; --disable-rule leaves out what is built in\n",
             own->path, builtin->path, text_str(&c.lacked),
             c.lacks == 1 ? "it stays" : "they stay");
  else if (c.both && c.lacks)
    text_add(out, "%s: note: in place of the same names in %s:%s\n", own->path,
             builtin->path, text_str(&c.in_both));
}

void beside_notes(const RuleSet *r, Text *out) {
  const Source *own = NULL, *builtin;
  if (!r->beside || r->beside->alone)
    return;
  for (u32 i = 0; i < r->parser.decls.n; i++) {
    const Decl *d = r->parser.decls.at[i];
    if (!is_own(r, d) || d->loc.src == own)
      continue;
    own = d->loc.src;
    builtin = NULL;
    for (u32 k = 0; k < i; k++) {
      const Source *src = r->parser.decls.at[k]->loc.src;
      if (src->index >= r->first_own || src == builtin)
        continue;
      builtin = src;
      note_copy(r, own, builtin, out);
    }
  }
}

// --- parts of a set ---------------------------------------------------

typedef struct Part { // rules of a kind, and their expansions
  u32 nrules, nxs;
  Rule *rules;
  RuleX *xs;
} Part;

static Part keep_part(Arena *a, const Part *all, KeepRule *keep,
                      const void *user) {
  Part p = {0, 0, arena_array(a, Rule, all->nrules + 1),
            arena_array(a, RuleX, all->nxs + 1)};
  for (u32 i = 0; i < all->nrules; i++) {
    const Rule *old = &all->rules[i];
    if (!keep(user, old->decl))
      continue;
    Rule *r = &p.rules[p.nrules];
    *r = *old;
    r->index = p.nrules++;
    r->first = p.nxs;
    for (u32 k = 0; k < old->count; k++) {
      p.xs[p.nxs] = all->xs[old->first + k];
      p.xs[p.nxs++].rule = r;
    }
  }
  return p;
}

Sema *sema_subset(const Sema *s, KeepRule *keep, const void *user) {
  Sema *t = arena_new(s->arena, Sema);
  Part rules = {s->nrules, s->nrulexs, s->rules, s->rulexs};
  Part lowers = {s->nlowers, s->nlowerxs, s->lowers, s->lowerxs};
  rules = keep_part(s->arena, &rules, keep, user);
  lowers = keep_part(s->arena, &lowers, keep, user);
  *t = *s;
  t->nrules = rules.nrules, t->rules = rules.rules;
  t->nrulexs = rules.nxs, t->rulexs = rules.xs;
  t->nlowers = lowers.nrules, t->lowers = lowers.rules;
  t->nlowerxs = lowers.nxs, t->lowerxs = lowers.xs;
  return t;
}
