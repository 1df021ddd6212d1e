// Types, codes, what parameters range over, and the sorts of operand kinds.
#include "back/x64/cpu.h" // the names of features
#include "rulec/sema/priv.h"

// --- types and codes ------------------------------------------------

static bool type_arg(const char *name, ParamArg *out) {
  s32 t = vtype_find(name), h = shape_find(name);
  if (t < 0 && h < 0)
    return false;
  *out = (ParamArg){.kind = t >= 0 ? ARG_TYPE : ARG_SHAPE,
                    .value = (u8)(t >= 0 ? t : h)};
  return true;
}

static bool taken(Sema *s, const NameMap *m, const Decl *d) {
  if (!map_get(m, d->name.s))
    return false;
  sema_twice(s, d, "");
  return true;
}

typedef VEC(ParamArg) ArgVec;

static bool set_add(Sema *s, Name n, ArgVec *v) {
  ParamArg a;
  if (type_arg(n.s, &a)) {
    vec_push(s->arena, v, a);
    return true;
  }
  u32 k = map_get(&s->priv->sets, n.s);
  if (!k) {
    diag_add(s->diags, E_TYPE, n.loc,
             "unknown type `%s`, wanted a type, a lane shape or a set of them",
             n.s);
    return false;
  }
  const TypeSet *set = &s->priv->type_sets.at[k - 1];
  for (u32 i = 0; i < set->n; i++)
    vec_push(s->arena, v, set->at[i]);
  return true;
}

static void add_types(Sema *s, const Decl *d) {
  ArgVec v = {0};
  if (taken(s, &s->priv->sets, d))
    return;
  for (u32 i = 0; i < d->names.n; i++)
    if (!set_add(s, d->names.at[i], &v))
      return;
  TypeSet set = {d->name.s, v.n, v.at};
  vec_push(s->arena, &s->priv->type_sets, set);
  map_put(s->arena, &s->priv->sets, d->name.s, s->priv->type_sets.n);
}

s32 code_member(const CodeInfo *c, const char *name) {
  for (u32 i = 0; i < c->nmembers; i++)
    if (c->members[i] == name)
      return (s32)i;
  return -1;
}

static s32 member_or_error(Sema *s, const CodeInfo *c, Name n) {
  s32 m = code_member(c, n.s);
  if (m < 0)
    diag_add(s->diags, E_CODE, n.loc, "`%s` is no member of code %s", n.s,
             c->name);
  return m;
}

// An involution over the members: those not listed stay themselves.
static s32 *code_map(Sema *s, const CodeInfo *c, const CodeMap *m) {
  s32 *map = arena_array(s->arena, s32, c->nmembers);
  for (u32 i = 0; i < c->nmembers; i++) {
    map[i] = (s32)i;
    if (m->enc_xor >= 0 && (u32)((s64)i ^ m->enc_xor) < c->nmembers)
      map[i] = (s32)((s64)i ^ m->enc_xor);
  }
  bool invert = strcmp(m->name.s, "not") == 0;
  if (invert && m->enc_xor < 0)
    for (u32 i = 0; i < c->nmembers; i++)
      map[i] = -1;
  for (u32 i = 0; i < m->npairs; i++) {
    s32 x = member_or_error(s, c, m->pairs[i].a);
    s32 y = member_or_error(s, c, m->pairs[i].b);
    if (x < 0 || y < 0)
      continue;
    map[x] = y;
    map[y] = x;
  }
  return map;
}

static void add_code(Sema *s, const Decl *d, CodeInfo *c) {
  *c = (CodeInfo){.decl = d, .name = d->name.s, .nmembers = d->nmembers};
  c->members = arena_array(s->arena, const char *, d->nmembers);
  for (u32 i = 0; i < d->nmembers; i++) {
    c->members[i] = d->members[i].name.s;
    for (u32 k = 0; k < i; k++)
      if (c->members[k] == c->members[i])
        diag_add(s->diags, E_DUP, d->members[i].name.loc,
                 "`%s` is a member twice", c->members[i]);
  }
  if (d->nmembers > 200)
    diag_add(s->diags, E_RANGE, d->loc, "more than 200 members");
  c->enc_bits = d->enc_bits;
  c->enc = arena_array(s->arena, u32, d->nmembers);
  for (u32 i = 0; i < d->nmembers; i++)
    c->enc[i] = i;
  if (d->enc_bits && d->nmembers > 1u << d->enc_bits)
    diag_add(s->diags, E_RANGE, d->loc, "%u members do not fit %u bits",
             d->nmembers, d->enc_bits);
  for (u32 i = 0; i < d->nmaps; i++) {
    bool swap = strcmp(d->maps[i].name.s, "swap") == 0;
    if (swap || strcmp(d->maps[i].name.s, "not") == 0)
      *(swap ? &c->swap : &c->invert) = code_map(s, c, &d->maps[i]);
    // any other is from the code of that name: lower_rhs.c
  }
}

static void add_types_and_codes(Sema *s) {
  u32 n = 0;
  for (u32 i = 0; i < s->ast->n; i++)
    n += s->ast->at[i]->kind == DECL_CODE;
  s->codes = arena_array0(s->arena, CodeInfo, n + 1);
  for (u32 i = 0; i < s->ast->n; i++) {
    const Decl *d = s->ast->at[i];
    if (d->kind == DECL_TYPES)
      add_types(s, d);
    if (d->kind != DECL_CODE || taken(s, &s->priv->codes, d))
      continue;
    add_code(s, d, &s->codes[s->ncodes]);
    map_put(s->arena, &s->priv->codes, d->name.s, ++s->ncodes);
  }
}

static void add_functions(Sema *s) {
  for (u32 i = 0; i < s->ast->n; i++) {
    const Decl *d = s->ast->at[i];
    if (d->kind != DECL_FN && d->kind != DECL_EXTERN_FN && d->kind != DECL_DEF)
      continue;
    if (!taken(s, &s->priv->fns, d))
      map_put(s->arena, &s->priv->fns, d->name.s, i + 1);
  }
}

void sema_types(Sema *s) {
  add_types_and_codes(s);
  add_functions(s);
}

// --- parameters -----------------------------------------------------

static bool param_resolve(Sema *s, const ParamDecl *p, ParamInfo *info) {
  ArgVec v = {0};
  info->name = p->name.s;
  u32 code = p->set.n == 1 ? map_get(&s->priv->codes, p->set.at[0].s) : 0;
  if (code) {
    for (u32 i = 0; i < s->codes[code - 1].nmembers; i++)
      vec_push(s->arena, &v, ((ParamArg){ARG_CODE, (u8)i, (u16)(code - 1)}));
  } else if (p->set.n == 1 && strcmp(p->set.at[0].s, "sig") == 0) {
    vec_push(s->arena, &v, ((ParamArg){.kind = ARG_SIG}));
  } else {
    for (u32 i = 0; i < p->set.n; i++)
      if (!set_add(s, p->set.at[i], &v))
        return false;
  }
  info->n = v.n;
  info->at = v.at;
  return true;
}

bool params_resolve(Sema *s, const Decl *d, u32 *n, ParamInfo *info) {
  *n = 0;
  if (d->params.n > MAX_PARAMS) {
    diag_add(s->diags, E_PARAM, d->loc, "more than %d parameters", MAX_PARAMS);
    return false;
  }
  u64 count = 1;
  for (u32 i = 0; i < d->params.n; i++) {
    if (!param_resolve(s, &d->params.at[i], &info[i]))
      return false;
    count *= info[i].n;
  }
  if (count > 4096) {
    diag_add(s->diags, E_PARAM, d->loc, "more than 4096 expansions");
    return false;
  }
  *n = d->params.n;
  return true;
}

u32 params_count(u32 n, const ParamInfo *info) {
  u32 count = 1;
  for (u32 i = 0; i < n; i++)
    count *= info[i].n;
  return count;
}

void params_at(u32 n, const ParamInfo *info, u32 k, ParamArg *args, Env *env) {
  for (u32 i = n; i-- > 0;) {
    args[i] = info[i].at[k % info[i].n];
    k /= info[i].n;
  }
  env->n = 0;
  for (u32 i = 0; i < n; i++)
    env_put(env, info[i].name, args[i]);
}

const char *param_name(Sema *s, const char *base, char sep, u32 n,
                       const ParamArg *args) {
  Text t = {.arena = s->arena};
  text_add(&t, "%s", base);
  for (u32 i = 0; i < n; i++)
    if (args[i].kind != ARG_SIG)
      text_add(&t, "%c%s", sep, param_text(s, args[i]));
  text_put(&t, "", 1);
  if (sep != '.')
    for (u32 i = 0; t.at[i]; i++)
      if (t.at[i] == '.' || t.at[i] == '-')
        t.at[i] = sep;
  return intern(s, t.at);
}

bool feature_known(const char *name) {
#define X(feature, FEATURE)                                                    \
  if (strcmp(name, #feature) == 0)                                             \
    return true;
  CPU_FEATURES(X)
#undef X
  return false;
}

u32 feature_use(Sema *s, const char *name) {
  u32 k = map_get(&s->priv->features, name);
  if (!k) {
    vec_push(s->arena, &s->priv->feature_list, name);
    k = s->priv->feature_list.n;
    map_put(s->arena, &s->priv->features, name, k);
  }
  return k - 1;
}

// --- sorts ----------------------------------------------------------

Sort sort_of(SortKind k) { return (Sort){.kind = (u8)k}; }
Sort sort_value(const Sema *s, VType t) {
  return (Sort){.kind = SORT_VALUE, .type = (u8)t, .bits = s->bits[t]};
}
Sort sort_bv(u32 bits) { return (Sort){.kind = SORT_BV, .bits = (u16)bits}; }

bool sort_equal(Sort a, Sort b) {
  return a.kind == b.kind && a.type == b.type && a.bits == b.bits &&
         a.decl == b.decl;
}

static const struct {
  const char *name;
  u8 kind;
} sort_words[] = {
    {"memarg", SORT_MEMARG}, {"trap", SORT_TRAP},   {"func", SORT_FUNC},
    {"sig", SORT_SIG},       {"block", SORT_BLOCK}, {"libcall", SORT_LIBCALL},
    {"target", SORT_TARGET}, {"flags", SORT_FLAGS}, {"amode", SORT_AMODE},
    {"symbol", SORT_SYMBOL}, {"slot", SORT_SLOT},   {"label", SORT_LABEL},
    {"region", SORT_REGION}, {"ext", SORT_EXT},     {"bool", SORT_BOOL},
};

// `u8` `s32` `i128`: a bit vector.
static u32 bv_word(const char *name) {
  u32 bits = 0;
  if ((name[0] != 'u' && name[0] != 's') || !name[1] || strlen(name) > 4)
    return 0;
  for (const char *p = name + 1; *p; p++) {
    if (*p < '0' || *p > '9')
      return 0;
    bits = bits * 10 + (u32)(*p - '0');
  }
  return bits <= 128 ? bits : 0;
}

static bool list_sort(const KindDecl *k, Sort *out) {
  bool target = strcmp(k->name.s, "target") == 0;
  *out = sort_of(target ? SORT_TARGETS : SORT_VALUES);
  return target || strcmp(k->name.s, "any") == 0;
}

// `mate(T)` `scalar(S)` `half(T)`: a type computed from a type.
static bool computed_sort(Sema *s, const KindDecl *k, const Env *env,
                          Sort *out) {
  ParamArg from, to;
  if (!type_written(env, k->arg, &from) || !type_map(k->name.s, from, &to)) {
    diag_add(s->diags, E_TYPE, k->name.loc,
             "`%s(..)`, wanted mate, scalar, half or double of a type that has "
             "one",
             k->name.s);
    return false;
  }
  *out = sort_value(s, to.kind == ARG_SHAPE ? VT_V128 : (VType)to.value);
  return true;
}

// `lane.S`: a lane's number, as wide as it takes to say them all.
static bool lane_sort(const Env *env, const char *name, Sort *out) {
  ParamArg a = {0};
  if (strncmp(name, "lane.", 5) != 0)
    return false;
  for (u32 i = 0; i < env->n; i++)
    if (strcmp(env->at[i].name, name + 5) == 0)
      a = env->at[i].arg;
  s32 shape = shape_find(name + 5);
  if (shape >= 0)
    a = (ParamArg){.kind = ARG_SHAPE, .value = (u8)shape};
  if (a.kind != ARG_SHAPE)
    return false;
  u32 bits = 0;
  while (1u << bits < arg_lanes(a))
    bits++;
  *out = sort_bv(bits);
  return true;
}

bool register_kind(const char *name, const Env *env, Sort *out) {
  bool gpr = strncmp(name, "gpr", 3) == 0;
  if (!gpr && strncmp(name, "xmm", 3) != 0)
    return false;
  *out = sort_of(gpr ? SORT_GPR : SORT_XMM);
  if (!name[3])
    return true;
  const ParamArg *p = NULL; // names are interned: compare texts
  for (u32 i = 0; i < env->n && name[3] == '.'; i++)
    if (strcmp(env->at[i].name, name + 4) == 0)
      p = &env->at[i].arg;
  s32 t = p && p->kind == ARG_TYPE    ? p->value
          : p && p->kind == ARG_SHAPE ? VT_V128
          : name[3] == '.'            ? vtype_find(name + 4)
                                      : -1;
  if (t < 0)
    return false;
  out->type = (u8)t;
  out->bits = vtype_bits[t];
  return true;
}

bool sort_of_kind(Sema *s, const KindDecl *k, const Env *env, Sort *out) {
  const char *n = k->name.s;
  if (k->arg)
    return computed_sort(s, k, env, out);
  if (k->list && list_sort(k, out))
    return true;
  const ParamArg *p = env_find(env, n);
  s32 t = p && p->kind == ARG_TYPE ? p->value : vtype_find(n);
  if (p && p->kind == ARG_SHAPE)
    t = VT_V128;
  if (t >= 0) {
    *out = sort_value(s, (VType)t);
    return true;
  }
  for (size_t i = 0; i < sizeof sort_words / sizeof sort_words[0]; i++)
    if (strcmp(sort_words[i].name, n) == 0) {
      *out = sort_of((SortKind)sort_words[i].kind);
      return true;
    }
  u32 code = map_get(&s->priv->codes, n), data = map_get(&s->priv->datas, n);
  if (register_kind(n, env, out) || lane_sort(env, n, out))
    return true;
  if (strcmp(n, "any") == 0)
    *out = sort_value(s, VT_NONE);
  else if (bv_word(n))
    *out = sort_bv(bv_word(n));
  else if (code)
    *out = (Sort){.kind = SORT_CODE, .decl = code - 1};
  else if (data)
    *out = (Sort){.kind = SORT_DATA, .decl = data - 1};
  else {
    diag_add(s->diags, E_TYPE, k->name.loc, "unknown kind `%s`", n);
    return false;
  }
  return true;
}
