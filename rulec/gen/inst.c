// Writes out/gen/inst.h (the enum) and out/gen/inst.c: the tables of
// back/emit/encode.h. One line per instruction, form, operand and encoding, the
// position in the rules above each.
#include "rulec/gen/cgen.h"
#include "rulec/gen/enc_table.h"

typedef struct Tables { // the texts of the arrays, and how long they are
  Text info, form, slot, enc, text;
  u32 nforms, nslots, nencs, nseqs;
} Tables;

u64 insts_hash(const Sema *s) {
  Text t = {.arena = s->arena};
  for (u32 i = 0; i < s->ast->n; i++) {
    const Decl *d = s->ast->at[i];
    if (d->kind == DECL_INST || d->kind == DECL_SEQ || d->kind == DECL_REP)
      text_add(&t, "%s\n", decl_oneline(s, d));
  }
  for (u32 i = 1; i < s->ninsts; i++)
    text_add(&t, "%s\n", s->insts[i].text);
  return hash_bytes(t.at, t.n);
}

void gen_inst_h(const Sema *s, Text *out) {
  cheader(out, "the instructions of x64");
  text_add(out, "#ifndef GEN_INST_H\n#define GEN_INST_H\n\n"
                "#include \"back/emit/encode.h\"\n\n"
                "enum X64Inst {\n  X64_none,\n");
  for (u32 i = 1; i < s->ninsts; i++)
    text_add(out, "  %s,\n", s->insts[i].cname);
  text_add(out,
           "  X64_COUNT\n};\n\n"
           "// Of all declarations: whoever was made for others is refused.\n"
           "#define INSTS_HASH UINT64_C(0x%016llx)\n\n#endif\n",
           (unsigned long long)insts_hash(s));
}

// --- what kind of instruction
// ------------------------------------------------------

static bool has_operand(const InstX *x, OperandMode mode) {
  for (u32 i = 0; i < x->noperands; i++)
    if (x->operands[i].kinds[0].mode == mode)
      return true;
  return false;
}

static bool has_list(const InstX *x) {
  for (u32 i = 0; i < x->nresults; i++)
    if (x->results[i].kinds[0].mode == OM_LIST)
      return true;
  return has_operand(x, OM_LIST);
}

static bool writes_flags(const InstX *x) {
  for (u32 i = 0; i < x->nresults; i++)
    if (x->results[i].is_flags || x->results[i].kinds[0].mode == OM_FLAGS)
      return true;
  return false;
}

// The condition it stands for: a parameter of a code with four bits of
// encoding.
static u32 condition(const Sema *s, const InstX *x) {
  for (u32 i = 0; i < x->base->nparams; i++)
    if (x->args[i].kind == ARG_CODE && s->codes[x->args[i].code].enc_bits == 4)
      return s->codes[x->args[i].code].enc[x->args[i].value];
  return 255;
}

static bool is_mnemonic(const Sema *s, const InstX *x, const char *m) {
  return !x->is_seq && strcmp(inst_mnemonic(s, x), m) == 0;
}

static void flag(Text *t, bool on, const char *name) {
  if (on)
    text_add(t, "%s%s", t->n ? " | " : "", name);
}

static const char *info_flags(const Sema *s, const InstX *x, const FormX *f,
                              const EncX *e, u32 nencs) {
  Text t = {.arena = s->arena};
  bool targets = has_operand(x, OM_TARGET) || has_operand(x, OM_TARGETS);
  bool ends = x->ends || has_operand(x, OM_TARGET);
  bool rel = nencs && e->shape == ENCX_REL;
  bool call = is_mnemonic(s, x, "call") || (x->is_seq && has_list(x));
  flag(&t, x->is_seq && !targets, "INST_SEQ");
  flag(&t, ends, "INST_ENDS");
  flag(&t, ends && targets, "INST_BRANCH");
  flag(&t, rel && condition(s, x) < 16, "INST_COND");
  flag(&t, call, "INST_CALL");
  flag(&t, is_mnemonic(s, x, "ret"), "INST_RET");
  flag(&t, f->imm_kind == IMMX_TRAP, "INST_TRAPS");
  flag(&t, has_list(x), "INST_LIST");
  flag(&t, has_operand(x, OM_FLAGS), "INST_FLAGS_USE");
  flag(&t, writes_flags(x), "INST_FLAGS_DEF");
  flag(&t, x->effects_all || x->writes || x->effect, "INST_EFFECT");
  flag(&t, !x->is_seq && !nencs, "INST_NOTHING");
  flag(&t, nencs && e->shape == ENCX_RIP, "INST_RIP");
  return t.n ? text_str(&t) : "0";
}

static const char *clobber_mask(const Sema *s, const InstX *x) {
  u32 mask = 0;
  for (u32 i = 0; i < x->nclobbers; i++) {
    const char *c = x->clobbers[i];
    if (strchr(c, '('))
      return *c == 'h' ? "ABI_HOST_CLOBBERS" : "ABI_CLOBBERS";
    s32 r = inst_reg(c);
    if (r < 0)
      diag_add(s->diags, E_REG, x->base->decl->loc,
               "%s: clobbers `%s`, wanted a register", x->text, c);
    else
      mask |= (u32)1 << r;
  }
  return arena_printf(s->arena, "0x%xu", mask);
}

// --- lines
// ----------------------------------------------------------------------------

static void put_slots(Tables *t, const FormX *f) {
  for (u32 i = 0; i < f->nslots; i++) {
    const SlotX *s = &f->slots[i];
    text_add(&t->slot, "    {%u, %s%s%s%s%s%s, %u, %u},%s\n", s->con,
             s->def ? "SLOT_DEF | " : "", s->late ? "SLOT_LATE | " : "",
             s->cls ? "SLOT_XMM | " : "", s->tmp ? "SLOT_TMP | " : "",
             s->part == SLOTX_BASE    ? "SLOT_BASE | "
             : s->part == SLOTX_INDEX ? "SLOT_INDEX | "
                                      : "",
             "0", s->bytes, s->operand, "");
  }
  t->nslots += f->nslots;
}

static void put_enc(Tables *t, const InstX *x, const EncX *e) {
  static const char *const shapes[] = {"ENC_ZO",  "ENC_O",   "ENC_RM",
                                       "ENC_MEM", "ENC_VRM", "ENC_VMEM",
                                       "ENC_REL", "ENC_RIP"};
  text_add(&t->enc,
           "    {%s, %u, 0x%02x, %u, 0x%06x, %u, 0x%02x, 0x%02x, 0x%02x, %u, "
           "%u, 0x%02x, 0}, // %u %s\n",
           shapes[e->shape], e->flags, e->prefix, e->map, e->opcode,
           e->opcode_n, e->reg, e->rm, e->vvvv, e->imm, e->guard, e->near,
           t->nencs++, x->text);
  text_add(&t->text, "    {\"%s\", {", e->mnemonic);
  for (u32 i = 0; i < e->nargs; i++)
    text_add(&t->text, "%s{%u, %u, %s}", i ? ", " : "", e->args[i].what,
             e->args[i].bits, e->args[i].xmm ? "true" : "false");
  text_add(&t->text, "%s}},\n", e->nargs ? "" : "{0, 0, false}");
}

static const char *needs(const Sema *s, const InstX *x, const FormX *f) {
  Text t = {.arena = s->arena};
  (void)x;
  for (u32 i = 0; f->form && i < f->form->nneeds; i++) {
    text_add(&t, "%sCPU_", i ? " | " : "");
    for (const char *c = f->form->needs[i]; *c; c++)
      text_add(&t, "%c", *c >= 'a' && *c <= 'z' ? *c - 32 : *c);
  }
  return t.n ? text_str(&t) : "0";
}

static u32 mem_bytes(const FormX *f) {
  if (f->mem < 0 || f->kinds[f->mem]->mode != OM_MEM)
    return 0;
  return f->kinds[f->mem]->sort.bits / 8u;
}

static void put_form(const Sema *s, Tables *t, const InstX *x, const FormX *f,
                     u32 nencs) {
  static const char *const imms[] = {"NONE",  "S",    "U",    "WIDE",
                                     "AMODE", "FUNC", "TRAP", "LIB"};
  s32 mem = f->mem < 0 ? 255 : f->operand_slot[f->mem];
  text_add(
      &t->form,
      "    {%u, %u, %s, %u, %u, INST_IMM_%s, %d, %d, %d, %u, %u, 0}, // %s\n",
      t->nencs, t->nslots, needs(s, x, f), nencs, f->nslots, imms[f->imm_kind],
      mem, f->spilled < 0 ? 255 : f->spilled,
      f->mem_form < 0 || f->spilled < 0 ? 0 : f->mem_form, mem_bytes(f),
      f->imm_bits, x->text);
  t->nforms++;
}

enum { MAX_ENCS = 8 };

static void put_inst(const Sema *s, Tables *t, const InstX *x) {
  FormX *forms;
  u32 n = inst_variants(s, x, &forms), first = t->nforms;
  u32 nencs0 = 0;
  EncX encs[MAX_ENCS] = {0}, enc0 = {0};
  bool targets = has_operand(x, OM_TARGET);
  for (u32 i = 0; i < n; i++) {
    u32 nencs =
        forms[i].nencs ? enc_of_form(s, x, &forms[i], encs, MAX_ENCS) : 0;
    if (!i)
      nencs0 = nencs, enc0 = encs[0];
    put_form(s, t, x, &forms[i], nencs);
    put_slots(t, &forms[i]);
    for (u32 k = 0; k < nencs; k++)
      put_enc(t, x, &encs[k]);
  }
  text_add(&t->info, "    {\"%s\", \"%s\", %u, %s, %u, %u, %u, %s}, // %s\n",
           strchr(x->text, '.') + 1, inst_mnemonic(s, x), first,
           info_flags(s, x, &forms[0], &enc0, nencs0), n, condition(s, x),
           x->is_seq && !targets ? t->nseqs++ : 0, clobber_mask(s, x),
           decl_where(s, x->base->decl));
}

static void put_array(Text *out, const char *decl, const Text *body) {
  text_add(out, "const %s = {\n", decl);
  text_put(out, body->at, body->n);
  text_add(out, "};\n\n");
}

void gen_inst_c(const Sema *s, Text *out) {
  Arena *a = s->arena;
  Tables t = {.info = {.arena = a},
              .form = {.arena = a},
              .slot = {.arena = a},
              .enc = {.arena = a},
              .text = {.arena = a}};
  text_add(&t.info,
           "    {\"none\", \"none\", 0, INST_NOTHING, 1, 255, 0, 0},\n");
  text_add(&t.form,
           "    {0, 0, 0, 0, 0, INST_IMM_NONE, 255, 255, 0, 0, 0, 0},\n");
  t.nforms = 1;
  for (u32 i = 1; i < s->ninsts; i++)
    put_inst(s, &t, &s->insts[i]);
  cheader(out, "the tables of instructions: see back/emit/encode.h");
  text_add(out, "#include \"inst.h\"\n#include \"back/x64/abi.h\"\n\n");
  put_array(out, "InstInfo inst_info[]", &t.info);
  put_array(out, "InstForm inst_form[]", &t.form);
  put_array(out, "InstSlot inst_slot[]", &t.slot);
  put_array(out, "Enc inst_enc[]", &t.enc);
  put_array(out, "EncText inst_enc_text[]", &t.text);
  text_add(out,
           "const u32 inst_ninsts = %u;\nconst u32 inst_nforms = %u;\n"
           "const u32 inst_nencs = %u;\n",
           s->ninsts, t.nforms, t.nencs);
}
