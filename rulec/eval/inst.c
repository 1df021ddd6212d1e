// Instructions on values, and the other nodes of lowering's right sides:
// addresses, constructors, helper terms by their contracts.
#include "rulec/eval/priv.h"

// --- instructions -----------------------------------------------------

static const KindInfo *kind_of_mode(const InstOperand *o, OperandMode mode,
                                    u32 bits) {
  for (u32 i = 0; i < o->nkinds; i++)
    if (o->kinds[i].mode == mode && (!bits || o->kinds[i].sort.bits == bits))
      return &o->kinds[i];
  return NULL;
}

// What the instruction sees of what it is given: an address is loaded from if
// the operand is memory; an immediate is extended as its kind says; of a
// register its width.
static EvVal inst_operand(Eval *e, const InstX *x, u32 i, EvVal v) {
  const InstOperand *o = &x->operands[i];
  Sort want = x->vars[i]->sort;
  const KindInfo *mem = kind_of_mode(o, OM_MEM, 0);
  if (v.sort.kind == SORT_AMODE && mem)
    v = eval_access(e, &v, mem->sort.bits / 8);
  if (!ev_ok(&v) || want.kind != SORT_BV)
    return v;
  u32 from = eval_width(v.sort);
  const KindInfo *imm =
      v.sort.kind == SORT_BV ? kind_of_mode(o, OM_IMM, from) : NULL;
  if (from < want.bits && imm && imm->is_signed)
    v.bits = wide_sext(v.bits, from, want.bits);
  v.sort = want;
  v.bits = wide_keep(v.bits, want.bits);
  return v;
}

static EvVal equations(Eval *e, const InstX *x) {
  EvVal *r = arena_array0(e->arena, EvVal, x->nresults + 1);
  for (u32 pass = 0; pass < 2; pass++) // flags speak of results
    for (u32 i = 0; i < x->nresults; i++) {
      if (x->results[i].is_flags != (pass == 1))
        continue;
      const Var *v = x->vars[x->noperands + i];
      const Node *eq = x->equations ? x->equations[i] : NULL;
      if (!eq || eq->kind == N_EXTERN)
        return eval_no(e, x->text);
      r[i] = eval_node(e, eq);
      if (!ev_ok(&r[i]))
        return r[i];
      eval_bind(e, v, r[i]);
    }
  return ev_list(r, x->nresults, (Sort){.kind = SORT_VALUES});
}

static EvVal seq_means(Eval *e, const InstX *x) {
  EvVal *r = arena_array0(e->arena, EvVal, x->nresults + 1);
  if (!x->means)
    return eval_no(e, x->text);
  for (u32 i = 0; i < x->nresults; i++) {
    Sort sort = x->vars[x->noperands + i]->sort;
    r[i] = (EvVal){.sort = sort, .any = true};
    if (x->results[i].is_flags)
      memset(r[i].flags, EV_FLAG_ANY, sizeof r[i].flags);
  }
  r[0] = eval_node(e, x->means);
  return ev_ok(&r[0]) ? ev_list(r, x->nresults, (Sort){.kind = SORT_VALUES})
                      : r[0];
}

static EvVal run_inst(Eval *e, const InstX *x) {
  EvVal v;
  if (x->is_seq)
    return seq_means(e, x);
  if (eval_table(e, x, &v))
    return v;
  if (eval_traps(e, x->traps, x->ntraps, &v))
    return v;
  if (x->effect && x->effect->kind != N_STORE)
    return eval_no(e, x->text);
  v = equations(e, x);
  if (ev_ok(&v) && x->effect) {
    EvVal done = eval_node(e, x->effect);
    if (!ev_ok(&done))
      return done;
  }
  return v;
}

// Binds the operands; false if one has no value.
static bool bind_operands(Eval *e, const InstX *x, const EvVal *args,
                          EvVal *bad) {
  for (u32 i = 0; i < x->noperands; i++) {
    EvVal v = inst_operand(e, x, i, args[i]);
    if (!ev_ok(&v))
      return *bad = v, false;
    eval_bind(e, x->vars[i], v);
  }
  return true;
}

EvVal eval_inst(Eval *e, const InstX *x, const EvVal *args) {
  u32 mark = e->env.n;
  EvVal r;
  if (bind_operands(e, x, args, &r))
    r = run_inst(e, x);
  e->env.n = mark;
  return r;
}

// The instruction at the codes that only now are known.
static const InstX *inst_of(Eval *e, const Node *n) {
  const InstX *x = &e->s->insts[n->ref];
  u32 k = n->ref, stride = 1;
  for (u32 i = x->base->nparams; n->dyn && i-- > 0;) {
    if (n->dyn[i]) {
      EvVal c = eval_node(e, n->dyn[i]);
      k += stride * (ev_ok(&c) ? (u32)ev_u64(&c) : 0);
    }
    stride *= x->base->params[i].n;
  }
  return k < e->s->ninsts ? &e->s->insts[k] : x;
}

enum { MOST_OPERANDS = 16 };

EvVal eval_inst_node(Eval *e, const Node *n) {
  const InstX *x = inst_of(e, n);
  EvVal args[MOST_OPERANDS];
  u32 kid = 0;
  if (x->noperands > MOST_OPERANDS)
    return eval_no(e, x->text);
  for (u32 i = 0; i < x->noperands; i++) {
    args[i] = x->operands[i].tmp ? ev_num(64, 0) : eval_node(e, n->kids[kid++]);
    if (!ev_ok(&args[i]))
      return args[i];
  }
  return eval_inst(e, x, args);
}

// --- nodes of lowering ------------------------------------------------

static EvVal result_of(Eval *e, const Node *n) {
  const Node *inst = n->kids[0];
  EvVal all =
      inst->kind == N_INST ? eval_inst_node(e, inst) : eval_node(e, inst);
  if (!ev_ok(&all) || inst->kind != N_INST)
    return all;
  return all.list.at[n->field];
}

static EvVal main_result(Eval *e, const Node *n) {
  EvVal all = eval_inst_node(e, n);
  if (!ev_ok(&all))
    return all;
  const InstX *x = &e->s->insts[n->ref];
  for (u32 i = 0; i < x->nresults; i++)
    if (!x->results[i].is_flags)
      return all.list.at[i];
  return x->nresults ? all.list.at[0] : ev_none();
}

static u32 address_trap(const EvVal *m) {
  return m->mem[MF_REGION] == 0 ? eval_trap_code("heap_oob") : 0;
}

static EvVal amode(Eval *e, const Node *n) {
  const Amode *a = n->amode;
  Wide sum = {{0}};
  EvVal r = {.sort = n->sort};
  for (u32 i = 0; i < a->nparts; i++) {
    EvVal p = eval_node(e, a->parts[i].e);
    EvVal k = ev_ok(&p) && a->parts[i].scale ? eval_node(e, a->parts[i].scale)
                                             : ev_num(8, 0);
    if (!ev_ok(&p) || !ev_ok(&k))
      return ev_ok(&p) ? k : p;
    sum = wide_add(sum, wide_shl(p.bits, (u32)ev_u64(&k), 64), 64);
    ev_taint(&r, &p);
  }
  EvVal m = a->mem ? eval_node(e, a->mem) : ev_none();
  if (!ev_ok(&m))
    return m;
  if (a->mem)
    sum = wide_add(sum, wide(m.mem[MF_OFF]), 64);
  r.bits = sum;
  r.trap = a->mem ? address_trap(&m) : 0;
  return r;
}

static EvVal ctor(Eval *e, const Node *n) {
  EvVal *at = arena_array0(e->arena, EvVal, n->nkids + 1);
  EvVal r = {.sort = n->sort};
  for (u32 i = 0; i < n->nkids; i++) {
    at[i] = eval_node(e, n->kids[i]);
    if (!ev_ok(&at[i]))
      return at[i];
    r.loose |= at[i].loose;
  }
  r.data.data = n->ref;
  r.data.ctor = n->ctor;
  r.data.n = n->nkids;
  r.data.at = at;
  return r;
}

// By its contract.
static EvOutcome run_term(Eval *e, const Node *n) {
  const TermInfo *t = &e->s->terms[n->ref];
  EvVal args[MOST_OPERANDS];
  if (!t->means || n->nkids > MOST_OPERANDS)
    return outcome_of(eval_no(e, "a term without a meaning"));
  for (u32 i = 0; i < n->nkids; i++) {
    args[i] = eval_node(e, n->kids[i]);
    if (ev_ok(&args[i]) && args[i].sort.kind == SORT_DATA)
      args[i] = eval_data_meaning(e, &args[i]);
    if (!ev_ok(&args[i]))
      return outcome_of(args[i]);
  }
  u32 mark = e->env.n;
  for (u32 i = 0; i < n->nkids; i++)
    eval_bind(e, t->mvars[i], eval_operand(args[i], t->mvars[i]));
  EvOutcome o = eval_meaning(e, t->means);
  e->env.n = mark;
  if (o.what == EO_VALUE && n->sort.kind == SORT_AMODE) {
    o.value.sort = n->sort;
    for (u32 i = 0; i < n->nkids; i++)
      if (args[i].sort.kind == SORT_MEMARG)
        o.value.trap = address_trap(&args[i]);
  }
  return o;
}

static EvVal seen_as(Eval *e, const Node *n) {
  EvVal x = eval_node(e, n->kids[0]);
  if (ev_ok(&x))
    x = (EvVal){.sort = n->sort,
                .bits = wide_keep(x.bits, eval_width(n->sort)),
                .nan = x.nan,
                .any = x.any,
                .loose = x.loose};
  return x;
}

EvVal eval_lower_node(Eval *e, const Node *n) {
  switch ((NodeKind)n->kind) {
  case N_INST: return main_result(e, n);
  case N_RESULT: return result_of(e, n);
  case N_TERM: {
    EvOutcome o = run_term(e, n);
    return o.what == EO_TRAP    ? ev_trap(o.trap)
           : o.what == EO_VALUE ? o.value
           : o.what == EO_NOTHING
               ? ev_state(EV_NOTHING)
               : eval_no(e, "a term that is control inside an expression");
  }
  case N_CTOR: return ctor(e, n);
  case N_AMODE: return amode(e, n);
  case N_AS: return seen_as(e, n);
  default: return eval_node(e, n->kids[0]); // sink, once, reg, pool
  }
}

// --- running ----------------------------------------------------------

static EvOutcome run_control(Eval *e, const Node *n) {
  const InstX *x = inst_of(e, n);
  EvVal args[MOST_OPERANDS], v;
  u32 mark = e->env.n, kid = 0;
  for (u32 i = 0; i < x->noperands && i < MOST_OPERANDS; i++) {
    args[i] = x->operands[i].tmp ? ev_num(64, 0) : eval_node(e, n->kids[kid++]);
    if (!ev_ok(&args[i]))
      return outcome_of(args[i]);
  }
  const Node *m = x->is_seq ? x->means : x->effect;
  EvOutcome o;
  if (eval_table_jump(e, x, args, &o))
    return o;
  o = !bind_operands(e, x, args, &v) || eval_traps(e, x->traps, x->ntraps, &v)
          ? outcome_of(v)
      : m ? eval_meaning(e, m)
          : outcome_of(ev_none());
  e->env.n = mark;
  return o;
}

static bool is_control(const Eval *e, const Node *n) {
  if (n->kind != N_INST)
    return false;
  const InstX *x = &e->s->insts[n->ref];
  const Node *m = x->is_seq ? x->means : x->effect;
  return !x->nresults && (!m || m->kind == N_GOTO || m->kind == N_RETURN);
}

EvOutcome eval_run(Eval *e, const Node *n) {
  EvVal args[MOST_OPERANDS];
  if (n->kind == N_TERM)
    return run_term(e, n);
  if (is_control(e, n))
    return run_control(e, n);
  if ((n->kind != N_OP && n->kind != N_OPMEANING) || n->nkids > MOST_OPERANDS)
    return outcome_of(eval_node(e, n));
  for (u32 i = 0; i < n->nkids; i++) {
    args[i] = eval_node(e, n->kids[i]);
    if (!ev_ok(&args[i]))
      return outcome_of(args[i]);
  }
  EvOutcome o = eval_run_op(e, n->op, args);
  if (o.what == EO_VALUE && n->sort.kind && o.value.sort.kind)
    o.value.sort = n->sort;
  return o;
}
