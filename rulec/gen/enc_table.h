// One alternative of an `enc` line, resolved for a form: the struct Enc of
// back/emit/encode.h in the making, and what the listing shows of it.
#ifndef RULEC_GEN_ENC_TABLE_H
#define RULEC_GEN_ENC_TABLE_H

#include "rulec/gen/inst_table.h"

// Same order as EncShape there.
enum {
  ENCX_ZO,
  ENCX_O,
  ENCX_RM,
  ENCX_MEM,
  ENCX_VRM,
  ENCX_VMEM,
  ENCX_REL,
  ENCX_RIP
};
enum {
  ENCX_W = 8,
  ENCX_REG8 = 1,
  ENCX_RM8 = 2,
  ENCX_DIGIT = 0x40,
  ENCX_NOSLOT = 0xff
};
enum { GUARDX_NONE, GUARDX_S8, GUARDX_ONE, GUARDX_U7 };

// What an operand of the listing is, and its width in bits (0: no width).
// Same order as EncArg of back/emit/encode.h.
enum {
  ARGX_NONE,
  ARGX_REG,
  ARGX_RM,
  ARGX_VVVV,
  ARGX_OPCODE,
  ARGX_IMM,
  ARGX_ONE,
  ARGX_CL,
  ARGX_REL
};
typedef struct ArgX {
  u8 what;
  u8 bits;
  bool xmm;
} ArgX;

typedef struct EncX {
  u8 shape, flags, prefix, map;
  u32 opcode;
  u8 opcode_n, reg, rm, vvvv, imm, guard, near;
  u32 nargs;
  ArgX args[4];
  const char *mnemonic;
} EncX;

// Resolves alternative `alt` of f->form. Errors go to s->diags.
EncX enc_resolve(const Sema *s, const InstX *x, const FormX *f, u32 alt);
// Encodings of a form in order: short jumps are folded into the long ones.
u32 enc_of_form(const Sema *s, const InstX *x, const FormX *f, EncX *out,
                u32 max);
// The instruction's mnemonic with its parameters filled in.
const char *inst_mnemonic(const Sema *s, const InstX *x);
const ParamArg *inst_param(const InstX *x, const char *name);

#endif
