// Typed nodes and rules as text: dumps, comments of generated code, messages.
#include "rulec/sema/priv.h"

// --- printing -------------------------------------------------------

void sort_print(Text *t, const Sema *s, Sort sort) {
  static const char *const words[] = {
      [SORT_NONE] = "nothing",  [SORT_BOOL] = "a boolean",
      [SORT_MEMARG] = "memarg", [SORT_TRAP] = "trap",
      [SORT_FUNC] = "func",     [SORT_SIG] = "sig",
      [SORT_BLOCK] = "block",   [SORT_LIBCALL] = "libcall",
      [SORT_TARGET] = "target", [SORT_TARGETS] = "target*",
      [SORT_VALUES] = "any*",   [SORT_REGION] = "region",
      [SORT_EXT] = "ext",       [SORT_DYN] = "bytes of memory",
      [SORT_FLAGS] = "flags",   [SORT_AMODE] = "amode",
      [SORT_SYMBOL] = "symbol", [SORT_SLOT] = "slot",
      [SORT_LABEL] = "label"};
  switch ((SortKind)sort.kind) {
  case SORT_VALUE:
    text_add(t, "a value of %s",
             sort.type ? vtype_names[sort.type] : "any type");
    return;
  case SORT_BV:
    if (sort.bits)
      text_add(t, "%u bits", sort.bits);
    else
      text_add(t, "a number");
    return;
  case SORT_CODE: text_add(t, "code %s", s->codes[sort.decl].name); return;
  case SORT_DATA: text_add(t, "data %s", s->datas[sort.decl].name); return;
  case SORT_GPR:
  case SORT_XMM:
    text_add(t, "%s.%s", sort.kind == SORT_GPR ? "gpr" : "xmm",
             sort.type ? vtype_names[sort.type] : "any");
    return;
  default: text_add(t, "%s", words[sort.kind]); return;
  }
}

static void print_u128(Text *t, u128 v) {
  if (v >> 64)
    text_add(t, "0x%llx%016llx", (unsigned long long)(v >> 64),
             (unsigned long long)v);
  else if (v > 9999)
    text_add(t, "0x%llx", (unsigned long long)v);
  else
    text_add(t, "%llu", (unsigned long long)v);
}

static void print_kids(Text *t, const Sema *s, const Node *n, const char *open,
                       const char *between, const char *close) {
  text_add(t, "%s", open);
  for (u32 i = 0; i < n->nkids; i++) {
    text_add(t, "%s", i ? between : "");
    node_print(t, s, n->kids[i]);
  }
  text_add(t, "%s", close);
}

static void print_head(Text *t, const Sema *s, const Node *n) {
  switch ((NodeKind)n->kind) {
  case N_OP: text_add(t, "%s", s->ops[n->op].text); return;
  case N_INST: text_add(t, "%s", s->insts[n->ref].text); return;
  case N_TERM: text_add(t, "%s", s->terms[n->ref].name); return;
  case N_CTOR: text_add(t, "%s", s->datas[n->ref].ctors[n->ctor].name); return;
  case N_SINK: text_add(t, "sink"); return;
  case N_ONCE: text_add(t, "once"); return;
  case N_SHARED: text_add(t, "shared"); return;
  case N_AS: text_add(t, "as.%s", vtype_names[n->sort.type]); return;
  case N_REG: text_add(t, "reg"); return;
  case N_POOL: text_add(t, "pool"); return;
  case N_ZEXT: text_add(t, "zext%u", n->sort.bits); return;
  case N_SEXT: text_add(t, "sext%u", n->sort.bits); return;
  case N_TRUNC: text_add(t, "trunc%u", n->sort.bits); return;
  case N_CALL:
    text_add(t, "%s", n->fn == BI_EXTERN ? n->text : builtin_names[n->fn]);
    return;
  case N_OPMEANING: text_add(t, "%s", s->ops[n->op].text); return;
  case N_INDEX: text_add(t, "index"); return;
  case N_MEM: text_add(t, "mem"); return;
  case N_NAN: text_add(t, "nan"); return;
  case N_STORE: text_add(t, "store"); return;
  case N_GOTO: text_add(t, "goto"); return;
  case N_RETURN: text_add(t, "return"); return;
  case N_PRED: text_add(t, "pred"); return;
  case N_UPDATE: text_add(t, "update"); return;
  case N_RECORD: text_add(t, "record"); return;
  default: text_add(t, "?"); return;
  }
}

static void print_const(Text *t, const Sema *s, const Node *n) {
  if (n->sort.kind == SORT_CODE)
    text_add(t, "%s", s->codes[n->sort.decl].members[(u32)n->num]);
  else if (n->sort.kind == SORT_BOOL)
    text_add(t, "%s", n->num ? "true" : "false");
  else
    print_u128(t, n->num);
}

static void print_amode(Text *t, const Sema *s, const Amode *a) {
  text_add(t, "[");
  for (u32 i = 0; i < a->nparts; i++) {
    text_add(t, "%s", i ? " + " : "");
    node_print(t, s, a->parts[i].e);
    if (!a->parts[i].scale)
      continue;
    text_add(t, " << ");
    node_print(t, s, a->parts[i].scale);
  }
  if (a->mem) {
    text_add(t, " | ");
    node_print(t, s, a->mem);
  }
  text_add(t, "]");
}

void node_print(Text *t, const Sema *s, const Node *n) {
  if (n->var && n->kind != N_VAR && n->kind != N_LET)
    text_add(t, "%s@", n->var->name);
  switch ((NodeKind)n->kind) {
  case N_CONST: print_const(t, s, n); return;
  case N_VALCONST:
    print_u128(t, n->num);
    text_add(t, ":%s", vtype_names[n->sort.type]);
    return;
  case N_VAR: text_add(t, "%s", n->var->name); return;
  case N_WILD: text_add(t, "_"); return;
  case N_UNSPEC: text_add(t, "?"); return;
  case N_EXTERN: text_add(t, "extern"); return;
  case N_UNARY:
    text_add(t, "%s", n->fn == UN_NOT ? "!" : "~");
    node_print(t, s, n->kids[0]);
    return;
  case N_BINARY:
    text_add(t, "(");
    node_print(t, s, n->kids[0]);
    text_add(t, " %s ", bin_text[n->fn]);
    node_print(t, s, n->kids[1]);
    text_add(t, ")");
    return;
  case N_COND:
    text_add(t, "(");
    node_print(t, s, n->kids[0]);
    text_add(t, " ? ");
    node_print(t, s, n->kids[1]);
    text_add(t, " : ");
    node_print(t, s, n->kids[2]);
    text_add(t, ")");
    return;
  case N_LET:
    text_add(t, "(let %s = ", n->var->name);
    print_kids(t, s, n, "", "; ", ")");
    return;
  case N_FIELD:
    node_print(t, s, n->kids[0]);
    text_add(t, ".%s",
             n->kids[0]->sort.kind == SORT_FLAGS
                 ? (const char *const[]){"o", "c", "z", "s", "p"}[n->field]
                 : memfield_names[n->field]);
    return;
  case N_RESULT:
    node_print(t, s, n->kids[0]);
    text_add(t, ".%u", n->field);
    return;
  case N_AMODE: print_amode(t, s, n->amode); return;
  default:
    text_add(t, "(");
    print_head(t, s, n);
    print_kids(t, s, n, n->nkids ? " " : "", " ", ")");
    return;
  }
}

static void print_vars(Text *t, Var **vars, u32 n) {
  for (u32 i = 0; i < n; i++)
    text_add(t, "%s%s", i ? ", " : "(", vars[i]->name);
  text_add(t, "%s", n ? ") = " : "");
}

static void print_stmt(Text *t, const Sema *s, const StmtX *x) {
  print_vars(t, x->vars, x->nvars);
  if (x->kind == SX_TRAP)
    text_add(t, "trap %s%s", x->trap ? x->trap : x->trap_var->name,
             x->e ? " if " : "");
  if (x->cc) {
    node_print(t, s, x->cc);
    text_add(t, " of ");
  }
  if (x->e)
    node_print(t, s, x->e);
  for (u32 i = 0; i < x->nrenames; i++)
    text_add(t, " with %s as %s", x->renames[i].from, x->renames[i].to);
}

static void print_right(Text *t, const Sema *s, const RuleX *x) {
  static const char *const words[] = {"", " remove", " value", " {", " trap "};
  text_add(t, " =>%s%s", x->subsume ? " subsume" : "", words[x->rhs_kind]);
  for (u32 i = 0; i < x->nrhs; i++) {
    text_add(t, " ");
    node_print(t, s, x->rhs[i]);
  }
  for (u32 i = 0; i < x->nstmts; i++) {
    text_add(t, "%s", i ? "; " : " ");
    print_stmt(t, s, &x->stmts[i]);
  }
  if (x->rhs_kind == RHS_TRAP)
    text_add(t, "%s", x->trap_var ? x->trap_var->name : x->trap);
  text_add(t, "%s", x->rhs_kind == RHS_STMTS ? " }" : "");
}

void rulex_print(Text *t, const Sema *s, const RuleX *x) {
  text_add(t, "%s%s #%u.%u: ", x->rule->decl->name.s, x->at, x->expansion,
           x->variant);
  print_vars(t, x->results, x->nresults);
  node_print(t, s, x->lhs);
  for (u32 i = 0; i < x->nclauses; i++) {
    const ClauseInfo *c = &x->clauses[i];
    text_add(t, c->let ? " let %s = " : " if %s", c->let ? c->let->name : "");
    node_print(t, s, c->e);
  }
  if (!x->rule->is_remat)
    print_right(t, s, x);
  text_add(t, "\n");
}
