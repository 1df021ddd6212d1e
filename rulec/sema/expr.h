// Typing of expressions: what expr.c (widths, names, records),
// operator.c, call.c (let, functions, codes) and builtin.c
// share. The way in is type_expr.
#ifndef RULEC_SEMA_EXPR_H
#define RULEC_SEMA_EXPR_H

#include "rulec/sema/priv.h"

enum {
  MOST_NODES = 20000,
  MOST_NESTING = 32,
  MOST_LEVELS = 800,
  MOST_BITS = 256, // of which generated C computes with 128
  MOST_MEMORY = 16
};

// --- expr.c ----------------------------------------------------
// Reports the first error of this typing; returns null.
Node *expr_fail(Typer *t, Loc loc, DiagCode code, const char *fmt, ...)
    BASE_PRINTF(4, 5);
Node *expr_mismatch(Typer *t, Loc loc, Sort found, Sort wanted);
Node *expr_make(Typer *t, NodeKind k, Sort sort, const Expr *src);
bool expr_is_bv(const Node *n);
bool expr_is_number(const Node *n); // no width yet
// n (null: an error was reported), if it is a bit vector.
Node *expr_need_bv(Typer *t, Node *n);
// Operand i as a bit vector.
Node *expr_bv_arg(Typer *t, const Expr *e, u32 i, Sort want);
// Gives two bit vectors the same width, or says that they have not.
bool expr_same_width(Typer *t, Node **x, Node **y);
// A number known here that needs no width: `bits(T)`, `8`. n: e, typed.
bool expr_known_node(Typer *t, const Node *n, const Expr *e, s64 least,
                     s64 most, u32 *out);
bool expr_known(Typer *t, const Expr *e, s64 least, s64 most, u32 *out);
const Scope *expr_scope(const Typer *t, const char *name);
Node *expr_name(Typer *t, const Expr *e, Sort want);
s32 expr_word(
    const char *const *words,
    const char *name); // index of a word in a list closed by null, or -1
// min_s, max_s, max_u of a width.
bool expr_is_limit(const char *name);
Node *expr_limit(Typer *t, const char *name, u32 bits, const Expr *src);

// Could only be understood with a sort wanted: a code's member.
bool expr_needs_want(const Typer *t, const Expr *e);

// --- lane.c ----------------------------------------------------
Node *expr_map(Typer *t, const Expr *e);
// Byte i of x, a vector.
Node *expr_byte(Typer *t, const Expr *e, Node *x, Node *i);

// --- operator.c ------------------------------------------------
Node *expr_unary(Typer *t, const Expr *e, Sort want);
Node *expr_binary(Typer *t, const Expr *e, Sort want);
Node *expr_cond(Typer *t, const Expr *e, Sort want);

// --- builtin.c -------------------------------------------------
// False if the language has no such function; else *out is the call, typed.
bool expr_builtin(Typer *t, const Expr *e, Sort want, Node **out);
bool expr_float_width(Typer *t, const Node *n);

// --- call.c ----------------------------------------------------
bool expr_count(Typer *t, const Expr *e, u32 wanted); // arguments
Node *expr_let(Typer *t, const Expr *e, Sort want);
Node *expr_call(Typer *t, const Expr *e, Sort want);

#endif
