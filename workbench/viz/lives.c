// From the allocator's list of ranges and the code's operands to one record a
// virtual register: segments and uses by counting sort, in linear time.
#include "workbench/viz/lives.h"

#include <stdlib.h>

// --- uses --------------------------------------------------------------------

typedef struct Use {
  VReg r;
  u32 point;
} Use;
typedef struct Uses {
  Arena *a;
  VEC(Use) at;
} Uses;

static void add_use(Uses *u, VReg r, u32 point) {
  if (r >= VREG_FIRST && r != VREG_NONE)
    vec_push(u->a, &u->at, ((Use){r, point}));
}

// Parameters are defined where their block begins, edge arguments used where
// theirs ends.
static void block_uses(const VCode *v, u32 b, Uses *u) {
  const VBlock *k = &v->blocks[b];
  for (u32 p = 0; p < k->nparams; p++)
    add_use(u, v->args[k->params + p], 2 * k->first);
  for (u32 i = k->first; i < k->end; i++) {
    const VInst *in = &v->insts[i];
    for (u32 o = in->ops; o < in->ops + in->nops; o++)
      add_use(u, op_vreg(v->operands[o]), 2 * i + op_is_late(v->operands[o]));
  }
  for (u32 e = k->edges; e < k->edges + k->nedges; e++)
    for (u32 p = 0; p < v->edges[e].nargs; p++)
      add_use(u, v->args[v->edges[e].args + p], 2 * k->end - 1);
}

static void sort_uses(const View *w, Lives *l) {
  Uses u = {.a = w->arena};
  for (u32 b = 0; b < l->v->nblocks; b++)
    block_uses(l->v, b, &u);
  u32 at = 0;
  l->uses = arena_array(w->arena, u32, u.at.n + 1);
  for (u32 k = 0; k < u.at.n; k++)
    l->of[u.at.at[k].r].nuses++;
  for (VReg r = VREG_FIRST; r < l->v->nvregs; r++) {
    l->of[r].first_use = at;
    at += l->of[r].nuses;
    l->of[r].nuses = 0;
  }
  for (u32 k = 0; k < u.at.n; k++) {
    Life *x = &l->of[u.at.at[k].r];
    l->uses[x->first_use + x->nuses++] = u.at.at[k].point;
  }
}

// --- segments ----------------------------------------------------------------

static void sort_segments(const View *w, Lives *l) {
  const RaRanges *all = w->u->ranges;
  u32 at = 0;
  l->segments = arena_array(w->arena, RaRange, all->at.n + 1);
  for (u32 k = 0; k < all->at.n; k++)
    l->of[all->at.at[k].vreg].n++;
  for (VReg r = VREG_FIRST; r < l->v->nvregs; r++) {
    l->of[r].first = at;
    at += l->of[r].n;
    l->of[r].n = 0;
  }
  for (u32 k = 0; k < all->at.n; k++) {
    Life *x = &l->of[all->at.at[k].vreg];
    l->segments[x->first + x->n++] = all->at.at[k];
  }
}

// Registers in order of time; the slot, which lies beside them, last.
static int segment_order(const void *a, const void *b) {
  const RaRange *x = a, *y = b;
  bool slot = x->loc >= LOC_SLOT, other = y->loc >= LOC_SLOT;
  if (slot != other)
    return slot ? 1 : -1;
  if (x->from != y->from)
    return x->from < y->from ? -1 : 1;
  return (x->to > y->to) - (x->to < y->to);
}

static void find_hull(Lives *l, VReg r) {
  Life *x = &l->of[r];
  x->from = UINT32_MAX;
  qsort(l->segments + x->first, x->n, sizeof(RaRange), segment_order);
  for (u32 k = x->first; k < x->first + x->n; k++) {
    const RaRange *s = &l->segments[k];
    x->from = s->from < x->from ? s->from : x->from;
    x->to = s->to > x->to ? s->to : x->to;
  }
}

// --- all ---------------------------------------------------------------------

static void find_values(Lives *l) {
  for (u32 i = 0; i < l->v->ninsts; i++) {
    const VInst *in = &l->v->insts[i];
    for (u32 o = in->ops; o < in->ops + in->nops; o++) {
      Operand x = l->v->operands[o];
      if (op_is_def(x) && op_vreg(x) >= VREG_FIRST && op_vreg(x) != VREG_NONE)
        l->of[op_vreg(x)].value = in->origin;
    }
  }
}

// Counting sort of vregs by their first point, then by number.
static void order_vregs(const View *w, Lives *l) {
  u32 points = 2 * l->v->ninsts + 2;
  u32 *count = arena_array0(w->arena, u32, points + 1);
  l->order = arena_array(w->arena, VReg, l->v->nvregs + 1);
  for (VReg r = VREG_FIRST; r < l->v->nvregs; r++)
    if (l->of[r].n)
      count[l->of[r].from + 1 < points ? l->of[r].from + 1 : points]++, l->n++;
  for (u32 p = 0; p < points; p++)
    count[p + 1] += count[p];
  for (VReg r = VREG_FIRST; r < l->v->nvregs; r++)
    if (l->of[r].n)
      l->order[count[l->of[r].from + 1 <= points ? l->of[r].from : points]++] =
          r;
}

Lives lives(const View *w) {
  Lives l = {.v = w->u->v};
  l.of = arena_array0(w->arena, Life, l.v->nvregs + 1);
  sort_uses(w, &l);
  sort_segments(w, &l);
  find_values(&l);
  for (VReg r = VREG_FIRST; r < l.v->nvregs; r++)
    if (l.of[r].n)
      find_hull(&l, r);
  order_vregs(w, &l);
  l.nshown = l.n < w->limit ? l.n : w->limit;
  return l;
}

bool lives_overlap(const Lives *l, VReg x, VReg y) {
  for (u32 i = l->of[x].first; i < l->of[x].first + l->of[x].n; i++)
    for (u32 j = l->of[y].first; j < l->of[y].first + l->of[y].n; j++)
      if (l->segments[i].from <= l->segments[j].to &&
          l->segments[j].from <= l->segments[i].to)
        return true;
  return false;
}

// --- words -------------------------------------------------------------------

void lives_put_vreg(Text *t, VReg r) {
  if (r < PREG_COUNT)
    text_add(t, "%s", preg_names[r]);
  else
    text_add(t, "%%%u", r - VREG_FIRST);
}

void lives_put_loc(Text *t, Loc l) {
  if (loc_is_reg(l))
    text_add(t, "%s", preg_names[l]);
  else
    text_add(t, "slot %u", l - LOC_SLOT);
}

void lives_put_point(Text *t, u32 point) {
  text_add(t, point & 1 ? "%u+" : "%u", point / 2);
}

void lives_summary(const View *w, const Lives *l, Text *t) {
  viz_title(w, "ranges", t);
  text_add(t, ": %u virtual registers over %u instructions, %u slot%s", l->n,
           l->v->ninsts, w->u->ra.nslots, w->u->ra.nslots == 1 ? "" : "s");
}

// Tints by register; what a bar says in letters too. Slots are one tint.
const char *lives_color(Loc l) {
  static const char *const tints[16] = {
      "#cfe3f7", "#f7dcc4", "#d6edce", "#ecd3ea", "#f5ecb8", "#c9ebe6",
      "#f3cfd0", "#dcdcf6", "#b9d3ea", "#e9c9a8", "#bcdcb0", "#d9bcd6",
      "#e3d693", "#aed8d2", "#e2b3b5", "#c2c2e6"};
  return loc_is_reg(l) ? tints[l & 15] : "#d5d9de";
}
