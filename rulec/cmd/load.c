// From files to diagnostics, for every command: read, resolve, check, report.
#include "rulec/cmd/beside.h"
#include "rulec/gen/cgen.h"
#include "rulec/check/check.h"
#include "rulec/cmd/command.h"
#include "rulec/test/example.h"
#include "rulec/cmd/with.h"

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
  for (u32 i = 0; i < with->n + files->n; i++)
    if (!parse_file(&r->parser,
                    i < with->n ? with->at[i] : files->at[i - with->n]))
      return EXIT_INPUT;
  take_decls(r);
  if (with->n)
    r->ast = ast_with(r->arena, &r->ast, with->n);
  return EXIT_GOOD;
}

void rules_source(RuleSet *r, const Source *src) {
  parse_source(&r->parser, src);
  take_decls(r);
}

static bool is_own(const void *user, const Decl *d) {
  const RuleSet *r = user;
  return d->loc.src->index >= r->first_own;
}

// What a library has: the author's rewrites, and all of lowering.
static bool is_built(const void *user, const Decl *d) {
  return d->kind == DECL_LOWER || is_own(user, d);
}

static bool is_on(const void *user, const Decl *d) {
  const RuleSet *r = user;
  return d->kind == DECL_LOWER || beside_is_on(r->beside, d->name.s);
}

// The declarations whose `allow`s count, by position.
static Ast allowing(const RuleSet *r) {
  Ast x = {0, arena_array(r->arena, Decl *, r->ast.n + 1)};
  if (!r->beside)
    return r->ast;
  for (u32 i = 0; i < r->parser.decls.n; i++) {
    Decl *d = r->parser.decls.at[i];
    if (is_own(r, d) && is_on(r, d))
      x.at[x.n++] = d;
  }
  return x;
}

void rules_resolve(RuleSet *r) {
  r->sema = sema_run(r->arena, &r->names, &r->ast, &r->diags);
  r->own = r->built = r->sema;
  r->sema->first_own = r->first_own;
  if (r->beside) {
    r->own = sema_subset(r->sema, is_own, r);
    r->built = sema_subset(r->sema, is_built, r);
  }
}

void rules_check(RuleSet *r) {
  const Sema *all = r->sema, *built = r->built, *own = r->own;
  if (r->diags.errors)
    return;
  if (r->beside) {
    all = sema_subset(all, is_on, r);
    built = sema_subset(built, is_on, r);
    own = sema_subset(own, is_on, r);
  }
  check_rules(all, built, &r->diags);
  examples_check(own, built);
  r->checked = true;
}

void rules_generate(RuleSet *r, Text *texts) {
  if (!diag_stops(&r->diags))
    gen_all(r->built, texts);
}

bool rules_finish(RuleSet *r) {
  const Ast allows = allowing(r);
  if (r->beside)
    beside_diags(r);
  diag_finish(&r->diags, &r->ast, &allows, r->checked);
  return !r->diags.errors;
}

int rules_report(const RuleSet *r) {
  Text t = {.arena = r->arena};
  diag_print(&r->diags, &t);
  beside_notes(r, &t);
  if (t.n)
    fwrite(t.at, 1, t.n, stderr);
  return r->diags.errors ? EXIT_BAD : EXIT_GOOD;
}

int rules_load(RuleSet *r, Arena *a, const Words *files) {
  return rules_load_beside(r, a, &(Beside){0}, files);
}

int rules_load_beside(RuleSet *r, Arena *a, const Beside *b,
                      const Words *files) {
  rules_begin(r, a);
  int status = rules_read_beside(r, b, files);
  if (status)
    return status;
  rules_resolve(r);
  rules_check(r);
  rules_generate(r, arena_array(a, Text, GEN_NFILES));
  rules_finish(r);
  return rules_report(r);
}
