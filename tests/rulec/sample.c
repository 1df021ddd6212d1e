// Every rewrite rule on sampled values: where its guards hold, both sides give
// the same. No proof, but it finds what is plainly wrong, and says at which
// values.
//
//   rulec_sample [ROUNDS [SEED]]      rounds per rule and variant, default 300
//
// Values are drawn from corners, small numbers, powers of two, numbers of the
// rule itself, and at random. Facts of a value are anything true of it. Two
// NaNs are the same; loads and stores are what they touch, branches where they
// go. What is not understood (tables, vectors, several ops) is counted.
#include "mid/ir/eval.h"
#include "mid/ir/fold.h"
#include "ops.h"
#include "rulec/parse.h"
#include "rulec/sema.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_VARS = 64, MOST_NUMBERS = 32 };

typedef struct Sampler {
  const Sema *s;
  const RuleX *x;
  u64 state;
  u128 vals[MOST_VARS]; // by Var.index
  bool known[MOST_VARS];
  bool unsupported;
  const Node *wild[MOST_VARS]; // each `_` and its value in this round
  u64 wild_vals[MOST_VARS];
  u32 nwild;
  MemArg mems[MOST_VARS];    // of variables that are memargs
  u64 numbers[MOST_NUMBERS]; // literals of the rule
  u32 nnumbers;
} Sampler;

static u64 draw(Sampler *m) { // splitmix64
  u64 z = m->state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

static u64 mask(u32 bits) { return ev_mask(bits); }

static u64 sample(Sampler *m, u32 bits) {
  static const u64 floats[] = {0x3f800000,         0xbf800000,
                               0x7f800000,         0x7fc00000,
                               0x3ff0000000000000, 0xbff0000000000000,
                               0x7ff0000000000000, 0x7ff8000000000000};
  u64 r = draw(m), v;
  switch (r >> 8 & 15) {
  case 0: v = 0; break;
  case 1: v = 1; break;
  case 2: v = ~(u64)0; break;
  case 3: v = (u64)1 << (bits - 1); break;
  case 4: v = ((u64)1 << (bits - 1)) - 1; break;
  case 5:
  case 6: v = (u64)1 << (r >> 16) % bits; break;
  case 7: v = mask((u32)((r >> 16) % bits) + 1); break;
  case 8: v = ~mask((u32)((r >> 16) % bits)); break;
  case 9: v = (r >> 16) % 70; break;
  case 10: v = 0 - (r >> 16) % 70; break;
  case 11: v = floats[(r >> 16) % 8]; break;
  case 12:
  case 13:
    v = m->nnumbers ? m->numbers[(r >> 16) % m->nnumbers] + (r >> 32) % 3 - 1
                    : draw(m);
    break;
  default: v = draw(m);
  }
  return v & mask(bits);
}

// --- memory arguments -----------------------------------------------

static MemArg sample_mem(Sampler *m) {
  u64 r = draw(m);
  return (MemArg){.off = (u32)sample(m, 32) >> (r & 31),
                  .bytes = (u8)(1u << (r >> 8 & 3)),
                  .ext = (u8)((r >> 16) % 3),
                  .flags = (u8)(r >> 24 & 7)};
}

static bool eval(Sampler *m, const Node *n, u128 *out);

static bool eval_mem(Sampler *m, const Node *n, MemArg *out) {
  if (n->kind == N_VAR) {
    *out = m->mems[n->var->index];
    return m->known[n->var->index];
  }
  if (n->kind != N_UPDATE || !eval_mem(m, n->kids[0], out)) {
    m->unsupported = true;
    return false;
  }
  for (u32 i = 1; i < n->nkids; i++) {
    u128 v;
    if (!eval(m, n->kids[i], &v))
      return false;
    switch ((MemField)n->fields[i - 1]) {
    case MF_OFF: out->off = (u32)v; break;
    case MF_BYTES: out->bytes = (u8)v; break;
    case MF_EXT: out->ext = (u8)v; break;
    default: m->unsupported = true; return false;
    }
  }
  return true;
}

static bool eval_field(Sampler *m, const Node *n, u128 *out) {
  MemArg a = {0};
  if (n->kids[0]->sort.kind != SORT_MEMARG || !eval_mem(m, n->kids[0], &a))
    return m->unsupported = true, false;
  switch ((MemField)n->field) {
  case MF_OFF: *out = a.off; return true;
  case MF_BYTES: *out = a.bytes; return true;
  case MF_EXT: *out = a.ext; return true;
  case MF_REGION: *out = a.region; return true;
  case MF_READONLY: *out = (a.flags & MEM_READONLY) != 0; return true;
  case MF_NOTRAP: *out = (a.flags & MEM_NOTRAP) != 0; return true;
  case MF_MOVABLE: *out = (a.flags & MEM_MOVABLE) != 0; return true;
  default: m->unsupported = true; return false;
  }
}

// --- expressions ----------------------------------------------------

static bool eval(Sampler *m, const Node *n, u128 *out);

static bool eval_divide(const Node *n, u128 x, u128 y, u128 *out) {
  u32 w = n->sort.bits;
  if (!y)
    return false;
  *out = n->fn == BIN_UDIV   ? x / y
         : n->fn == BIN_UREM ? x % y
         : n->fn == BIN_SDIV ? ev_sdiv128(x, y, w)
                             : ev_srem128(x, y, w);
  return true;
}

static bool eval_shift(const Node *n, u128 x, u128 y, u128 *out) {
  u32 w = n->sort.bits;
  if (y >= w)
    return false;
  *out = n->fn == BIN_SHL    ? (x << (u32)y) & ev_mask128(w)
         : n->fn == BIN_USHR ? x >> (u32)y
                             : (u128)(ev_s128(x, w) >> (u32)y) & ev_mask128(w);
  return true;
}

static bool eval_compare(const Node *n, u128 x, u128 y) {
  u32 w = n->kids[0]->sort.bits ? n->kids[0]->sort.bits : 64;
  s128 a = ev_s128(x, w), b = ev_s128(y, w);
  switch ((BinOp)n->fn) {
  case BIN_EQ: return x == y;
  case BIN_NE: return x != y;
  case BIN_ULT: return x < y;
  case BIN_ULE: return x <= y;
  case BIN_UGT: return x > y;
  case BIN_UGE: return x >= y;
  case BIN_SLT: return a < b;
  case BIN_SLE: return a <= b;
  case BIN_SGT: return a > b;
  default: return a >= b;
  }
}

static bool eval_binary(Sampler *m, const Node *n, u128 *out) {
  u128 x, y;
  if (!eval(m, n->kids[0], &x))
    return false;
  if (n->fn == BIN_ANDAND || n->fn == BIN_OROR) {
    if ((x != 0) == (n->fn == BIN_OROR))
      return *out = x, true;
    return eval(m, n->kids[1], out);
  }
  if (!eval(m, n->kids[1], &y))
    return false;
  u128 all = ev_mask128(n->sort.bits);
  switch ((BinOp)n->fn) {
  case BIN_OR: *out = x | y; return true;
  case BIN_XOR: *out = x ^ y; return true;
  case BIN_AND: *out = x & y; return true;
  case BIN_ADD: *out = (x + y) & all; return true;
  case BIN_SUB: *out = (x - y) & all; return true;
  case BIN_MUL: *out = (x * y) & all; return true;
  case BIN_CONCAT: *out = x << n->kids[1]->sort.bits | y; return true;
  case BIN_SHL:
  case BIN_USHR:
  case BIN_SSHR: return eval_shift(n, x, y, out);
  case BIN_UDIV:
  case BIN_SDIV:
  case BIN_UREM:
  case BIN_SREM: return eval_divide(n, x, y, out);
  default: *out = eval_compare(n, x, y); return true;
  }
}

// Anything that is true of the value.
static u128 eval_fact(Sampler *m, const Node *n, u64 x) {
  u32 w = n->kids[0]->sort.bits;
  u64 some = draw(m) & 1 ? ~(u64)0 : sample(m, w);
  u64 more = sample(m, w);
  switch ((Builtin)n->fn) {
  case BI_ZEROS: return ~x & mask(w) & some;
  case BI_ONES: return x & some;
  case BI_UMIN: return more < x ? more : x;
  case BI_UMAX: return more > x ? more : x;
  case BI_SMIN: return ev_s(more, w) < ev_s(x, w) ? more : x;
  case BI_SMAX: return ev_s(more, w) > ev_s(x, w) ? more : x;
  default: return draw(m) & 1;
  }
}

static bool eval_float(const Node *n, u64 x, u64 y, u128 *out) {
  bool d = n->kids[0]->sort.bits == 64;
#define BOTH(f) (d ? (u128)ev_##f##64(x, y) : (u128)ev_##f##32(x, y))
#define ONE(f) (d ? (u128)ev_##f##64(x) : (u128)ev_##f##32(x))
  switch ((Builtin)n->fn) {
  case BI_FP_ADD: *out = BOTH(add); return true;
  case BI_FP_SUB: *out = BOTH(sub); return true;
  case BI_FP_MUL: *out = BOTH(mul); return true;
  case BI_FP_DIV: *out = BOTH(div); return true;
  case BI_FP_EQ: *out = BOTH(eq); return true;
  case BI_FP_LT: *out = BOTH(lt); return true;
  case BI_FP_LE: *out = BOTH(le); return true;
  case BI_FP_ISNAN: *out = ONE(isnan); return true;
  case BI_FP_TRUNC: *out = ONE(trunc); return true;
  case BI_FP_NEAREST: *out = ONE(nearest); return true;
  default: return false;
  }
}

static bool eval_call(Sampler *m, const Node *n, u128 *out) {
  u128 x = 0, y = 0;
  if (n->fn == BI_HAS)
    return *out = draw(m) & 1, true;
  for (u32 i = 0; i < n->nkids && i < 2; i++)
    if (!eval(m, n->kids[i], i ? &y : &x))
      return false;
  u32 w = n->nkids ? n->kids[0]->sort.bits : 0;
  u64 v = (u64)x;
  switch ((Builtin)n->fn) {
  case BI_CLZ: *out = ev_clz(v, w); return true;
  case BI_CTZ: *out = ev_ctz(v, w); return true;
  case BI_POPCNT: *out = ev_popcnt(v); return true;
  case BI_BSWAP: *out = ev_bswap(v, w); return true;
  case BI_LOG2: *out = ev_log2(v); return ev_is_pow2(v);
  case BI_IS_POW2: *out = ev_is_pow2(v); return true;
  case BI_MSB: *out = v >> (w - 1) & 1; return true;
  case BI_PARITY: *out = ev_parity(v); return true;
  case BI_FITS_S: *out = ev_fits_s(v, w, (u32)y); return true;
  case BI_FITS_U: *out = ev_fits_u(v, (u32)y); return true;
  case BI_ZEROS:
  case BI_ONES:
  case BI_UMIN:
  case BI_UMAX:
  case BI_SMIN:
  case BI_SMAX:
  case BI_ISCONST: *out = eval_fact(m, n, v); return true;
  default:
    if (eval_float(n, v, (u64)y, out))
      return true;
    m->unsupported = true;
    return false;
  }
}

static bool eval_resize(Sampler *m, const Node *n, u128 *out) {
  u128 x;
  if (!eval(m, n->kids[0], &x))
    return false;
  u32 from = n->kids[0]->sort.kind == SORT_BOOL ? 1 : n->kids[0]->sort.bits;
  *out = n->kind == N_SEXT ? ev_sext128(x, from, n->sort.bits)
                           : x & ev_mask128(n->sort.bits);
  return true;
}

// An op by the folder; what that refuses (a trap, a NaN) has no value here.
static bool eval_op(Sampler *m, const Node *n, u128 *out) {
  const OpInst *op = &m->s->ops[n->op];
  u64 args[8], r;
  if (op->type == VT_NONE || op->type == VT_V128 || n->nkids > 8) {
    m->unsupported = true;
    return false;
  }
  for (u32 i = 0; i < n->nkids; i++) {
    u128 v;
    const Sort *s = &op->operands[i].sort;
    bool fine = (s->kind == SORT_VALUE && s->type != VT_V128 && s->type) ||
                s->kind == SORT_BV;
    if (!fine) {
      m->unsupported = true;
      return false;
    }
    if (!eval(m, n->kids[i], &v))
      return false;
    args[i] = (u64)v;
  }
  if (op->flags & OPF_FLOATS) // a constant
    return *out = n->nkids ? args[0] : 0, true;
  return fold_op((u16)n->op, args, &r) && (*out = r, true);
}

static u64 wild(Sampler *m, const Node *n) {
  u32 k = 0;
  while (k < m->nwild && m->wild[k] != n)
    k++;
  if (k == MOST_VARS)
    return m->unsupported = true, 0;
  if (k == m->nwild) {
    m->wild[m->nwild++] = n;
    m->wild_vals[k] =
        sample(m, n->sort.bits && n->sort.bits < 64 ? n->sort.bits : 64);
  }
  return m->wild_vals[k];
}

static bool eval(Sampler *m, const Node *n, u128 *out) {
  u128 x;
  switch ((NodeKind)n->kind) {
  case N_CONST:
  case N_VALCONST: *out = n->num; return true;
  case N_VAR: *out = m->vals[n->var->index]; return m->known[n->var->index];
  case N_WILD: *out = wild(m, n); return true;
  case N_OP: return eval_op(m, n, out);
  case N_UNARY:
    if (!eval(m, n->kids[0], &x))
      return false;
    *out = n->fn == UN_NOT ? !x : ~x & ev_mask128(n->sort.bits);
    return true;
  case N_BINARY: return eval_binary(m, n, out);
  case N_COND:
    return eval(m, n->kids[0], &x) && eval(m, n->kids[x ? 1 : 2], out);
  case N_LET:
    if (!eval(m, n->kids[0], &x) || n->var->index >= MOST_VARS)
      return false;
    m->vals[n->var->index] = x;
    m->known[n->var->index] = true;
    return eval(m, n->kids[1], out);
  case N_ZEXT:
  case N_SEXT:
  case N_TRUNC: return eval_resize(m, n, out);
  case N_CALL: return eval_call(m, n, out);
  case N_FIELD: return eval_field(m, n, out);
  default: m->unsupported = true; return false;
  }
}

// --- rules ----------------------------------------------------------

static void note_numbers(Sampler *m, const Node *n) {
  if ((n->kind == N_CONST || n->kind == N_VALCONST) &&
      m->nnumbers < MOST_NUMBERS)
    m->numbers[m->nnumbers++] = (u64)n->num;
  for (u32 i = 0; i < n->nkids; i++)
    note_numbers(m, n->kids[i]);
}

// Gives the pattern's variables values; `x @ pat` gets its own from the
// pattern.
static bool assign(Sampler *m, const Node *n, bool root) {
  for (u32 i = 0; i < n->nkids; i++)
    if (!assign(m, n->kids[i], false))
      return false;
  bool fresh = n->kind == N_VAR && !m->known[n->var->index];
  bool id = n->sort.kind == SORT_TARGET || n->sort.kind == SORT_TRAP;
  if (fresh && n->sort.kind == SORT_MEMARG) {
    m->mems[n->var->index] = sample_mem(m);
    m->known[n->var->index] = true;
  } else if (fresh) {
    u32 bits = id ? 32 : n->sort.bits;
    if (!bits || bits > 64) {
      m->unsupported = true;
      return false;
    }
    m->vals[n->var->index] = sample(m, bits);
    m->known[n->var->index] = true;
  }
  if (n->kind == N_OP && n->var && !root) {
    u128 v;
    if (!eval(m, n, &v))
      return false;
    m->vals[n->var->index] = v;
    m->known[n->var->index] = true;
  }
  return true;
}

static bool clauses_hold(Sampler *m) {
  for (u32 i = 0; i < m->x->nclauses; i++) {
    const ClauseInfo *c = &m->x->clauses[i];
    u128 v;
    if (!eval(m, c->e, &v))
      return false;
    if (!c->let && !v)
      return false;
    if (c->let) {
      m->vals[c->let->index] = v;
      m->known[c->let->index] = true;
    }
  }
  return true;
}

static bool is_nan(u8 type, u64 x) {
  return type == VT_F32 ? ev_isnan32(x) : type == VT_F64 && ev_isnan64(x);
}

static void show(const Sampler *m, u64 left, u64 right, const char *what) {
  Text t = {.arena = m->s->arena};
  rulex_print(&t, m->s, m->x);
  printf("not ok: %s: left %llx, right %llx with", what,
         (unsigned long long)left, (unsigned long long)right);
  for (u32 i = 0; i < m->x->nvars; i++)
    if (m->x->vars[i] && m->known[i])
      printf(" %s=%llx", m->x->vars[i]->name, (unsigned long long)m->vals[i]);
  printf("\n    %s", text_str(&t));
}

typedef enum Outcome { MISSED, AGREED, WRONG, LEFT_OUT } Outcome;

static Outcome round_of(Sampler *m) {
  const RuleX *x = m->x;
  memset(m->known, 0, sizeof m->known);
  m->nwild = 0;
  u128 left, right;
  if (!assign(m, x->lhs, true))
    return m->unsupported ? LEFT_OUT : MISSED;
  bool fires = clauses_hold(m);
  if (m->unsupported)
    return LEFT_OUT;
  if (!fires)
    return MISSED;
  bool value = eval(m, x->lhs, &left);
  if (m->unsupported)
    return LEFT_OUT;
  bool traps = m->s->ops[x->lhs->op].ntraps != 0;
  if (!value && !traps)
    return MISSED; // a NaN: nothing to compare
  bool gives = eval(m, x->rhs[0], &right);
  if (m->unsupported)
    return LEFT_OUT;
  if (!value && gives && x->rhs_kind == RHS_VALUES) {
    show(m, 0, (u64)right, "the left traps");
    return WRONG;
  }
  if (!value || !gives)
    return MISSED;
  if (left == right || (is_nan(x->lhs->sort.type, (u64)left) &&
                        is_nan(x->lhs->sort.type, (u64)right)))
    return AGREED;
  show(m, (u64)left, (u64)right, "different");
  return WRONG;
}

// --- what an op that is more than a value does -------------------------
// Loads and stores are what they touch, branches where they go.

typedef struct Effect {
  enum { GOES_ON, TRAPS, GOES_TO, LOADS, STORES } what;
  u64 at, bytes, value;
} Effect;

static bool op_is(const Sampler *m, const Node *n, const char *name) {
  return strcmp(m->s->ops[n->op].base->name, name) == 0;
}

static bool access_of(Sampler *m, const Node *n, Effect *e) {
  const OpInst *op = &m->s->ops[n->op];
  bool store = op_is(m, n, "store");
  u32 bits = op->operands[store ? 2 : 0].sort.bits;
  MemArg a;
  u128 p, x = 0;
  if (op->type == VT_V128 || bits > 64)
    return m->unsupported = true, false;
  if (!eval_mem(m, n->kids[0], &a) || !eval(m, n->kids[1], &p) ||
      (store && !eval(m, n->kids[2], &x)))
    return false;
  *e = (Effect){.what = store ? STORES : LOADS,
                .at = (u64)p + a.off,
                .bytes = a.bytes,
                .value = store ? (u64)x & mask(8u * a.bytes)
                               : (u64)a.ext << 8 | op->type};
  // A store wider than its value is no IR.
  return !store || a.bytes * 8u <= bits;
}

static bool branch_of(Sampler *m, const Node *n, Effect *e) {
  u128 c = 1, t;
  bool brif = op_is(m, n, "brif");
  if (brif && !eval(m, n->kids[0], &c))
    return false;
  if (!eval(m, n->kids[brif ? (c ? 1 : 2) : 0], &t))
    return false;
  *e = (Effect){.what = GOES_TO, .at = (u64)t};
  return true;
}

static bool trap_of(Sampler *m, const Node *n, Effect *e) {
  u128 c, k;
  if (!eval(m, n->kids[0], &c))
    return false;
  bool traps = (c == 0) == op_is(m, n, "trapz");
  if (n->kids[1]->kind == N_WILD)
    k = 7;
  else if (!eval(m, n->kids[1], &k))
    return false;
  *e = (Effect){.what = traps ? TRAPS : GOES_ON, .at = traps ? (u64)k : 0};
  return true;
}

static bool effect_of(Sampler *m, const Node *n, Effect *e) {
  if (n->kind != N_OP)
    return m->unsupported = true, false;
  if (op_is(m, n, "load") || op_is(m, n, "store"))
    return access_of(m, n, e);
  if (op_is(m, n, "brif") || op_is(m, n, "jump"))
    return branch_of(m, n, e);
  if (op_is(m, n, "trapz") || op_is(m, n, "trapnz"))
    return trap_of(m, n, e);
  return m->unsupported = true, false;
}

static bool right_effect(Sampler *m, Effect *e) {
  const RuleX *x = m->x;
  u128 k;
  switch ((RhsKind)x->rhs_kind) {
  case RHS_TERM: return effect_of(m, x->rhs[0], e);
  case RHS_REMOVE: *e = (Effect){.what = GOES_ON}; return true;
  case RHS_TRAP:
    if (!x->trap_var)
      return m->unsupported = true, false;
    k = m->vals[x->trap_var->index];
    *e = (Effect){.what = TRAPS, .at = (u64)k};
    return true;
  case RHS_VALUES:
  case RHS_STMTS: break;
  }
  return m->unsupported = true, false;
}

static Outcome round_of_effects(Sampler *m) {
  Effect left, right;
  memset(m->known, 0, sizeof m->known);
  m->nwild = 0;
  bool fires = assign(m, m->x->lhs, true) && clauses_hold(m);
  if (fires)
    fires = effect_of(m, m->x->lhs, &left) && right_effect(m, &right);
  if (m->unsupported)
    return LEFT_OUT;
  if (!fires)
    return MISSED;
  if (left.what == right.what && left.at == right.at &&
      left.bytes == right.bytes && left.value == right.value)
    return AGREED;
  show(m, left.at, right.at, "another effect");
  return WRONG;
}

typedef struct Count {
  u32 agreed, wrong, never, left_out;
} Count;

static void sample_rulex(const Sema *s, const RuleX *x, u32 rounds, u64 seed,
                         Count *c) {
  Sampler m = {.s = s, .x = x, .state = seed};
  bool terms = x->rhs_kind == RHS_TERM || x->rhs_kind == RHS_VALUES;
  const OpInst *root = &s->ops[x->lhs->op];
  bool effects = x->lhs->sort.kind != SORT_VALUE || (root->flags & OPF_READS);
  if (x->rule->is_remat)
    return;
  if ((!effects && (!terms || x->nrhs != 1)) || x->nvars > MOST_VARS) {
    c->left_out++;
    return;
  }
  note_numbers(&m, x->lhs);
  for (u32 i = 0; i < x->nclauses; i++)
    note_numbers(&m, x->clauses[i].e);
  u32 agreed = 0;
  for (u32 i = 0; i < rounds * 20 && agreed < rounds; i++) {
    Outcome o = effects ? round_of_effects(&m) : round_of(&m);
    if (o == LEFT_OUT) {
      c->left_out++;
      return;
    }
    agreed += o == AGREED;
    if (o == WRONG) {
      c->wrong++;
      return;
    }
  }
  if (agreed) {
    c->agreed++;
    return;
  }
  c->never++;
  Text t = {.arena = s->arena};
  rulex_print(&t, s, x);
  printf("# no sample fits: %s", text_str(&t));
}

static int by_name(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool read_rules(Arena *a, Parser *p) {
  const char *files[64];
  u32 n = 0;
  DIR *d = opendir("rules/mid");
  for (struct dirent *e; d && (e = readdir(d)) && n < 64;)
    if (strstr(e->d_name, ".rules"))
      files[n++] = arena_printf(a, "rules/mid/%s", e->d_name);
  if (d)
    closedir(d);
  qsort(files, n, sizeof *files, by_name);
  bool ok = n && parse_file(p, "rules/ops.rules");
  for (u32 i = 0; i < n && ok; i++)
    ok = parse_file(p, files[i]);
  return ok;
}

int main(int argc, char **argv) {
  Arena a = {0};
  Diags d = {.arena = &a, .limit = 50};
  Names names = {.arena = &a};
  Parser p = {.arena = &a, .names = &names, .diags = &d};
  u32 rounds = argc > 1 ? (u32)strtoul(argv[1], NULL, 10) : 300;
  u64 seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
  if (!read_rules(&a, &p)) {
    puts("no rules: run it from the project's folder");
    return 77;
  }
  Ast ast = {p.decls.n, p.decls.at};
  const Sema *s = sema_run(&a, &names, &ast, &d);
  if (d.errors)
    return 1;
  Count c = {0};
  for (u32 i = 0; i < s->nrulexs; i++)
    sample_rulex(s, &s->rulexs[i], rounds, seed + i, &c);
  printf("ok %u variants agree, %u wrong, %u never fit a sample, %u left out "
         "(tables, vectors, several ops)\n",
         c.agreed, c.wrong, c.never, c.left_out);
  arena_free(&a);
  return c.wrong != 0;
}
