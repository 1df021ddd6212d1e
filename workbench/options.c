// Options: one table. A row says how the option is written, where its value
// goes, which commands take it, its default and its line of help.
#include "workbench/cmd.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

typedef enum Kind {
  SET,    // bool: true
  CLEAR,  // bool: false
  NUMBER, // u32
  BIG,    // u64
  LEVEL,  // int: the preset
  WORD,   // const char *
  LIST,   // StrList
  BOUNDS, // bool: guard or explicit
  ABSENT, // not in this version; says so
} Kind;

typedef struct Row {
  const char *name; // with its dashes
  const char *arg;  // what its value is called, null if none
  Kind kind;
  u32 groups;
  size_t at;  // offset in Options
  u32 preset; // default of a number; the level
  const char *help;
} Row;

#define AT(field) offsetof(Options, field)
static const Row rows[] = {
    {"-O0", 0, LEVEL, OPT_COMPILE, AT(level), 0,
     "translate, lower, allocate, emit: no optimizer"},
    {"-O1", 0, LEVEL, OPT_COMPILE, AT(level), 1,
     "one bounded trip through the e-graph (the default)"},
    {"-O2", 0, LEVEL, OPT_COMPILE, AT(level), 2,
     "the same with larger limits, which does not always pay"},
    {"--interp", 0, SET, OPT_COMPILE, AT(interp), 0,
     "interpret the IR (as translated, or with -O1, -O2 as optimized)"},
    {"--bounds", "guard|explicit", BOUNDS, OPT_COMPILE, AT(explicit_bounds), 0,
     "how heap accesses are checked: guard pages or code"},
    {"--check", 0, SET, OPT_COMPILE, AT(check), 0,
     "verify the IR after each pass, check each allocation"},
    {"--no-check", 0, CLEAR, OPT_COMPILE, AT(check), 0, "do not (the default)"},
    {"-j", "N", NUMBER, OPT_COMPILE, AT(jobs), 1,
     "threads that compile, 64 at most; same code for any number"},
    {"--stack", "KIB", BIG, OPT_COMPILE, AT(stack_kib), 0,
     "stack of machine code [1024, or what ulimit -s leaves]"},
    {"--join-limit", "N", NUMBER, OPT_COMPILE, AT(join_limit), 0,
     "block arguments before locals go to memory [1048576, and 8 a byte]"},
    {"--matches-limit", "N", NUMBER, OPT_COMPILE, AT(matches_limit), 0,
     "results of rules kept per node [5; -O2: 8]"},
    {"--eclass-limit", "N", NUMBER, OPT_COMPILE, AT(eclass_limit), 0,
     "members kept per e-class [5; -O2: 8]"},
    {"--rewrite-depth", "N", NUMBER, OPT_COMPILE, AT(rewrite_depth), 0,
     "how deep right sides are rewritten in turn [5; -O2: 8]"},
    {"--match-fuel", "N", NUMBER, OPT_COMPILE, AT(match_fuel), 0,
     "class members looked at per operation [500]"},
    {"--rule-fuel", "N", BIG, OPT_COMPILE, AT(rule_fuel), 0,
     "rules applied per function, then no more [no limit]"},
    {"--no-egraph", 0, SET, OPT_COMPILE, AT(no_egraph), 0,
     "leave the mid-end out"},
    {"--no-rules", 0, SET, OPT_COMPILE, AT(no_rules), 0,
     "e-graph without rewrite rules"},
    {"--subsume-all", 0, SET, OPT_COMPILE, AT(subsume_all), 0,
     "each rule as if it said subsume: no choice by cost hides it"},
    {"--no-gvn", 0, SET, OPT_COMPILE, AT(no_gvn), 0,
     "no merging of equal values"},
    {"--no-licm", 0, SET, OPT_COMPILE, AT(no_licm), 0,
     "no hoisting out of loops"},
    {"--no-remat", 0, SET, OPT_COMPILE, AT(no_remat), 0,
     "no recomputation of cheap values at their uses"},
    {"--no-alias", 0, SET, OPT_COMPILE, AT(no_alias), 0,
     "no forwarding from stores and loads to loads"},
    {"--no-schedule", 0, SET, OPT_COMPILE, AT(no_schedule), 0,
     "blocks keep the order in which placing filled them"},
    {"--disable-rule", "GLOB", LIST, OPT_COMPILE, AT(disable_rule), 0,
     "leave these rewrites out, and lowering where another rule does (repeatable)"},
    {"--only-rules", "GLOB", LIST, OPT_COMPILE, AT(only_rules), 0,
     "leave all other rewrite rules out, of lowering none (repeatable)"},
    {"--rules", "FILE", LIST, OPT_COMPILE, AT(rules), 0,
     "compile and load these rewrite rules too (repeatable)"},
    {"--no-builtin-rules", 0, SET, OPT_COMPILE, AT(no_builtin_rules), 0,
     "only the rewrite rules of --rules"},
    {"--cache-dir", "DIR", WORD, OPT_COMPILE, AT(cache_dir), 0,
     "where compiled rules are kept [$XDG_CACHE_HOME/rulewright]"},
    {"--no-shrink", 0, SET, OPT_COMPILE, AT(no_shrink), 0,
     "forward branches stay long"},
    {"--no-align", 0, SET, OPT_COMPILE, AT(no_align), 0,
     "loops are not aligned"},
    {"--no-branch", 0, SET, OPT_COMPILE, AT(no_branch), 0,
     "branches are not simplified"},
    {"--no-sse41", 0, SET, OPT_COMPILE, AT(no_sse41), 0,
     "as if the processor had no SSE4.1"},
    {"--no-avx", 0, SET, OPT_COMPILE, AT(no_avx), 0, "... no AVX"},
    {"--no-bmi1", 0, SET, OPT_COMPILE, AT(no_bmi1), 0, "... no BMI1"},
    {"--no-bmi2", 0, SET, OPT_COMPILE, AT(no_bmi2), 0, "... no BMI2"},
    {"--no-lzcnt", 0, SET, OPT_COMPILE, AT(no_lzcnt), 0, "... no LZCNT"},
    {"--no-popcnt", 0, SET, OPT_COMPILE, AT(no_popcnt), 0, "... no POPCNT"},
    {"--invoke", "NAME", WORD, OPT_RUN, AT(invoke), 0,
     "call this export and print its results"},
    {"--dir", "HOST[::GUEST]", LIST, OPT_RUN, AT(dirs), 0,
     "open a folder to the guest (repeatable)"},
    {"--env", "K=V", LIST, OPT_RUN, AT(env), 0,
     "set a variable for the guest (repeatable)"},
    {"-F", "FN", WORD, OPT_DUMP, AT(function), 0,
     "function: index, name or glob"},
    {"--emit", "KIND", WORD, OPT_DUMP, AT(emit), 0,
     "ir, egraph, cfg, dom, vcode, ranges, asm or map"},
    {"--format", "FORMAT", WORD, OPT_DUMP, AT(format), 0,
     "text; for graphs dot or svg, for egraph json"},
    {"-o", "FILE", WORD, OPT_DUMP, AT(output), 0,
     "write there, not to stdout; .dot and .svg name the format"},
    {"--limit", "N", NUMBER, OPT_DUMP, AT(limit), 200,
     "most classes, blocks, registers shown"},
    {"--json", 0, SET, OPT_STATS, AT(json), 0,
     "one JSON document (wb.stats/1)"},
    {"--diff", "BASE.json", WORD, OPT_STATS, AT(diff), 0,
     "print what changed against a recorded run"},
    {"--update-baseline", 0, SET, OPT_STATS, AT(update_baseline), 0,
     "print what it accepts, then write --diff's file anew"},
    {"--timings", 0, SET, OPT_STATS | OPT_RUN, AT(timings), 0,
     "times too, apart from what is compared"},
    {"--fail-on", "COUNTER>N", ABSENT, OPT_STATS, 0, 0,
     "exit 1 where a counter passes a gate"},
    {"--csv", 0, ABSENT, OPT_STATS, 0, 0, "a table"},
    {"--md", 0, ABSENT, OPT_STATS, 0, 0, "a comment for a pull request"},
    {"--html", 0, ABSENT, OPT_STATS, 0, 0, "a page"},
    {"--execute", 0, ABSENT, OPT_STATS, 0, 0, "what the code did when run"},
    {"--bundles", 0, ABSENT, OPT_COMPILE, 0, 0, "the bundle allocator"},
    {"--ops-run", 0, SET, OPT_WAST, AT(ops_run), 0,
     "with --interp: list the IR's ops that ran, and how often"},
    {"--quiet", 0, SET, OPT_WAST, AT(quiet), 0, "only failures and the sum"},
};
enum { NROWS = sizeof rows / sizeof *rows };

int inputs_status(u32 bad, u32 n) {
  return !bad ? EXIT_GOOD : bad < n ? EXIT_INCOMPLETE : EXIT_INPUT;
}

int fail(int status, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  fputs("wb: ", stderr);
  vfprintf(stderr, fmt, ap);
  fputc('\n', stderr);
  va_end(ap);
  return status;
}

const char *did_you_mean(Arena *a, const char *near) {
  return near ? arena_printf(a, " (did you mean %s?)", near) : "";
}

// The option most like a word, which dashes do not make more alike.
static const char *nearest_option(const Cmd *c, const char *word) {
  const char *names[NROWS];
  u32 n = 0, dashes = word[1] == '-' ? 2 : 1;
  for (u32 k = 0; k < NROWS; k++)
    if (rows[k].groups & c->groups && (rows[k].name[1] == '-') == (dashes == 2))
      names[n++] = rows[k].name + dashes;
  const char *near = word_nearest(word + dashes, names, n);
  return near ? near - dashes : NULL;
}

static const Cmd *taker_of(const char *word) {
  for (u32 k = 0; k < NROWS; k++)
    for (const Cmd *c = commands; c->name; c++)
      if (!strcmp(rows[k].name, word) && rows[k].groups & c->groups)
        return c;
  return NULL;
}

static int unknown_option(const Cmd *c, const char *whole) {
  char word[64]; // without =VALUE
  snprintf(word, sizeof word, "%.*s", (int)strcspn(whole, "="), whole);
  const Cmd *other = taker_of(word);
  if (other)
    return fail(EXIT_USAGE, "%s: %s is an option of wb %s", c->name, word,
                other->name);
  const char *near = nearest_option(c, word);
  if (near)
    return fail(EXIT_USAGE, "%s: unknown option %s (did you mean %s?)", c->name,
                word, near);
  return fail(EXIT_USAGE, "%s: unknown option %s; see wb help %s", c->name,
              word, c->name);
}

// --- parsing ------------------------------------------------------------------

static void *field(Options *o, const Row *r) { return (u8 *)o + r->at; }

static int set_number(const Cmd *c, const Row *r, const char *s, u64 most,
                      u64 *out) {
  char *end;
  u64 least = r->at != AT(rule_fuel); // no limit means anything at 0
  errno = 0;
  *out = strtoull(s, &end, 10);
  if (*s < '0' || *s > '9' || *end)
    return fail(EXIT_USAGE, "%s: %s wants a number, not '%s'", c->name,
                r->name, s);
  if (errno || *out < least || *out > most)
    return fail(EXIT_USAGE, "%s: %s wants a number from %llu to %llu, not %s",
                c->name, r->name, (unsigned long long)least,
                (unsigned long long)most, s);
  return EXIT_GOOD;
}

static int set_value(Arena *a, const Cmd *c, const Row *r, Options *o,
                     const char *value) {
  u64 n = 0;
  int status = EXIT_GOOD;
  switch (r->kind) {
  case SET: *(bool *)field(o, r) = true; break;
  case CLEAR: *(bool *)field(o, r) = false; break;
  case LEVEL: *(int *)field(o, r) = (int)r->preset; break;
  case WORD: *(const char **)field(o, r) = value; break;
  case ABSENT: break;
  case LIST: vec_push(a, &((StrList *)field(o, r))->s, value); break;
  case BOUNDS:
    if (strcmp(value, "guard") && strcmp(value, "explicit"))
      return fail(EXIT_USAGE, "%s: --bounds wants guard or explicit, not %s",
                  c->name, value);
    *(bool *)field(o, r) = !strcmp(value, "explicit");
    break;
  case NUMBER:
    status = set_number(c, r, value, 1000000000, &n);
    *(u32 *)field(o, r) = (u32)n;
    break;
  case BIG:
    status = set_number(c, r, value, (u64)1 << 32, &n);
    *(u64 *)field(o, r) = n;
    break;
  }
  return status;
}

static const Row *find_row(const Cmd *c, const char *word, size_t n) {
  for (u32 k = 0; k < NROWS; k++)
    if (rows[k].groups & c->groups && strlen(rows[k].name) == n &&
        !memcmp(rows[k].name, word, n))
      return &rows[k];
  return NULL;
}

// The row of an option word, and its value if it stands in the same word:
// --name=VALUE, -jVALUE.
static const Row *match_row(const Cmd *c, const char *word,
                            const char **value) {
  size_t n = strcspn(word, "=");
  *value = word[n] ? word + n + 1 : NULL;
  const Row *r = find_row(c, word, word[1] == '-' ? n : strlen(word));
  if (r || word[1] == '-')
    return r;
  r = find_row(c, word, 2);
  *value = word + 2;
  return r && r->arg ? r : NULL;
}

static void set_defaults(Options *o) {
  memset(o, 0, sizeof *o);
  for (u32 k = 0; k < NROWS; k++) {
    if (rows[k].kind == NUMBER)
      *(u32 *)field(o, &rows[k]) = rows[k].preset;
    if (rows[k].kind == BIG)
      *(u64 *)field(o, &rows[k]) = rows[k].preset;
  }
  o->level = -1;
  o->rule_fuel = UINT64_MAX;
}

// Takes one option word and the value behind it; *k is moved over the latter.
static int take_option(Arena *a, const Cmd *c, int argc, char **argv, int *k,
                       Options *o) {
  const char *value;
  const Row *r = match_row(c, argv[*k], &value);
  if (!r)
    return unknown_option(c, argv[*k]);
  if (r->kind == ABSENT)
    return fail(EXIT_USAGE, "%s: %s: " LATER, c->name, r->name);
  if (!r->arg && value)
    return fail(EXIT_USAGE, "%s: %s takes no value", c->name, r->name);
  if (r->arg && !value && *k + 1 < argc)
    value = argv[++*k];
  if (r->arg && !value)
    return fail(EXIT_USAGE, "%s: %s wants %s", c->name, r->name, r->arg);
  return set_value(a, c, r, o, value);
}

int options_parse(Arena *a, const Cmd *c, int argc, char **argv, Options *o,
                  bool *help) {
  bool words_only = false;
  set_defaults(o);
  for (int k = 2; k < argc; k++) {
    const char *w = argv[k];
    if (words_only || w[0] != '-' || !w[1]) {
      vec_push(a, &o->args.s, w);
      words_only |= !strcmp(c->name, "run"); // the rest is the guest's
    } else if (!strcmp(w, "--")) {
      words_only = true;
    } else if (!strcmp(w, "--help") || !strcmp(w, "-h")) {
      *help = true;
    } else {
      int status = take_option(a, c, argc, argv, &k, o);
      if (status)
        return status;
    }
  }
  return EXIT_GOOD;
}

// --- printing -----------------------------------------------------------------

static void row_print(const Row *r) {
  char left[64];
  const char *sign = !r->arg ? "" : r->name[1] == '-' ? "=" : " ";
  snprintf(left, sizeof left, "%s%s%s", r->name, sign, r->arg ? r->arg : "");
  printf("  %-24s %s%s", left, r->help,
         r->kind == ABSENT ? " (not in this version)" : "");
  if (r->preset && (r->kind == NUMBER || r->kind == BIG))
    printf(" [%u]", r->preset);
  putchar('\n');
}

void options_print(u32 groups) {
  for (u32 k = 0; k < NROWS; k++)
    if (rows[k].groups & groups)
      row_print(&rows[k]);
}
