// Fills in the declaration that is being read. Clauses may stand in any order;
// which kinds of declaration take which is checked here at the end.
#include "rulec/syntax/build.h"
#include "rule_gram.h"

const char *const decl_words[DECL_COUNT] = {
    [DECL_TYPES] = "types",
    [DECL_CODE] = "code",
    [DECL_OP] = "op",
    [DECL_RULE] = "rule",
    [DECL_SKELETON] = "skeleton",
    [DECL_REMAT] = "remat",
    [DECL_FN] = "fn",
    [DECL_EXTERN_FN] = "extern fn",
    [DECL_DEF] = "def",
    [DECL_REP] = "rep",
    [DECL_INST] = "inst",
    [DECL_SEQ] = "seq",
    [DECL_TERM] = "term",
    [DECL_DATA] = "data",
    [DECL_LOWER] = "lower",
    [DECL_COST] = "cost",
};

void build_complain(Builder *b, Loc loc, const char *text) {
  diag_add(b->p->diags, E_SYNTAX, loc, "%s", text);
  b->failed = true;
}

// A number of the language that must fit a field of the tree.
u32 build_small(Builder *b, const Token *t, u32 most) {
  if (t->num >= 0 && t->num <= (s128)most)
    return (u32)t->num;
  diag_add(b->p->diags, E_RANGE, t->loc,
           "a number out of range, wanted 0 to %u", most);
  b->failed = true;
  return 0;
}

// --- parameters and operands ----------------------------------------

ParamDecl make_param(Builder *b, const Token *n, const NameVec *l) {
  (void)b;
  return (ParamDecl){make_name(n), {l->n, l->at}};
}

OperandDecl make_operand(Builder *b, const Token *n, const KindVec *kinds) {
  OperandDecl o = {0};
  o.name = n ? make_name(n)
             : (Name){names_intern(b->p->names, "", 0), kinds->at[0].name.loc};
  if (kinds) {
    o.nkinds = kinds->n;
    o.kinds = kinds->at;
  }
  return o;
}

KindDecl make_kind(Builder *b, const Token *n, Expr *arg, bool list) {
  (void)b;
  return (KindDecl){.name = make_name(n), .arg = arg, .list = list};
}

KindVec *kind_add(Builder *b, KindVec *l, const KindDecl *k) {
  if (!l)
    l = arena_new(b->arena, KindVec);
  vec_push(b->arena, l, *k);
  return l;
}

OperandVec *operand_add(Builder *b, OperandVec *l, const OperandDecl *o) {
  if (!l)
    l = arena_new(b->arena, OperandVec);
  vec_push(b->arena, l, *o);
  return l;
}

RenameVec *rename_add(Builder *b, RenameVec *l, const Token *x,
                      const Token *y) {
  if (!l)
    l = arena_new(b->arena, RenameVec);
  RenameDecl r = {make_name(x), make_name(y)};
  vec_push(b->arena, l, r);
  return l;
}

void build_param(Builder *b, const ParamDecl *p) {
  vec_push(b->arena, &b->params, *p);
}

void build_operands(Builder *b, const OperandVec *l) {
  if (l)
    b->d->operands = (OperandList){l->n, l->at};
}

void build_result(Builder *b, const KindDecl *k) {
  OperandVec *l =
      operand_add(b, NULL,
                  &(OperandDecl){.name = {"", k->name.loc},
                                 .nkinds = 1,
                                 .kinds = kind_add(b, NULL, k)->at});
  build_results(b, l);
}

void build_results(Builder *b, const OperandVec *l) {
  b->d->results = (OperandList){l->n, l->at};
}

// --- types, codes, data ---------------------------------------------

void build_types(Builder *b, const Token *n, const NameVec *l) {
  b->d->names = (NameList){l->n, l->at};
  build_done(b, DECL_TYPES, n);
}

void build_enc_bits(Builder *b, const Token *i) {
  b->d->enc_bits = build_small(b, i, 8);
}

void build_member(Builder *b, const Token *n, Expr *pred) {
  CodeMember m = {make_name(n), pred};
  vec_push(b->arena, &b->members, m);
}

static void map_close(Builder *b) {
  if (!b->maps.n)
    return;
  CodeMap *m = &b->maps.at[b->maps.n - 1];
  m->npairs = b->pairs.n;
  m->pairs = b->pairs.at;
}

void build_map(Builder *b, const Token *n) {
  map_close(b);
  memset(&b->pairs, 0, sizeof b->pairs);
  CodeMap m = {.name = make_name(n), .enc_xor = -1};
  vec_push(b->arena, &b->maps, m);
}

void build_pair(Builder *b, const Token *x, const Token *y) {
  CodePair p = {make_name(x), make_name(y)};
  vec_push(b->arena, &b->pairs, p);
}

void build_map_xor(Builder *b, const Token *i) {
  b->maps.at[b->maps.n - 1].enc_xor = build_small(b, i, 255);
}

void build_ctor(Builder *b, const Token *n, const OperandVec *l, Expr *means) {
  Ctor c = {.name = make_name(n), .means = means};
  if (l)
    c.fields = (OperandList){l->n, l->at};
  vec_push(b->arena, &b->ctors, c);
}

// --- small declarations ---------------------------------------------

void build_fn(Builder *b, DeclKind k, const Token *n, Expr *e) {
  b->d->body = e;
  build_done(b, k, n);
}

void build_rep(Builder *b, const Token *type, const Token *cls,
               const Token *low, const Token *rest) {
  b->d->cls = make_name(cls);
  b->d->low = build_small(b, low, 512);
  b->d->rest = make_name(rest);
  build_done(b, DECL_REP, type);
}

void build_cost(Builder *b, const Token *n, const Token *cost) {
  b->d->cost = build_small(b, cost, 10000);
  b->d->has_cost = true;
  build_done(b, DECL_COST, n);
}

// --- clauses --------------------------------------------------------

void build_flag(Builder *b, const Token *t) {
  bool *flag = t->kind == TK_PURE     ? &b->d->pure
               : t->kind == TK_FLOATS ? &b->d->floats
               : t->kind == TK_ENDS   ? &b->d->ends
               : t->kind == TK_FRONT  ? &b->d->front
                                      : &b->d->structure;
  *flag = true;
}

void build_pure_when(Builder *b, Expr *e) { b->d->pure_when = e; }

void build_effects(Builder *b, const Token *n) {
  if (strcmp(n->s, "all") != 0)
    build_complain(b, n->loc, "unknown effects, wanted `effects all`");
  b->d->effects_all = true;
}

void build_reads(Builder *b, Expr *e) { b->d->reads = e; }
void build_writes(Builder *b, Expr *e) { b->d->writes = e; }
void build_sym(Builder *b, Expr *e) { b->d->sym = e; }

void build_op_cost(Builder *b, const Token *i) {
  b->d->cost = build_small(b, i, 10000);
  b->d->has_cost = true;
}

void build_op_let(Builder *b, const Token *n, Expr *e) {
  LetDecl l = {make_name(n), e};
  vec_push(b->arena, &b->lets, l);
}

void build_meaning(Builder *b, Expr *e) {
  if (b->d->means)
    build_complain(b, e->loc, "a second meaning");
  b->d->means = e;
}

void build_asm(Builder *b, const Token *t) { b->d->mnemonic = t->s; }

void build_trap(Builder *b, const Token *n, Expr *when) {
  TrapDecl t = {make_name(n), when};
  vec_push(b->arena, &b->traps, t);
}

void build_fact(Builder *b, const Token *n, Expr *e) {
  FactDecl f = {make_name(n), e};
  vec_push(b->arena, &b->facts, f);
}

void build_equation(Builder *b, const Token *n, Expr *e) {
  field_add(b, &b->equations, n, e);
}

void build_clobber(Builder *b, Expr *e) { expr_add(b, &b->clobbers, e); }

// --- the end --------------------------------------------------------

// Clauses that the grammar takes everywhere and the kind of declaration not.
static void check_clauses(Builder *b) {
  const Decl *d = b->d;
  bool inst = d->kind == DECL_INST || d->kind == DECL_SEQ;
  bool op = d->kind == DECL_OP;
  if (!inst && (b->forms.n || b->clobbers.n || b->equations.n || d->needs.n))
    build_complain(b, d->loc,
                   "encodings, forms, clobbers, needs and equations of "
                   "results belong to `inst`");
  if (!op && (d->sym || d->floats || d->structure || d->front || d->pure_when ||
              b->facts.n))
    build_complain(b, d->loc,
                   "`sym`, `floats`, `structure`, `front`, `pure when` and "
                   "`fact` belong to `op`");
  if (!op && !inst && d->kind != DECL_COST && d->has_cost)
    build_complain(b, d->loc, "`cost` belongs to `op` and `inst`");
  if (d->kind != DECL_SEQ && d->stmts.n)
    build_complain(b, d->loc, "statements in braces belong to `seq`");
  if (d->kind == DECL_RULE && (d->rhs_kind != RHS_TERM))
    build_complain(b, d->loc,
                   "`remove`, `value`, `trap` and `{}` belong to `skeleton`");
  if (d->kind == DECL_LOWER && d->rhs_kind != RHS_TERM &&
      d->rhs_kind != RHS_STMTS)
    build_complain(b, d->loc,
                   "`remove`, `value` and `trap` belong to `skeleton`");
}

#define TAKE(count, array, v) (d->count = (v).n, d->array = (v).at)

void build_done(Builder *b, DeclKind k, const Token *n) {
  Decl *d = b->d;
  d->kind = k;
  d->name = make_name(n);
  d->loc = n->loc;
  map_close(b);
  build_form_close(b);
  d->params = (ParamDeclList){b->params.n, b->params.at};
  TAKE(nmembers, members, b->members);
  TAKE(nmaps, maps, b->maps);
  TAKE(nctors, ctors, b->ctors);
  TAKE(nclauses, clauses, b->clauses);
  TAKE(nallows, allows, b->allows);
  d->traps = (TrapList){b->traps.n, b->traps.at};
  d->lets = (LetList){b->lets.n, b->lets.at};
  d->facts = (FactList){b->facts.n, b->facts.at};
  d->equations = (FieldList){b->equations.n, b->equations.at};
  d->clobbers = (ExprList){b->clobbers.n, b->clobbers.at};
  d->forms = (FormList){b->forms.n, b->forms.at};
  build_side_close(b);
  TAKE(nexamples, examples, b->examples);
  check_clauses(b);
}

// --- errors ---------------------------------------------------------

// What a message calls the tokens worth wanting; names stand for expressions.
static const struct {
  int kind;
  const char *text;
} token_texts[] = {
    {TK_NAME, "a name"},
    {TK_INT, "a number"},
    {TK_RULENAME, "a rule's name"},
    {TK_STRING, "a string"},
    {TK_EQ, "="},
    {TK_COLON, ":"},
    {TK_COMMA, ","},
    {TK_LP, "("},
    {TK_LPC, "( without a blank"},
    {TK_RP, ")"},
    {TK_RB, "]"},
    {TK_LBRACE, "{"},
    {TK_RBRACE, "}"},
    {TK_GIVES, "=>"},
    {TK_ARROW, "->"},
    {TK_IN, "in"},
    {TK_DOTDOT, ".."},
    {TK_SEMI, "; without a blank"},
    {TK_AS, "as"},
    {TK_LOW, "low"},
    {TK_REST, "rest"},
    {TK_CARET, "^"},
    {TK_ENC, "enc"},
    {TK_IF, "if"},
    {TK_LET, "let"},
    {TK_ALT, "|"},
    {TK_ENCITEM, "a byte of the encoding"},
    {0, "the end"},
};

// More than five possibilities help nobody.
static const char *wanted(Builder *b, const bool *fits, int n) {
  Text t = {.arena = b->arena};
  u32 said = 0;
  if (fits[TK_NAME] && fits[TK_INT] && fits[TK_LP])
    return ", wanted an expression";
  for (size_t i = 0; i < sizeof token_texts / sizeof token_texts[0]; i++)
    if (token_texts[i].kind < n && fits[token_texts[i].kind] && said++ < 5)
      text_add(&t, "%s%s", said > 1 ? " or " : ", wanted ",
               token_texts[i].text);
  return said && said <= 5 ? text_str(&t) : "";
}

static bool starts_with(Loc loc, const char *word) {
  size_t n = strlen(word);
  return loc.at + n <= loc.src->size &&
         !memcmp(loc.src->text + loc.at, word, n);
}

// What other languages write there, in a rule; null if it is none of that.
static const char *meant(const Builder *b, const Token *t) {
  static const struct {
    const char *word, *help;
  } words[] = {
      {"and", "`&&` is and"},
      {"or", "`||` is or"},
      {"where", "a condition stands behind `if`"},
      {"when", "a condition stands behind `if`"},
  };
  if (!starts_with(b->start, "rule") && !starts_with(b->start, "skeleton") &&
      !starts_with(b->start, "lower"))
    return NULL;
  switch (t->kind) {
  case TK_EQ: return "`==` compares, `=>` stands before the right side";
  case TK_ARROW: return "`=>` stands before the right side";
  case TK_COMMA: return "arguments of a term stand side by side: (op x y)";
  default: break;
  }
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (t->loc.len == strlen(words[i].word) &&
        starts_with(t->loc, words[i].word))
      return words[i].help;
  return NULL;
}

void build_syntax_error(Builder *b, Token t, const bool *fits, int n) {
  if (b->failed)
    return;
  b->failed = true;
  if (t.kind == TK_BROKEN)
    return; // the lexer has said it
  const char *want = wanted(b, fits, n);
  if (t.kind == 0)
    diag_add(b->p->diags, E_SYNTAX, b->start,
             "this declaration ends too early%s", want);
  else {
    u32 i = diag_add(b->p->diags, E_SYNTAX, t.loc, "`%.*s` does not fit here%s",
                     (int)(t.loc.len > 40 ? 40 : t.loc.len),
                     t.loc.src->text + t.loc.at, want);
    const char *help = meant(b, &t);
    if (help)
      diag_help(b->p->diags, i, "%s", help);
  }
}

void build_overflow(Builder *b) {
  if (!b->failed)
    diag_add(b->p->diags, E_DEPTH, b->start,
             "this declaration is nested too deeply");
  b->failed = true;
}
