// The states of a sequence: what each place holds on each path, and how paths
// part and meet.
#include "rulec/verify/walk.h"

// --- places -----------------------------------------------------------------

u32 walk_bits(const Place *p) { return p->sort.kind == SORT_XMM ? 128 : 64; }

const KindInfo *walk_register(const InstOperand *o) {
  for (u32 i = 0; i < o->nkinds; i++)
    if (o->kinds[i].mode == OM_REG)
      return &o->kinds[i];
  return NULL;
}

static u32 add_place(Walk *w, const char *name, const char *fixed, Sort sort) {
  u32 k = w->nplaces;
  if (k == MOST_PLACES) {
    smt_fail(w->m, "too many registers");
    return 0;
  }
  w->places[k] = (Place){name, fixed, sort, k};
  for (u32 i = 0; fixed && i < k; i++)
    if (w->places[i].fixed && strcmp(w->places[i].fixed, fixed) == 0)
      w->places[k].same = w->places[i].same;
  w->nplaces++;
  return k;
}

static void operand_place(Walk *w, const InstOperand *o, s32 same) {
  const KindInfo *k = walk_register(o);
  Sort none = {.kind = SORT_NONE};
  u32 p = add_place(w, o->name, k ? k->fixed : NULL, k ? k->sort : none);
  if (same >= 0)
    w->places[p].same = w->places[same].same;
}

// Place k is operand k, then results.
void walk_places(Walk *w) {
  const InstX *x = w->x;
  for (u32 i = 0; i < x->noperands; i++)
    operand_place(w, &x->operands[i], -1);
  for (u32 i = 0; i < x->nresults; i++)
    operand_place(w, &x->results[i], x->results[i].reuse);
  for (u32 i = 0; i < x->noperands; i++) // could share a result's register
    if (x->operands[i].early && !w->places[i].fixed)
      smt_fail(w->m, "operand %s is early and not fixed", x->operands[i].name);
}

s32 walk_find(const Walk *w, const char *name) {
  for (u32 i = 0; i < w->nplaces; i++)
    if (w->places[i].name && strcmp(w->places[i].name, name) == 0)
      return (s32)i;
  return -1;
}

u32 walk_fixed(Walk *w, const char *reg, Sort sort) {
  for (u32 i = 0; i < w->nplaces; i++)
    if (w->places[i].fixed && strcmp(w->places[i].fixed, reg) == 0)
      return i;
  u32 k = add_place(w, NULL, reg, sort);
  w->now.at[k].all = smt_fresh(w->m, reg, SMT_BV, walk_bits(&w->places[k]));
  return k;
}

static SmtTerm widened(Walk *w, const Place *p, SmtVal v) {
  Smt *m = w->m;
  u32 bits = walk_bits(p);
  if (p->sort.kind == SORT_GPR)
    return machine_whole(m, v);
  if (v.v.bits >= bits)
    return v.v;
  SmtTerm above = smt_fresh(m, "above", SMT_BV, bits - v.v.bits);
  return smt_app(m, SMT_BV, bits, "concat", 2, above, v.v);
}

void walk_write(Walk *w, u32 k, SmtVal v) {
  const Place *p = &w->places[w->places[k].same];
  w->now.at[w->places[k].same] = (Cell){widened(w, p, v), v.v};
}

SmtTerm walk_read(Walk *w, u32 k, u32 bits) {
  const Cell *c = &w->now.at[w->places[k].same];
  if (!c->all.s || bits > c->all.bits) {
    smt_fail(w->m, "a register that is none");
    return smt_num(w->m, 0, bits);
  }
  return c->low.s && c->low.bits == bits
             ? c->low
             : smt_extract(w->m, bits - 1, 0, c->all);
}

// --- paths --------------------------------------------------------------

static void join_cell(Smt *m, SmtTerm c, const Cell *a, Cell *b) {
  bool low = a->low.s && b->low.s && a->low.bits == b->low.bits;
  if (!a->all.s || !b->all.s)
    return;
  b->all = smt_ite(m, c, a->all, b->all);
  b->low = low ? smt_ite(m, c, a->low, b->low) : (SmtTerm){0};
}

// Control comes from a path too.
static void join(Walk *w, const State *s) {
  Smt *m = w->m;
  State *n = &w->now;
  if (smt_is_false(n->active)) {
    *n = *s;
    return;
  }
  SmtTerm c = s->active;
  for (u32 i = 0; i < w->nplaces; i++)
    join_cell(m, c, &s->at[i], &n->at[i]);
  SmtTerm *f = arena_array0(m->arena, SmtTerm, FF_COUNT);
  for (u32 i = 0; i < FF_COUNT; i++)
    f[i] = smt_ite(m, c, s->flags.f[i], n->flags.f[i]);
  n->flags.f = f;
  n->run = smt_run_ite(m, c, &s->run, &n->run);
  n->active = smt_or(m, c, n->active);
}

static void wait_for(Walk *w, const char *label, SmtTerm when) {
  if (w->nwaiting == MOST_WAITING) {
    smt_fail(w->m, "too many jumps");
    return;
  }
  Waiting *x = &w->waiting[w->nwaiting++];
  *x = (Waiting){label, w->now};
  x->state.active = when;
}

// To a label ahead, to a target of the block, or back.
void walk_jump(Walk *w, const Name *to, SmtTerm cond) {
  Smt *m = w->m;
  SmtTerm when = smt_and(m, w->now.active, cond);
  s32 target = walk_find(w, to->s);
  w->now.active = smt_and(m, w->now.active, smt_not(m, cond));
  for (u32 i = 0; i < w->nseen; i++)
    if (strcmp(w->seen[i], to->s) == 0) {
      w->excused = smt_or(m, w->excused, when);
      return;
    }
  if (target < 0) {
    wait_for(w, to->s, when);
    return;
  }
  SmtVal t = smt_input(m, to->s, (Sort){.kind = SORT_TARGET});
  wait_for(w, NULL, when);
  smt_goto(m, &w->waiting[w->nwaiting - 1].state.run, t.v);
}

void walk_label(Walk *w, const Name *n) {
  for (u32 i = 0; i < w->nwaiting; i++)
    if (w->waiting[i].label && strcmp(w->waiting[i].label, n->s) == 0)
      join(w, &w->waiting[i].state);
  if (w->nseen < MOST_WAITING)
    w->seen[w->nseen++] = n->s;
}

// The state at the end, control having left on some paths.
void walk_end(Walk *w) {
  for (u32 i = 0; i < w->nwaiting; i++)
    if (!w->waiting[i].label)
      join(w, &w->waiting[i].state);
    else {
      bool seen = false;
      for (u32 k = 0; k < w->nseen; k++)
        seen |= strcmp(w->seen[k], w->waiting[i].label) == 0;
      if (!seen)
        smt_fail(w->m, "no label %s", w->waiting[i].label);
    }
}
