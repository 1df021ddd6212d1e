// The index of left sides (lay.h).
//
// The shape of a left is its tree with every variable a star, a constant of an
// unknown number another kind of star. A rule fits a term only if its shape is
// one of the term's prunings: each place the op, or a star. Patterns are small,
// so prunings are few; MOST_KEYS bounds what an odd one costs.
#include "rulec/check/lay.h"

// Candidates of one shape are all tried while the budget of the whole set lasts,
// then so many.
enum { MOST_KEYS = 512, MOST_CANDIDATES = 64, MOST_MORE = 1 << 18 };
enum { STAR = 0x57a7, IMM_STAR = 0x1357a7, CONST_STAR = 0xc0457a7 };

struct LeftIndex {
  const Sema *s;
  Arena *arena;
  Arena scratch; // of one lookup
  Eval eval;     // its numbers
  u32 more;      // candidates tried beyond the first of a shape
  u32 mask;
  u64 *key;  // 0: free
  u32 *head; // RuleX index + 1
  u32 *next; // by RuleX index
};

static u64 literal_key(VType type, u128 num) {
  u64 h = hash_mix(0x117, (u64)type);
  return hash_mix(hash_mix(h, (u64)num), (u64)(num >> 64));
}

static u64 imm_key(const Node *n) {
  return n->kind == N_CONST ? literal_key(VT_NONE, n->num) : IMM_STAR;
}

static bool is_literal(const Node *n, u128 *num) {
  const Node *k = const_imm(n);
  if (k && k->kind != N_CONST)
    return false;
  *num = k ? k->num : n->num;
  return true;
}

static bool is_value_kid(const Sema *s, const Node *n, u32 i) {
  const OpInst *op = &s->ops[n->op];
  return i < op->noperands && op->operands[i].is_value;
}

// --- keys of rules ----------------------------------------------------

static u64 left_key(const Sema *s, const Node *n) {
  u128 num;
  if (n->kind == N_VAR || n->kind == N_WILD)
    return STAR;
  if (is_const_term(s, n))
    return is_literal(n, &num) ? literal_key((VType)n->sort.type, num)
                               : hash_mix(CONST_STAR, n->sort.type);
  u64 h = hash_mix(0x0b, n->op);
  for (u32 i = 0; i < n->nkids; i++)
    h = hash_mix(h, is_value_kid(s, n, i) ? left_key(s, n->kids[i])
                                          : imm_key(n->kids[i]));
  return h;
}

static u32 find_slot(const LeftIndex *x, u64 key) {
  u32 at = (u32)(key >> 20) & x->mask;
  while (x->key[at] && x->key[at] != key)
    at = (at + 1) & x->mask;
  return at;
}

LeftIndex *left_index(Arena *a, const Sema *s) {
  LeftIndex *x = arena_new(a, LeftIndex);
  *x = (LeftIndex){.s = s, .arena = a, .mask = 63};
  while (x->mask < 2 * s->nrulexs)
    x->mask = x->mask * 2 + 1;
  x->key = arena_array0(a, u64, x->mask + 1);
  x->head = arena_array0(a, u32, x->mask + 1);
  x->next = arena_array0(a, u32, s->nrulexs + 1);
  for (u32 i = s->nrulexs; i-- > 0;) {
    u64 key = left_key(s, s->rulexs[i].lhs);
    u32 at = find_slot(x, key);
    x->key[at] = key;
    x->next[i] = x->head[at];
    x->head[at] = i + 1;
  }
  return x;
}

// --- prunings of a term -----------------------------------------------

typedef struct Keys {
  u32 n;
  u64 at[MOST_KEYS];
} Keys;

static void put(Keys *k, u64 key) {
  if (k->n < MOST_KEYS)
    k->at[k->n++] = key;
}

static Keys *new_keys(Arena *a) { // not cleared: lookups are many
  Keys *k = arena_array(a, Keys, 1);
  k->n = 0;
  return k;
}

static const Node *stands_for(const RuleTerms *t, const Node *n) {
  while (n->kind == N_VAR && n->var->index < t->x->nvars &&
         t->def[n->var->index])
    n = t->def[n->var->index];
  return n;
}

static void prune(const RuleTerms *t, Arena *a, const Node *n, Keys *out);

// The immediate, a number if a guard says which.
static const Node *fixed(const RuleTerms *t, const Node *imm) {
  const Node *num = imm->kind == N_VAR && imm->var->index < t->x->nvars
                        ? t->on[imm->var->index]
                        : NULL;
  return num ? num : imm;
}

static void prune_const(const RuleTerms *t, const Node *n, Keys *out) {
  const Node *imm = const_imm(n) ? fixed(t, const_imm(n)) : n;
  VType type = (VType)n->sort.type;
  if (imm == n || imm->kind == N_CONST)
    put(out, literal_key(type, imm->num));
  put(out, hash_mix(CONST_STAR, (u64)type));
}

// Every prefix so far with every pruning of the next operand behind it.
static void prune_op(const RuleTerms *t, Arena *a, const Node *n, Keys *out) {
  Keys *have = new_keys(a), *kid = new_keys(a), *more = new_keys(a);
  put(have, hash_mix(0x0b, n->op));
  for (u32 i = 0; i < n->nkids; i++) {
    kid->n = more->n = 0;
    if (is_value_kid(t->s, n, i)) {
      prune(t, a, n->kids[i], kid);
    } else {
      put(kid, IMM_STAR);
      if (n->kids[i]->kind == N_CONST)
        put(kid, imm_key(n->kids[i]));
    }
    for (u32 j = 0; j < have->n && more->n < MOST_KEYS; j++)
      for (u32 k = 0; k < kid->n; k++)
        put(more, hash_mix(have->at[j], kid->at[k]));
    Keys *swap = have;
    have = more;
    more = swap;
  }
  for (u32 j = 0; j < have->n; j++)
    put(out, have->at[j]);
}

static void prune(const RuleTerms *t, Arena *a, const Node *n, Keys *out) {
  n = stands_for(t, n);
  put(out, STAR);
  if (n->kind == N_VAR || n->kind == N_WILD)
    return;
  if (is_const_term(t->s, n))
    prune_const(t, n, out);
  else if (n->kind == N_OP)
    prune_op(t, a, n, out);
}

// --- laying -----------------------------------------------------------

typedef struct Laying {
  RuleTerms b;        // the rule that is laid
  const RuleTerms *t; // upon a term of this one
} Laying;

static bool bind(Laying *m, const Var *v, u64 hash) {
  u64 *at = &m->b.var[v->index];
  if (!*at)
    *at = hash;
  return *at == hash;
}

static void bind_number(Laying *m, const Var *v, u128 num) {
  m->b.known[v->index] = true;
  eval_bind(m->b.eval, v, ev_bits(v->sort, wide(num)));
}

static bool lay_imm(Laying *m, const Node *b, const Node *n, u64 hash) {
  n = fixed(m->t, n);
  if (b->kind == N_WILD)
    return true;
  if (b->kind == N_VAR)
    m->b.on[b->var->index] = n;
  if (b->kind == N_VAR && b->sort.kind == SORT_BV && n->kind == N_CONST &&
      !m->b.known[b->var->index])
    bind_number(m, b->var, n->num);
  return b->kind == N_VAR ? bind(m, b->var, hash) : term_hash(&m->b, b) == hash;
}

static bool lay(Laying *m, const Node *b, const Node *n);

static bool lay_kids(Laying *m, const Node *b, const Node *n) {
  for (u32 i = 0; i < b->nkids; i++) {
    bool ok = is_value_kid(m->b.s, b, i) ? lay(m, b->kids[i], n->kids[i])
                                         : lay_imm(m, b->kids[i], n->kids[i],
                                                   term_hash(m->t, n->kids[i]));
    if (!ok)
      return false;
  }
  return true;
}

static bool lay_const(Laying *m, const Node *b, const Node *n) {
  if (!is_const_term(m->t->s, n) || n->sort.type != b->sort.type)
    return false;
  if (b->sort.type == VT_REF)
    return true;
  Node *lit = arena_new(m->b.arena, Node);
  *lit = (Node){.kind = N_CONST,
                .sort = {.kind = SORT_BV, .bits = n->sort.bits},
                .num = n->num};
  const Node *imm = const_imm(b), *num = const_imm(n) ? const_imm(n) : lit;
  if (imm)
    return lay_imm(m, imm, num, term_hash(m->t, num));
  num = fixed(m->t, num);
  return num->kind == N_CONST && num->num == b->num;
}

static bool lay(Laying *m, const Node *b, const Node *n) {
  if (b->kind == N_WILD)
    return true;
  u64 hash = term_hash(m->t, n);
  if (b->kind == N_VAR)
    return bind(m, b->var, hash);
  n = stands_for(m->t, n);
  bool fits = is_const_term(m->b.s, b)
                  ? lay_const(m, b, n)
                  : n->kind == N_OP && n->op == b->op && n->nkids == b->nkids &&
                        lay_kids(m, b, n);
  return fits && (!b->var || bind(m, b->var, hash));
}

static bool try_rule(LeftIndex *x, const RuleTerms *t, const Node *n, u32 i,
                     LaidFn *fn, void *user) {
  const RuleX *b = &x->s->rulexs[i];
  Arena *a = &x->scratch;
  Laying m = {.b = {.s = x->s, .x = b, .arena = a, .eval = &x->eval}, .t = t};
  m.b.var = arena_array0(a, u64, b->nvars + 1);
  m.b.known = arena_array0(a, bool, b->nvars + 1);
  m.b.on = arena_array0(a, const Node *, b->nvars + 1);
  x->eval.env.n = 0;
  if (!lay(&m, b->lhs, n))
    return true;
  m.b.def = arena_array0(a, const Node *, b->nvars + 1);
  m.b.flat = arena_array0(a, u64, b->nvars + 1);
  terms_lets(&m.b);
  return fn(user, &m.b);
}

bool left_lookup(LeftIndex *x, const RuleTerms *t, const Node *n, LaidFn *fn,
                 void *user) {
  Keys *keys = new_keys(&x->scratch);
  bool more = true, all = true;
  eval_init(&x->eval, x->s, &x->scratch, 1);
  n = stands_for(t, n);
  if (n->kind == N_OP)
    prune_op(t, &x->scratch, n, keys);
  for (u32 k = 0; k < keys->n && more; k++) {
    u32 at = find_slot(x, keys->at[k]), tried = 0, i = x->head[at];
    for (; i && more; i = x->next[i - 1], tried++) {
      if (tried >= MOST_CANDIDATES && x->more++ >= MOST_MORE)
        break;
      more = try_rule(x, t, n, i - 1, fn, user);
    }
    all &= !i || !more;
  }
  arena_reset(&x->scratch);
  return all;
}

void left_index_free(LeftIndex *x) { arena_free(&x->scratch); }
