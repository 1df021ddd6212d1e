// Sorting the nodes of an e-graph into classes for the eye.
//
// A class's members hang behind its leader. Every other node whose class this
// is by now either gave up its own class because a rule found it equal, or was
// left out by the limit; both are worth seeing, neither can be chosen.
#include "workbench/viz/eclass.h"

// --- printing nodes as instructions over classes -----------------------------

static u32 class_of_value(const EView *v, Val old) {
  u32 c = old < v->g->f->insts.n ? v->g->map[old] : 0;
  return c ? eg_class(v->g, c) : 0;
}

typedef struct Rename {
  const EView *v;
  u64 *done; // words of the pool that are classes already
} Rename;

static void rename_list(const Rename *r, u32 *list) {
  for (u32 k = 1; k <= list[0]; k++)
    list[k] = class_of_value(r->v, list[k]);
}

// Value lists and targets of the skeleton still name values of the source.
static void rename_lists(EView *v, Rename *r, const Inst *in) {
  u32 *pool = v->print.pool.at, flags = op_info[in->op].flags;
  if ((flags & OPF_LIST) && !bit_has(r->done, in->c)) {
    bit_add(r->done, in->c);
    rename_list(r, pool + in->c);
  }
  if (!(flags & OPF_ENDS))
    return;
  for (u32 k = 0, n = ir_ntargets(&v->print, in); k < n; k++) {
    u32 at = ir_target_at(&v->print, in, k) + 1;
    if (bit_has(r->done, at))
      continue;
    bit_add(r->done, at);
    rename_list(r, pool + at);
  }
}

// A function whose instructions are the nodes: for ir_print_inst alone.
static void make_printable(const View *w, EView *v) {
  const Egraph *g = v->g;
  Func *p = &v->print;
  *p = *g->f;
  p->insts.n = p->insts.cap = g->n.n;
  p->insts.at = arena_array(w->arena, Inst, g->n.n);
  memcpy(p->insts.at, g->n.at, sizeof(Inst) * g->n.n);
  for (u32 n = 1; n < g->n.n; n++)
    for (u32 k = 0; k < op_info[p->insts.at[n].op].nvals; k++) {
      u32 *field = inst_field(&p->insts.at[n], k);
      *field = eg_class(g, *field);
    }
  p->mems.at = g->mems.at;
  p->mems.n = g->mems.n;
  p->pos.n = p->key.n = 0;
  u32 *pool = arena_array(w->arena, u32, g->f->pool.n + 1);
  memcpy(pool, g->f->pool.at, sizeof(u32) * g->f->pool.n);
  p->pool.at = pool;
  Rename r = {v, arena_array0(w->arena, u64, bit_words(g->f->pool.n + 1))};
  for (u32 k = 0; k < g->skel.n; k++)
    rename_lists(v, &r, &p->insts.at[g->skel.at[k]]);
}

// A class that is nothing but a constant has no box: it stands in its users.
static bool is_plain_const(const EView *v, u32 c) {
  return eg_is_const(v->g, c) && !v->nodes[c].next;
}

static void put_class(const EView *v, u32 c, Text *t) {
  if (!c || c >= v->g->n.n || v->boxed[c]) {
    text_add(t, "c%u", c);
    return;
  }
  Text line = {.arena = t->arena};
  ir_print_inst(&v->print, c, &line);
  const char *s = strrchr(text_str(&line), ' '); // "v4 = iconst.i32 7"
  text_add(t, "%s", s + 1);
}

// Values print as v and digits, behind a space or a bracket.
void eview_node(const EView *v, u32 n, Text *t) {
  Text line = {.arena = t->arena};
  ir_print_inst(&v->print, n, &line);
  const char *s = text_str(&line), *sign = strstr(s, " = ");
  if (v->print.insts.at[n].type && sign)
    s = sign + 3;
  for (; *s; s++) {
    text_put(t, s, 1);
    if ((*s != ' ' && *s != '(') || s[1] != 'v' || s[2] < '0' || s[2] > '9')
      continue;
    u32 c = 0;
    for (s += 2; *s >= '0' && *s <= '9'; s++)
      c = c * 10 + (u32)(*s - '0');
    put_class(v, c, t);
    s--;
  }
}

u32 eview_operands(const EView *v, u32 n, Arena *a, u32 **out) {
  const Inst *in = &v->print.insts.at[n];
  u32 all = ir_operands(&v->print, in, NULL, 0), kept = 0;
  u32 *at = *out = arena_array(a, u32, all + 1);
  ir_operands(&v->print, in, at, all);
  for (u32 k = 0; k < all; k++)
    if (at[k] && at[k] < v->g->n.n && v->boxed[at[k]])
      at[kept++] = at[k];
  return kept;
}

// --- classes -----------------------------------------------------------------

static void add_node(EView *v, u32 *last, u32 c, u32 n, Standing s) {
  v->nodes[n].standing = (u8)s;
  if (last[c])
    v->nodes[last[c]].next = n;
  else
    v->first[c] = n;
  last[c] = n;
}

// The rules by which nodes gave up their classes.
static void note_equal(EView *v, const EgraphFiring *x) {
  if (x->matched && x->matched < v->g->n.n && x->made < v->g->n.n &&
      eg_class(v->g, x->matched) == eg_class(v->g, x->made) &&
      v->nodes[x->matched].standing == EQUAL)
    v->nodes[x->matched].rule = 1 + x->rule;
}

// ... and those that changed what stays.
static void note_rules(const View *w, EView *v) {
  u32 *rule_of = arena_array0(w->arena, u32, v->g->f->insts.n + 1);
  for (u32 k = 0; k < v->log->firings.n; k++) {
    const EgraphFiring *x = &v->log->firings.at[k];
    note_equal(v, x);
    if (!x->matched)
      rule_of[x->origin] = 1 + x->rule;
  }
  for (u32 k = 0; k < v->g->skel.n; k++) {
    u32 id = v->g->skel.at[k];
    v->nodes[id].rule = rule_of[v->g->info[id].origin];
  }
}

static void sort_nodes(const View *w, EView *v) {
  const Egraph *g = v->g;
  u32 *last = arena_array0(w->arena, u32, g->n.n + 1);
  u64 *seen = arena_array0(w->arena, u64, bit_words(g->n.n + 1));
  for (u32 c = 1; c < g->n.n; c++)
    for (u32 m = g->info[c].cls == c ? c : 0; m; m = g->info[m].next) {
      add_node(v, last, c, m, MEMBER);
      bit_add(seen, m);
    }
  for (u32 n = 1; n < g->n.n; n++) {
    u32 c = eg_class(g, n);
    if (bit_has(seen, n))
      continue;
    bool cut =
        (g->info[c].flags & NODE_FULL) && (g->info[n].flags & NODE_FRESH);
    add_node(v, last, c, n, cut ? LEFT_OUT : EQUAL);
  }
}

// Live classes come first when not all fit.
static void choose_shown(const View *w, EView *v) {
  for (u32 c = 1; c < v->g->n.n; c++) {
    v->boxed[c] = v->g->info[c].cls == c && !is_plain_const(v, c);
    v->nclasses += v->boxed[c];
  }
  for (u32 live = 2; live--;)
    for (u32 c = 1; c < v->g->n.n && v->nshown < w->limit; c++)
      if (v->boxed[c] && eview_live(v, c) == live) {
        v->shown[c] = 1;
        v->nshown++;
      }
}

EView eview(const View *w) {
  const Egraph *g = w->u->log->graph;
  EView v = {.g = g, .log = w->u->log};
  v.class_limit = w->u->o->egraph.eclass_limit; // g->o is gone by now
  v.nodes = arena_array0(w->arena, ENode, g->n.n + 1);
  v.first = arena_array0(w->arena, u32, g->n.n + 1);
  v.skel = arena_array0(w->arena, u32, g->n.n + 1);
  v.boxed = arena_array0(w->arena, u8, g->n.n + 1);
  v.shown = arena_array0(w->arena, u8, g->n.n + 1);
  for (u32 k = 0; k < g->skel.n; k++)
    v.skel[g->skel.at[k]] = k + 1;
  make_printable(w, &v);
  sort_nodes(w, &v);
  note_rules(w, &v);
  choose_shown(w, &v);
  return v;
}

// --- words -------------------------------------------------------------------

void eview_summary(const View *w, const EView *v, Text *t) {
  viz_title(w, "egraph", t);
  text_add(t, ": %u e-nodes, %u classes beside constants, %u rule firings",
           v->g->n.n - 1, v->nclasses, v->log->firings.n);
  if (v->nshown < v->nclasses) {
    text_add(t, "; ");
    viz_shown(t, v->nshown, v->nclasses, "classes");
  }
}

void eview_why(const EView *v, u32 n, Text *t) {
  const NodeInfo *i = &v->g->info[n];
  const ENode *e = &v->nodes[n];
  const RuleInfo *rules = v->g->set->rules;
  if (v->skel[n])
    text_add(t, e->rule ? "stays in b%u, by %s" : "stays in b%u", i->home,
             e->rule ? rules[e->rule - 1].name : "");
  else if (i->rule)
    text_add(t, "by %s", rules[i->rule - 1].name);
  else
    text_add(t, "source");
  if (e->standing == EQUAL && e->rule)
    text_add(t, ", equal by %s", rules[e->rule - 1].name);
  else if (e->standing == EQUAL)
    text_add(t, ", equal");
  if (e->standing == LEFT_OUT)
    text_add(t, ", left out: class full");
  if (i->flags & NODE_CUT)
    text_add(t, ", not rewritten: depth limit");
}
