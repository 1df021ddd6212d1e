// The claims about ops, their symmetries and the maps of codes.
#include "rulec/verify/obligation.h"
#include "rulec/sema/priv.h"
#include "rulec/verify/lanes.h"
#include "rulec/verify/rule.h"

void obligation_add(Obligations *v, Obligation o) {
  if (v->n == v->cap)
    v->at = vec_grow(v->arena, v->at, &v->cap, v->n + 1, sizeof *v->at);
  v->at[v->n++] = o;
}

// --- ops ------------------------------------------------------------

static void op_inputs(Smt *m, const OpInst *op, SmtVal *args) {
  for (u32 i = 0; i < op->nvars; i++) {
    args[i] = smt_input(m, op->vars[i]->name, op->vars[i]->sort);
    vec_push(
        m->arena, &m->trace,
        ((SmtTrace){op->vars[i]->name, "input", args[i], op->vars[i], NULL}));
  }
}

// Where no trap fires, the meaning gives something.
static SmtTerm claim_defined(Smt *m, const Obligation *o) {
  SmtVal args[16];
  SmtRun run;
  op_inputs(m, o->op, args);
  smt_run_init(m, &run, smt_memory(m, "memory"), true);
  (void)smt_op(m, &run, o->op, args);
  return smt_implies(m, run.valid, run.ok);
}

static SmtTerm claim_sym(Smt *m, const Obligation *o) {
  const OpInst *op = o->op, *other = &m->s->ops[op->sym_op];
  SmtVal args[16], turned[16];
  SmtRun a, b;
  op_inputs(m, op, args);
  for (u32 i = 0; i < op->nvars; i++)
    turned[i] = args[op->sym_perm[i]];
  SmtTerm mem = smt_memory(m, "memory");
  smt_run_init(m, &a, mem, true);
  smt_run_init(m, &b, mem, false);
  m->side = "left";
  SmtVal x = smt_op(m, &a, op, args);
  m->side = "right";
  SmtVal y = smt_op(m, &b, other, turned);
  return rule_refines(m, &a, &b, op->type ? &x : NULL, &y);
}

// Where the op does not trap, what it says of its result is true.
static SmtTerm claim_fact(Smt *m, const Obligation *o) {
  SmtVal args[16];
  SmtEnv env = {0};
  SmtRun run;
  const FactInfo *f = &o->op->facts[o->fact];
  op_inputs(m, o->op, args);
  for (u32 i = 0; i < o->op->nvars; i++)
    smt_bind(m, &env, o->op->vars[i], args[i]);
  SmtVal e = smt_expr(m, &env, NULL, f->e);
  vec_push(m->arena, &m->trace,
           ((SmtTrace){builtin_names[f->fact], "outcome", e, NULL, NULL}));
  smt_run_init(m, &run, smt_memory(m, "memory"), true);
  SmtVal x = smt_op(m, &run, o->op, args);
  vec_push(m->arena, &m->trace,
           ((SmtTrace){"result", "outcome", x, NULL, NULL}));
  SmtTerm gives = smt_and(m, smt_not(m, run.trapped), e.ok);
  SmtTerm when = smt_and(m, smt_and(m, run.valid, run.ok), gives);
  return smt_implies(m, when, smt_fact_holds(m, (Builtin)f->fact, e.v, x.v));
}

static void facts(Obligations *out, Obligation o) {
  o.kind = "fact";
  o.claim = claim_fact;
  const char *at = o.at;
  for (u32 i = 0; i < o.op->nfacts; i++) {
    o.fact = i;
    o.at = arena_printf(out->arena, "%s %s", at,
                        builtin_names[o.op->facts[i].fact]);
    obligation_add(out, o);
  }
}

static bool has_claim(const OpInst *op) {
  return op->base && !op->base->unsound && op->meaning && op->nvars <= 16 &&
         op->meaning->kind != N_EXTERN;
}

static void ops(const Sema *s, Obligations *out) {
  for (u32 i = 1; i < s->nops; i++) {
    const OpInst *op = &s->ops[i];
    if (!has_claim(op))
      continue;
    Obligation o = {.name = op->base->name,
                    .at = op->text + strlen(op->base->name),
                    .decl = op->base->decl,
                    .op = op};
    o.kind = "op";
    o.claim = claim_defined;
    obligation_add(out, o);
    o.kind = "sym";
    o.claim = claim_sym;
    if (op->sym_op)
      obligation_add(out, o);
    facts(out, o);
  }
}

// --- codes ----------------------------------------------------------

const Node *code_predicate(const Sema *cs, u32 code, u32 member, Var **args,
                           u32 nargs) {
  Sema s = *cs; // typing makes nodes, and changes nothing else
  const CodeInfo *c = &s.codes[code];
  const OperandList *names = &c->decl->operands;
  if (names->n != nargs || nargs > 4)
    return NULL;
  Env env = {0};
  Scope scopes[4];
  u32 nvars = 0;
  for (u32 i = 0; i < nargs; i++)
    nvars = args[i]->index >= nvars ? args[i]->index + 1 : nvars;
  Typer t = {.s = &s, .env = &env, .nvars = &nvars, .quiet = true};
  for (u32 i = 0; i < nargs; i++) {
    scopes[i] =
        (Scope){.up = t.scope, .name = names->at[i].name.s, .var = args[i]};
    t.scope = &scopes[i];
  }
  return type_as(&t, c->decl->members[member].pred, sort_of(SORT_BOOL));
}

void code_args(CodeArgs *a, const Sema *s, const Obligation *o) {
  const OperandList *names = &s->codes[o->code].decl->operands;
  a->n = names->n < 4 ? names->n : 4;
  for (u32 i = 0; i < a->n; i++) {
    Sort sort = o->width ? sort_bv(o->width) : sort_of(SORT_FLAGS);
    a->vars[i] = (Var){.name = names->at[i].name.s, .index = i, .sort = sort};
    a->at[i] = &a->vars[i];
  }
}

static SmtTerm predicate(Smt *m, SmtEnv *env, const Obligation *o, u32 member,
                         CodeArgs *a) {
  const Node *n = code_predicate(m->s, o->code, member, a->at, a->n);
  if (!n) {
    smt_fail(m, "a predicate that has no type here");
    return smt_bool(true);
  }
  SmtVal v = smt_expr(m, env, NULL, n);
  return smt_and(m, v.ok, v.v);
}

// `not` gives the opposite, `swap` the same of the operands in turn.
static SmtTerm claim_map(Smt *m, const Obligation *o) {
  CodeArgs a;
  SmtEnv env = {0}, turned = {0};
  const CodeInfo *c = &m->s->codes[o->code];
  bool swap = strcmp(o->kind, "swap") == 0;
  code_args(&a, m->s, o);
  for (u32 i = 0; i < a.n; i++) {
    SmtVal v = smt_input(m, a.vars[i].name, a.vars[i].sort);
    vec_push(m->arena, &m->trace,
             ((SmtTrace){a.vars[i].name, "input", v, a.at[i], NULL}));
    smt_bind(m, &env, a.at[i], v);
    smt_bind(m, &turned, a.at[swap ? a.n - 1 - i : i], v);
  }
  const s32 *map = swap ? c->swap : c->invert;
  SmtTerm x = predicate(m, &env, o, o->member, &a);
  SmtTerm y = predicate(m, &turned, o, (u32)map[o->member], &a);
  return smt_eq(m, x, swap ? y : smt_not(m, y));
}

static void code_members(const Sema *s, Obligations *out, Obligation o,
                         const s32 *map) {
  const CodeInfo *c = &s->codes[o.code];
  for (u32 i = 0; map && i < c->nmembers; i++) {
    if (map[i] < 0)
      continue;
    o.member = i;
    o.at = arena_printf(out->arena, ".%s%s", c->members[i],
                        o.width == 8    ? " 8"
                        : o.width == 16 ? " 16"
                        : o.width == 32 ? " 32"
                        : o.width == 64 ? " 64"
                                        : "");
    obligation_add(out, o);
  }
}

// Of scalars always; of narrow lanes where some op compares such.
static bool compares_at(const Sema *s, u32 code, u32 width) {
  bool some = width >= 32;
  for (u32 i = 1; i < s->nops && !some; i++) {
    const OpInst *op = &s->ops[i];
    u32 shape = op_shape(op);
    if (!shape || lanes_bits(shape) != width)
      continue;
    for (u32 k = 0; k < op->base->nparams; k++)
      some |= op->args[k].kind == ARG_CODE && op->args[k].code == code;
  }
  return some;
}

static void codes(const Sema *s, Obligations *out) {
  static const u32 widths[] = {8, 16, 32, 64};
  for (u32 i = 0; i < s->ncodes; i++) {
    const CodeInfo *c = &s->codes[i];
    const OperandList *names = &c->decl->operands;
    if (!names->n)
      continue;
    Obligation o = {.name = c->name, .decl = c->decl, .claim = claim_map};
    o.code = i;
    bool flags = names->at[0].nkinds != 0;
    for (u32 k = 0; k < (flags ? 1 : 4); k++) {
      o.width = flags ? 0 : widths[k];
      if (!flags && !compares_at(s, i, o.width))
        continue;
      o.kind = "swap";
      code_members(s, out, o, c->swap);
      o.kind = "not";
      code_members(s, out, o, c->invert);
    }
  }
}

void obligations_mid(const Sema *s, Obligations *out) {
  codes(s, out);
  ops(s, out);
  rule_obligations(s, out);
}
