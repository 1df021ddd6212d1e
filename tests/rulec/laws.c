// The laws against rules made at random and dressed up: through def, let,
// alternatives, other names, other orders.
//
//   rulec_laws [COUNT [SEED]]      rules of each kind, default 300
//
// 1. A right side that is the left, regrouped and reordered, is E-LOOP.
// 2. A rule said again in other words is E-SAME.
// 3. Of a rule and its reverse one at least breaks law 1 (or both are E-LOOP):
//    otherwise two rules would turn a value for ever.
// 4. Whether a rule of ours falls in the measure is the same for every variant.
#include "rulec/check/measure.h"
#include "rulec/cmd/command.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct OpName {
  const char *name;
  u8 kids;
  bool commutes;
} OpName;
static const OpName ops[] = {
    {"iadd", 2, true},  {"imul", 2, true},  {"band", 2, true},
    {"bor", 2, true},   {"smax", 2, true},  {"isub", 2, false},
    {"ishl", 2, false}, {"bnot", 1, false}, {"ineg", 1, false},
};
enum { NOPS = sizeof ops / sizeof ops[0], MOST = 8 };

typedef struct Tree {
  u32 op; // NOPS: a leaf
  u32 leaf;
  struct Tree *kid[2];
} Tree;

typedef struct Maker {
  Arena a;
  Text t;
  u64 state;
  u32 lets;
} Maker;

static u32 draw(Maker *m, u32 below) { // xorshift64*
  m->state ^= m->state >> 12;
  m->state ^= m->state << 25;
  m->state ^= m->state >> 27;
  return (u32)((m->state * UINT64_C(2685821657736338717)) >> 33) % below;
}

// --- terms ------------------------------------------------------------

static Tree *leaf(Maker *m, u32 k) {
  Tree *t = arena_new(&m->a, Tree);
  *t = (Tree){.op = NOPS, .leaf = k};
  return t;
}

static Tree *node(Maker *m, u32 op, Tree *x, Tree *y) {
  Tree *t = arena_new(&m->a, Tree);
  *t = (Tree){.op = op, .kid = {x, y}};
  return t;
}

// n binary ops, often the same as above, now and then a unary one between.
static Tree *grow(Maker *m, u32 n, u32 above) {
  if (!n)
    return leaf(m, draw(m, 4));
  if (draw(m, 5) == 0)
    return node(m, 7 + draw(m, 2), grow(m, n, NOPS), NULL);
  u32 op = above < 7 && draw(m, 3) ? above : draw(m, 7);
  u32 left = draw(m, n);
  Tree *x = grow(m, left, op);
  return node(m, op, x, grow(m, n - 1 - left, op));
}

static u32 gather(Tree *t, u32 op, Tree **at, u32 n) {
  if (t->op != op) {
    at[n] = t;
    return n + 1;
  }
  n = gather(t->kid[0], op, at, n);
  return gather(t->kid[1], op, at, n);
}

// The same operands under the same ops, in another order and grouping.
static Tree *shuffle(Maker *m, Tree *t) {
  Tree *at[MOST * 2];
  if (t->op == NOPS)
    return t;
  if (ops[t->op].kids == 1)
    return node(m, t->op, shuffle(m, t->kid[0]), NULL);
  u32 n = gather(t, t->op, at, 0);
  for (u32 i = 0; i < n; i++)
    at[i] = shuffle(m, at[i]);
  for (; n > 1; n--) { // two that are drawn become one
    u32 i = draw(m, n);
    Tree *x = at[i];
    at[i] = at[n - 1];
    u32 k = draw(m, n - 1);
    at[k] = draw(m, 2) ? node(m, t->op, x, at[k]) : node(m, t->op, at[k], x);
  }
  return at[0];
}

// Operands of commutative ops turned round.
static Tree *turn(Maker *m, Tree *t) {
  if (t->op == NOPS)
    return t;
  Tree *x = turn(m, t->kid[0]), *y = t->kid[1] ? turn(m, t->kid[1]) : NULL;
  bool other = ops[t->op].commutes && draw(m, 2);
  return node(m, t->op, other ? y : x, other ? x : y);
}

static u32 leaves(const Tree *t) {
  if (t->op == NOPS)
    return 1u << t->leaf;
  return leaves(t->kid[0]) | (t->kid[1] ? leaves(t->kid[1]) : 0);
}

// --- writing ----------------------------------------------------------

// The term; through def now and then, and through an alternative once.
static void write_term(Maker *m, const Tree *t, const char *names, bool *alt) {
  if (t->op == NOPS) {
    text_add(&m->t, "%c", names[t->leaf]);
    return;
  }
  bool either = alt && *alt && t->op < 7 && draw(m, 2);
  if (either) {
    *alt = false;
    text_add(&m->t, "((bnot ");
    write_term(m, t, names, NULL);
    text_add(&m->t, ") | ");
  }
  const OpName *op = &ops[t->op];
  bool def = draw(m, 4) == 0;
  text_add(&m->t, def ? "d_%s(" : "(%s ", op->name);
  write_term(m, t->kid[0], names, alt);
  if (op->kids == 2) {
    text_add(&m->t, def ? ", " : " ");
    write_term(m, t->kid[1], names, alt);
  }
  text_add(&m->t, either ? "))" : ")");
}

// ` let l = TERM` for an operand of the right, which becomes leaf 4, named l.
static Tree *write_let(Maker *m, Tree *right) {
  Tree *kid = right->op < NOPS ? right->kid[0] : NULL;
  if (!kid || kid->op == NOPS || draw(m, 2))
    return right;
  text_add(&m->t, " let l = (%s ", ops[kid->op].name);
  write_term(m, kid->kid[0], "xyzwl", NULL);
  text_add(&m->t, " ");
  if (kid->kid[1])
    write_term(m, kid->kid[1], "xyzwl", NULL);
  text_add(&m->t, ")");
  return node(m, right->op, leaf(m, 4), right->kid[1]);
}

static void write_rule(Maker *m, const char *name, Tree *left, Tree *right,
                       bool disguise) {
  bool alt = disguise;
  text_add(&m->t, "rule %s: ", name);
  text_add(&m->t, "(%s ", ops[left->op].name);
  write_term(m, left->kid[0], "xyzw", disguise ? &alt : NULL);
  if (left->kid[1]) {
    text_add(&m->t, " ");
    write_term(m, left->kid[1], "xyzw", disguise ? &alt : NULL);
  }
  text_add(&m->t, ")");
  if (disguise)
    right = write_let(m, right);
  text_add(&m->t, " => ");
  write_term(m, right, "xyzwl", NULL);
  text_add(&m->t, "\n");
}

static void begin(Maker *m) {
  m->t = (Text){.arena = &m->a};
  for (u32 i = 0; i < NOPS; i++)
    text_add(&m->t,
             ops[i].kids == 2 ? "def d_%s(a, b) = (%s a b)\n"
                              : "def d_%s(a) = (%s a)\n",
             ops[i].name, ops[i].name);
}

// --- asking rulec -----------------------------------------------------

static void check(RuleSet *r, Arena *a, const char *text) {
  Words files = {0};
  rules_begin(r, a);
  vec_push(a, &files, "rules/ops.rules");
  must(rules_read(r, &files) == EXIT_GOOD, "no rules: run it at the root");
  Source *src = arena_new(a, Source);
  *src = (Source){
      .path = "made", .text = text, .size = (u32)strlen(text), .index = 1};
  rules_source(r, src);
  rules_resolve(r);
  rules_check(r);
  rules_finish(r);
}

static bool is_inside(Loc at, Loc whole) {
  return at.src == whole.src && at.at >= whole.at &&
         at.at < whole.at + whole.len;
}

static bool has(const RuleSet *r, const char *rule, DiagCode code) {
  for (u32 i = 0; i < r->diags.list.n; i++) {
    const Diag *d = &r->diags.list.at[i];
    for (u32 k = 0; d->code == code && k < r->ast.n; k++)
      if (is_inside(d->loc, r->ast.at[k]->whole) &&
          strcmp(r->ast.at[k]->name.s, rule) == 0)
        return true;
  }
  return false;
}

static u32 complain(const RuleSet *r, const char *rule, const char *what) {
  for (u32 k = 0; k < r->ast.n; k++)
    if (strcmp(r->ast.at[k]->name.s, rule) == 0)
      printf("%s: %.*s\n", what, (int)r->ast.at[k]->whole.len,
             r->ast.at[k]->whole.src->text + r->ast.at[k]->whole.at);
  return 1;
}

// A rule that sema refuses (too many symmetries) is not the laws' business.
static bool is_typed(const RuleSet *r, const char *rule) {
  for (u32 i = 0; i < r->sema->nrules; i++)
    if (strcmp(r->sema->rules[i].decl->name.s, rule) == 0)
      return r->sema->rules[i].count > 0;
  return false;
}

// --- the four ---------------------------------------------------------

static Tree *left_side(Maker *m) {
  Tree *t = grow(m, 2 + draw(m, 3), NOPS);
  while (t->op >= 7) // a root on two operands
    t = t->kid[0];
  return t;
}

static u32 try_mirrors(Maker *m, u32 n) {
  RuleSet r;
  u32 wrong = 0, seen = 0;
  begin(m);
  for (u32 i = 0; i < n; i++) {
    Tree *left = left_side(m);
    write_rule(m, arena_printf(&m->a, "m%u", i), left, shuffle(m, left), true);
  }
  check(&r, &m->a, text_str(&m->t));
  for (u32 i = 0; i < n; i++) {
    const char *name = arena_printf(&m->a, "m%u", i);
    seen += is_typed(&r, name);
    if (is_typed(&r, name) && !has(&r, name, E_LOOP))
      wrong += complain(&r, name, "a mirror that passes");
  }
  printf("%u mirrors, %u wrong\n", seen, wrong);
  return wrong + (seen < n / 2);
}

static void write_same(Maker *m, u32 i, char which, const Tree *t,
                       const char *names) {
  static const char *const below[] = {"k <u %u", "%u >u k", "!(k >=u %u)",
                                      "!(%u <=u k)"};
  static const char *const bits[] = {"(k & %u) != 0", "0 != (%u & k)",
                                     "!((k & %u) == 0)", "!(0 == (%u & k))"};
  const char *guard[2] = {below[draw(m, 4)], bits[draw(m, 4)]};
  u32 number[2] = {20 + i, 4 + i}, first = draw(m, 2);
  text_add(&m->t, "rule s%u%c: (imul ", i, which);
  bool right = draw(m, 2);
  if (right)
    text_add(&m->t, "(iconst k) ");
  write_term(m, t, names, NULL);
  text_add(&m->t, right ? ") if " : " (iconst k)) if ");
  for (u32 k = 0; k < 2; k++) {
    const char *g = guard[k ^ first];
    const char *mark = strstr(g, "%u");
    text_add(&m->t, "%.*s%u%s%s", (int)(mark - g), g, number[k ^ first],
             mark + 2,
             k            ? ""
             : draw(m, 2) ? " && "
                          : " if ");
  }
  u32 var = 0;
  while (!(leaves(t) >> var & 1))
    var++;
  text_add(&m->t, " => subsume (ishl %c (iconst k))\n", names[var]);
}

static u32 try_same(Maker *m, u32 n) {
  RuleSet r;
  u32 wrong = 0;
  begin(m);
  for (u32 i = 0; i < n; i++) {
    Tree *t = grow(m, 1 + draw(m, 3), NOPS);
    write_same(m, i, 'a', t, "xyzw");
    write_same(m, i, 'b', turn(m, t), "pqrs");
  }
  check(&r, &m->a, text_str(&m->t));
  for (u32 i = 0; i < n; i++) {
    const char *name = arena_printf(&m->a, "s%ub", i);
    if (is_typed(&r, name) && !has(&r, name, E_SAME))
      wrong += complain(&r, name, "a copy that passes");
  }
  printf("%u copies, %u wrong\n", n, wrong);
  return wrong;
}

static bool law_one(const RuleSet *r, const char *name) {
  return has(r, name, E_COST) || has(r, name, E_ORDER) || has(r, name, E_LOOP);
}

static u32 try_reverse(Maker *m, u32 n) {
  RuleSet r;
  u32 wrong = 0;
  begin(m);
  for (u32 i = 0; i < n; i++) {
    Tree *x = left_side(m), *y = left_side(m);
    for (u32 k = 0; k < 40 && leaves(x) != leaves(y); k++)
      y = left_side(m);
    if (leaves(x) != leaves(y))
      y = shuffle(m, x);
    write_rule(m, arena_printf(&m->a, "r%ua", i), x, y, false);
    write_rule(m, arena_printf(&m->a, "r%ub", i), y, x, false);
  }
  check(&r, &m->a, text_str(&m->t));
  for (u32 i = 0; i < n; i++) {
    const char *a = arena_printf(&m->a, "r%ua", i);
    const char *b = arena_printf(&m->a, "r%ub", i);
    if (is_typed(&r, a) && is_typed(&r, b) && !law_one(&r, a) &&
        !law_one(&r, b))
      wrong += complain(&r, a, "a rule that may be turned round");
  }
  printf("%u pairs, %u wrong\n", n, wrong);
  return wrong;
}

static bool falls(Arena *a, const Sema *s, const RuleX *x) {
  RuleTerms t;
  terms_init(&t, a, s, x);
  Side left = side_left(&t, NULL), right = side_right(&t, NULL);
  return rule_falls(&t, &left, &right);
}

static u32 try_variants(Arena *a, int nfiles, char **file) {
  RuleSet r;
  Words files = {0};
  u32 wrong = 0;
  rules_begin(&r, a);
  for (int i = 0; i < nfiles; i++)
    vec_push(a, &files, file[i]);
  must(rules_read(&r, &files) == EXIT_GOOD, "no rules: run it at the root");
  rules_resolve(&r);
  const Sema *s = r.sema;
  for (u32 i = 1; i < s->nrulexs; i++) {
    const RuleX *x = &s->rulexs[i - 1], *y = &s->rulexs[i];
    if (x->rule == y->rule && x->expansion == y->expansion &&
        falls(a, s, x) != falls(a, s, y)) {
      printf("%s%s: a variant that falls otherwise\n", x->rule->decl->name.s,
             x->at);
      wrong++;
    }
  }
  printf("%u variants, %u wrong\n", s->nrulexs, wrong);
  return wrong + (s->nrulexs < 2000);
}

int main(int argc, char **argv) {
  u32 n = argc > 1 ? (u32)atoi(argv[1]) : 300;
  u64 seed = argc > 2 ? (u64)atoll(argv[2]) : 1;
  Maker m = {.state = seed * 2 + 1};
  static char names[][32] = {"rules/ops.rules",        "rules/mid/arith.rules",
                             "rules/mid/bits.rules",   "rules/mid/cast.rules",
                             "rules/mid/cmp.rules",    "rules/mid/extend.rules",
                             "rules/mid/select.rules", "rules/mid/shift.rules"};
  char *files[8];
  for (u32 i = 0; i < 8; i++)
    files[i] = names[i];
  u32 wrong = try_mirrors(&m, n) + try_same(&m, n) + try_reverse(&m, n) +
              try_variants(&m.a, 8, files);
  arena_free(&m.a);
  return wrong != 0;
}
