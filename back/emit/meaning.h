// What instructions mean, computed in C from their declarations: the other side
// of the test that runs each instruction on the processor. Only tests link it.
#ifndef BACK_EMIT_MEANING_H
#define BACK_EMIT_MEANING_H

#include "mid/base/base.h"

enum { FLAG_O, FLAG_C, FLAG_Z, FLAG_S, FLAG_P, FLAG_COUNT };

typedef struct InstEval {
  u64 in[8]; // by declared operand: register, immediate (extended), memory
  u64 mem;   // what memory holds where an amode points
  bool f[FLAG_COUNT]; // flags before
  u64 out[4];         // by result
  bool known[4];      // false: unspecified
  bool fout[FLAG_COUNT], fknown[FLAG_COUNT];
  bool stores; // memory becomes
  u64 stored;
} InstEval;

typedef struct InstMeaning {
  bool (*eval)(InstEval *s); // null: has none; false: it would trap
  u8 noperands, nresults;
  u8 imm;            // operand that may be an immediate, 255 = none
  u8 bits[8];        // width of each operand, 0: no number
  u8 result_bits[4]; // 0: flags
  bool signed_imm;
  bool flags; // has a flags result
} InstMeaning;
extern const InstMeaning inst_meaning[]; // by enum X64Inst

#endif
