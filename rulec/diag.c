// Collects diagnostics and prints them with the source line and a caret.
#include "rulec/diag.h"

#include <stdarg.h>
#include <stdio.h>

void loc_line_col(Loc loc, u32 *line, u32 *col) {
  *line = *col = 1;
  for (u32 i = 0; i < loc.at && i < loc.src->size; i++) {
    (*col)++;
    if (loc.src->text[i] == '\n') {
      (*line)++;
      *col = 1;
    }
  }
}

static const char *vprint(Arena *a, const char *fmt, va_list args) {
  char buf[1024];
  int n = vsnprintf(buf, sizeof buf, fmt, args);
  size_t len = n < 0 ? 0 : (size_t)n;
  return arena_strndup(a, buf, len < sizeof buf ? len : sizeof buf - 1);
}

static bool seen(const Diags *d, Loc loc, const char *code, const char *text) {
  for (u32 i = 0; i < d->list.n; i++) {
    const Diag *x = &d->list.at[i];
    if (x->loc.src == loc.src && x->loc.at == loc.at &&
        strcmp(x->code, code) == 0 && strcmp(x->text, text) == 0)
      return true;
  }
  return false;
}

// A rule is typed at every parameter: the same error at the same place is said
// once.
static u32 add(Diags *d, Loc loc, const char *code, bool warning,
               const char *text) {
  if (!warning && d->errors >= d->limit)
    return ~0u;
  if (seen(d, loc, code, text))
    return ~0u;
  Diag x = {.loc = loc, .code = code, .warning = warning, .text = text};
  vec_push(d->arena, &d->list, x);
  d->errors += !warning;
  return d->list.n - 1;
}

u32 diag_error(Diags *d, Loc loc, const char *code, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  const char *text = vprint(d->arena, fmt, args);
  va_end(args);
  return add(d, loc, code, false, text);
}

u32 diag_warn(Diags *d, Loc loc, const char *code, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  const char *text = vprint(d->arena, fmt, args);
  va_end(args);
  return add(d, loc, code, true, text);
}

void diag_note(Diags *d, u32 i, Loc loc, const char *fmt, ...) {
  if (i >= d->list.n)
    return;
  va_list args;
  va_start(args, fmt);
  d->list.at[i].other = loc;
  d->list.at[i].other_text = vprint(d->arena, fmt, args);
  va_end(args);
}

static void print_place(Text *out, Loc loc) {
  u32 line, col;
  loc_line_col(loc, &line, &col);
  text_add(out, "%s:%u:%u: ", loc.src->path, line, col);
}

// What would do something to a terminal; bytes beyond ASCII may be UTF-8.
static bool is_control(char c) {
  return ((u8)c < ' ' && c != '\t') || c == 127;
}

// The line with loc, and under it a caret with a tail as long as loc.
static void print_line(Text *out, Loc loc) {
  const char *text = loc.src->text;
  u32 from = loc.at;
  while (from > 0 && text[from - 1] != '\n')
    from--;
  u32 len = (u32)strcspn(text + from, "\n");
  text_add(out, "    ");
  for (u32 i = from; i < from + len && i < from + 200; i++)
    text_put(out, is_control(text[i]) ? "." : text + i, 1);
  text_add(out, "\n    ");
  for (u32 i = from; i < loc.at && i < from + 200; i++)
    text_put(out, text[i] == '\t' ? "\t" : " ", 1);
  text_put(out, "^", 1);
  for (u32 i = 1; i < loc.len && loc.at + i < from + len && i < 200; i++)
    text_put(out, "~", 1);
  text_put(out, "\n", 1);
}

static bool before(const Diag *a, const Diag *b) {
  if (a->loc.src != b->loc.src)
    return a->loc.src->index < b->loc.src->index;
  return a->loc.at < b->loc.at;
}

void diag_print(const Diags *d, Text *out) {
  u32 *order = arena_array(d->arena, u32, d->list.n + 1);
  for (u32 i = 0; i < d->list.n; i++) {
    u32 k = i;
    for (; k > 0 && before(&d->list.at[i], &d->list.at[order[k - 1]]); k--)
      order[k] = order[k - 1];
    order[k] = i;
  }
  for (u32 i = 0; i < d->list.n; i++) {
    const Diag *x = &d->list.at[order[i]];
    print_place(out, x->loc);
    text_add(out, "%s[%s]: %s\n", x->warning ? "warning" : "error", x->code,
             x->text);
    print_line(out, x->loc);
    if (!x->other.src)
      continue;
    print_place(out, x->other);
    text_add(out, "note: %s\n", x->other_text);
    print_line(out, x->other);
  }
}
