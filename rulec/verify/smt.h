// Typed nodes as SMT-LIB 2 terms: what every proof is made of.
//
// A script grows line by line. Each compound term gets a name of its own
// (`(define-fun $7 () (_ BitVec 32) (bvadd x y))`) and equal ones get the same,
// so a script is as long as the tree has different nodes, and any name can be
// asked of a model. A SmtTerm is therefore always an atom: a name or a literal.
//
// A SmtVal is a value of the language: its term, and `ok`: whether there is one
// (an expression may give nothing). Records (memarg, flags) are tuples. Bit
// vectors go to 256 bits; codes, regions and extensions are 8 bits; targets,
// traps, functions, signatures, lists are 32-bit names of unknown things.
//
// Floats are bits. Comparisons, minimum and maximum are written in bits;
// arithmetic, rounding and conversions use the theory of IEEE floats on
// `to_fp` of the bits. `nan(inputs: e)` is e unless that is a NaN; then it is
// an unknown but fixed function of op and inputs that lies in the set which
// WebAssembly allows. SmtVal.nan describes the whole set, for left sides.
//
// What an evaluation does besides giving a value (traps, memory, where control
// goes) is gathered in a SmtRun, in order. Nothing here talks to a solver.
#ifndef RULEC_VERIFY_SMT_H
#define RULEC_VERIFY_SMT_H

#include "rulec/sema/sema.h"

typedef enum SmtKind { SMT_BOOL, SMT_BV, SMT_FP, SMT_MEM } SmtKind;

typedef struct SmtTerm {
  const char *s; // interned: equal atoms are equal pointers
  u16 bits;      // SMT_BV, SMT_FP
  u8 kind;
} SmtTerm;

typedef struct SmtNan {   // of a nan(..) that is the SmtVal, or a lane of it
  SmtTerm is_nan;         // whether e is one: then any allowed NaN, else e
  SmtTerm only_canonical; // no input is a NaN with more than the quiet bit
  SmtTerm e;
  u32 at;                    // its lowest bit in the SmtVal
  const struct SmtNan *next; // of a higher lane, or null
} SmtNan;

typedef struct SmtVal {
  Sort sort;
  SmtTerm v;         // where sort is no record. SORT_DYN: 128 bits, zero above
  SmtTerm ok;        // Bool
  SmtTerm n;         // SORT_DYN read from memory: its bytes, 64 bits
  SmtTerm *f;        // memarg: MF_COUNT, flags: FF_COUNT
  const SmtNan *nan; // or null
} SmtVal;

// A write to memory: n bytes of x at p, most at most.
typedef struct SmtWrite {
  SmtTerm before, stopped, region, p, n, x; // stopped: it does not happen
  u32 most;
} SmtWrite;

// What one side has done so far.
typedef struct SmtRun {
  SmtTerm ok;      // no op's meaning gave nothing
  SmtTerm valid;   // what the IR's verifier asks of memargs
  SmtTerm trapped; // Bool
  SmtTerm code;    // 32 bits: of the trap, if trapped
  SmtTerm mem;     // SMT_MEM
  SmtTerm ended;   // Bool: control went to target, or returned
  SmtTerm target;  // 32 bits; a return is `ret` of the list
  bool left;       // `?` is refused
  u32 nwrites;     // 2: more than one, or under a condition, or by a call
  SmtWrite write;  // the last
} SmtRun;

// Variables bound so far, last first. Every Var is bound once in an evaluation;
// an op's meaning gets an environment of its own.
typedef struct SmtBind {
  const struct SmtBind *next;
  const Var *var;
  SmtVal val;
} SmtBind;
typedef struct SmtEnv {
  const SmtBind *first;
} SmtEnv;

// One line of "this was computed": for models.
typedef struct SmtTrace {
  const char *what; // the node, printed
  const char *side; // "left", "right", "guard", "input"
  SmtVal val;
  const Var *var;   // input: the variable; or null
  const Node *node; // null for inputs
} SmtTrace;

// A term with few values: shift amounts, powers of two. What is hard as a whole
// may be easy value by value.
typedef enum SmtSplitKind {
  SPLIT_SMALL, // values 0..n-1
  SPLIT_COUNT, // the same: leading zeros
  SPLIT_POW2,  // 2^0..2^(n-1)
} SmtSplitKind;
typedef struct SmtSplit {
  SmtTerm t;
  u32 n;
  SmtSplitKind kind;
} SmtSplit;

typedef struct Smt Smt;
struct Smt {
  const Sema *s;
  Arena *arena;
  Text out;         // declarations, definitions, assertions so far
  const char *fail; // null, or what cannot be expressed (arena)
  const char *side; // for the trace; null: not traced
  VEC(SmtTrace) trace;
  VEC(struct SmtWild {
    const Node *node;
    SmtVal val;
  })
  wilds;
  VEC(SmtSplit) splits;
  bool uses_mem, uses_fp;
  bool uses_ints; // integers to floats or back
  bool theory;    // these by the theory of floats, not in bits
  bool alike;     // equal memories are asked for as equal writes, which is more
  bool has_vector; // smt_allows has met a vector
  u32 parts, part; // of vectors it then asks only for lane `part`; 0: for all
  bool shl_is_mul; // x << 3 is written x * 8: products then meet products
  // Nodes that the core does not know (N_INST, N_TERM, N_AMODE, N_PRED ...):
  // false means that the hook does not know them either.
  bool (*hook)(Smt *m, SmtEnv *env, SmtRun *run, const Node *n, SmtVal *out);
  void *user;
  struct SmtTable *table; // names of terms
  u32 nterms;
  SmtTerm region;  // of mem[..]: the op's memarg's, 8 bits
  const char *who; // op whose meaning is evaluated: names the NaN functions
  // Case splits: the terms named `from[i]` are replaced by `to[i]`.
  u32 nreplace;
  struct SmtReplace {
    const char *from, *body; // name, definition: both must be met
    u128 to;
  } replace[2];
};

void smt_init(Smt *m, const Sema *s, Arena *a);
// The script: logic-free, declarations and assertions, no check-sat.
const char *smt_script(Smt *m);
void smt_fail(Smt *m, const char *fmt, ...) BASE_PRINTF(2, 3);
// What was done on two ways that meet: a where c holds, else b.
SmtRun smt_run_ite(Smt *m, SmtTerm c, const SmtRun *a, const SmtRun *b);

// --- terms ----------------------------------------------------------
SmtTerm smt_bool(bool b);
SmtTerm smt_num(Smt *m, u128 num, u32 bits);                      // literal
SmtTerm smt_const(Smt *m, const char *name, SmtKind k, u32 bits); // declares
SmtTerm smt_fresh(Smt *m, const char *stem, SmtKind k, u32 bits);
// (op x y z): null-terminated list by count; folds what is plain to see.
SmtTerm smt_app(Smt *m, SmtKind k, u32 bits, const char *op, u32 n, ...);
// Of an operation that commutes: (op y x) where that is a term already.
SmtTerm smt_app_any_order(Smt *m, SmtKind k, u32 bits, const char *op,
                          SmtTerm x, SmtTerm y);
// An application of an uninterpreted function, declared at first use.
SmtTerm smt_fun(Smt *m, SmtKind k, u32 bits, const char *name, u32 n,
                const SmtTerm *args);
SmtTerm smt_not(Smt *m, SmtTerm a);
SmtTerm smt_and(Smt *m, SmtTerm a, SmtTerm b);
SmtTerm smt_or(Smt *m, SmtTerm a, SmtTerm b);
SmtTerm smt_implies(Smt *m, SmtTerm a, SmtTerm b);
SmtTerm smt_eq(Smt *m, SmtTerm a, SmtTerm b);
SmtTerm smt_ite(Smt *m, SmtTerm c, SmtTerm a, SmtTerm b);
SmtTerm smt_bin(Smt *m, const char *op, SmtTerm a, SmtTerm b); // same width
SmtTerm smt_cmp(Smt *m, const char *op, SmtTerm a, SmtTerm b); // Bool
SmtTerm smt_extract(Smt *m, u32 hi, u32 lo, SmtTerm a);
SmtTerm smt_resize(Smt *m, SmtTerm a, u32 bits, bool sign); // any direction
void smt_assert(Smt *m, SmtTerm a);
void smt_note_split(Smt *m, SmtTerm t, u32 n, SmtSplitKind kind);
const char *smt_body(const Smt *m, SmtTerm t); // what it was defined as
bool smt_is_true(SmtTerm a);
bool smt_is_false(SmtTerm a);
bool smt_literal(SmtTerm a, u128 *num); // of at most 128 bits

// --- floats: of bits, 32 or 64 (smt_fp.c) ---------------------------
SmtTerm smt_isnan(Smt *m, SmtTerm x);
SmtTerm smt_builtin_fp(Smt *m, Builtin b, SmtTerm x, SmtTerm y, u32 bits);
SmtVal smt_nan(Smt *m, const SmtVal *inputs, u32 n, SmtVal e);
// The nan(..)s of `hi ++ lo`, which has low_bits bits of lo.
const SmtNan *smt_concat_nans(Smt *m, const SmtNan *hi, const SmtNan *lo,
                              u32 low_bits);
// Whether r is one of the values that v (with or without v.nan) allows.
SmtTerm smt_allows(Smt *m, SmtVal v, SmtTerm r);

// --- values and nodes (smt_expr.c) ----------------------------------
SmtVal smt_val(Sort sort, SmtTerm v);
u32 smt_bits(Sort s); // width of its term; 0 for Bool and records
// An unknown value of a sort: an input. Memargs come well-formed.
SmtVal smt_input(Smt *m, const char *name, Sort sort);
SmtVal smt_sorry(Smt *m, Sort sort); // after smt_fail: something of that sort
SmtTerm smt_same(Smt *m, SmtVal a, SmtVal b); // equality of values, records too
// The value of an expression or of a term of ops. Ops that trap, read or write
// do so in run (which may be null where nothing of that kind can stand).
SmtVal smt_expr(Smt *m, SmtEnv *env, SmtRun *run, const Node *n);
void smt_bind(Smt *m, SmtEnv *env, const Var *v, SmtVal val);
const SmtVal *smt_lookup(const SmtEnv *env, const Var *v); // null: not bound
// Whether f is a fact of x: BI_ZEROS: x & f == 0, and so on.
SmtTerm smt_fact_holds(Smt *m, Builtin b, SmtTerm f, SmtTerm x);
SmtVal smt_builtin(Smt *m, const Node *n, const SmtVal *args); // smt_call.c

// --- ops (smt_op.c) -------------------------------------------------
void smt_run_init(Smt *m, SmtRun *run, SmtTerm mem, bool left);
SmtTerm smt_memory(Smt *m, const char *name); // an unknown memory
// The op's meaning at these operands: traps, memory and control into run; the
// result if there is one (SORT_NONE else).
SmtVal smt_op(Smt *m, SmtRun *run, const OpInst *op, const SmtVal *args);
void smt_trap(Smt *m, SmtRun *run, SmtTerm cond, SmtTerm code);
void smt_goto(Smt *m, SmtRun *run, SmtTerm target);
u32 smt_trap_number(const char *code); // enum TrapCode; "div0"
SmtTerm smt_read(Smt *m, SmtTerm mem, SmtTerm region, SmtTerm p, SmtTerm n,
                 u32 most); // most bytes (16 at most), zero from n on
SmtTerm smt_write(Smt *m, SmtTerm mem, SmtTerm region, SmtTerm p, SmtTerm n,
                  u32 most, SmtTerm x);
#endif
