// Fills in rules, statements, forms and encodings of the declaration that is
// being read.
#include "rulec/syntax/build.h"

// --- rules ----------------------------------------------------------

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
  b->d->prio = build_small(b, i, 1000000);
}

void build_allow(Builder *b, const NameVec *l, const Token *reason) {
  for (u32 i = 0; i < l->n; i++) {
    AllowDecl x = {l->at[i], l->at[i].loc, reason ? reason->s : NULL};
    vec_push(b->arena, &b->allows, x);
  }
}

// Of the rule, until an example begins.
void build_rhs(Builder *b, RhsKind k, const ExprVec *l) {
  ExprList list = l ? (ExprList){l->n, l->at} : (ExprList){0, NULL};
  if (b->examples.n) {
    Example *x = &b->examples.at[b->examples.n - 1];
    x->rhs_kind = k;
    x->rhs = list;
  } else {
    b->d->rhs_kind = k;
    b->d->rhs = list;
  }
}

void build_side_close(Builder *b) {
  StmtList stmts = {b->stmts.n, b->stmts.at};
  if (b->examples.n)
    b->examples.at[b->examples.n - 1].rhs_stmts = stmts;
  else if (b->d->rhs_kind == RHS_STMTS)
    b->d->rhs_stmts = stmts;
  else
    b->d->stmts = stmts;
  memset(&b->stmts, 0, sizeof b->stmts);
}

void build_example(Builder *b, const Token *t, Expr *lhs) {
  build_side_close(b);
  vec_push(b->arena, &b->examples, ((Example){.loc = t->loc, .lhs = lhs}));
}

void build_stays(Builder *b) { b->examples.at[b->examples.n - 1].stays = true; }

void build_rhs_expr(Builder *b, bool subsume, Expr *e) {
  if (!b->examples.n)
    b->d->subsume = subsume;
  build_rhs(b, RHS_TERM, expr_add(b, NULL, e));
}

void build_rhs_trap(Builder *b, const Token *code) {
  build_rhs(b, RHS_TRAP, expr_add(b, NULL, make_leaf(b, EX_NAME, code)));
}

// --- statements -----------------------------------------------------

static Stmt *stmt_add(Builder *b, StmtKind k, Loc loc, const RenameVec *r) {
  Stmt s = {.kind = k, .loc = loc};
  if (r) {
    s.nrenames = r->n;
    s.renames = r->at;
  }
  vec_push(b->arena, &b->stmts, s);
  return &b->stmts.at[b->stmts.n - 1];
}

void build_bind(Builder *b, const NameVec *targets, Expr *e,
                const RenameVec *r) {
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

void build_data_stmt(Builder *b, const Token *label, const Token *format,
                     Expr *e) {
  Stmt *s = stmt_add(b, ST_DATA, label->loc, NULL);
  s->label = make_name(label);
  s->code = make_name(format);
  s->value = e;
}

// --- forms and encodings --------------------------------------------

static void alt_close(Builder *b) {
  if (!b->alt_open)
    return;
  EncAlt *a = &b->encs.at[b->encs.n - 1];
  a->kinds = (NameList){b->enc_kinds.n, b->enc_kinds.at};
  a->nitems = b->items.n;
  a->items = b->items.at;
  if (!a->nitems)
    build_complain(b, a->loc, "an encoding without bytes");
  memset(&b->items, 0, sizeof b->items);
  memset(&b->enc_kinds, 0, sizeof b->enc_kinds);
  b->alt_open = false;
}

void build_form_close(Builder *b) {
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
  build_form_close(b);
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
    build_complain(b, t->loc,
                   "an operand kind behind the operands, wanted "
                   "`kinds FORM(operands) bytes`");
  vec_push(b->arena, &b->enc_kinds, make_name(t));
}

// `RM(d, b)`: splits the text.
void build_enc_form(Builder *b, const Token *t) {
  EncAlt *a = enc_alt(b, t, true);
  if (a->form.s)
    build_complain(b, t->loc, "a second list of operands in one encoding");
  const char *open = strchr(t->s, '(');
  a->form =
      (Name){names_intern(b->p->names, t->s, (size_t)(open - t->s)), t->loc};
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
    build_complain(b, e->loc, "a guard without an encoding before it");
    return;
  }
  b->encs.at[b->encs.n - 1].guard = e;
  b->alt_guarded = true;
}
