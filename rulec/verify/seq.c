// A sequence of steps against what it means: by paths, which meet again at
// labels (one `ite` for each place), so that the claim is one formula.
//
// A place is a register: an operand's, a result's, a tmp's; a result that takes
// an operand's register, or names one at the same fixed register, is the same
// place. A general register is 64 bits, an xmm register 128, of which a step
// writes the low part; what is above is unknown then. There is one set of
// flags, whatever steps call it. Before the first step a place holds what its
// operand is, by its rep, or anything.
//
// A jump back is taken as done: what holds from that label on is what is to be
// proved. The verdict says so.
#include "rulec/verify/lower.h"
#include "rulec/sema/priv.h"
#include "rulec/verify/rule.h"
#include "rulec/verify/walk.h"

// --- steps --------------------------------------------------------------

static SmtVal constant(Walk *w, const InstX *x, u32 i, s128 num) {
  Sort want = x->vars[i]->sort;
  u32 bits = want.kind == SORT_BV && want.bits ? want.bits : 64;
  return smt_val((Sort){.kind = SORT_BV, .bits = (u16)bits},
                 smt_num(w->m, (u128)num, bits));
}

static SmtVal step_arg(Walk *w, const InstX *x, u32 i, const Expr *e) {
  Sort want = x->vars[i]->sort;
  const KindInfo *reg = walk_register(&x->operands[i]);
  if (want.kind == SORT_FLAGS)
    return w->now.flags;
  if (e->kind != EX_NAME) {
    SeqArg a = seq_arg(&w->q, e);
    if (a.kind == SA_CONST || a.kind == SA_POOL)
      return constant(w, x, i, a.num);
    smt_fail(w->m, "an address in a step");
    return smt_sorry(w->m, want);
  }
  s32 k = walk_find(w, e->name.s);
  if (k < 0 || want.kind != SORT_BV || !reg) {
    smt_fail(w->m, "`%s` is no register of the sequence", e->name.s);
    return smt_sorry(w->m, want);
  }
  if (reg->fixed &&
      w->places[walk_fixed(w, reg->fixed, reg->sort)].same != w->places[k].same)
    smt_fail(w->m, "`%s` is not in %s", e->name.s, reg->fixed);
  return smt_val(reg->sort, walk_read(w, (u32)k, want.bits));
}

// Named results in order, flags apart; what has a register of its own goes
// there.
static void step_results(Walk *w, const Stmt *st, const InstX *x,
                         const SmtVal *r) {
  u32 named = 0;
  for (u32 i = 0; i < x->nresults; i++) {
    const KindInfo *reg = walk_register(&x->results[i]);
    if (x->results[i].is_flags) {
      w->now.flags = r[i];
      continue;
    }
    if (named < st->targets.n) {
      const Name *n = &st->targets.at[named++];
      s32 k = walk_find(w, n->s);
      if (k >= 0)
        walk_write(w, (u32)k, r[i]);
      else if (n->s[0] != '_')
        smt_fail(w->m, "`%s` is no register of the sequence", n->s);
    }
    if (reg && reg->fixed)
      walk_write(w, walk_fixed(w, reg->fixed, reg->sort), r[i]);
  }
  for (u32 i = 0; i < x->nclobbers; i++) {
    Sort gpr = {.kind = SORT_GPR, .type = VT_I64, .bits = 64};
    u32 k = walk_fixed(w, x->clobbers[i], gpr);
    walk_write(w, k, smt_sorry(w->m, gpr));
  }
}

static void note_step(Walk *w, const Expr *e, const InstX *x, const SmtVal *r) {
  Smt *m = w->m;
  Text t = {.arena = m->arena};
  ast_print_expr(&t, e);
  for (u32 i = 0; m->side && i < x->nresults; i++) {
    if (i && !x->results[i].is_flags)
      continue;
    SmtTrace line = {arena_printf(m->arena, "%s%s%s", text_str(&t),
                                  i ? "." : "", i ? x->results[i].name : ""),
                     m->side, r[i], NULL, NULL};
    vec_push(m->arena, &m->trace, line);
  }
}

static void step(Walk *w, const Stmt *st) {
  Smt *m = w->m;
  const Expr *e = st->value;
  s32 k = e->kind == EX_TERM ? sema_inst(m->s, seq_step_name(&w->q, e)) : 0;
  const InstX *x = k > 0 ? &m->s->insts[k] : NULL;
  SmtVal args[MACHINE_MAX], r[MACHINE_MAX];
  if (!x || x->is_seq || e->kids.n != x->noperands ||
      x->noperands > MACHINE_MAX || x->nresults > MACHINE_MAX) {
    smt_fail(m, "a step that is no instruction");
    return;
  }
  for (u32 i = 0; i < x->noperands; i++)
    args[i] =
        machine_operand(m, &w->now.run, x, i, step_arg(w, x, i, e->kids.at[i]));
  RenameInfo renames[4];
  StmtX with = {.renames = renames};
  for (u32 i = 0; i < st->nrenames && i < 4; i++)
    renames[with.nrenames++] =
        (RenameInfo){st->renames[i].from.s, st->renames[i].to.s};
  ((Machine *)m->user)->stmt = &with;
  machine_inst(m, &w->now.run, x, args, r);
  ((Machine *)m->user)->stmt = NULL;
  if (m->fail)
    return;
  note_step(w, e, x, r);
  step_results(w, st, x, r);
}

static SmtTerm condition(Walk *w, const Expr *e) {
  u32 enc = seq_condition(&w->q, e);
  for (u32 i = 0; i < w->m->s->ncodes; i++) {
    const CodeInfo *c = &w->m->s->codes[i];
    for (u32 k = 0; c->enc_bits == 4 && k < c->nmembers; k++)
      if (c->enc[k] == enc)
        return machine_condition(w->m, i, smt_num(w->m, k, 8), w->now.flags);
  }
  smt_fail(w->m, "no condition");
  return smt_bool(true);
}

// `trap overflow if be(f)`
static void trap(Walk *w, const Stmt *st) {
  SmtTerm c = smt_bool(true);
  if (st->value && st->value->kind == EX_CALL) {
    Expr name = *st->value;
    name.kind = EX_NAME;
    c = condition(w, &name);
  }
  SmtTerm code = smt_num(w->m, smt_trap_number(st->code.s), 32);
  smt_trap(w->m, &w->now.run, c, code);
}

static void statement(Walk *w, const Stmt *st) {
  switch (st->kind) {
  case ST_BIND:
  case ST_VALUE: step(w, st); return;
  case ST_TRAP: trap(w, st); return;
  case ST_LABEL: walk_label(w, &st->label); return;
  case ST_JMP: walk_jump(w, &st->label, smt_bool(true)); return;
  case ST_JCC: walk_jump(w, &st->label, condition(w, st->value)); return;
  case ST_DATA: smt_fail(w->m, "data in a sequence"); return;
  }
}

bool seq_jumps_back(const Sema *s, const InstX *x) {
  (void)s;
  const StmtList *l = &x->base->decl->stmts;
  for (u32 i = 0; i < l->n; i++)
    for (u32 k = 0; k < i; k++)
      if ((l->at[i].kind == ST_JMP || l->at[i].kind == ST_JCC) &&
          l->at[k].kind == ST_LABEL && l->at[k].label.s == l->at[i].label.s)
        return true;
  return false;
}

// --- the claim ------------------------------------------------------------

static SmtVal input(Walk *w, u32 i) {
  const InstOperand *o = &w->x->operands[i];
  const KindInfo *reg = walk_register(o);
  Sort sort = w->x->vars[i]->sort;
  if (reg)
    sort = (Sort){
        .kind = SORT_VALUE, .type = reg->sort.type, .bits = reg->sort.bits};
  return smt_input(w->m, o->name, sort);
}

// What the operands are; everything else holds anything.
static void begin(Walk *w, SmtEnv *env) {
  Smt *m = w->m;
  const InstX *x = w->x;
  w->now.flags = smt_input(m, "old", (Sort){.kind = SORT_FLAGS});
  for (u32 i = 0; i < w->nplaces; i++)
    if (w->places[i].sort.kind != SORT_NONE && w->places[i].same == i)
      w->now.at[i].all = smt_fresh(m, "old", SMT_BV, walk_bits(&w->places[i]));
  for (u32 i = 0; i < x->noperands; i++) {
    if (x->operands[i].tmp)
      continue;
    SmtVal v = input(w, i);
    SmtTrace line = {x->operands[i].name, "input", v, x->vars[i], NULL};
    vec_push(m->arena, &m->trace, line);
    if (v.sort.kind == SORT_FLAGS)
      w->now.flags = v;
    else if (v.sort.kind == SORT_VALUE)
      walk_write(w, i, v);
    v.sort = x->vars[i]->sort;
    smt_bind(m, env, x->vars[i], v);
  }
}

static SmtTerm promises(Walk *w) {
  Smt *m = w->m;
  SmtTerm all = smt_bool(true);
  for (u32 i = 0; i < w->x->nresults; i++) {
    u32 k = w->x->noperands + i;
    const Place *p = &w->places[k];
    if (p->sort.kind == SORT_GPR)
      all = smt_and(m, all,
                    machine_promise(m, p->sort.type, walk_read(w, k, 64)));
  }
  return all;
}

static SmtTerm outcome(Walk *w, SmtRun *left, SmtVal *a) {
  Smt *m = w->m;
  SmtVal b = {.ok = smt_bool(true)};
  bool value = w->x->nresults && !w->x->results[0].is_flags;
  if (value)
    b = smt_val(a->sort, walk_read(w, w->x->noperands, a->v.bits));
  SmtTerm claim = rule_refines(m, left, &w->now.run, value ? a : NULL, &b);
  rule_note_outcome(m, left, &w->now.run, value ? a : NULL, &b);
  SmtTerm quiet = smt_or(m, left->trapped, left->ended);
  claim = smt_and(m, claim, smt_or(m, quiet, promises(w)));
  return smt_or(m, claim, w->excused);
}

SmtTerm claim_seq(Smt *m, const Obligation *o) {
  Machine machine;
  SmtEnv env = {0};
  SmtRun left;
  Walk *w = arena_new(m->arena, Walk);
  *w = (Walk){.m = m, .x = o->more};
  w->q = (Seq){.s = m->s, .x = w->x};
  machine_begin(m, &machine);
  SmtTerm mem = smt_memory(m, "memory");
  smt_run_init(m, &left, mem, true);
  smt_run_init(m, &w->now.run, mem, false);
  w->now.active = smt_bool(true);
  w->excused = smt_bool(false);
  walk_places(w);
  begin(w, &env);
  m->side = "left";
  SmtVal a = smt_expr(m, &env, &left, w->x->means);
  m->side = "right";
  const StmtList *l = &w->x->base->decl->stmts;
  for (u32 i = 0; i < l->n && !m->fail; i++)
    statement(w, &l->at[i]);
  walk_end(w);
  SmtTerm claim = m->fail ? smt_bool(false) : outcome(w, &left, &a);
  machine_end(m);
  return smt_implies(m, a.ok, claim);
}
