// One instruction into the buffer: its form and encoding from the tables, its
// registers from the allocator, and what it leaves in the lists of Emit (traps,
// calls, relocations, jumps). Only the shapes of encode.h are code; what an
// instruction is stands in inst_form and inst_enc.
#include "back/emit/emit.h"

#include "inst.h"

// --- room and lists
// -----------------------------------------------------------

void emit_grow(Emit *e) {
  u32 used = emit_at(e), cap = 2 * (used + EMIT_ROOM);
  u8 *code = arena_alloc(e->arena, cap + EMIT_ROOM, 16);
  memcpy(code, e->code, used);
  e->code = code;
  e->p = code + used;
  e->limit = code + cap;
}

void emit_line(Emit *e, u32 inst) {
  if (unlikely(e->opt.lines))
    vec_push(e->arena, &e->lines, ((CodeLine){emit_at(e), inst}));
}

void emit_call_site(Emit *e, u32 origin) {
  vec_push(e->arena, &e->calls, ((CallSite){emit_at(e), origin}));
}

static void trap_site(Emit *e, u32 code, u32 origin) {
  vec_push(e->arena, &e->traps, ((TrapSite){emit_at(e), code, origin}));
}

void emit_rip(Emit *e, u8 *disp, u32 index, u32 tail) {
  u32 at = (u32)(disp - e->code);
  vec_push(e->arena, &e->rips, ((RipRef){at, index, tail}));
}

u32 emit_pool(Emit *e, u64 lo, u64 hi, u32 size) {
  for (u32 i = e->v->npool; i < e->pool.n; i++) { // few: those of seqs
    const PoolConst *c = &e->pool.at[i];
    if (c->lo == lo && c->hi == hi && c->size == size)
      return i;
  }
  vec_push(e->arena, &e->pool, ((PoolConst){lo, hi, size}));
  return e->pool.n - 1;
}

static u32 label_of_stub(const Emit *e, u32 stub) {
  return e->v->nblocks + e->v->nedges + stub;
}

u32 emit_stub(Emit *e, u32 code, u32 origin) {
  vec_push(e->arena, &e->stubs, ((TrapSite){0, code, origin}));
  return label_of_stub(e, e->stubs.n - 1);
}

// --- one instruction
// ------------------------------------------------------------

// xmm registers are numbered from 16: the processor's number is the low half.
static inline u32 hw(Loc l) { return l & 15; }

static inline u32 slot_or_digit(const Loc *r, u8 reg) {
  return reg & ENC_DIGIT ? reg & 7u : hw(r[reg]);
}

static inline u8 *encode(u8 *p, const Enc *x, const Loc *r, Mem m) {
  switch ((EncShape)x->shape) {
  case ENC_ZO: return put_opcode(p, x, 0, false);
  case ENC_O: return enc_o(p, x, hw(r[x->rm]));
  case ENC_RM: return enc_rr(p, x, slot_or_digit(r, x->reg), hw(r[x->rm]));
  case ENC_MEM: return enc_rm(p, x, slot_or_digit(r, x->reg), m);
  case ENC_VRM:
    return enc_vrr(p, x, slot_or_digit(r, x->reg),
                   x->vvvv == ENC_NOSLOT ? 0 : hw(r[x->vvvv]), hw(r[x->rm]));
  case ENC_VMEM:
    return enc_vrm(p, x, slot_or_digit(r, x->reg),
                   x->vvvv == ENC_NOSLOT ? 0 : hw(r[x->vvvv]), m);
  case ENC_REL: return put64(p, x->opcode, x->opcode_n + 4);
  case ENC_RIP:
    return enc_rm(p, x, slot_or_digit(r, x->reg),
                  (Mem){.base = MEM_RIP, .index = MEM_NOREG});
  }
  return p;
}

void emit_op(Emit *e, u32 inst, u32 form, const Loc *r, Mem m, s64 imm) {
  emit_room(e);
  const InstForm *f = &inst_form[inst_info[inst].first + form];
  const Enc *x = enc_pick(f, imm);
  e->p = encode(e->p, x, r, m);
  if (x->imm)
    e->p = put_imm(e->p, (u64)imm, x->imm);
}

Mem emit_slot(const Emit *e, Loc l) {
  return mem_at(PREG_RSP, (s32)(e->slots + 8 * (l - LOC_SLOT)));
}

// base and index are the two locations of the operand.
static inline Mem mem_of(const Emit *e, const AMode *a, const Loc *r) {
  switch (a->kind) {
  case AM_REG:
    return (Mem){.base = r[0] == LOC_NONE ? (u8)MEM_NOREG : (u8)r[0],
                 .index = r[1] == LOC_NONE ? (u8)MEM_NOREG : (u8)r[1],
                 .scale = a->scale,
                 .disp = a->disp};
  case AM_OUT: return mem_at(PREG_RSP, a->disp);
  case AM_IN: return mem_at(PREG_RSP, (s32)e->frame_total + 8 + a->disp);
  case AM_SLOT: return emit_slot(e, LOC_SLOT + (u32)a->disp);
  case AM_POOL: return (Mem){.base = MEM_RIP, .index = MEM_NOREG};
  }
  return mem_at(PREG_RSP, 0);
}

static s64 immediate(const Emit *e, const VInst *i, const InstForm *f) {
  switch ((InstImm)f->imm) {
  case INST_IMM_S: return (s32)i->imm;
  case INST_IMM_U: return i->imm;
  case INST_IMM_WIDE: return (s64)e->v->imms[i->imm];
  case INST_IMM_AMODE: return e->v->amodes[i->imm].imm;
  case INST_IMM_NONE:
  case INST_IMM_FUNC:
  case INST_IMM_TRAP:
  case INST_IMM_LIB: return 0;
  }
  return 0;
}

static void emit_mem_inst(Emit *e, const VInst *i, const InstForm *f,
                          const Loc *r) {
  const AMode *a = &e->v->amodes[i->imm];
  if (a->trap)
    trap_site(e, a->trap, a->origin);
  Mem m = mem_of(e, a, r + f->mem);
  const Enc *x = f->nencs == 1 ? &inst_enc[f->enc] : enc_pick(f, a->imm);
  u8 *p = encode(e->p, x, r, m);
  if (unlikely(m.base == MEM_RIP))
    emit_rip(e, p - 4, (u32)a->disp, x->imm);
  e->p = x->imm ? put_imm(p, (u64)(s64)a->imm, x->imm) : p;
}

// An operand that may be memory is in its slot: the form with memory there.
// Its registers but this one are the same; base and index make two of it.
static void emit_spilled(Emit *e, const VInst *i, const InstForm *f,
                         const Loc *r) {
  Loc slots[8];
  u32 s = f->spilled;
  must(f->nslots < 8, "too many operands beside a spilled one");
  for (u32 k = 0; k < f->nslots; k++)
    slots[k > s ? k + 1 : k] = r[k];
  slots[s] = slots[s + 1] = LOC_NONE;
  e->count->spill_operands++;
  emit_op(e, i->inst, f->mem_form, slots, emit_slot(e, r[s]),
          immediate(e, i, f));
}

void emit_plain(Emit *e, const VInst *i, const InstForm *f, const Loc *r) {
  if (f->imm == INST_IMM_AMODE) {
    emit_mem_inst(e, i, f, r);
    return;
  }
  if (f->spilled != 255 && !loc_is_reg(r[f->spilled])) {
    emit_spilled(e, i, f, r);
    return;
  }
  const Enc *x = &inst_enc[f->enc];
  if (f->imm == INST_IMM_NONE) {
    e->p = x->shape == ENC_RM
               ? enc_rr(e->p, x, slot_or_digit(r, x->reg), hw(r[x->rm]))
               : encode(e->p, x, r, (Mem){0});
    return;
  }
  s64 imm = immediate(e, i, f);
  if (f->nencs > 1)
    x = enc_pick(f, imm);
  u8 *p = encode(e->p, x, r, (Mem){0});
  e->p = x->imm ? put_imm(p, (u64)imm, x->imm) : p;
}

bool emit_flags_dead(const Emit *e, const VInst *i) {
  const VInst *end = &e->v->insts[e->v->blocks[e->block].end];
  for (const VInst *n = i + 1; n < end && n < i + 6; n++) {
    u32 flags = inst_info[n->inst].flags;
    if (flags & INST_FLAGS_USE)
      return false;
    if (flags & (INST_FLAGS_DEF | INST_CALL | INST_ENDS))
      return true;
  }
  return false; // too far to see
}

// Zero is shorter by xor, where the flags are not waited for.
static bool zero_idiom(Emit *e, const VInst *i, const Loc *r) {
  if ((i->inst != X64_imm_i32 && i->inst != X64_imm_i64) || i->form != 0 ||
      i->imm != 0 || !emit_flags_dead(e, i))
    return false;
  emit_op(e, X64_zero_i32, 0, r, (Mem){0}, 0);
  return true;
}

// --- jumps and traps
// ----------------------------------------------------------

// Back to a block that has its place when nothing shrinks: final at once.
static bool jump_back(Emit *e, u32 cc, u32 label) {
  if (e->opt.shrink || e->opt.align || label >= e->v->nblocks ||
      e->labels[label].at == LABEL_UNPLACED)
    return false;
  s64 d = (s64)e->labels[label].at - ((s64)emit_at(e) + 2);
  if (d < -128)
    return false;
  e->p = put64(e->p, (cc == CC_ALWAYS ? 0xeb : 0x70 | cc) | (u64)(u8)d << 8, 2);
  e->count->jumps_short++;
  return true;
}

static void put_jump(Emit *e, u32 cc, u32 label, ItemKind kind) {
  Item it = {.at = emit_at(e), .label = label, .kind = (u8)kind};
  if (cc == CC_ALWAYS) {
    it.len = 5, it.near = 0xeb;
    e->p = put64(e->p, 0xe9, 5);
  } else {
    it.len = 6, it.near = (u8)(0x70 | cc);
    e->p = put64(e->p, 0x800f | (u64)cc << 8, 6);
  }
  vec_push(e->arena, &e->items, it);
}

void emit_jump(Emit *e, u32 cc, u32 label) {
  e->count->jumps++;
  if (jump_back(e, cc, label))
    return;
  put_jump(e, cc, label, ITEM_JUMP);
}

void emit_trap_if(Emit *e, u32 cc, u32 trap, u32 origin, bool may_shrink) {
  put_jump(e, cc, emit_stub(e, trap, origin),
           may_shrink ? ITEM_JUMP : ITEM_FIXED);
}

void emit_trap(Emit *e, u32 trap, u32 origin) {
  trap_site(e, trap, origin);
  e->p = put64(e->p, 0x0b0f, 2);
}

// --- instructions that are more than their bytes
// ---------------------------------

static void emit_call(Emit *e, const VInst *i, const InstForm *f,
                      const Loc *r) {
  if (f->imm == INST_IMM_FUNC) {
    u32 at = emit_at(e) + 1;
    vec_push(e->arena, &e->relocs, ((CodeReloc){at, i->imm}));
  }
  emit_plain(e, i, f, r);
  emit_call_site(e, i->origin);
}

// lea d, [rip + function], or the block's jump table
static void emit_address(Emit *e, const VInst *i, const InstForm *f,
                         const Loc *r) {
  e->p = encode(e->p, &inst_enc[f->enc], r, (Mem){0});
  if (f->imm == INST_IMM_FUNC) {
    vec_push(e->arena, &e->relocs, ((CodeReloc){emit_at(e) - 4, i->imm}));
    return;
  }
  vec_push(e->arena, &e->tables, ((JumpTable){e->block}));
  emit_rip(e, e->p - 4, RIP_TABLE | (e->tables.n - 1), 0);
}

static void emit_epilogue(Emit *e) { e->p += abi_epilogue(e->p, &e->frame); }

static void emit_special(Emit *e, const VInst *i, const InstInfo *info,
                         const InstForm *f, const Loc *r) {
  if (info->flags & INST_NOTHING)
    return;
  if (info->flags & INST_SEQ) {
    inst_seq[info->seq](e, i, r);
    return;
  }
  if (info->flags & INST_CALL) {
    emit_call(e, i, f, r);
    return;
  }
  if (info->flags & INST_RET) {
    emit_epilogue(e);
    emit_plain(e, i, f, r);
    return;
  }
  if (i->inst == X64_trap) {
    emit_trap(e, i->imm, i->origin);
    return;
  }
  if (info->flags & INST_COND) { // trap_if
    emit_trap_if(e, info->cc, i->imm, i->origin, true);
    return;
  }
  if (info->flags & INST_TRAPS) { // div, idiv: a signal
    if (i->imm)
      trap_site(e, i->imm, i->origin);
    emit_plain(e, i, f, r);
    return;
  }
  if (info->flags & INST_RIP)
    emit_address(e, i, f, r);
  else
    emit_plain(e, i, f, r);
}

enum {
  SPECIAL = INST_SEQ | INST_ENDS | INST_CALL | INST_RET | INST_TRAPS |
            INST_NOTHING | INST_RIP
};

void emit_inst(Emit *e, const VInst *i) {
  const InstInfo *info = &inst_info[i->inst];
  const InstForm *f = &inst_form[info->first + i->form];
  const Loc *r = e->locs + i->ops;
  emit_room(e);
  if (unlikely(e->opt.lines))
    emit_line(e, (u32)(i - e->v->insts));
  if (unlikely(info->flags & SPECIAL)) {
    emit_special(e, i, info, f, r);
    return;
  }
  if (unlikely(f->imm == INST_IMM_U) && e->opt.shrink && zero_idiom(e, i, r))
    return;
  emit_plain(e, i, f, r);
}
