// Emission: blocks in layout order, instructions with the allocator's moves
// between them, terminators with what falls through left out.
//
// 1. layout: warm blocks in the order of lowering, then cold ones; a block that
//    is only a jump forward is threaded: who jumps to it jumps on.
// 2. each block: moves and instructions; the terminator decides by what comes
//    next. Moves on a critical edge stand behind the branch that falls into
//    them, or out of line.
// 3. deferred edge blocks, then stubs of traps.
//
// Encoding reads inst_form and inst_enc; only the shapes of encode.h are code.
#include "back/emit/emit.h"

#include "inst.h"

// --- room and lists -----------------------------------------------------------

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

static u32 stub_for(Emit *e, u32 code, u32 origin) {
  vec_push(e->arena, &e->stubs, ((TrapSite){0, code, origin}));
  return label_of_stub(e, e->stubs.n - 1);
}

// --- one instruction ------------------------------------------------------------

// xmm registers are numbered from 16: the processor's number is the low half.
static inline u32 hw(Loc l) { return l & 15; }

static inline u32 slot_or_digit(const Loc *r, u8 reg) {
  return reg & ENC_DIGIT ? reg & 7u : hw(r[reg]);
}

static inline u8 *encode(u8 *p, const Enc *x, const Loc *r, Mem m) {
  switch ((EncShape)x->shape) {
  case ENC_ZO:
    return put_opcode(p, x, 0, false);
  case ENC_O:
    return enc_o(p, x, hw(r[x->rm]));
  case ENC_RM:
    return enc_rr(p, x, slot_or_digit(r, x->reg), hw(r[x->rm]));
  case ENC_MEM:
    return enc_rm(p, x, slot_or_digit(r, x->reg), m);
  case ENC_VRM:
    return enc_vrr(p, x, slot_or_digit(r, x->reg),
                   x->vvvv == ENC_NOSLOT ? 0 : hw(r[x->vvvv]), hw(r[x->rm]));
  case ENC_VMEM:
    return enc_vrm(p, x, slot_or_digit(r, x->reg),
                   x->vvvv == ENC_NOSLOT ? 0 : hw(r[x->vvvv]), m);
  case ENC_REL:
    return put64(p, x->opcode, x->opcode_n + 4);
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

static Mem mem_of_slot(const Emit *e, Loc l) {
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
  case AM_OUT:
    return mem_at(PREG_RSP, a->disp);
  case AM_IN:
    return mem_at(PREG_RSP, (s32)e->frame_total + 8 + a->disp);
  case AM_SLOT:
    return mem_of_slot(e, LOC_SLOT + (u32)a->disp);
  case AM_POOL:
    return (Mem){.base = MEM_RIP, .index = MEM_NOREG};
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
  emit_op(e, i->inst, f->mem_form, slots, mem_of_slot(e, r[s]),
          immediate(e, i, f));
}

static void emit_plain(Emit *e, const VInst *i, const InstForm *f,
                       const Loc *r) {
  if (f->mem != 255 && f->imm == INST_IMM_AMODE) {
    emit_mem_inst(e, i, f, r);
    return;
  }
  if (f->spilled != 255 && !loc_is_reg(r[f->spilled])) {
    emit_spilled(e, i, f, r);
    return;
  }
  s64 imm = immediate(e, i, f);
  const Enc *x = f->nencs == 1 ? &inst_enc[f->enc] : enc_pick(f, imm);
  u8 *p = encode(e->p, x, r, (Mem){0});
  e->p = x->imm ? put_imm(p, (u64)imm, x->imm) : p;
}

// Zero is shorter by xor, where the flags are not waited for.
static bool zero_idiom(Emit *e, const VInst *i, const Loc *r) {
  if ((i->inst != X64_imm_i32 && i->inst != X64_imm_i64) || i->form != 0 ||
      i->imm != 0)
    return false;
  const VInst *end = &e->v->insts[e->v->blocks[e->block].end];
  for (const VInst *n = i + 1; n < end && n < i + 6; n++) {
    u32 flags = inst_info[n->inst].flags;
    if (flags & INST_FLAGS_USE)
      return false;
    if (flags & (INST_FLAGS_DEF | INST_CALL | INST_ENDS)) {
      emit_op(e, X64_zero_i32, 0, r, (Mem){0}, 0);
      return true;
    }
  }
  return false;
}

// --- jumps and traps ----------------------------------------------------------

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
  put_jump(e, cc, label, ITEM_JUMP);
}

void emit_trap_if(Emit *e, u32 cc, u32 trap, u32 origin, bool may_shrink) {
  put_jump(e, cc, stub_for(e, trap, origin),
           may_shrink ? ITEM_JUMP : ITEM_FIXED);
}

void emit_trap(Emit *e, u32 trap, u32 origin) {
  trap_site(e, trap, origin);
  e->p = put64(e->p, 0x0b0f, 2);
}

// --- instructions that are more than their bytes ---------------------------------

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

static void emit_inst(Emit *e, const VInst *i) {
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

// --- moves --------------------------------------------------------------------

static void swap_registers(Emit *e, const RaMove *m) {
  if (m->cls == RC_GPR) {
    emit_op(e, X64_xchg_i64, 0,
            (const Loc[]){m->from, m->to, m->from, m->to}, (Mem){0}, 0);
    return;
  }
  const Loc r[] = {m->from, m->to, m->from, m->to};
  inst_seq[inst_info[X64_swapf].seq](e, NULL, r);
}

// A general register is spilled whole: i32 has zero above, and a 64-bit
// operand may read the slot.
static void spill(Emit *e, const RaMove *m) {
  const Loc r[] = {LOC_NONE, LOC_NONE, m->from};
  Mem mem = mem_of_slot(e, m->to);
  if (m->cls == RC_GPR)
    emit_op(e, X64_store_i64, 1, r, mem, 0);
  else
    emit_op(e, m->bytes == 16  ? X64_store128
               : m->bytes == 8 ? X64_storef_f64
                               : X64_storef_f32,
            0, r, mem, 0);
}

static void reload(Emit *e, const RaMove *m) {
  const Loc r[] = {LOC_NONE, LOC_NONE, m->to};
  Mem mem = mem_of_slot(e, m->from);
  if (m->cls == RC_GPR)
    emit_op(e, m->bytes == 4 ? X64_load_i32 : X64_load_i64, 0, r, mem, 0);
  else
    emit_op(e, m->bytes == 16  ? X64_load128
               : m->bytes == 8 ? X64_loadf_f64
                               : X64_loadf_f32,
            0, r, mem, 0);
}

static void emit_move(Emit *e, const RaMove *m) {
  emit_room(e);
  emit_line(e, EMIT_MOVE);
  const Loc r[] = {m->from, m->to};
  if (m->swap)
    swap_registers(e, m);
  else if (!loc_is_reg(m->to))
    spill(e, m);
  else if (!loc_is_reg(m->from))
    reload(e, m);
  else if (m->cls == RC_XMM)
    emit_op(e, X64_movf_f32, 0, r, (Mem){0}, 0);
  else
    emit_op(e, m->bytes == 4 ? X64_mov_i32 : X64_mov_i64, 0, r, (Mem){0}, 0);
}

static bool edge_has_moves(const Emit *e, u32 edge) {
  return e->edge_move && e->edge_move[edge] != ~0u;
}

static void emit_edge_moves(Emit *e, u32 edge) {
  const RaResult *ra = e->ra;
  e->count->edge_blocks++;
  for (u32 k = e->edge_move[edge];
       k < ra->nedge_moves && ra->edge_moves[k].point == edge; k++)
    emit_move(e, &ra->edge_moves[k]);
}

// --- terminators ----------------------------------------------------------------

static u32 edge_target(const Emit *e, u32 edge) {
  return e->thread[e->v->edges[edge].to];
}
static u32 edge_label(const Emit *e, u32 edge) {
  return edge_has_moves(e, edge) ? e->v->nblocks + edge : edge_target(e, edge);
}

static void set_label(Emit *e, u32 label) {
  e->labels[label] = (LabelAt){emit_at(e), e->items.n};
}

// The edge's moves if it has any, then on to its target.
static void fall_into_edge(Emit *e, u32 edge, u32 next) {
  if (edge_has_moves(e, edge)) {
    set_label(e, e->v->nblocks + edge);
    emit_edge_moves(e, edge);
  }
  if (edge_target(e, edge) == next)
    e->count->jumps_elided++;
  else
    emit_jump(e, CC_ALWAYS, edge_target(e, edge));
}

static void defer(Emit *e, u32 edge) {
  if (edge_has_moves(e, edge))
    vec_push(e->arena, &e->deferred, edge);
}

static bool edge_cold(const Emit *e, u32 edge) {
  return e->v->blocks[edge_target(e, edge)].cold;
}

// Which of two edges follows the branch directly: moves want to stand in line
// (of two, those of the deeper loop), else what comes next anyway.
static bool falls(const Emit *e, u32 t, u32 other, u32 next) {
  bool mt = edge_has_moves(e, t), mo = edge_has_moves(e, other);
  if (edge_cold(e, t) != edge_cold(e, other))
    return edge_cold(e, other);
  if (mt && mo)
    return e->v->blocks[edge_target(e, t)].depth >=
           e->v->blocks[edge_target(e, other)].depth;
  if (mt || mo)
    return mt;
  return edge_target(e, t) == next;
}

static void emit_branch(Emit *e, const VInst *i, u32 next) {
  const VBlock *b = &e->v->blocks[e->block];
  u32 t = b->edges, other = b->edges + 1;
  u32 cc = inst_info[i->inst].cc;
  if (i->inst == X64_jmp) {
    fall_into_edge(e, t, next);
    return;
  }
  if (i->inst == X64_jcc_oeq || i->inst == X64_jcc_une) {
    // une: two jumps to t, e falls. oeq is une with the edges exchanged.
    if (i->inst == X64_jcc_oeq) {
      u32 x = t;
      t = other, other = x;
    }
    emit_jump(e, 10 /* p */, edge_label(e, t));
    if (falls(e, t, other, next)) {
      emit_jump(e, 4 /* e */, edge_label(e, other));
      defer(e, other);
      fall_into_edge(e, t, next);
      return;
    }
    emit_jump(e, 5 /* ne */, edge_label(e, t));
    defer(e, t);
    fall_into_edge(e, other, next);
    return;
  }
  if (falls(e, t, other, next)) {
    u32 x = t;
    t = other, other = x;
    cc ^= 1;
  }
  emit_jump(e, cc, edge_label(e, t));
  defer(e, t);
  fall_into_edge(e, other, next);
}

static void emit_terminator(Emit *e, const VInst *i, u32 next) {
  const InstInfo *info = &inst_info[i->inst];
  if (!(info->flags & INST_BRANCH)) {
    emit_inst(e, i);
    return;
  }
  emit_room(e);
  if (unlikely(e->opt.lines))
    emit_line(e, (u32)(i - e->v->insts));
  if (i->inst != X64_jump_table) {
    emit_branch(e, i, next);
    return;
  }
  emit_plain(e, i, vinst_form(i), e->locs + i->ops);
  const VBlock *b = &e->v->blocks[e->block];
  for (u32 k = b->edges; k < b->edges + b->nedges; k++)
    defer(e, k);
}

// --- blocks ---------------------------------------------------------------------

static void align_block(Emit *e, const VBlock *b) {
  if (!e->opt.align || !b->loop_end || b->cold)
    return;
  Item it = {.at = emit_at(e), .kind = ITEM_ALIGN};
  vec_push(e->arena, &e->items, it);
}

static void emit_block(Emit *e, u32 block, u32 next) {
  const VBlock *b = &e->v->blocks[block];
  const RaMove *m = e->ra->moves + e->first_move[block];
  const RaMove *moves_end = e->ra->moves + e->ra->nmoves;
  const VInst *insts = e->v->insts;
  u32 point = m < moves_end ? m->point : ~0u;
  e->block = block;
  emit_room(e);
  align_block(e, b);
  set_label(e, block);
  for (u32 k = b->first; k < b->end; k++) {
    for (; point <= 2 * k; point = ++m < moves_end ? m->point : ~0u)
      emit_move(e, m);
    if (unlikely(inst_info[insts[k].inst].flags & INST_ENDS))
      emit_terminator(e, &insts[k], next);
    else
      emit_inst(e, &insts[k]);
    for (; point <= 2 * k + 1; point = ++m < moves_end ? m->point : ~0u)
      emit_move(e, m);
  }
}

// --- layout ---------------------------------------------------------------------

// A block of one jump and no moves, forward: there is no cycle of these.
static bool only_jumps(const Emit *e, u32 block, bool moves) {
  const VBlock *b = &e->v->blocks[block];
  return block != 0 && !moves && b->end - b->first == 1 &&
         e->v->insts[b->first].inst == X64_jmp && b->nedges == 1 &&
         e->v->edges[b->edges].to > block && !edge_has_moves(e, b->edges);
}

static void find_moves(Emit *e) {
  const VCode *v = e->v;
  const RaResult *ra = e->ra;
  e->edge_move = NULL;
  if (ra->nedge_moves) {
    e->edge_move = arena_array(e->arena, u32, v->nedges);
    memset(e->edge_move, 0xff, sizeof(u32) * v->nedges);
    for (u32 k = ra->nedge_moves; k-- > 0;)
      e->edge_move[ra->edge_moves[k].point] = k;
  }
  e->first_move = arena_array(e->arena, u32, v->nblocks);
  u32 m = 0;
  for (u32 b = 0; b < v->nblocks; b++) {
    while (m < ra->nmoves && ra->moves[m].point < 2 * v->blocks[b].first)
      m++;
    e->first_move[b] = m;
  }
}

static void lay_out(Emit *e) {
  const VCode *v = e->v;
  u32 n = v->nblocks, k = 0;
  e->thread = arena_array(e->arena, u32, n);
  e->order = arena_array(e->arena, u32, n + 1);
  for (u32 b = n; b-- > 0;) {
    u32 m = e->first_move[b];
    bool moves =
        m < e->ra->nmoves && e->ra->moves[m].point < 2 * v->blocks[b].end;
    e->thread[b] = b;
    if (only_jumps(e, b, moves)) {
      e->thread[b] = e->thread[v->edges[v->blocks[b].edges].to];
      e->count->threaded++;
    }
  }
  for (u32 cold = 0; cold < 2; cold++)
    for (u32 b = 0; b < n; b++)
      if (e->thread[b] == b && (b != 0 && v->blocks[b].cold) == cold)
        e->order[k++] = b;
  e->norder = k;
  e->order[k] = ~0u;
}

// --- all of it --------------------------------------------------------------------

static void emit_prologue(Emit *e) {
  emit_line(e, EMIT_PROLOGUE);
  u32 trap_at;
  u32 at = emit_at(e);
  u32 n = abi_prologue(e->p, &e->frame, &trap_at);
  if (trap_at) { // jb, whose rel32 is there
    Item it = {.at = at + trap_at - 2, .kind = ITEM_FIXED, .len = 6,
               .label = stub_for(e, TRAP_STACK, 0)};
    vec_push(e->arena, &e->items, it);
  }
  e->p += n;
  e->framed = emit_at(e);
}

static void emit_deferred(Emit *e) {
  for (u32 k = 0; k < e->deferred.n; k++) {
    u32 edge = e->deferred.at[k];
    emit_room(e);
    fall_into_edge(e, edge, ~0u);
  }
}

static void emit_stubs(Emit *e) {
  for (u32 k = 0; k < e->stubs.n; k++) {
    emit_room(e);
    emit_line(e, EMIT_STUB);
    e->stubs.at[k].at = emit_at(e);
    emit_trap(e, e->stubs.at[k].code, e->stubs.at[k].origin);
  }
}

static void start(Emit *e) {
  const VCode *v = e->v;
  u32 cap = 8 * v->ninsts + 4 * e->ra->nmoves + 256;
  e->code = arena_alloc(e->arena, cap + EMIT_ROOM, 16);
  e->p = e->code;
  e->limit = e->code + cap;
  e->labels = arena_array(e->arena, LabelAt, v->nblocks + v->nedges);
  vec_reserve(e->arena, &e->items, v->nedges + 16);
  for (u32 i = 0; i < v->npool; i++)
    vec_push(e->arena, &e->pool, v->pool[i]);
  u32 out = (v->out_bytes + 7) & ~7u;
  e->frame = abi_frame(e->ra->used_callee_saved, out + 8 * e->ra->nslots,
                       v->has_calls);
  e->frame_total = abi_frame_total(&e->frame);
  e->slots = out;
}

CodeBlob *emit_func(Arena *out, Arena *pass, const VCode *v,
                    const RaResult *ra, const EmitOptions *o,
                    EmitCounters *count) {
  Emit e = {.arena = pass, .v = v, .ra = ra, .locs = ra->locs, .opt = *o,
            .count = count};
  start(&e);
  find_moves(&e);
  lay_out(&e);
  emit_prologue(&e);
  for (u32 k = 0; k < e.norder; k++)
    emit_block(&e, e.order[k], e.order[k + 1]);
  emit_deferred(&e);
  emit_stubs(&e);
  count->insts += v->ninsts;
  count->blocks += e.norder;
  count->stubs += e.stubs.n;
  return emit_finish(&e, out);
}
