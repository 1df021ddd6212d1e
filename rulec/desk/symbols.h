// Every name of a rule set, with where it is declared and where it stands: what
// tags, the language server and the documentation know.
//
// Made from syntax trees alone, so it is there while rules are still wrong. A
// name that could be several things (`ne` is a member of three codes) and says
// not which has no symbol. Names of one declaration (variables, parameters,
// labels) are symbols of that declaration.
#ifndef RULEC_DESK_SYMBOLS_H
#define RULEC_DESK_SYMBOLS_H

#include "rulec/sema/priv.h"

typedef enum SymbolKind {
  SY_TYPES,
  SY_CODE,
  SY_MEMBER, // of a code
  SY_OP,
  SY_RULE, // rule, skeleton, remat, lower
  SY_FN,
  SY_DEF,
  SY_INST, // inst and seq
  SY_TERM,
  SY_DATA,
  SY_CTOR,
  // of one declaration
  SY_PARAM,
  SY_VAR,
  SY_LABEL,
  SY_COUNT
} SymbolKind;
extern const char *const symbol_words[SY_COUNT]; // "type set", "code", ...

typedef struct Symbol {
  u8 kind;          // SymbolKind
  const char *name; // interned
  Loc loc;          // where it is declared: its name
  const Decl *decl; // that declares it, or that it belongs to
} Symbol;

typedef struct Occurrence {
  Loc loc;
  u32 symbol;
  bool def;
} Occurrence;

typedef struct Symbols {
  Arena *arena;
  const Ast *ast;
  Symbol *at;
  u32 n, cap;
  VEC(Occurrence) uses; // by source and position; definitions too
} Symbols;

void symbols_build(Symbols *s, Arena *a, Names *names, const Ast *ast);
// The occurrence whose text touches byte `at`; null if none.
const Occurrence *symbols_at(const Symbols *s, const Source *src, u32 at);
static inline bool symbol_is_local(const Symbol *y) {
  return y->kind >= SY_PARAM;
}

#endif
