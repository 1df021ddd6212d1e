#include "rulec/test/machine.h"
#include "rulec/gen/lower_write.h"

enum { MOST_TERMS = 200 };

typedef struct Frame { // a right side at work
  const RuleX *x;
  RuleMatch m;
  MVal *vals;   // by Var.index
  bool as_said; // an example's: a name is a register
} Frame;

static Arena *arena_of(const LowTrial *l) { return l->t.g.arena; }
static const Sema *sema_of(const LowTrial *l) { return l->t.g.s; }
static const OpInst *op_of(const LowTrial *l, u32 node) {
  return &sema_of(l)->ops[l->t.nodes.at[node].op];
}
static MVal value_of(u32 node) { return (MVal){.kind = M_VALUE, .node = node}; }
static MVal imm_of(EvVal v) { return (MVal){.kind = M_IMM, .imm = v}; }

static Frame frame_of(LowTrial *l, const RuleX *x) {
  Frame f = {.x = x, .m = {.x = x}};
  f.m.cls = arena_array0(arena_of(l), u32, x->nvars + 1);
  f.m.imm = arena_array0(arena_of(l), EvVal, x->nvars + 1);
  f.vals = arena_array0(arena_of(l), MVal, x->nvars + 1);
  return f;
}

static EvVal expr(LowTrial *l, Frame *f, const Node *n) {
  Eval *e = &l->t.g.eval;
  e->env.n = 0;
  for (u32 i = 0; i < f->x->nvars; i++) {
    const Var *v = f->x->vars[i];
    if (v)
      eval_bind(e, v,
                f->vals[i].kind == M_IMM ? f->vals[i].imm
                                         : ev_bits(v->sort, wide(0)));
  }
  return match_expr(&l->t.g, &f->m, n);
}

// --- left sides -------------------------------------------------------

static bool is_event(const LowTrial *l, u32 node, bool writes_only) {
  const TrialNode *n = &l->t.nodes.at[node];
  if (!n->op || l->sunk[node] || node == l->root)
    return false;
  const u32 flags = op_of(l, node)->flags;
  const bool free =
      n->args[0].imm.sort.kind == SORT_MEMARG && n->args[0].imm.mem[MF_NOTRAP];
  return flags & (OF_WRITES | OF_CALL | OF_ENDS) ||
         (flags & OF_TRAPS && !writes_only && !free);
}

// What low_can_sink asks: one use all the way up, and what cannot change places
// with it does not lie between.
static bool can_sink(const LowTrial *l, u32 node) {
  const EvVal *mem = &l->t.nodes.at[node].args[0].imm;
  if (!l->t.nodes.at[node].op || mem->sort.kind != SORT_MEMARG || l->sunk[node])
    return false;
  for (u32 n = node; n && n != l->root; n = l->user[n])
    if (l->uses[n] != 1)
      return false;
  for (u32 n = node + 1; n < l->t.nodes.n; n++)
    if (is_event(l, n, mem->mem[MF_NOTRAP]))
      return false;
  return true;
}

static bool fits(LowTrial *l, Frame *f, const Node *p, const MVal *v);

static bool bind_var(Frame *f, const Var *v, const MVal *to) {
  MVal *old = &f->vals[v->index];
  if (v->wild)
    return true;
  if (old->kind)
    return old->kind == M_VALUE ? old->node == to->node
                                : ev_equal(&old->imm, &to->imm);
  *old = *to;
  if (to->kind == M_VALUE)
    f->m.cls[v->index] = to->node;
  else
    f->m.imm[v->index] = to->imm;
  return true;
}

static bool fits_number(const LowTrial *l, const Node *p, u32 node) {
  const TrialNode *n = &l->t.nodes.at[node];
  if (!trial_is_const(&l->t, node) || op_of(l, node)->type != p->sort.type)
    return false;
  return !op_of(l, node)->noperands ||
         wide_equal(n->args[0].imm.bits, wide(p->num));
}

static bool fits_op(LowTrial *l, Frame *f, const Node *p, u32 node) {
  const TrialNode *n = &l->t.nodes.at[node];
  if (n->op != p->op)
    return false;
  const MVal self = value_of(node);
  if (p->var && !bind_var(f, p->var, &self))
    return false;
  for (u32 k = 0; k < p->nkids; k++) {
    const bool value = op_of(l, node)->operands[k].is_value;
    const MVal v = value ? value_of(n->args[k].cls) : imm_of(n->args[k].imm);
    if (!fits(l, f, p->kids[k], &v))
      return false;
  }
  return true;
}

static bool fits(LowTrial *l, Frame *f, const Node *p, const MVal *v) {
  switch ((int)p->kind) {
  case N_WILD: return true;
  case N_VAR: return bind_var(f, p->var, v);
  case N_CONST: return wide_equal(v->imm.bits, wide(p->num));
  case N_VALCONST: return fits_number(l, p, v->node);
  case N_OP: return fits_op(l, f, p, v->node);
  case N_SINK: return fits(l, f, p->kids[0], v) && can_sink(l, v->node);
  case N_ONCE: return fits(l, f, p->kids[0], v) && l->uses[v->node] == 1;
  case N_CTOR:
    if (v->kind != M_DATA || v->ctor != p->ctor)
      return false;
    for (u32 k = 0; k < p->nkids; k++)
      if (!fits(l, f, p->kids[k], &v->at[k]))
        return false;
    return true;
  default: return false;
  }
}

// A value of flags or of another thing without a number has no EvVal to be
// bound to; guards do not speak of it.
static bool takes(LowTrial *l, Frame *f, const MVal *args) {
  const Node *p = f->x->lhs;
  if (p->kind == N_TERM) {
    for (u32 k = 0; k < p->nkids; k++)
      if (!fits(l, f, p->kids[k], &args[k]))
        return false;
  } else if (!fits_op(l, f, p, l->root)) {
    return false;
  }
  for (u32 k = 0; k < f->x->nclauses; k++) {
    EvVal v = expr(l, f, f->x->clauses[k].e);
    if (!ev_true(&v))
      return false;
  }
  return !f->x->nresults || l->unused;
}

static bool choose(LowTrial *l, const LowArms *arms, const MVal *args,
                   Frame *out) {
  for (u32 k = 0; k < arms->n; k++) {
    *out = frame_of(l, arms->at[k]);
    if (takes(l, out, args))
      return true;
  }
  return false;
}

// --- right sides ------------------------------------------------------

static MVal right(LowTrial *l, Frame *f, const Node *n, Lowered *r);

static MVal term(LowTrial *l, u32 index, const MVal *args, Lowered *r);

static bool right_side(LowTrial *l, Frame *f, Lowered *r, MVal *out);

static const KindInfo *widest_imm(const InstOperand *o) {
  const KindInfo *best = NULL;
  for (u32 k = 0; k < o->nkinds; k++)
    if (o->kinds[k].mode == OM_IMM &&
        (!best || o->kinds[k].sort.bits > best->sort.bits))
      best = &o->kinds[k];
  return best;
}

// A number as the operand keeps it.
static MVal as_imm(const InstOperand *o, EvVal v) {
  const KindInfo *k = widest_imm(o);
  if (k && v.sort.kind != SORT_CODE) {
    const u32 have =
        v.sort.bits && v.sort.bits < k->sort.bits ? v.sort.bits : k->sort.bits;
    const u64 top = (u64)1 << (have - 1), mask = top | (top - 1);
    u64 x = v.bits.w[0] & mask;
    x = k->is_signed ? (x ^ top) - top : x;
    v = ev_bits((Sort){.kind = SORT_BV, .bits = 64}, wide(x));
  }
  MVal m = imm_of(v);
  m.is_signed = k && k->is_signed;
  return m;
}

static bool imm_fits(const InstOperand *o, u64 x, u32 bits) {
  const s64 s = bits == 32 ? (s64)(s32)x : (s64)x;
  for (u32 k = 0; k < o->nkinds; k++) {
    const KindInfo *kind = &o->kinds[k];
    if (kind->mode != OM_IMM || kind->sort.bits > 32)
      continue;
    const s64 half = (s64)1 << (kind->sort.bits - 1);
    if (kind->is_signed ? s >= -half && s < half : x < 2 * (u64)half)
      return true;
  }
  return false;
}

// What low_arg makes of a value.
static MVal arg(LowTrial *l, const InstOperand *o, u32 node, bool many,
                Lowered *r) {
  const TrialNode *n = &l->t.nodes.at[node];
  const bool constant =
      n->op && trial_is_const(&l->t, node) && op_of(l, node)->noperands == 1;
  const u8 type = n->op ? op_of(l, node)->type : VT_NONE;
  const bool is_int = type == VT_I32 || type == VT_I64;
  u32 bytes = 0;
  for (u32 k = 0; k < o->nkinds; k++)
    if (o->kinds[k].mode == OM_MEM && !many)
      bytes = o->kinds[k].sort.bits / 8;
  if (constant && is_int &&
      imm_fits(o, n->args[0].imm.bits.w[0], vtype_bits[type]))
    return as_imm(o, n->args[0].imm);
  if (constant && bytes && !is_int && vtype_bits[type] == 8 * bytes)
    return (MVal){.kind = M_POOL, .imm = n->args[0].imm};
  const s32 amode = sema_term(sema_of(l), "amode");
  if (!bytes || amode < 0 || !can_sink(l, node) ||
      n->args[0].imm.mem[MF_BYTES] != bytes)
    return value_of(node);
  l->sunk[node] = true;
  const MVal args[2] = {value_of(n->args[1].cls), imm_of(n->args[0].imm)};
  return term(l, (u32)amode, args, r);
}

static bool insists(const Node *n) {
  for (; n->kind == N_AS || n->kind == N_REG; n = n->kids[0])
    if (n->kind == N_REG)
      return true;
  return false;
}

static MVal operand(LowTrial *l, Frame *f, const InstOperand *o, const Node *n,
                    Lowered *r) {
  const MVal v = right(l, f, n, r);
  const Node *s = lower_strip(n);
  if (v.kind == M_IMM && v.imm.sort.kind == SORT_BV)
    return as_imm(o, v.imm);
  if (v.kind != M_VALUE || f->as_said || insists(n) || o->nkinds == 1 ||
      s->kind != N_VAR)
    return v;
  return arg(l, o, v.node, lower_occurrences(f->x, s->var) > 1, r);
}

// The instruction that a code known only now names.
static const InstX *inst_of(LowTrial *l, Frame *f, const Node *n) {
  const InstX *x = &sema_of(l)->insts[n->ref];
  u32 at = n->ref;
  for (u32 k = 0; n->dyn && k < x->base->nparams; k++) {
    u32 stride = 1;
    for (u32 j = k + 1; j < x->base->nparams; j++)
      stride *= x->base->params[j].n;
    if (n->dyn[k])
      at += stride * (u32)right(l, f, n->dyn[k], NULL).imm.bits.w[0];
  }
  return &sema_of(l)->insts[at];
}

static MVal instruction(LowTrial *l, Frame *f, const Node *n, Lowered *r) {
  MInst *i = arena_new(arena_of(l), MInst);
  u32 kid = 0;
  *i = (MInst){.x = inst_of(l, f, n)};
  i->args = arena_array0(arena_of(l), MVal, n->nkids + 1);
  for (u32 k = 0; k < i->x->noperands; k++)
    if (!i->x->operands[k].tmp && kid < n->nkids) {
      i->args[kid] = operand(l, f, &i->x->operands[k], n->kids[kid], r);
      if (!i->args[kid++].kind)
        r->ok = false;
    }
  i->n = kid;
  MVal v = {.kind = M_RESULT, .inst = i};
  for (u32 k = i->x->nresults; k-- > 0;)
    if (!i->x->results[k].is_flags)
      v.result = k;
  return v;
}

static MVal address(LowTrial *l, Frame *f, const Node *n, Lowered *r) {
  const Amode *a = n->amode;
  MVal v = {.kind = M_ADDR};
  v.at = arena_array0(arena_of(l), MVal, a->nparts + 1);
  for (u32 k = 0; k < a->nparts; k++) {
    const Node *e = lower_strip(a->parts[k].e);
    if (e->kind == N_OP && e->nkids == 1)
      e = e->kids[0];
    MVal p = right(l, f, e, r);
    if (p.kind == M_IMM) {
      const u32 up = 64 - (p.imm.sort.bits < 64 ? p.imm.sort.bits : 64);
      v.disp += (s64)(p.imm.bits.w[0] << up) >> up;
      continue;
    }
    if (a->parts[k].scale && v.n < 2) {
      EvVal s = expr(l, f, a->parts[k].scale);
      v.scale[v.n] = (u8)ev_u64(&s);
    }
    r->ok &= p.kind != M_NONE && v.n < 2;
    v.at[v.n < 2 ? v.n++ : 1] = p;
  }
  if (a->mem)
    v.imm = expr(l, f, a->mem);
  return v;
}

static MVal apply(LowTrial *l, Frame *f, const Node *n, Lowered *r) {
  MVal *args = arena_array0(arena_of(l), MVal, n->nkids + 1);
  for (u32 k = 0; k < n->nkids; k++)
    args[k] = right(l, f, n->kids[k], r);
  if (n->kind == N_TERM)
    return term(l, n->ref, args, r);
  return (MVal){.kind = M_DATA,
                .data = n->ref,
                .ctor = n->ctor,
                .n = n->nkids,
                .at = args};
}

static MVal plain(LowTrial *l, Frame *f, const Node *n, Lowered *r) {
  EvVal v = expr(l, f, n);
  if (r)
    r->ok &= ev_ok(&v);
  return imm_of(v);
}

static MVal right(LowTrial *l, Frame *f, const Node *n, Lowered *r) {
  switch ((int)n->kind) {
  case N_VAR: return f->vals[n->var->index];
  case N_AS:
  case N_REG: return right(l, f, n->kids[0], r);
  case N_INST: return instruction(l, f, n, r);
  case N_RESULT: {
    MVal v = right(l, f, n->kids[0], r);
    v.result = n->field;
    return v;
  }
  case N_TERM:
  case N_CTOR: return apply(l, f, n, r);
  case N_AMODE: return address(l, f, n, r);
  case N_POOL: {
    MVal v = plain(l, f, n->kids[0], r);
    v.kind = M_POOL;
    return v;
  }
  default: return plain(l, f, n, r);
  }
}

// --- statements -------------------------------------------------------

static void bind(LowTrial *l, Frame *f, const StmtX *s, Lowered *r) {
  MVal v = right(l, f, s->e, r);
  const bool one = lower_strip(s->e)->kind == N_RESULT;
  if (v.kind != M_RESULT) {
    r->ok = false;
    return;
  }
  v.inst->stmt = s;
  for (u32 k = 0; k < s->nvars; k++) {
    MVal x = v;
    x.result = one ? v.result : k;
    f->vals[s->vars[k]->index] = x;
  }
  vec_push(arena_of(l), &r->steps, ((MStep){.kind = SX_BIND, .v = v}));
}

static void trap(LowTrial *l, Frame *f, const StmtX *s, Lowered *r) {
  MStep p = {.kind = SX_TRAP};
  p.code = s->trap_var ? f->vals[s->trap_var->index].imm
                       : ev_bits((Sort){.kind = SORT_TRAP},
                                 wide(eval_trap_code(s->trap)));
  if (s->e && s->e->kind == N_PRED) {
    EvVal c = expr(l, f, s->e->kids[0]);
    const CodeInfo *cc = &sema_of(l)->codes[s->e->kids[0]->sort.decl];
    p.cc = cc->members[(u32)ev_u64(&c)];
    p.v = right(l, f, s->e->kids[1], r);
  }
  vec_push(arena_of(l), &r->steps, p);
}

static bool right_side(LowTrial *l, Frame *f, Lowered *r, MVal *out) {
  const RuleX *x = f->x;
  *out = (MVal){0};
  if (x->rhs_kind != RHS_STMTS) {
    *out = right(l, f, x->rhs[0], r);
    return r->ok && out->kind;
  }
  for (u32 k = 0; k < x->nstmts && r->ok; k++) {
    const StmtX *s = &x->stmts[k];
    MVal v;
    switch ((StmtXKind)s->kind) {
    case SX_BIND: bind(l, f, s, r); break;
    case SX_TRAP: trap(l, f, s, r); break;
    case SX_VALUE: *out = right(l, f, s->e, r); break;
    case SX_EFFECT:
      v = right(l, f, s->e, r);
      if (v.kind)
        vec_push(arena_of(l), &r->steps, ((MStep){.kind = s->kind, .v = v}));
      break;
    }
  }
  return r->ok;
}

static MVal term(LowTrial *l, u32 index, const MVal *args, Lowered *r) {
  Frame f;
  MVal out = {0};
  if (!l->fuel || !choose(l, choice_term(l->choice, index), args, &f)) {
    r->ok = false;
    return out;
  }
  l->fuel--;
  (void)right_side(l, &f, r, &out);
  return out;
}

// --- all of it --------------------------------------------------------

static void count_uses(LowTrial *l) {
  const u32 n = l->t.nodes.n;
  l->uses = arena_array0(arena_of(l), u32, n + 1);
  l->user = arena_array0(arena_of(l), u32, n + 1);
  l->sunk = arena_array0(arena_of(l), bool, n + 1);
  for (u32 i = 1; i < n; i++) {
    const TrialNode *at = &l->t.nodes.at[i];
    l->uses[i] += at->shared;
    for (u32 k = 0; at->op && k < op_of(l, i)->noperands; k++)
      if (op_of(l, i)->operands[k].is_value) {
        l->uses[at->args[k].cls]++;
        l->user[at->args[k].cls] = i;
      }
  }
  const Node *lhs = l->example->x->lhs;
  for (u32 k = 0; !l->root && k < lhs->nkids; k++)
    if (l->args[k].kind == M_VALUE)
      l->uses[l->args[k].node]++;
}

static MVal left_arg(LowTrial *l, const Node *n, Sort sort) {
  if (n->kind == N_CTOR) {
    const CtorInfo *c = &sema_of(l)->datas[n->ref].ctors[n->ctor];
    MVal v = {.kind = M_DATA, .data = n->ref, .ctor = n->ctor, .n = n->nkids};
    v.at = arena_array0(arena_of(l), MVal, n->nkids + 1);
    for (u32 k = 0; k < n->nkids; k++)
      v.at[k] = left_arg(l, n->kids[k], c->fields[k]->sort);
    return v;
  }
  if (sort.kind != SORT_VALUE)
    return imm_of(trial_imm(&l->t, l->example, &l->bound, NULL, sort, n));
  const u32 node = trial_value(&l->t, l->example, &l->bound, n);
  return node ? value_of(node) : (MVal){0};
}

static bool left_term(LowTrial *l) {
  const Node *lhs = l->example->x->lhs;
  const TermInfo *t = &sema_of(l)->terms[lhs->ref];
  bool good = true;
  l->term = lhs->ref;
  l->args = arena_array0(arena_of(l), MVal, lhs->nkids + 1);
  for (u32 k = 0; k < lhs->nkids; k++) {
    l->args[k] = left_arg(l, lhs->kids[k], t->args[k]->sort);
    good &= l->args[k].kind != M_NONE;
  }
  return good;
}

bool machine_left(LowTrial *l, LowChoice *c, Arena *a, const ExampleX *x,
                  u64 features, bool unused) {
  *l = (LowTrial){
      .choice = c, .example = x, .unused = unused, .fuel = MOST_TERMS};
  trial_begin(&l->t, c->s, a);
  l->t.as_written = true;
  l->t.g.eval.features = features;
  l->bound = (RuleMatch){.x = x->x};
  l->bound.cls = arena_array0(a, u32, x->x->nvars + 1);
  l->bound.imm = arena_array0(a, EvVal, x->x->nvars + 1);
  bool good = true;
  if (x->x->lhs->kind == N_TERM)
    good = left_term(l);
  else
    good = (l->root = trial_left(&l->t, x, &l->bound)) != 0;
  if (good)
    count_uses(l);
  return good;
}

Lowered machine_lower(LowTrial *l) {
  Lowered r = {0};
  Frame f;
  const LowArms *arms = l->root
                            ? choice_op(l->choice, l->t.nodes.at[l->root].op)
                            : choice_term(l->choice, l->term);
  if (!choose(l, arms, l->args, &f))
    return r;
  r.by = f.x;
  r.ok = true;
  r.ok = right_side(l, &f, &r, &r.value);
  return r;
}

Lowered machine_wanted(LowTrial *l) {
  Lowered r = {.ok = true};
  const RuleX *x = l->example->x;
  Frame f = frame_of(l, x);
  f.as_said = true;
  f.m = l->bound;
  for (u32 k = 0; k < x->nvars; k++)
    if (l->bound.cls[k])
      f.vals[k] = value_of(l->bound.cls[k]);
    else if (l->bound.imm[k].sort.kind)
      f.vals[k] = imm_of(l->bound.imm[k]);
  r.ok = right_side(l, &f, &r, &r.value);
  return r;
}
