// Where code comes from: a table from code offsets to wasm offsets, and one
// from wasm offsets back to runs of code.
#include "back/emit/encode.h"
#include "workbench/viz/viz.h"

#include <stdlib.h>

static const char *what_of(const VCode *v, u32 inst) {
  if (inst < v->ninsts)
    return inst_info[v->insts[inst].inst].name;
  return inst == (u32)EMIT_PROLOGUE ? "prologue"
         : inst == (u32)EMIT_MOVE   ? "move"
                                    : "stub";
}

// The IR value a machine instruction was lowered for, 0 if none.
static Val origin_of(const VCode *v, u32 inst) {
  return inst < v->ninsts ? v->insts[inst].origin : 0;
}

static Pos pos_of(const Func *f, Val v) {
  u32 p = v && v < f->pos.n ? f->pos.at[v] : 0;
  return f->poses.at[p];
}

static u32 end_of(const CodeBlob *b, u32 k) {
  return k + 1 < b->nlines ? b->lines[k + 1].at : b->code_size;
}

static u32 func_of(const View *w, u32 site) {
  return site ? w->u->f->sites.at[site].func : w->u->func;
}

// --- forward -----------------------------------------------------------------

static void put_line(const View *w, u32 k, Text *t) {
  const Func *f = w->u->f;
  const CodeLine *l = &w->u->blob->lines[k];
  Val v = origin_of(w->u->v, l->inst);
  Pos p = pos_of(f, v);
  text_add(t, "  %6x  %4u  ", l->at, end_of(w->u->blob, k) - l->at);
  if (p.off)
    text_add(t, "%6x  ", p.off);
  else
    text_add(t, "%6s  ", "-");
  text_add(t, v ? "%-16s" : "%s", what_of(w->u->v, l->inst));
  if (v)
    text_add(t, " v%u #%u", v, value_key(f, v));
  if (p.site)
    text_add(t, " inlined from %s (func %u)",
             wasm_func_name(w->module, w->arena, func_of(w, p.site)),
             func_of(w, p.site));
  text_add(t, "\n");
}

// --- back --------------------------------------------------------------------

typedef struct Run {
  Pos pos;
  u32 from, to;
} Run;

static int run_order(const void *a, const void *b) {
  const Run *x = a, *y = b;
  if (x->pos.site != y->pos.site)
    return x->pos.site < y->pos.site ? -1 : 1;
  if (x->pos.off != y->pos.off)
    return x->pos.off < y->pos.off ? -1 : 1;
  return (x->from > y->from) - (x->from < y->from);
}

static u32 runs_of(const View *w, Run *out) {
  const CodeBlob *b = w->u->blob;
  u32 n = 0;
  for (u32 k = 0; k < b->nlines; k++) {
    Pos p = pos_of(w->u->f, origin_of(w->u->v, b->lines[k].inst));
    Run *last = n ? &out[n - 1] : NULL;
    if (!p.off || end_of(b, k) == b->lines[k].at)
      continue;
    if (last && last->pos.off == p.off && last->pos.site == p.site &&
        last->to == b->lines[k].at)
      last->to = end_of(b, k);
    else
      out[n++] = (Run){p, b->lines[k].at, end_of(b, k)};
  }
  qsort(out, n, sizeof *out, run_order);
  return n;
}

static void put_back(const View *w, Text *t) {
  Run *runs = arena_array(w->arena, Run, w->u->blob->nlines + 1);
  u32 n = runs_of(w, runs);
  text_add(t, "wasm to code\n");
  for (u32 k = 0; k < n; k++) {
    bool same = k && !memcmp(&runs[k].pos, &runs[k - 1].pos, sizeof(Pos));
    if (!same)
      text_add(t, k ? "\n  %6x  " : "  %6x  ", runs[k].pos.off);
    text_add(t, same ? ", %x-%x" : "%x-%x", runs[k].from, runs[k].to - 1);
  }
  text_add(t, n ? "\n" : "");
}

void viz_map_text(const View *w, Text *t) {
  const CodeBlob *b = w->u->blob;
  text_add(t, "; ");
  viz_title(w, "map", t);
  text_add(t, ": %u bytes of code; offsets are hexadecimal\n", b->code_size);
  text_add(t, "    code bytes    wasm  instruction      value\n");
  for (u32 k = 0; k < b->nlines; k++)
    put_line(w, k, t);
  put_back(w, t);
}
