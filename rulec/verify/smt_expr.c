// Nodes as terms: leaves, operators, records, memory, control.
//
// `ok` is strict as the language is: nothing passes through every operator, and
// `&&`, `||`, `?:` ask only what they need.
#include "rulec/verify/smt.h"

u32 smt_bits(Sort s) {
  switch ((SortKind)s.kind) {
  case SORT_VALUE:
  case SORT_GPR:
  case SORT_XMM:
  case SORT_BV: return s.bits ? s.bits : 64; // no width: a plain number
  case SORT_CODE:
  case SORT_REGION:
  case SORT_EXT: return 8;
  case SORT_DYN: return 128;
  case SORT_AMODE: return 64;
  case SORT_NONE:
  case SORT_BOOL:
  case SORT_MEMARG:
  case SORT_FLAGS: return 0;
  default: return 32;
  }
}

SmtVal smt_val(Sort sort, SmtTerm v) {
  return (SmtVal){.sort = sort, .v = v, .ok = smt_bool(true)};
}

void smt_bind(Smt *m, SmtEnv *env, const Var *v, SmtVal val) {
  SmtBind *b = arena_new(m->arena, SmtBind);
  *b = (SmtBind){env->first, v, val};
  env->first = b;
}

const SmtVal *smt_lookup(const SmtEnv *env, const Var *v) {
  for (const SmtBind *b = env->first; b; b = b->next)
    if (b->var == v)
      return &b->val;
  return NULL;
}

// --- unknown values -------------------------------------------------

static const u8 memfield_bits[MF_COUNT] = {
    [MF_OFF] = 32,   [MF_BYTES] = 8, [MF_EXT] = 8,
    [MF_REGION] = 8, [MF_ALIGN] = 8, [MF_MEM] = 8};

static SmtTerm unknown(Smt *m, const char *name, u32 bits) {
  return smt_const(m, arena_printf(m->arena, "|%s|", name),
                   bits ? SMT_BV : SMT_BOOL, bits);
}

static void well_formed(Smt *m, const SmtTerm *f) {
  SmtTerm power = smt_bool(false);
  for (u32 i = 1; i <= 16; i *= 2)
    power = smt_or(m, power, smt_eq(m, f[MF_BYTES], smt_num(m, i, 8)));
  smt_assert(m, power);
  smt_assert(m, smt_cmp(m, "bvule", f[MF_EXT], smt_num(m, 2, 8)));
  smt_assert(m, smt_cmp(m, "bvule", f[MF_REGION], smt_num(m, 4, 8)));
  smt_assert(m, smt_cmp(m, "bvule", f[MF_ALIGN], smt_num(m, 12, 8)));
}

static SmtTerm *fields(Smt *m, u32 n) {
  return arena_array0(m->arena, SmtTerm, n);
}

SmtVal smt_input(Smt *m, const char *name, Sort sort) {
  static const char flag_names[] = "oczsp";
  SmtVal x = {.sort = sort, .ok = smt_bool(true)};
  Arena *a = m->arena;
  if (sort.kind == SORT_MEMARG) {
    x.f = fields(m, MF_COUNT);
    for (u32 i = 0; i < MF_COUNT; i++)
      x.f[i] = unknown(m, arena_printf(a, "%s.%s", name, memfield_names[i]),
                       memfield_bits[i]);
    well_formed(m, x.f);
  } else if (sort.kind == SORT_FLAGS) {
    x.f = fields(m, FF_COUNT);
    for (u32 i = 0; i < FF_COUNT; i++)
      x.f[i] = unknown(m, arena_printf(a, "%s.%c", name, flag_names[i]), 0);
  } else {
    x.v = unknown(m, name, smt_bits(sort));
  }
  if (sort.kind == SORT_CODE)
    smt_assert(m, smt_cmp(m, "bvult", x.v,
                          smt_num(m, m->s->codes[sort.decl].nmembers, 8)));
  return x;
}

SmtVal smt_sorry(Smt *m, Sort sort) {
  return smt_input(m, arena_printf(m->arena, "sorry%u", m->nterms++), sort);
}

static SmtVal unsupported(Smt *m, const Node *n) {
  Text t = {.arena = m->arena};
  node_print(&t, m->s, n);
  smt_fail(m, "no term for %s", text_str(&t));
  return smt_sorry(m, n->sort);
}

// --- records --------------------------------------------------------

static u32 field_count(Sort s) {
  return s.kind == SORT_MEMARG ? MF_COUNT : s.kind == SORT_FLAGS ? FF_COUNT : 0;
}

SmtTerm smt_same(Smt *m, SmtVal a, SmtVal b) {
  u32 n = field_count(a.sort);
  if (!n)
    return smt_eq(m, a.v, b.v);
  SmtTerm all = smt_bool(true);
  for (u32 i = 0; i < n; i++)
    all = smt_and(m, all, smt_eq(m, a.f[i], b.f[i]));
  return all;
}

static SmtVal choose_val(Smt *m, SmtTerm c, SmtVal a, SmtVal b) {
  if (smt_is_true(c))
    return a;
  if (smt_is_false(c))
    return b;
  SmtVal x = {.sort = a.sort, .ok = smt_ite(m, c, a.ok, b.ok)};
  u32 n = field_count(a.sort);
  if (n)
    x.f = fields(m, n);
  for (u32 i = 0; i < n; i++)
    x.f[i] = smt_ite(m, c, a.f[i], b.f[i]);
  if (!n)
    x.v = smt_ite(m, c, a.v, b.v);
  return x;
}

static SmtVal update(Smt *m, SmtEnv *env, SmtRun *run, const Node *n) {
  SmtVal x = smt_expr(m, env, run, n->kids[0]);
  SmtTerm *f = fields(m, MF_COUNT);
  memcpy(f, x.f, sizeof *f * MF_COUNT);
  for (u32 i = 1; i < n->nkids; i++) {
    SmtVal v = smt_expr(m, env, run, n->kids[i]);
    f[n->fields[i - 1]] = v.v;
    x.ok = smt_and(m, x.ok, v.ok);
  }
  x.f = f;
  return x;
}

static SmtVal record(Smt *m, SmtEnv *env, SmtRun *run, const Node *n) {
  SmtVal x = {.sort = n->sort, .ok = smt_bool(true)};
  x.f = fields(m, FF_COUNT);
  for (u32 i = 0; i < FF_COUNT; i++)
    x.f[i] = smt_fresh(m, "flag", SMT_BOOL, 0); // unless given
  for (u32 i = 0; i < n->nkids; i++) {
    SmtVal v = smt_expr(m, env, run, n->kids[i]);
    x.f[n->fields[i]] = v.v;
    x.ok = smt_and(m, x.ok, v.ok);
  }
  return x;
}

// --- operators ------------------------------------------------------

static SmtTerm shift(Smt *m, BinOp op, SmtTerm x, SmtTerm y, SmtTerm *ok) {
  static const char *const ops[BIN_COUNT] = {
      [BIN_SHL] = "bvshl", [BIN_USHR] = "bvlshr", [BIN_SSHR] = "bvashr"};
  u32 w = x.bits;
  bool can_exceed = y.bits >= 32 || (u64)1 << y.bits > w;
  if (can_exceed)
    *ok = smt_and(m, *ok, smt_cmp(m, "bvult", y, smt_num(m, w, y.bits)));
  smt_note_split(m, y, w, SPLIT_SMALL);
  u128 n;
  if (m->shl_is_mul && op == BIN_SHL && smt_literal(y, &n) && n < w && n < 128)
    return smt_bin(m, "bvmul", x, smt_num(m, (u128)1 << n, w));
  return smt_bin(m, ops[op], x, smt_resize(m, y, w, false));
}

static SmtTerm divide(Smt *m, BinOp op, SmtTerm x, SmtTerm y, SmtTerm *ok) {
  static const char *const ops[BIN_COUNT] = {[BIN_UDIV] = "bvudiv",
                                             [BIN_SDIV] = "bvsdiv",
                                             [BIN_UREM] = "bvurem",
                                             [BIN_SREM] = "bvsrem"};
  u128 d;
  SmtTerm zero = smt_eq(m, y, smt_num(m, 0, y.bits));
  *ok = smt_and(m, *ok, smt_not(m, zero));
  if (op == BIN_UREM && smt_literal(y, &d) && d && !(d & (d - 1)))
    return smt_bin(m, "bvand", x, smt_num(m, d - 1, x.bits));
  return smt_bin(m, ops[op], x, y);
}

static SmtTerm arith(Smt *m, const Node *n, SmtTerm x, SmtTerm y, SmtTerm *ok) {
  static const char *const ops[BIN_COUNT] = {
      [BIN_ULT] = "bvult", [BIN_ULE] = "bvule", [BIN_UGT] = "bvugt",
      [BIN_UGE] = "bvuge", [BIN_SLT] = "bvslt", [BIN_SLE] = "bvsle",
      [BIN_SGT] = "bvsgt", [BIN_SGE] = "bvsge", [BIN_OR] = "bvor",
      [BIN_XOR] = "bvxor", [BIN_AND] = "bvand", [BIN_ADD] = "bvadd",
      [BIN_SUB] = "bvsub", [BIN_MUL] = "bvmul"};
  switch ((BinOp)n->fn) {
  case BIN_SHL:
  case BIN_USHR:
  case BIN_SSHR: return shift(m, (BinOp)n->fn, x, y, ok);
  case BIN_UDIV:
  case BIN_SDIV:
  case BIN_UREM:
  case BIN_SREM: return divide(m, (BinOp)n->fn, x, y, ok);
  case BIN_CONCAT:
    return smt_app(m, SMT_BV, (u32)x.bits + y.bits, "concat", 2, x, y);
  default:
    if (n->sort.kind == SORT_BOOL)
      return smt_cmp(m, ops[n->fn], x, y);
    return smt_bin(m, ops[n->fn], x, y);
  }
}

static SmtVal logic(Smt *m, SmtEnv *env, SmtRun *run, const Node *n) {
  SmtVal a = smt_expr(m, env, run, n->kids[0]);
  SmtVal b = smt_expr(m, env, run, n->kids[1]);
  bool both = n->fn == BIN_ANDAND;
  SmtVal x =
      smt_val(n->sort, both ? smt_and(m, a.v, b.v) : smt_or(m, a.v, b.v));
  SmtTerm decided = both ? smt_not(m, a.v) : a.v;
  x.ok = smt_and(m, a.ok, smt_or(m, decided, b.ok));
  return x;
}

static SmtVal binary(Smt *m, SmtEnv *env, SmtRun *run, const Node *n) {
  if (n->fn == BIN_ANDAND || n->fn == BIN_OROR)
    return logic(m, env, run, n);
  SmtVal a = smt_expr(m, env, run, n->kids[0]);
  SmtVal b = smt_expr(m, env, run, n->kids[1]);
  SmtVal x = smt_val(n->sort, smt_bool(true));
  x.ok = smt_and(m, a.ok, b.ok);
  if (n->fn == BIN_EQ || n->fn == BIN_NE) {
    x.v = smt_same(m, a, b);
    if (n->fn == BIN_NE)
      x.v = smt_not(m, x.v);
    return x;
  }
  bool shifts = n->fn == BIN_SHL || n->fn == BIN_USHR || n->fn == BIN_SSHR;
  if (!shifts && n->fn != BIN_CONCAT && a.v.bits != b.v.bits)
    return unsupported(m, n);
  x.v = arith(m, n, a.v, b.v, &x.ok);
  if (n->fn == BIN_CONCAT)
    x.nan = smt_concat_nans(m, a.nan, b.nan, b.v.bits);
  return x;
}

SmtRun smt_run_ite(Smt *m, SmtTerm c, const SmtRun *a, const SmtRun *b) {
  return (SmtRun){.ok = smt_ite(m, c, a->ok, b->ok),
                  .valid = smt_ite(m, c, a->valid, b->valid),
                  .trapped = smt_ite(m, c, a->trapped, b->trapped),
                  .code = smt_ite(m, c, a->code, b->code),
                  .mem = smt_ite(m, c, a->mem, b->mem),
                  .ended = smt_ite(m, c, a->ended, b->ended),
                  .target = smt_ite(m, c, a->target, b->target),
                  .left = a->left,
                  .nwrites = a->nwrites || b->nwrites ? 2 : 0};
}

static SmtVal conditional(Smt *m, SmtEnv *env, SmtRun *run, const Node *n) {
  SmtVal c = smt_expr(m, env, run, n->kids[0]);
  SmtRun then = {0}, other = {0};
  if (run)
    then = other = *run;
  SmtVal a = smt_expr(m, env, run ? &then : NULL, n->kids[1]);
  SmtVal b = smt_expr(m, env, run ? &other : NULL, n->kids[2]);
  if (run)
    *run = smt_run_ite(m, c.v, &then, &other);
  SmtVal x = choose_val(m, c.v, a, b);
  x.ok = smt_and(m, c.ok, x.ok);
  return x;
}

static SmtVal resize(Smt *m, SmtEnv *env, SmtRun *run, const Node *n) {
  SmtVal x = smt_expr(m, env, run, n->kids[0]);
  if (n->sort.kind == SORT_DYN) { // trunc(x, 8 * bytes): the store cuts it
    x.v = smt_resize(m, x.v, 128, false);
  } else if (n->kids[0]->sort.kind == SORT_BOOL) {
    u32 w = n->sort.bits;
    u128 ones = w >= 128 ? ~(u128)0 : ((u128)1 << w) - 1;
    x.v = smt_ite(m, x.v, smt_num(m, n->kind == N_SEXT ? ones : 1, w),
                  smt_num(m, 0, w));
  } else {
    x.v = smt_resize(m, x.v, n->sort.bits, n->kind == N_SEXT);
  }
  x.sort = n->sort;
  x.nan = NULL;
  return x;
}

// --- memory, lists --------------------------------------------------

static SmtVal memory(Smt *m, SmtEnv *env, SmtRun *run, const Node *n) {
  SmtVal p = smt_expr(m, env, run, n->kids[0]);
  SmtVal count = smt_expr(m, env, run, n->kids[1]);
  SmtVal x = {.sort = n->sort, .ok = smt_and(m, p.ok, count.ok)};
  x.n = smt_resize(m, count.v, 64, false);
  u32 most = n->sort.kind == SORT_DYN ? 16 : n->sort.bits / 8;
  x.v = smt_read(m, run->mem, m->region, p.v, x.n, most);
  return x;
}

static SmtVal store(Smt *m, SmtEnv *env, SmtRun *run, const Node *n) {
  const Node *at = n->kids[0];
  SmtVal x = smt_expr(m, env, run, n->kids[1]);
  SmtVal p = smt_expr(m, env, run, at->kids[0]);
  SmtVal count = smt_expr(m, env, run, at->kids[1]);
  SmtVal none = {.sort = n->sort};
  none.ok = smt_and(m, x.ok, smt_and(m, p.ok, count.ok));
  u32 most = at->sort.kind == SORT_DYN ? 16 : at->sort.bits / 8;
  SmtTerm stopped = smt_or(m, run->trapped, run->ended);
  SmtTerm n_bytes = smt_resize(m, count.v, 64, false);
  SmtTerm after = smt_write(m, run->mem, m->region, p.v, n_bytes, most, x.v);
  run->write =
      (SmtWrite){run->mem, stopped, m->region, p.v, n_bytes, x.v, most};
  run->nwrites++;
  run->mem = smt_ite(m, stopped, run->mem, after);
  return none;
}

static SmtVal element(Smt *m, SmtEnv *env, SmtRun *run, const Node *n) {
  SmtVal list = smt_expr(m, env, run, n->kids[0]);
  SmtVal i = smt_expr(m, env, run, n->kids[1]);
  SmtVal x = smt_val(n->sort, smt_bool(true));
  x.ok = smt_and(m, list.ok, i.ok);
  if (n->kids[0]->sort.kind == SORT_TARGETS) {
    SmtTerm args[2] = {list.v, smt_resize(m, i.v, 32, false)};
    SmtTerm len = smt_fun(m, SMT_BV, 32, "len", 1, args);
    x.v = smt_fun(m, SMT_BV, 32, "element", 2, args);
    x.ok = smt_and(m, x.ok, smt_cmp(m, "bvult", args[1], len));
    return x;
  }
  SmtTerm at =
      smt_bin(m, "bvshl", smt_resize(m, i.v, 128, false), smt_num(m, 3, 128));
  x.ok = smt_and(m, x.ok, smt_cmp(m, "bvult", at, smt_num(m, 128, 128)));
  x.v = smt_extract(m, 7, 0, smt_bin(m, "bvlshr", list.v, at));
  return x;
}

// --- all ------------------------------------------------------------

static SmtVal constant(Smt *m, const Node *n) {
  if (n->sort.kind == SORT_BOOL)
    return smt_val(n->sort, smt_bool(n->num != 0));
  u32 bits =
      n->kind == N_VALCONST ? m->s->bits[n->sort.type] : smt_bits(n->sort);
  return bits ? smt_val(n->sort, smt_num(m, n->num, bits)) : unsupported(m, n);
}

static SmtVal wild(Smt *m, const Node *n) {
  for (u32 i = 0; i < m->wilds.n; i++)
    if (m->wilds.at[i].node == n)
      return m->wilds.at[i].val;
  const char *name = arena_printf(m->arena, "_%u", m->wilds.n + 1);
  SmtVal x = smt_input(m, name, n->sort);
  vec_push(m->arena, &m->wilds, ((struct SmtWild){n, x}));
  vec_push(m->arena, &m->trace, ((SmtTrace){name, "input", x, NULL, n}));
  return x;
}

static SmtVal apply(Smt *m, SmtEnv *env, SmtRun *run, const Node *n) {
  SmtVal args[16];
  u32 count = n->nkids < 16 ? n->nkids : 16;
  for (u32 i = 0; i < count; i++)
    args[i] = smt_expr(m, env, run, n->kids[i]);
  if (n->kind == N_CALL)
    return smt_builtin(m, n, args);
  SmtVal x = n->kind == N_NAN ? smt_nan(m, args, count - 1, args[count - 1])
                              : smt_op(m, run, &m->s->ops[n->op], args);
  if (n->kind == N_OP && n->var)
    smt_bind(m, env, n->var, x);
  if (n->kind == N_OP && m->side && x.v.s) {
    Text t = {.arena = m->arena};
    node_print(&t, m->s, n);
    vec_push(m->arena, &m->trace,
             ((SmtTrace){text_str(&t), m->side, x, NULL, n}));
  }
  return x;
}

static SmtVal unary(Smt *m, SmtEnv *env, SmtRun *run, const Node *n) {
  SmtVal x = smt_expr(m, env, run, n->kids[0]);
  x.v = n->fn == UN_NOT ? smt_not(m, x.v)
                        : smt_app(m, SMT_BV, x.v.bits, "bvnot", 1, x.v);
  x.nan = NULL;
  return x;
}

static SmtVal control(Smt *m, SmtEnv *env, SmtRun *run, const Node *n) {
  SmtVal x = smt_expr(m, env, run, n->kids[0]);
  SmtVal none = {.sort = n->sort, .ok = x.ok};
  if (n->kind == N_RETURN)
    x.v = smt_fun(m, SMT_BV, 32, "return", 1, &x.v);
  smt_goto(m, run, x.v);
  return none;
}

SmtVal smt_expr(Smt *m, SmtEnv *env, SmtRun *run, const Node *n) {
  SmtVal x;
  if (m->hook && m->hook(m, env, run, n, &x))
    return x;
  switch ((NodeKind)n->kind) {
  case N_CONST:
  case N_VALCONST: return constant(m, n);
  case N_VAR: {
    const SmtVal *v = smt_lookup(env, n->var);
    if (!v)
      return unsupported(m, n);
    return *v;
  }
  case N_WILD: return wild(m, n);
  case N_UNARY: return unary(m, env, run, n);
  case N_BINARY: return binary(m, env, run, n);
  case N_COND: return conditional(m, env, run, n);
  case N_LET: {
    SmtVal v = smt_expr(m, env, run, n->kids[0]);
    smt_bind(m, env, n->var, v);
    x = smt_expr(m, env, run, n->kids[1]);
    x.ok = smt_and(m, v.ok, x.ok);
    return x;
  }
  case N_ZEXT:
  case N_SEXT:
  case N_TRUNC: return resize(m, env, run, n);
  case N_OP:
  case N_OPMEANING:
  case N_CALL:
  case N_NAN: return apply(m, env, run, n);
  case N_FIELD:
    x = smt_expr(m, env, run, n->kids[0]);
    return (SmtVal){.sort = n->sort, .v = x.f[n->field], .ok = x.ok};
  case N_UPDATE: return update(m, env, run, n);
  case N_RECORD: return record(m, env, run, n);
  case N_INDEX: return element(m, env, run, n);
  case N_MEM: return run ? memory(m, env, run, n) : unsupported(m, n);
  case N_STORE: return run ? store(m, env, run, n) : unsupported(m, n);
  case N_GOTO:
  case N_RETURN: return run ? control(m, env, run, n) : unsupported(m, n);
  case N_UNSPEC:
    if (run && run->left)
      return unsupported(m, n);
    return smt_input(m, arena_printf(m->arena, "any%u", m->nterms++), n->sort);
  default: return unsupported(m, n);
  }
}
