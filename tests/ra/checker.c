// Faults planted in good allocations: the checker must refuse each. First one
// case for each thing it says, word for word; then random faults, judged by
// running: what goes wrong when run must have been refused.
#include <stdio.h>
#include <stdlib.h>

#include "back/ra/test.h"

static const char code[] =
    "b0:\n"
    "  entry def v32 =rdi, def v33 =rsi, def v34 =rdx\n"
    "  const def d35\n"
    "  call use v32 =rdi, def v36 =rax clobbers all\n"
    "  seq use v36, late use v33, early def v37, def v38\n"
    "  add use v36, use v38, def v39 @0\n"
    "  op use v33 slot, use d35, use r15\n"
    "  br use v39 -> b1(v39), b2(v33)\n"
    "b1(v40): loop b2\n"
    "  op use v40, use v34\n"
    "  br use v40 -> b1(v34), b2(v40)\n"
    "b2(v41):\n"
    "  ret use v41 =rax\n";

typedef struct Fault {
  RaResult *r;
  const VCode *v;
} Fault;

static Loc *loc_of(const Fault *f, u32 inst, u32 op) {
  return &f->r->locs[f->v->insts[inst].ops + op];
}
static RaMove *move_to(const Fault *f, u32 kind) {
  for (u32 k = 0; k < f->r->nmoves; k++)
    if (f->r->moves[k].kind == kind)
      return &f->r->moves[k];
  return NULL;
}
static void other_register(const Fault *f) {
  *loc_of(f, 4, 1) = 9;
}
static void fixed_elsewhere(const Fault *f) {
  *loc_of(f, 2, 1) = 1;
}
static void other_class(const Fault *f) {
  *loc_of(f, 1, 0) = 1;
}
static void not_slot(const Fault *f) {
  *loc_of(f, 5, 0) = 1;
}
static void not_register(const Fault *f) {
  *loc_of(f, 4, 1) = LOC_SLOT;
}
static void not_reused(const Fault *f) {
  *loc_of(f, 4, 2) = 9;
}
static void pinned_def(const Fault *f) {
  *loc_of(f, 3, 3) = 14;
}
static void two_defs(const Fault *f) {
  *loc_of(f, 3, 3) = *loc_of(f, 3, 2);
}
static void shares_early(const Fault *f) {
  *loc_of(f, 3, 2) = *loc_of(f, 3, 0);
}
static void shares_late(const Fault *f) {
  *loc_of(f, 3, 3) = *loc_of(f, 3, 1);
}
static void nowhere(const Fault *f) {
  *loc_of(f, 4, 1) = LOC_SLOT + 99;
}
static void wrong_pinned(const Fault *f) {
  *loc_of(f, 5, 2) = 14;
}
static void not_kept(const Fault *f) {
  f->r->used_callee_saved = 0;
}
static void no_store(const Fault *f) {
  move_to(f, RA_MOVE_SPILL)->to = LOC_SLOT;
}
static void half_store(const Fault *f) {
  move_to(f, RA_MOVE_SPILL)->bytes = 4;
}
static void slot_to_slot(const Fault *f) {
  move_to(f, RA_MOVE_RELOAD)->to = LOC_SLOT;
}
static void classes(const Fault *f) {
  RaMove *m = move_to(f, RA_MOVE_REG);
  m->to = 16;
}
static void xmm_swap(const Fault *f) {
  RaMove *m = move_to(f, RA_MOVE_REG);
  m->swap = 1, m->from = 17, m->to = 18;
}
static void unsorted(const Fault *f) {
  f->r->moves[f->r->nmoves - 1].point = 0;
}
static void no_edge_moves(const Fault *f) {
  f->r->nedge_moves = 0;
}
static void wrong_edge(const Fault *f) {
  f->r->edge_moves[f->r->nedge_moves - 1].point = f->v->nedges;
}

static const struct {
  const char *name;
  void (*plant)(const Fault *f);
  const char *says;
} cases[] = {
    {"other register", other_register, "early use wants v38 in r9, there is "},
    {"fixed def elsewhere", fixed_elsewhere,
     "v36 is in rcx, not in its fixed register"},
    {"other class", other_class,
     "v35 is in rcx, a register of the other class"},
    {"not a slot", not_slot, "v33 is in rcx, not a slot"},
    {"not a register", not_register, "v38 is in [slot 0], not a register"},
    {"not reused", not_reused,
     "v39 is in r9, not where the operand is whose register it takes"},
    {"pinned register as def", pinned_def,
     "v38 is in r14, a register that is not allocatable"},
    {"two defs", two_defs, "where another def is"},
    {"early def over a use", shares_early, "early use wants v36 in "},
    {"late use under a def", shares_late, "late use wants v33 in "},
    {"no such slot", nowhere, "v38 is in [slot 99], no such location"},
    {"another pinned register", wrong_pinned,
     "v15 is in r14, not the pinned register it names"},
    {"callee-saved not saved", not_kept,
     "callee-saved register that is not in used_callee_saved"},
    {"store elsewhere", no_store,
     "early use wants v35 in xmm0, there is nothing known"},
    {"half a store", half_store, "there is nothing known"},
    {"slot to slot", slot_to_slot, "slot to slot"},
    {"classes", classes, "registers of different classes"},
    {"xmm exchange", xmm_swap, "only general registers are exchanged"},
    {"unsorted moves", unsorted, "moves are not sorted"},
    {"no edge moves", no_edge_moves, "there is "},
    {"edge that is not", wrong_edge, "an edge move names no edge"},
};

static bool one_case(Arena *a, u32 k) {
  VCode v;
  RaEnv env;
  RaResult r;
  RaCounters n = {0};
  Text err = {.arena = a};
  if (!ra_parse(a, code, sizeof code - 1, &v, &env, &err)) {
    printf("%s", text_str(&err));
    return false;
  }
  ra_fast(a, &v, &env, &r, &n);
  if (!ra_check(a, &v, &env, &r, &err)) {
    printf("good allocation refused: %s", text_str(&err));
    return false;
  }
  Fault f = {&r, &v};
  if (!r.nedge_moves || !move_to(&f, RA_MOVE_SPILL) ||
      !move_to(&f, RA_MOVE_REG) || !move_to(&f, RA_MOVE_RELOAD)) {
    Text t = {.arena = a};
    ra_print(&v, &env, &r, &t);
    printf("the case lacks a move of some kind\n%s", text_str(&t));
    return false;
  }
  cases[k].plant(&f);
  bool refused = !ra_check(a, &v, &env, &r, &err);
  if (refused && strstr(text_str(&err), cases[k].says))
    return true;
  printf("not ok %s: %s, wanted '%s', got\n%s", cases[k].name,
         refused ? "refused" : "accepted", cases[k].says, text_str(&err));
  return false;
}

// --- random faults ----------------------------------------------------------

static u64 state = 12345;
static u32 random_to(u32 n) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return n ? (u32)((state >> 33) % n) : 0;
}

static Loc random_loc(const RaResult *r) {
  return random_to(2) || !r->nslots ? random_to(32)
                                    : LOC_SLOT + random_to(r->nslots);
}

static void drop_move(RaMove *m, u32 *n) {
  if (!*n)
    return;
  u32 k = random_to(*n);
  memmove(m + k, m + k + 1, (*n - k - 1) * sizeof *m);
  --*n;
}

static void plant(RaResult *r, const VCode *v) {
  u32 k;
  switch (random_to(7)) {
  case 0:
    drop_move(r->moves, &r->nmoves);
    break;
  case 1:
    drop_move(r->edge_moves, &r->nedge_moves);
    break;
  case 2:
    if (r->nmoves)
      r->moves[random_to(r->nmoves)].to = random_loc(r);
    break;
  case 3:
    if (r->nmoves)
      r->moves[random_to(r->nmoves)].from = random_loc(r);
    break;
  case 4:
    r->locs[random_to(v->noperands)] = random_loc(r);
    break;
  case 5: // two neighbours change places
    if (r->nmoves < 2)
      break;
    k = random_to(r->nmoves - 1);
    RaMove m = r->moves[k];
    u32 p = r->moves[k + 1].point;
    r->moves[k] = r->moves[k + 1], r->moves[k + 1] = m;
    r->moves[k].point = m.point, r->moves[k + 1].point = p;
    break;
  case 6:
    if (r->nedge_moves)
      r->edge_moves[random_to(r->nedge_moves)].to = random_loc(r);
    break;
  }
}

static bool random_faults(Arena *a, u32 rounds) {
  u32 wrong = 0, refused = 0;
  for (u32 seed = 0; seed < rounds; seed++) {
    RaGen g = {.seed = seed + 5000,
               .insts = 60,
               .live = 12,
               .max_depth = 3,
               .calls = 40,
               .fixed = 60,
               .odd = 40,
               .max_params = 3};
    RaEnv env = ra_test_env();
    VCode v;
    RaResult r;
    RaCounters n = {0};
    RaRun run = {0};
    Text err = {.arena = a}, ran = {.arena = a};
    ra_generate(a, &g, &env, &v);
    ra_fast(a, &v, &env, &r, &n);
    plant(&r, &v);
    bool accepted = ra_check(a, &v, &env, &r, &err);
    bool fine = true;
    for (u32 walk = 0; fine && walk < 10; walk++)
      fine = ra_simulate(a, &v, &env, &r, walk * 77 + 1, 500, &run, &ran);
    wrong += !fine;
    refused += !accepted;
    if (!fine && accepted) {
      printf("not ok fault of seed %u is accepted, but %s", seed,
             text_str(&ran));
      return false;
    }
    arena_reset(a);
  }
  printf("%u faults: %u go wrong, %u refused\n", rounds, wrong, refused);
  return wrong > rounds / 3 && refused >= wrong;
}

int main(int argc, char **argv) {
  Arena a = {0};
  u32 bad = 0, n = sizeof cases / sizeof *cases;
  for (u32 k = 0; k < n; k++) {
    bad += !one_case(&a, k);
    arena_reset(&a);
  }
  printf("%s %u cases\n", bad ? "not ok" : "ok", n);
  bool all = random_faults(&a, argc > 1 ? (u32)atoi(argv[1]) : 2000);
  printf("%s random faults\n", all ? "ok" : "not ok");
  arena_free(&a);
  return bad || !all;
}
