// Emission: blocks in layout order, instructions with the allocator's moves
// between them, terminators with what falls through left out.
//
// 1. layout: warm blocks in the order of lowering, then cold ones; a block that
//    is only a jump forward is threaded: who jumps to it jumps on.
// 2. each block: moves and instructions; the terminator decides by what comes
//    next. Moves on a critical edge stand behind the branch that falls into
//    them, or out of line.
// 3. deferred edge blocks, then stubs of traps.
#include "back/emit/emit.h"

#include "inst.h"

static bool edge_has_moves(const Emit *e, u32 edge) {
  return e->edge_move && e->edge_move[edge] != ~0u;
}

static void emit_edge_moves(Emit *e, u32 edge) {
  const RaResult *ra = e->ra;
  e->count->edge_blocks++;
  for (u32 k = e->edge_move[edge];
       k < ra->nedge_moves && ra->edge_moves[k].point == edge; k++)
    emit_move(e, &ra->edge_moves[k]);
}

// --- terminators
// ----------------------------------------------------------------

static u32 edge_target(const Emit *e, u32 edge) {
  return e->thread[e->v->edges[edge].to];
}
static u32 edge_label(const Emit *e, u32 edge) {
  return edge_has_moves(e, edge) ? e->v->nblocks + edge : edge_target(e, edge);
}

static void set_label(Emit *e, u32 label) {
  e->labels[label] = (LabelAt){emit_at(e), e->items.n};
}

// The edge's moves if it has any, then on to its target.
static void fall_into_edge(Emit *e, u32 edge, u32 next) {
  if (edge_has_moves(e, edge)) {
    set_label(e, e->v->nblocks + edge);
    emit_edge_moves(e, edge);
  }
  if (edge_target(e, edge) == next)
    e->count->jumps_elided++;
  else
    emit_jump(e, CC_ALWAYS, edge_target(e, edge));
}

static void defer(Emit *e, u32 edge) {
  if (edge_has_moves(e, edge))
    vec_push(e->arena, &e->deferred, edge);
}

static bool edge_cold(const Emit *e, u32 edge) {
  return e->v->blocks[edge_target(e, edge)].cold;
}

// Which of two edges follows the branch directly: moves want to stand in line
// (of two, those of the deeper loop), else what comes next anyway.
static bool falls(const Emit *e, u32 t, u32 other, u32 next) {
  bool mt = edge_has_moves(e, t), mo = edge_has_moves(e, other);
  if (edge_cold(e, t) != edge_cold(e, other))
    return edge_cold(e, other);
  if (mt && mo)
    return e->v->blocks[edge_target(e, t)].depth >=
           e->v->blocks[edge_target(e, other)].depth;
  if (mt || mo)
    return mt;
  return edge_target(e, t) == next;
}

static void emit_branch(Emit *e, const VInst *i, u32 next) {
  const VBlock *b = &e->v->blocks[e->block];
  u32 t = b->edges, other = b->edges + 1;
  u32 cc = inst_info[i->inst].cc;
  if (i->inst == X64_jmp) {
    fall_into_edge(e, t, next);
    return;
  }
  if (i->inst == X64_jcc_oeq || i->inst == X64_jcc_une) {
    // une: two jumps to t, e falls. oeq is une with the edges exchanged.
    if (i->inst == X64_jcc_oeq) {
      u32 x = t;
      t = other, other = x;
    }
    emit_jump(e, 10 /* p */, edge_label(e, t));
    if (falls(e, t, other, next)) {
      emit_jump(e, 4 /* e */, edge_label(e, other));
      defer(e, other);
      fall_into_edge(e, t, next);
      return;
    }
    emit_jump(e, 5 /* ne */, edge_label(e, t));
    defer(e, t);
    fall_into_edge(e, other, next);
    return;
  }
  if (falls(e, t, other, next)) {
    u32 x = t;
    t = other, other = x;
    cc ^= 1;
  }
  emit_jump(e, cc, edge_label(e, t));
  defer(e, t);
  fall_into_edge(e, other, next);
}

static void emit_terminator(Emit *e, const VInst *i, u32 next) {
  const InstInfo *info = &inst_info[i->inst];
  if (!(info->flags & INST_BRANCH)) {
    emit_inst(e, i);
    return;
  }
  emit_room(e);
  if (unlikely(e->opt.lines))
    emit_line(e, (u32)(i - e->v->insts));
  if (i->inst != X64_jump_table) {
    emit_branch(e, i, next);
    return;
  }
  emit_plain(e, i, vinst_form(i), e->locs + i->ops);
  const VBlock *b = &e->v->blocks[e->block];
  for (u32 k = b->edges; k < b->edges + b->nedges; k++)
    defer(e, k);
}

// --- blocks
// ---------------------------------------------------------------------

static void align_block(Emit *e, const VBlock *b) {
  if (!e->opt.align || !b->loop_end || b->cold)
    return;
  Item it = {.at = emit_at(e), .kind = ITEM_ALIGN};
  vec_push(e->arena, &e->items, it);
}

static void emit_block(Emit *e, u32 block, u32 next) {
  const VBlock *b = &e->v->blocks[block];
  const RaMove *m = e->ra->moves + e->first_move[block];
  const RaMove *moves_end = e->ra->moves + e->ra->nmoves;
  const VInst *insts = e->v->insts;
  u32 point = m < moves_end ? m->point : ~0u;
  e->block = block;
  emit_room(e);
  align_block(e, b);
  set_label(e, block);
  for (u32 k = b->first; k < b->end; k++) {
    bool done = false;
    for (; point <= 2 * k; point = ++m < moves_end ? m->point : ~0u) {
      bool last = m + 1 >= moves_end || m[1].point > 2 * k;
      done = last && emit_fused(e, m, &insts[k]);
      if (!done)
        emit_move(e, m);
    }
    if (done)
      ;
    else if (unlikely(inst_info[insts[k].inst].flags & INST_ENDS))
      emit_terminator(e, &insts[k], next);
    else
      emit_inst(e, &insts[k]);
    for (; point <= 2 * k + 1; point = ++m < moves_end ? m->point : ~0u)
      emit_move(e, m);
  }
}

// --- layout
// ---------------------------------------------------------------------

// A block of one jump and no moves, forward: there is no cycle of these.
static bool only_jumps(const Emit *e, u32 block, bool moves) {
  const VBlock *b = &e->v->blocks[block];
  return block != 0 && !moves && b->end - b->first == 1 &&
         e->v->insts[b->first].inst == X64_jmp && b->nedges == 1 &&
         e->v->edges[b->edges].to > block && !edge_has_moves(e, b->edges);
}

static void find_moves(Emit *e) {
  const VCode *v = e->v;
  const RaResult *ra = e->ra;
  e->edge_move = NULL;
  if (ra->nedge_moves) {
    e->edge_move = arena_array(e->arena, u32, v->nedges);
    memset(e->edge_move, 0xff, sizeof(u32) * v->nedges);
    for (u32 k = ra->nedge_moves; k-- > 0;)
      e->edge_move[ra->edge_moves[k].point] = k;
  }
  e->first_move = arena_array(e->arena, u32, v->nblocks);
  u32 m = 0;
  for (u32 b = 0; b < v->nblocks; b++) {
    while (m < ra->nmoves && ra->moves[m].point < 2 * v->blocks[b].first)
      m++;
    e->first_move[b] = m;
  }
}

static void lay_out(Emit *e) {
  const VCode *v = e->v;
  u32 n = v->nblocks, k = 0;
  e->thread = arena_array(e->arena, u32, n);
  e->order = arena_array(e->arena, u32, n + 1);
  for (u32 b = n; b-- > 0;) {
    u32 m = e->first_move[b];
    bool moves =
        m < e->ra->nmoves && e->ra->moves[m].point < 2 * v->blocks[b].end;
    e->thread[b] = b;
    if (only_jumps(e, b, moves)) {
      e->thread[b] = e->thread[v->edges[v->blocks[b].edges].to];
      e->count->threaded++;
    }
  }
  for (u32 cold = 0; cold < 2; cold++)
    for (u32 b = 0; b < n; b++)
      if (e->thread[b] == b && (b != 0 && v->blocks[b].cold) == cold)
        e->order[k++] = b;
  e->norder = k;
  e->order[k] = ~0u;
}

// --- all of it
// --------------------------------------------------------------------

// Where a function that finds no stack says it is: at its first instruction
// that has a position.
static u32 first_origin(const VCode *v) {
  for (u32 k = 0; v->ir && k < v->ninsts && k < 64; k++)
    if (v->ir->pos.at[v->insts[k].origin])
      return v->insts[k].origin;
  return 0;
}

static void emit_prologue(Emit *e) {
  emit_line(e, EMIT_PROLOGUE);
  u32 trap_at;
  u32 at = emit_at(e);
  u32 n = abi_prologue(e->p, &e->frame, &trap_at);
  if (trap_at) { // jb, whose rel32 is there
    Item it = {.at = at + trap_at - 2,
               .kind = ITEM_JUMP,
               .len = 6,
               .near = 0x72,
               .label = emit_stub(e, TRAP_STACK, first_origin(e->v))};
    vec_push(e->arena, &e->items, it);
  }
  e->p += n;
  e->framed = emit_at(e);
}

static void emit_deferred(Emit *e) {
  for (u32 k = 0; k < e->deferred.n; k++) {
    u32 edge = e->deferred.at[k];
    emit_room(e);
    fall_into_edge(e, edge, ~0u);
  }
}

static void emit_stubs(Emit *e) {
  for (u32 k = 0; k < e->stubs.n; k++) {
    emit_room(e);
    emit_line(e, EMIT_STUB);
    e->stubs.at[k].at = emit_at(e);
    emit_trap(e, e->stubs.at[k].code, e->stubs.at[k].origin);
  }
}

static void start(Emit *e) {
  const VCode *v = e->v;
  u32 cap = 8 * v->ninsts + 4 * e->ra->nmoves + 256;
  e->code = arena_alloc(e->arena, cap + EMIT_ROOM, 16);
  e->p = e->code;
  e->limit = e->code + cap;
  e->labels = arena_array(e->arena, LabelAt, v->nblocks + v->nedges);
  memset(e->labels, 0xff, sizeof(LabelAt) * v->nblocks);
  vec_reserve(e->arena, &e->items, v->nedges + 16);
  for (u32 i = 0; i < v->npool; i++)
    vec_push(e->arena, &e->pool, v->pool[i]);
  u32 out = (v->out_bytes + 7) & ~7u;
  e->frame = abi_frame(e->ra->used_callee_saved, out + 8 * e->ra->nslots,
                       v->has_calls);
  e->frame_total = abi_frame_total(&e->frame);
  e->slots = out;
}

CodeBlob *emit_func(Arena *out, Arena *pass, const VCode *v, const RaResult *ra,
                    const EmitOptions *o, EmitCounters *count) {
  Emit e = {.arena = pass,
            .v = v,
            .ra = ra,
            .locs = ra->locs,
            .opt = *o,
            .count = count};
  start(&e);
  find_moves(&e);
  lay_out(&e);
  emit_prologue(&e);
  for (u32 k = 0; k < e.norder; k++)
    emit_block(&e, e.order[k], e.order[k + 1]);
  emit_deferred(&e);
  emit_stubs(&e);
  count->insts += v->ninsts + ra->nmoves + ra->nedge_moves;
  count->blocks += e.norder;
  count->stubs += e.stubs.n;
  return emit_finish(&e, out);
}
