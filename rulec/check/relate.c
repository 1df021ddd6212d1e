// How two terms stand to each other: what was assumed, closed over chains, and
// what the shape of a term says.
#include "rulec/check/known.h"

static u8 mirrored(u8 m) {
  return (u8)((m & REL_EQ) | (m & REL_LT ? REL_GT : 0) |
              (m & REL_GT ? REL_LT : 0));
}

static bool kid_is(const Known *k, const Node *n, u32 i, const Node *x) {
  return node_equal(known_canon(k, n->kids[i]), x);
}

static bool is_other(const Known *k, const Node *n) { // than 0
  Range r = known_eval(k, n).r;
  return r.bits && r.umin;
}

// What the operation at the root of a says: (x & y) <= x, x % y < y.
static u8 by_shape(const Known *k, const Node *a, const Node *b) {
  if (a->kind == N_CALL && b->kind == N_CALL && a->fn == BI_UMIN &&
      b->fn == BI_UMAX && node_equal(a->kids[0], b->kids[0]))
    return REL_LT | REL_EQ;
  if (a->kind != N_BINARY || a->sort.kind != SORT_BV)
    return REL_ANY;
  bool left = kid_is(k, a, 0, b), right = kid_is(k, a, 1, b);
  if (a->fn == BIN_UREM && right)
    return REL_LT;
  if ((a->fn == BIN_ADD || a->fn == BIN_SUB) &&
      ((left && is_other(k, a->kids[1])) ||
       (right && a->fn == BIN_ADD && is_other(k, a->kids[0]))))
    return REL_LT | REL_GT;
  if ((a->fn == BIN_AND && (left || right)) ||
      (left && (a->fn == BIN_USHR || a->fn == BIN_UDIV || a->fn == BIN_UREM)))
    return REL_LT | REL_EQ;
  return a->fn == BIN_OR && (left || right) ? REL_GT | REL_EQ : REL_ANY;
}

void known_rel(const Known *k, const Node *a, const Node *b, u8 *u, u8 *s) {
  a = known_canon(k, a);
  b = known_canon(k, b);
  *u = *s = REL_ANY;
  if (node_equal(a, b)) {
    *u = *s = REL_EQ;
    return;
  }
  *u &= by_shape(k, a, b);
  *u &= mirrored(by_shape(k, b, a));
  if (a->kind == N_CALL && b->kind == N_CALL && a->fn == BI_SMIN &&
      b->fn == BI_SMAX && node_equal(a->kids[0], b->kids[0]))
    *s &= REL_LT | REL_EQ;
  for (u32 i = 0; i < k->nrels; i++) {
    const Rel *r = &k->rel[i];
    if (node_equal(r->a, a) && node_equal(r->b, b)) {
      *u &= r->u;
      *s &= r->s;
    } else if (node_equal(r->a, b) && node_equal(r->b, a)) {
      *u &= mirrored(r->u);
      *s &= mirrored(r->s);
    }
  }
  if (!(*u & REL_EQ) || !(*s & REL_EQ)) {
    *u &= REL_LT | REL_GT;
    *s &= REL_LT | REL_GT;
  }
}

int known_compare(const Known *k, const Node *n) {
  static const u8 holds[BIN_COUNT] = {
      [BIN_EQ] = REL_EQ,  [BIN_NE] = REL_LT | REL_GT,
      [BIN_ULT] = REL_LT, [BIN_ULE] = REL_LT | REL_EQ,
      [BIN_UGT] = REL_GT, [BIN_UGE] = REL_GT | REL_EQ,
      [BIN_SLT] = REL_LT, [BIN_SLE] = REL_LT | REL_EQ,
      [BIN_SGT] = REL_GT, [BIN_SGE] = REL_GT | REL_EQ};
  u8 u, s;
  known_rel(k, n->kids[0], n->kids[1], &u, &s);
  u8 m = n->fn >= BIN_SLT ? s : u;
  return !(m & ~holds[n->fn]) ? 1 : !(m & holds[n->fn]) ? 0 : -1;
}

// a against b, b against c: a against c.
static u8 composed(u8 x, u8 y) {
  if (x == REL_EQ || y == REL_EQ)
    return x == REL_EQ ? y : x;
  bool up = !((x | y) & REL_GT), down = !((x | y) & REL_LT);
  u8 equal = x & y & REL_EQ;
  return up ? (u8)(REL_LT | equal) : down ? (u8)(REL_GT | equal) : REL_ANY;
}

static void compose_with(Known *k, const Node *a, const Node *b, u8 u, u8 s,
                         const Node *c, const Node *d, u8 u2, u8 s2) {
  if (node_equal(b, c) && !node_equal(a, d))
    known_add_rel(k, a, d, composed(u, u2), composed(s, s2));
}

void known_add_rel(Known *k, const Node *a, const Node *b, u8 u, u8 s) {
  a = known_canon(k, a);
  b = known_canon(k, b);
  u8 old_u, old_s;
  known_rel(k, a, b, &old_u, &old_s);
  u &= old_u;
  s &= old_s;
  if (!(u & REL_EQ) || !(s & REL_EQ)) {
    u &= REL_LT | REL_GT;
    s &= REL_LT | REL_GT;
  }
  if (!u || !s)
    k->never = true;
  if (k->never || (u == old_u && s == old_s) || k->nrels == MOST_RELS)
    return;
  u32 n = k->nrels;
  k->rel[k->nrels++] = (Rel){a, b, u, s};
  for (u32 i = 0; i < n && !k->never; i++) {
    Rel r = k->rel[i];
    compose_with(k, a, b, u, s, r.a, r.b, r.u, r.s);
    compose_with(k, a, b, u, s, r.b, r.a, mirrored(r.u), mirrored(r.s));
    compose_with(k, b, a, mirrored(u), mirrored(s), r.a, r.b, r.u, r.s);
    compose_with(k, b, a, mirrored(u), mirrored(s), r.b, r.a, mirrored(r.u),
                 mirrored(r.s));
  }
}
