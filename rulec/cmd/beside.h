// The rules that a `wb` was built with, and an author's files beside them.
//
// They come as one file, gen/builtin.rules: the texts of all rule files as they
// were when wb was built (with machine things only if the author lowers: then
// all of lowering is made anew). An author's declaration with the name of a
// built-in one stands in its place, in the order too; rewrites that are off
// (--disable-rule, --only-rules) take no part. All that is left is checked as
// one set, and said is what an author's file has part in: built-in rules by
// themselves were checked when they were built in.
#ifndef RULEC_CMD_BESIDE_H
#define RULEC_CMD_BESIDE_H

#include "rulec/cmd/builtin.h"
#include "rulec/cmd/command.h"

typedef struct Beside {
  bool builtin;        // false: there are none
  bool alone;          // only their declarations are known: no rules
  Words disable, only; // globs of names
} Beside;

// The options that say it, for the table of a command whose struct S has a
// Beside b.
#define BUILTIN_OPTION(S, b)                                                   \
  {                                                                            \
    "--builtin", NULL, OPTION_FLAG, offsetof(S, b.builtin),                    \
        "beside the rules that wb was built with, in place of those of\n"      \
        "                         the same name"                               \
  }
#define BESIDE_OPTIONS(S, b)                                                   \
  BUILTIN_OPTION(S, b),                                                        \
      {"--alone", NULL, OPTION_FLAG, offsetof(S, b.alone),                     \
       "with --builtin: only ops, fn, def are known, no rules"},               \
      {"--disable-rule", "GLOB", OPTION_LIST, offsetof(S, b.disable),          \
       "with --builtin: rules that take no part (repeatable)"},                \
  {                                                                            \
    "--only-rules", "GLOB", OPTION_LIST, offsetof(S, b.only),                  \
        "with --builtin: no others take part (repeatable)"                     \
  }

// As rules_read, which it is without b->builtin. Declarations of the built-in
// files come first in r->ast, a `fn` or `def` that an author's file declares
// anew is another one there.
int rules_read_beside(RuleSet *r, const Beside *b, const Words *files);
// The same of what is in memory; indices of own go on behind the built-in ones.
void rules_beside(RuleSet *r, const Beside *b, const BuiltinRules *builtin,
                  const Source *const *own, u32 n);
// As rules_load.
int rules_load_beside(RuleSet *r, Arena *a, const Beside *b,
                      const Words *files);
// After rules_beside: the author declares types, codes or ops that are built
// in, so his are a set of their own.
bool rules_clash(const RuleSet *r);
// Whether the rule of that name takes part.
bool beside_is_on(const Beside *b, const char *name);
// Keeps of the diagnostics those in which an author's file has part; where such
// a file only causes what is wrong with a built-in rule, it is a warning.
void beside_diags(RuleSet *r);
// The built-in rule in whose place the author's rule d stands, or null.
const Decl *beside_replaced(const RuleSet *r, const Decl *d);
// What an author may not see: rules that a copy of a built-in file lacks stay.
void beside_notes(const RuleSet *r, Text *out);

// s without the rules for which keep is false; nodes are shared.
typedef bool KeepRule(const void *user, const Decl *d);
Sema *sema_subset(const Sema *s, KeepRule *keep, const void *user);

#endif
