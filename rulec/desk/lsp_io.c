// Frames: headers, an empty line, so many bytes of JSON. A client that sends
// something else is told so and read on from the next header that makes sense.
#include "rulec/desk/lsp.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MOST_HEADER = 4096, MOST_BODY = 64 << 20 };

static bool readable(int timeout) {
  struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
  int r;
  do
    r = poll(&p, 1, timeout);
  while (r < 0 && errno == EINTR);
  return r > 0;
}

bool lsp_waiting(LspIn *in) { return in->n > 0 || (!in->end && readable(0)); }

static void drop(LspIn *in, u32 n) {
  in->n -= n;
  memmove(in->at, in->at + n, in->n);
  if (in->n || in->cap < 1u << 20)
    return;
  arena_reset(&in->arena); // do not keep what one large file needed
  in->at = NULL;
  in->cap = 0;
}

static void fill(LspIn *in) {
  if (in->cap - in->n < 1u << 14)
    in->at = vec_grow(&in->arena, in->at, &in->cap, in->n + (1u << 15), 1);
  ssize_t k;
  do
    k = read(STDIN_FILENO, in->at + in->n, in->cap - in->n);
  while (k < 0 && errno == EINTR);
  if (k <= 0)
    in->end = true;
  else
    in->n += (u32)k;
  if (in->skip && in->n) {
    u32 n = in->skip < in->n ? (u32)in->skip : in->n;
    in->skip -= n;
    drop(in, n);
  }
}

// Length of the header with its empty line; 0 if that is not there yet.
static u32 header_length(const LspIn *in) {
  for (u32 i = 0; i + 1 < in->n; i++)
    if (in->at[i] == '\n' &&
        (in->at[i + 1] == '\n' ||
         (in->at[i + 1] == '\r' && i + 2 < in->n && in->at[i + 2] == '\n')))
      return i + (in->at[i + 1] == '\n' ? 2 : 3);
  return 0;
}

static bool is_field(const char *at, const char *end, const char *name) {
  size_t n = strlen(name);
  return (size_t)(end - at) >= n && strncasecmp(at, name, n) == 0;
}

// -1 if the header has none.
static s64 content_length(const LspIn *in, u32 header) {
  static const char name[] = "content-length:";
  const char *at = in->at, *end = in->at + header;
  while (at < end) {
    const char *eol = memchr(at, '\n', (size_t)(end - at));
    if (is_field(at, end, name)) {
      at += sizeof name - 1;
      while (at < end && *at == ' ')
        at++;
      s64 v = at < end && *at >= '0' && *at <= '9' ? 0 : -1;
      for (; at < end && *at >= '0' && *at <= '9' && v < 1ll << 40; at++)
        v = v * 10 + (*at - '0');
      return v;
    }
    at = eol ? eol + 1 : end;
  }
  return -1;
}

static LspRead parse_body(LspIn *in, u32 header, u32 length, json_t **message) {
  json_error_t err;
  *message = json_loadb(in->at + header, length, JSON_ALLOW_NUL, &err);
  drop(in, header + length);
  return *message ? LSP_MESSAGE : LSP_BROKEN;
}

// What is in the buffer now; LSP_NONE: not a whole frame.
static LspRead take(LspIn *in, json_t **message) {
  u32 header = header_length(in);
  if (!header) {
    if (in->n <= MOST_HEADER)
      return LSP_NONE;
    drop(in, in->n - 64); // no header is that long
    return LSP_BROKEN;
  }
  s64 length = content_length(in, header);
  if (length < 0) {
    drop(in, header);
    return LSP_BROKEN;
  }
  if (length > MOST_BODY) {
    u64 rest = (u64)header + (u64)length;
    u32 have = rest < in->n ? (u32)rest : in->n;
    in->skip = rest - have;
    drop(in, have);
    return LSP_BROKEN;
  }
  if (in->n - header < (u32)length)
    return LSP_NONE;
  return parse_body(in, header, (u32)length, message);
}

LspRead lsp_read(LspIn *in, bool wait, json_t **message) {
  for (;;) {
    LspRead r = take(in, message);
    if (r != LSP_NONE)
      return r;
    if (in->end)
      return LSP_END;
    if (!wait && !readable(0))
      return LSP_NONE;
    fill(in);
  }
}

static size_t utf8_length(const u8 *s, size_t n) { // 0: none starts here
  size_t k = *s < 0x80   ? 1
             : *s < 0xc2 ? 0
             : *s < 0xe0 ? 2
             : *s < 0xf0 ? 3
             : *s < 0xf5 ? 4
                         : 0;
  if (k > n)
    return 0;
  for (size_t i = 1; i < k; i++)
    if ((s[i] & 0xc0) != 0x80)
      return 0;
  bool bad = (k == 3 && ((s[0] == 0xe0 && s[1] < 0xa0) ||
                         (s[0] == 0xed && s[1] > 0x9f))) ||
             (k == 4 &&
              ((s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f)));
  return bad ? 0 : k;
}

json_t *lsp_string(const char *s, size_t n) {
  json_t *fine = json_stringn(s, n);
  if (fine)
    return fine;
  Arena a = {0};
  Text t = {.arena = &a};
  for (size_t i = 0; i < n;) {
    size_t k = utf8_length((const u8 *)s + i, n - i);
    text_put(&t, k ? s + i : "?", k ? k : 1);
    i += k ? k : 1;
  }
  json_t *out = json_stringn(text_str(&t), t.n);
  arena_free(&a);
  return out;
}

void lsp_send(json_t *message) {
  json_object_set_new(message, "jsonrpc", json_string("2.0"));
  char *text = json_dumps(message, JSON_COMPACT);
  json_decref(message);
  if (!text)
    return;
  printf("Content-Length: %zu\r\n\r\n%s", strlen(text), text);
  fflush(stdout);
  free(text);
}

void lsp_reply(json_t *id, json_t *result) {
  lsp_send(
      json_pack("{sO so}", "id", id, "result", result ? result : json_null()));
}

void lsp_error(json_t *id, int code, const char *text) {
  lsp_send(json_pack("{sO s{si ss}}", "id", id ? id : json_null(), "error",
                     "code", code, "message", text));
}

void lsp_notify(const char *method, json_t *params) {
  lsp_send(json_pack("{ss so}", "method", method, "params", params));
}
