// Whether the generated matchers are the rules: a slow, obvious matcher
// (rulec/test/match.c) reads the same rules and looks at the same e-graph, node
// by node, while programs are compiled. Both must find the same matches (rule,
// shape, members, what variables stand for, the order of all), the tables that
// say where nothing can match must be right, and each right side must come to
// the same class, operation or trap.
//
//   rulec_translation [--programs N] [--seed N] [FILE.wasm ...]
//   rulec_translation --plant [FILE.wasm ...]
//
// Random programs (300) and, without FILE, corpus/sort.wasm and
// corpus/scalars.wasm. --plant proves that it can fail: one rule at a time is
// made wrong on the slow side, and that has to be noticed. `ninja
// check-translation` takes all of the corpus.
#include "mid/ir/gen.h"
#include "mid/wasm/module.h"
#include "rulec/cmd/command.h"
#include "tests/rulec/translation.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_SAID = 10 };

typedef struct Arm { // stands for a match's arm: knows the slow match beside it
  RwArm arm;         // first
  const RwArm *orig;
  RuleMatch *slow;
} Arm;

typedef struct SlowMatch { // found by the slow matcher
  u32 rule, shape;
  RuleMatch m;
} SlowMatch;

typedef struct RuleRow { // a RuleX at its root
  const RuleX *x;
  u32 rule, shape; // numbers as the generated rules have them
} RuleRow;

typedef struct Rows {
  VEC(RuleRow) at;
} RowVec;

// The engine calls matchers with nothing but the graph: one run at a time.
static struct {
  Arena keep, arena; // arena: of one function
  const Sema *sema;
  RowVec *pure, *effects, *remats; // by opcode, in the order of rules
  u64 nodes, matches, built, changed, failures;
  u32 *fired; // by rule
  bool quiet;
} test;

static void complain(const RuleX *x, const char *what, const char *more) {
  if (test.failures++ >= MOST_SAID || test.quiet)
    return;
  printf("FAILED %s%s: %s%s\n", x ? x->rule->decl->name.s : "?", x ? x->at : "",
         what, more);
}

// --- rules by root ----------------------------------------------------------

// Base ops, variables and literals of a pattern: what one matcher serves.
static void shape(Text *t, const Sema *s, const Node *n) {
  if (n->kind == N_OP) {
    text_add(t, "(%s %s", n->var ? n->var->name : "", s->ops[n->op].base->name);
    for (u32 k = 0; k < n->nkids; k++)
      shape(t, s, n->kids[k]);
    text_add(t, ")");
  } else if (n->kind == N_VAR) {
    text_add(t, " %s", n->var->wild ? "_" : n->var->name);
  } else {
    bool number = n->kind == N_VALCONST;
    u64 num = (u64)n->num;
    if (number && n->sort.bits == 32)
      num = (u64)(s64)(s32)num;
    text_add(t, n->kind == N_WILD ? " _" : " %u#%llu",
             number + (number && n->sort.type >= VT_F32),
             (unsigned long long)num);
  }
}

static bool is_number(const Sema *s, const Node *n) {
  return n->kind == N_VALCONST ||
         (n->kind == N_OP && (s->ops[n->op].flags & OPF_FLOATS));
}

// A constant left of something else that commutes: the engine turns it round.
static bool never_comes(const Sema *s, const Node *n) {
  const OpInst *op = &s->ops[n->op];
  if (n->kind != N_OP)
    return false;
  bool idle = op->sym_op && op->nvals == 2 && n->nkids == 2 &&
              is_number(s, n->kids[0]) && !is_number(s, n->kids[1]);
  for (u32 k = 0; k < n->nkids && !idle; k++)
    idle = never_comes(s, n->kids[k]);
  return idle;
}

// Shapes are numbered as they first come.
static void add_rule(const Rule *rule, u32 number, RowVec *rows) {
  const Sema *s = test.sema;
  const char **shapes = arena_array0(&test.keep, const char *, rule->count + 1);
  u32 n = 0;
  for (u32 i = 0; i < rule->count; i++) {
    const RuleX *x = &s->rulexs[rule->first + i];
    Text t = {.arena = &test.keep};
    u32 k = 0;
    shape(&t, s, x->lhs);
    const char *mine = text_str(&t);
    while (k < n && strcmp(shapes[k], mine))
      k++;
    if (never_comes(s, x->lhs))
      k = rule->count; // must never match
    else if (k == n)
      shapes[n++] = mine;
    RuleRow row = {x, number, k};
    vec_push(&test.keep, &rows[x->lhs->op].at, row);
  }
}

static void index_rules(const Sema *s) {
  test.sema = s;
  test.pure = arena_array0(&test.keep, RowVec, s->nops);
  test.effects = arena_array0(&test.keep, RowVec, s->nops);
  test.remats = arena_array0(&test.keep, RowVec, s->nops);
  u32 number = 0;
  for (u32 i = 0; i < s->nrules; i++) {
    const Rule *r = &s->rules[i];
    const RuleX *x = r->count ? &s->rulexs[r->first] : NULL;
    bool both = x && s->ops[x->lhs->op].pure_when && x->rhs_kind != RHS_REMOVE;
    if (r->is_remat)
      add_rule(r, 0, test.remats);
    else if (r->is_skeleton)
      add_rule(r, number, test.effects);
    if (!r->is_remat && (!r->is_skeleton || both))
      add_rule(r, number, test.pure);
    number += !r->is_remat;
  }
  must(number == mid_builtin.nrules, "other rules than those built in");
  test.fired = arena_array0(&test.keep, u32, number + 1);
}

// --- matching ---------------------------------------------------------------

typedef VEC(SlowMatch) SlowVec;

static void find_all(Slow *s, const RowVec *rows, u32 node, SlowVec *out) {
  for (u32 i = 0; i < rows->at.n; i++) {
    const RuleRow *row = &rows->at.at[i];
    RuleMatches found = {0};
    match_find(&s->m, row->x, node, &found);
    for (u32 k = 0; k < found.n; k++) {
      SlowMatch m = {row->rule, row->shape, found.at[k]};
      vec_push(&test.arena, out, m);
    }
  }
}

static bool before(const SlowMatch *x, const SlowMatch *y) {
  if (x->rule != y->rule)
    return x->rule < y->rule;
  if (x->shape != y->shape)
    return x->shape < y->shape;
  return x->m.members < y->m.members;
}

static void sort_slow(SlowVec *v) {
  for (u32 i = 1; i < v->n; i++) {
    SlowMatch m = v->at[i];
    u32 k = i;
    for (; k && before(&m, &v->at[k - 1]); k--)
      v->at[k] = v->at[k - 1];
    v->at[k] = m;
  }
}

static void sort_fast(Matches *ms) {
  for (u32 i = 1; i < ms->n; i++) {
    Match m = ms->at[i];
    u32 k = i;
    for (; k && ms->at[k - 1].order > m.order; k--)
      ms->at[k] = ms->at[k - 1];
    ms->at[k] = m;
  }
}

// Variables in the order in which the pattern names them.
static void list_vars(const Node *n, const Var **out, u32 *count) {
  const Var *v = n->kind == N_OP || n->kind == N_VAR ? n->var : NULL;
  if (v && !v->wild) {
    u32 k = 0;
    while (k < *count && out[k] != v)
      k++;
    if (k == *count)
      out[(*count)++] = v;
  }
  for (u32 k = 0; k < n->nkids; k++)
    list_vars(n->kids[k], out, count);
}

// The last words of a match are its variables.
static bool same_words(Slow *s, const Match *fast, const RuleMatch *slow) {
  const Var *vars[64];
  u32 n = 0;
  list_vars(slow->x->lhs, vars, &n);
  if (fast->arm->words < n)
    return false;
  for (u32 k = 0; k < n; k++) {
    u64 word = fast->v[fast->arm->words - n + k];
    const Var *v = vars[k];
    if (v->kind == VAR_VALUE) {
      u32 cls = slow->cls[v->index];
      if (cls == ROOT ? word != 0 : !eg_same(s->g, (u32)word, cls))
        return false;
      continue;
    }
    EvVal x = slow_word(s, v->sort, word);
    if (!ev_equal(&x, &slow->imm[v->index]))
      return false;
  }
  return true;
}

static u32 make_checked(Egraph *g, const u64 *v);
static bool change_checked(Egraph *g, const u64 *v, Rewritten *r);

// Gives the match an arm that knows the slow one.
static void pair(Match *fast, const SlowMatch *slow) {
  Arm *a = arena_new(&test.arena, Arm);
  RuleMatch *m = arena_new(&test.arena, RuleMatch);
  *m = slow->m;
  *a = (Arm){.arm = *fast->arm, .orig = fast->arm, .slow = m};
  a->arm.make = fast->arm->make ? make_checked : NULL;
  a->arm.change = fast->arm->change ? change_checked : NULL;
  fast->arm = &a->arm;
}

static void compare(Slow *s, Matches *fast, SlowVec *slow) {
  u32 most = slow->n < MATCH_MAX ? slow->n : MATCH_MAX;
  sort_fast(fast);
  sort_slow(slow);
  test.nodes++;
  test.matches += fast->n;
  for (u32 k = 0; k < fast->n || k < most; k++) {
    const Match *f = k < fast->n ? &fast->at[k] : NULL;
    const SlowMatch *m = k < most ? &slow->at[k] : NULL;
    const RuleX *x = m ? m->m.x : NULL;
    if (!f || (m && f->arm->rule > m->rule)) {
      complain(x, "not matched", "");
    } else if (!m || f->arm->rule < m->rule) {
      complain(NULL, "matched: ", mid_builtin.rules[f->arm->rule].name);
    } else if (f->arm->variant != m->shape) {
      complain(x, "another shape", "");
    } else if (!same_words(s, f, &m->m)) {
      complain(x, "variables stand for something else", "");
    } else if (f->arm->subsume != m->m.x->rule->decl->subsume) {
      complain(x, "subsumes, or does not", "");
    } else {
      test.fired[m->rule]++;
      pair(&fast->at[k], m);
      continue;
    }
    return;
  }
}

static Slow slow_at(Egraph *g, const Inst *root) {
  Slow s;
  slow_begin(&s, test.sema, &test.arena);
  s.g = g;
  s.root = root;
  return s;
}

// The engine's own test, by the generated tables.
static bool may_match(const Egraph *g, const Inst *in) {
  u16 base = op_info[in->op].base;
  if (!(mid_builtin.roots[base] & 1))
    return false;
  if (mid_builtin.always[base])
    return true;
  for (u32 k = 0; k < op_info[in->op].nvals; k++)
    for (u32 c = eg_class(g, inst_val(in, k)); c; c = g->info[c].next) {
      u16 b = op_info[eg_node(g, c)->op].base;
      if (mid_builtin.wanted[base][k][b >> 6] >> (b & 63) & 1)
        return true;
    }
  return false;
}

static void match_checked(Egraph *g, u32 x, Matches *ms) {
  Inst in = *eg_node(g, x);
  Slow s = slow_at(g, &in);
  SlowVec found = {0};
  bool may = may_match(g, &in);
  mid_builtin.plain[0]->match(g, x, ms);
  find_all(&s, &test.pure[in.op], x, &found);
  if (!may && found.n)
    complain(found.at[0].m.x, "the tables say that nothing can match here", "");
  compare(&s, ms, &found);
  if (!may)
    ms->n = 0; // as without this test
}

static void match_skeleton_checked(Egraph *g, const Inst *in, Matches *ms) {
  Slow s = slow_at(g, in);
  SlowVec found = {0};
  mid_builtin.plain[0]->match_skeleton(g, in, ms);
  find_all(&s, &test.effects[in->op], ROOT, &found);
  if (found.n && !(mid_builtin.roots[op_info[in->op].base] & 2))
    complain(found.at[0].m.x, "the tables say that nothing can match here", "");
  compare(&s, ms, &found);
}

static bool remat_checked(const Egraph *g, const Inst *in) {
  Slow s = slow_at((Egraph *)(uintptr_t)g, in);
  SlowVec found = {0};
  bool is = (mid_builtin.roots[op_info[in->op].base] & 4) &&
            mid_builtin.plain[0]->remat(g, in);
  find_all(&s, &test.remats[in->op], ROOT, &found);
  if (is != (found.n > 0))
    complain(found.n ? found.at[0].m.x : NULL, "remat, or not", "");
  return is;
}

// --- right sides
// --------------------------------------------------------------

static const Arm *arm_of(const u64 *v) {
  const Match *m =
      (const Match *)(const void *)((const u8 *)v - offsetof(Match, v));
  return (const Arm *)(const void *)m->arm;
}

// Made again the slow way nothing may be new, and the class the same.
static u32 make_checked(Egraph *g, const u64 *v) {
  Arm a = *arm_of(v);
  u32 fast = a.orig->make(g, v), before = g->n.n;
  Slow s = slow_at(g, NULL);
  RuleMatch m = *a.slow;
  u32 slow = match_lets(&s.m, &m) ? match_term(&s.m, &m, m.x->rhs[0]) : 0;
  test.built++;
  if (!fast != !slow || (fast && !eg_same(g, fast, slow)) || g->n.n != before)
    complain(m.x, "another right side", "");
  return fast;
}

static bool same_inst(Slow *s, const Inst *x, const Inst *y) {
  const OpInst *op = &s->m.s->ops[x->op];
  if (x->op != y->op || x->type != y->type)
    return false;
  for (u32 k = 0; k < op->noperands; k++) {
    const OperandInfo *o = &op->operands[k];
    if (o->is_value) {
      if (!eg_same(s->g, slow_field(x, o->where), slow_field(y, o->where)))
        return false;
      continue;
    }
    EvVal a = slow_imm_of(s, x, o), b = slow_imm_of(s, y, o);
    if (!ev_equal(&a, &b))
      return false;
  }
  return true;
}

static bool slow_op_is(Slow *s, RuleMatch *m, const Node *n, const Inst *fast) {
  MatchArg args[8];
  if (!match_op(&s->m, m, n, args))
    return false;
  Inst i = slow_build(s, n->op, args);
  return same_inst(s, &i, fast);
}

static bool same_stmts(Slow *s, RuleMatch *m, const Rewritten *r) {
  u32 n = 0;
  for (u32 k = 0; k < m->x->nstmts; k++) {
    const StmtX *st = &m->x->stmts[k];
    if (st->kind == SX_BIND)
      m->cls[st->vars[0]->index] = match_term(&s->m, m, st->e);
    else if (n >= r->n || !slow_op_is(s, m, st->e, &r->op[n++]))
      return false;
  }
  return r->kind == RW_OPS && n == r->n;
}

static bool same_change(Slow *s, RuleMatch *m, const Rewritten *r) {
  const RuleX *x = m->x;
  if (!match_lets(&s->m, m))
    return false;
  switch ((RhsKind)x->rhs_kind) {
  case RHS_REMOVE: return r->kind == RW_REMOVE;
  case RHS_VALUES:
    return r->kind == RW_VALUE &&
           eg_same(s->g, match_term(&s->m, m, x->rhs[0]), r->value);
  case RHS_TERM:
    return r->kind == RW_OPS && r->n == 1 &&
           slow_op_is(s, m, x->rhs[0], &r->op[0]);
  case RHS_STMTS: return same_stmts(s, m, r);
  case RHS_TRAP:
    return r->kind == RW_TRAP &&
           r->trap == (x->trap_var ? ev_u64(&m->imm[x->trap_var->index])
                                   : eval_trap_code(x->trap));
  }
  return false;
}

static bool change_checked(Egraph *g, const u64 *v, Rewritten *r) {
  Arm a = *arm_of(v);
  bool fast = a.orig->change(g, v, r);
  Slow s = slow_at(g, NULL);
  RuleMatch m = *a.slow;
  u32 before = g->n.n;
  test.changed++;
  if (fast && (!same_change(&s, &m, r) || g->n.n != before))
    complain(m.x, "changed into something else", "");
  return fast;
}

// --- programs
// -----------------------------------------------------------------

static const RwRules *const checked[] = {
    &(const RwRules){.match = match_checked,
                     .match_skeleton = match_skeleton_checked,
                     .remat = remat_checked}};

// Asks at every node: the tables are part of what is tested.
static MidRules rules_checked(void) {
  u8 *all = arena_array0(&test.keep, u8, base_count);
  memset(all, 7, base_count);
  MidRules set = mid_builtin;
  set.plain = checked;
  set.roots = set.always = all;
  return set;
}

static void random_program(u64 seed, const MidRules *set) {
  Arena a = {0}, scratch = {0};
  GenOptions o = gen_options(seed);
  o.size = 20 + (u32)(seed % 7) * 30;
  IrModule m = ir_generate(&a, &o);
  EgraphOptions e = egraph_options();
  e.set = set;
  e.fuel = 1u << 30; // the slow side knows no fuel
  if (seed % 3 == 1)
    e.matches_limit = e.eclass_limit = 16, e.rewrite_depth = 9;
  for (u32 k = 0; k < m.nfuncs; k++)
    if (m.funcs[k]) {
      (void)egraph_run(&a, &scratch, m.funcs[k], &e, NULL, NULL, NULL);
      arena_reset(&test.arena);
    }
  arena_free(&scratch);
  arena_free(&a);
}

static bool optimize_file(const char *path, const MidRules *set) {
  Arena a = {0}, ir = {0}, opt = {0}, scratch = {0};
  u8 *bytes;
  size_t size;
  WasmModule m;
  WasmError err = {0};
  TranslateOptions t = {.fold = true, .gvn = true};
  EgraphOptions o = egraph_options();
  o.set = set;
  o.fuel = 1u << 30;
  bool ok = !file_read(&a, path, &bytes, &size) &&
            wasm_decode(&a, bytes, size, &m, &err);
  for (u32 k = ok ? m.nimported_funcs : 0; ok && k < m.nfuncs; k++) {
    Func *f = wasm_translate(&ir, &m, k, &t, &err);
    ok = f != NULL;
    if (ok)
      (void)egraph_run(&opt, &scratch, f, &o, NULL, NULL, NULL);
    arena_reset(&ir);
    arena_reset(&opt);
    arena_reset(&scratch);
    arena_reset(&test.arena);
  }
  if (!ok)
    printf("FAILED %s: %s\n", path, err.what);
  arena_free(&ir);
  arena_free(&opt);
  arena_free(&scratch);
  arena_free(&a);
  return ok;
}

// --- planted faults
// -------------------------------------------------------------

typedef struct Plant {
  const char *rule, *what;
} Plant;
static const Plant plants[] = {
    {"add-add-const", "guard"}, {"brif-eq-zero", "swap"},
    {"sub-const", "literal"},   {"select-smax", "lost"},
    {"xor-ones", "literal"},    {"add-neg", "swap"},
    {"mul-pow2-plus", "guard"}, {"sge-const", "subsume"},
    {"add-zero", "order"},
};

static bool bump_literal(Node *n) {
  if (n->kind == N_VALCONST || (n->kind == N_CONST && n->sort.kind == SORT_BV))
    return n->num++, true;
  for (u32 k = 0; k < n->nkids; k++)
    if (bump_literal(n->kids[k]))
      return true;
  return false;
}

static void swap_kids(Node *n) {
  Node *x = n->kids[n->nkids - 1];
  n->kids[n->nkids - 1] = n->kids[n->nkids - 2];
  n->kids[n->nkids - 2] = x;
}

// A guard more, or none; a literal one larger; operands exchanged; expansions
// lost; subsuming turned round; two rules in the other order.
static void spoil(const Sema *s, Rule *rule, const char *what) {
  Decl *d = (Decl *)(uintptr_t)rule->decl;
  if (!strcmp(what, "subsume"))
    d->subsume = !d->subsume;
  if (!strcmp(what, "lost")) {
    rule->first += (rule->count + 1) / 2;
    rule->count /= 2;
  }
  if (!strcmp(what, "order")) {
    Rule other = rule[1];
    rule[1] = rule[0];
    rule[0] = other;
  }
  for (u32 k = 0; k < rule->count; k++) {
    RuleX *x = &s->rulexs[rule->first + k];
    if (!strcmp(what, "literal") && !bump_literal(x->lhs))
      bump_literal(x->rhs[0]);
    bool again =
        k && x->rhs && x->rhs[0] == s->rulexs[rule->first + k - 1].rhs[0];
    if (!strcmp(what, "swap") && !again)
      swap_kids(x->rhs[0]);
    if (!strcmp(what, "guard") && x->nclauses)
      x->nclauses = 0;
    else if (!strcmp(what, "guard"))
      bump_literal(x->lhs), rule->count = 0;
  }
}

// --- all of it
// --------------------------------------------------------------------

static int by_name(const void *x, const void *y) {
  return strcmp(*(const char *const *)x, *(const char *const *)y);
}

// The rules as configure lists them.
static bool read_rules(RuleSet *r) {
  Words files = {0};
  vec_push(&test.keep, &files, "rules/ops.rules");
  DIR *d = opendir("rules/mid");
  for (struct dirent *e; d && (e = readdir(d));)
    if (strstr(e->d_name, ".rules"))
      vec_push(&test.keep, &files,
               arena_printf(&test.keep, "rules/mid/%s", e->d_name));
  if (!d)
    return false;
  closedir(d);
  qsort(files.at + 1, files.n - 1, sizeof *files.at, by_name);
  rules_begin(r, &test.keep);
  if (rules_read(r, &files))
    return false;
  rules_resolve(r);
  return !r->diags.errors;
}

// Programs that once told the two apart. 4960: a rule that does not subsume
// made a constant, which joined a class instead of being its value.
static const u64 once_wrong[] = {4960};

static void run(u64 seed, u32 programs, int nfiles, char **files) {
  static const char *const few[] = {"corpus/sort.wasm", "corpus/scalars.wasm"};
  MidRules set = rules_checked();
  for (u32 k = 0; k < sizeof once_wrong / sizeof *once_wrong; k++)
    random_program(once_wrong[k], &set);
  for (u32 k = 0; k < programs; k++)
    random_program(seed + k, &set);
  for (int k = 0; k < (nfiles ? nfiles : 2); k++)
    if (!optimize_file(nfiles ? files[k] : few[k], &set))
      test.failures++;
}

// One fault after the other, each in rules read anew.
static int plant(int nfiles, char **files) {
  u32 missed = 0, n = sizeof plants / sizeof *plants;
  test.quiet = true;
  for (u32 k = 0; k < n; k++) {
    RuleSet r;
    if (!read_rules(&r))
      return 1;
    u32 i = 0;
    while (strcmp(r.sema->rules[i].decl->name.s, plants[k].rule))
      must(++i < r.sema->nrules, "no rule %s", plants[k].rule);
    spoil(r.sema, &r.sema->rules[i], plants[k].what);
    index_rules(r.sema);
    test.failures = 0;
    run(1, 40, nfiles, files);
    if (!test.failures)
      printf("FAILED %s: a fault (%s) was not noticed\n", plants[k].rule,
             plants[k].what);
    missed += !test.failures;
  }
  printf("%s %u of %u planted faults noticed\n", missed ? "FAILED" : "ok",
         n - missed, n);
  return missed != 0;
}

int main(int argc, char **argv) {
  u32 programs = 300;
  u64 seed = 1;
  bool planting = argc < 2;
  int k = 1;
  for (; k < argc && argv[k][0] == '-'; k++) {
    if (!strcmp(argv[k], "--plant"))
      return plant(argc - k - 1, argv + k + 1);
    if (!strcmp(argv[k], "--programs") && k + 1 < argc)
      programs = (u32)strtoul(argv[++k], NULL, 10);
    else if (!strcmp(argv[k], "--seed") && k + 1 < argc)
      seed = strtoull(argv[++k], NULL, 10);
  }
  RuleSet r;
  if (!read_rules(&r)) {
    puts("no rules: run it from the project's folder");
    return 77;
  }
  index_rules(r.sema);
  run(seed, programs, argc - k, argv + k);
  u32 fired = 0;
  for (u32 i = 0; i < mid_builtin.nrules; i++)
    fired += test.fired[i] != 0;
  printf(
      "%s %llu nodes, %llu matches of %u rules (of %u), %llu right sides and "
      "%llu changes made twice\n",
      test.failures ? "FAILED" : "ok", (unsigned long long)test.nodes,
      (unsigned long long)test.matches, fired, mid_builtin.nrules,
      (unsigned long long)test.built, (unsigned long long)test.changed);
  return test.failures ? 1 : planting ? plant(0, NULL) : 0;
}
