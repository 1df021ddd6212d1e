// Every encoding of every form, with registers, immediates and addresses of
// all classes, through capstone: what it reads must be what we wrote, and our
// listing must say the same. Sequences are decoded step by step.
#include "back/emit/emit.h"
#include "inst.h"

#include <capstone/capstone.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct Test {
  csh cs;
  cs_insn *insn;
  Arena arena;
  Emit e;
  EmitCounters count;
  u32 checked, failed;
  u32 seed;
} Test;

static u32 draw(Test *t, u32 n) {
  t->seed = t->seed * 1664525 + 1013904223;
  return (t->seed >> 8) % n;
}

// --- capstone's view as our text
// ---------------------------------------------------

static void put_number(Text *x, s64 n) {
  u64 m = n < 0 ? 0 - (u64)n : (u64)n;
  text_add(x, m < 10 ? "%s%llu" : "%s0x%llx", n < 0 ? "-" : "",
           (unsigned long long)m);
}

static s64 sign_extend(s64 n, u32 bytes) {
  return bytes >= 8 ? n : (s64)((u64)n << (64 - 8 * bytes)) >> (64 - 8 * bytes);
}

static void put_cs_mem(Test *t, Text *x, const cs_x86_op *op, bool width) {
  const x86_op_mem *m = &op->mem;
  const char *name = op->size == 1    ? "byte ptr "
                     : op->size == 2  ? "word ptr "
                     : op->size == 4  ? "dword ptr "
                     : op->size == 8  ? "qword ptr "
                     : op->size == 16 ? "xmmword ptr "
                                      : "?";
  text_add(x, "%s[", width ? name : "");
  const char *sep = "";
  if (m->base)
    text_add(x, "%s", cs_reg_name(t->cs, m->base)), sep = " + ";
  if (m->index) {
    text_add(x, "%s%s", sep, cs_reg_name(t->cs, m->index));
    if (m->scale != 1)
      text_add(x, "*%d", m->scale);
    sep = " + ";
  }
  if (!*sep)
    put_number(x, m->disp);
  else if (m->disp) {
    text_add(x, m->disp < 0 ? " - " : " + ");
    put_number(x, m->disp < 0 ? -m->disp : m->disp);
  }
  text_add(x, "]");
}

static char *capstone_text(Test *t, const u8 *p, u32 *n) {
  const u8 *code = p;
  size_t size = 24;
  uint64_t at = 0;
  Text x = {.arena = &t->arena};
  if (!cs_disasm_iter(t->cs, &code, &size, &at, t->insn)) {
    *n = 0;
    return text_str(&x);
  }
  *n = t->insn->size;
  const char *m = t->insn->mnemonic;
  text_add(&x, "%s", strcmp(m, "movabs") == 0 ? "mov" : m);
  const cs_x86 *d = &t->insn->detail->x86;
  for (u32 i = 0; i < d->op_count; i++) {
    const cs_x86_op *op = &d->operands[i];
    text_add(&x, i ? ", " : " ");
    if (op->type == X86_OP_REG)
      text_add(&x, "%s", cs_reg_name(t->cs, op->reg));
    else if (op->type == X86_OP_IMM)
      put_number(&x, sign_extend(op->imm, op->size));
    else
      put_cs_mem(t, &x, op, strcmp(m, "lea") != 0);
  }
  return text_str(&x);
}

static void report(Test *t, const char *what, const u8 *p, u32 n,
                   const char *ours, const char *theirs) {
  if (t->failed++ > 40)
    return;
  printf("%s:", what);
  for (u32 i = 0; i < n; i++)
    printf(" %02x", p[i]);
  printf("\n  ours   %s\n  theirs %s\n", ours, theirs);
}

// Checks the instructions in [p, end).
static void check_bytes(Test *t, const char *what, const u8 *p, const u8 *end) {
  while (p < end) {
    u32 theirs_n;
    char *theirs = capstone_text(t, p, &theirs_n);
    Text x = {.arena = &t->arena};
    u32 n = list_inst(&x, p, end, 0);
    char *ours = text_str(&x);
    t->checked++;
    if (!n || n != theirs_n || strcmp(ours, theirs) != 0) {
      report(t, what, p, theirs_n ? theirs_n : 8, ours, theirs);
      if (!theirs_n)
        return;
    }
    p += theirs_n;
  }
}

// --- what the operands that were given should read as
// -----------------------------------

static const char *reg_name(Test *t, u32 r, u32 bits, bool xmm) {
  static const char *const old[8] = {"ax", "cx", "dx", "bx",
                                     "sp", "bp", "si", "di"};
  static const char *const low[8] = {"al",  "cl",  "dl",  "bl",
                                     "spl", "bpl", "sil", "dil"};
  if (xmm)
    return arena_printf(&t->arena, "xmm%u", r & 15);
  if (r >= 8)
    return arena_printf(&t->arena, "r%u%s", r,
                        bits == 8    ? "b"
                        : bits == 16 ? "w"
                        : bits == 32 ? "d"
                                     : "");
  return bits == 8 ? low[r]
                   : arena_printf(&t->arena, "%s%s",
                                  bits == 32   ? "e"
                                  : bits == 16 ? ""
                                               : "r",
                                  old[r]);
}

static void want_mem(Test *t, Text *x, Mem m, u32 bits) {
  text_add(x, "%s[",
           bits == 8     ? "byte ptr "
           : bits == 16  ? "word ptr "
           : bits == 32  ? "dword ptr "
           : bits == 64  ? "qword ptr "
           : bits == 128 ? "xmmword ptr "
                         : "");
  const char *sep = "";
  if (m.base == MEM_RIP)
    text_add(x, "rip"), sep = " + ";
  else if (m.base < 16)
    text_add(x, "%s", reg_name(t, m.base, 64, false)), sep = " + ";
  if (m.index < 16) {
    text_add(x, "%s%s", sep, reg_name(t, m.index, 64, false));
    if (m.scale)
      text_add(x, "*%d", 1 << m.scale);
    sep = " + ";
  }
  if (!*sep)
    put_number(x, m.disp);
  else if (m.disp) {
    text_add(x, m.disp < 0 ? " - " : " + ");
    put_number(x, m.disp < 0 ? -(s64)m.disp : m.disp);
  }
  text_add(x, "]");
}

static char *expected(Test *t, const Enc *e, const Loc *r, Mem m, s64 imm) {
  const EncText *et = &inst_enc_text[e - inst_enc];
  bool mem = e->shape == ENC_MEM || e->shape == ENC_VMEM;
  Text x = {.arena = &t->arena};
  text_add(&x, "%s", et->mnemonic);
  for (u32 i = 0; i < 4 && et->args[i].what; i++) {
    u32 what = et->args[i].what, bits = et->args[i].bits;
    text_add(&x, i ? ", " : " ");
    if (what == ARG_RM && mem)
      want_mem(t, &x, m, bits);
    else if (what == ARG_IMM)
      put_number(&x, sign_extend(imm, e->imm));
    else if (what == ARG_ONE || what == ARG_CL)
      text_add(&x, what == ARG_ONE ? "1" : "cl");
    else
      text_add(&x, "%s",
               reg_name(t,
                        r[what == ARG_REG    ? e->reg
                          : what == ARG_VVVV ? e->vvvv
                                             : e->rm],
                        bits, et->args[i].xmm));
  }
  return text_str(&x);
}

static void emit_and_check(Test *t, u32 inst, u32 form, const Loc *r, Mem m,
                           s64 imm) {
  memset(t->e.code, 0xcc, 64);
  t->e.p = t->e.code;
  emit_op(&t->e, inst, form, r, m, imm);
  check_bytes(t, inst_info[inst].name, t->e.code, t->e.p);
  const InstForm *f = &inst_form[inst_info[inst].first + form];
  char *want = expected(t, enc_pick(f, imm), r, m, imm);
  u32 n;
  char *theirs = capstone_text(t, t->e.code, &n);
  if (strcmp(want, theirs) != 0 || n != (u32)(t->e.p - t->e.code))
    report(t, inst_info[inst].name, t->e.code, n, want, theirs);
  if (t->arena.used > 1 << 20)
    arena_reset(&t->arena);
}

static const s64 imms[] = {0,          1,
                           -1,         127,
                           -128,       128,
                           255,        -129,
                           1000,       32767,
                           -32768,     65535,
                           0x7fffffff, -0x7fffffff - 1,
                           0xffffffff, 0x123456789abcdef0,
                           INT64_MIN};

static bool imm_fits(const InstForm *f, s64 imm) {
  u32 b = f->imm_bits;
  if (!b)
    return imm == 0;
  if (b == 64)
    return true;
  if (f->imm == INST_IMM_U)
    return imm >= 0 && imm < (s64)1 << b;
  if (f->imm == INST_IMM_AMODE || f->imm == INST_IMM_S)
    return imm >= -((s64)1 << (b - 1)) && imm < (s64)1 << (b - 1);
  return false;
}

static const s32 disps[] = {0, 1, -1, 127, -128, 128, -129, 0x12345678};

static Mem random_mem(Test *t) {
  Mem m = {
      .base = (u8)draw(t, 16), .index = MEM_NOREG, .disp = disps[draw(t, 8)]};
  if (draw(t, 3) == 0) {
    m.index = (u8)draw(t, 16);
    if (m.index == 4)
      m.index = MEM_NOREG;
    m.scale = m.index == MEM_NOREG ? 0 : (u8)draw(t, 4);
  }
  u32 special = draw(t, 16);
  if (special == 0)
    m = (Mem){.base = MEM_RIP, .index = MEM_NOREG, .disp = m.disp};
  if (special == 1) // no base
    m.base = MEM_NOREG;
  return m;
}

static void random_regs(Test *t, const InstForm *f, Loc *r) {
  for (u32 k = 0; k < f->nslots; k++) {
    const InstSlot *s = &inst_slot[f->slot + k];
    r[k] = draw(t, 16) + (s->flags & SLOT_XMM ? 16 : 0);
    if (s->con >= CON_REUSE && s->con < CON_FIXED)
      r[k] = r[s->con - CON_REUSE];
    else if (s->con >= CON_FIXED)
      r[k] = s->con - CON_FIXED;
  }
}

static void check_form(Test *t, u32 inst, u32 form) {
  const InstForm *f = &inst_form[inst_info[inst].first + form];
  if (!f->nencs) // entry; two-way branches, which emission writes
    return;
  for (u32 k = 0; k < f->nencs; k++)
    if (inst_enc[f->enc + k].shape == ENC_REL ||
        inst_enc[f->enc + k].shape == ENC_RIP)
      return; // finish.c writes those: checked in layout.c
  for (u32 j = 0; j < sizeof imms / sizeof *imms; j++) {
    if (!imm_fits(f, imms[j]))
      continue;
    for (u32 n = 0; n < 48; n++) {
      Loc r[16];
      random_regs(t, f, r);
      emit_and_check(t, inst, form, r, random_mem(t), imms[j]);
    }
  }
}

// Once with every register and every shape of address, to leave nothing to
// chance.
static void check_addresses(Test *t) {
  for (u32 base = 0; base <= 17; base++)
    for (u32 index = 0; index <= 16; index++)
      for (u32 scale = 0; scale < 4; scale++)
        for (u32 d = 0; d < 8; d++) {
          Mem m = {(u8)base, (u8)index, (u8)scale, disps[d]};
          if (index == 4 || (base == MEM_RIP && index != MEM_NOREG) ||
              (index == MEM_NOREG && scale))
            continue;
          const Loc r[] = {0, 0, (base + index) & 15};
          emit_and_check(t, X64_load_i64, 0, r, m, 0);
          emit_and_check(t, X64_load8u_i32, 0, r, m, 0);
        }
}

static void check_registers(Test *t) {
  static const u16 two[] = {X64_mov_i32,    X64_mov_i64,  X64_movzx8_i32,
                            X64_movsx8_i64, X64_movf_f32, X64_f64_of_i64,
                            X64_i32_of_f32};
  for (u32 k = 0; k < sizeof two / sizeof *two; k++)
    for (u32 a = 0; a < 16; a++)
      for (u32 b = 0; b < 16; b++)
        emit_and_check(t, two[k], 0, (const Loc[]){a, b}, (Mem){0}, 0);
}

static void check_seq(Test *t, u32 inst) {
  const InstForm *f = &inst_form[inst_info[inst].first];
  VInst i = {.inst = (u16)inst, .origin = 1, .imm = 3};
  for (u32 n = 0; n < 16; n++) {
    Loc r[16];
    random_regs(t, f, r);
    memset(t->e.code, 0xcc, 512);
    t->e.p = t->e.code;
    inst_seq[inst_info[inst].seq](&t->e, &i, r);
    must(t->e.p < t->e.code + EMIT_ROOM, "%s is too long",
         inst_info[inst].name);
    check_bytes(t, inst_info[inst].name, t->e.code, t->e.p);
  }
}

int main(void) {
  Test t = {.seed = 1};
  must(cs_open(CS_ARCH_X86, CS_MODE_64, &t.cs) == CS_ERR_OK, "no capstone");
  cs_option(t.cs, CS_OPT_DETAIL, CS_OPT_ON);
  t.insn = cs_malloc(t.cs);
  VCode v = {0};
  RaResult ra = {0};
  Arena keep = {0};
  t.e = (Emit){.arena = &keep, .v = &v, .ra = &ra, .count = &t.count};
  t.e.code = arena_alloc(&keep, 4096, 16);
  t.e.limit = t.e.code + 2048;
  for (u32 inst = 1; inst < X64_COUNT; inst++) {
    if (inst_info[inst].flags & INST_SEQ)
      check_seq(&t, inst);
    else
      for (u32 form = 0; form < inst_info[inst].nforms; form++)
        check_form(&t, inst, form);
    arena_reset(&t.arena);
  }
  check_addresses(&t);
  check_registers(&t);
  printf("%s %u instructions through capstone, %u wrong\n",
         t.failed ? "not ok" : "ok", t.checked, t.failed);
  return t.failed != 0;
}
