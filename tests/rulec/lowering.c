// Whether the generated lowering chooses as the rules say. Before each
// instruction is lowered a slow, obvious matcher (rulec/test/match.c) lays
// every rule of its op against the IR; the rule that is then chosen has to be
// among those that match, and none that matches may be more specific or of
// higher prio.
//
//   rulec_lowering [--programs N] [--seed N] [FILE.wasm ...]
//   rulec_lowering --plant
//
// Random programs (200) and, without FILE, two of the corpus. Terms
// (conditions, addresses) are chosen inside a rule and are not looked at here.
// --plant: guards and rules taken away on the slow side have to be noticed.
// Both sides call something Loc: here it is rulec's.
#define LOW_TRACE
#define Loc BackLoc
#include "back/isel/lower.h"
#undef Loc
#include "mid/egraph/egraph.h"
#include "mid/ir/gen.h"
#include "mid/ir/known.h"
#include "mid/wasm/module.h"
#include "rulec/cmd/command.h"
#include "rulec/test/match.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_SAID = 10 };
#define NONE UINT32_MAX

typedef VEC(const char *) Conjuncts;
typedef struct LowerRow {
  const RuleX *x;
  u32 number;
  Conjuncts tests;    // all that it asks, with places for names
  const char **place; // by Var.index: where the variable stands first
} LowerRow;
typedef VEC(LowerRow) LowerRows;

typedef struct Slow {
  MatchGraph m; // first
  Lower *L;
} Slow;

static struct {
  Arena keep, arena;
  const Sema *sema;
  LowerRows *rows; // by opcode
  u32 *fired;      // by number
  u32 chosen;      // by the generated matcher, for `root`
  Val root;
  u64 insts, failures, matches;
  u64 features;
  bool quiet;
} test;

static void complain(const RuleX *x, const char *what, const RuleX *y) {
  if (test.failures++ >= MOST_SAID || test.quiet)
    return;
  printf("FAILED %s%s %s %s%s\n", x ? x->rule->decl->name.s : "no rule",
         x ? x->at : "", what, y ? y->rule->decl->name.s : "", y ? y->at : "");
}

// --- what a rule asks -------------------------------------------------------

static void add(LowerRow *r, const char *fmt, const char *place,
                const char *what) {
  const char *s = arena_printf(&test.keep, fmt, place, what);
  for (u32 k = 0; k < r->tests.n; k++)
    if (!strcmp(r->tests.at[k], s))
      return;
  vec_push(&test.keep, &r->tests, s);
}

static void add_number(LowerRow *r, const char *place, u128 num) {
  add(r, "%s == %s", place,
      arena_printf(&test.keep, "%llx%016llx", (unsigned long long)(num >> 64),
                   (unsigned long long)num));
}

static void ask(LowerRow *r, const Node *n, const char *place, bool root);

static void ask_kids(LowerRow *r, const Node *n, const char *place) {
  for (u32 k = 0; k < n->nkids; k++)
    ask(r, n->kids[k], arena_printf(&test.keep, "%s.%u", place, k), false);
}

// A variable is called by its first place from here on.
static void ask_var(LowerRow *r, const Node *n, const char *place) {
  const char **first = &r->place[n->var->index];
  if (*first)
    add(r, "%s same %s", place, *first);
  else
    *first = place;
}

static void ask(LowerRow *r, const Node *n, const char *place, bool root) {
  static const char *const constants[VT_COUNT] = {[VT_I32] = "iconst.i32",
                                                  [VT_I64] = "iconst.i64",
                                                  [VT_F32] = "fconst.f32",
                                                  [VT_F64] = "fconst.f64",
                                                  [VT_REF] = "nullref"};
  switch ((int)n->kind) {
  case N_VAR: ask_var(r, n, place); return;
  case N_CONST: add_number(r, place, n->num); return;
  case N_VALCONST:
    add(r, "%s is %s", place, constants[n->sort.type]);
    if (n->sort.type != VT_REF)
      add_number(r, arena_printf(&test.keep, "%s.0", place), n->num);
    return;
  case N_SINK:
  case N_ONCE:
    ask(r, n->kids[0], place, false);
    add(r, "%s %s", place, n->kind == N_SINK ? "sinks" : "once");
    return;
  case N_OP:
    if (n->var)
      r->place[n->var->index] = place;
    if (!root)
      add(r, "%s is %s", place, test.sema->ops[n->op].text);
    ask_kids(r, n, place);
    return;
  default: return;
  }
}

static void ask_guard(LowerRow *r, const Node *n) {
  if (n->kind == N_BINARY && n->fn == BIN_ANDAND) {
    ask_guard(r, n->kids[0]);
    ask_guard(r, n->kids[1]);
    return;
  }
  Text t = {.arena = &test.keep};
  node_print(&t, test.sema, n);
  add(r, "%s%s", "if ", text_str(&t));
}

// The same with places for names, or with the names again.
static void exchange_names(LowerRow *r) {
  for (u32 k = 0; k < r->x->nvars; k++) {
    Var *v = r->x->vars[k];
    const char *name = v ? v->name : NULL;
    if (!v || !r->place[k])
      continue;
    v->name = r->place[k];
    r->place[k] = name;
  }
}

static LowerRow row_of(const RuleX *x, u32 number) {
  LowerRow r = {.x = x, .number = number};
  r.place = arena_array0(&test.keep, const char *, x->nvars + 1);
  ask(&r, x->lhs, "", true);
  if (x->nresults)
    add(&r, "%s%s", "result", " not used");
  exchange_names(&r);
  for (u32 k = 0; k < x->nclauses; k++)
    if (!x->clauses[k].let)
      ask_guard(&r, x->clauses[k].e);
  exchange_names(&r);
  return r;
}

// Whether a asks all that b asks.
static bool covers(const LowerRow *a, const LowerRow *b) {
  for (u32 k = 0; k < b->tests.n; k++) {
    u32 j = 0;
    while (j < a->tests.n && strcmp(a->tests.at[j], b->tests.at[k]))
      j++;
    if (j == a->tests.n)
      return false;
  }
  return true;
}

static s64 prio(const LowerRow *r) {
  const Decl *d = r->x->rule->decl;
  return d->has_prio ? d->prio : 0;
}

static void index_rules(const Sema *s) {
  test.sema = s;
  test.rows = arena_array0(&test.keep, LowerRows, s->nops);
  test.fired = arena_array0(&test.keep, u32, s->nlowerxs + 1);
  for (u32 i = 0; i < s->nlowerxs; i++)
    if (s->lowerxs[i].lhs->kind == N_OP)
      vec_push(&test.keep, &test.rows[s->lowerxs[i].lhs->op],
               row_of(&s->lowerxs[i], i));
  for (u32 i = 0; i < s->nfeatures; i++)
    if (cpu_find(s->features[i]) & cpu_detect())
      test.features |= (u64)1 << i;
}

// --- the IR as a graph
// --------------------------------------------------------

static const Inst *inst_of(MatchGraph *g, u32 v) {
  return inst_at(((Slow *)(void *)g)->L->f, v);
}
static u32 ir_member(MatchGraph *g, u32 cls, u32 i) {
  (void)g;
  return i ? 0 : cls;
}
static u32 ir_op(MatchGraph *g, u32 v) { return inst_of(g, v)->op; }
static u32 field(const Inst *i, u8 where) {
  return where == 0 ? i->a : where == 1 ? i->b : where == 2 ? i->c : i->n;
}
static u32 ir_value(MatchGraph *g, u32 v, u32 k) {
  const Inst *i = inst_of(g, v);
  return field(i, g->s->ops[i->op].operands[k].where);
}
static EvVal ir_imm(MatchGraph *g, u32 v, u32 k) {
  const Inst *i = inst_of(g, v);
  const OperandInfo *o = &g->s->ops[i->op].operands[k];
  u64 word = o->where == 3 ? inst_imm64(i) : field(i, o->where);
  if (o->sort.kind == SORT_TARGETS) { // guards ask how many
    u32 n = ((Slow *)(void *)g)->L->f->pool.at[word];
    EvVal *at = arena_array0(&test.arena, EvVal, n + 1);
    return (EvVal){.sort = o->sort, .list = {n, at}};
  }
  if (o->sort.kind != SORT_MEMARG)
    return ev_bits(o->sort, wide(word));
  const MemArg *m = &((Slow *)(void *)g)->L->f->mems.at[word];
  EvVal x = {.sort = o->sort};
  x.mem[MF_OFF] = m->off;
  x.mem[MF_BYTES] = m->bytes;
  x.mem[MF_EXT] = m->ext;
  x.mem[MF_REGION] = m->region;
  x.mem[MF_ALIGN] = 0; // nothing is decided by it
  x.mem[MF_MEM] = m->mem;
  x.mem[MF_READONLY] = (m->flags & MEM_READONLY) != 0;
  x.mem[MF_NOTRAP] = (m->flags & MEM_NOTRAP) != 0;
  x.mem[MF_MOVABLE] = (m->flags & MEM_MOVABLE) != 0;
  return x;
}
static u32 ir_cls(MatchGraph *g, u32 v) {
  (void)g;
  return v;
}
static bool ir_same(MatchGraph *g, u32 x, u32 y) {
  (void)g;
  return x == y;
}
// The engine's: what is sound is for rulec_known and the proofs.
static EvVal ir_fact(MatchGraph *g, const Node *fact, u32 v) {
  static const size_t fields[] = {
      offsetof(Known, zeros), offsetof(Known, ones), offsetof(Known, umin),
      offsetof(Known, umax),  offsetof(Known, smin), offsetof(Known, smax)};
  Lower *L = ((Slow *)(void *)g)->L;
  if (fact->fn == BI_ISCONST)
    return ev_bool(low_is_const(L, v));
  return ev_bits(fact->sort, wide(low_fact(L, v, fields[fact->fn - BI_ZEROS])));
}
static bool ir_once(MatchGraph *g, u32 v) {
  return low_once(((Slow *)(void *)g)->L, v);
}
static bool ir_sink(MatchGraph *g, u32 v, bool once) {
  return low_can_sink(((Slow *)(void *)g)->L, v, once);
}

static Slow slow_of(Lower *L) {
  Slow s = {.m = {.s = test.sema,
                  .arena = &test.arena,
                  .member = ir_member,
                  .op = ir_op,
                  .value = ir_value,
                  .imm = ir_imm,
                  .cls = ir_cls,
                  .same = ir_same,
                  .fact = ir_fact,
                  .once = ir_once,
                  .sink = ir_sink},
            .L = L};
  eval_init(&s.m.eval, test.sema, &test.arena, 1);
  s.m.eval.features = test.features;
  return s;
}

// --- choosing
// -------------------------------------------------------------------

typedef VEC(const LowerRow *) Matching;

static void find(Lower *L, Val v, Matching *out) {
  Slow s = slow_of(L);
  const LowerRows *rows = &test.rows[inst_at(L->f, v)->op];
  for (u32 k = 0; k < rows->n; k++) {
    RuleMatches found = {0};
    if (rows->at[k].x->nresults && !low_unused(L, v))
      continue;
    match_find(&s.m, rows->at[k].x, v, &found);
    if (found.n)
      vec_push(&test.arena, out, &rows->at[k]);
  }
}

static void judge(const Matching *all) {
  const LowerRow *chosen = NULL;
  for (u32 k = 0; k < all->n; k++)
    if (all->at[k]->number == test.chosen)
      chosen = all->at[k];
  test.insts++;
  test.matches += all->n;
  if (!chosen) {
    if (test.chosen != NONE)
      complain(&test.sema->lowerxs[test.chosen],
               "was chosen and does not match", NULL);
    else if (all->n)
      complain(all->at[0]->x, "matches and none was chosen", NULL);
    return;
  }
  test.fired[test.chosen]++;
  for (u32 k = 0; k < all->n; k++) {
    const LowerRow *other = all->at[k];
    bool same = other->x->rule == chosen->x->rule;
    bool better = prio(other) != prio(chosen) ? prio(other) > prio(chosen)
                                              : !covers(chosen, other) && !same;
    if (other != chosen && better)
      complain(chosen->x, "was chosen before", other->x);
  }
}

void low_chose(Lower *L, Val v, u32 rule) {
  (void)L;
  if (v == test.root && test.chosen == NONE)
    test.chosen = rule;
}

// The linker puts this before the generated function (--wrap).
bool __real_lower_op(Lower *L, Val v);
bool __wrap_lower_op(Lower *L, Val v);
bool __wrap_lower_op(Lower *L, Val v) {
  Matching all = {0};
  find(L, v, &all); // before: lowering changes what is used and sunk
  Val outer = test.root;
  test.root = v;
  test.chosen = NONE;
  bool ok = __real_lower_op(L, v);
  judge(&all);
  test.root = outer;
  return ok;
}

// --- programs
// ---------------------------------------------------------------------

static void lower_func(Func *f, Arena *opt, Arena *scratch) {
  EgraphOptions e = egraph_options();
  VMLayout layout = {0};
  IselCounters count = {0};
  IselOptions o = {.features = cpu_detect(), .layout = &layout};
  Text err = {.arena = opt};
  Func *g = egraph_run(opt, scratch, f, &e, NULL, NULL, NULL);
  if (!isel_lower(opt, g, &o, &count, &err)) {
    test.failures++;
    printf("FAILED %s", text_str(&err));
  }
  arena_reset(&test.arena);
}

static void random_program(u64 seed) {
  Arena a = {0}, scratch = {0};
  GenOptions o = gen_options(seed);
  IrModule m = ir_generate(&a, &o);
  for (u32 k = 0; k < m.nfuncs; k++)
    if (m.funcs[k])
      lower_func(m.funcs[k], &a, &scratch);
  arena_free(&scratch);
  arena_free(&a);
}

static void lower_file(const char *path) {
  Arena a = {0}, ir = {0}, opt = {0}, scratch = {0};
  u8 *bytes;
  size_t size;
  WasmModule m;
  WasmError err = {0};
  TranslateOptions t = {.fold = true, .gvn = true};
  bool ok = !file_read(&a, path, &bytes, &size) &&
            wasm_decode(&a, bytes, size, &m, &err);
  for (u32 k = ok ? m.nimported_funcs : 0; ok && k < m.nfuncs; k++) {
    Func *f = wasm_translate(&ir, &m, k, &t, &err);
    ok = f != NULL;
    if (ok)
      lower_func(f, &opt, &scratch);
    arena_reset(&ir);
    arena_reset(&opt);
    arena_reset(&scratch);
  }
  if (!ok)
    test.failures++, printf("FAILED %s: %s\n", path, err.what);
  arena_free(&ir);
  arena_free(&opt);
  arena_free(&scratch);
  arena_free(&a);
}

static void run(u64 seed, u32 programs, int n, char **files) {
  for (u32 k = 0; k < programs; k++)
    random_program(seed + k);
  for (int k = 0; k < n; k++)
    lower_file(files[k]);
  if (!n) {
    lower_file("corpus/sort.wasm");
    lower_file("corpus/scalars.wasm");
  }
}

// --- all of it
// ----------------------------------------------------------------------

static int by_name(const void *x, const void *y) {
  return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static void list_rules(Words *files, const char *folder) {
  DIR *d = opendir(folder);
  u32 from = files->n;
  for (struct dirent *e; d && (e = readdir(d));)
    if (strstr(e->d_name, ".rules"))
      vec_push(&test.keep, files,
               arena_printf(&test.keep, "%s/%s", folder, e->d_name));
  if (d)
    closedir(d);
  if (files->n > from)
    qsort(files->at + from, files->n - from, sizeof *files->at, by_name);
}

static bool read_rules(RuleSet *r) {
  Words files = {0};
  vec_push(&test.keep, &files, "rules/ops.rules");
  list_rules(&files, "rules/mid");
  list_rules(&files, "rules/x64");
  rules_begin(r, &test.keep);
  if (rules_read(r, &files))
    return false;
  rules_resolve(r);
  return !r->diags.errors;
}

// Guards of one rule gone, or of one rule all that it matches.
static const struct {
  const char *rule;
  bool gone;
} plants[] = {{"iadd-load", true},    {"iadd", true},
              {"lea-scale", true},    {"imul-const", true},
              {"iconst-zero", true},  {"store8", false},
              {"band-load", false},   {"from-u64-known", false},
              {"sdiv-nonzero", false}};

static int plant(void) {
  u32 noticed = 0, tried = 0;
  test.quiet = true;
  for (u32 k = 0; k < sizeof plants / sizeof *plants; k++) {
    RuleSet r;
    u32 hit = 0;
    if (!read_rules(&r))
      return 1;
    index_rules(r.sema); // what is more specific stays as it was
    for (u32 i = 0; i < r.sema->nlowerxs; i++) {
      RuleX *x = &r.sema->lowerxs[i];
      if (strcmp(x->rule->decl->name.s, plants[k].rule))
        continue;
      hit++;
      x->nclauses = 0;
      if (plants[k].gone)
        x->lhs->op = 0;
    }
    if (!hit)
      continue;
    tried++;
    test.failures = 0;
    run(1, 20, 0, NULL);
    noticed += test.failures != 0;
    if (!test.failures)
      printf("FAILED %s: a fault was not noticed\n", plants[k].rule);
  }
  printf("%s %u of %u planted faults noticed\n",
         noticed == tried && tried ? "ok" : "FAILED", noticed, tried);
  return noticed != tried || !tried;
}

int main(int argc, char **argv) {
  u32 programs = 200;
  u64 seed = 1;
  bool planting = argc < 2;
  int k = 1;
  for (; k < argc && argv[k][0] == '-'; k++) {
    if (!strcmp(argv[k], "--plant"))
      return plant();
    if (!strcmp(argv[k], "--programs") && k + 1 < argc)
      programs = (u32)strtoul(argv[++k], NULL, 10);
    else if (!strcmp(argv[k], "--seed") && k + 1 < argc)
      seed = strtoull(argv[++k], NULL, 10);
  }
  RuleSet r;
  if (!read_rules(&r)) {
    puts("no rules: run it from the project's folder");
    return 77;
  }
  index_rules(r.sema);
  run(seed, programs, argc - k, argv + k);
  u32 fired = 0, all = 0;
  for (u32 i = 0; i < r.sema->nlowerxs; i++) {
    fired += test.fired[i] != 0;
    all += r.sema->lowerxs[i].lhs->kind == N_OP;
  }
  printf("%s %llu instructions, %llu rules matched, %u of %u chosen at least "
         "once\n",
         test.failures ? "FAILED" : "ok", (unsigned long long)test.insts,
         (unsigned long long)test.matches, fired, all);
  return test.failures ? 1 : planting ? plant() : 0;
}
