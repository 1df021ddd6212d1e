// The pass: arrays sized from the function, the walk, what is live, placing,
// and the new arrays. This file also holds what is the same for the plain and
// the watched copy of the hot files; it picks one.
#include "mid/egraph/graph.h"

#define DECLARE(name)                                                          \
  void name##_plain(Egraph *g);                                                \
  void name##_watched(Egraph *g)
DECLARE(eg_walk);
DECLARE(eg_live);
DECLARE(eg_elaborate);
DECLARE(eg_schedule);
DECLARE(eg_emit);

const EgraphCounterInfo egraph_counter_info[] = {
#define X(name, better, what) {#name, what, better},
    EGRAPH_COUNTERS(X)
#undef X
};
const u32 egraph_counter_count =
    sizeof egraph_counter_info / sizeof *egraph_counter_info;

EgraphOptions egraph_options(void) {
  return (EgraphOptions){.matches_limit = 5,
                         .eclass_limit = 5,
                         .rewrite_depth = 5,
                         .fuel = 500,
                         .rule_fuel = UINT64_MAX};
}

static u32 power_of_two(u32 n) {
  u32 p = 64;
  while (p < n)
    p *= 2;
  return p;
}

static void count_use(void *uses, u32 *operand) {
  u8 *n = (u8 *)uses + *operand;
  *n = (u8)(*n + (*n != 255));
}

// For functions whose maker did not: text, random programs. Reads only, though
// the walk could write.
static const u8 *count_uses(Egraph *g) {
  u8 *uses = arena_array0(g->scratch, u8, g->f->insts.n);
  Func f = *g->f;
  for (Block b = 1; b < f.blocks.n; b++)
    for (Val v = block_at(&f, b)->first; v < block_at(&f, b)->end; v++)
      ir_each_operand(&f, inst_at(&f, v), count_use, uses);
  return uses;
}

static void start(Egraph *g) {
  const Func *f = g->f;
  u32 n = f->insts.n, nblocks = f->blocks.n;
  g->info_cap = n + n / 4 + 64;
  g->info = arena_array(g->scratch, NodeInfo, g->info_cap);
  vec_reserve(g->scratch, &g->n, g->info_cap);
  vec_push(g->scratch, &g->n, (Inst){0});
  g->info[0] = (NodeInfo){0};
  g->mask = power_of_two(n * 2) - 1;
  g->table = arena_array0(g->scratch, Slot, g->mask + 1);
  g->map = arena_array0(g->scratch, u32, n);
  g->uses = f->uses ? f->uses : count_uses(g);
  g->blocks = arena_array0(g->scratch, BlockState, nblocks);
  if (!g->o->no_alias)
    g->mem = arena_array(g->scratch, MemState, nblocks);
  vec_reserve(g->scratch, &g->mems, f->mems.n);
  memcpy(g->mems.at, f->mems.at, f->mems.n * sizeof *f->mems.at);
  g->mems.n = f->mems.n;
  vec_push(g->scratch, &g->edges, (Edge){0});
  vec_push(g->scratch, &g->events, (MemEvent){0});
  const MidRules *set = g->set = egraph_rules(g->o);
  g->rules_on = g->o->rules ? g->o->rules : set->on;
  g->nparts = set->nparts;
  g->parts = g->o->watch ? set->watched : set->plain;
  must(g->parts, "rules are not loaded %s", g->o->watch ? "watched" : "plain");
  g->roots = set->roots;
  g->always = set->always;
  g->wanted = set->wanted;
  g->rule_fuel = g->o->rule_fuel;
  g->block = 1;
}

static u32 count_params(const Func *f) {
  u32 n = 0;
  for (Block b = 1; b < f->blocks.n; b++)
    n += block_at(f, b)->nparams;
  return n;
}

#define COPY(field)                                                            \
  do {                                                                         \
    vec_reserve(f->arena, &f->field, old->field.n);                            \
    memcpy(f->field.at, old->field.at, old->field.n * sizeof *old->field.at);  \
    f->field.n = old->field.n;                                                 \
  } while (0)

static Func *new_func(Arena *out, const Func *old) {
  Func *f = ir_new(out, old->sigs, old->nsigs, old->func_sigs, old->nfuncs,
                   old->index);
  f->sig = old->sig;
  f->name = old->name;
  COPY(poses);
  COPY(sites);
  for (u32 k = 1; k < old->vecs.n; k++) // their indices stay
    ir_vec(f, old->vecs.at[k]);
  vec_reserve(out, &f->pool, old->pool.n);
  f->next_key = old->next_key > old->insts.n ? old->next_key : old->insts.n;
  f->wasm_bytes = old->wasm_bytes;
  f->wasm_insts = old->wasm_insts;
  return f;
}

static void count_before(Egraph *g) {
  g->c->insts_in += g->f->insts.n - 1;
  g->c->blocks_in += g->f->blocks.n - 1;
  g->c->params_in += count_params(g->f);
}

static void count_after(Egraph *g, size_t used) {
  g->c->insts_out += g->out->insts.n - 1;
  g->c->blocks_out += g->out->blocks.n - 1;
  g->c->params_out += count_params(g->out);
  g->c->enodes += g->n.n - 1;
  g->c->scratch_bytes += g->scratch->used - used;
}

Func *egraph_run(Arena *out, Arena *scratch, const Func *f,
                 const EgraphOptions *o, EgraphCounters *c, RuleCounters *rules,
                 EgraphLog *log) {
  size_t used = scratch->used;
  Egraph *g = arena_new(scratch, Egraph);
  *g = (Egraph){.f = f, .scratch = scratch, .o = o, .rules = rules, .log = log};
  g->c = c ? c : arena_new(scratch, EgraphCounters);
  g->out = new_func(out, f);
  start(g);
  count_before(g);
  if (o->watch) {
    eg_walk_watched(g);
    eg_live_watched(g);
    eg_elaborate_watched(g);
    if (!o->no_schedule)
      eg_schedule_watched(g);
    eg_emit_watched(g);
  } else {
    eg_walk_plain(g);
    eg_live_plain(g);
    eg_elaborate_plain(g);
    if (!o->no_schedule)
      eg_schedule_plain(g);
    eg_emit_plain(g);
  }
  Func *n = g->out;
  vec_reserve(out, &n->mems, g->mems.n);
  memcpy(n->mems.at, g->mems.at, g->mems.n * sizeof *g->mems.at);
  n->mems.n = g->mems.n;
  count_after(g, used);
  if (log)
    log->graph = g;
  return n;
}
