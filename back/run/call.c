// Calls into wasm, and the ways out of it.
//
// run_call enters through an Activation on the C stack. Whatever ends the call
// early (a fault in compiled code, a libcall or host function raising a trap,
// proc_exit) fills the activation's RunTrap and unwinds to it by siglongjmp;
// no frame between holds anything that needs undoing. Faults come as signals on
// a stack of their own; one whose pc is not in published code is a bug of ours.
#include "back/run/code.h"
#include "back/run/store.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <ucontext.h>

typedef struct Activation {
  sigjmp_buf back;
  struct Activation *outer;
  u64 locals_used; // Store.locals_used, for what a trap cuts off
  Store *store;
  RunTrap *trap;
} Activation;

// The innermost run_call of this thread, for signal handlers and vm_raise.
static _Thread_local Activation *innermost;

// --- backtraces ---------------------------------------------------------------

// Walks frames from a pc and the rsp it had, by the frame sizes of the code's
// tables, until a return address is not wasm.
static void walk_frames(Store *s, RunTrap *t, uintptr_t pc, uintptr_t sp) {
  CodePlace at;
  while (vm_code_find(s, pc, &at)) {
    if (t->nframes < RUN_MAX_FRAMES)
      t->frames[t->nframes++] = (RunFrame){at.instance, at.func, at.off};
    t->depth++;
    uintptr_t ret;
    memcpy(&ret, (const void *)(sp + at.frame), sizeof ret);
    sp += at.frame + sizeof ret;
    pc = ret - 1; // inside the call
  }
}

// --- leaving --------------------------------------------------------------------

BASE_NORETURN static void leave(Activation *a) {
  innermost = a->outer;
  siglongjmp(a->back, 1);
}

// Starts the trap of a C function called from wasm.
static RunTrap *raise_from(VMCtx *caller, TrapCode code) {
  must(innermost, "trap %u outside a call", code);
  RunTrap *t = innermost->trap;
  *t = (RunTrap){.code = code};
  if (caller && caller->last_sp) {
    uintptr_t sp = (uintptr_t)caller->last_sp, ret;
    memcpy(&ret, (const void *)(sp - sizeof ret), sizeof ret);
    walk_frames(innermost->store, t, ret - 1, sp);
  }
  return t;
}

void vm_raise(VMCtx *caller, TrapCode code) {
  raise_from(caller, code);
  leave(innermost);
}

void vm_raise_host(VMCtx *caller, const char *fmt, ...) {
  RunTrap *t = raise_from(caller, TRAP_HOST);
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(t->host_message, sizeof t->host_message, fmt, ap);
  va_end(ap);
  leave(innermost);
}

void vm_exit(int status) {
  must(innermost, "exit outside a call");
  *innermost->trap = (RunTrap){.exited = true, .exit_status = status};
  leave(innermost);
}

// --- signals --------------------------------------------------------------------

// What a program does that may make any address: an access where nothing is, in
// its code or on its behalf in the interpreter; a jump to where no code is.
static const char *wild_text(int sig, uintptr_t pc, const siginfo_t *info) {
  const RunOptions *o = innermost ? &innermost->store->options : NULL;
  CodePlace at;
  bool memory = sig == SIGSEGV || sig == SIGBUS;
  if (!o || !o->any_address)
    return NULL;
  if (o->interp)
    return memory ? "no host memory at that address" : NULL;
  if (memory && (uintptr_t)info->si_addr == pc)
    return "no code at that address";
  if (!vm_code_find(innermost->store, pc, &at))
    return NULL;
  return memory ? "no host memory at that address"
                : "an instruction that faults";
}

static void leave_if_wild(int sig, uintptr_t pc, const siginfo_t *info) {
  const char *what = wild_text(sig, pc, info);
  if (!what)
    return;
  RunTrap *t = innermost->trap;
  *t = (RunTrap){.code = TRAP_HOST};
  snprintf(t->host_message, sizeof t->host_message, "%s", what);
  leave(innermost);
}

static void on_fault(int sig, siginfo_t *info, void *context) {
  ucontext_t *u = context;
  uintptr_t pc = (uintptr_t)u->uc_mcontext.gregs[REG_RIP];
  uintptr_t sp = (uintptr_t)u->uc_mcontext.gregs[REG_RSP];
  CodePlace at;
  if (innermost && vm_code_find(innermost->store, pc, &at) && at.trap) {
    RunTrap *t = innermost->trap;
    *t = (RunTrap){.code = at.trap};
    walk_frames(innermost->store, t, pc, sp);
    leave(innermost);
  }
  leave_if_wild(sig, pc, info);
  must_signal(sig); // not the guest's
}

// Handlers once a process, an alternate stack once a thread.
static void catch_faults(void) {
  enum { STACK = 256 * 1024 };
  static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE};
  static _Thread_local bool ready;
  if (ready)
    return;
  ready = true;
  void *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  must(stack != MAP_FAILED, "no memory for a signal stack");
  stack_t ss = {.ss_sp = stack, .ss_size = STACK};
  sigaltstack(&ss, NULL);
  struct sigaction sa = {.sa_sigaction = on_fault,
                         .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
  for (u32 k = 0; k < sizeof signals / sizeof *signals; k++)
    sigaction(signals[k], &sa, NULL);
}

// --- entering ---------------------------------------------------------------------

u64 run_stack_room(void) {
  enum { RESERVE = 512 * 1024 }; // for C functions
  struct rlimit rl;
  u64 most = 8u << 20;
  if (!getrlimit(RLIMIT_STACK, &rl) && rl.rlim_cur != RLIM_INFINITY)
    most = rl.rlim_cur;
  return most > 2 * RESERVE ? most - RESERVE : most / 2;
}

// Where rsp may not go: the guest's share of this thread's stack, from here,
// but never nearer the end of the stack than what C functions need.
static u64 stack_limit(const Store *s) {
  u64 want = s->options.stack_bytes, room = run_stack_room();
  u8 here;
  return (u64)(uintptr_t)&here - (want < room ? want : room);
}

static void set_limits(Store *s, u64 limit) {
  for (u32 k = 0; k < s->instances.n; k++)
    s->instances.at[k]->ctx->stack_limit = limit;
}

// Values lie in 8-byte words, a v128 in two.
static u32 words_in(const Sig *sig, const RunValue *args, u64 *w) {
  u32 n = 0;
  for (u32 k = 0; k < sig->nparams; k++) {
    w[n++] = args[k].bits;
    if (sig->types[k] == TY_V128)
      w[n++] = args[k].high;
  }
  return n;
}

static void words_out(const Sig *sig, const u64 *w, RunValue *results) {
  const u8 *types = sig->types + sig->nparams;
  for (u32 k = 0; k < sig->nresults; k++) {
    bool narrow = types[k] == TY_I32 || types[k] == TY_F32;
    results[k] = (RunValue){.type = types[k],
                            .bits = narrow ? (u32)*w : *w};
    w++;
    if (types[k] == TY_V128)
      results[k].high = *w++;
  }
}

// Runs the function on its words, inside an activation.
static void enter(Store *s, VMFunc *f, const Sig *sig, u64 *words) {
  if (f->host)
    f->host(NULL, f->env, words);
  else
    code_enter(s, f, sig, words);
}

bool run_call(Store *s, VMFunc *f, const Sig *sig, const RunValue *args,
              RunValue *results, RunTrap *trap) {
  u32 most = sig->nparams > sig->nresults ? sig->nparams : sig->nresults;
  Arena scratch = {0};
  u64 few[64] = {0};
  u64 *words = 2 * most < 64 ? few : arena_array0(&scratch, u64, 2 * most + 1);
  Activation a = {.outer = innermost,
                  .locals_used = s->locals_used,
                  .store = s,
                  .trap = trap};
  bool ok = true;
  catch_faults();
  if (!innermost)
    set_limits(s, stack_limit(s));
  words_in(sig, args, words);
  innermost = &a;
  if (!sigsetjmp(a.back, 0)) {
    enter(s, f, sig, words);
    innermost = a.outer;
    words_out(sig, words, results);
  } else {
    s->locals_used = a.locals_used;
    code_left(s, trap);
    ok = false;
  }
  arena_free(&scratch);
  return ok;
}
