// Right sides of lowering, typed: instructions with their operands, terms,
// addresses, constructors, statements. What an operand may be follows from the
// instruction's declaration; a register must have the type it wants, `as.T`
// says that it is seen at another.
#include "rulec/sema/lower.h"

static Node *refuse(LowTyper *t, const Expr *e, DiagCode code,
                    const char *what) {
  if (!t->failed)
    diag_add(t->s->diags, code, e->loc, "%s", what);
  t->failed = true;
  return NULL;
}
#define SAY(...) arena_printf(t->s->arena, __VA_ARGS__)

static Var *lookup(const LowTyper *t, const char *name) {
  for (u32 k = t->nvars; k-- > 0;)
    if (t->vars[k]->name == name && !t->vars[k]->wild)
      return t->vars[k];
  return NULL;
}

// A plain expression, with the rule's variables in sight.
Node *low_type_expr(LowTyper *t, const Expr *e, Sort want) {
  Scope scopes[LOW_MAX_VARS + LOW_MAX_LETS], *top = NULL;
  u32 n = 0, nvars = t->nvars;
  for (u32 k = 0; k < t->nvars; k++) {
    scopes[n] = (Scope){.up = top, .name = t->vars[k]->name, .var = t->vars[k]};
    top = &scopes[n++];
  }
  for (u32 k = 0; k < t->nlets; k++) {
    scopes[n] = (Scope){.up = top, .name = t->let_names[k], .node = t->lets[k]};
    top = &scopes[n++];
  }
  Typer ty = {.s = t->s,
              .env = t->env,
              .scope = top,
              .nvars = &nvars,
              .in_rule = true,
              .log = want.kind == SORT_BOOL ? t->log : NULL};
  Node *r =
      want.kind == SORT_NONE ? type_expr(&ty, e, want) : type_as(&ty, e, want);
  t->failed |= ty.failed || !r;
  return t->failed ? NULL : r;
}

static Node *right(LowTyper *t, const Expr *e, Sort want);

// --- heads of instructions
// ---------------------------------------------------------

static s32 member_of(const Sema *s, const ParamInfo *p, const char *text) {
  for (u32 k = 0; k < p->n; k++)
    if (!strcmp(param_text(s, p->at[k]), text))
      return (s32)k;
  return -1;
}

// A code computed when lowering: a variable, or a map of one.
static Node *dynamic_code(LowTyper *t, const Expr *e, const ParamInfo *p) {
  const ParamArg *a = &p->at[0];
  if (a->kind != ARG_CODE || a->code >= t->s->ncodes ||
      t->s->codes[a->code].nmembers != p->n)
    return NULL;
  return right(t, e, (Sort){.kind = SORT_CODE, .decl = a->code});
}

static Expr *name_expr(LowTyper *t, const char *name, Loc loc) {
  Expr *e = arena_new(t->s->arena, Expr);
  *e = (Expr){.kind = EX_NAME, .name = {name, loc}, .loc = loc};
  return e;
}

// Parameter k of a head: known (its number), or computed (dyn), or -1.
static s32 head_param(LowTyper *t, const Expr *e, const ParamInfo *p,
                      const char *part, const HeadParam *h, Node **dyn) {
  *dyn = NULL;
  if (h && h->arg) { // not(c), cc(C)
    Expr *call = arena_new(t->s->arena, Expr);
    *call = (Expr){.kind = EX_CALL, .name = h->name, .loc = e->loc};
    call->kids.n = 1;
    call->kids.at = arena_array(t->s->arena, Expr *, 1);
    call->kids.at[0] = h->arg;
    *dyn = dynamic_code(t, call, p);
  } else {
    const char *name = h ? h->name.s : part;
    const ParamArg *a = env_find(t->env, name);
    const s32 m = member_of(t->s, p, a ? param_text(t->s, *a) : name);
    if (m >= 0)
      return m;
    if (!lookup(t, name))
      return -1;
    *dyn = dynamic_code(t, name_expr(t, name, e->loc), p);
  }
  u128 num;
  if (*dyn && node_is_const(*dyn, &num)) {
    *dyn = NULL;
    return (s32)num;
  }
  return *dyn ? 0 : -1;
}

static Node *inst_head(LowTyper *t, const Expr *e, const InstDecl *d,
                       const char *rest) {
  Node *n = node_new(t->s, N_INST, sort_of(SORT_NONE), e);
  u32 k = 0, computed = 0;
  if (d->unsound) { // an error was said where it is declared
    t->failed = true;
    return NULL;
  }
  for (u32 i = 0; i < d->nparams; i++) {
    const ParamInfo *p = &d->params[i];
    const HeadParam *h = NULL;
    const char *part = NULL;
    if (p->n && p->at[0].kind == ARG_SIG)
      continue;
    if (*rest) {
      const char *dot = strchr(rest, '.');
      const size_t len = dot ? (size_t)(dot - rest) : strlen(rest);
      part = intern_n(t->s, rest, len);
      rest += len + (dot != NULL);
    } else if (computed < e->nparams) {
      h = &e->params[computed++];
    } else {
      return refuse(t, e, E_PARAM,
                    SAY("%s: its parameters are missing", d->name));
    }
    Node *dyn;
    const s32 m = head_param(t, e, p, part, h, &dyn);
    if (m < 0)
      return refuse(t, e, E_PARAM,
                    SAY("%s: no such parameter `%s`, wanted %s", d->name,
                        part ? part : h->name.s, param_choices(t->s, p)));
    k = k * p->n + (u32)m;
    if (dyn) {
      if (!n->dyn)
        n->dyn = arena_array0(t->s->arena, Node *, MAX_PARAMS);
      n->dyn[i] = dyn;
    }
  }
  n->ref = d->first + k;
  return n;
}

// --- operands
// -----------------------------------------------------------------------

static const char *type_text(Sort s) {
  return s.type < VT_COUNT ? vtype_names[s.type] : "?";
}

static const char *sort_text(LowTyper *t, Sort sort) {
  Text x = {.arena = t->s->arena};
  sort_print(&x, t->s, sort);
  return text_str(&x);
}

// The type of what is in a register: of a value, a result, a term.
static u8 register_type(const Node *n) {
  return n->sort.kind == SORT_VALUE || n->sort.kind == SORT_GPR ||
                 n->sort.kind == SORT_XMM
             ? n->sort.type
             : 0;
}

static bool is_machine(LowTyper *t, const Expr *e) {
  if (e->kind == EX_TERM || e->kind == EX_ADDR)
    return true;
  if (e->kind == EX_FIELD)
    return e->kids.n && is_machine(t, e->kids.at[0]);
  if (e->kind == EX_CALL)
    return !strcmp(e->name.s, "pool");
  if (e->kind != EX_NAME)
    return false;
  const Var *v = lookup(t, e->name.s);
  return v && (v->sort.kind == SORT_VALUE || v->sort.kind == SORT_GPR ||
               v->sort.kind == SORT_XMM || v->sort.kind == SORT_FLAGS ||
               v->sort.kind == SORT_TARGET || v->sort.kind == SORT_TARGETS ||
               v->sort.kind == SORT_TRAP);
}

// Whether something that is no register may stand in a kind of operand.
static bool mode_takes(u8 mode, u8 sort) {
  switch ((SortKind)sort) {
  case SORT_FLAGS: return mode == OM_FLAGS;
  case SORT_AMODE: return mode == OM_AMODE || mode == OM_MEM;
  case SORT_TARGET: return mode == OM_TARGET;
  case SORT_TARGETS: return mode == OM_TARGETS;
  case SORT_TRAP: return mode == OM_TRAP;
  case SORT_MEMARG: return mode == OM_MEMARG;
  case SORT_DATA:
  case SORT_NONE: return false;
  default: return true;
  }
}

static Node *check_other(LowTyper *t, const Expr *e, const InstOperand *o,
                         Node *n) {
  for (u32 k = 0; k < o->nkinds; k++)
    if (mode_takes(o->kinds[k].mode, n->sort.kind))
      return n;
  return refuse(t, e, E_TYPE,
                SAY("`%s` wants %s, found %s", o->name,
                    o->nkinds ? type_text(o->kinds[o->nkinds - 1].sort) : "",
                    sort_text(t, n->sort)));
}

static Node *check_operand(LowTyper *t, const Expr *e, const InstOperand *o,
                           Node *n) {
  const u8 type = n ? register_type(n) : 0;
  if (!n)
    return n;
  if (!type)
    return check_other(t, e, o, n);
  for (u32 k = 0; k < o->nkinds; k++)
    if (o->kinds[k].mode == OM_REG &&
        (o->kinds[k].sort.type == type || !o->kinds[k].sort.type))
      return n;
  return refuse(t, e, E_TYPE,
                SAY("`%s` wants %s, found %s; `(as.T x)` sees a register at "
                    "another type",
                    o->name,
                    o->nkinds ? type_text(o->kinds[o->nkinds - 1].sort) : "",
                    vtype_names[type]));
}

static Node *operand_node(LowTyper *t, const Expr *e, const InstOperand *o) {
  if (is_machine(t, e))
    return check_operand(t, e, o, right(t, e, sort_of(SORT_NONE)));
  Sort want = sort_of(SORT_NONE); // an immediate: the widest that fits
  for (u32 k = 0; k < o->nkinds; k++)
    if (o->kinds[k].mode == OM_IMM && o->kinds[k].sort.bits >= want.bits)
      want = sort_bv(o->kinds[k].sort.bits);
  if (want.kind != SORT_BV)
    return refuse(t, e, E_TYPE, SAY("`%s` takes no immediate", o->name));
  return low_type_expr(t, e, want);
}

static Sort result_sort(const InstX *x) {
  for (u32 k = 0; k < x->nresults; k++)
    if (!x->results[k].is_flags && x->results[k].nkinds)
      return x->results[k].kinds[0].sort;
  return sort_of(x->nresults ? SORT_FLAGS : SORT_NONE);
}

static Node *inst_term(LowTyper *t, const Expr *e, const InstDecl *d,
                       const char *rest) {
  Node *n = inst_head(t, e, d, rest);
  if (!n)
    return NULL;
  const InstX *x = &t->s->insts[n->ref];
  u32 wanted = 0, k = 0;
  for (u32 i = 0; i < x->noperands; i++)
    wanted += !x->operands[i].tmp;
  if (e->kids.n != wanted)
    return refuse(
        t, e, E_ARITY,
        SAY("%s has %u operands, found %u", x->text, wanted, e->kids.n));
  n->sort = result_sort(x);
  n->nkids = wanted;
  n->kids = arena_array0(t->s->arena, Node *, wanted + 1);
  for (u32 i = 0; i < x->noperands; i++) {
    if (x->operands[i].tmp)
      continue;
    n->kids[k] = operand_node(t, e->kids.at[k], &x->operands[i]);
    if (!n->kids[k])
      return NULL;
    k++;
  }
  return n;
}

// --- other terms
// ----------------------------------------------------------------------

static Node *as_term(LowTyper *t, const Expr *e) {
  const char *type = e->name.s + 3;
  const ParamArg *p = env_find(t->env, intern(t->s, type));
  const s32 v =
      p && p->kind == ARG_TYPE ? p->value : vtype_find(intern(t->s, type));
  if (v < 0 || e->kids.n != 1)
    return refuse(t, e, E_TYPE, "wanted (as.TYPE x)");
  Node *x = right(t, e->kids.at[0], sort_of(SORT_NONE));
  if (!x)
    return NULL;
  const bool xmm = v == VT_F32 || v == VT_F64 || v == VT_V128;
  Node *n = node_new(t->s, N_AS,
                     (Sort){.kind = xmm ? SORT_XMM : SORT_GPR,
                            .type = (u8)v,
                            .bits = vtype_bits[v]},
                     e);
  return node_kids(t->s, n, 1, x);
}

// An argument of a term or a constructor: a register where a value is wanted,
// else just that sort.
static Node *check_argument(LowTyper *t, const Expr *e, const char *name,
                            Sort want, Node *n) {
  const bool is_register = n->sort.kind == SORT_VALUE ||
                           n->sort.kind == SORT_GPR || n->sort.kind == SORT_XMM;
  const u8 type = register_type(n);
  const bool fits =
      want.kind == SORT_VALUE || want.kind == SORT_GPR || want.kind == SORT_XMM
          ? is_register && (!want.type || !type || type == want.type)
          : n->sort.kind == want.kind && n->sort.decl == want.decl;
  return fits ? n
              : refuse(t, e, E_TYPE,
                       SAY("`%s` wants %s, found %s", name, sort_text(t, want),
                           sort_text(t, n->sort)));
}

static Node *term_term(LowTyper *t, const Expr *e, u32 index) {
  const TermInfo *term = &t->s->terms[index];
  if (e->kids.n != term->nargs)
    return refuse(t, e, E_ARITY,
                  SAY("%s has %u arguments", term->name, term->nargs));
  Node *n = node_new(t->s, N_TERM, term->result, e);
  n->ref = index;
  n->nkids = term->nargs;
  n->kids = arena_array0(t->s->arena, Node *, n->nkids + 1);
  for (u32 k = 0; k < n->nkids; k++) {
    const Sort want = term->args[k]->sort;
    n->kids[k] = right(t, e->kids.at[k], want);
    if (!n->kids[k] || !check_argument(t, e->kids.at[k], term->args[k]->name,
                                       want, n->kids[k]))
      return NULL;
  }
  return n;
}

static Node *ctor_term(LowTyper *t, const Expr *e, u32 k) {
  const DataInfo *d = &t->s->datas[k >> 8];
  const CtorInfo *c = &d->ctors[k & 255];
  if (e->kids.n != c->nfields)
    return refuse(t, e, E_ARITY, SAY("%s has %u fields", c->name, c->nfields));
  Node *n =
      node_new(t->s, N_CTOR, (Sort){.kind = SORT_DATA, .decl = k >> 8}, e);
  n->ref = k >> 8;
  n->ctor = k & 255;
  n->nkids = c->nfields;
  n->kids = arena_array0(t->s->arena, Node *, n->nkids + 1);
  for (u32 i = 0; i < n->nkids; i++) {
    n->kids[i] = right(t, e->kids.at[i], c->fields[i]->sort);
    if (!n->kids[i] || !check_argument(t, e->kids.at[i], c->fields[i]->name,
                                       c->fields[i]->sort, n->kids[i]))
      return NULL;
  }
  return n;
}

// The processor adds up whole registers. An i32 value is promised to be zero
// above (`rep`), but a register merely seen at 32 bits is not.
static void check_part(LowTyper *t, const Expr *e, const Node *n) {
  if (n && n->kind == N_AS && n->sort.type != VT_I64)
    refuse(t, e, E_TYPE,
           SAY("an address is made of whole registers, found one seen at %s; "
               "wanted (as.i64 x)",
               vtype_names[n->sort.type]));
}

static Node *address(LowTyper *t, const Expr *e) {
  Node *n = node_new(t->s, N_AMODE, sort_of(SORT_AMODE), e);
  Amode *a = arena_new(t->s->arena, Amode);
  n->amode = a;
  a->nparts = e->addr->nparts;
  a->parts = arena_array0(t->s->arena, AmodePart, a->nparts + 1);
  for (u32 k = 0; k < a->nparts; k++) {
    const AddrPart *p = &e->addr->parts[k];
    a->parts[k].e = is_machine(t, p->e) ? right(t, p->e, sort_of(SORT_NONE))
                                        : low_type_expr(t, p->e, sort_bv(64));
    check_part(t, p->e, a->parts[k].e);
    if (p->scale)
      a->parts[k].scale = low_type_expr(t, p->scale, sort_of(SORT_NONE));
  }
  if (e->addr->mem)
    a->mem = low_type_expr(t, e->addr->mem, sort_of(SORT_MEMARG));
  return t->failed ? NULL : n;
}

static Node *pool(LowTyper *t, const Expr *e) {
  if (e->kids.n != 1)
    return refuse(t, e, E_ARITY, "pool takes one constant");
  Node *k = low_type_expr(t, e->kids.at[0],
                          t->example ? sort_bv(128) : sort_of(SORT_NONE));
  if (!k)
    return NULL;
  if (k->sort.kind != SORT_BV || k->sort.bits < 32)
    return refuse(t, e, E_TYPE,
                  "a constant of the pool has 32, 64 or 128 bits");
  return node_kids(t->s, node_new(t->s, N_POOL, sort_of(SORT_AMODE), e), 1, k);
}

// " d or f"
static const char *result_names(const LowTyper *t, const InstX *i) {
  Text names = {.arena = t->s->arena};
  for (u32 k = 0; k < i->nresults; k++)
    text_add(&names, "%s %s", k ? " or" : "", i->results[k].name);
  return i->nresults ? text_str(&names) : " none";
}

// `(x64.add.T x y).d`
static Node *result(LowTyper *t, const Expr *e) {
  Node *x = right(t, e->kids.at[0], sort_of(SORT_NONE));
  if (!x)
    return NULL;
  if (x->kind != N_INST)
    return refuse(t, e, E_FIELD, "only an instruction has results");
  const InstX *i = &t->s->insts[x->ref];
  for (u16 k = 0; k < i->nresults; k++)
    if (!strcmp(i->results[k].name, e->name.s)) {
      const Sort sort = i->results[k].is_flags ? sort_of(SORT_FLAGS)
                                               : i->results[k].kinds[0].sort;
      Node *n = node_new(t->s, N_RESULT, sort, e);
      n->field = k;
      return node_kids(t->s, n, 1, x);
    }
  return refuse(t, e, E_FIELD,
                SAY("%s has no result `%s`, wanted%s", i->text, e->name.s,
                    result_names(t, i)));
}

static const CodeMap *map_from(const CodeInfo *to, const char *from) {
  for (u32 k = 0; k < to->decl->nmaps; k++)
    if (!strcmp(to->decl->maps[k].name.s, from))
      return &to->decl->maps[k];
  return NULL;
}

// `cc(C)`: code cc says with a map of that code's name what it is there.
static Node *code_of_code(LowTyper *t, const Expr *e, const CodeInfo *to) {
  const u32 index = (u32)(to - t->s->codes);
  Node *x = right(t, e->kids.at[0], sort_of(SORT_NONE));
  u128 m;
  if (!x)
    return NULL;
  if (x->sort.kind != SORT_CODE || !node_is_const(x, &m))
    return refuse(t, e, E_CODE, "wanted a code known here");
  const CodeInfo *from = &t->s->codes[x->sort.decl];
  const CodeMap *map = map_from(to, from->name);
  for (u32 k = 0; map && k < map->npairs; k++)
    if (!strcmp(map->pairs[k].a.s, from->members[(u32)m])) {
      const s32 r = code_member(to, map->pairs[k].b.s);
      if (r >= 0)
        return node_const(t->s, (Sort){.kind = SORT_CODE, .decl = index},
                          (u128)r, e);
    }
  return refuse(t, e, E_CODE,
                SAY("code %s has no map from %s of %s", to->name,
                    from->members[(u32)m], from->name));
}

// `not(c)` of a code that is only known when lowering: its encoding says how.
static Node *not_of(LowTyper *t, const Expr *e, Sort want) {
  Node *x = right(t, e->kids.at[0], want);
  u128 m;
  if (!x)
    return NULL;
  const CodeInfo *c =
      x->sort.kind == SORT_CODE ? &t->s->codes[x->sort.decl] : NULL;
  if (!c || !c->invert)
    return refuse(t, e, E_CODE, "this has no `not`");
  if (node_is_const(x, &m))
    return node_const(t->s, x->sort, (u128)c->invert[(u32)m], e);
  for (u32 k = 0; k < c->nmembers; k++)
    if (c->invert[k] != (s32)(k ^ 1u))
      return refuse(t, e, E_CODE, "`not` of a code that is not known here");
  Node *one = node_const(t->s, x->sort, 1, e);
  Node *n = node_new(t->s, N_BINARY, x->sort, e);
  n->fn = BIN_XOR;
  return node_kids(t->s, n, 2, x, one);
}

static Node *call(LowTyper *t, const Expr *e, Sort want) {
  const u32 ctor = map_get(&t->s->priv->ctors, e->name.s);
  const u32 code = map_get(&t->s->priv->codes, e->name.s);
  if (ctor)
    return ctor_term(t, e, ctor - 1);
  if (!strcmp(e->name.s, "pool"))
    return pool(t, e);
  if (code && e->kids.n == 1)
    return code_of_code(t, e, &t->s->codes[code - 1]);
  if (!strcmp(e->name.s, "not") && e->kids.n == 1)
    return not_of(t, e, want);
  return low_type_expr(t, e, want);
}

static Node *term(LowTyper *t, const Expr *e) {
  const char *rest = "";
  if (!strncmp(e->name.s, "as.", 3))
    return as_term(t, e);
  if (!strcmp(e->name.s, "reg") && e->kids.n == 1) {
    Node *x = right(t, e->kids.at[0], sort_of(SORT_NONE));
    return x ? node_kids(t->s, node_new(t->s, N_REG, x->sort, e), 1, x) : NULL;
  }
  const u32 k = map_get(&t->s->priv->terms, e->name.s);
  if (k)
    return term_term(t, e, k - 1);
  const u32 inst = prefix_find(t->s, &t->s->priv->insts, e->name.s, &rest);
  if (inst)
    return inst_term(t, e, &t->s->instdecls[inst - 1], rest);
  if (!e->kids.n && !e->nparams && lookup(t, e->name.s))
    return right(t, name_expr(t, e->name.s, e->loc), sort_of(SORT_NONE));
  return refuse(t, e, E_NAME,
                SAY("`%s` is no instruction and no term", e->name.s));
}

static Node *right(LowTyper *t, const Expr *e, Sort want) {
  if (t->failed)
    return NULL;
  switch ((int)e->kind) {
  case EX_TERM: return term(t, e);
  case EX_ADDR: return address(t, e);
  case EX_FIELD:
    return is_machine(t, e->kids.at[0]) ? result(t, e)
                                        : low_type_expr(t, e, want);
  case EX_CALL: return call(t, e, want);
  case EX_NAME: {
    Var *v = lookup(t, e->name.s);
    if (v)
      return node_var(t->s, v, e);
    return low_type_expr(t, e, want);
  }
  default: return low_type_expr(t, e, want);
  }
}

// --- statements
// -----------------------------------------------------------------------

static bool bind_stmt(LowTyper *t, const Stmt *st, StmtX *x) {
  x->kind = SX_BIND;
  x->e = right(t, st->value, sort_of(SORT_NONE));
  if (!x->e)
    return false;
  const Node *n = x->e->kind == N_AS ? x->e->kids[0] : x->e;
  const bool one = n->kind == N_RESULT;
  const Node *inst = one ? n->kids[0] : n;
  if (inst->kind != N_INST) {
    refuse(t, st->value, E_LOWER,
           "a statement binds results of an instruction");
    return false;
  }
  const InstX *i = &t->s->insts[inst->ref];
  x->nvars = st->targets.n;
  if (x->nvars > (one ? 1 : i->nresults)) {
    refuse(t, st->value, E_ARITY,
           SAY("%s has %u results", i->text, i->nresults));
    return false;
  }
  x->vars = arena_array0(t->s->arena, Var *, x->nvars + 1);
  for (u32 k = 0; k < x->nvars; k++) {
    const InstOperand *r = &i->results[one ? n->field : k];
    const Sort sort = r->is_flags ? sort_of(SORT_FLAGS) : r->kinds[0].sort;
    x->vars[k] = low_new_var(t, VAR_LET_TERM, st->targets.at[k], sort);
  }
  return true;
}

// `trap CODE if e(flags)`
static bool trap_stmt(LowTyper *t, const Stmt *st, StmtX *x) {
  x->kind = SX_TRAP;
  x->trap_var = lookup(t, st->code.s);
  x->trap = x->trap_var ? NULL : st->code.s;
  const Expr *e = st->value;
  if (!e)
    return true;
  s32 cc = -1;
  u32 decl = 0;
  for (; decl < t->s->ncodes && cc < 0; decl++)
    if (!strcmp(t->s->codes[decl].name, "cc"))
      cc = e->kind == EX_CALL ? code_member(&t->s->codes[decl], e->name.s) : -1;
  if (cc < 0 || e->kids.n != 1) {
    refuse(t, e, E_TYPE, "wanted a condition of flags, as e(f)");
    return false;
  }
  Node *f = right(t, e->kids.at[0], sort_of(SORT_FLAGS));
  if (!f)
    return false;
  const Sort code = {.kind = SORT_CODE, .decl = decl - 1};
  x->e = node_kids(t->s, node_new(t->s, N_PRED, sort_of(SORT_BOOL), e), 2,
                   node_const(t->s, code, (u128)cc, e), f);
  return true;
}

static bool gives_value(const LowTyper *t) {
  const Node *l = t->root;
  if (l->kind == N_TERM)
    return l->sort.kind == SORT_GPR || l->sort.kind == SORT_XMM;
  return t->s->ops[l->op].type != VT_NONE;
}

static bool statements(LowTyper *t, const Decl *d, RuleX *x) {
  x->nstmts = d->rhs_stmts.n;
  x->stmts = arena_array0(t->s->arena, StmtX, x->nstmts + 1);
  for (u32 k = 0; k < x->nstmts; k++) {
    const Stmt *st = &d->rhs_stmts.at[k];
    StmtX *sx = &x->stmts[k];
    sx->nrenames = st->nrenames;
    sx->renames = arena_array0(t->s->arena, RenameInfo, st->nrenames + 1);
    for (u32 j = 0; j < st->nrenames; j++)
      sx->renames[j] = (RenameInfo){st->renames[j].from.s, st->renames[j].to.s};
    if (st->kind == ST_BIND) {
      if (!bind_stmt(t, st, sx))
        return false;
    } else if (st->kind == ST_TRAP) {
      if (!trap_stmt(t, st, sx))
        return false;
    } else {
      sx->kind = k + 1 == x->nstmts && gives_value(t) ? SX_VALUE : SX_EFFECT;
      sx->e = right(t, st->value, sort_of(SORT_NONE));
      if (!sx->e)
        return false;
    }
  }
  return true;
}

bool low_right_side(LowTyper *t, const Decl *d, RuleX *x) {
  x->rhs_kind = (u8)d->rhs_kind;
  if (d->rhs_kind == RHS_STMTS)
    return statements(t, d, x);
  if (d->rhs_kind != RHS_TERM || d->rhs.n != 1) {
    refuse(t, d->lhs, E_LOWER, "a `lower` rule gives one term or statements");
    return false;
  }
  const Sort want =
      t->root->kind == N_TERM ? t->root->sort : sort_of(SORT_NONE);
  x->nrhs = 1;
  x->rhs = arena_array(t->s->arena, Node *, 1);
  x->rhs[0] = right(t, d->rhs.at[0], want);
  return x->rhs[0] && !t->failed;
}
