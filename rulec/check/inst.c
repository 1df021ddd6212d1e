// Registers and results of instructions: two of one kind in one register,
// results without a meaning.
#include "rulec/check/check.h"

typedef struct Insts {
  const Sema *s;
  Diags *d;
  const InstX *x;
} Insts;

static Loc result_loc(const InstX *x, u32 i) {
  const OperandList *l = &x->base->decl->results;
  const Loc loc = x->base->decl->loc;
  return i < l->n && l->at[i].name.s && *l->at[i].name.s ? l->at[i].name.loc
                                                         : loc;
}

static Loc operand_loc(const InstX *x, u32 i) {
  const OperandList *l = &x->base->decl->operands;
  return i < l->n ? l->at[i].name.loc : x->base->decl->loc;
}

// --- fixed registers ------------------------------------------------

static bool is_reg(const KindInfo *k) {
  return k->fixed && !strchr(k->fixed, '(');
}

// The register that one of its kinds is fixed to, and another's too.
static const char *shared(const InstOperand *a, const InstOperand *b) {
  for (u32 i = 0; i < a->nkinds; i++)
    for (u32 k = 0; k < b->nkinds; k++)
      if (is_reg(&a->kinds[i]) && is_reg(&b->kinds[k]) &&
          !strcmp(a->kinds[i].fixed, b->kinds[k].fixed))
        return a->kinds[i].fixed;
  return NULL;
}

static void say_shared(const Insts *c, const char *reg, Loc at, Loc first) {
  const u32 i = diag_add(c->d, E_REG, at, "%s: a second one in %s",
                         c->x->base->name, reg);
  diag_note(c->d, i, first, "the first");
  diag_help(c->d, i, "another register, or none");
}

static void check_fixed(const Insts *c) {
  const InstX *x = c->x;
  for (u32 i = 0; i < x->noperands; i++)
    for (u32 k = 0; k < i; k++) {
      const char *reg = shared(&x->operands[i], &x->operands[k]);
      if (reg)
        say_shared(c, reg, operand_loc(x, i), operand_loc(x, k));
    }
  for (u32 i = 0; i < x->nresults; i++)
    for (u32 k = 0; k < i; k++) {
      const char *reg = shared(&x->results[i], &x->results[k]);
      if (reg)
        say_shared(c, reg, result_loc(x, i), result_loc(x, k));
    }
}

// --- ties -----------------------------------------------------------

static s32 tie_of(const InstX *x, const FormInfo *form, u32 result) {
  for (u32 i = 0; form && i < form->nties; i++)
    if (form->ties[i].result == result)
      return (s32)form->ties[i].operand;
  return x->results[result].reuse;
}

// Why the result cannot be where the operand is, or null.
static const char *apart(const InstOperand *r, const InstOperand *o) {
  const KindInfo *a = &r->kinds[0];
  bool reg = false, same = false;
  for (u32 i = 0; i < o->nkinds; i++) {
    const KindInfo *b = &o->kinds[i];
    reg |= b->mode == OM_REG;
    same |= b->mode == OM_REG && b->sort.kind == a->sort.kind;
    if (is_reg(a) && is_reg(b) && b->mode == a->mode &&
        strcmp(a->fixed, b->fixed) != 0)
      return "that is another register";
  }
  return !reg ? "that is no register" : same ? NULL : "of another class";
}

static void check_ties(const Insts *c, const FormInfo *form) {
  const InstX *x = c->x;
  for (u32 i = 0; i < x->nresults; i++) {
    const s32 o = tie_of(x, form, i);
    const char *why = o >= 0 ? apart(&x->results[i], &x->operands[o]) : NULL;
    if (why) {
      const u32 d = diag_add(
          c->d, E_REG, result_loc(x, i), "%s: `%s` cannot be where `%s` is: %s",
          x->base->name, x->results[i].name, x->operands[o].name, why);
      diag_note(c->d, d, operand_loc(x, (u32)o), "the operand");
      diag_help(c->d, d, "tie it to a register of its class, or to none");
    }
    for (u32 k = 0; k < i && o >= 0; k++)
      if (tie_of(x, form, k) == o)
        say_shared(c,
                   arena_printf(c->s->arena, "the register of `%s`",
                                x->operands[o].name),
                   result_loc(x, i), result_loc(x, k));
  }
}

// --- equations ------------------------------------------------------

static void check_equations(const Insts *c) {
  const InstX *x = c->x;
  const FieldList *l = &x->base->decl->equations;
  for (u32 i = 0; i < l->n; i++)
    for (u32 k = 0; k < i; k++)
      if (!strcmp(l->at[i].name.s, l->at[k].name.s)) {
        const u32 d = diag_add(c->d, E_DUP, l->at[i].name.loc,
                               "`%s` is given a second time", l->at[i].name.s);
        diag_note(c->d, d, l->at[k].name.loc, "the first is here");
      }
  for (u32 i = 0;
       i < x->nresults && !x->is_seq && !x->effect && !x->effects_all; i++)
    if (!x->equations || !x->equations[i]) {
      const char *name = x->results[i].name;
      const u32 d =
          diag_add(c->d, E_OPERAND, result_loc(x, i),
                   "%s: nothing says what `%s` is", x->base->name, name);
      diag_help(c->d, d, "%s = ..., or %s = ? where it is unspecified", name,
                name);
    }
}

void check_insts(const Sema *s, Diags *d) {
  Insts c = {.s = s, .d = d};
  for (u32 i = 1; i < s->ninsts; i++) { // [0] is none
    c.x = &s->insts[i];
    check_fixed(&c);
    check_ties(&c, NULL);
    for (u32 k = 0; k < c.x->nforms; k++)
      check_ties(&c, &c.x->forms[k]);
    check_equations(&c);
  }
}
