// The control-flow graph. A box is a block: its parameters, its instructions
// and where they come from. Loops are boxes around their blocks, darker the
// deeper. A solid edge is taken when true, a dashed one when false, a bold one
// leads back; the same words stand in the text form.
#include "ops.h"
#include "workbench/viz/viz.h"

bool viz_is_header(const Func *f, Block b) {
  return block_at(f, b)->loop == b;
}

static const Inst *terminator(const Func *f, Block b) {
  return inst_at(f, block_at(f, b)->end - 1);
}

// --- edges -------------------------------------------------------------------

static Block edge_to(const Func *f, const Inst *term, u32 k) {
  return f->pool.at[ir_target_at(f, term, k)];
}

// "0-3, 7": the cases of a br_table that lead to block `to`.
static void case_list(const Func *f, const Inst *term, u32 ncases, Block to,
                      Text *t) {
  enum { MOST = 6 };
  u32 runs = 0;
  for (u32 k = 0; k < ncases; k++) {
    if (edge_to(f, term, k) != to)
      continue;
    u32 last = k;
    while (last + 1 < ncases && edge_to(f, term, last + 1) == to)
      last++;
    if (runs++ < MOST)
      text_add(t, k == last ? "%s%u" : "%s%u-%u", runs > 1 ? ", " : "case ", k,
               last);
    k = last;
  }
  if (runs > MOST)
    text_add(t, " and %u more runs", runs - MOST);
}

bool viz_edge_label(const Func *f, const Inst *term, u32 k, Text *t) {
  u32 n = ir_ntargets(f, term);
  if (term->op == OP_brif) {
    text_add(t, k ? "false" : "true");
    return true;
  }
  if (n < 2)
    return true;
  Block to = edge_to(f, term, k);
  for (u32 j = 0; j < k; j++)
    if (edge_to(f, term, j) == to)
      return false;
  u32 before = t->n;
  case_list(f, term, n - 1, to, t);
  if (edge_to(f, term, n - 1) == to)
    text_add(t, t->n > before ? ", default" : "default");
  return true;
}

static bool is_back(Block from, Block to) {
  return to <= from;
}

// --- what is said of all -----------------------------------------------------

static void summary(const View *w, const char *kind, u32 shown, Text *t) {
  const Func *f = w->u->f;
  u32 loops = 0, n = f->blocks.n - 1;
  for (Block b = 1; b < f->blocks.n; b++)
    loops += viz_is_header(f, b);
  viz_title(w, kind, t);
  text_add(t, ": %u block%s, %u loop%s", n, n == 1 ? "" : "s", loops,
           loops == 1 ? "" : "s");
  if (shown < n) {
    text_add(t, "; ");
    viz_shown(t, shown, n, "blocks");
  }
}

static void describe(const Func *f, Block b, Text *t) {
  const BlockInfo *i = block_at(f, b);
  const char *sep = "";
  if (b == 1)
    text_add(t, "entry"), sep = ", ";
  if (viz_is_header(f, b))
    text_add(t, "%sloop b%u-b%u", sep, b, i->loop_end - 1), sep = ", ";
  if (i->depth)
    text_add(t, "%sdepth %u", sep, i->depth), sep = ", ";
  if (i->cold)
    text_add(t, "%scold", sep);
}

// --- text --------------------------------------------------------------------

static void indent(Text *t, u32 n) {
  text_add(t, "%*s", (int)n, "");
}

static void text_preds(const Func *f, Block b, Text *t) {
  const BlockInfo *i = block_at(f, b);
  for (u32 k = 0; k < i->npreds; k++) {
    Block from = f->preds.at[i->preds + k];
    text_add(t, "%sb%u%s", k ? ", " : "  <- ", from,
             is_back(from, b) ? " (back)" : "");
  }
}

static void text_edges(const Func *f, Block b, u32 margin, Text *t) {
  const Inst *term = terminator(f, b);
  for (u32 k = 0, n = ir_ntargets(f, term); k < n; k++) {
    Text label = {.arena = t->arena};
    if (!viz_edge_label(f, term, k, &label))
      continue;
    Block to = edge_to(f, term, k);
    indent(t, margin);
    text_add(t, "-> b%u%s%s%s\n", to, label.n ? " " : "", text_str(&label),
             is_back(b, to) ? " (back)" : "");
  }
}

static void text_params(const Func *f, Block b, Text *t) {
  const BlockInfo *i = block_at(f, b);
  for (u32 k = 0; k < i->nparams; k++)
    text_add(t, "%sv%u: %s", k ? ", " : "(", i->first + k,
             type_names[inst_at(f, i->first + k)->type]);
  text_add(t, "%s", i->nparams ? ")" : "");
}

// Constants before all blocks belong to none: they are shown in the entry.
static u32 floating(const Func *f, Val *out) {
  u32 n = 0;
  Val first = f->insts.n;
  for (Block b = 1; b < f->blocks.n; b++)
    if (block_at(f, b)->first < first)
      first = block_at(f, b)->first;
  for (Val v = 1; v < first; v++)
    if (inst_at(f, v)->op != OP_none)
      out[n++] = v;
  return n;
}

// The instructions of a block behind its parameters, without holes.
static u32 block_insts(const Func *f, Block b, Val *out) {
  const BlockInfo *i = block_at(f, b);
  u32 n = b == 1 ? floating(f, out) : 0;
  for (Val v = i->first + i->nparams; v < i->end; v++)
    if (inst_at(f, v)->op != OP_none)
      out[n++] = v;
  return n;
}

static Val *block_room(Arena *a, const Func *f, Block b) {
  u32 own = block_at(f, b)->end - block_at(f, b)->first;
  return arena_array(a, Val, b == 1 ? f->insts.n : own + 1);
}

static void text_insts(const View *w, Block b, u32 margin, Text *t) {
  const Func *f = w->u->f;
  Val *insts = block_room(w->arena, f, b);
  u32 n = block_insts(f, b, insts), from, to;
  viz_gap(n, VIZ_LINES, &from, &to);
  for (u32 k = 0; k < n; k++) {
    Text origin = {.arena = w->arena};
    if (k == from && from < to) {
      indent(t, margin);
      text_add(t, "... %u more instructions ...\n", to - from);
      k = to;
    }
    indent(t, margin);
    viz_inst(f, insts[k], t, &origin);
    text_add(t, "\n");
  }
}

void viz_cfg_text(const View *w, Text *t) {
  const Func *f = w->u->f;
  u32 n = f->blocks.n - 1 < w->limit ? f->blocks.n - 1 : w->limit;
  text_add(t, "; ");
  summary(w, "cfg", n, t);
  text_add(t, "\n");
  for (Block b = 1; b <= n; b++) {
    u32 margin = block_at(f, b)->depth * 2u;
    Text about = {.arena = w->arena};
    describe(f, b, &about);
    indent(t, margin);
    text_add(t, "b%u", b);
    text_params(f, b, t);
    text_add(t, ":%s%s", about.n ? " " : "", text_str(&about));
    text_preds(f, b, t);
    text_add(t, "\n");
    text_insts(w, b, margin + 4, t);
    text_edges(f, b, margin + 2, t);
  }
}

// --- picture -----------------------------------------------------------------

static void cell(Text *t, const Text *lines) {
  text_add(t, "<TD ALIGN=\"LEFT\" BALIGN=\"LEFT\">");
  text_put(t, lines->at, lines->n);
  text_add(t, "</TD>");
}

static void add_line(Text *to, Text *line) {
  const char *s = viz_shortened(line);
  graph_escape(to, s, strlen(s));
  text_add(to, "<BR/>");
}

// Two columns: the code, and in pale letters where it comes from.
static void label_insts(const View *w, Block b, Text *t) {
  const Func *f = w->u->f;
  Val *insts = block_room(w->arena, f, b);
  Text code = {.arena = w->arena}, origins = {.arena = w->arena};
  u32 n = block_insts(f, b, insts), from, to;
  viz_gap(n, VIZ_LINES, &from, &to);
  text_add(&origins, "<FONT COLOR=\"" PALE "\">");
  for (u32 k = 0; k < n; k++) {
    if (k == from && from < to) {
      text_add(&code, "<I>... %u more instructions ...</I><BR/>", to - from);
      text_add(&origins, " <BR/>");
      k = to;
    }
    Text line = {.arena = w->arena}, origin = {.arena = w->arena};
    viz_inst(f, insts[k], &line, &origin);
    add_line(&code, &line);
    text_add(&origin, origin.n ? "" : " ");
    add_line(&origins, &origin);
  }
  text_add(&origins, "</FONT>");
  text_add(t, "<TR>");
  cell(t, &code);
  cell(t, &origins);
  text_add(t, "</TR>");
}

static char *block_label(const View *w, Block b) {
  const Func *f = w->u->f;
  bool cold = block_at(f, b)->cold;
  Text t = {.arena = w->arena}, about = {.arena = w->arena};
  describe(f, b, &about);
  text_add(&t,
           "<<TABLE BORDER=\"1\" CELLBORDER=\"0\" CELLSPACING=\"0\" "
           "CELLPADDING=\"4\" COLOR=\"%s\" BGCOLOR=\"" PAPER "\"%s>",
           cold ? LINE : PALE, cold ? " STYLE=\"DASHED\"" : "");
  text_add(&t, "<TR><TD COLSPAN=\"2\" ALIGN=\"LEFT\" BGCOLOR=\"%s\"><B>b%u</B>",
           cold ? "#f6f8fa" : "#e4e9f0", b);
  text_params(f, b, &t);
  if (about.n)
    text_add(&t, "  <FONT COLOR=\"" PALE "\">%s</FONT>", text_str(&about));
  text_add(&t, "</TD></TR>");
  label_insts(w, b, &t);
  text_add(&t, "</TABLE>>");
  return text_str(&t);
}

typedef struct LoopStack {
  Block end[64];
  u32 n;
} LoopStack;

static void leave_loops(Graph *g, LoopStack *s, Block b) {
  for (; s->n && s->end[s->n - 1] <= b; s->n--)
    graph_leave(g);
}

static void enter_loop(const Func *f, Graph *g, LoopStack *s, Block b) {
  static const char *const shades[] = {"#f3f6fb", "#e6edf7", "#d7e3f2",
                                       "#c7d7ec"};
  u32 depth = block_at(f, b)->depth;
  if (!viz_is_header(f, b) || s->n == 64)
    return;
  s->end[s->n++] = block_at(f, b)->loop_end;
  graph_into(g, arena_printf(g->arena, "loop_b%u", b));
  graph_set(g, "label", arena_printf(g->arena, "loop b%u, depth %u", b, depth));
  graph_set(g, "style", "filled,rounded");
  graph_set(g, "fillcolor", shades[depth > 4 ? 3 : depth ? depth - 1 : 0]);
  graph_set(g, "fontcolor", PALE);
  graph_set(g, "fontsize", "8.75");
}

static void graph_edges(const Func *f, Graph *g, Block b, void **nodes, u32 n) {
  const Inst *term = terminator(f, b);
  for (u32 k = 0, m = ir_ntargets(f, term); k < m; k++) {
    Text label = {.arena = g->arena};
    Block to = edge_to(f, term, k);
    if (to > n || !viz_edge_label(f, term, k, &label))
      continue;
    bool back = is_back(b, to);
    const char *word = text_str(&label);
    bool is_false = !strcmp(word, "false");
    graph_edge(g, nodes[b], nodes[to], "label",
               arena_printf(g->arena, back ? " %s back" : " %s", word), "style",
               back       ? "bold"
               : is_false ? "dashed"
                          : "solid",
               "color",
               back       ? "#1f5fa8"
               : is_false ? "#a03a3a"
                          : "#2f6b3a",
               "constraint", back ? "false" : "true", (char *)0);
  }
}

void viz_cfg_graph(const View *w, Graph *g) {
  const Func *f = w->u->f;
  u32 n = f->blocks.n - 1 < w->limit ? f->blocks.n - 1 : w->limit;
  void **nodes = arena_array(w->arena, void *, n + 1);
  LoopStack s = {.n = 0};
  Text title = {.arena = w->arena};
  summary(w, "cfg", n, &title);
  graph_title(g, text_str(&title),
              "solid: taken when true or always; dashed: when "
              "false; bold: back edge; dashed box: cold");
  for (Block b = 1; b <= n; b++) {
    leave_loops(g, &s, b);
    enter_loop(f, g, &s, b);
    nodes[b] = graph_node(g, arena_printf(w->arena, "b%u", b), "id",
                          arena_printf(w->arena, "b%u", b), "label",
                          block_label(w, b), (char *)0);
  }
  leave_loops(g, &s, f->blocks.n);
  while (s.n--) // a loop that the limit cut
    graph_leave(g);
  for (Block b = 1; b <= n; b++)
    graph_edges(f, g, b, nodes, n);
}
