// Examples of lowering: typed like a `lower` rule without guards, at every
// parameter that fits. Its right side is instructions as an author writes them,
// with a name for what is in a register, a number for an immediate, an address
// for what is in memory.
#include "rulec/sema/example.h"
#include "rulec/sema/lower.h"

static Var *find_var(const RuleX *x, const char *name) {
  for (u32 k = 0; k < x->nvars; k++)
    if (x->vars[k] && !strcmp(x->vars[k]->name, name))
      return x->vars[k];
  return NULL;
}

// False after an error.
static bool add_setting(Sema *s, ExampleX *out, Var *v, const Field *f) {
  const Env none = {0};
  LowTyper t = {.s = s, .env = &none};
  const Sort sort = example_setting(v->sort, f->name.s);
  if (!sort.kind) {
    diag_add(s->diags, E_FIELD, f->name.loc, "nothing is called `%s` of `%s`",
             f->name.s, v->name);
    return false;
  }
  Node *e = low_type_expr(&t, f->e, sort);
  if (e && e->kind != N_CONST)
    diag_add(s->diags, E_PATTERN, f->e->loc, "wanted a constant");
  if (!e || e->kind != N_CONST)
    return false;
  out->settings[out->nsettings++] = (Setting){v, f->name.s, e};
  return true;
}

static bool settings(Sema *s, const SaidVec *said, ExampleX *x) {
  u32 n = 0;
  for (u32 i = 0; i < said->n; i++)
    n += said->at[i].fields.n;
  x->settings = arena_array0(s->arena, Setting, n + 1);
  for (u32 i = 0; i < said->n; i++) {
    Var *v = find_var(x->x, said->at[i].name->name.s);
    for (u32 k = 0; v && k < said->at[i].fields.n; k++)
      if (!add_setting(s, x, v, &said->at[i].fields.at[k]))
        return false;
  }
  return true;
}

void low_example(Sema *s, const Rule *rule, ExampleInfo *out) {
  Decl *d = example_as_rule(s->arena, rule->decl, out->example);
  Rule *as_rule = arena_new(s->arena, Rule);
  SaidVec said = {0};
  const u32 errors = s->diags->errors;
  d->name.loc = d->loc;
  d->lhs = example_strip(s->arena, d->lhs, &said);
  *as_rule = (Rule){.decl = d};
  RuleX *xs = low_example_xs(s, as_rule, &out->nxs);
  out->xs = arena_array0(s->arena, ExampleX, out->nxs + 1);
  for (u32 k = 0; k < out->nxs && s->diags->errors == errors; k++) {
    out->xs[k].x = &xs[k];
    (void)settings(s, &said, &out->xs[k]);
  }
  if (s->diags->errors != errors)
    out->nxs = 0;
}
