// wb dump: one or several functions of a module, compiled as far as a kind
// (workbench/viz/kinds.c) wants, as text, dot or svg.
//
// What is asked is checked before anything is compiled: kind, format, file,
// module, functions. A function that cannot be compiled is named, the others
// are shown.
#include "workbench/engine.h"
#include "workbench/viz/viz.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>

typedef enum Format {
  FORMAT_TEXT,
  FORMAT_DOT,
  FORMAT_SVG,
  FORMAT_JSON,
  FORMATS
} Format;
static const char *const format_names[FORMATS] = {"text", "dot", "svg", "json"};

typedef struct Dump {
  const Options *o;
  const char *path;
  const VizKind *kind;
  Format format;
  CompileOptions compile;
  WasmModule module;
  const char **names; // by function index
  VEC(u32) funcs;     // asked for, ascending
  FILE *out;
} Dump;

// --- what is asked -----------------------------------------------------------

static int hint(const char *what, const char *word, const char *const *words,
                u32 n, const char *all) {
  const char *near = word_nearest(word, words, n);
  if (near)
    return fail(EXIT_USAGE, "dump: unknown %s %s (did you mean %s?)", what,
                word, near);
  return fail(EXIT_USAGE, "dump: unknown %s %s; there is %s", what, word, all);
}

static int pick_kind(Arena *a, Dump *d) {
  const char *names[16];
  Text all = {.arena = a};
  u32 n = 0;
  for (const VizKind *k = viz_kinds; k->name; k++) {
    text_add(&all, n ? ", %s" : "%s", k->name);
    names[n++] = k->name;
    if (d->o->emit && !strcmp(d->o->emit, k->name))
      d->kind = k;
  }
  if (!d->o->emit)
    return fail(EXIT_USAGE, "dump: --emit wants one of %s", text_str(&all));
  if (!d->kind)
    return hint("kind", d->o->emit, names, n, text_str(&all));
  if (d->kind->needs_egraph &&
      !pass_enabled(&compile_passes[PASS_EGRAPH], &d->compile))
    return fail(EXIT_USAGE, "dump: there is no e-graph at -O%d%s",
                d->compile.level,
                d->compile.no_egraph ? " with --no-egraph" : "; try -O1");
  return EXIT_GOOD;
}

static bool ends_with(const char *s, const char *end) {
  size_t n = strlen(s), m = strlen(end);
  return n >= m && !strcmp(s + n - m, end);
}

static int pick_format(Dump *d) {
  const char *word = d->o->format, *file = d->o->output;
  if (!word && file && d->kind->graph)
    word = ends_with(file, ".dot")    ? "dot"
           : ends_with(file, ".svg")  ? "svg"
           : ends_with(file, ".json") ? "json"
                                      : NULL;
  for (u32 k = 0; word && k < FORMATS; k++)
    if (!strcmp(word, format_names[k])) {
      d->format = (Format)k;
      word = NULL;
    }
  if (word)
    return hint("format", word, format_names, FORMATS,
                "text, dot, svg and json");
  if (d->format == FORMAT_JSON ? !d->kind->json
                               : d->format != FORMAT_TEXT && !d->kind->graph)
    return fail(EXIT_USAGE, "dump: %s has no %s form", d->kind->name,
                format_names[d->format]);
  return EXIT_GOOD;
}

static int pick_file(Dump *d) {
  const StrList *args = &d->o->args;
  if (!args->s.n)
    return fail(EXIT_USAGE, "dump: no module given; see wb help dump");
  if (args->s.n > 1)
    return fail(EXIT_USAGE, "dump: one module at a time, not %s as well",
                args->s.at[1]);
  d->path = args->s.at[0];
  return EXIT_GOOD;
}

static int load(Arena *a, Dump *d) {
  u8 *bytes;
  size_t size;
  WasmError err = {0};
  if (!input_read(a, d->path, &bytes, &size))
    return EXIT_INPUT;
  if (!wasm_validate(a, bytes, size, &err) ||
      !wasm_decode(a, bytes, size, &d->module, &err))
    return fail(EXIT_INPUT, "%s: offset 0x%zx: %s", d->path, err.off, err.what);
  return EXIT_GOOD;
}

// --- functions ---------------------------------------------------------------

static void read_names(Arena *a, Dump *d) {
  d->names = arena_array(a, const char *, d->module.nfuncs + 1);
  for (u32 k = 0; k < d->module.nfuncs; k++)
    d->names[k] = wasm_func_name(&d->module, a, k);
}

static bool is_index(const char *s) {
  return *s && strspn(s, "0123456789") == strlen(s) && strlen(s) < 10;
}

// Index, exact name, or else glob.
static void match(Arena *a, Dump *d, const char *want) {
  u32 first = d->module.nimported_funcs;
  if (want && is_index(want)) {
    u32 k = (u32)strtoul(want, NULL, 10);
    if (k >= first && k < d->module.nfuncs)
      vec_push(a, &d->funcs, k);
    return;
  }
  for (u32 k = first; k < d->module.nfuncs; k++)
    if (!want || !strcmp(want, d->names[k]))
      vec_push(a, &d->funcs, k);
  if (d->funcs.n || !want)
    return;
  for (u32 k = first; k < d->module.nfuncs; k++)
    if (!fnmatch(want, d->names[k], 0))
      vec_push(a, &d->funcs, k);
}

static int no_function(const Dump *d, const char *want) {
  u32 first = d->module.nimported_funcs, n = d->module.nfuncs;
  if (!want)
    return fail(EXIT_USAGE, "dump: %s has no functions of its own", d->path);
  for (u32 k = 0; k < first; k++)
    if (!strcmp(want, d->names[k]) ||
        (is_index(want) && k == strtoul(want, NULL, 10)))
      return fail(EXIT_USAGE, "dump: function %s of %s is imported", want,
                  d->path);
  if (is_index(want))
    return fail(EXIT_USAGE,
                "dump: no function %s: %s has %u, %u of them "
                "imported",
                want, d->path, n, first);
  const char *near = word_nearest(want, d->names + first, n - first);
  if (near)
    return fail(EXIT_USAGE, "dump: no function %s in %s (did you mean %s?)",
                want, d->path, near);
  return fail(EXIT_USAGE, "dump: no function %s in %s", want, d->path);
}

// A graph shows one function: says which could be meant.
static int too_many(Arena *a, const Dump *d) {
  enum { MOST = 5 };
  Text t = {.arena = a};
  for (u32 k = 0; k < d->funcs.n && k < MOST; k++)
    text_add(&t, k ? ", %s" : "%s", d->names[d->funcs.at[k]]);
  if (d->funcs.n > MOST)
    text_add(&t, ", ...");
  return fail(EXIT_USAGE,
              "dump: --format=%s shows one function, but %s%s is "
              "%u: %s",
              format_names[d->format], d->o->function ? "-F " : "without -F it",
              d->o->function ? d->o->function : "", d->funcs.n, text_str(&t));
}

static int pick_functions(Arena *a, Dump *d) {
  read_names(a, d);
  match(a, d, d->o->function);
  if (!d->funcs.n)
    return no_function(d, d->o->function);
  if (d->format != FORMAT_TEXT && d->funcs.n > 1)
    return too_many(a, d);
  return EXIT_GOOD;
}

// --- showing -----------------------------------------------------------------

static bool draw(const Dump *d, const View *w, Text *t, Text *err) {
  const VizKind *k = d->kind;
  if (d->format == FORMAT_TEXT) {
    k->text(w, t);
    return true;
  }
  if (d->format == FORMAT_SVG && k->svg) {
    k->svg(w, t);
    return true;
  }
  if (d->format == FORMAT_JSON) {
    k->json(w, t);
    return true;
  }
  bool ok = true;
  Graph g = graph_open(w->arena, k->name, k->directed);
  k->graph(w, &g);
  if (d->format == FORMAT_DOT)
    graph_dot(&g, t);
  else
    ok = graph_svg(&g, t, err);
  graph_close(&g);
  return ok;
}

static int refused(const Dump *d, const Unit *u) {
  if (*u->error.what)
    return fail(EXIT_INPUT, "%s: function %u (%s), offset 0x%zx: %s", d->path,
                u->func, d->names[u->func], u->error.off, u->error.what);
  Text err = u->err;
  return fail(EXIT_INPUT, "%s: function %u (%s): %s", d->path, u->func,
              d->names[u->func], text_str(&err));
}

static int show(Dump *d, u32 func, Arena arenas[5]) {
  EgraphLog log = {0};
  RaRanges ranges = {0};
  Unit u = {.module = &d->module,
            .o = &d->compile,
            .func = func,
            .ir = &arenas[0],
            .opt = &arenas[1],
            .scratch = &arenas[2],
            .out = &arenas[3],
            .log = d->kind->needs_egraph ? &log : NULL,
            .ranges = d->kind->last >= PASS_ALLOCATE ? &ranges : NULL};
  View w = {.arena = &arenas[4],
            .u = &u,
            .module = &d->module,
            .name = d->names[func],
            .limit = d->o->limit};
  Text t = {.arena = &arenas[4]}, err = {.arena = &arenas[4]};
  if (!compile_unit(&u, d->kind->last))
    return refused(d, &u);
  if (!draw(d, &w, &t, &err))
    return fail(EXIT_INCOMPLETE, "dump: %s", text_str(&err));
  fwrite(t.at, 1, t.n, d->out);
  return EXIT_GOOD;
}

static int show_all(Dump *d) {
  Arena arenas[5] = {{0}};
  int status = EXIT_GOOD;
  for (u32 k = 0; k < d->funcs.n; k++) {
    int s = show(d, d->funcs.at[k], arenas);
    if (s)
      status = d->funcs.n > 1 ? EXIT_INCOMPLETE : s;
    else if (k + 1 < d->funcs.n)
      fputc('\n', d->out);
    for (u32 j = 0; j < 5; j++)
      arena_reset(&arenas[j]);
  }
  for (u32 j = 0; j < 5; j++)
    arena_free(&arenas[j]);
  return status;
}

static int show_into(Dump *d) {
  const char *path = d->o->output;
  d->out = path && strcmp(path, "-") ? fopen(path, "wb") : stdout;
  if (!d->out)
    return fail(EXIT_INPUT, "%s: %s", path, strerror(errno));
  int status = show_all(d);
  bool bad = fflush(d->out) || ferror(d->out);
  if (d->out != stdout)
    bad |= fclose(d->out) != 0;
  if (bad && d->out != stdout) // main() answers for stdout
    status = fail(EXIT_INPUT, "%s: %s", path, strerror(errno));
  return status;
}

int cmd_dump(Arena *a, Options *o) {
  Dump d = {.o = o, .compile = engine_compile(a, o)};
  d.compile.emit.lines = true;
  int status = pick_file(&d);
  status = status ? status : pick_kind(a, &d);
  status = status ? status : pick_format(&d);
  status = status ? status : load(a, &d);
  status = status ? status : pick_functions(a, &d);
  return status ? status : show_into(&d);
}
