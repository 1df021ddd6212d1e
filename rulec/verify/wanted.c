// Claims that are to have a model: that a rule fires, that a part of its guard
// decides something. Where the solver says that there is none the evaluator
// looks for one, so that it is not believed alone; else that is an error or a
// warning with the code of `rulec check`, which asks the same by ranges and
// bits. A rule may have it, with a reason.
#include "rulec/check/check.h"
#include "rulec/check/place.h"
#include "rulec/verify/parts.h"
#include "rulec/verify/rounds.h"

const char *allowed(const Decl *d, DiagCode code) {
  for (u32 i = 0; d && i < d->nallows; i++)
    if (strcmp(d->allows[i].code.s, code_rows[code].name) == 0)
      return d->allows[i].reason;
  return NULL;
}

// --- values -------------------------------------------------------------

// Values that pass the guards of a rule, or null.
static const char *rule_passes(const Sema *s, const Rule *r, u32 n, Arena *a) {
  const RuleX *all = rulexs_of(s, r);
  const char *found = NULL;
  for (u32 i = r->first; i < r->first + r->count && !found; i++) {
    Rounds o;
    rounds_begin(&o, s, &all[i]);
    if (rounds_passes(&o, n)) {
      Text t = {.arena = a};
      rule_print_vars(&t, &o.r);
      found = text_str(&t);
    }
    rounds_end(&o);
  }
  return found;
}

static const char *model_by_values(const Verify *v, const Job *j, u32 n) {
  const Obligation *o = j->o;
  return strcmp(o->kind, "guard") == 0
             ? part_decides(v->sema, o->more, n, v->arena)
             : rule_passes(v->sema, o->more, n, v->arena);
}

bool job_sample(Verify *v, Job *j, u32 n) {
  if (!model_by_values(v, j, n))
    return false;
  j->verdict = VERDICT_PROVED;
  j->how = "a sample";
  return true;
}

// --- answers --------------------------------------------------------------

// A part that nothing fails is true by itself, whatever the others say.
static DiagCode code_of(const Verify *v, const Obligation *o) {
  return o->finds == W_GUARD_IMPLIED &&
                 !part_fails(v->sema, o->more, SAMPLES_FEW)
             ? W_GUARD_TRUE
             : o->finds;
}

static const char *note_of(Arena *a, DiagCode code) {
  const char *what = code == E_GUARD_FALSE
                         ? "nothing passes its guards: it never fires"
                     : code == W_GUARD_TRUE    ? "it always holds"
                     : code == W_GUARD_IMPLIED ? "the other parts imply it"
                                               : "it never decides";
  return arena_printf(a, "  %s (%s)\n", what, code_rows[code].name);
}

void job_settle(Verify *v, Job *j, Answer answer, const char *how) {
  j->how = how;
  j->verdict = VERDICT_PROVED;
  if (answer == ANSWER_SAT)
    return;
  j->code = code_of(v, j->o);
  j->verdict = allowed(j->o->decl, j->code) ? VERDICT_ALLOWED
               : code_is_warning(j->code)   ? VERDICT_WARNED
                                            : VERDICT_REFUTED;
  j->note = note_of(v->arena, j->code);
  const char *values = model_by_values(v, j, SAMPLES_FEW);
  if (!values)
    return;
  j->verdict = VERDICT_REFUTED;
  j->how =
      arena_printf(v->arena, "solver %s says unsat, but these inputs differ",
                   v->solver.argv ? v->solver.argv[0] : "");
  j->note = arena_printf(v->arena, "  evaluator: it does at %s\n", values);
  j->code = DIAG_NCODES;
}

// --- warnings -------------------------------------------------------------

// At its first guard.
static void tell_never(const Verify *v, Diags *d, const Job *j) {
  const Rule *r = j->o->more;
  const RuleX *x = &rulexs_of(v->sema, r)[r->first];
  u32 i = diag_add(d, E_GUARD_FALSE, x->clauses[0].src->loc,
                   "nothing passes the guards of `%s`", r->decl->name.s);
  diag_help(d, i, "the rule never fires: mend the guard, or remove the rule");
}

static void tell_part(Diags *d, const Job *j) {
  const Part *p = j->o->more;
  const Decl *decl = j->o->decl;
  bool own = place_inside(decl, p->src->loc);
  u32 i = diag_add(d, j->code, own ? p->src->loc : p->clause->loc, "%s",
                   j->code == W_GUARD_TRUE      ? "this always holds"
                   : j->code == W_GUARD_IMPLIED ? "this follows from the other "
                                                  "parts of the guard"
                                                : "this side of `||` never "
                                                  "decides");
  if (!own)
    diag_note(d, i, p->src->loc, "this part of it");
  diag_help(d, i,
            j->code == W_GUARD_DEAD ? "leave it out, or mend it"
                                    : "leave it out");
}

// Where two follow from each other only one may go.
static bool is_last(const Verify *v, u32 i) {
  for (u32 k = i + 1; k < v->njobs && v->jobs[k].o->decl == v->jobs[i].o->decl;
       k++)
    if (v->jobs[k].verdict == VERDICT_WARNED)
      return false;
  return true;
}

static bool never_fires(const Verify *v, const Decl *d) {
  for (u32 i = 0; i < v->njobs; i++)
    if (v->jobs[i].o->decl == d && v->jobs[i].o->finds == E_GUARD_FALSE &&
        v->jobs[i].o->wants_sat && v->jobs[i].verdict != VERDICT_PROVED)
      return true;
  return false;
}

// --- allows -----------------------------------------------------------------

typedef enum Use { UNUSED, USED, UNCLEAR } Use;

static Use use_of(const Verify *v, const Decl *d, DiagCode code) {
  Use use = UNCLEAR; // unless something was asked
  for (u32 i = 0; i < v->njobs; i++) {
    const Job *j = &v->jobs[i];
    if (j->o->decl != d)
      continue;
    if ((code == E_BOUNDED && j->verdict == VERDICT_BOUNDED) ||
        (j->verdict == VERDICT_ALLOWED && j->code == code))
      return USED;
    if (j->verdict == VERDICT_NONE || j->verdict == VERDICT_UNKNOWN)
      return UNCLEAR;
    use = UNUSED;
  }
  return use;
}

// What check alone sees: parts that the types decide.
static bool in_list(const Diags *d, const Decl *decl, DiagCode code) {
  for (u32 i = 0; i < d->list.n; i++)
    if (d->list.at[i].code == code && place_inside(decl, d->list.at[i].loc))
      return true;
  return false;
}

static void judge_allows(const Verify *v, const Decl *decl, Diags *checked,
                         Diags *out) {
  for (u32 i = 0; i < decl->nallows; i++) {
    const AllowDecl *x = &decl->allows[i];
    DiagCode code = diag_code(x->code.s);
    if (code == DIAG_NCODES || !code_of_solver(code) || !x->reason ||
        use_of(v, decl, code) != UNUSED)
      continue;
    if (!checked->arena) {
      checked->arena = v->arena;
      check_guards(v->sema, checked);
    }
    if (!in_list(checked, decl, code))
      diag_idle(out, x);
  }
}

void verify_warn(const Verify *v, Diags *out) {
  Diags checked = {0};
  const Decl *last = NULL;
  for (u32 i = 0; i < v->njobs; i++) {
    const Job *j = &v->jobs[i];
    if (j->verdict == VERDICT_WARNED && is_last(v, i) &&
        !never_fires(v, j->o->decl))
      tell_part(out, j);
    if (j->verdict == VERDICT_REFUTED && j->code == E_GUARD_FALSE &&
        j->o->wants_sat)
      tell_never(v, out, j);
    if (j->o->decl && j->o->decl != last && j->o->decl->nallows)
      judge_allows(v, j->o->decl, &checked, out);
    last = j->o->decl;
  }
}
