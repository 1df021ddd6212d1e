// A counterexample as a program in IR text, in a file.
#include "rulec/gen/cgen.h"
#include "rulec/cmd/command.h"
#include "rulec/verify/program.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

static bool make_folder(Arena *a, const char *path) {
  for (const char *c = path; *c; c++)
    if (c > path && *c == '/')
      mkdir(arena_strndup(a, path, (size_t)(c - path)), 0777);
  return mkdir(path, 0777) == 0 || errno == EEXIST;
}

// " T=i32 C=slt" as "-i32-slt", ".i32 umin" as "-i32-umin".
static const char *suffix(Arena *a, const char *at) {
  Text t = {.arena = a};
  for (const char *c = at; *c; c++) {
    const char *is = strchr(c, '=');
    if (*c != ' ' && *c != '.')
      continue;
    text_add(&t, "-");
    c = is ? is + 1 : c + 1;
    size_t n = strcspn(c, " .");
    text_put(&t, c, n);
    c += n - 1;
  }
  return text_str(&t);
}

// What has no program, whatever the model.
static const char *never(const Job *j) {
  if (!j->model)
    return "there is no model";
  return NULL;
}

static bool write_text(Arena *a, const char *dir, const char *path,
                       const char *text) {
  FILE *f = make_folder(a, dir) ? fopen(path, "w") : NULL;
  bool ok = f && fputs(text, f) >= 0;
  if (f && fclose(f) != 0)
    ok = false;
  return ok;
}

// --- what `rulec check` says ------------------------------------------------

// The code for which a declaration is refused, so that wb does not load it; or
// null. All is checked once.
static const char *refusal(Verify *v, const Decl *d) {
  if (!v->set)
    return NULL;
  if (!v->set->checked) {
    rules_check(v->set);
    rules_generate(v->set, arena_array(v->arena, Text, GEN_NFILES));
    rules_finish(v->set);
  }
  const RuleSet *r = v->set;
  u32 end = UINT32_MAX; // where the next declaration of the file is
  for (u32 i = 0; i < r->parser.decls.n; i++) {
    const Loc at = r->parser.decls.at[i]->loc;
    if (at.src == d->loc.src && at.at > d->loc.at && at.at < end)
      end = at.at;
  }
  for (u32 i = 0; i < r->diags.list.n; i++) {
    const Diag *x = &r->diags.list.at[i];
    if (!x->warning && !x->allowed && x->loc.src == d->loc.src &&
        x->loc.at >= d->loc.at && x->loc.at < end)
      return code_rows[x->code].name;
  }
  return NULL;
}

static void note_refusal(Verify *v, Job *j) {
  const char *code = refusal(v, j->o->decl);
  if (code)
    j->note = arena_printf(
        v->arena, "%s  check: %s, for which wb does not load the rule\n",
        j->note ? j->note : "", code);
}

void witness_write(Verify *v, Job *j) {
  Arena *a = v->arena;
  j->no_test = never(j);
  if (!v->dir || j->no_test)
    return;
  Program *p = arena_new(a, Program);
  const char *kind = j->o->x ? "" : arena_printf(a, "%s-", j->o->kind);
  const char *stem = arena_printf(a, "%s/%s%s%s", v->dir, kind, j->o->name,
                                  suffix(a, j->o->at));
  const char *path = arena_printf(a, "%s.ir", stem);
  const char *rules = arena_printf(a, "%s.rules", stem);
  const char *text = program_write(p, v, j, rules);
  j->no_test = p->why;
  if (!text)
    return;
  if (write_text(a, v->dir, path, text) &&
      (!p->rules.n || write_text(a, v->dir, rules, text_str(&p->rules)))) {
    j->test = path;
    note_refusal(v, j);
  } else
    j->no_test = arena_printf(a, "%s: %s", path, strerror(errno));
}
