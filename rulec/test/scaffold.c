// An example is made as text and then read back, typed and run like any other:
// only what passes is kept, with the result that came out. So nothing here has
// to be right for what it writes to be true.
#include "rulec/test/scaffold.h"
#include "rulec/test/numbers.h"

#include <stdio.h>

typedef struct Writer {
  RuleSet *r;
  Examples *e;
  const Rule *rule;
  Scaffold *out;
  const RuleX *x; // what the left is written from
  const RuleMatch *m;
  const Trial *t;
  bool typed;  // the root has its types
  bool one;    // all leaves are one value
  bool shared; // what a `lower` rule wants for itself has another use
  u8 *said;    // by Var.index: written before, with what is known of it
  u32 *wilds;  // letters tried for `_`
} Writer;

static bool is_lower(const Writer *w) {
  return w->rule->decl->kind == DECL_LOWER;
}
static const RuleX *expansion(const Writer *w, u32 i) {
  const Sema *s = w->r->sema;
  return is_lower(w) ? &s->lowerxs[w->rule->first + i]
                     : &s->rulexs[w->rule->first + i];
}

// --- the left side as text --------------------------------------------

static void write_memarg(const Writer *w, Text *t, const OpInst *op,
                         const Var *v) {
  EvVal plain = trial_memarg(op);
  trial_print_fields(t, &w->m->imm[v->index], &plain);
}

static void write_imm(const Writer *w, Text *t, const OpInst *op,
                      const Node *n) {
  const Var *v = n->var;
  const EvVal *x = &w->m->imm[v->index];
  if (v->sort.kind == SORT_BV) {
    trial_print_number(t, ev_u64(x), v->sort.bits);
    return;
  }
  if (v->sort.kind == SORT_CODE) {
    text_add(t, "%s", w->r->sema->codes[v->sort.decl].members[ev_u64(x)]);
    return;
  }
  text_add(t, "%s", v->name);
  if (w->said[v->index]++)
    return;
  u32 k = (u32)ev_u64(x);
  if (v->sort.kind == SORT_MEMARG)
    write_memarg(w, t, op, v);
  if (v->sort.kind == SORT_TARGET && w->t->targets.at[k].trap)
    text_add(t, "{trap = %s}", eval_trap_name(w->t->targets.at[k].trap));
  if (v->sort.kind == SORT_TARGETS)
    text_add(t, "{len = %u}", x->list.n);
}

static void write_left(const Writer *w, Text *t, const Node *n, bool typed);

static bool is_number(const OpInst *op) {
  return (op->flags & OF_FLOATS) && op->noperands == 1;
}

// Whether `x @ pat` stands below the root.
static bool has_at(const Node *n) {
  bool has = false;
  for (u32 i = 0; i < n->nkids; i++)
    has |= (n->kids[i]->kind == N_OP && n->kids[i]->var) || has_at(n->kids[i]);
  return has;
}

// A letter that is no variable of the rule, a new one each time.
static const char *free_name(const Writer *w) {
  static const char letters[] = "uvwpqabcdefghijklmno";
  char name[2] = "";
  bool taken = true;
  while (taken && *w->wilds < sizeof letters - 1) {
    name[0] = letters[(*w->wilds)++];
    taken = false;
    for (u32 i = 0; i < w->x->nvars; i++)
      taken |= w->x->vars[i] && !strcmp(w->x->vars[i]->name, name);
  }
  return arena_strndup(w->r->arena, name, 1);
}

// With what has to be known of it, once.
static void write_value(const Writer *w, Text *t, const Var *v) {
  const EvVal *x = &w->m->imm[v->index];
  text_add(t, "%s", w->one ? "x" : v->name);
  if (!x->bits.w[1] || w->said[v->index]++)
    return;
  text_add(t, "{%s = ", builtin_names[x->bits.w[1]]);
  trial_print_number(t, x->bits.w[0], v->sort.bits);
  text_add(t, "}");
}

static const OpInst *op_at(const Writer *w, const Node *n) {
  return &w->r->sema->ops[n->op];
}

static void write_wild(const Writer *w, Text *t, bool value) {
  if (w->one && value)
    text_add(t, "x");
  else if (has_at(w->x->lhs) || is_lower(w)) // the right side may write it out
    text_add(t, "%s", free_name(w));
  else
    text_add(t, "_");
}

// Operand n of op (null: of a term or a constructor).
static void write_kid(const Writer *w, Text *t, const OpInst *op, u32 k,
                      const Node *n) {
  const bool value = op && op->operands[k].is_value;
  switch ((int)n->kind) {
  case N_OP:
    if (is_lower(w) && n->var && is_number(op_at(w, n))) // perhaps a register
      text_add(t, "%s @ (iconst ", n->var->name);
    write_left(w, t, n, false);
    if (is_lower(w) && n->var && is_number(op_at(w, n)))
      text_add(t, ")");
    return;
  case N_CTOR: write_left(w, t, n, false); return;
  case N_SINK:
  case N_ONCE:
    text_add(t, "%s", w->shared ? "(shared " : "");
    write_left(w, t, n->kids[0], false);
    text_add(t, "%s", w->shared ? ")" : "");
    return;
  case N_VALCONST:
    trial_print_const(t, n->sort.type, ev_bits(n->sort, wide(n->num)));
    return;
  case N_VAR:
    if (value || n->var->kind == VAR_VALUE)
      write_value(w, t, n->var);
    else
      write_imm(w, t, op, n);
    return;
  case N_CONST:
    trial_print_number(t, (u64)n->num, n->sort.bits ? n->sort.bits : 32);
    return;
  default: write_wild(w, t, value); return;
  }
}

static void write_ctor(const Writer *w, Text *t, const Node *n) {
  text_add(t, "%s(", w->r->sema->datas[n->ref].ctors[n->ctor].name);
  for (u32 k = 0; k < n->nkids; k++) {
    text_add(t, "%s", k ? ", " : "");
    write_kid(w, t, NULL, k, n->kids[k]);
  }
  text_add(t, ")");
}

static void write_left(const Writer *w, Text *t, const Node *n, bool typed) {
  const OpInst *op = n->kind == N_OP ? &w->r->sema->ops[n->op] : NULL;
  if (n->kind == N_CTOR) {
    write_ctor(w, t, n);
    return;
  }
  if (op && is_number(op) && n != w->x->lhs &&
      (n->kids[0]->kind == N_VAR || is_lower(w))) {
    trial_print_const(t, op->type,
                      n->kids[0]->kind == N_VAR
                          ? w->m->imm[n->kids[0]->var->index]
                          : ev_bits(n->kids[0]->sort, wide(5)));
    return;
  }
  text_add(t, "(");
  if (op)
    trial_print_head(w->r->sema, t, op, typed);
  else
    text_add(t, "%s", w->r->sema->terms[n->ref].name);
  for (u32 k = 0; k < n->nkids; k++) {
    text_add(t, " ");
    write_kid(w, t, op, k, n->kids[k]);
  }
  text_add(t, ")");
}

static const char *left_text(const Writer *w) {
  Text t = {.arena = w->r->arena};
  memset(w->said, 0, w->x->nvars + 1);
  *w->wilds = 0;
  write_left(w, &t, w->x->lhs, w->typed);
  return text_str(&t);
}

// --- reading it back --------------------------------------------------

// Types one example, with nothing said; false if it is wrong.
static bool read_back(const Writer *w, const char *example, ExampleInfo *info) {
  RuleSet *r = w->r;
  Diags kept = r->diags;
  Source *src = arena_new(r->arena, Source);
  const char *word = decl_words[w->rule->decl->kind];
  char *text =
      arena_printf(r->arena, "%s scaffold: (x) => x\n  %s\n", word, example);
  *src = (Source){.path = "scaffold", .text = text, .size = (u32)strlen(text)};
  u32 before = r->parser.decls.n;
  parse_source(&r->parser, src);
  const Decl *d =
      r->parser.decls.n > before ? r->parser.decls.at[before] : NULL;
  r->parser.decls.n = before;
  if (d && d->nexamples == 1) {
    info->example = &d->examples[0];
    sema_example(r->sema, w->rule, info);
  }
  bool good = r->diags.errors == kept.errors && info->nxs;
  r->diags = kept;
  return good;
}

static bool passes(const Writer *w, const char *example) {
  ExampleInfo info = {0};
  if (!read_back(w, example, &info))
    return false;
  for (u32 k = 0; k < info.nxs; k++)
    if (!example_run(w->e, w->rule, &info, k, true).passed)
      return false;
  return true;
}

// What the rule makes of the left side: its text; null if it stays.
static const char *result_of(const Writer *w, const char *left) {
  ExampleInfo info = {0};
  const char *example = arena_printf(w->r->arena, "example %s stays", left);
  if (!read_back(w, example, &info))
    return NULL;
  return example_run(w->e, w->rule, &info, 0, w->typed).result;
}

static bool keep(Writer *w, const char *what, const char *example) {
  for (u32 i = 0; i < w->out->lines.n; i++)
    if (!strcmp(w->out->lines.at[i].text, example))
      return true;
  if (!passes(w, example))
    return false;
  ScaffoldLine line = {what, example};
  vec_push(w->r->arena, &w->out->lines, line);
  return true;
}

// With the rule's names in place of types: `.T` for `.i32` where T is i32.
static const char *with_names(const Writer *w, const char *text) {
  const char *at = w->x->at;
  while ((at = strchr(at, ' '))) {
    const size_t n = strcspn(++at, "="), v = strcspn(at + n + 1, " ");
    const char *value = arena_strndup(w->r->arena, at + n + 1, v);
    Text t = {.arena = w->r->arena};
    const bool type = value[0] == 'i' || value[0] == 'f' || value[0] == 'r';
    for (const char *c = text; *c; c++) {
      const bool here = type && *c == '.' && !strncmp(c + 1, value, v) &&
                        strchr(".) ", c[1 + v]);
      text_put(&t, c, 1);
      if (here) {
        text_put(&t, at, n);
        c += v;
      }
    }
    text = text_str(&t);
  }
  return text;
}

static bool keep_fires(Writer *w, const char *what, const char *left,
                       const char *right) {
  const char *example =
      arena_printf(w->r->arena, "example %s => %s", left, right);
  return (is_lower(w) && w->typed && keep(w, what, with_names(w, example))) ||
         keep(w, what, example);
}

// Without the types of the root if it then passes at every type.
static bool add_example(Writer *w, const char *what, bool fires) {
  for (u32 typed = 0; typed < 2; typed++) {
    w->typed = typed;
    const char *left = left_text(w);
    const char *right = fires ? result_of(w, left) : "";
    if (right &&
        (fires ? keep_fires(w, what, left, right)
               : keep(w, what,
                      arena_printf(w->r->arena, "example %s stays", left))))
      return true;
  }
  return false;
}

// --- which ------------------------------------------------------------

static const char *part_text(const Writer *w, const Node *part) {
  const Expr *e = part->src;
  Arena *a = w->r->arena;
  return e ? arena_strndup(a, e->loc.src->text + e->loc.at, e->loc.len) : "it";
}

static void add_refused(Writer *w, Numbers *n, bool brief) {
  for (u32 i = 0; i < n->nparts; i++) {
    if (!numbers_find(n, i))
      continue;
    const char *what =
        arena_printf(w->r->arena, "not: %s", part_text(w, n->parts[i]));
    if (add_example(w, what, false) && brief)
      return;
  }
}

static void add_forms(Writer *w, const RuleX *x) {
  const Sema *s = w->r->sema;
  for (u32 i = 0; i < w->rule->count; i++) {
    const RuleX *v = expansion(w, i);
    if (v->expansion != x->expansion || v->variant == x->variant)
      continue;
    Numbers n;
    numbers_begin(&n, s, w->r->arena, v);
    if (!numbers_find(&n, n.nparts))
      continue;
    w->x = v;
    w->m = &n.m;
    w->t = &n.t;
    w->said = arena_array0(w->r->arena, u8, v->nvars + 1);
    (void)add_example(w, "commuted", true);
  }
}

// Codes differ, or types at which an earlier example did not try the rule.
static bool is_new_type(const Writer *w, const RuleX *x, const RuleX *first) {
  (void)w;
  return x->variant == 0 && x->expansion != first->expansion;
}

static bool start(Writer *w, Numbers *n, const RuleX *x, u32 skip) {
  numbers_begin(n, w->r->sema, w->r->arena, x);
  n->skip = skip;
  if (!numbers_find(n, n->nparts))
    return false;
  w->x = x;
  w->m = &n->m;
  w->t = &n->t;
  w->said = arena_array0(w->r->arena, u8, x->nvars + 1);
  return true;
}

// Of a `lower` rule: numbers for which no other one goes first.
enum { MOST_SKIPS = 8 };
static bool add_first(Writer *w, Numbers *n, const RuleX **first) {
  for (u32 i = 0; i < w->rule->count; i++) {
    *first = expansion(w, i);
    for (u32 skip = 0; skip < (is_lower(w) ? MOST_SKIPS : 1); skip++)
      if (start(w, n, *first, skip) && add_example(w, "fires", true))
        return true;
  }
  return false;
}

static void add_types(Writer *w, const RuleX *first, bool typed) {
  Numbers n;
  for (u32 i = 0; i < w->rule->count && typed; i++) {
    const RuleX *x = expansion(w, i);
    if (is_new_type(w, x, first) && start(w, &n, x, 0))
      (void)add_example(w, arena_printf(w->r->arena, "at%s", x->at), true);
  }
}

static bool wants_for_itself(const Node *n) {
  bool wants = n->kind == N_SINK || n->kind == N_ONCE;
  for (u32 i = 0; i < n->nkids; i++)
    wants |= wants_for_itself(n->kids[i]);
  return wants;
}

static void add_shared(Writer *w) {
  w->shared = wants_for_itself(w->x->lhs);
  if (w->shared)
    (void)add_example(w, "used elsewhere", false);
  w->shared = false;
}

Scaffold scaffold_rule(RuleSet *r, const Rule *rule, bool brief) {
  Scaffold out = {0};
  u32 wilds = 0;
  Examples e;
  Writer w = {.r = r, .e = &e, .rule = rule, .out = &out, .wilds = &wilds};
  const RuleX *first = NULL;
  Numbers n;
  examples_begin(&e, r->sema, r->built, r->arena);
  if (!rule->count || !add_first(&w, &n, &first)) {
    out.why = "no numbers were found for which it fires";
    return out;
  }
  bool typed = w.typed;
  add_refused(&w, &n, brief);
  if (brief)
    return out;
  (void)start(&w, &n, first, 0);
  add_shared(&w);
  w.one = true;
  (void)add_example(&w, "one value in all places", true);
  w.one = false;
  add_forms(&w, first);
  add_types(&w, first, typed || first->at[0]);
  return out;
}
