// Messages to handlers. Waiting messages are read into a queue before the next
// is answered, so that a request cancelled meanwhile is not worked on and many
// edits in a row are checked once.
#include "rulec/desk/lsp.h"

#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
  ERR_PARSE = -32700,
  ERR_REQUEST = -32600,
  ERR_METHOD = -32601,
  ERR_FAILED = -32803,
  ERR_CANCELLED = -32800,
  ERR_NOT_READY = -32002,
  MOST_QUEUED = 1000,
};

// --- life -----------------------------------------------------------------

static bool has_rules(Arena *a, const char *folder) {
  struct stat st;
  return stat(arena_printf(a, "%s/rules/ops.rules", folder), &st) == 0;
}

// The nearest folder at or above path that has rules/ops.rules.
static const char *find_root(Lsp *l, const char *path) {
  char *p = arena_strndup(&l->arena, path, strlen(path));
  for (;;) {
    if (has_rules(&l->round, p))
      return p;
    char *slash = strrchr(p, '/');
    if (!slash || slash == p)
      return NULL;
    *slash = '\0';
  }
}

static const char *root_of(Lsp *l, const json_t *params) {
  const char *uri = json_string_value(json_object_get(params, "rootUri"));
  const char *path = json_string_value(json_object_get(params, "rootPath"));
  const json_t *folders = json_object_get(params, "workspaceFolders");
  for (size_t i = 0; i < json_array_size(folders); i++) {
    const char *u =
        json_string_value(json_object_get(json_array_get(folders, i), "uri"));
    const char *p = u ? uri_path(&l->arena, u) : NULL;
    if (p && has_rules(&l->round, p))
      return p;
  }
  if (uri)
    path = uri_path(&l->arena, uri);
  return path ? find_root(l, path) : NULL;
}

static const json_t *down(const json_t *o, const char *a, const char *b,
                          const char *c) {
  return json_object_get(json_object_get(json_object_get(o, a), b), c);
}

static bool wants_utf8(const json_t *capabilities) {
  const json_t *list = json_object_get(json_object_get(capabilities, "general"),
                                       "positionEncodings");
  const char *first = json_string_value(json_array_get(list, 0));
  return first && !strcmp(first, "utf-8");
}

static json_t *capabilities(const Lsp *l) {
  return json_pack(
      "{s{ss s{sb si} sb sb sb sb s{sb} sb sb sb sb s{s[sss]}} s{ss ss}}",
      "capabilities", "positionEncoding", l->utf8 ? "utf-8" : "utf-16",
      "textDocumentSync", "openClose", 1, "change", 2, "hoverProvider", 1,
      "definitionProvider", 1, "referencesProvider", 1,
      "documentHighlightProvider", 1, "renameProvider", "prepareProvider", 1,
      "documentSymbolProvider", 1, "workspaceSymbolProvider", 1,
      "documentFormattingProvider", 1, "codeActionProvider", 1,
      "completionProvider", "triggerCharacters", "(", ".", " ", "serverInfo",
      "name", "rulec", "version", "1");
}

static json_t *initialize(Lsp *l, const json_t *params, const char **error) {
  const json_t *can = json_object_get(params, "capabilities");
  (void)error;
  l->root = root_of(l, params);
  l->utf8 = wants_utf8(can);
  l->snippets = json_is_true(
      json_object_get(down(can, "textDocument", "completion", "completionItem"),
                      "snippetSupport"));
  l->ready = true;
  lsp_dirty(l);
  return capabilities(l);
}

static json_t *stop(Lsp *l, const json_t *params, const char **error) {
  (void)params;
  (void)error;
  l->shutdown = true;
  return NULL;
}

// --- documents ------------------------------------------------------------

static const char *param_uri(const json_t *params) {
  return json_string_value(
      json_object_get(json_object_get(params, "textDocument"), "uri"));
}

static void did_open(Lsp *l, const json_t *params) {
  const json_t *doc = json_object_get(params, "textDocument");
  const char *uri = param_uri(params);
  const json_t *text = json_object_get(doc, "text");
  const char *path = uri ? uri_path(&l->arena, uri) : NULL;
  if (!path || !json_is_string(text))
    return;
  Doc *d = lsp_doc(l, uri);
  for (u32 i = 0; !d && i < l->docs.n; i++) // one that was closed
    if (!strcmp(l->docs.at[i]->uri, uri))
      d = l->docs.at[i];
  if (!d) {
    d = arena_new(&l->arena, Doc);
    d->uri = arena_strndup(&l->arena, uri, strlen(uri));
    d->path = path;
    vec_push(&l->arena, &l->docs, d);
  }
  d->open = true;
  doc_set(d, json_string_value(text), json_string_length(text));
  if (!l->root)
    l->root = find_root(l, path);
  lsp_dirty(l);
}

static void did_change(Lsp *l, const json_t *params) {
  const char *uri = param_uri(params);
  const json_t *changes = json_object_get(params, "contentChanges");
  Doc *d = uri ? lsp_doc(l, uri) : NULL;
  for (size_t i = 0; d && i < json_array_size(changes); i++)
    doc_edit(d, json_array_get(changes, i), l->utf8);
  lsp_dirty(l);
}

static void did_close(Lsp *l, const json_t *params) {
  const char *uri = param_uri(params);
  Doc *d = uri ? lsp_doc(l, uri) : NULL;
  if (!d)
    return;
  lsp_dirty(l);
  l->solo.alone = NULL;
  d->open = false;
  arena_reset(&d->mem[0]);
  arena_reset(&d->mem[1]);
}

static void files_changed(Lsp *l, const json_t *params) {
  (void)params;
  lsp_dirty(l);
}

static void quit(Lsp *l, const json_t *params) {
  (void)params;
  l->quit = true;
}

static void nothing(Lsp *l, const json_t *params) {
  (void)l;
  (void)params;
}

// --- the tables -------------------------------------------------------------

typedef struct Request {
  const char *method;
  LspAnswer *answer;
} Request;

static const Request requests[] = {
    {"initialize", initialize},
    {"shutdown", stop},
    {"textDocument/hover", lsp_hover},
    {"textDocument/definition", lsp_definition},
    {"textDocument/references", lsp_references},
    {"textDocument/documentHighlight", lsp_highlight},
    {"textDocument/rename", lsp_rename},
    {"textDocument/prepareRename", lsp_prepare_rename},
    {"textDocument/documentSymbol", lsp_document_symbols},
    {"workspace/symbol", lsp_workspace_symbols},
    {"textDocument/completion", lsp_completion},
    {"textDocument/formatting", lsp_formatting},
    {"textDocument/codeAction", lsp_code_actions},
    {"textDocument/diagnostic", lsp_pull},
};

typedef struct Notification {
  const char *method;
  void (*handle)(Lsp *l, const json_t *params);
} Notification;

static const Notification notifications[] = {
    {"initialized", nothing},
    {"textDocument/didOpen", did_open},
    {"textDocument/didChange", did_change},
    {"textDocument/didClose", did_close},
    {"textDocument/didSave", files_changed},
    {"workspace/didChangeWatchedFiles", files_changed},
    {"exit", quit},
};

static void answer(Lsp *l, json_t *id, const char *method,
                   const json_t *params) {
  bool init = !strcmp(method, "initialize");
  if (l->shutdown || l->ready == init) {
    lsp_error(id, init || l->shutdown ? ERR_REQUEST : ERR_NOT_READY,
              l->shutdown ? "the server is shut down"
              : init      ? "initialize comes once"
                          : "initialize comes first");
    return;
  }
  for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
    if (strcmp(requests[i].method, method) != 0)
      continue;
    const char *error = NULL;
    json_t *result = requests[i].answer(l, params, &error);
    if (error)
      lsp_error(id, ERR_FAILED, error);
    else
      lsp_reply(id, result);
    return;
  }
  lsp_error(id, ERR_METHOD, "no such method");
}

static void handle(Lsp *l, json_t *m) {
  json_t *id = json_object_get(m, "id");
  const char *method = json_string_value(json_object_get(m, "method"));
  const json_t *params = json_object_get(m, "params");
  if (!json_is_object(m) || (!method && !json_object_get(m, "result") &&
                             !json_object_get(m, "error"))) {
    lsp_error(id, ERR_REQUEST, "no request");
    return;
  }
  if (!method)
    return; // an answer: we asked nothing
  if (id) {
    answer(l, id, method, params);
    return;
  }
  for (size_t i = 0; i < sizeof notifications / sizeof *notifications; i++)
    if (!strcmp(notifications[i].method, method) &&
        (l->ready || notifications[i].handle == quit))
      notifications[i].handle(l, params);
}

// --- the queue --------------------------------------------------------------

static void cancel(Lsp *l, const json_t *message) {
  const json_t *id = json_object_get(json_object_get(message, "params"), "id");
  for (u32 i = 0; id && i < l->queue.n; i++) {
    json_t *waiting = json_object_get(l->queue.at[i], "id");
    if (!waiting || !json_equal(waiting, id))
      continue;
    lsp_error(waiting, ERR_CANCELLED, "cancelled");
    json_decref(l->queue.at[i]);
    memmove(l->queue.at + i, l->queue.at + i + 1,
            (--l->queue.n - i) * sizeof *l->queue.at);
    return;
  }
}

static bool is_cancel(const json_t *m) {
  const char *method = json_string_value(json_object_get(m, "method"));
  return method && !strcmp(method, "$/cancelRequest");
}

// Reads what is there; waits for something if the queue is empty.
static LspRead receive(Lsp *l) {
  for (;;) {
    json_t *m;
    LspRead r = lsp_read(&l->in, l->queue.n == 0, &m);
    if (r == LSP_BROKEN) {
      lsp_error(NULL, ERR_PARSE, "this is no message");
    } else if (r != LSP_MESSAGE) {
      return r;
    } else if (is_cancel(m)) {
      cancel(l, m);
      json_decref(m);
    } else {
      vec_push(&l->arena, &l->queue, m);
    }
    if (l->queue.n >= MOST_QUEUED || (!l->queue.n && !lsp_waiting(&l->in)))
      return LSP_MESSAGE;
  }
}

static void step(Lsp *l) {
  json_t *m = l->queue.at[0];
  memmove(l->queue.at, l->queue.at + 1, --l->queue.n * sizeof *l->queue.at);
  handle(l, m);
  json_decref(m);
  arena_reset(&l->round);
}

int lsp_run(const char *builtin) {
  Lsp server = {.builtin = builtin}, *l = &server;
  signal(SIGPIPE, SIG_IGN);
  while (!l->quit) {
    if (receive(l) == LSP_END && !l->queue.n)
      break;
    while (l->queue.n && !l->quit)
      step(l);
    if (l->stale && l->ready && !l->shutdown && !lsp_waiting(&l->in)) {
      lsp_show(l);
      arena_reset(&l->round);
    }
    if (ferror(stdout))
      break;
  }
  int status = l->quit && l->shutdown ? EXIT_GOOD : EXIT_BAD;
  Arena *arenas[] = {&l->round, &l->in.arena, &l->whole.arena, &l->solo.arena};
  for (u32 i = 0; i < l->docs.n; i++) {
    arena_free(&l->docs.at[i]->mem[0]);
    arena_free(&l->docs.at[i]->mem[1]);
  }
  for (u32 i = 0; i < 4; i++)
    arena_free(arenas[i]);
  arena_free(&l->arena);
  return status;
}
