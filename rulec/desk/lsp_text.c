// Documents and positions. The protocol counts characters of a line in UTF-16
// units unless the client takes bytes; our files are ASCII but for comments.
#include "rulec/desk/lsp.h"

#include <stdio.h>

// --- URIs -----------------------------------------------------------

static int hex(char c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

const char *uri_path(Arena *a, const char *uri) {
  if (strncmp(uri, "file://", 7) != 0)
    return NULL;
  const char *s = strchr(uri + 7, '/'); // a host may stand before it
  Text t = {.arena = a};
  for (; s && *s; s++) {
    bool escape = *s == '%' && hex(s[1]) >= 0 && hex(s[2]) >= 0;
    char c = escape ? (char)(hex(s[1]) * 16 + hex(s[2])) : *s;
    text_put(&t, &c, 1);
    s += escape ? 2 : 0;
  }
  return t.n && strlen(text_str(&t)) == t.n ? t.at : NULL;
}

const char *path_uri(Arena *a, const char *path) {
  Text t = {.arena = a};
  text_add(&t, "file://");
  for (const char *s = path; *s; s++) {
    bool plain = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
                 (*s >= '0' && *s <= '9') || strchr("/-._~+", *s);
    if (plain)
      text_put(&t, s, 1);
    else
      text_add(&t, "%%%02X", (u8)*s);
  }
  return text_str(&t);
}

// --- characters -----------------------------------------------------

static bool is_tail(char c) { return ((u8)c & 0xc0) == 0x80; }

// Units that the character at s counts.
static u32 units(const char *s, bool utf8) {
  if (utf8)
    return 1;
  return is_tail(*s) ? 0 : (u8)*s >= 0xf0 ? 2 : 1;
}

// The byte of a character of the line that starts at `at`; not past its end.
static u32 in_line(const char *text, u32 n, u32 at, u32 character, bool utf8) {
  u32 count = 0;
  while (at < n && text[at] != '\n') {
    u32 k = units(text + at, utf8);
    if (count + k > character)
      break;
    count += k;
    at++;
  }
  while (!utf8 && at < n && is_tail(text[at]))
    at++;
  return at;
}

u32 text_offset(const char *text, u32 n, u32 line, u32 character, bool utf8) {
  u32 at = 0;
  for (; line > 0; line--) {
    const char *eol = memchr(text + at, '\n', n - at);
    if (!eol)
      return n;
    at = (u32)(eol - text) + 1;
  }
  return in_line(text, n, at, character, utf8);
}

// --- edits ----------------------------------------------------------

void doc_set(Doc *d, const char *text, size_t n) {
  Arena *a = &d->mem[d->which ^= 1];
  arena_reset(a);
  d->text = arena_strndup(a, text, n);
  d->n = (u32)n;
}

static bool read_position(const json_t *p, u32 *line, u32 *character) {
  json_int_t l = json_integer_value(json_object_get(p, "line"));
  json_int_t c = json_integer_value(json_object_get(p, "character"));
  if (!json_is_object(p) || l < 0 || c < 0)
    return false;
  *line = l > INT32_MAX ? INT32_MAX : (u32)l;
  *character = c > INT32_MAX ? INT32_MAX : (u32)c;
  return true;
}

static bool position_offset(const Doc *d, const json_t *p, bool utf8, u32 *at) {
  u32 line, character;
  if (!read_position(p, &line, &character))
    return false;
  *at = text_offset(d->text, d->n, line, character, utf8);
  return true;
}

bool doc_edit(Doc *d, const json_t *change, bool utf8) {
  const json_t *text = json_object_get(change, "text");
  const json_t *range = json_object_get(change, "range");
  if (!json_is_string(text))
    return false;
  size_t n = json_string_length(text);
  u32 from = 0, to = d->n;
  if (range &&
      (!position_offset(d, json_object_get(range, "start"), utf8, &from) ||
       !position_offset(d, json_object_get(range, "end"), utf8, &to) ||
       from > to))
    return false;
  if (n + d->n > 1u << 28)
    return false;
  Arena *a = &d->mem[d->which ^ 1];
  arena_reset(a);
  u32 size = d->n - (to - from) + (u32)n;
  char *now = arena_array(a, char, size + 1);
  memcpy(now, d->text, from);
  memcpy(now + from, json_string_value(text), n);
  memcpy(now + from + n, d->text + to, d->n - to);
  now[size] = '\0';
  d->which ^= 1;
  d->text = now;
  d->n = size;
  return true;
}

// --- positions in the files of a set --------------------------------

static void need_lines(SetFile *f) {
  if (f->lines)
    return;
  Arena *a = f->arena;
  VEC(u32) v = {0};
  vec_push(a, &v, 0);
  for (u32 i = 0; i < f->src.size; i++)
    if (f->src.text[i] == '\n')
      vec_push(a, &v, i + 1);
  f->lines = v.at;
  f->nlines = v.n;
}

u32 lsp_offset(const Lsp *l, SetFile *f, const json_t *position) {
  u32 line, character;
  if (!read_position(position, &line, &character))
    return 0;
  u32 mark = line || !f->src.mark ? 0 : l->utf8 ? f->src.mark : 1;
  return text_offset(f->src.text, f->src.size, line,
                     character - (character < mark ? character : mark),
                     l->utf8);
}

json_t *lsp_position(const Lsp *l, SetFile *f, u32 at) {
  need_lines(f);
  at = at < f->src.size ? at : f->src.size;
  u32 low = 0, high = f->nlines;
  while (high - low > 1) {
    u32 mid = (low + high) / 2;
    *(f->lines[mid] <= at ? &low : &high) = mid;
  }
  u32 character = low || !f->src.mark ? 0 : l->utf8 ? f->src.mark : 1;
  for (u32 i = f->lines[low]; i < at; i++)
    character += units(f->src.text + i, l->utf8);
  return json_pack("{si si}", "line", (int)low, "character", (int)character);
}

json_t *lsp_range(const Lsp *l, SetFile *f, u32 at, u32 len) {
  return json_pack("{so so}", "start", lsp_position(l, f, at), "end",
                   lsp_position(l, f, at + len));
}

json_t *lsp_location(Lsp *l, LspSet *set, Loc loc) {
  SetFile *f = set_file(set, &loc);
  if (!f)
    return NULL;
  return json_pack("{ss so}", "uri",
                   f->doc ? f->doc->uri : path_uri(&l->round, f->src.path),
                   "range", lsp_range(l, f, loc.at, loc.len));
}
