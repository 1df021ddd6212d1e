// Left sides of lowering: patterns flattened into tests on paths, rules put in
// order (the more specific first).
//
// A rule is more specific than another if the other's tests are among its own.
// Two that neither is, and that can hold together, overlap: check/lower.c asks
// for a `prio` there.
#include "rulec/gen/lower.h"

#include <stdlib.h>

// Operands keep their declared names, but for what the functions call so.
static const char *c_name(LowerGen *lg, const char *name) {
  static const char *const taken[] = {"L", "v", "d", "p", "once", "inst"};
  for (u32 k = 0; k < sizeof taken / sizeof *taken; k++)
    if (!strcmp(name, taken[k]))
      return arena_printf(lg->arena, "%s_", name);
  return name;
}

u32 lower_path(LowerGen *lg, s32 parent, const OpInst *op, u32 operand,
               Sort sort, const char *name) {
  for (u32 i = 0; i < lg->paths.n; i++) {
    const Path *p = &lg->paths.at[i];
    if (p->parent == parent && p->op == op && p->operand == operand)
      return i;
  }
  gen_must(lg->sema, lg->sema->lowers[0].decl->loc, lg->paths.n < MAX_PATHS,
           "%s: too many places in patterns", lg->fn);
  Path p = {.parent = parent, .op = op, .operand = operand, .sort = sort};
  if (parent < 0)
    p.c = name;
  else if (!strcmp(lg->paths.at[parent].c, "v"))
    p.c = c_name(lg, name);
  else
    p.c = arena_printf(lg->arena, "%s_%s", lg->paths.at[parent].c, name);
  p.inst = !strcmp(p.c, "v") ? "inst" : arena_printf(lg->arena, "i_%s", p.c);
  vec_push(lg->arena, &lg->paths, p);
  return lg->paths.n - 1;
}

const char *lower_once(LowerGen *lg, s32 path) {
  const char *r = NULL;
  for (s32 p = path; p >= 0; p = lg->paths.at[p].parent) {
    const Path *at = &lg->paths.at[p];
    if (at->parent < 0 && !lg->term)
      break; // the root is lowered once
    r = r ? arena_printf(lg->arena, "low_once(L, %s) && %s", at->c, r)
          : arena_printf(lg->arena, "low_once(L, %s)", at->c);
  }
  if (lg->term)
    return r ? arena_printf(lg->arena, "once && %s", r) : "once";
  return r ? r : "true";
}

// --- flattening
// ------------------------------------------------------------------

typedef struct Flat {
  LowerGen *lg;
  VEC(Test) tests;
  u64 *used;
  s32 var_path[256]; // by Var.index; -1: none yet
} Flat;

static void use_path(Flat *f, s32 p) { bit_add(f->used, (u32)p); }

static void push(Flat *f, Test t) {
  t.hash = hash_bytes(t.key, strlen(t.key));
  vec_push(f->lg->arena, &f->tests, t);
}

// A variable seen a second time must be the same.
static void bind(Flat *f, Var *v, u32 path) {
  LowerGen *lg = f->lg;
  if (v->wild)
    return;
  if (v->index < 256 && f->var_path[v->index] >= 0) {
    const u32 other = (u32)f->var_path[v->index];
    if (other == path)
      return;
    use_path(f, (s32)other);
    use_path(f, (s32)path);
    const char *a = lg->paths.at[other].c, *b = lg->paths.at[path].c;
    const char *c =
        v->sort.kind == SORT_MEMARG
            ? arena_printf(lg->arena, "low_same_mem(&%s, &%s)", a, b)
            : arena_printf(lg->arena, "%s == %s", a, b);
    push(f, (Test){.kind = T_EQ, .key = c, .cond = c, .pre = ""});
    return;
  }
  gen_must(lg->sema, v->loc, v->index < 256, "too many variables in a rule");
  f->var_path[v->index] = (s32)path;
}

static void flatten(Flat *f, const Node *n, u32 path);

static void flatten_op(Flat *f, const Node *n, u32 path, bool root) {
  LowerGen *lg = f->lg;
  const OpInst *op = &lg->sema->ops[n->op];
  if (n->var)
    bind(f, n->var, path);
  if (!root) {
    use_path(f, (s32)path);
    const char *key =
        arena_printf(lg->arena, "%s is %s", lg->paths.at[path].c, op->cname);
    push(f, (Test){.kind = T_OP, .path = path, .op = n->op, .key = key});
  }
  for (u32 k = 0; k < n->nkids; k++) {
    const u32 at = lower_path(lg, (s32)path, op, k, op->operands[k].sort,
                              op->operands[k].name);
    flatten(f, n->kids[k], at);
  }
}

static void flatten_const(Flat *f, u32 path, u128 num, u32 bits) {
  LowerGen *lg = f->lg;
  use_path(f, (s32)path);
  const char *c = arena_printf(lg->arena, "%s == %s", lg->paths.at[path].c,
                               cliteral(&lg->g, num, bits));
  push(f, (Test){.kind = T_EQ, .key = c, .cond = c, .pre = ""});
}

// A literal in a value's place: the constant op of its type.
static void flatten_value_const(Flat *f, const Node *n, u32 path) {
  LowerGen *lg = f->lg;
  const u32 opcode = sema_const_op(lg->sema, (VType)n->sort.type);
  gen_must(lg->sema, n->src->loc, opcode, "no op makes constants of type %s",
           vtype_names[n->sort.type]);
  const OpInst *op = &lg->sema->ops[opcode];
  use_path(f, (s32)path);
  const char *key =
      arena_printf(lg->arena, "%s is %s", lg->paths.at[path].c, op->cname);
  push(f, (Test){.kind = T_OP, .path = path, .op = opcode, .key = key});
  if (op->noperands == 0)
    return;
  const u32 at = lower_path(lg, (s32)path, op, 0, op->operands[0].sort,
                            op->operands[0].name);
  flatten_const(f, at, n->num, vtype_bits[n->sort.type]);
}

static void flatten_ctor(Flat *f, const Node *n, u32 path) {
  LowerGen *lg = f->lg;
  const CtorInfo *c = &lg->sema->datas[n->ref].ctors[n->ctor];
  const char *key =
      arena_printf(lg->arena, "%s is %s", lg->paths.at[path].c, c->name);
  use_path(f, (s32)path);
  push(f, (Test){.kind = T_CTOR, .path = path, .op = n->ctor, .key = key});
  for (u32 k = 0; k < n->nkids; k++) {
    const u32 at = lower_path(lg, (s32)path, (const OpInst *)(const void *)c, k,
                              c->fields[k]->sort, c->fields[k]->name);
    flatten(f, n->kids[k], at);
  }
}

static void flatten(Flat *f, const Node *n, u32 path) {
  LowerGen *lg = f->lg;
  switch ((int)n->kind) {
  case N_WILD: return;
  case N_VAR: bind(f, n->var, path); return;
  case N_OP: flatten_op(f, n, path, false); return;
  case N_VALCONST: flatten_value_const(f, n, path); return;
  case N_CONST: flatten_const(f, path, n->num, n->sort.bits); return;
  case N_CTOR: flatten_ctor(f, n, path); return;
  case N_SINK: {
    flatten(f, n->kids[0], path);
    const char *c =
        arena_printf(lg->arena, "low_can_sink(L, %s, %s)", lg->paths.at[path].c,
                     lower_once(lg, lg->paths.at[path].parent));
    push(f,
         (Test){.kind = T_SINK, .path = path, .key = c, .cond = c, .pre = ""});
    return;
  }
  case N_ONCE: {
    flatten(f, n->kids[0], path);
    const char *c =
        arena_printf(lg->arena, "low_once(L, %s)", lg->paths.at[path].c);
    use_path(f, (s32)path);
    push(f,
         (Test){.kind = T_ONCE, .path = path, .key = c, .cond = c, .pre = ""});
    return;
  }
  default:
    diag_add(lg->diags, E_LOWER, n->src ? n->src->loc : (Loc){0},
             "this cannot stand on the left side of a lower rule");
  }
}

// Marks the paths of variables in an expression as read.
static void use_expr(Flat *f, const Node *n) {
  if (!n)
    return;
  if (n->var && n->kind == N_VAR && n->var->index < 256 &&
      f->var_path[n->var->index] >= 0)
    use_path(f, f->var_path[n->var->index]);
  for (u32 k = 0; k < n->nkids; k++)
    use_expr(f, n->kids[k]);
  if (n->dyn)
    for (u32 k = 0; k < MAX_PARAMS; k++)
      use_expr(f, n->dyn[k]);
  if (n->amode) {
    for (u32 k = 0; k < n->amode->nparts; k++) {
      use_expr(f, n->amode->parts[k].e);
      use_expr(f, n->amode->parts[k].scale);
    }
    use_expr(f, n->amode->mem);
  }
}

static void guard(Flat *f, const Node *n) {
  LowerGen *lg = f->lg;
  if (n->kind == N_BINARY && n->fn == BIN_ANDAND) {
    guard(f, n->kids[0]);
    guard(f, n->kids[1]);
    return;
  }
  Text pre = {.arena = lg->arena};
  Text *out = lg->g.out;
  lg->g.out = &pre;
  const u32 indent = lg->g.indent, temps = lg->g.temps;
  lg->g.indent = 0;
  lg->g.fail = "break;";
  lg->g.temps = 0;
  const char *cond = cexpr(&lg->g, n);
  lg->g.out = out;
  lg->g.indent = indent;
  lg->g.temps = temps;
  Test t = {.kind = T_COND, .cond = cond, .guard = n, .pre = text_str(&pre)};
  t.key = arena_printf(lg->arena, "%s%s", t.pre, cond);
  use_expr(f, n);
  push(f, t);
}

void lower_bind(LowerGen *lg, Arm *a) {
  for (u32 k = 0; k < a->x->nvars; k++) {
    const s32 p = lower_var_path(lg, a, a->x->vars[k]);
    if (p >= 0)
      a->x->vars[k]->c = lg->paths.at[p].c;
  }
}

static void use_rhs(Flat *f, const RuleX *x) {
  for (u32 k = 0; k < x->nrhs; k++)
    use_expr(f, x->rhs[k]);
  for (u32 k = 0; k < x->nstmts; k++) {
    use_expr(f, x->stmts[k].e);
    if (x->stmts[k].trap_var) {
      const Node n = {.kind = N_VAR, .var = x->stmts[k].trap_var};
      use_expr(f, &n);
    }
  }
}

// The path of each variable is found again from the pattern.
static s32 find_var(LowerGen *lg, const Node *n, s32 path, const Var *v) {
  if ((n->kind == N_VAR || n->kind == N_OP) && n->var == v)
    return path;
  if (n->kind == N_SINK || n->kind == N_ONCE)
    return find_var(lg, n->kids[0], path, v);
  if (n->kind != N_OP && n->kind != N_CTOR)
    return -1;
  const void *op = n->kind == N_OP
                       ? (const void *)&lg->sema->ops[n->op]
                       : (const void *)&lg->sema->datas[n->ref].ctors[n->ctor];
  for (u32 k = 0; k < n->nkids; k++)
    for (u32 i = 0; i < lg->paths.n; i++) {
      const Path *p = &lg->paths.at[i];
      if (p->parent == path && (const void *)p->op == op && p->operand == k) {
        const s32 r = find_var(lg, n->kids[k], (s32)i, v);
        if (r >= 0)
          return r;
      }
    }
  return -1;
}

static s32 search_var(LowerGen *lg, const Arm *a, const Var *v) {
  const Node *lhs = a->x->lhs;
  if (lhs->kind != N_TERM)
    return find_var(lg, lhs, 0, v);
  for (u32 k = 0; k < lhs->nkids; k++) {
    const s32 r = find_var(lg, lhs->kids[k], (s32)k, v);
    if (r >= 0)
      return r;
  }
  return -1;
}

s32 lower_var_path(LowerGen *lg, const Arm *a, const Var *v) {
  return v->wild ? search_var(lg, a, v) : a->var_path[v->index];
}

// What is read needs what it hangs on.
static void close_used(LowerGen *lg, u64 *used) {
  for (u32 i = lg->paths.n; i-- > 0;)
    if (bit_has(used, i) && lg->paths.at[i].parent >= 0)
      bit_add(used, (u32)lg->paths.at[i].parent);
}

static Arm make_arm(LowerGen *lg, const RuleX *x) {
  Flat f = {.lg = lg};
  f.used = arena_array0(lg->arena, u64, bit_words(MAX_PATHS));
  memset(f.var_path, 0xff, sizeof f.var_path);
  if (x->lhs->kind == N_TERM)
    for (u32 k = 0; k < x->lhs->nkids; k++)
      flatten(&f, x->lhs->kids[k], k);
  else
    flatten_op(&f, x->lhs, 0, true);
  Arm a = {.x = x, .used = f.used};
  a.var_path = arena_array(lg->arena, s32, x->nvars + 1);
  for (u32 k = 0; k < x->nvars; k++)
    a.var_path[k] = k < 256 ? f.var_path[k] : -1;
  lower_bind(lg, &a);
  if (x->nresults && x->lhs->kind == N_OP)
    push(&f, (Test){.kind = T_ONCE,
                    .key = "no use",
                    .pre = "",
                    .cond = "low_unused(L, v)"});
  for (u32 k = 0; k < x->nclauses; k++) {
    if (!x->clauses[k].let)
      guard(&f, x->clauses[k].e);
    else if (x->clauses[k].let->kind == VAR_LET_IMM)
      diag_add(lg->diags, E_LOWER, x->rule->decl->loc,
               "`let` of an expression is not yet lowered: write it out");
    else
      use_expr(&f, x->clauses[k].e);
  }
  a.ntests = f.tests.n;
  a.tests = f.tests.at;
  f.used = a.rhs_used = arena_array0(lg->arena, u64, bit_words(MAX_PATHS));
  use_rhs(&f, x);
  close_used(lg, a.rhs_used);
  // A data term's choice is separate from its writing.
  const bool apart = lg->term && lg->term->result.kind == SORT_DATA;
  for (u32 k = 0; !apart && k < bit_words(MAX_PATHS); k++)
    a.used[k] |= a.rhs_used[k];
  close_used(lg, a.used);
  return a;
}

// --- order
// -----------------------------------------------------------------------

bool lower_has_test(const Arm *a, const Test *t) {
  for (u32 k = 0; k < a->ntests; k++)
    if (a->tests[k].hash == t->hash && !strcmp(a->tests[k].key, t->key))
      return true;
  return false;
}
bool lower_covers(const Arm *special, const Arm *general) {
  for (u32 k = 0; k < general->ntests; k++)
    if (!lower_has_test(special, &general->tests[k]))
      return false;
  return true;
}

s64 lower_prio(const Arm *a) {
  return a->x->rule->decl->has_prio ? a->x->rule->decl->prio : 0;
}

static int by_order(const void *pa, const void *pb) {
  const Arm *a = pa, *b = pb;
  if (lower_prio(a) != lower_prio(b))
    return lower_prio(a) > lower_prio(b) ? -1 : 1;
  if (a->ntests != b->ntests)
    return a->ntests > b->ntests ? -1 : 1;
  if (a->x->rule->index != b->x->rule->index)
    return a->x->rule->index < b->x->rule->index ? -1 : 1;
  return a->x < b->x ? -1 : a->x > b->x;
}

static bool is_eq_const(const Node *n) {
  return n && n->kind == N_BINARY && n->fn == BIN_EQ &&
         n->kids[1]->kind == N_CONST;
}
static bool is_negation(const Node *a, const Node *b) {
  if (a->kind == N_BINARY && b->kind == N_BINARY &&
      ((a->fn == BIN_EQ && b->fn == BIN_NE) ||
       (a->fn == BIN_NE && b->fn == BIN_EQ)))
    return node_equal(a->kids[0], b->kids[0]) &&
           node_equal(a->kids[1], b->kids[1]);
  return a->kind == N_UNARY && a->fn == UN_NOT && node_equal(a->kids[0], b);
}

static bool is_literal(const char *c) {
  return (*c >= '0' && *c <= '9') || !strncmp(c, "UINT64_C", 8);
}

// True if both tests cannot hold at once.
static bool exclusive(LowerGen *lg, const Test *a, const Test *b) {
  if ((a->kind == T_OP || a->kind == T_CTOR) && a->kind == b->kind &&
      a->path == b->path)
    return a->op != b->op;
  if (a->kind == T_EQ && b->kind == T_EQ && strcmp(a->key, b->key)) {
    const char *x = strstr(a->key, " == "), *y = strstr(b->key, " == ");
    return x && y && x - a->key == y - b->key &&
           !strncmp(a->key, b->key, (size_t)(x - a->key)) &&
           is_literal(x + 4) && is_literal(y + 4);
  }
  if (a->kind != T_COND || b->kind != T_COND)
    return false;
  const Node *m = a->guard, *n = b->guard;
  // Same C text on the left: the same place, whatever the rule calls it.
  if (is_eq_const(m) && is_eq_const(n) && m->kids[1]->num != n->kids[1]->num) {
    const char *x = strstr(a->cond, "=="), *y = strstr(b->cond, "==");
    return x && y && x - a->cond == y - b->cond &&
           !strncmp(a->cond, b->cond, (size_t)(x - a->cond));
  }
  (void)lg;
  return is_negation(m, n) || is_negation(n, m);
}

// True if a test of a says that operand k of the op at path is a constant.
static bool wants_const(LowerGen *lg, const Arm *a, s32 path, u32 operand) {
  for (u32 k = 0; k < a->ntests; k++) {
    const Test *t = &a->tests[k];
    const Path *p = &lg->paths.at[t->path];
    if (t->kind == T_OP && p->parent == path && p->operand == operand &&
        lg->sema->ops[t->op].base->decl->floats)
      return true;
  }
  return false;
}

// True if together they want all operands of op at path constant: such a node
// was folded long before.
static bool folded(LowerGen *lg, const OpInst *op, s32 path, const Arm *a,
                   const Arm *b) {
  for (u32 k = 0; k < op->noperands; k++)
    if (op->operands[k].is_value && !wants_const(lg, a, path, k) &&
        !wants_const(lg, b, path, k))
      return false;
  return op->nvals > 0;
}

static bool all_const(LowerGen *lg, const Arm *a, const Arm *b) {
  if (!lg->term && folded(lg, &lg->sema->ops[a->x->lhs->op], 0, a, b))
    return true;
  for (u32 k = 0; k < a->ntests; k++)
    if (a->tests[k].kind == T_OP &&
        folded(lg, &lg->sema->ops[a->tests[k].op], (s32)a->tests[k].path, a, b))
      return true;
  return false;
}

bool lower_can_meet(LowerGen *lg, const Arm *a, const Arm *b) {
  if (all_const(lg, a, b))
    return false;
  for (u32 i = 0; i < a->ntests; i++)
    for (u32 j = 0; j < b->ntests; j++)
      if (exclusive(lg, &a->tests[i], &b->tests[j]))
        return false;
  return true;
}

// Variants of one rule that came out the same.
static void drop_repeated(LowerGen *lg) {
  for (u32 i = 0; i < lg->arms.n; i++)
    for (u32 j = i + 1; j < lg->arms.n; j++) {
      const Arm *a = &lg->arms.at[i];
      Arm *b = &lg->arms.at[j];
      if (a->x->rule == b->x->rule && lower_covers(a, b) && lower_covers(b, a))
        b->dropped = true;
    }
}

void lower_arms(LowerGen *lg, const RuleX *const *rules, u32 n) {
  for (u32 k = 0; k < n; k++) {
    const Arm a = make_arm(lg, rules[k]);
    vec_push(lg->arena, &lg->arms, a);
  }
  if (lg->arms.n)
    qsort(lg->arms.at, lg->arms.n, sizeof *lg->arms.at, by_order);
  drop_repeated(lg);
}
