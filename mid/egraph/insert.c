// Inserting a pure operation: order, fold, hash-cons, rewrite.
//
// 1. Operands are classes. A constant goes right, else the older class left;
//    comparisons are mirrored with it, so rules need not say both.
// 2. Constants fold before anything else looks.
// 3. One table for the function, no scopes. A hit counts if what it needs is
//    available here; since equal operands need the same, it nearly always is.
// 4. The rules' results are made deeper by one level each, to the depth limit;
//    a node cut there is tried again when the source itself asks for it.
// 5. While a node's results are made it is marked: a result that contains it
//    is refused, so a class never contains itself.
//
// A rule's result joins the class if it was made for it. If it leads to a class
// that stood before and has no higher price, the value is that class: nobody
// asks for the dearer forms again. After Cranelift's acyclic e-graph (Fallin),
// which keeps trees of union nodes; see docs/egraph.md for why this does not.
#include "mid/egraph/rewrite.h"
#include "mid/ir/fold.h"

static u32 hash_inst(const Inst *i) {
  u64 x = (u64)i->a | (u64)i->b << 32;
  u64 y = (u64)i->c | (u64)i->op << 32 | (u64)i->n << 48;
  u64 h = x * 0x9e3779b97f4a7c15u;
  h = ((h ^ h >> 29) ^ y) * 0xbf58476d1ce4e5b9u;
  return (u32)(h >> 32);
}

static bool same_inst(const Inst *x, const Inst *y) {
  return !memcmp(x, y, sizeof *x);
}

static void grow_table(Egraph *g) {
  Slot *old = g->table;
  u32 n = g->mask + 1;
  g->mask = n * 2 - 1;
  g->table = arena_array0(g->scratch, Slot, n * 2);
  for (u32 k = 0; k < n; k++) {
    if (!old[k].id)
      continue;
    u32 at = old[k].hash & g->mask;
    while (g->table[at].id)
      at = (at + 1) & g->mask;
    g->table[at] = old[k];
  }
}

// The slot that holds an equal node, or the free one where it would go.
static Slot *find_slot(Egraph *g, const Inst *in, u32 hash) {
  u32 at = hash & g->mask;
  for (;; at = (at + 1) & g->mask) {
    Slot *s = &g->table[at];
    if (!s->id || (s->hash == hash && same_inst(eg_node(g, s->id), in)))
      return s;
  }
}

static void fill_slot(Egraph *g, Slot *s, u32 hash, u32 id) {
  if (!s->id)
    g->used++;
  *s = (Slot){hash, id};
  if (unlikely(g->used * 2 > g->mask))
    grow_table(g);
}

// Appends a node; the caller says what it costs and where it is available.
static u32 add_node(Egraph *g, Inst in, u32 cost, u32 avail) {
  u32 id = g->n.n;
  vec_push(g->scratch, &g->n, in);
  if (unlikely(id >= g->info_cap))
    g->info =
        vec_grow(g->scratch, g->info, &g->info_cap, id + 1, sizeof *g->info);
  g->info[id] = (NodeInfo){.cls = id,
                           .best = id,
                           .cost = cost < COST_MAX ? cost : COST_MAX,
                           .avail = avail,
                           .home = g->block,
                           .origin = g->origin,
                           .rule = (u16)g->rule,
                           .flags = g->depth ? NODE_FRESH : 0,
                           .size = 1};
  return id;
}

u32 eg_leaf(Egraph *g, Inst in, Val old) {
  g->origin = old;
  g->rule = 0;
  u32 id = add_node(g, in, 0, g->block);
  g->info[id].flags = NODE_LEAF;
  return id;
}

// --- constants
// -----------------------------------------------------------------

static u32 insert_const(Egraph *g, const Inst *in) {
  u32 hash = hash_inst(in);
  Slot *s = find_slot(g, in, hash);
  if (s->id)
    return s->id;
  u32 id = add_node(g, *in, op_info[in->op].cost, 1);
  fill_slot(g, s, hash, id);
  return id;
}

u32 eg_const(Egraph *g, Type t, u64 bits) {
  static const u16 op[TY_COUNT] = {[TY_I32] = OP_iconst_i32,
                                   [TY_I64] = OP_iconst_i64,
                                   [TY_F32] = OP_fconst_f32,
                                   [TY_F64] = OP_fconst_f64,
                                   [TY_REF] = OP_nullref};
  if (t == TY_I32 || t == TY_F32)
    bits = (u32)bits;
  Inst in = {op[t], (u8)t, 0, 0, (u32)bits, (u32)(bits >> 32)};
  return insert_const(g, &in);
}

static u32 vec_const(Egraph *g, const u64 words[2]) {
  u16 op = const_op[TY_V128];
  if (!op)
    return 0;
  u32 at = ir_vec(g->out, (V128){words[0], words[1]});
  return insert_const(g, &(Inst){op, TY_V128, 0, 0, at, 0});
}

static u32 add_vec(const Egraph *g, u32 at, u64 *args) {
  args[0] = g->out->vecs.at[at].lo;
  args[1] = g->out->vecs.at[at].hi;
  return 2;
}

// The immediates as words, behind n of values; 0: they are no numbers.
static u32 add_immediates(const Egraph *g, const Inst *in, u64 *args, u32 n) {
  const OpInfo *o = &op_info[in->op];
  for (u32 k = 0; k < o->nimms; k++) {
    u8 where = o->imm_field[k];
    u32 x = where == 4 ? in->n : where < 3 ? inst_val(in, where) : 0;
    if (where > 4 || (o->imm[k] != IMM_U32 && o->imm[k] != IMM_V128))
      return 0;
    if (o->imm[k] == IMM_V128)
      n += add_vec(g, x, args + n);
    else
      args[n++] = x;
  }
  return n;
}

u32 eg_fold(Egraph *g, const Inst *in) {
  const OpInfo *o = &op_info[in->op];
  u64 args[12], result[2];
  u32 n = 0;
  if (!o->nvals || o->type == TY_NONE)
    return 0;
  for (u32 k = 0; k < o->nvals; k++) {
    const Inst *x = eg_node(g, inst_val(in, k));
    if (!(op_info[x->op].flags & OPF_FLOATS))
      return 0;
    if (unlikely(x->type == TY_V128))
      n += add_vec(g, x->b, args + n);
    else
      args[n++] = inst_imm64(x);
  }
  if (o->nimms && !add_immediates(g, in, args, n))
    return 0;
  if (o->type == TY_REF || !fold_op(in->op, args, result))
    return 0;
  WATCHED(g, folded);
  return o->type == TY_V128 ? vec_const(g, result)
                            : eg_const(g, (Type)o->type, result[0]);
}

static void order_operands(const Egraph *g, Inst *in) {
  u16 mirrored = mid_commuted[in->op];
  if (!mirrored)
    return;
  bool a = eg_is_const(g, in->a), b = eg_is_const(g, in->b);
  if (a == b ? in->a <= in->b : b)
    return;
  u32 x = in->a;
  in->a = in->b;
  in->b = x;
  in->op = mirrored;
}

// --- for right sides
// ---------------------------------------------------------------

// Looks only at the youngest for an equal one: work stays bounded.
u32 rw_memarg(Egraph *g, MemArg m) {
  u32 last = g->mems.n > 64 ? g->mems.n - 64 : 1;
  for (u32 k = g->mems.n - 1; k >= last; k--)
    if (!memcmp(&g->mems.at[k], &m, sizeof m))
      return k;
  vec_push(g->scratch, &g->mems, m);
  return g->mems.n - 1;
}

u32 rw_vec_of(Egraph *g, u128 v) {
  return ir_vec(g->out, (V128){(u64)v, (u64)(v >> 64)});
}

u32 rw_more(Egraph *g, u32 member) {
  if (!g->fuel) {
    g->watch_fuel = true;
    return 0;
  }
  g->fuel--;
  return member;
}

u32 rw_make(Egraph *g, u16 op, u32 a, u32 b, u32 c) {
  return eg_insert(g, (Inst){op, op_info[op].type, 0, a, b, c});
}

u32 rw_number_of(Egraph *g, u16 op, u64 bits) {
  return eg_const(g, (Type)op_info[op].type, bits);
}

u32 rw_trapcode(const Egraph *g, u32 target) {
  const BlockInfo *b = block_at(g->f, g->f->pool.at[target]);
  const Inst *in = inst_at(g->f, b->first);
  return b->end == b->first + 1 && in->op == OP_trap ? in->a : 0;
}

// --- rewriting
// -------------------------------------------------------------------

static void count_rule(Egraph *g, u32 rule, size_t field) {
#if WATCH
  if (g->rules)
    ++*(u64 *)(void *)((u8 *)&g->rules[rule] + field);
#else
  (void)g, (void)rule, (void)field;
#endif
}
#define COUNT_RULE(g, rule, field)                                             \
  count_rule(g, rule, offsetof(RuleCounters, field))

// A slot for a match. When all are taken the last in order gives way.
static Match *match_slot(Egraph *g, Matches *ms, u64 order) {
  if (ms->n < MATCH_MAX)
    return &ms->at[ms->n++];
  Match *last = &ms->at[0];
  for (u32 k = 1; k < MATCH_MAX; k++)
    if (ms->at[k].order > last->order)
      last = &ms->at[k];
  COUNT(g, limit_matches);
  return order < last->order ? last : NULL;
}

void rw_arm(Egraph *g, Matches *ms, const RwArm *arm, u32 members,
            const u64 *v) {
  const u64 *on = g->rules_on;
  COUNT_RULE(g, arm->rule, tried);
  if ((arm->guard && !arm->guard(g, v)) || (on && !bit_has(on, arm->rule)))
    return;
  COUNT(g, matches);
  COUNT_RULE(g, arm->rule, matched);
  u64 order = (u64)arm->rank << 32 | (u32)arm->variant << 24 | members;
  Match *m = match_slot(g, ms, order);
  if (!m)
    return;
  m->order = order;
  m->arm = arm;
  memcpy(m->v, v, arm->words * sizeof *v);
}

void rw_arm3(Egraph *g, Matches *ms, const RwArm *arm, u32 members, u64 a,
             u64 b, u64 c) {
  rw_arm(g, ms, arm, members, (const u64[]){a, b, c});
}

void rw_arm6(Egraph *g, Matches *ms, const RwArm *arm, u32 members, u64 a,
             u64 b, u64 c, u64 d, u64 e, u64 f) {
  rw_arm(g, ms, arm, members, (const u64[]){a, b, c, d, e, f});
}

static void sort_matches(Matches *ms) {
  for (u32 k = 1; k < ms->n; k++) {
    Match m = ms->at[k];
    u32 j = k;
    for (; j && ms->at[j - 1].order > m.order; j--)
      ms->at[j] = ms->at[j - 1];
    ms->at[j] = m;
  }
}

// The right side of a match; 0 if it is nothing or cyclic.
static u32 build(Egraph *g, u32 x, const Match *m) {
  if (!g->rule_fuel)
    return 0;
  g->rule_fuel--;
  COUNT(g, rules_applied);
  u32 rule = match_rule(m), outer = g->rule;
  g->rule = rule + 1;
  g->depth++;
  u32 before = g->n.n;
  u32 y = m->arm->make(g, m->v);
  g->depth--;
  g->rule = outer;
#if WATCH
  g->c->enodes_by_rules += g->n.n - before;
#else
  (void)before;
#endif
  if (y)
    y = eg_class(g, y);
  if (g->log && y)
    vec_push(g->scratch, &g->log->firings,
             ((EgraphFiring){y, x, rule, g->origin}));
  return y;
}

static void append_member(Egraph *g, u32 leader, u32 m) {
  u32 last = leader;
  while (g->info[last].next)
    last = g->info[last].next;
  g->info[last].next = m;
  g->info[m].next = 0;
  g->info[m].cls = leader;
  g->info[leader].size++;
  if (g->info[m].cost < eg_cost(g, leader))
    g->info[leader].best = m;
  COUNT(g, unions);
}

// Adds the members of class y, the cheapest first if not all fit. Returns
// whether any went in.
static bool join(Egraph *g, u32 leader, u32 y) {
  u32 limit = g->o->eclass_limit, members[16], n = 0;
  for (u32 m = y; m && n < 16; m = g->info[m].next)
    members[n++] = m;
  u32 size = g->info[leader].size;
  if (size + n > limit) {
    COUNT(g, limit_eclass);
    g->info[leader].flags |= NODE_FULL;
    for (u32 k = 0; k < n; k++)
      if (members[k] == g->info[y].best)
        members[k] = members[0], members[0] = g->info[y].best;
  }
  u32 k = 0;
  for (; k < n && g->info[leader].size < limit; k++)
    append_member(g, leader, members[k]);
  if (k && g->info[y].cls == y && k < n)
    g->info[y].cls = leader; // a leader left outside still leads here
  return k > 0;
}

// The value of `leader` is class y from now on.
static u32 replace(Egraph *g, u32 leader, u32 y) {
  if (y > leader && !(g->info[leader].flags & NODE_FRESH))
    g->info[y].flags &= (u8)~NODE_FRESH;
  g->info[leader].cls = y;
  return y;
}

// Whether y needs something that x does not: it reaches past an operand of x.
static bool reaches_past(const Egraph *g, u32 x, u32 y) {
  const Inst *from = eg_node(g, x), *to = eg_node(g, g->info[y].best);
  for (u32 k = 0; k < op_info[to->op].nvals; k++) {
    u32 c = eg_class(g, inst_val(to, k));
    bool known = eg_is_const(g, c);
    for (u32 j = 0; j < op_info[from->op].nvals; j++)
      known |= c == eg_class(g, inst_val(from, j));
    if (!known)
      return true;
  }
  return false;
}

// A class as dear as the value's own is no reason to keep what an operand was
// made of alive beside the operand: others use it, or it would have a price.
static bool better(const Egraph *g, u32 x, u32 leader, u32 y) {
  u32 was = eg_cost(g, leader), is = eg_price(g, y);
  return is < was || (is == was && !reaches_past(g, x, y));
}

static bool subsumes(Egraph *g, u32 x, u32 leader, const Matches *ms,
                     u32 *out) {
  for (u32 k = 0; k < ms->n; k++) {
    u32 rule = match_rule(&ms->at[k]);
    if (!ms->at[k].arm->subsume && !g->o->subsume_all)
      continue;
    u32 y = build(g, x, &ms->at[k]);
    if (!y || y == leader || !better(g, x, leader, y) || (g->retrying && y > x))
      continue;
    COUNT(g, subsumed);
    COUNT_RULE(g, rule, subsumed);
    *out = replace(g, leader, y);
    return true;
  }
  return false;
}

typedef struct Results {
  u32 n, at[16], rule[16];
} Results;

static void add_result(Results *r, u32 y, u32 rule) {
  for (u32 k = 0; k < r->n; k++)
    if (r->at[k] == y)
      return;
  r->at[r->n] = y;
  r->rule[r->n++] = rule;
}

static void build_results(Egraph *g, u32 x, u32 leader, const Matches *ms,
                          Results *r) {
  u32 limit = g->o->matches_limit < 16 ? g->o->matches_limit : 16;
  for (u32 k = 0; k < ms->n; k++) {
    u32 rule = match_rule(&ms->at[k]);
    if (ms->at[k].arm->subsume)
      continue;
    if (r->n >= limit) {
      COUNT(g, limit_matches);
      COUNT_RULE(g, rule, truncated);
      continue;
    }
    u32 y = build(g, x, &ms->at[k]);
    if (y && y != leader)
      add_result(r, y, rule);
  }
}

// Whether class y was made for x and may join it: it is younger, so x cannot
// need it, and it is available in the same places. Only while nobody uses x: a
// node tried again has users, and y may be made of them.
static bool made_for(const Egraph *g, u32 x, u32 y) {
  return y > x && !g->retrying && g->info[y].avail == g->info[x].avail;
}

static u32 apply(Egraph *g, u32 x, u32 leader, Matches *ms) {
  Results r = {0};
  u32 y, found = 0, rule = 0;
  sort_matches(ms);
  if (subsumes(g, x, leader, ms, &y))
    return y;
  build_results(g, x, leader, ms, &r);
  u32 cost = eg_cost(g, leader);
  for (u32 k = 0; k < r.n; k++)
    if (made_for(g, x, r.at[k]) && eg_cost(g, r.at[k]) < cost)
      cost = eg_cost(g, r.at[k]);
  for (u32 k = 0; k < r.n; k++) {
    u32 c = eg_price(g, r.at[k]);
    bool stands = r.at[k] < x || (eg_is_const(g, r.at[k]) && !g->retrying);
    if (!stands || c > cost || c >= COST_MAX)
      continue;
    if (!found || c < eg_price(g, found))
      found = r.at[k], rule = r.rule[k];
  }
  if (found) {
    COUNT(g, replaced);
    COUNT_RULE(g, rule, subsumed);
    return replace(g, leader, found);
  }
  for (u32 k = 0; k < r.n; k++) {
    if (!made_for(g, x, r.at[k]) || g->info[r.at[k]].cls != r.at[k])
      continue;
    if (join(g, leader, r.at[k]))
      COUNT_RULE(g, r.rule[k], inserted);
    else
      COUNT_RULE(g, r.rule[k], truncated);
  }
  return leader;
}

// A rule may look into operand k only at ops it names; most nodes are done
// here.
static bool may_match(const Egraph *g, const Inst *in) {
  u16 base = op_info[in->op].base;
  if (!(g->roots[base] & 1))
    return false;
  if (g->always[base])
    return true;
  for (u32 k = 0; k < op_info[in->op].nvals; k++) {
    u32 c = eg_class(g, inst_val(in, k));
    do {
      u16 b = op_info[eg_node(g, c)->op].base;
      if (g->wanted[base][k][b >> 6] >> (b & 63) & 1)
        return true;
    } while ((c = g->info[c].next));
  }
  return false;
}

// Tries the rules on node x of class `leader`; returns the class afterwards.
static u32 rewrite(Egraph *g, u32 x, u32 leader) {
  Matches ms;
  if (g->o->no_rules || !may_match(g, eg_node(g, x)))
    return leader;
  ms.n = 0;
  ms.root = x;
  g->info[leader].flags |= NODE_BUILDING;
  for (u32 k = 0; k < g->nparts; k++)
    g->parts[k]->match(g, x, &ms);
  u32 c = ms.n ? apply(g, x, leader, &ms) : leader;
  g->info[leader].flags &= (u8)~NODE_BUILDING;
  return c;
}

// --- inserting
// ---------------------------------------------------------------------

static u32 hit(Egraph *g, u32 id) {
  u32 c = eg_class(g, id);
  if (unlikely(g->info[c].flags & NODE_BUILDING)) {
    COUNT(g, cyclic);
    return 0;
  }
  WATCHED(g, deduplicated);
  if (unlikely(g->info[id].flags & NODE_CUT) && !g->depth) {
    g->info[id].flags &= (u8)~NODE_CUT;
    COUNT(g, retried);
    g->retrying = true;
    c = rewrite(g, id, c);
    g->retrying = false;
    return c;
  }
  return c;
}

static bool usable(const Egraph *g, u32 id) {
  if (g->o->no_gvn && !g->depth)
    return false;
  return block_dominates(g->f, g->info[eg_class(g, id)].avail, g->block);
}

static u32 new_node(Egraph *g, const Inst *in) {
  const OpInfo *o = &op_info[in->op];
  u32 cost = o->cost, avail = 1;
  for (u32 k = 0; k < o->nvals; k++) {
    u32 c = inst_val(in, k);
    cost += eg_price(g, c);
    if (g->info[c].avail > avail)
      avail = g->info[c].avail;
  }
  return add_node(g, *in, cost, avail);
}

u32 eg_insert(Egraph *g, Inst in) {
  const OpInfo *o = &op_info[in.op];
  if (o->flags & OPF_FLOATS)
    return insert_const(g, &in);
  for (u32 k = 0; k < o->nvals; k++)
    *inst_field(&in, k) = eg_class(g, inst_val(&in, k));
  order_operands(g, &in);
  u32 c = eg_fold(g, &in);
  if (c)
    return c;
  u32 hash = hash_inst(&in);
  Slot *s = find_slot(g, &in, hash);
  if (s->id && usable(g, s->id))
    return hit(g, s->id);
  u32 x = new_node(g, &in);
  fill_slot(g, s, hash, x);
  if (g->depth >= g->o->rewrite_depth && g->depth) {
    COUNT(g, limit_depth);
    g->info[x].flags |= NODE_CUT;
    return x;
  }
  return rewrite(g, x, x);
}

u32 eg_value(Egraph *g, Inst in, Val old) {
  WATCHED(g, pure);
  g->origin = old;
  g->rule = 0;
  g->depth = 0;
  g->fuel = g->o->fuel;
  g->watch_fuel = false;
  u32 before = g->n.n, c = eg_insert(g, in);
  if (unlikely(g->watch_fuel))
    COUNT(g, limit_fuel);
  if ((g->uses[old] > 1 || c < before) && !eg_is_const(g, c))
    g->info[c].flags |= NODE_SHARED;
  return c;
}

u32 eg_find_trapping(Egraph *g, const Inst *in, u32 id) {
  u32 hash = hash_inst(in);
  Slot *s = find_slot(g, in, hash);
  if (s->id && block_dominates(g->f, g->info[s->id].avail, g->block))
    return s->id;
  fill_slot(g, s, hash, id);
  return 0;
}
