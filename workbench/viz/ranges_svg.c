// Live ranges drawn: program points down, with the code; values across. Written
// as SVG directly, since Graphviz has no such picture.
//
// Virtual registers that do not live at the same time share a column. A bar is
// a time in a register, its tint and the word beside it say which; a hatched
// strip at its left is the spill slot; a tick is a use, the thick line a
// definition. Loops shade the ground, darker the deeper. Hovering tells all.
#include "workbench/viz/lives.h"

enum {
  ROW = 18,    // height of an instruction
  COLUMN = 84, // width of a register's column: strip, bar, words
  STRIP = 8,
  BAR = 14,
  TOP = 58,
  LEFT = 14,
  CHAR = 6,
};

typedef struct Chart {
  const View *w;
  const Lives *l;
  Text *t;
  u32 ninsts; // rows shown
  u32 *row;   // by instruction: its row; blocks have a row of their own
  u32 nrows;
  u32 x0;      // where the columns begin
  char **code; // by instruction
  u32 *column; // by place in l->order
  u32 ncolumns;
} Chart;

static u32 width_of(const Chart *c) {
  u32 w = c->x0 + c->ncolumns * COLUMN + LEFT;
  return w < 760 ? 760 : w; // the title's
}
static u32 height_of(const Chart *c) {
  return TOP + c->nrows * ROW + LEFT;
}

// A point's height: before an instruction is near the row's top.
static u32 y_of(const Chart *c, u32 point) {
  u32 i = point / 2;
  if (i >= c->ninsts)
    return TOP + c->nrows * ROW;
  return TOP + c->row[i] * ROW + (point & 1 ? 14 : 4);
}

// --- layout ------------------------------------------------------------------

static void lay_rows(Chart *c) {
  const VCode *v = c->l->v;
  u32 most = c->w->limit * 4;
  c->ninsts = v->ninsts < most ? v->ninsts : most;
  c->row = arena_array0(c->w->arena, u32, c->ninsts + 1);
  for (u32 b = 0; b < v->nblocks; b++) {
    if (v->blocks[b].first >= c->ninsts)
      break;
    c->nrows++;
    for (u32 i = v->blocks[b].first; i < v->blocks[b].end && i < c->ninsts; i++)
      c->row[i] = c->nrows++;
  }
}

// Each register takes the first column that has been free for a row.
static void lay_columns(Chart *c) {
  const Lives *l = c->l;
  u32 *free_from = arena_array0(c->w->arena, u32, l->nshown + 1);
  c->column = arena_array0(c->w->arena, u32, l->nshown + 1);
  for (u32 k = 0; k < l->nshown; k++) {
    const Life *x = &l->of[l->order[k]];
    u32 at = 0;
    while (at < c->ncolumns && free_from[at] > x->from)
      at++;
    c->column[k] = at;
    if (at == c->ncolumns)
      c->ncolumns++;
    free_from[at] = x->to + 2;
  }
}

static void measure_code(Chart *c) {
  c->code = viz_vcode_lines(c->w);
  size_t longest = 24;
  for (u32 i = 0; i < c->ninsts; i++) {
    size_t n = strlen(c->code[i]);
    longest = n > longest ? n : longest;
  }
  c->x0 = LEFT + 40 + (u32)longest * CHAR + 24;
}

// --- drawing -----------------------------------------------------------------

static void put_text(const Chart *c, u32 x, u32 y, const char *class,
                     const char *s) {
  text_add(c->t, "<text x=\"%u\" y=\"%u\" class=\"%s\">", x, y, class);
  graph_escape(c->t, s, strlen(s));
  text_add(c->t, "</text>\n");
}

static void put_head(const Chart *c) {
  text_add(c->t,
           "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" "
           "height=\"%u\" viewBox=\"0 0 %u %u\">\n"
           "<style>text{font-family:" FACE ";font-size:10px;fill:" INK "}"
           ".t{font-size:12px}.p{fill:" PALE "}.b{font-weight:bold}"
           ".n{fill:" PALE ";text-anchor:end}.l{font-size:9px}</style>\n"
           "<defs><pattern id=\"slot\" width=\"4\" height=\"4\" "
           "patternUnits=\"userSpaceOnUse\"><rect width=\"4\" height=\"4\" "
           "fill=\"#e9ecf0\"/><path d=\"M0 4L4 0\" stroke=\"#5b6470\" "
           "stroke-width=\"1\"/></pattern></defs>\n"
           "<rect width=\"100%%\" height=\"100%%\" fill=\"" PAPER "\"/>\n",
           width_of(c), height_of(c), width_of(c), height_of(c));
}

static void put_title(const Chart *c) {
  Text title = {.arena = c->w->arena};
  const Lives *l = c->l;
  lives_summary(c->w, l, &title);
  put_text(c, LEFT, 20, "t b", text_str(&title));
  Text note = {.arena = c->w->arena};
  text_add(&note, "bar: in a register; hatched: in a slot; tick: use; shade: "
                  "loop depth");
  if (l->nshown < l->n) {
    text_add(&note, "; ");
    viz_shown(&note, l->nshown, l->n, "registers");
  }
  if (c->ninsts < l->v->ninsts) {
    text_add(&note, "; ");
    viz_count(&note, c->ninsts);
    text_add(&note, " of ");
    viz_count(&note, l->v->ninsts);
    text_add(&note, " instructions shown");
  }
  put_text(c, LEFT, 38, "p", text_str(&note));
}

static void put_block(const Chart *c, u32 b) {
  static const char *const shades[] = {"#ffffff", "#f3f6fb", "#e6edf7",
                                       "#d9e4f3", "#ccdbef"};
  const VBlock *k = &c->l->v->blocks[b];
  u32 end = k->end < c->ninsts ? k->end : c->ninsts;
  u32 row = c->row[k->first] - 1, y = TOP + row * ROW;
  text_add(c->t,
           "<rect x=\"0\" y=\"%u\" width=\"%u\" height=\"%u\" fill=\"%s\"/>\n"
           "<path d=\"M0 %uH%u\" stroke=\"" LINE "\"/>\n",
           y, width_of(c), (1 + end - k->first) * ROW,
           shades[k->depth > 4 ? 4 : k->depth], y, width_of(c));
  Text name = {.arena = c->w->arena};
  text_add(&name, "block%u", b);
  for (u32 p = 0; p < k->nparams; p++) {
    text_add(&name, p ? ", " : "(");
    lives_put_vreg(&name, c->l->v->args[k->params + p]);
  }
  text_add(&name, "%s%s", k->nparams ? ")" : "", k->cold ? " cold" : "");
  put_text(c, LEFT, y + 13, k->cold ? "p" : "b", text_str(&name));
  for (u32 i = k->first; i < end; i++) {
    u32 base = TOP + c->row[i] * ROW + 13;
    put_text(c, LEFT + 32, base, "n", arena_printf(c->w->arena, "%u", i));
    put_text(c, LEFT + 40, base, k->cold ? "p" : "c", c->code[i]);
  }
}

// The word beside a bar: its register, and whose it is where that begins.
static void put_word(const Chart *c, u32 x, u32 y, VReg r, Loc l, bool first) {
  Text word = {.arena = c->w->arena};
  if (first) {
    lives_put_vreg(&word, r);
    text_add(&word, " ");
  }
  lives_put_loc(&word, l);
  put_text(c, x + STRIP + BAR + 4, y + 8, first ? "l" : "l p", text_str(&word));
}

static void put_bar(const Chart *c, u32 x, const RaRange *s) {
  u32 y = y_of(c, s->from), end = y_of(c, s->to);
  bool slot = s->loc >= LOC_SLOT;
  text_add(c->t,
           "<rect x=\"%u\" y=\"%u\" width=\"%d\" height=\"%u\" rx=\"2\" "
           "fill=\"%s\" stroke=\"#5b6470\" stroke-width=\"0.8\"/>\n",
           slot ? x : x + STRIP, y, slot ? STRIP - 2 : BAR,
           end > y + 3 ? end - y : 3,
           slot ? "url(#slot)" : lives_color(s->loc));
}

static void put_segments(const Chart *c, u32 x, VReg r) {
  const Life *life = &c->l->of[r];
  u32 free_from = 0; // where the next word has room
  Loc last = LOC_NONE;
  u32 end = 0;
  for (u32 k = life->first; k < life->first + life->n; k++) {
    const RaRange *s = &c->l->segments[k];
    if (s->from / 2 >= c->ninsts)
      continue;
    u32 y = y_of(c, s->from);
    put_bar(c, x, s);
    bool told = s->loc == last && s->from <= end + 1;
    end = s->to;
    if (told || y < free_from)
      continue;
    put_word(c, x, y, r, s->loc, last == LOC_NONE);
    last = s->loc;
    free_from = y + 10;
  }
}

static void put_ticks(const Chart *c, u32 x, const Life *life) {
  for (u32 k = 0; k < life->nuses; k++) {
    u32 point = c->l->uses[life->first_use + k];
    if (point / 2 >= c->ninsts)
      break;
    text_add(c->t,
             "<path d=\"M%u %uh%d\" stroke=\"" INK "\" "
             "stroke-width=\"%s\"/>\n",
             x + STRIP + BAR, y_of(c, point), k ? -6 : -BAR, k ? "1.2" : "2");
  }
}

static void put_tooltip(const Chart *c, VReg r) {
  const Life *x = &c->l->of[r];
  Text t = {.arena = c->w->arena};
  lives_put_vreg(&t, r);
  for (u32 k = x->first; k < x->first + x->n; k++) {
    text_add(&t, k > x->first ? ", " : ": ");
    lives_put_loc(&t, c->l->segments[k].loc);
    text_add(&t, " ");
    lives_put_point(&t, c->l->segments[k].from);
    text_add(&t, "..");
    lives_put_point(&t, c->l->segments[k].to);
  }
  if (x->value)
    text_add(&t, "; value v%u #%u", x->value, value_key(c->w->u->f, x->value));
  text_add(c->t, "<title>");
  graph_escape(c->t, text_str(&t), t.n);
  text_add(c->t, "</title>\n");
}

static void put_life(const Chart *c, u32 k) {
  VReg r = c->l->order[k];
  const Life *life = &c->l->of[r];
  u32 x = c->x0 + c->column[k] * COLUMN;
  if (life->from / 2 >= c->ninsts)
    return;
  text_add(c->t, "<g id=\"r%u\">\n", r - VREG_FIRST);
  put_tooltip(c, r);
  text_add(c->t,
           "<path d=\"M%u %uV%u\" stroke=\"#8a94a3\" "
           "stroke-dasharray=\"1 2\"/>\n",
           x + STRIP + BAR / 2, y_of(c, life->from), y_of(c, life->to));
  put_segments(c, x, r);
  put_ticks(c, x, life);
  text_add(c->t, "</g>\n");
}

void viz_ranges_svg(const View *w, Text *t) {
  Lives l = lives(w);
  Chart c = {.w = w, .l = &l, .t = t};
  lay_rows(&c);
  lay_columns(&c);
  measure_code(&c);
  put_head(&c);
  for (u32 b = 0; b < l.v->nblocks && l.v->blocks[b].first < c.ninsts; b++)
    put_block(&c, b);
  put_title(&c);
  for (u32 k = 0; k < l.nshown; k++)
    put_life(&c, k);
  text_add(t, "</svg>\n");
}
