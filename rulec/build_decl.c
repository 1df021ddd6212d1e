// Fills in the declaration that is being read. Clauses may stand in any order;
// which kinds of declaration take which is checked here at the end.
#include "rulec/build.h"
#include "rule_gram.h"

const char *const decl_words[DECL_COUNT] = {
    [DECL_TYPES] = "types",       [DECL_CODE] = "code",
    [DECL_OP] = "op",             [DECL_RULE] = "rule",
    [DECL_SKELETON] = "skeleton", [DECL_REMAT] = "remat",
    [DECL_FN] = "fn",             [DECL_EXTERN_FN] = "extern fn",
    [DECL_DEF] = "def",           [DECL_REP] = "rep",
    [DECL_INST] = "inst",         [DECL_SEQ] = "seq",
    [DECL_TERM] = "term",         [DECL_DATA] = "data",
    [DECL_LOWER] = "lower",       [DECL_COST] = "cost",
};

static void complain(Builder *b, Loc loc, const char *text) {
  diag_error(b->p->diags, loc, "E-SYNTAX", "%s", text);
  b->failed = true;
}

// A number of the language that must fit a field of the tree.
static u32 small(Builder *b, const Token *t, u32 most) {
  if (t->num >= 0 && t->num <= (s128)most)
    return (u32)t->num;
  diag_error(b->p->diags, t->loc, "E-RANGE", "a number out of range, wanted 0 to %u",
             most);
  b->failed = true;
  return 0;
}

// --- parameters and operands -------------------------------------------------------

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

RenameVec *rename_add(Builder *b, RenameVec *l, const Token *x, const Token *y) {
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
      operand_add(b, NULL, &(OperandDecl){.name = {"", k->name.loc},
                                          .nkinds = 1,
                                          .kinds = kind_add(b, NULL, k)->at});
  build_results(b, l);
}

void build_results(Builder *b, const OperandVec *l) {
  b->d->results = (OperandList){l->n, l->at};
}

// --- types, codes, data ------------------------------------------------------------

void build_types(Builder *b, const Token *n, const NameVec *l) {
  b->d->names = (NameList){l->n, l->at};
  build_done(b, DECL_TYPES, n);
}

void build_enc_bits(Builder *b, const Token *i) {
  b->d->enc_bits = small(b, i, 8);
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
  b->maps.at[b->maps.n - 1].enc_xor = small(b, i, 255);
}

void build_ctor(Builder *b, const Token *n, const OperandVec *l, Expr *means) {
  Ctor c = {.name = make_name(n), .means = means};
  if (l)
    c.fields = (OperandList){l->n, l->at};
  vec_push(b->arena, &b->ctors, c);
}

// --- small declarations ----------------------------------------------------------------

void build_fn(Builder *b, DeclKind k, const Token *n, Expr *e) {
  b->d->body = e;
  build_done(b, k, n);
}

void build_rep(Builder *b, const Token *type, const Token *cls, const Token *low,
               const Token *rest) {
  b->d->cls = make_name(cls);
  b->d->low = small(b, low, 512);
  b->d->rest = make_name(rest);
  build_done(b, DECL_REP, type);
}

void build_cost(Builder *b, const Token *n, const Token *cost) {
  b->d->cost = small(b, cost, 10000);
  b->d->has_cost = true;
  build_done(b, DECL_COST, n);
}

// --- rules -------------------------------------------------------------------------------

void build_lhs(Builder *b, const NameVec *results, Expr *e) {
  b->d->lhs = e;
  b->d->has_targets = results != NULL;
  if (results)
    b->d->lhs_results = (NameList){results->n, results->at};
}

void build_guard(Builder *b, Expr *e) {
  vec_push(b->arena, &b->clauses, ((Clause){.e = e}));
}

void build_rule_let(Builder *b, const Token *n, Expr *e) {
  Clause c = {true, make_name(n), e};
  vec_push(b->arena, &b->clauses, c);
}

void build_prio(Builder *b, const Token *i) {
  b->d->has_prio = true;
  b->d->prio = small(b, i, 1000000);
}

void build_allow(Builder *b, const NameVec *l) {
  b->d->allow = (NameList){l->n, l->at};
}

void build_rhs(Builder *b, RhsKind k, const ExprVec *l) {
  b->d->rhs_kind = k;
  if (l)
    b->d->rhs = (ExprList){l->n, l->at};
}

void build_rhs_expr(Builder *b, bool subsume, Expr *e) {
  b->d->subsume = subsume;
  build_rhs(b, RHS_TERM, expr_add(b, NULL, e));
}

void build_rhs_trap(Builder *b, const Token *code) {
  build_rhs(b, RHS_TRAP, expr_add(b, NULL, make_leaf(b, EX_NAME, code)));
}

// --- statements ----------------------------------------------------------------------------

static Stmt *stmt_add(Builder *b, StmtKind k, Loc loc, const RenameVec *r) {
  Stmt s = {.kind = k, .loc = loc};
  if (r) {
    s.nrenames = r->n;
    s.renames = r->at;
  }
  vec_push(b->arena, &b->stmts, s);
  return &b->stmts.at[b->stmts.n - 1];
}

void build_bind(Builder *b, const NameVec *targets, Expr *e, const RenameVec *r) {
  Stmt *s = stmt_add(b, ST_BIND, targets->at[0].loc, r);
  s->targets = (NameList){targets->n, targets->at};
  s->value = e;
}

void build_value(Builder *b, Expr *e, const RenameVec *r) {
  stmt_add(b, ST_VALUE, e->loc, r)->value = e;
}

void build_trap_stmt(Builder *b, const Token *code, Expr *cond) {
  Stmt *s = stmt_add(b, ST_TRAP, code->loc, NULL);
  s->code = make_name(code);
  s->value = cond;
}

void build_label(Builder *b, const Token *n) {
  stmt_add(b, ST_LABEL, n->loc, NULL)->label = make_name(n);
}

void build_jmp(Builder *b, const Token *label) {
  stmt_add(b, ST_JMP, label->loc, NULL)->label = make_name(label);
}

void build_jcc(Builder *b, Expr *code, Expr *flags, const Token *label) {
  Stmt *s = stmt_add(b, ST_JCC, code->loc, NULL);
  s->value = code;
  s->flags = flags;
  s->label = make_name(label);
}

void build_data_stmt(Builder *b, const Token *label, const Token *format, Expr *e) {
  Stmt *s = stmt_add(b, ST_DATA, label->loc, NULL);
  s->label = make_name(label);
  s->code = make_name(format);
  s->value = e;
}

// --- clauses ---------------------------------------------------------------------------------

void build_flag(Builder *b, const Token *t) {
  bool *flag = t->kind == TK_PURE     ? &b->d->pure
               : t->kind == TK_FLOATS ? &b->d->floats
               : t->kind == TK_ENDS   ? &b->d->ends
                                      : &b->d->structure;
  *flag = true;
}

void build_pure_when(Builder *b, Expr *e) { b->d->pure_when = e; }

void build_effects(Builder *b, const Token *n) {
  if (strcmp(n->s, "all") != 0)
    complain(b, n->loc, "unknown effects, wanted `effects all`");
  b->d->effects_all = true;
}

void build_reads(Builder *b, Expr *e) { b->d->reads = e; }
void build_writes(Builder *b, Expr *e) { b->d->writes = e; }
void build_sym(Builder *b, Expr *e) { b->d->sym = e; }

void build_op_cost(Builder *b, const Token *i) {
  b->d->cost = small(b, i, 10000);
  b->d->has_cost = true;
}

void build_op_let(Builder *b, const Token *n, Expr *e) {
  LetDecl l = {make_name(n), e};
  vec_push(b->arena, &b->lets, l);
}

void build_meaning(Builder *b, Expr *e) {
  if (b->d->means)
    complain(b, e->loc, "a second meaning");
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

// --- forms and encodings ---------------------------------------------------------------

static void alt_close(Builder *b) {
  if (!b->alt_open)
    return;
  EncAlt *a = &b->encs.at[b->encs.n - 1];
  a->kinds = (NameList){b->enc_kinds.n, b->enc_kinds.at};
  a->nitems = b->items.n;
  a->items = b->items.at;
  if (!a->nitems)
    complain(b, a->loc, "an encoding without bytes");
  memset(&b->items, 0, sizeof b->items);
  memset(&b->enc_kinds, 0, sizeof b->enc_kinds);
  b->alt_open = false;
}

static void form_close(Builder *b) {
  alt_close(b);
  if (!b->form_open)
    return;
  FormDecl *f = &b->forms.at[b->forms.n - 1];
  f->ties = (FieldList){b->ties.n, b->ties.at};
  f->aligned = (FieldList){b->aligned.n, b->aligned.at};
  f->encs = (EncList){b->encs.n, b->encs.at};
  memset(&b->ties, 0, sizeof b->ties);
  memset(&b->aligned, 0, sizeof b->aligned);
  memset(&b->encs, 0, sizeof b->encs);
  b->form_open = false;
}

static void form_begin(Builder *b, Name name) {
  form_close(b);
  vec_push(b->arena, &b->forms, ((FormDecl){.name = name}));
  b->form_open = true;
}

void build_form(Builder *b, const Token *n) { form_begin(b, make_name(n)); }

void build_needs(Builder *b, const NameVec *l) {
  NameList needs = {l->n, l->at};
  if (b->form_open)
    b->forms.at[b->forms.n - 1].needs = needs;
  else
    b->d->needs = needs;
}

// `with` and `enc` outside any form belong to the only, nameless one.
static void need_form(Builder *b, Loc loc) {
  if (!b->form_open)
    form_begin(b, (Name){NULL, loc});
}

void build_tie(Builder *b, const Token *result, const Token *operand) {
  need_form(b, result->loc);
  field_add(b, &b->ties, result, make_leaf(b, EX_NAME, operand));
}

void build_aligned(Builder *b, const Token *n, Expr *e) {
  need_form(b, n->loc);
  field_add(b, &b->aligned, n, e);
}

// The open alternative; a new one when this word can only start one.
static EncAlt *enc_alt(Builder *b, const Token *t, bool starts) {
  need_form(b, t->loc);
  if (b->alt_open && ((starts && b->items.n) || b->alt_guarded))
    alt_close(b);
  if (!b->alt_open) {
    vec_push(b->arena, &b->encs, ((EncAlt){.loc = t->loc}));
    b->alt_open = true;
    b->alt_guarded = false;
  }
  return &b->encs.at[b->encs.n - 1];
}

void build_enc_kind(Builder *b, const Token *t) {
  EncAlt *a = enc_alt(b, t, true);
  if (a->form.s)
    complain(b, t->loc, "an operand kind behind the operands, wanted "
                        "`kinds FORM(operands) bytes`");
  vec_push(b->arena, &b->enc_kinds, make_name(t));
}

// `RM(d, b)`: splits the text.
void build_enc_form(Builder *b, const Token *t) {
  EncAlt *a = enc_alt(b, t, true);
  if (a->form.s)
    complain(b, t->loc, "a second list of operands in one encoding");
  const char *open = strchr(t->s, '(');
  a->form = (Name){names_intern(b->p->names, t->s, (size_t)(open - t->s)), t->loc};
  NameVec v = {0};
  for (const char *p = open + 1; *p && *p != ')';) {
    size_t n = strcspn(p, " ,)");
    if (n) {
      Name name = {names_intern(b->p->names, p, n), t->loc};
      vec_push(b->arena, &v, name);
    }
    p += n;
    p += *p == ' ' || *p == ',';
  }
  a->operands = (NameList){v.n, v.at};
}

static u32 hex_digit(char c) {
  return (u32)(c <= '9' ? c - '0' : c - 'A' + 10);
}

static bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F');
}

void build_enc_item(Builder *b, const Token *t) {
  enc_alt(b, t, false);
  EncItem i = {.kind = ENC_WORD, .text = t->s, .loc = t->loc};
  const char *s = t->s;
  if (s[0] == '/') {
    i.kind = s[1] == 'r' ? ENC_SLASH_R : ENC_DIGIT;
    i.byte = (u8)(s[1] == 'r' ? 0 : s[1] - '0');
  } else if (is_hex(s[0]) && is_hex(s[1]) && (!s[2] || s[2] == '+')) {
    i.kind = s[2] ? ENC_BYTE_PLUS : ENC_BYTE;
    i.byte = (u8)(hex_digit(s[0]) << 4 | hex_digit(s[1]));
    i.arg = s[2] ? names_intern(b->p->names, s + 3, strlen(s + 3)) : NULL;
  }
  vec_push(b->arena, &b->items, i);
}

void build_enc_guard(Builder *b, Expr *e) {
  if (!b->alt_open) {
    complain(b, e->loc, "a guard without an encoding before it");
    return;
  }
  b->encs.at[b->encs.n - 1].guard = e;
  b->alt_guarded = true;
}

// --- the end ------------------------------------------------------------------------------

// Clauses that the grammar takes everywhere and the kind of declaration not.
static void check_clauses(Builder *b) {
  const Decl *d = b->d;
  bool inst = d->kind == DECL_INST || d->kind == DECL_SEQ;
  bool op = d->kind == DECL_OP;
  if (!inst && (b->forms.n || b->clobbers.n || b->equations.n || d->needs.n))
    complain(b, d->loc, "encodings, forms, clobbers, needs and equations of "
                        "results belong to `inst`");
  if (!op && (d->sym || d->floats || d->structure || d->pure_when || b->facts.n))
    complain(b, d->loc, "`sym`, `floats`, `structure`, `pure when` and `fact` "
                        "belong to `op`");
  if (!op && !inst && d->kind != DECL_COST && d->has_cost)
    complain(b, d->loc, "`cost` belongs to `op` and `inst`");
  if (d->kind != DECL_SEQ && d->rhs_kind != RHS_STMTS && b->stmts.n)
    complain(b, d->loc, "statements in braces belong to `seq`");
  if (d->kind == DECL_RULE && (d->rhs_kind != RHS_TERM))
    complain(b, d->loc, "`remove`, `value`, `trap` and `{}` belong to `skeleton`");
  if (d->kind == DECL_LOWER && d->rhs_kind != RHS_TERM && d->rhs_kind != RHS_STMTS)
    complain(b, d->loc, "`remove`, `value` and `trap` belong to `skeleton`");
}

#define TAKE(count, array, v)                                                  \
  (d->count = (v).n, d->array = (v).at)

void build_done(Builder *b, DeclKind k, const Token *n) {
  Decl *d = b->d;
  d->kind = k;
  d->name = make_name(n);
  d->loc = n->loc;
  map_close(b);
  form_close(b);
  d->params = (ParamDeclList){b->params.n, b->params.at};
  TAKE(nmembers, members, b->members);
  TAKE(nmaps, maps, b->maps);
  TAKE(nctors, ctors, b->ctors);
  TAKE(nclauses, clauses, b->clauses);
  d->traps = (TrapList){b->traps.n, b->traps.at};
  d->lets = (LetList){b->lets.n, b->lets.at};
  d->facts = (FactList){b->facts.n, b->facts.at};
  d->equations = (FieldList){b->equations.n, b->equations.at};
  d->clobbers = (ExprList){b->clobbers.n, b->clobbers.at};
  d->forms = (FormList){b->forms.n, b->forms.at};
  StmtList stmts = {b->stmts.n, b->stmts.at};
  if (d->rhs_kind == RHS_STMTS)
    d->rhs_stmts = stmts;
  else
    d->stmts = stmts;
  check_clauses(b);
}

// --- errors ----------------------------------------------------------------------------------

// What a message calls the tokens worth wanting; names stand for expressions.
static const struct {
  int kind;
  const char *text;
} token_texts[] = {
    {TK_NAME, "a name"}, {TK_INT, "a number"}, {TK_RULENAME, "a rule's name"},
    {TK_STRING, "a string"}, {TK_EQ, "="}, {TK_COLON, ":"}, {TK_COMMA, ","},
    {TK_LP, "("}, {TK_LPC, "( without a blank"}, {TK_RP, ")"}, {TK_RB, "]"},
    {TK_LBRACE, "{"}, {TK_RBRACE, "}"}, {TK_GIVES, "=>"}, {TK_ARROW, "->"},
    {TK_IN, "in"}, {TK_DOTDOT, ".."}, {TK_SEMI, "; without a blank"},
    {TK_AS, "as"}, {TK_LOW, "low"}, {TK_REST, "rest"}, {TK_CARET, "^"},
    {TK_ENC, "enc"}, {TK_IF, "if"}, {TK_LET, "let"}, {TK_ALT, "|"},
    {TK_ENCITEM, "a byte of the encoding"}, {0, "the end"},
};

// More than five possibilities help nobody.
static const char *wanted(Builder *b, const bool *fits, int n) {
  Text t = {.arena = b->arena};
  u32 said = 0;
  if (fits[TK_NAME] && fits[TK_INT] && fits[TK_LP])
    return ", wanted an expression";
  for (size_t i = 0; i < sizeof token_texts / sizeof token_texts[0]; i++)
    if (token_texts[i].kind < n && fits[token_texts[i].kind] && said++ < 5)
      text_add(&t, "%s%s", said > 1 ? " or " : ", wanted ", token_texts[i].text);
  return said && said <= 5 ? text_str(&t) : "";
}

void build_syntax_error(Builder *b, Token t, const bool *fits, int n) {
  if (b->failed)
    return;
  b->failed = true;
  if (t.kind == TK_BROKEN)
    return; // the lexer has said it
  const char *want = wanted(b, fits, n);
  if (t.kind == 0)
    diag_error(b->p->diags, b->start, "E-SYNTAX", "this declaration ends too early%s",
               want);
  else
    diag_error(b->p->diags, t.loc, "E-SYNTAX", "`%.*s` does not fit here%s",
               (int)(t.loc.len > 40 ? 40 : t.loc.len), t.loc.src->text + t.loc.at, want);
}

void build_overflow(Builder *b) {
  if (!b->failed)
    diag_error(b->p->diags, b->start, "E-DEPTH",
               "this declaration is nested too deeply");
  b->failed = true;
}
