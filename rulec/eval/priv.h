// What the files of eval share.
#ifndef RULEC_EVAL_PRIV_H
#define RULEC_EVAL_PRIV_H

#include "rulec/eval/eval.h"

u64 eval_hash(u64 h, u64 x);
u64 eval_hash_val(u64 h, const EvVal *v);
EvVal ev_none(void); // a value of no sort: effects only
EvVal ev_state(EvState s);
EvVal ev_trap(u32 code);
EvVal ev_list(const EvVal *at, u32 n, Sort sort);
EvVal eval_no(Eval *e, const char *why); // EV_NO, says why once
u32 eval_width(Sort s);                  // bits that a value of it has
// Notes in r that it depends on x.
void ev_taint(EvVal *r, const EvVal *x);
void eval_bind_key(Eval *e, const void *key, EvVal val);

// --- float.c: x and y are operands, w their width, n->field a target's
bool eval_float(const Node *n, u64 x, u64 y, u32 w, u64 *out);
// `nan(inputs: r)`; inputs are float bits.
EvVal eval_nan(Eval *e, const EvVal *inputs, u32 n, EvVal r);

// --- lane.c: which NaNs lanes may be
EvVal ev_concat(Sort sort, const EvVal *hi, const EvVal *lo);
EvVal ev_slice(Sort sort, const EvVal *x, u32 shift);
bool ev_by_lanes(const EvVal *l, const EvVal *r);
EvVerdict ev_lanes_allow(const EvVal *l, const EvVal *r);
void ev_print_lane_nans(Text *t, const EvVal *v);

// --- outcome.c: whether the value r is one that l allows.
EvVerdict ev_allows(const EvVal *l, const EvVal *r);

u64 eval_hash_list(u64 h, const EvVal *at, u32 n);

// --- op.c
// Traps in order; true: one fires (or its condition has no value), in *out.
bool eval_traps(Eval *e, const TrapInfo *traps, u32 n, EvVal *out);
EvVal eval_operand(EvVal v, const Var *var); // as a meaning speaks of it: bits
EvOutcome eval_goto(const EvVal *target);    // its trap, if it only traps
EvOutcome eval_meaning(Eval *e, const Node *m); // control too
// Memory at an address: its trap if that is beyond the heap.
EvVal eval_access(const Eval *e, const EvVal *p, u32 bytes);
EvVal eval_pred(Eval *e, const EvVal *code, const EvVal *args, u32 n);
EvVal eval_data_meaning(Eval *e, const EvVal *v);

// --- table.c: false: it is no such instruction
bool eval_table(Eval *e, const InstX *x, EvVal *out); // operands are bound
bool eval_table_jump(Eval *e, const InstX *x, const EvVal *args,
                     EvOutcome *out);

// --- access.c: whether all memargs of ops in n are such as the IR takes
bool eval_accesses_valid(Eval *e, const Node *n);

// --- inst.c
EvVal eval_inst_node(Eval *e, const Node *n); // all results
EvVal eval_lower_node(Eval *e, const Node *n);
EvOutcome eval_run(Eval *e, const Node *n);

// --- outcome.c: as eval_outcome, of something else to run.
EvOutcome eval_outcome_of_rule(Eval *e, const RuleX *x,
                               EvOutcome (*run)(Eval *e, const RuleX *x));

#endif
