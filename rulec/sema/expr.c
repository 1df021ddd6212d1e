// Types expressions: widths from the types, booleans, codes, records. Every fn
// and code predicate is put in line; what is constant is folded.
//
// A literal, bits(T) and what is computed from them alone is a whole number
// without width (SORT_BV, 0 bits) until something with a width meets it.
#include "rulec/sema/expr.h"

#include <stdarg.h>
#include <stdio.h>

Node *expr_fail(Typer *t, Loc loc, DiagCode code, const char *fmt, ...) {
  char buf[512];
  va_list args;
  va_start(args, fmt);
  vsnprintf(buf, sizeof buf, fmt, args);
  va_end(args);
  if (!t->failed && !t->quiet)
    diag_add(t->s->diags, code, loc, "%s", buf);
  t->failed = true;
  return NULL;
}

static const char *sort_text(Typer *t, Sort sort) {
  Text x = {.arena = t->s->arena};
  sort_print(&x, t->s, sort);
  return text_str(&x);
}

// A name, if that is what stands there.
static const char *name_at(Typer *t, Loc loc) {
  const char *s = loc.src->text + loc.at;
  for (u32 i = 0; i < loc.len; i++)
    if (!(s[i] >= 'a' && s[i] <= 'z') && !(s[i] >= 'A' && s[i] <= 'Z') &&
        !(s[i] >= '0' && s[i] <= '9') && s[i] != '_')
      return "...";
  return arena_strndup(t->s->arena, s, loc.len);
}

Node *expr_mismatch(Typer *t, Loc loc, Sort found, Sort wanted) {
  if (t->failed || t->quiet) {
    t->failed = true;
    return NULL;
  }
  u32 i = diag_add(t->s->diags, E_TYPE, loc, "found %s, wanted %s",
                   sort_text(t, found), sort_text(t, wanted));
  const char *name = name_at(t, loc);
  if (found.kind == SORT_BV && wanted.kind == SORT_BV && found.bits &&
      wanted.bits)
    diag_help(t->s->diags, i,
              found.bits > wanted.bits ? "trunc(%s, %u) is its low part"
                                       : "zext(%s, %u), or sext with its sign",
              name, wanted.bits);
  if (found.kind == SORT_BOOL && wanted.kind == SORT_BV && wanted.bits)
    diag_help(t->s->diags, i, "zext(%s, %u) is 1 or 0", name, wanted.bits);
  if (found.kind == SORT_BV && wanted.kind == SORT_BOOL)
    diag_help(t->s->diags, i, "a comparison, such as %s != 0", name);
  t->failed = true;
  return NULL;
}

Var *var_new(Typer *t, VarKind k, const char *name, Sort sort, Loc loc) {
  Var *v = arena_new(t->s->arena, Var);
  *v = (Var){.kind = (u8)k,
             .name = name,
             .index = (*t->nvars)++,
             .sort = sort,
             .loc = loc,
             .wild = strcmp(name, "_") == 0};
  return v;
}

Node *expr_make(Typer *t, NodeKind k, Sort sort, const Expr *src) {
  if (++t->nodes > MOST_NODES)
    expr_fail(t, src->loc, E_SIZE,
              "an expression of more than 20000 nodes once its "
              "functions stand in line");
  return node_new(t->s, k, sort, src);
}

bool expr_is_bv(const Node *n) { return n->sort.kind == SORT_BV; }
bool expr_is_number(const Node *n) { return expr_is_bv(n) && !n->sort.bits; }

// --- widths ---------------------------------------------------------

static u128 float_bits(double d, u32 bits) {
  if (bits == 32) {
    float f = (float)d;
    u32 u;
    memcpy(&u, &f, 4);
    return u;
  }
  u64 u;
  memcpy(&u, &d, 8);
  return u;
}

static Node *const_width(Typer *t, Node *n, u32 bits) {
  Node *c = node_new(t->s, N_CONST, sort_bv(bits), n->src);
  if (n->field) { // a float literal
    if (bits != 32 && bits != 64)
      return expr_mismatch(t, n->src->loc, n->sort, sort_bv(bits));
    u64 u = (u64)n->num;
    double d;
    memcpy(&d, &u, 8);
    c->num = float_bits(d, bits);
    return c;
  }
  s128 v = (s128)n->num;
  if (bits > 128 && v < 0)
    return expr_fail(t, n->src->loc, E_WIDTH,
                     "a negative constant of more than 128 bits, wanted sext");
  if (bits < 127 && (v >= (s128)1 << bits || v < -((s128)1 << (bits - 1))))
    return expr_fail(t, n->src->loc, E_WIDTH,
                     "a constant wider than its %u bits", bits);
  c->num = n->num & bits_mask(bits);
  return c;
}

Node *type_width(Typer *t, Node *n, u32 bits) {
  if (!n || !expr_is_number(n) || !bits)
    return n;
  if (n->kind == N_CONST)
    return const_width(t, n, bits);
  u32 from = n->kind == N_COND || n->kind == N_LET ? 1 : 0;
  bool shift = n->kind == N_BINARY &&
               (n->fn == BIN_SHL || n->fn == BIN_USHR || n->fn == BIN_SSHR);
  for (u32 i = from; i < (shift ? 1 : n->nkids); i++) {
    Node *k = type_width(t, n->kids[i], bits);
    if (!k)
      return NULL;
    n->kids[i] = k;
  }
  n->sort.bits = (u16)bits;
  return node_fold(t->s, n);
}

// Gives two bit vectors the same width, or says that they have not.
bool expr_same_width(Typer *t, Node **x, Node **y) {
  if (expr_is_number(*x))
    *x = type_width(t, *x, (*y)->sort.bits);
  else if (expr_is_number(*y))
    *y = type_width(t, *y, (*x)->sort.bits);
  if (!*x || !*y)
    return false;
  if ((*x)->sort.bits != (*y)->sort.bits)
    expr_mismatch(t, (*y)->src->loc, (*y)->sort, (*x)->sort);
  return (*x)->sort.bits == (*y)->sort.bits;
}

// A number known now that needs no width: `bits(T)`, `8`. n: e, typed.
bool expr_known_node(Typer *t, const Node *n, const Expr *e, s64 least,
                     s64 most, u32 *out) {
  if (!n)
    return false;
  u128 v;
  s128 sv = 0;
  bool known = expr_is_bv(n) && node_is_const(n, &v);
  if (known)
    sv = (s128)v;
  if (!known || sv < least || sv > most) {
    expr_fail(t, e->loc, E_WIDTH, "wanted a number known here, %lld to %lld",
              (long long)least, (long long)most);
    return false;
  }
  *out = (u32)sv;
  return true;
}

bool expr_known(Typer *t, const Expr *e, s64 least, s64 most, u32 *out) {
  return expr_known_node(t, type_expr(t, e, sort_of(SORT_NONE)), e, least, most,
                         out);
}

// --- names ----------------------------------------------------------

const Scope *expr_scope(const Typer *t, const char *name) {
  for (const Scope *c = t->scope; c; c = c->up)
    if (c->name == name)
      return c;
  return NULL;
}

static Node *scope_node(Typer *t, const Scope *c, const Expr *src) {
  if (c->var)
    return node_var(t->s, c->var, src);
  Node *n = node_new(t->s, N_CONST, c->node->sort, src);
  *n = *c->node;
  if (!n->src)
    n->src = src;
  return n;
}

static Node *field_of(Typer *t, Node *x, const char *name, const Expr *src) {
  static const char *const flag_names[] = {"o", "c", "z", "s", "p"};
  if (x->sort.kind == SORT_FLAGS)
    for (u16 i = 0; i < FF_COUNT; i++)
      if (strcmp(flag_names[i], name) == 0) {
        Node *n = expr_make(t, N_FIELD, sort_of(SORT_BOOL), src);
        n->field = i;
        return node_kids(t->s, n, 1, x);
      }
  static const Sort sorts[MF_COUNT] = {[MF_OFF] = {SORT_BV, 0, 32, 0},
                                       [MF_BYTES] = {SORT_BV, 0, 8, 0},
                                       [MF_EXT] = {SORT_EXT, 0, 0, 0},
                                       [MF_REGION] = {SORT_REGION, 0, 0, 0},
                                       [MF_ALIGN] = {SORT_BV, 0, 8, 0},
                                       [MF_MEM] = {SORT_BV, 0, 8, 0},
                                       [MF_READONLY] = {SORT_BOOL, 0, 0, 0},
                                       [MF_NOTRAP] = {SORT_BOOL, 0, 0, 0},
                                       [MF_MOVABLE] = {SORT_BOOL, 0, 0, 0}};
  if (x->sort.kind == SORT_MEMARG)
    for (u16 i = 0; i < MF_COUNT; i++)
      if (strcmp(memfield_names[i], name) == 0) {
        Node *n = expr_make(t, N_FIELD, sorts[i], src);
        n->field = i;
        return node_kids(t->s, n, 1, x);
      }
  return expr_fail(t, src->loc, E_FIELD, "%s has no field `%s`",
                   sort_text(t, x->sort), name);
}

s32 expr_word(const char *const *words, const char *name) {
  for (s32 i = 0; words[i]; i++)
    if (strcmp(words[i], name) == 0)
      return i;
  return -1;
}

const char *const region_words[] = {"heap",   "host",  "table",
                                    "global", "vmctx", NULL};
const char *const ext_words[] = {"none", "zero", "sign", NULL};
const char *const trap_words[] = {
    "none",     "unreachable", "div0",      "overflow",  "invalid",
    "heap_oob", "table_oob",   "undefined", "null_func", "bad_sig",
    "stack",    "host",        NULL};

// A name that only what is wanted gives a meaning: members of codes.
static Node *wanted_name(Typer *t, const Expr *e, Sort want) {
  s32 k = -1;
  if (want.kind == SORT_TRAP)
    k = expr_word(trap_words, e->name.s);
  if (want.kind == SORT_CODE)
    k = code_member(&t->s->codes[want.decl], e->name.s);
  else if (want.kind == SORT_REGION)
    k = expr_word(region_words, e->name.s);
  else if (want.kind == SORT_EXT)
    k = expr_word(ext_words, e->name.s);
  return k < 0 ? NULL : node_const(t->s, want, (u128)k, e);
}

Node *expr_limit(Typer *t, const char *name, u32 bits, const Expr *src) {
  u128 top = (u128)1 << (bits - 1);
  u128 v = strcmp(name, "min_s") == 0   ? top
           : strcmp(name, "max_s") == 0 ? top - 1
                                        : bits_mask(bits);
  return node_const(t->s, sort_bv(bits), v, src);
}

bool expr_is_limit(const char *name) {
  return strcmp(name, "min_s") == 0 || strcmp(name, "max_s") == 0 ||
         strcmp(name, "max_u") == 0;
}

static Node *plain_name(Typer *t, const Expr *e, Sort want) {
  const char *name = e->name.s;
  const ParamArg *p = env_find(t->env, name);
  if (p && p->kind == ARG_CODE)
    return node_const(t->s, (Sort){.kind = SORT_CODE, .decl = p->code},
                      p->value, e);
  Node *n = wanted_name(t, e, want);
  if (n)
    return n;
  if (strcmp(name, "true") == 0 || strcmp(name, "false") == 0)
    return node_const(t->s, sort_of(SORT_BOOL), name[0] == 't', e);
  if (expr_is_limit(name) && want.kind == SORT_BV && want.bits &&
      want.bits <= 128)
    return expr_limit(t, name, want.bits, e);
  if (p)
    return expr_fail(t, e->loc, E_TYPE, "`%s` is a type, wanted a value", name);
  return expr_fail(t, e->loc, E_NAME, "`%s` is not bound", name);
}

Node *expr_name(Typer *t, const Expr *e, Sort want) {
  const char *name = e->name.s;
  const Scope *c = expr_scope(t, name);
  if (c)
    return scope_node(t, c, e);
  const char *dot = strchr(name, '.');
  if (!dot)
    return plain_name(t, e, want);
  c = expr_scope(t, intern_n(t->s, name, (size_t)(dot - name)));
  if (!c)
    return expr_fail(t, e->loc, E_NAME, "`%s` is not bound", name);
  return field_of(t, scope_node(t, c, e), dot + 1, e);
}

// Could only be understood with a sort wanted.
bool expr_needs_want(const Typer *t, const Expr *e) {
  return e->kind == EX_NAME && !strchr(e->name.s, '.') &&
         !expr_scope(t, e->name.s) && !env_find(t->env, e->name.s) &&
         strcmp(e->name.s, "true") != 0 && strcmp(e->name.s, "false") != 0;
}

// --- the rest -------------------------------------------------------

static Node *quantifier(Typer *t, const Expr *e, Sort want) {
  u32 lo, hi;
  if (!expr_known(t, e->kids.at[0], 0, 255, &lo) ||
      !expr_known(t, e->kids.at[1], 0, 255, &hi))
    return NULL;
  bool sum = e->name.s[0] == 's', all = strcmp(e->name.s, "all") == 0;
  Sort sort = sum ? want : sort_of(SORT_BOOL);
  Node *acc = NULL;
  for (u32 i = lo; i < hi; i++) {
    Scope c = {.up = t->scope,
               .name = e->binds.at[0].s,
               .node = node_const(t->s, sort_bv(0), i, e)};
    const Scope *old = t->scope;
    t->scope = &c;
    Node *x = sum ? type_expr(t, e->kids.at[2], sort)
                  : type_as(t, e->kids.at[2], sort);
    t->scope = old;
    if (!x || (acc && sum && !expr_same_width(t, &acc, &x)))
      return NULL;
    if (!acc) {
      acc = x;
      continue;
    }
    Node *n = expr_make(t, N_BINARY, x->sort, e);
    n->fn = sum ? BIN_ADD : all ? BIN_ANDAND : BIN_OROR;
    acc = node_fold(t->s, node_kids(t->s, n, 2, acc, x));
    if (t->failed)
      return NULL;
  }
  return acc ? acc : node_const(t->s, sum ? sort_bv(0) : sort, all, e);
}

static Node *index_of(Typer *t, const Expr *e) {
  Node *x = type_expr(t, e->kids.at[0], sort_of(SORT_NONE));
  Node *i = x ? expr_bv_arg(t, e, 1, sort_of(SORT_NONE)) : NULL;
  if (!i)
    return NULL;
  if (expr_is_bv(x) && x->sort.bits == 128)
    return expr_byte(t, e, x, i);
  if (x->sort.kind != SORT_TARGETS)
    return expr_mismatch(t, e->loc, x->sort, sort_of(SORT_TARGETS));
  Node *n = expr_make(t, N_INDEX, sort_of(SORT_TARGET), e);
  return node_kids(t->s, n, 2, x, type_width(t, i, 32));
}

static Node *memory(Typer *t, const Expr *e) {
  Node *p = type_as(t, e->kids.at[0], sort_bv(64));
  Node *n = p ? expr_bv_arg(t, e, 1, sort_of(SORT_NONE)) : NULL;
  if (!n)
    return NULL;
  u128 bytes;
  Sort sort = sort_of(SORT_DYN);
  if (node_is_const(n, &bytes)) {
    if (bytes < 1 || bytes > MOST_MEMORY)
      return expr_fail(t, e->loc, E_WIDTH, "wanted 1 to 16 bytes of memory");
    sort = sort_bv((u32)bytes * 8);
  }
  return node_kids(t->s, expr_make(t, N_MEM, sort, e), 2, p,
                   type_width(t, n, 64));
}

static Node *store(Typer *t, const Expr *e) {
  if (e->kids.at[0]->kind != EX_MEM)
    return expr_fail(t, e->loc, E_TYPE,
                     "only memory is written, wanted mem[p : n] := x");
  Node *m = memory(t, e->kids.at[0]);
  Node *x = m ? type_expr(t, e->kids.at[1], m->sort) : NULL;
  if (!x)
    return NULL;
  if (m->sort.kind == SORT_BV)
    x = type_width(t, x, m->sort.bits);
  if (!x || !sort_equal(x->sort, m->sort))
    return x ? expr_mismatch(t, x->src->loc, x->sort, m->sort) : NULL;
  Node *n = expr_make(t, N_STORE, sort_of(SORT_NONE), e);
  return node_kids(t->s, n, 2, m, x);
}

static Node *nan_of(Typer *t, const Expr *e, Sort want) {
  Node *x = type_expr(t, e->kids.at[e->kids.n - 1], want);
  if (!x || !expr_need_bv(t, x) || !expr_float_width(t, x))
    return NULL;
  Node *n = expr_make(t, N_NAN, x->sort, e);
  n->nkids = e->kids.n;
  n->kids = arena_array(t->s->arena, Node *, e->kids.n);
  n->kids[e->kids.n - 1] = x;
  for (u32 i = 0; i + 1 < e->kids.n; i++) {
    n->kids[i] = type_as(t, e->kids.at[i], x->sort);
    if (!n->kids[i])
      return NULL;
  }
  return n;
}

// Each field once.
static bool twice_said(Typer *t, const Expr *e) {
  for (u32 i = 0; i < e->fields.n; i++)
    for (u32 k = 0; k < i; k++)
      if (!strcmp(e->fields.at[i].name.s, e->fields.at[k].name.s))
        return !expr_fail(t, e->fields.at[i].name.loc, E_DUP,
                          "`%s` is given a second time",
                          e->fields.at[i].name.s);
  return false;
}

static Node *update(Typer *t, const Expr *e) {
  Node *m = type_as(t, e->kids.at[0], sort_of(SORT_MEMARG));
  if (!m || twice_said(t, e))
    return NULL;
  Node *n = expr_make(t, N_UPDATE, m->sort, e);
  n->nkids = e->fields.n + 1;
  n->kids = arena_array(t->s->arena, Node *, n->nkids);
  n->fields = arena_array(t->s->arena, u16, n->nkids);
  n->kids[0] = m;
  for (u32 i = 0; i < e->fields.n; i++) {
    const Field *f = &e->fields.at[i];
    Node *like = field_of(t, m, f->name.s, e);
    n->kids[i + 1] = like ? type_as(t, f->e, like->sort) : NULL;
    if (!n->kids[i + 1])
      return NULL;
    n->fields[i] = like->field;
  }
  return n;
}

static Node *record(Typer *t, const Expr *e) {
  static const char *const names[] = {"o", "c", "z", "s", "p", NULL};
  Node *n = expr_make(t, N_RECORD, sort_of(SORT_FLAGS), e);
  n->nkids = e->fields.n;
  n->kids = arena_array(t->s->arena, Node *, n->nkids);
  n->fields = arena_array(t->s->arena, u16, n->nkids);
  if (twice_said(t, e))
    return NULL;
  for (u32 i = 0; i < n->nkids; i++) {
    const Field *f = &e->fields.at[i];
    s32 k = expr_word(names, f->name.s);
    if (k < 0)
      return expr_fail(t, f->name.loc, E_FIELD,
                       "flags have the fields o c z s p");
    n->fields[i] = (u16)k;
    n->kids[i] = f->e->kind == EX_ANY
                     ? expr_make(t, N_UNSPEC, sort_of(SORT_BOOL), f->e)
                     : type_as(t, f->e, sort_of(SORT_BOOL));
    if (!n->kids[i])
      return NULL;
  }
  return n;
}

static Node *one_kid(Typer *t, const Expr *e, NodeKind k) {
  Node *x = type_expr(t, e->kids.at[0], sort_of(SORT_NONE));
  return x ? node_kids(t->s, expr_make(t, k, sort_of(SORT_NONE), e), 1, x)
           : NULL;
}

static Node *number(Typer *t, const Expr *e) {
  if (e->kind == EX_INT)
    return node_const(t->s, sort_bv(0), (u128)e->num, e);
  u64 bits;
  memcpy(&bits, &e->fnum, 8);
  Node *n = node_const(t->s, sort_bv(0), bits, e);
  n->field = 1;
  return n;
}

// `(x)` comes as a term without operands.
static Node *lone_name(Typer *t, const Expr *e, Sort want) {
  if (e->kids.n || e->nparams)
    return expr_fail(t, e->loc, E_TYPE, "a term, wanted an expression");
  Expr *name = arena_new(t->s->arena, Expr);
  *name = (Expr){.kind = EX_NAME, .name = e->name, .loc = e->loc};
  return expr_name(t, name, want);
}

static Node *type_any(Typer *t, const Expr *e, Sort want) {
  switch (e->kind) {
  case EX_NAME: return expr_name(t, e, want);
  case EX_INT:
  case EX_FLOAT: return number(t, e);
  case EX_TERM: return lone_name(t, e, want);
  case EX_CALL: return expr_call(t, e, want);
  case EX_NAN: return nan_of(t, e, want);
  case EX_UNARY: return expr_unary(t, e, want);
  case EX_BINARY: return expr_binary(t, e, want);
  case EX_COND: return expr_cond(t, e, want);
  case EX_LET: return expr_let(t, e, want);
  case EX_INDEX: return index_of(t, e);
  case EX_MEM: return memory(t, e);
  case EX_FIELD: {
    Node *x = type_expr(t, e->kids.at[0], sort_of(SORT_NONE));
    return x ? field_of(t, x, e->name.s, e) : NULL;
  }
  case EX_RECORD: return record(t, e);
  case EX_UPDATE: return update(t, e);
  case EX_QUANT: return quantifier(t, e, want);
  case EX_ANY: return expr_make(t, N_UNSPEC, want, e);
  case EX_STORE: return store(t, e);
  case EX_GOTO: return one_kid(t, e, N_GOTO);
  case EX_RETURN: return one_kid(t, e, N_RETURN);
  case EX_MAP: return expr_map(t, e);
  case EX_AT:
  case EX_ADDR: return expr_fail(t, e->loc, E_TYPE, "wanted an expression");
  }
  return NULL;
}

Node *type_expr(Typer *t, const Expr *e, Sort want) {
  if (t->failed)
    return NULL;
  if (t->depth >= MOST_LEVELS)
    return expr_fail(t, e->loc, E_DEPTH,
                     "an expression nested too deeply once its "
                     "functions stand in line");
  t->depth++;
  Node *n = type_any(t, e, want);
  t->depth--;
  return n;
}

Node *type_as(Typer *t, const Expr *e, Sort want) {
  Node *n = type_expr(t, e, want);
  if (n && want.kind == SORT_BV && expr_is_bv(n))
    n = type_width(t, n, want.bits);
  if (!n)
    return NULL;
  if (!sort_equal(n->sort, want))
    return n->sort.kind == SORT_VALUE && want.kind == SORT_BV
               ? expr_need_bv(t, n)
               : expr_mismatch(t, e->loc, n->sort, want);
  return n;
}
