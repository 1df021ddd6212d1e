// Writes lower.c: for each op a function that tries its rules in order and
// writes the instructions of the first that applies; for each term of lowering
// the functions its contract asks for:
//
//   a term that gives an amode   lower_NAME: returns the address
//   a term that gives data       match_NAME chooses a rule, write_NAME writes
//                                what makes its flags, after their user
//   other terms                  put_NAME: writes, like an op's function
//
// Ops whose lowering the calling convention decides go to functions of
// back/x64/call.c. That every op is taken is for check/lower_gap.c to say.
#include "rulec/gen/lower.h"
#include "rulec/sema/priv.h"

static const struct {
  const char *op, *fn;
} by_hand[] = {
    {"call", "low_call"},       {"call_ref", "low_call_ref"},
    {"libcall", "low_libcall"}, {"return", "low_return"},
    {"funcref", "low_funcref"}, {"vmctx", "low_vmctx"},
    {"fceil", "low_round"},     {"ffloor", "low_round"},
    {"ftrunc", "low_round"},    {"fnearest", "low_round"},
};

static const char *hand(const OpInst *op) {
  for (u32 k = 0; k < sizeof by_hand / sizeof *by_hand; k++)
    if (!strcmp(op->base->name, by_hand[k].op))
      return by_hand[k].fn;
  return NULL;
}

bool lower_by_hand(const OpInst *op) { return hand(op) != NULL; }

// --- the rules of one op or term
// ------------------------------------------------

typedef VEC(const RuleX *) RuleList;

typedef struct Kept { // of one op or term
  RuleList rules;
  LowerGen *made; // with its paths and arms; null: not yet
} Kept;

typedef struct LowerCache {
  const RuleX *of; // rules that it was made of
  Kept *ops, *terms;
} LowerCache;

static LowerCache *new_cache(const Sema *s) {
  LowerCache *c = arena_new(s->arena, LowerCache);
  *c = (LowerCache){.of = s->lowerxs};
  c->ops = arena_array0(s->arena, Kept, s->nops + 1);
  c->terms = arena_array0(s->arena, Kept, s->nterms + 1);
  for (u32 k = 0; k < s->nlowerxs; k++) {
    const RuleX *x = &s->lowerxs[k];
    Kept *at =
        x->lhs->kind == N_OP ? &c->ops[x->lhs->op] : &c->terms[x->lhs->ref];
    vec_push(s->arena, &at->rules, x);
  }
  return c;
}

static RuleList rules_of(LowerGen *lg, u8 kind, u32 index) {
  return kind == N_OP ? lg->cache->ops[index].rules
                      : lg->cache->terms[index].rules;
}

// Takes what an earlier call made of the same.
static bool take(LowerGen *lg, const Kept *k) {
  if (!k->made)
    return false;
  memcpy(&lg->paths, &k->made->paths, sizeof lg->paths);
  memcpy(&lg->arms, &k->made->arms, sizeof lg->arms);
  return true;
}

static void keep(LowerGen *lg, Kept *k) {
  k->made = arena_new(lg->arena, LowerGen);
  *k->made = *lg;
}

static void start(LowerGen *lg, const char *fn, const TermInfo *t) {
  lg->fn = fn;
  lg->term = t;
  memset(&lg->paths, 0, sizeof lg->paths);
  memset(&lg->arms, 0, sizeof lg->arms);
  lg->g.indent = 2;
  lg->g.temps = 0;
}

void lower_op_arms(LowerGen *lg, u32 opcode) {
  const OpInst *op = &lg->sema->ops[opcode];
  const RuleList r = rules_of(lg, N_OP, opcode);
  start(lg, op->text, NULL);
  if (!r.n || take(lg, &lg->cache->ops[opcode]))
    return;
  lower_path(lg, -1, NULL, 0, (Sort){.kind = SORT_VALUE, .type = op->type},
             "v");
  lower_arms(lg, r.at, r.n);
  keep(lg, &lg->cache->ops[opcode]);
}

void lower_term_arms(LowerGen *lg, u32 index) {
  const TermInfo *t = &lg->sema->terms[index];
  const RuleList r = rules_of(lg, N_TERM, index);
  start(lg, t->name, t);
  if (take(lg, &lg->cache->terms[index]))
    return;
  for (u32 k = 0; k < t->nargs; k++)
    lower_path(lg, -1, NULL, k, t->args[k]->sort, t->args[k]->name);
  lower_arms(lg, r.at, r.n);
  keep(lg, &lg->cache->terms[index]);
}

// What an arm does is behind a last test: whether the rule is on.
static void leaf_begin(LowerGen *lg, const Arm *a) {
  cline(&lg->g, "if (low_on(L, %u)) {", a->x->rule->index);
  lg->g.indent += 2;
}
static void leaf_end(LowerGen *lg) {
  lg->g.indent -= 2;
  cline(&lg->g, "}");
}

// LOW_CHOSE is nothing, unless lower.c is compiled with LOW_TRACE.
static void op_leaf(LowerGen *lg, Arm *a) {
  leaf_begin(lg, a);
  cline(&lg->g, "LOW_CHOSE(L, v, %u, %u);", (u32)(a->x - lg->sema->lowerxs),
        a->x->rule->index);
  lower_write(lg, a);
  leaf_end(lg);
}

// --- ops
// --------------------------------------------------------------------------

static void op_function(LowerGen *lg, u32 opcode) {
  const OpInst *op = &lg->sema->ops[opcode];
  lower_op_arms(lg, opcode);
  if (!lg->arms.n)
    return;
  Text *out = lg->g.out;
  text_add(out, "\n// (%s)\nstatic bool lower_%s(Lower *L, Val v) {\n",
           op->text, op->cname + 3);
  lower_tree(lg, op_leaf);
  if (hand(op))
    text_add(out, "  return %s(L, v);\n}\n", hand(op));
  else
    text_add(out, "  return false;\n}\n");
}

// --- terms
// ------------------------------------------------------------------------

static const char *c_param(LowerGen *lg, const Var *v) {
  switch ((int)v->sort.kind) {
  case SORT_VALUE: return arena_printf(lg->arena, "Val %s", v->name);
  case SORT_MEMARG: return arena_printf(lg->arena, "MemArg %s", v->name);
  case SORT_DATA: return arena_printf(lg->arena, "const LowPlan *%s", v->name);
  default: return arena_printf(lg->arena, "u32 %s", v->name);
  }
}

static bool gives_value(const TermInfo *t) {
  return t->result.kind == SORT_GPR || t->result.kind == SORT_XMM;
}

static const char *term_head(LowerGen *lg, const TermInfo *t) {
  Text h = {.arena = lg->arena};
  if (t->result.kind == SORT_AMODE)
    text_add(&h, "LowAddr lower_%s(Lower *L", t->name);
  else if (t->result.kind == SORT_DATA)
    text_add(&h, "static LowPlan match_%s(Lower *L", t->name);
  else
    text_add(&h, "static bool put_%s(Lower *L", t->name);
  for (u32 k = 0; k < t->nargs; k++)
    text_add(&h, ", %s", c_param(lg, t->args[k]));
  if (t->result.kind != SORT_AMODE)
    text_add(&h, ", bool once");
  if (gives_value(t))
    text_add(&h, ", VReg d");
  text_add(&h, ")");
  return text_str(&h);
}

// Right sides of a data term, each written once: arms share them by number.
typedef VEC(const char *) Bodies;

static void make_bodies(LowerGen *lg, Bodies *bodies) {
  Text *out = lg->g.out;
  for (u32 k = 0; k < lg->arms.n; k++) {
    Arm *a = &lg->arms.at[k];
    if (a->dropped)
      continue;
    Text t = {.arena = lg->arena};
    lg->g.out = &t;
    lg->g.indent = 4;
    lower_bind(lg, a);
    lower_declare_all(lg, a);
    lower_plan_write(lg, a);
    const char *body = text_str(&t);
    for (a->body = 0; a->body < bodies->n; a->body++)
      if (!strcmp(bodies->at[a->body], body))
        break;
    if (a->body == bodies->n)
      vec_push(lg->arena, bodies, body);
  }
  lg->g.out = out;
  lg->g.indent = 2;
}

static void write_function(LowerGen *lg, const TermInfo *t,
                           const Bodies *bodies) {
  Text *out = lg->g.out;
  text_add(out,
           "\nstatic void write_%s(Lower *L, const LowPlan *p) {\n"
           "  const Val v = p->v;\n  const bool once = p->once;\n"
           "  (void)once;\n  switch (p->rule) {\n",
           t->name);
  for (u32 k = 0; k < bodies->n; k++) {
    text_add(out, "  case %u: {\n", k);
    text_put(out, bodies->at[k], strlen(bodies->at[k]));
    text_add(out, "    break;\n  }\n");
  }
  text_add(out, "  }\n}\n");
}

static void amode_leaf(LowerGen *lg, Arm *a);
static void term_fired(LowerGen *lg, const Arm *a) {
  cline(&lg->g, "LOW_TERM(L, %u);", a->x->rule->index);
}
static void plan_leaf(LowerGen *lg, Arm *a) {
  leaf_begin(lg, a);
  term_fired(lg, a);
  lower_plan(lg, a);
  leaf_end(lg);
}
static void put_leaf(LowerGen *lg, Arm *a) {
  leaf_begin(lg, a);
  term_fired(lg, a);
  lower_write(lg, a);
  leaf_end(lg);
}

// A data term that looks at its first argument's op: a function for each, so
// that none grows with the number of ops.
static bool match_by_op(LowerGen *lg, const TermInfo *t) {
  Text *out = lg->g.out;
  u32 *ops = arena_array(lg->arena, u32, lg->arms.n + 1);
  const u32 n = lower_tree_ops(lg, ops);
  if (n < 2 || t->nargs != 1)
    return false;
  for (u32 k = 0; k < n; k++) {
    const OpInst *op = &lg->sema->ops[ops[k]];
    text_add(out,
             "\n// (%s %s)\nstatic LowPlan match_%s_%s(Lower *L, Val v, bool "
             "once) {\n  (void)L, (void)once;\n",
             t->name, op->text, t->name, op->cname + 3);
    lower_tree_op(lg, ops[k], plan_leaf);
    text_add(out, "  return low_no_plan(v);\n}\n");
  }
  text_add(out, "\n%s {\n  LowPlan p;\n  switch (low_at(L, v)->op) {\n",
           term_head(lg, t));
  for (u32 k = 0; k < n; k++)
    text_add(out, "  case %s: p = match_%s_%s(L, v, once); break;\n",
             lg->sema->ops[ops[k]].cname, t->name,
             lg->sema->ops[ops[k]].cname + 3);
  text_add(out, "  default: p.rule = LOW_NO_RULE; break;\n  }\n"
                "  if (p.rule != LOW_NO_RULE)\n    return p;\n");
  lower_tree_rest(lg, plan_leaf);
  text_add(out, "  return low_no_plan(v);\n}\n");
  return true;
}

// Where all that would take it is off.
static const char *nothing(LowerGen *lg, const TermInfo *t) {
  const bool of = t->nargs && t->args[0]->sort.kind == SORT_VALUE;
  if (t->result.kind == SORT_AMODE)
    return "low_no_address(L)";
  return t->result.kind != SORT_DATA
             ? "false"
             : arena_printf(lg->arena, "low_no_plan(%s)",
                            of ? t->args[0]->name : "0");
}

static void term_function(LowerGen *lg, u32 index) {
  const TermInfo *t = &lg->sema->terms[index];
  Text *out = lg->g.out;
  Bodies bodies = {0};
  lower_term_arms(lg, index);
  if (t->result.kind == SORT_DATA)
    make_bodies(lg, &bodies);
  if (t->result.kind != SORT_DATA || !match_by_op(lg, t)) {
    text_add(out, "\n%s {\n", term_head(lg, t));
    if (t->result.kind != SORT_AMODE)
      text_add(out, "  (void)once;\n");
    lower_tree(lg, t->result.kind == SORT_AMODE  ? amode_leaf
                   : t->result.kind == SORT_DATA ? plan_leaf
                                                 : put_leaf);
    text_add(out, "  return %s;\n}\n", nothing(lg, t));
  }
  if (t->result.kind == SORT_DATA)
    write_function(lg, t, &bodies);
}

static void amode_leaf(LowerGen *lg, Arm *a) {
  leaf_begin(lg, a);
  cline(&lg->g, "// %s", decl_where(lg->sema, a->x->rule->decl));
  cline(&lg->g, "// %s", decl_oneline(lg->sema, a->x->rule->decl));
  term_fired(lg, a);
  lower_amode_literal(lg, a);
  leaf_end(lg);
}

// --- the file
// -----------------------------------------------------------------------

static void prototypes(LowerGen *lg) {
  Text *out = lg->g.out;
  for (u32 k = 0; k < lg->sema->nterms; k++) {
    const TermInfo *t = &lg->sema->terms[k];
    if (t->result.kind == SORT_AMODE)
      continue;
    text_add(out, "%s;\n", term_head(lg, t));
    if (t->result.kind == SORT_DATA)
      text_add(out, "static void write_%s(Lower *L, const LowPlan *p);\n",
               t->name);
  }
}

static bool is_alias_op(LowerGen *lg, u32 opcode) {
  const RuleList r = rules_of(lg, N_OP, opcode);
  return r.n == 1 && lower_is_alias(r.at[0]);
}

static void aliases(LowerGen *lg) {
  Text *out = lg->g.out;
  text_add(out,
           "\n// Ops that give a register another type, by which rule: 1 + "
           "its number.\nconst u16 lower_same[%u] = {\n",
           lg->sema->nops);
  for (u32 k = 1; k < lg->sema->nops; k++)
    if (is_alias_op(lg, k))
      text_add(out, "    [%s] = %u,\n", lg->sema->ops[k].cname,
               1 + rules_of(lg, N_OP, k).at[0]->rule->index);
  text_add(out, "};\n");
}

// By which programs that count say which rules were chosen.
static void rule_names(LowerGen *lg) {
  text_add(lg->g.out, "\nconst char *const lower_names[] = {\n");
  for (u32 k = 0; k < lg->sema->nlowers; k++)
    text_add(lg->g.out, "    \"%s\",\n", lg->sema->lowers[k].decl->name.s);
  text_add(lg->g.out, "    NULL};\n");
}

static void dispatch(LowerGen *lg) {
  Text *out = lg->g.out;
  text_add(out, "\nbool lower_op(Lower *L, Val v) {\n"
                "  switch (low_at(L, v)->op) {\n");
  for (u32 k = 1; k < lg->sema->nops; k++) {
    const OpInst *op = &lg->sema->ops[k];
    if (is_alias_op(lg, k))
      continue;
    if (rules_of(lg, N_OP, k).n)
      text_add(out, "  case %s: return lower_%s(L, v);\n", op->cname,
               op->cname + 3);
    else if (hand(op))
      text_add(out, "  case %s: return %s(L, v);\n", op->cname, hand(op));
  }
  text_add(out, "  default: return false;\n  }\n}\n");
}

// has(f), len(ts) and facts of values as C.
static const char *call_hook(CGen *g, const Node *n) {
  Arena *a = g->sema->arena;
  if (n->fn >= BI_ZEROS && n->fn <= BI_SMAX)
    return arena_printf(a, "low_fact(L, %s, offsetof(Known, %s))",
                        n->kids[0]->var->c, builtin_names[n->fn]);
  if (n->fn == BI_ISCONST)
    return arena_printf(a, "low_is_const(L, %s)", n->kids[0]->var->c);
  if (n->fn == BI_HAS) {
    char *c = arena_printf(a, "low_has(L, CPU_%s)", n->text);
    for (char *s = c + 15; *s && *s != ')'; s++)
      if (*s >= 'a' && *s <= 'z')
        *s = (char)(*s - 'a' + 'A');
    return c;
  }
  if (n->fn == BI_LEN)
    return arena_printf(a, "(u64)L->f->pool.at[%s]", cexpr(g, n->kids[0]));
  return NULL;
}

LowerGen lower_gen(const Sema *s, Text *out) {
  LowerGen lg = {.arena = s->arena, .sema = s, .diags = s->diags};
  lg.g = (CGen){.sema = s, .out = out, .call = call_hook};
  if (!s->priv->lowering || s->priv->lowering->of != s->lowerxs)
    s->priv->lowering = new_cache(s);
  lg.cache = s->priv->lowering;
  return lg;
}

// Its functions have other names than those of the program that loads it.
static void library_names(Text *out) {
  static const char *const names[] = {"lower_op", "lower_amode", "lower_same",
                                      "lower_names"};
  for (u32 k = 0; k < sizeof names / sizeof *names; k++)
    text_add(out, "#define %s loaded_%s\n", names[k], names[k]);
}

static void library_object(const Sema *s, Text *out) {
  text_add(out,
           "\nextern const LowRules rulewright_lowering;\n"
           "const LowRules rulewright_lowering = {\n"
           "    .layout = LOW_LAYOUT, .ops = UINT64_C(0x%llx),\n"
           "    .insts = UINT64_C(0x%llx), .op = lower_op,\n"
           "    .amode = lower_amode, .same = lower_same,\n"
           "    .names = lower_names};\n",
           (unsigned long long)ops_hash(s), (unsigned long long)insts_hash(s));
}

static void generate(const Sema *s, Text *out, bool library) {
  LowerGen lg = lower_gen(s, out);
  cheader(out, "Lowering: which instructions each op becomes");
  if (library)
    library_names(out);
  text_add(out, "#include \"back/emit/encode.h\"\n"
                "#include \"back/isel/lower.h\"\n#include \"inst.h\"\n"
                "#include \"mid/ir/eval.h\"\n#include \"mid/ir/known.h\"\n"
                "#include \"ops.h\"\n\n");
  if (!s->nlowerxs)
    return;
  prototypes(&lg);
  for (u32 k = 0; k < s->nterms; k++)
    term_function(&lg, k);
  for (u32 k = 1; k < s->nops; k++)
    if (!is_alias_op(&lg, k))
      op_function(&lg, k);
  aliases(&lg);
  rule_names(&lg);
  dispatch(&lg);
  if (library)
    library_object(s, out);
}

void gen_lower(const Sema *s, Text *out) { generate(s, out, false); }

void gen_lower_library(const Sema *s, Text *out) { generate(s, out, true); }
