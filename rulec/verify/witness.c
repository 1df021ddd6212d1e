// A counterexample as a program in IR text whose result differs once the rule
// is on.
#include "rulec/verify/verify.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

typedef struct Writer {
  Verify *v;
  const Model *m;
  Text params, args, body;
  struct {
    const void *key; // Var or Node: a value that is a parameter
    u32 number;
  } known[64];
  u32 nknown, next;
  bool failed;
} Writer;

static const ModelValue *in_model(const Writer *w, const void *key) {
  for (u32 i = 0; i < w->m->n; i++)
    if (w->m->at[i].known && strcmp(w->m->at[i].side, "input") == 0 &&
        (w->m->at[i].var == key || w->m->at[i].node == key))
      return &w->m->at[i];
  return NULL;
}

static void print_bits(Text *t, u8 type, u64 bits) {
  float f;
  double d;
  u32 low = (u32)bits;
  memcpy(&f, &low, 4);
  memcpy(&d, &bits, 8);
  if (type == VT_F32)
    text_add(t, " %.9g", (double)f);
  else if (type == VT_F64)
    text_add(t, " %.17g", d);
  else
    text_add(t, " %lld",
             type == VT_I32 ? (long long)(s32)low : (long long)(s64)bits);
}

// A NaN has no argument that says which: such values come as integers.
static u32 parameter(Writer *w, const void *key, Sort sort) {
  for (u32 i = 0; i < w->nknown; i++)
    if (w->known[i].key == key)
      return w->known[i].number;
  const ModelValue *m = in_model(w, key);
  bool is_float = sort.type == VT_F32 || sort.type == VT_F64;
  if (!m || w->nknown == 64 || sort.bits > 64 || sort.type == VT_REF) {
    w->failed = true;
    return 0;
  }
  u8 as = !is_float ? sort.type : sort.type == VT_F32 ? VT_I32 : VT_I64;
  u32 n = w->next++;
  text_add(&w->params, "%sv%u: %s", w->params.n ? ", " : "", n,
           vtype_names[as]);
  print_bits(&w->args, as, (u64)m->at[0]);
  if (is_float) {
    text_add(&w->body, "  v%u = bitcast.%s v%u\n", w->next,
             vtype_names[sort.type], n);
    n = w->next++;
  }
  w->known[w->nknown].key = key;
  w->known[w->nknown++].number = n;
  return n;
}

static u32 value(Writer *w, const Node *n);

static bool immediate(Writer *w, Text *t, const OpInst *op, u32 i,
                      const Node *n) {
  Sort sort = op->operands[i].sort;
  const ModelValue *m = n->kind == N_VAR ? in_model(w, n->var) : in_model(w, n);
  u128 num = m ? m->at[0] : n->num;
  if (!m && n->kind != N_CONST)
    return false;
  switch ((SortKind)sort.kind) {
  case SORT_BV: print_bits(t, op->type, (u64)num); return true;
  case SORT_TRAP: // any code will do
    text_add(t, " %s", num == 3 ? "overflow" : num == 4 ? "invalid" : "div0");
    return true;
  case SORT_TARGET: text_add(t, " b%u", (u32)(num % 8) + 2); return true;
  default: return false;
  }
}

static bool memarg(Text *t, const ModelValue *m, u32 address) {
  static const char *const regions[] = {"heap", "host", "table", "global",
                                        "vmctx"};
  static const char *const exts[] = {"", " zero", " sign"};
  if (!m || m->at[MF_REGION] > 0 || m->at[MF_EXT] > 2)
    return false; // only linear memory is there
  text_add(t, " [%s v%u", regions[m->at[MF_REGION]], address);
  if (m->at[MF_OFF])
    text_add(t, " + %u", (u32)m->at[MF_OFF]);
  text_add(t, " : %u%s]", (u32)m->at[MF_BYTES], exts[m->at[MF_EXT]]);
  return true;
}

// The op and its operands; the number of its value.
static u32 operation(Writer *w, const Node *n) {
  const OpInst *op = &w->v->sema->ops[n->op];
  u32 vals[16] = {0};
  for (u32 i = 0; i < n->nkids && i < 16; i++)
    if (op->operands[i].is_value)
      vals[i] = value(w, n->kids[i]);
  Text t = {.arena = w->v->arena};
  u32 number = op->type ? w->next++ : 0;
  if (number)
    text_add(&t, "  v%u = %s", number, op->text);
  else
    text_add(&t, "  %s", op->text);
  u32 first = 0;
  if (n->nkids && op->operands[0].sort.kind == SORT_MEMARG) {
    const Node *m = n->kids[0];
    first = 2;
    w->failed |= !memarg(
        &t, in_model(w, m->kind == N_VAR ? (const void *)m->var : m), vals[1]);
  }
  for (u32 i = first; i < n->nkids && i < 16; i++)
    if (op->operands[i].is_value)
      text_add(&t, " v%u", vals[i]);
    else
      w->failed |= !immediate(w, &t, op, i, n->kids[i]);
  text_add(&w->body, "%s\n", text_str(&t));
  return number;
}

static u32 value(Writer *w, const Node *n) {
  u32 number;
  switch ((NodeKind)n->kind) {
  case N_VAR: return parameter(w, n->var, n->sort);
  case N_WILD: return parameter(w, n, n->sort);
  case N_VALCONST:
    number = w->next++;
    text_add(&w->body, "  v%u = %s.%s", number,
             n->sort.type == VT_F32 || n->sort.type == VT_F64 ? "fconst"
                                                              : "iconst",
             vtype_names[n->sort.type]);
    print_bits(&w->body, n->sort.type, (u64)n->num);
    text_add(&w->body, "\n");
    return number;
  case N_OP:
    number = operation(w, n);
    if (n->var && w->nknown < 64) {
      w->known[w->nknown].key = n->var;
      w->known[w->nknown++].number = number;
    }
    return number;
  default: w->failed = true; return 0;
  }
}

static void whole(Writer *w, Text *out, const Job *j) {
  const RuleX *x = j->o->x;
  const OpInst *op = &w->v->sema->ops[x->lhs->op];
  u32 root = operation(w, x->lhs);
  bool ends = (op->flags & 32) != 0, result = op->type != VT_NONE;
  text_add(out, "; %s %s%s is not true. With it this gives something else:\n",
           j->o->kind, j->o->name, j->o->at);
  text_add(out, ";   wb run --interp FILE%s\n;   wb run --rules=RULES FILE%s\n",
           text_str(&w->args), text_str(&w->args));
  text_add(out, "sig s0 (");
  const char *p = w->params.n ? text_str(&w->params) : "";
  for (const char *c = p; *c; c++) { // "v1: i32, v2: i64" without the names
    if (*c == 'v')
      c = strchr(c, ' ') + 1;
    text_put(out, c, 1);
  }
  text_add(out, ") -> (%s)\nfunc f0 s0 {\nb1",
           ends     ? "i32"
           : result ? vtype_names[op->type]
                    : "");
  if (*p)
    text_add(out, "(%s)", p);
  text_add(out, ":\n%s", text_str(&w->body));
  if (!ends) {
    text_add(out, result ? "  return (v%u)\n}\n" : "  return ()\n}\n", root);
    return;
  }
  for (u32 b = 2; b < 10; b++) // which block it went to
    text_add(out, "b%u:\n  v%u = iconst.i32 %u\n  return (v%u)\n", b,
             w->next + b, b, w->next + b);
  text_add(out, "}\n");
}

static bool make_folder(Arena *a, const char *path) {
  for (const char *c = path; *c; c++)
    if (c > path && *c == '/')
      mkdir(arena_strndup(a, path, (size_t)(c - path)), 0777);
  return mkdir(path, 0777) == 0 || errno == EEXIST;
}

// " T=i32 C=slt" as "-i32-slt".
static const char *suffix(Arena *a, const char *at) {
  Text t = {.arena = a};
  for (const char *c = at; *c; c++) {
    const char *is = strchr(c, '=');
    if (*c != ' ')
      continue;
    text_add(&t, "-");
    c = is ? is + 1 : c + 1;
    size_t n = strcspn(c, " ");
    text_put(&t, c, n);
    c += n - 1;
  }
  return text_str(&t);
}

bool witness_write(Verify *v, Job *j) {
  if (!v->dir || !j->model || !j->o->x || !j->o->x->lhs)
    return false;
  if (strcmp(j->o->kind, "lower") == 0) // --rules takes rewrites only
    return false;
  Writer *w = arena_new(v->arena, Writer);
  Text out = {.arena = v->arena};
  w->v = v;
  w->m = j->model;
  w->next = 1;
  w->params.arena = w->args.arena = w->body.arena = v->arena;
  text_str(&w->args);
  whole(w, &out, j);
  if (w->failed || !make_folder(v->arena, v->dir))
    return false;
  j->test = arena_printf(v->arena, "%s/%s%s.ir", v->dir, j->o->name,
                         suffix(v->arena, j->o->at));
  FILE *f = fopen(j->test, "w");
  bool ok = f && fwrite(out.at, 1, out.n, f) == out.n;
  if (f && fclose(f) != 0)
    ok = false;
  if (!ok)
    j->test = NULL;
  return ok;
}
