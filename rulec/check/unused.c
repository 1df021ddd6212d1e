// Names that a function or a `let` gives and nothing reads. Variables of
// patterns are the typing's (rulec/sema/rule.c), which knows at which types a
// rule is and what a `def` made of it; this reads the tree as written, so that
// what folds away still counts.
#include "rulec/check/check.h"

// `m` in "m.off", `C` in "icmp.C.T".
static bool is_part(const char *dotted, const char *name) {
  const size_t n = strlen(name);
  for (const char *c = dotted; c; c = *c ? c + 1 : NULL) {
    if (!strncmp(c, name, n) && (c[n] == '.' || !c[n]))
      return true;
    c += strcspn(c, ".");
  }
  return false;
}

static bool reads(const Expr *e, const char *name) {
  if (!e)
    return false;
  bool found = e->name.s && e->kind != EX_LET && e->kind != EX_AT &&
               is_part(e->name.s, name);
  for (u32 i = 0; i < e->kids.n && !found; i++)
    found = reads(e->kids.at[i], name);
  for (u32 i = 0; i < e->fields.n && !found; i++)
    found = reads(e->fields.at[i].e, name);
  for (u32 i = 0; i < e->nparams && !found; i++)
    found = !strcmp(e->params[i].name.s, name) || reads(e->params[i].arg, name);
  for (u32 i = 0; e->addr && i < e->addr->nparts && !found; i++)
    found = reads(e->addr->parts[i].e, name) ||
            reads(e->addr->parts[i].scale, name);
  return found || (e->addr && reads(e->addr->mem, name));
}

static void say_let(Diags *d, const Name *n) {
  if (n->s[0] != '_')
    diag_help(d, diag_add(d, W_UNUSED, n->loc, "`%s` is not used", n->s),
              "leave the `let` out");
}

static void check_lets(Diags *d, const Expr *e) {
  if (!e)
    return;
  if (e->kind == EX_LET && !reads(e->kids.at[1], e->name.s))
    say_let(d, &e->name);
  for (u32 i = 0; i < e->kids.n; i++)
    check_lets(d, e->kids.at[i]);
}

static void check_operand(Diags *d, const Decl *f, const Name *n) {
  if (n->s[0] != '_' && !reads(f->body, n->s))
    diag_add(d, W_UNUSED, n->loc, "`%s` is not used, wanted `_`", n->s);
}

static void check_body(Diags *d, const Decl *f) {
  for (u32 i = 0; f->kind == DECL_FN && f->body && i < f->operands.n; i++)
    check_operand(d, f, &f->operands.at[i].name);
  check_lets(d, f->body);
}

static bool stmt_reads(const Stmt *s, const char *name) {
  return reads(s->value, name) || reads(s->flags, name) ||
         (s->code.s && is_part(s->code.s, name));
}

static bool rest_reads(const Decl *r, u32 from, const char *name) {
  bool found = false;
  for (u32 i = from; i < r->nclauses && !found; i++)
    found = reads(r->clauses[i].e, name);
  for (u32 i = 0; i < r->rhs.n && !found; i++)
    found = reads(r->rhs.at[i], name);
  for (u32 i = 0; i < r->rhs_stmts.n && !found; i++)
    found = stmt_reads(&r->rhs_stmts.at[i], name);
  return found;
}

static void check_rule(Diags *d, const Decl *r) {
  for (u32 i = 0; i < r->nclauses; i++) {
    if (r->clauses[i].is_let && !rest_reads(r, i + 1, r->clauses[i].name.s))
      say_let(d, &r->clauses[i].name);
    check_lets(d, r->clauses[i].e);
  }
}

void check_unused(const Sema *s, Diags *d) {
  for (u32 i = 0; i < s->ast->n; i++) {
    const Decl *x = s->ast->at[i];
    if (x->kind == DECL_FN || x->kind == DECL_DEF)
      check_body(d, x);
    else if (x->kind == DECL_RULE || x->kind == DECL_SKELETON ||
             x->kind == DECL_LOWER)
      check_rule(d, x);
    check_lets(d, x->means);
  }
}
