// Lanes: types computed from types (scalar, half, double, mate), `map` over the
// lanes of vectors, and the bytes of a 16-byte immediate.
//
// A vector is a bit vector of 128 bits, lane 0 lowest. `map` is written out:
// its body once per lane, the lanes taken out by shift and truncation, the
// results put together by `++`. So nothing behind sema knows of lanes.
#include "rulec/sema/expr.h"

// --- types of types -------------------------------------------------

static const u8 shape_lanes[SH_COUNT] = {
    [SH_I8X16] = 16, [SH_I16X8] = 8, [SH_I32X4] = 4,
    [SH_I64X2] = 2,  [SH_F32X4] = 4, [SH_F64X2] = 2,
};

u32 arg_lanes(ParamArg a) {
  return a.kind == ARG_SHAPE ? shape_lanes[a.value] : 1;
}

u32 arg_bits(const Sema *s, ParamArg a) {
  return a.kind == ARG_SHAPE ? 128 : a.kind == ARG_TYPE ? s->bits[a.value] : 0;
}

u32 op_shape(const OpInst *op) {
  for (u32 i = 0; op->base && i < op->base->nparams; i++)
    if (op->args[i].kind == ARG_SHAPE)
      return op->args[i].value + 1u;
  return 0;
}

typedef struct TypeMap {
  const char *name;
  u8 types[VT_COUNT];  // VType; 0: has none
  u8 shapes[SH_COUNT]; // Shape + 1, or VType where to_type
  bool to_type;
} TypeMap;

static const TypeMap type_maps[] = {
    {.name = "scalar",
     .types = {[VT_I32] = VT_I32, VT_I64, VT_F32, VT_F64},
     .shapes = {VT_I32, VT_I32, VT_I32, VT_I64, VT_F32, VT_F64},
     .to_type = true},
    {.name = "half",
     .types = {[VT_I64] = VT_I32, [VT_F64] = VT_F32},
     .shapes = {[SH_I16X8] = SH_I8X16 + 1,
                [SH_I32X4] = SH_I16X8 + 1,
                [SH_I64X2] = SH_I32X4 + 1,
                [SH_F64X2] = SH_F32X4 + 1}},
    {.name = "double",
     .types = {[VT_I32] = VT_I64, [VT_F32] = VT_F64},
     .shapes = {[SH_I8X16] = SH_I16X8 + 1,
                [SH_I16X8] = SH_I32X4 + 1,
                [SH_I32X4] = SH_I64X2 + 1,
                [SH_F32X4] = SH_F64X2 + 1}},
    {.name = "mate",
     .types = {[VT_I32] = VT_F32,
               [VT_I64] = VT_F64,
               [VT_F32] = VT_I32,
               [VT_F64] = VT_I64}},
};
enum { NTYPE_MAPS = sizeof type_maps / sizeof *type_maps };

static const TypeMap *find_type_map(const char *name) {
  for (u32 i = 0; i < NTYPE_MAPS; i++)
    if (strcmp(type_maps[i].name, name) == 0)
      return &type_maps[i];
  return NULL;
}

bool is_type_map(const char *name) { return find_type_map(name) != NULL; }

bool type_map(const char *name, ParamArg from, ParamArg *to) {
  const TypeMap *m = find_type_map(name);
  if (!m || (from.kind != ARG_TYPE && from.kind != ARG_SHAPE))
    return false;
  bool shape = from.kind == ARG_SHAPE && !m->to_type;
  u8 v = from.kind == ARG_TYPE ? m->types[from.value] : m->shapes[from.value];
  *to = (ParamArg){.kind = shape ? ARG_SHAPE : ARG_TYPE,
                   .value = (u8)(shape ? v - 1 : v)};
  return v != 0;
}

bool type_named(const Env *env, const char *name, ParamArg *out) {
  const ParamArg *p = env_find(env, name);
  s32 t = vtype_find(name), h = shape_find(name);
  if (p)
    *out = *p;
  else
    *out = (ParamArg){.kind = h >= 0 ? ARG_SHAPE : ARG_TYPE,
                      .value = (u8)(h >= 0 ? h : t)};
  return p ? p->kind == ARG_TYPE || p->kind == ARG_SHAPE : t >= 0 || h >= 0;
}

bool type_written(const Env *env, const Expr *e, ParamArg *out) {
  if (e->kind == EX_NAME)
    return type_named(env, e->name.s, out);
  ParamArg from;
  return e->kind == EX_CALL && e->kids.n == 1 && is_type_map(e->name.s) &&
         type_written(env, e->kids.at[0], &from) &&
         type_map(e->name.s, from, out);
}

// --- map ------------------------------------------------------------

// Bits [at, at + bits) of a vector.
static Node *slice(Typer *t, const Expr *e, Node *v, u32 at, u32 bits) {
  if (at) {
    Node *amount = node_const(t->s, sort_bv(32), at, e);
    Node *n = expr_make(t, N_BINARY, v->sort, e);
    n->fn = BIN_USHR;
    v = node_fold(t->s, node_kids(t->s, n, 2, v, amount));
  }
  if (bits == v->sort.bits)
    return v;
  Node *n = expr_make(t, N_TRUNC, sort_bv(bits), e);
  return node_fold(t->s, node_kids(t->s, n, 1, v));
}

typedef struct Bound { // what a name stands for: a let of value, or value
  Scope scope;
  Node *value;
} Bound;

static void bind_to(Typer *t, Bound *b, const char *name, Node *value) {
  b->value = value;
  b->scope = (Scope){.up = t->scope, .name = name};
  if (value->kind == N_CONST || value->kind == N_VAR)
    b->scope.node = value;
  else
    b->scope.var = var_new(t, VAR_LET_IMM, name, value->sort, value->src->loc);
  t->scope = &b->scope;
}

static Node *close_over(Typer *t, const Bound *b, Node *body, const Expr *e) {
  if (!body || !b->scope.var)
    return body;
  Node *n = expr_make(t, N_LET, body->sort, e);
  n->var = b->scope.var;
  return node_kids(t->s, n, 2, b->value, body);
}

enum { MOST_VECTORS = 4 };

// The body at one lane.
static Node *at_lane(Typer *t, const Expr *e, Node *const *vectors, u32 lane,
                     u32 bits) {
  Bound bound[MOST_VECTORS];
  const Scope *old = t->scope;
  u32 n = e->binds.n;
  for (u32 i = 0; i < n; i++)
    bind_to(t, &bound[i], e->binds.at[i].s,
            slice(t, e, vectors[i], lane * bits, bits));
  Node *body = type_as(t, e->kids.at[n], sort_bv(bits));
  for (u32 i = n; i-- > 0;)
    body = close_over(t, &bound[i], body, e);
  t->scope = old;
  return body;
}

static Node *all_lanes(Typer *t, const Expr *e, Node *const *vectors, u32 lanes,
                       u32 bits) {
  Node *all = NULL;
  for (u32 i = lanes; i-- > 0;) {
    Node *x = at_lane(t, e, vectors, i, bits);
    if (!x)
      return NULL;
    if (all) {
      Node *n =
          expr_make(t, N_BINARY, sort_bv(all->sort.bits + x->sort.bits), e);
      n->fn = BIN_CONCAT;
      x = node_fold(t->s, node_kids(t->s, n, 2, all, x));
    }
    all = x;
  }
  return all;
}

Node *expr_map(Typer *t, const Expr *e) {
  ParamArg shape;
  Bound bound[MOST_VECTORS];
  Node *vectors[MOST_VECTORS];
  u32 n = e->binds.n;
  if (!type_named(t->env, e->name.s, &shape) || !arg_bits(t->s, shape))
    return expr_fail(t, e->loc, E_LANES,
                     "`%s`, wanted a lane shape: `map i32x4 (a, b in x, y) ..`",
                     e->name.s);
  if (e->kids.n != n + 1 || n > MOST_VECTORS)
    return expr_fail(t, e->loc, E_LANES,
                     "%u names for the lanes of %u vectors, wanted one each, "
                     "4 at most",
                     n, e->kids.n - 1);
  const Scope *old = t->scope;
  u32 bits = arg_bits(t->s, shape), lanes = arg_lanes(shape);
  for (u32 i = 0; i < n; i++) {
    Node *v = type_as(t, e->kids.at[i], sort_bv(bits));
    if (!v)
      return t->scope = old, NULL;
    bind_to(t, &bound[i], "", v);
    vectors[i] = v;
    if (bound[i].scope.var)
      vectors[i] = node_var(t->s, bound[i].scope.var, e);
  }
  Node *all = all_lanes(t, e, vectors, lanes, bits / lanes);
  t->scope = old;
  for (u32 i = n; i-- > 0;)
    all = close_over(t, &bound[i], all, e);
  return all;
}

// --- bytes ----------------------------------------------------------

// Byte i of a 16-byte immediate; nothing where i is 16 or more.
Node *expr_byte(Typer *t, const Expr *e, Node *x, Node *i) {
  u128 known;
  if (node_is_const(i, &known)) {
    if (known >= x->sort.bits / 8)
      return expr_fail(t, e->loc, E_WIDTH,
                       "an index out of range, wanted less than %u",
                       x->sort.bits / 8);
    return slice(t, e, x, (u32)known * 8, 8);
  }
  if (i->sort.bits > 32)
    return expr_fail(t, e->loc, E_WIDTH, "an index of more than 32 bits");
  if (i->sort.bits < 32) // so that times 8 does not wrap
    i = node_kids(t->s, expr_make(t, N_ZEXT, sort_bv(32), e), 1, i);
  i = node_kids(t->s, expr_make(t, N_ZEXT, sort_bv(64), e), 1, i);
  Node *at = expr_make(t, N_BINARY, sort_bv(64), e);
  at->fn = BIN_MUL;
  node_kids(t->s, at, 2, i, node_const(t->s, sort_bv(64), 8, e));
  Node *n = expr_make(t, N_BINARY, x->sort, e);
  n->fn = BIN_USHR;
  node_kids(t->s, n, 2, x, at);
  return node_kids(t->s, expr_make(t, N_TRUNC, sort_bv(8), e), 1, n);
}
