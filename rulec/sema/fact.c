// The facts of ops at their parameters: how what is known of operands tells
// what is known of the result. Only integers have facts.
//
// The expression sees operands as a guard does, by their facts; immediates are
// there as they are. Its nodes name the variables of the op's meaning, so that
// a prover can say both in one query.
#include "rulec/sema/expr.h"

// zeros, ones, umin, umax, smin, smax; BI_COUNT: none.
static Builtin fact_of(const char *name) {
  for (u32 b = BI_ZEROS; b <= BI_SMAX; b++)
    if (strcmp(builtin_names[b], name) == 0)
      return (Builtin)b;
  return BI_COUNT;
}

static void operand_scopes(Typer *t, const OpInst *op, Scope *scopes) {
  for (u32 i = 0; i < op->nvars; i++) {
    scopes[i] = (Scope){.up = t->scope, .name = op->vars[i]->name};
    if (op->operands[i].is_value) {
      Node *n = node_var(t->s, op->vars[i], NULL);
      n->sort = op->operands[i].sort;
      scopes[i].node = n;
    } else {
      scopes[i].var = op->vars[i];
    }
    t->scope = &scopes[i];
  }
}

void sema_op_facts(Sema *s, OpInst *op, const Env *env, u32 *nvars) {
  const FactList *l = &op->base->decl->facts;
  if ((op->type != VT_I32 && op->type != VT_I64) || !l->n || op->nvars > 32)
    return;
  Scope scopes[32];
  Typer t = {
      .s = s, .env = env, .nvars = nvars, .in_rule = true, .in_fact = true};
  operand_scopes(&t, op, scopes);
  op->facts = arena_array0(s->arena, FactInfo, l->n);
  for (u32 i = 0; i < l->n && !t.failed; i++) {
    Builtin b = fact_of(l->at[i].name.s);
    if (b == BI_COUNT) {
      diag_add(s->diags, E_FACT, l->at[i].name.loc,
               "unknown fact `%s`, wanted zeros, ones, umin, umax, smin or "
               "smax",
               l->at[i].name.s);
      return;
    }
    Node *e = type_as(&t, l->at[i].e, sort_bv(s->bits[op->type]));
    if (e)
      op->facts[op->nfacts++] = (FactInfo){(u8)b, e};
  }
}
