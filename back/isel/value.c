// Values as operands: which register holds one, and whether an instruction can
// take it as an immediate, from memory, or under another name.
#include "back/isel/lower.h"
#include "ops.h"

// Follows ops that give the same register another type: an i32 has zeros in
// its upper half (`rep`), so its extension is itself.
static Val same_register(const Lower *L, Val v) {
  for (;;) {
    const Inst *i = low_at(L, v);
    const u32 rule = L->rules->same[i->op];
    if (!rule || (L->o->off_named && bit_has(L->o->off_named, rule - 1)))
      return v;
    v = i->a;
  }
}

static bool is_float_const(const Inst *i) {
  return i->op == OP_fconst_f32 || i->op == OP_fconst_f64;
}
static bool is_int_const(const Inst *i) {
  return i->op == OP_iconst_i32 || i->op == OP_iconst_i64;
}

// Asks for constant v in a register of its own; made when the rule is written.
static VReg use_constant(Lower *L, Val v) {
  for (u32 i = L->npending; i > 0 && L->npending - i < 8; i--)
    if (L->pending[i - 1].v == v)
      return L->pending[i - 1].d;
  if (L->npending == L->cap_pending)
    L->pending = vec_grow(L->arena, L->pending, &L->cap_pending,
                          L->npending + 1, sizeof *L->pending);
  const VReg d = low_temp(L, low_at(L, v)->type);
  L->pending[L->npending++] = (LowPending){.d = d, .v = v, .addend = VREG_NONE};
  L->count->constants++;
  return d;
}

VReg low_use(Lower *L, Val v) {
  if (unlikely(L->off) && v == L->root)
    low_of_itself(L);
  if (L->vreg[v])
    return L->vreg[v];
  v = same_register(L, v);
  const Inst *i = low_at(L, v);
  if (L->vreg[v])
    return L->vreg[v];
  if (op_info[i->op].flags & OPF_FLOATS || i->op == OP_vmctx ||
      i->op == OP_funcref)
    return use_constant(L, v);
  return L->vreg[v] = low_temp(L, i->type);
}

bool low_demanded(const Lower *L, Val v) {
  v = same_register(L, v);
  while (low_at(L, v)->op == OP_ireduce && !L->vreg[v])
    v = same_register(L, low_at(L, v)->a);
  return L->vreg[v] != 0;
}

VReg low_use_low(Lower *L, Val v) {
  if (unlikely(L->off) && v == L->root)
    low_of_itself(L);
  if (L->vreg[v])
    return L->vreg[v];
  v = same_register(L, v);
  while (low_at(L, v)->op == OP_ireduce && !L->vreg[v])
    v = same_register(L, low_at(L, v)->a);
  return low_use(L, v);
}

VReg low_def(Lower *L, Val v) {
  if (!L->vreg[v])
    L->vreg[v] = low_temp(L, low_at(L, v)->type);
  return L->vreg[v];
}

// Results beyond the first are `proj`, behind their call with nothing but proj
// and constants between.
VReg low_def_k(Lower *L, Val v, u32 k) {
  if (k == 0)
    return L->vreg[v];
  for (Val p = v + 1; p < L->f->insts.n; p++) {
    const Inst *i = low_at(L, p);
    const OpInfo *info = &op_info[i->op];
    if (info->base == BASE_proj && i->a == v && i->b == k)
      return L->vreg[p];
    if (info->base != BASE_proj && i->op && !(info->flags & OPF_FLOATS))
      break;
  }
  return 0;
}

bool low_unused(const Lower *L, Val v) { return !L->vreg[v]; }

bool low_once(const Lower *L, Val v) { return L->uses[v] == 1; }

// A load that cannot trap may pass anything but writes; one that can must be
// the last that can before the root: which trap comes first, and where, stays.
bool low_can_sink(const Lower *L, Val v, bool once) {
  if (!once || L->uses[v] != 1 || L->vreg[v] || !L->colour[v].order)
    return false;
  const bool notrap = L->f->mems.at[low_at(L, v)->b].flags & MEM_NOTRAP;
  return notrap ? L->colour[v].memory == L->here.memory
                : L->colour[v].order + 1 == L->here.order;
}

bool low_sinkable(const Lower *L, Val v, u32 bytes, bool once) {
  const Inst *i = low_at(L, v);
  return i->op >= OP_load_i32 && i->op <= OP_load_ref &&
         L->f->mems.at[i->b].bytes == bytes && low_can_sink(L, v, once);
}

bool low_same_mem(const MemArg *a, const MemArg *b) {
  return a->off == b->off && a->bytes == b->bytes && a->ext == b->ext &&
         a->region == b->region && a->flags == b->flags && a->mem == b->mem;
}

void low_sink(Lower *L, Val v) {
  if (!(L->f->mems.at[low_at(L, v)->b].flags & MEM_NOTRAP))
    L->here.order = L->colour[v].order;
  L->colour[v].order = 0;
  L->count->sunk++;
}

void low_fused(Lower *L, const LowPlan *p) {
  const u32 base = op_info[low_at(L, p->v)->op].base;
  L->count->fused +=
      p->v != L->root &&
      (base == BASE_icmp || base == BASE_fcmp || base == BASE_is_null);
}

LowArg low_arg_reg(VReg r) { return (LowArg){.kind = LOW_REG, .reg = r}; }
LowArg low_arg_mem(LowAddr m) { return (LowArg){.kind = LOW_MEM, .mem = m}; }
LowArg low_arg_imm(s64 k) { return (LowArg){.kind = LOW_IMM, .imm = (s32)k}; }

// The immediate that an operand of these kinds takes for constant k.
static bool take_imm(u32 take, u64 k, u8 type, s32 *out) {
  const s64 s = type == TY_I32 ? (s64)(s32)k : (s64)k;
  if ((take & TAKE_S32 && s == (s32)s) ||
      (take & TAKE_S16 && s == (int16_t)s) ||
      (take & TAKE_S8 && s == (int8_t)s) || (take & TAKE_U8 && k <= 255) ||
      (take & TAKE_U32 && k <= UINT32_MAX)) {
    *out = (s32)s;
    return true;
  }
  return false;
}

LowArg low_arg(Lower *L, Val v, u32 take, u32 bytes, bool once) {
  const Inst *i = low_at(L, v);
  LowArg r = {.kind = LOW_IMM};
  if (is_int_const(i) && take_imm(take, inst_imm64(i), i->type, &r.imm)) {
    L->count->imms++;
    return r;
  }
  if (take & TAKE_MEM && is_float_const(i) && type_bytes[i->type] == bytes)
    return low_arg_mem(low_pool(L, inst_imm64(i), 0, bytes));
  if (take & TAKE_MEM && low_sinkable(L, v, bytes, once)) {
    low_sink(L, v);
    const u32 root = L->root;
    const LowAddr m = L->rules->amode(L, i->a, L->f->mems.at[i->b]);
    L->root = root;
    r = low_arg_mem(m);
    r.mem.am.origin = v;
    return r;
  }
  return low_arg_reg(take & TAKE_LOW ? low_use_low(L, v) : low_use(L, v));
}

// --- addresses ---------------------------------------------------------------

// Register of one part; a constant zero needs none.
static VReg part(Lower *L, Val v) {
  if (!v)
    return VREG_NONE;
  const Inst *i = low_at(L, v);
  if (is_int_const(i) && inst_imm64(i) == 0)
    return VREG_NONE;
  if (i->op == OP_vmctx)
    return VREG_CTX;
  return low_use(L, v);
}

// An offset too large for a displacement becomes a constant in a register.
static void big_offset(Lower *L, LowAddr *m, s64 disp) {
  const VReg d = low_temp(L, TY_I64);
  if (L->npending == L->cap_pending)
    L->pending = vec_grow(L->arena, L->pending, &L->cap_pending,
                          L->npending + 1, sizeof *L->pending);
  L->pending[L->npending++] =
      (LowPending){.d = d, .offset = (u64)disp, .addend = m->index};
  m->index = d;
}

LowAddr low_addr_regs(VReg base, VReg index, u32 scale) {
  return (LowAddr){base, index, {.kind = AM_REG, .scale = (u8)(scale & 3)}};
}

LowAddr low_addr(Lower *L, Val a, Val b, u32 scale, s64 disp, MemArg m) {
  LowAddr r = {part(L, a), part(L, b), {.kind = AM_REG}};
  const bool heap = m.region == REGION_HEAP && m.bytes;
  disp += m.off;
  if (heap) {
    must(a == 0 || b == 0, "a heap address has one register");
    if (r.index == VREG_NONE) {
      r.index = r.base;
      scale = 0;
    }
    r.base = VREG_HEAP;
  }
  if (disp != (s32)disp) {
    must(scale == 0 && (r.index == VREG_NONE || heap),
         "a large offset takes one register");
    big_offset(L, &r, disp);
    disp = 0;
  }
  if (r.index == VREG_NONE)
    scale = 0;
  r.am.scale = (u8)(scale & 3);
  r.am.disp = (s32)disp;
  r.am.bytes = m.bytes;
  r.am.trap = m.flags & MEM_NOTRAP || !heap ? TRAP_NONE : TRAP_HEAP_OOB;
  r.am.origin = L->root;
  return r;
}
