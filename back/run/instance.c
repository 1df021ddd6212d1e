// Instantiation: decode, resolve imports, allocate what the module owns, make
// its code callable, run the active segments, then the start function. In the
// order of the specification: nothing is written before all imports match, and
// the writes of segments before a failing one stay.
#include "back/run/store.h"

#include <stdio.h>

// --- imports ------------------------------------------------------------------

static const char *const kind_names[] = {"function", "table", "memory",
                                         "global"};

static void link_error(Text *err, const WasmImport *im, const char *what) {
  text_add(err, "%s: import \"%s\" \"%s\" (%s)", what,
           wasm_printable(err->arena, im->module),
           wasm_printable(err->arena, im->name), kind_names[im->kind]);
}

// A limit found fits one asked for: at least as large now, and bounded as much.
static bool limits_fit(u32 now, u32 max, WasmLimits want) {
  return now >= want.min && (want.max == UINT32_MAX || max <= want.max);
}

static bool import_fits(Instance *i, const WasmImport *im, const Extern *e) {
  const WasmModule *m = i->module;
  if (e->kind != im->kind)
    return false;
  switch (im->kind) {
  case EXTERN_FUNC:
    return e->func->sig == i->ctx->sig_ids[m->func_types[im->index]];
  case EXTERN_TABLE: {
    const WasmTable *t = &m->tables[im->index];
    return e->table->type == (t->elem == 0x70 ? 0u : 1u) &&
           limits_fit(e->table->n, e->table->max, t->lim);
  }
  case EXTERN_MEM:
    return limits_fit(e->mem->pages, e->mem->max_pages, m->mems[im->index]);
  case EXTERN_GLOBAL: {
    const WasmGlobal *g = &m->globals[im->index];
    return e->global->type == g->type && e->global->mut == g->mut &&
           (g->type != TY_REF || e->global->ref == g->ref);
  }
  }
  return false;
}

static void *ctx_at(const Instance *i, u32 off) {
  return (u8 *)i->ctx + off;
}
static VMTable **ctx_tables(const Instance *i) {
  return ctx_at(i, i->module->layout.tables);
}
static VMFunc **ctx_imports(const Instance *i) {
  return ctx_at(i, i->module->layout.imports);
}
static VMFunc *ctx_funcs(const Instance *i) {
  return ctx_at(i, i->module->layout.funcs);
}
static u64 *ctx_cell(const Instance *i, u32 global) {
  return ctx_at(i, i->module->layout.globals + 16 * global);
}

static void import_bind(Instance *i, const WasmImport *im, const Extern *e) {
  switch (im->kind) {
  case EXTERN_FUNC:
    ctx_imports(i)[im->index] = e->func;
    break;
  case EXTERN_TABLE:
    ctx_tables(i)[im->index] = e->table;
    break;
  case EXTERN_MEM:
    i->ctx->mem = e->mem;
    break;
  case EXTERN_GLOBAL:
    i->globals[im->index] = *e->global;
    *ctx_cell(i, im->index) = (u64)(uintptr_t)e->global->cell;
    break;
  }
}

static bool resolve_imports(Instance *i, Text *err) {
  for (u32 k = 0; k < i->module->nimports; k++) {
    const WasmImport *im = &i->module->imports[k];
    Extern e;
    if (!store_lookup(i->store, im->module, im->name, &e)) {
      link_error(err, im, "unknown import");
      return false;
    }
    if (!import_fits(i, im, &e)) {
      link_error(err, im, "incompatible import type");
      return false;
    }
    import_bind(i, im, &e);
  }
  return true;
}

// --- what the module owns -------------------------------------------------------

VMFunc *instance_func(const Instance *i, u32 func) {
  u32 ni = i->module->nimported_funcs;
  return func < ni ? ctx_imports(i)[func] : &ctx_funcs(i)[func - ni];
}

static u64 const_value(const Instance *i, const WasmConst *c, u64 *high) {
  *high = c->kind == CONST_V128 ? c->high : 0;
  switch (c->kind) {
  case CONST_GLOBAL:
    *high = i->globals[c->value].cell[1];
    return i->globals[c->value].cell[0];
  case CONST_FUNC:
    return (u64)(uintptr_t)instance_func(i, (u32)c->value);
  case CONST_NONE:
  case CONST_NULL:
    return 0;
  case CONST_I32:
  case CONST_I64:
  case CONST_F32:
  case CONST_F64:
  case CONST_V128:
    return c->value;
  }
  return 0;
}

static u32 const_u32(const Instance *i, const WasmConst *c) {
  u64 high;
  return (u32)const_value(i, c, &high);
}

static void make_funcs(Instance *i) {
  const WasmModule *m = i->module;
  for (u32 k = m->nimported_funcs; k < m->nfuncs; k++) {
    VMFunc *f = instance_func(i, k);
    *f = (VMFunc){
        .ctx = i->ctx, .sig = i->ctx->sig_ids[m->func_types[k]], .index = k};
  }
}

static bool make_tables_and_memory(Instance *i, Text *err) {
  const WasmModule *m = i->module;
  for (u32 k = m->nimported_tables; k < m->ntables; k++) {
    const WasmTable *t = &m->tables[k];
    VMTable *made = store_table(i->store, t->lim.min, t->lim.max, t->elem, 0);
    if (!made) {
      text_add(err, "table %u: %u elements are more than this host gives", k,
               t->lim.min);
      return false;
    }
    ctx_tables(i)[k] = made;
  }
  if (m->nmems && !m->nimported_mems) {
    i->ctx->mem = store_memory(i->store, m->mems[0].min, m->mems[0].max);
    if (!i->ctx->mem) {
      text_add(err, "memory: no room for %u pages: does ulimit -v forbid to reserve?",
               m->mems[0].min);
      return false;
    }
  }
  if (i->ctx->mem)
    i->ctx->heap = i->ctx->mem->base;
  return true;
}

static void make_globals(Instance *i) {
  const WasmModule *m = i->module;
  for (u32 k = m->nimported_globals; k < m->nglobals; k++) {
    const WasmGlobal *g = &m->globals[k];
    u64 *cell = ctx_cell(i, k);
    i->globals[k] =
        (VMGlobal){.cell = cell, .type = g->type, .ref = g->ref, .mut = g->mut};
    cell[0] = const_value(i, &g->init, &cell[1]);
  }
}

// --- segments -------------------------------------------------------------------

bool elem_copy(VMCtx *ctx, u32 table, u32 seg, u64 dst, u64 src, u64 n) {
  Instance *i = ctx->instance;
  const WasmElem *e = &i->module->elems[seg];
  VMTable *t = ctx_tables(i)[table];
  u64 have = bit_has(i->elem_dropped, seg) ? 0 : e->n;
  if (src + n > have || dst + n > t->n)
    return false;
  for (u64 k = 0; k < n; k++) {
    u64 high;
    t->elems[dst + k] = const_value(i, &e->items[src + k], &high);
  }
  return true;
}

bool data_copy(VMCtx *ctx, u32 seg, u64 dst, u64 src, u64 n) {
  Instance *i = ctx->instance;
  const WasmData *d = &i->module->datas[seg];
  u64 have = bit_has(i->data_dropped, seg) ? 0 : d->n;
  if (src + n > have || dst + n > ctx->mem->bytes)
    return false;
  if (n)
    memcpy(ctx->mem->base + dst, d->bytes + src, n);
  return true;
}

// No code runs here: the message is all that says where.
static bool segment_traps(RunTrap *t, TrapCode code, const char *what, u32 k,
                          u32 at, u32 n) {
  *t = (RunTrap){.code = code};
  snprintf(t->host_message, sizeof t->host_message,
           "%s segment %u: %u %s at %u", what, k, n,
           code == TRAP_HEAP_OOB ? "bytes" : "elements", at);
  return false;
}

// Copies active segments in order, and drops what no code may use again.
static bool run_segments(Instance *i, RunTrap *trap) {
  const WasmModule *m = i->module;
  for (u32 k = 0; k < m->nelems; k++) {
    const WasmElem *e = &m->elems[k];
    u32 at = e->mode == 0 ? const_u32(i, &e->offset) : 0;
    if (e->mode == 0 && !elem_copy(i->ctx, e->table, k, at, 0, e->n))
      return segment_traps(trap, TRAP_TABLE_OOB, "element", k, at, e->n);
    if (e->mode != 1)
      bit_add(i->elem_dropped, k);
  }
  for (u32 k = 0; k < m->ndatas; k++) {
    const WasmData *d = &m->datas[k];
    if (d->mode != 0)
      continue;
    u32 at = const_u32(i, &d->offset);
    if (!data_copy(i->ctx, k, at, 0, d->n))
      return segment_traps(trap, TRAP_HEAP_OOB, "data", k, at, d->n);
    bit_add(i->data_dropped, k);
  }
  return true;
}

// --- the whole --------------------------------------------------------------------

static u32 *canonical_sigs(Store *s, const WasmModule *m) {
  u32 *ids = arena_array(&s->arena, u32, m->ntypes + 1);
  for (u32 k = 0; k < m->ntypes; k++)
    ids[k] = store_sig(s, m->type_refs[k], m->types[k].nparams,
                       m->types[k].nresults);
  return ids;
}

static Instance *allocate(Store *s, WasmModule *m, const char *name) {
  Arena *a = &s->arena;
  Instance *i = arena_new(a, Instance);
  i->store = s;
  i->module = m;
  i->name = name;
  u32 size = m->layout.size < sizeof(VMCtx) ? (u32)sizeof(VMCtx)
                                            : m->layout.size;
  i->ctx = arena_zero(a, size, 16);
  i->ctx->instance = i;
  i->ctx->libcalls = (const void *const *)(const void *)vm_libcalls;
  i->ctx->sig_ids = canonical_sigs(s, m);
  i->globals = arena_array0(a, VMGlobal, m->nglobals + 1);
  i->data_dropped = arena_array0(a, u64, bit_words(m->ndatas) + 1);
  i->elem_dropped = arena_array0(a, u64, bit_words(m->nelems) + 1);
  vec_push(a, &s->instances, i);
  return i;
}

static bool run_start(Instance *i, RunTrap *trap) {
  const WasmModule *m = i->module;
  if (m->start == UINT32_MAX)
    return true;
  Sig none = {0, 0, NULL};
  return run_call(i->store, instance_func(i, m->start), &none, NULL, NULL, trap);
}

RunStatus instance_new(Store *s, const u8 *bytes, size_t size, const char *name,
                       Instance **out, Text *err, RunTrap *trap) {
  WasmModule *m = arena_new(&s->arena, WasmModule);
  WasmError we = {0};
  *out = NULL;
  if (!wasm_decode(&s->arena, bytes, size, m, &we)) {
    text_add(err, "offset 0x%zx: %s", we.off, we.what);
    return we.unsupported ? RUN_UNSUPPORTED : RUN_INVALID;
  }
  Instance *i = allocate(s, m, name);
  make_funcs(i);
  RunStatus st = instance_prepare(i, err);
  if (st != RUN_OK)
    return st;
  if (!resolve_imports(i, err) || !make_tables_and_memory(i, err))
    return RUN_UNLINKABLE;
  make_globals(i);
  *out = i;
  bool ok = run_segments(i, trap) && run_start(i, trap);
  return ok ? RUN_OK : RUN_TRAPPED;
}

static void export_func(Instance *i, u32 func, Extern *out) {
  u32 type = i->module->func_types[func];
  out->func = instance_func(i, func);
  out->sig = &i->module->types[type];
  out->sig_refs = i->module->type_refs[type];
}

bool instance_export(Instance *i, const char *name, size_t n, Extern *out) {
  const WasmModule *m = i->module;
  for (u32 k = 0; k < m->nexports; k++) {
    const WasmExport *e = &m->exports[k];
    if (e->name.n != n || memcmp(e->name.at, name, n) != 0)
      continue;
    *out = (Extern){.kind = e->kind};
    switch (e->kind) {
    case EXTERN_FUNC: export_func(i, e->index, out); break;
    case EXTERN_TABLE: out->table = ctx_tables(i)[e->index]; break;
    case EXTERN_MEM: out->mem = i->ctx->mem; break;
    case EXTERN_GLOBAL: out->global = &i->globals[e->index]; break;
    }
    return true;
  }
  return false;
}

void *vm_memory_at(VMCtx *ctx, u64 off, u64 n) {
  if (!ctx->mem || off > ctx->mem->bytes || n > ctx->mem->bytes - off)
    return NULL;
  return ctx->mem->base + off;
}
