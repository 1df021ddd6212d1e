// Each page of `rulec explain` tells the truth: its bad example gets its code,
// its good one passes without a word. Both are read behind the ops and the
// instructions, checked, and given to the generators.
#include "rulec/gen/cgen.h"
#include "rulec/cmd/command.h"

#include <stdio.h>

static const char *const prelude[] = {"rules/ops.rules",
                                      "rules/x64/inst.rules"};

static void read_rules(RuleSet *r, Arena *a, const char *example, bool gen) {
  Words files = {0};
  rules_begin(r, a);
  for (u32 i = 0; i < 2; i++)
    vec_push(a, &files, prelude[i]);
  must(rules_read(r, &files) == EXIT_GOOD, "no rules: run it at the root");
  Source *src = arena_new(a, Source);
  *src = (Source){.path = "example",
                  .text = example,
                  .size = (u32)strlen(example),
                  .index = 2};
  rules_source(r, src);
  rules_resolve(r);
  rules_check(r);
  if (gen)
    rules_generate(r, arena_array(a, Text, GEN_NFILES));
  rules_finish(r);
}

static bool complain(const RuleSet *r, const CodeRow *row, const char *what) {
  Text t = {.arena = r->arena};
  Diags few = r->diags;
  few.limit = 4;
  diag_print(&few, &t);
  printf("%s: %s\n%s\n", row->name, what, text_str(&t));
  return false;
}

static bool gets(const RuleSet *r, DiagCode c) {
  for (u32 i = 0; i < r->diags.list.n; i++)
    if (r->diags.list.at[i].code == c && !r->diags.list.at[i].allowed)
      return true;
  return false;
}

static bool bad_is_bad(Arena *a, DiagCode c) {
  RuleSet r;
  read_rules(&r, a, code_rows[c].bad, false);
  if (gets(&r, c))
    return true;
  read_rules(&r, a, code_rows[c].bad, true); // the generators say it
  if (gets(&r, c))
    return true;
  return complain(&r, &code_rows[c], "the bad example does not get it");
}

static bool good_is_good(Arena *a, DiagCode c) {
  RuleSet r;
  read_rules(&r, a, code_rows[c].good, true);
  for (u32 i = 0; i < r.diags.list.n; i++)
    if (!r.diags.list.at[i].allowed)
      return complain(&r, &code_rows[c], "the good example is not good");
  return true;
}

static bool has_page(DiagCode c) {
  const CodeRow *row = &code_rows[c];
  if (*row->title && *row->why && *row->bad && *row->good)
    return true;
  printf("%s: its page has a gap\n", row->name);
  return false;
}

int main(void) {
  Arena a = {0};
  u32 bad = 0;
  for (u32 i = 0; i < DIAG_NCODES; i++) {
    const DiagCode c = (DiagCode)i;
    bool here = c != E_BOUNDED; // `rulec verify` finds it: tests/verify
    bad += !has_page(c) || (here && !bad_is_bad(&a, c)) || !good_is_good(&a, c);
    arena_reset(&a);
  }
  printf("%u codes, %u wrong\n", DIAG_NCODES, bad);
  arena_free(&a);
  return bad != 0;
}
