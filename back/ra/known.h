// A set of vregs for each location, as the checker's states hold it: a tree of
// nodes with 32 children, its leaves hold 32 locations. Nodes are shared
// between states and copied when written, so that time and memory follow what
// changes; two states are compared only where they are not the same nodes.
#ifndef BACK_RA_KNOWN_H
#define BACK_RA_KNOWN_H

#include "back/ra/sets.h"

enum { KNOWN_WAYS = 32 };

typedef struct Node Node;
struct Node {
  u32 epoch; // may be written by the state of this epoch only
  u64 names; // leaf: filter, bit v & 63 of each member
  union {
    u32 set[KNOWN_WAYS]; // leaf; 0 nothing known
    Node *kid[KNOWN_WAYS];
  };
};

typedef struct Known {
  Sets *sets;
  u32 nleaves, levels;
  u32 epoch;
  Node *cur; // the state that is written
} Known;

void known_begin(Known *k, Sets *sets, u32 nlocs); // nothing is known
u32 known_get(const Known *k, u32 loc);
void known_put(Known *k, u32 loc, u32 set);
const Node *known_leaf(const Known *k, u32 loc);
// The nodes of `cur` become common property; keep the pointer to keep the
// state.
static inline void known_share(Known *k) {
  k->epoch++;
}
// What both states know; `a` itself if that is all it knows.
Node *known_meet(Known *k, Node *a, Node *b);

#endif
