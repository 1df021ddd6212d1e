#include "rulec/test/known.h"

static u64 mask(u32 w) { return w == 64 ? ~(u64)0 : ((u64)1 << w) - 1; }
static u64 top(u32 w) { return (u64)1 << (w - 1); }
static s64 with_sign(u64 x, u32 w) { return (s64)(x << (64 - w)) >> (64 - w); }

Facts facts_none(u32 w) {
  return (Facts){.w = w, .umax = mask(w), .smin = top(w), .smax = top(w) - 1};
}

static u64 *field(Facts *f, Builtin fact) {
  switch (fact) {
  case BI_ZEROS: return &f->zeros;
  case BI_ONES: return &f->ones;
  case BI_UMIN: return &f->umin;
  case BI_UMAX: return &f->umax;
  case BI_SMIN: return &f->smin;
  default: return &f->smax;
  }
}

u64 facts_get(const Facts *f, Builtin fact) {
  Facts copy = *f;
  return *field(&copy, fact);
}

void facts_add(Facts *f, Builtin fact, u64 x) {
  u64 *old = field(f, fact);
  x &= mask(f->w);
  bool more = fact == BI_UMIN   ? x > *old
              : fact == BI_UMAX ? x < *old
              : fact == BI_SMIN ? with_sign(x, f->w) > with_sign(*old, f->w)
                                : with_sign(x, f->w) < with_sign(*old, f->w);
  if (fact == BI_ZEROS || fact == BI_ONES)
    *old |= x;
  else if (more)
    *old = x;
}

// Ranges on one side of zero are the same with and without sign.
static void close_sign(Facts *f) {
  u64 t = top(f->w);
  if (f->umax < t || f->umin >= t) {
    facts_add(f, BI_SMIN, f->umin);
    facts_add(f, BI_SMAX, f->umax);
  }
  bool plus = with_sign(f->smin, f->w) >= 0;
  if (plus || with_sign(f->smax, f->w) < 0) {
    facts_add(f, BI_UMIN, f->smin);
    facts_add(f, BI_UMAX, f->smax);
  }
}

// Bits that the ends of a range have in common at the top.
static void close_prefix(Facts *f) {
  u64 differ = f->umin ^ f->umax, same = mask(f->w);
  while (differ & same)
    same = same << 1 & mask(f->w);
  f->zeros |= ~f->umin & same;
  f->ones |= f->umin & same;
}

void facts_close(Facts *f) {
  for (u32 round = 0; round < 3; round++) {
    facts_add(f, BI_UMIN, f->ones);
    facts_add(f, BI_UMAX, ~f->zeros);
    close_sign(f);
    close_prefix(f);
  }
}

// --- of nodes -----------------------------------------------------------

typedef struct Asking { // an op's facts about a node
  Trial *t;
  const OpInst *op;
  const TrialNode *node;
} Asking;

static EvVal operand_fact(Eval *e, const Node *fact, const EvVal *x) {
  const Asking *a = e->user;
  (void)x;
  for (u32 k = 0; k < a->op->nvars; k++)
    if (a->op->vars[k] == fact->kids[0]->var) {
      Facts f = facts_of(a->t, a->node->args[k].cls);
      return ev_bits(fact->sort, wide(facts_get(&f, (Builtin)fact->fn)));
    }
  return eval_fact_none(e, fact, x);
}

static void add_op(Trial *t, const TrialNode *n, Facts *f) {
  const OpInst *op = &t->g.s->ops[n->op];
  Asking asking = {t, op, n};
  Eval e;
  eval_init(&e, t->g.s, t->g.arena, 1);
  e.fact = operand_fact;
  e.user = &asking;
  for (u32 k = 0; k < op->nvars; k++)
    eval_bind(&e, op->vars[k],
              op->operands[k].is_value ? ev_bits(op->vars[k]->sort, wide(0))
                                       : n->args[k].imm);
  for (u32 i = 0; i < op->nfacts; i++) {
    EvVal v = eval_node(&e, op->facts[i].e);
    if (ev_ok(&v))
      facts_add(f, (Builtin)op->facts[i].fact, ev_u64(&v));
  }
}

static void add_said(const TrialNode *n, Facts *f) {
  if (n->known)
    facts_add(f, (Builtin)n->known, n->number);
  for (u32 k = 0; k < n->nfacts; k++)
    for (u32 b = BI_ZEROS; b <= BI_SMAX; b++)
      if (!strcmp(n->facts[k].var->name, n->name) &&
          !strcmp(n->facts[k].field, builtin_names[b]))
        facts_add(f, (Builtin)b, (u64)n->facts[k].e->num);
}

static u32 width_of(const Trial *t, const TrialNode *n) {
  u32 type = n->op ? t->g.s->ops[n->op].type : n->sort.type;
  return type == VT_I32 ? 32 : 64;
}

Facts facts_of(Trial *t, u32 node) {
  TrialNode n = t->nodes.at[node];
  Facts f = facts_none(width_of(t, &n));
  if (n.op)
    add_op(t, &n, &f);
  else
    add_said(&n, &f);
  facts_close(&f);
  return f;
}
