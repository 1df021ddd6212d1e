// A sequence step by step on values, jumps followed, also back; and beside it
// what it means. Registers are places as in rulec/verify/walk.h.
#include "rulec/eval/priv.h"
#include "rulec/gen/seq.h"

enum { MOST_PLACES = 32, MOST_STEPS = 2000, MOST_ARGS = 16 };

typedef struct Place {
  const char *name, *fixed; // either may be null
  bool xmm;                 // 128 bits, else 64
  u32 same;                 // the place that it is
  Wide all;                 // of the register
  EvVal last;               // as it was written (its NaN set, its choices)
} Place;

typedef struct Run {
  Eval *e;
  const InstX *x;
  Seq q;
  u32 n;
  Place at[MOST_PLACES];
  EvVal flags;
} Run;

static EvOutcome give_up(Run *r, const char *why) {
  return outcome_of(eval_no(r->e, why));
}

// --- places -----------------------------------------------------------------

static const KindInfo *register_of(const InstOperand *o) {
  for (u32 i = 0; i < o->nkinds; i++)
    if (o->kinds[i].mode == OM_REG)
      return &o->kinds[i];
  return NULL;
}

static Wide random_bits(Run *r, u32 k) {
  u64 h = eval_hash(eval_hash(r->e->seed, 0x736571), k);
  return (Wide){{h, eval_hash(h, 1), 0, 0}};
}

static u32 add_place(Run *r, const char *name, const KindInfo *k, s32 same) {
  u32 i = r->n < MOST_PLACES ? r->n++ : MOST_PLACES - 1;
  Place *p = &r->at[i];
  *p = (Place){.name = name, .fixed = k ? k->fixed : NULL, .same = i};
  p->xmm = k && k->sort.kind == SORT_XMM;
  if (same >= 0)
    p->same = r->at[same].same;
  for (u32 j = 0; p->fixed && j < i; j++)
    if (r->at[j].fixed && strcmp(r->at[j].fixed, p->fixed) == 0)
      p->same = r->at[j].same;
  p->all = wide_keep(random_bits(r, i), p->xmm ? 128 : 64);
  return i;
}

static s32 find_place(const Run *r, const char *name) {
  for (u32 i = 0; i < r->n; i++)
    if (r->at[i].name && strcmp(r->at[i].name, name) == 0)
      return (s32)i;
  return -1;
}

static u32 fixed_place(Run *r, const KindInfo *k) {
  for (u32 i = 0; i < r->n; i++)
    if (r->at[i].fixed && strcmp(r->at[i].fixed, k->fixed) == 0)
      return i;
  return add_place(r, NULL, k, -1);
}

// A general register has zeros above, of an xmm one the rest is anything.
static void write_place(Run *r, u32 k, EvVal v) {
  Place *p = &r->at[r->at[k].same];
  u32 w = eval_width(v.sort);
  Wide above = {{0}};
  if (p->xmm && w < 128)
    above = wide_shl(random_bits(r, ++r->e->choices), w, 128);
  p->all = wide_or(wide_keep(v.bits, w), above);
  p->last = v;
}

static EvVal read_place(const Run *r, u32 k, u32 bits) {
  const Place *p = &r->at[r->at[k].same];
  EvVal v = ev_bits((Sort){.kind = SORT_BV, .bits = (u16)bits}, p->all);
  if (eval_width(p->last.sort) == bits && p->last.sort.kind) {
    v.nan = p->last.nan;
    v.any = p->last.any;
  }
  v.loose = p->last.loose;
  return v;
}

// --- steps ------------------------------------------------------------------

static EvVal constant(const InstX *x, u32 i, s128 num) {
  Sort want = x->vars[i]->sort;
  u32 w = want.kind == SORT_BV && want.bits ? want.bits : 64;
  return ev_bits((Sort){.kind = SORT_BV, .bits = (u16)w},
                 wide_sext(wide((u128)num), 128, WIDE_BITS));
}

static EvVal step_arg(Run *r, const InstX *x, u32 i, const Expr *e) {
  Sort want = x->vars[i]->sort;
  const KindInfo *reg = register_of(&x->operands[i]);
  if (want.kind == SORT_FLAGS)
    return r->flags;
  if (e->kind != EX_NAME) {
    SeqArg a = seq_arg(&r->q, e);
    return a.kind == SA_CONST || a.kind == SA_POOL
               ? constant(x, i, a.num)
               : eval_no(r->e, "an address in a step");
  }
  s32 k = find_place(r, e->name.s);
  return k < 0 || !reg || want.kind != SORT_BV
             ? eval_no(r->e, "no register of the sequence")
             : read_place(r, (u32)k, want.bits);
}

static void step_results(Run *r, const Stmt *st, const InstX *x,
                         const EvVal *out) {
  u32 named = 0;
  for (u32 i = 0; i < x->nresults; i++) {
    const KindInfo *reg = register_of(&x->results[i]);
    if (x->results[i].is_flags) {
      r->flags = out[i];
      continue;
    }
    s32 k =
        named < st->targets.n ? find_place(r, st->targets.at[named++].s) : -1;
    if (k >= 0)
      write_place(r, (u32)k, out[i]);
    if (reg && reg->fixed)
      write_place(r, fixed_place(r, reg), out[i]);
  }
}

static EvOutcome step(Run *r, const Stmt *st) {
  const Expr *e = st->value;
  const Sema *s = r->e->s;
  s32 k = e->kind == EX_TERM ? sema_inst(s, seq_step_name(&r->q, e)) : 0;
  const InstX *x = k > 0 ? &s->insts[k] : NULL;
  EvVal args[MOST_ARGS];
  if (!x || x->is_seq || e->kids.n != x->noperands ||
      x->noperands > EV_MAX_ARGS)
    return give_up(r, "a step that is no instruction");
  for (u32 i = 0; i < x->noperands; i++) {
    args[i] = step_arg(r, x, i, e->kids.at[i]);
    if (!ev_ok(&args[i]))
      return outcome_of(args[i]);
  }
  EvVal out = eval_inst(r->e, x, args);
  for (u32 i = 0; i < st->nrenames && out.state == EV_TRAP; i++)
    if (eval_trap_code(st->renames[i].from.s) == out.trap) {
      out.trap = eval_trap_code(st->renames[i].to.s);
      break;
    }
  if (ev_ok(&out))
    step_results(r, st, x, out.list.at);
  return outcome_of(out);
}

static EvVal condition(Run *r, const Expr *e) {
  u32 enc = seq_condition(&r->q, e);
  for (u32 i = 0; i < r->e->s->ncodes; i++) {
    const CodeInfo *c = &r->e->s->codes[i];
    Sort sort = {.kind = SORT_CODE, .decl = i};
    for (u32 k = 0; c->enc_bits == 4 && k < c->nmembers; k++)
      if (c->enc[k] == enc) {
        EvVal code = ev_bits(sort, wide(k));
        return eval_pred(r->e, &code, &r->flags, 1);
      }
  }
  return eval_no(r->e, "no condition");
}

static s32 find_label(const Run *r, const char *name) {
  const StmtList *l = &r->x->base->decl->stmts;
  for (u32 i = 0; i < l->n; i++)
    if (l->at[i].kind == ST_LABEL && strcmp(l->at[i].label.s, name) == 0)
      return (s32)i;
  return -1;
}

// `trap overflow if be(f)`: whether it is taken.
static EvVal trap_taken(Run *r, const Stmt *st) {
  if (!st->value)
    return ev_bool(true);
  Expr name = *st->value;
  name.kind = EX_NAME;
  return condition(r, &name);
}

// Where control is after statement *pc; an outcome that is no value ends it.
static EvOutcome statement(Run *r, u32 *pc) {
  const Stmt *st = &r->x->base->decl->stmts.at[(*pc)++];
  EvVal c = ev_bool(true);
  if (st->kind == ST_BIND || st->kind == ST_VALUE)
    return step(r, st);
  if (st->kind == ST_LABEL)
    return outcome_of(ev_none());
  if (st->kind == ST_TRAP || st->kind == ST_JCC)
    c = st->kind == ST_TRAP ? trap_taken(r, st) : condition(r, st->value);
  if (!ev_ok(&c) || !ev_true(&c))
    return outcome_of(ev_ok(&c) ? ev_none() : c);
  if (st->kind == ST_TRAP)
    return outcome_of(ev_trap(eval_trap_code(st->code.s)));
  if (st->kind == ST_DATA)
    return give_up(r, "data in a sequence");
  s32 to = find_label(r, st->label.s), k = find_place(r, st->label.s);
  if (to >= 0) {
    *pc = (u32)to;
    return outcome_of(ev_none());
  }
  return k < 0 ? give_up(r, "no such label")
               : (EvOutcome){.what = EO_GOTO, .target = (u32)r->at[k].all.w[0]};
}

// --- the whole
// ----------------------------------------------------------------

static void begin(Run *r, const EvVal *args) {
  const InstX *x = r->x;
  r->flags = (EvVal){.sort = {.kind = SORT_FLAGS}};
  memset(r->flags.flags, EV_FLAG_ANY, sizeof r->flags.flags);
  for (u32 i = 0; i < x->noperands; i++)
    add_place(r, x->operands[i].name, register_of(&x->operands[i]), -1);
  for (u32 i = 0; i < x->nresults; i++)
    add_place(r, x->results[i].name, register_of(&x->results[i]),
              x->results[i].reuse);
  for (u32 i = 0; i < x->noperands; i++)
    if (args[i].sort.kind == SORT_FLAGS)
      r->flags = args[i];
    else if (!x->operands[i].tmp)
      write_place(r, i, args[i]);
}

// The first result: with what its rep promises above, zeros, if it does.
static EvVal result(const Run *r) {
  const InstX *x = r->x;
  const KindInfo *k = register_of(&x->results[0]);
  u32 bits = eval_width(x->vars[x->noperands]->sort);
  for (u32 i = 0; k && i < r->e->s->nreps; i++) {
    const RepInfo *rep = &r->e->s->reps[i];
    if (rep->type == k->sort.type && strcmp(rep->rest, "zero") == 0)
      bits = 64;
  }
  return read_place(r, x->noperands, bits);
}

EvOutcome eval_seq(Eval *e, const InstX *x, const EvVal *args) {
  Run *r = arena_new(e->arena, Run);
  *r = (Run){.e = e, .x = x, .q = {.s = e->s, .x = x}};
  EvOutcome o = outcome_of(ev_none());
  u32 pc = 0, steps = 0;
  if (x->noperands + x->nresults > MOST_PLACES - 8)
    return give_up(r, "too many registers");
  begin(r, args);
  while (pc < x->base->decl->stmts.n && o.what == EO_VALUE)
    o = ++steps > MOST_STEPS ? give_up(r, "a sequence that does not end")
                             : statement(r, &pc);
  u32 code;
  if (o.what == EO_GOTO && eval_target_traps(o.target, &code))
    o = outcome_of(ev_trap(code));
  if (o.what == EO_VALUE && x->nresults && !x->results[0].is_flags)
    o.value = result(r);
  return o;
}

bool seq_draw(Eval *e, EvSampler *m, const InstX *x, EvVal *args) {
  for (u32 i = 0; i < x->noperands && i < EV_MAX_ARGS; i++) {
    Sort s = x->vars[i]->sort;
    if (s.kind != SORT_BV && s.kind != SORT_FLAGS && s.kind != SORT_TARGET)
      return false;
    args[i] = sample_val(m, e->arena, s);
  }
  return true;
}

RuleRound seq_round(Eval *e, EvSampler *m, const InstX *x, const EvVal *args,
                    EvOutcome *left, EvOutcome *right) {
  EvVal drawn[EV_MAX_ARGS];
  e->why = NULL;
  if (!x->means || x->noperands > MOST_ARGS) {
    e->why = "a sequence without `means`";
    return ROUND_LEFT_OUT;
  }
  eval_reset(e, sample_draw(m));
  e->policy = (u8)(e->seed % 3);
  if (!args && !seq_draw(e, m, x, drawn))
    return ROUND_LEFT_OUT;
  args = args ? args : drawn;
  u32 mark = e->env.n;
  for (u32 i = 0; i < x->noperands; i++)
    eval_bind(e, x->vars[i], args[i]);
  *left = eval_meaning(e, x->means);
  e->env.n = mark;
  *right = eval_seq(e, x, args);
  if (left->what == EO_NO || right->what == EO_NO)
    return ROUND_LEFT_OUT;
  EvVerdict v = eval_allows(left, right);
  return v == EV_AGREE    ? ROUND_AGREED
         : v == EV_DIFFER ? ROUND_WRONG
                          : ROUND_UNSURE;
}
