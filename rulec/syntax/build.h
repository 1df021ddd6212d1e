// What the grammar's actions call: they make syntax nodes and fill in the
// declaration that is being read. Only rule_gram.y, build.c, build_decl.c and
// parse.c include this.
#ifndef RULEC_SYNTAX_BUILD_H
#define RULEC_SYNTAX_BUILD_H

#include "rulec/syntax/lex.h"

typedef VEC(Expr *) ExprVec;
typedef VEC(Name) NameVec;
typedef VEC(Field) FieldVec;
typedef VEC(KindDecl) KindVec;
typedef VEC(OperandDecl) OperandVec;
typedef VEC(RenameDecl) RenameVec;

// Deeper trees are refused, so that every walk may recurse.
enum { MAX_DEPTH = 200 };

typedef struct Builder {
  Parser *p;
  Arena *arena;
  Decl *d;       // the declaration being read
  bool failed;   // it has an error and will not be kept
  bool too_deep; // said once per declaration
  Loc start;     // of the keyword
  VEC(CodeMember) members;
  VEC(CodeMap) maps;
  VEC(CodePair) pairs; // of the last map
  VEC(Ctor) ctors;
  VEC(ParamDecl) params;
  VEC(Clause) clauses;
  VEC(AllowDecl) allows;
  VEC(Stmt) stmts; // of the rule, then of the last example
  VEC(Example) examples;
  VEC(TrapDecl) traps;
  VEC(LetDecl) lets;
  VEC(FactDecl) facts;
  FieldVec equations;
  ExprVec clobbers;
  VEC(FormDecl) forms;
  FieldVec ties, aligned; // of the last form
  VEC(EncAlt) encs;       // of the last form
  VEC(EncItem) items;     // of the last alternative
  NameVec enc_kinds;      // of the last alternative
  bool form_open, alt_open, alt_guarded;
} Builder;

// --- rule_gram.y ----------------------------------------------------
// Parses the tokens of one declaration; the last has kind 0.
void rule_gram_run(Builder *b, const Token *tokens, u32 n);

// fits[k]: token k would have been understood.
void build_syntax_error(Builder *b, Token t, const bool *fits, int n);
void build_overflow(Builder *b);

// --- build.c: nodes -------------------------------------------------
Name make_name(const Token *t);
Expr *make_leaf(Builder *b, ExprKind k, const Token *t);
Expr *make_unary(Builder *b, UnOp op, const Token *t, Expr *e);
Expr *make_binary(Builder *b, BinOp op, Expr *x, Expr *y);
Expr *make_nary(Builder *b, ExprKind k, Expr *x, Expr *y, Expr *z);
Expr *make_let(Builder *b, const Token *n, Expr *e, Expr *body);
Expr *make_map(Builder *b, const Token *shape, const NameVec *binds,
               ExprVec *vectors, Expr *body);
Expr *make_mem(Builder *b, Expr *e, Expr *at, Expr *bytes);
Expr *make_field(Builder *b, Expr *e, const Token *t);
Expr *make_field_call(Builder *b, Expr *e, const Token *t, ExprVec *args);
Expr *make_update(Builder *b, Expr *e, const FieldVec *l);
Expr *make_at(Builder *b, const Token *n, Expr *e);
Expr *make_call(Builder *b, const Token *n, const ExprVec *args);
Expr *make_nan(Builder *b, const Token *n, ExprVec *inputs, Expr *e);
Expr *make_quant(Builder *b, const Token *n, const Token *i, Expr *lo, Expr *hi,
                 Expr *e);
Expr *make_paren(Builder *b, const Token *lp, const ExprVec *side);
Expr *make_record(Builder *b, const Token *lb, const FieldVec *l);
Expr *addr_add(Builder *b, Expr *addr, AddrPart part); // addr null: a new one
Expr *addr_mem(Expr *addr, Expr *mem);
ExprVec *expr_add(Builder *b, ExprVec *l, Expr *e); // l null: a new one
NameVec *names_one(Builder *b, const Token *n);
NameVec *names_add(Builder *b, NameVec *l, const Token *n);
NameVec *names_prepend(Builder *b, const Token *n, const NameVec *l);
FieldVec *field_add(Builder *b, FieldVec *l, const Token *n, Expr *e);

// --- build_decl.c and build_rule.c: declarations --------------------
ParamDecl make_param(Builder *b, const Token *n, const NameVec *l);
OperandDecl make_operand(Builder *b, const Token *n, const KindVec *kinds);
KindDecl make_kind(Builder *b, const Token *n, Expr *arg, bool list);
KindVec *kind_add(Builder *b, KindVec *l, const KindDecl *k);
OperandVec *operand_add(Builder *b, OperandVec *l, const OperandDecl *o);
RenameVec *rename_add(Builder *b, RenameVec *l, const Token *x, const Token *y);

void build_complain(Builder *b, Loc loc, const char *text); // E-SYNTAX
u32 build_small(Builder *b, const Token *t,
                u32 most);         // a number from 0 to most
void build_form_close(Builder *b); // the last form is complete
void build_done(Builder *b, DeclKind k, const Token *n);
void build_types(Builder *b, const Token *n, const NameVec *l);
void build_fn(Builder *b, DeclKind k, const Token *n, Expr *e);
void build_rep(Builder *b, const Token *type, const Token *cls,
               const Token *low, const Token *rest);
void build_cost(Builder *b, const Token *n, const Token *cost);

void build_enc_bits(Builder *b, const Token *i);
void build_member(Builder *b, const Token *n, Expr *pred);
void build_map(Builder *b, const Token *n);
void build_pair(Builder *b, const Token *x, const Token *y);
void build_map_xor(Builder *b, const Token *i);
void build_ctor(Builder *b, const Token *n, const OperandVec *l, Expr *means);
void build_param(Builder *b, const ParamDecl *p);
void build_operands(Builder *b, const OperandVec *l);
void build_result(Builder *b, const KindDecl *k);
void build_results(Builder *b, const OperandVec *l);

void build_lhs(Builder *b, const NameVec *results, Expr *e);
void build_guard(Builder *b, Expr *e);
void build_rule_let(Builder *b, const Token *n, Expr *e);
void build_prio(Builder *b, const Token *i);
void build_allow(Builder *b, const NameVec *l, const Token *reason);
void build_rhs(Builder *b, RhsKind k, const ExprVec *l);
void build_rhs_expr(Builder *b, bool subsume, Expr *e);
void build_rhs_trap(Builder *b, const Token *code);
void build_example(Builder *b, const Token *t, Expr *lhs);
void build_stays(Builder *b);
void build_side_close(Builder *b); // the right side being read is complete

void build_bind(Builder *b, const NameVec *targets, Expr *e,
                const RenameVec *r);
void build_value(Builder *b, Expr *e, const RenameVec *r);
void build_trap_stmt(Builder *b, const Token *code, Expr *cond);
void build_label(Builder *b, const Token *n);
void build_jmp(Builder *b, const Token *label);
void build_jcc(Builder *b, Expr *code, Expr *flags, const Token *label);
void build_data_stmt(Builder *b, const Token *label, const Token *format,
                     Expr *e);

void build_flag(Builder *b, const Token *t);
void build_pure_when(Builder *b, Expr *e);
void build_effects(Builder *b, const Token *n);
void build_reads(Builder *b, Expr *e);
void build_writes(Builder *b, Expr *e);
void build_sym(Builder *b, Expr *e);
void build_op_cost(Builder *b, const Token *i);
void build_op_let(Builder *b, const Token *n, Expr *e);
void build_asm(Builder *b, const Token *t);
void build_meaning(Builder *b, Expr *e);
void build_trap(Builder *b, const Token *n, Expr *when);
void build_fact(Builder *b, const Token *n, Expr *e);
void build_equation(Builder *b, const Token *n, Expr *e);
void build_clobber(Builder *b, Expr *e);
void build_needs(Builder *b, const NameVec *l);
void build_form(Builder *b, const Token *n);
void build_tie(Builder *b, const Token *result, const Token *operand);
void build_aligned(Builder *b, const Token *n, Expr *e);
void build_enc_kind(Builder *b, const Token *t);
void build_enc_form(Builder *b, const Token *t);
void build_enc_item(Builder *b, const Token *t);
void build_enc_guard(Builder *b, Expr *e);

#endif
