// TextMate's grammar as VS Code reads it, with the manifest of an extension.
// Patterns are Oniguruma's; the first that matches at a place wins.
#include "rulec/desk/grammar.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static json_t *match(Face f, const char *pattern) {
  char scope[80];
  snprintf(scope, sizeof scope, "%s.rules", face_rows[f].scope);
  return json_pack("{ss ss}", "name", scope, "match", pattern);
}

// Words that are functions stand before `(` as well. One letter is a variable
// more often than not.
static json_t *words(Arena *a, Face f) {
  bool called = f == FACE_BUILTIN || f == FACE_KEYWORD;
  const char *w;
  Text t = {.arena = a};
  text_add(&t, "(?<![.\\w-])(?:");
  for (u32 i = 0, n = 0; (w = word_at((WordClass)f, i)); i++) {
    if (!w[1])
      continue;
    text_add(&t, "%s", n++ ? "|" : "");
    for (; *w; w++)
      text_add(&t, *w == '.' ? "\\%c" : "%c", *w);
  }
  text_add(&t, called ? ")(?![\\w-])" : ")(?![\\w(-])");
  return match(f, text_str(&t));
}

static json_t *operators(Arena *a) {
  Text t = {.arena = a};
  for (u32 i = 0; grammar_operators[i]; i++) {
    text_add(&t, "%s", i ? "|" : "");
    for (const char *s = grammar_operators[i]; *s; s++)
      text_add(&t, (*s >= 'a' && *s <= 'z') ? "%c" : "\\%c", *s);
  }
  return match(FACE_OPERATOR, text_str(&t));
}

// `rule add-zero`: the word and the name.
static json_t *declaration(Arena *a) {
  Text t = {.arena = a};
  text_add(&t, "^(");
  grammar_words(&t, WC_DECL, "|", "\\");
  text_add(&t, ")\\b(?:\\s+(fn)\\b)?\\s*([A-Za-z_][A-Za-z0-9_.-]*)?");
  return json_pack("{ss s{s{ss} s{ss} s{ss}}}", "match", text_str(&t),
                   "captures", "1", "name", "keyword.declaration.rules", "2",
                   "name", "keyword.declaration.rules", "3", "name",
                   "entity.name.function.rules");
}

static json_t *patterns(Arena *a) {
  json_t *p = json_array();
  json_array_append_new(p, match(FACE_COMMENT, "(?:^|(?<=\\s));.*$"));
  json_array_append_new(p, match(FACE_STRING, "\"[^\"\\n]*\""));
  json_array_append_new(p, declaration(a));
  json_array_append_new(p, match(FACE_CODE, "\\b[EW](?:-[A-Z]+)+\\b"));
  json_array_append_new(p,
                        match(FACE_ENC, "\\b[A-Z]+\\([^()\\n]*\\)(?=\\s|$)"));
  json_array_append_new(p,
                        match(FACE_ENC, "\\b(?:REX|VEX)\\.[A-Za-z0-9_.()]+"));
  json_array_append_new(
      p, match(FACE_ENC,
               "(?<=\\s)(?:[0-9A-F]{2}(?:\\+[A-Za-z]+)?|/[0-7r])(?=\\s|$)"));
  json_array_append_new(
      p, match(FACE_ENC,
               "(?:(?<=\\s[0-9A-F]{2}\\s)|(?<=/[0-7r]\\s)|(?<=\\+[A-Za-z]\\s))"
               "(?:i[bwdo]|c[bd]|is4)(?=\\s|$)"));
  json_array_append_new(p,
                        match(FACE_LABEL, "^\\s+[a-z_][a-z0-9_]*:(?=\\s*$)"));
  for (Face f = FACE_KEYWORD; f <= FACE_FIELD; f++)
    json_array_append_new(p, words(a, f));
  json_array_append_new(
      p, match(FACE_NUMBER,
               "(?<![\\w.])-?(?:0x[0-9a-fA-F_]+|[0-9][0-9_]*(?:\\.[0-9]+"
               "(?:[eE][-+]?[0-9]+)?)?)\\b"));
  json_array_append_new(
      p,
      match(FACE_HEAD,
            "(?<=\\W\\()(?:x64\\.)?[A-Za-z_][A-Za-z0-9_]*(?![\\w(])(?!\\s*[:,])"
            "(?!\\s+[-+*&|^<>=!%/?]+[us]?\\s)"));
  json_array_append_new(p,
                        match(FACE_CALL, "\\b[A-Za-z_][A-Za-z0-9_]*(?=\\()"));
  json_array_append_new(p, match(FACE_PARAM, "\\.[A-Za-z0-9_]+"));
  json_array_append_new(p, operators(a));
  return p;
}

static void add_json(Text *t, json_t *o) {
  char *text = json_dumps(o, JSON_INDENT(2));
  json_decref(o);
  must(text, "grammar: no text of it");
  text_add(t, "%s\n", text);
  free(text);
}

static void grammar(Text *t) {
  add_json(t, json_pack("{ss ss ss s[s] so}", "$schema", "tmlanguage.json",
                        "name", "Rules", "scopeName", "source.rules",
                        "fileTypes", "rules", "patterns", patterns(t->arena)));
}

static void package(Text *t) {
  add_json(t,
           json_pack(
               "{ss ss ss ss ss s{ss} s{s[{ss s[ss] s[s] ss}] s[{ss ss ss}]}}",
               "name", "rulewright-rules", "displayName", "Rules of Rulewright",
               "description", "Highlighting for .rules; made by rulec grammar",
               "version", "1.0.0", "publisher", "rulewright", "engines",
               "vscode", "^1.60.0", "contributes", "languages", "id", "rules",
               "aliases", "Rules", "rules", "extensions", ".rules",
               "configuration", "./language-configuration.json", "grammars",
               "language", "rules", "scopeName", "source.rules", "path",
               "./syntaxes/rules.tmLanguage.json"));
}

static void configuration(Text *t) {
  add_json(
      t,
      json_pack("{s{ss} s[[ss][ss][ss]] s[{ss ss}{ss ss}{ss ss}{ss ss}] ss}",
                "comments", "lineComment", ";", "brackets", "(", ")", "[", "]",
                "{", "}", "autoClosingPairs", "open", "(", "close", ")", "open",
                "[", "close", "]", "open", "{", "close", "}", "open", "\"",
                "close", "\"", "wordPattern", "[A-Za-z_][A-Za-z0-9_]*"));
}

const GrammarFile grammar_textmate[] = {
    {"syntaxes/rules.tmLanguage.json", grammar},
    {"package.json", package},
    {"language-configuration.json", configuration},
    {0}};
