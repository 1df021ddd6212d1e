// What to write instead, for diagnostics whose place does not say it: the
// nearest name for one that nothing has, else the help of the code.
#include "rulec/diag/diag.h"
#include "rulec/sema/sema.h"

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

static bool opens_term(DeclKind k) {
  return k == DECL_OP || k == DECL_DEF || k == DECL_INST || k == DECL_SEQ ||
         k == DECL_TERM;
}

static bool is_named(DeclKind k) { // nothing names a rule
  return k != DECL_RULE && k != DECL_SKELETON && k != DECL_REMAT &&
         k != DECL_LOWER;
}

// Names of the declarations, and of what is built in.
static void add_declared(Arena *a, const Ast *ast, bool head, NameVec *v) {
  for (u32 i = 0; i < ast->n; i++)
    if (head ? opens_term(ast->at[i]->kind) : is_named(ast->at[i]->kind))
      vec_push(a, v, ast->at[i]->name.s);
  for (u32 i = 0; i < BI_COUNT && !head; i++)
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
static const char *near_one(const char *name, const NameVec *v) {
  return strlen(name) > 2 ? word_nearest(name, v->at, v->n) : NULL;
}

static const char *nearest(Arena *a, const Ast *ast, Loc loc, bool head) {
  char *name = name_at(a, loc);
  const Decl *d = head ? NULL : decl_at(ast, loc);
  NameVec v = {0};
  add_declared(a, ast, head, &v);
  if (d)
    add_words(a, d, name, &v);
  const char *near = near_one(name, &v);
  char *dot = strchr(name, '.'); // `icmpp.slt`: only the op's name
  if (dot && !(near && strchr(near, '.'))) {
    *dot = '\0';
    near = near_one(name, &v);
  }
  return near && strcmp(near, name) ? near : NULL;
}

// A declaration that did not parse is known by its first word.
static const char *form_at(Arena *a, Loc loc) {
  static const char *const forms[] = {
      "types NAME = i32 i64",
      "code NAME (x, y) = a: x == y | b: x != y",
      "op NAME {T: int} (x: T, y: T) -> T  pure cost 3 = x + y",
      "skeleton NAME: (op x y) if GUARD => value (op y)",
      "remat NAME: (op _ (iconst _))",
      "lower NAME: (op.T x y) => (x64.op.T x y).d",
      "fn NAME(x, y) = x + y",
      "extern fn NAME(x: u64) -> bool",
      "def NAME(x) = (op x x)",
      "rep i32 in gpr: low 32, rest zero",
      ("inst x64.NAME {T: int} (a: gpr.T) -> (d: gpr.T = a)  d = ~a  "
       "enc M(d) REX.T F7 /2"),
      "seq x64.NAME (a: gpr.i32) -> (d: gpr.i32) means E { d = (x64.op a) }",
      "term NAME (x: i64) -> amode means x",
      "data NAME = one(f: flags) means f.z | two(f: flags) means !f.z",
      "cost OP 4",
  };
  const char *s = loc.src->text + loc.at;
  while (s > loc.src->text && !(s[-1] == '\n' && *s >= 'a' && *s <= 'z'))
    s--;
  size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz");
  for (u32 i = 0; i < sizeof forms / sizeof *forms; i++)
    if (strcspn(forms[i], " ") == n && !memcmp(forms[i], s, n))
      return arena_printf(a, "as in `%s`; keywords start in column 1",
                          forms[i]);
  return NULL;
}

// Of an unknown type or kind.
static const char *type_help(Arena *a, const Ast *ast, Loc loc) {
  char *name = name_at(a, loc);
  NameVec v = {0};
  for (u32 i = 0; i < ast->n; i++)
    if (ast->at[i]->kind == DECL_TYPES || ast->at[i]->kind == DECL_CODE ||
        ast->at[i]->kind == DECL_DATA)
      vec_push(a, &v, ast->at[i]->name.s);
  const char *near = near_one(name, &v);
  if (near)
    return arena_printf(a, "did you mean %s?", near);
  if (*name >= 'A' && *name <= 'Z')
    return arena_printf(
        a, "a parameter is declared before the operands: {%s: int}", name);
  return "i32 i64 f32 f64 v128 ref and sets of them (`types`), a code, u8 s32 "
         "and other immediates, `any`; in instructions gpr.T xmm.T m.T imm.s32";
}

static bool declares_ops(const Ast *ast) {
  for (u32 i = 0; i < ast->n; i++)
    if (ast->at[i]->kind == DECL_OP)
      return true;
  return false;
}

static bool is_unknown_op(const Diag *x) {
  return x->code == E_NAME && !strncmp(x->text, "unknown op ", 11);
}

// Where no op is declared every term is unknown: that is said once.
static void keep_one_unknown(Diags *d) {
  u32 n = 0;
  bool said = false;
  for (u32 i = 0; i < d->list.n; i++) {
    bool unknown = is_unknown_op(&d->list.at[i]);
    if (!unknown || !said)
      d->list.at[n++] = d->list.at[i];
    said |= unknown;
  }
  d->list.n = n;
}

static const char *help_for(Arena *a, const Ast *ast, const Diag *x, bool ops) {
  bool head = is_unknown_op(x);
  const char *near = NULL;
  if (head && !ops)
    return "these files declare no ops, so the others are not known either; "
           "--builtin brings what wb was built with";
  const char *form = x->code == E_SYNTAX ? form_at(a, x->loc) : NULL;
  if (form)
    return form;
  if (x->code == E_TYPE && !strncmp(x->text, "unknown ", 8))
    return type_help(a, ast, x->loc);
  if (x->code == E_NAME && !strcmp(x->text, "`_` is not bound"))
    return "`_` is for the left side: give it a name there";
  if (head)
    near = nearest(a, ast, x->loc, true);
  if (x->code == E_NAME && !near)
    near = nearest(a, ast, x->loc, false);
  if (!near && !strncmp(x->text, "unknown function ", 17))
    return "declare it, as in `fn f(k) = k + 1`, or mend its spelling";
  return near ? arena_printf(a, "did you mean %s?", near) : code_help[x->code];
}

void diag_default_help(Diags *d, const Ast *ast) {
  bool ops = declares_ops(ast);
  if (!ops)
    keep_one_unknown(d);
  for (u32 i = 0; i < d->list.n; i++)
    if (!d->list.at[i].help)
      d->list.at[i].help = help_for(d->arena, ast, &d->list.at[i], ops);
}
