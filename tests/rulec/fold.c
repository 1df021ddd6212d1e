// The generated folder and interpreter against results worked out by hand: one
// row per corner that a meaning could get wrong.
//
//   rulec_fold [--ops]      with --ops: prints the ops that rows run, runs
//   nothing
#include "mid/ir/fold.h"
#include "mid/ir/interp.h"
#include "ops.h"

#include <stdio.h>

typedef struct Row {
  u16 op;
  u64 x, y;
  u64 want;
  u8 how; // 0 folds, 1 the folder refuses and the interpreter gives want,
          // otherwise the trap
} Row;

#define I32MIN UINT64_C(0x80000000)
#define I64MIN UINT64_C(0x8000000000000000)

static const Row rows[] = {
    {OP_iadd_i32, 0xffffffff, 1, 0, 0},
    {OP_isub_i64, 0, 1, ~(u64)0, 0},
    {OP_imul_i32, 0x10000, 0x10000, 0, 0},
    {OP_umulhi_i64, ~(u64)0, ~(u64)0, ~(u64)1, 0},
    {OP_smulhi_i64, ~(u64)0, ~(u64)0, 0, 0},
    {OP_smulhi_i32, I32MIN, I32MIN, 0x40000000, 0},
    {OP_ishl_i32, 1, 33, 2, 0},
    {OP_sshr_i32, I32MIN, 31, 0xffffffff, 0},
    {OP_sshr_i64, I64MIN, 63, ~(u64)0, 0},
    {OP_rotl_i32, 0x80000001, 0, 0x80000001, 0},
    {OP_rotl_i32, 0x80000001, 33, 3, 0},
    {OP_rotr_i64, 1, 1, I64MIN, 0},
    {OP_clz_i32, 0, 0, 32, 0},
    {OP_clz_i32, 1, 0, 31, 0},
    {OP_ctz_i64, 0, 0, 64, 0},
    {OP_popcnt_i64, ~(u64)0, 0, 64, 0},
    {OP_smin_i32, 0xffffffff, 1, 0xffffffff, 0},
    {OP_smin_i64, I64MIN, 1, I64MIN, 0},
    {OP_smax_i32, I32MIN, 0xffffffff, 0xffffffff, 0},
    {OP_smax_i64, ~(u64)0, 7, 7, 0},
    {OP_umin_i64, ~(u64)0, 7, 7, 0},
    {OP_umax_i32, I32MIN, 1, I32MIN, 0},
    {OP_umax_i64, I64MIN, ~(u64)0, ~(u64)0, 0},
    {OP_bnot_i32, 0, 0, 0xffffffff, 0},
    {OP_bnot_i64, I64MIN, 0, INT64_MAX, 0},
    {OP_ineg_i64, I64MIN, 0, I64MIN, 0},
    {OP_umin_i32, 0xffffffff, 1, 1, 0},
    {OP_udiv_i32, 7, 0, TRAP_DIV0, 2},
    {OP_sdiv_i32, I32MIN, 0xffffffff, TRAP_OVERFLOW, 2},
    {OP_sdiv_i64, I64MIN, ~(u64)0, TRAP_OVERFLOW, 2},
    {OP_sdiv_i32, 0xfffffff9, 2, 0xfffffffd, 0},
    {OP_srem_i32, I32MIN, 0xffffffff, 0, 0},
    {OP_srem_i32, 0xfffffff9, 2, 0xffffffff, 0},
    {OP_icmp_slt_i32, 0xffffffff, 0, 1, 0},
    {OP_icmp_ult_i32, 0xffffffff, 0, 0, 0},
    {OP_sextend, I32MIN, 0, UINT64_C(0xffffffff80000000), 0},
    {OP_ireduce, UINT64_C(0x123456789), 0, 0x23456789, 0},
    {OP_sext8_i32, 0x80, 0, 0xffffff80, 0},
    {OP_sext16_i64, 0x18000, 0, UINT64_C(0xffffffffffff8000), 0},
    {OP_fadd_f32, 0x3f800000, 0x3f800000, 0x40000000, 0},
    {OP_fadd_f32, 0x7f800000, 0xff800000, 0xffc00000, 1}, // inf - inf
    {OP_fadd_f32, 0x7fa00000, 0x3f800000, 0x7fe00000, 1}, // made quiet
    {OP_fmin_f32, 0x80000000, 0, 0x80000000, 0},
    {OP_fmax_f64, I64MIN, 0, 0, 0},
    {OP_fmin_f32, 0x3f800000, 0x7fc00000, 0x7fc00000, 1},
    {OP_fabs_f32, 0xffc00001, 0, 0x7fc00001, 0},
    {OP_fneg_f64, 0, 0, I64MIN, 0},
    {OP_fcopysign_f32, 0x3f800000, 0x80000000, 0xbf800000, 0},
    {OP_fnearest_f32, 0x40200000, 0, 0x40000000, 0},               // 2.5 -> 2
    {OP_fnearest_f64, UINT64_C(0xbfe0000000000000), 0, I64MIN, 0}, // -0.5 -> -0
    {OP_fcmp_ne_f32, 0x7fc00000, 0x7fc00000, 1, 0},
    {OP_fcmp_ge_f64, 0, I64MIN, 1, 0},
    {OP_fpromote, 0x7fa00000, 0, UINT64_C(0x7ffc000000000000), 1},
    {OP_fdemote, UINT64_C(0x7ff0000000000001), 0, 0x7fc00000, 1},
    {OP_from_u_f32_i64, ~(u64)0, 0, 0x5f800000, 0},
    {OP_from_u_f64_i64, UINT64_C(0xfffffffffffffbff), 0,
     UINT64_C(0x43efffffffffffff), 0},
    {OP_from_s_f32_i32, I32MIN, 0, 0xcf000000, 0},
    {OP_trunc_s_i32_f64, UINT64_C(0x41dfffffffe00000), 0, 0x7fffffff, 0},
    {OP_trunc_s_i32_f64, UINT64_C(0x41e0000000000000), 0, TRAP_OVERFLOW, 2},
    {OP_trunc_s_i32_f32, 0x7fc00000, 0, TRAP_INVALID, 2},
    {OP_trunc_s_i64_f64, UINT64_C(0xc3e0000000000000), 0, I64MIN, 0},
    {OP_trunc_u_i32_f64, UINT64_C(0xbfefffffffffffff), 0, 0, 0},
    {OP_trunc_u_i64_f64, UINT64_C(0x43f0000000000000), 0, TRAP_OVERFLOW, 2},
    {OP_trunc_sat_s_i32_f32, 0xff800000, 0, I32MIN, 0},
    {OP_trunc_sat_s_i32_f32, 0x7fc00000, 0, 0, 0},
    {OP_trunc_sat_u_i64_f32, 0x7f800000, 0, ~(u64)0, 0},
    {OP_trunc_sat_u_i32_f64, UINT64_C(0xbff0000000000000), 0, 0, 0},
    {OP_bitcast_f32, 0x12345678, 0, 0x12345678, 0},
    {OP_is_null, 0, 0, 1, 0},
};

static bool run_row(const Row *r) {
  u64 args[3] = {r->x, r->y, 0}, got = 0x5a5a;
  InterpMem m = {0};
  Inst i = {.op = r->op};
  bool folded = fold_op(r->op, args, &got);
  if (folded != (r->how == 0) || (folded && got != r->want))
    return false;
  got = 0;
  TrapCode t = interp_op(&m, r->op, &i, args, &got);
  return r->how == 2 ? t == (TrapCode)r->want
                     : t == TRAP_NONE && got == r->want;
}

static u8 heap[64];

// Loads and stores: extension, the last byte, one beyond, no write on a trap.
static bool run_memory(void) {
  MemArg mems[] = {{0},
                   {.off = 4, .bytes = 1, .ext = EXT_SIGN},
                   {.off = 56, .bytes = 8},
                   {.off = 57, .bytes = 8},
                   {.off = 0, .bytes = 2, .ext = EXT_ZERO}};
  InterpMem m = {heap, sizeof heap, mems, NULL};
  Inst load = {.op = OP_load_i64, .b = 1}, store = {.op = OP_store_i64, .c = 2};
  u64 a[2] = {0, UINT64_C(0x8877665544332211)}, got = 0;
  heap[4] = 0x80;
  bool ok =
      interp_op(&m, load.op, &load, a, &got) == TRAP_NONE && got == ~(u64)0x7f;
  ok = ok && interp_op(&m, store.op, &store, a, &got) == TRAP_NONE &&
       heap[63] == 0x88;
  store.c = 3;
  ok = ok && interp_op(&m, store.op, &store, a, &got) == TRAP_HEAP_OOB &&
       heap[63] == 0x88;
  load.b = 4;
  a[0] = 56;
  ok = ok && interp_op(&m, load.op, &load, a, &got) == TRAP_NONE &&
       got == 0x2211;
  a[0] = ~(u64)0;
  return ok && interp_op(&m, load.op, &load, a, &got) == TRAP_HEAP_OOB;
}

// Sixteen bytes: two words, the low one first; all of them or a trap.
static bool run_vectors(void) {
  MemArg mems[] = {{.off = 40, .bytes = 16}, {.off = 49, .bytes = 16}};
  InterpMem m = {heap, sizeof heap, mems, NULL};
  Inst load = {.op = OP_load_v128}, store = {.op = OP_store_v128};
  Inst select = {.op = OP_select_v128};
  u64 at[3] = {0, 11, 12}, got[2] = {0}, c[5] = {0, 1, 2, 3, 4};
  bool ok = interp_op(&m, store.op, &store, at, got) == TRAP_NONE &&
            heap[40] == 11 && heap[48] == 12;
  ok = ok && interp_op(&m, load.op, &load, at, got) == TRAP_NONE &&
       got[0] == 11 && got[1] == 12;
  load.b = store.c = 1;
  ok = ok && interp_op(&m, load.op, &load, at, got) == TRAP_HEAP_OOB;
  ok = ok && interp_op(&m, store.op, &store, at, got) == TRAP_HEAP_OOB;
  ok = ok && interp_op(&m, select.op, &select, c, got) == TRAP_NONE &&
       got[0] == 3 && got[1] == 4;
  c[0] = 9;
  return ok && interp_op(&m, select.op, &select, c, got) == TRAP_NONE &&
         got[0] == 1 && got[1] == 2;
}

static const u16 by_hand[] = {OP_load_i64, OP_store_i64, OP_load_v128,
                              OP_store_v128, OP_select_v128};

static int print_ops(void) {
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    printf("%s\n", op_info[rows[i].op].name);
  for (size_t i = 0; i < sizeof by_hand / sizeof by_hand[0]; i++)
    printf("%s\n", op_info[by_hand[i]].name);
  return 0;
}

int main(int argc, char **argv) {
  int failed = 0, n = 0;
  if (argc > 1 && strcmp(argv[1], "--ops") == 0)
    return print_ops();
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    bool ok = run_row(&rows[i]);
    printf("%s %d - %s row %zu\n", ok ? "ok" : "not ok", ++n,
           op_info[rows[i].op].name, i);
    failed += !ok;
  }
  bool ok = run_memory(), wide = run_vectors();
  printf("%s %d - memory\n", ok ? "ok" : "not ok", ++n);
  printf("%s %d - vectors\n", wide ? "ok" : "not ok", ++n);
  return failed || !ok || !wide;
}
