// The table of passes, the loop that runs them, and the threads of a module.
#include "back/compile.h"
#include "back/x64/abi.h"
#include "back/x64/cpu.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <x86intrin.h>

CompileOptions compile_options(int level) {
  CompileOptions o = {
      .level = level,
      .jobs = 1,
      .features = cpu_detect(),
      .egraph = egraph_options(),
      .emit = {.shrink = level > 0, .align = level > 0},
  };
  if (level >= 2) {
    o.egraph.matches_limit = 8;
    o.egraph.eclass_limit = 8;
    o.egraph.rewrite_depth = 8;
  }
  return o;
}

// --- the passes ---------------------------------------------------------------

static void count_front(Unit *u) {
  FrontCounters *c = &u->counters.translate;
  const Func *f = u->f;
  *c = (FrontCounters){.wasm_bytes = f->wasm_bytes,
                       .wasm_insts = f->wasm_insts,
                       .insts = f->insts.n - 1,
                       .blocks = f->blocks.n - 1,
                       .locals_in_memory = f->in_memory,
                       .bytes = (u32)u->ir->used};
  for (u32 b = 1; b < f->blocks.n; b++) {
    c->params += block_at(f, b)->nparams;
    c->loops += block_at(f, b)->loop == b;
  }
}

static bool run_translate(Unit *u) {
  TranslateOptions t = {.explicit_bounds = u->o->explicit_bounds,
                        .join_limit = u->o->join_limit,
                        .fold = true,
                        .gvn = true};
  u->f = u->o->source
             ? u->o->source(u->o->source_env, u->ir, u->func)
             : wasm_translate(u->ir, u->module, u->func, &t, &u->error);
  if (u->f)
    count_front(u);
  return u->f;
}

static bool run_egraph(Unit *u) {
  EgraphOptions o = u->o->egraph;
  o.features = u->o->features;
  o.watch = u->o->watch || u->rules;
  u->f = egraph_run(u->opt, u->scratch, u->f, &o, &u->counters.egraph,
                    u->rules, u->log);
  return true;
}

static bool run_lower(Unit *u) {
  const WasmModule *m = u->module;
  IselOptions o = {.features = u->o->features,
                   .layout = &m->layout,
                   .nimported = m->nimported_funcs,
                   .rules = u->o->lowering,
                   .off = u->o->lowering_off,
                   .off_named = u->o->lowering_named,
                   .fired = u->lowered};
  u->v = isel_lower(u->scratch, u->f, &o, &u->counters.lower, &u->err);
  return u->v;
}

static RaEnv ra_env(const Unit *u) {
  RaEnv env = abi_env;
  env.options.effort = u->o->level > 0;
  env.options.ranges = u->ranges;
  return env;
}

static bool run_ra(Unit *u) {
  RaEnv env = ra_env(u);
  ra_fast(u->scratch, u->v, &env, &u->ra, &u->counters.ra);
  return true;
}

static bool run_emit(Unit *u) {
  u->blob = emit_func(u->out, u->scratch, u->v, &u->ra, &u->o->emit,
                      &u->counters.emit);
  return true;
}

static bool check_ir(Unit *u, Text *err) { return ir_verify(u->f, err); }

static bool check_lowered(Unit *u, Text *err) {
  if (vcode_verify(u->scratch, u->v, err))
    return true;
  vcode_print(u->v, err);
  return false;
}

static bool check_allocation(Unit *u, Text *err) {
  RaEnv env = ra_env(u);
  return ra_check(u->scratch, u->v, &env, &u->ra, err);
}

const Pass compile_passes[PASS_COUNT] = {
    {"translate", "decode, validate, SSA, CFG, dominators, loops, in one pass",
     0, NULL, run_translate, check_ir, "IR verifier"},
    {"egraph", "GVN, rewriting, memory, branches, placement with LICM", 1,
     "--no-egraph", run_egraph, check_ir, "IR verifier"},
    {"lower", "instruction selection by rules, backward", 0, NULL, run_lower,
     check_lowered, "checker of lowered code"},
    {"ra", "liveness and registers", 0, NULL, run_ra,
     check_allocation, "allocation checker"},
    {"emit", "bytes, branches, constant pool, tables", 0, NULL, run_emit, NULL,
     NULL},
};

bool pass_enabled(const Pass *p, const CompileOptions *o) {
  return o->level >= p->level && !(p->flag && o->no_egraph);
}

static void check_pass(Unit *u, const Pass *p) {
  Text err = {.arena = u->scratch};
  if (!p->check(u, &err))
    must(false, "%s refuses what %s made of function %u:\n%s", p->checker,
         p->name, u->func, text_str(&err));
}

bool compile_unit(Unit *u, int last) {
  MustWhere *where = must_where();
  bool ok = true;
  u->err.arena = u->scratch;
  for (int k = 0; ok && k <= last; k++) {
    const Pass *p = &compile_passes[k];
    if (!pass_enabled(p, u->o))
      continue;
    where->pass = p->name;
    u64 begin = u->o->timings ? __rdtsc() : 0;
    ok = p->run(u);
    if (u->o->timings)
      u->cycles[k] += __rdtsc() - begin;
    if (ok && u->o->check && p->check)
      check_pass(u, p);
  }
  where->pass = NULL;
  return ok;
}

// --- threads --------------------------------------------------------------------

typedef struct Worker {
  CompileJob *job;
  atomic_uint *next;
  Arena *out;
  u64 cycles[PASS_COUNT];
  u32 failed;
  WasmError error;
  size_t peak;
} Worker;

static void worker_failed(Worker *w, Unit *u) {
  if (u->func >= w->failed)
    return;
  w->failed = u->func;
  w->error = u->error;
  if (!*w->error.what)
    snprintf(w->error.what, sizeof w->error.what, "function %u: %s", u->func,
             text_str(&u->err));
}

static void compile_one(Worker *w, u32 func, Arena arenas[3],
                        RuleCounters *rules, u32 *lowered) {
  CompileJob *job = w->job;
  Unit u = {.module = job->module, .o = job->o, .func = func,
            .ir = &arenas[0], .opt = &arenas[1], .scratch = &arenas[2],
            .out = w->out, .rules = rules, .lowered = lowered};
  if (rules)
    memset(rules, 0,
           sizeof *rules * egraph_rules(&job->o->egraph)->nrules);
  if (lowered)
    memset(lowered, 0, sizeof *lowered * low_nrules(job->o->lowering));
  if (!compile_unit(&u, PASS_EMIT)) {
    worker_failed(w, &u);
    return;
  }
  job->blobs[func] = u.blob;
  if (job->counters)
    job->counters[func] = u.counters;
  if (job->done)
    job->done(job->ctx, &u);
  for (u32 k = 0; k < PASS_COUNT; k++)
    w->cycles[k] += u.cycles[k];
}

// Takes functions in order until there are none.
static void *work(void *arg) {
  Worker *w = arg;
  CompileJob *job = w->job;
  Arena arenas[3] = {0};
  Arena own = {0};
  u32 nrules = egraph_rules(&job->o->egraph)->nrules;
  RuleCounters *rules =
      job->o->watch ? arena_array0(&own, RuleCounters, nrules + 1) : NULL;
  u32 *lowered =
      rules ? arena_array0(&own, u32, low_nrules(job->o->lowering) + 1) : NULL;
  for (;;) {
    u32 func = atomic_fetch_add(w->next, 1);
    if (func >= job->module->nfuncs)
      break;
    compile_one(w, func, arenas, rules, lowered);
    for (u32 k = 0; k < 3; k++)
      arena_reset(&arenas[k]);
  }
  for (u32 k = 0; k < 3; k++) {
    w->peak += arenas[k].peak;
    arena_free(&arenas[k]);
  }
  arena_free(&own);
  return NULL;
}

static void merge(CompileJob *job, const Worker *w) {
  for (u32 k = 0; k < PASS_COUNT; k++)
    job->cycles[k] += w->cycles[k];
  if (w->failed < job->failed) {
    job->failed = w->failed;
    job->error = w->error;
  }
  if (w->peak > job->peak_bytes)
    job->peak_bytes = w->peak;
}

bool compile_module(Arena *a, CompileJob *job) {
  enum { MOST = 64 };
  u32 n = job->o->jobs < 1 ? 1 : job->o->jobs > MOST ? MOST : job->o->jobs;
  pthread_t threads[MOST];
  Worker workers[MOST];
  atomic_uint next = job->module->nimported_funcs;
  job->blobs = arena_array0(a, CodeBlob *, job->module->nfuncs + 1);
  job->arenas = arena_array0(a, Arena, n);
  job->narenas = n;
  job->failed = UINT32_MAX;
  for (u32 k = 0; k < n; k++)
    workers[k] = (Worker){.job = job, .next = &next, .out = &job->arenas[k],
                          .failed = UINT32_MAX};
  u32 started = 1; // this thread is the first worker
  while (started < n &&
         !pthread_create(&threads[started], NULL, work, &workers[started]))
    started++;
  work(&workers[0]);
  for (u32 k = 1; k < started; k++)
    pthread_join(threads[k], NULL);
  for (u32 k = 0; k < n; k++)
    merge(job, &workers[k]);
  return job->failed == UINT32_MAX;
}

void compile_free(CompileJob *job) {
  for (u32 k = 0; k < job->narenas; k++)
    arena_free(&job->arenas[k]);
  job->narenas = 0;
}
