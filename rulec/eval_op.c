// What ops, instructions and the nodes of lowering come to on values; memory.
#include "rulec/eval_priv.h"

// --- trap codes -------------------------------------------------------

enum { FIRST_MACHINE_TRAP = 64 };
static const char *const ir_traps[] = {
    "none",      "unreachable", "div0",      "overflow", "invalid", "heap_oob",
    "table_oob", "undefined",   "null_func", "bad_sig",  "stack",   "host"};
static const char *const machine_traps[] = {"other", "de", "ud", "gp"};

u32 eval_trap_code(const char *name) {
  for (u32 i = 0; i < sizeof ir_traps / sizeof *ir_traps; i++)
    if (strcmp(ir_traps[i], name) == 0)
      return i;
  for (u32 i = 1; i < sizeof machine_traps / sizeof *machine_traps; i++)
    if (strcmp(machine_traps[i], name) == 0)
      return FIRST_MACHINE_TRAP + i;
  return FIRST_MACHINE_TRAP;
}

const char *eval_trap_name(u32 code) {
  u32 m = code - FIRST_MACHINE_TRAP;
  if (code < sizeof ir_traps / sizeof *ir_traps)
    return ir_traps[code];
  return code >= FIRST_MACHINE_TRAP &&
                 m < sizeof machine_traps / sizeof *machine_traps
             ? machine_traps[m]
             : machine_traps[0];
}

// --- memory -----------------------------------------------------------

u8 eval_byte(const Eval *e, u64 at) {
  for (u32 i = e->mem.n; i-- > 0;)
    if (e->mem.at[i].at == at)
      return e->mem.at[i].byte;
  return (u8)eval_hash(eval_hash(e->seed, 0x6d656d), at);
}

EvVal eval_load(const Eval *e, u64 at, u32 bytes) {
  Wide v = {{0}};
  for (u32 i = 0; i < bytes && i < 32; i++)
    v.w[i / 8] |= (u64)eval_byte(e, at + i) << (i % 8 * 8);
  return ev_bits((Sort){.kind = SORT_BV, .bits = (u16)(8 * bytes)}, v);
}

EvVal eval_access(const Eval *e, const EvVal *p, u32 bytes) {
  u64 at = ev_u64(p);
  if (p->trap && (at > e->heap_size || bytes > e->heap_size - at))
    return ev_trap(p->trap);
  EvVal r = eval_load(e, at, bytes);
  ev_taint(&r, p);
  return r;
}

void eval_store(Eval *e, u64 at, u32 bytes, Wide value) {
  for (u32 i = 0; i < bytes && i < 32; i++) {
    EvByte b = {at + i, (u8)(value.w[i / 8] >> (i % 8 * 8))};
    vec_push(e->arena, &e->mem, b);
  }
}

// --- ops --------------------------------------------------------------

EvOutcome outcome_of(EvVal v) {
  static const u8 what[] = {[EV_VALUE] = EO_VALUE,
                            [EV_NOTHING] = EO_NOTHING,
                            [EV_TRAP] = EO_TRAP,
                            [EV_NO] = EO_NO};
  return (EvOutcome){.what = what[v.state], .value = v, .trap = v.trap};
}

// An operand as the meaning speaks of it: bits.
static EvVal as_operand(EvVal v, const Var *var) {
  if (var->sort.kind == SORT_BV && v.sort.kind != SORT_DATA)
    v.sort = var->sort;
  return v;
}

static EvVal opaque(Eval *e, const OpInst *op, u32 number, const EvVal *args) {
  u64 h = eval_hash(eval_hash(e->seed, 0x6f70), number);
  for (u32 i = 0; i < op->nvars; i++)
    h = eval_hash_val(h, &args[i]);
  if (op->type == VT_NONE)
    return eval_no(e, "an op without a meaning");
  u32 bits = vtype_bits[op->type];
  return ev_num(bits, (u128)eval_hash(h, 1) << 64 | h);
}

static EvOutcome goes_to(const EvVal *t) {
  u32 code, target = (u32)ev_u64(t);
  if (!ev_ok(t))
    return outcome_of(*t);
  if (eval_target_traps(target, &code))
    return (EvOutcome){.what = EO_TRAP, .trap = code};
  return (EvOutcome){.what = EO_GOTO, .target = target};
}

static EvOutcome meaning(Eval *e, const Node *m) {
  if (m->kind == N_OPMEANING) // an op that may be control
    return eval_run(e, m);
  if (m->kind != N_GOTO && m->kind != N_RETURN)
    return outcome_of(eval_node(e, m));
  EvVal v = eval_node(e, m->kids[0]);
  if (m->kind == N_GOTO || !ev_ok(&v))
    return goes_to(&v);
  return (EvOutcome){.what = EO_RETURN, .value = v};
}

// Traps in order; nothing if a condition has no value.
static bool op_traps(Eval *e, const TrapInfo *traps, u32 n, EvVal *out) {
  for (u32 i = 0; i < n; i++) {
    const TrapInfo *t = &traps[i];
    EvVal c = t->cond ? eval_node(e, t->cond) : ev_bool(true);
    if (!ev_ok(&c))
      return *out = c, true;
    if (!ev_true(&c))
      continue;
    EvVal k =
        t->code ? ev_num(32, eval_trap_code(t->code)) : *eval_var(e, t->var);
    return *out = ev_trap((u32)ev_u64(&k)), true;
  }
  return false;
}

static EvOutcome run_bound(Eval *e, const OpInst *op, u32 number,
                           const EvVal *args) {
  EvVal v;
  for (u32 i = 0; i < op->nlets; i++) {
    v = eval_node(e, op->lets[i].e);
    if (!ev_ok(&v))
      return outcome_of(v);
    eval_bind(e, op->lets[i].var, v);
  }
  if (op_traps(e, op->traps, op->ntraps, &v))
    return outcome_of(v);
  if (!op->meaning)
    return outcome_of(op->ntraps ? ev_none() : eval_no(e, op->text));
  return op->meaning->kind == N_EXTERN ? outcome_of(opaque(e, op, number, args))
                                       : meaning(e, op->meaning);
}

EvOutcome eval_run_op(Eval *e, u32 number, const EvVal *args) {
  const OpInst *op = &e->s->ops[number];
  u32 mark = e->env.n;
  for (u32 i = 0; i < op->nvars; i++)
    eval_bind(e, op->vars[i], as_operand(args[i], op->vars[i]));
  EvOutcome o = run_bound(e, op, number, args);
  e->env.n = mark;
  return o;
}

EvVal eval_op(Eval *e, u32 op, const EvVal *args) {
  EvOutcome o = eval_run_op(e, op, args);
  switch ((EvWhat)o.what) {
  case EO_VALUE: return o.value;
  case EO_TRAP: return ev_trap(o.trap);
  case EO_NOTHING: return ev_state(EV_NOTHING);
  case EO_GOTO:
  case EO_RETURN: return eval_no(e, "control inside an expression");
  case EO_NO: break;
  }
  return ev_state(EV_NO);
}

// --- codes and data ---------------------------------------------------

EvVal eval_pred(Eval *e, const EvVal *code, const EvVal *args, u32 n) {
  const CodeInfo *c = &e->s->codes[code->sort.decl];
  u32 m = (u32)ev_u64(code), mark = e->env.n;
  if (code->sort.kind != SORT_CODE || m >= c->nmembers || !c->preds ||
      !c->preds[m])
    return eval_no(e, "a code without a predicate");
  for (u32 i = 0; i < n; i++)
    eval_bind(e, c->pvars[i], args[i]);
  EvVal r = eval_node(e, c->preds[m]);
  e->env.n = mark;
  return r;
}

// What a constructor of `data` says of its fields.
EvVal eval_data_meaning(Eval *e, const EvVal *v) {
  const CtorInfo *c = &e->s->datas[v->data.data].ctors[v->data.ctor];
  u32 mark = e->env.n;
  if (!c->means)
    return eval_no(e, "a constructor without a meaning");
  for (u32 i = 0; i < c->nfields; i++)
    eval_bind(e, c->mvars[i], v->data.at[i]);
  EvVal r = eval_node(e, c->means);
  e->env.n = mark;
  return r;
}

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
  if (op_traps(e, x->traps, x->ntraps, &v))
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
    eval_bind(e, t->mvars[i], as_operand(args[i], t->mvars[i]));
  EvOutcome o = meaning(e, t->means);
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
  EvOutcome o =
      !bind_operands(e, x, args, &v) || op_traps(e, x->traps, x->ntraps, &v)
          ? outcome_of(v)
      : m ? meaning(e, m)
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
