// The calling convention: where arguments and results are, what calls keep,
// frames. Six registers for integers, eight for floats; results in four of
// each. No frame pointer: frames have one size after the prologue, unwinding
// goes by table.
#include "back/x64/abi.h"
#include "back/emit/encode.h"

static const PReg int_args[] = {PREG_RDI, PREG_RSI, PREG_RDX,
                                PREG_RCX, PREG_R8,  PREG_R9};
static const PReg int_results[] = {PREG_RAX, PREG_RDX, PREG_RCX, PREG_RSI};
enum { FLOAT_ARGS = 8, FLOAT_RESULTS = 4 };

#define BIT(r) (1u << (r))
static u32 clobbers_of(const VInst *i) { return inst_info[i->inst].clobbers; }
static const char *name_of(const VInst *i) { return inst_info[i->inst].name; }

const RaEnv abi_env = {
    .clobbers = clobbers_of,
    .inst_name = name_of,
    .caller_saved = {BIT(PREG_RAX) | BIT(PREG_RCX) | BIT(PREG_RDX) |
                         BIT(PREG_RSI) | BIT(PREG_RDI) | BIT(PREG_R8) |
                         BIT(PREG_R9) | BIT(PREG_R10) | BIT(PREG_R11),
                     0xffff0000u},
    .callee_saved = {BIT(PREG_RBX) | BIT(PREG_RBP) | BIT(PREG_R12) |
                         BIT(PREG_R13),
                     0},
};

static bool is_xmm(u8 type) {
  return type == TY_F32 || type == TY_F64 || type == TY_V128;
}

static void place(const u8 *types, u32 n, const PReg *ints, u32 nints,
                  u32 nfloats, AbiLoc *out, u32 *word) {
  u32 gprs = 0, xmms = 0;
  for (u32 i = 0; i < n; i++) {
    out[i] = (AbiLoc){.type = types[i], .reg = PREG_NONE};
    if (is_xmm(types[i]) && xmms < nfloats) {
      out[i].reg = (PReg)(PREG_XMM0 + xmms++);
    } else if (!is_xmm(types[i]) && gprs < nints) {
      out[i].reg = ints[gprs++];
    } else {
      out[i].off = (s32)(8 * *word);
      *word += types[i] == TY_V128 ? 2 : 1;
    }
  }
}

void abi_args(const u8 *types, u32 n, AbiLoc *out, u32 *word) {
  place(types, n, int_args, sizeof int_args, FLOAT_ARGS, out, word);
}

void abi_results(const u8 *types, u32 n, AbiLoc *out, u32 *word) {
  place(types, n, int_results, sizeof int_results, FLOAT_RESULTS, out, word);
}

// --- frames ------------------------------------------------------------------

// A leaf whose frame is smaller than this relies on the runtime's slack below
// the stack limit; a larger frame compares its own lowest address.
enum { SMALL_FRAME = 2048 };

static u32 count_saved(u32 mask) {
  return (u32)__builtin_popcount(mask & abi_env.callee_saved[RC_GPR]);
}

AbiFrame abi_frame(u32 used_callee_saved, u32 bytes, bool has_calls) {
  AbiFrame f = {.saved = used_callee_saved & abi_env.callee_saved[RC_GPR]};
  const u32 pushed = 8 + 8 * count_saved(f.saved);
  f.size = (bytes + 7) & ~7u;
  if (has_calls && (pushed + f.size) % 16)
    f.size += 8;
  f.check = has_calls || f.size >= SMALL_FRAME;
  return f;
}

u32 abi_frame_total(const AbiFrame *f) {
  return f->size + 8 * count_saved(f->saved);
}

static u8 *put(u8 *p, const void *bytes, u32 n) {
  memcpy(p, bytes, n);
  return p + n;
}
#define PUT(p, ...) put(p, (const u8[]){__VA_ARGS__}, sizeof(u8[]){__VA_ARGS__})

static u8 *put32(u8 *p, u32 x) { return put(p, &x, 4); }

static u8 *push_pop(u8 *p, PReg r, u8 op) {
  if (r >= 8)
    *p++ = 0x41;
  *p++ = (u8)(op + (r & 7));
  return p;
}

static u8 *adjust_rsp(u8 *p, u32 size, bool down) {
  if (size == 0)
    return p;
  if (size < 128)
    return PUT(p, 0x48, 0x83, down ? 0xec : 0xc4, (u8)size);
  return put32(PUT(p, 0x48, 0x81, down ? 0xec : 0xc4), size);
}

// Compares rsp (less a large frame) with VMCtx.stack_limit; below it, away.
static u8 *stack_check(u8 *p, u8 *start, const AbiFrame *f, u32 *trap_at) {
  if (f->size >= SMALL_FRAME) {
    p = put32(PUT(p, 0x4c, 0x8d, 0x9c, 0x24), 0u - f->size); // lea r11,[rsp-n]
    p = PUT(p, 0x4d, 0x3b, 0x5f, VM_STACK_LIMIT); // cmp r11, [r15 + 8]
  } else {
    p = PUT(p, 0x49, 0x3b, 0x67, VM_STACK_LIMIT); // cmp rsp, [r15 + 8]
  }
  p = PUT(p, 0x0f, 0x82); // jb
  *trap_at = (u32)(p - start);
  return put32(p, 0);
}

u32 abi_prologue(u8 *p, const AbiFrame *f, u32 *trap_at) {
  u8 *start = p;
  *trap_at = 0;
  p = PUT(p, 0x4c, 0x8b, 0x78, VMFUNC_CTX, // mov r15, [rax + 8]
          0x4d, 0x8b, 0x37, 0x90);         // mov r14, [r15]; nop
  if (f->check)
    p = stack_check(p, start, f, trap_at);
  for (PReg r = 0; r < 16; r++)
    if (f->saved & BIT(r))
      p = push_pop(p, r, 0x50);
  p = adjust_rsp(p, f->size, true);
  return (u32)(p - start);
}

u32 abi_epilogue(u8 *p, const AbiFrame *f) {
  u8 *start = p;
  p = adjust_rsp(p, f->size, false);
  for (PReg r = 15; r < 16; r--)
    if (f->saved & BIT(r))
      p = push_pop(p, r, 0x58);
  return (u32)(p - start);
}
