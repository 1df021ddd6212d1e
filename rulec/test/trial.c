#include "rulec/test/trial.h"
#include "rulec/test/known.h"

enum { MOST_NODES = 20000 };

static Trial *trial_of(MatchGraph *g) { return (Trial *)(void *)g; }

static const OpInst *op_of(const Trial *t, u32 node) {
  return &t->g.s->ops[t->nodes.at[node].op];
}

bool trial_is_const(const Trial *t, u32 node) {
  return t->nodes.at[node].op && (op_of(t, node)->flags & OF_FLOATS);
}

static EvVal const_value(const Trial *t, u32 node) {
  const OpInst *op = op_of(t, node);
  Sort sort = {
      .kind = SORT_VALUE, .type = op->type, .bits = vtype_bits[op->type]};
  return ev_bits(sort,
                 op->noperands ? t->nodes.at[node].args[0].imm.bits : wide(0));
}

// --- making -----------------------------------------------------------

static bool same_node(const Trial *t, const TrialNode *x, const TrialNode *y) {
  const OpInst *op = &t->g.s->ops[x->op];
  if (x->op != y->op || !x->op)
    return false;
  for (u32 k = 0; k < op->noperands; k++)
    if (op->operands[k].is_value ? x->args[k].cls != y->args[k].cls
                                 : !ev_equal(&x->args[k].imm, &y->args[k].imm))
      return false;
  return true;
}

static u32 enter(Trial *t, const TrialNode *n) {
  for (u32 i = 1; i < t->nodes.n; i++)
    if (same_node(t, &t->nodes.at[i], n))
      return i;
  if (t->nodes.n == MOST_NODES)
    return 0;
  vec_push(t->g.arena, &t->nodes, *n);
  return t->nodes.n - 1;
}

static u32 make_const(Trial *t, u32 type, Wide bits) {
  TrialNode n = {.op = t->constant[type]};
  if (!n.op)
    return 0;
  const OpInst *op = &t->g.s->ops[n.op];
  if (op->noperands)
    n.args[0].imm = ev_bits(op->operands[0].sort, bits);
  return enter(t, &n);
}

// Constants right, else the older left, as the e-graph has them.
static void put_in_order(const Trial *t, TrialNode *n) {
  const OpInst *op = &t->g.s->ops[n->op];
  if (t->as_written || !op->sym_op || op->noperands != 2 || op->nvals != 2 ||
      op->sym_perm[0] != 1)
    return;
  u32 x = n->args[0].cls, y = n->args[1].cls;
  bool a = trial_is_const(t, x), b = trial_is_const(t, y);
  if (a == b ? x <= y : b)
    return;
  n->args[0].cls = y;
  n->args[1].cls = x;
  n->op = op->sym_op;
}

// What a pure or trapping operation on constants is; 0 if that is not known.
static u32 fold(Trial *t, const TrialNode *n) {
  const OpInst *op = &t->g.s->ops[n->op];
  EvVal args[TRIAL_ARGS];
  if (t->as_written || !op->nvals || !op->type || op->type == VT_REF)
    return 0;
  for (u32 k = 0; k < op->noperands; k++) {
    args[k] = n->args[k].imm;
    if (!op->operands[k].is_value && args[k].sort.kind != SORT_BV)
      return 0;
    if (!op->operands[k].is_value)
      continue;
    if (!trial_is_const(t, n->args[k].cls))
      return 0;
    args[k] = const_value(t, n->args[k].cls);
  }
  EvVal v = eval_op(&t->g.eval, n->op, args);
  bool known = ev_ok(&v) && !ev_is_choice(&v);
  return known ? make_const(t, op->type, v.bits) : 0;
}

static u32 make_node(Trial *t, TrialNode n) {
  put_in_order(t, &n);
  u32 c = fold(t, &n);
  return c ? c : enter(t, &n);
}

// --- the graph's side of match.h --------------------------------------

static u32 graph_member(MatchGraph *g, u32 cls, u32 i) {
  (void)g;
  return i ? 0 : cls;
}
static u32 graph_op(MatchGraph *g, u32 node) {
  return trial_of(g)->nodes.at[node].op;
}
static u32 graph_value(MatchGraph *g, u32 node, u32 k) {
  return trial_of(g)->nodes.at[node].args[k].cls;
}
static EvVal graph_imm(MatchGraph *g, u32 node, u32 k) {
  return trial_of(g)->nodes.at[node].args[k].imm;
}
static u32 graph_cls(MatchGraph *g, u32 node) {
  (void)g;
  return node;
}
static bool graph_same(MatchGraph *g, u32 x, u32 y) {
  (void)g;
  return x == y;
}

static u32 graph_make(MatchGraph *g, u32 op, const MatchArg *args) {
  Trial *t = trial_of(g);
  TrialNode n = {.op = op};
  if (g->s->ops[op].noperands > TRIAL_ARGS)
    return 0;
  memcpy(n.args, args, sizeof *args * g->s->ops[op].noperands);
  return make_node(t, n);
}

static EvVal graph_fact(MatchGraph *g, const Node *fact, u32 cls) {
  Trial *t = trial_of(g);
  if (fact->fn == BI_ISCONST)
    return ev_bool(trial_is_const(t, cls));
  Facts f = facts_of(t, cls);
  return ev_bits(fact->sort, wide(facts_get(&f, (Builtin)fact->fn)));
}

static bool graph_target(Eval *e, u32 target, u32 *code) {
  const Trial *t =
      (const Trial *)(const void *)((const u8 *)e - offsetof(MatchGraph, eval));
  *code = target < t->targets.n ? t->targets.at[target].trap : 0;
  return *code != 0;
}

void trial_begin(Trial *t, const Sema *s, Arena *a) {
  *t = (Trial){.g = {.s = s,
                     .arena = a,
                     .member = graph_member,
                     .op = graph_op,
                     .value = graph_value,
                     .imm = graph_imm,
                     .cls = graph_cls,
                     .same = graph_same,
                     .fact = graph_fact,
                     .make = graph_make}};
  eval_init(&t->g.eval, s, a, 1);
  t->g.eval.target = graph_target;
  t->g.eval.features = ~(u64)0;
  vec_push(a, &t->nodes, (TrialNode){0});
  vec_push(a, &t->targets, (TrialTarget){0});
  for (u32 ty = 1; ty < VT_COUNT; ty++)
    t->constant[ty] = sema_const_op(s, (VType)ty);
}

// --- left sides -------------------------------------------------------

static u32 new_leaf(Trial *t, const ExampleX *x, Sort sort, const char *name) {
  TrialNode n = {
      .sort = sort, .name = name, .facts = x->settings, .nfacts = x->nsettings};
  vec_push(t->g.arena, &t->nodes, n);
  return t->nodes.n - 1;
}

static u128 setting(const ExampleX *x, const Var *v, const char *field,
                    u128 otherwise) {
  for (u32 k = 0; v && k < x->nsettings; k++)
    if (x->settings[k].var == v && !strcmp(x->settings[k].field, field))
      return x->settings[k].e->num;
  return otherwise;
}

static u32 new_target(Trial *t, const char *name, u32 trap) {
  vec_push(t->g.arena, &t->targets, ((TrialTarget){name, trap}));
  return t->targets.n - 1;
}

static EvVal new_targets(Trial *t, const ExampleX *x, const Var *v,
                         const char *name) {
  u32 n = (u32)setting(x, v, "len", 2);
  n = n < 64 ? n : 64;
  EvVal *at = arena_array0(t->g.arena, EvVal, n + 1);
  for (u32 k = 0; k < n; k++)
    at[k] = ev_bits(
        (Sort){.kind = SORT_TARGET},
        wide(new_target(t, arena_printf(t->g.arena, "%s[%u]", name, k), 0)));
  return (EvVal){.sort = {.kind = SORT_TARGETS}, .list = {n, at}};
}

// As wide as the value it moves, at the start of the heap.
EvVal trial_memarg(const OpInst *op) {
  EvVal m = {.sort = {.kind = SORT_MEMARG}};
  m.mem[MF_BYTES] = 4;
  if (!op)
    return m;
  const OperandInfo *last = &op->operands[op->noperands - 1];
  u32 type = op->type || !last->is_value ? op->type : last->sort.type;
  m.mem[MF_BYTES] = vtype_bits[type] / 8;
  return m;
}

static EvVal new_memarg(Trial *t, const ExampleX *x, const OpInst *op,
                        const Var *v) {
  EvVal m = trial_memarg(op);
  for (u32 f = 0; f < MF_COUNT; f++)
    m.mem[f] = (u32)setting(x, v, memfield_names[f], m.mem[f]);
  t->memarg_name = v ? v->name : "_";
  t->memarg = m;
  return m;
}

static EvVal new_imm(Trial *t, const ExampleX *x, const OpInst *op, Sort sort,
                     const Var *v) {
  const char *name = v ? v->name : "_";
  switch ((SortKind)sort.kind) {
  case SORT_MEMARG: return new_memarg(t, x, op, v);
  case SORT_TARGETS: return new_targets(t, x, v, name);
  case SORT_TARGET:
    return ev_bits(sort,
                   wide(new_target(t, name, (u32)setting(x, v, "trap", 0))));
  default:
    vec_push(t->g.arena, &t->others, name);
    return ev_bits(sort, wide(FIRST_OTHER + t->others.n - 1));
  }
}

EvVal trial_imm(Trial *t, const ExampleX *x, RuleMatch *m, const OpInst *op,
                Sort sort, const Node *n) {
  if (n->kind == N_CONST)
    return ev_bits(sort, wide(n->num));
  if (n->kind == N_WILD)
    return new_imm(t, x, op, sort, NULL);
  EvVal *v = &m->imm[n->var->index];
  if (!v->sort.kind)
    *v = new_imm(t, x, op, sort, n->var);
  return *v;
}

static bool left_node(Trial *t, const ExampleX *x, RuleMatch *m, const Node *n,
                      TrialNode *out) {
  const OpInst *op = &t->g.s->ops[n->op];
  *out = (TrialNode){.op = n->op};
  if (n->nkids > TRIAL_ARGS)
    return false;
  for (u32 k = 0; k < n->nkids; k++) {
    if (!op->operands[k].is_value) {
      out->args[k].imm =
          trial_imm(t, x, m, op, op->operands[k].sort, n->kids[k]);
      continue;
    }
    out->args[k].cls = trial_value(t, x, m, n->kids[k]);
    if (!out->args[k].cls)
      return false;
  }
  return true;
}

u32 trial_value(Trial *t, const ExampleX *x, RuleMatch *m, const Node *n) {
  TrialNode node;
  u32 c = 0;
  switch ((NodeKind)n->kind) {
  case N_WILD: return new_leaf(t, x, n->sort, "_");
  case N_VALCONST: c = make_const(t, n->sort.type, wide(n->num)); break;
  case N_VAR:
    if (!m->cls[n->var->index])
      m->cls[n->var->index] = new_leaf(t, x, n->sort, n->var->name);
    return m->cls[n->var->index];
  case N_OP: c = left_node(t, x, m, n, &node) ? make_node(t, node) : 0; break;
  case N_SHARED:
    c = trial_value(t, x, m, n->kids[0]);
    t->nodes.at[c].shared = true;
    return c;
  default: return 0;
  }
  if (c && n->var)
    m->cls[n->var->index] = c;
  return c;
}

u32 trial_left(Trial *t, const ExampleX *x, RuleMatch *m) {
  TrialNode root;
  *m = (RuleMatch){.x = x->x};
  m->cls = arena_array0(t->g.arena, u32, x->x->nvars + 1);
  m->imm = arena_array0(t->g.arena, EvVal, x->x->nvars + 1);
  if (!left_node(t, x, m, x->x->lhs, &root))
    return 0;
  put_in_order(t, &root);
  if (fold(t, &root))
    return 0;
  u32 c = enter(t, &root);
  if (x->x->lhs->var)
    m->cls[x->x->lhs->var->index] = c;
  return c;
}

// --- right sides ------------------------------------------------------

static bool right_ops(Trial *t, RuleMatch *m, TrialResult *r) {
  const RuleX *x = m->x;
  for (u32 k = 0; k < x->nstmts; k++) {
    const StmtX *s = &x->stmts[k];
    if (s->kind == SX_BIND) {
      m->cls[s->vars[0]->index] = match_term(&t->g, m, s->e);
      if (!m->cls[s->vars[0]->index])
        return false;
      continue;
    }
    if (r->n == 4 || s->e->kind != N_OP || s->e->nkids > TRIAL_ARGS)
      return false;
    r->op[r->n] = s->e->op;
    if (!match_op(&t->g, m, s->e, r->args[r->n++]))
      return false;
  }
  return true;
}

bool trial_right(Trial *t, RuleMatch *m, TrialResult *r) {
  const RuleX *x = m->x;
  *r = (TrialResult){.kind = x->rhs_kind};
  if (!match_lets(&t->g, m))
    return false;
  if (x->rhs_kind == RHS_TERM && x->rule->is_skeleton) {
    if (x->rhs[0]->kind != N_OP)
      return false;
    r->op[0] = x->rhs[0]->op;
    r->n = 1;
    return x->rhs[0]->kind == N_OP && x->rhs[0]->nkids <= TRIAL_ARGS &&
           match_op(&t->g, m, x->rhs[0], r->args[0]);
  }
  if (x->rhs_kind == RHS_TRAP) {
    r->trap = x->trap_var ? (u32)ev_u64(&m->imm[x->trap_var->index])
                          : eval_trap_code(x->trap);
    return true;
  }
  if (x->rhs_kind == RHS_STMTS)
    return right_ops(t, m, r);
  for (u32 k = 0; k < x->nrhs && k < 4; k++) {
    r->cls[k] = match_term(&t->g, m, x->rhs[k]);
    if (!r->cls[k])
      return false;
    r->n++;
  }
  return true;
}

static bool ops_equal(const Trial *t, u32 op, const MatchArg *x,
                      const MatchArg *y) {
  TrialNode a = {.op = op}, b = {.op = op};
  memcpy(a.args, x, sizeof a.args);
  memcpy(b.args, y, sizeof b.args);
  return same_node(t, &a, &b);
}

bool trial_equal(const Trial *t, const TrialResult *x, const TrialResult *y) {
  if (x->kind != y->kind || x->n != y->n || x->trap != y->trap)
    return false;
  for (u32 k = 0; k < x->n; k++)
    if (x->cls[k] != y->cls[k] || x->op[k] != y->op[k] ||
        (x->op[k] && !ops_equal(t, x->op[k], x->args[k], y->args[k])))
      return false;
  return true;
}
