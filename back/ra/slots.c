// Spill slots. A spilled vreg needs its slot from its definition to its end in
// numbering order (loops included), so slots are a colouring of intervals: in
// order of definition, each takes a free one, and those whose interval is over
// come back from a heap by end. A parameter that lives in its slot would like
// the slot of an argument, so that the edge has nothing to move. 8 bytes each;
// a v128 takes an even pair. n log n.
#include "back/ra/ra.h"

// Bottom-up merge sort that begins with the runs that are there.
void ra_sort(Arena *a, u64 *keys, u32 n) {
  bool sorted = true;
  for (u32 k = 1; k < n && sorted; k++)
    sorted = keys[k - 1] <= keys[k];
  if (sorted)
    return;
  u64 *from = keys, *to = arena_array(a, u64, n);
  for (u32 run = 1; run < n; run *= 2) {
    for (u32 at = 0; at < n; at += 2 * run) {
      u32 mid = n - at < run ? n : at + run,
          end = n - at < 2 * run ? n : at + 2 * run;
      u32 i = at, j = mid;
      for (u32 k = at; k < end; k++)
        to[k] =
            i < mid && (j == end || from[i] <= from[j]) ? from[i++] : from[j++];
    }
    u64 *t = from;
    from = to, to = t;
  }
  if (from != keys)
    memcpy(keys, from, n * sizeof(u64));
}

enum { IN_USE = 1 };

typedef struct Pool { // slots of one size
  u32 size;           // in slots: 1 or 2
  u64 *heap;          // in use: end << 32 | slot, smallest end on top
  u32 n;
  VEC(u32) free; // stack; those taken by wish are still on it
} Pool;

static void sift_up(Pool *p, u64 x) {
  u32 k = p->n++;
  for (; k && p->heap[(k - 1) / 2] > x; k = (k - 1) / 2)
    p->heap[k] = p->heap[(k - 1) / 2];
  p->heap[k] = x;
}

static u64 pop(Pool *p) {
  u64 top = p->heap[0], x = p->heap[--p->n];
  u32 k = 0;
  for (;;) {
    u32 c = 2 * k + 1;
    if (c >= p->n)
      break;
    if (c + 1 < p->n && p->heap[c + 1] < p->heap[c])
      c++;
    if (p->heap[c] >= x)
      break;
    p->heap[k] = p->heap[c];
    k = c;
  }
  p->heap[k] = x;
  return top;
}

typedef struct Slots {
  Ra *s;
  VEC(u8) state; // by slot: IN_USE
  u32 *wish;     // by vreg: slot it would like plus one, 0 none
} Slots;

static u32 free_slot(Slots *x, Pool *p, u32 wish) {
  if (wish && !(x->state.at[wish - 1] & IN_USE))
    return wish - 1;
  while (p->free.n) {
    u32 slot = p->free.at[--p->free.n];
    if (!(x->state.at[slot] & IN_USE))
      return slot;
  }
  Ra *s = x->s;
  u32 slot = (s->nslots + p->size - 1) / p->size * p->size;
  s->nslots = slot + p->size;
  while (x->state.n < s->nslots)
    vec_push(s->a, &x->state, (u8)0);
  return slot;
}

static bool same_pool(const Ra *s, VReg a, VReg b) {
  return (s->vi[a].bytes > 8) == (s->vi[b].bytes > 8);
}

static void take_slot(Slots *x, Pool *p, VReg v) {
  Ra *s = x->s;
  const VInfo *i = &s->vi[v];
  while (p->n && p->heap[0] >> 32 < i->def) {
    u32 old = (u32)pop(p);
    x->state.at[old] &= (u8)~IN_USE;
    vec_push(s->a, &p->free, old);
  }
  if (i->like && s->slot[i->like] != NEVER && same_pool(s, i->like, v))
    x->wish[v] = s->slot[i->like] + 1; // back to where the parameter was
  u32 slot = free_slot(x, p, x->wish[v]);
  x->state.at[slot] |= IN_USE;
  sift_up(p, (u64)i->end << 32 | slot);
  s->slot[v] = slot;
  u32 q = i->like; // the parameter it is passed to
  if (q && !x->wish[q] && same_pool(s, q, v))
    x->wish[q] = slot + 1;
}

void ra_slots(Ra *s) {
  u32 n = s->spilled.n;
  if (!n)
    return;
  s->slot = arena_array(s->a, u32, s->v->nvregs);
  memset(s->slot, 0xff, s->v->nvregs * sizeof(u32));
  Slots x = {.s = s, .wish = arena_array0(s->a, u32, s->v->nvregs)};
  u64 *order = arena_array(s->a, u64, n);
  for (u32 k = 0; k < n; k++) {
    VReg v = s->spilled.at[k];
    order[k] = (u64)s->vi[v].def << 32 | v;
  }
  ra_sort(s->a, order, n);
  // Pairs first, so that single slots leave no holes of alignment.
  for (u32 size = 2; size > 0; size--) {
    Pool p = {.size = size, .heap = arena_array(s->a, u64, n)};
    for (u32 k = 0; k < n; k++)
      if ((s->vi[(u32)order[k]].bytes > 8) == (size == 2))
        take_slot(&x, &p, (u32)order[k]);
  }
}
