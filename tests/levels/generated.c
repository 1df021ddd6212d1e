// Random IR programs, interpreted as they are and then at each level: the same
// results, memory, trap and place of the trap. They run as instances of a
// module that has their signatures and a memory, through run_call, so that
// faults, backtraces and calling conventions are the real ones.
//
// Each seed runs in a process of its own, so that a crash or an endless loop is
// one failure. One way alone can be asked for, to look at it:
//
//   generated [FIRST_SEED [HOW_MANY [SIZE [WAY]]]]
//   generated print SEED SIZE
#include "back/compile.h"
#include "back/run/run.h"
#include "back/run/shell.h"
#include "mid/ir/gen.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HEAP = 65536, MOST_RESULTS = 8 };

typedef struct Way { // of running a program
  const char *name;
  bool interp;
  int level;
  bool old; // a processor without anything beyond x86-64's first version
} Way;
static const Way ways[] = {
    {"interpreted", true, 0, false},
    {"interpreted -O1", true, 1, false},
    {"interpreted -O2", true, 2, false},
    {"-O0", false, 0, false},
    {"-O1", false, 1, false},
    {"-O2", false, 2, false},
    {"-O0, old processor", false, 0, true},
    {"-O1, old processor", false, 1, true},
};
enum { WAYS = sizeof ways / sizeof *ways };

typedef struct Outcome {
  TrapCode trap;
  u32 func, off, zero; // where it trapped; no padding
  u64 results[MOST_RESULTS];
  u64 heap; // hash
} Outcome;

// --- one run

static Func *source(void *env, Arena *a, u32 func) {
  const GenOptions *o = env;
  return ir_generate(a, o).funcs[func];
}

static void note(Outcome *out, const Sig *s, const RunValue *results) {
  for (u32 k = 0; k < s->nresults && k < MOST_RESULTS; k++)
    out->results[k] = gen_comparable(s->types[s->nparams + k], results[k].bits);
}

static void note_trap(Outcome *out, const RunTrap *t) {
  out->trap = t->code;
  if (t->nframes) {
    out->func = t->frames[0].func;
    out->off = t->frames[0].off;
  }
}

static Outcome run(Arena *a, GenOptions *g, const IrModule *m, const Way *w) {
  CompileOptions c = compile_options(w->level);
  if (w->old)
    c.features = 0;
  c.check = true;
  c.source = source;
  c.source_env = g;
  RunOptions o = {.interp = w->interp,
                  .max_memory_pages = 1,
                  .stack_bytes = 1 << 20,
                  .compile = &c};
  Text wasm = shell_module(a, m, 0), err = {.arena = a};
  Store *s = store_new(&o);
  Instance *i;
  RunTrap trap = {0};
  Extern e;
  RunStatus st = instance_new(s, (const u8 *)wasm.at, wasm.n, "generated", &i,
                              &err, &trap);
  must(st == RUN_OK, "seed %" PRIu64 ": %s", g->seed, text_str(&err));
  must(instance_export(i, "main", 4, &e), "no main");
  const Sig *sig = &m->sigs[m->func_sigs[0]];
  u64 words[16];
  RunValue args[16] = {0}, results[MOST_RESULTS] = {0};
  gen_args(g->seed, sig, words);
  for (u32 k = 0; k < sig->nparams; k++)
    args[k] = (RunValue){.type = sig->types[k], .bits = words[k]};
  gen_heap(g->seed, i->ctx->mem->base, HEAP);
  Outcome out = {0};
  if (run_call(s, e.func, sig, args, results, &trap))
    note(&out, sig, results);
  else
    note_trap(&out, &trap);
  out.heap = hash_bytes(i->ctx->mem->base, HEAP);
  store_free(s);
  return out;
}

// --- all of them

static void print_outcome(const char *name, const Outcome *o) {
  printf("  %-16s trap %s at f%u @%x, heap %016" PRIx64 ", results", name,
         trap_names[o->trap], o->func, o->off, o->heap);
  for (u32 k = 0; k < 4; k++)
    printf(" %" PRIx64, o->results[k]);
  printf("\n");
}

static GenOptions options_of(u64 seed, u32 size) {
  GenOptions g = gen_options(seed);
  g.size = size ? size : 10 + (u32)(seed * 7 % 190);
  g.nfuncs = 1 + (u32)(seed % 4);
  return g;
}

enum { SAME, DIFFERENT, SAME_TRAP }; // exit statuses of a seed
enum { SECONDS = 20 };               // that a seed may take

// only < WAYS: that way and the reference, printed whatever they are.
static int one_seed(u64 seed, u32 size, u32 only) {
  Arena a = {0};
  GenOptions g = options_of(seed, size);
  IrModule m = ir_generate(&a, &g);
  alarm(SECONDS);
  Outcome first = run(&a, &g, &m, &ways[0]);
  bool same = true;
  for (u32 k = 1; k < WAYS; k++) {
    if (only < WAYS && k != only)
      continue;
    Outcome o = run(&a, &g, &m, &ways[k]);
    bool equal = !memcmp(&o, &first, sizeof o);
    if (same && (!equal || only < WAYS))
      print_outcome(ways[0].name, &first);
    if (!equal || only < WAYS)
      print_outcome(ways[k].name, &o);
    same &= equal;
  }
  arena_free(&a);
  return !same ? DIFFERENT : first.trap ? SAME_TRAP : SAME;
}

static int in_a_child(u64 seed, u32 size, u32 only) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    int status = one_seed(seed, size, only);
    fflush(stdout);
    _exit(status);
  }
  int status = 0;
  must(child > 0 && waitpid(child, &status, 0) == child, "fork");
  if (WIFSIGNALED(status))
    printf("  signal %d\n", WTERMSIG(status));
  return WIFEXITED(status) ? WEXITSTATUS(status) : DIFFERENT;
}

static int print_module(u64 seed, u32 size) {
  Arena a = {0};
  GenOptions g = options_of(seed, size);
  IrModule m = ir_generate(&a, &g);
  Text t = {.arena = &a};
  ir_print_module(&m, &t);
  fputs(text_str(&t), stdout);
  arena_free(&a);
  return 0;
}

static u32 number(int argc, char **argv, int k, u32 other) {
  return argc > k ? (u32)strtoul(argv[k], NULL, 0) : other;
}

int main(int argc, char **argv) {
  if (argc > 2 && !strcmp(argv[1], "print"))
    return print_module(strtoull(argv[2], NULL, 0), number(argc, argv, 3, 0));
  u64 first = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
  u32 many = number(argc, argv, 2, 200), size = number(argc, argv, 3, 0);
  u32 only = number(argc, argv, 4, WAYS), failures = 0, trapped = 0;
  for (u64 seed = first; seed < first + many && failures < 10; seed++) {
    int status = in_a_child(seed, size, only);
    trapped += status == SAME_TRAP;
    if (status == SAME || status == SAME_TRAP)
      continue;
    failures++;
    printf("FAILED seed %" PRIu64 ", size %u\n", seed,
           options_of(seed, size).size);
  }
  printf("%u programs in %d ways, %u trap, %u differ\n", many, (int)WAYS,
         trapped, failures);
  return failures > 0;
}
