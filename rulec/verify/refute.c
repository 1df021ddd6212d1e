// A refutation for people: inputs made small one after the other (0, then
// small, then whatever the solver found), then every value of both sides.
#include "rulec/eval/eval.h"
#include "rulec/verify/lanes.h"
#include "rulec/verify/rounds.h"
#include "rulec/verify/verify.h"

#include <stdio.h>
#include <stdlib.h>

enum { STEP_MS = 400, LATE_MS = 1000, LAST_MS = 20000 };

// What does not answer in time is stopped: its next words would be taken for
// the answer to something else.
static const char *ask(Solver *s, const char *text, u32 ms) {
  const char *r = s->pid ? solver_ask(s, text, ms) : NULL;
  if (!r)
    solver_stop(s);
  return r;
}

static bool holds(Solver *s, Arena *a, const char *assertion) {
  const char *r =
      ask(s, arena_printf(a, "(push)\n(assert %s)\n(check-sat)", assertion),
          STEP_MS + LATE_MS);
  if (r && solver_answer(r) == ANSWER_SAT)
    return true;
  if (r)
    (void)ask(s, "(pop)", LATE_MS);
  return false;
}

// True: it is 0, small or all ones now.
static bool shrink(Solver *s, Arena *a, SmtTerm t, u32 from, u32 to) {
  static const u32 most[] = {1, 2, 16, 256, 65536};
  if (t.kind == SMT_BOOL)
    return holds(s, a, arena_printf(a, "(not %s)", t.s));
  for (u32 i = from; i < to && s->pid; i++) {
    if (t.bits < 16 && most[i] >= 1u << t.bits)
      return false;
    if (holds(
            s, a,
            arena_printf(a, "(bvult %s (_ bv%u %u))", t.s, most[i], t.bits)) ||
        (most[i] == 2 &&
         holds(s, a,
               arena_printf(a, "(= (bvnot %s) (_ bv0 %u))", t.s, t.bits))))
      return true;
  }
  return false;
}

enum { SHRINK_STEPS = 5 };

// A vector: as a whole to 0 or all ones, else lane by lane, the upper first, so
// that what is left stands in lane 0.
static void shrink_vector(Solver *s, Arena *a, SmtTerm t, u32 bits) {
  if (shrink(s, a, t, 0, 2))
    return;
  for (u32 at = t.bits; at >= bits && s->pid; at -= bits) {
    SmtTerm lane = {
        arena_printf(a, "((_ extract %u %u) %s)", at - 1, at - bits, t.s),
        (u16)bits, SMT_BV};
    (void)shrink(s, a, lane, 0, SHRINK_STEPS);
  }
}

static const SmtTrace *outcome(const Smt *m, const char *what) {
  for (u32 i = 0; i < m->trace.n; i++)
    if (strcmp(m->trace.at[i].side, "outcome") == 0 &&
        strcmp(m->trace.at[i].what, what) == 0)
      return &m->trace.at[i];
  return NULL;
}

// Best that both trap or none: the solver may think that eight bytes are inside
// of memory where four are not. Else that the right one does.
static void prefer(Solver *s, const Smt *m) {
  const SmtTrace *l = outcome(m, "left traps"), *r = outcome(m, "right traps");
  if (l && r &&
      !holds(s, m->arena,
             arena_printf(m->arena, "(= %s %s)", l->val.v.s, r->val.v.s)))
    (void)holds(s, m->arena, arena_printf(m->arena, "(not %s)", l->val.v.s));
}

// A z3 that gives up by itself lives on, and can be asked for less.
static void shrink_all(const Verify *v, Solver *s, Smt *m,
                       const Obligation *o) {
  if (v->solver.is_z3)
    (void)ask(s, arena_printf(m->arena, "(set-option :timeout %u)", STEP_MS),
              STEP_MS + LATE_MS);
  if (s->pid)
    prefer(s, m);
  for (u32 i = 0; i < m->trace.n && s->pid; i++) {
    const SmtTrace *t = &m->trace.at[i];
    if (strcmp(t->side, "input") != 0)
      continue;
    u32 n = t->val.sort.kind == SORT_MEMARG  ? MF_COUNT
            : t->val.sort.kind == SORT_FLAGS ? FF_COUNT
                                             : 0;
    for (u32 k = 0; k < n; k++)
      (void)shrink(s, m->arena, t->val.f[k], 0, SHRINK_STEPS);
    if (!n && t->val.v.bits == 128)
      shrink_vector(s, m->arena, t->val.v, lanes_bits(lanes_shape(m->s, o, t)));
    else if (!n)
      (void)shrink(s, m->arena, t->val.v, 0, SHRINK_STEPS);
  }
}

// --- values ---------------------------------------------------------

// The last token of "((name value))".
static bool parse_value(const char *reply, u128 *out) {
  const char *hex = strstr(reply, "#x"), *bin = strstr(reply, "#b");
  const char *last = strrchr(reply, ' ');
  *out = 0;
  if (hex || bin) {
    u32 step = hex ? 4 : 1;
    for (const char *c = (hex ? hex : bin) + 2; *c && *c != ')'; c++)
      *out = *out << step | (u32)(*c <= '9' ? *c - '0' : (*c | 32) - 'a' + 10);
    return true;
  }
  if (!last)
    return false;
  *out = strncmp(last + 1, "true", 4) == 0;
  return strncmp(last + 1, "true", 4) == 0 ||
         strncmp(last + 1, "false", 5) == 0;
}

static bool value_of(Solver *s, Arena *a, SmtTerm t, u128 *out) {
  if (smt_is_true(t) || smt_is_false(t)) {
    *out = smt_is_true(t);
    return true;
  }
  if (smt_literal(t, out))
    return true;
  const char *r = ask(s, arena_printf(a, "(get-value (%s))", t.s), LAST_MS);
  // names in bars may hold anything: skip them
  const char *after = r ? strrchr(r, '|') : NULL;
  return r && parse_value(after ? after : r, out);
}

static void print_float(Text *t, u128 v, u32 bits) {
  u64 u = (u64)v;
  double d;
  if (bits == 32) {
    u32 w = (u32)u;
    float f;
    memcpy(&f, &w, 4);
    d = (double)f;
  } else {
    memcpy(&d, &u, 8);
  }
  text_add(t, " (%.17g)", d);
}

static void print_value(Text *t, Sort sort, u32 bits, u128 v, u32 shape) {
  if (!bits) {
    text_add(t, "%s", v ? "true" : "false");
    return;
  }
  if (bits > 64) {
    vector_print(t, v, shape);
    return;
  }
  text_add(t, "0x%0*llx", (int)((bits + 3) / 4), (unsigned long long)v);
  if (sort.type == VT_F32 || sort.type == VT_F64)
    print_float(t, v, bits);
  else {
    s64 x = (s64)((u64)v << (64 - bits)) >> (64 - bits);
    text_add(t, " (%lld)", (long long)x);
  }
}

static u32 parts(Sort sort) {
  return sort.kind == SORT_MEMARG  ? MF_COUNT
         : sort.kind == SORT_FLAGS ? FF_COUNT
                                   : 1;
}

static void ask_values(Solver *s, Arena *a, const SmtTrace *t, ModelValue *v) {
  u32 n = parts(t->val.sort);
  *v = (ModelValue){.what = t->what,
                    .side = t->side,
                    .sort = t->val.sort,
                    .var = t->var,
                    .node = t->node,
                    .known = true};
  if (n == 1 && t->val.v.kind == SMT_BV)
    v->sort.bits = t->val.v.bits;
  for (u32 k = 0; k < n && v->known; k++)
    v->known = value_of(s, a, n > 1 ? t->val.f[k] : t->val.v, &v->at[k]);
}

static void show(Text *out, const ModelValue *v) {
  static const char *const flags[FF_COUNT] = {"o", "c", "z", "s", "p"};
  u32 n = parts(v->sort);
  text_add(out, "  %-7s %s =", v->side, v->what);
  for (u32 k = 0; k < n && n > 1; k++)
    text_add(out, " %s %llu", n == MF_COUNT ? memfield_names[k] : flags[k],
             (unsigned long long)v->at[k]);
  if (n == 1) {
    text_add(out, " ");
    print_value(out, v->sort, v->sort.kind == SORT_BOOL ? 0 : v->sort.bits,
                v->at[0], v->shape);
  }
  text_add(out, "\n");
}

static Model *take_model(Verify *v, Solver *s, const Smt *m,
                         const Obligation *o) {
  Model *r = arena_new(v->arena, Model);
  r->at = arena_array0(v->arena, ModelValue, m->trace.n + 1);
  for (u32 i = 0; i < m->trace.n; i++) {
    ask_values(s, v->arena, &m->trace.at[i], &r->at[r->n]);
    r->at[r->n++].shape = lanes_shape(m->s, o, &m->trace.at[i]);
  }
  for (u32 i = 0; i < r->n; i++) // what the names point to goes with the script
    r->at[i].what = arena_printf(v->arena, "%s", r->at[i].what);
  return r;
}

void model_print(Text *out, const Model *m) {
  static const char *const order[] = {"input", "guard", "left", "right",
                                      "outcome"};
  for (u32 k = 0; k < sizeof order / sizeof order[0]; k++)
    for (u32 i = 0; i < m->n; i++)
      if (m->at[i].known && strcmp(m->at[i].side, order[k]) == 0)
        show(out, &m->at[i]);
}

// Solves the script again, by the plain command: tactics keep no state.
static bool solve(Verify *v, Solver *s, const Smt *m, const char *script) {
  if (!s->pid && !solver_start(s, s->kind, s->reply.arena))
    return false;
  const char *head = solver_head(m->arena, &v->solver, v->timeout);
  const char *r =
      ask(s, arena_printf(m->arena, "%s%s(check-sat)", head, script),
          v->timeout + LAST_MS);
  return r && solver_answer(r) == ANSWER_SAT;
}

// The way that said sat had another script, or more luck: values tell, too.
static bool refute_by_values(Verify *v, Job *j) {
  if (j->sema != v->sema || !j->o->x || !j->o->x->lhs || j->o->wants_sat)
    return false;
  Rounds o;
  rounds_begin(&o, v->sema, j->o->x);
  if (rounds_corners(&o, 16384) && rounds_small(&o))
    (void)rounds_random(&o, 20000);
  bool wrong = o.worst == ROUND_WRONG;
  if (wrong)
    refute_values(v, j, &o.r, &o.left, &o.right);
  rounds_end(&o);
  return wrong;
}

void refute(Verify *v, Job *j, Solver *s, Attempt *a) {
  const char *script = smt_script(&a->smt);
  bool found = solve(v, s, &a->smt, script);
  if (found) {
    shrink_all(v, s, &a->smt, j->o);
    const char *r = ask(s, "(check-sat)", LAST_MS);
    if (!r || solver_answer(r) != ANSWER_SAT) // as it came, then
      found = solve(v, s, &a->smt, script);
  }
  if (found)
    j->model = take_model(v, s, &a->smt, j->o);
  else if (!refute_by_values(v, j))
    j->note = "  (the solver found no model a second time)\n";
}
