#include "rulec/gen/tree.h"
#include "rulec/gen/cgen.h"

#include <stdlib.h>

// --- shapes
// ------------------------------------------------------------------------

static s64 sign_extend(u128 num, u32 bits) {
  if (bits >= 64)
    return (s64)(u64)num;
  u64 top = (u64)1 << (bits - 1);
  return (s64)((((u64)num & (top * 2 - 1)) ^ top) - top);
}

// Writes what rows of the same shape have in common.
static void print_shape(Text *t, const Sema *s, const Node *n) {
  switch ((NodeKind)n->kind) {
  case N_OP:
    text_add(t, "%s(%u", n->var ? n->var->name : "", s->ops[n->op].base_index);
    for (u32 k = 0; k < n->nkids; k++) {
      text_add(t, " ");
      print_shape(t, s, n->kids[k]);
    }
    text_add(t, ")");
    return;
  case N_VAR: text_add(t, "$%s", n->var->wild ? "_" : n->var->name); return;
  case N_WILD: text_add(t, "$_"); return;
  case N_VALCONST:
    text_add(t, "#%u:%lld", n->sort.type >= VT_F32,
             (long long)sign_extend(n->num, vtype_bits[n->sort.type]));
    return;
  default: text_add(t, "=%llu", (unsigned long long)n->num); return;
  }
}

static const char *shape_of(const Sema *s, const RuleX *x) {
  Text t = {.arena = s->arena};
  print_shape(&t, s, x->lhs);
  return text_str(&t);
}

// --- places, steps, variables
// --------------------------------------------------------

static bool is_const_op(const Sema *s, const Node *n) {
  return n->kind == N_VALCONST || (n->kind == N_OP && s->ops[n->op].nvals == 0);
}

static u32 const_base(const Sema *s, const Node *n) {
  if (n->kind == N_OP)
    return s->ops[n->op].base_index;
  u32 op = sema_const_op(s, (VType)n->sort.type);
  gen_must(s, n->src->loc, op, "no op makes constants of this type");
  return s->ops[op].base_index;
}

static u32 add_pos(const Sema *s, Row *r, u32 parent, u32 operand, u32 base) {
  gen_must(s, r->rule->decl->loc, r->npos < MAX_POS,
           "rule %s: pattern too large", r->rule->decl->name.s);
  Pos *p = &r->pos[r->npos];
  *p = (Pos){.parent = parent,
             .operand = operand,
             .base = &s->opdecls[base],
             .base_index = base};
  size_t n = r->npos ? strlen(r->pos[parent].path) : 0;
  gen_must(s, r->rule->decl->loc, n + 2 < sizeof p->path,
           "rule %s: pattern too deep", r->rule->decl->name.s);
  if (r->npos) {
    memcpy(p->path, r->pos[parent].path, n);
    p->path[n] = (char)('0' + operand);
  }
  return r->npos++;
}

static void add_var(const Sema *s, Row *r, const Var *v, u32 pos, u8 where) {
  if (v->wild)
    return;
  for (u32 k = 0; k < r->nvars; k++) {
    if (strcmp(r->vars[k].name, v->name))
      continue;
    bool value = v->sort.kind == SORT_VALUE;
    gen_must(s, v->loc, r->nsame < MAX_ROW_VARS, "too many repeated variables");
    r->same[r->nsame++] =
        (Same){r->vars[k].pos, pos, r->vars[k].where, where, value};
    return;
  }
  gen_must(s, v->loc, r->nvars < MAX_ROW_VARS, "rule %s: too many variables",
           r->rule->decl->name.s);
  r->vars[r->nvars++] = (RowVar){v->name, v->sort, pos, where};
}

static void add_step(const Sema *s, Row *r, Step step) {
  gen_must(s, r->rule->decl->loc, r->nsteps < MAX_STEPS,
           "rule %s: too many tests", r->rule->decl->name.s);
  r->steps[r->nsteps++] = step;
}

static void add_literal(const Sema *s, Row *r, u32 pos, const OperandInfo *o,
                        u128 num) {
  gen_must(s, r->rule->decl->loc, r->nimm < 4, "too many literal immediates");
  r->imm[r->nimm].pos = pos;
  r->imm[r->nimm].where = o->where;
  r->imm[r->nimm].wide = o->sort.kind == SORT_BV && o->sort.bits > 64;
  r->imm[r->nimm++].num = num;
}

static void scan(const Sema *s, Row *r, const Node *n, u32 pos);

static void scan_kid(const Sema *s, Row *r, const Node *kid, u32 pos,
                     const OperandInfo *o, u32 operand) {
  if (kid->kind == N_VAR) {
    add_var(s, r, kid->var, pos, o->where);
  } else if (o->is_value && kid->kind == N_OP) {
    u32 at = add_pos(s, r, pos, operand, s->ops[kid->op].base_index);
    add_step(
        s, r,
        (Step){.kind = STEP_OP, .pos = at, .base = s->ops[kid->op].base_index});
    scan(s, r, kid, at);
  } else if (kid->kind == N_VALCONST) {
    u32 base = const_base(s, kid), at = add_pos(s, r, pos, operand, base);
    add_step(s, r, (Step){.kind = STEP_OP, .pos = at, .base = base});
    if (kid->sort.type == VT_V128) {
      u32 op = sema_const_op(s, VT_V128);
      add_literal(s, r, at, &s->ops[op].operands[0], kid->num);
      return;
    }
    add_step(s, r,
             (Step){.kind = STEP_LIT,
                    .pos = at,
                    .base = base,
                    .num = sign_extend(kid->num, vtype_bits[kid->sort.type])});
  } else if (kid->kind == N_CONST) {
    add_literal(s, r, pos, o, kid->num);
  }
}

// Appends places, steps and variables of pattern n, which stands at pos.
static void scan(const Sema *s, Row *r, const Node *n, u32 pos) {
  const OpInst *op = &s->ops[n->op];
  u32 operand = 0;
  if (n->var)
    add_var(s, r, n->var, pos, 0xff);
  for (u32 k = 0; k < n->nkids; k++) {
    scan_kid(s, r, n->kids[k], pos, &op->operands[k], operand);
    operand += op->operands[k].is_value;
  }
}

// --- order of steps
// ------------------------------------------------------------------

static bool is_const_base(const Sema *s, u32 base) {
  return s->ops[s->opdecls[base].first].nvals == 0;
}

// By depth, constants before operations, then by place.
static int step_before(const Sema *s, const Row *r, const Step *x,
                       const Step *y) {
  const char *p = r->pos[x->pos].path, *q = r->pos[y->pos].path;
  int depth = (int)strlen(p) - (int)strlen(q);
  if (depth)
    return depth;
  int c = is_const_base(s, y->base) - is_const_base(s, x->base);
  if (c)
    return c;
  int path = strcmp(p, q);
  return path ? path : (int)x->kind - (int)y->kind;
}

static void sort_steps(const Sema *s, Row *r) {
  for (u32 k = 1; k < r->nsteps; k++) {
    Step x = r->steps[k];
    u32 j = k;
    for (; j && step_before(s, r, &r->steps[j - 1], &x) > 0; j--)
      r->steps[j] = r->steps[j - 1];
    r->steps[j] = x;
  }
}

// --- opcodes
// ---------------------------------------------------------------------------

static void collect_ops(const Sema *s, const Node *n, u32 *ops, u32 *k) {
  if (n->kind == N_VALCONST) {
    ops[(*k)++] = 0; // its base and its type say all
    return;
  }
  if (n->kind != N_OP)
    return;
  ops[(*k)++] = n->op;
  for (u32 j = 0; j < n->nkids; j++)
    if (s->ops[n->op].operands[j].is_value)
      collect_ops(s, n->kids[j], ops, k);
}

// Whether the type of the result alone says which opcode of the base it is.
static bool type_implies(const Sema *s, u32 op) {
  const OpDecl *d = s->ops[op].base;
  u32 n = 0;
  for (u32 k = d->first; k < d->first + d->count; k++)
    n += s->ops[k].type == s->ops[op].type;
  return n == 1;
}

static bool all_equal(const Row *r, u32 pos) {
  for (u32 x = 1; x < r->nexps; x++)
    if (r->ops[x][pos] != r->ops[0][pos])
      return false;
  return true;
}

static void find_keys(const Sema *s, Row *r) {
  for (u32 p = 0; p < r->npos; p++) {
    u32 op = r->ops[0][p];
    if (!op || (p && type_implies(s, op)) || r->pos[p].base->count == 1)
      continue;
    if (all_equal(r, p)) {
      r->fixed[r->nfixed++] = p;
      continue;
    }
    gen_must(s, r->rule->decl->loc, r->nkeys < MAX_KEYS,
             "rule %s: too many ops with parameters", r->rule->decl->name.s);
    r->keys[r->nkeys++] = p;
  }
}

// --- rows
// ------------------------------------------------------------------------------

// A constant on the left of an op whose operands are ordered never comes.
static bool is_idle(const Sema *s, const Node *n) {
  if (n->kind != N_OP)
    return false;
  const OpInst *op = &s->ops[n->op];
  if (op->sym_op && op->nvals == 2 && n->nkids == 2 && op->sym_perm[0] == 1 &&
      is_const_op(s, n->kids[0]) && !is_const_op(s, n->kids[1]))
    return true;
  for (u32 k = 0; k < n->nkids; k++)
    if (is_idle(s, n->kids[k]))
      return true;
  return false;
}

static void fill_row(const Sema *s, Row *r) {
  const Node *lhs = r->exps[0]->lhs;
  add_pos(s, r, 0, 0, s->ops[lhs->op].base_index);
  scan(s, r, lhs, 0);
  sort_steps(s, r);
  r->ops = arena_alloc(s->arena, sizeof *r->ops * r->nexps, 8);
  for (u32 x = 0; x < r->nexps; x++) {
    u32 k = 0;
    collect_ops(s, r->exps[x]->lhs, r->ops[x], &k);
    gen_must(s, r->rule->decl->loc, k == r->npos, "rule %s: shapes differ",
             r->rule->decl->name.s);
  }
  find_keys(s, r);
}

// Appends the rows of one rule.
static void rule_rows(const Sema *s, const Rule *rule, u32 number, Rows *out) {
  const char **shapes = arena_array(s->arena, const char *, rule->count + 1);
  u32 first = out->n;
  for (u32 k = 0; k < rule->count; k++) {
    const RuleX *x = &s->rulexs[rule->first + k];
    if (is_idle(s, x->lhs))
      continue;
    const char *shape = shape_of(s, x);
    u32 j = first;
    while (j < out->n && strcmp(shapes[j - first], shape))
      j++;
    Row *r = &out->at[j];
    if (j == out->n) {
      *r = (Row){
          .rule = rule, .number = number, .variant = j - first, .index = j};
      r->exps = arena_array(s->arena, const RuleX *, rule->count);
      shapes[j - first] = shape;
      out->n++;
    }
    r->exps[r->nexps++] = x;
  }
  for (u32 j = first; j < out->n; j++)
    fill_row(s, &out->at[j]);
}

Rows tree_rows(const Sema *s, bool (*want)(const Sema *, const Rule *)) {
  Rows rows = {0, arena_array(s->arena, Row, s->nrulexs + 1)};
  u32 number = 0;
  for (u32 k = 0; k < s->nrules; k++) {
    const Rule *rule = &s->rules[k];
    if (want(s, rule))
      rule_rows(s, rule, number, &rows);
    number += !rule->is_remat;
  }
  return rows;
}

// --- the trie
// ---------------------------------------------------------------------------

static bool same_place(const Row *x, u32 p, const Row *y, u32 q) {
  return !strcmp(x->pos[p].path, y->pos[q].path);
}

static bool same_step(const Row *x, const Step *a, const Row *y,
                      const Step *b) {
  return a->kind == b->kind && a->base == b->base && a->num == b->num &&
         same_place(x, a->pos, y, b->pos);
}

static Tree *build(const Sema *s, const Row **rows, u32 n, u32 depth);

static void add_case(const Sema *s, Group *g, const Row **rows, u32 n,
                     u32 depth) {
  const Row **sub = arena_array(s->arena, const Row *, n);
  u32 nsub = 0;
  const Step *step = &rows[0]->steps[depth];
  for (u32 k = 0; k < n; k++)
    if (rows[k] && same_step(rows[0], step, rows[k], &rows[k]->steps[depth]))
      sub[nsub++] = rows[k];
  g->cases[g->ncases++] = (Case){*step, build(s, sub, nsub, depth + 1)};
}

// All rows whose next test is at the place of rows[0]'s.
static void add_group(const Sema *s, Tree *t, const Row **rows, u32 n,
                      u32 depth) {
  const Step *step = &rows[0]->steps[depth];
  Group *g = &t->groups[t->ngroups++];
  *g = (Group){step->pos, rows[0], step->kind, 0,
               arena_array(s->arena, Case, n)};
  const Row **here = arena_array(s->arena, const Row *, n);
  u32 nhere = 0;
  for (u32 k = 0; k < n; k++) {
    const Step *other = &rows[k]->steps[depth];
    if (other->kind == step->kind &&
        same_place(rows[0], step->pos, rows[k], other->pos))
      here[nhere++] = rows[k];
  }
  for (u32 k = 0; k < nhere; k++) {
    bool done = false;
    for (u32 j = 0; j < k && !done; j++)
      done = same_step(here[j], &here[j]->steps[depth], here[k],
                       &here[k]->steps[depth]);
    if (!done)
      add_case(s, g, here + k, nhere - k, depth);
  }
}

static Tree *build(const Sema *s, const Row **rows, u32 n, u32 depth) {
  Tree *t = arena_new(s->arena, Tree);
  t->arms = arena_array(s->arena, const Row *, n + 1);
  t->groups = arena_array(s->arena, Group, n + 1);
  const Row **left = arena_array(s->arena, const Row *, n + 1);
  u32 nleft = 0;
  for (u32 k = 0; k < n; k++) {
    if (rows[k]->nsteps == depth)
      t->arms[t->narms++] = rows[k];
    else
      left[nleft++] = rows[k];
  }
  for (u32 k = 0; k < nleft; k++) {
    bool done = false;
    const Step *x = &left[k]->steps[depth];
    for (u32 j = 0; j < k && !done; j++) {
      const Step *y = &left[j]->steps[depth];
      done = x->kind == y->kind && same_place(left[j], y->pos, left[k], x->pos);
    }
    if (!done)
      add_group(s, t, left + k, nleft - k, depth);
  }
  return t;
}

Tree *tree_build(const Sema *s, const Row **rows, u32 n) {
  return build(s, rows, n, 0);
}
