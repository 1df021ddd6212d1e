// One function for each rule of the verifier, and what it says about it. What
// text can say is written as text; the rest is a good function broken by hand.
#include "mid/ir/ir.h"
#include "ops.h"

#include <stdio.h>

static int tests, failures;

static void check(const char *what, Arena *a, const Func *f, const char *want) {
  Text err = {.arena = a};
  bool good = ir_verify(f, &err);
  const char *said = text_str(&err);
  bool as_wanted = *want ? !good && strstr(said, want) : good;
  printf("%s %d %s\n", as_wanted ? "ok" : "FAILED", ++tests, what);
  failures += !as_wanted;
  if (!as_wanted)
    printf("%ssays: %s\n", what, said);
}

static const char sigs[] = "sig s0 (i32, i64) -> (i32)\n"
                           "sig s1 () -> (i32, f64)\n"
                           "sig s2 (f32) -> ()\n"
                           "decl f1 s1\ndecl f2 s2\n"
                           "func f0 s0 {\n";

static const struct {
  const char *body, *want;
} by_text[] = {
    {"b1(v1: i32, v2: i64):\n  return (v1)", ""},
    {"b1(v1: i32):\n  return (v1)", "entry has 1 parameters, the signature 2"},
    {"b1(v1: i32, v2: f64):\n  return (v1)",
     "v2: parameter is f64, the signature says i64"},
    {"b1(v1: i32, v2: i64):\n  v3 = iadd.i32 v1 v2\n  return (v3)",
     "v3: operand v2 is i64, not i32"},
    {"b1(v1: i32, v2: i64):\n  return (v2)", "v3: operand v2 is i64, not i32"},
    {"b1(v1: i32, v2: i64):\n  return ()", "v3: 0 values for 1 results"},
    {"b1(v1: i32, v2: i64):\n  brif v1 b2 b3\nb2:\n  v4 = iadd.i32 v1 v1\n"
     "  jump b3\nb3:\n  return (v4)",
     "v6: operand v4 of b2 does not dominate this use in b3"},
    {"b1(v1: i32, v2: i64):\n  v3 = iadd.i32 v4 v1\n  v4 = iadd.i32 v1 v1\n"
     "  return (v3)",
     "v3: operand v4 of b1 does not dominate this use in b1"},
    {"b1(v1: i32, v2: i64):\n  jump b2\nb2:\n  brif v1 b1(v1, v2) b3\nb3:\n"
     "  return (v1)",
     "b1: the entry has predecessors"},
    {"b1(v1: i32, v2: i64):\n  jump b2(v1)\nb2(v4: i64):\n  return (v1)",
     "v3: operand v1 is i32, not i64"},
    {"b1(v1: i32, v2: i64):\n  jump b2(v1)\nb2:\n  return (v1)",
     "v3: 1 arguments for 0 parameters of b2"},
    {"b1(v1: i32, v2: i64):\n  v3 = call f1 (v1)\n  return (v3)",
     "v3: 1 values for 0 parameters of the callee"},
    {"b1(v1: i32, v2: i64):\n  call f2 (v1)\n  return (v1)",
     "v3: operand v1 is i32, not f32"},
    {"b1(v1: i32, v2: i64):\n  v3 = nullref\n  call_ref v3 s2 (v1)\n"
     "  return (v1)",
     "v4: operand v1 is i32, not f32"},
    {"b1(v1: i32, v2: i64):\n  v3 = libcall memory_grow (v2)\n  return (v3)",
     "v3: operand v2 is i64, not i32"},
    {"b1(v1: i32, v2: i64):\n  v3 = proj.i32 v1 1\n  return (v3)",
     "v3: proj of v1, which has not several results"},
    {"b1(v1: i32, v2: i64):\n  v3 = call f1 ()\n  v4 = proj.f64 v3 2\n"
     "  return (v3)",
     "v4: proj of result 2 of 2"},
    {"b1(v1: i32, v2: i64):\n  v3 = call f1 ()\n  v4 = proj.i64 v3 1\n"
     "  return (v3)",
     "v4: result 1 is f64"},
    {"b1(v1: i32, v2: i64):\n  v3 = call f1 ()\n  v4 = iadd.i32 v1 v1\n"
     "  v5 = proj.f64 v3 1\n  return (v3)",
     "v5: iadd.i32 between the call and its proj"},
    {"b1(v1: i32, v2: i64):\n  v3 = call f1 ()\n  v4 = iconst.i32 1\n"
     "  v5 = proj.f64 v3 1\n  return (v3)",
     ""},
    {"b1(v1: i32, v2: i64):\n  v3 = union.i32 v1 v1\n  return (v3)",
     "v3: a union is left"},
    {"b1(v1: i32, v2: i64):\n  v3 = load.i32 [heap v2 : 3]\n  return (v3)",
     "v3: 3 bytes of a i32"},
    {"b1(v1: i32, v2: i64):\n  v3 = load.i32 [heap v2 : 8]\n  return (v3)",
     "v3: 8 bytes of a i32"},
    {"b1(v1: i32, v2: i64):\n  v3 = load.f64 [heap v2 : 4 zero]\n"
     "  return (v1)",
     "v3: 4 bytes of a f64"},
    {"b1(v1: i32, v2: i64):\n  v3 = load.i32 [heap v2 : 2]\n  return (v3)",
     "v3: a load of 2 bytes as i32 without extension"},
    {"b1(v1: i32, v2: i64):\n  v3 = load.i32 [heap v2 : 4 sign]\n"
     "  return (v3)",
     "v3: a load of 4 bytes as i32 with an extension"},
    {"b1(v1: i32, v2: i64):\n  store.i32 [heap v2 : 4 align 13] v1\n"
     "  return (v1)",
     "v3: memarg 1 is out of range"},
    {"b1(v1: i32, v2: i64):\n  v3 = funcref f9\n  return (v1)",
     "v3: no function f9"},
    {"b1(v1: i32, v2: i64):\n  v3 = nullref\n  trapnz v1 none\n  return (v1)",
     "v4: no trap 0"},
};

static Func *parse(Arena *a, const char *body) {
  const char *text = arena_printf(a, "%s%s\n}\n", sigs, body);
  IrModule m;
  Text err = {.arena = a};
  bool good = ir_parse(a, text, strlen(text), &m, &err);
  must(good, "%s%s", text, text_str(&err));
  return m.funcs[0];
}

// --- broken by hand

// b2 is a loop of b2 and b3, b4 is after it.
static const char loop[] = "b1(v1: i32, v2: i64):\n"
                           "  jump b2(v1)\n"
                           "b2(v4: i32):\n"
                           "  v5 = load.i32 [heap v2 : 4]\n"
                           "  brif v5 b3 b4\n"
                           "b3:\n"
                           "  v7 = iadd.i32 v4 v5\n"
                           "  jump b2(v7)\n"
                           "b4:\n"
                           "  return (v4)";

static void run_past_end(Func *f) {
  block_at(f, 4)->end += 5;
}
static void run_empty(Func *f) {
  block_at(f, 4)->end = block_at(f, 4)->first;
}
static void runs_overlap(Func *f) {
  block_at(f, 4)->first--;
}
static void all_parameters(Func *f) {
  block_at(f, 4)->nparams = 7;
}
static void param_outside(Func *f) {
  block_at(f, 2)->nparams = 0;
}
static void param_of_other(Func *f) {
  inst_at(f, 4)->a = 3;
}
static void no_terminator(Func *f) {
  block_at(f, 4)->end--, block_at(f, 4)->first--;
}
static void two_terminators(Func *f) {
  inst_at(f, 7)->op = OP_jump;
}
static void no_op(Func *f) {
  inst_at(f, 7)->op = 9999;
}
static void operand_far(Func *f) {
  inst_at(f, 7)->a = 9999;
}
static void operand_none(Func *f) {
  inst_at(f, 7)->a = 0;
}
static void operand_void(Func *f) {
  inst_at(f, 7)->a = 3;
}
static void wrong_type(Func *f) {
  inst_at(f, 7)->type = TY_I64;
}
static void memarg_far(Func *f) {
  inst_at(f, 5)->b = 99;
}
static void list_far(Func *f) {
  inst_at(f, 9)->c = 9999;
}
static void list_long(Func *f) {
  f->pool.at[inst_at(f, 9)->c] = 9999;
}
static void target_far(Func *f) {
  inst_at(f, 8)->a = 9999;
}
static void target_block(Func *f) {
  f->pool.at[inst_at(f, 8)->a] = 9;
}
static void few_positions(Func *f) {
  f->pos.n--;
}
static void position_far(Func *f) {
  f->pos.at[5] = 77;
}
static void bad_preds(Func *f) {
  f->preds.at[block_at(f, 4)->preds] = 3;
}
static void few_preds(Func *f) {
  block_at(f, 2)->npreds--;
}
static void dominator_late(Func *f) {
  block_at(f, 4)->idom = 4;
}
static void dominator_wrong(Func *f) {
  block_at(f, 4)->idom = 3;
}
static void dominator_loose(Func *f) {
  block_at(f, 4)->idom = 1;
}
static void dom_number(Func *f) {
  block_at(f, 3)->dom_pre = block_at(f, 4)->dom_pre;
}
static void dom_size(Func *f) {
  block_at(f, 3)->dom_size = 1;
}
static void loop_short(Func *f) {
  block_at(f, 2)->loop_end = 3;
  block_at(f, 3)->loop = 0;
  block_at(f, 3)->depth = 0;
}
static void loop_wrong(Func *f) {
  block_at(f, 3)->loop = 0;
}
static void loop_deep(Func *f) {
  block_at(f, 3)->depth = 2;
}
static void loop_beyond(Func *f) {
  block_at(f, 2)->loop_end = 9;
}
static void loop_longer(Func *f) {
  block_at(f, 2)->loop_end = 5;
  block_at(f, 4)->loop = 2;
  block_at(f, 4)->depth = 1;
}
static void not_rpo(Func *f) {
  f->pool.at[inst_at(f, 3)->a] = 4;
  f->pool.at[inst_at(f, 3)->a + 1] = 0;
}
static void deleted(Func *f) {
  *inst_at(f, 7) = (Inst){0};
  f->pool.at[inst_at(f, 8)->a + 2] = 5;
}
static void sig_far(Func *f) {
  f->sig = 17;
}

static const struct {
  const char *what;
  void (*breaks)(Func *f);
  const char *want;
} by_hand[] = {
    {"run past the end", run_past_end, "b4: run v9..v15 with 0 parameters"},
    {"empty run", run_empty, "b4: run v9..v9"},
    {"overlapping runs", runs_overlap, "v8: in b3 and in b4"},
    {"only parameters", all_parameters, "b4: run v9..v10 with 7 parameters"},
    {"parameter in the middle", param_outside,
     "v4: param.i32 among b2's instructions"},
    {"parameter of another block", param_of_other,
     "v4: parameter 0 of b2 says it is 0 of b3"},
    {"terminator missing", no_terminator, "in b4"},
    {"terminator in the middle", two_terminators,
     "v7: jump before the end of b3"},
    {"no such op", no_op, "v7: no op 9999"},
    {"operand beyond the array", operand_far, "v7: operand v9999 is no value"},
    {"operand zero", operand_none, "v7: operand v0 is no value"},
    {"operand without a value", operand_void, "v7: operand v3 is no value"},
    {"type of the result", wrong_type, "v7: iadd.i32 gives i32, not i64"},
    {"memarg beyond the table", memarg_far, "v5: no memarg 99"},
    {"list beyond the pool", list_far, "v9: list 9999 is not in the pool"},
    {"list longer than the pool", list_long, "is not in the pool"},
    {"target beyond the pool", target_far,
     "v8: target 9999 is not in the pool"},
    {"target block", target_block, "v8: no block b9 to go to"},
    {"positions missing", few_positions, "10 instructions, 9 positions"},
    {"position beyond the table", position_far, "v5: no position 77"},
    {"predecessors", bad_preds, "b4: predecessors differ from the edges"},
    {"predecessor missing", few_preds, "b2: predecessors differ"},
    {"dominator is itself", dominator_late, "b4: dominator b4"},
    {"dominator that is none", dominator_wrong, "b4: b3 does not dominate it"},
    {"tree of another dominator", dominator_loose, "dominates"},
    {"dominator number twice", dom_number, "b4: dominator number 4 is taken"},
    {"dominated blocks", dom_size, "b3"},
    {"loop too short", loop_short,
     "b2: the loop's interval ends before the edge from b3"},
    {"loop of a block", loop_wrong,
     "b3: loop b0 of depth 1, but the intervals say b2, 1"},
    {"loop depth", loop_deep, "b3: loop b2 of depth 2"},
    {"loop past the end", loop_beyond, "b2: loop to b9 does not nest"},
    {"a longer loop is allowed", loop_longer, ""},
    {"not in reverse postorder", not_rpo,
     "b2: has no predecessor of smaller number"},
    {"a deleted instruction is allowed", deleted, ""},
    {"signature beyond the table", sig_far,
     "function f0 with signature s17 is not declared"},
};

int main(void) {
  Arena a = {0};
  for (u32 k = 0; k < sizeof by_text / sizeof *by_text; k++) {
    const char *want = by_text[k].want;
    check(*want ? want : "allowed", &a, parse(&a, by_text[k].body), want);
    arena_reset(&a);
  }
  check("the loop as it is", &a, parse(&a, loop), "");
  for (u32 k = 0; k < sizeof by_hand / sizeof *by_hand; k++) {
    Func *f = parse(&a, loop);
    by_hand[k].breaks(f);
    check(by_hand[k].what, &a, f, by_hand[k].want);
    arena_reset(&a);
  }
  printf("%d tests, %d failed\n", tests, failures);
  return failures ? 1 : 0;
}
