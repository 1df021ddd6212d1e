// Instructions and sequences at their parameters: operand kinds, ties, forms,
// clobbers. Encodings stay syntax: enc_table.c reads them.
#include "rulec/sema_priv.h"

#include <stdlib.h>

static bool bad_kind(Sema *s, const KindDecl *k, const char *why) {
  diag_error(s->diags, k->name.loc, "E-KIND", "operand kind `%s`: %s",
             k->name.s, why);
  return false;
}

// The type behind the dot: `gpr.T`, `m.i32`; VT_NONE if nothing is there.
static bool kind_type(Sema *s, const KindDecl *k, const char *rest,
                      const Env *env, Sort *out) {
  if (!*rest)
    return true;
  const ParamArg *p = env_find(env, rest);
  s32 t = p && p->kind == ARG_TYPE ? p->value : vtype_find(rest);
  if (p && p->kind == ARG_SHAPE)
    t = VT_V128;
  if (t < 0)
    return bad_kind(s, k, "wanted a type after the dot");
  out->type = (u8)t;
  out->bits = vtype_bits[t];
  return true;
}

// imm.s32, imm.u8, imm.T
static bool kind_imm(Sema *s, const KindDecl *k, const char *rest,
                     const Env *env, KindInfo *out) {
  out->mode = OM_IMM;
  if ((rest[0] == 's' || rest[0] == 'u') && rest[1] >= '0' && rest[1] <= '9') {
    u32 bits = (u32)strtoul(rest + 1, NULL, 10);
    out->is_signed = rest[0] == 's';
    out->sort = sort_bv(bits);
    return bits == 8 || bits == 16 || bits == 32 || bits == 64 ||
           bad_kind(s, k, "wanted 8, 16, 32 or 64 bits");
  }
  Sort t = {0};
  if (!*rest)
    return bad_kind(s, k, "wanted a width: imm.s32, imm.u8, imm.T");
  if (!kind_type(s, k, rest, env, &t))
    return false;
  out->sort = sort_bv(t.bits);
  return true;
}

typedef struct KindWord {
  const char *name;
  u8 mode, sort;
} KindWord;
static const KindWord kind_words[] = {
    {"gpr", OM_REG, SORT_GPR},         {"xmm", OM_REG, SORT_XMM},
    {"m", OM_MEM, SORT_BV},            {"amode", OM_AMODE, SORT_AMODE},
    {"flags", OM_FLAGS, SORT_FLAGS},   {"target", OM_TARGET, SORT_TARGET},
    {"func", OM_FUNC, SORT_FUNC},      {"sig", OM_SIG, SORT_SIG},
    {"trap", OM_TRAP, SORT_TRAP},      {"libcall", OM_LIBCALL, SORT_LIBCALL},
    {"symbol", OM_SYMBOL, SORT_SYMBOL}, {"slot", OM_SLOT, SORT_SLOT},
    {"memarg", OM_MEMARG, SORT_MEMARG}, {"label", OM_LABEL, SORT_LABEL},
    {"any", OM_ANY, SORT_VALUES},
};

static const KindWord *kind_word(const char *name, size_t n) {
  for (size_t i = 0; i < sizeof kind_words / sizeof kind_words[0]; i++)
    if (strlen(kind_words[i].name) == n && !memcmp(kind_words[i].name, name, n))
      return &kind_words[i];
  return NULL;
}

// The register or list constraint after `@`, as text.
static const char *fixed_text(Sema *s, const Expr *e) {
  if (e->kind == EX_NAME)
    return e->name.s;
  return arena_strndup(s->arena, e->loc.src->text + e->loc.at, e->loc.len);
}

static bool code_kind(Sema *s, const KindDecl *k, KindInfo *out) {
  u32 code = map_get(&s->priv->codes, k->name.s);
  if (!code)
    return bad_kind(s, k, "unknown; wanted gpr.T, xmm.T, imm.s32, m.T, amode, "
                          "flags, target, func, trap or any*");
  out->mode = OM_CODE;
  out->sort = (Sort){.kind = SORT_CODE, .decl = code - 1};
  return true;
}

static bool memory_kind(Sema *s, const KindDecl *k, u32 bits, KindInfo *out) {
  out->mode = OM_MEM;
  out->sort = sort_bv(bits);
  return bits == 8 || bits == 16 || bits == 32 || bits == 64 || bits == 128 ||
         bad_kind(s, k, "wanted m8, m16, m32, m64 or m128");
}

static bool kind_info(Sema *s, const KindDecl *k, const Env *env,
                      KindInfo *out) {
  const char *name = k->name.s, *dot = strchr(name, '.');
  size_t n = dot ? (size_t)(dot - name) : strlen(name);
  const char *rest = dot ? intern(s, dot + 1) : "";
  if (k->fixed)
    out->fixed = fixed_text(s, k->fixed);
  if (n == 3 && memcmp(name, "imm", 3) == 0)
    return kind_imm(s, k, rest, env, out);
  if (name[0] == 'm' && name[1] >= '0' && name[1] <= '9')
    return memory_kind(s, k, (u32)strtoul(name + 1, NULL, 10), out);
  const KindWord *w = kind_word(name, n);
  if (!w)
    return code_kind(s, k, out);
  out->mode = w->mode;
  out->sort = sort_of((SortKind)w->sort);
  if (k->list && w->mode == OM_ANY)
    out->mode = OM_LIST;
  if (k->list && w->mode == OM_TARGET)
    out->mode = OM_TARGETS, out->sort = sort_of(SORT_TARGETS);
  if (!kind_type(s, k, rest, env, &out->sort))
    return false;
  if (w->mode == OM_MEM && !out->sort.type)
    return bad_kind(s, k, "memory has a width: m.T, m8");
  if (w->mode == OM_REG && !out->sort.type)
    out->sort.bits = w->sort == SORT_GPR ? 64 : 128;
  return true;
}

static bool inst_operand(Sema *s, const OperandDecl *d, const Env *env,
                         InstOperand *o) {
  *o = (InstOperand){.name = d->name.s ? d->name.s : "", .tmp = d->tmp,
                     .early = d->early, .late = d->late, .reuse = -1,
                     .nkinds = d->nkinds};
  o->kinds = arena_array0(s->arena, KindInfo, d->nkinds + 1);
  if (!d->nkinds) {
    diag_error(s->diags, d->name.loc, "E-KIND",
               "operand `%s` without a kind, wanted gpr.T, m.T...", o->name);
    return false;
  }
  for (u32 i = 0; i < d->nkinds; i++)
    if (!kind_info(s, &d->kinds[i], env, &o->kinds[i]))
      return false;
  o->is_flags = o->kinds[0].mode == OM_FLAGS;
  return true;
}

static s32 operand_named(const InstX *x, const char *name) {
  for (u32 i = 0; i < x->noperands; i++)
    if (x->operands[i].name == name)
      return (s32)i;
  return -1;
}
static s32 result_named(const InstX *x, const char *name) {
  for (u32 i = 0; i < x->nresults; i++)
    if (x->results[i].name == name)
      return (s32)i;
  return -1;
}

static bool operands(Sema *s, const Decl *d, const Env *env, InstX *x) {
  x->noperands = d->operands.n;
  x->nresults = d->results.n;
  x->operands = arena_array0(s->arena, InstOperand, x->noperands + 1);
  x->results = arena_array0(s->arena, InstOperand, x->nresults + 1);
  for (u32 i = 0; i < x->noperands; i++)
    if (!inst_operand(s, &d->operands.at[i], env, &x->operands[i]))
      return false;
  for (u32 i = 0; i < x->nresults; i++) {
    const OperandDecl *r = &d->results.at[i];
    if (!inst_operand(s, r, env, &x->results[i]))
      return false;
    if (!r->reuse.s)
      continue;
    x->results[i].reuse = operand_named(x, r->reuse.s);
    if (x->results[i].reuse < 0) {
      diag_error(s->diags, r->reuse.loc, "E-TIE", "no operand `%s` to reuse",
                 r->reuse.s);
      return false;
    }
  }
  return true;
}

static u32 aligned_bytes(const Env *env, const Expr *e) {
  const ParamArg *p = e->kind == EX_NAME ? env_find(env, e->name.s) : NULL;
  s32 t = p && p->kind == ARG_TYPE ? p->value
          : e->kind == EX_NAME     ? vtype_find(e->name.s)
                                   : -1;
  return t >= 0 ? vtype_bits[t] / 8u : 16;
}

static bool form_info(Sema *s, const Decl *d, const FormDecl *fd,
                      const Env *env, InstX *x, FormInfo *f) {
  *f = (FormInfo){.decl = fd, .name = fd->name.s};
  f->needs = arena_array(s->arena, const char *, fd->needs.n + d->needs.n + 1);
  for (u32 i = 0; i < d->needs.n; i++)
    f->needs[f->nneeds++] = d->needs.at[i].s;
  for (u32 i = 0; i < fd->needs.n; i++)
    f->needs[f->nneeds++] = fd->needs.at[i].s;
  for (u32 i = 0; i < f->nneeds; i++)
    feature_use(s, f->needs[i]);
  f->ties = arena_zero(s->arena, sizeof f->ties[0] * (fd->ties.n + 1), 8);
  for (u32 i = 0; i < fd->ties.n; i++) {
    s32 r = result_named(x, fd->ties.at[i].name.s);
    s32 o = operand_named(x, fd->ties.at[i].e->name.s);
    if (r < 0 || o < 0) {
      diag_error(s->diags, fd->ties.at[i].name.loc, "E-TIE",
                 "wanted `result = operand`");
      return false;
    }
    f->ties[f->nties].result = (u32)r;
    f->ties[f->nties++].operand = (u32)o;
  }
  f->aligned = arena_zero(s->arena, sizeof f->aligned[0] * (fd->aligned.n + 1), 8);
  for (u32 i = 0; i < fd->aligned.n; i++) {
    s32 o = operand_named(x, fd->aligned.at[i].name.s);
    if (o < 0) {
      diag_error(s->diags, fd->aligned.at[i].name.loc, "E-TIE",
                 "no operand `%s` to be aligned", fd->aligned.at[i].name.s);
      return false;
    }
    f->aligned[f->naligned].operand = (u32)o;
    f->aligned[f->naligned++].bytes = aligned_bytes(env, fd->aligned.at[i].e);
  }
  f->guards = arena_array0(s->arena, Node *, fd->encs.n + 1);
  return true;
}

static bool forms(Sema *s, const Decl *d, const Env *env, InstX *x) {
  x->forms = arena_array0(s->arena, FormInfo, d->forms.n + 1);
  for (u32 i = 0; i < d->forms.n; i++)
    if (!form_info(s, d, &d->forms.at[i], env, x, &x->forms[x->nforms++]))
      return false;
  return true;
}

static void clobbers(Sema *s, const Decl *d, InstX *x) {
  x->nclobbers = d->clobbers.n;
  x->clobbers = arena_array0(s->arena, const char *, d->clobbers.n + 1);
  for (u32 i = 0; i < d->clobbers.n; i++)
    x->clobbers[i] = fixed_text(s, d->clobbers.at[i]);
}

static void traps(Sema *s, const Decl *d, InstX *x) {
  x->traps = arena_array0(s->arena, TrapInfo, d->traps.n + 1);
  for (u32 i = 0; i < d->traps.n; i++)
    if (operand_named(x, d->traps.at[i].code.s) < 0)
      x->traps[x->ntraps++].code = d->traps.at[i].code.s;
}

static bool inst_at(Sema *s, const InstDecl *base, u32 k, InstX *x) {
  const Decl *d = base->decl;
  Env env;
  *x = (InstX){.base = base, .is_seq = d->kind == DECL_SEQ};
  params_at(base->nparams, base->params, k, x->args, &env);
  const char *dot = strchr(base->name, '.');
  x->text = param_name(s, base->name, '.', base->nparams, x->args);
  x->cname = param_name(
      s, arena_printf(s->arena, "X64_%s", dot ? dot + 1 : base->name), '_',
      base->nparams, x->args);
  x->ends = d->ends;
  x->effects_all = d->effects_all;
  x->reads = d->reads;
  x->writes = d->writes || (d->means && d->means->kind == EX_STORE);
  x->pure = d->pure;
  x->cost = d->cost;
  if (!operands(s, d, &env, x) || !forms(s, d, &env, x))
    return false;
  x->equations = arena_array0(s->arena, Node *, x->nresults + 1);
  clobbers(s, d, x);
  traps(s, d, x);
  return true;
}

static u32 declare(Sema *s) {
  u32 n = 1, decls = 0;
  for (u32 i = 0; i < s->ast->n; i++)
    decls += s->ast->at[i]->kind == DECL_INST || s->ast->at[i]->kind == DECL_SEQ;
  s->instdecls = arena_array0(s->arena, InstDecl, decls + 1);
  for (u32 i = 0; i < s->ast->n; i++) {
    const Decl *d = s->ast->at[i];
    if (d->kind != DECL_INST && d->kind != DECL_SEQ)
      continue;
    if (map_get(&s->priv->insts, d->name.s)) {
      diag_error(s->diags, d->loc, "E-DUP",
                 "instruction `%s` is declared twice", d->name.s);
      continue;
    }
    InstDecl *base = &s->instdecls[s->ninstdecls];
    *base = (InstDecl){.decl = d, .name = d->name.s, .first = n};
    if (!params_resolve(s, d, &base->nparams, base->params))
      continue;
    base->count = params_count(base->nparams, base->params);
    n += base->count;
    map_put(s->arena, &s->priv->insts, d->name.s, ++s->ninstdecls);
  }
  return n;
}

void sema_insts(Sema *s) {
  u32 n = declare(s);
  s->insts = arena_array0(s->arena, InstX, n + 1);
  s->ninsts = n;
  for (u32 i = 0; i < s->ninstdecls; i++) {
    const InstDecl *base = &s->instdecls[i];
    for (u32 k = 0; k < base->count; k++) {
      InstX *x = &s->insts[base->first + k];
      if (!inst_at(s, base, k, x)) {
        s->ninsts = 0; // errors were reported: nothing to generate from
        return;
      }
      const char *text = names_intern(s->names, x->text, strlen(x->text));
      map_put(s->arena, &s->priv->instxs, text, base->first + k + 1);
    }
  }
}
