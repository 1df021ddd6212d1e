// Machine instructions at their parameters, and the small declarations of
// lowering: data, terms, reps.
#include "rulec/sema/priv.h"

// --- operand kinds --------------------------------------------------

static u32 digits(const char *p) {
  u32 v = 0;
  for (; *p >= '0' && *p <= '9' && v < 1000; p++)
    v = v * 10 + (u32)(*p - '0');
  return *p ? 0 : v;
}

static s32 type_of_suffix(const char *name, const Env *env) {
  for (u32 i = 0; i < env->n; i++)
    if (strcmp(env->at[i].name, name) == 0)
      return env->at[i].arg.kind == ARG_TYPE    ? env->at[i].arg.value
             : env->at[i].arg.kind == ARG_SHAPE ? VT_V128
                                                : -1;
  return vtype_find(name);
}

// `imm.s32` `imm.u8` `imm.T`
static bool imm_kind(const char *n, const Env *env, KindInfo *k) {
  if (strncmp(n, "imm.", 4) != 0)
    return false;
  u32 bits = n[4] == 's' || n[4] == 'u' ? digits(n + 5) : 0;
  s32 t = bits ? -1 : type_of_suffix(n + 4, env);
  if (!bits && t < 0)
    return false;
  k->mode = OM_IMM;
  k->is_signed = bits && n[4] == 's';
  k->sort = sort_bv(bits ? bits : vtype_bits[t]);
  return true;
}

// `m.T` `m8` `m64`
static bool mem_kind(const Sema *s, const char *n, const Env *env,
                     KindInfo *k) {
  if (n[0] != 'm')
    return false;
  u32 bits = n[1] == '.' ? 0 : digits(n + 1);
  s32 t = n[1] == '.' ? type_of_suffix(n + 2, env) : -1;
  if (!bits && t < 0)
    return false;
  k->mode = OM_MEM;
  k->sort = t >= 0 ? sort_value(s, (VType)t) : sort_bv(bits);
  return true;
}

static bool other_kind(Sema *s, const KindDecl *d, const Env *env,
                       KindInfo *k) {
  static const struct {
    u8 sort, mode;
  } modes[] = {{SORT_FLAGS, OM_FLAGS},     {SORT_AMODE, OM_AMODE},
               {SORT_CODE, OM_CODE},       {SORT_TARGET, OM_TARGET},
               {SORT_TARGETS, OM_TARGETS}, {SORT_FUNC, OM_FUNC},
               {SORT_SIG, OM_SIG},         {SORT_TRAP, OM_TRAP},
               {SORT_LIBCALL, OM_LIBCALL}, {SORT_SYMBOL, OM_SYMBOL},
               {SORT_SLOT, OM_SLOT},       {SORT_LABEL, OM_LABEL},
               {SORT_MEMARG, OM_MEMARG},   {SORT_VALUES, OM_LIST},
               {SORT_BV, OM_IMM},          {SORT_GPR, OM_REG},
               {SORT_XMM, OM_REG},         {SORT_VALUE, OM_ANY}};
  if (!sort_of_kind(s, d, env, &k->sort))
    return false;
  for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++)
    if (modes[i].sort == k->sort.kind) {
      k->mode = modes[i].mode;
      return true;
    }
  diag_add(s->diags, E_TYPE, d->name.loc,
           "`%s` is no operand of an instruction", d->name.s);
  return false;
}

static bool kind_info(Sema *s, const KindDecl *d, const Env *env, KindInfo *k) {
  *k = (KindInfo){0};
  if (d->fixed) {
    Text t = {.arena = s->arena};
    ast_print_expr(&t, d->fixed);
    k->fixed = intern(s, text_str(&t));
  }
  return imm_kind(d->name.s, env, k) || mem_kind(s, d->name.s, env, k) ||
         other_kind(s, d, env, k);
}

static bool inst_operand(Sema *s, const OperandDecl *d, const Env *env,
                         InstOperand *o) {
  *o = (InstOperand){.name = d->name.s,
                     .tmp = d->tmp,
                     .early = d->early,
                     .late = d->late,
                     .reuse = -1,
                     .nkinds = d->nkinds};
  o->kinds = arena_array0(s->arena, KindInfo, d->nkinds + 1);
  if (!d->nkinds)
    diag_add(s->diags, E_OPERAND, d->name.loc, "`%s` has no kind", d->name.s);
  for (u32 i = 0; i < d->nkinds; i++)
    if (!kind_info(s, &d->kinds[i], env, &o->kinds[i]))
      return false;
  o->is_flags = d->nkinds && o->kinds[0].mode == OM_FLAGS;
  return d->nkinds > 0;
}

// Results and scratch operands are written: registers, flags, lists of them.
static void must_be_written(Sema *s, const OperandDecl *d,
                            const InstOperand *o) {
  u8 mode = o->kinds[0].mode;
  if (o->nkinds == 1 && (mode == OM_REG || (mode == OM_FLAGS && !d->tmp) ||
                         (mode == OM_LIST && !d->tmp)))
    return;
  u32 i = diag_add(
      s->diags, E_OPERAND, d->name.loc,
      d->tmp ? "`%s` is scratch, wanted one kind: gpr.T or xmm.T"
             : "`%s` is a result, wanted one kind: gpr.T, xmm.T or flags",
      d->name.s);
  diag_help(s->diags, i,
            "what is written is a register; memory is an `amode` operand");
}

// What the operand is in meanings and guards: bits as wide as its register or
// memory; as its widest immediate if it is nothing else.
static Sort operand_sort(const InstOperand *o) {
  Sort best = sort_of(SORT_NONE);
  for (u32 i = 0; i < o->nkinds; i++) {
    const KindInfo *k = &o->kinds[i];
    if (k->mode == OM_REG || k->mode == OM_MEM)
      return meaning_sort(k->sort);
    if (k->mode == OM_AMODE)
      return sort_bv(64);
    if (k->mode != OM_IMM)
      return k->sort;
    if (!best.kind || k->sort.bits > best.bits)
      best = sort_bv(k->sort.bits);
  }
  return best;
}

static s32 find_operand(const Sema *s, const InstOperand *o, u32 n,
                        const char *name) {
  (void)s;
  for (u32 i = 0; i < n; i++)
    if (o[i].name == name && *name)
      return (s32)i;
  return -1;
}

static bool inst_operands(Sema *s, const Decl *d, const Env *env, InstX *x) {
  x->noperands = d->operands.n;
  x->nresults = d->results.n;
  x->operands = arena_array0(s->arena, InstOperand, x->noperands + 1);
  x->results = arena_array0(s->arena, InstOperand, x->nresults + 1);
  x->vars = arena_array0(s->arena, Var *, x->noperands + x->nresults + 1);
  for (u32 i = 0; i < x->noperands; i++)
    if (!inst_operand(s, &d->operands.at[i], env, &x->operands[i]))
      return false;
    else if (x->operands[i].tmp)
      must_be_written(s, &d->operands.at[i], &x->operands[i]);
  for (u32 i = 0; i < x->nresults; i++) {
    const OperandDecl *r = &d->results.at[i];
    if (!inst_operand(s, r, env, &x->results[i]))
      return false;
    must_be_written(s, r, &x->results[i]);
    if (!r->reuse.s)
      continue;
    x->results[i].reuse =
        find_operand(s, x->operands, x->noperands, r->reuse.s);
    if (x->results[i].reuse < 0)
      diag_add(s->diags, E_NAME, r->reuse.loc, "`%s` is no operand",
               r->reuse.s);
  }
  for (u32 i = 0; i < x->noperands + x->nresults; i++) {
    bool result = i >= x->noperands;
    u32 k = result ? i - x->noperands : i;
    x->vars[i] = sema_operand_var(
        s, result ? &d->results.at[k] : &d->operands.at[k], i,
        operand_sort(result ? &x->results[k] : &x->operands[k]));
  }
  return true;
}

// --- forms ----------------------------------------------------------

typedef VEC(const char *) TextVec;

static void add_needs(Sema *s, TextVec *v, const NameList *l) {
  for (u32 i = 0; i < l->n; i++) {
    feature_use(s, l->at[i].s);
    if (!feature_known(l->at[i].s))
      diag_add(s->diags, E_FEATURE, l->at[i].loc,
               "unknown feature `%s` (back/x64/cpu.h has their names)",
               l->at[i].s);
    vec_push(s->arena, v, l->at[i].s);
  }
}

static void form_ties(Sema *s, const InstX *x, FormInfo *f) {
  f->nties = f->decl->ties.n;
  f->ties = arena_alloc(s->arena, sizeof *f->ties * (f->nties + 1), 4);
  for (u32 i = 0; i < f->nties; i++) {
    const Field *t = &f->decl->ties.at[i];
    s32 r = find_operand(s, x->results, x->nresults, t->name.s);
    s32 o = find_operand(s, x->operands, x->noperands, t->e->name.s);
    if (r < 0 || o < 0)
      diag_add(s->diags, E_NAME, t->name.loc, "wanted `result = operand`");
    f->ties[i].result = r < 0 ? 0 : (u32)r;
    f->ties[i].operand = o < 0 ? 0 : (u32)o;
  }
}

static void form_aligned(Sema *s, const InstX *x, const Env *env, FormInfo *f) {
  f->naligned = f->decl->aligned.n;
  f->aligned = arena_alloc(s->arena, sizeof *f->aligned * (f->naligned + 1), 4);
  for (u32 i = 0; i < f->naligned; i++) {
    const Field *a = &f->decl->aligned.at[i];
    s32 o = find_operand(s, x->operands, x->noperands, a->name.s);
    s32 t = a->e->kind == EX_NAME ? type_of_suffix(a->e->name.s, env) : -1;
    if (o < 0 || t < 0)
      diag_add(s->diags, E_NAME, a->name.loc, "wanted `operand aligned(TYPE)`");
    f->aligned[i].operand = o < 0 ? 0 : (u32)o;
    f->aligned[i].bytes = t < 0 ? 1 : vtype_bits[t] / 8u;
  }
}

static void inst_scope(const InstX *x, Scope *scopes, Typer *t) {
  for (u32 i = 0; i < x->noperands + x->nresults; i++) {
    scopes[i] =
        (Scope){.up = t->scope, .name = x->vars[i]->name, .var = x->vars[i]};
    t->scope = &scopes[i];
  }
}

static void form_guards(Typer *t, FormInfo *f) {
  const EncList *l = &f->decl->encs;
  f->guards = arena_array0(t->s->arena, Node *, l->n + 1);
  for (u32 i = 0; i < l->n; i++) {
    if (l->at[i].guard)
      f->guards[i] = type_as(t, l->at[i].guard, sort_of(SORT_BOOL));
    t->failed = false;
  }
}

static void inst_forms(Typer *t, const Decl *d, InstX *x) {
  Sema *s = t->s;
  TextVec all = {0};
  add_needs(s, &all, &d->needs);
  x->nneeds = all.n;
  x->needs = all.at;
  x->nforms = d->forms.n;
  x->forms = arena_array0(s->arena, FormInfo, d->forms.n + 1);
  for (u32 i = 0; i < d->forms.n; i++) {
    FormInfo *f = &x->forms[i];
    f->decl = &d->forms.at[i];
    f->name = f->decl->name.s;
    TextVec needs = {0};
    add_needs(s, &needs, &d->needs);
    add_needs(s, &needs, &f->decl->needs);
    f->nneeds = needs.n;
    f->needs = needs.at;
    form_ties(s, x, f);
    form_aligned(s, x, t->env, f);
    form_guards(t, f);
  }
}

// --- meanings -------------------------------------------------------

static bool is_extern(const Expr *e) {
  return e->kind == EX_NAME && strcmp(e->name.s, "extern") == 0;
}

static bool mentions_memory(const Expr *e) {
  if (e->kind == EX_MEM)
    return true;
  for (u32 i = 0; i < e->kids.n; i++)
    if (mentions_memory(e->kids.at[i]))
      return true;
  return false;
}

static void inst_equations(Typer *t, const Decl *d, InstX *x) {
  x->equations = arena_array0(t->s->arena, Node *, x->nresults + 1);
  for (u32 i = 0; i < d->equations.n; i++) {
    const Field *f = &d->equations.at[i];
    s32 r = find_operand(t->s, x->results, x->nresults, f->name.s);
    if (r < 0) {
      diag_add(t->s->diags, E_NAME, f->name.loc, "`%s` is no result",
               f->name.s);
      continue;
    }
    x->reads = x->reads || mentions_memory(f->e);
    Sort sort = x->vars[x->noperands + (u32)r]->sort;
    t->failed = false;
    x->equations[r] = f->e->kind == EX_ANY
                          ? node_new(t->s, N_UNSPEC, sort, f->e)
                      : is_extern(f->e) ? node_new(t->s, N_EXTERN, sort, f->e)
                                        : type_as(t, f->e, sort);
    t->failed = false;
  }
}

static void inst_effect(Typer *t, const Decl *d, InstX *x) {
  const Expr *e = d->means;
  if (!e)
    return;
  // Contracts in terms of ops are for the prover: rules may be read without
  // them.
  t->quiet = d->kind == DECL_SEQ || e->kind == EX_CALL;
  if (d->kind == DECL_SEQ) {
    x->means = type_expr(t, e, sort_of(SORT_NONE));
    t->quiet = t->failed = false;
    return;
  }
  x->writes = e->kind == EX_STORE;
  x->reads =
      x->reads || (e->kind == EX_STORE && mentions_memory(e->kids.at[1]));
  x->effect = is_extern(e) ? node_new(t->s, N_EXTERN, sort_of(SORT_NONE), e)
                           : type_expr(t, e, sort_of(SORT_NONE));
  t->quiet = t->failed = false;
}

static void inst_traps(Typer *t, const Decl *d, InstX *x) {
  x->ntraps = d->traps.n;
  x->traps = arena_array0(t->s->arena, TrapInfo, d->traps.n + 1);
  for (u32 i = 0; i < d->traps.n; i++) {
    const TrapDecl *td = &d->traps.at[i];
    s32 o = find_operand(t->s, x->operands, x->noperands, td->code.s);
    if (o >= 0)
      x->traps[i].var = x->vars[o];
    else
      x->traps[i].code = td->code.s;
    x->traps[i].cond =
        td->cond ? type_as(t, td->cond, sort_of(SORT_BOOL)) : NULL;
    t->failed = false;
  }
}

static void inst_clobbers(Sema *s, const Decl *d, InstX *x) {
  x->nclobbers = d->clobbers.n;
  x->clobbers = arena_array(s->arena, const char *, d->clobbers.n + 1);
  for (u32 i = 0; i < d->clobbers.n; i++) {
    Text t = {.arena = s->arena};
    ast_print_expr(&t, d->clobbers.at[i]);
    x->clobbers[i] = intern(s, text_str(&t));
  }
}

// --- expansion ------------------------------------------------------

// "x64.add.i32" -> "X64_add_i32"
static const char *inst_cname(Sema *s, const InstDecl *base,
                              const ParamArg *args) {
  const char *dot = strchr(base->name, '.');
  char *head = arena_printf(s->arena, "%s", base->name);
  for (char *p = head; *p && (!dot || p < head + (dot - base->name)); p++)
    if (*p >= 'a' && *p <= 'z')
      *p = (char)(*p - 'a' + 'A');
  return param_name(s, head, '_', base->nparams, args);
}

static bool inst_at(Sema *s, const InstDecl *base, u32 k, InstX *x) {
  const Decl *d = base->decl;
  Env env;
  Scope scopes[64];
  *x = (InstX){.base = base,
               .ends = d->ends,
               .effects_all = d->effects_all,
               .pure = d->pure,
               .cost = d->cost,
               .mnemonic = d->mnemonic,
               .is_seq = d->kind == DECL_SEQ};
  params_at(base->nparams, base->params, k, x->args, &env);
  x->text = param_name(s, base->name, '.', base->nparams, x->args);
  x->cname = inst_cname(s, base, x->args);
  if (d->operands.n + d->results.n > 64) {
    diag_add(s->diags, E_SIZE, d->loc, "more than 64 operands and results");
    return false;
  }
  if (!inst_operands(s, d, &env, x))
    return false;
  u32 nvars = x->noperands + x->nresults;
  Typer t = {.s = s, .env = &env, .nvars = &nvars};
  inst_scope(x, scopes, &t);
  inst_forms(&t, d, x);
  inst_equations(&t, d, x);
  inst_effect(&t, d, x);
  inst_traps(&t, d, x);
  sema_inst_results(s, x);
  inst_clobbers(s, d, x);
  return true;
}

static u32 count_insts(Sema *s) {
  u32 n = 1;
  s->instdecls =
      arena_array0(s->arena, InstDecl,
                   sema_count(s, DECL_INST) + sema_count(s, DECL_SEQ) + 1);
  for (u32 i = 0; i < s->ast->n; i++) {
    const Decl *d = s->ast->at[i];
    if (d->kind != DECL_INST && d->kind != DECL_SEQ)
      continue;
    if (!sema_first(s, &s->priv->insts, d, s->ninstdecls + 1))
      continue;
    InstDecl *base = &s->instdecls[s->ninstdecls++];
    *base = (InstDecl){.decl = d, .name = d->name.s, .first = n};
    if (!params_resolve(s, d, &base->nparams, base->params))
      continue;
    if (!strchr(base->name, '.')) {
      diag_add(s->diags, E_NAME, d->loc,
               "wanted the machine's name before a dot: "
               "x64.%s",
               base->name);
      continue;
    }
    base->count = params_count(base->nparams, base->params);
    n += base->count;
  }
  return n;
}

void sema_insts(Sema *s) {
  u32 n = count_insts(s);
  s->insts = arena_array0(s->arena, InstX, n);
  s->insts[0].text = s->insts[0].cname = "none";
  s->ninsts = n;
  for (u32 i = 0; i < s->ninstdecls; i++) {
    InstDecl *base = &s->instdecls[i];
    bool sound = true;
    for (u32 k = 0; k < base->count && sound; k++) {
      InstX *x = &s->insts[base->first + k];
      sound = inst_at(s, base, k, x);
      map_put(s->arena, &s->priv->instxs, x->text, base->first + k + 1);
    }
    base->unsound = !sound || !base->count;
    for (u32 k = 0; k < base->count && !sound; k++)
      s->insts[base->first + k] =
          (InstX){.base = base, .text = base->name, .cname = base->name};
  }
}
