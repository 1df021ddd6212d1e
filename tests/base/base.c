// Arenas give chunks back and keep the first, arrays and texts keep what is in
// them as they grow, files that are none are errors.
#include "mid/base/base.h"

#include <errno.h>
#include <stdio.h>

static int tests, failures;

static void report(bool good, const char *what) {
  printf("%s %d %s\n", good ? "ok" : "FAILED", ++tests, what);
  failures += !good;
}

static void resets(void) {
  Arena a = {0};
  u64 before = base_memory().now;
  for (u32 k = 0; k < 3; k++) {
    u8 *small = arena_alloc(&a, 100, 1);
    memset(arena_alloc(&a, 3 << 20, 64), 7, 3 << 20);
    small[99] = 1;
    report(base_memory().now - before > 4u << 20, "a large chunk of its own");
    u64 calls = base_memory().calls;
    arena_reset(&a);
    report(base_memory().now - before == 1u << 20, "reset keeps 1 MiB");
    for (u32 n = 0; n < 1000; n++)
      arena_alloc(&a, 500, 8);
    arena_reset(&a);
    report(base_memory().calls == calls, "a warm arena maps nothing");
  }
  report(a.peak >= 3u << 20 && a.used == 0, "peak stays, use does not");
  arena_free(&a);
  report(base_memory().now == before, "free gives all back");
}

static void aligns(void) {
  Arena a = {0};
  bool good = true;
  for (u32 k = 0; k < 5000; k++) {
    size_t align = (size_t)1 << k % 8;
    u8 *p = arena_alloc(&a, k % 700 + 1, align);
    good &= (uintptr_t)p % align == 0;
    memset(p, (int)k, k % 700 + 1);
  }
  report(good, "alignment");
  arena_free(&a);
}

static void arrays(void) {
  Arena a = {0};
  VEC(u64) v = {0}, w = {0};
  bool good = true;
  for (u32 k = 0; k < 100000; k++) {
    vec_push(&a, &v, k);
    vec_push(&a, &w, ~(u64)k);
  }
  for (u32 k = 0; k < 100000; k++)
    good &= v.at[k] == k && w.at[k] == ~(u64)k;
  report(good && v.cap < 200001, "two arrays growing in turns");
  arena_free(&a);
}

static void texts(void) {
  Arena a = {0};
  Text t = {.arena = &a};
  char want[5000] = "";
  size_t n = 0;
  for (u32 k = 0; k < 500; k++) {
    text_add(&t, "%u,", k);
    n += (size_t)snprintf(want + n, sizeof want - n, "%u,", k);
  }
  report(!strcmp(text_str(&t), want) && t.n == n, "a text of many pieces");
  report(!strcmp(arena_printf(&a, "%s-%d", "x", 5), "x-5"), "arena_printf");
  report(!strcmp(arena_strndup(&a, "abcd", 2), "ab"), "arena_strndup");
  arena_free(&a);
}

static void files(void) {
  Arena a = {0};
  u8 *bytes;
  size_t size;
  report(file_read(&a, "/", &bytes, &size) == EISDIR, "a folder");
  report(file_read(&a, "/no such", &bytes, &size) == ENOENT, "no file");
  report(file_read(&a, "/dev/null", &bytes, &size) == 0 && size == 0, "empty");
  report(file_read(&a, "LICENSE", &bytes, &size) == 0 && size > 10000 &&
             memchr(bytes, 'A', size),
         "a file (run in the source folder)");
  arena_free(&a);
}

static void hashes(void) {
  u8 bytes[40] = {0};
  u64 seen[41];
  bool good = true;
  for (u32 n = 0; n <= 40; n++) {
    seen[n] = hash_bytes(bytes, n);
    for (u32 k = 0; k < n; k++)
      good &= seen[k] != seen[n];
  }
  bytes[39] = 1;
  report(good && hash_bytes(bytes, 40) != seen[40], "hashes of zeros");
}

int main(void) {
  resets();
  aligns();
  arrays();
  texts();
  files();
  hashes();
  printf("%d tests, %d failed\n", tests, failures);
  return failures ? 1 : 0;
}
