// A shared library of rule files and what rulec says of them, from the cache or
// made.
//
// The library's name is a hash of all that it is made from: the rules and where
// they are (positions are in it), the built-in rules, the headers, rulec
// itself, the compiler's command. What is said depends on the rules that are
// off too: a second hash. Both are made in a folder of their own and moved to
// their names at once, so runs side by side see all or nothing. Old ones stay
// until somebody empties the cache.
//
// Nothing is optimized and the headers are few: the C compiler takes nearly all
// of the time, and matchers are a small part of compiling a program.
#include "workbench/loop/loop.h"

#include <errno.h>
#include <fcntl.h>
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

static void add_words_of(Text *t, const StrList *words) {
  for (u32 k = 0; k < words->s.n; k++)
    add_text(t, words->s.at[k]);
  add_text(t, "");
}

typedef struct Names { // of what is made
  const char *library, *said;
} Names;

static int hash_all(Arena *a, const Kit *kit, const Options *o, bool watched,
                    u64 *library, u64 *said) {
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
  if (!status)
    status = add_file(a, &t, kit->builtin);
  for (u32 k = 0; k < NHEADERS && !status; k++)
    status = add_header(a, kit, &t, headers[k]);
  *library = hash_bytes(t.at, t.n);
  add_text(&t, o->no_builtin_rules ? "alone" : "beside");
  add_words_of(&t, &o->disable_rule);
  add_words_of(&t, &o->only_rules);
  *said = hash_bytes(t.at, t.n);
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
// with errno. said: where its stderr goes, null: to ours.
static int run_command(Arena *a, ArgList *args, const char *said) {
  pid_t pid;
  int status;
  vec_push(a, &args->s, NULL);
  char **argv = arena_array(a, char *, args->s.n);
  for (u32 k = 0; k < args->s.n; k++)
    argv[k] = args->s.at[k]
                  ? arena_strndup(a, args->s.at[k], strlen(args->s.at[k]))
                  : NULL;
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  if (said)
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, said,
                                     O_WRONLY | O_CREAT | O_TRUNC, 0666);
  int e = posix_spawnp(&pid, argv[0], &files, NULL, argv, environ);
  posix_spawn_file_actions_destroy(&files);
  if (e)
    return errno = e, -1;
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR)
      return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static void add_option(Arena *a, ArgList *args, const char *name,
                       const StrList *values) {
  for (u32 k = 0; k < values->s.n; k++) {
    vec_push(a, &args->s, name);
    vec_push(a, &args->s, values->s.at[k]);
  }
}

// The rules as C in the folder, and what rulec says of them there.
static int run_rulec(Arena *a, const Kit *kit, const Options *o,
                     const char *folder, const char *said) {
  ArgList args = {0};
  const char *first[] = {kit->rulec, "build",     "--library", "-o",
                         folder,     "--builtin", "--alone"};
  for (u32 k = 0; k < (o->no_builtin_rules ? 7 : 6); k++)
    vec_push(a, &args.s, first[k]);
  add_option(a, &args, "--disable-rule", &o->disable_rule);
  add_option(a, &args, "--only-rules", &o->only_rules);
  for (u32 k = 0; k < o->rules.s.n; k++)
    vec_push(a, &args.s, o->rules.s.at[k]);
  int status = run_command(a, &args, said);
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
  int status = run_command(a, &args, NULL);
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
  static const char *const files[] = {"mid.c", "lower.c", "rules.so",
                                      "said"};
  for (u32 k = 0; k < 4; k++)
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

static void print_said(Arena *a, const char *path) {
  u8 *bytes;
  size_t size;
  if (!file_read(a, path, &bytes, &size) && size)
    fwrite(bytes, 1, size, stderr);
}

static int keep(const char *made, const char *name, int status) {
  if (!status && rename(made, name))
    return fail(EXIT_INPUT, "--rules: %s: %s", name, strerror(errno));
  return status;
}

// What is in the cache is not made again: other rules are off perhaps, and only
// what is said of these is missing.
static int make(Arena *a, const Kit *kit, const Options *o, bool watched,
                const char *folder, const Names *n, LoopTimes *t) {
  const char *said = arena_printf(a, "%s/said", folder);
  bool have = !access(n->library, R_OK);
  double begin = loop_clock();
  int status = run_rulec(a, kit, o, folder, said);
  print_said(a, said);
  double middle = loop_clock();
  if (!status && !have)
    status = run_cc(a, kit, watched, folder);
  t->rulec = middle - begin;
  t->cc = have ? 0 : loop_clock() - middle;
  if (!have)
    status = keep(arena_printf(a, "%s/rules.so", folder), n->library, status);
  return keep(said, n->said, status);
}

static int make_aside(Arena *a, const Kit *kit, const Options *o, bool watched,
                      const char *cache, const Names *n, LoopTimes *t) {
  int e = make_folders(a, cache);
  char *folder = arena_printf(a, "%s/make.XXXXXX", cache);
  if (e || !mkdtemp(folder))
    return fail(EXIT_INPUT, "--rules: %s: %s", cache, strerror(e ? e : errno));
  int status = make(a, kit, o, watched, folder, n, t);
  remove_folder(a, folder);
  return status;
}

static const char *in_cache(Arena *a, const char *cache, u64 hash,
                            const char *kind) {
  return arena_printf(a, "%s%s/%016llx.%s", strchr(cache, '/') ? "" : "./",
                      cache, (unsigned long long)hash, kind);
}

int library_get(Arena *a, const Kit *kit, const Options *o, bool watched,
                const char **path, LoopTimes *t) {
  u64 library, said;
  int status = hash_all(a, kit, o, watched, &library, &said);
  if (status)
    return status;
  const char *cache = cache_folder(a, o);
  Names n = {in_cache(a, cache, library, "so"),
             in_cache(a, cache, said, "said")};
  *path = n.library;
  if (access(n.library, R_OK) || access(n.said, R_OK))
    return make_aside(a, kit, o, watched, cache, &n, t);
  print_said(a, n.said);
  return EXIT_GOOD;
}
