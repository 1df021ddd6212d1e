// Vectors in generated code. Built with ops of lanes that only the tests have
// (tests/rulec/verify/lane-ops.rules, lanes.rules): what rulec writes for them
// must be what its evaluator says, and the IR must hold 128-bit constants.
//
//   rulec_vectors            each op on drawn values: folder, interpreter,
//                            evaluator; drawn programs before and after rules
//   rulec_vectors FILE.ir    parsed, printed (the same text), optimized,
//   printed
#include "mid/egraph/egraph.h"
#include "mid/ir/eval.h"
#include "mid/ir/fold.h"
#include "mid/ir/gen_values.h"
#include "mid/ir/interp.h"
#include "ops.h"
#include "rulec/cmd/command.h"
#include "rulec/eval/eval.h"

#include <stdio.h>

typedef struct Run {
  Arena arena; // emptied after each op or program
  const Sema *s;
  EvSampler draw;
  u64 rng;
  u32 ops, folded, choices, programs, changed, failures;
} Run;

static u64 next(Run *r) { return gen_next(&r->rng); }

static u32 words_of(u32 bits) { return bits > 64 ? 2 : 1; }

// --- one op -----------------------------------------------------------

// Lanes at corners, equal lanes, or any bits.
static Wide draw_vector(Run *r) {
  static const u32 widths[] = {8, 16, 32, 64, 128};
  u32 w = widths[next(r) % 5];
  bool same = next(r) % 3 == 0;
  Wide v = {{0}}, lane = sample_bits(&r->draw, w);
  for (u32 at = 0; at < 128; at += w) {
    if (!same)
      lane = sample_bits(&r->draw, w);
    v = wide_or(v, wide_shl(lane, at, 128));
  }
  return v;
}

static void put_words(u64 *at, Wide v, u32 words) {
  memcpy(at, v.w, words * sizeof *at);
}

static void set_immediate(const OpInst *o, u32 i, Func *f, Inst *in, Wide v) {
  u32 x = o->operands[i].sort.bits > 64 ? ir_vec(f, (V128){v.w[0], v.w[1]})
                                        : (u32)v.w[0];
  switch (o->operands[i].where) {
  case 0: in->a = x; break;
  case 1: in->b = x; break;
  case 2: in->c = x; break;
  default: in->n = (u8)x;
  }
}

typedef struct OpCase {
  EvVal args[8];
  u64 values[16], all[16]; // words: of values; of values, then of immediates
  Inst in;
} OpCase;

static OpCase draw_case(Run *r, const OpInst *o, u32 op, Func *f) {
  OpCase c = {.in = {.op = (u16)op, .type = o->type}};
  u32 n = 0, all = 0;
  for (u32 k = 0; k < 2; k++)
    for (u32 i = 0; i < o->noperands; i++) {
      Sort sort = o->vars[i]->sort;
      if (o->operands[i].is_value == (k == 1))
        continue;
      Wide v =
          sort.bits == 128 ? draw_vector(r) : sample_bits(&r->draw, sort.bits);
      c.args[i] = ev_bits(sort, v);
      if (k == 0)
        put_words(c.values + n, v, words_of(sort.bits));
      else
        set_immediate(o, i, f, &c.in, v);
      n += k == 0 ? words_of(sort.bits) : 0;
      put_words(c.all + all, v, words_of(sort.bits));
      all += words_of(sort.bits);
    }
  return c;
}

static void wrong(Run *r, const char *op, const char *what, const u64 *got,
                  Wide want) {
  if (r->failures++ < 20)
    printf("not ok: %s: %s %016llx%016llx, evaluated %016llx%016llx\n", op,
           what, (unsigned long long)got[1], (unsigned long long)got[0],
           (unsigned long long)want.w[1], (unsigned long long)want.w[0]);
}

static bool is(const u64 *got, Wide want) {
  return got[0] == want.w[0] && got[1] == want.w[1];
}

static void run_case(Run *r, Eval *e, const OpInst *o, u32 op, Func *f) {
  OpCase c = draw_case(r, o, op, f);
  InterpMem m = {.vecs = f->vecs.at};
  u64 folds[2] = {0}, runs[2] = {0};
  eval_reset(e, next(r));
  e->policy = EV_POLICY_SSE;
  EvVal want = eval_op(e, op, c.args);
  bool folded = fold_op((u16)op, c.all, folds);
  bool choice = ev_is_choice(&want);
  r->folded += folded;
  r->choices += choice;
  if (folded == choice || (folded && !is(folds, want.bits)))
    wrong(r, o->text, folded ? "folded" : "not folded", folds, want.bits);
  TrapCode t = interp_op(&m, (u16)op, &c.in, c.values, runs);
  if (t != TRAP_NONE || !is(runs, want.bits))
    wrong(r, o->text, "interpreted", runs, want.bits);
}

// Pure, of numbers alone, a vector among them.
static bool of_vectors(const OpInst *o) {
  bool some = o->type == VT_V128;
  if (!o->base || !o->nvals || !o->meaning || !(o->flags & OPF_PURE))
    return false;
  for (u32 i = 0; i < o->noperands; i++) {
    if (o->vars[i]->sort.kind != SORT_BV)
      return false;
    some |= o->vars[i]->sort.bits == 128;
  }
  return some;
}

static void run_ops(Run *r, const Sig *sig, const u32 *sigs) {
  for (u32 op = 1; op < r->s->nops; op++) {
    const OpInst *o = &r->s->ops[op];
    Eval e;
    if (!of_vectors(o))
      continue;
    r->ops++;
    Func *f = ir_new(&r->arena, sig, 1, sigs, 1, 0);
    eval_init(&e, r->s, &r->arena, 1);
    for (u32 k = 0; k < 200; k++)
      run_case(r, &e, o, op, f);
    arena_reset(&r->arena);
  }
}

// --- programs ---------------------------------------------------------

enum { LENGTH = 24, PARAMS = 4 };

static Val constant(Run *r, Func *f, u32 type) {
  if (type != TY_V128)
    return ir_iconst(f, (Type)type, sample_bits(&r->draw, 32).w[0]);
  Wide v = draw_vector(r);
  u64 some = next(r);
  for (u32 k = 0; k < 2 && some & 4; k++) // halves that rules look for
    v.w[k] = some >> k & 1 ? ~(u64)0 : 0;
  u32 at = ir_vec(f, (V128){v.w[0], v.w[1]});
  return ir_emit(f, const_op[TY_V128], TY_V128, 0, at, 0, 0);
}

// A value of that type made before, or a constant.
static Val some_value(Run *r, Func *f, u32 type) {
  for (u32 k = 0; k < 12; k++) {
    Val v = 1 + (Val)(next(r) % (f->insts.n - 1));
    if (inst_at(f, v)->type == type && next(r) % 4)
      return v;
  }
  return constant(r, f, type);
}

// NaNs would be another choice after a rule.
static bool has_floats(const OpInst *o) {
  return op_shape(o) > SH_F32X4 || o->type == VT_F32 || o->type == VT_F64;
}

static void add_op(Run *r, Func *f) {
  u32 op = 0;
  const OpInst *o = NULL;
  while (!o || !of_vectors(o) || has_floats(o) ||
         (o->type != VT_V128 && o->type != VT_I32))
    o = &r->s->ops[op = 1 + (u32)(next(r) % (r->s->nops - 1))];
  Inst in = {.op = (u16)op};
  u32 val[3] = {0}, n = 0;
  for (u32 i = 0; i < o->noperands; i++)
    if (o->operands[i].is_value) {
      u8 type = o->operands[i].sort.type;
      val[n++] = type == VT_V128 || type == VT_I32 || type == VT_I64
                     ? some_value(r, f, type)
                     : 0;
      if (!val[n - 1])
        return;
    }
  in.a = val[0], in.b = val[1], in.c = val[2];
  for (u32 i = 0; i < o->noperands; i++)
    if (!o->operands[i].is_value)
      set_immediate(o, i, f, &in,
                    o->operands[i].sort.bits == 128
                        ? draw_vector(r)
                        : sample_bits(&r->draw, o->operands[i].sort.bits));
  Val v = ir_emit(f, in.op, (Type)o->type, in.a, in.b, in.c, 0);
  inst_at(f, v)->n = in.n;
}

static Func *draw_program(Run *r, const Sig *sig, const u32 *sigs) {
  Func *f = ir_new(&r->arena, sig, 1, sigs, 1, 0);
  Block b = ir_block(f);
  ir_begin(f, b);
  for (u32 k = 0; k < PARAMS; k++)
    ir_param(f, b, (Type)sig->types[k], 0);
  for (u32 k = 0; k < LENGTH; k++)
    add_op(r, f);
  Val result = 1; // all vectors: none is dead
  for (Val v = PARAMS + 1, end = f->insts.n; v < end; v++)
    if (inst_at(f, v)->type == TY_V128)
      result = ir_emit(f, OP_vsub_i16x8, TY_V128, result, v, 0, 0);
  ir_emit(f, OP_return, TY_NONE, 0, 0, ir_list(f, &result, 1), 0);
  ir_end(f, b);
  must(ir_analyse(f), "one block");
  return f;
}

static const char *text_of(Arena *a, const Func *f) {
  Text t = {.arena = a};
  ir_print(f, &t);
  return text_str(&t);
}

static V128 result_of(Func *f, const Sig *sig, const u32 *sigs,
                      const u64 *args) {
  Interp in;
  InterpTarget target = {0};
  Sig one = *sig;
  u32 index = sigs[0];
  IrModule m = {&one, 1, &index, 1, &f};
  u64 got[2] = {0};
  interp_init(&in);
  interp_use_module(&in, &m);
  must(in.resolve(&in, NULL, 0, &target), "no f0");
  TrapCode t = interp_call(&in, target, args, got);
  must(t == TRAP_NONE, "vectors do not trap");
  interp_free(&in);
  return (V128){got[0], got[1]};
}

static bool well_formed(Run *r, const Func *f) {
  Text err = {.arena = &r->arena};
  if (ir_verify(f, &err))
    return true;
  printf("not ok: %s%s", text_str(&err), text_of(&r->arena, f));
  r->failures++;
  return false;
}

static void run_program(Run *r, const Sig *sig, const u32 *sigs, bool watch) {
  Arena scratch = {0};
  EgraphOptions o = egraph_options();
  EgraphCounters c = {0};
  o.watch = watch;
  Func *f = draw_program(r, sig, sigs);
  Func *g = egraph_run(&r->arena, &scratch, f, &o, &c, NULL, NULL);
  r->programs++;
  r->changed += c.rules_applied != 0;
  if (well_formed(r, f) && well_formed(r, g))
    for (u32 k = 0; k < 8; k++) {
      u64 args[6];
      put_words(args, draw_vector(r), 2);
      put_words(args + 2, draw_vector(r), 2);
      args[4] = (u32)sample_bits(&r->draw, 32).w[0];
      args[5] = sample_bits(&r->draw, 64).w[0];
      V128 x = result_of(f, sig, sigs, args), y = result_of(g, sig, sigs, args);
      if (x.lo == y.lo && x.hi == y.hi)
        continue;
      printf("not ok: another result\n%sbecame\n%s", text_of(&r->arena, f),
             text_of(&r->arena, g));
      r->failures++;
      break;
    }
  arena_free(&scratch);
  arena_reset(&r->arena);
}

// --- a file -----------------------------------------------------------

static int run_file(const char *path) {
  Arena a = {0}, scratch = {0};
  u8 *text;
  size_t n;
  IrModule m;
  Text err = {.arena = &a}, first = {.arena = &a}, again = {.arena = &a};
  must(file_read(&a, path, &text, &n) == 0, "no %s", path);
  if (!ir_parse(&a, (const char *)text, n, &m, &err))
    return printf("%s\n", text_str(&err)), 2;
  ir_print_module(&m, &first);
  must(ir_parse(&a, text_str(&first), first.n, &m, &err), "what was printed");
  ir_print_module(&m, &again);
  printf("%s%s", text_str(&first),
         strcmp(text_str(&first), text_str(&again)) ? "NOT THE SAME AGAIN\n"
                                                    : "");
  EgraphOptions o = egraph_options();
  for (u32 k = 0; k < m.nfuncs; k++)
    if (m.funcs[k] && ir_verify(m.funcs[k], &err)) {
      m.funcs[k] = egraph_run(&a, &scratch, m.funcs[k], &o, NULL, NULL, NULL);
      (void)ir_verify(m.funcs[k], &err);
    }
  again.n = 0;
  ir_print_module(&m, &again);
  printf("; optimized\n%s%s", text_str(&again), err.n ? text_str(&err) : "");
  arena_free(&scratch);
  arena_free(&a);
  return err.n != 0;
}

static const Sema *load(Arena *a) {
  const char *files[] = {"rules/ops.rules",
                         "tests/rulec/verify/lane-ops.rules"};
  RuleSet *r = arena_new(a, RuleSet);
  const Words words = {.at = files, .n = 2};
  rules_begin(r, a);
  if (rules_read(r, &words))
    return NULL;
  rules_resolve(r);
  must(!r->diags.errors, "the rules have errors");
  return r->sema;
}

int main(int argc, char **argv) {
  static const u8 types[] = {TY_V128, TY_V128, TY_I32, TY_I64, TY_V128};
  static const Sig sig = {PARAMS, 1, types};
  static const u32 sigs[] = {0};
  Arena a = {0};
  if (argc > 1)
    return run_file(argv[1]);
  Run r = {.s = load(&a), .rng = 1, .draw = {.state = 1}};
  if (!r.s) {
    puts("no rules: run it from the project's folder");
    return 77;
  }
  must(r.s->nops == op_count, "ops of other rules");
  run_ops(&r, &sig, sigs);
  for (u32 k = 0; k < 2000; k++)
    run_program(&r, &sig, sigs, k & 1);
  bool good = !r.failures && r.ops && r.folded && r.choices && r.changed;
  printf("%s %u ops of vectors, %u folded, %u NaNs; %u programs, %u changed by "
         "rules\n",
         good ? "ok" : "not ok", r.ops, r.folded, r.choices, r.programs,
         r.changed);
  arena_free(&r.arena);
  arena_free(&a);
  return !good;
}
