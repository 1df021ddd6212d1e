// Forward: what an expression can be, given what is known.
#include "rulec/check/known.h"

void known_init(Known *k, const Sema *s, Lets *lets, u32 *fuel) {
  k->s = s;
  k->lets = lets;
  k->fuel = fuel;
  k->never = false;
  k->n = k->nrels = 0;
}

void known_let(const Known *k, const Var *var, const Node *def) {
  Lets *l = k->lets;
  for (u32 i = 0; i < l->n; i++)
    if (l->var[i] == var)
      return;
  if (l->n == MOST_LET_DEFS)
    return;
  l->var[l->n] = var;
  l->def[l->n++] = def;
}

const Node *known_canon(const Known *k, const Node *n) {
  for (u32 round = 0; n->kind == N_VAR && round < 32; round++) {
    u32 i = 0;
    while (i < k->lets->n && k->lets->var[i] != n->var)
      i++;
    if (i == k->lets->n)
      break;
    n = k->lets->def[i];
  }
  return n;
}

u32 known_width(const Sema *s, const Node *n) {
  (void)s;
  switch ((SortKind)n->sort.kind) {
  case SORT_BV: return n->sort.bits <= 128 ? n->sort.bits : 0;
  case SORT_BOOL: return 1;
  case SORT_EXT:
  case SORT_REGION:
  case SORT_CODE: return 8;
  case SORT_TRAP: return 32;
  default: return 0;
  }
}

// --- facts ----------------------------------------------------------

static const Fact *find_fact(const Known *k, const Node *n) {
  for (u32 i = 0; i < k->n; i++)
    if (k->at[i].n == n || node_equal(k->at[i].n, n))
      return &k->at[i];
  return NULL;
}

static Range fact_of(const Known *k, Builtin b, const Node *like) {
  Node q = *like;
  q.fn = (u8)b;
  const Fact *f = find_fact(k, &q);
  return f ? f->r : range_any(like->sort.bits);
}

// What the facts known of a class say about every value in it, and that about
// one of its facts: zeros(x) & x == 0, umin(x) <= x and so on.
static Range class_fact(const Known *k, const Node *n) {
  u32 bits = n->sort.bits;
  Range v = range_any(bits), r = v;
  if (!v.bits)
    return v;
  v.zeros = fact_of(k, BI_ZEROS, n).ones;
  v.ones = fact_of(k, BI_ONES, n).ones;
  v.umin = fact_of(k, BI_UMIN, n).umin;
  v.umax = fact_of(k, BI_UMAX, n).umax;
  v.smin = fact_of(k, BI_SMIN, n).smin;
  v.smax = fact_of(k, BI_SMAX, n).smax;
  v = range_tight(v);
  switch ((Builtin)n->fn) {
  case BI_ZEROS: r.zeros = v.ones; break;
  case BI_ONES: r.zeros = v.zeros; break;
  case BI_UMIN: r.umax = v.umax; break;
  case BI_UMAX: r.umin = v.umin; break;
  case BI_SMIN: r.smax = v.smax; break;
  default: r.smin = v.smin; break;
  }
  return range_empty(&v)
             ? range_meet(range_const(bits, 0), range_const(bits, 1))
             : range_tight(r);
}

static bool is_class_fact(const Node *n) {
  return n->kind == N_CALL && n->fn >= BI_ZEROS && n->fn <= BI_SMAX;
}

static Range field_range(const Node *n) {
  u32 w = known_width(NULL, n);
  if (n->sort.kind == SORT_FLAGS || n->kids[0]->sort.kind != SORT_MEMARG)
    return range_any(w);
  switch ((MemField)n->field) {
  case MF_BYTES: return range_unsigned(w, 1, 16);
  case MF_EXT: return range_unsigned(w, 0, 2);
  case MF_REGION: return range_unsigned(w, 0, 4);
  default: return range_any(w);
  }
}

// --- evaluation -----------------------------------------------------

static Val eval(const Known *k, const Node *n);

static Val val(Range r, u32 none) { return (Val){r, (u8)none}; }
static Val val_bool(int b, u32 none) {
  return val(b < 0 ? range_any(1) : range_const(1, (u128)b), none);
}
static u32 worse(u32 a, u32 b) { return a > b ? a : b; }

static bool is_bool(const Val *v, bool want) {
  u128 x;
  return range_is(&v->r, &x) && (x != 0) == want;
}

static Val eval_logic(const Known *k, const Node *n) {
  bool both = n->fn == BIN_ANDAND;
  Val a = eval(k, n->kids[0]);
  if (is_bool(&a, !both) || a.none == NONE_ALWAYS)
    return a;
  Known under = *k;
  known_assume(&under, n->kids[0], both);
  if (under.never)
    return val_bool(!both, a.none);
  Val b = eval(&under, n->kids[1]);
  u32 none = is_bool(&a, both) ? b.none : b.none ? NONE_PERHAPS : NONE_NO;
  if (is_bool(&a, both))
    return val(b.r, worse(a.none, none));
  bool settled = is_bool(&b, !both);
  return val_bool(settled ? !both : -1, worse(a.none, none));
}

static Val eval_cond(const Known *k, const Node *n) {
  Val c = eval(k, n->kids[0]), arm[2];
  bool can[2];
  for (u32 i = 0; i < 2; i++) {
    Known under = *k;
    can[i] = !is_bool(&c, i == 1);
    if (!can[i])
      continue;
    known_assume(&under, n->kids[0], i == 0);
    can[i] = !under.never;
    if (can[i])
      arm[i] = eval(&under, n->kids[1 + i]);
  }
  if (!can[0] || !can[1]) {
    if (!can[0] && !can[1])
      return val(range_any(known_width(k->s, n)), worse(c.none, NONE_PERHAPS));
    Val v = can[0] ? arm[0] : arm[1];
    return val(v.r, worse(c.none, v.none));
  }
  u32 none = arm[0].none == arm[1].none ? arm[0].none : NONE_PERHAPS;
  return val(range_join(arm[0].r, arm[1].r), worse(c.none, none));
}

static u32 shift_none(const Range *amount, u32 bits) {
  if (!amount->bits)
    return NONE_PERHAPS;
  return amount->umax < bits    ? NONE_NO
         : amount->umin >= bits ? NONE_ALWAYS
                                : NONE_PERHAPS;
}

// A number divided by is not zero, too, if it was compared with zero.
static u32 divide_none(const Known *k, const Node *n, const Range *y) {
  if (!y->bits) { // too wide to be tracked: what it was extended from
    n = known_canon(k, n);
    bool wide = n->kind == N_ZEXT || n->kind == N_SEXT;
    return wide && eval(k, n->kids[0]).r.umin ? NONE_NO : NONE_PERHAPS;
  }
  return y->umin ? NONE_NO : y->umax == 0 ? NONE_ALWAYS : NONE_PERHAPS;
}

static Val eval_binary(const Known *k, const Node *n) {
  if (n->fn == BIN_ANDAND || n->fn == BIN_OROR)
    return eval_logic(k, n);
  Val a = eval(k, n->kids[0]), b = eval(k, n->kids[1]);
  u32 none = worse(a.none, b.none);
  if (n->fn >= BIN_EQ && n->fn <= BIN_SGE) {
    int v = range_compare((BinOp)n->fn, &a.r, &b.r);
    return val_bool(v < 0 ? known_compare(k, n) : v, none);
  }
  u32 bits = known_width(k->s, n);
  if (n->fn == BIN_SHL || n->fn == BIN_USHR || n->fn == BIN_SSHR)
    none = worse(none, shift_none(&b.r, n->sort.bits));
  if (n->fn >= BIN_UDIV && n->fn <= BIN_SREM)
    none = worse(none, divide_none(k, n->kids[1], &b.r));
  const Node *x = known_canon(k, n->kids[0]), *y = known_canon(k, n->kids[1]);
  if ((n->fn == BIN_SUB || n->fn == BIN_XOR) && node_equal(x, y))
    return val(range_const(bits, 0), none);
  if (n->fn == BIN_AND && is_class_fact(x) && is_class_fact(y) &&
      x->fn + y->fn == BI_ZEROS + BI_ONES && x->fn != y->fn &&
      node_equal(x->kids[0], y->kids[0]))
    return val(range_const(bits, 0), none);
  return val(range_binary((BinOp)n->fn, a.r, b.r, bits), none);
}

static Val eval_log2(const Known *k, const Node *n, Val x) {
  Node q = *n;
  q.fn = BI_IS_POW2;
  q.sort = (Sort){.kind = SORT_BOOL};
  const Fact *f = find_fact(k, &q);
  int p = f ? range_compare(BIN_EQ, &f->r, &(Range){1, 1, 1, -1, -1, 0, 1})
            : range_is_pow2(&x.r);
  u32 none = p < 0 ? NONE_PERHAPS : p ? NONE_NO : NONE_ALWAYS;
  return val(range_log2(x.r), worse(x.none, none));
}

static Val eval_call(const Known *k, const Node *n) {
  u32 w = known_width(k->s, n), none = NONE_NO;
  Val x = val(range_any(0), NONE_NO);
  if (is_class_fact(n))
    return val(class_fact(k, n), NONE_NO);
  for (u32 i = 0; i < n->nkids; i++) {
    Val y = eval(k, n->kids[i]);
    x = i ? x : y;
    none = worse(none, y.none);
  }
  if (!x.r.bits)
    return val(range_any(w), none);
  switch ((Builtin)n->fn) {
  case BI_CLZ: return val(range_clz(x.r), none);
  case BI_CTZ: return val(range_ctz(x.r), none);
  case BI_POPCNT: return val(range_popcnt(x.r), none);
  case BI_BSWAP: return val(range_bswap(x.r), none);
  case BI_LOG2: return eval_log2(k, n, x);
  case BI_IS_POW2: return val_bool(range_is_pow2(&x.r), none);
  case BI_MSB: return val_bool(x.r.smax < 0 ? 1 : x.r.smin >= 0 ? 0 : -1, none);
  case BI_FITS_U:
    return val_bool(range_fits_u(&x.r, (u32)n->kids[1]->num), none);
  case BI_FITS_S:
    return val_bool(range_fits_s(&x.r, (u32)n->kids[1]->num), none);
  default: return val(range_any(w), none);
  }
}

static Val eval_resize(const Known *k, const Node *n) {
  Val x = eval(k, n->kids[0]);
  u32 none = x.none;
  for (u32 i = 1; i < n->nkids; i++)
    none = worse(none, eval(k, n->kids[i]).none);
  u32 w = known_width(k->s, n);
  Range r = n->kind == N_ZEXT   ? range_zext(x.r, n->sort.bits)
            : n->kind == N_SEXT ? range_sext(x.r, n->sort.bits)
                                : range_trunc(x.r, w);
  return val(w ? r : range_any(0), none);
}

// ts[i]: nothing unless i is below the length.
static Val eval_index(const Known *k, const Node *n) {
  Node len = {.kind = N_CALL,
              .fn = BI_LEN,
              .sort = {.kind = SORT_BV, .bits = 32},
              .nkids = 1,
              .kids = n->kids};
  Val i = eval(k, n->kids[1]), l = eval(k, &len);
  u8 u, s;
  known_rel(k, n->kids[1], &len, &u, &s);
  int below = range_compare(BIN_ULT, &i.r, &l.r);
  if (below < 0)
    below = u == REL_LT ? 1 : u & REL_LT ? -1 : 0;
  u32 none = below < 0 ? NONE_PERHAPS : below ? NONE_NO : NONE_ALWAYS;
  return val(range_any(0), worse(i.none, none));
}

static Val eval_let(const Known *k, const Node *n) {
  known_let(k, n->var, n->kids[0]);
  Val v = eval(k, n->kids[0]), body = eval(k, n->kids[1]);
  return val(body.r, worse(v.none, body.none));
}

// What is no expression of numbers: only whether its parts are there.
static Val eval_other(const Known *k, const Node *n) {
  u32 none = NONE_NO;
  for (u32 i = 0; i < n->nkids; i++)
    none = worse(none, eval(k, n->kids[i]).none);
  for (u32 i = 0; n->amode && i < n->amode->nparts; i++) {
    const AmodePart *p = &n->amode->parts[i];
    none = worse(none, eval(k, p->e).none);
    if (p->scale)
      none = worse(none, eval(k, p->scale).none);
  }
  if (n->amode && n->amode->mem)
    none = worse(none, eval(k, n->amode->mem).none);
  return val(range_any(known_width(k->s, n)), none);
}

static Val eval_var(const Known *k, const Node *n) {
  const Node *def = known_canon(k, n);
  if (def != n)
    return val(eval(k, def).r, NONE_NO); // asked for where it is bound
  Range r = range_any(known_width(k->s, n));
  if (n->sort.kind == SORT_CODE)
    r = range_unsigned(8, 0, k->s->codes[n->sort.decl].nmembers - 1);
  return val(r, NONE_NO);
}

static Val eval_unary(const Known *k, const Node *n) {
  Val x = eval(k, n->kids[0]);
  return val(range_invert(x.r), x.none); // of one bit: not
}

static Val eval_kind(const Known *k, const Node *n) {
  switch ((NodeKind)n->kind) {
  case N_CONST:
  case N_VALCONST:
    return val(range_const(known_width(k->s, n), n->num), NONE_NO);
  case N_VAR: return eval_var(k, n);
  case N_UNARY: return eval_unary(k, n);
  case N_BINARY: return eval_binary(k, n);
  case N_COND: return eval_cond(k, n);
  case N_LET: return eval_let(k, n);
  case N_ZEXT:
  case N_SEXT:
  case N_TRUNC: return eval_resize(k, n);
  case N_CALL: return eval_call(k, n);
  case N_INDEX: return eval_index(k, n);
  case N_FIELD: return val(field_range(n), eval(k, n->kids[0]).none);
  default: return eval_other(k, n);
  }
}

static Val eval(const Known *k, const Node *n) {
  u32 w = known_width(k->s, n);
  if (!*k->fuel || k->lets->depth >= MOST_DEEP)
    return val(range_any(w), NONE_PERHAPS);
  --*k->fuel;
  k->lets->depth++;
  Val v = eval_kind(k, n);
  k->lets->depth--;
  if (n->kind == N_CONST || !w)
    return v;
  const Fact *f = find_fact(k, n);
  if (f)
    v.r = range_meet(v.r, f->r);
  return v;
}

Val known_eval(const Known *k, const Node *n) { return eval(k, n); }

bool node_is_partial(const Node *n) {
  if (n->kind == N_BINARY)
    return n->fn == BIN_SHL || n->fn == BIN_USHR || n->fn == BIN_SSHR ||
           (n->fn >= BIN_UDIV && n->fn <= BIN_SREM);
  return n->kind == N_INDEX || (n->kind == N_CALL && n->fn == BI_LOG2);
}

void known_rule(Known *k, const RuleX *x) {
  for (u32 i = 0; i < x->nclauses; i++) {
    const ClauseInfo *c = &x->clauses[i];
    if (c->let && c->let->kind == VAR_LET_IMM)
      known_let(k, c->let, c->e);
    else if (!c->let)
      known_assume(k, c->e, true);
  }
}

Range known_in_rule(const Sema *s, const RuleX *x, const Node *n) {
  u32 fuel = 2000;
  Lets lets;
  Known k;
  lets.n = lets.depth = 0;
  known_init(&k, s, &lets, &fuel);
  known_rule(&k, x);
  return k.never ? (Range){0} : known_eval(&k, n).r;
}
