// Makes a function ready to be interpreted, in two walks: slots for all
// values, then one Step per instruction. Everything is counted in words of 64
// bits; a v128 has two. Constants have the first slots of a frame, copied in
// when it is entered; parameters follow; then each value has slots of its own.
// Results of a call lie side by side, where its proj are, which cost nothing.
#include "mid/ir/interp_code.h"
#include "ops.h"

typedef struct Decode {
  Arena *arena;
  const Func *f;
  InterpCode *c;
  u32 *slot;  // first slot of each value
  u32 *start; // first step of each block
} Decode;

static u32 result_words(const Func *f, const Inst *i, u32 upto) {
  const Sig *s = ir_callee_sig(f, i);
  u32 n = 0;
  if (!s)
    return i->type ? type_words(i->type) : 0;
  for (u32 k = 0; k < s->nresults && k < upto; k++)
    n += type_words(s->types[s->nparams + k]);
  return n;
}

// --- slots

static void place_constants(Decode *d) {
  const Func *f = d->f;
  VEC(u64) consts = {0};
  for (Val v = 1; v < f->insts.n; v++) {
    const Inst *i = inst_at(f, v);
    if (!(op_info[i->op].flags & OPF_FLOATS))
      continue;
    d->slot[v] = consts.n;
    if (i->type == TY_V128) {
      vec_push(d->arena, &consts, f->vecs.at[i->b].lo);
      vec_push(d->arena, &consts, f->vecs.at[i->b].hi);
    } else {
      vec_push(d->arena, &consts, inst_imm64(i));
    }
  }
  d->c->consts = consts.at;
  d->c->nconsts = d->c->nslots = consts.n;
}

static void place_value(Decode *d, Val v) {
  const Inst *i = inst_at(d->f, v);
  const OpInfo *o = &op_info[i->op];
  if (o->flags & OPF_FLOATS)
    return;
  if (o->base == BASE_proj) {
    d->slot[v] = d->slot[i->a] + result_words(d->f, inst_at(d->f, i->a), i->b);
    return;
  }
  d->slot[v] = d->c->nslots;
  if (o->flags & OPF_CALL)
    d->c->nslots += result_words(d->f, i, UINT32_MAX);
  else if (i->type)
    d->c->nslots += type_words(i->type);
}

static void place_values(Decode *d) {
  const Func *f = d->f;
  const BlockInfo *entry = block_at(f, 1);
  d->slot = arena_array0(d->arena, u32, f->insts.n);
  place_constants(d);
  for (Block b = 1; b < f->blocks.n; b++) {
    const BlockInfo *k = block_at(f, b);
    for (Val v = k->first; v < k->end; v++)
      place_value(d, v);
  }
  for (u32 k = 0; k < entry->nparams; k++)
    d->c->nparams += type_words(inst_at(f, entry->first + k)->type);
}

// --- steps

static void add_words(Decode *d, Val v) {
  for (u32 k = 0; k < type_words(inst_at(d->f, v)->type); k++)
    vec_push(d->arena, &d->c->words, d->slot[v] + k);
}

static void note_list(Decode *d, u32 n) {
  if (n > d->c->nmost)
    d->c->nmost = n;
}

static u32 list_words(Decode *d, u32 at, u32 *n) {
  u32 first = d->c->words.n;
  for (u32 k = 1; k <= d->f->pool.at[at]; k++)
    add_words(d, d->f->pool.at[at + k]);
  *n = d->c->words.n - first;
  note_list(d, *n);
  return first;
}

static void add_move(Decode *d, Edge *e, u32 first, u32 to, u32 from) {
  if (to == from)
    return;
  e->overlap |= from >= first && from < to;
  vec_push(d->arena, &d->c->words, to);
  vec_push(d->arena, &d->c->words, from);
  e->n++;
}

// Parameters of a block have slots in a row: a move overlaps if it reads one
// of them that was written before.
static u32 add_edge(Decode *d, u32 target) {
  const u32 *t = &d->f->pool.at[target];
  const BlockInfo *to = block_at(d->f, t[0]);
  Edge e = {.block = t[0], .cost = to->end - to->first};
  u32 first = d->slot[to->first];
  e.moves = d->c->words.n;
  for (u32 k = 0; k < t[1]; k++)
    for (u32 w = 0; w < type_words(inst_at(d->f, to->first + k)->type); w++)
      add_move(d, &e, first, d->slot[to->first + k] + w, d->slot[t[2 + k]] + w);
  note_list(d, e.n);
  vec_push(d->arena, &d->c->edges, e);
  return d->c->edges.n - 1;
}

static void add_table(Decode *d, Step *s, const Inst *i) {
  const u32 *list = &d->f->pool.at[i->b];
  s->n = list[0];
  s->b = d->c->edges.n;
  for (u32 k = 1; k <= s->n; k++)
    add_edge(d, list[k]);
  add_edge(d, i->c);
}

static void add_call(Decode *d, Step *s, const Inst *i) {
  s->a = i->op == OP_call_ref ? d->slot[i->a] : i->a;
  s->words = (u8)result_words(d->f, i, 255);
  s->b = list_words(d, i->c, &s->n);
  note_list(d, result_words(d->f, i, UINT32_MAX));
}

static bool outside_heap(const Func *f, const Inst *i) {
  const OpInfo *o = &op_info[i->op];
  u32 at = o->imm_field[0] == 1 ? i->b : i->c;
  return o->nimms && o->imm[0] == IMM_MEMARG &&
         f->mems.at[at].region != REGION_HEAP;
}

// An op of plain values. Wide if a v128 is among them.
static void add_op(Decode *d, Step *s, const Inst *i) {
  u32 fields[3] = {i->a, i->b, i->c}, n = op_info[i->op].nvals, words = 0;
  for (u32 k = 0; k < n; k++)
    words += type_words(inst_at(d->f, fields[k])->type);
  s->fn = interp_case(i->op);
  must(s->fn, "no meaning for %s", op_info[i->op].name);
  if (!s->words)
    s->dst = d->c->nslots;
  if (outside_heap(d->f, i))
    s->kind = STEP_HOSTMEM;
  else if (words > n || i->type == TY_V128)
    s->kind = STEP_WIDE;
  else {
    s->kind = n == 1 ? STEP_OP1 : n == 2 ? STEP_OP2 : STEP_OP3;
    s->a = n > 0 ? d->slot[i->a] : 0;
    s->b = n > 1 ? d->slot[i->b] : 0;
    s->c = n > 2 ? d->slot[i->c] : 0;
    return;
  }
  s->b = d->c->words.n;
  s->n = words;
  for (u32 k = 0; k < n; k++)
    add_words(d, fields[k]);
}

static void fill_step(Decode *d, Step *s, const Inst *i) {
  switch (op_info[i->op].base) {
  case BASE_vmctx:
    s->kind = STEP_VMCTX;
    break;
  case BASE_funcref:
    s->kind = STEP_FUNCREF;
    s->a = i->a;
    break;
  case BASE_trapz:
  case BASE_trapnz:
    s->kind = i->op == OP_trapz ? STEP_TRAPZ : STEP_TRAPNZ;
    s->a = d->slot[i->a];
    s->b = i->b;
    break;
  case BASE_trap:
    s->kind = STEP_TRAP;
    s->a = i->a;
    break;
  case BASE_jump:
    s->kind = STEP_JUMP;
    s->a = add_edge(d, i->a);
    break;
  case BASE_brif:
    s->kind = STEP_BRIF;
    s->a = d->slot[i->a];
    s->b = add_edge(d, i->b);
    s->c = add_edge(d, i->c);
    break;
  case BASE_br_table:
    s->kind = STEP_TABLE;
    s->a = d->slot[i->a];
    add_table(d, s, i);
    break;
  case BASE_return:
    s->kind = STEP_RETURN;
    s->b = list_words(d, i->c, &s->n);
    break;
  case BASE_call:
  case BASE_call_ref:
  case BASE_libcall:
    s->kind = i->op == OP_call       ? STEP_CALL
              : i->op == OP_call_ref ? STEP_CALL_REF
                                     : STEP_LIBCALL;
    add_call(d, s, i);
    break;
  default:
    add_op(d, s, i);
    break;
  }
}

static void add_step(Decode *d, Val v) {
  const Inst *i = inst_at(d->f, v);
  const OpInfo *o = &op_info[i->op];
  if (i->op == OP_none || o->flags & OPF_FLOATS || o->base == BASE_param ||
      o->base == BASE_proj)
    return;
  Step s = {.op = i->op, .inst = v, .dst = d->slot[v]};
  s.words = i->type ? (u8)type_words(i->type) : 0;
  fill_step(d, &s, i);
  vec_push(d->arena, &d->c->steps, s);
}

InterpCode *interp_code(Arena *a, const Func *f) {
  InterpCode *c = arena_new(a, InterpCode);
  Decode d = {.arena = a, .f = f, .c = c};
  const Sig *s = &f->sigs[f->sig];
  const BlockInfo *entry = block_at(f, 1);
  c->f = f;
  for (u32 k = 0; k < s->nresults; k++)
    c->nresults += type_words(s->types[s->nparams + k]);
  place_values(&d);
  d.start = arena_array(a, u32, f->blocks.n);
  for (Block b = 1; b < f->blocks.n; b++) {
    d.start[b] = c->steps.n;
    for (Val v = block_at(f, b)->first; v < block_at(f, b)->end; v++)
      add_step(&d, v);
  }
  for (u32 k = 0; k < c->edges.n; k++)
    c->edges.at[k].to = d.start[c->edges.at[k].block];
  c->entry_cost = entry->end - entry->first;
  note_list(&d, c->nparams);
  note_list(&d, c->nresults);
  return c;
}

const Func *interp_func(const InterpCode *c) {
  return c->f;
}

u64 *interp_count_blocks(Arena *a, InterpCode *c) {
  if (!c->counts)
    c->counts = arena_array0(a, u64, c->f->blocks.n);
  return c->counts;
}
