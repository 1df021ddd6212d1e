// Which register a value gets, who has to give one up, and where that is
// stored.
//
// A free register that no coming event takes while the value lives comes first,
// of those the one the value would like (a fixed use, what it becomes), then
// caller-saved ones; a callee-saved register nobody uses yet must be worth it.
// Who gives up a register is decided by the farthest next use, with distances
// that know the loop around (Braun and Hack 2009).
#include "back/ra/ra.h"

void ra_log(Ra *s, VReg v, u32 r, u32 to) {
  RaRange range = {v, r, s->open[r], to};
  vec_push(s->a, &s->env->options.ranges->at, range);
}

void ra_spilled(Ra *s, VReg v) {
  VInfo *x = &s->vi[v];
  if (x->flags & V_SPILLED)
    return;
  x->flags |= V_SPILLED;
  vec_push(s->a, &s->spilled, v);
}

// A store where v leaves its register is worth it when that runs less often
// than the definition, or at most once each time: no loop around the eviction
// without the definition in it. Else the one store after the definition.
bool ra_store_here(Ra *s, VReg v, u32 b) {
  VInfo *x = &s->vi[v];
  ra_spilled(s, v);
  if (x->flags & V_EAGER)
    return false;
  const VBlock *here = &s->v->blocks[b];
  if (ra_freq(here) < ra_freq(&s->v->blocks[x->def_block]))
    return true;
  u32 l = here->loop;
  if (!l || (x->def_block >= l && x->def_block < s->v->blocks[l].loop_end))
    return true;
  x->flags |= V_EAGER;
  return false;
}

// The register of `set` that v would like best: its fixed use's or, if it is to
// become another vreg (reuse, parameter), that one's. 0 if there is none.
u32 ra_liked(const Ra *s, VReg v, u32 set) {
  const VInfo *x = &s->vi[v];
  for (u32 hop = 0;; hop++) {
    if (x->want != NOREG && set & bit(x->want))
      return bit(x->want);
    if (!x->like || hop == 3)
      return 0;
    x = &s->vi[x->like];
    if (x->def_reg != NOREG)
      return set & bit(x->def_reg);
  }
}

u32 ra_becomes(const Ra *s, VReg v) {
  const VInfo *x = &s->vi[v];
  for (u32 hop = 0; hop < 3 && x->like; hop++) {
    x = &s->vi[x->like];
    if (x->def_reg != NOREG)
      return x->def_reg;
  }
  return NOREG;
}

// Worth the save and restore of a fresh callee-saved register: used at least
// twice as often as the function is called, beside its definition; and not for
// the sake of a cold call.
bool ra_worth_callee(const Ra *s, VReg v) {
  return s->vi[v].weight >= 3 * 8 && !s->v->blocks[s->block].cold;
}

// Narrows `allowed` by the registers that coming instructions take, as far as
// v lives and the set is not empty.
static u32 undisturbed(const Ra *s, VReg v, u32 allowed) {
  u32 end = s->vi[v].end, limit = s->effort ? 48 : 12;
  for (u32 k = s->ev; k < s->events.n && limit; k++, limit--) {
    const Event *e = &s->events.at[k];
    if (2 * e->inst > end)
      break;
    if (e->cold)
      continue;
    u32 taken = 2 * e->inst == end ? e->early : e->early | e->late;
    if (2 * e->inst == end && s->vi[v].want != NOREG)
      taken &= ~bit(s->vi[v].want);
    if (!(allowed & ~taken))
      break;
    allowed &= ~taken;
  }
  return allowed;
}

u32 ra_choose(Ra *s, VReg v, u32 allowed) {
  must(allowed, "no register for v%u", v);
  u32 fresh = s->callee & ~s->used_callee;
  if (!ra_worth_callee(s, v) && allowed & ~fresh)
    allowed &= ~fresh;
  u32 set = undisturbed(s, v, allowed);
  u32 like = ra_liked(s, v, set);
  if (s->vi[v].last_reg != NOREG && bit(s->vi[v].last_reg) & set && !like)
    like = bit(s->vi[v].last_reg);
  if (like)
    return low(like);
  if (set & ~s->callee)
    return low(set & ~s->callee);
  return low(set & ~fresh ? set & ~fresh : set);
}

u32 ra_next_key(const Ra *s, VReg v) {
  const VInfo *x = &s->vi[v];
  if (!s->loop_to || x->next <= s->loop_to)
    return x->next;
  if (x->last >= s->loop_from && x->last != NEVER)
    return s->loop_to + 1;
  return x->next == NEVER ? NEVER : x->next | SLOT_OF;
}

// A def has its register: what it says to those that come.
void ra_settle_def(Ra *s, VReg v, u32 r, u32 point) {
  VInfo *x = &s->vi[v];
  x->def_reg = (u8)r;
  x->last = point;
  if (!x->like)
    return;
  VInfo *q = &s->vi[x->like];
  if (!(q->flags & V_PARAM) || q->def_reg != NOREG || q->want != NOREG)
    return;
  q->want = (u8)r; // the other arguments may follow
  q->flags |= V_FOLLOW;
}
