// Every rewrite rule on sampled values (rulec/eval/eval.h): where its guards
// hold, what the right comes to is what the left allows. No proof, but it finds
// what is plainly wrong, and says at which values.
//
//   rulec_sample [ROUNDS [SEED]]      rounds per rule and variant, default 300
//
// Lowering rules too: instructions by their equations, terms and sequences by
// their contracts. What cannot be evaluated is counted, with the reason.
#include "rulec/eval/eval.h"
#include "rulec/syntax/parse.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct Count {
  u32 agreed, wrong, unsure, never, left_out;
} Count;

static void say(const EvRule *r, const char *what, const char *why) {
  Text t = {.arena = r->e.s->arena};
  rulex_print(&t, r->e.s, r->x);
  printf("# %s%s%s: %s", what, why ? ": " : "", why ? why : "", text_str(&t));
}

static void show_wrong(EvRule *r, const EvOutcome *left,
                       const EvOutcome *right) {
  Text t = {.arena = r->e.s->arena};
  text_add(&t, "not ok: left ");
  outcome_print(&t, r->e.s, left);
  text_add(&t, ", right ");
  outcome_print(&t, r->e.s, right);
  text_add(&t, " with ");
  rule_print_vars(&t, r);
  text_add(&t, "\n    ");
  rulex_print(&t, r->e.s, r->x);
  rule_print_values(&t, r);
  printf("%s", text_str(&t));
}

static void sample_rulex(const Sema *s, const RuleX *x, u32 rounds, u64 seed,
                         Count *c) {
  Arena a = {0};
  EvRule r;
  EvOutcome left, right;
  u32 agreed;
  rule_begin(&r, s, x, &a, seed);
  switch (rule_sample(&r, rounds, &agreed, &left, &right)) {
  case ROUND_AGREED: c->agreed++; break;
  case ROUND_WRONG:
    c->wrong++;
    show_wrong(&r, &left, &right);
    break;
  case ROUND_UNSURE: c->unsure++; break;
  case ROUND_MISSED:
    c->never++;
    say(&r, "no sample fits", NULL);
    break;
  case ROUND_LEFT_OUT:
    c->left_out++;
    if (getenv("SAMPLE_WHY"))
      say(&r, "left out", r.e.why);
    break;
  }
  arena_free(&a);
}

static int by_name(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool read_folder(Arena *a, Parser *p, const char *folder) {
  const char *files[64];
  u32 n = 0;
  DIR *d = opendir(folder);
  for (struct dirent *e; d && (e = readdir(d)) && n < 64;)
    if (strstr(e->d_name, ".rules"))
      files[n++] = arena_printf(a, "%s/%s", folder, e->d_name);
  if (d)
    closedir(d);
  qsort(files, n, sizeof *files, by_name);
  bool ok = n;
  for (u32 i = 0; i < n && ok; i++)
    ok = parse_file(p, files[i]);
  return ok;
}

static u32 sample_all(const Sema *s, const char *what, const RuleX *x, u32 n,
                      u32 rounds, u64 seed) {
  Count c = {0};
  for (u32 i = 0; i < n; i++)
    if (!x[i].rule->is_remat)
      sample_rulex(s, &x[i], rounds, seed + i, &c);
  printf("%s %s: %u variants agree, %u wrong, %u unsure, %u never fit a "
         "sample, %u left out\n",
         c.wrong ? "not ok" : "ok", what, c.agreed, c.wrong, c.unsure, c.never,
         c.left_out);
  return c.wrong;
}

// Each sequence with a contract: its steps against what it means.
static u32 sample_seqs(const Sema *s, u32 rounds, u64 seed) {
  Count c = {0};
  for (u32 i = 1; i < s->ninsts; i++) {
    const InstX *x = &s->insts[i];
    if (!x->base || !x->is_seq || !x->means)
      continue;
    Arena a = {0};
    Eval e;
    EvSampler m = {.state = seed + i};
    EvOutcome left, right;
    u32 agreed = 0, wrong = 0, unsure = 0;
    eval_init(&e, s, &a, seed);
    for (u32 k = 0; k < rounds && !wrong; k++) {
      RuleRound o = seq_round(&e, &m, x, NULL, &left, &right);
      agreed += o == ROUND_AGREED;
      unsure += o == ROUND_UNSURE;
      wrong += o == ROUND_WRONG;
    }
    if (wrong) {
      Text t = {.arena = &a};
      text_add(&t, "not ok: %s means ", x->text);
      outcome_print(&t, s, &left);
      text_add(&t, ", steps give ");
      outcome_print(&t, s, &right);
      printf("%s\n", text_str(&t));
    }
    c.wrong += wrong;
    c.agreed += !wrong && agreed;
    c.unsure += !wrong && !agreed && unsure;
    c.left_out += !wrong && !agreed && !unsure;
    arena_free(&a);
  }
  printf("%s sequences: %u agree, %u wrong, %u unsure, %u left out\n",
         c.wrong || c.left_out ? "not ok" : "ok", c.agreed, c.wrong, c.unsure,
         c.left_out);
  return c.wrong + c.left_out;
}

int main(int argc, char **argv) {
  Arena a = {0};
  Diags d = {.arena = &a, .limit = 50};
  Names names = {.arena = &a};
  Parser p = {.arena = &a, .names = &names, .diags = &d};
  u32 rounds = argc > 1 ? (u32)strtoul(argv[1], NULL, 10) : 300;
  u64 seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
  if (!parse_file(&p, "rules/ops.rules") || !read_folder(&a, &p, "rules/mid") ||
      !read_folder(&a, &p, "rules/x64")) {
    puts("no rules: run it from the project's folder");
    return 77;
  }
  Ast ast = {p.decls.n, p.decls.at};
  const Sema *s = sema_run(&a, &names, &ast, &d);
  if (d.errors)
    return 1;
  u32 wrong =
      sample_all(s, "rewrites", s->rulexs, s->nrulexs, rounds, seed) +
      sample_all(s, "lowering", s->lowerxs, s->nlowerxs, rounds / 10, seed);
  wrong += sample_seqs(s, rounds, seed);
  arena_free(&a);
  return wrong != 0;
}
