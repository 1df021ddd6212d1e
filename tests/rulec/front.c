// `front` in rules/ops.rules is what translation makes, no more and no less:
// each op of the tables of mid/wasm and each op that the corpus translates to
// is declared so, and each op declared so is one of these.
#include "mid/wasm/module.h"
#include "mid/wasm/opcodes.h"
#include "rulec/cmd/command.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct Front {
  Arena arena; // of all
  RuleSet rules;
  bool *made; // by op declaration
  u32 wrong;
} Front;

static void make(Front *f, u32 op, const char *by) {
  const OpInst *x = &f->rules.sema->ops[op];
  if (!op || f->made[x->base_index])
    return;
  f->made[x->base_index] = true;
  if (x->base->decl->front)
    return;
  printf("%s: op %s is made and not declared `front`\n", by, x->base->name);
  f->wrong++;
}

static void tables(Front *f) {
  for (u32 i = 0; i < 256; i++)
    make(f, op_sigs[i].ir, "op_sigs");
  for (u32 i = 0; i < 8; i++)
    make(f, fc_truncs[i].ir, "fc_truncs");
}

// ref.func and ref.null, which no program of the corpus has.
static const u8 references[] = {0, 'a',  's',  'm', 1,    0, 0, 0,    1,    5,
                                1, 0x60, 0,    1,   0x70, 3, 3, 2,    0,    0,
                                7, 5,    1,    1,   'f',  0, 0, 10,   11,   2,
                                4, 0,    0xd2, 0,   11,   4, 0, 0xd0, 0x70, 11};

static void module(Front *f, const char *path, const u8 *bytes, size_t size,
                   bool explicit_bounds) {
  Arena a = {0};
  WasmModule m;
  WasmError err = {0};
  must(wasm_decode(&a, bytes, size, &m, &err), "cannot decode %s", path);
  const TranslateOptions o = {.explicit_bounds = explicit_bounds};
  for (u32 k = m.nimported_funcs; k < m.nfuncs; k++) {
    const Func *fn = wasm_translate(&a, &m, k, &o, &err);
    for (u32 i = 1; fn && i < fn->insts.n; i++)
      make(f, fn->insts.at[i].op, path);
  }
  arena_free(&a);
}

static void corpus(Front *f) {
  struct dirent **at;
  int n = scandir("corpus", &at, NULL, alphasort);
  must(n > 0, "no corpus: run it at the root");
  for (int i = 0; i < n; i++) {
    const char *name = at[i]->d_name, *dot = strrchr(name, '.');
    const char *path = arena_printf(&f->arena, "corpus/%s", name);
    u8 *bytes;
    size_t size;
    if (dot && !strcmp(dot, ".wasm")) {
      must(!file_read(&f->arena, path, &bytes, &size), "cannot read %s", path);
      module(f, path, bytes, size, false);
      module(f, path, bytes, size, true);
    }
    free(at[i]);
  }
  free(at);
}

int main(void) {
  static const char *const file = "rules/ops.rules";
  Front f = {0};
  Words files = {0};
  vec_push(&f.arena, &files, file);
  rules_begin(&f.rules, &f.arena);
  must(rules_read(&f.rules, &files) == EXIT_GOOD, "no rules/ops.rules");
  rules_resolve(&f.rules);
  const Sema *s = f.rules.sema;
  f.made = arena_array0(&f.arena, bool, s->nopdecls);
  tables(&f);
  corpus(&f);
  module(&f, "references", references, sizeof references, false);
  for (u32 i = 0; i < s->nopdecls; i++)
    if (s->opdecls[i].decl->front && !f.made[i]) {
      printf("op %s is declared `front`, and nothing made it\n",
             s->opdecls[i].name);
      f.wrong++;
    }
  arena_free(&f.arena);
  return f.wrong != 0;
}
