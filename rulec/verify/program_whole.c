// The whole program: its root, f0's signature, and a head that says how to run
// it.
#include "rulec/verify/program.h"

// Addresses are another each time: which of the functions it is, or none.
static u32 which(Program *p, u32 a) {
  u32 f = program_line(p, "funcref f0");
  u32 b = program_line(p, "refaddr v%u", f);
  u32 zero = program_line(p, "iconst.i64 0");
  u32 some = program_line(p, "icmp.ne.i64 v%u v%u", a, zero);
  u32 first = program_line(p, "icmp.eq.i64 v%u v%u", a, b);
  return program_line(p, "iadd.i32 v%u v%u", some, first);
}

// What it leads to, for the same reason.
static u32 behind_vmctx(Program *p, u32 v) {
  v = program_line(p, "load.i64 [vmctx v%u : 8 readonly notrap movable]", v);
  return program_line(p, "load.i64 [host v%u : 8]", v);
}

void program_return(Program *p, u32 v, u8 type) {
  if (type == VT_I32 && p->lowers) { // the register's upper half, too
    v = program_line(p, "uextend v%u", v);
    type = VT_I64;
  }
  const Node *lhs = p->x->lhs;
  bool loads = lhs->nkids && lhs->kids[0]->sort.kind == SORT_MEMARG;
  if (lhs->kind == N_OP && !strcmp(p->v->sema->ops[lhs->op].text, "refaddr") &&
      p->refs[0]) {
    v = which(p, v);
    type = VT_I32;
  }
  if (type == VT_REF && p->helped && !loads) {
    v = which(p, program_line(p, "refaddr v%u", v));
    type = VT_I32;
  }
  if (lhs->kind == N_OP && !strcmp(p->v->sema->ops[lhs->op].text, "vmctx"))
    v = behind_vmctx(p, v);
  if (type == VT_REF && loads) { // bits that were stored, no address of f0
    v = program_line(p, "refaddr v%u", v);
    type = VT_I64;
  }
  if (type == VT_V128) {
    p->vectors = true;
    u32 a = program_line(p, "iconst.i64 %u", PROGRAM_HEAP - 16);
    text_add(&p->body, "  store.v128 [heap v%u : 16] v%u\n  return ()\n", a, v);
    return;
  }
  p->result = vtype_names[type];
  text_add(&p->body, "  return (v%u)\n", v);
}

// A reference that was stored is shown, and goes: it is another each time.
static void stored(Program *p, const Node *lhs) {
  Text t = {.arena = p->v->arena};
  u32 a = program_value(p, lhs->kids[1]);
  program_access(p, &t, lhs->kids[0], a, 8);
  u32 v = which(p, program_line(p, "load.i64 %s", text_str(&t)));
  u32 zero = program_line(p, "iconst.i64 0");
  text_add(&p->body, "  store.i64 %s v%u\n", text_str(&t), zero);
  program_return(p, v, VT_I32);
}

static bool is_constant(const Program *p, const Node *n) {
  if (n->kind == N_VALCONST)
    return true;
  if (n->kind == N_OP)
    return n->nkids == 1 && !p->v->sema->ops[n->op].operands[0].is_value &&
           strcmp(p->v->sema->ops[n->op].text, "funcref") != 0;
  for (u32 i = 0; i < p->m->n && n->kind == N_VAR; i++) {
    const ModelValue *v = &p->m->at[i];
    if (v->known && v->node && v->node->kind == N_CALL &&
        v->node->fn == BI_ISCONST && v->node->kids[0]->kind == N_VAR &&
        v->node->kids[0]->var == n->var && v->at[0])
      return true;
  }
  return false;
}

static void refuse_folded(Program *p, const Node *lhs) {
  const OpInst *op = &p->v->sema->ops[lhs->op];
  u32 constants = 0;
  for (u32 i = 0; i < lhs->nkids; i++)
    if (op->operands[i].is_value && is_constant(p, lhs->kids[i]))
      constants++;
    else
      return;
  if (constants && op->type != VT_NONE)
    program_fail(p, "%s of constants, which is folded before a rule sees it",
                 op->text);
}

static void root(Program *p) {
  const Node *lhs = p->x->lhs;
  program_memory(p, lhs);
  if (lhs->kind == N_OP && !p->lowers)
    refuse_folded(p, lhs);
  if (lhs->kind == N_TERM) {
    program_term(p, lhs);
    return;
  }
  const OpInst *op = &p->v->sema->ops[lhs->op];
  u32 v = program_operation(p, lhs);
  if (op->flags & OF_ENDS) // it ends the block
    return;
  if (!strcmp(op->text, "store.ref") && (p->refs[0] || p->helped)) {
    stored(p, lhs);
    return;
  }
  if (op->type != VT_NONE && !p->x->nresults)
    program_return(p, v, op->type);
  else
    text_add(&p->body, "  return ()\n");
}

// Of "v1: i32, v2: i64" the names, or the types.
static void half_of(Text *params, Text *out, bool names) {
  const char *text = params->n ? text_str(params) : "";
  for (const char *c = text; *c; c++) {
    if (*c == ':' && names)
      c += strcspn(c, ",") - 1;
    else if (*c == 'v' && !names && (c == text || c[-1] == ' '))
      c = strchr(c, ' ');
    else
      text_put(out, c, 1);
  }
}

static void signature(Text *params, const char *result, u32 number, Text *out) {
  text_add(out, "sig s%u (", number);
  half_of(params, out, false);
  text_add(out, ") -> (%s)\n", result);
}

static void function(Text *params, u32 number, Text *out) {
  text_add(out, "func f%u s%u {\nb1", number, number);
  if (params->n)
    text_add(out, "(%s)", text_str(params));
  text_add(out, ":\n");
}

// f0 that writes memory and calls f1.
static void wrapper(Program *p, Text *out, const char *result) {
  function(&p->params, 0, out);
  text_add(out, "%s  ", text_str(&p->fill));
  if (*result)
    text_add(out, "v%u = ", p->next);
  text_add(out, "call f1 (");
  half_of(&p->inner, out, true);
  if (*result)
    text_add(out, ")\n  return (v%u)\n}\n", p->next);
  else
    text_add(out, ")\n  return ()\n}\n");
}

static void signatures(Program *p, Text *out) {
  const char *result = p->blocks ? "i32" : p->result;
  Text *own = p->wrapped ? &p->inner : &p->params;
  signature(&p->params, result, 0, out);
  if (p->wrapped)
    signature(&p->inner, result, 1, out);
  if (p->helped)
    text_add(out, "sig s%u () -> ()\n", program_helper(p));
  if (p->wrapped)
    wrapper(p, out, result);
  function(own, p->wrapped, out);
}

// A function that leaves a mark in memory.
static void helper(Program *p, Text *out) {
  u32 n = program_helper(p);
  text_add(out,
           "func f%u s%u {\nb1:\n  v1 = iconst.i64 %u\n  v2 = iconst.i64 77\n"
           "  store.i64 [heap v1 : 8] v2\n  return ()\n}\n",
           n, n, PROGRAM_HEAP - 8);
}

static bool mentions_feature(const Node *n, const char *name) {
  if (n->kind == N_CALL && n->fn == BI_HAS && strcmp(n->text, name) == 0)
    return true;
  for (u32 i = 0; i < n->nkids; i++)
    if (mentions_feature(n->kids[i], name))
      return true;
  return false;
}

static bool asks_feature(const RuleX *x, const char *name) {
  for (u32 i = 0; i < x->nclauses; i++)
    if (mentions_feature(x->clauses[i].e, name))
      return true;
  return false;
}

// Features that other rules of the same root ask for would have these taken.
static const char *without(Program *p) {
  static const char *const names[] = {"bmi1",   "bmi2",  "lzcnt",
                                      "popcnt", "sse41", "avx"};
  const Sema *s = p->v->sema;
  Text t = {.arena = p->v->arena};
  for (u32 k = 0; k < sizeof names / sizeof *names; k++) {
    bool asked = false;
    for (u32 i = 0; i < s->nlowerxs && !asked; i++) {
      const Node *lhs = s->lowerxs[i].lhs;
      asked = lhs->kind == N_OP && p->x->lhs->kind == N_OP &&
              lhs->op == p->x->lhs->op &&
              asks_feature(&s->lowerxs[i], names[k]);
    }
    if (asked && !asks_feature(p->x, names[k]))
      text_add(&t, " --no-%s", names[k]);
  }
  return t.n ? text_str(&t) : "";
}

// Other rewrites of its file would have a part in what comes out.
static const char *alone(Program *p) {
  const Sema *s = p->v->sema;
  const Rule *r = p->x->rule;
  for (u32 i = 0; i < s->nrules && !p->lowers; i++)
    if (s->rules[i].decl->loc.src == r->decl->loc.src && s->rules[i].decl != r->decl)
      return arena_printf(p->v->arena, " --only-rules=%s", r->decl->name.s);
  return "";
}

// Vectors have no lowering of ours: what the program needs of it, unless the
// rules at hand say it themselves.
static void vectors(Program *p) {
  static const char *const ways[][2] = {
      {"load.v128", "lower shows-load: (load.v128 m a)\n"
                    "  if m.bytes == 16 => (x64.load128 (amode a m))\n"},
      {"store.v128", "lower shows-store: (store.v128 m a x)\n"
                     "  if m.bytes == 16 => (x64.store128 (amode a m) x)\n"}};
  const Sema *s = p->v->sema;
  for (u32 k = 0; k < 2; k++) {
    bool has = false;
    for (u32 i = 0; i < s->nlowerxs && !has; i++)
      has = s->lowerxs[i].lhs->kind == N_OP &&
            !strcmp(s->ops[s->lowerxs[i].lhs->op].text, ways[k][0]);
    if (!has)
      text_add(&p->rules, "%s", ways[k][1]);
  }
}

// Of what cannot be loaded.
static void head_built(Program *p, Text *out, const char *rules) {
  const Obligation *o = p->job->o;
  const char *args = p->args.n ? text_str(&p->args) : "";
  text_add(out,
           "; %s %s%s is not true. In a wb that is built with it this gives "
           "something else:\n;   wb run --interp FILE%s\n",
           o->kind, o->name, o->at, args);
  text_add(out, ";   wb run %s%s%s%s%s FILE%s\n", p->how ? p->how : "-O0",
           p->lowers ? without(p) : "", p->lowers ? program_off(p) : "",
           p->rules.n ? " --rules=" : "", p->rules.n ? rules : "", args);
}

static void head(Program *p, Text *out, const char *rules) {
  const Obligation *o = p->job->o;
  if (!o->x) {
    head_built(p, out, rules);
    return;
  }
  const char *args = p->args.n ? text_str(&p->args) : "";
  const char *how = p->lowers    ? "-O0"
                    : p->vectors ? "--interp -O1 --no-builtin-rules"
                                 : "-O1 --no-builtin-rules";
  bool chosen = p->lowers || p->x->subsume || p->x->rule->is_skeleton;
  text_add(out, "; %s %s%s is not true. With it this gives something else:\n",
           o->kind, o->name, o->at);
  text_add(out, ";   wb run --interp FILE%s\n", args);
  text_add(out, ";   wb run %s%s%s%s%s%s --rules=%s%s FILE%s\n", how,
           p->lowers ? without(p) : "", p->lowers ? program_off(p) : "", chosen ? "" : " --subsume-all",
           p->rules.n ? " --rules=" : "", p->rules.n ? rules : "",
           o->decl->loc.src->path, alone(p), args);
  if (p->lowers && !p->rules.n)
    text_add(out, "; (once it is built into wb: without --rules)\n");
}

const char *program_write(Program *p, Verify *v, const Job *j,
                          const char *rules) {
  Text out = {.arena = v->arena};
  *p = (Program){.v = v, .job = j, .x = j->o->x, .m = j->model, .next = 1};
  p->result = "";
  p->params.arena = p->args.arena = p->body.arena = v->arena;
  p->rules.arena = p->fill.arena = p->inner.arena = v->arena;
  p->lowers = strcmp(j->o->kind, "lower") == 0;
  if (p->x || program_claim(p))
    root(p);
  if (p->lowers && p->vectors)
    vectors(p);
  head(p, &out, rules);
  signatures(p, &out);
  text_add(&out, "%s", text_str(&p->body));
  for (u32 b = 2; b < p->blocks + 2; b++) {
    text_add(&out, "b%u:\n", b);
    if (b < PROGRAM_MOST && p->traps[b])
      text_add(&out, "  trap %s\n", p->traps[b]);
    else // which block it went to
      text_add(&out, "  v%u = iconst.i32 %u\n  return (v%u)\n", p->next + b, b,
               p->next + b);
  }
  text_add(&out, "}\n");
  if (p->helped)
    helper(p, &out);
  return p->why ? NULL : text_str(&out);
}
