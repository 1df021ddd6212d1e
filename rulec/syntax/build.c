// Makes syntax nodes. A node's place runs from the first to the last character
// it was made of, so that a caret can underline it.
#include "rulec/syntax/build.h"

const char *const bin_text[BIN_COUNT] = {
    [BIN_OROR] = "||",   [BIN_ANDAND] = "&&", [BIN_EQ] = "==",
    [BIN_NE] = "!=",     [BIN_ULT] = "<u",    [BIN_ULE] = "<=u",
    [BIN_UGT] = ">u",    [BIN_UGE] = ">=u",   [BIN_SLT] = "<s",
    [BIN_SLE] = "<=s",   [BIN_SGT] = ">s",    [BIN_SGE] = ">=s",
    [BIN_OR] = "|",      [BIN_XOR] = "^",     [BIN_AND] = "&",
    [BIN_SHL] = "<<",    [BIN_USHR] = ">>u",  [BIN_SSHR] = ">>s",
    [BIN_CONCAT] = "++", [BIN_ADD] = "+",     [BIN_SUB] = "-",
    [BIN_MUL] = "*",     [BIN_UDIV] = "/u",   [BIN_SDIV] = "/s",
    [BIN_UREM] = "%u",   [BIN_SREM] = "%s",
};

Name make_name(const Token *t) { return (Name){t->s, t->loc}; }

static Loc span(Loc a, Loc b) {
  u32 end = b.at + b.len;
  return (Loc){a.src, a.at, end > a.at + a.len ? end - a.at : a.len};
}

static Expr *node(Builder *b, ExprKind k, Loc loc) {
  Expr *e = arena_new(b->arena, Expr);
  e->kind = k;
  e->loc = loc;
  e->depth = 1;
  return e;
}

// Height of e with kid below it; refuses what is too deep.
static void below(Builder *b, Expr *e, const Expr *kid) {
  if (kid->depth >= e->depth)
    e->depth = (u16)(kid->depth + 1);
  if (e->depth <= MAX_DEPTH)
    return;
  if (!b->too_deep)
    diag_add(b->p->diags, E_DEPTH, e->loc,
             "an expression more than %d levels deep", MAX_DEPTH);
  b->too_deep = b->failed = true;
  e->depth = MAX_DEPTH;
}

static void kids(Builder *b, Expr *e, const ExprVec *l) {
  if (!l)
    return;
  e->kids = (ExprList){l->n, l->at};
  for (u32 i = 0; i < l->n; i++) {
    e->loc = span(e->loc, l->at[i]->loc);
    below(b, e, l->at[i]);
  }
}

static void fields(Builder *b, Expr *e, const FieldVec *l) {
  e->fields = (FieldList){l->n, l->at};
  for (u32 i = 0; i < l->n; i++) {
    e->loc = span(e->loc, l->at[i].e->loc);
    below(b, e, l->at[i].e);
  }
}

Expr *make_leaf(Builder *b, ExprKind k, const Token *t) {
  Expr *e = node(b, k, t->loc);
  e->name = make_name(t);
  e->num = t->num;
  e->fnum = t->fnum;
  return e;
}

Expr *make_unary(Builder *b, UnOp op, const Token *t, Expr *x) {
  Expr *e = node(b, EX_UNARY, t->loc);
  e->op = (u8)op;
  kids(b, e, expr_add(b, NULL, x));
  return e;
}

Expr *make_binary(Builder *b, BinOp op, Expr *x, Expr *y) {
  Expr *e = make_nary(b, EX_BINARY, x, y, NULL);
  e->op = (u8)op;
  return e;
}

Expr *make_nary(Builder *b, ExprKind k, Expr *x, Expr *y, Expr *z) {
  Expr *e = node(b, k, x->loc);
  ExprVec *l = expr_add(b, NULL, x);
  if (y)
    expr_add(b, l, y);
  if (z)
    expr_add(b, l, z);
  kids(b, e, l);
  return e;
}

Expr *make_let(Builder *b, const Token *n, Expr *x, Expr *body) {
  Expr *e = make_nary(b, EX_LET, x, body, NULL);
  e->loc = span(n->loc, e->loc);
  e->name = make_name(n);
  return e;
}

Expr *make_map(Builder *b, const Token *shape, const NameVec *binds,
               ExprVec *vectors, Expr *body) {
  Expr *e = node(b, EX_MAP, shape->loc);
  e->name = make_name(shape);
  e->binds = (NameList){binds->n, binds->at};
  kids(b, e, expr_add(b, vectors, body));
  return e;
}

Expr *make_mem(Builder *b, Expr *m, Expr *at, Expr *bytes) {
  Expr *e = make_nary(b, EX_MEM, at, bytes, NULL);
  e->loc = span(m->loc, bytes->loc);
  if (m->kind != EX_NAME || strcmp(m->name.s, "mem") != 0) {
    diag_add(b->p->diags, E_SYNTAX, m->loc,
             "only memory is indexed by `address : bytes`, wanted mem[p : n]");
    b->failed = true;
  }
  return e;
}

Expr *make_field(Builder *b, Expr *x, const Token *t) {
  Expr *e = make_nary(b, EX_FIELD, x, NULL, NULL);
  e->name = make_name(t);
  e->loc = span(x->loc, t->loc);
  return e;
}

// `.swap(C)` after a computed parameter: only heads of terms have it.
Expr *make_field_call(Builder *b, Expr *x, const Token *t, ExprVec *args) {
  if (x->kind != EX_CALL && x->kind != EX_FIELD) {
    diag_add(b->p->diags, E_SYNTAX, t->loc, "a call of a field");
    b->failed = true;
  }
  ExprVec *l = expr_add(b, NULL, x);
  if (args)
    for (u32 i = 0; i < args->n; i++)
      expr_add(b, l, args->at[i]);
  Expr *e = node(b, EX_FIELD, span(x->loc, t->loc));
  e->name = make_name(t);
  kids(b, e, l);
  return e;
}

Expr *make_update(Builder *b, Expr *x, const FieldVec *l) {
  Expr *e = make_nary(b, EX_UPDATE, x, NULL, NULL);
  fields(b, e, l);
  return e;
}

Expr *make_at(Builder *b, const Token *n, Expr *x) {
  Expr *e = make_nary(b, EX_AT, x, NULL, NULL);
  e->name = make_name(n);
  e->loc = span(n->loc, x->loc);
  return e;
}

Expr *make_call(Builder *b, const Token *n, const ExprVec *args) {
  Expr *e = node(b, EX_CALL, n->loc);
  e->name = make_name(n);
  kids(b, e, args);
  e->loc.len++; // the closing parenthesis
  return e;
}

Expr *make_nan(Builder *b, const Token *n, ExprVec *inputs, Expr *x) {
  Expr *e = node(b, EX_NAN, n->loc);
  e->name = make_name(n);
  kids(b, e, expr_add(b, inputs, x));
  if (strcmp(n->s, "nan") != 0) {
    diag_add(b->p->diags, E_SYNTAX, n->loc,
             "`%s(... : e)`, wanted nan(inputs: e)", n->s);
    b->failed = true;
  }
  return e;
}

Expr *make_quant(Builder *b, const Token *n, const Token *i, Expr *lo, Expr *hi,
                 Expr *x) {
  Expr *e = make_nary(b, EX_QUANT, lo, hi, x);
  e->loc = span(n->loc, e->loc);
  e->name = make_name(n);
  NameVec *v = names_one(b, i);
  e->binds = (NameList){v->n, v->at};
  if (strcmp(n->s, "all") != 0 && strcmp(n->s, "any") != 0 &&
      strcmp(n->s, "sum") != 0) {
    diag_add(b->p->diags, E_SYNTAX, n->loc,
             "`%s(i in ...)`, wanted all, any or sum", n->s);
    b->failed = true;
  }
  return e;
}

// --- the head of a term ---------------------------------------------

typedef VEC(HeadParam) HeadVec;

// Splits a dotted tail "T.i64" into parameters.
static void head_dots(Builder *b, HeadVec *v, Name n) {
  const char *s = n.s;
  while (*s) {
    const char *dot = strchr(s, '.');
    size_t len = dot ? (size_t)(dot - s) : strlen(s);
    HeadParam p = {{names_intern(b->p->names, s, len), n.loc}, NULL};
    vec_push(b->arena, v, p);
    s += len + (dot != NULL);
  }
}

// `icmp.swap(C)`: everything before the last dot is the name, the rest a map.
static bool head_call(Builder *b, Expr *term, const Expr *h, HeadVec *v) {
  const char *dot = strrchr(h->name.s, '.');
  if (!dot || h->kids.n != 1)
    return false;
  term->name = h->name;
  term->name.s =
      names_intern(b->p->names, h->name.s, (size_t)(dot - h->name.s));
  HeadParam p = {{names_intern(b->p->names, dot + 1, strlen(dot + 1)), h->loc},
                 h->kids.at[0]};
  vec_push(b->arena, v, p);
  return true;
}

static bool head(Builder *b, Expr *term, const Expr *h, HeadVec *v) {
  if (h->kind == EX_NAME) {
    term->name = h->name;
    return true;
  }
  if (h->kind == EX_CALL)
    return head_call(b, term, h, v);
  if (h->kind != EX_FIELD || !head(b, term, h->kids.at[0], v))
    return false;
  if (h->kids.n == 1) {
    head_dots(b, v, h->name);
    return true;
  }
  HeadParam p = {h->name, h->kids.at[1]};
  vec_push(b->arena, v, p);
  return h->kids.n == 2;
}

// `(e)` is e, or a term without operands if e turns out to name an op: a lone
// name is kept as a term and sema decides. `(f x y)` is a term.
Expr *make_paren(Builder *b, const Token *lp, const ExprVec *side) {
  Expr *first = side->at[0];
  Loc loc = span(lp->loc, side->at[side->n - 1]->loc);
  loc.len++;
  if (side->n == 1 && first->kind != EX_NAME) {
    first->loc = loc;
    return first;
  }
  Expr *e = node(b, EX_TERM, loc);
  HeadVec params = {0};
  if (!head(b, e, first, &params)) {
    diag_add(
        b->p->diags, E_SYNTAX, first->loc,
        "several expressions side by side, wanted the name of an op first");
    b->failed = true;
    e->name = (Name){"?", first->loc};
  }
  e->nparams = params.n;
  e->params = params.at;
  ExprVec rest = {.at = side->at + 1, .n = side->n - 1};
  kids(b, e, &rest);
  e->loc = loc;
  return e;
}

Expr *make_record(Builder *b, const Token *lb, const FieldVec *l) {
  Expr *e = node(b, EX_RECORD, lb->loc);
  fields(b, e, l);
  return e;
}

Expr *addr_add(Builder *b, Expr *addr, AddrPart part) {
  if (!addr) {
    addr = node(b, EX_ADDR, part.e->loc);
    addr->addr = arena_new(b->arena, AddrExpr);
  }
  AddrExpr *a = addr->addr;
  AddrPart *parts = arena_array(b->arena, AddrPart, a->nparts + 1);
  if (a->nparts)
    memcpy(parts, a->parts, sizeof(AddrPart) * a->nparts);
  parts[a->nparts++] = part;
  a->parts = parts;
  if (a->nparts == 5) {
    diag_add(b->p->diags, E_SYNTAX, part.e->loc,
             "an address of more than "
             "four parts, wanted base + index << scale");
    b->failed = true;
  }
  if (a->nparts > 4)
    a->nparts = 4; // keeps this linear
  below(b, addr, part.e);
  addr->loc = span(addr->loc, part.scale ? part.scale->loc : part.e->loc);
  return addr;
}

Expr *addr_mem(Expr *addr, Expr *mem) {
  addr->addr->mem = mem;
  addr->loc = span(addr->loc, mem->loc);
  if (mem->depth >= addr->depth)
    addr->depth = (u16)(mem->depth + 1);
  return addr;
}

// --- lists ----------------------------------------------------------

ExprVec *expr_add(Builder *b, ExprVec *l, Expr *e) {
  if (!l)
    l = arena_new(b->arena, ExprVec);
  vec_push(b->arena, l, e);
  return l;
}

NameVec *names_one(Builder *b, const Token *n) {
  return names_add(b, arena_new(b->arena, NameVec), n);
}

NameVec *names_add(Builder *b, NameVec *l, const Token *n) {
  vec_push(b->arena, l, make_name(n));
  return l;
}

NameVec *names_prepend(Builder *b, const Token *n, const NameVec *l) {
  NameVec *r = names_one(b, n);
  for (u32 i = 0; i < l->n; i++)
    vec_push(b->arena, r, l->at[i]);
  return r;
}

FieldVec *field_add(Builder *b, FieldVec *l, const Token *n, Expr *e) {
  if (!l)
    l = arena_new(b->arena, FieldVec);
  Field f = {make_name(n), e};
  vec_push(b->arena, l, f);
  return l;
}
