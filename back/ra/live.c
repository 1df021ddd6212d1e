// Liveness of vregs that cross block ends, in one backward pass over blocks:
// live-in is what is used before it is defined, or live into a successor with
// a larger number; then what is live into a loop header is live in the whole
// loop, handed from each header to its blocks and inner headers in one forward
// pass (Boissinot and others 2011, Wimmer and Franz 2010). No instruction is
// looked at, nothing is repeated.
//
// Sets are over crossing vregs only, as the words that are not 0: numbers are
// given in numbering order, so that what lives at a block is a few long-lived
// ones and its neighbours. If even so they grow beyond a bound linear in the
// code there are no sets, and a vreg counts as live from its definition to its
// end in numbering order (RaCounters.flat_liveness).
#include "back/ra/ra.h"

typedef struct Acc { // a set under construction
  u64 *dense;
  u32 *touched, n; // words that may not be 0
} Acc;

static void acc_or(Acc *a, u32 index, u64 bits) {
  if (!a->dense[index])
    a->touched[a->n++] = index;
  a->dense[index] |= bits;
}

static void acc_row(Acc *a, Row r) {
  for (u32 k = 0; k < r.n; k++)
    acc_or(a, r.w[k].index, r.w[k].bits);
}

static void sort_words(Ra *s, u32 *at, u32 n) {
  if (n > 64) { // rare: long lists by merging
    u64 *keys = arena_array(s->a, u64, n);
    for (u32 k = 0; k < n; k++)
      keys[k] = at[k];
    ra_sort(s->a, keys, n);
    for (u32 k = 0; k < n; k++)
      at[k] = (u32)keys[k];
    return;
  }
  for (u32 i = 1; i < n; i++) {
    u32 x = at[i], j = i;
    for (; j && at[j - 1] > x; j--)
      at[j] = at[j - 1];
    at[j] = x;
  }
}

// Takes the set out as a row; the accumulator is empty again.
static Row acc_take(Ra *s, Acc *a) {
  sort_words(s, a->touched, a->n);
  Word *w = arena_array(s->a, Word, a->n);
  u32 n = 0;
  for (u32 k = 0; k < a->n; k++) {
    u32 index = a->touched[k];
    Word word = {index, 0, a->dense[index]};
    a->dense[index] = 0;
    if (word.bits)
      w[n++] = word;
  }
  a->n = 0;
  Row r = {w, n};
  return r;
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
  for (u32 b = 0; b <= n; b++)
    at[b] = sum += at[b];
  for (u32 k = 0; k < s->crossing.n; k++)
    out[--at[s->vi[s->crossing.at[k]].def_block]] = k;
  *first = at, *list = out;
}

// False when the bound is reached. Exposed uses are in order of blocks.
static bool backward(Ra *s, Acc *a, u64 bound) {
  const VCode *c = s->v;
  u32 *first, *list, at = s->exposed.n;
  u64 total = 0;
  by_block(s, &first, &list);
  for (u32 b = c->nblocks; b-- > 0;) {
    const VBlock *blk = &c->blocks[b];
    bool plain =
        first[b] == first[b + 1] && !(at && s->exposed.at[at - 2] == b);
    if (plain && blk->nedges == 1 && c->edges[blk->edges].to > b) {
      s->live_in[b] = s->live_in[c->edges[blk->edges].to];
      continue;
    }
    for (u32 e = blk->edges; e < blk->edges + blk->nedges; e++)
      if (c->edges[e].to > b) {
        acc_row(a, s->live_in[c->edges[e].to]);
        total += s->live_in[c->edges[e].to].n;
      }
    for (u32 k = first[b]; k < first[b + 1]; k++)
      if (a->dense[list[k] / 64])
        bit_del(a->dense, list[k]);
    for (; at && s->exposed.at[at - 2] == b; at -= 2) {
      u32 n = s->vi[s->exposed.at[at - 1]].cross;
      acc_or(a, n / 64, (u64)1 << n % 64);
    }
    s->live_in[b] = acc_take(s, a);
    total += s->live_in[b].n;
    if (total > bound)
      return false;
  }
  return true;
}

static bool contains(Row big, Row small) {
  if (big.n < small.n)
    return false;
  u32 j = 0;
  for (u32 k = 0; k < small.n; k++) {
    while (j < big.n && big.w[j].index < small.w[k].index)
      j++;
    if (j == big.n || big.w[j].index != small.w[k].index)
      return false;
    if (small.w[k].bits & ~big.w[j].bits)
      return false;
  }
  return true;
}

static bool through_loops(Ra *s, Acc *a, u64 bound) {
  const VCode *c = s->v;
  u64 total = 0;
  for (u32 b = 1; b < c->nblocks; b++) {
    u32 l = c->blocks[b].loop;
    if (l == b)
      l = s->loops[b].parent;
    if (!l || contains(s->live_in[b], s->live_in[l]))
      continue;
    acc_row(a, s->live_in[l]);
    acc_row(a, s->live_in[b]);
    s->live_in[b] = acc_take(s, a);
    total += s->live_in[b].n;
    if (total > bound)
      return false;
  }
  return true;
}

void ra_live(Ra *s) {
  u32 words = bit_words(s->crossing.n);
  u64 bound = 65536 + 16ull * s->v->ninsts;
  Acc a = {arena_array0(s->a, u64, words + 1),
           arena_array(s->a, u32, 2 * words + 2), 0};
  s->live_in = arena_array(s->a, Row, s->v->nblocks);
  if (s->env->options.flat || !backward(s, &a, bound) ||
      !through_loops(s, &a, bound)) {
    s->count->flat_liveness++;
    s->live_in = NULL;
  }
  s->live_out = a.dense;
  memset(a.dense, 0, words * sizeof(u64));
  s->live_now = arena_array0(s->a, u64, words + 1);
  s->now_block = NEVER;
}

static void clear(u64 *dense, const u32 *index, u32 n) {
  for (u32 k = 0; k < n; k++)
    dense[index[k]] = 0;
}

void ra_live_now(Ra *s, u32 b) {
  if (s->live_in && s->now_block != b) {
    Row old = s->now_block == NEVER ? (Row){NULL, 0} : s->live_in[s->now_block];
    for (u32 k = 0; k < old.n; k++)
      s->live_now[old.w[k].index] = 0;
    Row r = s->live_in[b];
    for (u32 k = 0; k < r.n; k++)
      s->live_now[r.w[k].index] = r.w[k].bits;
  }
  s->now_block = b;
}

void ra_live_out(Ra *s, u32 b) {
  if (!s->live_in)
    return;
  const VBlock *blk = &s->v->blocks[b];
  clear(s->live_out, s->out_words.at, s->out_words.n);
  s->out_words.n = 0;
  for (u32 e = blk->edges; e < blk->edges + blk->nedges; e++) {
    Row r = s->live_in[s->v->edges[e].to];
    for (u32 k = 0; k < r.n; k++) {
      if (!s->live_out[r.w[k].index])
        vec_push(s->a, &s->out_words, r.w[k].index);
      s->live_out[r.w[k].index] |= r.w[k].bits;
    }
  }
}
