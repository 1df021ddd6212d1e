// Law 3(d), sampled: on chains the work per node given must not rise.
//
// For each op whose operands are of the type that it gives: combs to the left
// and to the right, balanced trees, diamonds (`x = op x x`), with leaves that
// are all different, all the same, or constants; 64 long. For each rule that
// keeps its left beside its right (no `subsume`), or is not ordered by the
// measure: its own left side, put into itself 16 times where a variable of the
// same type stands. All rules that are not refused take part (sim.h), limits
// off. If the second half of a chain makes more than a quarter more nodes per
// node given than all of it should, or the fuel runs out, the rule that made
// most of them is refused and the chain shown.
//
// An op is looked at only if some rule's left is made of it and constants
// alone: no other can fire on such a chain first. The second kind of chain has
// a budget for the whole set, spent in order of the files.
#include "rulec/check/laws.h"
#include "rulec/check/sim.h"

enum {
  LONG = 64,
  NESTED = 16,
  MOST_NODES = 6000,
  MOST_STEPS = 1 << 19,
  ALL_STEPS = 1 << 23, // over all nested lefts
  MOST_FOUND = 20,     // rules: enough for one run
};

typedef enum ShapeKind { COMB_LEFT, COMB_RIGHT, BALANCED, DIAMOND } ShapeKind;
typedef enum LeafKind { LEAF_OWN, LEAF_SAME, LEAF_CONST } LeafKind;

static const char *const shape_text[] = {
    "a comb to the left", "a comb to the right", "a balanced tree", "diamonds"};
static const char *const leaf_text[] = {"different leaves", "equal leaves",
                                        "constant leaves"};

typedef struct Grow {
  Laws *l;
  Sim *sim;
  u64 *skip; // by Rule.index: refused, by other laws or here
  u32 found;
} Grow;

// --- what is measured -------------------------------------------------

typedef struct Made { // nodes after so many given
  u32 half, all;
} Made;

// Nodes per node given, the whole against the half: more than 5/4. Fuel that
// ran out over few nodes went into looking at very many rules, which is no
// growth.
static bool rises(const Grow *g, Made m, u32 given) {
  if (sim_tired(g->sim))
    return m.all > 4 * given;
  return (u64)m.all * (given / 2) * 4 > (u64)m.half * given * 5;
}

static const LawRule *law_rule(const Laws *l, const Rule *r) {
  for (u32 i = 0; i < l->n; i++)
    if (l->at[i].x->rule == r)
      return &l->at[i];
  return NULL;
}

// The others are looked at without it.
static void leave_out(Grow *g, const Rule *r) {
  bit_add(g->skip, r->index);
  g->found++;
  sim_free(g->sim);
  g->sim = sim_new(g->l->arena, g->l->s, g->skip);
}

// chain: what it is, in words; text: its beginning, spelled.
static void say(Grow *g, const char *chain, const char *text, u32 given,
                Made m) {
  const Rule *r = sim_busiest(g->sim);
  const LawRule *x = r ? law_rule(g->l, r) : NULL;
  if (!x)
    return;
  u32 i = diag_add(g->l->d, E_GROW, law_right_place(x),
                   sim_tired(g->sim)
                       ? "`%s`: no end of work on %s: %u nodes given, %u made "
                         "when the fuel ran out"
                       : "`%s`: the work grows faster than the program on %s: "
                         "%u nodes given, %u made",
                   law_name(x), chain, given, m.all);
  diag_note(g->l->d, i, law_decl(x)->loc,
            sim_tired(g->sim)
                ? "%s, and so on"
                : "%s, and so on: for %u nodes given %u are made, and nodes "
                  "made per node given must not rise",
            text, given / 2, m.half);
  diag_help(g->l->d, i,
            "=> subsume ..., so that the left is not looked at again; or a "
            "guard that holds in one direction only");
  leave_out(g, r);
}

// --- chains of one op -------------------------------------------------

typedef struct Chain {
  u32 op;
  ShapeKind shape;
  LeafKind leaf;
  VType type;      // what the op gives
  u32 nkids;       // value operands
  VType kids[4];   // their types
  u32 first, last; // operands of the op's own type
} Chain;

// In a tree every other leaf is a value: one of constants alone would fold.
static u32 leaf(Grow *g, const Chain *c, VType type, u32 *same, u32 i) {
  u32 op = sema_const_op(g->l->s, type);
  bool value = c->shape == BALANCED && i % 2 == 0;
  if (c->leaf == LEAF_CONST && !value && op && type != VT_REF)
    return sim_const(g->sim, op,
                     (type == VT_F32 || type == VT_F64)
                         ? 0x40000000u + i % (LONG / 2)
                         : 2 * (i % (LONG / 2)) + 3);
  if (c->leaf != LEAF_SAME)
    return sim_leaf(g->sim, type);
  if (!same[type])
    same[type] = sim_leaf(g->sim, type);
  return same[type];
}

// The op with x at `at` (and everywhere, in a diamond), leaves elsewhere.
static u32 link_op(Grow *g, const Chain *c, u32 x, u32 at, u32 *same, u32 i) {
  u32 kids[4] = {0};
  for (u32 k = 0; k < c->nkids; k++) {
    bool own = c->kids[k] == c->type;
    kids[k] = k == at || (own && c->shape == DIAMOND)
                  ? x
                  : leaf(g, c, c->kids[k], same, i);
  }
  return sim_op(g->sim, c->op, kids, 0);
}

static u32 balanced(Grow *g, const Chain *c, u32 n, u32 *same, u32 *i) {
  if (n == 0)
    return leaf(g, c, c->type, same, (*i)++);
  u32 kids[4] = {0};
  u32 left = (n - 1) / 2;
  for (u32 k = 0; k < c->nkids; k++)
    kids[k] = k == c->first  ? balanced(g, c, left, same, i)
              : k == c->last ? balanced(g, c, n - 1 - left, same, i)
                             : leaf(g, c, c->kids[k], same, *i);
  return sim_op(g->sim, c->op, kids, 0);
}

static Made run_chain(Grow *g, const Chain *c) {
  Made m = {0};
  u32 same[VT_COUNT] = {0}, i = 0;
  sim_start(g->sim, MOST_NODES, MOST_STEPS);
  if (c->shape == BALANCED) {
    balanced(g, c, LONG / 2 - 1, same, &i); // a whole tree
    m.half = sim_made(g->sim);
    sim_start(g->sim, MOST_NODES, MOST_STEPS);
    memset(same, 0, sizeof same);
    balanced(g, c, LONG - 1, same, &i);
  } else {
    Chain own = *c; // a chain of constants alone would fold
    own.leaf = LEAF_OWN;
    u32 x = leaf(g, &own, c->type, same, 0);
    for (; i < LONG && x; i++) {
      x = link_op(g, c, x, c->shape == COMB_LEFT ? c->first : c->last, same, i);
      if (i + 1 == LONG / 2)
        m.half = sim_made(g->sim);
    }
  }
  m.all = sim_made(g->sim);
  return m;
}

static void spell_leaf(Text *t, const Chain *c, VType type, u32 *i) {
  u32 k = ++*i;
  bool value = c->shape == BALANCED && k % 2 == 1;
  if (c->leaf == LEAF_CONST && !value && type != VT_REF)
    text_add(t, " %u", 2 * k + 1);
  else if (c->leaf == LEAF_SAME || c->shape == DIAMOND)
    text_add(t, type == c->type ? " v" : " c");
  else
    text_add(t, " v%u", k);
}

// So many levels of the chain.
static void spell(Text *t, const Sema *s, const Chain *c, u32 levels, u32 *i) {
  text_add(t, "(%s", s->ops[c->op].text);
  for (u32 k = 0; k < c->nkids; k++) {
    bool below = c->shape == DIAMOND      ? c->kids[k] == c->type
                 : c->shape == COMB_LEFT  ? k == c->first
                 : c->shape == COMB_RIGHT ? k == c->last
                                          : k == c->first || k == c->last;
    if (below && levels > 1) {
      text_add(t, " ");
      spell(t, s, c, levels - 1, i);
    } else if (below && c->shape <= COMB_RIGHT) {
      text_add(t, " v");
    } else {
      spell_leaf(t, c, c->kids[k], i);
    }
  }
  text_add(t, ")");
}

static void try_chain(Grow *g, const Chain *c) {
  Made m = run_chain(g, c);
  u32 given = c->shape == BALANCED ? LONG - 1 : LONG;
  if (!rises(g, m, given))
    return;
  Text t = {.arena = g->l->arena};
  u32 i = 0;
  spell(&t, g->l->s, c, c->shape <= COMB_RIGHT ? 3 : 2, &i);
  say(g,
      arena_printf(g->l->arena, "%s of %s with %s", shape_text[c->shape],
                   g->l->s->ops[c->op].text, leaf_text[c->leaf]),
      text_str(&t), given, m);
}

// False if the op cannot stand under itself.
static bool chain_of(const Sema *s, u32 op, Chain *c) {
  const OpInst *o = &s->ops[op];
  *c = (Chain){.op = op, .type = (VType)o->type, .first = 4};
  if (!o->type || o->noperands > 4)
    return false;
  for (u32 i = 0; i < o->noperands; i++) {
    if (!o->operands[i].is_value || o->operands[i].sort.kind != SORT_VALUE)
      return false;
    c->kids[c->nkids++] = (VType)o->operands[i].sort.type;
    if (o->operands[i].sort.type != o->type)
      continue;
    c->first = c->first == 4 ? i : c->first;
    c->last = i;
  }
  return c->first != 4;
}

static void try_op(Grow *g, u32 op) {
  Chain c;
  if (!chain_of(g->l->s, op, &c))
    return;
  bool one = c.first == c.last;
  for (u32 shape = COMB_LEFT; shape <= DIAMOND; shape++) {
    if (one && shape != COMB_LEFT)
      continue;
    for (u32 k = LEAF_OWN; k <= LEAF_CONST; k++) {
      if ((shape == DIAMOND || c.nkids == 1) && k != LEAF_OWN)
        continue;
      c.shape = (ShapeKind)shape;
      c.leaf = (LeafKind)k;
      try_chain(g, &c);
    }
  }
}

// Whether the left is made of op, its mirror image and constants.
static bool only_of(const Sema *s, const Node *n, u32 op) {
  if (n->kind != N_OP || is_const_term(s, n))
    return true;
  if (op_least(s, n->op) != op)
    return false;
  for (u32 i = 0; i < n->nkids; i++)
    if (!only_of(s, n->kids[i], op))
      return false;
  return true;
}

static void try_ops(Grow *g) {
  const Laws *l = g->l;
  u64 *wanted = arena_array0(l->arena, u64, bit_words(l->s->nops + 1));
  for (u32 i = 0; i < l->n; i++) {
    const RuleX *x = l->at[i].x;
    u32 op = op_least(l->s, x->lhs->op);
    if (!l->at[i].refused && sim_takes(g->sim, x) && only_of(l->s, x->lhs, op))
      bit_add(wanted, op);
  }
  for (u32 op = 1; op < l->s->nops && g->found < MOST_FOUND; op++)
    if (bit_has(wanted, op))
      try_op(g, op);
}

// --- a rule's left in itself ------------------------------------------

// Immediates at which the guards hold, small ones first.
static bool find_imms(Grow *g, const RuleX *x, u128 *imm) {
  static const u32 tries[] = {1,  2,  3,  4,  5,  7,   8,     16,
                              24, 31, 32, 33, 63, 255, 0xffff};
  enum { NTRIES = sizeof tries / sizeof tries[0] };
  for (u32 t = 0; t < NTRIES * 4; t++) {
    u32 k = t;
    for (u32 i = 0; i < x->nvars; i++) {
      const Var *v = x->vars[i];
      if (!v || v->kind != VAR_IMM)
        continue;
      imm[i] = tries[k % NTRIES];
      k = k / NTRIES + k + 3;
      if (v->sort.bits && v->sort.bits < 128)
        imm[i] &= ((u128)1 << v->sort.bits) - 1;
    }
    if (sim_guards(g->sim, x, imm))
      return true;
  }
  return false;
}

// Copies of the left, each in the place of variable v of the next.
static Made nest(Grow *g, const RuleX *x, u32 v, const u128 *imm) {
  Made m = {0};
  u32 *value = arena_array(g->l->arena, u32, x->nvars + 1), in = 0;
  for (u32 i = 0; i < NESTED; i++) {
    memset(value, 0, sizeof *value * (x->nvars + 1));
    value[v] = in;
    in = sim_term(g->sim, x->lhs, value, imm);
    if (!in)
      break;
    if (i + 1 == NESTED / 2)
      m.half = sim_made(g->sim);
  }
  m.all = sim_made(g->sim);
  return m;
}

static u32 count_ops(const Sema *s, const Node *n) {
  u32 k = n->kind == N_OP && !is_const_term(s, n);
  for (u32 i = 0; i < n->nkids; i++)
    k += count_ops(s, n->kids[i]);
  return k;
}

// The first variable of the type that the rule gives.
static u32 nest_var(const LawRule *r) {
  for (u32 i = 0; i < r->x->nvars; i++) {
    const Var *v = r->x->vars[i];
    if (v && v->kind == VAR_VALUE && !r->t.def[i] && r->left.vars[i] &&
        v->sort.type == r->x->lhs->sort.type)
      return i;
  }
  return r->x->nvars;
}

static u32 try_nested(Grow *g, const LawRule *r, u32 budget) {
  const RuleX *x = r->x;
  u32 v = nest_var(r), steps = budget < MOST_STEPS ? budget : MOST_STEPS;
  u128 *imm = arena_array0(g->l->arena, u128, x->nvars + 1);
  if (v == x->nvars)
    return 0;
  sim_start(g->sim, MOST_NODES, steps);
  if (!find_imms(g, x, imm))
    return 0;
  Made m = nest(g, x, v, imm);
  u32 given = NESTED * count_ops(g->l->s, x->lhs);
  u32 used = steps - sim_left(g->sim);
  if (steps == MOST_STEPS && rises(g, m, given)) {
    Text t = {.arena = g->l->arena};
    node_print(&t, g->l->s, x->lhs);
    say(g,
        arena_printf(g->l->arena, "the left of `%s` put into itself at `%s`",
                     law_name(r), x->vars[v]->name),
        text_str(&t), given, m);
  }
  return used;
}

static void try_lefts(Grow *g) {
  const Laws *l = g->l;
  u32 budget = ALL_STEPS;
  for (u32 i = 0; i < l->n && budget > MOST_STEPS && g->found < MOST_FOUND;
       i += law_group(l, i)) {
    const LawRule *r = &l->at[i];
    if (bit_has(g->skip, r->x->rule->index) ||
        ((r->x->subsume || r->x->rule->is_skeleton) && r->falls) ||
        !sim_takes(g->sim, r->x))
      continue;
    u32 used = try_nested(g, r, budget);
    budget -= used < budget ? used : budget;
  }
}

void law_grow(Laws *l) {
  Grow g = {.l = l,
            .skip = arena_array0(l->arena, u64, bit_words(l->s->nrules + 1))};
  for (u32 i = 0; i < l->n; i++)
    if (l->at[i].refused)
      bit_add(g.skip, l->at[i].x->rule->index);
  g.sim = sim_new(l->arena, l->s, g.skip);
  try_ops(&g);
  try_lefts(&g);
  sim_free(g.sim);
}
