// Syntax, filetype and settings for vim and neovim.
#include "rulec/desk/grammar.h"

static const char head[] =
    "\" Rules of Rulewright. Made by `rulec grammar vim`; do not edit.\n";

static bool is_decl_word(const char *w) {
  const char *d;
  for (u32 i = 0; (d = word_at(WC_DECL, i)); i++)
    if (!strcmp(d, w))
      return true;
  return false;
}

// `fp.add` is no keyword to vim: the dot. `cost` is none: in column 1 it starts
// a declaration. One letter is a variable more often than not.
static void words(Text *t, Face f) {
  const char *w, *group = face_rows[f].vim;
  text_add(t, "syn keyword rules%s", group);
  for (u32 i = 0; (w = word_at((WordClass)f, i)); i++)
    if (!strchr(w, '.') && w[1] && !is_decl_word(w))
      text_add(t, " %s", w);
  text_add(t, "\n");
  for (u32 i = 0; (w = word_at((WordClass)f, i)); i++)
    if (strchr(w, '.'))
      text_add(t, "syn match rules%s /\\<%.*s\\.%s\\>/\n", group,
               (int)strcspn(w, "."), w, strchr(w, '.') + 1);
    else if (is_decl_word(w))
      text_add(t, "syn match rules%s /\\(^\\)\\@<!\\<%s\\>/\n", group, w);
}

static void match(Text *t, Face f, const char *pattern) {
  text_add(t, "syn match rules%s %s\n", face_rows[f].vim, pattern);
}

// Of matches at one place vim takes the last: long ones go last.
static void operators(Text *t) {
  u32 n = 0;
  while (grammar_operators[n])
    n++;
  while (n-- > 0) {
    text_add(t, "syn match rulesOperator =\\V");
    for (const char *s = grammar_operators[n]; *s; s++)
      text_add(t, *s == '=' ? "\\%%d61" : "%c", *s);
    text_add(t, "=\n");
  }
}

// Later matches win over earlier ones at the same place, keywords over all.
static void syntax(Text *t) {
  text_add(t,
           "%sif exists('b:current_syntax') | finish | endif\n"
           "syn case match\nsyn iskeyword @,48-57,_\n\n",
           head);
  operators(t);
  match(t, FACE_PARAM, "/\\.[A-Za-z0-9_]\\+/");
  match(t, FACE_CALL, "/\\<[A-Za-z_][A-Za-z0-9_]*(\\@=/");
  // Neither an argument, `f(x)`, nor an operand, `(x & y)`.
  match(t, FACE_HEAD,
        "/\\([^A-Za-z0-9_](\\)\\@2<=[A-Za-z_][A-Za-z0-9_]*\\>"
        "\\(\\s*[:,]\\|\\s\\+[-+*&|^<>=!%\\/?]\\+[us]\\=\\s\\)\\@!/");
  match(t, FACE_HEAD, "/(\\@1<=x64\\.[A-Za-z_][A-Za-z0-9_]*/");
  match(t, FACE_NUMBER,
        "/-\\=\\<\\(0x[0-9a-fA-F_]\\+\\|\\d[0-9_]*"
        "\\(\\.\\d\\+\\([eE][-+]\\=\\d\\+\\)\\=\\)\\=\\)\\>/");
  match(t, FACE_ENC, "/\\<[A-Z]\\+([^()]*)\\_s\\@=/");
  match(t, FACE_ENC, "/\\<\\(REX\\|VEX\\)\\.[A-Za-z0-9_.()]\\+/");
  match(t, FACE_ENC, "/\\<[0-9A-F]\\{2\\}\\(+[A-Za-z]\\+\\)\\=\\_s\\@=/");
  match(t, FACE_ENC, "/\\_s\\@1<=\\/[0-7r]\\_s\\@=/");
  match(t, FACE_ENC,
        "/\\(\\s[0-9A-F]\\{2\\}\\s\\|\\/[0-7r]\\s\\|+\\a\\s\\)\\@4<="
        "\\(i[bwdo]\\|c[bd]\\|is4\\)\\_s\\@=/");
  match(t, FACE_CODE, "/\\<[EW]\\(-[A-Z]\\+\\)\\+/");
  match(t, FACE_LABEL, "/^\\s\\+[a-z_][a-z0-9_]*:\\s*$/");
  text_add(t, "\n");
  for (Face f = FACE_KEYWORD; f <= FACE_FIELD; f++)
    words(t, f);
  text_add(t, "\n\" These words are fields or operands everywhere but here.\n");
  text_add(t, "syn match rulesDecl /^\\(");
  grammar_words(t, WC_DECL, "\\|", "\\");
  text_add(
      t,
      "\\)\\>/ nextgroup=rulesName skipwhite\n"
      "syn match rulesName /[A-Za-z_][A-Za-z0-9_.-]*/ contained\n"
      "syn region rulesString start=/\"/ end=/\"/ oneline\n"
      "syn match rulesComment /\\(^\\|\\s\\)\\@1<=;.*$/ contains=@Spell\n\n");
  for (Face f = 0; f < FACE_COUNT; f++)
    text_add(t, "hi def link rules%s %s\n", face_rows[f].vim,
             face_rows[f].link);
  text_add(t, "\nlet b:current_syntax = 'rules'\n");
}

// neovim takes `*.rules` for something else.
static void detect(Text *t) {
  text_add(t, "%sautocmd BufRead,BufNewFile *.rules set filetype=rules\n",
           head);
}

static void plugin(Text *t) {
  text_add(
      t, "%s%s", head,
      "\" Not b:did_ftplugin: vim's guess for *.rules has set that.\n"
      "if exists('b:rules_ftplugin') | finish | endif\n"
      "let b:rules_ftplugin = 1\n"
      "setlocal comments=:; commentstring=;\\ %s iskeyword+=-\n"
      "setlocal textwidth=0 shiftwidth=2 softtabstop=2 expandtab\n"
      "setlocal formatprg=rulec\\ fmt\\ -\n"
      "\" A file below the rules/ of a project is one of a set; any other "
      "stands beside\n"
      "\" the rules that wb was built with.\n"
      "let s:path = expand('%:p')\n"
      "let s:rules = finddir('rules', fnamemodify(s:path, ':h') . ';')\n"
      "let s:rules = fnamemodify(s:rules, ':p:h')\n"
      "if filereadable(s:rules . '/ops.rules') && stridx(s:path, s:rules . "
      "'/') == 0\n"
      "  let &l:makeprg = 'rulec check ' . fnameescape(s:rules) . "
      "'/ops.rules ' . fnameescape(s:rules) . '/*/*.rules'\n"
      "else\n"
      "  setlocal makeprg=rulec\\ check\\ --builtin\\ %:S\n"
      "endif\n"
      "setlocal errorformat=%f:%l:%c:\\ %trror%m\n"
      "setlocal errorformat+=%f:%l:%c:\\ %tarning%m\n"
      "setlocal errorformat+=%f:%l:%c:\\ note:\\ %m,%-G%.%#\n"
      "let b:undo_ftplugin = 'unlet b:rules_ftplugin | setl com< cms< "
      "isk< tw< sw< sts< et< fp< mp< efm<'\n");
}

const GrammarFile grammar_vim[] = {{"syntax/rules.vim", syntax},
                                   {"ftdetect/rules.vim", detect},
                                   {"ftplugin/rules.vim", plugin},
                                   {0}};
