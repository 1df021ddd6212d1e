// Bodies of every bad shape, at two sizes: what translation allocates and what
// it leaves (instructions, pool words) may grow no worse than n log n. Time (of
// the processor, best of three) is judged by a ratio that only a quadratic pass
// exceeds. All results are verified.
#include <stdio.h>
#include <time.h>

#include "mid/wasm/module.h"

typedef struct Bytes {
  Arena *arena;
  VEC(u8) v;
} Bytes;

static void byte(Bytes *b, u32 k) {
  vec_push(b->arena, &b->v, (u8)k);
}

static void leb(Bytes *b, u32 k) {
  for (; k >= 0x80; k >>= 7)
    byte(b, (k & 0x7f) | 0x80);
  byte(b, k);
}

static void op(Bytes *b, u32 code, u32 imm) {
  byte(b, code);
  leb(b, imm);
}

enum { // what the shapes use
  BLOCK = 0x02,
  LOOP = 0x03,
  IF = 0x04,
  ELSE = 0x05,
  END = 0x0b,
  BR = 0x0c,
  BR_IF = 0x0d,
  BR_TABLE = 0x0e,
  GET = 0x20,
  SET = 0x21,
  DROP = 0x1a,
  CONST = 0x41,
  ADD = 0x6a,
  VOID = 0x40,
};

static void small_const(Bytes *b, u32 k) {
  op(b, CONST, k & 63);
}

static void set_const(Bytes *b, u32 local, u32 k) {
  small_const(b, k);
  op(b, SET, local);
}

// --- shapes: (b, n) writes a body over local 0, an i32 parameter -------------

static void straight(Bytes *b, u32 n) {
  for (u32 k = 0; k < n; k++) {
    op(b, GET, 0);
    small_const(b, k);
    byte(b, ADD);
    op(b, SET, 0);
  }
}

static void open(Bytes *b, u32 code, u32 n) {
  for (u32 k = 0; k < n; k++)
    op(b, code, VOID);
}

// A switch: n nested blocks, one br_table over them, each case sets a local of
// its own and leaves.
static void br_table(Bytes *b, u32 n) {
  op(b, BLOCK, VOID);
  open(b, BLOCK, n);
  op(b, GET, 0);
  op(b, BR_TABLE, n - 1);
  for (u32 k = 0; k < n; k++)
    leb(b, k);
  byte(b, END);
  for (u32 k = 1; k < n; k++) {
    set_const(b, 1 + k, k);
    op(b, BR, n - k);
    byte(b, END);
  }
  byte(b, END);
}

// The same with cases that fall through, all over one local.
static void fall_through(Bytes *b, u32 n) {
  open(b, BLOCK, n);
  op(b, GET, 0);
  op(b, BR_TABLE, n - 1);
  for (u32 k = 0; k < n; k++)
    leb(b, k);
  for (u32 k = 0; k < n; k++) {
    byte(b, END);
    set_const(b, 1, k);
  }
}

// One target n times, while locals differ.
static void same_target(Bytes *b, u32 n) {
  op(b, BLOCK, VOID);
  for (u32 k = 1; k < 50; k++)
    set_const(b, k, k);
  op(b, BLOCK, VOID);
  op(b, GET, 0);
  op(b, BR_TABLE, n - 1);
  for (u32 k = 0; k < n; k++)
    leb(b, 1);
  leb(b, 0);
  byte(b, END);
  for (u32 k = 1; k < 50; k++)
    set_const(b, k, k + 1);
  byte(b, END);
}

// if ... if ... set else set end ... end
static void nested_ifs(Bytes *b, u32 n) {
  for (u32 k = 0; k < n; k++) {
    op(b, GET, 0);
    op(b, IF, VOID);
    set_const(b, 1 + k % 1000, k);
  }
  for (u32 k = 0; k < n; k++) {
    byte(b, ELSE);
    set_const(b, 1 + k % 1000, k + 1);
    op(b, BR, n - 1 - k);
    byte(b, END);
  }
}

static void nested_loops(Bytes *b, u32 n) {
  open(b, LOOP, n);
  op(b, GET, 1);
  small_const(b, 1);
  byte(b, ADD);
  op(b, SET, 1);
  for (u32 k = 0; k < n; k++) {
    op(b, GET, 1);
    op(b, BR_IF, 0);
    byte(b, END);
  }
}

// Loops whose back edge comes first, so that each interval ends early.
static void early_loops(Bytes *b, u32 n) {
  for (u32 k = 0; k < n; k++) {
    op(b, LOOP, VOID);
    op(b, GET, 0);
    op(b, BR_IF, 0);
  }
  for (u32 k = 0; k < n; k++)
    byte(b, END);
}

// Loops without a back edge around assignments.
static void false_loops(Bytes *b, u32 n) {
  open(b, LOOP, n);
  for (u32 k = 0; k < n; k++)
    set_const(b, 1 + k % 100, k);
  for (u32 k = 0; k < n; k++)
    byte(b, END);
}

// n branches to one place, and between them n locals that change.
static void many_exits(Bytes *b, u32 n) {
  op(b, BLOCK, VOID);
  for (u32 k = 0; k < n; k++) {
    set_const(b, 1 + k, k);
    op(b, GET, 0);
    op(b, BR_IF, 0);
  }
  byte(b, END);
  for (u32 k = 0; k < n; k++) { // so that none is dead
    op(b, GET, 1 + k);
    op(b, SET, 0);
  }
}

// Branches out of one place to every level; one local changes on the way out.
static void all_levels(Bytes *b, u32 n) {
  open(b, BLOCK, n);
  for (u32 k = 0; k < n; k++) {
    op(b, GET, 0);
    op(b, BR_IF, k);
  }
  for (u32 k = 0; k < n; k++) {
    set_const(b, 1, k);
    byte(b, END);
  }
}

// Diamonds in a row over ever other locals.
static void diamonds(Bytes *b, u32 n) {
  for (u32 k = 0; k < n; k++) {
    op(b, GET, 0);
    op(b, IF, VOID);
    set_const(b, 1 + k, k);
    byte(b, ELSE);
    set_const(b, 1 + k, k + 1);
    byte(b, END);
  }
}

// Every local differs at every join: n * n arguments in any SSA form, so the
// locals go to memory.
static void monster(Bytes *b, u32 n) {
  open(b, BLOCK, n);
  for (u32 k = 0; k < n; k++)
    set_const(b, 1 + k, 1);
  for (u32 k = 0; k < n; k++) {
    op(b, GET, 0);
    op(b, BR_IF, k);
  }
  for (u32 k = 0; k < n; k++)
    set_const(b, 1 + k, 2);
  for (u32 k = 0; k < n; k++)
    byte(b, END);
  for (u32 k = 0; k < n; k++)
    op(b, GET, 1 + k), op(b, SET, 0);
}

// Loops in loops over what the innermost assigns: as bad.
static void loop_monster(Bytes *b, u32 n) {
  open(b, LOOP, n);
  for (u32 k = 0; k < n; k++) {
    op(b, GET, 1 + k);
    small_const(b, 1);
    byte(b, ADD);
    op(b, SET, 1 + k);
  }
  for (u32 k = 0; k < n; k++) {
    op(b, GET, 1 + k);
    op(b, BR_IF, 0);
    byte(b, END);
  }
}

// n branches back to a label that takes a thousand values: n * 1000 arguments
// that are not locals. Type 1 takes and leaves them.
static void values(Bytes *b, u32 n) {
  for (u32 k = 0; k < 1000; k++)
    op(b, GET, 0);
  op(b, LOOP, 1);
  for (u32 k = 0; k < n; k++) {
    op(b, GET, 0);
    op(b, BR_IF, 0);
  }
  byte(b, END);
  for (u32 k = 0; k < 1000; k++)
    byte(b, DROP);
}

typedef struct Shape {
  const char *name;
  void (*write)(Bytes *b, u32 n);
  u32 small, large, locals; // locals: 0, or as many as n
} Shape;
static const Shape shapes[] = {
    {"straight", straight, 10000, 160000, 0},
    {"br_table", br_table, 3000, 48000, 1},
    {"fall_through", fall_through, 3000, 48000, 0},
    {"same_target", same_target, 3000, 48000, 0},
    {"nested_ifs", nested_ifs, 3000, 48000, 0},
    {"nested_loops", nested_loops, 3000, 48000, 0},
    {"early_loops", early_loops, 3000, 48000, 0},
    {"false_loops", false_loops, 3000, 48000, 0},
    {"many_exits", many_exits, 3000, 48000, 1},
    {"all_levels", all_levels, 3000, 48000, 0},
    {"diamonds", diamonds, 3000, 48000, 1},
    {"monster", monster, 3000, 48000, 1},
    {"loop_monster", loop_monster, 3000, 48000, 1},
};

static void section(Bytes *m, u32 id, const Bytes *body) {
  byte(m, id);
  leb(m, body->v.n);
  for (u32 k = 0; k < body->v.n; k++)
    byte(m, body->v.at[k]);
}

// (module (func (param i32) (local i32 * nlocals) BODY))
static Bytes module_of(Arena *a, const Shape *s, u32 n) {
  static const u8 head[] = {0, 'a', 's', 'm', 1, 0, 0, 0};
  static const u8 param[] = {2, 0x60, 1, 0x7f, 0}; // two types, the first one
  static const u8 func[] = {1, 0};
  Bytes m = {.arena = a}, body = {.arena = a}, code = {.arena = a};
  Bytes types = {.arena = a}, funcs = {.arena = a};
  for (u32 k = 0; k < sizeof param; k++)
    byte(&types, param[k]);
  byte(&types, 0x60);
  for (u32 side = 0; side < 2; side++) {
    leb(&types, 1000);
    for (u32 k = 0; k < 1000; k++)
      byte(&types, 0x7f);
  }
  for (u32 k = 0; k < sizeof func; k++)
    byte(&funcs, func[k]);
  leb(&body, 1);
  leb(&body, s->locals ? n + 1 : 1001);
  byte(&body, 0x7f);
  s->write(&body, n);
  byte(&body, END);
  leb(&code, 1);
  leb(&code, body.v.n);
  for (u32 k = 0; k < body.v.n; k++)
    byte(&code, body.v.at[k]);
  for (u32 k = 0; k < sizeof head; k++)
    byte(&m, head[k]);
  section(&m, 1, &types);
  section(&m, 3, &funcs);
  section(&m, 10, &code);
  return m;
}

typedef struct Cost {
  u64 bytes, left, ns;
  u32 insts;
} Cost;

static u64 now(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (u64)t.tv_sec * 1000000000u + (u64)t.tv_nsec;
}

static bool translate(const Shape *s, u32 n, Cost *c) {
  static const TranslateOptions o = {.fold = true, .gvn = true};
  Arena a = {0}, work = {0};
  WasmError err;
  WasmModule m;
  Bytes b = module_of(&a, s, n);
  bool ok = wasm_decode(&a, b.v.at, b.v.n, &m, &err);
  Func *f = NULL;
  c->ns = UINT64_MAX;
  for (int run = 0; ok && run < 3; run++) {
    arena_reset(&work);
    u64 start = now();
    f = wasm_translate(&work, &m, 0, &o, &err);
    u64 ns = now() - start;
    c->ns = ns < c->ns ? ns : c->ns;
  }
  if (!f)
    printf("%s %u: offset %zu: %s\n", s->name, n, err.off, err.what);
  else
    *c = (Cost){work.used, f->insts.n + f->pool.n, c->ns, f->wasm_insts};
  Text t = {.arena = &a};
  ok = f && ir_verify(f, &t);
  if (f && !ok)
    printf("%s %u: %s", s->name, n, text_str(&t));
  arena_free(&work);
  arena_free(&a);
  return ok;
}

static bool grows_well(const Shape *s) {
  Cost small = {0}, large = {0};
  if (!translate(s, s->small, &small) || !translate(s, s->large, &large))
    return false;
  double w = (double)s->large / s->small; // log factor: 1.5 at most
  double bytes = (double)large.bytes / (double)small.bytes;
  double left = (double)large.left / (double)small.left;
  double ns = (double)large.ns / (double)small.ns;
  bool ok = bytes < 2 * w && left < 2 * w && ns < 10 * w;
  printf("%s %-12s %7u w, %5.1f times as many: bytes %5.1f, left %5.1f, time "
         "%5.1f; %.0f ns/w\n",
         ok ? "ok" : "FAILED", s->name, large.insts, w, bytes, left, ns,
         (double)large.ns / large.insts);
  return ok;
}

// What memory does not help: refused with a message, in bounded memory.
static bool refuses_values(void) {
  static const Shape shape = {"values", values, 0, 0, 0};
  static const TranslateOptions o = {.fold = true};
  Arena a = {0}, work = {0};
  WasmError err;
  WasmModule m;
  Bytes b = module_of(&a, &shape, 20000);
  bool ok = wasm_decode(&a, b.v.at, b.v.n, &m, &err) &&
            !wasm_translate(&work, &m, 0, &o, &err) && err.unsupported &&
            strstr(err.what, "block arguments") && work.used < (u64)1 << 30;
  printf("%s values: %s (%zu MB)\n", ok ? "ok" : "FAILED", err.what,
         work.used >> 20);
  arena_free(&work);
  arena_free(&a);
  return ok;
}

int main(void) {
  bool ok = refuses_values();
  for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++)
    ok &= grows_well(&shapes[k]);
  return ok ? 0 : 1;
}
