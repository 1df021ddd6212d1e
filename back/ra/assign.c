// One instruction of the forward scan. All moves it needs happen at once,
// before it (a group): values leave registers that are fixed or clobbered,
// fixed uses are copied into place, missing uses are reloaded, defs that reuse
// a register which lives on get a copy. When registers run out the value whose
// next use is farthest goes to its slot (Belady; Braun and Hack 2009 for the
// distances over loops). The early half (uses, early defs) comes before the
// late half (late defs); Job says which registers each half may not touch.
#include "back/ra/ra.h"

typedef struct Job {
  const VInst *in;
  const Operand *ops;
  Loc *locs;
  u32 i, at; // instruction, its early point
  u32 early; // registers that hold an operand before and while it is read
  u32 late;  // registers a value that lives on, or a late def, may not have
  u32 lost;  // of those: what the instruction itself takes
  u32 moves; // first move of the group
  u32 free;  // registers without meaning while the moves happen
  bool dying, reuse, missing, early_def, bound, other, dead;
} Job;

// --- moves of the group -----------------------------------------------------

static void touch(Ra *s, VReg v) { // before v changes place in this group
  VInfo *x = &s->vi[v];
  if (x->group == s->group_id)
    return;
  x->group = s->group_id;
  x->origin = home(s, v);
  vec_push(s->a, &s->touched, v);
}

static Loc origin(Ra *s, VReg v) { // where v is when the group begins
  if (v >= VREG_FIRST && s->vi[v].group == s->group_id)
    return s->vi[v].origin;
  return home(s, v);
}

static void move(Ra *s, Loc to, Loc from, VReg v) {
  if (to == from)
    return;
  Move m = {to, from, v};
  vec_push(s->a, &s->moves, m);
}

// --- evicting ---------------------------------------------------------------

static bool used_here(const Job *j, VReg v) { // other than fixed, so early
  for (u32 k = 0; k < j->in->nops; k++)
    if (op_vreg(j->ops[k]) == v && !op_is_def(j->ops[k]) &&
        op_con(j->ops[k]) < CON_FIXED)
      return true;
  return false;
}

static void evict(Ra *s, Job *j, VReg v) {
  VInfo *x = &s->vi[v];
  touch(s, v);
  if (x->flags & V_DIES && !used_here(j, v)) { // fixed copies are all it needs
    ra_drop(s, v, j->at);
    return;
  }
  bool saved = s->saved & bit(x->reg);
  x->last_reg = x->reg;
  ra_drop(s, v, j->at);
  s->count->evictions++;
  ra_spilled(s, v);
  if (!saved && ra_store_here(s, v, s->block))
    move(s, slot_of(v), origin(s, v), v);
}

static u32 evict_one(Ra *s, Job *j, u32 among) { // farthest next use
  must(among, "instruction %u needs more registers than there are", j->i);
  u32 best = low(among), key = 0;
  for (u32 m = among; m; m &= m - 1) {
    u32 k = ra_next_key(s, s->reg_v[low(m)]);
    if (k > key)
      key = k, best = low(m);
  }
  evict(s, j, s->reg_v[best]);
  return best;
}

static void change(Ra *s, Job *j, VReg v, u32 r) { // to another register
  touch(s, v);
  bool saved = s->saved & bit(s->vi[v].reg);
  ra_drop(s, v, j->at);
  ra_put(s, v, r, j->at);
  if (saved)
    s->saved |= bit(r);
}

// v must leave its register before the instruction.
static void displace(Ra *s, Job *j, VReg v) {
  VInfo *x = &s->vi[v];
  u32 allowed = s->alloc[x->cls] & ~s->occ & ~j->early & ~j->late;
  u32 fresh = s->callee & ~s->used_callee;
  if (!ra_worth_callee(s, v))
    allowed &= ~fresh;
  bool needed = !(x->flags & V_DIES) || used_here(j, v);
  if (allowed && needed)
    change(s, j, v, ra_choose(s, v, allowed));
  else
    evict(s, j, v);
}

// --- uses -------------------------------------------------------------------

static bool needs_other(const Job *j, u32 r, Operand o) { // for this use
  return r == NOREG || (op_is_late(o) && j->lost & bit(r));
}

// A use that is in a register already keeps it.
static void settle_use(Job *j, const VInfo *x, u32 k, Operand o) {
  if (op_con(o) == CON_SLOT || needs_other(j, x->reg, o)) {
    j->locs[k] = LOC_NONE;
    j->missing = true;
    return;
  }
  j->locs[k] = x->reg;
  j->early |= bit(x->reg);
  if (op_is_late(o))
    j->late |= bit(x->reg);
}

// What kinds of operands there are; which values have their last use here;
// where the uses are, if nobody has to make way.
static void survey(Ra *s, Job *j, bool settle) {
  const u32 *next = &s->next[j->in->ops];
  for (u32 k = 0; k < j->in->nops; k++) {
    Operand o = j->ops[k];
    VReg v = op_vreg(o);
    u32 con = op_con(o);
    if (op_is_def(o)) {
      j->reuse |= con >= CON_REUSE && con < CON_FIXED;
      j->bound |= con >= CON_REUSE;
      j->early_def |= !op_is_late(o);
      j->other |= con < CON_REUSE || v < VREG_FIRST;
      continue;
    }
    if (con == CON_NONE || v < VREG_FIRST) {
      j->locs[k] = con == CON_NONE ? LOC_NONE : v;
      continue;
    }
    VInfo *x = &s->vi[v];
    x->next = next[k];
    x->last = j->at;
    if (x->next > j->at + 1 && ra_dead_after(s, v, j->at + 1)) {
      x->flags |= V_DIES;
      j->dying = true;
    }
    if (settle)
      settle_use(j, x, k, o);
  }
}

// Fixed uses are copied; who is in the way of them, of fixed defs and clobbers
// leaves.
static void make_way(Ra *s, Job *j, const Event *e) {
  u32 own = 0, done = 0;
  j->early |= e->early;
  j->late |= e->late;
  j->lost = e->late;
  s->used_callee |= (e->early | e->late) & s->callee;
  for (u32 k = 0; k < j->in->nops; k++) {
    u32 con = op_con(j->ops[k]);
    if (con < CON_FIXED || op_is_def(j->ops[k]))
      continue;
    VReg v = op_vreg(j->ops[k]);
    u32 r = con - CON_FIXED;
    j->locs[k] = r;
    if (v >= VREG_FIRST && s->vi[v].reg == r)
      own |= bit(r);
    if (v >= VREG_FIRST && s->vi[v].reg == NOREG)
      ra_spilled(s, v);
    if (!(done & bit(r)))
      move(s, r, origin(s, v), v);
    done |= bit(r);
  }
  for (u32 m = s->occ & (e->early | e->late); m; m &= m - 1) {
    u32 r = low(m);
    VReg v = s->reg_v[r];
    bool in_way = e->early & ~own & bit(r);
    bool lost = e->late & bit(r) && !(s->vi[v].flags & V_DIES);
    if (in_way || lost)
      displace(s, j, v);
  }
}

static u32 reuser(const Job *j,
                  u32 k) { // the def that takes operand k's register
  for (u32 d = 0; j->reuse && d < j->in->nops; d++)
    if (op_is_def(j->ops[d]) && op_con(j->ops[d]) == CON_REUSE + k)
      return d;
  return NEVER;
}

static bool is_reused(const Job *j, u32 k) {
  return reuser(j, k) != NEVER;
}

static void in_slot(Ra *s, Job *j, u32 k, VReg v) {
  j->locs[k] = slot_of(v);
  vec_push(s->a, &s->slot_ops, j->in->ops + k);
}

static void settled_uses(Ra *s, Job *j) {
  for (u32 k = 0; k < j->in->nops; k++) {
    Operand o = j->ops[k];
    u32 con = op_con(o);
    VReg v = op_vreg(o);
    if (op_is_def(o) || con >= CON_FIXED || con == CON_NONE || v < VREG_FIRST)
      continue;
    settle_use(j, &s->vi[v], k, o);
  }
}

static void use_slot(Ra *s, Job *j, u32 k, VReg v) {
  VInfo *x = &s->vi[v];
  ra_spilled(s, v);
  if (x->reg != NOREG && !(s->saved & bit(x->reg)) &&
      ra_store_here(s, v, s->block)) {
    move(s, slot_of(v), origin(s, v), v);
    s->saved |= bit(x->reg);
  }
  in_slot(s, j, k, v);
}

static void place_use(Ra *s, Job *j, u32 k) {
  Operand o = j->ops[k];
  VReg v = op_vreg(o);
  VInfo *x = &s->vi[v];
  u32 con = op_con(o);
  if (con == CON_SLOT) {
    use_slot(s, j, k, v);
    return;
  }
  bool stays = op_is_late(o) || !(x->flags & V_DIES);
  u32 usable = s->alloc[x->cls] & ~j->early & (stays ? ~j->late : ~0u);
  u32 free = usable & ~s->occ;
  u32 soon = s->loop_to > s->block_end ? s->loop_to : s->block_end;
  if (con == CON_ANY && x->reg == NOREG && !is_reused(j, k) &&
      (!stays || !(free & (free - 1)) || x->next > soon)) {
    ra_spilled(s, v);
    in_slot(s, j, k, v);
    return;
  }
  if (!needs_other(j, x->reg, o)) {
    j->locs[k] = x->reg; // another operand brought it
    j->early |= bit(x->reg);
    return;
  }
  if (x->reg == NOREG && stays && is_reused(j, k)) { // a copy is all it takes
    VReg d = op_vreg(j->ops[reuser(j, k)]);
    free &= ~j->late;
    u32 r = free ? ra_choose(s, d, free)
                 : evict_one(s, j, usable & s->occ & ~j->late);
    ra_spilled(s, v);
    move(s, r, origin(s, v), v);
    j->locs[k] = r;
    j->early |= bit(r);
    return;
  }
  u32 r = free ? ra_choose(s, v, free) : evict_one(s, j, usable & s->occ);
  if (x->reg != NOREG) {
    change(s, j, v, r);
  } else {
    touch(s, v);
    ra_put(s, v, r, j->at);
    ra_spilled(s, v);
    s->saved |= bit(r);
  }
  j->locs[k] = r;
  j->early |= bit(r);
}

static void missing_uses(Ra *s, Job *j) {
  for (u32 k = 0; k < j->in->nops; k++) {
    Operand o = j->ops[k];
    if (op_is_def(o) || op_con(o) >= CON_FIXED || op_vreg(o) < VREG_FIRST)
      continue;
    if (op_con(o) == CON_NONE)
      continue;
    if (j->locs[k] == LOC_NONE)
      place_use(s, j, k);
    if (op_is_late(o) && loc_is_reg(j->locs[k]))
      j->late |= bit(j->locs[k]);
  }
}

// --- defs -------------------------------------------------------------------

static u32 take(Ra *s, Job *j, VReg v, u32 not ) {
  u32 usable = s->alloc[s->vi[v].cls] & ~not ;
  u32 free = usable & ~s->occ;
  return free ? ra_choose(s, v, free) : evict_one(s, j, usable & s->occ);
}

static void born(Ra *s, Job *j, u32 k, u32 r) {
  VReg v = op_vreg(j->ops[k]);
  j->locs[k] = r;
  ra_put(s, v, r, j->at + 1);
  ra_settle_def(s, v, r, j->at + 1);
  j->dead |= s->vi[v].next == NEVER;
  j->late |= bit(r);
}

static void early_defs(Ra *s, Job *j) {
  for (u32 k = 0; k < j->in->nops; k++) {
    Operand o = j->ops[k];
    if (!op_is_def(o) || op_is_late(o) || op_vreg(o) < VREG_FIRST)
      continue;
    if (op_con(o) != CON_ANY && op_con(o) != CON_REG)
      continue;
    u32 r = take(s, j, op_vreg(o), j->early | j->late);
    born(s, j, k, r);
    j->early |= bit(r);
  }
}

// A def that takes the register of operand u; if its value lives on, a copy is
// made, or the value itself goes elsewhere when the def would like to be here.
static void reuse_def(Ra *s, Job *j, u32 k) {
  u32 u = op_con(j->ops[k]) - CON_REUSE;
  VReg v = op_vreg(j->ops[u]), d = op_vreg(j->ops[k]);
  u32 r = j->locs[u];
  bool ours = v >= VREG_FIRST && s->vi[v].reg == r;
  bool lives = ours && !(s->vi[v].flags & V_DIES);
  bool blocked = v < VREG_FIRST || j->late & bit(r);
  if (blocked || lives) {
    u32 t = take(s, j, lives && !blocked && ra_liked(s, d, bit(r)) ? v : d,
                 j->early | j->late);
    if (!blocked && ra_liked(s, d, bit(r))) {
      move(s, r, origin(s, v), v); // if it only comes here now
      change(s, j, v, t);
      j->early |= bit(t);
    } else {
      move(s, t, origin(s, v), v);
      j->locs[u] = r = t;
      j->early |= bit(r);
    }
  }
  j->locs[k] = r;
  j->late |= bit(r);
}

static void reuse_defs(Ra *s, Job *j) {
  for (u32 k = 0; k < j->in->nops; k++) {
    u32 con = op_con(j->ops[k]);
    if (op_is_def(j->ops[k]) && con >= CON_REUSE && con < CON_FIXED)
      reuse_def(s, j, k);
  }
}

static void late_defs(Ra *s, Job *j, bool bound) { // bound: fixed or reused
  for (u32 k = 0; k < j->in->nops; k++) {
    Operand o = j->ops[k];
    u32 con = op_con(o);
    VReg v = op_vreg(o);
    if (!op_is_def(o))
      continue;
    if (v < VREG_FIRST) {
      j->locs[k] = v;
    } else if (con >= CON_REUSE) {
      if (bound)
        born(s, j, k, con >= CON_FIXED ? con - CON_FIXED : j->locs[k]);
    } else if (con == CON_SLOT) {
      if (bound)
        continue;
      s->vi[v].flags |= V_EAGER;
      s->vi[v].last = j->at + 1;
      ra_spilled(s, v);
      in_slot(s, j, k, v);
    } else if (!bound && op_is_late(o)) {
      born(s, j, k, take(s, j, v, j->late));
    }
  }
}

static void bury(Ra *s, Job *j, bool defs) {
  for (u32 k = 0; k < j->in->nops; k++) {
    Operand o = j->ops[k];
    VReg v = op_vreg(o);
    if (op_con(o) == CON_NONE || v < VREG_FIRST || op_is_def(o) != defs)
      continue;
    VInfo *x = &s->vi[v];
    if (defs ? !ra_dead_after(s, v, j->at + 1) : !(x->flags & V_DIES))
      continue;
    x->flags &= (u8)~V_DIES;
    if (x->reg != NOREG)
      ra_drop(s, v, j->at + (defs || op_is_late(o)));
  }
}

// --- the instruction --------------------------------------------------------

static void home_moves(Ra *s, Job *j) {
  for (u32 k = 0; k < s->touched.n; k++) {
    VInfo *x = &s->vi[s->touched.at[k]];
    if (x->reg != NOREG)
      move(s, x->reg, x->origin, s->touched.at[k]);
  }
  j->free = ~(s->occ_before | s->occ | j->early);
}

static void end_group(Ra *s, Job *j) {
  if (s->moves.n == j->moves)
    return;
  Group g = {4 * j->at + SUB_INST, j->moves, s->moves.n - j->moves, j->free,
             false};
  vec_push(s->a, &s->groups, g);
}

void ra_inst(Ra *s, u32 i) {
  const VInst *in = &s->v->insts[i];
  bool event = s->ev < s->events.n && s->events.at[s->ev].inst == i;
  if (!event && ra_quick_inst(s, in, 2 * i))
    return;
  Job j = {.in = in,
           .ops = &s->v->operands[in->ops],
           .locs = &s->locs[in->ops],
           .i = i,
           .at = 2 * i,
           .moves = s->moves.n};
  s->group_id++;
  s->touched.n = 0;
  s->occ_before = s->occ;
  survey(s, &j, !event);
  if (event) {
    make_way(s, &j, &s->events.at[s->ev++]);
    settled_uses(s, &j);
  }
  if (j.missing)
    missing_uses(s, &j);
  if (j.early_def)
    early_defs(s, &j);
  if (j.reuse)
    reuse_defs(s, &j);
  home_moves(s, &j);
  if (j.dying)
    bury(s, &j, false);
  if (j.bound)
    late_defs(s, &j, true);
  if (j.other)
    late_defs(s, &j, false);
  if (j.dead)
    bury(s, &j, true);
  end_group(s, &j);
}
