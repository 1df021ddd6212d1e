// The truth of lanes (all ones) against the truth of scalars (1).
//
// What an op can give is the range of its meaning over the ranges of its
// operands, traps excluded; so 0 or 1 is known of every comparison, of what
// masks with 1, and of what a rule set declares itself.
#include "rulec/check/check.h"
#include "rulec/check/known.h"
#include "rulec/check/place.h"

typedef struct Truths {
  const Sema *s;
  Diags *d;
  Range *of_op; // [op] whatever the operands; bits 0: not asked yet
  const Rule *rule;
  const RuleX *x;
} Truths;

// --- what a term can be ---------------------------------------------

static Range term_range(Truths *c, const Node *n, u32 depth);

static Node *var_node(const Sema *s, Var *v) {
  Node *n = arena_new(s->arena, Node);
  *n = (Node){.kind = N_VAR, .sort = v->sort, .var = v};
  return n;
}

static Range meaning_range(Truths *c, const OpInst *op, const Range *kids) {
  u32 fuel = 2000;
  Lets lets;
  Known k;
  lets.n = lets.depth = 0;
  known_init(&k, c->s, &lets, &fuel);
  for (u32 i = 0; i < op->nlets; i++)
    known_let(&k, op->lets[i].var, op->lets[i].e);
  for (u32 i = 0; kids && i < op->nvars; i++)
    if (kids[i].bits)
      known_refine(&k, var_node(c->s, op->vars[i]), kids[i]);
  for (u32 i = 0; i < op->ntraps; i++)
    if (op->traps[i].cond)
      known_assume(&k, op->traps[i].cond, false);
  u32 bits = vtype_bits[op->type];
  if (k.never)
    return range_any(bits);
  return range_meet(known_eval(&k, op->meaning).r, range_any(bits));
}

static const Node *bound_to(const Node *n, const Var *v) { // by `v @ pattern`
  if (n->kind != N_VAR && n->var == v)
    return n;
  const Node *found = NULL;
  for (u32 i = 0; i < n->nkids && !found; i++)
    found = bound_to(n->kids[i], v);
  return found;
}

// As written, or as the guards have it.
static Range constant_range(const Truths *c, const Node *k, u32 bits) {
  if (k->kind == N_CONST)
    return range_const(bits, k->num);
  const Range r = c->x->nclauses ? known_in_rule(c->s, c->x, k) : (Range){0};
  return r.bits == bits && !range_empty(&r) ? r : range_any(bits);
}

static Range op_range(Truths *c, const Node *n, u32 depth) {
  const OpInst *op = &c->s->ops[n->op];
  Range kids[16];
  bool more = false; // than any value is known of an operand
  u32 bits = vtype_bits[op->type];
  if (op->base->decl->floats && n->nkids == 1)
    return constant_range(c, n->kids[0], bits);
  if (!op->meaning || op->meaning->kind == N_EXTERN || !bits || n->nkids > 16)
    return range_any(bits);
  for (u32 i = 0; i < n->nkids; i++) {
    kids[i] = op->operands[i].is_value ? term_range(c, n->kids[i], depth + 1)
                                       : range_any(0);
    Range any = range_any(kids[i].bits);
    more |= kids[i].bits && !range_same(&any, &kids[i]);
  }
  if (more)
    return meaning_range(c, op, kids);
  if (!c->of_op[n->op].bits)
    c->of_op[n->op] = meaning_range(c, op, NULL);
  return c->of_op[n->op];
}

static Range term_range(Truths *c, const Node *n, u32 depth) {
  u32 bits = n->sort.kind == SORT_VALUE ? vtype_bits[n->sort.type] : 0;
  if (n->kind == N_VALCONST)
    return range_const(bits, n->num);
  const Node *pat = n->kind == N_VAR ? bound_to(c->x->lhs, n->var) : n;
  if (!pat || pat->kind != N_OP || depth > 16)
    return range_any(bits);
  return op_range(c, pat, depth);
}

typedef enum Truth { TRUTH_NO, TRUTH_SCALAR, TRUTH_LANES } Truth;

static Truth truth(const Range *r) {
  if (r->bits > 1 && r->umin == 0 && r->umax == 1)
    return TRUTH_SCALAR;
  return r->bits > 1 && r->smin == -1 && r->smax == 0 ? TRUTH_LANES : TRUTH_NO;
}

// --- truth by lanes ---------------------------------------------------
// `map` is written out: lanes put together by `++`, each c ? ~0 : 0.

static bool is_truth_lane(const Node *n) {
  if (n->kind == N_SEXT)
    return n->kids[0]->sort.kind == SORT_BOOL;
  if (n->kind != N_COND || n->kids[1]->kind != N_CONST ||
      n->kids[2]->kind != N_CONST)
    return false;
  u128 x = n->kids[1]->num, y = n->kids[2]->num,
       ones = range_mask(n->sort.bits);
  return n->sort.bits < 128 && ((x == ones && !y) || (y == ones && !x));
}

// How wide the lanes are if all of them are truths, else 0. equal: each says
// whether two things are the same, or are not.
static u32 truth_lanes(const Node *n, bool *equal) {
  while (n->kind == N_LET)
    n = n->kids[1];
  if (n->kind == N_BINARY && n->fn == BIN_CONCAT) {
    u32 a = truth_lanes(n->kids[0], equal), b = truth_lanes(n->kids[1], equal);
    return a == b ? a : 0;
  }
  if (!is_truth_lane(n))
    return 0;
  const Node *c = n->kids[0];
  *equal &= c->kind == N_BINARY && (c->fn == BIN_EQ || c->fn == BIN_NE);
  return n->sort.bits;
}

// Of what a term gives: a comparison of lanes, or `&` and `|` of two.
static u32 term_lanes(const Truths *c, const Node *n, u32 depth) {
  const Node *pat = n->kind == N_VAR ? bound_to(c->x->lhs, n->var) : n;
  bool equal = true;
  if (!pat || pat->kind != N_OP || n->sort.type != VT_V128 || depth > 8)
    return 0;
  const Node *m = c->s->ops[pat->op].meaning;
  if (m && m->kind == N_BINARY && (m->fn == BIN_AND || m->fn == BIN_OR) &&
      m->kids[0]->kind == N_VAR && m->kids[1]->kind == N_VAR &&
      pat->nkids == 2) {
    u32 a = term_lanes(c, pat->kids[0], depth + 1);
    return a == term_lanes(c, pat->kids[1], depth + 1) ? a : 0;
  }
  return m ? truth_lanes(m, &equal) : 0;
}

// A vector of which some lane is neither 0 nor all ones.
static bool is_no_truth(u128 v, u32 width) {
  for (u32 i = 0; i < 128; i += width) {
    u128 lane = v >> i & range_mask(width);
    if (lane && lane != range_mask(width))
      return true;
  }
  return false;
}

static void say_truth(Truths *c, const Node *at, Truth t, const Node *of,
                      const char *what);

static void lanes_against(Truths *c, const Node *n, const Node *constant) {
  u32 width = term_lanes(c, n, 0);
  u128 v;
  if (width && constant->sort.type == VT_V128 &&
      literal_of(c->s, constant, &v) && is_no_truth(v, width))
    say_truth(c, constant, TRUTH_LANES, n,
              "a lane of this is neither 0 nor all ones");
}

static void lanes_compared(Truths *c, const Node *n) {
  const Node *m = c->s->ops[n->op].meaning;
  bool equal = true;
  if (!m || n->nkids != 2 || !truth_lanes(m, &equal) || !equal)
    return;
  lanes_against(c, n->kids[0], n->kids[1]);
  lanes_against(c, n->kids[1], n->kids[0]);
}

// --- truth ----------------------------------------------------------

static const char *const truth_text[] = {"", "0 or 1", "0 or all ones"};
static const char *const truth_help[] = {
    "", "true of a scalar comparison is 1; all ones is the truth of lanes",
    "true of a comparison of lanes is all ones, ~0; 1 is the truth of scalars"};

static void say_truth(Truths *c, const Node *at, Truth t, const Node *of,
                      const char *what) {
  const Decl *d = c->rule->decl;
  u32 i = diag_add(c->d, E_TRUTH, place_of(d, at),
                   "%s, but the other side is %s", what, truth_text[t]);
  diag_note(c->d, i, place_of(d, of), "this is %s", truth_text[t]);
  diag_help(c->d, i, "%s", truth_help[t]);
}

// x == y of two operands, or x != y: what an equality of values means.
static bool is_equality(const OpInst *op) {
  const Node *m = op->meaning;
  while (m && (m->kind == N_ZEXT || m->kind == N_COND))
    m = m->kids[0];
  return m && m->kind == N_BINARY && (m->fn == BIN_EQ || m->fn == BIN_NE) &&
         m->kids[0]->kind == N_VAR && m->kids[1]->kind == N_VAR;
}

static void truth_compared(Truths *c, const Node *n) {
  if (!is_equality(&c->s->ops[n->op]))
    return;
  for (u32 i = 0; i < 2; i++) {
    Range r = term_range(c, n->kids[i], 0);
    Range k = term_range(c, n->kids[1 - i], 0);
    Truth t = truth(&r);
    u128 v;
    if (!t || !range_is(&k, &v))
      continue;
    if (v == (t == TRUTH_SCALAR ? range_mask(k.bits) : 1))
      say_truth(c, n->kids[1 - i], t, n->kids[i],
                t == TRUTH_SCALAR ? "all ones here" : "1 here");
  }
}

// The operand that is tested against zero: of select, brif, trapz.
static s32 condition(const OpInst *op) {
  const Node *m = op->ntraps ? op->traps[0].cond : op->meaning;
  while (m && (m->kind == N_GOTO || m->kind == N_COND))
    m = m->kids[0];
  u128 zero;
  if (!m || m->kind != N_BINARY || (m->fn != BIN_EQ && m->fn != BIN_NE) ||
      m->kids[0]->kind != N_VAR || m->kids[1]->kind != N_CONST)
    return -1;
  zero = m->kids[1]->num;
  for (u32 i = 0; i < op->nvars && !zero; i++)
    if (op->vars[i] == m->kids[0]->var)
      return (s32)i;
  return -1;
}

// bnot of 0 or 1 is never 0.
static void truth_inverted(Truths *c, const Node *n) {
  s32 i = condition(&c->s->ops[n->op]);
  const Node *k = i >= 0 && (u32)i < n->nkids ? n->kids[i] : NULL;
  if (!k || k->kind != N_OP || c->s->ops[k->op].base->decl->floats)
    return;
  Range r = term_range(c, k, 0);
  if (r.smin != -2 || r.smax != -1)
    return;
  u32 at = diag_add(c->d, E_TRUTH, place_of(c->rule->decl, k),
                    "this is never 0: all bits of 0 or 1 are turned over");
  diag_help(c->d, at,
            "the opposite of a truth is (bxor c 1), or the comparison with "
            "not(C)");
}

static void truth_walk(Truths *c, const Node *n) {
  if (n->kind == N_OP && n->nkids >= 2) {
    truth_compared(c, n);
    lanes_compared(c, n);
  }
  if (n->kind == N_OP)
    truth_inverted(c, n);
  for (u32 i = 0; i < n->nkids; i++)
    truth_walk(c, n->kids[i]);
}

// The right side of a truth is one, and of the same kind.
static void truth_result(Truths *c, const Node *right) {
  if (right->sort.type == VT_V128)
    lanes_against(c, c->x->lhs, right);
  Range r = term_range(c, right, 0);
  Truth other = truth(&r);
  u128 v;
  bool is = range_is(&r, &v);
  if (!is && !other)
    return;
  Range l = term_range(c, c->x->lhs, 0);
  Truth t = truth(&l);
  if (!t || l.bits != r.bits)
    return;
  u128 yes = t == TRUTH_SCALAR ? 1 : range_mask(r.bits);
  if (is ? v != 0 && v != yes : other && other != t)
    say_truth(c, right, t, c->x->lhs,
              is ? "this constant is neither true nor false"
                 : "a truth of the other kind");
}

// --- rules ----------------------------------------------------------

static void check_expansion(Truths *c) {
  const RuleX *x = c->x;
  bool value = x->rhs_kind == RHS_TERM || x->rhs_kind == RHS_VALUES;
  truth_walk(c, x->lhs);
  for (u32 i = 0; i < x->nclauses; i++)
    if (x->clauses[i].let && x->clauses[i].let->kind == VAR_LET_TERM)
      truth_walk(c, x->clauses[i].e);
  for (u32 i = 0; i < x->nrhs; i++)
    truth_walk(c, x->rhs[i]);
  for (u32 i = 0; i < x->nstmts; i++)
    if (x->stmts[i].e)
      truth_walk(c, x->stmts[i].e);
  if (value && x->nrhs == 1 && x->lhs->sort.kind == SORT_VALUE)
    truth_result(c, x->rhs[0]);
}

static void check_rule(Truths *c, const Rule *r, const RuleX *all) {
  u32 last = ~0u;
  c->rule = r;
  for (u32 i = r->first; i < r->first + r->count; i++) {
    c->x = &all[i];
    if (all[i].expansion != last) // variants say the same
      check_expansion(c);
    last = all[i].expansion;
  }
}

void check_truth(const Sema *s, Diags *d) {
  Truths c = {.s = s, .d = d};
  c.of_op = arena_array0(s->arena, Range, s->nops + 1);
  for (u32 i = 0; i < s->nrules; i++)
    check_rule(&c, &s->rules[i], s->rulexs);
  for (u32 i = 0; i < s->nlowers; i++)
    check_rule(&c, &s->lowers[i], s->lowerxs);
}
