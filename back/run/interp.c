// Interpreted instances: each body is translated once (and, at -O1 and up,
// optimized), then run by mid/ir/interp.c on the same structures that machine
// code uses.
#include "back/compile.h"
#include "back/run/code.h"
#include "back/run/store.h"
#include "mid/ir/interp.h"

struct RunInterp {
  Interp in;
  Arena ir; // translated functions
  VEC(InterpCode *) counted;
};

static bool resolve(Interp *in, VMCtx *ctx, u32 func, InterpTarget *out) {
  const WasmModule *m = ctx->instance->module;
  (void)in;
  if (func < m->nimported_funcs)
    return false;
  *out = (InterpTarget){
      .code = ctx->instance->interp[func - m->nimported_funcs], .ctx = ctx};
  return true;
}

static const VMFunc *funcref(Interp *in, VMCtx *ctx, u32 func) {
  (void)in;
  return instance_func(ctx->instance, func);
}

// Arguments of "i32 ref i32:i32", one word each.
static u32 count_args(const char *sig) {
  u32 n = *sig != ':';
  for (; *sig != ':'; sig++)
    n += *sig == ' ';
  return n;
}

static TrapCode libcall(Interp *in, VMCtx *ctx, u32 k, const u64 *args,
                        u64 *result) {
  u64 five[5] = {0};
  (void)in;
  memcpy(five, args, count_args(libcall_sigs[k]) * sizeof *five);
  *result = vm_libcall((LibCall)k, ctx, five);
  return TRAP_NONE;
}

static struct RunInterp *interp_of(Store *s) {
  if (s->interp)
    return s->interp;
  struct RunInterp *r = arena_new(&s->arena, struct RunInterp);
  interp_init(&r->in);
  r->in.resolve = resolve;
  r->in.funcref = funcref;
  r->in.libcall = libcall;
  return s->interp = r;
}

void interp_release(Store *s) {
  if (!s->interp)
    return;
  interp_free(&s->interp->in);
  arena_free(&s->interp->ir);
}

// Translates one body, and checks and optimizes as the options say.
static bool prepare_one(Instance *i, u32 func, Arena arenas[2], Text *err,
                        RunStatus *st) {
  struct RunInterp *r = interp_of(i->store);
  const CompileOptions *o = i->store->options.compile;
  bool optimized = pass_enabled(&compile_passes[PASS_EGRAPH], o);
  Unit u = {.module = i->module, .o = o, .func = func,
            .ir = optimized ? &arenas[0] : &r->ir, .opt = &r->ir,
            .scratch = &arenas[1], .out = &arenas[1]};
  if (!compile_unit(&u, PASS_EGRAPH)) {
    text_add(err, "offset 0x%zx: %s", u.error.off, u.error.what);
    *st = u.error.unsupported ? RUN_UNSUPPORTED : RUN_INVALID;
    return false;
  }
  InterpCode *code = interp_code(&r->ir, u.f);
  if (i->store->options.count_ops) {
    (void)interp_count_blocks(&r->ir, code);
    vec_push(&r->ir, &r->counted, code);
  }
  i->interp[func - i->module->nimported_funcs] = code;
  arena_reset(&arenas[0]);
  arena_reset(&arenas[1]);
  return true;
}

RunStatus interp_prepare(Instance *i, Text *err) {
  const WasmModule *m = i->module;
  RunStatus st = RUN_OK;
  Arena arenas[2] = {0};
  i->interp = arena_array0(store_arena(i->store), struct InterpCode *,
                           m->nfuncs - m->nimported_funcs + 1);
  for (u32 k = m->nimported_funcs; k < m->nfuncs; k++)
    if (!prepare_one(i, k, arenas, err, &st))
      break;
  arena_free(&arenas[0]);
  arena_free(&arenas[1]);
  return st;
}

// By entries of blocks: what stands behind a trap counts as run.
void store_ops_run(Store *s, u64 *ran) {
  struct RunInterp *r = interp_of(s);
  for (u32 i = 0; i < r->counted.n; i++) {
    const Func *f = interp_func(r->counted.at[i]);
    const u64 *entered = interp_count_blocks(&r->ir, r->counted.at[i]);
    for (Block b = 1; b < f->blocks.n; b++)
      for (Val v = f->blocks.at[b].first; v < f->blocks.at[b].end; v++)
        ran[inst_at(f, v)->op] += entered[b];
  }
}

// Where a frame is; one that found no room is in no instruction yet.
static u32 frame_off(const InterpFrame *f) {
  const WasmModule *m = f->ctx->instance->module;
  u32 off = interp_frame_pos(f).off;
  return off ? off
             : m->bodies[interp_func(f->code)->index - m->nimported_funcs].off;
}

// The frames there are, innermost first.
static void copy_frames(const Interp *in, u32 from, RunTrap *t) {
  t->depth = in->nframes - from;
  t->nframes = 0;
  for (u32 k = in->nframes; k-- > from && t->nframes < RUN_MAX_FRAMES;) {
    const InterpFrame *f = &in->frames[k];
    t->frames[t->nframes++] =
        (RunFrame){f->ctx->instance, interp_func(f->code)->index,
                   frame_off(f)};
  }
}

void interp_enter(Store *s, VMFunc *f, const Sig *sig, u64 *words) {
  Interp *in = &interp_of(s)->in;
  InterpTarget target;
  u64 results[2 * 64 + 2];
  u64 *out = sig->nresults <= 64
                 ? results
                 : arena_array(&s->arena, u64, 2 * sig->nresults);
  must(resolve(in, f->ctx, f->index, &target), "function %u is no wasm",
       f->index);
  TrapCode code = interp_call(in, target, words, out);
  if (code)
    vm_raise(NULL, code);
  memcpy(words, out, 2 * sizeof *out * sig->nresults);
}

void interp_left(Store *s, RunTrap *trap) {
  Interp *in = &interp_of(s)->in;
  InterpMark start = {0};
  if (!trap->exited)
    copy_frames(in, 0, trap);
  interp_unwind(in, start);
}
