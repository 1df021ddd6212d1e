// Law 3(c): no cycle through rules that the measure does not order.
//
// Rules whose measure falls end, all of them together (3b). The others are
// *expanding*: they use a value more often than their left has it, or were
// allowed to cost more. From one expanding rule to another there is an edge if
// some op on the first's right side, its operands that are ops forgotten, may
// be one that the second's left takes, up to `sym`. A rule on a cycle is
// refused.
//
// What could not be on a cycle is taken away first, by opcodes alone: a rule
// none of whose right side's ops is the root of a rule that is left. Little
// survives that; a search from each of those finds the shortest cycle. A rule
// that feeds itself only smaller operands than it took (x * (y + 1) makes x *
// y) is on no cycle by that.
//
// A second look finds the pair that is no cycle of expanding rules but turns
// for ever all the same: an expanding rule whose whole right side another rule,
// of any kind, makes into the left again.
#include "rulec/check/laws.h"

enum { MOST_EDGES = 1 << 19 }; // looked at, in the whole set

typedef struct Cycle {
  Laws *l;
  u32 n;
  LawRule **rule;    // expanding rules
  bool *gone;        // not on any cycle, or said
  u32 *roots;        // by opcode: expanding rules left that match there
  u32 *first, *next; // by opcode: the rules, chained by position; + 1
  u32 edges;         // looked at so far
} Cycle;

// --- what a right side makes ------------------------------------------

typedef bool MadeFn(void *user, const Node *n); // false to stop

typedef struct MadeWalk {
  const RuleTerms *t;
  MadeFn *fn;
  void *user;
  bool stopped;
} MadeWalk;

static void walk_made(void *user, const Node *n) {
  MadeWalk *w = user;
  if (n->kind != N_OP || w->stopped || is_const_term(w->t->s, n))
    return;
  if (!w->fn(w->user, n)) {
    w->stopped = true;
    return;
  }
  for (u32 i = 0; i < n->nkids; i++)
    walk_made(w, n->kids[i]);
}

// Every op that the right side makes, terms of `let` too.
static bool for_made(const LawRule *r, MadeFn *fn, void *user) {
  MadeWalk w = {&r->t, fn, user, false};
  right_terms(r->x, walk_made, &w);
  for (u32 i = 0; i < r->x->nclauses; i++)
    if (r->x->clauses[i].let && r->x->clauses[i].let->kind == VAR_LET_TERM)
      walk_made(&w, r->x->clauses[i].e);
  return !w.stopped;
}

// --- taking away ------------------------------------------------------

static void count_roots(Cycle *c, const LawRule *r, u32 by) {
  u32 op = r->x->lhs->op, other = c->l->s->ops[op].sym_op;
  c->roots[op] += by;
  if (other && other != op)
    c->roots[other] += by;
}

static bool is_not_root(void *user, const Node *n) {
  const Cycle *c = user;
  return !c->roots[n->op];
}

static void trim(Cycle *c) {
  for (u32 i = 0; i < c->n; i++)
    if (!c->gone[i])
      count_roots(c, c->rule[i], 1);
  for (bool more = true; more;) {
    more = false;
    for (u32 i = 0; i < c->n; i++) {
      if (c->gone[i] || !for_made(c->rule[i], is_not_root, c))
        continue;
      c->gone[i] = more = true;
      count_roots(c, c->rule[i], ~0u);
    }
  }
}

// --- edges ------------------------------------------------------------

static bool may_be(const Sema *s, const Node *made, const Node *left) {
  if (left->kind == N_VAR || left->kind == N_WILD)
    return true;
  if (!is_const_term(s, made))
    return true; // a variable, or an op that is forgotten
  if (!is_const_term(s, left))
    return false;
  const Node *x = const_imm(made), *y = const_imm(left);
  if ((x && x->kind != N_CONST) || (y && y->kind != N_CONST))
    return true;
  return (x ? x->num : made->num) == (y ? y->num : left->num);
}

static bool fits(const Sema *s, const Node *made, const Node *left) {
  if (made->op != left->op || made->nkids != left->nkids)
    return false;
  for (u32 i = 0; i < made->nkids; i++)
    if (s->ops[left->op].operands[i].is_value &&
        !may_be(s, made->kids[i], left->kids[i]))
      return false;
  return true;
}

static bool may_follow(const Sema *s, const Node *made, const RuleX *to) {
  const Rule *rule = to->rule;
  for (u32 i = rule->first; i < rule->first + rule->count; i++)
    if (s->rulexs[i].expansion == to->expansion &&
        fits(s, made, s->rulexs[i].lhs))
      return true;
  return false;
}

// --- a rule that feeds itself -----------------------------------------

static bool is_below(const RuleTerms *t, u64 hash, const Node *n) {
  for (u32 i = 0; i < n->nkids; i++)
    if (n->sort.kind == SORT_VALUE && n->kind == N_OP &&
        (term_hash(t, n->kids[i]) == hash || is_below(t, hash, n->kids[i])))
      return true;
  return false;
}

// Whether the operands of an op that r makes are, as a multiset, less than
// those of its left: leaving out what both have, each is a part of one of the
// left's. So r, asked again there, has less to take apart: that ends.
static bool descends(const LawRule *r, const Node *made) {
  const RuleTerms *t = &r->t;
  const Node *left = r->x->lhs;
  u32 taken = 0, more = 0, n = made->nkids < 8 ? made->nkids : 8;
  bool fresh[8] = {false};
  for (u32 i = 0; i < n; i++) {
    u64 h = term_hash(t, made->kids[i]);
    u32 k = 0;
    while (k < left->nkids &&
           (taken >> k & 1 || term_hash(t, left->kids[k]) != h))
      k++;
    fresh[i] = k == left->nkids;
    more += fresh[i];
    taken |= fresh[i] ? 0 : 1u << k;
  }
  for (u32 i = 0; i < n; i++) {
    bool ok = !fresh[i];
    for (u32 k = 0; k < left->nkids && !ok; k++)
      ok = !(taken >> k & 1) &&
           is_below(t, term_hash(t, made->kids[i]), left->kids[k]);
    if (!ok)
      return false;
  }
  return more > 0;
}

// --- cycles -----------------------------------------------------------

// Breadth first: the shortest way from `goal` back to it.
typedef struct Search {
  Cycle *c;
  u32 goal, at; // the rule whose right side is looked at
  u32 *via;     // what comes before; c->n: not reached
  u32 *queue, tail;
  bool found;
} Search;

static bool follow(void *user, const Node *made) {
  Search *m = user;
  Cycle *c = m->c;
  u32 op = op_least(c->l->s, made->op);
  for (u32 i = c->first[op]; i; i = c->next[i - 1]) {
    u32 k = i - 1;
    if (c->gone[k] || (k != m->goal && m->via[k] != c->n))
      continue;
    c->edges++;
    if (!may_follow(c->l->s, made, c->rule[k]->x))
      continue;
    if (k == m->at && descends(c->rule[k], made))
      continue;
    if (k == m->goal) {
      m->found = true;
      return false;
    }
    m->via[k] = m->at;
    m->queue[m->tail++] = k;
  }
  return c->edges < MOST_EDGES;
}

// True if there is a cycle through m->goal: m->at is the last before it.
static bool search(Search *m) {
  const Cycle *c = m->c;
  for (u32 k = 0; k < c->n; k++)
    m->via[k] = c->n;
  m->queue[0] = m->goal;
  m->tail = 1;
  m->found = false;
  for (u32 head = 0; head < m->tail && !m->found; head++) {
    m->at = m->queue[head];
    if (!for_made(c->rule[m->at], follow, m))
      break;
  }
  return m->found;
}

static void say_cycle(Cycle *c, u32 i, u32 last, const u32 *via) {
  Laws *l = c->l;
  const LawRule *r = c->rule[i];
  const char *way = law_name(r);
  u32 *steps = arena_array(l->arena, u32, c->n + 1), n = 0;
  for (u32 k = last; k != i; k = via[k]) {
    way = arena_printf(l->arena, "%s -> %s", law_name(c->rule[k]), way);
    steps[n++] = k;
  }
  u32 d = diag_add(l->d, E_CYCLE, law_right_place(r),
                   "`%s` may rewrite its own result for ever%s: %s -> %s",
                   law_name(r), law_at(l, r), law_name(r), way);
  for (; n; c->gone[steps[n]] = true)
    diag_note(l->d, d, law_decl(c->rule[steps[--n]])->loc,
              "by way of this rule");
  const Var *v = more_often(&r->t, &r->left, &r->right);
  if (v)
    diag_note(l->d, d, law_place(law_decl(r), NULL),
              "no measure falls here: `%s` is used more often on the right "
              "than on the left",
              v->name);
  diag_help(l->d, d,
            "make what the rule produces one that none of these takes: another "
            "op, or a constant that the guard excludes");
}

static void mark_rule(Cycle *c, const Rule *rule) {
  for (u32 k = 0; k < c->n; k++)
    if (c->rule[k]->x->rule == rule) {
      c->gone[k] = true;
      c->rule[k]->refused = !law_allows(c->rule[k], "E-CYCLE");
    }
}

static void chain_rules(Cycle *c) {
  const Sema *s = c->l->s;
  c->first = arena_array0(c->l->arena, u32, s->nops + 1);
  c->next = arena_array0(c->l->arena, u32, c->n + 1);
  for (u32 i = c->n; i-- > 0;) {
    u32 op = op_least(s, c->rule[i]->x->lhs->op);
    if (c->gone[i])
      continue;
    c->next[i] = c->first[op];
    c->first[op] = i + 1;
  }
}

static void find_cycles(Cycle *c) {
  Search m = {.c = c,
              .via = arena_array(c->l->arena, u32, c->n + 1),
              .queue = arena_array(c->l->arena, u32, c->n + 1)};
  chain_rules(c);
  for (u32 k = 0; k < 2 * c->n && c->edges < MOST_EDGES; k++) {
    u32 i = m.goal = k % c->n; // an author's own first, then those built in
    if (c->gone[i] || law_is_own(c->l, c->rule[i]->x->rule) != (k < c->n) ||
        !search(&m))
      continue;
    say_cycle(c, i, m.at, m.via);
    mark_rule(c, c->rule[i]->x->rule);
  }
}

// --- pairs that undo each other ---------------------------------------

typedef struct Undo {
  Laws *l;
  const LawRule *r;
  u64 left;
  const Rule *by;
} Undo;

static bool check_undo(void *user, const RuleTerms *b) {
  Undo *u = user;
  if (b->x->rule->is_remat || b->x->rule == u->r->x->rule ||
      b->x->rhs_kind != RHS_TERM || terms_right(b, false) != u->left)
    return true;
  u->by = b->x->rule;
  const Decl *by = u->by->decl;
  bool own = !law_is_own(u->l, u->r->x->rule) && law_is_own(u->l, u->by);
  u32 i = diag_add(u->l->d, E_CYCLE, own ? by->loc : law_right_place(u->r),
                   "`%s` %s%s", own ? by->name.s : law_name(u->r),
                   own ? arena_printf(u->l->arena, "turns back what `%s` makes",
                                      law_name(u->r))
                       : arena_printf(u->l->arena, "makes what `%s` turns back",
                                      by->name.s),
                   law_at(u->l, u->r));
  diag_note(u->l->d, i, own ? law_right_place(u->r) : by->loc,
            "the other direction is here");
  diag_help(u->l->d, i, "keep one of the two directions");
  return false;
}

// The rule that undoes r, or null.
static const Rule *find_undo(Cycle *c, const LawRule *r) {
  const RuleX *x = r->x;
  if (x->rhs_kind != RHS_TERM || x->nrhs != 1 || x->rhs[0]->kind == N_VAR)
    return NULL;
  Undo u = {c->l, r, term_hash(&r->t, x->lhs), NULL};
  left_lookup(c->l->lefts, &r->t, x->rhs[0], check_undo, &u);
  return u.by;
}

static void find_undos(Cycle *c) {
  for (u32 i = 0; i < c->n; i++) {
    const Rule *by = c->gone[i] ? NULL : find_undo(c, c->rule[i]);
    if (!by)
      continue;
    mark_rule(c, c->rule[i]->x->rule);
    mark_rule(c, by);
  }
}

void law_cycle(Laws *l) {
  Cycle c = {.l = l,
             .rule = arena_array(l->arena, LawRule *, l->n + 1),
             .roots = arena_array0(l->arena, u32, l->s->nops + 1)};
  for (u32 i = 0; i < l->n; i++)
    if (!l->at[i].falls && !l->at[i].refused)
      c.rule[c.n++] = &l->at[i];
  c.gone = arena_array0(l->arena, bool, c.n + 1);
  find_undos(&c);
  trim(&c);
  find_cycles(&c);
}
