// One machine instruction as terms: what it sees of its operands, traps, its
// equations, its effect.
#include "rulec/verify/machine.h"

enum { REGION_CODE = 1 }; // of an address without a memarg: a host pointer

// --- operands -----------------------------------------------------------

static const KindInfo *kind_of_mode(const InstOperand *o, OperandMode mode) {
  for (u32 i = 0; i < o->nkinds; i++)
    if (o->kinds[i].mode == mode)
      return &o->kinds[i];
  return NULL;
}

// Bytes at an address that carries a memarg can lie beyond the heap.
static void access(Smt *m, SmtRun *run, SmtVal p, u32 bytes) {
  if (!p.f)
    return;
  SmtTerm args[3] = {p.v, smt_num(m, bytes, 8), p.f[MF_REGION]};
  SmtTerm in = smt_fun(m, SMT_BOOL, 0, "inside", 3, args);
  u32 code = machine_trap(m, "heap_oob");
  smt_trap(m, run, smt_not(m, in), smt_num(m, code, 32));
}

static SmtTerm region_of(Smt *m, SmtVal p) {
  return p.f ? p.f[MF_REGION] : smt_num(m, REGION_CODE, 8);
}

static SmtVal from_memory(Smt *m, SmtRun *run, SmtVal p, u32 bits) {
  access(m, run, p, bits / 8);
  SmtTerm n = smt_num(m, bits / 8, 64);
  SmtVal x = {.sort = {.kind = SORT_BV, .bits = (u16)bits}, .ok = p.ok};
  x.v = smt_read(m, run->mem, region_of(m, p), p.v, n, bits / 8);
  return x;
}

static bool sign_extended(const InstOperand *o, u32 bits) {
  for (u32 i = 0; i < o->nkinds; i++)
    if (o->kinds[i].mode == OM_IMM && o->kinds[i].sort.bits == bits)
      return o->kinds[i].is_signed;
  return false;
}

SmtVal machine_operand(Smt *m, SmtRun *run, const InstX *x, u32 i, SmtVal v) {
  const InstOperand *o = &x->operands[i];
  Sort want = x->vars[i]->sort;
  const KindInfo *mem = kind_of_mode(o, OM_MEM);
  if (v.sort.kind == SORT_AMODE && mem)
    v = from_memory(m, run, v, mem->sort.bits);
  if (want.kind != SORT_BV || v.sort.kind == SORT_AMODE)
    return v;
  bool sign = v.sort.kind == SORT_BV && sign_extended(o, v.v.bits);
  v.v = smt_resize(m, v.v, want.bits, sign);
  v.sort = want;
  v.nan = NULL;
  return v;
}

// --- traps and memory -----------------------------------------------------

u32 machine_trap(Smt *m, const char *code) {
  const Machine *k = m->user;
  for (u32 i = 0; k->stmt && i < k->stmt->nrenames; i++)
    if (strcmp(k->stmt->renames[i].from, code) == 0)
      code = k->stmt->renames[i].to;
  return smt_trap_number(code);
}

// The most bytes that n takes at the address v.
static u32 bytes_at(const Node *n, const Var *v) {
  u32 most = 0;
  if (!n)
    return 0;
  if (n->kind == N_MEM && n->kids[0]->kind == N_VAR && n->kids[0]->var == v)
    most = n->sort.bits / 8;
  for (u32 i = 0; i < n->nkids; i++) {
    u32 k = bytes_at(n->kids[i], v);
    most = k > most ? k : most;
  }
  return most;
}

// Addresses: traps of what will be touched, and the region.
static void addresses(Smt *m, SmtRun *run, const InstX *x, const SmtVal *args) {
  m->region = smt_num(m, REGION_CODE, 8);
  for (u32 i = 0; i < x->noperands; i++) {
    if (args[i].sort.kind != SORT_AMODE)
      continue;
    u32 most = bytes_at(x->effect, x->vars[i]);
    for (u32 k = 0; x->equations && k < x->nresults; k++) {
      u32 n = bytes_at(x->equations[k], x->vars[i]);
      most = n > most ? n : most;
    }
    if (most)
      access(m, run, args[i], most);
    m->region = region_of(m, args[i]);
  }
}

static void traps(Smt *m, SmtEnv *env, SmtRun *run, const InstX *x) {
  for (u32 i = 0; i < x->ntraps; i++) {
    const TrapInfo *t = &x->traps[i];
    SmtVal c = smt_val((Sort){.kind = SORT_BOOL}, smt_bool(true));
    if (t->cond)
      c = smt_expr(m, env, run, t->cond);
    SmtTerm code = t->code ? smt_num(m, machine_trap(m, t->code), 32)
                           : smt_lookup(env, t->var)->v;
    SmtTerm stopped = smt_or(m, run->trapped, run->ended);
    run->ok = smt_and(m, run->ok, smt_or(m, stopped, c.ok));
    smt_trap(m, run, c.v, code);
  }
}

// --- tables of jumps --------------------------------------------------------
// What rules cannot say: memory behind x64.table's address holds the distances
// to the targets, the default's after them, and x64.jump_table goes where such
// a distance leads. The fact is stated for each entry that was looked up.

static SmtTerm table_address(Smt *m, SmtTerm list) {
  return smt_fun(m, SMT_BV, 64, "address of table", 1, &list);
}

static void table_entry(Smt *m, SmtRun *run, SmtTerm table, SmtTerm index,
                        SmtTerm list, SmtTerm other) {
  SmtTerm len =
      smt_resize(m, smt_fun(m, SMT_BV, 32, "len", 1, &list), 64, false);
  SmtTerm at = smt_bin(m, "bvshl", index, smt_num(m, 2, 64));
  at = smt_bin(m, "bvadd", table, at);
  SmtTerm d = smt_read(m, run->mem, smt_num(m, REGION_CODE, 8), at,
                       smt_num(m, 4, 64), 4);
  SmtTerm to = smt_bin(m, "bvadd", table, smt_resize(m, d, 64, true));
  SmtTerm args[2] = {list, smt_extract(m, 31, 0, index)};
  SmtTerm element = smt_fun(m, SMT_BV, 32, "element", 2, args);
  SmtTerm inside = smt_cmp(m, "bvult", index, len);
  SmtTerm target = smt_ite(m, inside, element, other);
  SmtTerm is = smt_eq(m, smt_fun(m, SMT_BV, 32, "block at", 1, &to), target);
  smt_assert(m, smt_or(m, smt_cmp(m, "bvult", len, index), is));
}

static bool table_inst(Smt *m, SmtRun *run, const InstX *x, const SmtVal *args,
                       SmtVal *results) {
  const Machine *k = m->user;
  if (strcmp(x->base->name, "x64.table") == 0 && x->nresults == 1) {
    results[0] =
        smt_val(x->results[0].kinds[0].sort, table_address(m, args[0].v));
    return true;
  }
  if (strcmp(x->base->name, "x64.jump_table") != 0 || x->noperands != 3)
    return false;
  SmtTerm table = table_address(m, args[1].v);
  for (u32 i = 0; i < k->indexed.n; i++)
    if (k->indexed.at[i].base.s == table.s)
      table_entry(m, run, table, k->indexed.at[i].index, args[1].v, args[2].v);
  smt_goto(m, run, smt_fun(m, SMT_BV, 32, "block at", 1, &args[0].v));
  return true;
}

// --- results ----------------------------------------------------------------

static SmtVal equation(Smt *m, SmtEnv *env, SmtRun *run, const InstX *x,
                       u32 i) {
  const Node *eq = x->equations ? x->equations[i] : NULL;
  Sort sort = x->results[i].kinds[0].sort;
  if (!eq || eq->kind == N_EXTERN) {
    smt_fail(m, "%s does not say what it gives", x->text);
    return smt_sorry(m, sort);
  }
  SmtVal v = smt_expr(m, env, run, eq);
  SmtTerm stopped = smt_or(m, run->trapped, run->ended);
  run->ok = smt_and(m, run->ok, smt_or(m, stopped, v.ok));
  v.ok = smt_bool(true);
  v.sort = x->results[i].is_flags ? v.sort : sort;
  v.nan = NULL;
  return v;
}

static void effect(Smt *m, SmtEnv *env, SmtRun *run, const InstX *x) {
  bool known = x->effect->kind == N_STORE || x->effect->kind == N_GOTO ||
               x->effect->kind == N_RETURN || x->effect->kind == N_OPMEANING;
  if (!known || (x->effects_all && x->effect->kind != N_OPMEANING)) {
    smt_fail(m, "%s does more than can be said", x->text);
    return;
  }
  SmtVal v = smt_expr(m, env, run, x->effect);
  SmtTerm stopped = smt_or(m, run->trapped, run->ended);
  run->ok = smt_and(m, run->ok, smt_or(m, stopped, v.ok));
}

static void run_inst(Smt *m, SmtEnv *env, SmtRun *run, const InstX *x,
                     SmtVal *results) {
  traps(m, env, run, x);
  for (u32 pass = 0; pass < 2; pass++)
    for (u32 i = 0; i < x->nresults; i++) {
      if (x->results[i].is_flags != (pass == 1))
        continue;
      results[i] = equation(m, env, run, x, i);
      smt_bind(m, env, x->vars[x->noperands + i], results[i]);
    }
  if (x->effect)
    effect(m, env, run, x);
  else if (x->ends && !x->ntraps)
    smt_fail(m, "%s does not say where it goes", x->text);
}

void machine_inst(Smt *m, SmtRun *run, const InstX *x, const SmtVal *args,
                  SmtVal *results) {
  SmtEnv env = {0};
  SmtTerm region = m->region;
  const char *who = m->who;
  m->who = x->text;
  if (!table_inst(m, run, x, args, results)) {
    for (u32 i = 0; i < x->noperands; i++)
      smt_bind(m, &env, x->vars[i], args[i]);
    addresses(m, run, x, args);
    run_inst(m, &env, run, x, results);
  }
  m->region = region;
  m->who = who;
}
