// Random code for the allocators' tests, from structured control flow as wasm
// has it: blocks, ifs, loops, breaks, switches; so numbering, loops and
// dominance are right by construction. Values in scope are a stack that is cut
// back at the end of each arm. Deterministic by seed.
#include "back/ra/test.h"

enum { MAX_OPS = 24, MAX_TARGETS = 6, MAX_OPEN = 64 };

typedef struct Label { // where branches go; a block once it is placed
  u32 block;           // NEVER until then
  u32 params, n;       // in args
  u32 preds;           // edges so far
} Label;

typedef struct Open { // a construct that is not finished
  enum { O_THEN, O_ELSE, O_LOOP, O_BLOCK } kind;
  u32 join, other; // labels: after it; the else arm, or the loop's header
  u32 scope;       // values that were there before
  u32 header;      // loop: its block
} Open;

#define NEVER 0xffffffffu

typedef struct Gen {
  Arena *a;
  const RaGen *g;
  const RaEnv *env;
  u64 random;
  VEC(VInst) insts;
  VEC(Operand) operands;
  VEC(VBlock) blocks;
  VEC(VEdge) edges; // `to` is a label until the end
  VEC(u32) from;
  VEC(VReg) args;
  VEC(u8) cls, bytes;
  VEC(Label) labels;
  VEC(VReg) scope; // values that may be used
  Open open[MAX_OPEN];
  u32 nopen;
  u32 all; // caller-saved registers
} Gen;

static u32 random_to(Gen *g, u32 n) { // 0 .. n - 1
  u64 x = g->random += 0x9e3779b97f4a7c15u;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
  x = (x ^ x >> 27) * 0x94d049bb133111ebu;
  return n ? (u32)((x ^ x >> 31) % n) : 0;
}
static bool one_in(Gen *g, u32 n) {
  return random_to(g, n) == 0;
}
static bool per_mille(Gen *g, u32 n) {
  return random_to(g, 1000) < n;
}

static VReg new_vreg(Gen *g, RegClass cls) {
  static const u8 widths[2][4] = {{8, 8, 4, 4}, {8, 8, 4, 16}};
  VReg v = g->cls.n;
  vec_push(g->a, &g->cls, (u8)cls);
  vec_push(g->a, &g->bytes, widths[cls][random_to(g, 4)]);
  return v;
}

static RegClass random_class(Gen *g) {
  return one_in(g, 4) ? RC_XMM : RC_GPR;
}

// --- instructions -----------------------------------------------------------

enum {
  I_OP,
  I_ENTRY,
  I_CONST,
  I_SHL,
  I_DIV,
  I_CALL,
  I_SEQ,
  I_JUMP,
  I_BR,
  I_SWITCH,
  I_RET,
  I_ADD,
  I_XCHG
};

static void op(Gen *g, Operand o) {
  vec_push(g->a, &g->operands, o);
}

static void begin(Gen *g, u16 inst) {
  VInst i = {.inst = inst, .ops = g->operands.n};
  vec_push(g->a, &g->insts, i);
}
static void end(Gen *g, u32 clobbers) {
  VInst *i = &g->insts.at[g->insts.n - 1];
  i->nops = (u8)(g->operands.n - i->ops);
  i->imm = clobbers;
}

static void def(Gen *g, VReg v, u32 con, bool early) {
  op(g, operand(v, true, !early, con));
}
static void use(Gen *g, VReg v, u32 con, bool late) {
  op(g, operand(v, false, late, con));
}
static void keep(Gen *g, VReg v) {
  vec_push(g->a, &g->scope, v);
}

static VReg constant(Gen *g, RegClass cls) {
  VReg v = new_vreg(g, cls);
  begin(g, I_CONST);
  def(g, v, CON_REG, false);
  end(g, 0);
  keep(g, v);
  return v;
}

// A value in scope of that class (and width, if not 0): mostly one of the
// latest g->live, sometimes an older one; VREG_NONE if the search fails.
static VReg find(Gen *g, RegClass cls, u32 bytes) {
  for (u32 tries = 0; tries < 12 && g->scope.n; tries++) {
    u32 near = g->scope.n < g->g->live ? g->scope.n : g->g->live;
    if (one_in(g, 12))
      near *= 16;
    if (near > g->scope.n)
      near = g->scope.n;
    u32 k = g->scope.n - 1 - random_to(g, near);
    VReg v = g->scope.at[k];
    if (g->cls.at[v] == cls && (!bytes || g->bytes.at[v] == bytes))
      return v;
  }
  return VREG_NONE;
}

static VReg value(Gen *g, RegClass cls) { // must come before `begin`
  VReg v = find(g, cls, 0);
  return v == VREG_NONE ? constant(g, cls) : v;
}

static u32 use_con(Gen *g) {
  if (per_mille(g, g->g->odd / 3))
    return CON_SLOT;
  return one_in(g, 4) ? CON_ANY : CON_REG;
}

static void gen_op(Gen *g) {
  RegClass cls = random_class(g);
  VReg u[3];
  u32 n = random_to(g, 4);
  for (u32 k = 0; k < n; k++)
    u[k] = value(g, one_in(g, 5) ? random_class(g) : cls);
  begin(g, I_OP);
  for (u32 k = 0; k < n; k++)
    use(g, u[k], use_con(g), per_mille(g, g->g->odd));
  if (per_mille(g, g->g->odd))
    op(g, operand(VREG_NONE, false, false, CON_NONE));
  if (per_mille(g, g->g->odd))
    use(g, 15, CON_REG, false);
  if (!one_in(g, 5)) {
    VReg v = new_vreg(g, cls);
    bool slot = per_mille(g, g->g->odd / 4);
    def(g, v, slot ? CON_SLOT : one_in(g, 6) ? CON_ANY : CON_REG, false);
    if (!one_in(g, 16))
      keep(g, v); // else never used
  }
  end(g, 0);
}

static void gen_add(Gen *g) { // two-address
  RegClass cls = random_class(g);
  VReg a = value(g, cls), b = value(g, cls), d = new_vreg(g, cls);
  begin(g, I_ADD);
  use(g, a, CON_REG, false);
  use(g, b, one_in(g, 3) ? CON_ANY : CON_REG, false);
  def(g, d, CON_REUSE, false);
  end(g, 0);
  keep(g, d);
}

static void gen_shl(Gen *g) {
  VReg a = value(g, RC_GPR), b = value(g, RC_GPR), d = new_vreg(g, RC_GPR);
  begin(g, I_SHL);
  use(g, a, CON_REG, false);
  use(g, b, CON_FIXED + 1, false);
  def(g, d, CON_REUSE, false);
  end(g, 0);
  keep(g, d);
}

static void gen_div(Gen *g) {
  VReg a = value(g, RC_GPR), b = value(g, RC_GPR), d = new_vreg(g, RC_GPR);
  bool rest = one_in(g, 2);
  begin(g, I_DIV);
  use(g, a, CON_FIXED + 0, false);
  use(g, b, CON_REG, true);
  def(g, d, CON_FIXED + (rest ? 2 : 0), false);
  end(g, rest ? 1u << 0 : 1u << 2);
  keep(g, d);
}

static void gen_xchg(Gen *g) {
  VReg a = value(g, RC_GPR), b = value(g, RC_GPR);
  VReg c = new_vreg(g, RC_GPR), d = new_vreg(g, RC_GPR);
  begin(g, I_XCHG);
  use(g, a, CON_REG, false);
  use(g, b, CON_REG, false);
  def(g, c, CON_REUSE + 0, false);
  def(g, d, CON_REUSE + 1, false);
  end(g, 0);
  keep(g, c);
  keep(g, d);
}

static void gen_seq(Gen *g) { // scratch registers, operands live to the end
  RegClass cls = random_class(g);
  VReg a = value(g, cls), b = value(g, RC_GPR);
  VReg t = new_vreg(g, RC_GPR), d = new_vreg(g, cls);
  bool early = one_in(g, 2);
  u32 clobbers = one_in(g, 3) ? 1u << random_to(g, 4) : 0;
  if (!(g->all & clobbers))
    clobbers = 0;
  begin(g, I_SEQ);
  use(g, a, CON_REG, true);
  use(g, b, one_in(g, 3) ? CON_ANY : CON_REG, one_in(g, 2));
  def(g, t, CON_REG, true);
  def(g, d, CON_REG, early);
  end(g, clobbers);
  if (!one_in(g, 16))
    keep(g, d);
}

static void gen_call(Gen *g) {
  static const u8 regs[] = {7, 6, 2, 1, 8, 9};
  u32 n = random_to(g, 7), nx = one_in(g, 3) ? random_to(g, 4) : 0;
  VReg u[6], x[4];
  for (u32 k = 0; k < n; k++)
    u[k] = value(g, RC_GPR);
  for (u32 k = 0; k < nx; k++)
    x[k] = value(g, RC_XMM);
  begin(g, I_CALL);
  for (u32 k = 0; k < n; k++)
    use(g, u[k], CON_FIXED + regs[k], false);
  for (u32 k = 0; k < nx; k++)
    use(g, x[k], CON_FIXED + 16 + k, false);
  VReg d = VREG_NONE, e = VREG_NONE;
  if (!one_in(g, 3))
    def(g, d = new_vreg(g, RC_GPR), CON_FIXED + 0, false);
  if (one_in(g, 5))
    def(g, e = new_vreg(g, RC_XMM), CON_FIXED + 16, false);
  end(g, g->all);
  if (d != VREG_NONE)
    keep(g, d);
  if (e != VREG_NONE)
    keep(g, e);
}

static void gen_inst(Gen *g) {
  if (per_mille(g, g->g->calls))
    gen_call(g);
  else if (per_mille(g, g->g->fixed))
    one_in(g, 3) ? gen_div(g) : gen_shl(g);
  else if (per_mille(g, g->g->odd))
    one_in(g, 4) ? gen_xchg(g) : gen_seq(g);
  else if (one_in(g, 2))
    gen_add(g);
  else
    gen_op(g);
}

// --- blocks -----------------------------------------------------------------

static u32 new_label(Gen *g) {
  Label l = {.block = NEVER, .params = g->args.n};
  l.n = random_to(g, g->g->max_params + 1);
  for (u32 k = 0; k < l.n; k++) {
    VReg v = new_vreg(g, random_class(g));
    vec_push(g->a, &g->args, v);
  }
  vec_push(g->a, &g->labels, l);
  return g->labels.n - 1;
}

static void open_block(Gen *g, bool cold) {
  VBlock b = {.first = g->insts.n, .cold = cold};
  for (u32 k = g->nopen; k-- > 0;) {
    if (g->open[k].kind != O_LOOP)
      continue;
    if (!b.loop)
      b.loop = g->open[k].header;
    b.depth++;
  }
  vec_push(g->a, &g->blocks, b);
}

static u32 place(Gen *g, u32 label) { // begins the label's block
  Label *l = &g->labels.at[label];
  l->block = g->blocks.n;
  open_block(g, one_in(g, 12));
  VBlock *b = &g->blocks.at[l->block];
  b->params = l->params, b->nparams = l->n;
  for (u32 k = 0; k < l->n; k++)
    keep(g, g->args.at[l->params + k]);
  return l->block;
}

typedef struct Targets {
  u32 label[MAX_TARGETS], args[MAX_TARGETS], n;
} Targets;

// Arguments for a branch; before the branch, since it may make constants.
static void target(Gen *g, Targets *t, u32 label) {
  const Label l = g->labels.at[label];
  VReg *v = arena_array(g->a, VReg, l.n + 1);
  for (u32 k = 0; k < l.n; k++) {
    VReg q = g->args.at[l.params + k];
    v[k] = find(g, (RegClass)g->cls.at[q], g->bytes.at[q]);
    if (v[k] != VREG_NONE)
      continue;
    v[k] = constant(g, (RegClass)g->cls.at[q]);
    g->bytes.at[v[k]] = g->bytes.at[q];
  }
  t->args[t->n] = g->args.n;
  for (u32 k = 0; k < l.n; k++)
    vec_push(g->a, &g->args, v[k]);
  t->label[t->n++] = label;
}

static void branch(Gen *g, u16 inst, Targets *t) {
  VReg cond = inst == I_JUMP ? VREG_NONE : value(g, RC_GPR);
  u32 b = g->blocks.n - 1;
  g->blocks.at[b].branch = g->insts.n;
  begin(g, inst);
  if (cond != VREG_NONE)
    use(g, cond, one_in(g, 2) ? CON_ANY : CON_REG, false);
  end(g, 0);
  g->blocks.at[b].end = g->insts.n;
  g->blocks.at[b].edges = g->edges.n;
  g->blocks.at[b].nedges = t->n;
  for (u32 k = 0; k < t->n; k++) {
    Label *l = &g->labels.at[t->label[k]];
    VEdge e = {t->label[k], t->args[k], l->n};
    l->preds++;
    vec_push(g->a, &g->edges, e);
    vec_push(g->a, &g->from, b);
  }
}

static void jump(Gen *g, u32 label) {
  Targets t = {.n = 0};
  target(g, &t, label);
  branch(g, I_JUMP, &t);
}

static void gen_return(Gen *g) {
  VReg v = value(g, RC_GPR);
  g->blocks.at[g->blocks.n - 1].branch = g->insts.n;
  begin(g, I_RET);
  use(g, v, CON_FIXED + 0, false);
  end(g, 0);
  g->blocks.at[g->blocks.n - 1].end = g->insts.n;
}

static void push_open(Gen *g, u32 kind, u32 join, u32 other) {
  Open o = {kind, join, other, g->scope.n, 0};
  g->open[g->nopen++] = o;
}

static void open_if(Gen *g) {
  u32 then = new_label(g), other = new_label(g), join = new_label(g);
  Targets t = {.n = 0};
  target(g, &t, then);
  bool has_else = one_in(g, 2);
  target(g, &t, has_else ? other : join);
  branch(g, I_BR, &t);
  push_open(g, has_else ? O_THEN : O_ELSE, join, other);
  place(g, then);
}

static void open_loop(Gen *g) {
  u32 header = new_label(g), join = new_label(g);
  jump(g, header);
  push_open(g, O_LOOP, join, header);
  g->open[g->nopen - 1].header = g->blocks.n;
  place(g, header);
}

// A jump out of any open construct, or back to a loop's header.
static u32 way_out(Gen *g) {
  const Open *o = &g->open[random_to(g, g->nopen)];
  return o->kind == O_LOOP && one_in(g, 3) ? o->other : o->join;
}

static void gen_break(Gen *g) { // conditional
  u32 next = new_label(g);
  Targets t = {.n = 0};
  target(g, &t, way_out(g));
  target(g, &t, next);
  branch(g, I_BR, &t);
  place(g, next);
}

static void gen_switch(Gen *g) {
  u32 next = new_label(g), n = random_to(g, MAX_TARGETS - 1);
  Targets t = {.n = 0};
  for (u32 k = 0; k < n; k++)
    target(g, &t, way_out(g));
  target(g, &t, next);
  branch(g, n ? I_SWITCH : I_JUMP, &t);
  place(g, next);
}

static void close(Gen *g) {
  Open *o = &g->open[g->nopen - 1];
  if (o->kind == O_LOOP) { // back edge, or out
    Targets t = {.n = 0};
    target(g, &t, o->other);
    if (!g->labels.at[o->join].preds || !one_in(g, 8))
      target(g, &t, o->join);
    if (one_in(g, 2) && t.n == 2) { // which way is taken must not matter
      Targets u = {{t.label[1], t.label[0]}, {t.args[1], t.args[0]}, 2};
      t = u;
    }
    branch(g, t.n == 2 ? I_BR : I_JUMP, &t);
    g->blocks.at[o->header].loop_end = g->blocks.n;
  } else {
    jump(g, o->join);
  }
  g->scope.n = o->scope;
  if (o->kind == O_THEN) {
    o->kind = O_ELSE;
    place(g, o->other);
    return;
  }
  u32 join = o->join;
  g->nopen--;
  place(g, join);
}

static void gen_step(Gen *g) {
  bool room = g->nopen < g->g->max_depth && g->nopen < MAX_OPEN;
  u32 x = random_to(g, 100);
  if (x < 4 && room)
    open_if(g);
  else if (x < 7 && room)
    open_loop(g);
  else if (x < 8 && g->nopen)
    gen_break(g);
  else if (x < 9 && g->nopen && one_in(g, 3))
    gen_switch(g);
  else if (x < 16 && g->nopen)
    close(g);
  else
    gen_inst(g);
}

static void gen_entry(Gen *g) {
  static const u8 regs[] = {7, 6, 2, 1, 8, 9};
  open_block(g, false);
  u32 n = random_to(g, 7);
  begin(g, I_ENTRY);
  for (u32 k = 0; k < n; k++) {
    VReg v = new_vreg(g, RC_GPR);
    def(g, v, CON_FIXED + regs[k], false);
    keep(g, v);
  }
  end(g, 0);
}

// --- the finished code ------------------------------------------------------

static void finish(Gen *g, VCode *out) {
  VCode c = {.arena = g->a,
             .insts = g->insts.at,
             .ninsts = g->insts.n,
             .operands = g->operands.at,
             .noperands = g->operands.n,
             .blocks = g->blocks.at,
             .nblocks = g->blocks.n,
             .edges = g->edges.at,
             .nedges = g->edges.n,
             .edge_from = g->from.at,
             .args = g->args.at,
             .nargs = g->args.n,
             .vreg_class = g->cls.at,
             .vreg_bytes = g->bytes.at,
             .nvregs = g->cls.n};
  c.preds = arena_array(g->a, u32, c.nedges + 1);
  for (u32 e = 0; e < c.nedges; e++) {
    c.edges[e].to = g->labels.at[c.edges[e].to].block;
    c.blocks[c.edges[e].to].npreds++;
  }
  u32 at = 0;
  for (u32 b = 0; b < c.nblocks; b++) {
    c.blocks[b].preds = at;
    at += c.blocks[b].npreds;
    c.blocks[b].npreds = 0;
  }
  for (u32 e = 0; e < c.nedges; e++) {
    VBlock *b = &c.blocks[c.edges[e].to];
    c.preds[b->preds + b->npreds++] = e;
  }
  *out = c;
}

void ra_generate(Arena *a, const RaGen *options, const RaEnv *env, VCode *out) {
  Gen *g = arena_new(a, Gen);
  g->a = a, g->g = options, g->env = env,
  g->random = options->seed * 0x2545f491u;
  g->all = env->caller_saved[0] | env->caller_saved[1];
  for (u32 v = 0; v < VREG_FIRST; v++) {
    vec_push(a, &g->cls, (u8)(v < 16 ? RC_GPR : RC_XMM));
    vec_push(a, &g->bytes, (u8)(v < 16 ? 8 : 16));
  }
  gen_entry(g);
  while (g->insts.n < options->insts)
    gen_step(g);
  while (g->nopen)
    close(g);
  gen_return(g);
  finish(g, out);
}
