// Sets of vregs as numbers, for the checker: most have one member or none.
#include "back/ra/sets.h"

static u32 list_hash(const u32 *v, u32 n) {
  u32 h = 2166136261u;
  for (u32 k = 0; k < n; k++)
    h = (h ^ v[k]) * 16777619u, h ^= h >> 15;
  return h;
}

static void table_grow(Sets *s) {
  u32 cap = s->table_cap ? 2 * s->table_cap : 256;
  u32 *t = arena_array0(s->a, u32, cap);
  for (u32 k = 0; k < s->lists.n; k++) {
    u32 at = s->lists.at[k].hash & (cap - 1);
    while (t[at])
      at = (at + 1) & (cap - 1);
    t[at] = k + 1;
  }
  s->table = t, s->table_cap = cap;
}

u32 set_of(Sets *s, const u32 *v, u32 n) {
  if (n == 0)
    return 0;
  if (n == 1)
    return v[0];
  if (2 * s->lists.n >= s->table_cap)
    table_grow(s);
  u32 h = list_hash(v, n), at = h & (s->table_cap - 1);
  for (; s->table[at]; at = (at + 1) & (s->table_cap - 1)) {
    const SetList *l = &s->lists.at[s->table[at] - 1];
    if (l->n == n && l->hash == h && !memcmp(l->v, v, n * sizeof(u32)))
      return SETS_LISTS + s->table[at] - 1;
  }
  u32 *copy = arena_array(s->a, u32, n);
  memcpy(copy, v, n * sizeof(u32));
  SetList l = {n, h, copy};
  vec_push(s->a, &s->lists, l);
  s->table[at] = s->lists.n;
  return SETS_LISTS + s->lists.n - 1;
}

// Members of a set; a single one lies in *one.
u32 set_members(const Sets *s, u32 set, u32 *one, const u32 **v) {
  *one = set;
  *v = one;
  if (set < SETS_LISTS)
    return set != 0;
  const SetList *l = &s->lists.at[set - SETS_LISTS];
  *v = l->v;
  return l->n;
}

bool set_has(const Sets *s, u32 set, u32 v) {
  u32 one;
  const u32 *m;
  for (u32 n = set_members(s, set, &one, &m), k = 0; k < n; k++)
    if (m[k] == v)
      return true;
  return false;
}

u32 set_meet(Sets *s, u32 a, u32 b) {
  if (a == b || !a || !b)
    return a == b ? a : 0;
  u32 one, two, n = 0;
  const u32 *x, *y;
  u32 nx = set_members(s, a, &one, &x), ny = set_members(s, b, &two, &y);
  u32 *out = arena_array(s->a, u32, nx < ny ? nx : ny);
  for (u32 i = 0, j = 0; i < nx && j < ny;) {
    if (x[i] == y[j])
      out[n++] = x[i++], j++;
    else if (x[i] < y[j])
      i++;
    else
      j++;
  }
  return set_of(s, out, n);
}

u64 set_names(const Sets *s, u32 set) {
  u32 one;
  const u32 *m;
  u64 bits = 0;
  for (u32 n = set_members(s, set, &one, &m), k = 0; k < n; k++)
    bits |= (u64)1 << (m[k] & 63);
  return bits;
}
