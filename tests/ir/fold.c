// The folder and the interpreter come from the same meanings: on every op of
// numbers alone they agree at the corners, and the folder declines exactly
// where the interpreter traps or makes a NaN.
#include "mid/ir/fold.h"
#include "mid/ir/gen_values.h"
#include "mid/ir/interp.h"
#include "ops.h"

#include <inttypes.h>
#include <stdio.h>

static bool plain(const OpInfo *o) {
  bool good = o->flags & (OPF_PURE | OPF_TRAPS) && o->nvals && !o->nimms &&
              o->type >= TY_I32 && o->type <= TY_F64;
  for (u32 k = 0; k < o->nvals; k++)
    good &= o->val_types[k] >= TY_I32 && o->val_types[k] <= TY_F64;
  return good;
}

static bool is_nan(u8 type, u64 bits) {
  return is_float(type) &&
         gen_comparable(type, bits) ==
             (type == TY_F32 ? 0x7fc00000u : UINT64_C(0x7ff8000000000000));
}

// Prints and returns true if the two differ.
static bool differs(u16 op, const u64 *args, u32 *declined) {
  const OpInfo *o = &op_info[op];
  InterpMem none = {0};
  Inst i = {.op = op, .type = o->type};
  u64 folded = 0, result = 0;
  TrapCode trap = interp_op(&none, op, &i, args, &result);
  bool folds = fold_op(op, args, &folded);
  *declined += !folds;
  if (folds ? !trap && folded == result : trap || is_nan(o->type, result))
    return false;
  printf("FAILED %s %" PRIx64 " %" PRIx64 " %" PRIx64 ": folded %d %" PRIx64
         ", interpreted %s %" PRIx64 "\n",
         o->name, args[0], args[1], args[2], folds, folded, trap_names[trap],
         result);
  return true;
}

int main(void) {
  u32 ops = 0, failed = 0, declined = 0;
  u64 rng = 1;
  for (u32 op = 1; op < op_count; op++) {
    const OpInfo *o = &op_info[op];
    u32 wrong = 0;
    if (!plain(o))
      continue;
    ops++;
    for (u32 round = 0; round < 2000 && !wrong; round++) {
      u64 args[3] = {0};
      for (u32 k = 0; k < o->nvals; k++)
        args[k] = gen_corner(&rng, o->val_types[k]);
      wrong += differs((u16)op, args, &declined);
    }
    failed += wrong;
  }
  printf("%u ops, %u failed, %u times not folded\n", ops, failed, declined);
  return failed || ops < 150 || !declined;
}
