// The matching functions of out/gen/mid.c: the match tree (tree.c) as C.
//
// A tree is written as pieces, each its own text: an arm, or the tests of one
// place with what follows from them. What gets long becomes functions of its
// own, which take the nodes in sight: bodies of cases, runs of pieces, ranges
// of a switch over constants. So no function is longer than FUNCTION_LINES,
// however many rules have one root.
#include "rulec/gen/mid.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { FUNCTION_LINES = 400, RANGE_LINES = 50, CASE_LINES = 6 };

typedef struct Piece { // lines of C, indented for a function's body
  Text text;
  u32 lines;
} Piece;

typedef struct Seen { // a node in sight
  const char *path;
  bool loop; // one of a class's members: m and i belong to it
} Seen;

typedef struct Match {
  GenMid *m;
  const char *base; // the root op's name
  u32 parts;        // functions written for it
  u32 nseen;
  Seen seen[MAX_POS];
} Match;

static Piece piece(const Match *w) {
  return (Piece){.text = {.arena = w->m->pieces}};
}

static void blanks(Text *t, u32 n) {
  static const char some[] = "                ";
  for (; n; n -= n < 16 ? n : 16)
    text_put(t, some, n < 16 ? n : 16);
}

static void line(Piece *p, u32 indent, const char *fmt, ...) BASE_PRINTF(3, 4);
static void line(Piece *p, u32 indent, const char *fmt, ...) {
  char buf[1000], *at = buf;
  va_list ap;
  va_start(ap, fmt);
  int n = vsnprintf(buf, sizeof buf - 1, fmt, ap);
  va_end(ap);
  must(n >= 0, "bad format %s", fmt);
  if ((size_t)n >= sizeof buf - 1) { // a name may be of any length
    at = arena_alloc(p->text.arena, (size_t)n + 2, 1);
    va_start(ap, fmt);
    vsnprintf(at, (size_t)n + 1, fmt, ap);
    va_end(ap);
  }
  at[n] = '\n';
  blanks(&p->text, indent + 2);
  text_put(&p->text, at, (size_t)n + 1);
  p->lines++;
}

// Appends q, deeper by `indent`.
static void take(Piece *p, u32 indent, const Piece *q) {
  if (!p->lines && !indent) {
    *p = *q;
    return;
  }
  const char *at = q->text.at, *end = at + q->text.n;
  while (at < end) {
    const char *next = memchr(at, '\n', (size_t)(end - at));
    blanks(&p->text, indent);
    text_put(&p->text, at, (size_t)(next + 1 - at));
    at = next + 1;
  }
  p->lines += q->lines;
}

// --- places in C
// --------------------------------------------------------------------

static const char *path(const Row *r, u32 pos) { return r->pos[pos].path; }

static const char *field(Match *w, const Row *r, u32 pos, u8 where) {
  static const char *const names[] = {"a", "b", "c"};
  if (where == 3)
    return arena_printf(w->m->pieces, "inst_imm64(n%s)", path(r, pos));
  return arena_printf(w->m->pieces, "n%s->%s", path(r, pos),
                      where == 4 ? "n" : names[where]);
}

// Operands were leaders when the node was made; whoever builds with them asks
// for their classes of today.
static const char *value_of(Match *w, const Row *r, u32 pos, u8 where) {
  if (where == 0xff)
    return pos ? arena_printf(w->m->pieces, "m%s", path(r, pos)) : "ms->root";
  return field(w, r, pos, where);
}

// --- arms
// ---------------------------------------------------------------------------

// What the tree has not tested: repeated variables, literals among immediates,
// opcodes.
static const char *conditions(Match *w, const Row *r) {
  Text t = {.arena = w->m->pieces};
  for (u32 k = 0; k < r->nfixed; k++)
    text_add(&t, " && n%s->op == %s", path(r, r->fixed[k]),
             w->m->s->ops[r->ops[0][r->fixed[k]]].cname);
  for (u32 k = 0; k < r->nimm; k++)
    if (r->imm[k].wide)
      text_add(&t, " && rw_vec_is(g, %s, UINT64_C(0x%llx), UINT64_C(0x%llx))",
               field(w, r, r->imm[k].pos, r->imm[k].where),
               (unsigned long long)(r->imm[k].num >> 64),
               (unsigned long long)r->imm[k].num);
    else
      text_add(&t, " && %s == %llu",
               field(w, r, r->imm[k].pos, r->imm[k].where),
               (unsigned long long)r->imm[k].num);
  for (u32 k = 0; k < r->nsame; k++) {
    const Same *s = &r->same[k];
    text_add(&t, s->value ? " && eg_same(g, %s, %s)" : " && %s == %s",
             value_of(w, r, s->pos, s->where),
             value_of(w, r, s->pos2, s->where2));
  }
  const char *s = text_str(&t);
  return *s ? s + 4 : s;
}

// Which members of the classes on the way: loops in the order entered.
static const char *members(Match *w) {
  Text t = {.arena = w->m->pieces};
  u32 n = 0;
  for (u32 k = 0; k < w->nseen; k++) {
    if (!w->seen[k].loop)
      continue;
    if (n)
      text_add(&t, " | i%s << %u", w->seen[k].path, 4 * n);
    else
      text_add(&t, "i%s", w->seen[k].path);
    n++;
  }
  return n ? text_str(&t) : "0";
}

// The words of a match, in groups of three or six that go by register.
static void write_words(Match *w, const Row *r, Text *t) {
  u32 n = r->nkeys + r->nvars, room = n <= 3 ? 3 : n <= 6 ? 6 : n;
  for (u32 k = 0; k < r->nkeys; k++)
    text_add(t, ", n%s->op", path(r, r->keys[k]));
  for (u32 k = 0; k < r->nvars; k++)
    text_add(t, ", %s", value_of(w, r, r->vars[k].pos, r->vars[k].where));
  for (u32 k = n; k < room; k++)
    text_add(t, ", 0");
}

static Piece arm(Match *w, const Row *r) {
  u32 words = r->nkeys + r->nvars, in = 0;
  Text t = {.arena = w->m->pieces};
  Piece p = piece(w);
  write_words(w, r, &t);
  const char *c = conditions(w, r), *v = text_str(&t);
  const char *arms = w->m->skeleton ? "effect_arms" : "arms";
  line(&p, 0, "// %s: %s", decl_where(w->m->s, r->rule->decl),
       r->rule->decl->name.s);
  if (*c) {
    line(&p, 0, "if (%s)", c);
    in = 2;
  }
  if (words <= 6)
    line(&p, in, "rw_arm%u(g, ms, &%s[%u], %s%s);", words <= 3 ? 3 : 6, arms,
         r->index, members(w), v);
  else
    line(&p, in, "rw_arm(g, ms, &%s[%u], %s, (const u64[]){%s});", arms,
         r->index, members(w), v + 2);
  return p;
}

// --- functions of their own
// ---------------------------------------------------------------------------

static bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_';
}

static bool speaks_of(const Piece *p, const char *name) {
  size_t n = strlen(name);
  const char *at = p->text.at, *end = at + p->text.n;
  for (; at + n <= end; at++) {
    at = memchr(at, name[0], (size_t)(end - at));
    if (!at || at + n > end)
      return false;
    if (!memcmp(at, name, n) && (at == p->text.at || !is_word(at[-1])) &&
        (at + n == end || !is_word(at[n])))
      return true;
  }
  return false;
}

// p becomes a function before the one being written; what is left is its call.
static void apart(Match *w, Piece *p) {
  Text params = {.arena = w->m->pieces}, args = {.arena = w->m->pieces};
  static const struct {
    char letter;
    const char *type;
  } kinds[] = {{'n', "const Inst *"}, {'m', "u32 "}, {'i', "u32 "}};
  for (u32 k = 0; k < w->nseen; k++)
    for (u32 j = 0; j < 3; j++) {
      const char *name =
          arena_printf(w->m->pieces, "%c%s", kinds[j].letter, w->seen[k].path);
      if ((j && !w->seen[k].loop) || !speaks_of(p, name))
        continue;
      text_add(&params, ", %s%s", kinds[j].type, name);
      text_add(&args, ", %s", name);
    }
  const char *name = arena_printf(w->m->pieces, "%s_%s_%u",
                                  w->m->skeleton ? "match_skeleton" : "match",
                                  w->base, ++w->parts);
  text_add(w->m->out, "\nstatic void %s(Egraph *g, Matches *ms%s) {\n", name,
           text_str(&params));
  text_put(w->m->out, p->text.at, p->text.n);
  text_add(w->m->out, "}\n");
  const char *given = text_str(&args);
  *p = piece(w);
  line(p, 0, "%s(g, ms%s);", name, given);
}

// Pieces one behind the other; too long a run of them goes apart.
static Piece joined(Match *w, Piece *at, u32 n) {
  u32 all = 0;
  for (u32 k = 0; k < n; k++)
    all += at[k].lines;
  Piece whole = piece(w), run = piece(w);
  for (u32 k = 0; k < n; k++) {
    if (all > FUNCTION_LINES && run.lines &&
        run.lines + at[k].lines > FUNCTION_LINES) {
      apart(w, &run);
      take(&whole, 0, &run);
      run = piece(w);
    }
    take(&run, 0, &at[k]);
  }
  if (all > FUNCTION_LINES)
    apart(w, &run);
  take(&whole, 0, &run);
  return whole.lines > FUNCTION_LINES ? joined(w, &whole, 1) : whole;
}

// --- tests
// ------------------------------------------------------------------------

static Piece tree(Match *w, const Tree *t);

static bool is_const_base(const Match *w, u32 base) {
  return w->m->s->ops[w->m->s->opdecls[base].first].nvals == 0;
}

// The bodies of a switch. Where all together are long the longest go apart,
// then shorter ones; constants can be cut into ranges as well, so there only
// what is long by itself goes.
static Piece *bodies(Match *w, const Group *g) {
  Piece *at = arena_array(w->m->pieces, Piece, g->ncases + 1);
  u32 all = 0, least = g->kind == STEP_LIT ? RANGE_LINES : CASE_LINES;
  for (u32 k = 0; k < g->ncases; k++) {
    at[k] = tree(w, g->cases[k].then);
    all += at[k].lines + 3;
  }
  for (u32 most = FUNCTION_LINES / 2; most >= least; most /= 2)
    for (u32 k = 0; k < g->ncases && all > FUNCTION_LINES; k++) {
      if (at[k].lines <= most)
        continue;
      all -= at[k].lines - 1;
      apart(w, &at[k]);
    }
  return at;
}

static void write_case(Piece *p, const char *label, const Piece *body) {
  line(p, 0, "case %s: {", label);
  take(p, 2, body);
  line(p, 2, "break;");
  line(p, 0, "}");
}

static Piece switch_of(Match *w, const char *what, const char *const *labels,
                       const Piece *at, u32 n) {
  Piece p = piece(w);
  line(&p, 0, "switch (%s) {", what);
  for (u32 k = 0; k < n; k++)
    write_case(&p, labels[k], &at[k]);
  line(&p, 0, "default:");
  line(&p, 0, "  break;");
  line(&p, 0, "}");
  return p;
}

static Piece when(const Match *w, const char *condition, const Piece *body) {
  Piece p = piece(w);
  line(&p, 0, "if (%s) {", condition);
  take(&p, 2, body);
  line(&p, 0, "}");
  return p;
}

static const char *literal(const Match *w, s64 num) {
  return num == INT64_MIN ? "INT64_MIN"
                          : arena_printf(w->m->pieces, "%lld", (long long)num);
}

typedef struct Numbered {
  s64 num;
  u32 at;
} Numbered;

static int by_number(const void *x, const void *y) {
  const Numbered *a = x, *b = y;
  return (a->num > b->num) - (a->num < b->num);
}

// Constants in order, in as many functions as they need, each of a range.
static Piece ranges(Match *w, const char *what, const Group *g,
                    const Piece *at) {
  Arena *a = w->m->pieces;
  Numbered *order = arena_array(a, Numbered, g->ncases + 1);
  const char **labels = arena_array(a, const char *, g->ncases + 1);
  Piece *sorted = arena_array(a, Piece, g->ncases + 1), p = piece(w);
  for (u32 k = 0; k < g->ncases; k++)
    order[k] = (Numbered){g->cases[k].step.num, k};
  qsort(order, g->ncases, sizeof *order, by_number);
  for (u32 k = 0; k < g->ncases; k++) {
    sorted[k] = at[order[k].at];
    labels[k] = literal(w, order[k].num);
  }
  for (u32 k = 0, from = 0, lines = 0; k < g->ncases; k++) {
    lines += sorted[k].lines + 3;
    bool last = k + 1 == g->ncases;
    if (!last && lines + sorted[k + 1].lines + 8 < FUNCTION_LINES)
      continue;
    Piece part = switch_of(w, what, labels + from, sorted + from, k + 1 - from);
    apart(w, &part);
    if (last)
      line(&p, 0, "%s{", from ? "else " : "");
    else
      line(&p, 0, "%sif (%s <= %s) {", from ? "else " : "", what, labels[k]);
    take(&p, 2, &part);
    line(&p, 0, "}");
    from = k + 1;
    lines = 0;
  }
  return p;
}

static Piece literals(Match *w, const Group *g) {
  const char *what =
      arena_printf(w->m->pieces, "rw_number(n%s)", path(g->row, g->pos));
  Piece *at = bodies(w, g);
  u32 all = 0;
  const char **labels = arena_array(w->m->pieces, const char *, g->ncases);
  for (u32 k = 0; k < g->ncases; k++) {
    all += at[k].lines + 3;
    labels[k] = literal(w, g->cases[k].step.num);
  }
  if (g->ncases == 1)
    return when(w, arena_printf(w->m->pieces, "%s == %s", what, labels[0]),
                &at[0]);
  return all > FUNCTION_LINES ? ranges(w, what, g, at)
                              : switch_of(w, what, labels, at, g->ncases);
}

// The one constant that is wanted at a place, and nothing else there.
static const Case *lone_literal(const Group *g) {
  const Tree *t = g->cases[0].then;
  const Group *in = !t->narms && t->ngroups == 1 ? &t->groups[0] : NULL;
  return in && in->kind == STEP_LIT && in->ncases == 1 &&
                 !strcmp(path(in->row, in->pos), path(g->row, g->pos))
             ? &in->cases[0]
             : NULL;
}

static Piece bases(Match *w, const Group *g) {
  Arena *a = w->m->pieces;
  const char *p = path(g->row, g->pos);
  const Case *lone = g->ncases == 1 ? lone_literal(g) : NULL;
  if (lone) {
    Piece body = tree(w, lone->then);
    const char *name = w->m->s->opdecls[g->cases[0].step.base].name;
    return when(w,
                arena_printf(a,
                             "op_info[n%s->op].base == BASE_%s && "
                             "rw_number(n%s) == %s",
                             p, name, p, literal(w, lone->step.num)),
                &body);
  }
  Piece *at = bodies(w, g);
  const char **labels = arena_array(a, const char *, g->ncases);
  for (u32 k = 0; k < g->ncases; k++)
    labels[k] = arena_printf(a, "BASE_%s",
                             w->m->s->opdecls[g->cases[k].step.base].name);
  const char *what = arena_printf(a, "op_info[n%s->op].base", p);
  return g->ncases > 1
             ? switch_of(w, what, labels, at, g->ncases)
             : when(w, arena_printf(a, "%s == %s", what, labels[0]), &at[0]);
}

static Piece ops(Match *w, const Group *g) {
  static const char *const names[] = {"a", "b", "c"};
  const Pos *pos = &g->row->pos[g->pos];
  const char *p = pos->path, *parent = path(g->row, pos->parent);
  bool constants = true;
  for (u32 k = 0; k < g->ncases; k++)
    constants &= is_const_base(w, g->cases[k].step.base);
  w->seen[w->nseen++] = (Seen){p, !constants};
  Piece inside = bases(w, g), whole = piece(w);
  w->nseen--;
  if (constants) { // a class with a constant has nothing else
    line(&whole, 0, "{");
    line(&whole, 2, "const Inst *n%s = eg_node(g, n%s->%s);", p, parent,
         names[pos->operand]);
  } else {
    line(&whole, 0, "for (u32 m%s = n%s->%s, i%s = 0; m%s;", p, parent,
         names[pos->operand], p, p);
    line(&whole, 0, "     m%s = rw_next(g, m%s), i%s++) {", p, p, p);
    line(&whole, 2, "const Inst *n%s = eg_node(g, m%s);", p, p);
  }
  take(&whole, 2, &inside);
  line(&whole, 0, "}");
  return whole;
}

static Piece tree(Match *w, const Tree *t) {
  Piece *at = arena_array(w->m->pieces, Piece, t->narms + t->ngroups + 1);
  u32 n = 0;
  for (u32 k = 0; k < t->narms; k++)
    at[n++] = arm(w, t->arms[k]);
  for (u32 k = 0; k < t->ngroups; k++)
    at[n++] = t->groups[k].kind == STEP_LIT ? literals(w, &t->groups[k])
                                            : ops(w, &t->groups[k]);
  return joined(w, at, n);
}

void mid_match(GenMid *m, const char *base, const Tree *t) {
  Match w = {.m = m, .base = base};
  w.seen[w.nseen++] = (Seen){"", false};
  Piece p = tree(&w, t);
  text_add(m->out,
           "\nstatic void %s_%s(Egraph *g, const Inst *n, "
           "Matches *ms) {\n",
           m->skeleton ? "match_skeleton" : "match", base);
  text_put(m->out, p.text.at, p.text.n);
  text_add(m->out, "}\n");
  arena_reset(m->pieces);
}
