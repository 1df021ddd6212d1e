// Writes out/gen/mid.c: the rewrite rules as C.
//
// First the guards and right sides (gen_mid_side.c), then one function per root
// op that walks the match tree (tree.c) and records what matches, then the
// tables by which the engine finds all that: docs/egraph.md and
// mid/egraph/rewrite.h say how it uses them.
#include "rulec/gen_mid.h"

#include <stdarg.h>
#include <stdio.h>

enum { FUNCTION_LINES = 2000 };

static const char *base_name(const GenMid *m, u32 base) {
  return m->s->opdecls[base].name;
}

static void line(GenMid *m, const char *fmt, ...) BASE_PRINTF(2, 3);
static void line(GenMid *m, const char *fmt, ...) {
  char buf[1000];
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(buf, sizeof buf, fmt, ap);
  va_end(ap);
  text_add(m->out, "%*s%s\n", (int)m->indent, "", buf);
}

// --- places in C
// --------------------------------------------------------------------

static const char *path(const Row *r, u32 pos) {
  return r->pos[pos].path;
}

static const char *field(GenMid *m, const Row *r, u32 pos, u8 where) {
  static const char *const names[] = {"a", "b", "c"};
  if (where == 3)
    return arena_printf(m->s->arena, "inst_imm64(n%s)", path(r, pos));
  return arena_printf(m->s->arena, "n%s->%s", path(r, pos),
                      where == 4 ? "n" : names[where]);
}

// Operands were leaders when the node was made; whoever builds with them asks
// for their classes of today.
static const char *value_of(GenMid *m, const Row *r, u32 pos, u8 where) {
  if (where == 0xff)
    return pos ? arena_printf(m->s->arena, "m%s", path(r, pos)) : "ms->root";
  return field(m, r, pos, where);
}

// --- arms
// ---------------------------------------------------------------------------

// What the tree has not tested: repeated variables, literals among immediates,
// opcodes.
static const char *conditions(GenMid *m, const Row *r) {
  Text t = {.arena = m->s->arena};
  for (u32 k = 0; k < r->nfixed; k++)
    text_add(&t, " && n%s->op == %s", path(r, r->fixed[k]),
             m->s->ops[r->ops[0][r->fixed[k]]].cname);
  for (u32 k = 0; k < r->nimm; k++)
    text_add(&t, " && %s == %llu", field(m, r, r->imm[k].pos, r->imm[k].where),
             (unsigned long long)r->imm[k].num);
  for (u32 k = 0; k < r->nsame; k++) {
    const Same *s = &r->same[k];
    text_add(&t, s->value ? " && eg_same(g, %s, %s)" : " && %s == %s",
             value_of(m, r, s->pos, s->where),
             value_of(m, r, s->pos2, s->where2));
  }
  const char *s = text_str(&t);
  return *s ? s + 4 : s;
}

static const char *members(GenMid *m) {
  Text t = {.arena = m->s->arena};
  for (u32 k = 0; k < m->loops.n; k++) {
    if (k)
      text_add(&t, " | i%s << %u", m->loops.at[k], 4 * k);
    else
      text_add(&t, "i%s", m->loops.at[k]);
  }
  return m->loops.n ? text_str(&t) : "0";
}

// The words of a match, in groups of three or six that go by register.
static void write_words(GenMid *m, const Row *r, Text *t) {
  u32 n = r->nkeys + r->nvars, room = n <= 3 ? 3 : n <= 6 ? 6 : n;
  for (u32 k = 0; k < r->nkeys; k++)
    text_add(t, ", n%s->op", path(r, r->keys[k]));
  for (u32 k = 0; k < r->nvars; k++)
    text_add(t, ", %s", value_of(m, r, r->vars[k].pos, r->vars[k].where));
  for (u32 k = n; k < room; k++)
    text_add(t, ", 0");
}

static void write_arm(GenMid *m, const Row *r) {
  u32 words = r->nkeys + r->nvars;
  Text t = {.arena = m->s->arena};
  write_words(m, r, &t);
  const char *c = conditions(m, r), *v = text_str(&t);
  line(m, "// %s: %s", decl_where(m->s, r->rule->decl), r->rule->decl->name.s);
  if (*c) {
    line(m, "if (%s)", c);
    m->indent += 2;
  }
  const char *arms = m->skeleton ? "effect_arms" : "arms";
  if (words <= 6)
    line(m, "rw_arm%u(g, ms, &%s[%u], %s%s);", words <= 3 ? 3 : 6, arms,
         r->index, members(m), v);
  else
    line(m, "rw_arm(g, ms, &%s[%u], %s, (const u64[]){%s});", arms, r->index,
         members(m), v + 2);
  if (*c)
    m->indent -= 2;
}

static void write_arms(GenMid *m, const Rows *rows) {
  // wb numbers the arms of a library when it loads it
  text_add(m->out, "\nstatic %sRwArm %s[] = {\n", m->library ? "" : "const ",
           m->skeleton ? "effect_arms" : "arms");
  for (u32 k = 0; k < rows->n; k++) {
    const Row *r = &rows->at[k];
    const char *guard = m->guards[k], *side = m->sides[k];
    text_add(m->out, "    {%s, %s, %s, %u, %u, %u, %u, %d},\n",
             guard ? guard : "NULL", m->skeleton ? "NULL" : side,
             m->skeleton ? side : "NULL", r->number, r->number, r->variant,
             r->nkeys + r->nvars, r->rule->decl->subsume);
  }
  text_add(m->out, "    {0}};\n");
}

// --- the tree
// ------------------------------------------------------------------------

static void write_tree(GenMid *m, const Tree *t);

static bool is_const_base(const GenMid *m, u32 base) {
  return m->s->ops[m->s->opdecls[base].first].nvals == 0;
}

static void write_literals(GenMid *m, const Group *g) {
  line(m, "switch (rw_number(n%s)) {", path(g->row, g->pos));
  for (u32 k = 0; k < g->ncases; k++) {
    s64 num = g->cases[k].step.num;
    if (num == INT64_MIN)
      line(m, "case INT64_MIN: {");
    else
      line(m, "case %lld: {", (long long)num);
    m->indent += 2;
    write_tree(m, g->cases[k].then);
    line(m, "break;");
    m->indent -= 2;
    line(m, "}");
  }
  line(m, "default:");
  line(m, "  break;");
  line(m, "}");
}

static void write_bases(GenMid *m, const Group *g) {
  const char *p = path(g->row, g->pos);
  if (g->ncases == 1) {
    line(m, "if (op_info[n%s->op].base == BASE_%s) {", p,
         base_name(m, g->cases[0].step.base));
    m->indent += 2;
    write_tree(m, g->cases[0].then);
    m->indent -= 2;
    line(m, "}");
    return;
  }
  line(m, "switch (op_info[n%s->op].base) {", p);
  for (u32 k = 0; k < g->ncases; k++) {
    line(m, "case BASE_%s: {", base_name(m, g->cases[k].step.base));
    m->indent += 2;
    write_tree(m, g->cases[k].then);
    line(m, "break;");
    m->indent -= 2;
    line(m, "}");
  }
  line(m, "default:");
  line(m, "  break;");
  line(m, "}");
}

static void write_ops(GenMid *m, const Group *g) {
  static const char *const names[] = {"a", "b", "c"};
  const Pos *pos = &g->row->pos[g->pos];
  const char *p = pos->path, *parent = path(g->row, pos->parent);
  bool constants = true;
  for (u32 k = 0; k < g->ncases; k++)
    constants &= is_const_base(m, g->cases[k].step.base);
  if (constants) { // a class with a constant has nothing else
    line(m, "{");
    line(m, "  const Inst *n%s = eg_node(g, n%s->%s);", p, parent,
         names[pos->operand]);
    m->indent += 2;
    write_bases(m, g);
    m->indent -= 2;
    line(m, "}");
    return;
  }
  line(m, "for (u32 m%s = n%s->%s, i%s = 0; m%s;", p, parent,
       names[pos->operand], p, p);
  line(m, "     m%s = rw_next(g, m%s), i%s++) {", p, p, p);
  m->indent += 2;
  line(m, "const Inst *n%s = eg_node(g, m%s);", p, p);
  vec_push(m->s->arena, &m->loops, p);
  write_bases(m, g);
  m->loops.n--;
  m->indent -= 2;
  line(m, "}");
}

static void write_tree(GenMid *m, const Tree *t) {
  for (u32 k = 0; k < t->narms; k++)
    write_arm(m, t->arms[k]);
  for (u32 k = 0; k < t->ngroups; k++) {
    if (t->groups[k].kind == STEP_LIT)
      write_literals(m, &t->groups[k]);
    else
      write_ops(m, &t->groups[k]);
  }
}

// --- one function per root op
// ---------------------------------------------------------

static u32 root_base(const Row *r) {
  return r->pos[0].base_index;
}

static u32 count_lines(const Text *t, u32 from) {
  u32 n = 0;
  for (u32 k = from; k < t->n; k++)
    n += t->at[k] == '\n';
  return n;
}

static const char *prefix(const GenMid *m) {
  return m->skeleton ? "match_skeleton" : "match";
}

// Returns whether any row has that root.
static bool write_root(GenMid *m, const Rows *rows, u32 base) {
  const Row **here = arena_array(m->s->arena, const Row *, rows->n + 1);
  u32 n = 0;
  for (u32 k = 0; k < rows->n; k++)
    if (root_base(&rows->at[k]) == base)
      here[n++] = &rows->at[k];
  if (!n)
    return false;
  u32 from = m->out->n;
  text_add(m->out,
           "\nstatic void %s_%s(Egraph *g, const Inst *n, "
           "Matches *ms) {\n",
           prefix(m), base_name(m, base));
  m->indent = 2;
  write_tree(m, tree_build(m->s, here, n));
  m->indent = 0;
  text_add(m->out, "}\n");
  must(count_lines(m->out, from) < FUNCTION_LINES,
       "%s has too many rules for one function", base_name(m, base));
  return true;
}

static void write_roots(GenMid *m, const Rows *rows, u8 *roots, u8 bit) {
  for (u32 b = 0; b < m->s->nopdecls; b++)
    if (write_root(m, rows, b))
      roots[b] |= bit;
  text_add(m->out, m->skeleton
                       ? "\nstatic void match_skeleton(Egraph *g, const Inst "
                         "*n, Matches *ms) {\n"
                       : "\nstatic void match(Egraph *g, u32 x, Matches *ms) "
                         "{\n"
                         "  const Inst *n = eg_node(g, x);\n");
  text_add(m->out, "  (void)g, (void)ms;\n"
                   "  switch (op_info[n->op].base) {\n");
  for (u32 b = 0; b < m->s->nopdecls; b++)
    if (roots[b] & bit)
      text_add(m->out, "  case BASE_%s:\n    %s_%s(g, n, ms);\n    break;\n",
               base_name(m, b), prefix(m), base_name(m, b));
  text_add(m->out, "  default:\n    break;\n  }\n}\n");
}

// --- tables
// -----------------------------------------------------------------------------

static void write_string(Text *t, const char *s) {
  text_add(t, "\"");
  for (; *s; s++)
    text_add(t, *s == '"' || *s == '\\' ? "\\%c" : "%c", *s);
  text_add(t, "\"");
}

static void write_rules(GenMid *m) {
  const Sema *s = m->s;
  u32 n = 0;
  text_add(m->out, "\nstatic const RuleInfo rules[] = {\n");
  for (u32 k = 0; k < s->nrules; k++) {
    const Decl *d = s->rules[k].decl;
    if (s->rules[k].is_remat)
      continue;
    text_add(m->out, "    {\"%s\", \"%s\",\n     ", d->name.s,
             decl_where(s, d));
    write_string(m->out, decl_oneline(s, d));
    text_add(m->out, ",\n     %d, %d, 0}, // %u\n", d->subsume,
             s->rules[k].is_skeleton, n++);
  }
  if (!n)
    text_add(m->out, "    {0}\n");
  text_add(m->out, "};\n");
  m->nrules = n;
}

static void write_commuted(GenMid *m) {
  const Sema *s = m->s;
  text_add(m->out, "\nconst u16 mid_commuted[%u] = {\n    0,\n", s->nops);
  for (u32 k = 1; k < s->nops; k++) {
    const OpInst *op = &s->ops[k];
    if (op->sym_op && op->nvals == 2 && op->noperands == 2 &&
        op->sym_perm[0] == 1 && op->sym_perm[1] == 0)
      text_add(m->out, "    [%s] = %s,\n", op->cname, s->ops[op->sym_op].cname);
  }
  text_add(m->out, "};\n");
}

typedef struct Wanted {
  u64 base[3][2];
  bool always;
} Wanted;

static void collect_wanted(const Rows *rows, Wanted *w) {
  for (u32 k = 0; k < rows->n; k++) {
    const Row *r = &rows->at[k];
    bool any = false;
    for (u32 p = 1; p < r->npos; p++) {
      if (r->pos[p].parent)
        continue;
      u32 b = r->pos[p].base_index + 1;
      w[root_base(r)].base[r->pos[p].operand][b >> 6] |= (u64)1 << (b & 63);
      any = true;
    }
    w[root_base(r)].always |= !any;
  }
}

static void write_wanted(GenMid *m, const Rows *rows, const u8 *roots) {
  u32 n = m->s->nopdecls;
  gen_must(m->s, m->s->opdecls[0].decl->loc, n < 127,
           "more than 127 ops: widen mid_wanted");
  Wanted *w = arena_array0(m->s->arena, Wanted, n);
  collect_wanted(rows, w);
  text_add(m->out, "\nstatic const u8 roots[%u] = {\n    0,\n", n + 1);
  for (u32 b = 0; b < n; b++)
    if (roots[b])
      text_add(m->out, "    [BASE_%s] = %u,\n", base_name(m, b), roots[b]);
  text_add(m->out, "};\nstatic const u8 always[%u] = {\n    0,\n", n + 1);
  for (u32 b = 0; b < n; b++)
    if (w[b].always)
      text_add(m->out, "    [BASE_%s] = 1,\n", base_name(m, b));
  text_add(m->out, "};\nstatic const u64 wanted[%u][3][2] = {\n    {{0}},\n",
           n + 1);
  for (u32 b = 0; b < n; b++) {
    if (!(roots[b] & 1))
      continue;
    text_add(m->out, "    [BASE_%s] = {", base_name(m, b));
    for (u32 k = 0; k < 3; k++)
      text_add(m->out, "{0x%llxu, 0x%llxu}%s",
               (unsigned long long)w[b].base[k][0],
               (unsigned long long)w[b].base[k][1], k < 2 ? ", " : "");
    text_add(m->out, "},\n");
  }
  text_add(m->out, "};\n");
}

// --- remat
// ------------------------------------------------------------------------------

// A remat pattern looks at constants beside its root, and nothing else.
static void write_remat_row(GenMid *m, const Row *r) {
  static const char *const names[] = {"a", "b", "c"};
  text_add(m->out, "  // %s: %s\n  if (op_info[in->op].base == BASE_%s",
           decl_where(m->s, r->rule->decl), r->rule->decl->name.s,
           r->pos[0].base->name);
  for (u32 p = 1; p < r->npos; p++) {
    gen_must(m->s, r->rule->decl->loc,
             !r->pos[p].parent && is_const_base(m, r->pos[p].base_index),
             "remat %s: only constants may be looked at",
             r->rule->decl->name.s);
    text_add(m->out, " &&\n      eg_is_const(g, eg_class(g, in->%s))",
             names[r->pos[p].operand]);
  }
  text_add(m->out, ")\n    return true;\n");
}

static void write_remat(GenMid *m, const Rows *rows) {
  text_add(m->out, "\nstatic bool remat(const Egraph *g, const Inst *in) {\n");
  for (u32 k = 0; k < rows->n; k++)
    write_remat_row(m, &rows->at[k]);
  text_add(m->out, "  (void)g, (void)in;\n");
  text_add(m->out, "  return false;\n}\n");
}

// --- the file
// ---------------------------------------------------------------------------

// An op that is pure only at some immediates is matched in both places.
static bool both_ways(const Sema *s, const Rule *r) {
  return r->is_skeleton && r->count &&
         s->ops[s->rulexs[r->first].lhs->op].pure_when &&
         s->rulexs[r->first].rhs_kind != RHS_REMOVE;
}
static bool want_pure(const Sema *s, const Rule *r) {
  return (!r->is_skeleton && !r->is_remat) || both_ways(s, r);
}
static bool want_skeleton(const Sema *s, const Rule *r) {
  (void)s;
  return r->is_skeleton;
}
static bool want_remat(const Sema *s, const Rule *r) {
  (void)s;
  return r->is_remat;
}

static void write_part(GenMid *m, const Rows *rows, u8 *roots) {
  m->guards = arena_array0(m->s->arena, const char *, rows->n + 1);
  m->sides = arena_array0(m->s->arena, const char *, rows->n + 1);
  m->bodies_of = NULL;
  for (u32 k = 0; k < rows->n; k++)
    mid_row_functions(m, &rows->at[k]);
  write_arms(m, rows);
  write_roots(m, rows, roots, m->skeleton ? 2 : 1);
}

// The object by which all of the file is found. For a library it says for which
// ops it was written.
static void write_object(GenMid *m, u32 narms, u32 neffects) {
  text_add(m->out, m->library ? "\nRwRules rulewright_rules;\n"
                                "RwRules rulewright_rules = {\n"
                              : "\nconst RwRules mid_matchers = {\n");
  text_add(m->out, "    .layout = RW_LAYOUT, .nrules = %u, .rules = rules,\n",
           m->nrules);
  if (m->library)
    text_add(m->out, "    .ops = UINT64_C(0x%llx), .narms = %u, .arms = arms,\n"
                     "    .neffects = %u, .effects = effect_arms,\n",
             (unsigned long long)ops_hash(m->s), narms, neffects);
  text_add(m->out, "    .match = match, .match_skeleton = match_skeleton,\n"
                   "    .remat = remat, .roots = roots, .always = always,\n"
                   "    .wanted = wanted};\n");
}

// Of those built in, the watched copy of this file has no part in this.
static void write_set(GenMid *m) {
  text_add(m->out,
           "\n#if !WATCH\n"
           "extern const RwRules mid_matchers_watched;\n"
           "static const RwRules *const plain[] = {&mid_matchers};\n"
           "static const RwRules *const watched[] = {&mid_matchers_watched};\n"
           "const MidRules mid_builtin = {\n"
           "    .nrules = %u, .rules = rules, .nparts = 1, .plain = plain,\n"
           "    .watched = watched, .roots = roots, .always = always,\n"
           "    .wanted = wanted};\n", m->nrules);
  write_commuted(m);
  text_add(m->out, "#endif\n");
}

static void generate(const Sema *s, Text *out, bool library) {
  GenMid m = {.s = s, .out = out, .library = library};
  u8 *roots = arena_array0(s->arena, u8, s->nopdecls + 1);
  cheader(out, "The rewrite rules of rules/mid/.");
  text_add(out, "#include \"mid/egraph/rewrite.h\"\n"
                "#include \"mid/ir/eval.h\"\n");
  Rows pure = tree_rows(s, want_pure);
  write_part(&m, &pure, roots);
  m.skeleton = true;
  Rows skeleton = tree_rows(s, want_skeleton);
  write_part(&m, &skeleton, roots);
  Rows remat = tree_rows(s, want_remat);
  write_remat(&m, &remat);
  for (u32 k = 0; k < remat.n; k++)
    roots[root_base(&remat.at[k])] |= 4;
  write_rules(&m);
  write_wanted(&m, &pure, roots);
  write_object(&m, pure.n, skeleton.n);
  if (!library)
    write_set(&m);
}

void gen_mid(const Sema *s, Text *out) { generate(s, out, false); }

void gen_mid_library(const Sema *s, Text *out) { generate(s, out, true); }
