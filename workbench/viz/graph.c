// libcgraph holds the graph and writes it; libgvc draws it. cgraph copies every
// string it is given, but its prototypes lack const: own() is the bridge.
#include "workbench/viz/graph.h"

#include <graphviz/gvc.h>
#include <stdarg.h>

static char *own(const Graph *g, const char *s) {
  return arena_strndup(g->arena, s, strlen(s));
}

// --- attributes --------------------------------------------------------------

static bool is_html(const char *s) {
  size_t n = strlen(s);
  return n > 1 && s[0] == '<' && s[n - 1] == '>';
}

static void set(const Graph *g, void *object, const char *name,
                const char *value) {
  char *v = own(g, value), *n = own(g, name), none[] = "";
  if (!is_html(value)) {
    agsafeset(object, n, v, none);
    return;
  }
  v[strlen(v) - 1] = 0; // cgraph keeps the outer brackets apart
  char *html = agstrdup_html(g->root, v + 1);
  agsafeset(object, n, html, none);
  agstrfree(g->root, html);
}

static void preset(const Graph *g, int kind, const char *name,
                   const char *value) {
  agattr(g->root, kind, own(g, name), own(g, value));
}

void graph_set(Graph *g, const char *name, const char *value) {
  if (g->at == g->root && !is_html(value))
    preset(g, AGRAPH, name, value);
  set(g, g->at, name, value);
}

// A backslash would begin an escape of Graphviz' labels, an & an entity.
void graph_title(Graph *g, const char *title, const char *legend) {
  Text t = {.arena = g->arena};
  for (const char *s = title; *s; s++)
    if (*s == '\\' || *s == '&')
      text_add(&t, *s == '&' ? "&amp;" : "\\\\");
    else
      text_put(&t, s, 1);
  text_add(&t, "\\l%s\\l", legend);
  graph_set(g, "label", text_str(&t));
}

static void set_pairs(const Graph *g, void *object, va_list ap) {
  for (const char *name; (name = va_arg(ap, const char *));)
    set(g, object, name, va_arg(ap, const char *));
}

// --- building ----------------------------------------------------------------

Graph graph_open(Arena *a, const char *name, bool directed) {
  static const struct {
    int kind;
    const char *name, *value;
  } look[] = {
      {AGRAPH, "bgcolor", PAPER},    {AGRAPH, "fontname", FACE},
      {AGRAPH, "fontsize", "11.25"}, {AGRAPH, "fontcolor", INK},
      {AGRAPH, "ordering", "out"},   {AGRAPH, "labeljust", "l"},
      {AGRAPH, "labelloc", "t"},     {AGRAPH, "nodesep", "0.3"},
      {AGRAPH, "ranksep", "0.45"},   {AGRAPH, "pad", "0.25"},
      {AGRAPH, "color", LINE},       {AGNODE, "shape", "plain"},
      {AGNODE, "fontname", FACE},    {AGNODE, "fontsize", "10"},
      {AGNODE, "fontcolor", INK},    {AGEDGE, "fontname", FACE},
      {AGEDGE, "fontsize", "8.75"},  {AGEDGE, "arrowsize", "0.6"},
      {AGEDGE, "color", INK},        {AGEDGE, "fontcolor", INK},
  };
  Graph g = {.arena = a};
  g.root = g.at =
      agopen(own(&g, name), directed ? Agdirected : Agundirected, NULL);
  for (u32 k = 0; k < sizeof look / sizeof *look; k++)
    preset(&g, look[k].kind, look[k].name, look[k].value);
  return g;
}

void graph_close(Graph *g) {
  agclose(g->root);
}

void graph_into(Graph *g, const char *name) {
  g->at = agsubg(g->at, arena_printf(g->arena, "cluster_%s", name), 1);
}

void graph_leave(Graph *g) {
  g->at = agparent(g->at);
}

void *graph_node(Graph *g, const char *name, ...) {
  void *node = agnode(g->at, own(g, name), 1);
  va_list ap;
  va_start(ap, name);
  set_pairs(g, node, ap);
  va_end(ap);
  return node;
}

void *graph_edge(Graph *g, void *from, void *to, ...) {
  void *edge = agedge(g->root, from, to, NULL, 1);
  va_list ap;
  va_start(ap, to);
  set_pairs(g, edge, ap);
  va_end(ap);
  return edge;
}

void graph_escape(Text *t, const char *s, size_t n) {
  for (size_t k = 0; k < n; k++)
    switch (s[k]) {
    case '&':
      text_add(t, "&amp;");
      break;
    case '<':
      text_add(t, "&lt;");
      break;
    case '>':
      text_add(t, "&gt;");
      break;
    case '"':
      text_add(t, "&quot;");
      break;
    default:
      text_put(t, (u8)s[k] < ' ' || s[k] == 127 ? "." : &s[k], 1);
    }
}

// --- writing -----------------------------------------------------------------

static int put_string(void *t, const char *s) {
  text_put(t, s, strlen(s));
  return 0;
}
static int put_nothing(void *t) {
  return t ? 0 : EOF;
}

void graph_dot(Graph *g, Text *t) {
  Agraph_t *root = g->root;
  Agiodisc_t io = {.afread = NULL, .putstr = put_string, .flush = put_nothing};
  Agiodisc_t *was = root->clos->disc.io;
  root->clos->disc.io = &io;
  agwrite(root, t);
  root->clos->disc.io = was;
}

// Copies svg text without its comments: they name Graphviz' version, and nodes
// by names that stand in `id` as well.
static void put_uncommented(Text *t, const char *s, size_t n) {
  const char *end = s + n;
  while (s < end) {
    const char *from = memmem(s, (size_t)(end - s), "<!--", 4);
    const char *to = from ? memmem(from, (size_t)(end - from), "-->", 3) : NULL;
    if (!to)
      from = end, to = end - 3;
    text_put(t, s, (size_t)(from - s));
    s = to + 3;
    if (s < end && *s == '\n')
      s++;
  }
}

bool graph_svg(Graph *g, Text *t, Text *err) {
  GVC_t *gvc = gvContext();
  char *svg = NULL;
  unsigned n = 0;
  bool ok = gvLayout(gvc, g->root, "dot") == 0;
  if (ok) {
    ok = gvRenderData(gvc, g->root, "svg", &svg, &n) == 0;
    if (ok)
      put_uncommented(t, svg, n);
    gvFreeRenderData(svg);
    gvFreeLayout(gvc, g->root);
  }
  if (!ok)
    text_add(err, "libgvc could not draw the graph (are its plugins installed? "
                  "--format=dot works without)");
  gvFreeContext(gvc);
  return ok;
}
