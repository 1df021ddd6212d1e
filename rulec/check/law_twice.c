// Law 4: a class is looked into once. sema refuses a second `@` on a variable
// and a value in a guard other than under a fact; left is the same pattern
// written twice, which asks whether two operands have members alike instead of
// whether they are the same value.
#include "rulec/check/laws.h"

typedef struct Seen {
  u64 hash;
  const Node *node;
} Seen;
typedef VEC(Seen) SeenVec;

static bool has_leaf(const Node *n) {
  if (n->kind == N_VAR || n->kind == N_WILD)
    return n->sort.kind == SORT_VALUE;
  for (u32 i = 0; i < n->nkids; i++)
    if (has_leaf(n->kids[i]))
      return true;
  return false;
}

static const Node *find_again(const LawRule *r, const Node *n, Arena *a,
                              SeenVec *seen, const Node **first) {
  if (n->kind != N_OP)
    return NULL;
  u64 h = term_hash(&r->t, n);
  for (u32 i = 0; i < seen->n && has_leaf(n); i++)
    if (seen->at[i].hash == h) {
      *first = seen->at[i].node;
      return n;
    }
  vec_push(a, seen, ((Seen){h, n}));
  for (u32 i = 0; i < n->nkids; i++) {
    const Node *m = find_again(r, n->kids[i], a, seen, first);
    if (m)
      return m;
  }
  return NULL;
}

static bool obeys(Laws *l, const LawRule *r) {
  SeenVec seen = {0};
  const Node *first = NULL;
  const Node *n = find_again(r, r->x->lhs, l->arena, &seen, &first);
  if (!n)
    return true;
  u32 i = diag_add(l->d, E_TWICE, law_place(law_decl(r), n->src),
                   "`%s`: the same pattern twice", law_name(r));
  diag_note(l->d, i, law_place(law_decl(r), first->src), "the first is here");
  diag_help(l->d, i,
            "name the first and say the name: v @ (..) .. v; equal operations "
            "are one value");
  return false;
}

void law_twice(Laws *l) {
  for (u32 i = 0, n; i < l->n; i += n) {
    n = law_group(l, i);
    bool ok = true;
    for (u32 k = i; k < i + n && ok; k++)
      ok = obeys(l, &l->at[k]);
  }
}
