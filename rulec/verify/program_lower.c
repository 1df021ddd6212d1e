// Programs of lowering's helper terms: an op that is lowered by way of them.
#include "rulec/verify/program.h"

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
  u32 c = program_condition(p, lhs->kids[0]);
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
