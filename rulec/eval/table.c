// Tables of jumps, which instructions cannot say: memory behind x64.table's
// address holds the distances to the targets, the default's after them, and
// x64.jump_table goes where such a distance leads (verify/inst.c says the same
// in terms). The distances are whatever the world's memory has there.
#include "rulec/eval/priv.h"

enum { NOWHERE = 1u << 30 }; // from here on no target that a rule names

static u64 address_of(const Eval *e, const EvVal *targets) {
  u64 h = eval_hash_val(eval_hash(e->seed, 0x7461626c65), targets);
  return 0x7e0000000000 + (h & 0xfffffff0);
}

bool eval_table(Eval *e, const InstX *x, EvVal *out) {
  if (strcmp(x->base->name, "x64.table") != 0 || x->nresults != 1)
    return false;
  const EvVal *targets = eval_var(e, x->vars[0]);
  EvVal *r = arena_new(e->arena, EvVal);
  *r = ev_bits(x->vars[x->noperands]->sort, wide(address_of(e, targets)));
  *out = ev_list(r, 1, (Sort){.kind = SORT_VALUES});
  return true;
}

bool eval_table_jump(Eval *e, const InstX *x, const EvVal *args,
                     EvOutcome *out) {
  if (strcmp(x->base->name, "x64.jump_table") != 0 || x->noperands != 3)
    return false;
  const EvVal *list = &args[1];
  u64 table = address_of(e, list), to = ev_u64(&args[0]);
  EvVal nowhere = ev_bits(args[2].sort, wide(NOWHERE));
  *out = eval_goto(&nowhere);
  for (u32 i = 0; i <= list->list.n; i++) {
    EvVal distance = eval_load(e, table + 4 * (u64)i, 4);
    if (table + wide_sext(distance.bits, 32, 64).w[0] != to)
      continue;
    *out = eval_goto(i < list->list.n ? &list->list.at[i] : &args[2]);
    break;
  }
  return true;
}
