// Costs and the measure (measure.h).
//
// Shared cost: a walk that leaves out hashes it has seen. Tree counts: a walk
// with a weight; a variable that stands for a term collects the weights of its
// uses, and the terms are walked in reverse order of definition, so no term is
// walked twice however often it is used.
#include "rulec/check/measure.h"

enum { MOST_WEIGHT = 1 << 24 };

// --- shared cost ------------------------------------------------------

typedef struct Shared {
  const RuleTerms *t;
  Text *where;
  u32 cost;
  HashVec seen;
} Shared;

static bool is_new(Shared *m, const Node *n) {
  u64 h = term_hash(m->t, n);
  for (u32 i = 0; i < m->seen.n; i++)
    if (m->seen.at[i] == h)
      return false;
  vec_push(m->t->arena, &m->seen, h);
  return true;
}

static void pay(Shared *m, u32 op) {
  m->cost += op_cost(m->t->s, op);
  if (m->where)
    text_add(m->where, "%s%s %u", m->where->n ? " + " : "",
             m->t->s->ops[op].text, op_cost(m->t->s, op));
}

static const Node *def_of(const RuleTerms *t, const Node *n) {
  return n->kind == N_VAR && n->var->index < t->x->nvars ? t->def[n->var->index]
                                                         : NULL;
}

static bool is_value_kid(const Sema *s, const Node *n, u32 i) {
  const OpInst *op = &s->ops[n->op];
  return i < op->noperands && op->operands[i].is_value;
}

// What is done twice is paid twice.
static bool has_effect(const Sema *s, const Node *n) {
  return n->kind == N_OP && !(s->ops[n->op].flags & OF_PURE);
}

static void share(void *user, const Node *n) {
  Shared *m = user;
  const Node *def = def_of(m->t, n);
  if (def)
    n = def;
  if ((n->kind != N_OP && n->kind != N_VALCONST) ||
      (!is_new(m, n) && !has_effect(m->t->s, n)))
    return;
  pay(m, n->kind == N_OP ? n->op : sema_const_op(m->t->s, (VType)n->sort.type));
  for (u32 i = 0; n->kind == N_OP && i < n->nkids; i++)
    if (is_value_kid(m->t->s, n, i))
      share(m, n->kids[i]);
}

// --- tree counts ------------------------------------------------------

typedef struct Tree {
  const RuleTerms *t;
  Side *side;
  s64 *weight; // by Var.index, of those that stand for a term
} Tree;

static s64 clamp(s64 w) { return w < MOST_WEIGHT ? w : MOST_WEIGHT; }

static void count_op(Tree *m, u32 op, s64 w) {
  const Sema *s = m->t->s;
  m->side->tree += w * op_cost(s, op);
  op = op_least(s, op);
  for (u32 i = 0; i < m->side->ops.n; i++)
    if (m->side->ops.at[i].op == op) {
      m->side->ops.at[i].n += w;
      return;
    }
  OpCount c = {op, w};
  vec_push(m->t->arena, &m->side->ops, c);
}

static void count_leaf(Tree *m, const Node *n, s64 w) {
  for (u32 i = 0; n->kind == N_WILD && i < m->t->wilds.n; i++)
    if (m->t->wilds.at[i].node == n)
      m->side->wilds[i] += w;
  if (n->kind == N_VAR && n->var->index < m->t->x->nvars)
    m->side->vars[n->var->index] += w;
}

static void count(Tree *m, const Node *n, s64 w) {
  if (def_of(m->t, n)) {
    s64 *at = &m->weight[n->var->index];
    *at = clamp(*at + w);
  } else if (n->kind == N_VALCONST) {
    count_op(m, sema_const_op(m->t->s, (VType)n->sort.type), w);
  } else if (n->kind == N_OP) {
    count_op(m, n->op, w);
    for (u32 i = 0; i < n->nkids; i++)
      if (is_value_kid(m->t->s, n, i))
        count(m, n->kids[i], w);
  } else {
    count_leaf(m, n, w);
  }
}

static void count_once(void *user, const Node *n) { count(user, n, 1); }

static void count_defs(Tree *m) {
  for (u32 k = m->t->defined.n; k-- > 0;) {
    u32 i = m->t->defined.at[k];
    if (m->weight[i])
      count(m, m->t->def[i], m->weight[i]);
  }
}

static Side new_side(const RuleTerms *t, Tree *m, Side *side) {
  *side = (Side){.vars = arena_array0(t->arena, s64, t->x->nvars + 1),
                 .wilds = arena_array0(t->arena, s64, t->wilds.n + 1)};
  *m = (Tree){t, side, arena_array0(t->arena, s64, t->x->nvars + 1)};
  return *side;
}

Side side_left(const RuleTerms *t, Text *where) {
  Tree m;
  Side side;
  new_side(t, &m, &side);
  count(&m, t->x->lhs, 1);
  count_defs(&m);
  Shared c = {.t = t, .where = where};
  share(&c, t->x->lhs);
  side.cost = c.cost;
  return side;
}

Side side_right(const RuleTerms *t, Text *where) {
  Tree m;
  Side side;
  new_side(t, &m, &side);
  right_terms(t->x, count_once, &m);
  count_defs(&m);
  Shared c = {.t = t, .where = where};
  right_terms(t->x, share, &c);
  side.cost = c.cost;
  return side;
}

// --- the measure ------------------------------------------------------

typedef u64 KeyFn(const OpInst *op);
static u64 base_key(const OpInst *op) { return op->base_index; }
static u64 code_key(const OpInst *op) {
  u64 key = 0;
  for (u32 i = 0; i < op->base->nparams; i++)
    if (op->args[i].kind == ARG_CODE)
      key = key << 16 | (u64)(op->args[i].code + 1u) << 8 | op->args[i].value;
  return key;
}
static u64 type_key(const OpInst *op) {
  u64 key = op->base_index + 1;
  for (u32 i = 0; i < op->base->nparams; i++)
    key = key << 8 | op->args[i].value;
  return key;
}

static s64 count_key(const Sema *s, const Side *side, KeyFn *key, u64 k) {
  s64 n = 0;
  for (u32 i = 0; i < side->ops.n; i++)
    if (key(&s->ops[side->ops.at[i].op]) == k)
      n += side->ops.at[i].n;
  return n;
}

// Multisets: the greatest member that they have in different numbers decides.
static int compare_by(const Sema *s, const Side *left, const Side *right,
                      KeyFn *key) {
  const Side *sides[2] = {left, right};
  u64 most = 0;
  int sign = 0;
  for (u32 j = 0; j < 2; j++)
    for (u32 i = 0; i < sides[j]->ops.n; i++) {
      u64 k = key(&s->ops[sides[j]->ops.at[i].op]);
      s64 l = count_key(s, left, key, k), r = count_key(s, right, key, k);
      if (l == r || (sign && k <= most))
        continue;
      most = k;
      sign = r < l ? -1 : 1;
    }
  return sign;
}

int measure_compare(const Sema *s, const Side *left, const Side *right) {
  static KeyFn *const keys[] = {base_key, code_key, type_key};
  if (left->tree != right->tree)
    return right->tree < left->tree ? -1 : 1;
  for (u32 i = 0; i < 3; i++) {
    int c = compare_by(s, left, right, keys[i]);
    if (c)
      return c;
  }
  return 0;
}

const Var *more_often(const RuleTerms *t, const Side *left, const Side *right) {
  for (u32 i = 0; i < t->x->nvars; i++) {
    const Var *v = t->x->vars[i];
    if (v && v->kind == VAR_VALUE && !t->def[i] &&
        right->vars[i] > left->vars[i])
      return v;
  }
  return NULL;
}

bool rule_falls(const RuleTerms *t, const Side *left, const Side *right) {
  return measure_compare(t->s, left, right) < 0 && !more_often(t, left, right);
}
