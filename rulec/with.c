#include "rulec/with.h"

static bool has_rules(DeclKind k) {
  return k == DECL_RULE || k == DECL_SKELETON || k == DECL_REMAT ||
         k == DECL_LOWER;
}

static bool gives_way(DeclKind k) {
  return k == DECL_FN || k == DECL_EXTERN_FN || k == DECL_DEF ||
         k == DECL_TERM || k == DECL_DATA || k == DECL_LOWER;
}

static bool declared_later(const Ast *all, u32 nwith, const Decl *d) {
  for (u32 i = 0; i < all->n; i++) {
    const Decl *o = all->at[i];
    if (o->loc.src->index >= nwith && gives_way(o->kind) &&
        (o->kind == DECL_LOWER) == (d->kind == DECL_LOWER) &&
        o->name.s == d->name.s)
      return true;
  }
  return false;
}

static bool keeps(const Ast *all, u32 nwith, u32 ntarget, const Decl *d) {
  u32 index = d->loc.src->index;
  if (index >= nwith + ntarget)
    return true;
  if (gives_way(d->kind) && declared_later(all, nwith + ntarget, d))
    return false;
  return index >= nwith || !has_rules(d->kind);
}

bool ast_lowers(const Ast *all, u32 from) {
  for (u32 i = 0; i < all->n; i++) {
    const Decl *d = all->at[i];
    if (d->loc.src->index >= from &&
        (d->kind == DECL_LOWER || d->kind == DECL_TERM || d->kind == DECL_DATA))
      return true;
  }
  return false;
}

Ast ast_with(Arena *a, const Ast *all, u32 nwith, u32 ntarget) {
  Ast kept = {0, arena_array(a, Decl *, all->n + 1)};
  bool target = ast_lowers(all, nwith + ntarget);
  for (u32 i = 0; i < all->n; i++) {
    Decl *d = all->at[i];
    u32 index = d->loc.src->index;
    if (!target && index >= nwith && index < nwith + ntarget)
      continue;
    if (keeps(all, nwith, ntarget, d))
      kept.at[kept.n++] = d;
  }
  return kept;
}
