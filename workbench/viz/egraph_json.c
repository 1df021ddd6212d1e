// The e-graph in the JSON of the egraph-serialize crate (egraphs-good), for the
// viewers and extractors that read it: nodes by name with op, children (a node
// of the child's class), class and own cost; root classes are what has effects.
// All classes, constants too; what cannot be chosen is `subsumed`.
#include "workbench/viz/eclass.h"

// The op with its immediates; each operand is a "_".
static void put_op(const EView *v, u32 n, Text *t) {
  Text line = {.arena = t->arena};
  eview_node(v, n, &line);
  const char *s = text_str(&line);
  for (; *s; s++) {
    text_put(t, s, 1);
    if ((*s != ' ' && *s != '(') || s[1] != 'c' || s[2] < '0' || s[2] > '9')
      continue;
    text_add(t, "_");
    s += 1 + strspn(s + 2, "0123456789");
  }
}

static void put_children(const EView *v, u32 n, Text *t) {
  u32 *operands, count = eview_operands(v, n, t->arena, &operands);
  for (u32 k = 0; k < count; k++)
    text_add(t, "%s\"n%u\"", k ? ", " : "", v->g->info[operands[k]].best);
}

static void put_node(const EView *v, u32 c, u32 n, Text *t) {
  text_add(t, "    \"n%u\": {\"op\": \"", n);
  put_op(v, n, t);
  text_add(t, "\", \"children\": [");
  put_children(v, n, t);
  text_add(t, "], \"eclass\": \"c%u\", \"cost\": %u, \"subsumed\": %s}", c,
           op_info[v->g->n.at[n].op].cost,
           v->nodes[n].standing == MEMBER ? "false" : "true");
}

static void put_class(const EView *v, u32 c, Text *t) {
  text_add(t, "    \"c%u\": {\"type\": \"%s\", \"available\": \"b%u\"}", c,
           type_names[v->g->n.at[c].type], v->g->info[c].avail);
}

void viz_egraph_json(const View *w, Text *t) {
  EView v = eview(w);
  const char *sep = "\n";
  memset(v.boxed, 1, v.g->n.n); // constants are nodes like any
  text_add(t, "{\n  \"nodes\": {");
  for (u32 c = 1; c < v.g->n.n; c++)
    for (u32 n = v.first[c]; n; n = v.nodes[n].next, sep = ",\n") {
      text_add(t, "%s", sep);
      put_node(&v, c, n, t);
    }
  text_add(t, "\n  },\n  \"root_eclasses\": [");
  for (u32 k = 0; k < v.g->skel.n; k++)
    text_add(t, "%s\"c%u\"", k ? ", " : "", eg_class(v.g, v.g->skel.at[k]));
  text_add(t, "],\n  \"class_data\": {");
  sep = "\n";
  for (u32 c = 1; c < v.g->n.n; c++)
    if (v.first[c]) {
      text_add(t, "%s", sep);
      put_class(&v, c, t);
      sep = ",\n";
    }
  text_add(t, "\n  }\n}\n");
}
