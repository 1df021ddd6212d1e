// Spill slots. A spilled vreg needs its slot from its definition to its end in
// numbering order (loops included), so slots are a colouring of intervals: in
// order of definition, each takes the slot that was free first, from a heap of
// those in use by end. 8 bytes each; a v128 takes an even pair. n log n.
#include "back/ra/ra.h"

// Bottom-up merge sort that begins with the runs that are there.
void ra_sort(Arena *a, u64 *keys, u32 n) {
  bool sorted = true;
  for (u32 k = 1; k < n && sorted; k++) sorted = keys[k - 1] <= keys[k];
  if (sorted) return;
  u64 *from = keys, *to = arena_array(a, u64, n);
  for (u32 run = 1; run < n; run *= 2) {
    for (u32 at = 0; at < n; at += 2 * run) {
      u32 mid = n - at < run ? n : at + run, end = n - at < 2 * run ? n : at + 2 * run;
      u32 i = at, j = mid;
      for (u32 k = at; k < end; k++)
        to[k] = i < mid && (j == end || from[i] <= from[j]) ? from[i++] : from[j++];
    }
    u64 *t = from;
    from = to, to = t;
  }
  if (from != keys) memcpy(keys, from, n * sizeof(u64));
}

typedef struct Pool { // slots of one size
  u32 size;           // in slots: 1 or 2
  u64 *heap;          // in use: end << 32 | slot, smallest end on top
  u32 n;
  u32 *free, nfree;   // stack
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
    if (c >= p->n) break;
    if (c + 1 < p->n && p->heap[c + 1] < p->heap[c]) c++;
    if (p->heap[c] >= x) break;
    p->heap[k] = p->heap[c];
    k = c;
  }
  p->heap[k] = x;
  return top;
}

static u32 take_slot(Ra *s, Pool *p, u32 from, u32 end) {
  while (p->n && p->heap[0] >> 32 < from) p->free[p->nfree++] = (u32)pop(p);
  u32 slot;
  if (p->nfree) {
    slot = p->free[--p->nfree];
  } else {
    slot = (s->nslots + p->size - 1) / p->size * p->size;
    s->nslots = slot + p->size;
  }
  sift_up(p, (u64)end << 32 | slot);
  return slot;
}

void ra_slots(Ra *s) {
  u32 n = s->spilled.n;
  if (!n) return;
  s->slot = arena_array(s->a, u32, s->v->nvregs);
  u64 *order = arena_array(s->a, u64, n);
  for (u32 k = 0; k < n; k++) {
    VReg v = s->spilled.at[k];
    order[k] = (u64)s->vi[v].def << 32 | v;
  }
  ra_sort(s->a, order, n);
  Pool pools[2];
  for (u32 k = 0; k < 2; k++) {
    Pool p = {k + 1, arena_array(s->a, u64, n), 0, arena_array(s->a, u32, n), 0};
    pools[k] = p;
  }
  // Pairs first, so that single slots leave no holes of alignment.
  for (u32 wide = 2; wide-- > 0;)
    for (u32 k = 0; k < n; k++) {
      VReg v = (u32)order[k];
      const VInfo *x = &s->vi[v];
      if ((x->bytes > 8) != (wide == 1)) continue;
      s->slot[v] = take_slot(s, &pools[wide], x->def, x->end);
    }
}
