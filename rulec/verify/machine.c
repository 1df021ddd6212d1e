// Nodes of lowering as terms: see machine.h. Instructions are in inst.c.
#include "rulec/verify/machine.h"

static Machine *machine(Smt *m) { return m->user; }

static bool in_gpr(u8 type) {
  return type == VT_I32 || type == VT_I64 || type == VT_REF;
}

static bool is_register(Sort s) {
  return s.kind == SORT_GPR || s.kind == SORT_XMM || s.kind == SORT_VALUE;
}

// --- registers --------------------------------------------------------

static const char *rest_of(const Smt *m, u8 type) {
  for (u32 i = 0; i < m->s->nreps; i++)
    if (m->s->reps[i].type == type)
      return m->s->reps[i].rest;
  return "any";
}

SmtTerm machine_promise(Smt *m, u8 type, SmtTerm whole) {
  u32 low = vtype_bits[type];
  const char *rest = rest_of(m, type);
  if (low >= whole.bits || strcmp(rest, "any") == 0)
    return smt_bool(true);
  SmtTerm value = smt_extract(m, low - 1, 0, whole);
  return smt_eq(m, whole,
                smt_resize(m, value, whole.bits, strcmp(rest, "sign") == 0));
}

SmtTerm machine_whole(Smt *m, SmtVal x) {
  u8 type = x.sort.type;
  if (x.v.bits >= 64 || !is_register(x.sort))
    return smt_resize(m, x.v, 64, false);
  const char *rest = rest_of(m, type);
  if (strcmp(rest, "any") != 0)
    return smt_resize(m, x.v, 64, strcmp(rest, "sign") == 0);
  SmtTerm above = smt_fresh(m, "above", SMT_BV, 64u - x.v.bits);
  return smt_app(m, SMT_BV, 64, "concat", 2, above, x.v);
}

SmtVal machine_promised(Smt *m, SmtVal x) {
  u32 low = is_register(x.sort) && x.sort.type ? vtype_bits[x.sort.type] : 0;
  if (!low || x.v.bits <= low)
    return x;
  SmtTerm kept = machine_promise(m, x.sort.type, x.v);
  machine(m)->obliged = smt_and(m, machine(m)->obliged, kept);
  x.v = smt_extract(m, low - 1, 0, x.v);
  return x;
}

// --- traces -----------------------------------------------------------

static SmtVal noted(Smt *m, const Node *n, SmtVal x) {
  if (!m->side || (!x.v.s && !x.f))
    return x;
  Text t = {.arena = m->arena};
  node_print(&t, m->s, n);
  SmtTrace line = {text_str(&t), m->side, x, NULL, n};
  vec_push(m->arena, &m->trace, line);
  return x;
}

// --- codes ------------------------------------------------------------

static SmtTerm member_holds(Smt *m, const CodeInfo *c, u32 k, SmtVal flags) {
  SmtEnv env = {0};
  if (!c->preds || !c->preds[k]) {
    smt_fail(m, "%s of code %s has no predicate", c->members[k], c->name);
    return smt_bool(true);
  }
  smt_bind(m, &env, c->pvars[0], flags);
  return smt_expr(m, &env, NULL, c->preds[k]).v;
}

SmtTerm machine_condition(Smt *m, u32 decl, SmtTerm code, SmtVal flags) {
  const CodeInfo *c = &m->s->codes[decl];
  u128 k;
  if (smt_literal(code, &k) && k < c->nmembers)
    return member_holds(m, c, (u32)k, flags);
  SmtTerm r = smt_bool(false);
  for (u32 i = 0; i < c->nmembers; i++) {
    SmtTerm here = smt_eq(m, code, smt_num(m, i, code.bits));
    r = smt_ite(m, here, member_holds(m, c, i, flags), r);
  }
  return r;
}

static SmtVal predicate(Smt *m, SmtEnv *env, SmtRun *run, const Node *n) {
  SmtVal code = smt_expr(m, env, run, n->kids[0]);
  SmtVal flags = smt_expr(m, env, run, n->kids[1]);
  SmtVal x = smt_val(n->sort, smt_bool(true));
  x.v = machine_condition(m, n->kids[0]->sort.decl, code.v, flags);
  x.ok = smt_and(m, code.ok, flags.ok);
  return x;
}

// --- addresses, registers seen otherwise --------------------------------

static SmtVal amode(Smt *m, SmtEnv *env, SmtRun *run, const Node *n) {
  const Amode *a = n->amode;
  SmtVal x = smt_val(n->sort, smt_num(m, 0, 64));
  for (u32 i = 0; i < a->nparts; i++) {
    SmtVal p = smt_expr(m, env, run, a->parts[i].e);
    SmtTerm at = machine_whole(m, p), base = x.v;
    x.ok = smt_and(m, x.ok, p.ok);
    if (a->parts[i].scale) {
      SmtVal k = smt_expr(m, env, run, a->parts[i].scale);
      x.ok = smt_and(m, x.ok, k.ok);
      u128 two;
      MachineIndex entry = {base, at};
      if (i && smt_literal(k.v, &two) && two == 2)
        vec_push(m->arena, &machine(m)->indexed, entry);
      at = smt_bin(m, "bvshl", at, smt_resize(m, k.v, 64, false));
    }
    x.v = i ? smt_bin(m, "bvadd", x.v, at) : at;
  }
  if (!a->mem)
    return x;
  SmtVal mem = smt_expr(m, env, run, a->mem);
  x.f = mem.f;
  x.ok = smt_and(m, x.ok, mem.ok);
  x.v = smt_bin(m, "bvadd", x.v, smt_resize(m, mem.f[MF_OFF], 64, false));
  return x;
}

static SmtVal seen_as(Smt *m, SmtEnv *env, SmtRun *run, const Node *n) {
  SmtVal x = smt_expr(m, env, run, n->kids[0]);
  u8 to = n->sort.type;
  if (in_gpr(to) && in_gpr(x.sort.type))
    x.v = vtype_bits[to] == x.v.bits ? x.v : machine_whole(m, x);
  else if (vtype_bits[to] != x.v.bits)
    smt_fail(m, "a register of one class seen as another");
  x.sort = n->sort;
  x.nan = NULL;
  return x;
}

// --- terms and data -----------------------------------------------------

// A constructor's meaning of its fields.
static SmtVal ctor(Smt *m, SmtEnv *env, SmtRun *run, const Node *n) {
  const CtorInfo *c = &m->s->datas[n->ref].ctors[n->ctor];
  SmtEnv inner = {0};
  SmtTerm ok = smt_bool(true);
  for (u32 i = 0; i < n->nkids; i++) {
    SmtVal v = smt_expr(m, env, run, n->kids[i]);
    ok = smt_and(m, ok, v.ok);
    smt_bind(m, &inner, c->mvars[i], v);
  }
  if (!c->means) {
    smt_fail(m, "constructor %s means nothing", c->name);
    return smt_val((Sort){.kind = SORT_BOOL}, smt_bool(true));
  }
  SmtVal x = smt_expr(m, &inner, run, c->means);
  x.ok = smt_and(m, x.ok, ok);
  return x;
}

static SmtVal term(Smt *m, SmtEnv *env, SmtRun *run, const Node *n) {
  const TermInfo *t = &m->s->terms[n->ref];
  SmtEnv inner = {0};
  SmtTerm ok = smt_bool(true), *f = NULL;
  if (!t->means) {
    smt_fail(m, "term %s has no `means`", t->name);
    return smt_sorry(m, (Sort){.kind = SORT_BOOL});
  }
  for (u32 i = 0; i < n->nkids; i++) {
    SmtVal v = machine_promised(m, smt_expr(m, env, run, n->kids[i]));
    ok = smt_and(m, ok, v.ok);
    if (n->kids[i]->sort.kind == SORT_MEMARG)
      f = v.f;
    smt_bind(m, &inner, t->mvars[i], v);
  }
  SmtVal x = smt_expr(m, &inner, run, t->means);
  x.ok = smt_and(m, x.ok, ok);
  if (n->sort.kind == SORT_AMODE) {
    x.sort = n->sort;
    x.f = f;
  } else if (is_register(n->sort)) {
    x.sort = n->sort;
  }
  return x;
}

// --- instructions on the right ------------------------------------------

// The instruction at the codes that are known here.
static const InstX *inst_of(Smt *m, SmtEnv *env, SmtRun *run, const Node *n) {
  const InstX *x = &m->s->insts[n->ref];
  u32 k = n->ref, stride = 1;
  for (u32 i = x->base->nparams; n->dyn && i-- > 0;) {
    u128 c = 0;
    if (n->dyn[i] && !smt_literal(smt_expr(m, env, run, n->dyn[i]).v, &c))
      smt_fail(m, "%s of a code that is not known", x->base->name);
    k += stride * (u32)c;
    stride *= x->base->params[i].n;
  }
  return k < m->s->ninsts ? &m->s->insts[k] : x;
}

// A sequence by its contract, which its own obligation proves.
static void by_contract(Smt *m, SmtRun *run, const InstX *x, const SmtVal *args,
                        SmtVal *results) {
  SmtEnv env = {0};
  for (u32 i = 0; i < x->noperands; i++)
    smt_bind(m, &env, x->vars[i], args[i]);
  for (u32 i = x->means ? 1 : 0; i < x->nresults; i++)
    results[i] = smt_input(m, arena_printf(m->arena, "any%u", m->nterms++),
                           x->results[i].kinds[0].sort);
  if (!x->means) {
    smt_fail(m, "%s has no `means`", x->text);
    return;
  }
  SmtVal v = smt_expr(m, &env, run, x->means);
  SmtTerm stopped = smt_or(m, run->trapped, run->ended);
  run->ok = smt_and(m, run->ok, smt_or(m, stopped, v.ok));
  if (x->nresults) {
    v.sort = x->results[0].kinds[0].sort;
    results[0] = v;
  }
}

static void inst(Smt *m, SmtEnv *env, SmtRun *run, const Node *n,
                 SmtVal *results, u32 *count) {
  const InstX *x = inst_of(m, env, run, n);
  SmtVal args[MACHINE_MAX];
  u32 kid = 0;
  *count = x->nresults;
  if (x->noperands > MACHINE_MAX || x->nresults > MACHINE_MAX) {
    smt_fail(m, "%s: too many operands", x->text);
    *count = 0;
    return;
  }
  for (u32 i = 0; i < x->noperands; i++) {
    args[i] = x->operands[i].tmp ? smt_sorry(m, x->vars[i]->sort)
                                 : smt_expr(m, env, run, n->kids[kid++]);
    if (x->is_seq)
      args[i] = machine_promised(m, args[i]);
    args[i] = machine_operand(m, run, x, i, args[i]);
  }
  if (x->is_seq)
    by_contract(m, run, x, args, results);
  else
    machine_inst(m, run, x, args, results);
}

static SmtVal main_result(Smt *m, SmtEnv *env, SmtRun *run, const Node *n) {
  SmtVal r[MACHINE_MAX];
  u32 count;
  inst(m, env, run, n, r, &count);
  const InstX *x = &m->s->insts[n->ref];
  for (u32 i = 0; i < count; i++)
    if (!x->results[i].is_flags)
      return noted(m, n, r[i]);
  return count ? noted(m, n, r[0])
               : (SmtVal){.sort = n->sort, .ok = smt_bool(true)};
}

static SmtVal one_result(Smt *m, SmtEnv *env, SmtRun *run, const Node *n) {
  SmtVal r[MACHINE_MAX];
  u32 count;
  if (n->kids[0]->kind != N_INST)
    return smt_expr(m, env, run, n->kids[0]);
  inst(m, env, run, n->kids[0], r, &count);
  return n->field < count ? noted(m, n, r[n->field]) : smt_sorry(m, n->sort);
}

// All results of a statement's instruction, bound to its names.
static bool machine_hook(Smt *m, SmtEnv *env, SmtRun *run, const Node *n,
                         SmtVal *out) {
  switch ((NodeKind)n->kind) {
  case N_BINARY:
  case N_CALL: return machine_algebra(m, env, run, n, out);
  case N_PRED: *out = predicate(m, env, run, n); return true;
  case N_AMODE: *out = noted(m, n, amode(m, env, run, n)); return true;
  case N_AS: *out = seen_as(m, env, run, n); return true;
  case N_CTOR: *out = ctor(m, env, run, n); return true;
  case N_TERM: *out = noted(m, n, term(m, env, run, n)); return true;
  case N_INST: *out = main_result(m, env, run, n); return true;
  case N_RESULT: *out = one_result(m, env, run, n); return true;
  case N_SINK:
  case N_ONCE:
  case N_SHARED:
  case N_REG:
  case N_POOL: *out = smt_expr(m, env, run, n->kids[0]); return true;
  default: return false;
  }
}

void machine_results(Smt *m, SmtEnv *env, SmtRun *run, const Node *n, u32 nvars,
                     Var *const *vars) {
  SmtVal r[MACHINE_MAX];
  u32 count;
  inst(m, env, run, n, r, &count);
  for (u32 i = 0; i < nvars && i < count; i++) {
    if (m->side && !vars[i]->wild) {
      SmtTrace line = {vars[i]->name, m->side, r[i], NULL, n};
      vec_push(m->arena, &m->trace, line);
    }
    smt_bind(m, env, vars[i], r[i]);
  }
}

void machine_begin(Smt *m, Machine *x) {
  *x = (Machine){.obliged = smt_bool(true)};
  m->hook = machine_hook;
  m->user = x;
}

void machine_end(Smt *m) {
  m->user = NULL;
  m->hook = NULL;
  const char *script = smt_script(m);
  m->uses_mem = strstr(script, "(select ") || strstr(script, "(store ");
}
