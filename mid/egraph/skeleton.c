// One operation with effects: folded, simplified by `skeleton` rules, merged
// with an equal one that dominates it, replaced by what memory holds, or
// appended to its block.
//
// A trapping operation on constants that does not trap is its value; one that
// surely traps is for a rule to say. A rule may replace an operation by one
// that costs less (operands included), by two, by values, or by a trap: then
// the rest of the block is unreachable. After a rule the result is looked at
// again, a few times at most.
#include "mid/egraph/rewrite.h"

enum { ROUNDS = 4 };

// Pure but for its trap.
static bool is_mergeable(u32 flags) {
  enum { NO = OPF_READS | OPF_WRITES | OPF_CALL | OPF_ENDS | OPF_LIST };
  return (flags & OPF_TRAPS) && !(flags & NO);
}

// Addresses are scaled by 2, 4 or 8 for nothing.
static bool is_scaled(const Egraph *g, u32 c) {
  const Inst *x = eg_node(g, g->info[c].best);
  if (x->op != OP_ishl_i64 || g->info[c].flags & NODE_SHARED)
    return false;
  const Inst *k = eg_node(g, eg_class(g, x->b));
  return k->op == OP_iconst_i64 && inst_imm64(k) < 4;
}

static u32 skeleton_cost(const Egraph *g, const Inst *in) {
  const OpInfo *o = &op_info[in->op];
  u32 cost = o->cost;
  for (u32 k = 0; k < o->nvals; k++)
    cost += eg_price(g, inst_val(in, k));
  if ((o->base == BASE_load || o->base == BASE_store) && is_scaled(g, in->a))
    cost -= op_info[OP_ishl_i64].cost;
  return cost;
}

static bool append(Egraph *g, Inst in, Val old) {
  u32 id = eg_leaf(g, in, old);
  if (op_info[in.op].type != TY_NONE || (op_info[in.op].flags & OPF_CALL))
    g->map[old] = id;
  vec_push(g->scratch, &g->skel, id);
  return op_info[in.op].flags & OPF_ENDS;
}

// --- rules
// ---------------------------------------------------------------------

// Operands of what a rule made, as classes of today.
static void resolve(const Egraph *g, Rewritten *r) {
  for (u32 k = 0; k < r->n; k++)
    for (u32 j = 0; j < op_info[r->op[k].op].nvals; j++) {
      u32 *operand = inst_field(&r->op[k], j);
      *operand = eg_class(g, *operand);
    }
}

static bool better(const Egraph *g, const Inst *in, const Rewritten *r) {
  return r->kind != RW_OPS || r->n > 1 ||
         skeleton_cost(g, &r->op[0]) < skeleton_cost(g, in);
}

static void count_match(Egraph *g, u32 rule, Val old) {
  COUNT(g, skeleton_simplified);
#if WATCH
  if (g->rules)
    g->rules[rule].subsumed++;
#endif
  if (g->log)
    vec_push(g->scratch, &g->log->firings,
             ((EgraphFiring){g->n.n, 0, rule, old}));
}

// Builds what match m says; false if that is nothing or no better.
static bool build(Egraph *g, const Inst *in, const Match *m, Val old,
                  Rewritten *r) {
  if (!g->rule_fuel)
    return false;
  g->rule_fuel--;
  COUNT(g, rules_applied);
  *r = (Rewritten){.kind = RW_NONE};
  g->rule = match_rule(m) + 1;
  g->depth = 1;
  u32 before = g->n.n;
  if (!m->arm->change(g, m->v, r))
    r->kind = RW_NONE;
  g->depth = 0;
  g->rule = 0;
  resolve(g, r);
  if (r->kind == RW_NONE || !better(g, in, r))
    return false;
  if (r->kind == RW_VALUE) {
    r->value = eg_class(g, r->value);
    if (r->value >= before)
      g->info[r->value].flags &= (u8)~NODE_FRESH;
  }
  count_match(g, match_rule(m), old);
  return true;
}

static bool simplify(Egraph *g, const Inst *in, Val old, Rewritten *r) {
  const OpInfo *o = &op_info[in->op];
  Matches ms;
  if (g->o->no_rules || !(g->roots[o->base] & 2) ||
      (g->o->no_branch && (o->flags & OPF_ENDS)))
    return false;
  ms.n = 0;
  ms.root = 0;
  g->fuel = g->o->fuel;
  g->watch_fuel = false;
  for (u32 k = 0; k < g->nparts; k++)
    g->parts[k]->match_skeleton(g, in, &ms);
  for (u32 done = 0; done < ms.n; done++) {
    Match *first = &ms.at[done];
    for (u32 k = done + 1; k < ms.n; k++)
      if (ms.at[k].order < first->order)
        first = &ms.at[k];
    Match m = *first;
    *first = ms.at[done];
    if (build(g, in, &m, old, r))
      return true;
  }
  return false;
}

// --- branches
// --------------------------------------------------------------------

static bool same_target(const Egraph *g, u32 x, u32 y) {
  const u32 *p = g->f->pool.at + x, *q = g->f->pool.at + y;
  return p[0] == q[0] && p[1] == q[1] &&
         !memcmp(p + 2, q + 2, p[1] * sizeof *p);
}

// A branch whose ways are one way is a jump.
static bool one_way(const Egraph *g, const Inst *in) {
  if (in->op != OP_brif || g->o->no_branch)
    return false;
  return same_target(g, in->b, in->c);
}

static void count_branch(Egraph *g, const Inst *in, Val old) {
  const Inst *was = inst_at(g->f, old);
  if ((op_info[was->op].flags & OPF_ENDS) &&
      ir_ntargets(g->f, in) < ir_ntargets(g->f, was))
    COUNT(g, branches_folded);
}

// --- all of it
// ---------------------------------------------------------------------

static bool finish(Egraph *g, Inst in, Val old) {
  u32 flags = op_info[in.op].flags, known;
  if (is_mergeable(flags) && !g->o->no_gvn &&
      (known = eg_find_trapping(g, &in, g->n.n))) {
    COUNT(g, skeleton_merged);
    if (op_info[in.op].type != TY_NONE)
      g->map[old] = known;
    return false;
  }
  if (g->o->no_alias)
    return append(g, in, old);
  if (flags & OPF_CALL) {
    eg_memory_fence(g);
  } else if (flags & OPF_WRITES) {
    if (eg_memory(g, &in))
      return false;
  } else if (flags & OPF_READS) {
    // what memory holds may be made here, before the load's own node
    if ((known = eg_memory(g, &in))) {
      g->map[old] = known;
      return false;
    }
    eg_memory_known(g, &in, g->n.n);
  }
  return append(g, in, old);
}

// What a branch to a block that only traps became says where that trap was.
static Val origin_of_first(const Egraph *g, const Inst *branch,
                           const Inst *made, Val old) {
  if (branch->op != OP_brif || !(op_info[made->op].flags & OPF_TRAPS))
    return old;
  u32 target = made->op == OP_trapnz ? branch->b : branch->c;
  return block_at(g->f, g->f->pool.at[target])->first;
}

bool eg_skeleton(Egraph *g, Inst in, Val old) {
  Rewritten r;
  WATCHED(g, skeleton);
  g->origin = old;
  g->rule = 0;
  g->depth = 0;
  for (u32 round = 0; round < ROUNDS; round++) {
    u32 c = is_mergeable(op_info[in.op].flags) ? eg_fold(g, &in) : 0;
    if (c) {
      g->map[old] = c;
      return false;
    }
    if (!simplify(g, &in, old, &r))
      break;
    if (r.kind == RW_REMOVE)
      return false;
    if (r.kind == RW_VALUE) {
      g->map[old] = r.value;
      return false;
    }
    if (r.kind == RW_TRAP)
      return append(g, (Inst){.op = OP_trap, .a = r.trap}, old);
    if (r.n == 2 && finish(g, r.op[0], origin_of_first(g, &in, &r.op[0], old)))
      return true;
    in = r.op[r.n - 1];
    g->origin = old;
  }
  if (one_way(g, &in))
    in = (Inst){.op = OP_jump, .a = in.b};
  count_branch(g, &in, old);
  return finish(g, in, old);
}
