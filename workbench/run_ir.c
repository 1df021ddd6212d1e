// IR text through the mid-end and the interpreter: what shows that a rule
// changes a program's meaning (`rulec verify` writes such programs), and runs
// what a dump was cut down to. There is no instance: host memory is not there,
// linear memory is 64 KiB of bytes that are their own number.
#include "workbench/run_ir.h"
#include "mid/egraph/egraph.h"
#include "mid/ir/interp.h"
#include "workbench/engine.h"

#include <stdio.h>
#include <stdlib.h>

enum { HEAP = 1 << 16, FUEL = 1 << 26 };

bool is_ir_path(const char *path) {
  const char *dot = strrchr(path, '.');
  return dot && !strcmp(dot, ".ir");
}

static int load(Arena *a, const char *path, const u8 *text, size_t size,
                IrModule *m) {
  Text err = {.arena = a};
  bool ok = ir_parse(a, (const char *)text, size, m, &err);
  for (u32 k = 0; ok && k < m->nfuncs; k++)
    ok = !m->funcs[k] || ir_verify(m->funcs[k], &err);
  return ok ? EXIT_GOOD : fail(EXIT_INPUT, "%s: %s", path, text_str(&err));
}

static void optimize(Arena *a, const Options *o, IrModule *m) {
  Arena scratch = {0};
  EgraphCounters counters = {0};
  CompileOptions c = engine_compile(a, o);
  if (o->no_egraph || (o->interp && o->level < 1) || o->level == 0)
    return;
  for (u32 k = 0; k < m->nfuncs; k++)
    if (m->funcs[k])
      m->funcs[k] = egraph_run(a, &scratch, m->funcs[k], &c.egraph, &counters,
                               NULL, NULL);
  arena_free(&scratch);
}

static bool read_args(const Options *o, const Sig *sig, u64 *args) {
  for (u32 k = 0; k < sig->nparams; k++) {
    const char *text = o->args.s.at[k + 1];
    char *end;
    bool hex = text[0] == '0' && (text[1] | 32) == 'x';
    u64 v = text[0] == '-' ? (u64)strtoll(text, &end, 10)
                           : strtoull(text, &end, hex ? 16 : 10);
    u8 type = sig->types[k];
    if (!*text || *end || (type != TY_I32 && type != TY_I64))
      return false;
    args[k] = type == TY_I32 ? (u32)v : v;
  }
  return true;
}

static void print_results(const Sig *sig, const u64 *r) {
  for (u32 k = 0; k < sig->nresults; k++) {
    u8 type = sig->types[sig->nparams + k];
    if (type == TY_I32)
      printf("%d\n", (s32)r[k]);
    else if (type == TY_I64)
      printf("%lld\n", (long long)r[k]);
    else
      printf("0x%0*llx\n", type == TY_F32 ? 8 : 16, (unsigned long long)r[k]);
  }
}

static int interpret(const IrModule *m, u32 func, const u64 *args, u8 *heap) {
  Interp in;
  InterpTarget t = {0};
  u64 results[64] = {0}, before = hash_bytes(heap, HEAP);
  interp_init(&in);
  interp_use_module(&in, m);
  in.heap = heap;
  in.heap_bytes = HEAP;
  in.fuel = FUEL;
  in.resolve(&in, NULL, func, &t);
  TrapCode trap = interp_call(&in, t, args, results);
  if (trap)
    printf("trap %s\n", in.out_of_fuel ? "out of fuel" : trap_names[trap]);
  else
    print_results(&m->sigs[m->func_sigs[func]], results);
  u64 after = hash_bytes(heap, HEAP);
  if (after != before)
    printf("heap %016llx\n", (unsigned long long)after);
  interp_free(&in);
  return trap ? EXIT_TRAP : EXIT_GOOD;
}

int run_ir(Arena *a, const Options *o, const u8 *text, size_t size) {
  IrModule m;
  const char *path = o->args.s.at[0], *name = o->invoke ? o->invoke : "f0";
  int status = load(a, path, text, size, &m);
  if (status)
    return status;
  u32 func = (u32)strtoul(name + (*name == 'f'), NULL, 10);
  if (*name != 'f' || func >= m.nfuncs || !m.funcs[func])
    return fail(EXIT_USAGE, "run: no function %s in %s", name, path);
  const Sig *sig = &m.sigs[m.func_sigs[func]];
  u64 *args = arena_array0(a, u64, sig->nparams + 1u);
  for (u32 k = 0; k < (u32)sig->nparams + sig->nresults; k++)
    if (sig->types[k] == TY_V128)
      return fail(EXIT_INPUT, "%s: %s has a v128", path, name);
  if (o->args.s.n - 1 != sig->nparams || sig->nresults > 64)
    return fail(EXIT_USAGE, "run: %s takes %u arguments, %u given", name,
                sig->nparams, o->args.s.n - 1);
  if (!read_args(o, sig, args))
    return fail(EXIT_USAGE, "run: arguments of IR are i32 and i64");
  u8 *heap = arena_array(a, u8, HEAP);
  for (u32 k = 0; k < HEAP; k++)
    heap[k] = (u8)(k ^ k >> 8);
  optimize(a, o, &m);
  return interpret(&m, func, args, heap);
}
