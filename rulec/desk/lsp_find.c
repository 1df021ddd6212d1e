// Where a name is declared and used, and giving it another.
#include "rulec/desk/lsp.h"
#include "rulec/desk/words.h"

static const Occurrence *find(Lsp *l, const json_t *params, LspPlace *p) {
  return lsp_place(l, params, p)
             ? symbols_at(&p->set->symbols, &p->file->src, p->at)
             : NULL;
}

json_t *lsp_definition(Lsp *l, const json_t *params, const char **error) {
  (void)error;
  LspPlace p;
  const Occurrence *o = find(l, params, &p);
  if (!o)
    return NULL;
  const Symbol *y = &p.set->symbols.at[o->symbol];
  Loc loc = y->loc;
  loc.len = (u32)strlen(y->name);
  return lsp_location(l, p.set, loc);
}

json_t *lsp_references(Lsp *l, const json_t *params, const char **error) {
  (void)error;
  LspPlace p;
  const Occurrence *o = find(l, params, &p);
  const json_t *context = json_object_get(params, "context");
  bool defs = json_is_true(json_object_get(context, "includeDeclaration"));
  if (!o)
    return NULL;
  json_t *out = json_array();
  for (u32 i = 0; i < p.set->symbols.uses.n; i++) {
    const Occurrence *u = &p.set->symbols.uses.at[i];
    if (u->symbol == o->symbol && (defs || !u->def))
      json_array_append_new(out, lsp_location(l, p.set, u->loc));
  }
  return out;
}

json_t *lsp_highlight(Lsp *l, const json_t *params, const char **error) {
  (void)error;
  LspPlace p;
  const Occurrence *o = find(l, params, &p);
  if (!o)
    return NULL;
  json_t *out = json_array();
  for (u32 i = 0; i < p.set->symbols.uses.n; i++) {
    const Occurrence *u = &p.set->symbols.uses.at[i];
    if (u->symbol == o->symbol && u->loc.src == &p.file->src)
      json_array_append_new(
          out, json_pack("{so si}", "range",
                         lsp_range(l, p.file, u->loc.at, u->loc.len), "kind",
                         u->def ? 3 : 2));
  }
  return out;
}

// --- rename -------------------------------------------------------------

static bool has_syntax_errors(const LspSet *set) {
  const Diags *d = &set->rules->diags;
  for (u32 i = 0; i < d->list.n; i++)
    if (d->list.at[i].code == E_SYNTAX || d->list.at[i].code == E_LEX)
      return true;
  return false;
}

// A built-in use of the symbol, or null: what wb was built with stays as it is.
static const Source *builtin_use(Lsp *l, const LspSet *set, u32 symbol) {
  const Symbols *s = &set->symbols;
  bool fixed = set->builtin.text != NULL; // else the workspace's, to be edited
  for (u32 i = 0; i < s->uses.n; i++) {
    const Source *src = s->uses.at[i].loc.src;
    if (s->uses.at[i].symbol == symbol &&
        ((fixed && set_is_builtin(set, src)) || lsp_is_builtin(l, src->path)))
      return src;
  }
  return NULL;
}

// Why this name cannot be given another, or null.
static const char *fixed(Lsp *l, const LspSet *set, u32 symbol) {
  const Symbol *y = &set->symbols.at[symbol];
  const Source *builtin = builtin_use(l, set, symbol);
  if (builtin)
    return arena_printf(&l->round,
                        y->loc.src == builtin
                            ? "`%s` is built into wb (%s); rename it there and "
                              "build wb anew"
                            : "rules that are built into wb (%s) name `%s`",
                        y->loc.src == builtin ? y->name : builtin->path,
                        y->loc.src == builtin ? builtin->path : y->name);
  if (has_syntax_errors(set))
    return "there are syntax errors, so not every use of the name is known";
  if (y->kind == SY_MEMBER)
    return "members of codes are also named by the C of the project";
  if (symbol_is_local(y) && y->decl->kind == DECL_INST)
    return "operands of an instruction stand in its encodings";
  return NULL;
}

static bool is_name(const char *s, bool dots, bool hyphens) {
  bool start = true;
  for (; *s; s++) {
    bool letter =
        (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || *s == '_';
    bool digit = *s >= '0' && *s <= '9';
    bool link = (*s == '.' && dots) || (*s == '-' && hyphens);
    if (start ? !letter : !letter && !digit && !link)
      return false;
    start = link && *s == '.';
  }
  return !start;
}

static bool is_reserved(const char *s) {
  const char *w;
  bool declares;
  for (u32 i = 0; (w = lex_word(i, &declares)); i++)
    if (!strcmp(w, s))
      return !declares || !strcmp(s, "extern") || !strcmp(s, "cost");
  return !strcmp(s, "_") || vtype_find(s) >= 0 || shape_find(s) >= 0;
}

// A name that is taken where the symbol is seen. Locals hide nothing: they must
// differ from what all can see as well.
static bool is_taken(const LspSet *set, const Symbol *y, const char *name) {
  for (u32 i = 0; i < set->symbols.n; i++) {
    const Symbol *o = &set->symbols.at[i];
    if (strcmp(o->name, name) != 0)
      continue;
    if ((y->kind == SY_RULE) != (o->kind == SY_RULE))
      continue;
    if (!symbol_is_local(o) || !symbol_is_local(y) || o->decl == y->decl)
      return true;
  }
  return y->kind != SY_RULE && word_find(name) && word_find(name)->form &&
         !symbol_is_local(y);
}

static const char *unfit(const LspSet *set, const Symbol *y, const char *name) {
  bool rule = y->kind == SY_RULE;
  if (!name || !*name)
    return "no name";
  if (!is_name(name, y->kind == SY_INST, rule))
    return "this is no name of the language";
  if (y->kind == SY_INST && strncmp(name, "x64.", 4) != 0)
    return "instructions start with x64.";
  if (!rule && is_reserved(name))
    return "this is a word of the language";
  if (strcmp(name, y->name) != 0 && is_taken(set, y, name))
    return "the name is taken";
  return NULL;
}

// {uri: [edit]} of every occurrence.
static json_t *rename_edits(Lsp *l, LspSet *set, u32 symbol, const char *name) {
  json_t *changes = json_object();
  for (u32 i = 0; i < set->symbols.uses.n; i++) {
    const Occurrence *u = &set->symbols.uses.at[i];
    Loc loc = u->loc;
    SetFile *f = u->symbol == symbol ? set_file(set, &loc) : NULL;
    if (!f)
      continue;
    const char *uri = f->doc ? f->doc->uri : path_uri(&l->round, f->src.path);
    json_t *list = json_object_get(changes, uri);
    if (!list) {
      list = json_array();
      json_object_set_new(changes, uri, list);
    }
    json_array_append_new(list, json_pack("{so ss}", "range",
                                          lsp_range(l, f, loc.at, loc.len),
                                          "newText", name));
  }
  return json_pack("{so}", "changes", changes);
}

json_t *lsp_rename(Lsp *l, const json_t *params, const char **error) {
  LspPlace p;
  const Occurrence *o = find(l, params, &p);
  const char *name = json_string_value(json_object_get(params, "newName"));
  if (!o) {
    *error = "there is no name of the rules here";
    return NULL;
  }
  const Symbol *y = &p.set->symbols.at[o->symbol];
  *error = fixed(l, p.set, o->symbol);
  if (!*error)
    *error = unfit(p.set, y, name);
  return *error ? NULL : rename_edits(l, p.set, o->symbol, name);
}

json_t *lsp_prepare_rename(Lsp *l, const json_t *params, const char **error) {
  LspPlace p;
  const Occurrence *o = find(l, params, &p);
  if (!o)
    return NULL;
  const Symbol *y = &p.set->symbols.at[o->symbol];
  *error = fixed(l, p.set, o->symbol);
  if (*error)
    return NULL;
  return json_pack("{so ss}", "range",
                   lsp_range(l, p.file, o->loc.at, o->loc.len), "placeholder",
                   y->name);
}

// --- symbols --------------------------------------------------------------

// Numbers of the protocol: enum, enum member, operator, event, function, class,
// method, struct, constructor.
static const int symbol_kinds[SY_COUNT] = {
    [SY_TYPES] = 10, [SY_CODE] = 10, [SY_MEMBER] = 22, [SY_OP] = 25,
    [SY_RULE] = 24,  [SY_FN] = 12,   [SY_DEF] = 12,    [SY_INST] = 6,
    [SY_TERM] = 12,  [SY_DATA] = 23, [SY_CTOR] = 9,    [SY_PARAM] = 26,
    [SY_VAR] = 13,   [SY_LABEL] = 20};

static bool is_part(const Symbol *y) {
  return y->kind == SY_MEMBER || y->kind == SY_CTOR;
}

static json_t *outline(Lsp *l, SetFile *f, const Symbol *y) {
  u32 len = (u32)strlen(y->name);
  Loc whole = y->decl->whole;
  json_t *own = lsp_range(l, f, y->loc.at, len);
  return json_pack(
      "{ss ss si so so}", "name", y->name, "detail", symbol_words[y->kind],
      "kind", symbol_kinds[y->kind], "range",
      is_part(y) ? json_incref(own) : lsp_range(l, f, whole.at, whole.len),
      "selectionRange", own);
}

json_t *lsp_document_symbols(Lsp *l, const json_t *params, const char **error) {
  (void)error;
  LspPlace p;
  if (!lsp_document(l, params, &p))
    return NULL;
  json_t *out = json_array(), *last = NULL;
  for (u32 i = 0; i < p.set->symbols.n; i++) {
    const Symbol *y = &p.set->symbols.at[i];
    if (symbol_is_local(y))
      break;
    if (y->loc.src != &p.file->src)
      continue;
    json_t *o = outline(l, p.file, y);
    if (!is_part(y) || !last) {
      json_array_append_new(out, o);
      last = o;
      continue;
    }
    json_t *children = json_object_get(last, "children");
    if (!children) {
      children = json_array();
      json_object_set_new(last, "children", children);
    }
    json_array_append_new(children, o);
  }
  return out;
}

// The workspace's; without one, those beside which the last buffer stands.
static LspSet *names_of(Lsp *l) {
  for (u32 i = l->docs.n; !l->root && i-- > 0;)
    if (l->docs.at[i]->open)
      return lsp_solo(l, l->docs.at[i]);
  return lsp_whole(l);
}

json_t *lsp_workspace_symbols(Lsp *l, const json_t *params,
                              const char **error) {
  (void)error;
  const char *query = json_string_value(json_object_get(params, "query"));
  LspSet *set = names_of(l);
  json_t *out = json_array();
  for (u32 i = 0; i < set->symbols.n && json_array_size(out) < 500; i++) {
    const Symbol *y = &set->symbols.at[i];
    if (symbol_is_local(y))
      break;
    if (query && *query && !strcasestr(y->name, query))
      continue;
    Loc loc = {y->loc.src, y->loc.at, (u32)strlen(y->name)};
    json_t *at = lsp_location(l, set, loc);
    if (at)
      json_array_append_new(out,
                            json_pack("{ss si so}", "name", y->name, "kind",
                                      symbol_kinds[y->kind], "location", at));
  }
  return out;
}
