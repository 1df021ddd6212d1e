// Files whose generator is not written yet: empty, so that everything links.
// Weak: the generator, once there, takes the place.
#include "rulec/cgen.h"

static void empty(Text *t, const char *what) {
  cheader(t, what);
  text_add(t, "#include \"ops.h\"\n");
}

#define NONE(name, what)                                                       \
  __attribute__((weak)) void name(const Sema *s, Text *out) {                  \
    (void)s;                                                                   \
    empty(out, what);                                                          \
  }
NONE(gen_mid, "The rewrite matchers, not yet generated")
NONE(gen_lower, "The lowering matchers, not yet generated")
NONE(gen_inst_c, "The instructions' tables, not yet generated")
NONE(gen_encode, "The encoder, not yet generated")

__attribute__((weak)) void gen_inst_h(const Sema *s, Text *out) {
  (void)s;
  cheader(out, "The instructions, not yet generated");
}
