// Which rules take part in the simulation, and an index of them by what a node
// must look like.
#include "rulec/check/sim_priv.h"

#include <stdlib.h>

static bool op_fits(const OpInst *op) {
  u32 values = sim_count_values(op);
  if (values > MOST_KIDS || op->noperands - values > 1 || op->noperands > 8)
    return false;
  for (u32 i = 0; i < op->noperands; i++)
    if (op->operands[i].sort.kind != SORT_VALUE &&
        op->operands[i].sort.kind != SORT_BV &&
        op->operands[i].sort.kind != SORT_FUNC)
      return false;
  return true;
}

static bool node_fits(const Sema *s, const Node *n) {
  if (n->kind != N_OP)
    return true;
  if (!op_fits(&s->ops[n->op]))
    return false;
  for (u32 i = 0; i < n->nkids; i++)
    if (!node_fits(s, n->kids[i]))
      return false;
  return true;
}

static bool rule_fits(const Sema *s, const RuleX *x) {
  if (x->rule->is_remat || x->nrhs != 1 ||
      (x->rhs_kind != RHS_TERM && x->rhs_kind != RHS_VALUES))
    return false;
  for (u32 i = 0; i < x->nclauses; i++)
    if (x->clauses[i].let && !node_fits(s, x->clauses[i].e))
      return false;
  return node_fits(s, x->lhs) && node_fits(s, x->rhs[0]);
}

u64 sim_key(u32 root, u32 operand, u32 op) {
  return (u64)root << 32 | operand << 16 | op;
}

static u64 rule_key(const Sema *s, const Node *left) {
  const OpInst *op = &s->ops[left->op];
  for (u32 i = 0; i < left->nkids; i++) {
    const Node *kid = left->kids[i];
    if (!op->operands[i].is_value || kid->kind == N_VAR || kid->kind == N_WILD)
      continue;
    return sim_key(left->op, i, is_const_term(s, kid) ? ANY_CONST : kid->op);
  }
  return sim_key(left->op, NO_OPERAND, 0);
}

static int by_key(const void *a, const void *b) {
  const Entry *x = a, *y = b;
  if (x->key != y->key)
    return x->key < y->key ? -1 : 1;
  return x->rank < y->rank ? -1 : x->rank > y->rank;
}

void sim_index(Sim *m, const u64 *skip) {
  const Sema *s = m->s;
  const RuleX *last = NULL;
  bool fits = false;
  u32 most = 0; // variables
  m->rules = arena_array(m->arena, Entry, s->nrulexs + 1);
  for (u32 i = 0; i < s->nrulexs; i++) {
    const RuleX *x = &s->rulexs[i];
    bool variant = last && last->rule == x->rule &&
                   last->expansion == x->expansion; // which fits as that does
    fits = variant ? fits : rule_fits(s, x);
    last = x;
    most = x->nvars > most ? x->nvars : most;
    if (!fits || bit_has(skip, x->rule->index))
      continue;
    u32 rank = i | (sim_replaces(x) ? 0 : 1u << 31);
    m->rules[m->nrules++] = (Entry){rule_key(s, x->lhs), rank, i};
  }
  m->value = arena_array0(m->arena, u32, most + 1);
  m->imm = arena_array0(m->arena, u128, most + 1);
  m->bound = arena_array0(m->arena, bool, most + 1);
  qsort(m->rules, m->nrules, sizeof *m->rules, by_key);
}

// The first entry with a key not below this one.
u32 sim_lookup(const Sim *m, u64 key) {
  u32 low = 0, high = m->nrules;
  while (low < high) {
    u32 mid = low + (high - low) / 2;
    if (m->rules[mid].key < key)
      low = mid + 1;
    else
      high = mid;
  }
  return low;
}

bool sim_takes(const Sim *m, const RuleX *x) { return rule_fits(m->s, x); }
