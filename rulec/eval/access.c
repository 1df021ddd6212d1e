// What the IR's verifier asks of an access, and the claims do (smt_op.c of
// verify): as wide as the type at most, whole if no integer, and an extension
// exactly where a load is narrower.
#include "rulec/eval/priv.h"

static u8 access_type(const OpInst *op) {
  u8 type = op->type;
  for (u32 i = 0; i < op->noperands && !op->type; i++)
    if (op->operands[i].sort.kind == SORT_VALUE)
      type = op->operands[i].sort.type; // a store: its value stands last
  return type;
}

static bool access_valid(const Sema *s, const OpInst *op, const u32 *mem) {
  u8 type = access_type(op);
  u32 full = s->bits[type] / 8;
  if (type != VT_I32 && type != VT_I64)
    return mem[MF_BYTES] == full && (!op->type || !mem[MF_EXT]);
  return mem[MF_BYTES] <= full &&
         (!op->type || (mem[MF_BYTES] == full) == !mem[MF_EXT]);
}

void eval_make_access(const Sema *s, const OpInst *op, u32 *mem) {
  u8 type = access_type(op);
  u32 full = s->bits[type] / 8;
  bool integer = type == VT_I32 || type == VT_I64;
  if (!integer || mem[MF_BYTES] > full)
    mem[MF_BYTES] = full;
  if (mem[MF_BYTES] == full)
    mem[MF_EXT] = op->type ? 0 : mem[MF_EXT];
  else if (op->type && !mem[MF_EXT])
    mem[MF_EXT] = 1;
}

bool eval_accesses_valid(Eval *e, const Node *n) {
  const OpInst *op = n->kind == N_OP ? &e->s->ops[n->op] : NULL;
  bool valid = true;
  for (u32 i = 0; i < n->nkids && valid; i++) {
    if (op && i < op->noperands && op->operands[i].sort.kind == SORT_MEMARG) {
      EvVal m = eval_node(e, n->kids[i]);
      valid = !ev_ok(&m) || access_valid(e->s, op, m.mem);
    }
    valid = valid && eval_accesses_valid(e, n->kids[i]);
  }
  return valid;
}
