// The commands of `rulec`, and what they share.
//
// A command is one file, NAME.c, that ends in `const Command cmd_NAME`; its
// options are a table in the same file, and land in a struct of its own. main.c
// lists the commands. Exit statuses: 0 good; 1 the rules are wrong, unsound, a
// test fails; 2 wrong use; 3 a file that cannot be read or written; 4
// incomplete (the solver gave up); 70 a bug of rulec; 71 out of memory.
#ifndef RULEC_CMD_COMMAND_H
#define RULEC_CMD_COMMAND_H

#include "rulec/syntax/parse.h"
#include "rulec/sema/sema.h"

enum {
  EXIT_GOOD = 0,
  EXIT_BAD = 1,
  EXIT_USAGE = 2,
  EXIT_INPUT = 3,
  EXIT_INCOMPLETE = 4,
  EXIT_BUG = 70,
};

typedef VEC(const char *) Words;

typedef enum OptionKind {
  OPTION_FLAG,   // bool
  OPTION_WORD,   // const char *
  OPTION_NUMBER, // u32
  OPTION_LIST,   // Words: may be given several times
} OptionKind;

typedef struct Option {
  const char *name; // "--json", "-j"; null ends the table
  const char *arg;  // what --help calls its value; null for a flag
  OptionKind kind;
  size_t at; // offsetof in the command's struct of options
  const char *help;
} Option;

typedef struct Command {
  const char *name, *args; // "check", "FILE..."
  const char *what;        // one line
  const char *help;        // paragraphs, or null
  const Option *options;   // or null
  size_t size;             // of the struct of options; it comes zeroed
  u32 least, most;         // words that are no option; most 0: any number
  int (*run)(Arena *a, const void *options, const Words *words);
} Command;

// Prints "rulec: " and a line to stderr, gives back status.
int fail(int status, const char *fmt, ...) BASE_PRINTF(2, 3);

// --- options.c ------------------------------------------------------
// Reads argv[2..]; EXIT_GOOD, or what it complained about.
int options_read(Arena *a, const Command *c, int argc, char **argv,
                 void *options, Words *words);
void options_print(const Option *rows);

// --- load.c: files -> Ast -> Sema -> Diags ----------------------------
typedef struct RuleSet {
  Arena *arena;
  Diags diags;
  Names names;
  Parser parser;
  Ast ast;
  Sema *sema;   // null before rules_resolve
  bool checked; // rules_check ran
  // Of an author's files beside the built-in rules (beside.h), else 0:
  const struct Beside *beside;
  const struct BuiltinRules *builtin;
  u32 first_own; // sources from here on are the author's
  bool lowers;   // the author's files have to do with lowering
  // Parts of sema, elsewhere it: with the author's rules only; with these and
  // all of lowering, which is what a library has.
  Sema *own, *built;
} RuleSet;

// rules_read, then rules_resolve, then rules_check; rules_finish; a report.
// Each stage runs only if the one before had no errors that forbid it.
void rules_begin(RuleSet *r, Arena *a);
int rules_read(RuleSet *r, const Words *files); // EXIT_GOOD or EXIT_INPUT
// The declarations of `with` are known, its rules left out (with.h).
int rules_read_with(RuleSet *r, const Words *with, const Words *files);
void rules_source(RuleSet *r, const Source *src); // what is in memory
void rules_resolve(RuleSet *r);
void rules_check(RuleSet *r);
// The generated files (GEN_NFILES texts): the generators find the last errors.
void rules_generate(RuleSet *r, Text *texts);
// Once: order, allows. Then diags is final; says whether there are no errors.
bool rules_finish(RuleSet *r);
// All of it, and the diagnostics on stderr: EXIT_GOOD, EXIT_BAD, EXIT_INPUT.
int rules_load(RuleSet *r, Arena *a, const Words *files);
int rules_report(const RuleSet *r); // diagnostics on stderr; the status

#endif
