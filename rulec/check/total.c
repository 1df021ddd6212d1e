// Meanings give something for every input: where a division by zero or an
// over-wide shift in the meaning of an op, an instruction, a term or a
// constructor is not shown impossible, that is an error. What is known inside:
// the traps written before did not happen, and the conditions that `?:`, `&&`
// and `||` decided on the way.
#include "rulec/check/check.h"
#include "rulec/check/known.h"

typedef struct Total {
  const Sema *s;
  Diags *d;
  const char *what; // "op udiv.i32"
  u32 fuel;
  Lets lets;
  Known known;
} Total;

static const Node *find(const Known *k, const Node *n);

static const Node *find_lazy(const Known *k, const Node *n) {
  const Node *f = find(k, n->kids[0]);
  for (u32 i = 1; i < n->nkids && !f; i++) {
    Known under = *k;
    known_assume(&under, n->kids[0],
                 n->kind == N_COND ? i == 1 : n->fn == BIN_ANDAND);
    if (!under.never)
      f = find(&under, n->kids[i]);
  }
  return f;
}

// The innermost operation that may give nothing, or null.
static const Node *find(const Known *k, const Node *n) {
  const Node *f = NULL;
  if (known_eval(k, n).none == NONE_NO)
    return NULL;
  if (n->kind == N_COND ||
      (n->kind == N_BINARY && (n->fn == BIN_ANDAND || n->fn == BIN_OROR)))
    return find_lazy(k, n);
  if (n->kind == N_LET)
    known_let(k, n->var, n->kids[0]);
  for (u32 i = 0; i < n->nkids && !f; i++)
    f = find(k, n->kids[i]);
  return f ? f : n;
}

static void say(Total *t, const Node *n, Loc fallback) {
  bool division = n->kind == N_BINARY && n->fn >= BIN_UDIV;
  const char *why = division              ? "it divides by what may be zero"
                    : n->kind == N_BINARY ? "it shifts by what may be as much "
                                            "as the width"
                    : n->kind == N_CALL ? "log2 of what may be no power of two"
                                        : "an index that may be out of range";
  if (!node_is_partial(n))
    why = "it is too large to be looked at";
  u32 i = diag_add(t->d, E_PARTIAL, n->src ? n->src->loc : fallback,
                   "the meaning of %s may give nothing: %s", t->what, why);
  diag_help(t->d, i,
            division ? "say what happens then: `traps div0 when ..`, or a "
                       "condition before it, c ? a : b"
                     : "bring the operand into range, `n %%u bits(T)`, or put "
                       "a condition before it, c ? a : b");
}

// A shift or division by a number that is fine.
static bool by_constant(const Node *n) {
  u128 k;
  if (n->kind != N_BINARY || n->kids[1]->kind != N_CONST)
    return false;
  k = n->kids[1]->num;
  return n->fn >= BIN_UDIV ? k != 0 : k < n->sort.bits;
}

// Some operation in n may give nothing as far as its own operands tell.
static bool has_partial(const Node *n) {
  bool some = node_is_partial(n) && !by_constant(n);
  for (u32 i = 0; i < n->nkids && !some; i++)
    some = has_partial(n->kids[i]);
  return some;
}

static void total(Total *t, const Node *n, Loc fallback) {
  const Node *f = n && has_partial(n) ? find(&t->known, n) : NULL;
  if (f)
    say(t, f, fallback);
}

static void begin(Total *t, const char *kind, const char *name) {
  t->what = arena_printf(t->s->arena, "%s %s", kind, name);
  t->fuel = 1000000;
  t->lets.n = t->lets.depth = 0;
  known_init(&t->known, t->s, &t->lets, &t->fuel);
}

// False if it always traps.
static bool traps(Total *t, u32 n, const TrapInfo *at, Loc loc) {
  for (u32 i = 0; i < n; i++) {
    if (!at[i].cond)
      return false;
    total(t, at[i].cond, loc);
    known_assume(&t->known, at[i].cond, false);
  }
  return !t->known.never;
}

static void op(Total *t, const OpInst *x) {
  Loc loc = x->base->decl->loc;
  begin(t, "op", x->text);
  for (u32 i = 0; i < x->nlets; i++) {
    total(t, x->lets[i].e, loc);
    known_let(&t->known, x->lets[i].var, x->lets[i].e);
  }
  total(t, x->pure_when, loc);
  if (traps(t, x->ntraps, x->traps, loc))
    total(t, x->meaning, loc);
}

static void inst(Total *t, const InstX *x) {
  Loc loc = x->base->decl->loc;
  begin(t, "instruction", x->text);
  if (!traps(t, x->ntraps, x->traps, loc))
    return;
  for (u32 i = 0; x->equations && i < x->nresults; i++)
    total(t, x->equations[i], loc);
  total(t, x->effect, loc);
  total(t, x->means, loc);
}

void check_totality(const Sema *s, Diags *d) {
  Total t = {.s = s, .d = d};
  for (u32 i = 1; i < s->nops; i++)
    if (s->ops[i].base)
      op(&t, &s->ops[i]);
  for (u32 i = 1; i < s->ninsts; i++)
    if (s->insts[i].base)
      inst(&t, &s->insts[i]);
  for (u32 i = 0; i < s->nterms; i++) {
    begin(&t, "term", s->terms[i].name);
    total(&t, s->terms[i].means, s->terms[i].decl->loc);
  }
  for (u32 i = 0; i < s->ndatas; i++)
    for (u32 k = 0; k < s->datas[i].nctors; k++) {
      begin(&t, "constructor", s->datas[i].ctors[k].name);
      total(&t, s->datas[i].ctors[k].means, s->datas[i].decl->loc);
    }
}
