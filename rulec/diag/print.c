// Prints diagnostics for people: the source line of each position, and a caret.
#include "rulec/diag/diag.h"

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
  len -= len && text[from + len - 1] == '\r';
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

static void print_diag(Text *out, const Diag *x) {
  print_place(out, x->loc);
  text_add(out, "%s[%s]: %s\n", x->warning ? "warning" : "error",
           code_rows[x->code].name, x->text);
  print_line(out, x->loc);
  for (u32 i = 0; i < x->notes.n; i++) {
    print_place(out, x->notes.at[i].loc);
    text_add(out, "note: %s\n", x->notes.at[i].text);
    print_line(out, x->notes.at[i].loc);
  }
  if (x->help)
    text_add(out, "    help: %s\n", x->help);
}

static void print_count(Text *out, const char *what, u32 n, u32 shown) {
  if (!n)
    return;
  text_add(out, "%u %s%s", n, what, n == 1 ? "" : "s");
  if (n > shown)
    text_add(out, ", the first %u shown", shown);
  text_add(out, "\n");
}

void diag_print(const Diags *d, Text *out) {
  u32 most = d->limit ? d->limit : 50, shown[2] = {0, 0};
  for (u32 i = 0; i < d->list.n; i++) {
    const Diag *x = &d->list.at[i];
    if (!x->allowed && shown[x->warning]++ < most)
      print_diag(out, x);
  }
  print_count(out, "error", d->errors, most);
  print_count(out, "warning", d->warnings > most ? d->warnings : 0, most);
}
