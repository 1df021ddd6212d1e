// Branches, loops, constructs and the function as a whole: see ssa.h.
#include "mid/wasm/ssa.h"

// --- pending edges -----------------------------------------------------------

static u32 new_pending(Build *b, Frame *fr, Block from, u32 at, u32 vals) {
  Pending e = {.block = from,
               .state = states_freeze(&b->locals),
               .where = at,
               .vals = vals};
  u32 k = b->pending.n;
  vec_push(b->arena, &b->pending, e);
  if (fr->x.last_edge)
    b->pending.at[fr->x.last_edge].next = k;
  else
    fr->x.first_edge = k;
  fr->x.last_edge = k;
  return k;
}

// Writes the arguments of a branch to a loop's header: the topmost values, then
// the loop's locals.
static bool back_edge(Build *b, u32 frame, u32 at) {
  Frame *fr = &b->body->frames[frame];
  must(fr->x.header, "a branch that the pre-scan did not see");
  u32 n = fr->nparams + fr->x.nlocals;
  if (!build_spend(b, n))
    return false;
  u32 target = build_new_target(b, fr->x.header, n);
  u32 *arg = &b->f->pool.at[target + 2];
  const Slot *top = b->body->sp - fr->nparams;
  for (u32 k = 0; k < fr->nparams; k++)
    *arg++ = top[k].val;
  for (u32 k = 0; k < fr->x.nlocals; k++)
    *arg++ = states_get(&b->locals, b->locals.root,
                        b->scans.locals.at[fr->x.locals + k]);
  build_patch(b, at, target);
  build_add_edge(b, b->cur, fr->x.header, target);
  fr->x.last_back = b->cur;
  Frame *inner = &b->body->frames[b->loop_frame];
  if (frame < inner->x.reach)
    inner->x.reach = frame;
  return true;
}

// An edge from the current block to a label; vals as of keep_vals.
static bool branch(Build *b, u32 label, u32 at, u32 vals) {
  u32 frame = b->body->depth - 1 - label;
  Frame *fr = &b->body->frames[frame];
  if (fr->kind == FRAME_LOOP)
    return back_edge(b, frame, at);
  new_pending(b, fr, b->cur, at, vals);
  return build_spend(b, 0);
}

static u32 label_vals(Build *b, u32 label) {
  const Frame *fr = &b->body->frames[b->body->depth - 1 - label];
  if (fr->kind == FRAME_LOOP)
    return 0;
  return build_keep_vals(b, b->body->sp - fr->nresults, fr->nresults);
}

bool build_br(Build *b, u32 label) {
  u32 vals = label_vals(b, label);
  Val jump = emit(b, OP_jump, TY_NONE, 0, 0, 0);
  bool ok = branch(b, label, build_where(jump, 0), vals);
  build_seal(b);
  return ok;
}

bool build_br_if(Build *b, Val cond, u32 label) {
  u32 vals = label_vals(b, label);
  Val br = emit(b, OP_brif, TY_NONE, cond, 0, 0);
  bool ok = branch(b, label, build_where(br, 1), vals);
  Block from = b->cur;
  build_seal(b);
  u32 target = build_new_target(b, build_start_block(b, from), 0);
  b->f->insts.at[br].c = target;
  build_add_edge(b, from, b->cur, target);
  return ok;
}

// All labels carry the same number of values: they are kept once.
bool build_br_table(Build *b, Val index, const u32 *labels, u32 n) {
  Func *f = b->f;
  u32 vals = 0;
  bool kept = false, ok = true;
  vec_reserve(f->arena, &f->pool, n + 1);
  u32 list = f->pool.n;
  f->pool.at[list] = n;
  f->pool.n += n + 1;
  Val br = emit(b, OP_br_table, TY_NONE, index, list, 0);
  for (u32 k = 0; k <= n && ok; k++) {
    if (!kept) {
      const Frame *fr = &b->body->frames[b->body->depth - 1 - labels[k]];
      kept = fr->kind != FRAME_LOOP;
      vals = label_vals(b, labels[k]);
    }
    u32 at = k < n ? (list + 1 + k) | WHERE_POOL : build_where(br, 2);
    ok = branch(b, labels[k], at, vals);
  }
  build_seal(b);
  return ok;
}

void build_return(Build *b, const Slot *top, u32 n) {
  Func *f = b->f;
  if (b->in_memory)
    build_leave_frame(b);
  vec_reserve(f->arena, &f->pool, n + 1);
  u32 list = f->pool.n;
  f->pool.at[list] = n;
  for (u32 k = 0; k < n; k++)
    f->pool.at[list + 1 + k] = top[k].val;
  f->pool.n += n + 1;
  emit(b, OP_return, TY_NONE, 0, 0, list);
  build_seal(b);
}

void build_trap_here(Build *b, TrapCode code) {
  emit(b, OP_trap, TY_NONE, code, 0, 0);
  block_at(b->f, b->cur)->cold = 1;
  build_seal(b);
}

// --- loops -------------------------------------------------------------------

// The header: parameters for the stack's values and for the locals that the
// loop assigns.
static void loop_header(Build *b, Frame *fr, Block from, u32 target) {
  Slot *stack = b->body->sp - fr->nparams;
  fr->x.header = build_start_block(b, from);
  b->f->pool.at[target] = fr->x.header;
  u32 *arg = &b->f->pool.at[target + 2];
  for (u32 k = 0; k < fr->nparams; k++) {
    *arg++ = stack[k].val;
    stack[k].val = build_block_param(b, (u8)wasm_type(fr->params[k]), true);
  }
  for (u32 k = 0; k < fr->x.nlocals; k++) {
    u32 local = b->scans.locals.at[fr->x.locals + k];
    *arg++ = states_get(&b->locals, b->locals.root, local);
    build_set(b, local, build_block_param(b, b->local_type[local], false));
  }
}

bool build_loop(Build *b, Frame *fr, const u8 *p) {
  if (p >= b->scans.end && !scan_loops(b, p))
    return build_too_complex(b);
  LoopScan scan = b->scans.loops.at[b->scans.next++];
  fr->x.header = 0;
  if (!scan.back)
    return true;
  fr->x.locals = scan.first;
  fr->x.nlocals = scan.n;
  if (!build_spend(b, 2 * (fr->nparams + scan.n)))
    return false;
  Val jump = emit(b, OP_jump, TY_NONE, 0, 0, 0);
  Block from = b->cur;
  build_seal(b);
  u32 target = build_new_target(b, 0, fr->nparams + scan.n);
  b->f->insts.at[jump].a = target;
  loop_header(b, fr, from, target);
  build_add_edge(b, from, fr->x.header, target);
  fr->x.parent_loop = b->loop_frame;
  fr->x.last_back = 0;
  fr->x.reach = UINT32_MAX;
  b->loop_frame = (u32)(fr - b->body->frames);
  return true;
}

// The loop's interval ends behind its last back edge, or behind an inner loop
// from which a branch goes further out: that loop's rest can come back too.
static void end_loop(Build *b, Frame *fr) {
  u32 parent = fr->x.parent_loop;
  b->loop_frame = parent;
  if (fr->x.last_back)
    block_at(b->f, fr->x.header)->loop_end = fr->x.last_back + 1;
  if (!parent || fr->x.reach > parent)
    return;
  Frame *outer = &b->body->frames[parent];
  if (outer->x.last_back < fr->x.last_back)
    outer->x.last_back = fr->x.last_back;
  if (outer->x.reach > fr->x.reach)
    outer->x.reach = fr->x.reach;
}

// --- if, else, end -----------------------------------------------------------

void build_if(Build *b, Frame *fr, Val cond) {
  u32 vals = build_keep_vals(b, b->body->sp - fr->nparams, fr->nparams);
  Val br = emit(b, OP_brif, TY_NONE, cond, 0, 0);
  Block from = b->cur;
  fr->x.else_edge = b->pending.n;
  vec_push(b->arena, &b->pending,
           ((Pending){.block = from,
                      .state = states_freeze(&b->locals),
                      .where = build_where(br, 2),
                      .vals = vals}));
  build_seal(b);
  u32 target = build_new_target(b, build_start_block(b, from), 0);
  b->f->insts.at[br].b = target;
  build_add_edge(b, from, b->cur, target);
}

static void end_edge(Build *b, Frame *fr, const Slot *top) {
  u32 vals = build_keep_vals(b, top, fr->nresults);
  Val jump = emit(b, OP_jump, TY_NONE, 0, 0, 0);
  new_pending(b, fr, b->cur, build_where(jump, 0), vals);
  build_seal(b);
}

void build_else(Build *b, Frame *fr) {
  Slot *stack = b->body->stack + fr->height;
  if (b->cur)
    end_edge(b, fr, stack);
  Pending e = b->pending.at[fr->x.else_edge];
  fr->x.else_edge = 0;
  b->locals.root = e.state;
  u32 target = build_new_target(b, build_start_block(b, e.block), 0);
  build_patch(b, e.where, target);
  build_add_edge(b, e.block, b->cur, target);
  for (u32 k = 0; k < fr->nparams; k++)
    stack[k] = (Slot){fr->nparams == 1 ? e.vals : b->vals.at[e.vals + k],
                      fr->params[k]};
}

// Outside of every construct only edges to the function's end are pending, and
// those do not need their states.
static void forget_states(Build *b) {
  if (b->body->depth != 2) // the frame that ends is the only one open
    return;
  states_forget(&b->locals);
  if (!b->body->frames[0].x.first_edge)
    b->pending.n = 1, b->vals.n = 0;
}

bool build_end(Build *b, Frame *fr) {
  Slot *out = b->body->stack + fr->height;
  if (fr->kind == FRAME_IF && fr->x.else_edge) { // no else: goes to the end
    b->pending.at[fr->x.else_edge].next = fr->x.first_edge;
    fr->x.first_edge = fr->x.else_edge;
    if (!fr->x.last_edge)
      fr->x.last_edge = fr->x.else_edge;
  }
  if (fr->kind == FRAME_LOOP && fr->x.header)
    end_loop(b, fr);
  if (b->cur && fr->x.first_edge)
    end_edge(b, fr, out);
  if (!b->cur && !build_join_frame(b, fr, out))
    return false;
  forget_states(b);
  return true;
}

// --- the function ------------------------------------------------------------

static Val zero_of(Build *b, u8 type) {
  return type == TY_REF ? build_null(b) : build_const(b, (Type)type, 0);
}

static void entry_block(Build *b, const Sig *sig) {
  Body *s = b->body;
  Val zero[TY_COUNT] = {0};
  build_start_block(b, 0);
  for (u32 k = 0; k < sig->nparams; k++)
    build_block_param(b, b->local_type[k], true);
  Val first = b->f->insts.n - sig->nparams;
  b->vmctx = emit(b, OP_vmctx, TY_I64, 0, 0, 0);
  if (b->in_memory)
    build_frame(b);
  for (u32 k = 0; k < sig->nparams; k++)
    build_set(b, k, first + k);
  for (u32 k = sig->nparams; k < s->nlocals; k++) {
    u8 t = b->local_type[k];
    zero[t] = zero[t] ? zero[t] : zero_of(b, t);
    build_set(b, k, zero[t]);
  }
}

// False if a local or the signature has a type that cannot be built.
static bool local_types(Build *b, const Sig *sig) {
  const Body *s = b->body;
  for (u32 k = 0; k < s->nlocals; k++) {
    b->local_type[k] = (u8)wasm_type(s->local_types[k]);
    if (b->local_type[k] == TY_V128)
      return false;
  }
  for (u32 k = 0; k < sig->nresults; k++)
    if (sig->types[sig->nparams + k] == TY_V128)
      return false;
  return true;
}

bool build_begin(Build *b, Body *s, u32 func, const TranslateOptions *o,
                 bool in_memory) {
  const WasmModule *m = s->m;
  Arena *a = s->arena;
  u32 bytes = (u32)(s->end - s->p), nlocals = s->nlocals;
  const Sig *sig = &m->types[m->func_types[func]];
  memset(b, 0, sizeof *b);
  b->m = m, b->arena = a, b->body = s, b->o = *o;
  b->at = s->p;
  b->f = ir_new(a, m->types, m->ntypes, m->func_types, m->nfuncs, func);
  b->f->wasm_bytes = bytes;
  b->f->in_memory = b->in_memory = in_memory;
  b->work_limit = (in_memory ? 1u << 23 : 1u << 20) + 8ull * bytes;
  if (!in_memory && o->join_limit)
    b->work_limit = o->join_limit;
  states_begin(&b->locals, a, in_memory ? 0 : nlocals);
  b->local_type = arena_array(a, u8, nlocals + 1);
  b->mark = arena_array0(a, u32, nlocals + 1);
  b->scans.stamp = arena_array0(a, u32, nlocals + 1);
  b->result_differs = arena_array(a, u8, MAX_RESULTS);
  vec_push(a, &b->pending, (Pending){0});
  vec_push(a, &b->doms, (DomNode){0});
  vec_reserve(a, &b->f->insts, bytes / 2 + nlocals / 8 + 32);
  vec_reserve(a, &b->f->pos, bytes / 2 + nlocals / 8 + 32);
  vec_reserve(a, &b->f->key, bytes / 2 + nlocals / 8 + 32);
  if (!local_types(b, sig))
    return false;
  build_grow(b);
  entry_block(b, sig);
  return true;
}
