// Values for the inputs of a rule, and the evaluator on each.
#include "rulec/verify/rounds.h"

enum { ALL_BITS = 18, EMPTY_AFTER = 1 << 12 };

// --- inputs ---------------------------------------------------------

static bool is_number(Sort s) {
  return (s.kind == SORT_VALUE || s.kind == SORT_BV) && s.bits && s.bits <= 64;
}

static void find(Inputs *in, const Node *n) {
  const void *key = node_key(n);
  bool is_input = n->kind == N_VAR || n->kind == N_WILD;
  for (u32 i = 0; is_input && i < in->n; i++)
    if (in->at[i].key == key)
      return;
  if (is_input && is_number(n->sort) && in->n < MOST_INPUTS)
    in->at[in->n++] =
        (struct Input){key, n->kind == N_VAR ? n->var->name : "_", n->sort};
  else if (is_input)
    in->only = false;
  for (u32 i = 0; i < n->nkids; i++)
    find(in, n->kids[i]);
}

static bool asks_facts(const Node *n) {
  bool fact = n->kind == N_CALL && n->fn >= BI_HAS && n->fn <= BI_EXTERN;
  for (u32 i = 0; i < n->nkids && !fact; i++)
    fact = asks_facts(n->kids[i]);
  return fact;
}

void inputs_find(Inputs *in, const RuleX *x) {
  *in = (Inputs){.only = true};
  find(in, x->lhs);
  for (u32 i = 0; i < x->nclauses; i++)
    in->only = in->only && !asks_facts(x->clauses[i].e);
}

// --- rounds ---------------------------------------------------------

void rounds_begin(Rounds *o, const Sema *s, const RuleX *x) {
  *o = (Rounds){.s = s, .x = x};
  inputs_find(&o->in, x);
  rule_begin(&o->r, s, x, &o->scratch, 1);
}

void rounds_fix(Rounds *o, const Var *code, u32 member) {
  o->fixed = (EvBind){code, ev_bits(code->sort, wide(member))};
}

void rounds_end(Rounds *o) { arena_free(&o->scratch); }

// Enough is known.
static bool ended(const Rounds *o) {
  return o->worst == ROUND_WRONG || o->worst == ROUND_LEFT_OUT ||
         (o->until_met && o->met);
}

// A round leaves its lists behind: forgotten, and the world begun anew.
static void make_room(Rounds *o, u32 i) {
  if (i % EMPTY_AFTER == EMPTY_AFTER - 1) {
    arena_reset(&o->scratch);
    rule_begin(&o->r, o->s, o->x, &o->scratch, 1 + i / EMPTY_AFTER);
  }
}

static bool one_round(Rounds *o, const EvBind *given, u32 n) {
  EvBind all[MOST_INPUTS + 1];
  for (u32 i = 0; i < n; i++)
    all[i] = given[i];
  if (o->fixed.key)
    all[n++] = o->fixed;
  RuleRound w = rule_round(&o->r, all, n, &o->left, &o->right);
  o->agreed += w == ROUND_AGREED;
  o->met = o->met || (w != ROUND_MISSED && w != ROUND_LEFT_OUT);
  if (w == ROUND_WRONG || w == ROUND_LEFT_OUT || w == ROUND_UNSURE)
    o->worst = w;
  return !ended(o);
}

// value(o, input, i) for every i below count[input], in all combinations.
static bool every(Rounds *o, const u32 *count,
                  u64 (*value)(const Rounds *o, u32 input, u32 i)) {
  u64 total = 1;
  for (u32 i = 0; i < o->in.n; i++)
    total *= count[i];
  for (u64 k = 0; k < total && !ended(o); k++) {
    EvBind given[MOST_INPUTS];
    u64 rest = k;
    make_room(o, (u32)k);
    for (u32 i = 0; i < o->in.n; i++) {
      const struct Input *in = &o->in.at[i];
      u64 v = value(o, i, (u32)(rest % count[i]));
      rest /= count[i];
      given[i] = (EvBind){in->key, ev_bits(in->sort, wide(v))};
    }
    (void)one_round(o, given, o->in.n);
  }
  return !ended(o);
}

static u64 ones(u32 bits) {
  return bits >= 64 ? ~(u64)0 : ((u64)1 << bits) - 1;
}

static u64 number_at(const Rounds *o, u32 input, u32 i) {
  (void)o, (void)input;
  return i;
}

bool rounds_all(Rounds *o) {
  u32 bits = 0, count[MOST_INPUTS];
  for (u32 i = 0; i < o->in.n; i++) {
    bits += o->in.at[i].sort.bits;
    count[i] = bits <= ALL_BITS ? 1u << o->in.at[i].sort.bits : 0;
  }
  o->agreed = 0;
  return o->in.only && bits <= ALL_BITS && every(o, count, number_at) &&
         o->worst != ROUND_UNSURE;
}

static u64 small_at(const Rounds *o, u32 input, u32 i) {
  return (u64)((s64)i - 128) & ones(o->in.at[input].sort.bits);
}

bool rounds_small(Rounds *o) {
  u32 count[MOST_INPUTS] = {0}, n = o->in.n;
  for (u32 i = 0; i < n; i++)
    count[i] = o->in.at[i].sort.bits < 8 ? 1u << o->in.at[i].sort.bits : 256;
  o->in.n = n < 2 ? n : 2; // the others are drawn
  bool good = every(o, count, small_at);
  o->in.n = n;
  return good;
}

// --- corners --------------------------------------------------------

// Those most likely to tell first; then powers of two with their neighbours,
// the bytes' first, each once.
static u32 corners(u32 bits, u64 *at) {
  u64 all = ones(bits), top = (u64)1 << (bits - 1);
  const u64 first[] = {0,
                       1,
                       all,
                       top,
                       top - 1,
                       2 & all,
                       all - 1,
                       (top + 1) & all,
                       (top - 2) & all,
                       3 & all};
  u32 n = 0;
  for (u32 step = 0; step < 4; step++) {
    u32 unit = 8u >> step;
    for (u32 k = 0; k < 10 && !step; k++)
      at[n++] = first[k];
    for (u32 k = unit; k < bits; k += unit)
      for (u32 d = 0; d < 3; d++)
        at[n++] = (((u64)1 << k) + d - 1) & all;
  }
  u32 kept = 0;
  for (u32 i = 0; i < n; i++) {
    u32 k = 0;
    while (k < kept && at[k] != at[i])
      k++;
    if (k == kept)
      at[kept++] = at[i];
  }
  return kept;
}

static u64 corner(const Rounds *o, u32 input, u32 i) {
  return o->corner[input][i];
}

bool rounds_corners(Rounds *o, u32 most) {
  u32 all[MOST_INPUTS], count[MOST_INPUTS], each = MOST_CORNERS;
  for (u32 i = 0; i < o->in.n; i++)
    all[i] = corners(o->in.at[i].sort.bits, o->corner[i]);
  for (u64 total = ~(u64)0; total > most && each; each--) {
    total = 1;
    for (u32 i = 0; i < o->in.n; i++) {
      count[i] = all[i] > each ? each : all[i];
      total *= count[i];
    }
  }
  o->agreed = 0;
  return every(o, count, corner);
}

bool rounds_random(Rounds *o, u32 n) {
  o->agreed = 0;
  for (u32 i = 0; i < n * 20 && o->agreed < n && !ended(o); i++) {
    make_room(o, i);
    (void)one_round(o, NULL, 0);
  }
  return !ended(o);
}

bool rounds_passes(Rounds *o, u32 n) {
  o->until_met = true;
  if (rounds_corners(o, n) && !o->met)
    for (u32 i = 0; i < n && !ended(o); i++) {
      make_room(o, i);
      (void)one_round(o, NULL, 0);
    }
  return o->met;
}

// --- sequences --------------------------------------------------------

SeqRounds seq_rounds(const Sema *s, const InstX *x, u32 n, Arena *scratch) {
  SeqRounds o = {.worst = ROUND_MISSED};
  Eval e;
  EvSampler m = {.state = 1};
  eval_init(&e, s, scratch, 1);
  for (u32 i = 0; i < n; i++) {
    bool drawn = seq_draw(&e, &m, x, o.args);
    o.worst = drawn ? seq_round(&e, &m, x, o.args, &o.left, &o.right)
                    : ROUND_LEFT_OUT;
    o.agreed += o.worst == ROUND_AGREED;
    if (o.worst == ROUND_WRONG || o.worst == ROUND_LEFT_OUT)
      break;
  }
  return o;
}

// --- a model of a smaller width ---------------------------------------

static const ModelValue *model_of(const Model *m, const char *name) {
  for (u32 i = 0; i < m->n; i++)
    if (m->at[i].known && strcmp(m->at[i].side, "input") == 0 &&
        strcmp(m->at[i].what, name) == 0)
      return &m->at[i];
  return NULL;
}

// Extended by zeros, by the sign, or moved to the top.
static u64 widened(u64 v, u32 from, u32 to, u32 how) {
  if (from >= to)
    return v & ones(to);
  u64 sign = v >> (from - 1) & 1 ? ones(to) & ~ones(from) : 0;
  return how == 0 ? v : how == 1 ? v | sign : v << (to - from);
}

bool rounds_model(Rounds *o, const Model *m) {
  u32 ways = 1;
  for (u32 i = 0; i < o->in.n; i++)
    ways *= 3;
  for (u32 k = 0; m && k < ways && !ended(o); k++) {
    EvBind given[MOST_INPUTS];
    u32 n = 0, rest = k;
    for (u32 i = 0; i < o->in.n; i++, rest /= 3) {
      const struct Input *in = &o->in.at[i];
      const ModelValue *v = model_of(m, in->name);
      if (v)
        given[n++] = (EvBind){
            in->key, ev_bits(in->sort, wide(widened((u64)v->at[0], v->sort.bits,
                                                    in->sort.bits, rest % 3)))};
    }
    (void)one_round(o, given, n);
  }
  return !ended(o);
}
