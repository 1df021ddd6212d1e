// The forms of a machine instruction, expanded: what VInst.form numbers, and
// which operands a VInst of that form has. Read by the generators of the
// encoder tables and of the lowering matchers. See docs/encoding.md.
#ifndef RULEC_GEN_INST_TABLE_H
#define RULEC_GEN_INST_TABLE_H

#include "rulec/sema/sema.h"

typedef struct SlotX { // one Operand of the VInst
  u8 operand;          // declared operand; noperands + result for results
  u8 part;             // SLOTX_*
  u8 cls;              // 0 gpr, 1 xmm
  bool def, late, tmp;
  u8 con; // CON_* as in back/vcode.h
  u8 bytes;
} SlotX;
enum { SLOTX_REG, SLOTX_BASE, SLOTX_INDEX };

enum { // FormX.imm: enum InstImm of back/emit/encode.h, same order
  IMMX_NONE,
  IMMX_S,
  IMMX_U,
  IMMX_WIDE,
  IMMX_AMODE,
  IMMX_FUNC,
  IMMX_TRAP,
  IMMX_LIB
};

typedef struct FormX {
  const FormInfo *form;   // features, ties, encodings; null for seqs without
  const KindInfo **kinds; // chosen kind of each declared operand; null for tmps
                          // and flags too where they have none
  u32 nslots;
  SlotX *slots;
  s32 operand_slot[16]; // first slot of each operand, then result; -1 = none
  s32 mem;              // operand that is memory or an address, or -1
  s32 imm;              // operand that is an immediate number, or -1
  u8 imm_kind;          // IMMX_*: what VInst.imm holds
  u8 imm_bits;          // of `imm`: 8, 16, 32, 64
  bool imm_signed;
  bool list;    // has operands beyond slots
  s32 spilled;  // slot that may be a spill slot, or -1
  s32 mem_form; // form to encode then
  u32 nencs;
  u32 *encs; // alternatives of form->decl->encs that serve this form
} FormX;

// All forms of an instruction in order. Errors (operands with several kinds
// twice, no encoding for a form) go to s->diags.
u32 inst_variants(const Sema *s, const InstX *x, FormX **out);

s32 inst_reg(const char *name); // "rcx" -> 1, "xmm0" -> 16; -1 if unknown

#endif
