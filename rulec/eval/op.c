// What ops come to on values: traps in order, memory, control; codes and data.
#include "rulec/eval/priv.h"

// --- trap codes -------------------------------------------------------

enum { FIRST_MACHINE_TRAP = 64 };
static const char *const machine_traps[] = {"other", "de", "ud", "gp"};

u32 eval_trap_code(const char *name) {
  for (u32 i = 0; trap_words[i]; i++)
    if (strcmp(trap_words[i], name) == 0)
      return i;
  for (u32 i = 1; i < sizeof machine_traps / sizeof *machine_traps; i++)
    if (strcmp(machine_traps[i], name) == 0)
      return FIRST_MACHINE_TRAP + i;
  return FIRST_MACHINE_TRAP;
}

const char *eval_trap_name(u32 code) {
  u32 m = code - FIRST_MACHINE_TRAP;
  for (u32 i = 0; trap_words[i]; i++)
    if (i == code)
      return trap_words[i];
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
EvVal eval_operand(EvVal v, const Var *var) {
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
  u32 bits = e->s->bits[op->type];
  return ev_num(bits, (u128)eval_hash(h, 1) << 64 | h);
}

EvOutcome eval_goto(const EvVal *t) {
  u32 code, target = (u32)ev_u64(t);
  if (!ev_ok(t))
    return outcome_of(*t);
  if (eval_target_traps(target, &code))
    return (EvOutcome){.what = EO_TRAP, .trap = code};
  return (EvOutcome){.what = EO_GOTO, .target = target};
}

EvOutcome eval_meaning(Eval *e, const Node *m) {
  if (m->kind == N_OPMEANING) // an op that may be control
    return eval_run(e, m);
  if (m->kind != N_GOTO && m->kind != N_RETURN)
    return outcome_of(eval_node(e, m));
  EvVal v = eval_node(e, m->kids[0]);
  if (m->kind == N_GOTO || !ev_ok(&v))
    return eval_goto(&v);
  return (EvOutcome){.what = EO_RETURN, .value = v};
}

// Traps in order; nothing if a condition has no value.
bool eval_traps(Eval *e, const TrapInfo *traps, u32 n, EvVal *out) {
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
  if (eval_traps(e, op->traps, op->ntraps, &v))
    return outcome_of(v);
  if (!op->meaning)
    return outcome_of(op->ntraps ? ev_none() : eval_no(e, op->text));
  return op->meaning->kind == N_EXTERN ? outcome_of(opaque(e, op, number, args))
                                       : eval_meaning(e, op->meaning);
}

EvOutcome eval_run_op(Eval *e, u32 number, const EvVal *args) {
  const OpInst *op = &e->s->ops[number];
  u32 mark = e->env.n;
  for (u32 i = 0; i < op->nvars; i++)
    eval_bind(e, op->vars[i], eval_operand(args[i], op->vars[i]));
  EvOutcome o = run_bound(e, op, number, args);
  if (o.what == EO_VALUE && op->type == VT_V128)
    o.value.shape = (u8)op_shape(op);
  e->env.n = mark;
  return o;
}

EvVal eval_op(Eval *e, u32 op, const EvVal *args) {
  EvOutcome o = eval_run_op(e, op, args);
  switch ((EvWhat)o.what) {
  case EO_VALUE: return o.value;
  case EO_TRAP: return ev_trap(o.trap);
  case EO_NOTHING: return ev_state(EV_NOTHING);
  case EO_INVALID:
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
