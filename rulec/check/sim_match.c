// Matching: every member of a class against every pattern, guards evaluated.
#include "rulec/check/sim_priv.h"

enum { MOST_MATCHES = 4096 };

// --- guards -----------------------------------------------------------

void sim_eval_begin(Sim *m) {
  m->eval.env.n = 0;
  m->eval.fuel = 0; // it counts up
}

// Evaluation costs steps too.
void sim_eval_end(Sim *m) {
  m->steps -= m->eval.fuel < m->steps ? m->eval.fuel : m->steps;
}

void sim_bind(Sim *m, const RuleX *x, const u32 *value, const u128 *imm) {
  sim_eval_begin(m);
  for (u32 i = 0; i < x->nvars; i++) {
    const Var *v = x->vars[i];
    if (v && v->kind == VAR_IMM) {
      eval_bind(&m->eval, v, ev_bits(v->sort, wide(imm[i])));
    } else if (v && v->kind == VAR_VALUE) {
      bool known = value && value[i] && sim_is_const(m, value[i]);
      u128 num = known ? m->node.at[sim_find(m, value[i])].imm : 0;
      EvVal val = ev_bits(v->sort, wide(num));
      val.any = !known;
      eval_bind(&m->eval, v, val);
    }
  }
}

// Guards in order; a `let` of an expression is bound for those behind it.
static bool eval_clauses(Sim *m, const RuleX *x) {
  for (u32 i = 0; i < x->nclauses; i++) {
    const ClauseInfo *c = &x->clauses[i];
    if (c->let && c->let->kind != VAR_LET_IMM)
      continue;
    EvVal v = eval_node(&m->eval, c->e);
    if (c->let && ev_ok(&v))
      eval_bind(&m->eval, c->let, v);
    else if (!ev_true(&v))
      return false;
  }
  return true;
}

static bool clauses_hold(Sim *m, const RuleX *x, const u32 *value,
                         const u128 *imm) {
  if (!x->nclauses)
    return true;
  sim_bind(m, x, value, imm);
  bool hold = eval_clauses(m, x);
  sim_eval_end(m);
  return hold;
}

bool sim_guards(Sim *m, const RuleX *x, const u128 *imm) {
  return clauses_hold(m, x, NULL, imm);
}

// --- matching ---------------------------------------------------------

typedef struct Pending { // patterns still to be matched
  const Node *n;
  u32 c;
  const struct Pending *up;
} Pending;

typedef struct Matcher {
  Sim *m;
  const RuleX *x;
  u32 rank;
  u32 *value;
  u128 *imm;
  bool *bound;
  FoundVec *out;
} Matcher;

static void accept(Matcher *t) {
  Sim *m = t->m;
  const RuleX *x = t->x;
  if (t->out->n >= MOST_MATCHES || !clauses_hold(m, x, t->value, t->imm))
    return;
  Found f = {x, t->rank, arena_array(&m->graph, u32, x->nvars + 1),
             arena_array(&m->graph, u128, x->nvars + 1)};
  memcpy(f.value, t->value, sizeof *f.value * x->nvars);
  memcpy(f.imm, t->imm, sizeof *f.imm * x->nvars);
  vec_push(&m->graph, t->out, f);
}

static void match(Matcher *t, const Pending *p);

static void match_var(Matcher *t, const Pending *p) {
  u32 *at = &t->value[p->n->var->index];
  if (*at) {
    if (*at == p->c)
      match(t, p->up);
    return;
  }
  *at = p->c;
  match(t, p->up);
  *at = 0;
}

// An immediate against a number of the graph.
static void match_imm(Matcher *t, const Node *n, u128 num, const Pending *up) {
  if (n->kind == N_CONST ? n->num != num
                         : n->kind != N_VAR && n->kind != N_WILD)
    return;
  if (n->kind != N_VAR) {
    match(t, up);
    return;
  }
  u32 i = n->var->index;
  if (t->bound[i]) {
    if (t->imm[i] == num)
      match(t, up);
    return;
  }
  t->bound[i] = true;
  t->imm[i] = num;
  match(t, up);
  t->bound[i] = false;
}

static void match_const(Matcher *t, const Pending *p) {
  const SimNode *n = &t->m->node.at[p->c];
  const Node *imm = const_imm(p->n);
  if (!sim_const_op(t->m, n->op))
    return;
  if (imm)
    match_imm(t, imm, n->imm, p->up);
  else if (p->n->kind != N_VALCONST || p->n->num == n->imm)
    match(t, p->up);
}

// One member against an op: its operands are matched before what is pending.
static void match_member(Matcher *t, const Node *n, u32 member,
                         const Pending *up) {
  const Sim *m = t->m;
  const OpInst *op = &m->s->ops[n->op];
  Pending kids[8];
  const Node *imm = NULL;
  u32 k = 0;
  for (u32 i = 0; i < n->nkids; i++) {
    if (!op->operands[i].is_value) {
      imm = n->kids[i];
      continue;
    }
    u32 c = sim_find(m, m->node.at[member].kids[k]);
    kids[k] = (Pending){n->kids[i], c, up};
    up = &kids[k++];
  }
  if (imm)
    match_imm(t, imm, m->node.at[member].imm, up);
  else
    match(t, up);
}

static void match_op(Matcher *t, const Pending *p) {
  const Node *n = p->n;
  if (n->var)
    t->value[n->var->index] = p->c;
  for (u32 x = p->c; x; x = t->m->node.at[x].next)
    if (t->m->node.at[x].op == n->op)
      match_member(t, n, x, p->up);
  if (n->var)
    t->value[n->var->index] = 0;
}

static void match(Matcher *t, const Pending *p) {
  Sim *m = t->m;
  if (!p) {
    accept(t);
    return;
  }
  if (!m->steps) {
    m->tired = true;
    return;
  }
  m->steps--;
  if (p->n->kind == N_WILD)
    match(t, p->up);
  else if (p->n->kind == N_VAR)
    match_var(t, p);
  else if (is_const_term(m->s, p->n))
    match_const(t, p);
  else
    match_op(t, p);
}

// Matching leaves what it writes on as it was: one set of arrays serves all.
static void match_entry(Sim *m, const Entry *e, u32 node, FoundVec *out) {
  const RuleX *x = &m->s->rulexs[e->rulex];
  Matcher t = {m, x, e->rank, m->value, m->imm, m->bound, out};
  const Var *root = x->lhs->var;
  if (root)
    t.value[root->index] = node;
  match_member(&t, x->lhs, node, NULL);
  if (root)
    t.value[root->index] = 0;
}

static void match_key(Sim *m, u64 key, u32 node, FoundVec *out) {
  for (u32 i = sim_lookup(m, key);
       i < m->nrules && m->rules[i].key == key && !m->tired; i++)
    match_entry(m, &m->rules[i], node, out);
}

// Each opcode among an operand's members once.
static void match_operand(Sim *m, u32 node, u32 operand, u32 kid,
                          FoundVec *out) {
  u32 root = m->node.at[node].op, c = sim_find(m, m->node.at[node].kids[kid]);
  u32 seen[16], n = 0;
  for (u32 x = c; x; x = m->node.at[x].next) {
    u32 op = sim_const_op(m, m->node.at[x].op) ? ANY_CONST : m->node.at[x].op;
    u32 k = 0;
    while (k < n && seen[k] != op)
      k++;
    if (k < n || n == 16 || !op)
      continue;
    seen[n++] = op;
    match_key(m, sim_key(root, operand, op), node, out);
  }
}

static void sort_found(FoundVec *v) {
  for (u32 i = 1; i < v->n; i++) {
    Found f = v->at[i];
    u32 k = i;
    for (; k && v->at[k - 1].rank > f.rank; k--)
      v->at[k] = v->at[k - 1];
    v->at[k] = f;
  }
}

void sim_match(Sim *m, u32 node, FoundVec *out) {
  u32 root = m->node.at[node].op;
  const OpInst *op = &m->s->ops[root];
  match_key(m, sim_key(root, NO_OPERAND, 0), node, out);
  for (u32 i = 0, k = 0; i < op->noperands && !m->tired; i++)
    if (op->operands[i].is_value)
      match_operand(m, node, i, k++, out);
  sort_found(out);
}
