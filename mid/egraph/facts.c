// What is known of a class: the facts that guards ask for.
//
// 1. Computed when asked, for the class as it is then: all members are the same
//    value, so what is known of any of them holds. Nothing from branches: a
//    class lives in more than one block.
// 2. A few levels deep and a few classes a question; what lies beyond is
// anything
//    of its type. Parameters, calls and loads are what type and memarg say.
// 3. Kept in a small table, made at the first question: a later one for the
// same
//    class takes the first answer, unless that stopped at its depth and the
//    later one may go deeper. Members that join afterwards could only say more.
#include "mid/egraph/rewrite.h"

enum { DEPTH = 6, CLASSES = 48, ENTRIES = 64, WHOLE = 255 };

typedef struct Answer {
  u32 cls;
  u32 depth; // levels it could look; WHOLE: it saw all there is
  Known known;
} Answer;

struct EgAnswers {
  Answer at[ENTRIES];
};

typedef struct Asking {
  Egraph *g;
  u32 classes; // that may still be looked at
  bool cut;    // it had to stop somewhere
} Asking;

static const Known of_type[] = { // i32, i64
    {.umax = UINT32_MAX, .smin = (u64)1 << 31, .smax = INT32_MAX},
    {.umax = UINT64_MAX, .smin = (u64)1 << 63, .smax = INT64_MAX}};

static const Known *nothing(const Egraph *g, u32 cls) {
  return &of_type[eg_node(g, cls)->type == TY_I64];
}

// Nothing but its type is known of a class: it has one member, of an op that
// says nothing.
static bool is_plain(const Egraph *g, u32 cls) {
  return !op_known[eg_node(g, cls)->op].fn && !g->info[cls].next;
}

static Answer *entry_of(const Asking *a, u32 cls) {
  return &a->g->answers->at[cls % ENTRIES];
}

static void compute(Asking *a, u32 cls, u32 depth, Known *known);

static void ask(Asking *a, u32 cls, u32 depth, Known *known) {
  Answer *e = entry_of(a, cls);
  bool plain = is_plain(a->g, cls);
  if (!plain && e->cls == cls && e->depth >= depth) {
    a->cut |= e->depth != WHOLE;
    *known = e->known;
    return;
  }
  *known = *nothing(a->g, cls);
  if (plain)
    return;
  if (!a->classes) {
    a->cut = true;
    return;
  }
  a->classes--;
  bool outer = a->cut;
  a->cut = false;
  compute(a, cls, depth, known);
  *e = (Answer){cls, a->cut ? depth : WHOLE, *known};
  a->cut |= outer;
}

static void add_member(Asking *a, u32 m, u32 depth, Known *known) {
  const Inst *in = eg_node(a->g, m);
  const KnownRow *row = &op_known[in->op];
  Known x[3];
  if (!row->fn)
    return;
  if (row->operands && (!depth || !a->classes)) {
    a->cut = true;
    return;
  }
  for (u32 k = 0; k < 3; k++)
    if (row->operands >> k & 1)
      ask(a, eg_class(a->g, inst_val(in, k)), depth - 1, &x[k]);
  row->fn(in, a->g->mems.at, x, known);
}

static void compute(Asking *a, u32 cls, u32 depth, Known *known) {
  WATCHED(a->g, facts_computed);
  for (u32 m = cls; m; m = a->g->info[m].next)
    add_member(a, m, depth, known);
  known_close(known, eg_node(a->g, cls)->type == TY_I64 ? 64 : 32);
}

static u64 field_of(const Known *k, size_t field) {
  return *(const u64 *)(const void *)((const u8 *)k + field);
}

u64 rw_fact(Egraph *g, u32 x, size_t field) {
  u32 cls = eg_class(g, x);
  WATCHED(g, facts_asked);
  if (is_plain(g, cls))
    return field_of(nothing(g, cls), field);
  if (unlikely(!g->answers))
    g->answers = arena_new(g->scratch, EgAnswers);
  Asking a = {.g = g, .classes = CLASSES};
  const Answer *e = entry_of(&a, cls);
  if (e->cls == cls && e->depth >= DEPTH)
    return field_of(&e->known, field);
  Known known;
  ask(&a, cls, DEPTH, &known);
  return field_of(&known, field);
}
