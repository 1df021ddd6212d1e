// Immediates are tried like the wheels of an odometer, over candidates that go
// from plain to odd: first few of each, then more, up to a budget.
#include "rulec/test/numbers.h"

enum { MOST_CANDIDATES = 300, MOST_WHEELS = 8, BUDGET = 60000 };

typedef struct Wheel {
  const Var *var;
  u32 n, at;
  EvVal *values;
} Wheel;

typedef struct Search {
  Numbers *n;
  u32 fails, skip;
  u32 budget;
  u32 nwheels;
  Wheel wheels[MOST_WHEELS];
} Search;

// --- candidates -------------------------------------------------------

static void add(Wheel *w, EvVal v) {
  for (u32 i = 0; i < w->n; i++)
    if (ev_equal(&w->values[i], &v))
      return;
  if (w->n < MOST_CANDIDATES)
    w->values[w->n++] = v;
}

static void add_number(Wheel *w, u128 num) {
  add(w, ev_bits(w->var->sort, wide(num)));
}

static void add_literals(Wheel *w, const Node *n) {
  if (n->kind == N_CONST && n->sort.kind == SORT_BV)
    for (u32 k = 0; k < 3; k++)
      add_number(w, n->num + (k == 2 ? (u128)0 - 1 : k));
  for (u32 i = 0; i < n->nkids; i++)
    add_literals(w, n->kids[i]);
}

// What a guard may have turned round: abs(k) == 77 where k < 0.
static void add_negated(Wheel *w, const Node *n) {
  if (n->kind == N_CONST && n->sort.kind == SORT_BV && n->num) {
    add_number(w, (u128)0 - n->num);
    add_number(w, ~n->num);
  }
  for (u32 i = 0; i < n->nkids; i++)
    add_negated(w, n->kids[i]);
}

static void add_bits(Wheel *w, const RuleX *x) {
  static const s64 plain[] = {3,  8,  5,  2,   1,   0,   -1, 7,
                              4,  10, 16, 6,   -2,  24,  31, 32,
                              33, 63, 64, 100, 255, 128, -8, 1000};
  for (u32 i = 0; i < 10; i++)
    add_number(w, (u128)(s128)plain[i]);
  for (u32 i = 0; i < x->nclauses; i++)
    add_literals(w, x->clauses[i].e);
  for (u32 i = 10; i < sizeof plain / sizeof *plain; i++)
    add_number(w, (u128)(s128)plain[i]);
  for (u32 b = 0; b < w->var->sort.bits; b++) {
    u128 bit = (u128)1 << b;
    add_number(w, bit - 1);
    add_number(w, (u128)0 - bit);
    add_number(w, bit);
    add_number(w, bit + 1);
  }
  for (u32 i = 0; i < x->nclauses; i++)
    add_negated(w, x->clauses[i].e);
}

// Bytes as the access has them, then others; extensions; offsets.
static void add_memargs(Wheel *w, const OpInst *op) {
  static const u32 offs[] = {0, 8, 0x7fffffff, 0xffffffff};
  EvVal m = trial_memarg(op);
  u32 most = m.mem[MF_BYTES];
  const bool gives = op && op->type;
  for (u32 o = 0; o < 4; o++)
    for (u32 bytes = most; bytes; bytes /= 2)
      for (u32 ext = bytes < most && gives ? 1 : 0;
           ext < (bytes < most && gives ? 3u : 1u); ext++) {
        m.mem[MF_OFF] = offs[o];
        m.mem[MF_BYTES] = bytes;
        m.mem[MF_EXT] = ext;
        add(w, m);
      }
  m = trial_memarg(op);
  for (u32 r = 1; region_words[r]; r++) {
    m.mem[MF_REGION] = r;
    add(w, m);
  }
}

static void add_targets(Numbers *n, Wheel *w) {
  for (u32 trap = 0; trap < 3; trap++) {
    TrialTarget t = {w->var->name, trap};
    vec_push(n->t.g.arena, &n->t.targets, t);
    add(w, ev_bits(w->var->sort, wide(n->t.targets.n - 1)));
  }
}

static void add_target_lists(Numbers *n, Wheel *w) {
  for (u32 len = 0; len < 5; len++) {
    u32 k = len < 2 ? 2 - len : len == 2 ? 0 : len; // 2 1 0 3 4
    EvVal *at = arena_array0(n->t.g.arena, EvVal, k + 1);
    for (u32 i = 0; i < k; i++)
      at[i] = ev_bits((Sort){.kind = SORT_TARGET}, wide(0));
    add(w, (EvVal){.sort = w->var->sort, .list = {k, at}});
  }
}

static void add_members(const Numbers *n, Wheel *w) {
  for (u32 k = 0; k < n->t.g.s->codes[w->var->sort.decl].nmembers; k++)
    add_number(w, k);
}

// What may be known of a value: its number, and in the next word which fact.
static void add_facts(Wheel *w) {
  static const struct {
    u8 fact;
    s64 num;
  } facts[] = {{BI_UMAX, 1},      {BI_SMIN, 0},  {BI_ZEROS, ~7},
               {BI_ZEROS, ~0xff}, {BI_UMAX, 7},  {BI_UMAX, 0xff},
               {BI_ZEROS, 7},     {BI_ZEROS, 1}, {BI_ONES, 1},
               {BI_ONES, 7},      {BI_UMIN, 1},  {BI_UMIN, 9},
               {BI_SMAX, -1},     {BI_SMIN, 9},  {BI_ZEROS, 0xff},
               {BI_ONES, -1},     {BI_ZEROS, -2}};
  add(w, ev_bits(w->var->sort, wide(0)));
  for (u32 i = 0; i < sizeof facts / sizeof *facts; i++) {
    u64 mask = w->var->sort.bits == 64 ? ~(u64)0 : UINT32_MAX;
    add(w, (EvVal){.sort = {.kind = SORT_BV, .bits = 256},
                   .bits = {{(u64)facts[i].num & mask, facts[i].fact}}});
  }
}

static void fill(Numbers *n, Wheel *w, const RuleX *x, const OpInst *op) {
  w->values = arena_array0(n->t.g.arena, EvVal, MOST_CANDIDATES);
  switch ((SortKind)w->var->sort.kind) {
  case SORT_BV: add_bits(w, x); break;
  case SORT_MEMARG: add_memargs(w, op); break;
  case SORT_TARGET: add_targets(n, w); break;
  case SORT_TARGETS: add_target_lists(n, w); break;
  case SORT_VALUE: add_facts(w); break;
  case SORT_CODE: add_members(n, w); break;
  default: add_number(w, FIRST_OTHER); break;
  }
}

static bool asks(const Node *n, const Var *v) {
  bool asks_it = n->kind == N_CALL && n->nkids == 1 &&
                 n->kids[0]->kind == N_VAR && n->kids[0]->var == v &&
                 v->kind == VAR_VALUE;
  for (u32 i = 0; i < n->nkids; i++)
    asks_it |= asks(n->kids[i], v);
  return asks_it;
}

// Whether a clause asks for facts of the value.
static bool asked_of(const RuleX *x, const Var *v) {
  bool asked = false;
  for (u32 i = 0; i < x->nclauses; i++)
    asked |= asks(x->clauses[i].e, v);
  return asked;
}

static void find_wheels(Search *s, const Node *pat) {
  const OpInst *op = pat->kind == N_OP ? &s->n->t.g.s->ops[pat->op] : NULL;
  for (u32 k = 0; k < pat->nkids; k++) {
    const Node *kid = pat->kids[k];
    if (kid->kind == N_SINK || kid->kind == N_ONCE)
      kid = kid->kids[0];
    bool new = kid->kind == N_VAR &&
               (kid->var->kind == VAR_IMM || asked_of(s->n->m.x, kid->var));
    for (u32 i = 0; i < s->nwheels; i++)
      new &= s->wheels[i].var != kid->var;
    if (new && s->nwheels < MOST_WHEELS) {
      Wheel *w = &s->wheels[s->nwheels++];
      *w = (Wheel){.var = kid->var};
      fill(s->n, w, s->n->m.x, op);
    }
    if (kid->kind == N_OP || kid->kind == N_CTOR)
      find_wheels(s, kid);
  }
}

// --- trying -----------------------------------------------------------

static bool part_holds(Search *s, u32 i) {
  EvVal v = match_expr(&s->n->t.g, &s->n->m, s->n->parts[i]);
  return ev_true(&v);
}

// A value is a leaf of which one fact is known, or none.
static void set_wheel(Numbers *n, const Wheel *w) {
  EvVal v = w->values[w->at];
  n->m.imm[w->var->index] = v;
  if (w->var->kind != VAR_VALUE)
    return;
  u32 *leaf = &n->m.cls[w->var->index];
  if (!*leaf) {
    TrialNode node = {.sort = w->var->sort, .name = w->var->name};
    vec_push(n->t.g.arena, &n->t.nodes, node);
    *leaf = n->t.nodes.n - 1;
  }
  n->t.nodes.at[*leaf].known = (u8)v.bits.w[1];
  n->t.nodes.at[*leaf].number = v.bits.w[0];
}

static bool fits(Search *s) {
  Numbers *n = s->n;
  for (u32 i = 0; i < s->nwheels; i++)
    set_wheel(n, &s->wheels[i]);
  bool all = match_clauses(&n->t.g, &n->m);
  if (s->fails >= n->nparts || all)
    return all && s->fails >= n->nparts;
  for (u32 i = 0; i < s->fails; i++)
    if (!part_holds(s, i))
      return false;
  return !part_holds(s, s->fails);
}

// All combinations of the first `limit` candidates that use the last of them.
static bool turn(Search *s, u32 limit, u32 before) {
  for (u32 i = 0; i < s->nwheels; i++)
    s->wheels[i].at = 0;
  for (;;) {
    bool fresh = !before;
    for (u32 i = 0; i < s->nwheels; i++)
      fresh |= s->wheels[i].at >= before;
    if (fresh && s->budget) {
      s->budget--;
      if (fits(s) && !s->skip--)
        return true;
    }
    u32 i = 0;
    for (; i < s->nwheels; i++) {
      u32 n = s->wheels[i].n < limit ? s->wheels[i].n : limit;
      if (++s->wheels[i].at < n)
        break;
      s->wheels[i].at = 0;
    }
    if (i == s->nwheels || !s->budget)
      return false;
  }
}

static void add_part(Numbers *n, const Node *e) {
  if (e->kind == N_BINARY && e->fn == BIN_ANDAND) {
    add_part(n, e->kids[0]);
    add_part(n, e->kids[1]);
  } else if (n->nparts < MOST_PARTS) {
    n->parts[n->nparts++] = e;
  }
}

void numbers_begin(Numbers *n, const Sema *s, Arena *a, const RuleX *x) {
  *n = (Numbers){.m = {.x = x}};
  trial_begin(&n->t, s, a);
  n->m.cls = arena_array0(a, u32, x->nvars + 1);
  n->m.imm = arena_array0(a, EvVal, x->nvars + 1);
  for (u32 i = 0; i < x->nclauses; i++)
    if (!x->clauses[i].let)
      add_part(n, x->clauses[i].e);
}

bool numbers_find(Numbers *n, u32 fails) {
  static const u32 limits[] = {3, 6, 12, 40, MOST_CANDIDATES};
  Search s = {.n = n, .fails = fails, .skip = n->skip, .budget = BUDGET};
  n->t.targets.n = 1;
  find_wheels(&s, n->m.x->lhs);
  for (u32 i = 0; i < 5; i++)
    if (turn(&s, limits[i], i ? limits[i - 1] : 0))
      return true;
  return false;
}
