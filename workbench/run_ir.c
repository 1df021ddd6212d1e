// IR text as an instance of its own: what shows that a rule changes a program's
// meaning (`rulec verify` writes such programs), and runs what a dump was cut
// down to. Linear memory is 64 KiB of bytes that are their own number; host
// memory is what lies behind `vmctx`, as in any instance.
#include "workbench/run_ir.h"
#include "back/run/run.h"
#include "back/run/shell.h"
#include "workbench/engine.h"

#include <stdio.h>
#include <stdlib.h>

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

static bool read_args(const Options *o, const Sig *sig, RunValue *args) {
  for (u32 k = 0; k < sig->nparams; k++) {
    const char *text = o->args.s.at[k + 1];
    char *end;
    bool hex = text[0] == '0' && (text[1] | 32) == 'x';
    u64 v = text[0] == '-' ? (u64)strtoll(text, &end, 10)
                           : strtoull(text, &end, hex ? 16 : 10);
    u8 type = sig->types[k];
    if (!*text || *end || (type != TY_I32 && type != TY_I64))
      return false;
    args[k] = (RunValue){.type = type, .bits = type == TY_I32 ? (u32)v : v};
  }
  return true;
}

// References are addresses: which one is nobody's business.
static void print_result(const RunValue *v) {
  if (v->type == TY_I32)
    printf("%d\n", (s32)v->bits);
  else if (v->type == TY_I64)
    printf("%lld\n", (long long)v->bits);
  else if (v->type == TY_REF)
    puts(v->bits ? "ref" : "null");
  else
    printf("0x%0*llx\n", v->type == TY_F32 ? 8 : 16,
           (unsigned long long)v->bits);
}

static int call(Arena *a, Store *s, const Extern *e, const RunValue *args,
                const u8 *heap) {
  RunValue *results = arena_array0(a, RunValue, e->sig->nresults + 1u);
  RunTrap trap;
  u64 before = hash_bytes(heap, SHELL_HEAP);
  bool good = run_call(s, e->func, e->sig, args, results, &trap);
  if (!good)
    printf("trap %s%s%s\n", trap_names[trap.code],
           *trap.host_message ? ": " : "", trap.host_message);
  for (u32 k = 0; good && k < e->sig->nresults; k++)
    print_result(&results[k]);
  u64 after = hash_bytes(heap, SHELL_HEAP);
  if (after != before)
    printf("heap %016llx\n", (unsigned long long)after);
  return good ? EXIT_GOOD : EXIT_TRAP;
}

static int instantiate(Arena *a, const Options *o, IrModule *m, u32 func,
                       const RunValue *args) {
  CompileOptions c = engine_compile(a, o);
  c.source = shell_source;
  c.source_env = m;
  RunOptions r = {.interp = o->interp,
                  .explicit_bounds = o->explicit_bounds,
                  .max_memory_pages = 1,
                  .any_address = true,
                  .stack_bytes = o->stack_kib * 1024,
                  .compile = &c};
  Text wasm = shell_module(a, m, func), err = {.arena = a};
  Store *s = store_new(&r);
  Instance *i;
  RunTrap trap = {0};
  Extern e;
  int status;
  if (instance_new(s, (const u8 *)wasm.at, wasm.n, o->args.s.at[0], &i, &err,
                   &trap) != RUN_OK) {
    status = fail(EXIT_INPUT, "%s: %s", o->args.s.at[0], text_str(&err));
  } else {
    u8 *heap = i->ctx->mem->base;
    for (u32 k = 0; k < SHELL_HEAP; k++)
      heap[k] = (u8)(k ^ k >> 8);
    must(instance_export(i, "main", 4, &e), "no main");
    status = call(a, s, &e, args, heap);
  }
  store_free(s);
  return status;
}

static int complete(const char *path, const IrModule *m) {
  for (u32 k = 0; k < m->nfuncs; k++)
    if (!m->funcs[k])
      return fail(EXIT_INPUT, "%s: f%u has no body", path, k);
  return EXIT_GOOD;
}

int run_ir(Arena *a, const Options *o, const u8 *text, size_t size) {
  IrModule m;
  const char *path = o->args.s.at[0], *name = o->invoke ? o->invoke : "f0";
  int status = load(a, path, text, size, &m);
  if (!status)
    status = complete(path, &m);
  if (status)
    return status;
  u32 func = (u32)strtoul(name + (*name == 'f'), NULL, 10);
  if (*name != 'f' || func >= m.nfuncs)
    return fail(EXIT_USAGE, "run: no function %s in %s", name, path);
  const Sig *sig = &m.sigs[m.func_sigs[func]];
  RunValue *args = arena_array0(a, RunValue, sig->nparams + 1u);
  for (u32 k = 0; k < (u32)sig->nparams + sig->nresults; k++)
    if (sig->types[k] == TY_V128)
      return fail(EXIT_INPUT, "%s: %s has a v128", path, name);
  if (o->args.s.n - 1 != sig->nparams)
    return fail(EXIT_USAGE, "run: %s takes %u arguments, %u given", name,
                sig->nparams, o->args.s.n - 1);
  if (!read_args(o, sig, args))
    return fail(EXIT_USAGE, "run: arguments of IR are i32 and i64");
  return instantiate(a, o, &m, func, args);
}
