// Lowers what the calling convention decides: entry, calls, returns, and the
// pointers that come from the context. Written backward like everything: what
// stands after a call in the code is written before it.
#include "back/isel/lower.h"
#include "back/x64/abi.h"
#include "inst.h"
#include "ops.h"

// --- single moves to and from memory
// ------------------------------------------

static void load(Lower *L, u8 type, VReg d, const LowAddr *m) {
  const u32 inst = type == TY_F32    ? X64_loadf_f32
                   : type == TY_F64  ? X64_loadf_f64
                   : type == TY_V128 ? X64_load128
                   : type == TY_I32  ? X64_load_i32
                                     : X64_load_i64;
  Operand *o = low_reserve(L, 3);
  o = low_put_mem(o, m);
  *o = operand(d, true, true, CON_REG);
  low_inst(L, inst, 0, 3, low_amode(L, m, 0));
}

static void store(Lower *L, u8 type, VReg x, const LowAddr *m) {
  const u32 inst = type == TY_F32    ? X64_storef_f32
                   : type == TY_F64  ? X64_storef_f64
                   : type == TY_V128 ? X64_store128
                                     : X64_store_i64;
  const bool gpr = inst == X64_store_i64;
  Operand *o = low_reserve(L, 3);
  o = low_put_mem(o, m);
  *o = operand(x, false, false, CON_REG);
  low_inst(L, inst, gpr ? 1 : 0, 3, low_amode(L, m, 0));
}

static LowAddr from_ctx(s32 disp) {
  return (LowAddr){
      VREG_CTX, VREG_NONE, {.kind = AM_REG, .bytes = 8, .disp = disp}};
}

static void move_gpr(Lower *L, VReg d, VReg s) {
  Operand *o = low_reserve(L, 2);
  o[0] = operand(s, false, false, CON_REG);
  o[1] = operand(d, true, true, CON_REG);
  low_inst(L, X64_mov_i64, 0, 2, 0);
}

// --- entry
// ---------------------------------------------------------------------

enum { FEW = 24 }; // values placed without asking the arena

static AbiLoc *locs(Lower *L, AbiLoc *few, u32 n) {
  return n <= FEW ? few : arena_array(L->arena, AbiLoc, n);
}

void low_entry(Lower *L) {
  const Func *f = L->f;
  const Sig *sig = &f->sigs[f->sig];
  const BlockInfo *b = block_at(f, 1);
  AbiLoc few[FEW], *at = locs(L, few, sig->nparams);
  u32 word = 1, regs = 0;
  must(b->nparams == sig->nparams, "entry block has %u parameters, not %u",
       b->nparams, sig->nparams);
  abi_args(sig->types, sig->nparams, at, &word);
  if (L->uses_ctx_word) {
    const LowAddr m = low_frame(AM_OUT, 0, 8);
    store(L, TY_I64, VREG_CTX, &m);
  }
  for (u32 i = 0; i < sig->nparams; i++) {
    const VReg d = L->vreg[b->first + i];
    if (!d)
      continue;
    regs += at[i].reg != PREG_NONE;
    if (at[i].reg == PREG_NONE) {
      const LowAddr m = low_frame(AM_IN, at[i].off, type_bytes[at[i].type]);
      load(L, at[i].type, d, &m);
    }
  }
  Operand *o = low_reserve(L, regs);
  for (u32 i = 0; i < sig->nparams; i++)
    if (L->vreg[b->first + i] && at[i].reg != PREG_NONE)
      *o++ = operand(L->vreg[b->first + i], true, true, CON_FIXED + at[i].reg);
  low_inst(L, X64_entry, 0, regs, 0);
}

// --- returns
// -------------------------------------------------------------------

bool low_return(Lower *L, Val v) {
  const Func *f = L->f;
  const u32 *list = f->pool.at + low_at(L, v)->c;
  const u32 n = list[0];
  const Sig *sig = &f->sigs[f->sig];
  AbiLoc few[FEW], *at = locs(L, few, n), skip[FEW], *args;
  u32 word = 1, regs = 0;
  args = locs(L, skip, sig->nparams);
  abi_args(sig->types, sig->nparams, args, &word);
  abi_results(sig->types + sig->nparams, n, at, &word);
  for (u32 i = 0; i < n; i++)
    regs += at[i].reg != PREG_NONE;
  Operand *o = low_reserve(L, regs);
  for (u32 i = 0; i < n; i++)
    if (at[i].reg != PREG_NONE)
      *o++ =
          operand(low_use(L, list[1 + i]), false, false, CON_FIXED + at[i].reg);
  low_inst(L, X64_ret, 0, regs, 0);
  for (u32 i = n; i-- > 0;)
    if (at[i].reg == PREG_NONE) {
      const LowAddr m = low_frame(AM_IN, at[i].off, type_bytes[at[i].type]);
      store(L, at[i].type, low_use(L, list[1 + i]), &m);
    }
  return true;
}

// --- calls
// ---------------------------------------------------------------------

typedef struct Call {
  const Sig *sig;
  const u32 *args; // values
  u16 inst;
  u32 imm;
  VReg ref; // VMFunc, or 0
} Call;

static void note_out(Lower *L, u32 words) {
  if (words > 1 && L->v->out_bytes < 8 * words)
    L->v->out_bytes = 8 * words;
  L->v->has_calls = true;
  L->count->calls++;
}

static void write_call(Lower *L, Val v, const Call *c) {
  const u32 np = c->sig->nparams, nr = c->sig->nresults;
  AbiLoc few_args[FEW], few_results[FEW];
  AbiLoc *args = locs(L, few_args, np), *res = locs(L, few_results, nr);
  u32 word = 1, nops = c->ref ? 1 : 0;
  abi_args(c->sig->types, np, args, &word);
  abi_results(c->sig->types + np, nr, res, &word);
  note_out(L, word);
  if (c->ref) { // the instruction brings our context back from there
    L->uses_ctx_word = true;
    if (L->v->out_bytes < 8)
      L->v->out_bytes = 8;
  }

  for (u32 k = 0; k < nr; k++) { // from the stack, after the call
    const VReg d = low_def_k(L, v, k);
    if (d && res[k].reg == PREG_NONE) {
      const LowAddr m = low_frame(AM_OUT, res[k].off, type_bytes[res[k].type]);
      load(L, res[k].type, d, &m);
    }
    nops += d && res[k].reg != PREG_NONE;
  }
  for (u32 k = 0; k < np; k++)
    nops += args[k].reg != PREG_NONE;
  Operand *o = low_reserve(L, nops);
  if (c->ref)
    *o++ = operand(c->ref, false, false, CON_FIXED + PREG_RAX);
  for (u32 k = 0; k < np; k++)
    if (args[k].reg != PREG_NONE)
      *o++ = operand(low_use(L, c->args[k]), false, false,
                     CON_FIXED + args[k].reg);
  for (u32 k = 0; k < nr; k++)
    if (low_def_k(L, v, k) && res[k].reg != PREG_NONE)
      *o++ = operand(low_def_k(L, v, k), true, true, CON_FIXED + res[k].reg);
  low_inst(L, c->inst, 0, nops, c->imm);
  for (u32 k = np; k-- > 0;)
    if (args[k].reg == PREG_NONE) {
      const LowAddr m =
          low_frame(AM_OUT, args[k].off, type_bytes[args[k].type]);
      store(L, args[k].type, low_use(L, c->args[k]), &m);
    }
}

bool low_call(Lower *L, Val v) {
  const Inst *i = low_at(L, v);
  const Func *f = L->f;
  const u32 k = i->a; // immediates take what the list in c leaves
  Call c = {.sig = &f->sigs[f->func_sigs[k]],
            .args = f->pool.at + i->c + 1,
            .inst = X64_call,
            .imm = k};
  if (k >= L->o->nimported) {
    write_call(L, v, &c);
    return true;
  }
  c.inst = X64_call_ref;
  c.ref = low_temp(L, TY_I64);
  write_call(L, v, &c);
  const LowAddr m = from_ctx((s32)(L->o->layout->imports + 8 * k));
  load(L, TY_I64, c.ref, &m);
  return true;
}

bool low_call_ref(Lower *L, Val v) {
  const Inst *i = low_at(L, v);
  const Call c = {.sig = &L->f->sigs[i->b],
                  .args = L->f->pool.at + i->c + 1,
                  .inst = X64_call_ref,
                  .ref = low_use(L, i->a)};
  write_call(L, v, &c);
  return true;
}

// --- the runtime's C functions -----------------------------------------------

static bool is_float(u8 type) { return type == TY_F32 || type == TY_F64; }

static u8 type_word(const char **s) {
  static const struct {
    const char *word;
    u8 type;
  } words[] = {{"i32", TY_I32},
               {"i64", TY_I64},
               {"f32", TY_F32},
               {"f64", TY_F64},
               {"ref", TY_REF}};
  while (**s == ' ')
    ++*s;
  for (u32 k = 0; k < 5; k++)
    if (!strncmp(*s, words[k].word, 3)) {
      *s += 3;
      return words[k].type;
    }
  return TY_NONE;
}

// Moves bits between a float register and a general one.
static void move_bits(Lower *L, u8 type, VReg to, VReg from, bool to_gpr) {
  const u32 inst = type == TY_F32 ? (to_gpr ? X64_i32_of_f32 : X64_f32_of_i32)
                                  : (to_gpr ? X64_i64_of_f64 : X64_f64_of_i64);
  Operand *o = low_reserve(L, 2);
  o[0] = operand(from, false, false, CON_REG);
  o[1] = operand(to, true, true, CON_REG);
  low_inst(L, inst, 0, 2, 0);
}

// Calls C function lib with the n values of list.
static void write_libcall(Lower *L, Val v, u32 lib, const Val *list, u32 n) {
  static const PReg regs[] = {PREG_RSI, PREG_RDX, PREG_RCX, PREG_R8, PREG_R9};
  const char *s = libcall_sigs[lib];
  u8 types[5];
  VReg in[5], out = L->vreg[v], got = out;
  must(n <= 5, "a libcall has at most five arguments");
  for (u32 k = 0; k < n; k++)
    types[k] = type_word(&s);
  s = strchr(s, ':') + 1;
  const u8 result = type_word(&s);
  L->v->has_calls = true;
  L->count->calls++;
  if (out && is_float(result)) {
    got = low_temp(L, TY_I64);
    move_bits(L, result, out, got, false);
  }
  const u32 nops = n + (got != 0);
  Operand *o = low_reserve(L, nops);
  for (u32 k = 0; k < n; k++) {
    in[k] = is_float(types[k]) ? low_temp(L, TY_I64) : low_use(L, list[k]);
    *o++ = operand(in[k], false, false, CON_FIXED + regs[k]);
  }
  if (got)
    *o++ = operand(got, true, true, CON_FIXED + PREG_RAX);
  low_inst(L, X64_call_lib, 0, nops, lib);
  for (u32 k = n; k-- > 0;)
    if (is_float(types[k]))
      move_bits(L, types[k], in[k], low_use(L, list[k]), true);
}

bool low_libcall(Lower *L, Val v) {
  const Inst *i = low_at(L, v);
  const u32 *list = L->f->pool.at + i->c;
  write_libcall(L, v, i->a, list + 1, list[0]);
  return true;
}

bool low_round(Lower *L, Val v) {
  const Inst *i = low_at(L, v);
  const u32 base = op_info[i->op].base;
  const u32 lib = base == BASE_fceil    ? LIB_ceil32
                  : base == BASE_ffloor ? LIB_floor32
                  : base == BASE_ftrunc ? LIB_trunc32
                                        : LIB_nearest32;
  write_libcall(L, v, lib + (i->type == TY_F64), &i->a, 1);
  return true;
}

// --- pointers from the context
// -------------------------------------------------

// A VMFunc: an import's stands behind a pointer, our own are an array.
bool low_funcref(Lower *L, Val v) {
  const u32 k = low_at(L, v)->a, imported = L->o->nimported;
  const VReg d = low_def(L, v);
  if (k < imported) {
    const LowAddr m = from_ctx((s32)(L->o->layout->imports + 8 * k));
    load(L, TY_I64, d, &m);
    return true;
  }
  const LowAddr m =
      from_ctx((s32)(L->o->layout->funcs + VMFUNC_SIZE * (k - imported)));
  Operand *o = low_reserve(L, 3);
  o = low_put_mem(o, &m);
  *o = operand(d, true, true, CON_REG);
  low_inst(L, X64_lea_i64, 0, 3, low_amode(L, &m, 0));
  return true;
}

bool low_vmctx(Lower *L, Val v) {
  move_gpr(L, low_def(L, v), VREG_CTX);
  return true;
}
