// The listing: machine code back to text, by the encodings of the rules. Every
// line is decoded from bytes, so moves, prologues and the insides of sequences
// show too, and what is shown is what will run.
#include "back/emit/emit.h"

#include "inst.h"

static const char *const gpr_names[4][16] = {
    {"al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil", "r8b", "r9b", "r10b",
     "r11b", "r12b", "r13b", "r14b", "r15b"},
    {"ax", "cx", "dx", "bx", "sp", "bp", "si", "di", "r8w", "r9w", "r10w",
     "r11w", "r12w", "r13w", "r14w", "r15w"},
    {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi", "r8d", "r9d",
     "r10d", "r11d", "r12d", "r13d", "r14d", "r15d"},
    {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10",
     "r11", "r12", "r13", "r14", "r15"}};

typedef struct Decoded {
  const u8 *p, *end;
  u8 prefix, rex, map, vvvv; // rex: W R X B
  bool vex, has_rex;
  // filled in with the encoding that fits
  u32 enc;
  u32 reg, rm;
  bool is_mem;
  Mem mem;
  s64 imm, rel;
} Decoded;

// --- bytes to fields
// ---------------------------------------------------------------

static bool read_prefixes(Decoded *d) {
  if (d->p < d->end && (*d->p == 0x66 || *d->p == 0xf2 || *d->p == 0xf3))
    d->prefix = *d->p++;
  if (d->p < d->end && (*d->p & 0xf0) == 0x40)
    d->rex = *d->p++ & 15, d->has_rex = true;
  if (d->p >= d->end)
    return false;
  static const u8 pp[4] = {0, 0x66, 0xf3, 0xf2};
  if (!d->prefix && !d->has_rex && *d->p == 0xc5 && d->end - d->p > 3) {
    u8 b = d->p[1];
    d->vex = true, d->map = 1;
    d->rex = (u8)((~b & 0x80) >> 5);
    d->vvvv = ~b >> 3 & 15, d->prefix = pp[b & 3];
    d->p += 2;
  } else if (!d->prefix && !d->has_rex && *d->p == 0xc4 && d->end - d->p > 4) {
    u8 b = d->p[1], c = d->p[2];
    d->vex = true, d->map = b & 31;
    d->rex = (u8)((~b & 0xe0) >> 5 | (c & 0x80) >> 4);
    d->vvvv = ~c >> 3 & 15, d->prefix = pp[c & 3];
    d->p += 3;
  }
  return true;
}

static bool has_modrm(const Enc *e) {
  return e->shape == ENC_RM || e->shape == ENC_MEM || e->shape == ENC_VRM ||
         e->shape == ENC_VMEM || e->shape == ENC_RIP;
}

static bool opcode_fits(const Decoded *d, const Enc *e) {
  u32 n = e->opcode_n, op = 0;
  if ((u32)(d->end - d->p) < n)
    return false;
  memcpy(&op, d->p, n);
  if (e->shape == ENC_O)
    op &= ~((u32)7 << 8 * (n - 1));
  return op == e->opcode;
}

static bool take(Decoded *d, u32 n, s64 *out) {
  if ((size_t)(d->end - d->p) < n)
    return false;
  u64 x = 0;
  memcpy(&x, d->p, n);
  d->p += n;
  *out = n ? (s64)(x << (64 - 8 * n)) >> (64 - 8 * n) : 0;
  return true;
}

static bool read_mem(Decoded *d, u32 mod, u32 rm) {
  Mem *m = &d->mem;
  *m = (Mem){.base = (u8)(rm | (d->rex & 1u) << 3), .index = MEM_NOREG};
  if (rm == 4) {
    if (d->p >= d->end)
      return false;
    u8 sib = *d->p++;
    u8 index = (u8)((sib >> 3 & 7) | (d->rex & 2) << 2);
    m->index = index == 4 ? (u8)MEM_NOREG : index;
    m->scale = sib >> 6;
    m->base = (u8)((sib & 7) | (d->rex & 1) << 3);
  }
  u32 n = mod == 1 ? 1 : mod == 2 ? 4 : 0;
  if (mod == 0 && (m->base & 7) == 5) {
    m->base = rm == 4 ? MEM_NOREG : MEM_RIP;
    n = 4;
  }
  s64 disp;
  if (!take(d, n, &disp))
    return false;
  m->disp = (s32)disp;
  return true;
}

static bool read_modrm(Decoded *d, const Enc *e) {
  if (d->p >= d->end)
    return false;
  u8 b = *d->p++;
  u32 mod = b >> 6, reg = b >> 3 & 7;
  d->is_mem = mod != 3;
  bool wants_mem = e->shape != ENC_RM && e->shape != ENC_VRM;
  if (d->is_mem != wants_mem)
    return false;
  if ((e->reg & ENC_DIGIT) && e->reg != ENC_NOSLOT && reg != (e->reg & 7u))
    return false;
  d->reg = reg | (d->rex & 4u) << 1;
  d->rm = (b & 7u) | (d->rex & 1u) << 3;
  return !d->is_mem || read_mem(d, mod, b & 7);
}

static bool try_jump(Decoded *d, const Enc *e) {
  if (e->near && d->p < d->end && *d->p == e->near) {
    d->p++;
    return take(d, 1, &d->rel);
  }
  if (!opcode_fits(d, e))
    return false;
  d->p += e->opcode_n;
  return take(d, 4, &d->rel);
}

static bool try_enc(Decoded *d, const Enc *e) {
  bool vex = e->shape == ENC_VRM || e->shape == ENC_VMEM;
  if (vex != d->vex || e->prefix != d->prefix ||
      (e->flags & ENC_W) != (d->rex & 8) || (vex && e->map != d->map))
    return false;
  if (e->shape == ENC_REL)
    return try_jump(d, e);
  if (!opcode_fits(d, e))
    return false;
  d->rm = (d->p[e->opcode_n - 1] & 7u) | (d->rex & 1u) << 3; // of ENC_O
  d->p += e->opcode_n;
  if (has_modrm(e) && !read_modrm(d, e))
    return false;
  return take(d, e->imm, &d->imm);
}

static bool decode(Decoded *d) {
  if (!read_prefixes(d))
    return false;
  const Decoded start = *d;
  for (u32 k = 0; k < inst_nencs; k++) {
    *d = start;
    if (try_enc(d, &inst_enc[k])) {
      d->enc = k;
      return true;
    }
  }
  return false;
}

// --- fields to text
// -----------------------------------------------------------------

static void put_reg(Text *t, u32 r, u32 bits, bool xmm) {
  if (xmm)
    text_add(t, "xmm%u", r);
  else
    text_add(t, "%s",
             gpr_names[bits == 8    ? 0
                       : bits == 16 ? 1
                       : bits == 32 ? 2
                                    : 3][r]);
}

static void put_number(Text *t, s64 n) {
  u64 m = n < 0 ? 0 - (u64)n : (u64)n;
  text_add(t, m < 10 ? "%s%llu" : "%s0x%llx", n < 0 ? "-" : "",
           (unsigned long long)m);
}

static void put_mem_text(Text *t, Mem m, u32 bits) {
  const char *width = bits == 8     ? "byte ptr "
                      : bits == 16  ? "word ptr "
                      : bits == 32  ? "dword ptr "
                      : bits == 64  ? "qword ptr "
                      : bits == 128 ? "xmmword ptr "
                                    : "";
  text_add(t, "%s[", width);
  const char *sep = "";
  if (m.base == MEM_RIP)
    text_add(t, "rip"), sep = " + ";
  else if (m.base < MEM_NOREG)
    text_add(t, "%s", gpr_names[3][m.base]), sep = " + ";
  if (m.index < MEM_NOREG) {
    text_add(t, "%s%s", sep, gpr_names[3][m.index]);
    if (m.scale)
      text_add(t, "*%u", 1u << m.scale);
    sep = " + ";
  }
  if (!*sep) {
    put_number(t, m.disp);
  } else if (m.disp) {
    text_add(t, m.disp < 0 ? " - " : " + ");
    put_number(t, m.disp < 0 ? -(s64)m.disp : m.disp);
  }
  text_add(t, "]");
}

static void put_args(Text *t, const Decoded *d, u32 at_next) {
  const EncText *x = &inst_enc_text[d->enc];
  for (u32 i = 0; i < 4 && x->args[i].what; i++) {
    u32 bits = x->args[i].bits;
    bool xmm = x->args[i].xmm;
    text_add(t, i ? ", " : " ");
    switch ((EncArg)x->args[i].what) {
    case ARG_REG: put_reg(t, d->reg, bits, xmm); break;
    case ARG_RM:
      if (d->is_mem)
        put_mem_text(t, d->mem, bits);
      else
        put_reg(t, d->rm, bits, xmm);
      break;
    case ARG_VVVV: put_reg(t, d->vvvv, bits, xmm); break;
    case ARG_OPCODE: put_reg(t, d->rm, bits, xmm); break;
    case ARG_IMM: put_number(t, d->imm); break;
    case ARG_ONE: text_add(t, "1"); break;
    case ARG_CL: text_add(t, "cl"); break;
    case ARG_REL: put_number(t, (s64)at_next + d->rel); break;
    case ARG_NONE: break;
    }
  }
}

u32 list_inst(Text *t, const u8 *p, const u8 *end, u32 at) {
  Decoded d = {.p = p, .end = end};
  if (!decode(&d))
    return 0;
  u32 n = (u32)(d.p - p);
  text_add(t, "%s", inst_enc_text[d.enc].mnemonic);
  put_args(t, &d, at + n);
  return n;
}

// --- a blob
// ---------------------------------------------------------------------------

static void put_pos(Text *t, Pos p) {
  if (p.site)
    text_add(t, " site %u", p.site);
  text_add(t, " wasm 0x%x", p.off);
}

static void note_traps(Text *t, const CodeBlob *b, u32 at) {
  const CodeTrap *trap = code_trap(b, at);
  if (!trap)
    return;
  text_add(t, "  ; traps %s",
           trap->code < TRAP_COUNT ? trap_names[trap->code] : "?");
  put_pos(t, trap->pos);
}

// *reloc: the first not yet passed.
static void note_call(Text *t, const CodeBlob *b, u32 *reloc, u32 next) {
  for (; *reloc < b->nrelocs && b->relocs[*reloc].at < next; ++*reloc)
    text_add(t, "  ; func %u", b->relocs[*reloc].func);
  const CodePos *p = code_pos(b, next);
  if (p) {
    text_add(t, "  ; call");
    put_pos(t, p->pos);
  }
}

static void note_line(Text *t, const CodeBlob *b, const VCode *v, u32 *line,
                      u32 at) {
  for (; *line < b->nlines && b->lines[*line].at <= at; ++*line) {
    if (*line + 1 < b->nlines && b->lines[*line + 1].at <= at)
      continue; // no bytes
    u32 inst = b->lines[*line].inst;
    if (inst == EMIT_PROLOGUE || inst == EMIT_MOVE || inst == EMIT_STUB)
      text_add(t, "  ; %s",
               inst == EMIT_MOVE       ? "move"
               : inst == EMIT_PROLOGUE ? "prologue"
                                       : "stub");
    else if (v)
      text_add(t, "  ; %s v%u", inst_info[v->insts[inst].inst].name,
               v->insts[inst].origin);
  }
}

// Padding, constants, jump tables: lines of eight bytes, as they are aligned.
static void list_data(Text *t, const CodeBlob *b) {
  u32 next;
  for (u32 at = b->code_size; at < b->size; at = next) {
    next = (at & ~7u) + 8 < b->size ? (at & ~7u) + 8 : b->size;
    text_add(t, "%5x:", at);
    for (u32 k = at; k < next; k++)
      text_add(t, " %02x", b->bytes[k]);
    text_add(t, "\n");
  }
}

void list_blob(Text *t, const CodeBlob *b, const VCode *v) {
  u32 line = 0, reloc = 0;
  text_add(t, "; func %u: %u bytes, %u of code, frame %u\n", b->func, b->size,
           b->code_size, b->frame);
  for (u32 at = 0; at < b->code_size;) {
    text_add(t, "%5x: ", at);
    u32 n = list_inst(t, b->bytes + at, b->bytes + b->code_size, at);
    if (!n) {
      text_add(t, "(unknown) %02x", b->bytes[at]);
      n = 1;
    }
    note_line(t, b, v, &line, at);
    note_traps(t, b, at);
    note_call(t, b, &reloc, at + n);
    text_add(t, "\n");
    at += n;
  }
  list_data(t, b);
}
