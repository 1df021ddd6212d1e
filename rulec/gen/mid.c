// Writes out/gen/mid.c: the rewrite rules as C.
//
// First the guards and right sides (mid_side.c), then one function per root
// op that walks the match tree and records what matches (mid_match.c), then the
// tables by which the engine finds all that: docs/egraph.md and
// mid/egraph/rewrite.h say how it uses them.
#include "rulec/gen/mid.h"

static const char *base_name(const GenMid *m, u32 base) {
  return m->s->opdecls[base].name;
}

static void write_arms(GenMid *m, const Rows *rows) {
  if (!rows->n && !m->library) // nothing would speak of it
    return;
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

// --- one function per root op
// ---------------------------------------------------------

static u32 root_base(const Row *r) { return r->pos[0].base_index; }

static const char *prefix(const GenMid *m) {
  return m->skeleton ? "match_skeleton" : "match";
}

// The rows by root, in their order.
static void write_roots(GenMid *m, const Rows *rows, u8 *roots, u8 bit) {
  u32 *start = arena_array0(m->s->arena, u32, m->s->nopdecls + 2);
  const Row **at = arena_array(m->s->arena, const Row *, rows->n + 1);
  for (u32 k = 0; k < rows->n; k++)
    start[root_base(&rows->at[k]) + 2]++;
  for (u32 b = 0; b < m->s->nopdecls; b++)
    start[b + 2] += start[b + 1];
  for (u32 k = 0; k < rows->n; k++)
    at[start[root_base(&rows->at[k]) + 1]++] = &rows->at[k];
  for (u32 b = 0; b < m->s->nopdecls; b++)
    if (start[b + 1] > start[b]) {
      const Tree *t = tree_build(m->s, at + start[b], start[b + 1] - start[b]);
      mid_match(m, base_name(m, b), t);
      roots[b] |= bit;
    }
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

static bool is_const_base(const GenMid *m, u32 base) {
  return m->s->ops[m->s->opdecls[base].first].nvals == 0;
}

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

static bool node_asks(const Node *n) {
  bool asks = n->kind == N_CALL && n->fn == BI_HAS;
  for (u32 k = 0; k < n->nkids && !asks; k++)
    asks = node_asks(n->kids[k]);
  return asks;
}

// Some rule is for processors that have something.
static bool asks_features(const Sema *s) {
  for (u32 i = 0; i < s->nrulexs; i++)
    for (u32 k = 0; k < s->rulexs[i].nclauses; k++)
      if (node_asks(s->rulexs[i].clauses[k].e))
        return true;
  return false;
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
    text_add(m->out,
             "    .ops = UINT64_C(0x%llx), .narms = %u, .arms = arms,\n"
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
           "    .wanted = wanted};\n",
           m->nrules);
  write_commuted(m);
  text_add(m->out, "#endif\n");
}

static void generate(const Sema *s, Text *out, bool library) {
  Arena pieces = {0};
  GenMid m = {.s = s, .out = out, .library = library, .pieces = &pieces};
  u8 *roots = arena_array0(s->arena, u8, s->nopdecls + 1);
  cheader(out, "The rewrite rules of rules/mid/.");
  text_add(out, "#include \"mid/egraph/rewrite.h\"\n"
                "#include \"mid/ir/eval.h\"\n");
  cexterns(s, out); // a library is compiled against the program's ops.h
  if (asks_features(s))
    text_add(out, "#include \"back/x64/cpu.h\"\n");
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
  arena_free(&pieces);
}

void gen_mid(const Sema *s, Text *out) { generate(s, out, false); }

void gen_mid_library(const Sema *s, Text *out) { generate(s, out, true); }
