// Publication: blobs by function index, calls that lead to direct entries, a
// mapping that runs and cannot be written, and lookups of every offset.
#include "back/emit/emit.h"
#include "inst.h"

#include <stdio.h>

enum { FUNCS = 40 };

// Function k calls (7k + 3) % FUNCS twice and may trap; odd ones are larger.
static CodeBlob *make(Arena *a, u32 k) {
  VInst *insts = arena_array0(a, VInst, 64);
  u32 n = 0;
  insts[n++] =
      (VInst){.inst = X64_call, .imm = (7 * k + 3) % FUNCS, .origin = 1};
  for (u32 j = 0; j < k % 2 * 40; j++)
    insts[n++] = (VInst){.inst = X64_nop};
  insts[n++] = (VInst){.inst = X64_trap_if_e, .imm = TRAP_DIV0, .origin = 2};
  insts[n++] =
      (VInst){.inst = X64_call, .imm = (7 * k + 3) % FUNCS, .origin = 3};
  insts[n++] = (VInst){.inst = X64_ret};
  VBlock block = {.end = n};
  Func ir = {.index = k};
  VCode v = {.insts = insts,
             .ninsts = n,
             .blocks = &block,
             .nblocks = 1,
             .has_calls = true,
             .ir = &ir};
  u32 pos[4] = {0, 1, 2, 3};
  Pos poses[4] = {{0, 0}, {0, 100}, {0, 200}, {0, 300}};
  ir.pos.at = pos, ir.pos.n = 4;
  ir.poses.at = poses, ir.poses.n = 4;
  RaResult ra = {0};
  EmitOptions o = {.shrink = true};
  EmitCounters count = {0};
  return emit_func(a, a, &v, &ra, &o, &count);
}

static void check_calls(const CodeImage *im, const CodeBlob *b, u32 start) {
  must(b->nrelocs == 2, "%u relocations", b->nrelocs);
  for (u32 k = 0; k < b->nrelocs; k++) {
    u32 at = start + b->relocs[k].at;
    s32 rel;
    memcpy(&rel, im->base + at, 4);
    const u8 *to = im->base + at + 4 + rel;
    const u8 *want = code_entry(im, b->relocs[k].func);
    must(im->base[at - 1] == 0xe8 && to == want + b->direct,
         "call %u of function %u leads astray", k, b->func);
  }
}

static void check_lookup(const CodeImage *im, const CodeBlob *b, u32 start) {
  u32 off, traps = 0, poses = 0;
  for (u32 at = 0; at < b->size; at++) {
    must(code_find(im, im->base + start + at, &off) == b && off == at,
         "offset %u of function %u is not found", at, b->func);
    const CodeTrap *t = code_trap(b, at);
    const CodePos *p = code_pos(b, at);
    traps += t != NULL;
    poses += p != NULL;
    must(!t || b->bytes[at] == 0x0f, "a trap where no ud2 is");
    must(!t || t->code != TRAP_DIV0 || t->pos.off == 200, "position of a trap");
    must(!p || p->pos.off == 100 || p->pos.off == 300, "position of a call");
    must(!p || b->bytes[at - 5] == 0xe8, "no call before a return address");
  }
  must(traps == b->ntraps && traps == 2, "%u traps found", traps);
  must(poses == b->nposes && poses == 2, "%u calls found", poses);
}

// The mapping's line in /proc/self/maps.
static void check_rights(const CodeImage *im) {
  FILE *f = fopen("/proc/self/maps", "r");
  must(f, "no /proc/self/maps");
  char line[512], rights[8];
  bool found = false;
  while (fgets(line, sizeof line, f)) {
    unsigned long from, to;
    if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) == 3 &&
        from <= (uintptr_t)im->base && (uintptr_t)im->base < to) {
      must(rights[0] == 'r' && rights[1] == '-' && rights[2] == 'x',
           "code is mapped %s", rights);
      found = true;
    }
  }
  fclose(f);
  must(found, "no mapping");
}

int main(void) {
  Arena a = {0};
  CodeBlob *blobs[FUNCS + 5] = {0}; // imports have none
  for (u32 k = 0; k < FUNCS; k++)
    blobs[k] = make(&a, k);
  CodeImage im;
  must(code_publish(&a, blobs, FUNCS + 5, &im) == 0, "not published");
  for (u32 k = 0; k < im.nblobs; k++) {
    must(im.blobs[k]->func == k && im.start[k] % 16 == 0, "blob %u", k);
    check_calls(&im, im.blobs[k], im.start[k]);
    check_lookup(&im, im.blobs[k], im.start[k]);
  }
  u32 off;
  must(!code_find(&im, im.base + im.size, &off), "found behind the code");
  must(!code_find(&im, im.base - 1, &off), "found before the code");
  must(!code_entry(&im, FUNCS), "an import has an entry");
  printf("ok calls and lookups of %u functions\n", im.nblobs);
  check_rights(&im);
  printf("ok mapped r-x\n");
  code_unmap(&im);
  CodeBlob *none[1] = {0};
  must(code_publish(&a, none, 1, &im) == 0 && !im.base, "no code, no mapping");
  printf("ok a module without code\n");
  return 0;
}
