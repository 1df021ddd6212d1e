// Where a trap is said to be does not change when the branch to it becomes a
// trapz or trapnz.
#include "mid/egraph/egraph.h"
#include "mid/ir/interp.h"
#include "ops.h"

#include <stdio.h>

static const char text[] = "sig s0 (i32) -> (i32)\n"
                           "func f0 s0 {\n"
                           "b1(v1: i32):\n"
                           "  v2 = iconst.i32 7\n"
                           "  v3 = icmp.ult.i32 v1 v2 @1\n"
                           "  brif v3 b3 b2 @2\n"
                           "b2:\n"
                           "  trap table_oob @3\n"
                           "b3:\n"
                           "  v6 = icmp.eq.i32 v1 v2 @4\n"
                           "  brif v1 b4 b5 @5\n"
                           "b4:\n"
                           "  trap unreachable @6\n"
                           "b5:\n"
                           "  return (v1)\n}\n";

static u32 trap_place(Arena *a, const Func *f, u64 arg) {
  Interp in;
  u64 result;
  InterpTarget t = {.code = interp_code(a, f)};
  interp_init(&in);
  TrapCode trap = interp_call(&in, t, &arg, &result);
  u32 place = trap ? interp_frame_pos(&in.frames[0]).off : 0;
  interp_free(&in);
  return place;
}

int main(void) {
  static const u32 want[] = {0, 6, 3};
  static const u64 args[] = {0, 1, 9};
  Arena a = {0}, scratch = {0};
  IrModule m;
  Text err = {.arena = &a};
  EgraphCounters c = {0};
  EgraphOptions o = egraph_options();
  u32 failed = 0, branches = 0;
  must(ir_parse(&a, text, strlen(text), &m, &err), "%s", text_str(&err));
  Func *f = egraph_run(&a, &scratch, m.funcs[0], &o, &c, NULL, NULL);
  for (Val v = 1; v < f->insts.n; v++)
    branches += inst_at(f, v)->op == OP_brif;
  for (u32 k = 0; k < 3; k++) {
    u32 before = trap_place(&a, m.funcs[0], args[k]);
    u32 after = trap_place(&a, f, args[k]);
    bool good = before == want[k] && after == want[k];
    printf("%s %u traps at @%x, then @%x, not @%x\n", good ? "ok" : "FAILED",
           k + 1, before, after, want[k]);
    failed += !good;
  }
  printf("%u branches left\n", branches);
  return failed || branches;
}
