// From files to diagnostics, for every command: read, resolve, check, report.
#include "rulec/cgen.h"
#include "rulec/check/check.h"
#include "rulec/command.h"
#include "rulec/test/example.h"
#include "rulec/with.h"

#include <stdio.h>

void rules_begin(RuleSet *r, Arena *a) {
  *r = (RuleSet){.arena = a};
  r->diags.arena = r->names.arena = a;
  r->parser = (Parser){.arena = a, .names = &r->names, .diags = &r->diags};
}

static void take_decls(RuleSet *r) {
  r->ast = (Ast){r->parser.decls.n, r->parser.decls.at};
}

int rules_read(RuleSet *r, const Words *files) {
  return rules_read_with(r, &(Words){0}, files);
}

int rules_read_with(RuleSet *r, const Words *with, const Words *files) {
  return rules_read_target(r, with, &(Words){0}, files);
}

static bool parse_all(RuleSet *r, const Words *files) {
  for (u32 i = 0; i < files->n; i++)
    if (!parse_file(&r->parser, files->at[i]))
      return false;
  return true;
}

int rules_read_target(RuleSet *r, const Words *with, const Words *target,
                      const Words *files) {
  if (!parse_all(r, with) || !parse_all(r, target) || !parse_all(r, files))
    return EXIT_INPUT;
  take_decls(r);
  if (with->n || target->n)
    r->ast = ast_with(r->arena, &r->ast, with->n, target->n);
  return EXIT_GOOD;
}

void rules_source(RuleSet *r, const Source *src) {
  parse_source(&r->parser, src);
  take_decls(r);
}

void rules_resolve(RuleSet *r) {
  r->sema = sema_run(r->arena, &r->names, &r->ast, &r->diags);
}

void rules_check(RuleSet *r) {
  if (r->diags.errors)
    return;
  check_rules(r->sema, &r->diags);
  examples_check(r->sema);
  r->checked = true;
}

void rules_generate(RuleSet *r, Text *texts) {
  if (!diag_stops(&r->diags))
    gen_all(r->sema, texts);
}

bool rules_finish(RuleSet *r) {
  diag_finish(&r->diags, &r->ast, r->checked);
  return !r->diags.errors;
}

int rules_report(const RuleSet *r) {
  Text t = {.arena = r->arena};
  diag_print(&r->diags, &t);
  if (t.n)
    fwrite(t.at, 1, t.n, stderr);
  return r->diags.errors ? EXIT_BAD : EXIT_GOOD;
}

int rules_load(RuleSet *r, Arena *a, const Words *files) {
  rules_begin(r, a);
  int status = rules_read(r, files);
  if (status)
    return status;
  rules_resolve(r);
  rules_check(r);
  rules_generate(r, arena_array(a, Text, GEN_NFILES));
  rules_finish(r);
  return rules_report(r);
}
