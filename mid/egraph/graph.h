// The graph while it is built, and afterwards for pictures.
//
// A node is an instruction whose value operands are classes. A class is named
// by its leader, the node that was inserted; members hang behind it in order
// of insertion (`next`), made while the leader was inserted and at no other
// time but a retry after a depth cut. That flattens the union tree of an
// acyclic e-graph: a class is finished before anything can use it, so operands
// are final, costs are known at once and nothing is rebuilt. A value found
// equal to a class that already stands gives up its own (`cls` leads there).
#ifndef MID_EGRAPH_GRAPH_H
#define MID_EGRAPH_GRAPH_H

#include "mid/egraph/egraph.h"
#include "ops.h"

// Each hot file is compiled twice; names that cross files say which copy.
#ifndef WATCH
#define WATCH 0
#endif
#if WATCH
#define EG_NAME(name) name##_watched
#else
#define EG_NAME(name) name##_plain
#endif

enum {               // NodeInfo.flags
  NODE_BUILDING = 1, // its results are being made
  NODE_REMAT = 1,    // after the walk: live, copied to each block that uses it
  NODE_CUT = 2,      // entered at the depth limit, without rewriting
  NODE_FRESH = 4,    // made by a rule: has no key of its own
  NODE_LEAF = 8,     // parameter, or result of a skeleton operation
  NODE_LIVE = 16,    // something that stays needs it
  NODE_FULL = 32,    // leader whose class lost members to the limit
  NODE_PLACED = 64,  // is in the new function
  NODE_SHARED = 128, // leader: the source uses it more than once
};
enum { COST_MAX = 1 << 28 };

typedef struct NodeInfo {
  u32 cls;    // the class it is in, or leads on to
  u32 next;   // next member of the class, 0 = last
  u32 best;   // leader: cheapest member
  u32 cost;   // of the tree below this node, as known when inserted
  u32 avail;  // deepest block of what it needs
  u32 home;   // block in which the source (first) computed it
  u32 origin; // value of the old function it was made for
  u16 rule;   // 1 + the rule that made it, 0 = the source
  u8 flags;
  u8 size; // leader: members
} NodeInfo;

typedef struct Slot {
  u32 hash, id;
} Slot;

typedef struct Edge { // a kept edge of the control-flow graph
  u32 from;
  u32 target; // in the old function's pool
  u32 next;   // next edge into the same block
} Edge;

enum { MEM_STEPS = 24 };  // events a load looks back over
typedef struct MemEvent { // the address holds `value` from here on
  u32 prev;               // earlier event of the region, 0 = unknown
  u32 base;               // class of the address
  u32 value;              // class
  u32 mem;                // its memarg
  bool store;
} MemEvent;
typedef struct MemState {  // by region
  u32 head[REGION_COUNT];  // last event
  u32 write[REGION_COUNT]; // number of the last write
} MemState;

typedef struct BlockState {
  u32 skel, skel_end; // its operations in Egraph.skel
  u32 edges;          // kept edges into it
  u32 head, tail;     // elaboration: first and last entry
  u32 term;           // elaboration: the terminator's entry
  u32 new_id;
  u32 params;      // first of its parameters in Egraph.params
  u32 loop_parent; // header only: the enclosing loop's header
  u8 reached;
  u8 writes; // header only: regions written in the loop (bit set)
  u8 alone;  // not a join: memory state of `from` holds
  u8 spare;
} BlockState;

typedef struct Entry { // an instruction of the new function, not yet in order
  Inst in;             // value operands are entries
  u32 next;            // in its block
  u32 node;            // e-node it was placed from
  u32 cls;             // class it stands for: gives key and position
  u32 value;           // final number, or the entry that took its place (alias)
} Entry;

typedef struct Memo { // where a class can be had
  u32 entry, block;
} Memo;

typedef struct EgAnswers EgAnswers; // facts.c: what is known of classes

typedef struct Egraph {
  const Func *f; // the old function
  Func *out;     // the new one
  Arena *scratch;
  const EgraphOptions *o;
  EgraphCounters *c;
  RuleCounters *rules;
  EgraphLog *log;
  const MidRules *set;
  const u64 *rules_on;                // rules that may fire, null = all
  const struct RwRules *const *parts; // the rules' matchers, plain or watched
  u32 nparts;
  const u8 *roots, *always; // of the rule set
  const u64 (*wanted)[3][2];

  VEC(Inst) n;    // nodes; [0] none
  NodeInfo *info; // parallel
  u32 info_cap;
  Slot *table;
  u32 mask, used;
  u32 *map;         // old value -> class
  const u8 *uses;   // of old values, saturating
  VEC(MemArg) mems; // old ones and those that rules made
  VEC(u32) skel;    // nodes, block by block
  VEC(Edge) edges;
  VEC(u32) params; // classes, by block and index
  BlockState *blocks;
  MemState *mem; // at the end of each block
  VEC(MemEvent) events;
  MemState now;
  u32 writes; // number of the last write

  Block block; // being walked
  u32 origin;  // old value being inserted
  u32 depth;   // of rewriting
  u32 fuel;
  u64 rule_fuel;
  u32 rule;        // 1 + rule whose right side is being built
  bool watch_fuel; // fuel ran out for this operation
  bool retrying;   // rewriting a node that has users already
  EgAnswers *answers; // null until a guard asks

  VEC(Entry) entries;
  Memo *memo;      // by class
  VEC(u32) consts; // entries of constants
  u32 entry_budget;
} Egraph;

static inline const Inst *eg_node(const Egraph *g, u32 id) {
  return &g->n.at[id];
}
// The class that id is in.
static inline u32 eg_class(const Egraph *g, u32 id) {
  while (g->info[id].cls != id)
    id = g->info[id].cls;
  return id;
}
static inline bool eg_same(const Egraph *g, u32 x, u32 y) {
  return x == y || eg_class(g, x) == eg_class(g, y);
}
static inline u32 eg_cost(const Egraph *g, u32 c) {
  return g->info[g->info[c].best].cost;
}
// What a user of class c pays for it: nothing, if others need it anyway.
static inline u32 eg_price(const Egraph *g, u32 c) {
  return g->info[c].flags & NODE_SHARED ? 0 : eg_cost(g, c);
}
static inline bool eg_is_const(const Egraph *g, u32 c) {
  return op_info[g->n.at[c].op].flags & OPF_FLOATS;
}
// Whether class c, which is live, is copied to each block that uses it.
static inline bool eg_is_remat(const Egraph *g, u32 c) {
  return g->info[c].flags & NODE_REMAT;
}
static inline bool eg_is_leaf(const Egraph *g, u32 c) {
  return g->info[c].flags & NODE_LEAF;
}
// Entries that moved up lead to what took their place.
static inline u32 eg_real_entry(const Egraph *g, u32 e) {
  while (g->entries.at[e].in.op == OP_none)
    e = g->entries.at[e].value;
  return e;
}
// The k-th value operand's field.
static inline u32 *inst_field(Inst *i, u32 k) {
  return &i->a + k;
}
static inline u32 inst_val(const Inst *i, u32 k) {
  return (&i->a)[k];
}

#define COUNT(g, name) ((void)((g)->c->name++))
#if WATCH
#define WATCHED(g, name) COUNT(g, name)
#else
#define WATCHED(g, name) ((void)0)
#endif

#define eg_insert EG_NAME(eg_insert)
#define eg_const EG_NAME(eg_const)
#define eg_find_trapping EG_NAME(eg_find_trapping)
#define eg_fold EG_NAME(eg_fold)
#define eg_value EG_NAME(eg_value)
#define eg_leaf EG_NAME(eg_leaf)
#define eg_walk EG_NAME(eg_walk)
#define eg_resolve EG_NAME(eg_resolve)
#define eg_skeleton EG_NAME(eg_skeleton)
#define eg_memory_enter EG_NAME(eg_memory_enter)
#define eg_memory_loops EG_NAME(eg_memory_loops)
#define eg_memory EG_NAME(eg_memory)
#define eg_memory_known EG_NAME(eg_memory_known)
#define eg_memory_fence EG_NAME(eg_memory_fence)
#define eg_live EG_NAME(eg_live)
#define eg_elaborate EG_NAME(eg_elaborate)
#define eg_schedule EG_NAME(eg_schedule)
#define eg_emit EG_NAME(eg_emit)
#define rw_more EG_NAME(rw_more)
#define rw_make EG_NAME(rw_make)
#define rw_number_of EG_NAME(rw_number_of)
#define rw_arm EG_NAME(rw_arm)
#define rw_arm3 EG_NAME(rw_arm3)
#define rw_arm6 EG_NAME(rw_arm6)
#define rw_memarg EG_NAME(rw_memarg)
#define rw_vec_of EG_NAME(rw_vec_of)
#define rw_fact EG_NAME(rw_fact)
#define rw_trapcode EG_NAME(rw_trapcode)
#define mid_matchers EG_NAME(mid_matchers)

// insert.c
u32 eg_value(Egraph *g, Inst in, Val old); // a pure operation of the source
u32 eg_insert(Egraph *g, Inst in);         // its class; 0 if it is being built
u32 eg_const(Egraph *g, Type t, u64 bits);
u32 eg_fold(Egraph *g, const Inst *in);   // class of the constant, or 0
u32 eg_leaf(Egraph *g, Inst in, Val old); // opaque, available here
// A trapping operation equal to one that dominates the block, else 0 and *in
// is entered as `id`.
u32 eg_find_trapping(Egraph *g, const Inst *in, u32 id);
// walk.c
void eg_walk(Egraph *g);
u32 eg_resolve(Egraph *g, Val old); // class of an old value
// skeleton.c
bool eg_skeleton(Egraph *g, Inst in, Val old); // true: the block ends here
// memory.c: what loads read
void eg_memory_loops(Egraph *g);          // before the walk
void eg_memory_enter(Egraph *g, Block b); // state at the block's start
void eg_memory_fence(Egraph *g);          // a call
// A load: the class it reads, or 0. A store: 1 if it changes nothing, else 0,
// and what it writes is known from here on.
u32 eg_memory(Egraph *g, const Inst *in);
// `value` is what the load reads.
void eg_memory_known(Egraph *g, const Inst *load, u32 value);
// live.c, elaborate.c, schedule.c, emit.c
void eg_live(Egraph *g);
void eg_elaborate(Egraph *g);
void eg_schedule(Egraph *g);
void eg_emit(Egraph *g);

#endif
