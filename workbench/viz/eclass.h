// The e-graph as pictures need it: which node belongs to which class and why,
// operands by name, constants in their users. Built once from the log of a
// compiled function; read only.
#ifndef WORKBENCH_VIZ_ECLASS_H
#define WORKBENCH_VIZ_ECLASS_H

#include "mid/egraph/graph.h"
#include "workbench/viz/viz.h"

typedef enum Standing { // of a node in its class
  MEMBER,               // may be chosen
  EQUAL,                // was found equal to an older class and gave up its own
  LEFT_OUT,             // cut by the class limit
} Standing;

typedef struct ENode {
  u32 next; // next node of the same class, in order of insertion
  u32 rule; // 1 + rule by which it gave up its class, 0 = none
  u8 standing;
} ENode;

typedef struct EView {
  const Egraph *g;
  const EgraphLog *log;
  Func print;           // what ir_print_inst sees: nodes over classes
  ENode *nodes;         // by node
  u32 *first;           // by class: its first node, leader first
  u32 *skel;            // by node: 1 + its place in g->skel
  u8 *boxed;            // by class: stands by itself (no mere constant)
  u8 *shown;            // by class
  u32 nclasses, nshown; // boxed ones
  u32 class_limit;
} EView;

EView eview(const View *w);

static inline bool eview_live(const EView *v, u32 c) {
  return v->g->info[c].flags & NODE_LIVE;
}
// Whether node n stands in the new function for its class.
static inline bool eview_chosen(const EView *v, u32 n) {
  return v->g->info[n].flags & NODE_PLACED;
}
// "iadd.i32 c3 4": the node with classes as operands, no result.
void eview_node(const EView *v, u32 n, Text *t);
// The boxed classes that are operands of n, in order; how many.
u32 eview_operands(const EView *v, u32 n, Arena *a, u32 **out);
// "; sum (func 1): egraph at -O1: 40 e-nodes, ..., 12 rule firings"
void eview_summary(const View *w, const EView *v, Text *t);
// "by mul_pow2", "source", "equal by ...", "left out: class full": one phrase.
void eview_why(const EView *v, u32 n, Text *t);

#endif
