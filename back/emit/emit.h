// From allocated VCode to bytes with their tables, and from the bytes of all
// functions to one executable mapping.
//
// emit_func writes into a buffer of the pass: blocks in layout order, the
// allocator's moves between instructions, every jump that might be short first
// as a long one and listed as an item, as are the places to align. finish.c
// then decides once which items shrink, and copies code, tables and constants
// to their final place. Raw offsets are into the buffer, final ones into the
// blob. Everything listed is in order of raw offset.
#ifndef BACK_EMIT_EMIT_H
#define BACK_EMIT_EMIT_H

#include "back/emit/encode.h"
#include "back/x64/abi.h"

// --- what comes out ---------------------------------------------------------

typedef struct CodeReloc { // rel32 at `at`: the direct entry of a function
  u32 at, func;
} CodeReloc;
typedef struct CodeTrap { // if the instruction at `at` traps
  u32 at;
  u32 code; // enum TrapCode
  Pos pos;
} CodeTrap;
typedef struct CodePos { // return address of a call, and where the call was
  u32 at;
  Pos pos;
} CodePos;
typedef struct CodeLine { // first byte of what a VInst became (asked for)
  u32 at;
  u32 inst; // into VCode.insts; EMIT_PROLOGUE, EMIT_MOVE, EMIT_STUB
} CodeLine;
#define EMIT_PROLOGUE ((u32)-1) // an enum has no room for them
#define EMIT_MOVE ((u32)-2)
#define EMIT_STUB ((u32)-3)

// Nothing in it is an absolute address.
typedef struct CodeBlob {
  u32 func;      // function index
  u32 size;      // of bytes: code, jump tables, constants
  u32 code_size; // instructions only
  u32 direct;    // offset of the direct entry, for calls within the instance
  u32 frame;     // bytes between rsp and the return address, from offset
  u32 framed;    // `framed` on; before it, and at a TRAP_STACK, 0
  u8 *bytes;     // starts 16-aligned when published
  u32 nrelocs, ntraps, nposes, nlines, nsites;
  CodeReloc *relocs;
  CodeTrap *traps;
  CodePos *poses;
  CodeLine *lines;
  InlineSite *sites; // of Pos.site; [0] is the function itself
} CodeBlob;

typedef struct EmitOptions {
  bool shrink; // short forward branches
  bool align;  // loop heads to 16 bytes
  bool lines;  // CodeBlob.lines
} EmitOptions;

// X(name, better, description): better is -1 lower, 1 higher, 0 neither.
#define EMIT_COUNTERS(X)                                                       \
  X(code_bytes, -1, "bytes of instructions")                                   \
  X(pool_bytes, -1, "bytes of constants")                                      \
  X(table_bytes, -1, "bytes of jump tables")                                   \
  X(insts, -1, "machine instructions, moves among them")                       \
  X(blocks, -1, "blocks that have code")                                       \
  X(threaded, 0, "blocks that only jump on, jumped over")                      \
  X(edge_blocks, -1, "edge blocks placed")                                     \
  X(jumps_elided, 1, "jumps to what comes next, left out")                     \
  X(jumps, -1, "jumps emitted")                                                \
  X(jumps_short, 1, "of them, in the short form")                              \
  X(aligned, 0, "loop heads aligned")                                          \
  X(pad_bytes, -1, "bytes of padding")                                         \
  X(traps, 0, "places that may trap")                                          \
  X(stubs, -1, "trap stubs out of line")                                       \
  X(relocs, 0, "calls to be linked")                                           \
  X(spill_operands, 0, "operands read from their spill slot")                  \
  X(fused_moves, 1, "moves done by the addition behind them")
typedef struct EmitCounters {
#define X(name, better, what) u32 name;
  EMIT_COUNTERS(X)
#undef X
} EmitCounters;

// Blob and its arrays live in `out`; `pass` is scratch.
CodeBlob *emit_func(Arena *out, Arena *pass, const VCode *v, const RaResult *ra,
                    const EmitOptions *o, EmitCounters *count);

// --- while emitting ---------------------------------------------------------

typedef enum ItemKind {
  ITEM_JUMP,  // long jump that may become short
  ITEM_FIXED, // long jump that stays long: inside a seq
  ITEM_ALIGN, // pad to 16 goes here
} ItemKind;
typedef struct Item {
  u32 at;       // raw offset of the first byte
  u32 label;    // target
  u8 kind, len; // len: bytes of the long form
  u8 near;      // opcode of the short form
  bool is_short;
} Item;
typedef struct LabelAt {
  u32 at;    // raw offset
  u32 items; // items before it
} LabelAt;
#define LABEL_UNPLACED UINT32_MAX // a block before it is emitted

typedef struct TrapSite {
  u32 at, code, origin;
} TrapSite;
typedef struct CallSite {
  u32 at, origin;
} CallSite;
typedef struct RipRef { // disp32 at `at` with `tail` bytes of immediate behind
  u32 at;
  u32 index; // pool constant; or table, with RIP_TABLE
  u32 tail;
} RipRef;
#define RIP_TABLE ((u32)1 << 31)
typedef struct JumpTable {
  u32 block; // its edges are the entries
} JumpTable;

// Label numbers: blocks, then edges (where an edge block stands), then stubs.
typedef struct Emit {
  u8 *p; // next byte
  const Loc *locs;
  const VCode *v;
  const RaResult *ra;
  Arena *arena;     // scratch
  u8 *code, *limit; // buffer; EMIT_ROOM bytes behind limit may be written
  AbiFrame frame;
  u32 frame_total, slots; // rsp to return address; rsp to spill slot 0
  EmitOptions opt;
  u32 block;       // being emitted
  u32 framed;      // end of the prologue
  LabelAt *labels; // of blocks and edges
  u32 *thread;     // block -> block where a jump to it leads
  u32 *order;      // layout: blocks
  u32 norder;
  u32 *first_move;   // by block, into ra->moves
  u32 *edge_move;    // by edge, into ra->edge_moves; ~0 none
  VEC(u32) deferred; // edges whose moves stand out of line
  VEC(Item) items;
  VEC(TrapSite) traps;
  VEC(TrapSite) stubs; // at: raw offset when placed
  VEC(CallSite) calls;
  VEC(RipRef) rips;
  VEC(JumpTable) tables;
  VEC(PoolConst) pool;
  VEC(CodeReloc) relocs;
  VEC(CodeLine) lines;
  EmitCounters *count;
} Emit;
enum { EMIT_ROOM = 1024 };

static inline u32 emit_at(const Emit *e) { return (u32)(e->p - e->code); }
void emit_grow(Emit *e);
// Room for one more instruction or seq. Every emission starts with it.
static inline void emit_room(Emit *e) {
  if (unlikely(e->p >= e->limit))
    emit_grow(e);
}

// One machine instruction: form `form` of `inst`, registers r as its operands,
// the memory operand already resolved (ignored if the form has none).
void emit_op(Emit *e, u32 inst, u32 form, const Loc *r, Mem m, s64 imm);
static inline Mem mem_at(u32 base, s32 disp) {
  return (Mem){.base = (u8)base, .index = MEM_NOREG, .disp = disp};
}

Mem emit_slot(const Emit *e, Loc l); // where a spill slot is
// An instruction that is no branch; emit_plain: whose bytes are all of it.
void emit_inst(Emit *e, const VInst *i);
void emit_plain(Emit *e, const VInst *i, const InstForm *f, const Loc *r);
// The flags as they are before i are read by none behind it, nor those of i.
bool emit_flags_dead(const Emit *e, const VInst *i);
// moves.c: a move; a move and the instruction behind it as one, if that can be.
void emit_move(Emit *e, const RaMove *m);
bool emit_fused(Emit *e, const RaMove *m, const VInst *i);

// For seqs, which keep short jumps of their own and so may not be shrunk
// inside.
void emit_trap_if(Emit *e, u32 cc, u32 trap, u32 origin, bool may_shrink);
void emit_trap(Emit *e, u32 trap, u32 origin); // here and now
u32 emit_stub(Emit *e, u32 trap, u32 origin);  // label of a new stub
void emit_jump(Emit *e, u32 cc, u32 label);    // cc 16: always
enum { CC_ALWAYS = 16 };
u32 emit_pool(Emit *e, u64 lo, u64 hi, u32 size); // index of a constant
void emit_rip(Emit *e, u8 *disp, u32 index, u32 tail);
void emit_call_site(Emit *e, u32 origin); // directly behind a call
void emit_line(Emit *e, u32 inst);

// --- finish.c ----------------------------------------------------------------
CodeBlob *emit_finish(Emit *e, Arena *out);

// --- list.c
// -------------------------------------------------------------------- Decodes
// one instruction that the tables know, by the tables alone, and appends its
// text as capstone writes it; `at` is its offset, for targets of jumps. Returns
// its length, 0 if it is none of ours.
u32 list_inst(Text *t, const u8 *p, const u8 *end, u32 at);
// The blob: an instruction a line with its offset, traps and calls with their
// positions, constants. With v (and lines) what each was made for.
void list_blob(Text *t, const CodeBlob *b, const VCode *v);

// --- publish.c
// ------------------------------------------------------------------- All
// functions of a module in one mapping, never writable and executable at once.
// Deterministic: blobs lie in order of function index.
typedef struct CodeImage {
  u8 *base; // mapping
  size_t mapped;
  u32 size; // bytes used
  u32 nblobs;
  CodeBlob **blobs; // by order in memory
  u32 *start;       // offset of each
} CodeImage;
// blobs[i] may be null. Returns 0 or an errno value. Memory of the image beside
// the mapping is in `a`.
int code_publish(Arena *a, CodeBlob **blobs, u32 n, CodeImage *out);
void code_unmap(CodeImage *im);
// Address of a blob's first entry, by function index; null if it has none.
const void *code_entry(const CodeImage *im, u32 func);
// The blob that contains pc and its offset there, or null.
const CodeBlob *code_find(const CodeImage *im, const void *pc, u32 *off);
const CodeTrap *code_trap(const CodeBlob *b, u32 off); // exact, or null
const CodePos *code_pos(const CodeBlob *b, u32 off);   // of a return address

#endif
