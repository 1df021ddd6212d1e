// What no solver settles is `bounded`, never `proved`: the claim is read again
// with 8 and 16 bits (small.h) and proved there, or tried on all values; at the
// full width the evaluator tries corners in all combinations, pairs of small
// numbers and random ones. A difference at a small width is a hint: tried at
// the full width, widened, and told. One at the full width refutes the rule.
#include "rulec/verify/bounded.h"
#include "rulec/verify/rounds.h"

enum { SAMPLES = SAMPLES_MANY, CORNERS = 1 << 16 };

// --- small widths -----------------------------------------------------

static bool has_small(const Job *j) {
  return j->o->x && (strcmp(j->o->kind, "rule") == 0 ||
                     strcmp(j->o->kind, "skeleton") == 0);
}

// All values, if they are few.
static bool try_all(const Job *small) {
  Rounds o;
  rounds_begin(&o, small->sema, small->o->x);
  bool good = rounds_all(&o) && o.agreed;
  rounds_end(&o);
  return good;
}

static void take(struct BoundedSmall *s) {
  const Job *j = &s->job;
  if (!j->o)
    return;
  s->result = j->verdict == VERDICT_PROVED    ? SMALL_PROVED
              : j->verdict == VERDICT_REFUTED ? SMALL_DIFFERS
              : try_all(j)                    ? SMALL_TRIED
                                              : SMALL_OPEN;
}

Job *bounded_next(Verify *v, Job *j) {
  if (!has_small(j))
    return NULL;
  if (!j->bounded)
    j->bounded = arena_new(v->arena, struct Bounded);
  struct Bounded *b = j->bounded;
  if (b->next)
    take(&b->small[b->next - 1]);
  while (b->next < SMALL_WIDTHS) {
    struct BoundedSmall *s = &b->small[b->next];
    Small r = small_read(&v->readings, j->o, small_widths[b->next++]);
    *s = (struct BoundedSmall){.result = SMALL_UNREAD, .why = r.why};
    if (!r.o)
      continue;
    s->job = (Job){.o = r.o, .sema = r.sema};
    return &s->job;
  }
  return NULL;
}

// --- what was done ----------------------------------------------------

static const char *count_text(Arena *a, u32 n) { // 20,000
  return n < 1000
             ? arena_printf(a, "%u", n)
             : arena_printf(a, "%s,%03u", count_text(a, n / 1000), n % 1000);
}

static void say(Text *t, const char *what) {
  text_add(t, "%s%s", t->n ? "; " : "", what);
}

static const char *why_of(Arena *a, const struct BoundedSmall *s) {
  return s->why ? arena_printf(a, " (%s)", s->why) : "";
}

static void say_small(Text *t, const struct Bounded *b) {
  static const char *const words[SMALL_RESULTS] = {
      [SMALL_OPEN] = "open at",
      [SMALL_PROVED] = "proved at",
      [SMALL_TRIED] = "all values tried at",
      [SMALL_DIFFERS] = "differs at",
      [SMALL_UNREAD] = "not read at",
  };
  Arena *a = t->arena;
  const struct BoundedSmall *x = &b->small[0], *y = &b->small[1];
  const char *why[] = {why_of(a, x), why_of(a, y)};
  u32 w = small_widths[0], u = small_widths[1];
  const char *first = words[x->result];
  if (x->result != y->result)
    say(t, arena_printf(a, "%s %u bits%s; %s %u%s", first, w, why[0],
                        words[y->result], u, why[1]));
  else if (strcmp(why[0], why[1]) == 0)
    say(t, arena_printf(a, "%s %u and %u bits%s", first, w, u, why[0]));
  else
    say(t, arena_printf(a, "%s %u bits%s, nor at %u%s", first, w, why[0], u,
                        why[1]));
}

// The inputs and what came of them.
static void print_ends(Text *t, Arena *a, const Model *m) {
  Model ends = {0, arena_array(a, ModelValue, m->n + 1)};
  for (u32 i = 0; i < m->n; i++)
    if (strcmp(m->at[i].side, "input") == 0 ||
        strcmp(m->at[i].side, "outcome") == 0)
      ends.at[ends.n++] = m->at[i];
  model_print(t, &ends);
}

static void tell_differs(Verify *v, Job *j, u32 width) {
  Text t = {.arena = v->arena};
  for (u32 i = 0; j->bounded && i < SMALL_WIDTHS; i++) {
    const struct BoundedSmall *s = &j->bounded->small[i];
    if (s->result != SMALL_DIFFERS)
      continue;
    text_add(&t,
             "  warning: it differs at %u bits, and nothing found at %u does\n",
             small_widths[i], width);
    if (s->job.model)
      print_ends(&t, v->arena, s->job.model);
  }
  if (t.n)
    j->note = text_str(&t);
}

// --- sequences --------------------------------------------------------

// Its steps against what it means.
static bool bounded_seq(Verify *v, Job *j) {
  Arena scratch = {0};
  SeqRounds o = seq_rounds(v->sema, j->o->more, SAMPLES, &scratch);
  if (o.worst == ROUND_WRONG) {
    refute_seq(v, j, o.args, &o.left, &o.right);
  } else if (o.agreed) {
    j->verdict = VERDICT_BOUNDED;
    j->how =
        arena_printf(v->arena, "%s samples", count_text(v->arena, o.agreed));
  }
  arena_free(&scratch);
  return j->verdict != VERDICT_NONE;
}

// --- the full width ---------------------------------------------------

static u32 width_of(const Verify *v, const Job *j, const Inputs *in) {
  u32 width = v->sema->bits[small_type(v->sema, j->o)];
  for (u32 i = 0; i < in->n && !width; i++)
    width = in->at[i].sort.bits;
  return width;
}

static bool models(const Job *j, Rounds *o) {
  for (u32 i = 0; j->bounded && i < SMALL_WIDTHS; i++)
    if (!rounds_model(o, j->bounded->small[i].job.model))
      return false;
  return true;
}

bool bounded_try(Verify *v, Job *j) {
  if (j->o->wants_sat)
    return job_sample(v, j, SAMPLES_MANY);
  if (strcmp(j->o->kind, "seq") == 0 && j->o->more)
    return bounded_seq(v, j);
  if (!j->o->x || !j->o->x->lhs)
    return false;
  Rounds o;
  u32 ncorners = 0;
  rounds_begin(&o, v->sema, j->o->x);
  bool good = models(j, &o) && rounds_corners(&o, CORNERS);
  ncorners = o.agreed;
  good = good && rounds_small(&o) && rounds_random(&o, SAMPLES);
  if (o.worst == ROUND_WRONG) {
    refute_values(v, j, &o.r, &o.left, &o.right);
  } else if (good && (ncorners || o.agreed)) {
    Text t = {.arena = v->arena};
    u32 width = width_of(v, j, &o.in);
    const char *samples = count_text(v->arena, o.agreed);
    if (j->bounded)
      say_small(&t, j->bounded);
    else
      say(&t, "not read with smaller numbers (machines have one width)");
    say(&t, arena_printf(v->arena, "%s samples and %s corners at %u", samples,
                         count_text(v->arena, ncorners), width));
    tell_differs(v, j, width);
    j->verdict = VERDICT_BOUNDED;
    j->how = text_str(&t);
  }
  rounds_end(&o);
  return j->verdict != VERDICT_NONE;
}
