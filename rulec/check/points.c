// A condition becomes a straight line of operations on terms; the line is run
// for each choice of values. Operands of `&&` and `?:` are all computed, with a
// bit each that says whether there is a value: the left decides which counts.
#include "rulec/check/points.h"

enum { MOST_INS = 256, MOST_TERMS = 8, MOST_LINES = 8 };

typedef struct Ins {
  u8 kind, fn; // NodeKind, Builtin or BinOp
  u16 bits, from;
  u32 a, b, c; // operands: slots; a term's number
  u128 num;
} Ins;
typedef struct Cell {
  u128 v;
  bool is; // there is a value
} Cell;

typedef struct Line { // the conditions, compiled
  const Known *k;
  u32 n;
  Ins at[MOST_INS];
  u32 nterms;
  const Node *term[MOST_TERMS];
  u32 nvars; // variables of `let` that have a slot
  const Var *var[MOST_LET_DEFS];
  u32 slot[MOST_LET_DEFS];
  u32 depth;
  bool failed;
} Line;

// --- compiling ------------------------------------------------------

static u32 compile(Line *l, const Node *n);

static u32 put(Line *l, Ins x) {
  if (l->n == MOST_INS) {
    l->failed = true;
    return 0;
  }
  l->at[l->n] = x;
  return l->n++;
}

static u32 term_of(Line *l, const Node *n) {
  u32 i = 0;
  while (i < l->nterms && !node_equal(l->term[i], n))
    i++;
  if (i == l->nterms) {
    if (i == MOST_TERMS || !known_width(l->k->s, n)) {
      l->failed = true;
      return 0;
    }
    l->term[l->nterms++] = n;
  }
  return put(l, (Ins){.kind = N_VAR, .a = i});
}

static u32 compile_var(Line *l, const Node *n) {
  for (u32 i = 0; i < l->nvars; i++)
    if (l->var[i] == n->var)
      return l->slot[i];
  const Node *def = known_canon(l->k, n);
  if (def == n)
    return term_of(l, n);
  u32 s = compile(l, def);
  if (!l->failed && l->nvars < MOST_LET_DEFS) {
    l->var[l->nvars] = n->var;
    l->slot[l->nvars++] = s;
  }
  return s;
}

static bool computes(const Node *n) {
  switch ((Builtin)n->fn) {
  case BI_CLZ:
  case BI_CTZ:
  case BI_POPCNT:
  case BI_BSWAP:
  case BI_LOG2:
  case BI_IS_POW2:
  case BI_MSB:
  case BI_PARITY:
  case BI_FITS_S:
  case BI_FITS_U: return true;
  default: return false;
  }
}

static u32 compile_kids(Line *l, const Node *n) {
  Ins x = {.kind = n->kind, .fn = n->fn, .bits = n->sort.bits};
  u32 kid[3] = {0};
  if (n->nkids > 3 || (n->nkids && !known_width(l->k->s, n->kids[0])))
    l->failed = true;
  for (u32 i = 0; i < n->nkids && !l->failed; i++)
    kid[i] = compile(l, n->kids[i]);
  x.a = kid[0];
  x.b = kid[1];
  x.c = kid[2];
  x.from = n->nkids ? (u16)known_width(l->k->s, n->kids[0]) : 0;
  return put(l, x);
}

static u32 compile_let(Line *l, const Node *n) {
  u32 v = compile(l, n->kids[0]);
  if (l->nvars == MOST_LET_DEFS)
    l->failed = true;
  if (l->failed)
    return 0;
  l->var[l->nvars] = n->var;
  l->slot[l->nvars++] = v;
  u32 body = compile(l, n->kids[1]);
  return put(l, (Ins){.kind = N_LET, .a = v, .b = body});
}

static u32 compile_any(Line *l, const Node *n) {
  u32 w = known_width(l->k->s, n);
  if (!w)
    l->failed = true;
  if (l->failed)
    return 0;
  switch ((NodeKind)n->kind) {
  case N_CONST: return put(l, (Ins){.kind = N_CONST, .num = n->num});
  case N_VAR: return compile_var(l, n);
  case N_FIELD: return term_of(l, n);
  case N_CALL: return computes(n) ? compile_kids(l, n) : term_of(l, n);
  case N_LET: return compile_let(l, n);
  case N_UNARY:
  case N_BINARY:
  case N_COND:
  case N_ZEXT:
  case N_SEXT:
  case N_TRUNC: return compile_kids(l, n);
  default: l->failed = true; return 0;
  }
}

static u32 compile(Line *l, const Node *n) {
  if (l->depth >= MOST_DEEP)
    l->failed = true;
  l->depth++;
  u32 s = compile_any(l, n);
  l->depth--;
  return s;
}

// --- running --------------------------------------------------------

static Cell some(u128 v) { return (Cell){v, true}; }
static const Cell nothing = {0, false};

static Cell shift(const Ins *x, u128 a, u128 n) {
  if (n >= x->bits)
    return nothing;
  u32 k = (u32)n;
  return some(x->fn == BIN_SHL    ? a << k
              : x->fn == BIN_USHR ? a >> k
                                  : (u128)(range_signed(a, x->from) >> k));
}

static Cell divide(const Ins *x, u128 a, u128 b) {
  s128 sa = range_signed(a, x->from), sb = range_signed(b, x->from);
  if (!b)
    return nothing;
  switch ((BinOp)x->fn) {
  case BIN_UDIV: return some(a / b);
  case BIN_UREM: return some(a % b);
  case BIN_SDIV: return some(sb == -1 ? 0 - a : (u128)(sa / sb));
  default: return some(sb == -1 ? 0 : (u128)(sa % sb));
  }
}

static bool compare(const Ins *x, u128 a, u128 b) {
  s128 sa = range_signed(a, x->from), sb = range_signed(b, x->from);
  switch ((BinOp)x->fn) {
  case BIN_EQ: return a == b;
  case BIN_NE: return a != b;
  case BIN_ULT: return a < b;
  case BIN_ULE: return a <= b;
  case BIN_UGT: return a > b;
  case BIN_UGE: return a >= b;
  case BIN_SLT: return sa < sb;
  case BIN_SLE: return sa <= sb;
  case BIN_SGT: return sa > sb;
  default: return sa >= sb;
  }
}

static Cell binary(const Ins *x, const Cell *at) {
  Cell a = at[x->a], b = at[x->b];
  BinOp op = (BinOp)x->fn;
  if (op == BIN_ANDAND || op == BIN_OROR) {
    bool decided = a.is && (a.v != 0) == (op == BIN_OROR);
    return !a.is || decided ? a : b;
  }
  if (!a.is || !b.is)
    return nothing;
  if (op >= BIN_EQ && op <= BIN_SGE)
    return some(compare(x, a.v, b.v));
  switch (op) {
  case BIN_OR: return some(a.v | b.v);
  case BIN_XOR: return some(a.v ^ b.v);
  case BIN_AND: return some(a.v & b.v);
  case BIN_ADD: return some(a.v + b.v);
  case BIN_SUB: return some(a.v - b.v);
  case BIN_MUL: return some(a.v * b.v);
  case BIN_CONCAT: return some(a.v << (x->bits - x->from) | b.v);
  case BIN_SHL:
  case BIN_USHR:
  case BIN_SSHR: return shift(x, a.v, b.v);
  default: return divide(x, a.v, b.v);
  }
}

// By what ranges of one value say: they are exact there.
static Cell builtin(const Ins *x, const Cell *at) {
  Cell a = at[x->a];
  if (!a.is)
    return nothing;
  Range r = range_const(x->from, a.v);
  u32 ones = (u32)__builtin_popcountll((u64)a.v) +
             (u32)__builtin_popcountll((u64)(a.v >> 64));
  switch ((Builtin)x->fn) {
  case BI_CLZ: return some(range_clz(r).umin);
  case BI_CTZ: return some(range_ctz(r).umin);
  case BI_POPCNT: return some(ones);
  case BI_BSWAP: return some(range_bswap(r).umin);
  case BI_LOG2: return ones == 1 ? some(range_log2(r).umin) : nothing;
  case BI_IS_POW2: return some(ones == 1);
  case BI_MSB: return some(r.smax < 0);
  case BI_PARITY: return some(!(__builtin_popcountll((u64)a.v & 0xff) & 1));
  case BI_FITS_U: return some(range_fits_u(&r, (u32)at[x->b].v) == 1);
  default: return some(range_fits_s(&r, (u32)at[x->b].v) == 1);
  }
}

static Cell run_one(const Ins *x, const Cell *at, const u128 *value) {
  switch ((NodeKind)x->kind) {
  case N_CONST: return some(x->num);
  case N_VAR: return some(value[x->a]);
  case N_LET: return at[x->a].is ? at[x->b] : nothing;
  case N_UNARY:
    return at[x->a].is ? some(x->fn == UN_NOT ? !at[x->a].v : ~at[x->a].v)
                       : nothing;
  case N_BINARY: return binary(x, at);
  case N_COND: return !at[x->a].is ? nothing : at[x->a].v ? at[x->b] : at[x->c];
  case N_SEXT:
    return at[x->a].is ? some((u128)range_signed(at[x->a].v, x->from))
                       : nothing;
  case N_CALL: return builtin(x, at);
  default: return at[x->a]; // zext, trunc
  }
}

static void run(const Line *l, Cell *at, const u128 *value) {
  for (u32 i = 0; i < l->n; i++) {
    Cell c = run_one(&l->at[i], at, value);
    if (l->at[i].bits)
      c.v &= range_mask(l->at[i].bits);
    at[i] = c;
  }
}

// --- values of a term -----------------------------------------------

typedef struct Values {
  u32 n;
  u128 *at;
} Values;

static bool must_be_pow2(const Known *k, const Node *n) {
  for (u32 i = 0; i < k->n; i++) {
    const Node *f = k->at[i].n;
    if (f->kind == N_CALL && f->fn == BI_IS_POW2 && k->at[i].r.umin == 1 &&
        node_equal(known_canon(k, f->kids[0]), n))
      return true;
  }
  return false;
}

static void add(Values *v, const Range *r, u128 x) {
  if (range_holds(r, x) && v->n < MOST_POINTS)
    v->at[v->n++] = x;
}

// False if there are more than MOST_POINTS.
static bool values_of(Arena *a, const Known *k, const Node *n, Values *v) {
  Range r = known_eval(k, n).r;
  bool pow2 = must_be_pow2(k, n);
  u128 many = pow2 ? r.bits : range_count(&r, MOST_POINTS + 1);
  *v = (Values){0};
  if (many > MOST_POINTS || range_empty(&r))
    return false;
  v->at = arena_array(a, u128, (u32)many + 1);
  u128 open = range_mask(r.bits) & ~(r.zeros | r.ones);
  if (pow2)
    for (u32 i = 0; i < r.bits; i++)
      add(v, &r, (u128)1 << i);
  else if (r.umax - r.umin < MOST_POINTS)
    for (u128 x = r.umin; x <= r.umax && x >= r.umin; x++)
      add(v, &r, x);
  else
    for (u128 s = 0, first = 1; s || first; s = (s - open) & open, first = 0)
      add(v, &r, r.ones | s);
  return v->n != 0;
}

// --- deciding -------------------------------------------------------

typedef struct Run {
  Arena scratch;
  Line line;
  u32 nroots;
  u32 root[MOST_LINES]; // slots: what is given, then what is asked
  Values values[MOST_TERMS];
  u64 points;
} Run;

static bool take_values(Run *r, const Known *k, u32 from) {
  u64 points = from ? r->points : 1;
  for (u32 i = from; i < r->line.nterms; i++) {
    if (!values_of(&r->scratch, k, r->line.term[i], &r->values[i]))
      return false;
    points *= r->values[i].n;
    if (points > MOST_POINTS)
      return false;
  }
  r->points = points;
  return true;
}

// A condition that is given counts if it leaves few enough points and speaks
// of a term that is asked about.
static void try_given(Run *r, const Known *k, const Node *n) {
  Line old = r->line;
  u64 points = r->points;
  if (r->nroots + 1 == MOST_LINES)
    return;
  u32 s = compile(&r->line, n);
  bool shares = false;
  for (u32 i = old.n; i < r->line.n; i++)
    shares |= r->line.at[i].kind == N_VAR && r->line.at[i].a < old.nterms;
  if (r->line.failed || !shares || !take_values(r, k, old.nterms)) {
    r->line = old;
    r->points = points;
    return;
  }
  r->root[r->nroots++] = s;
}

static bool given_hold(const Run *r, const Cell *at) {
  for (u32 i = 1; i < r->nroots; i++)
    if (!at[r->root[i]].is || !at[r->root[i]].v)
      return false;
  return true;
}

static Verdict try_all(const Run *r, u64 *steps) {
  Cell at[MOST_INS];
  u32 index[MOST_TERMS] = {0};
  u128 value[MOST_TERMS];
  Verdict v = {.known = true};
  for (u64 p = 0; p < r->points; p++) {
    if (*steps < r->line.n || (v.can_hold && v.can_fail))
      return (Verdict){0};
    *steps -= r->line.n;
    for (u32 i = 0; i < r->line.nterms; i++)
      value[i] = r->values[i].at[index[i]];
    run(&r->line, at, value);
    if (given_hold(r, at)) {
      Cell c = at[r->root[0]];
      v.can_be_nothing |= !c.is;
      v.can_hold |= c.is && c.v;
      v.can_fail |= c.is && !c.v;
    }
    for (u32 i = 0; i < r->line.nterms; i++) { // the next choice
      if (++index[i] < r->values[i].n)
        break;
      index[i] = 0;
    }
  }
  return v;
}

Verdict points_decide(const Known *k, const Node *const *given, u32 ngiven,
                      const Node *n, u64 *steps) {
  Run r; // large: only what counts is set
  Verdict v = {0};
  r.scratch = (Arena){0};
  r.nroots = 0;
  r.line.k = k;
  r.line.n = r.line.nterms = r.line.nvars = r.line.depth = 0;
  r.line.failed = false;
  r.root[r.nroots++] = compile(&r.line, n);
  if (!r.line.failed && take_values(&r, k, 0)) {
    for (u32 i = 0; i < ngiven; i++)
      try_given(&r, k, given[i]);
    v = try_all(&r, steps);
  }
  arena_free(&r.scratch);
  return v;
}
