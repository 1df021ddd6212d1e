// Tables of the instructions: see opcodes.h. The order is the binary format's.
#include "mid/wasm/opcodes.h"
#include "mid/wasm/decode.h"
#include "ops.h"

#define I32 WT_I32
#define I64 WT_I64
#define F32 WT_F32
#define F64 WT_F64
#define V WT_V128

#define UN(a, r, op) {.kind = OPK_UNARY, .in0 = a, .out = r, .ir = OP_##op, .type = TY_##r}
#define BIN(a, r, op) {.kind = OPK_BINARY, .in0 = a, .in1 = a, .out = r, .ir = OP_##op, .type = TY_##r}
#define CMP(a, op) BIN(a, I32, op)
#define LOAD(r, t, log2, e) {.kind = OPK_LOAD, .in0 = WT_I32, .out = r, .ir = OP_load_##t, .type = TY_##r, .aux = log2 | e << 4}
#define STORE(a, t, log2) {.kind = OPK_STORE, .in0 = WT_I32, .in1 = a, .ir = OP_store_##t, .type = TY_##a, .aux = log2}
#define K(k) {.kind = OPK_##k}

const OpSig op_sigs[256] = {
    [0x00] = K(UNREACHABLE), K(NOP), K(BLOCK), K(LOOP), K(IF), K(ELSE),
    [0x06] = K(BEYOND), K(BEYOND), K(BEYOND), K(BEYOND), K(BEYOND),
    [0x0b] = K(END), K(BR), K(BR_IF), K(BR_TABLE), K(RETURN), K(CALL),
    [0x11] = K(CALL_INDIRECT), K(BEYOND), K(BEYOND), K(BEYOND), K(BEYOND),
    [0x18] = K(BEYOND), K(BEYOND), K(DROP), K(SELECT), K(SELECT_T),
    [0x1f] = K(BEYOND), K(LOCAL_GET), K(LOCAL_SET), K(LOCAL_TEE),
    [0x23] = K(GLOBAL_GET), K(GLOBAL_SET), K(TABLE_GET), K(TABLE_SET),

    [0x28] = LOAD(I32, i32, 2, EXT_NONE), LOAD(I64, i64, 3, EXT_NONE),
    [0x2a] = LOAD(F32, f32, 2, EXT_NONE), LOAD(F64, f64, 3, EXT_NONE),
    [0x2c] = LOAD(I32, i32, 0, EXT_SIGN), LOAD(I32, i32, 0, EXT_ZERO),
    [0x2e] = LOAD(I32, i32, 1, EXT_SIGN), LOAD(I32, i32, 1, EXT_ZERO),
    [0x30] = LOAD(I64, i64, 0, EXT_SIGN), LOAD(I64, i64, 0, EXT_ZERO),
    [0x32] = LOAD(I64, i64, 1, EXT_SIGN), LOAD(I64, i64, 1, EXT_ZERO),
    [0x34] = LOAD(I64, i64, 2, EXT_SIGN), LOAD(I64, i64, 2, EXT_ZERO),
    [0x36] = STORE(I32, i32, 2), STORE(I64, i64, 3), STORE(F32, f32, 2),
    [0x39] = STORE(F64, f64, 3), STORE(I32, i32, 0), STORE(I32, i32, 1),
    [0x3c] = STORE(I64, i64, 0), STORE(I64, i64, 1), STORE(I64, i64, 2),
    [0x3f] = K(MEMORY_SIZE), K(MEMORY_GROW),
    [0x41] = {.kind = OPK_I32_CONST, .out = I32, .type = TY_I32, .aux = 32},
    [0x42] = {.kind = OPK_I64_CONST, .out = I64, .type = TY_I64, .aux = 64},
    [0x43] = K(F32_CONST), K(F64_CONST),

    [0x45] = {.kind = OPK_EQZ, .in0 = I32, .out = I32, .ir = OP_icmp_eq_i32, .type = TY_I32},
    [0x46] = CMP(I32, icmp_eq_i32), CMP(I32, icmp_ne_i32),
    [0x48] = CMP(I32, icmp_slt_i32), CMP(I32, icmp_ult_i32),
    [0x4a] = CMP(I32, icmp_sgt_i32), CMP(I32, icmp_ugt_i32),
    [0x4c] = CMP(I32, icmp_sle_i32), CMP(I32, icmp_ule_i32),
    [0x4e] = CMP(I32, icmp_sge_i32), CMP(I32, icmp_uge_i32),
    [0x50] = {.kind = OPK_EQZ, .in0 = I64, .out = I32, .ir = OP_icmp_eq_i64, .type = TY_I64},
    [0x51] = CMP(I64, icmp_eq_i64), CMP(I64, icmp_ne_i64),
    [0x53] = CMP(I64, icmp_slt_i64), CMP(I64, icmp_ult_i64),
    [0x55] = CMP(I64, icmp_sgt_i64), CMP(I64, icmp_ugt_i64),
    [0x57] = CMP(I64, icmp_sle_i64), CMP(I64, icmp_ule_i64),
    [0x59] = CMP(I64, icmp_sge_i64), CMP(I64, icmp_uge_i64),
    [0x5b] = CMP(F32, fcmp_eq_f32), CMP(F32, fcmp_ne_f32),
    [0x5d] = CMP(F32, fcmp_lt_f32), CMP(F32, fcmp_gt_f32),
    [0x5f] = CMP(F32, fcmp_le_f32), CMP(F32, fcmp_ge_f32),
    [0x61] = CMP(F64, fcmp_eq_f64), CMP(F64, fcmp_ne_f64),
    [0x63] = CMP(F64, fcmp_lt_f64), CMP(F64, fcmp_gt_f64),
    [0x65] = CMP(F64, fcmp_le_f64), CMP(F64, fcmp_ge_f64),

    [0x67] = UN(I32, I32, clz_i32), UN(I32, I32, ctz_i32),
    [0x69] = UN(I32, I32, popcnt_i32),
    [0x6a] = BIN(I32, I32, iadd_i32), BIN(I32, I32, isub_i32),
    [0x6c] = BIN(I32, I32, imul_i32), BIN(I32, I32, sdiv_i32),
    [0x6e] = BIN(I32, I32, udiv_i32), BIN(I32, I32, srem_i32),
    [0x70] = BIN(I32, I32, urem_i32), BIN(I32, I32, band_i32),
    [0x72] = BIN(I32, I32, bor_i32), BIN(I32, I32, bxor_i32),
    [0x74] = BIN(I32, I32, ishl_i32), BIN(I32, I32, sshr_i32),
    [0x76] = BIN(I32, I32, ushr_i32), BIN(I32, I32, rotl_i32),
    [0x78] = BIN(I32, I32, rotr_i32),

    [0x79] = UN(I64, I64, clz_i64), UN(I64, I64, ctz_i64),
    [0x7b] = UN(I64, I64, popcnt_i64),
    [0x7c] = BIN(I64, I64, iadd_i64), BIN(I64, I64, isub_i64),
    [0x7e] = BIN(I64, I64, imul_i64), BIN(I64, I64, sdiv_i64),
    [0x80] = BIN(I64, I64, udiv_i64), BIN(I64, I64, srem_i64),
    [0x82] = BIN(I64, I64, urem_i64), BIN(I64, I64, band_i64),
    [0x84] = BIN(I64, I64, bor_i64), BIN(I64, I64, bxor_i64),
    [0x86] = BIN(I64, I64, ishl_i64), BIN(I64, I64, sshr_i64),
    [0x88] = BIN(I64, I64, ushr_i64), BIN(I64, I64, rotl_i64),
    [0x8a] = BIN(I64, I64, rotr_i64),

    [0x8b] = UN(F32, F32, fabs_f32), UN(F32, F32, fneg_f32),
    [0x8d] = UN(F32, F32, fceil_f32), UN(F32, F32, ffloor_f32),
    [0x8f] = UN(F32, F32, ftrunc_f32), UN(F32, F32, fnearest_f32),
    [0x91] = UN(F32, F32, fsqrt_f32),
    [0x92] = BIN(F32, F32, fadd_f32), BIN(F32, F32, fsub_f32),
    [0x94] = BIN(F32, F32, fmul_f32), BIN(F32, F32, fdiv_f32),
    [0x96] = BIN(F32, F32, fmin_f32), BIN(F32, F32, fmax_f32),
    [0x98] = BIN(F32, F32, fcopysign_f32),

    [0x99] = UN(F64, F64, fabs_f64), UN(F64, F64, fneg_f64),
    [0x9b] = UN(F64, F64, fceil_f64), UN(F64, F64, ffloor_f64),
    [0x9d] = UN(F64, F64, ftrunc_f64), UN(F64, F64, fnearest_f64),
    [0x9f] = UN(F64, F64, fsqrt_f64),
    [0xa0] = BIN(F64, F64, fadd_f64), BIN(F64, F64, fsub_f64),
    [0xa2] = BIN(F64, F64, fmul_f64), BIN(F64, F64, fdiv_f64),
    [0xa4] = BIN(F64, F64, fmin_f64), BIN(F64, F64, fmax_f64),
    [0xa6] = BIN(F64, F64, fcopysign_f64),

    [0xa7] = UN(I64, I32, ireduce),
    [0xa8] = UN(F32, I32, trunc_s_i32_f32), UN(F32, I32, trunc_u_i32_f32),
    [0xaa] = UN(F64, I32, trunc_s_i32_f64), UN(F64, I32, trunc_u_i32_f64),
    [0xac] = UN(I32, I64, sextend), UN(I32, I64, uextend),
    [0xae] = UN(F32, I64, trunc_s_i64_f32), UN(F32, I64, trunc_u_i64_f32),
    [0xb0] = UN(F64, I64, trunc_s_i64_f64), UN(F64, I64, trunc_u_i64_f64),
    [0xb2] = UN(I32, F32, from_s_f32_i32), UN(I32, F32, from_u_f32_i32),
    [0xb4] = UN(I64, F32, from_s_f32_i64), UN(I64, F32, from_u_f32_i64),
    [0xb6] = UN(F64, F32, fdemote),
    [0xb7] = UN(I32, F64, from_s_f64_i32), UN(I32, F64, from_u_f64_i32),
    [0xb9] = UN(I64, F64, from_s_f64_i64), UN(I64, F64, from_u_f64_i64),
    [0xbb] = UN(F32, F64, fpromote),
    [0xbc] = UN(F32, I32, bitcast_i32), UN(F64, I64, bitcast_i64),
    [0xbe] = UN(I32, F32, bitcast_f32), UN(I64, F64, bitcast_f64),
    [0xc0] = UN(I32, I32, sext8_i32), UN(I32, I32, sext16_i32),
    [0xc2] = UN(I64, I64, sext8_i64), UN(I64, I64, sext16_i64),
    [0xc4] = {.kind = OPK_EXTEND32, .in0 = I64, .out = I64, .type = TY_I64},

    [0xd0] = K(REF_NULL), K(REF_IS_NULL), K(REF_FUNC), K(BEYOND), K(BEYOND),
    [0xd5] = K(BEYOND), K(BEYOND),
    [0xfb] = K(BEYOND), K(PREFIX_FC), K(PREFIX_FD), K(BEYOND),
};

const OpSig fc_truncs[8] = {
    UN(F32, I32, trunc_sat_s_i32_f32), UN(F32, I32, trunc_sat_u_i32_f32),
    UN(F64, I32, trunc_sat_s_i32_f64), UN(F64, I32, trunc_sat_u_i32_f64),
    UN(F32, I64, trunc_sat_s_i64_f32), UN(F32, I64, trunc_sat_u_i64_f32),
    UN(F64, I64, trunc_sat_s_i64_f64), UN(F64, I64, trunc_sat_u_i64_f64),
};

#define LEB1 IMMK_LEB
#define LEB2 IMMK_LEB2
const u8 op_imms[256] = {
    [0x02] = IMMK_BLOCK, IMMK_BLOCK, IMMK_BLOCK,
    [0x06] = IMMK_BAD, IMMK_BAD, IMMK_BAD, IMMK_BAD, IMMK_BAD,
    [0x0b] = IMMK_END, IMMK_BR, IMMK_BR, IMMK_BR_TABLE, [0x10] = LEB1, LEB2,
    [0x12] = IMMK_BAD, IMMK_BAD, IMMK_BAD, IMMK_BAD, IMMK_BAD, IMMK_BAD,
    [0x18] = IMMK_BAD, IMMK_BAD, [0x1c] = IMMK_TYPES, IMMK_BAD, IMMK_BAD,
    [0x1f] = IMMK_BAD, LEB1, IMMK_LOCAL_SET, IMMK_LOCAL_SET,
    [0x23] = LEB1, LEB1, LEB1, LEB1, IMMK_BAD,
    [0x28] = LEB2, LEB2, LEB2, LEB2, LEB2, LEB2, LEB2, LEB2, LEB2, LEB2, LEB2,
    [0x33] = LEB2, LEB2, LEB2, LEB2, LEB2, LEB2, LEB2, LEB2, LEB2, LEB2, LEB2,
    [0x3e] = LEB2, LEB1, LEB1, LEB1, LEB1, IMMK_4, IMMK_8,
    [0xd0] = LEB1, [0xd2] = LEB1, IMMK_BAD, IMMK_BAD, IMMK_BAD, IMMK_BAD,
    [0xfb] = IMMK_BAD, IMMK_FC, IMMK_FD, IMMK_BAD, IMMK_BAD,
};

const char *op_beyond(u32 opcode) {
  switch (opcode) {
  case 0x12: case 0x13: case 0x15: return "a tail call";
  case 0x14: return "call_ref (typed function references)";
  case 0xd3: return "ref.eq (garbage collection)";
  case 0xd4: case 0xd5: case 0xd6: return "a typed function reference";
  case 0xfb: return "garbage collection";
  case 0xfe: return "threads";
  }
  return "exception handling";
}

// --- SIMD --------------------------------------------------------------------

#define VLOAD(log2) {.kind = SIMD_LOAD, .out = V, .aux = log2}
#define ROW1(a, r) {.kind = SIMD_ROW, .n = 1, .in = {a}, .out = r}
#define VV ROW1(V, V)
#define VI ROW1(V, I32)
#define VVV {.kind = SIMD_ROW, .n = 2, .in = {V, V}, .out = V}
#define SHIFT {.kind = SIMD_ROW, .n = 2, .in = {V, I32}, .out = V}
#define TERNARY {.kind = SIMD_ROW, .n = 3, .in = {V, V, V}, .out = V}
#define EXTRACT(t, lanes) {.kind = SIMD_EXTRACT, .in = {t}, .aux = lanes}
#define REPLACE(t, lanes) {.kind = SIMD_REPLACE, .in = {t}, .aux = lanes}
#define LANE_IN(log2) {.kind = SIMD_LOAD_LANE, .out = V, .aux = log2}
#define LANE_OUT(log2) {.kind = SIMD_STORE_LANE, .aux = log2}
#define VVV5 VVV, VVV, VVV, VVV, VVV
#define VVV10 VVV5, VVV5

const SimdSig simd_sigs[256] = {
    [0] = VLOAD(4), VLOAD(3), VLOAD(3), VLOAD(3), VLOAD(3), VLOAD(3), VLOAD(3),
    [7] = VLOAD(0), VLOAD(1), VLOAD(2), VLOAD(3),
    [11] = {.kind = SIMD_STORE, .aux = 4}, {.kind = SIMD_CONST},
    [13] = {.kind = SIMD_SHUFFLE}, VVV, // shuffle, swizzle
    [15] = ROW1(I32, V), ROW1(I32, V), ROW1(I32, V), ROW1(I64, V),
    [19] = ROW1(F32, V), ROW1(F64, V),
    [21] = EXTRACT(I32, 16), EXTRACT(I32, 16), REPLACE(I32, 16),
    [24] = EXTRACT(I32, 8), EXTRACT(I32, 8), REPLACE(I32, 8),
    [27] = EXTRACT(I32, 4), REPLACE(I32, 4), EXTRACT(I64, 2), REPLACE(I64, 2),
    [31] = EXTRACT(F32, 4), REPLACE(F32, 4), EXTRACT(F64, 2), REPLACE(F64, 2),
    [35] = VVV10, VVV10, VVV10,        // i8x16, i16x8, i32x4 comparisons
    [65] = VVV10, VVV, VVV,            // f32x4, f64x2 comparisons
    [77] = VV, VVV, VVV, VVV, VVV, TERNARY, VI,
    [84] = LANE_IN(0), LANE_IN(1), LANE_IN(2), LANE_IN(3),
    [88] = LANE_OUT(0), LANE_OUT(1), LANE_OUT(2), LANE_OUT(3),
    [92] = VLOAD(2), VLOAD(3), VV, VV, // load zero, demote, promote
    [96] = VV, VV, VV, VI, VI, VVV, VVV, VV, VV, VV, VV, SHIFT, SHIFT, SHIFT,
    [110] = VVV5, VVV, VV, VV, VVV, VVV, VVV, VVV, VV, VVV, VV, VV, VV, VV,
    [128] = VV, VV, VVV, VI, VI, VVV, VVV, VV, VV, VV, VV, SHIFT, SHIFT, SHIFT,
    [142] = VVV5, VVV, VV, VVV5, [155] = VVV5,
    [160] = VV, VV, [163] = VI, VI, [167] = VV, VV, VV, VV, SHIFT, SHIFT, SHIFT,
    [174] = VVV, [177] = VVV, [181] = VVV5, VVV, [188] = VVV, VVV, VVV, VVV,
    [192] = VV, VV, [195] = VI, VI, [199] = VV, VV, VV, VV, SHIFT, SHIFT, SHIFT,
    [206] = VVV, [209] = VVV, [213] = VVV, VVV10,
    [224] = VV, VV, [227] = VV, VVV5, VVV, VVV, VVV,
    [236] = VV, VV, [239] = VV, VVV5, VVV, VVV, VVV,
    [248] = VV, VV, VV, VV, VV, VV, VV, VV,
};
