// What `wb dump` shows: kinds are one table (kinds.c); each has a text form,
// and a graph or a drawing where one is meant.
//
// A View is one function, compiled as far as the kind wants. Printers append to
// a Text and keep nothing. Everything they write is a function of the module,
// the options and the rules: no addresses, times, versions or colours of a
// terminal. What does not fit is counted in the output, never dropped silently.
#ifndef WORKBENCH_VIZ_VIZ_H
#define WORKBENCH_VIZ_VIZ_H

#include "back/compile.h"
#include "workbench/viz/graph.h"

typedef struct View {
  Arena *arena; // scratch of this picture
  const Unit *u;
  WasmModule *module; // names
  const char *name;   // of the function
  u32 limit;          // most classes, blocks or registers in a picture
} View;

typedef struct VizKind {
  const char *name;
  const char *what;  // one line
  int last;          // pass to stop behind
  bool needs_egraph; // shows what only an optimizing level makes
  bool directed;     // its graph
  void (*text)(const View *w, Text *t);
  void (*graph)(const View *w, Graph *g); // or null: no dot
  void (*svg)(const View *w, Text *t);    // or null: libgvc draws the graph
  void (*json)(const View *w, Text *t);   // or null
} VizKind;
extern const VizKind viz_kinds[]; // ends with a null name

enum {
  VIZ_LINES = 24,   // lines of a block, more are abridged
  VIZ_COLUMNS = 96, // characters of a line in a picture
};

// --- kinds.c: what all of them share -----------------------------------------

// "; sum (func 1): cfg at -O1" and what else is said of it; no newline.
void viz_title(const View *w, const char *kind, Text *t);
// 3112 as "3,112".
void viz_count(Text *t, u64 n);
// "200 of 3,112 classes shown; --limit=3112 shows all", or nothing if all are.
void viz_shown(Text *t, u64 shown, u64 all, const char *things);
// An instruction apart from where it comes from: `code` gets "iadd.i32 v1 v2"
// with its result before it, `origin` "@2a #7".
void viz_inst(const Func *f, Val v, Text *code, Text *origin);
// The first line that is left out of n, and the first behind the gap: if all
// fit both are n.
void viz_gap(u32 n, u32 most, u32 *from, u32 *to);
char **viz_vcode_lines(const View *w); // each instruction as vcode has it
// A line for a picture: what is longer than VIZ_COLUMNS is cut, and how much
// is said.
char *viz_shortened(Text *line);
char *viz_escaped(Arena *a, const char *s); // for HTML-like labels

// --- one file each -----------------------------------------------------------

void viz_cfg_text(const View *w, Text *t);
void viz_cfg_graph(const View *w, Graph *g);
void viz_dom_text(const View *w, Text *t);
void viz_dom_graph(const View *w, Graph *g);
void viz_egraph_text(const View *w, Text *t);
void viz_egraph_graph(const View *w, Graph *g);
void viz_egraph_json(const View *w, Text *t);
void viz_ranges_text(const View *w, Text *t);
void viz_ranges_graph(const View *w, Graph *g);
void viz_ranges_svg(const View *w, Text *t);
void viz_map_text(const View *w, Text *t);

// cfg.c, for dom.c
bool viz_is_header(const Func *f, Block b);
// "true", "false", "case 0-3, 7", "default", "" for the only one: what edge k
// of the block's terminator is taken for, all edges to the same block together.
// Returns false if an edge before k goes there too.
bool viz_edge_label(const Func *f, const Inst *term, u32 k, Text *t);

#endif
