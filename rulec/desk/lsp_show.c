// Diagnostics of every file of the workspace's rules and of every open buffer
// elsewhere; only what changed is sent.
#include "rulec/desk/lsp.h"

#include <stdlib.h>

static json_t *related(Lsp *l, LspSet *set, const Diag *d) {
  json_t *out = json_array();
  for (u32 i = 0; i < d->notes.n; i++) {
    const DiagNote *n = &d->notes.at[i];
    json_t *at = n->loc.src ? lsp_location(l, set, n->loc) : NULL;
    if (at)
      json_array_append_new(out,
                            json_pack("{so so}", "location", at, "message",
                                      lsp_string(n->text, strlen(n->text))));
  }
  return out;
}

static json_t *diagnostic(Lsp *l, LspSet *set, SetFile *f, const Diag *d) {
  Text t = {.arena = &l->round};
  text_add(&t, "%s", d->text);
  if (d->help)
    text_add(&t, "\nhelp: %s", d->help);
  json_t *out = json_pack(
      "{so si ss ss so}", "range", lsp_range(l, f, d->loc.at, d->loc.len),
      "severity", d->warning ? 2 : 1, "code", code_rows[d->code].name, "source",
      "rulec", "message", lsp_string(text_str(&t), t.n));
  if (d->notes.n)
    json_object_set_new(out, "relatedInformation", related(l, set, d));
  return out;
}

// The hash under which the client knows a file; 0: it shows nothing.
static u64 *shown(Lsp *l, const char *uri) {
  for (u32 i = 0; i < l->shown.n; i++)
    if (!strcmp(l->shown.at[i].uri, uri))
      return &l->shown.at[i].hash;
  Shown s = {arena_strndup(&l->arena, uri, strlen(uri)), 0};
  vec_push(&l->arena, &l->shown, s);
  return &l->shown.at[l->shown.n - 1].hash;
}

static void publish(Lsp *l, const char *uri, json_t *list) {
  char *text = json_dumps(list, JSON_COMPACT);
  u64 hash = json_array_size(list) ? hash_bytes(text, strlen(text)) | 1 : 0;
  u64 *old = shown(l, uri);
  free(text);
  if (*old == hash) {
    json_decref(list);
    return;
  }
  *old = hash;
  lsp_notify("textDocument/publishDiagnostics",
             json_pack("{ss so}", "uri", uri, "diagnostics", list));
}

// For information: an author who chose the name by chance would not know.
static json_t *replaces(Lsp *l, LspSet *set, SetFile *f, const Decl *d,
                        const Decl *old) {
  enum { INFORMATION = 3 };
  Loc loc = d->name.loc;
  const char *text = arena_printf(
      &l->round, "`%s` stands in place of the rule of that name in %s",
      d->name.s, source_name(old->loc.src));
  return json_pack(
      "{so si ss so s[{so ss}]}", "range", lsp_range(l, f, loc.at, loc.len),
      "severity", INFORMATION, "source", "rulec", "message",
      lsp_string(text, strlen(text)), "relatedInformation", "location",
      lsp_location(l, set, old->name.loc), "message", "in place of this one");
}

static void add_replaced(Lsp *l, LspSet *set, SetFile *f, json_t *list) {
  const RuleSet *r = set->rules;
  for (u32 i = r->parser.decls.n; set->builtin.n && i-- > 0;) {
    const Decl *d = r->parser.decls.at[i];
    if (d->loc.src != &f->src)
      return;
    const Decl *old = beside_replaced(r, d);
    json_t *note = old ? replaces(l, set, f, d, old) : NULL;
    if (note)
      json_array_append_new(list, note);
  }
}

static json_t *diagnostics(Lsp *l, LspSet *set, SetFile *f) {
  const Diags *d = &set->rules->diags;
  json_t *list = json_array();
  for (u32 i = 0; i < d->list.n; i++)
    if (d->list.at[i].loc.src == &f->src && !d->list.at[i].allowed)
      json_array_append_new(list, diagnostic(l, set, f, &d->list.at[i]));
  add_replaced(l, set, f, list);
  return list;
}

static void show_file(Lsp *l, LspSet *set, SetFile *f) {
  json_t *list = diagnostics(l, set, f);
  publish(l, f->doc ? f->doc->uri : path_uri(&l->round, f->src.path), list);
}

// Files that are gone from every set show nothing.
static void clear_gone(Lsp *l) {
  for (u32 i = 0; i < l->shown.n; i++) {
    const char *path = uri_path(&l->round, l->shown.at[i].uri);
    bool here = lsp_doc(l, l->shown.at[i].uri) != NULL;
    for (u32 k = 0; path && k < l->whole.nfiles; k++)
      here |= !strcmp(l->whole.files[k].src.path, path);
    if (!here)
      publish(l, l->shown.at[i].uri, json_array());
  }
}

void lsp_show(Lsp *l) {
  l->stale = false;
  LspSet *set = lsp_whole(l);
  set_check(set);
  for (u32 i = 0; i < set->nfiles; i++)
    show_file(l, set, &set->files[i]);
  for (u32 i = 0; i < l->docs.n; i++) {
    const Doc *d = l->docs.at[i];
    if (!d->open || lsp_in_rules(l, d->path))
      continue;
    LspSet *solo = lsp_solo(l, d);
    set_check(solo);
    for (u32 k = 0; k < solo->nfiles; k++)
      if (solo->files[k].doc == d)
        show_file(l, solo, &solo->files[k]);
  }
  clear_gone(l);
}

// For clients that ask instead of waiting to be told; the others are told
// first.
json_t *lsp_pull(Lsp *l, const json_t *params, const char **error) {
  LspPlace p;
  (void)error;
  lsp_show(l);
  if (!lsp_document(l, params, &p))
    return json_pack("{ss s[]}", "kind", "full", "items");
  set_check(p.set);
  return json_pack("{ss so}", "kind", "full", "items",
                   diagnostics(l, p.set, p.file));
}
