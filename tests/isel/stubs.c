// The stubs of random signatures, joined: C calls the entry stub, that calls a
// VMFunc whose code is the host stub, that calls back into C. What goes in must
// arrive, what comes back must be there, 32-bit values zero-extended, and the
// registers that C keeps kept.
#include "back/x64/abi.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { MOST = 24, WORDS = 2 * MOST };

typedef struct Probe {
  const Sig *sig;
  u64 want[WORDS]; // arguments
  u64 give[WORDS]; // results
  VMCtx *caller;
  u32 calls, wrong;
} Probe;

static u64 next(u64 *state) {
  *state += UINT64_C(0x9e3779b97f4a7c15);
  return hash_bytes(state, sizeof *state);
}

static u32 words(u8 type) { return type == TY_V128 ? 2 : 1; }
static bool narrow(u8 type) { return type == TY_I32 || type == TY_F32; }

// Random words for n types; above a narrow one lies rubbish.
static void fill(u64 *state, const u8 *types, u32 n, u64 *at) {
  for (u32 i = 0, k = 0; i < n; i++)
    for (u32 w = 0; w < words(types[i]); w++)
      at[k++] = next(state);
}

static bool equal(const u8 *types, u32 n, const u64 *got, const u64 *want) {
  for (u32 i = 0, k = 0; i < n; i++)
    for (u32 w = 0; w < words(types[i]); w++, k++)
      if (got[k] != (narrow(types[i]) ? want[k] & UINT32_MAX : want[k]))
        return false;
  return true;
}

static void host(VMCtx *caller, void *env, u64 *args) {
  Probe *p = env;
  p->calls++;
  p->wrong += caller != p->caller;
  p->wrong += !equal(p->sig->types, p->sig->nparams, args, p->want);
  p->wrong += ((uintptr_t)__builtin_frame_address(0) & 15) != 0;
  const u8 *results = p->sig->types + p->sig->nparams;
  u32 k = 0;
  for (u32 i = 0; i < p->sig->nresults; i++)
    for (u32 w = 0; w < words(results[i]); w++, k++)
      args[k] = p->give[k];
}

static bool one(u8 *code, u64 seed) {
  static const u8 kinds[] = {TY_I32, TY_I64, TY_F32, TY_F64, TY_V128, TY_REF};
  u64 state = seed;
  u8 types[2 * MOST];
  u64 buffer[WORDS] = {0};
  VMCtx ctx = {0};
  Sig sig = {.nparams = (u16)(next(&state) % MOST),
             .nresults = (u16)(next(&state) % MOST),
             .types = types};
  for (u32 k = 0; k < 2 * MOST; k++)
    types[k] = kinds[next(&state) % sizeof kinds];
  Probe p = {.sig = &sig, .caller = &ctx};
  fill(&state, types, sig.nparams, p.want);
  fill(&state, types + sig.nparams, sig.nresults, p.give);
  memcpy(buffer, p.want, sizeof buffer);

  mprotect(code, 1 << 16, PROT_READ | PROT_WRITE);
  const u32 n = abi_entry_stub(code, &sig);
  const u32 m = abi_host_stub(code + 8192, &sig);
  mprotect(code, 1 << 16, PROT_READ | PROT_EXEC);
  if (n > abi_stub_max(&sig) || m > abi_stub_max(&sig)) {
    printf("seed %llu: a stub is longer than promised\n",
           (unsigned long long)seed);
    return false;
  }
  VMFunc fn = {.code = code + 8192, .host = host, .env = &p};
  AbiEntryStub *entry;
  const void *start = code;
  memcpy(&entry, &start, sizeof entry);
  entry(&ctx, &fn, buffer);
  if (p.calls == 1 && !p.wrong && ctx.last_sp &&
      equal(types + sig.nparams, sig.nresults, buffer, p.give))
    return true;
  printf("seed %llu: %u parameters, %u results: calls %u, wrong %u\n",
         (unsigned long long)seed, sig.nparams, sig.nresults, p.calls, p.wrong);
  return false;
}

int main(void) {
  u8 *code = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  u32 bad = 0;
  enum { N = 2000 };
  if (code == MAP_FAILED)
    return 1;
  for (u64 seed = 1; seed <= N; seed++)
    bad += !one(code, seed);
  printf("ok %u signatures, %u wrong\n", N - bad, bad);
  return bad != 0;
}
