// Graphs as Graphviz knows them: a thin layer over libcgraph, which holds and
// writes them, and libgvc, which draws them. Names and attributes are the
// caller's; escaping is done by graph_escape, once, where labels are made.
#ifndef WORKBENCH_VIZ_GRAPH_H
#define WORKBENCH_VIZ_GRAPH_H

#include "mid/base/base.h"

typedef struct Graph {
  Arena *arena;
  void *root; // Agraph_t
  void *at;   // the (sub)graph that new nodes and attributes go to
} Graph;

// The house look: light background, one monospaced font, order of edges kept.
Graph graph_open(Arena *a, const char *name, bool directed);
void graph_close(Graph *g);

// Into a cluster of the current graph, and out of it again.
void graph_into(Graph *g, const char *name);
void graph_leave(Graph *g);

// Sets an attribute of the current (sub)graph.
void graph_set(Graph *g, const char *name, const char *value);

// The lines over the picture: what it is, and how to read it.
void graph_title(Graph *g, const char *title, const char *legend);

// A node or an edge, made by the first mention. Attributes follow in pairs and
// end with a null; a value that begins with '<' and ends with '>' is HTML-like
// text.
void *graph_node(Graph *g, const char *name, ...) __attribute__((sentinel));
void *graph_edge(Graph *g, void *from, void *to, ...) __attribute__((sentinel));

// Appends s as text inside HTML-like labels and SVG: & < > " escaped, control
// characters as '.'.
void graph_escape(Text *t, const char *s, size_t n);

// The graph in the DOT language.
void graph_dot(Graph *g, Text *t);
// Laid out and drawn. Without comments, so that nothing in it names a version
// or a day. False with a message.
bool graph_svg(Graph *g, Text *t, Text *err);

// The palette, the same in every picture. Tints differ in lightness, not only
// in hue; what colour says a word or a line style says too.
#define INK "#1f2328"
#define PALE "#6a737d"
#define PAPER "#ffffff"
#define LINE "#b8c0cc"
#define FACE "DejaVu Sans Mono,Menlo,Consolas,monospace"

#endif
