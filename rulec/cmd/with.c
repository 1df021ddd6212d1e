#include "rulec/cmd/with.h"

static bool has_rules(DeclKind k) {
  return k == DECL_RULE || k == DECL_SKELETON || k == DECL_REMAT ||
         k == DECL_LOWER;
}

static bool gives_way(DeclKind k) {
  return k == DECL_FN || k == DECL_EXTERN_FN || k == DECL_DEF;
}

static bool declared_later(const Ast *all, u32 nwith, const Decl *d) {
  for (u32 i = 0; i < all->n; i++) {
    const Decl *o = all->at[i];
    if (o->loc.src->index >= nwith && gives_way(o->kind) &&
        o->name.s == d->name.s)
      return true;
  }
  return false;
}

Ast ast_with(Arena *a, const Ast *all, u32 nwith) {
  Ast kept = {0, arena_array(a, Decl *, all->n + 1)};
  for (u32 i = 0; i < all->n; i++) {
    Decl *d = all->at[i];
    bool ours = d->loc.src->index >= nwith;
    if (ours || (!has_rules(d->kind) &&
                 !(gives_way(d->kind) && declared_later(all, nwith, d))))
      kept.at[kept.n++] = d;
  }
  ast_number(&kept);
  return kept;
}

void ast_number(Ast *x) {
  for (u32 i = 0; i < x->n; i++)
    x->at[i]->index = i;
}
