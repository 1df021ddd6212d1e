// The stubs between C and compiled code: machine code written here, byte by
// byte, because it stands before rules and allocation. One of each kind serves
// all calls of a signature.
//
// entry    saves what C keeps, loads arguments from the array, calls by
//          reference, stores the results back.
// host     stores its arguments into an array in its frame, notes rsp for
//          backtraces, calls the host function, loads the results.
#include "back/x64/abi.h"

typedef struct Asm {
  u8 *p;
} Asm;

static void byte(Asm *a, u32 b) { *a->p++ = (u8)b; }
static void word(Asm *a, u32 x) {
  memcpy(a->p, &x, 4);
  a->p += 4;
}

// ModRM with a base and a 32-bit displacement.
static void mem(Asm *a, u32 reg, PReg base, s32 disp) {
  byte(a, 0x80 | (reg & 7) << 3 | (base & 7));
  if ((base & 7) == PREG_RSP)
    byte(a, 0x24);
  word(a, (u32)disp);
}
static void rex(Asm *a, bool wide, u32 reg, PReg base) {
  const u32 b = (u32)wide << 3 | (reg >> 3 & 1) << 2 | (base >> 3 & 1);
  if (b)
    byte(a, 0x40 | b);
}
static void gpr_mem(Asm *a, u32 op, bool wide, PReg r, PReg base, s32 disp) {
  rex(a, wide, r, base);
  byte(a, op);
  mem(a, r, base, disp);
}
static void load(Asm *a, bool wide, PReg r, PReg base, s32 disp) {
  gpr_mem(a, 0x8b, wide, r, base, disp);
}
static void store(Asm *a, PReg r, PReg base, s32 disp) {
  gpr_mem(a, 0x89, true, r, base, disp);
}
static void move(Asm *a, PReg to, PReg from) {
  rex(a, true, to, from);
  byte(a, 0x8b);
  byte(a, 0xc0u | (to & 7u) << 3 | (from & 7u));
}
static void sse_mem(Asm *a, u32 prefix, u32 op, u32 x, PReg base, s32 disp) {
  if (prefix)
    byte(a, prefix);
  rex(a, false, x, base);
  byte(a, 0x0f);
  byte(a, op);
  mem(a, x, base, disp);
}
static void rsp_sub(Asm *a, u32 n) {
  byte(a, 0x48), byte(a, 0x81), byte(a, 0xec), word(a, n);
}
static void rsp_add(Asm *a, u32 n) {
  byte(a, 0x48), byte(a, 0x81), byte(a, 0xc4), word(a, n);
}
static void call_mem(Asm *a, PReg base, s32 disp) {
  rex(a, false, 2, base);
  byte(a, 0xff);
  mem(a, 2, base, disp);
}

static u32 words(u8 type) { return type == TY_V128 ? 2 : 1; }
static bool narrow(u8 type) { return type == TY_I32 || type == TY_F32; }

// Between an array word at [base + disp] and the place l, whose stack words are
// at [rsp + l.off + shift]. r10 carries what goes from memory to memory; 32-bit
// values lose what lies above them.
static void from_array(Asm *a, AbiLoc l, PReg base, s32 disp, s32 shift) {
  if (l.reg == PREG_NONE) {
    for (s32 i = 0; i < (s32)words(l.type) * 8; i += 8) {
      load(a, !narrow(l.type), PREG_R10, base, disp + i);
      store(a, PREG_R10, PREG_RSP, l.off + shift + i);
    }
  } else if (l.reg < 16) {
    load(a, !narrow(l.type), l.reg, base, disp);
  } else {
    const u32 prefix = l.type == TY_F32 ? 0xf3 : l.type == TY_F64 ? 0xf2 : 0;
    sse_mem(a, prefix, 0x10, l.reg - 16u, base, disp);
  }
}
static void to_array(Asm *a, AbiLoc l, PReg base, s32 disp, s32 shift) {
  if (l.reg == PREG_NONE) {
    for (s32 i = 0; i < (s32)words(l.type) * 8; i += 8) {
      load(a, !narrow(l.type), PREG_R10, PREG_RSP, l.off + shift + i);
      store(a, PREG_R10, base, disp + i);
    }
  } else if (l.reg < 16) {
    store(a, l.reg, base, disp);
  } else if (l.type == TY_F32) { // movd r10d, xmm: the upper half zero
    const u32 x = l.reg - 16u;
    byte(a, 0x66), byte(a, 0x41 | (x >> 3) << 2), byte(a, 0x0f), byte(a, 0x7e);
    byte(a, 0xc0 | (x & 7) << 3 | (PREG_R10 & 7));
    store(a, PREG_R10, base, disp);
  } else {
    sse_mem(a, l.type == TY_F64 ? 0xf2 : 0, 0x11, l.reg - 16u, base, disp);
  }
}

// Stack results are moved last on the way out, and first on the way in: r10 is
// no argument, but nothing else is free.
static void all_from_array(Asm *a, const AbiLoc *l, u32 n, PReg base,
                           s32 shift) {
  for (u32 stack = 2; stack-- > 0;) {
    s32 disp = 0;
    for (u32 i = 0; i < n; i++) {
      if ((l[i].reg == PREG_NONE) == (stack == 1))
        from_array(a, l[i], base, disp, shift);
      disp += 8 * (s32)words(l[i].type);
    }
  }
}
static void all_to_array(Asm *a, const AbiLoc *l, u32 n, PReg base, s32 shift) {
  s32 disp = 0;
  for (u32 i = 0; i < n; i++) {
    to_array(a, l[i], base, disp, shift);
    disp += 8 * (s32)words(l[i].type);
  }
}

static const PReg c_keeps[] = {PREG_RBX, PREG_RBP, PREG_R12,
                               PREG_R13, PREG_R14, PREG_R15};
enum { C_KEEPS = sizeof c_keeps };

static void push_all(Asm *a) {
  for (u32 i = 0; i < C_KEEPS; i++)
    rex(a, false, 0, c_keeps[i]), byte(a, 0x50 + (c_keeps[i] & 7u));
}
static void pop_all(Asm *a) {
  for (u32 i = C_KEEPS; i-- > 0;)
    rex(a, false, 0, c_keeps[i]), byte(a, 0x58 + (c_keeps[i] & 7u));
}

u32 abi_stub_max(const Sig *sig) {
  return 256 + 40 * ((u32)sig->nparams + sig->nresults);
}

u32 abi_entry_stub(u8 *p, const Sig *sig) {
  Asm a = {p};
  AbiLoc args[ABI_MAX], results[ABI_MAX];
  u32 top = 1;
  abi_args(sig->types, sig->nparams, args, &top);
  abi_results(sig->types + sig->nparams, sig->nresults, results, &top);
  const u32 area = 8 * top + (top % 2 ? 0 : 8); // return and six pushes: odd
  push_all(&a);
  rsp_sub(&a, area);
  move(&a, PREG_RBX, PREG_RDX);
  move(&a, ABI_CTX, PREG_RDI);
  load(&a, true, ABI_HEAP, ABI_CTX, VM_HEAP);
  move(&a, PREG_RAX, PREG_RSI);
  all_from_array(&a, args, sig->nparams, PREG_RBX, 0);
  call_mem(&a, PREG_RAX, VMFUNC_CODE);
  all_to_array(&a, results, sig->nresults, PREG_RBX, 0);
  rsp_add(&a, area);
  pop_all(&a);
  byte(&a, 0xc3);
  return (u32)(a.p - p);
}

static u32 array_words(const u8 *types, u32 n) {
  u32 k = 0;
  for (u32 i = 0; i < n; i++)
    k += words(types[i]);
  return k;
}

u32 abi_host_stub(u8 *p, const Sig *sig) {
  Asm a = {p};
  AbiLoc args[ABI_MAX], results[ABI_MAX];
  u32 top = 1;
  abi_args(sig->types, sig->nparams, args, &top);
  abi_results(sig->types + sig->nparams, sig->nresults, results, &top);
  const u32 in = array_words(sig->types, sig->nparams),
            out = array_words(sig->types + sig->nparams, sig->nresults);
  const u32 n = in > out ? in : out;
  const u32 size = 8 * (n % 2 ? n : n + 1); // with the return address: aligned
  const s32 shift = (s32)size + 8;
  rsp_sub(&a, size);
  all_to_array(&a, args, sig->nparams, PREG_RSP, shift);
  // last_sp: the word below it is the return address into compiled code.
  byte(&a, 0x4c), byte(&a, 0x8d), mem(&a, PREG_R10, PREG_RSP, shift);
  store(&a, PREG_R10, ABI_CTX, VM_LAST_SP);
  move(&a, PREG_RDI, ABI_CTX);
  load(&a, true, PREG_RSI, PREG_RAX, VMFUNC_ENV);
  move(&a, PREG_RDX, PREG_RSP);
  call_mem(&a, PREG_RAX, VMFUNC_HOST);
  all_from_array(&a, results, sig->nresults, PREG_RSP, shift);
  rsp_add(&a, size);
  byte(&a, 0xc3);
  return (u32)(a.p - p);
}
