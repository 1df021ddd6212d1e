// What the files of back/run/ share about a store; nobody else includes it.
#ifndef BACK_RUN_STORE_H
#define BACK_RUN_STORE_H

#include "back/run/run.h"

typedef struct StoreSig {
  u32 nparams, nresults;
  const u8 *types; // wasm type bytes
} StoreSig;

// Either one extern under (module, name), or all exports of an instance.
typedef struct StoreName {
  const char *module, *name;
  Instance *instance;
  Extern what;
} StoreName;

// Machine code that goes between C and wasm for one signature, made on demand.
typedef struct StoreStub {
  u32 sig;    // canonical id
  bool host;  // wasm to C, else C to wasm
  const void *code;
} StoreStub;

typedef struct StubRegion {
  u8 *base;
  u32 used;
} StubRegion;

struct Store {
  Arena arena;
  RunOptions options;
  VEC(StoreSig) sigs; // canonical id - 1
  VEC(StoreName) names;
  VEC(VMMemory *) mems;
  VEC(VMTable *) tables;
  VEC(Instance *) instances;
  VEC(StoreStub) stubs;
  StubRegion stub_memory;     // the one being filled
  VEC(u8 *) stub_regions;     // all of them
  VEC(Arena) code_arenas;     // what compiled instances' blobs live in
  u8 *locals;                 // stack of locals_enter, made when first asked for
  u64 locals_used;
  struct RunInterp *interp;   // interp.c's own
};

bool store_knows(Store *s, WasmStr module); // some name is under this module
enum { LOCALS_BYTES = 64 << 20 };
u32 memory_grow(VMMemory *m, u32 delta, u32 cap); // old pages or UINT32_MAX
// Old size or UINT32_MAX.
u32 table_grow(Store *s, VMTable *t, u32 delta, u64 init);

// code.c: stubs for compiled stores; null when interpreting.
const void *store_host_stub(Store *s, const VMFunc *f, const Sig *sig);
void store_release_stubs(Store *s);

// code.c: prepares the functions of an instance to be called.
RunStatus instance_prepare(Instance *i, Text *err);
void instance_release(Instance *i); // gives back code memory

// instance.c
VMFunc *instance_func(const Instance *i, u32 func); // own or imported
bool elem_copy(VMCtx *ctx, u32 table, u32 seg, u64 dst, u64 src, u64 n);
bool data_copy(VMCtx *ctx, u32 seg, u64 dst, u64 src, u64 n);

#endif
