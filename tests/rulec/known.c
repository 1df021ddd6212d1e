// What the ops' facts say, held to values: operands are drawn, then anything
// that is true of them, then every fact of the result must be true of what the
// folder computes. The same for what facts tell about each other, and the other
// way round: of exact operands the sum's facts are exact.
//
//   rulec_known [ROUNDS [SEED]]      rounds per opcode, default 3000
#include "mid/ir/eval.h"
#include "mid/ir/fold.h"
#include "mid/ir/known.h"
#include "ops.h"

#include <stdio.h>
#include <stdlib.h>

static u64 draw(u64 *state) { // splitmix64
  u64 z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

static u64 number(u64 *state, u32 w) {
  u64 r = draw(state), v = draw(state);
  switch (r & 7) {
  case 0: v = (r >> 8) % 5; break;
  case 1: v = 0 - (r >> 8) % 5; break;
  case 2: v = (u64)1 << (r >> 8) % w; break;
  case 3: v = ((u64)1 << (w - 1)) - (r >> 8) % 3; break;
  case 4: v >>= (r >> 8) % 64; break;
  case 5: v = ~(v >> (r >> 8) % 64); break;
  default: break;
  }
  return v & ev_mask(w);
}

static bool holds(const Known *f, u64 v, u32 w) {
  return !(v & f->zeros) && (v & f->ones) == f->ones && f->umin <= v &&
         v <= f->umax && ev_s(f->smin, w) <= ev_s(v, w) &&
         ev_s(v, w) <= ev_s(f->smax, w);
}

// Something that is true of v, from nothing to all.
static Known something(u64 *state, u64 v, u32 w) {
  Known f = known_none(w);
  u64 r = draw(state), near = number(state, w);
  if (r & 1)
    known_add_zeros(&f, ~v & ev_mask(w) & draw(state), w);
  if (r & 2)
    known_add_ones(&f, v & draw(state), w);
  if (r & 4)
    near <= v ? known_add_umin(&f, near, w) : known_add_umax(&f, near, w);
  near = number(state, w);
  if (r & 8)
    ev_s(near, w) <= ev_s(v, w) ? known_add_smin(&f, near, w)
                                : known_add_smax(&f, near, w);
  if ((r & 0x30) == 0x30)
    known_add_umin(&f, v, w), known_add_umax(&f, v, w);
  if (r & 0x40)
    known_close(&f, w);
  return f;
}

static u32 width(u32 type) { return type == TY_I32 ? 32 : 64; }

static void say(const char *what, const char *op, const Known *f, u64 v) {
  printf("not ok: %s of %s: value %llx, zeros %llx ones %llx unsigned %llx to "
         "%llx signed %llx to %llx\n",
         what, op, (unsigned long long)v, (unsigned long long)f->zeros,
         (unsigned long long)f->ones, (unsigned long long)f->umin,
         (unsigned long long)f->umax, (unsigned long long)f->smin,
         (unsigned long long)f->smax);
}

// The value of op on drawn operands with facts; false if it has none.
static bool evaluate(u16 op, u64 *state, Inst *in, MemArg *mem, Known *x,
                     u64 *value) {
  const OpInfo *o = &op_info[op];
  u64 args[4] = {0};
  *in = (Inst){.op = op, .type = o->type};
  if (o->flags & OPF_FLOATS) {
    *value = number(state, width(o->type));
    in->b = (u32)*value;
    in->c = (u32)(*value >> 32);
    return true;
  }
  if (o->base == BASE_load) {
    u32 bytes = 1u << draw(state) % (o->type == TY_I32 ? 3 : 4);
    *mem = (MemArg){.bytes = (u8)bytes, .ext = (u8)(1 + draw(state) % 2)};
    *value = (u64)ev_extend(draw(state) & ev_mask(8 * bytes), bytes, mem->ext,
                            width(o->type));
    return true;
  }
  for (u32 k = 0; k < o->nvals; k++) {
    u32 type = o->val_types[k], w = type == TY_F32 ? 32 : width(type);
    args[k] = number(state, w);
    if (type == TY_I32 || type == TY_I64)
      x[k] = something(state, args[k], w);
  }
  return fold_op(op, args, value);
}

static bool sample(u16 op, u32 rounds, u64 seed, u32 *met) {
  u64 state = seed;
  for (u32 k = 0; k < rounds; k++) {
    Inst in;
    MemArg mem = {0};
    Known x[4];
    u64 v;
    if (!evaluate(op, &state, &in, &mem, x, &v))
      continue;
    u32 w = width(op_info[op].type);
    Known r = known_none(w);
    op_known[op].fn(&in, &mem, x, &r);
    ++*met;
    if (!holds(&r, v, w))
      return say("facts", op_info[op].name, &r, v), false;
    known_close(&r, w);
    if (!holds(&r, v, w))
      return say("closed facts", op_info[op].name, &r, v), false;
  }
  return true;
}

// Operands known to the last bit: so is the result of what has exact facts.
static bool exact(u16 op, u64 seed) {
  u64 state = seed, args[2], v;
  u32 w = width(op_info[op].type);
  for (u32 k = 0; k < 200; k++) {
    Known x[2], r = known_none(w);
    Inst in = {.op = op};
    for (u32 j = 0; j < 2; j++) {
      args[j] = number(&state, w);
      x[j] = (Known){
          ~args[j] & ev_mask(w), args[j], args[j], args[j], args[j], args[j]};
    }
    op_known[op].fn(&in, NULL, x, &r);
    known_close(&r, w);
    if (fold_op(op, args, &v) &&
        (r.umin != v || r.umax != v || r.ones != v || r.smin != v))
      return say("exact facts", op_info[op].name, &r, v), false;
  }
  return true;
}

int main(int argc, char **argv) {
  u32 rounds = argc > 1 ? (u32)strtoul(argv[1], NULL, 10) : 3000;
  u64 seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
  static const u16 exact_ops[] = {
      OP_iadd_i32, OP_iadd_i64, OP_band_i32, OP_bor_i64,  OP_bxor_i32,
      OP_ishl_i32, OP_ushr_i64, OP_sshr_i32, OP_bnot_i64, OP_umin_i32};
  u32 ops = 0, bad = 0, met = 0;
  for (u16 op = 1; op < op_count; op++) {
    if (!op_known[op].fn)
      continue;
    u32 before = met;
    ops++;
    bad += !sample(op, rounds, seed + op, &met);
    if (met == before)
      bad++, printf("not ok: no sample for %s\n", op_info[op].name);
  }
  for (u32 k = 0; k < sizeof exact_ops / sizeof *exact_ops; k++)
    bad += !exact(exact_ops[k], seed);
  printf("%s %u opcodes with facts, %u samples\n", bad ? "not ok" : "ok", ops,
         met);
  return bad != 0;
}
