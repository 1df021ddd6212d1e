// States of all locals, persistent: a radix tree over the local's number with
// 16 entries a node, values in the leaves, as many levels as the function
// needs.
//
//   root   0  1  2 ... 15          locals 16 .. 31 are in the leaf of entry 1
//             |
//   leaf      v  v  v ... v
//
// A state is the number of its root. What was handed out by states_freeze never
// changes; later nodes belong to the current state alone and are written in
// place. So a state costs nothing to keep or to go back to, setting a local
// copies at most one node a level after a freeze, and two states are compared
// in time proportional to what differs.
#ifndef MID_WASM_STATES_H
#define MID_WASM_STATES_H

#include "mid/base/base.h"

typedef u32 State;

enum { STATE_WAYS = 16, STATE_BITS = 4 };

typedef struct StateNode {
  u32 at[STATE_WAYS]; // nodes, or in a leaf values
} StateNode;

typedef struct States {
  Arena *arena;
  VEC(StateNode) nodes;
  State root; // of the current state
  u32 frozen; // nodes below this are shared
  u32 shift;  // of the root's entry in a local's number
  u32 nlocals;
} States;

// Makes a state of n locals, all 0.
void states_begin(States *s, Arena *a, u32 n);
// Copies of the way to a local, for states_set.
void states_own(States *s, u32 local);
// Calls found for each local that differs between x and y.
typedef void StateFound(void *ctx, u32 local);
void states_diff(const States *s, State x, State y, StateFound *found,
                 void *ctx);
// No frozen state is needed any more: gives their nodes back if there are many.
void states_forget(States *s);

static inline u32 states_get(const States *s, State root, u32 local) {
  const StateNode *nodes = s->nodes.at;
  u32 n = root;
  for (u32 shift = s->shift; shift; shift -= STATE_BITS)
    n = nodes[n].at[local >> shift & (STATE_WAYS - 1)];
  return nodes[n].at[local & (STATE_WAYS - 1)];
}

static inline void states_set(States *s, u32 local, u32 v) {
  StateNode *nodes = s->nodes.at;
  u32 n = s->root;
  for (u32 shift = s->shift; shift; shift -= STATE_BITS)
    n = nodes[n].at[local >> shift & (STATE_WAYS - 1)];
  if (unlikely(n < s->frozen)) { // an owned leaf has an owned way to it
    states_own(s, local);
    states_set(s, local, v);
    return;
  }
  nodes[n].at[local & (STATE_WAYS - 1)] = v;
}

static inline State states_freeze(States *s) {
  s->frozen = s->nodes.n;
  return s->root;
}

#endif
