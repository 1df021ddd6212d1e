// Right sides of lowering: statements from last to first, terms handed on, data
// terms in two halves. Flags are checked here: between a producer and its users
// nothing may write them.
#include "rulec/gen/lower_write.h"

// --- flags
// ------------------------------------------------------------------------

static bool writes_flags(const InstX *x) {
  for (u32 k = 0; x && k < x->nresults; k++)
    if (x->results[k].is_flags)
      return true;
  return false;
}

static void say_overwritten(Writer *w, const Event *user, const Event *writer) {
  const Decl *d = w->a->x->rule->decl;
  const u32 i =
      diag_add(w->lg->diags, E_FLAGS,
               user->at && user->at->src ? user->at->src->loc : d->name.loc,
               "%s reads flags that are overwritten by then", user->x->text);
  if (writer && writer->at && writer->at->src)
    diag_note(w->lg->diags, i, writer->at->src->loc,
              "%s writes the flags in between", writer->x->text);
  diag_help(w->lg->diags, i, "make the flags last, right before this");
  w->failed = true;
}

// Follows the code forward: each user must find the flags it was given.
static void check_flags(Writer *w) {
  const void *now = w->plan_left ? NULL : w->plan;
  const Event *last = NULL;
  for (u32 k = w->events.n; k-- > 0;) {
    const Event *e = &w->events.at[k];
    if (e->needs && e->needs != now && !w->failed)
      say_overwritten(w, e, last);
    if (writes_flags(e->x) || !e->x) {
      now = e->makes;
      last = e->x ? e : NULL;
    }
  }
}

// --- statements
// -------------------------------------------------------------------

static bool result_is_value(const Writer *w) {
  const Node *lhs = w->a->x->lhs;
  if (lhs->kind == N_TERM)
    return w->lg->term->result.kind == SORT_GPR ||
           w->lg->term->result.kind == SORT_XMM;
  return w->lg->sema->ops[lhs->op].type != VT_NONE;
}

static void write_value(Writer *w, const Node *n, const char *d,
                        const StmtX *st) {
  const Node *inst = lower_inst_of(n);
  if (!inst) {
    lower_fail(w, n, "a right side must be instructions");
    return;
  }
  const InstX *x = &w->lg->sema->insts[inst->ref];
  const char **to = arena_array0(w->lg->arena, const char *, x->nresults + 1);
  if (d)
    to[lower_result_of(n)] = d;
  lower_write_inst(w, inst, to, st, inst);
}

static void write_trap(Writer *w, const StmtX *st) {
  const char *code = st->trap ? lower_trap(w, st->trap) : st->trap_var->c;
  if (!st->e) {
    const s32 k = sema_inst(w->lg->sema, "x64.trap");
    if (k < 0) {
      lower_fail(w, w->a->x->lhs, "`trap` wants an instruction x64.trap");
      return;
    }
    LINE("LowNew n%u = low_new(%s, 0);", w->vars, w->lg->sema->insts[k].cname);
    LINE("n%u.imm = %s;", w->vars, code);
    LINE("low_write(L, &n%u);", w->vars++);
    return;
  }
  const s32 k = sema_inst(w->lg->sema, "x64.trap_if.o");
  if (k < 0) {
    lower_fail(w, st->e,
               "`trap .. if` wants an instruction x64.trap_if {C: cc}");
    return;
  }
  const InstX *x = &w->lg->sema->insts[k];
  LINE("LowNew n%u = low_new(%s + %s, 0);", w->vars, x->cname,
       lower_expr(w, st->e->kids[0]));
  LINE("n%u.imm = %s;", w->vars, code);
  LINE("low_write(L, &n%u);", w->vars++);
  const Event ev = {
      .x = x, .at = st->e, .needs = lower_flags_key(st->e->kids[1])};
  vec_push(w->lg->arena, &w->events, ev);
  lower_write_flags(w, st->e->kids[1]);
}

static void write_bind(Writer *w, const StmtX *st) {
  const Node *inst = lower_inst_of(st->e);
  if (!inst) {
    lower_fail(w, st->e, "a statement must be an instruction");
    return;
  }
  const InstX *x = &w->lg->sema->insts[inst->ref];
  const char **to = arena_array0(w->lg->arena, const char *, x->nresults + 1);
  const void *flags = NULL;
  const Node *s = lower_strip(st->e);
  if (s->kind == N_RESULT) { // one result, named
    if (x->results[s->field].is_flags)
      flags = st->vars[0];
    else if (!st->vars[0]->wild)
      to[s->field] = st->vars[0]->c;
  } else {
    for (u32 k = 0; k < st->nvars && k < x->nresults; k++) {
      if (x->results[k].is_flags)
        flags = st->vars[k];
      else if (!st->vars[k]->wild)
        to[k] = st->vars[k]->c;
    }
  }
  lower_write_inst(w, inst, to, st, flags);
}

static u8 var_type(const Var *v) {
  return v->sort.type               ? v->sort.type
         : v->sort.kind == SORT_XMM ? VT_F64
                                    : VT_I64;
}

// Registers of the statements' results; the last value is the rule's own.
static void declare_results(Writer *w, const Var *last) {
  const RuleX *x = w->a->x;
  for (u32 k = 0; k < x->nstmts; k++)
    for (u32 j = 0; j < x->stmts[k].nvars; j++) {
      Var *v = x->stmts[k].vars[j];
      if (v->wild || v->sort.kind == SORT_FLAGS)
        continue;
      if (v == last) {
        v->c = "d";
        continue;
      }
      v->c = P("r_%s", v->name);
      LINE("const VReg %s = low_temp(L, %s);", v->c, lower_type(var_type(v)));
    }
}

static void write_stmts(Writer *w, const char *d) {
  const RuleX *x = w->a->x;
  const StmtX *end = x->nstmts ? &x->stmts[x->nstmts - 1] : NULL;
  const Node *value = end && end->kind == SX_VALUE ? lower_strip(end->e) : NULL;
  declare_results(w, d && value && value->kind == N_VAR ? value->var : NULL);
  for (u32 k = x->nstmts; k-- > 0;) {
    const StmtX *st = &x->stmts[k];
    switch ((StmtXKind)st->kind) {
    case SX_BIND: write_bind(w, st); break;
    case SX_TRAP: write_trap(w, st); break;
    case SX_EFFECT: write_value(w, st->e, NULL, st); break;
    case SX_VALUE:
      if (lower_strip(st->e)->kind != N_VAR)
        write_value(w, st->e, d, st);
      break;
    }
  }
}

// --- terms
// --------------------------------------------------------------------------

// Hands on to a term's function: `return put_branch(L, &c, t, e, true, d)`.
static void call_term(Writer *w, const Node *n, bool value) {
  const TermInfo *t = &w->lg->sema->terms[n->ref];
  const char *args = "";
  const char *once = w->lg->term ? "once" : "true";
  for (u32 k = 0; k < n->nkids; k++) {
    const Node *e = n->kids[k];
    if (e->kind == N_TERM && e->sort.kind == SORT_DATA) {
      const TermInfo *u = &w->lg->sema->terms[e->ref];
      const char *p = P("p%u", w->vars++);
      LINE("const LowPlan %s = match_%s(L, %s, %s);", p, u->name,
           lower_expr(w, e->kids[0]), once);
      LINE("low_fused(L, &%s);", p);
      args = P("%s, &%s", args, p);
    } else {
      args = P("%s, %s", args, lower_expr(w, lower_strip(e)));
    }
  }
  LINE("return put_%s(L%s, %s%s);", t->name, args, once, value ? ", d" : "");
}

// The term whose result that data is: there is one for each.
static const char *term_giving(LowerGen *lg, u32 data) {
  for (u32 k = 0; k < lg->sema->nterms; k++)
    if (lg->sema->terms[k].result.kind == SORT_DATA &&
        lg->sema->terms[k].result.decl == data)
      return lg->sema->terms[k].name;
  return "";
}

static void begin(Writer *w, LowerGen *lg, Arm *a) {
  *w = (Writer){.lg = lg, .a = a};
  lower_bind(lg, a);
  const RuleX *x = a->x;
  for (u32 k = 0; k < x->nvars; k++) {
    const s32 p = lower_var_path(lg, a, x->vars[k]);
    if (p < 0 || x->vars[k]->sort.kind != SORT_FLAGS)
      continue;
    const Path *data = &lg->paths.at[lg->paths.at[p].parent];
    w->plan = x->vars[k];
    w->plan_c = data->c;
    w->plan_term = term_giving(lg, data->sort.decl);
    w->plan_left = lower_occurrences(x, w->plan);
  }
}

void lower_write(LowerGen *lg, Arm *a) {
  Writer at, *w = &at;
  begin(w, lg, a);
  const RuleX *x = a->x;
  const bool value = result_is_value(w), term = x->lhs->kind == N_TERM;
  const char *c = decl_oneline(lg->sema, x->rule->decl);
  LINE("// %s", decl_where(lg->sema, x->rule->decl));
  LINE("// %s%s", c, x->at);
  for (u32 k = 0; k < a->ntests; k++)
    if (a->tests[k].kind == T_SINK)
      LINE("low_sink(L, %s);", lg->paths.at[a->tests[k].path].c);
  if (value && !term)
    LINE("const VReg d = low_def(L, v);");
  if (x->rhs_kind == RHS_STMTS) {
    write_stmts(w, value ? "d" : NULL);
  } else {
    const Node *n = lower_strip(x->rhs[0]);
    if (n->kind == N_TERM) {
      call_term(w, n, value);
      return;
    }
    write_value(w, x->rhs[0], value ? "d" : NULL, NULL);
  }
  check_flags(w);
  LINE("return true;");
}

void lower_plan(LowerGen *lg, Arm *a) {
  Writer at, *w = &at;
  begin(w, lg, a);
  const Node *n = a->x->rhs[0];
  const char *codes = "";
  for (u32 k = 0; k < n->nkids; k++)
    if (n->kids[k]->sort.kind == SORT_CODE)
      codes = P("%s%s%s", codes, *codes ? ", " : "", lower_expr(w, n->kids[k]));
  LINE("// %s", decl_where(lg->sema, a->x->rule->decl));
  LINE("// %s%s", decl_oneline(lg->sema, a->x->rule->decl), a->x->at);
  for (u32 k = 0; k < a->ntests; k++)
    if (a->tests[k].kind == T_SINK)
      LINE("low_sink(L, %s);", lg->paths.at[a->tests[k].path].c);
  LINE("return (LowPlan){.rule = %u, .ctor = %u, .once = once, .v = v%s%s%s};",
       a->body, n->ctor, *codes ? ", .code = {" : "", codes, *codes ? "}" : "");
}

void lower_plan_write(LowerGen *lg, Arm *a) {
  Writer at, *w = &at;
  begin(w, lg, a);
  const Node *n = a->x->rhs[0];
  for (u32 k = 0; k < n->nkids; k++)
    if (n->kids[k]->sort.kind == SORT_FLAGS)
      lower_write_flags(w, n->kids[k]);
  check_flags(w);
}

void lower_amode_literal(LowerGen *lg, Arm *a) {
  Writer at, *w = &at;
  begin(w, lg, a);
  if (a->x->rhs[0]->kind == N_AMODE)
    LINE("return %s;", lower_address(w, a->x->rhs[0]->amode));
  else
    lower_fail(w, a->x->rhs[0], "an amode is written [a + b << s | m]");
}

bool lower_is_alias(const RuleX *x) {
  return x->lhs->kind == N_OP && x->nclauses == 0 && x->lhs->nkids == 1 &&
         x->lhs->kids[0]->kind == N_VAR && x->rhs_kind == RHS_TERM &&
         x->nrhs == 1 && x->rhs[0]->kind == N_AS &&
         lower_strip(x->rhs[0])->kind == N_VAR;
}
