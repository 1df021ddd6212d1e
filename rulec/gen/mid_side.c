// Guards and right sides of rewrite rules, as C functions.
//
// A row gives a guard function and a building function. Both take the match's
// words v[]: first the opcodes of the row's keys, which tell the expansion,
// then the variables. Expansions with the same text share a case; rows with the
// same text share the function.
#include "rulec/gen/mid.h"

const char *mid_ident(GenMid *m, const char *name) {
  static const char *const taken[] = {
      "g",    "v",    "n",     "r",     "ms",    "op",   "auto", "break",
      "case", "char", "const", "do",    "else",  "enum", "for",  "goto",
      "if",   "int",  "long",  "short", "while", "bool", "true", "false"};
  char *c = arena_strndup(m->s->arena, name, strlen(name) + 1);
  for (char *p = c; *p; p++)
    if (*p == '-' || *p == '.')
      *p = '_';
  bool clash = c[0] == 't' && c[1] >= '0' && c[1] <= '9';
  for (u32 k = 0; k < sizeof taken / sizeof *taken; k++)
    clash |= !strcmp(c, taken[k]);
  return clash ? arena_printf(m->s->arena, "%s_", c) : c;
}

// --- which variables a node speaks of
// -------------------------------------------

typedef struct Used {
  bool var[MOST_VARS]; // by Var.index
} Used;

static void mark_used(const Node *n, Used *u) {
  if (!n)
    return;
  if (n->var && n->kind == N_VAR)
    u->var[n->var->index] = true;
  for (u32 k = 0; k < n->nkids; k++) {
    const Node *kid = n->kids[k];
    bool passed_on = n->kind == N_OP && kid->kind == N_VAR &&
                     kid->sort.kind == SORT_MEMARG; // by its index
    if (!passed_on)
      mark_used(kid, u);
  }
}

static void mark_right(const RuleX *x, Used *u) {
  for (u32 k = 0; k < x->nrhs; k++)
    mark_used(x->rhs[k], u);
  for (u32 k = 0; k < x->nstmts; k++)
    mark_used(x->stmts[k].e, u);
  if (x->trap_var)
    u->var[x->trap_var->index] = true;
}

// Closes u over the lets that are used, last first; guards count if asked.
static void mark_clauses(const RuleX *x, Used *u, bool guards) {
  for (u32 k = x->nclauses; k--;) {
    const ClauseInfo *c = &x->clauses[k];
    if (c->let ? u->var[c->let->index] : guards)
      mark_used(c->e, u);
  }
}

// --- expressions
// -----------------------------------------------------------------

typedef struct Body {
  CGen c; // first: the hook gets a CGen
  GenMid *m;
  const Row *row;
  const RuleX *x;
} Body;

static const char *expr(Body *b, const Node *n) { return cexpr(&b->c, n); }

static const char *hook(CGen *c, const Node *n) {
  Body *b = (Body *)(void *)c;
  Arena *a = b->m->s->arena;
  if (n->kind == N_INDEX) {
    const char *ts = cexpr(c, n->kids[0]), *k = cexpr(c, n->kids[1]);
    cline(c, "if (%s >= rw_len(g, %s))", k, ts);
    cline(c, "  %s", c->fail);
    return arena_printf(a, "rw_target(g, %s, %s)", ts, k);
  }
  const char *x = n->nkids ? cexpr(c, n->kids[0]) : "";
  switch ((Builtin)n->fn) {
  case BI_LEN: return arena_printf(a, "(u64)rw_len(g, %s)", x);
  case BI_ISCONST: return arena_printf(a, "eg_is_const(g, %s)", x);
  case BI_ZEROS:
  case BI_ONES:
  case BI_UMIN:
  case BI_UMAX:
  case BI_SMIN:
  case BI_SMAX:
    return arena_printf(a, "rw_fact(g, %s, offsetof(Known, %s))", x,
                        builtin_names[n->fn]);
  case BI_HAS: {
    char *f = arena_strndup(a, n->text, strlen(n->text));
    for (char *p = f; *p; p++)
      *p = (char)(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p);
    return arena_printf(a, "((g->o->features & CPU_%s) != 0)", f);
  }
  case BI_TRAPS: return arena_printf(a, "(rw_trapcode(g, %s) != 0)", x);
  case BI_TRAPCODE: return arena_printf(a, "rw_trapcode(g, %s)", x);
  default:
    gen_must(b->m->s, b->x->rule->decl->loc, false,
             "%s in rule %s: not known in rewrites yet", builtin_names[n->fn],
             b->x->rule->decl->name.s);
    return "0";
  }
}

// Declares the pattern's variables that u names and sets Var.c.
static void declare_vars(Body *b, const Used *u) {
  for (u32 k = 0; k < b->x->nvars; k++) {
    Var *v = b->x->vars[k];
    if (!v || (v->kind != VAR_VALUE && v->kind != VAR_IMM))
      continue;
    for (u32 j = 0; j < b->row->nvars; j++) {
      if (v->wild || strcmp(b->row->vars[j].name, v->name))
        continue;
      v->c = mid_ident(b->m, v->name);
      if (!u->var[v->index])
        continue;
      u32 at = b->row->nkeys + j;
      if (v->sort.kind == SORT_MEMARG)
        cline(&b->c, "const MemArg %s = g->mems.at[v[%u]];", v->c, at);
      else if (v->sort.kind == SORT_BV && v->sort.bits > 64)
        cline(&b->c, "const u128 %s = rw_vec(g, (u32)v[%u]);", v->c, at);
      else if (v->sort.kind == SORT_BV)
        cline(&b->c, "const u64 %s = v[%u];", v->c, at);
      else
        cline(&b->c, "const u32 %s = (u32)v[%u];", v->c, at);
    }
  }
}

// --- terms
// -------------------------------------------------------------------------

static const char *term(Body *b, const Node *n);

static u32 memarg_slot(const Body *b, const Node *n) {
  for (u32 j = 0; j < b->row->nvars; j++)
    if (!strcmp(b->row->vars[j].name, n->var->name))
      return b->row->nkeys + j;
  gen_must(b->m->s, b->x->rule->decl->loc, false, "variable %s is not bound",
           n->var->name);
  return 0;
}

static const char *immediate(Body *b, const Node *n) {
  Arena *a = b->m->s->arena;
  if (n->sort.kind == SORT_MEMARG && n->kind == N_VAR)
    return arena_printf(a, "(u32)v[%u]", memarg_slot(b, n));
  const char *e = expr(b, n);
  if (n->sort.kind == SORT_MEMARG)
    return arena_printf(a, "rw_memarg(g, %s)", e);
  if (n->sort.kind == SORT_BV && n->sort.bits > 64)
    return arena_printf(a, "rw_vec_of(g, %s)", e);
  return e;
}

static const char *next_temp(Body *b) {
  return arena_printf(b->m->s->arena, "t%u", b->c.temps++);
}

// The fields a, b, c of an operation, its operands built before.
static void fields(Body *b, const Node *n, const char *f[3]) {
  const OpInst *op = &b->m->s->ops[n->op];
  Arena *a = b->m->s->arena;
  f[0] = f[1] = f[2] = "0";
  for (u32 k = 0; k < n->nkids; k++) {
    const OperandInfo *o = &op->operands[k];
    const char *e =
        o->is_value ? term(b, n->kids[k]) : immediate(b, n->kids[k]);
    gen_must(b->m->s, b->x->rule->decl->loc, o->where <= 3,
             "%s in a right side: field not writable", op->text);
    if (o->where < 3) {
      f[o->where] = o->is_value ? e : arena_printf(a, "(u32)%s", e);
    } else {
      f[1] = arena_printf(a, "(u32)%s", e);
      f[2] = arena_printf(a, "(u32)(%s >> 32)", e);
    }
  }
}

// An opcode in C. Where the first key's opcode lies as far from its op's first
// as this one from its own, it is said by that distance: expansions over types
// then have the same text.
static const char *opcode(Body *b, u32 op) {
  const Sema *s = b->m->s;
  const Row *r = b->row;
  u32 x = 0;
  while (x < r->nexps && r->exps[x] != b->x)
    x++;
  if (!r->nkeys || x == r->nexps)
    return s->ops[op].cname;
  u32 key = r->ops[x][r->keys[0]];
  u32 first = s->ops[key].base->first, distance = key - first;
  const OpDecl *d = s->ops[op].base;
  if (op < d->first + distance)
    return s->ops[op].cname;
  return arena_printf(s->arena, "rw_like(v[0], %s, %s)", s->ops[first].cname,
                      s->ops[op - distance].cname);
}

static bool is_number(const OpInst *op) {
  return op->nvals == 0 && op->nimms == 1 && op->operands[0].where == 3;
}

// Writes what makes n and returns the class's name.
static const char *term(Body *b, const Node *n) {
  if (n->kind == N_VAR)
    return n->var->c;
  gen_must(b->m->s, b->x->rule->decl->loc, n->kind == N_OP,
           "rule %s: right side of a kind that is not known yet",
           b->x->rule->decl->name.s);
  const OpInst *op = &b->m->s->ops[n->op];
  if (is_number(op)) {
    const char *e = expr(b, n->kids[0]), *t = next_temp(b);
    cline(&b->c, "const u32 %s = rw_number_of(g, %s, %s);", t, opcode(b, n->op),
          e);
    return t;
  }
  const char *f[3];
  fields(b, n, f);
  const char *t = next_temp(b);
  cline(&b->c, "const u32 %s = rw_make(g, %s, %s, %s, %s);", t,
        opcode(b, n->op), f[0], f[1], f[2]);
  cline(&b->c, "if (!%s)", t);
  cline(&b->c, "  %s", b->c.fail);
  return t;
}

// --- bodies
// --------------------------------------------------------------------------

static void write_lets(Body *b, const Used *u, bool terms) {
  for (u32 k = 0; k < b->x->nclauses; k++) {
    const ClauseInfo *c = &b->x->clauses[k];
    if (!c->let || !u->var[c->let->index])
      continue;
    c->let->c = mid_ident(b->m, c->let->name);
    if (c->let->kind == VAR_LET_TERM) {
      if (terms)
        cline(&b->c, "const u32 %s = %s;", c->let->c, term(b, c->e));
    } else {
      cline(&b->c, "const %s %s = %s;", csort(c->let->sort), c->let->c,
            expr(b, c->e));
    }
  }
}

static Body body(GenMid *m, const Row *r, const RuleX *x, Text *out,
                 const char *fail) {
  return (Body){
      .c = {.sema = m->s, .out = out, .indent = 2, .fail = fail, .call = hook},
      .m = m,
      .row = r,
      .x = x};
}

// Lets and guards in the order written.
static const char *guard_body(GenMid *m, const Row *r, const RuleX *x) {
  Text t = {.arena = m->s->arena};
  Body b = body(m, r, x, &t, "return false;");
  Used u = {{0}};
  for (u32 k = x->nclauses; k--;) {
    const ClauseInfo *c = &x->clauses[k];
    if (c->let ? u.var[c->let->index] : true)
      mark_used(c->e, &u);
  }
  declare_vars(&b, &u);
  for (u32 k = 0; k < x->nclauses; k++) {
    const ClauseInfo *c = &x->clauses[k];
    if (!c->let) {
      cline(&b.c, "if (!(%s))", expr(&b, c->e));
      cline(&b.c, "  return false;");
    } else if (u.var[c->let->index] && c->let->kind == VAR_LET_IMM) {
      c->let->c = mid_ident(m, c->let->name);
      cline(&b.c, "const %s %s = %s;", csort(c->let->sort), c->let->c,
            expr(&b, c->e));
    }
  }
  cline(&b.c, "return true;");
  return text_str(&t);
}

static const char *pure_body(GenMid *m, const Row *r, const RuleX *x) {
  Text t = {.arena = m->s->arena};
  Body b = body(m, r, x, &t, "return 0;");
  Used u = {{0}};
  mark_right(x, &u);
  mark_clauses(x, &u, false);
  declare_vars(&b, &u);
  write_lets(&b, &u, true);
  gen_must(
      m->s, x->rule->decl->loc,
      (x->rhs_kind == RHS_TERM || x->rhs_kind == RHS_VALUES) && x->nrhs == 1,
      "rule %s: a pure operation becomes one value", x->rule->decl->name.s);
  cline(&b.c, "return %s;", term(&b, x->rhs[0]));
  return text_str(&t);
}

static void effect(Body *b, const Node *n, u32 k) {
  gen_must(b->m->s, b->x->rule->decl->loc, n->kind == N_OP,
           "rule %s: an operation was expected", b->x->rule->decl->name.s);
  const char *f[3];
  fields(b, n, f);
  cline(&b->c, "r->op[%u] = rw_inst(%s, %s, %s, %s);", k, opcode(b, n->op),
        f[0], f[1], f[2]);
}

static const char *trap_enum(GenMid *m, const char *name) {
  char *c = arena_printf(m->s->arena, "TRAP_%s", name);
  for (char *p = c; *p; p++)
    if (*p >= 'a' && *p <= 'z')
      *p = (char)(*p - 'a' + 'A');
  return c;
}

static void statements(Body *b) {
  u32 n = 0;
  for (u32 k = 0; k < b->x->nstmts; k++) {
    const StmtX *s = &b->x->stmts[k];
    if (s->kind == SX_BIND) {
      s->vars[0]->c = mid_ident(b->m, s->vars[0]->name);
      cline(&b->c, "const u32 %s = %s;", s->vars[0]->c, term(b, s->e));
      continue;
    }
    gen_must(b->m->s, b->x->rule->decl->loc, n < 2 && s->kind != SX_TRAP,
             "rule %s: at most two operations", b->x->rule->decl->name.s);
    effect(b, s->e, n++);
  }
  cline(&b->c, "r->n = %u;", n);
  cline(&b->c, "r->kind = RW_OPS;");
}

static const char *skeleton_body(GenMid *m, const Row *r, const RuleX *x) {
  Text t = {.arena = m->s->arena};
  Body b = body(m, r, x, &t, "return false;");
  Used u = {{0}};
  mark_right(x, &u);
  mark_clauses(x, &u, false);
  declare_vars(&b, &u);
  write_lets(&b, &u, true);
  switch ((RhsKind)x->rhs_kind) {
  case RHS_TERM:
    effect(&b, x->rhs[0], 0);
    cline(&b.c, "r->n = 1;");
    cline(&b.c, "r->kind = RW_OPS;");
    break;
  case RHS_REMOVE: cline(&b.c, "r->kind = RW_REMOVE;"); break;
  case RHS_VALUES:
    gen_must(m->s, x->rule->decl->loc, x->nrhs == 1, "rule %s: one value only",
             x->rule->decl->name.s);
    cline(&b.c, "r->value = %s;", term(&b, x->rhs[0]));
    cline(&b.c, "r->kind = RW_VALUE;");
    break;
  case RHS_STMTS: statements(&b); break;
  case RHS_TRAP:
    cline(&b.c, "r->trap = %s;",
          x->trap ? trap_enum(m, x->trap) : x->trap_var->c);
    cline(&b.c, "r->kind = RW_TRAP;");
    break;
  }
  cline(&b.c, "return true;");
  return text_str(&t);
}

// --- functions
// -------------------------------------------------------------------------

typedef const char *BodyFn(GenMid *m, const Row *r, const RuleX *x);

// Whether every combination of the keys' opcodes is an expansion.
static bool covers_all(const Row *r) {
  u32 all = 1;
  for (u32 k = 0; k < r->nkeys; k++)
    all *= r->pos[r->keys[k]].base->count;
  return all == r->nexps;
}

static void write_key(Text *t, const GenMid *m, const Row *r, u32 x) {
  static const char *const shift[] = {"", " << 16", " << 32"};
  text_add(t, "  case ");
  for (u32 k = 0; k < r->nkeys; k++)
    text_add(t, "%s%s%s%s", k ? " | " : "", k ? "(u64)" : "",
             m->s->ops[r->ops[x][r->keys[k]]].cname, shift[k]);
  text_add(t, ":\n");
}

static void indent_more(Text *t, const char *s) {
  while (*s) {
    const char *e = strchr(s, '\n');
    text_add(t, "  %.*s\n", (int)(e - s), s);
    s = e + 1;
  }
}

// The function's text after its name, expansions of equal text in one case.
// `checked`: the guard has refused what is no expansion.
static const char *function_text(GenMid *m, const Row *r, BodyFn *fn,
                                 const char *nothing, bool checked) {
  const char **texts = arena_array(m->s->arena, const char *, r->nexps);
  bool same = true;
  for (u32 x = 0; x < r->nexps; x++) {
    texts[x] = fn(m, r, r->exps[x]);
    same &= !strcmp(texts[0], texts[x]);
  }
  if (same && (checked || covers_all(r) || !r->nkeys))
    return texts[0];
  Text t = {.arena = m->s->arena};
  text_add(&t, "  switch (v[0]%s%s) {\n", r->nkeys > 1 ? " | v[1] << 16" : "",
           r->nkeys > 2 ? " | v[2] << 32" : "");
  for (u32 x = 0; x < r->nexps; x++) {
    if (!texts[x])
      continue;
    for (u32 y = x; y < r->nexps; y++) {
      if (!texts[y] || strcmp(texts[x], texts[y]))
        continue;
      write_key(&t, m, r, y);
      if (y > x)
        texts[y] = NULL;
    }
    // the key's line ends in a colon; the case is a block
    t.n--;
    text_add(&t, " {\n");
    indent_more(&t, texts[x]);
    text_add(&t, "  }\n");
  }
  text_add(&t, "  default:\n    return %s;\n  }\n", nothing);
  return text_str(&t);
}

// Writes a function unless the rule has one with the same text; its name.
static const char *write_function(GenMid *m, const Row *r, const char *prefix,
                                  const char *result, const char *extra,
                                  const char *text) {
  Arena *a = m->s->arena;
  const char *key = arena_printf(a, "%s%s", prefix, text);
  for (u32 k = 0; k + 1 < m->bodies.n; k += 2)
    if (!strcmp(m->bodies.at[k], key))
      return m->bodies.at[k + 1];
  const char *name =
      arena_printf(a, "%s_%s", prefix, mid_ident(m, r->rule->decl->name.s));
  if (r->variant)
    name = arena_printf(a, "%s_%u", name, r->variant);
  text_add(m->out, "RW_APART static %s %s(Egraph *g, const u64 *v%s) {\n",
           result, name, extra);
  if (!strstr(text, "v["))
    text_add(m->out, "  (void)v;\n");
  if (!strstr(text, "(g,") && !strstr(text, "g->"))
    text_add(m->out, "  (void)g;\n");
  text_put(m->out, text, strlen(text));
  text_add(m->out, "}\n");
  vec_push(a, &m->bodies, key);
  vec_push(a, &m->bodies, name);
  return name;
}

void mid_row_functions(GenMid *m, const Row *r) {
  if (m->bodies_of != r->rule) {
    m->bodies_of = r->rule;
    m->bodies.n = 0;
    text_add(m->out, "\n// %s: %s\n", decl_where(m->s, r->rule->decl),
             decl_oneline(m->s, r->rule->decl));
  }
  const char *guard = function_text(m, r, guard_body, "false", false);
  m->guards[r->index] =
      strcmp(guard, "  return true;\n")
          ? write_function(m, r, m->skeleton ? "check" : "guard", "bool", "",
                           guard)
          : NULL;
  if (m->skeleton)
    m->sides[r->index] = write_function(
        m, r, "change", "bool", ", Rewritten *r",
        function_text(m, r, skeleton_body, "false", m->guards[r->index]));
  else
    m->sides[r->index] = write_function(
        m, r, "make", "u32", "",
        function_text(m, r, pure_body, "0", m->guards[r->index]));
}
