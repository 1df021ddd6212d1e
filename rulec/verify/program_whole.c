// The whole program: its root, f0's signature, and a head that says how to run
// it.
#include "rulec/verify/program.h"

static bool lowers(const Program *p) {
  return strcmp(p->job->o->kind, "lower") == 0;
}

void program_return(Program *p, u32 v, u8 type) {
  if (type == VT_I32 && lowers(p)) { // the register's upper half, too
    v = program_line(p, "uextend v%u", v);
    type = VT_I64;
  }
  const Node *lhs = p->x->lhs;
  bool loads = lhs->nkids && lhs->kids[0]->sort.kind == SORT_MEMARG;
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

static void root(Program *p) {
  const Node *lhs = p->x->lhs;
  program_memory(p, lhs);
  if (lhs->kind == N_TERM) {
    program_term(p, lhs);
    return;
  }
  const OpInst *op = &p->v->sema->ops[lhs->op];
  u32 v = program_operation(p, lhs);
  if (op->flags & OF_ENDS) // it ends the block
    return;
  if (op->type != VT_NONE && !p->x->nresults)
    program_return(p, v, op->type);
  else
    text_add(&p->body, "  return ()\n");
}

static void signature(Program *p, Text *out) {
  text_add(out, "sig s0 (");
  const char *text = p->params.n ? text_str(&p->params) : "";
  for (const char *c = text; *c; c++) { // "v1: i32, v2: i64" without the names
    if (*c == 'v')
      c = strchr(c, ' ') + 1;
    text_put(out, c, 1);
  }
  text_add(out, ") -> (%s)\nfunc f0 s0 {\nb1", p->blocks ? "i32" : p->result);
  if (*text)
    text_add(out, "(%s)", text);
  text_add(out, ":\n");
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

static void head(Program *p, Text *out, const char *rules) {
  const Obligation *o = p->job->o;
  const char *args = p->args.n ? text_str(&p->args) : "";
  const char *how = lowers(p)    ? "-O0"
                    : p->vectors ? "--interp -O1 --no-builtin-rules"
                                 : "-O1 --no-builtin-rules";
  bool chosen = lowers(p) || p->x->subsume || p->x->rule->is_skeleton;
  text_add(out, "; %s %s%s is not true. With it this gives something else:\n",
           o->kind, o->name, o->at);
  text_add(out, ";   wb run --interp FILE%s\n", args);
  text_add(out, ";   wb run %s%s%s%s%s --rules=%s FILE%s\n", how,
           lowers(p) ? without(p) : "", chosen ? "" : " --subsume-all",
           p->rules.n ? " --rules=" : "", p->rules.n ? rules : "",
           o->decl->loc.src->path, args);
  if (lowers(p) && !p->rules.n)
    text_add(out, "; (once it is built into wb: without --rules)\n");
}

const char *program_write(Program *p, Verify *v, const Job *j,
                          const char *rules) {
  Text out = {.arena = v->arena};
  *p = (Program){.v = v, .job = j, .x = j->o->x, .m = j->model, .next = 1};
  p->result = "";
  p->params.arena = p->args.arena = p->body.arena = v->arena;
  p->rules.arena = v->arena;
  root(p);
  head(p, &out, rules);
  signature(p, &out);
  text_add(&out, "%s", text_str(&p->body));
  for (u32 b = 2; b < p->blocks + 2; b++) {
    text_add(&out, "b%u:\n", b);
    if (b < 64 && p->traps >> b & 1)
      text_add(&out, "  trap unreachable\n");
    else // which block it went to
      text_add(&out, "  v%u = iconst.i32 %u\n  return (v%u)\n", p->next + b, b,
               p->next + b);
  }
  text_add(&out, "}\n");
  return p->why ? NULL : text_str(&out);
}
