// What the generated matchers (out/gen/lower.c) work with, and the driver's
// state. Code is written backward: an instruction first, then what computes its
// operands, so that arrays read forward are in order.
//
// 1. A matcher decides before it writes: tests and terms' choices have no
//    effect, writing starts when the rule is settled.
// 2. A value is asked for by low_use*: that is its demand. It gets its register
//    number then, and is lowered when the walk comes to it.
// 3. Constants are made anew at each use, after the rule has been written (so
//    before it in the code), where no flags are alive.
// 4. A load is sunk if it has one use, everything between it and the root has
//    one use, and it passes no write; one that can trap passes no other trap.
#ifndef BACK_ISEL_LOWER_H
#define BACK_ISEL_LOWER_H

#include "back/isel/isel.h"
#include "back/x64/cpu.h"
#include "mid/ir/ir.h"

// An address under construction.
typedef struct LowAddr {
  VReg base, index; // VREG_NONE: absent
  AMode am;
} LowAddr;

// An operand that may take several kinds.
enum { LOW_REG, LOW_MEM, LOW_IMM };
typedef struct LowArg {
  u8 kind;
  VReg reg;
  s32 imm;
  LowAddr mem;
} LowArg;

enum { // what low_arg may choose beside a register
  TAKE_S8 = 1,
  TAKE_S16 = 2,
  TAKE_S32 = 4,
  TAKE_U8 = 8,
  TAKE_U32 = 16,
  TAKE_MEM = 32,
  TAKE_LOW = 64, // only the lower 32 bits are read
};

// To be made before the rule's code: the constant v, or, where v is 0, an
// offset that no displacement holds, plus a register.
typedef struct LowPending {
  VReg d;
  Val v;
  VReg addend; // or VREG_NONE
  u64 offset;
} LowPending;

typedef struct LowColour {
  u32 order;  // changes at all that can trap, write, call or end; 0: sunk
  u32 memory; // changes at what writes, calls or ends
} LowColour;

typedef struct LowAnswers LowAnswers;
typedef struct Lower {
  Arena *arena;
  Func *f; // only order_operands writes into it
  const IselOptions *o;
  const LowRules *rules;
  IselCounters *count;
  Text *err;
  VCode *v;
  bool failed;
  Val root;       // the IR instruction being lowered
  LowColour here; // its colours; order: of the first load sunk into it
  u32 block;      // VBlock being lowered
  // written backward: valid from *_at to *_cap
  VInst *insts;
  u32 inst_at, inst_cap;
  Operand *ops;
  u32 op_at, op_cap;
  // by value
  VReg *vreg;        // 0: not demanded
  u8 *uses;          // saturating at 255
  LowColour *colour; // before the instruction
  // by IR block
  u32 *vblock; // number + 1; 0 unreachable
  u8 *header;  // has a back edge
  LowPending *pending;
  u32 npending, cap_pending;
  // growing forward
  VEC(AMode) amodes;
  VEC(u64) imms;
  VEC(PoolConst) pool;
  VEC(VEdge) edges;
  VEC(u32) args;
  VEC(u8) vreg_class;
  VEC(u8) vreg_bytes;
  const u64 *off;      // rules that are not to be taken, or null
  u32 noff;            // of these, those that would have taken something
  u16 would[8];        // of the root
  LowAnswers *answers; // known.c
  bool uses_ctx_word;  // calls by reference: r15 is kept in the outgoing area
} Lower;

enum { VREG_CTX = 15, VREG_HEAP = 14, VREG_RSP = 4 }; // pinned

// An instruction being put together: registers of its slots in order.
typedef struct LowNew {
  u16 inst, form;
  u32 nregs;
  VReg regs[12];
  s64 imm;
  LowAddr mem;
} LowNew;

enum { LOW_NO_RULE = 0xffff };
// A choice of a term that gives data: which right side, what it says.
typedef struct LowPlan {
  u16 rule, ctor;
  bool once;
  u32 code[2];
  Val v;
} LowPlan;

// A rule takes the instruction v, or a term. For tests/rulec/lowering.c, which
// compiles lower.c a second time: x is its number among all at their
// parameters.
static inline void low_fired(const Lower *L, u32 rule) {
  if (unlikely(L->o->fired))
    L->o->fired[rule]++;
}
// Whether a rule may take what it matches. It says no once all else has held.
bool low_is_on(Lower *L, u32 rule);
static inline bool low_on(Lower *L, u32 rule) {
  return likely(!L->off) || low_is_on(L, rule);
}
// What a data term gives where the rules that would take v are off; an address
// that no rule is left for, which is a failure.
static inline LowPlan low_no_plan(Val v) {
  return (LowPlan){.rule = LOW_NO_RULE, .ctor = LOW_NO_RULE, .v = v};
}
LowAddr low_no_address(Lower *L);
// The root would be its own operand: a term that is left takes any value, and
// the rule that took this one is off. A failure.
void low_of_itself(Lower *L);
#ifdef LOW_TRACE
void low_chose(Lower *L, Val v, u32 x);
#define LOW_CHOSE(L, v, x, rule) low_chose(L, v, x)
#define LOW_TERM(L, rule) ((void)0)
#else
#define LOW_CHOSE(L, v, x, rule) low_fired(L, rule)
#define LOW_TERM(L, rule) low_fired(L, rule)
#endif

// --- generated --------------------------------------------------------------
// What has to be the same where rules were compiled and where they run.
#define LOW_LAYOUT                                                             \
  (sizeof(Lower) | sizeof(LowNew) << 16 | sizeof(VCode) << 32 |                \
   sizeof(LowArg) << 48)

// One compiled set: built in, or a library that wb loaded.
struct LowRules {
  u64 layout;                                  // LOW_LAYOUT
  u64 ops, insts;                              // OPS_HASH, INSTS_HASH
  bool (*op)(Lower *L, Val v);                 // lower_op
  LowAddr (*amode)(Lower *L, Val a, MemArg m); // lower_amode
  const u16 *same;                             // lower_same
  const char *const *names;                    // lower_names
};
extern const LowRules low_builtin; // isel.c

// Lowers one instruction into the register its value was given. False if no
// rule takes it.
bool lower_op(Lower *L, Val v);
extern const char *const lower_names[]; // of rules, by number; null behind
extern const u16 lower_same[]; // by op: its operand's register at another type
// The term `amode`: how an access at a with memarg m is addressed.
LowAddr lower_amode(Lower *L, Val a, MemArg m);

// --- write.c: instructions into the arrays ----------------------------------
VReg low_temp(Lower *L, u8 type);      // fresh register for enum Type
Operand *low_reserve(Lower *L, u32 n); // the next instruction's operands
void low_inst(Lower *L, u32 inst, u32 form, u32 nops, u32 imm);
u32 low_amode(Lower *L, const LowAddr *m, s32 imm); // index in VCode.amodes
u32 low_imm64(Lower *L, u64 k);                     // index in VCode.imms
Operand *low_put_mem(Operand *o, const LowAddr *m); // base and index
void low_write(Lower *L, const LowNew *n); // n.form chosen, registers in place
void low_mem(LowNew *n, const LowAddr *m);
// Takes the form that belongs to the kind of b.
void low_any(LowNew *n, const LowArg *b, u32 imm, u32 mem, u32 reg);
u32 low_edge(Lower *L, u32 target);    // appends an edge of this block
void low_edges(Lower *L, u32 targets); // of a list of targets
LowAddr low_pool(Lower *L, u64 lo, u64 hi, u32 bytes);
LowAddr low_frame(u32 kind, s32 disp, u32 bytes); // AM_IN, AM_OUT

// --- known.c: facts of values, for guards -----------------------------------
u64 low_fact(Lower *L, Val v, size_t field); // offsetof(Known, umax)
bool low_is_const(const Lower *L, Val v);

// --- value.c: values as operands --------------------------------------------
VReg low_use(Lower *L, Val v);     // in a register, as its rep promises
VReg low_use_low(Lower *L, Val v); // the same, only the lower 32 bits matter
bool low_demanded(const Lower *L,
                  Val v);               // its register is read behind the root
VReg low_def(Lower *L, Val v);          // where v's value goes
VReg low_def_k(Lower *L, Val v, u32 k); // k-th result
bool low_sinkable(const Lower *L, Val v, u32 bytes, bool once);
bool low_unused(const Lower *L, Val v); // nobody demanded its value
bool low_can_sink(const Lower *L, Val v, bool once); // whatever its width
bool low_same_mem(const MemArg *a, const MemArg *b);
bool low_once(const Lower *L, Val v);
// Chooses a kind: an immediate if TAKE_* says it fits, memory if v is a load of
// so many bytes that can be sunk (or a float constant: the pool), a register.
LowArg low_arg(Lower *L, Val v, u32 take, u32 bytes, bool once);
LowArg low_arg_reg(VReg r);
LowArg low_arg_mem(LowAddr m);
LowArg low_arg_imm(s64 k);
void low_sink(Lower *L, Val v); // v is part of the instruction written
void low_fused(Lower *L, const LowPlan *p); // counts comparisons in their user
// [parts | m]: registers or constants, the second shifted; adds the heap base.
LowAddr low_addr_regs(VReg base, VReg index, u32 scale);
LowAddr low_addr(Lower *L, Val a, Val b, u32 scale, s64 disp, MemArg m);

static inline const Inst *low_at(const Lower *L, Val v) {
  return inst_at(L->f, v);
}
static inline LowNew low_new(u32 inst, u32 form) {
  LowNew n;
  n.inst = (u16)inst;
  n.form = (u16)form;
  n.nregs = 0;
  n.imm = 0;
  return n;
}
static inline void low_reg(LowNew *n, VReg r) { n->regs[n->nregs++] = r; }
static inline bool low_has(const Lower *L, u32 cpu) { // mask of CPU_*
  return (L->o->features & cpu) == cpu;
}

// --- back/x64/abi.c ----------------------------------------------------------
void low_entry(Lower *L);
bool low_call(Lower *L, Val v);
bool low_call_ref(Lower *L, Val v);
bool low_libcall(Lower *L, Val v);
bool low_return(Lower *L, Val v);
bool low_funcref(Lower *L, Val v);
bool low_vmctx(Lower *L, Val v);
bool low_round(Lower *L, Val v); // fceil and its like without SSE4.1

#endif
