// The dominator tree. Text: indented, in preorder of block numbers. Picture:
// an edge from each block to those it immediately dominates; a pale dotted edge
// is control flow that is not in the tree. Shade tells loop depth, a thick
// border a loop's header.
#include "workbench/viz/viz.h"

static u32 size_of(const Func *f, Block b) {
  return block_at(f, b)->end - block_at(f, b)->first;
}

static void describe(const Func *f, Block b, Text *t) {
  const BlockInfo *i = block_at(f, b);
  u32 n = size_of(f, b);
  text_add(t, "%u instruction%s", n, n == 1 ? "" : "s");
  if (viz_is_header(f, b)) {
    text_add(t, ", loop b%u-b%u", b, i->loop_end - 1);
    Block parent = ir_loop_parent(f, b);
    if (parent)
      text_add(t, " in b%u", parent);
  } else if (i->loop) {
    text_add(t, ", in loop b%u", i->loop);
  }
  if (i->cold)
    text_add(t, ", cold");
}

static void summary(const View *w, u32 shown, Text *t) {
  u32 all = w->u->f->blocks.n - 1;
  viz_title(w, "dom", t);
  text_add(t, ": %u block%s", all, all == 1 ? "" : "s");
  if (shown < all) {
    text_add(t, "; ");
    viz_shown(t, shown, all, "blocks");
  }
}

// Children by block, in order: first[b], then next[child].
typedef struct Tree {
  Block *first, *next;
} Tree;

static Tree tree_of(Arena *a, const Func *f) {
  Tree t = {arena_array0(a, Block, f->blocks.n),
            arena_array0(a, Block, f->blocks.n)};
  for (Block b = f->blocks.n - 1; b > 1; b--) {
    Block up = block_at(f, b)->idom;
    t.next[b] = t.first[up];
    t.first[up] = b;
  }
  return t;
}

void viz_dom_text(const View *w, Text *t) {
  const Func *f = w->u->f;
  Tree tree = tree_of(w->arena, f);
  u32 all = f->blocks.n - 1, n = all < w->limit ? all : w->limit, depth = 0;
  text_add(t, "; ");
  summary(w, n, t);
  text_add(t, "\n");
  for (Block b = 1; n--;) {
    text_add(t, "%*sb%u: ", (int)(2 * depth), "", b);
    describe(f, b, t);
    text_add(t, "\n");
    if (tree.first[b]) {
      b = tree.first[b], depth++;
      continue;
    }
    while (b != 1 && !tree.next[b])
      b = block_at(f, b)->idom, depth--;
    b = tree.next[b];
  }
}

static char *label(const View *w, Block b) {
  static const char *const shades[] = {"#ffffff", "#e9eff8", "#d3e0f1",
                                       "#bccfe8", "#a5bfdf"};
  const Func *f = w->u->f;
  const BlockInfo *i = block_at(f, b);
  Text t = {.arena = w->arena};
  text_add(&t,
           "<<TABLE BORDER=\"%u\" CELLBORDER=\"0\" CELLSPACING=\"0\" "
           "CELLPADDING=\"5\" COLOR=\"" PALE "\" STYLE=\"%s\" "
           "BGCOLOR=\"%s\"><TR><TD><B>b%u</B><BR/>",
           viz_is_header(f, b) ? 2 : 1, i->cold ? "DASHED" : "ROUNDED",
           shades[i->depth > 4 ? 4 : i->depth], b);
  describe(f, b, &t);
  text_add(&t, "</TD></TR></TABLE>>");
  return text_str(&t);
}

static void flow_edges(const Func *f, Graph *g, Block b, void **nodes, u32 n) {
  const BlockInfo *i = block_at(f, b);
  for (u32 k = 0; k < i->npreds; k++) {
    Block from = f->preds.at[i->preds + k];
    bool seen = false;
    for (u32 j = 0; j < k; j++)
      seen |= f->preds.at[i->preds + j] == from;
    if (!seen && from <= n && from != i->idom)
      graph_edge(g, nodes[from], nodes[b], "style", "dotted", "color", PALE,
                 "constraint", "false", "arrowhead", "open", (char *)0);
  }
}

void viz_dom_graph(const View *w, Graph *g) {
  const Func *f = w->u->f;
  u32 all = f->blocks.n - 1, n = all < w->limit ? all : w->limit;
  void **nodes = arena_array(w->arena, void *, n + 1);
  Text title = {.arena = w->arena};
  summary(w, n, &title);
  graph_title(g, text_str(&title),
              "solid: dominates; dotted: other control flow; "
              "darker: deeper loop; thick: loop header");
  for (Block b = 1; b <= n; b++) {
    char *name = arena_printf(w->arena, "b%u", b);
    nodes[b] = graph_node(g, name, "id", name, "label", label(w, b), (char *)0);
  }
  for (Block b = 2; b <= n; b++)
    graph_edge(g, nodes[block_at(f, b)->idom], nodes[b], "arrowhead", "none",
               (char *)0);
  for (Block b = 2; b <= n; b++)
    flow_edges(f, g, b, nodes, n);
}
