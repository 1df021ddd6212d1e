// The rule set of the workspace: rules/ops.rules, then the other files of
// rules/ by name, as the build reads them, with the editor's buffers in place
// of files. A buffer that lies elsewhere is a set of its own, behind the ops
// unless it declares some.
#include "rulec/desk/lsp.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { MOST_FILES = 4096, MOST_FOLDERS = 8 };

Doc *lsp_doc(Lsp *l, const char *uri) {
  for (u32 i = 0; i < l->docs.n; i++)
    if (l->docs.at[i]->open && !strcmp(l->docs.at[i]->uri, uri))
      return l->docs.at[i];
  return NULL;
}

static const Doc *doc_at(const Lsp *l, const char *path) {
  for (u32 i = 0; i < l->docs.n; i++)
    if (l->docs.at[i]->open && !strcmp(l->docs.at[i]->path, path))
      return l->docs.at[i];
  return NULL;
}

void lsp_dirty(Lsp *l) {
  l->whole.fresh = l->solo.fresh = false, l->stale = true;
}

static bool ends_in(const char *s, const char *end) {
  size_t n = strlen(s), k = strlen(end);
  return n >= k && !strcmp(s + n - k, end);
}

bool lsp_in_rules(const Lsp *l, const char *path) {
  size_t n = l->root ? strlen(l->root) : 0;
  return n && !strncmp(path, l->root, n) && !strncmp(path + n, "/rules/", 7) &&
         ends_in(path, ".rules");
}

// --- which files ----------------------------------------------------

typedef VEC(const char *) Paths;

static void add_path(Arena *a, Paths *v, const char *path) {
  for (u32 i = 0; i < v->n; i++)
    if (!strcmp(v->at[i], path))
      return;
  if (v->n < MOST_FILES)
    vec_push(a, v, path);
}

static void add_folder(Arena *a, Paths *v, const char *folder, u32 depth) {
  DIR *d = opendir(folder);
  struct dirent *e;
  while (d && (e = readdir(d))) {
    struct stat st;
    const char *path = arena_printf(a, "%s/%s", folder, e->d_name);
    if (e->d_name[0] == '.' || stat(path, &st) != 0)
      continue;
    if (S_ISDIR(st.st_mode) && depth < MOST_FOLDERS)
      add_folder(a, v, path, depth + 1);
    else if (S_ISREG(st.st_mode) && ends_in(path, ".rules"))
      add_path(a, v, path);
  }
  if (d)
    closedir(d);
}

static int ops_first(const void *x, const void *y) {
  const char *a = *(const char *const *)x, *b = *(const char *const *)y;
  bool i = ends_in(a, "/rules/ops.rules"), j = ends_in(b, "/rules/ops.rules");
  return i != j ? (int)j - (int)i : strcmp(a, b);
}

static Paths workspace_paths(Lsp *l) {
  Paths v = {0};
  Arena *a = &l->whole.arena;
  if (!l->root)
    return v;
  add_folder(a, &v, arena_printf(a, "%s/rules", l->root), 0);
  for (u32 i = 0; i < l->docs.n; i++)
    if (l->docs.at[i]->open && lsp_in_rules(l, l->docs.at[i]->path))
      add_path(a, &v, l->docs.at[i]->path);
  if (v.n)
    qsort(v.at, v.n, sizeof *v.at, ops_first);
  return v;
}

static bool declares_ops(const Doc *d) {
  return !strncmp(d->text, "op ", 3) || strstr(d->text, "\nop ");
}

static Paths solo_paths(Lsp *l, const Doc *d) {
  Paths v = {0};
  Arena *a = &l->solo.arena;
  if (l->root && !declares_ops(d))
    add_path(a, &v, arena_printf(a, "%s/rules/ops.rules", l->root));
  add_path(a, &v, d->path);
  return v;
}

// --- reading them ---------------------------------------------------

static bool load_file(Lsp *l, LspSet *set, SetFile *f, const char *path) {
  u8 *bytes;
  size_t size;
  f->doc = doc_at(l, path);
  f->arena = &set->arena;
  f->src = (Source){.path = path, .index = set->nfiles};
  if (f->doc) {
    f->src.text = f->doc->text;
    f->src.size = f->doc->n;
    return true;
  }
  if (file_read(&set->arena, path, &bytes, &size) || size > 1u << 28)
    return false;
  f->src.text = arena_strndup(&set->arena, (const char *)bytes, size);
  f->src.size = (u32)size;
  return true;
}

static void load(Lsp *l, LspSet *set, const Paths *paths) {
  Arena *a = &set->arena;
  set->files = arena_array0(a, SetFile, paths->n + 1);
  set->nfiles = 0;
  for (u32 i = 0; i < paths->n; i++)
    if (load_file(l, set, &set->files[set->nfiles], paths->at[i]))
      set->nfiles++;
  set->rules = arena_new(a, RuleSet);
  rules_begin(set->rules, a);
  for (u32 i = 0; i < set->nfiles; i++)
    rules_source(set->rules, &set->files[i].src);
  rules_resolve(set->rules);
  symbols_build(&set->symbols, a, &set->rules->names, &set->rules->ast);
  set->fresh = true;
  set->checked = false;
}

void set_check(LspSet *set) {
  if (set->checked)
    return;
  rules_check(set->rules);
  rules_finish(set->rules);
  set->checked = true;
}

LspSet *lsp_whole(Lsp *l) {
  if (!l->whole.fresh) {
    arena_reset(&l->whole.arena);
    Paths v = workspace_paths(l);
    load(l, &l->whole, &v);
  }
  return &l->whole;
}

LspSet *lsp_solo(Lsp *l, const Doc *d) {
  if (!l->solo.fresh || l->solo.alone != d) {
    arena_reset(&l->solo.arena);
    l->solo.alone = d;
    Paths v = solo_paths(l, d);
    load(l, &l->solo, &v);
  }
  return &l->solo;
}

// --- places ---------------------------------------------------------

SetFile *set_file(LspSet *set, const Source *src) {
  for (u32 i = 0; i < set->nfiles; i++)
    if (&set->files[i].src == src)
      return &set->files[i];
  return NULL;
}

bool lsp_document(Lsp *l, const json_t *params, LspPlace *p) {
  const json_t *doc = json_object_get(params, "textDocument");
  const char *uri = json_string_value(json_object_get(doc, "uri"));
  const char *path = uri ? uri_path(&l->round, uri) : NULL;
  const Doc *d = uri ? lsp_doc(l, uri) : NULL;
  if (!path || (!d && !lsp_in_rules(l, path)))
    return false;
  p->set = lsp_in_rules(l, path) ? lsp_whole(l) : lsp_solo(l, d);
  p->at = 0;
  for (u32 i = 0; i < p->set->nfiles; i++) {
    p->file = &p->set->files[i];
    if (p->file->doc ? p->file->doc == d : !strcmp(p->file->src.path, path))
      return true;
  }
  return false;
}

bool lsp_place(Lsp *l, const json_t *params, LspPlace *p) {
  const json_t *position = json_object_get(params, "position");
  if (!json_is_object(position) || !lsp_document(l, params, p))
    return false;
  p->at = lsp_offset(l, p->file, position);
  return true;
}

const Decl *set_decl(const LspSet *set, const Source *src, u32 at) {
  const Ast *ast = &set->rules->ast;
  for (u32 i = 0; i < ast->n; i++) {
    Loc w = ast->at[i]->whole;
    if (w.src == src && w.at <= at && at <= w.at + w.len)
      return ast->at[i];
  }
  return NULL;
}
