// A counterexample that the evaluator found: made small as the solver's are
// (refute.c), and as a model, so that it prints and becomes a program like
// theirs.
#include "rulec/eval/eval.h"
#include "rulec/verify/verify.h"

enum { MOST = 32 };

typedef struct Found {
  Verify *v;
  EvRule *r;
  u32 n;
  const Node *leaf[MOST]; // variables and `_` of the left
  EvBind at[MOST];        // what they are
  Model *model;
  EvOutcome left, right;
} Found;

static void find_leaves(Found *f, const Node *n) {
  bool known = false;
  for (u32 i = 0; i < f->n; i++)
    known |= node_key(f->leaf[i]) == node_key(n);
  if ((n->kind == N_VAR || n->kind == N_WILD) && !known && f->n < MOST)
    f->leaf[f->n++] = n;
  for (u32 i = 0; i < n->nkids; i++)
    find_leaves(f, n->kids[i]);
}

// --- the model ------------------------------------------------------

bool model_value(ModelValue *out, const char *what, const char *side,
                 const EvVal *x) {
  ModelValue v = {.what = what, .side = side, .sort = x->sort, .known = true};
  if (x->sort.kind == SORT_MEMARG)
    for (u32 i = 0; i < MF_COUNT; i++)
      v.at[i] = x->mem[i];
  else if (x->sort.kind == SORT_FLAGS)
    for (u32 i = 0; i < FF_COUNT; i++)
      v.at[i] = x->flags[i] == 1;
  else if (x->sort.kind == SORT_TARGETS || x->sort.kind == SORT_VALUES ||
           x->sort.kind == SORT_DATA || x->sort.kind == SORT_NONE)
    return false;
  else
    v.at[0] = wide_low(x->bits);
  if (!v.sort.bits && v.sort.kind != SORT_BOOL)
    v.sort.bits = 32; // a name of something
  *out = v;
  return true;
}

static void add(Found *f, const char *what, const char *side, const Node *n,
                const EvVal *x) {
  ModelValue *v = &f->model->at[f->model->n];
  if (!model_value(v, what, side, x))
    return;
  v->var = n->kind == N_VAR ? n->var : NULL;
  v->node = n->kind == N_VAR ? NULL : n;
  f->model->n++;
}

static void add_leaf(Found *f, const Node *n, const EvVal *x) {
  const char *name = n->kind == N_VAR ? n->var->name : "_";
  if (x->sort.kind == SORT_TARGETS) { // as in rule_note_lists
    EvVal len = ev_num(32, x->list.n);
    add(f, arena_printf(f->v->arena, "len(%s)", name), "input", n, &len);
    f->model->at[f->model->n - 1].node = n;
    f->model->at[f->model->n - 1].var = NULL;
    return;
  }
  add(f, name, "input", n, x);
}

// What the guards know of variables.
static void add_facts(Found *f, const Node *n) {
  if (n->kind == N_CALL && n->fn >= BI_ZEROS && n->fn <= BI_ISCONST) {
    EvVal x = eval_node(&f->r->e, n);
    Text t = {.arena = f->v->arena};
    node_print(&t, f->r->e.s, n);
    if (ev_ok(&x))
      add(f, text_str(&t), "input", n, &x);
  }
  for (u32 i = 0; i < n->nkids; i++)
    add_facts(f, n->kids[i]);
}

static u32 count(const Node *n) {
  u32 k = 1;
  for (u32 i = 0; i < n->nkids; i++)
    k += count(n->kids[i]);
  return k;
}

static void add_nodes(Found *f, const char *side, const Node *n) {
  for (u32 i = 0; i < n->nkids; i++)
    add_nodes(f, side, n->kids[i]);
  if (n->kind != N_OP && n->kind != N_INST && n->kind != N_RESULT &&
      n->kind != N_TERM && n->kind != N_AMODE)
    return;
  EvOutcome o = eval_outcome(&f->r->e, n);
  Text t = {.arena = f->v->arena};
  if (o.what != EO_VALUE || !ev_ok(&o.value) || o.value.sort.bits > 128)
    return;
  node_print(&t, f->r->e.s, n);
  add(f, text_str(&t), side, n, &o.value);
}

static void right_nodes(Found *f, const RuleX *x, u32 *n) {
  for (u32 i = 0; i < x->nrhs; i++)
    if (n)
      *n += count(x->rhs[i]);
    else
      add_nodes(f, "right", x->rhs[i]);
  for (u32 i = 0; i < x->nstmts; i++)
    if (x->stmts[i].e && n)
      *n += count(x->stmts[i].e);
    else if (x->stmts[i].e)
      add_nodes(f, "right", x->stmts[i].e);
}

// Of the round just made: it was wrong.
static void take(Found *f, const EvOutcome *left, const EvOutcome *right) {
  const RuleX *x = f->r->x;
  u32 n = f->n + count(x->lhs);
  right_nodes(f, x, &n);
  for (u32 i = 0; i < x->nclauses; i++)
    n += count(x->clauses[i].e);
  f->model = arena_new(f->v->arena, Model);
  f->model->at = arena_array0(f->v->arena, ModelValue, n + 1);
  f->left = *left;
  f->right = *right;
  for (u32 i = 0; i < f->n; i++) {
    const EvVal *e = eval_key(&f->r->e, node_key(f->leaf[i]));
    f->at[i] = (EvBind){node_key(f->leaf[i]), *e};
    add_leaf(f, f->leaf[i], e);
  }
  for (u32 i = 0; i < x->nclauses; i++)
    add_facts(f, x->clauses[i].e);
  add_nodes(f, "left", x->lhs);
  right_nodes(f, x, NULL);
}

// --- smaller --------------------------------------------------------

// Whether it is wrong there too; memory and facts are drawn anew, so it is
// asked some times.
static bool wrong_with(Found *f, u32 i, EvVal x) {
  enum { TIMES = 20 };
  EvBind given[MOST];
  EvOutcome left, right;
  memcpy(given, f->at, sizeof given);
  given[i].val = x;
  for (u32 k = 0; k < TIMES; k++)
    if (rule_round(f->r, given, f->n, &left, &right) == ROUND_WRONG) {
      take(f, &left, &right);
      return true;
    }
  return false;
}

// 0, 1, -1, below 16, then each bit off that may be, the upper first.
static void shrink_bits(Found *f, u32 i) {
  EvVal x = f->at[i].val;
  u32 bits = x.sort.bits > 128 ? 0 : x.sort.bits;
  u128 all = bits == 128 ? ~(u128)0 : ((u128)1 << bits) - 1;
  u128 now = wide_low(x.bits);
  for (u32 k = 0; bits && k < 17; k++) {
    u128 to = (k < 2 ? k : k == 2 ? all : k - 1) & all;
    x.bits = wide(to);
    if (to == now || wrong_with(f, i, x))
      return;
  }
  for (u32 k = bits; k-- > 0;) {
    u128 to = now & ~((u128)1 << k);
    x.bits = wide(to);
    if (to != now && wrong_with(f, i, x))
      now = to;
  }
}

static void shrink_mem(Found *f, u32 i) {
  for (u32 k = 0; k < MF_COUNT; k++) {
    EvVal x = f->at[i].val;
    if (k == MF_BYTES || !x.mem[k])
      continue;
    x.mem[k] = 0;
    (void)wrong_with(f, i, x);
  }
}

static void shrink(Found *f) {
  for (u32 i = 0; i < f->n; i++) {
    u8 kind = f->at[i].val.sort.kind;
    if (kind == SORT_VALUE || kind == SORT_BV)
      shrink_bits(f, i);
    if (kind == SORT_MEMARG)
      shrink_mem(f, i);
  }
}

static void refuted(Verify *v, Job *j, const char *left, const EvOutcome *x,
                    const char *right, const EvOutcome *y, const char *end) {
  Text t = {.arena = v->arena};
  text_add(&t, "%s", left);
  outcome_print(&t, j->sema, x);
  text_add(&t, "%s", right);
  outcome_print(&t, j->sema, y);
  text_add(&t, "%s\n", end);
  j->note = text_str(&t);
  j->verdict = VERDICT_REFUTED;
  j->how = "by the evaluator";
}

static const Model *model_of(Verify *v, u32 n, Var *const *vars,
                             const EvVal *args) {
  Model *m = arena_new(v->arena, Model);
  m->at = arena_array0(v->arena, ModelValue, n + 1);
  for (u32 i = 0; i < n; i++)
    if (model_value(&m->at[m->n], vars[i]->name, "input", &args[i]))
      m->at[m->n++].var = vars[i];
  return m;
}

void refute_args(Verify *v, Job *j, u32 n, Var *const *vars, const EvVal *args,
                 const char *why) {
  j->model = model_of(v, n, vars, args);
  j->note = arena_printf(v->arena, "  evaluator: %s\n", why);
  j->verdict = VERDICT_REFUTED;
}

void refute_seq(Verify *v, Job *j, const EvVal *args, const EvOutcome *left,
                const EvOutcome *right) {
  const InstX *x = j->o->more;
  refuted(v, j, "  evaluator: it means ", left, ", its steps give ", right, "");
  j->model = model_of(v, x->noperands, x->vars, args);
  if (!v->bare)
    witness_write(v, j);
}

void refute_values(Verify *v, Job *j, EvRule *r, const EvOutcome *left,
                   const EvOutcome *right) {
  Found *f = arena_new(v->arena, Found);
  *f = (Found){.v = v, .r = r};
  if (!v->bare) {
    find_leaves(f, r->x->lhs);
    take(f, left, right);
    shrink(f);
    shrink(f); // the others are small now
    j->model = f->model;
    left = &f->left;
    right = &f->right;
  }
  refuted(v, j, "  evaluator: ", left, " on the left, ", right,
          " on the right: they differ");
  if (!v->bare && j->sema == v->sema) // else at a smaller width
    witness_write(v, j);
}
