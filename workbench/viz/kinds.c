// The table of kinds, the kinds that are one call, and what all share.
#include "workbench/viz/viz.h"

// --- shared ------------------------------------------------------------------

void viz_title(const View *w, const char *kind, Text *t) {
  text_add(t, "%s (func %u): %s at -O%d", w->name, w->u->func, kind,
           w->u->o->level);
}

void viz_count(Text *t, u64 n) {
  if (n >= 1000) {
    viz_count(t, n / 1000);
    text_add(t, ",%03u", (u32)(n % 1000));
  } else {
    text_add(t, "%u", (u32)n);
  }
}

void viz_shown(Text *t, u64 shown, u64 all, const char *things) {
  if (shown == all)
    return;
  viz_count(t, shown);
  text_add(t, " of ");
  viz_count(t, all);
  text_add(t, " %s shown; --limit=%llu shows all", things,
           (unsigned long long)all);
}

// Instructions hold no names: the first " @" or " #" begins the origin.
void viz_inst(const Func *f, Val v, Text *code, Text *origin) {
  Text line = {.arena = code->arena};
  ir_print_inst(f, v, &line);
  char *s = text_str(&line), *at = s;
  while (*at && !(at[0] == ' ' && (at[1] == '@' || at[1] == '#')))
    at++;
  text_put(code, s, (size_t)(at - s));
  if (*at)
    text_put(origin, at + 1, strlen(at + 1));
}

void viz_gap(u32 n, u32 most, u32 *from, u32 *to) {
  *from = *to = n;
  if (n <= most)
    return;
  *from = most * 2 / 3;
  *to = n - (most - *from) + 1; // one line says what is missing
}

char *viz_shortened(Text *line) {
  char *s = text_str(line);
  u32 n = (u32)strlen(s), keep = VIZ_COLUMNS - 32;
  if (n <= VIZ_COLUMNS)
    return s;
  return arena_printf(line->arena, "%.*s ... (%u more characters)", (int)keep,
                      s, n - keep);
}

char *viz_escaped(Arena *a, const char *s) {
  Text t = {.arena = a};
  graph_escape(&t, s, strlen(s));
  return text_str(&t);
}

// vcode_print writes an instruction a line, indented, and edges with an arrow.
char **viz_vcode_lines(const View *w) {
  const VCode *v = w->u->v;
  Text t = {.arena = w->arena};
  char **lines = arena_array0(w->arena, char *, v->ninsts + 1);
  u32 n = 0;
  vcode_print(v, &t);
  for (char *s = text_str(&t), *end; *s; s = end + 1) {
    end = strchr(s, '\n');
    *end = 0;
    bool indented = *s == ' ';
    s += strspn(s, " ");
    if (indented && strncmp(s, "-> ", 3) != 0 && n < v->ninsts)
      lines[n++] = s;
  }
  must(n == v->ninsts, "%u lines of vcode for %u instructions", n, v->ninsts);
  return lines;
}

// --- kinds of one call -------------------------------------------------------

static void head(const View *w, const char *kind, Text *t) {
  text_add(t, "; ");
  viz_title(w, kind, t);
  text_add(t, "\n");
}

static void ir_text(const View *w, Text *t) {
  head(w, "ir", t);
  ir_print(w->u->f, t);
}

static void vcode_text(const View *w, Text *t) {
  head(w, "vcode", t);
  vcode_print(w->u->v, t);
}

static void asm_text(const View *w, Text *t) {
  head(w, "asm", t);
  list_blob(t, w->u->blob, w->u->v);
}

const VizKind viz_kinds[] = {
    {.name = "ir",
     .what = "the SSA IR, after the mid-end if the level has one",
     .last = PASS_EGRAPH,
     .text = ir_text},
    {.name = "egraph",
     .what = "classes, their members, what made them and which was chosen",
     .last = PASS_EGRAPH,
     .needs_egraph = true,
     .directed = true,
     .text = viz_egraph_text,
     .graph = viz_egraph_graph,
     .json = viz_egraph_json},
    {.name = "cfg",
     .what = "blocks, edges and loops of the IR",
     .last = PASS_EGRAPH,
     .directed = true,
     .text = viz_cfg_text,
     .graph = viz_cfg_graph},
    {.name = "dom",
     .what = "the dominator tree of the IR, with loops",
     .last = PASS_EGRAPH,
     .directed = true,
     .text = viz_dom_text,
     .graph = viz_dom_graph},
    {.name = "vcode",
     .what = "machine instructions over virtual registers",
     .last = PASS_LOWER,
     .text = vcode_text},
    {.name = "ranges",
     .what = "which value is in which register or slot, and when",
     .last = PASS_ALLOCATE,
     .text = viz_ranges_text,
     .graph = viz_ranges_graph,
     .svg = viz_ranges_svg},
    {.name = "asm",
     .what = "the machine code",
     .last = PASS_EMIT,
     .text = asm_text},
    {.name = "map",
     .what = "code offsets to wasm offsets, and back",
     .last = PASS_EMIT,
     .text = viz_map_text},
    {0},
};
