// The same question to the evaluator: values for which a part decides.
#include "rulec/eval/eval.h"
#include "rulec/verify/parts.h"

static bool it_holds(const Item *i, const EvVal *v) {
  return ev_ok(v) && (i->bind || ev_true(v));
}

// The side that decides: the first that holds, with none before that gives
// nothing.
static const Expr *deciding_side(Eval *e, const Node *n) {
  const Node *at[MOST_ITEMS];
  u32 k = sides_of(n, at);
  for (u32 i = 0; i < k; i++) {
    EvVal v = eval_node(e, at[i]);
    if (!ev_ok(&v))
      return NULL;
    if (ev_true(&v))
      return at[i]->src;
  }
  return NULL;
}

static bool is_asked(const Item *i, const Part *p) {
  return !i->bind && i->clause == p->clause && (p->side || i->n->src == p->src);
}

// On the values that are bound.
static bool decides(Eval *e, const Item *at, u32 n, const Part *p) {
  bool failed = false, side = false;
  for (u32 i = 0; i < n; i++) {
    bool asked = is_asked(&at[i], p);
    EvVal v = eval_node(e, at[i].n);
    if (v.state == EV_NO)
      return false;
    if (asked && p->side)
      side = side || deciding_side(e, at[i].n) == p->src;
    if (at[i].bind)
      eval_bind(e, at[i].bind, v);
    if (it_holds(&at[i], &v) || (failed && (at[i].bind || !ev_ok(&v))))
      continue;
    if (failed || !asked || p->side)
      return false;
    failed = true;
  }
  return p->side ? side : failed;
}

static bool fails(Eval *e, const Item *at, u32 n, const Part *p) {
  bool failed = false;
  for (u32 i = 0; i < n; i++) {
    EvVal v = eval_node(e, at[i].n);
    if (v.state == EV_NO)
      return false;
    if (at[i].bind)
      eval_bind(e, at[i].bind, v);
    failed = failed || (is_asked(&at[i], p) && !it_holds(&at[i], &v));
  }
  return failed;
}

// Rounds at every expansion, until f says yes. The values then, or null.
static const char *search(const Sema *s, const Part *p, u32 n, Arena *a,
                          bool (*f)(Eval *e, const Item *at, u32 n,
                                    const Part *p)) {
  const RuleX *all = rulexs_of(s, p->rule);
  const char *found = NULL;
  Item at[MOST_ITEMS];
  u32 last = ~0u, each = n / p->rule->count + 50;
  for (u32 i = 0; i < p->rule->count && !found; i++) {
    const RuleX *x = &all[p->rule->first + i];
    Arena scratch = {0};
    EvRule r;
    if (x->expansion == last)
      continue;
    last = x->expansion;
    rule_begin(&r, s, x, &scratch, 1);
    u32 k = parts_of(x, at);
    for (u32 j = 0; j < each && !found; j++)
      if (rule_assign(&r, NULL, 0) && f(&r.e, at, k, p)) {
        Text t = {.arena = a};
        rule_print_vars(&t, &r);
        found = text_str(&t);
      }
    arena_free(&scratch);
  }
  return found;
}

const char *part_decides(const Sema *s, const Part *p, u32 n, Arena *a) {
  return search(s, p, n, a, decides);
}

bool part_fails(const Sema *s, const Part *p, u32 n) {
  Arena a = {0};
  bool found = search(s, p, n, &a, fails) != NULL;
  arena_free(&a);
  return found;
}
