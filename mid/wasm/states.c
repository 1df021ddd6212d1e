// States of the locals: see states.h.
#include "mid/wasm/states.h"

enum { MANY = 2048 }; // nodes from which forgetting is worth a copy

static u32 new_node(States *s, const StateNode *old) {
  vec_push(s->arena, &s->nodes, *old);
  return s->nodes.n - 1;
}

// Builds a tree for locals from `first` on with all values 0, children first.
static u32 empty_tree(States *s, u32 first, u32 shift) {
  StateNode node = {{0}};
  for (u32 k = 0; shift && k < STATE_WAYS; k++)
    if (first + (k << shift) < s->nlocals)
      node.at[k] = empty_tree(s, first + (k << shift), shift - STATE_BITS);
  return new_node(s, &node);
}

void states_begin(States *s, Arena *a, u32 n) {
  *s = (States){.arena = a, .nlocals = n};
  while (n > (u32)STATE_WAYS << s->shift)
    s->shift += STATE_BITS;
  vec_reserve(a, &s->nodes, n / 8 + 32);
  s->root = empty_tree(s, 0, s->shift);
}

void states_own(States *s, u32 local) {
  if (s->root < s->frozen) {
    StateNode copy = s->nodes.at[s->root];
    s->root = new_node(s, &copy);
  }
  u32 n = s->root;
  for (u32 shift = s->shift; shift; shift -= STATE_BITS) {
    u32 k = local >> shift & (STATE_WAYS - 1), child = s->nodes.at[n].at[k];
    if (child < s->frozen) {
      StateNode copy = s->nodes.at[child];
      child = new_node(s, &copy);
      s->nodes.at[n].at[k] = child;
    }
    n = child;
  }
}

static void diff(const States *s, u32 x, u32 y, u32 shift, u32 first,
                 StateFound *found, void *ctx) {
  const u32 *a = s->nodes.at[x].at, *b = s->nodes.at[y].at;
  for (u32 k = 0; k < STATE_WAYS; k++)
    if (a[k] == b[k])
      continue;
    else if (shift)
      diff(s, a[k], b[k], shift - STATE_BITS, first + (k << shift), found, ctx);
    else
      found(ctx, first + k);
}

void states_diff(const States *s, State x, State y, StateFound *found,
                 void *ctx) {
  if (x != y)
    diff(s, x, y, s->shift, 0, found, ctx);
}

void states_forget(States *s) {
  if (s->nodes.n < MANY || s->nodes.n / 4 < s->nlocals / 8) {
    return;
  }
  u32 *values = arena_array(s->arena, u32, s->nlocals + 1);
  for (u32 k = 0; k < s->nlocals; k++)
    values[k] = states_get(s, s->root, k);
  s->nodes.n = 0;
  s->frozen = 0;
  s->root = empty_tree(s, 0, s->shift);
  for (u32 k = 0; k < s->nlocals; k++)
    states_set(s, k, values[k]);
}
