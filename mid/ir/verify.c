// Is this function well-formed? One line per violation, in three layers, each
// of which trusts what the one before established:
//   1. indices: runs of blocks, ops, fields, pool records, memargs;
//   2. types: operands, results, parameters, targets, calls, results of calls;
//   3. order: definitions dominate uses, and the recorded control-flow facts
//      follow from the edges.
// The recorded facts may be weaker than what the edges allow (a dominator
// further up, a longer loop), never stronger.
#include "mid/ir/verify.h"
#include "mid/wasm/vmctx.h"
#include "ops.h"

#include <stdarg.h>
#include <stdio.h>

enum { MOST_LINES = 100 };

void verify_wrong(Verify *c, const char *fmt, ...) {
  char line[256];
  va_list ap;
  if (c->wrong++ >= MOST_LINES)
    return;
  va_start(ap, fmt);
  vsnprintf(line, sizeof line, fmt, ap);
  va_end(ap);
  text_add(c->err, "f%u: %s\n", c->f->index, line);
}

static const char *type_name(u32 t) {
  return t < TY_COUNT ? type_names[t] : "?";
}

static u32 field(const Inst *i, u32 k) {
  return k == 0 ? i->a : k == 1 ? i->b : k == 4 ? i->n : i->c;
}

// --- 1: indices

static bool in_pool(const Func *f, u32 at, u32 words) {
  return at && at < f->pool.n && words <= f->pool.n - at;
}

static bool list_in_pool(const Func *f, u32 at) {
  return in_pool(f, at, 1) && f->pool.at[at] < f->pool.n - at;
}

static void check_target_index(Verify *c, Val v, u32 at) {
  const Func *f = c->f;
  if (!in_pool(f, at, 2) || !list_in_pool(f, at + 1))
    verify_wrong(c, "v%u: target %u is not in the pool", v, at);
  else if (!f->pool.at[at] || f->pool.at[at] >= f->blocks.n)
    verify_wrong(c, "v%u: no block b%u to go to", v, f->pool.at[at]);
}

static void check_targets_index(Verify *c, Val v, u32 at) {
  if (!list_in_pool(c->f, at)) {
    verify_wrong(c, "v%u: target list %u is not in the pool", v, at);
    return;
  }
  for (u32 k = 1; k <= c->f->pool.at[at]; k++)
    check_target_index(c, v, c->f->pool.at[at + k]);
}

static void check_memarg(Verify *c, Val v, u32 at) {
  const Func *f = c->f;
  const OpInfo *o = &op_info[inst_at(f, v)->op];
  if (!at || at >= f->mems.n) {
    verify_wrong(c, "v%u: no memarg %u", v, at);
    return;
  }
  const MemArg *m = &f->mems.at[at];
  u8 type = o->type ? o->type : o->val_types[1];
  u32 full = type < TY_COUNT ? type_bytes[type] : 0;
  bool whole = type != TY_I32 && type != TY_I64;
  bool power = m->bytes && !(m->bytes & (m->bytes - 1));
  if (!power || m->bytes > full || (whole && m->bytes != full))
    verify_wrong(c, "v%u: %u bytes of a %s", v, m->bytes, type_name(type));
  else if (o->type && (m->bytes < full) != (m->ext != EXT_NONE))
    verify_wrong(c, "v%u: a load of %u bytes as %s %s extension", v, m->bytes,
                 type_name(type), m->ext ? "with an" : "without");
  if (m->ext > EXT_SIGN || m->region >= REGION_COUNT || m->align > 12)
    verify_wrong(c, "v%u: memarg %u is out of range", v, at);
}

static void check_imm(Verify *c, Val v, u32 kind, u32 x) {
  const Func *f = c->f;
  if (kind == IMM_MEMARG)
    check_memarg(c, v, x);
  else if (kind == IMM_V128 && (!x || x >= f->vecs.n))
    verify_wrong(c, "v%u: no 128-bit immediate %u", v, x);
  else if (kind == IMM_TARGET)
    check_target_index(c, v, x);
  else if (kind == IMM_TARGETS)
    check_targets_index(c, v, x);
  else if (kind == IMM_FUNC && x >= f->nfuncs)
    verify_wrong(c, "v%u: no function f%u", v, x);
  else if (kind == IMM_SIG && x >= f->nsigs)
    verify_wrong(c, "v%u: no signature s%u", v, x);
  else if (kind == IMM_TRAP && (!x || x >= TRAP_COUNT))
    verify_wrong(c, "v%u: no trap %u", v, x);
  else if (kind == IMM_LIBCALL && x >= LIB_COUNT)
    verify_wrong(c, "v%u: no libcall %u", v, x);
}

static void check_fields(Verify *c, Val v) {
  const Func *f = c->f;
  const Inst *i = inst_at(f, v);
  const OpInfo *o = &op_info[i->op];
  for (u32 k = 0; k < o->nimms; k++)
    if (o->imm_field[k] < 5)
      check_imm(c, v, o->imm[k], field(i, o->imm_field[k]));
  if (o->flags & OPF_LIST && !list_in_pool(f, i->c))
    verify_wrong(c, "v%u: list %u is not in the pool", v, i->c);
}

bool verify_constant(const Func *f, Val v) {
  return op_info[inst_at(f, v)->op].flags & OPF_FLOATS;
}

static void check_place(Verify *c, Block b, Val v) {
  const BlockInfo *k = block_at(c->f, b);
  const Inst *i = inst_at(c->f, v);
  const OpInfo *o = &op_info[i->op];
  bool head = v < k->first + k->nparams, last = v == k->end - 1;
  if (head != (o->base == BASE_param))
    verify_wrong(c, "v%u: %s among b%u's %s", v, o->name, b,
                 head ? "parameters" : "instructions");
  if (last && !(o->flags & OPF_ENDS))
    verify_wrong(c, "v%u: b%u ends in %s, not in a terminator", v, b, o->name);
  if (!last && o->flags & OPF_ENDS)
    verify_wrong(c, "v%u: %s before the end of b%u", v, o->name, b);
  if (o->base == BASE_union)
    verify_wrong(c, "v%u: a union is left", v);
  if (o->base == BASE_param && (i->a != b || i->b != v - k->first))
    verify_wrong(c, "v%u: parameter %u of b%u says it is %u of b%u", v,
                 v - k->first, b, i->b, i->a);
}

static void check_run(Verify *c, Block b) {
  const Func *f = c->f;
  const BlockInfo *k = block_at(f, b);
  if (!k->first || k->first >= k->end || k->end > f->insts.n ||
      k->nparams >= k->end - k->first) {
    verify_wrong(c, "b%u: run v%u..v%u with %u parameters", b, k->first, k->end,
                 k->nparams);
    return;
  }
  for (Val v = k->first; v < k->end; v++) {
    if (c->owner[v])
      verify_wrong(c, "v%u: in b%u and in b%u", v, c->owner[v], b);
    c->owner[v] = b;
    if (inst_at(f, v)->op >= op_count) {
      verify_wrong(c, "v%u: no op %u", v, inst_at(f, v)->op);
      continue;
    }
    check_place(c, b, v);
    check_fields(c, v);
  }
}

static void check_arrays(Verify *c) {
  const Func *f = c->f;
  if (f->pos.n != f->insts.n || f->key.n != f->insts.n)
    verify_wrong(c, "%u instructions, %u positions, %u keys", f->insts.n,
                 f->pos.n, f->key.n);
  if (f->blocks.n < 2)
    verify_wrong(c, "no blocks");
  if (f->index >= f->nfuncs || f->sig >= f->nsigs)
    verify_wrong(c, "function f%u with signature s%u is not declared", f->index,
                 f->sig);
  for (u32 v = 1; v < f->insts.n && v < f->pos.n; v++)
    if (f->pos.at[v] >= f->poses.n)
      verify_wrong(c, "v%u: no position %u", v, f->pos.at[v]);
  for (u32 s = 0; s < f->poses.n; s++)
    if (f->poses.at[s].site >= f->sites.n)
      verify_wrong(c, "position %u: no site %u", s, f->poses.at[s].site);
}

// --- 2: types

static bool is_value(const Verify *c, Val v) {
  const Func *f = c->f;
  if (!v || v >= f->insts.n || inst_at(f, v)->op >= op_count)
    return false;
  return inst_at(f, v)->type && (c->owner[v] || verify_constant(f, v));
}

static bool check_operand(Verify *c, Val user, Val v, u8 type) {
  if (!is_value(c, v)) {
    verify_wrong(c, "v%u: operand v%u is no value", user, v);
    return false;
  }
  u8 found = inst_at(c->f, v)->type;
  if (type && found != type)
    verify_wrong(c, "v%u: operand v%u is %s, not %s", user, v, type_name(found),
                 type_name(type));
  return true;
}

static void check_list(Verify *c, Val v, u32 at, const u8 *types, u32 n,
                       const char *what) {
  const u32 *list = &c->f->pool.at[at];
  if (list[0] != n) {
    verify_wrong(c, "v%u: %u values for %u %s", v, list[0], n, what);
    return;
  }
  for (u32 k = 0; k < n; k++)
    check_operand(c, v, list[k + 1], types[k]);
}

static void check_target(Verify *c, Val v, u32 at) {
  const Func *f = c->f;
  const BlockInfo *to = block_at(f, f->pool.at[at]);
  const u32 *list = &f->pool.at[at + 1];
  if (list[0] != to->nparams) {
    verify_wrong(c, "v%u: %u arguments for %u parameters of b%u", v, list[0],
                 to->nparams, f->pool.at[at]);
    return;
  }
  for (u32 k = 0; k < list[0]; k++)
    check_operand(c, v, list[k + 1], inst_at(f, to->first + k)->type);
}

static void check_result_type(Verify *c, Val v, u8 type) {
  u8 found = inst_at(c->f, v)->type;
  if (found != type)
    verify_wrong(c, "v%u: %s gives %s, not %s", v,
                 op_info[inst_at(c->f, v)->op].name, type_name(type),
                 type_name(found));
}

static void check_call(Verify *c, Val v) {
  const Func *f = c->f;
  const Inst *i = inst_at(f, v);
  LibCallTypes lib = {0};
  const Sig *s = ir_callee_sig(f, i);
  if (i->op == OP_libcall)
    lib = ir_libcall_types(i->a);
  else if (!s) {
    verify_wrong(c, "v%u: callee without a signature", v);
    return;
  }
  const u8 *types = s ? s->types : lib.types;
  u32 nparams = s ? s->nparams : lib.nparams;
  u32 nresults = s ? s->nresults : lib.nresults;
  check_list(c, v, i->c, types, nparams, "parameters of the callee");
  check_result_type(c, v, nresults ? types[nparams] : TY_NONE);
}

static void check_proj(Verify *c, Val v) {
  const Func *f = c->f;
  const Inst *i = inst_at(f, v);
  const Inst *call = inst_at(f, i->a);
  const Sig *s = ir_callee_sig(f, call);
  if (!s || s->nresults < 2) {
    verify_wrong(c, "v%u: proj of v%u, which has not several results", v, i->a);
    return;
  }
  if (!i->b || i->b >= s->nresults) {
    verify_wrong(c, "v%u: proj of result %u of %u", v, i->b, s->nresults);
    return;
  }
  if (s->types[s->nparams + i->b] != i->type)
    verify_wrong(c, "v%u: result %u is %s", v, i->b,
                 type_name(s->types[s->nparams + i->b]));
  for (Val k = i->a + 1; k < v && i->a < v; k++)
    if (inst_at(f, k)->op && op_info[inst_at(f, k)->op].base != BASE_proj &&
        !verify_constant(f, k)) {
      verify_wrong(c, "v%u: %s between the call and its proj", v,
                   op_info[inst_at(f, k)->op].name);
      return;
    }
}

static void check_types(Verify *c, Val v) {
  const Func *f = c->f;
  const Inst *i = inst_at(f, v);
  const OpInfo *o = &op_info[i->op];
  const Sig *own = &f->sigs[f->sig];
  bool good = true;
  for (u32 k = 0; k < o->nvals; k++)
    good &= check_operand(c, v, field(i, k), o->val_types[k]);
  if (o->flags & OPF_CALL)
    check_call(c, v);
  else
    check_result_type(c, v, o->type);
  if (i->op == OP_return)
    check_list(c, v, i->c, own->types + own->nparams, own->nresults, "results");
  if (o->base == BASE_proj && good)
    check_proj(c, v);
  for (u32 k = 0, n = ir_ntargets(f, i); k < n; k++)
    check_target(c, v, ir_target_at(f, i, k));
}

static void check_entry(Verify *c) {
  const Func *f = c->f;
  const Sig *s = &f->sigs[f->sig];
  const BlockInfo *k = block_at(f, 1);
  if (k->nparams != s->nparams) {
    verify_wrong(c, "entry has %u parameters, the signature %u", k->nparams,
                 s->nparams);
    return;
  }
  for (u32 p = 0; p < s->nparams; p++)
    if (inst_at(f, k->first + p)->type != s->types[p])
      verify_wrong(c, "v%u: parameter is %s, the signature says %s",
                   k->first + p, type_name(inst_at(f, k->first + p)->type),
                   type_name(s->types[p]));
}

static void verify_layers(Verify *c) {
  const Func *f = c->f;
  check_arrays(c);
  if (c->wrong)
    return;
  for (Block b = 1; b < f->blocks.n; b++)
    check_run(c, b);
  if (c->wrong)
    return;
  check_entry(c);
  for (Val v = 1; v < f->insts.n; v++)
    if (c->owner[v])
      check_types(c, v);
  if (!c->wrong)
    verify_order(c);
}

bool ir_verify(const Func *f, Text *err) {
  Verify c = {.f = f, .err = err};
  c.owner = arena_array0(&c.arena, u32, f->insts.n + 1);
  verify_layers(&c);
  if (c.wrong > MOST_LINES)
    text_add(err, "f%u: and %u more\n", f->index, c.wrong - MOST_LINES);
  arena_free(&c.arena);
  return !c.wrong;
}
