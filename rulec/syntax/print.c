// Prints syntax trees back: one declaration a line, everything an expression is
// made of in parentheses, so that a test sees how a text was understood.
#include "rulec/syntax/parse.h"

static void print_list(Text *t, const char *before, const ExprList *l,
                       const char *between) {
  for (u32 i = 0; i < l->n; i++) {
    text_add(t, "%s", i ? between : before);
    ast_print_expr(t, l->at[i]);
  }
}

static void print_num(Text *t, s128 v) {
  char buf[48], *p = buf + sizeof buf;
  u128 u = v < 0 ? -(u128)v : (u128)v;
  *--p = '\0';
  do
    *--p = (char)('0' + (int)(u % 10));
  while ((u /= 10) != 0);
  if (v < 0)
    *--p = '-';
  text_add(t, "%s", p);
}

static void print_params(Text *t, const Expr *e) {
  for (u32 i = 0; i < e->nparams; i++) {
    text_add(t, ".%s", e->params[i].name.s);
    if (!e->params[i].arg)
      continue;
    text_add(t, "(");
    ast_print_expr(t, e->params[i].arg);
    text_add(t, ")");
  }
}

static void print_names(Text *t, const char *before, NameList l,
                        const char *between) {
  for (u32 i = 0; i < l.n; i++)
    text_add(t, "%s%s", i ? between : before, l.at[i].s);
}

static void print_addr(Text *t, const AddrExpr *a) {
  text_add(t, "[");
  for (u32 i = 0; i < a->nparts; i++) {
    text_add(t, "%s", i ? " + " : "");
    ast_print_expr(t, a->parts[i].e);
    if (!a->parts[i].scale)
      continue;
    text_add(t, " << ");
    ast_print_expr(t, a->parts[i].scale);
  }
  if (a->mem) {
    text_add(t, " | ");
    ast_print_expr(t, a->mem);
  }
  text_add(t, "]");
}

static void print_fields(Text *t, const FieldList *l, const char *is) {
  for (u32 i = 0; i < l->n; i++) {
    text_add(t, "%s%s%s", i ? ", " : "", l->at[i].name.s, is);
    ast_print_expr(t, l->at[i].e);
  }
}

static void print_around(Text *t, const Expr *e, const char *open,
                         const char *mid, const char *close) {
  text_add(t, "%s", open);
  print_list(t, "", &e->kids, mid);
  text_add(t, "%s", close);
}

static void print_binder(Text *t, const Expr *e) {
  const ExprList *k = &e->kids;
  ExprList head = {k->n - 1, k->at};
  if (e->kind == EX_MAP) {
    text_add(t, "(map %s (", e->name.s);
    print_names(t, "", e->binds, ", ");
    print_list(t, " in ", &head, ", ");
    text_add(t, ") ");
  } else if (e->kind == EX_NAN) {
    text_add(t, "nan(");
    print_list(t, "", &head, ", ");
    text_add(t, ": ");
  } else {
    text_add(t, "%s(%s in ", e->name.s, e->binds.at[0].s);
    print_list(t, "", &head, "..");
    text_add(t, ": ");
  }
  ast_print_expr(t, k->at[k->n - 1]);
  text_add(t, ")");
}

void ast_print_expr(Text *t, const Expr *e) {
  switch (e->kind) {
  case EX_NAME: text_add(t, "%s", e->name.s); return;
  case EX_INT: print_num(t, e->num); return;
  case EX_FLOAT: text_add(t, "%s", e->name.s); return;
  case EX_ANY: text_add(t, "?"); return;
  case EX_TERM:
    text_add(t, "(%s", e->name.s);
    print_params(t, e);
    print_list(t, " ", &e->kids, " ");
    text_add(t, ")");
    return;
  case EX_CALL:
    text_add(t, "%s", e->name.s);
    print_around(t, e, "(", ", ", ")");
    return;
  case EX_UNARY:
    text_add(t, "%s", e->op == UN_NOT ? "!" : "~");
    ast_print_expr(t, e->kids.at[0]);
    return;
  case EX_BINARY:
    text_add(t, "(");
    ast_print_expr(t, e->kids.at[0]);
    text_add(t, " %s ", bin_text[e->op]);
    ast_print_expr(t, e->kids.at[1]);
    text_add(t, ")");
    return;
  case EX_COND:
    text_add(t, "(");
    ast_print_expr(t, e->kids.at[0]);
    text_add(t, " ? ");
    ast_print_expr(t, e->kids.at[1]);
    text_add(t, " : ");
    ast_print_expr(t, e->kids.at[2]);
    text_add(t, ")");
    return;
  case EX_LET:
    text_add(t, "(let %s = ", e->name.s);
    print_around(t, e, "", "; ", ")");
    return;
  case EX_INDEX:
    ast_print_expr(t, e->kids.at[0]);
    text_add(t, "[");
    ast_print_expr(t, e->kids.at[1]);
    text_add(t, "]");
    return;
  case EX_MEM: print_around(t, e, "mem[", " : ", "]"); return;
  case EX_FIELD:
    ast_print_expr(t, e->kids.at[0]);
    text_add(t, ".%s", e->name.s);
    return;
  case EX_RECORD:
    text_add(t, "{");
    print_fields(t, &e->fields, ": ");
    text_add(t, "}");
    return;
  case EX_UPDATE:
    ast_print_expr(t, e->kids.at[0]);
    text_add(t, "{");
    print_fields(t, &e->fields, " = ");
    text_add(t, "}");
    return;
  case EX_AT:
    text_add(t, "%s@", e->name.s);
    ast_print_expr(t, e->kids.at[0]);
    return;
  case EX_ADDR: print_addr(t, e->addr); return;
  case EX_MAP:
  case EX_NAN:
  case EX_QUANT: print_binder(t, e); return;
  case EX_GOTO: print_around(t, e, "goto ", "", ""); return;
  case EX_RETURN: print_around(t, e, "return ", "", ""); return;
  case EX_STORE: print_around(t, e, "", " := ", ""); return;
  }
}

// --- declarations ---------------------------------------------------

static void print_operands(Text *t, const OperandList *l) {
  text_add(t, " (");
  for (u32 i = 0; i < l->n; i++) {
    const OperandDecl *o = &l->at[i];
    text_add(t, "%s%s%s%s", i ? ", " : "", o->tmp ? "tmp " : "", o->name.s,
             o->nkinds && *o->name.s ? ": " : "");
    for (u32 k = 0; k < o->nkinds; k++) {
      const KindDecl *d = &o->kinds[k];
      text_add(t, "%s%s%s", k ? " | " : "", d->name.s, d->list ? "*" : "");
      if (d->arg) {
        text_add(t, "(");
        ast_print_expr(t, d->arg);
        text_add(t, ")");
      }
      if (d->fixed) {
        text_add(t, " @ ");
        ast_print_expr(t, d->fixed);
      }
    }
    if (o->reuse.s)
      text_add(t, " = %s", o->reuse.s);
    text_add(t, "%s%s", o->early ? " early" : "", o->late ? " late" : "");
  }
  text_add(t, ")");
}

static void print_clause(Text *t, const char *word, const Expr *e) {
  if (!e)
    return;
  text_add(t, "\n  %s ", word);
  ast_print_expr(t, e);
}

static void print_stmt(Text *t, const Stmt *s) {
  text_add(t, "\n  ");
  print_names(t, "(", s->targets, ", ");
  if (s->targets.n)
    text_add(t, ") = ");
  switch (s->kind) {
  case ST_BIND:
  case ST_VALUE: break;
  case ST_TRAP:
    text_add(t, "trap %s%s", s->code.s, s->value ? " if " : "");
    break;
  case ST_LABEL: text_add(t, "%s:", s->label.s); break;
  case ST_JMP: text_add(t, "jmp %s", s->label.s); break;
  case ST_JCC: text_add(t, "jcc %s ", s->label.s); break;
  case ST_DATA: text_add(t, "%s: data %s ", s->label.s, s->code.s); break;
  }
  if (s->value)
    ast_print_expr(t, s->value);
  if (s->flags) {
    text_add(t, " ");
    ast_print_expr(t, s->flags);
  }
  for (u32 i = 0; i < s->nrenames; i++)
    text_add(t, "%s%s as %s", i ? ", " : " with ", s->renames[i].from.s,
             s->renames[i].to.s);
}

static void print_stmts(Text *t, const StmtList *l) {
  for (u32 i = 0; i < l->n; i++)
    print_stmt(t, &l->at[i]);
}

static void print_enc(Text *t, const EncAlt *a) {
  text_add(t, "\n    enc ");
  print_names(t, "", a->kinds, " ");
  if (a->form.s) {
    text_add(t, " %s(", a->form.s);
    print_names(t, "", a->operands, ", ");
    text_add(t, ")");
  }
  for (u32 i = 0; i < a->nitems; i++)
    text_add(t, " %s", a->items[i].text);
  if (a->guard) {
    text_add(t, " if ");
    ast_print_expr(t, a->guard);
  }
}

static void print_form(Text *t, const FormDecl *f) {
  text_add(t, "\n  form %s", f->name.s ? f->name.s : "-");
  print_names(t, " needs ", f->needs, ", ");
  text_add(t, "%s", f->ties.n ? " with " : "");
  print_fields(t, &f->ties, " = ");
  text_add(t, "%s", f->aligned.n ? " aligned " : "");
  print_fields(t, &f->aligned, ": ");
  for (u32 i = 0; i < f->encs.n; i++)
    print_enc(t, &f->encs.at[i]);
}

static void print_code(Text *t, const Decl *d) {
  if (d->enc_bits)
    text_add(t, " enc %u", d->enc_bits);
  for (u32 i = 0; i < d->nmembers; i++)
    print_clause(t, d->members[i].name.s, d->members[i].pred);
  for (u32 i = 0; i < d->nmaps; i++) {
    const CodeMap *m = &d->maps[i];
    text_add(t, "\n  %s", m->name.s);
    if (m->enc_xor >= 0)
      text_add(t, " enc ^ %u", (u32)m->enc_xor);
    for (u32 k = 0; k < m->npairs; k++)
      text_add(t, " (%s %s)", m->pairs[k].a.s, m->pairs[k].b.s);
  }
}

static void print_side(Text *t, bool subsume, RhsKind kind, const ExprList *l,
                       const StmtList *stmts) {
  static const char *const words[] = {"", " remove", " value", " {}", " trap"};
  text_add(t, "\n  =>%s%s", subsume ? " subsume" : "", words[kind]);
  print_list(t, " ", l, " ");
  print_stmts(t, stmts);
}

static void print_rule(Text *t, const Decl *d) {
  print_names(t, "\n  (", d->lhs_results, ", ");
  if (d->has_targets)
    text_add(t, ") =");
  print_clause(t, "", d->lhs);
  for (u32 i = 0; i < d->nclauses; i++) {
    text_add(t, "\n  %s%s", d->clauses[i].is_let ? "let " : "if",
             d->clauses[i].is_let ? d->clauses[i].name.s : "");
    text_add(t, " ");
    ast_print_expr(t, d->clauses[i].e);
  }
  if (d->has_prio)
    text_add(t, "\n  prio %lld", (long long)d->prio);
  for (u32 i = 0; i < d->nallows; i++)
    text_add(t, "\n  allow(%s) \"%s\"", d->allows[i].code.s,
             d->allows[i].reason ? d->allows[i].reason : "");
  if (d->kind != DECL_REMAT)
    print_side(t, d->subsume, d->rhs_kind, &d->rhs, &d->rhs_stmts);
  for (u32 i = 0; i < d->nexamples; i++) {
    const Example *x = &d->examples[i];
    print_clause(t, "example", x->lhs);
    if (x->stays)
      text_add(t, "\n  stays");
    else
      print_side(t, false, x->rhs_kind, &x->rhs, &x->rhs_stmts);
  }
}

static void print_flags(Text *t, const Decl *d) {
  text_add(t, "%s%s%s%s%s%s", d->pure ? " pure" : "", d->front ? " front" : "",
           d->floats ? " floats" : "", d->structure ? " structure" : "",
           d->ends ? " ends" : "", d->effects_all ? " effects all" : "");
  if (d->has_cost)
    text_add(t, " cost %u", d->cost);
}

static void print_body(Text *t, const Decl *d) {
  print_clause(t, "pure when", d->pure_when);
  print_clause(t, "reads", d->reads);
  print_clause(t, "writes", d->writes);
  print_clause(t, "sym", d->sym);
  for (u32 i = 0; i < d->lets.n; i++)
    print_clause(t, d->lets.at[i].name.s, d->lets.at[i].e);
  print_clause(t, "=", d->body);
  print_clause(t, "=", d->means);
  for (u32 i = 0; i < d->traps.n; i++) {
    text_add(t, "\n  traps %s", d->traps.at[i].code.s);
    print_clause(t, "  when", d->traps.at[i].cond);
  }
  for (u32 i = 0; i < d->facts.n; i++)
    print_clause(t, d->facts.at[i].name.s, d->facts.at[i].e);
  for (u32 i = 0; i < d->equations.n; i++)
    print_clause(t, d->equations.at[i].name.s, d->equations.at[i].e);
  print_list(t, "\n  clobbers ", &d->clobbers, ", ");
  print_names(t, "\n  needs ", d->needs, ", ");
  for (u32 i = 0; i < d->forms.n; i++)
    print_form(t, &d->forms.at[i]);
  for (u32 i = 0; i < d->nctors; i++) {
    text_add(t, "\n  %s", d->ctors[i].name.s);
    print_operands(t, &d->ctors[i].fields);
    print_clause(t, "  means", d->ctors[i].means);
  }
  print_stmts(t, &d->stmts);
}

void ast_print_decl(Text *t, const Decl *d) {
  text_add(t, "%s %s", decl_words[d->kind], d->name.s);
  print_names(t, " = ", d->names, " ");
  for (u32 i = 0; i < d->params.n; i++) {
    text_add(t, "%s%s: ", i ? ", " : " {", d->params.at[i].name.s);
    print_names(t, "", d->params.at[i].set, " ");
  }
  text_add(t, "%s", d->params.n ? "}" : "");
  if (d->operands.n)
    print_operands(t, &d->operands);
  if (d->results.n) {
    text_add(t, " ->");
    print_operands(t, &d->results);
  }
  if (d->kind == DECL_REP)
    text_add(t, " in %s: low %u, rest %s", d->cls.s, d->low, d->rest.s);
  print_flags(t, d);
  if (d->kind == DECL_CODE)
    print_code(t, d);
  else if (d->lhs)
    print_rule(t, d);
  else
    print_body(t, d);
  text_add(t, "\n");
}
