// Types the terms of right sides: parameters left out follow from the result
// wanted and from the operands.
#include "rulec/sema/rule.h"

static Node *op_node(RuleTyper *r, const OpInst *op, const Expr *e) {
  Node *n = node_new(
      r->s, N_OP,
      op->type ? sort_value(r->s, (VType)op->type) : sort_of(SORT_NONE), e);
  n->op = (u32)(op - r->s->ops);
  return n;
}

// The constant op of a type.
static Node *constant(RuleTyper *r, Node *num, VType type, const Expr *e) {
  u32 op = sema_const_op(r->s, type);
  if (!op)
    return rule_error(r, e->loc, E_TYPE,
                      "no constant of type %s: no op with `floats` gives one",
                      vtype_names[type]);
  Node *n = op_node(r, &r->s->ops[op], e);
  if (type == VT_REF && num->num)
    return rule_error(r, e->loc, E_TYPE, "the only constant reference is 0");
  return type == VT_REF ? n : node_kids(r->s, n, 1, num);
}

static Node *literal(RuleTyper *r, const Expr *e, Sort want) {
  if (want.kind != SORT_VALUE || !want.type)
    return rule_error(r, e->loc, E_TYPE,
                      "the type of this constant does not follow, "
                      "wanted (iconst.T ..)");
  if (is_int_for_float(e, want))
    return rule_error(r, e->loc, E_TYPE,
                      "a whole number for an %s, wanted 1.0 or (fconst bits)",
                      vtype_names[want.type]);
  Node *n = type_as(&r->t, e, sort_bv(want.bits));
  return n ? constant(r, n, (VType)want.type, e) : NULL;
}

// A value of one width where another is wanted.
static void help_convert(RuleTyper *r, u32 from, Sort want) {
  if (want.kind != SORT_VALUE)
    return;
  if (from == VT_I32 && want.type == VT_I64)
    rule_help(r, "(uextend ..) or (sextend ..) makes an i64 of it");
  if (from == VT_I64 && want.type == VT_I32)
    rule_help(r, "(ireduce ..) makes an i32 of it");
}

// An op that gives one type whatever it takes: comparisons, conversions.
static void help_result(RuleTyper *r, const Expr *e, const OpDecl *op,
                        Sort want) {
  u32 type = r->s->ops[op->first].type;
  for (u32 i = 0; i < op->count; i++)
    if (r->s->ops[op->first + i].type != type)
      return;
  if (!type || want.kind != SORT_VALUE || want.type == type)
    return;
  bool same = false; // takes operands of what is wanted
  for (u32 i = 0; op->count > 1 && i < op->count; i++)
    for (u32 k = 0; k < r->s->ops[op->first + i].noperands; k++)
      same |= r->s->ops[op->first + i].operands[k].sort.type == want.type;
  const char *cast = type == VT_I32 && want.type == VT_I64   ? "uextend"
                     : type == VT_I64 && want.type == VT_I32 ? "ireduce"
                                                             : NULL;
  const char *fix =
      cast ? arena_printf(r->s->arena, "write (%s (%s ..))", cast, e->name.s)
           : "another op has to stand here";
  rule_help(r, "%s gives %s%s: %s", op->name, vtype_names[type],
            same ? " whatever the type of its operands" : "", fix);
}

static Node *variable(RuleTyper *r, const Expr *e, Sort want) {
  Var *v = rule_find_var(r, e->name.s);
  if (!v)
    return rule_error(r, e->loc, E_NAME, "`%s` is not bound", e->name.s);
  if (v->sort.kind != SORT_VALUE && v->sort.kind != SORT_VALUES)
    return rule_error(r, e->loc, E_TYPE,
                      "`%s` is an immediate, wanted a value: "
                      "(iconst %s)",
                      v->name, v->name);
  if (want.kind == v->sort.kind && (!want.type || want.type == v->sort.type))
    return node_var(r->s, v, e);
  rule_error(r, e->loc, E_TYPE, "`%s` is of type %s, wanted %s", v->name,
             vtype_names[v->sort.type],
             want.kind == SORT_VALUE ? vtype_names[want.type] : "another kind");
  help_convert(r, v->sort.type, want);
  return NULL;
}

// --- which opcode ---------------------------------------------------

static u32 candidates(RuleTyper *r, const Expr *e, const Head *h, u32 type,
                      u32 *found);

// The type of a term if it follows from itself, else VT_NONE.
static u32 own_type(RuleTyper *r, const Expr *e) {
  if (e->kind == EX_NAME || (e->kind == EX_TERM && !is_op_term(r->s, e))) {
    const Var *v = rule_find_var(r, e->name.s);
    return v && v->sort.kind == SORT_VALUE ? v->sort.type : 0;
  }
  Head h;
  u32 op, type = 0;
  if (e->kind != EX_TERM || !rule_head(r, e, &h))
    return 0;
  u32 n = candidates(r, e, &h, 0, &op);
  if (n == 1)
    return r->s->ops[op].type;
  for (u32 i = 0; i < h.op->count && n > 1; i++) { // all of one type?
    u32 t = r->s->ops[h.op->first + i].type;
    if (type && t != type)
      return 0;
    type = t;
  }
  return type;
}

static bool operands_fit(RuleTyper *r, const Expr *e, const OpInst *op,
                         const u32 *types) {
  for (u32 i = 0; i < op->noperands && i < e->kids.n && i < 8; i++) {
    const OperandInfo *o = &op->operands[i];
    if (o->is_value && o->sort.kind == SORT_VALUE && types[i] && o->sort.type &&
        types[i] != o->sort.type)
      return false;
  }
  (void)r;
  return true;
}

// Opcodes that what is given, the result (type, 0: any) and the operands admit;
// one of them in *found.
static u32 candidates(RuleTyper *r, const Expr *e, const Head *h, u32 type,
                      u32 *found) {
  u32 types[8] = {0}, n = 0;
  for (u32 i = 0; i < e->kids.n && i < 8; i++)
    types[i] = own_type(r, e->kids.at[i]);
  *found = 0;
  for (u32 i = 0; i < h->op->count; i++) {
    const OpInst *op = &r->s->ops[h->op->first + i];
    bool fits = (!type || op->type == type) && operands_fit(r, e, op, types);
    for (u32 p = 0; p < h->op->nparams && fits; p++)
      fits = head_admits(r, h, p, op->args[p]) != 0;
    if (!fits)
      continue;
    *found = n ? *found : h->op->first + i;
    n++;
  }
  return n;
}

// The operand that keeps a term from fitting, if only one does.
static bool help_operand(RuleTyper *r, const Expr *e, const Head *h,
                         Sort want) {
  for (u32 i = 0; i < h->op->count; i++) {
    const OpInst *op = &r->s->ops[h->op->first + i];
    bool fits = !want.type || op->type == want.type;
    u32 wrong = 0, at = 0, type = 0;
    for (u32 p = 0; p < h->op->nparams && fits; p++)
      fits = head_admits(r, h, p, op->args[p]) != 0;
    for (u32 k = 0; k < op->noperands && k < e->kids.n && fits; k++) {
      u32 own = own_type(r, e->kids.at[k]), to = op->operands[k].sort.type;
      if (!op->operands[k].is_value || !own || !to || own == to)
        continue;
      wrong++;
      at = k;
      type = own;
    }
    if (wrong != 1)
      continue;
    u32 to = op->operands[at].sort.type;
    const char *cast = type == VT_I32 && to == VT_I64   ? "uextend or sextend"
                       : type == VT_I64 && to == VT_I32 ? "ireduce"
                                                        : "another term";
    rule_help(r, "%s takes %s as operand %s, and this is %s: %s goes there",
              op->text, vtype_names[to], op->operands[at].name,
              vtype_names[type], cast);
    return true;
  }
  return false;
}

static bool given_are_bound(RuleTyper *r, const Head *h) {
  for (u32 i = 0; i < h->n; i++)
    if (h->op->count &&
        head_admits(r, h, i, r->s->ops[h->op->first].args[i]) == 2) {
      rule_error(r, h->given[i].name.loc, E_PARAM,
                 "parameter `%s` is not bound by the left side",
                 h->given[i].name.s);
      if (param_misspelt(h->given[i].name.s, &h->op->params[i]))
        rule_help(r, "op %s has here %s", h->op->name,
                  param_choices(r->s, &h->op->params[i]));
      return false;
    }
  return !r->t.failed;
}

static const OpInst *term_opcode(RuleTyper *r, const Expr *e, Sort want,
                                 Head *h) {
  u32 op;
  if (!rule_head(r, e, h) || !given_are_bound(r, h))
    return NULL;
  u32 n = candidates(r, e, h, want.kind == SORT_VALUE ? want.type : 0, &op);
  if (r->t.failed)
    return NULL;
  if (n == 1)
    return &r->s->ops[op];
  if (!n) {
    rule_error(r, e->loc, E_TYPE, "op %s does not fit here%s%s", h->op->name,
               want.type ? ": wanted a value of type " : "",
               want.type ? vtype_names[want.type] : "");
    if (!help_operand(r, e, h, want))
      help_result(r, e, h->op, want);
  } else
    rule_error(r, e->loc, E_PARAM,
               "the parameters of op %s do not follow, wanted "
               "them written: %s",
               h->op->name, r->s->ops[op].text);
  return NULL;
}

// --- terms ----------------------------------------------------------

static Node *trap_code(RuleTyper *r, const Expr *e) {
  return type_as(&r->t, e, sort_of(SORT_TRAP));
}

static Node *operand(RuleTyper *r, const Expr *e, const OperandInfo *o) {
  if (o->is_value)
    return rule_term(r, e, o->sort);
  if (o->sort.kind == SORT_TRAP)
    return trap_code(r, e);
  return type_as(&r->t, e, o->sort);
}

static Node *op_term(RuleTyper *r, const Expr *e, Sort want) {
  Head h;
  const OpInst *op = term_opcode(r, e, want, &h);
  if (!op)
    return NULL;
  if (e->kids.n != op->noperands)
    return rule_error(r, e->loc, E_ARITY, "op %s with %u operands, wanted %u",
                      h.op->name, e->kids.n, op->noperands);
  if (want.kind == SORT_VALUE && !op->type)
    return rule_error(r, e->loc, E_TYPE, "op %s has no result", h.op->name);
  Node *n = op_node(r, op, e);
  n->nkids = e->kids.n;
  n->kids = arena_array(r->s->arena, Node *, n->nkids + 1);
  for (u32 i = 0; i < n->nkids; i++) {
    n->kids[i] = operand(r, e->kids.at[i], &op->operands[i]);
    if (!n->kids[i])
      return NULL;
  }
  return n;
}

Node *rule_term(RuleTyper *r, const Expr *e, Sort want) {
  if (r->t.failed)
    return NULL;
  if (e->kind == EX_TERM && is_op_term(r->s, e))
    return op_term(r, e, want);
  if (want.kind == SORT_NONE)
    return rule_error(r, e->loc, E_TYPE, "wanted an op");
  switch (e->kind) {
  case EX_NAME:
  case EX_TERM: return variable(r, e, want);
  case EX_INT:
  case EX_FLOAT:
  case EX_UNARY: return literal(r, e, want);
  default:
    return rule_error(r, e->loc, E_TYPE,
                      "an expression, wanted a term: "
                      "(iconst ..) makes a value of it");
  }
}
