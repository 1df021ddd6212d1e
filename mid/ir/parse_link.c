// From numbers of the text to values and blocks.
//
// Text that print.c wrote gets back the very array it came from: each
// instruction at the index it was printed with, gaps filled with OP_none. That
// is possible if indices rise inside each block and no two blocks mix
// (exact_layout). Text by hand may number as it likes; then instructions stand
// in the order of the text.
#include "mid/ir/parse.h"
#include "ops.h"

typedef struct NumberMap { // open addressing: number of the text -> index
  u32 *number, *index;
  u32 cap;
} NumberMap;

static NumberMap map_new(Arena *a, u32 n) {
  NumberMap m = {.cap = 16};
  while (m.cap < 2 * n)
    m.cap *= 2;
  m.number = arena_array0(a, u32, m.cap);
  m.index = arena_array0(a, u32, m.cap);
  return m;
}

static u32 map_at(const NumberMap *m, u32 number) {
  u32 at = (number * 0x9e3779b9u) & (m->cap - 1);
  while (m->number[at] && m->number[at] != number)
    at = (at + 1) & (m->cap - 1);
  return at;
}

static u32 map_find(const NumberMap *m, u32 number) {
  return number ? m->index[map_at(m, number)] : 0;
}

// False if the number is there already.
static bool map_add(NumberMap *m, u32 number, u32 index) {
  u32 at = map_at(m, number);
  if (m->number[at])
    return false;
  m->number[at] = number;
  m->index[at] = index;
  return true;
}

static const char *where(const Parser *p, const Body *body, Val v) {
  return p->text + body->from.at[v];
}

// --- values

typedef struct Link {
  Parser *p;
  Body *body;
  NumberMap values, blocks;
  u32 *final; // index each instruction gets
  Val user;   // instruction whose operands are resolved
} Link;

// Looks for the operand in the line, to point right at it.
static const char *find_operand(const Link *l, u32 number) {
  const char *line = where(l->p, l->body, l->user);
  for (const char *s = line; s < l->p->end && *s != '\n'; s++) {
    u32 k = 0;
    const char *e = s + 1;
    if (*s != 'v')
      continue;
    for (; e < l->p->end && *e >= '0' && *e <= '9'; e++)
      k = k * 10 + (u32)(*e - '0');
    if (e > s + 1 && k == number)
      return s;
  }
  return line;
}

static void resolve(void *ctx, u32 *operand) {
  Link *l = ctx;
  u32 v = map_find(&l->values, *operand);
  if (!v)
    parse_fail(l->p, find_operand(l, *operand), "v%u is not defined", *operand);
  *operand = v ? l->final[v] : 0;
}

static bool makes_value(const Inst *i) {
  return i->type != TY_NONE;
}

static void define_values(Link *l) {
  Func *f = l->body->f;
  l->values = map_new(l->p->arena, f->insts.n);
  for (Val v = 1; v < f->insts.n; v++) {
    u32 name = l->body->names.at[v];
    if (!makes_value(inst_at(f, v)))
      continue;
    if (!map_add(&l->values, name, v))
      parse_fail(l->p, where(l->p, l->body, v), "v%u is defined twice", name);
  }
}

// A call with a result was marked TY_COUNT; now its type is known.
static void type_calls(Link *l) {
  Func *f = l->body->f;
  for (Val v = 1; v < f->insts.n; v++) {
    Inst *i = inst_at(f, v);
    if (!(op_info[i->op].flags & OPF_CALL))
      continue;
    const Sig *s = ir_callee_sig(f, i);
    LibCallTypes lib = {0};
    if (i->op == OP_libcall)
      lib = ir_libcall_types(i->a);
    else if (!s)
      parse_fail(l->p, where(l->p, l->body, v), "the callee is not declared");
    u8 type = lib.nresults ? lib.types[lib.nparams] : TY_NONE;
    if (s && s->nresults)
      type = s->types[s->nparams];
    if ((i->type == TY_NONE) != (type == TY_NONE))
      parse_fail(l->p, where(l->p, l->body, v), "the callee has %s",
                 type ? "a result: wanted `vN =`" : "no result");
    i->type = type;
  }
}

// --- layout

// Marks [first, last] as taken; false if a part of it was.
static bool take(u64 *taken, u32 first, u32 last) {
  for (u32 k = first; k <= last; k++) {
    if (bit_has(taken, k))
      return false;
    bit_add(taken, k);
  }
  return true;
}

// The indices that print.c would have meant, and the largest of them.
static u32 wanted_indices(const Link *l) {
  const Func *f = l->body->f;
  u32 most = 0;
  for (Val v = 1; v < f->insts.n; v++) {
    u32 name = l->body->names.at[v];
    l->final[v] = name ? name : l->final[v - 1] + 1;
    if (l->final[v] > most)
      most = l->final[v];
  }
  return most;
}

static bool run_fits(const Link *l, const BlockInfo *k, u64 *taken) {
  const u32 *final = l->final;
  for (Val v = k->first + 1; v < k->end; v++)
    if (final[v] <= final[v - 1] ||
        (v < k->first + k->nparams && final[v] != final[v - 1] + 1))
      return false;
  return take(taken, final[k->first], final[k->end - 1]);
}

// Constants before the first block have the first entries.
static bool exact_layout(const Link *l, u32 most) {
  const Func *f = l->body->f;
  if (most / 64 > f->insts.n + 64)
    return false;
  u64 *taken = arena_array0(l->p->arena, u64, bit_words(most + 1));
  for (Val v = 1; v < block_at(f, 1)->first; v++)
    if (!take(taken, l->final[v], l->final[v]))
      return false;
  for (Block b = 1; b < f->blocks.n; b++)
    if (!run_fits(l, block_at(f, b), taken))
      return false;
  return true;
}

static void move_insts(Link *l, u32 most) {
  Func *f = l->body->f;
  u32 n = most + 1, old = f->insts.n;
  Inst *insts = arena_array0(f->arena, Inst, n);
  u32 *pos = arena_array0(f->arena, u32, n);
  u32 *key = arena_array0(f->arena, u32, n);
  for (Val v = 1; v < old; v++) {
    insts[l->final[v]] = f->insts.at[v];
    pos[l->final[v]] = f->pos.at[v];
    key[l->final[v]] = f->key.at[v];
  }
  f->insts.at = insts;
  f->pos.at = pos;
  f->key.at = key;
  f->insts.n = f->insts.cap = n;
  f->pos.n = f->pos.cap = f->key.n = f->key.cap = n;
  for (Block b = 1; b < f->blocks.n; b++) {
    BlockInfo *k = block_at(f, b);
    k->end = l->final[k->end - 1] + 1;
    k->first = l->final[k->first];
  }
}

static void place_insts(Link *l) {
  u32 n = l->body->f->insts.n;
  l->final = arena_array0(l->p->arena, u32, n);
  u32 most = wanted_indices(l);
  if (exact_layout(l, most))
    return;
  for (Val v = 1; v < n; v++)
    l->final[v] = v;
}

// --- blocks

static void define_blocks(Link *l) {
  Func *f = l->body->f;
  l->blocks = map_new(l->p->arena, f->blocks.n);
  for (Block b = 1; b < f->blocks.n; b++) {
    if (!map_add(&l->blocks, l->body->labels.at[b], b))
      parse_fail(l->p, where(l->p, l->body, block_at(f, b)->first),
                 "b%u is there twice", l->body->labels.at[b]);
  }
}

static void resolve_targets(Link *l) {
  Func *f = l->body->f;
  for (Block b = 1; b < f->blocks.n; b++) {
    Val v = block_at(f, b)->end - 1;
    const Inst *t = inst_at(f, v);
    for (u32 k = 0, n = ir_ntargets(f, t); k < n; k++) {
      u32 *to = &f->pool.at[ir_target_at(f, t, k)];
      u32 found = map_find(&l->blocks, *to);
      if (!found)
        parse_fail(l->p, where(l->p, l->body, v), "b%u is not there", *to);
      *to = found;
    }
  }
}

void parse_link(Parser *p, Body *body) {
  Link l = {.p = p, .body = body};
  define_values(&l);
  define_blocks(&l);
  resolve_targets(&l);
  type_calls(&l);
  place_insts(&l);
  for (l.user = 1; l.user < body->f->insts.n; l.user++)
    ir_each_operand(body->f, inst_at(body->f, l.user), resolve, &l);
  if (p->failed)
    return;
  u32 most = 0;
  for (Val v = 1; v < body->f->insts.n; v++)
    most = l.final[v] > most ? l.final[v] : most;
  move_insts(&l, most);
  if (body->f->next_key < body->f->insts.n)
    body->f->next_key = body->f->insts.n;
  if (!ir_analyse(body->f))
    parse_fail(p, where(p, body, 1), "f%u: a loop with two entries",
               body->f->index);
}
