// Rules that were not built in, joined to those that were.
//
// Numbers: the built-in rules keep theirs, loaded ones follow in the order of
// their files. A loaded rule with the name of a built-in one replaces it: the
// other is off, and results are ordered as if the new one stood in its place
// (its rank). So an edited copy of a file of rules/mid/ behaves as it would
// built in, but for rules that were taken out of it.
#include "mid/egraph/rewrite.h"

typedef struct Join {
  MidRules *set;
  const RwRules *part;
  u32 first; // number of the part's first rule
  u16 *rank; // by rule of the part
} Join;

// Whether pure or skeleton arms of the part look at these ops.
static void join_tables(Arena *a, const Join *j) {
  u8 *roots = arena_array0(a, u8, base_count);
  u8 *always = arena_array0(a, u8, base_count);
  u64(*wanted)[3][2] = arena_zero(a, sizeof *wanted * base_count, 8);
  const MidRules *old = j->first ? &mid_builtin : NULL;
  for (u32 b = 0; b < base_count; b++) {
    roots[b] = (u8)(j->part->roots[b] | (old ? old->roots[b] : 0));
    always[b] = (u8)(j->part->always[b] | (old ? old->always[b] : 0));
    for (u32 k = 0; k < 6; k++)
      wanted[b][k / 2][k % 2] = j->part->wanted[b][k / 2][k % 2] |
                                (old ? old->wanted[b][k / 2][k % 2] : 0);
  }
  j->set->roots = roots;
  j->set->always = always;
  j->set->wanted = (const u64(*)[3][2])wanted;
}

// The built-in rule of that name, or first.
static u32 namesake(const Join *j, const char *name) {
  u32 r = 0;
  while (r < j->first && strcmp(mid_builtin.rules[r].name, name))
    r++;
  return r;
}

static void join_infos(Arena *a, Join *j) {
  u32 n = j->first + j->part->nrules;
  RuleInfo *rules = arena_array0(a, RuleInfo, n + 1);
  u64 *on = arena_array0(a, u64, bit_words(n) + 1);
  for (u32 r = 0; r < j->first; r++) {
    rules[r] = mid_builtin.rules[r];
    bit_add(on, r);
  }
  j->rank = arena_array0(a, u16, j->part->nrules + 1);
  for (u32 r = 0; r < j->part->nrules; r++) {
    u32 old = namesake(j, j->part->rules[r].name);
    rules[j->first + r] = j->part->rules[r];
    bit_add(on, j->first + r);
    j->rank[r] = (u16)(old < j->first ? old : j->first + r);
    if (old < j->first) {
      rules[old].replaced = 1;
      bit_del(on, old);
    }
  }
  j->set->nrules = n;
  j->set->rules = rules;
  j->set->on = on;
}

static void number_arms(const Join *j, RwArm *arms, u32 n) {
  for (u32 k = 0; k < n; k++) {
    u32 rule = arms[k].rule;
    arms[k].rank = j->rank[rule];
    arms[k].rule = (u16)(rule + j->first);
  }
}

static void join_parts(Arena *a, const Join *j, bool watched) {
  const RwRules **parts = arena_array0(a, const RwRules *, 2);
  u32 n = 0;
  if (j->first)
    parts[n++] = watched ? mid_builtin.watched[0] : mid_builtin.plain[0];
  parts[n++] = j->part;
  j->set->nparts = n;
  *(watched ? &j->set->watched : &j->set->plain) = parts;
}

const MidRules *midrules_join(Arena *a, bool builtin, const RwRules *part,
                              bool watched, const char **err) {
  if (part->layout != RW_LAYOUT)
    return *err = "its headers are not those of this wb", NULL;
  if (part->ops != OPS_HASH)
    return *err = "its ops are not those of this wb", NULL;
  Join j = {.set = arena_new(a, MidRules),
            .part = part,
            .first = builtin ? mid_builtin.nrules : 0};
  if (j.first + part->nrules > UINT16_MAX)
    return *err = "more than 65535 rules", NULL;
  join_infos(a, &j);
  join_tables(a, &j);
  join_parts(a, &j, watched);
  number_arms(&j, part->arms, part->narms);
  number_arms(&j, part->effects, part->neffects);
  return j.set;
}
