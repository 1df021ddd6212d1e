// The store: canonical signatures, names for imports, memories, tables, host
// functions. Memories reserve their whole 32-bit reach and a guard behind it,
// so that base + 32-bit index + 32-bit offset never leaves the reservation and
// growth never moves the base.
#include "back/run/run.h"
#include "back/run/code.h"
#include "back/run/store.h"

#include <sys/mman.h>

enum { PAGE = 65536 };
static const u64 heap_reach = (u64)2 << 32; // 32-bit index + 32-bit offset
static const u64 heap_guard = (u64)1 << 20; // widest access behind that

Store *store_new(const RunOptions *o) {
  Arena first = {0};
  Store *s = arena_new(&first, Store);
  s->arena = first;
  s->options = *o;
  if (!s->options.max_memory_pages)
    s->options.max_memory_pages = 65536;
  if (!s->options.stack_bytes)
    s->options.stack_bytes = 1 << 20;
  return s;
}

// Gives back the memories' address space, then the arena that holds the store
// itself.
void store_free(Store *s) {
  for (u32 k = 0; k < s->mems.n; k++)
    munmap(s->mems.at[k]->base, s->mems.at[k]->reserved);
  for (u32 k = 0; k < s->instances.n; k++)
    instance_release(s->instances.at[k]);
  for (u32 k = 0; k < s->code_arenas.n; k++)
    arena_free(&s->code_arenas.at[k]);
  store_release_stubs(s);
  if (s->locals)
    munmap(s->locals, LOCALS_BYTES);
  interp_release(s);
  Arena last = s->arena;
  arena_free(&last);
}

Arena *store_arena(Store *s) { return &s->arena; }
const RunOptions *store_options(const Store *s) { return &s->options; }

// --- signatures ---------------------------------------------------------------

u32 store_sig(Store *s, const u8 *types, u32 nparams, u32 nresults) {
  for (u32 k = 0; k < s->sigs.n; k++) {
    StoreSig *g = &s->sigs.at[k];
    if (g->nparams == nparams && g->nresults == nresults &&
        memcmp(g->types, types, nparams + nresults) == 0)
      return k + 1;
  }
  u8 *copy = arena_array(&s->arena, u8, nparams + nresults + 1);
  memcpy(copy, types, nparams + nresults);
  StoreSig g = {nparams, nresults, copy};
  vec_push(&s->arena, &s->sigs, g);
  return s->sigs.n;
}

// The enum Type of a wasm type byte.
static u8 type_of_byte(u8 t) {
  switch (t) {
  case 0x7f: return TY_I32;
  case 0x7e: return TY_I64;
  case 0x7d: return TY_F32;
  case 0x7c: return TY_F64;
  case 0x7b: return TY_V128;
  default: return TY_REF;
  }
}

// Reads one word of "i32 i64:f32" into its wasm type byte.
static u8 byte_of_word(const char **p) {
  static const struct { const char *word; u8 byte; } words[] = {
      {"i32", 0x7f}, {"i64", 0x7e}, {"f32", 0x7d},
      {"f64", 0x7c}, {"ref", 0x70}, {"ext", 0x6f},
  };
  for (u32 k = 0; k < sizeof words / sizeof *words; k++)
    if (strncmp(*p, words[k].word, 3) == 0) {
      *p += 3;
      return words[k].byte;
    }
  must(false, "bad signature word '%s'", *p);
  return 0;
}

VMFunc *store_host_func(Store *s, const char *sig, HostFn *fn, void *env,
                        Extern *out) {
  u8 bytes[32], types[32];
  u32 n = 0, nparams = 0;
  bool results = false;
  for (const char *p = sig; *p;) {
    if (*p == ' ' || *p == ':') {
      results |= *p++ == ':';
      continue;
    }
    must(n < 32, "long host signature '%s'", sig);
    bytes[n] = byte_of_word(&p);
    types[n] = type_of_byte(bytes[n]);
    n++;
    nparams += !results;
  }
  VMFunc *f = arena_new(&s->arena, VMFunc);
  f->sig = store_sig(s, bytes, nparams, n - nparams);
  f->host = fn;
  f->env = env;
  u8 *kept = arena_array(&s->arena, u8, 2 * n + 1);
  memcpy(kept, types, n);
  memcpy(kept + n, bytes, n);
  Sig *g = arena_new(&s->arena, Sig);
  *g = (Sig){(u16)nparams, (u16)(n - nparams), kept};
  f->code = store_host_stub(s, f, g);
  *out = (Extern){
      .kind = EXTERN_FUNC, .func = f, .sig = g, .sig_refs = kept + n};
  return f;
}

// --- names --------------------------------------------------------------------

void store_define(Store *s, const char *module, const char *name, Extern e) {
  StoreName n = {module, name, NULL, e};
  vec_push(&s->arena, &s->names, n);
}

void store_register(Store *s, const char *module, Instance *i) {
  StoreName n = {arena_strndup(&s->arena, module, strlen(module)), NULL, i,
                 {0}};
  vec_push(&s->arena, &s->names, n);
}

static bool same(WasmStr a, const char *b) {
  return a.n == strlen(b) && memcmp(a.at, b, a.n) == 0;
}

bool store_lookup(Store *s, WasmStr module, WasmStr name, Extern *out) {
  for (u32 k = s->names.n; k-- > 0;) {
    const StoreName *n = &s->names.at[k];
    if (!same(module, n->module))
      continue;
    if (n->instance) // a registered instance hides what was there before
      return instance_export(n->instance, name.at, name.n, out);
    if (same(name, n->name)) {
      *out = n->what;
      return true;
    }
  }
  return false;
}

bool store_knows(Store *s, WasmStr module) {
  for (u32 k = 0; k < s->names.n; k++)
    if (same(module, s->names.at[k].module))
      return true;
  return false;
}

// --- memories and tables ------------------------------------------------------

VMMemory *store_memory(Store *s, u32 min, u32 max) {
  u64 reserved = heap_reach + heap_guard;
  if (min > s->options.max_memory_pages)
    return NULL;
  void *base = mmap(NULL, reserved, PROT_NONE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED)
    return NULL;
  if (min && mprotect(base, (u64)min * PAGE, PROT_READ | PROT_WRITE)) {
    munmap(base, reserved);
    return NULL;
  }
  // Guests touch what they grow into: fewer, larger faults where the system
  // has huge pages to give.
  (void)madvise(base, (u64)1 << 32, MADV_HUGEPAGE);
  VMMemory *m = arena_new(&s->arena, VMMemory);
  *m = (VMMemory){.base = base,
                  .bytes = (u64)min * PAGE,
                  .pages = min,
                  .max_pages = max,
                  .reserved = reserved};
  vec_push(&s->arena, &s->mems, m);
  return m;
}

u32 memory_grow(VMMemory *m, u32 delta, u32 cap) {
  u32 old = m->pages;
  u64 pages = (u64)old + delta;
  u64 most = m->max_pages < cap ? m->max_pages : cap;
  if (pages > most || pages > 65536)
    return UINT32_MAX;
  if (delta && mprotect(m->base + m->bytes, (u64)delta * PAGE,
                        PROT_READ | PROT_WRITE))
    return UINT32_MAX;
  m->pages = (u32)pages;
  m->bytes = pages * PAGE;
  return old;
}

enum { TABLE_MOST = 10000000 }; // elements, as the browsers

VMTable *store_table(Store *s, u32 min, u32 max, u8 elem, u64 init) {
  VMTable *t = arena_new(&s->arena, VMTable);
  *t = (VMTable){.max = max, .type = elem == 0x70 ? 0 : 1};
  vec_push(&s->arena, &s->tables, t);
  return table_grow(s, t, min, init) == UINT32_MAX ? NULL : t;
}

// Grows by moving to an array of twice the size; the arena keeps the old one.
u32 table_grow(Store *s, VMTable *t, u32 delta, u64 init) {
  u64 n = (u64)t->n + delta;
  if (n > t->max || n > TABLE_MOST)
    return UINT32_MAX;
  if (n > t->cap)
    t->elems =
        vec_grow(&s->arena, t->elems, &t->cap, (u32)n, sizeof *t->elems);
  for (u64 k = t->n; k < n; k++)
    t->elems[k] = init;
  u32 old = t->n;
  t->n = (u32)n;
  return old;
}
