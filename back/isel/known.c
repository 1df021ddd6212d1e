// What is known of a value: the facts that guards of `lower` rules ask for. The
// same as in the middle (mid/egraph/facts.c), of a function whose values have
// one definition each: what ops say of their results (mid/ir/known.h), a few
// levels deep, a few values a question. Parameters and calls are what their
// type says; nothing comes from branches.
//
// A question is rare (the rest of the pattern has matched by then), and a
// value's definition does not change while it is asked, but operands may change
// places, which changes no fact: so the last answers are kept.
#include "back/isel/lower.h"
#include "mid/ir/known.h"
#include "ops.h"

enum { DEPTH = 6, VALUES = 48, ENTRIES = 32 };

typedef struct Answer {
  Val v;
  Known known;
} Answer;

struct LowAnswers {
  Answer at[ENTRIES]; // what a question of full depth found
};

typedef struct Asking {
  const Lower *L;
  u32 values; // that may still be looked at
} Asking;

static u32 width(const Lower *L, Val v) {
  return low_at(L, v)->type == TY_I64 ? 64 : 32;
}

static void ask(Asking *a, Val v, u32 depth, Known *known) {
  const Inst *i = low_at(a->L, v);
  const KnownRow *row = &op_known[i->op];
  Known x[3];
  *known = known_none(width(a->L, v));
  if (!row->fn || (row->operands && (!depth || !a->values)))
    return;
  a->values -= a->values != 0;
  for (u32 k = 0; k < 3; k++)
    if (row->operands >> k & 1)
      ask(a, k == 0 ? i->a : k == 1 ? i->b : i->c, depth - 1, &x[k]);
  row->fn(i, a->L->f->mems.at, x, known);
  known_close(known, width(a->L, v));
}

u64 low_fact(Lower *L, Val v, size_t field) {
  if (!L->answers)
    L->answers = arena_new(L->arena, LowAnswers);
  Answer *e = &L->answers->at[v % ENTRIES];
  if (e->v != v) {
    Asking a = {L, VALUES};
    ask(&a, v, DEPTH, &e->known);
    e->v = v;
  }
  return *(const u64 *)(const void *)((const u8 *)&e->known + field);
}

bool low_is_const(const Lower *L, Val v) {
  return (op_info[low_at(L, v)->op].flags & OPF_FLOATS) != 0;
}
