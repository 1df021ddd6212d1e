// Reads Intel's notation: `imm MI(d, b) REX.T 83 /0 ib if fits_s(b, 8)`.
//
// The word with parentheses says where operands go; a width may follow an
// operand (`a.8`, `p.T`) where it is not the operand's own. Then bytes: a
// mandatory prefix first, the opcode, `/r` or a digit, the immediate.
#include "rulec/gen/enc_table.h"
#include "rulec/gen/cgen.h"

#include <stdlib.h>

typedef struct Reader {
  const Sema *s;
  const InstX *x;
  const FormX *f;
  const EncAlt *alt;
  EncX e;
  s32 place[4]; // operand or result of each name of the form word
  bool vex;
} Reader;

static void bad(const Reader *r, Loc loc, const char *what, const char *text) {
  diag_add(r->s->diags, E_ENC, loc, "%s: %s `%s`", r->x->text, what,
           text ? text : "");
}

const ParamArg *inst_param(const InstX *x, const char *name) {
  for (u32 i = 0; i < x->base->nparams; i++)
    if (strcmp(x->base->params[i].name, name) == 0)
      return &x->args[i];
  return NULL;
}

// --- mnemonic
// ---------------------------------------------------------------------

// `{T}`, or `{T:cdq|cqo}`: the first word at 32 bits, the second at 64.
static void put_param(const Sema *s, const InstX *x, const char *name, size_t n,
                      Text *t) {
  size_t len = strcspn(name, ":}");
  const char *buf = arena_strndup(s->arena, name, len);
  const ParamArg *a = inst_param(x, buf);
  gen_must(s, x->base->decl->loc, a, "no parameter %s for the mnemonic", buf);
  const char *bar = memchr(name, '|', n);
  if (len < n && bar && a->kind == ARG_TYPE) {
    bool wide = vtype_bits[a->value] == 64;
    const char *from = wide ? bar + 1 : name + len + 1;
    text_put(t, from, (size_t)((wide ? name + n : bar) - from));
  } else if (a->kind == ARG_CODE)
    text_add(t, "%s", s->codes[a->code].members[a->value]);
  else if (a->value == VT_F32 || a->value == VT_F64)
    text_add(t, "%s", a->value == VT_F32 ? "ss" : "sd");
}

const char *inst_mnemonic(const Sema *s, const InstX *x) {
  const char *m = x->base->decl->mnemonic;
  if (!m)
    return strchr(x->base->name, '.') + 1;
  Text t = {.arena = s->arena};
  for (; *m; m++) {
    const char *end = *m == '{' ? strchr(m, '}') : NULL;
    if (end) {
      put_param(s, x, m + 1, (size_t)(end - m - 1), &t);
      m = end;
    } else {
      text_add(&t, "%c", *m);
    }
  }
  return text_str(&t);
}

// --- operands
// ---------------------------------------------------------------------

static s32 find_place(const Reader *r, const char *name, size_t n) {
  const InstX *x = r->x;
  for (u32 i = 0; i < x->noperands; i++)
    if (strlen(x->operands[i].name) == n &&
        memcmp(x->operands[i].name, name, n) == 0)
      return (s32)i;
  for (u32 i = 0; i < x->nresults; i++)
    if (strlen(x->results[i].name) == n &&
        memcmp(x->results[i].name, name, n) == 0)
      return (s32)(x->noperands + i);
  return -1;
}

static const KindInfo *kind_at(const Reader *r, s32 place) {
  if ((u32)place < r->x->noperands)
    return r->f->kinds[place];
  return &r->x->results[(u32)place - r->x->noperands].kinds[0];
}

// Width after the dot: a number, or a type parameter.
static u8 suffix_bits(const Reader *r, const char *text) {
  u32 n = (u32)strtoul(text, NULL, 10);
  if (n)
    return (u8)n;
  const ParamArg *a = inst_param(r->x, text);
  return a && a->kind == ARG_TYPE ? (u8)vtype_bits[a->value] : 0;
}

static void show(Reader *r, u8 what, u32 i) {
  if (r->e.nargs == 4)
    return;
  const KindInfo *k = kind_at(r, r->place[i]);
  const char *dot = strchr(r->alt->operands.at[i].s, '.');
  ArgX a = {.what = what};
  a.xmm = k->mode == OM_REG && k->sort.kind == SORT_XMM;
  if (k->mode == OM_MEM)
    a.bits = (u8)k->sort.bits;
  else if (k->mode == OM_REG)
    a.bits = (u8)(k->sort.type ? vtype_bits[k->sort.type] : 64);
  if (dot)
    a.bits = suffix_bits(r, dot + 1);
  r->e.args[r->e.nargs++] = a;
}

// Letters that want a register, of an operand that has none here.
static bool registerless(Reader *r, char c, u32 i) {
  const KindInfo *k = kind_at(r, r->place[i]);
  bool wants = c == 'R' || c == 'V' || c == 'O' ||
               (c == 'M' && (k->mode == OM_REG || k->mode == OM_IMM));
  if (!wants || r->f->operand_slot[r->place[i]] >= 0)
    return false;
  char letter[] = {c, 0};
  bad(r, r->alt->loc, "no register for the letter", letter);
  return true;
}

static void set_rm(Reader *r, u32 i) {
  const KindInfo *k = kind_at(r, r->place[i]);
  s32 slot = r->f->operand_slot[r->place[i]];
  bool v = r->vex;
  if (k->mode == OM_MEM || k->mode == OM_AMODE)
    r->e.shape = v ? ENCX_VMEM : ENCX_MEM;
  else if (k->mode == OM_FUNC || k->mode == OM_TARGETS)
    r->e.shape = ENCX_RIP;
  else
    r->e.shape = v ? ENCX_VRM : ENCX_RM;
  r->e.rm = slot < 0 ? ENCX_NOSLOT : (u8)slot;
  show(r, ARGX_RM, i);
  if (r->e.args[r->e.nargs - 1].bits == 8 && r->e.shape == ENCX_RM)
    r->e.flags |= ENCX_RM8;
}

static void set_letter(Reader *r, char c, u32 i) {
  s32 slot = r->f->operand_slot[r->place[i]];
  u8 s = slot < 0 ? ENCX_NOSLOT : (u8)slot;
  if (registerless(r, c, i))
    return;
  switch (c) {
  case 'R':
    r->e.reg = s;
    show(r, ARGX_REG, i);
    if (r->e.args[r->e.nargs - 1].bits == 8)
      r->e.flags |= ENCX_REG8;
    break;
  case 'M': set_rm(r, i); break;
  case 'V':
    r->e.vvvv = s;
    show(r, ARGX_VVVV, i);
    break;
  case 'O':
    r->e.shape = ENCX_O;
    r->e.rm = s;
    show(r, ARGX_OPCODE, i);
    break;
  case 'I': show(r, ARGX_IMM, i); break;
  case 'C': show(r, ARGX_CL, i); break;
  case 'D':
    r->e.shape = ENCX_REL;
    show(r, ARGX_REL, i);
    break;
  default: bad(r, r->alt->loc, "unknown operand encoding", r->alt->form.s);
  }
}

static void read_operands(Reader *r) {
  const EncAlt *a = r->alt;
  r->e.reg = r->e.rm = r->e.vvvv = ENCX_NOSLOT;
  if (!a->form.s || strcmp(a->form.s, "ZO") == 0)
    return;
  if (strlen(a->form.s) != a->operands.n || a->operands.n > 4) {
    bad(r, a->loc, "as many operands as letters wanted in", a->form.s);
    return;
  }
  for (u32 i = 0; i < a->operands.n; i++) {
    const char *name = a->operands.at[i].s;
    r->place[i] = find_place(r, name, strcspn(name, "."));
    if (r->place[i] < 0) {
      bad(r, a->loc, "no operand or result named", name);
      return;
    }
  }
  for (u32 i = 0; i < a->operands.n; i++)
    set_letter(r, a->form.s[i], i);
}

// --- bytes
// ------------------------------------------------------------------------

static bool is_f64(const InstX *x, const char *param) {
  const ParamArg *a = inst_param(x, param);
  return a && a->kind == ARG_TYPE && a->value == VT_F64;
}

// "T" of a word such as pp(T).
static const char *in_parens(const Reader *r, const char *w) {
  const char *open = strchr(w, '('), *close = strchr(w, ')');
  if (!open || !close)
    return "";
  return arena_printf(r->s->arena, "%.*s", (int)(close - open - 1), open + 1);
}

static u8 prefix_word(const Reader *r, const char *w) {
  if (strncmp(w, "pp(", 3) == 0)
    return is_f64(r->x, in_parens(r, w)) ? 0xf2 : 0xf3;
  if (strncmp(w, "ps(", 3) == 0)
    return is_f64(r->x, in_parens(r, w)) ? 0x66 : 0;
  if (strncmp(w, "66", 2) == 0)
    return 0x66;
  if (strncmp(w, "F2", 2) == 0)
    return 0xf2;
  if (strncmp(w, "F3", 2) == 0)
    return 0xf3;
  return 0; // NP
}

// W at 64 bits: "W", "W1", "T" with T = i64.
static void width_word(Reader *r, const char *w) {
  const ParamArg *a = inst_param(r->x, w);
  if (strcmp(w, "W") == 0 || strcmp(w, "W1") == 0 ||
      (a && a->kind == ARG_TYPE && vtype_bits[a->value] == 64))
    r->e.flags |= ENCX_W;
}

static void vex_word(Reader *r, const char *w) { // VEX.pp.map.W
  w += 4;
  r->e.prefix = prefix_word(r, w);
  w = strchr(w, '.');
  if (!w) {
    bad(r, r->alt->loc, "wanted VEX.prefix.map.W in", r->alt->form.s);
    return;
  }
  w++;
  r->e.map = strncmp(w, "0F38", 4) == 0   ? 2
             : strncmp(w, "0F3A", 4) == 0 ? 3
                                          : 1;
  const char *dot = strchr(w, '.');
  if (dot)
    width_word(r, dot + 1);
}

static void opcode_byte(Reader *r, u32 byte) {
  bool prefix = byte == 0x66 || byte == 0xf2 || byte == 0xf3;
  if (prefix && !r->vex && !r->e.opcode_n && !r->e.prefix) {
    r->e.prefix = (u8)byte;
    return;
  }
  if (r->e.opcode_n == 4) {
    bad(r, r->alt->loc, "more than four bytes of opcode in", r->alt->form.s);
    return;
  }
  r->e.opcode |= byte << 8 * r->e.opcode_n++;
}

static void plus_byte(Reader *r, const EncItem *it) {
  const ParamArg *a = inst_param(r->x, it->arg);
  u32 add = 0;
  if (a && a->kind == ARG_CODE)
    add = r->s->codes[a->code].enc ? r->s->codes[a->code].enc[a->value]
                                   : a->value;
  else if (a && a->kind == ARG_TYPE)
    add = a->value == VT_F64;
  else if (strcmp(it->arg, "r") != 0)
    bad(r, it->loc, "neither r nor a parameter:", it->text);
  opcode_byte(r, it->byte + add);
}

static void word(Reader *r, const EncItem *it) {
  const char *w = it->text;
  if (strncmp(w, "REX.", 4) == 0)
    width_word(r, w + 4);
  else if (strncmp(w, "VEX.", 4) == 0)
    vex_word(r, w);
  else if (strncmp(w, "pp(", 3) == 0 || strncmp(w, "ps(", 3) == 0)
    r->e.prefix = prefix_word(r, w);
  else if (strcmp(w, "ib") == 0)
    r->e.imm = 1;
  else if (strcmp(w, "iw") == 0)
    r->e.imm = 2;
  else if (strcmp(w, "id") == 0)
    r->e.imm = 4;
  else if (strcmp(w, "io") == 0)
    r->e.imm = 8;
  else if (strcmp(w, "cb") != 0 && strcmp(w, "cd") != 0)
    bad(r, it->loc, "unknown word of an encoding", w);
}

static void read_items(Reader *r) {
  for (u32 i = 0; i < r->alt->nitems; i++) {
    const EncItem *it = &r->alt->items[i];
    switch (it->kind) {
    case ENC_BYTE: opcode_byte(r, it->byte); break;
    case ENC_BYTE_PLUS: plus_byte(r, it); break;
    case ENC_DIGIT: r->e.reg = (u8)(ENCX_DIGIT | it->byte); break;
    case ENC_SLASH_R: break;
    case ENC_WORD: word(r, it); break;
    }
  }
}

static void read_guard(Reader *r) {
  const Expr *g = r->alt->guard;
  if (!g)
    return;
  if (g->kind == EX_CALL && strcmp(g->name.s, "fits_s") == 0 &&
      g->kids.n == 2 && g->kids.at[1]->num == 8)
    r->e.guard = GUARDX_S8;
  else if (g->kind == EX_CALL && strcmp(g->name.s, "fits_u") == 0 &&
           g->kids.n == 2 && g->kids.at[1]->num == 7)
    r->e.guard = GUARDX_U7;
  else if (g->kind == EX_BINARY && g->op == BIN_EQ && g->kids.at[1]->num == 1)
    r->e.guard = GUARDX_ONE;
  else
    diag_add(
        r->s->diags, E_ENC, g->loc,
        "%s: guard of an encoding, wanted fits_s(x, 8), fits_u(x, 7) or x == 1",
        r->x->text);
}

static bool any_xmm(const EncX *e) {
  for (u32 i = 0; i < e->nargs; i++)
    if (e->args[i].xmm)
      return true;
  return false;
}

static bool starts_vex(const EncAlt *a) {
  for (u32 i = 0; i < a->nitems; i++)
    if (strncmp(a->items[i].text, "VEX.", 4) == 0)
      return true;
  return false;
}

EncX enc_resolve(const Sema *s, const InstX *x, const FormX *f, u32 alt) {
  Reader r = {.s = s, .x = x, .f = f, .alt = &f->form->decl->encs.at[alt]};
  r.vex = starts_vex(r.alt);
  read_operands(&r);
  read_items(&r);
  read_guard(&r);
  // A constant 1 in the opcode: an immediate of no bytes.
  for (u32 i = 0; i < r.e.nargs; i++)
    if (r.e.args[i].what == ARGX_IMM && !r.e.imm)
      r.e.args[i].what = ARGX_ONE;
  const char *m = inst_mnemonic(s, x);
  r.e.mnemonic = r.vex && any_xmm(&r.e) ? arena_printf(s->arena, "v%s", m) : m;
  return r.e;
}

static bool is_near(const EncAlt *a) {
  return a->nitems && strcmp(a->items[a->nitems - 1].text, "cb") == 0;
}

u32 enc_of_form(const Sema *s, const InstX *x, const FormX *f, EncX *out,
                u32 max) {
  u32 n = 0;
  u8 near = 0;
  for (u32 i = 0; i < f->nencs && n < max; i++) {
    EncX e = enc_resolve(s, x, f, f->encs[i]);
    if (is_near(&f->form->decl->encs.at[f->encs[i]])) {
      near = (u8)e.opcode;
      continue;
    }
    e.near = near;
    out[n++] = e;
  }
  if (n && out[n - 1].guard)
    diag_add(s->diags, E_ENC, x->base->decl->loc,
             "%s: the last encoding has a guard, wanted one that always fits",
             x->text);
  return n;
}
