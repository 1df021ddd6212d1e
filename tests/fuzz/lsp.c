// Mutated rules in an editor: the language server is opened on the sound text,
// gets each damage as an edit and answers requests about the place. It may
// neither crash nor hang, answers every request once, and says nothing that is
// no JSON. One in BESIDE has the sound declarations as built-in rules, and the
// document beside them.
//
//   fuzz_lsp [COUNT [SEED]]      default: 300 mutants, CI's share
//   fuzz_lsp --print NUMBER      the text of a mutant at its end
//
// The mutants are those of fuzz_rules with the same numbers. The server runs in
// the process: all messages of a mutant lie in a file that is its stdin.
#include "rulec/desk/lsp.h"
#include "tests/fuzz/mutant_rules.h"

#include <sys/mman.h>

typedef struct Client {
  Fuzz fuzz;           // the same draws as in fuzz_rules
  Fuzz dice;           // what is asked
  Text frames;         // what the server reads
  Text text;           // of the document, as the server has it
  u32 line, character; // of the last edit
  int requests;
  bool utf8, open;
  Text *builtin; // or null: there are none
} Client;

enum { BESIDE = 8 };

static const char uri[] = "file:///nowhere/mutant.rules";

static void say(Client *c, json_t *message) {
  must(message, "a message that cannot be made");
  char *s = json_dumps(message, JSON_COMPACT);
  must(s, "a message that is no JSON");
  text_add(&c->frames, "Content-Length: %zu\r\n\r\n", strlen(s));
  text_put(&c->frames, s, (u32)strlen(s));
  free(s);
  json_decref(message);
}

static void notify(Client *c, const char *method, json_t *params) {
  say(c, json_pack("{ss so}", "method", method, "params", params));
}

static void request(Client *c, const char *method, json_t *params) {
  say(c, json_pack("{si ss so}", "id", ++c->requests, "method", method,
                   "params", params));
}

static json_t *place(u32 line, u32 character) {
  return json_pack("{si si}", "line", (int)line, "character", (int)character);
}

// Somewhere near the last edit, or past everything.
static void ask(Client *c) {
  static const char *const methods[] = {
      "hover",          "definition", "references", "documentHighlight",
      "rename",         "diagnostic", "completion", "prepareRename",
      "documentSymbol", "formatting", "codeAction"};
  static const char *const names[] = {"x", "add-zero", "", "a b", "(", "T"};
  Fuzz *f = &c->dice;
  u32 line = c->line + draw(f, 4), at = c->character + draw(f, 9);
  if (draw(f, 8) == 0)
    line = draw(f, 400), at = draw(f, 2000000000);
  const char *m = methods[draw(f, sizeof methods / sizeof *methods)];
  json_t *params = json_pack(
      "{s{ss} so ss s{so so} s{sb so}}", "textDocument", "uri", uri, "position",
      place(line, at), "newName", names[draw(f, sizeof names / sizeof *names)],
      "range", "start", place(line, at), "end", place(line + draw(f, 3), at),
      "context", "includeDeclaration", (int)draw(f, 2), "diagnostics",
      json_array());
  request(c, arena_printf(&c->fuzz.round, "textDocument/%s", m), params);
}

// As UTF-8: bytes beyond ASCII are taken for Latin-1.
static Text as_utf8(Arena *a, const Text *t) {
  Text out = {.arena = a};
  for (u32 i = 0; i < t->n; i++) {
    u8 b = (u8)t->at[i];
    char two[2] = {(char)(0xc0 | b >> 6), (char)(0x80 | (b & 0x3f))};
    text_put(&out, b < 0x80 ? &t->at[i] : two, b < 0x80 ? 1 : 2);
  }
  return out;
}

static bool inside(const Text *t, u32 at) { // a character of two bytes
  return at < t->n && ((u8)t->at[at] & 0xc0) == 0x80;
}

static json_t *position(const Client *c, u32 at, u32 *line, u32 *character) {
  *line = *character = 0;
  for (u32 i = 0; i < at; i++)
    if (c->text.at[i] == '\n')
      ++*line, *character = 0;
    else if (c->utf8 || !inside(&c->text, i))
      ++*character;
  return place(*line, *character);
}

// What differs, as one edit.
static void change(Client *c, const Text *t) {
  const Text *old = &c->text;
  u32 from = 0, line, character;
  u32 a = old->n, b = t->n;
  while (from < a && from < b && old->at[from] == t->at[from])
    from++;
  while (inside(old, from) || inside(t, from))
    from--;
  while (a > from && b > from && old->at[a - 1] == t->at[b - 1])
    a--, b--;
  while (inside(old, a) || inside(t, b))
    a++, b++;
  json_t *start = position(c, from, &c->line, &c->character);
  json_t *end = position(c, a, &line, &character);
  notify(c, "textDocument/didChange",
         json_pack("{s{ss si} s[{s{so so} so}]}", "textDocument", "uri", uri,
                   "version", 1, "contentChanges", "range", "start", start,
                   "end", end, "text", json_stringn(t->at + from, b - from)));
}

// builtin.rules of the pieces that are sound at first; later only the rest of a
// text is in the document.
static Text beside(Client *c, const Text *t) {
  Arena *a = &c->fuzz.round;
  Halves h = halves(a, t);
  if (!c->open) {
    builtin_head(c->builtin, false, h.files.n, "files");
    text_put(c->builtin, h.files.at, h.files.n);
    builtin_head(c->builtin, true, h.targets.n, "targets");
    text_put(c->builtin, h.targets.at, h.targets.n);
  }
  return h.own;
}

static void seen(void *of, const Text *t) {
  Client *c = of;
  Text part = c->builtin ? beside(c, t) : *t;
  Text now = as_utf8(&c->fuzz.round, &part);
  (void)text_str(&now);
  if (c->open)
    change(c, &now);
  else
    notify(c, "textDocument/didOpen",
           json_pack("{s{ss ss si so}}", "textDocument", "uri", uri,
                     "languageId", "rules", "version", 0, "text",
                     json_stringn(now.at, now.n)));
  c->open = true;
  c->text = now;
  if (draw(&c->dice, 6) == 0)
    ask(c);
}

// --- the server -----------------------------------------------------------

static int memory_file(const Text *t) {
  int fd = memfd_create("fuzz", 0);
  must(fd >= 0, "no memory file");
  for (u32 at = 0; t && at < t->n;) {
    ssize_t k = write(fd, t->at + at, t->n - at);
    must(k > 0, "no room in a memory file");
    at += (u32)k;
  }
  must(lseek(fd, 0, SEEK_SET) == 0, "no place in a memory file");
  return fd;
}

// Frames of JSON, as many answers as there were requests.
static void judge(const char *at, size_t n, int requests) {
  const char *end = at + n;
  while (at < end) {
    char *rest;
    unsigned long k = 0;
    if (!strncmp(at, "Content-Length: ", 16))
      k = strtoul(at + 16, &rest, 10);
    must(k && rest + 4 + k <= end && !memcmp(rest, "\r\n\r\n", 4),
         "a frame that is none");
    json_error_t err;
    json_t *m = json_loadb(rest + 4, k, JSON_ALLOW_NUL, &err);
    must(m, "an answer that is no JSON: %s", err.text);
    if (json_object_get(m, "id"))
      requests--;
    else
      must(json_object_get(m, "method"), "neither an answer nor a notice");
    json_decref(m);
    at = rest + 4 + k;
  }
  must(requests == 0, "%d requests without an answer", requests);
}

static void serve(Client *c) {
  Arena *a = &c->fuzz.round;
  int in = memory_file(&c->frames), out = memory_file(NULL);
  int builtin = c->builtin ? memory_file(c->builtin) : -1;
  const char *path =
      c->builtin ? arena_printf(a, "/proc/self/fd/%d", builtin) : NULL;
  must(dup2(in, STDIN_FILENO) == 0 && dup2(out, STDOUT_FILENO) == 1,
       "no stdin or stdout");
  must(lsp_run(path) == 0, "the server ended badly");
  fflush(stdout);
  size_t n = (size_t)lseek(out, 0, SEEK_END);
  char *said = arena_array(a, char, n + 1);
  must(pread(out, said, n, 0) == (ssize_t)n, "what was said is lost");
  said[n] = 0;
  judge(said, n, c->requests);
  close(in);
  close(out);
  if (builtin >= 0)
    close(builtin);
}

static void try_lsp(const u8 *bytes, size_t size) {
  Client c = {.fuzz = start(bytes, size)};
  c.dice.state = c.fuzz.state ^ UINT64_C(0x5851f42d4c957f2c);
  c.frames.arena = &c.fuzz.round;
  c.fuzz.seen = seen;
  c.fuzz.of = &c;
  c.utf8 = size & 1;
  Text builtin = {.arena = &c.fuzz.round};
  c.builtin = draw(&c.dice, BESIDE) ? NULL : &builtin;
  request(&c, "initialize",
          json_pack("{s{s{s[s]}}}", "capabilities", "general",
                    "positionEncodings", c.utf8 ? "utf-8" : "utf-16"));
  make_text(&c.fuzz, bytes, size);
  request(&c, "textDocument/diagnostic",
          json_pack("{s{ss}}", "textDocument", "uri", uri));
  for (u32 k = draw(&c.dice, 4); k > 0; k--)
    ask(&c);
  request(&c, "shutdown", json_null());
  notify(&c, "exit", json_null());
  serve(&c);
  arena_free(&c.fuzz.round);
}

int main(int argc, char **argv) {
  return fuzz_rules_main(argc, argv, try_lsp, 300);
}
