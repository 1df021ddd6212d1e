// wb wast: runs spec scripts as `wasm-tools json-from-wast` writes them.
//
// Every command is counted as passed, failed, or not applicable (malformed
// modules in the text format: this decoder reads the binary one). A script that
// needs features beyond this build fails command by command and says so.
#include "back/run/run.h"
#include "ops.h"
#include "workbench/cmd.h"
#include "workbench/engine.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct Named {
  const char *name;
  Instance *instance;
} Named;

typedef struct Script {
  Arena *arena;
  Options *options;
  Store *store;
  const char *path, *folder;
  VEC(Named) named;
  Instance *last;
  u32 passed, failed, skipped;
} Script;

static const char *str_of(json_t *o, const char *key) {
  const char *s = json_string_value(json_object_get(o, key));
  return s ? s : "";
}

static bool is(const char *a, const char *b) { return !strcmp(a, b); }

// Records a failure of the command at hand; returns false.
BASE_PRINTF(3, 4)
static bool failed(Script *s, json_t *cmd, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  fprintf(stderr, "%s:%d: %s: ", s->path,
          (int)json_integer_value(json_object_get(cmd, "line")),
          str_of(cmd, "type"));
  vfprintf(stderr, fmt, ap);
  fputc('\n', stderr);
  va_end(ap);
  return false;
}

// --- values -----------------------------------------------------------------------

static u64 lane_bits(const char *text, u32 bytes) {
  if (is(text, "nan:canonical") || is(text, "nan:arithmetic"))
    return bytes == 4 ? 0x7fc00000u : (u64)0x7ff8 << 48;
  u64 v = text[0] == '-' ? (u64)strtoll(text, NULL, 10)
                         : strtoull(text, NULL, 10);
  return bytes == 8 ? v : v & (((u64)1 << (8 * bytes)) - 1);
}

static bool read_value(json_t *v, RunValue *out) {
  static const struct { const char *name; u8 type, ref, bytes; } types[] = {
      {"i32", TY_I32, 0, 4},          {"i64", TY_I64, 0, 8},
      {"f32", TY_F32, 0, 4},          {"f64", TY_F64, 0, 8},
      {"externref", TY_REF, 0x6f, 0}, {"funcref", TY_REF, 0x70, 0},
      {"refnull", TY_REF, 0x6f, 0}, // a null of any type
  };
  const char *type = str_of(v, "type"), *text = str_of(v, "value");
  for (u32 k = 0; k < sizeof types / sizeof *types; k++) {
    if (!is(type, types[k].name))
      continue;
    *out = (RunValue){.type = types[k].type, .ref = types[k].ref};
    if (types[k].bytes)
      out->bits = lane_bits(text, types[k].bytes);
    else if (*text && !is(text, "null")) // host references are n + 1: 0 is null
      out->bits = strtoull(text, NULL, 10) + 1;
    return true;
  }
  return false;
}

static bool is_nan_of(const char *kind, u64 bits, u32 bytes) {
  u64 quiet = bytes == 4 ? 0x7fc00000u : (u64)0x7ff8 << 48;
  u64 sign = bytes == 4 ? 0x80000000u : (u64)1 << 63;
  if (is(kind, "nan:canonical"))
    return (bits & ~sign) == quiet;
  return (bits & quiet) == quiet;
}

static bool value_fits(json_t *want, const RunValue *got) {
  const char *type = str_of(want, "type");
  json_t *text = json_object_get(want, "value");
  RunValue v;
  if (got->type == TY_REF) {
    if (is(type, "refnull"))
      return got->bits == 0;
    if (!text)
      return got->bits != 0;
    return read_value(want, &v) && v.bits == got->bits;
  }
  if (!read_value(want, &v) || v.type != got->type)
    return false;
  if (json_string_value(text) && !strncmp(json_string_value(text), "nan:", 4))
    return is_nan_of(json_string_value(text), got->bits,
                     is(type, "f32") ? 4 : 8);
  return v.bits == got->bits;
}

// A result that may be one of several.
static bool result_fits(json_t *want, const RunValue *got) {
  if (!is(str_of(want, "type"), "either"))
    return value_fits(want, got);
  size_t k;
  json_t *each;
  json_array_foreach(json_object_get(want, "values"), k, each)
    if (value_fits(each, got))
      return true;
  return false;
}

static const char *show(Arena *a, const RunValue *v) {
  return arena_printf(a, "%s 0x%llx", type_names[v->type],
                      (unsigned long long)v->bits);
}

// --- modules ------------------------------------------------------------------------

static Instance *instance_named(Script *s, const char *name) {
  if (!*name)
    return s->last;
  for (u32 k = s->named.n; k-- > 0;)
    if (is(s->named.at[k].name, name))
      return s->named.at[k].instance;
  return NULL;
}

static bool load_file(Script *s, json_t *cmd, u8 **bytes, size_t *size) {
  const char *name = str_of(cmd, "binary_filename"); // of a module in text
  if (!*name)
    name = str_of(cmd, "filename");
  const char *path = arena_printf(s->arena, "%s%s", s->folder, name);
  return input_read(s->arena, path, bytes, size);
}

static RunStatus instantiate(Script *s, json_t *cmd, Instance **i, Text *err,
                             RunTrap *trap) {
  u8 *bytes;
  size_t size;
  *i = NULL;
  if (!load_file(s, cmd, &bytes, &size)) {
    text_add(err, "no module to read");
    return RUN_INVALID;
  }
  return instance_new(s->store, bytes, size, str_of(cmd, "name"), i, err, trap);
}

static bool do_module(Script *s, json_t *cmd) {
  Text err = {.arena = s->arena};
  RunTrap trap;
  Instance *i;
  RunStatus st = instantiate(s, cmd, &i, &err, &trap);
  s->last = NULL;
  if (st == RUN_TRAPPED)
    return failed(s, cmd, "trapped: %s", trap_messages[trap.code]);
  if (st != RUN_OK)
    return failed(s, cmd, "%s", text_str(&err));
  s->last = i;
  Named n = {arena_printf(s->arena, "%s", str_of(cmd, "name")), i};
  vec_push(s->arena, &s->named, n);
  return true;
}

// A definition is only decoded and validated: instances are made of it later.
static bool do_definition(Script *s, json_t *cmd) {
  u8 *bytes;
  size_t size;
  WasmError err = {0};
  if (!load_file(s, cmd, &bytes, &size))
    return false;
  return wasm_validate(s->arena, bytes, size, &err) ||
         failed(s, cmd, "offset 0x%zx: %s", err.off, err.what);
}

static bool do_register(Script *s, json_t *cmd) {
  Instance *i = instance_named(s, str_of(cmd, "name"));
  if (!i)
    return failed(s, cmd, "no module to register");
  store_register(s->store, str_of(cmd, "as"), i);
  return true;
}

// --- actions -------------------------------------------------------------------------

enum { MOST_VALUES = 64 };

typedef struct Outcome {
  bool trapped;
  RunTrap trap;
  RunValue results[MOST_VALUES];
  u32 n;
} Outcome;

static bool invoke(Script *s, json_t *cmd, json_t *act, Extern *e,
                   Outcome *out) {
  RunValue args[MOST_VALUES];
  json_t *list = json_object_get(act, "args");
  size_t k, n = json_array_size(list);
  if (n != e->sig->nparams || n > MOST_VALUES ||
      e->sig->nresults > MOST_VALUES)
    return failed(s, cmd, "wrong number of arguments");
  for (k = 0; k < n; k++)
    if (!read_value(json_array_get(list, k), &args[k]))
      return failed(s, cmd, "argument of type %s is not supported",
                    str_of(json_array_get(list, k), "type"));
  out->n = e->sig->nresults;
  out->trapped =
      !run_call(s->store, e->func, e->sig, args, out->results, &out->trap);
  return true;
}

static bool act(Script *s, json_t *cmd, Outcome *out) {
  json_t *action = json_object_get(cmd, "action");
  const char *name = str_of(action, "field");
  size_t length = json_string_length(json_object_get(action, "field"));
  Instance *i = instance_named(s, str_of(action, "module"));
  Extern e;
  out->n = 0;
  out->trapped = false;
  if (!i || !instance_export(i, name, length, &e))
    return failed(s, cmd, "no export \"%s\"", name);
  if (is(str_of(action, "type"), "get") && e.kind == EXTERN_GLOBAL) {
    out->n = 1;
    out->results[0] = (RunValue){e.global->type, e.global->ref,
                                 e.global->cell[0], e.global->cell[1]};
    if (e.global->type == TY_I32 || e.global->type == TY_F32)
      out->results[0].bits &= 0xffffffffu;
    return true;
  }
  if (e.kind != EXTERN_FUNC)
    return failed(s, cmd, "\"%s\" is no function", name);
  return invoke(s, cmd, action, &e, out);
}

static bool do_return(Script *s, json_t *cmd) {
  Outcome out;
  json_t *want = json_object_get(cmd, "expected");
  if (!act(s, cmd, &out))
    return false;
  if (out.trapped)
    return failed(s, cmd, "trapped: %s", trap_messages[out.trap.code]);
  if (json_array_size(want) != out.n)
    return failed(s, cmd, "%u results, not %u", out.n,
                  (u32)json_array_size(want));
  for (u32 k = 0; k < out.n; k++)
    if (!result_fits(json_array_get(want, k), &out.results[k]))
      return failed(s, cmd, "result %u is %s, not %s", k,
                    show(s->arena, &out.results[k]),
                    json_dumps(json_array_get(want, k), 0));
  return true;
}

// The trap's message begins as the script says, or the script's as ours.
static bool trap_fits(json_t *cmd, TrapCode code) {
  const char *want = str_of(cmd, "text"), *got = trap_messages[code];
  size_t n = strlen(want) < strlen(got) ? strlen(want) : strlen(got);
  return !strncmp(want, got, n);
}

static bool do_trap(Script *s, json_t *cmd) {
  Outcome out;
  if (!act(s, cmd, &out))
    return false;
  if (!out.trapped)
    return failed(s, cmd, "returned, but \"%s\" was expected",
                  str_of(cmd, "text"));
  if (!trap_fits(cmd, out.trap.code))
    return failed(s, cmd, "trapped with \"%s\", not \"%s\"",
                  trap_messages[out.trap.code], str_of(cmd, "text"));
  return true;
}

static bool do_action(Script *s, json_t *cmd) {
  Outcome out;
  if (!act(s, cmd, &out))
    return false;
  return !out.trapped ||
         failed(s, cmd, "trapped: %s", trap_messages[out.trap.code]);
}

// --- refusals -------------------------------------------------------------------------

static bool do_invalid(Script *s, json_t *cmd) {
  u8 *bytes;
  size_t size;
  WasmError err = {0};
  if (!load_file(s, cmd, &bytes, &size))
    return false;
  if (wasm_validate(s->arena, bytes, size, &err))
    return failed(s, cmd, "accepted, but \"%s\" was expected",
                  str_of(cmd, "text"));
  return true;
}

static bool do_unlinkable(Script *s, json_t *cmd) {
  Text err = {.arena = s->arena};
  RunTrap trap;
  Instance *i;
  RunStatus st = instantiate(s, cmd, &i, &err, &trap);
  return st == RUN_UNLINKABLE ||
         failed(s, cmd, "%s, but \"%s\" was expected",
                st == RUN_OK ? "linked" : text_str(&err), str_of(cmd, "text"));
}

static bool do_uninstantiable(Script *s, json_t *cmd) {
  Text err = {.arena = s->arena};
  RunTrap trap;
  Instance *i;
  RunStatus st = instantiate(s, cmd, &i, &err, &trap);
  if (st != RUN_TRAPPED)
    return failed(s, cmd, "%s, but a trap was expected",
                  st == RUN_OK ? "instantiated" : text_str(&err));
  return trap_fits(cmd, trap.code) ||
         failed(s, cmd, "trapped with \"%s\", not \"%s\"",
                trap_messages[trap.code], str_of(cmd, "text"));
}

// --- the script ------------------------------------------------------------------------

typedef bool CommandFn(Script *s, json_t *cmd);
static const struct { const char *type; CommandFn *run; } handlers[] = {
    {"module", do_module},
    {"module_definition", do_definition},
    {"register", do_register},
    {"assert_return", do_return},
    {"assert_trap", do_trap},
    {"assert_exhaustion", do_trap},
    {"action", do_action},
    {"assert_invalid", do_invalid},
    {"assert_malformed", do_invalid},
    {"assert_unlinkable", do_unlinkable},
    {"assert_uninstantiable", do_uninstantiable},
};

static void run_one(Script *s, json_t *cmd) {
  const char *type = str_of(cmd, "type");
  if (is(str_of(cmd, "module_type"), "text") &&
      !*str_of(cmd, "binary_filename")) {
    s->skipped++;
    return;
  }
  for (u32 k = 0; k < sizeof handlers / sizeof *handlers; k++)
    if (is(type, handlers[k].type)) {
      if (handlers[k].run(s, cmd))
        s->passed++;
      else
        s->failed++;
      return;
    }
  s->failed++;
  failed(s, cmd, "this command is not supported");
}

static void print_ops_run(Arena *a, Store *s) {
  u64 *ran = arena_array0(a, u64, op_count);
  store_ops_run(s, ran);
  for (u32 op = 0; op < op_count; op++)
    if (ran[op])
      printf("%s %llu\n", op_info[op].name, (unsigned long long)ran[op]);
}

static int run_script(Arena *a, Options *o, const char *path, Script *total) {
  json_t *doc = input_json(path, JSON_ALLOW_NUL);
  if (!doc)
    return EXIT_INPUT;
  const char *slash = strrchr(path, '/');
  json_t *list = json_object_get(doc, "commands"), *cmd;
  size_t k;
  if (!json_is_array(list)) {
    json_decref(doc);
    return fail(EXIT_INPUT, "%s: no list of commands in it", path);
  }
  Script s = {.arena = a, .options = o, .path = path};
  s.folder = slash ? arena_strndup(a, path, (size_t)(slash - path) + 1) : "";
  s.store = engine_store(a, o);
  host_spectest(s.store);
  json_array_foreach(list, k, cmd) run_one(&s, cmd);
  if (!o->quiet || s.failed)
    printf("%s: %u passed, %u failed, %u not applicable\n", path, s.passed,
           s.failed, s.skipped);
  if (o->ops_run)
    print_ops_run(a, s.store);
  total->passed += s.passed;
  total->failed += s.failed;
  total->skipped += s.skipped;
  store_free(s.store);
  json_decref(doc);
  return EXIT_GOOD;
}

int cmd_wast(Arena *a, Options *o) {
  Script total = {0};
  u32 bad = 0;
  if (!o->args.s.n)
    return fail(EXIT_USAGE, "wast: no script given; see wb help wast");
  for (u32 k = 0; k < o->args.s.n; k++) {
    Arena one = {0};
    bad += run_script(&one, o, o->args.s.at[k], &total) != EXIT_GOOD;
    arena_free(&one);
  }
  (void)a;
  if (o->args.s.n > 1)
    printf("%u passed, %u failed, %u not applicable\n", total.passed,
           total.failed, total.skipped);
  return total.failed ? EXIT_BAD : inputs_status(bad, o->args.s.n);
}
