// Guards that never hold, parts of guards that always do, and expressions that
// never give anything (docs/checks.md).
//
// A rule is looked at once per expansion (variants share the guard): its
// clauses in order, each guard cut at `&&`. Every part is judged by itself and
// after the parts before it. What is said of a part must be so at every
// expansion; a part that decides only some of them is how one writes a rule
// for several types.
#include "rulec/check/check.h"
#include "rulec/check/place.h"
#include "rulec/check/points.h"

enum { MOST_PARTS = 32, MOST_NOTES = 64, FUEL = 20000, RULE_FUEL = 200000 };

typedef enum How { // how a part came out at one expansion; bits of Note.seen
  HOW_OPEN = 1,
  HOW_TRUE = 2,    // by itself
  HOW_FOLLOWS = 4, // after what stands before
  HOW_FALSE = 8,
  HOW_NOTHING = 16,
  HOW_AGAINST = 32, // false after what stands before
} How;
enum { HOW_DEAD = HOW_FALSE | HOW_NOTHING | HOW_AGAINST };

typedef struct Note { // a part over the expansions seen so far
  const Expr *clause, *src;
  const Node *n, *because; // because: the part before that decides it, or null
  bool side;               // of `||`
  u8 seen;                 // How bits
} Note;

typedef struct Judge { // of one rule
  const Sema *s;
  Diags *d;
  const Rule *rule;
  u64 *steps;
  u32 nnotes;
  Note notes[MOST_NOTES];
  u32 nlive, ndead; // expansions
  Note dead;        // why the first one is
  u32 rule_fuel;    // nodes that all its expansions may still look at
  // of the expansion at hand
  u32 fuel;
  Lets lets;
  u32 nparts;
  const Node *parts[MOST_PARTS];
  Known known;
  bool is_dead;
} Judge;

// --- places ---------------------------------------------------------

// Where the rule says it: a function's text is not the rule's.
static Loc place(const Judge *j, const Expr *clause, const Expr *src) {
  return src && place_inside(j->rule->decl, src->loc) ? src->loc
         : clause                                     ? clause->loc
                                                      : j->rule->decl->loc;
}

static void note_function(Judge *j, u32 i, const Expr *src) {
  if (src && !place_inside(j->rule->decl, src->loc))
    diag_note(j->d, i, src->loc, "this part of it");
}

// --- judging one part -----------------------------------------------

// The conditions among the parts before.
static u32 conditions(const Judge *j, const Node **out) {
  u32 n = 0;
  for (u32 i = 0; i < j->nparts; i++)
    if (j->parts[i]->sort.kind == SORT_BOOL)
      out[n++] = j->parts[i];
  return n;
}

static u8 by_points(Judge *j, const Known *k, const Node *n, bool alone) {
  const Node *given[MOST_PARTS];
  u32 ngiven = alone ? 0 : conditions(j, given);
  Verdict v = points_decide(k, given, ngiven, n, j->steps);
  if (!v.known)
    return HOW_OPEN;
  if (!v.can_hold)
    return !v.can_fail && v.can_be_nothing ? HOW_NOTHING : HOW_FALSE;
  return !v.can_fail && !v.can_be_nothing ? HOW_TRUE : HOW_OPEN;
}

static u8 by_ranges(const Known *k, const Node *n) {
  Val v = known_eval(k, n);
  u128 x;
  if (v.none == NONE_ALWAYS)
    return HOW_NOTHING;
  if (n->sort.kind != SORT_BOOL)
    return HOW_OPEN; // a `let`: it need only be there
  if (range_is(&v.r, &x))
    return !x ? HOW_FALSE : v.none == NONE_NO ? HOW_TRUE : HOW_OPEN;
  Known holds = *k; // contradictions show when one goes on from it
  known_assume(&holds, n, true);
  return holds.never ? HOW_FALSE : HOW_OPEN;
}

static u8 verdict(Judge *j, const Known *k, const Node *n, bool alone) {
  u8 how = by_ranges(k, n);
  bool try = how == HOW_OPEN && n->sort.kind == SORT_BOOL && !k->never;
  return try ? by_points(j, k, n, alone) : how;
}

static void from_scratch(Judge *j, Known *k) {
  known_init(k, j->s, &j->lets, &j->fuel);
}

static u8 alone(Judge *j, const Node *n) {
  Known k;
  from_scratch(j, &k);
  return verdict(j, &k, n, true);
}

// The one part before it that decides, if one does.
static const Node *because(Judge *j, const Node *n, u8 how) {
  for (u32 i = 0; i < j->nparts; i++) {
    Known k;
    from_scratch(j, &k);
    if (j->parts[i]->sort.kind == SORT_BOOL)
      known_assume(&k, j->parts[i], true);
    else
      known_defined(&k, j->parts[i]);
    u8 h = k.never ? HOW_OPEN : verdict(j, &k, n, true);
    if (h == how)
      return j->parts[i];
  }
  return NULL;
}

static Note *note_of(Judge *j, const Expr *clause, const Node *n, bool side) {
  for (u32 i = 0; i < j->nnotes; i++)
    if (j->notes[i].clause == clause && j->notes[i].src == n->src &&
        j->notes[i].side == side)
      return &j->notes[i];
  if (j->nnotes == MOST_NOTES)
    return NULL;
  j->notes[j->nnotes] = (Note){.clause = clause, .src = n->src, .side = side};
  return &j->notes[j->nnotes++];
}

static void judge_part(Judge *j, const Expr *clause, const Node *n, bool side,
                       const Known *k) {
  Note *o = note_of(j, clause, n, side);
  u8 how = verdict(j, k, n, false), first = how;
  const Node *by = NULL;
  if (how != HOW_OPEN && (j->nparts || side)) {
    first = alone(j, n);
    if (first != how) {
      by = because(j, n, how);
      how = how == HOW_TRUE    ? HOW_FOLLOWS
            : how == HOW_FALSE ? HOW_AGAINST
                               : how;
    }
  }
  if (o && (!o->seen || !o->n)) {
    o->n = n;
    o->because = by;
  }
  if (o)
    o->seen |= how;
  if ((how & HOW_DEAD) && !side && !j->is_dead) {
    j->is_dead = true;
    if (!j->ndead)
      j->dead = (Note){clause, n->src, n, by, false, how};
  }
}

// Sides of `||`: each where those left of it do not hold.
static void judge_sides(Judge *j, const Expr *clause, const Node *n, Known *k) {
  if (n->kind == N_BINARY && n->fn == BIN_OROR) {
    judge_sides(j, clause, n->kids[0], k);
    judge_sides(j, clause, n->kids[1], k);
    return;
  }
  if (!k->never)
    judge_part(j, clause, n, true, k);
  known_assume(k, n, false);
}

static void take_part(Judge *j, const Expr *clause, const Node *n) {
  if (j->is_dead || j->nparts == MOST_PARTS)
    return;
  judge_part(j, clause, n, false, &j->known);
  if (n->kind == N_BINARY && n->fn == BIN_OROR && !j->is_dead) {
    Known k = j->known;
    judge_sides(j, clause, n, &k);
  }
  if (n->sort.kind == SORT_BOOL)
    known_assume(&j->known, n, true);
  else
    known_defined(&j->known, n);
  j->parts[j->nparts++] = n;
}

// Cuts a guard at `&&`; what a function's `let`s need comes first.
static void take_guard(Judge *j, const Expr *clause, const Node *n) {
  if (n->kind == N_LET) {
    known_let(&j->known, n->var, n->kids[0]);
    take_part(j, clause, n->kids[0]);
    take_guard(j, clause, n->kids[1]);
  } else if (n->kind == N_BINARY && n->fn == BIN_ANDAND) {
    take_guard(j, clause, n->kids[0]);
    take_guard(j, clause, n->kids[1]);
  } else {
    take_part(j, clause, n);
  }
}

// --- what the left side says ----------------------------------------

// An access has at most the bytes of its type.
static void memarg_bytes(Judge *j, const OpInst *op, const Node *m) {
  if (m->kind != N_VAR || m->sort.kind != SORT_MEMARG || !op->base->nparams ||
      op->args[0].kind != ARG_TYPE)
    return;
  Arena *a = j->s->arena;
  Node *f = arena_new(a, Node);
  *f = (Node){.kind = N_FIELD,
              .field = MF_BYTES,
              .sort = {.kind = SORT_BV, .bits = 8},
              .nkids = 1,
              .kids = arena_array(a, Node *, 1),
              .src = m->src};
  f->kids[0] = (Node *)(uintptr_t)m;
  known_refine(&j->known, f,
               range_unsigned(8, 1, vtype_bits[op->args[0].value] / 8));
}

static void left_side(Judge *j, const Node *n) {
  for (u32 i = 0; i < n->nkids; i++) {
    if (n->kind == N_OP)
      memarg_bytes(j, &j->s->ops[n->op], n->kids[i]);
    left_side(j, n->kids[i]);
  }
}

// --- right sides ----------------------------------------------------

// The innermost expression that never gives anything.
static const Node *innermost(const Judge *j, const Node *n) {
  for (u32 i = 0; i < n->nkids; i++)
    if (known_eval(&j->known, n->kids[i]).none == NONE_ALWAYS)
      return innermost(j, n->kids[i]);
  return n;
}

static void take_right(Judge *j, const Expr *clause, const Node *n) {
  if (!n || j->is_dead || known_eval(&j->known, n).none != NONE_ALWAYS)
    return;
  const Node *x = innermost(j, n);
  j->is_dead = true;
  if (!j->ndead)
    j->dead = (Note){clause, x->src, x, NULL, false, HOW_NOTHING};
}

static void right_sides(Judge *j, const RuleX *x) {
  for (u32 i = 0; i < x->nrhs; i++)
    take_right(j, NULL, x->rhs[i]);
  for (u32 i = 0; i < x->nstmts; i++)
    take_right(j, NULL, x->stmts[i].e);
}

static void take_clause(Judge *j, const ClauseInfo *c) {
  if (!c->let) {
    take_guard(j, c->src, c->e);
  } else if (c->let->kind == VAR_LET_IMM) {
    known_let(&j->known, c->let, c->e);
    take_part(j, c->src, c->e);
  } else {
    take_right(j, c->src, c->e);
  }
}

static void judge_expansion(Judge *j, const RuleX *x) {
  u32 fuel = j->rule_fuel < FUEL ? j->rule_fuel : FUEL;
  j->fuel = fuel;
  j->lets.n = j->lets.depth = 0;
  j->nparts = 0;
  j->is_dead = false;
  from_scratch(j, &j->known);
  left_side(j, x->lhs);
  for (u32 i = 0; i < x->nclauses; i++)
    take_clause(j, &x->clauses[i]);
  right_sides(j, x);
  j->rule_fuel -= fuel - j->fuel;
  *(j->is_dead ? &j->ndead : &j->nlive) += 1;
}

// --- what to say ----------------------------------------------------

static BinOp other_sign(BinOp op) {
  return op >= BIN_ULT && op <= BIN_UGE   ? (BinOp)(op - BIN_ULT + BIN_SLT)
         : op >= BIN_SLT && op <= BIN_SGE ? (BinOp)(op - BIN_SLT + BIN_ULT)
                                          : op;
}

// Would it make sense with the other kind of comparison?
static bool sign_helps(Judge *j, const Node *n) {
  if (n->kind != N_BINARY || other_sign((BinOp)n->fn) == (BinOp)n->fn ||
      (n->kids[0]->kind != N_CONST && n->kids[1]->kind != N_CONST) ||
      alone(j, n) == HOW_OPEN)
    return false;
  Node turned = *n;
  turned.fn = (u8)other_sign((BinOp)n->fn);
  return alone(j, &turned) == HOW_OPEN;
}

static void help_compare(Judge *j, u32 i, const Node *n, const char *other) {
  if (sign_helps(j, n))
    diag_help(j->d, i, "as %s numbers it depends: `%s` instead of `%s`",
              n->fn < BIN_SLT ? "signed" : "unsigned",
              bin_text[other_sign((BinOp)n->fn)], bin_text[n->fn]);
  else
    diag_help(j->d, i, "%s", other);
}

static void note_because(Judge *j, u32 i, const Note *o, const char *what) {
  if (o->because && o->because->src)
    diag_note(j->d, i, o->because->src->loc, "%s this", what);
}

static void say_nothing(Judge *j, const Note *o) {
  static const char *const why[] = {
      "a division by zero", "a shift by as much as the width or more",
      "log2 of what is no power of two", "an index out of range"};
  const Node *n = o->n;
  u32 k = n->kind == N_INDEX                         ? 3
          : n->kind == N_CALL                        ? 2
          : n->kind == N_BINARY && n->fn >= BIN_UDIV ? 0
                                                     : 1;
  u32 i = diag_add(j->d, E_NOTHING, place(j, o->clause, o->src),
                   "this never gives anything: %s",
                   node_is_partial(n) ? why[k] : "one of its parts never does");
  note_function(j, i, o->src);
  diag_help(j->d, i,
            "nothing means no match, so the rule never fires: mend the "
            "expression or remove the rule");
}

static void say_dead(Judge *j, const Note *o) {
  if (o->seen == HOW_NOTHING) {
    Note in = *o;
    in.n = innermost(j, o->n);
    in.src = in.n->src;
    say_nothing(j, &in);
    return;
  }
  bool against = o->seen == HOW_AGAINST;
  u32 i = diag_add(j->d, E_GUARD_FALSE, place(j, o->clause, o->src),
                   against ? "this cannot hold after what stands before it"
                           : "this never holds");
  note_because(j, i, o, "it contradicts");
  note_function(j, i, o->src);
  help_compare(j, i, o->n,
               against ? "the rule never fires: one of the two is wrong"
                       : "the rule never fires: mend the guard, or remove the "
                         "rule");
}

static void say_true(Judge *j, const Note *o) {
  bool follows = o->seen != HOW_TRUE;
  u32 i = diag_add(j->d, follows ? W_GUARD_IMPLIED : W_GUARD_TRUE,
                   place(j, o->clause, o->src),
                   follows ? "this follows from what stands before it"
                           : "this always holds");
  note_because(j, i, o, "it follows from");
  note_function(j, i, o->src);
  help_compare(j, i, o->n, "leave it out");
}

static void say_side(Judge *j, const Note *o) {
  u32 i = diag_add(j->d, W_GUARD_DEAD, place(j, o->clause, o->src),
                   "this side of `||` never decides");
  note_because(j, i, o, "because of");
  note_function(j, i, o->src);
  help_compare(j, i, o->n, "leave it out, or mend it");
}

// What the typing folded at some expansions: FOLD_* bits.
static u8 folded(const Judge *j, u32 fold, const Expr *src) {
  for (u32 i = fold; i < j->s->nfolds && j->s->folds[i].rule == j->rule->decl;
       i++)
    if (j->s->folds[i].e == src)
      return j->s->folds[i].seen;
  return 0;
}

static void say_notes(Judge *j, u32 fold) {
  for (u32 i = 0; i < j->nnotes; i++) {
    const Note *o = &j->notes[i];
    u8 types = folded(j, fold, o->src);
    if (!o->n || o->n->sort.kind != SORT_BOOL)
      continue;
    if (!(o->seen & ~(HOW_TRUE | HOW_FOLLOWS)) && !(types & FOLD_FALSE) &&
        !o->side)
      say_true(j, o);
    if (o->side && !(o->seen & ~HOW_DEAD) && !(types & FOLD_TRUE))
      say_side(j, o);
  }
}

// --- parts that the types decide ------------------------------------

static bool part_of_reported(const Sema *s, u32 first, u32 i) {
  const Loc in = s->folds[i].e->loc;
  for (u32 k = first; k < s->nfolds && s->folds[k].rule == s->folds[i].rule;
       k++) {
    const Loc out = s->folds[k].e->loc;
    if (k != i && s->folds[k].seen == s->folds[i].seen && out.at <= in.at &&
        in.at + in.len <= out.at + out.len && out.len > in.len)
      return true;
  }
  return false;
}

static void say_folds(Judge *j, u32 first) {
  const Sema *s = j->s;
  for (u32 i = first; i < s->nfolds && s->folds[i].rule == j->rule->decl; i++) {
    const GuardFold *f = &s->folds[i];
    if (!place_inside(f->rule, f->e->loc) || part_of_reported(s, first, i))
      continue;
    if (f->seen == FOLD_TRUE)
      diag_help(j->d,
                diag_add(j->d, W_GUARD_TRUE, f->e->loc,
                         "the types alone make this hold"),
                "leave it out");
    if (f->seen == FOLD_FALSE)
      diag_help(j->d,
                diag_add(j->d, W_GUARD_DEAD, f->e->loc,
                         "the types alone keep this from holding"),
                "leave it out, or mend it");
  }
}

static void judge_rule(Judge *j, const RuleX *all, u32 *fold) {
  const Rule *r = j->rule;
  u32 last = ~0u;
  while (*fold < j->s->nfolds &&
         j->s->folds[*fold].rule->index < r->decl->index)
    ++*fold;
  for (u32 i = r->first; i < r->first + r->count; i++) {
    if (all[i].expansion == last) // variants share their guards
      continue;
    last = all[i].expansion;
    judge_expansion(j, &all[i]);
  }
  if (j->ndead && !j->nlive)
    say_dead(j, &j->dead);
  else
    say_notes(j, *fold);
  say_folds(j, *fold);
}

void check_guards(const Sema *s, Diags *d) {
  u64 steps = 20000000; // of points: about 0.1 s in the worst case
  u32 fold = 0;
  for (u32 i = 0; i < sema_nrules(s); i++) {
    bool lower = i >= s->nrules;
    const Rule *r = sema_rule(s, i);
    if (i == s->nrules)
      fold = 0;
    while (lower && fold < s->nfolds && s->folds[fold].rule->kind != DECL_LOWER)
      fold++;
    Judge j = {
        .s = s, .d = d, .rule = r, .steps = &steps, .rule_fuel = RULE_FUEL};
    judge_rule(&j, lower ? s->lowerxs : s->rulexs, &fold);
  }
}
