// Programs of lowering's helper terms: an op that is lowered by way of them.
#include "rulec/eval.h"
#include "rulec/verify/program.h"

// --- conditions -----------------------------------------------------

// What compares so that a code of the processor asks for it, and two operands
// of which it is true; the other way round, or the first with itself, it is
// not.
static const struct {
  const char *code, *op;
  u32 x, y, false_y; // x against false_y does not hold
} compares[] = {
    {"e", "icmp.eq.i32", 1, 1, 2},  {"ne", "icmp.ne.i32", 1, 2, 1},
    {"l", "icmp.slt.i32", 1, 2, 1}, {"ge", "icmp.sge.i32", 1, 1, 2},
    {"g", "icmp.sgt.i32", 2, 1, 2}, {"le", "icmp.sle.i32", 2, 2, 1},
    {"b", "icmp.ult.i32", 1, 2, 1}, {"ae", "icmp.uge.i32", 1, 1, 2},
    {"a", "icmp.ugt.i32", 2, 1, 2}, {"be", "icmp.ule.i32", 2, 2, 1},
};

static const ModelValue *field(const Program *p, const Node *ctor, u8 sort) {
  for (u32 i = 0; i < ctor->nkids; i++)
    if (ctor->kids[i]->kind == N_VAR && ctor->kids[i]->sort.kind == sort)
      return program_input(p, ctor->kids[i]->var);
  return NULL;
}

static bool holds(const Program *p, const ModelValue *code,
                  const ModelValue *flags) {
  const CodeInfo *c = &p->v->sema->codes[code->var->sort.decl];
  EvVal f = {.state = EV_VALUE, .sort = flags->sort};
  Eval e;
  eval_init(&e, p->v->sema, p->v->arena, 1);
  for (u32 i = 0; i < FF_COUNT; i++)
    f.flags[i] = (u8)flags->at[i];
  eval_bind(&e, c->pvars[0], f);
  EvVal r = eval_node(&e, c->preds[(u32)code->at[0]]);
  return ev_true(&r);
}

static u32 compare(Program *p, const ModelValue *code,
                   const ModelValue *flags) {
  const CodeInfo *c = &p->v->sema->codes[code->var->sort.decl];
  const char *name = c->members[(u32)code->at[0]];
  for (u32 i = 0; i < sizeof compares / sizeof *compares; i++) {
    if (strcmp(compares[i].code, name) != 0)
      continue;
    bool is = holds(p, code, flags);
    u32 x = program_argument(p, "i32", compares[i].x);
    u32 y =
        program_argument(p, "i32", is ? compares[i].y : compares[i].false_y);
    return program_line(p, "%s v%u v%u", compares[i].op, x, y);
  }
  program_fail(p, "no op of the IR asks for the condition %s", name);
  return 0;
}

// Floats: equal, different, or not to be compared, as the flags say.
static u32 compare_floats(Program *p, const char *op, const ModelValue *f) {
  u64 one = UINT64_C(0x3ff0000000000000), nan = UINT64_C(0x7ff8000000000000);
  u64 y = f->at[FF_P] ? nan : f->at[FF_Z] ? one : one + 1;
  u32 a = program_argument(p, "i64", one), b = program_argument(p, "i64", y);
  u32 v = program_line(p, "bitcast.f64 v%u", a);
  u32 w = program_line(p, "bitcast.f64 v%u", b);
  return program_line(p, "%s v%u v%u", op, v, w);
}

// A value that is true as the model's `one(f, c)` is.
static u32 condition(Program *p, const Node *n) {
  const ModelValue *code = field(p, n, SORT_CODE);
  const ModelValue *flags = field(p, n, SORT_FLAGS);
  if (n->kind != N_CTOR || !flags) {
    program_fail(p, "a condition that is not taken apart");
    return 0;
  }
  const char *name = p->v->sema->datas[n->ref].ctors[n->ctor].name;
  if (code)
    return compare(p, code, flags);
  if (strcmp(name, "oeq") == 0)
    return compare_floats(p, "fcmp.eq.f64", flags);
  if (strcmp(name, "une") == 0)
    return compare_floats(p, "fcmp.ne.f64", flags);
  program_fail(p, "no op of the IR makes the condition %s", name);
  return 0;
}

// --- terms ----------------------------------------------------------

static void address(Program *p, const Node *lhs) {
  const ModelValue *m =
      lhs->kids[1]->kind == N_VAR ? program_input(p, lhs->kids[1]->var) : NULL;
  u32 bytes = m ? (u32)m->at[MF_BYTES] : 0;
  u32 at = program_value(p, lhs->kids[0]);
  if (bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8)
    bytes = 4;
  Text t = {.arena = p->v->arena};
  program_access(p, &t, lhs->kids[1], at, bytes);
  u32 v = program_line(p, "load.i64 %s", text_str(&t));
  program_return(p, v, VT_I64);
}

static void branch(Program *p, u32 c, u32 t, u32 e) {
  text_add(&p->body, "  brif v%u b%u b%u\n", c, t, e);
}

static void trap(Program *p, const char *op, u32 c, const Node *code) {
  const ModelValue *m =
      code->kind == N_VAR ? program_input(p, code->var) : NULL;
  text_add(&p->body, "  %s v%u %s\n  return ()\n", op, c,
           m && m->at[0] == 3 ? "overflow" : "unreachable");
}

static void choose(Program *p, const Node *lhs, u32 c) {
  u8 type = lhs->sort.type;
  u32 x = program_value(p, lhs->kids[1]), y = program_value(p, lhs->kids[2]);
  u32 v = program_line(p, "select.%s v%u v%u v%u", vtype_names[type], c, x, y);
  program_return(p, v, type);
}

// What is meant by a term over a condition says which op comes to it.
static void by_condition(Program *p, const Node *lhs, const Node *means) {
  u32 c = condition(p, lhs->kids[0]);
  const char *op =
      means->kind == N_OPMEANING ? p->v->sema->ops[means->op].base->name : "";
  if (strcmp(op, "brif") == 0)
    branch(p, c, program_target(p, lhs->kids[1]->var),
           program_target(p, lhs->kids[2]->var));
  else if (strcmp(op, "trapz") == 0 || strcmp(op, "trapnz") == 0)
    trap(p, op, c, lhs->kids[1]);
  else if (means->kind == N_COND && lhs->nkids == 3)
    choose(p, lhs, c);
  else if (means->kind == N_ZEXT || means->kind == N_CALL)
    program_return(p, c, VT_I32);
  else
    program_fail(p, "the term %s, and no op that comes to it",
                 p->v->sema->terms[lhs->ref].name);
}

void program_term(Program *p, const Node *lhs) {
  const TermInfo *t = &p->v->sema->terms[lhs->ref];
  if (t->result.kind == SORT_AMODE && lhs->nkids == 2)
    address(p, lhs);
  else if (t->result.kind == SORT_DATA && lhs->nkids == 1)
    branch(p, program_value(p, lhs->kids[0]), program_target(p, lhs),
           program_target(p, t));
  else if (t->means && lhs->nkids && lhs->kids[0]->sort.kind == SORT_DATA)
    by_condition(p, lhs, t->means);
  else
    program_fail(p, "the term %s, and no op that comes to it", t->name);
}
