// What to write instead, for diagnostics whose place does not say it: the
// nearest name for one that nothing has, else the help of the code.
#include "rulec/diag.h"
#include "rulec/sema.h"

static const char *const code_help[DIAG_NCODES] = {
#define HELP(code, text) [code] = text,
#include "rulec/codes/help.def"
#undef HELP
};

static bool is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_';
}

// The name at loc, with dots, without the bracket of a term.
static char *name_at(Arena *a, Loc loc) {
  const char *s = loc.src->text + loc.at;
  u32 n = 0;
  s += *s == '(';
  while (is_word_char(s[n]) || (s[n] == '.' && is_word_char(s[n + 1])))
    n++;
  return arena_strndup(a, s, n);
}

typedef VEC(const char *) NameVec;

// Names of the declarations, and of what is built in.
static void add_declared(Arena *a, const Ast *ast, NameVec *v) {
  for (u32 i = 0; i < ast->n; i++)
    vec_push(a, v, ast->at[i]->name.s);
  for (u32 i = 0; i < BI_COUNT; i++)
    vec_push(a, v, builtin_names[i]);
}

static const Decl *decl_at(const Ast *ast, Loc loc) {
  for (u32 i = 0; i < ast->n; i++) {
    const Loc whole = ast->at[i]->whole;
    if (whole.src == loc.src && whole.at <= loc.at &&
        loc.at < whole.at + whole.len)
      return ast->at[i];
  }
  return NULL;
}

// The words of the declaration that a name stands in: its variables are among
// them, and its misspelt self is not.
static void add_words(Arena *a, const Decl *d, const char *self, NameVec *v) {
  const char *s = d->whole.src->text + d->whole.at, *end = s + d->whole.len;
  while (s < end) {
    u32 n = 0;
    while (s + n < end && is_word_char(s[n]))
      n++;
    if (n > 1 && (strncmp(s, self, n) || (self[n] && self[n] != '.')))
      vec_push(a, v, arena_strndup(a, s, n));
    s += n ? n : 1;
  }
}

// A word of two letters is near too many.
static const char *nearest(Arena *a, const Ast *ast, Loc loc) {
  char *name = name_at(a, loc);
  const Decl *d = decl_at(ast, loc);
  NameVec v = {0};
  add_declared(a, ast, &v);
  if (d)
    add_words(a, d, name, &v);
  const char *near = strlen(name) > 2 ? word_nearest(name, v.at, v.n) : NULL;
  char *dot = strchr(name, '.'); // `icmpp.slt`: only the op's name
  if (!near && dot) {
    *dot = '\0';
    near = strlen(name) > 2 ? word_nearest(name, v.at, v.n) : NULL;
  }
  return near && strcmp(near, name) ? near : NULL;
}

void diag_default_help(Diags *d, const Ast *ast) {
  for (u32 i = 0; i < d->list.n; i++) {
    Diag *x = &d->list.at[i];
    if (x->help)
      continue;
    const char *near =
        x->code == E_NAME ? nearest(d->arena, ast, x->loc) : NULL;
    x->help = near ? arena_printf(d->arena, "did you mean %s?", near)
                   : code_help[x->code];
  }
}
