// Memory on the right sides of `lower` rules.
//
// A memarg that the left side binds says what a load or store of the program
// touches: m.bytes from its address on. An instruction whose memory operand
// has that memarg must not touch more: behind a page may be the end of memory.
// So the guards must say that m.bytes is at least what the instruction's
// operand, or its meaning, touches. A form that asks for alignment needs
// m.align said too.
//
// A sunk load is merged into one instruction, and is executed once and always:
// its memarg stands once on the right, in no step of a `seq` that a jump may
// pass by, and its value is used nowhere else.
#include "rulec/check/lower.h"

// --- what is known --------------------------------------------------

enum { FUEL = 4000 };

void lower_nothing_known(LowerKnown *lk, const Sema *s) {
  lk->fuel = FUEL;
  lk->lets = (Lets){0};
  known_init(&lk->k, s, &lk->lets, &lk->fuel);
}

Node *lower_field(const Sema *s, Node *m, MemField f) {
  Node *n = arena_new(s->arena, Node);
  n->kind = N_FIELD;
  n->field = (u16)f;
  n->sort = f == MF_EXT ? (Sort){.kind = SORT_EXT}
                        : (Sort){.kind = SORT_BV, .bits = 8};
  n->nkids = 1;
  n->kids = arena_array(s->arena, Node *, 1);
  n->kids[0] = m;
  return n;
}

// The least that a field of a memarg can be.
static u32 at_least(const LowerCheck *c, const RuleX *x, Node *m, MemField f) {
  LowerKnown lk;
  lower_nothing_known(&lk, c->s);
  known_rule(&lk.k, x);
  const Val v = known_eval(&lk.k, lower_field(c->s, m, f));
  return v.r.bits && !range_empty(&v.r) ? (u32)v.r.umin : 0;
}

// --- walking --------------------------------------------------------

static void visit(const Node *n, void *to, LowerVisit *v) {
  if (!n)
    return;
  v(to, n);
  for (u32 k = 0; k < n->nkids; k++)
    visit(n->kids[k], to, v);
  if (!n->amode)
    return;
  for (u32 k = 0; k < n->amode->nparts; k++) {
    visit(n->amode->parts[k].e, to, v);
    visit(n->amode->parts[k].scale, to, v);
  }
  visit(n->amode->mem, to, v);
}

void lower_visit_right(const RuleX *x, void *to, LowerVisit *v) {
  for (u32 k = 0; k < x->nclauses; k++)
    if (x->clauses[k].let && x->clauses[k].let->kind == VAR_LET_TERM)
      visit(x->clauses[k].e, to, v);
  for (u32 k = 0; k < x->nrhs; k++)
    visit(x->rhs[k], to, v);
  for (u32 k = 0; k < x->nstmts; k++)
    visit(x->stmts[k].e, to, v);
}

// --- memory operands ------------------------------------------------

// The memarg of an address, or null.
static Node *memarg_in(const Node *n) {
  while (n->kind == N_AS || n->kind == N_REG)
    n = n->kids[0];
  Node *m = n->kind == N_AMODE                   ? n->amode->mem
            : n->kind == N_TERM && n->nkids == 2 ? n->kids[1]
                                                 : NULL;
  return m && m->kind == N_VAR && m->var->sort.kind == SORT_MEMARG ? m : NULL;
}

// Most bytes that a meaning touches at the address in operand v.
static u32 touched(const Node *n, const Var *v) {
  u32 most = 0;
  u128 bytes;
  if (!n)
    return 0;
  if (n->kind == N_MEM && n->kids[0]->kind == N_VAR && n->kids[0]->var == v &&
      n->kids[1]->kind == N_CONST) {
    bytes = n->kids[1]->num;
    most = bytes < 256 ? (u32)bytes : 0;
  }
  for (u32 k = 0; k < n->nkids; k++) {
    const u32 t = touched(n->kids[k], v);
    most = t > most ? t : most;
  }
  return most;
}

// Bytes that x touches where operand o is an address.
static u32 access_of(const InstX *x, u32 o) {
  for (u32 k = 0; k < x->operands[o].nkinds; k++)
    if (x->operands[o].kinds[k].mode == OM_MEM)
      return x->operands[o].kinds[k].sort.bits / 8u;
  u32 most = touched(x->effect, x->vars[o]);
  for (u32 k = 0; k < x->nresults; k++) {
    const u32 t = touched(x->equations[k], x->vars[o]);
    most = t > most ? t : most;
  }
  return most;
}

// Bytes of alignment that some form asks of operand o.
static u32 aligned_of(const InstX *x, u32 o) {
  u32 most = 0;
  for (u32 i = 0; i < x->nforms; i++)
    for (u32 k = 0; k < x->forms[i].naligned; k++)
      if (x->forms[i].aligned[k].operand == o &&
          x->forms[i].aligned[k].bytes > most)
        most = x->forms[i].aligned[k].bytes;
  return most;
}

typedef struct MemCheck {
  LowerCheck *c;
  const RuleX *x;
  const Var *memarg; // that of a sunk load, while its uses are counted
  u32 uses;
  const Node *last;
} MemCheck;

static Loc loc_of(const MemCheck *m, const Node *n) {
  return n->src ? n->src->loc : m->x->rule->decl->name.loc;
}

static const char *bound(const LowerCheck *c, const char *name, u32 least) {
  return least ? arena_printf(c->s->arena, "`%s` may be as little as %u", name,
                              least)
               : arena_printf(c->s->arena, "nothing says what `%s` is", name);
}

static bool speaks_of_bytes(const Node *n) {
  if (!n)
    return false;
  if (n->kind == N_FIELD && n->field == MF_BYTES)
    return true;
  for (u32 k = 0; k < n->nkids; k++)
    if (speaks_of_bytes(n->kids[k]))
      return true;
  return false;
}

// By the meaning of the op that binds memarg v, v.bytes is what it touches. Of
// an op without a meaning nobody knows.
static bool tells_bytes(const MemCheck *m, const Node *n, const Var *v) {
  for (u32 k = 0; k < n->nkids; k++) {
    const Node *kid = n->kids[k];
    if (tells_bytes(m, kid, v) ||
        (n->kind == N_OP && kid->kind == N_VAR && kid->var == v &&
         speaks_of_bytes(m->c->s->ops[n->op].meaning)))
      return true;
  }
  return false;
}

static void judge_width(MemCheck *m, const Node *at, Node *mem, const InstX *i,
                        u32 bytes) {
  if (!tells_bytes(m, m->x->lhs, mem->var))
    return;
  const u32 least = at_least(m->c, m->x, mem, MF_BYTES);
  if (least >= bytes)
    return;
  const char *name = arena_printf(m->c->s->arena, "%s.bytes", mem->var->name);
  const u32 d = diag_add(m->c->d, E_MEM_WIDE, loc_of(m, at),
                         "%s touches %u byte%s here, and %s", i->text, bytes,
                         bytes == 1 ? "" : "s", bound(m->c, name, least));
  diag_note(m->c->d, d, mem->var->loc, "this memarg says what is touched");
  diag_help(m->c->d, d, "if %s == %u", name, bytes);
}

static void judge_aligned(MemCheck *m, const Node *at, Node *mem,
                          const InstX *i, u32 bytes) {
  const u32 least = at_least(m->c, m->x, mem, MF_ALIGN); // its logarithm
  u32 wanted = 0;
  while (1u << wanted < bytes)
    wanted++;
  if (least >= wanted)
    return;
  const char *name = arena_printf(m->c->s->arena, "%s.align", mem->var->name);
  const u32 d = diag_add(m->c->d, E_ALIGNED, loc_of(m, at),
                         "a form of %s wants memory aligned to %u, and %s",
                         i->text, bytes, bound(m->c, name, least));
  diag_note(m->c->d, d, mem->var->loc, "this memarg says how it is aligned");
  diag_help(m->c->d, d, "if %s >=u %u, or load it into a register", name,
            wanted);
}

static void judge_inst(void *to, const Node *n) {
  MemCheck *m = to;
  if (n->kind != N_INST)
    return;
  const InstX *i = &m->c->s->insts[n->ref];
  for (u32 o = 0, kid = 0; o < i->noperands && kid < n->nkids; o++) {
    if (i->operands[o].tmp)
      continue;
    const Node *at = n->kids[kid++];
    Node *mem = memarg_in(at);
    if (!mem)
      continue;
    const u32 bytes = access_of(i, o), aligned = aligned_of(i, o);
    if (bytes)
      judge_width(m, at, mem, i, bytes);
    if (aligned > 1)
      judge_aligned(m, at, mem, i, aligned);
  }
}

// --- sunk loads -----------------------------------------------------

static void count_memarg(void *to, const Node *n) {
  MemCheck *m = to;
  if (n->kind != N_VAR || n->var != m->memarg)
    return;
  m->uses++;
  m->last = n;
}

static bool mentions(const Expr *e, const char *name) {
  if (!e)
    return false;
  if (e->kind == EX_NAME && e->name.s == name)
    return true;
  for (u32 k = 0; k < e->kids.n; k++)
    if (mentions(e->kids.at[k], name))
      return true;
  return false;
}

// A jump before step k leads behind it.
static bool passed_by(const StmtList *l, u32 k) {
  for (u32 j = 0; j < k; j++) {
    const Stmt *jump = &l->at[j];
    if (jump->kind != ST_JMP && jump->kind != ST_JCC)
      continue;
    for (u32 t = k + 1; t < l->n; t++)
      if (l->at[t].kind == ST_LABEL && l->at[t].label.s == jump->label.s)
        return true;
  }
  return false;
}

// Steps of a seq that use an operand; *always: one of them is not passed by.
static u32 steps_with(const InstX *x, u32 o, bool *always) {
  const StmtList *l = &x->base->decl->stmts;
  u32 n = 0;
  *always = false;
  for (u32 k = 0; k < l->n; k++)
    if (mentions(l->at[k].value, x->operands[o].name)) {
      n++;
      *always |= !passed_by(l, k);
    }
  return n;
}

static void say_sink(MemCheck *m, const Node *load, const Node *at,
                     const char *what) {
  const u32 d = diag_add(m->c->d, E_SINK, loc_of(m, at), "%s", what);
  diag_note(m->c->d, d, loc_of(m, load), "the load that is sunk");
  diag_help(m->c->d, d,
            "a sunk load stands once on the right and is executed once, "
            "always: let it be a value without `sink`");
}

// The seq that takes the sunk load's address, and how it treats it.
static void judge_seq(void *to, const Node *n) {
  MemCheck *m = to;
  if (n->kind != N_INST || !m->c->s->insts[n->ref].is_seq)
    return;
  const InstX *i = &m->c->s->insts[n->ref];
  for (u32 o = 0, kid = 0; o < i->noperands && kid < n->nkids; o++) {
    if (i->operands[o].tmp)
      continue;
    const Node *mem = memarg_in(n->kids[kid++]);
    if (!mem || mem->var != m->memarg)
      continue;
    bool always;
    const u32 steps = steps_with(i, o, &always);
    if (steps > 1 || !always)
      say_sink(m, m->last, n->kids[kid - 1],
               arena_printf(m->c->s->arena,
                            steps > 1 ? "%s uses this in several steps"
                                      : "a jump inside %s may pass this by",
                            i->text));
  }
}

static const Var *memarg_var(const Node *load) {
  for (u32 k = 0; k < load->nkids; k++)
    if (load->kids[k]->kind == N_VAR &&
        load->kids[k]->var->sort.kind == SORT_MEMARG)
      return load->kids[k]->var;
  return NULL;
}

static void judge_sink(MemCheck *m, const Node *load) {
  const OpInst *op = &m->c->s->ops[load->op];
  if (!op->base->decl->reads) {
    say_sink(m, load, load,
             arena_printf(m->c->s->arena, "%s is no load", op->text));
    return;
  }
  m->memarg = memarg_var(load);
  m->uses = 0;
  m->last = load;
  if (!m->memarg || m->memarg->wild) {
    say_sink(m, load, load,
             "this load's memarg is not named: nothing executes it");
    return;
  }
  lower_visit_right(m->x, m, count_memarg);
  if (m->uses != 1) {
    say_sink(m, load, m->last,
             m->uses ? "a sunk load twice on the right"
                     : "a sunk load that the right side does without");
    return;
  }
  m->last = load;
  lower_visit_right(m->x, m, judge_seq);
}

static void find_sinks(MemCheck *m, const Node *n) {
  if (n->kind == N_SINK)
    judge_sink(m, n->kids[0]);
  for (u32 k = 0; k < n->nkids; k++)
    find_sinks(m, n->kids[k]);
}

// --- one use --------------------------------------------------------

typedef struct Uses {
  const Var *v;
  u32 n;
  const Node *at;
} Uses;

static void count_var(void *to, const Node *n) {
  Uses *u = to;
  if (n->kind != N_VAR || n->var != u->v)
    return;
  u->n++;
  u->at = n;
}

static void count_left(Uses *u, const Node *n) {
  count_var(u, n);
  for (u32 k = 0; k < n->nkids; k++)
    count_left(u, n->kids[k]);
}

// `x @` before a sunk op, or one of which one use is asked: x anywhere else is
// the second use.
static void judge_once(MemCheck *m, const Node *n, bool sunk) {
  Uses u = {.v = n->var};
  if (!n->var)
    return;
  count_left(&u, m->x->lhs);
  const bool left = u.n > 0;
  if (sunk || left)
    lower_visit_right(m->x, &u, count_var);
  if (!u.n || (!sunk && !left))
    return;
  const u32 d = diag_add(
      m->c->d, E_ONCE, loc_of(m, u.at),
      left ? "`%s` is used a second time by the pattern itself: this never "
             "fires"
           : "`%s` is sunk, so nothing computes it for this use",
      n->var->name);
  diag_note(m->c->d, d, loc_of(m, n), "here it may have one use only");
  diag_help(m->c->d, d, "leave `%s` out, or do without `%s` here",
            sunk ? "sink" : "once", n->var->name);
}

static void find_once(MemCheck *m, const Node *n) {
  if (n->kind == N_SINK || n->kind == N_ONCE)
    judge_once(m, n->kids[0], n->kind == N_SINK);
  for (u32 k = 0; k < n->nkids; k++)
    find_once(m, n->kids[k]);
}

void lower_check_mem(LowerCheck *c, const RuleX *x) {
  MemCheck m = {.c = c, .x = x};
  lower_visit_right(x, &m, judge_inst);
  find_sinks(&m, x->lhs);
  find_once(&m, x->lhs);
}
