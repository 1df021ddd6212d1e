// Examples beside rules: typed like a rule without guards, by the same replay,
// at every type that fits; symmetries are left to whoever runs them.
//
// On the left `m{off = 8, bytes = 4}` names a leaf and says what is known of
// it: of a memarg its fields, of a target the trap it only leads to (`t{trap =
// div0}`), of a list of targets how many there are (`ts{len = 2}`), of a value
// its facts
// (`x{zeros = ~0xff}`). Constants all of them.
#include "rulec/sema/example.h"
#include "rulec/sema/rule.h"

Expr *example_strip(Arena *a, const Expr *e, SaidVec *said) {
  Expr *c = arena_new(a, Expr);
  if (e->kind == EX_UPDATE && e->kids.at[0]->kind == EX_NAME) {
    Said s = {e->kids.at[0], e->fields};
    vec_push(a, said, s);
    *c = *e->kids.at[0];
    return c;
  }
  *c = *e;
  c->kids.at = arena_array(a, Expr *, e->kids.n + 1);
  for (u32 i = 0; i < e->kids.n; i++)
    c->kids.at[i] = example_strip(a, e->kids.at[i], said);
  return c;
}

Decl *example_as_rule(Arena *a, const Decl *rule, const Example *x) {
  Decl *d = arena_new(a, Decl);
  *d = (Decl){.kind = rule->kind,
              .loc = x->loc,
              .whole = x->loc,
              .name = rule->name,
              .lhs = x->lhs,
              .rhs_kind = x->stays ? RHS_REMOVE : x->rhs_kind,
              .rhs = x->rhs,
              .rhs_stmts = x->rhs_stmts};
  return d;
}

static Sort memfield_sort(u32 field) {
  switch ((MemField)field) {
  case MF_OFF: return sort_bv(32);
  case MF_BYTES:
  case MF_ALIGN:
  case MF_MEM: return sort_bv(8);
  case MF_EXT: return sort_of(SORT_EXT);
  case MF_REGION: return sort_of(SORT_REGION);
  default: return sort_of(SORT_BOOL);
  }
}

Sort example_setting(Sort leaf, const char *field) {
  static const u8 facts[] = {BI_ZEROS, BI_ONES, BI_UMIN,
                             BI_UMAX,  BI_SMIN, BI_SMAX};
  for (u32 i = 0; leaf.kind == SORT_MEMARG && i < MF_COUNT; i++)
    if (!strcmp(memfield_names[i], field))
      return memfield_sort(i);
  for (u32 i = 0; leaf.kind == SORT_VALUE && i < sizeof facts; i++)
    if (!strcmp(builtin_names[facts[i]], field))
      return sort_bv(leaf.bits);
  if (leaf.kind == SORT_TARGET && !strcmp(field, "trap"))
    return sort_of(SORT_TRAP);
  if (leaf.kind == SORT_TARGETS && !strcmp(field, "len"))
    return sort_bv(32);
  return sort_of(SORT_NONE);
}

static void add_setting(RuleTyper *r, ExampleX *x, Var *v, const Field *f) {
  Sort sort = example_setting(v->sort, f->name.s);
  if (!sort.kind) {
    rule_error(r, f->name.loc, E_FIELD, "nothing is called `%s` of `%s`",
               f->name.s, v->name);
    return;
  }
  Node *e = type_as(&r->t, f->e, sort);
  if (e && e->kind != N_CONST) {
    rule_error(r, f->e->loc, E_PATTERN, "wanted a constant");
    return;
  }
  if (e)
    x->settings[x->nsettings++] = (Setting){v, f->name.s, e};
}

static void settings(RuleTyper *r, const SaidVec *said, ExampleX *x) {
  u32 n = 0;
  for (u32 i = 0; i < said->n; i++)
    n += said->at[i].fields.n;
  x->settings = arena_array0(r->s->arena, Setting, n + 1);
  for (u32 i = 0; i < said->n; i++) {
    Var *v = rule_find_var(r, said->at[i].name->name.s);
    for (u32 k = 0; v && k < said->at[i].fields.n && !r->t.failed; k++)
      add_setting(r, x, v, &said->at[i].fields.at[k]);
  }
}

// Leaves that stand for nothing: a number has to be said.
static void check_leaves(RuleTyper *r, const Node *n) {
  if (n->kind == N_VAR && n->sort.kind == SORT_BV)
    rule_error(r, n->src->loc, E_PATTERN,
               "a number was wanted: an example has no variables for numbers");
  for (u32 i = 0; i < n->nkids && !r->t.failed; i++)
    check_leaves(r, n->kids[i]);
}

typedef VEC(ExampleX) ExampleXVec;

static void add_path(RuleTyper *r, const Rule *rule, const SaidVec *said,
                     ExampleXVec *v) {
  RuleX *x = arena_new(r->s->arena, RuleX);
  ExampleX e = {.x = x};
  x->rule = rule;
  x->expansion = v->n;
  if (!rule_path(r, x))
    return;
  check_leaves(r, x->lhs);
  settings(r, said, &e);
  if (!r->t.failed)
    vec_push(r->s->arena, v, e);
}

static void mid_example(Sema *s, const Rule *rule, ExampleInfo *out) {
  Decl *d = example_as_rule(s->arena, rule->decl, out->example);
  RuleTyper r = {.s = s, .d = d};
  SaidVec said = {0};
  ExampleXVec v = {0};
  u32 runs = 0;
  rule_reset(&r);
  r.d = rule_expand_defs(&r, d);
  d->lhs = example_strip(s->arena, r.d->lhs, &said);
  d->rhs = r.d->rhs;
  d->rhs_stmts = r.d->rhs_stmts;
  r.d = d;
  do {
    add_path(&r, rule, &said, &v);
  } while (!r.t.failed && ++runs < MOST_RUNS && rule_next_path(&r));
  if (!r.t.failed && !v.n)
    diag_add(s->diags, E_NEVER, r.dead_text ? r.dead_loc : d->loc, "%s",
             r.dead_text ? r.dead_text : "no parameters fit");
  out->nxs = r.t.failed ? 0 : v.n;
  out->xs = v.at;
}

void sema_example(Sema *s, const Rule *rule, ExampleInfo *out) {
  if (rule->decl->kind == DECL_LOWER)
    low_example(s, rule, out);
  else
    mid_example(s, rule, out);
}

void sema_examples(Sema *s, Rule *rules, u32 n) {
  for (u32 i = 0; i < n; i++) {
    const Decl *d = rules[i].decl;
    rules[i].examples = arena_array0(s->arena, ExampleInfo, d->nexamples + 1);
    for (u32 k = 0; k < d->nexamples; k++) {
      rules[i].examples[k].example = &d->examples[k];
      sema_example(s, &rules[i], &rules[i].examples[k]);
    }
  }
}
