// A decoded module: everything but the function bodies, which stay bytes and
// are validated and translated one by one, on any thread, by translate.c.
// Strings and bodies point into the caller's bytes, which must stay.
#ifndef MID_WASM_MODULE_H
#define MID_WASM_MODULE_H

#include "mid/ir/ir.h"
#include "mid/wasm/vmctx.h"

typedef struct WasmStr {
  const char *at; // UTF-8, checked, not terminated
  u32 n;
} WasmStr;

typedef enum ExternKind { EXTERN_FUNC, EXTERN_TABLE, EXTERN_MEM, EXTERN_GLOBAL } ExternKind;

typedef struct WasmLimits {
  u32 min, max; // max = UINT32_MAX if none
} WasmLimits;
typedef struct WasmTable {
  WasmLimits lim;
  u8 elem; // 0x70 funcref, 0x6f externref
} WasmTable;
typedef struct WasmConst { // a constant expression
  enum { CONST_NONE, CONST_I32, CONST_I64, CONST_F32, CONST_F64, CONST_V128,
         CONST_GLOBAL, CONST_NULL, CONST_FUNC } kind;
  u64 value;  // bits, or the index of the global or function
  u64 high;   // of a v128
} WasmConst;
typedef struct WasmGlobal {
  u8 type;    // enum Type
  u8 ref;     // for TY_REF: 0x70 or 0x6f
  bool mut;
  WasmConst init; // unless imported
} WasmGlobal;
typedef struct WasmImport {
  WasmStr module, name;
  ExternKind kind;
  u32 index; // in its index space
  u32 off;   // byte offset in the file
} WasmImport;
typedef struct WasmExport {
  WasmStr name;
  ExternKind kind;
  u32 index;
} WasmExport;
typedef struct WasmElem { // mode: 0 active, 1 passive, 2 declarative
  u8 mode, type;
  u32 table;
  WasmConst offset;
  WasmConst *items;
  u32 n;
} WasmElem;
typedef struct WasmData { // mode: 0 active, 1 passive
  u8 mode;
  u32 mem;
  WasmConst offset;
  const u8 *bytes;
  u32 n;
} WasmData;
typedef struct WasmBody {
  u32 off;  // of the body's first byte (its locals) in the file
  u32 size;
} WasmBody;

typedef struct WasmModule {
  Arena *arena;
  const u8 *bytes;
  size_t size;
  Sig *types; u32 ntypes;          // reference types inside a Sig are TY_REF;
  const u8 **type_refs;            // parallel: the wasm type bytes themselves
  WasmImport *imports; u32 nimports;
  u32 *func_types; u32 nfuncs, nimported_funcs; // type index by function index
  WasmTable *tables; u32 ntables, nimported_tables;
  WasmLimits *mems; u32 nmems, nimported_mems;
  WasmGlobal *globals; u32 nglobals, nimported_globals;
  WasmExport *exports; u32 nexports;
  u32 start;                       // function index, UINT32_MAX if none
  WasmElem *elems; u32 nelems;
  WasmData *datas; u32 ndatas;
  WasmBody *bodies;                // by function index - nimported_funcs
  u64 *declared_refs;              // bit set: functions ref.func may name
  WasmStr *func_names;             // by function index; filled by wasm_names
  VMLayout layout;
  bool has_data_count;             // memory.init and data.drop need it
  bool uses_simd;                  // v128 in a type, import or global; a body
                                   // that uses it is refused when translated
} WasmModule;

typedef struct WasmError {
  size_t off;      // byte offset in the file
  bool unsupported; // valid, but this build cannot execute it
  char what[200];  // what was found, what was expected
} WasmError;

// decode.c: sections, LEB128, UTF-8, order, limits, const expressions, counts;
// not the bodies. False with *err filled.
bool wasm_decode(Arena *a, const u8 *bytes, size_t size, WasmModule *m,
                 WasmError *err);
// The name section, read when first asked for; broken ones are ignored.
void wasm_names(WasmModule *m);
const char *wasm_func_name(WasmModule *m, Arena *a, u32 func); // never null
// A name as text for people: what would break a line or a terminal is a dot.
const char *wasm_printable(Arena *a, WasmStr s);

typedef struct TranslateOptions {
  bool explicit_bounds; // --bounds=explicit: checks instead of guard pages
  bool fold;            // fold constants while building
  bool gvn;             // reuse an equal pure value of the same block while building
  u64 join_limit;       // arguments of joins before locals go to memory; 0: default
} TranslateOptions;
// translate.c: one forward pass over the body of function `func`: decode,
// validate, SSA with block parameters, CFG, dominators, loops. Thread-safe.
// Returns null with *err filled if the body is invalid, or valid but using
// v128, which nothing can execute yet (err->unsupported is then set).
Func *wasm_translate(Arena *a, const WasmModule *m, u32 func,
                     const TranslateOptions *o, WasmError *err);
// The same pass without the builder.
bool wasm_validate_body(Arena *scratch, const WasmModule *m, u32 func,
                        WasmError *err);
// Decode and validate everything. False with *err filled.
bool wasm_validate(Arena *a, const u8 *bytes, size_t size, WasmError *err);

#endif
