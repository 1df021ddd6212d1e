// What the checker knows of each location: a tree whose nodes are shared
// between states and copied when written.
#include "back/ra/known.h"

const Node *known_leaf(const Known *k, u32 at) {
  const Node *n = k->cur;
  for (u32 l = k->levels; l > 0; l--)
    n = n->kid[at >> 5 * l & 31];
  return n;
}

u32 known_get(const Known *k, u32 at) {
  return known_leaf(k, at)->set[at & 31];
}

static Node *own(Known *k, Node **at) { // makes it writable
  if ((*at)->epoch != k->epoch) {
    Node *copy = arena_alloc(k->sets->a, sizeof(Node), _Alignof(Node));
    *copy = **at;
    copy->epoch = k->epoch;
    *at = copy;
  }
  return *at;
}

void known_put(Known *k, u32 at, u32 set) {
  if (known_get(k, at) == set)
    return;
  Node *n = own(k, &k->cur);
  for (u32 l = k->levels; l > 0; l--)
    n = own(k, &n->kid[at >> 5 * l & 31]);
  n->set[at & 31] = set;
  n->names |= set_names(k->sets, set);
}

static Node *meet_leaves(Known *k, Node *a, const Node *b) {
  u32 i = 0;
  while (i < KNOWN_WAYS &&
         (a->set[i] == b->set[i] ||
          set_meet(k->sets, a->set[i], b->set[i]) == a->set[i]))
    i++;
  if (i == KNOWN_WAYS)
    return a;
  Node *m = arena_new(k->sets->a, Node);
  for (i = 0; i < KNOWN_WAYS; i++) {
    m->set[i] = set_meet(k->sets, a->set[i], b->set[i]);
    m->names |= set_names(k->sets, m->set[i]);
  }
  return m;
}

// What both know; `a` itself if that is all it knows. As deep as the tree.
static Node *meet(Known *k, Node *a, Node *b, u32 level) {
  if (a == b)
    return a;
  if (!level)
    return meet_leaves(k, a, b);
  Node *m = NULL;
  for (u32 i = 0; i < KNOWN_WAYS && a->kid[i]; i++) {
    Node *kid = meet(k, a->kid[i], b->kid[i], level - 1);
    if (kid == a->kid[i])
      continue;
    if (!m) {
      m = arena_new(k->sets->a, Node);
      memcpy(m->kid, a->kid, sizeof m->kid);
    }
    m->kid[i] = kid;
  }
  return m ? m : a;
}

static Node *empty_tree(Known *k, u32 level, u32 leaves) {
  Node *n = arena_new(k->sets->a, Node);
  u32 each = 1u << 5 * (level ? level - 1 : 0); // leaves of a child
  for (u32 i = 0; level && i < KNOWN_WAYS && i * each < leaves; i++)
    n->kid[i] = empty_tree(k, level - 1, leaves - i * each);
  return n;
}

Node *known_meet(Known *k, Node *a, Node *b) {
  return meet(k, a, b, k->levels);
}

void known_begin(Known *k, Sets *sets, u32 nlocs) {
  k->sets = sets;
  k->nleaves = (nlocs + KNOWN_WAYS - 1) / KNOWN_WAYS;
  while ((u64)KNOWN_WAYS << 5 * k->levels < nlocs)
    k->levels++;
  k->epoch = 1;
  k->cur = empty_tree(k, k->levels, k->nleaves);
}
