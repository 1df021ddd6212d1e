// Operands, targets and uses of any instruction, from its declaration
// (OpInfo): nobody else needs a switch over ops to find them. Order of
// operands: values in a, b, c, then the list, then the arguments of targets.
#include "mid/ir/ir.h"
#include "mid/wasm/vmctx.h"
#include "ops.h"

static u32 field(const Inst *i, u32 k) {
  return k == 0 ? i->a : k == 1 ? i->b : i->c;
}

static u32 *field_slot(Inst *i, u32 k) {
  return k == 0 ? &i->a : k == 1 ? &i->b : &i->c;
}

// --- targets

u32 ir_ntargets(const Func *f, const Inst *term) {
  const OpInfo *o = &op_info[term->op];
  u32 n = 0;
  if (!(o->flags & OPF_ENDS))
    return 0;
  for (u32 k = 0; k < o->nimms; k++) {
    if (o->imm[k] == IMM_TARGET)
      n++;
    else if (o->imm[k] == IMM_TARGETS)
      n += f->pool.at[field(term, o->imm_field[k])];
  }
  return n;
}

u32 ir_target_at(const Func *f, const Inst *term, u32 k) {
  const OpInfo *o = &op_info[term->op];
  for (u32 m = 0; m < o->nimms; m++) {
    u32 at = field(term, o->imm_field[m]);
    if (o->imm[m] == IMM_TARGET && k-- == 0)
      return at;
    if (o->imm[m] == IMM_TARGETS) {
      u32 n = f->pool.at[at];
      if (k < n)
        return f->pool.at[at + 1 + k];
      k -= n;
    }
  }
  must(false, "%s has no such target", o->name);
  return 0;
}

// --- operands

static void each_in_list(Func *f, u32 at, OperandFn *fn, void *ctx) {
  u32 n = f->pool.at[at];
  for (u32 k = 1; k <= n; k++)
    fn(ctx, &f->pool.at[at + k]);
}

void ir_each_operand(Func *f, Inst *i, OperandFn *fn, void *ctx) {
  const OpInfo *o = &op_info[i->op];
  for (u32 k = 0; k < o->nvals; k++)
    fn(ctx, field_slot(i, k));
  if (o->flags & OPF_LIST)
    each_in_list(f, i->c, fn, ctx);
  if (!(o->flags & OPF_ENDS))
    return;
  for (u32 k = 0, n = ir_ntargets(f, i); k < n; k++)
    each_in_list(f, ir_target_at(f, i, k) + 1, fn, ctx);
}

static u32 copy_list(const Func *f, u32 at, Val *out, u32 n, u32 max) {
  const u32 *list = &f->pool.at[at];
  for (u32 k = 1; k <= list[0]; k++, n++)
    if (n < max)
      out[n] = list[k];
  return n;
}

u32 ir_operands(const Func *f, const Inst *i, Val *out, u32 max) {
  const OpInfo *o = &op_info[i->op];
  u32 n = 0;
  for (; n < o->nvals; n++)
    if (n < max)
      out[n] = field(i, n);
  if (o->flags & OPF_LIST)
    n = copy_list(f, i->c, out, n, max);
  if (o->flags & OPF_ENDS)
    for (u32 k = 0, nt = ir_ntargets(f, i); k < nt; k++)
      n = copy_list(f, ir_target_at(f, i, k) + 1, out, n, max);
  return n;
}

static inline void count_use(u8 *uses, Val v) {
  uses[v] = (u8)(uses[v] + (uses[v] != 255));
}

static void count_list(const u32 *list, u8 *uses) {
  for (u32 k = 1; k <= list[0]; k++)
    count_use(uses, list[k]);
}

static void count_targets(const Func *f, const Inst *i, u8 *uses) {
  for (u32 k = 0, n = ir_ntargets(f, i); k < n; k++)
    count_list(&f->pool.at[ir_target_at(f, i, k) + 1], uses);
}

// Uses by instructions of blocks; what stands in no block is dead. Written out,
// not by ir_each_operand: every compilation without the e-graph walks here.
void ir_count_uses(Func *f) {
  u8 *uses = arena_array0(f->arena, u8, f->insts.n);
  for (Block b = 1; b < f->blocks.n; b++)
    for (u32 v = block_at(f, b)->first; v < block_at(f, b)->end; v++) {
      const Inst *i = inst_at(f, v);
      const OpInfo *o = &op_info[i->op];
      if (o->nvals > 0)
        count_use(uses, i->a);
      if (o->nvals > 1)
        count_use(uses, i->b);
      if (o->nvals > 2)
        count_use(uses, i->c);
      if (o->flags & OPF_LIST)
        count_list(&f->pool.at[i->c], uses);
      if (o->flags & OPF_ENDS)
        count_targets(f, i, uses);
    }
  f->uses = uses;
}

// --- calls

const Sig *ir_callee_sig(const Func *f, const Inst *call) {
  u32 sig = f->nsigs;
  if (call->op == OP_call && call->a < f->nfuncs)
    sig = f->func_sigs[call->a];
  else if (call->op == OP_call_ref)
    sig = call->b;
  return sig < f->nsigs ? &f->sigs[sig] : NULL;
}

static u8 type_named(const char *s, size_t n) {
  for (u8 t = 1; t < TY_COUNT; t++)
    if (strlen(type_names[t]) == n && !memcmp(type_names[t], s, n))
      return t;
  return TY_NONE;
}

// Reads "i32 ref i32:i32".
LibCallTypes ir_libcall_types(u32 libcall) {
  LibCallTypes types = {0};
  u32 n = 0;
  bool results = false;
  for (const char *s = libcall_sigs[libcall]; *s;) {
    size_t len = strcspn(s, " :");
    if (len)
      types.types[n++] = type_named(s, len);
    if (len && results)
      types.nresults++;
    else if (len)
      types.nparams++;
    s += len;
    if (*s)
      results |= *s++ == ':';
  }
  return types;
}
