// Highlighting for editors, made from the language's own tables (words.h): one
// table of faces says what each class of words is called where, and three
// writers bring it into the forms of vim, TextMate (VS Code) and tree-sitter.
#ifndef RULEC_DESK_GRAMMAR_H
#define RULEC_DESK_GRAMMAR_H

#include "rulec/desk/words.h"

typedef enum Face {
  FACE_DECL, // first the classes of words, in their order
  FACE_KEYWORD,
  FACE_TYPE,
  FACE_KIND,
  FACE_BUILTIN,
  FACE_CONSTANT,
  FACE_FIELD,
  FACE_COMMENT,
  FACE_STRING,
  FACE_NUMBER,
  FACE_OPERATOR,
  FACE_NAME,  // what a declaration declares
  FACE_HEAD,  // behind an opening parenthesis
  FACE_CALL,  // before one
  FACE_PARAM, // `.T`, `.slt`
  FACE_LABEL,
  FACE_ENC,  // `RM(d, b)`, `REX.T`, `/r`
  FACE_CODE, // `E-TYPE`
  FACE_COUNT
} Face;

typedef struct FaceRow {
  const char *vim; // suffix of our group, and the group it links to
  const char *link;
  const char *scope;   // of TextMate
  const char *capture; // of tree-sitter's highlight queries
} FaceRow;
extern const FaceRow face_rows[FACE_COUNT];

extern const char *const grammar_operators[]; // longest first, null at the end

// A file of an editor: its path below the folder for that editor, its writer.
typedef struct GrammarFile {
  const char *path;
  void (*write)(Text *t);
} GrammarFile;
typedef struct GrammarKind {
  const char *name;         // "vim", "textmate", "tree-sitter"
  const GrammarFile *files; // the first is the grammar; null path at the end
} GrammarKind;
extern const GrammarKind grammar_kinds[]; // null name at the end
extern const GrammarFile grammar_vim[], grammar_textmate[], grammar_tree[];

// Words of a class with something between; what needs an escape in a regular
// expression (the dot of `fp.add`) gets `dot`.
void grammar_words(Text *t, WordClass c, const char *between, const char *dot);

#endif
