// The e-graph of one function, after the pass: text and picture.
//
// A box is a class; in it its members with cost and the rule that made them.
// The chosen member is tinted, bold and marked *; it names the value it became.
// Nodes that gave up their class are dashed. Operations that stay where they
// are (the skeleton) are tinted too and tied in their order by dotted lines, so
// that a picture reads from top to bottom as the function does; arrows lead
// from a member to the classes it needs. Classes nobody needs are pale.
#include "workbench/viz/eclass.h"

// "c12 i32, available in b3, #7"
static void class_head(const EView *v, u32 c, Text *t) {
  const NodeInfo *i = &v->g->info[c];
  u32 key = i->origin ? value_key(v->g->f, i->origin) : 0;
  u8 type = v->g->n.at[c].type;
  text_add(t, "c%u", c);
  if (type)
    text_add(t, " %s", type_names[type]);
  text_add(t, " in b%u", i->avail);
  if (key && !(i->flags & NODE_FRESH))
    text_add(t, " #%u", key);
}

static void class_state(const EView *v, u32 c, Text *t) {
  if (v->g->info[c].flags & NODE_FULL)
    text_add(t, ", full: members were cut at %u", v->class_limit);
  if (!eview_live(v, c))
    text_add(t, ", not needed");
}

// --- text --------------------------------------------------------------------

static void text_node(const EView *v, u32 n, Text *t) {
  Text node = {.arena = t->arena}, why = {.arena = t->arena};
  bool chosen = eview_chosen(v, n);
  eview_node(v, n, &node);
  eview_why(v, n, &why);
  text_add(t, "  %c %-36s ", chosen ? '*' : ' ', text_str(&node));
  if (v->g->info[n].flags & NODE_LEAF)
    text_add(t, "%-9s %s", "", text_str(&why));
  else
    text_add(t, "cost %-4u %s", v->g->info[n].cost, text_str(&why));
  if (chosen && v->g->n.at[n].type && v->log->value_of[n])
    text_add(t, " -> v%u", v->log->value_of[n]);
  text_add(t, "\n");
}

static void text_rules(const EView *v, Text *t) {
  const MidRules *set = v->g->set;
  u32 *count = arena_array0(t->arena, u32, set->nrules + 1);
  for (u32 k = 0; k < v->log->firings.n; k++)
    count[v->log->firings.at[k].rule]++;
  text_add(t, "rules that fired\n");
  for (u32 r = 0; r < set->nrules; r++)
    if (count[r])
      text_add(t, "  %4u %s (%s)\n", count[r], set->rules[r].name,
               set->rules[r].at);
}

void viz_egraph_text(const View *w, Text *t) {
  EView v = eview(w);
  text_add(t, "; ");
  eview_summary(w, &v, t);
  text_add(t, "\n; * chosen and placed; blocks are those before the pass\n");
  for (u32 c = 1; c < v.g->n.n; c++) {
    if (!v.shown[c])
      continue;
    class_head(&v, c, t);
    class_state(&v, c, t);
    text_add(t, "\n");
    for (u32 n = v.first[c]; n; n = v.nodes[n].next)
      text_node(&v, n, t);
  }
  if (v.log->firings.n)
    text_rules(&v, t);
}

// --- picture -----------------------------------------------------------------

static void label_node(const EView *v, u32 n, bool pale, Text *t) {
  Text node = {.arena = t->arena}, why = {.arena = t->arena};
  bool chosen = eview_chosen(v, n), member = v->nodes[n].standing == MEMBER;
  const char *tint = !chosen ? PAPER : v->skel[n] ? "#fbe6c8" : "#cfe8cf";
  const char *tag = chosen ? "B" : "FONT";
  eview_node(v, n, &node);
  eview_why(v, n, &why);
  text_add(t,
           "<TD PORT=\"n%u\" BORDER=\"1\" CELLPADDING=\"4\" COLOR=\"%s\" "
           "STYLE=\"%s\" BGCOLOR=\"%s\"><FONT COLOR=\"%s\"><%s>%s%s</%s>"
           "</FONT><BR/><FONT COLOR=\"%s\">",
           n, chosen ? INK : LINE, member ? "SOLID" : "DASHED", tint,
           pale || !member ? PALE : INK, tag, chosen ? "* " : "",
           viz_escaped(t->arena, viz_shortened(&node)), tag,
           chosen ? INK : PALE);
  if (!(v->g->info[n].flags & NODE_LEAF))
    text_add(t, "cost %u, ", v->g->info[n].cost);
  text_add(t, "%s", viz_escaped(t->arena, text_str(&why)));
  if (chosen && v->g->n.at[n].type && v->log->value_of[n])
    text_add(t, " -&gt; v%u", v->log->value_of[n]);
  text_add(t, "</FONT></TD>");
}

static char *class_label(const View *w, const EView *v, u32 c) {
  Text t = {.arena = w->arena}, head = {.arena = w->arena};
  bool live = eview_live(v, c);
  u32 n = 0;
  for (u32 m = v->first[c]; m; m = v->nodes[m].next)
    n++;
  class_head(v, c, &head);
  class_state(v, c, &head);
  text_add(&t,
           "<<TABLE BORDER=\"1\" CELLBORDER=\"0\" CELLSPACING=\"4\" "
           "CELLPADDING=\"1\" STYLE=\"ROUNDED\" COLOR=\"%s\" BGCOLOR=\"%s\">"
           "<TR>",
           live ? PALE : LINE, live ? "#f1f4f8" : "#fafbfc");
  for (u32 m = v->first[c]; m; m = v->nodes[m].next)
    label_node(v, m, !live, &t);
  // below the members, where no edge crosses it
  text_add(&t,
           "</TR><TR><TD COLSPAN=\"%u\" ALIGN=\"LEFT\"><FONT "
           "COLOR=\"" PALE "\">%s</FONT></TD></TR>"
           "</TABLE>>",
           n, text_str(&head));
  return text_str(&t);
}

static void operand_edges(const EView *v, Graph *g, void **boxes, u32 c,
                          u32 n) {
  u32 *operands, count = eview_operands(v, n, g->arena, &operands);
  bool chosen = eview_chosen(v, n);
  for (u32 k = 0; k < count; k++)
    if (boxes[operands[k]])
      graph_edge(g, boxes[c], boxes[operands[k]], "tailport",
                 arena_printf(g->arena, "n%u:n", n), "headport", "s", "color",
                 chosen ? INK : LINE, "style",
                 v->nodes[n].standing == MEMBER ? "solid" : "dashed",
                 (char *)0);
}

// Ties what stays in order of execution, and blocks below their dominators.
static void spine(const EView *v, Graph *g, void **boxes) {
  const Egraph *e = v->g;
  u32 *tail = arena_array0(g->arena, u32, e->f->blocks.n);
  for (Block b = 1; b < e->f->blocks.n; b++) {
    const BlockState *s = &e->blocks[b];
    u32 last = b > 1 ? tail[block_at(e->f, b)->idom] : 0;
    for (u32 k = s->skel; s->reached && k < s->skel_end; k++) {
      u32 id = e->skel.at[k];
      if (!boxes[id])
        continue;
      if (last)
        graph_edge(g, boxes[id], boxes[last], "style", "dotted", "arrowhead",
                   "none", "color", PALE, "weight", "4", (char *)0);
      last = id;
    }
    tail[b] = last;
  }
}

void viz_egraph_graph(const View *w, Graph *g) {
  EView v = eview(w);
  void **boxes = arena_array0(w->arena, void *, v.g->n.n + 1);
  Text title = {.arena = w->arena};
  eview_summary(w, &v, &title);
  graph_set(g, "rankdir", "BT");
  graph_title(g, text_str(&title),
              "box: a class, its members inside; * and tint: chosen; dashed: "
              "equal or left out, cannot be chosen; dotted line: order of what "
              "stays; constants stand in their users");
  for (u32 c = 1; c < v.g->n.n; c++) {
    char *name = arena_printf(w->arena, "c%u", c);
    if (v.shown[c])
      boxes[c] = graph_node(g, name, "id", name, "label", class_label(w, &v, c),
                            (char *)0);
  }
  spine(&v, g, boxes);
  for (u32 c = 1; c < v.g->n.n; c++)
    for (u32 n = v.shown[c] ? v.first[c] : 0; n; n = v.nodes[n].next)
      operand_edges(&v, g, boxes, c, n);
}
