// Liveness of vregs that cross block ends, in one backward pass over blocks:
// live-in is what is used before it is defined, or live into a successor with
// a larger number; then what is live into a loop header is live in the whole
// loop, handed from each header to its blocks and inner headers in one forward
// pass (Boissinot and others 2011, Wimmer and Franz 2010). No instruction is
// looked at. Sets are bit rows over crossing vregs only; beyond a bound that is
// linear in the code (or 32 MiB) there are no sets, and a vreg counts as live
// from its definition to its end in numbering order (RaCounters.flat_liveness).
#include "back/ra/ra.h"

static u64 *row(const Ra *s, u32 b) { return s->live_in + (size_t)b * s->words; }

static void expose(Ra *s) {
  for (u32 k = 0; k < s->exposed.n; k += 2) {
    u32 b = s->exposed.at[k], v = s->exposed.at[k + 1];
    bit_add(row(s, b), s->vi[v].cross);
  }
}

// Crossing vregs by the block that defines them, as a CSR.
static void by_block(Ra *s, u32 **first, u32 **list) {
  u32 n = s->v->nblocks;
  u32 *at = arena_array0(s->a, u32, n + 1);
  u32 *out = arena_array(s->a, u32, s->crossing.n + 1);
  for (u32 k = 0; k < s->crossing.n; k++) {
    u32 def = s->vi[s->crossing.at[k]].def_block;
    must(def < n, "v%u is used but never defined", s->crossing.at[k]);
    at[def]++;
  }
  u32 sum = 0;
  for (u32 b = 0; b <= n; b++) at[b] = sum += at[b];
  for (u32 k = 0; k < s->crossing.n; k++)
    out[--at[s->vi[s->crossing.at[k]].def_block]] = k;
  *first = at, *list = out;
}

static void backward(Ra *s) {
  const VCode *c = s->v;
  u32 *first, *list;
  by_block(s, &first, &list);
  for (u32 b = c->nblocks; b-- > 0;) {
    const VBlock *blk = &c->blocks[b];
    u64 *in = row(s, b);
    for (u32 e = blk->edges; e < blk->edges + blk->nedges; e++) {
      u32 to = c->edges[e].to;
      if (to <= b) continue;
      const u64 *next = row(s, to);
      for (u32 w = 0; w < s->words; w++) in[w] |= next[w];
    }
    for (u32 k = first[b]; k < first[b + 1]; k++) bit_del(in, list[k]);
  }
}

static void through_loops(Ra *s) {
  const VCode *c = s->v;
  for (u32 b = 1; b < c->nblocks; b++) {
    u32 l = c->blocks[b].loop;
    if (l == b) l = s->loops[b].parent;
    if (!l) continue;
    u64 *in = row(s, b);
    const u64 *head = row(s, l);
    for (u32 w = 0; w < s->words; w++) in[w] |= head[w];
  }
}

void ra_live(Ra *s) {
  u64 bound = 65536 + 32ull * s->v->ninsts;
  if (bound > 4u << 20) bound = 4u << 20;
  s->words = bit_words(s->crossing.n);
  u64 edges = (u64)s->v->nedges + s->v->nblocks;
  if (edges * s->words > bound) {
    s->count->flat_liveness++;
    return;
  }
  s->live_in = arena_array0(s->a, u64, (size_t)s->v->nblocks * s->words + 1);
  s->live_out = arena_array(s->a, u64, s->words + 1);
  expose(s);
  backward(s);
  through_loops(s);
}

bool ra_live_in(const Ra *s, VReg v, u32 b) {
  const VInfo *x = &s->vi[v];
  if (x->cross == NEVER) return false;
  if (s->live_in) return bit_has(row(s, b), x->cross);
  u32 from = block_from(&s->v->blocks[b]);
  return x->def_block < b && x->end >= from;
}

void ra_live_out(Ra *s, u32 b) {
  if (!s->live_in) return;
  const VBlock *blk = &s->v->blocks[b];
  memset(s->live_out, 0, s->words * sizeof(u64));
  for (u32 e = blk->edges; e < blk->edges + blk->nedges; e++) {
    const u64 *next = row(s, s->v->edges[e].to);
    for (u32 w = 0; w < s->words; w++) s->live_out[w] |= next[w];
  }
}

bool ra_dead_after(const Ra *s, VReg v, u32 at) {
  const VInfo *x = &s->vi[v];
  if (x->next <= s->block_end) return false;
  if (x->cross == NEVER) return true;
  if (s->live_in) return !bit_has(s->live_out, x->cross);
  return x->end <= at;
}
