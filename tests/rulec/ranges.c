// What rulec/check knows of guards is true: random conditions and expressions
// over two variables of four bits are evaluated at all 256 points by
// rulec/eval/eval.c, and every conclusion of ranges, relations and points is
// held against them.
//
//   rulec_ranges [COUNT [SEED]]
#include "rulec/check/points.h"
#include "rulec/eval/eval.h"

#include <stdio.h>
#include <stdlib.h>

enum { WIDTH = 4, VALUES = 1 << WIDTH, POINTS = VALUES * VALUES };

typedef struct Test {
  Arena arena; // of the round
  Sema sema;
  Var vars[2], lets[64];
  u32 nlets;
  u64 state;
  u32 bad, useful;
} Test;

static u32 draw(Test *t, u32 below) { // splitmix64
  u64 z = t->state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return (u32)((z ^ z >> 31) % below);
}

// --- random expressions ---------------------------------------------

static const Sort sort_bool = {.kind = SORT_BOOL};
static Sort sort_bits(u32 bits) {
  return (Sort){.kind = SORT_BV, .bits = (u16)bits};
}

static Node *node(Test *t, NodeKind kind, Sort sort, u32 fn, u32 nkids) {
  static const Expr nowhere = {0};
  Node *n = arena_new(&t->arena, Node);
  n->kind = (u8)kind;
  n->sort = sort;
  n->fn = (u8)fn;
  n->src = &nowhere;
  n->nkids = nkids;
  n->kids = arena_array(&t->arena, Node *, nkids + 1);
  return n;
}

static Node *constant(Test *t, u32 bits, u32 num) {
  Node *n = node(t, N_CONST, sort_bits(bits), 0, 0);
  n->num = num & ((1u << bits) - 1);
  return n;
}

static Node *condition(Test *t, u32 depth);

static Node *leaf(Test *t, u32 bits) {
  Node *n = node(t, N_VAR, sort_bits(WIDTH), 0, 0);
  if (draw(t, 3) == 0)
    return constant(t, bits, draw(t, 1u << bits));
  n->var = &t->vars[draw(t, 2)];
  if (bits == WIDTH)
    return n;
  NodeKind kind = bits < WIDTH ? N_TRUNC : draw(t, 2) ? N_ZEXT : N_SEXT;
  Node *r = node(t, kind, sort_bits(bits), 0, 1);
  r->kids[0] = n;
  return r;
}

static Node *number(Test *t, u32 bits, u32 depth);

static Node *resized(Test *t, u32 bits, u32 depth) {
  u32 from = bits > WIDTH ? WIDTH : bits + 1 + draw(t, 3);
  Node *r = node(t,
                 from > bits  ? N_TRUNC
                 : draw(t, 2) ? N_ZEXT
                              : N_SEXT,
                 sort_bits(bits), 0, 1);
  r->kids[0] = number(t, from, depth);
  return r;
}

static Node *let(Test *t, Sort sort, u32 depth) {
  Node *n = node(t, N_LET, sort, 0, 2);
  if (t->nlets == 64)
    return sort.kind == SORT_BOOL ? condition(t, 0) : leaf(t, sort.bits);
  Var *v = &t->lets[t->nlets++];
  *v = (Var){.kind = VAR_LET_IMM,
             .name = "v",
             .sort = sort_bits(WIDTH),
             .index = 2 + t->nlets};
  n->var = v;
  n->kids[0] = number(t, WIDTH, depth);
  Node *use = node(t, N_VAR, v->sort, 0, 0);
  use->var = v;
  Node *c = node(t, N_BINARY, sort_bool, BIN_EQ + draw(t, 10), 2);
  c->kids[0] = use;
  c->kids[1] = number(t, WIDTH, depth);
  if (sort.kind == SORT_BOOL) {
    n->kids[1] = c;
    return n;
  }
  n->kids[1] = node(t, N_COND, sort, 0, 3);
  n->kids[1]->kids[0] = c;
  n->kids[1]->kids[1] = sort.bits == WIDTH ? use : number(t, sort.bits, 0);
  n->kids[1]->kids[2] = number(t, sort.bits, depth);
  return n;
}

static Node *number(Test *t, u32 bits, u32 depth) {
  static const u8 binary[] = {BIN_ADD,  BIN_SUB,  BIN_MUL,  BIN_AND,  BIN_OR,
                              BIN_XOR,  BIN_SHL,  BIN_USHR, BIN_SSHR, BIN_UDIV,
                              BIN_SDIV, BIN_UREM, BIN_SREM};
  static const u8 counts[] = {BI_CLZ, BI_CTZ, BI_POPCNT, BI_LOG2};
  u32 what = depth ? draw(t, 12) : 0;
  Node *n;
  if (what < 2)
    return leaf(t, bits);
  if (what < 8) {
    n = node(t, N_BINARY, sort_bits(bits), binary[draw(t, sizeof binary)], 2);
  } else if (what == 8) {
    n = node(t, N_UNARY, sort_bits(bits), UN_INV, 1);
  } else if (what == 9) {
    n = node(t, N_CALL, sort_bits(bits), counts[draw(t, 4)], 1);
  } else if (what == 10) {
    n = node(t, N_COND, sort_bits(bits), 0, 3);
    n->kids[0] = condition(t, depth - 1);
    n->kids[1] = number(t, bits, depth - 1);
    n->kids[2] = number(t, bits, depth - 1);
    return n;
  } else {
    return draw(t, 2) ? resized(t, bits, depth - 1)
                      : let(t, sort_bits(bits), depth - 1);
  }
  for (u32 i = 0; i < n->nkids; i++)
    n->kids[i] = number(t, bits, depth - 1);
  return n;
}

static Node *test_of(Test *t, u32 depth) {
  static const u8 tests[] = {BI_IS_POW2, BI_MSB, BI_FITS_S, BI_FITS_U};
  u32 fn = tests[draw(t, 4)];
  bool fits = fn == BI_FITS_S || fn == BI_FITS_U;
  Node *n = node(t, N_CALL, sort_bool, fn, fits ? 2 : 1);
  n->kids[0] = number(t, WIDTH, depth);
  if (fits) {
    n->kids[1] = node(t, N_CONST, sort_bits(32), 0, 0);
    n->kids[1]->num = 1 + draw(t, WIDTH - 1);
  }
  return n;
}

static Node *condition(Test *t, u32 depth) {
  u32 what = depth ? draw(t, 10) : 3;
  Node *n;
  if (what < 2) {
    n = node(t, N_BINARY, sort_bool, draw(t, 2) ? BIN_ANDAND : BIN_OROR, 2);
    n->kids[0] = condition(t, depth - 1);
    n->kids[1] = condition(t, depth - 1);
  } else if (what == 2) {
    n = node(t, N_UNARY, sort_bool, UN_NOT, 1);
    n->kids[0] = condition(t, depth - 1);
  } else if (what < 8) {
    u32 bits = draw(t, 4) ? WIDTH : WIDTH + 2;
    n = node(t, N_BINARY, sort_bool, BIN_EQ + draw(t, 10), 2);
    n->kids[0] = number(t, bits, depth);
    n->kids[1] = draw(t, 2) ? constant(t, bits, draw(t, 1u << bits))
                            : number(t, bits, depth);
  } else {
    n = what == 8 ? test_of(t, depth - 1) : let(t, sort_bool, depth - 1);
  }
  return n;
}

// --- what it is at every point --------------------------------------

typedef struct Table {
  bool is[POINTS];
  u64 at[POINTS];
} Table;

static void tabulate(Test *t, Eval *e, const Node *n, Table *out) {
  for (u32 p = 0; p < POINTS; p++) {
    eval_reset(e, 1);
    eval_bind(e, &t->vars[0], ev_num(WIDTH, p % VALUES));
    eval_bind(e, &t->vars[1], ev_num(WIDTH, p / VALUES));
    EvVal v = eval_node(e, n);
    must(v.state != EV_NO, "not evaluated: %s", e->why);
    out->is[p] = v.state == EV_VALUE;
    out->at[p] = out->is[p] ? ev_u64(&v) : 0;
  }
}

static bool holds(const Table *c, u32 p, bool want) {
  return c->is[p] && (c->at[p] != 0) == want;
}

// --- conclusions ----------------------------------------------------

static void complain(Test *t, const char *what, const Node *a, bool want,
                     const Node *b, const Node *e, u32 p) {
  Text x = {.arena = &t->arena};
  text_add(&x, "%s at x=%u y=%u: %s", what, p % VALUES, p / VALUES,
           want ? "" : "! ");
  node_print(&x, &t->sema, a);
  text_add(&x, "  and  ");
  node_print(&x, &t->sema, b);
  text_add(&x, "  then  ");
  node_print(&x, &t->sema, e);
  if (t->bad++ < 10)
    printf("%s\n", text_str(&x));
}

static void check_value(Test *t, const Node *e, const Table *values, Val v,
                        u32 p, const char **wrong) {
  (void)t;
  (void)e;
  if (values->is[p] ? v.none == NONE_ALWAYS : v.none == NONE_NO)
    *wrong = "whether it is there";
  else if (values->is[p] && !range_holds(&v.r, values->at[p]))
    *wrong = "its range";
}

static void round_of(Test *t) {
  const Node *a = condition(t, 2), *b = condition(t, 2);
  const Node *e = draw(t, 2) ? condition(t, 3) : number(t, WIDTH, 3);
  bool want = draw(t, 3) != 0;
  u32 fuel = 20000;
  Lets lets = {.n = 0};
  Known k;
  Eval ev;
  Table *ta = arena_new(&t->arena, Table), *tb = arena_new(&t->arena, Table),
        *te = arena_new(&t->arena, Table);
  eval_init(&ev, &t->sema, &t->arena, 1);
  tabulate(t, &ev, a, ta);
  tabulate(t, &ev, b, tb);
  tabulate(t, &ev, e, te);
  known_init(&k, &t->sema, &lets, &fuel);
  known_assume(&k, a, want);
  known_assume(&k, b, true);
  Val v = known_eval(&k, e);
  u64 steps = 1u << 20;
  const Node *given[] = {b};
  Verdict d = {0};
  if (!k.never && e->sort.kind == SORT_BOOL)
    d = points_decide(&k, given, 1, e, &steps);
  for (u32 p = 0; p < POINTS; p++) {
    const char *wrong = NULL;
    if (!holds(ta, p, want) || !holds(tb, p, true))
      continue;
    if (k.never)
      wrong = "a contradiction";
    else
      check_value(t, e, te, v, p, &wrong);
    if (d.known &&
        !(te->is[p] ? te->at[p] ? d.can_hold : d.can_fail : d.can_be_nothing))
      wrong = "points";
    if (wrong)
      complain(t, wrong, a, want, b, e, p);
  }
  t->useful += k.never || d.known || range_count(&v.r, VALUES) < VALUES;
}

int main(int argc, char **argv) {
  u32 count = argc > 1 ? (u32)atoi(argv[1]) : 1000;
  Test t = {.state = argc > 2 ? (u64)atoll(argv[2]) : 1};
  t.sema.arena = &t.arena;
  for (u32 i = 0; i < 2; i++)
    t.vars[i] = (Var){.kind = VAR_IMM,
                      .name = i ? "y" : "x",
                      .index = i,
                      .sort = sort_bits(WIDTH)};
  for (u32 i = 0; i < count; i++) {
    t.nlets = 0;
    round_of(&t);
    arena_reset(&t.arena);
  }
  printf("%u rounds, %u with a conclusion, %u wrong\n", count, t.useful, t.bad);
  arena_free(&t.arena);
  return t.bad != 0 || t.useful < count / 4;
}
