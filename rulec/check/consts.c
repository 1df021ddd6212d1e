// Constants that do not go with what they meet: the truth of lanes (all ones)
// against the truth of scalars (1), shift amounts beyond the width, and
// literals that are the width of one type in a rule for several.
//
// What an op can give is the range of its meaning over the ranges of its
// operands, traps excluded; so 0 or 1 is known of every comparison, of what
// masks with 1, and of what a rule set declares itself.
#include "rulec/check/check.h"
#include "rulec/check/known.h"

enum { MOST_LITERALS = 64 };

typedef struct Literal { // as written, over the expansions
  const Expr *src;
  u128 value;
  u32 width; // of what it meets, first expansion
  bool differs, hit;
} Literal;

typedef struct Consts {
  const Sema *s;
  Diags *d;
  Range *of_op; // [op] whatever the operands; bits 0: not asked yet
  const Rule *rule;
  const RuleX *x;
  u32 nliterals;
  Literal literals[MOST_LITERALS];
} Consts;

// --- what a term can be ---------------------------------------------

static Range term_range(Consts *c, const Node *n, u32 depth);

static Node *var_node(const Sema *s, Var *v) {
  Node *n = arena_new(s->arena, Node);
  *n = (Node){.kind = N_VAR, .sort = v->sort, .var = v};
  return n;
}

static Range meaning_range(Consts *c, const OpInst *op, const Range *kids) {
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

static Range op_range(Consts *c, const Node *n, u32 depth) {
  const OpInst *op = &c->s->ops[n->op];
  Range kids[16];
  bool more = false; // than any value is known of an operand
  u32 bits = vtype_bits[op->type];
  if (op->base->decl->floats && n->nkids == 1)
    return n->kids[0]->kind == N_CONST ? range_const(bits, n->kids[0]->num)
                                       : range_any(bits);
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

static Range term_range(Consts *c, const Node *n, u32 depth) {
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

// --- truth ----------------------------------------------------------

static Loc in_rule(const Decl *d, const Node *n) {
  bool in = n->src && n->src->loc.src == d->whole.src &&
            n->src->loc.at >= d->whole.at &&
            n->src->loc.at < d->whole.at + d->whole.len;
  return in ? n->src->loc : d->loc;
}

static const char *const truth_text[] = {"", "0 or 1", "0 or all ones"};
static const char *const truth_help[] = {
    "", "true of a scalar comparison is 1; all ones is the truth of lanes",
    "true of a comparison of lanes is all ones, ~0; 1 is the truth of scalars"};

static void say_truth(Consts *c, const Node *at, Truth t, const Node *of,
                      const char *what) {
  const Decl *d = c->rule->decl;
  u32 i = diag_add(c->d, E_TRUTH, in_rule(d, at),
                   "%s, but the other side is %s", what, truth_text[t]);
  diag_note(c->d, i, in_rule(d, of), "this is %s", truth_text[t]);
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

static void truth_compared(Consts *c, const Node *n) {
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
static void truth_inverted(Consts *c, const Node *n) {
  s32 i = condition(&c->s->ops[n->op]);
  const Node *k = i >= 0 && (u32)i < n->nkids ? n->kids[i] : NULL;
  if (!k || k->kind != N_OP || c->s->ops[k->op].base->decl->floats)
    return;
  Range r = term_range(c, k, 0);
  if (r.smin != -2 || r.smax != -1)
    return;
  u32 at = diag_add(c->d, E_TRUTH, in_rule(c->rule->decl, k),
                    "this is never 0: all bits of 0 or 1 are turned over");
  diag_help(c->d, at,
            "the opposite of a truth is (bxor c 1), or the comparison with "
            "not(C)");
}

static void truth_walk(Consts *c, const Node *n) {
  if (n->kind == N_OP && n->nkids >= 2)
    truth_compared(c, n);
  if (n->kind == N_OP)
    truth_inverted(c, n);
  for (u32 i = 0; i < n->nkids; i++)
    truth_walk(c, n->kids[i]);
}

// The right side of a truth is one, and of the same kind.
static void truth_result(Consts *c, const Node *right) {
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

// --- shift amounts --------------------------------------------------

static const Node *amount_in(const Node *n, u32 *bits) {
  const Node *found = NULL;
  if (n->kind == N_BINARY &&
      (n->fn == BIN_SHL || n->fn == BIN_USHR || n->fn == BIN_SSHR)) {
    const Node *a = n->kids[1];
    if (a->kind == N_BINARY && a->fn == BIN_UREM && a->kids[0]->kind == N_VAR &&
        a->kids[1]->kind == N_CONST) {
      *bits = (u32)a->kids[1]->num;
      return a->kids[0];
    }
  }
  for (u32 i = 0; i < n->nkids && !found; i++)
    found = amount_in(n->kids[i], bits);
  return found;
}

static bool is_width_literal(const Consts *c, const Node *n) {
  for (u32 i = 0; i < c->nliterals; i++)
    if (c->literals[i].src == n->src && c->literals[i].differs &&
        c->literals[i].hit)
      return true;
  return false;
}

static const Node *literal_of(const Sema *s, const Node *n, u128 *v) {
  const Node *k = n->kind == N_OP && s->ops[n->op].base->decl->floats &&
                          n->nkids == 1 && n->kids[0]->kind == N_CONST
                      ? n->kids[0]
                      : n;
  *v = k->num;
  return k->kind == N_CONST || k->kind == N_VALCONST ? k : NULL;
}

static void shift_walk(Consts *c, const Node *n) {
  const OpInst *op = n->kind == N_OP ? &c->s->ops[n->op] : NULL;
  u32 bits = 0;
  const Node *var = op && op->meaning ? amount_in(op->meaning, &bits) : NULL;
  for (u32 i = 0; var && i < n->nkids && i < op->nvars; i++) {
    u128 v;
    const Node *k = literal_of(c->s, n->kids[i], &v);
    if (op->vars[i] != var->var || !k || v < bits || is_width_literal(c, k))
      continue;
    u32 at = diag_add(c->d, W_SHIFT, in_rule(c->rule->decl, k),
                      "an amount beyond the width: %s counts it modulo %u",
                      op->text, bits);
    diag_help(c->d, at, "write %llu, or the width meant",
              (unsigned long long)(v % bits));
  }
  for (u32 i = 0; i < n->nkids; i++)
    shift_walk(c, n->kids[i]);
}

// --- literals that are a width --------------------------------------

static void note_literal(Consts *c, const Node *n, u32 width) {
  if (!n->src || n->src->kind != EX_INT || n->num < 8)
    return;
  u32 i = 0;
  while (i < c->nliterals && c->literals[i].src != n->src)
    i++;
  if (i == MOST_LITERALS)
    return;
  Literal *l = &c->literals[i];
  if (i == c->nliterals) {
    *l = (Literal){.src = n->src, .value = n->num, .width = width};
    c->nliterals++;
  }
  l->differs |= l->width != width;
  l->hit |= n->num == width || n->num == width - 1;
}

static void literal_walk(Consts *c, const Node *n, u32 width) {
  if (n->kind == N_CONST || n->kind == N_VALCONST)
    note_literal(c, n, width ? width : n->sort.bits);
  bool shift = n->kind == N_BINARY &&
               (n->fn == BIN_SHL || n->fn == BIN_USHR || n->fn == BIN_SSHR);
  bool fits = n->kind == N_CALL && (n->fn == BI_FITS_S || n->fn == BI_FITS_U);
  for (u32 i = 0; i < n->nkids; i++)
    literal_walk(c, n->kids[i],
                 i == 1 && (shift || fits) ? n->kids[0]->sort.bits : 0);
}

static void literals_of(Consts *c, const RuleX *x) {
  literal_walk(c, x->lhs, 0);
  for (u32 i = 0; i < x->nclauses; i++)
    literal_walk(c, x->clauses[i].e, 0);
  for (u32 i = 0; i < x->nrhs; i++)
    literal_walk(c, x->rhs[i], 0);
  for (u32 i = 0; i < x->nstmts; i++)
    if (x->stmts[i].e)
      literal_walk(c, x->stmts[i].e, 0);
}

static void say_literals(Consts *c) {
  const Decl *d = c->rule->decl;
  for (u32 i = 0; i < c->nliterals; i++) {
    const Literal *l = &c->literals[i];
    bool in = l->src->loc.src == d->whole.src &&
              l->src->loc.at >= d->whole.at &&
              l->src->loc.at < d->whole.at + d->whole.len;
    if (!in || !l->differs || !l->hit)
      continue;
    bool odd = l->value & 1;
    u32 at = diag_add(c->d, W_WIDTH_LITERAL, l->src->loc,
                      "%llu is the width of one type%s, and the rule holds for "
                      "several",
                      (unsigned long long)l->value, odd ? " less one" : "");
    diag_help(c->d, at, "write bits(T)%s with the rule's type parameter",
              odd ? " - 1" : "");
  }
}

// --- rules ----------------------------------------------------------

static void right_sides(Consts *c, void (*walk)(Consts *, const Node *)) {
  const RuleX *x = c->x;
  for (u32 i = 0; i < x->nclauses; i++)
    if (x->clauses[i].let && x->clauses[i].let->kind == VAR_LET_TERM)
      walk(c, x->clauses[i].e);
  for (u32 i = 0; i < x->nrhs; i++)
    walk(c, x->rhs[i]);
  for (u32 i = 0; i < x->nstmts; i++)
    if (x->stmts[i].e)
      walk(c, x->stmts[i].e);
}

static void check_expansion(Consts *c) {
  bool value = c->x->rhs_kind == RHS_TERM || c->x->rhs_kind == RHS_VALUES;
  truth_walk(c, c->x->lhs);
  right_sides(c, truth_walk);
  shift_walk(c, c->x->lhs);
  right_sides(c, shift_walk);
  if (value && c->x->nrhs == 1 && c->x->lhs->sort.kind == SORT_VALUE)
    truth_result(c, c->x->rhs[0]);
}

static void check_rule(Consts *c, const Rule *r, const RuleX *all) {
  u32 last = ~0u;
  c->rule = r;
  c->nliterals = 0;
  for (u32 i = r->first; i < r->first + r->count; i++) {
    if (all[i].expansion != last)
      literals_of(c, &all[i]);
    last = all[i].expansion;
  }
  last = ~0u;
  for (u32 i = r->first; i < r->first + r->count; i++) {
    c->x = &all[i];
    if (all[i].expansion != last)
      check_expansion(c);
    last = all[i].expansion;
  }
  say_literals(c);
}

void check_constants(const Sema *s, Diags *d) {
  Consts c = {.s = s, .d = d};
  c.of_op = arena_array0(s->arena, Range, s->nops + 1);
  for (u32 i = 0; i < s->nrules; i++)
    check_rule(&c, &s->rules[i], s->rulexs);
  for (u32 i = 0; i < s->nlowers; i++)
    check_rule(&c, &s->lowers[i], s->lowerxs);
}
