// Code with its allocation as text, and who was where when.
#include "back/ra/test.h"

const char *const preg_names[PREG_COUNT] = {
    "rax",  "rcx",  "rdx",   "rbx",   "rsp",   "rbp",   "rsi",   "rdi",
    "r8",   "r9",   "r10",   "r11",   "r12",   "r13",   "r14",   "r15",
    "xmm0", "xmm1", "xmm2",  "xmm3",  "xmm4",  "xmm5",  "xmm6",  "xmm7",
    "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"};

static void put_vreg(const VCode *v, Text *t, VReg r) {
  if (r < VREG_FIRST) {
    text_add(t, "%s", preg_names[r]);
    return;
  }
  u32 bytes = v->vreg_bytes[r];
  char c = v->vreg_class[r] == RC_GPR ? (bytes == 8 ? 'v' : 'w')
           : bytes == 16              ? 'q'
           : bytes == 8               ? 'd'
                                      : 's';
  text_add(t, "%c%u", c, r);
}

static void put_loc(Text *t, Loc l) {
  if (loc_is_reg(l))
    text_add(t, "%s", preg_names[l]);
  else if (l == LOC_NONE)
    text_add(t, "-");
  else
    text_add(t, "[slot %u]", l - LOC_SLOT);
}

static void put_operand(const VCode *v, Text *t, Operand o, const Loc *l) {
  u32 con = op_con(o);
  if (con == CON_NONE) {
    text_add(t, "-");
    return;
  }
  if (op_is_late(o) != op_is_def(o))
    text_add(t, op_is_late(o) ? "late " : "early ");
  text_add(t, op_is_def(o) ? "def " : "use ");
  put_vreg(v, t, op_vreg(o));
  if (con == CON_ANY)
    text_add(t, " any");
  if (con == CON_SLOT)
    text_add(t, " slot");
  if (con >= CON_FIXED)
    text_add(t, " =%s", preg_names[con - CON_FIXED]);
  else if (con >= CON_REUSE)
    text_add(t, " @%u", con - CON_REUSE);
  if (l && op_vreg(o) >= VREG_FIRST && con < CON_FIXED) {
    text_add(t, ":");
    put_loc(t, *l);
  }
}

static void put_regs(Text *t, u32 mask) {
  for (; mask; mask &= mask - 1)
    text_add(t, " %s", preg_names[__builtin_ctz(mask)]);
}

static void put_edge(const VCode *v, Text *t, u32 e) {
  const VEdge *edge = &v->edges[e];
  text_add(t, "b%u", edge->to);
  for (u32 k = 0; k < edge->nargs; k++) {
    text_add(t, k ? ", " : "(");
    put_vreg(v, t, v->args[edge->args + k]);
  }
  if (edge->nargs)
    text_add(t, ")");
}

static void put_inst(const VCode *v, const RaEnv *env, const RaResult *r, u32 i,
                     Text *t) {
  const VInst *in = &v->insts[i];
  if (env->inst_name)
    text_add(t, "  %s", env->inst_name(in));
  else
    text_add(t, "  inst%u", in->inst);
  for (u32 k = 0; k < in->nops; k++) {
    text_add(t, k ? ", " : " ");
    put_operand(v, t, v->operands[in->ops + k],
                r ? &r->locs[in->ops + k] : NULL);
  }
  u32 clobbers = env->clobbers(in);
  u32 all = env->caller_saved[0] | env->caller_saved[1];
  if (clobbers && clobbers == all)
    text_add(t, " clobbers all");
  else if (clobbers)
    text_add(t, " clobbers"), put_regs(t, clobbers);
}

static void put_move(Text *t, const RaMove *m) {
  static const char *const kinds[] = {"move", "spill", "reload", "edge move"};
  text_add(t, "    ");
  put_loc(t, m->from);
  text_add(t, m->swap ? " <-> " : " -> ");
  put_loc(t, m->to);
  text_add(t, " ; %s, %u bytes\n", m->swap ? "swap" : kinds[m->kind], m->bytes);
}

static void put_moves(const RaResult *r, u32 *at, u32 point, Text *t) {
  for (; r && *at < r->nmoves && r->moves[*at].point <= point; ++*at)
    put_move(t, &r->moves[*at]);
}

static void put_head(const VCode *v, u32 b, Text *t) {
  const VBlock *blk = &v->blocks[b];
  text_add(t, "b%u", b);
  for (u32 k = 0; k < blk->nparams; k++) {
    text_add(t, k ? ", " : "(");
    put_vreg(v, t, v->args[blk->params + k]);
  }
  text_add(t, blk->nparams ? "):" : ":");
  if (b && blk->loop == b)
    text_add(t, " loop b%u", blk->loop_end);
  if (blk->cold)
    text_add(t, " cold");
  text_add(t, "\n");
}

static void put_edge_moves(const VCode *v, const RaResult *r, u32 b, Text *t) {
  u32 last = LOC_NONE;
  for (u32 k = 0; k < r->nedge_moves; k++) {
    const RaMove *m = &r->edge_moves[k];
    if (v->edge_from[m->point] != b)
      continue;
    if (m->point != last)
      text_add(t, "  on the edge to b%u\n", v->edges[m->point].to);
    last = m->point;
    put_move(t, m);
  }
}

static void put_env(const RaEnv *env, Text *t) {
  text_add(t, "env caller");
  put_regs(t, env->caller_saved[0] | env->caller_saved[1]);
  text_add(t, " callee");
  put_regs(t, env->callee_saved[0] | env->callee_saved[1]);
  text_add(t, "\n");
}

void ra_print(const VCode *v, const RaEnv *env, const RaResult *r, Text *t) {
  u32 at = 0;
  for (u32 b = 0; b < v->nblocks; b++) {
    const VBlock *blk = &v->blocks[b];
    put_head(v, b, t);
    for (u32 i = blk->first; i < blk->end; i++) {
      put_moves(r, &at, 2 * i, t);
      put_inst(v, env, r, i, t);
      for (u32 e = 0; i + 1 == blk->end && e < blk->nedges; e++) {
        text_add(t, e ? ", " : " -> ");
        put_edge(v, t, blk->edges + e);
      }
      text_add(t, "\n");
      put_moves(r, &at, 2 * i + 1, t);
    }
    if (r)
      put_edge_moves(v, r, b, t);
  }
  if (!r)
    return;
  text_add(t, "slots %u, callee-saved", r->nslots);
  put_regs(t, r->used_callee_saved);
  text_add(t, r->used_callee_saved ? "\n" : " none\n");
}

void ra_print_code(const VCode *v, const RaEnv *env, Text *t) {
  put_env(env, t);
  ra_print(v, env, NULL, t);
}

// One line a vreg: its places in order of time, a place that goes on over a
// block's end once. Stable counting sort by vreg.
void ra_print_ranges(const VCode *v, const RaRanges *ranges, Text *t) {
  Arena *a = t->arena;
  u32 n = ranges->at.n;
  u32 *first = arena_array0(a, u32, v->nvregs + 2);
  u32 *order = arena_array(a, u32, n + 1);
  for (u32 k = 0; k < n; k++)
    first[ranges->at.at[k].vreg + 1]++;
  for (u32 r = 0; r <= v->nvregs; r++)
    first[r + 1] += first[r];
  for (u32 k = 0; k < n; k++)
    order[first[ranges->at.at[k].vreg]++] = k;
  VReg last = VREG_NONE;
  for (u32 k = 0; k < n; k++) {
    RaRange whole = ranges->at.at[order[k]], *r = &whole;
    for (; k + 1 < n; k++) {
      const RaRange *next = &ranges->at.at[order[k + 1]];
      if (next->vreg != r->vreg || next->loc != r->loc ||
          next->from > r->to + 1)
        break;
      r->to = next->to;
    }
    if (r->vreg != last) {
      if (last != VREG_NONE)
        text_add(t, "\n");
      put_vreg(v, t, r->vreg);
    }
    last = r->vreg;
    text_add(t, "  ");
    put_loc(t, r->loc);
    text_add(t, " %u..%u", r->from, r->to);
  }
  if (n)
    text_add(t, "\n");
}
