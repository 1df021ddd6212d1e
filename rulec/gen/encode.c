// Writes out/gen/encode.c: one C function per `seq` at its parameters, which
// encodes its steps one after the other with registers already known. Local
// jumps are short and patched where their label stands. Seqs that end a block
// (their jumps go to targets) are emission's: they have no function.
//
// A step takes the first form without features whose kinds its arguments can
// be, and the tie of which (`= a`) is already so: the same register is named.
#include "rulec/gen/cgen.h"
#include "rulec/gen/seq.h"

#include <stdarg.h>
#include <stdio.h>

static void line(Seq *q, const char *fmt, ...) BASE_PRINTF(2, 3);
static void line(Seq *q, const char *fmt, ...) {
  char buf[512];
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(buf, sizeof buf, fmt, ap);
  va_end(ap);
  text_add(q->out, "  %s\n", buf);
}

static bool fits(s128 v, const KindInfo *k) {
  u32 b = k->sort.bits;
  if (k->is_signed)
    return v >= -((s128)1 << (b - 1)) && v < (s128)1 << (b - 1);
  return v >= 0 ? b >= 127 || v < (s128)1 << b : b == 64;
}

static bool takes(const SeqArg *a, const KindInfo *k) {
  switch ((OperandMode)k->mode) {
  case OM_REG:
  case OM_ANY: return a->kind == SA_REG;
  case OM_IMM: return a->kind == SA_CONST && fits(a->num, k);
  case OM_MEM: return a->kind == SA_POOL || a->kind == SA_ADDR;
  case OM_AMODE: return a->kind == SA_ADDR;
  case OM_FLAGS: return true;
  case OM_CODE:
  case OM_TARGET:
  case OM_TARGETS:
  case OM_FUNC:
  case OM_SIG:
  case OM_TRAP:
  case OM_LIBCALL:
  case OM_SYMBOL:
  case OM_SLOT:
  case OM_LABEL:
  case OM_MEMARG:
  case OM_LIST: return false;
  }
  return false;
}

// --- one step
// -------------------------------------------------------------------------

typedef struct Step {
  const InstX *x;
  const FormX *f;
  u32 form;
  SeqArg args[16];
  const char *dest[4]; // C registers of the results named on the left
  const Expr *src;
} Step;

// The C register that the step's operand or result at `place` is in.
static const char *place_reg(const Step *st, u32 place) {
  if (place >= st->x->noperands)
    return place - st->x->noperands < 4 ? st->dest[place - st->x->noperands]
                                        : NULL;
  return st->args[place].kind == SA_REG ? st->args[place].c : NULL;
}

static bool ties_hold(const Step *st, const FormX *f) {
  for (u32 i = 0; i < f->nslots; i++) {
    const SlotX *s = &f->slots[i];
    if (!s->def || s->con < 8 || s->con > 15)
      continue;
    const char *d = place_reg(st, s->operand);
    const char *a = place_reg(st, f->slots[s->con - 8].operand);
    if (!d || !a || strcmp(d, a) != 0)
      return false;
  }
  return true;
}

static bool pick_form(Seq *q, Step *st) {
  FormX *forms;
  u32 n = inst_variants(q->s, st->x, &forms);
  for (u32 i = 0; i < n; i++) {
    const FormX *f = &forms[i];
    bool ok = !f->form || !f->form->nneeds;
    for (u32 k = 0; ok && k < st->x->noperands; k++)
      ok = takes(&st->args[k], f->kinds[k]);
    if (ok && ties_hold(st, f)) {
      st->f = f, st->form = i;
      return true;
    }
  }
  seq_bad(q, st->src->loc,
          "no form of the instruction takes these operands:", st->x->text);
  return false;
}

// Where the encodings of a form begin in inst_enc: the count gen_inst_c makes.
static u32 count_encs(const Sema *s, const InstX *x, u32 nforms) {
  EncX encs[8];
  FormX *forms;
  u32 n = inst_variants(s, x, &forms), at = 0;
  for (u32 i = 0; i < n && i < nforms; i++)
    at += forms[i].nencs ? enc_of_form(s, x, &forms[i], encs, 8) : 0;
  return at;
}
static u32 enc_index(const Seq *q, const InstX *x, u32 form) {
  return q->first_enc[x - q->s->insts] + count_encs(q->s, x, form);
}

static const char *mem_c(Seq *q, const SeqArg *a) {
  if (a->kind == SA_POOL)
    return "((Mem){.base = MEM_RIP, .index = MEM_NOREG})";
  const char *base = "MEM_NOREG", *index = "MEM_NOREG", *disp = "0";
  s128 scale = 0;
  bool has_base = false;
  for (u32 i = 0; i < a->addr->addr->nparts; i++) {
    const AddrPart *p = &a->addr->addr->parts[i];
    SeqArg v = seq_arg(q, p->e);
    s128 s = p->scale ? seq_const(q, p->scale) : 0;
    if (v.kind == SA_OPERAND)
      disp = arena_printf(q->s->arena, "(s32)(%s << %d)", v.c, (int)s);
    else if (v.kind == SA_CONST)
      disp = arena_printf(q->s->arena, "%d", (int)v.num);
    else if (!p->scale && !has_base)
      base = v.c, has_base = true;
    else
      index = v.c, scale = s;
  }
  return arena_printf(q->s->arena,
                      "((Mem){.base = (u8)%s, .index = (u8)%s, .scale = %d, "
                      ".disp = %s})",
                      base, index, (int)scale, disp);
}

static const char *slot_c(const Step *st, u8 slot) {
  if (slot >= st->f->nslots) // said already: E-ENC
    return "0";
  const char *c = place_reg(st, st->f->slots[slot].operand);
  return c ? c : "0";
}

static const char *reg_or_digit(Seq *q, const Step *st, const EncX *e) {
  if (e->reg & ENCX_DIGIT)
    return arena_printf(q->s->arena, "%u", e->reg & 7u);
  return slot_c(st, e->reg);
}

static bool guard_holds(const EncX *e, s128 imm) {
  return e->guard == GUARDX_NONE || (e->guard == GUARDX_ONE && imm == 1) ||
         (e->guard == GUARDX_S8 && imm >= -128 && imm < 128) ||
         (e->guard == GUARDX_U7 && imm >= 0 && imm < 128);
}

static void put_bytes(Seq *q, const Step *st, const EncX *e, u32 index,
                      const SeqArg *mem) {
  char x[32];
  if (!mem && (e->shape == ENCX_MEM || e->shape == ENCX_VMEM)) {
    seq_bad(q, st->src->loc, "no operand is the memory of", st->x->text);
    return;
  }
  snprintf(x, sizeof x, "&inst_enc[%u]", index);
  const char *reg =
      e->shape == ENCX_ZO || e->shape == ENCX_O ? NULL : reg_or_digit(q, st, e);
  const char *v = e->vvvv == ENCX_NOSLOT ? "0" : slot_c(st, e->vvvv);
  switch (e->shape) {
  case ENCX_ZO: line(q, "p = put_opcode(p, %s, 0, false);", x); break;
  case ENCX_O: line(q, "p = enc_o(p, %s, %s);", x, slot_c(st, e->rm)); break;
  case ENCX_RM:
    line(q, "p = enc_rr(p, %s, %s, %s);", x, reg, slot_c(st, e->rm));
    break;
  case ENCX_MEM:
    line(q, "p = enc_rm(p, %s, %s, %s);", x, reg, mem_c(q, mem));
    break;
  case ENCX_VRM:
    line(q, "p = enc_vrr(p, %s, %s, %s, %s);", x, reg, v, slot_c(st, e->rm));
    break;
  case ENCX_VMEM:
    line(q, "p = enc_vrm(p, %s, %s, %s, %s);", x, reg, v, mem_c(q, mem));
    break;
  default:
    seq_bad(q, st->src->loc, "an instruction with a target:", st->x->text);
  }
}

static const char *literal64(Seq *q, s128 v) {
  return arena_printf(q->s->arena, "UINT64_C(0x%llx)", (unsigned long long)v);
}

static void put_step(Seq *q, const Step *st) {
  EncX encs[8];
  u32 n = enc_of_form(q->s, st->x, st->f, encs, 8), k = 0;
  if (!n) // no bytes, or said already: E-ENC
    return;
  s128 imm = st->f->imm >= 0 ? st->args[st->f->imm].num : 0;
  while (k + 1 < n && !guard_holds(&encs[k], imm))
    k++;
  const EncX *e = &encs[k];
  const SeqArg *mem = st->f->mem >= 0 ? &st->args[st->f->mem] : NULL;
  line(q, "// %s", st->x->text);
  put_bytes(q, st, e, enc_index(q, st->x, st->form) + k, mem);
  if (mem && mem->kind == SA_POOL) {
    u32 bytes = st->f->kinds[st->f->mem]->sort.bits / 8u;
    line(q, "emit_rip(e, p - 4, emit_pool(e, %s, 0, %u), %u);",
         literal64(q, mem->num), bytes, e->imm);
  }
  if (e->imm)
    line(q, "p = put_imm(p, %s, %u);", literal64(q, imm), e->imm);
  if (strcmp(e->mnemonic, "call") == 0) {
    line(q, "e->p = p;");
    line(q, "emit_call_site(e, i->origin);");
  }
}

static void step(Seq *q, const Expr *e, const NameList *targets) {
  Step st = {.src = e};
  s32 inst = e->kind == EX_TERM ? sema_inst(q->s, seq_step_name(q, e)) : 0;
  if (inst <= 0) {
    seq_bad(q, e->loc, "no instruction", e->name.s ? seq_step_name(q, e) : "?");
    return;
  }
  st.x = &q->s->insts[inst];
  if (e->kids.n != st.x->noperands || e->kids.n > 16) {
    seq_bad(q, e->loc, "wrong number of operands for", st.x->text);
    return;
  }
  for (u32 i = 0; i < e->kids.n; i++)
    st.args[i] = seq_arg(q, e->kids.at[i]);
  u32 k = 0;
  for (u32 i = 0; i < st.x->nresults && i < 4; i++) {
    SeqArgKind kind = SA_REG;
    if (st.x->results[i].is_flags || k >= targets->n)
      continue;
    st.dest[i] = seq_reg(q, targets->at[k++].s, &kind);
  }
  if (!q->failed && pick_form(q, &st))
    put_step(q, &st);
}

// --- jumps, labels, traps
// ------------------------------------------------------------

static u32 label(Seq *q, const char *name) {
  for (u32 i = 0; i < q->nlabels; i++)
    if (strcmp(q->labels[i].name, name) == 0)
      return i;
  gen_must(q->s, q->x->base->decl->loc, q->nlabels < 8, "more than 8 labels");
  q->labels[q->nlabels].name = name;
  return q->nlabels++;
}

static void jump(Seq *q, u32 cc, const Name *to) {
  u32 l = label(q, to->s);
  u32 j = q->jumps++;
  gen_must(q->s, to->loc, q->labels[l].njumps < 8,
           "more than 8 jumps to a label");
  q->labels[l].jumps[q->labels[l].njumps++] = j;
  line(q, "p = put64(p, 0x%02x, 2); // to %s", cc == 16 ? 0xeb : 0x70 | cc,
       to->s);
  line(q, "u8 *const j%u = p;", j);
}

static void land(Seq *q, const Name *name) {
  u32 l = label(q, name->s);
  if (!q->labels[l].njumps)
    seq_bad(q, name->loc, "no jump before it leads to", name->s);
  for (u32 k = 0; k < q->labels[l].njumps; k++)
    line(q, "j%u[-1] = (u8)(p - j%u);%s%s", q->labels[l].jumps[k],
         q->labels[l].jumps[k], k ? "" : " // ", k ? "" : name->s);
  q->labels[l].njumps = 0;
}

static void trap(Seq *q, const Stmt *st) {
  Text code = {.arena = q->s->arena};
  for (const char *c = st->code.s; *c; c++)
    text_add(&code, "%c", *c >= 'a' && *c <= 'z' ? *c - 32 : *c);
  line(q, "e->p = p;");
  if (st->value) // p(f)
    line(q, "emit_trap_if(e, %u, TRAP_%s, i->origin, false);",
         seq_condition(q, &(Expr){.kind = EX_NAME,
                                  .name = st->value->name,
                                  .loc = st->value->loc}),
         text_str(&code));
  else
    line(q, "emit_trap(e, TRAP_%s, i->origin);", text_str(&code));
  line(q, "p = e->p;");
}

static void statement(Seq *q, const Stmt *st) {
  switch (st->kind) {
  case ST_BIND:
  case ST_VALUE: step(q, st->value, &st->targets); break;
  case ST_TRAP: trap(q, st); break;
  case ST_LABEL: land(q, &st->label); break;
  case ST_JMP: jump(q, 16, &st->label); break;
  case ST_JCC: jump(q, seq_condition(q, st->value), &st->label); break;
  case ST_DATA: seq_bad(q, st->loc, "no data in a seq:", st->label.s); break;
  }
}

// --- all of it
// ----------------------------------------------------------------------

static void put_comment(Seq *q) {
  text_add(q->out, "// %s: %s\n", decl_where(q->s, q->x->base->decl),
           q->x->text);
  text_add(q->out, "//");
  u32 places = q->x->noperands + q->x->nresults;
  for (u32 i = 0; i < places; i++) {
    s32 slot = q->f->operand_slot[i];
    if (slot >= 0)
      text_add(q->out, " r[%d] = %s", slot,
               i < q->x->noperands ? q->x->operands[i].name
                                   : q->x->results[i - q->x->noperands].name);
  }
  text_add(q->out, "\n");
}

static void put_seq(const Sema *s, const u32 *first_enc, const InstX *x,
                    Text *out) {
  FormX *f;
  inst_variants(s, x, &f);
  Seq q = {.s = s, .x = x, .f = f, .out = out, .first_enc = first_enc};
  put_comment(&q);
  text_add(out,
           "static void seq_%s(Emit *e, const VInst *i, const Loc *r) {\n"
           "  (void)i;\n  (void)r;\n  u8 *p = e->p;\n",
           x->cname + 4);
  const StmtList *l = &x->base->decl->stmts;
  for (u32 i = 0; i < l->n && !q.failed; i++)
    statement(&q, &l->at[i]);
  text_add(out, "  e->p = p;\n}\n\n");
  for (u32 i = 0; i < q.nlabels; i++)
    if (q.labels[i].njumps)
      seq_bad(&q, x->base->decl->loc, "no such label:", q.labels[i].name);
}

static bool has_function(const InstX *x) {
  if (!x->is_seq)
    return false;
  for (u32 i = 0; i < x->noperands; i++)
    if (x->operands[i].kinds[0].mode == OM_TARGET)
      return false;
  return true;
}

void gen_encode(const Sema *s, Text *out) {
  cheader(out, "the sequences of x64, one function each");
  text_add(out, "#include \"back/emit/emit.h\"\n#include \"inst.h\"\n\n");
  Text table = {.arena = s->arena};
  u32 *first_enc = arena_array0(s->arena, u32, s->ninsts + 1);
  for (u32 i = 1; i < s->ninsts; i++)
    first_enc[i + 1] = first_enc[i] + count_encs(s, &s->insts[i], ~0u);
  for (u32 i = 1; i < s->ninsts; i++)
    if (has_function(&s->insts[i])) {
      put_seq(s, first_enc, &s->insts[i], out);
      text_add(&table, "    seq_%s,\n", s->insts[i].cname + 4);
    }
  text_add(out, "SeqFn *const inst_seq[] = {\n");
  text_put(out, table.at, table.n);
  text_add(out, "};\n");
}
