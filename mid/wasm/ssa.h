// Building SSA while a body is validated: blocks, locals, joins.
//
// Locals. Their state is a persistent radix tree of 16-way nodes (states.h): a
// branch records the root, one number; setting a local copies the few nodes on
// its way that a recorded state still shares, and no others. At the end of a
// construct all edges to it are known: the states of neighbours are compared,
// equal subtrees skipped, and only where values do differ a parameter is made.
//
// Loops. A pre-scan (scan.c) of an outermost loop finds what each loop in it
// assigns and whether anything branches to it; the header gets a parameter for
// each. Those that turn out to be constant or unused leave at the end
// (finish.c).
//
// Order. A block is numbered when it starts, which gives a reverse postorder:
// then before else before what follows, loops contiguous. Forward edges have
// known sources when their target starts, so idom is final: the nearest common
// ancestor, found by jump pointers (Myers' skew-binary ones) in O(log n).
//
// Joins with many edges and many differing locals would need edges * locals
// arguments. They become trees: 16 edges next to each other join first, and
// only differ in what was assigned between them (combine). What is quadratic
// even so runs into Build.work_limit; the function is then translated anew with
// its locals in memory (Build.frame), where joins have nothing to do with them.
#ifndef MID_WASM_SSA_H
#define MID_WASM_SSA_H

#include "mid/wasm/body.h"
#include "mid/wasm/states.h"
#include "ops.h"

typedef struct Pending { // a forward edge whose target does not exist yet
  u32 next;              // of the same frame; 0 = last
  Block block;           // source
  State state;           // of the locals there
  u32 where;             // where the target's pool index goes, see WHERE_*
  u32 vals; // results: the value if one, else index into Build.vals
} Pending;
#define WHERE_POOL 0x80000000u // a pool index; else 4 * instruction + field

typedef struct BuildEdge { // a finished edge
  Block from, to;
  u32 target; // pool record
} BuildEdge;

typedef struct DomNode { // beside BlockInfo.idom
  u32 level;
  Block jump; // an ancestor
} DomNode;

typedef struct LoopScan {
  u32 first, n; // run of Build.scan_locals
  bool back;    // something branches to it
} LoopScan;

typedef struct LoopScans { // what scan.c found, in the order of the loops
  VEC(LoopScan) loops;
  VEC(u32) locals;
  const u8 *end; // scanned up to here
  u32 next;      // number of the loop opcode to come
  u32 *stamp;    // per local: loop number + 1 that has it in its set
} LoopScans;

typedef struct Build {
  Func *f;
  const WasmModule *m;
  Arena *arena;
  Body *body;
  TranslateOptions o;
  u32 cap;          // instructions there is room for, in all side arrays
  Block cur;        // block under construction, 0 where code is dead
  u32 cur_first;    // its first instruction
  const u8 *at;     // opcode being translated
  const u8 *pos_at; // opcode that `pos` stands for
  u32 pos;
  Val vmctx;
  bool in_memory; // the locals
  Val frame;      // ... of this call: where they lie
  States locals;
  u8 *local_type;       // enum Type
  u8 *used;             // per value: a parameter so marked is read
  VEC(Pending) pending; // [0] unused
  VEC(u32) vals;        // results carried by pending edges
  VEC(BuildEdge) edges;
  VEC(DomNode) doms; // parallel to blocks
  u32 loop_frame;    // innermost open frame that is a loop with header, 0 none
  LoopScans scans;
  // scratch of joins
  VEC(Pending) join;
  VEC(u32) differ;  // locals whose values differ between edges
  u32 *mark, stamp; // per local: last join that found it to differ
  u8 *result_differs;
  u64 work, work_limit; // arguments and parameters made by joins
  bool too_complex;     // ... and it was not enough
  u32 gvn[256];         // direct-mapped: last pure value of that hash
  u32 consts[128];      // direct-mapped: last constant of that hash
  struct {
    u64 key;
    u32 index;
  } mems[128];
} Build;

// --- blocks.c ----------------------------------------------------------------
void build_grow(Build *b);
Block build_start_block(Build *b, Block idom); // and enters it
void build_seal(Build *b);                     // after its terminator
Val build_block_param(Build *b, u8 type, bool used);
Block build_common_dominator(const Build *b, Block x, Block y);
void build_add_edge(Build *b, Block from, Block to, u32 target);
u32 build_new_target(Build *b, Block to, u32 n);   // with room for n arguments
void build_patch(Build *b, u32 where, u32 target); // where: see WHERE_POOL
bool build_spend(Build *b, u64 n); // arguments; false if beyond the limit
bool build_too_complex(Build *b);  // says so; false
static inline u32 build_where(Val inst, u32 field) {
  return inst * 4 + field;
}

// --- join.c ------------------------------------------------------------------
u32 build_keep_vals(Build *b, const Slot *at, u32 n); // for Pending.vals
// Makes the block where a frame's pending edges meet and enters it, if there
// are any; its results' values go to out.
bool build_join_frame(Build *b, Frame *fr, Slot *out);

// --- ssa.c -------------------------------------------------------------------
bool build_begin(Build *b, Body *s, u32 func, const TranslateOptions *o,
                 bool in_memory);
// Branches leave the current block; the values they carry are the topmost
// `n` slots. False if the function is too complex.
bool build_br(Build *b, u32 label);
bool build_br_if(Build *b, Val cond, u32 label);
bool build_br_table(Build *b, Val index, const u32 *labels, u32 n);
void build_return(Build *b, const Slot *top, u32 n);
void build_trap_here(Build *b, TrapCode code);
// p: behind the opcode. The loop's parameters are the topmost slots.
bool build_loop(Build *b, Frame *fr, const u8 *p);
void build_if(Build *b, Frame *fr, Val cond);
void build_else(Build *b,
                Frame *fr); // cur may be 0; leaves params on the stack
// Ends a frame: joins what reaches its end and writes the results' values over
// the slots from `height` on. cur is 0 if nothing does.
bool build_end(Build *b, Frame *fr);

// --- scan.c
// p: behind `loop`. False if that would be more work than the limit.
bool scan_loops(Build *b, const u8 *p);

// --- access.c: what instructions become --------------------------------------
Val build_fold(Build *b, u16 op, Type t, Val x, Val y, u32 n); // 0: not
void build_load(Build *b, const OpSig *o, u32 off, Slot *addr);
void build_store(Build *b, const OpSig *o, u32 off, Val addr, Val v);
Val build_global_get(Build *b, u32 k);
void build_global_set(Build *b, u32 k, Val v);
Val build_memory_size(Build *b);
// Locals in memory: room for them, made at the entry and given back at returns.
void build_frame(Build *b);
void build_leave_frame(Build *b);
Val build_frame_get(Build *b, u32 local);
void build_frame_set(Build *b, u32 local, Val v);
Val build_libcall(Build *b, LibCall k, Type result, const Val *args, u32 n);
Val build_table_get(Build *b, u32 table, Val index);
void build_table_set(Build *b, u32 table, Val index, Val v);
Val build_table_size(Build *b, u32 table);
Val build_ref_func(Build *b, u32 func);
Val build_null(Build *b);
// Arguments are the slots at sp and beyond; results replace them.
void build_call(Build *b, u32 func, Slot *sp);
void build_call_indirect(Build *b, u32 table, u32 type, Val index, Slot *sp);

// --- finish.c
void build_finish(Build *b);

// --- emission ----------------------------------------------------------------
static inline u32 build_pos(Build *b) {
  if (b->at != b->pos_at) {
    b->pos_at = b->at;
    b->pos = b->f->poses.n++; // build_grow made room
    b->f->poses.at[b->pos] = (Pos){0, (u32)(b->at - b->m->bytes)};
  }
  return b->pos;
}

static inline Val emit(Build *b, u32 op, u32 type, u32 x, u32 y, u32 z) {
  Func *f = b->f;
  Val v = f->insts.n;
  if (unlikely(v >= b->cap))
    build_grow(b);
  f->insts.at[v] =
      (Inst){.op = (u16)op, .type = (u8)type, .a = x, .b = y, .c = z};
  f->pos.at[v] = build_pos(b);
  f->insts.n = v + 1;
  return v;
}

// A pure instruction, or the equal one this block already has.
static inline Val emit_pure(Build *b, u32 op, u32 type, u32 x, u32 y, u32 z) {
  if (!b->o.gvn)
    return emit(b, op, type, x, y, z);
  u32 h = (op * 0x9e3779b1u) ^ (x * 0x85ebca6bu) ^ (y * 0xc2b2ae35u) ^ z;
  u32 *slot = &b->gvn[(h ^ h >> 15) & 255];
  if (*slot >= b->cur_first) {
    const Inst *i = &b->f->insts.at[*slot];
    if (i->op == op && i->a == x && i->b == y && i->c == z)
      return *slot;
  }
  return *slot = emit(b, op, type, x, y, z);
}

static inline bool is_const(const Build *b, Val v) {
  _Static_assert(OP_fconst_f64 - OP_iconst_i32 == 3,
                 "constants stand together");
  return (u32)b->f->insts.at[v].op - OP_iconst_i32 <= 3;
}

static inline Val build_const(Build *b, Type t, u64 k) {
  u32 h = (u32)k ^ (u32)(k >> 32) * 31 ^ (u32)t << 3;
  u32 *slot = &b->consts[(h ^ h >> 7) & 127];
  const Inst *i = &b->f->insts.at[*slot];
  if (i->type == t && *slot && inst_imm64(i) == k)
    return *slot;
  if (b->f->insts.n >= b->cap)
    build_grow(b);
  bool is_int = t == TY_I32 || t == TY_I64;
  return *slot = is_int ? ir_iconst(b->f, t, k) : ir_fconst(b->f, t, k);
}
static inline Val build_i32(Build *b, u32 k) {
  return build_const(b, TY_I32, k);
}

static inline Val build_unary(Build *b, u32 op, u32 type, Val x) {
  if (unlikely(is_const(b, x)) && b->o.fold) {
    Val v = build_fold(b, (u16)op, (Type)type, x, 0, 1);
    if (v)
      return v;
  }
  return op_info[op].flags & OPF_PURE ? emit_pure(b, op, type, x, 0, 0)
                                      : emit(b, op, type, x, 0, 0);
}

static inline Val build_binary(Build *b, u32 op, u32 type, Val x, Val y) {
  if (is_const(b, y) && unlikely(is_const(b, x)) && b->o.fold) {
    Val v = build_fold(b, (u16)op, (Type)type, x, y, 2);
    if (v)
      return v;
  }
  return op_info[op].flags & OPF_PURE ? emit_pure(b, op, type, x, y, 0)
                                      : emit(b, op, type, x, y, 0);
}

static inline void build_set(Build *b, u32 local, Val v) {
  if (unlikely(b->in_memory))
    build_frame_set(b, local, v);
  else
    states_set(&b->locals, local, v);
}
static inline Val build_get(Build *b, u32 local) {
  if (unlikely(b->in_memory))
    return build_frame_get(b, local);
  Val v = states_get(&b->locals, b->locals.root, local);
  b->used[v] = 1;
  return v;
}

#endif
