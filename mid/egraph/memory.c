// What loads read: redundant loads, stores forwarded to loads, stores of what
// is there already.
//
// Memory is a chain of events per region, newest first, persistent: a block
// with one way in continues its predecessor's chain, so that extended basic
// blocks share it and a block's state is one index a region. A load walks the
// chain: the same address tells its value, a store that may overlap ends the
// search, one at the same base beside it does not. At a join, and at a loop
// that writes, the chain of the dominator is kept for the regions that nothing
// wrote in between, and is cut for the others. Calls cut all.
//
// Everything on a chain stands in a block that dominates the reader, so a
// forwarded value is available where it is wanted.
#include "mid/egraph/rewrite.h"

enum { ALL_REGIONS = (1 << REGION_COUNT) - 1 };

// Regions that a write to r may change: a host pointer may lead anywhere but
// into linear memory.
static u32 written_with(u32 r) {
  u32 host = ALL_REGIONS & ~(1u << REGION_HEAP);
  if (r == REGION_HEAP)
    return 1u << REGION_HEAP;
  return r == REGION_HOST ? host : 1u << r | 1u << REGION_HOST;
}

static u32 writes_of(const Egraph *g, const Inst *in) {
  u32 flags = op_info[in->op].flags;
  if (flags & OPF_CALL)
    return ALL_REGIONS;
  if (!(flags & OPF_WRITES))
    return 0;
  return in->op >= OP_store_i32 && in->op <= OP_store_ref
             ? written_with(g->f->mems.at[in->c].region)
             : ALL_REGIONS;
}

// --- loops
// ---------------------------------------------------------------------------

// Finds out which regions each loop writes, inner loops included.
void eg_memory_loops(Egraph *g) {
  const Func *f = g->f;
  u32 nblocks = f->blocks.n;
  bool any = false;
  for (Block b = 1; b < nblocks; b++) {
    if (block_at(f, b)->loop == b) {
      g->blocks[b].loop_parent = ir_loop_parent(f, b);
      any = true;
    }
  }
  if (!any)
    return;
  for (Block b = 1; b < nblocks; b++) {
    u32 loop = block_at(f, b)->loop, w = 0;
    if (!loop)
      continue;
    for (Val v = block_at(f, b)->first; v < block_at(f, b)->end; v++)
      w |= writes_of(g, inst_at(f, v));
    g->blocks[loop].writes |= (u8)w;
  }
  for (Block b = nblocks - 1; b; b--)
    if (block_at(f, b)->loop == b && g->blocks[b].loop_parent)
      g->blocks[g->blocks[b].loop_parent].writes |= g->blocks[b].writes;
}

// --- blocks
// --------------------------------------------------------------------------

static void forget(Egraph *g, u32 r) {
  g->now.head[r] = 0;
  g->now.write[r] = ++g->writes;
}

void eg_memory_fence(Egraph *g) {
  for (u32 r = 0; r < REGION_COUNT; r++)
    forget(g, r);
}

// Whether no way from the dominator's end into b wrote to r.
static bool unwritten(const Egraph *g, Block b, Block dom, u32 r) {
  for (u32 e = g->blocks[b].edges; e; e = g->edges.at[e].next)
    if (g->mem[g->edges.at[e].from].write[r] != g->mem[dom].write[r])
      return false;
  return true;
}

void eg_memory_enter(Egraph *g, Block b) {
  const BlockInfo *info = block_at(g->f, b);
  if (b == 1) {
    eg_memory_fence(g);
    return;
  }
  bool header = info->loop == b;
  u32 e = g->blocks[b].edges;
  if (!header && !g->edges.at[e].next &&
      block_dominates(g->f, g->edges.at[e].from, b)) {
    g->now = g->mem[g->edges.at[e].from];
    return;
  }
  u32 lost = header ? g->blocks[b].writes : 0;
  g->now = g->mem[info->idom];
  for (u32 r = 0; r < REGION_COUNT; r++)
    if ((lost >> r & 1) || !unwritten(g, b, info->idom, r))
      forget(g, r);
}

// --- values
// --------------------------------------------------------------------------

static u32 make1(Egraph *g, u16 op, u32 x) {
  return x ? rw_make(g, op, x, 0, 0) : 0;
}

static u32 mask_low(Egraph *g, Type t, u32 x, u32 bits) {
  u32 k = eg_const(g, t, ((u64)1 << bits) - 1);
  if (!x)
    return 0;
  return rw_make(g, t == TY_I32 ? OP_band_i32 : OP_band_i64, x, k, 0);
}

static u32 sign_low(Egraph *g, Type t, u32 x, u32 bytes) {
  static const u16 op[2][2] = {{OP_sext8_i32, OP_sext8_i64},
                               {OP_sext16_i32, OP_sext16_i64}};
  if (bytes <= 2)
    return make1(g, op[bytes == 2][t == TY_I64], x);
  return make1(g, OP_sextend, make1(g, OP_ireduce, x));
}

// An integer x whose low m.bytes are in memory, as a load of type t sees it.
static u32 see_integer(Egraph *g, u32 x, Type from, Type t, const MemArg *m) {
  u32 bytes = m->bytes;
  if (bytes == type_bytes[t]) {
    if (from == t)
      return x;
    return from == TY_I64 && t == TY_I32 ? make1(g, OP_ireduce, x) : 0;
  }
  if (from == TY_I32 && t == TY_I64) {
    if (bytes == 4)
      return make1(g, m->ext == EXT_SIGN ? OP_sextend : OP_uextend, x);
    x = make1(g, OP_uextend, x);
  } else if (from == TY_I64 && t == TY_I32) {
    x = make1(g, OP_ireduce, x);
  }
  return m->ext == EXT_SIGN ? sign_low(g, t, x, bytes)
                            : mask_low(g, t, x, bytes * 8);
}

// Value x, known to be at the address, as load `m` of type t sees it; 0 if that
// cannot be said in the IR.
static u32 see(Egraph *g, u32 x, Type t, const MemArg *m) {
  Type from = (Type)eg_node(g, x)->type;
  bool ints =
      (from == TY_I32 || from == TY_I64) && (t == TY_I32 || t == TY_I64);
  if (ints)
    return see_integer(g, x, from, t, m);
  if (m->bytes != type_bytes[t] || m->bytes != type_bytes[from])
    return 0;
  if (from == t)
    return x;
  if (t == TY_F32 && from == TY_I32)
    return make1(g, OP_bitcast_f32, x);
  if (t == TY_I32 && from == TY_F32)
    return make1(g, OP_bitcast_i32, x);
  if (t == TY_F64 && from == TY_I64)
    return make1(g, OP_bitcast_f64, x);
  if (t == TY_I64 && from == TY_F64)
    return make1(g, OP_bitcast_i64, x);
  return 0;
}

// The same, with nodes made for it marked as such; the last is the load's.
static u32 seen(Egraph *g, u32 x, Type t, const MemArg *m) {
  u32 before = g->n.n;
  g->depth++;
  u32 y = see(g, x, t, m);
  g->depth--;
  if (y >= before)
    g->info[y].flags &= (u8)~NODE_FRESH;
  return y;
}

// --- loads and stores
// -------------------------------------------------------------------

// Constant addresses are one base; their offsets differ.
static void address(const Egraph *g, u32 a, const MemArg *m, u32 *base,
                    u64 *off) {
  *base = a;
  *off = m->off;
  const Inst *in = eg_node(g, a);
  if (in->op == OP_iconst_i64) {
    *base = 0;
    *off += inst_imm64(in);
  }
}

typedef enum Meet { MEET_SAME, MEET_APART, MEET_MAYBE } Meet;

static Meet compare(const Egraph *g, const MemEvent *e, u32 a,
                    const MemArg *m) {
  const MemArg *n = &g->mems.at[e->mem];
  u32 base, base2;
  u64 off, off2;
  address(g, a, m, &base, &off);
  address(g, eg_class(g, e->base), n, &base2, &off2);
  if (base != base2 || n->region != m->region || n->mem != m->mem)
    return MEET_MAYBE;
  if (off == off2 && n->bytes == m->bytes)
    return MEET_SAME;
  return off + m->bytes <= off2 || off2 + n->bytes <= off ? MEET_APART
                                                          : MEET_MAYBE;
}

// The newest event at exactly this address, or 0 if something may have come
// between, or it is too far back.
static u32 find_event(Egraph *g, u32 a, const MemArg *m) {
  u32 e = g->now.head[m->region];
  for (u32 k = 0; e && k < MEM_STEPS; k++) {
    const MemEvent *ev = &g->events.at[e];
    WATCHED(g, alias_steps);
    Meet meet = compare(g, ev, a, m);
    if (meet == MEET_SAME)
      return e;
    if (meet == MEET_MAYBE && ev->store)
      return 0;
    e = ev->prev;
  }
  return 0;
}

static void push_event(Egraph *g, u32 a, u32 mem, u32 value, bool store) {
  u32 r = g->mems.at[mem].region;
  MemEvent e = {g->now.head[r], a, value, mem, store};
  vec_push(g->scratch, &g->events, e);
  g->now.head[r] = g->events.n - 1;
}

static u32 load(Egraph *g, const Inst *in) {
  MemArg m = g->mems.at[in->b];
  u32 e = find_event(g, in->a, &m);
  if (e) {
    u32 x = eg_class(g, g->events.at[e].value);
    bool store = g->events.at[e].store;
    const Inst *first = eg_node(g, x);
    // a narrow load of the same kind has its value already
    bool equal =
        !store && first->op == in->op && g->mems.at[first->b].ext == m.ext;
    u32 y = equal ? x : seen(g, x, (Type)in->type, &m);
    if (y) {
      if (store)
        COUNT(g, stores_forwarded);
      else
        COUNT(g, loads_removed);
      return y;
    }
  }
  return 0;
}

void eg_memory_known(Egraph *g, const Inst *load, u32 value) {
  push_event(g, load->a, load->b, value, false);
}

static u32 store(Egraph *g, const Inst *in) {
  MemArg m = g->mems.at[in->c];
  u32 e = find_event(g, in->a, &m);
  if (e && eg_class(g, g->events.at[e].value) == in->b &&
      eg_node(g, in->b)->type != TY_NONE) {
    COUNT(g, stores_removed);
    return 1;
  }
  u32 also = written_with(m.region) & ~(1u << m.region);
  for (u32 r = 0; r < REGION_COUNT; r++)
    if (also >> r & 1)
      forget(g, r);
  g->now.write[m.region] = ++g->writes;
  push_event(g, in->a, in->c, in->b, true);
  return 0;
}

u32 eg_memory(Egraph *g, const Inst *in) {
  u32 flags = op_info[in->op].flags;
  return flags & OPF_WRITES ? store(g, in) : load(g, in);
}
