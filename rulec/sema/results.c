// What an instruction may say in terms of its own results: a flag of any of
// them, a result of those before it, what is stored of any. Its traps come
// first, and what a sequence means is said of its operands alone.
#include "rulec/sema/priv.h"

// The first place in the expression where a result from `from` on stands, or
// null.
static const Node *reads_result(const InstX *x, const Node *n, u32 from) {
  if (!n)
    return NULL;
  for (u32 i = from; n->kind == N_VAR && i < x->nresults; i++)
    if (n->var == x->vars[x->noperands + i])
      return n;
  for (u32 i = 0; i < n->nkids; i++) {
    const Node *v = reads_result(x, n->kids[i], from);
    if (v)
      return v;
  }
  return NULL;
}

static bool refuse(Sema *s, const InstX *x, const Node *n, u32 from,
                   const char *what) {
  const Node *at = reads_result(x, n, from);
  if (!at)
    return false;
  const Var *v = at->var;
  const Loc loc = at->src ? at->src->loc : x->base->decl->loc;
  for (u32 i = 0; i < x->noperands; i++)
    if (x->operands[i].name == v->name)
      return true; // two of one name: said already
  u32 i = diag_add(s->diags, E_NAME, loc, "%s: %s speaks of the result `%s`",
                   x->text, what, v->name);
  diag_help(s->diags, i, "say it of the operands%s",
            x->is_seq ? "" : ", or of results before it");
  return true;
}

void sema_inst_results(Sema *s, InstX *x) {
  if (x->is_seq && refuse(s, x, x->means, 0, "its meaning"))
    x->means = NULL;
  for (u32 i = 0; i < x->ntraps; i++)
    if (refuse(s, x, x->traps[i].cond, 0, "a trap"))
      x->traps[i].cond = NULL;
  for (u32 r = 0; x->equations && r < x->nresults; r++) {
    u32 from = x->results[r].is_flags ? x->nresults : r;
    if (refuse(s, x, x->equations[r], from, "an equation"))
      x->equations[r] = NULL;
  }
}
