// The mid-end: a function in, a better one out.
//
// egraph_run walks the blocks in reverse postorder. Pure operations leave the
// code and become e-nodes, folded, hash-consed and rewritten by the rules of
// rules/mid/ as they arrive; operations with effects stay where they are (the
// skeleton) and are simplified, merged or replaced by what memory is known to
// hold. Then the cheapest member of each class that something needs is placed
// back. One bounded trip, no fixed point. See docs/egraph.md.
#ifndef MID_EGRAPH_EGRAPH_H
#define MID_EGRAPH_EGRAPH_H

#include "mid/ir/ir.h"

typedef struct EgraphOptions {
  u32 matches_limit; // results of one node that are kept (5)
  u32 eclass_limit;  // members of a class (5)
  u32 rewrite_depth; // rules on what rules made, that deep (5)
  u32 fuel;          // class members looked at for one operation (500)
  u64 rule_fuel;     // applications of rules in the function; UINT64_MAX = all
  const struct MidRules *set; // the rules; null = those built in
  const u64 *rules;  // bit set of the set's rules that may fire; null = all
  u32 features;      // of the target, CPU_* bits: what has(..) asks
  bool no_rules;     // no rewrite at all (folding stays)
  bool subsume_all;  // what a rule makes replaces the value, if not dearer
  bool no_gvn;       // equal operations stay apart
  bool no_alias;     // memory is never known
  bool no_licm;      // nothing leaves a loop
  bool no_remat;     // cheap nodes are not copied to their uses
  bool no_branch;    // branches are not simplified
  bool no_schedule;  // blocks keep the order in which placing filled them
  bool watch;        // count inside loops and per rule (slower, same code)
} EgraphOptions;
EgraphOptions egraph_options(void); // the defaults above

// X(name, better, description); better: -1 lower, 1 higher, 0 neither. Those
// marked * are counted only when watched.
#define EGRAPH_COUNTERS(X)                                                     \
  X(insts_in, 0, "instructions before")                                        \
  X(blocks_in, 0, "blocks before")                                             \
  X(params_in, 0, "block parameters before")                                   \
  X(insts_out, -1, "instructions after")                                       \
  X(blocks_out, -1, "blocks after")                                            \
  X(params_out, -1, "block parameters after")                                  \
  X(pure, 0, "pure operations met*")                                           \
  X(skeleton, 0, "operations with effects met*")                               \
  X(enodes, 0, "e-nodes made")                                                 \
  X(enodes_by_rules, 0, "e-nodes made by right sides*")                        \
  X(folded, 1, "operations on constants folded*")                              \
  X(deduplicated, 1, "pure operations found equal to an earlier one*")         \
  X(matches, 0, "left sides that matched")                                     \
  X(rules_applied, 0, "right sides built")                                     \
  X(unions, 0, "members added to classes")                                     \
  X(replaced, 1, "values found equal to an older class that costs no more")    \
  X(subsumed, 0, "values replaced by a subsuming rule")                        \
  X(limit_matches, -1, "results cut by the matches limit")                     \
  X(limit_eclass, -1, "members cut by the class limit")                        \
  X(limit_depth, -1, "nodes entered without rewriting at the depth limit")     \
  X(limit_fuel, -1, "operations that ran out of match fuel")                   \
  X(retried, 0, "nodes cut at the depth limit and rewritten later")            \
  X(facts_asked, 0, "facts that guards asked for*")                            \
  X(facts_computed, -1, "classes whose facts were computed*")                  \
  X(cyclic, -1, "results refused because they contain what they equal")        \
  X(skeleton_simplified, 1, "operations with effects changed by a rule")       \
  X(skeleton_merged, 1, "trapping operations equal to a dominating one")       \
  X(branches_folded, 1, "terminators with fewer targets than before")          \
  X(loads_removed, 1, "loads of what an earlier load read")                    \
  X(stores_forwarded, 1, "loads of what an earlier store wrote")               \
  X(stores_removed, 1, "stores of what memory holds already")                  \
  X(alias_steps, -1, "memory events looked at*")                               \
  X(blocks_removed, 1, "blocks no longer reachable")                           \
  X(params_removed, 1, "block parameters that were constant, same or dead")    \
  X(dead_skeleton, 1, "operations without effect that nothing uses")           \
  X(elab_visits, -1, "nodes visited by elaboration*")                          \
  X(elab_hoisted, 0, "nodes placed outside a loop of their use")               \
  X(elab_remat, 0, "copies of cheap nodes beside their uses")                  \
  X(elab_duplicated, -1, "nodes placed once more for a sibling block")         \
  X(elab_moved, 0, "nodes moved up to serve a sibling block")                  \
  X(blocks_reordered, 0, "blocks put back into the source's order")            \
  X(scratch_bytes, -1, "bytes of the pass's arena")
typedef struct EgraphCounters {
#define X(name, better, what) u64 name;
  EGRAPH_COUNTERS(X)
#undef X
} EgraphCounters;
typedef struct EgraphCounterInfo {
  const char *name, *what;
  int better;
} EgraphCounterInfo;
extern const EgraphCounterInfo egraph_counter_info[]; // in the struct's order
extern const u32 egraph_counter_count;

typedef struct RuleCounters { // one per rule; written only when watched
  u64 tried;                  // its operations and constants were there
  u64 matched;                // and its guard held
  u64 inserted;               // its result became a member of the class
  u64 truncated;              // a limit cut it
  u64 subsumed;               // its result replaced the value or the operation
  u64 extracted;              // a node it made is in the code
} RuleCounters;

// What the rules are: generated, in the order of the files.
typedef struct RuleInfo {
  const char *name;
  const char *at;   // "rules/mid/arith.rules:12"
  const char *text; // as written
  u8 subsume, skeleton;
  u8 replaced; // a loaded rule of the same name stands in its place
} RuleInfo;

// The rules of a run: those built in, or what `wb --rules` makes of them and of
// loaded ones (midrules_join). A part is one compiled matcher. Rules are numbered
// through the parts; results are ordered by rank, which is the number but for a
// rule that replaces another: it has the other's.
struct RwRules; // mid/egraph/rewrite.h
typedef struct MidRules {
  u32 nrules;
  const RuleInfo *rules;
  const u64 *on; // bit set of the rules that are not replaced; null = all
  u32 nparts;
  const struct RwRules *const *plain;   // by part; null where not loaded
  const struct RwRules *const *watched; // by part
  const u8 *roots;           // by BaseOp: some rule has it at its root, 1 pure,
                             // 2 skeleton, 4 remat
  const u8 *always;          // some rule of this root tests equal operands only
  const u64 (*wanted)[3][2]; // by BaseOp, operand: base ops that some rule tests
} MidRules;
extern const MidRules mid_builtin;
static inline const MidRules *egraph_rules(const EgraphOptions *o) {
  return o->set ? o->set : &mid_builtin;
}

// The chain of rules behind a value, when recording: one entry a firing, in
// node numbers of the graph; node_of leads from the values of the new function
// into it. All in the scratch arena.
typedef struct EgraphFiring {
  u32 made;    // node the rule made or named
  u32 matched; // node it matched, 0 = an operation of the skeleton
  u32 rule;
  u32 origin;  // value of the old function that was being entered
} EgraphFiring;
struct Egraph;
typedef struct EgraphLog {
  VEC(EgraphFiring) firings;
  u32 *node_of;  // by new value: the node it was placed from
  u32 *value_of; // by node: its last place in the new function, 0 if none
  u32 nvalues;
  const struct Egraph *graph; // mid/egraph/graph.h; for pictures
} EgraphLog;

// Returns the new function in `out`; `f` is not changed and not referred to
// from the result (names and signatures excepted). c, rules and log may be
// null; counters are added to. `scratch` is not reset.
Func *egraph_run(Arena *out, Arena *scratch, const Func *f,
                 const EgraphOptions *o, EgraphCounters *c, RuleCounters *rules,
                 EgraphLog *log);

#endif
