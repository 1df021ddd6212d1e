// The symbolic check of an allocation, for any allocator (after regalloc2's
// checker). For each location the set of vregs it is known to equal, forward
// over the CFG, intersected where ways meet, to a fixpoint; then one more walk
// in which every operand must find its vreg and every constraint must hold.
// Knows nothing of liveness sets, intervals or intentions; the one thing it
// computes about vregs is a late bound of their last use, to forget names.
//
// In an instruction: moves before it; early defs are written; early uses are
// read; clobbers; late defs are written; late uses are read; moves after it. So
// whoever shares a register that he may not reads a wrong name.
//
// No old copy of a vreg has to be forgotten at its definition: there is a way
// from the entry to the definition that has not passed it, on which no location
// holds the vreg, and a fixpoint says no more than any one way does. Parameters
// are different: their name changes its meaning on each edge into the block.
//
// States are trees that share what did not change (known.h).
#include "back/ra/known.h"
#include "back/vcode.h"

enum { MAX_ERRORS = 20 };

typedef struct EdgeName { // by vreg: what it is on the edge at hand
  u32 param, arg;         // stamps
  u32 first;              // first parameter it is passed to, plus one
} EdgeName;

typedef struct Check {
  Arena *a;
  const VCode *v;
  const RaEnv *env;
  const RaResult *r;
  Text *err;
  u32 errors;
  bool report;
  Sets sets;
  Known known;         // the current state
  Node **in;           // by block: state at its begin; null: not reached
  u32 *last;           // by vreg: block after which it cannot be used
  u32 *edge_first;     // by edge: first of its edge_moves
  EdgeName *edge_name; // by vreg
  u32 stamp;
  u32 *arg_next, arg_cap;
  VEC(u32) names;
  u32 block, inst; // where we are
  u32 at_move;     // cursor into moves
  u32 alloc;
} Check;

static u32 width(const Check *c, VReg v) {
  return v < VREG_FIRST ? (v < 16 ? 8 : 16) : c->v->vreg_bytes[v];
}

// What of a set survives a move of that many bytes.
static u32 set_within(Check *c, u32 set, u32 bytes) {
  u32 one, k = 0;
  const u32 *m;
  u32 n = set_members(&c->sets, set, &one, &m);
  if (n == 1)
    return width(c, m[0]) <= bytes ? set : 0;
  u32 *out = arena_array(c->a, u32, n + 1);
  for (u32 i = 0; i < n; i++)
    if (width(c, m[i]) <= bytes)
      out[k++] = m[i];
  return k == n ? set : set_of(&c->sets, out, k);
}

// --- state ------------------------------------------------------------------

static u32 index_of(Loc l) {
  return loc_is_reg(l) ? l : l - LOC_SLOT + PREG_COUNT;
}

static bool wide(Loc l, u32 bytes) {
  return bytes > 8 && !loc_is_reg(l);
}

static u32 read_loc(Check *c, Loc l, u32 bytes) {
  u32 set = known_get(&c->known, index_of(l));
  if (wide(l, bytes))
    set = set_meet(&c->sets, set, known_get(&c->known, index_of(l) + 1));
  return set;
}

static void write_loc(Check *c, Loc l, u32 bytes, u32 set) {
  known_put(&c->known, index_of(l), set);
  if (wide(l, bytes))
    known_put(&c->known, index_of(l) + 1, set);
}

// --- messages ---------------------------------------------------------------

static void name_loc(Text *t, Loc l) {
  if (loc_is_reg(l))
    text_add(t, "%s", preg_names[l]);
  else if (l == LOC_NONE)
    text_add(t, "nowhere");
  else
    text_add(t, "[slot %u]", l - LOC_SLOT);
}

static void name_set(Check *c, Text *t, u32 set) {
  u32 one;
  const u32 *m;
  u32 n = set_members(&c->sets, set, &one, &m);
  if (!n)
    text_add(t, "nothing known");
  for (u32 k = 0; k < n && k < 6; k++)
    text_add(t, "%sv%u", k ? " = " : "", m[k]);
  if (n > 6)
    text_add(t, " and %u more", n - 6);
}

static bool complain(Check *c) { // true if a message is wanted
  if (!c->report)
    return false;
  if (++c->errors > MAX_ERRORS) {
    if (c->errors == MAX_ERRORS + 1)
      text_add(c->err, "more not shown\n");
    return false;
  }
  return true;
}

static void where(Check *c, u32 op) {
  const VInst *i = &c->v->insts[c->inst];
  text_add(c->err, "b%u inst %u", c->block, c->inst);
  if (c->env->inst_name)
    text_add(c->err, " %s", c->env->inst_name(i));
  text_add(c->err, ", operand %u: ", op);
}

static void bad(Check *c, u32 op, const char *what, Loc l) {
  if (!complain(c))
    return;
  where(c, op);
  text_add(c->err, "v%u is in ",
           op_vreg(c->v->operands[c->v->insts[c->inst].ops + op]));
  name_loc(c->err, l);
  text_add(c->err, ", %s\n", what);
}

static void bad_move(Check *c, const RaMove *m, const char *what,
                     const char *list) {
  if (!complain(c))
    return;
  text_add(c->err, "%s %u: ", list, m->point);
  name_loc(c->err, m->from);
  text_add(c->err, m->swap ? " <-> " : " -> ");
  name_loc(c->err, m->to);
  text_add(c->err, ": %s\n", what);
}

// --- moves ------------------------------------------------------------------

static bool loc_ok(const Check *c, Loc l, u32 bytes) {
  if (loc_is_reg(l))
    return true;
  if (l == LOC_NONE || l < LOC_SLOT)
    return false;
  u32 slot = l - LOC_SLOT;
  if (bytes > 8)
    return slot % 2 == 0 && slot + 1 < c->r->nslots;
  return slot < c->r->nslots;
}

static bool may_write(const Check *c, Loc l) {
  u32 kept = (c->env->callee_saved[0] | c->env->callee_saved[1]) &
             ~c->r->used_callee_saved;
  return !loc_is_reg(l) || !(kept >> l & 1);
}

static void one_move(Check *c, const RaMove *m, const char *list) {
  if (!loc_ok(c, m->from, m->bytes) || !loc_ok(c, m->to, m->bytes)) {
    bad_move(c, m, "no such location", list);
    return;
  }
  bool rr = loc_is_reg(m->from) && loc_is_reg(m->to);
  if (!loc_is_reg(m->from) && !loc_is_reg(m->to))
    bad_move(c, m, "slot to slot", list);
  if (rr && preg_class((PReg)m->from) != preg_class((PReg)m->to))
    bad_move(c, m, "registers of different classes", list);
  if (m->swap && (!rr || m->from >= 16))
    bad_move(c, m, "only general registers are exchanged", list);
  if (!may_write(c, m->to) || (m->swap && !may_write(c, m->from)))
    bad_move(c, m,
             "writes a callee-saved register that is not in used_callee_saved",
             list);
  if (loc_is_reg(m->to) && !(c->alloc >> m->to & 1) && list[0] == 'e')
    bad_move(c, m, "writes a register that is not allocatable", list);
  u32 set = set_within(c, read_loc(c, m->from, m->bytes), m->bytes);
  if (m->swap)
    write_loc(c, m->from, 8, read_loc(c, m->to, 8));
  write_loc(c, m->to, m->bytes, set);
}

static void moves_at(Check *c, u32 point) {
  const RaResult *r = c->r;
  while (c->at_move < r->nmoves && r->moves[c->at_move].point < point)
    c->at_move++;
  while (c->at_move < r->nmoves && r->moves[c->at_move].point == point)
    one_move(c, &r->moves[c->at_move++], "moves at point");
}

// --- instructions -----------------------------------------------------------

static void check_use(Check *c, u32 k, Operand o, Loc l) {
  VReg v = op_vreg(o);
  u32 set = read_loc(c, l, width(c, v));
  if (set_has(&c->sets, set, v) || !complain(c))
    return;
  where(c, k);
  text_add(c->err, "%s use wants v%u in ", op_is_late(o) ? "late" : "early", v);
  name_loc(c->err, l);
  text_add(c->err, ", there is ");
  name_set(c, c->err, set);
  text_add(c->err, "\n");
}

static void check_constraint(Check *c, u32 k, Operand o, const Loc *locs) {
  Loc l = locs[k];
  u32 con = op_con(o);
  VReg v = op_vreg(o);
  if (con >= CON_FIXED) {
    if (l != con - CON_FIXED)
      bad(c, k, "not in its fixed register", l);
    return;
  }
  if (v < VREG_FIRST) {
    if (l != v)
      bad(c, k, "not the pinned register it names", l);
    return;
  }
  if (con >= CON_REUSE && l != locs[con - CON_REUSE])
    bad(c, k, "not where the operand is whose register it takes", l);
  if (con == CON_SLOT && loc_is_reg(l))
    bad(c, k, "not a slot", l);
  if ((con == CON_REG || con >= CON_REUSE) && !loc_is_reg(l))
    bad(c, k, "not a register", l);
  if (loc_is_reg(l) && !(c->alloc >> l & 1))
    bad(c, k, "a register that is not allocatable", l);
}

static void check_place(Check *c, u32 k, Operand o, Loc l, u32 clobbers) {
  VReg v = op_vreg(o);
  if (v >= VREG_FIRST && loc_is_reg(l) &&
      preg_class((PReg)l) != (RegClass)c->v->vreg_class[v])
    bad(c, k, "a register of the other class", l);
  if (!op_is_def(o))
    return;
  if (!may_write(c, l))
    bad(c, k, "a callee-saved register that is not in used_callee_saved", l);
  bool fixed = op_con(o) >= CON_FIXED && op_is_late(o);
  if (loc_is_reg(l) && clobbers >> l & 1 && !fixed)
    bad(c, k, "a register that the instruction clobbers", l);
}

static bool overlap(const Check *c, Operand x, Loc a, Operand y, Loc b) {
  if (a == b)
    return true;
  if (loc_is_reg(a) || loc_is_reg(b))
    return false;
  return (wide(a, width(c, op_vreg(x))) && b == a + 1) ||
         (wide(b, width(c, op_vreg(y))) && a == b + 1);
}

static void check_two_defs(Check *c, const VInst *in, const Loc *locs) {
  const Operand *ops = &c->v->operands[in->ops];
  for (u32 i = 0; i < in->nops; i++)
    for (u32 j = 0; j < i && op_is_def(ops[i]); j++)
      if (op_is_def(ops[j]) && overlap(c, ops[i], locs[i], ops[j], locs[j]))
        bad(c, i, "where another def is", locs[i]);
}

static void define(Check *c, VReg v, Loc l) {
  if (v >= VREG_FIRST)
    write_loc(c, l, width(c, v), v);
}

static void each(Check *c, const VInst *in, const Loc *locs, bool def,
                 bool late) {
  for (u32 k = 0; k < in->nops; k++) {
    Operand o = c->v->operands[in->ops + k];
    if (op_con(o) == CON_NONE || op_is_def(o) != def || op_is_late(o) != late)
      continue;
    if (!loc_ok(c, locs[k], width(c, op_vreg(o))))
      continue;
    if (def)
      define(c, op_vreg(o), locs[k]);
    else if (c->report)
      check_use(c, k, o, locs[k]);
  }
}

static void clobber(Check *c, u32 mask) {
  for (; mask; mask &= mask - 1) {
    u32 r = (u32)__builtin_ctz(mask);
    known_put(&c->known, r, 0);
    if (may_write(c, r) || !complain(c))
      continue;
    text_add(
        c->err,
        "b%u inst %u clobbers %s, callee-saved and not in used_callee_saved\n",
        c->block, c->inst, preg_names[r]);
  }
}

static void one_inst(Check *c, u32 i) {
  const VInst *in = &c->v->insts[i];
  const Loc *locs = &c->r->locs[in->ops];
  u32 clobbers = c->env->clobbers(in);
  c->inst = i;
  moves_at(c, 2 * i);
  if (c->report) {
    for (u32 k = 0; k < in->nops; k++) {
      Operand o = c->v->operands[in->ops + k];
      if (op_con(o) == CON_NONE)
        continue;
      if (!loc_ok(c, locs[k], width(c, op_vreg(o)))) {
        bad(c, k, "no such location", locs[k]);
        continue;
      }
      check_constraint(c, k, o, locs);
      check_place(c, k, o, locs[k], clobbers);
    }
    check_two_defs(c, in, locs);
  }
  each(c, in, locs, true, false);
  each(c, in, locs, false, false);
  clobber(c, clobbers);
  each(c, in, locs, true, true);
  each(c, in, locs, false, true);
  moves_at(c, 2 * i + 1);
}

// --- edges ------------------------------------------------------------------

// Notes for one edge which vregs are its parameters, and which parameters each
// argument goes to (a list: an argument may be passed twice).
static void note_edge(Check *c, const VEdge *e) {
  const VReg *params = &c->v->args[c->v->blocks[e->to].params];
  if (e->nargs > c->arg_cap) {
    c->arg_cap = 2 * e->nargs;
    c->arg_next = arena_array(c->a, u32, c->arg_cap);
  }
  c->stamp++;
  for (u32 p = 0; p < e->nargs; p++) {
    EdgeName *q = &c->edge_name[params[p]],
             *a = &c->edge_name[c->v->args[e->args + p]];
    q->param = c->stamp;
    c->arg_next[p] = a->arg == c->stamp ? a->first : 0;
    a->arg = c->stamp;
    a->first = p + 1;
  }
}

static void sort_names(u32 *v, u32 n) {
  for (u32 i = 1; i < n; i++)
    for (u32 j = i; j && v[j - 1] > v[j]; j--) {
      u32 t = v[j];
      v[j] = v[j - 1], v[j - 1] = t;
    }
}

// The new set of a location over an edge: parameters lose their old meaning and
// are what their arguments were; names that cannot be used any more are
// dropped.
static u32 renamed(Check *c, u32 set, const VEdge *e) {
  const VReg *params = &c->v->args[c->v->blocks[e->to].params];
  u32 one;
  const u32 *m;
  u32 nm = set_members(&c->sets, set, &one, &m);
  c->names.n = 0;
  for (u32 k = 0; k < nm; k++) {
    const EdgeName *x = &c->edge_name[m[k]];
    bool known = m[k] < VREG_FIRST || c->last[m[k]] >= e->to;
    if (x->param != c->stamp && known)
      vec_push(c->a, &c->names, m[k]);
    for (u32 p = x->arg == c->stamp ? x->first : 0; p; p = c->arg_next[p - 1])
      vec_push(c->a, &c->names, params[p - 1]);
  }
  sort_names(c->names.at, c->names.n);
  return set_of(&c->sets, c->names.at, c->names.n);
}

static void rename_all(Check *c, const VEdge *e) {
  if (!e->nargs)
    return;
  note_edge(c, e);
  const VBlock *to = &c->v->blocks[e->to];
  u64 names = 0;
  for (u32 p = 0; p < e->nargs; p++)
    names |= (u64)1 << (c->v->args[to->params + p] & 63) |
             (u64)1 << (c->v->args[e->args + p] & 63);
  for (u32 k = 0; k < c->known.nleaves; k++) {
    const Node *leaf = known_leaf(&c->known, k * KNOWN_WAYS);
    if (!(leaf->names & names))
      continue;
    for (u32 i = 0; i < KNOWN_WAYS; i++) {
      u32 set = leaf->set[i];
      bool met = set < SETS_LISTS ? set && names >> (set & 63) & 1
                                  : (set_names(&c->sets, set) & names) != 0;
      if (met)
        known_put(&c->known, k * KNOWN_WAYS + i, renamed(c, set, e));
      leaf = known_leaf(&c->known, k * KNOWN_WAYS);
    }
  }
}

static void edge_moves(Check *c, u32 e) {
  for (u32 k = c->edge_first[e]; k < c->edge_first[e + 1]; k++)
    one_move(c, &c->r->edge_moves[k], "edge_moves of edge");
}

// True if the state at the target's begin changed.
static bool flow(Check *c, u32 e) {
  const VEdge *edge = &c->v->edges[e];
  Node *before = c->known.cur;
  known_share(&c->known);
  edge_moves(c, e);
  rename_all(c, edge);
  known_share(&c->known);
  Node **in = &c->in[edge->to], *old = *in;
  *in = old ? known_meet(&c->known, old, c->known.cur) : c->known.cur;
  c->known.cur = before;
  return *in != old;
}

static void one_block(Check *c, u32 b) {
  const VBlock *blk = &c->v->blocks[b];
  c->known.cur = c->in[b];
  known_share(&c->known);
  c->block = b;
  u32 lo = 0, hi = c->r->nmoves; // first move of the block
  while (lo < hi) {
    u32 mid = lo + (hi - lo) / 2;
    if (c->r->moves[mid].point < 2 * blk->first)
      lo = mid + 1;
    else
      hi = mid;
  }
  c->at_move = lo;
  for (u32 i = blk->first; i < blk->end; i++)
    one_inst(c, i);
}

static void fixpoint(Check *c) {
  const VCode *v = c->v;
  bool *dirty = arena_array0(c->a, bool, v->nblocks);
  dirty[0] = true;
  for (u32 b = 0; b < v->nblocks;) {
    if (!dirty[b]) {
      b++;
      continue;
    }
    dirty[b] = false;
    one_block(c, b);
    const VBlock *blk = &v->blocks[b];
    u32 next = b + 1;
    for (u32 e = blk->edges; e < blk->edges + blk->nedges; e++) {
      u32 to = v->edges[e].to;
      if (!flow(c, e))
        continue;
      dirty[to] = true;
      if (to < next)
        next = to;
    }
    b = next;
  }
}

// --- set up -----------------------------------------------------------------

// A block number after which v is surely not used: that of its last use, or the
// end of the outermost loop around it.
static void last_uses(Check *c) {
  const VCode *v = c->v;
  c->last = arena_array0(c->a, u32, v->nvregs);
  u32 outer_end = 0;
  for (u32 b = 0; b < v->nblocks; b++) {
    const VBlock *blk = &v->blocks[b];
    if (b >= outer_end && b && blk->loop == b)
      outer_end = blk->loop_end;
    u32 last = b < outer_end ? outer_end - 1 : b;
    for (u32 i = blk->first; i < blk->end; i++)
      for (u32 k = 0; k < v->insts[i].nops; k++) {
        Operand o = v->operands[v->insts[i].ops + k];
        if (op_con(o) != CON_NONE && !op_is_def(o)) {
          u32 *l = &c->last[op_vreg(o)];
          if (*l < last)
            *l = last;
        }
      }
    for (u32 e = blk->edges; e < blk->edges + blk->nedges; e++)
      for (u32 k = 0; k < v->edges[e].nargs; k++) {
        u32 *l = &c->last[v->args[v->edges[e].args + k]];
        if (*l < last)
          *l = last;
      }
  }
}

static bool index_edge_moves(Check *c) {
  const RaResult *r = c->r;
  u32 n = c->v->nedges, at = 0;
  c->edge_first = arena_array(c->a, u32, n + 1);
  for (u32 e = 0; e <= n; e++) {
    while (at < r->nedge_moves && r->edge_moves[at].point < e)
      at++;
    c->edge_first[e] = at;
  }
  for (u32 k = 1; k < r->nedge_moves; k++)
    if (r->edge_moves[k].point < r->edge_moves[k - 1].point)
      return false;
  for (u32 k = 1; k < r->nmoves; k++)
    if (r->moves[k].point < r->moves[k - 1].point)
      return false;
  return !r->nedge_moves || r->edge_moves[r->nedge_moves - 1].point < n;
}

static void check_critical(Check *c) { // edge_moves are for critical edges
  for (u32 k = 0; k < c->r->nedge_moves; k++) {
    const RaMove *m = &c->r->edge_moves[k];
    if (!vedge_is_critical(c->v, m->point))
      bad_move(c, m, "the edge is not critical", "edge_moves of edge");
  }
}

static void entry_state(Check *c) {
  known_begin(&c->known, &c->sets, PREG_COUNT + c->r->nslots + 1);
  c->edge_name = arena_array0(c->a, EdgeName, c->v->nvregs);
  for (u32 r = 1; r < PREG_COUNT; r++)
    if (!(c->alloc >> r & 1))
      known_put(&c->known, r, r); // pinned registers hold themselves
  c->in = arena_array0(c->a, Node *, c->v->nblocks);
  c->in[0] = c->known.cur;
}

bool ra_check(Arena *scratch, const VCode *v, const RaEnv *env,
              const RaResult *r, Text *err) {
  Check c = {
      .a = scratch,
      .v = v,
      .env = env,
      .r = r,
      .err = err,
  };
  for (u32 k = 0; k < RC_COUNT; k++)
    c.alloc |= env->caller_saved[k] | env->callee_saved[k];
  if (!index_edge_moves(&c)) {
    text_add(err, "moves are not sorted, or an edge move names no edge\n");
    return false;
  }
  last_uses(&c);
  c.sets.a = scratch;
  entry_state(&c);
  fixpoint(&c);
  c.report = true;
  check_critical(&c);
  for (u32 b = 0; b < v->nblocks; b++) {
    if (!c.in[b])
      continue;
    one_block(&c, b);
    const VBlock *blk = &v->blocks[b];
    for (u32 e = blk->edges; e < blk->edges + blk->nedges; e++)
      flow(&c, e);
  }
  return c.errors == 0;
}
