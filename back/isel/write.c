// Writes instructions and operands, backward: both arrays are filled from
// their ends, so that what is written last stands first. When one is full it
// moves to the end of a larger one. VInst.ops counts from the end of the
// operand array until isel_lower has finished (it alone knows where they
// start).
#include "back/emit/encode.h"
#include "back/isel/lower.h"

static inline u32 type_class(u8 type) { // the floats and v128 lie together
  return (u8)(type - TY_F32) <= TY_V128 - TY_F32 ? RC_XMM : RC_GPR;
}

VReg low_temp(Lower *L, u8 type) {
  const VReg r = L->vreg_class.n;
  if (unlikely(r == L->vreg_class.cap)) {
    must(r < VREG_MAX, "too many virtual registers");
    vec_reserve(L->arena, &L->vreg_class, 1);
    vec_reserve(L->arena, &L->vreg_bytes, 1);
  }
  const u32 cls = type_class(type);
  L->vreg_class.at[r] = (u8)cls;
  // An i32 moves as 32 bits, which keeps zero above it: what reads 64 bits may
  // count on that. (Spills of integers are whole in any case.)
  L->vreg_bytes.at[r] = type_bytes[type];
  L->vreg_class.n = L->vreg_bytes.n = r + 1;
  return r;
}

static void grow_ops(Lower *L, u32 n) {
  const u32 used = L->op_cap - L->op_at, cap = L->op_cap * 2 + n;
  Operand *to = arena_array(L->arena, Operand, cap);
  memcpy(to + (cap - used), L->ops + L->op_at, used * sizeof *to);
  L->ops = to;
  L->op_at = cap - used;
  L->op_cap = cap;
}

static void grow_insts(Lower *L) {
  const u32 used = L->inst_cap - L->inst_at, cap = L->inst_cap * 2 + 16;
  VInst *to = arena_array(L->arena, VInst, cap);
  memcpy(to + (cap - used), L->insts + L->inst_at, used * sizeof *to);
  L->insts = to;
  L->inst_at = cap - used;
  L->inst_cap = cap;
}

static inline Operand *reserve(Lower *L, u32 n) {
  if (unlikely(L->op_at < n))
    grow_ops(L, n);
  L->op_at -= n;
  return L->ops + L->op_at;
}

static inline void put_inst(Lower *L, u32 inst, u32 form, u32 nops, u32 imm) {
  if (unlikely(!L->inst_at))
    grow_insts(L);
  VInst *i = &L->insts[--L->inst_at];
  i->inst = (u16)inst;
  i->nops = (u8)nops;
  i->form = (u8)form;
  i->ops = L->op_cap - L->op_at;
  i->imm = imm;
  i->origin = L->root;
}

Operand *low_reserve(Lower *L, u32 n) { return reserve(L, n); }
void low_inst(Lower *L, u32 inst, u32 form, u32 nops, u32 imm) {
  put_inst(L, inst, form, nops, imm);
}

u32 low_amode(Lower *L, const LowAddr *m, s32 imm) {
  const u32 k = L->amodes.n;
  vec_push(L->arena, &L->amodes, m->am);
  L->amodes.at[k].imm = imm;
  L->count->folded +=
      m->index != VREG_NONE && (m->base != VREG_HEAP || m->am.scale);
  return k;
}

u32 low_imm64(Lower *L, u64 k) {
  vec_push(L->arena, &L->imms, k);
  return L->imms.n - 1;
}

static Operand part(VReg r) {
  return operand(r, false, false, r == VREG_NONE ? CON_NONE : CON_REG);
}

Operand *low_put_mem(Operand *o, const LowAddr *m) {
  *o++ = part(m->base);
  *o++ = part(m->index);
  return o;
}

void low_mem(LowNew *n, const LowAddr *m) {
  n->mem = *m;
  low_reg(n, m->base);
  low_reg(n, m->index);
}

void low_any(LowNew *n, const LowArg *b, u32 imm, u32 mem, u32 reg) {
  if (b->kind == LOW_IMM) {
    n->form = (u16)(n->form + imm);
    n->imm = b->imm;
  } else if (b->kind == LOW_MEM) {
    n->form = (u16)(n->form + mem);
    low_mem(n, &b->mem);
  } else {
    n->form = (u16)(n->form + reg);
    low_reg(n, b->reg);
  }
}

void low_write(Lower *L, const LowNew *n) {
  const InstForm *f = &inst_form[inst_info[n->inst].first + n->form];
  const InstSlot *slot = &inst_slot[f->slot];
  const u32 nslots = f->nslots;
  u32 imm = (u32)n->imm;
  must(n->nregs == nslots, "%s: %u registers for %u operands",
       inst_info[n->inst].name, n->nregs, nslots);
  if (f->imm == INST_IMM_AMODE) {
    imm = low_amode(L, &n->mem, (s32)n->imm);
    if (f->mem_bytes)
      L->amodes.at[imm].bytes = f->mem_bytes;
  } else if (f->imm == INST_IMM_WIDE) {
    imm = low_imm64(L, (u64)n->imm);
  }
  Operand *o = reserve(L, nslots);
  for (u32 k = 0; k < nslots; k++) {
    const VReg r = n->regs[k];
    const u32 con = r == VREG_NONE ? CON_NONE : slot[k].con;
    o[k] = r | (u32)(slot[k].flags & (SLOT_DEF | SLOT_LATE)) << 24 | con << 26;
  }
  put_inst(L, n->inst, n->form, nslots, imm);
}

LowAddr low_frame(u32 kind, s32 disp, u32 bytes) {
  return (LowAddr){VREG_NONE,
                   VREG_NONE,
                   {.kind = kind & 7, .bytes = (u8)bytes, .disp = disp}};
}

LowAddr low_pool(Lower *L, u64 lo, u64 hi, u32 bytes) {
  u32 k = L->pool.n;
  for (u32 i = k > 16 ? k - 16 : 0; i < L->pool.n; i++)
    if (L->pool.at[i].lo == lo && L->pool.at[i].hi == hi &&
        L->pool.at[i].size == bytes)
      k = i;
  if (k == L->pool.n)
    vec_push(L->arena, &L->pool, ((PoolConst){lo, hi, bytes}));
  L->count->pooled++;
  return low_frame(AM_POOL, (s32)k, bytes);
}

// True if block parameter p of IR block b has a register to be passed in. For
// a loop header that is decided before its body was seen: by use counts.
static bool param_passed(const Lower *L, Block b, Val p) {
  return L->header[b] ? L->uses[p] != 0 : L->vreg[p] != 0;
}

u32 low_edge(Lower *L, u32 target) {
  const u32 *t = L->f->pool.at + target;
  const Block b = t[0];
  const BlockInfo *to = block_at(L->f, b);
  const u32 first = L->args.n;
  for (u32 i = 0; i < t[1]; i++)
    if (param_passed(L, b, to->first + i)) {
      const VReg r = low_use(L, t[2 + i]);
      vec_push(L->arena, &L->args, r);
    }
  vec_push(L->arena, &L->edges,
           ((VEdge){L->vblock[b] - 1, first, L->args.n - first}));
  return L->edges.n - 1;
}

void low_edges(Lower *L, u32 targets) {
  const u32 n = L->f->pool.at[targets];
  for (u32 k = 0; k < n; k++)
    low_edge(L, L->f->pool.at[targets + 1 + k]);
}
