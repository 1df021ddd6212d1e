// Walks the declarations twice: first what all can see, then what stands in
// each. In a pattern a name that is nothing else becomes a variable.
#include "rulec/desk/symbols.h"

#include <stdlib.h>

const char *const symbol_words[SY_COUNT] = {
    [SY_TYPES] = "type set",   [SY_CODE] = "code",
    [SY_MEMBER] = "member",    [SY_OP] = "op",
    [SY_RULE] = "rule",        [SY_FN] = "function",
    [SY_DEF] = "shorthand",    [SY_INST] = "instruction",
    [SY_TERM] = "term",        [SY_DATA] = "data",
    [SY_CTOR] = "constructor", [SY_PARAM] = "parameter",
    [SY_VAR] = "variable",     [SY_LABEL] = "label"};

enum { MAX_SCOPE = 512 };

typedef struct Walk {
  Symbols *s;
  Names *names;
  NameMap heads;   // ops, instructions, terms, shorthands: what opens a term
  NameMap calls;   // functions, constructors
  NameMap kinds;   // type sets, codes, data
  NameMap members; // names that are a member of one code only; ~0: of several
  const Decl *decl;
  u32 nlocal;
  struct {
    const char *name;
    u32 symbol;
  } local[MAX_SCOPE];
} Walk;

// --- symbols and occurrences --------------------------------------------

static bool says(Loc loc, const char *name) {
  size_t n = strlen(name);
  return loc.src && loc.at + n <= loc.src->size &&
         memcmp(loc.src->text + loc.at, name, n) == 0;
}

// Where the tree's position and the text disagree there is no occurrence.
static void use(Walk *w, Loc loc, u32 symbol, bool def) {
  const char *name = w->s->at[symbol].name;
  if (!says(loc, name))
    return;
  loc.len = (u32)strlen(name);
  vec_push(w->s->arena, &w->s->uses, ((Occurrence){loc, symbol, def}));
}

static u32 declare(Walk *w, SymbolKind kind, Name n, const Decl *d) {
  vec_push(w->s->arena, w->s, ((Symbol){(u8)kind, n.s, n.loc, d}));
  use(w, n.loc, w->s->n - 1, true);
  return w->s->n - 1;
}

static void declare_in(Walk *w, NameMap *m, SymbolKind kind, Name n,
                       const Decl *d) {
  u32 k = declare(w, kind, n, d);
  if (!map_get(m, n.s))
    map_put(w->s->arena, m, n.s, k + 1);
}

// --- names of the declaration -------------------------------------------

static s64 local_find(const Walk *w, const char *name) {
  for (u32 i = w->nlocal; i-- > 0;)
    if (w->local[i].name == name)
      return w->local[i].symbol;
  return -1;
}

static void local_use(Walk *w, SymbolKind kind, Name n) {
  if (!n.s || !*n.s || !strcmp(n.s, "_"))
    return;
  s64 k = local_find(w, n.s);
  if (k >= 0) {
    use(w, n.loc, (u32)k, false);
  } else if (w->nlocal < MAX_SCOPE) {
    w->local[w->nlocal].symbol = declare(w, kind, n, w->decl);
    w->local[w->nlocal++].name = n.s;
  }
}

// --- dotted names -------------------------------------------------------

static Name part(const Walk *w, Name n, size_t from, size_t len) {
  Name p = {names_intern(w->names, n.s + from, len), n.loc};
  p.loc.at += (u32)from;
  p.loc.len = (u32)len;
  return p;
}

static u32 find_prefix(const Walk *w, const NameMap *m, Name n, size_t *len) {
  size_t i = strlen(n.s);
  for (;;) {
    u32 k = map_get(m, names_intern(w->names, n.s, i));
    *len = i;
    if (k)
      return k;
    while (i > 0 && n.s[i - 1] != '.')
      i--;
    if (i == 0)
      return 0;
    i--;
  }
}

static bool is_type_name(const char *s) {
  return vtype_find(s) >= 0 || shape_find(s) >= 0;
}

// A code's members follow it in the list of symbols.
static s64 member_of(const Walk *w, const Decl *code, const char *name) {
  u32 k = map_get(&w->kinds, code->name.s);
  for (u32 i = k; k && i < k + code->nmembers && i < w->s->n; i++)
    if (w->s->at[i].decl == code && w->s->at[i].name == name)
      return i;
  return -1;
}

// What the k-th parameter of a declaration ranges over, if that is a code.
static const Decl *param_code(const Walk *w, const Decl *d, u32 k) {
  if (!d || k >= d->params.n || d->params.at[k].set.n != 1)
    return NULL;
  u32 i = map_get(&w->kinds, d->params.at[k].set.at[0].s);
  return i && w->s->at[i - 1].kind == SY_CODE ? w->s->at[i - 1].decl : NULL;
}

// `slt` or `T` behind a head.
static void use_param(Walk *w, Name p, const Decl *head, u32 k) {
  const Decl *code = param_code(w, head, k);
  s64 member = code ? member_of(w, code, p.s) : -1;
  if (member >= 0)
    use(w, p.loc, (u32)member, false);
  else if (!is_type_name(p.s) && strcmp(p.s, "_") && w->decl)
    local_use(w, SY_PARAM, p);
}

// The parts of n from byte `from` on; returns how many.
static u32 use_params(Walk *w, Name n, size_t from, const Decl *head) {
  u32 k = 0;
  while (n.s[from]) {
    size_t len = strcspn(n.s + from, ".");
    use_param(w, part(w, n, from, len), head, k++);
    from += len + (n.s[from + len] == '.');
  }
  return k;
}

// --- expressions --------------------------------------------------------

static void expr(Walk *w, const Expr *e, bool pattern);

static void exprs(Walk *w, const ExprList *l, bool pattern) {
  for (u32 i = 0; i < l->n; i++)
    expr(w, l->at[i], pattern);
}

// True if n is, or starts with, something that all can see.
static bool use_global(Walk *w, const NameMap *m, const Expr *e) {
  size_t len;
  u32 k = find_prefix(w, m, e->name, &len);
  if (!k)
    return false;
  const Decl *d = w->s->at[k - 1].decl;
  use(w, e->name.loc, k - 1, false);
  u32 params = 0;
  if (e->name.s[len])
    params = use_params(w, e->name, len + 1, d);
  for (u32 i = 0; i < e->nparams; i++) {
    if (e->params[i].arg)
      expr(w, e->params[i].arg, false);
    else
      use_param(w, e->params[i].name, d, params + i);
  }
  return true;
}

static void use_name(Walk *w, const Expr *e, bool pattern) {
  size_t len = strcspn(e->name.s, ".");
  Name first = part(w, e->name, 0, len);
  u32 member = map_get(&w->members, first.s);
  if (local_find(w, first.s) >= 0)
    local_use(w, SY_VAR, first);
  else if (pattern && !e->name.s[len])
    local_use(w, SY_VAR, first);
  else if (use_global(w, &w->heads, e) || use_global(w, &w->calls, e))
    return;
  else if (member && member != ~0u)
    use(w, first.loc, member - 1, false);
}

static void use_head(Walk *w, const Expr *e, bool pattern) {
  const NameMap *first = e->kind == EX_TERM ? &w->heads : &w->calls;
  const NameMap *second = e->kind == EX_TERM ? &w->calls : &w->heads;
  size_t len = strcspn(e->name.s, ".");
  bool local = local_find(w, part(w, e->name, 0, len).s) >= 0;
  if (local && (!map_get(first, e->name.s) || e->kids.n == 0))
    use_name(w, e, false);
  else if (!use_global(w, first, e) && !use_global(w, second, e))
    use_global(w, &w->kinds, e);
  exprs(w, &e->kids, pattern);
}

static void binds(Walk *w, const Expr *e) {
  for (u32 i = 0; i < e->binds.n; i++)
    local_use(w, SY_VAR, e->binds.at[i]);
}

static void address(Walk *w, const AddrExpr *a) {
  for (u32 i = 0; i < a->nparts; i++) {
    expr(w, a->parts[i].e, false);
    if (a->parts[i].scale)
      expr(w, a->parts[i].scale, false);
  }
  if (a->mem)
    expr(w, a->mem, false);
}

static void expr(Walk *w, const Expr *e, bool pattern) {
  switch (e->kind) {
  case EX_NAME: use_name(w, e, pattern); return;
  case EX_TERM:
  case EX_CALL: use_head(w, e, pattern); return;
  case EX_LET:
    expr(w, e->kids.at[0], false);
    local_use(w, SY_VAR, e->name);
    expr(w, e->kids.at[1], false);
    return;
  case EX_AT: local_use(w, SY_VAR, e->name); break;
  case EX_MAP:
  case EX_QUANT: binds(w, e); break;
  case EX_ADDR: address(w, e->addr); return;
  case EX_INT:
  case EX_FLOAT:
  case EX_NAN:
  case EX_UNARY:
  case EX_BINARY:
  case EX_COND:
  case EX_INDEX:
  case EX_MEM:
  case EX_FIELD:
  case EX_RECORD:
  case EX_UPDATE:
  case EX_ANY:
  case EX_GOTO:
  case EX_RETURN:
  case EX_STORE: break;
  }
  exprs(w, &e->kids, pattern);
  for (u32 i = 0; i < e->fields.n; i++)
    expr(w, e->fields.at[i].e, false);
}

static void maybe(Walk *w, const Expr *e) {
  if (e)
    expr(w, e, false);
}

// --- pieces of declarations ---------------------------------------------

static void kind(Walk *w, const KindDecl *k) {
  size_t len = strcspn(k->name.s, ".");
  Name first = part(w, k->name, 0, len);
  u32 i = map_get(&w->kinds, first.s);
  if (local_find(w, first.s) >= 0)
    local_use(w, SY_PARAM, first);
  else if (i)
    use(w, first.loc, i - 1, false);
  if (k->name.s[len]) {
    Name rest = part(w, k->name, len + 1, strlen(k->name.s) - len - 1);
    if (local_find(w, rest.s) >= 0)
      local_use(w, SY_PARAM, rest);
  }
  maybe(w, k->arg);
  maybe(w, k->fixed);
}

static void operands(Walk *w, const OperandList *l) {
  for (u32 i = 0; i < l->n; i++) {
    local_use(w, SY_VAR, l->at[i].name);
    for (u32 k = 0; k < l->at[i].nkinds; k++)
      kind(w, &l->at[i].kinds[k]);
    if (l->at[i].reuse.s)
      local_use(w, SY_VAR, l->at[i].reuse);
  }
}

static void params(Walk *w, const Decl *d) {
  for (u32 i = 0; i < d->params.n; i++) {
    const ParamDecl *p = &d->params.at[i];
    local_use(w, SY_PARAM, p->name);
    for (u32 k = 0; k < p->set.n; k++) {
      u32 set = map_get(&w->kinds, p->set.at[k].s);
      if (set)
        use(w, p->set.at[k].loc, set - 1, false);
    }
  }
}

static void stmt(Walk *w, const Stmt *t) {
  if (t->value)
    expr(w, t->value, false);
  maybe(w, t->flags);
  for (u32 i = 0; i < t->targets.n; i++)
    local_use(w, SY_VAR, t->targets.at[i]);
  if (t->label.s)
    local_use(w, SY_LABEL, t->label);
}

// Labels may be jumped to before they stand; they are declared first.
static void stmts(Walk *w, const StmtList *l) {
  for (u32 i = 0; i < l->n; i++)
    if (l->at[i].kind == ST_LABEL || l->at[i].kind == ST_DATA)
      local_use(w, SY_LABEL, l->at[i].label);
  for (u32 i = 0; i < l->n; i++)
    if (l->at[i].kind != ST_LABEL)
      stmt(w, &l->at[i]);
}

static void forms(Walk *w, const Decl *d) {
  for (u32 i = 0; i < d->forms.n; i++) {
    const FormDecl *f = &d->forms.at[i];
    for (u32 k = 0; k < f->encs.n; k++)
      maybe(w, f->encs.at[k].guard);
  }
}

static void clauses(Walk *w, const Decl *d) {
  for (u32 i = 0; i < d->lets.n; i++) {
    expr(w, d->lets.at[i].e, false);
    local_use(w, SY_VAR, d->lets.at[i].name);
  }
  maybe(w, d->pure_when);
  maybe(w, d->reads);
  maybe(w, d->writes);
  maybe(w, d->sym);
  for (u32 i = 0; i < d->traps.n; i++)
    maybe(w, d->traps.at[i].cond);
  for (u32 i = 0; i < d->facts.n; i++)
    expr(w, d->facts.at[i].e, false);
  for (u32 i = 0; i < d->equations.n; i++) {
    local_use(w, SY_VAR, d->equations.at[i].name);
    expr(w, d->equations.at[i].e, false);
  }
  exprs(w, &d->clobbers, false);
  forms(w, d);
}

static void codes(Walk *w, const Decl *d) {
  for (u32 i = 0; i < d->nmembers; i++)
    expr(w, d->members[i].pred, false);
  for (u32 i = 0; i < d->nmaps; i++)
    for (u32 k = 0; k < d->maps[i].npairs; k++) {
      Name side[2] = {d->maps[i].pairs[k].a, d->maps[i].pairs[k].b};
      u32 other = map_get(&w->kinds, d->maps[i].name.s);
      for (u32 j = 0; j < 2; j++) {
        bool own = j == 1 || !other;
        s64 m = member_of(w, own ? d : w->s->at[other - 1].decl, side[j].s);
        if (m >= 0)
          use(w, side[j].loc, (u32)m, false);
      }
    }
}

static void constructors(Walk *w, const Decl *d) {
  for (u32 i = 0; i < d->nctors; i++) {
    w->nlocal = 0; // each has its own
    operands(w, &d->ctors[i].fields);
    maybe(w, d->ctors[i].means);
  }
}

static void rule(Walk *w, const Decl *d) {
  if (d->lhs)
    expr(w, d->lhs, true);
  for (u32 i = 0; i < d->lhs_results.n; i++)
    local_use(w, SY_VAR, d->lhs_results.at[i]);
  for (u32 i = 0; i < d->nclauses; i++) {
    maybe(w, d->clauses[i].e);
    if (d->clauses[i].is_let)
      local_use(w, SY_VAR, d->clauses[i].name);
  }
  exprs(w, &d->rhs, false);
  stmts(w, &d->rhs_stmts);
}

// Each has variables of its own.
static void examples(Walk *w, const Decl *d) {
  for (u32 i = 0; i < d->nexamples; i++) {
    w->nlocal = 0;
    expr(w, d->examples[i].lhs, true);
    exprs(w, &d->examples[i].rhs, false);
    stmts(w, &d->examples[i].rhs_stmts);
  }
}

static void declaration(Walk *w, const Decl *d) {
  w->decl = d;
  w->nlocal = 0;
  params(w, d);
  operands(w, &d->operands);
  operands(w, &d->results);
  codes(w, d);
  constructors(w, d);
  clauses(w, d);
  maybe(w, d->body);
  maybe(w, d->means);
  stmts(w, &d->stmts);
  rule(w, d);
  examples(w, d);
}

// --- what all can see ---------------------------------------------------

static void members(Walk *w, const Decl *d) {
  for (u32 i = 0; i < d->nmembers; i++) {
    u32 k = declare(w, SY_MEMBER, d->members[i].name, d);
    bool taken = map_get(&w->members, d->members[i].name.s) != 0;
    map_put(w->s->arena, &w->members, d->members[i].name.s,
            taken ? ~0u : k + 1);
  }
}

static void global(Walk *w, const Decl *d) {
  Name n = {d->name.s, d->name.loc};
  switch (d->kind) {
  case DECL_TYPES: declare_in(w, &w->kinds, SY_TYPES, n, d); break;
  case DECL_CODE:
    declare_in(w, &w->kinds, SY_CODE, n, d);
    members(w, d);
    break;
  case DECL_OP: declare_in(w, &w->heads, SY_OP, n, d); break;
  case DECL_RULE:
  case DECL_SKELETON:
  case DECL_REMAT:
  case DECL_LOWER: declare(w, SY_RULE, n, d); break;
  case DECL_FN:
  case DECL_EXTERN_FN: declare_in(w, &w->calls, SY_FN, n, d); break;
  case DECL_DEF: declare_in(w, &w->heads, SY_DEF, n, d); break;
  case DECL_INST:
  case DECL_SEQ: declare_in(w, &w->heads, SY_INST, n, d); break;
  case DECL_TERM: declare_in(w, &w->heads, SY_TERM, n, d); break;
  case DECL_DATA:
    declare_in(w, &w->kinds, SY_DATA, n, d);
    for (u32 i = 0; i < d->nctors; i++)
      declare_in(w, &w->calls, SY_CTOR, d->ctors[i].name, d);
    break;
  case DECL_REP:
  case DECL_COST:
  case DECL_COUNT: break;
  }
}

// `rep i32 ...` and `cost imul 4` speak of what is declared elsewhere.
static void spoken_of(Walk *w, const Decl *d) {
  size_t len;
  u32 k = d->kind == DECL_COST ? find_prefix(w, &w->heads, d->name, &len) : 0;
  if (k)
    use(w, d->name.loc, k - 1, false);
}

static int by_place(const void *x, const void *y) {
  const Occurrence *a = x, *b = y;
  if (a->loc.src != b->loc.src)
    return a->loc.src->index < b->loc.src->index ? -1 : 1;
  if (a->loc.at != b->loc.at)
    return a->loc.at < b->loc.at ? -1 : 1;
  return (int)b->def - (int)a->def;
}

static void sort_uses(Symbols *s) {
  if (!s->uses.n)
    return;
  qsort(s->uses.at, s->uses.n, sizeof *s->uses.at, by_place);
  u32 n = 1;
  for (u32 i = 1; i < s->uses.n; i++)
    if (by_place(&s->uses.at[i], &s->uses.at[n - 1]) > 0 &&
        (s->uses.at[i].loc.at != s->uses.at[n - 1].loc.at ||
         s->uses.at[i].loc.src != s->uses.at[n - 1].loc.src))
      s->uses.at[n++] = s->uses.at[i];
  s->uses.n = n;
}

void symbols_build(Symbols *s, Arena *a, Names *names, const Ast *ast) {
  *s = (Symbols){.arena = a, .ast = ast};
  Walk *w = arena_new(a, Walk);
  w->s = s;
  w->names = names;
  for (u32 i = 0; i < ast->n; i++)
    global(w, ast->at[i]);
  for (u32 i = 0; i < ast->n; i++) {
    spoken_of(w, ast->at[i]);
    declaration(w, ast->at[i]);
  }
  sort_uses(s);
}

const Occurrence *symbols_at(const Symbols *s, const Source *src, u32 at) {
  const Occurrence *best = NULL;
  for (u32 i = 0; i < s->uses.n; i++) {
    const Occurrence *o = &s->uses.at[i];
    if (o->loc.src == src && o->loc.at <= at && at <= o->loc.at + o->loc.len &&
        (!best || o->loc.at > best->loc.at))
      best = o;
  }
  return best;
}
