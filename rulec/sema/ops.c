// Ops at their parameters: opcodes, row-major over the parameters in declared
// order, with operands, fields, flags and symmetry. Meanings come later.
#include "rulec/sema/priv.h"

static u16 op_flags(const Decl *d) {
  return (u16)((d->pure ? OF_PURE : 0) | (d->traps.n ? OF_TRAPS : 0) |
               (d->reads ? OF_READS : 0) | (d->writes ? OF_WRITES : 0) |
               (d->effects_all ? OF_CALL : 0) | (d->ends ? OF_ENDS : 0) |
               (d->floats ? OF_FLOATS : 0) | (d->pure_when ? OF_PURE_IF : 0) |
               (d->sym ? OF_COMMUTES : 0));
}

// --- operands and their fields --------------------------------------

// Constants keep their number in b:c and nothing else.
static void fields_of_constant(OpInst *op) {
  for (u32 i = 0; i < op->noperands; i++) {
    OperandInfo *o = &op->operands[i];
    o->is_value = false;
    if (o->sort.kind == SORT_VALUE)
      o->sort = sort_bv(o->sort.bits);
    bool wide = o->sort.bits > 64; // by its index in Func.vecs
    o->where = o->sort.kind != SORT_BV ? (u8)i : wide ? 1 : 3;
  }
}

// Values take a, b, c in order, a list c; immediates what is left in order,
// then the word before a list, then n.
static void fields_of_operands(OpInst *op) {
  bool used[6] = {0};
  u8 next = 0;
  for (u32 i = 0; i < op->noperands; i++) {
    OperandInfo *o = &op->operands[i];
    if (!o->is_value)
      continue;
    o->where = o->sort.kind == SORT_VALUES ? 2 : next++;
    if (o->where < 3)
      used[o->where] = true;
    if (o->sort.kind == SORT_VALUES)
      op->flags |= OF_LIST;
  }
  for (u32 i = 0; i < op->noperands; i++) {
    OperandInfo *o = &op->operands[i];
    if (o->is_value)
      continue;
    static const u8 order[] = {0, 1, 2, 5, 4};
    for (u32 k = 0; k < 5; k++) {
      o->where = order[k];
      if (!used[order[k]] && (order[k] != 5 || (op->flags & OF_LIST)))
        break;
    }
    used[o->where] = true;
  }
}

static bool op_operand(Sema *s, const OperandDecl *d, const Env *env,
                       OperandInfo *o) {
  o->name = d->name.s;
  if (d->nkinds != 1) {
    diag_add(s->diags, E_OPERAND, d->name.loc,
             "`%s` has no type, wanted `%s: T`", d->name.s, d->name.s);
    return false;
  }
  if (!sort_of_kind(s, &d->kinds[0], env, &o->sort))
    return false;
  o->is_value = o->sort.kind == SORT_VALUE || o->sort.kind == SORT_VALUES;
  return true;
}

static bool op_operands(Sema *s, const Decl *d, const Env *env, OpInst *op) {
  op->noperands = d->operands.n;
  op->operands = arena_array0(s->arena, OperandInfo, d->operands.n + 1);
  for (u32 i = 0; i < d->operands.n; i++)
    if (!op_operand(s, &d->operands.at[i], env, &op->operands[i]))
      return false;
  if (d->floats)
    fields_of_constant(op);
  else
    fields_of_operands(op);
  u32 values = 0;
  for (u32 i = 0; i < op->noperands; i++) {
    const OperandInfo *o = &op->operands[i];
    values += o->is_value && o->sort.kind == SORT_VALUE;
    op->nimms = (u8)(op->nimms + !o->is_value);
  }
  op->nvals = (u8)values;
  if (values <= 3 && op->nimms <= 3)
    return true;
  diag_add(s->diags, E_OPERAND, d->loc,
           "an instruction has room for three values and three immediates");
  return false;
}

static bool op_result(Sema *s, const Decl *d, const Env *env, OpInst *op) {
  if (d->results.n > 1) {
    diag_add(s->diags, E_OPERAND, d->loc, "an op has one result at most");
    return false;
  }
  Sort sort;
  if (!d->results.n || d->results.at[0].nkinds != 1)
    return true;
  if (!sort_of_kind(s, &d->results.at[0].kinds[0], env, &sort))
    return false;
  if (sort.kind == SORT_VALUE)
    op->type = sort.type;
  if (sort.kind == SORT_VALUE || sort.kind == SORT_VALUES)
    return true;
  diag_add(s->diags, E_TYPE, d->loc, "the result of an op is a value");
  return false;
}

// --- expansion ------------------------------------------------------

static bool op_at(Sema *s, OpDecl *base, u32 k, OpInst *op) {
  const Decl *d = base->decl;
  Env env;
  *op = (OpInst){.base = base, .base_index = (u32)(base - s->opdecls)};
  params_at(base->nparams, base->params, k, op->args, &env);
  op->text = param_name(s, base->name, '.', base->nparams, op->args);
  op->cname = param_name(s, arena_printf(s->arena, "OP_%s", base->name), '_',
                         base->nparams, op->args);
  op->flags = op_flags(d);
  op->cost = (u16)d->cost;
  return op_operands(s, d, &env, op) && op_result(s, d, &env, op);
}

static u32 count_opcodes(Sema *s) {
  u32 n = 1, decls = 0;
  for (u32 i = 0; i < s->ast->n; i++)
    decls += s->ast->at[i]->kind == DECL_OP;
  s->opdecls = arena_array0(s->arena, OpDecl, decls + 1);
  for (u32 i = 0; i < s->ast->n; i++) {
    const Decl *d = s->ast->at[i];
    if (d->kind != DECL_OP)
      continue;
    if (map_get(&s->priv->ops, d->name.s)) {
      sema_twice(s, d, "op ");
      continue;
    }
    OpDecl *base = &s->opdecls[s->nopdecls];
    *base = (OpDecl){.decl = d, .name = d->name.s};
    if (!params_resolve(s, d, &base->nparams, base->params))
      continue;
    base->first = n;
    base->count = params_count(base->nparams, base->params);
    n += base->count;
    map_put(s->arena, &s->priv->ops, d->name.s, ++s->nopdecls);
  }
  return n;
}

// Overrides: `cost imul.i64 4` names an opcode, or an op at all parameters.
static void override_cost(Sema *s, const Decl *d) {
  const char *rest = "";
  u32 one = map_get(&s->priv->opcodes, d->name.s);
  u32 base = prefix_find(s, &s->priv->ops, d->name.s, &rest);
  if (one) {
    s->ops[one - 1].cost = (u16)d->cost;
    return;
  }
  if (!base || *rest) {
    diag_add(s->diags, E_NAME, d->loc, "unknown op `%s`", d->name.s);
    return;
  }
  const OpDecl *o = &s->opdecls[base - 1];
  for (u32 i = 0; i < o->count; i++)
    s->ops[o->first + i].cost = (u16)d->cost;
}

// --- symmetry -------------------------------------------------------

static bool sym_arg(const Sema *s, const OpInst *op, const HeadParam *h,
                    ParamArg *out) {
  const Expr *arg = h->arg;
  const char *name =
      arg ? (arg->kind == EX_NAME ? arg->name.s : "") : h->name.s;
  const ParamArg *p = NULL;
  for (u32 i = 0; i < op->base->nparams; i++)
    if (op->base->params[i].name == name)
      p = &op->args[i];
  if (!p)
    return false;
  *out = *p;
  if (!arg)
    return true;
  const CodeInfo *c = p->kind == ARG_CODE ? &s->codes[p->code] : NULL;
  const s32 *map = !c                               ? NULL
                   : strcmp(h->name.s, "swap") == 0 ? c->swap
                                                    : c->invert;
  if (!map || map[p->value] < 0)
    return false;
  out->value = (u8)map[p->value];
  return true;
}

static u32 opcode_of(const OpDecl *base, const ParamArg *args) {
  u32 k = 0;
  for (u32 i = 0; i < base->nparams; i++) {
    const ParamInfo *p = &base->params[i];
    u32 j = 0;
    while (j < p->n && !param_arg_equal(p->at[j], args[i]))
      j++;
    if (j == p->n)
      return 0;
    k = k * p->n + j;
  }
  return base->first + k;
}

// `sym (icmp.swap(C) y x)`: the same op, its parameters mapped from the left,
// its operands each once.
static bool sym_resolve(Sema *s, OpInst *op) {
  const Expr *e = op->base->decl->sym;
  if (e->kind != EX_TERM || e->name.s != op->base->name ||
      e->kids.n != op->noperands || e->nparams > op->base->nparams)
    return false;
  ParamArg args[MAX_PARAMS];
  memcpy(args, op->args, sizeof args);
  for (u32 i = 0; i < e->nparams; i++)
    if (!sym_arg(s, op, &e->params[i], &args[i]))
      return false;
  u32 seen = 0;
  for (u32 i = 0; i < e->kids.n && i < 4; i++) {
    const Expr *x = e->kids.at[i];
    u32 k = 0;
    while (k < op->noperands &&
           (x->kind != EX_NAME || op->operands[k].name != x->name.s))
      k++;
    op->sym_perm[i] = (u8)k;
    seen |= 1u << k;
  }
  op->sym_op = opcode_of(op->base, args);
  return op->noperands <= 4 && seen == (1u << op->noperands) - 1;
}

static void sym_all(Sema *s) {
  for (u32 i = 1; i < s->nops; i++) {
    OpInst *op = &s->ops[i];
    const Expr *e = op->base->decl->sym;
    if (!e || op->base->unsound || sym_resolve(s, op))
      continue;
    op->sym_op = 0;
    diag_add(s->diags, E_SYM, e->loc,
             "not an involution of op %s, wanted the op itself with its "
             "operands exchanged, as in `sym (iadd y x)`",
             op->base->name);
  }
}

void sema_ops(Sema *s) {
  u32 n = count_opcodes(s);
  if (n > 60000) {
    diag_add(s->diags, E_RANGE, s->opdecls[0].decl->loc,
             "more than 60000 opcodes");
    return;
  }
  s->ops = arena_array0(s->arena, OpInst, n);
  s->nops = 1;
  s->ops[0].text = s->ops[0].cname = "none";
  for (u32 i = 0; i < s->nopdecls; i++) {
    OpDecl *base = &s->opdecls[i];
    bool sound = true;
    for (u32 k = 0; k < base->count && sound; k++) {
      OpInst *op = &s->ops[base->first + k];
      sound = op_at(s, base, k, op);
      map_put(s->arena, &s->priv->opcodes, op->text, base->first + k + 1);
    }
    base->unsound = !sound;
    for (u32 k = 0; k < base->count && !sound; k++)
      s->ops[base->first + k] =
          (OpInst){.base = base, .text = base->name, .cname = base->name};
    s->nops = base->first + base->count;
  }
  sym_all(s);
  for (u32 i = 0; i < s->ast->n; i++)
    if (s->ast->at[i]->kind == DECL_COST)
      override_cost(s, s->ast->at[i]);
}
