// Instructions of right sides, as C that writes them backward: an instruction,
// then at once what makes its flags, then its other operands from right to
// left. Read forward, the code has operands left to right and flags last.
//
// A value becomes what the operand's kinds allow when lowering (low_arg); a
// form is chosen by features and by the kind that came out.
#include "rulec/gen/lower_write.h"

#include <ctype.h>

void lower_fail(Writer *w, const Node *n, const char *what) {
  if (w->failed)
    return;
  w->failed = true;
  const Decl *d = w->a->x->rule->decl;
  diag_add(w->lg->diags, E_LOWER, n && n->src ? n->src->loc : d->name.loc,
           "%s%s: %s", d->name.s, w->a->x->at, what);
}

const Node *lower_strip(const Node *n) {
  while (n->kind == N_AS || n->kind == N_REG)
    n = n->kids[0];
  return n;
}
static bool is_reg_insisted(const Node *n) {
  for (; n->kind == N_AS || n->kind == N_REG; n = n->kids[0])
    if (n->kind == N_REG)
      return true;
  return false;
}

static u32 occurrences(const Node *n, const Var *v) {
  u32 k = n->kind == N_VAR && n->var == v;
  for (u32 i = 0; i < n->nkids; i++)
    k += occurrences(n->kids[i], v);
  if (n->amode) {
    for (u32 i = 0; i < n->amode->nparts; i++)
      k += occurrences(n->amode->parts[i].e, v);
    if (n->amode->mem)
      k += occurrences(n->amode->mem, v);
  }
  return k;
}
u32 lower_occurrences(const RuleX *x, const Var *v) {
  u32 k = 0;
  for (u32 i = 0; i < x->nrhs; i++)
    k += occurrences(x->rhs[i], v);
  for (u32 i = 0; i < x->nstmts; i++)
    k += x->stmts[i].e ? occurrences(x->stmts[i].e, v) : 0;
  for (u32 i = 0; i < x->nclauses; i++)
    if (x->clauses[i].let)
      k += occurrences(x->clauses[i].e, v);
  return k;
}

const char *lower_type(u8 type) {
  static const char *const names[VT_COUNT] = {
      "TY_NONE", "TY_I32", "TY_I64", "TY_F32", "TY_F64", "TY_V128", "TY_REF"};
  return names[type];
}

const char *lower_trap(Writer *w, const char *code) {
  char *c = arena_printf(w->lg->arena, "TRAP_%s", code);
  for (char *s = c; *s; s++)
    *s = (char)toupper((unsigned char)*s);
  return c;
}

// --- addresses
// -------------------------------------------------------------------

const char *lower_expr(Writer *w, const Node *n) {
  w->lg->g.fail = "return false;";
  return cexpr(&w->lg->g, n);
}

// Registers of a literal `[a + b << s | m]` and what is constant in it.
static bool in_register(const Node *e) {
  return e->kind == N_VAR && e->var->kind == VAR_LET_TERM;
}

// The same if a register is one that this rule's instructions write.
static const char *amode_registers(Writer *w, const Amode *am) {
  const char *reg[2] = {"VREG_NONE", "VREG_NONE"}, *scale = "0";
  for (u32 k = 0; k < am->nparts && k < 2; k++) {
    const Node *e = lower_strip(am->parts[k].e);
    const bool value = e->kind == N_VAR && e->var->kind == VAR_VALUE;
    if (!value && !in_register(e))
      lower_fail(w, e, "an address is of values and results of instructions");
    const u32 at = am->parts[k].scale ? 1 : k;
    reg[at] = value ? P("low_use(L, %s)", e->var->c) : e->var->c;
    if (am->parts[k].scale)
      scale = P("(u32)(%s)", lower_expr(w, am->parts[k].scale));
  }
  return P("low_addr_regs(%s, %s, %s)", reg[0], reg[1], scale);
}

const char *lower_address(Writer *w, const Amode *am) {
  for (u32 k = 0; k < am->nparts; k++)
    if (in_register(lower_strip(am->parts[k].e)))
      return amode_registers(w, am);
  const char *reg[2] = {"0", "0"}, *scale = "0", *disp = "0", *mem;
  u32 n = 0;
  for (u32 k = 0; k < am->nparts; k++) {
    const Node *e = lower_strip(am->parts[k].e);
    const bool value = e->kind == N_VAR && e->var->kind == VAR_VALUE;
    if (!value) {
      if (e->kind == N_OP && e->nkids == 1)
        e = e->kids[0];
      disp = P("(s64)(%s)", lower_expr(w, e));
      continue;
    }
    if (am->parts[k].scale) {
      scale = P("(u32)(%s)", lower_expr(w, am->parts[k].scale));
      reg[1] = e->var->c;
    } else {
      reg[n == 0 && !strcmp(reg[0], "0") ? 0 : 1] = e->var->c;
    }
    n++;
  }
  mem = am->mem ? lower_expr(w, am->mem) : "(MemArg){0}";
  return P("low_addr(L, %s, %s, %s, %s, %s)", reg[0], reg[1], scale, disp, mem);
}

// A load merged here: the address tells faults its position.
static const char *sunk_origin(Writer *w, const Node *mem) {
  if (!mem || mem->kind != N_VAR)
    return NULL;
  const s32 p = lower_var_path(w->lg, w->a, mem->var);
  if (p < 0)
    return NULL;
  const s32 up = w->lg->paths.at[p].parent;
  for (u32 k = 0; k < w->a->ntests; k++)
    if (w->a->tests[k].kind == T_SINK && (s32)w->a->tests[k].path == up)
      return w->lg->paths.at[up].c;
  return NULL;
}

// Writes statements that make a LowAddr; returns its name.
static const char *address(Writer *w, const Node *n) {
  const char *name = P("m%u", w->vars++);
  const char *origin = NULL;
  if (n->kind == N_AMODE) {
    LINE("LowAddr %s = %s;", name, lower_address(w, n->amode));
    origin = sunk_origin(w, n->amode->mem);
  } else if (n->kind == N_POOL) {
    const Node *k = n->kids[0];
    const u32 bits = k->sort.bits;
    if (bits > 64)
      LINE("const u128 k%s = %s;", name, lower_expr(w, k));
    LINE("LowAddr %s = low_pool(L, (u64)(%s), %s, %u);", name,
         bits > 64 ? P("k%s", name) : lower_expr(w, k),
         bits > 64 ? P("(u64)(k%s >> 64)", name) : "0", bits / 8);
  } else {
    const TermInfo *t = &w->lg->sema->terms[n->ref];
    if (t->result.kind != SORT_AMODE || n->nkids != 2) {
      lower_fail(w, n, "a memory operand must be a term that gives an amode");
      return name;
    }
    LINE("LowAddr %s = lower_%s(L, %s, %s);", name, t->name,
         lower_expr(w, n->kids[0]), lower_expr(w, n->kids[1]));
    origin = sunk_origin(w, n->kids[1]);
  }
  if (origin)
    LINE("%s.am.origin = %s;", name, origin);
  return name;
}

// --- instructions
// -----------------------------------------------------------------

typedef enum GotKind { G_REG, G_ANY, G_MEM, G_IMM, G_FLAGS, G_NONE } GotKind;
typedef struct Got { // an operand, ready to be put into an instruction
  GotKind kind;
  const char *c;
  const Node *inst; // nested instruction to be written afterwards
  const char *dest; // its result's register
} Got;

static bool is_flags_kind(const InstOperand *o) {
  return o->nkinds && o->kinds[0].mode == OM_FLAGS;
}
static bool has_mode(const InstOperand *o, u8 mode) {
  for (u32 k = 0; k < o->nkinds; k++)
    if (o->kinds[k].mode == mode)
      return true;
  return false;
}
static const KindInfo *reg_kind(const InstOperand *o) {
  for (u32 k = 0; k < o->nkinds; k++)
    if (o->kinds[k].mode == OM_REG)
      return &o->kinds[k];
  return NULL;
}

// The TAKE_* of an operand's kinds, and the width of its memory.
static const char *takes(Writer *w, const InstX *x, const InstOperand *o,
                         bool no_mem, u32 *bytes) {
  const char *t = "0";
  for (u32 k = 0; k < o->nkinds; k++) {
    const KindInfo *kind = &o->kinds[k];
    if (kind->mode == OM_IMM && kind->sort.bits <= 32)
      t = P("%s | TAKE_%c%u", t, kind->is_signed ? 'S' : 'U', kind->sort.bits);
    if (kind->mode == OM_MEM && !no_mem) {
      t = P("%s | TAKE_MEM", t);
      *bytes = kind->sort.bits / 8;
    }
    if (kind->mode == OM_REG && kind->sort.type == VT_I32 && !x->is_seq)
      t = P("%s | TAKE_LOW", t);
  }
  return !strncmp(t, "0 | ", 4) ? t + 4 : t;
}

static const char *use_value(Writer *w, const InstX *x, const InstOperand *o,
                             const Var *v) {
  (void)w;
  const KindInfo *r = reg_kind(o);
  const bool low = r && r->sort.type == VT_I32 && !x->is_seq;
  return P("low_use%s(L, %s)", low ? "_low" : "", v->c);
}

const Node *lower_inst_of(const Node *n) {
  n = lower_strip(n);
  if (n->kind == N_RESULT)
    n = lower_strip(n->kids[0]);
  return n->kind == N_INST ? n : NULL;
}
u32 lower_result_of(const Node *n) {
  n = lower_strip(n);
  return n->kind == N_RESULT ? n->field : 0;
}

// Operand o of x given as node n.
static Got operand_of(Writer *w, const InstX *x, const InstOperand *o,
                      const Node *n) {
  const Node *s = lower_strip(n);
  if (is_flags_kind(o))
    return (Got){.kind = G_FLAGS, .inst = n};
  if (s->kind == N_VAR && s->var->kind == VAR_VALUE) {
    const bool many = lower_occurrences(w->a->x, s->var) > 1;
    const bool plain = o->nkinds == 1 || is_reg_insisted(n);
    if (plain && reg_kind(o))
      return (Got){.kind = o->nkinds == 1 ? G_REG : G_ANY,
                   .c = o->nkinds == 1
                            ? use_value(w, x, o, s->var)
                            : P("low_arg_reg(%s)", use_value(w, x, o, s->var))};
    u32 bytes = 0;
    const char *take = takes(w, x, o, many, &bytes);
    const s32 path = lower_var_path(w->lg, w->a, s->var);
    const s32 up = path < 0 ? -1 : w->lg->paths.at[path].parent;
    return (Got){.kind = G_ANY,
                 .c = P("low_arg(L, %s, %s, %u, %s)", s->var->c, take, bytes,
                        lower_once(w->lg, up))};
  }
  if (s->kind == N_VAR && (s->var->kind == VAR_LET_TERM))
    return (Got){.kind = o->nkinds == 1 ? G_REG : G_ANY,
                 .c = o->nkinds == 1 ? s->var->c
                                     : P("low_arg_reg(%s)", s->var->c)};
  if (lower_inst_of(n)) {
    const InstX *y = &w->lg->sema->insts[lower_inst_of(n)->ref];
    const InstOperand *r = &y->results[lower_result_of(n)];
    const char *t = P("t%u", w->vars++);
    LINE("const VReg %s = low_temp(L, %s);", t,
         lower_type(r->kinds[0].sort.type));
    return (Got){.kind = o->nkinds == 1 ? G_REG : G_ANY,
                 .c = o->nkinds == 1 ? t : P("low_arg_reg(%s)", t),
                 .inst = n,
                 .dest = t};
  }
  if (s->kind == N_AMODE || s->kind == N_POOL ||
      (s->kind == N_TERM && s->sort.kind == SORT_AMODE)) {
    const char *m = address(w, s);
    return (Got){.kind = o->nkinds == 1 ? G_MEM : G_ANY,
                 .c = o->nkinds == 1 ? m : P("low_arg_mem(%s)", m)};
  }
  if (o->kinds[0].mode == OM_TARGET || o->kinds[0].mode == OM_TARGETS) {
    if (o->kinds[0].mode == OM_TARGETS && !x->ends)
      return (Got){.kind = G_NONE}; // the table of a jump: no edges of its own
    LINE("low_edge%s(L, %s);", o->kinds[0].mode == OM_TARGETS ? "s" : "",
         lower_expr(w, s));
    return (Got){.kind = G_NONE};
  }
  if (has_mode(o, OM_IMM) || has_mode(o, OM_TRAP))
    return (Got){.kind = o->nkinds == 1 ? G_IMM : G_ANY,
                 .c = o->nkinds == 1
                          ? lower_expr(w, s)
                          : P("low_arg_imm((s64)(%s))", lower_expr(w, s))};
  lower_fail(w, n, "this cannot be an operand here");
  return (Got){.kind = G_NONE};
}

// `X64_jcc_o + 1 * c_c` where a code is only known when lowering.
static const char *opcode_of(Writer *w, const Node *n) {
  const InstX *x = &w->lg->sema->insts[n->ref];
  const char *c = x->cname;
  if (!n->dyn)
    return c;
  for (u32 k = 0; k < x->base->nparams; k++) {
    u32 stride = 1;
    if (!n->dyn[k])
      continue;
    for (u32 j = k + 1; j < x->base->nparams; j++)
      stride *= x->base->params[j].n;
    const char *e = lower_expr(w, n->dyn[k]);
    c = stride == 1 ? P("%s + %s", c, e) : P("%s + %u * %s", c, stride, e);
  }
  return c;
}

// First form of the best feature set that is there: `low_has(L, ..) ? 0 : 2`.
static const char *first_form(Writer *w, const Node *n, FormX *forms, u32 nf) {
  const InstX *x = &w->lg->sema->insts[n->ref];
  const char *c = NULL;
  for (u32 k = nf; k-- > 0;) {
    const FormInfo *f = forms[k].form;
    if (k && f && forms[k - 1].form == f)
      continue; // only the first kind of each
    if (!f || !f->nneeds || !c) {
      c = P("%u", k);
      continue;
    }
    const char *mask = "0";
    for (u32 j = 0; j < f->nneeds; j++) {
      char *m = P("CPU_%s", f->needs[j]);
      for (char *s = m; *s; s++)
        *s = (char)toupper((unsigned char)*s);
      mask = j ? P("%s | %s", mask, m) : m;
    }
    c = P("low_has(L, %s) ? %u : %s", mask, k, c);
  }
  (void)x;
  return c ? c : "0";
}

// Form of a kind, counted from the first of its feature set.
static u32 kind_form(FormX *forms, u32 nf, u32 operand, u8 mode) {
  for (u32 k = 0; k < nf; k++)
    if (forms[k].kinds[operand] && forms[k].kinds[operand]->mode == mode) {
      u32 base = k;
      while (base && forms[base - 1].form == forms[k].form && forms[k].form)
        base--;
      return forms[k].form ? k - base : k;
    }
  return 0;
}

// An immediate with several widths: the first form it fits.
static void wide_imm(Writer *w, const char *n, FormX *forms, u32 nf,
                     u32 operand, const char *c, u32 bits) {
  LINE("{");
  LINE("  const u64 wide = %s;", c);
  for (u32 k = 0; k < nf; k++) {
    const KindInfo *kind = forms[k].kinds[operand];
    const char *fits = kind->sort.bits >= bits ? "1"
                       : !kind->is_signed
                           ? P("wide >> %u == 0", kind->sort.bits)
                           : P("(s64)wide == (s32)wide");
    LINE("  %sif (%s)", k ? "else " : "", fits);
    LINE("    %s.form = %u;", n, k);
    if (!strcmp(fits, "1"))
      break;
  }
  LINE("  %s.imm = (s64)wide;", n);
  LINE("}");
}

// The flags operand: its producer follows at once.
void lower_write_flags(Writer *w, const Node *n) {
  const Node *s = lower_strip(n);
  if (s->kind == N_VAR) {
    if (s->var == w->plan && --w->plan_left == 0) {
      LINE("write_%s(L, %s);", w->plan_term, w->plan_c);
      vec_push(w->lg->arena, &w->events, ((Event){.makes = w->plan}));
    }
    return;
  }
  if (lower_inst_of(n))
    lower_write_inst(w, lower_inst_of(n), NULL, NULL, lower_inst_of(n));
  else
    lower_fail(w, n, "flags must be the result of an instruction");
}

const void *lower_flags_key(const Node *n) {
  const Node *s = lower_strip(n);
  return s->kind == N_VAR ? (const void *)s->var
                          : (const void *)lower_inst_of(n);
}

static void put_operand(Writer *w, const char *n, const Got *g, FormX *forms,
                        u32 nf, u32 operand, const InstOperand *o) {
  switch (g->kind) {
  case G_REG: LINE("low_reg(&%s, %s);", n, g->c); return;
  case G_MEM: LINE("low_mem(&%s, &%s);", n, g->c); return;
  case G_IMM: LINE("%s.imm = (s64)(%s);", n, g->c); return;
  case G_FLAGS:
  case G_NONE: return;
  case G_ANY: break;
  }
  bool only_imm = true;
  for (u32 k = 0; k < o->nkinds; k++)
    only_imm &= o->kinds[k].mode == OM_IMM;
  if (only_imm)
    return; // wide_imm did it
  const char *b = P("b%u", w->vars++);
  LINE("const LowArg %s = %s;", b, g->c);
  LINE("low_any(&%s, &%s, %u, %u, %u);", n, b,
       kind_form(forms, nf, operand, OM_IMM),
       kind_form(forms, nf, operand, OM_MEM),
       kind_form(forms, nf, operand, OM_REG));
}

static const char *result_reg(Writer *w, const InstX *x, u32 k,
                              const char **dest) {
  if (dest && dest[k])
    return dest[k];
  return P("low_temp(L, %s)", lower_type(x->results[k].kinds[0].sort.type));
}

static const char *rename_of(Writer *w, const InstX *x, const StmtX *st) {
  for (u32 k = 0; k < x->ntraps; k++)
    for (u32 j = 0; st && j < st->nrenames; j++)
      if (x->traps[k].code && !strcmp(x->traps[k].code, st->renames[j].from))
        return lower_trap(w, st->renames[j].to);
  return NULL;
}

// Writes an instruction, its flags, its operands. dest: registers of results.
void lower_write_inst(Writer *w, const Node *n, const char **dest,
                      const StmtX *st, const void *makes) {
  const InstX *x = &w->lg->sema->insts[n->ref];
  FormX *forms;
  const u32 nf = inst_variants(w->lg->sema, x, &forms);
  Got got[16];
  u32 kid = 0;
  const char *c = P("n%u", w->vars++), *wide = NULL;
  Event ev = {.x = x, .at = n, .makes = makes};
  for (u32 k = 0; k < x->noperands; k++) {
    const InstOperand *o = &x->operands[k];
    if (o->tmp) {
      got[k] =
          (Got){.kind = G_REG,
                .c = P("low_temp(L, %s)", lower_type(o->kinds[0].sort.type))};
      continue;
    }
    if (kid >= n->nkids) {
      lower_fail(w, n, "an operand is missing");
      return;
    }
    got[k] = operand_of(w, x, o, n->kids[kid]);
    if (got[k].kind == G_FLAGS)
      ev.needs = lower_flags_key(n->kids[kid]);
    if (got[k].kind == G_ANY && o->nkinds > 1 && has_mode(o, OM_IMM) &&
        !has_mode(o, OM_REG))
      wide = lower_expr(w, lower_strip(n->kids[kid]));
    kid++;
  }
  LINE("LowNew %s = low_new(%s, %s);", c, opcode_of(w, n),
       first_form(w, n, forms, nf));
  for (u32 pass = 0; pass < 2; pass++) // tmps after all operands
    for (u32 k = 0; k < x->noperands; k++)
      if (x->operands[k].tmp == (pass == 1))
        put_operand(w, c, &got[k], forms, nf, k, &x->operands[k]);
  for (u32 k = 0; wide && k < x->noperands; k++)
    if (got[k].kind == G_ANY)
      wide_imm(w, c, forms, nf, k, wide, n->kids[k]->sort.bits);
  for (u32 k = 0; k < x->nresults; k++)
    if (!x->results[k].is_flags)
      LINE("low_reg(&%s, %s);", c, result_reg(w, x, k, dest));
  if (rename_of(w, x, st))
    LINE("%s.imm = %s;", c, rename_of(w, x, st));
  LINE("low_write(L, &%s);", c);
  vec_push(w->lg->arena, &w->events, ev);
  kid = n->nkids;
  for (u32 k = 0; k < x->noperands; k++)
    if (got[k].kind == G_FLAGS)
      lower_write_flags(w, got[k].inst);
  for (u32 k = x->noperands; k-- > 0;)
    if (got[k].inst && got[k].kind != G_FLAGS) {
      const Node *inner = lower_inst_of(got[k].inst);
      const InstX *y = &w->lg->sema->insts[inner->ref];
      const char **to =
          arena_array0(w->lg->arena, const char *, y->nresults + 1);
      to[lower_result_of(got[k].inst)] = got[k].dest;
      lower_write_inst(w, inner, to, NULL, inner);
    }
}
