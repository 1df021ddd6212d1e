// Live ranges as text, one line a virtual register, and the interference graph:
// which virtual registers are somewhere at the same time.
#include "workbench/viz/lives.h"

// --- text --------------------------------------------------------------------

static void put_segments(const Lives *l, const Life *x, Text *t) {
  for (u32 k = 0; k < x->n; k++) {
    const RaRange *s = &l->segments[x->first + k];
    text_add(t, k ? ", " : "");
    lives_put_loc(t, s->loc);
    text_add(t, " ");
    lives_put_point(t, s->from);
    text_add(t, "..");
    lives_put_point(t, s->to);
  }
}

static void put_uses(const Lives *l, const Life *x, Text *t) {
  for (u32 k = 0; k < x->nuses; k++) {
    text_add(t, k == 0 ? "  def " : k == 1 ? " uses " : " ");
    lives_put_point(t, l->uses[x->first_use + k]);
  }
}

static void put_life(const View *w, const Lives *l, VReg r, Text *t) {
  const Life *x = &l->of[r];
  Text name = {.arena = w->arena}, where = {.arena = w->arena};
  lives_put_vreg(&name, r);
  put_segments(l, x, &where);
  text_add(t, "%-6s %s %-2u  %-28s", text_str(&name),
           l->v->vreg_class[r] == RC_GPR ? "gpr" : "xmm", l->v->vreg_bytes[r],
           text_str(&where));
  put_uses(l, x, t);
  if (x->value)
    text_add(t, "  #%u", value_key(w->u->f, x->value));
  text_add(t, "\n");
}

static void put_code(const View *w, const Lives *l, Text *t) {
  char **lines = viz_vcode_lines(w);
  for (u32 b = 0; b < l->v->nblocks; b++) {
    const VBlock *k = &l->v->blocks[b];
    text_add(t, "block%u:\n", b);
    for (u32 i = k->first; i < k->end; i++)
      text_add(t, "%5u  %s\n", i, lines[i]);
  }
}

void viz_ranges_text(const View *w, Text *t) {
  Lives l = lives(w);
  text_add(t, "; ");
  lives_summary(w, &l, t);
  text_add(t, "\n; 7 is before instruction 7, 7+ behind it\n");
  for (u32 k = 0; k < l.n; k++)
    put_life(w, &l, l.order[k], t);
  put_code(w, &l, t);
}

// --- interference ------------------------------------------------------------

static char *label(const View *w, const Lives *l, VReg r) {
  const Life *x = &l->of[r];
  Text t = {.arena = w->arena};
  text_add(&t,
           "<<TABLE BORDER=\"1\" CELLBORDER=\"0\" CELLSPACING=\"0\" "
           "CELLPADDING=\"3\" STYLE=\"ROUNDED\" COLOR=\"" PALE "\" "
           "BGCOLOR=\"%s\"><TR><TD><B>",
           lives_color(l->segments[x->first].loc));
  lives_put_vreg(&t, r);
  text_add(&t, "</B><BR/>");
  Loc last = LOC_NONE;
  for (u32 k = x->first; k < x->first + x->n; k++) {
    if (l->segments[k].loc == last)
      continue;
    text_add(&t, last == LOC_NONE ? "" : ", ");
    last = l->segments[k].loc;
    lives_put_loc(&t, last);
  }
  text_add(&t, "</TD></TR></TABLE>>");
  return text_str(&t);
}

void viz_ranges_graph(const View *w, Graph *g) {
  Lives l = lives(w);
  void **nodes = arena_array(w->arena, void *, l.nshown + 1);
  Text title = {.arena = w->arena};
  lives_summary(w, &l, &title);
  if (l.nshown < l.n) {
    text_add(&title, "; ");
    viz_shown(&title, l.nshown, l.n, "registers");
  }
  graph_title(g, text_str(&title),
              "an edge: both are somewhere at the same time; tint: the first "
              "register");
  graph_set(g, "layout", "neato");
  graph_set(g, "overlap", "false");
  graph_set(g, "splines", "true");
  for (u32 k = 0; k < l.nshown; k++) {
    Text name = {.arena = w->arena};
    lives_put_vreg(&name, l.order[k]);
    nodes[k] = graph_node(g, text_str(&name), "id", text_str(&name), "label",
                          label(w, &l, l.order[k]), (char *)0);
  }
  for (u32 k = 0; k < l.nshown; k++)
    for (u32 j = k + 1; j < l.nshown; j++)
      if (lives_overlap(&l, l.order[k], l.order[j]))
        graph_edge(g, nodes[k], nodes[j], "color", LINE, (char *)0);
}
