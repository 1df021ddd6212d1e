// Values of the evaluator and the world they live in: making, comparing,
// hashing them; variables; facts.
#include "rulec/eval/priv.h"

// --- values -----------------------------------------------------------

u64 eval_hash(u64 h, u64 x) { // splitmix64's mixing
  u64 z = (h ^ x) + 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

u64 eval_hash_list(u64 h, const EvVal *at, u32 n) {
  for (u32 i = 0; i < n; i++)
    h = eval_hash_val(h, &at[i]);
  return h;
}

u64 eval_hash_val(u64 h, const EvVal *v) {
  h = eval_hash(h, (u64)v->sort.kind << 32 | v->state);
  switch ((SortKind)v->sort.kind) {
  case SORT_MEMARG:
    for (u32 i = 0; i < MF_COUNT; i++)
      h = eval_hash(h, v->mem[i]);
    return h;
  case SORT_FLAGS:
    for (u32 i = 0; i < FF_COUNT; i++)
      h = eval_hash(h, v->flags[i]);
    return h;
  case SORT_TARGETS:
  case SORT_VALUES: return eval_hash_list(h, v->list.at, v->list.n);
  case SORT_DATA:
    return eval_hash_list(eval_hash(h, v->data.ctor), v->data.at, v->data.n);
  default: break;
  }
  for (u32 i = 0; i < WIDE_WORDS; i++)
    h = eval_hash(h, v->bits.w[i]);
  return h;
}

u32 eval_width(Sort s) {
  switch ((SortKind)s.kind) {
  case SORT_BOOL: return 1;
  case SORT_BV:
  case SORT_VALUE:
  case SORT_GPR:
  case SORT_XMM:
  case SORT_DYN: return s.bits ? s.bits : 64;
  default: return 64;
  }
}

EvVal ev_bits(Sort sort, Wide bits) {
  return (EvVal){.sort = sort, .bits = wide_keep(bits, eval_width(sort))};
}

EvVal ev_num(u32 bits, u128 num) {
  return ev_bits((Sort){.kind = SORT_BV, .bits = (u16)bits}, wide(num));
}

EvVal ev_bool(bool b) {
  return (EvVal){.sort = {.kind = SORT_BOOL}, .bits = wide(b)};
}

EvVal ev_none(void) { return (EvVal){.sort = {.kind = SORT_NONE}}; }

EvVal ev_state(EvState s) { return (EvVal){.state = (u8)s}; }

EvVal ev_trap(u32 code) { return (EvVal){.state = EV_TRAP, .trap = code}; }

EvVal ev_list(const EvVal *at, u32 n, Sort sort) {
  return (EvVal){.sort = sort, .list = {n, at}};
}

u64 ev_u64(const EvVal *v) { return v->bits.w[0]; }

static bool lists_equal(const EvVal *x, u32 n, const EvVal *y, u32 m) {
  if (n != m)
    return false;
  for (u32 i = 0; i < n; i++)
    if (!ev_equal(&x[i], &y[i]))
      return false;
  return true;
}

bool ev_equal(const EvVal *x, const EvVal *y) {
  if (x->state != y->state)
    return false;
  if (x->state != EV_VALUE)
    return x->state != EV_TRAP || x->trap == y->trap;
  switch ((SortKind)x->sort.kind) {
  case SORT_MEMARG: return memcmp(x->mem, y->mem, sizeof x->mem) == 0;
  case SORT_FLAGS: return memcmp(x->flags, y->flags, sizeof x->flags) == 0;
  case SORT_TARGETS:
  case SORT_VALUES:
    return lists_equal(x->list.at, x->list.n, y->list.at, y->list.n);
  case SORT_DATA:
    return x->data.ctor == y->data.ctor &&
           lists_equal(x->data.at, x->data.n, y->data.at, y->data.n);
  default: return wide_equal(x->bits, y->bits);
  }
}

bool ev_is_nan(const EvVal *v) {
  u64 x = v->bits.w[0];
  return v->state == EV_VALUE &&
         (eval_width(v->sort) == 32 ? (x & 0x7fffffff) > 0x7f800000
          : eval_width(v->sort) == 64
              ? (x & INT64_MAX) > UINT64_C(0x7ff0000000000000)
              : false);
}

void ev_taint(EvVal *r, const EvVal *x) { r->loose |= ev_is_choice(x); }

EvVal eval_no(Eval *e, const char *why) {
  if (!e->why)
    e->why = why;
  return ev_state(EV_NO);
}

// --- the world --------------------------------------------------------

void eval_init(Eval *e, const Sema *s, Arena *a, u64 seed) {
  *e = (Eval){.s = s, .arena = a, .seed = seed, .heap_size = 1 << 16};
}

void eval_reset(Eval *e, u64 seed) {
  e->seed = seed;
  e->env.n = e->mem.n = e->choices = e->fuel = 0;
  e->why = NULL;
}

void eval_bind_key(Eval *e, const void *key, EvVal val) {
  EvBind b = {key, val};
  vec_push(e->arena, &e->env, b);
}

void eval_bind(Eval *e, const Var *v, EvVal val) { eval_bind_key(e, v, val); }

const EvVal *eval_key(const Eval *e, const void *key) {
  for (u32 i = e->env.n; i-- > 0;)
    if (e->env.at[i].key == key)
      return &e->env.at[i].val;
  return NULL;
}

const EvVal *eval_var(const Eval *e, const Var *v) { return eval_key(e, v); }

bool eval_target_traps(u32 target, u32 *code) {
  *code = 1 + target % 7;
  return target % 4 == 3;
}

// --- facts ------------------------------------------------------------

EvVal eval_fact_exact(Eval *e, const Node *fact, const EvVal *x) {
  (void)e;
  u32 w = eval_width(x->sort);
  if (fact->fn == BI_ISCONST)
    return ev_bool(true);
  if (fact->fn == BI_ZEROS)
    return ev_bits(fact->sort, wide_xor(x->bits, wide_ones(w)));
  return ev_bits(fact->sort, x->bits);
}

EvVal eval_fact_none(Eval *e, const Node *fact, const EvVal *x) {
  (void)e;
  u32 w = eval_width(x->sort);
  Wide least = wide_shl(wide(1), w - 1, w);
  switch ((Builtin)fact->fn) {
  case BI_ISCONST: return ev_bool(false);
  case BI_UMAX: return ev_bits(fact->sort, wide_ones(w));
  case BI_SMIN: return ev_bits(fact->sort, least);
  case BI_SMAX: return ev_bits(fact->sort, wide_sub(least, wide(1), w));
  default: return ev_bits(fact->sort, wide(0));
  }
}

// By the seed and the variable, so that each asking gets the same.
EvVal eval_fact_some(Eval *e, const Node *fact, const EvVal *x) {
  u64 h = eval_hash(e->seed, fact->fn);
  h = eval_hash(eval_hash_val(h, x), fact->kids[0]->var->index);
  EvVal exact = eval_fact_exact(e, fact, x);
  if (fact->fn == BI_ISCONST || (h & 3) == 0)
    return h & 4 ? exact : eval_fact_none(e, fact, x);
  if ((h & 3) == 1)
    return exact;
  u32 w = eval_width(x->sort);
  Wide some = wide_keep(wide(eval_hash(h, 1) >> (h >> 8) % 64), w);
  Wide v = x->bits;
  bool low = wide_slt(some, v, w), high = wide_slt(v, some, w);
  switch ((Builtin)fact->fn) {
  case BI_ZEROS:
  case BI_ONES: return ev_bits(fact->sort, wide_and(exact.bits, some));
  case BI_UMIN: return ev_bits(fact->sort, wide_ult(some, v) ? some : v);
  case BI_UMAX: return ev_bits(fact->sort, wide_ult(v, some) ? some : v);
  case BI_SMIN: return ev_bits(fact->sort, low ? some : v);
  default: return ev_bits(fact->sort, high ? some : v);
  }
}
