// Running modules: stores, instances, linking, calls and traps.
//
// A Store owns everything that runs together: canonical signatures, host
// modules, instances, memories, tables. An instance's functions are either all
// interpreted or all compiled, by the store's options; there is no mixture and
// no falling back. Errors are returned as text; traps as RunTrap.
#ifndef BACK_RUN_RUN_H
#define BACK_RUN_RUN_H

#include "mid/ir/ir.h"
#include "mid/wasm/module.h"
#include "mid/wasm/vmctx.h"

typedef struct Store Store;
typedef struct Instance Instance;
struct CompileOptions; // back/compile.h

typedef struct RunOptions {
  bool interp;           // interpret IR instead of compiling
  bool explicit_bounds;  // check heap accesses in code
  bool count_ops;        // interpreting: for store_ops_run
  bool any_address;      // IR text, wrong rules: an access where no memory is, a
                         // jump to where no code is, trap (TRAP_HOST)
  u32 max_memory_pages;  // growth beyond fails; 65536 by default
  u64 stack_bytes;       // wasm stack before TRAP_STACK
  const struct CompileOptions *compile; // when not interp
} RunOptions;

// A global's cell: 16 bytes, shared by whoever imports it.
typedef struct VMGlobal {
  u64 *cell;
  u8 type; // enum Type
  u8 ref;  // wasm type byte of a reference
  bool mut;
} VMGlobal;

// Anything that can be imported or exported.
typedef struct Extern {
  ExternKind kind;
  VMFunc *func;
  const Sig *sig;     // of func
  const u8 *sig_refs; // its wasm type bytes, params then results
  VMTable *table;
  VMMemory *mem;
  VMGlobal *global;
} Extern;

typedef struct RunValue { // an argument or result
  u8 type; // enum Type
  u8 ref;  // wasm type byte if TY_REF
  u64 bits, high;
} RunValue;

typedef struct RunFrame { // of a backtrace, innermost first
  Instance *instance;
  u32 func;
  u32 off; // wasm byte offset, 0 if unknown
} RunFrame;
enum { RUN_MAX_FRAMES = 64 };
typedef struct RunTrap {
  TrapCode code;
  bool exited; // a host function ended the program (proc_exit)
  int exit_status;
  char host_message[160]; // TRAP_HOST: what the host said; else more about it,
                          // or empty
  u32 nframes;            // kept; deep stacks keep the innermost ones
  u32 depth;              // frames there were
  RunFrame frames[RUN_MAX_FRAMES];
} RunTrap;

// --- store.c ---------------------------------------------------------------
Store *store_new(const RunOptions *o);
void store_free(Store *s);
// With RunOptions.count_ops: adds to ran[op] how often each op has run.
void store_ops_run(Store *s, u64 *ran);
Arena *store_arena(Store *s);
const RunOptions *store_options(const Store *s);
// Canonical id of a signature given by wasm type bytes, params then results.
u32 store_sig(Store *s, const u8 *types, u32 nparams, u32 nresults);
// Makes a host function; sig is like "i32 i64:f32" (args:result).
VMFunc *store_host_func(Store *s, const char *sig, HostFn *fn, void *env,
                        Extern *out);
// Names for imports: store_define adds one extern, store_register all exports
// of an instance under a module name (the later wins).
void store_define(Store *s, const char *module, const char *name, Extern e);
void store_register(Store *s, const char *module, Instance *i);
bool store_lookup(Store *s, WasmStr module, WasmStr name, Extern *out);
VMMemory *store_memory(Store *s, u32 min, u32 max); // null: out of memory
VMTable *store_table(Store *s, u32 min, u32 max, u8 elem, u64 init);

// --- instance.c ------------------------------------------------------------
struct Instance {
  Store *store;
  WasmModule *module; // names are read when first asked for
  VMCtx *ctx;
  VMGlobal *globals; // by index
  struct InterpCode **interp; // interpreted: by own function number
  struct CodeMap *code; // compiled: published code
  u64 *data_dropped, *elem_dropped; // bit sets
  const char *name;
};
typedef enum RunStatus {
  RUN_OK,
  RUN_INVALID,     // not a valid module
  RUN_UNSUPPORTED, // valid, but this build cannot execute it
  RUN_UNLINKABLE,  // an import is missing or of another type
  RUN_TRAPPED,     // a start function or an active segment trapped
} RunStatus;
// Bytes must live as long as the store. On anything but RUN_OK, err says why;
// for RUN_TRAPPED *trap has the details (the instance may have had effects).
RunStatus instance_new(Store *s, const u8 *bytes, size_t size, const char *name,
                       Instance **out, Text *err, RunTrap *trap);
bool instance_export(Instance *i, const char *name, size_t n, Extern *out);

// --- call.c ----------------------------------------------------------------
// Calls a function with values already of the right types. Results go to
// results[] (nresults of the signature). False if it trapped.
bool run_call(Store *s, VMFunc *f, const Sig *sig, const RunValue *args,
              RunValue *results, RunTrap *trap);
// Bytes of stack that the options can give to wasm, by this process's limit.
u64 run_stack_room(void);
// Ends a host function or libcall by unwinding to run_call.
// `caller` is the context that called out.
BASE_NORETURN void vm_raise(VMCtx *caller, TrapCode code);
BASE_NORETURN void vm_raise_host(VMCtx *caller, const char *fmt, ...)
    BASE_PRINTF(2, 3);
BASE_NORETURN void vm_exit(int status);

// --- libcalls.c --------------------------------------------------------------
extern u64 (*const vm_libcalls[LIB_COUNT])(VMCtx *, u64, u64, u64, u64, u64);
u64 vm_libcall(LibCall k, VMCtx *ctx, const u64 *a); // a[5]

// --- hosts: spectest.c, bench.c, wasi.c -------------------------------------
void host_spectest(Store *s);
typedef struct BenchClock { u64 start_ns, total_ns; u32 laps; } BenchClock;
void host_bench(Store *s, BenchClock *clock); // clock may be null

// Guest memory of the calling instance: null if out of bounds.
void *vm_memory_at(VMCtx *ctx, u64 off, u64 n);

#endif
