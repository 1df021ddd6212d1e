// The meanings of ops at their parameters: operands are bit vectors as wide as
// their type, `let` before, traps in order, then the result.
#include "rulec/sema/priv.h"

Sort meaning_sort(Sort s) {
  bool value = s.kind == SORT_VALUE || s.kind == SORT_GPR || s.kind == SORT_XMM;
  return value && s.bits ? sort_bv(s.bits) : s;
}

static void op_vars(Typer *t, OpInst *op, Scope *scopes) {
  op->nvars = op->noperands;
  op->vars = arena_array(t->s->arena, Var *, op->nvars + 1);
  for (u32 i = 0; i < op->nvars; i++) {
    const OperandInfo *o = &op->operands[i];
    Loc loc = op->base->decl->operands.at[i].name.loc;
    op->vars[i] = var_new(t, VAR_ARG, o->name, meaning_sort(o->sort), loc);
    scopes[i] = (Scope){.up = t->scope, .name = o->name, .var = op->vars[i]};
    t->scope = &scopes[i];
  }
}

static void op_lets(Typer *t, OpInst *op, Scope *scopes) {
  const LetList *l = &op->base->decl->lets;
  op->lets = arena_array(t->s->arena, LetInfo, l->n + 1);
  for (u32 i = 0; i < l->n; i++) {
    Node *e = type_expr(t, l->at[i].e, sort_of(SORT_NONE));
    if (!e)
      return;
    Var *v =
        var_new(t, VAR_LET_IMM, l->at[i].name.s, e->sort, l->at[i].name.loc);
    op->lets[op->nlets++] = (LetInfo){v, e};
    scopes[i] = (Scope){.up = t->scope, .name = v->name, .var = v};
    t->scope = &scopes[i];
  }
}

static Var *trap_operand(const OpInst *op, const char *name) {
  for (u32 i = 0; i < op->nvars; i++)
    if (op->vars[i]->name == name && op->vars[i]->sort.kind == SORT_TRAP)
      return op->vars[i];
  return NULL;
}

static void op_traps(Typer *t, OpInst *op) {
  const TrapList *l = &op->base->decl->traps;
  op->traps = arena_array0(t->s->arena, TrapInfo, l->n + 1);
  for (u32 i = 0; i < l->n; i++) {
    TrapInfo *x = &op->traps[op->ntraps];
    x->var = trap_operand(op, l->at[i].code.s);
    x->code = x->var ? NULL : l->at[i].code.s;
    if (l->at[i].cond)
      x->cond = type_as(t, l->at[i].cond, sort_of(SORT_BOOL));
    if (t->failed)
      return;
    op->ntraps++;
  }
}

static bool is_extern(const Expr *e) {
  return e->kind == EX_NAME && strcmp(e->name.s, "extern") == 0;
}

static void op_meaning(Typer *t, OpInst *op) {
  const Expr *e = op->base->decl->means;
  if (!e)
    return;
  if (is_extern(e)) {
    op->meaning = node_new(t->s, N_EXTERN, sort_of(SORT_NONE), e);
    return;
  }
  bool control =
      e->kind == EX_STORE || e->kind == EX_GOTO || e->kind == EX_RETURN;
  op->meaning = control || op->type == VT_NONE
                    ? type_expr(t, e, sort_of(SORT_NONE))
                    : type_as(t, e, sort_bv(t->s->bits[op->type]));
}

static void op_type(Sema *s, OpInst *op) {
  Scope scopes[32];
  Env env = {0};
  u32 nvars = 0;
  for (u32 i = 0; i < op->base->nparams; i++)
    env_put(&env, op->base->params[i].name, op->args[i]);
  Typer t = {.s = s, .env = &env, .nvars = &nvars};
  const Decl *d = op->base->decl;
  if (op->noperands + d->lets.n > 32) {
    diag_add(s->diags, E_SIZE, d->loc, "more than 32 operands and lets");
    return;
  }
  op_vars(&t, op, scopes);
  op_lets(&t, op, scopes + op->noperands);
  op_traps(&t, op);
  if (!t.failed && d->pure_when)
    op->pure_when = type_as(&t, d->pure_when, sort_of(SORT_BOOL));
  if (!t.failed)
    op_meaning(&t, op);
  if (!t.failed)
    sema_op_facts(s, op, &env, &nvars);
}

void sema_meanings(Sema *s) {
  for (u32 i = 1; i < s->nops; i++)
    if (s->ops[i].base && !s->ops[i].base->unsound)
      op_type(s, &s->ops[i]);
}
