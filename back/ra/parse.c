// The text form of test.h, read. One pass over the characters; blocks and
// targets are numbers, so nothing needs resolving; predecessors, depth and loop
// membership are computed at the end from loops as intervals.
#include <ctype.h>

#include "back/ra/test.h"

static const char *const inst_names[] = {
    "op",     "entry", "const", "shl",  "div",  "call",  "seq", "jump", "br",
    "switch", "ret",   "add",   "xchg", "load", "store", "cmp", "mul",  "mov"};
enum { INSTS = sizeof inst_names / sizeof *inst_names };

static u32 test_clobbers(const VInst *i) {
  return i->imm;
}
static const char *test_name(const VInst *i) {
  return i->inst < INSTS ? inst_names[i->inst] : "?";
}

RaEnv ra_test_env(void) {
  RaEnv env = {.caller_saved = {0x0fc7, 0xffff0000u},
               .callee_saved = {0x3028, 0},
               .clobbers = test_clobbers,
               .inst_name = test_name};
  return env;
}

typedef struct Parse {
  Arena *a;
  const char *at, *end, *line;
  u32 row;
  Text *err;
  bool failed;
  RaEnv *env;
  VEC(VInst) insts;
  VEC(Operand) operands;
  VEC(VBlock) blocks;
  VEC(VEdge) edges;
  VEC(u32) from;
  VEC(VReg) args;
  VEC(u8) cls, bytes;
} Parse;

static bool fail(Parse *p, const char *wanted) {
  if (p->failed)
    return false;
  p->failed = true;
  u32 n = 0;
  while (p->at + n < p->end && !isspace((unsigned char)p->at[n]) && n < 20)
    n++;
  text_add(p->err, "%u:%u: found '%.*s', wanted %s\n", p->row,
           (u32)(p->at - p->line) + 1, (int)n, p->at, wanted);
  return false;
}

static void skip(Parse *p) { // blanks and comment, not the line's end
  while (p->at < p->end && (*p->at == ' ' || *p->at == '\t'))
    p->at++;
  if (p->at < p->end && *p->at == ';')
    while (p->at < p->end && *p->at != '\n')
      p->at++;
}

static bool at_line_end(Parse *p) {
  skip(p);
  return p->at == p->end || *p->at == '\n';
}

static bool sign(Parse *p, const char *s) {
  skip(p);
  size_t n = strlen(s);
  if ((size_t)(p->end - p->at) < n || memcmp(p->at, s, n))
    return false;
  p->at += n;
  return true;
}

static bool word(Parse *p, const char *s) {
  skip(p);
  size_t n = strlen(s);
  if ((size_t)(p->end - p->at) < n || memcmp(p->at, s, n))
    return false;
  if (p->at + n < p->end && isalnum((unsigned char)p->at[n]))
    return false;
  p->at += n;
  return true;
}

static bool number(Parse *p, u32 *out) {
  u32 x = 0, digits = 0;
  while (p->at < p->end && isdigit((unsigned char)*p->at) && digits++ < 8)
    x = 10 * x + (u32)(*p->at++ - '0');
  *out = x;
  return digits > 0;
}

static bool preg(Parse *p, u32 *out) {
  for (u32 r = 0; r < PREG_COUNT; r++)
    if (word(p, preg_names[r]))
      return *out = r, true;
  return false;
}

static bool vreg(Parse *p, VReg *out) {
  if (preg(p, out))
    return true;
  skip(p);
  char c = p->at < p->end ? *p->at : 0;
  u8 cls = c == 'v' || c == 'w' ? RC_GPR : RC_XMM;
  u8 bytes = c == 'v' || c == 'd' ? 8 : c == 'q' ? 16 : 4;
  const char *start = p->at;
  p->at++;
  if (!c || !strchr("vwdsq", c) || !number(p, out) || *out < VREG_FIRST ||
      *out >= VREG_MAX) {
    p->at = start;
    return fail(p, "a vreg (v w d s q and a number from 32) or a register");
  }
  while (p->cls.n <= *out) {
    vec_push(p->a, &p->cls, (u8)255);
    vec_push(p->a, &p->bytes, (u8)0);
  }
  if (p->cls.at[*out] == 255)
    p->cls.at[*out] = cls, p->bytes.at[*out] = bytes;
  if (p->cls.at[*out] == cls && p->bytes.at[*out] == bytes)
    return true;
  p->at = start;
  return fail(p, "the letter this vreg had before");
}

static bool block_number(Parse *p, u32 *out) {
  skip(p);
  const char *start = p->at;
  if (p->at < p->end && *p->at == 'b') {
    p->at++;
    if (number(p, out))
      return true;
  }
  p->at = start;
  return fail(p, "a block, b and a number");
}

static bool vreg_list(Parse *p, u32 *first, u32 *n) { // "(v1, v2)" or nothing
  *first = p->args.n, *n = 0;
  if (!sign(p, "("))
    return true;
  do {
    VReg v;
    if (!vreg(p, &v))
      return false;
    vec_push(p->a, &p->args, v);
    ++*n;
  } while (sign(p, ","));
  return sign(p, ")") || fail(p, "')'");
}

static bool operand_con(Parse *p, u32 *con) {
  *con = CON_REG;
  if (word(p, "any"))
    *con = CON_ANY;
  else if (word(p, "slot"))
    *con = CON_SLOT;
  else if (sign(p, "=")) {
    if (!preg(p, con))
      return fail(p, "a register");
    *con += CON_FIXED;
  } else if (sign(p, "@")) {
    if (!number(p, con) || *con > 7)
      return fail(p, "an operand, 0 to 7");
    *con += CON_REUSE;
  }
  return true;
}

static bool one_operand(Parse *p) {
  if (sign(p, "-")) {
    vec_push(p->a, &p->operands, operand(VREG_NONE, false, false, CON_NONE));
    return true;
  }
  bool late = word(p, "late"), early = !late && word(p, "early");
  bool def = word(p, "def");
  if (!def && !word(p, "use"))
    return fail(p, "'def', 'use' or '-'");
  VReg v;
  u32 con;
  if (!vreg(p, &v) || !operand_con(p, &con))
    return false;
  vec_push(p->a, &p->operands, operand(v, def, def ? !early : late, con));
  return true;
}

static bool clobbers(Parse *p, u32 *mask) {
  *mask = 0;
  if (!word(p, "clobbers"))
    return true;
  if (word(p, "all")) {
    *mask = p->env->caller_saved[0] | p->env->caller_saved[1];
    return true;
  }
  for (u32 r; preg(p, &r);)
    *mask |= 1u << r;
  return *mask || fail(p, "registers or 'all'");
}

static bool edges(Parse *p, VBlock *b) {
  b->edges = p->edges.n;
  if (!sign(p, "->"))
    return true;
  do {
    VEdge e;
    if (!block_number(p, &e.to) || !vreg_list(p, &e.args, &e.nargs))
      return false;
    vec_push(p->a, &p->edges, e);
    vec_push(p->a, &p->from, p->blocks.n - 1);
    b->nedges++;
  } while (sign(p, ","));
  return true;
}

static bool instruction(Parse *p) {
  if (!p->blocks.n)
    return fail(p, "a block first, b0:");
  VInst i = {.ops = p->operands.n};
  while (i.inst < INSTS && !word(p, inst_names[i.inst]))
    i.inst++;
  if (i.inst == INSTS)
    return fail(p, "op, add, call, jump, br, switch or ret");
  VBlock *b = &p->blocks.at[p->blocks.n - 1];
  if (b->nedges)
    return fail(p, "a block: the branch was the last instruction");
  if (!at_line_end(p) && *p->at != '-' && memcmp(p->at, "clob", 4))
    goto operands;
  if (!at_line_end(p) && *p->at == '-' && p->at[1] != '>')
    goto operands;
  goto rest;
operands:
  do
    if (!one_operand(p))
      return false;
  while (sign(p, ","));
rest:
  if (!clobbers(p, &i.imm) || !edges(p, b))
    return false;
  if (p->operands.n - i.ops > 255)
    return fail(p, "at most 255 operands");
  i.nops = (u8)(p->operands.n - i.ops);
  b->branch = p->insts.n;
  vec_push(p->a, &p->insts, i);
  b->end = p->insts.n;
  return true;
}

static bool block_head(Parse *p) {
  u32 n;
  VBlock b = {.first = p->insts.n, .end = p->insts.n};
  if (!block_number(p, &n))
    return false;
  if (n != p->blocks.n)
    return fail(p, "blocks in order from b0");
  if (!vreg_list(p, &b.params, &b.nparams))
    return false;
  if (!sign(p, ":"))
    return fail(p, "':'");
  if (word(p, "loop")) {
    if (!block_number(p, &b.loop_end))
      return false;
    b.loop = n;
  }
  b.cold = word(p, "cold");
  vec_push(p->a, &p->blocks, b);
  return true;
}

static bool environment(Parse *p) {
  RaEnv *env = p->env;
  env->caller_saved[0] = env->caller_saved[1] = 0;
  env->callee_saved[0] = env->callee_saved[1] = 0;
  if (!word(p, "caller"))
    return fail(p, "'caller'");
  for (u32 r; preg(p, &r);)
    env->caller_saved[preg_class((PReg)r)] |= 1u << r;
  if (!word(p, "callee"))
    return fail(p, "'callee'");
  for (u32 r; preg(p, &r);)
    env->callee_saved[preg_class((PReg)r)] |= 1u << r;
  return true;
}

static bool one_line(Parse *p) {
  if (at_line_end(p))
    return true;
  bool block =
      *p->at == 'b' && p->at + 1 < p->end && isdigit((unsigned char)p->at[1]);
  bool ok = word(p, "env") ? environment(p)
            : block        ? block_head(p)
                           : instruction(p);
  return ok && (at_line_end(p) || fail(p, "the end of the line"));
}

static bool loops_and_preds(Parse *p, VCode *c) {
  u32 stack[64], n = 0;
  for (u32 b = 0; b < c->nblocks; b++) {
    VBlock *blk = &c->blocks[b];
    while (n && c->blocks[stack[n - 1]].loop_end <= b)
      n--;
    if (blk->loop && n < 64)
      stack[n++] = b;
    blk->loop = n ? stack[n - 1] : 0;
    blk->depth = (u16)n;
    if (blk->first == blk->end || blk->loop_end > c->nblocks ||
        (blk->loop == b && b && blk->loop_end <= b)) {
      text_add(p->err, "b%u: is empty, or its loop ends nowhere\n", b);
      return false;
    }
  }
  c->preds = arena_array(p->a, u32, c->nedges + 1);
  for (u32 e = 0; e < c->nedges; e++) {
    u32 to = c->edges[e].to;
    if (to >= c->nblocks || c->edges[e].nargs != c->blocks[to].nparams) {
      text_add(p->err, "b%u: a target does not exist or has other parameters\n",
               c->edge_from[e]);
      return false;
    }
    c->blocks[to].npreds++;
  }
  for (u32 b = 0, at = 0; b < c->nblocks; b++) {
    c->blocks[b].preds = at;
    at += c->blocks[b].npreds;
    c->blocks[b].npreds = 0;
  }
  for (u32 e = 0; e < c->nedges; e++) {
    VBlock *b = &c->blocks[c->edges[e].to];
    c->preds[b->preds + b->npreds++] = e;
  }
  return true;
}

bool ra_parse(Arena *a, const char *text, size_t n, VCode *out, RaEnv *env,
              Text *err) {
  Parse p = {.a = a,
             .at = text,
             .end = text + n,
             .line = text,
             .row = 1,
             .err = err,
             .env = env};
  *env = ra_test_env();
  for (u32 v = 0; v < VREG_FIRST; v++) {
    vec_push(a, &p.cls, (u8)(v < 16 ? RC_GPR : RC_XMM));
    vec_push(a, &p.bytes, (u8)(v < 16 ? 8 : 16));
  }
  while (p.at < p.end) {
    if (!one_line(&p))
      return false;
    if (p.at < p.end)
      p.at++;
    p.line = p.at, p.row++;
  }
  VCode c = {.arena = a,
             .insts = p.insts.at,
             .ninsts = p.insts.n,
             .operands = p.operands.at,
             .noperands = p.operands.n,
             .blocks = p.blocks.at,
             .nblocks = p.blocks.n,
             .edges = p.edges.at,
             .nedges = p.edges.n,
             .edge_from = p.from.at,
             .args = p.args.at,
             .nargs = p.args.n,
             .vreg_class = p.cls.at,
             .vreg_bytes = p.bytes.at,
             .nvregs = p.cls.n};
  *out = c;
  return c.nblocks ? loops_and_preds(&p, out) : fail(&p, "a block, b0:");
}
