// wb run: a WASI program, or one export of a module.
#include "back/run/run.h"
#include "back/run/wasi.h"
#include "workbench/cmd.h"
#include "workbench/engine.h"
#include "workbench/run_ir.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

// --- values on the command line ---------------------------------------------------

static bool parse_integer(const char *text, u8 type, u64 *bits) {
  char *end;
  bool minus = text[0] == '-';
  const char *digits = text + (minus || text[0] == '+');
  int base = digits[0] == '0' && (digits[1] | 32) == 'x' ? 16 : 10;
  if (!isxdigit((u8)digits[0]))
    return false;
  errno = 0;
  u64 v = minus ? (u64)strtoll(text, &end, base) : strtoull(text, &end, base);
  bool wide = minus ? (s64)v < INT32_MIN : v > UINT32_MAX;
  *bits = type == TY_I32 ? (u32)v : v;
  return !*end && !errno && !(wide && type == TY_I32);
}

// nan:0xPAYLOAD, as wasm text writes a NaN other than the canonical one.
static bool parse_nan(const char *text, u8 type, u64 *bits) {
  const u32 fraction = type == TY_F64 ? 52 : 23, width = type == TY_F64 ? 64 : 32;
  const u64 ones = ((u64)1 << (width - 1)) - ((u64)1 << fraction);
  bool minus = text[0] == '-';
  char *end;
  text += minus || text[0] == '+';
  if (strncmp(text, "nan:0x", 6) || !isxdigit((u8)text[6]))
    return false;
  errno = 0;
  u64 payload = strtoull(text + 6, &end, 16);
  *bits = (u64)minus << (width - 1) | ones | payload;
  return !*end && !errno && payload && !(payload >> fraction);
}

// Too small for the type is a subnormal or zero, too large is refused.
static bool parse_float(const char *text, u8 type, u64 *bits) {
  char *end;
  if (strchr(text, ':'))
    return parse_nan(text, type, bits);
  errno = 0;
  double d = type == TY_F64 ? strtod(text, &end) : (double)strtof(text, &end);
  float f = (float)d;
  if (type == TY_F64)
    memcpy(bits, &d, 8);
  else
    memcpy(bits, &f, 4);
  return *text && !isspace((u8)*text) && !*end && !(errno && isinf(d));
}

// Reads an argument as wasm text would write it; of references only null.
static bool parse_value(const char *text, u8 type, RunValue *out) {
  *out = (RunValue){.type = type};
  if (type == TY_I32 || type == TY_I64)
    return parse_integer(text, type, &out->bits);
  if (type == TY_F32 || type == TY_F64)
    return parse_float(text, type, &out->bits);
  return type == TY_REF && !strcmp(text, "null");
}

static void print_float(double d, u64 bits, u32 fraction, int digits) {
  u64 payload = bits & (((u64)1 << fraction) - 1);
  if (isnan(d) && payload != (u64)1 << (fraction - 1))
    printf("%snan:0x%llx\n", signbit(d) ? "-" : "", (unsigned long long)payload);
  else
    printf("%.*g\n", digits, d);
}

static void print_value(const RunValue *v) {
  float f;
  double d;
  switch ((Type)v->type) {
  case TY_I32: printf("%d\n", (s32)v->bits); break;
  case TY_I64: printf("%lld\n", (long long)v->bits); break;
  case TY_F32: memcpy(&f, &v->bits, 4); print_float((double)f, v->bits, 23, 9); break;
  case TY_F64: memcpy(&d, &v->bits, 8); print_float(d, v->bits, 52, 17); break;
  case TY_REF: puts(v->bits ? "ref" : "null"); break;
  case TY_NONE:
  case TY_V128:
  case TY_COUNT: break;
  }
}

// --- the guest's world ------------------------------------------------------------

static const char **guest_args(Arena *a, const Options *o) {
  const char **args = arena_array(a, const char *, o->args.s.n + 1);
  const char *slash = strrchr(o->args.s.at[0], '/');
  args[0] = slash ? slash + 1 : o->args.s.at[0];
  for (u32 k = 1; k < o->args.s.n; k++)
    args[k] = o->args.s.at[k];
  return args;
}

static int open_dirs(Arena *a, Wasi *w, const Options *o) {
  for (u32 k = 0; k < o->dirs.s.n; k++) {
    const char *text = o->dirs.s.at[k], *sep = strstr(text, "::");
    const char *host =
        sep ? arena_strndup(a, text, (size_t)(sep - text)) : text;
    int e = wasi_preopen(w, host, sep ? sep + 2 : text);
    if (e)
      return fail(EXIT_INPUT, "--dir %s: %s", host, strerror(e));
  }
  return EXIT_GOOD;
}

static int check_env(const Options *o) {
  for (u32 k = 0; k < o->env.s.n; k++)
    if (!strchr(o->env.s.at[k], '='))
      return fail(EXIT_USAGE, "run: --env wants K=V, not '%s'",
                  o->env.s.at[k]);
  return EXIT_GOOD;
}

// --- running ----------------------------------------------------------------------

static int trapped(const RunTrap *t) {
  if (t->exited)
    return t->exit_status & 255;
  engine_print_trap(t);
  return EXIT_TRAP;
}

static int call_export(Arena *a, Store *s, const Extern *e, const Options *o) {
  u32 given = o->args.s.n - 1, np = e->sig->nparams, nr = e->sig->nresults;
  RunValue *args = arena_array0(a, RunValue, np + 1);
  RunValue *results = arena_array0(a, RunValue, nr + 1);
  RunTrap trap;
  if (given != np)
    return fail(EXIT_USAGE, "run: %s takes %u argument%s, %u given", o->invoke,
                np, np == 1 ? "" : "s", given);
  for (u32 k = 0; k < np; k++)
    if (!parse_value(o->args.s.at[k + 1], e->sig->types[k], &args[k]))
      return fail(EXIT_USAGE, "run: '%s' is no value of type %s%s",
                  o->args.s.at[k + 1], type_names[e->sig->types[k]],
                  e->sig->types[k] == TY_REF ? "; null is" : "");
  if (!run_call(s, e->func, e->sig, args, results, &trap))
    return trapped(&trap);
  for (u32 k = 0; k < nr; k++)
    print_value(&results[k]);
  return EXIT_GOOD;
}

static int call_start(Store *s, Instance *i, const char *path) {
  Extern e;
  RunTrap trap;
  if (!instance_export(i, "_start", 6, &e) || e.kind != EXTERN_FUNC)
    return fail(EXIT_INPUT,
                "%s: no exported function _start; --invoke calls another", path);
  if (e.sig->nparams || e.sig->nresults)
    return fail(EXIT_INPUT, "%s: _start has parameters or results", path);
  return run_call(s, e.func, e.sig, NULL, NULL, &trap) ? EXIT_GOOD
                                                       : trapped(&trap);
}

static const char *const extern_names[] = {"function", "table", "memory",
                                           "global"};

// Nearest export for the message when a name is unknown.
static int unknown_export(Arena *a, Instance *i, const char *name) {
  const WasmModule *m = i->module;
  const char **names = arena_array(a, const char *, m->nexports + 1);
  u32 n = 0;
  for (u32 k = 0; k < m->nexports; k++)
    if (m->exports[k].kind == EXTERN_FUNC)
      names[n++] = arena_strndup(a, m->exports[k].name.at, m->exports[k].name.n);
  return fail(EXIT_USAGE, "run: no exported function %s%s", name,
              did_you_mean(a, word_nearest(name, names, n)));
}

static int run_instance(Arena *a, Store *s, Instance *i, const Options *o) {
  Extern e;
  if (!o->invoke)
    return call_start(s, i, o->args.s.at[0]);
  if (!instance_export(i, o->invoke, strlen(o->invoke), &e))
    return unknown_export(a, i, o->invoke);
  if (e.kind != EXTERN_FUNC)
    return fail(EXIT_USAGE, "run: export %s is no function but a %s", o->invoke,
                extern_names[e.kind]);
  Extern init; // a reactor is initialised before its exports are called
  RunTrap trap;
  if (strcmp(o->invoke, "_start") &&
      instance_export(i, "_initialize", 11, &init) &&
      init.kind == EXTERN_FUNC && !init.sig->nparams &&
      !run_call(s, init.func, init.sig, NULL, NULL, &trap))
    return trapped(&trap);
  return call_export(a, s, &e, o);
}

static int run_module(Arena *a, Store *s, const Options *o, const u8 *bytes,
                      size_t size) {
  Text err = {.arena = a};
  RunTrap trap;
  Instance *i;
  switch (instance_new(s, bytes, size, o->args.s.at[0], &i, &err, &trap)) {
  case RUN_OK: return run_instance(a, s, i, o);
  case RUN_TRAPPED: return trapped(&trap);
  case RUN_INVALID:
  case RUN_UNSUPPORTED:
  case RUN_UNLINKABLE: break;
  }
  return fail(EXIT_INPUT, "%s: %s", o->args.s.at[0], text_str(&err));
}

int cmd_run(Arena *a, Options *o) {
  u8 *bytes;
  size_t size;
  if (!o->args.s.n)
    return fail(EXIT_USAGE, "run: no module given; see wb help run");
  if (check_env(o))
    return EXIT_USAGE;
  if (!input_read(a, o->args.s.at[0], &bytes, &size))
    return EXIT_INPUT;
  if (is_ir_path(o->args.s.at[0]))
    return run_ir(a, o, bytes, size);
  BenchClock clock = {0};
  Store *s = engine_store(a, o);
  Wasi *w = host_wasi(s, guest_args(a, o), o->args.s.n, o->env.s.at,
                      o->env.s.n);
  host_bench(s, &clock);
  int status = open_dirs(a, w, o);
  if (!status)
    status = run_module(a, s, o, bytes, size);
  if (o->timings && clock.laps)
    fprintf(stderr, "bench: %llu ns in %u laps\n",
            (unsigned long long)clock.total_ns, clock.laps);
  wasi_close(w);
  store_free(s);
  return status;
}
