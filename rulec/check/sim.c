// The graph and the rules of sim.h.
//
// A class is named by its leader, the node that was inserted; members hang
// behind it. A class that was replaced leads to another. While a node's results
// are made it is open: a result that contains it is refused.
#include "rulec/check/sim.h"

#include "rulec/check/term.h"
#include "rulec/eval.h"

#include <stdlib.h>

enum { MOST_KIDS = 4, MOST_LEVELS = 400, MOST_MATCHES = 4096 };

typedef struct SimNode {
  u32 op;              // 0: a leaf
  u32 kids[MOST_KIDS]; // classes of the value operands
  u128 imm;
  u32 cls;  // leader, or what leads there
  u32 next; // next member
  u32 last; // leader: its last member
  u32 cost; // leader: of the cheapest member
  bool open;
} SimNode;

// Rules are found by root opcode and the first operand that must be an op or a
// constant, with what it must be.
enum { ANY_CONST = 0xffff, NO_OPERAND = 0xf };
typedef struct Entry {
  u64 key;  // root, operand, its opcode or ANY_CONST
  u32 rank; // order among matches: those that subsume first, then by index
  u32 rulex;
} Entry;

struct Sim {
  const Sema *s;
  Arena *arena; // rules
  Arena graph;
  Eval eval;
  u32 nrules;
  Entry *rules; // sorted by key, then rank
  u32 *by_rule; // nodes made, by Rule.index
  VEC(SimNode) node;
  u32 *table, mask, used;
  u32 made, fuel, steps, level, leaves;
  const Rule *rule; // whose right side is being made
  bool tired;
};

// --- which rules ------------------------------------------------------

static u32 count_values(const OpInst *op) {
  u32 n = 0;
  for (u32 i = 0; i < op->noperands; i++)
    n += op->operands[i].is_value;
  return n;
}

static bool op_fits(const OpInst *op) {
  u32 values = count_values(op);
  if (values > MOST_KIDS || op->noperands - values > 1 || op->noperands > 8)
    return false;
  for (u32 i = 0; i < op->noperands; i++)
    if (op->operands[i].sort.kind != SORT_VALUE &&
        op->operands[i].sort.kind != SORT_BV &&
        op->operands[i].sort.kind != SORT_FUNC)
      return false;
  return true;
}

static bool node_fits(const Sema *s, const Node *n) {
  if (n->kind != N_OP)
    return true;
  if (!op_fits(&s->ops[n->op]))
    return false;
  for (u32 i = 0; i < n->nkids; i++)
    if (!node_fits(s, n->kids[i]))
      return false;
  return true;
}

static bool rule_fits(const Sema *s, const RuleX *x) {
  if (x->rule->is_skeleton || x->rule->is_remat || x->nrhs != 1 ||
      x->rhs_kind != RHS_TERM)
    return false;
  for (u32 i = 0; i < x->nclauses; i++)
    if (x->clauses[i].let && !node_fits(s, x->clauses[i].e))
      return false;
  return node_fits(s, x->lhs) && node_fits(s, x->rhs[0]);
}

static u64 make_key(u32 root, u32 operand, u32 op) {
  return (u64)root << 32 | operand << 16 | op;
}

static u64 rule_key(const Sema *s, const Node *left) {
  const OpInst *op = &s->ops[left->op];
  for (u32 i = 0; i < left->nkids; i++) {
    const Node *kid = left->kids[i];
    if (!op->operands[i].is_value || kid->kind == N_VAR || kid->kind == N_WILD)
      continue;
    return make_key(left->op, i, is_const_term(s, kid) ? ANY_CONST : kid->op);
  }
  return make_key(left->op, NO_OPERAND, 0);
}

static int by_key(const void *a, const void *b) {
  const Entry *x = a, *y = b;
  if (x->key != y->key)
    return x->key < y->key ? -1 : 1;
  return x->rank < y->rank ? -1 : x->rank > y->rank;
}

static void index_rules(Sim *m, const u64 *skip) {
  const Sema *s = m->s;
  m->rules = arena_array(m->arena, Entry, s->nrulexs + 1);
  for (u32 i = 0; i < s->nrulexs; i++) {
    const RuleX *x = &s->rulexs[i];
    if (bit_has(skip, x->rule->index) || !rule_fits(s, x))
      continue;
    u32 rank = i | (x->subsume ? 0 : 1u << 31);
    m->rules[m->nrules++] = (Entry){rule_key(s, x->lhs), rank, i};
  }
  qsort(m->rules, m->nrules, sizeof *m->rules, by_key);
}

// The first entry with a key not below this one.
static u32 find_rules(const Sim *m, u64 key) {
  u32 low = 0, high = m->nrules;
  while (low < high) {
    u32 mid = low + (high - low) / 2;
    if (m->rules[mid].key < key)
      low = mid + 1;
    else
      high = mid;
  }
  return low;
}

bool sim_takes(const Sim *m, const RuleX *x) { return rule_fits(m->s, x); }

// --- nodes ------------------------------------------------------------

static u32 find(const Sim *m, u32 c) {
  while (m->node.at[c].cls != c)
    c = m->node.at[c].cls;
  return c;
}

static u32 hash_node(const SimNode *n) {
  u64 h = hash_mix(n->op, (u64)n->imm);
  h = hash_mix(h, (u64)(n->imm >> 64));
  h = hash_mix(h, (u64)n->kids[0] << 32 | n->kids[1]);
  return (u32)(hash_mix(h, (u64)n->kids[2] << 32 | n->kids[3]) >> 13);
}

static bool same_node(const SimNode *x, const SimNode *y) {
  return x->op == y->op && x->imm == y->imm &&
         memcmp(x->kids, y->kids, sizeof x->kids) == 0;
}

static u32 *find_slot(Sim *m, const SimNode *n) {
  u32 at = hash_node(n) & m->mask;
  while (m->table[at] && !same_node(&m->node.at[m->table[at]], n))
    at = (at + 1) & m->mask;
  return &m->table[at];
}

static void grow_table(Sim *m) {
  u32 *old = m->table, n = m->mask + 1;
  m->mask = n * 2 - 1;
  m->table = arena_array0(&m->graph, u32, n * 2);
  for (u32 i = 0; i < n; i++)
    if (old[i])
      *find_slot(m, &m->node.at[old[i]]) = old[i];
}

static u32 add_node(Sim *m, SimNode n) {
  u32 id = m->node.n;
  n.cls = n.last = id;
  n.next = 0;
  vec_push(&m->graph, &m->node, n);
  return id;
}

static u32 enter(Sim *m, u32 *slot, SimNode n) {
  u32 id = *slot = add_node(m, n);
  if (++m->used * 2 > m->mask)
    grow_table(m);
  return id;
}

static bool is_const_op(const Sim *m, u32 op) {
  return op && !count_values(&m->s->ops[op]) && m->s->ops[op].type &&
         (m->s->ops[op].flags & 64 /* OPF_FLOATS */);
}

static bool is_const(const Sim *m, u32 c) {
  return is_const_op(m, m->node.at[find(m, c)].op);
}

u32 sim_leaf(Sim *m, VType type) {
  (void)type;
  if (m->tired)
    return 0;
  return add_node(m, (SimNode){.imm = ++m->leaves});
}

u32 sim_const(Sim *m, u32 op, u128 num) {
  if (m->tired)
    return 0;
  SimNode n = {.op = op, .imm = num, .cost = m->s->ops[op].cost};
  u32 *slot = find_slot(m, &n);
  return *slot ? find(m, *slot) : enter(m, slot, n);
}

// --- folding ----------------------------------------------------------

static u32 const_op(const Sim *m, VType type) {
  Node lit = {.kind = N_VALCONST, .sort = {.type = (u8)type}};
  return literal_op(m->s, &lit);
}

static u32 fold(Sim *m, u32 op, const u32 *kids) {
  const OpInst *o = &m->s->ops[op];
  EvVal args[MOST_KIDS];
  if (!o->noperands || o->noperands != count_values(o) || !o->meaning ||
      o->meaning->kind == N_EXTERN)
    return 0;
  for (u32 i = 0; i < o->noperands; i++) {
    if (!is_const(m, kids[i]))
      return 0;
    args[i] =
        ev_bits(o->operands[i].sort, wide(m->node.at[find(m, kids[i])].imm));
  }
  m->eval.env.n = 0;
  m->eval.fuel = 0;
  EvVal v = eval_op(&m->eval, op, args);
  u32 c = const_op(m, (VType)o->type);
  if (!ev_ok(&v) || v.loose || v.nan || !c)
    return 0;
  return sim_const(m, c, wide_low(v.bits));
}

// --- matching ---------------------------------------------------------

typedef struct Pending { // patterns still to be matched
  const Node *n;
  u32 c;
  const struct Pending *up;
} Pending;

typedef struct Found {
  const RuleX *x;
  u32 rank;
  u32 *value; // by Var.index
  u128 *imm;
} Found;
typedef VEC(Found) FoundVec;

typedef struct Matcher {
  Sim *m;
  const RuleX *x;
  u32 rank;
  u32 *value;
  u128 *imm;
  bool *bound;
  FoundVec *out;
} Matcher;

static void bind_all(Sim *m, const RuleX *x, const u32 *value,
                     const u128 *imm) {
  m->eval.env.n = 0;
  m->eval.fuel = 0;
  for (u32 i = 0; i < x->nvars; i++) {
    const Var *v = x->vars[i];
    if (v && v->kind == VAR_IMM) {
      eval_bind(&m->eval, v, ev_bits(v->sort, wide(imm[i])));
    } else if (v && v->kind == VAR_VALUE) {
      bool known = value && value[i] && is_const(m, value[i]);
      u128 num = known ? m->node.at[find(m, value[i])].imm : 0;
      EvVal val = ev_bits(v->sort, wide(num));
      val.any = !known;
      eval_bind(&m->eval, v, val);
    }
  }
}

// Guards in order; a `let` of an expression is bound for those behind it.
static bool clauses_hold(Sim *m, const RuleX *x, const u32 *value,
                         const u128 *imm) {
  if (!x->nclauses)
    return true;
  bind_all(m, x, value, imm);
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

bool sim_guards(Sim *m, const RuleX *x, const u128 *imm) {
  return clauses_hold(m, x, NULL, imm);
}

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
  if (!is_const_op(t->m, n->op))
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
    u32 c = find(m, m->node.at[member].kids[k]);
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

static void match_entry(Sim *m, const Entry *e, u32 node, FoundVec *out) {
  const RuleX *x = &m->s->rulexs[e->rulex];
  Matcher t = {m,
               x,
               e->rank,
               arena_array0(&m->graph, u32, x->nvars + 1),
               arena_array0(&m->graph, u128, x->nvars + 1),
               arena_array0(&m->graph, bool, x->nvars + 1),
               out};
  if (x->lhs->var)
    t.value[x->lhs->var->index] = node;
  match_member(&t, x->lhs, node, NULL);
}

static void match_key(Sim *m, u64 key, u32 node, FoundVec *out) {
  for (u32 i = find_rules(m, key);
       i < m->nrules && m->rules[i].key == key && !m->tired; i++)
    match_entry(m, &m->rules[i], node, out);
}

// Each opcode among an operand's members once.
static void match_operand(Sim *m, u32 node, u32 operand, u32 kid,
                          FoundVec *out) {
  u32 root = m->node.at[node].op, c = find(m, m->node.at[node].kids[kid]);
  u32 seen[16], n = 0;
  for (u32 x = c; x; x = m->node.at[x].next) {
    u32 op = is_const_op(m, m->node.at[x].op) ? ANY_CONST : m->node.at[x].op;
    u32 k = 0;
    while (k < n && seen[k] != op)
      k++;
    if (k < n || n == 16 || !op)
      continue;
    seen[n++] = op;
    match_key(m, make_key(root, operand, op), node, out);
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

static void match_all(Sim *m, u32 node, FoundVec *out) {
  u32 root = m->node.at[node].op;
  const OpInst *op = &m->s->ops[root];
  match_key(m, make_key(root, NO_OPERAND, 0), node, out);
  for (u32 i = 0, k = 0; i < op->noperands && !m->tired; i++)
    if (op->operands[i].is_value)
      match_operand(m, node, i, k++, out);
  sort_found(out);
}

// --- making right sides -----------------------------------------------

typedef struct Build {
  Sim *m;
  const Found *f;
  u32 *value; // lets of terms too, once made
} Build;

static u32 build(Build *b, const Node *n);

static u32 build_var(Build *b, const Var *v) {
  u32 *at = &b->value[v->index];
  for (u32 i = 0; !*at && i < b->f->x->nclauses; i++)
    if (b->f->x->clauses[i].let == v)
      *at = build(b, b->f->x->clauses[i].e);
  return *at ? find(b->m, *at) : 0;
}

static bool build_imm(Build *b, const Node *n, u128 *out) {
  EvVal v;
  if (n->kind == N_CONST) {
    *out = n->num;
    return true;
  }
  bind_all(b->m, b->f->x, b->f->value, b->f->imm);
  for (u32 i = 0; i < b->f->x->nclauses; i++) {
    const ClauseInfo *c = &b->f->x->clauses[i];
    if (!c->let || c->let->kind != VAR_LET_IMM)
      continue;
    v = eval_node(&b->m->eval, c->e);
    eval_bind(&b->m->eval, c->let, v);
  }
  v = eval_node(&b->m->eval, n);
  *out = wide_low(v.bits);
  return ev_ok(&v);
}

static u32 build(Build *b, const Node *n) {
  const OpInst *op;
  u32 kids[MOST_KIDS] = {0}, k = 0;
  u128 imm = 0;
  if (n->kind == N_VAR)
    return build_var(b, n->var);
  op = &b->m->s->ops[n->op];
  for (u32 i = 0; i < n->nkids; i++) {
    if (op->operands[i].is_value) {
      kids[k] = build(b, n->kids[i]);
      if (!kids[k++])
        return 0;
    } else if (!build_imm(b, n->kids[i], &imm)) {
      return 0;
    }
  }
  return sim_op(b->m, n->op, kids, imm);
}

// --- joining ----------------------------------------------------------

static void append(Sim *m, u32 leader, u32 c) {
  SimNode *x = &m->node.at[leader], *y = &m->node.at[c];
  m->node.at[x->last].next = c;
  x->last = y->last;
  y->cls = leader;
  if (y->cost < x->cost)
    x->cost = y->cost;
}

// True if the value is another class from now on.
static bool join(Sim *m, u32 leader, u32 y, bool subsume) {
  y = find(m, y);
  if (y == leader || m->node.at[y].open)
    return false;
  if (subsume || y < leader) {
    if (m->node.at[y].cost > m->node.at[leader].cost)
      return false;
    m->node.at[leader].cls = y;
    return true;
  }
  append(m, leader, y);
  return false;
}

static void apply(Sim *m, u32 node) {
  FoundVec found = {0};
  match_all(m, node, &found);
  const Rule *outer = m->rule;
  for (u32 i = 0; i < found.n && !m->tired; i++) {
    const Found *f = &found.at[i];
    Build b = {m, f, arena_array0(&m->graph, u32, f->x->nvars + 1)};
    memcpy(b.value, f->value, sizeof *b.value * f->x->nvars);
    m->rule = f->x->rule;
    u32 y = build(&b, f->x->rhs[0]);
    m->rule = outer;
    if (y && join(m, node, y, f->x->subsume))
      return;
  }
}

static u32 price(const Sim *m, u32 c) {
  u32 cost = m->node.at[find(m, c)].cost;
  return cost < 1u << 24 ? cost : 1u << 24;
}

// Constants right, else the older value left; comparisons turn round with it.
static void order(const Sim *m, SimNode *n) {
  const OpInst *op = &m->s->ops[n->op];
  if (!op->sym_op || op->noperands != 2 || op->sym_perm[0] != 1)
    return;
  bool x = is_const(m, n->kids[0]), y = is_const(m, n->kids[1]);
  if (x == y ? n->kids[0] <= n->kids[1] : y)
    return;
  u32 z = n->kids[0];
  n->kids[0] = n->kids[1];
  n->kids[1] = z;
  n->op = op->sym_op;
}

static u32 insert_new(Sim *m, u32 *slot, SimNode n) {
  if (!m->fuel || m->level >= MOST_LEVELS) {
    m->tired = true;
    return 0;
  }
  m->fuel--;
  m->made++;
  if (m->rule)
    m->by_rule[m->rule->index]++;
  n.open = true;
  u32 id = enter(m, slot, n);
  m->level++;
  apply(m, id);
  m->level--;
  m->node.at[id].open = false;
  return m->tired ? 0 : find(m, id);
}

u32 sim_op(Sim *m, u32 op, const u32 *kids, u128 imm) {
  const OpInst *o = &m->s->ops[op];
  SimNode n = {.op = op, .imm = imm, .cost = o->cost};
  u32 k = count_values(o);
  if (is_const_op(m, op))
    return sim_const(m, op, imm);
  for (u32 i = 0; i < k; i++) {
    if (!kids[i] || m->tired)
      return 0;
    n.kids[i] = find(m, kids[i]);
    n.cost += price(m, n.kids[i]);
    if (m->node.at[n.kids[i]].open)
      return 0; // it would contain itself
  }
  order(m, &n);
  u32 known = fold(m, n.op, n.kids);
  if (known)
    return known;
  u32 *slot = find_slot(m, &n);
  if (!*slot)
    return insert_new(m, slot, n);
  u32 c = find(m, *slot);
  return m->node.at[c].open ? 0 : c;
}

// --- asking -----------------------------------------------------------

u32 sim_term(Sim *m, const Node *n, u32 *value, const u128 *imm) {
  u32 kids[MOST_KIDS] = {0}, k = 0, id;
  u128 num = n->num;
  if (n->kind == N_WILD)
    return sim_leaf(m, (VType)n->sort.type);
  if (n->kind == N_VAR) {
    u32 *at = &value[n->var->index];
    if (!*at)
      *at = sim_leaf(m, (VType)n->sort.type);
    return *at;
  }
  if (n->kind == N_VALCONST)
    return sim_const(m, literal_op(m->s, n), num);
  for (u32 i = 0; i < n->nkids; i++) {
    const Node *kid = n->kids[i];
    if (m->s->ops[n->op].operands[i].is_value)
      kids[k++] = sim_term(m, kid, value, imm);
    else
      num = kid->kind == N_VAR ? imm[kid->var->index] : kid->num;
  }
  id = sim_op(m, n->op, kids, num);
  if (n->var)
    value[n->var->index] = id;
  return id;
}

u32 sim_made(const Sim *m) { return m->made; }
u32 sim_left(const Sim *m) { return m->steps; }
bool sim_tired(const Sim *m) { return m->tired; }

const Rule *sim_busiest(const Sim *m) {
  u32 best = m->s->nrules;
  for (u32 i = 0; i < m->s->nrules; i++)
    if (m->by_rule[i] &&
        (best == m->s->nrules || m->by_rule[i] > m->by_rule[best]))
      best = i;
  return best < m->s->nrules ? &m->s->rules[best] : NULL;
}

static EvVal fact_of(Eval *e, const Node *fact, const EvVal *x) {
  return x->any ? eval_fact_none(e, fact, x) : eval_fact_exact(e, fact, x);
}

void sim_start(Sim *m, u32 nodes, u32 steps) {
  arena_reset(&m->graph);
  memset(&m->node, 0, sizeof m->node);
  memset(m->by_rule, 0, sizeof *m->by_rule * (m->s->nrules + 1));
  m->mask = 255;
  m->table = arena_array0(&m->graph, u32, 256);
  m->used = m->made = m->level = m->leaves = 0;
  m->fuel = nodes;
  m->steps = steps;
  m->tired = false;
  m->rule = NULL;
  eval_init(&m->eval, m->s, &m->graph, 1);
  m->eval.fact = fact_of;
  add_node(m, (SimNode){0}); // class 0 is none
}

Sim *sim_new(Arena *a, const Sema *s, const u64 *skip) {
  Sim *m = arena_new(a, Sim);
  m->s = s;
  m->arena = a;
  m->by_rule = arena_array0(a, u32, s->nrules + 1);
  index_rules(m, skip);
  return m;
}

void sim_free(Sim *m) { arena_free(&m->graph); }
