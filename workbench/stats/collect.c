// Compiling inputs and keeping what was counted.
#include "workbench/stats/collect.h"

#include <errno.h>

typedef struct Collector {
  InputStats *s;
  const WasmModule *m;
  u32 nrules, nlowers;
} Collector;

// Runs on the thread that compiled the function; writes only its own row.
static void keep(void *ctx, Unit *u) {
  Collector *c = ctx;
  FuncStats *f = &c->s->funcs[u->func - c->m->nimported_funcs];
  const WasmBody *body = &c->m->bodies[u->func - c->m->nimported_funcs];
  f->index = u->func;
  f->hash = hash_bytes(c->m->bytes + body->off, body->size);
  f->counters = u->counters;
  if (!u->rules)
    return;
  for (u32 r = 0; r < c->nrules; r++)
    f->nrules += u->rules[r].tried != 0;
  f->rules = arena_array(u->out, RuleCount, f->nrules);
  u32 n = 0;
  for (u32 r = 0; r < c->nrules; r++)
    if (u->rules[r].tried)
      f->rules[n++] = (RuleCount){r, u->rules[r]};
  u32 *lowered = arena_array(u->out, u32, c->nlowers + 1);
  memcpy(lowered, u->lowered, c->nlowers * sizeof *lowered);
  f->lowered = lowered;
}

static void add_rules(RuleCounters *to, const RuleCounters *from) {
  to->tried += from->tried;
  to->matched += from->matched;
  to->inserted += from->inserted;
  to->truncated += from->truncated;
  to->subsumed += from->subsumed;
  to->extracted += from->extracted;
}

// Copies what lies in the threads' arenas and sums the rules.
static void settle(InputStats *s, WasmModule *m, u32 nlowers) {
  s->lowered = arena_array0(&s->arena, u32, nlowers + 1);
  s->rules = arena_array0(&s->arena, RuleCounters, s->set->nrules + 1);
  for (u32 k = 0; k < s->nfuncs; k++) {
    FuncStats *f = &s->funcs[k];
    RuleCount *mine = arena_array(&s->arena, RuleCount, f->nrules + 1);
    if (f->nrules)
      memcpy(mine, f->rules, f->nrules * sizeof *mine);
    f->rules = mine;
    for (u32 r = 0; f->lowered && r < nlowers; r++)
      s->lowered[r] += f->lowered[r];
    f->lowered = NULL; // of an arena that ends here
    f->name = wasm_func_name(m, &s->arena, f->index);
    for (u32 r = 0; r < f->nrules; r++)
      add_rules(&s->rules[mine[r].rule], &mine[r].n);
  }
}

static void compile_input(InputStats *s, const u8 *bytes,
                          const CompileOptions *o) {
  WasmModule *m = arena_new(&s->arena, WasmModule);
  WasmError err = {0};
  if (!wasm_decode(&s->arena, bytes, s->size, m, &err)) {
    s->error =
        arena_printf(&s->arena, "offset 0x%zx: %s", err.off, err.what);
    return;
  }
  u32 n = m->nfuncs - m->nimported_funcs;
  s->funcs = arena_array0(&s->arena, FuncStats, n + 1);
  s->set = egraph_rules(&o->egraph);
  s->lowering = o->lowering;
  Collector c = {.s = s,
                 .m = m,
                 .nrules = s->set->nrules,
                 .nlowers = low_nrules(o->lowering)};
  CompileJob job = {.module = m, .o = o, .done = keep, .ctx = &c};
  if (compile_module(&s->arena, &job)) {
    s->nfuncs = n;
    settle(s, m, c.nlowers);
  } else {
    s->error = arena_printf(&s->arena, "offset 0x%zx: %s", job.error.off,
                            job.error.what);
  }
  memcpy(s->cycles, job.cycles, sizeof s->cycles);
  s->peak_bytes = job.peak_bytes;
  compile_free(&job);
}

void stats_collect(const char *path, const CompileOptions *o,
                   InputStats *s) {
  u8 *bytes;
  *s = (InputStats){.path = path};
  int e = file_read(&s->arena, path, &bytes, &s->size);
  if (e) {
    s->error = strerror(e);
    return;
  }
  s->hash = hash_bytes(bytes, s->size);
  compile_input(s, bytes, o);
}

void stats_free(InputStats *s) { arena_free(&s->arena); }
