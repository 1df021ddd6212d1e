// The words that the language itself knows, with one line on each: for hover,
// completion, highlighting and documentation. Which words there are is taken
// from the lexer's and sema's own tables; a test sees that each has its line.
#ifndef RULEC_DESK_WORDS_H
#define RULEC_DESK_WORDS_H

#include "rulec/syntax/lex.h"
#include "rulec/sema/sema.h"

typedef enum WordClass {
  WC_DECL,     // `rule`: starts a declaration
  WC_KEYWORD,  // `traps`
  WC_TYPE,     // `i32`, `f32x4`
  WC_KIND,     // `memarg`, `gpr`: what an operand may be beside a type
  WC_BUILTIN,  // `clz`, `fp.add`: a function
  WC_CONSTANT, // `true`, `heap`, `div0`
  WC_FIELD,    // of a memarg
  WC_COUNT
} WordClass;

typedef struct WordRow {
  const char *name;
  const char *form; // `clz(x)`, or null
  const char *help;
} WordRow;

// The i-th word of a class; null past the last.
const char *word_at(WordClass c, u32 i);
// Its row, or null if the language has no such word.
const WordRow *word_find(const char *name);

#endif
