// The lowering driver. Phases:
//
// 1. prepare: one forward pass over the IR counts uses, gives every instruction
//    its colours (numbers that change at each effect and each block), finds
//    which blocks can be reached and which have back edges.
// 2. lower: blocks from last to first, instructions from last to first. What
//    has an effect or was demanded is given to the matchers; the rest is dead
//    or went into its user. Parameters close the block.
// 3. finish: block and operand indices are turned to count from the start;
//    predecessors are sorted into place.
//
// Holds after: each vreg has one definition before its uses; operands are in
// the order of instructions; loops are intervals of blocks.
#include "back/isel/isel.h"
#include "back/isel/lower.h"
#include "inst.h"
#include "ops.h"

// --- 1
// -------------------------------------------------------------------------

static bool is_load(u16 op) { return op >= OP_load_i32 && op <= OP_load_ref; }

// True if i must be executed although nobody wants its value.
static bool must_run(const Lower *L, Val v) {
  const Inst *i = low_at(L, v);
  if (is_load(i->op))
    return L->colour[v].order && !(L->f->mems.at[i->b].flags & MEM_NOTRAP);
  return op_info[i->op].flags & (OPF_TRAPS | OPF_WRITES | OPF_CALL | OPF_ENDS);
}

static void count(u8 *uses, Val v) {
  uses[v] = (u8)(uses[v] + (uses[v] < 255));
}

static void count_list(Lower *L, u32 list) {
  const u32 *p = L->f->pool.at + list;
  for (u32 k = 1; k <= p[0]; k++)
    count(L->uses, p[k]);
}

// A target of block b's terminator: reached, a header if it lies behind, its
// arguments used.
static void reach(Lower *L, Block b, u32 target) {
  const Block to = L->f->pool.at[target];
  if (to <= b)
    L->header[to] = 1;
  else
    L->vblock[to] = 1; // its number when it is visited
  count_list(L, target + 1);
}

static void reach_targets(Lower *L, Block b, const Inst *last) {
  const Func *f = L->f;
  if (last->op == OP_jump) {
    reach(L, b, last->a);
  } else if (last->op == OP_brif) {
    reach(L, b, last->b);
    reach(L, b, last->c);
  } else {
    const u32 n = ir_ntargets(f, last);
    for (u32 k = 0; k < n; k++)
      reach(L, b, ir_target_at(f, last, k));
  }
}

static void count_operands(Lower *L, const Inst *i, const OpInfo *op) {
  if (op->nvals > 0)
    count(L->uses, i->a);
  if (op->nvals > 1)
    count(L->uses, i->b);
  if (op->nvals > 2)
    count(L->uses, i->c);
  if (op->flags & OPF_LIST)
    count_list(L, i->c);
}

// Uses and colours of a block's instructions; the colours behind it.
static LowColour prepare_block(Lower *L, const BlockInfo *b, LowColour c) {
  enum { WRITES = OPF_WRITES | OPF_CALL | OPF_ENDS };
  for (Val v = b->first + b->nparams; v < b->end; v++) {
    const Inst *i = low_at(L, v);
    const OpInfo *op = &op_info[i->op];
    L->colour[v] = c;
    if (op->flags & OPF_FLOATS)
      continue;
    count_operands(L, i, op);
    if (is_load(i->op)) {
      c.order += !(L->f->mems.at[i->b].flags & MEM_NOTRAP);
    } else if (op->flags & (OPF_TRAPS | WRITES)) {
      c.order++;
      c.memory += (op->flags & WRITES) != 0;
    }
  }
  return c;
}

static void prepare(Lower *L) {
  const Func *f = L->f;
  const u32 n = f->insts.n, nb = f->blocks.n;
  LowColour colour = {1, 1};
  L->vreg = arena_array0(L->arena, VReg, n);
  L->uses = arena_array0(L->arena, u8, n);
  L->colour = arena_array(L->arena, LowColour, n);
  L->vblock = arena_array0(L->arena, u32, nb + 1);
  L->header = arena_array0(L->arena, u8, nb + 1);
  L->vblock[1] = 1;
  for (Block b = 1; b < nb; b++) {
    if (!L->vblock[b])
      continue;
    const BlockInfo *info = block_at(f, b);
    L->vblock[b] = ++L->v->nblocks;
    colour = prepare_block(L, info, colour);
    reach_targets(L, b, inst_at(f, info->end - 1));
  }
  must(!L->header[1], "the entry block is a loop");
}

// Sizes from the body, so that arrays seldom grow.
static void allocate(Lower *L) {
  const u32 n = L->f->insts.n;
  VCode *v = L->v;
  L->inst_cap = L->inst_at = n + n / 4 + 16;
  L->insts = arena_array(L->arena, VInst, L->inst_cap);
  L->op_cap = L->op_at = 3 * n + 32;
  L->ops = arena_array(L->arena, Operand, L->op_cap);
  v->blocks = arena_array0(L->arena, VBlock, v->nblocks);
  vec_reserve(L->arena, &L->vreg_class, n + VREG_FIRST);
  vec_reserve(L->arena, &L->vreg_bytes, n + VREG_FIRST);
  vec_reserve(L->arena, &L->amodes, n / 4 + 8);
  vec_reserve(L->arena, &L->edges, 2 * v->nblocks);
  vec_reserve(L->arena, &L->args, 3 * v->nblocks);
  memset(L->vreg_class.at, RC_GPR, 16);
  memset(L->vreg_class.at + 16, RC_XMM, 16);
  memset(L->vreg_bytes.at, 8, 16);
  memset(L->vreg_bytes.at + 16, 16, 16);
  L->vreg_class.n = L->vreg_bytes.n = VREG_FIRST;
}

// --- 2
// -------------------------------------------------------------------------

// d = addend + a constant that is no displacement.
static void write_offset(Lower *L, const LowPending *p) {
  const VReg k = p->addend == VREG_NONE ? p->d : low_temp(L, TY_I64);
  if (p->addend != VREG_NONE) {
    const InstForm *f = &inst_form[inst_info[X64_add_i64].first + 2];
    Operand *o = low_reserve(L, 3);
    o[0] = slot_operand(f, 0, k);
    o[1] = slot_operand(f, 1, p->addend);
    o[2] = slot_operand(f, 2, p->d);
    low_inst(L, X64_add_i64, 2, 3, 0);
  }
  const bool wide = p->offset > UINT32_MAX;
  Operand *o = low_reserve(L, 1);
  *o = operand(k, true, true, CON_REG);
  low_inst(L, X64_imm_i64, wide ? 2 : 0, 1,
           wide ? low_imm64(L, p->offset) : (u32)p->offset);
}

bool low_is_on(Lower *L, u32 rule) {
  const u32 most = sizeof L->would / sizeof *L->would;
  if (!bit_has(L->off, rule))
    return true;
  for (u32 k = 0; k < L->noff; k++)
    if (L->would[k] == rule)
      return false;
  if (L->noff < most)
    L->would[L->noff++] = (u16)rule;
  return false;
}

// One line: what, and which rules would take it if they were not off.
static void no_rule(Lower *L, const char *part, Val v) {
  const u32 same = L->rules->same[low_at(L, v)->op];
  const bool first = !L->failed;
  L->failed = true;
  if (!L->err || !first)
    return;
  if (same && L->off)
    (void)low_is_on(L, same - 1);
  text_add(L->err, "lowering: no rule takes %s", part);
  ir_print_inst(L->f, v, L->err);
  for (u32 k = 0; k < L->noff; k++)
    text_add(L->err, "%s %s", k ? "," : "; off by --disable-rule:",
             L->rules->names[L->would[k]]);
}

void low_of_itself(Lower *L) { no_rule(L, "", L->root); }

LowAddr low_no_address(Lower *L) {
  no_rule(L, "the address of ", L->root);
  return low_addr_regs(VREG_NONE, VREG_NONE, 0);
}

// A program has to be lowered: what no other rule takes is taken by those that
// are off, but not by name.
static bool take(Lower *L, Val v) {
  L->noff = 0;
  if (L->rules->op(L, v))
    return true;
  if (L->off == L->o->off_named)
    return false;
  L->off = L->o->off_named;
  L->noff = 0;
  const bool taken = L->rules->op(L, v);
  L->off = L->o->off;
  return taken;
}

// Makes the constants that the rule just written asked for, the last first: an
// offset may be added to a constant asked for before it.
static void write_pending(Lower *L) {
  for (u32 k = L->npending; k-- > 0;) {
    const LowPending p = L->pending[k];
    if (!p.v) {
      write_offset(L, &p);
      continue;
    }
    L->vreg[p.v] = p.d;
    if (!take(L, p.v))
      no_rule(L, "", p.v);
    L->vreg[p.v] = 0;
  }
  L->npending = 0;
}

// v is not needed behind the root: nothing there asked for it, and it was made
// inside the innermost loop (else it lives around it).
static bool dies_here(const Lower *L, Val v) {
  const BlockInfo *b = block_at(L->f, L->v->blocks[L->block].ir);
  return !low_demanded(L, v) &&
         (!b->loop || v >= block_at(L->f, b->loop)->first);
}

// Of operands that may change places, one that dies here goes first: the result
// takes its register, and no copy has to be made.
static void order_operands(Lower *L, Val v) {
  Inst *i = &L->f->insts.at[v];
  switch (op_info[i->op].base) {
  case BASE_iadd:
  case BASE_imul:
  case BASE_band:
  case BASE_bor:
  case BASE_bxor: break;
  default: return;
  }
  const Val a = i->a, b = i->b;
  if (op_info[low_at(L, b)->op].flags & OPF_FLOATS || dies_here(L, a) ||
      !dies_here(L, b))
    return;
  i->a = b;
  i->b = a;
}

static void lower_inst(Lower *L, Val v) {
  L->root = v;
  L->here = L->colour[v];
  L->count->roots++;
  order_operands(L, v);
  if (!take(L, v))
    no_rule(L, "", v);
  if (L->npending)
    write_pending(L);
}

// Parameters that have a register, in order: what edges pass.
static void block_params(Lower *L, VBlock *vb, const BlockInfo *b,
                         bool header) {
  vb->params = L->args.n;
  for (Val p = b->first; p < b->first + b->nparams; p++) {
    if (header && L->uses[p])
      low_def(L, p);
    if (L->vreg[p])
      vec_push(L->arena, &L->args, L->vreg[p]);
  }
  vb->nparams = L->args.n - vb->params;
}

static void loop_of(const Lower *L, VBlock *vb, const BlockInfo *b) {
  const Func *f = L->f;
  vb->loop = b->loop ? L->vblock[b->loop] - 1 : 0;
  Block end =
      b->loop_end; // unreachable blocks have no number: the next that has
  while (end && end < f->blocks.n && !L->vblock[end])
    end++;
  if (b->loop_end)
    vb->loop_end = end < f->blocks.n ? L->vblock[end] - 1 : L->v->nblocks;
  vb->depth = b->depth;
  vb->cold = b->cold;
}

static void lower_block(Lower *L, Block b) {
  const BlockInfo *info = block_at(L->f, b);
  VBlock *vb = &L->v->blocks[L->vblock[b] - 1];
  L->block = L->vblock[b] - 1;
  vb->ir = b;
  vb->end = L->inst_cap - L->inst_at; // from the end, until finish
  vb->edges = L->edges.n;
  Val v = info->end - 1;
  lower_inst(L, v);
  vb->nedges = L->edges.n - vb->edges;
  vb->branch = vb->end + 1;
  while (v-- > info->first + info->nparams) {
    const Inst *i = low_at(L, v);
    const OpInfo *op = &op_info[i->op];
    if (op->flags & OPF_FLOATS || !i->op || op->base == BASE_proj)
      continue; // a constant is made at each use, a proj with its call
    if (L->vreg[v] || must_run(L, v))
      lower_inst(L, v);
    else
      L->count->dead++;
  }
  if (b == 1)
    low_entry(L);
  else
    block_params(L, vb, info, L->header[b]);
  vb->first = L->inst_cap - L->inst_at;
  loop_of(L, vb, info);
}

// --- 3
// -------------------------------------------------------------------------

// Predecessor edges by block: counted, then placed.
static void sort_preds(Lower *L) {
  VCode *v = L->v;
  v->preds = arena_array(L->arena, u32, v->nedges);
  v->edge_from = arena_array(L->arena, u32, v->nedges);
  for (u32 b = 0; b < v->nblocks; b++)
    for (u32 k = 0; k < v->blocks[b].nedges; k++)
      v->edge_from[v->blocks[b].edges + k] = b;
  for (u32 e = 0; e < v->nedges; e++)
    v->blocks[v->edges[e].to].npreds++;
  for (u32 b = 0, at = 0; b < v->nblocks; b++) {
    v->blocks[b].preds = at;
    at += v->blocks[b].npreds;
    v->blocks[b].npreds = 0;
  }
  for (u32 b = 0; b < v->nblocks; b++)
    for (u32 k = 0; k < v->blocks[b].nedges; k++) {
      VBlock *to = &v->blocks[v->edges[v->blocks[b].edges + k].to];
      v->preds[to->preds + to->npreds++] = v->blocks[b].edges + k;
    }
}

static void finish(Lower *L) {
  VCode *v = L->v;
  v->insts = L->insts + L->inst_at;
  v->ninsts = L->inst_cap - L->inst_at;
  v->operands = L->ops + L->op_at;
  v->noperands = L->op_cap - L->op_at;
  for (u32 i = 0; i < v->ninsts; i++)
    v->insts[i].ops = v->noperands - v->insts[i].ops;
  for (u32 b = 0; b < v->nblocks; b++) {
    VBlock *vb = &v->blocks[b];
    vb->first = v->ninsts - vb->first;
    vb->end = v->ninsts - vb->end;
    vb->branch = v->ninsts - vb->branch;
  }
  v->edges = L->edges.at;
  v->nedges = L->edges.n;
  v->args = L->args.at;
  v->nargs = L->args.n;
  v->amodes = L->amodes.at;
  v->namodes = L->amodes.n;
  v->imms = L->imms.at;
  v->nimms = L->imms.n;
  v->pool = L->pool.at;
  v->npool = L->pool.n;
  v->vreg_class = L->vreg_class.at;
  v->vreg_bytes = L->vreg_bytes.at;
  v->nvregs = L->vreg_class.n;
  sort_preds(L);
  L->count->insts += v->ninsts;
  L->count->amodes += v->namodes;
  L->count->operands += v->noperands;
  L->count->vregs += v->nvregs - VREG_FIRST;
}

const LowRules low_builtin = {.layout = LOW_LAYOUT,
                              .ops = OPS_HASH,
                              .insts = INSTS_HASH,
                              .op = lower_op,
                              .amode = lower_amode,
                              .same = lower_same,
                              .names = lower_names};

u32 low_nrules(const LowRules *r) {
  u32 n = 0;
  while ((r ? r : &low_builtin)->names[n])
    n++;
  return n;
}
const char *low_rule(const LowRules *r, u32 k) {
  return (r ? r : &low_builtin)->names[k];
}

const char *low_refused(const LowRules *r) {
  return r->layout != LOW_LAYOUT  ? "its headers are not those of this wb"
         : r->ops != OPS_HASH     ? "its ops are not those of this wb"
         : r->insts != INSTS_HASH ? "its instructions are not those of this wb"
                                  : NULL;
}

VCode *isel_lower(Arena *a, Func *f, const IselOptions *o, IselCounters *count,
                  Text *err) {
  Lower L = {.arena = a, .f = f, .o = o, .count = count, .err = err};
  L.rules = o->rules ? o->rules : &low_builtin;
  L.off = o->off;
  L.v = arena_new(a, VCode);
  *L.v = (VCode){.arena = a, .ir = f};
  prepare(&L);
  allocate(&L);
  for (Block b = f->blocks.n; b-- > 1;)
    if (L.vblock[b])
      lower_block(&L, b);
  finish(&L);
  return L.failed ? NULL : L.v;
}
