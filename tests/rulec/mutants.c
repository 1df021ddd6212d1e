// Planted faults: every rule made wrong in a few small ways (mutate.h). A
// mutant that check refuses is caught; of the others, one that really differs
// (shown by evaluating both sides on random values) must not be proved.
//
//   rulec_mutants [OPTIONS]
//     --share K/N     every N-th rule, from the K-th on (default 0/60, the
//     tests' share)
//     --seed S        default 1
//     --each M        mutants a rule, default 5
//     --only NAME     one rule
//     --mid, --lower  rewrites only, lowering rules only
//     --list          print each mutant and what became of it
//     --solver CMD    another; with one that calls everything unsat
//     (tests/verify/yes.py) what is refuted the evaluator refutes alone
//     --timeout MS    for one question to the solver, default 2000
//
// Run from the project's folder. The last line has the counts; exit status 1 if
// a mutant escaped.
#include "rulec/check/check.h"
#include "rulec/eval/eval.h"
#include "rulec/verify/lower.h"
#include "rulec/verify/verify.h"
#include "tests/rulec/mutate.h"

#include <dirent.h>
#include <stdio.h>

typedef struct Options {
  u32 from, step, each, timeout;
  u64 seed;
  const char *only, *solver;
  bool mid, lower, list;
} Options;

typedef struct Tally {
  u32 rules, mutants, same, by_check, refuted, unproved, escaped;
} Tally;

typedef struct Bench {
  Arena a; // the tree
  Names names;
  Parser parser;
  Diags diags;
  Options o;
  Tally t;
  u32 nbase; // declarations that are no rules, first in base
  Decl **base;
  SolverKind solver;
} Bench;

static bool is_rule(const Decl *d) {
  return d->kind == DECL_RULE || d->kind == DECL_SKELETON ||
         d->kind == DECL_LOWER;
}

static int by_name(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool read_folder(Bench *b, const char *folder) {
  const char *files[64];
  u32 n = 0;
  DIR *d = opendir(folder);
  for (struct dirent *e; d && (e = readdir(d)) && n < 64;)
    if (strstr(e->d_name, ".rules"))
      files[n++] = arena_printf(&b->a, "%s/%s", folder, e->d_name);
  if (d)
    closedir(d);
  qsort(files, n, sizeof *files, by_name);
  bool ok = n > 0;
  for (u32 i = 0; i < n && ok; i++)
    ok = parse_file(&b->parser, files[i]);
  return ok;
}

// The declarations that a rule may need, then the rule.
static void gather(Bench *b) {
  b->base = arena_array(&b->a, Decl *, b->parser.decls.n + 1);
  for (u32 i = 0; i < b->parser.decls.n; i++)
    if (!is_rule(b->parser.decls.at[i]) &&
        b->parser.decls.at[i]->kind != DECL_REMAT)
      b->base[b->nbase++] = b->parser.decls.at[i];
}

typedef struct Mutant {
  Arena *a;
  const Sema *s;
  Diags d;
  const Ast *ast;
  const RuleX *x; // rules, or lowers
  u32 nx;
} Mutant;

static bool resolve(Bench *b, Decl *d, Mutant *m) {
  // A lowering rule alone leaves gaps: it stays among the others.
  b->base[b->nbase] = d;
  Ast *ast = arena_new(m->a, Ast);
  *ast = b->o.lower ? (Ast){b->parser.decls.n, b->parser.decls.at}
                    : (Ast){b->nbase + 1, b->base};
  m->d = (Diags){.arena = m->a};
  m->s = sema_run(m->a, &b->names, ast, &m->d);
  bool lower = d->kind == DECL_LOWER;
  m->x = lower ? m->s->lowerxs : m->s->rulexs;
  m->nx = lower ? m->s->nlowerxs : m->s->nrulexs;
  m->ast = ast;
  return !diag_stops(&m->d);
}

static bool differs(const Decl *d, Mutant *m, u64 seed) {
  for (u32 i = 0; i < m->nx; i++) {
    if (m->x[i].rule->decl != d)
      continue;
    EvRule r;
    EvOutcome left, right;
    u32 agreed;
    rule_begin(&r, m->s, &m->x[i], m->a, seed + i);
    if (rule_sample(&r, 300, &agreed, &left, &right) == ROUND_WRONG)
      return true;
  }
  return false;
}

typedef enum Fate { SAME, BY_CHECK, REFUTED, UNPROVED, ESCAPED } Fate;

// What verify says of the rule: the worst of its claims.
static Fate prove(const Bench *b, const Decl *d, Mutant *m) {
  Obligations all = {.arena = m->a};
  Verify v = {.arena = m->a, .sema = m->s, .solver = b->solver};
  v.timeout = b->o.timeout;
  v.workers = 1;
  v.quiet = v.bare = true;
  v.readings = (Readings){.arena = m->a, .full = m->s};
  if (b->o.lower)
    obligations_lower(m->s, &all);
  else
    obligations_mid(m->s, &all);
  v.jobs = arena_array0(m->a, Job, all.n + 1);
  for (u32 i = 0; i < all.n; i++)
    if (all.at[i].decl == d)
      v.jobs[v.njobs++] = (Job){.o = &all.at[i], .sema = m->s};
  must(v.njobs, "%s has no claims", d->name.s);
  verify_run(&v);
  Fate f = ESCAPED;
  for (u32 i = 0; i < v.njobs; i++)
    if (v.jobs[i].verdict == VERDICT_REFUTED)
      return REFUTED;
    else if (v.jobs[i].verdict != VERDICT_PROVED)
      f = UNPROVED;
  return f;
}

static Fate fate_of(Bench *b, Decl *d, Arena *a, u64 seed) {
  Mutant m = {.a = a};
  if (!resolve(b, d, &m))
    return BY_CHECK;
  check_rules(m.s, m.s, &m.d);
  diag_finish(&m.d, m.ast, m.ast, true);
  if (m.d.errors)
    return BY_CHECK;
  if (!differs(d, &m, seed))
    return SAME;
  return prove(b, d, &m);
}

static void try_mutant(Bench *b, Decl *d, Mutation *mut, u64 seed) {
  static const char *const words[] = {"same", "check", "refuted", "unproved",
                                      "ESCAPED"};
  Arena a = {0};
  apply(&b->a, d, mut);
  u64 begin = now_ms();
  Fate f = fate_of(b, d, &a, seed);
  b->t.mutants++;
  b->t.same += f == SAME;
  b->t.by_check += f == BY_CHECK;
  b->t.refuted += f == REFUTED;
  b->t.unproved += f == UNPROVED;
  b->t.escaped += f == ESCAPED;
  if (b->o.list || f == ESCAPED) {
    Text t = {.arena = &a};
    ast_print_decl(&t, d);
    printf("%-8s %-8s %5u ms %s", words[f], mutation_names[mut->kind],
           (u32)(now_ms() - begin), text_str(&t));
  }
  undo(d, mut);
  arena_free(&a);
}

static void try_rule(Bench *b, Decl *d, u32 number) {
  Mutations m = {.arena = &b->a, .names = &b->names};
  u64 seed = b->o.seed * 1000003 + number;
  mutations(&m, d);
  u32 n = pick(&m, seed, b->o.each);
  b->t.rules++;
  for (u32 i = 0; i < n; i++)
    try_mutant(b, d, &m.list.at[i], seed + i);
}

static void try_all(Bench *b) {
  u32 number = 0;
  for (u32 i = 0; i < b->parser.decls.n; i++) {
    Decl *d = b->parser.decls.at[i];
    if (!is_rule(d) || (d->kind == DECL_LOWER) != b->o.lower)
      continue;
    number++;
    bool mine = b->o.only ? strcmp(b->o.only, d->name.s) == 0
                          : number % b->o.step == b->o.from % b->o.step;
    if (mine)
      try_rule(b, d, number);
  }
}

static Options read_options(int argc, char **argv) {
  Options o = {.step = 60, .each = 5, .seed = 1, .timeout = 2000};
  for (int i = 1; i < argc; i++) {
    const char *v = i + 1 < argc ? argv[i + 1] : "";
    if (strcmp(argv[i], "--lower") == 0)
      o.lower = true;
    else if (strcmp(argv[i], "--mid") == 0)
      o.mid = true;
    else if (strcmp(argv[i], "--list") == 0)
      o.list = true;
    else if (strcmp(argv[i], "--share") == 0 && ++i)
      sscanf(v, "%u/%u", &o.from, &o.step);
    else if (strcmp(argv[i], "--seed") == 0 && ++i)
      o.seed = strtoull(v, NULL, 10);
    else if (strcmp(argv[i], "--each") == 0 && ++i)
      o.each = (u32)strtoul(v, NULL, 10);
    else if (strcmp(argv[i], "--timeout") == 0 && ++i)
      o.timeout = (u32)strtoul(v, NULL, 10);
    else if (strcmp(argv[i], "--solver") == 0 && ++i)
      o.solver = v;
    else if (strcmp(argv[i], "--only") == 0 && ++i)
      o.only = v;
  }
  o.step += !o.step;
  return o;
}

static int run(const Options *o) {
  Bench b = {.o = *o};
  const char *why;
  b.names.arena = b.diags.arena = &b.a;
  b.parser = (Parser){.arena = &b.a, .names = &b.names, .diags = &b.diags};
  if (!parse_file(&b.parser, "rules/ops.rules") ||
      !read_folder(&b, o->lower ? "rules/x64" : "rules/mid")) {
    puts("no rules: run it from the project's folder");
    return 77;
  }
  if (!solver_find(&b.a, o->solver, &b.solver, &why)) {
    printf("no solver: %s\n", why);
    return 77;
  }
  gather(&b);
  try_all(&b);
  printf("%u %s, %u mutants: %u refused by check, %u refuted, %u not proved, "
         "%u do not differ on random inputs, %u escaped\n",
         b.t.rules, o->lower ? "lowering rules" : "rewrites", b.t.mutants,
         b.t.by_check, b.t.refuted, b.t.unproved, b.t.same, b.t.escaped);
  arena_free(&b.a);
  return b.t.escaped != 0;
}

int main(int argc, char **argv) {
  Options o = read_options(argc, argv);
  int status = o.lower ? 0 : run(&o);
  if (status == 77 || o.mid)
    return status;
  o.lower = true;
  return run(&o) | status;
}
