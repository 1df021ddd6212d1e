// Sets of vregs as numbers: 0 is empty, a smaller number than SETS_LISTS its
// one member, a larger one an interned sorted list. Equal sets have equal
// numbers.
#ifndef BACK_RA_SETS_H
#define BACK_RA_SETS_H

#include "mid/base/base.h"

enum { SETS_LISTS = 1 << 24 };

typedef struct SetList {
  u32 n, hash;
  const u32 *v; // ascending
} SetList;

typedef struct Sets {
  Arena *a;
  VEC(SetList) lists;
  u32 *table, table_cap; // hash -> list + 1
} Sets;

u32 set_of(Sets *s, const u32 *v, u32 n); // v ascending
// Members of a set; a single one lies in *one.
u32 set_members(const Sets *s, u32 set, u32 *one, const u32 **v);
bool set_has(const Sets *s, u32 set, u32 v);
u32 set_meet(Sets *s, u32 a, u32 b);
u64 set_names(const Sets *s, u32 set); // a filter: bit v & 63 of each member

#endif
