// Arguments of a seq's steps: constants are computed from the parameters, names
// are found among operands, results and the processor's registers.
#include "rulec/gen/seq.h"

void seq_bad(Seq *q, Loc loc, const char *what, const char *name) {
  diag_add(q->s->diags, E_SEQ, loc, "%s: %s `%s`", q->x->text, what, name);
  q->failed = true;
}

// --- constants
// -----------------------------------------------------------------------

typedef struct Bind { // names of a fn's arguments
  const char *name[4];
  s128 value[4];
  u32 n;
} Bind;

static s128 eval(Seq *q, const Expr *e, const Bind *b);

static const Decl *find_fn(const Sema *s, const char *name) {
  for (u32 i = 0; i < s->ast->n; i++)
    if (s->ast->at[i]->kind == DECL_FN &&
        strcmp(s->ast->at[i]->name.s, name) == 0)
      return s->ast->at[i];
  return NULL;
}

static s128 eval_call(Seq *q, const Expr *e, const Bind *b) {
  const char *f = e->name.s;
  if (strcmp(f, "bits") == 0 && e->kids.n == 1 &&
      e->kids.at[0]->kind == EX_NAME) {
    const ParamArg *a = inst_param(q->x, e->kids.at[0]->name.s);
    return a && a->kind == ARG_TYPE ? vtype_bits[a->value] : 0;
  }
  const Decl *d = find_fn(q->s, f);
  Bind args = {.n = e->kids.n};
  for (u32 i = 0; i < e->kids.n && i < 4; i++) {
    args.value[i] = eval(q, e->kids.at[i], b);
    args.name[i] = d && i < d->operands.n ? d->operands.at[i].name.s : "";
  }
  if (d && e->kids.n <= 4)
    return eval(q, d->body, &args);
  bool width = e->kids.n == 1 && args.value[0] >= 1 && args.value[0] <= 64;
  if (width && strcmp(f, "max_s") == 0)
    return ((s128)1 << (args.value[0] - 1)) - 1;
  if (width && strcmp(f, "min_s") == 0)
    return (s128)1 << (args.value[0] - 1);
  seq_bad(q, e->loc, "no constant function", f);
  return 0;
}

static s128 eval(Seq *q, const Expr *e, const Bind *b) {
  switch (e->kind) {
  case EX_INT: return e->num;
  case EX_COND:
    return eval(q, e->kids.at[eval(q, e->kids.at[0], b) ? 1 : 2], b);
  case EX_CALL: return eval_call(q, e, b);
  case EX_BINARY:
    if (e->op == BIN_EQ)
      return eval(q, e->kids.at[0], b) == eval(q, e->kids.at[1], b);
    break;
  case EX_NAME:
    for (u32 i = 0; b && i < b->n; i++)
      if (strcmp(b->name[i], e->name.s) == 0)
        return b->value[i];
    break;
  case EX_FLOAT:
  case EX_TERM:
  case EX_NAN:
  case EX_UNARY:
  case EX_LET:
  case EX_INDEX:
  case EX_MEM:
  case EX_FIELD:
  case EX_RECORD:
  case EX_UPDATE:
  case EX_AT:
  case EX_ADDR:
  case EX_MAP:
  case EX_QUANT:
  case EX_ANY:
  case EX_GOTO:
  case EX_RETURN:
  case EX_STORE: break;
  }
  seq_bad(q, e->loc, "no constant", e->name.s ? e->name.s : "?");
  return 0;
}

// --- arguments
// -----------------------------------------------------------------------

// The operand or result of the seq with this name, or -1.
static s32 seq_place(const Seq *q, const char *name) {
  for (u32 i = 0; i < q->x->noperands; i++)
    if (strcmp(q->x->operands[i].name, name) == 0)
      return (s32)i;
  for (u32 i = 0; i < q->x->nresults; i++)
    if (strcmp(q->x->results[i].name, name) == 0)
      return (s32)(q->x->noperands + i);
  return -1;
}

const char *seq_reg(Seq *q, const char *name, SeqArgKind *kind) {
  s32 fixed = inst_reg(name), place = seq_place(q, name);
  if (fixed >= 0)
    return arena_printf(q->s->arena, "%d", fixed & 15);
  if (place < 0)
    return NULL;
  s32 slot = q->f->operand_slot[place];
  if (slot < 0) {
    *kind = SA_OPERAND; // flags, a code, a libcall
    return arena_printf(q->s->arena, "i->imm");
  }
  return arena_printf(q->s->arena, "(r[%d] & 15)", slot);
}

SeqArg seq_arg(Seq *q, const Expr *e) {
  SeqArg a = {.kind = SA_REG};
  if (e->kind == EX_NAME) {
    a.c = seq_reg(q, e->name.s, &a.kind);
    if (!a.c)
      seq_bad(q, e->loc, "neither an operand nor a register:", e->name.s);
    return a;
  }
  if (e->kind == EX_ADDR) {
    a.kind = SA_ADDR, a.addr = e;
    return a;
  }
  if (e->kind == EX_CALL && strcmp(e->name.s, "pool") == 0) {
    a.kind = SA_POOL, a.num = eval(q, e->kids.at[0], NULL);
    return a;
  }
  a.kind = SA_CONST, a.num = eval(q, e, NULL);
  return a;
}

const char *seq_step_name(Seq *q, const Expr *e) {
  Text t = {.arena = q->s->arena};
  const char *p = e->name.s;
  while (*p) {
    size_t n = strcspn(p, ".");
    const char *part = arena_strndup(q->s->arena, p, n);
    const ParamArg *a = inst_param(q->x, part);
    const char *text = !a ? part
                       : a->kind == ARG_CODE
                           ? q->s->codes[a->code].members[a->value]
                           : vtype_names[a->value];
    text_add(&t, "%s%s", t.n ? "." : "", text);
    p += n;
    p += *p == '.';
  }
  return text_str(&t);
}

s128 seq_const(Seq *q, const Expr *e) { return eval(q, e, NULL); }

// ne, C, not(C)
u32 seq_condition(Seq *q, const Expr *e) {
  bool inverted =
      e->kind == EX_CALL && strcmp(e->name.s, "not") == 0 && e->kids.n == 1;
  const Expr *n = inverted ? e->kids.at[0] : e;
  if (n->kind != EX_NAME) {
    seq_bad(q, e->loc, "wanted a condition, found", "another expression");
    return 0;
  }
  const ParamArg *a = inst_param(q->x, n->name.s);
  const char *name = a && a->kind == ARG_CODE
                         ? q->s->codes[a->code].members[a->value]
                         : n->name.s;
  for (u32 i = 0; i < q->s->ncodes; i++) {
    const CodeInfo *c = &q->s->codes[i];
    for (u32 k = 0; c->enc_bits == 4 && k < c->nmembers; k++)
      if (strcmp(c->members[k], name) == 0)
        return inverted ? c->enc[k] ^ 1 : c->enc[k];
  }
  seq_bad(q, e->loc, "no condition", name);
  return 0;
}
