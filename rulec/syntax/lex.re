// The lexer. What it knows beside regular expressions:
//
// * A declaration starts with its keyword in column 1 and only there.
// * `name(`, `name[`, `name{` without a blank are call, index and update:
//   TK_LPC, TK_LBI, TK_LBU; with a blank they open something of their own.
// * `-1` is a literal when no blank follows the sign and one (or an opening
//   bracket or comma) precedes it.
// * `;` after a blank starts a comment, directly after text it separates.
// * In `code` and `data`, `|` before the next member is TK_ALT; what stands
//   between them (lines, comments) does not count.
// * `enc` lines of instructions have words of their own, to the end of the line
//   and of following lines that are indented deeper. A guard after `if` is read
//   as an expression and ends where two operands would stand side by side.
#include "rulec/syntax/lex.h"
#include "rule_gram.h"

#include <stdlib.h>

// Only codes and data have alternatives whose bars the grammar must tell apart.
static bool decl_has_alts(const Lexer *l) {
  return l->decl == TK_CODE || l->decl == TK_DATA;
}

typedef struct Word {
  const char *s;
  int kind;
} Word;

static const Word decl_tokens[] = {
    {"types", TK_TYPES}, {"code", TK_CODE},   {"op", TK_OP},
    {"rule", TK_RULE},   {"skeleton", TK_SKELETON}, {"remat", TK_REMAT},
    {"lower", TK_LOWER}, {"fn", TK_FN},       {"extern", TK_EXTERN},
    {"def", TK_DEF},     {"rep", TK_REP},     {"inst", TK_INST},
    {"seq", TK_SEQ},     {"term", TK_TERM},   {"data", TK_DATA},
    {"cost", TK_COSTDECL},
};

static const Word words[] = {
    // reserved everywhere
    {"if", TK_IF}, {"let", TK_LET}, {"in", TK_IN}, {"map", TK_MAP},
    {"form", TK_FORM}, {"enc", TK_ENC}, {"needs", TK_NEEDS},
    {"with", TK_WITH}, {"when", TK_WHEN}, {"traps", TK_TRAPS},
    {"cost", TK_COST}, {"pure", TK_PURE}, {"sym", TK_SYM},
    {"means", TK_MEANS}, {"clobbers", TK_CLOBBERS}, {"tmp", TK_TMP}, {"asm", TK_ASM},
    {"fact", TK_FACT}, {"subsume", TK_SUBSUME}, {"effects", TK_EFFECTS},
    {"reads", TK_READS}, {"writes", TK_WRITES}, {"ends", TK_ENDS}, {"example", TK_EXAMPLE},
    {"floats", TK_FLOATS}, {"structure", TK_STRUCTURE},
    // names where the grammar does not expect the word
    {"trap", TK_TRAP}, {"return", TK_RETURN}, {"value", TK_VALUE},
    {"remove", TK_REMOVE}, {"goto", TK_GOTO}, {"not", TK_NOT},
    {"swap", TK_SWAP}, {"low", TK_LOW}, {"rest", TK_REST},
    {"early", TK_EARLY}, {"late", TK_LATE}, {"as", TK_AS},
    {"prio", TK_PRIO}, {"allow", TK_ALLOW}, {"aligned", TK_ALIGNED},
    {"jmp", TK_JMP}, {"jcc", TK_JCC}, {"data", TK_DATAW},
    {"front", TK_FRONT}, {"stays", TK_STAYS},
};

static int word_find(const Word *w, size_t n, const char *s) {
  for (size_t i = 0; i < n; i++)
    if (*w[i].s == *s && strcmp(w[i].s, s) == 0)
      return w[i].kind;
  return 0;
}
#define FIND(table, s) word_find(table, sizeof table / sizeof table[0], s)

bool token_starts_decl(int kind) {
  for (size_t i = 0; i < sizeof decl_tokens / sizeof decl_tokens[0]; i++)
    if (decl_tokens[i].kind == kind)
      return true;
  return false;
}

const char *lex_word(u32 i, bool *declares) {
  u32 n = sizeof decl_tokens / sizeof decl_tokens[0];
  *declares = i < n;
  if (i < n)
    return decl_tokens[i].s;
  return i - n < sizeof words / sizeof words[0] ? words[i - n].s : NULL;
}

void lex_init(Lexer *l, Parser *p, const Source *src) {
  *l = (Lexer){.p = p, .src = src, .at = src->text};
}

static Token token(Lexer *l, int kind, const char *from) {
  return (Token){.kind = kind,
                 .loc = {l->src, (u32)(from - l->src->text),
                         (u32)(l->at - from) ? (u32)(l->at - from) : 1}};
}

// what: "message\0help".
static Token broken(Lexer *l, const char *from, const char *what) {
  Token t = token(l, TK_BROKEN, from);
  if (!l->said)
    diag_help(l->p->diags, diag_add(l->p->diags, E_LEX, t.loc, "%s", what),
              "%s", what + strlen(what) + 1);
  l->said = l->broken = true;
  return t;
}

static Token named(Lexer *l, int kind, const char *from) {
  Token t = token(l, kind, from);
  t.s = names_intern(l->p->names, from, (size_t)(l->at - from));
  return t;
}

static bool at_column_1(const Lexer *l, const char *from) {
  return from == l->src->text || from[-1] == '\n';
}

static bool is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_';
}

static bool ends_word(const Lexer *l, const char *from) {
  return from > l->src->text && is_word_char(from[-1]);
}

// Something that could be the left side of a postfix stands directly before.
static bool touches(const Lexer *l, const char *from) {
  return ends_word(l, from) ||
         (from > l->src->text && (from[-1] == ')' || from[-1] == ']'));
}

static bool blank_before(const Lexer *l, const char *from) {
  return from == l->src->text || strchr(" \t\n\r([{,", from[-1]) != NULL;
}

static u32 line_indent(const Lexer *l, const char *at) {
  while (at > l->src->text && at[-1] != '\n')
    at--;
  u32 n = 0;
  while (at[n] == ' ')
    n++;
  return n;
}

static const char *skip_blanks(const char *p) { // and comments
  for (;; p++) {
    if (*p == ';' && strchr(" \t\r\n", p[-1]))
      p += strcspn(p, "\n");
    if (!*p || !strchr(" \t\r\n", *p))
      return p;
  }
}

static const char *skip_word(const char *p) { // null if none is there
  if (!is_word_char(*p) || (*p >= '0' && *p <= '9'))
    return NULL;
  while (is_word_char(*p))
    p++;
  return p;
}

// Behind a `|`: the next member of a code, `name:`, or of a data, `name(x:`. A
// colon in brackets or of a `?` that is open is none of these.
static bool starts_member(const Lexer *l) {
  if (!decl_has_alts(l) || l->open || l->questions)
    return false;
  const char *p = skip_word(skip_blanks(l->at));
  if (p && l->decl == TK_DATA)
    p = *p == '(' ? skip_word(skip_blanks(p + 1)) : NULL;
  p = p ? skip_blanks(p) : NULL;
  return p && *p == ':' && p[1] != '=';
}

static void count_open(Lexer *l, int kind) {
  switch (kind) {
  case TK_LP: case TK_LPC: case TK_LB: case TK_LBI: case TK_LBU:
  case TK_LBRACE: l->open++; break;
  case TK_RP: case TK_RB: case TK_RBRACE: l->open -= l->open > 0; break;
  case TK_QUESTION: l->questions += !l->open; break;
  case TK_COLON: l->questions -= !l->open && l->questions; break;
  default: break;
  }
}

static Token word(Lexer *l, const char *from) {
  Token t = named(l, TK_NAME, from);
  if (at_column_1(l, from)) {
    t.kind = FIND(decl_tokens, t.s);
    if (!t.kind)
      return l->said = false, broken(l, from,
                    "a line that starts in column 1 must start a declaration "
                    "(types code op rule skeleton remat fn extern def rep inst "
                    "seq term data lower cost)\0"
                    "indent what goes on from the line before; comments start with `;`");
    l->decl = t.kind;
    l->said = false;
    l->open = l->questions = 0;
    if (t.kind == TK_RULE || t.kind == TK_SKELETON || t.kind == TK_REMAT ||
        t.kind == TK_LOWER)
      l->mode = LEX_RULE_NAME;
    return t;
  }
  if (l->last == TK_EXTERN && strcmp(t.s, "fn") == 0)
    t.kind = TK_FN;
  int kind = FIND(words, t.s);
  for (u32 i = 0; i + 1 < l->p->renamed.n; i += 2)
    if (l->p->renamed.at[i] == t.s)
      t.s = l->p->renamed.at[i + 1];
  if (kind == TK_TRAPS && *l->at == '(')
    kind = TK_NAME; // the fact of a target
  if (kind)
    t.kind = kind;
  if (t.kind == TK_ENC && l->decl == TK_INST) {
    l->mode = LEX_ENC;
    l->enc_indent = line_indent(l, from);
  }
  return t;
}

static Token integer(Lexer *l, const char *from) {
  Token t = token(l, TK_INT, from);
  const char *p = from;
  bool neg = *p == '-';
  p += neg;
  u32 base = p[0] == '0' && p[1] == 'x' ? 16 : 10;
  u128 v = 0, most = ~(u128)0 / 2;
  for (p += base == 16 ? 2 : 0; p < l->at; p++) {
    if (*p == '_')
      continue;
    u32 d = (u32)(*p <= '9' ? *p - '0' : (*p | 32) - 'a' + 10);
    if (v > (most - d) / base)
      return broken(l, from, "a number of more than 127 bits\0"
                    "two numbers, put together with ++ or <<");
    v = v * base + d;
  }
  t.num = neg ? -(s128)v : (s128)v;
  return t;
}

static Token real(Lexer *l, const char *from) {
  Token t = named(l, TK_FLOAT, from);
  t.fnum = strtod(t.s, NULL);
  return t;
}

/*!re2c
  re2c:define:YYCTYPE = "unsigned char";
  re2c:define:YYCURSOR = at;
  re2c:define:YYMARKER = marker;
  re2c:define:YYCTXMARKER = context;
  re2c:yyfill:enable = 0;

  eof   = "\x00";
  blank = [ \t\r];
  id    = [A-Za-z_][A-Za-z0-9_]*;
  name  = id ("." [A-Za-z0-9_]+)*;
  dec   = [0-9][0-9_]*;
  hex   = "0x" [0-9a-fA-F_]+;
  num   = dec | hex;
  flt   = dec "." [0-9]+ ([eE] [-+]? [0-9]+)?;
  notid = [^A-Za-z0-9_];
  rest  = [^\n\x00]*;
*/

#define RETURN(k) do { l->at = (const char *)at; return token(l, k, from); } while (0)
#define BRACKET(touching, apart) RETURN(touches(l, from) ? touching : apart)

static Token lex_normal(Lexer *l) {
  const unsigned char *at, *marker, *context;
  const char *from;
again:
  from = l->at;
  at = (const unsigned char *)from;
  (void)context;
  /*!re2c
    eof { if (from < l->src->text + l->src->size) {
            l->at = (const char *)at;
            return broken(l, from, "a zero byte\0take it out: rules are text");
          }
          return token(l, 0, from); }
    (blank | "\n")+ { l->at = (const char *)at; goto again; }
    ";" { if (from > l->src->text && !strchr(" \t\r\n", from[-1]))
            RETURN(TK_SEMI);
          while (*at && *at != '\n') at++;
          l->at = (const char *)at; goto again; }
    [EW] ("-" [A-Z]+)+ { l->at = (const char *)at; return named(l, TK_DIAGCODE, from); }
    name { l->at = (const char *)at; return word(l, from); }
    num  { l->at = (const char *)at; return integer(l, from); }
    flt  { l->at = (const char *)at; return real(l, from); }
    "-" num { if (!blank_before(l, from)) { at = (const unsigned char *)from + 1; RETURN(TK_MINUS); }
              l->at = (const char *)at; return integer(l, from); }
    "-" flt { if (!blank_before(l, from)) { at = (const unsigned char *)from + 1; RETURN(TK_MINUS); }
              l->at = (const char *)at; return real(l, from); }
    ["] [^"\n\x00]* ["] { l->at = (const char *)at; Token t = token(l, TK_STRING, from);
             t.s = names_intern(l->p->names, from + 1, (size_t)(l->at - from - 2)); return t; }
    "." [A-Za-z0-9_]+ ("." [A-Za-z0-9_]+)* { l->at = (const char *)at; Token t = token(l, TK_DOTNAME, from);
             t.s = names_intern(l->p->names, from + 1, (size_t)(l->at - from - 1)); return t; }
    "(" { RETURN(ends_word(l, from) ? TK_LPC : TK_LP); }
    ")" { RETURN(TK_RP); }
    "[" { BRACKET(TK_LBI, TK_LB); }
    "]" { RETURN(TK_RB); }
    "{" { BRACKET(TK_LBU, TK_LBRACE); }
    "}" { RETURN(TK_RBRACE); }
    "," { RETURN(TK_COMMA); }
    ":" { RETURN(TK_COLON); }
    ":=" { RETURN(TK_ASSIGN); }
    "=" { RETURN(TK_EQ); }
    "=>" { RETURN(TK_GIVES); }
    "->" { RETURN(TK_ARROW); }
    ".." { RETURN(TK_DOTDOT); }
    "@" { RETURN(TK_AT); }
    "?" { RETURN(TK_QUESTION); }
    "|"  { l->at = (const char *)at; return token(l, starts_member(l) ? TK_ALT : TK_BAR, from); }
    "||" { RETURN(TK_OROR); }
    "&&" { RETURN(TK_ANDAND); }
    "&"  { RETURN(TK_AMP); }
    "^"  { RETURN(TK_CARET); }
    "~"  { RETURN(TK_TILDE); }
    "!"  { RETURN(TK_BANG); }
    "==" { RETURN(TK_EQEQ); }
    "!=" { RETURN(TK_NE); }
    "<u"  / notid { RETURN(TK_ULT); }
    "<=u" / notid { RETURN(TK_ULE); }
    ">u"  / notid { RETURN(TK_UGT); }
    ">=u" / notid { RETURN(TK_UGE); }
    "<s"  / notid { RETURN(TK_SLT); }
    "<=s" / notid { RETURN(TK_SLE); }
    ">s"  / notid { RETURN(TK_SGT); }
    ">=s" / notid { RETURN(TK_SGE); }
    "<<"  { RETURN(TK_SHL); }
    ">>u" / notid { RETURN(TK_USHR); }
    ">>s" / notid { RETURN(TK_SSHR); }
    "++"  { RETURN(TK_CONCAT); }
    "+"   { RETURN(TK_PLUS); }
    "-"   { RETURN(TK_MINUS); }
    "*"   { RETURN(TK_STAR); }
    "/u"  / notid { RETURN(TK_UDIV); }
    "/s"  / notid { RETURN(TK_SDIV); }
    "%u"  / notid { RETURN(TK_UREM); }
    "%s"  / notid { RETURN(TK_SREM); }
    "//" | "/*" | "#" | "--" {
        l->at = (const char *)at;
        return broken(l, from, "a comment of another language\0"
                      "comments start with `;` and go on to the end of the line"); }
    "<" | "<=" | ">" | ">=" | ">>" | "/" | "%" {
        l->at = (const char *)at;
        return broken(l, from, "an operator without a sign, wanted u or s after it "
                      "(<u <s >>u >>s /u /s %u %s)\0"
                      "u (unsigned) or s (signed) goes behind < <= > >= >> / %"); }
    [\x80-\xff]+ { l->at = (const char *)at;
        return broken(l, from, "letters beyond ASCII stand in comments only\0"
                      "names are of a-z A-Z 0-9 and _; comments start with `;`"); }
    * { l->at = (const char *)at; return broken(l, from, "a character that starts nothing here\0"
              "take it out; comments start with `;`"); }
  */
}

static Token lex_rule_name(Lexer *l) {
  const unsigned char *at, *marker;
  const char *from;
again:
  from = l->at;
  at = (const unsigned char *)from;
  (void)marker;
  /*!re2c
    blank+ { l->at = (const char *)at; goto again; }
    id ("." [A-Za-z0-9_]+ | "-" [A-Za-z0-9_]+)* {
        l->at = (const char *)at; l->mode = LEX_NORMAL; return named(l, TK_RULENAME, from); }
    * { l->mode = LEX_NORMAL; l->at = from;
        return broken(l, from, "no name here, wanted a rule name such as add-zero\0"
                      "the name stands in the line of its keyword, `:` behind it"); }
  */
}

// One word of an enc line.
static Token lex_enc(Lexer *l) {
  const unsigned char *at, *marker;
  const char *from;
again:
  from = l->at;
  at = (const unsigned char *)from;
  (void)marker;
  /*!re2c
    eof { l->mode = LEX_NORMAL; return lex_normal(l); }
    blank+ { l->at = (const char *)at; goto again; }
    ";" rest { l->at = (const char *)at; goto again; }
    "\n" { const char *p = (const char *)at;
           while (*p == ' ') p++;
           l->at = (const char *)at;
           if (*p == '\n' || *p == ';') goto again;
           if ((u32)(p - (const char *)at) > l->enc_indent) goto again;
           l->mode = LEX_NORMAL;
           return lex_normal(l); }
    "if" / notid { l->at = (const char *)at; l->mode = LEX_ENC_GUARD; l->depth = 0; return token(l, TK_IF, from); }
    "enc" / notid { RETURN(TK_ENC); }
    "form" / notid { l->mode = LEX_NORMAL; RETURN(TK_FORM); }
    [0-9A-F] [0-9A-F] / [ \t\r\n\x00;] { l->at = (const char *)at; return named(l, TK_ENCITEM, from); }
    [0-9A-F] [0-9A-F] "+" id { l->at = (const char *)at; return named(l, TK_ENCITEM, from); }
    "/" [0-7r] { l->at = (const char *)at; return named(l, TK_ENCITEM, from); }
    ("ib" | "iw" | "id" | "io" | "cb" | "cd" | "is4") / notid {
        l->at = (const char *)at; return named(l, TK_ENCITEM, from); }
    [A-Z]+ "(" [^()\n\x00]* ")" { l->at = (const char *)at; return named(l, TK_ENCFORM, from); }
    [A-Z]+ "." [A-Za-z0-9_.()]+ | [a-z]+ "(" id ")" {
        l->at = (const char *)at; return named(l, TK_ENCITEM, from); }
    [a-z] [a-z0-9]* / notid { l->at = (const char *)at; return named(l, TK_ENCKIND, from); }
    [A-Z] [A-Z0-9]* / notid { l->at = (const char *)at; return named(l, TK_ENCITEM, from); }
    * { l->at = (const char *)at;
        return broken(l, from, "no word of an encoding, wanted operand kinds, RM(d, b), "
                      "REX.T, bytes as two hex digits, /r, /0, ib...\0"
                      "an `enc` line goes on while lines are indented deeper; docs/encoding.md"); }
  */
}

static bool ends_operand(int kind) {
  return kind == TK_NAME || kind == TK_INT || kind == TK_RP || kind == TK_RB ||
         kind == TK_DOTNAME;
}

// A guard goes on until a second operand would start, or a line that is no
// continuation.
static Token lex_guard(Lexer *l) {
  const char *p = l->at;
  while (*p == ' ' || *p == '\t' || *p == '\r')
    p++;
  bool over = l->depth == 0 && ends_operand(l->last) &&
              (*p == '\n' || *p == '\0' || *p == ';' ||
               (p > l->at && (is_word_char(*p))));
  if (over) {
    l->mode = LEX_ENC;
    return lex_enc(l);
  }
  Token t = lex_normal(l);
  if (t.kind == TK_LP || t.kind == TK_LPC)
    l->depth++;
  if (t.kind == TK_RP && l->depth)
    l->depth--;
  return t;
}

Token lex_next(Lexer *l) {
  l->broken = false;
  Token t = {0};
  switch (l->mode) {
  case LEX_NORMAL: t = lex_normal(l); break;
  case LEX_RULE_NAME: t = lex_rule_name(l); break;
  case LEX_ENC: t = lex_enc(l); break;
  case LEX_ENC_GUARD: t = lex_guard(l); break;
  }
  if (token_starts_decl(t.kind) && t.kind != TK_FN && l->mode != LEX_RULE_NAME)
    l->mode = LEX_NORMAL;
  count_open(l, t.kind);
  l->last = t.kind;
  return t;
}
