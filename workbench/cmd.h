// The commands of `wb`, their options, and what every command shares.
//
// One table of options (options.c) and one of commands (main.c) make the
// parser, --help, `wb flags` and the nearest-word hints. A command states which
// groups of options it takes. Exit statuses are those of docs/workbench.md.
#ifndef WORKBENCH_CMD_H
#define WORKBENCH_CMD_H

#include "mid/base/base.h"

enum { // exit statuses
  EXIT_GOOD = 0,
  EXIT_BAD = 1,        // the answer is bad: a test failed, a gate tripped
  EXIT_USAGE = 2,
  EXIT_INPUT = 3,      // unreadable or invalid input, or an odd baseline
  EXIT_INCOMPLETE = 4, // some inputs failed
  EXIT_BUG = 70,
  EXIT_TRAP = 134,     // wb run: the guest trapped
};

#define WB_VERSION "rulewright 0.1"

enum { // groups of options, bits
  OPT_COMPILE = 1, // levels, limits, switches: what the pipeline does
  OPT_RUN = 2,     // the guest's world
  OPT_STATS = 4,
  OPT_DUMP = 8,
  OPT_WAST = 16,
};

// What is in the tables but not in this version answers with this.
#define LATER "not in this version: see README.md, \"What works, what does not\""

typedef struct StrList {
  VEC(const char *) s;
} StrList;

// Everything an option can say; defaults are in options.c.
typedef struct Options {
  int level;            // -O0 -O1 -O2; -1 if not said
  bool interp;          // --interp
  bool ops_run;         // --ops-run
  bool explicit_bounds; // --bounds=explicit
  bool check;           // --check, --no-check: IR verifier, allocation checker
  u32 jobs;             // -j
  u64 stack_kib;        // --stack; 0 if not said
  // the middle: see `wb flags`
  u32 join_limit, matches_limit, eclass_limit, rewrite_depth, match_fuel;
  u64 rule_fuel;        // applications of rules per function
  bool subsume_all;     // --subsume-all
  bool no_egraph, no_rules, no_licm, no_remat, no_alias, no_gvn, no_branch;
  bool no_schedule;
  bool no_shrink, no_align;
  bool no_bmi1, no_bmi2, no_lzcnt, no_popcnt, no_sse41, no_avx;
  StrList disable_rule; // --disable-rule=GLOB
  StrList only_rules;   // --only-rules=GLOB
  StrList rules;        // --rules=FILE
  bool no_builtin_rules;
  const char *cache_dir; // --cache-dir
  // what these make; set by engine_check
  const struct MidRules *ruleset;
  const struct LowRules *lowering; // null: built in
  // wb run
  const char *invoke;   // --invoke NAME
  StrList dirs;         // --dir HOST[::GUEST]
  StrList env;          // --env K=V
  // wb dump
  const char *function; // -F
  const char *emit;     // --emit
  const char *format;   // --format=text|dot|svg
  const char *output;   // -o
  u32 limit;            // --limit
  // wb stats
  bool json, timings, update_baseline;
  const char *diff;     // --diff BASE.json
  bool quiet;           // wb wast
  StrList args;         // what is no option; after FILE for `run`, all of it
} Options;

typedef struct Cmd {
  const char *name;
  int (*run)(Arena *a, Options *o); // null: not in this version; help says so
  u32 groups;
  s32 most; // arguments that it takes at most, -1 for any number
  const char *synopsis;
  const char *what; // one line
  const char *help; // paragraphs
} Cmd;
extern const Cmd commands[]; // ends with a null name

// Parses argv[2..] for a command. Returns EXIT_GOOD, or prints and returns a
// status; *help is set if --help was asked.
int options_parse(Arena *a, const Cmd *c, int argc, char **argv, Options *o,
                  bool *help);
void options_print(u32 groups); // the option part of --help
// " (did you mean X?)", or "" if there is none.
const char *did_you_mean(Arena *a, const char *near);

// Prints "wb: " and a line to stderr, returns `status`.
int fail(int status, const char *fmt, ...) BASE_PRINTF(2, 3);

// The exit status when `bad` of n inputs failed.
int inputs_status(u32 bad, u32 n);

// Reads a file, or prints why not and returns false.
bool input_read(Arena *a, const char *path, u8 **bytes, size_t *size);
// A JSON document, jansson's; or prints why not and returns null.
struct json_t *input_json(const char *path, size_t flags);

int cmd_run(Arena *a, Options *o);
int cmd_wast(Arena *a, Options *o);
int cmd_dump(Arena *a, Options *o);
int cmd_stats(Arena *a, Options *o);
int cmd_validate(Arena *a, Options *o);
int cmd_passes(Arena *a, Options *o);
int cmd_flags(Arena *a, Options *o);
int cmd_counters(Arena *a, Options *o);
int cmd_help(Arena *a, Options *o);

#endif
