// Hashes of terms and expressions, in a normal form (term.h).
#include "rulec/check/term.h"

enum { MOST_LEAVES = 64 };

// --- shape of a node --------------------------------------------------

bool is_const_term(const Sema *s, const Node *n) {
  return n->kind == N_VALCONST ||
         (n->kind == N_OP && (s->ops[n->op].flags & OF_FLOATS));
}

const Node *const_imm(const Node *n) {
  return n->kind == N_OP && n->nkids ? n->kids[0] : NULL;
}

u32 op_least(const Sema *s, u32 op) {
  u32 other = s->ops[op].sym_op;
  return other && other < op ? other : op;
}

u16 op_cost(const Sema *s, u32 op) { return s->ops[op].cost; }

// An op on two values of the type it gives: what can be flattened.
static bool flattens(const OpInst *op) {
  return op->noperands == 2 && op->operands[0].is_value &&
         op->operands[1].is_value && op->operands[0].sort.type == op->type &&
         op->operands[1].sort.type == op->type &&
         op->operands[0].sort.kind == SORT_VALUE &&
         op->operands[1].sort.kind == SORT_VALUE;
}

// --- sorting small arrays of hashes -----------------------------------

static void sort_hashes(u64 *at, u32 n) {
  for (u32 i = 1; i < n; i++) {
    u64 x = at[i];
    u32 k = i;
    for (; k && at[k - 1] > x; k--)
      at[k] = at[k - 1];
    at[k] = x;
  }
}

static u64 hash_list(u64 h, const u64 *at, u32 n) {
  for (u32 i = 0; i < n; i++)
    h = hash_mix(h, at[i]);
  return hash_mix(h, n);
}

// --- expressions ------------------------------------------------------

static u64 hash_sort(Sort s) {
  return (u64)s.kind << 56 | (u64)s.type << 48 | (u64)s.bits << 32 | s.decl;
}

static u64 hash_num(Sort sort, u128 num) {
  u64 h = hash_mix(hash_sort(sort) ^ 0xc0457, (u64)num);
  return hash_mix(h, (u64)(num >> 64));
}

static u64 hash_text(const char *text) {
  return text ? hash_bytes(text, strlen(text)) : 0;
}

static bool is_commuting(u8 op) {
  return op == BIN_EQ || op == BIN_NE || op == BIN_OR || op == BIN_XOR ||
         op == BIN_AND || op == BIN_ADD || op == BIN_MUL;
}

static u8 mirrored(u8 op) { // x > y is y < x
  switch ((BinOp)op) {
  case BIN_UGT: return BIN_ULT;
  case BIN_UGE: return BIN_ULE;
  case BIN_SGT: return BIN_SLT;
  case BIN_SGE: return BIN_SLE;
  default: return BIN_COUNT;
  }
}

static u64 hash_binary(u8 op, Sort sort, u64 x, u64 y) {
  u8 turned = mirrored(op);
  if (turned != BIN_COUNT || (is_commuting(op) && x > y)) {
    u64 z = x;
    x = y;
    y = z;
  }
  u64 h = hash_mix(hash_sort(sort) ^ 0xb1, turned != BIN_COUNT ? turned : op);
  return hash_mix(hash_mix(h, x), y);
}

static u8 inverted(u8 op) {
  static const u8 to[BIN_COUNT] = {
      [BIN_EQ] = BIN_NE,   [BIN_NE] = BIN_EQ,   [BIN_ULT] = BIN_UGE,
      [BIN_UGE] = BIN_ULT, [BIN_UGT] = BIN_ULE, [BIN_ULE] = BIN_UGT,
      [BIN_SLT] = BIN_SGE, [BIN_SGE] = BIN_SLT, [BIN_SGT] = BIN_SLE,
      [BIN_SLE] = BIN_SGT};
  return to[op]; // 0 is BIN_OROR: none
}

static u64 hash_imm(const RuleTerms *t, const Node *n);

static u64 hash_var(const RuleTerms *t, const Var *v) {
  u64 h = v->index < t->x->nvars ? t->var[v->index] : 0;
  return h ? h : hash_mix(0x7a9, v->index);
}

// `!(x < y)` is `y <= x`: nothing passes through both alike.
static u64 hash_not(const RuleTerms *t, const Node *n) {
  const Node *c = n->kids[0];
  if (c->kind == N_UNARY && c->fn == UN_NOT)
    return hash_imm(t, c->kids[0]);
  if (c->kind == N_BINARY && inverted(c->fn))
    return hash_binary(inverted(c->fn), c->sort, hash_imm(t, c->kids[0]),
                       hash_imm(t, c->kids[1]));
  return hash_mix(0x407, hash_imm(t, c));
}

static u64 hash_let(const RuleTerms *t, const Node *n) {
  if (n->var && n->var->index < t->x->nvars)
    t->var[n->var->index] = hash_imm(t, n->kids[0]);
  return hash_imm(t, n->kids[1]);
}

// --- numbers ----------------------------------------------------------

// Whether n speaks of nothing but numbers that are known.
static bool is_closed(const RuleTerms *t, const Node *n) {
  if (n->kind == N_VAR)
    return n->var->index < t->x->nvars && t->known[n->var->index];
  bool let = n->kind == N_LET && n->var->index < t->x->nvars;
  for (u32 i = 0; i < n->nkids; i++) {
    if (!is_closed(t, n->kids[i]))
      return false;
    if (let && i == 0)
      t->known[n->var->index] = true; // by the evaluator itself
  }
  return true;
}

static bool number_of(const RuleTerms *t, const Node *n, EvVal *v) {
  if (!t->known || n->kind == N_CONST || !is_closed(t, n) ||
      (n->sort.kind != SORT_BV && n->sort.kind != SORT_BOOL))
    return false;
  t->eval->fuel = 0;
  *v = eval_node(t->eval, n);
  return v->state == EV_VALUE || v->state == EV_NOTHING;
}

u64 hash_true(void) { return hash_num((Sort){.kind = SORT_BOOL}, 1); }

static u64 hash_value(const EvVal *v, Sort sort) {
  if (v->state == EV_NOTHING)
    return 0x40714146;
  u128 high = v->bits.w[2] | (u128)v->bits.w[3] << 64;
  return hash_num(sort, wide_low(v->bits)) ^ (u64)high;
}

static u64 hash_imm(const RuleTerms *t, const Node *n) {
  EvVal v;
  if (number_of(t, n, &v))
    return hash_value(&v, n->sort);
  if (n->kind == N_VAR)
    return hash_var(t, n->var);
  if (n->kind == N_CONST)
    return hash_num(n->sort, n->num);
  if (n->kind == N_LET)
    return hash_let(t, n);
  if (n->kind == N_UNARY && n->fn == UN_NOT)
    return hash_not(t, n);
  if (n->kind == N_BINARY)
    return hash_binary(n->fn, n->sort, hash_imm(t, n->kids[0]),
                       hash_imm(t, n->kids[1]));
  u64 h = hash_mix(hash_sort(n->sort) ^ 0x133, (u64)n->kind << 8 | n->fn);
  h = hash_mix(h, (u64)n->field << 32 | n->op);
  h = hash_mix(h, (u64)n->ref << 32 | n->ctor);
  h = hash_mix(h, hash_text(n->text));
  for (u32 i = 0; i < n->nkids; i++) {
    h = hash_mix(h, hash_imm(t, n->kids[i]));
    if (n->fields && i + 1 < n->nkids)
      h = hash_mix(h, n->fields[i]);
  }
  return h;
}

// --- terms ------------------------------------------------------------

static bool is_less(u32 opa, const u64 *a, u32 opb, const u64 *b, u32 n) {
  if (opa != opb)
    return opa < opb;
  for (u32 i = 0; i < n; i++)
    if (a[i] != b[i])
      return a[i] < b[i];
  return false;
}

// Of the op and its mirror image the lesser.
static u64 hash_op(const Sema *s, u32 op, const u64 *kids, u32 n) {
  const OpInst *o = &s->ops[op];
  u64 other[4];
  if (o->sym_op && n <= 4) {
    for (u32 i = 0; i < n; i++)
      other[i] = kids[o->sym_perm[i]];
    if (is_less(o->sym_op, other, op, kids, n))
      return hash_list(hash_mix(0x0b, o->sym_op), other, n);
  }
  return hash_list(hash_mix(0x0b, op), kids, n);
}

static u64 hash_wild(const RuleTerms *t, const Node *n) {
  for (u32 i = 0; i < t->wilds.n; i++)
    if (t->wilds.at[i].node == n)
      return t->wilds.at[i].hash;
  return 0x3117d;
}

static u64 hash_node(const RuleTerms *t, const Node *n, bool flat);

// The pattern or term that a variable stands for; n itself if there is none.
static const Node *stands_for(const RuleTerms *t, const Node *n) {
  while (n->kind == N_VAR && n->var->index < t->x->nvars &&
         t->def[n->var->index])
    n = t->def[n->var->index];
  return n;
}

static u32 gather(const RuleTerms *t, const Node *n, u32 op, u64 *leaves,
                  u32 have) {
  const Node *m = stands_for(t, n);
  if (m->kind == N_OP && m->op == op && have + 2 < MOST_LEAVES) {
    have = gather(t, m->kids[0], op, leaves, have);
    return gather(t, m->kids[1], op, leaves, have);
  }
  if (have < MOST_LEAVES)
    leaves[have++] = hash_node(t, n, true);
  return have;
}

static u64 hash_flat(const RuleTerms *t, const Node *n) {
  u64 leaves[MOST_LEAVES];
  u32 k = gather(t, n->kids[0], n->op, leaves, 0);
  k = gather(t, n->kids[1], n->op, leaves, k);
  sort_hashes(leaves, k);
  return hash_list(hash_mix(0xf1a7, op_least(t->s, n->op)), leaves, k);
}

static u64 hash_op_node(const RuleTerms *t, const Node *n, bool flat) {
  const OpInst *op = &t->s->ops[n->op];
  u64 kids[8];
  if (flat && flattens(op) && n->nkids == 2)
    return hash_flat(t, n);
  u32 k = n->nkids < 8 ? n->nkids : 8;
  for (u32 i = 0; i < k; i++)
    kids[i] = i < op->noperands && op->operands[i].is_value
                  ? hash_node(t, n->kids[i], flat)
                  : hash_imm(t, n->kids[i]);
  return hash_op(t->s, n->op, kids, k);
}

static u64 hash_literal(const RuleTerms *t, const Node *n) {
  u32 op = sema_const_op(t->s, (VType)n->sort.type);
  u64 num = hash_num((Sort){.kind = SORT_BV, .bits = n->sort.bits}, n->num);
  return hash_op(t->s, op, &num, t->s->ops[op].noperands);
}

static u64 flat_of(const RuleTerms *t, u32 var) {
  if (!t->flat[var])
    t->flat[var] = hash_node(t, t->def[var], true);
  return t->flat[var];
}

static u64 hash_node(const RuleTerms *t, const Node *n, bool flat) {
  if (n->kind == N_VAR && flat && n->var->index < t->x->nvars &&
      t->def[n->var->index])
    return flat_of(t, n->var->index);
  switch ((NodeKind)n->kind) {
  case N_WILD: return hash_wild(t, n);
  case N_VALCONST: return hash_literal(t, n);
  case N_OP: return hash_op_node(t, n, flat);
  default: return hash_imm(t, n);
  }
}

u64 term_hash(const RuleTerms *t, const Node *n) {
  return hash_node(t, n, false);
}

u64 term_flat(const RuleTerms *t, const Node *n) {
  return hash_node(t, n, true);
}

// --- a rule's tables --------------------------------------------------

static void define(RuleTerms *t, const Var *v, const Node *def) {
  t->var[v->index] = term_hash(t, def);
  t->def[v->index] = def;
  vec_push(t->arena, &t->defined, v->index);
}

static u64 new_leaf(RuleTerms *t, u64 tag) { return hash_mix(tag, ++t->next); }

// `k == 8` in a guard makes k a literal.
static void fix_numbers(RuleTerms *t, const Node *n) {
  if (n->kind != N_BINARY)
    return;
  const Node *x = n->kids[0], *y = n->kids[1];
  if (n->fn == BIN_ANDAND) {
    fix_numbers(t, x);
    fix_numbers(t, y);
  }
  if (n->fn != BIN_EQ)
    return;
  const Node *var = x->kind == N_VAR ? x : y, *num = var == x ? y : x;
  if (var->kind != N_VAR || num->kind != N_CONST || var->var->kind != VAR_IMM ||
      var->sort.kind != SORT_BV || t->on[var->var->index])
    return;
  t->on[var->var->index] = num;
  t->var[var->var->index] = hash_imm(t, num);
}

static void number_left(RuleTerms *t, const Node *n) {
  if (n->kind == N_WILD) {
    Wild w = {n, new_leaf(t, 0x311)};
    vec_push(t->arena, &t->wilds, w);
  }
  if (n->kind == N_VAR && n->var->index < t->x->nvars && !t->var[n->var->index])
    t->var[n->var->index] = new_leaf(t, 0x1ea);
  for (u32 i = 0; i < n->nkids; i++)
    number_left(t, n->kids[i]);
  if ((n->kind == N_OP || n->kind == N_VALCONST) && n->var)
    define(t, n->var, n);
}

static void let_number(RuleTerms *t, const Var *v, const Node *e) {
  EvVal val;
  if (number_of(t, e, &val)) {
    eval_bind(t->eval, v, val);
    t->known[v->index] = true;
  }
  t->var[v->index] = term_hash(t, e);
}

void terms_lets(RuleTerms *t) {
  for (u32 i = 0; i < t->x->nclauses; i++) {
    const ClauseInfo *c = &t->x->clauses[i];
    if (c->let && c->let->kind == VAR_LET_TERM)
      define(t, c->let, c->e);
    else if (c->let)
      let_number(t, c->let, c->e);
  }
  for (u32 i = 0; i < t->x->nstmts; i++) {
    const StmtX *x = &t->x->stmts[i];
    if (x->kind == SX_BIND)
      define(t, x->vars[0], x->e);
  }
}

void terms_init(RuleTerms *t, Arena *a, const Sema *s, const RuleX *x) {
  *t = (RuleTerms){.s = s, .x = x, .arena = a};
  t->var = arena_array0(a, u64, x->nvars + 1);
  t->def = arena_array0(a, const Node *, x->nvars + 1);
  t->flat = arena_array0(a, u64, x->nvars + 1);
  t->on = arena_array0(a, const Node *, x->nvars + 1);
  for (u32 i = 0; i < x->nclauses; i++)
    if (!x->clauses[i].let)
      fix_numbers(t, x->clauses[i].e);
  number_left(t, x->lhs);
  terms_lets(t);
}

// --- right sides and guards -------------------------------------------

void right_terms(const RuleX *x, NodeFn *fn, void *user) {
  for (u32 i = 0; i < x->nrhs; i++)
    fn(user, x->rhs[i]);
  for (u32 i = 0; i < x->nstmts; i++)
    if (x->stmts[i].kind != SX_BIND) // what it names is where it is used
      fn(user, x->stmts[i].e);
}

typedef struct RightHash {
  const RuleTerms *t;
  bool flat;
  u64 h;
} RightHash;

static void add_right(void *user, const Node *n) {
  RightHash *r = user;
  r->h = hash_mix(r->h, hash_node(r->t, n, r->flat));
}

u64 terms_right(const RuleTerms *t, bool flat) {
  const RuleX *x = t->x;
  if (x->rhs_kind == RHS_TERM && x->nrhs == 1)
    return hash_node(t, x->rhs[0], flat);
  RightHash r = {t, flat, hash_mix(0x51de, x->rhs_kind)};
  right_terms(x, add_right, &r);
  if (x->rhs_kind == RHS_TRAP)
    r.h = hash_mix(r.h,
                   x->trap_var ? hash_var(t, x->trap_var) : hash_text(x->trap));
  return r.h;
}

static void add_conjuncts(const RuleTerms *t, const Node *n, ConjunctVec *out) {
  if (n->kind == N_BINARY && n->fn == BIN_ANDAND) {
    add_conjuncts(t, n->kids[0], out);
    add_conjuncts(t, n->kids[1], out);
  } else {
    Conjunct c = {hash_imm(t, n), n};
    vec_push(t->arena, out, c);
  }
}

void terms_guards(const RuleTerms *t, ConjunctVec *out) {
  for (u32 i = 0; i < t->x->nclauses; i++)
    if (!t->x->clauses[i].let)
      add_conjuncts(t, t->x->clauses[i].e, out);
}
