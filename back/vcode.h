// Machine code before it is bytes: instructions over virtual registers in
// blocks. Lowering writes it (backward, into arrays that end up in order),
// the allocator reads it and answers with locations and moves, emission reads
// both. Knows no ISA but through inst_info[] (out/gen/inst.h, from rules/x64).
//
// Numbering: blocks in lowering order = the IR's reverse postorder; loops are
// intervals. Layout is a permutation made at emission. SSA: each vreg has one
// definition (an instruction's def operand or a block parameter).
// After regalloc2's interface (operands, constraints, edits); see docs/back.md.
#ifndef BACK_VCODE_H
#define BACK_VCODE_H

#include "mid/base/base.h"
#include "mid/ir/ir.h"

typedef enum RegClass { RC_GPR, RC_XMM, RC_COUNT } RegClass;
// Physical registers: 0..15 general (rax rcx rdx rbx rsp rbp rsi rdi r8..r15),
// 16..31 xmm0..15. A set is a u32 mask.
typedef u8 PReg;
enum { PREG_COUNT = 32, PREG_NONE = 255 };
static inline RegClass preg_class(PReg r) { return r < 16 ? RC_GPR : RC_XMM; }

// Virtual registers are numbered from VREG_FIRST; numbers below PREG_COUNT name
// pinned physical registers (context, heap base, rsp): never allocated.
typedef u32 VReg;
enum { VREG_FIRST = 32, VREG_MAX = (1 << 24) - 1, VREG_NONE = VREG_MAX };

// One operand: vreg 24 bits, def 1, late 1, constraint 6. Uses are early and
// defs late unless the instruction says otherwise. An early use may share its
// register with a late def; an early def (or late use) may not share with any
// other operand.
typedef u32 Operand;
enum { // constraints
  CON_ANY = 0,    // register or slot
  CON_REG = 1,    // any register of the vreg's class
  CON_SLOT = 2,   // spill slot
  CON_NONE = 3,   // no operand (absent base or index); vreg is VREG_NONE
  CON_REUSE = 8,  // 8..15: this late def has the same register as operand k - 8
                  // of the instruction (numbered from 0), an early use
  CON_FIXED = 32, // 32..63: register k - 32
};
static inline Operand operand(VReg v, bool def, bool late, u32 con) {
  return v | (u32)def << 24 | (u32)late << 25 | con << 26;
}
static inline VReg op_vreg(Operand o) { return o & 0xffffff; }
static inline bool op_is_def(Operand o) { return o >> 24 & 1; }
static inline bool op_is_late(Operand o) { return o >> 25 & 1; }
static inline u32 op_con(Operand o) { return o >> 26; }

typedef struct VInst { // 16 bytes
  u16 inst;   // enum X64Inst
  u8 nops;    // operands, clobbers not among them (inst_info has the mask)
  u8 form;    // which form and operand kinds: an index into the instruction's
              // encodings, chosen when lowering
  u32 ops;    // first in VCode.operands
  u32 imm;    // by form: the immediate itself (sign-extended 32 bits), or an
              // index into VCode.imms, VCode.amodes (whose imm then serves), a
              // block edge, a function, a trap code
  u32 origin; // IR value it was lowered for: position, key
} VInst;

// A memory operand takes two operands (base, index; CON_NONE if absent) at the
// place its instruction says, and one of these.
typedef struct AMode {
  enum { AM_REG,   // [base + index << scale + disp]
         AM_OUT,   // outgoing stack argument: [rsp + disp]
         AM_IN,    // incoming stack argument: [rsp + frame + 8 + disp]
         AM_POOL,  // constant pool entry `imm`-independent: VCode.pool[disp]
         AM_SLOT,  // spill slot disp (written by the allocator)
  } kind : 8;
  u8 scale;    // 0..3
  u8 trap;     // enum TrapCode if the access can fault, else 0
  u8 bytes;    // width of the access
  s32 disp;
  s32 imm;     // second immediate of instructions that have one
  u32 origin;  // IR value whose position a fault reports (the load sunk here)
} AMode;

typedef struct VEdge {
  u32 to;      // VBlock
  u32 args;    // index into VCode.args; as many as the target has params
  u32 nargs;
} VEdge;

typedef struct VBlock {
  u32 first, end;      // instructions; the last ones are the branches
  u32 params, nparams; // index into VCode.args
  u32 edges, nedges;   // index into VCode.edges
  u32 preds, npreds;   // index into VCode.preds: edge numbers that lead here
  u32 loop, loop_end;  // as BlockInfo
  u16 depth;
  u8 cold;
  u8 spare;
  u32 branch;          // first instruction of the terminator sequence: moves of
                       // a single-successor edge go before it
  u32 ir;              // IR block
} VBlock;

typedef struct PoolConst { // constant pool entry, 4, 8 or 16 bytes
  u64 lo, hi;
  u32 size;
} PoolConst;

typedef struct VCode {
  Arena *arena;
  const Func *ir;
  VInst *insts; u32 ninsts;      // in order; first index 0
  Operand *operands; u32 noperands;
  VBlock *blocks; u32 nblocks;   // block 0 is the entry
  VEdge *edges; u32 nedges;
  u32 *preds;                    // edge numbers by block
  u32 *edge_from;                // source block of each edge
  VReg *args; u32 nargs;         // block parameters and edge arguments
  AMode *amodes; u32 namodes;
  u64 *imms; u32 nimms;
  PoolConst *pool; u32 npool;
  u8 *vreg_class;                // by vreg; RegClass
  u8 *vreg_bytes;                // 4, 8 or 16: width of its moves and spills
  u32 nvregs;                    // numbers in use are VREG_FIRST..nvregs - 1
  u32 out_bytes;                 // outgoing argument area
  u32 in_bytes;                  // incoming argument area
  bool has_calls;
} VCode;

// --- what the allocator answers (back/ra/) --------------------------------

// A location: 0..31 a register, LOC_SLOT + k the k-th 8-byte spill slot (a v128
// takes two, even-aligned), LOC_NONE.
typedef u32 Loc;
enum { LOC_SLOT = 64 };
#define LOC_NONE ((Loc)0xffffffff) // an enum has no room for it
static inline bool loc_is_reg(Loc l) { return l < PREG_COUNT; }

// Whether a branch reads registers: nothing may be moved before it then. A jump
// table does, one with a single target too.
static inline bool vbranch_reads(const VCode *v, const VBlock *b) {
  bool reads = false;
  for (u32 i = b->branch; i < b->end; i++)
    reads |= v->insts[i].nops != 0;
  return reads;
}
// Whether moves of an edge can stand neither before the branch nor at the begin
// of the target.
static inline bool vedge_is_critical(const VCode *v, u32 edge) {
  const VBlock *from = &v->blocks[v->edge_from[edge]];
  return (from->nedges > 1 || vbranch_reads(v, from)) &&
         v->blocks[v->edges[edge].to].npreds > 1;
}

// Moves at a point happen in the order listed (they are already sequential).
// Points: 2 * i before instruction i, 2 * i + 1 after it.
typedef struct RaMove {
  u32 point;
  Loc from, to; // never slot to slot. MOVE_SWAP: two registers exchanged
  u8 bytes, cls;
  u8 swap;      // 1: exchange `from` and `to` (both registers)
  u8 kind;      // RA_MOVE_*: for counting
} RaMove;
enum { RA_MOVE_REG, RA_MOVE_SPILL, RA_MOVE_RELOAD, RA_MOVE_EDGE };

// A register for some time, or a slot: what `--emit=ranges` shows.
typedef struct RaRange {
  VReg vreg;
  Loc loc;
  u32 from, to; // points, both included
} RaRange;
typedef struct RaRanges {
  VEC(RaRange) at; // in the order they begin; slots after registers
} RaRanges;

typedef struct RaOptions {
  u8 effort;        // 0: least time; 1: loops are looked at before they are
                    // entered, longer look-ahead (same algorithm)
  u8 flat;          // 1: liveness without sets, as for code beyond all bounds
  RaRanges *ranges; // or null: where to write what was where
} RaOptions;

typedef struct RaEnv { // what may be used
  u32 caller_saved[RC_COUNT]; // masks, allocatable, not kept by calls
  u32 callee_saved[RC_COUNT]; // allocatable, kept by calls, saved when used
  // Registers the instruction destroys: after its early uses were read, before
  // its late defs are written. So a late use is never there, a def only if it
  // is late and fixed there. inst_info[i->inst].clobbers for real code.
  u32 (*clobbers)(const VInst *i);
  const char *(*inst_name)(const VInst *i); // for messages and dumps; or null
  RaOptions options;
} RaEnv;

typedef struct RaResult {
  Loc *locs;       // parallel to VCode.operands
  RaMove *moves; u32 nmoves;           // sorted by point
  RaMove *edge_moves; u32 nedge_moves; // grouped by edge, only critical edges
                                       // (others are moves at a point);
                                       // point = edge number
  u32 nslots;      // 8-byte slots
  u32 used_callee_saved; // mask
} RaResult;

// X(name, better, description): better is -1 lower, 1 higher, 0 neither.
#define RA_COUNTERS(X)                                                         \
  X(vregs, -1, "virtual registers")                                            \
  X(ranges, -1, "live ranges, pieces counted")                                 \
  X(crossing, 0, "virtual registers live over a block's end")                  \
  X(spills, -1, "stores to spill slots")                                       \
  X(reloads, -1, "loads from spill slots")                                     \
  X(reg_moves, -1, "moves between registers inside blocks")                    \
  X(edge_moves, -1, "moves on edges")                                          \
  X(swaps, -1, "exchanges of two registers")                                   \
  X(evictions, -1, "values put out of a register for another")                 \
  X(slots, -1, "spill slots of 8 bytes")                                       \
  X(edge_blocks, -1, "critical edges that need code")                          \
  X(pinned, 0, "values kept in a register through a loop")                     \
  X(stack_params, -1, "block parameters that begin in a slot")                 \
  X(flat_liveness, -1, "functions whose liveness took the fallback")
typedef struct RaCounters {
#define X(name, better, what) u32 name;
  RA_COUNTERS(X)
#undef X
} RaCounters;

// Wants of the code: forward edges lead to larger block numbers; terminators
// have no defs; a block with one successor ends in a jump without operands; the
// entry block has no parameters; no edge leads to it.
//
// ra_fast.c: one backward pass for liveness, one forward for allocation.
// Every allocator has this type. The arena is the pass's; results live in it.
typedef void RaFn(Arena *a, const VCode *v, const RaEnv *env, RaResult *out,
                  RaCounters *count);
RaFn ra_fast;
// check.c: symbolic check of any allocator's answer. False with messages.
bool ra_check(Arena *scratch, const VCode *v, const RaEnv *env,
              const RaResult *r, Text *err);
// print.c: the code with its locations and moves; who was where and when.
void ra_print(const VCode *v, const RaEnv *env, const RaResult *r, Text *t);
void ra_print_ranges(const VCode *v, const RaRanges *ranges, Text *t);
extern const char *const preg_names[PREG_COUNT]; // "rax", ..., "xmm15"

#endif
