// `rulec lsp`: the language server, on stdin and stdout.
//
//   lsp_io.c      frames in and out
//   lsp_text.c    documents, edits, positions, URIs
//   lsp_set.c     the rule set of the workspace with unsaved buffers in it
//   lsp_show.c    diagnostics
//   lsp_hover.c   what a name is
//   lsp_find.c    definition, references, rename, symbols
//   lsp_write.c   completion, formatting, code actions
//   lsp.c         messages to handlers
//
// Edits only mark the set as stale; it is read and typed again when an answer
// needs it, checked when no message is waiting. Nothing of it survives that:
// its arena is reset, and what the client saw last is kept as a hash per file.
#ifndef RULEC_DESK_LSP_H
#define RULEC_DESK_LSP_H

#include "rulec/cmd/beside.h"
#include "rulec/desk/symbols.h"

#include <jansson.h>

typedef struct Doc { // a buffer of the editor
  const char *uri, *path;
  Arena mem[2]; // the text lies in one; an edit writes the other
  u32 which;
  const char *text; // NUL-terminated
  u32 n;
  bool open;
} Doc;

typedef struct SetFile { // a source of a set, or the file that holds several
  Source src;            // its mark counts in positions
  const Doc *doc;        // null: from disk
  Arena *arena;          // of the set
  u32 *lines; // byte where each line starts; made when first asked for
  u32 nlines;
} SetFile;

// Rules that are read together.
typedef struct LspSet {
  Arena arena;
  bool fresh;
  bool checked;         // diagnostics are complete; names need only `fresh`
  const Doc *alone;     // the buffer it is for, if it is not the workspace's
  Beside beside;        // how that stands beside the rules of the workspace, or
  BuiltinRules builtin; // beside these; .n is 0 if it stands by itself
  RuleSet *rules;
  Symbols symbols;
  SetFile *files;
  u32 nfiles;
} LspSet;

typedef struct Shown { // what the client shows of a file
  const char *uri;
  u64 hash;
} Shown;

typedef struct LspIn {
  Arena arena;
  char *at;
  u32 n, cap;
  u64 skip; // bytes of a frame that is too large
  bool end;
} LspIn;

typedef struct Lsp {
  Arena arena; // for the server's life
  Arena round; // for one message
  LspIn in;
  VEC(json_t *) queue;
  VEC(Doc *) docs;
  VEC(Shown) shown;
  const char *root;    // folder that holds rules/; null: none
  const char *builtin; // path of builtin.rules; null: none
  LspSet whole, solo;
  bool utf8; // positions in bytes, else in UTF-16 units
  bool snippets;
  bool stale; // diagnostics are due
  bool told;  // that there are no built-in rules
  bool ready, shutdown, quit;
} Lsp;

// A place that a request speaks of.
typedef struct LspPlace {
  LspSet *set;
  SetFile *file;
  u32 at; // byte
} LspPlace;

// --- lsp_io.c -------------------------------------------------------
typedef enum LspRead { LSP_MESSAGE, LSP_NONE, LSP_END, LSP_BROKEN } LspRead;
// The next message. wait: blocks until there is one. LSP_BROKEN: a frame that
// is no JSON; what follows may be fine.
LspRead lsp_read(LspIn *in, bool wait, json_t **message);
bool lsp_waiting(LspIn *in);                // there is more to read at once
void lsp_send(json_t *message);             // takes the reference
void lsp_reply(json_t *id, json_t *result); // takes result
void lsp_error(json_t *id, int code, const char *text);
json_t *lsp_string(const char *s, size_t n); // what is no UTF-8 becomes ?
void lsp_notify(const char *method, json_t *params); // takes params

// --- lsp_text.c -----------------------------------------------------
const char *uri_path(Arena *a, const char *uri); // null if it is no file
const char *path_uri(Arena *a, const char *path);
void doc_set(Doc *d, const char *text, size_t n);
// Applies one contentChange; false if it makes no sense (the text is as it
// was).
bool doc_edit(Doc *d, const json_t *change, bool utf8);
u32 lsp_offset(const Lsp *l, SetFile *f, const json_t *position);
json_t *lsp_position(const Lsp *l, SetFile *f, u32 at);
json_t *lsp_range(const Lsp *l, SetFile *f, u32 at, u32 len);
json_t *lsp_location(Lsp *l, LspSet *set, Loc loc); // null if of no file
u32 text_offset(const char *text, u32 n, u32 line, u32 character, bool utf8);

// --- lsp_set.c ------------------------------------------------------
Doc *lsp_doc(Lsp *l, const char *uri); // null if it is not open
void lsp_dirty(Lsp *l);
LspSet *lsp_whole(Lsp *l);
LspSet *lsp_solo(Lsp *l, const Doc *d);
void set_check(LspSet *set); // runs the checks, once
bool lsp_in_rules(const Lsp *l, const char *path);
bool lsp_is_builtin(const Lsp *l, const char *path); // it is builtin.rules
// The set, file and byte that params.textDocument and params.position name.
bool lsp_place(Lsp *l, const json_t *params, LspPlace *p);
bool lsp_document(Lsp *l, const json_t *params, LspPlace *p); // at = 0
// The file of a place; a place in a piece of builtin.rules becomes one there.
SetFile *set_file(LspSet *set, Loc *loc);
bool set_is_builtin(const LspSet *set, const Source *src);
const Decl *set_decl(const LspSet *set, const Source *src, u32 at);

// --- answers: each gives what the request's result is ---------------
typedef json_t *LspAnswer(Lsp *l, const json_t *params, const char **error);
LspAnswer lsp_hover, lsp_definition, lsp_references, lsp_highlight, lsp_rename,
    lsp_prepare_rename, lsp_document_symbols, lsp_workspace_symbols,
    lsp_completion, lsp_formatting, lsp_code_actions, lsp_pull;
void lsp_show(Lsp *l); // publishes diagnostics that changed
json_t *lsp_edits(Lsp *l, const char *uri, json_t *edits); // WorkspaceEdit

// --- lsp.c ----------------------------------------------------------
// Until the client says exit, or its end of the pipe closes. builtin: path of
// the file with the built-in rules, or null.
int lsp_run(const char *builtin);

#endif
