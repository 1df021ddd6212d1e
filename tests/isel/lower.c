// Prints what lowering makes of IR text: what the golden tests run.
//
//   isel_lower FILE.ir [--no-FEATURE...] [--counters]
//
// Features are all on unless switched off; imports are the functions declared
// before the first that has a body. Without arguments it lowers random programs
// with random features and checks the result.
#include "back/isel/isel.h"
#include "back/x64/cpu.h"
#include "mid/ir/gen.h"
#include "mid/ir/ir.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const VMLayout layout = {
    .globals = 64, .tables = 128, .imports = 192, .funcs = 256, .size = 1024};

static void print_counters(const IselCounters *c) {
#define X(name, better, what) printf("%s %u\n", #name, c->name);
  ISEL_COUNTERS(X)
#undef X
}

static u32 count_imports(const IrModule *m) {
  u32 n = 0;
  while (n < m->nfuncs && !m->funcs[n])
    n++;
  return n;
}

static int print_file(const char *path, u32 features, bool counters) {
  Arena a = {0};
  u8 *bytes;
  size_t size;
  IrModule m;
  Text err = {.arena = &a}, out = {.arena = &a};
  int status = 0;
  if (file_read(&a, path, &bytes, &size) != 0) {
    fprintf(stderr, "isel_lower: cannot read %s\n", path);
    return 2;
  }
  if (!ir_parse(&a, (const char *)bytes, size, &m, &err)) {
    fprintf(stderr, "%s: %s", path, text_str(&err));
    return 1;
  }
  const IselOptions o = {.features = features, .layout = &layout,
                         .nimported = count_imports(&m)};
  for (u32 k = 0; k < m.nfuncs; k++) {
    if (!m.funcs[k])
      continue;
    IselCounters c = {0};
    VCode *v = isel_lower(&a, m.funcs[k], &o, &c, &err);
    if (!v || !vcode_verify(&a, v, &err)) {
      status = 1;
      continue;
    }
    out.n = 0;
    vcode_print(v, &out);
    fputs(text_str(&out), stdout);
    if (counters)
      print_counters(&c);
  }
  fputs(text_str(&err), stdout);
  arena_free(&a);
  return status;
}

// --- random programs
// --------------------------------------------------------------

static int random_programs(u32 n) {
  Arena a = {0};
  u32 funcs = 0, bad = 0;
  for (u32 seed = 1; seed <= n; seed++) {
    GenOptions g = gen_options(seed);
    const IrModule made = ir_generate(&a, &g), *m = &made;
    const IselOptions o = {.features =
                               (u32)hash_bytes(&seed, sizeof seed) & CPU_ALL,
                           .layout = &layout,
                           .nimported = count_imports(m)};
    for (u32 k = 0; k < m->nfuncs; k++) {
      IselCounters c = {0};
      Text err = {.arena = &a};
      if (!m->funcs[k])
        continue;
      VCode *v = isel_lower(&a, m->funcs[k], &o, &c, &err);
      funcs++;
      if (v && vcode_verify(&a, v, &err))
        continue;
      bad++;
      printf("seed %u, function %u:\n%s", seed, k, text_str(&err));
    }
    arena_reset(&a);
  }
  printf("ok %u functions lowered, %u refused\n", funcs, bad);
  arena_free(&a);
  return bad != 0;
}

int main(int argc, char **argv) {
  u32 features = CPU_ALL;
  bool counters = false;
  if (argc < 2)
    return random_programs(400);
  for (int k = 2; k < argc; k++)
    if (!strcmp(argv[k], "--counters"))
      counters = true;
    else if (!strncmp(argv[k], "--no-", 5))
      features &= ~cpu_find(argv[k] + 5);
  return print_file(argv[1], features, counters);
}
