// The resolved form, in this order: types and codes, ops at their parameters,
// instructions, terms and data, meanings, rules. Each step needs the names of
// the steps before it only.
#include "rulec/sema/lower.h"
#include "rulec/sema/priv.h"

#include <stdio.h>

const char *const vtype_names[VT_COUNT] = {"none", "i32",  "i64", "f32",
                                           "f64",  "v128", "ref"};
const u16 vtype_bits[VT_COUNT] = {0, 32, 64, 32, 64, 128, 64};
const char *const shape_names[SH_COUNT] = {"i8x16", "i16x8", "i32x4",
                                           "i64x2", "f32x4", "f64x2"};

// --- names ----------------------------------------------------------

static u32 map_slot(const NameMap *m, const char *name) {
  u32 h = (u32)((uintptr_t)name >> 3) * 2654435761u;
  u32 i = h & (m->cap - 1);
  while (m->key[i] && m->key[i] != name)
    i = (i + 1) & (m->cap - 1);
  return i;
}

u32 map_get(const NameMap *m, const char *name) {
  return m->cap ? m->value[map_slot(m, name)] : 0;
}

static void map_grow(Arena *a, NameMap *m) {
  NameMap old = *m;
  m->cap = old.cap ? old.cap * 2 : 64;
  m->key = arena_array0(a, const char *, m->cap);
  m->value = arena_array0(a, u32, m->cap);
  for (u32 i = 0; i < old.cap; i++)
    if (old.key[i]) {
      u32 k = map_slot(m, old.key[i]);
      m->key[k] = old.key[i];
      m->value[k] = old.value[i];
    }
}

void map_put(Arena *a, NameMap *m, const char *name, u32 value) {
  if (m->n * 2 >= m->cap)
    map_grow(a, m);
  u32 k = map_slot(m, name);
  m->n += m->key[k] == NULL;
  m->key[k] = name;
  m->value[k] = value;
}

const char *intern_n(Sema *s, const char *text, size_t n) {
  return names_intern(s->names, text, n);
}

const char *intern(Sema *s, const char *text) {
  return intern_n(s, text, strlen(text));
}

u32 prefix_find(const Sema *s, const NameMap *m, const char *name,
                const char **rest) {
  for (size_t n = strlen(name); n > 0; n--) {
    if (name[n] != '\0' && name[n] != '.')
      continue;
    u32 k = map_get(m, names_intern(s->names, name, n));
    if (!k)
      continue;
    *rest = name[n] ? name + n + 1 : "";
    return k;
  }
  return 0;
}

// --- environments ---------------------------------------------------

const ParamArg *env_find(const Env *e, const char *name) {
  for (u32 i = 0; i < e->n; i++)
    if (e->at[i].name == name)
      return &e->at[i].arg;
  return NULL;
}

void env_put(Env *e, const char *name, ParamArg arg) {
  must(e->n < sizeof e->at / sizeof e->at[0], "too many parameters");
  e->at[e->n].name = name;
  e->at[e->n++].arg = arg;
}

bool param_arg_equal(ParamArg a, ParamArg b) {
  return a.kind == b.kind && a.value == b.value && a.code == b.code;
}

s32 vtype_find(const char *name) {
  for (s32 i = 1; i < VT_COUNT; i++)
    if (strcmp(vtype_names[i], name) == 0)
      return i;
  return -1;
}

s32 shape_find(const char *name) {
  for (s32 i = 0; i < SH_COUNT; i++)
    if (strcmp(shape_names[i], name) == 0)
      return i;
  return -1;
}

const char *param_text(const Sema *s, ParamArg a) {
  switch ((ArgKind)a.kind) {
  case ARG_TYPE: return vtype_names[a.value];
  case ARG_SHAPE: return shape_names[a.value];
  case ARG_CODE: return s->codes[a.code].members[a.value];
  case ARG_SIG: return "";
  }
  return "";
}

bool param_misspelt(const char *name, const ParamInfo *p) {
  return p->n && p->at[0].kind != ARG_SIG && *name >= 'a' && *name <= 'z';
}

const char *param_choices(const Sema *s, const ParamInfo *p) {
  enum { MOST = 16 };
  Text t = {.arena = s->arena};
  for (u32 i = 0; i < p->n && i < MOST; i++)
    text_add(&t, "%s%s", i ? " " : "", param_text(s, p->at[i]));
  text_add(&t, p->n > MOST ? " ..." : "");
  return text_str(&t);
}

// --- lookup and text ------------------------------------------------

u32 sema_const_op(const Sema *s, VType type) {
  for (u32 i = 1; i < s->nops; i++)
    if ((s->ops[i].flags & OF_FLOATS) && s->ops[i].type == type &&
        !s->ops[i].nvals && s->ops[i].noperands == (type != VT_REF))
      return i;
  return 0;
}

u32 sema_opcode(const Sema *s, const char *text) {
  u32 k =
      map_get(&s->priv->opcodes, names_intern(s->names, text, strlen(text)));
  return k ? k - 1 : 0;
}

static s32 find(const Sema *s, const NameMap *m, const char *name) {
  return (s32)map_get(m, names_intern(s->names, name, strlen(name))) - 1;
}

s32 sema_opdecl(const Sema *s, const char *name) {
  return find(s, &s->priv->ops, name);
}
s32 sema_inst(const Sema *s, const char *text) {
  return find(s, &s->priv->instxs, text);
}
s32 sema_term(const Sema *s, const char *name) {
  return find(s, &s->priv->terms, name);
}
s32 sema_data(const Sema *s, const char *name) {
  return find(s, &s->priv->datas, name);
}

const char *source_name(const Source *src) {
  const char *rules = strstr(src->path, "rules/");
  return rules ? rules : src->path;
}

const char *decl_where(const Sema *s, const Decl *d) {
  return arena_printf(s->arena, "%s:%u", source_name(d->loc.src), d->line);
}

const char *decl_oneline(const Sema *s, const Decl *d) {
  Text t = {.arena = s->arena};
  const char *p = d->whole.src->text + d->whole.at, *end = p + d->whole.len;
  if (d->nexamples)
    end = d->whole.src->text + d->examples[0].loc.at;
  while (p < end) {
    size_t blank = strspn(p, " \t\r\n");
    if (p + blank >= end)
      break;
    if (blank && p[blank] == ';') {
      p += blank + strcspn(p + blank, "\n");
      continue;
    }
    if (blank)
      text_put(&t, " ", 1);
    p += blank;
    size_t n = strcspn(p, " \t\r\n");
    text_put(&t, p, p + n > end ? (size_t)(end - p) : n);
    p += n;
  }
  return text_str(&t);
}

// --- all of it ------------------------------------------------------

static const char *feature_names_dup(Sema *s) {
  s->nfeatures = s->priv->feature_list.n;
  s->features = s->priv->feature_list.at;
  s->nexterns = s->priv->extern_list.n;
  s->externs = s->priv->extern_list.at;
  return NULL;
}

Sema *sema_run(Arena *a, struct Names *names, const Ast *ast, Diags *d) {
  return sema_run_at(a, names, ast, d, vtype_bits);
}

Sema *sema_run_at(Arena *a, struct Names *names, const Ast *ast, Diags *d,
                  const u16 bits[VT_COUNT]) {
  Sema *s = arena_new(a, Sema);
  *s = (Sema){.arena = a, .bits = bits, .diags = d, .names = names, .ast = ast};
  s->priv = arena_new(a, struct SemaPriv);
  sema_names(s);
  sema_types(s);
  sema_datas(s);
  sema_ops(s);
  sema_insts(s);
  sema_meanings(s);
  sema_means(s);
  sema_rules(s);
  sema_lower(s);
  (void)feature_names_dup(s);
  s->nfolds = s->priv->folds.n;
  s->folds = s->priv->folds.at;
  return s;
}
