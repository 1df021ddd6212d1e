// A pattern is laid out as places: the root, then every op and literal below
// it. All members are tried for each place, outermost place first; when all
// places have a node, variables are bound and the clauses asked.
#include "rulec/test/match.h"

typedef struct Place {
  const Node *pat;
  u8 wrap;    // N_SINK, N_ONCE, or 0
  u32 parent; // place
  u32 operand;
  u32 depth;
  u32 node; // tried now
  u32 member;
} Place;

typedef struct Matching {
  MatchGraph *g;
  const RuleX *x;
  RuleMatches *out;
  u32 n;
  Place at[MATCH_PLACES];
} Matching;

static bool is_place(const Node *n) {
  return n->kind == N_OP || n->kind == N_VALCONST;
}

// By depth, operands in order: the order in which members count. False if there
// are too many; generators refuse such rules.
static bool lay_out(Matching *m, const Node *root) {
  m->at[m->n++] = (Place){.pat = root};
  for (u32 p = 0; p < m->n; p++) {
    const Node *pat = m->at[p].pat;
    if (pat->kind != N_OP)
      continue;
    for (u32 k = 0; k < pat->nkids; k++) {
      const Node *kid = pat->kids[k];
      bool wrapped = kid->kind == N_SINK || kid->kind == N_ONCE;
      if (!is_place(wrapped ? kid->kids[0] : kid))
        continue;
      if (m->n == MATCH_PLACES)
        return false;
      m->at[m->n++] = (Place){.pat = wrapped ? kid->kids[0] : kid,
                              .wrap = wrapped ? kid->kind : 0,
                              .parent = p,
                              .operand = k,
                              .depth = m->at[p].depth + 1};
    }
  }
  return true;
}

// A literal is the constant op of its type with that number.
static bool is_literal(MatchGraph *g, const Node *pat, u32 node) {
  const OpInst *op = &g->s->ops[g->op(g, node)];
  if (!(op->flags & OF_FLOATS) || op->type != pat->sort.type ||
      op->noperands != 1)
    return false;
  EvVal k = g->imm(g, node, 0);
  return wide_equal(k.bits, wide_keep(wide(pat->num), pat->sort.bits));
}

static bool place_fits(MatchGraph *g, const Node *pat, u32 node) {
  return pat->kind == N_OP ? g->op(g, node) == pat->op
                           : is_literal(g, pat, node);
}

// --- variables --------------------------------------------------------

static bool bind_value(MatchGraph *g, RuleMatch *r, const Var *v, u32 cls) {
  if (r->cls[v->index])
    return g->same(g, r->cls[v->index], cls);
  r->cls[v->index] = cls;
  eval_bind(&g->eval, v, ev_bits(v->sort, wide(0))); // its value is not known
  return true;
}

static bool bind_imm(MatchGraph *g, RuleMatch *r, const Var *v, EvVal x,
                     bool *set) {
  x.sort = v->sort;
  if (set[v->index])
    return ev_equal(&r->imm[v->index], &x);
  set[v->index] = true;
  r->imm[v->index] = x;
  eval_bind(&g->eval, v, x);
  return true;
}

static bool bind_kid(MatchGraph *g, RuleMatch *r, const Place *p, u32 k,
                     bool *set) {
  const Node *kid = p->pat->kids[k];
  bool value = g->s->ops[p->pat->op].operands[k].is_value;
  if (kid->kind == N_VAR)
    return value ? bind_value(g, r, kid->var, g->value(g, p->node, k))
                 : bind_imm(g, r, kid->var, g->imm(g, p->node, k), set);
  if (kid->kind == N_CONST) {
    EvVal x = g->imm(g, p->node, k);
    return wide_equal(x.bits, wide(kid->num));
  }
  return true;
}

static bool bind_all(Matching *m, RuleMatch *r) {
  bool *set = arena_array0(m->g->arena, bool, m->x->nvars + 1);
  for (u32 p = 0; p < m->n; p++) {
    const Place *at = &m->at[p];
    u32 cls = m->g->cls(m->g, at->node);
    if (at->pat->var && !bind_value(m->g, r, at->pat->var, cls))
      return false;
    for (u32 k = 0; at->pat->kind == N_OP && k < at->pat->nkids; k++)
      if (!bind_kid(m->g, r, at, k, set))
        return false;
  }
  return true;
}

// --- clauses ----------------------------------------------------------

typedef struct FactUser {
  MatchGraph *g;
  RuleMatch *r;
} FactUser;

static EvVal fact_of(Eval *e, const Node *fact, const EvVal *x) {
  const FactUser *u = e->user;
  const Node *of = fact->kids[0];
  if (of->kind != N_VAR || !u->r->cls[of->var->index])
    return eval_fact_none(e, fact, x);
  return u->g->fact(u->g, fact, u->r->cls[of->var->index]);
}

EvVal match_expr(MatchGraph *g, RuleMatch *m, const Node *n) {
  FactUser user = {g, m};
  g->eval.user = &user;
  g->eval.fact = fact_of;
  g->eval.fuel = MATCH_FUEL;
  EvVal v = eval_node(&g->eval, n);
  g->eval.user = NULL;
  return v;
}

static bool clauses_hold(MatchGraph *g, RuleMatch *r) {
  for (u32 i = 0; i < r->x->nclauses; i++) {
    const ClauseInfo *c = &r->x->clauses[i];
    if (c->let && c->let->kind == VAR_LET_TERM)
      continue;
    EvVal v = match_expr(g, r, c->e);
    if (c->let) { // nothing matters only where it is asked for
      r->imm[c->let->index] = v;
      eval_bind(&g->eval, c->let, v);
    } else if (!ev_true(&v)) {
      return false;
    }
  }
  return true;
}

static void rebind(MatchGraph *g, const RuleMatch *m) {
  g->eval.env.n = 0;
  for (u32 i = 0; i < m->x->nvars; i++) {
    const Var *v = m->x->vars[i];
    if (v && (v->kind == VAR_IMM || v->kind == VAR_LET_IMM))
      eval_bind(&g->eval, v, m->imm[i]);
    else if (v)
      eval_bind(&g->eval, v, ev_bits(v->sort, wide(0)));
  }
}

bool match_clauses(MatchGraph *g, RuleMatch *m) {
  rebind(g, m);
  return clauses_hold(g, m);
}

// --- places -----------------------------------------------------------

static u64 members_of(const Matching *m) {
  u64 key = 0;
  for (u32 p = 1; p < m->n && p <= 16; p++)
    key |= (u64)m->at[p].member << (4 * (p - 1));
  return key;
}

// What `sink` and `once` ask.
static bool wraps_hold(const Matching *m) {
  for (u32 p = 1; p < m->n; p++) {
    const Place *at = &m->at[p];
    bool once = true;
    for (u32 q = at->parent; q; q = m->at[q].parent)
      once &= m->g->once && m->g->once(m->g, m->at[q].node);
    if (at->wrap == N_ONCE && !(m->g->once && m->g->once(m->g, at->node)))
      return false;
    if (at->wrap == N_SINK && !(m->g->sink && m->g->sink(m->g, at->node, once)))
      return false;
  }
  return true;
}

static void found(Matching *m) {
  MatchGraph *g = m->g;
  RuleMatch r = {.x = m->x, .members = members_of(m)};
  r.cls = arena_array0(g->arena, u32, m->x->nvars + 1);
  r.imm = arena_array0(g->arena, EvVal, m->x->nvars + 1);
  g->eval.env.n = 0;
  if (wraps_hold(m) && bind_all(m, &r) && clauses_hold(g, &r))
    vec_push(g->arena, m->out, r);
}

static void try_place(Matching *m, u32 p) {
  if (p == m->n) {
    found(m);
    return;
  }
  Place *at = &m->at[p];
  u32 cls = m->g->value(m->g, m->at[at->parent].node, at->operand);
  for (u32 i = 0; (at->node = m->g->member(m->g, cls, i)); i++) {
    at->member = i;
    if (place_fits(m->g, at->pat, at->node))
      try_place(m, p + 1);
  }
}

static void sort_members(RuleMatches *v, u32 from) {
  for (u32 i = from + 1; i < v->n; i++) {
    RuleMatch r = v->at[i];
    u32 k = i;
    for (; k > from && v->at[k - 1].members > r.members; k--)
      v->at[k] = v->at[k - 1];
    v->at[k] = r;
  }
}

void match_find(MatchGraph *g, const RuleX *x, u32 node, RuleMatches *out) {
  Matching m = {.g = g, .x = x, .out = out};
  u32 from = out->n;
  if (g->op(g, node) != x->lhs->op)
    return;
  if (!lay_out(&m, x->lhs))
    return;
  m.at[0].node = node;
  try_place(&m, 1);
  sort_members(out, from);
}

// --- right sides ------------------------------------------------------

bool match_op(MatchGraph *g, RuleMatch *m, const Node *n, MatchArg *args) {
  const OpInst *op = &g->s->ops[n->op];
  for (u32 k = 0; k < n->nkids; k++) {
    if (op->operands[k].is_value) {
      args[k].cls = match_term(g, m, n->kids[k]);
      if (!args[k].cls)
        return false;
      continue;
    }
    rebind(g, m);
    args[k].imm = match_expr(g, m, n->kids[k]);
    if (!ev_ok(&args[k].imm))
      return false;
    args[k].imm.sort = op->operands[k].sort;
  }
  return true;
}

u32 match_term(MatchGraph *g, RuleMatch *m, const Node *n) {
  MatchArg args[MATCH_ARGS];
  if (n->kind == N_VAR)
    return m->cls[n->var->index];
  if (n->kind != N_OP || n->nkids > MATCH_ARGS)
    return 0;
  return match_op(g, m, n, args) ? g->make(g, n->op, args) : 0;
}

bool match_lets(MatchGraph *g, RuleMatch *m) {
  for (u32 i = 0; i < m->x->nclauses; i++) {
    const ClauseInfo *c = &m->x->clauses[i];
    if (!c->let || c->let->kind != VAR_LET_TERM)
      continue;
    m->cls[c->let->index] = match_term(g, m, c->e);
    if (!m->cls[c->let->index])
      return false;
  }
  return true;
}
