// The code of instances: compiled and published, or translated and interpreted.
//
// A module is compiled when it is instantiated, before its imports are looked
// at: the code depends on the module and the options alone. Stubs between C and
// wasm are made on demand, one per signature, in a region of the store that is
// writable only while one is written into it.
#include "back/run/code.h"
#include "back/compile.h"
#include "back/run/store.h"
#include "back/x64/abi.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>

struct CodeMap {
  CodeImage image;
};

// --- stubs ----------------------------------------------------------------------

enum { STUB_REGION = 1 << 16 };

static void stub_room(Store *s, u32 need) {
  StubRegion *r = &s->stub_memory;
  if (r->base && r->used + need <= STUB_REGION)
    return;
  must(need <= STUB_REGION, "a stub of %u bytes", need);
  r->base = mmap(NULL, STUB_REGION, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                 0);
  must(r->base != MAP_FAILED, "no memory for stubs");
  r->used = 0;
  vec_push(&s->arena, &s->stub_regions, r->base);
}

static const void *make_stub(Store *s, u32 sig_id, const Sig *sig, bool host) {
  for (u32 k = 0; k < s->stubs.n; k++)
    if (s->stubs.at[k].sig == sig_id && s->stubs.at[k].host == host)
      return s->stubs.at[k].code;
  stub_room(s, abi_stub_max(sig));
  StubRegion *r = &s->stub_memory;
  u8 *p = r->base + r->used;
  must(!mprotect(r->base, STUB_REGION, PROT_READ | PROT_WRITE), "mprotect");
  u32 n = host ? abi_host_stub(p, sig) : abi_entry_stub(p, sig);
  must(!mprotect(r->base, STUB_REGION, PROT_READ | PROT_EXEC), "mprotect");
  r->used += (n + 15) & ~15u;
  StoreStub stub = {sig_id, host, p};
  vec_push(&s->arena, &s->stubs, stub);
  return p;
}

const void *store_host_stub(Store *s, const VMFunc *f, const Sig *sig) {
  return s->options.interp ? NULL : make_stub(s, f->sig, sig, true);
}

void store_release_stubs(Store *s) {
  for (u32 k = 0; k < s->stub_regions.n; k++)
    munmap(s->stub_regions.at[k], STUB_REGION);
}

// --- compiling --------------------------------------------------------------------

static RunStatus refuse(const WasmError *e, Text *err) {
  text_add(err, "offset 0x%zx: %s", e->off, e->what);
  return e->unsupported ? RUN_UNSUPPORTED : RUN_INVALID;
}

static RunStatus compile(Instance *i, Text *err) {
  Store *s = i->store;
  CompileJob job = {.module = i->module, .o = s->options.compile};
  if (!compile_module(&s->arena, &job)) {
    compile_free(&job);
    return refuse(&job.error, err);
  }
  i->code = arena_new(&s->arena, struct CodeMap);
  int e = code_publish(&s->arena, job.blobs, i->module->nfuncs,
                       &i->code->image);
  must(!e, "publishing %u functions: %s", i->module->nfuncs, strerror(e));
  // Blobs' tables are read when something traps; they stay with the store.
  for (u32 k = 0; k < job.narenas; k++)
    vec_push(&s->arena, &s->code_arenas, job.arenas[k]);
  return RUN_OK;
}

RunStatus instance_prepare(Instance *i, Text *err) {
  if (i->store->options.interp)
    return interp_prepare(i, err);
  RunStatus st = compile(i, err);
  const WasmModule *m = i->module;
  for (u32 k = m->nimported_funcs; st == RUN_OK && k < m->nfuncs; k++)
    instance_func(i, k)->code = code_entry(&i->code->image, k);
  return st;
}

void instance_release(Instance *i) {
  if (i->code)
    code_unmap(&i->code->image);
}

// --- places -----------------------------------------------------------------------

static void fill_place(Instance *i, const CodeBlob *b, u32 off,
                       CodePlace *out) {
  const CodeTrap *t = code_trap(b, off);
  const CodePos *p = code_pos(b, off + 1); // of the call that ends there
  *out = (CodePlace){.instance = i, .func = b->func};
  // The stack is checked before the frame is made.
  bool framed = off >= b->framed && !(t && t->code == TRAP_STACK);
  out->frame = framed ? b->frame : 0;
  out->trap = t ? (TrapCode)t->code : TRAP_NONE;
  out->off = t ? t->pos.off : p ? p->pos.off : 0;
  if (out->trap == TRAP_STACK) // in no instruction yet
    out->off = i->module->bodies[b->func - i->module->nimported_funcs].off;
}

bool vm_code_find(Store *s, uintptr_t pc, CodePlace *out) {
  for (u32 k = 0; k < s->instances.n; k++) {
    Instance *i = s->instances.at[k];
    u32 off;
    const CodeBlob *b =
        i->code ? code_find(&i->code->image, (const void *)pc, &off) : NULL;
    if (b) {
      fill_place(i, b, off, out);
      return true;
    }
  }
  return false;
}

// --- entering -----------------------------------------------------------------------

void code_enter(Store *s, VMFunc *f, const Sig *sig, u64 *words) {
  if (s->options.interp) {
    interp_enter(s, f, sig, words);
    return;
  }
  const void *stub = make_stub(s, f->sig, sig, false);
  AbiEntryStub *enter;
  memcpy(&enter, &stub, sizeof enter);
  enter(f->ctx, f, words);
}

void code_left(Store *s, RunTrap *trap) {
  if (s->options.interp)
    interp_left(s, trap);
}
