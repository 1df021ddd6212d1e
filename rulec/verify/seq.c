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
#include "rulec/seq.h"
#include "rulec/sema_priv.h"
#include "rulec/verify/rule.h"

enum { MOST_PLACES = 32, MOST_WAITING = 32 };

typedef struct Place {
  const char *name;  // of the operand or result; or null
  const char *fixed; // register, or null
  Sort sort;         // SORT_GPR, SORT_XMM
  u32 same;          // index of the place that it is
} Place;

typedef struct Cell { // what a register holds
  SmtTerm all;        // of it; s null: no such register
  SmtTerm low;        // what was written last, the low part of all; or s null
} Cell;

typedef struct State { // of the machine on one path
  SmtTerm active;      // whether control is here
  Cell at[MOST_PLACES];
  SmtVal flags;
  SmtRun run;
} State;

typedef struct Waiting { // for a label; label null: control has left
  const char *label;
  State state;
} Waiting;

typedef struct Walk {
  Smt *m;
  const InstX *x;
  Seq q; // for constants and names
  u32 nplaces;
  Place places[MOST_PLACES];
  State now;
  u32 nwaiting;
  Waiting waiting[MOST_WAITING];
  u32 nseen;
  const char *seen[MOST_WAITING]; // labels behind us
  SmtTerm excused;                // a jump back
} Walk;

// --- places -----------------------------------------------------------------

static u32 place_bits(const Place *p) {
  return p->sort.kind == SORT_XMM ? 128 : 64;
}

static const KindInfo *register_of(const InstOperand *o) {
  for (u32 i = 0; i < o->nkinds; i++)
    if (o->kinds[i].mode == OM_REG)
      return &o->kinds[i];
  return NULL;
}

static u32 add_place(Walk *w, const char *name, const char *fixed, Sort sort) {
  u32 k = w->nplaces;
  if (k == MOST_PLACES) {
    smt_fail(w->m, "too many registers");
    return 0;
  }
  w->places[k] = (Place){name, fixed, sort, k};
  for (u32 i = 0; fixed && i < k; i++)
    if (w->places[i].fixed && strcmp(w->places[i].fixed, fixed) == 0)
      w->places[k].same = w->places[i].same;
  w->nplaces++;
  return k;
}

static void operand_place(Walk *w, const InstOperand *o, s32 same) {
  const KindInfo *k = register_of(o);
  Sort none = {.kind = SORT_NONE};
  u32 p = add_place(w, o->name, k ? k->fixed : NULL, k ? k->sort : none);
  if (same >= 0)
    w->places[p].same = w->places[same].same;
}

// Place k is operand k, then results.
static void make_places(Walk *w) {
  const InstX *x = w->x;
  for (u32 i = 0; i < x->noperands; i++)
    operand_place(w, &x->operands[i], -1);
  for (u32 i = 0; i < x->nresults; i++)
    operand_place(w, &x->results[i], x->results[i].reuse);
  for (u32 i = 0; i < x->noperands; i++) // could share a result's register
    if (x->operands[i].early && !w->places[i].fixed)
      smt_fail(w->m, "operand %s is early and not fixed", x->operands[i].name);
}

static s32 find_place(const Walk *w, const char *name) {
  for (u32 i = 0; i < w->nplaces; i++)
    if (w->places[i].name && strcmp(w->places[i].name, name) == 0)
      return (s32)i;
  return -1;
}

static u32 fixed_place(Walk *w, const char *reg, Sort sort) {
  for (u32 i = 0; i < w->nplaces; i++)
    if (w->places[i].fixed && strcmp(w->places[i].fixed, reg) == 0)
      return i;
  u32 k = add_place(w, NULL, reg, sort);
  w->now.at[k].all = smt_fresh(w->m, reg, SMT_BV, place_bits(&w->places[k]));
  return k;
}

static SmtTerm widened(Walk *w, const Place *p, SmtVal v) {
  Smt *m = w->m;
  u32 bits = place_bits(p);
  if (p->sort.kind == SORT_GPR)
    return machine_whole(m, v);
  if (v.v.bits >= bits)
    return v.v;
  SmtTerm above = smt_fresh(m, "above", SMT_BV, bits - v.v.bits);
  return smt_app(m, SMT_BV, bits, "concat", 2, above, v.v);
}

static void write_place(Walk *w, u32 k, SmtVal v) {
  const Place *p = &w->places[w->places[k].same];
  w->now.at[w->places[k].same] = (Cell){widened(w, p, v), v.v};
}

static SmtTerm read_place(Walk *w, u32 k, u32 bits) {
  const Cell *c = &w->now.at[w->places[k].same];
  if (!c->all.s || bits > c->all.bits) {
    smt_fail(w->m, "a register that is none");
    return smt_num(w->m, 0, bits);
  }
  return c->low.s && c->low.bits == bits
             ? c->low
             : smt_extract(w->m, bits - 1, 0, c->all);
}

// --- paths --------------------------------------------------------------

static SmtRun run_ite(Smt *m, SmtTerm c, const SmtRun *a, const SmtRun *b) {
  return (SmtRun){.ok = smt_ite(m, c, a->ok, b->ok),
                  .valid = smt_ite(m, c, a->valid, b->valid),
                  .trapped = smt_ite(m, c, a->trapped, b->trapped),
                  .code = smt_ite(m, c, a->code, b->code),
                  .mem = smt_ite(m, c, a->mem, b->mem),
                  .ended = smt_ite(m, c, a->ended, b->ended),
                  .target = smt_ite(m, c, a->target, b->target),
                  .left = a->left};
}

static void join_cell(Smt *m, SmtTerm c, const Cell *a, Cell *b) {
  bool low = a->low.s && b->low.s && a->low.bits == b->low.bits;
  if (!a->all.s || !b->all.s)
    return;
  b->all = smt_ite(m, c, a->all, b->all);
  b->low = low ? smt_ite(m, c, a->low, b->low) : (SmtTerm){0};
}

// Control comes from a path too.
static void join(Walk *w, const State *s) {
  Smt *m = w->m;
  State *n = &w->now;
  if (smt_is_false(n->active)) {
    *n = *s;
    return;
  }
  SmtTerm c = s->active;
  for (u32 i = 0; i < w->nplaces; i++)
    join_cell(m, c, &s->at[i], &n->at[i]);
  SmtTerm *f = arena_array0(m->arena, SmtTerm, FF_COUNT);
  for (u32 i = 0; i < FF_COUNT; i++)
    f[i] = smt_ite(m, c, s->flags.f[i], n->flags.f[i]);
  n->flags.f = f;
  n->run = run_ite(m, c, &s->run, &n->run);
  n->active = smt_or(m, c, n->active);
}

static void wait_for(Walk *w, const char *label, SmtTerm when) {
  if (w->nwaiting == MOST_WAITING) {
    smt_fail(w->m, "too many jumps");
    return;
  }
  Waiting *x = &w->waiting[w->nwaiting++];
  *x = (Waiting){label, w->now};
  x->state.active = when;
}

// To a label ahead, to a target of the block, or back.
static void jump(Walk *w, const Name *to, SmtTerm cond) {
  Smt *m = w->m;
  SmtTerm when = smt_and(m, w->now.active, cond);
  s32 target = find_place(w, to->s);
  w->now.active = smt_and(m, w->now.active, smt_not(m, cond));
  for (u32 i = 0; i < w->nseen; i++)
    if (strcmp(w->seen[i], to->s) == 0) {
      w->excused = smt_or(m, w->excused, when);
      return;
    }
  if (target < 0) {
    wait_for(w, to->s, when);
    return;
  }
  SmtVal t = smt_input(m, to->s, (Sort){.kind = SORT_TARGET});
  wait_for(w, NULL, when);
  smt_goto(m, &w->waiting[w->nwaiting - 1].state.run, t.v);
}

static void label(Walk *w, const Name *n) {
  for (u32 i = 0; i < w->nwaiting; i++)
    if (w->waiting[i].label && strcmp(w->waiting[i].label, n->s) == 0)
      join(w, &w->waiting[i].state);
  if (w->nseen < MOST_WAITING)
    w->seen[w->nseen++] = n->s;
}

// --- steps --------------------------------------------------------------

static SmtVal constant(Walk *w, const InstX *x, u32 i, s128 num) {
  Sort want = x->vars[i]->sort;
  u32 bits = want.kind == SORT_BV && want.bits ? want.bits : 64;
  return smt_val((Sort){.kind = SORT_BV, .bits = (u16)bits},
                 smt_num(w->m, (u128)num, bits));
}

static SmtVal step_arg(Walk *w, const InstX *x, u32 i, const Expr *e) {
  Sort want = x->vars[i]->sort;
  const KindInfo *reg = register_of(&x->operands[i]);
  if (want.kind == SORT_FLAGS)
    return w->now.flags;
  if (e->kind != EX_NAME) {
    SeqArg a = seq_arg(&w->q, e);
    if (a.kind == SA_CONST || a.kind == SA_POOL)
      return constant(w, x, i, a.num);
    smt_fail(w->m, "an address in a step");
    return smt_sorry(w->m, want);
  }
  s32 k = find_place(w, e->name.s);
  if (k < 0 || want.kind != SORT_BV || !reg) {
    smt_fail(w->m, "`%s` is no register of the sequence", e->name.s);
    return smt_sorry(w->m, want);
  }
  if (reg->fixed && w->places[fixed_place(w, reg->fixed, reg->sort)].same !=
                        w->places[k].same)
    smt_fail(w->m, "`%s` is not in %s", e->name.s, reg->fixed);
  return smt_val(reg->sort, read_place(w, (u32)k, want.bits));
}

// Named results in order, flags apart; what has a register of its own goes
// there.
static void step_results(Walk *w, const Stmt *st, const InstX *x,
                         const SmtVal *r) {
  u32 named = 0;
  for (u32 i = 0; i < x->nresults; i++) {
    const KindInfo *reg = register_of(&x->results[i]);
    if (x->results[i].is_flags) {
      w->now.flags = r[i];
      continue;
    }
    if (named < st->targets.n) {
      const Name *n = &st->targets.at[named++];
      s32 k = find_place(w, n->s);
      if (k >= 0)
        write_place(w, (u32)k, r[i]);
      else if (n->s[0] != '_')
        smt_fail(w->m, "`%s` is no register of the sequence", n->s);
    }
    if (reg && reg->fixed)
      write_place(w, fixed_place(w, reg->fixed, reg->sort), r[i]);
  }
  for (u32 i = 0; i < x->nclobbers; i++) {
    Sort gpr = {.kind = SORT_GPR, .type = VT_I64, .bits = 64};
    u32 k = fixed_place(w, x->clobbers[i], gpr);
    write_place(w, k, smt_sorry(w->m, gpr));
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
  case ST_LABEL: label(w, &st->label); return;
  case ST_JMP: jump(w, &st->label, smt_bool(true)); return;
  case ST_JCC: jump(w, &st->label, condition(w, st->value)); return;
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
  const KindInfo *reg = register_of(o);
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
      w->now.at[i].all = smt_fresh(m, "old", SMT_BV, place_bits(&w->places[i]));
  for (u32 i = 0; i < x->noperands; i++) {
    if (x->operands[i].tmp)
      continue;
    SmtVal v = input(w, i);
    SmtTrace line = {x->operands[i].name, "input", v, x->vars[i], NULL};
    vec_push(m->arena, &m->trace, line);
    if (v.sort.kind == SORT_FLAGS)
      w->now.flags = v;
    else if (v.sort.kind == SORT_VALUE)
      write_place(w, i, v);
    v.sort = x->vars[i]->sort;
    smt_bind(m, env, x->vars[i], v);
  }
}

// The state at the end, control having left on some paths.
static void finish(Walk *w) {
  for (u32 i = 0; i < w->nwaiting; i++)
    if (!w->waiting[i].label)
      join(w, &w->waiting[i].state);
    else {
      bool seen = false;
      for (u32 k = 0; k < w->nseen; k++)
        seen |= strcmp(w->seen[k], w->waiting[i].label) == 0;
      if (!seen)
        smt_fail(w->m, "no label %s", w->waiting[i].label);
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
                    machine_promise(m, p->sort.type, read_place(w, k, 64)));
  }
  return all;
}

static SmtTerm outcome(Walk *w, SmtRun *left, SmtVal *a) {
  Smt *m = w->m;
  SmtVal b = {.ok = smt_bool(true)};
  bool value = w->x->nresults && !w->x->results[0].is_flags;
  if (value)
    b = smt_val(a->sort, read_place(w, w->x->noperands, a->v.bits));
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
  make_places(w);
  begin(w, &env);
  m->side = "left";
  SmtVal a = smt_expr(m, &env, &left, w->x->means);
  m->side = "right";
  const StmtList *l = &w->x->base->decl->stmts;
  for (u32 i = 0; i < l->n && !m->fail; i++)
    statement(w, &l->at[i]);
  finish(w);
  SmtTerm claim = m->fail ? smt_bool(false) : outcome(w, &left, &a);
  machine_end(m);
  return smt_implies(m, a.ok, claim);
}
