// Blocks, states of the locals, joins, loops: see ssa.h.
#include "mid/wasm/ssa.h"

enum {
  TREE_EDGES = 16,       // edges that join at once in a tree of joins
  TREE_WORTH = 1 << 12,  // arguments from which a tree is tried
};

// --- arrays ------------------------------------------------------------------

// Makes room in everything parallel to the instructions; no more positions are
// made than instructions.
void build_grow(Build *b) {
  Func *f = b->f;
  u32 n = f->insts.n, more = n < 64 ? 64 : n;
  f->pos.n = f->key.n = n;
  vec_reserve(b->arena, &f->insts, more);
  vec_reserve(b->arena, &f->pos, more);
  vec_reserve(b->arena, &f->key, more);
  vec_reserve(b->arena, &f->poses, f->insts.cap - f->poses.n);
  u32 cap = f->insts.cap < f->pos.cap ? f->insts.cap : f->pos.cap;
  cap = cap < f->key.cap ? cap : f->key.cap;
  u8 *used = arena_array(b->arena, u8, cap);
  if (b->cap)
    memcpy(used, b->used, n);
  b->used = used;
  b->cap = cap;
}

// --- blocks and dominators ---------------------------------------------------

static u32 level_of(const Build *b, Block k) { return b->doms.at[k].level; }

static Block common_dominator(const Build *b, Block x, Block y) {
  while (x != y) {
    if (level_of(b, x) < level_of(b, y)) {
      Block t = x;
      x = y, y = t;
    }
    Block jump = b->doms.at[x].jump;
    if (level_of(b, x) > level_of(b, y)) {
      x = level_of(b, jump) >= level_of(b, y) ? jump
                                              : block_at(b->f, x)->idom;
    } else if (jump != b->doms.at[y].jump) { // equal levels jump equally far
      x = jump, y = b->doms.at[y].jump;
    } else {
      x = block_at(b->f, x)->idom, y = block_at(b->f, y)->idom;
    }
  }
  return x;
}

static DomNode dom_node(const Build *b, Block idom) {
  if (!idom)
    return (DomNode){0, 0};
  DomNode up = b->doms.at[idom], far = b->doms.at[up.jump];
  bool same =
      up.level - far.level == far.level - b->doms.at[far.jump].level;
  return (DomNode){up.level + 1, idom == up.jump || !same ? idom : far.jump};
}

static Block start_block(Build *b, Block idom) {
  Block k = ir_block(b->f);
  ir_begin(b->f, k);
  block_at(b->f, k)->idom = idom;
  DomNode node = dom_node(b, idom);
  vec_push(b->arena, &b->doms, node);
  if (!idom)
    b->doms.at[k].jump = k;
  b->cur = k;
  b->cur_first = b->f->insts.n;
  return k;
}

static void seal(Build *b) {
  ir_end(b->f, b->cur);
  b->cur = 0;
}

static Val block_param(Build *b, u8 type, bool used) {
  _Static_assert(OP_param_ref - OP_param_i32 == TY_REF - TY_I32,
                 "parameters stand in the order of types");
  Val v = emit(b, OP_param_i32 + type - TY_I32, type, b->cur,
               block_at(b->f, b->cur)->nparams++, 0);
  b->used[v] = used;
  return v;
}

static void add_edge(Build *b, Block from, Block to, u32 target) {
  vec_push(b->arena, &b->edges, ((BuildEdge){from, to, target}));
}

static u32 where(Val inst, u32 field) { return inst * 4 + field; }

static void patch(Build *b, u32 at, u32 target) {
  if (at & WHERE_POOL) {
    b->f->pool.at[at & ~WHERE_POOL] = target;
    return;
  }
  Inst *i = &b->f->insts.at[at / 4];
  *(at % 4 == 0 ? &i->a : at % 4 == 1 ? &i->b : &i->c) = target;
}

// A target record with room for n arguments.
static u32 new_target(Build *b, Block to, u32 n) {
  Func *f = b->f;
  vec_reserve(f->arena, &f->pool, n + 2);
  u32 at = f->pool.n;
  f->pool.at[at] = to;
  f->pool.at[at + 1] = n;
  f->pool.n = at + 2 + n;
  return at;
}

static bool too_complex(Build *b) {
  body_fail(b->body, b->at,
            "the joins of this function need more than %llu block arguments, "
            "which is not supported",
            (unsigned long long)b->work_limit);
  b->body->err->unsupported = true;
  return false;
}

static bool spend(Build *b, u64 n) {
  b->work += n;
  return b->work <= b->work_limit || too_complex(b);
}

// --- joins -------------------------------------------------------------------

typedef struct Join {
  Pending *e;       // edges in code order
  u32 n;
  const Frame *fr;
  bool locals;      // they matter: not at the end of the function
  u32 nresults;     // results that differ; the locals are in b->differ
} Join;

static Val result_value(const Build *b, const Join *j, u32 edge, u32 r) {
  u32 vals = j->e[edge].vals;
  return j->fr->nresults == 1 ? vals : b->vals.at[vals + r];
}

static bool result_differs(const Build *b, const Join *j, u32 r) {
  Val v = result_value(b, j, 0, r);
  for (u32 k = 1; k < j->n; k++)
    if (result_value(b, j, k, r) != v)
      return true;
  return false;
}

static void local_differs(void *build, u32 local) {
  Build *b = build;
  if (b->mark[local] == b->stamp)
    return;
  b->mark[local] = b->stamp;
  vec_push(b->arena, &b->differ, local);
}

// Finds what differs between the edges, comparing neighbours.
static void measure(Build *b, Join *j) {
  b->differ.n = 0;
  b->stamp++;
  j->nresults = 0;
  for (u32 r = 0; r < j->fr->nresults; r++) {
    b->result_differs[r] = j->n > 1 && result_differs(b, j, r);
    j->nresults += b->result_differs[r];
  }
  for (u32 k = 1; j->locals && k < j->n; k++)
    states_diff(&b->locals, j->e[k - 1].state, j->e[k].state, local_differs, b);
}

static void write_target(Build *b, const Join *j, const Pending *e, Block to) {
  u32 target = new_target(b, to, j->nresults + b->differ.n);
  u32 *arg = &b->f->pool.at[target + 2];
  if (j->nresults)
    for (u32 r = 0; r < j->fr->nresults; r++)
      if (b->result_differs[r])
        *arg++ = result_value(b, j, (u32)(e - j->e), r);
  for (u32 k = 0; k < b->differ.n; k++)
    *arg++ = states_get(&b->locals, e->state, b->differ.at[k]);
  patch(b, e->where, target);
  add_edge(b, e->block, to, target);
}

// Parameters for what differs; the state becomes that of any edge, with them.
static void make_params(Build *b, const Join *j, Slot *out) {
  for (u32 r = 0; r < j->fr->nresults; r++)
    out[r].val = b->result_differs[r]
                     ? block_param(b, (u8)wasm_type(j->fr->results[r]), true)
                     : result_value(b, j, 0, r);
  if (!j->locals)
    return;
  b->locals.root = j->e[j->n - 1].state;
  for (u32 k = 0; k < b->differ.n; k++) {
    u32 local = b->differ.at[k];
    build_set(b, local, block_param(b, b->local_type[local], false));
  }
}

// Makes the block in which the measured edges meet, and enters it.
static bool place(Build *b, const Join *j, Slot *out) {
  if (!spend(b, (u64)(j->n + 1) * (j->nresults + b->differ.n)))
    return false;
  Block idom = j->e[0].block;
  for (u32 k = 1; k < j->n; k++)
    idom = common_dominator(b, idom, j->e[k].block);
  Block to = start_block(b, idom);
  make_params(b, j, out);
  for (u32 k = 0; k < j->n; k++)
    write_target(b, j, &j->e[k], to);
  return true;
}

// Stores n result values for a pending edge.
static u32 keep_vals(Build *b, const Slot *at, u32 n) {
  if (n == 0)
    return 0;
  if (n == 1)
    return at->val;
  u32 first = b->vals.n;
  vec_reserve(b->arena, &b->vals, n);
  for (u32 k = 0; k < n; k++)
    b->vals.at[first + k] = at[k].val;
  b->vals.n = first + n;
  return first;
}

// Joins n edges in a block of their own; returns the edge that leaves it.
static bool merge(Build *b, Join whole, u32 first, u32 n, Pending *out) {
  Join j = {.e = whole.e + first, .n = n, .fr = whole.fr,
            .locals = whole.locals};
  Slot one, *vals = &one;
  if (j.fr->nresults > 1)
    vals = arena_array(b->arena, Slot, j.fr->nresults);
  measure(b, &j);
  if (!place(b, &j, vals))
    return false;
  Val jump = emit(b, OP_jump, TY_NONE, 0, 0, 0);
  *out = (Pending){.block = b->cur, .state = states_freeze(&b->locals),
                   .where = where(jump, 0),
                   .vals = keep_vals(b, vals, j.fr->nresults)};
  seal(b);
  return true;
}

// Replaces runs of edges by their merges: runs from the same terminator (of a
// br_table; their states are equal), or of TREE_EDGES each.
static bool combine(Build *b, Join *j, bool tree) {
  u32 out = 0;
  for (u32 i = 0, n; i < j->n; i += n) {
    for (n = 1; i + n < j->n; n++)
      if (tree ? n == TREE_EDGES : j->e[i + n].block != j->e[i].block)
        break;
    Pending e = j->e[i];
    if (n > 1 && !merge(b, *j, i, n, &e))
      return false;
    j->e[out++] = e;
  }
  j->n = out;
  return true;
}

static bool has_runs(const Join *j) {
  for (u32 k = 1; k < j->n; k++)
    if (j->e[k].block == j->e[k - 1].block)
      return true;
  return false;
}

static bool join_edges(Build *b, Join *j, Slot *out) {
  measure(b, j);
  if (b->differ.n + j->nresults && has_runs(j)) {
    if (!combine(b, j, false))
      return false;
    measure(b, j);
  }
  while (j->n > TREE_EDGES &&
         (u64)j->n * (b->differ.n + j->nresults) > TREE_WORTH) {
    if (!combine(b, j, true))
      return false;
    measure(b, j);
  }
  return place(b, j, out);
}

// One edge, a jump that is the last thing built: goes on behind it instead.
static bool continue_block(Build *b, const Pending *e) {
  Val last = b->f->insts.n - 1;
  if (e->where != where(last, 0) || e->block != b->f->blocks.n - 1 ||
      b->f->insts.at[last].op != OP_jump)
    return false;
  b->f->insts.n = last;
  b->cur = e->block;
  b->cur_first = block_at(b->f, b->cur)->first;
  return true;
}

// --- pending edges -----------------------------------------------------------

static u32 new_pending(Build *b, Frame *fr, Block from, u32 at, u32 vals) {
  Pending e = {.block = from, .state = states_freeze(&b->locals), .where = at,
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
  if (!spend(b, n))
    return false;
  u32 target = new_target(b, fr->x.header, n);
  u32 *arg = &b->f->pool.at[target + 2];
  const Slot *top = b->body->sp - fr->nparams;
  for (u32 k = 0; k < fr->nparams; k++)
    *arg++ = top[k].val;
  for (u32 k = 0; k < fr->x.nlocals; k++)
    *arg++ = states_get(&b->locals, b->locals.root,
                        b->scans.locals.at[fr->x.locals + k]);
  patch(b, at, target);
  add_edge(b, b->cur, fr->x.header, target);
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
  return true;
}

static u32 label_vals(Build *b, u32 label) {
  const Frame *fr = &b->body->frames[b->body->depth - 1 - label];
  if (fr->kind == FRAME_LOOP)
    return 0;
  return keep_vals(b, b->body->sp - fr->nresults, fr->nresults);
}

bool build_br(Build *b, u32 label) {
  u32 vals = label_vals(b, label);
  Val jump = emit(b, OP_jump, TY_NONE, 0, 0, 0);
  bool ok = branch(b, label, where(jump, 0), vals);
  seal(b);
  return ok;
}

bool build_br_if(Build *b, Val cond, u32 label) {
  u32 vals = label_vals(b, label);
  Val br = emit(b, OP_brif, TY_NONE, cond, 0, 0);
  bool ok = branch(b, label, where(br, 1), vals);
  Block from = b->cur;
  seal(b);
  u32 target = new_target(b, start_block(b, from), 0);
  b->f->insts.at[br].c = target;
  add_edge(b, from, b->cur, target);
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
    u32 at = k < n ? (list + 1 + k) | WHERE_POOL : where(br, 2);
    ok = branch(b, labels[k], at, vals);
  }
  seal(b);
  return ok;
}

void build_return(Build *b, const Slot *top, u32 n) {
  Func *f = b->f;
  vec_reserve(f->arena, &f->pool, n + 1);
  u32 list = f->pool.n;
  f->pool.at[list] = n;
  for (u32 k = 0; k < n; k++)
    f->pool.at[list + 1 + k] = top[k].val;
  f->pool.n += n + 1;
  emit(b, OP_return, TY_NONE, 0, 0, list);
  seal(b);
}

void build_trap(Build *b, TrapCode code) {
  emit(b, OP_trap, TY_NONE, code, 0, 0);
  block_at(b->f, b->cur)->cold = 1;
  seal(b);
}

// --- loops -------------------------------------------------------------------

// The header: parameters for the stack's values and for the locals that the
// loop assigns.
static void loop_header(Build *b, Frame *fr, Block from, u32 target) {
  Slot *stack = b->body->sp - fr->nparams;
  fr->x.header = start_block(b, from);
  b->f->pool.at[target] = fr->x.header;
  u32 *arg = &b->f->pool.at[target + 2];
  for (u32 k = 0; k < fr->nparams; k++) {
    *arg++ = stack[k].val;
    stack[k].val = block_param(b, (u8)wasm_type(fr->params[k]), true);
  }
  for (u32 k = 0; k < fr->x.nlocals; k++) {
    u32 local = b->scans.locals.at[fr->x.locals + k];
    *arg++ = states_get(&b->locals, b->locals.root, local);
    build_set(b, local, block_param(b, b->local_type[local], false));
  }
}

bool build_loop(Build *b, Frame *fr, const u8 *p) {
  if (p >= b->scans.end && !scan_loops(b, p))
    return too_complex(b);
  LoopScan scan = b->scans.loops.at[b->scans.next++];
  fr->x.header = 0;
  if (!scan.back)
    return true;
  fr->x.locals = scan.first;
  fr->x.nlocals = scan.n;
  if (!spend(b, 2 * (fr->nparams + scan.n)))
    return false;
  Val jump = emit(b, OP_jump, TY_NONE, 0, 0, 0);
  Block from = b->cur;
  seal(b);
  u32 target = new_target(b, 0, fr->nparams + scan.n);
  b->f->insts.at[jump].a = target;
  loop_header(b, fr, from, target);
  add_edge(b, from, fr->x.header, target);
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
  u32 vals = keep_vals(b, b->body->sp - fr->nparams, fr->nparams);
  Val br = emit(b, OP_brif, TY_NONE, cond, 0, 0);
  Block from = b->cur;
  fr->x.else_edge = b->pending.n;
  vec_push(b->arena, &b->pending,
           ((Pending){.block = from, .state = states_freeze(&b->locals),
                      .where = where(br, 2), .vals = vals}));
  seal(b);
  u32 target = new_target(b, start_block(b, from), 0);
  b->f->insts.at[br].b = target;
  add_edge(b, from, b->cur, target);
}

static void end_edge(Build *b, Frame *fr, const Slot *top) {
  u32 vals = keep_vals(b, top, fr->nresults);
  Val jump = emit(b, OP_jump, TY_NONE, 0, 0, 0);
  new_pending(b, fr, b->cur, where(jump, 0), vals);
  seal(b);
}

void build_else(Build *b, Frame *fr) {
  Slot *stack = b->body->stack + fr->height;
  if (b->cur)
    end_edge(b, fr, stack);
  Pending e = b->pending.at[fr->x.else_edge];
  fr->x.else_edge = 0;
  b->locals.root = e.state;
  u32 target = new_target(b, start_block(b, e.block), 0);
  patch(b, e.where, target);
  add_edge(b, e.block, b->cur, target);
  for (u32 k = 0; k < fr->nparams; k++)
    stack[k] = (Slot){fr->nparams == 1 ? e.vals : b->vals.at[e.vals + k],
                      fr->params[k]};
}

// Copies the frame's edges to b->join.
static u32 collect(Build *b, const Frame *fr) {
  b->join.n = 0;
  for (u32 k = fr->x.first_edge; k; k = b->pending.at[k].next)
    vec_push(b->arena, &b->join, b->pending.at[k]);
  return b->join.n;
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

static bool join_frame(Build *b, Frame *fr, Slot *out) {
  Join j = {.fr = fr, .locals = fr->kind != FRAME_FUNC};
  j.n = collect(b, fr);
  j.e = b->join.at;
  if (j.n == 0)
    return true; // nothing gets here
  if (j.n > 1 || !continue_block(b, &j.e[0]))
    return join_edges(b, &j, out);
  if (j.locals)
    b->locals.root = j.e[0].state;
  for (u32 r = 0; r < fr->nresults; r++)
    out[r].val = result_value(b, &j, 0, r);
  return true;
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
  if (!b->cur && !join_frame(b, fr, out))
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
  start_block(b, 0);
  for (u32 k = 0; k < sig->nparams; k++)
    build_set(b, k, block_param(b, b->local_type[k], true));
  b->vmctx = emit(b, OP_vmctx, TY_I64, 0, 0, 0);
  Val zero[TY_COUNT] = {0};
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

bool build_begin(Build *b, Body *s, u32 func, const TranslateOptions *o) {
  const WasmModule *m = s->m;
  Arena *a = s->arena;
  u32 bytes = (u32)(s->end - s->p), nlocals = s->nlocals;
  const Sig *sig = &m->types[m->func_types[func]];
  memset(b, 0, sizeof *b);
  b->m = m, b->arena = a, b->body = s, b->o = *o;
  b->at = s->p;
  b->f = ir_new(a, m->types, m->ntypes, m->func_types, m->nfuncs, func);
  b->f->wasm_bytes = bytes;
  b->work_limit = (1u << 20) + 8ull * bytes;
  states_begin(&b->locals, a, nlocals);
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
