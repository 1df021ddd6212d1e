// Nine of ten instructions in one pass over their operands; ra_inst (assign.c)
// does what is left, and the same things the long way.
#include "back/ra/ra.h"

// The register for a def that reuses r, whose value v lives on: a copy in a
// free one, or v itself goes there when the def would like to be in r.
static u32 quick_copy(Ra *s, VReg d, VReg v, Loc *use, u32 free, u32 at) {
  u32 r = *use;
  bool swap = ra_liked(s, d, bit(r));
  u32 t = ra_choose(s, swap ? v : d, free);
  Group g = {4 * at + SUB_INST, s->moves.n, 1, 0, false};
  Move m = {t, r, v};
  vec_push(s->a, &s->moves, m);
  vec_push(s->a, &s->groups, g);
  if (!swap)
    return *use = t;
  u32 saved = s->saved >> r & 1;
  ra_drop(s, v, at);
  ra_put(s, v, t, at);
  s->saved |= saved << t;
  return r;
}

// For when nobody has to make way: early uses that are all in
// registers, at most one late def that finds a register free. False, with
// nothing changed that ra_inst does not do again, if it is not like that.
bool ra_quick_inst(Ra *s, const VInst *in, u32 at) {
  const Operand *ops = &s->v->operands[in->ops];
  const u32 *next = &s->next[in->ops];
  Loc *locs = &s->locs[in->ops];
  u32 dying = 0, n = in->nops, k = 0;
  for (; k < n && !op_is_def(ops[k]); k++) {
    VReg v = op_vreg(ops[k]);
    u32 con = op_con(ops[k]);
    if (con == CON_NONE || v < VREG_FIRST) {
      locs[k] = con == CON_NONE ? LOC_NONE : v;
      continue;
    }
    VInfo *x = &s->vi[v];
    if (con > CON_REG || op_is_late(ops[k]) || x->reg == NOREG)
      return false;
    locs[k] = x->reg;
    x->next = next[k];
    x->last = at;
    if (x->next > at + 1 && ra_dead_after(s, v, at + 1))
      dying |= bit(x->reg);
  }
  if (k == n) {
    for (u32 m = dying; m; m &= m - 1)
      ra_drop(s, s->reg_v[low(m)], at);
    return true;
  }
  VReg d = op_vreg(ops[k]);
  u32 r = NOREG, con = op_con(ops[k]), free = s->alloc[s->vi[d].cls] & ~s->occ;
  if (k + 1 < n || d < VREG_FIRST || !op_is_late(ops[k]))
    return false;
  if (con >= CON_REUSE && con < CON_FIXED) {
    u32 u = con - CON_REUSE;
    if (op_vreg(ops[u]) < VREG_FIRST)
      return false;
    r = locs[u];
    if (!(dying & bit(r))) {
      if (!free)
        return false;
      r = quick_copy(s, d, op_vreg(ops[u]), &locs[u], free, at);
    }
  } else {
    free |= dying & s->alloc[s->vi[d].cls];
    if (con > CON_REG || !free)
      return false;
    r = ra_choose(s, d, free);
  }
  for (u32 m = dying; m; m &= m - 1)
    ra_drop(s, s->reg_v[low(m)], at);
  locs[k] = r;
  ra_put(s, d, r, at + 1);
  ra_settle_def(s, d, r, at + 1);
  if (s->vi[d].next == NEVER && ra_dead_after(s, d, at + 1))
    ra_drop(s, d, at + 1);
  return true;
}
