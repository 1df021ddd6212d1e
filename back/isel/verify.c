// Checks lowered code before the allocator sees it: every virtual register has
// one definition, of its class, and each use stands where that definition
// dominates; operands are as the instruction's form wants them; edges pass as
// many values as their target has parameters.
#include "back/emit/encode.h"
#include "back/isel/isel.h"
#include "inst.h"

typedef struct Def {
  u32 block; // + 1; 0: none
  u32 at;    // instruction; block parameters: before the first
} Def;

typedef struct Check {
  const VCode *v;
  Def *defs;
  Text *err;
  bool ok;
} Check;

static void complain(Check *c, u32 block, u32 inst, const char *what, VReg r) {
  c->ok = false;
  text_add(c->err, "block%u inst %u %s: v%u %s\n", block, inst,
           inst < c->v->ninsts ? inst_info[c->v->insts[inst].inst].name : "",
           r - VREG_FIRST, what);
}

static void define(Check *c, VReg r, u32 block, u32 inst, u32 at) {
  if (r < VREG_FIRST)
    return;
  if (r >= c->v->nvregs) {
    complain(c, block, inst, "is no register", r);
    return;
  }
  if (c->defs[r].block)
    complain(c, block, inst, "is defined again", r);
  c->defs[r] = (Def){block + 1, at};
}

static void use(Check *c, VReg r, u32 block, u32 inst, u32 at) {
  if (r < VREG_FIRST)
    return;
  const Def *d = r < c->v->nvregs ? &c->defs[r] : NULL;
  if (!d || !d->block) {
    complain(c, block, inst, "has no definition", r);
    return;
  }
  const Block from = c->v->blocks[d->block - 1].ir, to = c->v->blocks[block].ir;
  if (d->block - 1 == block ? d->at > at : !block_dominates(c->v->ir, from, to))
    complain(c, block, inst, "is used where its definition does not reach", r);
}

static void check_shape(Check *c, u32 block, u32 k) {
  const VInst *i = &c->v->insts[k];
  const InstInfo *info = &inst_info[i->inst];
  if (i->form >= info->nforms) {
    complain(c, block, k, "has a form that there is not", VREG_FIRST);
    return;
  }
  const InstForm *f = vinst_form(i);
  if (i->nops != f->nslots && !(info->flags & INST_LIST))
    complain(c, block, k, "has a wrong number of operands", VREG_FIRST);
  for (u32 j = 0; j < i->nops && !(info->flags & INST_LIST); j++) {
    const VReg r = op_vreg(c->v->operands[i->ops + j]);
    const u32 cls = inst_slot[f->slot + j].flags & SLOT_XMM ? RC_XMM : RC_GPR;
    if (r != VREG_NONE && c->v->vreg_class[r] != cls)
      complain(c, block, k, "is of the wrong class", r);
  }
}

static void define_all(Check *c) {
  const VCode *v = c->v;
  for (u32 b = 0; b < v->nblocks; b++) {
    const VBlock *vb = &v->blocks[b];
    for (u32 k = 0; k < vb->nparams; k++)
      define(c, v->args[vb->params + k], b, vb->first, 0);
    for (u32 i = vb->first; i < vb->end; i++)
      for (u32 k = 0; k < v->insts[i].nops; k++) {
        const Operand o = v->operands[v->insts[i].ops + k];
        if (op_is_def(o))
          define(c, op_vreg(o), b, i, 2 * i + 1);
      }
  }
}

static void use_all(Check *c) {
  const VCode *v = c->v;
  for (u32 b = 0; b < v->nblocks; b++) {
    const VBlock *vb = &v->blocks[b];
    for (u32 i = vb->first; i < vb->end; i++) {
      check_shape(c, b, i);
      for (u32 k = 0; k < v->insts[i].nops; k++) {
        const Operand o = v->operands[v->insts[i].ops + k];
        if (!op_is_def(o) && op_con(o) != CON_NONE)
          use(c, op_vreg(o), b, i, 2 * i);
      }
    }
    for (u32 k = 0; k < vb->nedges; k++) {
      const VEdge *e = &v->edges[vb->edges + k];
      if (e->nargs != v->blocks[e->to].nparams)
        complain(c, b, vb->branch, "edge passes a wrong number", VREG_FIRST);
      for (u32 j = 0; j < e->nargs; j++)
        use(c, v->args[e->args + j], b, vb->branch, 2 * vb->end);
    }
  }
}

// As many edges as the IR's terminator has targets.
static void check_edges(Check *c) {
  const VCode *v = c->v;
  for (u32 b = 0; b < v->nblocks; b++) {
    const BlockInfo *info = block_at(v->ir, v->blocks[b].ir);
    if (v->blocks[b].nedges !=
        ir_ntargets(v->ir, inst_at(v->ir, info->end - 1)))
      complain(c, b, v->blocks[b].branch, "block has a wrong number of edges",
               VREG_FIRST);
  }
}

bool vcode_verify(Arena *scratch, const VCode *v, Text *err) {
  Check c = {.v = v, .err = err, .ok = true};
  c.defs = arena_array0(scratch, Def, v->nvregs);
  define_all(&c);
  use_all(&c);
  check_edges(&c);
  return c.ok;
}
