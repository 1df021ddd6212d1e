// From text to syntax trees: lexer (lex.re), grammar (rule_gram.y), and the
// actions' helpers (build.c).
#ifndef RULEC_SYNTAX_PARSE_H
#define RULEC_SYNTAX_PARSE_H

#include "rulec/syntax/ast.h"
#include "rulec/diag/diag.h"

typedef struct Names { // interned identifiers: equal text, equal pointer
  Arena *arena;
  const char **slot;
  u32 n, cap; // cap a power of two
} Names;
const char *names_intern(Names *t, const char *s, size_t n);

// Reads and parses a file, appends its declarations to ast. Errors go to d;
// what parsed is there nevertheless. False if the file cannot be read.
typedef struct Parser {
  Arena *arena;
  Names *names;
  Diags *diags;
  VEC(Decl *) decls;
  u32 nsources;
  Loc counted; // up to here lines have been counted: line
  u32 line;
  // Names that mean something else in what is read now (beside.c): pairs
  VEC(const char *) renamed;
} Parser;
bool parse_file(Parser *p, const char *path);
void parse_source(Parser *p, const Source *src);

// The text without a byte order mark; null, and why on stderr, if there is
// none.
Source *source_read(Arena *a, const char *path, u32 index);
#define BYTE_ORDER_MARK "\xef\xbb\xbf"
u32 mark_size(const char *text, size_t size); // of that mark: 3 or 0
// A line starts with that word: also where what it declares is not right yet.
bool source_declares(const Source *src, const char *word);

// Prints declarations back as text that parses to the same tree.
void ast_print_expr(Text *t, const Expr *e);
void ast_print_decl(Text *t, const Decl *d);

#endif
