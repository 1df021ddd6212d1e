// A shared library of rule files, from the cache or made.
//
// Its name is a hash of all that it is made from: the rules and where they are
// (positions are in it), the ops and the rules beside, the headers, rulec
// itself, the compiler's command. It is made in a folder of its own and moved
// to its name at once, so runs side by side see all of it or nothing. Old ones
// stay until somebody empties the cache.
//
// Nothing is optimized and the headers are few: the C compiler takes nearly all
// of the time, and matchers are a small part of compiling a program.
#include "workbench/loop/loop.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static const char *const cc_flags[] = {"-std=c11", "-O0", "-fPIC", "-shared"};
enum { NCC_FLAGS = sizeof cc_flags / sizeof *cc_flags };

// All that generated matchers include, those of lowering too.
static const char *const headers[] = {
    "mid/egraph/rewrite.h", "mid/egraph/graph.h",
    "mid/egraph/egraph.h",  "mid/ir/ir.h",
    "mid/ir/eval.h",        "mid/ir/interp.h",
    "mid/ir/known.h",       "mid/base/base.h",
    "mid/wasm/vmctx.h",     "ops.h",
    "back/vcode.h",         "back/isel/isel.h",
    "back/isel/lower.h",    "back/emit/encode.h",
    "back/x64/cpu.h",       "inst.h"};
enum { NHEADERS = sizeof headers / sizeof *headers };

double loop_clock(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

// --- the name
// ------------------------------------------------------------------

static void add_text(Text *t, const char *s) { text_put(t, s, strlen(s) + 1); }

static int add_file(Arena *a, Text *t, const char *path) {
  u8 *bytes;
  size_t size;
  int e = file_read(a, path, &bytes, &size);
  if (e)
    return fail(EXIT_INPUT, "%s: %s", path, strerror(e));
  u64 h = hash_bytes(bytes, size);
  text_put(t, (const char *)&h, sizeof h);
  return EXIT_GOOD;
}

static int add_header(Arena *a, const Kit *kit, Text *t, const char *name) {
  for (u32 k = 0; k < kit->includes.s.n; k++) {
    const char *path = arena_printf(a, "%s/%s", kit->includes.s.at[k], name);
    if (!access(path, R_OK))
      return add_file(a, t, path);
  }
  return fail(EXIT_INPUT, "--rules: no header %s", name);
}

static int hash_all(Arena *a, const Kit *kit, const Options *o, bool watched,
                    u64 *hash) {
  Text t = {.arena = a};
  add_text(&t, WB_VERSION);
  add_text(&t, watched ? "watched" : "plain");
  add_text(&t, kit->cc);
  for (u32 k = 0; k < NCC_FLAGS; k++)
    add_text(&t, cc_flags[k]);
  int status = add_file(a, &t, kit->rulec);
  for (u32 k = 0; k < o->rules.s.n && !status; k++) {
    add_text(&t, o->rules.s.at[k]);
    status = add_file(a, &t, o->rules.s.at[k]);
  }
  for (u32 k = 0; k < kit->with.s.n && !status; k++)
    status = add_file(a, &t, kit->with.s.at[k]);
  for (u32 k = 0; k < kit->target.s.n && !status; k++)
    status = add_file(a, &t, kit->target.s.at[k]);
  for (u32 k = 0; k < NHEADERS && !status; k++)
    status = add_header(a, kit, &t, headers[k]);
  *hash = hash_bytes(t.at, t.n);
  return status;
}

static const char *cache_folder(Arena *a, const Options *o) {
  const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
  if (o->cache_dir)
    return o->cache_dir;
  if (base && *base == '/')
    return arena_printf(a, "%s/rulewright", base);
  return arena_printf(a, "%s/.cache/rulewright", home && *home ? home : "/tmp");
}

// --- making it
// -----------------------------------------------------------------

typedef struct ArgList {
  VEC(const char *) s;
} ArgList;

// Status of a command that was run to its end; -1 if it could not be started,
// with errno.
static int run_command(Arena *a, ArgList *args) {
  pid_t pid;
  int status;
  vec_push(a, &args->s, NULL);
  char **argv = arena_array(a, char *, args->s.n);
  for (u32 k = 0; k < args->s.n; k++)
    argv[k] = args->s.at[k]
                  ? arena_strndup(a, args->s.at[k], strlen(args->s.at[k]))
                  : NULL;
  int e = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
  if (e)
    return errno = e, -1;
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR)
      return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static void add_files(Arena *a, ArgList *args, const char *option,
                      const StrList *files) {
  for (u32 k = 0; k < files->s.n; k++) {
    if (option)
      vec_push(a, &args->s, option);
    vec_push(a, &args->s, files->s.at[k]);
  }
}

// What rulec says of the rules is already on stderr.
static int run_rulec(Arena *a, const Kit *kit, const Options *o,
                     const char *folder) {
  ArgList args = {0};
  vec_push(a, &args.s, kit->rulec);
  vec_push(a, &args.s, "build");
  vec_push(a, &args.s, "--library");
  vec_push(a, &args.s, "-o");
  vec_push(a, &args.s, folder);
  add_files(a, &args, "--with", &kit->with);
  add_files(a, &args, "--target", &kit->target);
  add_files(a, &args, NULL, &o->rules);
  int status = run_command(a, &args);
  if (status < 0)
    return fail(EXIT_INPUT, "--rules: %s: %s", kit->rulec, strerror(errno));
  return status == 0          ? EXIT_GOOD
         : status > 128 - 1   ? fail(EXIT_INPUT, "--rules: rulec was killed")
         : status == EXIT_BUG ? EXIT_BUG
                              : EXIT_INPUT;
}

static void add_words(Arena *a, ArgList *args, const char *words) {
  for (const char *p = words; *p;) {
    size_t n = strcspn(p, " ");
    if (n)
      vec_push(a, &args->s, arena_strndup(a, p, n));
    p += n + strspn(p + n, " ");
  }
}

static int run_cc(Arena *a, const Kit *kit, bool watched, const char *folder) {
  ArgList args = {0};
  add_words(a, &args, kit->cc);
  for (u32 k = 0; k < NCC_FLAGS; k++)
    vec_push(a, &args.s, cc_flags[k]);
  for (u32 k = 0; k < kit->includes.s.n; k++)
    vec_push(a, &args.s, arena_printf(a, "-I%s", kit->includes.s.at[k]));
  vec_push(a, &args.s, watched ? "-DWATCH=1" : "-DWATCH=0");
  vec_push(a, &args.s, "-o");
  vec_push(a, &args.s, arena_printf(a, "%s/rules.so", folder));
  vec_push(a, &args.s, arena_printf(a, "%s/mid.c", folder));
  const char *lower = arena_printf(a, "%s/lower.c", folder);
  if (!access(lower, R_OK)) // some file lowers
    vec_push(a, &args.s, lower);
  int status = run_command(a, &args);
  if (status < 0 || status == 127)
    return fail(EXIT_INPUT,
                "--rules wants a C compiler, but there is no %s; "
                "CC=... names another",
                args.s.at[0]);
  return status ? fail(EXIT_INPUT, "--rules: the C compiler %s gave status %d",
                       args.s.at[0], status)
                : EXIT_GOOD;
}

static void remove_folder(Arena *a, const char *folder) {
  static const char *const files[] = {"mid.c", "lower.c", "rules.so"};
  for (u32 k = 0; k < 3; k++)
    unlink(arena_printf(a, "%s/%s", folder, files[k]));
  rmdir(folder);
}

static int make_folders(Arena *a, const char *path) {
  char *p = arena_strndup(a, path, strlen(path));
  for (char *s = p + 1; *s; s++)
    if (*s == '/') {
      *s = 0;
      mkdir(p, 0777);
      *s = '/';
    }
  return mkdir(p, 0777) && errno != EEXIST ? errno : 0;
}

static int make(Arena *a, const Kit *kit, const Options *o, bool watched,
                const char *cache, const char *path, LoopTimes *t) {
  int e = make_folders(a, cache);
  char *folder = arena_printf(a, "%s/make.XXXXXX", cache);
  if (e || !mkdtemp(folder))
    return fail(EXIT_INPUT, "--rules: %s: %s", cache, strerror(e ? e : errno));
  double begin = loop_clock();
  int status = run_rulec(a, kit, o, folder);
  double middle = loop_clock();
  if (!status)
    status = run_cc(a, kit, watched, folder);
  t->rulec = middle - begin;
  t->cc = loop_clock() - middle;
  if (!status && rename(arena_printf(a, "%s/rules.so", folder), path))
    status = fail(EXIT_INPUT, "--rules: %s: %s", path, strerror(errno));
  remove_folder(a, folder);
  return status;
}

int library_get(Arena *a, const Kit *kit, const Options *o, bool watched,
                const char **path, LoopTimes *t) {
  u64 hash;
  int status = hash_all(a, kit, o, watched, &hash);
  if (status)
    return status;
  const char *cache = cache_folder(a, o);
  *path = arena_printf(a, "%s%s/%016llx.so", strchr(cache, '/') ? "" : "./",
                       cache, (unsigned long long)hash);
  if (!access(*path, R_OK))
    return EXIT_GOOD;
  return make(a, kit, o, watched, cache, *path, t);
}
