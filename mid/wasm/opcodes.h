// The instructions of WebAssembly 2.0 as tables: what each takes and leaves,
// what immediates it has, which IR op it becomes. Control, variables, calls and
// references have a kind of their own; all else is a row.
#ifndef MID_WASM_OPCODES_H
#define MID_WASM_OPCODES_H

#include "mid/ir/ir.h"

typedef enum OpKind {
  OPK_ILLEGAL,
  OPK_BEYOND, // known, but of a later version
  OPK_UNARY,  // in0 -> out, IR op `ir`
  OPK_BINARY, // in0 in1 -> out
  OPK_EQZ,
  OPK_EXTEND32, // i64.extend32_s
  OPK_LOAD,
  OPK_STORE,
  OPK_UNREACHABLE, OPK_NOP, OPK_BLOCK, OPK_LOOP, OPK_IF, OPK_ELSE, OPK_END,
  OPK_BR, OPK_BR_IF, OPK_BR_TABLE, OPK_RETURN, OPK_CALL, OPK_CALL_INDIRECT,
  OPK_DROP, OPK_SELECT, OPK_SELECT_T,
  OPK_LOCAL_GET, OPK_LOCAL_SET, OPK_LOCAL_TEE, OPK_GLOBAL_GET, OPK_GLOBAL_SET,
  OPK_TABLE_GET, OPK_TABLE_SET, OPK_MEMORY_SIZE, OPK_MEMORY_GROW,
  OPK_I32_CONST, OPK_I64_CONST, OPK_F32_CONST, OPK_F64_CONST,
  OPK_REF_NULL, OPK_REF_IS_NULL, OPK_REF_FUNC,
  OPK_PREFIX_FC, OPK_PREFIX_FD,
} OpKind;

// How a pre-scan steps over the immediates.
typedef enum ImmKind {
  IMMK_NONE, IMMK_LEB, IMMK_LEB2, IMMK_4, IMMK_8, IMMK_BLOCK, IMMK_BR,
  IMMK_LOCAL_SET, IMMK_BR_TABLE, IMMK_TYPES, IMMK_FC, IMMK_FD, IMMK_BAD,
  IMMK_END,
} ImmKind;

typedef struct OpSig {
  u8 kind;     // enum OpKind
  u8 in0, in1; // wasm type bytes
  u8 out;
  u16 ir;      // opcode of the IR, of a row
  u8 type;     // enum Type of out, of a store's value
  u8 aux;      // load, store: log2 of the bytes, EXT_* << 4; const: bits
} OpSig;
extern const OpSig op_sigs[256];
extern const u8 op_imms[256]; // enum ImmKind
enum { FC_COUNT = 18 };
extern const OpSig fc_truncs[8]; // 0xfc 0 .. 7
const char *op_beyond(u32 opcode); // which proposal an OPK_BEYOND is of

typedef enum SimdKind {
  SIMD_ILLEGAL, SIMD_LOAD, SIMD_STORE, SIMD_CONST, SIMD_SHUFFLE, SIMD_ROW,
  SIMD_EXTRACT, SIMD_REPLACE, SIMD_LOAD_LANE, SIMD_STORE_LANE,
} SimdKind;
typedef struct SimdSig { // 0xfd 0 .. 255; relaxed SIMD follows behind
  u8 kind;               // enum SimdKind
  u8 n, in[3];           // operands of a row; scalar type of a lane op in in[0]
  u8 out;                // 0: none
  u8 aux;                // log2 of the bytes in memory; number of lanes
} SimdSig;
extern const SimdSig simd_sigs[256];

#endif
