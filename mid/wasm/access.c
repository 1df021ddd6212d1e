// What single instructions of WebAssembly become: constants folded, heap
// accesses, globals, tables, calls. Where things lie is said by vmctx.h.
//
// Pointers that never change (to tables, imported cells, the memory's record)
// are loads that are read-only, cannot fault and may move: pure, so that the
// mid-end shares them. Sizes of memory and tables cannot fault but change over
// calls.
#include "mid/ir/fold.h"
#include "mid/wasm/ssa.h"

enum { FIXED = MEM_READONLY | MEM_NOTRAP | MEM_MOVABLE };

// --- folding -----------------------------------------------------------------

Val build_fold(Build *b, u16 op, Type t, Val x, Val y, u32 n) {
  const Inst *i = b->f->insts.at;
  u64 args[2] = {inst_imm64(&i[x]), n > 1 ? inst_imm64(&i[y]) : 0}, result = 0;
  return fold_op(op, args, &result) ? build_const(b, t, result) : 0;
}

static Val binary(Build *b, u32 op, Type t, Val x, Val y) {
  return build_binary(b, op, t, x, y);
}

static Val add_i64(Build *b, Val x, u64 k) {
  return k ? binary(b, OP_iadd_i64, TY_I64, x, build_const(b, TY_I64, k)) : x;
}

static Val wide(Build *b, Val x) {
  return build_unary(b, OP_uextend, TY_I64, x);
}

static void trap_if(Build *b, Val cond, TrapCode code) {
  emit(b, OP_trapnz, TY_NONE, cond, code, 0);
}

// --- memory arguments --------------------------------------------------------

// What is asked for here differs in the first eight bytes only.
static inline u32 mem_arg(Build *b, MemArg m) {
  _Static_assert(offsetof(MemArg, align) == 8, "offset, width, region, flags");
  u64 key;
  memcpy(&key, &m, sizeof key);
  u32 h = (u32)(key * 0x9e3779b97f4a7c15u >> 57);
  if (!b->mems[h].index || b->mems[h].key != key) {
    b->mems[h].key = key;
    b->mems[h].index = ir_memarg(b->f, m);
  }
  return b->mems[h].index;
}

static u32 load_op(Type t) {
  return op_load(t);
}

// A load that is pure, and so shared within its block.
static Val load_fixed(Build *b, Type t, Region region, Val addr, u32 off) {
  MemArg m = {
      .off = off, .bytes = type_bytes[t], .region = (u8)region, .flags = FIXED};
  return emit_pure(b, load_op(t), t, addr, mem_arg(b, m), 0);
}

static Val load_safe(Build *b, Type t, Region region, Val addr, u32 off,
                     u8 more) {
  MemArg m = {.off = off,
              .bytes = type_bytes[t],
              .region = (u8)region,
              .flags = (u8)(MEM_NOTRAP | more)};
  return emit(b, load_op(t), t, addr, mem_arg(b, m), 0);
}

static void store_safe(Build *b, Type t, Region region, Val addr, u32 off,
                       Val v) {
  MemArg m = {.off = off,
              .bytes = type_bytes[t],
              .region = (u8)region,
              .flags = MEM_NOTRAP};
  emit(b, op_store(t), TY_NONE, addr, v, mem_arg(b, m));
}

static Val vm_pointer(Build *b, u32 off) {
  return load_fixed(b, TY_I64, REGION_VMCTX, b->vmctx, off);
}

// --- linear memory -----------------------------------------------------------

// Checks an access of `bytes` at addr + off against the memory's size.
static void check_bounds(Build *b, Val addr, u32 off, u32 bytes) {
  Val end = add_i64(b, addr, (u64)off + bytes);
  Val size =
      load_safe(b, TY_I64, REGION_HOST, vm_pointer(b, VM_MEM), VMMEM_BYTES, 0);
  trap_if(b, binary(b, OP_icmp_ugt_i64, TY_I32, end, size), TRAP_HEAP_OOB);
}

static inline MemArg heap_arg(Build *b, const OpSig *o, u32 off, Val addr) {
  MemArg m = {.off = off,
              .bytes = (u8)(1u << (o->aux & 15)),
              .ext = o->aux >> 4,
              .region = REGION_HEAP};
  if (b->o.explicit_bounds) {
    check_bounds(b, addr, off, m.bytes);
    m.flags = MEM_NOTRAP;
  }
  return m;
}

void build_load(Build *b, const OpSig *o, u32 off, Slot *addr) {
  Val a = wide(b, addr->val);
  MemArg m = heap_arg(b, o, off, a);
  addr->val = emit(b, o->ir, o->type, a, mem_arg(b, m), 0);
}

void build_store(Build *b, const OpSig *o, u32 off, Val addr, Val v) {
  Val a = wide(b, addr);
  MemArg m = heap_arg(b, o, off, a);
  emit(b, o->ir, TY_NONE, a, v, mem_arg(b, m));
}

Val build_memory_size(Build *b) {
  return load_safe(b, TY_I32, REGION_HOST, vm_pointer(b, VM_MEM), VMMEM_PAGES,
                   0);
}

Val build_libcall(Build *b, LibCall k, Type result, const Val *args, u32 n) {
  u32 list = ir_list(b->f, args, n);
  return emit(b, OP_libcall, result, k, 0, list);
}

// --- globals -----------------------------------------------------------------

// Address and offset of a global's cell.
static Val cell(Build *b, u32 k, u32 *off) {
  u32 at = b->m->layout.globals + 16 * k;
  bool imported = k < b->m->nimported_globals;
  *off = imported ? 0 : at;
  return imported ? vm_pointer(b, at) : b->vmctx;
}

// The value of an own immutable global whose initializer says it; 0 if not.
static Val known_global(Build *b, const WasmGlobal *g) {
  switch ((int)g->init.kind) {
  case CONST_I32:
  case CONST_I64:
  case CONST_F32:
  case CONST_F64:
    return build_const(b, (Type)g->type, g->init.value);
  case CONST_NULL:
    return build_null(b);
  case CONST_FUNC:
    return build_ref_func(b, (u32)g->init.value);
  }
  return 0;
}

Val build_global_get(Build *b, u32 k) {
  const WasmGlobal *g = &b->m->globals[k];
  Val v = 0;
  u32 off;
  if (!g->mut && k >= b->m->nimported_globals && (v = known_global(b, g)))
    return v;
  Val addr = cell(b, k, &off);
  if (!g->mut)
    return load_fixed(b, (Type)g->type, REGION_GLOBAL, addr, off);
  return load_safe(b, (Type)g->type, REGION_GLOBAL, addr, off, 0);
}

void build_global_set(Build *b, u32 k, Val v) {
  u32 off;
  Val addr = cell(b, k, &off);
  store_safe(b, (Type)b->m->globals[k].type, REGION_GLOBAL, addr, off, v);
}

// --- locals in memory --------------------------------------------------------

// The runtime keeps a stack of them (locals_enter); a trap unwinds it.
void build_frame(Build *b) {
  Val bytes = build_i32(b, 8 * b->body->nlocals);
  b->frame = build_libcall(b, LIB_locals_enter, TY_I64, &bytes, 1);
}

void build_leave_frame(Build *b) {
  build_libcall(b, LIB_locals_leave, TY_NONE, &b->frame, 1);
}

Val build_frame_get(Build *b, u32 local) {
  Type t = (Type)b->local_type[local];
  return load_safe(b, t, REGION_HOST, b->frame, 8 * local, 0);
}

void build_frame_set(Build *b, u32 local, Val v) {
  Type t = (Type)b->local_type[local];
  store_safe(b, t, REGION_HOST, b->frame, 8 * local, v);
}

// --- tables and references ---------------------------------------------------

Val build_table_size(Build *b, u32 table) {
  Val t = vm_pointer(b, b->m->layout.tables + 8 * table);
  return load_safe(b, TY_I32, REGION_HOST, t, VMTABLE_N, 0);
}

// Address of an element; traps with `code` beyond the table.
static Val element(Build *b, u32 table, Val index, TrapCode code) {
  Val size = build_table_size(b, table);
  trap_if(b, binary(b, OP_icmp_uge_i32, TY_I32, index, size), code);
  Val t = vm_pointer(b, b->m->layout.tables + 8 * table);
  Val base = load_safe(b, TY_I64, REGION_HOST, t, VMTABLE_ELEMS, 0);
  Val three = build_const(b, TY_I64, 3);
  return binary(b, OP_iadd_i64, TY_I64, base,
                binary(b, OP_ishl_i64, TY_I64, wide(b, index), three));
}

static Val get_element(Build *b, u32 table, Val index, TrapCode code) {
  Val at = element(b, table, index, code);
  return load_safe(b, TY_REF, REGION_TABLE, at, 0, 0);
}

Val build_table_get(Build *b, u32 table, Val index) {
  return get_element(b, table, index, TRAP_TABLE_OOB);
}

void build_table_set(Build *b, u32 table, Val index, Val v) {
  Val at = element(b, table, index, TRAP_TABLE_OOB);
  store_safe(b, TY_REF, REGION_TABLE, at, 0, v);
}

Val build_null(Build *b) {
  if (b->f->insts.n >= b->cap)
    build_grow(b);
  return ir_nullref(b->f);
}

Val build_ref_func(Build *b, u32 func) {
  if (func >= b->m->nimported_funcs)
    return emit_pure(b, OP_funcref, TY_REF, func, 0, 0);
  return load_fixed(b, TY_REF, REGION_VMCTX, b->vmctx,
                    b->m->layout.imports + 8 * func);
}

// --- calls -------------------------------------------------------------------

static u32 arg_list(Build *b, const Slot *sp, u32 n) {
  Func *f = b->f;
  vec_reserve(f->arena, &f->pool, n + 1);
  u32 list = f->pool.n;
  f->pool.at[list] = n;
  for (u32 k = 0; k < n; k++)
    f->pool.at[list + 1 + k] = sp[k].val;
  f->pool.n += n + 1;
  return list;
}

static Type result_type(const Sig *sig) {
  return sig->nresults ? (Type)sig->types[sig->nparams] : TY_NONE;
}

static void results(Build *b, const Sig *sig, Val call, Slot *sp) {
  if (sig->nresults)
    sp[0].val = call;
  for (u32 k = 1; k < sig->nresults; k++) {
    u8 t = sig->types[sig->nparams + k];
    sp[k].val = emit(b, op_proj((Type)t), t, call, k, 0);
  }
}

static void call_reference(Build *b, Val ref, u32 type, Slot *sp) {
  const Sig *sig = &b->m->types[type];
  u32 list = arg_list(b, sp, sig->nparams);
  Val v = emit(b, OP_call_ref, result_type(sig), ref, type, list);
  results(b, sig, v, sp);
}

void build_call(Build *b, u32 func, Slot *sp) {
  u32 type = b->m->func_types[func];
  const Sig *sig = &b->m->types[type];
  if (func < b->m->nimported_funcs) {
    call_reference(b, build_ref_func(b, func), type, sp);
    return;
  }
  u32 list = arg_list(b, sp, sig->nparams);
  Val v = emit(b, OP_call, result_type(sig), func, 0, list);
  results(b, sig, v, sp);
}

// Bounds, null, signature, in that order; then the call.
void build_call_indirect(Build *b, u32 table, u32 type, Val index, Slot *sp) {
  Val ref = get_element(b, table, index, TRAP_UNDEFINED);
  trap_if(b, build_unary(b, OP_is_null, TY_I32, ref), TRAP_NULL_FUNC);
  Val at = build_unary(b, OP_refaddr, TY_I64, ref);
  Val sig = load_safe(b, TY_I32, REGION_HOST, at, VMFUNC_SIG, MEM_READONLY);
  Val want =
      load_fixed(b, TY_I32, REGION_VMCTX, vm_pointer(b, VM_SIG_IDS), 4 * type);
  trap_if(b, binary(b, OP_icmp_ne_i32, TY_I32, sig, want), TRAP_BAD_SIG);
  call_reference(b, ref, type, sp);
}
