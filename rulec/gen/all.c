// The files that rulec writes, and the way to make them all.
#include "rulec/gen/cgen.h"

const OutFile gen_files[GEN_NFILES] = {
    {"ops.h", gen_ops_h},       {"ops.c", gen_ops_c},
    {"known.c", gen_known},     {"fold.c", gen_fold},
    {"interp.c", gen_interp},   {"mid.c", gen_mid},
    {"lower.c", gen_lower},     {"inst.h", gen_inst_h},
    {"inst.c", gen_inst_c},     {"encode.c", gen_encode},
    {"meaning.c", gen_meaning}, {"builtin.rules", gen_builtin},
};

// What the matchers take, about: a text that grows leaves its old places
// behind. Pages that nobody writes cost nothing.
static void reserve(const Sema *s, Text *t) {
  t->cap = 1 << 16 | (s->nrulexs + s->nlowerxs) * 256;
  t->at = arena_alloc(s->arena, t->cap, 1);
}

void gen_all(const Sema *s, Text *texts) {
  for (u32 i = 0; i < GEN_NFILES; i++) {
    texts[i] = (Text){.arena = s->arena};
    if (gen_files[i].gen == gen_mid || gen_files[i].gen == gen_lower)
      reserve(s, &texts[i]);
    (void)gen_run(s, gen_files[i].gen, &texts[i]);
  }
}
