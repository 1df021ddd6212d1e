// Running IR text: an IrModule without any instance. Calls reach the module's
// own bodies; a reference to function k is the address of a VMFunc made here;
// libcalls are those that mean something without an instance. What is not
// there is TRAP_HOST.
#include "mid/ir/interp.h"
#include "ops.h"

typedef struct TextModule {
  const IrModule *m;
  InterpCode **code; // by function index, made when first called
  VMFunc *funcs;
} TextModule;

static bool resolve(Interp *in, VMCtx *ctx, u32 func, InterpTarget *out) {
  const TextModule *t = in->env;
  if (ctx || func >= t->m->nfuncs || !t->m->funcs[func])
    return false;
  if (!t->code[func])
    t->code[func] = interp_code(&in->arena, t->m->funcs[func]);
  out->code = t->code[func];
  return true;
}

static const VMFunc *funcref(Interp *in, VMCtx *ctx, u32 func) {
  const TextModule *t = in->env;
  (void)ctx;
  return func < t->m->nfuncs ? &t->funcs[func] : NULL;
}

static bool in_heap(const Interp *in, u64 off, u64 n) {
  return off <= in->heap_bytes && n <= in->heap_bytes - off;
}

// The rounding libcalls mean what the ops mean.
static TrapCode rounding(u16 op, const u64 *args, u64 *result) {
  InterpMem none = {0};
  Inst i = {.op = op};
  return interp_op(&none, op, &i, args, result);
}

static TrapCode libcall(Interp *in, VMCtx *ctx, u32 k, const u64 *a,
                        u64 *result) {
  (void)ctx;
  switch ((LibCall)k) {
  case LIB_ceil32:
    return rounding(OP_fceil_f32, a, result);
  case LIB_ceil64:
    return rounding(OP_fceil_f64, a, result);
  case LIB_floor32:
    return rounding(OP_ffloor_f32, a, result);
  case LIB_floor64:
    return rounding(OP_ffloor_f64, a, result);
  case LIB_trunc32:
    return rounding(OP_ftrunc_f32, a, result);
  case LIB_trunc64:
    return rounding(OP_ftrunc_f64, a, result);
  case LIB_nearest32:
    return rounding(OP_fnearest_f32, a, result);
  case LIB_nearest64:
    return rounding(OP_fnearest_f64, a, result);
  case LIB_memory_grow:
    return *result = UINT32_MAX, TRAP_NONE;
  case LIB_memory_copy:
    if (!in_heap(in, a[0], a[2]) || !in_heap(in, a[1], a[2]))
      return TRAP_HEAP_OOB;
    memmove(in->heap + a[0], in->heap + a[1], a[2]);
    return TRAP_NONE;
  case LIB_memory_fill:
    if (!in_heap(in, a[0], a[2]))
      return TRAP_HEAP_OOB;
    memset(in->heap + a[0], (u8)a[1], a[2]);
    return TRAP_NONE;
  case LIB_memory_init:
  case LIB_data_drop:
  case LIB_table_grow:
  case LIB_table_fill:
  case LIB_table_copy:
  case LIB_table_init:
  case LIB_elem_drop:
  case LIB_locals_enter:
  case LIB_locals_leave:
  case LIB_COUNT:
    break;
  }
  return TRAP_HOST;
}

void interp_use_module(Interp *in, const IrModule *m) {
  TextModule *t = arena_new(&in->arena, TextModule);
  t->m = m;
  t->code = arena_array0(&in->arena, InterpCode *, m->nfuncs + 1);
  t->funcs = arena_array0(&in->arena, VMFunc, m->nfuncs + 1);
  for (u32 k = 0; k < m->nfuncs; k++)
    t->funcs[k] = (VMFunc){.sig = m->func_sigs[k], .index = k};
  in->env = t;
  in->resolve = resolve;
  in->funcref = funcref;
  in->libcall = libcall;
}
