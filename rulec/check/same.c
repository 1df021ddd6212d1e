// Rules that another rule makes idle.
//
//   E-SAME      the same rule twice, up to names, `sym`, and the direction in
//               which comparisons are written
//   E-INSTANCE  another rule's left is more general, its guard implied, and
//               it makes the same
//   E-SHADOW    another rule's left is more general, its guard implied, and it
//               always wins: it subsumes, and comes first or this one does not
//               subsume; among skeleton rules the first that gives values,
//               a trap, several ops or nothing at all
//
// In the e-graph nothing but `subsume` keeps a rule from firing (every rule
// that matches adds its result), so nothing else is said to shadow. (What
// subsumes a part of a left: part.c.)
//
// A rule is reported if this holds at every type it admits.
#include "rulec/check/laws.h"

typedef enum Idle { IDLE_NOT, IDLE_SAME, IDLE_INSTANCE, IDLE_SHADOW } Idle;

typedef struct Finding {
  Idle idle;
  const Rule *by;
} Finding;

typedef struct Search {
  Laws *l;
  const LawRule *a; // the rule that may be idle
  u64 right;
  ConjunctVec guards;
  Finding found;
} Search;

// --- copies -----------------------------------------------------------
// Of a shape that hundreds of rules have, only some are laid (lay.h); whether
// one of the others is the same is asked here, by a hash of all that is said.

typedef struct Copies {
  Laws *l;
  u32 mask;
  u64 *key;  // made when it is first wanted; 0: free
  u32 *rule; // into Laws.at
} Copies;

static u64 hash_left(const RuleTerms *t, const Node *n) {
  u64 h = hash_mix((u64)n->kind << 32 | n->op, (u64)n->num);
  if (n->kind == N_VAR && n->var->index < t->x->nvars)
    return hash_mix(0x1eaf, t->var[n->var->index]);
  for (u32 i = 0; i < n->nkids; i++)
    h = hash_mix(h, hash_left(t, n->kids[i]));
  return h;
}

static u64 hash_rule(const RuleTerms *t) {
  ConjunctVec guards = {0};
  u64 sum = 0;
  terms_guards(t, &guards);
  for (u32 i = 0; i < guards.n; i++)
    sum += hash_mix(0x9a2d, guards.at[i].hash);
  u64 h = hash_mix(hash_left(t, t->x->lhs), sum);
  return hash_mix(h, terms_right(t, false)) | 1;
}

static u32 find_key(const Copies *x, u64 key) {
  u32 at = (u32)(key >> 20) & x->mask;
  while (x->key[at] && x->key[at] != key)
    at = (at + 1) & x->mask;
  return at;
}

static void index_rules(Copies *x) {
  const Laws *l = x->l;
  for (x->mask = 63; x->mask < 2 * l->n;)
    x->mask = x->mask * 2 + 1;
  x->key = arena_array0(l->arena, u64, x->mask + 1);
  x->rule = arena_array0(l->arena, u32, x->mask + 1);
  for (u32 i = 0; i < l->n; i++) {
    u64 key = hash_rule(&l->at[i].t);
    u32 at = find_key(x, key);
    if (!x->key[at])
      x->rule[at] = i; // the first
    x->key[at] = key;
  }
}

// --- lefts ------------------------------------------------------------

typedef struct Extent { // of a left side
  u32 ops, leaves;      // a variable used twice is one leaf
  u64 *seen;
} Extent;

static void measure_left(Extent *e, const Node *n) {
  bool again = n->kind == N_VAR && bit_has(e->seen, n->var->index);
  if (n->kind == N_VAR)
    bit_add(e->seen, n->var->index);
  e->leaves += (n->kind == N_VAR && !again) || n->kind == N_WILD;
  e->ops += n->kind == N_OP || n->kind == N_VALCONST;
  for (u32 i = 0; i < n->nkids; i++)
    measure_left(e, n->kids[i]);
}

static Extent extent(Arena *a, const RuleX *x) {
  Extent e = {.seen = arena_array0(a, u64, bit_words(x->nvars + 1))};
  measure_left(&e, x->lhs);
  return e;
}

// b's left fits a's; as large and with as many leaves, it is no more general.
static bool is_renaming(const LawRule *a, const RuleTerms *b) {
  Extent x = extent(b->arena, a->x), y = extent(b->arena, b->x);
  return x.ops == y.ops && x.leaves == y.leaves;
}

// Of skeleton rules one that puts another op in the place of its own is passed
// over where that op is no cheaper (mid/egraph/skeleton.c).
static bool wins(const LawRule *a, const RuleTerms *b) {
  bool first = b->x->rule->index < a->x->rule->index;
  if (a->x->rule->is_skeleton)
    return first && b->x->rhs_kind != RHS_TERM;
  return b->x->subsume && (first || !a->x->subsume);
}

static bool is_kin(const Rule *a, const Rule *b) {
  return a != b && a->is_skeleton == b->is_skeleton &&
         a->is_remat == b->is_remat;
}

static Idle judge(Search *m, const RuleTerms *b) {
  const RuleX *x = m->a->x, *y = b->x;
  ConjunctVec guards = {0};
  terms_guards(b, &guards);
  bool among = guard_among(&m->guards, &guards);
  if (!is_kin(x->rule, y->rule) ||
      (!among && !guard_follows(m->l, m->a, &m->guards, b, &guards)))
    return IDLE_NOT;
  bool makes_same = x->rule->is_remat || (x->rhs_kind == y->rhs_kind &&
                                          terms_right(b, false) == m->right);
  if (makes_same && among && guards.n == m->guards.n && is_renaming(m->a, b))
    return IDLE_SAME;
  if (makes_same && (y->subsume || !x->subsume))
    return IDLE_INSTANCE;
  return wins(m->a, b) ? IDLE_SHADOW : IDLE_NOT;
}

// Keeps the strongest finding; of equal ones the first.
static bool note_laid(void *user, const RuleTerms *b) {
  Search *m = user;
  Idle idle = judge(m, b);
  if (idle != IDLE_NOT && (!m->found.idle || idle < m->found.idle))
    m->found = (Finding){.idle = idle, .by = b->x->rule};
  return m->found.idle != IDLE_SAME;
}

// An earlier rule that is a variant of r.
static void find_copy(Copies *x, const LawRule *r, Finding *f) {
  const Sema *s = x->l->s;
  const Rule *rule = r->x->rule;
  if (!x->key)
    index_rules(x);
  for (u32 i = rule->first; i < rule->first + rule->count; i++) {
    RuleTerms t;
    if (s->rulexs[i].expansion != r->x->expansion)
      continue;
    terms_init(&t, x->l->arena, s, &s->rulexs[i]);
    u64 key = hash_rule(&t);
    u32 at = find_key(x, key);
    const Rule *by = x->l->at[x->rule[at]].x->rule;
    if (x->key[at] != key || by->index >= rule->index || !is_kin(by, rule))
      continue;
    *f = (Finding){.idle = IDLE_SAME, .by = by};
    return;
  }
}

static Finding find(Copies *x, const LawRule *r) {
  Search m = {.l = x->l, .a = r};
  m.right = terms_right(&r->t, false);
  terms_guards(&r->t, &m.guards);
  bool all = left_lookup(x->l->lefts, &r->t, r->x->lhs, note_laid, &m);
  if (!all && m.found.idle != IDLE_SAME)
    find_copy(x, r, &m.found);
  return m.found;
}

// The same at all of this rule's types: of two alike the later is idle; the one
// with fewer types is a special case of the other.
static Idle judge_same(const Rule *own, const Rule *by) {
  if (own->count == by->count)
    return by->index < own->index ? IDLE_SAME : IDLE_NOT;
  return own->count < by->count ? IDLE_INSTANCE : IDLE_NOT;
}

// At every type: the weakest of the findings, with the first rule that gives
// it.
static Finding find_all(Copies *x, u32 i, u32 n) {
  const Laws *l = x->l;
  Finding f = find(x, &l->at[i]);
  for (u32 k = i + 1; k < i + n && f.idle; k++) {
    Finding g = find(x, &l->at[k]);
    if (!g.idle || g.idle > f.idle)
      f = g;
  }
  if (f.idle == IDLE_SAME)
    f.idle = judge_same(l->at[i].x->rule, f.by);
  return f;
}

// Of an author's rule and a built-in one he can mend but his.
static void help(Laws *l, u32 i, const Rule *r, Finding f) {
  const char *name = f.by->decl->name.s;
  if (!law_is_own(l, r))
    diag_help(l->d, i,
              "it is built in; when yours is too, it can go: --disable-rule=%s "
              "leaves it out now",
              r->decl->name.s);
  else if (law_is_own(l, f.by))
    diag_help(l->d, i, "%s",
              f.idle == IDLE_SHADOW
                  ? "put the special rule first, or give the general one a "
                    "guard that leaves it room"
                  : "leave one of them out");
  else if (f.idle == IDLE_SHADOW)
    diag_help(l->d, i,
              "it is built in, and yours would have to stand before it: "
              "--disable-rule=%s to see what yours does",
              name);
  else
    diag_help(l->d, i,
              "it is built in: leave yours out, call it `%s` to put it in that "
              "one's place, or --disable-rule=%s",
              name, name);
}

static void say(Laws *l, const LawRule *r, Finding f) {
  const Decl *other = f.by->decl;
  Loc loc = law_decl(r)->loc;
  u32 i;
  if (f.idle == IDLE_SAME)
    i = diag_add(l->d, E_SAME, loc, "`%s` says what `%s` says", law_name(r),
                 other->name.s);
  else if (f.idle == IDLE_INSTANCE)
    i = diag_add(l->d, E_INSTANCE, loc,
                 "`%s` is a special case of `%s`, which makes the same",
                 law_name(r), other->name.s);
  else
    i = diag_add(l->d, E_SHADOW, loc,
                 "`%s` never fires: wherever it matches, `%s` wins",
                 law_name(r), other->name.s);
  diag_note(l->d, i, other->loc, "%s",
            f.idle != IDLE_SHADOW ? "the other is here"
            : f.by->is_skeleton   ? "this one is tried first"
                                  : "this one is tried first and subsumes");
  help(l, i, r->x->rule, f);
}

// Two that are special cases of each other are one rule, written twice.
static void settle(Finding *f, u32 n) {
  for (u32 i = 0; i < n; i++) {
    if (f[i].idle != IDLE_INSTANCE)
      continue;
    u32 k = f[i].by->index;
    if (f[k].idle != IDLE_INSTANCE || f[k].by->index != i)
      continue;
    f[i < k ? k : i].idle = IDLE_SAME;
    f[i < k ? i : k].idle = IDLE_NOT;
  }
}

void law_same(Laws *l) {
  Copies x = {.l = l};
  Finding *found = arena_array0(l->arena, Finding, l->s->nrules + 1);
  for (u32 i = 0, n; i < l->n; i += n) {
    n = law_group(l, i);
    found[l->at[i].x->rule->index] = find_all(&x, i, n);
  }
  settle(found, l->s->nrules);
  for (u32 i = 0; i < l->n; i += law_group(l, i)) {
    const Finding *f = &found[l->at[i].x->rule->index];
    if (f->idle)
      say(l, &l->at[i], *f);
  }
}
