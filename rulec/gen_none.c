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
