// Every instruction and sequence that computes is run on this processor, in
// each form and with registers of all kinds, and compared with what its
// declaration says (out/gen/meaning.c): results with the promise of their rep
// (i32 has zero above), flags, memory, and that nothing else changed.
//
// The code loads all registers and flags from a State, runs the one instruction
// and stores them again, rip-relative: no register is needed for itself.
//
// Where the meaning says that a division traps, the processor must signal. What
// has no meaning that could run here is in `left_out`, with the reason;
// anything else that does not run is a failure, unless this processor lacks a
// feature.
#include "back/emit/emit.h"
#include "back/emit/meaning.h"
#include "inst.h"

#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>

typedef struct State {
  u64 gpr[16], xmm[32]; // xmm: 16 bytes each
  u64 flags;
  u64 mem[4];
  u64 rsp;
} State;

typedef struct Page { // mapped writable and executable: a test's licence
  State in, out;
  u64 pool[32];
  u8 pad[4096 - 2 * sizeof(State) - 32 * 8];
  u8 code[4096];
} Page;

typedef struct Test {
  Page *page;
  Emit e;
  Arena arena;
  EmitCounters count;
  u32 cpu, seed, runs, failed, skipped, signals;
} Test;

static const struct {
  const char *name, *why;
} left_out[] = {
    {"lea_func", "an address that a relocation makes"},
    {"jmp", "control: emission's tests run it"},
    {"jcc.", "control; cmov and setcc8 ask the same conditions"},
    {"jcc_", "control; set_oeq and set_une ask the same conditions"},
    {"jmp_reg", "control"},
    {"table", "the address of a table"},
    {"jump_table", "control"},
    {"trap_if.", "control; cmov and setcc8 ask the same conditions"},
    {"trap", "control"},
    {"entry", "no bytes"},
    {"call", "a call: the spec scripts run them, compiled"},
    {"call_", "a call: the spec scripts run them, compiled"},
    {"ret", "control"},
    {"nop", "means nothing"},
    {"nop2", "means nothing"},
    {"nop_", "means nothing"},
    {"push", "the stack; this test itself uses it"},
    {"pop", "the stack; this test itself uses it"},
    {"swapf", "a meaning for one result; run_exchange has it"},
};

static u32 draw(Test *t, u32 n) {
  t->seed = t->seed * 1664525 + 1013904223;
  return (t->seed >> 8) % n;
}
static u64 draw64(Test *t) {
  return (u64)draw(t, 1 << 22) << 44 ^ (u64)draw(t, 1 << 22) << 22 ^
         draw(t, 1 << 22);
}

// --- the code around
// ------------------------------------------------------------

static Mem rip(Test *t, const void *what, u32 length) {
  const u8 *next = t->e.p + length;
  return (Mem){.base = MEM_RIP,
               .index = MEM_NOREG,
               .disp = (s32)((const u8 *)what - next)};
}

// Displacements count from the end of the instruction: emitted twice.
static void reach(Test *t, u32 inst, u32 form, Loc r, const void *what) {
  const Loc slots[] = {LOC_NONE, LOC_NONE, r};
  u8 *p = t->e.p;
  emit_op(&t->e, inst, form, slots, rip(t, what, 0), 0);
  u32 n = (u32)(t->e.p - p);
  t->e.p = p;
  emit_op(&t->e, inst, form, slots, rip(t, what, n), 0);
}

static void push_pop(Test *t, bool push) {
  static const Loc kept[] = {3, 5, 12, 13, 14, 15};
  for (u32 k = 0; k < 6; k++)
    emit_op(&t->e, push ? X64_push : X64_pop, 0, &kept[push ? k : 5 - k],
            (Mem){0}, 0);
}

static void load_state(Test *t) {
  State *s = &t->page->in;
  const Loc rax[] = {0};
  for (u32 k = 0; k < 16; k++)
    reach(t, X64_load128, 0, 16 + k, &s->xmm[2 * k]);
  reach(t, X64_load_i64, 0, 0, &s->flags);
  emit_op(&t->e, X64_push, 0, rax, (Mem){0}, 0);
  *t->e.p++ = 0x9d; // popfq
  for (u32 k = 0; k < 16; k++)
    if (k != 4)
      reach(t, X64_load_i64, 0, k, &s->gpr[k]);
}

static void store_state(Test *t) {
  State *s = &t->page->out;
  const Loc rax[] = {0};
  for (u32 k = 0; k < 16; k++)
    reach(t, X64_store_i64, 1, k, &s->gpr[k]);
  *t->e.p++ = 0x9c; // pushfq
  emit_op(&t->e, X64_pop, 0, rax, (Mem){0}, 0);
  reach(t, X64_store_i64, 1, 0, &s->flags);
  for (u32 k = 0; k < 16; k++)
    reach(t, X64_store128, 0, 16 + k, &s->xmm[2 * k]);
}

// --- one run
// ------------------------------------------------------------------------

typedef struct Case {
  u32 inst;
  const InstForm *f;
  u32 form;
  const InstMeaning *m;
  Loc r[16];
  s64 imm;
  Mem mem;
  bool has_mem;
  InstEval s;
} Case;

static const u64 corners[] = {0,
                              1,
                              2,
                              31,
                              32,
                              63,
                              0x7f,
                              0x80,
                              0xff,
                              0x7fff,
                              0x8000,
                              0x7fffffff,
                              0x80000000,
                              0xffffffff,
                              0x100000000,
                              INT64_MAX,
                              (u64)INT64_MIN,
                              ~(u64)0,
                              (u64)-2};
static const u64 floats[] = {0x3f800000, 0xbf800000, 0x80000000, 0x7f800000,
                             0xff800000, 0x7fc00000, 0x7fa00000, 0x4f000000,
                             0xcf000000, 0x4effffff, 0x3fc00000, 1};
static const u64 doubles[] = {0x3ff0000000000000,
                              0xbff0000000000000,
                              0x8000000000000000,
                              0x7ff0000000000000,
                              0x7ff8000000000000,
                              0x7ff4000000000000,
                              0x41dfffffffc00000,
                              0xc1e0000000000000,
                              0x43e0000000000000,
                              0x3fe0000000000000,
                              1};
#define PICK(t, a) (a)[draw((t), sizeof(a) / sizeof *(a))]

static u64 random_value(Test *t, u32 bits) {
  u32 kind = draw(t, 8);
  u64 v = kind < 3   ? PICK(t, corners)
          : kind < 5 ? (bits == 32 ? PICK(t, floats) : PICK(t, doubles))
          : kind < 7 ? draw64(t)
                     : draw(t, 100);
  return bits >= 64 ? v : v & (((u64)1 << bits) - 1);
}

static const s64 imms[] = {0,
                           1,
                           -1,
                           5,
                           8,
                           9,
                           10,
                           11,
                           31,
                           32,
                           33,
                           63,
                           64,
                           127,
                           -128,
                           128,
                           255,
                           0x7fff,
                           -0x8000,
                           0x7fffffff,
                           -0x7fffffff - 1,
                           0xffffffff,
                           0x123456789abcdef0};

static bool pick_imm(Test *t, Case *c) {
  u32 b = c->f->imm_bits;
  if (!b)
    return true;
  for (u32 tries = 0; tries < 40; tries++) {
    s64 k = PICK(t, imms);
    bool fits = b == 64 ? true
                : c->f->imm == INST_IMM_U
                    ? k >= 0 && k < (s64)1 << b
                    : k >= -((s64)1 << (b - 1)) && k < (s64)1 << (b - 1);
    if (strncmp(inst_info[c->inst].name, "roundf", 6) == 0)
      fits = k >= 8 && k <= 11; // the modes that are declared
    c->imm = k;
    if (fits)
      return true;
  }
  return false;
}

// Inputs all different, results too; a late result may lie on an early input.
static bool taken(const Case *c, u32 k, Loc r) {
  const InstSlot *slots = &inst_slot[c->f->slot];
  bool def = slots[k].flags & SLOT_DEF;
  for (u32 j = 0; j < k; j++) {
    bool other = slots[j].flags & SLOT_DEF;
    u8 d = slots[def ? k : j].flags, u = slots[def ? j : k].flags;
    bool apart = def == other || !(d & SLOT_LATE) || (u & SLOT_LATE);
    if (c->r[j] == r && apart)
      return true;
  }
  return false;
}

static void pick_registers(Test *t, Case *c) {
  const InstForm *f = c->f;
  u32 fixed = 1 << 4;
  for (u32 k = 0; k < f->nslots; k++) {
    const InstSlot *s = &inst_slot[f->slot + k];
    if (s->con >= CON_FIXED)
      fixed |= (u32)1 << (s->con - CON_FIXED);
  }
  for (u32 k = 0; k < f->nslots; k++) {
    const InstSlot *s = &inst_slot[f->slot + k];
    if (s->con >= CON_FIXED)
      c->r[k] = s->con - CON_FIXED;
    else if (s->con >= CON_REUSE)
      c->r[k] = c->r[s->con - CON_REUSE];
    else
      do
        c->r[k] = draw(t, 16) + (s->flags & SLOT_XMM ? 16 : 0);
      while ((fixed >> c->r[k] & 1) || taken(c, k, c->r[k]));
  }
}

static void put_input(Test *t, Case *c, u32 k) {
  const InstSlot *s = &inst_slot[c->f->slot + k];
  State *in = &t->page->in;
  if (s->flags & SLOT_BASE) {
    in->gpr[c->r[k]] = (u64)(uintptr_t)&in->mem[1];
    c->mem = mem_at(c->r[k], 0);
    c->has_mem = true;
  } else if (s->flags & SLOT_INDEX) {
    in->gpr[c->r[k]] = 0;
  } else if (!(s->flags & SLOT_DEF)) {
    u64 v = random_value(t, s->bytes * 8u);
    c->s.in[s->operand] = v;
    if (s->flags & SLOT_XMM)
      in->xmm[2 * (c->r[k] - 16)] =
          s->bytes == 4 ? v | draw64(t) << 32 : v; // anything above
    else
      in->gpr[c->r[k]] = v;
  }
}

static void put_inputs(Test *t, Case *c) {
  State *in = &t->page->in;
  for (u32 k = 0; k < 16; k++) {
    in->gpr[k] = draw64(t);
    in->xmm[2 * k] = draw64(t), in->xmm[2 * k + 1] = draw64(t);
  }
  for (u32 k = 0; k < c->f->nslots; k++)
    put_input(t, c, k);
  u64 m = random_value(t, c->f->mem_bytes ? 8u * c->f->mem_bytes : 64);
  in->mem[0] = in->mem[2] = in->mem[3] = 0x5555555555555555;
  in->mem[1] = c->s.mem = m;
  if (c->has_mem) {
    u32 operand = inst_slot[c->f->slot + c->f->mem].operand;
    c->s.in[operand] =
        c->f->mem_bytes ? m : in->gpr[c->mem.base]; // an address: lea
  }
  if (c->f->imm_bits)
    c->s.in[c->m->imm] = (u64)c->imm;
  u32 f = draw(t, 32);
  for (u32 k = 0; k < FLAG_COUNT; k++)
    c->s.f[k] = f >> k & 1;
  static const u8 bit[FLAG_COUNT] = {11, 0, 6, 7, 2};
  in->flags = 0x202;
  for (u32 k = 0; k < FLAG_COUNT; k++)
    in->flags |= (u64)c->s.f[k] << bit[k];
}

// Constants of a sequence go to the page; its jumps to traps are not taken.
static void emit_seq(Test *t, const Case *c) {
  Emit *e = &t->e;
  VInst i = {.inst = (u16)c->inst};
  inst_seq[inst_info[c->inst].seq](e, &i, c->r);
  for (u32 k = 0; k < e->rips.n; k++) {
    const RipRef *r = &e->rips.at[k];
    must(r->index < 32, "more constants than the page has room for");
    t->page->pool[r->index] = e->pool.at[r->index].lo;
    u8 *at = e->code + r->at;
    s32 disp = (s32)((u8 *)&t->page->pool[r->index] - (at + 4 + r->tail));
    memcpy(at, &disp, 4);
  }
  e->rips.n = e->items.n = e->traps.n = e->stubs.n = 0;
}

static void run_code(Test *t, const Case *c) {
  t->e.p = t->page->code;
  push_pop(t, true);
  load_state(t);
  if (inst_info[c->inst].flags & INST_SEQ)
    emit_seq(t, c);
  else
    emit_op(&t->e, c->inst, c->form, c->r, c->mem, c->imm);
  store_state(t);
  push_pop(t, false);
  *t->e.p++ = 0xc3;
  void (*code)(void);
  u8 *entry = t->page->code;
  memcpy(&code, &entry, sizeof code);
  code();
}

// --- comparing
// --------------------------------------------------------------------

static void fail(Test *t, const Case *c, const char *what, u64 got, u64 want) {
  if (t->failed++ > 30)
    return;
  printf("not ok %s form %u: %s is %llx, declared %llx (in",
         inst_info[c->inst].name, c->form, what, (unsigned long long)got,
         (unsigned long long)want);
  for (u32 k = 0; k < c->m->noperands; k++)
    printf(" %llx", (unsigned long long)c->s.in[k]);
  printf(" mem %llx imm %lld)\n", (unsigned long long)c->s.mem,
         (long long)c->imm);
}

static bool is_nan(u64 v, u32 bytes) {
  return bytes == 4 ? (v & 0x7fffffff) > 0x7f800000
                    : (v & INT64_MAX) > 0x7ff0000000000000;
}

static void check_result(Test *t, Case *c, u32 k, u64 *gprs, u64 *xmms) {
  const InstSlot *s = &inst_slot[c->f->slot + k];
  State *out = &t->page->out;
  u32 result = s->operand - c->m->noperands;
  bool xmm = s->flags & SLOT_XMM;
  u64 got = xmm ? out->xmm[2 * (c->r[k] - 16)] : out->gpr[c->r[k]];
  if (xmm)
    *xmms |= (u64)1 << (c->r[k] - 16);
  else
    *gprs |= (u64)1 << c->r[k];
  if ((s->flags & SLOT_TMP) || !c->s.known[result])
    return;
  u64 want = c->s.out[result];
  if (xmm && s->bytes == 4)
    got &= 0xffffffff; // the rest is anything
  if (xmm && is_nan(got, s->bytes) && is_nan(want, s->bytes))
    return; // which NaN is the rules' own set
  if (got != want)
    fail(t, c, "a result", got, want);
}

static void check_flags(Test *t, Case *c) {
  static const u8 bit[FLAG_COUNT] = {11, 0, 6, 7, 2};
  static const char *const names[FLAG_COUNT] = {"flag o", "flag c", "flag z",
                                                "flag s", "flag p"};
  for (u32 k = 0; k < FLAG_COUNT; k++) {
    bool got = t->page->out.flags >> bit[k] & 1;
    if (!c->m->flags && got != c->s.f[k])
      fail(t, c, "an untouched flag", got, c->s.f[k]);
    if (c->m->flags && c->s.fknown[k] && got != c->s.fout[k])
      fail(t, c, names[k], got, c->s.fout[k]);
  }
}

static u32 store_bytes(const Case *c) {
  const EncText *x = &inst_enc_text[enc_pick(c->f, c->imm) - inst_enc];
  for (u32 k = 0; k < 4; k++)
    if (x->args[k].what == ARG_RM)
      return x->args[k].bits / 8;
  return 8;
}

static void check_rest(Test *t, Case *c, u64 gprs, u64 xmms) {
  State *in = &t->page->in, *out = &t->page->out;
  for (u32 k = 0; k < 16; k++) {
    if (k != 4 && !(gprs >> k & 1) && in->gpr[k] != out->gpr[k])
      fail(t, c, "another register", out->gpr[k], in->gpr[k]);
    if (!(xmms >> k & 1) && (in->xmm[2 * k] != out->xmm[2 * k] ||
                             in->xmm[2 * k + 1] != out->xmm[2 * k + 1]))
      fail(t, c, "another xmm", out->xmm[2 * k], in->xmm[2 * k]);
  }
  bool two = c->s.stores && store_bytes(c) == 16;
  if (in->mem[0] != 0x5555555555555555 ||
      (!two && in->mem[2] != 0x5555555555555555))
    fail(t, c, "memory beside", in->mem[2], 0x5555555555555555);
}

static void check_memory(Test *t, Case *c) {
  u64 want = c->s.mem;
  if (c->s.stores) {
    u32 n = store_bytes(c) > 8 ? 8 : store_bytes(c);
    memcpy(&want, &c->s.stored, n);
  }
  if (t->page->in.mem[1] != want)
    fail(t, c, "memory", t->page->in.mem[1], want);
}

static sigjmp_buf after_signal;
static void on_signal(int sig) { siglongjmp(after_signal, sig); }

// The meaning says that it traps: so must the processor.
static void run_trap(Test *t, const Case *c) {
  struct sigaction act = {.sa_handler = on_signal}, old;
  bool seq = inst_info[c->inst].flags & INST_SEQ;
  if (seq) { // its stubs are not here
    t->skipped++;
    return;
  }
  sigaction(SIGFPE, &act, &old);
  if (!sigsetjmp(after_signal, 1)) {
    run_code(t, c);
    fail(t, c, "no signal", 0, 1);
  } else {
    t->signals++;
  }
  sigaction(SIGFPE, &old, NULL);
}

static void run_case(Test *t, u32 inst, u32 form) {
  Case c = {.inst = inst,
            .form = form,
            .m = &inst_meaning[inst],
            .f = &inst_form[inst_info[inst].first + form]};
  if (!pick_imm(t, &c))
    return;
  pick_registers(t, &c);
  put_inputs(t, &c);
  if (!c.m->eval(&c.s)) {
    run_trap(t, &c);
    return;
  }
  run_code(t, &c);
  t->runs++;
  u64 gprs = inst_info[inst].clobbers & 0xffff, xmms = 0;
  for (u32 k = 0; k < c.f->nslots; k++)
    if (inst_slot[c.f->slot + k].flags & SLOT_DEF)
      check_result(t, &c, k, &gprs, &xmms);
  check_flags(t, &c);
  check_rest(t, &c, gprs, xmms);
  check_memory(t, &c);
}

static bool runs_here(const Test *t, const InstForm *f) {
  return (f->needs & ~t->cpu) == 0;
}

// Both registers whole, all sixteen bytes.
static void run_exchange(Test *t) {
  Case c = {.inst = X64_swapf,
            .m = &inst_meaning[X64_swapf],
            .f = &inst_form[inst_info[X64_swapf].first]};
  pick_registers(t, &c);
  put_inputs(t, &c);
  run_code(t, &c);
  const u64 *in = t->page->in.xmm, *out = t->page->out.xmm;
  for (u32 k = 0; k < 2; k++) {
    u32 a = 2 * (c.r[0] - 16) + k, b = 2 * (c.r[1] - 16) + k;
    if (out[a] != in[b] || out[b] != in[a])
      fail(t, &c, "half of an exchange", out[a], in[b]);
  }
}

// A name that ends in a dot or a line stands for all that begin so.
static bool is_left_out(const char *name) {
  for (u32 i = 0; i < sizeof left_out / sizeof *left_out; i++) {
    size_t n = strlen(left_out[i].name);
    char last = left_out[i].name[n - 1];
    bool family = last == '.' || last == '_';
    if (strncmp(name, left_out[i].name, n) == 0 && (family || !name[n]))
      return true;
  }
  return false;
}

// All forms; false if none could run.
static bool run_inst(Test *t, u32 inst) {
  u32 before = t->runs;
  bool feature = false;
  for (u32 form = 0; form < inst_info[inst].nforms; form++) {
    const InstForm *f = &inst_form[inst_info[inst].first + form];
    feature |= !runs_here(t, f);
    if (runs_here(t, f))
      for (u32 n = 0; n < 300; n++)
        run_case(t, inst, form);
  }
  if (t->runs == before)
    printf("%s %s did not run%s\n", feature ? "#" : "not ok",
           inst_info[inst].name, feature ? ": a feature is missing" : "");
  t->failed += t->runs == before && !feature;
  return t->runs != before;
}

int main(void) {
  Test t = {.seed = 7, .cpu = cpu_detect()};
  void *p = mmap(NULL, sizeof(Page), PROT_READ | PROT_WRITE | PROT_EXEC,
                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) {
    printf("no page that is writable and executable\n");
    return 77;
  }
  t.page = p;
  VCode v = {0};
  t.e = (Emit){.arena = &t.arena, .v = &v, .count = &t.count};
  t.e.code = t.page->code;
  t.e.limit = t.page->code + sizeof t.page->code;
  u32 insts = 0, out = 0;
  for (u32 inst = 1; inst < X64_COUNT; inst++) {
    const char *name = inst_info[inst].name;
    bool out_of_it = is_left_out(name);
    if (inst_meaning[inst].eval)
      insts += run_inst(&t, inst);
    out += out_of_it;
    if (out_of_it != !inst_meaning[inst].eval) {
      printf("not ok %s: %s\n", name,
             out_of_it ? "is left out, and has a meaning" : "has no meaning");
      t.failed++;
    }
  }
  for (u32 n = 0; n < 300; n++)
    run_exchange(&t);
  printf("%s %u instructions run %u times, %u signals (%u traps of sequences "
         "not run), %u left out, %u wrong\n",
         t.failed ? "not ok" : "ok", insts, t.runs, t.signals, t.skipped, out,
         t.failed);
  return t.failed != 0 || insts < 200;
}
