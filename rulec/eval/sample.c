// Values to try: corners first, then numbers near the literals of the rule,
// small ones, powers of two, masks, floats, random ones.
#include "rulec/eval/priv.h"

u64 sample_draw(EvSampler *m) {
  m->state += 0x9e3779b97f4a7c15u;
  return eval_hash(m->state, 0x73616d);
}

static const u64 floats32[] = {0x3f800000, 0xbf800000, 0x7f800000, 0xff800000,
                               0x7fc00000, 0x7fa00000, 0x00000001, 0x80000000,
                               0x4f000000, 0xcf000000, 0x5f000000, 0x3f000000,
                               0x7f7fffff, 0x4b000000};
static const u64 floats64[] = {
    0x3ff0000000000000, 0xbff0000000000000, 0x7ff0000000000000,
    0xfff0000000000000, 0x7ff8000000000000, 0x7ff4000000000000,
    0x0000000000000001, 0x8000000000000000, 0x41e0000000000000,
    0xc1e0000000200000, 0x43e0000000000000, 0x3fe0000000000000,
    0x7fefffffffffffff, 0x4330000000000000};
enum { NFLOATS = sizeof floats32 / sizeof *floats32 };

// 0, 1, 2, all ones, the least and the greatest signed, their neighbours, each
// half, and floats where a float has that width.
u32 corner_count(u32 bits) {
  return bits == 32 || bits == 64 ? 12 + NFLOATS : bits > 3 ? 12 : 8;
}

Wide corner_at(u32 bits, u32 i) {
  Wide top = wide_shl(wide(1), bits - 1, bits), one = wide(1);
  switch (i) {
  case 0: return wide(0);
  case 1: return wide_keep(one, bits);
  case 2: return wide_ones(bits);
  case 3: return top;
  case 4: return wide_sub(top, one, bits);
  case 5: return wide_add(top, one, bits);
  case 6: return wide_sub(wide_ones(bits), one, bits);
  case 7: return wide_keep(wide(2), bits);
  case 8: return wide_ones(bits / 2);
  case 9: return wide_shl(one, bits / 2, bits);
  case 10: return wide_keep(wide(bits - 1), bits);
  case 11: return wide_keep(wide(bits), bits);
  default: break;
  }
  return wide(bits == 32 ? floats32[i - 12] : floats64[i - 12]);
}

static Wide random_bits(EvSampler *m, u32 bits) {
  Wide r;
  for (u32 i = 0; i < WIDE_WORDS; i++)
    r.w[i] = sample_draw(m);
  return wide_keep(r, bits);
}

static Wide near_number(EvSampler *m, u32 bits, u64 r) {
  if (!m->nnumbers)
    return random_bits(m, bits);
  u64 v = m->numbers[r % m->nnumbers] + (r >> 32) % 3 - 1;
  return wide_keep(wide_sext(wide(v), 64, WIDE_BITS), bits);
}

Wide sample_bits(EvSampler *m, u32 bits) {
  u64 d = sample_draw(m), r = d >> 16;
  Wide one = wide(1);
  switch (d & 15) {
  case 0:
  case 1:
  case 2:
  case 3: return corner_at(bits, (u32)(r % corner_count(bits)));
  case 4:
  case 5: return wide_shl(one, (u32)(r % bits), bits);
  case 6: return wide_ones((u32)(r % bits) + 1);
  case 7: return wide_xor(wide_ones(bits), wide_ones((u32)(r % bits)));
  case 8: return wide_keep(wide(r % 70), bits);
  case 9: return wide_sub(wide(0), wide(r % 70), bits);
  case 10:
  case 11:
  case 12: return near_number(m, bits, r);
  default: return random_bits(m, bits);
  }
}

static EvVal sample_memarg(EvSampler *m, Sort sort) {
  EvVal v = {.sort = sort};
  u64 r = sample_draw(m);
  v.mem[MF_OFF] = (u32)sample_bits(m, 32).w[0] >> (r & 31);
  v.mem[MF_BYTES] = 1u << (r >> 8 & 3);
  v.mem[MF_EXT] = (u32)(r >> 16) % 3;
  v.mem[MF_REGION] = r >> 40 & 1 ? (u32)(r >> 24) % 5 : 0;
  v.mem[MF_ALIGN] = (u32)(r >> 32) % 4;
  v.mem[MF_READONLY] = r >> 41 & 1;
  v.mem[MF_NOTRAP] = r >> 42 & 1;
  v.mem[MF_MOVABLE] = r >> 43 & 1;
  return v;
}

static EvVal sample_list(EvSampler *m, Arena *a, Sort sort) {
  u32 n = (u32)sample_draw(m) % 5;
  EvVal *at = arena_array0(a, EvVal, n + 1);
  bool targets = sort.kind == SORT_TARGETS;
  for (u32 i = 0; i < n; i++)
    at[i] = targets ? sample_val(m, a, (Sort){.kind = SORT_TARGET})
                    : ev_bits((Sort){.kind = SORT_BV, .bits = 64},
                              sample_bits(m, 64));
  return ev_list(at, n, sort);
}

EvVal sample_val(EvSampler *m, Arena *a, Sort sort) {
  switch ((SortKind)sort.kind) {
  case SORT_MEMARG: return sample_memarg(m, sort);
  case SORT_TARGETS:
  case SORT_VALUES: return sample_list(m, a, sort);
  case SORT_BOOL: return ev_bool(sample_draw(m) & 1);
  case SORT_TARGET: return ev_bits(sort, wide(sample_draw(m) % 12));
  case SORT_TRAP: return ev_bits(sort, wide(1 + sample_draw(m) % 7));
  case SORT_EXT: return ev_bits(sort, wide(sample_draw(m) % 3));
  case SORT_REGION: return ev_bits(sort, wide(sample_draw(m) % 5));
  case SORT_FLAGS: {
    EvVal v = {.sort = sort};
    u64 r = sample_draw(m);
    for (u32 i = 0; i < FF_COUNT; i++)
      v.flags[i] = r >> i & 1;
    return v;
  }
  case SORT_FUNC:
  case SORT_SIG:
  case SORT_BLOCK:
  case SORT_LIBCALL: return ev_bits(sort, wide(sample_draw(m) % 9));
  default: return ev_bits(sort, sample_bits(m, eval_width(sort)));
  }
}
