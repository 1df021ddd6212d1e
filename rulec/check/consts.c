// Shift amounts beyond the width (as written, or as the guards have them), and
// literals that are the width of one type in a rule for several.
#include "rulec/check/check.h"
#include "rulec/check/known.h"
#include "rulec/check/place.h"

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
  const Rule *rule;
  const RuleX *x;
  u32 nliterals;
  Literal literals[MOST_LITERALS];
} Consts;

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

// A number that only the guards tell: beyond the width, whatever it is.
static void guarded_amount(Consts *c, const OpInst *op, const Node *n,
                           u32 bits) {
  const Node *e =
      n->kind == N_OP && c->s->ops[n->op].base->decl->floats && n->nkids == 1
          ? n->kids[0]
          : NULL;
  u128 v;
  if (!e || e->kind == N_CONST || !c->x->nclauses)
    return;
  const Range r = known_in_rule(c->s, c->x, e);
  if (!r.bits || range_empty(&r) || r.umin < bits)
    return;
  const u32 at = diag_add(c->d, W_SHIFT, place_of(c->rule->decl, n),
                          "an amount beyond the width, by the guards: %s "
                          "counts it modulo %u",
                          op->text, bits);
  if (range_is(&r, &v))
    diag_help(c->d, at, "write %llu, or the width meant",
              (unsigned long long)(v % bits));
  else
    diag_help(c->d, at, "a guard that keeps it below %u", bits);
}

// guarded: what the guards tell counts, too. On the left they may ask for an
// amount that the rule is to bring below the width.
static void shift_walk(Consts *c, const Node *n, bool guarded) {
  const OpInst *op = n->kind == N_OP ? &c->s->ops[n->op] : NULL;
  u32 bits = 0;
  const Node *var = op && op->meaning ? amount_in(op->meaning, &bits) : NULL;
  for (u32 i = 0; var && i < n->nkids && i < op->nvars; i++) {
    u128 v;
    const Node *k = literal_of(c->s, n->kids[i], &v);
    if (op->vars[i] == var->var && !k && guarded)
      guarded_amount(c, op, n->kids[i], bits);
    if (op->vars[i] != var->var || !k || v < bits || is_width_literal(c, k))
      continue;
    u32 at = diag_add(c->d, W_SHIFT, place_of(c->rule->decl, k),
                      "an amount beyond the width: %s counts it modulo %u",
                      op->text, bits);
    diag_help(c->d, at, "write %llu, or the width meant",
              (unsigned long long)(v % bits));
  }
  for (u32 i = 0; i < n->nkids; i++)
    shift_walk(c, n->kids[i], guarded);
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
    bool in = place_inside(d, l->src->loc);
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

static void check_expansion(Consts *c) {
  const RuleX *x = c->x;
  shift_walk(c, x->lhs, false);
  for (u32 i = 0; i < x->nclauses; i++)
    if (x->clauses[i].let && x->clauses[i].let->kind == VAR_LET_TERM)
      shift_walk(c, x->clauses[i].e, true);
  for (u32 i = 0; i < x->nrhs; i++)
    shift_walk(c, x->rhs[i], true);
  for (u32 i = 0; i < x->nstmts; i++)
    if (x->stmts[i].e)
      shift_walk(c, x->stmts[i].e, true);
}

static void check_rule(Consts *c, const Rule *r, const RuleX *all) {
  u32 last = ~0u;
  c->rule = r;
  c->nliterals = 0;
  for (u32 i = r->first; i < r->first + r->count; i++) {
    if (all[i].expansion != last) // variants say the same
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
  for (u32 i = 0; i < s->nrules; i++)
    check_rule(&c, &s->rules[i], s->rulexs);
  for (u32 i = 0; i < s->nlowers; i++)
    check_rule(&c, &s->lowers[i], s->lowerxs);
}
