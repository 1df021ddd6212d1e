// Rules made wrong on purpose: one small change at a time to a declaration's
// syntax tree, and back again. The five kinds are the mistakes people make: a
// constant off by one, operands exchanged, signed for unsigned, a condition
// left out, another width.
//
// mutations() finds every place; pick() takes a few by seed, one of each kind
// while there are any. apply() changes the tree and undo() restores it: a
// Mutation keeps the old node by value.
#ifndef TESTS_RULEC_MUTATE_H
#define TESTS_RULEC_MUTATE_H

#include "rulec/syntax/parse.h"

#include <stdlib.h>

typedef enum MutationKind {
  MUT_CONSTANT,
  MUT_SWAP,
  MUT_SIGN,
  MUT_GUARD,
  MUT_WIDTH,
  MUT_KINDS
} MutationKind;
static const char *const mutation_names[MUT_KINDS] = {"constant", "swap",
                                                      "sign", "guard", "width"};

typedef struct Mutation {
  u8 kind;
  Expr *at;     // changed node; null: clause `clause` goes
  Expr old, to; // contents before and after
  u32 clause;
  Clause *clauses; // as they were
} Mutation;

typedef struct Mutations {
  Arena *arena;
  Names *names;
  VEC(Mutation) list;
} Mutations;

static u64 mutate_draw(u64 *state) { // splitmix64
  u64 z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

static void mutation_add(Mutations *m, MutationKind kind, Expr *at, Expr to) {
  vec_push(m->arena, &m->list,
           ((Mutation){.kind = (u8)kind, .at = at, .old = *at, .to = to}));
}

// --- constants --------------------------------------------------------------

static void mutate_constant(Mutations *m, Expr *e) {
  if (e->kind == EX_INT) {
    Expr more = *e, less = *e;
    more.num++;
    less.num--;
    mutation_add(m, MUT_CONSTANT, e, more);
    mutation_add(m, MUT_CONSTANT, e, less);
  } else if (e->kind == EX_FLOAT) {
    Expr other = *e;
    other.fnum = e->fnum == 0 ? 1 : -e->fnum;
    mutation_add(m, MUT_CONSTANT, e, other);
  }
}

// --- operands -------------------------------------------------------------

static bool same_text(Mutations *m, const Expr *x, const Expr *y) {
  Text a = {.arena = m->arena}, b = {.arena = m->arena};
  ast_print_expr(&a, x);
  ast_print_expr(&b, y);
  return strcmp(text_str(&a), text_str(&b)) == 0;
}

static void mutate_swap(Mutations *m, Expr *e) {
  bool calls = e->kind == EX_TERM || e->kind == EX_CALL;
  u32 first = e->kind == EX_COND ? 1 : 0;
  if (!calls && e->kind != EX_BINARY && e->kind != EX_COND)
    return;
  for (u32 i = first; i + 1 < e->kids.n; i++) {
    if (same_text(m, e->kids.at[i], e->kids.at[i + 1]))
      continue;
    Expr to = *e;
    to.kids.at = arena_array(m->arena, Expr *, e->kids.n);
    memcpy(to.kids.at, e->kids.at, e->kids.n * sizeof *to.kids.at);
    to.kids.at[i] = e->kids.at[i + 1];
    to.kids.at[i + 1] = e->kids.at[i];
    mutation_add(m, MUT_SWAP, e, to);
  }
}

// --- words
// --------------------------------------------------------------------

typedef struct WordPair {
  const char *from, *to;
} WordPair;
static const WordPair sign_words[] = {
    {"sshr", "ushr"},       {"sdiv", "udiv"},     {"srem", "urem"},
    {"sextend", "uextend"}, {"slt", "ult"},       {"sle", "ule"},
    {"sgt", "ugt"},         {"sge", "uge"},       {"smin", "umin"},
    {"smax", "umax"},       {"smulhi", "umulhi"}, {"sext", "zext"},
    {"fits_s", "fits_u"},   {"from_s", "from_u"}, {"l", "b"},
    {"ge", "ae"},           {"clz", "ctz"},       {"rotl", "rotr"},
    {"ones", "zeros"},      {"iadd", "isub"},     {"band", "bor"},
    {"fmin", "fmax"},       {"ishl", "rotl"}};
static const WordPair width_words[] = {{"i32", "i64"},
                                       {"f32", "f64"},
                                       {"sext8", "sext16"},
                                       {"s8", "s16"},
                                       {"imm8", "imm32"}};

// The name with its k-th part exchanged, or null.
static const char *exchange(Mutations *m, const char *s, u32 k,
                            const WordPair *pairs, size_t n) {
  const char *from = s;
  for (; k; k--) {
    from = strchr(from, '.');
    if (!from++)
      return NULL;
  }
  size_t len = strcspn(from, ".");
  for (size_t i = 0; i < 2 * n; i++) {
    const char *is = i % 2 ? pairs[i / 2].to : pairs[i / 2].from;
    const char *to = i % 2 ? pairs[i / 2].from : pairs[i / 2].to;
    if (strlen(is) != len || memcmp(is, from, len) != 0)
      continue;
    const char *t =
        arena_printf(m->arena, "%.*s%s%s", (int)(from - s), s, to, from + len);
    return names_intern(m->names, t, strlen(t));
  }
  return NULL;
}

static void mutate_words(Mutations *m, Expr *e, MutationKind kind,
                         const WordPair *pairs, size_t n) {
  if (e->kind != EX_TERM && e->kind != EX_CALL)
    return;
  for (u32 k = 0; k < 4; k++) {
    Expr to = *e;
    to.name.s = exchange(m, e->name.s, k, pairs, n);
    if (to.name.s)
      mutation_add(m, kind, e, to);
  }
}

static void mutate_sign(Mutations *m, Expr *e) {
  static const u8 other[BIN_COUNT] = {
      [BIN_ULT] = BIN_SLT,   [BIN_ULE] = BIN_SLE,   [BIN_UGT] = BIN_SGT,
      [BIN_UGE] = BIN_SGE,   [BIN_SLT] = BIN_ULT,   [BIN_SLE] = BIN_ULE,
      [BIN_SGT] = BIN_UGT,   [BIN_SGE] = BIN_UGE,   [BIN_USHR] = BIN_SSHR,
      [BIN_SSHR] = BIN_USHR, [BIN_UDIV] = BIN_SDIV, [BIN_SDIV] = BIN_UDIV,
      [BIN_UREM] = BIN_SREM, [BIN_SREM] = BIN_UREM, [BIN_EQ] = BIN_NE,
      [BIN_NE] = BIN_EQ};
  if (e->kind == EX_BINARY && other[e->op]) {
    Expr to = *e;
    to.op = other[e->op];
    mutation_add(m, MUT_SIGN, e, to);
  }
  mutate_words(m, e, MUT_SIGN, sign_words,
               sizeof sign_words / sizeof *sign_words);
}

static void mutate_width(Mutations *m, Expr *e) {
  if (e->kind == EX_INT && e->num > 4) { // a width, half or double
    Expr half = *e, twice = *e;
    half.num /= 2;
    twice.num *= 2;
    mutation_add(m, MUT_WIDTH, e, half);
    mutation_add(m, MUT_WIDTH, e, twice);
  }
  if (e->kind == EX_CALL && strcmp(e->name.s, "bits") == 0) {
    Expr to = {.kind = EX_INT, .loc = e->loc, .depth = e->depth, .num = 32};
    mutation_add(m, MUT_WIDTH, e, to);
  }
  mutate_words(m, e, MUT_WIDTH, width_words,
               sizeof width_words / sizeof *width_words);
}

// --- guards ---------------------------------------------------------------

static void mutate_conjuncts(Mutations *m, Expr *e) {
  if (e->kind != EX_BINARY || e->op != BIN_ANDAND)
    return;
  for (u32 i = 0; i < 2; i++) {
    mutation_add(m, MUT_GUARD, e, *e->kids.at[i]);
    mutate_conjuncts(m, e->kids.at[i]);
  }
}

static void mutate_guards(Mutations *m, Decl *d) {
  for (u32 i = 0; i < d->nclauses; i++) {
    if (d->clauses[i].is_let)
      continue;
    mutate_conjuncts(m, d->clauses[i].e);
    vec_push(m->arena, &m->list, ((Mutation){.kind = MUT_GUARD, .clause = i}));
  }
}

// --- all places -------------------------------------------------------------

static void mutate_expr(Mutations *m, Expr *e) {
  if (!e)
    return;
  mutate_constant(m, e);
  mutate_swap(m, e);
  mutate_sign(m, e);
  mutate_width(m, e);
  for (u32 i = 0; i < e->kids.n; i++)
    mutate_expr(m, e->kids.at[i]);
  for (u32 i = 0; i < e->fields.n; i++)
    mutate_expr(m, e->fields.at[i].e);
  for (u32 i = 0; e->addr && i < e->addr->nparts; i++) {
    mutate_expr(m, e->addr->parts[i].e);
    mutate_expr(m, e->addr->parts[i].scale);
  }
}

static void mutations(Mutations *m, Decl *d) {
  m->list.n = 0;
  mutate_expr(m, d->lhs);
  for (u32 i = 0; i < d->nclauses; i++)
    mutate_expr(m, d->clauses[i].e);
  for (u32 i = 0; i < d->rhs.n; i++)
    mutate_expr(m, d->rhs.at[i]);
  for (u32 i = 0; i < d->rhs_stmts.n; i++)
    mutate_expr(m, d->rhs_stmts.at[i].value);
  mutate_guards(m, d);
}

// Moves `most` of them to the front, kinds in turn; returns how many.
static u32 pick(Mutations *m, u64 seed, u32 most) {
  u32 n = 0, tries = 0;
  for (u32 kind = 0; n < most && tries < MUT_KINDS;
       kind = (kind + 1) % MUT_KINDS) {
    u32 able = 0, found = 0;
    for (u32 i = n; i < m->list.n; i++)
      able += m->list.at[i].kind == kind;
    tries = able ? 0 : tries + 1;
    if (!able)
      continue;
    u32 want = (u32)(mutate_draw(&seed) % able);
    for (u32 i = n; i < m->list.n; i++)
      if (m->list.at[i].kind == kind && found++ == want) {
        Mutation t = m->list.at[i];
        m->list.at[i] = m->list.at[n];
        m->list.at[n++] = t;
        break;
      }
  }
  return n;
}

static void apply(Arena *a, Decl *d, Mutation *m) {
  if (m->at) {
    *m->at = m->to;
    return;
  }
  m->clauses = d->clauses;
  d->clauses = arena_array(a, Clause, d->nclauses);
  for (u32 i = 0, n = 0; i < d->nclauses; i++)
    if (i != m->clause)
      d->clauses[n++] = m->clauses[i];
  d->nclauses--;
}

static void undo(Decl *d, const Mutation *m) {
  if (m->at) {
    *m->at = m->old;
    return;
  }
  d->clauses = m->clauses;
  d->nclauses++;
}

#endif
