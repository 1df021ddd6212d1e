// Tokens of `.rules` files and the lexer that makes them (lex.re).
#ifndef RULEC_SYNTAX_LEX_H
#define RULEC_SYNTAX_LEX_H

#include "rulec/syntax/parse.h"

typedef struct Token {
  int kind; // TK_* of the grammar, 0 at the end
  Loc loc;
  const char *s; // identifiers, rule names, enc words: interned text
  s128 num;      // integers
  double fnum;   // floats
} Token;

typedef enum LexMode {
  LEX_NORMAL,
  LEX_RULE_NAME, // after `rule`, `lower`...: a name with hyphens
  LEX_ENC,       // after `enc` in an instruction
  LEX_ENC_GUARD, // after `if` in an enc line
} LexMode;

typedef struct Lexer {
  Parser *p;
  const Source *src;
  const char *at;
  LexMode mode;
  int decl;       // token of the declaration being read
  int last;       // previous token
  u32 depth;      // parentheses open in a guard
  u32 open;       // brackets of any kind in the declaration
  u32 questions;  // `?` outside brackets that wait for their colon
  u32 enc_indent; // of the line with `enc`: deeper lines continue it
  bool said;      // a lexical error of this declaration was reported
  bool broken;    // a lexical error was reported for the token just returned
} Lexer;

void lex_init(Lexer *l, Parser *p, const Source *src);
Token lex_next(Lexer *l);
bool token_starts_decl(int kind);
// The words of the language, for completion and highlighting: those that start
// a declaration, then the others. Null past the last.
const char *lex_word(u32 i, bool *declares);

#endif
