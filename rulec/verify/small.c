// The rules read again at other widths, and why some cannot be.
#include "rulec/verify/small.h"

#include <string.h>

const u16 small_widths[SMALL_WIDTHS] = {8, 16};

struct Reading {
  u16 bits[VT_COUNT];
  Diags diags; // nobody sees them but `why`
  const Sema *sema;
  Obligations all;
};

// --- reading --------------------------------------------------------

// What machines have, they have at one width.
static bool is_read(DeclKind k) {
  return k != DECL_INST && k != DECL_SEQ && k != DECL_TERM && k != DECL_DATA &&
         k != DECL_LOWER && k != DECL_REP && k != DECL_COST;
}

static Reading *read_all(Readings *r, u32 i32_bits) {
  Reading *o = arena_new(r->arena, Reading);
  Ast *ast = arena_new(r->arena, Ast);
  const Ast *full = r->full->ast;
  *o = (Reading){.diags = {.arena = r->arena}, .all = {.arena = r->arena}};
  memcpy(o->bits, vtype_bits, sizeof o->bits);
  o->bits[VT_I32] = (u16)i32_bits;
  o->bits[VT_I64] = (u16)(2 * i32_bits);
  *ast = (Ast){0, arena_array(r->arena, Decl *, full->n + 1)};
  for (u32 i = 0; i < full->n; i++)
    if (is_read(full->at[i]->kind))
      ast->at[ast->n++] = full->at[i];
  o->sema = sema_run_at(r->arena, r->full->names, ast, &o->diags, o->bits);
  obligations_mid(o->sema, &o->all);
  return o;
}

static Reading *reading(Readings *r, VType t, u32 bits) {
  u32 i32_bits = t == VT_I64 ? bits / 2 : bits;
  u32 i = i32_bits == 4 ? 0 : i32_bits == 8 ? 1 : 2;
  if (!r->at[i])
    r->at[i] = read_all(r, i32_bits);
  return r->at[i];
}

// --- which claim ----------------------------------------------------

static const OpInst *root(const Sema *s, const Obligation *o) {
  if (o->x)
    return o->x->lhs && o->x->lhs->kind == N_OP ? &s->ops[o->x->lhs->op] : NULL;
  return o->op;
}

VType small_type(const Sema *s, const Obligation *o) {
  const OpInst *op = root(s, o);
  u8 t = VT_NONE;
  for (u32 i = 0; op && i < op->noperands; i++) {
    Sort sort = op->operands[i].sort;
    bool is_int = sort.type == VT_I32 || sort.type == VT_I64;
    if (sort.kind == SORT_VALUE && is_int && sort.type > t)
      t = sort.type;
  }
  if (t == VT_NONE && op && (op->type == VT_I32 || op->type == VT_I64))
    t = op->type;
  return (VType)t;
}

// Of the same rule at the same parameters: `#2` apart, which numbers them.
static bool alike(const Obligation *a, const Obligation *b) {
  size_t n = strcspn(a->at, "#"), k = strcspn(b->at, "#");
  n -= n && a->at[n] == '#';
  k -= k && b->at[k] == '#';
  return strcmp(a->kind, b->kind) == 0 && strcmp(a->name, b->name) == 0 &&
         n == k && memcmp(a->at, b->at, n) == 0;
}

static const Obligation *find(const Obligations *all, const Obligation *o,
                              u32 *nalike) {
  const Obligation *same = NULL;
  *nalike = 0;
  for (u32 i = 0; i < all->n; i++) {
    const Obligation *k = &all->at[i];
    if (!alike(k, o))
      continue;
    ++*nalike;
    if (strcmp(k->at, o->at) == 0)
      same = k;
  }
  return same;
}

static const Obligations *full_claims(Readings *r) {
  if (!r->claims.arena) {
    r->claims.arena = r->arena;
    obligations_mid(r->full, &r->claims);
  }
  return &r->claims;
}

// --- why not --------------------------------------------------------

static u32 end_of(const Ast *ast, const Decl *d) {
  u32 end = ~0u;
  for (u32 i = 0; i < ast->n; i++) {
    Loc l = ast->at[i]->loc;
    if (l.src == d->loc.src && l.at > d->loc.at && l.at < end)
      end = l.at;
  }
  return end;
}

static const char *said_of(const Readings *r, const Reading *o, const Decl *d) {
  u32 end = end_of(r->full->ast, d);
  for (u32 i = 0; i < o->diags.list.n; i++) {
    const Diag *g = &o->diags.list.at[i];
    if (!g->warning && g->loc.src == d->loc.src && g->loc.at >= d->loc.at &&
        g->loc.at < end)
      return g->text;
  }
  return NULL;
}

// An op in this tree that has no meaning at these widths.
static const OpDecl *unread_op(const Readings *r, const Reading *o,
                               const Node *n) {
  if (!n)
    return NULL;
  if (n->kind == N_OP || n->kind == N_OPMEANING) {
    const char *name = r->full->ops[n->op].base->name;
    s32 k = sema_opdecl(o->sema, name);
    if (k >= 0 && o->sema->opdecls[k].unsound)
      return &o->sema->opdecls[k];
  }
  for (u32 i = 0; i < n->nkids; i++) {
    const OpDecl *d = unread_op(r, o, n->kids[i]);
    if (d)
      return d;
  }
  return NULL;
}

static const OpDecl *unread_in(const Readings *r, const Reading *o,
                               const RuleX *x) {
  const OpDecl *d = unread_op(r, o, x->lhs);
  for (u32 i = 0; !d && i < x->nclauses; i++)
    d = unread_op(r, o, x->clauses[i].e);
  for (u32 i = 0; !d && i < x->nrhs; i++)
    d = unread_op(r, o, x->rhs[i]);
  for (u32 i = 0; !d && i < x->nstmts; i++)
    d = unread_op(r, o, x->stmts[i].e);
  return d;
}

static const char *why_not(const Readings *r, const Reading *o,
                           const Obligation *b) {
  const OpDecl *d = b->x ? unread_in(r, o, b->x) : NULL;
  const char *said = said_of(r, o, d ? d->decl : b->decl);
  if (d)
    return arena_printf(r->arena, "op %s: %s", d->name,
                        said ? said : "it has no meaning there");
  return said ? said : "its guard never holds there";
}

Small small_read(Readings *r, const Obligation *o, u32 bits) {
  VType t = small_type(r->full, o);
  if (strcmp(o->kind, "rule") != 0 && strcmp(o->kind, "skeleton") != 0 &&
      strcmp(o->kind, "op") != 0 && strcmp(o->kind, "sym") != 0 &&
      strcmp(o->kind, "fact") != 0)
    return (Small){.why = "machines have one width"};
  if (t == VT_NONE)
    return (Small){.why = "it is about no integers"};
  Reading *k = reading(r, t, bits);
  u32 n, nfull = 0;
  Small s = {k->sema, find(&k->all, o, &n), NULL};
  if (s.o) // numbered alike only if there are as many
    (void)find(full_claims(r), o, &nfull);
  if (s.o && n != nfull)
    return (Small){.why = "fewer of its parameters are left"};
  if (!s.o)
    s.why = why_not(r, k, o);
  return s;
}
