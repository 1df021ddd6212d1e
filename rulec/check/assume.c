// Backward: what follows for its parts when an expression is known to be so.
#include "rulec/check/known.h"

enum { MOST_STEPS = 24 }; // levels that a refinement goes down

static void refine(Known *k, const Node *n, Range r, u32 steps);
static void assume(Known *k, const Node *n, bool want, u32 steps);

// --- down into operands ---------------------------------------------

static Range with_bits(u32 bits, u128 zeros, u128 ones) {
  Range r = range_any(bits);
  if (!r.bits)
    return r;
  r.zeros = zeros & range_mask(bits);
  r.ones = ones & range_mask(bits);
  return range_tight(r);
}

// x + c in r, c known: x in r - c, where that does not wrap.
static void refine_sum(Known *k, const Node *n, Range r, u32 steps) {
  u128 c;
  for (u32 i = 0; i < 2; i++) {
    Val v = known_eval(k, n->kids[1 - i]);
    if (!range_is(&v.r, &c))
      continue;
    Range by = range_const(r.bits, c);
    Range x = n->fn == BIN_ADD ? range_binary(BIN_SUB, r, by, r.bits)
              : i == 0         ? range_binary(BIN_ADD, r, by, r.bits)
                               : range_binary(BIN_SUB, by, r, r.bits);
    refine(k, n->kids[i], x, steps);
  }
}

static void refine_and(Known *k, const Node *n, Range r, u32 steps) {
  for (u32 i = 0; i < 2; i++) {
    Range o = known_eval(k, n->kids[1 - i]).r;
    refine(k, n->kids[i], with_bits(r.bits, r.zeros & o.ones, r.ones), steps);
  }
}

static void refine_or(Known *k, const Node *n, Range r, u32 steps) {
  for (u32 i = 0; i < 2; i++) {
    Range o = known_eval(k, n->kids[1 - i]).r;
    refine(k, n->kids[i], with_bits(r.bits, r.zeros, r.ones & o.zeros), steps);
  }
}

static void refine_xor(Known *k, const Node *n, Range r, u32 steps) {
  for (u32 i = 0; i < 2; i++) {
    Range o = known_eval(k, n->kids[1 - i]).r;
    refine(k, n->kids[i],
           with_bits(r.bits, (r.zeros & o.zeros) | (r.ones & o.ones),
                     (r.zeros & o.ones) | (r.ones & o.zeros)),
           steps);
  }
}

static void refine_shift(Known *k, const Node *n, Range r, u32 steps) {
  u128 c;
  Val v = known_eval(k, n->kids[1]);
  if (!range_is(&v.r, &c) || c >= r.bits)
    return;
  u32 s = (u32)c;
  u128 mask = range_mask(r.bits);
  if (n->fn == BIN_SHL) {
    refine(k, n->kids[0], with_bits(r.bits, r.zeros >> s, r.ones >> s), steps);
    return;
  }
  u128 kept = mask << s & mask;
  Range x = with_bits(r.bits, r.zeros << s & kept, r.ones << s & kept);
  if (n->fn == BIN_USHR)
    x = range_meet(x, range_unsigned(r.bits, r.umin << s & mask,
                                     (r.umax << s | ~kept) & mask));
  refine(k, n->kids[0], x, steps);
}

static void refine_divide(Known *k, const Node *n, Range r, u32 steps) {
  u128 c, lo, hi;
  Val v = known_eval(k, n->kids[1]);
  if (!range_is(&v.r, &c) || !c || __builtin_mul_overflow(r.umin, c, &lo))
    return;
  if (__builtin_mul_overflow(r.umax, c, &hi) || hi + (c - 1) < hi)
    hi = range_mask(r.bits);
  else
    hi += c - 1;
  refine(k, n->kids[0], range_unsigned(r.bits, lo, hi), steps);
}

static void refine_binary(Known *k, const Node *n, Range r, u32 steps) {
  switch ((BinOp)n->fn) {
  case BIN_ADD:
  case BIN_SUB: refine_sum(k, n, r, steps); return;
  case BIN_AND: refine_and(k, n, r, steps); return;
  case BIN_OR: refine_or(k, n, r, steps); return;
  case BIN_XOR: refine_xor(k, n, r, steps); return;
  case BIN_SHL:
  case BIN_USHR:
  case BIN_SSHR: refine_shift(k, n, r, steps); return;
  case BIN_UDIV: refine_divide(k, n, r, steps); return;
  default: return;
  }
}

static void refine_resize(Known *k, const Node *n, Range r, u32 steps) {
  const Node *x = n->kids[0];
  u32 bits = known_width(k->s, x);
  u128 is;
  if (!bits)
    return;
  if (x->sort.kind == SORT_BOOL && n->kind == N_ZEXT) {
    if (range_is(&r, &is))
      assume(k, x, is != 0, steps);
    return;
  }
  if (n->kind == N_ZEXT)
    refine(
        k, x,
        range_trunc(range_meet(r, range_zext(range_any(bits), r.bits)), bits),
        steps);
  if (n->kind == N_SEXT)
    refine(
        k, x,
        range_trunc(range_meet(r, range_sext(range_any(bits), r.bits)), bits),
        steps);
  if (n->kind == N_TRUNC) // the low bits; not zero is not zero
    refine(k, x,
           range_meet(with_bits(bits, r.zeros, r.ones),
                      range_unsigned(bits, r.umin != 0, ~(u128)0)),
           steps);
}

// Counts: no bit set above what clz says, none below what ctz says.
static void refine_count(Known *k, const Node *n, Range r, u32 steps) {
  const Node *x = n->kids[0];
  u32 bits = known_width(k->s, x);
  if (!bits || r.umin > bits)
    return;
  u32 c = (u32)r.umin;
  if (n->fn == BI_CLZ && c)
    refine(k, x, range_unsigned(bits, 0, c < bits ? range_mask(bits - c) : 0),
           steps);
  if (n->fn == BI_CTZ && c)
    refine(k, x, with_bits(bits, range_mask(c), 0), steps);
  if (n->fn == BI_POPCNT && c)
    refine(k, x, range_unsigned(bits, 1, ~(u128)0), steps);
  bool some = (n->fn == BI_CLZ || n->fn == BI_CTZ) && r.umax < bits;
  if (some)
    refine(k, x, range_unsigned(bits, 1, ~(u128)0), steps);
  if (n->fn == BI_POPCNT && r.umax == 0)
    refine(k, x, range_const(bits, 0), steps);
}

static void refine_kids(Known *k, const Node *n, Range r, u32 steps) {
  u128 x;
  if (n->kind == N_BINARY && n->sort.kind == SORT_BV)
    refine_binary(k, n, r, steps);
  else if (n->kind == N_UNARY && n->fn == UN_INV)
    refine(k, n->kids[0], range_invert(r), steps);
  else if (n->kind == N_ZEXT || n->kind == N_SEXT || n->kind == N_TRUNC)
    refine_resize(k, n, r, steps);
  else if (n->kind == N_CALL && n->nkids == 1)
    refine_count(k, n, r, steps);
  else if (n->kind == N_LET)
    refine(k, n->kids[1], r, steps);
  else if (n->sort.kind == SORT_BOOL && range_is(&r, &x) && n->kind != N_VAR &&
           n->kind != N_FIELD)
    assume(k, n, x != 0, steps);
}

static Fact *fact_slot(Known *k, const Node *n) {
  for (u32 i = 0; i < k->n; i++)
    if (node_equal(k->at[i].n, n))
      return &k->at[i];
  if (k->n == MOST_FACTS)
    return NULL;
  k->at[k->n] = (Fact){n, range_any(known_width(k->s, n))};
  return &k->at[k->n++];
}

static void refine(Known *k, const Node *n, Range r, u32 steps) {
  n = known_canon(k, n);
  u32 w = known_width(k->s, n);
  if (!w || w != r.bits || k->never || !steps)
    return;
  Range old = known_eval(k, n).r, now = range_meet(old, r);
  if (range_empty(&now))
    k->never = true;
  if (k->never || range_same(&old, &now) || n->kind == N_CONST)
    return;
  Fact *f = fact_slot(k, n);
  if (f)
    f->r = range_meet(f->r, now);
  refine_kids(k, n, now, steps - 1);
}

// --- conditions -----------------------------------------------------

static BinOp negated(BinOp op) {
  switch (op) {
  case BIN_EQ: return BIN_NE;
  case BIN_NE: return BIN_EQ;
  case BIN_ULT: return BIN_UGE;
  case BIN_ULE: return BIN_UGT;
  case BIN_UGT: return BIN_ULE;
  case BIN_UGE: return BIN_ULT;
  case BIN_SLT: return BIN_SGE;
  case BIN_SLE: return BIN_SGT;
  case BIN_SGT: return BIN_SLE;
  case BIN_SGE: return BIN_SLT;
  default: return op;
  }
}

// Not equal tells something where the other is known and at an end of this.
static Range without(Range r, const Range *other) {
  u128 x;
  if (!range_is(other, &x))
    return r;
  s128 s = other->smin;
  if (r.umin == x && r.umin < r.umax)
    r.umin++;
  else if (r.umax == x && r.umin < r.umax)
    r.umax--;
  if (r.smin == s && r.smin < r.smax)
    r.smin++;
  else if (r.smax == s && r.smin < r.smax)
    r.smax--;
  u128 y;
  if (range_is(&r, &y) && y == x)
    r.zeros = r.ones = range_mask(r.bits); // nothing is left
  return range_tight(r);
}

static void less(Known *k, const Node *a, const Node *b, bool strict,
                 u32 steps) {
  Range x = known_eval(k, a).r, y = known_eval(k, b).r;
  if (!x.bits || x.bits != y.bits)
    return;
  if (strict && (y.umax == 0 || x.umin == range_mask(x.bits))) {
    k->never = true;
    return;
  }
  refine(k, a, range_unsigned(x.bits, 0, y.umax - strict), steps);
  refine(k, b, range_unsigned(x.bits, x.umin + strict, ~(u128)0), steps);
}

static void less_signed(Known *k, const Node *a, const Node *b, bool strict,
                        u32 steps) {
  Range x = known_eval(k, a).r, y = known_eval(k, b).r;
  if (!x.bits || x.bits != y.bits)
    return;
  Range any = range_any(x.bits);
  if (strict && (y.smax == any.smin || x.smin == any.smax)) {
    k->never = true;
    return;
  }
  refine(k, a, range_signed_of(x.bits, any.smin, y.smax - strict), steps);
  refine(k, b, range_signed_of(x.bits, x.smin + strict, any.smax), steps);
}

static void equal(Known *k, const Node *a, const Node *b, u32 steps) {
  Range both = range_meet(known_eval(k, a).r, known_eval(k, b).r);
  refine(k, a, both, steps);
  refine(k, b, both, steps);
}

static void differ(Known *k, const Node *a, const Node *b, u32 steps) {
  Range x = known_eval(k, a).r, y = known_eval(k, b).r;
  if (!x.bits || x.bits != y.bits)
    return;
  refine(k, a, without(x, &y), steps);
  refine(k, b, without(y, &x), steps);
}

static void relate(Known *k, BinOp op, const Node *a, const Node *b) {
  static const u8 masks[BIN_COUNT][2] = {
      [BIN_EQ] = {REL_EQ, REL_EQ},
      [BIN_NE] = {REL_LT | REL_GT, REL_LT | REL_GT},
      [BIN_ULT] = {REL_LT, REL_LT | REL_GT},
      [BIN_ULE] = {REL_LT | REL_EQ, REL_ANY},
      [BIN_UGT] = {REL_GT, REL_LT | REL_GT},
      [BIN_UGE] = {REL_GT | REL_EQ, REL_ANY},
      [BIN_SLT] = {REL_LT | REL_GT, REL_LT},
      [BIN_SLE] = {REL_ANY, REL_LT | REL_EQ},
      [BIN_SGT] = {REL_LT | REL_GT, REL_GT},
      [BIN_SGE] = {REL_ANY, REL_GT | REL_EQ}};
  known_add_rel(k, a, b, masks[op][0], masks[op][1]);
}

static void compare(Known *k, BinOp op, const Node *a, const Node *b,
                    u32 steps);

// Where a - b or a ^ b is compared with zero, a is with b.
static void compare_parts(Known *k, BinOp op, const Node *n, const Node *zero,
                          u32 steps) {
  const Range r = known_eval(k, zero).r;
  u128 v;
  n = known_canon(k, n);
  if (n->kind == N_BINARY && (n->fn == BIN_XOR || n->fn == BIN_SUB) && steps &&
      range_is(&r, &v) && !v)
    compare(k, op, n->kids[0], n->kids[1], steps - 1);
}

static void compare(Known *k, BinOp op, const Node *a, const Node *b,
                    u32 steps) {
  relate(k, op, a, b);
  if (op == BIN_EQ || op == BIN_NE) {
    compare_parts(k, op, a, b, steps);
    compare_parts(k, op, b, a, steps);
  }
  switch (op) {
  case BIN_EQ: equal(k, a, b, steps); return;
  case BIN_NE: differ(k, a, b, steps); return;
  case BIN_ULT: less(k, a, b, true, steps); return;
  case BIN_ULE: less(k, a, b, false, steps); return;
  case BIN_UGT: less(k, b, a, true, steps); return;
  case BIN_UGE: less(k, b, a, false, steps); return;
  case BIN_SLT: less_signed(k, a, b, true, steps); return;
  case BIN_SLE: less_signed(k, a, b, false, steps); return;
  case BIN_SGT: less_signed(k, b, a, true, steps); return;
  case BIN_SGE: less_signed(k, b, a, false, steps); return;
  default: return;
  }
}

static void defined(Known *k, const Node *n, u32 steps);

static void note_bool(Known *k, const Node *n, bool want) {
  Fact *f = fact_slot(k, n);
  if (!f)
    return;
  f->r = range_meet(f->r, range_const(1, want));
  k->never = k->never || range_empty(&f->r);
}

static void pow2(Known *k, const Node *x, u32 steps) {
  refine(k, x, range_unsigned(known_width(k->s, x), 1, ~(u128)0), steps);
}

static void call(Known *k, const Node *n, bool want, u32 steps) {
  u32 bits = n->nkids ? known_width(k->s, n->kids[0]) : 0;
  const Node *x = n->nkids ? n->kids[0] : NULL;
  if (!bits)
    return;
  Range any = range_any(bits);
  u32 m = n->nkids == 2 ? (u32)n->kids[1]->num : 0;
  if (n->fn == BI_IS_POW2 && want)
    pow2(k, x, steps);
  if (n->fn == BI_MSB)
    refine(k, x,
           want ? range_signed_of(bits, any.smin, -1)
                : range_signed_of(bits, 0, any.smax),
           steps);
  if (n->fn == BI_FITS_U)
    refine(k, x,
           want ? range_unsigned(bits, 0, range_mask(m))
                : range_unsigned(bits, range_mask(m) + 1, ~(u128)0),
           steps);
  if (n->fn == BI_FITS_S && want && m && m < 128)
    refine(
        k, x,
        range_signed_of(bits, -((s128)1 << (m - 1)), ((s128)1 << (m - 1)) - 1),
        steps);
}

static Known *copy(const Known *k, Known *to) {
  *to = *k;
  return to;
}

// What holds whichever of the two does.
static void joined(Known *k, const Known *a, const Known *b) {
  for (u32 i = 0; i < a->n; i++) {
    const Node *n = a->at[i].n;
    Range r = range_join(a->at[i].r, known_eval(b, n).r);
    Range now = range_meet(known_eval(k, n).r, r);
    Fact *f = range_empty(&now) ? NULL : fact_slot(k, n);
    if (f)
      f->r = range_meet(f->r, r);
  }
}

static void either(Known *k, const Node *a, const Node *b, bool want,
                   u32 steps) {
  Known left, right;
  assume(copy(k, &left), a, want, steps);
  assume(copy(k, &right), a, !want, steps);
  if (!right.never)
    assume(&right, b, want, steps);
  if (left.never && right.never)
    k->never = true;
  else if (left.never || right.never)
    *k = left.never ? right : left;
  else
    joined(k, &left, &right);
}

static void cond(Known *k, const Node *n, bool want, u32 steps) {
  Known left, right;
  assume(copy(k, &left), n->kids[0], true, steps);
  assume(&left, n->kids[1], want, steps);
  assume(copy(k, &right), n->kids[0], false, steps);
  assume(&right, n->kids[2], want, steps);
  if (left.never && right.never)
    k->never = true;
  else if (left.never || right.never)
    *k = left.never ? right : left;
  else
    joined(k, &left, &right);
}

static void binary(Known *k, const Node *n, bool want, u32 steps) {
  if (n->fn == BIN_ANDAND || n->fn == BIN_OROR) {
    if ((n->fn == BIN_ANDAND) != want) {
      either(k, n->kids[0], n->kids[1], want, steps);
      return;
    }
    assume(k, n->kids[0], want, steps);
    assume(k, n->kids[1], want, steps);
    return;
  }
  BinOp op = want ? (BinOp)n->fn : negated((BinOp)n->fn);
  if (n->fn >= BIN_EQ && n->fn <= BIN_SGE)
    compare(k, op, n->kids[0], n->kids[1], steps);
}

static void assume(Known *k, const Node *n, bool want, u32 steps) {
  if (k->never || !steps || !*k->fuel)
    return;
  n = known_canon(k, n);
  if (n->kind == N_CONST) {
    k->never = (n->num != 0) != want;
    return;
  }
  if (n->kind == N_UNARY) {
    assume(k, n->kids[0], !want, steps - 1);
    return;
  }
  if (n->kind == N_LET) {
    known_let(k, n->var, n->kids[0]);
    defined(k, n->kids[0], steps - 1);
    assume(k, n->kids[1], want, steps - 1);
    return;
  }
  defined(k, n, steps - 1);
  Val v = known_eval(k, n);
  u128 x;
  if (range_is(&v.r, &x)) {
    k->never = k->never || (x != 0) != want;
    return;
  }
  if (n->kind == N_BINARY)
    binary(k, n, want, steps - 1);
  else if (n->kind == N_COND)
    cond(k, n, want, steps - 1);
  else if (n->kind == N_CALL)
    call(k, n, want, steps - 1);
  if (!k->never)
    note_bool(k, n, want);
}

// log2(x) is there: is_pow2(x) holds.
static void has_log2(Known *k, const Node *n, u32 steps) {
  Node *p = arena_new(k->s->arena, Node);
  *p = *n;
  p->fn = BI_IS_POW2;
  p->sort = (Sort){.kind = SORT_BOOL};
  pow2(k, n->kids[0], steps);
  note_bool(k, p, true);
}

// Operands that are asked for in any case are there.
static void defined(Known *k, const Node *n, u32 steps) {
  if (k->never || !steps)
    return;
  if (n->kind == N_LET)
    known_let(k, n->var, n->kids[0]);
  bool lazy = n->kind == N_COND || (n->kind == N_BINARY &&
                                    (n->fn == BIN_ANDAND || n->fn == BIN_OROR));
  for (u32 i = 0; i < (lazy ? 1 : n->nkids); i++)
    defined(k, n->kids[i], steps - 1);
  if (!node_is_partial(n))
    return;
  const Node *y = n->kids[n->nkids - 1];
  u32 w = known_width(k->s, y);
  if (n->kind == N_BINARY && n->fn >= BIN_UDIV)
    refine(k, y, range_unsigned(w, 1, ~(u128)0), steps);
  else if (n->kind == N_BINARY)
    refine(k, y, range_unsigned(w, 0, (u128)n->sort.bits - 1), steps);
  else if (n->kind == N_CALL)
    has_log2(k, n, steps);
}

// Bounds that have become known on one side of a relation tell the other; a
// constant has told what it had to tell.
static void spread(Known *k) {
  for (u32 round = 0; round < 2; round++)
    for (u32 i = 0; i < k->nrels && !k->never; i++) {
      Rel r = k->rel[i];
      if (r.a->kind == N_CONST || r.b->kind == N_CONST)
        continue;
      if (!(r.u & REL_GT))
        less(k, r.a, r.b, !(r.u & REL_EQ), MOST_STEPS);
      if (!(r.u & REL_LT))
        less(k, r.b, r.a, !(r.u & REL_EQ), MOST_STEPS);
      if (!(r.s & REL_GT))
        less_signed(k, r.a, r.b, !(r.s & REL_EQ), MOST_STEPS);
      if (!(r.s & REL_LT))
        less_signed(k, r.b, r.a, !(r.s & REL_EQ), MOST_STEPS);
    }
}

void known_assume(Known *k, const Node *n, bool want) {
  assume(k, n, want, MOST_STEPS);
  spread(k);
}
void known_defined(Known *k, const Node *n) { defined(k, n, MOST_STEPS); }
void known_refine(Known *k, const Node *n, Range r) {
  refine(k, n, r, MOST_STEPS);
}
