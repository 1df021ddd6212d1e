// Ops at their operands: traps in order, then memory, control and the result,
// all from the meaning.
#include "rulec/verify/smt.h"

#include <stdio.h>

enum { EXT_NONE_NUMBER = 0 };

SmtTerm smt_memory(Smt *m, const char *name) {
  m->uses_mem = true;
  return smt_const(m, name, SMT_MEM, 0);
}

void smt_run_init(Smt *m, SmtRun *run, SmtTerm mem, bool left) {
  SmtTerm none = smt_num(m, 0, 32);
  *run = (SmtRun){.ok = smt_bool(true),
                  .valid = smt_bool(true),
                  .trapped = smt_bool(false),
                  .code = none,
                  .mem = mem,
                  .ended = smt_bool(false),
                  .target = none,
                  .left = left};
}

u32 smt_trap_number(const char *code) {
  for (u32 i = 0; trap_words[i]; i++)
    if (strcmp(trap_words[i], code) == 0)
      return i;
  return 0xff;
}

static SmtTerm stopped(Smt *m, const SmtRun *run) {
  return smt_or(m, run->trapped, run->ended);
}

void smt_trap(Smt *m, SmtRun *run, SmtTerm cond, SmtTerm code) {
  SmtTerm now = smt_and(m, smt_not(m, stopped(m, run)), cond);
  run->code = smt_ite(m, now, code, run->code);
  run->trapped = smt_or(m, run->trapped, now);
}

// A block that is one trap is that trap.
void smt_goto(Smt *m, SmtRun *run, SmtTerm target) {
  SmtTerm before = stopped(m, run);
  SmtTerm traps = smt_fun(m, SMT_BOOL, 0, "traps", 1, &target);
  smt_trap(m, run, traps, smt_fun(m, SMT_BV, 32, "trapcode", 1, &target));
  SmtTerm goes = smt_not(m, traps);
  SmtTerm now = smt_and(m, smt_not(m, before), goes);
  run->target = smt_ite(m, now, target, run->target);
  run->ended = smt_or(m, run->ended, now);
}

// --- memory ---------------------------------------------------------

static SmtTerm cell(Smt *m, SmtTerm region, SmtTerm p, u32 i) {
  SmtTerm at = i ? smt_bin(m, "bvadd", p, smt_num(m, i, 64)) : p;
  return smt_app(m, SMT_BV, 72, "concat", 2, region, at);
}

static SmtTerm has_byte(Smt *m, SmtTerm n, u32 i) {
  return smt_cmp(m, "bvult", smt_num(m, i, 64), n);
}

SmtTerm smt_read(Smt *m, SmtTerm mem, SmtTerm region, SmtTerm p, SmtTerm n,
                 u32 most) {
  SmtTerm v = smt_bool(true), zero = smt_num(m, 0, 8);
  for (u32 i = 0; i < most; i++) {
    SmtTerm b = smt_app(m, SMT_BV, 8, "select", 2, mem, cell(m, region, p, i));
    b = smt_ite(m, has_byte(m, n, i), b, zero);
    v = i ? smt_app(m, SMT_BV, i * 8 + 8, "concat", 2, b, v) : b;
  }
  return v;
}

SmtTerm smt_write(Smt *m, SmtTerm mem, SmtTerm region, SmtTerm p, SmtTerm n,
                  u32 most, SmtTerm x) {
  for (u32 i = 0; i < most; i++) {
    SmtTerm b = i * 8 + 8 <= x.bits ? smt_extract(m, i * 8 + 7, i * 8, x)
                                    : smt_num(m, 0, 8);
    SmtTerm after =
        smt_app(m, SMT_MEM, 0, "store", 3, mem, cell(m, region, p, i), b);
    mem = smt_ite(m, has_byte(m, n, i), after, mem);
  }
  return mem;
}

// What ir_verify asks of an access: as wide as the type at most, whole if no
// integer, and an extension exactly where a load is narrower.
static SmtTerm access_valid(Smt *m, const OpInst *op, const SmtTerm *f) {
  u8 type = op->type;
  for (u32 i = 0; i < op->noperands && !op->type; i++)
    if (op->operands[i].sort.kind == SORT_VALUE)
      type = op->operands[i].sort.type; // a store: its value stands last
  SmtTerm full = smt_num(m, m->s->bits[type] / 8, 8);
  SmtTerm whole = smt_eq(m, f[MF_BYTES], full);
  if (type != VT_I32 && type != VT_I64)
    return op->type
               ? smt_and(m, whole,
                         smt_eq(m, f[MF_EXT], smt_num(m, EXT_NONE_NUMBER, 8)))
               : whole;
  SmtTerm fits = smt_cmp(m, "bvule", f[MF_BYTES], full);
  if (!op->type)
    return fits;
  SmtTerm plain = smt_eq(m, f[MF_EXT], smt_num(m, EXT_NONE_NUMBER, 8));
  return smt_and(m, fits, smt_eq(m, whole, plain));
}

// --- meanings -------------------------------------------------------

static u32 flatten(const SmtVal *args, u32 n, SmtTerm *out) {
  u32 k = 0;
  for (u32 i = 0; i < n; i++)
    if (args[i].f)
      for (u32 j = 0; j < MF_COUNT; j++)
        out[k++] = args[i].f[j];
    else
      out[k++] = args[i].v;
  return k;
}

// `extern`: an unknown function of operands, and of memory if it has effects.
static SmtVal opaque(Smt *m, SmtRun *run, const OpInst *op,
                     const SmtVal *args) {
  SmtTerm flat[64];
  u32 n = flatten(args, op->nvars < 6 ? op->nvars : 6, flat);
  bool effects = op->flags & OF_CALL;
  if (effects)
    flat[n++] = run->mem;
  SmtVal x = {.sort = {.kind = SORT_NONE}, .ok = smt_bool(true)};
  if (op->type)
    x = smt_val((Sort){SORT_VALUE, op->type, m->s->bits[op->type], 0},
                smt_fun(m, SMT_BV, m->s->bits[op->type], op->text, n, flat));
  if (effects) {
    const char *name = arena_printf(m->arena, "memory after %s", op->text);
    SmtTerm after = smt_fun(m, SMT_MEM, 0, name, n, flat);
    run->mem = smt_ite(m, stopped(m, run), run->mem, after);
    run->nwrites = 2; // not one whose bytes are known
    name = arena_printf(m->arena, "trap of %s", op->text);
    SmtTerm code = smt_fun(m, SMT_BV, 32, name, n, flat);
    smt_trap(m, run, smt_not(m, smt_eq(m, code, smt_num(m, 0, 32))), code);
  }
  return x;
}

static void op_traps(Smt *m, SmtEnv *env, SmtRun *run, const OpInst *op) {
  for (u32 i = 0; i < op->ntraps; i++) {
    const TrapInfo *t = &op->traps[i];
    SmtVal c = smt_val((Sort){.kind = SORT_BOOL}, smt_bool(true));
    if (t->cond)
      c = smt_expr(m, env, run, t->cond);
    SmtTerm code = t->code ? smt_num(m, smt_trap_number(t->code), 32)
                           : smt_lookup(env, t->var)->v;
    run->ok = smt_and(m, run->ok, smt_or(m, stopped(m, run), c.ok));
    smt_trap(m, run, c.v, code);
  }
}

static void op_bind(Smt *m, SmtEnv *env, SmtRun *run, const OpInst *op,
                    const SmtVal *args) {
  for (u32 i = 0; i < op->nvars; i++) {
    smt_bind(m, env, op->vars[i], args[i]);
    if (args[i].f && op->operands[i].sort.kind == SORT_MEMARG) {
      m->region = args[i].f[MF_REGION];
      run->valid = smt_and(m, run->valid, access_valid(m, op, args[i].f));
    }
  }
  for (u32 i = 0; i < op->nlets; i++)
    smt_bind(m, env, op->lets[i].var, smt_expr(m, env, run, op->lets[i].e));
}

SmtVal smt_op(Smt *m, SmtRun *run, const OpInst *op, const SmtVal *args) {
  SmtEnv env = {0};
  SmtTerm region = m->region, ok = smt_bool(true);
  const char *who = m->who;
  SmtRun none;
  if (!run) { // a pure op of a place where nothing happens
    smt_run_init(m, &none, smt_bool(true), false);
    run = &none;
  }
  m->who = op->text;
  for (u32 i = 0; i < op->nvars; i++)
    ok = smt_and(m, ok, args[i].ok);
  op_bind(m, &env, run, op, args);
  op_traps(m, &env, run, op);
  SmtVal x = {.sort = {.kind = SORT_NONE}, .ok = smt_bool(true)};
  if (op->meaning)
    x = op->meaning->kind == N_EXTERN ? opaque(m, run, op, args)
                                      : smt_expr(m, &env, run, op->meaning);
  SmtTerm excused = smt_or(m, run->trapped, smt_not(m, ok));
  run->ok = smt_and(m, run->ok, smt_or(m, excused, x.ok));
  if (op->type)
    x.sort = (Sort){SORT_VALUE, op->type, m->s->bits[op->type], 0};
  x.ok = ok;
  m->who = who;
  m->region = region;
  return x;
}
