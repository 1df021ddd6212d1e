// Groups of parallel moves become sequences. Each destination is written once,
// so the moves form trees and cycles: a move is ready when nobody still reads
// its destination; when none is ready all that is left are cycles. A cycle of
// general registers is exchanges; any other is broken by setting one value
// aside, in a register that holds nothing there or in a scratch slot. Slot to
// slot goes through such a register, or one that is saved around it. Nothing
// here touches flags. Also here: the stores after definitions, and the order of
// all groups in the code.
#include "back/ra/ra.h"

typedef VEC(RaMove) RaMoves;

typedef struct Par { // one group being sequenced, locations numbered
  Ra *s;
  RaMoves *out;
  u32 point;
  u32 free; // registers usable on the way
  bool edge;
  Move *m;
  u32 n, left;
  u32 *ready, nready; // stack of move indices
} Par;

// --- what both tables are indexed by ----------------------------------------
// readers[loc]: moves that still read it; writer[loc]: index of the move to it
// plus one. Kept zero between groups.
typedef struct Tables {
  u32 *readers, *writer;
  u32 *ready;
  u32 scratch, scratch2; // slots, made when first needed; 0 none
} Tables;

static u32 bytes_of(const Ra *s, VReg v) {
  return v < VREG_FIRST ? (v < 16 ? 8 : 16) : s->vi[v].bytes;
}

static Loc concrete(const Ra *s, Loc l) {
  return l & SLOT_OF && l != LOC_NONE ? LOC_SLOT + s->slot[l & ~SLOT_OF] : l;
}

static void put_move(Par *p, Loc to, Loc from, u32 bytes, u32 kind) {
  Ra *s = p->s;
  RaMove m = {.point = p->point,
              .from = from,
              .to = to,
              .bytes = (u8)bytes,
              .cls = (u8)preg_class((PReg)(loc_is_reg(to) ? to : from)),
              .kind = (u8)kind};
  if (kind == RA_MOVE_SPILL)
    s->count->spills++;
  else if (kind == RA_MOVE_RELOAD)
    s->count->reloads++;
  else if (kind == RA_MOVE_REG)
    s->count->reg_moves++;
  else
    s->count->edge_moves++;
  vec_push(s->a, p->out, m);
}

static u32 kind_of(const Par *p, Loc to, Loc from) {
  if (!loc_is_reg(to))
    return RA_MOVE_SPILL;
  if (!loc_is_reg(from))
    return RA_MOVE_RELOAD;
  return p->edge ? RA_MOVE_EDGE : RA_MOVE_REG;
}

static Loc scratch_slot(Ra *s, u32 *slot) {
  if (!*slot) {
    *slot = (s->nslots + 1) / 2 * 2 + 1; // 1 + number, so that 0 is none
    s->nslots = *slot + 1;
  }
  return LOC_SLOT + *slot - 1;
}

// A register through which a value of that width may pass.
static u32 passing(const Par *p, u32 bytes) {
  u32 fit = p->free & (bytes <= 8 ? 0xffffffffu : 0xffff0000u);
  return fit ? low(fit) : NOREG;
}

static void slot_to_slot(Par *p, Tables *t, Loc to, Loc from, u32 bytes) {
  u32 r = passing(p, bytes);
  if (r != NOREG) {
    put_move(p, r, from, bytes, RA_MOVE_RELOAD);
    put_move(p, to, r, bytes, RA_MOVE_SPILL);
    return;
  }
  u32 cls = bytes <= 8 ? RC_GPR : RC_XMM, wide = bytes <= 8 ? 8 : 16;
  r = low(p->s->alloc[cls]);
  Loc aside = scratch_slot(p->s, &t->scratch2);
  put_move(p, aside, r, wide, RA_MOVE_SPILL);
  put_move(p, r, from, bytes, RA_MOVE_RELOAD);
  put_move(p, to, r, bytes, RA_MOVE_SPILL);
  put_move(p, r, aside, wide, RA_MOVE_RELOAD);
}

static void emit(Par *p, Tables *t, const Move *m) {
  u32 bytes = bytes_of(p->s, m->vreg);
  if (!loc_is_reg(m->to) && !loc_is_reg(m->from))
    slot_to_slot(p, t, m->to, m->from, bytes);
  else
    put_move(p, m->to, m->from, bytes, kind_of(p, m->to, m->from));
}

static void run_ready(Par *p, Tables *t) {
  while (p->nready) {
    Move *m = &p->m[p->ready[--p->nready]];
    emit(p, t, m);
    p->left--;
    t->writer[m->to] = 0;
    if (--t->readers[m->from] == 0 && t->writer[m->from])
      p->ready[p->nready++] = t->writer[m->from] - 1;
  }
}

static bool all_gprs(const Par *p, const Tables *t, u32 first) {
  u32 k = first;
  do {
    if (p->m[k].from >= 16)
      return false;
    k = t->writer[p->m[k].from] - 1;
  } while (k != first);
  return true;
}

// m[first].to <- .from, .from <- ..., back to .to: exchange along the way.
static void swap_cycle(Par *p, Tables *t, u32 first) {
  Loc start = p->m[first].to;
  for (u32 k = first;;) {
    Move *m = &p->m[k];
    u32 next = t->writer[m->from] - 1;
    t->writer[m->to] = 0;
    t->readers[m->from] = 0;
    p->left--;
    if (m->from == start)
      return;
    RaMove x = {.point = p->point,
                .from = m->from,
                .to = m->to,
                .bytes = 8,
                .cls = RC_GPR,
                .swap = 1,
                .kind = p->edge ? RA_MOVE_EDGE : RA_MOVE_REG};
    p->s->count->swaps++;
    vec_push(p->s->a, p->out, x);
    k = next;
  }
}

// Sets aside what m[k] would overwrite; its one reader takes it from there.
static void break_cycle(Par *p, Tables *t, u32 k) {
  Loc at = p->m[k].to;
  u32 reader = k;
  while (p->m[reader].from != at)
    reader = t->writer[p->m[reader].from] - 1;
  u32 bytes = bytes_of(p->s, p->m[reader].vreg);
  u32 r = passing(p, bytes);
  Loc like = loc_is_reg(at) ? at : p->m[reader].to; // no move between classes
  if (loc_is_reg(like)) {
    u32 same = p->free & (like < 16 ? 0xffffu : 0xffff0000u);
    r = same ? low(same) : NOREG;
  }
  Loc aside;
  if (r != NOREG) {
    aside = r;
    p->free &= ~bit(r);
    put_move(p, r, at, bytes, kind_of(p, r, at));
  } else {
    aside = scratch_slot(p->s, &t->scratch);
    if (loc_is_reg(at))
      put_move(p, aside, at, bytes, RA_MOVE_SPILL);
    else
      slot_to_slot(p, t, aside, at, bytes);
  }
  p->m[reader].from = aside;
  t->readers[at] = 0;
  t->readers[aside]++;
  p->ready[p->nready++] = k;
  run_ready(p, t);
  if (loc_is_reg(aside))
    p->free |= bit(aside);
}

static void sequence(Par *p, Tables *t) {
  for (u32 k = 0; k < p->n; k++) {
    t->readers[p->m[k].from]++;
    must(!t->writer[p->m[k].to], "two moves to location %u", p->m[k].to);
    t->writer[p->m[k].to] = k + 1;
  }
  p->left = p->n;
  for (u32 k = 0; k < p->n; k++)
    if (!t->readers[p->m[k].to])
      p->ready[p->nready++] = k;
  run_ready(p, t);
  for (u32 k = 0; p->left; k++) {
    const Move *m = &p->m[k];
    if (t->writer[m->to] != k + 1)
      continue; // done
    if (all_gprs(p, t, k))
      swap_cycle(p, t, k);
    else
      break_cycle(p, t, k);
  }
}

// Drops stores of vregs that are stored after their definition, makes slots
// concrete, drops what moves nothing.
static u32 clean(Ra *s, Move *m, u32 n, bool store) {
  u32 out = 0;
  for (u32 k = 0; k < n; k++) {
    Move x = m[k];
    bool own = x.to == slot_of(x.vreg);
    if (!store && own && loc_is_reg(x.from) && s->vi[x.vreg].flags & V_EAGER &&
        s->vi[x.vreg].def_reg != NOREG)
      continue;
    x.to = concrete(s, x.to);
    x.from = concrete(s, x.from);
    if (x.to != x.from)
      m[out++] = x;
  }
  return out;
}

static void resolve_group(Ra *s, Tables *t, RaMoves *out, const Group *g,
                          u32 point, bool edge) {
  Move *m = &s->moves.at[g->first];
  if (g->n == 1 && !clean(s, m, 1, g->store))
    return;
  Par p = {.s = s,
           .out = out,
           .point = point,
           .edge = edge,
           .m = m,
           .n = clean(s, m, g->n, g->store),
           .ready = t->ready};
  if (!p.n)
    return;
  if (p.n == 1 && (loc_is_reg(m->to) || loc_is_reg(m->from))) { // most are that
    emit(&p, t, m);
    return;
  }
  p.free = g->free & (s->alloc[RC_GPR] | s->alloc[RC_XMM]) &
           (~s->callee | s->used_callee);
  for (u32 k = 0; k < p.n; k++) {
    if (loc_is_reg(m[k].to))
      p.free &= ~bit(m[k].to);
    if (loc_is_reg(m[k].from))
      p.free &= ~bit(m[k].from);
  }
  if (p.n == 1)
    emit(&p, t, m);
  else
    sequence(&p, t);
}

// The one store of a vreg that some way needs in its slot.
static void eager_stores(Ra *s) {
  for (u32 k = 0; k < s->spilled.n; k++) {
    VReg v = s->spilled.at[k];
    const VInfo *x = &s->vi[v];
    if (!(x->flags & V_EAGER) || x->def_reg == NOREG)
      continue;
    bool param = x->flags & V_PARAM;
    Group g = {.key = param ? 4 * x->def + SUB_PARAM : 4 * (x->def | 1),
               .first = s->moves.n,
               .n = 1,
               .store = true};
    Move m = {slot_of(v), x->def_reg, v};
    vec_push(s->a, &s->moves, m);
    vec_push(s->a, &s->late_groups, g);
  }
}

static u64 *sorted_keys(Ra *s, const Group *g, u32 n) {
  u64 *keys = arena_array(s->a, u64, n + 1);
  for (u32 k = 0; k < n; k++)
    keys[k] = (u64)g[k].key << 32 | k;
  ra_sort(s->a, keys, n);
  return keys;
}

void ra_resolve(Ra *s, RaResult *out) {
  u32 most = 1;
  for (u32 k = 0; k < s->groups.n; k++)
    if (s->groups.at[k].n > most)
      most = s->groups.at[k].n;
  for (u32 k = 0; k < s->late_groups.n; k++)
    if (s->late_groups.at[k].n > most)
      most = s->late_groups.at[k].n;
  for (u32 k = 0; k < s->edge_groups.n; k++)
    if (s->edge_groups.at[k].n > most)
      most = s->edge_groups.at[k].n;
  eager_stores(s);
  u32 nlocs = LOC_SLOT + s->nslots + 8;
  Tables t = {arena_array0(s->a, u32, nlocs), arena_array0(s->a, u32, nlocs),
              arena_array(s->a, u32, most), 0, 0};
  RaMoves moves = {0}, edges = {0};
  vec_reserve(s->a, &moves, s->moves.n + s->moves.n / 8 + 8);
  u64 *late = sorted_keys(s, s->late_groups.at, s->late_groups.n);
  u32 i = 0, j = 0;
  while (i < s->groups.n || j < s->late_groups.n) {
    bool first = i < s->groups.n &&
                 (j == s->late_groups.n || s->groups.at[i].key < late[j] >> 32);
    const Group *g =
        first ? &s->groups.at[i++] : &s->late_groups.at[(u32)late[j++]];
    resolve_group(s, &t, &moves, g, g->key / 4, g->key % 4 != SUB_INST);
  }
  u64 *edge = sorted_keys(s, s->edge_groups.at, s->edge_groups.n);
  for (u32 k = 0; k < s->edge_groups.n; k++) {
    const Group *g = &s->edge_groups.at[(u32)edge[k]];
    resolve_group(s, &t, &edges, g, g->key, true);
  }
  out->moves = moves.at, out->nmoves = moves.n;
  out->edge_moves = edges.at, out->nedge_moves = edges.n;
}
