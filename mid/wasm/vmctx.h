// What running code reaches through its pinned context pointer: the contract
// between translation (which emits loads at these offsets), the interpreter,
// machine code and back/run/ (which allocates and fills it).
//
// One VMCtx per instance, allocated by back/run with the module's trailing
// arrays behind it (VMLayout). Everything here is host memory; nothing the
// guest can write is in it but the global cells and the table elements.
#ifndef MID_WASM_VMCTX_H
#define MID_WASM_VMCTX_H

#include "mid/base/base.h"

typedef struct VMCtx VMCtx;
struct Instance; // back/run/instance.h

// A host function: reads its arguments from args[], writes its results there.
// v128 takes two words. Raises a trap by vm_raise.
typedef void HostFn(VMCtx *caller, void *env, u64 *args);

// What a funcref points to. Lives as long as its store.
typedef struct VMFunc {
  const void *code;  // 0: entry under the wasm calling convention; for a host
                     //    function a stub; null while only interpreted
  VMCtx *ctx;        // 8: its instance; for a host function null
  u32 sig;           // 16: canonical signature id, equal across modules
  u32 index;         // 20: function index in its module
  HostFn *host;      // 24: or null
  void *env;         // 32: host's own
} VMFunc;

typedef struct VMTable {
  u64 *elems; // 0: references; grows by moving
  u32 n;      // 8: current size
  u32 max;    // 12
  u32 type;   // 16: 0 funcref, 1 externref
  u32 cap;    // 20: elements there is room for
} VMTable;

typedef struct VMMemory {
  u8 *base;        // 0: never moves: the address space is reserved
  u64 bytes;       // 8: current size
  u32 pages, max_pages; // 16, 20
  u64 reserved;    // 24: bytes of address space behind base, guard included
} VMMemory;

struct VMCtx {
  u8 *heap;           // 0: base of memory 0; pinned in a register
  u64 stack_limit;    // 8: rsp below this is TRAP_STACK
  VMMemory *mem;      // 16: memory 0, own or imported
  const void *const *libcalls; // 24: by enum LibCall
  const u32 *sig_ids; // 32: canonical id of each type of the module
  void *last_sp;      // 40: rsp at the last call out of wasm, for backtraces
  struct Instance *instance; // 48
  u64 spare;          // 56
  // 64: trailing arrays, see VMLayout
};
enum {
  VM_HEAP = 0, VM_STACK_LIMIT = 8, VM_MEM = 16, VM_LIBCALLS = 24,
  VM_SIG_IDS = 32, VM_LAST_SP = 40, VM_INSTANCE = 48, VM_TRAILING = 64,
  VMFUNC_CODE = 0, VMFUNC_CTX = 8, VMFUNC_SIG = 16, VMFUNC_HOST = 24,
  VMFUNC_ENV = 32, VMFUNC_SIZE = 40,
  VMTABLE_ELEMS = 0, VMTABLE_N = 8,
  VMMEM_BYTES = 8, VMMEM_PAGES = 16,
};

// Byte offsets of the trailing arrays from the VMCtx, fixed by the module
// alone: the same code serves every instance of it.
typedef struct VMLayout {
  u32 globals;  // nglobals cells of 16 bytes: own value, or, if imported, the
                // address of the exporter's cell
  u32 tables;   // ntables pointers to VMTable
  u32 imports;  // nimported_funcs pointers to VMFunc
  u32 funcs;    // (nfuncs - nimported) VMFunc, this module's own functions
  u32 size;     // of the whole VMCtx
} VMLayout;

// Calls from compiled code into the runtime: C functions
//   u64 f(VMCtx *, u64, u64, u64, u64, u64)
// with 32-bit values zero-extended. They trap by vm_raise, never return an
// error by other ways than the result wasm itself defines.
#define LIBCALLS(X)                                                            \
  X(memory_grow, "i32:i32")          /* pages -> old pages or -1 */            \
  X(memory_copy, "i32 i32 i32:")     /* dst src n */                           \
  X(memory_fill, "i32 i32 i32:")     /* dst byte n */                          \
  X(memory_init, "i32 i32 i32 i32:") /* segment dst src n */                   \
  X(data_drop, "i32:")               /* segment */                             \
  X(table_grow, "i32 ref i32:i32")   /* table init n -> old or -1 */           \
  X(table_fill, "i32 i32 ref i32:")  /* table dst value n */                   \
  X(table_copy, "i32 i32 i32 i32 i32:") /* dst table, src table, dst src n */  \
  X(table_init, "i32 i32 i32 i32 i32:") /* table segment dst src n */          \
  X(elem_drop, "i32:")               /* segment */                             \
  X(ceil32, "f32:f32") X(ceil64, "f64:f64") /* when SSE4.1 is off */           \
  X(floor32, "f32:f32") X(floor64, "f64:f64")                                  \
  X(trunc32, "f32:f32") X(trunc64, "f64:f64")                                  \
  X(nearest32, "f32:f32") X(nearest64, "f64:f64")                              \
  X(locals_enter, "i32:i64")         /* bytes -> room for a call's locals */   \
  X(locals_leave, "i64:")            /* what enter gave */
typedef enum LibCall {
#define X(name, sig) LIB_##name,
  LIBCALLS(X)
#undef X
  LIB_COUNT
} LibCall;
// In mid/wasm/libcall.c: name and signature ("i32 i32:i32": args:result).
extern const char *const libcall_names[LIB_COUNT];
extern const char *const libcall_sigs[LIB_COUNT];

#endif
