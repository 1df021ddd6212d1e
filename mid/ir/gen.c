// Random IR programs: a recursive walk over statements that writes blocks as it
// goes. Values that may be used here (they dominate) are kept by type; a nested
// region forgets its own when it ends, and gives some on as block arguments.
//
// Ops are taken from op_info, so a new scalar op is generated from the day it
// is declared. The bits of a NaN may depend on the order of operands: unless
// nan_bits is asked for, every float that becomes visible as bits is replaced
// by one NaN first.
#include "mid/ir/gen_values.h"
#include "ops.h"

enum { MOST_DEPTH = 4, MOST_LOOPS = 2, MOST_TRIPS = 6, MOST_CALLS = 3 };

typedef VEC(Val) Vals;

typedef struct Gen {
  Arena *arena;
  const GenOptions *o;
  IrModule *m;
  Func *f;
  u64 rng;
  Vals vals[TY_COUNT]; // usable here
  u16 *ops;            // opcodes of plain values
  u32 nops;
  Block open;
  u32 left; // instructions still to write, about
  u32 depth, loops, calls, offset;
} Gen;

// --- chance

static u32 below(Gen *g, u32 n) {
  return (u32)(gen_next(&g->rng) >> 33) % n;
}
static bool chance(Gen *g, u32 percent) {
  return below(g, 100) < percent;
}

// For what may trap: less likely in larger functions, so that most programs get
// to their end.
static bool risk(Gen *g, u32 percent) {
  u32 size = g->o->size < 60 ? 60 : g->o->size;
  return g->o->traps && below(g, 100 * size / 60) < percent;
}

// --- values

static u8 any_type(Gen *g) {
  static const u8 types[] = {TY_I32, TY_I64, TY_I32, TY_F64, TY_I64, TY_F32};
  u8 t = types[below(g, 6)];
  return is_float(t) && !g->o->floats ? TY_I32 : t;
}

static Val constant(Gen *g, u8 type, u64 k) {
  return is_float(type) ? ir_fconst(g->f, type, k) : ir_iconst(g->f, type, k);
}

static void keep(Gen *g, Val v) {
  vec_push(g->arena, &g->vals[inst_at(g->f, v)->type], v);
}

static Val pick(Gen *g, u8 type) {
  const Vals *v = &g->vals[type];
  if (!v->n || chance(g, 20))
    return constant(g, type, gen_corner(&g->rng, type));
  u32 recent = v->n < 8 ? v->n : 8; // recent ones make longer chains
  return v->at[chance(g, 70) ? v->n - 1 - below(g, recent) : below(g, v->n)];
}

static Val emit(Gen *g, u16 op, u32 a, u32 b, u32 c) {
  if (chance(g, 60))
    g->offset += 1 + below(g, 3);
  if (g->left)
    g->left--;
  u32 pos = ir_pos(g->f, 0, g->offset);
  return ir_emit(g->f, op, op_info[op].type, a, b, c, pos);
}

static Val one_nan(Gen *g, Val v) {
  u8 t = inst_at(g->f, v)->type;
  if (!is_float(t) || g->o->nan_bits)
    return v;
  u64 nan = t == TY_F64 ? 0x7ff8000000000000u : 0x7fc00000u;
  Val odd = emit(g, op_fcmp(FCC_ne, t), v, v, 0);
  return emit(g, op_select(t), odd, ir_fconst(g->f, t, nan), v);
}

typedef struct Mark {
  u32 n[TY_COUNT];
} Mark;

static Mark mark(const Gen *g) {
  Mark m;
  for (u32 t = 0; t < TY_COUNT; t++)
    m.n[t] = g->vals[t].n;
  return m;
}

static void forget(Gen *g, Mark m) {
  for (u32 t = 0; t < TY_COUNT; t++)
    g->vals[t].n = m.n[t];
}

// --- plain statements

static bool scalar(u8 type) {
  return type >= TY_I32 && type <= TY_F64;
}

// Pure ops and those that trap by their values; floats only if wanted.
static bool usable(const Gen *g, const OpInfo *o) {
  u32 flags = OPF_FLOATS | OPF_READS | OPF_WRITES | OPF_CALL | OPF_ENDS;
  if (!(o->flags & (OPF_PURE | OPF_TRAPS)) || o->flags & flags || o->nimms)
    return false;
  bool good =
      o->nvals && scalar(o->type) && (g->o->floats || !is_float(o->type));
  for (u32 k = 0; k < o->nvals; k++)
    good &=
        scalar(o->val_types[k]) && (g->o->floats || !is_float(o->val_types[k]));
  return good && (g->o->traps || !(o->flags & OPF_TRAPS));
}

static void find_ops(Gen *g) {
  g->ops = arena_array(g->arena, u16, op_count);
  for (u32 op = 1; op < op_count; op++)
    if (usable(g, &op_info[op]))
      g->ops[g->nops++] = (u16)op;
}

// Most divisors are not zero, most floats fit in an integer.
static Val tame(Gen *g, const OpInfo *o, u32 k) {
  u8 t = o->val_types[k];
  Val v = pick(g, t);
  if (risk(g, 5))
    return v;
  if (is_float(t))
    return emit(g, op_from_s(t, TY_I32),
                emit(g, op_band(TY_I32), pick(g, TY_I32),
                     ir_iconst(g->f, TY_I32, 0xffffff), 0),
                0, 0);
  return k ? emit(g, op_bor(t), v, ir_iconst(g->f, t, 1), 0) : v;
}

// Where bits are kept, NaNs must be equal.
static bool shows_bits(const OpInfo *o, u32 k) {
  return o->base == BASE_bitcast || (o->base == BASE_fcopysign && k == 1);
}

static void plain_op(Gen *g) {
  u16 op = g->ops[below(g, g->nops)];
  const OpInfo *o = &op_info[op];
  Val v[3] = {0};
  for (u32 k = 0; k < o->nvals; k++) {
    v[k] = o->flags & OPF_TRAPS ? tame(g, o, k) : pick(g, o->val_types[k]);
    if (shows_bits(o, k))
      v[k] = one_nan(g, v[k]);
  }
  keep(g, emit(g, op, v[0], v[1], v[2]));
}

// An address as translation makes it: a wide 32-bit index; nearly always
// inside.
static Val address(Gen *g, MemArg *m) {
  u32 mask = g->o->heap_bytes / 2 - 1;
  Val i = pick(g, TY_I32);
  if (!risk(g, 2))
    i = emit(g, op_band(TY_I32), i, ir_iconst(g->f, TY_I32, mask), 0);
  if (chance(g, 30))
    i = emit(g, op_iadd(TY_I32), i,
             ir_iconst(g->f, TY_I32, below(g, g->o->heap_bytes / 8)), 0);
  m->off = chance(g, 50) ? below(g, g->o->heap_bytes / 8) : below(g, 16);
  if (risk(g, 1))
    m->off = 0xfffffff0u;
  return emit(g, OP_uextend, i, 0, 0);
}

static void memory_op(Gen *g) {
  u8 t = any_type(g);
  MemArg m = {.bytes = type_bytes[t], .region = REGION_HEAP};
  if (!is_float(t))
    m.bytes = (u8)(1u << below(g, t == TY_I32 ? 3 : 4));
  Val at = address(g, &m);
  if (chance(g, 40)) {
    Val x = one_nan(g, pick(g, t));
    emit(g, op_store(t), at, x, ir_memarg(g->f, m));
    return;
  }
  if (m.bytes < type_bytes[t])
    m.ext = chance(g, 50) ? EXT_ZERO : EXT_SIGN;
  keep(g, emit(g, op_load(t), at, ir_memarg(g->f, m), 0));
}

static Val condition(Gen *g) {
  if (chance(g, 20))
    return pick(g, TY_I32);
  u8 t = any_type(g);
  u16 op = is_float(t) ? op_fcmp(below(g, 6), t) : op_icmp(below(g, 10), t);
  return emit(g, op, pick(g, t), pick(g, t), 0);
}

static void maybe_trap(Gen *g) {
  static const u8 traps[] = {TRAP_UNREACHABLE, TRAP_TABLE_OOB, TRAP_BAD_SIG,
                             TRAP_NULL_FUNC};
  u8 t = chance(g, 50) ? TY_I32 : TY_I64;
  // Rarely true: equal to one odd constant.
  Val c = emit(g, op_icmp(chance(g, 50) ? ICC_eq : ICC_ne, t), pick(g, t),
               ir_iconst(g->f, t, 0x1234567 + below(g, 9)), 0);
  bool eq = op_info[inst_at(g->f, c)->op].params[0] == ICC_eq;
  emit(g, eq ? OP_trapnz : OP_trapz, c, traps[below(g, 4)], 0);
}

static void call(Gen *g) {
  u32 n = g->m->nfuncs, self = g->f->index;
  if (self + 1 >= n || (g->loops ? g->calls : g->calls / 2) >= MOST_CALLS)
    return;
  u32 callee = g->loops ? n - 1 : self + 1 + below(g, n - self - 1);
  const Sig *s = &g->m->sigs[g->m->func_sigs[callee]];
  Vals args = {0};
  for (u32 k = 0; k < s->nparams; k++)
    vec_push(g->arena, &args, pick(g, s->types[k]));
  g->calls++;
  Val v = emit(g, OP_call, callee, 0, ir_list(g->f, args.at, args.n));
  if (!s->nresults)
    return;
  inst_at(g->f, v)->type = s->types[s->nparams];
  keep(g, v);
  for (u32 k = 1; k < s->nresults; k++)
    keep(g, emit(g, op_proj(s->types[s->nparams + k]), v, k, 0));
}

// --- control

static void statements(Gen *g, u32 n);

static void begin(Gen *g, Block b) {
  ir_begin(g->f, b);
  g->open = b;
}

static void end(Gen *g, u16 op, u32 a, u32 b, u32 c) {
  emit(g, op, a, b, c);
  ir_end(g->f, g->open);
}

typedef struct Shape { // types of a block's parameters
  u32 n;
  u8 types[4];
} Shape;

static Shape any_shape(Gen *g) {
  Shape s = {.n = below(g, 4)};
  for (u32 k = 0; k < s.n; k++)
    s.types[k] = any_type(g);
  return s;
}

static u32 goto_with(Gen *g, Block b, const Shape *s) {
  Val args[8];
  for (u32 k = 0; k < s->n; k++)
    args[k] = pick(g, s->types[k]);
  return ir_target(g->f, b, args, s->n);
}

static void begin_join(Gen *g, Block b, const Shape *s) {
  begin(g, b);
  for (u32 k = 0; k < s->n; k++)
    keep(g, ir_param(g->f, b, s->types[k], 0));
}

// One arm of a branch: some statements, then to the join, or rarely a trap.
static void arm(Gen *g, Block b, Block join, const Shape *s, bool may_trap) {
  Mark m = mark(g);
  begin(g, b);
  g->depth++;
  statements(g, 1 + below(g, 5));
  g->depth--;
  if (may_trap && risk(g, 6))
    end(g, OP_trap, TRAP_UNREACHABLE, 0, 0);
  else
    end(g, OP_jump, goto_with(g, join, s), 0, 0);
  forget(g, m);
}

static void branch(Gen *g) {
  Shape s = any_shape(g);
  bool both = chance(g, 60);
  Block then = ir_block(g->f), other = both ? ir_block(g->f) : 0;
  Block join = ir_block(g->f);
  Val c = condition(g);
  u32 t = ir_target(g->f, then, NULL, 0);
  u32 e = both ? ir_target(g->f, other, NULL, 0) : goto_with(g, join, &s);
  end(g, OP_brif, c, t, e);
  arm(g, then, join, &s, true);
  if (both)
    arm(g, other, join, &s, false);
  begin_join(g, join, &s);
}

static void table(Gen *g) {
  Shape s = any_shape(g);
  u32 n = 1 + below(g, 5), targets[8];
  Block arms[8], join = ir_block(g->f);
  for (u32 k = 0; k < n; k++) {
    arms[k] = k && chance(g, 30) ? arms[k - 1] : ir_block(g->f);
    targets[k] = ir_target(g->f, arms[k], NULL, 0);
  }
  u32 other = goto_with(g, join, &s);
  Val i = pick(g, TY_I32);
  if (chance(g, 80))
    i = emit(g, op_band(TY_I32), i, ir_iconst(g->f, TY_I32, 7), 0);
  end(g, OP_br_table, i, ir_list(g->f, targets, n), other);
  for (u32 k = 0; k < n; k++)
    if (!k || arms[k] != arms[k - 1])
      arm(g, arms[k], join, &s, true);
  begin_join(g, join, &s);
}

// The counter is the header's first parameter.
static void loop(Gen *g) {
  Shape carried = any_shape(g), out = any_shape(g);
  Mark m = mark(g);
  Block head = ir_block(g->f), exit = ir_block(g->f);
  u32 trips = 1 + below(g, MOST_TRIPS);
  Val args[8] = {ir_iconst(g->f, TY_I32, 0)};
  for (u32 k = 0; k < carried.n; k++)
    args[k + 1] = pick(g, carried.types[k]);
  end(g, OP_jump, ir_target(g->f, head, args, carried.n + 1), 0, 0);
  begin(g, head);
  Val count = ir_param(g->f, head, TY_I32, 0);
  keep(g, count);
  for (u32 k = 0; k < carried.n; k++)
    keep(g, ir_param(g->f, head, carried.types[k], 0));
  g->loops++, g->depth++;
  statements(g, 2 + below(g, 6));
  if (chance(g, 30)) { // leave from the middle
    Block on = ir_block(g->f);
    Val c = condition(g);
    u32 leave = goto_with(g, exit, &out);
    end(g, OP_brif, c, leave, ir_target(g->f, on, NULL, 0));
    begin(g, on);
    statements(g, 1 + below(g, 3));
  }
  g->loops--, g->depth--;
  args[0] = emit(g, op_iadd(TY_I32), count, ir_iconst(g->f, TY_I32, 1), 0);
  for (u32 k = 0; k < carried.n; k++)
    args[k + 1] = pick(g, carried.types[k]);
  Val more = emit(g, op_icmp(ICC_ult, TY_I32), args[0],
                  ir_iconst(g->f, TY_I32, trips), 0);
  u32 again = ir_target(g->f, head, args, carried.n + 1);
  end(g, OP_brif, more, again, goto_with(g, exit, &out));
  forget(g, m);
  begin_join(g, exit, &out);
}

static void statement(Gen *g) {
  u32 k = below(g, 100);
  bool deep = g->depth >= MOST_DEPTH || g->left < 8;
  if (k < 14 && g->o->heap_bytes)
    memory_op(g);
  else if (k < 17 && g->o->traps)
    maybe_trap(g);
  else if (k < 20)
    call(g);
  else if (k < 26 && !deep)
    branch(g);
  else if (k < 29 && !deep && g->loops < MOST_LOOPS)
    loop(g);
  else if (k < 31 && !deep)
    table(g);
  else
    plain_op(g);
}

static void statements(Gen *g, u32 n) {
  for (; n && g->left; n--)
    statement(g);
}

// --- functions

// Integers: everything of that type mixed, so that little is dead.
static Val result(Gen *g, u8 type) {
  Val v = pick(g, type);
  if (is_float(type))
    return one_nan(g, v);
  for (u32 k = 0; k < g->vals[type].n && k < 24; k++) {
    Val mixed = emit(g, op_rotl(type), v, ir_iconst(g->f, type, 5), 0);
    v = emit(g, op_bxor(type), mixed, g->vals[type].at[k], 0);
  }
  return v;
}

static void function(Gen *g, u32 index) {
  Func *f = ir_new(g->arena, g->m->sigs, g->m->nsigs, g->m->func_sigs,
                   g->m->nfuncs, index);
  const Sig *s = &g->m->sigs[f->sig];
  g->f = g->m->funcs[index] = f;
  g->left = g->o->size / 2 + below(g, g->o->size + 1);
  g->offset++; // 0 would say that it is not known
  g->depth = g->loops = g->calls = 0;
  forget(g, (Mark){0});
  begin(g, ir_block(f));
  for (u32 k = 0; k < s->nparams; k++)
    keep(g, ir_param(f, 1, s->types[k], 0));
  while (g->left)
    statement(g);
  Vals results = {0};
  for (u32 k = 0; k < s->nresults; k++)
    vec_push(g->arena, &results, result(g, s->types[s->nparams + k]));
  end(g, OP_return, 0, 0, ir_list(f, results.at, results.n));
  f->next_key = f->insts.n;
  must(ir_analyse(f), "f%u: irreducible", index);
}

static void signature(Gen *g, Sig *s, u32 index) {
  u32 nparams = below(g, 6), nresults = index ? below(g, 4) : 2;
  u8 *types = arena_array(g->arena, u8, nparams + nresults + 1);
  for (u32 k = 0; k < nparams + nresults; k++)
    types[k] = any_type(g);
  *s = (Sig){(u16)nparams, (u16)nresults, types};
}

GenOptions gen_options(u64 seed) {
  return (GenOptions){.seed = seed,
                      .nfuncs = 3,
                      .size = 60,
                      .heap_bytes = 65536,
                      .floats = true,
                      .traps = true};
}

IrModule ir_generate(Arena *a, const GenOptions *o) {
  u32 n = o->nfuncs ? o->nfuncs : 1;
  IrModule m = {.sigs = arena_array0(a, Sig, n),
                .nsigs = n,
                .func_sigs = arena_array0(a, u32, n),
                .nfuncs = n,
                .funcs = arena_array0(a, Func *, n)};
  Gen g = {.arena = a, .o = o, .m = &m, .rng = o->seed * 0x2545f4914f6cdd1du};
  find_ops(&g);
  for (u32 k = 0; k < n; k++) {
    m.func_sigs[k] = k;
    signature(&g, &m.sigs[k], k);
  }
  for (u32 k = 0; k < n; k++)
    function(&g, k);
  return m;
}
