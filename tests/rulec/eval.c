// The evaluator of nodes (rulec/eval/eval.h) against the constant folder that
// rulec writes as C: every op that folds, on corners and on random operands.
// Both come from the same meaning, by different ways. And the wrong sequences
// of tests/rulec/verify, step by step: each must be seen to differ.
#include "rulec/eval/eval.h"
#include "rulec/syntax/parse.h"

#include "mid/ir/fold.h"
#include "ops.h"

#include <stdio.h>

typedef struct Count {
  u32 ops, run, failed;
} Count;

static void compare(Eval *e, u32 op, const u64 *args, Count *c) {
  const OpInst *o = &e->s->ops[op];
  EvVal v[4];
  u64 want = 0;
  for (u32 i = 0; i < o->nvars; i++)
    v[i] = ev_bits(o->vars[i]->sort, wide(args[i]));
  bool folds = fold_op((u16)op, args, &want);
  EvVal got = eval_op(e, op, v);
  bool nan = ev_ok(&got) && got.nan; // the folder leaves them alone
  c->run++;
  if (folds == (ev_ok(&got) && !nan) && (!folds || ev_u64(&got) == want))
    return;
  if (c->failed++ < 20)
    printf("not ok %s of %llx %llx: %s%llx, the folder %s%llx\n", o->text,
           (unsigned long long)args[0], (unsigned long long)args[1],
           ev_ok(&got) ? "" : "nothing ", (unsigned long long)ev_u64(&got),
           folds ? "" : "nothing ", (unsigned long long)want);
}

static u32 bits_of(const OpInst *o, u32 i) {
  return i < o->nvars ? o->vars[i]->sort.bits : 1;
}

static bool scalar(const OpInst *o) {
  if (!o->base || !o->nvars || o->nvars > 3 || o->flags & OF_FLOATS)
    return false; // constants do not fold, they are
  for (u32 i = 0; i < o->nvars; i++)
    if (o->vars[i]->sort.kind != SORT_BV || o->vars[i]->sort.bits > 64)
      return false;
  return o->type != VT_NONE && o->type != VT_V128 && o->meaning &&
         o->meaning->kind != N_EXTERN;
}

static void run_op(Eval *e, u32 op, EvSampler *m, Count *c) {
  const OpInst *o = &e->s->ops[op];
  u64 args[4] = {0};
  u32 before = c->failed;
  u32 n0 = corner_count(bits_of(o, 0)), n1 = corner_count(bits_of(o, 1));
  for (u32 i = 0; i < n0 && c->failed < before + 3; i++)
    for (u32 k = 0; k < (o->nvars > 1 ? n1 : 1); k++) {
      args[0] = corner_at(bits_of(o, 0), i).w[0];
      args[1] = corner_at(bits_of(o, 1), k).w[0];
      args[2] = corner_at(bits_of(o, 2), (i + k) % 8).w[0];
      compare(e, op, args, c);
    }
  for (u32 i = 0; i < 2000 && c->failed < before + 3; i++) {
    for (u32 k = 0; k < o->nvars; k++)
      args[k] = sample_bits(m, bits_of(o, k)).w[0];
    compare(e, op, args, c);
    eval_reset(e, i);
  }
  c->ops++;
}

// The wrong sequences are named so.
static void run_seqs(const Sema *s, Count *c) {
  for (u32 i = 1; i < s->ninsts; i++) {
    const InstX *x = &s->insts[i];
    if (!x->base || !x->is_seq || !strstr(x->text, ".bad_"))
      continue;
    Arena a = {0};
    Eval e;
    EvSampler m = {.state = i};
    EvOutcome left, right;
    RuleRound o = ROUND_AGREED;
    eval_init(&e, s, &a, 1);
    for (u32 k = 0; k < 3000 && o != ROUND_WRONG; k++)
      o = seq_round(&e, &m, x, NULL, &left, &right);
    c->run++;
    c->ops += o == ROUND_WRONG;
    if (o != ROUND_WRONG && ++c->failed)
      printf("not ok %s: its steps do what it means\n", x->text);
    arena_free(&a);
  }
}

int main(void) {
  Arena a = {0}, scratch = {0};
  Diags d = {.arena = &a, .limit = 50};
  Names names = {.arena = &a};
  Parser p = {.arena = &a, .names = &names, .diags = &d};
  if (!parse_file(&p, "rules/ops.rules") ||
      !parse_file(&p, "rules/x64/inst.rules") ||
      !parse_file(&p, "tests/rulec/verify/lowering.rules") ||
      !parse_file(&p, "tests/rulec/verify/back.rules")) {
    puts("no rules: run it from the project's folder");
    return 77;
  }
  Ast ast = {p.decls.n, p.decls.at};
  const Sema *s = sema_run(&a, &names, &ast, &d);
  Count c = {0};
  EvSampler m = {.state = 3};
  Eval e;
  eval_init(&e, s, &scratch, 1);
  for (u32 op = 1; op < s->nops; op++) {
    u64 any[4] = {1, 1, 1, 1}, r;
    eval_reset(&e, op);
    if (scalar(&s->ops[op]) && (fold_op((u16)op, any, &r) || s->ops[op].ntraps))
      run_op(&e, op, &m, &c);
  }
  printf("%s %u ops, %u runs, %u wrong\n", c.failed ? "not ok" : "ok", c.ops,
         c.run, c.failed);
  Count seqs = {0};
  run_seqs(s, &seqs);
  printf("%s %u wrong sequences seen\n", seqs.failed ? "not ok" : "ok",
         seqs.ops);
  arena_free(&scratch);
  arena_free(&a);
  return c.failed || d.errors || c.ops < 100 || seqs.failed || seqs.ops < 5;
}
