// `rulec verify`: proves what the rules claim.
#include "rulec/cmd/beside.h"
#include "rulec/verify/fires.h"
#include "rulec/verify/floats.h"
#include "rulec/verify/lower.h"
#include "rulec/verify/parts.h"
#include "rulec/verify/json.h"

#include <fnmatch.h>
#include <stdio.h>
#include <unistd.h>

typedef struct Options {
  const char *solver, *cache, *dir;
  Words rules;
  u32 timeout, workers;
  bool floats, changed, prune, json, script, list;
  Beside beside;
} Options;

static const Option rows[] = {
    {"--rule", "GLOB", OPTION_LIST, offsetof(Options, rules),
     "only what is named so (may be given again)"},
    {"--changed", NULL, OPTION_FLAG, offsetof(Options, changed),
     "take verdicts from the cache, prove what it lacks"},
    {"--prune", NULL, OPTION_FLAG, offsetof(Options, prune),
     "with --changed: forget verdicts of claims that are not in these files"},
    {"--cache", "FILE", OPTION_WORD, offsetof(Options, cache),
     "the cache (default: verify.cache beside the first file)"},
    {"--solver", "CMD", OPTION_WORD, offsetof(Options, solver),
     "a program that reads SMT-LIB 2 (default: z3 -in)"},
    {"--timeout", "S", OPTION_NUMBER, offsetof(Options, timeout),
     "seconds for one question (default 20)"},
    {"-j", "N", OPTION_NUMBER, offsetof(Options, workers),
     "solvers at once (default 1)"},
    {"-o", "DIR", OPTION_WORD, offsetof(Options, dir),
     "where programs that show refutations go (default out/refuted)"},
    {"--floats", NULL, OPTION_FLAG, offsetof(Options, floats),
     "prove what stands for floats, not the rules"},
    {"--list", NULL, OPTION_FLAG, offsetof(Options, list),
     "print every claim with its verdict"},
    {"--script", NULL, OPTION_FLAG, offsetof(Options, script),
     "print the SMT-LIB 2 scripts and ask no solver"},
    {"--json", NULL, OPTION_FLAG, offsetof(Options, json),
     "print the verdicts as JSON"},
    BUILTIN_OPTION(Options, beside),
    {0},
};

// Beside built-in rules, which were proved when they were built in, only the
// author's are.
static bool wanted(const Options *o, u32 first_own, const Obligation *b) {
  if (b->decl && b->decl->loc.src->index < first_own)
    return false;
  for (u32 i = 0; i < o->rules.n; i++)
    if (fnmatch(o->rules.at[i], b->name, 0) == 0)
      return true;
  return !o->rules.n;
}

// The script tells what is claimed; what needs no solver is settled here.
static void prepare(Verify *v, Job *j, Arena *scratch) {
  Smt m;
  arena_reset(scratch);
  smt_init(&m, v->sema, scratch);
  SmtTerm claim = j->o->claim(&m, j->o);
  smt_assert(&m, smt_not(&m, claim));
  Text t = {.arena = scratch};
  text_add(&t, "%s\n%s", v->solver.version, smt_script(&m));
  j->key = hash_bytes(t.at, t.n);
  if (m.fail) {
    j->verdict = VERDICT_UNKNOWN;
    j->how = arena_printf(v->arena, "%s", m.fail);
  } else if (j->o->wants_sat && (smt_is_true(claim) || smt_is_false(claim))) {
    job_settle(v, j, smt_is_true(claim) ? ANSWER_UNSAT : ANSWER_SAT, "sight");
  } else {
    j->sight = smt_is_true(claim);
  }
}

static void print_scripts(const Verify *v, Arena *scratch) {
  for (u32 i = 0; i < v->njobs; i++) {
    Smt m;
    arena_reset(scratch);
    smt_init(&m, v->sema, scratch);
    job_script(&m, v->jobs[i].o);
    printf("; %s %s%s\n(reset)\n%s(check-sat)\n", v->jobs[i].o->kind,
           v->jobs[i].o->name, v->jobs[i].o->at, smt_script(&m));
  }
}

static const char *cache_path(Arena *a, const Options *o, const char *first) {
  if (o->cache)
    return o->cache;
  const char *slash = strrchr(first, '/');
  return arena_printf(a, "%.*sverify.cache",
                      (int)(slash ? slash + 1 - first : 0), first);
}

static void print_job(Arena *a, const Job *j, bool timed) {
  Text t = {.arena = a};
  text_add(&t, "%s: %s %s%s (%s", verdict_names[j->verdict], j->o->kind,
           j->o->name, j->o->at, j->how ? j->how : "not tried");
  if (timed)
    text_add(&t, ", %u ms", j->ms);
  text_add(&t, ")\n");
  const char *reason = j->verdict == VERDICT_ALLOWED
                           ? allowed(j->o->decl, j->code)
                           : j->o->reason;
  if ((j->verdict == VERDICT_BOUNDED || j->verdict == VERDICT_ALLOWED) &&
      reason)
    text_add(&t, "  allowed: %s\n", reason);
  if (j->model)
    model_print(&t, j->model);
  if (j->note)
    text_add(&t, "%s", j->note);
  if (j->test)
    text_add(&t, "  program: %s\n", j->test);
  if (j->no_test)
    text_add(&t, "  no program: %s\n", j->no_test);
  fwrite(t.at, 1, t.n, stdout);
}

static void tell(Verify *v, const Job *j) {
  print_job(v->arena, j, true);
  fflush(stdout);
}

static void print_jobs(const Verify *v) {
  u32 count[VERDICT_COUNT] = {0};
  for (u32 i = 0; i < v->njobs; i++) {
    count[v->jobs[i].verdict]++;
    const Verdict is = v->jobs[i].verdict;
    if (!v->tell && is != VERDICT_PROVED && is != VERDICT_WARNED &&
        !(v->stopped && is == VERDICT_NONE))
      print_job(v->arena, &v->jobs[i], false);
  }
  printf("%u claims: %u proved, %u refuted, %u bounded, %u unknown", v->njobs,
         count[VERDICT_PROVED], count[VERDICT_REFUTED], count[VERDICT_BOUNDED],
         count[VERDICT_UNKNOWN]);
  static const char *const also[VERDICT_COUNT] = {[VERDICT_NONE] = "not tried",
                                                  [VERDICT_ALLOWED] = "allowed",
                                                  [VERDICT_WARNED] = "warned"};
  for (u32 i = 0; i < VERDICT_COUNT; i++)
    if (also[i] && count[i])
      printf(", %u %s", count[i], also[i]);
  printf("\n");
}

static int status_of(const Verify *v) {
  int status = v->stopped ? EXIT_INCOMPLETE : EXIT_GOOD;
  for (u32 i = 0; i < v->njobs; i++) {
    const Job *j = &v->jobs[i];
    if (j->verdict == VERDICT_REFUTED)
      return EXIT_BAD;
    if ((j->verdict == VERDICT_UNKNOWN && !job_is_question(j)) ||
        (j->verdict == VERDICT_BOUNDED && !j->o->reason))
      status = EXIT_INCOMPLETE;
  }
  return status;
}

// A name that nothing has is a slip of the pen, not a proof.
static bool all_found(const Options *o, const Obligations *all) {
  for (u32 i = 0; i < o->rules.n; i++) {
    u32 k = 0;
    while (k < all->n && fnmatch(o->rules.at[i], all->at[k].name, 0))
      k++;
    if (k == all->n) {
      fail(EXIT_USAGE, "verify: nothing is called %s", o->rules.at[i]);
      return false;
    }
  }
  return true;
}

// What is no claim, and changes no status.
static void print_warnings(const RuleSet *r, const Verify *v) {
  Diags d = {.arena = r->arena};
  Text t = {.arena = r->arena};
  verify_warn(v, &d);
  diag_finish(&d, &r->ast, &(Ast){0}, false);
  diag_print(&d, &t);
  if (t.n)
    fwrite(t.at, 1, t.n, stderr);
}

static bool jobs_make(Verify *v, const Options *o, u32 first_own) {
  Obligations *all = arena_new(v->arena, Obligations);
  Arena scratch = {0};
  all->arena = v->arena;
  if (o->floats) {
    obligations_floats(all);
  } else {
    obligations_mid(v->sema, all);
    obligations_lower(v->sema, all);
    obligations_fires(v->sema, all);
    obligations_parts(v->sema, all);
  }
  if (!all_found(o, all))
    return false;
  v->readings = (Readings){.arena = v->arena, .full = v->sema};
  v->jobs = arena_array0(v->arena, Job, all->n + 1);
  for (u32 i = 0; i < all->n; i++)
    all->at[i].reason = allowed(all->at[i].decl, E_BOUNDED);
  for (u32 i = 0; i < all->n; i++)
    if (wanted(o, first_own, &all->at[i]))
      v->jobs[v->njobs++] = (Job){.o = &all->at[i], .sema = v->sema};
  for (u32 i = 0; i < v->njobs && !o->script; i++)
    prepare(v, &v->jobs[i], &scratch);
  if (o->script)
    print_scripts(v, &scratch);
  arena_free(&scratch);
  return true;
}

// What is pruned is what this run has no claim of: it has to make all.
static bool prunes_well(const Options *o) {
  return !o->prune || (o->changed && !o->rules.n && !o->floats);
}

static int run(Arena *a, const void *options, const Words *files) {
  const Options *o = options;
  RuleSet r;
  const char *why = "";
  if (!prunes_well(o))
    return fail(EXIT_USAGE, "verify: --prune goes with --changed, and without "
                            "--rule and --floats");
  rules_begin(&r, a);
  int status = rules_read_beside(&r, &o->beside, files);
  if (status)
    return status;
  rules_resolve(&r);
  if (diag_stops(&r.diags)) { // `check` has more to say, proofs only need types
    rules_finish(&r);
    return rules_report(&r);
  }
  Verify v = {.arena = a,
              .sema = r.sema,
              .set = &r,
              .timeout = (o->timeout ? o->timeout : 20) * 1000,
              .workers = o->workers ? o->workers : 1,
              .dir = o->dir ? o->dir : "out/refuted",
              .tell = o->list && !o->json ? tell : NULL,
              .quiet = !isatty(2)};
  if (!o->script && !solver_find(a, o->solver, &v.solver, &why))
    return fail(EXIT_INPUT, "verify: %s", why);
  if (!jobs_make(&v, o, r.first_own))
    return EXIT_USAGE;
  if (o->script)
    return EXIT_GOOD;
  const char *cache = cache_path(a, o, files->at[0]);
  if (o->changed && !cache_read(&v, cache, &why))
    return fail(EXIT_INPUT, "verify: %s: %s", cache, why);
  if (o->prune)
    v.others.n = 0;
  if (o->changed)
    v.cache = cache;
  verify_run(&v);
  if (v.stopped)
    fail(EXIT_INCOMPLETE, "verify: %s", v.stopped);
  if (v.cache && !cache_write(&v, cache))
    return fail(EXIT_INPUT, "verify: %s cannot be written", cache);
  if (o->json)
    verify_json(&v);
  else
    print_jobs(&v);
  fflush(stdout);
  if (!v.stopped && !o->floats)
    print_warnings(&r, &v);
  return status_of(&v);
}

const Command cmd_verify = {
    .name = "verify",
    .args = "[--rule GLOB] [--changed] FILE...",
    .what = "prove that each rule is true, at every type it admits",
    .options = rows,
    .size = sizeof(Options),
    .least = 1,
    .run = run,
};
