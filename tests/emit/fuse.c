// A move and the addition behind it as one lea: when, and when not. Zero by xor
// likewise waits for the flags to be free. Each case is one block of an
// instruction, one that reads or writes flags, and a return.
#include "back/emit/emit.h"
#include "inst.h"

#include <stdio.h>

enum { RAX, RCX, RDX, RBX, RSP, RBP, R13 = 13 };

typedef struct Case {
  u16 inst;
  u8 form;
  u32 imm;
  u32 n; // operands
  Loc locs[4];
  bool move; // from..to before it
  Loc from, to;
  u16 next;         // what comes behind: cmp writes flags, cmov reads them
  const char *want; // up to what comes behind
} Case;

// clang-format off
#define ADD(i) X64_add_##i
static const Case cases[] = {
    {ADD(i32), 0, 5, 2, {RCX, RCX}, true, RAX, RCX, X64_cmp_i32,
     "lea ecx, [rax + 5]"},
    {ADD(i64), 0, (u32)-8, 2, {RCX, RCX}, true, RAX, RCX, X64_cmp_i32,
     "lea rcx, [rax - 8]"},
    {X64_sub_i32, 0, 1, 2, {RCX, RCX}, true, RAX, RCX, X64_cmp_i32,
     "lea ecx, [rax - 1]"},
    {X64_sub_i32, 0, 0x80000000, 2, {RCX, RCX}, true, RAX, RCX, X64_cmp_i32,
     "mov rcx, rax; sub ecx, -0x80000000"},
    {X64_shl_i32, 0, 1, 2, {RCX, RCX}, true, RAX, RCX, X64_cmp_i32,
     "lea ecx, [rax + rax]"},
    {X64_shl_i64, 0, 3, 2, {RCX, RCX}, true, RAX, RCX, X64_cmp_i32,
     "lea rcx, [rax*8]"},
    {X64_shl_i32, 0, 4, 2, {RCX, RCX}, true, RAX, RCX, X64_cmp_i32,
     "mov rcx, rax; shl ecx, 4"},
    {ADD(i32), 2, 0, 3, {RCX, RDX, RCX}, true, RAX, RCX, X64_cmp_i32,
     "lea ecx, [rax + rdx]"},
    {ADD(i32), 2, 0, 3, {RCX, RDX, RCX}, true, RBP, RCX, X64_cmp_i32,
     "lea ecx, [rdx + rbp]"},
    {ADD(i32), 2, 0, 3, {RCX, RBP, RCX}, true, R13, RCX, X64_cmp_i32,
     "lea ecx, [rbp + r13]"},
    {ADD(i32), 2, 0, 3, {RCX, RCX, RCX}, true, RAX, RCX, X64_cmp_i32,
     "lea ecx, [rax + rax]"},
    // its flags are read, or what stood before them
    {ADD(i32), 0, 5, 2, {RCX, RCX}, true, RAX, RCX, X64_cmov_e_i32,
     "mov rcx, rax; add ecx, 5"},
    // the move is not of the tied operand
    {ADD(i32), 0, 5, 2, {RCX, RCX}, true, RAX, RDX, X64_cmp_i32,
     "mov rdx, rax; add ecx, 5"},
    // the second operand is in its slot
    {ADD(i32), 2, 0, 3, {RCX, LOC_SLOT + 1, RCX}, true, RAX, RCX, X64_cmp_i32,
     "mov rcx, rax; add ecx, dword ptr [rsp + 8]"},
    // from a slot
    {ADD(i32), 0, 5, 2, {RCX, RCX}, true, LOC_SLOT, RCX, X64_cmp_i32,
     "mov rcx, qword ptr [rsp]; add ecx, 5"},
    {X64_imm_i32, 0, 0, 1, {RAX}, false, 0, 0, X64_cmp_i32, "xor eax, eax"},
    {X64_imm_i64, 0, 0, 1, {RAX}, false, 0, 0, X64_cmp_i32, "xor eax, eax"},
    {X64_imm_i32, 0, 0, 1, {RAX}, false, 0, 0, X64_cmov_e_i32, "mov eax, 0"},
    {X64_imm_i32, 0, 7, 1, {RAX}, false, 0, 0, X64_cmp_i32, "mov eax, 7"},
};

// clang-format on

// The text of the code between the prologue and `next`.
static char *emit_case(Arena *a, const Case *c) {
  VInst insts[] = {
      {.inst = c->inst, .form = c->form, .imm = c->imm, .nops = (u8)c->n},
      {.inst = c->next,
       .form = c->next == X64_cmp_i32 ? 2 : 1,
       .ops = 4,
       .nops = 3},
      {.inst = X64_ret, .ops = 7}};
  Operand operands[7] = {0};
  Loc locs[7] = {0};
  for (u32 k = 0; k < 7; k++)
    operands[k] = operand(VREG_FIRST, false, false, CON_REG);
  memcpy(locs, c->locs, sizeof c->locs);
  VBlock block = {.end = 3};
  VCode v = {.insts = insts,
             .ninsts = 3,
             .operands = operands,
             .noperands = 7,
             .blocks = &block,
             .nblocks = 1};
  RaMove move = {.point = 0, .from = c->from, .to = c->to, .bytes = 8};
  RaResult ra = {.locs = locs, .moves = &move, .nmoves = c->move, .nslots = 2};
  EmitOptions o = {.shrink = true, .lines = true};
  EmitCounters count = {0};
  CodeBlob *b = emit_func(a, a, &v, &ra, &o, &count);
  u32 end = 0;
  for (u32 k = 0; k < b->nlines; k++)
    if (b->lines[k].inst == 1)
      end = b->lines[k].at;
  Text t = {.arena = a};
  for (u32 at = b->framed; at < end;) {
    text_add(&t, "%s", at == b->framed ? "" : "; ");
    u32 n = list_inst(&t, b->bytes + at, b->bytes + end, at);
    must(n, "undecodable at %u", at);
    at += n;
  }
  return text_str(&t);
}

int main(void) {
  Arena a = {0};
  u32 wrong = 0, n = sizeof cases / sizeof *cases;
  for (u32 k = 0; k < n; k++) {
    char *got = emit_case(&a, &cases[k]);
    if (strcmp(got, cases[k].want) != 0) {
      printf("not ok %u: found %s\n           wanted %s\n", k, got,
             cases[k].want);
      wrong++;
    }
    arena_reset(&a);
  }
  printf("%s %u cases\n", wrong ? "not ok" : "ok", n);
  return wrong != 0;
}
