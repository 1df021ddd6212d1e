// A refutation for people: inputs made small one after the other (0, then
// small, then whatever the solver found), then every value of both sides.
#include "rulec/verify/verify.h"

#include <stdio.h>
#include <stdlib.h>

enum { STEP_MS = 2000 };

static bool holds(Solver *s, Arena *a, const char *assertion) {
  const char *r = solver_ask(
      s, arena_printf(a, "(push)\n(assert %s)\n(check-sat)", assertion),
      STEP_MS);
  if (r && solver_answer(r) == ANSWER_SAT)
    return true;
  if (r)
    (void)solver_ask(s, "(pop)", STEP_MS);
  return false;
}

static void shrink(Solver *s, Arena *a, SmtTerm t) {
  static const u32 most[] = {1, 2, 16, 256, 65536};
  if (t.kind == SMT_BOOL) {
    (void)holds(s, a, arena_printf(a, "(not %s)", t.s));
    return;
  }
  for (u32 i = 0; i < sizeof most / sizeof most[0]; i++) {
    if (t.bits < 16 && most[i] >= 1u << t.bits)
      return;
    if (holds(s, a,
              arena_printf(a, "(bvult %s (_ bv%u %u))", t.s, most[i], t.bits)))
      return;
  }
}

static void shrink_all(Solver *s, Smt *m) {
  for (u32 i = 0; i < m->trace.n; i++) {
    const SmtTrace *t = &m->trace.at[i];
    if (strcmp(t->side, "input") != 0)
      continue;
    u32 n = t->val.sort.kind == SORT_MEMARG  ? MF_COUNT
            : t->val.sort.kind == SORT_FLAGS ? FF_COUNT
                                             : 0;
    for (u32 k = 0; k < n; k++)
      shrink(s, m->arena, t->val.f[k]);
    if (!n)
      shrink(s, m->arena, t->val.v);
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
  const char *r =
      solver_ask(s, arena_printf(a, "(get-value (%s))", t.s), STEP_MS);
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

static void print_value(Text *t, Sort sort, u32 bits, u128 v) {
  if (!bits) {
    text_add(t, "%s", v ? "true" : "false");
    return;
  }
  if (bits > 64)
    text_add(t, "0x%llx%016llx", (unsigned long long)(v >> 64),
             (unsigned long long)v);
  else
    text_add(t, "0x%0*llx", (int)((bits + 3) / 4), (unsigned long long)v);
  if (sort.type == VT_F32 || sort.type == VT_F64)
    print_float(t, v, bits);
  else if (bits <= 64) {
    s64 x = (s64)((u64)v << (64 - bits)) >> (64 - bits);
    text_add(t, " (%lld)", (long long)x);
  }
}

static void show(Solver *s, Smt *m, Text *out, const SmtTrace *t) {
  u32 n = t->val.sort.kind == SORT_MEMARG  ? MF_COUNT
          : t->val.sort.kind == SORT_FLAGS ? FF_COUNT
                                           : 0;
  u128 v;
  text_add(out, "  %-7s %s =", t->side, t->what);
  for (u32 k = 0; k < n; k++)
    if (value_of(s, m->arena, t->val.f[k], &v))
      text_add(out, " %s %llu", n == MF_COUNT ? memfield_names[k] : "",
               (unsigned long long)v);
  if (!n && value_of(s, m->arena, t->val.v, &v)) {
    text_add(out, " ");
    print_value(out, t->val.sort, t->val.v.kind == SMT_BOOL ? 0 : t->val.v.bits,
                v);
  }
  text_add(out, "\n");
}

void refute(Verify *v, Job *j, Solver *s, Attempt *a) {
  static const char *const order[] = {"input", "guard", "left", "right",
                                      "outcome"};
  Text out = {.arena = v->arena};
  // Once more from the start, by the plain command: tactics keep no state.
  const char *again =
      arena_printf(a->smt.arena, "(reset)\n%s(check-sat)", smt_script(&a->smt));
  const char *r = solver_ask(s, again, v->timeout + STEP_MS);
  if (!r || solver_answer(r) != ANSWER_SAT) {
    j->model = "  (the solver found no model a second time)\n";
    return;
  }
  shrink_all(s, &a->smt);
  (void)solver_ask(s, "(check-sat)", v->timeout + STEP_MS);
  for (u32 k = 0; k < sizeof order / sizeof order[0]; k++)
    for (u32 i = 0; i < a->smt.trace.n; i++)
      if (strcmp(a->smt.trace.at[i].side, order[k]) == 0)
        show(s, &a->smt, &out, &a->smt.trace.at[i]);
  j->model = text_str(&out);
}
