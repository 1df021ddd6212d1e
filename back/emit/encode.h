// Machine instructions as tables. rulec writes them (out/gen/inst.h, inst.c,
// encode.c) from rules/x64/inst.rules; lowering, the allocator, emission and
// the listing read them. docs/encoding.md says how they fit together.
//
//   inst_info[X64_add_i32]  the instruction: name, clobbers, what kind
//   inst_form[info.first + VInst.form]  one choice of feature and operand
//   kinds,
//                           in order of declaration: forms first, then the
//                           kinds of the operands
//   inst_slot[form.slot + k]  what operand k of the VInst must be
//   inst_enc[form.enc + j]  the encodings of a form, the first whose guard
//                           holds is used
//
// Operands of a VInst: register operands in the order declared, a memory
// operand two (base, index), immediates and flags none; then `tmp`s (defs,
// early); then results but flags. A list (`any*`) stands where it is declared.
#ifndef BACK_EMIT_ENCODE_H
#define BACK_EMIT_ENCODE_H

#include "back/vcode.h"
#include "back/x64/cpu.h"

enum {             // InstInfo.flags
  INST_SEQ = 1,    // several machine instructions: encoded by a function
  INST_ENDS = 2,   // a terminator
  INST_BRANCH = 4, // jumps to edges of its block
  INST_COND = 8,   // ... on a condition: InstInfo.cc
  INST_CALL = 16,  // comes back; its return address has a position
  INST_RET = 32,   // epilogue before it
  INST_TRAPS = 64, // VInst.imm is the trap code (trap, trap_if, div's signal)
  INST_LIST = 128, // has operands beyond its slots
  INST_FLAGS_USE = 256,
  INST_FLAGS_DEF = 512, // writes flags or loses them
  INST_EFFECT = 1024,   // writes memory or does what only it knows
  INST_NOTHING = 2048,  // no bytes: only operands
  INST_RIP = 4096,      // the address of a function or of the jump table
};

typedef struct InstInfo {
  const char *name;     // "add.i32": as in the rules, without the ISA
  const char *mnemonic; // "add"; forms with VEX and xmm put a v before it
  u16 first;            // in inst_form
  u16 flags;            // INST_*
  u8 nforms;
  u8 cc;        // of INST_COND: 0..15, else 255
  u16 seq;      // of INST_SEQ: index into inst_seq
  u32 clobbers; // registers lost, beside results and tmps
} InstInfo;

typedef enum InstImm { // what VInst.imm is
  INST_IMM_NONE,
  INST_IMM_S,     // the immediate: 32 bits to be sign-extended
  INST_IMM_U,     // ... zero-extended
  INST_IMM_WIDE,  // index into VCode.imms
  INST_IMM_AMODE, // index into VCode.amodes; an immediate is in AMode.imm
  INST_IMM_FUNC,  // function index
  INST_IMM_TRAP,  // trap code
  INST_IMM_LIB,   // enum LibCall
} InstImm;

typedef struct InstForm {
  u16 enc;   // in inst_enc
  u16 slot;  // in inst_slot
  u16 needs; // CPU_*: lowering takes the form only if the mask has all
  u8 nencs;
  u8 nslots;    // operands of the VInst; more only with INST_LIST
  u8 imm;       // enum InstImm
  u8 mem;       // slot of the memory operand's base, 255 = none
  u8 spilled;   // slot that may be a spill slot (CON_ANY), 255 = none
  u8 mem_form;  // ... and then this form of the instruction is encoded
  u8 mem_bytes; // width of the memory operand, 0 for an address only
  u8 imm_bits;  // range of the immediate: 8, 16, 32, 64
  u16 spare;
} InstForm;
_Static_assert(sizeof(InstForm) == 16, "a form is 16 bytes");

typedef struct InstSlot {
  u8 con;     // CON_* of back/vcode.h: pass to operand()
  u8 flags;   // SLOT_*
  u8 bytes;   // width of the operand
  u8 operand; // declared operand it belongs to; results count on
} InstSlot;
enum {
  SLOT_DEF = 1,
  SLOT_LATE = 2,
  SLOT_XMM = 4,
  SLOT_BASE = 8,
  SLOT_INDEX = 16,
  SLOT_TMP = 32
};

// How the bytes lie. `reg` and `rm` name slots; a digit is reg - ENC_DIGIT.
typedef enum EncShape {
  ENC_ZO,  // no ModRM
  ENC_O,   // register in the opcode: rm
  ENC_RM,  // ModRM: reg, rm a register
  ENC_MEM, // ModRM: reg, rm memory (slots rm, rm + 1 are base and index)
  ENC_VRM, // VEX with ModRM, rm a register
  ENC_VMEM,
  ENC_REL, // opcode and a 32-bit distance (cb forms are for shrinking)
  ENC_RIP, // ModRM: reg, rm the address of a function
} EncShape;
enum { ENC_DIGIT = 0x40, ENC_NOSLOT = 0xff };
enum {          // Enc.flags
  ENC_W = 8,    // REX.W or VEX.W: at the place of W in REX
  ENC_REG8 = 1, // reg is a byte register: spl..dil need a REX
  ENC_RM8 = 2,
};
typedef enum EncGuard { // Enc.guard
  GUARD_NONE,
  GUARD_S8,  // the immediate fits in 8 bits, signed
  GUARD_ONE, // it is 1
  GUARD_U7,  // it fits in 7 bits: a byte whose sign is clear
} EncGuard;

typedef struct Enc { // 16 bytes
  u8 shape;          // enum EncShape
  u8 flags;          // ENC_W ...
  u8 prefix;         // mandatory: 0, 66, F3, F2
  u8 map;            // VEX: 1 0F, 2 0F38, 3 0F3A
  u32 opcode;        // bytes in order, escapes among them (VEX: the last alone)
  u8 opcode_n;
  u8 reg, rm, vvvv; // slots
  u8 imm;           // bytes of the immediate: 0 1 2 4 8
  u8 guard;         // enum EncGuard
  u8 near;          // ENC_REL: opcode with an 8-bit distance, 0 = none
  u8 spare;
} Enc;
_Static_assert(sizeof(Enc) == 16, "an encoding is 16 bytes");

// How the listing shows an encoding: mnemonic and operands in Intel's order.
typedef enum EncArg {
  ARG_NONE,
  ARG_REG,
  ARG_RM,
  ARG_VVVV,
  ARG_OPCODE,
  ARG_IMM,
  ARG_ONE, // a constant 1, not in the bytes
  ARG_CL,
  ARG_REL, // distance
} EncArg;
typedef struct EncText {
  const char *mnemonic;
  struct {
    u8 what; // enum EncArg
    u8 bits; // width; of memory too, 0 is an address
    bool xmm;
  } args[4];
} EncText;
extern const EncText inst_enc_text[]; // parallel to inst_enc

extern const InstInfo inst_info[];
extern const InstForm inst_form[];
extern const InstSlot inst_slot[];
extern const Enc inst_enc[];
extern const u32 inst_ninsts, inst_nforms, inst_nencs;

static inline const InstForm *vinst_form(const VInst *i) {
  return &inst_form[inst_info[i->inst].first + i->form];
}
// The operand that slot k of a form wants, for register v.
static inline Operand slot_operand(const InstForm *f, u32 k, VReg v) {
  const InstSlot *s = &inst_slot[f->slot + k];
  return operand(v, s->flags & SLOT_DEF, s->flags >> 1 & 1, s->con);
}

// What calls lose, ours and C's: all that abi_env (back/x64/abi.h) calls caller
// saved. A test compares.
#define ABI_CLOBBERS 0xffff0fc7u
#define ABI_HOST_CLOBBERS 0xffff0fc7u

// --- bytes -----------------------------------------------------------------
// A memory operand with its registers known. base: 0..15, MEM_NOBASE, MEM_RIP
// (disp is then patched by whoever asked).
typedef struct Mem {
  u8 base, index, scale;
  s32 disp;
} Mem;
enum { MEM_NOREG = 16, MEM_RIP = 17 };

// All write at p without checking room: 16 bytes suffice for any instruction.
// Registers are 0..15 in their class.

static inline u8 *put64(u8 *p, u64 x, u32 n) {
  memcpy(p, &x, 8);
  return p + n;
}

// Prefix, REX and opcode. rex holds R, X, B; force keeps an empty REX.
static inline u8 *put_opcode(u8 *p, const Enc *e, u32 rex, bool force) {
  u64 x = e->prefix;
  u32 n = e->prefix ? 8 : 0;
  rex |= e->flags & ENC_W;
  if (rex || force) {
    x |= (u64)(0x40 | rex) << n;
    n += 8;
  }
  x |= (u64)e->opcode << n;
  return put64(p, x, n / 8 + e->opcode_n);
}

static inline u8 *put_vex(u8 *p, const Enc *e, u32 rex, u32 vvvv) {
  u32 pp = e->prefix == 0x66 ? 1 : e->prefix == 0xf3 ? 2 : e->prefix ? 3 : 0;
  u32 w = (u32)(e->flags & ENC_W) << 4;
  u32 last = w | (~vvvv & 15) << 3 | pp;
  u64 x;
  if (e->map == 1 && !w && !(rex & 3)) {
    x = 0xc5 | (u64)(((~rex & 4) << 5) | last) << 8 | (u64)e->opcode << 16;
    return put64(p, x, 3);
  }
  x = 0xc4 | (u64)((~rex & 7) << 5 | e->map) << 8 | (u64)last << 16 |
      (u64)e->opcode << 24;
  return put64(p, x, 4);
}

static inline u8 *put_imm(u8 *p, u64 imm, u32 bytes) {
  return put64(p, imm, bytes);
}

// ModRM, SIB and displacement; reg is 0..7.
static inline u8 *put_mem(u8 *p, u32 reg, Mem m) {
  u32 r = reg << 3;
  if (unlikely(m.base >= MEM_NOREG)) {
    if (m.base == MEM_RIP)
      return put64(p, (r | 5) | (u64)(u32)m.disp << 8, 5);
    u32 index = m.index >= MEM_NOREG ? 4 : m.index & 7;
    u32 sib = (u32)m.scale << 6 | index << 3 | 5;
    return put64(p, (r | 4) | sib << 8 | (u64)(u32)m.disp << 16, 6);
  }
  u32 base = m.base & 7, mod, n;
  if (m.disp == 0 && base != 5)
    mod = 0, n = 0;
  else if (m.disp == (int8_t)m.disp)
    mod = 0x40, n = 1;
  else
    mod = 0x80, n = 4;
  if (m.index >= MEM_NOREG && base != 4)
    return put64(p, (mod | r | base) | (u64)(u32)m.disp << 8, 1 + n);
  u32 index = m.index >= MEM_NOREG ? 4 : m.index & 7;
  u32 sib = (u32)m.scale << 6 | index << 3 | base;
  return put64(p, (mod | r | 4) | sib << 8 | (u64)(u32)m.disp << 16, 2 + n);
}

static inline u32 mem_rex(Mem m) { // X and B
  return (m.index < MEM_NOREG ? (u32)m.index >> 3 << 1 : 0) |
         (m.base < MEM_NOREG ? (u32)m.base >> 3 : 0);
}

// reg and rm registers (reg a digit where the encoding has one).
static inline u8 *enc_rr(u8 *p, const Enc *e, u32 reg, u32 rm) {
  bool force =
      ((e->flags & ENC_REG8) && reg >= 4) || ((e->flags & ENC_RM8) && rm >= 4);
  p = put_opcode(p, e, reg >> 3 << 2 | rm >> 3, force);
  *p = (u8)(0xc0 | (reg & 7) << 3 | (rm & 7));
  return p + 1;
}
static inline u8 *enc_rm(u8 *p, const Enc *e, u32 reg, Mem m) {
  bool force = (e->flags & ENC_REG8) && reg >= 4;
  p = put_opcode(p, e, reg >> 3 << 2 | mem_rex(m), force);
  return put_mem(p, reg & 7, m);
}
static inline u8 *enc_vrr(u8 *p, const Enc *e, u32 reg, u32 v, u32 rm) {
  p = put_vex(p, e, reg >> 3 << 2 | rm >> 3, v);
  *p = (u8)(0xc0 | (reg & 7) << 3 | (rm & 7));
  return p + 1;
}
static inline u8 *enc_vrm(u8 *p, const Enc *e, u32 reg, u32 v, Mem m) {
  p = put_vex(p, e, reg >> 3 << 2 | mem_rex(m), v);
  return put_mem(p, reg & 7, m);
}
static inline u8 *enc_o(u8 *p, const Enc *e, u32 r) {
  p = put_opcode(p, e, r >> 3, false);
  p[-1] = (u8)(p[-1] | (r & 7));
  return p;
}

// The first encoding of a form that takes this immediate.
static inline const Enc *enc_pick(const InstForm *f, s64 imm) {
  const Enc *e = &inst_enc[f->enc];
  while ((e->guard == GUARD_S8 && imm != (int8_t)imm) ||
         (e->guard == GUARD_ONE && imm != 1) ||
         (e->guard == GUARD_U7 && imm != (imm & 127)))
    e++;
  return e;
}

// --- generated -------------------------------------------------------------
struct Emit;
// A seq: r are the locations of its operands, all registers, numbers of
// vcode.h (xmm from 16). Writes at e->p.
typedef void SeqFn(struct Emit *e, const VInst *i, const Loc *r);
extern SeqFn *const inst_seq[];

#endif
