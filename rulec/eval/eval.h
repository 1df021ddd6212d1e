// Sema nodes evaluated on concrete values: the one meaning of the language
// that is not C text and not a solver's term. Checks, laws, tests of rules,
// counterexamples and sampling use it.
//
// A value (EvVal) is bits of any width to 256, a record, a list, a constructor
// of `data`; its state says whether there is one at all. *Nothing* (a division
// by zero, an over-wide shift, ...) passes through every operator; so does a
// trap, met when an op is evaluated. A float is its bits.
//
// What may be more than one thing: the NaN of `nan(inputs: e)` and `?`. The
// evaluator takes one by Eval.policy and Eval.seed and notes in the value that
// it did: `nan` says which NaNs could stand there instead, `loose` that some
// choice is in it. eval_allows says whether a right outcome is one that the
// left allows; only where a loose value is not the outcome itself it must
// answer EV_UNSURE.
//
// Everything uninterpreted (bytes of memory never written, `extern`, facts not
// supplied) is a hash of its arguments and Eval.seed: equal arguments, equal
// answers; another seed, another world.
//
// Nothing here reports to Diags. What cannot be evaluated gives EV_NO, and
// Eval.why says why.
#ifndef RULEC_EVAL_EVAL_H
#define RULEC_EVAL_EVAL_H

#include "rulec/sema/sema.h"
#include "rulec/eval/wide.h"

// --- values -----------------------------------------------------------

typedef enum EvState {
  EV_VALUE,
  EV_NOTHING, // a partial operation outside its domain; a guard: no match
  EV_TRAP,    // EvVal.trap
  EV_NO,      // not evaluated: Eval.why
} EvState;

typedef enum EvNan { // which NaN it is
  EV_NAN_EXACT,      // this one (or no NaN at all)
  EV_NAN_CANONICAL,  // either sign, only the top bit of the payload
  EV_NAN_ARITHMETIC, // either sign, the top bit of the payload set
} EvNan;

enum { EV_FLAG_ANY = 2, EV_MAX_FIELDS = 4, EV_LANES = 4 };

typedef struct EvVal {
  u8 state;   // EvState
  u8 nan;     // EvNan, floats only
  bool any;   // it is `?`: bits hold one choice
  bool loose; // depends on a choice (of a NaN, of `?`)
  u8 shape;   // Shape + 1 if an op with that parameter gave it: for printing
  u8 lane_nan[EV_LANES]; // a vector: EvNan of the lane at 32 * i (lane.c)
  u32 trap; // EV_TRAP: its code (eval_trap_code); an address: that of an
            // access beyond the heap, 0 if it is no heap address
  Sort sort;
  union {
    Wide bits;          // BV, VALUE, GPR, XMM, AMODE (the address); BOOL 0 or
                        // 1; CODE member; TRAP, TARGET, FUNC, ... a number
    u32 mem[MF_COUNT];  // MEMARG
    u8 flags[FF_COUNT]; // FLAGS: 0, 1, or EV_FLAG_ANY
    struct {
      u32 n;
      const struct EvVal *at;
    } list; // TARGETS, VALUES; results of an instruction
    struct {
      u32 data, ctor, n;
      const struct EvVal *at;
    } data; // DATA
  };
} EvVal;

EvVal ev_bits(Sort sort, Wide bits);
EvVal ev_num(u32 bits, u128 num); // of SORT_BV
EvVal ev_bool(bool b);
static inline bool ev_ok(const EvVal *v) { return v->state == EV_VALUE; }
static inline bool ev_true(const EvVal *v) {
  return v->state == EV_VALUE && v->bits.w[0] != 0;
}
u64 ev_u64(const EvVal *v);
bool ev_equal(const EvVal *x, const EvVal *y); // same state and contents
bool ev_is_nan(const EvVal *v);                // 32 or 64 bits wide and a NaN
void ev_print(Text *t, const Sema *s, const EvVal *v);
// Some NaN or `?` could stand in it, or was taken on the way to it.
bool ev_is_choice(const EvVal *v);
// 0x and 32 digits; with a shape (Shape + 1) its lanes instead, lane 0 first.
void vector_print(Text *t, u128 v, u32 shape);

// --- the world ----------------------------------------------------------

typedef enum EvPolicy { // which NaN `nan(..)` gives
  EV_POLICY_SSE, // the first NaN operand made quiet, else the default one
  EV_POLICY_CANONICAL,
  EV_POLICY_ANY, // by the seed, any that is allowed
} EvPolicy;

typedef struct EvByte { // written memory
  u64 at;
  u8 byte;
} EvByte;

typedef struct EvBind { // a variable (or another key) and its value
  const void *key;
  EvVal val;
} EvBind;

typedef struct Eval Eval;
// A fact of a value variable, whose value is x. Must be true of x.
typedef EvVal EvFactFn(Eval *e, const Node *fact, const EvVal *x);

struct Eval {
  const Sema *s;
  Arena *arena; // lists, names; the caller resets it
  u64 seed;
  u8 policy;      // EvPolicy
  u64 features;   // bit Node.field of BI_HAS
  u64 heap_size;  // `inside`: bytes of linear memory
  EvFactFn *fact; // null: eval_fact_exact
  // Whether a target only traps, and how; null: eval_target_traps.
  bool (*target)(Eval *e, u32 target, u32 *code);
  void *user;
  VEC(EvBind) env; // innermost last
  VEC(EvByte) mem; // last write of a byte counts
  u32 choices;     // NaNs and `?` met: numbers them for the seed
  u32 fuel;        // nodes left before EV_NO; 0 means 1,000,000
  const char *why; // of the first EV_NO
};

void eval_init(Eval *e, const Sema *s, Arena *a, u64 seed);
void eval_reset(Eval *e, u64 seed); // forgets variables and memory
// Binds a variable; the innermost binding counts.
void eval_bind(Eval *e, const Var *v, EvVal val);
const EvVal *eval_var(const Eval *e, const Var *v); // or null
// The same of any key: the node of a `_`.
const EvVal *eval_key(const Eval *e, const void *key);

// Facts: the tightest; nothing known; by the seed something true between.
EvFactFn eval_fact_exact, eval_fact_none, eval_fact_some;

u32 eval_trap_code(const char *name); // enum TrapCode; others from 64 on
const char *eval_trap_name(u32 code);
// Facts of a target, by its number: `traps(t)`, `trapcode(t)`.
bool eval_target_traps(u32 target, u32 *code);

// --- evaluation -----------------------------------------------------------

// Any node that is no pattern-only or statement thing: expressions, meanings
// (N_MEM reads Eval.mem), terms of ops (by their meaning, traps in order),
// right sides of lowering (instructions by their equations, terms of lowering
// by their `means`). A node of several results is a list.
EvVal eval_node(Eval *e, const Node *n);
// An op on operands in declared order, immediates too.
EvVal eval_op(Eval *e, u32 op, const EvVal *args);
// Whether operands of that sort can be drawn (sample_val).
bool eval_can_draw(Sort s);
// Makes a memarg one that the IR takes at that op.
void eval_make_access(const Sema *s, const OpInst *op, u32 *mem);
// An instruction on operands in declared order (tmp ones: any value). Results
// as a list; stores go to memory. A seq by its `means`.
EvVal eval_inst(Eval *e, const InstX *x, const EvVal *args);
// Bytes of memory: the written ones, or what the seed says.
u8 eval_byte(const Eval *e, u64 at);
EvVal eval_load(const Eval *e, u64 at, u32 bytes);
void eval_store(Eval *e, u64 at, u32 bytes, Wide value);

// --- outcomes -------------------------------------------------------------
// What running an op (or the right side of a rule) comes to.

typedef enum EvWhat {
  EO_VALUE,  // goes on; the value, or none
  EO_TRAP,   // trap
  EO_GOTO,   // target; one whose block only traps is EO_TRAP already
  EO_RETURN, // value: the list
  EO_NOTHING,
  EO_INVALID, // right sides: it has an access that the IR does not take
  EO_NO,
} EvWhat;
typedef struct EvOutcome {
  u8 what; // EvWhat
  EvVal value;
  u32 trap, target;
  u32 nwrites; // memory written: last value of each byte, by address
  EvByte *writes;
} EvOutcome;

EvOutcome outcome_of(EvVal v); // of an op that only gives a value, or traps
// As eval_op, control too.
EvOutcome eval_run_op(Eval *e, u32 op, const EvVal *args);
// The outcome of a node in an empty memory of the same seed.
EvOutcome eval_outcome(Eval *e, const Node *n);

// A sequence step by step (seq.c): jumps followed, what is not written yet
// anything by the seed. args: as declared, tmps too (not read).
EvOutcome eval_seq(Eval *e, const InstX *x, const EvVal *args);

typedef enum EvVerdict { EV_AGREE, EV_DIFFER, EV_UNSURE } EvVerdict;
// Whether the right outcome is one that the left allows.
EvVerdict eval_allows(const EvOutcome *left, const EvOutcome *right);
void outcome_print(Text *t, const Sema *s, const EvOutcome *o);

// --- samples --------------------------------------------------------------

enum { EV_MAX_NUMBERS = 48 };
typedef struct EvSampler {
  u64 state;
  u32 nnumbers;
  u64 numbers[EV_MAX_NUMBERS]; // literals of the rule: drawn with neighbours
} EvSampler;
u64 sample_draw(EvSampler *m);
// Corners, small numbers, powers of two, masks, floats, the literals, random.
Wide sample_bits(EvSampler *m, u32 bits);
// Of any sort that a variable of a pattern may have.
EvVal sample_val(EvSampler *m, Arena *a, Sort sort);
// How many corner values there are of a width, and the i-th.
u32 corner_count(u32 bits);
Wide corner_at(u32 bits, u32 i);

// --- rules ----------------------------------------------------------------

// A rule at its parameters, on values.
typedef struct EvRule {
  Eval e;
  const RuleX *x;
  EvSampler sampler;
} EvRule;
void rule_begin(EvRule *r, const Sema *s, const RuleX *x, Arena *a, u64 seed);
// Starts a round: new values for every variable and `_` of the left that
// `given` does not bind (it may be null), facts and features by the seed.
// `x @ pat` gets its pattern's value. Accesses are such as the IR takes. False:
// a variable of the left has none (a trap inside, an access that the IR does
// not take, a sort that cannot be drawn: then r->e.why).
bool rule_assign(EvRule *r, const EvBind *given, u32 ngiven);
// Whether the clauses hold; binds the lets. EV_NO if one cannot be evaluated.
EvState rule_clauses(EvRule *r, bool *hold);
EvOutcome rule_left(EvRule *r);
EvOutcome rule_right(EvRule *r);

typedef enum RuleRound {
  ROUND_MISSED, // guards do not hold, or the left has no value
  ROUND_AGREED,
  ROUND_WRONG,
  ROUND_UNSURE,
  ROUND_LEFT_OUT, // cannot be evaluated
} RuleRound;
// All of it: assign, clauses, both sides, compared.
RuleRound rule_round(EvRule *r, const EvBind *given, u32 ngiven,
                     EvOutcome *left, EvOutcome *right);
// Runs until `want` rounds agree or something is wrong, at most 20 * want.
// The result is the worst met; *agreed counts.
RuleRound rule_sample(EvRule *r, u32 want, u32 *agreed, EvOutcome *left,
                      EvOutcome *right);
// Draws its operands (EV_MAX_ARGS places); false: some cannot be.
enum { EV_MAX_ARGS = 16 };
bool seq_draw(Eval *e, EvSampler *m, const InstX *x, EvVal *args);
// A sequence on operands (null: drawn): left is what it means, right its steps.
RuleRound seq_round(Eval *e, EvSampler *m, const InstX *x, const EvVal *args,
                    EvOutcome *left, EvOutcome *right);
// "x=5 y=0x80000000 k=1": what the round bound, by name.
void rule_print_vars(Text *t, const EvRule *r);
// Every node of both sides with its value, a line each, kids first.
void rule_print_values(Text *t, EvRule *r);

#endif
