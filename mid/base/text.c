// A growable byte string: what printers and error lists write to.
#include "mid/base/base.h"

#include <stdarg.h>
#include <stdio.h>

static void text_room(Text *t, size_t more) {
  must(more < (size_t)1 << 30, "text of %zu bytes", more);
  if (t->n + more + 1 > t->cap)
    t->at = vec_grow(t->arena, t->at, &t->cap, t->n + (u32)more + 1, 1);
}

void text_put(Text *t, const char *s, size_t n) {
  text_room(t, n);
  if (n)
    memcpy(t->at + t->n, s, n);
  t->n += (u32)n;
}

// Formats into what room there is, and a second time if that was not enough.
void text_add(Text *t, const char *fmt, ...) {
  va_list ap, again;
  text_room(t, 60); // most are short: one attempt does
  va_start(ap, fmt);
  va_copy(again, ap);
  int n = vsnprintf(t->at + t->n, t->cap - t->n, fmt, ap);
  va_end(ap);
  must(n >= 0, "bad format %s", fmt);
  if ((u32)n >= t->cap - t->n) {
    text_room(t, (size_t)n);
    vsnprintf(t->at + t->n, t->cap - t->n, fmt, again);
  }
  va_end(again);
  t->n += (u32)n;
}

char *text_str(Text *t) {
  text_room(t, 0);
  t->at[t->n] = 0;
  return t->at;
}
