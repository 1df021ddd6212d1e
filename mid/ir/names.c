// The words for types, regions and traps, in the order of their enums.
#include "mid/ir/ir.h"

const char *const type_names[TY_COUNT] = {
    [TY_NONE] = "none", [TY_I32] = "i32",   [TY_I64] = "i64", [TY_F32] = "f32",
    [TY_F64] = "f64",   [TY_V128] = "v128", [TY_REF] = "ref"};

const u8 type_bytes[TY_COUNT] = {[TY_I32] = 4, [TY_I64] = 8,   [TY_F32] = 4,
                                 [TY_F64] = 8, [TY_V128] = 16, [TY_REF] = 8};

const char *const region_names[REGION_COUNT] = {[REGION_HEAP] = "heap",
                                                [REGION_HOST] = "host",
                                                [REGION_TABLE] = "table",
                                                [REGION_GLOBAL] = "global",
                                                [REGION_VMCTX] = "vmctx"};

const char *const trap_names[TRAP_COUNT] = {[TRAP_NONE] = "none",
                                            [TRAP_UNREACHABLE] = "unreachable",
                                            [TRAP_DIV0] = "div0",
                                            [TRAP_OVERFLOW] = "overflow",
                                            [TRAP_INVALID] = "invalid",
                                            [TRAP_HEAP_OOB] = "heap_oob",
                                            [TRAP_TABLE_OOB] = "table_oob",
                                            [TRAP_UNDEFINED] = "undefined",
                                            [TRAP_NULL_FUNC] = "null_func",
                                            [TRAP_BAD_SIG] = "bad_sig",
                                            [TRAP_STACK] = "stack",
                                            [TRAP_HOST] = "host"};

const char *const trap_messages[TRAP_COUNT] = {
    [TRAP_NONE] = "no trap",
    [TRAP_UNREACHABLE] = "unreachable",
    [TRAP_DIV0] = "integer divide by zero",
    [TRAP_OVERFLOW] = "integer overflow",
    [TRAP_INVALID] = "invalid conversion to integer",
    [TRAP_HEAP_OOB] = "out of bounds memory access",
    [TRAP_TABLE_OOB] = "out of bounds table access",
    [TRAP_UNDEFINED] = "undefined element",
    [TRAP_NULL_FUNC] = "uninitialized element",
    [TRAP_BAD_SIG] = "indirect call type mismatch",
    [TRAP_STACK] = "call stack exhausted",
    [TRAP_HOST] = "host function trapped"};
