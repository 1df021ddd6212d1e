// The calling convention of compiled WebAssembly on x64, see docs/lowering.md,
// and the stubs between it and C.
//
// rsp is 16-aligned before a call. The first word of the outgoing area belongs
// to the caller (its r15 when it calls by reference); stack arguments follow,
// then stack results.
#ifndef BACK_X64_ABI_H
#define BACK_X64_ABI_H

#include "back/vcode.h"
#include "mid/wasm/vmctx.h"

// Numbers as PReg and as the processor's own.
enum {
  PREG_RAX,
  PREG_RCX,
  PREG_RDX,
  PREG_RBX,
  PREG_RSP,
  PREG_RBP,
  PREG_RSI,
  PREG_RDI,
  PREG_R8,
  PREG_R9,
  PREG_R10,
  PREG_R11,
  PREG_R12,
  PREG_R13,
  PREG_R14,
  PREG_R15,
  PREG_XMM0,
  ABI_CTX = PREG_R15,
  ABI_HEAP = PREG_R14,
};
// What a call destroys: everything but rbx rsp rbp r12..r15. C functions the
// same.
#define ABI_CLOBBERS 0xffff0fc7u
#define ABI_HOST_CLOBBERS 0xffff0fc7u
extern const RaEnv abi_env; // what the allocator may use

typedef struct AbiLoc {
  u8 type;
  PReg reg; // or PREG_NONE
  s32 off;  // then: from rsp before the call (8 + 8k)
} AbiLoc;

enum { ABI_MAX = 2048 }; // parameters or results of one function
// Places n values of the given types; stack words begin at *word (the caller's
// own word is 0) and *word is moved behind them.
void abi_args(const u8 *types, u32 n, AbiLoc *out, u32 *word);
void abi_results(const u8 *types, u32 n, AbiLoc *out, u32 *word);

// --- frames --------------------------------------------------------------
// Offset of the entry for calls within the instance: before it stand the
// instructions that a call through a VMFunc needs.
enum { ABI_DIRECT_ENTRY = 8 };

typedef struct AbiFrame {
  u32 saved;  // mask of callee-saved registers to push
  u32 size;   // bytes below them, from abi_frame_size
  bool check; // compare with the stack limit
} AbiFrame;
// Frame of a function whose outgoing area and spill slots take so many bytes:
// rounded so that calls are aligned; leaf functions with small frames are not
// checked.
AbiFrame abi_frame(u32 used_callee_saved, u32 bytes, bool has_calls);
// Bytes from rsp after the prologue to the return address.
u32 abi_frame_total(const AbiFrame *f);
enum { ABI_MAX_PROLOGUE = 64, ABI_MAX_EPILOGUE = 24 };
// Writes the entry by reference and the prologue; the direct entry is at
// ABI_DIRECT_ENTRY. Returns the length; *trap_at is where the rel32 of the
// branch to the TRAP_STACK stub lies, or 0 if there is none.
u32 abi_prologue(u8 *p, const AbiFrame *f, u32 *trap_at);
u32 abi_epilogue(u8 *p, const AbiFrame *f); // up to and without `ret`

// --- stubs -----------------------------------------------------------------
// Machine code without relocations, the same for every call of one signature.
// v128 takes two words of args, all others one; 32-bit values zero-extended.
//
// entry: void stub(VMCtx *ctx, const VMFunc *fn, u64 *args_and_results), from
// C. ctx is the calling instance: what a host function sees as its caller.
typedef void AbiEntryStub(VMCtx *ctx, const VMFunc *fn, u64 *args_and_results);
// host: what VMFunc.code of a host function points to: calls VMFunc.host.
// Both write at most abi_stub_max(sig) bytes and return how many.
u32 abi_entry_stub(u8 *p, const Sig *sig);
u32 abi_host_stub(u8 *p, const Sig *sig);
u32 abi_stub_max(const Sig *sig);

#endif
