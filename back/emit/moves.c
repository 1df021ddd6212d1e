// The allocator's moves as instructions, and a move that the next instruction
// can do itself.
#include "back/emit/emit.h"

#include "inst.h"

static void swap_registers(Emit *e, const RaMove *m) {
  if (m->cls == RC_GPR) {
    emit_op(e, X64_xchg_i64, 0, (const Loc[]){m->from, m->to, m->from, m->to},
            (Mem){0}, 0);
    return;
  }
  const Loc r[] = {m->from, m->to, m->from, m->to};
  inst_seq[inst_info[X64_swapf].seq](e, NULL, r);
}

// The one encoding of a form of one register and another, or memory.
static const Enc *only_enc(u32 inst, u32 form) {
  return &inst_enc[inst_form[inst_info[inst].first + form].enc];
}

static u32 hw(Loc l) { return l & 15; }

// A general register is spilled whole: i32 has zero above, and a 64-bit
// operand may read the slot.
static u8 *spill(const Emit *e, const RaMove *m) {
  const Enc *x = m->cls == RC_GPR ? only_enc(X64_store_i64, 1)
                 : m->bytes == 16 ? only_enc(X64_store128, 0)
                 : m->bytes == 8  ? only_enc(X64_storef_f64, 0)
                                  : only_enc(X64_storef_f32, 0);
  return enc_rm(e->p, x, hw(m->from), emit_slot(e, m->to));
}

static u8 *reload(const Emit *e, const RaMove *m) {
  const Enc *x = m->cls == RC_GPR
                     ? only_enc(m->bytes == 4 ? X64_load_i32 : X64_load_i64, 0)
                 : m->bytes == 16 ? only_enc(X64_load128, 0)
                 : m->bytes == 8  ? only_enc(X64_loadf_f64, 0)
                                  : only_enc(X64_loadf_f32, 0);
  return enc_rm(e->p, x, hw(m->to), emit_slot(e, m->from));
}

static u8 *copy(const Emit *e, const RaMove *m) {
  const Enc *x = m->cls == RC_XMM ? only_enc(X64_movf_f32, 0)
                 : m->bytes == 4  ? only_enc(X64_mov_i32, 0)
                                  : only_enc(X64_mov_i64, 0);
  return enc_rr(e->p, x, hw(m->to), hw(m->from));
}

void emit_move(Emit *e, const RaMove *m) {
  emit_room(e);
  emit_line(e, EMIT_MOVE);
  if (m->swap)
    swap_registers(e, m);
  else if (!loc_is_reg(m->to))
    e->p = spill(e, m);
  else if (!loc_is_reg(m->from))
    e->p = reload(e, m);
  else
    e->p = copy(e, m);
}

// --- a move and an addition in one
// ---------------------------------------------

static bool is_add(const VInst *i, u32 form) {
  return (i->inst == X64_add_i32 || i->inst == X64_add_i64) && i->form == form;
}

// d = a + b, a << 1..3, a - k, where a was just moved into d's register: lea
// does both, and leaves the flags alone. r: a, b, d or a, d.
static bool lea_of(const RaMove *m, const VInst *i, const Loc *r, Mem *out) {
  *out = mem_at(m->from, (s32)i->imm);
  if (is_add(i, 0))
    return true;
  if ((i->inst == X64_sub_i32 || i->inst == X64_sub_i64) && i->form == 0) {
    out->disp = (s32)(0 - i->imm);
    return i->imm != 0x80000000;
  }
  if ((i->inst == X64_shl_i32 || i->inst == X64_shl_i64) && i->form == 0) {
    *out = i->imm == 1 ? (Mem){.base = (u8)m->from, .index = (u8)m->from}
                       : (Mem){.base = MEM_NOREG,
                               .index = (u8)m->from,
                               .scale = (u8)i->imm};
    return i->imm >= 1 && i->imm <= 3;
  }
  if (!is_add(i, 2) || !loc_is_reg(r[1]))
    return false;
  Loc b = r[1] == m->to ? m->from : r[1]; // it was moved too
  *out = (Mem){.base = (u8)m->from, .index = (u8)b};
  if ((out->base & 7) == 5) // would need a displacement
    *out = (Mem){.base = (u8)b, .index = (u8)m->from};
  return true;
}

bool emit_fused(Emit *e, const RaMove *m, const VInst *i) {
  const Loc *r = e->locs + i->ops;
  Mem mem;
  if (m->cls != RC_GPR || m->swap || !loc_is_reg(m->from) || i->nops < 2 ||
      m->to != r[0] || m->to != r[i->nops - 1] || !lea_of(m, i, r, &mem) ||
      !emit_flags_dead(e, i))
    return false;
  bool wide = i->inst == X64_add_i64 || i->inst == X64_sub_i64 ||
              i->inst == X64_shl_i64;
  emit_line(e, (u32)(i - e->v->insts));
  const Loc slots[] = {LOC_NONE, LOC_NONE, m->to};
  emit_op(e, wide ? X64_lea_i64 : X64_lea_i32, 0, slots, mem, 0);
  e->count->fused_moves++;
  e->count->insts--;
  return true;
}
