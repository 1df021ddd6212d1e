// Expands the forms of instructions: see inst_table.h and docs/encoding.md.
#include "rulec/gen/inst_table.h"
#include "rulec/gen/cgen.h"

#include <stdlib.h>

enum { CON_ANY = 0, CON_REG = 1, CON_REUSE = 8, CON_FIXED = 32 };

static const char *const gpr_names[16] = {
    "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
    "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};

s32 inst_reg(const char *name) {
  for (s32 i = 0; i < 16; i++)
    if (strcmp(gpr_names[i], name) == 0)
      return i;
  if (strncmp(name, "xmm", 3) == 0) {
    long k = strtol(name + 3, NULL, 10);
    return k >= 0 && k < 16 ? (s32)(16 + k) : -1;
  }
  return -1;
}

static bool tied(const InstX *x, const FormInfo *form, u32 operand) {
  for (u32 i = 0; i < x->nresults; i++)
    if (x->results[i].reuse == (s32)operand)
      return true;
  for (u32 i = 0; form && i < form->nties; i++)
    if (form->ties[i].operand == operand)
      return true;
  return false;
}

static s32 tie_of(const InstX *x, const FormInfo *form, u32 result) {
  for (u32 i = 0; form && i < form->nties; i++)
    if (form->ties[i].result == result)
      return (s32)form->ties[i].operand;
  return x->results[result].reuse;
}

static void add_slot(const Sema *sema, const InstX *x, FormX *f, SlotX slot) {
  gen_must(sema, x->base->decl->loc, f->nslots < 16,
           "more than 16 register operands");
  f->slots[f->nslots++] = slot;
}

static SlotX reg_slot(const Sema *sema, const InstX *x, const KindInfo *k,
                      u32 operand) {
  SlotX s = {
      .operand = (u8)operand, .con = CON_REG, .cls = k->sort.kind == SORT_XMM};
  u32 bits = k->sort.type ? vtype_bits[k->sort.type] : s.cls ? 128 : 64;
  s.bytes = (u8)(bits / 8);
  if (k->fixed) {
    s32 r = inst_reg(k->fixed);
    if (r < 0)
      diag_add(sema->diags, E_REG, x->base->decl->loc,
               "%s: `%s` is no register", x->base->name, k->fixed);
    else
      s.con = (u8)(CON_FIXED + r);
  }
  return s;
}

// A register kind that stands behind memory of its own width.
static bool may_be_slot(const InstOperand *o, u32 kind) {
  for (u32 i = 0; i < kind; i++)
    if (o->kinds[i].mode == OM_MEM &&
        o->kinds[i].sort.type == o->kinds[kind].sort.type &&
        o->kinds[i].sort.bits == o->kinds[kind].sort.bits)
      return true;
  return false;
}

static void add_use(const Sema *sema, const InstX *x, FormX *f, u32 i, u32 kind,
                    u32 sibling) {
  const InstOperand *o = &x->operands[i];
  const KindInfo *k = &o->kinds[kind];
  bool late = o->late || (x->is_seq && !o->early && !tied(x, f->form, i));
  f->kinds[i] = k;
  f->operand_slot[i] = -1;
  switch ((OperandMode)k->mode) {
  case OM_REG:
  case OM_ANY: {
    f->operand_slot[i] = (s32)f->nslots;
    SlotX s = reg_slot(sema, x, k, i);
    s.late = late;
    if (s.con == CON_REG && !x->is_seq && !tied(x, f->form, i) &&
        may_be_slot(o, kind)) {
      s.con = CON_ANY;
      f->spilled = (s32)f->nslots;
      f->mem_form = (s32)sibling;
    }
    add_slot(sema, x, f, s);
    break;
  }
  case OM_MEM:
  case OM_AMODE:
    f->operand_slot[i] = (s32)f->nslots;
    f->mem = (s32)i;
    f->imm_kind = IMMX_AMODE;
    add_slot(sema, x, f,
             (SlotX){.operand = (u8)i,
                     .part = SLOTX_BASE,
                     .late = late,
                     .con = CON_REG,
                     .bytes = 8});
    add_slot(sema, x, f,
             (SlotX){.operand = (u8)i,
                     .part = SLOTX_INDEX,
                     .late = late,
                     .con = CON_REG,
                     .bytes = 8});
    break;
  case OM_IMM:
    f->imm = (s32)i;
    f->imm_bits = (u8)k->sort.bits;
    f->imm_signed = k->is_signed;
    break;
  case OM_FUNC: f->imm_kind = IMMX_FUNC; break;
  case OM_TRAP: f->imm_kind = IMMX_TRAP; break;
  case OM_LIBCALL: f->imm_kind = IMMX_LIB; break;
  case OM_LIST: f->list = true; break;
  case OM_CODE:
  case OM_TARGET:
  case OM_TARGETS:
  case OM_SIG:
  case OM_SYMBOL:
  case OM_SLOT:
  case OM_LABEL:
  case OM_MEMARG:
  case OM_FLAGS: break;
  }
}

static void add_tmp(const Sema *sema, const InstX *x, FormX *f, u32 i) {
  SlotX s = reg_slot(sema, x, &x->operands[i].kinds[0], i);
  s.def = s.tmp = true;
  f->kinds[i] = &x->operands[i].kinds[0];
  f->operand_slot[i] = (s32)f->nslots;
  add_slot(sema, x, f, s);
}

static void add_result(const Sema *sema, const InstX *x, FormX *f, u32 i) {
  const InstOperand *o = &x->results[i];
  u32 place = x->noperands + i;
  f->operand_slot[place] = -1;
  if (o->is_flags || o->kinds[0].mode == OM_FLAGS)
    return;
  if (o->kinds[0].mode == OM_LIST) {
    f->list = true;
    return;
  }
  SlotX s = reg_slot(sema, x, &o->kinds[0], place);
  s.def = true;
  s.late = !o->early;
  s32 tie = tie_of(x, f->form, i);
  if (tie >= 0) {
    gen_must(sema, x->base->decl->loc,
             f->operand_slot[tie] >= 0 && f->operand_slot[tie] < 8,
             "a result tied to no register");
    s.con = (u8)(CON_REUSE + f->operand_slot[tie]);
  }
  f->operand_slot[place] = (s32)f->nslots;
  add_slot(sema, x, f, s);
}

static bool has_signal(const InstX *x) {
  for (u32 i = 0; i < x->ntraps; i++)
    if (x->traps[i].code && strcmp(x->traps[i].code, "de") == 0)
      return true;
  return false;
}

static u8 imm_kind(const InstX *x, const FormX *f) {
  if (f->imm_kind)
    return f->imm_kind;
  if (has_signal(x))
    return IMMX_TRAP;
  if (f->imm < 0)
    return IMMX_NONE;
  return f->imm_bits == 64 ? IMMX_WIDE : f->imm_signed ? IMMX_S : IMMX_U;
}

// Does a word of an enc line name this kind?
static bool word_names(const char *w, const KindInfo *k) {
  bool is_imm = k->mode == OM_IMM;
  if (strcmp(w, "imm") == 0)
    return is_imm;
  if (strcmp(w, "amode") == 0)
    return k->mode == OM_AMODE;
  if (strcmp(w, "gpr") == 0)
    return k->mode == OM_REG && k->sort.kind == SORT_GPR;
  if (strcmp(w, "xmm") == 0)
    return k->mode == OM_REG && k->sort.kind == SORT_XMM;
  if (w[0] == 'm' && k->mode == OM_MEM)
    return w[1] == 0 || strtoul(w + 1, NULL, 10) == k->sort.bits;
  if ((w[0] == 'u' || w[0] == 's') && is_imm)
    return (w[0] == 's') == k->is_signed &&
           strtoul(w + 1, NULL, 10) == k->sort.bits;
  return false;
}

static bool alt_serves(const EncAlt *alt, const KindInfo *chosen) {
  if (!chosen || !alt->kinds.n)
    return true;
  for (u32 i = 0; i < alt->kinds.n; i++)
    if (word_names(alt->kinds.at[i].s, chosen))
      return true;
  return false;
}

static void find_encs(const Sema *s, const InstX *x, FormX *f, s32 many) {
  if (!f->form)
    return;
  const EncList *l = &f->form->decl->encs;
  f->encs = arena_array(s->arena, u32, l->n);
  for (u32 i = 0; i < l->n; i++)
    if (alt_serves(&l->at[i], many >= 0 ? f->kinds[many] : NULL))
      f->encs[f->nencs++] = i;
  if (!f->nencs && l->n)
    diag_add(s->diags, E_ENC, x->base->decl->loc,
             "%s: no encoding for kind %u of operand %s", x->text,
             (u32)(f->kinds[many] - x->operands[many].kinds),
             x->operands[many].name);
}

static FormX *expand(const Sema *s, const InstX *x, FormX *f, s32 many,
                     u32 kind, u32 sibling) {
  u32 places = x->noperands + x->nresults;
  gen_must(s, x->base->decl->loc, places <= 16, "more than 16 operands");
  f->kinds = arena_array0(s->arena, const KindInfo *, places);
  f->slots = arena_array0(s->arena, SlotX, 16);
  f->mem = f->imm = f->spilled = f->mem_form = -1;
  for (u32 i = 0; i < x->noperands; i++)
    if (!x->operands[i].tmp)
      add_use(s, x, f, i, (s32)i == many ? kind : 0, sibling);
  for (u32 i = 0; i < x->noperands; i++)
    if (x->operands[i].tmp)
      add_tmp(s, x, f, i);
  for (u32 i = 0; i < x->nresults; i++)
    add_result(s, x, f, i);
  f->imm_kind = imm_kind(x, f);
  find_encs(s, x, f, many);
  return f;
}

u32 inst_variants(const Sema *s, const InstX *x, FormX **out) {
  s32 many = -1;
  for (u32 i = 0; i < x->noperands; i++)
    if (x->operands[i].nkinds > 1) {
      if (many >= 0)
        diag_add(s->diags, E_KINDS, x->base->decl->loc,
                 "%s: operands %s and %s both have several kinds, wanted "
                 "one such operand",
                 x->text, x->operands[many].name, x->operands[i].name);
      many = (s32)i;
    }
  u32 nkinds = many < 0 ? 1 : x->operands[many].nkinds;
  u32 nforms = x->nforms ? x->nforms : 1;
  FormX *f = arena_array0(s->arena, FormX, nforms * nkinds);
  for (u32 i = 0; i < nforms; i++) {
    s32 mem_form = -1; // the first with memory: what a spilled operand takes
    for (u32 k = 0; k < nkinds; k++) {
      FormX *fx = &f[i * nkinds + k];
      fx->form = x->nforms ? &x->forms[i] : NULL;
      expand(s, x, fx, many, k, mem_form < 0 ? 0 : (u32)mem_form);
      if (many >= 0 && fx->mem == many && mem_form < 0)
        mem_form = (s32)(i * nkinds + k);
    }
  }
  *out = f;
  return nforms * nkinds;
}
