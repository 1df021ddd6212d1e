// Reading an author's files beside the built-in ones (beside.h).
#include "rulec/cmd/beside.h"
#include "rulec/cmd/with.h"

#include <fnmatch.h>

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

// Whether the author lowers, so that machine things are wanted: by his words,
// for a declaration that is not right yet has no tree.
static bool finds_lowering(const Source *const *own, u32 n) {
  for (u32 i = 0; i < n; i++)
    if (source_declares(own[i], "lower") || source_declares(own[i], "term") ||
        source_declares(own[i], "data"))
      return true;
  return false;
}

static void read_all(RuleSet *r, const BuiltinRules *b,
                     const Source *const *own, u32 n) {
  for (u32 i = 0; i < b->n; i++)
    if (!b->at[i].target || r->lowers)
      parse_source(&r->parser, &b->at[i].src);
  r->parser.renamed.n = 0; // the author means his own
  for (u32 i = 0; i < n; i++)
    parse_source(&r->parser, own[i]);
}

// Which names of the author's meet those of built-in rewrites, which go on
// using their own, is known only when all is read: then it is read again.
static void read_known(RuleSet *r, const BuiltinRules *b,
                       const Source *const *own, u32 n) {
  const u32 limit = r->diags.limit;
  r->lowers = finds_lowering(own, n);
  read_all(r, b, own, n);
  find_renamed(r);
  if (!r->parser.renamed.n)
    return;
  r->diags = (Diags){.arena = r->arena, .limit = limit};
  r->parser.decls.n = 0;
  r->parser.counted = (Loc){0};
  read_all(r, b, own, n);
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

void rules_beside(RuleSet *r, const Beside *b, const BuiltinRules *builtin,
                  const Source *const *own, u32 n) {
  r->beside = b;
  r->builtin = builtin;
  r->first_own = builtin->n;
  read_known(r, builtin, own, n);
  compose(r, b);
}

int rules_read_beside(RuleSet *r, const Beside *b, const Words *files) {
  if (!b->builtin)
    return rules_read(r, files);
  const char *path = builtin_path(r->arena);
  BuiltinRules *builtin = arena_new(r->arena, BuiltinRules);
  if (!path)
    return fail(EXIT_INPUT, "--builtin: no gen/builtin.rules beside rulec");
  if (!builtin_read(r->arena, path, builtin))
    return fail(EXIT_INPUT, "--builtin: %s is broken", path);
  const Source **own = arena_array(r->arena, const Source *, files->n + 1);
  for (u32 i = 0; i < files->n; i++)
    if (!(own[i] = source_read(r->arena, files->at[i], builtin->n + i)))
      return EXIT_INPUT;
  rules_beside(r, b, builtin, own, files->n);
  return EXIT_GOOD;
}

static bool is_ground(const Decl *d) {
  return d->kind == DECL_TYPES || d->kind == DECL_CODE || d->kind == DECL_OP;
}

bool rules_clash(const RuleSet *r) {
  for (u32 i = r->parser.decls.n; i-- > 0;) {
    const Decl *d = r->parser.decls.at[i];
    if (!is_own(r, d))
      return false;
    for (u32 k = 0; is_ground(d) && k < i; k++) {
      const Decl *o = r->parser.decls.at[k];
      if (!is_own(r, o) && o->kind == d->kind && o->name.s == d->name.s)
        return true;
    }
  }
  return false;
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

const Decl *beside_replaced(const RuleSet *r, const Decl *d) {
  if (group_of(d) != REWRITE && group_of(d) != LOWER)
    return NULL;
  for (u32 i = 0; i < r->parser.decls.n; i++) {
    const Decl *o = r->parser.decls.at[i];
    if (!is_own(r, o) && o->name.s == d->name.s && group_of(o) == group_of(d))
      return o;
  }
  return NULL;
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
