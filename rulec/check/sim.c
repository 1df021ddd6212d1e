// The graph of sim.h.
//
// A class is named by its leader, the node that was inserted; members hang
// behind it. A class that was replaced leads to another. While a node's results
// are made it is open: a result that contains it is refused.
#include "rulec/check/sim_priv.h"

enum { MOST_LEVELS = 2000 }; // of making results within results

// --- nodes ------------------------------------------------------------

u32 sim_count_values(const OpInst *op) {
  u32 n = 0;
  for (u32 i = 0; i < op->noperands; i++)
    n += op->operands[i].is_value;
  return n;
}

u32 sim_find(const Sim *m, u32 c) {
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

bool sim_const_op(const Sim *m, u32 op) {
  return op && !sim_count_values(&m->s->ops[op]) && m->s->ops[op].type &&
         (m->s->ops[op].flags & OF_FLOATS);
}

bool sim_is_const(const Sim *m, u32 c) {
  return sim_const_op(m, m->node.at[sim_find(m, c)].op);
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
  return *slot ? sim_find(m, *slot) : enter(m, slot, n);
}

// --- folding ----------------------------------------------------------

static u32 fold(Sim *m, u32 op, const u32 *kids) {
  const OpInst *o = &m->s->ops[op];
  EvVal args[MOST_KIDS];
  if (!o->noperands || o->noperands != sim_count_values(o) || !o->meaning ||
      o->meaning->kind == N_EXTERN)
    return 0;
  for (u32 i = 0; i < o->noperands; i++) {
    if (!sim_is_const(m, kids[i]))
      return 0;
    args[i] = ev_bits(o->operands[i].sort,
                      wide(m->node.at[sim_find(m, kids[i])].imm));
  }
  sim_eval_begin(m);
  EvVal v = eval_op(&m->eval, op, args);
  sim_eval_end(m);
  u32 c = sema_const_op(m->s, (VType)o->type);
  if (!ev_ok(&v) || ev_is_choice(&v) || !c)
    return 0;
  return sim_const(m, c, wide_low(v.bits));
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
  return *at ? sim_find(b->m, *at) : 0;
}

static bool build_imm(Build *b, const Node *n, u128 *out) {
  EvVal v;
  if (n->kind == N_CONST) {
    *out = n->num;
    return true;
  }
  sim_bind(b->m, b->f->x, b->f->value, b->f->imm);
  for (u32 i = 0; i < b->f->x->nclauses; i++) {
    const ClauseInfo *c = &b->f->x->clauses[i];
    if (!c->let || c->let->kind != VAR_LET_IMM)
      continue;
    v = eval_node(&b->m->eval, c->e);
    eval_bind(&b->m->eval, c->let, v);
  }
  v = eval_node(&b->m->eval, n);
  sim_eval_end(b->m);
  *out = wide_low(v.bits);
  return ev_ok(&v);
}

static u32 build_op(Build *b, const Node *n) {
  const OpInst *op = &b->m->s->ops[n->op];
  u32 kids[MOST_KIDS] = {0}, k = 0;
  u128 imm = 0;
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

static u32 build(Build *b, const Node *n) {
  if (b->m->level >= MOST_LEVELS)
    b->m->tired = true;
  if (b->m->tired)
    return 0;
  b->m->level++;
  u32 c = n->kind == N_VAR ? build_var(b, n->var) : build_op(b, n);
  b->m->level--;
  return c;
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
static bool join(Sim *m, u32 leader, u32 y, const RuleX *x) {
  y = sim_find(m, y);
  if (y == leader || m->node.at[y].open)
    return false;
  if (sim_replaces(x) || y < leader) {
    if (m->node.at[y].cost > m->node.at[leader].cost &&
        x->rhs_kind != RHS_VALUES)
      return false;
    m->node.at[leader].cls = y;
    return true;
  }
  append(m, leader, y);
  return false;
}

static void apply(Sim *m, u32 node) {
  FoundVec found = {0};
  sim_match(m, node, &found);
  const Rule *outer = m->rule;
  for (u32 i = 0; i < found.n && !m->tired; i++) {
    const Found *f = &found.at[i];
    Build b = {m, f, arena_array0(&m->graph, u32, f->x->nvars + 1)};
    memcpy(b.value, f->value, sizeof *b.value * f->x->nvars);
    m->rule = f->x->rule;
    m->fired[f->x->rule->index]++;
    u32 y = build(&b, f->x->rhs[0]);
    m->rule = outer;
    if (y && join(m, node, y, f->x))
      return;
  }
}

static u32 price(const Sim *m, u32 c) {
  u32 cost = m->node.at[sim_find(m, c)].cost;
  return cost < 1u << 24 ? cost : 1u << 24;
}

// Constants right, else the older value left; comparisons turn round with it.
static void order(const Sim *m, SimNode *n) {
  const OpInst *op = &m->s->ops[n->op];
  if (!op->sym_op || op->noperands != 2 || op->sym_perm[0] != 1)
    return;
  bool x = sim_is_const(m, n->kids[0]), y = sim_is_const(m, n->kids[1]);
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
  return m->tired ? 0 : sim_find(m, id);
}

u32 sim_op(Sim *m, u32 op, const u32 *kids, u128 imm) {
  const OpInst *o = &m->s->ops[op];
  SimNode n = {.op = op, .imm = imm, .cost = o->cost};
  u32 k = sim_count_values(o);
  if (sim_const_op(m, op))
    return sim_const(m, op, imm);
  for (u32 i = 0; i < k; i++) {
    if (!kids[i] || m->tired)
      return 0;
    n.kids[i] = sim_find(m, kids[i]);
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
  u32 c = sim_find(m, *slot);
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
    return sim_const(m, sema_const_op(m->s, (VType)n->sort.type), num);
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

static bool is_own(const Sim *m, const Rule *r) {
  return r->decl->loc.src->index >= m->s->first_own;
}

const Rule *sim_busiest(const Sim *m) {
  const Rule *best = NULL;
  u64 most = 0;
  for (u32 i = 0; i < m->s->nrules; i++) {
    const Rule *r = &m->s->rules[i];
    u64 did = (u64)m->by_rule[i] << 31 | m->fired[i];
    did |= did && is_own(m, r) ? (u64)1 << 63 : 0;
    if (did > most) {
      most = did;
      best = r;
    }
  }
  return best;
}

static EvVal fact_of(Eval *e, const Node *fact, const EvVal *x) {
  return x->any ? eval_fact_none(e, fact, x) : eval_fact_exact(e, fact, x);
}

void sim_start(Sim *m, u32 nodes, u32 steps) {
  arena_reset(&m->graph);
  memset(&m->node, 0, sizeof m->node);
  memset(m->by_rule, 0, sizeof *m->by_rule * (m->s->nrules + 1));
  memset(m->fired, 0, sizeof *m->fired * (m->s->nrules + 1));
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
  m->fired = arena_array0(a, u32, s->nrules + 1);
  sim_index(m, skip);
  return m;
}

void sim_free(Sim *m) { arena_free(&m->graph); }
