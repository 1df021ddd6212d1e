// tree-sitter: a loose grammar. Declarations start at their keyword in column
// 1; inside stand terms, calls, brackets, words and operators in any order, so
// that a file that is being written still has a tree.
#include "rulec/desk/grammar.h"

static void word_rule(Text *t, const char *name, WordClass c) {
  text_add(t, "    %s: $ => choice('", name);
  grammar_words(t, c, "', '", "");
  text_add(t, "'),\n");
}

static void operators(Text *t) {
  text_add(t, "    operator: $ => choice(");
  for (u32 i = 0; grammar_operators[i]; i++)
    text_add(t, "%s'%s'", i ? ", " : "", grammar_operators[i]);
  text_add(t, "),\n");
}

// The keyword with the line end before it: that is what column 1 is.
static void starts(Text *t) {
  text_add(t, "    start: $ => token(prec(3, /\\r?\\n(");
  grammar_words(t, WC_DECL, "|", "\\");
  text_add(t, ")[ \\t]/)),\n    first: $ => token(prec(1, /(");
  grammar_words(t, WC_DECL, "|", "\\");
  text_add(t, ")[ \\t]/)),\n");
}

static const char body[] =
    "    source_file: $ => seq(optional(alias($.first_declaration, "
    "$.declaration)), repeat($.declaration), repeat($._last_line)),\n"
    "    _last_line: $ => token(prec(-1, /\\r?\\n/)),\n"
    "    first_declaration: $ => seq(alias($.first, $.keyword), $._rest),\n"
    "    declaration: $ => seq(alias($.start, $.keyword), $._rest),\n"
    "    _rest: $ => seq(field('name', alias($.declared, $.name)), "
    "repeat($._item)),\n"
    "    declared: $ => /[A-Za-z_][A-Za-z0-9_]*([.-][A-Za-z0-9_]+)*/,\n"
    "    _item: $ => choice($.term, $.call, $.list, $.block, $.number, "
    "$.string, $.code, $.encoding, $.param, $.reserved, $.name, $.operator, "
    "',', ':', $.separator),\n"
    "    term: $ => prec(1, seq('(', optional(field('head', $.name)), "
    "repeat($._item), ')')),\n"
    "    call: $ => prec(2, seq(field('function', choice($.name, "
    "$.reserved, $.param)), token.immediate('('), repeat($._item), ')')),\n"
    "    list: $ => seq('[', repeat($._item), ']'),\n"
    "    block: $ => seq('{', repeat($._item), '}'),\n"
    "    name: $ => /[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z0-9_]+)*/,\n"
    "    param: $ => token(prec(1, /\\.[A-Za-z0-9_]+(\\.[A-Za-z0-9_]+)*/)),\n"
    "    number: $ => token(prec(1, "
    "/-?(0x[0-9a-fA-F_]+|[0-9][0-9_]*(\\.[0-9]+([eE][-+]?[0-9]+)?)?)/)),\n"
    "    code: $ => token(prec(2, /[EW](-[A-Z]+)+/)),\n"
    "    encoding: $ => token(choice(/[0-9A-F][0-9A-F](\\+[A-Za-z]+)?/, "
    "/\\/[0-7r]/, /(REX|VEX)\\.[A-Za-z0-9_.()]+/)),\n"
    "    string: $ => /\"[^\"\\n]*\"/,\n"
    "    separator: $ => token.immediate(prec(2, ';')),\n"
    "    comment: $ => /;[^\\n]*/,\n";

static void grammar(Text *t) {
  text_add(t,
           "// Rules of Rulewright. Made by `rulec grammar tree-sitter`; do "
           "not edit.\n"
           "module.exports = grammar({\n  name: 'rules',\n"
           "  extras: $ => [/\\s/, $.comment],\n  word: $ => $.name,\n"
           "  rules: {\n%s",
           body);
  starts(t);
  operators(t);
  word_rule(t, "reserved", WC_KEYWORD);
  text_add(t, "  },\n});\n");
}

static void query_words(Text *t, WordClass c, Face f) {
  text_add(t, "((name) @%s (#match? @%s \"^(", face_rows[f].capture,
           face_rows[f].capture);
  grammar_words(t, c, "|", "\\\\");
  text_add(t, ")$\"))\n");
}

static void queries(Text *t) {
  text_add(
      t, "; Made by `rulec grammar tree-sitter`; do not edit.\n"
         "(comment) @comment\n(string) @string\n(number) @number\n"
         "(keyword) @keyword\n(reserved) @keyword\n(operator) @operator\n"
         "(encoding) @constant\n(code) @constant\n(param) @variable.parameter\n"
         "(declaration name: (name) @function)\n"
         "(term head: (name) @function.call)\n"
         "(call function: (name) @function.call)\n");
  query_words(t, WC_TYPE, FACE_TYPE);
  query_words(t, WC_KIND, FACE_KIND);
  query_words(t, WC_BUILTIN, FACE_BUILTIN);
  query_words(t, WC_CONSTANT, FACE_CONSTANT);
}

const GrammarFile grammar_tree[] = {
    {"grammar.js", grammar}, {"queries/highlights.scm", queries}, {0}};
