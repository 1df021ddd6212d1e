// The machine around interp_op: a direct loop over steps with its own stack of
// frames. Calls between functions of the IR push a frame and go on in the same
// C function; C recursion happens only where a host function calls back, and
// is bounded by MOST_REENTERED. Frames lie in one array of words, reserved once
// and touched as the depth needs it.
//
// On a trap run() just returns: the frames stay, so that whoever wants a
// backtrace reads it from them. That is also right when a host function leaves
// by longjmp, because a frame's `inst` and `at` are written before each call.
#include "mid/ir/interp_code.h"
#include "ops.h"

enum { MOST_REENTERED = 256, MOST_DEPTH = 1 << 17, MOST_SLOTS = 1 << 24 };

typedef struct Machine { // what the loop keeps at hand
  Interp *in;
  InterpFrame *frame;
  const InterpCode *code;
  const Step *pc; // next step
  u64 *slots;     // of the frame
  InterpMem mem;
  u64 *results; // of the outermost function
  u32 floor;    // frames below are not ours
} Machine;

void interp_init(Interp *in) {
  *in = (Interp){
      .fuel = UINT64_MAX, .max_depth = MOST_DEPTH, .max_slots = MOST_SLOTS};
}

void interp_free(Interp *in) {
  arena_free(&in->arena);
}

// --- frames

static void see_memory(Machine *m) {
  const VMCtx *ctx = m->frame->ctx;
  m->mem.heap = ctx ? ctx->heap : m->in->heap;
  m->mem.heap_size = m->in->heap_bytes;
  if (ctx)
    m->mem.heap_size = ctx->mem ? ctx->mem->bytes : 0;
  m->mem.mems = m->code->f->mems.at;
  m->mem.vecs = m->code->f->vecs.at;
}

// Makes the topmost frame the running one.
static void see_frame(Machine *m) {
  m->frame = &m->in->frames[m->in->nframes - 1];
  m->code = m->frame->code;
  m->pc = m->code->steps.at + m->frame->at;
  m->slots = m->in->slots + m->frame->base;
  see_memory(m);
}

static void leave_frame(Machine *m, const Step *s) {
  m->frame->inst = s->inst;
  m->frame->at = (u32)(m->pc - m->code->steps.at);
}

static void reserve_stack(Interp *in) {
  if (in->frames)
    return;
  in->frames = arena_array(&in->arena, InterpFrame, in->max_depth + 1);
  in->slots = arena_array(&in->arena, u64, in->max_slots);
}

// Words beyond a frame are room for parallel moves and results.
static bool has_room(const Interp *in, const InterpCode *c) {
  u64 want = (u64)in->top + c->nslots + 2 * (u64)c->nmost + 16;
  return in->nframes < in->max_depth && want <= in->max_slots;
}

static bool spend(Interp *in, u32 cost) {
  if (in->fuel < cost) {
    in->out_of_fuel = true;
    return false;
  }
  in->fuel -= cost;
  return true;
}

// Parameters are for the caller to write into the returned slots.
static TrapCode push_frame(Interp *in, InterpTarget t, u64 **params) {
  const InterpCode *c = t.code;
  if (!has_room(in, c)) { // the last frame, for the backtrace alone
    if (in->nframes <= in->max_depth)
      in->frames[in->nframes++] = (InterpFrame){.code = c, .ctx = t.ctx};
    return TRAP_STACK;
  }
  if (!spend(in, c->entry_cost))
    return TRAP_HOST;
  u64 *slots = in->slots + in->top;
  in->frames[in->nframes++] =
      (InterpFrame){.code = c, .ctx = t.ctx, .base = in->top};
  in->top += c->nslots;
  if (c->nconsts)
    memcpy(slots, c->consts, c->nconsts * sizeof *slots);
  if (c->counts)
    c->counts[1]++;
  *params = slots + c->nconsts;
  return TRAP_NONE;
}

InterpMark interp_mark(const Interp *in) {
  return (InterpMark){in->nframes, in->top, in->reentered};
}

void interp_unwind(Interp *in, InterpMark m) {
  in->nframes = m.nframes;
  in->top = m.top;
  in->reentered = m.reentered;
}

Pos interp_frame_pos(const InterpFrame *frame) {
  const Func *f = frame->code->f;
  u32 p = frame->inst < f->pos.n ? f->pos.at[frame->inst] : 0;
  return f->poses.at[p];
}

// --- steps

static bool take_edge(Machine *m, u32 edge) {
  const Edge *e = &m->code->edges.at[edge];
  const u32 *move = m->code->words.at + e->moves;
  u64 *s = m->slots, *aside = m->in->slots + m->in->top;
  if (!e->overlap) {
    for (u32 k = 0; k < e->n; k++, move += 2)
      s[move[0]] = s[move[1]];
  } else {
    for (u32 k = 0; k < e->n; k++)
      aside[k] = s[move[2 * k + 1]];
    for (u32 k = 0; k < e->n; k++)
      s[move[2 * k]] = aside[k];
  }
  m->pc = m->code->steps.at + e->to;
  if (m->code->counts)
    m->code->counts[e->block]++;
  return spend(m->in, e->cost);
}

static void gather(const Machine *m, const Step *s, u64 *out) {
  const u32 *word = m->code->words.at + s->b;
  for (u32 k = 0; k < s->n; k++)
    out[k] = m->slots[word[k]];
}

static TrapCode step_wide(Machine *m, const Step *s) {
  u64 args[8];
  must(s->n <= 8, "%u words", s->n);
  gather(m, s, args);
  return s->fn(&m->mem, inst_at(m->code->f, s->inst), args, m->slots + s->dst);
}

// Arguments and results share the words above the frame, which the host's own
// calls into the interpreter must not take.
static TrapCode call_host(Machine *m, const Step *s, const VMFunc *f,
                          u32 nresults) {
  Interp *in = m->in;
  u64 *words = in->slots + in->top;
  u32 n = s->n > nresults ? s->n : nresults;
  if ((u64)in->top + n + 16 > in->max_slots || in->reentered >= MOST_REENTERED)
    return TRAP_STACK;
  gather(m, s, words);
  in->top += n;
  in->reentered++;
  f->host(m->frame->ctx, f->env, words);
  in->reentered--;
  in->top -= n;
  memcpy(m->slots + s->dst, words, nresults * sizeof *words);
  see_memory(m);
  return TRAP_NONE;
}

static u32 call_results(const Machine *m, const Step *s) {
  const Sig *sig = ir_callee_sig(m->code->f, inst_at(m->code->f, s->inst));
  u32 n = 0;
  for (u32 k = 0; sig && k < sig->nresults; k++)
    n += type_words(sig->types[sig->nparams + k]);
  return n;
}

static TrapCode step_call(Machine *m, const Step *s, InterpTarget t) {
  u64 *params;
  leave_frame(m, s);
  if (!t.code)
    return t.host ? call_host(m, s, t.host, call_results(m, s)) : TRAP_HOST;
  must(t.code->nparams == s->n, "call of f%u with %u words, it takes %u",
       t.code->f->index, s->n, t.code->nparams);
  TrapCode trap = push_frame(m->in, t, &params);
  if (trap)
    return trap;
  gather(m, s, params);
  see_frame(m);
  return TRAP_NONE;
}

static TrapCode step_call_direct(Machine *m, const Step *s) {
  InterpTarget t = {0};
  leave_frame(m, s);
  if (!m->in->resolve || !m->in->resolve(m->in, m->frame->ctx, s->a, &t))
    return TRAP_HOST;
  return step_call(m, s, t);
}

static TrapCode step_call_ref(Machine *m, const Step *s) {
  InterpTarget t = {0};
  const VMFunc *f = (const VMFunc *)(uintptr_t)m->slots[s->a];
  leave_frame(m, s);
  if (!f)
    return TRAP_NULL_FUNC;
  if (f->host)
    t.host = f;
  else if (!m->in->resolve || !m->in->resolve(m->in, f->ctx, f->index, &t))
    return TRAP_HOST;
  return step_call(m, s, t);
}

static TrapCode step_libcall(Machine *m, const Step *s) {
  u64 args[8] = {0}, result = 0;
  leave_frame(m, s);
  must(s->n <= 8, "libcall with %u words", s->n);
  if (!m->in->libcall)
    return TRAP_HOST;
  gather(m, s, args);
  TrapCode trap = m->in->libcall(m->in, m->frame->ctx, s->a, args, &result);
  if (trap)
    return trap;
  if (s->words)
    m->slots[s->dst] = result;
  see_memory(m);
  return TRAP_NONE;
}

// False when the outermost function of this run returned.
static bool step_return(Machine *m, const Step *s) {
  const u64 *from = m->slots;
  const u32 *word = m->code->words.at + s->b;
  m->in->top -= m->code->nslots;
  m->in->nframes--;
  bool last = m->in->nframes == m->floor;
  u64 *to = m->results;
  if (!last) {
    see_frame(m);
    to = m->slots + m->pc[-1].dst;
  }
  for (u32 k = 0; k < s->n; k++)
    to[k] = from[word[k]];
  return !last;
}

static u64 step_funcref(Machine *m, const Step *s) {
  if (!m->in->funcref)
    return 0;
  return (uintptr_t)m->in->funcref(m->in, m->frame->ctx, s->a);
}

// Steps that go elsewhere: they change m->pc, and calls the frame.
static TrapCode step_control(Machine *m, const Step *s, bool *fueled) {
  const u64 *slots = m->slots;
  switch ((StepKind)s->kind) {
  case STEP_JUMP:
    *fueled = take_edge(m, s->a);
    return TRAP_NONE;
  case STEP_TABLE: {
    u64 k = slots[s->a];
    *fueled = take_edge(m, s->b + (k < s->n ? (u32)k : s->n));
    return TRAP_NONE;
  }
  case STEP_CALL:
    return step_call_direct(m, s);
  case STEP_CALL_REF:
    return step_call_ref(m, s);
  case STEP_LIBCALL:
    return step_libcall(m, s);
  case STEP_HOSTMEM:
    return m->frame->ctx ? step_wide(m, s) : TRAP_HOST;
  case STEP_WIDE:
    return step_wide(m, s);
  case STEP_TRAP:
    return s->a;
  case STEP_VMCTX:
    m->slots[s->dst] = (uintptr_t)m->frame->ctx;
    return TRAP_NONE;
  case STEP_FUNCREF:
    m->slots[s->dst] = step_funcref(m, s);
    return TRAP_NONE;
  case STEP_OP1:
  case STEP_OP2:
  case STEP_OP3:
  case STEP_TRAPZ:
  case STEP_TRAPNZ:
  case STEP_BRIF:
  case STEP_RETURN:
    break;
  }
  must(false, "%s is not control", op_info[s->op].name);
  return TRAP_NONE;
}

// The frequent steps, with what they need in locals.
static TrapCode run(Machine *m) {
  const Step *pc = m->pc;
  const Inst *insts = m->code->f->insts.at;
  u64 *slots = m->slots;
  for (;;) {
    const Step *s = pc++;
    TrapCode trap = TRAP_NONE;
    bool fueled = true;
    switch (s->kind) {
    case STEP_OP1:
      trap = s->fn(&m->mem, insts + s->inst, slots + s->a, slots + s->dst);
      break;
    case STEP_OP2: {
      u64 args[2] = {slots[s->a], slots[s->b]};
      trap = s->fn(&m->mem, insts + s->inst, args, slots + s->dst);
      break;
    }
    case STEP_OP3: {
      u64 args[3] = {slots[s->a], slots[s->b], slots[s->c]};
      trap = s->fn(&m->mem, insts + s->inst, args, slots + s->dst);
      break;
    }
    case STEP_TRAPZ:
      trap = slots[s->a] ? TRAP_NONE : s->b;
      break;
    case STEP_TRAPNZ:
      trap = slots[s->a] ? s->b : TRAP_NONE;
      break;
    case STEP_BRIF:
      fueled = take_edge(m, slots[s->a] ? s->b : s->c);
      pc = m->pc;
      break;
    case STEP_RETURN:
      if (!step_return(m, s))
        return TRAP_NONE;
      pc = m->pc;
      slots = m->slots;
      insts = m->code->f->insts.at;
      break;
    default:
      m->pc = pc;
      trap = step_control(m, s, &fueled);
      pc = m->pc;
      slots = m->slots;
      insts = m->code->f->insts.at;
      break;
    }
    if (likely(!trap && fueled))
      continue;
    must(trap <= TRAP_COUNT, "the meaning of %s gives nothing",
         op_info[s->op].name);
    m->pc = pc;
    leave_frame(m, s);
    return fueled ? trap : TRAP_HOST;
  }
}

// --- calls from outside

TrapCode interp_call(Interp *in, InterpTarget t, const u64 *args,
                     u64 *results) {
  u64 *params;
  must(t.code, "interp_call of a host function");
  if (in->reentered >= MOST_REENTERED)
    return TRAP_STACK;
  reserve_stack(in);
  Machine m = {.in = in, .results = results, .floor = in->nframes};
  TrapCode trap = push_frame(in, t, &params);
  if (trap)
    return trap;
  if (t.code->nparams)
    memcpy(params, args, t.code->nparams * sizeof *params);
  see_frame(&m);
  return run(&m);
}
