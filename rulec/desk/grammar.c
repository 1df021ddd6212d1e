// The table of faces and what the three writers share.
#include "rulec/desk/grammar.h"

const FaceRow face_rows[FACE_COUNT] = {
    [FACE_DECL] = {"Decl", "Statement", "keyword.declaration", "keyword"},
    [FACE_KEYWORD] = {"Keyword", "Keyword", "keyword.other", "keyword"},
    [FACE_TYPE] = {"Type", "Type", "storage.type", "type.builtin"},
    [FACE_KIND] = {"Kind", "Type", "support.type", "type"},
    [FACE_BUILTIN] = {"Builtin", "Special", "support.function",
                      "function.builtin"},
    [FACE_CONSTANT] = {"Constant", "Constant", "constant.language",
                       "constant.builtin"},
    [FACE_FIELD] = {"Field", "Identifier", "variable.other.member", "property"},
    [FACE_COMMENT] = {"Comment", "Comment", "comment.line.semicolon",
                      "comment"},
    [FACE_STRING] = {"String", "String", "string.quoted.double", "string"},
    [FACE_NUMBER] = {"Number", "Number", "constant.numeric", "number"},
    [FACE_OPERATOR] = {"Operator", "Operator", "keyword.operator", "operator"},
    [FACE_NAME] = {"Name", "Title", "entity.name.function", "function"},
    [FACE_HEAD] = {"Head", "Function", "entity.name.function.call",
                   "function.call"},
    [FACE_CALL] = {"Call", "Function", "entity.name.function.call",
                   "function.call"},
    [FACE_PARAM] = {"Param", "Identifier", "variable.parameter",
                    "variable.parameter"},
    [FACE_LABEL] = {"Label", "Label", "entity.name.label", "label"},
    [FACE_ENC] = {"Enc", "PreProc", "constant.other.encoding", "constant"},
    [FACE_CODE] = {"Code", "Special", "constant.other.diagnostic", "constant"},
};

const char *const grammar_operators[] = {
    ">>u", ">>s", "<=u", "<=s", ">=u", ">=s", "=>", "->", ":=",
    "==",  "!=",  "<<",  "&&",  "||",  "++",  "..", "<u", "<s",
    ">u",  ">s",  "/u",  "/s",  "%u",  "%s",  "=",  "+",  "-",
    "*",   "&",   "|",   "^",   "~",   "!",   "?",  "@",  NULL};

const GrammarKind grammar_kinds[] = {{"vim", grammar_vim},
                                     {"textmate", grammar_textmate},
                                     {"tree-sitter", grammar_tree},
                                     {0}};

void grammar_words(Text *t, WordClass c, const char *between, const char *dot) {
  const char *w;
  for (u32 i = 0; (w = word_at(c, i)); i++) {
    text_add(t, "%s", i ? between : "");
    for (; *w; w++)
      text_add(t, "%s%c", *w == '.' ? dot : "", *w);
  }
}
