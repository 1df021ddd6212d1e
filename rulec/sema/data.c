// The small declarations of lowering: data, terms, reps, and their contracts.
#include "rulec/sema/priv.h"

// --- data, terms, reps ----------------------------------------------

u32 sema_count(const Sema *s, DeclKind k) {
  u32 n = 0;
  for (u32 i = 0; i < s->ast->n; i++)
    n += s->ast->at[i]->kind == k;
  return n;
}

bool sema_first(Sema *s, NameMap *m, const Decl *d, u32 value) {
  if (map_get(m, d->name.s)) {
    sema_twice(s, d, arena_printf(s->arena, "%s ", decl_words[d->kind]));
    return false;
  }
  map_put(s->arena, m, d->name.s, value);
  return true;
}

Var *sema_operand_var(Sema *s, const OperandDecl *o, u32 index, Sort sort) {
  Var *v = arena_new(s->arena, Var);
  *v = (Var){.kind = VAR_ARG,
             .name = o->name.s,
             .index = index,
             .sort = sort,
             .loc = o->name.loc};
  return v;
}

static Var **sorted_operands(Sema *s, const OperandList *l) {
  Var **vars = arena_array0(s->arena, Var *, l->n + 1);
  Env none = {0};
  for (u32 i = 0; i < l->n; i++) {
    const OperandDecl *o = &l->at[i];
    Sort sort = sort_of(SORT_NONE);
    if (!o->nkinds)
      diag_add(s->diags, E_OPERAND, o->name.loc, "`%s` has no type", o->name.s);
    else
      sort_of_kind(s, &o->kinds[0], &none, &sort);
    vars[i] = sema_operand_var(s, o, i, sort);
  }
  return vars;
}

static void data_ctors(Sema *s, DataInfo *x, u32 index) {
  const Decl *d = x->decl;
  x->nctors = d->nctors;
  x->ctors = arena_array0(s->arena, CtorInfo, d->nctors + 1);
  for (u32 i = 0; i < d->nctors; i++) {
    const Ctor *c = &d->ctors[i];
    x->ctors[i].name = c->name.s;
    x->ctors[i].nfields = c->fields.n;
    if (map_get(&s->priv->ctors, c->name.s))
      diag_add(s->diags, E_DUP, c->name.loc,
               "constructor `%s` is declared twice", c->name.s);
    map_put(s->arena, &s->priv->ctors, c->name.s, (index << 8 | i) + 1);
  }
}

static void add_rep(Sema *s, const Decl *d) {
  s32 t = vtype_find(d->name.s);
  bool gpr = strcmp(d->cls.s, "gpr") == 0, xmm = strcmp(d->cls.s, "xmm") == 0;
  if (t < 0 || (!gpr && !xmm)) {
    diag_add(s->diags, E_TYPE, d->loc, "wanted `rep TYPE in gpr` or `in xmm`");
    return;
  }
  s->reps[s->nreps++] = (RepInfo){
      .type = (u8)t, .cls = xmm, .low = (u16)d->low, .rest = d->rest.s};
}

void sema_datas(Sema *s) {
  s->datas = arena_array0(s->arena, DataInfo, sema_count(s, DECL_DATA) + 1);
  s->terms = arena_array0(s->arena, TermInfo, sema_count(s, DECL_TERM) + 1);
  s->reps = arena_array0(s->arena, RepInfo, sema_count(s, DECL_REP) + 1);
  for (u32 i = 0; i < s->ast->n; i++) {
    const Decl *d = s->ast->at[i];
    if (d->kind == DECL_REP)
      add_rep(s, d);
    if (d->kind == DECL_DATA &&
        sema_first(s, &s->priv->datas, d, s->ndatas + 1)) {
      s->datas[s->ndatas] = (DataInfo){.decl = d, .name = d->name.s};
      data_ctors(s, &s->datas[s->ndatas], s->ndatas);
      s->ndatas++;
    }
    if (d->kind == DECL_TERM &&
        sema_first(s, &s->priv->terms, d, s->nterms + 1))
      s->terms[s->nterms++] = (TermInfo){.decl = d, .name = d->name.s};
  }
  Env none = {0};
  for (u32 i = 0; i < s->ndatas; i++)
    for (u32 k = 0; k < s->datas[i].nctors; k++)
      s->datas[i].ctors[k].fields =
          sorted_operands(s, &s->datas[i].decl->ctors[k].fields);
  for (u32 i = 0; i < s->nterms; i++) {
    TermInfo *t = &s->terms[i];
    t->nargs = t->decl->operands.n;
    t->args = sorted_operands(s, &t->decl->operands);
    if (t->decl->results.n && t->decl->results.at[0].nkinds)
      sort_of_kind(s, &t->decl->results.at[0].kinds[0], &none, &t->result);
  }
}

// --- contracts ------------------------------------------------------

// A value of a `data` is in a contract what its constructors mean.
static Sort data_meaning(const Sema *s, Sort data) {
  const DataInfo *d = &s->datas[data.decl];
  return d->nctors && d->ctors[0].means ? d->ctors[0].means->sort : data;
}

static Var **meaning_vars(Sema *s, Var **vars, u32 n) {
  Var **out = arena_array0(s->arena, Var *, n + 1);
  for (u32 i = 0; i < n; i++) {
    out[i] = arena_new(s->arena, Var);
    *out[i] = *vars[i];
    out[i]->sort = meaning_sort(out[i]->sort);
    if (out[i]->sort.kind == SORT_DATA)
      out[i]->sort = data_meaning(s, out[i]->sort);
  }
  return out;
}

static Node *contract(Sema *s, Var **vars, u32 n, const Expr *means,
                      Sort want) {
  Scope scopes[32];
  Env env = {0};
  u32 nvars = n;
  Typer t = {.s = s, .env = &env, .nvars = &nvars};
  if (!means || n > 32)
    return NULL;
  for (u32 i = 0; i < n; i++) {
    scopes[i] = (Scope){.up = t.scope, .name = vars[i]->name, .var = vars[i]};
    t.scope = &scopes[i];
  }
  return want.kind == SORT_NONE ? type_expr(&t, means, want)
                                : type_as(&t, means, want);
}

// Of a code whose operands have kinds: `cc (f: flags)`.
static void code_preds(Sema *s, CodeInfo *c) {
  const OperandList *l = &c->decl->operands;
  Env none = {0};
  for (u32 i = 0; i < l->n; i++)
    if (!l->at[i].nkinds)
      return;
  if (!l->n)
    return;
  c->pvars = arena_array0(s->arena, Var *, l->n + 1);
  for (u32 i = 0; i < l->n; i++) {
    Sort sort = sort_of(SORT_NONE);
    sort_of_kind(s, &l->at[i].kinds[0], &none, &sort);
    c->pvars[i] = sema_operand_var(s, &l->at[i], i, meaning_sort(sort));
  }
  c->preds = arena_array0(s->arena, Node *, c->nmembers + 1);
  for (u32 i = 0; i < c->nmembers; i++)
    if (c->decl->members[i].pred)
      c->preds[i] = contract(s, c->pvars, l->n, c->decl->members[i].pred,
                             sort_of(SORT_BOOL));
}

// Only the prover reads them: what they cannot say yet is left out.
void sema_means(Sema *s) {
  const Sort none = sort_of(SORT_NONE);
  for (u32 i = 0; i < s->ndatas; i++)
    for (u32 k = 0; k < s->datas[i].nctors; k++) {
      CtorInfo *c = &s->datas[i].ctors[k];
      c->mvars = meaning_vars(s, c->fields, c->nfields);
      c->means = contract(s, c->mvars, c->nfields,
                          s->datas[i].decl->ctors[k].means, none);
    }
  for (u32 i = 0; i < s->nterms; i++) {
    TermInfo *t = &s->terms[i];
    t->mvars = meaning_vars(s, t->args, t->nargs);
    t->means = contract(s, t->mvars, t->nargs, t->decl->means, none);
  }
  for (u32 i = 0; i < s->ncodes; i++)
    code_preds(s, &s->codes[i]);
}
