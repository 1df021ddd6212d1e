// The rule set of the workspace: rules/ops.rules, then the other files of
// rules/ by name, as the build reads them, with the editor's buffers in place
// of files. A buffer that lies elsewhere is the end of a set of its own: beside
// these if it lies below the workspace, else beside the rules that wb was built
// with; by itself if it declares ops that are there.
#include "rulec/gen/cgen.h"
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

bool lsp_is_builtin(const Lsp *l, const char *path) {
  return l->builtin && !strcmp(path, l->builtin);
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

static Paths workspace_paths(Lsp *l, Arena *a) {
  Paths v = {0};
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

// --- reading them ---------------------------------------------------

static void set_text(SetFile *f, const char *text, u32 size) {
  f->src.mark = mark_size(text, size);
  f->src.text = text + f->src.mark;
  f->src.size = size - f->src.mark;
}

static bool load_file(Lsp *l, LspSet *set, SetFile *f, const char *path) {
  u8 *bytes;
  size_t size;
  f->doc = doc_at(l, path);
  f->arena = &set->arena;
  f->src = (Source){.path = path, .index = set->nfiles};
  if (f->doc) {
    set_text(f, f->doc->text, f->doc->n);
    return true;
  }
  if (file_read(&set->arena, path, &bytes, &size) || size > 1u << 28)
    return false;
  set_text(f, arena_strndup(&set->arena, (const char *)bytes, size), (u32)size);
  return true;
}

static void load_files(Lsp *l, LspSet *set, const Paths *paths) {
  set->files = arena_array0(&set->arena, SetFile, paths->n + 2);
  set->nfiles = 0;
  for (u32 i = 0; i < paths->n; i++)
    if (load_file(l, set, &set->files[set->nfiles], paths->at[i]))
      set->nfiles++;
}

static void begin(LspSet *set) {
  set->rules = arena_new(&set->arena, RuleSet);
  rules_begin(set->rules, &set->arena);
}

static void resolve(LspSet *set) {
  RuleSet *r = set->rules;
  rules_resolve(r);
  symbols_build(&set->symbols, &set->arena, &r->names, &r->ast);
  set->fresh = true;
  set->checked = false;
}

static void load_whole(Lsp *l, LspSet *set) {
  Paths v = workspace_paths(l, &set->arena);
  load_files(l, set, &v);
  begin(set);
  for (u32 i = 0; i < set->nfiles; i++)
    rules_source(set->rules, &set->files[i].src);
  resolve(set);
}

// --- a buffer that is no part of the workspace's rules ------------------

static bool is_below(const char *path, const char *folder) {
  size_t n = folder ? strlen(folder) : 0;
  return n && !strncmp(path, folder, n) && path[n] == '/';
}

// The workspace's files as what is built in: the buffer is the last file.
static void beside_workspace(Lsp *l, LspSet *set, const Doc *d) {
  Paths v = workspace_paths(l, &set->arena);
  add_path(&set->arena, &v, d->path);
  load_files(l, set, &v);
  u32 n = set->nfiles - 1;
  set->builtin.at = arena_array0(&set->arena, BuiltinPiece, n + 1);
  set->builtin.n = n;
  for (u32 i = 0; i < n; i++)
    set->builtin.at[i].src = set->files[i].src;
}

static void tell_missing(Lsp *l) {
  if (!l->told)
    lsp_notify("window/showMessage",
               json_pack("{si ss}", "type", 2, "message",
                         "rulec: no gen/builtin.rules beside it, so a file "
                         "outside a project stands alone"));
  l->told = true;
}

// builtin.rules is the first file, the buffer the last.
static void beside_builtin(Lsp *l, LspSet *set, const Doc *d) {
  Paths v = {0};
  add_path(&set->arena, &v, d->path);
  load_files(l, set, &v);
  if (lsp_is_builtin(l, d->path))
    return;
  if (!l->builtin || !builtin_read(&set->arena, l->builtin, &set->builtin)) {
    tell_missing(l);
    return;
  }
  set->files[1] = set->files[0];
  set->files[0] = (SetFile){.src = {.path = l->builtin,
                                    .text = set->builtin.text,
                                    .size = set->builtin.size},
                            .doc = doc_at(l, l->builtin),
                            .arena = &set->arena};
  set->nfiles = 2;
  set->files[1].src.index = set->builtin.n;
}

// By itself if there is nothing beside it, or it declares what is there.
static void load_solo(Lsp *l, LspSet *set, const Doc *d) {
  set->builtin = (BuiltinRules){0};
  set->beside = (Beside){.builtin = true};
  if (is_below(d->path, l->root))
    beside_workspace(l, set, d);
  else
    beside_builtin(l, set, d);
  const Source *own = &set->files[set->nfiles - 1].src;
  begin(set);
  if (set->builtin.n)
    rules_beside(set->rules, &set->beside, &set->builtin, &own, 1);
  if (!set->builtin.n || rules_clash(set->rules)) {
    set->builtin.n = 0;
    begin(set);
    rules_source(set->rules, own);
  }
  resolve(set);
}

void set_check(LspSet *set) {
  if (set->checked)
    return;
  rules_check(set->rules);
  rules_generate(set->rules, arena_array(&set->arena, Text, GEN_NFILES));
  rules_finish(set->rules);
  set->checked = true;
}

LspSet *lsp_whole(Lsp *l) {
  if (!l->whole.fresh) {
    arena_reset(&l->whole.arena);
    load_whole(l, &l->whole);
  }
  return &l->whole;
}

LspSet *lsp_solo(Lsp *l, const Doc *d) {
  if (!l->solo.fresh || l->solo.alone != d) {
    arena_reset(&l->solo.arena);
    l->solo.alone = d;
    load_solo(l, &l->solo, d);
  }
  return &l->solo;
}

// --- places ---------------------------------------------------------

bool set_is_builtin(const LspSet *set, const Source *src) {
  return builtin_piece(&set->builtin, src) != NULL;
}

SetFile *set_file(LspSet *set, Loc *loc) {
  const BuiltinPiece *piece = builtin_piece(&set->builtin, loc->src);
  if (piece && set->builtin.text) {
    loc->src = &set->files[0].src;
    loc->at += piece->at;
  } else if (piece) {
    loc->src = &set->files[piece->src.index].src;
  }
  for (u32 i = 0; i < set->nfiles; i++)
    if (&set->files[i].src == loc->src)
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
