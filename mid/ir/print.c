// IR as text, complete: ir_parse reads it back to the same text. What each
// operand and immediate looks like follows from OpInfo; docs/ir.md has the
// grammar.
//
// A value prints as its index. What makes no value has an index too; it is
// shown (`v12: store ...`) only where it does not follow the line before, so
// that the parser can rebuild the very same array. Nothing here trusts the
// function: what the verifier would refuse prints as `?`.
#include "mid/ir/ir.h"
#include "mid/wasm/vmctx.h"
#include "ops.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

// --- words

// Small numbers read better in decimal, bit patterns in hex.
static void print_int(Text *t, u8 type, u64 k) {
  s64 s = type == TY_I32 ? (s32)k : (s64)k;
  if (s > -65536 && s < 1000000)
    text_add(t, " %lld", (long long)s);
  else
    text_add(t, " 0x%llx", (unsigned long long)k);
}

static double float_value(u8 type, u64 bits) {
  double d;
  float s;
  u32 low = (u32)bits;
  if (type == TY_F64)
    return memcpy(&d, &bits, 8), d;
  return memcpy(&s, &low, 4), (double)s;
}

// The fewest digits that come back as the same number; a NaN by its bits.
static void print_float(Text *t, u8 type, u64 bits) {
  double d = float_value(type, bits);
  char buf[40];
  if (isnan(d)) {
    text_add(t, " nan:0x%llx", (unsigned long long)bits);
    return;
  }
  for (int digits = 1; digits <= 17; digits++) {
    snprintf(buf, sizeof buf, "%.*g", digits, d);
    double back =
        type == TY_F32 ? (double)strtof(buf, NULL) : strtod(buf, NULL);
    if (!(back < d || back > d))
      break;
  }
  text_add(t, " %s", buf);
}

static void print_name(Text *t, const char *name) {
  text_add(t, " \"");
  for (const u8 *s = (const u8 *)name; *s; s++)
    if (*s < ' ' || *s > '~' || *s == '"' || *s == '\\')
      text_add(t, "\\%02x", *s);
    else
      text_put(t, (const char *)s, 1);
  text_add(t, "\"");
}

// --- operands and immediates

static u32 field(const Func *f, const Inst *i, u32 k) {
  if (k == 5)
    return i->c && i->c < f->pool.n ? f->pool.at[i->c - 1] : 0;
  return k == 0 ? i->a : k == 1 ? i->b : k == 4 ? i->n : i->c;
}

static void print_list(const Func *f, u32 at, Text *t) {
  if (at >= f->pool.n || f->pool.at[at] >= f->pool.n - at) {
    text_add(t, "(?)");
    return;
  }
  text_add(t, "(");
  for (u32 k = 1; k <= f->pool.at[at]; k++)
    text_add(t, k > 1 ? ", v%u" : "v%u", f->pool.at[at + k]);
  text_add(t, ")");
}

static void print_target(const Func *f, u32 at, Text *t) {
  if (at + 1 >= f->pool.n) {
    text_add(t, "b?");
    return;
  }
  text_add(t, "b%u", f->pool.at[at]);
  if (f->pool.at[at + 1])
    print_list(f, at + 1, t);
}

static void print_targets(const Func *f, u32 at, Text *t) {
  if (at >= f->pool.n || f->pool.at[at] >= f->pool.n - at) {
    text_add(t, " [?]");
    return;
  }
  text_add(t, " [");
  for (u32 k = 1; k <= f->pool.at[at]; k++) {
    text_add(t, k > 1 ? ", " : "");
    print_target(f, f->pool.at[at + k], t);
  }
  text_add(t, "]");
}

static void print_memarg(const Func *f, u32 at, Val address, Text *t) {
  if (!at || at >= f->mems.n || f->mems.at[at].region >= REGION_COUNT) {
    text_add(t, " [? v%u]", address);
    return;
  }
  const MemArg *m = &f->mems.at[at];
  text_add(t, " [%s v%u", region_names[m->region], address);
  if (m->off)
    text_add(t, " + %u", m->off);
  text_add(t, " : %u", m->bytes);
  text_add(t, "%s", m->ext == EXT_ZERO ? " zero" : "");
  text_add(t, "%s", m->ext == EXT_SIGN ? " sign" : "");
  text_add(t, "%s", m->flags & MEM_READONLY ? " readonly" : "");
  text_add(t, "%s", m->flags & MEM_NOTRAP ? " notrap" : "");
  text_add(t, "%s", m->flags & MEM_MOVABLE ? " movable" : "");
  text_add(t, "%s", m->flags & MEM_BIG ? " big" : "");
  if (m->align)
    text_add(t, " align %u", m->align);
  if (m->mem)
    text_add(t, " mem %u", m->mem);
  text_add(t, "]");
}

static void print_vec(const Func *f, u32 at, Text *t) {
  if (!at || at >= f->vecs.n)
    text_add(t, " ?");
  else
    text_add(t, " 0x%016llx%016llx", (unsigned long long)f->vecs.at[at].hi,
             (unsigned long long)f->vecs.at[at].lo);
}

static void print_imm(const Func *f, const Inst *i, u32 k, Text *t) {
  const OpInfo *o = &op_info[i->op];
  u32 x = field(f, i, o->imm_field[k]);
  switch (o->imm[k]) {
  case IMM_U64:
    if (o->type == TY_F32 || o->type == TY_F64)
      print_float(t, o->type, inst_imm64(i));
    else
      print_int(t, o->type, inst_imm64(i));
    break;
  case IMM_V128:
    print_vec(f, x, t);
    break;
  case IMM_FUNC:
    text_add(t, " f%u", x);
    break;
  case IMM_SIG:
    text_add(t, " s%u", x);
    break;
  case IMM_BLOCK:
    text_add(t, " b%u", x);
    break;
  case IMM_TRAP:
    text_add(t, " %s", x < TRAP_COUNT ? trap_names[x] : "?");
    break;
  case IMM_LIBCALL:
    text_add(t, " %s", x < LIB_COUNT ? libcall_names[x] : "?");
    break;
  case IMM_TARGET:
    text_add(t, " ");
    print_target(f, x, t);
    break;
  case IMM_TARGETS:
    print_targets(f, x, t);
    break;
  case IMM_MEMARG:
    break; // stands with the address
  default:
    text_add(t, " %u", x);
    break;
  }
}

static bool has_memarg(const OpInfo *o) {
  return o->nimms && o->imm[0] == IMM_MEMARG;
}

// Position and key, behind a parameter or an instruction.
static void print_origin(const Func *f, Val v, Text *t) {
  u32 p = v < f->pos.n ? f->pos.at[v] : 0;
  u32 key = v < f->key.n ? f->key.at[v] : 0;
  if (p && p < f->poses.n) {
    text_add(t, " @%x", f->poses.at[p].off);
    if (f->poses.at[p].site)
      text_add(t, "/%u", f->poses.at[p].site);
  }
  if (key)
    text_add(t, " #%u", key);
}

void ir_print_inst(const Func *f, Val v, Text *t) {
  const Inst *i = inst_at(f, v);
  if (i->op >= op_count) {
    text_add(t, "v%u = ?%u", v, i->op);
    return;
  }
  const OpInfo *o = &op_info[i->op];
  if (i->type)
    text_add(t, "v%u = ", v);
  text_add(t, "%s", o->name);
  if (has_memarg(o))
    print_memarg(f, field(f, i, o->imm_field[0]), i->a, t);
  for (u32 k = has_memarg(o); k < o->nvals; k++)
    text_add(t, " v%u", field(f, i, k));
  for (u32 k = 0; k < o->nimms; k++)
    print_imm(f, i, k, t);
  if (o->flags & OPF_LIST) {
    text_add(t, " ");
    print_list(f, i->c, t);
  }
  print_origin(f, v, t);
}

// --- blocks and functions

// Returns the index that the next line has without saying so.
static Val print_line(const Func *f, Val v, Val expected, Text *t) {
  text_add(t, "  ");
  if (v != expected && !inst_at(f, v)->type)
    text_add(t, "v%u: ", v);
  ir_print_inst(f, v, t);
  text_add(t, "\n");
  return v + 1;
}

static Val print_block(const Func *f, Block b, Val expected, Text *t) {
  const BlockInfo *k = block_at(f, b);
  u32 params = k->first + k->nparams;
  u32 end = k->end < f->insts.n ? k->end : f->insts.n;
  text_add(t, "b%u", b);
  for (Val v = k->first; v < params && v < end; v++) {
    u8 type = inst_at(f, v)->type;
    text_add(t, "%sv%u: %s", v > k->first ? ", " : "(", v,
             type < TY_COUNT ? type_names[type] : "?");
    print_origin(f, v, t);
    expected = v + 1;
  }
  text_add(t, "%s%s:\n", k->nparams ? ")" : "", k->cold ? " cold" : "");
  for (Val v = params; v < end; v++)
    if (inst_at(f, v)->op != OP_none)
      expected = print_line(f, v, expected, t);
  return expected;
}

// Constants that stand in no block's run come first.
static Val print_constants(const Func *f, Text *t) {
  u64 *owned = arena_array0(t->arena, u64, bit_words(f->insts.n));
  Val expected = 1;
  for (Block b = 1; b < f->blocks.n; b++)
    for (Val v = block_at(f, b)->first;
         v < block_at(f, b)->end && v < f->insts.n; v++)
      bit_add(owned, v);
  for (Val v = 1; v < f->insts.n; v++)
    if (!bit_has(owned, v) && inst_at(f, v)->op < op_count &&
        op_info[inst_at(f, v)->op].flags & OPF_FLOATS)
      expected = print_line(f, v, expected, t);
  return expected;
}

static void print_func(const Func *f, Text *t) {
  text_add(t, "func f%u s%u", f->index, f->sig);
  if (f->name)
    print_name(t, f->name);
  text_add(t, " {\n");
  for (u32 s = 1; s < f->sites.n; s++)
    text_add(t, "  site %u in %u @%x calls f%u\n", s, f->sites.at[s].parent,
             f->sites.at[s].off, f->sites.at[s].func);
  Val expected = print_constants(f, t);
  for (Block b = 1; b < f->blocks.n; b++)
    expected = print_block(f, b, expected, t);
  text_add(t, "}\n");
}

static void print_types(const u8 *types, u32 n, Text *t) {
  text_add(t, "(");
  for (u32 k = 0; k < n; k++)
    text_add(t, k ? ", %s" : "%s",
             types[k] < TY_COUNT ? type_names[types[k]] : "?");
  text_add(t, ")");
}

static void print_sig(const Sig *s, u32 index, Text *t) {
  text_add(t, "sig s%u ", index);
  print_types(s->types, s->nparams, t);
  text_add(t, " -> ");
  print_types(s->types + s->nparams, s->nresults, t);
  text_add(t, "\n");
}

typedef struct Used { // what a function refers to
  u64 *sigs, *funcs;
} Used;

static void mark(u64 *set, u32 k, u32 n) {
  if (k < n)
    bit_add(set, k);
}

static void mark_used(const Func *f, const Inst *i, Used *u) {
  const OpInfo *o = &op_info[i->op < op_count ? i->op : 0];
  for (u32 k = 0; k < o->nimms; k++) {
    u32 x = field(f, i, o->imm_field[k]);
    if (o->imm[k] == IMM_SIG)
      mark(u->sigs, x, f->nsigs);
    if (o->imm[k] == IMM_FUNC)
      mark(u->funcs, x, f->nfuncs);
  }
}

static Used find_used(const Func *f, Arena *a) {
  Used u = {.sigs = arena_array0(a, u64, bit_words(f->nsigs)),
            .funcs = arena_array0(a, u64, bit_words(f->nfuncs))};
  mark(u.sigs, f->sig, f->nsigs);
  for (Block b = 1; b < f->blocks.n; b++)
    for (Val v = block_at(f, b)->first;
         v < block_at(f, b)->end && v < f->insts.n; v++)
      mark_used(f, inst_at(f, v), &u);
  for (u32 k = 0; k < f->nfuncs; k++)
    if (bit_has(u.funcs, k))
      mark(u.sigs, f->func_sigs[k], f->nsigs);
  return u;
}

void ir_print(const Func *f, Text *t) {
  Used u = find_used(f, t->arena);
  for (u32 k = 0; k < f->nsigs; k++)
    if (bit_has(u.sigs, k))
      print_sig(&f->sigs[k], k, t);
  for (u32 k = 0; k < f->nfuncs; k++)
    if (bit_has(u.funcs, k) && k != f->index)
      text_add(t, "decl f%u s%u\n", k, f->func_sigs[k]);
  print_func(f, t);
}

void ir_print_module(const IrModule *m, Text *t) {
  for (u32 k = 0; k < m->nsigs; k++)
    print_sig(&m->sigs[k], k, t);
  for (u32 k = 0; k < m->nfuncs; k++)
    if (!m->funcs[k])
      text_add(t, "decl f%u s%u\n", k, m->func_sigs[k]);
  for (u32 k = 0; k < m->nfuncs; k++)
    if (m->funcs[k])
      print_func(m->funcs[k], t);
}
