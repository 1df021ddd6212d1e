// Inside of the fast allocator: what its phases hand each other.
//
//   scan.c    one forward walk over operands: definitions, next uses, hints,
//             what is fixed or clobbered where, loops
//   live.c    one backward pass over blocks: live-in sets, no fixpoint
//   loop.c    entering a loop: who keeps a register for all of it
//   edge.c    register states at block ends, made to agree over edges
//   choose.c  which register; who gives one up; where that is stored
//   quick.c   plain instructions; assign.c  the others
//   slots.c   spill slots, shared by what never lives together
//   moves.c   groups of parallel moves into sequences
//   fast.c    the order of all that
//
// Positions are points: 2 * i the early half of instruction i, 2 * i + 1 the
// late half. Before slots are numbered, the slot of vreg v is SLOT_OF | v.
#ifndef BACK_RA_RA_H
#define BACK_RA_RA_H

#include "back/vcode.h"

enum { NOREG = 255 };
#define NEVER 0xffffffffu
#define SLOT_OF 0x80000000u // symbolic location until slots.c has run

typedef struct VInfo { // one vreg
  u32 def; // where it is defined; a parameter: its block's first point
  u32 def_block;
  u32 end;     // last point where it may be live, loops included
  u32 next;    // next use in numbering order, seen from the scan; or NEVER
  u32 last;    // scan.c: index of the latest use; then: its position
  u32 weight;  // sum of its uses' frequencies
  u32 cross;   // number in the live sets; NEVER: stays inside its block
  u32 like;    // vreg whose register it would like, 0 none
  u32 group;   // move group in which `origin` holds
  u32 origin;  // where it was when that group began
  u8 reg;      // where it is now; NOREG: in its slot, or nowhere
  u8 def_reg;  // register it was defined in; NOREG: straight in its slot
  u8 last_reg; // register it was evicted from
  u8 want;     // register it would like, by a fixed use
  u8 at;       // edge.c: register at the end of the block being looked at
  u8 cls, bytes;
  u8 flags; // V_*
} VInfo;
enum {           // VInfo.flags
  V_PARAM = 1,   // block parameter
  V_SPILLED = 2, // needs a slot
  V_EAGER = 4,   // stored right after its definition: the slot always holds it
  V_DIES = 8,    // assign.c: no use after the instruction at hand
  V_FOLLOW = 32, // parameter not placed yet: `want` is where an argument is
  V_AROUND = 16, // `end` is the end of a loop around which it lives
};

typedef struct Event { // an instruction with fixed operands or clobbers
  u32 inst;
  u32 early, late; // registers it needs for itself in either half
  u32 clobbers;
  u32 cold;
} Event;

typedef struct State {    // who is in which register at a block's end or begin
  u32 occ;                // registers in use
  u32 saved;              // of those: the slot holds the value too
  VReg reg_v[PREG_COUNT]; // by register, where occ says so
} State;

typedef struct Move { // one of a parallel group, locations may be symbolic
  Loc to, from;
  VReg vreg; // whose width counts
} Move;
typedef struct Group { // moves that happen at once
  u32 key;             // 4 * point + SUB_*; of a critical edge: its number
  u32 first, n;        // in Ra.moves
  u32 free;            // registers that hold nothing there
  bool store;          // the one store after a definition
} Group;
enum { SUB_IN, SUB_PARAM, SUB_INST, SUB_OUT };

typedef struct Word { // 64 crossing vregs from 64 * index, bits not all 0
  u32 index, spare;
  u64 bits;
} Word;
typedef struct Row { // a live-in set: words by ascending index
  const Word *w;
  u32 n;
} Row;

typedef struct Body Body; // loop.c: what a loop contains

typedef struct Loop { // by header block
  u32 parent, jump;   // headers; 0 none
  u32 level;
} Loop;

typedef struct Ra {
  Arena *a;
  const VCode *v;
  const RaEnv *env;
  RaCounters *count;
  u32 effort;
  u32 alloc[RC_COUNT]; // allocatable registers by class
  u32 callee;          // callee-saved ones of both classes
  u32 used_callee;
  // scan.c
  VInfo *vi; // by vreg
  u32 *next; // by operand, then by argument: next use of the vreg
  VEC(Event) events;
  Loop *loops;       // by block
  Body **bodies;     // by header, with effort
  VEC(u32) exposed;  // pairs (block, vreg): used there, defined elsewhere
  VEC(u32) crossing; // vregs that live over block ends; index = VInfo.cross
  // live.c
  Row *live_in;       // by block, or null: intervals without holes
  u64 *live_out;      // dense: of the current block
  VEC(u32) out_words; // its words that are not 0
  u64 *live_now;      // dense: live-in of block now_block
  u32 now_block;
  // the scan's state
  u32 occ, saved;
  u32 reg_v[PREG_COUNT];
  u32 block, block_end;   // current block and its last point
  u32 loop_from, loop_to; // points of the innermost loop; to = 0: none
  u32 ev;                 // next event
  bool changed;           // entering a block: registers are not just inherited
  u32 group_id;
  u32 occ_before;    // registers in use when the group began
  VEC(VReg) touched; // vregs that change place in the current group
  State **exit;      // by block
  State **entry;     // by block, loop headers only
  // results
  Loc *locs;
  VEC(u32) slot_ops; // operands whose location is symbolic
  VEC(Move) moves;
  VEC(Group) groups;      // in order of key
  VEC(Group) late_groups; // in no order
  VEC(Group) edge_groups; // of critical edges
  VEC(VReg) spilled;
  u32 *slot; // by vreg, spilled ones only
  u32 nslots;
  u32 *open; // by register: point since when it holds reg_v, for ranges
} Ra;

static inline u32 bit(u32 r) {
  return 1u << r;
}
static inline u32 low(u32 mask) {
  return (u32)__builtin_ctz(mask);
}
static inline VInfo *info(Ra *s, VReg v) {
  return &s->vi[v];
}
static inline Loc slot_of(VReg v) {
  return SLOT_OF | v;
}
static inline Loc home(Ra *s, VReg v) { // where it is now
  if (v < VREG_FIRST)
    return v;
  return s->vi[v].reg == NOREG ? slot_of(v) : s->vi[v].reg;
}
static inline u32 block_from(const VBlock *b) {
  return 2 * b->first;
}
static inline u32 block_to(const VBlock *b) {
  return 2 * b->end - 1;
}

// scan.c
void ra_scan(Ra *s);
u32 ra_freq(const VBlock *b); // estimated executions, 8 = once a call

// live.c
void ra_live(Ra *s);
void ra_live_now(Ra *s, u32 block); // what ra_live_in is about
void ra_live_out(Ra *s, u32 block); // fills s->live_out

// Whether v is live into block s->now_block.
static inline bool ra_live_in(const Ra *s, VReg v) {
  const VInfo *x = &s->vi[v];
  if (x->cross == NEVER)
    return false;
  if (s->live_in)
    return bit_has(s->live_now, x->cross);
  return x->def_block < s->now_block &&
         x->end >= block_from(&s->v->blocks[s->now_block]);
}

// Whether v is needed after point `at` of the current block, its next use
// known.
static inline bool ra_dead_after(const Ra *s, VReg v, u32 at) {
  const VInfo *x = &s->vi[v];
  if (x->next <= s->block_end)
    return false;
  if (x->cross == NEVER)
    return true;
  if (s->live_in)
    return !bit_has(s->live_out, x->cross);
  return x->end < at || (x->end == at && !(x->flags & V_AROUND));
}

// choose.c
// Best register of `allowed` (not empty) for v from here on.
u32 ra_choose(Ra *s, VReg v, u32 allowed);
// The register of `set` that v would like best, as a mask; 0 if none.
u32 ra_liked(const Ra *s, VReg v, u32 set);
// Register of the parameter (or other vreg) that v becomes, if it has one.
u32 ra_becomes(const Ra *s, VReg v);
// Whether v is worth saving a callee-saved register that is not in use yet.
bool ra_worth_callee(const Ra *s, VReg v);
// When v is wanted again, for farthest-next-use eviction: larger goes first.
u32 ra_next_key(const Ra *s, VReg v);
void ra_spilled(Ra *s, VReg v); // needs a slot
// v leaves registers in block b: true if a store belongs there, false if the
// store after the definition serves.
bool ra_store_here(Ra *s, VReg v, u32 b);
void ra_settle_def(Ra *s, VReg v, u32 r, u32 point); // v was defined in r

// quick.c: false if the instruction is not plain.
bool ra_quick_inst(Ra *s, const VInst *in, u32 at);
// assign.c
void ra_inst(Ra *s, u32 i);

void ra_log(Ra *s, VReg v, u32 r, u32 to); // a range ends

static inline void ra_put(Ra *s, VReg v, u32 r, u32 point) {
  s->reg_v[r] = v;
  s->occ |= bit(r);
  s->saved &= ~bit(r);
  s->vi[v].reg = (u8)r;
  s->used_callee |= bit(r) & s->callee;
  s->count->ranges++;
  if (unlikely(s->open))
    s->open[r] = point;
}

static inline void ra_drop(Ra *s, VReg v, u32 point) { // no register any more
  u32 r = s->vi[v].reg;
  s->occ &= ~bit(r);
  s->saved &= ~bit(r);
  s->vi[v].reg = NOREG;
  if (unlikely(s->open))
    ra_log(s, v, r, point);
}
// edge.c
void ra_enter(Ra *s, u32 b);
void ra_leave(Ra *s, u32 b);

// loop.c
void ra_loops(Ra *s); // looks at all loops
void ra_enter_loop(Ra *s, u32 header);

// slots.c
void ra_slots(Ra *s); // numbers the slots of all spilled vregs
// Sorts n keys; ties keep their order if the low bits say it.
void ra_sort(Arena *a, u64 *keys, u32 n);

// moves.c: orders the groups, makes sequences of them, fills out's moves.
void ra_resolve(Ra *s, RaResult *out);

#endif
