// The SSA IR: what every stage of mid/ reads and writes.
//
// * A value is the id of the instruction that makes it: an index into
//   Func.insts, 16 bytes each; 0 is none. A call's value is its first result
//   (type none if it has none); result k >= 1 is `proj call k`, behind the call
//   in the same block with nothing but proj and constants between them.
// * Block parameters, no phis. A block is a contiguous run of instructions,
//   parameters first, terminator last. Blocks are numbered in reverse
//   postorder (predecessors by forward edges have smaller numbers); the entry
//   is block 1 and has no predecessors; every loop is an interval of block
//   numbers, entered only at its header.
// * Constants (IR_FLOATS) are interned and belong to no block: they may stand
//   in any block's run or before all of them and dominate everything.
// * No copies: an alias is resolved by whoever makes it.
// * A pass that moves code writes a new array. Side arrays exist for what only
//   some passes read. An instruction a pass deletes in place becomes OP_none,
//   which may stand anywhere but as parameter or terminator.
//
// Ops are declared in rules/ops.rules; `rulec` writes ops.h from them. An
// opcode is an op with its parameters filled in: (icmp.slt.i64) is one u16.
// Design after Cranelift's DFG (block parameters, value = index) and LuaJIT's
// IR (flat array, fixed size); see docs/ir.md.
#ifndef MID_IR_IR_H
#define MID_IR_IR_H

#include "mid/base/base.h"

typedef u32 Val;   // index into Func.insts
typedef u32 Block; // index into Func.blocks

typedef enum Type {
  TY_NONE,
  TY_I32,
  TY_I64,
  TY_F32,
  TY_F64,
  TY_V128,
  TY_REF, // funcref or externref: a host pointer, null is 0
  TY_COUNT
} Type;
extern const char *const type_names[TY_COUNT]; // "none", "i32", ...
extern const u8 type_bytes[TY_COUNT];

// 16 bytes. Which field holds what follows from the op's declaration (OpInfo):
// value operands take a, b, c in order; immediates then take what is left in
// order (u64 immediates take b:c, wider ones are an index into Func.vecs, of a
// constant in b); a value list `any*` is a pool index in c.
typedef struct Inst {
  u16 op;  // opcode, enum Op
  u8 type; // of the result, enum Type
  u8 n;    // op's own small field (see OpInfo); 0 for most
  u32 a, b, c;
} Inst;
_Static_assert(sizeof(Inst) == 16, "an instruction is 16 bytes");

static inline u64 inst_imm64(const Inst *i) {
  return (u64)i->b | (u64)i->c << 32;
}

// Where memory is, for aliasing and for addressing.
typedef enum Region {
  REGION_HEAP,  // address is an offset into linear memory 0
  REGION_HOST,  // address is a host pointer, aliases other host memory
  REGION_TABLE, // host pointer to a table's elements
  REGION_GLOBAL, // host pointer to a global's cell
  REGION_VMCTX, // host pointer into VMCtx; immutable unless code says other
  REGION_COUNT
} Region;
extern const char *const region_names[REGION_COUNT];

enum { // MemArg.flags
  MEM_READONLY = 1, // never written while the function runs
  MEM_NOTRAP = 2,   // cannot fault
  MEM_MOVABLE = 4,  // may execute where the wasm did not
  MEM_BIG = 8,      // spare
};
enum { EXT_NONE, EXT_ZERO, EXT_SIGN }; // MemArg.ext

typedef struct MemArg { // immediate of load and store, interned per function
  u32 off;    // added to the address, unsigned; final address never wraps
  u8 bytes;   // 1 2 4 8 16: width of the access
  u8 ext;     // loads narrower than their type
  u8 region;  // enum Region
  u8 flags;   // MEM_*
  u8 align;   // log2, a promise only if the host may rely on it (not wasm's hint)
  u8 mem;     // memory index
  u16 spare;
} MemArg;

typedef struct V128 { // immediate of 65 to 128 bits, interned per function
  u64 lo, hi;
} V128;

typedef enum TrapCode { // also the exit reasons of the runtime
  TRAP_NONE,
  TRAP_UNREACHABLE,
  TRAP_DIV0,        // integer divide by zero
  TRAP_OVERFLOW,    // integer overflow
  TRAP_INVALID,     // invalid conversion to integer
  TRAP_HEAP_OOB,    // out of bounds memory access
  TRAP_TABLE_OOB,   // out of bounds table access
  TRAP_UNDEFINED,   // undefined element: call_indirect beyond the table
  TRAP_NULL_FUNC,   // uninitialized element
  TRAP_BAD_SIG,     // indirect call type mismatch
  TRAP_STACK,       // call stack exhausted
  TRAP_HOST,        // raised by a host function
  TRAP_COUNT
} TrapCode;
extern const char *const trap_names[TRAP_COUNT];    // "div0": the IR's words
extern const char *const trap_messages[TRAP_COUNT]; // the spec scripts' words

// Where an instruction comes from: (inline site, wasm offset), interned.
// Stable from the first day: traps, backtraces and dumps read it.
typedef struct Pos {
  u32 site; // index into Func.sites; 0 = the function itself
  u32 off;  // byte offset in the wasm file
} Pos;
typedef struct InlineSite {
  u32 parent; // site that contains the call
  u32 off;    // wasm offset of the call
  u32 func;   // callee's function index
} InlineSite;

typedef struct Sig { // a function type of the module, results after params
  u16 nparams, nresults;
  const u8 *types; // nparams + nresults of enum Type
} Sig;

typedef struct BlockInfo {
  u32 first, end;  // instructions [first, end); the terminator is end - 1
  u32 nparams;     // the first nparams of the run are `param`
  u32 idom;        // immediate dominator, 0 for the entry
  u32 dom_pre;     // b dominates c: dom_pre[c] - dom_pre[b] <= dom_size[b]
  u32 dom_size;    // dominated blocks beside itself
  u32 loop;        // innermost loop header that contains it, 0 = none
  u32 loop_end;    // header only: first block after the loop
  u16 depth;       // loop depth
  u8 cold;         // ends in a trap or is only reached by one
  u8 spare;
  u32 preds;       // index into Func.preds
  u32 npreds;      // one per edge: a block may be there twice
} BlockInfo;

// Pool records (u32 words in Func.pool):
//   value list     [n, v1 .. vn]
//   target         [block, n, v1 .. vn]      branch target with arguments
//   target list    [n, target1 .. targetn]   pool indices of targets
// Targets are never shared between two edges.
typedef struct Func {
  Arena *arena;    // owns everything below
  u32 index;       // function index in the module, imports first
  u32 sig;         // index into sigs
  const char *name; // or null
  const Sig *sigs; // all signatures of the module
  u32 nsigs;
  const u32 *func_sigs; // signature of each function index
  u32 nfuncs;

  VEC(Inst) insts; // [0] is none
  VEC(u32) pos;    // index into poses, parallel to insts; 0 = none
  VEC(u32) key;    // stable key of a value, parallel to insts; 0 = its own id
  VEC(BlockInfo) blocks; // [0] unused, entry is 1
  VEC(u32) pool;   // [0] unused
  VEC(MemArg) mems; // interned, [0] unused
  VEC(V128) vecs;   // interned, [0] unused; of most functions none at all
  VEC(Pos) poses;  // interned runs, [0] = none
  VEC(InlineSite) sites; // [0] = this function
  VEC(u32) preds;  // predecessor blocks, CSR by BlockInfo.preds
  u8 *uses;        // saturating use count per value (255 = many), or null;
                   // refreshed by ir_count_uses
  u32 next_key;    // keys at least this are free
  u32 wasm_bytes;  // size of the body it came from
  u32 wasm_insts;
  bool in_memory;  // its locals: too many arguments of joins otherwise
  struct IrTables *tables; // build.c's interning of constants and memargs
} Func;

static inline Inst *inst_at(const Func *f, Val v) { return &f->insts.at[v]; }
static inline BlockInfo *block_at(const Func *f, Block b) {
  return &f->blocks.at[b];
}
static inline u32 value_key(const Func *f, Val v) {
  return f->key.at[v] ? f->key.at[v] : v;
}
static inline bool block_dominates(const Func *f, Block a, Block b) {
  return block_at(f, b)->dom_pre - block_at(f, a)->dom_pre <=
         block_at(f, a)->dom_size;
}

// --- generated: out/gen/ops.h has enum Op (OP_iadd_i32, OP_icmp_slt_i64,
// OP_jump, OP_brif, ...), enum BaseOp (BASE_iadd, ...), and op_info[].

enum { // OpInfo.flags
  OPF_PURE = 1,     // no effect, no trap: lives in the e-graph
  OPF_TRAPS = 2,    // may trap
  OPF_READS = 4,    // reads memory
  OPF_WRITES = 8,   // writes memory
  OPF_CALL = 16,    // effects all
  OPF_ENDS = 32,    // terminator
  OPF_FLOATS = 64,  // constant: no operands, pure, belongs to no block
  OPF_LIST = 128,   // c is a value list
  OPF_PURE_IF = 256, // `pure when ...`: ask op_is_pure
  OPF_COMMUTES = 512, // (op a b) = (op b a) for some opcode with equal shape
};
enum { // OpInfo.imm[k]: what the immediate is and where
  IMM_NONE, IMM_U32, IMM_U64, IMM_MEMARG, IMM_FUNC, IMM_SIG, IMM_CODE,
  IMM_TRAP, IMM_TARGET, IMM_TARGETS, IMM_BLOCK, IMM_LANE, IMM_V128,
  IMM_LIBCALL,
};
typedef struct OpInfo {
  const char *name;  // "icmp.slt.i64": text form
  const char *base_name; // "icmp"
  u16 base;          // enum BaseOp
  u16 flags;
  u8 nvals;          // value operands in a, b, c (a list not counted)
  u8 type;           // of the result; TY_NONE if none or by signature
  u8 val_types[3];   // types of the value operands
  u8 nimms;
  u8 imm[3];         // IMM_*
  u8 imm_field[3];   // 0 = a, 1 = b, 2 = c, 3 = b:c, 4 = n,
                     // 5 = pool[c - 1], the word before the value list
  u8 nparams;        // parameters filled in, e.g. {slt, i64}
  u8 params[3];      // enum Type or number in the code's declaration
  u16 cost;
} OpInfo;

// --- build.c: making functions --------------------------------------------
Func *ir_new(Arena *a, const Sig *sigs, u32 nsigs, const u32 *func_sigs,
             u32 nfuncs, u32 index);
Val ir_emit(Func *f, u16 op, Type type, u32 a, u32 b, u32 c, u32 pos);
Val ir_iconst(Func *f, Type t, u64 k);  // interned; masked to its width
Val ir_fconst(Func *f, Type t, u64 bits);
u32 ir_memarg(Func *f, MemArg m);       // interned index
u32 ir_vec(Func *f, V128 v);            // interned index: equal ones, equal
u32 ir_list(Func *f, const Val *v, u32 n);            // pool index
u32 ir_target(Func *f, Block b, const Val *v, u32 n); // pool index
u32 ir_pos(Func *f, u32 site, u32 wasm_off);          // interned index
Val ir_nullref(Func *f);
// Blocks are made empty and filled later: ir_begin at the end of the array,
// parameters, instructions (constants may come between), terminator, ir_end.
Block ir_block(Func *f);
void ir_begin(Func *f, Block b);
Val ir_param(Func *f, Block b, Type t, u32 pos);
void ir_end(Func *f, Block b);

// --- walk.c: operands and edges of any instruction, from OpInfo -------------
// Calls fn for each value operand slot (pointer may be written through).
typedef void OperandFn(void *ctx, u32 *operand);
void ir_each_operand(Func *f, Inst *i, OperandFn *fn, void *ctx);
// Copies the operands (values, list, targets' arguments, in that order) into
// out when it has room for max; returns how many there are.
u32 ir_operands(const Func *f, const Inst *i, Val *out, u32 max);
u32 ir_ntargets(const Func *f, const Inst *term);
u32 ir_target_at(const Func *f, const Inst *term, u32 k); // pool index
void ir_count_uses(Func *f);

// Signature of a call's callee; null if not a call or index out of range.
// A libcall has no Sig: use libcall_types.
const Sig *ir_callee_sig(const Func *f, const Inst *call);
typedef struct LibCallTypes {
  u8 nparams, nresults, types[8]; // results after params
} LibCallTypes;
LibCallTypes ir_libcall_types(u32 libcall);

// --- analyse.c: recomputes what translation knew, for text input, for passes
// that add edges, and for the verifier.
// Drops blocks that cannot be reached, computes preds, idom, dom_pre/size,
// loops. Block numbers stay as they are if they are in reverse postorder with
// loops as intervals; else blocks are renumbered (instructions stay where they
// are). False if the graph is irreducible: then nothing is changed.
bool ir_analyse(Func *f);
// The header of the loop around the loop of header h, or 0.
Block ir_loop_parent(const Func *f, Block h);

// --- print.c, parse.c, verify.c ---------------------------------------------
// One function, with the `sig` and `decl` lines it needs before it: what
// ir_parse reads back to the same text.
void ir_print(const Func *f, Text *t);
void ir_print_inst(const Func *f, Val v, Text *t); // one line, no newline
// Parses one module of IR text. On error returns false and writes
// "line:col: what was found, what was wanted" to err.
typedef struct IrModule {
  Sig *sigs; u32 nsigs;
  u32 *func_sigs; u32 nfuncs;
  Func **funcs;     // by function index; null where only declared
} IrModule;
void ir_print_module(const IrModule *m, Text *t);
bool ir_parse(Arena *a, const char *text, size_t n, IrModule *out, Text *err);
// Returns true if well-formed; else appends one line per violation to err.
// Recomputes the CFG facts and compares (they may be conservative).
bool ir_verify(const Func *f, Text *err);

#endif
