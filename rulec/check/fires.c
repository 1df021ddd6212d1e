// Rules that never fire though their guards may hold.
//
// Ops: least fixed point from what programs come with (`front`), over the right
// sides of rules whose left side can be met. A rule that needs an op outside it
// is never met. Only ops are judged whose makers are all there: in a set that
// lowers every pure `front` op, or declared in a file that has both `front` ops
// and rules. Operands that are all constant: the op is folded before any rule
// sees it.
#include "rulec/check/check.h"
#include "rulec/check/place.h"
#include "rulec/gen/lower.h"

typedef struct Fires {
  const Sema *s;
  Diags *d;
  u32 nx;     // all expansions: rules, then lowers
  u32 *wants; // [expansion] ops of the left side not yet live
  bool *live; // [op]
  u32 *start; // [op + 1] expansions that want it: users[start[op]..]
  u32 *users;
  u32 nwork;
  u32 *work;    // ops that became live
  bool *judged; // [op]
} Fires;

static const RuleX *expansion(const Sema *s, u32 i) {
  return i < s->nrulexs ? &s->rulexs[i] : &s->lowerxs[i - s->nrulexs];
}

// --- ops of a side --------------------------------------------------

typedef void VisitOp(Fires *f, u32 op, u32 x);

static void visit(Fires *f, const Node *n, u32 x, VisitOp *v) {
  if (!n)
    return;
  if (n->kind == N_OP)
    v(f, n->op, x);
  for (u32 i = 0; i < n->nkids; i++)
    visit(f, n->kids[i], x, v);
}

static void count_user(Fires *f, u32 op, u32 x) {
  f->start[op + 1]++;
  f->wants[x]++;
}

static void put_user(Fires *f, u32 op, u32 x) {
  f->users[f->start[op] + f->work[op]++] = x;
}

static void make(Fires *f, u32 op, u32 x) {
  (void)x;
  if (f->live[op])
    return;
  f->live[op] = true;
  f->work[f->nwork++] = op;
}

static void make_named(Fires *f, const char *text) {
  u32 op = sema_opcode(f->s, text);
  if (op)
    make(f, op, 0);
}

static void right_side(Fires *f, u32 i) {
  const RuleX *x = expansion(f->s, i);
  for (u32 k = 0; k < x->nclauses; k++)
    if (x->clauses[k].let && x->clauses[k].let->kind == VAR_LET_TERM)
      visit(f, x->clauses[k].e, i, make);
  for (u32 k = 0; k < x->nrhs; k++)
    visit(f, x->rhs[k], i, make);
  for (u32 k = 0; k < x->nstmts; k++)
    visit(f, x->stmts[k].e, i, make);
  if (x->rhs_kind == RHS_TRAP)
    make_named(f, "trap");
}

static void settle(Fires *f) {
  while (f->nwork) {
    u32 op = f->work[--f->nwork];
    for (u32 k = f->start[op]; k < f->start[op + 1]; k++)
      if (--f->wants[f->users[k]] == 0)
        right_side(f, f->users[k]);
  }
}

static void index_users(Fires *f) {
  for (u32 i = 0; i < f->nx; i++)
    visit(f, expansion(f->s, i)->lhs, i, count_user);
  for (u32 op = 0; op < f->s->nops; op++)
    f->start[op + 1] += f->start[op];
  f->users = arena_array(f->s->arena, u32, f->start[f->s->nops] + 1);
  for (u32 i = 0; i < f->nx; i++) // work counts what is put so far
    visit(f, expansion(f->s, i)->lhs, i, put_user);
  memset(f->work, 0, sizeof *f->work * f->s->nops);
}

static void find_live(Fires *f) {
  const Sema *s = f->s;
  index_users(f);
  for (u32 i = 1; i < s->nops; i++)
    if (s->ops[i].base && s->ops[i].base->decl->front)
      make(f, i, 0);
  for (u32 t = VT_I32; t <= VT_V128; t++) { // the folder makes them
    u32 op = sema_const_op(s, (VType)t);
    if (op)
      make(f, op, 0);
  }
  for (u32 i = 0; i < f->nx; i++) // terms of lowering: no op on the left
    if (!f->wants[i])
      right_side(f, i);
  settle(f);
}

// --- which ops can be judged ----------------------------------------

// Every pure op that programs come with is lowered: the set is whole.
static bool is_whole(const Fires *f) {
  const Sema *s = f->s;
  bool *lowered = arena_array0(s->arena, bool, s->nopdecls + 1);
  for (u32 i = 0; i < s->nlowerxs; i++)
    if (s->lowerxs[i].lhs->kind == N_OP)
      lowered[s->ops[s->lowerxs[i].lhs->op].base_index] = true;
  u32 fronts = 0;
  for (u32 i = 0; i < s->nopdecls; i++) {
    const Decl *d = s->opdecls[i].decl;
    if (!d->front || !d->pure || d->structure)
      continue;
    fronts++;
    if (!lowered[i] && !lower_by_hand(&s->ops[s->opdecls[i].first]))
      return false;
  }
  return fronts != 0;
}

enum { HAS_FRONT = 1, HAS_RULES = 2 };

static u8 *file_contents(const Fires *f) {
  const Ast *ast = f->s->ast;
  u32 most = 0;
  for (u32 i = 0; i < ast->n; i++)
    if (ast->at[i]->loc.src->index > most)
      most = ast->at[i]->loc.src->index;
  u8 *has = arena_array0(f->s->arena, u8, most + 1);
  for (u32 i = 0; i < ast->n; i++) {
    const Decl *d = ast->at[i];
    has[d->loc.src->index] |=
        (u8)((d->front ? HAS_FRONT : 0) | (d->lhs ? HAS_RULES : 0));
  }
  return has;
}

static void find_judged(Fires *f) {
  const u8 *has = file_contents(f);
  bool whole = is_whole(f);
  for (u32 i = 1; i < f->s->nops; i++) {
    const OpDecl *o = f->s->ops[i].base;
    f->judged[i] =
        whole || (o && has[o->decl->loc.src->index] == (HAS_FRONT | HAS_RULES));
  }
}

// --- never met ------------------------------------------------------

static const Node *dead_op(const Fires *f, const Node *n) {
  if (n->kind == N_OP && !f->live[n->op] && f->judged[n->op])
    return n;
  const Node *found = NULL;
  for (u32 i = 0; i < n->nkids && !found; i++)
    found = dead_op(f, n->kids[i]);
  return found;
}

// A rule whose right side would make it, but that is never met itself.
static const Decl *would_make(const Fires *f, u32 op) {
  for (u32 i = 0; i < f->s->nrulexs; i++) {
    const RuleX *x = &f->s->rulexs[i];
    for (u32 k = 0; f->wants[i] && k < x->nrhs; k++)
      if (x->rhs[k]->kind == N_OP && x->rhs[k]->op == op)
        return x->rule->decl;
  }
  return NULL;
}

static void say_dead(Fires *f, const Rule *r, const Node *n) {
  const OpInst *op = &f->s->ops[n->op];
  u32 i = diag_add(f->d, W_DEAD_OP, place_of(r->decl, n),
                   "nothing makes %s: no program has it, and no rule that can "
                   "fire gives it",
                   op->text);
  const Decl *by = would_make(f, n->op);
  if (by && by != r->decl)
    diag_note(f->d, i, by->loc, "this rule would, but it never fires either");
  else
    diag_note(f->d, i, op->base->decl->loc, "declared here");
  diag_help(f->d, i,
            "if programs come with it, its declaration says `front`; else a "
            "rule has to make it, or this one can go");
}

static void dead_rule(Fires *f, const Rule *r) {
  const Node *first = NULL;
  for (u32 k = r->first; k < r->first + r->count; k++) {
    const Node *n = f->wants[k] ? dead_op(f, f->s->rulexs[k].lhs) : NULL;
    if (!n)
      return; // it can fire there, or nobody knows
    first = first ? first : n;
  }
  if (first)
    say_dead(f, r, first);
}

// --- folded before --------------------------------------------------

static bool is_constant(const Sema *s, const Node *n) {
  return n->kind == N_VALCONST ||
         (n->kind == N_OP && s->ops[n->op].base->decl->floats);
}

static bool may_be_nan(const Node *n) {
  if (n->kind == N_NAN || n->kind == N_EXTERN)
    return true;
  for (u32 i = 0; i < n->nkids; i++)
    if (may_be_nan(n->kids[i]))
      return true;
  return false;
}

// The folder takes it: pure, known, and all its operands are constants.
static const Node *folded(const Sema *s, const Node *n) {
  const Node *found = NULL;
  for (u32 i = 0; i < n->nkids && !found; i++)
    found = folded(s, n->kids[i]);
  if (found || n->kind != N_OP)
    return found;
  const OpInst *op = &s->ops[n->op];
  bool pure = op->base->decl->pure && op->meaning && !may_be_nan(op->meaning);
  u32 values = 0;
  for (u32 i = 0; i < n->nkids && pure; i++) {
    pure = !op->operands[i].is_value || is_constant(s, n->kids[i]);
    values += op->operands[i].is_value;
  }
  return pure && values ? n : NULL;
}

static void folded_rule(Fires *f, const Rule *r, u32 base) {
  const Node *first = NULL;
  for (u32 k = r->first; k < r->first + r->count; k++) {
    const Node *n = folded(f->s, expansion(f->s, base + k)->lhs);
    if (!n)
      return;
    first = first ? first : n;
  }
  if (!first)
    return;
  u32 i = diag_add(f->d, E_FOLDED, place_of(r->decl, first),
                   "all operands of %s are constants here: it is folded before "
                   "any rule sees it",
                   f->s->ops[first->op].text);
  diag_help(f->d, i, "the rule never fires: leave it out");
}

void check_fires(const Sema *s, Diags *d) {
  Fires f = {.s = s, .d = d, .nx = s->nrulexs + s->nlowerxs};
  f.wants = arena_array0(s->arena, u32, f.nx + 1);
  f.live = arena_array0(s->arena, bool, s->nops + 1);
  f.judged = arena_array0(s->arena, bool, s->nops + 1);
  f.start = arena_array0(s->arena, u32, s->nops + 2);
  f.work = arena_array0(s->arena, u32, s->nops + 1);
  find_judged(&f);
  find_live(&f);
  for (u32 i = 0; i < s->nrules; i++) {
    dead_rule(&f, &s->rules[i]);
    folded_rule(&f, &s->rules[i], 0);
  }
  for (u32 i = 0; i < s->nlowers; i++) // the back end serves other rules, too
    folded_rule(&f, &s->lowers[i], s->nrulexs);
}
